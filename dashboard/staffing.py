"""The staffing what-if: how many agents a half-hour of calls needs, from what the selection measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import address, charts, clicks, page, staffing_day, words
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.staffing_inputs import MODELS, Inputs, Measured, asked, follow_address, measured, shown, take
from kpi.model import Unit
from kpi.statistics.staffing import Queue, Staffing, curve

KEY = "calls-staffing"


# The panel


@page.fragment
def panel(board: Board) -> None:
    """Inputs, what they need, the curve, and what Erlang leaves out."""
    # A fragment: an input redraws this panel, not the page.
    found = measured(board)
    follow_address(found.inputs)
    whole_day = shown() == "day"
    title = _("How many agents over the day?") if whole_day else _("How many agents for a half-hour?")
    with page.panel(title, _origin(found), key=KEY):
        page.ignored(address.ignored())
        inputs = asked(found.inputs)
        if whole_day:
            _day(board.scope, inputs, found.inputs)
        else:
            _half_hour(inputs, found.inputs)


def _half_hour(inputs: Inputs, start: Inputs) -> None:
    """A click on a number of agents takes them as present."""
    staffing = inputs.staffing()
    st.html(f'<p class="v-lead">{_answer(inputs, staffing)}</p><p class="v-check">{_assumed(inputs)}</p>')
    numbers = around(staffing.agents, inputs.present)
    queues = curve(inputs.load, numbers, inputs.threshold_s, inputs.patience)
    alt = _("Service level, abandons and occupancy by number of agents")
    figure = _figure(inputs, staffing, numbers, queues)
    _draw(figure, alt, _limits(), partial(_table, numbers, queues), lambda at: take(start, present=numbers[at]))


def _day(scope: Scope, inputs: Inputs, start: Inputs) -> None:
    """A click on a half-hour takes its calls."""
    found = staffing_day.slots(scope, inputs)
    st.html(f'<p class="v-lead">{staffing_day.answer(found)}</p>')
    if found:
        alt = _("Agents needed and seen by half-hour")
        calls = [math.ceil(slot.calls) for slot in found]
        table = partial(staffing_day.table, found)
        _draw(staffing_day.figure(found), alt, staffing_day.limits(), table, lambda at: take(start, calls=calls[at]))


def _draw(figure: go.Figure, alt: str, limits: str, table: page.Table, act: Callable[[int], None]) -> None:
    """`act` is what a click on a point does, from its place."""
    page.chart(figure, key=clicks.fresh(KEY), alt=alt, on_select=clicks.sets(KEY, act))
    st.html(f'<p class="v-check">{limits}</p>')
    page.tools(clicks.fresh(KEY), table, table, chart=True)


def _origin(found: Measured) -> str:
    if found.half_hour is None or found.mean_calls is None:
        return _("Erlang's formulas · no half-hour of the selection to begin with")
    start = words.value("half_hour", found.half_hour)
    return _(
        "Begins with the busiest half-hour of an open day, {time}: {calls} calls offered on average, rounded up"
    ).format(time=start, calls=fmt.number(found.mean_calls, language(), 1))


# What it says


def _assumed(inputs: Inputs) -> str:
    """What the answer is reckoned from."""
    lang = language()
    patient = _("patience {time}").format(time=fmt.duration(inputs.patience_s, lang)) if inputs.patience else ""
    calls = ngettext("{n} call in the half-hour", "{n} calls in the half-hour", inputs.calls)
    parts = (
        calls.format(n=fmt.number(inputs.calls, lang)),
        _("{time} each").format(time=fmt.duration(inputs.aht_s, lang)),
        patient,
        _("target {value}").format(value=fmt.percent(inputs.goal, lang, 0)),
    )
    return " · ".join(filter(None, parts))


def _answer(inputs: Inputs, staffing: Staffing) -> str:
    lang, queue = language(), staffing.queue
    text = ngettext(
        "<b>{n} agent</b> on line is enough: <b>{level}</b> answered within {time}{lost}, busy {busy} of the time.",
        "<b>{n} agents</b> on line are needed: <b>{level}</b> answered within {time}{lost}, busy {busy} of the time.",
        staffing.agents,
    ).format(
        n=fmt.number(staffing.agents, lang),
        level=fmt.percent(queue.service_level, lang),
        time=fmt.duration(inputs.threshold_s, lang),
        lost=_(", {share} give up").format(share=fmt.percent(queue.p_abandon, lang)) if inputs.patience else "",
        busy=fmt.percent(queue.occupancy, lang, 0),
    )
    sentences = [text]
    if staffing.scheduled > staffing.agents:
        sentences.append(
            _("With {share} of the time off line, schedule <b>{n}</b>.").format(
                share=fmt.percent(inputs.off_line, lang, 0), n=fmt.number(staffing.scheduled, lang)
            )
        )
    return " ".join([*sentences, *_other_model(inputs), *_with_present(inputs, staffing)])


def _other_model(inputs: Inputs) -> list[str]:
    """What the other formula asks for."""
    other = replace(inputs, model=next(model for model in MODELS if model != inputs.model)).staffing()
    named = _("Were nobody to give up (Erlang C): {n}.") if inputs.patience else _("If some give up (Erlang A): {n}.")
    return [named.format(n=fmt.number(other.agents, language()))]


def _with_present(inputs: Inputs, staffing: Staffing) -> list[str]:
    if not inputs.present:
        return []
    lang, queue = language(), inputs.queue(inputs.present)
    if not queue.stable:
        return [
            ngettext(
                "With {n} agent the queue grows without end.",
                "With {n} agents the queue grows without end.",
                inputs.present,
            ).format(n=fmt.number(inputs.present, lang))
        ]
    return [
        ngettext(
            "With {n} agent present: <b>{level}</b>.", "With {n} agents present: <b>{level}</b>.", inputs.present
        ).format(n=fmt.number(inputs.present, lang), level=fmt.percent(queue.service_level, lang))
    ]


def _limits() -> str:
    return _(
        "What Erlang leaves out: calls that come steadily over the half-hour, by chance and one by one; nobody calls "
        "back after giving up; every agent takes every call. Peaks inside the half-hour, call-backs and groups of "
        "skills ask for more. Agents present by half-hour are not in the exports: enter them."
    )


# What it draws


def around(needed: int, present: int = 0) -> range:
    """The numbers of agents to draw: the needed one in the middle, the present one in sight when it is near."""
    room = max(4, math.ceil(needed / 3))
    low, high = max(1, needed - room), needed + room
    if 0 < present <= 3 * max(needed, 1):
        low, high = min(low, present), max(high, present)
    return range(low, high + 1)


def _figure(inputs: Inputs, staffing: Staffing, numbers: range, queues: Sequence[Queue]) -> go.Figure:
    theme, lang = page.theme(), language()
    lines = [charts.Curve(_("service level"), [queue.service_level for queue in queues], theme.series)]
    if inputs.patience:
        lines.append(charts.Curve(_("abandons"), [queue.p_abandon for queue in queues], theme.categories[2]))
    lines.append(charts.Curve(_("occupancy"), [queue.occupancy for queue in queues], theme.partner))
    marks = [
        charts.Reference(
            staffing.agents,
            _("needed: {n}").format(n=fmt.number(staffing.agents, lang)),
        )
    ]
    if inputs.present in numbers:
        marks.append(charts.Reference(inputs.present, _("present: {n}").format(n=fmt.number(inputs.present, lang))))
    goal = charts.Reference(inputs.goal, _("target {value}").format(value=fmt.percent(inputs.goal, lang, 0)))
    return charts.curves(
        list(numbers), lines, unit=Unit.RATIO, x_label=_("agents on line"), marks=marks, targets=[goal], **page.look()
    )


def _table(numbers: Sequence[int], queues: Sequence[Queue]) -> pd.DataFrame:
    lang = language()
    return pd.DataFrame(
        {
            _("Agents on line"): list(numbers),
            _("Service level"): [fmt.percent(queue.service_level, lang) for queue in queues],
            _("Abandons"): [fmt.percent(queue.p_abandon, lang) for queue in queues],
            _("Occupancy"): [fmt.percent(queue.occupancy, lang) for queue in queues],
            _("Average speed of answer"): [fmt.duration(queue.asa_s, lang) for queue in queues],
        }
    )
