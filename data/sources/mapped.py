"""Foreign exports through a mapping (`data.sources.mapping` tells its format): words, numbers, local times."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from data import local_time
from data.checking import Cell, boolean_sql, instant_sql, text_of, typed_sql
from data.oddities import Oddity
from data.privacy import key_of, pseudonym_sql, scrubbed_sql
from data.reading import Relation, quote, read
from data.schema import Column
from data.sources import Feed
from data.sources.dating import CLOCK_FORMATS, worded_sql
from data.sources.lasting import THREE_PARTS, TWO_PARTS, clocked_sql, seconds_sql
from data.sources.mapping import UNIT_SECONDS, ExportMapping, Origin
from data.sources.vocabulary import signs_of_nothing
from data.store import ImportFailed

_FIRST_TIMES = 3
"""Times shown of those that a change of clocks skips or repeats."""
FREE_TEXTS = ("comment", "text")
_WALL_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", *(form for form in CLOCK_FORMATS if "%z" not in form))


class Mapped:
    """The source of the exports that one mapping describes; `db` is the store whose pseudonyms it uses."""

    def __init__(self, mapping: ExportMapping, db: Path) -> None:
        self.name = mapping.source
        self.table = mapping.table.name
        self._mapping = mapping
        self._key = key_of(db) if mapping.pseudonyms else ""
        self._worded: frozenset[str] = frozenset()
        """The columns of the file at hand with a word in some value; no other is looked at for words."""

    def feeds(self, con: duckdb.DuckDBPyConnection, path: Path, *, numbered: bool) -> Iterator[Feed]:
        yield self.feed(con, read(con, path, self._mapping.dialect, numbered=numbered), path)

    def feed(self, con: duckdb.DuckDBPyConnection, relation: Relation, path: Path) -> Feed:
        """What the mapping makes of the rows of a file."""
        mapping = self._mapping
        if mapping.generate:
            relation = replace(relation, sql=self._with_generated(relation, path))
        raws = {
            column.name: self._raw(column.name, relation, path)
            for column in mapping.table.columns
            if column.name in mapping.columns or column.name in mapping.generate
        }
        hours_first, notes = self._hours_first(con, relation, raws)
        spelt = {name: raw for name, raw in raws.items() if name.endswith(("_s", "_at", "_on", "_date", "month"))}
        self._worded = _with_words(con, relation, spelt) if spelt and relation.numbered else frozenset()
        cells = tuple(self._cell(mapping.table.column(name), raw, name in hours_first) for name, raw in raws.items())
        return Feed(mapping.table, relation, cells, notes, self._clock_changes(con, relation, raws))

    def _with_generated(self, relation: Relation, path: Path) -> str:
        """The relation with a column `g_<name>` for each key to generate.

        Identical rows get ranks, no matter in which order: a second import of the file finds the same keys.
        """
        generated = []
        for name, recipe in self._mapping.generate.items():
            if isinstance(recipe, str):
                row = _fingerprint(range(len(relation.header)))
                generated.append(f"{row} || '-' || row_number() OVER (PARTITION BY {row}) AS g_{name}")
            else:
                row = _fingerprint([self._index(relation, foreign, path) for foreign in recipe])
                generated.append(f"{row} AS g_{name}")
        return f"(SELECT *, {', '.join(generated)} FROM {relation.sql})"

    def _index(self, relation: Relation, foreign: str, path: Path) -> int:
        index = relation.position(foreign)
        if index is None:
            close = difflib.get_close_matches(foreign, relation.header, 1, 0.5)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            raise ImportFailed(
                f"{path.name} has no column {foreign!r}, which {self._mapping.file} names.{meant} "
                f"It has {', '.join(repr(name) for name in relation.header[:30])}."
            )
        return index

    def _raw(self, name: str, relation: Relation, path: Path) -> str:
        """SQL of the text from which a column of the schema is read."""
        mapping = self._mapping
        if name in mapping.generate:
            return f"g_{name}"
        origin = mapping.columns[name]
        if origin.column is not None:
            column = mapping.table.column(name)
            return text_of(self._index(relation, origin.column, path), (*mapping.nulls, *self._signs(column)))
        return quote(origin.value or "")

    def _signs(self, column: Column) -> tuple[str, ...]:
        """What stands for an empty cell although the mapping does not say so: where such a word means nothing else."""
        known = self._mapping.vocabulary.get(column.name, {})
        return () if "*" in known else tuple(word for word in signs_of_nothing(column) if word not in known)

    def _cell(self, column: Column, raw: str, hours_first: bool) -> Cell:
        mapping = self._mapping
        formats = f" as {' or '.join(mapping.formats)}" if mapping.formats else ""
        if column.name in mapping.vocabulary:
            return self._word(column, raw)
        match column.type:
            case "TIMESTAMP":
                form = f"an instant{formats}" if formats else ""
                worded = column.name in self._worded
                return Cell(column, raw, self._instant, form, lambda text: self._wall(text, worded))
            case "DATE":
                worded = column.name in self._worded
                return Cell(column, raw, lambda text: self._date(text, worded), f"a date{formats}" if formats else "")
            case "INTEGER" | "BIGINT" | "DOUBLE":
                unit = mapping.columns.get(column.name, Origin()).unit
                return Cell(column, raw, lambda text: self._number(text, column, unit, hours_first))
            case "BOOLEAN":
                return Cell(column, raw, boolean_sql)
            case "TEXT" if column.name in mapping.pseudonyms:
                return Cell(column, raw, lambda text: pseudonym_sql(text, self._key))
            case "TEXT" if column.name in FREE_TEXTS:
                return Cell(column, raw, scrubbed_sql)
        return Cell(column, raw, typed_sql(column.type))

    def _word(self, column: Column, raw: str) -> Cell:
        """Words through the vocabulary; a column without a closed list keeps those that it does not name."""
        given = self._mapping.vocabulary[column.name]
        words = {value: value for value in column.values}
        words |= {word.casefold(): value for word, value in given.items() if word != "*"}
        cases = " ".join(f"WHEN {quote(word)} THEN {quote(value)}" for word, value in words.items())
        other = quote(given["*"]) if "*" in given else "NULL" if column.values else None

        def typed(text: str) -> str:
            known = f"CASE lower({text}) {cases} ELSE {other or text} END" if cases else other or text
            return f"CASE WHEN {text} IS NOT NULL THEN {known} END"

        place = self._mapping.words_at or f"add the word to [values.{column.name}] of {self._mapping.file}"
        form = f"one of {', '.join(words)}; or {place}"
        return Cell(column, raw, typed, form)

    def _instant(self, text: str) -> str:
        """Naive UTC: an instant with its zone is exact, one without is on the mapping's wall clock."""
        exact = instant_sql(text)
        if zoned := [form for form in self._mapping.formats if "%z" in form]:
            exact = f"coalesce({_strptime(text, zoned)}::TIMESTAMP, {exact})"
        local = local_time.to_utc_sql(f"{text}_step", self._mapping.zone)
        return f"CASE WHEN {_has_zone(text)} THEN {exact} ELSE {local} END"

    def _wall(self, text: str, worded: bool) -> str:
        """SQL of a time written without a zone, as on the wall; NULL for one that has a zone."""
        readings = [f"TRY_CAST({text} AS TIMESTAMP)"]
        if plain := [form for form in self._mapping.formats if "%z" not in form]:
            readings.insert(0, _strptime(text, plain))
        if worded:
            readings.append(_strptime(worded_sql(text), _WALL_FORMATS))
        return f"CASE WHEN NOT {_has_zone(text)} THEN coalesce({', '.join(readings)}) END"

    def _date(self, text: str, worded: bool) -> str:
        readings = [typed_sql("DATE")(text)]
        if self._mapping.formats:
            readings.insert(0, f"{_strptime(text, self._mapping.formats)}::DATE")
        if worded:
            readings.append(f"{_strptime(worded_sql(text), _WALL_FORMATS)}::DATE")
        return f"coalesce({', '.join(readings)})"

    def _number(self, text: str, column: Column, unit: str, hours_first: bool) -> str:
        """A number with spaces between thousands, a decimal comma, a sign behind it; a duration also as 1:02:03."""
        plain = rf"regexp_replace({text}, '[\s\x{{00A0}}\x{{202F}}]|[%€]$', '', 'g')"
        if self._mapping.decimal_comma:
            comma = f"replace(replace({plain}, '.', ''), ',', '.')"
            plain = f"CASE WHEN contains({text}, ',') THEN {comma} ELSE {plain} END"
        if not unit and not column.name.endswith("_s"):
            return typed_sql(column.type)(f"({plain})")
        seconds = f"TRY_CAST({plain} AS DOUBLE) * {UNIT_SECONDS[unit or 's']}"
        clock = rf"regexp_full_match({text}, '(\d+:)?\d+:\d\d')"
        clocked = seconds_sql(text, hours_first)
        if column.name not in self._worded:
            return f"TRY_CAST(CASE WHEN {clock} THEN {clocked} ELSE round({seconds}) END AS {column.type})"
        worded = seconds_sql(f"({clocked_sql(text)})", False)
        return (
            f"TRY_CAST(CASE WHEN {clock} THEN {clocked} WHEN regexp_matches({text}, '\\d.*\\pL') THEN {worded} "
            f"ELSE round({seconds}) END AS {column.type})"
        )

    def _hours_first(
        self, con: duckdb.DuckDBPyConnection, relation: Relation, raws: dict[str, str]
    ) -> tuple[set[str], tuple[str, ...]]:
        """The columns of durations in which 1:30 is an hour and a half, and what to say of those that prove nothing.

        A value of three parts, or of more than a day, proves minutes and seconds.
        """
        units = {name: origin.unit for name, origin in self._mapping.columns.items() if origin.column is not None}
        given = {name for name, unit in units.items() if unit == "h"}
        asked = [name for name in raws if name.endswith("_s") and units.get(name, "ms") in ("", "s")]
        if not asked:
            return given, ()
        counts = ", ".join(
            f"bool_or(regexp_matches({raws[name]}, '{TWO_PARTS}')), bool_or(regexp_matches({raws[name]}, "
            f"'{THREE_PARTS}') OR TRY_CAST(regexp_extract({raws[name]}, '^(\\d+):\\d\\d$', 1) AS BIGINT) > 24)"
            for name in asked
        )
        try:
            row = con.execute(f"SELECT {counts} FROM {relation.sql}").fetchone() or ()
        except duckdb.InvalidInputException:  # not a clean file: the engine will find that out too
            return given, ()
        unproven = [name for name, two, minutes in zip(asked, row[::2], row[1::2], strict=True) if two and not minutes]
        sheet = self._mapping.table.name == "agent_time"
        said = "hours and minutes" if sheet else "minutes and seconds"
        notes = tuple(f'{name}: 04:30 was read as {said}; say unit = "h" or "min" in a mapping' for name in unproven)
        return given | (set(unproven) if sheet else set()), notes

    def _clock_changes(
        self, con: duckdb.DuckDBPyConnection, relation: Relation, raws: dict[str, str]
    ) -> tuple[Oddity, ...]:
        """The times that a change of clocks skips or repeats, by column; they are read with the offset before it."""
        table, zone = self._mapping.table, self._mapping.zone
        windows = local_time.irregular_sql(zone)
        columns = [c.name for c in table.columns if c.type == "TIMESTAMP" and _is_read(self._mapping, c.name)]
        if not windows or not columns:
            return ()
        texts = ", ".join(f"{raws[name]} AS {name}" for name in columns)
        walls = ", ".join(
            f"{{'column': {rank}, 'wall': {self._wall(name, name in self._worded)}}}"
            for rank, name in enumerate(columns)
        )
        said = " ".join(f"WHEN {rank} THEN {name}" for rank, name in enumerate(columns))
        try:
            rows = con.execute(  # Only times are unnested: the texts of the few that are found are looked up last.
                f"SELECT w.column, count(*), list(CASE w.column {said} END || coalesce(' (line ' || _line || ')', '') "
                f"ORDER BY _line, w.wall)[:{_FIRST_TIMES}] "
                f"FROM (SELECT *, unnest([{walls}]) AS w FROM (SELECT _line, {texts} FROM {relation.sql})) "
                f"JOIN {windows} ON w.wall::DATE = low::DATE AND w.wall >= low AND w.wall < high "
                "GROUP BY w.column ORDER BY w.column"
            ).fetchall()
        except duckdb.InvalidInputException:  # not a clean file: the engine will find that out too
            return ()
        return tuple(
            Oddity("clock_change", table.name, columns[rank], count, ", ".join(first)) for rank, count, first in rows
        )


