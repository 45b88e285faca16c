"""Interval of a sum over a sum, linearised over the clusters (agents) that share it (rule G17). Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from kpi.statistics.intervals import Interval

FEWEST = 10
"""Clusters below which no interval is given."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """What k clusters have of two quantities a and b: their sums, and those of their squares and products. Whole
    numbers make the interval exact."""

    k: int
    a: float
    b: float
    aa: float
    ab: float
    bb: float


def clustered(clusters: Clusters, low: float | None = 0.0, high: float | None = None) -> Interval | None:
    """95 % interval of sum(a) / sum(b), clipped to the possible range; None below ten clusters or when sum(b) is 0.

    Taylor linearisation of a ratio of totals (Cochran, Sampling Techniques, 1977, 6.3): the variance is
    k / (k - 1) x sum((a - R b)^2) / sum(b)^2, with Student's law on k - 1 degrees of freedom.
    """
    k, a, b = clusters.k, clusters.a, clusters.b
    if k < FEWEST or not b:
        return None
    value = a / b
    squares = b * b * clusters.aa - 2 * a * b * clusters.ab + a * a * clusters.bb  # b^2 x sum((a - R b)^2)
    error = math.sqrt(k / (k - 1) * max(squares, 0)) / b**2
    half = float(special.stdtrit(k - 1, 0.975)) * error
    lower, upper = value - half, value + half
    return lower if low is None else max(low, lower), upper if high is None else min(high, upper)
