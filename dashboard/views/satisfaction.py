"""Satisfaction: what customers answered, how sure that is, and what they wrote."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import absent, breakdown, cache, cards, charts, clicks, comments, drivers, noise, page, reading, words
from dashboard import format as fmt
from dashboard.cards import Board, Card
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi.display import protected
from kpi.model import Answer, Figure, Grain, Status, Unit
from kpi.statistics.agents import Verdict, verdict

KPIS = ("nps", "csat_rate", "csat_mean", "survey_response_rate")
DIMENSIONS = ("channel", "team_id", "site", "request_type", "product")
MOST_ROWS = 20


def render(scope: Scope) -> None:
    board = cards.load(scope, KPIS)
    page.header(_("Satisfaction"), _lead(board))
    leading = [board[kpi_id] for kpi_id in ("nps", "csat_rate", "survey_response_rate")]
    if absent.explained(scope, _("No answer in this selection"), *leading):
        return
    cards.row(board, KPIS)
    _by_dimension(board)
    _through_time(board)
    drivers.panel(scope)
    comments.listed(board)


def _lead(board: Board) -> str:
    """The score and how sure it is, then how many are satisfied, then how many spoke."""
    nps, csat, response = (board[kpi_id] for kpi_id in ("nps", "csat_rate", "survey_response_rate"))
    facts = []
    if nps.shown:
        n = fmt.number(nps.figure.n, language())
        facts.append(_("NPS <b>{nps}</b> on <b>{n} answers</b>").format(nps=nps.text(), n=n) + _within(nps))
    if csat.shown:
        facts.append(_("<b>{rate}</b> of customers satisfied").format(rate=csat.text()))
    if response.shown:
        facts.append(_("<b>{rate}</b> of those asked have answered").format(rate=response.text()))
    return ", ".join(facts) + "." if facts else ""


def _within(card: Card) -> str:
    bounds = reading.interval(card.figure, card.kpi.unit)
    return "" if bounds == fmt.UNKNOWN else f" ({bounds})"


# By channel, team, site, request type, product


@page.fragment
def _by_dimension(board: Board) -> None:
    clicks.follow()
    found = [dimension for dimension in DIMENSIONS if len(cache.values(dimension)) > 1]
    dimension = breakdown.chosen("satisfaction_by", found) if found else ""
    answers = cache.ask(board.scope.query("nps", "csat_rate", by=(dimension,))) if dimension else {}
    if found:
        with st.container(key="choice-satisfaction", horizontal=True, vertical_alignment="center", gap="small"):
            breakdown.choice("satisfaction_by", found, _("Break down by"))
    parts = []
    if board["nps"].shown:
        parts.append(partial(_nps_by, board["nps"], answers.get("nps"), dimension))
    if board["csat_rate"].shown and dimension:
        parts.append(partial(_csat_by, board["csat_rate"], answers["csat_rate"], dimension))
    reading.side_by_side(parts)


def _ordered(answer: Answer | None) -> list[Figure]:
    """The groups that may be shown, the highest first, then the others by n."""
    figures = protected(answer.rows) if answer else ()
    return sorted(figures, key=lambda one: (page.shown(one) is None, -(page.shown(one) or 0.0), -one.n))


def _drawn(figures: Sequence[Figure]) -> list[Figure]:
    """What a chart has room for, in the same order: the largest of those that may be shown."""
    shown = page.busy(figures)
    kept = {id(figure) for figure in sorted(shown, key=lambda one: -one.n)[:MOST_ROWS]}
    return [figure for figure in shown if id(figure) in kept]


def _labelled(dimension: str, card: Card, figures: Sequence[Figure]) -> list[tuple[str, Figure]]:
    """The pooled total, then the groups, with their names."""
    pooled = (_("All answers"), card.figure.placed((None,), card.figure.status))
    return [pooled, *((breakdown.name_of(dimension, figure.keys[0]), figure) for figure in figures)]


def _title(name: str, dimension: str, figures: Sequence[Figure], unit: Unit) -> str:
    """From where to where it runs, when the two ends differ for sure."""
    named = [figure for figure in figures if figure.keys[0] is not None]
    low, high = (breakdown.extreme(dimension, named, pick) for pick in (min, max))
    if low is None or high is None:
        return _("{kpi} by {dimension}").format(kpi=name, dimension=words.dimension(dimension).lower())
    if verdict(high[1].ci, low[1].ci) is not Verdict.ABOVE:
        return _("{kpi}: no clear difference").format(kpi=name)
    ends = (f"{fmt.text(figure.value, unit, language())} ({label})" for label, figure in (low, high))
    return _("{kpi}: from {low} to {high}").format(kpi=name, low=next(ends), high=next(ends))


def _left_out(dimension: str, figures: Sequence[Figure]) -> None:
    """The groups without a bar, and why: their n from 5 answers, only their name below."""
    few = [f"{_plain(dimension, one)} ({one.n})" for one in figures if one.status is Status.INSUFFICIENT]
    hidden = [_plain(dimension, one) for one in figures if one.status is Status.SUPPRESSED]
    notes = []
    if few:
        notes.append(_("Fewer than 10 answers, no score: {names}.").format(names=", ".join(few)))
    if hidden:
        notes.append(
            _("Hidden, so that fewer than 5 answers cannot be worked out: {names}.").format(names=", ".join(hidden))
        )
    if len(page.busy(figures)) > MOST_ROWS:
        notes.append(_("The {n} largest groups are drawn; the table has all.").format(n=MOST_ROWS))
    if notes:
        st.caption(" ".join(notes))


def _plain(dimension: str, figure: Figure) -> str:
    return words.plain(breakdown.name_of(dimension, figure.keys[0]))


def _nps_by(card: Card, answer: Answer | None, dimension: str) -> None:
    figures = _ordered(answer)
    rows = _labelled(dimension, card, _drawn(figures))
    box = page.panel(
        _title(_("NPS"), dimension, figures, Unit.NPS) if figures else _("Who recommends, who does not"),
        _("Promoters 9–10, passives 7–8, detractors 0–6"),
        key="nps-by",
        figure=charts.diverging(
            [_classes(label, figure) for label, figure in rows],
            class_labels=(_("detractors"), _("passives"), _("promoters")),
            **page.look(),
        ),
        table=partial(_table, dimension, _labelled(dimension, card, figures), Unit.NPS, classes=True),
        on_select=clicks.filters("nps-by", dimension, [figure for _label, figure in rows]),
    )
    with box:
        _left_out(dimension, figures)


def _classes(label: str, figure: Figure) -> charts.NpsGroup:
    """The three classes of a group; a hidden group gives no count away."""
    counts = figure.extra if page.shown(figure) is not None else {}
    return charts.NpsGroup(
        label, counts.get("detractors", 0), counts.get("passives", 0), counts.get("promoters", 0), figure
    )


def _csat_by(card: Card, answer: Answer, dimension: str) -> None:
    figures = _ordered(answer)
    rows = _labelled(dimension, card, _drawn(figures))
    muted = page.theme().partner
    box = page.panel(
        _title(_("Satisfaction"), dimension, figures, Unit.RATIO),
        _("Customers in the top quarter of the scale · whisker: 95% interval"),
        key="csat-by",
        figure=charts.bars(
            [charts.Group(label, figure, muted if i == 0 else None) for i, (label, figure) in enumerate(rows)],
            unit=Unit.RATIO,
            order="given",
            targets=breakdown.target_lines(card),
            **page.look(),
        ),
        table=partial(_table, dimension, _labelled(dimension, card, figures), Unit.RATIO),
        on_select=clicks.filters("csat-by", dimension, [figure for _label, figure in rows]),
    )
    with box:
        _left_out(dimension, figures)


def _table(dimension: str, rows: Sequence[tuple[str, Figure]], unit: Unit, *, classes: bool = False) -> pd.DataFrame:
    figures = [figure for _label, figure in rows]
    table = {
        words.dimension(dimension) if dimension else _("Group"): [label for label, _figure in rows],
        _("Value"): [reading.value(figure, unit) for figure in figures],
        _("95% interval"): [reading.interval(figure, unit) for figure in figures],
    }
    if classes:
        counted = [_classes(label, figure) for label, figure in rows]
        table[_("Promoters")] = [_number(group.promoters, group) for group in counted]
        table[_("Passives")] = [_number(group.passives, group) for group in counted]
        table[_("Detractors")] = [_number(group.detractors, group) for group in counted]
    return pd.DataFrame({**table, "n": [reading.count(figure) for figure in figures]})


def _number(count: float, group: charts.NpsGroup) -> str:
    return fmt.number(count if page.shown(group.nps) is not None else None, language())


# Through time


@page.fragment
def _through_time(board: Board) -> None:
    clicks.follow()
    grains = _grains(board.scope)
    grain = breakdown.chosen("satisfaction_grain", grains)
    answers = cache.ask(board.scope.query("nps", "survey_response_rate", grain=grain, totals=False))
    scores = answers["nps"].rows if board["nps"].shown else ()
    invited = _ripe(answers["survey_response_rate"].rows)
    parts = []
    if _makes_a_line(scores):
        parts.append(partial(_nps_trend, board["nps"], scores, grain, board.scope))
    if board["survey_response_rate"].figure.n or board["survey_response_rate"].figure.n_open:
        parts.append(partial(_response, board["survey_response_rate"], invited, grain, board.scope))
    if len(grains) > 1 and (_makes_a_line(scores) or _makes_a_line(invited)):
        with st.container(key="choice-grain", horizontal=True, vertical_alignment="center", gap="small"):
            breakdown.choice("satisfaction_grain", grains, _("Width of the points"), _by_grain)
    reading.side_by_side(parts)


def _makes_a_line(points: Sequence[Figure]) -> bool:
    return len(page.busy(points)) > 1


def _grains(scope: Scope) -> list[Grain]:
    """The widths that give a line of 4 to about 60 points, the finest useful one first."""
    if scope.span.days <= 14:
        return [Grain.DAY]
    if scope.span.days <= 45:
        return [Grain.WEEK, Grain.DAY]
    return [Grain.WEEK, Grain.MONTH] if scope.span.days <= 400 else [Grain.MONTH, Grain.WEEK]


def _by_grain(grain: Grain) -> str:
    return {Grain.DAY: _("By day"), Grain.WEEK: _("By week"), Grain.MONTH: _("By month")}[grain]


def _nps_trend(card: Card, points: Sequence[Figure], grain: Grain, scope: Scope) -> None:
    zero = breakdown.target_lines(card) or [charts.Reference(0.0, "0")]
    on_select = clicks.narrows("nps-trend", grain, points)
    marks = noise.drawn(scope, card.kpi.id, grain, points)
    subtitle = _("{grain}, by date of answer · band: 95% interval · points below 10 answers left out")
    page.panel(
        _trend_title(card),
        noise.said(subtitle.format(grain=_by_grain(grain)), marks),
        key=clicks.fresh("nps-trend"),
        on_select=on_select,
        figure=charts.trend(
            [charts.Line(_("NPS"), points, band=True)],
            unit=Unit.NPS,
            grain=grain,
            targets=zero,
            timezone=scope.timezone,
            clicked=on_select is not None,
            **marks,
            **page.look(),
        ),
        table=partial(page.series_table, {card.kpi.id: points}),
    )


def _trend_title(card: Card) -> str:
    change = card.change
    if change is None or change.delta is None or not change.clear:
        return _("NPS: {value}, no clear change").format(value=card.text())
    amount = fmt.delta(change.delta, Unit.NPS, language(), sign=False)
    return (_("NPS gains {points}") if change.delta > 0 else _("NPS loses {points}")).format(points=amount)


def _response(card: Card, points: Sequence[Figure], grain: Grain, scope: Scope) -> None:
    lang = language()
    recent = fmt.number(card.figure.n_open or 0, lang)
    apart = _("{open} sent less than 14 days ago are counted apart").format(open=recent)
    title = _("Too early for a response rate")
    if card.shown:
        title = _("{rate} of those asked have answered").format(rate=card.text())
    counted = ""
    if card.figure.n:
        counted = _("{n} invitations at least 14 days old").format(n=fmt.number(card.figure.n, lang))
    drawn = _makes_a_line(points)
    on_select = clicks.narrows("response", grain, points)
    page.panel(
        title,
        " · ".join(filter(None, (counted, apart, _("the fewer answer, the less the scores say")))),
        key=clicks.fresh("response"),
        on_select=on_select if drawn else None,
        figure=charts.trend(
            [charts.Line(_("answered"), points, band=True)],
            unit=Unit.RATIO,
            grain=grain,
            timezone=scope.timezone,
            clicked=on_select is not None,
            **noise.drawn(scope, card.kpi.id, grain, points),
            **page.look(),
        )
        if drawn
        else None,
        table=partial(page.series_table, {card.kpi.id: points}) if drawn else None,
    )


def _ripe(points: Sequence[Figure]) -> Sequence[Figure]:
    """Up to the last bucket whose invitations are old enough."""
    last = max((i for i, point in enumerate(points) if point.status not in page.HIDDEN), default=-1)
    return points[: last + 1]
