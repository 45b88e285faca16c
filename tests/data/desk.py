"""Files into the tables of a store in memory, as the preview of the Import page reads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from data import trying
from data.importing import FileReport, Loading
from data.schema import CANONICAL, LOGS
from data.sources import Source
from data.sources.known import recognised
from data.sources.mapped import Mapped
from data.sources.mapping import checked
from data.store import create_tables

ZONE = "Europe/Paris"


class Desk:
    """An empty store in memory, and a folder for the files that it takes."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._con, self.folder = con, folder
        self.db = folder / "v.duckdb"
        con.execute(";".join(f'DELETE FROM "{table.name}"' for table in (*CANONICAL, *LOGS)))

    def take(self, content: str | bytes, name: str, mapping: Mapping[str, Any] | None = None) -> dict[str, FileReport]:
        """What becomes of a file, by table; of an archive, of the last of its files."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        reports: list[FileReport] = []
        for trial in trying.examine_all(path, self.db, ZONE):
            source: Source = Mapped(checked(mapping, Path("m.toml")), self.db) if mapping else self._source(trial.path)
            reports += Loading(self._con, "one").file(source, trial.name, trial.path)
        for report in reports:
            assert report.rows_read == report.loaded + report.updated + report.unchanged + report.rejected
        return {report.table: report for report in reports}

    def _source(self, path: Path) -> Source:
        return recognised(path, self.db, ZONE).source

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._con.execute(sql).fetchall()


def connection() -> duckdb.DuckDBPyConnection:
    """On the empty tables of a store in memory."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    create_tables(con)
    return con
