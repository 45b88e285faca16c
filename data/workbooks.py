"""Sheets as rows of cells: .xlsx, .xls and .ods, and the tables of a web page as if each were a sheet."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path

from data import sheet_reader
from data.html_tables import html_tables
from data.kinds import Kind
from data.store import NoRoom, Unreadable

Cells = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet, or one table of a page. `rows` gives its rows from the first line on, empty ones included."""

    name: str
    height: int
    rows: Callable[[], Iterator[Cells]]
    visible: bool = True

    def head(self, count: int) -> list[Cells]:
        """The first rows."""
        return list(islice(self.rows(), count))


def grids(path: Path, kind: Kind) -> list[Grid]:
    """The sheets of a workbook, or the tables of a web page, that hold anything. Raises Unreadable, NoRoom."""
    if kind == "html":
        return _tables(path)
    now = path.stat()
    found = _sheets(path, now.st_size, now.st_mtime_ns, now.st_ino)
    if not found:
        raise Unreadable(f"{path.name} has no sheet with cells in it")
    return list(found)


def chosen(path: Path, all_: Sequence[Grid], name: str | None) -> Grid:
    """The sheet of that name, else the one with the most rows, the first of equals. Raises Unreadable."""
    if name is None:
        return max(all_, key=lambda grid: (grid.visible, grid.height))
    found = next((grid for grid in all_ if grid.name == name), None)
    if found is None:
        raise Unreadable(f"{path.name} has no sheet {name!r}; it has {', '.join(grid.name for grid in all_)}")
    return found


def _tables(path: Path) -> list[Grid]:
    tables = html_tables(path)
    return [Grid(f"table {rank}", len(rows), rows.__iter__) for rank, rows in enumerate(tables, start=1)]


@lru_cache(maxsize=4)
def _sheets(path: Path, *_state: int) -> tuple[Grid, ...]:
    """The sheets of a workbook, read once and kept as lines on the disk as long as they are asked for."""
    lines = tempfile.NamedTemporaryFile(prefix="vigie-sheets-")  # noqa: SIM115 (it lives as long as its grids)
    command = [sys.executable, "-m", sheet_reader.__name__, str(path.absolute())]
    done = subprocess.run(command, stdout=lines, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if any("No space left" in line or "File too large" in line for line in said):
            raise NoRoom(f"{path.name} could not be unpacked: make room on the disk for temporary files")
        why = said[-1] if done.returncode == sheet_reader.TOLD and said else "it is damaged, or far too large"
        raise Unreadable(f"{path.name} is not a workbook that can be read: {why}. Save it again, or as CSV")
    found: list[tuple[int, bool, str, int]] = []
    lines.seek(0)
    at = height = 0
    for line in lines:
        at += len(line)
        height += 1
        if line.startswith(b"{"):
            about = json.loads(line)
            found.append((at, about["visible"], about["name"], height))
    ends = [first for *_, first in found[1:]] + [height + 1] * bool(found)
    return tuple(
        Grid(name, end - first - 1, partial(_rows, lines, start, end - first - 1), visible)
        for (start, visible, name, first), end in zip(found, ends, strict=True)
    )


def _rows(lines: tempfile._TemporaryFileWrapper[bytes], start: int, count: int) -> Iterator[Cells]:
    with open(lines.name, "rb") as file:
        file.seek(start)
        for line in islice(file, count):
            yield json.loads(line)
