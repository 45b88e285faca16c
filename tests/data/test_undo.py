"""Undoing an import: the store before comes back exactly, once, whatever dies on the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from data.history import NothingToUndo, history, undo, undoable
from data.importing import import_paths
from data.previous import previous_of
from data.settings import open_settings
from data.store import StoreBusy, build, exclusive, writing

DYING = """
import os, signal, sys
from pathlib import Path
import data.derive
data.derive.derive = lambda con, timezone, part=False: None
from data import history, importing

db, file, act, last = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
steps, renamed, linked = [0], os.replace, os.link

def dying(act):
    def step(*paths):
        steps[0] += 1
        if steps[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)
        act(*paths)
    return step

os.replace, os.link = dying(renamed), dying(linked)
if act == "import":
    importing.import_paths(db, [file], author="Zoé")
else:
    history.undo(db, history.undoable(db), "Zoé")
"""


@pytest.fixture(autouse=True)
def _underived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.derive.derive", lambda con, timezone, part=False: None)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "v.duckdb"


def topics(folder: Path, *names: str) -> Path:
    file = folder / "topics.csv"
    file.write_text("topic,keywords\n" + "".join(f"{name},late|slow\n" for name in names), encoding="utf-8")
    return file


def held(db: Path) -> list[str]:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{db}' AS s (READ_ONLY)")
        return [row[0] for row in con.execute("SELECT topic FROM s.topics ORDER BY topic").fetchall()]


def loaded(db: Path, *names: str, author: str | None = "Ana") -> str:
    return import_paths(db, [topics(db.parent, *names)], author=author).import_id


def dies(db: Path, act: str, step: int) -> None:
    """An import of `delay` and `price`, or an undo, killed at its nth rename."""
    command = [sys.executable, "-c", DYING, str(db), str(topics(db.parent, "delay", "price")), act, str(step)]
    assert subprocess.run(command, check=False).returncode == -9


def test_the_store_comes_back_byte_for_byte(db: Path) -> None:
    loaded(db, "delay")
    before = db.read_bytes()
    last = loaded(db, "delay", "price")
    assert undoable(db) == last
    gone = undo(db, last, "Zoé")
    assert db.read_bytes() == before
    assert (gone.rows, gone.files[0].loaded, gone.files[0].unchanged, gone.author) == (2, 1, 1, "Ana")


def test_the_first_import_can_be_undone_too_and_leaves_no_store(db: Path) -> None:
    only = loaded(db, "delay")
    undo(db, only, "Zoé")
    assert not db.exists() and not previous_of(db).exists()
    loaded(db, "price")
    assert held(db) == ["price"]


def test_only_the_last_import_can_be_undone_and_once(db: Path) -> None:
    first, second, third = (loaded(db, name) for name in ("delay", "price", "tone"))
    with pytest.raises(NothingToUndo, match="only the last one"):
        undo(db, first, "Zoé")
    undo(db, third, "Zoé")
    assert held(db) == ["delay", "price"]
    assert undoable(db) is None
    with pytest.raises(NothingToUndo):
        undo(db, second, "Zoé")


def test_a_failed_import_keeps_the_undo_of_the_one_before(db: Path) -> None:
    loaded(db, "delay")
    last = loaded(db, "price")
    (db.parent / "topics.csv").write_bytes(b"nothing,of,ours\n1,2,3\n")
    with pytest.raises(Exception, match="has no column"):
        import_paths(db, [db.parent / "topics.csv"])
    import_paths(db, [topics(db.parent, "tone")], dry_run=True)
    assert undoable(db) == last


def test_a_store_built_anew_is_never_replaced_by_an_old_one(db: Path) -> None:
    loaded(db, "delay")
    loaded(db, "price")
    build(db, lambda con: None)
    assert undoable(db) is None


def test_a_store_derived_again_since_still_goes_back(db: Path) -> None:
    loaded(db, "delay")
    last = loaded(db, "price")
    with writing(db):
        pass
    undo(db, last, "Zoé")
    assert held(db) == ["delay"]


def test_killed_at_any_rename_an_import_or_an_undo_leaves_a_whole_store_and_its_way_back(db: Path) -> None:
    loaded(db, "complaint")
    first = loaded(db, "delay")
    for before_the_commit in (1, 2):
        dies(db, "import", before_the_commit)
        assert held(db) == ["complaint", "delay"]
    with exclusive(db):
        assert undoable(db) == first
    dies(db, "import", 3)
    assert held(db) == ["complaint", "delay", "price"]
    assert undoable(db) not in (None, first)
    dies(db, "undo", 2)  # the first rename settles what the import left
    assert held(db) == ["complaint", "delay", "price"]
    last = next(one.import_id for one in history(db) if one.undone_by is None)
    undo(db, last, "Zoé")
    assert held(db) == ["complaint", "delay"]


def test_a_disk_without_links_keeps_a_copy(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*paths: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr("os.link", refused)
    loaded(db, "delay")
    before = db.read_bytes()
    undo(db, loaded(db, "price"), "Zoé")
    assert db.read_bytes() == before


def test_nobody_undoes_while_another_writes(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    last = loaded(db, "delay")
    monkeypatch.setattr("data.store.exclusive.__wrapped__.__defaults__", (0.05, lambda: None))
    with exclusive(db), pytest.raises(StoreBusy):
        undo(db, last, "Zoé")
    assert held(db) == ["delay"]


def test_the_history_says_who_imported_what_and_who_undid_it(db: Path) -> None:
    first = loaded(db, "delay", author=None)
    second = loaded(db, "delay", "price")
    undo(db, second, "Zoé")
    third = loaded(db, "tone", author="Léa")
    seen = {one.import_id: one for one in history(db)}
    assert set(seen) == {first, second, third}
    assert [seen[one].author for one in (first, second, third)] == [None, "Ana", "Léa"]
    assert [seen[one].undone_by for one in (first, second, third)] == [None, "Zoé", None]
    file = seen[second].files[0]
    assert (file.file, file.table, file.rows_read, file.loaded, file.unchanged) == ("topics.csv", "topics", 2, 1, 1)
    assert file.sha256 != seen[first].files[0].sha256
    assert seen[second].undone_at is not None


def test_targets_leave_with_the_import_that_brought_them(db: Path) -> None:
    loaded(db, "delay")
    shipped = open_settings(db).targets()
    own = next(one for one in shipped if one.kpi_id == shipped[0].kpi_id)
    file = db.parent / "targets.csv"
    file.write_text(
        f"target_id,kpi_id,role,op,value_low,source,valid_from\nOURS,{own.kpi_id},target,>=,0.5,the board,2026-01-01\n",
        encoding="utf-8",
    )
    last = import_paths(db, [file], author="Ana").import_id
    assert [one.target_id for one in open_settings(db).targets() if one.kpi_id == own.kpi_id] == ["OURS"]
    undo(db, last, "Zoé")
    assert open_settings(db).targets() == shipped


def test_the_command_undoes_the_last_import_once(db: Path) -> None:
    loaded(db, "delay")
    loaded(db, "price")
    done = CliRunner().invoke(app, ["undo", "--db", str(db)])
    assert done.exit_code == 0 and "Undone" in done.output and "topics.csv" in done.output
    assert held(db) == ["delay"]
    again = CliRunner().invoke(app, ["undo", "--db", str(db)])
    assert again.exit_code == 1 and "only the last one can" in again.output
