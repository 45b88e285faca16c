"""Local time and opening hours, from section 5 of the rules. Seconds are whole and counted from 1970 in UTC."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1)
ALWAYS = "always open"
"""Calendar of a team that has none."""


def stamp(instant: datetime) -> float:
    """Seconds since 1970 of a naive UTC instant."""
    return (instant - EPOCH) / timedelta(seconds=1)


def moment(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def stamps(column: pd.Series) -> np.ndarray:
    """Seconds since 1970 of a column of naive UTC instants; NaN for NULL."""
    return ((pd.to_datetime(column) - pd.Timestamp(EPOCH)) / pd.Timedelta(seconds=1)).to_numpy(dtype=float)


# ------------------------------------------------------------------------------------------ local time


def local(column: pd.Series, zone: str) -> pd.Series:
    """Naive local time of a column of naive UTC instants."""
    return pd.to_datetime(column).dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)


def midnight(day: date, zone: str) -> datetime:
    """Naive UTC instant at which a local day begins."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def local_day(instant: datetime, zone: str) -> date:
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def buckets(column: pd.Series, grain: str, zone: str) -> pd.Series:
    """The bucket that each instant falls in: the first local date of it, or the UTC instant of the hour."""
    if grain == "hour":
        return pd.to_datetime(column).dt.floor("h")
    days = local(column, zone).dt.normalize()
    if grain == "week":
        days = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    elif grain == "month":
        days = days - pd.to_timedelta(days.dt.day - 1, unit="D")
    return days.dt.date


def bucket_starts(start: datetime, end: datetime, grain: str, zone: str) -> list[tuple[object, datetime]]:
    """Every bucket that touches [start, end), with the UTC instant at which it ends."""
    found: list[tuple[object, datetime]] = []
    if grain == "hour":
        at = start.replace(minute=0, second=0, microsecond=0)
        while at < end:
            found.append((at, at + timedelta(hours=1)))
            at += timedelta(hours=1)
        return found
    day = local_day(start, zone)
    day -= {"day": timedelta(0), "week": timedelta(day.weekday()), "month": timedelta(day.day - 1)}[grain]
    while midnight(day, zone) < end:
        if grain == "month":
            after = (day + timedelta(days=31)).replace(day=1)
        else:
            after = day + (DAY if grain == "day" else 7 * DAY)
        found.append((day, midnight(after, zone)))
        day = after
    return found


# ------------------------------------------------------------------------------------------ opening hours


def easter(year: int) -> date:
    """Sunday of Easter, Gregorian calendar."""
    a = year % 19
    b, c = divmod(year, 100)
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def holidays(year: int, names: str) -> set[date]:
    if names == "NONE":
        return set()
    sunday = easter(year)
    fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
    days = {date(year, month, day) for month, day in fixed} | {sunday + n * DAY for n in (1, 39, 50)}
    if names == "FR-ALSACE-MOSELLE":
        days |= {sunday - 2 * DAY, date(year, 12, 26)}
    return days


def to_utc(day: date, at: time, zone: ZoneInfo, *, closing: bool) -> float:
    """A local wall time as UTC seconds: the old offset in a gap; both passes of an ambiguous hour are covered."""
    first, second = (
        stamp(datetime.combine(day, at.replace(fold=fold), zone).astimezone(UTC).replace(tzinfo=None))
        for fold in (0, 1)
    )
    return second if second > first and closing else first


class OpeningHours:
    """One calendar: its open ranges in UTC seconds, in order, without overlap."""

    def __init__(self, ranges: list[tuple[float, float]]) -> None:
        merged: list[list[float]] = []
        for opens, closes in sorted(ranges):
            if merged and opens <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], closes)
            elif closes > opens:
                merged.append([opens, closes])
        self.opens = [opens for opens, _ in merged]
        self.closes = [closes for _, closes in merged]
        self.before = [0.0]
        for opens, closes in merged:
            self.before.append(self.before[-1] + closes - opens)
        self._arrays = np.array(self.opens), np.array(self.closes), np.array(self.before)

    def open_until(self, at: float) -> float:
        """Open seconds from the first opening to `at`."""
        i = bisect_right(self.opens, at) - 1
        return 0.0 if i < 0 else self.before[i] + min(at, self.closes[i]) - self.opens[i]

    def seconds(self, start: float, end: float) -> float:
        return self.open_until(end) - self.open_until(start)

    def add(self, start: float, seconds: float) -> float:
        """Earliest instant at which `seconds` open seconds have passed since `start`; infinity if never."""
        if seconds <= 0:
            return start
        wanted = self.open_until(start) + seconds
        i = bisect_left(self.before, wanted)
        return float("inf") if i == len(self.before) else self.opens[i - 1] + wanted - self.before[i - 1]

    def is_open(self, at: float) -> bool:
        i = bisect_right(self.opens, at) - 1
        return i >= 0 and at < self.closes[i]

    def open_until_each(self, at: np.ndarray) -> np.ndarray:
        """`open_until` of each instant of an array."""
        opens, closes, before = self._arrays
        i = np.searchsorted(opens, at, side="right") - 1
        if not len(opens):
            return np.zeros(len(at))
        k = np.maximum(i, 0)
        return np.where(i < 0, 0.0, before[k] + np.minimum(at, closes[k]) - opens[k])


class Always(OpeningHours):
    """Open at every instant."""

    def __init__(self) -> None:
        super().__init__([])

    def open_until(self, at: float) -> float:
        return at

    def add(self, start: float, seconds: float) -> float:
        return start + max(seconds, 0)

    def is_open(self, at: float) -> bool:
        return True

    def open_until_each(self, at: np.ndarray) -> np.ndarray:
        return at


def _given(value: object) -> bool:
    return value is not None and not pd.isna(value)


def _day(value: object) -> date:
    return pd.Timestamp(value).date()


def opening_hours(tables: Mapping[str, pd.DataFrame], first: date, last: date) -> dict[str, OpeningHours]:
    """Calendar -> its ranges that start on a local date from `first` to `last`."""
    hours = tables["calendar_hours"].to_dict("records")
    exceptions = tables["calendar_exceptions"].to_dict("records")
    result: dict[str, OpeningHours] = {ALWAYS: Always()}
    if not hours:  # opening hours were not imported: every clock runs at every instant (3.3)
        return result
    for calendar in tables["calendars"].to_dict("records"):
        name, zone = calendar["calendar_id"], ZoneInfo(calendar["tz"])
        own = [row for row in hours if row["calendar_id"] == name]
        replaced: dict[date, list[dict]] = {}
        for row in exceptions:
            if row["calendar_id"] == name:
                replaced.setdefault(_day(row["on_date"]), []).append(row)
        closed = set().union(*(holidays(y, calendar["holiday_set"]) for y in range(first.year, last.year + 1)))
        ranges = []
        day = first
        while day <= last:
            if day in replaced:
                rows = [row for row in replaced[day] if _given(row["open_local"])]
            elif day in closed:
                rows = []
            else:
                rows = [
                    row
                    for row in own
                    if row["weekday"] == day.isoweekday()
                    and not (_given(row["valid_from"]) and day < _day(row["valid_from"]))
                    and not (_given(row["valid_to"]) and day > _day(row["valid_to"]))
                ]
            for row in rows:
                opens, closes = row["open_local"], row["close_local"]
                until = day + DAY if closes <= opens else day
                ranges.append((to_utc(day, opens, zone, closing=False), to_utc(until, closes, zone, closing=True)))
            day += DAY
        result[name] = OpeningHours(ranges)
    return result
