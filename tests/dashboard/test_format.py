"""Figures as words, in French and in English."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from dashboard import format as fmt
from dashboard.format import Lang
from kpi.model import Grain, Unit


def plain(text: str) -> str:
    """No-break spaces as spaces, to read the expectations."""
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "decimals", "fr", "en"),
    [
        (1234.5, 1, "1 234,5", "1,234.5"),
        (1284, 0, "1 284", "1,284"),
        (1234567, 0, "1 234 567", "1,234,567"),
        (-4, 0, "−4", "−4"),
        (-0.04, 1, "0,0", "0.0"),
        (0, 0, "0", "0"),
        (None, 0, "–", "–"),
        (float("nan"), 2, "–", "–"),
    ],
)
def test_number(value: float | None, decimals: int, fr: str, en: str) -> None:
    assert plain(fmt.number(value, "fr", decimals)) == fr
    assert plain(fmt.number(value, "en", decimals)) == en


def test_percent() -> None:
    assert plain(fmt.percent(0.764, "fr")) == "76,4 %"
    assert fmt.percent(0.764, "en") == "76.4%"
    assert plain(fmt.percent(12.345, "fr")) == "1 234,5 %"
    assert fmt.percent(1.0, "en", 0) == "100%"
    assert fmt.percent(None, "fr") == "–"


@pytest.mark.parametrize(("value", "text"), [(31, "+31"), (-4, "−4"), (0, "0"), (-0.3, "0"), (None, "–")])
def test_nps_is_a_signed_integer(value: float | None, text: str) -> None:
    assert fmt.text(value, Unit.NPS, "fr") == fmt.text(value, Unit.NPS, "en") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (42, "42 s"),
        (59.7, "1 min"),
        (185, "3 min 05"),
        (180, "3 min"),
        (3599.6, "1 h"),
        (7980, "2 h 13"),
        (14_400, "4 h"),
        (86_399, "1 j"),
        (100_800, "1 j 4 h"),
        (86_400 * 9 + 3_600 * 23.6, "10 j"),
        (86_400 * 19, "19 j"),
        (-1440, "−24 min"),
        (-0.2, "0 s"),
        (None, "–"),
    ],
)
def test_durations_read_as_a_person_says_them(seconds: float | None, text: str) -> None:
    assert plain(fmt.duration(seconds, "fr")) == text
    assert plain(fmt.duration(seconds, "en")) == text.replace(" j", " d")


def test_business_durations_stop_at_hours() -> None:
    assert plain(fmt.duration(100_800, "fr", days=False)) == "28 h"
    assert plain(fmt.duration(5_000_000, "fr", days=False)) == "1 388 h 53"


@pytest.mark.parametrize("seconds", range(0, 400_000, 977))
def test_no_duration_carries_sixty_minutes_or_twenty_four_hours(seconds: int) -> None:
    text = plain(fmt.duration(seconds, "fr"))
    assert "min 60" not in text
    assert "h 60" not in text
    assert "24 h" not in text


def test_points_and_deltas() -> None:
    assert plain(fmt.points(-2, "fr")) == "−2,0 pts"
    assert plain(fmt.points(0.6, "fr")) == "+0,6 pt"
    assert plain(fmt.points(0.6, "en")) == "+0.6 pts"
    assert plain(fmt.delta(-0.031, Unit.RATIO, "fr")) == "−3,1 pts"
    assert plain(fmt.delta(-0.031, Unit.RATIO, "fr", sign=False)) == "3,1 pts"
    assert plain(fmt.delta(-1440, Unit.SECONDS, "fr")) == "−24 min"
    assert plain(fmt.delta(4, Unit.NPS, "en")) == "+4 pts"
    assert plain(fmt.delta(106, Unit.COUNT, "fr", relative=0.09)) == "+9,0 %"
    assert plain(fmt.delta(106, Unit.COUNT, "fr")) == "+106"
    assert fmt.delta(0, Unit.COUNT, "fr", relative=0.0) == "0,0\u00a0%"
    assert fmt.delta(None, Unit.RATIO, "fr") == "–"


@pytest.mark.parametrize(
    ("amount", "unit", "fr", "en"),
    [
        (0.764, Unit.RATIO, ("76,4", "%"), ("76.4", "%")),
        (7980, Unit.SECONDS, ("2 h 13", ""), ("2 h 13", "")),
        (1284, Unit.COUNT, ("1 284", ""), ("1,284", "")),
        (31, Unit.NPS, ("+31", ""), ("+31", "")),
        (3.8, Unit.DAYS, ("3,8", "j"), ("3.8", "d")),
        (72.4, Unit.SCORE, ("72,4", "/100"), ("72.4", "/100")),
        (1234.5, Unit.EUROS, ("1 234,50", "€"), ("€1,234.50", "")),
        (4.213, Unit.NUMBER, ("4,21", ""), ("4.21", "")),
        (None, Unit.RATIO, ("–", ""), ("–", "")),
    ],
)
def test_a_card_gets_value_and_unit_apart(
    amount: float | None, unit: Unit, fr: tuple[str, str], en: tuple[str, str]
) -> None:
    assert tuple(map(plain, fmt.value(amount, unit, "fr"))) == fr
    assert tuple(map(plain, fmt.value(amount, unit, "en"))) == en


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_card_and_text_show_the_same_figure(unit: Unit, lang: Lang) -> None:
    for amount in (0.0, 0.5, 12.34, 987.6):
        number, small = fmt.value(amount, unit, lang)
        assert fmt.text(amount, unit, lang).startswith(number)
        assert fmt.text(amount, unit, lang).endswith(small)


def test_dates() -> None:
    first, last = date(2025, 10, 22), date(2025, 11, 20)
    assert fmt.day(first, "fr") == "22 oct."
    assert fmt.day(first, "en") == "22 Oct"
    assert fmt.day(first, "fr", year=True, weekday=True) == "mer. 22 oct. 2025"
    assert fmt.date_range(first, last, "fr") == "22 oct. – 20 nov."
    assert fmt.date_range(first, last, "en") == "22 Oct – 20 Nov"
    assert fmt.date_range(first, date(2026, 1, 3), "fr") == "22 oct. 2025 – 3 janv. 2026"
    assert fmt.date_range(first, first, "fr") == "22 oct."
    assert fmt.month(first, "fr") == "oct. 2025"
    assert [fmt.weekday(i, "fr") for i in (1, 7)] == ["lun.", "dim."]
    assert fmt.weekday(1, "en", short=False) == "Monday"
    assert plain(fmt.hour(14, "fr")) == "14 h"
    assert fmt.hour(9, "en") == "09:00"
    assert fmt.moment(datetime(2025, 11, 20, 18, 45), "fr") == "20 nov. 18:45"


def test_buckets_are_named_in_local_time_and_differ_over_the_repeated_hour() -> None:
    assert fmt.bucket(date(2025, 10, 20), Grain.WEEK, "fr") == "sem. du 20 oct. 2025"
    assert fmt.bucket(date(2025, 10, 1), Grain.QUARTER, "fr") == "T4 2025"
    first = fmt.bucket(datetime(2025, 10, 26, 0, 30), Grain.HALF_HOUR, "fr")
    second = fmt.bucket(datetime(2025, 10, 26, 1, 30), Grain.HALF_HOUR, "fr")
    assert first == "dim. 26 oct. 02:30"
    assert second != first


def test_age() -> None:
    assert plain(fmt.age(200, "fr")) == "il y a 3 min"
    assert plain(fmt.age(200, "en")) == "3 min ago"
    assert plain(fmt.age(86_400 * 19, "fr")) == "il y a 19 j"
    assert plain(fmt.age(-5, "fr")) == "il y a 0 s"


@pytest.mark.parametrize(
    ("seconds", "ticks"),
    [
        (50, ["0", "10 s", "20 s", "30 s", "40 s", "50 s"]),
        (185, ["0", "1 min", "2 min", "3 min", "4 min"]),
        (8 * 3600, ["0", "2 h", "4 h", "6 h", "8 h"]),
        (2 * 86_400, ["0", "12 h", "24 h", "36 h", "48 h"]),
        (9 * 86_400, ["0", "2 j", "4 j", "6 j", "8 j", "10 j"]),
    ],
)
def test_a_duration_axis_keeps_one_unit(seconds: float, ticks: list[str]) -> None:
    assert [plain(text) for text in fmt.duration_axis(seconds, "fr").ticktext] == ticks


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("span", [(0, 0), (0, 1), (0.7, 0.85), (0, 1284), (3.8, 4.4), (0, 3e7)])
def test_an_axis_covers_its_values_with_few_ticks(unit: Unit, span: tuple[float, float]) -> None:
    low, high = span
    axis = fmt.axis(low, high, unit, "fr")
    assert axis.tickvals[0] <= low / axis.divisor + 1e-6
    assert axis.tickvals[-1] >= high / axis.divisor - 1e-6
    assert 2 <= len(axis.tickvals) <= 8
    assert len(set(axis.ticktext)) == len(axis.ticktext)
