"""Rows of the store as a table that people read: titles, local times, names, durations in words.

The kind of a column is in its name: `_at` an instant, `_on` a local date, `_s` seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from pandas.io.formats.style import Styler

from dashboard import cache, columns, words
from dashboard import format as fmt
from dashboard.i18n import _, language

Titles = Mapping[str, str]
"""Column of the rows -> its title, in the order shown."""
_INSTANTS, _DATES = ("data_until",), ("work_date", "month")
_CODES = ("product_id",)
"""Codes whose names stand in a column beside."""
_NEVER = 9999
"""Year of the instant that has not come: the end of what has not ended."""


def titles_of(rows: pd.DataFrame) -> dict[str, str]:
    """The columns that a reader is shown, with their titles, each title once."""
    titles: dict[str, str] = {}
    for name in filter(columns.shown, map(str, rows.columns)):
        title = columns.title(name)
        titles[name] = title if title not in titles.values() else f"{title} ({name})"
    return titles


def readable(rows: pd.DataFrame, titles: Titles, zone: ZoneInfo) -> pd.DataFrame:
    """The columns asked under their titles, codes as words and instants in local time."""
    return pd.DataFrame({title: _column(rows[name], zone) for name, title in titles.items()})


def styled(rows: pd.DataFrame, titles: Titles, zone: ZoneInfo) -> Styler:
    """The same as it is shown: values keep their type, so that sorting a column follows them."""
    table = readable(rows, titles, zone)
    texts = {title: table[title].fillna(fmt.UNKNOWN) for title in titles.values() if table[title].dtype == object}
    table = table.assign(**texts)  # Streamlit writes a missing text "None", whatever its format.
    writers = {title: _writer(name, table[title]) for name, title in titles.items()}
    formats: dict[Any, str | Callable[[object], str] | None] = {
        title: partial(_written, write) for title, write in writers.items()
    }
    return table.style.format(formats)


def html_rows(rows: pd.DataFrame, titles: Titles, zone: ZoneInfo) -> str:
    """The same as an HTML table; numbers, durations and instants to the right."""
    table = readable(rows, titles, zone)
    cells, right = {}, []
    for name, title in titles.items():
        write = partial(_written, _writer(name, table[title]))
        cells[title] = [words.html(write(value)) for value in table[title]]
        right.append(' class="v-right"' if table[title].dtype != object and not _is_instant(name) else "")
    head = "".join(f'<th scope="col"{side}>{words.html(title)}</th>' for title, side in zip(cells, right, strict=True))
    lines = "".join(
        "<tr>" + "".join(f"<td{side}>{text}</td>" for text, side in zip(line, right, strict=True)) + "</tr>"
        for line in zip(*cells.values(), strict=True)
    )
    return (
        '<div class="v-rows" tabindex="0" role="group">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _is_instant(name: str) -> bool:
    return name.endswith("_at") or name in _INSTANTS


def _is_date(name: str) -> bool:
    return name.endswith("_on") or name in _DATES


def _column(values: pd.Series, zone: ZoneInfo) -> pd.Series:
    name = str(values.name)
    if _is_instant(name):
        known = values.where(values.dt.year < _NEVER)
        local: pd.Series = known.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
        return local
    if pd.api.types.is_bool_dtype(values):
        return values.map({said: words.value(name, said) for said in (True, False)}).astype(object)
    if _is_date(name) or pd.api.types.is_numeric_dtype(values):
        return values
    labels = {} if name in _CODES else cache.labels(name)
    names = {code: words.value(name, code, labels) for code in values.dropna().unique()}
    return values.map(names.get).astype(object)


def _writer(name: str, values: pd.Series) -> Callable[[Any], str]:
    """How the values of a column are written."""
    lang = language()
    if _is_instant(name):
        years = values.dt.year.nunique() > 1
        return lambda when: f"{fmt.day(when, lang, year=years)} {fmt.clock(when)}"
    if _is_date(name):
        return lambda when: fmt.day(when, lang, year=True)
    if name.endswith("_s"):
        return partial(_duration, lang)
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return partial(_number, lang)
    return str


def _duration(lang: fmt.Lang, seconds: float) -> str:
    return fmt.duration(seconds, lang) if seconds >= 0 else _("none")


def _number(lang: fmt.Lang, value: float) -> str:
    return fmt.number(value, lang, 0 if value == int(value) else 2)


def _written(write: Callable[[Any], str], value: Any) -> str:
    return fmt.UNKNOWN if pd.isna(value) else write(value)
