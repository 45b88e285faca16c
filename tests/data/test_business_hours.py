"""Opening hours against worked cases, the invariants of any calendar, and a literal computation."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.business_hours import (
    NEVER,
    SECOND,
    Calendar,
    DayException,
    OpeningRanges,
    WeeklyRange,
    expand,
    public_holidays,
)

PARIS = ZoneInfo("Europe/Paris")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEKDAYS, EVERY_DAY = range(1, 6), range(1, 8)


def weekly(days: range, *hours: tuple[str, str]) -> tuple[WeeklyRange, ...]:
    return tuple(
        WeeklyRange(day, time.fromisoformat(opening), time.fromisoformat(closing))
        for day in days
        for opening, closing in hours
    )


OFFICE = weekly(WEEKDAYS, ("08:00", "19:00"))
CALENDARS = {
    "STD": Calendar("STD", hours=OFFICE, exceptions=(DayException(date(2025, 12, 20), time(9), time(13)),)),
    "ALSACE": Calendar("ALSACE", holiday_set="FR-ALSACE-MOSELLE", hours=OFFICE),
    "LUNCH": Calendar("LUNCH", hours=weekly(WEEKDAYS, ("09:00", "12:30"), ("13:30", "18:00"))),
    "NIGHT": Calendar("NIGHT", hours=weekly(EVERY_DAY, ("22:00", "06:00"))),
    "ALL": Calendar("ALL", holiday_set="NONE", hours=weekly(EVERY_DAY, ("00:00", "00:00"))),
}


def us(local: str, fold: int = 0) -> int:
    """UTC microseconds of a time in Paris."""
    at = datetime.fromisoformat(local).replace(tzinfo=PARIS, fold=fold)
    return (at.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


def of_2025(name: str) -> OpeningRanges:
    return expand(CALENDARS[name], date(2025, 1, 1), date(2026, 1, 31))


@pytest.mark.parametrize(
    ("name", "start", "end", "seconds"),
    [
        ("STD", "2025-03-03 09:00", "2025-03-03 15:30", 23_400),
        ("STD", "2025-03-04 06:00", "2025-03-04 21:00", 39_600),
        ("STD", "2025-03-07 18:00", "2025-03-10 09:00", 7_200),
        ("STD", "2025-03-08 10:00", "2025-03-09 10:00", 0),
        ("STD", "2025-04-18 18:00", "2025-04-22 09:00", 7_200),
        ("ALSACE", "2025-04-18 18:00", "2025-04-22 09:00", 3_600),
        ("STD", "2025-04-30 17:00", "2025-05-02 10:00", 14_400),
        ("STD", "2025-05-28 18:30", "2025-05-30 08:15", 2_700),
        ("LUNCH", "2025-03-03 12:00", "2025-03-03 14:00", 3_600),
        ("NIGHT", "2025-03-03 23:00", "2025-03-04 05:00", 21_600),
        ("NIGHT", "2025-03-04 04:00", "2025-03-04 23:00", 10_800),
        ("NIGHT", "2025-03-29 22:00", "2025-03-30 06:00", 25_200),
        ("ALL", "2025-03-30 00:00", "2025-03-31 00:00", 82_800),
        ("NIGHT", "2025-10-25 22:00", "2025-10-26 06:00", 32_400),
        ("ALL", "2025-10-26 00:00", "2025-10-27 00:00", 90_000),
        ("STD", "2025-12-19 18:00", "2025-12-22 09:00", 21_600),
        ("NIGHT", "2025-12-24 22:00", "2025-12-25 06:00", 28_800),
        ("NIGHT", "2025-12-25 22:00", "2025-12-26 06:00", 0),
    ],
)
def test_open_seconds_of_the_worked_cases(name: str, start: str, end: str, seconds: int) -> None:
    assert of_2025(name).business_seconds(us(start), us(end)) == seconds


def test_the_hour_that_comes_twice_counts_twice() -> None:
    first, second = us("2025-10-26 02:30", fold=0), us("2025-10-26 02:30", fold=1)
    assert of_2025("ALL").business_seconds(first, second) == 3_600


def test_an_end_before_its_start_is_no_duration() -> None:
    seconds = of_2025("STD").business_seconds(us("2025-03-04 10:00"), us("2025-03-04 09:00"))
    assert seconds is np.ma.masked or bool(np.ma.getmaskarray(seconds).all())


@pytest.mark.parametrize(
    ("name", "start", "seconds", "due"),
    [
        ("STD", "2025-03-07 18:00", 7_200, "2025-03-10 09:00"),
        ("STD", "2025-03-03 17:00", 7_200, "2025-03-03 19:00"),
        ("STD", "2025-03-08 12:00", 3_600, "2025-03-10 09:00"),
        ("STD", "2025-12-24 18:30", 3_600, "2025-12-26 08:30"),
        ("STD", "2025-03-03 19:00", 60, "2025-03-04 08:01"),
        ("NIGHT", "2025-03-29 22:00", 25_200, "2025-03-30 06:00"),
        ("STD", "2025-03-08 12:00", 0, "2025-03-08 12:00"),
        ("STD", "2025-03-08 12:00", -5, "2025-03-08 12:00"),
    ],
)
def test_deadlines_of_the_worked_cases(name: str, start: str, seconds: int, due: str) -> None:
    assert of_2025(name).add_business_seconds(us(start), seconds) == us(due)


def test_opening_is_inside_and_closing_outside() -> None:
    at = [us(f"2025-03-03 {hour}") for hour in ("07:59", "08:00", "18:59", "19:00")]
    assert of_2025("STD").in_hours(at).tolist() == [False, True, True, False]


def test_next_open_from_inside_and_outside() -> None:
    at = [us("2025-03-03 12:00"), us("2025-03-03 19:00"), us("2025-03-08 00:00")]
    expected = [us("2025-03-03 12:00"), us("2025-03-04 08:00"), us("2025-03-10 08:00")]
    assert of_2025("STD").next_open(at).tolist() == expected


def test_a_time_that_spring_skips_keeps_the_offset_of_before() -> None:
    calendar = Calendar("GAP", holiday_set="NONE", hours=weekly(EVERY_DAY, ("02:30", "05:00")))
    ranges = expand(calendar, date(2025, 3, 30), date(2025, 3, 30))
    assert ranges.open_us[-1] == us("2025-03-30 03:30")


def test_a_range_inside_the_skipped_hour_is_never_negative() -> None:
    calendar = Calendar("GAP", holiday_set="NONE", hours=weekly(range(7, 8), ("02:30", "03:00")))
    assert not len(expand(calendar, date(2025, 3, 30), date(2025, 3, 30)).open_us)


def test_weekly_hours_hold_only_between_their_dates() -> None:
    summer = WeeklyRange(1, time(9), time(10), date(2025, 7, 1), date(2025, 7, 14))
    ranges = expand(Calendar("SUMMER", holiday_set="NONE", hours=(summer,)), date(2025, 6, 1), date(2025, 8, 1))
    assert ranges.open_us.tolist() == [us("2025-07-07 09:00"), us("2025-07-14 09:00")]


def test_an_exception_opens_a_holiday_and_closes_a_day() -> None:
    exceptions = (DayException(date(2025, 6, 9), time(8), time(12)), DayException(date(2025, 6, 10)))
    calendar = Calendar("X", hours=OFFICE, exceptions=exceptions)
    ranges = expand(calendar, date(2025, 6, 9), date(2025, 6, 11))
    assert ranges.business_seconds(us("2025-06-09 00:00"), us("2025-06-11 00:00")) == 4 * 3_600


def test_overlapping_ranges_count_once() -> None:
    calendar = Calendar("X", holiday_set="NONE", hours=weekly(EVERY_DAY, ("08:00", "12:00"), ("10:00", "14:00")))
    ranges = expand(calendar, date(2025, 3, 3), date(2025, 3, 3))
    assert ranges.business_seconds(us("2025-03-03 00:00"), us("2025-03-04 00:00")) == 6 * 3_600


def test_a_calendar_that_never_opens_reaches_nothing() -> None:
    ranges = expand(Calendar("CLOSED"), date(2025, 1, 1), date(2025, 12, 31))
    assert ranges.business_seconds(0, 10**15) == 0
    assert ranges.add_business_seconds([0, 0], [1, 0]).tolist() == [NEVER, 0]
    assert ranges.next_open([5]).tolist() == [NEVER]
    assert ranges.in_hours([5]).tolist() == [False]


def easter(year: int) -> date:
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    h = (19 * a + b - d - (b - f + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + weekday - 7 * ((a + 11 * h + 22 * weekday) // 451) + 114, 31)
    return date(year, month, day + 1)


@pytest.mark.parametrize("year", range(2008, 2101))
def test_french_public_holidays_are_the_eleven_and_two_more_in_alsace(year: int) -> None:
    fixed = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
    france = {date(year, *day) for day in fixed} | {easter(year) + timedelta(n) for n in (1, 39, 50)}
    assert public_holidays("FR", year, year) == france
    assert public_holidays("FR-ALSACE-MOSELLE", year, year) == france | {
        easter(year) - timedelta(2),
        date(year, 12, 26),
    }
    assert not public_holidays("NONE", year, year)


# Any calendar: the algorithm of the specification, one range and one row at a time.


def literal_ranges(calendar: Calendar, first: date, last: date) -> list[tuple[int, int]]:
    zone = ZoneInfo(calendar.tz)

    def utc(day: date, at: time, role: str) -> int:
        u0, u1 = (
            (datetime.combine(day, at, tzinfo=zone).replace(fold=fold).astimezone(UTC) - EPOCH)
            // timedelta(microseconds=1)
            for fold in (0, 1)
        )
        return u1 if u1 > u0 and role == "close" else u0

    closed = public_holidays(calendar.holiday_set, first.year - 1, last.year)
    ranges = []
    day = first - timedelta(1)
    while day <= last:
        special = [x for x in calendar.exceptions if x.on_date == day]
        hours: list[tuple[time | None, time | None]]
        if special:
            hours = [(x.open_local, x.close_local) for x in special]
        elif day in closed:
            hours = []
        else:
            hours = [
                (x.open_local, x.close_local)
                for x in calendar.hours
                if x.weekday == day.isoweekday() and (x.valid_from or date.min) <= day <= (x.valid_to or date.max)
            ]
        for opening, closing in hours:
            if opening is not None and closing is not None:
                next_day = closing <= opening
                ranges.append((utc(day, opening, "open"), utc(day + timedelta(next_day), closing, "close")))
        day += timedelta(1)
    merged: list[tuple[int, int]] = []
    for opening_us, closing_us in sorted(r for r in ranges if r[1] > r[0]):
        if merged and opening_us <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], closing_us)
        else:
            merged.append((opening_us, closing_us))
    return merged


def literal_seconds(ranges: list[tuple[int, int]], start: int, end: int) -> int | None:
    if end < start:
        return None
    return sum(max(0, min(end, closing) - max(start, opening)) for opening, closing in ranges) // SECOND


minutes = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
days_of_2025 = st.integers(0, 364).map(lambda n: date(2025, 1, 1) + timedelta(n))
calendars = st.builds(
    Calendar,
    calendar_id=st.just("X"),
    tz=st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    holiday_set=st.sampled_from(["FR", "FR-ALSACE-MOSELLE", "NONE"]),
    hours=st.lists(
        st.builds(
            WeeklyRange,
            weekday=st.integers(1, 7),
            open_local=minutes,
            close_local=minutes,
            valid_from=st.none() | days_of_2025,
            valid_to=st.none() | days_of_2025,
        ),
        max_size=10,
    ).map(tuple),
    exceptions=st.lists(
        st.builds(DayException, on_date=days_of_2025, open_local=st.none() | minutes, close_local=minutes),
        max_size=4,
    ).map(tuple),
)
# Near the two changes of the clocks of Europe, of America and of Lord Howe, and anywhere else in the year.
changes = [datetime(2025, m, d, tzinfo=UTC) for m, d in ((3, 30), (10, 26), (3, 9), (11, 2), (4, 5), (10, 4))]
instants = st.one_of(
    st.builds(lambda day, s: day + timedelta(seconds=s), st.sampled_from(changes), st.integers(-200_000, 200_000)),
    st.datetimes(datetime(2025, 1, 2), datetime(2025, 12, 30), timezones=st.just(UTC)).map(
        lambda at: at.replace(microsecond=0)
    ),
).map(lambda at: (at - EPOCH) // timedelta(microseconds=1))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(calendars, st.lists(instants, min_size=3, max_size=3).map(sorted), st.integers(0, 10_000_000))
def test_13_any_calendar_agrees_with_the_literal_algorithm(calendar: Calendar, at: list[int], more: int) -> None:
    a, b, c = at
    first, last = date(2025, 1, 1), date(2026, 1, 31)
    ranges, literal = expand(calendar, first, last), literal_ranges(calendar, first, last)
    assert list(zip(ranges.open_us.tolist(), ranges.close_us.tolist(), strict=True)) == literal

    def seconds(start: int, end: int) -> int:
        return int(ranges.business_seconds(start, end))

    assert seconds(a, c) == literal_seconds(literal, a, c)
    assert seconds(a, b) + seconds(b, c) == seconds(a, c)
    assert 0 <= seconds(a, c) <= (c - a) // SECOND
    assert bool(ranges.in_hours(a)) == any(opening <= a < closing for opening, closing in literal)

    due = int(ranges.add_business_seconds(a, more))
    if due == NEVER:
        assert more > seconds(a, literal[-1][1] if literal and literal[-1][1] > a else a)
    else:
        assert seconds(a, due) == more
        assert more == 0 or literal_seconds(literal, a, due - 1) == more - 1


def test_arrays_answer_as_single_instants_do() -> None:
    ranges = of_2025("LUNCH")
    random = np.random.default_rng(1)
    start = us("2025-02-01 00:00") + random.integers(0, 300 * 86_400, 500) * SECOND
    end = start + random.integers(-86_400, 40 * 86_400, 500) * SECOND
    literal = literal_ranges(CALENDARS["LUNCH"], date(2025, 1, 1), date(2026, 1, 31))
    expected = [literal_seconds(literal, int(a), int(b)) for a, b in zip(start, end, strict=True)]
    assert ranges.business_seconds(start, end).tolist() == expected
