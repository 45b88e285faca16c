"""The rows behind a bar of a chart, which a click opens as a drawer over the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from dashboard import cache, definition, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import language
from kpi.model import Filter, Query, Value

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
    definition.drawer(kpi_id, name, lambda: definition.rows_table(scope, asked, kpi_id, rows, key="cell-"))
