"""The team screens on small stores: what a television shows, whatever the data and the address."""

from __future__ import annotations

import os
import re
import time
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from typer.testing import CliRunner

from dashboard import board_data, cache
from dashboard import format as fmt
from dashboard.board_html import board_html
from dashboard.boards import SHIPPED
from dashboard.cli import app
from kpi.answer import answer
from kpi.engines import DuckDBEngine
from kpi.errors import EngineError
from kpi.model import Period, Query, Unit
from tests.dashboard.walls import (
    CALLS,
    KINDS,
    TEAMS,
    UNTIL,
    again,
    any_store,
    beat,
    calls,
    clock,
    opened,
    shown,
    store,
    ticket,
    tiles,
)

__all__ = ["any_store", "calls", "clock"]


# What a television shows


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("board", SHIPPED)
def test_every_board_opens_whatever_was_imported(any_store: Path, board: str, lang: str) -> None:
    text = shown(opened(any_store, lang=lang, board=board))
    assert not re.search(r"\b(None|nan|inf)\b", text)
    if "w-tiles" in text:
        assert text.count("<article") == 6
        assert not re.findall(r"<p class=\"w-value\">100[.,]0", text)


def test_a_tile_shows_the_figure_that_everything_else_shows(calls: Path) -> None:
    period = Period(datetime(2026, 3, 2, 23), UNTIL + timedelta(minutes=1))
    engine = DuckDBEngine(calls)
    kpis = ("service_level", "answer_rate", "average_speed_of_answer")
    figures = answer(Query(kpis, period), engine)
    found = [value for _state, value in tiles(opened(calls, board="phone")).values()]
    for kpi_id, unit in zip(kpis, (Unit.RATIO, Unit.RATIO, Unit.SECONDS), strict=True):
        assert fmt.text(figures[kpi_id].total.value, unit, "en").replace("\u00a0", " ") in found


def test_a_table_never_imported_is_no_data_with_its_reason_never_zero(tmp_path: Path) -> None:
    app = opened(store(tmp_path, tickets=KINDS["tickets"]["tickets"]), board="phone")
    assert set(tiles(app).values()) == {("no_data", "–")}
    assert "needs the export of calls and messages" in shown(app)
    assert "needs the export of survey answers" in shown(app)


def test_few_cases_are_neither_green_nor_red(tmp_path: Path) -> None:
    app = opened(store(tmp_path, interactions=CALLS[:20]), board="phone")
    assert tiles(app)["Answer rate"] == ("no_data", "90.0%")
    assert "Few cases" in shown(app)
    assert "n = 20" in shown(app)


def test_a_screen_names_nobody(calls: Path) -> None:
    app = opened(calls, board="phone", agent="BIG-1")
    assert "BIG-" not in shown(app)
    assert "ignored: agent" in shown(app)


def test_a_team_of_fewer_than_five_present_is_not_shown_alone(calls: Path) -> None:
    assert "Fewer than five people" in shown(opened(calls, board="phone", team="SMALL"))
    assert "w-tiles" not in shown(opened(calls, board="phone", team="SMALL"))
    assert len(tiles(opened(calls, board="phone", team="BIG"))) == 6


def test_a_team_whose_people_are_unknown_is_not_shown_alone(tmp_path: Path) -> None:
    surveys = [row | {"team_id": ("BIG", "SMALL")[i % 2]} for i, row in enumerate(KINDS["surveys"]["surveys"])]
    path = store(tmp_path, surveys=surveys, teams=TEAMS)
    assert "Who is present is not known" in shown(opened(path, board="mixed", team="BIG"))


def test_what_the_data_write_is_never_markup(calls: Path) -> None:
    text = shown(opened(calls, board="phone", team="BIG"))
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_filter_that_names_nothing_is_said_and_no_board_of_that_name_too(calls: Path, lang: str) -> None:
    assert "team" in shown(opened(calls, lang=lang, board="phone", team="T99")).split("w-note")[1]
    assert "phone, support, orders, mixed" in shown(opened(calls, lang=lang, board="<b>"))


def test_a_filter_that_a_kpi_does_not_have_is_said_on_its_tile(tmp_path: Path) -> None:
    tickets = [ticket(number) | {"priority": ("low", "high")[number % 2]} for number in range(40)]
    path = store(tmp_path, tickets=tickets, interactions=CALLS)
    found = tiles(opened(path, board="mixed", priority="high"))
    assert found["Service level"] == ("no_data", "–")
    assert found["Backlog"] == ("plain", "20")


# Live


def test_old_data_turn_the_screen_grey_and_say_until_when(calls: Path, clock: list[datetime]) -> None:
    fresh = shown(opened(calls, board="phone", stale="15"))
    assert "data until 11:00" in fresh
    assert "w-stale" not in fresh
    clock[0] = UNTIL + timedelta(minutes=16)
    old = shown(opened(calls, board="phone", stale="15"))
    assert "data stopped: 11:00" in old
    assert "w-stale" in old
    assert "w-stale" not in shown(opened(calls, board="phone"))


