"""The imports so far: what each brought, who made it and when; and the last one undone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from data import previous, store
from data.settings import ImportNote, open_settings

_FILES = """
SELECT f.import_id, i.source, i.loaded_at, f.file, f.sha256, f.table_name, f.rows_read, f.loaded, f.updated,
       f.unchanged, f.rejected
FROM store.import_files AS f JOIN store.imports AS i USING (import_id)
ORDER BY f.rowid
"""


class NothingToUndo(store.StoreError):
    """The import asked for is not the last one, or what was before it is no longer kept."""


@dataclass(frozen=True, slots=True)
class PastFile:
    """What became of the rows of a file in one table: read = loaded + updated + unchanged + rejected."""

    file: str
    sha256: str | None
    table: str
    rows_read: int
    loaded: int
    updated: int
    unchanged: int
    rejected: int


@dataclass(frozen=True, slots=True)
class PastImport:
    """One import; instants are naive UTC. `author` is None when nobody said."""

    import_id: str
    source: str
    loaded_at: datetime
    files: tuple[PastFile, ...]
    author: str | None = None
    undone_by: str | None = None
    undone_at: datetime | None = None

    @property
    def rows(self) -> int:
        return sum(file.rows_read for file in self.files)


def history(db: Path) -> tuple[PastImport, ...]:
    """Every import into the store at `db`, undone ones too, the latest first."""
    notes = open_settings(db).import_notes()
    live = _imports(db, notes)
    known = {one.import_id for one in live}
    undone = [_undone(import_id, note) for import_id, note in notes.items() if note.what and import_id not in known]
    # Of one second: what was undone had come after what still stands.
    return tuple(sorted((*undone, *live), key=lambda one: one.loaded_at, reverse=True))


def rejects(db: Path, import_id: str) -> pd.DataFrame:
    """Every row that an import refused: `file`, `line`, `column_name`, `value`, `reason`."""
    with previous.attached(db) as con:
        return con.execute(
            "SELECT file, line, column_name, value, reason FROM store.rejects WHERE import_id = ? ORDER BY file, line",
            [import_id],
        ).df()


def undoable(db: Path) -> str | None:
    """The import that can be undone: the last one, as long as the store before it is kept and nothing else was
    written over it."""
    live = [one.import_id for one in _imports(db, {})]
    kept = previous.kept(db)
    if not live or kept is None:
        return None
    if not kept.stat().st_size:
        return live[0] if len(live) == 1 else None
    with previous.attached(kept) as con:
        before = {row[0] for row in con.execute("SELECT DISTINCT import_id FROM store.import_files").fetchall()}
        version = con.execute("SELECT value FROM store.store_info WHERE name = 'schema_version'").fetchone()
    return live[0] if before == set(live[1:]) and version == (store.SCHEMA_VERSION,) else None


def undo(db: Path, import_id: str, author: str) -> PastImport:
    """Puts back the store as it was before `import_id`, the last import, and notes who asked. Gives the import undone.

    The change is one rename under the writer's lock: killed at any moment, the store is the one before or the one
    after. Raises NothingToUndo when it is not the last import, StoreBusy.
    """
    with store.exclusive(db):
        if undoable(db) != import_id:
            raise NothingToUndo(
                f"the import {import_id} cannot be undone: only the last one can, once, and as long as "
                f"{previous.previous_of(db).name} stands beside the store"
            )
        settings = open_settings(db)
        gone = next(one for one in _imports(db, settings.import_notes()) if one.import_id == import_id)
        settings.note_undo(import_id, author, json.dumps(asdict(gone), default=datetime.isoformat))
        previous.go_back(db)
        store.sync_folder(db)
        open_settings(db)  # the targets that it brought go with it
    return gone


def _imports(db: Path, notes: dict[str, ImportNote]) -> list[PastImport]:
    """Those in the store, the last one written first."""
    if not db.exists():
        return []
    try:
        with previous.attached(db) as con:
            rows = con.execute(_FILES).fetchall()
    except duckdb.Error as error:
        raise store.StoreInvalid(f"{db} could not be read as a Vigie store: {error}") from None
    found: dict[str, PastImport] = {}
    for import_id, source, loaded_at, *file in rows:
        note = notes.get(import_id, ImportNote(None))
        before = found.get(import_id, PastImport(import_id, source, loaded_at, (), note.author))
        files = (*before.files, PastFile(*file))
        found[import_id] = PastImport(import_id, source, loaded_at, files, note.author)
    return list(reversed(found.values()))


def _undone(import_id: str, note: ImportNote) -> PastImport:
    what = json.loads(note.what)
    return PastImport(
        import_id,
        what["source"],
        datetime.fromisoformat(what["loaded_at"]),
        tuple(PastFile(**file) for file in what["files"]),
        note.author,
        note.undone_by,
        note.undone_at,
    )
