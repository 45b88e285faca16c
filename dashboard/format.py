"""Figures as words: one place decides how a number, a duration, a date or an axis reads in each language.

Babel supplies the symbols and the calendars; the formatting itself is plain Python, because a chart formats
thousands of hover labels. `None` and NaN read "–" everywhere: unknown is never 0.

Spaces inside a figure never break: they are no-break spaces, before a unit and between thousands.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Literal, NamedTuple, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_interval, format_skeleton

from kpi.model import Grain, Unit

Lang = Literal["fr", "en"]
Text = tuple[str, str]
"""A value and its small unit, apart: ("76,4", "%"), ("2 h 13", "")."""

UNKNOWN = "–"
MINUS = "−"
NBSP = "\u00a0"

_LOCALES = {"fr": Locale("fr"), "en": Locale("en", "GB")}
_DAY_LETTER = {"fr": "j", "en": "d"}
_WEEK_OF = {"fr": "sem. du", "en": "week of"}
_AGO = {"fr": "il y a {}", "en": "{} ago"}
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Axis(NamedTuple):
    """The scale of one axis in one unit: data are divided by `divisor`, ticks are in the divided unit."""

    divisor: float
    unit: str
    tickvals: list[float]
    ticktext: list[str]


# Numbers


def number(value: float | None, lang: Lang, decimals: int = 0) -> str:
    """1234.5 with one decimal -> "1 234,5" in French, "1,234.5" in English."""
    if _unknown(value):
        return UNKNOWN
    text = f"{round(cast(float, value), decimals) + 0.0:,.{decimals}f}"
    return text.translate(_symbols(lang))


def signed(value: float | None, lang: Lang, decimals: int = 0) -> str:
    """A number with its sign; zero has none. 31 -> "+31", -4 -> "−4"."""
    text = number(value, lang, decimals)
    return f"+{text}" if text[0].isdigit() and any(digit in text for digit in "123456789") else text


def percent(fraction: float | None, lang: Lang, decimals: int = 1) -> str:
    """0.764 -> "76,4 %" in French, "76.4%" in English."""
    if _unknown(fraction):
        return UNKNOWN
    return number(cast(float, fraction) * 100, lang, decimals) + _percent_suffix(lang)


def points(value: float | None, lang: Lang, decimals: int = 1, sign: bool = True) -> str:
    """A difference of two percentages or two scores, already in points: -2.0 -> "−2,0 pts"."""
    text = signed(value, lang, decimals) if sign else number(value, lang, decimals)
    return text if text == UNKNOWN else f"{text}{NBSP}{_point_word(cast(float, value), lang)}"


def euros(value: float | None, lang: Lang, decimals: int = 2) -> str:
    """1234.5 -> "1 234,50 €" in French, "€1,234.50" in English."""
    if _unknown(value):
        return UNKNOWN
    amount = number(value, lang, decimals)
    if lang == "fr":
        return f"{amount}{NBSP}€"
    return amount.replace(MINUS, f"{MINUS}€") if amount.startswith(MINUS) else f"€{amount}"


# Durations


def duration(seconds: float | None, lang: Lang, days: bool = True) -> str:
    """A duration as a person says it: "42 s", "3 min 05", "2 h 13", "1 j 4 h"; from ten days, "19 j".

    `days` False stops at hours: of business time, a day is not 24 hours.
    """
    if _unknown(seconds):
        return UNKNOWN
    length = abs(cast(float, seconds))
    text = _length(length, lang, days)
    return MINUS + text if cast(float, seconds) < 0 and text[0] != "0" else text


def age(seconds: float | None, lang: Lang) -> str:
    """How long ago, in one unit rounded down: 200 -> "il y a 3 min", "3 min ago"."""
    if _unknown(seconds):
        return UNKNOWN
    elapsed = max(int(cast(float, seconds)), 0)
    unit_s, word = next(
        (unit for unit in ((_DAY, _DAY_LETTER[lang]), (_HOUR, "h"), (_MINUTE, "min")) if elapsed >= unit[0]),
        (1, "s"),
    )
    return _AGO[lang].format(f"{number(elapsed // unit_s, lang)}{NBSP}{word}")


# Any KPI


def value(amount: float | None, unit: Unit, lang: Lang) -> Text:
    """A KPI's value and its small unit: RATIO 0.764 -> ("76,4", "%"), SECONDS 7980 -> ("2 h 13", "")."""
    if _unknown(amount):
        return UNKNOWN, ""
    known = cast(float, amount)
    match unit:
        case Unit.SECONDS:
            return duration(known, lang), ""
        case Unit.RATIO:
            return number(known * 100, lang, 1), "%"
        case Unit.NPS:
            return signed(known, lang), ""
        case Unit.DAYS:
            return number(known, lang, 1), _DAY_LETTER[lang]
        case Unit.SCORE:
            return number(known, lang, 1), "/100"
        case Unit.EUROS:
            return (number(known, lang, 2), "€") if lang == "fr" else (euros(known, lang), "")
        case Unit.COUNT:
            return number(known, lang), ""
        case Unit.NUMBER:
            return number(known, lang, 2), ""


