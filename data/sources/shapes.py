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

A table whose columns have several names (field names, labels, French ones) says so in `names`, and its SQL uses one of
them; a column that may be absent is in `optional`, and NULL then; `dates` are the columns whose order of day and month
is that of a person's settings: `data.sources.dating` finds it out and gives them as ISO 8601.

A fill is a mapping (`data.sources.mapping`, whose keys it takes) over the rows of the file, or over those that its
`sql` makes of them: from `records`, with `_line` and the columns of the export by their names; of JSON, with `_line`
(the rank of the record) and `j`, the record, and from `tops`, whose `j` are the objects that hold the records. That SQL
may look up the store's own tables, `pseudonym(x)` is what `x` becomes in a column of identities, and `own_status(x)`
(or `own_outcome(x)`...) is a status in which the words of the centre (`data.sources.own_words`) are the schema's.
Everything else, types, words, zones, pseudonyms, rejects, keys, is the engine's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NoReturn

import duckdb

from data.decoding import encodings_of
from data.privacy import key_of, pseudonym_sql
from data.reading import Dialect, Relation, identifier, json_objects_sql, load_json, quote, read
from data.records import Malformed
from data.schema import CANONICAL
from data.sources import Feed, Word
from data.sources.dating import Order, day_first, iso_sql
from data.sources.looking import Look, folded
from data.sources.mapped import Mapped
from data.sources.mapping import ExportMapping, checked
from data.sources.own_words import MATCHED, Words, own_sql, words_for
from data.sources.vocabulary import MISSING
from data.store import ImportFailed
from data.surroundings import TOTAL

_MOST_WORDS = 60


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


