"""The tables of a worked example: plain rows into a store in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import duckdb

from data import schema, store

Tables = Mapping[str, list[dict[str, Any]]]


def load(con: duckdb.DuckDBPyConnection, tables: Tables, zone: str) -> None:
    """Creates the tables, fills the canonical ones and derives the rest."""
    fill(con, tables)
    store.finish(con, zone)


def fill(con: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    """Creates the tables and fills the canonical ones, derived from nothing yet."""
    store.create_tables(con)
    for name, rows in tables.items():
        _insert(con, schema.TABLES[name], rows)


def instant(text: str) -> datetime:
    """An instant with its zone, as naive UTC."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def _insert(con: duckdb.DuckDBPyConnection, table: schema.Table, rows: list[dict[str, Any]]) -> None:
    columns = [column for column in table.columns if any(column.name in row for row in rows)]
    columns += [c for c in table.columns if c.default is not None and c not in columns]
    if not rows:
        return
    values = ", ".join(f"coalesce(CAST(? AS {c.type}), {_default(c)})" for c in columns)
    names = ", ".join(f'"{c.name}"' for c in columns)
    statement = f'INSERT INTO "{table.name}" ({names}) SELECT {values}'
    con.executemany(statement, [[_plain(row.get(c.name)) for c in columns] for row in rows])


def _default(column: schema.Column) -> str:
    return f"CAST('{column.default}' AS {column.type})" if column.default is not None else "NULL"


def _plain(value: Any) -> Any:
    return value.removesuffix("Z") if isinstance(value, str) and value.endswith("Z") and "T" in value else value
