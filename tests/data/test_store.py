"""The store: what a killed, failed or concurrent writer must never do."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from data import schema, store
from data.store import SCHEMA_VERSION, NoRoom, StoreBusy, StoreError, StoreInvalid, build, default_path, writing

WRITER = """
import sys, types
from pathlib import Path
sys.modules["data.derive"] = types.ModuleType("data.derive")
sys.modules["data.derive"].derive = lambda con, timezone, part=False: None
from data.store import writing
db = Path(sys.argv[1])
print("ready", flush=True)
while True:
    with writing(db) as con:
        (n,) = con.execute("SELECT count(*) FROM topics").fetchone()
        for part in range(4):
            con.execute("INSERT INTO topics SELECT 't' || (? + i), 'word' FROM range(250) r(i)", [n + 250 * part])
"""


@pytest.fixture(autouse=True)
def _underived(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about the file, not about what is derived in it."""
    monkeypatch.setattr("data.derive.derive", lambda con, timezone, part=False: None)


def topics(db: Path) -> int:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{db}' AS s (READ_ONLY)")
        (count,) = con.execute("SELECT count(*) FROM s.topics").fetchone() or (0,)
    return int(count)


def add_topic(con: duckdb.DuckDBPyConnection, name: str = "delay") -> None:
    con.execute("INSERT INTO topics VALUES (?, 'late|slow')", [name])


def info(db: Path) -> dict[str, str]:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{db}' AS s (READ_ONLY)")
        return dict(con.execute("SELECT name, value FROM s.store_info").fetchall())


