"""Files to relations of text that SQL can check: by DuckDB when clean, record by record otherwise."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from data.decoding import text_lines
from data.records import (
    Malformed,
    Record,
    csv_records,
    json_header,
    json_records,
    sheet_records,
    sheet_rows,
)
from data.store import Unreadable

DELIMITERS = ",;\t|"
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl", ".ndjson", ".xlsx")
BATCH = 50_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file or a sheet is written; `delimiter` None is found from the header."""

    encodings: tuple[str, ...] = ("utf-8",)
    delimiter: str | None = None
    skip_rows: int = 0
    sheet: str | None = None
    header: tuple[str, ...] = ()
    """The columns of a file that does not name them."""


@dataclass(frozen=True, slots=True)
class Relation:
    """The rows of a file. Column i of `header` is `c{i}`; `_line` is NULL unless `numbered`."""

    sql: str
    header: tuple[str, ...]
    numbered: bool
    types: tuple[str, ...] = ()
    """SQL types of the columns when they are not all text."""
    malformed: tuple[Malformed, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def position(self, name: str) -> int | None:
        """Index of a column by its name, whatever its case and surrounding blanks."""
        wanted = name.strip().casefold()
        for index, given in enumerate(self.header):
            if given.strip().casefold() == wanted:
                return index
        return None


def header_of(path: Path, dialect: Dialect) -> tuple[str, ...]:
    """The column names of a file, as written. Raises Unreadable."""
    match path.suffix.lower():
        case ".parquet":
            return tuple(name for name, _ in _parquet_columns(path))
        case ".json":
            return _json_keys(path)
        case ".jsonl" | ".ndjson":
            return tuple(json_header(path))
        case ".xlsx":
            rows, _ = sheet_rows(path, dialect.sheet)
            return _header(next(sheet_records(rows, dialect.skip_rows), None), path)
    return _csv_header(path, dialect)[0]


def read(con: duckdb.DuckDBPyConnection, path: Path, dialect: Dialect, *, numbered: bool) -> Relation:
    """The rows of `path`. With `numbered`, slower, each knows its line and none is refused as a whole.

    Raises Unreadable for a file that is not what its suffix says.
    """
    match path.suffix.lower():
        case ".parquet":
            return _read_parquet(path)
        case ".json":
            return _flat(load_json(con, path), _json_keys(path))
        case ".jsonl" | ".ndjson":
            names = json_header(path)
            return load_records(con, tuple(names), json_records(path, names))
        case ".xlsx":
            rows, others = sheet_rows(path, dialect.sheet)
            records = sheet_records(rows, dialect.skip_rows)
            header = _header(next(records, None), path)
            notes = (f"sheets left unread: {', '.join(others)}",) if others else ()
            return load_records(con, header, records, notes)
        case ".csv" | ".tsv" | ".txt":
            return _read_csv(con, path, dialect, numbered=numbered)
    raise Unreadable(f"{path.name}: unknown kind of file; give one of {', '.join(SUFFIXES)}")


def load_records(
    con: duckdb.DuckDBPyConnection,
    header: tuple[str, ...],
    records: Iterator[Record | Malformed],
    notes: tuple[str, ...] = (),
) -> Relation:
    """A temporary table `records` of the records given, and those that are malformed."""
    columns = "".join(f", c{index} VARCHAR" for index in range(len(header)))
    con.execute(f"CREATE OR REPLACE TEMP TABLE records (_line BIGINT{columns})")
    malformed: list[Malformed] = []
    schema = pa.schema([("_line", pa.int64()), *((f"c{index}", pa.large_string()) for index in range(len(header)))])
    while batch := list(islice(records, BATCH)):
        malformed += (item for item in batch if isinstance(item, Malformed))
        good = [item for item in batch if isinstance(item, Record)]
        if good:
            values = zip(*(item.values for item in good), strict=True)
            arrays = [[item.line for item in good], *values]
            con.register("batch", pa.table(arrays, schema=schema))
            con.execute("INSERT INTO records SELECT * FROM batch")
            con.unregister("batch")
    return Relation("records", header, True, malformed=tuple(malformed), notes=notes)


def _read_csv(con: duckdb.DuckDBPyConnection, path: Path, dialect: Dialect, *, numbered: bool) -> Relation:
    header, delimiter = _csv_header(path, dialect)
    if not numbered and dialect.encodings == ("utf-8",):
        return Relation(_clean_csv_sql(path, header, delimiter, dialect), header, False)
    if not numbered:
        try:
            return _load_transcoded(con, path, header, delimiter, dialect)
        except duckdb.InvalidInputException:
            pass  # not a clean file
    records = csv_records(path, delimiter=delimiter, encodings=dialect.encodings, skip_rows=dialect.skip_rows)
    if not dialect.header:
        next(records, None)
    return load_records(con, header, records)


def load_json(con: duckdb.DuckDBPyConnection, path: Path, records: str = "") -> Relation:
    """A temporary table `records` of JSON objects, column `c0`; `_line` is their rank. `records` is the key of the
    arrays that hold them; without it they stand alone, one a line or in one array. Raises Unreadable."""
    each = json_items_sql(f"j -> {quote(records)}") if records else "j"
    try:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE records AS SELECT row_number() OVER () AS _line, c0::VARCHAR AS c0 "
            f"FROM (SELECT {each} AS c0 FROM {json_objects_sql(path)})"
        )
    except duckdb.Error as error:
        raise Unreadable(f"{path.name} is not JSON that can be read: {error}") from None
    broken = con.execute("DELETE FROM records WHERE c0 IS NULL RETURNING _line").fetchall()
    reason = "not JSON: write one object a line"
    malformed = tuple(Malformed(line, "", reason) for (line,) in sorted(broken))
    return Relation("records", ("j",), True, malformed=malformed)


