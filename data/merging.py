"""Checked rows into a table of the store, by key: the newest version of a row wins; each is counted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from data.changes import Changes
from data.reading import identifier, quote
from data.schema import Table
from data.store import keys_are_unique

STAMP = "_source_updated_at"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the rows of `staged` that were good."""

    loaded: int
    updated: int
    unchanged: int
    older: int
    """Of the unchanged ones, those that differ but are older than the store's row."""


def is_empty(con: duckdb.DuckDBPyConnection, table: Table) -> bool:
    return not _one(con, f"SELECT EXISTS (FROM {identifier(table.name)})")


def has_duplicates(con: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Whether two good rows of `staged` share a key (a rare false alarm is harmless)."""
    return not keys_are_unique(con, "staged", table.key, "_problems IS NULL")


def settle_duplicates(con: duckdb.DuckDBPyConnection, table: Table, columns: Sequence[str]) -> int:
    """Keep in `staged` one good row a key: the newest by `_source_updated_at`, then the last in the file.

    An earlier row that says the same is dropped and counted in the result; one that differs becomes a
    problem row, superseded by the line of the row kept.
    """
    stamp = f"{STAMP} DESC NULLS LAST, " if STAMP in table.column_names else ""
    keys = _list("", table.key)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS "
        f"WITH good AS (SELECT rowid AS row_id, * FROM staged WHERE _problems IS NULL), "
        "ranked AS (SELECT *, row_number() OVER one_key AS rank, first(row_id) OVER one_key AS kept "
        f"FROM good WINDOW one_key AS (PARTITION BY {keys} ORDER BY {stamp}_line DESC, row_id DESC)) "
        f"SELECT a.row_id, b._line AS kept_line, {_differ('a', 'b', columns)} AS differs "
        "FROM ranked a JOIN good b ON a.kept = b.row_id WHERE a.rank > 1"
    )
    key_text = " || ', ' || ".join(f"coalesce({identifier(name)}::VARCHAR, '')" for name in table.key)
    con.execute(
        f"UPDATE staged SET _problems = [{{'column_name': {quote(table.key[0])}, 'value': {key_text}, "
        "'reason': 'superseded by line ' || repeated.kept_line || ', which has the same key: keep one'}] "
        "FROM repeated WHERE staged.rowid = repeated.row_id AND repeated.differs"
    )
    return _changed(con, "DELETE FROM staged WHERE rowid IN (SELECT row_id FROM repeated WHERE NOT differs)")


def merge(
    con: duckdb.DuckDBPyConnection, table: Table, columns: Sequence[str], import_id: str, changes: Changes
) -> Counts:
    """Merge the good rows of `staged`, keys unique, into `table`; `columns` are those that the file has.

    A column that the file does not have keeps its value in the store. `changes` is told of what differs.
    """
    name = identifier(table.name)
    inserted = ", ".join(
        quote(import_id) if column == "_import_id" else f"s.{identifier(column)}" for column in table.column_names
    )
    if is_empty(con, table):
        loaded = _changed(con, f"INSERT INTO {name} SELECT {inserted} FROM staged s WHERE s._problems IS NULL")
        if loaded:
            changes.all_of(table)
        return Counts(loaded, 0, 0, 0)
    older = f"s.{STAMP} < t.{STAMP}" if STAMP in table.column_names else "false"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE verdicts AS SELECT s.rowid AS staged_row, t.rowid AS store_row, "
        f"CASE WHEN t.rowid IS NULL THEN 'loaded' WHEN NOT {_differ('s', 't', columns)} THEN 'unchanged' "
        f"WHEN {older} THEN 'older' ELSE 'updated' END AS verdict "
        f"FROM staged s LEFT JOIN {name} t ON {_same_key(table)} WHERE s._problems IS NULL"
    )
    counted = dict(con.execute("SELECT verdict, count(*) FROM verdicts GROUP BY verdict").fetchall())
    loaded, updated, behind = (counted.get(verdict, 0) for verdict in ("loaded", "updated", "older"))
    if updated:
        _update(con, table, columns, import_id, changes)
    if loaded:
        ((last,),) = con.execute(f"SELECT max(rowid) FROM {name}").fetchall()
        con.execute(
            f"INSERT INTO {name} SELECT {inserted} FROM staged s JOIN verdicts v ON s.rowid = v.staged_row "
            "WHERE v.verdict = 'loaded'"
        )
        changes.rows_of(table, f"SELECT rowid FROM {name} WHERE rowid > {last}")
    return Counts(loaded, updated, counted.get("unchanged", 0) + behind, behind)


def _update(
    con: duckdb.DuckDBPyConnection, table: Table, columns: Sequence[str], import_id: str, changes: Changes
) -> None:
    """Give the rows of `verdicts` that are updated what `staged` says."""
    name, rows = identifier(table.name), "SELECT store_row FROM verdicts WHERE verdict = 'updated'"
    settings = [f"{identifier(column)} = s.{identifier(column)}" for column in columns if column not in table.key]
    if "_import_id" in table.column_names:
        settings = [c for c in settings if not c.startswith(identifier(STAMP))]
        settings += [f"_import_id = {quote(import_id)}"]
        settings += [f"{STAMP} = coalesce(s.{STAMP}, {name}.{STAMP})"]
    changes.rows_of(table, rows)
    con.execute(
        f"UPDATE {name} SET {', '.join(settings)} FROM (SELECT s.*, v.store_row FROM staged s "
        "JOIN verdicts v ON s.rowid = v.staged_row WHERE v.verdict = 'updated') s "
        f"WHERE {name}.rowid = s.store_row"
    )
    changes.rows_of(table, rows)


def _same_key(table: Table) -> str:
    return " AND ".join(
        f"s.{identifier(name)} {'=' if table.column(name).required else 'IS NOT DISTINCT FROM'} t.{identifier(name)}"
        for name in table.key
    )


def _differ(left: str, right: str, columns: Sequence[str]) -> str:
    """SQL: two rows differ. A stamp alone makes a difference only when it is newer."""
    tests = [
        f"{left}.{identifier(column)} IS DISTINCT FROM {right}.{identifier(column)}"
        for column in columns
        if column != STAMP
    ]
    if STAMP in columns:
        tests.append(
            f"coalesce({left}.{STAMP} > {right}.{STAMP}, {left}.{STAMP} IS NOT NULL AND {right}.{STAMP} IS NULL)"
        )
    return f"({' OR '.join(tests) or 'false'})"


def _list(prefix: str, names: Sequence[str]) -> str:
    return ", ".join(prefix + identifier(name) for name in names)


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> object:
    row = con.execute(sql).fetchone()
    return row[0] if row else None


def _changed(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Run a statement that changes rows; how many it changed."""
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0
