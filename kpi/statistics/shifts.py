"""Stretches of a series that chance does not explain, so that they can be said in words. Pure.

The signals of a control chart are many over a long series, even of chance alone. Here a stretch is told only when its
mean is further from the baseline's than that of any stretch of such a series would be, once in twenty series: binary
segmentation (Vostrikova 1981) with Bonferroni's correction for the places and the doublings of length at which a
stretch may lie. The error of the baseline's mean and its correlation from one point to the next are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

FALSE_SERIES = 0.05
"""Share of the series of chance alone of which something is told."""
_RUN = 8
"""Points that are no longer few."""
_SIGMAS = 3.0
"""How far, in standard errors, the points after a stretch must be for it to be over: as far as a chart's limits."""
_MR_TO_SIGMA = 1.128
"""Mean moving range of normal values, in standard deviations."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shift:
    """Points `first` to `last`, both included (from 0), above or below the baseline; `p` counts the search.

    `lasting` says that it goes on: it reaches the end, or the few points after it are not told from its level.
    """

    first: int
    last: int
    above: bool
    p: float
    lasting: bool = False


def shifts(scores: Sequence[float], baseline: Sequence[float], mr: float, level: float = FALSE_SERIES) -> list[Shift]:
    """The stretches of `scores` (distances from what was expected), in order; `mr` is the baseline's mean moving range.

    A distance is read in the larger of the baseline's two standard deviations, point to point and over all.
    """
    x, before = np.asarray(scores, np.float64), np.asarray(baseline, np.float64)
    sigma = max(mr / _MR_TO_SIGMA, float(np.std(before, ddof=1)) if len(before) > 1 else 0.0)
    if not len(x) or sigma <= 0:
        return []
    z = (x - before.mean()) / sigma
    chance = _Chance(len(x), len(before), _follows(before))
    found = _joined(_widened(z, sorted(_found(z, 0, chance, level), key=lambda one: one.first)))
    return [replace(one, lasting=one is found[-1] and _goes_on(z, one, chance)) for one in found]


def _widened(z: Floats, found: Sequence[Shift]) -> list[Shift]:
    """Each with the points beside it that its level fits better than the baseline's does (the likeliest bounds of a
    step of that height)."""
    kept = []
    for i, one in enumerate(found):
        start = found[i - 1].last + 1 if i else 0
        end = found[i + 1].first if i + 1 < len(found) else len(z)
        sign = 1 if one.above else -1
        gain = sign * z - abs(float(z[one.first : one.last + 1].mean())) / 2
        earlier, later = _most(gain[start : one.first][::-1]), _most(gain[one.last + 1 : end])
        kept.append(replace(one, first=one.first - earlier, last=one.last + later))
    return kept


def _most(gain: Floats) -> int:
    """How many points from the first on gain most together."""
    return int(np.argmax(np.concatenate(([0.0], np.cumsum(gain)))))


def _joined(found: Sequence[Shift]) -> list[Shift]:
    """Stretches that touch on the same side are one."""
    kept: list[Shift] = []
    for one in found:
        if kept and kept[-1].last + 1 == one.first and kept[-1].above is one.above:
            before = kept.pop()
            one = Shift(before.first, one.last, one.above, min(before.p, one.p))
        kept.append(one)
    return kept


def _goes_on(z: Floats, one: Shift, chance: _Chance) -> bool:
    """Whether the few points after a stretch are not told from its level."""
    after, within = z[one.last + 1 :], z[one.first : one.last + 1]
    if not len(after):
        return True
    if len(after) >= _RUN:
        return False
    error = sqrt(chance.alone(len(after)) / len(after) ** 2 + chance.alone(len(within)) / len(within) ** 2)
    back = float(within.mean() - after.mean()) * (1 if one.above else -1)
    return back <= _SIGMAS * error


@dataclass(frozen=True, slots=True)
class _Chance:
    """What chance makes of a stretch: points judged, points of the baseline, correlation from point to point."""

    points: int
    baseline: int
    follows: float

    def spread(self, length: npt.NDArray[np.int64]) -> Floats:
        """Standard deviation of the sum of `length` points."""
        r = self.follows
        error = length.astype(np.float64) ** 2 / self.baseline * (1 + r) / (1 - r)
        return np.asarray(np.sqrt(self.alone(length) + error))

    def alone(self, length: Any) -> Any:
        """Variance of the sum of `length` points about their own level."""
        r = self.follows
        return length * (1 + r) / (1 - r) - 2 * r * (1 - r**length) / (1 - r) ** 2

    def corrected(self, z: float) -> float:
        places = self.points * (1 + np.log2(self.points))
        return min(1.0, float(2 * special.stdtr(self.baseline - 1, -abs(z)) * places))


def _follows(baseline: Floats) -> float:
    """Correlation of the baseline from one point to the next, between 0 and 0.8, without the bias of a short series
    (Kendall 1954)."""
    x = baseline - baseline.mean()
    whole = float(x @ x)
    seen = float(x[1:] @ x[:-1]) / whole if whole else 0.0
    return min(0.8, max(0.0, seen + (1 + 4 * seen) / len(x)))


def _found(z: Floats, offset: int, chance: _Chance, level: float) -> Iterator[Shift]:
    """The strongest stretch, then those on both sides of it."""
    if not len(z):
        return
    so_far = np.concatenate(([0.0], np.cumsum(z)))
    first, after = np.triu_indices(len(z) + 1, 1)
    sums = (so_far[after] - so_far[first]) / chance.spread(after - first)
    best = int(np.argmax(np.abs(sums)))
    p = chance.corrected(float(sums[best]))
    if p > level:
        return
    start, end = int(first[best]), int(after[best])
    yield Shift(offset + start, offset + end - 1, bool(sums[best] > 0), p)
    yield from _found(z[:start], offset, chance, level)
    yield from _found(z[end:], offset + end, chance, level)
