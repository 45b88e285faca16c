"""Resolution: how long until a request is solved, whether at once and for good, and why customers come back."""

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
    comparing,
    definition,
    headlines,
    opened_rows,
    page,
    panels,
    reading,
    tickets,
    unfinished,
    words,
)
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.charts import LOG_EDGES_S, Group, Reference
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from kpi import catalog
from kpi.complements import complement
from kpi.model import Status, Unit

TIMES = ("resolution_time_median", "resolution_time_p90", "resolution_time_mean", "resolution_time_km_median")
QUALITY = ("fcr_rate", "contacts_per_resolution", "reopen_rate", "repeat_contact_rate")
MORE = ("fcr_rate_surveyed", "tickets_reopened", "repeat_contact_reasons")
MEASURES = ("resolution_time_median", *QUALITY)
DIMENSIONS = ("channel", "team_id", "priority", "request_type")
REOPENED, REASONS = "tickets_reopened", "repeat_contact_reasons"
_COUNTED = ("fcr_rate", "fcr_rate_surveyed", "repeat_contact_rate")
"""What the three ways of counting the first contact count, in their order."""
_REOPENED = ("ticket_id", "from_at", "created_at", "team_id", "channel", "priority")
_LONGEST = ("ticket_id", "duration_s", "created_at", "resolved_at", "contacts", "team_id", "channel", "request_type")


def render(scope: Scope) -> None:
    board = cards.load(scope, (*TIMES, *QUALITY, *MORE))
    page.header(_("Resolution"), _lead(board))
    leading = (board[kpi_id] for kpi_id in ("resolution_time_median", "resolution_time_km_median"))
    if absent.explained(scope, _("Nothing was solved in this selection"), *leading, or_open=False):
        return
    cards.row(board, TIMES)
    still_open = _("Of the requests received in the period, {share} are still open.")
    unfinished.sentence(scope, "resolution_time_median", "resolution_time_p90", still_open)
    cards.row(board, QUALITY)
    _shapes(board)
    panels.side_by_side((7, 4), partial(_by_dimension, board), partial(_three_ways, board))
    _returns(board)
    _longest(board)


def _lead(board: Board) -> str:
    """How long half and nine in ten take, and how many are solved at once."""
    median, p90, fcr = board["resolution_time_median"], board["resolution_time_p90"], board["fcr_rate"]
    sentences = []
    if median.shown:
        most = _(", nine in ten within <b>{time}</b>").format(time=p90.text()) if p90.shown else ""
        sentences.append(
            _("Half of the requests are solved within <b>{half}</b>{most}{verdict}.").format(
                half=median.text(), most=most, verdict=headlines.sooner(median, board.scope)
            )
        )
    if fcr.shown:
        sentences.append(
            _("<b>{rate}</b> are solved at the first contact{verdict}.").format(
                rate=fcr.text(), verdict=headlines.verdict(fcr)
            )
        )
    return " ".join(sentences)


# How long


def _shapes(board: Board) -> None:
    """How times go through the period and how they spread; on few cases, only how they spread."""
    if not board["resolution_time_median"].shown:
        return
    if board["resolution_time_median"].figure.status is Status.OK:
        panels.side_by_side((7, 4), partial(_trend, board), partial(_spread, board))
    else:
        _spread(board)


def _trend(board: Board) -> None:
    panels.trend(
        board,
        TIMES[:2],
        title=headlines.moved(board["resolution_time_median"]),
        subtitle=panels.clocked(
            board.scope, _("By day of the final resolution, {clock} · band: 95% interval of the median")
        ),
        key="resolution-trend",
        labels=(_("median"), _("90th percentile")),
    )


def _spread(board: Board) -> None:
    scope, lang = board.scope, language()
    counts = cache.histogram(scope.query("resolution_time_median"), "resolution_time_median", LOG_EDGES_S)
    named = {"resolution_time_median": _("median"), "resolution_time_mean": _("mean")}
    named |= {"resolution_time_p90": _("90th percentile")}
    references = [
        Reference(board[kpi_id].figure.value or 0.0, f"{name} {board[kpi_id].text()}")
        for kpi_id, name in named.items()
        if board[kpi_id].shown
    ]
    page.panel(
        _spread_title(board),
        panels.clocked(scope, _("Requests by time to solve, {clock} · steps grow with the time")),
        key=clicks.fresh("resolution-spread"),
        on_select=clicks.opens("resolution-spread"),
        figure=charts.histogram_log(
            counts,
            count_label=_("requests"),
            references=references,
            business=scope.choice.clock == "business",
            **page.look(narrow=True),
        ),
        table=lambda: pd.DataFrame(
            {_("From"): [fmt.duration(edge, lang) if edge else "0" for edge in LOG_EDGES_S], _("Requests"): counts}
        ),
    )
    if (at := clicks.position("resolution-spread")) is not None:
        opened_rows.of_class(scope, "resolution_time_median", LOG_EDGES_S, at)


def _spread_title(board: Board) -> str:
    if not board["resolution_time_p90"].shown:
        return _("How long requests take")
    return _("One in ten takes more than {time}").format(time=board["resolution_time_p90"].text())


def _by_dimension(board: Board) -> None:
    comparing.by_measure(board, MEASURES, DIMENSIONS, key="resolution")


# First contact, three ways


def _ways(board: Board) -> list[Group]:
    return [
        Group(_("Observed"), board["fcr_rate"].figure),
        Group(_("Declared"), board["fcr_rate_surveyed"].figure),
        Group(_("Not repeated"), complement(board["repeat_contact_rate"].figure)),
    ]


