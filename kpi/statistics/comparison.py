"""Is this period different from the previous one? One test for each kind of KPI. Pure.

Proportion: Newcombe's interval of a difference. Mean: Welch. NPS: normal difference of two scores. Count: rates
per open day, interval of the conditional binomial. Quantile: order-statistic intervals that do not overlap.
A stock has no test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from kpi.definition import Kpi
from kpi.model import Better, Figure, Status
from kpi.statistics import intervals
from kpi.statistics.intervals import Interval, Z


@dataclass(frozen=True, slots=True)
class Tested:
    """A difference (for counts: a ratio) of two periods, its 95 % interval and two-sided p-value.

    `statistic` is z or t, None for an exact test; `error` the standard error; `freedom` Welch's degrees of freedom.
    What cannot be computed is None.
    """

    estimate: float | None
    ci: Interval
    p: float | None
    statistic: float | None = None
    error: float | None = None
    freedom: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """From one period to the next. `delta` and `ci` are in the KPI's unit (a difference of fractions for ratios);
    `relative` is a fraction of the previous value. `clear` is None when it cannot be judged; `better` is None when
    the KPI has no direction or did not move."""

    delta: float | None
    relative: float | None = None
    ci: Interval | None = None
    p: float | None = None
    clear: bool | None = None
    better: bool | None = None


def compare(kpi: Kpi, current: Figure, previous: Figure, *, open_days: tuple[float, float] | None = None) -> Change:
    """The change of `kpi` between two figures; `open_days` (current, previous) weigh counts, equal if absent."""
    if current.value is None or previous.value is None:
        return Change(None)
    days = open_days or (1.0, 1.0)
    rate = days[0] / days[1] if kpi.kind == "count" and all(days) else 1.0
    delta = current.value - previous.value * rate
    relative = delta / (previous.value * rate) if previous.value and rate else None
    ci, p, clear = _tested(kpi, current, previous, days)
    if current.status is not Status.OK or previous.status is not Status.OK:
        clear = None
    return Change(delta, relative, ci, p, clear, _better(kpi, delta))


def _better(kpi: Kpi, delta: float) -> bool | None:
    if kpi.better is Better.CONTEXT or delta == 0:
        return None
    return (delta > 0) == (kpi.better is Better.HIGHER)


def _tested(
    kpi: Kpi, current: Figure, previous: Figure, days: tuple[float, float]
) -> tuple[Interval | None, float | None, bool | None]:
    if not current.n or not previous.n:
        return None, None, None
    match kpi.kind:
        case "ratio" | "distinct_ratio":
            return _excludes(two_proportions(_counts(current), _counts(previous)), 0.0)
        case "nps":
            return _excludes(_points_apart(_nps_of(current), _nps_of(previous)), 0.0)
        case "mean":
            return _excludes(_welch_of(current, previous), 0.0)
        case "count":
            return _excludes(count_ratio(current.n, days[0], previous.n, days[1]), 1.0)
        case "quantile":
            return None, None, _apart(current.ci, previous.ci)
    return None, None, None


def _counts(figure: Figure) -> tuple[float, float]:
    return float(figure.numerator or 0), float(figure.denominator or 0)


def _nps_of(figure: Figure) -> tuple[float, float]:
    return figure.value or 0.0, figure.extra["se"]


def _excludes(tested: Tested, null: float) -> tuple[Interval, float | None, bool | None]:
    return tested.ci, tested.p, None if None in tested.ci else not _contains(tested.ci, null)


def _contains(ci: Interval, value: float) -> bool:
    low, high = ci
    return (low is None or low <= value) and (high is None or value <= high)


def _apart(one: Interval | None, other: Interval | None) -> bool | None:
    if not one or not other or None in one or None in other:
        return None
    return bool(one[0] > other[1] or one[1] < other[0])  # type: ignore[operator]


def two_proportions(current: tuple[float, float], previous: tuple[float, float]) -> Tested:
    """Difference p1 - p0 with Newcombe's interval (1998, method 10) and the pooled z test; arguments (successes, n)."""
    (x1, n1), (x0, n0) = current, previous
    p1, p0 = x1 / n1, x0 / n0
    low1, high1 = intervals.wilson(x1, n1)
    low0, high0 = intervals.wilson(x0, n0)
    assert low1 is not None and high1 is not None and low0 is not None and high0 is not None
    difference = p1 - p0
    ci = (
        difference - math.hypot(p1 - low1, high0 - p0),
        difference + math.hypot(high1 - p1, p0 - low0),
    )
    pooled = (x1 + x0) / (n1 + n0)
    return _normal(difference, math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0)), ci)


