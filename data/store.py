"""The store: one DuckDB file, written whole by generations, so that a reader never sees half a load.

A writer copies the live file beside itself, changes the copy, checks it, and renames it over the live file:
the rename is the commit, and a copy that was not finished is thrown away. Readers that opened the old file
keep it; `kill -9` at any moment leaves one whole file. One writer at a time holds `<file>.lock`.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from data import previous, schema

try:
    import fcntl
except ImportError:  # Windows: importable, but nothing can be written
    fcntl = None  # type: ignore[assignment]

SCHEMA_VERSION = "2"
"""Changes with the derived tables: a store of another version is derived again before it is read or written."""
DEFAULT_TIMEZONE = "Europe/Paris"
MEMORY = "1200MB"
"""What the engine may hold while it writes; the rest waits on the disk, and a whole import stays under 2 GB whatever
the size of its files. Its own default is four fifths of the machine."""
_UNWRITTEN = (duckdb.IOException, duckdb.TransactionException, duckdb.OutOfMemoryException)
_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


class StoreError(Exception):
    """What goes wrong in the data room. Each message names the thing, what exists and what to do.

    StoreError
    ├── StoreBusy      another import holds the writer's lock
    ├── StoreInvalid   the store, old or new, does not follow the schema
    ├── NoRoom         the disk is full or cannot be written (an OSError too); nothing changed
    └── ImportFailed   an import was given up as a whole; nothing changed
        └── Unreadable a file, sheet or mapping that cannot be read
    """


class StoreBusy(StoreError):
    """Another writer holds the lock."""


class NoRoom(StoreError, OSError):
    """The disk cannot take what has to be written."""


class StoreInvalid(StoreError):
    """A table is missing or altered, or a key is not unique."""


class ImportFailed(StoreError):
    """The import as a whole was given up; the store is as it was."""


class Unreadable(ImportFailed):
    """A file that cannot be read as what it claims to be."""


def default_path() -> Path:
    """`VIGIE_DB`, else `data/vigie.duckdb` of the checkout, else `vigie.duckdb` in the current folder."""
    if named := os.environ.get("VIGIE_DB"):
        return Path(named)
    here = Path(__file__).resolve().parent
    if (here.parent / "pyproject.toml").exists():
        return here / "vigie.duckdb"
    return Path("vigie.duckdb")


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of the schema that do not exist."""
    con.execute(";\n".join(map(schema.create_table, schema.TABLES.values())))