def text(amount: float | None, unit: Unit, lang: Lang) -> str:
    """A KPI's value in one string: "76,4 %", "76.4%", "2 h 13", "+31", "3,8 j"."""
    return formatter(unit, lang)(amount)


def formatter(unit: Unit, lang: Lang) -> Callable[[float | None], str]:
    """The function that writes a value of this unit; looked up once for many values."""
    match unit:
        case Unit.SECONDS:
            return lambda amount: duration(amount, lang)
        case Unit.RATIO:
            return lambda amount: percent(amount, lang)
        case Unit.EUROS:
            return lambda amount: euros(amount, lang)
        case _:
            return lambda amount: _joined(value(amount, unit, lang))


def delta(amount: float | None, unit: Unit, lang: Lang, relative: float | None = None, sign: bool = True) -> str:
    """A change, in the words of rule G14: ratios and scores in points, durations as durations, counts and
    euros in % when `relative` (a fraction) is known. RATIO -0.031 -> "−3,1 pts"; SECONDS -1440 -> "−24 min".
    """
    if _unknown(amount):
        return UNKNOWN
    change = cast(float, amount)
    if unit in (Unit.COUNT, Unit.EUROS, Unit.NUMBER) and not _unknown(relative):
        share = percent(abs(cast(float, relative)), lang, 0 if abs(cast(float, relative)) >= 0.1 else 1)
        return _with_sign(share, change, sign)
    match unit:
        case Unit.RATIO:
            return points(change * 100 if sign else abs(change) * 100, lang, 1, sign)
        case Unit.NPS:
            return points(change if sign else abs(change), lang, 0, sign)
        case Unit.SCORE:
            return points(change if sign else abs(change), lang, 1, sign)
        case _:
            return _with_sign(text(abs(change), unit, lang), change, sign)


# Dates


def day(when: date, lang: Lang, year: bool = False, weekday: bool = False) -> str:
    """ "22 oct.", "22 oct. 2025", "mer. 22 oct." """
    return _skeleton(("y" if year else "") + "MMM" + ("E" if weekday else "") + "d", _date(when), lang)


def month(when: date, lang: Lang, year: bool = True) -> str:
    """ "nov. 2025", or "nov."."""
    return _skeleton("yMMM" if year else "MMM", _date(when), lang)


def weekday(iso_day: int, lang: Lang, short: bool = True) -> str:
    """1 -> "lun." or "lundi"; ISO numbering, Monday is 1."""
    names = _LOCALES[lang].days["stand-alone"]["abbreviated" if short else "wide"]
    return str(names[iso_day - 1])


def hour(of_day: int, lang: Lang) -> str:
    """14 -> "14 h" in French, "14:00" in English."""
    return f"{of_day}{NBSP}h" if lang == "fr" else f"{of_day:02d}:00"


def clock(when: datetime) -> str:
    """ "18:45", in both languages."""
    return f"{when:%H:%M}"


