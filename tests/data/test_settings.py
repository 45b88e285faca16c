"""Settings: what people decided is never lost, and never needed to read the data."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from data.settings import open_settings
from data.store import writing


@pytest.fixture(autouse=True)
def _underived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.derive.derive", lambda con, timezone, part=False: None)


def import_target(db: Path, value: float) -> None:
    with writing(db) as con:
        con.execute("DELETE FROM targets")
        con.execute(
            "INSERT INTO targets (target_id, kpi_id, role, op, value_low, source, valid_from) "
            "VALUES ('mine', 'answer_rate', 'target', '>=', ?, 'ours', '2026-01-01')",
            [value],
        )


def test_a_new_store_starts_from_the_published_targets(tmp_path: Path) -> None:
    targets = {target.target_id: target for target in open_settings(tmp_path / "v.duckdb").targets()}
    assert len(targets) == 30
    first = targets["T01"]
    assert (first.kpi_id, first.op, first.value_low, first.valid_from) == ("answer_rate", ">=", 0.9, date(2016, 1, 1))
    assert first.valid_to is None
    assert (tmp_path / "v.settings.sqlite").exists()


def test_imported_targets_replace_the_seeds_of_their_kpi_only(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    open_settings(db)
    for value in (0.8, 0.85):  # a later import replaces the earlier one
        import_target(db, value)
        targets = open_settings(db).targets()
        assert [(t.target_id, t.value_low) for t in targets if t.kpi_id == "answer_rate"] == [("mine", value)]
        assert len(targets) == 30


def test_a_target_that_a_person_changed_survives_an_import(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    open_settings(db)
    with sqlite3.connect(tmp_path / "v.settings.sqlite") as con:
        con.execute("UPDATE targets SET value_low = 0.95, changed_by = 'ana' WHERE target_id = 'T01'")
    con.close()
    import_target(db, 0.8)
    values = {t.value_low for t in open_settings(db).targets() if t.kpi_id == "answer_rate"}
    assert 0.95 in values


def test_preferences_are_remembered_and_have_defaults(tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    settings = open_settings(db)
    assert settings.preference("show_names") == "false"
    assert settings.preference("no_such") is None
    settings.set_preference("show_names", "true")
    assert open_settings(db).preference("show_names") == "true"


def test_many_threads_may_decide_at_once(tmp_path: Path) -> None:
    settings = open_settings(tmp_path / "v.duckdb")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: settings.set_preference(f"p{i}", str(i)), range(40)))
    assert [settings.preference(f"p{i}") for i in range(40)] == [str(i) for i in range(40)]


def test_a_folder_that_cannot_be_written_gets_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def refusing(path: str, **options: object) -> sqlite3.Connection:
        if path != ":memory:":
            raise sqlite3.OperationalError("unable to open database file")
        return connect(path, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(sqlite3, "connect", refusing)
    settings = open_settings(tmp_path / "v.duckdb")
    assert not settings.lasting
    assert len(settings.targets()) == 30
    settings.set_preference("language", "en")
    assert settings.preference("language") == "en"


@contextmanager
def not_root() -> Iterator[None]:
    """Root writes everywhere: inside, it is `nobody`, as far as files go."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_read_only_folder_does_not_stop_anyone() -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to `nobody`
        Path(folder).chmod(0o555)
        with not_root():
            settings = open_settings(Path(folder, "v.duckdb"))
            assert len(settings.targets()) == 30
            assert not settings.lasting
        assert not list(Path(folder).iterdir())
        Path(folder).chmod(0o755)
