"""What people decide, in a small SQLite file beside the store: targets, preferences, views, boards, events.

Edits are frequent and concurrent, so they never touch the data. On a folder that cannot be written, the
defaults serve from memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb

SEEDS = Path(__file__).with_name("targets.json")
LONGEST_NAME = 80
"""Characters of the name of a saved view."""
LONGEST_BOARD = 20_000
"""Characters of a board as it is kept."""
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


@dataclass(frozen=True, slots=True)
class Decided:
    """A target with who wrote it last, and when (naive UTC): `seed`, `import`, or a person."""

    target: TargetRow
    author: str
    at: datetime

    @property
    def own(self) -> bool:
        """Whether a person of the centre decided it."""
        return self.author not in _AUTOMATIC


@dataclass(frozen=True, slots=True)
class ContextFigure:
    """What a survey says of brands or of people: to read beside a KPI, never a value of the KPI."""

    label: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class ImportNote:
    """Who imported, and for an import that was undone by whom, when (naive UTC) and what it held."""

    author: str | None
    undone_by: str | None = None
    undone_at: datetime | None = None
    what: str = ""


@dataclass(frozen=True, slots=True)
class KeptBoard:
    """A board of the team screens as it is kept, with who wrote it last, and when (naive UTC)."""

    definition: Mapping[str, Any]
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """What people recorded of some days, local and both included: why a line moved. `restart` says that the figures
    belong to another process from `first` on."""

    event_id: str
    first: date
    last: date
    kind: str
    text: str
    restart: bool
    author: str
    at: datetime
    """Naive UTC."""


EVENT_KINDS = ("incident", "campaign", "strike", "schedule", "other")
LONGEST_EVENT = 120
"""Characters of what is said of an event."""
_AUTOMATIC = ("seed", "import")
_DAY = timedelta(days=1)
_COLUMNS = tuple(field.name for field in fields(TargetRow))
_SETUP = f"""
CREATE TABLE IF NOT EXISTS targets (
  {", ".join(_COLUMNS)}, changed_by TEXT, changed_at TEXT, PRIMARY KEY (target_id));
CREATE TABLE IF NOT EXISTS preferences (name TEXT PRIMARY KEY, value TEXT, changed_at TEXT);
CREATE TABLE IF NOT EXISTS views (name TEXT PRIMARY KEY, address TEXT, changed_at TEXT);
CREATE TABLE IF NOT EXISTS events (
  event_id TEXT PRIMARY KEY, first TEXT, last TEXT, kind TEXT, text TEXT, restart INTEGER, changed_by TEXT,
  changed_at TEXT);
