"""Files as people export them, into a store, and what became of their rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.importing import FileReport, import_paths


class Room:
    """A folder with a store, of which nothing is derived."""

    def __init__(self, folder: Path, zone: str | None = None) -> None:
        self.folder, self.zone = folder, zone
        self.db = folder / "store" / "v.duckdb"

    def take(self, text: str | bytes | object, name: str = "export.csv") -> dict[str, FileReport]:
        """Import one file of this text, or of this object as JSON; the reports by table, the last one of each."""
        file = self.folder / name
        match text:
            case bytes():
                file.write_bytes(text)
            case str():
                file.write_text(text, encoding="utf-8")
            case _:
                file.write_text(json.dumps(text), encoding="utf-8")
        return self.take_file(file)

    def take_both(self, first: str, second: str) -> tuple[FileReport, ...]:
        """Import two files of one table each, in this order, in one go."""
        files = [self.folder / "first.csv", self.folder / "second.csv"]
        for file, text in zip(files, (first, second), strict=True):
            file.write_text(text, encoding="utf-8")
        return self._import(files)

    def take_file(self, file: Path) -> dict[str, FileReport]:
        return {report.table: report for report in self._import([file])}

    def _import(self, files: list[Path]) -> tuple[FileReport, ...]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("data.derive.derive", lambda con, timezone, part=False: None)
            reports = import_paths(self.db, files, source_zone=self.zone).files
        for report in reports:
            assert report.rows_read == report.loaded + report.updated + report.unchanged + report.rejected
        return reports

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as con:
            con.execute(f"ATTACH '{self.db}' AS s (READ_ONLY); USE s")
            return con.execute(sql).fetchall()

    def source(self) -> Any:
        return self.rows("SELECT source FROM imports ORDER BY loaded_at DESC LIMIT 1")[0][0]


def counts(report: FileReport) -> tuple[int, int, int, int]:
    """Loaded, updated, unchanged, rejected."""
    return report.loaded, report.updated, report.unchanged, report.rejected
