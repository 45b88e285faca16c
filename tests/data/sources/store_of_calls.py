"""What the tests of the sources of calls share: files imported without being told what they are, and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.importing import FileReport, import_paths


@dataclass(frozen=True)
class Desk:
    """A store and a folder for the files that go into it."""

    folder: Path

    @property
    def db(self) -> Path:
        return self.folder / "v.duckdb"

    def load(self, name: str, content: str | Mapping[str, Any] | list[Any], **more: Any) -> tuple[FileReport, ...]:
        """Import a file of this content (a text, or what is written as JSON)."""
        file = self.folder / name
        file.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
        reports = import_paths(self.db, [file], **more).files
        for report in reports:
            assert report.rows_read == report.loaded + report.updated + report.unchanged + report.rejected
        return reports

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as con:
            con.execute(f"ATTACH '{self.db}' AS s (READ_ONLY); USE s")
            return con.execute(sql).fetchall()

    def row(self, columns: str, interaction_id: str) -> tuple[Any, ...]:
        """Some columns of one interaction; instants as HH:MM:SS with `hms(column)`."""
        with duckdb.connect() as con:
            con.execute(f"ATTACH '{self.db}' AS s (READ_ONLY); USE s")
            con.execute("CREATE TEMP MACRO hms(t) AS strftime(t, '%H:%M:%S')")
            (found,) = con.execute(
                f"SELECT {columns} FROM interactions WHERE interaction_id = ?", [interaction_id]
            ).fetchall()
            return found


def underived() -> pytest.MonkeyPatch:
    """The derivation left out: it is not what these tests are about."""
    patch = pytest.MonkeyPatch()
    patch.setattr("data.derive.derive", lambda con, timezone, part=False: None)
    return patch
