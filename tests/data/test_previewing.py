"""The preview of a file: it reads the store as it is, and leaves it so."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import duckdb
import pytest

from data.importing import Cancelled, File, Watch, import_files, import_paths
from data.oddities import Oddity
from data.previewing import Preview, preview
from data.sources.known import recognised
from data.store import exclusive

TICKETS = "ticket_id,created_at,channel,status,agent_id\n"
ROWS = [f"T{i},2026-03-02T08:0{i}:00Z,email,open,A1" for i in range(3)]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A store of two agents and three tickets."""
    (tmp_path / "agents.csv").write_text("agent_id\nA1\nA2\n")
    written(tmp_path / "tickets.csv", *ROWS)
    db = tmp_path / "store" / "v.duckdb"
    import_paths(db, [tmp_path / "agents.csv", tmp_path / "tickets.csv"])
    return db


def written(path: Path, *rows: str) -> Path:
    path.write_text(TICKETS + "".join(f"{row}\n" for row in rows))
    return path


def seen(path: Path, db: Path) -> Preview:
    found = preview(File(path.name, path, recognised(path, db, "UTC").source), db)
    assert not found.error
    return found


def test_what_is_new_changed_or_already_there_is_told_of_the_real_store(tmp_path: Path, db: Path) -> None:
    before = db.read_bytes()
    rows = [ROWS[0], ROWS[1].replace("open", "solved"), "T9,2026-03-02T09:00:00Z,email,open,A2", "T10,soon,email,open,"]
    (report,) = seen(written(tmp_path / "tickets.csv", *rows), db).reports
    assert (report.rows_read, report.loaded, report.updated, report.unchanged, report.rejected) == (4, 1, 1, 1, 1)
    assert db.read_bytes() == before


def test_an_agent_whom_nobody_knows_is_said_before_the_load(tmp_path: Path, db: Path) -> None:
    found = seen(written(tmp_path / "tickets.csv", "T9,2026-03-02T09:00:00Z,email,open,A7"), db)
    assert found.oddities == (Oddity("orphan", "tickets", "agent_id", 1, "T9"),)
    assert found.rows["tickets"]["ticket_id"].tolist() == ["T9"], "the rows of the file, not those of the store"


def test_metrics_find_the_tickets_that_they_complete(tmp_path: Path, db: Path) -> None:
    metrics = tmp_path / "metrics.json"
    metrics.write_text(
        '{"ticket_metrics": [{"ticket_id": "T1", "solved_at": null, "reopens": 0, "reply_time_in_minutes": '
        '{"calendar": 30}, "full_resolution_time_in_minutes": {}}]}'
    )
    found = seen(metrics, db)
    assert (found.reports[0].updated, found.reports[0].rejected) == (1, 0)
    assert str(found.rows["tickets"]["first_response_at"][0]) == "2026-03-02 08:31:00"


def test_a_store_of_another_version_is_left_alone(tmp_path: Path, db: Path) -> None:
    with duckdb.connect(str(db)) as con:
        con.execute("UPDATE store_info SET value = '0' WHERE name = 'schema_version'")
    (report,) = seen(written(tmp_path / "tickets.csv", *ROWS), db).reports
    assert report.loaded == 3


def test_a_preview_does_not_wait_for_an_import_under_way(tmp_path: Path, db: Path) -> None:
    with exclusive(db):
        (report,) = seen(written(tmp_path / "tickets.csv", *ROWS), db).reports
    assert report.unchanged == 3


def test_an_import_that_waits_for_its_turn_can_be_cancelled(tmp_path: Path, db: Path) -> None:
    path, watch = written(tmp_path / "tickets.csv", *ROWS), Watch()
    file = File(path.name, path, recognised(path, db, "UTC").source)
    with exclusive(db):
        threading.Timer(0.1, watch.stop).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            import_files(db, [file], watch=watch)
    assert time.monotonic() - began < 5
