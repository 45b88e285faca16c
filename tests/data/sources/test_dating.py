"""Dates as people's exports write them."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from data.sources.dating import AmbiguousDates, Order, day_first, iso_sql
from data.store import ImportFailed


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("02/03/2026", "2026-03-02"),
        ("2/3/26 1:05 PM", "2026-03-02 1:05 PM"),
        ("02.03.2026 09:05", "2026-03-02 09:05"),
        ("02-03-2026, 9:05", "2026-03-02 9:05"),
        ("02/03/2026 à 09h05", "2026-03-02 09h05"),
        ("02/Mar/26 9:05 AM", "2026-03-02 9:05 AM"),
        ("2 févr. 2026 09:05", "2026-02-02 09:05"),
        ("15 août 2026", "2026-08-15"),
        ("2026/03/02 9:05:12 AM GMT+1", "2026-03-02 9:05:12 AM +01:00"),
        ("2026-03-02T09:05:12.345+0200", "2026-03-02T09:05:12.345+0200"),
        ("12 blah 2026", "12 blah 2026"),
        ("soon", "soon"),
    ],
)
def test_a_date_of_a_person_s_settings_becomes_one_of_everybody_s(
    con: duckdb.DuckDBPyConnection, text: str, iso: str
) -> None:
    assert con.execute(f"SELECT {iso_sql('t', True)} FROM (SELECT ? AS t)", [text]).fetchall() == [(iso,)]


def test_only_a_day_after_the_twelfth_tells_days_from_months(con: duckdb.DuckDBPyConnection) -> None:
    def first(*texts: str, order: Order | None = None) -> bool:
        con.execute("CREATE OR REPLACE TABLE seen AS SELECT unnest(?) AS a, NULL AS b", [list(texts)])
        return day_first(con, ["a", "b"], "seen", "export.csv", order)

    assert first("02/03/2026", "13/03/2026")
    assert not first("02/03/2026", "03/13/2026 09:05")
    assert first("2026-03-02", "03/03/2026"), "nothing to tell apart"
    assert first("02.03.2026"), "nobody writes months first with points"
    assert not first("02/03/2026", order="mdy")
    assert first("02/03/2026", "13/03/2026", order="mdy"), "what the file proves is stronger than what is said"
    with pytest.raises(AmbiguousDates, match=r"export\.csv: its dates may begin with the day or with the month"):
        first("02/03/2026")
    with pytest.raises(ImportFailed, match="some dates begin with the day and others with the month"):
        first("13/03/2026", "03/13/2026")
