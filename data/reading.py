"""Files to relations of text that SQL can check: by DuckDB when clean, record by record otherwise."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from data.decoding import is_plain, text_lines
from data.kinds import kind_of
from data.records import Malformed, Record, csv_records, json_header, json_records
from data.store import Unreadable
from data.surroundings import without_totals
from data.tops import Top, ends_in_total, grid_top, text_top
from data.workbooks import Grid, chosen, grids

BATCH = 50_000
_NOT_JSON = "not JSON: write one object a line"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file or a sheet is written; what is None is found from the shape of its table."""

    encodings: tuple[str, ...] = ("utf-8",)
    delimiter: str | None = None
    skip_rows: int | None = None
    """Lines above the header."""
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
    match kind_of(path):
        case "parquet":
            return tuple(name for name, _ in _parquet_columns(path))
        case "json":
            return _json_keys(path) if path.suffix.lower() == ".json" else tuple(json_header(path))
        case "workbook" | "html" as kind:
            return grid_top(path, chosen(path, grids(path, kind), dialect.sheet), dialect.skip_rows).header
        case "zip":
            raise _packed(path)
        case "text":
            return _csv_top(path, dialect).header


def read(con: duckdb.DuckDBPyConnection, path: Path, dialect: Dialect, *, numbered: bool) -> Relation:
    """The rows of `path`. With `numbered`, slower, each knows its line and none is refused as a whole.

    Raises Unreadable for a file that is not what its suffix says.
    """
    match kind_of(path):
        case "parquet":
            return _read_parquet(path)
        case "json" if path.suffix.lower() == ".json":
            return _flat(load_json(con, path), _json_keys(path))
        case "json":
            names = json_header(path)
            return load_records(con, tuple(names), json_records(path, names))
        case "workbook" | "html" as kind:
            return _read_grids(con, path, grids(path, kind), dialect)
        case "zip":
            raise _packed(path)
        case "text":
            return _read_csv(con, path, dialect, numbered=numbered)


def _packed(path: Path) -> Unreadable:
    return Unreadable(f"{path.name} is an archive: unpack it and give its files")


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


def _read_grids(con: duckdb.DuckDBPyConnection, path: Path, all_: Sequence[Grid], dialect: Dialect) -> Relation:
    """The rows of a sheet and, if none was named, of those with the same columns, one after the other."""
    main = chosen(path, all_, dialect.sheet)
    top = grid_top(path, main, dialect.skip_rows)
    parts = [(main, top)]
    if dialect.sheet is None:
        alike = {grid.name: grid_top(path, grid, None) for grid in all_ if grid is not main and grid.visible}
        parts = [
            (grid, top if grid is main else alike[grid.name])
            for grid in all_
            if grid is main or (grid.name in alike and alike[grid.name].header == top.header)
        ]
    read_ = {grid.name for grid, _ in parts}
    others = [grid.name for grid in all_ if grid.name not in read_]
    notes = (f"sheets left unread: {', '.join(others)}",) if others else ()
    if len(parts) > 1:
        starts = [sum(grid.height for grid, _ in parts[:rank]) for rank in range(len(parts))]
        counted = ", ".join(
            f"{grid.name} from line {1 + start}" for (grid, _), start in zip(parts, starts, strict=True)
        )
        notes = (f"sheets of the same columns read one after the other: {counted}", *notes)
    titles = dict.fromkeys(note for _, each in parts for note in each.notes)
    return load_records(con, top.header, _grid_records(parts), (*titles, *notes))


def _grid_records(parts: Sequence[tuple[Grid, Top]]) -> Iterator[Record | Malformed]:
    """The rows of sheets; the lines of the second count on from the last of the first. Empty rows are left out."""
    start = 0
    for grid, top in parts:
        yield from without_totals(_rows_below(grid, top, start), top.width, top.delimiter)
        start += grid.height


def _rows_below(grid: Grid, top: Top, start: int) -> Iterator[Record | Malformed]:
    width, header_passed = len(top.header), False
    for line, cells in enumerate(grid.rows(), start=1):
        if line <= top.above or not any(cells):
            continue
        if not header_passed:
            header_passed = True
            continue
        values = [cell or None for cell in cells]
        if any(values[width:]):
            text = top.delimiter.join(value or "" for value in values)
            yield Malformed(
                start + line, text, f"a value stands beyond the last of the {width} columns: name its column"
            )
        else:
            yield Record(start + line, [*values[:width], *[None] * (width - len(values))])


