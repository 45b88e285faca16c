"""Local days, UTC instants and opening hours of the demo centre, as arrays of whole seconds. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TIME_ZONE = ZoneInfo("Europe/Paris")
HISTORY_DAYS = 730
MARGIN_DAYS = 60
"""Days simulated past the end, so that what is still waiting there waits for something."""
MINUTE = 60
HOUR = 3_600
DAY = 86_400
NEVER = 1 << 60
"""An instant that does not come; written as NULL, like every instant past the end of the data."""

EPOCH = date(1970, 1, 1)


def _offset_s(at: int) -> int:
    offset = datetime.fromtimestamp(at, TIME_ZONE).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def local_midnight(day: date) -> int:
    """UTC seconds of the local midnight that begins `day`."""
    return int(datetime.combine(day, time(), TIME_ZONE).timestamp())


@dataclass(frozen=True, slots=True)
class Timeline:
    """The days of history, and the margin after them. Paris changes its clocks at 01:00 UTC, on the hour,
    so one offset for each UTC hour is exact."""

    first_day: date
    days: int
    start: int
    end: int
    hours: Ints
    """Start of each UTC hour of history and margin."""
    offsets: Ints
    """Local minus UTC seconds, for each of `hours`."""

    @classmethod
    def until(cls, last_day: date, days: int = HISTORY_DAYS) -> Self:
        first = last_day - timedelta(days=days - 1)
        start = local_midnight(first)
        stop = local_midnight(last_day + timedelta(days=MARGIN_DAYS + 1))
        hours = np.arange(start, stop, HOUR, dtype=np.int64)
        offsets = np.array([_offset_s(hour) for hour in hours.tolist()], dtype=np.int64)
        return cls(first, days, start, local_midnight(last_day + timedelta(days=1)), hours, offsets)

    @property
    def all_days(self) -> list[date]:
        return [self.first_day + timedelta(days=number) for number in range(self.days + MARGIN_DAYS)]

    def hour_index(self, at: Ints) -> Ints:
        """Position in `hours` of instants; those outside take the nearest."""
        return np.clip((at - self.start) // HOUR, 0, len(self.hours) - 1)

    def local(self, at: Ints) -> Ints:
        """Wall-clock seconds since the first local midnight, as if every day had 24 hours."""
        first_wall = (self.first_day - EPOCH).days * DAY
        return at + self.offsets[self.hour_index(at)] - first_wall

    def day(self, at: Ints) -> Ints:
        """Number of the local day, 0 for the first; held inside history and margin."""
        return np.clip(self.local(at) // DAY, 0, self.days + MARGIN_DAYS - 1)

    def instant(self, day: Ints, wall_s: Ints) -> Ints:
        """UTC instant of a wall-clock time; exact outside the small hours in which the clocks change."""
        noon = self.start + day * DAY + 12 * HOUR
        first_wall = (self.first_day - EPOCH).days * DAY
        return first_wall + day * DAY + wall_s - self.offsets[self.hour_index(noon)]

    def instant_of(self, day: int) -> int:
        """UTC instant from which the wall-clock times of a day, outside its small hours, are counted."""
        return int(self.instant(np.array([day]), np.array([0]))[0])

    def holidays(self) -> Bools:
        """For each day of history and margin, whether it is a public holiday in France."""
        days = self.all_days
        closed = holidays.country_holidays("FR", years=range(days[0].year, days[-1].year + 1))
        return np.array([day in closed for day in days])

    def weekdays(self) -> Ints:
        """1 Monday to 7 Sunday, for each day of history and margin."""
        number = np.arange(self.days + MARGIN_DAYS, dtype=np.int64)
        return (number + self.first_day.weekday()) % 7 + 1


@dataclass(frozen=True, slots=True)
class OpenHours:
    """The open ranges of a calendar, in order and apart."""

    opens: Ints
    closes: Ints
    before: Ints
    """Open seconds before each range."""

    @classmethod
    def of(cls, ranges: Iterable[tuple[int, int]]) -> Self:
        bounds = np.array(sorted(ranges), dtype=np.int64).reshape(-1, 2)
        lengths = bounds[:, 1] - bounds[:, 0]
        return cls(bounds[:, 0], bounds[:, 1], np.cumsum(lengths) - lengths)

    def elapsed(self, at: Ints) -> Ints:
        """Open seconds before each instant."""
        index = np.searchsorted(self.opens, at, side="right") - 1
        held = np.maximum(index, 0)
        inside = np.clip(at - self.opens[held], 0, self.closes[held] - self.opens[held])
        return np.where(index < 0, 0, self.before[held] + inside)

    def instant(self, elapsed: Ints) -> Ints:
        """The instant with that many open seconds before it; NEVER past the last range."""
        index = np.searchsorted(self.before, elapsed, side="right") - 1
        at = self.opens[index] + elapsed - self.before[index]
        return np.where(at > self.closes[-1], NEVER, at)

    def contains(self, at: Ints) -> Bools:
        index = np.searchsorted(self.opens, at, side="right") - 1
        return np.asarray((index >= 0) & (at < self.closes[np.maximum(index, 0)]))


def as_datetime(at: int) -> datetime:
    """Naive UTC datetime of an instant."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
