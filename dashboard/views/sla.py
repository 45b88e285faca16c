"""SLA: which commitments were kept, which were broken and by how much, and which are about to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from dashboard import (
    absent,
    breakdown,
    cache,
    cards,
    charts,
    clicks,
    definition,
    headlines,
    noise,
    opened_rows,
    page,
    tickets,
    words,
)
from dashboard import format as fmt
from dashboard.cards import Board, Card
from dashboard.charts import Line, StateCount
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.periods import grain_for
from kpi.model import Answer, Figure, Grain, Query

CARDS = ("sla_resolution_rate", "sla_first_response_rate", "sla_at_risk", "response_within_target_rate")
RATES = {"resolution": "sla_resolution_rate", "first_response": "sla_first_response_rate"}
"""Metric of a commitment -> the KPI of its attainment."""
DIMENSIONS = ("priority", "team_id", "channel", "policy_id")
AT_RISK = "sla_at_risk"
LATE_EDGES_S = (0, 900, 3_600, 14_400, 28_800, 86_400, 259_200, 604_800)
_BREACHES = ("ticket_id", "due_at", "late_s", "still", "team_id", "priority", "channel", "policy_id")
_RISKS = ("ticket_id", "due_at", "left_s", "team_id", "priority", "policy_id")
_ROW = 30
"""Height of a bar in px: the chart beside grows with the bars."""
_SHOWN, _SCANNED = 10, 1000
"""Broken commitments listed, among the latest due."""


def render(scope: Scope) -> None:
    board = cards.load(scope, CARDS)
    page.header(_("SLA"), _lead(board))
    rates = [board[kpi_id] for kpi_id in RATES.values()]
    if absent.explained(scope, _("No commitment fell due in this selection"), *rates, or_open=False):
        if not scope.ahead:
            _at_risk(scope, "resolution")
        return
    cards.row(board, CARDS)
    columns = page.split(1, 1)
    for column, (metric, kpi_id) in zip(columns, RATES.items(), strict=True):
        with column:
            _states(scope, metric, board[kpi_id])
    _metric(board)


def _lead(board: Board) -> str:
    """What was kept, what is late and still open, what will be late soon."""
    resolution, response, risk = (board[kpi_id] for kpi_id in (*RATES.values(), AT_RISK))
    verdict = headlines.verdict(resolution, _(", more than before"), _(", fewer than before"))
    sentences = []
    if resolution.shown and response.shown:
        sentences.append(
            _(
                "<b>{resolution}</b> of the resolution commitments were kept{verdict}, "
                "and <b>{response}</b> of those of first response."
            ).format(resolution=resolution.text(), verdict=verdict, response=response.text())
        )
    elif resolution.shown:
        sentences.append(
            _("<b>{resolution}</b> of the resolution commitments were kept{verdict}.").format(
                resolution=resolution.text(), verdict=verdict
            )
        )
    late = int(resolution.figure.extra.get("n_breached_open", 0))
    if late:
        sentences.append(
            ngettext("<b>{n}</b> late request is still open.", "<b>{n}</b> late requests are still open.", late).format(
                n=fmt.number(late, language())
            )
        )
    if risk.shown and risk.figure.n:
        sentences.append(
            ngettext(
                "<b>{n}</b> request is about to be late.",
                "<b>{n}</b> requests are about to be late.",
                risk.figure.n,
            ).format(n=risk.text())
        )
    return " ".join(sentences)


def metric_name(metric: str) -> str:
    return words.value("metric", metric)


# States kept apart


def _states(scope: Scope, metric: str, card: Card) -> None:
    if card.answer is None or card.answer.needs or not (card.figure.n or card.figure.n_open):
        return
    counts = _counts(card.figure)
    early = int(card.figure.extra.get("n_achieved_not_due", 0))
    note = _("Due in the period; what runs or waits is as of now")
    if early:
        note += " · " + ngettext(
            "{n} kept ahead of a later due date is not counted yet",
            "{n} kept ahead of a later due date are not counted yet",
            early,
        ).format(n=fmt.number(early, language()))
    key = f"sla-states-{metric}"
    page.panel(
        _states_title(metric, card),
        note,
        key=clicks.fresh(key),
        on_select=clicks.opens(key),
        figure=charts.states(counts, **page.look()),
        table=lambda: pd.DataFrame(
            {_("State"): [item.label for item in counts], _("Commitments"): [item.count for item in counts]}
        ),
    )
    if (at := clicks.position(key)) is not None:
        _open_state(scope, card.kpi.id, counts[at])


def _open_state(scope: Scope, kpi_id: str, chosen: StateCount) -> None:
    """The commitments of a state; what the figure does not count yet is told in its definition."""
    asked = scope.query(kpi_id)
    if chosen.state not in ("achieved", "breached", "breached_open"):
        definition.show(scope, kpi_id)
        return

    def rows(limit: int | None) -> pd.DataFrame:
        found = cache.rows(asked, kpi_id, None, which="missed")
        if chosen.state == "achieved":
            keys = ["ticket_id", "ordinal"]
            late = found.set_index(keys).index
            found = cache.rows(asked, kpi_id, None)
            found = found[~found.set_index(keys).index.isin(late)]
        else:
            found = found[(found["phase"] == "done") == (chosen.state == "breached")]
        return found.head(limit or len(found))

    opened_rows.show(scope, asked, kpi_id, chosen.label, rows)


def _counts(figure: Figure) -> list[StateCount]:
    """The states of the commitments, broken ones still open apart from those closed late."""
    kept, judged = int(figure.numerator or 0), int(figure.denominator or 0)
    late_open = int(figure.extra.get("n_breached_open", 0))
    return [
        StateCount(state, words.value("sla_state", state), count)
        for state, count in (
            ("achieved", kept),
            ("on_track", figure.n_open or 0),
            ("paused", int(figure.extra.get("n_paused", 0))),
            ("breached_open", late_open),
            ("breached", judged - kept - late_open),
        )
    ]


def _states_title(metric: str, card: Card) -> str:
    late = int(card.figure.extra.get("n_breached_open", 0))
    if metric == "resolution":
        return ngettext(
            "Resolution: {n} late request still open", "Resolution: {n} late requests still open", late
        ).format(n=fmt.number(late, language()))
    return ngettext(
        "First response: {n} late request still open", "First response: {n} late requests still open", late
    ).format(n=fmt.number(late, language()))


# One kind of commitment at a time


@page.fragment
def _metric(board: Board) -> None:
    # A fragment: the other commitment or dimension redraws what is below, not the page.
    clicks.follow()
    scope = board.scope
    metric = breakdown.chosen("sla-metric", tuple(RATES))
    page.section(_("In detail"))
    breakdown.choice("sla-metric", tuple(RATES), _("Commitment"), metric_name)
    card = board[RATES[metric]]
    if card.answer is None or not card.figure.n:
        page.notice(_("No commitment of this kind fell due in this selection."))
        return
    left, right = page.split(1, 1)
    with right:
        rows = _by_dimension(scope, card)
    with left:
        _trend(scope, card, height=max(250, _ROW * rows + 2 * _ROW))
    if _any_at_risk(scope, metric):
        narrow, wide = page.split(4, 7)
        with narrow:
            _lateness(scope, card, narrow=True)
        with wide:
            _at_risk(scope, metric)
    else:
        _lateness(scope, card)
        page.notice(_("Nothing is at risk: no running commitment has used three quarters of its time."))
    _breaches(scope, card)


def _trend(scope: Scope, card: Card, height: int) -> None:
    assert card.answer is not None
    grain = grain_for(scope.span)
    rows = card.answer.rows
    if card.points != rows:
        grain = Grain.WEEK
        rows = cache.ask(scope.query(card.kpi.id, grain=grain))[card.kpi.id].rows
    past: Sequence[Figure] = ()
    if scope.compared:
        past = cache.ask(scope.query(card.kpi.id, previous=True, grain=grain))[card.kpi.id].rows
    kept = [i for i, figure in enumerate(rows) if page.shown(figure) is not None]
    if not kept:
        few = _("Too few commitments due at a time to draw a line.")
        page.panel(_trend_title(card), few, key=f"sla-trend-{card.kpi.id}")
        return
    drawn, name = [rows[i] for i in kept], f"sla-trend-{card.kpi.id}"
    on_select = clicks.narrows(name, grain, drawn)
    marks = noise.drawn(scope, card.kpi.id, grain, drawn)
    page.panel(
        _trend_title(card),
        noise.said(_("Share of the commitments due that were kept · band: 95% interval"), marks),
        key=clicks.fresh(name),
        on_select=on_select,
        figure=charts.trend(
            [Line(_("kept"), drawn, band=True)],
            unit=card.kpi.unit,
            grain=grain,
            targets=breakdown.target_lines(card),
            previous=[past[i] for i in kept if i < len(past)],
            previous_label=_("period before"),
            timezone=scope.timezone,
            clicked=on_select is not None,
            height=height,
            **marks,
            **page.look(),
        ),
        table=partial(page.series_table, {card.kpi.id: rows}),
    )


def _trend_title(card: Card) -> str:
    change = card.change
    if change is None or change.delta is None or change.clear is None:
        return _("{rate} of the commitments were kept").format(rate=card.text())
    if not change.clear:
        return _("Attainment holds at {rate}").format(rate=card.text())
    amount = fmt.delta(change.delta, card.kpi.unit, language(), sign=False)
    if change.better:
        return _("Attainment gains {points}").format(points=amount)
    return _("Attainment loses {points}").format(points=amount)


def _by_dimension(scope: Scope, card: Card) -> int:
    """Draws the bars and returns how many there are."""
    offered = breakdown.open_dimensions(scope, DIMENSIONS)
    dimension = breakdown.chosen("sla-by", offered)
    answer = cache.ask(scope.query(card.kpi.id, by=(dimension,)))[card.kpi.id]
    figures = [figure for figure in answer.rows if figure.n]
    breakdown.panel(
        scope,
        _lowest(dimension, figures),
        _("Share of the commitments due that were kept · whisker: 95% interval"),
        kpi_id=card.kpi.id,
        dimension=dimension,
        figures=figures,
        targets=breakdown.target_lines(card),
        key=f"{card.kpi.id}-by-{dimension}",
        above=partial(breakdown.choice, "sla-by", offered, _("By")),
    )
    return len(figures)


def _lowest(dimension: str, figures: Sequence[Figure]) -> str:
    found = breakdown.extreme(dimension, figures, min)
    if found is None:
        return _("Attainment by {dimension}").format(dimension=words.dimension(dimension).lower())
    rate = fmt.percent(found[1].value, language())
    return _("Lowest: {name}, {rate}").format(name=found[0], rate=rate)


# How late


def _lateness(scope: Scope, card: Card, narrow: bool = False) -> None:
    lang = language()
    counts = cache.histogram(scope.query(card.kpi.id), card.kpi.id, LATE_EDGES_S)
    if not any(counts):
        page.panel(_("No commitment was broken"), key=f"sla-late-{card.kpi.id}")
        return
    names = [fmt.duration(edge, lang) if edge else "0" for edge in LATE_EDGES_S]
    key = f"sla-late-{card.kpi.id}"
    page.panel(
        _late_title(card),
        _("Broken commitments by time past the due date, calendar time · still open: up to now"),
        key=clicks.fresh(key),
        on_select=clicks.opens(key),
        figure=charts.histogram_log(counts, LATE_EDGES_S, count_label=_("broken"), **page.look(narrow)),
        table=lambda: pd.DataFrame({_("Late by, from"): names, _("Commitments"): counts}),
    )
    if (at := clicks.position(key)) is not None:
        opened_rows.of_class(scope, card.kpi.id, LATE_EDGES_S, at)


def _missed(card: Card) -> int:
    """Broken commitments, the open ones included."""
    return int((card.figure.denominator or 0) - (card.figure.numerator or 0))


def _late_title(card: Card) -> str:
    return _("By how much {n} commitments were missed").format(n=fmt.number(_missed(card), language()))


# The requests


def _risk_query(scope: Scope, metric: str) -> Query:
    return scope.query(AT_RISK, params=(("metric", metric),))


def _any_at_risk(scope: Scope, metric: str) -> bool:
    return bool(cache.ask(_risk_query(scope, metric))[AT_RISK].total.n)


def _at_risk(scope: Scope, metric: str) -> None:
    """The requests about to be late; nothing when there are none."""
    asked = _risk_query(scope, metric)
    answer = cache.ask(asked)[AT_RISK]

    def rows(limit: int | None) -> pd.DataFrame:
        found = cache.rows(asked, AT_RISK, None).sort_values("due_at")
        left = -tickets.elapsed(found["due_at"], tickets.read_at(scope, answer))
        return found.assign(left_s=left).head(limit or len(found))

    if not answer.total.n:
        return
    tickets.panel(
        ngettext("{n} request at risk", "{n} requests at risk", answer.total.n).format(
            n=fmt.number(answer.total.value, language())
        ),
        _("Three quarters of the time is used · the first due first, on {moment}").format(
            moment=tickets.said_at(scope, answer)
        ),
        rows,
        tickets.titles(*_RISKS, due_at=_("Due"), left_s=_("Time left")),
        scope=scope,
        key=f"sla-risk-{metric}",
    )


def _breaches(scope: Scope, card: Card) -> None:
    asked, answer = scope.query(card.kpi.id), card.answer
    assert answer is not None

    def rows(limit: int | None) -> pd.DataFrame:
        found = cache.rows(asked, card.kpi.id, None if limit is None else _SCANNED, which="missed")
        return _broken(found, answer).head(limit or len(found))

    missed = _missed(card)
    if not missed:
        return
    shown = min(_SHOWN, missed)
    tickets.panel(
        _("Broken commitments"),
        _("Still open first, then the latest due · {shown} of {n}, all in the file").format(
            shown=shown, n=fmt.number(missed, language())
        ),
        rows,
        tickets.titles(*_BREACHES, due_at=_("Due"), late_s=_("Late by"), still=_("State")),
        scope=scope,
        key=f"sla-breaches-{card.kpi.id}",
        shown=shown,
    )


def _broken(found: pd.DataFrame, answer: Answer) -> pd.DataFrame:
    """The rows that miss, with how late each is and whether it still runs; those still open come first."""
    done = found["phase"] == "done"
    until = found["from_at"].where(done, answer.as_of)
    states: Mapping[bool, str] = {True: _("closed late"), False: _("still open")}
    table = found.assign(late_s=tickets.elapsed(found["due_at"], until), still=done.map(states), done=done)
    return table.sort_values(["done", "due_at"], ascending=[True, False])
