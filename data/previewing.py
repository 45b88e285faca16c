"""What would become of the rows of a file: it is loaded beside the store, which is only read.

The file goes into a database of its own, thrown away afterwards. There the tables of the store are views; one that the
file fills becomes a copy first. So a preview says what is new and what is already there, which agent nobody knows, and
finds the ticket that a row completes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from data.importing import File, FileReport, Loading, names_wanted
from data.oddities import Oddity, look_for
from data.reading import identifier, quote
from data.schema import CANONICAL, LOGS, Table, create_table
from data.sources import Feed, Word
from data.sources.dating import AmbiguousDates
from data.store import MEMORY, SCHEMA_VERSION, ImportFailed

SHOWN_ROWS = 8
_ID = "preview"


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of the rows of a file: a report and the first rows for each table, and what looks odd in them.

    `asks_order`: nothing in the file tells whether its dates begin with the day or the month.
    """

    reports: tuple[FileReport, ...] = ()
    rows: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    oddities: tuple[Oddity, ...] = ()
    error: str = ""
    asks_order: bool = False
    words: tuple[Word, ...] = ()
    """Those that the vocabulary of the system does not have."""


def preview(file: File, db: Path) -> Preview:
    """Reads a whole file as an import into the store at `db` would, which need not exist. Never raises for what is
    wrong in the file."""
    with TemporaryDirectory(prefix="vigie-preview-") as room, duckdb.connect() as con:
        con.execute(f"SET TimeZone = 'UTC'; SET memory_limit = {quote(MEMORY)}; SET temp_directory = {quote(room)}")
        load = _Trying(con, keep_names=names_wanted(db), views=_views(con, db))
        try:
            reports = tuple(load.file(file.source, file.name, file.path))
            oddities = look_for(con, _ID, [report.table for report in reports], load.oddities)
        except AmbiguousDates as error:
            return Preview(error=str(error), asks_order=True)
        except (ImportFailed, duckdb.Error) as error:
            return Preview(error=str(error))
        return Preview(reports, load.rows, oddities, words=tuple(load.words))


def _views(con: duckdb.DuckDBPyConnection, db: Path) -> set[str]:
    """The tables of the store as views, where it has them as this version does; empty tables for the others."""
    found: set[str] = set()
    if db.exists() and db.stat().st_size:
        con.execute(f"ATTACH {quote(str(db))} AS store (READ_ONLY)")
        version = con.execute("SELECT value FROM store.store_info WHERE name = 'schema_version'").fetchone()
        if version == (SCHEMA_VERSION,):
            held = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'store'"
            found = {name for (name,) in con.execute(held).fetchall()} & {table.name for table in CANONICAL}
    for name in sorted(found):
        con.execute(f"CREATE VIEW {identifier(name)} AS FROM store.{identifier(name)}")
    con.execute(";".join(create_table(table) for table in (*CANONICAL, *LOGS) if table.name not in found))
    return found


class _Trying(Loading):
    """A load that leaves the store alone, and keeps the first rows of each table."""

    at_once = False  # the rows shown are those that wait to go in

    def __init__(self, con: duckdb.DuckDBPyConnection, *, keep_names: bool, views: set[str]) -> None:
        super().__init__(con, _ID, keep_names=keep_names)
        self._views = views
        self.rows: dict[str, pd.DataFrame] = {}
        self.words: list[Word] = []

    def _feed(self, name: str, feed: Feed) -> FileReport | None:
        self._make_room(feed.table)
        self.words += feed.words
        report = super()._feed(name, feed)
        if report is not None and not len(self.rows.get(feed.table.name, ())):
            self.rows[feed.table.name] = self._first_rows(feed.table)
        return report

    def _make_room(self, table: Table) -> None:
        """A copy of the table, with its keys, in place of the view on it."""
        if table.name in self._views:
            self._views.remove(table.name)
            name = identifier(table.name)
            self._con.execute(f"DROP VIEW {name}; {create_table(table)}; INSERT INTO {name} FROM store.{name}")

    def _first_rows(self, table: Table) -> pd.DataFrame:
        """The first good rows of the file, with the columns that one of the table fills."""
        names = [name for name in table.column_names if not name.startswith("_")]
        good = "FROM staged WHERE _problems IS NULL"
        counted = ", ".join(f"count({identifier(name)})" for name in names)
        counts = self._con.execute(f"SELECT {counted} {good}").fetchone() or ()
        filled = [identifier(name) for name, count in zip(names, counts, strict=True) if count]
        return self._con.execute(f"SELECT {', '.join(filled) or '*'} {good} ORDER BY _line LIMIT {SHOWN_ROWS}").df()