def test_the_next_morning_yesterdays_figures_say_so(calls: Path, clock: list[datetime]) -> None:
    clock[0] = UNTIL + timedelta(hours=21)
    app = opened(calls, board="phone")
    assert "data until 11:00 yesterday" in shown(app)
    assert tiles(app)["Answer rate"][1] == "90.0%"


def test_two_screens_ask_once(calls: Path) -> None:
    with patch.object(board_data, "answer", wraps=board_data.answer) as asked:
        opened(calls, board="phone")
        once = asked.call_count
        opened(calls, lang="fr", board="phone", theme="dark")
    assert 0 < once == asked.call_count


def test_a_refresh_that_changes_nothing_sends_the_same_board(calls: Path, clock: list[datetime]) -> None:
    app = opened(calls, board="phone")
    before = shown(app)
    clock[0] += timedelta(seconds=board_data.TICK_S)
    assert shown(again(app, calls)) == before


def test_a_new_import_is_on_the_screen_at_the_next_refresh(tmp_path: Path) -> None:
    (tmp_path / "next").mkdir()
    path, later = store(tmp_path, interactions=CALLS[:40]), store(tmp_path / "next", interactions=CALLS)
    with duckdb.connect(str(later)) as con:
        con.execute("UPDATE store_info SET value = 'next' WHERE name = 'generation'")
    app = opened(path, board="phone")
    before = tiles(app)["Service level"]
    os.replace(later, path)
    assert tiles(again(app, path))["Service level"] != before


def test_a_failure_keeps_the_last_picture_and_stops_the_heartbeat(calls: Path) -> None:
    app = opened(calls, board="phone")
    before, alive = shown(app), beat(app)
    with patch.object(board_data, "screen", side_effect=RuntimeError("boom")):
        again(app, calls)
    assert (shown(app), beat(app)) == (before, alive)
    assert "boom" not in " ".join(element.value for element in app.html)
    time.sleep(0.2)  # A beat says the tenth of a second.
    assert beat(again(app, calls)) > alive


def test_a_first_failure_is_calm(calls: Path) -> None:
    with patch.object(board_data, "screen", side_effect=RuntimeError("boom")):
        assert "comes back by itself" in shown(opened(calls, board="phone"))


def test_a_store_that_is_missing_is_waited_for() -> None:
    with patch.object(cache, "engine", side_effect=EngineError("gone")):
        screen = board_data.screen(SHIPPED["phone"])
    assert "No data yet" in board_html(screen, text=4)


def test_states_remember_across_refreshes_and_a_restart_looks_at_the_day_again(
    calls: Path, clock: list[datetime]
) -> None:
    with patch.dict("os.environ", {"VIGIE_DB": str(calls)}):
        first = {r.tile.kpi_id: r for r in board_data.screen(SHIPPED["phone"]).readings}
        board_data._memory.clear()  # type: ignore[attr-defined]
        board_data._screen.clear()  # type: ignore[attr-defined]
        clock[0] += timedelta(minutes=10)
        after = {r.tile.kpi_id: r for r in board_data.screen(SHIPPED["phone"]).readings}
    since = first["answer_rate"].since
    assert since is not None
    assert since <= UNTIL + timedelta(hours=1)
    assert after["answer_rate"].since == since
    assert after["answer_rate"].state == first["answer_rate"].state == "ok"


# In turn


def test_boards_take_turns_with_a_line_and_one_alone_has_none(calls: Path) -> None:
    app = opened(calls, board="phone,support", rotate="20")
    line = next(element.value for element in app.html if "w-turn" in element.value)
    assert "animation-duration:20s" in line
    app.session_state["wall-turn"] = type(app.session_state["wall-turn"])(0, -1e6, 0)
    assert "Phone" in shown(app)
    assert "Tickets" in shown(again(app, calls))
    alone = opened(calls, board="phone")
    assert "hidden" in next(element.value for element in alone.html if "w-turn" in element.value)


def test_from_further_away_a_board_is_shown_in_pages(calls: Path) -> None:
    assert len(tiles(opened(calls, board="phone", distance="6"))) == 3
    assert len(tiles(opened(calls, board="phone", distance="6", screen="98"))) == 6


def test_a_phone_can_open_the_same_figures(calls: Path) -> None:
    with patch("streamlit.runtime.context.ContextProxy.url", "http://192.168.1.9:8501/wallboard"):
        assert 'class="w-qr" src="data:image/svg+xml' in shown(opened(calls, board="phone"))
        assert "w-qr" not in shown(opened(calls, board="phone", qr="0"))
    assert "w-qr" not in shown(opened(calls, board="phone"))


@pytest.mark.parametrize(("asked", "address"), [((), "localhost"), (("--address", "0.0.0.0"), "0.0.0.0")])
def test_televisions_are_let_in_only_when_asked(calls: Path, asked: tuple[str, ...], address: str) -> None:
    with patch("dashboard.server.serve") as serve, patch("dashboard.cli.load.upgrade"):
        done = CliRunner().invoke(app, ["run", "--db", str(calls), *asked])
    assert done.exit_code == 0
    serve.assert_called_once_with(calls, 8501, address=address)
