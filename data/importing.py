"""Imports: files in, one new generation of the store out, and an account of every row.

For each file: `rows_read = loaded + updated + unchanged + rejected`. A row that cannot be read is rejected
and logged with its line and what would fix it; a file that cannot be recognised or read fails the whole
import, which then changes nothing.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import duckdb

from data.archives import unpack
from data.changes import Changes
from data.checking import load_clean, stage
from data.kinds import SUFFIXES, kind_of
from data.merging import Counts, has_duplicates, is_empty, merge, settle_duplicates
from data.oddities import Oddity, look_for
from data.privacy import NAMES
from data.reading import identifier, quote
from data.settings import open_settings
from data.sources import Feed, Source
from data.sources.canonical import Canonical
from data.sources.dating import Order
from data.sources.known import recognised
from data.sources.mapped import Mapped
from data.sources.mapping import load_mapping
from data.store import ImportFailed, Unreadable, check_zone, instants, keys_are_unique, writing, zone_of

REJECTS_IN_REPORT = 1000


@dataclass(frozen=True, slots=True)
class Reject:
    """A refused row: `line` is the line on which it starts, the header of a plain file being line 1."""

    line: int
    column: str | None
    value: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of the rows of one file; `rejects` holds the first 1000 reasons, the log holds all."""

    file: str
    table: str
    rows_read: int
    loaded: int
    updated: int
    unchanged: int
    rejected: int
    rejects: tuple[Reject, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with `dry_run` would have done. `data_until` is naive UTC."""

    import_id: str
    files: tuple[FileReport, ...]
    data_until: datetime | None
    dry_run: bool
    ignored: tuple[str, ...] = ()
    """Files of the folders given that are of no kind that can hold rows."""
    oddities: tuple[Oddity, ...] = ()
    """What looks odd in the rows that went in."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to import: its name in the log, where it is, and what reads it."""

    name: str
    path: Path
    source: Source


class Cancelled(ImportFailed):
    """Somebody stopped the import; nothing changed."""


class Watch:
    """What another thread sees of an import under way, and its way to stop it."""

    def __init__(self) -> None:
        self.file = ""
        """The file that is being read; empty before the first and once all are read."""
        self.begun = 0
        """How many files were begun; one more once all are read."""
        self._stopped = Event()
        self._con: duckdb.DuckDBPyConnection | None = None

    def stop(self) -> None:
        """Stops the import, unless it has been committed."""
        self._stopped.set()
        if self._con is not None:
            with suppress(duckdb.Error):  # it may be over
                self._con.interrupt()

    def on(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def go_on(self) -> None:
        """Raises Cancelled when somebody stopped the import."""
        if self._stopped.is_set():
            raise Cancelled("the import was cancelled")

    def at(self, file: str) -> None:
        """The import has come to this file. Raises Cancelled."""
        self.go_on()
        self.file, self.begun = file, self.begun + 1


@contextmanager
def _cancellable() -> Iterator[None]:
    try:
        yield
    except duckdb.InterruptException:
        raise Cancelled("the import was cancelled") from None


def import_paths(
    db: Path,
    paths: Sequence[Path],
    *,
    source: str | None = None,
    table: str | None = None,
    mapping: Path | None = None,
    dry_run: bool = False,
    timezone: str | None = None,
    source_zone: str | None = None,
    date_order: Order | None = None,
    author: str | None = None,
    keep_names: bool = False,
) -> ImportReport:
    """Import files, or the files of folders, into the store at `db` in one go.

    `table` says which table canonical files fill; `mapping` is a TOML file that describes a foreign export
    (see `data.sources.mapping`); without both, each file is recognised (see `data.sources.known`). `source` names
    the source in the log; `timezone` becomes the store's; `source_zone` is that of times written without one
    (default: the store's); `date_order` says whether 02/03/2026 begins with the day or the month where the dates do
    not prove it; `author` is the person who imports, for the history. Names of people are left out unless
    `keep_names`, or unless the store's owner has switched them on (`show_names`).
    Raises ImportFailed, StoreBusy, StoreInvalid; then nothing has changed.
    """
    with TemporaryDirectory(prefix="vigie-unpacked-") as room:
        found, ignored = _files(paths, Path(room))
        zone = check_zone(source_zone or timezone or zone_of(db))
        files = [File(name, path, _reader(path, db, zone, source, table, mapping, date_order)) for name, path in found]
        return import_files(
            db, files, author=author, dry_run=dry_run, timezone=timezone, ignored=ignored, keep_names=keep_names
        )


def import_files(
    db: Path,
    files: Sequence[File],
    *,
    author: str | None = None,
    dry_run: bool = False,
    timezone: str | None = None,
    ignored: tuple[str, ...] = (),
    watch: Watch | None = None,
    keep_names: bool = False,
) -> ImportReport:
    """Import files whose sources are known, as `import_paths` does. Raises ImportFailed, StoreBusy, StoreInvalid."""
    watch = watch or Watch()
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    import_id = f"{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    with _cancellable(), writing(db, timezone=timezone, swap=not dry_run, undoable=True, waiting=watch.go_on) as con:
        watch.on(con)
        load = Loading(con, import_id, keep_names=keep_names or names_wanted(db))
        reports: list[FileReport] = []
        for file in files:
            watch.at(file.name)
            reports += load.file(file.source, file.name, file.path)
        names = ", ".join(dict.fromkeys(file.source.name for file in files))
        con.execute("INSERT INTO imports VALUES (?, ?, ?, ?)", [import_id, names, now, load.data_until])
        load.changes.settle()
        watch.at("")
        oddities = look_for(con, import_id, [report.table for report in reports], load.oddities)
    if author and not dry_run:
        open_settings(db).note_import(import_id, author)
    return ImportReport(import_id, tuple(reports), load.data_until, dry_run, ignored, oddities)


def _reader(
    path: Path,
    db: Path,
    zone: str,
    source: str | None,
    table: str | None,
    mapping: Path | None,
    order: Order | None,
) -> Source:
    if mapping:
        return Mapped(load_mapping(mapping, table=table, source=source), db)
    if table:
        return Canonical(table, source or "canonical")
    found = recognised(path, db, zone, order).source
    return Canonical(None, source) if source and isinstance(found, Canonical) else found


def _files(paths: Sequence[Path], room: Path) -> tuple[list[tuple[str, Path]], tuple[str, ...]]:
    """(name in the log, path) of every file to import, in order, and the names of those left aside. Archives are
    unpacked in `room`."""
    found: dict[str, Path] = {}
    ignored: list[str] = []
    for path in paths:
        if not path.exists():
            raise ImportFailed(f"{path} does not exist")
        for file in sorted(_walk(path)) if path.is_dir() else [path]:
            name = file.relative_to(path).as_posix() if path.is_dir() else file.name
            if file.suffix.lower() not in SUFFIXES:
                if not path.is_dir():
                    raise Unreadable(f"{file.name}: unknown kind of file; give one of {', '.join(SUFFIXES)}")
                ignored.append(name)
                continue
            held = [(name, file)]
            if kind_of(file) == "zip":
                members, others = unpack(file, room / str(len(found)))
                held = [(f"{name}/{member}", unpacked) for member, unpacked in members]
                ignored += [f"{name}/{other}" for other in others]
            for each, where in held:
                if found.setdefault(each, where) != where:
                    found[str(where)] = where
    if not found:
        raise ImportFailed(f"no file to import in {', '.join(map(str, paths))}: give {', '.join(SUFFIXES)}")
    return list(found.items()), tuple(ignored)


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


class Loading:
    """One import on the connection of a new generation."""

    at_once = True
    """Whether a clean file may go straight into an empty table."""

    def __init__(self, con: duckdb.DuckDBPyConnection, import_id: str, *, keep_names: bool = False) -> None:
        self._con = con
        self._keep_names = keep_names
        self._id = import_id
        self.changes = Changes(con)
        self._newest: datetime | None = None
        self._has_imports = False
        self.oddities: list[Oddity] = []
        """What looked odd in the files themselves, of those that changed the store."""

    @property
    def data_until(self) -> datetime | None:
        """Newest instant of the rows imported; None if the files say themselves how far they reach."""
        return None if self._has_imports else self._newest

    def file(self, source: Source, name: str, path: Path) -> Iterator[FileReport]:
        """Load one file; one report for each table that it fills."""
        try:
            before = _state(path)
            sha256 = _fingerprint(path)
            reports = self._load(source, name, path, numbered=False)
            if reports is None:
                reports = self._load(source, name, path, numbered=True) or []
            if _state(path) != before:
                raise Unreadable(
                    f"{name} changed while it was read: something still writes it. Import it again once it is complete"
                )
        except OSError as error:
            raise Unreadable(f"{path} cannot be read: {error.strerror or error}") from None
        for report in _by_table(reports):
            counts = (report.rows_read, report.loaded, report.updated, report.unchanged, report.rejected)
            self._con.execute(
                "INSERT INTO import_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [self._id, name, sha256, report.table, *counts],
            )
            yield report

    def _load(self, source: Source, name: str, path: Path, *, numbered: bool) -> list[FileReport] | None:
        """The reports of a file; None, with nothing done, if it must be read again with its lines."""
        reports = []
        for feed in source.feeds(self._con, path, numbered=numbered):
            report = self._feed(name, feed)
            if report is None:
                return None
            reports.append(report)
        return reports

    def _feed(self, name: str, feed: Feed) -> FileReport | None:
        if not self._keep_names:
            feed = without_names(feed)
        con, table, relation = self._con, feed.table, feed.relation
        if self.at_once and not relation.numbered and is_empty(con, table):
            return self._feed_at_once(name, feed)
        try:
            stage(con, table, relation, feed.cells)
        except duckdb.InvalidInputException as error:
            if relation.numbered:
                raise Unreadable(f"{name} cannot be read: {error}") from None
            return None
        read, bad = self._row("SELECT count(*), count(_problems) FROM staged")
        repeated = has_duplicates(con, table)
        if (bad or repeated) and not relation.numbered:
            return None
        columns = [cell.column.name for cell in feed.cells]
        same = settle_duplicates(con, table, columns) if repeated else 0
        self._log_rejects(name, feed)
        counts = merge(con, table, columns, self._id, self.changes)
        self._note_instants(feed, "staged", "_problems IS NULL")
        self.oddities += feed.oddities if counts.loaded + counts.updated else ()
        (rejected,) = self._row("SELECT count(_problems) FROM staged")
        rejected += len(relation.malformed)
        return FileReport(
            file=name,
            table=table.name,
            rows_read=read + len(relation.malformed),
            loaded=counts.loaded,
            updated=counts.updated,
            unchanged=counts.unchanged + same,
            rejected=rejected,
            rejects=self._first_rejects(name, table.name) if rejected else (),
            notes=(*relation.notes, *feed.notes, *_older_note(counts)),
        )

    def _feed_at_once(self, name: str, feed: Feed) -> FileReport | None:
        """A file into an empty table; None, with nothing done, if it has to be read again with its lines."""
        con, table = self._con, feed.table
        try:
            loaded = load_clean(con, table, feed.relation, feed.cells, self._id)
        except duckdb.InvalidInputException:
            return None
        if not keys_are_unique(con, table.name, table.key):
            con.execute(f"TRUNCATE {identifier(table.name)}")
            return None
        if loaded:
            self.changes.all_of(table)
            self.oddities += feed.oddities
        self._note_instants(feed, table.name)
        notes = (*feed.relation.notes, *feed.notes)
        return FileReport(name, table.name, loaded, loaded, 0, 0, 0, notes=notes)

    def _row(self, sql: str) -> tuple[int, ...]:
        return self._con.execute(sql).fetchone() or ()

    def _log_rejects(self, name: str, feed: Feed) -> None:
        """One line of the log for each column at fault of each refused row, and for each malformed one."""
        file, table = quote(name), quote(feed.table.name)
        self._con.execute(
            f"INSERT INTO rejects SELECT {quote(self._id)}, {file}, _line, {table}, p.column_name, "
            "first(p.value), string_agg(p.reason, '; ') "
            "FROM (SELECT _line, unnest(_problems) AS p FROM staged WHERE _problems IS NOT NULL) "
            f"WHERE NOT EXISTS (FROM rejects r WHERE r.import_id = {quote(self._id)} AND r.file = {file} "
            f"AND r.line = _line AND r.table_name = {table} AND r.column_name IS NOT DISTINCT FROM p.column_name) "
            "GROUP BY _line, p.column_name ORDER BY _line"
        )
        if feed.relation.malformed:
            self._con.executemany(
                f"INSERT INTO rejects VALUES ({quote(self._id)}, {file}, ?, {table}, NULL, ?, ?)",
                [[bad.line, bad.text[:500], bad.reason] for bad in feed.relation.malformed],
            )

    def _first_rejects(self, name: str, table: str) -> tuple[Reject, ...]:
        rows = self._con.execute(
            "SELECT line, column_name, value, reason FROM rejects WHERE import_id = ? AND file = ? "
            f"AND table_name = ? ORDER BY line, column_name LIMIT {REJECTS_IN_REPORT}",
            [self._id, name, table],
        ).fetchall()
        return tuple(Reject(*row) for row in rows)

    def _note_instants(self, feed: Feed, relation: str, where: str = "true") -> None:
        if feed.table.name == "imports":
            self._has_imports = True
        columns = [f'max("{column}")' for column in instants(feed.table)]
        if columns:
            row = self._con.execute(f"SELECT {', '.join(columns)} FROM {identifier(relation)} WHERE {where}").fetchone()
            newest = [instant for instant in (*(row or ()), self._newest) if instant is not None]
            self._newest = max(newest, default=None)


def _by_table(reports: Sequence[FileReport]) -> Iterator[FileReport]:
    """One report a table, of a file that fills one in several ways; the last rejects are those of all."""
    for table in dict.fromkeys(report.table for report in reports):
        one, *more = [report for report in reports if report.table == table]
        for other in more:
            one = FileReport(
                file=one.file,
                table=table,
                rows_read=one.rows_read + other.rows_read,
                loaded=one.loaded + other.loaded,
                updated=one.updated + other.updated,
                unchanged=one.unchanged + other.unchanged,
                rejected=one.rejected + other.rejected,
                rejects=other.rejects or one.rejects,
                notes=tuple(dict.fromkeys((*one.notes, *other.notes))),
            )
        yield one


def _older_note(counts: Counts) -> tuple[str, ...]:
    if not counts.older:
        return ()
    return (f"{counts.older} rows are older than the store's and left it as it is",)


def names_wanted(db: Path) -> bool:
    """Whether the owner of the store has switched the names of people on."""
    chosen = db.with_name(f"{db.stem}.settings.sqlite").exists()
    return chosen and open_settings(db).preference("show_names") == "true"


def without_names(feed: Feed) -> Feed:
    """The feed without the names of people, which nobody asked for (pseudonyms stand for them)."""
    cells = tuple(cell for cell in feed.cells if cell.column.name not in NAMES)
    if len(cells) == len(feed.cells):
        return feed
    note = "names of people were left out: import with --keep-names, or switch names on first, to keep them"
    return replace(feed, cells=cells, notes=(*feed.notes, note))


def _state(path: Path) -> tuple[int, int, int]:
    """What changes when a file is written or replaced."""
    now = path.stat()
    return now.st_size, now.st_mtime_ns, now.st_ino


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
