"""Kinds of files that known systems write: how each is recognised, and the tables that it fills.

    SHAPES = (
        Shape(
            system="zendesk", title="Zendesk: tickets", kind="json", records="tickets",
            signature=("id", "via", "created_at", "requester_id"),
            fills=(
                Fill("tickets", {"ticket_id": "id", "created_at": "created_at", "channel": "channel"},
                     values={"channel": {"web": "web_form", "*": "other"}},
                     sql="SELECT _line, j->>'id' AS id, j->>'created_at' AS created_at, "
                         "j->'via'->>'channel' AS channel FROM records"),
            ),
        ),
    )

A fill is a mapping (`data.sources.mapping`, whose keys it takes) over the rows of the file, or over those that its
`sql` makes of them: from `records`, with `_line` and the columns of the export by their names; of JSON, with `_line`
(the rank of the record) and `j`, the record. Everything else, types, words, zones, pseudonyms, rejects, keys, is the
engine's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import duckdb

from data.decoding import encodings_of
from data.reading import Dialect, Relation, identifier, load_json, read
from data.sources import Feed
from data.sources.looking import Look, folded
from data.sources.mapped import Mapped
from data.sources.mapping import checked
from data.store import ImportFailed


@dataclass(frozen=True, slots=True)
class Fill:
    """One table that a file fills. `columns`, `values`, `generate` and `options` (null_values, date_formats,
    decimal_comma, timezone, pseudonyms) are those of a mapping."""

    table: str
    columns: Mapping[str, Any]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    generate: Mapping[str, str | list[str]] = field(default_factory=dict)
    sql: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of file."""

    system: str
    """Name written in the log of imports."""
    title: str
    """What a person reads: the system and what the file holds."""
    signature: tuple[str, ...]
    """Columns, or keys of a record, that such a file has, whatever their case; no other shape has them all."""
    fills: tuple[Fill, ...]
    kind: Literal["table", "json"] = "table"
    records: str = ""
    """JSON: the key under which the records are; empty when they stand alone, one a line or in one array."""
    first_line: str = ""
    """Of a file without header: what its first line looks like (a regular expression)."""
    header: tuple[str, ...] = ()
    """Of a file without header: its columns, in order."""
    delimiter: str | None = None
    zoned: bool = True
    """Its times say their zone, or are in UTC. If not they are local, and a person says of where."""

    def fits(self, look: Look) -> bool:
        """Whether a file is of this shape."""
        if self.first_line:
            return re.match(self.first_line, look.first_line) is not None
        if self.kind == "json":
            return self.records in look.keys and {folded(name) for name in self.signature} <= look.keys[self.records]
        return look.header_row({folded(name) for name in self.signature}) is not None


class Shaped:
    """The source of the files of one shape; `zone` is that of times written without one."""

    def __init__(self, shape: Shape, look: Look, db: Path, zone: str) -> None:
        self.name = shape.system
        self._shape = shape
        self._look = look
        self._mapped = [Mapped(_mapping(shape, fill, zone), db) for fill in shape.fills]

    def feeds(self, con: duckdb.DuckDBPyConnection, path: Path, *, numbered: bool) -> Iterator[Feed]:
        shape = self._shape
        whole = self._read(
            con, path, numbered=numbered or len(shape.fills) > 1 or any(fill.sql for fill in shape.fills)
        )
        con.execute(f"CREATE OR REPLACE TEMP VIEW raw_records AS FROM {_named(whole, shape)}")
        for rank, (fill, mapped) in enumerate(zip(shape.fills, self._mapped, strict=True)):
            own = whole if rank == 0 else replace(whole, malformed=(), notes=())
            yield mapped.feed(con, _made(con, fill, own) if fill.sql else own, path)

    def _read(self, con: duckdb.DuckDBPyConnection, path: Path, *, numbered: bool) -> Relation:
        if self._shape.kind == "json":
            return load_json(con, path, self._shape.records)
        signature = {folded(name) for name in self._shape.signature}
        dialect = Dialect(
            encodings=encodings_of(path),
            delimiter=self._shape.delimiter or self._look.delimiter,
            skip_rows=self._look.header_row(signature) or 0,
            header=self._shape.header,
        )
        return read(con, path, dialect, numbered=numbered)


def _mapping(shape: Shape, fill: Fill, zone: str) -> Any:
    given = {
        "timezone": "UTC" if shape.zoned else zone,
        **fill.options,
        "table": fill.table,
        "columns": dict(fill.columns),
        "values": {name: dict(words) for name, words in fill.values.items()},
        "generate": dict(fill.generate),
    }
    return checked(given, Path(shape.title), source=shape.system)


def _named(relation: Relation, shape: Shape) -> str:
    """SQL of a relation whose columns have the names of the export, the first of two that are equal."""
    if shape.kind == "json":
        return f"(SELECT _line, c0::JSON AS j FROM {relation.sql})"
    names = {folded(name): (index, name) for index, name in reversed(list(enumerate(relation.header)))}
    columns = ", ".join(f"c{index} AS {identifier(name)}" for index, name in names.values() if name)
    return f"(SELECT _line, {columns} FROM {relation.sql})"


def _made(con: duckdb.DuckDBPyConnection, fill: Fill, whole: Relation) -> Relation:
    """What a fill's SQL makes of the rows, as text."""
    sql = re.sub(r"\brecords\b", "raw_records", fill.sql)
    try:
        described = con.execute(f"DESCRIBE {sql}").fetchall()
        names = [row[0] for row in described if row[0] != "_line"]
        columns = ", ".join(f"{identifier(name)}::VARCHAR AS c{i}" for i, name in enumerate(names))
        con.execute(f"CREATE OR REPLACE TEMP TABLE made AS SELECT _line, {columns} FROM ({sql})")
    except duckdb.BinderException as error:
        raise ImportFailed(f"the file lacks a column that this kind of file has: {error}") from None
    return replace(whole, sql="made", header=tuple(names), numbered=True, types=())


def without_zone(shape: Shape) -> bool:
    """Whether a person has to say of where its times are."""
    return not shape.zoned


def systems(shapes: Sequence[Shape]) -> tuple[str, ...]:
    """The systems known, each once, in order."""
    return tuple(dict.fromkeys(shape.system for shape in shapes))
