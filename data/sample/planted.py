"""The facts planted in the demo centre for the pages to find: who, when, how strong.

`DEMO` are those of the demo, `NOTHING` is a centre in which there is nothing to find, and `drawn` moves every fact.
Agents are positions in the workforce, days are counted back from the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.sample.columns import stream


@dataclass(frozen=True, slots=True)
class Slow:
    """One agent of a team that writes, truly slower and less thorough than the others."""

    agent: int = 14
    skill: float = -1.6
    pace: float = 1.7


@dataclass(frozen=True, slots=True)
class Pair:
    """Two agents of a team, of equal skill, who take mostly complex and mostly simple requests.

    The weights are how often they take a complex and a simple request, others being 1.
    """

    complex_: int = 2
    simple: int = 5
    complex_weights: tuple[float, float] = (4.0, 0.3)
    simple_weights: tuple[float, float] = (0.1, 1.2)


@dataclass(frozen=True, slots=True)
class Incident:
    """A product that fails: extra requests for some days, `strength` times those of the demo's incident."""

    DAYS: ClassVar[int] = 10

    start: int = 152
    product: int = 4
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Shortage:
    """Too few people for the follow-up work for some weeks, then the backlog is worked off."""

    DAYS: ClassVar[int] = 35
    RECOVERY_DAYS: ClassVar[int] = 40

    start: int = 285


@dataclass(frozen=True, slots=True)
class NewHours:
    """Longer opening hours and a new routing: `routing` multiplies the time between the queue and the reply."""

    since: int = 18
    routing: float = 0.70


@dataclass(frozen=True, slots=True)
class Bias:
    """Who answers surveys: `rate` of the lukewarm customers, more of the glad and the angry ones by `extremes` for each
    standard deviation of distance from the usual mood; those of a channel `factor` times as often as the others."""

    channel: str = "email"
    factor: float = 0.60
    rate: float = 0.19
    extremes: float = 0.09


@dataclass(frozen=True, slots=True)
class Planted:
    """What there is to find. `spread` is how unlike the other agents are (0: equals), `seasons` whether months differ
    and years grow."""

    slow: Slow | None = None
    pair: Pair | None = None
    incident: Incident | None = None
    shortage: Shortage | None = None
    new_hours: NewHours | None = None
    bias: Bias | None = None
    spread: float = 1.0
    seasons: bool = True


DEMO = Planted(Slow(), Pair(), Incident(), Shortage(), NewHours(), Bias())
NOTHING = Planted(spread=0.0, seasons=False)

_SLOW = (11, 13, 14, 15, 16, 19, 20, 21, 22, 23, 25, 26, 28, 29, 30, 31, 32, 34, 36, 38, 39)
_PAIRS = ((0, 1, 2, 3, 5, 6, 8, 9, 10), (11, 14, 15, 16, 19))
"""Agents who are there throughout: of the teams that write; of the front team, and of the e-mail one."""
_CHANNELS = ("phone", "email", "chat")
_PRODUCTS = 9


def drawn(seed: int) -> Planted:
    """One of each fact but the shortage, moved: another agent, day, product, channel and strength for each seed; the
    other agents are equals. Needs 120 days of history."""
    rng = stream(seed, "planted")
    team = rng.permutation(_PAIRS[int(rng.integers(len(_PAIRS)))])
    one, other = int(team[0]), int(team[1])
    slow = int(rng.choice([agent for agent in _SLOW if agent not in (one, other)]))
    return Planted(
        slow=Slow(slow, -float(rng.uniform(1.0, 1.8)), float(rng.uniform(1.3, 1.9))),
        pair=Pair(one, other, (_within(rng, 2.5, 4.5), 0.3), (_within(rng, 0.05, 0.2), 1.2)),
        incident=Incident(int(rng.integers(50, 80)), int(rng.integers(_PRODUCTS)), _within(rng, 0.6, 1.3)),
        new_hours=NewHours(int(rng.integers(14, 36)), _within(rng, 0.5, 0.75)),
        bias=Bias(_CHANNELS[int(rng.integers(len(_CHANNELS)))], _within(rng, 0.45, 0.7), 0.17),
        spread=0.0,
        seasons=False,
    )  # fmt: skip


def _within(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 2)
