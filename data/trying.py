"""What a person wants to know of a file before it is loaded: what it is, why, and how it would be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import duckdb

from data import kinds
from data.archives import unpack
from data.decoding import encodings_of
from data.reading import Dialect, Relation, header_of, read
from data.schema import CANONICAL
from data.sources import Source, Word
from data.sources.canonical import Canonical, recognise
from data.sources.dating import Order
from data.sources.guessing import (
    GENERATED,
    Guess,
    Profile,
    Proposal,
    asks_zone,
    formats,
    has_decimal_comma,
    has_orders,
    needed,
    nulls_in,
    order_of,
    propose,
    unit_of,
    word_for,
)
from data.sources.known import Claim, recognised
from data.sources.looking import Look, folded, look
from data.sources.mapped import Mapped
from data.sources.mapping import ExportMapping, checked
from data.sources.own_words import Words, value_of, words_for
from data.sources.saved import mapping_for
from data.sources.vocabulary import COLUMNS
from data.store import ImportFailed
from data.surroundings import lines_above

Kind = Literal["system", "mapping", "canonical", "unknown", "unreadable"]
_PROFILED = 400
"""Different values of a column that are looked at."""
_NUMBERS = r"^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b"
_BY_NAME = {table.name: table for table in CANONICAL}


@dataclass(frozen=True, slots=True)
class Trial:
    """What a file was recognised as. `because` are the columns that say so; `error` says why it cannot be read."""

    name: str
    path: Path
    kind: Kind
    title: str = ""
    because: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    profiles: tuple[Profile, ...] = ()
    asks_zone: bool = False
    error: str = ""
    dialect: Dialect = field(default_factory=Dialect)
    saved: ExportMapping | None = None
    """The mapping that reads it, to correct."""
    system: str = ""
    """The system that writes such files, when it is a known one."""

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(profile.name for profile in self.profiles)


@dataclass(frozen=True, slots=True)
class Choices:
    """A mapping as a person has settled it. `order` None: no date needs one. A word without value is rejected."""

    table: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    generate: tuple[str, ...] = ()
    order: Order | None = None
    zone: str = "UTC"


def examine(path: Path, db: Path, zone: str, name: str = "") -> Trial:
    """What a file is. Never raises: a file that cannot be read says why."""
    name = name or path.name
    try:
        seen = look(path)
        claim = recognised(path, db, zone)
        if claim.shape is not None:
            return _of_system(name, path, claim, seen)
        if claim.mapping is not None:
            return _mapped(name, path, claim.mapping, seen)
        return _canonical(name, path) or _unknown(name, path, seen)
    except (ImportFailed, OSError) as error:
        return Trial(name, path, "unreadable", error=str(error))


def examine_all(path: Path, db: Path, zone: str, name: str = "") -> list[Trial]:
    """What a file is, or each file of an archive, which is unpacked beside it. Never raises."""
    name = name or path.name
    try:
        if kinds.kind_of(path) != "zip":
            return [examine(path, db, zone, name)]
        members, others = unpack(path, path.with_name(f"{path.name}.unpacked"))
    except (ImportFailed, OSError) as error:
        return [Trial(name, path, "unreadable", error=str(error))]
    if not members:
        empty = f"{name} holds no file with rows, only {', '.join(others) or 'nothing'}"
        return [Trial(name, path, "unreadable", error=empty)]
    found = [examine(where, db, zone, f"{name}/{member}") for member, where in members]
    unknown = f"unknown kind of file; give one of {', '.join(kinds.SUFFIXES)}"
    return found + [Trial(f"{name}/{other}", path, "unreadable", error=f"{other}: {unknown}") for other in others]


def _of_system(name: str, path: Path, claim: Claim, seen: Look) -> Trial:
    shape = claim.shape
    assert shape is not None
    tables = tuple(dict.fromkeys(fill.table for fill in shape.fills))
    header = next((cells for above, cells in seen.rows if above == shape.header_row(seen)), ())
    places = [shape.index(column, header) for column in shape.signature]
    own = tuple(column if at is None else header[at] for column, at in zip(shape.signature, places, strict=True))
    because = (shape.first_line,) if shape.first_line else own
    return Trial(name, path, "system", claim.title, because, tables, asks_zone=not shape.zoned, system=shape.system)


def _mapped(name: str, path: Path, mapping: Path, seen: Look) -> Trial:
    saved = mapping_for(mapping, seen)
    found = profiles(path, saved.dialect)
    return Trial(
        name, path, "mapping", mapping.stem, tables=(saved.table.name,), profiles=found, dialect=saved.dialect,
        saved=saved,
    )  # fmt: skip


def _canonical(name: str, path: Path) -> Trial | None:
    """A file whose columns are those of a table, all that it must have included; None for another one."""
    header = header_of(path, Dialect(encodings=encodings_of(path)))
    given = {column.strip().lower() for column in header}
    try:
        table = recognise(path, header)
    except ImportFailed:
        return None
    if any(column.name not in given for column in needed(table)):
        return None
    because = tuple(column.name for column in table.columns if column.name in given)
    return Trial(name, path, "canonical", table.name, because, (table.name,))


def _unknown(name: str, path: Path, seen: Look) -> Trial:
    dialect = Dialect(
        encodings=encodings_of(path) if seen.delimiter else ("utf-8",),
        delimiter=seen.delimiter,
        skip_rows=lines_above(seen.rows),
    )
    return Trial(name, path, "unknown", profiles=profiles(path, dialect), dialect=dialect)


# The columns of an unknown file


def profiles(path: Path, dialect: Dialect) -> tuple[Profile, ...]:
    """Every named column of a file with what its values look like. Raises Unreadable."""
    with duckdb.connect() as con:
        relation = _relation(con, path, dialect)
        found: dict[str, Profile] = {}
        for index, name in enumerate(relation.header):
            if name.strip() and folded(name) not in {folded(one) for one in found}:
                found[name] = _profile(con, name, f"nullif(trim(c{index}::VARCHAR), '')")
        return tuple(found.values())


def _relation(con: duckdb.DuckDBPyConnection, path: Path, dialect: Dialect) -> Relation:
    try:
        relation = read(con, path, dialect, numbered=False)
        con.execute(f"CREATE TEMP TABLE cells AS FROM {relation.sql}")
    except duckdb.InvalidInputException:  # not a clean file
        relation = read(con, path, dialect, numbered=True)
        con.execute(f"CREATE OR REPLACE TEMP TABLE cells AS FROM {relation.sql}")
    return relation


def _profile(con: duckdb.DuckDBPyConnection, name: str, value: str) -> Profile:
    rows = con.execute(
        f"SELECT v FROM (SELECT {value} AS v, min(rowid) AS r FROM cells GROUP BY 1) WHERE v IS NOT NULL "
        f"ORDER BY r LIMIT {_PROFILED}"
    ).fetchall()
    late = ", ".join(
        f"coalesce(bool_or(TRY_CAST(regexp_extract({value}, '{_NUMBERS}', {rank}) AS INTEGER) > 12), false)"
        for rank in (1, 2)
    )
    counts = con.execute(f"SELECT count(DISTINCT {value}), count({value}), {late} FROM cells").fetchone()
    assert counts is not None
    return Profile(name, tuple(row[0] for row in rows), *counts)


# What is asked, what is settled


def proposal(trial: Trial, table: str | None = None) -> Proposal:
    """A first mapping of a file, into `table` if it is given: the saved one where there is one."""
    if trial.saved is None or table not in (None, trial.saved.table.name):
        return propose(trial.profiles, table)
    origins = trial.saved.columns
    given = {name: one.column for name, one in origins.items() if one.column in trial.header}
    return Proposal(
        trial.saved.table.name,
        tuple(Guess(name, given.get(name), 1.0 if name in given else 0.0) for name in columns_of(trial.tables[0])),
        {name: one.value for name, one in origins.items() if one.value is not None},
        tuple(trial.saved.generate),
    )


def zone_before(trial: Trial, zone: str) -> str:
    """The time zone that the saved mapping says, else `zone`."""
    return trial.saved.zone if trial.saved else zone


def order_before(trial: Trial) -> Order | None:
    """The order of dates that the saved mapping says."""
    forms = trial.saved.formats if trial.saved else ()
    return (
        "dmy" if any(f.startswith("%d") for f in forms) else "mdy" if any(f.startswith("%m") for f in forms) else None
    )


def tables() -> tuple[str, ...]:
    """The tables that exports are known to fill."""
    return tuple(COLUMNS)


def columns_of(table: str) -> tuple[str, ...]:
    """The columns of a table that an export may fill, those that a row must have first."""
    must = [column.name for column in needed(_BY_NAME[table])]
    return (*must, *(name for name in _BY_NAME[table].column_names if name not in must and name != "_import_id"))


def must_have(table: str) -> frozenset[str]:
    """The columns without which a row of the table cannot be."""
    return frozenset(column.name for column in needed(_BY_NAME[table]))


def kind_of(table: str, column: str) -> str:
    """The type of a column in the schema: TEXT, TIMESTAMP, DATE, INTEGER..."""
    return _BY_NAME[table].column(column).type


def values_of(table: str, column: str) -> tuple[str, ...]:
    """The closed list of a column, empty when it has none; true and false for what is one or the other."""
    found = _BY_NAME[table].column(column)
    return ("true", "false") if found.type == "BOOLEAN" else found.values


def profile_of(trial: Trial, source: str) -> Profile:
    """What the values of a column of the file look like."""
    return next(profile for profile in trial.profiles if profile.name == source)


def unit_in(trial: Trial, column: str, source: str) -> str:
    """The unit that the saved mapping or the title gives: ms, min, h, or s."""
    origin = trial.saved.columns.get(column) if trial.saved else None
    if origin is not None and origin.column == source:
        return origin.unit or "s"
    return unit_of(source) or "s"


def words_of(trial: Trial, table: str, column: str, source: str) -> dict[str, str]:
    """The words of a column of the file -> the value of the closed list that each most likely means, "" when none."""
    listed = _BY_NAME[table].column(column)
    if not listed.values:
        return {}
    settled = trial.saved.vocabulary.get(column, {}) if trial.saved and trial.saved.table.name == table else {}
    before = {word.casefold(): value for word, value in settled.items()}
    known = profile_of(trial, source).known
    return {word: before.get(word.casefold()) or word_for(table, listed, word) or "" for word in known}


def meaning_of(word: Word, db: Path, system: str) -> str:
    """What a word that a system does not have means: as it was matched before, as it is read all the same, else the
    value that it most likely means; "" when nobody knows."""
    before = value_of(words_for(db, system), word.column, word.text)
    listed = _BY_NAME[word.table].column(word.column)
    return before or word.value or word_for(word.table, listed, word.text) or ""


def _timed(trial: Trial, table: str, columns: Mapping[str, str]) -> list[Profile]:
    """The columns of the file that are read as dates or times."""
    kinds = ("TIMESTAMP", "DATE")
    return [profile_of(trial, source) for column, source in columns.items() if kind_of(table, column) in kinds]


def order_in(trial: Trial, table: str, columns: Mapping[str, str]) -> tuple[bool, Order | None]:
    """Whether the dates have an order to know, and which it is when they prove it themselves."""
    dated = _timed(trial, table, columns)
    return has_orders(dated), order_of(dated)


def lacks_zone(trial: Trial, table: str, columns: Mapping[str, str]) -> bool:
    """Whether a time is written without its zone."""
    return asks_zone(
        [profile_of(trial, source) for name, source in columns.items() if kind_of(table, name) == "TIMESTAMP"]
    )


def mapping_of(trial: Trial, chosen: Choices, source: str) -> dict[str, Any]:
    """A mapping to check, use and save (see `data.sources.mapping`)."""
    used = [profile_of(trial, name) for name in dict.fromkeys(chosen.columns.values())]
    dated = formats(_timed(trial, chosen.table, chosen.columns), chosen.order or "dmy")
    return {
        "table": chosen.table,
        "source": source,
        "header": list(trial.header),
        "encoding": list(trial.dialect.encodings),
        **({"delimiter": trial.dialect.delimiter} if trial.dialect.delimiter else {}),
        "skip_rows": trial.dialect.skip_rows,
        "decimal_comma": has_decimal_comma(used),
        "null_values": list(nulls_in(used)),
        "timezone": chosen.zone,
        "date_formats": list(dated),
        "columns": {
            **{name: _origin(source, chosen.units.get(name, "s")) for name, source in chosen.columns.items()},
            **{name: {"value": value} for name, value in chosen.constants.items()},
        },
        "values": {
            name: {word: value for word, value in words.items() if value} for name, words in chosen.words.items()
        },
        "generate": dict.fromkeys(chosen.generate, GENERATED),
    }


def _origin(source: str, unit: str) -> str | dict[str, str]:
    return source if unit == "s" else {"column": source, "unit": unit}


# What reads a file, and what it would make of it


def source_of(trial: Trial, db: Path, zone: str, order: Order | None = None, words: Words | None = None) -> Source:
    """What reads a file that was recognised, with the centre's `words`, else those kept for its system. Raises
    ImportFailed."""
    if trial.kind == "canonical":
        return Canonical(trial.title)
    return recognised(trial.path, db, zone, order, words).source


def mapped(mapping: Mapping[str, Any], name: str, db: Path) -> Source:
    """What reads a file with a mapping. Raises ImportFailed for one that does not hold."""
    return Mapped(checked(mapping, Path(name)), db)
