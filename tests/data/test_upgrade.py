"""A database that an earlier Vigie wrote."""

from __future__ import annotations

from pathlib import Path

import duckdb

from data.store import upgrade, writing


def test_a_store_of_an_earlier_version_keeps_its_rows_and_is_derived_again(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    with writing(path) as con:
        con.execute(
            "INSERT INTO tickets BY NAME SELECT 'T' AS ticket_id, now()::TIMESTAMP AS created_at, 'email' AS channel, "
            "'open' AS status, 'customer' AS initiated_by, 'question' AS ticket_type, 'normal' AS priority"
        )
    with duckdb.connect(str(path)) as con:
        con.execute("UPDATE store_info SET value = '1' WHERE name = 'schema_version'")
        con.execute("DROP TABLE ticket_facts")
        con.execute("ALTER TABLE ticket_states DROP COLUMN answered")
    assert upgrade(path)
    assert not upgrade(path)
    with duckdb.connect(str(path), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM ticket_facts").fetchone() == (1,)
        assert con.execute("SELECT count(answered) FROM ticket_states").fetchone() == (1,)


def test_a_store_that_is_not_there_needs_no_upgrade(tmp_path: Path) -> None:
    assert not upgrade(tmp_path / "none.duckdb")
