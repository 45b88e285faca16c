"""A first look at a file: what its first lines or its first record say, without reading it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import duckdb

from data.decoding import ANY_ENCODING
from data.kinds import kind_of
from data.reading import json_items_sql, json_objects_sql
from data.records import Record, records_of
from data.store import Unreadable
from data.surroundings import LINES
from data.tops import delimiter_of, grid_rows, head_of
from data.workbooks import chosen, grids


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen of a file."""

    path: Path
    rows: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """The first rows of a table: (how many lines stand above, cells)."""
    delimiter: str | None = None
    first_line: str = ""
    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """JSON: where records stand (a key, or "" for the top) -> the folded keys of the first ones."""


@lru_cache(maxsize=10_000)
def folded(name: str) -> str:
    """A column's name without case, accents and surrounding blanks: exports of one system differ by these."""
    plain = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def look(path: Path) -> Look:
    """Raises Unreadable for a file that cannot be opened as what its suffix says."""
    match kind_of(path):
        case "json":
            return Look(path, keys=_keys(path))
        case "workbook" | "html" as kind:
            return Look(path, tuple(grid_rows(chosen(path, grids(path, kind), None))[:LINES]))
        case "parquet" | "zip":
            return Look(path)
    delimiter, found = _lines(path)
    return Look(path, found, delimiter, _first_line(path))


def _lines(path: Path) -> tuple[str, tuple[tuple[int, tuple[str, ...]], ...]]:
    """The first rows, each line tried as the first of a table: a title may hold a quote."""
    head = head_of(path, ANY_ENCODING)
    delimiter = delimiter_of(head)
    found: list[tuple[int, tuple[str, ...]]] = []
    for above in range(min(LINES, len(head))):
        record = next(records_of(iter(head), delimiter=delimiter, skip_rows=above), None)
        if isinstance(record, Record):
            found.append((record.line - 1, tuple(value or "" for value in record.values)))
    return delimiter, tuple(dict.fromkeys(found))


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        return file.readline(10_000).decode("utf-8", "replace").rstrip("\r\n")


def _keys(path: Path) -> dict[str, frozenset[str]]:
    """Where records may stand in a JSON file, and their keys."""
    found: dict[str, set[str]] = {}
    try:
        with duckdb.connect() as con:
            con.execute(f"CREATE TEMP TABLE tops AS SELECT j FROM {json_objects_sql(path)} LIMIT 20")
            rows = con.execute(
                "SELECT DISTINCT k, json_type(j -> k) FROM (SELECT j, unnest(json_keys(j)) AS k FROM tops)"
            )
            for key, kind in rows.fetchall():
                found.setdefault("", set()).add(folded(key))
                if kind == "ARRAY":
                    items = f"SELECT {json_items_sql('j -> $1')} AS i FROM tops LIMIT 20"
                    inner = con.execute(
                        f"SELECT DISTINCT unnest(json_keys(i)) FROM ({items}) WHERE json_type(i) = 'OBJECT'", [key]
                    )
                    found.setdefault(key, set()).update(folded(name) for (name,) in inner.fetchall())
    except duckdb.Error as error:
        raise Unreadable(f"{path.name} is not JSON that can be read: {error}") from None
    return {key: frozenset(names) for key, names in found.items()}
