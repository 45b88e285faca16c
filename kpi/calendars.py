"""The period before another, and how many days the centre was open: what counts of two periods are weighed by."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from kpi.buckets import to_local, to_utc
from kpi.engines import Engine
from kpi.fragments import literal
from kpi.model import Period

_WEEKS_AROUND = 3


def open_days(period: Period, engine: Engine) -> float:
    """Local days of the period on which the calendar of most teams opens; all its days without a calendar."""
    return open_days_of((period,), engine)[0]


def open_days_of(periods: Sequence[Period], engine: Engine) -> tuple[float, ...]:
    """As `open_days`, of several periods at once."""
    zone = engine.timezone()
    counts = (
        "count(*) FILTER (open_on BETWEEN DATE '{}' AND DATE '{}')".format(
            *(to_local(at, zone).date() for at in (period.start, period.end - timedelta(microseconds=1)))
        )
        for period in periods
    )
    where = "FALSE" if (default := engine.default_calendar()) is None else f"calendar_id = {literal(default).sql()}"
    (opened,) = engine.fetch(f"SELECT {', '.join(counts)} FROM open_days WHERE {where}")
    return tuple(
        float(days) or (period.end - period.start).total_seconds() / 86_400
        for days, period in zip(opened, periods, strict=True)
    )


def closed_days(first: date, last: date, engine: Engine) -> frozenset[date]:
    """Local days from `first` to `last`, both included, on which everybody was closed although somebody opens on that
    weekday, in the weeks before as in the weeks after: public holidays. None without opening hours."""
    reach = timedelta(weeks=_WEEKS_AROUND)
    rows = engine.fetch(
        f"SELECT DISTINCT open_on FROM open_days WHERE open_on BETWEEN DATE '{first - reach}' AND DATE '{last + reach}'"
    )
    opened = {row[0] for row in rows}
    sides = [[timedelta(weeks=sign * k) for k in range(1, _WEEKS_AROUND + 1)] for sign in (-1, 1)]
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return frozenset(
        day for day in days if day not in opened and all(any(day + by in opened for by in side) for side in sides)
    )


def last_open_days(before: date, count: int, engine: Engine) -> tuple[dict[str, tuple[date, ...]], str | None]:
    """The last `count` open days of each calendar before a local day, and which calendar is that of the teams that
    have none: the one that most teams use. Both are empty without opening hours."""
    rows = engine.fetch(
        f"SELECT calendar_id, max(open_on, {count}) FROM open_days WHERE open_on < DATE '{before}' GROUP BY calendar_id"
    )
    days = {calendar_id: tuple(latest) for calendar_id, latest in rows}
    default = engine.default_calendar()
    return days, default if default in days else None


def previous(period: Period, zone: str, *, last_year: bool = False) -> Period:
    """The period just before (rule G2b): as many months before whole months, else as many local days; or the same
    dates a year earlier. A bound that is not a local midnight keeps its time of day."""
    start, end = (to_local(at, zone) for at in (period.start, period.end))
    if last_year:
        return Period(*(_utc(at, _months_before(at.date(), 12), zone) for at in (start, end)))
    if start.day == 1 and end.day == 1 and start.time() == end.time() == datetime.min.time():
        months = 12 * (end.year - start.year) + end.month - start.month
        return Period(_utc(start, _months_before(start.date(), months), zone), period.start)
    before = [at.date() - timedelta(days=(end.date() - start.date()).days) for at in (start, end)]
    return Period(_utc(start, before[0], zone), _utc(end, before[1], zone))


def _months_before(day: date, months: int) -> date:
    """29 February goes to 28 February."""
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _utc(at: datetime, day: date, zone: str) -> datetime:
    """The same local time of day on another day."""
    return to_utc(day, zone) + (at - datetime(at.year, at.month, at.day))
