"""A table as a spreadsheet: numbers, shares, durations and dates are typed, text is never run as a formula.

A page writes its figures in words ("76,4 %", "2 h 13"): a column whose cells all read as one kind of amount becomes
that amount, as precise as it was shown. Pure: no session.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import islice
from typing import Any, NamedTuple

import pandas as pd

from dashboard import format as fmt
from dashboard.format import MINUS, NBSP, UNKNOWN, Lang

MOST_ROWS = 100_000
"""A workbook is made cell by cell: a longer table is for the CSV."""
_LONGEST = 32_767
_FORMULA_STARTS = ("=", "+", "-", "@")
_WIDEST, _NARROWEST, _SAMPLE = 60, 8, 400
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TIME = "[h]:mm:ss"
_SECONDS = {"s": 1, "min": 60, "h": 3_600, "j": 86_400, "d": 86_400}
_DURATION = re.compile(r"(\d+) (s|min|h|j|d)(?: (\d{1,2}) ?(h|min)?)?")
_AMOUNT = re.compile(r"(?:0|[1-9]\d{0,2}(?:,\d{3})*)(?:\.\d+)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")


class Amount(NamedTuple):
    """A typed cell, the kind that its whole column must share, and its number format."""

    value: float | date | timedelta
    kind: str
    shown_as: str


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    cells: Iterable[Any]
    """Plain values, None for an empty cell."""
    shown_as: str | None


def workbook(table: pd.DataFrame, lang: Lang, sheet: str, more: Callable[[int], str] = str) -> bytes:
    """The table as an XLSX file: a bold head that stays in sight, columns as wide as their words.

    Beyond `MOST_ROWS` the rest is left out, and the last row says so in the words of `more(rows left out)`.
    """
    import xlsxwriter  # Only when a workbook is asked.

    kept = table.head(MOST_ROWS)
    columns = [_column(str(name), kept.iloc[:, i], lang) for i, name in enumerate(kept.columns)]
    out = BytesIO()
    # Rows are written as they come, text always as text.
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_urls": False, "remove_timezone": True})
    book.set_properties({"author": "Vigie"})
    page = book.add_worksheet(_sheet_name(sheet))
    page.freeze_panes(1, 0)
    styles = _Styles(book)
    for i, column in enumerate(columns):
        page.set_column(i, i, _width(column))
        page.write_string(0, i, str(_clean(column.title)), styles.of(bold=True, text=column.title))
    for row, values in enumerate(zip(*(column.cells for column in columns), strict=True), 1):
        for i, value in enumerate(values):
            _put(page, row, i, value, columns[i], styles)
    if len(table) > MOST_ROWS:
        page.write_string(len(kept) + 1, 0, more(len(table) - MOST_ROWS))
    book.close()
    return out.getvalue()


def amount(text: str, lang: Lang) -> Amount | None:
    """What a figure in words amounts to: the inverse of `dashboard.format`; None when it is no figure of ours.

    "76,4 %" -> 0.764, "2 h 13" -> a timedelta, "1 234" -> 1234, "2026-03-02" -> a date. A bare "12345" is a
    reference, since our own numbers are grouped by thousands.
    """
    if _DAY.fullmatch(text):
        return _moment(text, lang)
    sign = -1 if text.startswith(MINUS) else 1
    bare = _in_one_script(text.removeprefix(MINUS).removeprefix("+"), lang)
    if lasting := _DURATION.fullmatch(bare):
        return Amount(sign * _length(lasting), "duration", _TIME)
    for kind, suffix, factor, mark in (
        ("share", "%", 0.01, "%"), ("euros", "€", 1, '" €"'), ("score", "/100", 1, '"/100"'),
        ("days", "j", 1, '" j"'), ("days", "d", 1, '" d"'), ("number", "", 1, ""),
    ):  # fmt: skip
        digits = bare.removesuffix(suffix).rstrip(" ")
        if (suffix == "" or digits != bare) and _AMOUNT.fullmatch(digits):
            decimals = len(digits.partition(".")[2])
            number = round(sign * float(digits.replace(",", "")) * factor, decimals + 2)
            whole = "0" if kind == "share" else "#,##0"
            return Amount(number, kind, whole + ("." + "0" * decimals if decimals else "") + mark)
    return None


# Columns


def _column(title: str, values: pd.Series, lang: Lang) -> _Column:
    if pd.api.types.is_datetime64_any_dtype(values):
        return _instants(title, values, lang)
    if pd.api.types.is_timedelta64_dtype(values):
        return _Column(title, [None if pd.isna(v) else v.to_pytimedelta() for v in values], _TIME)
    if pd.api.types.is_bool_dtype(values):
        return _Column(title, [None if pd.isna(v) else bool(v) for v in values], None)
    if pd.api.types.is_numeric_dtype(values):
        return _numbers(title, values)
    return _words(title, values, lang)


def _instants(title: str, values: pd.Series, lang: Lang) -> _Column:
    naive = values.dt.tz_localize(None) if values.dt.tz is not None else values
    days = bool((naive.dropna() == naive.dropna().dt.normalize()).all())
    return _Column(title, [None if pd.isna(v) else v.to_pydatetime() for v in naive], _date_format(lang, days))


def _numbers(title: str, values: pd.Series) -> _Column:
    plain = [None if pd.isna(v) or math.isinf(v) else v.item() if hasattr(v, "item") else v for v in values]
    whole = all(v is None or v == int(v) for v in plain)
    return _Column(title, [int(v) if whole and v is not None else v for v in plain], "#,##0" if whole else "#,##0.0##")


def _words(title: str, values: pd.Series, lang: Lang) -> _Column:
    """Text, or amounts when every cell that says something is one, all of the same kind."""
    cells = [None if _nothing(value) else value for value in values]
    said = [cell for cell in cells if cell is not None and cell != UNKNOWN]
    if said and all(isinstance(cell, date) for cell in said):
        shown_as = _date_format(lang, days=not any(isinstance(cell, datetime) for cell in said))
        return _Column(title, [cell if isinstance(cell, date) else None for cell in cells], shown_as)
    read = _read(said, lang)
    if read is None:
        return _Column(title, [_clean(cell) for cell in cells], None)
    found = iter(read)
    typed = [None if cell is None or cell == UNKNOWN else next(found).value for cell in cells]
    return _Column(title, typed, max((one.shown_as for one in read), key=len))


def _read(said: Sequence[Any], lang: Lang) -> list[Amount] | None:
    read = list[Amount]()
    for cell in said:
        one = amount(cell, lang) if isinstance(cell, str) else None
        if one is None or (read and one.kind != read[0].kind):
            return None
        read.append(one)
    return read or None


def _nothing(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or value != value or value == ""


def _clean(value: object) -> object:
    """Any other value as text that a workbook can hold; numbers and truth values as they are."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return _UNPRINTABLE.sub("", str(value))[:_LONGEST]