EVENT = {
    name: name
    for name in (
        "event_id", "ticket_id", "event_at", "seq", "event_type", "actor", "agent_id", "from_value", "to_value",
    )
}  # fmt: skip
"""A ticket event, when a fill's SQL names every column as the schema does."""
TEAMS = Fill(
    "teams",
    {"team_id": "id", "name": "name"},
    sql="SELECT _line, j->>'id' AS id, j->>'name' AS name FROM records",
)
"""Groups of agents, as most help desks give them in JSON."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of file."""

    system: str
    """Name written in the log of imports."""
    title: str
    """What a person reads: the system and what the file holds."""
    signature: tuple[str, ...]
    """Columns, or keys of a record, that such a file has, whatever their case; no other shape has them all."""
    fills: tuple[Fill, ...] = ()
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
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other names of columns of a table. One that ends in (UTC) holds instants of UTC."""
    optional: tuple[str, ...] = ()
    """Columns that a table may lack; then they are NULL."""
    dates: tuple[str, ...] = ()
    """Columns of times that may be written as 02/03/2026."""
    plan: Callable[[duckdb.DuckDBPyConnection, Relation], tuple[tuple[Fill, ...], tuple[str, ...]]] | None = None
    """Instead of `fills`, of a table whose columns differ from one file to the next: its fills, and what a person
    should know of them. Their SQL may read `cells`, the rows with columns c0, c1, ..."""
    footer: str = ""
    """What a line under the table looks like (a regular expression): such lines are rejected like totals, not as rows
    to correct."""
    also: Callable[[Look], bool] | None = None
    """What more a file must be, when a few names do not make it certain."""

    def fits(self, look: Look) -> bool:
        """Whether a file is of this shape."""
        if self.first_line:
            return re.match(self.first_line, look.first_line) is not None
        if self.kind == "json":
            return self.records in look.keys and {folded(name) for name in self.signature} <= look.keys[self.records]
        return self.header_row(look) is not None and (self.also is None or self.also(look))

    def header_row(self, look: Look) -> int | None:
        """How many lines stand above the row that names the columns; None when there is none."""
        return next(
            (above for above, cells in look.rows if all(self.index(n, cells) is not None for n in self.signature)), None
        )

    def index(self, name: str, header: Sequence[str]) -> int | None:
        """Where a column is, under whichever of its names."""
        wanted = [folded(each) for each in (name, *self.names.get(name, ()))]
        wanted += [f"{each} (utc)" for each in wanted]
        for form in (folded, _words):
            given = [form(cell) for cell in header]
            found = (given.index(form(each)) for each in wanted if form(each) and form(each) in given)
            if (place := next(found, None)) is not None:
                return place
        return None


class Shaped:
    """The source of the files of one shape; `zone` is that of times written without one."""

    def __init__(
        self, shape: Shape, look: Look, db: Path, zone: str, order: Order | None = None, words: Words | None = None
    ) -> None:
        self.name = shape.system
        self._shape = shape
        self._look = look
        self._db, self._zone, self._order = db, zone, order
        self._words = words_for(db, shape.system) if words is None else words

    def feeds(self, con: duckdb.DuckDBPyConnection, path: Path, *, numbered: bool) -> Iterator[Feed]:
        shape = self._shape
        whole = self._read(
            con, path, numbered=numbered or len(shape.fills) != 1 or any(fill.sql for fill in shape.fills)
        )
        con.execute(f"CREATE OR REPLACE TEMP VIEW raw_cells AS FROM {whole.sql}")
        con.execute(f"CREATE OR REPLACE TEMP VIEW raw_records AS FROM {_named(con, whole, shape, path, self._order)}")
        if shape.kind == "json":
            con.execute(f"CREATE OR REPLACE TEMP VIEW tops AS FROM {json_objects_sql(path)}")
        fills, notes = shape.plan(con, whole) if shape.plan else (shape.fills, ())
        if any("pseudonym(" in fill.sql for fill in fills):
            body = pseudonym_sql("identity", key_of(self._db))
            con.execute(f"CREATE OR REPLACE TEMP MACRO pseudonym(identity) AS {body}")
        for column in MATCHED:
            if any(f"own_{column}(" in fill.sql for fill in fills):
                body = own_sql(self._words, column, "word")
                con.execute(f"CREATE OR REPLACE TEMP MACRO own_{column}(word) AS {body}")
        malformed = tuple(_footed(line, shape.footer) for line in whole.malformed)
        whole = replace(whole, notes=(*whole.notes, *notes), malformed=malformed)
        con.execute("CREATE OR REPLACE TEMP TABLE told (_line BIGINT)")
        for rank, fill in enumerate(fills):
            own = whole if rank == 0 else replace(whole, malformed=(), notes=())
            if fill.sql:
                own = _made(con, fill, own)
            con.execute(f"INSERT INTO told SELECT DISTINCT _line FROM {own.sql}")
            if rank == len(fills) - 1:
                own = replace(own, notes=(*own.notes, *_untold(con)))
            feed = Mapped(_mapping(shape, fill, self._zone, self._words), self._db).feed(con, own, path)
            yield replace(feed, words=_unmatched(con, fill, own))

    def _read(self, con: duckdb.DuckDBPyConnection, path: Path, *, numbered: bool) -> Relation:
        if self._shape.kind == "json":
            return load_json(con, path, self._shape.records)
        dialect = Dialect(
            encodings=encodings_of(path),
            delimiter=self._shape.delimiter or self._look.delimiter,
            skip_rows=self._shape.header_row(self._look) or 0,
            header=self._shape.header,
        )
        return read(con, path, dialect, numbered=numbered)


def _footed(line: Malformed, footer: str) -> Malformed:
    return replace(line, reason=TOTAL) if footer and re.match(footer, line.text) else line


def _untold(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """How many records, and which ones, made no row of any table."""
    row = con.execute(
        "SELECT count(*), (SELECT count(*) FROM raw_records), list(_line ORDER BY _line)[:3] "
        "FROM (SELECT _line FROM raw_records WHERE _line IS NOT NULL EXCEPT SELECT _line FROM told)"
    ).fetchone()
    left, every, first = row or (0, 0, [])
    if not left:
        return ()
    lines = ", ".join(map(str, first)) + ("..." if left > len(first) else "")
    return (
        f"{left} of {every} records make no row of their own ({lines}): earlier versions, parts of another row, or "
        "what no table holds",
    )


def refusing(reason: str) -> Callable[[duckdb.DuckDBPyConnection, Relation], NoReturn]:
    """The plan of a kind of file that is known and cannot be used: `reason` says what to export instead."""

    def refuse(con: duckdb.DuckDBPyConnection, whole: Relation) -> NoReturn:
        raise ImportFailed(reason)

    return refuse


def _words(name: str) -> str:
    """A column's name without punctuation: N° de commande, opened_at."""
    return re.sub(r"[^a-z0-9]+", " ", folded(name)).strip()


