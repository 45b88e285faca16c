from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard import words
from dashboard.filters import Choice, scope_of
from dashboard.i18n import use
from dashboard.periods import Comparison, Preset, Span, compared_with, grain_for, span, whole_months_of
from kpi.model import Grain, Period

PARIS = ZoneInfo("Europe/Paris")
FRIDAY = datetime(2026, 11, 20, 18, 45)


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        (Preset.TODAY, date(2026, 11, 20), date(2026, 11, 20)),
        (Preset.YESTERDAY, date(2026, 11, 19), date(2026, 11, 19)),
        (Preset.LAST_7, date(2026, 11, 14), date(2026, 11, 20)),
        (Preset.LAST_30, date(2026, 10, 22), date(2026, 11, 20)),
        (Preset.LAST_90, date(2026, 8, 23), date(2026, 11, 20)),
        (Preset.THIS_WEEK, date(2026, 11, 16), date(2026, 11, 22)),
        (Preset.LAST_WEEK, date(2026, 11, 9), date(2026, 11, 15)),
        (Preset.THIS_MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        (Preset.LAST_MONTH, date(2026, 10, 1), date(2026, 10, 31)),
        (Preset.THIS_QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        (Preset.LAST_QUARTER, date(2026, 7, 1), date(2026, 9, 30)),
        (Preset.THIS_YEAR, date(2026, 1, 1), date(2026, 12, 31)),
        (Preset.LAST_YEAR, date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_presets_are_relative_to_the_end_of_the_data(preset: Preset, first: date, last: date) -> None:
    made = span(preset, FRIDAY)
    assert (made.first, made.last) == (first, last)


def test_all_the_data_begin_with_the_data_and_have_nothing_before() -> None:
    made = span(Preset.ALL, FRIDAY, since=date(2024, 3, 7))
    assert (made.first, made.last, made.until) == (date(2024, 3, 7), date(2026, 11, 20), FRIDAY)
    scope = scope_of(
        Choice(Preset.ALL),
        data_until=datetime(2026, 11, 20, 17, 45),
        first_instant=datetime(2024, 3, 7, 9),
        timezone="Europe/Paris",
    )
    assert scope.compared is None
    assert scope.period.start == datetime(2024, 3, 6, 23)


@pytest.mark.parametrize(("year", "said"), [(2026, "22 Oct – 20 Nov"), (2027, "22 Oct 2026 – 20 Nov 2026")])
def test_the_year_is_said_when_it_is_not_this_one(monkeypatch: pytest.MonkeyPatch, year: int, said: str) -> None:
    use("en")
    monkeypatch.setattr(words, "this_year", lambda: year)
    assert words.days(span(Preset.LAST_30, FRIDAY)).replace("\u2009", " ") in (said, said.replace(" 2026 –", " –"))
    assert ("2026" in words.moment(FRIDAY)) is (year != 2026)


def test_last_quarter_in_january_is_in_the_year_before() -> None:
    made = span(Preset.LAST_QUARTER, datetime(2026, 1, 5, 9))
    assert (made.first, made.last) == (date(2025, 10, 1), date(2025, 12, 31))


def test_a_running_period_ends_where_the_data_end() -> None:
    assert span(Preset.THIS_MONTH, FRIDAY).until == FRIDAY
    assert span(Preset.LAST_MONTH, FRIDAY).until is None


def test_thirty_days_move_back_by_thirty_five_so_that_weekdays_face_weekdays() -> None:
    earlier = compared_with(span(Preset.LAST_30, FRIDAY), Comparison.PREVIOUS)
    assert earlier == Span(date(2026, 9, 17), date(2026, 10, 16), datetime(2026, 10, 16, 18, 45))
    assert earlier.first.weekday() == date(2026, 10, 22).weekday()


def test_today_faces_the_same_weekday_until_the_same_time() -> None:
    earlier = compared_with(span(Preset.TODAY, FRIDAY), Comparison.PREVIOUS)
    assert earlier == Span(date(2026, 11, 13), date(2026, 11, 13), datetime(2026, 11, 13, 18, 45))


def test_a_running_month_faces_the_same_part_of_the_month_before() -> None:
    earlier = compared_with(span(Preset.THIS_MONTH, FRIDAY), Comparison.PREVIOUS)
    assert earlier == Span(date(2026, 10, 1), date(2026, 10, 31), datetime(2026, 10, 20, 18, 45))


def test_the_31st_of_march_faces_the_whole_of_february() -> None:
    earlier = compared_with(span(Preset.THIS_MONTH, datetime(2026, 3, 31, 12)), Comparison.PREVIOUS)
    assert earlier == Span(date(2026, 2, 1), date(2026, 2, 28))


def test_whole_months_chosen_by_hand_face_as_many_whole_months() -> None:
    chosen = span(Preset.CUSTOM, FRIDAY, (date(2026, 2, 1), date(2026, 3, 31)))
    assert compared_with(chosen, Comparison.PREVIOUS) == Span(date(2025, 12, 1), date(2026, 1, 31))


def test_last_year_is_the_same_dates_and_leap_days_fall_back() -> None:
    leap = span(Preset.CUSTOM, FRIDAY, (date(2024, 2, 29), date(2024, 3, 10)))
    assert compared_with(leap, Comparison.LAST_YEAR) == Span(date(2023, 2, 28), date(2023, 3, 10))
    february = span(Preset.CUSTOM, FRIDAY, (date(2025, 2, 1), date(2025, 2, 28)))
    assert compared_with(february, Comparison.LAST_YEAR) == Span(date(2024, 2, 1), date(2024, 2, 29))


def test_a_running_year_faces_the_same_dates_a_year_earlier() -> None:
    earlier = compared_with(span(Preset.THIS_YEAR, FRIDAY), Comparison.LAST_YEAR)
    assert earlier == Span(date(2025, 1, 1), date(2025, 12, 31), datetime(2025, 11, 20, 18, 45))


def test_no_comparison_is_none() -> None:
    assert compared_with(span(Preset.LAST_7, FRIDAY), Comparison.NONE) is None


def test_the_day_the_clocks_change_lasts_twenty_five_hours() -> None:
    day = Span(date(2026, 10, 25), date(2026, 10, 25)).instants(PARIS)
    assert day == Period(datetime(2026, 10, 24, 22), datetime(2026, 10, 25, 23))


@pytest.mark.parametrize(
    ("days", "grain"), [(1, Grain.HOUR), (7, Grain.DAY), (100, Grain.DAY), (101, Grain.WEEK), (500, Grain.MONTH)]
)
def test_the_grain_follows_the_length(days: int, grain: Grain) -> None:
    first = date(2024, 1, 1)
    assert grain_for(Span(first, date.fromordinal(first.toordinal() + days - 1))) is grain


@pytest.mark.parametrize(
    ("current", "first", "last"),
    [
        (Span(date(2026, 10, 23), date(2026, 11, 21), datetime(2026, 11, 21, 23, 59)), "2026-10-01", "2026-10-31"),
        (Span(date(2026, 8, 24), date(2026, 11, 21)), "2026-09-01", "2026-10-31"),
        (Span(date(2026, 10, 1), date(2026, 10, 31)), "2026-10-01", "2026-10-31"),
        (Span(date(2026, 11, 1), date(2026, 11, 30), datetime(2026, 11, 30, 12)), "2026-10-01", "2026-10-31"),
        (Span(date(2026, 1, 5), date(2026, 1, 9)), "2025-12-01", "2025-12-31"),
    ],
)
def test_part_of_a_month_is_never_a_whole_one(current: Span, first: str, last: str) -> None:
    months = whole_months_of(current)
    assert (months.first.isoformat(), months.last.isoformat(), months.until) == (first, last, None)
