"""XmR charts: which points of a series are signals, and which are noise (section 7.4; Wheeler 1993). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

BASELINE_LEAST = 12
"""Points under which a baseline gives no limits; twenty are better."""
_X_FACTOR, _MR_FACTOR = 2.66, 3.268
_RUN, _NEAR, _NEAR_WINDOW = 8, 3, 4
_NOISE = 1e-9
"""Share of the largest value below which a distance is a rounding error."""

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Series = Sequence[float | None]


class Rule(StrEnum):
    """Why a point is a signal."""

    OUTSIDE = "outside"
    """Beyond a limit."""
    RUN = "run8"
    """Eighth in a row on one side of the mean."""
    NEAR = "3of4"
    """Third of four beyond half-way to the same limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Mean, mean moving range, lower and upper limits of the values, upper limit of the moving ranges."""

    mean: float
    mr: float
    lcl: float
    ucl: float
    url: float


@dataclass(frozen=True, slots=True)
class Signal:
    """The point at `index` (from 0) of the series, and the rule by which it is one."""

    index: int
    rule: Rule


def limits(baseline: Series) -> Limits | None:
    """Limits from a frozen baseline, missing points skipped; None under twelve points."""
    values = np.array([value for value in baseline if value is not None], np.float64)
    if len(values) < BASELINE_LEAST:
        return None
    mean, mr = float(np.mean(values)), float(np.mean(np.abs(np.diff(values))))
    return Limits(mean, mr, mean - _X_FACTOR * mr, mean + _X_FACTOR * mr, _MR_FACTOR * mr)


def signals(series: Series, of: Limits) -> tuple[Signal, ...]:
    """The signals of a series, oldest first; missing points are skipped and keep their index.

    A run, or a stay near a limit, is told once: at the point that completes it.
    """
    index = [i for i, value in enumerate(series) if value is not None]
    values = np.array([series[i] for i in index], np.float64)
    noise = _NOISE * float(np.max(np.abs(values), initial=abs(of.mean)))
    half = (of.ucl - of.mean) / 2
    found = []
    for rule, above, below in (
        (Rule.OUTSIDE, values > of.ucl + noise, values < of.lcl - noise),
        (Rule.RUN, _runs(values > of.mean + noise), _runs(values < of.mean - noise)),
        (Rule.NEAR, _near(values > of.mean + half + noise), _near(values < of.mean - half - noise)),
    ):
        found += [Signal(index[i], rule) for i in np.flatnonzero(above | below)]
    order = list(Rule)
    return tuple(sorted(found, key=lambda signal: (signal.index, order.index(signal.rule))))


def _runs(side: Flags) -> Flags:
    """Points at which eight in a row are reached."""
    return _begins(_count(side, _RUN) == _RUN)


def _near(side: Flags) -> Flags:
    """Points at which three of the last four are reached."""
    return _begins(_count(side, _NEAR_WINDOW) >= _NEAR)


def _count(side: Flags, window: int) -> npt.NDArray[np.int64]:
    """How many of the last `window` points are on the side."""
    so_far = np.concatenate((np.zeros(window, np.int64), np.cumsum(side, dtype=np.int64)))
    return so_far[window:] - so_far[:-window]


def _begins(holds: Flags) -> Flags:
    return np.asarray(holds & ~np.concatenate(([False], holds[:-1])), np.bool_)


def proportion_scores(successes: npt.ArrayLike, n: npt.ArrayLike, p: float) -> list[float | None]:
    """z = (p_i - p) / sqrt(p (1 - p) / n_i): what to chart when the sizes are very unequal; None where n is 0."""
    x, sizes = np.asarray(successes, np.float64), np.asarray(n, np.float64)
    spread = np.sqrt(p * (1 - p) * sizes)
    z = np.divide(x - p * sizes, spread, out=np.full(len(sizes), np.nan), where=spread > 0)
    return [None if np.isnan(score) else float(score) for score in z]
