"""Time buckets of a question: which ones it has, and at which instant a stock is read in each. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from kpi.model import Grain, Period, Query

_STEP = {Grain.HOUR: timedelta(hours=1), Grain.HALF_HOUR: timedelta(minutes=30)}


@lru_cache(maxsize=8192)
def to_utc(day: date, zone: str) -> datetime:
    """Local midnight as a naive UTC instant."""
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)


def to_local(at: datetime, zone: str) -> datetime:
    """Naive UTC to naive local."""
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def day_from(at: datetime, zone: str) -> date:
    """First local day that starts at `at` or later."""
    local = to_local(at, zone)
    return local.date() if local == datetime(local.year, local.month, local.day) else local.date() + timedelta(days=1)


def start_of(day: date, grain: Grain) -> date:
    """First local day of the bucket that holds `day`."""
    if grain is Grain.WEEK:
        return day - timedelta(days=day.weekday())
    if grain is Grain.MONTH:
        return day.replace(day=1)
    if grain is Grain.QUARTER:
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    if grain is Grain.YEAR:
        return day.replace(month=1, day=1)
    return day


def next_of(start: date, grain: Grain) -> date:
    """First local day of the next bucket."""
    if grain is Grain.DAY:
        return start + timedelta(days=1)
    if grain is Grain.WEEK:
        return start + timedelta(days=7)
    months = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}[grain]
    month = start.month - 1 + months
    return date(start.year + month // 12, month % 12 + 1, 1)


def spine(query: Query) -> tuple[Any, ...]:
    """Keys of the period's buckets in order: local dates, or naive UTC instants below the day."""
    assert query.period is not None and query.grain is not None
    return _spine(query.period, query.grain, query.timezone)


@lru_cache(maxsize=256)
def _spine(period: Period, grain: Grain, zone: str) -> tuple[Any, ...]:
    if grain in _STEP:
        step = _STEP[grain]
        at = period.start - (period.start - datetime.min) % step
        keys: list[Any] = []
        while at < period.end:
            keys.append(at)
            at += step
        return tuple(keys)
    last = to_local(period.end - timedelta(microseconds=1), zone).date()
    day = start_of(to_local(period.start, zone).date(), grain)
    days: list[Any] = []
    while day <= last:
        days.append(day)
        day = next_of(day, grain)
    return tuple(days)


class Reading(NamedTuple):
    """When the stock of a bucket is read; `ended` says that it is a left limit."""

    bucket: Any
    at: datetime
    ended: bool


def instants(query: Query, as_of: datetime) -> tuple[Reading, ...]:
    """When a stock is read in each bucket: at the bucket's end, the period's end or `as_of`, whichever comes
    first. Buckets that start after `as_of` have no stock yet and are left out."""
    assert query.period is not None and query.grain is not None
    return _instants(query.period, query.grain, query.timezone, as_of)


@lru_cache(maxsize=256)
def _instants(period: Period, grain: Grain, zone: str, as_of: datetime) -> tuple[Reading, ...]:
    read: list[Reading] = []
    for key in _spine(period, grain, zone):
        if grain in _STEP:
            start, end = key, key + _STEP[grain]
        else:
            start, end = to_utc(key, zone), to_utc(next_of(key, grain), zone)
        end = min(end, period.end)
        if start <= as_of:
            read.append(Reading(key, min(end, as_of), end <= as_of))
    return tuple(read)
