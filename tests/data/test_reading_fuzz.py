"""Files of any bytes: rows, or the package's own error; never another one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.archives import unpack
from data.decoding import encodings_of
from data.kinds import kind_of
from data.reading import Dialect, load_json, read
from data.sources.looking import look
from data.store import StoreError
from tests.data import made
from tests.data.made import ROWS

JSON = '[{"ticket_id": "T1", "created_at": "2026-03-02T08:00:00Z", "n": 1.5, "x": null, "y": [{"a": 1}]}, {"z": "é"}]'
SHAPES: dict[str, bytes] = {
    "calls.csv": made.csv_of(ROWS).encode("cp1252"),
    "tickets.csv": b'ticket_id,created_at,channel,status\n"T1",2026-03-02T08:00:00Z,email,new\n',
    "tickets.json": JSON.encode(),
    "tickets.jsonl": b'{"ticket_id": "T1", "channel": "email"}\n{"ticket_id": "T2", "n": 12}\n',
    "calls.xlsx": made.xlsx({"a": ROWS, "b": ROWS[:2]}),
    "calls.xls": (Path(__file__).parent / "files" / "calls.xls").read_bytes(),
    "calls.ods": made.ods_of(ROWS),
    "calls.html": made.page(ROWS).encode(),
    "sheet.xls": made.sheet_xml(ROWS).encode(),
    "calls.zip": made.zipped({"a.csv": made.csv_of(ROWS), "b.json": JSON}),
    "a.parquet": b"PAR1" + b"\0" * 40 + b"PAR1",
}
TOKENS = (
    b"\0", b"\r", b"\n", b'"', b";", b",", b"\xff\xfe", b"\xef\xbb\xbf", b"\x82", b"<table>", b"</td>", b"<tr>",
    b"&#0;", b"&#99999999;", b"{", b"]", b"[" * 2000, b"\\u0000", b"\\ud800", b"1e999", b"9" * 400, b"PK\x03\x04",
    b"Total;", b"-", b"2026-13-45", b"99999:99:99", b"colspan=9999 ", b"nan", b"\xed\xa0\x80", b"'", b"\x1a",
)  # fmt: skip


def mutated(content: bytes) -> st.SearchStrategy[bytes]:
    """The bytes with some of them cut, repeated, replaced, or with a nasty token put in."""
    places = st.integers(0, len(content))
    change = st.tuples(places, places, st.sampled_from(TOKENS) | st.binary(max_size=8) | st.none())

    def apply(changes: list[tuple[int, int, bytes | None]]) -> bytes:
        data = content
        for start, end, put in changes:
            data = data[:start] + (content[start : start + 200] if put is None else put) + data[max(start, end) :]
        return data

    close = st.builds(
        lambda at, put: [(at, at + 1, put)], places, st.sampled_from(TOKENS) | st.binary(min_size=1, max_size=1)
    )
    return (st.lists(change, min_size=1, max_size=4) | close).map(apply)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def read_whole(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """What the page and the command do first with a file: look, then read each row with its line."""
    packed = kind_of(path) == "zip"
    for file in [where for _, where in unpack(path, path.with_name("unpacked"))[0]] if packed else [path]:
        if look(file).keys:
            relation = load_json(con, file)
        else:
            relation = read(con, file, Dialect(encodings=encodings_of(file)), numbered=True)
        con.execute(f"SELECT count(*) FROM {relation.sql}").fetchone()


WORKBOOKS = ("calls.xlsx", "calls.xls", "calls.ods")
"""Each of their examples is a process."""
QUICK = [name for name in SHAPES if name not in WORKBOOKS]


def check(con: duckdb.DuckDBPyConnection, folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.write_bytes(content)
    try:
        read_whole(con, path)
    except StoreError:
        pass
    finally:
        shutil.rmtree(folder / "unpacked", ignore_errors=True)


@pytest.mark.parametrize("name", QUICK)
@settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_file_is_read_or_told(
    tables: duckdb.DuckDBPyConnection, folder: Path, name: str, data: st.DataObject
) -> None:
    check(tables, folder, name, data.draw(mutated(SHAPES[name])))


@pytest.mark.parametrize("name", WORKBOOKS)
@settings(max_examples=2, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_workbook_is_read_or_told(
    tables: duckdb.DuckDBPyConnection, folder: Path, name: str, data: st.DataObject
) -> None:
    check(tables, folder, name, data.draw(mutated(SHAPES[name])))


FOUND = {
    "a panic of the library, in a header": ("calls.xls", SHAPES["calls.xls"][:30] + b"\0" + SHAPES["calls.xls"][31:]),
    "a panic of the library, in a cut file": ("calls.xls", SHAPES["calls.xls"][:1500]),
    "brackets without end": ("tickets.jsonl", b'{"a": ' + b"[" * 100_000 + b"\n"),
    "numbers without end": ("tickets.jsonl", b'{"a": ' + b"9" * 5000 + b"}\n"),
    "half a letter": ("tickets.jsonl", b'{"ticket_id": "\\ud800"}\n'),
    "a reference to no letter": ("calls.html", b"<table><tr><td>&#xD800;&#99999999;&#0;</td></tr></table>"),
    "half a UTF-16": ("calls.csv", b"\xff\xfea\0;\0b"),
    "nothing": ("calls.csv", b""),
    "no sheet": ("calls.xls", b""),
    "a mark alone": ("calls.csv", b"\xef\xbb\xbf"),
    "blanks alone": ("calls.csv", b"\n \n;;;\n"),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_was_once_found(tables: duckdb.DuckDBPyConnection, folder: Path, case: str) -> None:
    check(tables, folder, *FOUND[case])
