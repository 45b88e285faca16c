"""Times that are not all over yet: Kaplan and Meier's product-limit estimate (1958). Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpi.statistics.intervals import Interval, Z

_NOISE = 1e-10
"""Rounding of a product of fractions; S on less than a hundred million times cannot come so close to a level."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """The product-limit estimate: the distinct times in order, S at each, and Greenwood's variance of ln S, infinite
    once S is 0."""

    times: Floats
    survival: Floats
    variance: Floats


def km_curve(durations: npt.ArrayLike, events: npt.ArrayLike) -> Curve:
    """The estimate from times, of which `events` says which ended; the others are still running (right-censored)."""
    from scipy import stats

    lived, ended = np.asarray(durations, np.float64), np.asarray(events, np.bool_)
    if not len(lived):
        return Curve(lived, lived, lived)
    estimate = stats.ecdf(stats.CensoredData.right_censored(lived, ~ended)).sf
    times, which = np.unique(lived, return_inverse=True)
    over, gone = np.bincount(which, ended.astype(np.float64)), np.bincount(which)
    at_risk = len(which) - np.cumsum(gone) + gone
    with np.errstate(divide="ignore"):
        variance = np.cumsum(over / (at_risk * (at_risk - over)))
    return Curve(times, np.asarray(estimate.probabilities), variance)


def km_quantile(curve: Curve, p: float) -> float | None:
    """Smallest time by which a share `p` is over (S(t) <= 1 - p), in the unit of the times; None if never reached.
    Without a time that is still running it is an order statistic."""
    return _crossing(curve.times, curve.survival, p)


def km_interval(curve: Curve, p: float) -> Interval:
    """Interval of `km_quantile` by log-log limits of S (Brookmeyer and Crowley 1982), unknown where S is 1 or 0.

    A bound that no limit reaches is None.
    """
    inside = (curve.survival > 0) & (curve.survival < 1)
    times, survival = curve.times[inside], curve.survival[inside]
    reach = np.exp(Z * np.sqrt(curve.variance[inside]) / np.log(survival))
    return _crossing(times, survival ** (1 / reach), p), _crossing(times, survival**reach, p)


def _crossing(times: Floats, survival: Floats, p: float) -> float | None:
    reached = np.flatnonzero(survival <= 1 - p + _NOISE)
    return float(times[reached[0]]) if len(reached) else None
