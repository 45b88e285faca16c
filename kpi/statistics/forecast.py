"""Daily volumes ahead: three plain candidates, judged on what they would have said (section 7.6). Pure.

Seasonal naive; seasonal naive with drift; exponential smoothing ETS(A,N,A) in error-correction form (Hyndman and
Athanasopoulos 2021) over a small grid. MASE (Hyndman and Koehler 2006), never MAPE: volumes can be 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from kpi.statistics.intervals import Interval

SEASON = 7
NAIVE, DRIFT = "seasonal_naive", "seasonal_naive_drift"
INTERVAL_SHARE = 0.8
_ALPHAS, _GAMMAS = (0.1, 0.2, 0.4, 0.6), (0.05, 0.1, 0.2, 0.4)
_SAME_WEEKDAYS = 6
_LEAST_ORIGINS = 56

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A method: mean absolute error of its rolling forecasts, and what it says of the days ahead."""

    rolling_mae: float
    ahead: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Every candidate by name and the one chosen. `intervals` are at 80 %: plus or minus the 80 % quantile of the
    absolute errors that it made at that distance, unknown where none was scored. `scale` is the mean absolute change
    from week to week in training, by which errors are divided. `past` is what the chosen one would have said at each
    origin, from the days before it ((days of history + 1) x horizon)."""

    chosen: str
    candidates: Mapping[str, Candidate]
    intervals: tuple[Interval, ...]
    scale: float
    past: Floats

    @property
    def ahead(self) -> tuple[float, ...]:
        """Volume of each day ahead."""
        return self.candidates[self.chosen].ahead

    @property
    def rolling_mase(self) -> float | None:
        """Accuracy of the chosen method; below 1 it beats the naive rule."""
        return self.candidates[self.chosen].rolling_mae / self.scale if self.scale else None

    def mase(self, name: str, actual: Sequence[float]) -> float | None:
        """Accuracy of a candidate on what came, from the first day ahead on."""
        said = np.asarray(self.candidates[name].ahead[: len(actual)])
        return float(np.mean(np.abs(said - np.asarray(actual)))) / self.scale if self.scale else None


def forecast(
    history: npt.ArrayLike,
    horizon: int = SEASON,
    *,
    season: int = SEASON,
    first_origin: int | None = None,
    closed: npt.ArrayLike | None = None,
    odd: npt.ArrayLike | None = None,
) -> Forecast:
    """Forecasts of the `horizon` days that follow `history`, one volume a day without gaps.

    `closed` flags the days of history and horizon on which nobody works as a rule: 0, and not scored. `odd` flags
    days of history that say nothing (public holidays): replaced by the value a season earlier, and not scored.
    Candidates are judged on every origin from `first_origin` (default: two seasons) that leaves a whole horizon; one
    replaces the seasonal naive only if it is better. Raises ValueError when the history is too short, or too closed,
    for that.
    """
    y = np.asarray(history, np.float64)
    n = len(y)
    first = 2 * season if first_origin is None else first_origin
    if first <= season or n < first + horizon:
        raise ValueError(f"{n} days of history are too few: {max(first, season + 1) + horizon} are needed.")
    shut = np.zeros(n + horizon, np.bool_) if closed is None else np.asarray(closed, np.bool_)
    strange = np.zeros(n, np.bool_) if odd is None else np.asarray(odd, np.bool_)
    y = _cleaned(y, shut[:n], strange, season)
    scored = ~shut[:n] & ~strange
    if not scored[first:].any():
        raise ValueError("No day of the history can be scored: all are closed or odd.")
    steps = _steps(y, scored & ~np.concatenate((shut[:season], shut[: n - season])), season)
    said = {
        name: np.where(sliding_window_view(shut, horizon), 0.0, np.maximum(paths, 0.0))
        for name, paths in _paths(y, steps, season, horizon).items()
    }
    errors = {name: _errors(paths, y, scored, first) for name, paths in said.items()}
    candidates = {
        name: Candidate(float(np.nanmean(errors[name])), tuple(paths[-1].tolist())) for name, paths in said.items()
    }
    chosen = min(candidates, key=lambda name: candidates[name].rolling_mae)  # the first of equals: the naive
    reach = np.where(shut[n:], 0.0, _reach(errors[chosen]))
    changes = np.abs(steps[~np.isnan(steps)])
    return Forecast(
        chosen,
        candidates,
        tuple(_around(y, distance) for y, distance in zip(candidates[chosen].ahead, reach.tolist(), strict=True)),
        float(changes.mean()) if len(changes) else 0.0,
        said[chosen],
    )


def _around(y: float, reach: float) -> Interval:
    return (None, None) if np.isnan(reach) else (max(0.0, y - reach), y + reach)


def level_reach(
    levels: npt.ArrayLike, coming: npt.ArrayLike, done: npt.ArrayLike, pace_days: int, *, season: int = SEASON
) -> Floats:
    """How far a level ends from what its flows said, 80 % of the time, at each distance: shape (horizon,).

    `levels` has one value a day, `coming` what was foreseen of the days after each origin ((days + 1) x horizon, as
    `Forecast.past`), `done` what went out each day: it is foreseen at the mean of its own weekday over the `pace_days`
    before. Origins are a season apart and on the weekday of the next one, so that they hardly overlap; the quantile is
    of rank 0.8 (m + 1), which holds what comes in 80 % of the time whatever the law, when origins are alike.
    """
    level, foreseen, out = (np.asarray(x, np.float64) for x in (levels, coming, done))
    n, horizon = len(level), foreseen.shape[1]
    errors = []
    for origin in range(n - horizon - (-horizon % season), max(pace_days, 2 * season) - 1, -season):
        pace = out[origin - pace_days : origin].reshape(-1, season).mean(axis=0)
        said = np.cumsum(foreseen[origin] - np.resize(pace, horizon))
        errors.append(np.abs(level[origin : origin + horizon] - level[origin - 1] - said))
    if not errors:
        return np.full(horizon, np.nan)
    return np.asarray(np.quantile(np.array(errors), INTERVAL_SHARE, axis=0, method="weibull"))


def _cleaned(y: Floats, closed: Flags, odd: Flags, season: int) -> Floats:
    y = np.where(closed, 0.0, y)
    for day in np.flatnonzero(odd & ~closed).tolist():
        if day >= season:
            y[day] = y[day - season]
    return y


def _steps(y: Floats, counted: Flags, season: int) -> Floats:
    """Change of each day from a season earlier; NaN in the first season and where it does not count."""
    steps = np.full(len(y), np.nan)
    steps[season:] = np.where(counted[season:], y[season:] - y[:-season], np.nan)
    return steps


def _errors(paths: Floats, y: Floats, scored: Flags, first: int) -> Floats:
    """Absolute errors of what a method says at each origin ((n + 1) x horizon); NaN where not scored."""
    actual = sliding_window_view(np.where(scored, y, np.nan), paths.shape[1])[first:]
    return np.asarray(np.abs(paths[first : first + len(actual)] - actual), np.float64)


def _reach(errors: Floats) -> Floats:
    """The 80 % quantile of the errors at each distance: those of the later half of a long history, for a method that
    has seen few weeks errs more than it does now."""
    recent = errors[-max(len(errors) // 2, _LEAST_ORIGINS) :]
    made = [step[~np.isnan(step)] for step in recent.T]
    return np.array([np.quantile(step, INTERVAL_SHARE) if len(step) else np.nan for step in made])


def _paths(y: Floats, steps: Floats, season: int, horizon: int) -> dict[str, Floats]:
    """What each candidate says at each origin, from the days before it only: (n + 1) x horizon."""
    naive = _naive(y, season, horizon)
    known = ~np.isnan(steps)
    count = np.concatenate(([0], np.cumsum(known)))
    mean = np.concatenate(([0.0], np.cumsum(np.where(known, steps, 0.0)))) / np.maximum(count, 1)
    seasons_ahead = np.arange(horizon) // season + 1
    return {
        NAIVE: naive,
        DRIFT: naive + mean[:, None] * seasons_ahead,
        **_smoothed(y, season, horizon),
    }


def _naive(y: Floats, season: int, horizon: int) -> Floats:
    ahead = np.arange(horizon) % season
    at = np.arange(len(y) + 1)[:, None] - season + ahead
    return np.asarray(y[np.maximum(at, 0)], np.float64)


def _smoothed(y: Floats, season: int, horizon: int) -> dict[str, Floats]:
    """ETS(A,N,A) for each point of the grid: level and seasonal terms start from the first season."""
    grid = list(product(_ALPHAS, _GAMMAS))
    alpha, gamma = np.array(grid).T
    level = np.full(len(grid), y[:season].mean())
    terms = np.tile(y[:season] - y[:season].mean(), (len(grid), 1))
    said = np.zeros((len(grid), len(y) + 1, horizon))
    ahead = np.arange(horizon)
    for day in range(season, len(y) + 1):
        said[:, day] = level[:, None] + terms[:, (day + ahead) % season]
        if day < len(y):
            error = y[day] - (level + terms[:, day % season])
            level += alpha * error
            terms[:, day % season] += gamma * error
    return {f"ana_{a}_{g}": paths for (a, g), paths in zip(grid, said, strict=True)}


def half_hour_shares(counts: npt.ArrayLike) -> tuple[float, ...]:
    """Mean share of each half-hour over the last six days given that had any volume; all 0 without one.

    `counts`: days x half-hours, the same weekday, oldest first. A day's forecast times these is its intraday one.
    """
    table = np.asarray(counts, np.float64)
    days = table[table.sum(axis=1) > 0][-_SAME_WEEKDAYS:]
    if not len(days):
        return tuple(0.0 for _ in table.T)
    shares = days / days.sum(axis=1, keepdims=True)
    return tuple(float(share) for share in shares.mean(axis=0))
