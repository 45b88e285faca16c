"""How many agents a volume of calls needs: Erlang C and Erlang A (section 7.7). Pure.

Erlang C never abandons and over-staffs; Erlang A (M/M/N+M: Palm 1957; Garnett, Mandelbaum and Reiman 2002) lets a
caller leave after an exponential patience. Times are seconds.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special

_NEGLIGIBLE = 40.0
"""A density that is e^-40 of its largest value no longer counts."""
_NODES = 128
_ROUNDING = 1e-9

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Load:
    """Calls that arrive, and what each takes an agent; zero or more."""

    calls_per_hour: float
    aht_s: float

    @property
    def erlangs(self) -> float:
        return self.calls_per_hour * self.aht_s / 3600


@dataclass(frozen=True, slots=True)
class Queue:
    """What callers and agents live with. `service_level` is the share of calls answered within the threshold,
    `asa_s` the mean wait of the answered, `mean_wait_s` that of all. None where the queue grows without end."""

    agents: int
    stable: bool
    p_wait: float | None = None
    service_level: float | None = None
    asa_s: float | None = None
    occupancy: float | None = None
    p_abandon: float | None = None
    mean_wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class Staffing:
    """Agents on line, agents to schedule so that as many are on line, and the queue that they give."""

    agents: int
    scheduled: int
    queue: Queue


def erlang_b(erlangs: float, agents: int) -> float:
    """Share of calls that find all of `agents` busy when nobody can wait: Erlang's loss formula."""
    *_, blocked = _blocked(erlangs, range(agents + 1))
    return blocked


def _blocked(erlangs: float, agents: range) -> Iterator[float]:
    """Erlang's loss formula for each number of agents from 0, by its recursion."""
    blocked = 1.0
    yield blocked
    for n in agents[1:]:
        blocked = erlangs * blocked / (n + erlangs * blocked)
        yield blocked


def erlang_c(load: Load, agents: int, threshold_s: float) -> Queue:
    """The queue when everybody waits; stable only with more agents than erlangs."""
    a = load.erlangs
    if a == 0:
        return _idle(agents)
    if agents <= a:
        return Queue(agents, False)
    blocked = erlang_b(a, agents)
    p_wait = agents * blocked / (agents - a * (1 - blocked))
    rate = (agents - a) / load.aht_s
    wait = p_wait / rate
    return Queue(agents, True, p_wait, 1 - p_wait * math.exp(-rate * threshold_s), wait, a / agents, 0.0, wait)


def _idle(agents: int) -> Queue:
    return Queue(agents, True, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)


def erlang_a(load: Load, agents: int, threshold_s: float, patience_s: float) -> Queue:
    """The queue when callers leave after `patience_s` on average; at least one agent, some patience.

    Always stable. The wait that a caller would have to bear has density exp(lambda H(x) - N mu x) on x > 0, H being
    the mean time that a caller of patience 1/theta stays in a wait of x.
    """
    if load.erlangs == 0:
        return _idle(agents)
    calls, serve, leave = load.calls_per_hour / 3600, agents / load.aht_s, 1 / patience_s

    def exponent(x: Floats | float) -> Floats:
        return np.asarray(-calls / leave * np.expm1(-leave * np.asarray(x)) - serve * np.asarray(x))

    peak = max(0.0, math.log(calls / serve) / leave)
    top = float(exponent(peak))
    low, high = _support(lambda x: float(exponent(x)) - top, peak, 1 / serve)

    def density(until: float) -> tuple[Floats, Floats]:
        """Points of a quadrature up to `until` and the weight of each."""
        x, weight = _quadrature(low, max(low, min(high, until)))
        return x, weight * np.exp(exponent(x) - top)

    x, f = density(high)
    whole = float(f.sum())
    blocked = erlang_b(load.erlangs, agents - 1)
    odds = math.log(calls * whole) + top + (math.log(blocked) if blocked else -math.inf)
    p_wait, p_straight = float(special.expit(odds)), float(special.expit(-odds))
    p_abandon = p_wait * float(f @ -np.expm1(-leave * x)) / whole
    waited = p_wait * float(f @ (x * np.exp(-leave * x))) / whole
    within, g = density(threshold_s)
    soon = p_wait * float(g @ np.exp(-leave * within)) / whole
    return Queue(
        agents=agents,
        stable=True,
        p_wait=p_wait,
        service_level=p_straight + soon,
        asa_s=waited / (1 - p_abandon),
        occupancy=load.erlangs * (1 - p_abandon) / agents,
        p_abandon=p_abandon,
        mean_wait_s=p_abandon / leave,
    )