def _flat(objects: Relation, keys: tuple[str, ...]) -> Relation:
    """JSON objects as columns, one a key."""
    columns = ", ".join(f"c0 ->> {quote(key)} AS c{index}" for index, key in enumerate(keys))
    return Relation(f"(SELECT _line, {columns} FROM {objects.sql})", keys, True)


def _json_keys(path: Path) -> tuple[str, ...]:
    """The keys of the first objects of a JSON file, in order of appearance. Raises Unreadable."""
    try:
        with duckdb.connect() as con:
            rows = con.execute(f"SELECT json_keys(j) FROM {json_objects_sql(path)} LIMIT 1000").fetchall()
    except duckdb.Error as error:
        raise Unreadable(f"{path.name} is not JSON that can be read: {error}") from None
    return tuple(dict.fromkeys(key for (keys,) in rows for key in keys or ()))


def json_items_sql(array: str) -> str:
    """SQL of the items of a JSON array, one a row."""
    return f"""unnest(from_json({array}, '["JSON"]'))"""  # a cast to JSON[] reads the items' texts again


def json_objects_sql(path: Path) -> str:
    """SQL of the objects of a JSON file, column `j`, whether one a line (NULL for a broken one), in an array or
    alone."""
    room = path.stat().st_size + 4096  # with less, the end of a file without a newline is lost
    largest = min(max(room, 1 << 24), 1 << 29)
    lines = ", format = 'newline_delimited', ignore_errors = true" if path.suffix.lower() != ".json" else ""
    return f"(SELECT json AS j FROM read_json_objects({quote(str(path))}, maximum_object_size = {largest}{lines}))"


def _load_transcoded(
    con: duckdb.DuckDBPyConnection, path: Path, header: tuple[str, ...], delimiter: str, dialect: Dialect
) -> Relation:
    """A temporary table `records` of a clean file that is not in UTF-8, by way of a copy that is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "utf-8.csv")
        with copy.open("w", encoding="utf-8", newline="") as file:
            file.writelines(text_lines(path, dialect.encodings))
        sql = _clean_csv_sql(copy, header, delimiter, dialect)
        con.execute(f"CREATE OR REPLACE TEMP TABLE records AS FROM {sql}")
    return Relation("records", header, False)


def _clean_csv_sql(path: Path, header: Sequence[str], delimiter: str, dialect: Dialect) -> str:
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(header)))
    return (
        f"(SELECT NULL::BIGINT AS _line, * FROM read_csv({quote(str(path))}, auto_detect = false, "
        f"header = {not dialect.header}, skip = {dialect.skip_rows}, delim = {quote(delimiter)}, "
        "quote = '\"', escape = '\"', "
        f"columns = {{{columns}}}))"
    )


def _read_parquet(path: Path) -> Relation:
    described = _parquet_columns(path)
    names = ", ".join(f"{identifier(name)} AS c{index}" for index, (name, _) in enumerate(described))
    sql = (
        f"(SELECT file_row_number + 2 AS _line, {names} FROM read_parquet({quote(str(path))}, file_row_number = true))"
    )
    return Relation(sql, tuple(n for n, _ in described), True, types=tuple(t for _, t in described))


def _parquet_columns(path: Path) -> list[tuple[str, str]]:
    try:
        with duckdb.connect() as con:
            rows = con.execute(f"DESCRIBE SELECT * FROM read_parquet({quote(str(path))})").fetchall()
    except duckdb.Error as error:
        raise Unreadable(f"{path.name} is not a Parquet file that can be read: {error}") from None
    return [(row[0], row[1]) for row in rows]


def _csv_header(path: Path, dialect: Dialect) -> tuple[tuple[str, ...], str]:
    if dialect.header and dialect.delimiter:
        return dialect.header, dialect.delimiter
    candidates = dialect.delimiter or DELIMITERS
    best: tuple[tuple[str, ...], str] | None = None
    for delimiter in candidates:
        first = next(
            csv_records(path, delimiter=delimiter, encodings=dialect.encodings, skip_rows=dialect.skip_rows),
            None,
        )
        if isinstance(first, Record) and (best is None or len(first.values) > len(best[0])):
            best = tuple(value or "" for value in first.values), delimiter
    if best is None:
        raise Unreadable(f"{path.name} has no header: its first line must name the columns")
    return best


def _header(first: Record | None, path: Path) -> tuple[str, ...]:
    if first is None:
        raise Unreadable(f"{path.name} has no header: its first line must name the columns")
    return tuple(value or "" for value in first.values)


def quote(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
