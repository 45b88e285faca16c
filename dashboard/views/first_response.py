"""First response: how long customers wait for a person, where and when they wait longest, and who still waits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from dashboard import (
    absent,
    breakdown,
    cache,
    cards,
    charts,
    clicks,
    headlines,
    opened_rows,
    page,
    panels,
    promises,
    tickets,
    unfinished,
    words,
)
from dashboard import format as fmt
from dashboard.cards import Board, Card
from dashboard.charts import LOG_EDGES_S, Reference
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from kpi.model import Figure, Status

CARDS = ("frt_median", "frt_p90", "tickets_awaiting_first_response", "response_within_target_rate")
DIMENSIONS = ("channel", "team_id", "priority", "request_type")
WAITING = "tickets_awaiting_first_response"
_LISTED = ("ticket_id", "created_at", "age_s", "channel", "team_id", "priority", "request_type")


def render(scope: Scope) -> None:
    board = cards.load(scope, (*CARDS, "frt_mean"))
    oldest = tickets.oldest(scope, board[WAITING].answer, 1)
    page.header(_("First response"), _lead(board, oldest))
    if absent.explained(scope, _("No first response in this selection"), board["frt_median"], or_open=False):
        if not scope.ahead:
            _still_waiting(board)
        return
    cards.row(board, CARDS)
    unanswered = _("Of the requests received in the period, {share} have had no first response.")
    unfinished.sentence(scope, "frt_median", "frt_p90", unanswered)
    _shapes(board)
    _by_dimension(scope)
    _still_waiting(board)


def _shapes(board: Board) -> None:
    """How waits go through time, spread and fall in the week; on few cases, only how they spread."""
    if board["frt_median"].figure.status is Status.OK:
        panels.side_by_side((7, 4), partial(_trend, board), partial(_distribution, board))
        panels.side_by_side((7, 4), partial(_hours, board.scope), partial(promises.panel, board))
    else:
        panels.side_by_side((1, 1), partial(_distribution, board), partial(promises.panel, board))


def _lead(board: Board, oldest: pd.DataFrame) -> str:
    """How long half and nine in ten wait, and how many still do."""
    median, p90, waiting = board["frt_median"], board["frt_p90"], board[WAITING]
    sentences = []
    if median.shown:
        most = _(", nine in ten within <b>{time}</b>").format(time=p90.text()) if p90.shown else ""
        sentences.append(
            _("Half of the customers hear from a person within <b>{half}</b>{most}{verdict}.").format(
                half=median.text(), most=most, verdict=headlines.sooner(median, board.scope)
            )
        )
    if waiting.figure.n and len(oldest):
        age = fmt.duration(oldest["age_s"].iloc[0], language())
        sentences.append(
            ngettext(
                "<b>{n}</b> request still waits, for <b>{age}</b>.",
                "<b>{n}</b> requests still wait, the oldest for <b>{age}</b>.",
                waiting.figure.n,
            ).format(n=waiting.text(), age=age)
        )
    elif waiting.shown:
        sentences.append(_("Nobody waits for a first response."))
    return " ".join(sentences)


# Through time


def _trend(board: Board) -> None:
    panels.trend(
        board,
        ("frt_median", "frt_p90"),
        title=_trend_title(board["frt_median"]),
        subtitle=panels.clocked(
            board.scope, _("Time to the first response, {clock} · band: 95% interval of the median")
        ),
        key="first-response-trend",
        labels=(_("median"), _("90th percentile")),
    )


def _trend_title(card: Card) -> str:
    change = card.change
    if change is None or change.delta is None or change.clear is None:
        return _("Half of the customers wait less than {time}").format(time=card.text())
    if not change.clear:
        return _("First response holds at {time}").format(time=card.text())
    amount = fmt.delta(change.delta, card.kpi.unit, language(), sign=False)
    if change.better:
        return _("First response gains {time}").format(time=amount)
    return _("First response loses {time}").format(time=amount)


# How it is spread


def _distribution(board: Board) -> None:
    scope, lang = board.scope, language()
    median = board["frt_median"]
    if not median.shown:
        return
    counts = cache.histogram(scope.query("frt_median"), "frt_median", LOG_EDGES_S)
    named = {"frt_median": _("median"), "frt_mean": _("mean"), "frt_p90": _("90th percentile")}
    figure = charts.histogram_log(
        counts,
        count_label=_("responses"),
        references=[
            Reference(board[kpi_id].figure.value or 0.0, f"{name} {board[kpi_id].text()}")
            for kpi_id, name in named.items()
            if board[kpi_id].shown
        ],
        business=scope.choice.clock == "business",
        **page.look(narrow=True),
    )
    from_to = [fmt.duration(edge, lang) if edge else "0" for edge in LOG_EDGES_S]
    key = "first-response-spread"
    page.panel(
        _distribution_title(board),
        panels.clocked(scope, _("Responses by time waited, {clock} · steps grow with the wait")),
        key=clicks.fresh(key),
        on_select=clicks.opens(key),
        figure=figure,
        table=lambda: pd.DataFrame({_("From"): from_to, _("Responses"): counts}),
    )
    if (at := clicks.position(key)) is not None:
        opened_rows.of_class(scope, "frt_median", LOG_EDGES_S, at)


def _distribution_title(board: Board) -> str:
    if not board["frt_p90"].shown:
        return _("How long customers wait")
    return _("One in ten waits more than {time}").format(time=board["frt_p90"].text())


def _hours(scope: Scope) -> None:
    cells = cache.ask(scope.query("frt_median", by=("weekday", "hour"), intervals=False, totals=False))["frt_median"]
    panels.hours(
        scope,
        "frt_median",
        title=_hours_title(cells.rows),
        subtitle=panels.clocked(
            scope, _("Median wait by day and hour of the response, {clock} · number of responses in the cell")
        ),
        key="first-response-hours",
    )


def _hours_title(cells: Sequence[Figure]) -> str:
    """The hour of the week with the longest wait, when it has enough cases to be compared."""
    longest = max(page.busy(cells), key=lambda cell: cell.value or 0.0, default=None)
    if longest is None or longest.status is not Status.OK:
        return _("When customers wait")
    day, hour = longest.keys[:2]
    return _("The longest waits end on {day} around {hour}").format(
        day=fmt.weekday(int(day), language(), short=False), hour=fmt.hour(int(hour), language())
    )


# By channel, team...


@page.fragment
def _by_dimension(scope: Scope) -> None:
    # A fragment: another dimension redraws two panels, not the page.
    clicks.follow()
    offered = breakdown.open_dimensions(scope, DIMENSIONS)
    dimension = breakdown.chosen("first-response-by", offered)
    median = cache.ask(scope.query("frt_median", by=(dimension,)))["frt_median"]
    waiting = [figure for figure in cache.ask(scope.query(WAITING, by=(dimension,)))[WAITING].rows if figure.n]
    columns = page.split(7, 4) if waiting else page.split(1)
    with columns[0]:
        figures = [figure for figure in median.rows if figure.n]
        breakdown.panel(
            scope,
            _longest(dimension, figures),
            panels.clocked(scope, _("Median time to the first response, {clock} · whisker: 95% interval")),
            kpi_id="frt_median",
            dimension=dimension,
            figures=figures,
            key=f"first-response-by-{dimension}",
            above=partial(breakdown.choice, "first-response-by", offered, _("By")),
        )
    if not waiting:
        return
    with columns[1]:
        breakdown.panel(
            scope,
            _("Where requests still wait"),
            _("Requests without a first response"),
            kpi_id=WAITING,
            dimension=dimension,
            figures=waiting,
            key=f"first-response-waiting-by-{dimension}",
        )


def _longest(dimension: str, figures: Sequence[Figure]) -> str:
    found = breakdown.extreme(dimension, figures, max)
    if found is None:
        return _("First response by {dimension}").format(dimension=words.dimension(dimension).lower())
    time = fmt.duration(found[1].value, language())
    return _("Longest wait: {name}, {time}").format(name=found[0], time=time)


# Who still waits


def _still_waiting(board: Board) -> None:
    scope, answer = board.scope, board[WAITING].answer
    if answer is None or not answer.total.n:
        return
    tickets.panel(
        ngettext(
            "{n} request waits for a first response", "{n} requests wait for a first response", answer.total.n
        ).format(n=board[WAITING].text()),
        _("The oldest first, on {moment} · calendar time").format(moment=tickets.said_at(scope, answer)),
        partial(tickets.oldest, scope, answer),
        tickets.titles(*_LISTED, age_s=_("Waiting for")),
        scope=scope,
        key="first-response-waiting",
    )
