"""A watched folder: nothing half-written is read, nothing is read twice, and one bad file stops no other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from data.arrivals import Delayed, Imported, Inbox, SetAside
from data.history import history, undo
from data.importing import ImportReport, import_paths
from data.store import StoreBusy, exclusive, writing

TOPICS = "topic,keywords\n"
VIGIE = "from dashboard.cli import app; app()"


@pytest.fixture
def _underived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.derive.derive", lambda con, timezone, part=False: None)


@pytest.fixture
def folder(tmp_path: Path, _underived: None) -> Path:
    path = tmp_path / "exports"
    path.mkdir()
    return path


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "v.duckdb"


@pytest.fixture
def inbox(folder: Path, db: Path) -> Inbox:
    return watching(folder, db)


def watching(folder: Path, db: Path, load: Callable[[Sequence[Path]], ImportReport] | None = None) -> Inbox:
    """An inbox for which a file is complete at the second look at which it has not changed."""
    return Inbox(folder, db, load or (lambda paths: import_paths(db, paths)), settled_s=0.0)


def drop(folder: Path, name: str, *topics: str) -> Path:
    path = folder / name
    path.write_text(TOPICS + "".join(f"{topic},late|slow\n" for topic in topics), encoding="utf-8")
    return path


def held(db: Path) -> list[str]:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{db}' AS s (READ_ONLY)")
        return [row[0] for row in con.execute("SELECT topic FROM s.topics ORDER BY topic").fetchall()]


def test_files_that_arrive_go_in_together_and_stay_where_they_are(inbox: Inbox, folder: Path, db: Path) -> None:
    drop(folder, "topics.csv", "delay")
    (folder / "north").mkdir()
    drop(folder / "north", "topics.csv", "price")
    (outcome,) = inbox.look()
    assert isinstance(outcome, Imported)
    assert held(db) == ["delay", "price"]
    assert len(history(db)) == 1
    assert (folder / "topics.csv").exists()
    assert inbox.look() == []


def test_a_file_that_somebody_still_writes_is_left_alone(inbox: Inbox, folder: Path, db: Path) -> None:
    with (folder / "topics.csv").open("w", encoding="utf-8") as file:
        file.write(TOPICS + "delay,la")
        file.flush()
        assert inbox.look() == inbox.look() == []
        file.write("te\n")
    assert [type(outcome) for outcome in inbox.look()] == [Imported]
    assert held(db) == ["delay"]


def test_a_file_that_still_grows_is_left_alone(folder: Path, db: Path) -> None:
    """A copy over the network opens, writes and closes piece by piece."""
    inbox = Inbox(folder, db, lambda paths: import_paths(db, paths), settled_s=0.15)
    for number in range(3):
        drop(folder, "topics.csv", *(f"t{one}" for one in range(number + 1)))
        assert inbox.look() == []
    time.sleep(0.2)
    assert [type(outcome) for outcome in inbox.look()] == [Imported]
    assert held(db) == ["t0", "t1", "t2"]


def test_downloads_under_way_and_what_office_leaves_behind_are_not_exports(inbox: Inbox, folder: Path) -> None:
    for name in ("topics.csv.part", "topics.csv.crdownload", ".topics.csv", "~$topics.xlsx", "readme.md"):
        drop(folder, name, "delay")
    assert inbox.look() == []


def test_one_bad_file_is_set_aside_with_its_reason_and_the_others_go_in(inbox: Inbox, folder: Path, db: Path) -> None:
    drop(folder, "topics.csv", "delay")
    bad = folder / "nobody.csv"
    bad.write_text("nothing,of,ours\n1,2,3\n", encoding="utf-8")
    outcomes = inbox.look()
    assert {type(outcome) for outcome in outcomes} == {Imported, SetAside}
    assert held(db) == ["delay"]
    assert not bad.exists()
    assert (folder / "quarantine" / "nobody.csv").read_text(encoding="utf-8") == "nothing,of,ours\n1,2,3\n"
    report = (folder / "quarantine" / "nobody.csv.report.txt").read_text(encoding="utf-8")
    (reason,) = [outcome.reason for outcome in outcomes if isinstance(outcome, SetAside)]
    assert reason in report and "nobody.csv" in report and "the data are as they were" in report
    assert inbox.look() == [], "what lies in quarantine is not tried again"


def test_a_second_bad_file_does_not_replace_the_first(inbox: Inbox, folder: Path) -> None:
    for content in ("a,b\n1,2\n", "c,d\n3,4\n"):
        (folder / "x.csv").write_text(content, encoding="utf-8")
        assert [type(outcome) for outcome in inbox.look()] == [SetAside]
    kept = {path.read_text(encoding="utf-8") for path in (folder / "quarantine").glob("*.csv")}
    assert kept == {"a,b\n1,2\n", "c,d\n3,4\n"}


def test_a_file_that_changes_while_it_fails_is_read_again_not_set_aside(folder: Path, db: Path) -> None:
    path = folder / "topics.csv"
    path.write_text("half", encoding="utf-8")
    attempts: list[int] = []

    def load(paths: Sequence[Path]) -> ImportReport:
        attempts.append(1)
        if len(attempts) == 1:
            drop(folder, "topics.csv", "delay")
            return import_paths(db, [db.parent / "gone.csv"])
        return import_paths(db, paths)

    inbox = watching(folder, db, load)
    assert inbox.look() == []
    assert [type(outcome) for outcome in inbox.look()] == [Imported]
    assert held(db) == ["delay"]


def test_the_next_export_of_the_same_name_is_imported_too(inbox: Inbox, folder: Path, db: Path) -> None:
    drop(folder, "topics.csv", "delay")
    inbox.look()
    drop(folder, "topics.csv", "delay", "price")
    assert [type(outcome) for outcome in inbox.look()] == [Imported]
    assert held(db) == ["delay", "price"]


def test_a_restart_neither_imports_again_nor_brings_back_what_was_undone(folder: Path, db: Path) -> None:
    drop(folder, "topics.csv", "delay")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    os.utime(folder / "topics.csv", (yesterday, yesterday))
    watching(folder, db).look()
    assert watching(folder, db).look() == []
    undo(db, history(db)[0].import_id, "Ana")
    again = watching(folder, db)
    assert again.look() == []
    drop(folder, "topics.csv", "price")
    assert [type(outcome) for outcome in again.look()] == [Imported]
    assert held(db) == ["price"]


def test_a_store_that_is_busy_costs_no_file(folder: Path, db: Path) -> None:
    def load(paths: Sequence[Path]) -> ImportReport:
        with writing(db, wait_s=0.0):
            raise AssertionError("the store is not busy")

    drop(folder, "topics.csv", "delay")
    inbox = watching(folder, db, load)
    with exclusive(db):
        (outcome,) = inbox.look()
    assert isinstance(outcome, Delayed)
    assert (folder / "topics.csv").exists()


@pytest.mark.parametrize("error", [OSError("no space left"), duckdb.IOException("no space left"), StoreBusy("busy")])
def test_a_full_disk_is_not_held_against_the_file(folder: Path, db: Path, error: Exception) -> None:
    failing = [error]

    def load(paths: Sequence[Path]) -> ImportReport:
        if failing:
            raise failing.pop()
        return import_paths(db, paths)

    drop(folder, "topics.csv", "delay")
    inbox = watching(folder, db, load)
    assert inbox.look() == [Delayed(str(error))]
    assert [type(outcome) for outcome in inbox.look()] == [Imported]


_NO_ROOM = """
import resource, sys
from pathlib import Path
import data.derive
from data.arrivals import Inbox
from data.importing import import_paths
data.derive.derive = lambda con, timezone, part=False: None
folder, db = Path(sys.argv[1]), Path(sys.argv[2])
inbox = Inbox(folder, db, lambda paths: import_paths(db, paths), settled_s=0.0)
def arrive(name, count):
    (folder / name).write_text("topic,keywords\\n" + "".join(f"{name}-{i:090},late\\n" for i in range(count)))