def moment(when: datetime, lang: Lang) -> str:
    """ "20 nov. 18:45", of a local time."""
    return f"{day(when, lang)} {clock(when)}"


def date_range(first: date, last: date, lang: Lang, year: bool = False) -> str:
    """Both days included: "22 oct. – 20 nov."; the year is written when asked or when the two differ."""
    if first == last:
        return day(first, lang, year)
    skeleton = "yMMMd" if year or first.year != last.year else "MMMd"
    between = str(format_interval(first, last, skeleton, locale=_LOCALES[lang]))
    return between.replace("\u2009–\u2009", " – ")


def bucket(when: date | datetime, grain: Grain, lang: Lang, timezone: str = "Europe/Paris") -> str:
    """The full name of a time bucket, unique in its chart: "mer. 22 oct. 2025", "sem. du 20 oct. 2025",
    "oct. 2025", "T4 2025". Hours are naive UTC instants, written in `timezone`."""
    match grain:
        case Grain.HALF_HOUR | Grain.HOUR:
            local = local_time(when, timezone)
            return f"{day(local, lang, weekday=True)} {clock(local)}{' (2)' if local.fold else ''}"
        case Grain.DAY:
            return day(when, lang, year=True, weekday=True)
        case Grain.WEEK:
            return f"{_WEEK_OF[lang]} {day(when, lang, year=True)}"
        case Grain.MONTH:
            return month(when, lang)
        case Grain.QUARTER:
            return _skeleton("yQQQ", when, lang)
        case Grain.YEAR:
            return str(when.year)


def local_time(when: date, timezone: str) -> datetime:
    """A naive UTC instant as local time."""
    instant = when if isinstance(when, datetime) else datetime(when.year, when.month, when.day)
    return instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(timezone))


# Axes


def duration_axis(max_seconds: float, lang: Lang, ticks: int = 5) -> Axis:
    """One unit for a whole axis that starts at 0: ticks "0", "2 h", "4 h"... up to at least the maximum."""
    top = max(max_seconds, 1.0)
    unit_s, word, steps = next(scale for scale in _duration_scales(lang) if top >= scale[0] * scale[3])[:3]
    step = next((s for s in steps if top / unit_s / s <= ticks), None) or _nice_step(top / unit_s, ticks)
    count = math.ceil(top / unit_s / step - 1e-9)
    vals = [_clean(step * i) for i in range(count + 1)]
    texts = [f"{number(v, lang, _decimals(step))}{NBSP}{word}" if v else "0" for v in vals]
    return Axis(unit_s, word, vals, texts)


def axis(low: float, high: float, unit: Unit, lang: Lang, ticks: int = 5) -> Axis:
    """Nice ticks that cover [low, high] (in the KPI's unit), in one unit for the whole axis."""
    if unit is Unit.SECONDS and low >= 0:
        return duration_axis(high, lang, ticks)
    divisor = 0.01 if unit is Unit.RATIO else 1.0
    bottom, top = low / divisor, high / divisor
    top = top if top > bottom else bottom + 1
    step = _nice_step(top - bottom, ticks)
    if unit in (Unit.COUNT, Unit.NPS):  # Nothing is counted by halves.
        step = 5.0 if step == 2.5 else max(step, 1.0)
    first, last = math.floor(bottom / step + 1e-9), math.ceil(top / step - 1e-9)
    vals = [_clean(step * i) for i in range(first, last + 1)]
    write = _tick_writer(unit, lang, _decimals(step))
    return Axis(divisor, "%" if unit is Unit.RATIO else "", vals, [write(v) for v in vals])


# Inside


def _unknown(value: float | None) -> bool:
    return value is None or value != value


@cache
def _symbols(lang: Lang) -> dict[int, str]:
    symbols = _LOCALES[lang].number_symbols["latn"]
    group = symbols["group"].replace("\u202f", NBSP)  # Inter draws the narrow space too thin to be seen.
    return {ord(","): group, ord("."): symbols["decimal"], ord("-"): MINUS}


