"""JSON files: none of their objects is lost."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from data.reading import load_json


def test_the_last_line_of_a_long_file_without_a_newline_at_its_end(tmp_path: Path) -> None:
    """DuckDB takes it for a broken one when an object may be just as long as the file."""
    file = tmp_path / "long.jsonl"
    line = '{"text": "' + "x" * 99_988 + '"}'
    file.write_text("\n".join([line] * 170), encoding="ascii")
    with duckdb.connect() as con:
        relation = load_json(con, file)
        assert relation.malformed == ()
        assert con.execute(f"SELECT count(*), min(len(c0)) FROM {relation.sql}").fetchall() == [(170, 100_000)]


def test_a_page_that_holds_an_error_instead_of_records_is_counted(tmp_path: Path) -> None:
    file = tmp_path / "pages.jsonl"
    pages = [{"tickets": [{"id": 1}, {"id": 2}]}, {"error": "rate limited"}, {"tickets": []}, {"tickets": [{"id": 3}]}]
    file.write_text("\n".join([*map(json.dumps, pages), '{"tickets": [{"id"']), encoding="ascii")
    with duckdb.connect() as con:
        relation = load_json(con, file, "tickets")
        found = con.execute(f"SELECT _line, c0 FROM {relation.sql} ORDER BY _line").fetchall()
    assert [(line, json.loads(text)["id"]) for line, text in found] == [(1, 1), (2, 2), (4, 3)]
    assert [(bad.line, bad.reason[:31]) for bad in relation.malformed] == [
        (3, "not JSON, or without tickets: a"),
        (5, "not JSON, or without tickets: a"),
    ]


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    lines=st.lists(st.sampled_from(["1", "2", "0", "bad", "none", "null"]), min_size=1, max_size=12),
    keyed=st.booleans(),
)
def test_every_record_of_every_page_is_read_or_refused(lines: list[str], keyed: bool) -> None:
    records = {"1": '[{"id": 1}]', "2": '[{"id": 1}, {"id": 2}]', "0": "[]", "none": '"x"', "null": "null"}
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        file = Path(folder, "pages.jsonl")
        file.write_text("\n".join(f'{{"k": {records[one]}}}' if one in records else '{"k": [' for one in lines) + "\n")
        relation = load_json(con, file, "k" if keyed else "")
        ((good,),) = con.execute(f"SELECT count(*) FROM {relation.sql}").fetchall()
    broken = lines.count("bad")
    if keyed:
        refused = broken + lines.count("none") + lines.count("null")
        assert (good, len(relation.malformed)) == (lines.count("1") + 2 * lines.count("2"), refused)
    else:
        assert (good, len(relation.malformed)) == (len(lines) - broken, broken)
