"""The editor of team screens: what is typed is seen, what may not be shown is refused, what is kept has an author."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.boards import SHIPPED, Board, Tile, as_json
from data.settings import open_settings
from kpi.model import Filter
from tests.dashboard.walls import CALLS, KINDS, TEAMS, again, clock, imported, opened, shown, store

__all__ = ["clock", "imported"]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return store(tmp_path, interactions=CALLS, teams=TEAMS, surveys=KINDS["surveys"]["surveys"])


def texts(app: AppTest) -> str:
    return " ".join(element.value for kind in (app.html, app.caption, app.code) for element in kind)


def typed(app: AppTest, start: str) -> Any:
    return next(box for box in app.text_input if box.key and box.key.startswith(start))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_editor_opens_with_a_preview_and_an_address(imported: Path, lang: str) -> None:
    app = opened(imported, "boards", lang)
    assert "v-preview" in texts(app)
    assert f"/wallboard?board=phone&lang={lang}" in texts(app)


def test_a_board_is_saved_with_its_author_and_shown(desk: Path) -> None:
    app = opened(desk, "boards")
    typed(app, "boards-title-phone").set_value("Our phones")
    typed(app, "boards-who").set_value("Ana")
    again(app, desk)
    app.button(key="board-keep").click()
    again(app, desk)
    kept = open_settings(desk).boards()["phone"]
    assert (kept.author, kept.definition["title"]) == ("Ana", "Our phones")
    assert "Saved: Our phones" in texts(app)
    assert "Our phones" in shown(opened(desk, board="phone"))
    app.button(key="board-undo").click()
    again(app, desk)
    assert open_settings(desk).boards() == {}


def test_nobody_saves_nothing(desk: Path) -> None:
    app = opened(desk, "boards")
    app.button(key="board-keep").click()
    assert "Write your name" in texts(again(app, desk))
    assert open_settings(desk).boards() == {}


def test_productivity_alone_is_refused_with_what_to_do(desk: Path) -> None:
    app = opened(desk, "boards")
    last = [box for box in app.selectbox if box.key and box.key.startswith("board-kpi-")][-1]
    last.set_value("average_handle_time")
    app = again(app, desk)
    assert "put a quality KPI beside it" in texts(app)
    assert "v-preview" not in texts(app)


def test_a_bound_that_cannot_be_read_is_said(desk: Path) -> None:
    app = opened(desk, "boards")
    typed(app, "board-target-service_level").set_value("a lot")
    app = again(app, desk)
    assert "Service level ·" in texts(app)
    assert app.button(key="board-keep").disabled


def test_tiles_move_and_go_with_their_fields(desk: Path) -> None:
    app = opened(desk, "boards")
    typed(app, "board-title").set_value("First of all")
    again(app, desk)
    next(box for box in app.button if box.key and box.key.startswith("board-down-")).click()
    again(app, desk)
    names = re.findall("<h2>(.*?)</h2>", texts(app))
    assert names[:2] == ["Longest wait", "First of all"]
    next(box for box in app.button if box.key and box.key.startswith("board-drop-")).click()
    assert len(re.findall("<h2>(.*?)</h2>", texts(again(app, desk)))) == 5


def test_a_new_board_has_an_address_of_its_own(desk: Path) -> None:
    app = opened(desk, "boards")
    app.selectbox(key="boards-chosen-en").set_value("")
    again(app, desk)
    assert "Save the board: its address then appears here." in texts(app)
    typed(app, "boards-title-").set_value("Équipe du soir")
    typed(app, "boards-who").set_value("Ana")
    again(app, desk)
    app.button(key="board-keep").click()
    again(app, desk)
    assert list(open_settings(desk).boards()) == ["equipe-du-soir"]
    assert "/wallboard?board=equipe-du-soir&lang=en" in texts(app)


def test_a_kept_board_that_can_no_longer_be_shown_does_not_break_the_others(desk: Path) -> None:
    open_settings(desk).save_board("old", {"tiles": [{"kpi": "gone"}]}, "Ana")
    mine = Board("mine", (*SHIPPED["phone"].tiles[:2], Tile("nps")), "Mine", (Filter("team_id", ("BIG",)),))
    open_settings(desk).save_board("mine", as_json(mine), "Ana")
    assert "Mine" in shown(opened(desk, board="old,mine"))
    assert "/wallboard" in texts(opened(desk, "boards"))
