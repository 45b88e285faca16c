"""The tables of a web page, and of the spreadsheets in XML: many systems write one of the two and call it .xls.

A cell is the text that a person sees in it. Nothing is fetched and nothing is run.
"""

from __future__ import annotations

import codecs
import re
from html.parser import HTMLParser
from pathlib import Path

from data.decoding import ANY_ENCODING, decode_line, encodings_of
from data.store import Unreadable

LARGEST = 1 << 26
"""Bytes of a page, of which everything is held in memory."""
_MOST_COLUMNS = 1000
_MOST_CELLS = 20_000_000
"""With those that a span of columns or rows repeats."""

_ROWS, _CELLS = ("tr", "row"), ("td", "th", "cell")
_BREAKS = ("br", "p", "div", "li")
_HIDDEN = ("script", "style", "title", "head")
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)

Row = list[str]


def html_tables(path: Path) -> list[list[Row]]:
    """Every table of a page that has rows, as texts. Raises Unreadable for a page without any."""
    size = path.stat().st_size
    if size > LARGEST:
        raise Unreadable(
            f"{path.name} is a web page of {size >> 20} MB; at most {LARGEST >> 20} MB can be read. Export it as CSV"
        )
    parser = _Parser(path.name)
    parser.feed(_well_closed(_text(path)))
    parser.close()
    found = parser.finished()
    if not found:
        raise Unreadable(
            f"{path.name} is a web page without a table, perhaps the sign-in page of the tool: open it in a browser "
            "to see, and export the file again"
        )
    return found


def _text(path: Path) -> str:
    data = path.read_bytes()
    encodings = encodings_of(path)
    if encodings == ("utf-16",):
        return data.decode("utf-16", "replace")
    said = _CHARSET.search(data[:4096])
    if encodings != ("utf-8",) and said:
        try:
            name = codecs.lookup(said[1].decode("ascii")).name
            return data.decode("cp1252" if name == "iso8859-1" else name)
        except (LookupError, UnicodeError, ValueError):
            pass  # it says what it is not
    return decode_line(data.removeprefix(codecs.BOM_UTF8), encodings if encodings[0] == "utf-8" else ANY_ENCODING)


def _well_closed(text: str) -> str:
    """The page without comments and declarations, and with every < that opens no tag as the sign it is: the parser
    takes time by the square of their number."""
    first, *others = text.split("<!--")
    kept = [first]
    for other in others:
        _, closed, after = other.partition("-->")
        kept.append(after if closed else "")
    return re.sub(r"<(?![^<>]*>)", "&lt;", re.sub(r"<[!?][^<>]*>", "", "".join(kept)))


class _Table:
    """A table that is being read: its rows, and the texts that reach down from rows above."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.row: Row | None = None
        self.cell: list[str] | None = None
        self._span = (1, 1)
        self._below: dict[int, tuple[int, str]] = {}

    def open_row(self) -> None:
        self.close_row()
        self.row = []

    def open_cell(self, span: tuple[int, int], index: int) -> None:
        self.close_cell()
        if self.row is None:
            self.row = []
        if 0 < index <= _MOST_COLUMNS:
            self.row += [""] * (index - 1 - len(self.row))
        self._fill_from_above()
        self.cell, self._span = [], span

    def close_cell(self) -> None:
        if self.cell is None or self.row is None:
            return
        text = re.sub(r"[^\S\n]+", " ", "".join(self.cell)).strip()
        text = re.sub(r" ?\n\s*", "\n", text)
        across, down = self._span
        for rank in range(across):
            if down > 1:
                self._below[len(self.row)] = (down - 1, text if not rank else "")
            self.row.append(text if not rank else "")
        self.cell = None

    def close_row(self) -> None:
        self.close_cell()
        if self.row is not None:
            self._fill_from_above()
            self.rows.append(self.row)
        self.row = None

    def _fill_from_above(self) -> None:
        assert self.row is not None
        while (place := len(self.row)) in self._below:
            left, text = self._below.pop(place)
            if left > 1:
                self._below[place] = (left - 1, text)
            self.row.append(text)


class _Parser(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self._name = name
        self._open: list[_Table] = []
        self._done: list[_Table] = []
        self._hidden = 0
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = tag.rpartition(":")[2]
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "table":
            self._open.append(_Table())
        elif self._open:
            table = self._open[-1]
            if tag in _ROWS:
                table.open_row()
            elif tag in _CELLS:
                self._open_cell(table, {name.rpartition(":")[2]: value or "" for name, value in attrs})
            elif tag in _BREAKS and table.cell is not None:
                table.cell.append("\n")

    def _open_cell(self, table: _Table, attrs: dict[str, str]) -> None:
        across = _number(attrs.get("colspan", "")) or _number(attrs.get("mergeacross", "")) + 1
        down = _number(attrs.get("rowspan", "")) or _number(attrs.get("mergedown", "")) + 1
        table.open_cell((min(across, _MOST_COLUMNS), down), _number(attrs.get("index", "")))
        self._cells += min(across, _MOST_COLUMNS)
        if self._cells > _MOST_CELLS or len(table.row or ()) > _MOST_COLUMNS:
            raise Unreadable(
                f"{self._name} has a table of more than {_MOST_COLUMNS} columns or {_MOST_CELLS} cells: "
                "export it as CSV"
            )

    def handle_endtag(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag in _HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        elif not self._open:
            return
        elif tag == "table":
            self._close_table()
        elif tag in _ROWS:
            self._open[-1].close_row()
        elif tag in _CELLS:
            self._open[-1].close_cell()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].cell is not None and not self._hidden:
            self._open[-1].cell.append(data.replace("\r\n", " ").replace("\n", " "))

    def _close_table(self) -> None:
        table = self._open.pop()
        table.close_row()
        self._done.append(table)

    def finished(self) -> list[list[Row]]:
        while self._open:  # a page that was cut off
            self._close_table()
        return [rows for table in self._done if (rows := [row for row in table.rows if any(row)])]


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,3}", text) else 0
