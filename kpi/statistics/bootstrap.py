"""Intervals by resampling, with a fixed seed. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kpi.statistics.intervals import Interval

DRAWS = 2_000
SEED = 20250101
_CELLS = 100_000
"""Rows drawn at a time: few enough for the processor's cache."""

Floats = npt.NDArray[np.float64]


def mean_of_means(rows: npt.NDArray[np.float64]) -> Interval:
    """95 % percentile interval of the mean of the columns' means, drawing rows; (None, None) below two rows, or
    when a column has no answer.

    `rows` has one row a respondent and NaN where a column was not answered. A draw in which a column has no answer
    is left out. The order of the rows does not matter.
    """
    known = ~np.isnan(rows)
    if len(rows) < 2 or not known.any(axis=0).all():
        return None, None
    order = np.lexsort(np.where(known, rows, -np.inf).T)
    means = np.concatenate(list(_drawn(np.where(known, rows, 0.0)[order], known[order])))
    low, high = np.quantile(means[~np.isnan(means)], (0.025, 0.975))
    return float(low), float(high)


def _drawn(filled: Floats, known: npt.NDArray[np.bool_]) -> Iterator[Floats]:
    """The statistic of each draw, some draws at a time; NaN where a column is lost."""
    n = len(filled)
    random = np.random.default_rng(SEED)
    step = max(1, _CELLS // n)
    for first in range(0, DRAWS, step):
        draws = min(step, DRAWS - first)
        drawn = random.integers(0, n, (draws, n)) + n * np.arange(draws)[:, None]
        times = np.bincount(drawn.ravel(), minlength=draws * n).reshape(draws, n).astype(np.float64)
        with np.errstate(invalid="ignore"):
            yield ((times @ filled) / (times @ known)).mean(axis=1)
