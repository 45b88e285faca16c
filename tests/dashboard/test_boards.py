"""Boards of the team screens: what they may hold, how much is read from afar, their address, how they are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from dashboard import qr
from dashboard.board_address import Asked, query, read
from dashboard.boards import (
    QUALITY,
    SHIPPED,
    WINDOWS,
    Board,
    BoardError,
    Tile,
    as_json,
    capacity,
    check,
    from_json,
    name_of,
    offered,
    pages,
    text_share,
    title_of,
)
from dashboard.i18n import spoken
from data.settings import open_settings
from kpi.catalog import CATALOG
from kpi.model import Filter

THREE = (Tile("ticket_backlog"), Tile("service_level"), Tile("csat_rate"))
HANDLING = Tile("average_handle_time")
DOMAINS = {"team_id": ("LYON", "LILLE"), "channel": ("email", "phone"), "agent_id": ("A1", "A2")}


def refusal(board: Board) -> str:
    with pytest.raises(BoardError) as refused:
        check(board)
    return str(refused.value)


@pytest.mark.parametrize("board", SHIPPED.values(), ids=SHIPPED)
def test_a_board_that_ships_keeps_its_own_rules_and_has_a_title_in_both_languages(board: Board) -> None:
    check(board)
    assert spoken("fr", lambda: title_of(board)) != spoken("en", lambda: title_of(board))
    assert all(
        len(spoken(lang, lambda tile=tile: name_of(tile))) <= 26 for tile in board.tiles for lang in ("fr", "en")
    )  # type: ignore[misc]


@pytest.mark.parametrize(
    "tiles", [THREE[:2], (*THREE, *(Tile(kpi) for kpi in ("nps", "fcr_rate", "reopen_rate", "answer_rate")))]
)
def test_two_tiles_or_seven_are_refused(tiles: tuple[Tile, ...]) -> None:
    assert "3 to 6" in refusal(Board("one", tiles))


def test_nobody_is_shown_alone_on_a_screen() -> None:
    assert "person" in refusal(Board("one", THREE, filters=(Filter("agent_id", ("A1",)),)))
    asked = read({"agent": ["A1"], "team": ["LYON"]}, DOMAINS)
    assert asked.filters == (Filter("team_id", ("LYON",)),)
    assert asked.ignored == ("agent",)


def test_productivity_never_stands_without_quality() -> None:
    alone = Board("one", (HANDLING, Tile("ticket_backlog"), Tile("service_level")))
    assert "quality" in refusal(alone)
    check(replace(alone, tiles=(*alone.tiles, Tile("csat_rate"))))
    assert set(CATALOG) >= QUALITY
    assert all(CATALOG[kpi_id].family != "productivity" for kpi_id in QUALITY)


@pytest.mark.parametrize("kpi_id", ["topic_mention_rate", "top_products", "backlog_age_distribution", "no_such_kpi"])
def test_a_kpi_without_one_value_has_no_tile(kpi_id: str) -> None:
    assert "cannot be shown" in refusal(Board("one", (Tile(kpi_id), *THREE)))
    assert kpi_id not in {kpi.id for kpi in offered()}


def test_bounds_that_contradict_each_other_are_refused() -> None:
    for wrong in (
        Tile("csat_rate", target=0.8, act=0.9),
        Tile("longest_wait", target=60, act=30),
        Tile("csat_rate", act=0.5),
        Tile("tickets_created", target=10),
    ):
        refusal(Board("one", (wrong, Tile("nps"), Tile("fcr_rate"))))
    check(Board("one", (Tile("csat_rate", target=0.8, act=0.7), Tile("longest_wait", target=30, act=60), Tile("nps"))))


@pytest.mark.parametrize("board_id", ["", "../etc", "Équipe", "a b", "x" * 41])
def test_a_name_that_no_address_can_carry_is_refused(board_id: str) -> None:
    assert "address" in refusal(Board(board_id, THREE))


def test_what_is_the_same_twice_or_too_long_is_refused() -> None:
    assert "twice" in refusal(Board("one", (*THREE, THREE[0])))
    assert "too long" in refusal(Board("one", THREE, title="x" * 41))
    check(Board("one", (*THREE, Tile("csat_rate", "last_7"))))


def test_a_board_is_kept_as_it_was_made() -> None:
    made = Board(
        "one", (*THREE, Tile("nps", "last_30", "Recommend", 20, 0)), "Ours", (Filter("team_id", ("LYON",)),), 900
    )
    assert from_json("one", as_json(made)) == made


@pytest.mark.parametrize(
    "kept", [{}, {"tiles": None, "filters": {}}, {"tiles": [{"kpi": "gone", "window": "today"}] * 3, "filters": {}}]
)
def test_a_kept_board_that_can_no_longer_be_shown_is_said_not_raised_as_a_bug(kept: dict[str, object]) -> None:
    with pytest.raises(BoardError):
        from_json("one", kept)


def test_boards_are_kept_with_who_wrote_them_and_nobody_is_refused(tmp_path: Path) -> None:
    settings = open_settings(tmp_path / "centre.duckdb")
    settings.save_board("one", as_json(Board("one", THREE)), " Ana ")
    kept = open_settings(tmp_path / "centre.duckdb").boards()["one"]
    assert (from_json("one", kept.definition).tiles, kept.author) == (THREE, "Ana")
    assert kept.at.tzinfo is None
    for author in ("", "seed"):
        with pytest.raises(ValueError, match="nobody"):
            settings.save_board("one", {}, author)
    with pytest.raises(ValueError, match="at most"):
        settings.save_board("one", {"title": "x" * 30_000}, "Ana")
    settings.delete_board("one")
    assert settings.boards() == {}


def test_a_text_is_as_high_as_its_distance_asks() -> None:
    assert text_share(6, 55) / 100 * 55 * 12.453 == pytest.approx(6000 / 150, rel=1e-3)
    assert text_share(4, 85) < text_share(4, 55) < text_share(8, 55)
    assert [capacity(text) for text in (3.9, 5.8, 7.5, 10)] == [6, 3, 2, 1]


@pytest.mark.parametrize("text", [3.0, 5.0, 7.0, 10.0])
def test_pages_hold_every_tile_and_no_productivity_alone(text: float) -> None:
    plain = SHIPPED["mixed"]
    assert [tile for page in pages(plain, text) for tile in page.tiles] == list(plain.tiles)
    mixed = Board("one", (HANDLING, Tile("ticket_backlog"), Tile("service_level"), Tile("answer_rate"), Tile("nps")))
    for page in pages(check(mixed), text):
        families = {tile.kpi.family for tile in page.tiles}
        assert "productivity" not in families or any(tile.kpi_id in QUALITY for tile in page.tiles)
        assert len(page.tiles) <= capacity(text)
    shown = {tile for page in pages(mixed, text) for tile in page.tiles}
    assert shown >= set(mixed.tiles) - {HANDLING}


def test_an_address_says_what_it_was_made_of() -> None:
    limits = (Filter("team_id", ("LYON",)), Filter("channel", ("email", "phone")))
    text = query(("phone", "support"), "fr", limits, rotate=30, distance=6.0, screen=75.0, theme="dark")
    asked = read(parse_qs(text), DOMAINS)
    assert asked == Asked(
        ("phone", "support"), 30, 6.0, 75.0, "dark", filters=tuple(sorted(limits, key=lambda one: one.dimension))
    )
    assert query(("phone",), "en", rotate=20, theme="") == "board=phone&lang=en"


@pytest.mark.parametrize("hostile", ["-1", "1e99", "nan", "<script>", ""])
def test_a_hostile_address_leaves_a_screen_that_works(hostile: str) -> None:
    names = ("rotate", "distance", "screen", "refresh", "stale", "theme", "team", "board")
    asked = read({name: [hostile] for name in names}, DOMAINS)
    assert 5 <= asked.rotate_s <= 3600
    assert 2 <= asked.refresh_s <= 600
    assert 2.7 <= asked.text <= 12
    assert asked.theme == ""
    assert asked.filters == ()


def test_a_page_in_turn_is_refreshed_a_whole_number_of_times() -> None:
    asked = Asked(rotate_s=20, refresh_s=15)
    assert (asked.every_s(False), asked.every_s(True)) == (15, 10)


def test_a_board_limited_by_its_address_forgets_its_own_limit_of_that_kind() -> None:
    board = Board("one", THREE, filters=(Filter("team_id", ("LYON",)), Filter("channel", ("email",))))
    assert set(board.limited_to((Filter("team_id", ("LILLE",)),)).filters) == {
        Filter("channel", ("email",)),
        Filter("team_id", ("LILLE",)),
    }


def test_a_window_is_said_in_the_name_of_a_tile() -> None:
    names = [spoken("en", lambda window=window: name_of(Tile("nps", window))) for window in WINDOWS]  # type: ignore[misc]
    assert names == ["NPS", "NPS, 7 days", "NPS, 30 days"]
    assert spoken("en", lambda: name_of(Tile("ticket_backlog", "last_7"))) == "Backlog"


def test_a_phone_is_only_offered_an_address_it_can_open() -> None:
    assert qr.reachable("http://192.168.1.20:8501/wallboard")
    assert not any(map(qr.reachable, ("http://localhost:8501/", "http://127.0.0.1/x", "http://[::1]:8501/")))
    assert qr.picture("http://192.168.1.20:8501/").startswith("data:image/svg+xml")
