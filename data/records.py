"""Rows out of files one by one, with their line and whatever is wrong with them: the careful reading.

A line number is that of the line on which the record starts, the first line of the file being 1. Records of
a CSV file follow RFC 4180; the import reads clean CSV files with DuckDB and comes here for the others.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.cells import as_text
from data.decoding import text_lines


@dataclass(frozen=True, slots=True)
class Record:
    """A row: one text a column of the header, None where there is nothing."""

    line: int
    values: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that is not one: what was read, and why it cannot be a row."""

    line: int
    text: str
    reason: str


def csv_records(
    path: Path, *, delimiter: str, encodings: Sequence[str], skip_rows: int = 0
) -> Iterator[Record | Malformed]:
    """Every record of a CSV file, the header first. A record of the wrong width is Malformed."""
    return records_of(text_lines(path, encodings), delimiter=delimiter, skip_rows=skip_rows)


def records_of(text: Iterator[str], *, delimiter: str, skip_rows: int = 0) -> Iterator[Record | Malformed]:
    """Every record of the lines of a CSV file."""
    lines = _Lines(text, skip_rows)
    width = 0
    while True:
        lines.start_record()
        try:
            values = next(csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True), None)
        except csv.Error as error:
            yield Malformed(lines.start, lines.first.rstrip("\r\n"), _explain(str(error)))
            lines.give_back_all_but_first()
            continue
        if values is None:
            return
        if not values:  # an empty line
            continue
        width = width or len(values)
        if len(values) == width + 1 and values[-1] == "":  # a trailing delimiter
            values.pop()
        if len(values) == width:
            yield Record(lines.start, [value or None for value in values])
        else:
            yield Malformed(
                lines.start,
                lines.first.rstrip("\r\n"),
                f"{len(values)} columns instead of {width}: quote the values that contain {delimiter!r}, "
                "or complete the row",
            )


def _explain(error: str) -> str:
    if "unexpected end" in error or "field limit" in error:
        return "a quote is opened and never closed: close it, or double a quote that is part of the text"
    if "expected after" in error:
        return "text follows a closing quote: double a quote that is part of the text"
    return f"{error}: write the row as RFC 4180 says"


class _Lines:
    """Lines with their numbers; those of a broken record can be read again."""

    def __init__(self, source: Iterator[str], skip: int) -> None:
        self._source = source
        self._again: list[str] = []
        self._taken: list[str] = []
        self._next = 1
        self.start = 1
        for _ in range(skip):
            next(self, None)

    def start_record(self) -> None:
        self._taken, self.start = [], self._next

    @property
    def first(self) -> str:
        return self._taken[0]

    def give_back_all_but_first(self) -> None:
        self._again += reversed(self._taken[1:])
        self._next = self.start + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._source)
        self._taken.append(line)
        self._next += 1
        return line


def json_records(path: Path, header: Sequence[str]) -> Iterator[Record | Malformed]:
    """Every object of a JSON-lines file, as texts in the order of `header`."""
    for number, line in enumerate(text_lines(path, ("utf-8",)), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Malformed(number, line.rstrip(), f"not JSON ({error}): write one object a line")
            continue
        if isinstance(item, dict):
            yield Record(number, [_whole(as_text(item.get(name))) for name in header])
        else:
            yield Malformed(number, line.rstrip(), "not a JSON object: write one object a line")


def _whole(text: str | None) -> str | None:
    """A text without halves of letters, such as JSON may hold and no table can."""
    return (
        text if text is None or text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )


def json_header(path: Path, sample: int = 1000) -> list[str]:
    """The names used by the first objects of a JSON-lines file, in order of appearance."""
    names: dict[str, None] = {}
    for number, line in enumerate(text_lines(path, ("utf-8",))):
        if number >= sample:
            break
        try:
            item = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(item, dict):
            names.update(dict.fromkeys(item))
    return list(names)