def _three_ways(board: Board) -> None:
    scope, ways, lang = board.scope, _ways(board), language()
    panel = page.panel(
        _("First contact, three ways to count it"),
        _("Never mixed: each sees other cases · whisker: 95% interval"),
        key=clicks.fresh("resolution-fcr"),
        on_select=clicks.opens("resolution-fcr"),
        figure=charts.bars(
            ways,
            unit=Unit.RATIO,
            targets=breakdown.target_lines(board["fcr_rate"]),
            **page.look(narrow=True),
        ),
        table=lambda: pd.DataFrame(
            {
                _("Way to count"): [way.label for way in ways],
                _("First contact resolution"): [reading.value(way.figure, Unit.RATIO) for way in ways],
                _("Interval"): [reading.interval(way.figure, Unit.RATIO) for way in ways],
                "n": [reading.count(way.figure) for way in ways],
            }
        ),
    )
    meanings = (
        catalog.get("fcr_rate").text("meaning", lang),
        catalog.get("fcr_rate_surveyed").text("meaning", lang),
        _("Share of contacts that do not follow one of the same customer for the same reason within 7 days."),
    )
    waiting = board["fcr_rate"].figure.n_open or 0
    notes = [
        f"<li><b>{words.html(way.label)}</b> · {words.html(text)}</li>"
        for way, text in zip(ways, meanings, strict=True)
    ]
    if waiting:
        young = ngettext(
            "{n} request is too recent to be judged: it needs 14 days.",
            "{n} requests are too recent to be judged: they need 14 days.",
            waiting,
        ).format(n=fmt.number(waiting, lang))
        notes.append(f"<li>{words.html(young)}</li>")
    panel.html(f'<ul class="v-notes">{"".join(notes)}</ul>')
    if (at := clicks.position("resolution-fcr")) is not None:
        definition.show_rows(scope, _COUNTED[at], (), ways[at].label)


# Those who come back


def _returns(board: Board) -> None:
    """Why contacts are repeated, beside the requests that were reopened."""
    reasons, reopened = board[REASONS], board[REOPENED]
    parts = []
    if reasons.answer and not reasons.answer.needs and reasons.figure.n:
        parts.append(partial(_reasons, board))
    if reopened.answer and reopened.figure.value:
        parts.append(partial(_reopened, board))
    if parts:
        panels.side_by_side((4, 7) if len(parts) == 2 else (1,), *parts)


def _reasons(board: Board) -> None:
    answer = cache.ask(board.scope.query(REASONS))[REASONS]
    groups = [Group(words.value("repeat_reason", figure.keys[-1]), figure) for figure in answer.rows]
    lang = language()
    page.panel(
        _reasons_title(groups),
        _("Repeat contacts by reason · {n} without a reason are left out").format(
            n=fmt.number(answer.total.n_missing, lang)
        ),
        key=clicks.fresh("resolution-reasons"),
        on_select=clicks.opens("resolution-reasons"),
        figure=charts.bars(groups, unit=Unit.RATIO, **page.look(narrow=True)),
        table=lambda: pd.DataFrame(
            {
                _("Reason of the new contact"): [group.label for group in groups],
                _("Contacts"): [fmt.number(group.figure.numerator, lang) for group in groups],
                _("Proportion"): [reading.value(group.figure, Unit.RATIO) for group in groups],
            }
        ),
    )
    if (at := clicks.position("resolution-reasons")) is not None:
        reason, asked = answer.rows[at].keys[-1], board.scope.query(REASONS)

        def rows(limit: int | None) -> pd.DataFrame:
            found = cache.rows(asked, REASONS, None)
            kept: pd.DataFrame = found[found["repeat_reason"] == reason]
            return kept.head(limit or len(found))

        opened_rows.show(board.scope, asked, REASONS, groups[at].label, rows)


def _reasons_title(groups: Sequence[Group]) -> str:
    known = [group for group in groups if group.figure.status is Status.OK]
    if not known:
        return _("Why customers come back")
    first = max(known, key=lambda group: group.figure.value or 0.0)
    return _("Why customers come back: {reason}, {share}").format(
        reason=first.label.lower(), share=fmt.percent(first.figure.value, language())
    )


def _reopened(board: Board) -> None:
    scope, count = board.scope, int(board[REOPENED].figure.value or 0)
    tickets.panel(
        ngettext("{n} reopening", "{n} reopenings", count).format(n=fmt.number(count, language())),
        _("The latest first · a request may be reopened several times"),
        lambda limit: cache.rows(scope.query(REOPENED), REOPENED, limit),
        tickets.titles(*_REOPENED, from_at=_("Reopened")),
        scope=scope,
        key="resolution-reopened",
        shown=10,
    )


def _longest(board: Board) -> None:
    scope, kpi_id = board.scope, "resolution_time_median"
    solved = board[kpi_id].figure.n
    if not solved:
        return
    asked = scope.query(kpi_id)
    shown = min(10, solved)
    tickets.panel(
        _("The longest resolutions"),
        panels.clocked(scope, _("From receipt to the final resolution, {clock}"))
        + " · "
        + _("{shown} of {n}, all in the file").format(shown=shown, n=fmt.number(solved, language())),
        lambda limit: cache.longest(asked, kpi_id, limit),
        tickets.titles(*_LONGEST, duration_s=_("Time to solve")),
        scope=scope,
        key="resolution-longest",
        shown=shown,
    )
