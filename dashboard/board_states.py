"""What a tile of a team screen says of its figure: ok, watch, act or no data, since when. Pure: no clock, no widget.

A screen that flickers between two states is not believed. A state changes when the figure is beyond a border by a
margin, or when two refreshes in a row say so; "no data" comes and goes at once, because it is no judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dashboard.theme import State
from kpi.definition import Kpi
from kpi.model import Figure, Status, Target
from kpi.targets import strained

CLEAR = 0.25
"""Beyond a border by a quarter of the margin between target and action, a change needs no second look."""
PAUSE_S = 600.0
"""How long a page that calls for action keeps the screen: the others must be seen too on a bad day."""
_JITTER_S = 1.0
_BORDERS = {"ok": 0.0, "watch": 0.0, "act": 1.0}
_ORDER = ("ok", "watch", "act")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one refresh saw: the state of the figure alone, and how far it is beyond its target (0 met, 1 act)."""

    at: datetime
    state: State
    strain: float = 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """What the screen says: its state, since when, and the last refresh with what it would have said alone."""

    state: State
    since: datetime
    last: Seen
    seen_from: bool = False
    """Whether it held already when the day was first looked at: since then at least."""


def judged(kpi: Kpi, figure: Figure, target: Target | None, act_at: float | None, at: datetime) -> Seen:
    """The state of a figure alone. On fewer cases than a comparison needs (rule G16) nothing is judged."""
    if target is None or figure.value is None or figure.status is not Status.OK:
        return Seen(at, "no_data")
    strain = strained(kpi, figure.value, target, act_at)
    return Seen(at, "ok" if strain <= 0 else "watch" if strain <= 1 else "act", strain)


def advanced(held: Held | None, seen: Seen) -> Held:
    """What the screen says after one more refresh. The same refresh seen again (new data) replaces the first look."""
    if held is None:
        return Held(seen.state, seen.at, seen)
    if seen.state == held.state:
        return Held(held.state, held.since, seen, held.seen_from)
    again = seen.at > held.last.at and seen.state == held.last.state
    if "no_data" in (seen.state, held.state) or again or _clearly(held.state, seen):
        return Held(seen.state, held.last.at if again else seen.at, seen)
    return Held(held.state, held.since, seen, held.seen_from)


def replayed(past: Iterable[Seen]) -> Held | None:
    """What a screen would say that had looked at these instants, the oldest first; each look counts at once."""
    held: Held | None = None
    for seen in past:
        if held is None:
            held = Held(seen.state, seen.at, seen, seen_from=True)
        elif held.state == seen.state:
            held = replace(held, last=seen)
        else:
            held = Held(seen.state, seen.at, seen)
    return held


def _clearly(state: State, seen: Seen) -> bool:
    """Whether the figure has left the old state by a margin, in the direction that it took."""
    if _ORDER.index(seen.state) > _ORDER.index(state):
        return seen.strain >= _BORDERS[seen.state] + CLEAR
    return seen.strain <= _BORDERS[state] - CLEAR if seen.state == "watch" else seen.strain <= -CLEAR


def worst(states: Sequence[State]) -> State:
    """What a board says of its tiles."""
    return next((state for state in ("act", "watch", "ok") if state in states), "no_data")


def stale(data_until: datetime, now: datetime, limit: timedelta) -> bool:
    """Whether the data are older than they may be."""
    return now - data_until > limit


def turned(index: int, pages: int, shown_s: float, rotate_s: float, state: State) -> int:
    """Which page comes now: the next after its time, but one that calls for action stays, for `PAUSE_S` at most."""
    time_s = max(PAUSE_S, rotate_s) if state == "act" else rotate_s
    return (index + 1) % pages if pages and shown_s >= time_s - _JITTER_S else index % max(pages, 1)
