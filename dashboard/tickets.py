"""Tickets behind a figure as a table that people read: local times, names, durations in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboard import cache, page, words
from dashboard import format as fmt
from dashboard.breakdown import name_of
from dashboard.filters import Scope
from dashboard.i18n import _, language
from dashboard.periods import to_local
from kpi.model import Answer

Rows = Callable[[int | None], pd.DataFrame]
"""At most so many raw rows of the store; None: all."""


def elapsed(since: pd.Series, until: pd.Series | datetime) -> pd.Series:
    """Seconds between two instants of each row."""
    return (until - since).dt.total_seconds()


def read_at(scope: Scope, answer: Answer) -> datetime:
    """The instant at which a stock of the period is read, naive UTC."""
    return min(answer.as_of, scope.period.end)


def said_at(scope: Scope, answer: Answer) -> str:
    """The same instant in words: "21 Nov 23:59"."""
    return fmt.moment(to_local(read_at(scope, answer), scope.zone), language())


def oldest(scope: Scope, answer: Answer | None, limit: int | None) -> pd.DataFrame:
    """The open requests that a stock counts, the oldest first, with the seconds since each was received."""
    if answer is None or not answer.total.n:
        return pd.DataFrame()
    rows = cache.rows(scope.query(answer.kpi), answer.kpi, limit, oldest_first=True)
    return rows.assign(age_s=elapsed(rows["created_at"], read_at(scope, answer)))


def panel(
    title: str,
    subtitle: str,
    rows: Rows,
    columns: Mapping[str, str],
    *,
    scope: Scope,
    key: str,
    shown: int = 25,
) -> None:
    """The first tickets in a panel, all of them in its CSV.

    `columns`: column of the rows -> its title, in order. Columns that end in `_at` are instants, those in `_s`
    are seconds.
    """
    table = readable(rows(shown), columns, scope.zone)
    writers = {under: _writer(name, table[under]) for name, under in columns.items()}
    formats: dict[Any, str | Callable[[object], str] | None] = {
        under: partial(_written, write) for under, write in writers.items() if write
    }
    with page.panel(title, subtitle, key=key):
        st.dataframe(table.style.format(formats), hide_index=True, key=f"table-{key}")
        with st.container(horizontal=True, key=f"tools-{key}"):
            page.csv_button(lambda: _file(readable(rows(None), columns, scope.zone), columns), key=key)


def readable(rows: pd.DataFrame, columns: Mapping[str, str], zone: ZoneInfo) -> pd.DataFrame:
    """The columns asked, codes as words and instants in local time."""
    return pd.DataFrame({title: _column(rows[name], zone) for name, title in columns.items()})


def titles(*names: str, **others: str) -> dict[str, str]:
    """Column -> title: the usual ones by name, then `others` as given."""
    usual = {"ticket_id": _("Ticket"), "created_at": _("Received")}
    return {name: others.get(name) or usual.get(name) or words.dimension(name) for name in names}


def _column(values: pd.Series, zone: ZoneInfo) -> pd.Series:
    name = str(values.name)
    if name.endswith("_at"):
        local: pd.Series = values.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
        return local
    if name.endswith("_s") or name == "ticket_id":
        return values
    known = {code: name_of(name, None if pd.isna(code) else code) for code in values.unique()}
    return values.map(known.__getitem__)


def _writer(name: str, values: pd.Series) -> Callable[[Any], str] | None:
    """How the values of a column are written; sorting a column still follows the values."""
    lang = language()
    if name.endswith("_at"):
        years = values.dt.year.nunique() > 1
        return lambda when: f"{fmt.day(when, lang, year=years)} {fmt.clock(when)}"
    return partial(_duration, lang) if name.endswith("_s") else None


def _duration(lang: fmt.Lang, seconds: float) -> str:
    return fmt.duration(seconds, lang) if seconds >= 0 else _("none")


def _written(write: Callable[[Any], str], value: Any) -> str:
    return fmt.UNKNOWN if pd.isna(value) else write(value)


def _file(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Durations are whole seconds there, and their titles say so."""
    seconds: Sequence[str] = [title for name, title in columns.items() if name.endswith("_s")]
    whole = table.assign(**{title: table[title].round().astype("Int64") for title in seconds})
    return whole.rename(columns={title: f"{title} (s)" for title in seconds})