def test_a_writer_killed_at_any_moment_leaves_a_whole_store(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    with writing(db):
        pass
    dice, seen = random.Random(7), 0
    for last in [False] * 15 + [True]:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(db)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(dice.uniform(0.0, 0.25))
        limit = time.monotonic() + 60
        while last and topics(db) == 0 and time.monotonic() < limit:  # a slow machine: at least one must have come far
            time.sleep(0.05)
        count = topics(db)  # a reader while it writes
        assert count % 1000 == 0
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        after = topics(db)
        assert after % 1000 == 0
        assert after >= count >= seen
        seen = after
    assert seen > 0
    with writing(db):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["v.duckdb", "v.duckdb.lock"]


def test_two_writers_take_turns_and_neither_loses_rows(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    script = WRITER.replace("while True:", "for _ in range(3):")
    writers = [subprocess.Popen([sys.executable, "-c", script, str(db)]) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert topics(db) == 6000


def test_a_second_writer_is_told_who_is_in_the_way(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    second = writing(db, wait_s=0.1)
    with writing(db), pytest.raises(StoreBusy, match=r"another import.*v\.duckdb\.lock.*Try again"):
        second.__enter__()


def test_a_failure_changes_not_one_byte_and_leaves_nothing_behind(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    with writing(db) as con:
        add_topic(con)
    before = db.read_bytes()
    with pytest.raises(duckdb.CatalogException), writing(db) as con:
        con.execute("INSERT INTO topics VALUES ('price', 'dear'); FROM no_such_table")
    assert db.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["v.duckdb", "v.duckdb.lock"]


def test_a_copy_that_the_disk_refuses_is_told_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy reaches the disk beside the import: what the disk says of it must not be lost on the way."""
    db = tmp_path / "v.duckdb"
    with writing(db) as con:
        add_topic(con, "price")
    before = db.read_bytes()
    flush, refused = store._flush, []

    def refusing(path: Path) -> None:
        if not refused:
            refused.append(path)
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(path)

    monkeypatch.setattr(store, "_flush", refusing)
    with pytest.raises(NoRoom, match="Make room"), writing(db) as con:
        add_topic(con, "delay")
    assert refused
    assert db.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["v.duckdb", "v.duckdb.lock"]


def test_a_failing_derivation_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = tmp_path / "v.duckdb"
    with writing(db):
        pass
    before = db.read_bytes()

    def broken(con: duckdb.DuckDBPyConnection, timezone: str, part: bool) -> None:
        con.execute("SELECT * FROM no_such_table")

    monkeypatch.setattr("data.derive.derive", broken)
    with pytest.raises(duckdb.CatalogException), writing(db) as con:
        add_topic(con)
    assert db.read_bytes() == before


def test_a_reader_keeps_the_generation_that_it_opened(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    with writing(db) as con:
        add_topic(con)
    with duckdb.connect() as reader:
        reader.execute(f"ATTACH '{db}' AS old (READ_ONLY)")
        with writing(db) as con:
            add_topic(con, "price")
        reader.execute(f"ATTACH '{db}' AS new (READ_ONLY)")
        assert reader.execute("SELECT (SELECT count(*) FROM old.topics), count(*) FROM new.topics").fetchone() == (
            1,
            2,
        )


def test_a_doubled_key_is_refused_with_an_example(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    with pytest.raises(StoreInvalid, match="2 rows of topics share one key: topic = delay"), writing(db) as con:
        con.execute("INSERT INTO topics VALUES ('delay', 'late'), ('delay', 'slow')")
    assert not db.exists()


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreInvalid, match="table topics is missing"), writing(tmp_path / "v.duckdb") as con:
        con.execute("DROP TABLE topics")


def test_a_store_of_another_schema_is_refused_in_plain_words(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    with writing(db):
        pass
    with duckdb.connect(str(db)) as con:
        con.execute("ALTER TABLE topics ADD COLUMN colour TEXT")
    with pytest.raises(StoreInvalid, match=r"topics does not follow.*colour"), writing(db):
        pass


def test_a_store_left_open_for_writing_is_not_copied_without_its_log(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    with writing(db):
        pass
    (tmp_path / "v.duckdb.wal").write_bytes(b"committed rows")
    with pytest.raises(StoreInvalid, match=r"v\.duckdb\.wal"), writing(db):
        pass


def test_what_killed_writers_left_is_swept_at_the_next_write(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    (tmp_path / ".v.duckdb.99999.0a0b0c0d.building").write_bytes(b"half")
    (tmp_path / ".v.duckdb.99999.0a0b0c0d.building.wal").write_bytes(b"half")
    (tmp_path / ".v.duckdb.99999.0a0b0c0d.building.tmp").mkdir()
    (tmp_path / ".w.duckdb.99999.0a0b0c0d.building").write_bytes(b"of another store")
    with writing(db):
        pass
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".")} == {
        ".w.duckdb.99999.0a0b0c0d.building"
    }


def test_each_generation_has_its_own_name_and_keeps_the_time_zone(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    with writing(db, timezone="America/Martinique"):
        pass
    first = info(db)
    with writing(db):
        pass
    second = info(db)
    assert first["generation"] != second["generation"]
    assert first["timezone"] == second["timezone"] == "America/Martinique"
    assert second["schema_version"] == SCHEMA_VERSION


def test_an_unknown_time_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Paris/Europe"), writing(tmp_path / "v.duckdb", timezone="Paris/Europe"):
        pass


def test_a_promise_of_delivery_does_not_move_the_end_of_the_data(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    with writing(db) as con:
        con.execute(
            "INSERT INTO orders (order_id, channel, priority, received_at, touchless, promised_at) "
            "VALUES ('o1', 'email', 'normal', '2026-03-02 08:00', false, '2026-09-01 08:00')"
        )
    assert info(db)["newest_at"] == "2026-03-02 08:00:00"


def test_a_build_starts_from_nothing(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    with writing(db) as con:
        add_topic(con)
    build(db, lambda con: add_topic(con, "price"), timezone="UTC")
    assert topics(db) == 1
    assert info(db)["timezone"] == "UTC"


def test_every_table_of_the_schema_is_there(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    with writing(db):
        pass
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{db}' AS s (READ_ONLY)")
        found = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert found == set(schema.TABLES)


def test_the_default_path_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIGIE_DB", str(tmp_path / "x.duckdb"))
    assert default_path() == tmp_path / "x.duckdb"
    monkeypatch.delenv("VIGIE_DB")
    assert default_path().name == "vigie.duckdb"
