"""Calls: whether they are answered, how fast, what they take, when they come; and how many agents that needs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

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
    staffing,
    tickets,
    words,
)
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.charts import Slot
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.staffing_inputs import threshold_s
from kpi import catalog
from kpi.model import Figure, Status, Value

ANSWERED = ("answer_rate", "service_level", "abandon_rate", "average_speed_of_answer")
HANDLED = ("average_handle_time", "average_communication_time", "average_after_call_work", "out_of_hours_share")
COUNTS = ("calls_received", "calls_offered", "calls_abandoned", "calls_short_abandoned", "average_wait_time")
RECEIVED_BY = ("outcome", "request_type", "in_hours", "team_id")
SERVED_BY = ("team_id", "request_type", "channel")
HEATED = ("calls_offered", "service_level", "abandon_rate")
LOST = "calls_abandoned"
_LISTED = ("offered_at", "wait_s", "channel", "team_id", "request_type", "interaction_id")


def render(scope: Scope) -> None:
    board = cards.load(scope, (*ANSWERED, *HANDLED, *COUNTS))
    page.header(_("Calls"), _lead(board))
    if absent.explained(scope, _("No call in this selection"), board["calls_received"], or_open=False):
        return
    cards.row(board, ANSWERED)
    cards.row(board, HANDLED)
    _handling(board)
    if board["calls_offered"].figure.n:
        panels.side_by_side((7, 4), partial(_trend, board), partial(_received, scope))
        panels.side_by_side((7, 4), partial(_profile, board), partial(_served, scope))
        _hours(scope)
        staffing.panel(board)
    else:
        _received(scope)
    _lost(board)


def _lead(board: Board) -> str:
    """How many calls were answered, within the time set, and lost; what came when nobody was there."""
    answered, level, gone = (board[kpi_id] for kpi_id in ANSWERED[:3])
    sentences = []
    if answered.shown and level.shown and gone.shown:
        sentences.append(
            _(
                "<b>{answered}</b> of the calls were answered{verdict}, <b>{level}</b> within {time}; "
                "<b>{gone}</b> of the callers gave up."
            ).format(
                answered=answered.text(),
                verdict=headlines.verdict(answered),
                level=level.text(),
                time=fmt.duration(threshold_s(), language()),
                gone=gone.text(),
            )
        )
    closed = board["out_of_hours_share"]
    if closed.shown and closed.figure.numerator:
        count = int(closed.figure.numerator)
        sentences.append(
            ngettext(
                "<b>{n}</b> call came out of opening hours.", "<b>{n}</b> calls came out of opening hours.", count
            ).format(n=fmt.number(count, language()))
        )
    return " ".join(sentences)


def _handling(board: Board) -> None:
    """The identity of the three durations, which share their calls."""
    whole, talk, after = (board[kpi_id] for kpi_id in HANDLED[:3])
    if whole.shown and talk.shown and after.shown:
        text = _(
            "Handle time <b>{whole}</b> = communication <b>{talk}</b> + after-call work <b>{after}</b>, "
            "over the calls answered and finished."
        )
        said = text.format(whole=whole.text(), talk=talk.text(), after=after.text())
        st.html(f'<p class="v-check"><span>{said}</span></p>')


def _convention() -> str:
    """What the service level counts, and against what."""
    params = {param.name: param.default for param in catalog.get("service_level").params}
    lang = language()
    return _(
        "Service level: answered within {time} of the queue, over the calls offered in opening hours; abandons within "
        "{short} are left out, later ones are missed"
    ).format(
        time=fmt.duration(float(str(params["threshold_s"])), lang),
        short=fmt.duration(float(str(params["short_abandon_s"])), lang),
    )


# Through time, over the day, over the week


def _trend(board: Board) -> None:
    panels.trend(
        board,
        ("service_level", "answer_rate"),
        title=headlines.moved(board["service_level"]),
        subtitle=_convention() + " · " + _("band: 95% interval"),
        key="calls-trend",
        labels=(_("service level"), _("answer rate")),
    )


def _profile(board: Board) -> None:
    scope = board.scope
    asked = ("calls_offered", "answer_rate", "abandon_rate", "service_level")
    answers = cache.ask(scope.query(*asked, by=("half_hour",), intervals=False))
    rows = {kpi_id: {figure.keys[0]: figure for figure in answers[kpi_id].rows} for kpi_id in asked}
    places = [place for place, figure in rows["calls_offered"].items() if place is not None and figure.n]
    if not places:
        return
    slots = [_slot(place, *(rows[kpi_id].get(place, Figure()) for kpi_id in asked)) for place in sorted(places)]
    page.panel(
        _profile_title(rows["service_level"]),
        _("Calls offered in the period by half-hour of arrival · the pale rest is short or sent on"),
        key=clicks.fresh("calls-profile"),
        on_select=clicks.opens("calls-profile"),
        figure=charts.day_profile(
            slots,
            whole_label=_("offered"),
            part_labels=[_("picked up"), _("given up")],
            rate_label=_("service level within {time}").format(time=fmt.duration(threshold_s(), language())),
            unit=board["service_level"].kpi.unit,
            targets=breakdown.target_lines(board["service_level"]),
            **page.look(),
        ),
        table=partial(_profile_table, slots),
    )
    if (at := clicks.position("calls-profile")) is not None:
        opened_rows.of_value(scope, "calls_offered", "half_hour", sorted(places)[at])


def _slot(place: Value, offered: Figure, answered: Figure, gone: Figure, level: Figure) -> Slot:
    name = words.value("half_hour", place)
    return Slot(name, offered.value or 0.0, (answered.numerator or 0.0, gone.numerator or 0.0), level)


def _profile_title(levels: dict[Value, Figure]) -> str:
    """The half-hour that serves worst, among those that can be compared."""
    comparable = {place: figure for place, figure in levels.items() if figure.status is Status.OK}
    if len(comparable) < 2:
        return _("Calls over the day")
    worst = min(comparable, key=lambda place: comparable[place].value or 0.0)
    return _("The hardest half-hour: {time}, {level} answered in time").format(
        time=words.value("half_hour", worst), level=fmt.percent(comparable[worst].value, language())
    )


def _profile_table(slots: Sequence[Slot]) -> pd.DataFrame:
    lang = language()
    return pd.DataFrame(
        {
            _("Half-hour"): [slot.label for slot in slots],
            _("Calls offered"): [int(slot.whole) for slot in slots],
            _("Answered"): [int(slot.parts[0]) for slot in slots],
            _("Given up"): [int(slot.parts[1]) for slot in slots],
            _("Service level"): [fmt.percent(page.shown(slot.rate), lang) for slot in slots],
            "n": [slot.rate.n for slot in slots],
        }
    )


@page.fragment
def _hours(scope: Scope) -> None:
    # A fragment: another KPI redraws one panel, not the page.
    kpi_id = breakdown.chosen("calls-heated", HEATED)
    panels.hours(
        scope,
        kpi_id,
        title=_("{kpi} over the week").format(kpi=words.short(catalog.get(kpi_id))),
        subtitle=_("By weekday and hour of arrival · number of calls in the cell"),
        key=f"calls-hours-{kpi_id}",
        above=partial(breakdown.choice, "calls-heated", HEATED, _("Indicator"), _name),
    )


def _name(kpi_id: str) -> str:
    return words.short(catalog.get(kpi_id))


# By reason, team, outcome


def _received(scope: Scope) -> None:
    panels.by_dimension(
        scope,
        "calls_received",
        RECEIVED_BY,
        key="calls-received-by",
        subtitle=_("Calls received, at any hour"),
        title=_most,
    )


def _most(dimension: str, figures: Sequence[Figure]) -> str:
    """What becomes of most calls, or who receives them."""
    whole = sum(figure.n for figure in figures)
    if not whole:
        return _("Calls received by {dimension}").format(dimension=words.dimension(dimension).lower())
    first = max(figures, key=lambda figure: figure.n)
    name = breakdown.name_of(dimension, first.keys[0])
    return _("{name}: {n} of {all} calls").format(
        name=name, n=fmt.number(first.n, language()), all=fmt.number(whole, language())
    )


def _served(scope: Scope) -> None:
    panels.by_dimension(
        scope,
        "service_level",
        SERVED_BY,
        key="calls-served-by",
        subtitle=_("Share answered in time · whisker: 95% interval"),
    )


# The calls that were lost


def _lost(board: Board) -> None:
    scope, card = board.scope, board[LOST]
    count = int(card.figure.value or 0)
    if not count:
        return
    titles = tickets.titles(*_LISTED, offered_at=_("Entered the queue"), wait_s=_("Gave up after"))

    def rows(limit: int | None) -> pd.DataFrame:
        return cache.rows(scope.query(LOST), LOST, limit)

    tickets.panel(
        ngettext("{n} caller gave up", "{n} callers gave up", count).format(n=fmt.number(count, language())),
        _("The latest first · short abandons are not counted"),
        rows,
        titles,
        scope=scope,
        key="calls-lost",
    )
