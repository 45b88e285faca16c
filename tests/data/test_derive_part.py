"""What an import touched is derived again, and nothing else: the store is the one that deriving all would give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from unittest import mock

import duckdb
import pytest

from dashboard.cli import verify
from data import changes, store
from data import derive as derivation
from data.derive import derive
from data.importing import import_paths
from data.schema import CANONICAL, DERIVED, TABLES
from tests.kpi import traps, traps_calls, traps_orders

ZONE = "Europe/Paris"
CENTRES = {"tickets": traps, "calls": traps_calls, "orders": traps_orders}
IMPORTED = [table.name for table in CANONICAL if table.name not in ("imports", "targets")]
GROWING = ("opening_ranges", "open_days")
"""They may reach further than the data ask for."""
MOVED = ("customer_id", "ticket_id", "request_type", "exclusion", "parent_interaction_id", "merged_into_ticket_id")
"""What a row may have said otherwise before."""


def centre(name: str, seed: int) -> duckdb.DuckDBPyConnection:
    """What was imported, of which nothing is derived yet."""
    con = duckdb.connect()
    with mock.patch("data.derive.derive"):
        verify.load(con, CENTRES[name].tables(seed), ZONE)
    return con


def chosen(key: Sequence[str], salt: int, percent: int) -> str:
    return f"hash({', '.join(key)}, {salt}) % 100 < {percent}"


def as_before(con: duckdb.DuckDBPyConnection, tables: Sequence[str], salt: int) -> None:
    """Takes back some rows of the tables, and makes others say what their neighbours say."""
    for name in tables:
        key = TABLES[name].key
        con.execute(f"DELETE FROM {name} WHERE {chosen(key, salt, 4)}")
        for number, column in enumerate(MOVED):
            if column in TABLES[name].column_names and column not in key:
                others = (
                    f"SELECT rowid AS row, lag({column}) OVER (ORDER BY hash({', '.join(key)})) AS other FROM {name}"
                )
                con.execute(
                    f"UPDATE {name} SET {column} = other FROM ({others}) o "
                    f"WHERE {name}.rowid = o.row AND {chosen(key, salt + number + 1, 2)} "
                    + ("AND other IS NOT NULL" if TABLES[name].column(column).required else "")
                )


def files_of(con: duckdb.DuckDBPyConnection, folder: Path) -> Path:
    folder.mkdir()
    for name in IMPORTED:
        columns = ", ".join(column for column in TABLES[name].column_names if not column.startswith("_"))
        con.execute(f"COPY (SELECT {columns} FROM {name}) TO '{folder / name}.parquet'")
    return folder


def built(path: Path, con: duckdb.DuckDBPyConnection) -> Path:
    def fill(new: duckdb.DuckDBPyConnection) -> None:
        for name in IMPORTED:
            new.register("_rows", con.sql(f"FROM {name}").to_arrow_table())
            new.execute(f"INSERT INTO {name} FROM _rows")
            new.unregister("_rows")

    store.build(path, fill)
    return path


def differences(path: Path) -> list[str]:
    """The derived tables of a store that are not those that deriving all of it gives."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        store.create_tables(con)
        con.execute(f"ATTACH '{path}' AS stored (READ_ONLY)")
        for table in CANONICAL:
            con.execute(f"INSERT INTO {table.name} FROM stored.{table.name}")
        derive(con, ZONE)
        return list(_unlike(con))


def _unlike(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for table in DERIVED:
        for left, right in (("main", "stored.main"), ("stored.main", "main")):
            if left == "stored.main" and table.name in GROWING:
                continue
            rows = con.execute(f"FROM {left}.{table.name} EXCEPT ALL FROM {right}.{table.name}").fetchall()
            if rows:
                yield f"{len(rows)} rows of {left}.{table.name} only, such as {rows[0]}"


@pytest.fixture(autouse=True)
def _no_store_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "SMALL_STORE", 0)


@pytest.fixture
def parts() -> Iterator[mock.Mock]:
    with mock.patch.object(derivation, "replace", wraps=derivation.replace) as seen:
        yield seen


@pytest.mark.parametrize(("name", "seed"), [("tickets", 1), ("calls", 2), ("orders", 0)])
def test_an_import_leaves_the_store_that_deriving_all_would_leave(
    name: str, seed: int, tmp_path: Path, parts: mock.Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "LARGEST_SHARE", 10)
    con = centre(name, seed)
    files = files_of(con, tmp_path / "files")
    steering = {"calendars", "calendar_hours", "calendar_exceptions", "teams", "sla_policies", "topics", "agents"}
    as_before(con, [table for table in IMPORTED if table not in steering], salt=seed)
    path = built(tmp_path / "vigie.duckdb", con)
    import_paths(path, [files])
    assert parts.call_count == 1
    assert differences(path) == []


@pytest.mark.parametrize("name", ["calls", "orders"])
def test_one_row_of_any_table_reaches_all_that_depends_on_it(name: str, tmp_path: Path, parts: mock.Mock) -> None:
    con = centre(name, 5)
    files = files_of(con, tmp_path / "files")
    tables = [table for table in changes.LINKS if con.execute(f"FROM {table} LIMIT 1").fetchall()]
    others = [table for table in IMPORTED if table not in {*changes.EVERYWHERE, *changes.LINKS}]
    for table in (*tables, *others):
        key = ", ".join(TABLES[table].key)
        con.execute(f"DELETE FROM {table} WHERE rowid = (SELECT rowid FROM {table} ORDER BY hash({key}) LIMIT 1)")
    path = built(tmp_path / "vigie.duckdb", con)
    for table in tables:
        import_paths(path, [files / f"{table}.parquet"])
    import_paths(path, [files / f"{table}.parquet" for table in others])
    assert parts.call_count == len(tables) + 1
    assert differences(path) == []


@pytest.mark.parametrize("change", ["teams", "the zone", "most rows", "a small store"])
def test_what_changes_everything_derives_everything(
    change: str, tmp_path: Path, parts: mock.Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    con = centre("tickets", 1)
    if change == "a small store":
        monkeypatch.undo()
    files = files_of(con, tmp_path / "files")
    if change == "teams":
        con.execute("DELETE FROM teams WHERE team_id = (SELECT min(team_id) FROM teams)")
    if change == "most rows":
        for table in ("tickets", "ticket_events"):
            con.execute(f"DELETE FROM {table} WHERE hash(ticket_id) % 100 < 90")
    path = built(tmp_path / "vigie.duckdb", con)
    import_paths(path, [files], timezone="Europe/Lisbon" if change == "the zone" else None)
    assert parts.call_count == 0


def test_two_derived_rows_of_one_key_fail_the_import(tmp_path: Path) -> None:
    con = centre("tickets", 1)
    files = files_of(con, tmp_path / "files")
    con.execute("DELETE FROM tickets WHERE rowid = 7")
    path = built(tmp_path / "vigie.duckdb", con)
    before = path.read_bytes()
    twice = partial(derivation.QUERIES.__getitem__, "ticket_facts")
    doubled = {**derivation.QUERIES, "ticket_facts": f"({twice()}) UNION ALL ({twice()})"}
    with mock.patch.object(derivation, "QUERIES", doubled), pytest.raises(store.StoreInvalid, match="ticket_facts"):
        import_paths(path, [files])
    assert path.read_bytes() == before
