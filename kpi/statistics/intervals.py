"""95 % intervals of proportions, means, quantiles, counts and NPS (rule G17). Pure.

Only `scipy.special` is used: it imports ten times faster than `scipy.stats` and has the same functions.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import special

Z = 1.959964
"""Two-sided 95 % quantile of the normal law."""

Interval = tuple[float | None, float | None]


def wilson(successes: float, n: float, z: float = Z) -> Interval:
    """Interval of a proportion (Wilson 1927), as fractions; (None, None) when n is 0."""
    if n <= 0:
        return None, None
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def mean(value: float, variance: float, n: int, low: float | None = 0.0, high: float | None = None) -> Interval:
    """Student interval of a mean from its sample variance, clipped to the possible range."""
    if n < 2:
        return None, None
    half = _student(n - 1) * math.sqrt(variance / n if variance > 0 else 0.0)
    lower, upper = value - half, value + half
    return (
        lower if low is None else max(low, lower),
        upper if high is None else min(high, upper),
    )


@lru_cache(4096)
def _student(freedom: int) -> float:
    """Two-sided 95 % quantile of Student's law."""
    return float(special.stdtrit(freedom, 0.975))


def poissons(counts: npt.ArrayLike, z: float = Z) -> list[tuple[float, float]]:
    """Intervals of many counts at once; see `poisson`."""
    below = np.asarray(counts, np.float64)
    above = below + 1
    positive = np.maximum(below, 1.0)  # a count of 0 has 0 for lower limit
    low = below * (1 - 1 / (9 * positive) - z / (3 * np.sqrt(positive))) ** 3
    high = above * (1 - 1 / (9 * above) + z / (3 * np.sqrt(above))) ** 3
    return list(zip(np.maximum(low, 0.0).tolist(), high.tolist(), strict=True))


def poisson(count: float, z: float = Z) -> Interval:
    """Interval of a count by Byar's approximation of the exact Poisson limits (Breslow and Day 1987)."""
    lower = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3 if count > 0 else 0.0
    above = count + 1
    return max(0.0, lower), above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3


def nps_variance(promoters: float, detractors: float, n: float) -> float:
    """Variance of one answer scored +1, 0, -1."""
    p, d = promoters / n, detractors / n
    return p + d - (p - d) ** 2


def nps(promoters: float, detractors: float, n: float, z: float = Z) -> Interval:
    """Adjusted-Wald interval of an NPS in points (Rocks 2016): three answers added, 3/4 at each end."""
    if n <= 0:
        return None, None
    adjusted_n = n + 3
    p, d = (promoters + 0.75) / adjusted_n, (detractors + 0.75) / adjusted_n
    half = z * math.sqrt((p + d - (p - d) ** 2) / adjusted_n)
    return max(-100.0, 100 * (p - d - half)), min(100.0, 100 * (p - d + half))


def quantile_ranks(n: npt.ArrayLike, q: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Ranks (from 1) of the order statistics that bound the `q` quantile of `n` values; 0 where none does.

    Lower: the largest l with P(Bin(n, q) <= l - 1) <= 0.025. Upper: the smallest u with
    P(Bin(n, q) <= u - 1) >= 0.975.
    """
    sizes = np.asarray(n, dtype=np.int64)
    lower = _binomial_ppf(0.025, sizes, q)
    upper = _binomial_ppf(0.975, sizes, q) + 1
    return lower, np.where(upper > sizes, 0, upper)


def ranks_around(n: int, q: float) -> tuple[int, int]:
    """Ranks (from 1) of the two of `n` values between which their type-7 quantile `q` lies; once when it is one."""
    at = (n - 1) * q
    return math.floor(at) + 1, math.ceil(at) + 1


def between(below: float, above: float, n: int, q: float) -> float:
    """The type-7 quantile `q` of `n` values from the two of `ranks_around`: QUANTILE_CONT, but for the last bit."""
    share = (n - 1) * q - math.floor((n - 1) * q)
    return below if not share else below * (1 - share) + above * share


def quantile(values: npt.ArrayLike, q: float) -> Interval:
    """Interval of the `q` quantile of plain values, by order statistics; a bound that does not exist is None."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    lower, upper = (int(rank) for rank in quantile_ranks(len(ordered), q))
    return float(ordered[lower - 1]) if lower else None, float(ordered[upper - 1]) if upper else None


def _binomial_ppf(level: float, n: npt.NDArray[np.int64], q: float) -> npt.NDArray[np.int64]:
    """Smallest k with P(Bin(n, q) <= k) >= level."""
    guess = np.ceil(special.bdtrik(level, np.maximum(n, 1), q)).astype(np.int64)
    below = np.maximum(guess - 1, 0)
    found = np.where(special.bdtr(below, np.maximum(n, 1), q) >= level, below, guess)
    return np.where(n > 0, np.maximum(found, 0), 0)
