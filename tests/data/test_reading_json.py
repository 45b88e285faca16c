"""JSON files: none of their objects is lost."""

from __future__ import annotations

from pathlib import Path

import duckdb

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
