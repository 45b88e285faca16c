"""Rows that went in and look odd: what a person should know after an import, by table and kind.

Nothing is refused here. Whatever contradicts itself or the rest of the store is counted, with one example, and kept in
the table `warnings` of the store. Only the rows that this import brought or changed are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import duckdb

from data.reading import identifier, quote
from data.schema import TABLES, Table
from data.store import instants

Kind = Literal["orphan", "future", "negative", "clock_skew", "repeated_key", "volume_fall", "clock_change"]

SKEW_S = 300
"""An end that precedes its start by no more than this tells of two clocks that disagree, not of a wrong date."""
FALLEN_TO = 0.5
"""Volume has fallen when the new days have less than this share of what the same weekdays had before."""
LEAST_EXPECTED = 20
"""Rows expected below which a fall is chance."""

_PARENTS = {
    "agent_id": "agents",
    "team_id": "teams",
    "customer_id": "customers",
    "ticket_id": "tickets",
    "interaction_id": "interactions",
    "order_id": "orders",
    "escalated_ticket_id": "tickets",
}
"""Column -> the table whose key it names."""
_SPANS = {
    "tickets": (("created_at", "first_response_at"), ("created_at", "resolved_at")),
    "interactions": (("offered_at", "answered_at"), ("offered_at", "answered_at", "ended_at")),
    "surveys": (("sent_at", "responded_at"),),
    "self_service_sessions": (("started_at", "ended_at"), ("started_at", "found_at")),
    "orders": (("received_at", "decided_at"), ("received_at", "delivered_at")),
    "disputes": (("opened_at", "resolved_at"),),
}
"""Table -> (start, ..., end) of what it tells: the end comes last."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """`rows` of a table that an import brought and that look odd, with the key of one of them.

    Of a fall in volume, `rows` is what the new days hold and `expected` what the same weekdays held before. Of local
    times that a change of clocks skips or repeats (`data.sources.mapped` sees them), the example is the first of them
    as the file writes them, with their lines where these are known.
    """

    kind: Kind
    table: str
    column: str
    rows: int
    example: str
    expected: int | None = None


def look_for(
    con: duckdb.DuckDBPyConnection, import_id: str, tables: Sequence[str], seen: Sequence[Oddity] = ()
) -> tuple[Oddity, ...]:
    """What is odd in the rows that an import under way has brought into `tables`, with what was `seen` in its files;
    noted in `warnings` too."""
    found = _summed(seen)
    found += [
        oddity
        for name in dict.fromkeys(tables)
        if "_import_id" in TABLES[name].column_names
        for oddity in _of(con, TABLES[name], import_id)
    ]
    found += _repeated(con, import_id)
    if found:
        con.executemany(
            "INSERT INTO warnings VALUES (?, ?, ?, ?, ?, ?, ?)",
            [[import_id, one.table, one.kind, one.column, one.rows, one.expected, one.example] for one in found],
        )
    return tuple(found)


def _summed(seen: Sequence[Oddity]) -> list[Oddity]:
    """One for each kind, table and column: two files may have the same."""
    found: dict[tuple[str, str, str], Oddity] = {}
    for one in seen:
        key = (one.kind, one.table, one.column)
        found[key] = replace(found[key], rows=found[key].rows + one.rows) if key in found else one
    return list(found.values())


def _of(con: duckdb.DuckDBPyConnection, table: Table, import_id: str) -> Iterator[Oddity]:
    for kind, column, wrong in (*_orphans(con, table), *_future(table), *_backwards(table)):
        rows, example = _counted(con, table, import_id, wrong)
        if rows:
            yield Oddity(kind, table.name, column, rows, example)
    if table.born_at:
        yield from _fallen(con, table, import_id)


def _counted(con: duckdb.DuckDBPyConnection, table: Table, import_id: str, wrong: str) -> tuple[int, str]:
    key = " || ', ' || ".join(f"coalesce(r.{identifier(name)}::VARCHAR, '')" for name in table.key)
    ((rows, example),) = con.execute(
        f"SELECT count(*), min({key}) FROM {identifier(table.name)} AS r WHERE r._import_id = {quote(import_id)} "
        f"AND {wrong}"
    ).fetchall()
    return rows, example or ""


def _orphans(con: duckdb.DuckDBPyConnection, table: Table) -> Iterator[tuple[Kind, str, str]]:
    """Names of something that its table does not have; a table that was never imported is missed by nobody."""
    for column, parent in _PARENTS.items():
        if column in table.column_names and parent != table.name and _has_rows(con, parent):
            (key,) = TABLES[parent].key
            missing = f"NOT EXISTS (FROM {identifier(parent)} AS p WHERE p.{identifier(key)} = r.{identifier(column)})"
            yield "orphan", column, f"r.{identifier(column)} IS NOT NULL AND {missing}"


def _future(table: Table) -> Iterator[tuple[Kind, str, str]]:
    """Instants of facts, not of plans, that are still to come."""
    for column in instants(table):
        yield "future", column, f"r.{identifier(column)} > timezone('UTC', now()) + to_seconds({SKEW_S})"


def _backwards(table: Table) -> Iterator[tuple[Kind, str, str]]:
    for *starts, end in _SPANS.get(table.name, ()):
        late, early = f"greatest({', '.join(f'r.{identifier(start)}' for start in starts)})", f"r.{identifier(end)}"
        yield "clock_skew", end, f"{early} < {late} AND {early} >= {late} - to_seconds({SKEW_S})"
        yield "negative", end, f"{early} < {late} - to_seconds({SKEW_S})"


def _repeated(con: duckdb.DuckDBPyConnection, import_id: str) -> list[Oddity]:
    """Rows of one key that say different things: one was kept, the others are among the rejects."""
    rows = con.execute(
        "SELECT table_name, min(column_name), count(*), min(value) FROM rejects WHERE import_id = ? "
        "AND starts_with(reason, 'superseded by line ') GROUP BY table_name ORDER BY table_name",
        [import_id],
    ).fetchall()
    return [Oddity("repeated_key", table, column, count, example or "") for table, column, count, example in rows]


def _fallen(con: duckdb.DuckDBPyConnection, table: Table, import_id: str) -> list[Oddity]:
    """Whole days that were not covered before and hold far fewer rows than the same weekdays of the four weeks
    before them."""
    born = identifier(table.born_at or "")
    (row,) = con.execute(
        f"""WITH reached AS (
            SELECT max({born}) FILTER (WHERE _import_id <> {quote(import_id)})::DATE AS before,
                   max({born})::DATE AS until
            FROM {identifier(table.name)} WHERE {born} <= timezone('UTC', now())
        ), held AS (
            SELECT {born}::DATE AS day, count(*) AS rows FROM {identifier(table.name)}, reached
            WHERE {born}::DATE BETWEEN before - 28 AND until GROUP BY 1
        ), usual AS (
            SELECT isodow(day) AS weekday, sum(rows) / 4 AS rows FROM held, reached
            WHERE day BETWEEN before - 28 AND before - 1 GROUP BY 1
        ), fresh AS (
            SELECT unnest(generate_series(before + 1, until - 1, INTERVAL 1 DAY))::DATE AS day FROM reached
        )
        SELECT sum(coalesce(held.rows, 0)), sum(coalesce(usual.rows, 0)), min(fresh.day)::VARCHAR
        FROM fresh LEFT JOIN held USING (day) LEFT JOIN usual ON usual.weekday = isodow(fresh.day)"""
    ).fetchall()
    rows, expected, first = row
    if expected is None or expected < LEAST_EXPECTED or rows >= FALLEN_TO * expected:
        return []
    return [Oddity("volume_fall", table.name, table.born_at or "", int(rows), first, round(expected))]


def _has_rows(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    ((found,),) = con.execute(f"SELECT EXISTS (FROM {identifier(table)})").fetchall()
    return bool(found)
