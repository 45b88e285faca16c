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
    writers = {title: _writer(name, table[title]) for name, title in titles.items()}
    formats: dict[Any, str | Callable[[object], str] | None] = {
        title: partial(_written, write) for title, write in writers.items()
    }
    return table.style.format(formats)


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
    labels = cache.labels(name)
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
