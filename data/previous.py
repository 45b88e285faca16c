"""The generation before the last import, kept beside the store so that the import can be undone.

`<db>.previous` is the file that was live before: an import gives it a second name and writes anew, so that undoing
is one rename back. It costs the size of one store. A file of no byte says that there was no store.

    keep     <db>.previous.next becomes another name of the live file
    commit   the new generation takes the live name (`data.store`)
    settle   .previous.next becomes .previous

A writer that is killed between two steps leaves what the next one can tell apart: a `.previous.next` of the same
generation as the live file was never overtaken, any other one is the file to go back to.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


def previous_of(path: Path) -> Path:
    """Where the generation before the last import of the store at `path` is kept."""
    return path.with_name(path.name + ".previous")


def keep(path: Path, spare: Path) -> None:
    """Names the live file a second time, before it is replaced; `spare` is where a disk without links copies it."""
    following = _following(path)
    following.unlink(missing_ok=True)
    if not path.exists():
        following.touch()
        return
    try:
        os.link(path, following)
    except OSError:
        shutil.copyfile(path, spare)
        os.replace(spare, following)


def settle(path: Path) -> None:
    """Finishes what `keep` began, after the commit or after a writer that was killed; for the writer in turn."""
    following = _following(path)
    if not following.exists():
        return
    if _same(following, path):
        following.unlink()
    else:
        with _freed_beside(previous_of(path)):
            os.replace(following, previous_of(path))


@contextmanager
def _freed_beside(path: Path) -> Iterator[None]:
    """The disk takes a second to free gigabytes: nobody waits for it when the file that goes is still open, and is
    closed by a thread (by the system, if this process is killed)."""
    try:
        going = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield
        return
    try:
        yield
    finally:
        threading.Thread(target=os.close, args=(going,), name="vigie-free").start()


def kept(path: Path) -> Path | None:
    """The file to go back to, even where a killed writer has not settled it; None when there is none."""
    following = _following(path)
    if following.exists() and not _same(following, path):
        return following
    return previous_of(path) if previous_of(path).exists() else None


def go_back(path: Path) -> None:
    """Makes the generation before the live one; for the writer in turn. FileNotFoundError when none is kept."""
    before = previous_of(path)
    if before.stat().st_size:
        os.replace(before, path)
    else:
        path.unlink(missing_ok=True)
        before.unlink()


def _same(kept: Path, path: Path) -> bool:
    """Whether the store at `path` is still what was kept, which is an empty file where there was none."""
    sizes = [file.stat().st_size if file.exists() else 0 for file in (kept, path)]
    if not all(sizes):
        return not any(sizes)
    return kept.samefile(path) or generation(kept) == generation(path)


def generation(path: Path) -> str | None:
    """What names the generation of a store; None when there is no store at `path`."""
    if not path.exists() or not path.stat().st_size:
        return None
    with attached(path) as con:
        row = con.execute("SELECT value FROM store.store_info WHERE name = 'generation'").fetchone()
    return str(row[0]) if row else None


def attached(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection that reads the file that stands at `path` now, as `store`."""
    # Not connect(path): it would be handed an older generation that is still open in this process.
    con = duckdb.connect()
    con.execute(f"ATTACH {_quoted(path)} AS store (READ_ONLY)")
    return con


def _following(path: Path) -> Path:
    return path.with_name(path.name + ".previous.next")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