def _matched(fill: Fill) -> dict[str, str]:
    """The columns of a fill that hold words of a centre -> the column whose words they are."""
    kind = fill.columns.get("event_type")
    changed = kind.get("value", "") if isinstance(kind, Mapping) else ""
    whose = {name: changed if name in ("from_value", "to_value") else name for name in fill.values}
    return {name: own for name, own in whose.items() if own in MATCHED and isinstance(fill.columns.get(name), str)}


def _unmatched(con: duckdb.DuckDBPyConnection, fill: Fill, own: Relation) -> tuple[Word, ...]:
    """The words that the vocabulary of a fill does not have."""
    found: list[Word] = []
    for name, column in _matched(fill).items():
        table = "tickets" if name != column else fill.table
        place = own.position(fill.columns[name])
        listed = next(each for each in CANONICAL if each.name == table).column(column).values
        if place is None or not listed:
            continue
        known = {word.casefold() for word in (*fill.values[name], *listed, *MISSING)}
        text = f"trim(c{place}::VARCHAR)"
        words = con.execute(
            f"SELECT min({text}), count(*) FROM {own.sql} WHERE {text} <> '' "
            f"AND lower({text}) NOT IN ({', '.join(map(quote, sorted(known)))}) "
            f"GROUP BY lower({text}) ORDER BY 2 DESC, 1 LIMIT {_MOST_WORDS}"
        ).fetchall()
        found += [Word(table, column, word, rows, fill.values[name].get("*", "")) for word, rows in words]
    return tuple(found)


def _mapping(shape: Shape, fill: Fill, zone: str, words: Words) -> ExportMapping:
    matched = _matched(fill)
    given = {
        "timezone": "UTC" if shape.zoned else zone,
        **fill.options,
        "table": fill.table,
        "columns": dict(fill.columns),
        "values": {name: {**known, **words.get(matched.get(name, ""), {})} for name, known in fill.values.items()},
        "generate": dict(fill.generate),
    }
    return replace(checked(given, Path(shape.title), source=shape.system), words_at="match the word on the Import page")


def _named(con: duckdb.DuckDBPyConnection, relation: Relation, shape: Shape, path: Path, order: Order | None) -> str:
    """SQL of a relation whose columns have the names of the shape, else those of the export, the first of two that
    are equal."""
    if shape.kind == "json":
        return f"(SELECT _line, c0::JSON AS j FROM {relation.sql})"
    known = dict.fromkeys((*shape.signature, *shape.names, *shape.optional, *shape.dates))
    places = {name: place for name in known if (place := shape.index(name, relation.header)) is not None}
    columns = {folded(name): f"c{place}" for name, place in places.items()}
    names = {folded(name): name for name in known}
    for place, name in enumerate(relation.header):
        if name and place not in places.values() and folded(name) not in names:
            columns[folded(name)], names[folded(name)] = f"c{place}", name
    dates = {folded(name): columns[folded(name)] for name in shape.dates if folded(name) in columns}
    if dates:
        first = day_first(con, list(dates.values()), relation.sql, path.name, order)
        columns |= {name: iso_sql(cell, first) for name, cell in dates.items()}
    utc = [name for name, place in places.items() if folded(relation.header[place]).endswith(" (utc)")]
    columns |= {folded(name): f"nullif({columns[folded(name)]}, '') || 'Z'" for name in utc}
    columns |= {folded(name): "NULL::VARCHAR" for name in shape.optional if folded(name) not in columns}
    named = ", ".join(f"{sql} AS {identifier(names[name])}" for name, sql in columns.items())
    return f"(SELECT _line, {named} FROM {relation.sql})"


def _made(con: duckdb.DuckDBPyConnection, fill: Fill, whole: Relation) -> Relation:
    """What a fill's SQL makes of the rows, as text."""
    sql = re.sub(r"\b(records|cells)\b", r"raw_\1", fill.sql)
    try:
        described = con.execute(f"DESCRIBE {sql}").fetchall()
        names = [row[0] for row in described if row[0] != "_line"]
        columns = ", ".join(f"{identifier(name)}::VARCHAR AS c{i}" for i, name in enumerate(names))
        con.execute(f"CREATE OR REPLACE TEMP TABLE made AS SELECT _line, {columns} FROM ({sql})")
    except duckdb.BinderException as error:
        raise ImportFailed(f"the file lacks a column that this kind of file has: {error}") from None
    return replace(whole, sql="made", header=tuple(names), numbered=True, types=())