@contextmanager
def writing(
    path: Path,
    *,
    timezone: str | None = None,
    wait_s: float = 60.0,
    swap: bool = True,
    undoable: bool = False,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on the next generation of the store at `path`; it becomes the live one on a clean exit.

    On exit the derived tables are computed, of those rows only that `data.changes` names if it was told of all that
    changed, and checked. An exception changes nothing.
    `timezone` is an IANA name; None keeps the store's (a new store: Europe/Paris). With `swap=False`
    everything is done and then thrown away. With `undoable` the generation before is kept beside the store (see
    `data.previous`). Raises StoreBusy after `wait_s` seconds, StoreInvalid, and whatever `waiting` raises: it is called
    again and again while another writer has its turn, and a last time before the generation goes live.
    """
    with _generation(path, timezone, wait_s, fresh=False, swap=swap, undoable=undoable, waiting=waiting) as con:
        yield con


def upgrade(path: Path) -> bool:
    """Derive again a store that an earlier Vigie wrote; what was imported stays as it is. False when it is up to
    date or absent."""
    if not path.exists():
        return False
    with duckdb.connect(str(path), read_only=True) as con:
        if _version(con) == SCHEMA_VERSION:
            return False
    with writing(path):
        pass
    return True


def _version(con: duckdb.DuckDBPyConnection) -> str | None:
    if "store_info" not in _tables(con):
        return None
    row = con.execute("SELECT value FROM store_info WHERE name = 'schema_version'").fetchone()
    return str(row[0]) if row else None


def _partly(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether `data.changes` names all that changed."""
    return bool(con.execute("FROM duckdb_tables() WHERE temporary AND table_name = 'touched'").fetchall())


def _drop_outdated(con: duckdb.DuckDBPyConnection) -> bool:
    """Drops the derived tables of another version: they are made anew from what was imported. Whether there were."""
    if _version(con) == SCHEMA_VERSION:
        return False
    for table in schema.DERIVED:
        con.execute(f'DROP TABLE IF EXISTS "{table.name}"')
    return True


def build(
    path: Path,
    fill: Callable[[duckdb.DuckDBPyConnection], None],
    *,
    timezone: str = DEFAULT_TIMEZONE,
) -> None:
    """Replace the store at `path` by a new one, whose empty tables `fill` has filled."""
    with _generation(path, timezone, 60.0, fresh=True, swap=True) as con:
        fill(con)


@contextmanager
def _generation(
    path: Path,
    timezone: str | None,
    wait_s: float,
    *,
    fresh: bool,
    swap: bool,
    undoable: bool = False,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(path, wait_s, waiting):
        # A unique name: DuckDB hands a second connection to one path the instance it already has.
        building = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}.building")
        try:
            on_disk = None
            if path.exists() and not fresh:
                _copy(path, building)
                on_disk = _to_disk(building) if swap else None
            con = _opened(building)
            try:
                con.execute("BEGIN")
                outdated = _drop_outdated(con)
                create_tables(con)
                con.execute("COMMIT")
                check_tables(con)
                zone = _zone(con, timezone)
                same_clock = not outdated and zone == _zone(con, None)
                yield con
                part = same_clock and _partly(con)
                finish(con, zone, part=part)
                check_tables(con)
                if not part:  # a part is checked as it goes in
                    check_keys(con)
                con.execute("CHECKPOINT")
            finally:
                con.close()
            waiting()
            if swap:
                if on_disk is not None:
                    on_disk.result()  # An error of the disk is told once, to who waited for it first.
                if undoable:
                    previous.keep(path, building.with_name(f"{building.name}.kept"))
                _swap(building, path)
                previous.settle(path)
        except (*_UNWRITTEN, OSError) as error:
            if isinstance(error, OSError) and error.errno not in _FULL:
                raise
            raise NoRoom(
                f"{path} could not be written, and is as it was. Make room on the disk, then try again ({error})"
            ) from None
        finally:
            _remove(building)


def _opened(building: Path) -> duckdb.DuckDBPyConnection:
    """A connection on a file that nobody reads before it is whole: it needs no log to be repaired from."""
    file, spilled = (str(path).replace("'", "''") for path in (building, building.with_name(building.name + ".tmp")))
    con = duckdb.connect()
    con.execute(f"SET temp_directory = '{spilled}'")
    con.execute(f"SET memory_limit = '{MEMORY}'")
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    # Without a log the engine puts the file in order again and again while work goes on; once at the end is less.
    con.execute("SET checkpoint_threshold = '1TB'")
    con.execute(f"ATTACH '{file}' AS building (RECOVERY_MODE no_wal_writes)")
    con.execute("USE building")
    return con


@contextmanager
def exclusive(path: Path, wait_s: float = 60.0, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """The writer's turn on the store at `path`, what killed writers left being put in order first. Raises StoreBusy."""
    with _lock(path, wait_s, waiting):
        _sweep(path)
        previous.settle(path)
        yield


@contextmanager
def _lock(path: Path, wait_s: float, waiting: Callable[[], None]) -> Iterator[None]:
    if fcntl is None:
        raise StoreError("writing a store needs Linux or macOS: this system has no flock")
    lock = path.with_name(path.name + ".lock")
    deadline = time.monotonic() + wait_s
    with lock.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() >= deadline:
                    raise StoreBusy(
                        f"{path} is being written by another import (lock {lock.name}); "
                        f"waited {wait_s:g} s. Try again when it has finished."
                    ) from None
                waiting()
                time.sleep(0.02)
        yield


def _sweep(path: Path) -> None:
    """Remove what killed writers left. Under the lock, no other writer is alive."""
    for left in path.parent.glob(f".{path.name}.*.building*"):
        _remove(left)


def _remove(building: Path) -> None:
    for left in building.parent.glob(building.name + "*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _copy(path: Path, building: Path) -> None:
    wal = path.with_name(path.name + ".wal")
    if wal.exists():  # a copy without it would silently lose rows
        raise StoreInvalid(
            f"{path} was opened for writing by another program, which left {wal.name}. "
            "Open it once with DuckDB and run CHECKPOINT, then try again."
        )
    shutil.copyfile(path, building)


def _to_disk(building: Path) -> Future[None]:
    """The copy reaches the disk while the import works: at the end, the import would wait for all of it."""
    beside = ThreadPoolExecutor(1, thread_name_prefix="vigie-copy")
    written = beside.submit(_flush, building)
    beside.shutdown(wait=False)
    return written


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _swap(building: Path, path: Path) -> None:
    _flush(building)
    os.replace(building, path)
    sync_folder(path)


def sync_folder(path: Path) -> None:
    """What was renamed in the folder of `path` outlives a power cut."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _tables(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    rows = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main'"
    ).fetchall()
    return frozenset(name for (name,) in rows)


def _columns_by_table(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[tuple[str, str], ...]]:
    rows = con.execute(
        "SELECT table_name, list((column_name, data_type) ORDER BY column_index) FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal GROUP BY 1"
    ).fetchall()
    return {name: tuple(columns) for name, columns in rows}


def check_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Raise StoreInvalid unless every table of the schema exists with its columns."""
    existing = _columns_by_table(con)
    for table in schema.TABLES.values():
        if table.name not in existing:
            raise StoreInvalid(f"the table {table.name} is missing from the store")
        found = {name: "TEXT" if type_ == "VARCHAR" else type_ for name, type_ in existing[table.name]}
        wanted = {column.name: column.type for column in table.columns}
        if found != wanted:
            odd = sorted(set(found.items()) ^ set(wanted.items()))
            raise StoreInvalid(
                f"the table {table.name} does not follow this version's schema: "
                f"{', '.join(f'{name} {type_}' for name, type_ in odd)}. "
                "Import the files again into a new store (another --db)."
            )


def check_keys(con: duckdb.DuckDBPyConnection, tables: Iterable[schema.Table] = schema.TABLES.values()) -> None:
    """Raise StoreInvalid, with an example, if two rows of a table share a key."""
    for table in with_rows(con, tables):
        if not keys_are_unique(con, table.name, table.key):
            keys = ", ".join(f'"{name}"' for name in table.key)
            example = con.execute(
                f'SELECT {keys}, count(*) FROM "{table.name}" GROUP BY {keys} HAVING count(*) > 1 LIMIT 1'
            ).fetchone()
            if example:
                key = ", ".join(f"{n} = {v}" for n, v in zip(table.key, example, strict=False))
                raise StoreInvalid(f"{example[-1]} rows of {table.name} share one key: {key}")


def with_rows(con: duckdb.DuckDBPyConnection, tables: Iterable[schema.Table]) -> list[schema.Table]:
    """The tables that are not empty. One statement: forty small ones cost ten times as much."""
    by_name = {table.name: table for table in tables}
    firsts = " UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in by_name)
    return [by_name[name] for (name,) in con.execute(firsts).fetchall()]


def keys_are_unique(con: duckdb.DuckDBPyConnection, relation: str, key: tuple[str, ...], where: str = "true") -> bool:
    """True proves that no two rows share a key. False is a near-certainty: two hashes were equal."""
    keys = ", ".join(f'"{name}"' for name in key)
    row = con.execute(f'SELECT count(*) = count(DISTINCT hash({keys})) FROM "{relation}" WHERE {where}').fetchone()
    return bool(row and row[0])


def _zone(con: duckdb.DuckDBPyConnection, timezone: str | None) -> str:
    stored = con.execute("SELECT value FROM store_info WHERE name = 'timezone'").fetchone()
    zone = timezone or (str(stored[0]) if stored else DEFAULT_TIMEZONE)
    return check_zone(zone)


def zone_of(path: Path) -> str:
    """The reporting time zone of the store at `path`; of a store to come, Europe/Paris."""
    if not path.exists():
        return DEFAULT_TIMEZONE
    with duckdb.connect(str(path), read_only=True) as con:
        return _zone(con, None) if "store_info" in _tables(con) else DEFAULT_TIMEZONE


def check_zone(zone: str) -> str:
    """`zone` itself if it is an IANA time zone; raises StoreError otherwise."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise StoreError(f"unknown time zone {zone!r}: give an IANA name such as Europe/Paris") from None
    return zone


def instants(table: schema.Table) -> tuple[str, ...]:
    """The columns of `table` that hold an instant at which something became known; plans are not."""
    named = {table.born_at, *(column.known_at for column in table.columns)}
    return tuple(column.name for column in table.columns if column.name in named)


def _newest_at(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """Newest instant over the facts, in UTC; None for a store without dated facts."""
    maxima = " UNION ALL ".join(
        f'SELECT max("{column}") AS newest FROM "{table.name}"'
        for table in schema.CANONICAL
        if table.kind == "fact"
        for column in instants(table)
    )
    row = con.execute(f"SELECT max(newest) FROM ({maxima})").fetchone()
    return row[0] if row else None


def finish(con: duckdb.DuckDBPyConnection, zone: str, *, part: bool = False) -> None:
    """Derive the facts, or the part of them that was touched, and note what the store is: the last step of every load,
    in a file or in memory."""
    from data.derive import derive

    derive(con, zone, part=part)
    _write_info(con, zone)


def _write_info(con: duckdb.DuckDBPyConnection, zone: str) -> None:
    newest = _newest_at(con)
    info = {
        "schema_version": SCHEMA_VERSION,
        "timezone": zone,
        "generation": uuid.uuid4().hex,
        "newest_at": newest.isoformat(sep=" ") if newest else None,
        "built_at": datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds"),
    }
    con.execute("DELETE FROM store_info")
    con.executemany("INSERT INTO store_info VALUES (?, ?)", [list(item) for item in info.items()])
