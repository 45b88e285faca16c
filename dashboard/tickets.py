"""Tickets behind a figure as a table that people read: local times, names, durations in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard import cache, columns, page, words
from dashboard.filters import Scope
from dashboard.periods import to_local
from dashboard.readable import Titles, html_rows, readable, styled
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
    return words.moment(to_local(read_at(scope, answer), scope.zone))


def oldest(scope: Scope, answer: Answer | None, limit: int | None) -> pd.DataFrame:
    """The open requests that a stock counts, the oldest first, with the seconds since each was received."""
    if answer is None or not answer.total.n or scope.ahead:
        return pd.DataFrame()
    rows = cache.rows(scope.query(answer.kpi), answer.kpi, limit, oldest_first=True)
    return rows.assign(age_s=elapsed(rows["created_at"], read_at(scope, answer)))


def panel(
    title: str,
    subtitle: str,
    rows: Rows,
    titles: Titles,
    *,
    scope: Scope,
    key: str,
    shown: int = 10,
) -> None:
    """The first tickets in a panel; more of them behind "Data", to be sorted, and all of them in its files."""
    # The first are HTML: Streamlit's table would bring a megabyte of scripts to a page that only lists.
    with page.panel(title, subtitle, key=key):
        st.html(html_rows(rows(shown), titles, scope.zone))
        page.tools(
            key,
            lambda: styled(rows(cache.ROWS_SHOWN), titles, scope.zone),
            lambda: _file(readable(rows(None), titles, scope.zone), titles),
        )


def titles(*names: str, **others: str) -> dict[str, str]:
    """Column -> title: its own, or as given in `others`."""
    return {name: others.get(name) or columns.title(name) for name in names}


def _file(table: pd.DataFrame, titles: Titles) -> pd.DataFrame:
    """Durations are whole seconds there, and their titles say so."""
    seconds: Sequence[str] = [title for name, title in titles.items() if name.endswith("_s")]
    whole = table.assign(**{title: table[title].round().astype("Int64") for title in seconds})
    return whole.rename(columns={title: f"{title} (s)" for title in seconds})
