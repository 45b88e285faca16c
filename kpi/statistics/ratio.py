"""Interval of a sum over a sum, linearised over the clusters (agents) that share it (rule G17). Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from kpi.statistics.intervals import Interval

FEWEST = 10
"""Clusters below which no interval is given."""


def clustered(
    clusters: Sequence[tuple[float, float]], low: float | None = 0.0, high: float | None = None
) -> Interval | None:
    """95 % interval of sum(a) / sum(b), clipped to the possible range, from the (a, b) of each cluster; None below
    ten clusters or when sum(b) is 0.

    Taylor linearisation of a ratio of totals (Cochran, Sampling Techniques, 1977, 6.3): the variance is
    k / (k - 1) x sum((a - R b)^2) / sum(b)^2, with Student's law on k - 1 degrees of freedom.
    """
    k = len(clusters)
    if k < FEWEST:
        return None
    a, b = np.array(clusters, np.float64).T
    whole = float(b.sum())
    if not whole:
        return None
    value = float(a.sum()) / whole
    error = float(np.sqrt(k / (k - 1) * np.square(a - value * b).sum())) / whole
    half = float(special.stdtrit(k - 1, 0.975)) * error
    lower, upper = value - half, value + half
    return lower if low is None else max(low, lower), upper if high is None else min(high, upper)
