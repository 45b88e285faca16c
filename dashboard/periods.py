"""Periods and what they are compared with. Pure: no clock; "today" is the day the data reach.

Days are local and both ends are included, as people read them; `Span.instants` gives the half-open UTC
period that the engine is asked.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kpi.model import Grain, Period

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
"""The data hold the fact that ends them: a period cut there includes it."""


class Preset(StrEnum):
    """A named period, relative to the end of the data."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7 = "last_7"
    LAST_30 = "last_30"
    LAST_90 = "last_90"
    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_QUARTER = "this_quarter"
    LAST_QUARTER = "last_quarter"
    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"
    ALL = "all"
    CUSTOM = "custom"


class Comparison(StrEnum):
    """What a period is compared with."""

    PREVIOUS = "previous"
    LAST_YEAR = "last_year"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Span:
    """Whole local days from `first` to `last`, both included, cut at local time `until` when still running."""

    first: date
    last: date
    until: datetime | None = None
    """Local wall-clock instant, without zone, where the data stop inside the span."""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def reached(self) -> date:
        """The last day that holds data."""
        return self.until.date() if self.until else self.last

    def instants(self, zone: ZoneInfo) -> Period:
        """The half-open period in naive UTC; a running span ends just after the newest fact."""
        end = self.until + INSTANT if self.until else datetime.combine(self.last + DAY, time())
        return Period(to_utc(datetime.combine(self.first, time()), zone), to_utc(end, zone))


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """Local wall clock without zone -> naive UTC."""
    return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def to_local(instant: datetime, zone: ZoneInfo) -> datetime:
    """Naive UTC -> local wall clock without zone."""
    return instant.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def span(preset: Preset, now: datetime, custom: tuple[date, date] | None = None, since: date | None = None) -> Span:
    """The span that `preset` names at local wall-clock `now`, the end of the data; `since` is the day they begin.

    A custom span keeps its dates; it is running when the data stop inside it.
    """
    if preset is Preset.CUSTOM and custom:
        first, last = custom
    elif preset is Preset.ALL and since:
        first, last = min(since, now.date()), now.date()
    else:
        first, last = _bounds(preset, now.date())
    inside = datetime.combine(first, time()) < now < datetime.combine(last + DAY, time())
    return Span(first, last, now if inside else None)


def _bounds(preset: Preset, today: date) -> tuple[date, date]:
    monday = today - timedelta(days=today.weekday())
    match preset:
        case Preset.TODAY:
            return today, today
        case Preset.YESTERDAY:
            return today - DAY, today - DAY
        case Preset.LAST_7:
            return today - 6 * DAY, today
        case Preset.LAST_90:
            return today - 89 * DAY, today
        case Preset.THIS_WEEK:
            return monday, monday + 6 * DAY
        case Preset.LAST_WEEK:
            return monday - 7 * DAY, monday - DAY
        case Preset.THIS_MONTH:
            return _months(today, 1, 0)
        case Preset.LAST_MONTH:
            return _months(today, 1, -1)
        case Preset.THIS_QUARTER:
            return _months(today, 3, 0)
        case Preset.LAST_QUARTER:
            return _months(today, 3, -1)
        case Preset.THIS_YEAR:
            return _months(today, 12, 0)
        case Preset.LAST_YEAR:
            return _months(today, 12, -1)
        case _:
            return today - 29 * DAY, today


def _months(day: date, width: int, shift: int) -> tuple[date, date]:
    """The calendar block of `width` months (1, 3 or 12) that holds `day`, moved by `shift` blocks."""
    first = (day.year * 12 + day.month - 1) // width * width + shift * width
    return _month_start(first), _month_start(first + width) - DAY


def _month_start(month: int) -> date:
    """First day of the month counted from year 0."""
    return date(month // 12, month % 12 + 1, 1)


def _whole_months(current: Span) -> int | None:
    """How many whole calendar months the span covers, None when it does not."""
    ends_month = (current.last + DAY).day == 1
    if current.first.day != 1 or not ends_month:
        return None
    first = current.first.year * 12 + current.first.month
    return current.last.year * 12 + current.last.month - first + 1


def whole_months_of(current: Span) -> Span:
    """The whole calendar months that have passed inside the span; when it holds none, the last before its end."""
    end = current.reached + (timedelta(0) if current.until else DAY)
    after = end.replace(day=1)
    first = current.first if current.first.day == 1 else _back(current.first.replace(day=1), -1)
    return Span(min(first, _back(after, 1)), after - DAY)


def compared_with(current: Span, comparison: Comparison) -> Span | None:
    """The span to compare `current` with, cut at the same part when `current` is still running.

    Whole months (quarters, years) take as many just before. Other spans of N days move back by the smallest
    multiple of 7 that is at least N, so that weekdays face the same weekdays.
    """
    if comparison is Comparison.NONE:
        return None
    if comparison is Comparison.LAST_YEAR:
        return _moved_months(current, 12)
    if months := _whole_months(current):
        return _moved_months(current, months)
    shift = timedelta(days=-(-current.days // 7) * 7)
    until = current.until - shift if current.until else None
    return Span(current.first - shift, current.last - shift, until)


def _moved_months(current: Span, months: int) -> Span:
    """`months` earlier; a running span keeps its elapsed part, never beyond the earlier span's end."""
    first, last = _back(current.first, months), _back(current.last, months)
    if _whole_months(current):
        last = last.replace(day=monthrange(last.year, last.month)[1])
    if current.until is None:
        return Span(first, last)
    day = current.until.date()
    reached = _back(day, 12) if months == 12 else first + (day - current.first)
    if reached > last:
        return Span(first, last)
    return Span(first, last, datetime.combine(reached, current.until.time()))


def _back(day: date, months: int) -> date:
    """The same day of the month `months` earlier, or that month's last day."""
    start = _month_start(day.year * 12 + day.month - 1 - months)
    return start.replace(day=min(day.day, monthrange(start.year, start.month)[1]))


def grain_for(current: Span) -> Grain:
    """The bucket that gives a line between about 7 and 100 points."""
    if current.days <= 2:
        return Grain.HOUR
    if current.days <= 100:
        return Grain.DAY
    return Grain.WEEK if current.days <= 400 else Grain.MONTH