def look():
    inbox.look()
    return [type(outcome).__name__ for outcome in inbox.look()]
arrive("first.csv", 1)
assert inbox.look() and db.exists()
before = db.read_bytes()
resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, resource.RLIM_INFINITY))
arrive("second.csv", 1)
(folder / "bad.csv").write_text("nothing,of,ours\\n1,2,3\\n")
print(*look())
assert db.read_bytes() == before and not (folder / "quarantine").exists()
assert sorted(path.name for path in db.parent.iterdir() if "building" in path.name) == []
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(*sorted(type(outcome).__name__ for outcome in inbox.look()))
"""


def test_a_disk_without_room_delays_what_arrives_and_sets_nothing_aside(tmp_path: Path) -> None:
    folder, db = tmp_path / "exports", tmp_path / "store" / "v.duckdb"
    folder.mkdir()
    command = [sys.executable, "-c", _NO_ROOM, str(folder), str(db)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["Delayed", "Imported SetAside"]
    assert (folder / "quarantine" / "bad.csv").exists()
    assert [topic[:6] for topic in held(db)] == ["first.", "second"]


def test_the_command_imports_what_arrives_sets_aside_what_fails_and_stops_when_told(tmp_path: Path) -> None:
    folder, db = tmp_path / "exports", tmp_path / "v.duckdb"
    folder.mkdir()
    command = [sys.executable, "-c", VIGIE, "watch", str(folder), "--db", str(db), "--every", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        assert "what arrives in" in process.stdout.readline()
        drop(folder, "topics.csv", "delay")
        (folder / "nobody.csv").write_text("nothing,of,ours\n1,2,3\n", encoding="utf-8")
        said = process.stdout.readline() + process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
    assert process.returncode == 0, rest
    assert "topics: 1 rows read = 1 loaded" in said and "nobody.csv was not imported and set aside" in said
    assert "Stopped." in rest
    assert held(db) == ["delay"]
