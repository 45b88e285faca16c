"""Opening hours: from a calendar to the open time between two instants, in UTC and over whole arrays.

Pure, but for the one function that reads the calendars. Instants are int64 microseconds since 1970 UTC:
subtracting local times would be an hour wrong on the days when the clocks change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

import duckdb
import holidays
import numpy as np
from numpy.typing import ArrayLike, NDArray

Instants = NDArray[np.int64]
Durations = NDArray[np.int64]
Flags = NDArray[np.bool_]

SECOND = 1_000_000
NEVER = int(np.iinfo(np.int64).max)
"""An instant that is not reached inside the expanded ranges."""

HOLIDAY_SUBDIVISION = {"FR": None, "FR-ALSACE-MOSELLE": "57"}
"""Sets of the `holidays` package; a set not named here has no holiday."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WeeklyRange:
    """Open from `open_local` to `close_local` on ISO weekday `weekday`; None dates do not limit it."""

    weekday: int
    open_local: time
    close_local: time
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        return (
            self.weekday == day.isoweekday()
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(frozen=True, slots=True)
class DayException:
    """Replaces the weekly hours and the holidays of a day; without times it is closed."""

    on_date: date
    open_local: time | None = None
    close_local: time | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours in local time. A range belongs to the day on which it starts; closing at or before
    opening is the next day, so 00:00-00:00 is 24 h."""

    calendar_id: str
    tz: str = "Europe/Paris"
    holiday_set: str = "FR"
    hours: tuple[WeeklyRange, ...] = ()
    exceptions: tuple[DayException, ...] = ()


@dataclass(frozen=True)
class OpeningRanges:
    """Disjoint open ranges [open, close) in order, in UTC microseconds."""

    open_us: Instants
    close_us: Instants

    @cached_property
    def _open_by_close(self) -> Durations:
        return np.cumsum(self.close_us - self.open_us)

    @property
    def open_before_us(self) -> Durations:
        """Open microseconds of the calendar before each range."""
        return self._open_by_close - (self.close_us - self.open_us)

    @property
    def open_before_s(self) -> Durations:
        """Open seconds of the calendar before each range."""
        return self.open_before_us // SECOND

    @cached_property
    def _bounds(self) -> Instants:
        """Opening, closing, opening ... : an instant with an odd number of bounds behind it is open."""
        return np.column_stack((self.open_us, self.close_us)).ravel()

    @cached_property
    def _open_time(self) -> tuple[Durations, Durations]:
        """Open time before t is `base[k] + slope[k] * t`, k being the number of bounds at or before t."""
        base = np.zeros(len(self._bounds) + 1, np.int64)
        base[1::2] = self.open_before_us - self.open_us
        base[2::2] = self._open_by_close
        slope = np.zeros(len(base), np.int64)
        slope[1::2] = 1
        return base, slope

    def _bounds_before(self, at_us: ArrayLike) -> NDArray[np.intp]:
        return np.searchsorted(self._bounds, np.asarray(at_us, np.int64), side="right")

    def open_before(self, at_us: ArrayLike) -> Durations:
        """Open microseconds of the calendar before each instant."""
        at_us = np.asarray(at_us, np.int64)
        base, slope = self._open_time
        behind = self._bounds_before(at_us)
        return np.asarray(base[behind] + slope[behind] * at_us, np.int64)

    def business_us(self, start_us: ArrayLike, end_us: ArrayLike) -> Durations:
        """Open microseconds from each start to its end (negative when the end comes first)."""
        return self.open_before(end_us) - self.open_before(start_us)

    def business_seconds(self, start_us: ArrayLike, end_us: ArrayLike) -> np.ma.MaskedArray:
        """Whole open seconds from each start to its end; masked when the end comes first."""
        start_us, end_us = np.asarray(start_us, np.int64), np.asarray(end_us, np.int64)
        return np.ma.masked_array(self.business_us(start_us, end_us) // SECOND, mask=end_us < start_us)

    def add_business_us(self, start_us: ArrayLike, duration_us: ArrayLike) -> Instants:
        """Earliest instants at which the durations have elapsed, in open microseconds; the start if they
        are not positive. Reached exactly at closing time, it is the closing. NEVER past the last range."""
        start_us, duration_us = np.broadcast_arrays(np.asarray(start_us, np.int64), np.asarray(duration_us, np.int64))
        wanted = self.open_before(start_us) + duration_us
        which = np.searchsorted(self._open_by_close, wanted, side="left")
        shift = np.append(self.close_us - self._open_by_close, 0)
        reached = np.where(which == len(self.close_us), NEVER, wanted + shift[which])
        return np.where(duration_us <= 0, start_us, reached)

    def add_business_seconds(self, start_us: ArrayLike, seconds: ArrayLike) -> Instants:
        """As `add_business_us`, from a number of seconds."""
        return self.add_business_us(start_us, np.asarray(seconds, np.int64) * SECOND)

    def next_open(self, at_us: ArrayLike) -> Instants:
        """Each instant if open then, else the next opening; NEVER past the last range."""
        at_us = np.asarray(at_us, np.int64)
        behind = self._bounds_before(at_us)
        return np.where(behind % 2 == 1, at_us, np.append(self._bounds, NEVER)[behind])

    def in_hours(self, at_us: ArrayLike) -> Flags:
        """Whether each instant is open: the opening included, the closing excluded."""
        return np.asarray(self._bounds_before(at_us) % 2 == 1)


ALWAYS_OPEN = OpeningRanges(np.array([-(2**60)]), np.array([2**60]))
"""Calendar time, seen as opening hours that never end."""


def local_to_utc(day: date, at: time, zone: ZoneInfo, role: Literal["open", "close"]) -> int:
    """UTC microseconds of a local time. A time that does not exist keeps the offset of before; a time that
    comes twice is the first for an opening, the second for a closing, so a range covers both."""
    first = datetime.combine(day, at, zone)
    second = first.replace(fold=1)
    twice = second.astimezone(UTC) > first.astimezone(UTC)
    chosen = second if twice and role == "close" else first
    return (chosen.astimezone(UTC) - _EPOCH) // _MICROSECOND


def public_holidays(holiday_set: str, first_year: int, last_year: int) -> Container[date]:
    """Public holidays of a set, both years included."""
    if holiday_set not in HOLIDAY_SUBDIVISION:
        return ()
    years = range(first_year, last_year + 1)
    return frozenset(
        holidays.country_holidays("FR", subdiv=HOLIDAY_SUBDIVISION[holiday_set], years=years, expand=False)
    )


def expand(calendar: Calendar, first: date, last: date) -> OpeningRanges:
    """The ranges of `calendar` that reach local days `first` to `last`, overlaps merged."""
    zone = ZoneInfo(calendar.tz)
    ranges = np.array(
        sorted(
            (
                local_to_utc(day, opening, zone, "open"),
                local_to_utc(day if closing > opening else day + _DAY, closing, zone, "close"),
            )
            for day, opening, closing in _local_ranges(calendar, first - _DAY, last)
        ),
        np.int64,
    ).reshape(-1, 2)
    return _merge(ranges[ranges[:, 1] > ranges[:, 0]])  # the hour that spring skips can hold a whole range


def open_days(calendar: Calendar, first: date, last: date) -> list[date]:
    """The local days from `first` to `last` on which a range of `calendar` starts, in order."""
    return sorted({day for day, _, _ in _local_ranges(calendar, first, last)})


def _local_ranges(calendar: Calendar, first: date, last: date) -> Iterator[tuple[date, time, time]]:
    """The open ranges of each local day: its exceptions, else none on a holiday, else its weekday's."""
    closed = public_holidays(calendar.holiday_set, first.year, last.year)
    exceptions: defaultdict[date, list[DayException]] = defaultdict(list)
    for exception in calendar.exceptions:
        exceptions[exception.on_date].append(exception)
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        if day in exceptions:
            for special in exceptions[day]:
                if special.open_local is not None and special.close_local is not None:
                    yield day, special.open_local, special.close_local
        elif day not in closed:
            for weekly in calendar.hours:
                if weekly.holds_on(day):
                    yield day, weekly.open_local, weekly.close_local


def _merge(ranges: NDArray[np.int64]) -> OpeningRanges:
    """Ranges sorted by opening -> the same open time without overlaps."""
    if not len(ranges):
        return OpeningRanges(np.empty(0, np.int64), np.empty(0, np.int64))
    closed_by = np.maximum.accumulate(ranges[:, 1])
    starts = np.append(True, ranges[1:, 0] > closed_by[:-1])
    ends = np.append(starts[1:], True)
    return OpeningRanges(ranges[starts, 0], closed_by[ends])


def read_calendars(con: duckdb.DuckDBPyConnection) -> dict[str, Calendar]:
    """The calendars of a store, by id, in the order of their ids."""
    hours: defaultdict[str, list[WeeklyRange]] = defaultdict(list)
    for calendar_id, *row in con.execute(
        "SELECT calendar_id, weekday, open_local, close_local, valid_from, valid_to FROM calendar_hours"
    ).fetchall():
        hours[calendar_id].append(WeeklyRange(*row))
    exceptions: defaultdict[str, list[DayException]] = defaultdict(list)
    for calendar_id, *row in con.execute(
        "SELECT calendar_id, on_date, open_local, close_local FROM calendar_exceptions"
    ).fetchall():
        exceptions[calendar_id].append(DayException(*row))
    return {
        calendar_id: Calendar(calendar_id, tz, holiday_set, tuple(hours[calendar_id]), tuple(exceptions[calendar_id]))
        for calendar_id, tz, holiday_set in con.execute(
            "SELECT calendar_id, tz, holiday_set FROM calendars ORDER BY calendar_id"
        ).fetchall()
    }
