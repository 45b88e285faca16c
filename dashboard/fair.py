"""Everybody on the same mix of requests: the panels of the page of agents that compare fairly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from math import exp, fsum

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import charts, clicks, opened_rows, page, reading, words
from dashboard import format as fmt
from dashboard.charts import FunnelLimit, FunnelPoint, Group, Reference
from dashboard.i18n import _, language
from dashboard.peers import View
from kpi.definition import Kpi
from kpi.display import SHOW_FROM
from kpi.fairness import STRATA, Fair, Pair, pair_of
from kpi.model import Figure, Status, Unit
from kpi.statistics.agents import Standing, Verdict
from kpi.statistics.case_mix import Z_998, Adjusted, funnel_limits
from kpi.statistics.intervals import Z

_POINTS = 30
"""At how many volumes the limits of a funnel are computed."""
_STRATA_SHOWN = 6
_APART = (Verdict.ABOVE, Verdict.BELOW)


def figure_of(fair: Fair, one: Adjusted | None, standing: Standing) -> Figure:
    """What is drawn of somebody: the value on the same mix, drawn towards all of them, with its interval."""
    if one is None or one.shrunk is None or standing.verdict is None:
        return Figure(n=standing.figure.n, status=standing.figure.status if standing.verdict else Status.SUPPRESSED)
    value, low, high = _estimate(fair, one)
    return Figure(value=value, n=one.n, ci=(low, high), status=Status.OK)


def _estimate(fair: Fair, one: Adjusted) -> tuple[float, float, float]:
    """The shrunk value and its interval; the adjusted one with its own where nothing but chance sets people apart, for
    all are then drawn to one point."""
    if fair.comparison.tau2 and one.shrunk is not None and one.ci is not None:
        return one.shrunk, *one.ci
    half = Z * one.variance**0.5 / one.n
    if fair.timed:
        return one.adjusted, one.adjusted * exp(-half), one.adjusted * exp(half)
    return one.adjusted, max(0.0, one.adjusted - half), min(1.0, one.adjusted + half)


def unit_of(fair: Fair, kpi: Kpi) -> Unit:
    """A time is a ratio to the expected one."""
    return Unit.NUMBER if fair.timed else kpi.unit


def dots(view: View, kpi: Kpi, fair: Fair, title: str, notes: str) -> None:
    """Everybody on the same mix, in alphabetical order; a click opens the rows of one."""
    groups = [Group(view.name(one), figure_of(fair, fair.of(one.who), one)) for one in view.standings[kpi.id]]
    key = f"agents-{kpi.id}"
    page.panel(
        title,
        notes,
        key=clicks.fresh(key),
        on_select=clicks.opens(key),
        table=partial(_drawn, view, kpi, fair, groups),
        figure=charts.dot_interval(groups, unit=unit_of(fair, kpi), reference=_reference(fair, kpi), **page.look()),
    )
    open_rows(view, kpi, key, view.standings[kpi.id])


def _drawn(view: View, kpi: Kpi, fair: Fair, groups: Sequence[Group | FunnelPoint]) -> pd.DataFrame:
    """What a chart draws: each on the same mix of requests, with the interval and the number of cases."""
    unit = unit_of(fair, kpi)
    return pd.DataFrame(
        {
            words.dimension(view.dimension): [one.label for one in groups],
            _("On the same requests"): [reading.value(one.figure, unit) for one in groups],
            _("95% interval"): [reading.interval(one.figure, unit) for one in groups],
            "n": [reading.count(one.figure) for one in groups],
        }
    )


def open_rows(view: View, kpi: Kpi, key: str, drawn: Sequence[Standing | None]) -> None:
    """The rows of whom a click on the panel `key` chose among those `drawn`; None is somebody who is not named."""
    at = clicks.position(key)
    standing = None if at is None else drawn[at]
    if standing is not None:
        opened_rows.of_value(view.scope, kpi.id, view.dimension, standing.who)


def funnel(view: View, kpi: Kpi, fair: Fair, table: page.Table | None = None) -> None:
    """Everybody by number of cases, between the limits that chance gives; only those who stand apart are named. `table`
    is what waits behind, the points themselves when there is none."""
    points, named = [], list[Standing | None]()
    for standing in view.standings[kpi.id]:
        one = fair.of(standing.who)
        if one is not None and standing.verdict is not None and one.verdict is not None:
            apart = standing.verdict in _APART
            name = view.name(standing) if apart or not view.team else _("an agent")
            points.append(FunnelPoint(name, Figure(value=one.adjusted, n=one.n, status=Status.OK), apart))
            named.append(standing if apart or not view.team else None)
    if not points:
        return
    figure = charts.funnel(
        points,
        _limits(fair, max(point.figure.n for point in points)),
        unit=unit_of(fair, kpi),
        reference=_reference(fair, kpi),
        n_label=_("number of cases"),
        limit_labels=(fmt.percent(0.95, language(), 0), fmt.percent(0.998, language(), 1)),
        **page.look(narrow=True),
    )
    key = f"agents-funnel-{kpi.id}"
    page.panel(
        _("{kpi}: what chance allows at each volume").format(kpi=words.short(kpi)),
        _("On the same mix of requests · inside the lines, the gap may be chance"),
        key=clicks.fresh(key),
        on_select=clicks.opens(key),
        figure=figure,
        table=table or partial(_drawn, view, kpi, fair, points),
    )
    open_rows(view, kpi, key, named)


def _reference(fair: Fair, kpi: Kpi) -> Reference:
    if fair.timed:
        return Reference(1.0, _("expected time"))
    return Reference(
        fair.comparison.overall,
        _("all {value}").format(value=fmt.text(fair.comparison.overall, kpi.unit, language())),
    )


def _limits(fair: Fair, most: int) -> list[FunnelLimit]:
    n = np.unique(np.geomspace(max(10, most / 40), most * 1.04, _POINTS).round(1))
    bounds = [_bounds(fair, n, z) for z in (Z, Z_998)]
    return [FunnelLimit(float(size), *(float(side[i]) for pair in bounds for side in pair)) for i, size in enumerate(n)]


def _bounds(fair: Fair, n: np.ndarray, z: float) -> tuple[np.ndarray, np.ndarray]:
    comparison = fair.comparison
    if not fair.timed:
        return funnel_limits(comparison.overall, n, z, comparison.phi)
    cases = sum(one.n for one in comparison.agents)
    variance = fsum(one.variance for one in comparison.agents) / cases if cases else 0.0
    half = z * np.sqrt(comparison.phi * variance / n)
    return np.exp(-half), np.exp(half)


# Raw and on the same mix


def mix(view: View, kpi: Kpi, fair: Fair) -> None:
    """Why the raw value and the one on the same mix differ: a pair that shows it, and the strata."""
    pair = pair_of(fair)
    title = _("The same requests for everybody") if pair is None else _pair_title(view, kpi, fair, pair)
    box = page.panel(
        title,
        _("{n} strata: request type and channel, the small ones together; each day beside itself").format(
            n=len(fair.strata)
        ),
        key=f"agents-mix-{kpi.id}",
    )
    with box:
        if pair is None:
            text = _(
                "Each is read beside what everybody does on the same requests: what is easy or hard to handle is "
                "not put to anybody’s account."
            )
            st.html(f'<p class="v-fair">{words.html(text)}</p>{_largest(kpi, fair)}')
        else:
            st.html(_pair_table(view, kpi, fair, pair))
        page.tools(f"agents-strata-{kpi.id}", partial(_strata, kpi, fair), partial(_strata, kpi, fair))


def _pair_title(view: View, kpi: Kpi, fair: Fair, pair: Pair) -> str:
    names = {"first": _name(view, kpi, pair.ahead), "second": _name(view, kpi, pair.behind)}
    if pair.turned:
        return _("{first} is ahead of {second}, and behind on the same requests").format(**names)
    return _("Most of the gap between {first} and {second} is what they handle").format(**names)


def _pair_table(view: View, kpi: Kpi, fair: Fair, pair: Pair) -> str:
    """Raw, expected of their requests, and on the same requests, of the two."""
    head = (_("Cases"), _("Raw"), _("Expected of these requests"), _("On the same requests"))
    rows = [
        (
            _name(view, kpi, one),
            fmt.number(one.n, language()),
            fmt.text(one.raw, kpi.unit, language()),
            expected(fair, kpi, one),
            same(fair, kpi, one),
        )
        for one in (pair.ahead, pair.behind)
    ]
    return _html_table(head, rows)


def _largest(kpi: Kpi, fair: Fair) -> str:
    """The strata with the most cases, and what everybody does in each."""
    table = _strata(kpi, fair).head(_STRATA_SHOWN)
    rows = [(f"{row[0]} · {row[1]}", *row[2:]) for row in table.itertuples(index=False, name=None)]
    return _html_table(tuple(map(str, table.columns[2:])), rows)


def _html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = "".join(f'<th scope="col">{words.html(text)}</th>' for text in ("", *head))
    lines = "".join(
        f'<tr><th scope="row">{words.html(row[0])}</th>{"".join(f"<td>{words.html(x)}</td>" for x in row[1:])}</tr>'
        for row in rows
    )
    return f'<table class="v-pair"><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>'


def expected(fair: Fair, kpi: Kpi, one: Adjusted) -> str:
    """What everybody does on this one's requests."""
    mean = one.expected / one.n
    return fmt.text(exp(mean) if fair.timed else mean, kpi.unit, language())