def _support(below_top: Callable[[float], float], peak: float, step: float) -> tuple[float, float]:
    """Where a density of one peak counts, on x > 0; `below_top` is its logarithm, 0 at the peak."""
    left = right = step
    while below_top(peak + right) > -_NEGLIGIBLE:
        right *= 2
    while left < peak and below_top(peak - left) > -_NEGLIGIBLE:
        left *= 2
    return max(0.0, peak - left), peak + right


@cache
def _legendre() -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(_NODES)


def _quadrature(low: float, high: float) -> tuple[Floats, Floats]:
    """Points and weights of Gauss and Legendre on [low, high]."""
    x, weight = _legendre()
    half = (high - low) / 2
    return low + half * (x + 1), half * weight


def required_agents(
    load: Load,
    service_level: float,
    threshold_s: float,
    *,
    max_occupancy: float = 1.0,
    shrinkage: float = 0.0,
    patience_s: float | None = None,
) -> Staffing:
    """The fewest agents whose queue reaches `service_level` in `threshold_s` without exceeding `max_occupancy`.

    Erlang C, or Erlang A with `patience_s`. `shrinkage` is the share of scheduled time off line. Raises ValueError
    for a share that no number of agents can reach.
    """
    if not 0 <= service_level < 1 or not 0 < max_occupancy <= 1 or not 0 <= shrinkage < 1:
        raise ValueError("service_level and shrinkage are at least 0 and below 1, max_occupancy above 0 and at most 1.")
    if load.erlangs == 0:
        return Staffing(0, 0, _idle(0))

    def queue(agents: int) -> Queue:
        if patience_s is None:
            return erlang_c(load, agents, threshold_s)
        return erlang_a(load, agents, threshold_s, patience_s)

    def reaches(agents: int) -> bool:
        return _reaches(queue(agents), service_level, max_occupancy)

    enough = 1
    while not reaches(enough):
        enough *= 2
    agents = bisect_left(range(enough + 1), True, 1, key=reaches)  # one agent more never serves worse
    return Staffing(agents, scheduled(agents, shrinkage), queue(agents))


def _reaches(queue: Queue, service_level: float, max_occupancy: float) -> bool:
    return (
        queue.service_level is not None
        and queue.occupancy is not None
        and queue.service_level >= service_level
        and queue.occupancy <= max_occupancy
    )


def scheduled(agents: int, shrinkage: float) -> int:
    """Agents to schedule so that `agents` are on line: 21 with a shrinkage of 30 % are 30, whatever 1 - 0.3 is."""
    return math.ceil(agents / (1 - shrinkage) - _ROUNDING)


def mean_patience_s(total_wait_s: float, abandoned: int) -> float | None:
    """Mean patience of exponential callers: the time waited by all, answered or not, for each that left."""
    return total_wait_s / abandoned if abandoned else None


def curve(load: Load, agents: range, threshold_s: float, patience_s: float | None = None) -> tuple[Queue, ...]:
    """The queue for each number of agents, at least one: Erlang C, or Erlang A with `patience_s`."""
    if patience_s is None:
        return tuple(erlang_c(load, n, threshold_s) for n in agents)
    return tuple(erlang_a(load, n, threshold_s, patience_s) for n in agents)


def busiest(calls: Mapping[int, float], days: float) -> tuple[int, float] | None:
    """The half-hour of the day (0 to 47) with the most calls and their mean a day; None without a call or a day.

    `calls` are those of all `days` together, by half-hour. Of two equally busy half-hours the earlier is given.
    """
    half_hour = min(calls, key=lambda place: (-calls[place], place), default=None)
    if half_hour is None or days <= 0 or calls[half_hour] <= 0:
        return None
    return half_hour, calls[half_hour] / days