def _with_words(con: duckdb.DuckDBPyConnection, relation: Relation, raws: dict[str, str]) -> frozenset[str]:
    """The columns with a word after a figure, or of three letters, in some value: 1h30, 3 nov. 2026."""
    words = ", ".join(f"bool_or(regexp_matches({raw}, '\\d.*\\pL|\\pL{{3}}'))" for raw in raws.values())
    row = con.execute(f"SELECT {words} FROM {relation.sql}").fetchone() or ()
    return frozenset(name for name, found in zip(raws, row, strict=True) if found)


def _is_read(mapping: ExportMapping, name: str) -> bool:
    return name in mapping.columns and mapping.columns[name].column is not None


def _has_zone(text: str) -> str:
    """SQL: the text ends in a time of day with Z or an offset."""
    return rf"coalesce(regexp_matches({text}, '\d:\d\d.*(Z|[+-]\d\d(:?\d\d)?)$'), false)"


def _strptime(text: str, formats: Sequence[str]) -> str:
    return f"try_strptime({text}, [{', '.join(map(quote, formats))}])"


def _fingerprint(indexes: Sequence[int]) -> str:
    """SQL of a hash of some columns, in which an empty cell differs from no cell and from its neighbours."""
    cells = ", ".join(f"coalesce(c{index}, chr(30))" for index in indexes)
    return f"left(md5(concat_ws(chr(31), {cells})), 20)"
