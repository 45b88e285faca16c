"""Overview: how the centre does over the period, what moved, and where to look."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard import absent, cache, cards, charts, clicks, headlines, noise, page, panels, words
from dashboard import format as fmt
from dashboard.cards import Board, Card
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.periods import grain_for
from kpi.model import Figure, Unit

PERFORMANCE = ("frt_median", "service_level", "sla_resolution_rate", "answer_rate")
SATISFACTION = ("nps", "csat_rate", "fcr_rate", "survey_response_rate")
STOCK = ("ticket_backlog", "tickets_awaiting_first_response", "backlog_age_median", "sla_at_risk")
ACTIVITY = ("tickets_created", "tickets_resolved", "tickets_reopened", "average_handle_time")
VIEW = {
    "frt_median": "first_response",
    "service_level": "calls",
    "answer_rate": "calls",
    "average_handle_time": "calls",
    "fcr_rate": "resolution",
    "sla_resolution_rate": "sla",
    "sla_at_risk": "sla",
    "nps": "satisfaction",
    "csat_rate": "satisfaction",
    "survey_response_rate": "satisfaction",
    "tickets_awaiting_first_response": "first_response",
    "ticket_backlog": "backlog",
    "backlog_age_median": "backlog",
    "tickets_created": "backlog",
    "tickets_resolved": "resolution",
    "tickets_reopened": "resolution",
}
"""KPI -> the page that explains it."""


def render(scope: Scope) -> None:
    board = cards.load(scope, (*PERFORMANCE, *SATISFACTION, *STOCK, *ACTIVITY))
    page.header(_("Overview"), _lead(board))
    _changes(board)
    _section(board, _("Performance"), PERFORMANCE)
    _section(board, _("Quality and satisfaction"), SATISFACTION)
    if board["tickets_created"].shown:
        panels.side_by_side((7, 4), partial(_first_response, board), partial(_backlog, board))
    else:
        _without_tickets(board)
    _section(board, _("Stock"), STOCK)
    _section(board, _("Activity and productivity"), ACTIVITY)
    _waiting(board)


def _needs(card: Card) -> tuple[str, ...]:
    """The exports that were never imported and that the card asks for."""
    return tuple(card.answer.needs) if card.answer else ()


def _section(board: Board, title: str, kpi_ids: Sequence[str]) -> None:
    """The cards of a family that the imports allow; nothing when there are none."""
    possible = [kpi_id for kpi_id in kpi_ids if not _needs(board[kpi_id])]
    if possible:
        page.section(title)
        cards.row(board, possible)


def _waiting(board: Board) -> None:
    """How many figures wait for which exports."""
    waiting = [needs for card in board.values() if (needs := _needs(card))]
    if not waiting:
        return
    tables = tuple(dict.fromkeys(table for needs in waiting for table in needs))
    text = ngettext("{n} more figure needs: {tables}.", "{n} more figures need: {tables}.", len(waiting)).format(
        n=len(waiting), tables=words.html(words.exports(tables))
    )
    page.notice(text)
    absent.to_import()


def _lead(board: Board) -> str:
    """One sentence: how much, how fast, and what calls for action; of what the centre has imported."""
    created, first, nps, level = (board[one] for one in ("tickets_created", "frt_median", "nps", "service_level"))
    if created.shown:
        facts = _("<b>{n} requests</b>, median first response <b>{time}</b>{verdict}.").format(
            n=created.text(),
            time=first.text(),
            verdict=headlines.verdict(first, _(", sooner than before"), _(", later than before")),
        )
    elif nps.shown:
        facts = _("NPS <b>{nps}</b> on <b>{n}</b> answers.").format(
            nps=nps.text(), n=fmt.number(nps.figure.n, language())
        )
    elif level.shown:
        facts = _("Service level <b>{level}</b> on <b>{n}</b> calls.").format(
            level=level.text(), n=fmt.number(level.figure.n, language())
        )
    else:
        facts = ""
    return f"{facts} {_calls(board)}".strip()


def _calls(board: Board) -> str:
    """What misses its target, worst first."""
    late = [card for state in ("act", "watch") for card in board.values() if card.state == state]
    if not late:
        judged = any(card.state == "ok" for card in board.values())
        return _("Every target is met.") if judged else ""
    names = [f"<b>{words.html(words.short(card.kpi))}</b> ({words.html(card.text())})" for card in late[:3]]
    if late[0].state == "act":
        return _("Act on: {names}.").format(names=", ".join(names))
    return _("To watch: {names}.").format(names=", ".join(names))


# The three largest changes


def _changes(board: Board) -> None:
    signals = largest_changes(board, 3)
    if not signals:
        return
    with st.container(key="changes", horizontal=True, gap="small"):
        for card in signals:
            assert card.change is not None
            tone, verdict = cards.verdict(card.change, card.kpi.better)
            amount = fmt.delta(card.change.delta, card.kpi.unit, language(), card.change.relative)
            label = f"**{words.plain(words.short(card.kpi))}** {words.plain(amount)}, {verdict}"
            with st.container(key=f"change-{tone}-{card.kpi.id}", width="content"):
                icon = ":material/trending_up:" if (card.change.delta or 0) > 0 else ":material/trending_down:"
                page.link(VIEW[card.kpi.id], label, icon)


def largest_changes(board: Board, most: int) -> list[Card]:
    """The clear changes, by size relative to the value before (NPS: in hundreds of points)."""
    clear = [card for card in board.values() if card.change is not None and card.change.clear]
    return sorted(clear, key=_size, reverse=True)[:most]


def _size(card: Card) -> float:
    assert card.change is not None
    if card.kpi.unit is Unit.NPS:
        return abs(card.change.delta or 0.0) / 100
    return abs(card.change.relative or 0.0)


# Charts


def _first_response(board: Board) -> None:
    scope, card = board.scope, board["frt_median"]
    if card.answer is None or not card.shown:
        return
    grain = grain_for(scope.span)
    points = card.answer.rows
    past: Sequence[Figure] = ()
    if scope.compared:
        past = cache.ask(scope.query("frt_median", previous=True, grain=grain, intervals=False))["frt_median"].rows
    drawn = page.busy(points)
    on_select = clicks.narrows("overview-frt", grain, drawn)
    marks = noise.drawn(scope, "frt_median", grain, drawn)
    figure = charts.trend(
        [charts.Line(_("median"), drawn, band=True)],
        unit=card.kpi.unit,
        grain=grain,
        targets=_references(card),
        previous=page.busy(past),
        previous_label=_("period before"),
        timezone=scope.timezone,
        clicked=on_select is not None,
        **marks,
        **page.look(),
    )
    page.panel(
        _first_response_title(card),
        noise.said(
            _("Median time to the first response, {clock} · band: 95% interval · days below 10 cases left out").format(
                clock=words.clock_of(scope.choice.clock)
            ),
            marks,
        ),
        key=clicks.fresh("overview-frt"),
        figure=figure,
        on_select=on_select,
        table=partial(page.series_table, {"frt_median": points}),
    )


def _without_tickets(board: Board) -> None:
    """The line of a centre that has imported calls alone, or surveys."""
    for kpi_id in ("service_level", "nps", "csat_rate"):
        card = board[kpi_id]
        if card.shown and len(card.points) > 2:
            panels.trend(
                board,
                (kpi_id,),
                title=headlines.moved(card),
                subtitle=_("band: 95% interval").capitalize(),
                key=f"overview-{kpi_id}",
            )
            return


def _references(card: Card) -> list[charts.Reference]:
    if card.target is None:
        return []
    bound = card.target.value_high if card.target.value_high is not None else card.target.value_low
    text = _("target {value}").format(value=cards.target_text(card.target, card.kpi.unit))
    return [charts.Reference(bound, text)] if bound is not None else []


def _first_response_title(card: Card) -> str:
    change = card.change
    if change is None or change.delta is None or not change.clear:
        return _("First response holds at {time}").format(time=card.text())
    amount = fmt.delta(change.delta, card.kpi.unit, language(), sign=False)
    if change.better:
        return _("First response gains {time}").format(time=amount)
    return _("First response loses {time}").format(time=amount)


def _backlog(board: Board) -> None:
    scope, card = board.scope, board["ticket_backlog"]
    if card.answer is None or not card.shown or not card.answer.rows:
        return
    grain = grain_for(scope.span)
    on_select = clicks.narrows("overview-backlog", grain, card.answer.rows)
    marks = noise.drawn(scope, "ticket_backlog", grain, card.answer.rows)
    figure = charts.trend(
        [charts.Line(_("open"), card.answer.rows)],
        unit=card.kpi.unit,
        grain=grain,
        timezone=scope.timezone,
        clicked=on_select is not None,
        **marks,
        **page.look(),
    )
    page.panel(
        _backlog_title(card),
        noise.said(_("Requests not solved at the end of each day"), marks),
        key=clicks.fresh("overview-backlog"),
        figure=figure,
        on_select=on_select,
        table=partial(page.series_table, {card.kpi.id: card.answer.rows}),
    )


def _backlog_title(card: Card) -> str:
    change = card.change
    if change is None or not change.delta:
        return _("{n} requests are open").format(n=card.text())
    amount = fmt.number(abs(change.delta), language())
    if change.delta > 0:
        return _("The backlog grows by {n}").format(n=amount)
    return _("The backlog shrinks by {n}").format(n=amount)
