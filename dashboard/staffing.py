"""The staffing what-if: how many agents a half-hour of calls needs, from what the selection measured.

The inputs come from the cards' own figures; queues are those of `kpi.statistics.staffing`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import breakdown, cache, charts, page, words
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from kpi import catalog
from kpi.model import Unit
from kpi.statistics.staffing import Load, Queue, Staffing, busiest, curve, mean_patience_s, required_agents

USES = ("calls_offered", "service_level", "average_handle_time", "average_wait_time", "calls_abandoned")
"""KPIs that the board given to `panel` must hold."""
MODELS = ("erlang_a", "erlang_c")
_GOAL, _AHT_S, _PATIENCE_S, _OFF_LINE = 80, 300, 180, 30
"""What the inputs begin with when the selection does not tell: per cent, seconds, seconds, per cent."""
_MOST_CALLS, _MOST_S = 2_000, 7_200


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the reader may change. `present` is 0 when it is not known."""

    calls: int
    aht_s: int
    goal: float
    threshold_s: int
    patience_s: int
    off_line: float
    present: int = 0
    model: str = "erlang_a"

    @property
    def load(self) -> Load:
        return Load(2 * self.calls, self.aht_s)

    @property
    def patience(self) -> float | None:
        """None where nobody gives up."""
        return self.patience_s if self.model == "erlang_a" else None

    def staffing(self) -> Staffing:
        return required_agents(
            self.load, self.goal, self.threshold_s, shrinkage=self.off_line, patience_s=self.patience
        )

    def queue(self, agents: int) -> Queue:
        (found,) = curve(self.load, range(agents, agents + 1), self.threshold_s, self.patience)
        return found


@dataclass(frozen=True, slots=True)
class Measured:
    """What the selection tells: the inputs to begin with, and where they come from."""

    inputs: Inputs
    half_hour: int | None
    mean_calls: float | None
    patience_known: bool
    off_line_known: bool


def measured(board: Board) -> Measured:
    """The busiest half-hour of an open day, its calls as a whole number, and the times of the selection."""
    scope = board.scope
    counts = cache.ask(scope.query("calls_offered", by=("half_hour",), intervals=False))["calls_offered"].rows
    peak = busiest(
        {int(f.keys[0]): f.value for f in counts if f.keys[0] is not None and f.value}, cache.days_open(scope)
    )
    aht, wait = board["average_handle_time"], board["average_wait_time"].figure
    gone = int(board["calls_abandoned"].figure.value or 0)
    patience = mean_patience_s(wait.sum or 0.0, gone) if wait.sum else None
    off_line = _off_line(scope)
    target = board["service_level"].target
    goal = target.value_low if target and target.value_low and target.value_low < 1 else _GOAL / 100
    known_s = target.threshold_s if target else None
    return Measured(
        Inputs(
            calls=_within(math.ceil(peak[1]) if peak else 1, 1, _MOST_CALLS),
            aht_s=_within(round(aht.figure.value) if aht.shown and aht.figure.value else _AHT_S, 1, _MOST_S),
            goal=goal,
            threshold_s=known_s or threshold_s(),
            patience_s=_within(round(patience) if patience else _PATIENCE_S, 1, _MOST_S),
            off_line=_OFF_LINE / 100 if off_line is None else off_line,
        ),
        half_hour=peak[0] if peak else None,
        mean_calls=peak[1] if peak else None,
        patience_known=patience is not None,
        off_line_known=off_line is not None,
    )


def threshold_s() -> int:
    """Seconds of the service level, as the catalogue defines it."""
    return next(int(p.default) for p in catalog.get("service_level").params if p.name == "threshold_s")  # type: ignore[arg-type]


def _off_line(scope: Scope) -> float | None:
    """The share of scheduled time off line, to the whole per cent; None when it is not known of this selection."""
    if scope.missing_dimension(catalog.get("shrinkage_rate")):
        return None
    known = page.shown(cache.ask(scope.query("shrinkage_rate"))["shrinkage_rate"].total)
    return None if known is None or not 0 <= known <= 0.6 else round(known, 2)


def _within(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))


# The panel


@page.fragment
def panel(board: Board) -> None:
    """Inputs, what they need, the curve, and what Erlang leaves out."""
    # A fragment: an input redraws this panel, not the page.
    found = measured(board)
    with page.panel(_("How many agents for a half-hour?"), _origin(found), key="calls-staffing"):
        inputs = _asked(found.inputs)
        staffing = inputs.staffing()
        st.html(f'<p class="v-lead">{_answer(inputs, staffing)}</p>')
        numbers = around(staffing.agents, inputs.present)
        queues = curve(inputs.load, numbers, inputs.threshold_s, inputs.patience)
        st.plotly_chart(
            _figure(inputs, staffing, numbers, queues),
            key="chart-calls-staffing",
            theme=None,
            config=charts.CONFIG,
            alt=_("Service level, abandons and occupancy by number of agents"),
        )
        st.html(f'<p class="v-check">{_limits()}</p>')
        page.csv_button(partial(_table, numbers, queues), key="calls-staffing")


def _origin(found: Measured) -> str:
    if found.half_hour is None or found.mean_calls is None:
        return _("Erlang's formulas · no half-hour of the selection to begin with")
    start = words.value("half_hour", found.half_hour)
    return _(
        "Begins with the busiest half-hour of an open day, {time}: {calls} calls offered on average, rounded up"
    ).format(time=start, calls=fmt.number(found.mean_calls, language(), 1))


def _asked(start: Inputs) -> Inputs:
    """The inputs as the reader leaves them. A measure that changes with the selection begins anew."""
    breakdown.choice("staffing-model", MODELS, _("Callers"), model_name)
    with page.tiles("staffing", 4):
        calls = _number(_("Calls in the half-hour"), "calls", start.calls, 1, _MOST_CALLS)
        aht_s = _number(_("Average handle time (s)"), "aht", start.aht_s, 1, _MOST_S, 10)
        goal = _number(_("Service level to reach (%)"), "goal", round(start.goal * 100), 1, 99)
        wait_s = _number(_("Answered within (s)"), "wait", start.threshold_s, 0, 3_600, 5)
        patience_s = _number(
            _("Patience of callers (s)"), "patience", start.patience_s, 1, _MOST_S, 10,
            off=breakdown.chosen("staffing-model", MODELS) == "erlang_c",
        )  # fmt: skip
        off_line = _number(_("Scheduled time off line (%)"), "off", round(start.off_line * 100), 0, 90)
        present = _number(_("Agents present (0: unknown)"), "present", 0, 0, 5_000)
    return Inputs(
        calls, aht_s, goal / 100, wait_s, patience_s, off_line / 100, present,
        breakdown.chosen("staffing-model", MODELS),
    )  # fmt: skip


def _number(label: str, name: str, start: int, low: int, high: int, step: int = 1, off: bool = False) -> int:
    key = f"staffing-{name}-{start}"
    return int(st.number_input(label, low, high, start, step, key=key, disabled=off))


def model_name(model: str) -> str:
    return {"erlang_a": _("Some give up (Erlang A)"), "erlang_c": _("All wait (Erlang C)")}[model]


# What it says


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