CREATE TABLE IF NOT EXISTS boards (board_id TEXT PRIMARY KEY, definition TEXT, changed_by TEXT, changed_at TEXT);
CREATE TABLE IF NOT EXISTS imports (
  import_id TEXT PRIMARY KEY, author TEXT, undone_by TEXT, undone_at TEXT, what TEXT);
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
        """All of them, by KPI then identifier.

        What a person decided comes before the seeds and the imports of the same KPI, role and scope: one that would
        begin while it holds begins when it ends.
        """
        decided = self.decided()
        yielded = (_after(one, decided) for one in decided)
        return tuple(target for target in yielded if target is not None)

    def decided(self) -> tuple[Decided, ...]:
        """Every target as it is written, with who wrote it and when, by KPI then identifier."""
        with self._connection() as con:
            names = ", ".join(_COLUMNS)
            rows = con.execute(f"SELECT {names}, changed_by, changed_at FROM targets ORDER BY kpi_id, target_id")
            return tuple(Decided(_target(row[:-2]), row[-2], _instant(row[-1])) for row in rows)

    def put_target(self, target: TargetRow, author: str) -> None:
        """Adds a target, or replaces the one of its identifier. `ValueError` when it could never be met, never
        holds, or has no author."""
        _check(target, author)
        with self._connection() as con:
            con.execute("DELETE FROM targets WHERE target_id = ?", [target.target_id])
            _put(con, (target,), author.strip())

    def end_target(self, target_id: str, last_day: date, author: str) -> None:
        """The target holds until `last_day`, included. `ValueError` when there is none of this identifier or it begins
        later."""
        target = next((one.target for one in self.decided() if one.target.target_id == target_id), None)
        if target is None:
            raise ValueError(f"There is no target {target_id!r}.")
        self.put_target(replace(target, valid_to=last_day), author)

    def preference(self, name: str) -> str | None:
        """What was chosen, else the default; None for a name that has neither."""
        with self._connection() as con:
            row = con.execute("SELECT value FROM preferences WHERE name = ?", [name]).fetchone()
        return str(row[0]) if row else DEFAULT_PREFERENCES.get(name)

    def set_preference(self, name: str, value: str) -> None:
        with self._connection() as con:
            con.execute("INSERT OR REPLACE INTO preferences VALUES (?, ?, ?)", [name, value, _now()])

    def views(self) -> dict[str, dict[str, list[str]]]:
        """Name -> address parameters of the views that people saved, by name."""
        with self._connection() as con:
            rows = con.execute("SELECT name, address FROM views ORDER BY lower(name), name").fetchall()
        return {str(name): json.loads(address) for name, address in rows}

    def save_view(self, name: str, address: Mapping[str, Sequence[str]]) -> None:
        """Saves a view, over the one of that name if there is one. Raises ValueError for a blank or endless name."""
        with self._connection() as con:
            address_text = json.dumps({key: list(values) for key, values in address.items()})
            con.execute("INSERT OR REPLACE INTO views VALUES (?, ?, ?)", [_view_name(name), address_text, _now()])

    def rename_view(self, name: str, new: str) -> None:
        """Raises ValueError when `new` is blank, endless or another view's name."""
        wanted = _view_name(new)
        with self._connection() as con:
            try:
                con.execute("UPDATE views SET name = ?, changed_at = ? WHERE name = ?", [wanted, _now(), name])
            except sqlite3.IntegrityError:
                raise ValueError(f"There is already a view named {wanted!r}.") from None

    def delete_view(self, name: str) -> None:
        with self._connection() as con:
            con.execute("DELETE FROM views WHERE name = ?", [name])

    def boards(self) -> dict[str, KeptBoard]:
        """Name in the address -> the boards of the team screens that people made, by name."""
        with self._connection() as con:
            rows = con.execute("SELECT board_id, definition, changed_by, changed_at FROM boards ORDER BY board_id")
            return {row[0]: KeptBoard(json.loads(row[1]), row[2], _instant(row[3])) for row in rows}

    def save_board(self, board_id: str, definition: Mapping[str, Any], author: str) -> None:
        """Keeps a board, over the one of that name if there is one. `ValueError` without an author or when endless."""
        text = json.dumps(definition, ensure_ascii=False)
        if not author.strip() or author.strip() in _AUTOMATIC:
            raise ValueError(f"Board {board_id}: {author!r} is nobody.")
        if len(text) > LONGEST_BOARD:
            raise ValueError(f"Board {board_id} has {len(text)} characters: at most {LONGEST_BOARD} are kept.")
        with self._connection() as con:
            con.execute("INSERT OR REPLACE INTO boards VALUES (?, ?, ?, ?)", [board_id, text, author.strip(), _now()])

    def delete_board(self, board_id: str) -> None:
        with self._connection() as con:
            con.execute("DELETE FROM boards WHERE board_id = ?", [board_id])

    def events(self) -> tuple[Event, ...]:
        """What people recorded, the oldest first."""
        with self._connection() as con:
            rows = con.execute("SELECT * FROM events ORDER BY first, last, event_id").fetchall()
        return tuple(
            Event(
                id_, date.fromisoformat(first), date.fromisoformat(last), kind, text, bool(restart), who, _instant(at)
            )
            for id_, first, last, kind, text, restart, who, at in rows
        )

    def put_event(
        self, event_id: str, first: date, last: date, kind: str, text: str, author: str, *, restart: bool = False
    ) -> None:
        """Records an event, or replaces the one of its identifier. `ValueError` when it ends before it begins, is of no
        known kind, says nothing or too much, or has no author."""
        said = " ".join(text.split())
        if last < first:
            raise ValueError(f"The event ends ({last}) before it begins ({first}).")
        if kind not in EVENT_KINDS:
            raise ValueError(f"An event is one of {', '.join(EVENT_KINDS)}, not {kind!r}.")
        if not 0 < len(said) <= LONGEST_EVENT:
            raise ValueError(f"What is said of an event has 1 to {LONGEST_EVENT} characters.")
        if not author.strip() or author.strip() in _AUTOMATIC:
            raise ValueError(f"Event {event_id}: {author!r} is nobody.")
        row = [event_id, first.isoformat(), last.isoformat(), kind, said, restart, author.strip(), _now()]
        with self._connection() as con:
            con.execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def delete_event(self, event_id: str) -> None:
        with self._connection() as con:
            con.execute("DELETE FROM events WHERE event_id = ?", [event_id])

    def note_import(self, import_id: str, author: str) -> None:
        with self._connection() as con:
            con.execute("INSERT OR REPLACE INTO imports VALUES (?, ?, NULL, NULL, '')", [import_id, author.strip()])

    def note_undo(self, import_id: str, author: str, what: str) -> None:
        """`what` describes the import, which the store no longer knows."""
        with self._connection() as con:
            con.execute("INSERT OR IGNORE INTO imports VALUES (?, NULL, NULL, NULL, '')", [import_id])
            con.execute(
                "UPDATE imports SET undone_by = ?, undone_at = ?, what = ? WHERE import_id = ?",
                [author.strip(), _now(), what, import_id],
            )

    def import_notes(self) -> dict[str, ImportNote]:
        """Import -> who, the undone ones among them."""
        with self._connection() as con:
            rows = con.execute("SELECT import_id, author, undone_by, undone_at, what FROM imports").fetchall()
        return {row[0]: ImportNote(row[1], row[2], _instant(row[3]) if row[3] else None, row[4]) for row in rows}

    def _initialise(self, imported: tuple[TargetRow, ...]) -> None:
        with self._connection() as con:
            con.executescript(_SETUP)
            con.execute("BEGIN IMMEDIATE")
            if not con.execute("SELECT 1 FROM targets").fetchone():
                _put(con, _seeds(), "seed")
            replaced = {row.kpi_id for row in imported}
            if _forget(con, {row.target_id for row in imported}):
                _put(con, tuple(seed for seed in _seeds() if seed.kpi_id not in replaced), "seed")
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