@cache
def _percent_suffix(lang: Lang) -> str:
    return str(_LOCALES[lang].percent_formats[None].suffix[0])


def _point_word(value: float, lang: Lang) -> str:
    single = abs(value) < 1.95 if lang == "fr" else abs(value) == 1
    return "pt" if single else "pts"


def _joined(parts: Text) -> str:
    amount, unit = parts
    if not unit:
        return amount
    return amount + unit if unit.startswith("/") else f"{amount}{NBSP}{unit}"


def _with_sign(unsigned: str, change: float, sign: bool) -> str:
    if not sign or not any(digit in unsigned for digit in "123456789"):
        return unsigned
    return ("+" if change > 0 else MINUS) + unsigned


def _length(seconds: float, lang: Lang, days: bool) -> str:
    whole = int(seconds + 0.5)
    if whole < _MINUTE:
        return f"{whole}{NBSP}s"
    if whole < _HOUR:
        return _pair(whole // _MINUTE, "min", whole % _MINUTE, "")
    minutes = int(seconds / _MINUTE + 0.5)
    if minutes < 24 * 60 or not days:
        return _pair(minutes // 60, "h", minutes % 60, "", lang)
    hours = int(seconds / _HOUR + 0.5)
    if hours < 240:
        return _pair(hours // 24, _DAY_LETTER[lang], hours % 24, "h")
    return f"{number(seconds / _DAY, lang)}{NBSP}{_DAY_LETTER[lang]}"


def _pair(big: int, big_unit: str, small: int, small_unit: str, lang: Lang | None = None) -> str:
    head = number(big, lang) if lang and big >= 1_000 else str(big)
    if small == 0:
        return f"{head}{NBSP}{big_unit}"
    tail = f"{small}{NBSP}{small_unit}" if small_unit else f"{small:02d}"
    return f"{head}{NBSP}{big_unit}{NBSP}{tail}"


def _date(when: date) -> date:
    return when.date() if isinstance(when, datetime) else when


@lru_cache(maxsize=8_192)
def _skeleton(pattern: str, when: date, lang: Lang) -> str:
    return str(format_skeleton(pattern, when, locale=_LOCALES[lang])).replace(",", "")


def _duration_scales(lang: Lang) -> tuple[tuple[float, str, tuple[float, ...], float], ...]:
    """Per unit: seconds, word, steps from fine to coarse, and how many of it make it worth using."""
    return (
        (_DAY, _DAY_LETTER[lang], (0.5, 1, 2, 5, 7, 14, 30), 3),
        (_HOUR, "h", (0.5, 1, 2, 3, 4, 6, 8, 12, 24), 2),
        (_MINUTE, "min", (0.5, 1, 2, 5, 10, 15, 20, 30), 2),
        (1, "s", (1, 2, 5, 10, 15, 20, 30), 0),
    )


def _nice_step(span: float, ticks: int) -> float:
    rough = span / ticks
    magnitude = 10.0 ** math.floor(math.log10(rough))
    return next(magnitude * m for m in (1, 2, 2.5, 5, 10) if magnitude * m >= rough * (1 - 1e-9))


def _clean(value: float) -> float:
    return round(value, 6) + 0.0


def _decimals(step: float) -> int:
    return next((d for d in range(4) if abs(step - round(step, d)) < 1e-9), 4)


def _tick_writer(unit: Unit, lang: Lang, decimals: int) -> Callable[[float], str]:
    match unit:
        case Unit.RATIO:
            return lambda tick: percent(tick / 100, lang, decimals)
        case Unit.NPS:
            return lambda tick: signed(tick, lang, decimals)
        case Unit.EUROS:
            return lambda tick: euros(tick, lang, decimals)
        case Unit.DAYS:
            return lambda tick: f"{number(tick, lang, decimals)}{NBSP}{_DAY_LETTER[lang]}"
        case Unit.SECONDS:
            return lambda tick: duration(tick, lang)
        case _:
            return lambda tick: number(tick, lang, decimals)
