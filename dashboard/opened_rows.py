"""The rows behind a bar of a chart, which a click opens as a drawer over the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from dashboard import cache, definition, page, readable, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi import catalog
from kpi.model import Filter, Query, Status, Value
from kpi.row_scans import DURATION

Rows = Callable[[int | None], pd.DataFrame]
"""At most so many raw rows; None: all."""


def of_value(scope: Scope, kpi_id: str, dimension: str, value: Value) -> None:
    """The rows of one value of a dimension of the KPI."""
    definition.show_rows(scope, kpi_id, (Filter(dimension, (value,)),), named(dimension, value))


def named(dimension: str, value: Value) -> str:
    """The value as people read it."""
    return words.value(dimension, value, cache.labels(dimension))


def of_class(scope: Scope, kpi_id: str, edges_s: Sequence[int], at: int) -> None:
    """The rows of one class of a spread of seconds, the longest first."""
    low, high = edges_s[at], edges_s[at + 1] if at + 1 < len(edges_s) else None
    asked, lang = scope.query(kpi_id), language()
    first = fmt.duration(low, lang)
    name = f"≥ {first}" if high is None else f"{first} – {fmt.duration(high, lang)}"
    if not low:
        name = f"< {fmt.duration(edges_s[1], lang)}"
    show(scope, asked, kpi_id, name, lambda limit: cache.longest(asked, kpi_id, limit, (low, high)))


def show(scope: Scope, asked: Query, kpi_id: str, name: str, rows: Rows) -> None:
    """The rows that `rows` gives of a question on a KPI, in a drawer titled by `name`. Call it once a run."""

    @st.dialog(f"{words.short(catalog.get(kpi_id))} · {name}", width=620, position="right")
    def drawer() -> None:
        page.guarded(lambda: _table(scope, asked, kpi_id, rows))

    drawer()


def _table(scope: Scope, asked: Query, kpi_id: str, rows: Rows) -> None:
    if cache.ask(asked)[kpi_id].total.status is Status.SUPPRESSED:
        st.caption(_("The rows are hidden: there are too few to stay anonymous."))
        return
    found = rows(cache.ROWS_SHOWN)
    if found.empty:
        st.caption(_("No row is counted in this selection."))
        return
    titles = readable.titles_of(found)
    if DURATION in titles:  # Beside what names the row.
        first = next(iter(titles))
        titles = {first: titles[first], DURATION: _("Duration")} | {k: v for k, v in titles.items() if k != DURATION}
    page.data_table(
        readable.styled(found, titles, scope.zone), key=f"rows-cell-{kpi_id}", download=lambda: rows(None), height=420
    )
    st.caption(_("The CSV holds all the rows and columns as they are stored: their own names and codes, times in UTC."))
