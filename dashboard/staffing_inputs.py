"""What the staffing what-if begins with and what the reader changes in it, kept in the address.

The inputs come from the cards' own figures; queues are those of `kpi.statistics.staffing`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from dashboard import address, breakdown, cache, page
from dashboard.cards import Board
from dashboard.filters import Scope
from dashboard.i18n import _
from kpi import catalog
from kpi.statistics.staffing import Load, Queue, Staffing, busiest, curve, mean_patience_s, required_agents

MODELS = ("erlang_a", "erlang_c")
_GOAL, _AHT_S, _PATIENCE_S, _OFF_LINE = 80, 300, 180, 30
"""What the inputs begin with when the selection does not tell: per cent, seconds, seconds, per cent."""
_MOST_CALLS, _MOST_S = 2_000, 7_200
_KEPT, OPENED = "staffing-numbers", "staffing-inputs"
"""In the session: the numbers as the reader left them, which outlive their sliders; whether the sliders are shown."""
ADDRESS = "whatif"
"""Parameter of the address: what the reader has changed, "calls-40.model-erlang_c"."""
VIEWS = ("half_hour", "day")
_LIMITS = {
    "calls": (1, _MOST_CALLS), "aht": (1, _MOST_S), "goal": (1, 99), "wait": (0, 3_600), "patience": (1, _MOST_S),
    "off": (0, 90), "present": (0, 5_000),
}  # fmt: skip
_REACH = {"calls": 200, "aht": 900, "goal": 99, "wait": 120, "patience": 600, "off": 60, "present": 60}
"""How far the sliders go at least: three times what they begin with, or what a link asks, when that is further."""
_CHOICES = {"model": ("staffing-model", MODELS), "shown": ("staffing-shown", VIEWS)}


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

    def staffing(self, load: Load | None = None) -> Staffing:
        """What this load needs, or another one under the same terms."""
        return required_agents(
            load or self.load, self.goal, self.threshold_s, shrinkage=self.off_line, patience_s=self.patience
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


# The widgets


def asked(start: Inputs) -> Inputs:
    """The inputs as the reader leaves them; the address follows. A measure that changes with the selection begins
    anew."""
    begun = _begun(start)
    breakdown.choice("staffing-shown", VIEWS, _("Shown"), _view_name)
    breakdown.choice("staffing-model", MODELS, _("Callers"), model_name)
    model, whole_day = breakdown.chosen("staffing-model", MODELS), shown() == "day"
    labels = {
        "calls": (_("Calls in the half-hour"), 1, whole_day),
        "aht": (_("Average handle time (s)"), 1, False),
        "goal": (_("Service level to reach (%)"), 1, False),
        "wait": (_("Answered within (s)"), 5, False),
        "patience": (_("Patience of callers (s)"), 1, model == "erlang_c"),
        "off": (_("Scheduled time off line (%)"), 1, False),
        "present": (_("Agents present (0: unknown)"), 1, whole_day),
    }
    # Seven sliders are a third of a second of a page that opens: they come when they are asked for.
    box = st.expander(_("What if…"), key=OPENED, on_change="rerun", icon=":material/tune:")
    if box.open:
        with box, page.tiles("staffing", 4):
            for name, label in labels.items():
                _numbers()[_key(name, begun[name])] = _slider(name, begun[name], *label)
    found = {name: _numbers().get(_key(name, number), number) for name, number in begun.items()}
    _write_address(found, begun)
    return Inputs(
        found["calls"], found["aht"], found["goal"] / 100, found["wait"], found["patience"], found["off"] / 100,
        found["present"], model,
    )  # fmt: skip


def shown() -> str:
    """What is drawn: one half-hour, or the whole day."""
    return breakdown.chosen("staffing-shown", VIEWS)


def take(start: Inputs, **numbers: int) -> None:
    """Takes numbers as the reader's and shows the half-hour; from a callback."""
    begun = _begun(start)
    for name, number in numbers.items():
        _keep(_key(name, begun[name]), _within(number, *_LIMITS[name]))
    breakdown.choose("staffing-shown", "half_hour")


def model_name(model: str) -> str:
    return {"erlang_a": _("Some give up (Erlang A)"), "erlang_c": _("All wait (Erlang C)")}[model]


def _view_name(view: str) -> str:
    return {"half_hour": _("One half-hour"), "day": _("The whole day")}[view]


def _begun(start: Inputs) -> dict[str, int]:
    """The numbers as they are typed: per cent, not shares."""
    return {
        "calls": start.calls, "aht": start.aht_s, "goal": round(start.goal * 100), "wait": start.threshold_s,
        "patience": start.patience_s, "off": round(start.off_line * 100), "present": start.present,
    }  # fmt: skip


def _numbers() -> dict[str, int]:
    """What the reader has set, by the sliders' keys."""
    kept: dict[str, int] = st.session_state.setdefault(_KEPT, {})
    return kept


def _keep(key: str, number: int) -> None:
    _numbers()[key] = st.session_state[key] = number


def _slider(name: str, start: int, label: str, step: int, off: bool) -> int:
    key = _key(name, start)
    value = st.session_state.setdefault(key, _numbers().get(key, start))
    low, most = _LIMITS[name]
    high = max(_REACH[name], min(3 * start, most), value)
    return int(st.slider(label, low, high, step=1 if value % step else step, key=key, disabled=off))


def _key(name: str, start: int) -> str:
    return f"staffing-{name}-{start}"


# The address


def follow_address(start: Inputs) -> None:
    """Takes what the address newly asks, before it is drawn, and shows where; what it cannot ask is set aside."""
    begun = _begun(start)
    texts = address.fresh(ADDRESS)
    if texts is None:
        return
    for pair in filter(None, texts[ADDRESS].split(".")):
        name, _dash, text = pair.partition("-")
        if name in _CHOICES and text in _CHOICES[name][1]:
            breakdown.choose(_CHOICES[name][0], text)
        elif name in _LIMITS and text.isdecimal() and _LIMITS[name][0] <= int(text) <= _LIMITS[name][1]:
            _keep(_key(name, begun[name]), int(text))
            st.session_state.setdefault(OPENED, True)
        else:
            address.set_aside([ADDRESS])


def _write_address(found: Mapping[str, int], begun: Mapping[str, int]) -> None:
    changed = [f"{name}-{value}" for name, value in found.items() if value != begun[name]]
    for name, (key, options) in _CHOICES.items():
        if breakdown.chosen(key, options) != options[0]:
            changed.append(f"{name}-{breakdown.chosen(key, options)}")
    address.write(ADDRESS, ".".join(changed) or None)