def _normal(difference: float, error: float, ci: Interval) -> Tested:
    if not error:
        return Tested(difference, ci, None, error=0.0)
    z = difference / error
    return Tested(difference, ci, float(2 * special.ndtr(-abs(z))), z, error)


def nps_difference(current: tuple[int, int, int], previous: tuple[int, int, int]) -> Tested:
    """Difference of two NPS in points, each from its (promoters, passives, detractors); normal interval."""
    return _points_apart(_nps_point(*current), _nps_point(*previous))


def _nps_point(promoters: int, passives: int, detractors: int) -> tuple[float, float]:
    """An NPS and its standard error, in points."""
    n = promoters + passives + detractors
    error = math.sqrt(intervals.nps_variance(promoters, detractors, n) / n)
    return 100 * (promoters - detractors) / n, 100 * error


def _points_apart(current: tuple[float, float], previous: tuple[float, float]) -> Tested:
    """Two scores, each with its standard error."""
    difference, error = current[0] - previous[0], math.hypot(current[1], previous[1])
    return _normal(difference, error, (difference - Z * error, difference + Z * error))


def _welch_of(current: Figure, previous: Figure) -> Tested:
    return welch(
        current.value or 0.0,
        current.extra["variance"],
        current.n,
        previous.value or 0.0,
        previous.extra["variance"],
        previous.n,
    )


def welch(mean1: float, variance1: float, n1: int, mean0: float, variance0: float, n0: int) -> Tested:
    """Difference mean1 - mean0 with Welch's interval and t test, from means and sample variances."""
    difference = mean1 - mean0
    if n1 < 2 or n0 < 2:
        return Tested(difference, (None, None), None)
    part1, part0 = variance1 / n1, variance0 / n0
    error = math.sqrt(part1 + part0)
    if not error:
        return Tested(difference, (difference, difference), None, error=0.0)
    freedom = (part1 + part0) ** 2 / (part1**2 / (n1 - 1) + part0**2 / (n0 - 1))
    half, t = float(special.stdtrit(freedom, 0.975)) * error, difference / error
    p = float(2 * special.stdtr(freedom, -abs(t)))
    return Tested(difference, (difference - half, difference + half), p, t, error, freedom)


def count_ratio(count1: float, exposure1: float, count0: float, exposure0: float) -> Tested:
    """Ratio of two rates per open day and its exact conditional binomial test; `exposure` in open days.

    Given the total, the current count is binomial with share exposure1 / (exposure1 + exposure0): Wilson's limits
    of that share give those of the ratio.
    """
    total = count1 + count0
    if not total or exposure1 <= 0 or exposure0 <= 0:
        return Tested(None, (None, None), None)
    low, high = intervals.wilson(count1, total)
    assert low is not None and high is not None
    weight = exposure0 / exposure1
    ci = (_odds(low, weight), _odds(high, weight))
    (p,) = count_ratio_tests([count1], exposure1, [count0], exposure0)
    return Tested(_odds(count1 / total, weight), ci, p)


def count_ratio_tests(
    counts1: npt.ArrayLike, exposure1: float, counts0: npt.ArrayLike, exposure0: float
) -> list[float]:
    """The p of `count_ratio` of many pairs of whole counts at once: twice the smaller tail; 1 without any count."""
    k = np.asarray(counts1).astype(np.int64)
    n, share = k + np.asarray(counts0).astype(np.int64), exposure1 / (exposure1 + exposure0)
    lower = special.bdtr(k, n, share)
    upper = np.where(k > 0, special.bdtrc(np.maximum(k - 1, 0), n, share), 1.0)
    found: list[float] = np.minimum(1.0, 2 * np.minimum(lower, upper)).tolist()
    return found


def _odds(share: float, weight: float) -> float | None:
    return share / (1 - share) * weight if share < 1 else None
