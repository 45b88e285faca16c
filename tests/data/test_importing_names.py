"""Names of people stay out of the store until somebody asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.importing import import_paths
from data.settings import open_settings

AGENTS = "agent_id,team_id,display_name\nA1,T1,Zoé Martin\n"
MAPPING = 'table = "agents"\n[columns]\nagent_id = "Login"\ndisplay_name = "Nom"\n'


@pytest.fixture(autouse=True)
def _underived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.derive.derive", lambda con, timezone, part=False: None)


def stored(db: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(db), read_only=True) as con:
        return con.execute("SELECT display_name FROM agents").fetchall()


@pytest.mark.parametrize("foreign", [False, True])
def test_names_are_stored_only_when_asked_for_and_their_loss_is_said(tmp_path: Path, foreign: bool) -> None:
    file, mapping, db = tmp_path / "agents.csv", tmp_path / "agents.toml", tmp_path / "v.duckdb"
    file.write_text("Login;Nom\nzm;Zoé Martin\n" if foreign else AGENTS, encoding="utf-8")
    mapping.write_text(MAPPING, encoding="utf-8")
    given = mapping if foreign else None
    (report,) = import_paths(db, [file], mapping=given).files
    assert (report.loaded, report.rejected) == (1, 0)
    assert any("names of people were left out" in note for note in report.notes)
    assert stored(db) == [(None,)]
    assert "Zoé".encode() not in db.read_bytes()
    open_settings(db).set_preference("show_names", "true")  # the owner has switched them on
    (report,) = import_paths(db, [file], mapping=given).files
    assert (report.updated, report.notes) == (1, ())
    assert stored(db) == [("Zoé Martin",)]


def test_the_command_can_ask_for_names(tmp_path: Path) -> None:
    (tmp_path / "agents.csv").write_text(AGENTS, encoding="utf-8")
    import_paths(tmp_path / "v.duckdb", [tmp_path / "agents.csv"], keep_names=True)
    assert stored(tmp_path / "v.duckdb") == [("Zoé Martin",)]
