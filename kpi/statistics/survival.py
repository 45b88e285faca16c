"""Times that are not all over yet: Kaplan and Meier's product-limit estimate (1958). Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kpi.statistics.intervals import Interval, Z

_NOISE = 1e-10
"""Rounding of a product of fractions; S on less than a hundred million times cannot come so close to a level."""

Floats = npt.NDArray[np.float64]


def km_quantile(durations: npt.ArrayLike, events: npt.ArrayLike, p: float) -> float | None:
    """Smallest time by which a share `p` is over (S(t) <= 1 - p), in the unit of `durations`; None if never reached.

    `events` says which times ended; the others are still running (right-censored). Without any of these it is an
    order statistic.
    """
    times, survival = _survival(durations, events)
    return _crossing(times, survival, p)


def km_interval(durations: npt.ArrayLike, events: npt.ArrayLike, p: float) -> Interval:
    """Interval of `km_quantile` by log-log limits of S (Brookmeyer and Crowley 1982), unknown where S is 1 or 0.

    A bound that no limit reaches is None.
    """
    times, survival = _survival(durations, events)
    inside = (survival > 0) & (survival < 1)
    times, survival = times[inside], survival[inside]
    reach = np.exp(Z * np.sqrt(_greenwood(durations, events)[inside]) / np.log(survival))
    return _crossing(times, survival ** (1 / reach), p), _crossing(times, survival**reach, p)


def _survival(durations: npt.ArrayLike, events: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The distinct times in order, and S at each."""
    from scipy import stats

    times, ended = np.asarray(durations, np.float64), np.asarray(events, np.bool_)
    if not len(times):
        return times, times
    estimate = stats.ecdf(stats.CensoredData.right_censored(times, ~ended)).sf
    return np.asarray(estimate.quantiles), np.asarray(estimate.probabilities)


def _greenwood(durations: npt.ArrayLike, events: npt.ArrayLike) -> Floats:
    """Greenwood's variance of ln S at each distinct time; infinite once S is 0."""
    _, which = np.unique(np.asarray(durations, np.float64), return_inverse=True)
    ended = np.bincount(which, np.asarray(events, np.float64))
    gone = np.bincount(which)
    at_risk = len(which) - np.cumsum(gone) + gone
    with np.errstate(divide="ignore"):
        return np.cumsum(ended / (at_risk * (at_risk - ended)))


def _crossing(times: Floats, survival: Floats, p: float) -> float | None:
    reached = np.flatnonzero(survival <= 1 - p + _NOISE)
    return float(times[reached[0]]) if len(reached) else None
