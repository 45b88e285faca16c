"""How much each driver explains of a score: Shapley shares of R² (Lindeman, Merenda and Gold 1980). Pure.

Association, not cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

MOST_DRIVERS = 8
LEAST_ANSWERS = 30
ANSWERS_PER_DRIVER = 10
_COLLINEAR = 1e-10

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Importance:
    """R² of the regression on all drivers, its share by driver (they add to it), and R² of each driver alone."""

    r2: float
    shares: Mapping[str, float]
    r2_single: Mapping[str, float]


def enough(n: int, drivers: int) -> bool:
    """Whether `n` answers may be explained by as many drivers."""
    return n >= max(LEAST_ANSWERS, ANSWERS_PER_DRIVER * drivers)


def lmg(y: Sequence[float], drivers: Mapping[str, Sequence[float]]) -> Importance:
    """Shares of the drivers in the R² of the linear regression of `y`, every value known, one per answer.

    A score that never varies is explained by nothing. Raises ValueError beyond eight drivers.
    """
    if len(drivers) > MOST_DRIVERS:
        raise ValueError(f"{len(drivers)} drivers are too many: at most {MOST_DRIVERS}.")
    names, k = tuple(drivers), len(drivers)
    together = _correlations(np.array([*drivers.values(), y], np.float64))
    of = {subset: _r2(together, subset) for size in range(k + 1) for subset in combinations(range(k), size)}

    def share(driver: int) -> float:
        """Mean gain of the driver over the orders in which it may enter."""
        return sum(
            (of[tuple(sorted((*subset, driver)))] - r2) / (k * comb(k - 1, len(subset)))
            for subset, r2 in of.items()
            if driver not in subset
        )

    shares = {name: share(i) for i, name in enumerate(names)}
    return Importance(of[tuple(range(k))], shares, {name: of[i,] for i, name in enumerate(names)})


def _correlations(rows: Floats) -> Floats:
    """Correlations of the rows with one another; a row that never varies has none."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.sum(centred**2, axis=1, keepdims=True))
    unit = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)
    return np.asarray(unit @ unit.T, np.float64)


def _r2(together: Floats, drivers: tuple[int, ...]) -> float:
    """R² of the last row regressed on some of the others; drivers that repeat one another count once."""
    inside, with_y = together[np.ix_(drivers, drivers)], together[list(drivers), -1]
    return float(with_y @ np.linalg.pinv(inside, rcond=_COLLINEAR, hermitian=True) @ with_y) if drivers else 0.0
