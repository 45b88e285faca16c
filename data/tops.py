"""The top of a table, in a text or in a sheet: its delimiter, the titles above it, the names of its columns."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from data.decoding import decode_line, text_lines
from data.store import Unreadable
from data.surroundings import LINES, is_total, lines_above
from data.workbooks import Grid

DELIMITERS = ";\t|,"
"""The comma last: of two that explain a file as well, it is the one that stands in numbers."""
_HEAD_LINES, _HEAD_LETTERS = 100, 1 << 22
_TAIL = 1 << 16

Rows = list[tuple[int, tuple[str, ...]]]
"""(how many lines stand above, cells); empty rows are left out."""


@dataclass(frozen=True, slots=True)
class Top:
    """How a table begins. `above` are the lines before its header, and `titles` what they say."""

    header: tuple[str, ...]
    above: int = 0
    titles: tuple[str, ...] = ()
    delimiter: str = ","

    @property
    def width(self) -> int:
        """How many columns have a name."""
        return sum(bool(name.strip()) for name in self.header)

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"left out above the header: {'; '.join(self.titles)}",) if self.titles else ()


def text_top(path: Path, encodings: Sequence[str], delimiter: str | None, skip_rows: int | None) -> Top:
    """The top of a text; a `delimiter` or `skip_rows` that is None is found. Raises Unreadable for an empty one."""
    head = head_of(path, encodings)
    delimiter = delimiter or delimiter_of(head if skip_rows is None else head[skip_rows:])
    return _top(path, text_rows(head, delimiter), skip_rows, delimiter)


def grid_top(path: Path, grid: Grid, skip_rows: int | None) -> Top:
    """The top of a sheet. Raises Unreadable for an empty one."""
    return _top(path, grid_rows(grid), skip_rows, ";")


def _top(path: Path, rows: Rows, skip_rows: int | None, delimiter: str) -> Top:
    above = lines_above(rows[:LINES]) if skip_rows is None else skip_rows
    header = next((cells for line, cells in rows if line >= above), None)
    if header is None:
        raise Unreadable(f"{path.name} has no header: its first line must name the columns")
    titles = tuple(_said(cells) for line, cells in rows if line < above)
    return Top(header, above, tuple(title for title in titles if title), delimiter)


def _said(cells: Sequence[str], longest: int = 80) -> str:
    said = " ".join(cell.strip() for cell in cells if cell.strip())
    return said if len(said) <= longest else said[:longest] + "…"


def head_of(path: Path, encodings: Sequence[str]) -> list[str]:
    """The first lines of a text."""
    head, letters = [], 0
    for line in islice(text_lines(path, encodings), _HEAD_LINES):
        head.append(line)
        letters += len(line)
        if letters > _HEAD_LETTERS:
            break
    return head


def text_rows(head: Sequence[str], delimiter: str) -> Rows:
    """The first rows of a text under a delimiter, however wide."""
    reader = csv.reader(head, delimiter=delimiter, skipinitialspace=True)
    rows: Rows = []
    above = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((above, tuple(cells)))
            above = reader.line_num
    except csv.Error:  # a field without end: what stands before it says enough
        pass
    return rows


def grid_rows(grid: Grid) -> Rows:
    """The first rows of a sheet."""
    rows = ((above, tuple(cell or "" for cell in cells)) for above, cells in enumerate(grid.head(4 * LINES)))
    return [(above, cells) for above, cells in rows if any(cell.strip() for cell in cells)]


def delimiter_of(head: Sequence[str]) -> str:
    """What stands between the columns: under it the most rows are equally wide, and of two such it makes more columns.

    In 1;2,5 the comma stands in every row but the header; in comments it stands here and there.
    """
    best, most = ",", (0, 0)
    for delimiter in DELIMITERS:
        widths = Counter(len(cells) for _, cells in text_rows(head, delimiter)[:LINES] if len(cells) > 1)
        agreed = max(((count, width) for width, count in widths.items()), default=(0, 0))
        if agreed > most:
            best, most = delimiter, agreed
    return best


def ends_in_total(path: Path, top: Top) -> bool:
    """Whether the last line of a text is a total or a note below the table."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _TAIL, 0))
        lines = [line for line in file.read().splitlines() if line.strip(b" ;,|\t")]
    last = decode_line(lines[-1], ("utf-8", "cp1252")) if lines else ""
    try:
        return any(is_total(cells, top.width) for cells in csv.reader([last], delimiter=top.delimiter))
    except csv.Error:
        return False