def _read_csv(con: duckdb.DuckDBPyConnection, path: Path, dialect: Dialect, *, numbered: bool) -> Relation:
    top = _csv_top(path, dialect)
    if not numbered and is_plain(path) and not ends_in_total(path, top):
        if dialect.encodings == ("utf-8",):
            return Relation(_clean_csv_sql(path, top, dialect), top.header, False, notes=top.notes)
        try:
            return _load_transcoded(con, path, top, dialect)
        except duckdb.InvalidInputException:
            pass  # not a clean file
    records = csv_records(path, delimiter=top.delimiter, encodings=dialect.encodings, skip_rows=top.above)
    if not dialect.header:
        next(records, None)
    rows = without_totals(map(_undamaged, records), top.width, top.delimiter)
    return load_records(con, top.header, rows, top.notes)


def _undamaged(record: Record | Malformed) -> Record | Malformed:
    if isinstance(record, Record) and any(value and "\0" in value for value in record.values):
        text = " ".join(value.replace("\0", "\N{SYMBOL FOR NULL}") for value in record.values if value)
        return Malformed(record.line, text, "a NUL byte: the file is damaged here, export it again")
    return record


def load_json(con: duckdb.DuckDBPyConnection, path: Path, records: str = "") -> Relation:
    """A temporary table `records` of JSON objects, column `c0`; `_line` is their rank. `records` is the key of the
    arrays that hold them; without it they stand alone, one a line or in one array. Raises Unreadable."""
    array = f"j -> {quote(records)}"
    each = f"unnest(CASE json_type({array}) WHEN 'ARRAY' THEN {_items(array)} ELSE [NULL] END)" if records else "j"
    try:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE records AS SELECT row_number() OVER () AS _line, c0::VARCHAR AS c0 "
            f"FROM (SELECT {each} AS c0 FROM {json_objects_sql(path)})"
        )
    except duckdb.Error as error:
        raise Unreadable(f"{path.name} is not JSON that can be read: {error}") from None
    broken = con.execute("DELETE FROM records WHERE c0 IS NULL RETURNING _line").fetchall()
    reason = f"not JSON, or without {records}: ask for this page again" if records else _NOT_JSON
    malformed = tuple(Malformed(line, "", reason) for (line,) in sorted(broken))
    return Relation("records", ("j",), True, malformed=malformed)


def _flat(objects: Relation, keys: tuple[str, ...]) -> Relation:
    """JSON objects as columns, one a key."""
    columns = ", ".join(f"c0 ->> {quote(key)} AS c{index}" for index, key in enumerate(keys))
    return replace(objects, sql=f"(SELECT _line, {columns} FROM {objects.sql})", header=keys)


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
    return f"unnest({_items(array)})"


def _items(array: str) -> str:
    return f"""from_json({array}, '["JSON"]')"""  # a cast to JSON[] reads the items' texts again


def json_objects_sql(path: Path) -> str:
    """SQL of the objects of a JSON file, column `j`, whether one a line (NULL for a broken one), in an array or
    alone."""
    room = path.stat().st_size + 4096  # with less, the end of a file without a newline is lost
    largest = min(max(room, 1 << 24), 1 << 29)
    lines = ", format = 'newline_delimited', ignore_errors = true" if path.suffix.lower() != ".json" else ""
    return f"(SELECT json AS j FROM read_json_objects({quote(str(path))}, maximum_object_size = {largest}{lines}))"


def _load_transcoded(con: duckdb.DuckDBPyConnection, path: Path, top: Top, dialect: Dialect) -> Relation:
    """A temporary table `records` of a clean file that is not in UTF-8, by way of a copy that is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "utf-8.csv")
        with copy.open("w", encoding="utf-8", newline="") as file:
            file.writelines(text_lines(path, dialect.encodings))
        sql = _clean_csv_sql(copy, top, dialect)
        con.execute(f"CREATE OR REPLACE TEMP TABLE records AS FROM {sql}")
    return Relation("records", top.header, False, notes=top.notes)


def _clean_csv_sql(path: Path, top: Top, dialect: Dialect) -> str:
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(top.header)))
    return (
        f"(SELECT NULL::BIGINT AS _line, * FROM read_csv({quote(str(path))}, auto_detect = false, "
        f"header = {not dialect.header}, skip = {top.above}, delim = {quote(top.delimiter)}, "
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


def _csv_top(path: Path, dialect: Dialect) -> Top:
    if dialect.header and dialect.delimiter:
        return Top(dialect.header, dialect.skip_rows or 0, delimiter=dialect.delimiter)
    return text_top(path, dialect.encodings, dialect.delimiter, dialect.skip_rows)


def quote(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
