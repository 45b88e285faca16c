"""What people decide, in a small SQLite file beside the store: targets and preferences.

Edits are frequent and concurrent, so they never touch the data. On a folder that cannot be written, the
defaults serve from memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock

import duckdb

SEEDS = Path(__file__).with_name("targets.json")
DEFAULT_PREFERENCES = {"show_names": "false", "individual_view": "true", "language": "fr"}


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target, norm, benchmark or tolerance; bounds in the KPI's own unit, dates local."""

    target_id: str
    kpi_id: str
    role: str
    scope_dim: str | None
    scope_value: str | None
    op: str
    value_low: float | None
    value_high: float | None
    threshold_s: int | None
    source: str
    valid_from: date
    valid_to: date | None


_COLUMNS = tuple(field.name for field in fields(TargetRow))
_SETUP = f"""
CREATE TABLE IF NOT EXISTS targets (
  {", ".join(_COLUMNS)}, changed_by TEXT, changed_at TEXT, PRIMARY KEY (target_id));
CREATE TABLE IF NOT EXISTS preferences (name TEXT PRIMARY KEY, value TEXT, changed_at TEXT);
"""


class Settings:
    """The settings of one store. Threads may share it: each call has its own connection or takes its turn."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = Lock()
        self._memory = None if path else sqlite3.connect(":memory:", check_same_thread=False)

    @property
    def lasting(self) -> bool:
        """Whether changes outlive the process."""
        return self._path is not None

    def targets(self) -> tuple[TargetRow, ...]:
        """All of them, by KPI then identifier."""
        with self._connection() as con:
            rows = con.execute(f"SELECT {', '.join(_COLUMNS)} FROM targets ORDER BY kpi_id, target_id")
            return tuple(_target(row) for row in rows)

    def preference(self, name: str) -> str | None:
        """What was chosen, else the default; None for a name that has neither."""
        with self._connection() as con:
            row = con.execute("SELECT value FROM preferences WHERE name = ?", [name]).fetchone()
        return str(row[0]) if row else DEFAULT_PREFERENCES.get(name)

    def set_preference(self, name: str, value: str) -> None:
        with self._connection() as con:
            con.execute("INSERT OR REPLACE INTO preferences VALUES (?, ?, ?)", [name, value, _now()])

    def _initialise(self, imported: tuple[TargetRow, ...]) -> None:
        with self._connection() as con:
            con.executescript(_SETUP)
            con.execute("BEGIN IMMEDIATE")
            if not con.execute("SELECT 1 FROM targets").fetchone():
                _put(con, _seeds(), "seed")
            replaced = {row.kpi_id for row in imported}
            con.executemany(
                "DELETE FROM targets WHERE kpi_id = ? AND changed_by IN ('seed', 'import')",
                [[kpi_id] for kpi_id in sorted(replaced)],
            )
            _put(con, imported, "import")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are committed on a clean exit."""
        if self._memory is not None:
            with self._lock, self._memory:
                yield self._memory
            return
        with closing(sqlite3.connect(str(self._path), timeout=10)) as con, con:
            yield con


def open_settings(db: Path) -> Settings:
    """The settings of the store at `db`, in `<stem>.settings.sqlite` beside it, made when missing.

    They start from `targets.json`; targets imported into the store replace the seeds of the same KPI. A
    target that a person changed is kept.
    """
    imported = _imported_targets(db)
    settings = Settings(db.with_name(f"{db.stem}.settings.sqlite"))
    try:
        db.parent.mkdir(parents=True, exist_ok=True)
        with settings._connection() as con:
            con.execute("PRAGMA journal_mode = WAL")
        settings._initialise(imported)
    except (OSError, sqlite3.OperationalError):
        settings = Settings(None)
        settings._initialise(imported)
    return settings


def _put(con: sqlite3.Connection, rows: tuple[TargetRow, ...], author: str) -> None:
    marks = ", ".join("?" * (len(_COLUMNS) + 2))
    con.executemany(
        f"INSERT OR IGNORE INTO targets VALUES ({marks})",
        [[*(_plain(getattr(row, name)) for name in _COLUMNS), author, _now()] for row in rows],
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _target(row: tuple[object, ...]) -> TargetRow:
    """A TargetRow from its columns in order, dates as ISO texts or dates."""
    values = [
        date.fromisoformat(value) if name.startswith("valid_") and isinstance(value, str) else value
        for name, value in zip(_COLUMNS, row, strict=True)
    ]
    return TargetRow(*values)  # type: ignore[arg-type]


def _seeds() -> tuple[TargetRow, ...]:
    targets = json.loads(SEEDS.read_text(encoding="utf-8"))["targets"]
    return tuple(_target(tuple(target.get(name) for name in _COLUMNS)) for target in targets)


def _imported_targets(db: Path) -> tuple[TargetRow, ...]:
    if not db.exists():
        return ()
    # ATTACH, not connect: a direct connection would be handed an older generation that is still open.
    with duckdb.connect() as con:
        attached = str(db).replace("'", "''")
        con.execute(f"ATTACH '{attached}' AS store (READ_ONLY)")
        rows = con.execute(f"SELECT {', '.join(_COLUMNS)} FROM store.targets").fetchall()
    return tuple(_target(row) for row in rows)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
