"""The staffing what-if over the whole day: agents needed in each half-hour, beside those seen on the phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from dashboard import cache, charts, page, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.staffing_inputs import Inputs
from kpi.model import Unit
from kpi.statistics.staffing import Load


@dataclass(frozen=True, slots=True)
class Slot:
    """One half-hour of an average open day: calls offered, agents needed on line and to schedule, agents seen."""

    half_hour: int
    calls: float
    needed: int
    scheduled: int
    seen: float

    @property
    def name(self) -> str:
        return words.value("half_hour", self.half_hour)


def slots(scope: Scope, inputs: Inputs) -> tuple[Slot, ...]:
    """The half-hours that have calls, in order."""
    asked = scope.query("calls_offered", by=("half_hour",), intervals=False)
    days, seen = cache.days_open(scope), cache.agents_on_calls(scope.query("calls_handled"))
    if days <= 0:
        return ()
    found = []
    for figure in sorted((f for f in cache.ask(asked)["calls_offered"].rows if f.n), key=lambda f: f.keys[0] or 0):
        if figure.keys[0] is None:
            continue
        calls, half_hour = figure.n / days, int(figure.keys[0])
        need = inputs.staffing(Load(2 * calls, inputs.aht_s))
        found.append(Slot(half_hour, calls, need.agents, need.scheduled, seen.get(half_hour, 0.0)))
    return tuple(found)


def answer(found: Sequence[Slot]) -> str:
    """When most are needed, and in how many half-hours fewer were seen."""
    if not found:
        return _("No call came on an open day of this selection.")
    lang, top = language(), max(found, key=lambda slot: slot.needed)
    short = sum(slot.seen < slot.needed for slot in found)
    most = ngettext(
        "At most <b>{n} agent</b> is needed on line, at {time}: {seen} took a call then, on average.",
        "At most <b>{n} agents</b> are needed on line, at {time}: {seen} took a call then, on average.",
        top.needed,
    ).format(n=fmt.number(top.needed, lang), time=words.html(top.name), seen=fmt.number(top.seen, lang, 1))
    if not short:
        return f"{most} " + _("In every half-hour as many as needed were seen.")
    fewer = _("In <b>{n}</b> half-hours of {all} fewer took a call than are needed.")
    return f"{most} " + fewer.format(n=fmt.number(short, lang), all=fmt.number(len(found), lang))


def limits() -> str:
    """What the two numbers are, and what they leave out."""
    return _(
        "Needed: Erlang for the mean number of calls of each half-hour. Seen: agents who took at least one call that "
        "came in it. Who waited without a call is not seen, so the quieter the half-hour, the more are missing."
    )


def figure(found: Sequence[Slot]) -> go.Figure:
    theme = page.theme()
    return charts.curves(
        [slot.half_hour for slot in found],
        [
            charts.Curve(_("needed"), [slot.needed for slot in found], theme.series),
            charts.Curve(_("seen"), [round(slot.seen, 1) for slot in found], theme.categories[2]),
        ],
        unit=Unit.NUMBER,
        x_label=_("half-hour of arrival"),
        names=[slot.name for slot in found],
        **page.look(),
    )


def table(found: Sequence[Slot]) -> pd.DataFrame:
    lang = language()
    return pd.DataFrame(
        {
            _("Half-hour"): [slot.name for slot in found],
            _("Calls offered, mean"): [fmt.number(slot.calls, lang, 1) for slot in found],
            _("Agents needed on line"): [slot.needed for slot in found],
            _("Agents to schedule"): [slot.scheduled for slot in found],
            _("Agents seen"): [fmt.number(slot.seen, lang, 1) for slot in found],
        }
    )
