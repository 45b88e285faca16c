"""Comparing agents or teams fairly: each with what the same mix of cases gives everybody (section 7.1). Pure.

Indirect standardisation by stratum, a z test corrected for overdispersion and for the number of comparisons, and
shrinkage of what is displayed (DerSimonian and Laird 1986). Nobody is ranked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy import special

from kpi.display import INDIVIDUAL_FLOOR, PEERS_FLOOR
from kpi.statistics.agents import Verdict
from kpi.statistics.intervals import Z

STRATUM_FLOOR = 20
"""Strata with fewer cases are merged."""
OTHER = "other"
OVERDISPERSION_FROM = 10
"""Agents from which the spread of z can be estimated."""
FALSE_DISCOVERIES = 0.05
Z_998 = 3.090232
"""Two-sided 99.8 % quantile of the normal law."""

Key = TypeVar("Key", str, tuple[str, str])
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Moments = Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]
"""Sizes, totals and squares of the strata -> mean and variance of one case in each."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The cases of one agent in one stratum (a request type on a channel).

    `total` is the number of successes of a rate; or the sum of x = ln(seconds) of a time, and `squares` that of x².
    """

    agent: str
    stratum: str
    n: int
    total: float
    squares: float = 0.0


@dataclass(frozen=True, slots=True)
class Adjusted:
    """One agent. For a rate `raw`, `adjusted`, `shrunk` and `ci` are fractions; for a time `raw` is the geometric
    mean in seconds and the others a ratio to the expected time.

    `observed`, `expected` and `variance` are sums over the agent's cases. An agent below the floors of individual
    figures is suppressed: `q`, `shrunk`, `ci` and `verdict` are None and the rest is not to be shown.
    """

    agent: str
    n: int
    observed: float
    expected: float
    variance: float
    raw: float
    adjusted: float
    z: float
    p: float
    q: float | None = None
    shrunk: float | None = None
    ci: tuple[float, float] | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every agent in alphabetical order beside the whole.

    `overall` and `references` (by stratum) are in the unit of `raw`. `tau2` and `mu` are the variance and the mean
    of the true differences (of ln for a time), None without enough comparable agents; `phi` the overdispersion.
    """

    overall: float
    references: Mapping[str, float]
    agents: tuple[Adjusted, ...]
    tau2: float | None
    mu: float | None
    phi: float


@dataclass(frozen=True, slots=True)
class _Against:
    """What each agent did beside what was expected, and who may be shown; one item an agent."""

    n: Floats
    observed: Floats
    expected: Floats
    variance: Floats
    shown: Flags

    @property
    def difference(self) -> Floats:
        """Of the agent's mean, from the expected one."""
        return (self.observed - self.expected) / self.n

    @property
    def error2(self) -> Floats:
        return self.variance / self.n**2


@dataclass(frozen=True, slots=True)
class _Shrunk:
    """Differences drawn towards their mean, with the half-width of their 95 % interval."""

    tau2: float
    mu: float
    difference: Floats
    half: Floats


def compare_rates(
    cells: Iterable[Cell],
    *,
    least: int = INDIVIDUAL_FLOOR,
    peers: int = PEERS_FLOOR,
    level: float = FALSE_DISCOVERIES,
) -> Comparison:
    """Agents of one peer group on a rate, at least one case in all.

    An agent is shown from `least` cases, when `peers` agents have as many; `level` is the share of false verdicts.
    """
    overall, references, names, against = _standardised(merged(cells), _of_rate, least, peers)
    return _compared(names, against, level, overall, references, _identity, lambda d: overall + d)


def compare_times(
    cells: Iterable[Cell],
    *,
    least: int = INDIVIDUAL_FLOOR,
    peers: int = PEERS_FLOOR,
    level: float = FALSE_DISCOVERIES,
) -> Comparison:
    """As `compare_rates`, on a mean time through ln(seconds); differences are ratios to the expected time."""
    overall, references, names, against = _standardised(merged(cells), _of_time, least, peers)
    references = {stratum: float(np.exp(mean)) for stratum, mean in references.items()}
    return _compared(names, against, level, float(np.exp(overall)), references, np.exp, np.exp)