def same(fair: Fair, kpi: Kpi, one: Adjusted) -> str:
    """The value on everybody's mix; of a time, how many times the expected one."""
    if fair.timed:
        return times(one.adjusted)
    return fmt.text(one.adjusted, kpi.unit, language())


def times(ratio: float) -> str:
    """ "× 1.20"."""
    return f"×{fmt.NBSP}{fmt.number(ratio, language(), 2)}"


def shrunk(fair: Fair, kpi: Kpi, one: Adjusted | None) -> str:
    """ "75.4% (69.2% to 81.7%)", on the same mix; "–" when it is not shown."""
    if one is None or one.shrunk is None:
        return fmt.UNKNOWN
    value, low, high = (times(x) if fair.timed else fmt.text(x, kpi.unit, language()) for x in _estimate(fair, one))
    return _("{value} ({low} to {high})").format(value=value, low=low, high=high)


def _name(view: View, kpi: Kpi, one: Adjusted) -> str:
    standing = next((s for s in view.standings[kpi.id] if str(s.who) == one.agent), None)
    return view.name(standing) if standing else one.agent


def _strata(kpi: Kpi, fair: Fair) -> pd.DataFrame:
    lang = language()
    table: Mapping[str, list[str]] = {
        words.dimension(name): [
            words.value(name, stratum[i]) if stratum else _("Smaller groups") for stratum, _n in fair.strata
        ]
        for i, name in enumerate(STRATA)
    }
    counts = {
        _("Cases"): [fmt.number(n, lang) for _stratum, n in fair.strata],
        _("Everybody"): [
            fmt.text(fair.reference(stratum) if n >= SHOW_FROM else None, kpi.unit, lang) for stratum, n in fair.strata
        ],
    }
    return pd.DataFrame({**table, **counts})