def shipped_targets() -> tuple[TargetRow, ...]:
    """The targets that Vigie comes with, whatever was set or imported since."""
    return _seeds()


def context_figures() -> tuple[ContextFigure, ...]:
    """The figures of the published surveys that are no target."""
    figures = json.loads(SEEDS.read_text(encoding="utf-8"))["context_figures"]
    return tuple(ContextFigure(figure["label"], figure["value"], figure["source"]) for figure in figures)


def _check(target: TargetRow, author: str) -> None:
    low, high = target.value_low, target.value_high
    needed = {">=": (low,), "<=": (high,), "between": (low, high)}.get(target.op)
    if needed is None or None in needed:
        raise ValueError(f"Target {target.target_id}: {target.op!r} needs its bound.")
    if low is not None and high is not None and low > high:
        raise ValueError(f"Target {target.target_id}: the lower bound {low} is above the upper one {high}.")
    if target.valid_to is not None and target.valid_to < target.valid_from:
        raise ValueError(f"Target {target.target_id} ends ({target.valid_to}) before it begins ({target.valid_from}).")
    if not author.strip() or author.strip() in _AUTOMATIC:
        raise ValueError(f"Target {target.target_id}: {author!r} is nobody.")


def _after(one: Decided, decided: tuple[Decided, ...]) -> TargetRow | None:
    """The target from when no person's own holds; None when one always does."""
    target = one.target
    if one.own:
        return target
    rivals = (other.target for other in decided if other.own and _about(other.target) == _about(target))
    for rival in sorted(rivals, key=lambda rival: rival.valid_from):
        if rival.valid_from <= target.valid_from and (rival.valid_to is None or target.valid_from <= rival.valid_to):
            if rival.valid_to is None:
                return None
            target = replace(target, valid_from=rival.valid_to + _DAY)
    return target if target.valid_to is None or target.valid_from <= target.valid_to else None


def _about(target: TargetRow) -> tuple[str, str, str | None, str | None]:
    return target.kpi_id, target.role, target.scope_dim, target.scope_value


def _put(con: sqlite3.Connection, rows: tuple[TargetRow, ...], author: str) -> None:
    marks = ", ".join("?" * (len(_COLUMNS) + 2))
    con.executemany(
        f"INSERT OR IGNORE INTO targets VALUES ({marks})",
        [[*(_plain(getattr(row, name)) for name in _COLUMNS), author, _now()] for row in rows],
    )


def _forget(con: sqlite3.Connection, kept: set[str]) -> int:
    """How many imported targets are gone, their import having been undone."""
    rows = con.execute("SELECT target_id FROM targets WHERE changed_by = 'import'").fetchall()
    gone = [row for row in rows if row[0] not in kept]
    con.executemany("DELETE FROM targets WHERE target_id = ?", gone)
    return len(gone)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def _view_name(name: str) -> str:
    wanted = " ".join(name.split())
    if not 0 < len(wanted) <= LONGEST_NAME:
        raise ValueError(f"A view's name has 1 to {LONGEST_NAME} characters.")
    return wanted


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _target(row: Sequence[object]) -> TargetRow:
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
