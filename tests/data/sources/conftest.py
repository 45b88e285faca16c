"""Whatever file a test of this folder imports, each of its records is in a row, refused, or said to be in none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from data.sources import Feed
from data.sources.shapes import Shaped


@pytest.fixture(autouse=True, scope="package")
def _no_record_is_lost_from_sight() -> Iterator[None]:
    feeds = Shaped.feeds

    def counted(self: Shaped, con: duckdb.DuckDBPyConnection, path: Path, *, numbered: bool) -> Iterator[Feed]:
        used: set[int] = set()
        said = 0
        whole: set[int] | None = set()
        for feed in feeds(self, con, path, numbered=numbered):
            used |= {line for (line,) in con.execute(f"SELECT DISTINCT _line FROM {feed.relation.sql}").fetchall()}
            every = con.execute("SELECT _line FROM raw_records").fetchall()
            whole = None if (None,) in every else {line for (line,) in every}
            told = [re.match(r"(\d+) of \d+ records make no row", note) for note in feed.relation.notes]
            said += sum(int(one[1]) for one in told if one)
            yield feed
        assert whole is None or len(whole - used) == said, f"{path.name}: lines {sorted(whole - used)} vanish"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shaped, "feeds", counted)
        yield
