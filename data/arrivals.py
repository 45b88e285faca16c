"""A folder that is watched: a file that arrives is imported once it is complete; one that fails is set aside.

What was imported stays where it is, so that a tool may write its export again under the same name. A file that
cannot be imported goes to `quarantine/` in the folder, beside a report that says why.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from data.history import history
from data.importing import ImportReport
from data.kinds import SUFFIXES
from data.store import StoreBusy, StoreError, StoreInvalid

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

QUARANTINE = "quarantine"
SETTLED_S = 2.0
"""A file is complete when it has not changed for so long and nobody holds it open for writing."""
_NOT_ITS_FAULT = (OSError, duckdb.IOException, duckdb.OutOfMemoryException)
"""What a full disk or a short memory raises."""

Import = Callable[[Sequence[Path]], ImportReport]
"""Imports files in one go; raises StoreError, and then nothing has changed."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Files that went in together."""

    report: ImportReport


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file that cannot be imported, where it lies now (None: it could not be moved) and why."""

    file: str
    moved_to: Path | None
    reason: str


@dataclass(frozen=True, slots=True)
class Delayed:
    """Nothing is wrong with the files, but they could not be imported now: the next look tries again."""

    reason: str


Outcome = Imported | SetAside | Delayed


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What changes when a file is written to or replaced."""

    size: int
    modified_ns: int
    inode: int


class Inbox:
    """The folder between two looks: which files are still growing, and which are done with."""

    def __init__(self, folder: Path, db: Path, load: Import, *, settled_s: float = SETTLED_S) -> None:
        self._folder, self._load, self._settled_s = folder, load, settled_s
        self._past = _past(db)
        self._done: dict[Path, _Stamp] = {}
        self._growing: dict[Path, tuple[_Stamp, float]] = {}

    def look(self) -> list[Outcome]:
        """Imports what has become complete since the last look. Never raises for what is wrong in a file."""
        ready = [path for path in self._complete() if not self._was_imported(path)]
        return self._bring_in(ready) if ready else []

    def _complete(self) -> list[Path]:
        """The files that are neither known nor still being written."""
        stamps = {path: stamp for path in _files(self._folder) if (stamp := _stamp(path)) is not None}
        new = {path: stamp for path, stamp in stamps.items() if self._done.get(path) != stamp}
        now = time.monotonic()
        before = self._growing
        self._growing = {
            path: before[path] if path in before and before[path][0] == stamp else (stamp, now)
            for path, stamp in new.items()
        }
        quiet = [path for path, (_, since) in self._growing.items() if now - since >= self._settled_s]
        return [path for path in quiet if not _is_being_written(path)]

    def _was_imported(self, path: Path) -> bool:
        """Whether this very content went in before this process began: it is then left alone, undone or not."""
        try:
            loaded_at = self._past.get(_sha256(path)) if self._past else None
            if loaded_at is None or loaded_at.timestamp() < path.stat().st_mtime:
                return False
        except OSError:  # the import will say what is wrong with it
            return False
        self._done[path] = self._growing.pop(path)[0]
        return True

    def _bring_in(self, paths: Sequence[Path]) -> list[Outcome]:
        """All in one generation; when that fails, one by one, to find out which is to blame."""
        stamps = {path: self._growing[path][0] for path in paths}
        try:
            outcome: Outcome = Imported(self._load(paths))
        except (*_NOT_ITS_FAULT, StoreBusy, StoreInvalid) as error:
            return [Delayed(str(error))]
        except (StoreError, duckdb.Error) as error:
            if len(paths) > 1:
                return [outcome for path in paths for outcome in self._bring_in([path])]
            if _stamp(paths[0]) != stamps[paths[0]]:  # it was written to meanwhile: not its last word
                return []
            outcome = self._set_aside(paths[0], str(error))
        for path in paths:
            self._done[path] = stamps[path]
            self._growing.pop(path, None)
        return [outcome]

    def _set_aside(self, path: Path, reason: str) -> SetAside:
        name = path.relative_to(self._folder).as_posix()
        folder = self._folder / QUARANTINE
        place = _free(folder / path.name)
        try:
            folder.mkdir(exist_ok=True)
            _report_of(place).write_text(
                f"{name} was not imported on {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC; the data are as they were.\n\n"
                f"{reason}\n\nOnce it is mended, put it back into {self._folder}.\n",
                encoding="utf-8",
            )
            os.replace(path, place)
        except OSError as error:
            return SetAside(name, None, f"{reason} (and it could not be moved: {error.strerror or error})")
        return SetAside(name, place, reason)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        passing = parts[0] == QUARANTINE or any(part.startswith((".", "~$")) for part in parts)
        if not passing and path.suffix.lower() in SUFFIXES and path.is_file():
            yield path


def _stamp(path: Path) -> _Stamp | None:
    """None when it has gone meanwhile."""
    try:
        found = path.stat()
    except OSError:
        return None
    return _Stamp(found.st_size, found.st_mtime_ns, found.st_ino)


def _is_being_written(path: Path) -> bool:
    """Whether a process has the file open for writing, as far as the system can tell: Linux refuses a read lease on
    such a file; elsewhere, and on a file of somebody else, that it has not changed must do."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        with path.open("rb") as file:
            # A writer that comes meanwhile breaks the lease: SIGURG, which is ignored, and not SIGIO, which kills.
            fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _past(db: Path) -> Mapping[str, datetime]:
    """sha256 of each file imported so far -> when it went in last (UTC)."""
    newest_last = reversed(history(db))
    return {file.sha256: one.loaded_at.replace(tzinfo=UTC) for one in newest_last for file in one.files if file.sha256}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _report_of(place: Path) -> Path:
    return place.with_name(f"{place.name}.report.txt")


def _free(place: Path) -> Path:
    """`place`, or the first numbered name beside it that nothing has: what is set aside replaces nothing."""
    stem, suffix, number = place.stem, place.suffix, 2
    while place.exists() or _report_of(place).exists():
        place, number = place.with_name(f"{stem}-{number}{suffix}"), number + 1
    return place
