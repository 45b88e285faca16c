"""Stores of a few rows, and questions to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import duckdb

from dashboard.cli.tables import load
from data.derive import derive
from data.schema import CANONICAL, create_table
from kpi.answer import answer
from kpi.engines import ConnectionEngine
from kpi.model import Answer, Figure, Filter, Grain, Period, Query

Row = dict[str, Any]
MONDAY = datetime(2025, 3, 3)


def at(hours: float) -> datetime:
    """Instants count in hours from Monday 3 March 2025, 00:00 UTC."""
    return MONDAY + timedelta(hours=hours)


def store(**tables: list[Row]) -> duckdb.DuckDBPyConnection:
    """A store with these rows, derived; a column left out takes its default."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    load(con, tables, "Europe/Paris")
    return con


def derived(chunk: int = 40, **tables: list[Row]) -> duckdb.DuckDBPyConnection:
    """The same without an import's checks, derived `chunk` tickets at a time."""
    con = duckdb.connect()
    for table in CANONICAL:
        con.execute(create_table(table))
        for row in tables.get(table.name, []):
            values = [row.get(column.name, column.default) for column in table.columns]
            con.execute(f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(values))})", values)
    derive(con, chunk=chunk)
    return con


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    cursor = con.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def ask(
    con: duckdb.DuckDBPyConnection,
    kpi: str,
    *,
    as_of: datetime | None = None,
    period: tuple[datetime, datetime] = (datetime(2025, 1, 1), datetime(2026, 1, 1)),
    by: tuple[str, ...] = (),
    grain: Grain | None = None,
    where: dict[str, Any] | None = None,
    **params: Any,
) -> Answer:
    """The answer of one KPI; `as_of` None is the newest instant of the rows."""
    filters = tuple(Filter(name, (value,)) for name, value in (where or {}).items())
    question = Query((kpi,), Period(*period), as_of, by, grain, filters, tuple(params.items()))
    return answer(question, ConnectionEngine(con))[kpi]


def values(answer: Answer) -> dict[Any, float | None]:
    """Key (or keys) of each row -> its value."""
    return {figure.keys[0] if len(figure.keys) == 1 else figure.keys: figure.value for figure in answer.rows}


def unlike(one: Answer, other: Answer) -> list[tuple[Any, Any, Any]]:
    """Figures that two answers do not share, to the rounding of sums: (keys, of the one, of the other)."""
    mine, theirs = ({(): answer.total, **{f.keys: f for f in answer.rows}} for answer in (one, other))
    nothing = Figure()
    pairs = [(keys, mine.get(keys, nothing), theirs.get(keys, nothing)) for keys in {**mine, **theirs}]
    return [pair for pair in pairs if _plain(pair[1]) != _plain(pair[2])]


def _plain(figure: Figure) -> list[Any]:
    counts = [figure.n, figure.numerator, figure.denominator, figure.n_missing, figure.n_invalid, figure.n_open or 0]
    return [None if value is None else round(value, 9) for value in (figure.value, *counts)]
