"""python -m tests.fuzz TARGET [SECONDS]: bytes that look for new paths through a reader until it fails in its own way.

The targets are text, html and json. Needs atheris, which is no dependency of the project (`pip install atheris`; it
has no wheel for some systems). What it finds becomes a case of tests/data/test_reading_fuzz.py. A reader may refuse a
file with the package's own error; any other one is a finding, and its bytes are left in the current folder.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris  # type: ignore[import-not-found,unused-ignore]

with atheris.instrument_imports(include=["data"]):
    from data.decoding import ANY_ENCODING, encodings_of
    from data.html_tables import html_tables
    from data.records import csv_records, json_header, json_records
    from data.store import StoreError
    from data.surroundings import without_totals
    from data.tops import text_top
    from tests.data.test_reading_fuzz import SHAPES, TOKENS


def _text(path: Path) -> None:
    top = text_top(path, ANY_ENCODING, None, None)
    records = csv_records(path, delimiter=top.delimiter, encodings=encodings_of(path), skip_rows=top.above)
    lines = [record.line for record in without_totals(records, top.width, top.delimiter)]
    assert lines == sorted(lines), "records out of order"
    assert len(lines) == len(set(lines)), "a line told twice"


def _html(path: Path) -> None:
    html_tables(path)


def _json(path: Path) -> None:
    lines = [record.line for record in json_records(path, json_header(path))]
    assert lines == sorted(set(lines)), "a line told twice"


TARGETS: dict[str, tuple[Callable[[Path], None], str, tuple[str, ...]]] = {
    "text": (_text, "calls.csv", ("calls.csv", "tickets.csv")),
    "html": (_html, "calls.html", ("calls.html", "sheet.xls")),
    "json": (_json, "tickets.jsonl", ("tickets.jsonl", "tickets.json")),
}


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)


def main(target: str, seconds: str = "60") -> None:
    read, name, seeds = TARGETS[target]
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for seed in seeds:
            (corpus / seed).write_bytes(SHAPES[seed])
        words = Path(folder, "words.dict")
        words.write_text("\n".join(f'"{_escaped(token[:40])}"' for token in TOKENS))
        path = Path(folder, name)

        def try_(content: bytes) -> None:
            path.write_bytes(content)
            with suppress(StoreError):
                read(path)

        arguments = [f"-max_total_time={seconds}", "-max_len=4000", "-timeout=20", f"-dict={words}", "-verbosity=0"]
        atheris.Setup([sys.argv[0], *arguments, "-print_final_stats=1", str(corpus)], try_)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