class _Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book, self._made = book, dict[tuple[Any, ...], Any]()

    def of(self, shown_as: str | None = None, *, bold: bool = False, text: str = "", wrap: bool = False) -> Any:
        """A format; of a `text` that looks like a formula, one that keeps it text once it is edited."""
        quoted = text.startswith(_FORMULA_STARTS)
        key = (shown_as, bold, quoted, wrap)
        if key not in self._made:
            options = {"bold": bold, "quote_prefix": quoted, "text_wrap": wrap, "valign": "top"}
            self._made[key] = self._book.add_format(options | ({"num_format": shown_as} if shown_as else {}))
        return self._made[key]


def _put(page: Any, row: int, i: int, value: object, column: _Column, styles: _Styles) -> None:
    match value:
        case None:
            return
        case bool():
            page.write_boolean(row, i, value)
        case int() | float():
            page.write_number(row, i, value, styles.of(column.shown_as))
        case date() | timedelta():
            page.write_datetime(row, i, value, styles.of(column.shown_as))
        case _:
            text = str(value)
            page.write_string(row, i, text, styles.of(text=text, wrap=len(text) > _WIDEST))


def _width(column: _Column) -> float:
    sample = islice(column.cells, _SAMPLE)
    longest = max((len(_shown(value)) for value in sample), default=0)
    return min(max(longest, len(column.title) + 2, _NARROWEST) + 2, _WIDEST)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return max(str(value).splitlines() or [""], key=len)


def _sheet_name(name: str) -> str:
    """Without what Excel refuses in a name."""
    return re.sub(r"[\[\]:*?/\\]", " ", name)[:31].strip("' ") or "Vigie"


# Figures in words


def _in_one_script(text: str, lang: Lang) -> str:
    """Commas between thousands, a point before decimals, plain spaces."""
    if lang == "fr":
        text = re.sub(rf"(?<=\d){NBSP}(?=\d{{3}}(?!\d))", ",", text.replace(",", "."))
    if text.startswith("€"):
        text = f"{text[1:]} €"
    return text.replace(NBSP, " ").replace("\u202f", " ")


def _length(lasting: re.Match[str]) -> timedelta:
    big, unit, small, small_unit = lasting.groups()
    below = {"min": "s", "h": "min", "j": "h", "d": "h"}.get(unit, "s")
    return timedelta(seconds=int(big) * _SECONDS[unit] + int(small or 0) * _SECONDS[small_unit or below])


def _moment(text: str, lang: Lang) -> Amount | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) == len("2026-03-02"):
        return Amount(when.date(), "day", _date_format(lang, days=True))
    return Amount(when, "instant", _date_format(lang, days=False))


def _date_format(lang: fmt.Lang, days: bool) -> str:
    day = "dd/mm/yyyy" if lang == "fr" else "yyyy-mm-dd"
    return day if days else f"{day} hh:mm"