def merged(cells: Iterable[Cell], floor: int = STRATUM_FLOOR) -> tuple[Cell, ...]:
    """The cells that have cases; strata of fewer than `floor` cases over all agents become one, `other`."""
    kept = tuple(cell for cell in cells if cell.n)
    size: Counter[str] = Counter()
    for cell in kept:
        size[cell.stratum] += cell.n
    return tuple(replace(cell, stratum=OTHER) if size[cell.stratum] < floor else cell for cell in kept)


def benjamini_hochberg(p: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values (Benjamini and Hochberg 1995), in the order given."""
    from scipy import stats

    return tuple(stats.false_discovery_control(p).tolist()) if len(p) else ()


def funnel_limits(p: float, n: npt.ArrayLike, z: float = Z, phi: float = 1.0) -> tuple[Floats, Floats]:
    """Limits that chance gives a rate of mean `p` on `n` cases (Spiegelhalter 2005), within 0 and 1."""
    half = z * np.sqrt(phi * p * (1 - p) / np.asarray(n, np.float64))
    return np.maximum(0.0, p - half), np.minimum(1.0, p + half)


def raw_rates(cells: Iterable[Cell]) -> dict[str, float]:
    """Rate of each agent over all strata: what the league table would show."""
    return _rates((cell.agent, cell) for cell in cells)


def stratum_rates(cells: Iterable[Cell]) -> dict[str, dict[str, float]]:
    """Rate of each agent in each stratum."""
    rates: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for (agent, stratum), rate in _rates(((cell.agent, cell.stratum), cell) for cell in cells).items():
        rates[agent][stratum] = rate
    return dict(rates)


def paradoxes(cells: Iterable[Cell]) -> tuple[tuple[str, str], ...]:
    """Pairs (better, worse) of agents with the same strata: better in every one, yet behind over all (Simpson)."""
    kept = tuple(cells)
    raw, rates = raw_rates(kept), stratum_rates(kept)
    return tuple(
        (better, worse)
        for better, worse in permutations(sorted(raw), 2)
        if rates[better].keys() == rates[worse].keys()
        and all(rates[better][stratum] > rates[worse][stratum] for stratum in rates[better])
        and raw[better] < raw[worse]
    )


def _rates(cells: Iterable[tuple[Key, Cell]]) -> dict[Key, float]:
    n: Counter[Key] = Counter()
    total: defaultdict[Key, float] = defaultdict(float)
    for key, cell in cells:
        n[key] += cell.n
        total[key] += cell.total
    return {key: total[key] / size for key, size in n.items() if size}


# ---------------------------------------------------------------------------------------------- standardisation


def _of_rate(n: Floats, total: Floats, _: Floats) -> tuple[Floats, Floats]:
    rate = total / n
    return rate, rate * (1 - rate)


def _of_time(n: Floats, total: Floats, squares: Floats) -> tuple[Floats, Floats]:
    mean = total / n
    return mean, np.maximum(0.0, squares - n * mean**2) / np.maximum(1.0, n - 1)


def _standardised(
    cells: Sequence[Cell], moments: Moments, least: int, peers: int
) -> tuple[float, dict[str, float], list[str], _Against]:
    """Overall mean, mean of each stratum, names of the agents, and each agent beside the expected."""
    names, strata = sorted({cell.agent for cell in cells}), sorted({cell.stratum for cell in cells})
    row, column = ({key: i for i, key in enumerate(keys)} for keys in (names, strata))
    n, total, squares = np.zeros((3, len(names), len(strata)))
    for cell in sorted(cells, key=lambda cell: (cell.total, cell.squares)):
        at = row[cell.agent], column[cell.stratum]
        n[at] += cell.n
        total[at] += cell.total
        squares[at] += cell.squares
    mean, variance = moments(n.sum(axis=0), total.sum(axis=0), squares.sum(axis=0))
    size = n.sum(axis=1)
    shown = size >= least
    against = _Against(size, total.sum(axis=1), n @ mean, n @ variance, shown & (shown.sum() >= peers))
    return float(total.sum() / n.sum()), dict(zip(strata, mean.tolist(), strict=True)), names, against


def _identity(x: Floats) -> Floats:
    return x


def _compared(
    names: Sequence[str],
    against: _Against,
    level: float,
    overall: float,
    references: Mapping[str, float],
    raw: Callable[[Floats], Floats],
    placed: Callable[[Floats], Floats],
) -> Comparison:
    """`raw` shows a mean, `placed` a difference from the expected."""
    z, phi = _scores(against)
    p = np.asarray(2 * special.ndtr(-np.abs(z)))
    q = np.full(len(names), np.nan)
    q[against.shown] = benjamini_hochberg(p[against.shown].tolist())
    shrunk = _shrunk(against) if against.shown.any() else None
    agents = [
        Adjusted(name, *row)
        for name, *row in zip(
            names,
            against.n.astype(int).tolist(),
            against.observed.tolist(),
            against.expected.tolist(),
            against.variance.tolist(),
            raw(against.observed / against.n).tolist(),
            placed(against.difference).tolist(),
            z.tolist(),
            p.tolist(),
            strict=True,
        )
    ]
    if shrunk is None:
        return Comparison(overall, references, tuple(agents), None, None, phi)
    centre, low, high = (
        placed(d).tolist()
        for d in (shrunk.difference, shrunk.difference - shrunk.half, shrunk.difference + shrunk.half)
    )
    for i in np.flatnonzero(against.shown):
        agents[i] = replace(
            agents[i], q=float(q[i]), shrunk=centre[i], ci=(low[i], high[i]), verdict=_verdict(z[i], q[i], level)
        )
    return Comparison(overall, references, tuple(agents), shrunk.tau2, shrunk.mu, phi)


def _verdict(z: float, q: float, level: float) -> Verdict:
    if q > level:
        return Verdict.SAME
    return Verdict.ABOVE if z > 0 else Verdict.BELOW


def _scores(against: _Against) -> tuple[Floats, float]:
    """z of each agent, divided by the spread that the shown agents have beyond chance; and that spread, squared."""
    spread = np.sqrt(against.variance)
    z = np.divide(against.observed - against.expected, spread, out=np.zeros(len(spread)), where=spread > 0)
    phi = overdispersion(z[against.shown])
    return z / np.sqrt(phi), phi


def overdispersion(z: npt.ArrayLike) -> float:
    """phi: mean of z² after winsorising at the 10th and 90th percentiles, at least 1; 1 below ten agents."""
    z = np.asarray(z, np.float64)
    if len(z) < OVERDISPERSION_FROM:
        return 1.0
    return max(1.0, float(np.mean(np.clip(z, *np.quantile(z, [0.1, 0.9])) ** 2)))


def _shrunk(against: _Against) -> _Shrunk:
    d, v = against.difference, against.error2
    known = against.shown & (v > 0)
    tau2, mu = random_effects(d[known], v[known])
    weight = np.divide(tau2, tau2 + v, out=np.ones(len(v)), where=tau2 + v > 0)
    return _Shrunk(tau2, mu, mu + weight * (d - mu), Z * np.sqrt(weight * v))


def random_effects(difference: npt.ArrayLike, error2: npt.ArrayLike) -> tuple[float, float]:
    """tau² and mean of true differences seen with variances `error2` (DerSimonian and Laird 1986); (0, 0) of none."""
    d, v = np.asarray(difference, np.float64), np.asarray(error2, np.float64)
    if not len(d):
        return 0.0, 0.0
    w = 1 / v
    beyond = float(np.sum(w * (d - np.average(d, weights=w)) ** 2)) - (len(d) - 1)
    freed = float(w.sum() - np.sum(w**2) / w.sum())
    tau2 = max(0.0, beyond / freed) if len(d) > 1 else 0.0
    return tau2, float(np.average(d, weights=1 / (v + tau2)))
