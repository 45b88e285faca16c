"""What comes next: volumes by channel with the backtest that chose the method, and the backlog that follows.

Daily, over whole local days up to the last complete one of the data. Methods and accuracy are those of
`kpi.statistics.forecast` (section 7.6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import fsum

import numpy as np

from kpi.answer import answer
from kpi.buckets import to_local, to_utc
from kpi.calendars import closed_days
from kpi.engines import DuckDBEngine
from kpi.flow import backlog_flow
from kpi.model import Grain, Period, Query, Value
from kpi.statistics.forecast import NAIVE, SEASON, Forecast, forecast, level_reach
from kpi.statistics.intervals import Interval

HORIZON = 14
"""Days ahead."""
HISTORY_WEEKS, LEAST_WEEKS = 26, 8
PACE_DAYS = 28
"""Days that tell the present pace of work."""
LEAST_A_DAY = 1.0
"""Volume a day under which a channel is not forecast alone."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Volume:
    """One channel (None: all together): its volume by day, then the days ahead with their intervals at 80 %.

    `mase` is the error of the chosen method over that of last week's same day in training, `naive_mase` the same for
    that plain rule: both on rolling origins.
    """

    channel: Value
    whole: bool
    days: tuple[date, ...]
    counts: tuple[float, ...]
    ahead_days: tuple[date, ...]
    ahead: tuple[float, ...]
    intervals: tuple[Interval, ...]
    chosen: str
    mase: float | None
    naive_mase: float | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The backlog by day, then ahead at a capacity: its level each day and its interval at 80 %.

    `coming` and `done` are what comes in and is resolved over the days ahead.
    """

    days: tuple[date, ...]
    levels: tuple[int, ...]
    ahead_days: tuple[date, ...]
    ahead: tuple[float, ...]
    intervals: tuple[Interval, ...]
    coming: float
    done: float


def volumes(query: Query, kpi_id: str, engine: DuckDBEngine) -> tuple[Volume, ...]:
    """The whole, then each channel of one a day at least, the busiest first. The query's period is not read; empty
    when the data hold fewer than eight weeks."""
    days = _days(engine)
    if len(days) < LEAST_WEEKS * SEASON:
        return ()
    asked = _over(query, days).with_(kpis=(kpi_id,), by=("channel",), grain=Grain.DAY, intervals=False, totals=False)
    found: defaultdict[Value, dict[date, float]] = defaultdict(dict)
    for figure in answer(asked, engine)[kpi_id].rows:
        found[figure.keys[0]][figure.keys[-1]] = float(figure.n)
    counts = {channel: [by_day.get(day, 0.0) for day in days] for channel, by_day in found.items()}
    busy = [channel for channel, series in counts.items() if fsum(series) >= LEAST_A_DAY * len(days)]
    odd = _holidays(days, engine)
    together = np.sum([np.array(series) for series in counts.values()], axis=0) if counts else np.zeros(len(days))
    made = [_volume(None, True, days, together.tolist(), odd)]
    busy.sort(key=lambda channel: (-fsum(counts[channel]), str(channel)))
    made += [_volume(channel, False, days, counts[channel], odd) for channel in busy]
    return tuple(one for one in made if one is not None)


def backlog(query: Query, engine: DuckDBEngine, capacity: float = 1.0) -> Outlook | None:
    """The backlog if as many are resolved each weekday as over the last four weeks (holidays aside), `capacity` times;
    None under eight weeks of data.

    Its interval is how far the backlog ended from what would have been said of it, each week of the last half-year.
    """
    days = _days(engine)
    if len(days) < LEAST_WEEKS * SEASON:
        return None
    flows = backlog_flow(_over(query, days).with_(kpis=("ticket_backlog",), grain=Grain.DAY), engine)
    if len(flows) < LEAST_WEEKS * SEASON:
        return None
    odd = _holidays(days, engine)
    coming = _fitted([float(flow.created + flow.reopened + flow.transferred) for flow in flows], days, odd)
    if coming is None:
        return None
    worked_days = [i for i in range(len(days) - PACE_DAYS, len(days)) if not odd[i]]
    pace = _by_weekday([days[i] for i in worked_days], [float(flows[i].resolved) for i in worked_days])
    level, levels, done = float(flows[-1].closing), list[float](), 0.0
    ahead = _ahead(days)
    for day, arriving in zip(ahead, coming.ahead, strict=True):
        worked = min(level + arriving, pace.get(day.isoweekday(), 0.0) * capacity)
        level, done = level + arriving - worked, done + worked
        levels.append(level)
    closing, resolved = [flow.closing for flow in flows], [flow.resolved for flow in flows]
    reach = level_reach(closing, coming.past, resolved, PACE_DAYS).tolist()
    intervals = tuple((max(0.0, at - by), at + by) for at, by in zip(levels, reach, strict=True))
    return Outlook(
        days, tuple(flow.closing for flow in flows), ahead, tuple(levels), intervals, fsum(coming.ahead), done
    )


def _volume(
    channel: Value, whole: bool, days: tuple[date, ...], counts: list[float], odd: Sequence[bool]
) -> Volume | None:
    found = _fitted(counts, days, odd)
    if found is None:
        return None
    naive = found.candidates[NAIVE].rolling_mae / found.scale if found.scale else None
    return Volume(
        channel, whole, days, tuple(counts), _ahead(days), found.ahead, found.intervals, found.chosen,
        found.rolling_mase, naive,
    )  # fmt: skip


def _fitted(counts: list[float], days: tuple[date, ...], odd: Sequence[bool]) -> Forecast | None:
    """None when no day can be scored. A weekday without a single case is closed."""
    worked = {day.isoweekday() for day, count in zip(days, counts, strict=True) if count}
    closed = [day.isoweekday() not in worked for day in (*days, *_ahead(days))]
    try:
        return forecast(counts, HORIZON, closed=closed, odd=odd)
    except ValueError:
        return None


def _by_weekday(days: Sequence[date], values: Sequence[float]) -> Mapping[int, float]:
    found: defaultdict[int, list[float]] = defaultdict(list)
    for day, value in zip(days, values, strict=True):
        found[day.isoweekday()].append(value)
    return {weekday: fsum(some) / len(some) for weekday, some in found.items()}


def _days(engine: DuckDBEngine) -> tuple[date, ...]:
    """The last whole weeks of days that the data cover entirely, at most half a year."""
    zone = engine.timezone()
    end = to_local(engine.data_until() + timedelta(minutes=1), zone).date()
    first = to_local(engine.first_instant(), zone).date() + _DAY
    weeks = min(HISTORY_WEEKS, (end - first).days // SEASON)
    return tuple(end - _DAY * (weeks * SEASON - i) for i in range(weeks * SEASON))


def _ahead(days: Sequence[date]) -> tuple[date, ...]:
    return tuple(days[-1] + _DAY * (i + 1) for i in range(HORIZON))


def _over(query: Query, days: Sequence[date]) -> Query:
    zone = query.timezone
    return query.with_(period=Period(to_utc(days[0], zone), to_utc(days[-1] + _DAY, zone)), as_of=None)


def _holidays(days: Sequence[date], engine: DuckDBEngine) -> list[bool]:
    """Which of the days are public holidays."""
    closed = closed_days(days[0], days[-1], engine)
    return [day in closed for day in days]
