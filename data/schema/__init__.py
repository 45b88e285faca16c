"""The tables of the store: columns, types, and the instant at which each derived value becomes known.

This is the contract between the data room and the kpi room, written once: DDL, import types and the
documentation are all made from it. Pure: no connection, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator

from data.schema import contacts, opinions, orders, self_care, tickets
from data.schema.canonical import CANONICAL, LOGS
from data.schema.model import (
    CHANNELS,
    EXCLUSIONS,
    FOREVER,
    ORDER_CHANNELS,
    OUTCOMES,
    PRIORITIES,
    STATUSES,
    TICKET_TYPES,
    UNRESOLVED_STATUSES,
    VOICE_CHANNELS,
    Column,
    Table,
)

__all__ = [
    "CANONICAL",
    "CHANNELS",
    "DERIVED",
    "EXCLUSIONS",
    "FOREVER",
    "LOGS",
    "ORDER_CHANNELS",
    "OUTCOMES",
    "PRIORITIES",
    "STATUSES",
    "TABLES",
    "TICKET_TYPES",
    "UNRESOLVED_STATUSES",
    "VOICE_CHANNELS",
    "Column",
    "Table",
    "create_table",
    "documentation",
]

DERIVED: tuple[Table, ...] = (
    *tickets.TABLES,
    *contacts.TABLES,
    *opinions.TABLES,
    *orders.TABLES,
    *self_care.TABLES,
)
TABLES: dict[str, Table] = {table.name: table for table in (*CANONICAL, *LOGS, *DERIVED)}


def create_table(table: Table, *, database: str | None = None) -> str:
    """DDL of `table` where there is none, in the current database or in another (an SQL identifier)."""
    columns = []
    for column in table.columns:
        line = f'"{column.name}" {column.type}'
        if column.required:
            line += " NOT NULL"
        columns.append(line)
    place = f"{database}.main." if database else ""
    return f'CREATE TABLE IF NOT EXISTS {place}"{table.name}" (\n  ' + ",\n  ".join(columns) + "\n)"


def documentation() -> Iterator[str]:
    """The tables as Markdown lines, for the reference."""
    for table in TABLES.values():
        yield f"### `{table.name}`\n\n{table.doc} Key: {', '.join(f'`{name}`' for name in table.key)}.\n"
        yield "| column | type | meaning |\n|---|---|---|"
        for column in table.columns:
            if column.name.startswith("_"):
                continue
            notes = [column.doc]
            if column.values:
                notes.append("One of " + ", ".join(f"`{value}`" for value in column.values) + ".")
            if column.default is not None:
                notes.append(f"Default `{column.default}`.")
            if column.known_at:
                notes.append(f"Known at `{column.known_at}`.")
            required = ", required" if column.required else ""
            yield f"| `{column.name}` | {column.type}{required} | {' '.join(notes)} |"
        yield ""
