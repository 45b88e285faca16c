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
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".jsonl", ".ndjson", ".xlsx")
BATCH = 50_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file or a sheet is written; `delimiter` None is found from the header."""

    encodings: tuple[str, ...] = ("utf-8",)
    delimiter: str | None = None
    skip_rows: int = 0
    sheet: str | None = None


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
        return Relation(_clean_csv_sql(path, header, delimiter, dialect.skip_rows), header, False)
    if not numbered:
        try:
            return _load_transcoded(con, path, header, delimiter, dialect)
        except duckdb.InvalidInputException:
            pass  # not a clean file
    records = csv_records(path, delimiter=delimiter, encodings=dialect.encodings, skip_rows=dialect.skip_rows)
    next(records, None)
    return load_records(con, header, records)


def _load_transcoded(
    con: duckdb.DuckDBPyConnection, path: Path, header: tuple[str, ...], delimiter: str, dialect: Dialect
) -> Relation:
    """A temporary table `records` of a clean file that is not in UTF-8, by way of a copy that is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "utf-8.csv")
        with copy.open("w", encoding="utf-8", newline="") as file:
            file.writelines(text_lines(path, dialect.encodings))
        sql = _clean_csv_sql(copy, header, delimiter, dialect.skip_rows)
        con.execute(f"CREATE OR REPLACE TEMP TABLE records AS FROM {sql}")
    return Relation("records", header, False)


def _clean_csv_sql(path: Path, header: Sequence[str], delimiter: str, skip_rows: int) -> str:
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(header)))
    return (
        f"(SELECT NULL::BIGINT AS _line, * FROM read_csv({quote(str(path))}, auto_detect = false, "
        f"header = true, skip = {skip_rows}, delim = {quote(delimiter)}, quote = '\"', escape = '\"', "
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
