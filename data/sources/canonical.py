"""Files that already have the schema's columns: CSV, Parquet, JSON lines and XLSX.

A file says its table by its name (`tickets.csv`, `tickets-2025.parquet`), else by its columns. NA, ? and - stand for an
empty cell, but in free text and in names of things, where they may mean something.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from data.checking import Cell, text_of, typed_sql
from data.privacy import IDENTITIES
from data.reading import Dialect, Relation, header_of, read
from data.schema import CANONICAL, Column, Table
from data.sources import Feed
from data.sources.vocabulary import signs_of_nothing
from data.store import ImportFailed

_BY_NAME = {table.name: table for table in CANONICAL}


class Canonical:
    """The source of canonical files; `table` overrides what their names say."""

    def __init__(self, table: str | None = None, name: str = "canonical") -> None:
        self.name = name
        self._table = table_named(table) if table else None

    def feeds(self, con: duckdb.DuckDBPyConnection, path: Path, *, numbered: bool) -> Iterator[Feed]:
        dialect = Dialect()
        table = self._table or recognise(path, header_of(path, dialect))
        relation = read(con, path, dialect, numbered=numbered)
        cells = tuple(_cells(table, relation))
        _require(table, [cell.column.name for cell in cells], relation.header, path)
        known = {relation.position(cell.column.name) for cell in cells}
        unknown = [name for index, name in enumerate(relation.header) if index not in known]
        notes = (f"columns not used: {', '.join(unknown)}",) if unknown else ()
        yield Feed(table, relation, cells, notes)


def table_named(name: str) -> Table:
    """The canonical table of that name. Raises ImportFailed with the closest one."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    close = difflib.get_close_matches(name, _BY_NAME, 1, 0.4)
    meant = f" Did you mean {close[0]}?" if close else ""
    raise ImportFailed(f"no table {name!r}.{meant} The tables are {', '.join(_BY_NAME)}.")


def recognise(path: Path, header: Sequence[str]) -> Table:
    """The table that a file fills, by its name, else by its columns. Raises ImportFailed."""
    stem = path.stem.lower()
    named = [name for name in _BY_NAME if re.match(rf"{name}(?![a-z])", stem)]
    if named:
        return _BY_NAME[max(named, key=len)]
    given = {name.strip().lower() for name in header}
    fitting = sorted(
        (table for table in CANONICAL if all(column.name in given for column in _needed(table))),
        key=lambda table: _overlap(table, given),
    )
    if fitting and 2 * _overlap(fitting[-1], given) >= len(given):
        if len(fitting) == 1 or _overlap(fitting[-2], given) < _overlap(fitting[-1], given):
            return fitting[-1]
        rivals = f"{fitting[-1].name} or {fitting[-2].name}"
        raise ImportFailed(f"{path.name} could be {rivals}: say which with --table, or name the file after it.")
    closest = max(CANONICAL, key=lambda table: _overlap(table, given) / len(table.columns))
    missing = [column.name for column in _needed(closest) if column.name not in given]
    raise ImportFailed(
        f"{path.name} is not recognised: neither its name nor its columns ({_some(header)}) are those of a "
        f"table. The closest is {closest.name}, which also needs {', '.join(missing) or 'nothing more'}. "
        f"Name the file after its table ({', '.join(_BY_NAME)}), give --table, or for an export with "
        "columns of its own give --mapping or open the Import page of `vigie run`, which proposes one."
    )


def ours(header: Sequence[str]) -> bool:
    """Whether all these columns are those of one table, all that a row must have among them: no export of another
    system has our names."""
    given = {name.strip().lower() for name in header}
    return any(
        given <= set(table.column_names) and given >= {column.name for column in _needed(table)} for table in CANONICAL
    )


def _needed(table: Table) -> list[Column]:
    return [column for column in table.columns if column.required and column.default is None]


def _overlap(table: Table, given: set[str]) -> int:
    return len(given.intersection(table.column_names))


def _require(table: Table, found: Sequence[str], header: Sequence[str], path: Path) -> None:
    missing = [column.name for column in _needed(table) if column.name not in found]
    if missing:
        raise ImportFailed(
            f"{path.name} cannot fill {table.name}: it has no column {', '.join(missing)}. "
            f"It has {_some(header)}. Add the column, or give a mapping that names it."
        )


def _some(header: Sequence[str], most: int = 30) -> str:
    shown = ", ".join(name or "(no name)" for name in header[:most])
    return shown + (", ..." if len(header) > most else "")


def _cells(table: Table, relation: Relation) -> Iterator[Cell]:
    for column in table.columns:
        index = relation.position(column.name)
        if index is None or column.name == "_import_id":
            continue
        native = relation.types[index] if relation.types else "VARCHAR"
        if native == column.type and native not in ("DOUBLE", "TIMESTAMP"):  # these two have ranges to check
            yield Cell(column, f"c{index}")
        elif native == "VARCHAR":
            # Elsewhere such a word makes a row bad, and the engine asks again with `numbered`: clean files stay quick.
            asked = relation.numbered or column.name in IDENTITIES
            yield Cell(column, text_of(index, signs_of_nothing(column) if asked else ()), typed_sql(column.type))
        else:
            yield Cell(column, f"nullif(trim(c{index}::VARCHAR), '')", typed_sql(column.type))
