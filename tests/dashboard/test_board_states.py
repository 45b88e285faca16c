"""States of a team screen: no flicker, no red on too few cases, since when, whose turn."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dashboard.board_states import PAUSE_S, Held, Seen, advanced, judged, replayed, stale, turned, worst
from dashboard.boards import Tile
from dashboard.theme import State
from kpi.catalog import CATALOG
from kpi.model import Figure, Status, Target

NOW = datetime(2026, 3, 2, 10)
TICK = timedelta(seconds=15)
CSAT = CATALOG["csat_rate"]


def figure(value: float | None, status: Status = Status.OK) -> Figure:
    return Figure(value=value, n=100, status=status)


def goal(value: float = 0.8) -> Target | None:
    return Tile("csat_rate", target=value).own_target()


def told(*looks: tuple[State, float]) -> list[State]:
    """What the screen says at each tick."""
    held, said = None, list[State]()
    for place, (state, strain) in enumerate(looks):
        held = advanced(held, Seen(NOW + place * TICK, state, strain))
        said.append(held.state)
    return said


@pytest.mark.parametrize(
    ("value", "state"), [(0.8, "ok"), (0.79, "watch"), (0.73, "watch"), (0.70, "act"), (None, "no_data")]
)
def test_a_figure_is_judged_by_the_centres_margin(value: float | None, state: State) -> None:
    assert judged(CSAT, figure(value), goal(), None, NOW).state == state


@pytest.mark.parametrize(("value", "state"), [(0.76, "watch"), (0.74, "act")])
def test_a_board_may_say_from_where_to_act(value: float, state: State) -> None:
    assert judged(CSAT, figure(value), goal(), 0.75, NOW).state == state


def test_a_lower_bound_is_judged_the_other_way_round() -> None:
    tile = Tile("longest_wait", target=30, act=60)
    states = [judged(tile.kpi, figure(wait), tile.own_target(), tile.act, NOW).state for wait in (30, 45, 61)]
    assert states == ["ok", "watch", "act"]


@pytest.mark.parametrize("status", [Status.INDICATIVE, Status.INSUFFICIENT, Status.SUPPRESSED, Status.NO_DATA])
def test_nothing_is_red_or_green_on_too_few_cases(status: Status) -> None:
    assert judged(CSAT, figure(0.1, status), goal(), None, NOW).state == "no_data"
    assert judged(CSAT, figure(0.1), None, None, NOW).state == "no_data"


def test_a_figure_on_the_border_does_not_flicker() -> None:
    assert told(("ok", -0.1), ("watch", 0.1), ("ok", -0.1), ("watch", 0.1)) == ["ok"] * 4


def test_two_looks_in_a_row_change_the_state() -> None:
    assert told(("ok", -0.1), ("watch", 0.1), ("watch", 0.1)) == ["ok", "ok", "watch"]
    assert told(("act", 1.1), ("watch", 0.9), ("watch", 0.9)) == ["act", "act", "watch"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("ok", -1.0), ("watch", 0.3)), (("watch", 0.5), ("act", 1.3)),
        (("act", 2.0), ("watch", 0.7)), (("act", 2.0), ("ok", -0.3)),
    ],
)  # fmt: skip
def test_a_clear_change_is_said_at_once(before: tuple[State, float], after: tuple[State, float]) -> None:
    assert told(before, after) == [before[0], after[0]]


def test_no_data_comes_and_goes_at_once() -> None:
    assert told(("ok", -1.0), ("no_data", 0.0), ("watch", 0.01)) == ["ok", "no_data", "watch"]


def test_new_data_within_a_tick_are_not_a_second_look() -> None:
    held = advanced(None, Seen(NOW, "ok", -0.1))
    held = advanced(held, Seen(NOW + TICK, "watch", 0.1))
    held = advanced(held, Seen(NOW + TICK, "watch", 0.1))
    assert held.state == "ok"
    assert advanced(held, Seen(NOW + 2 * TICK, "watch", 0.1)).state == "watch"


def test_a_state_says_since_when_it_was_first_seen() -> None:
    held = advanced(None, Seen(NOW, "ok", -0.1))
    for place in (1, 2, 3):
        held = advanced(held, Seen(NOW + place * TICK, "watch", 0.1))
    assert (held.state, held.since) == ("watch", NOW + TICK)


def test_a_day_looked_at_again_gives_the_state_and_its_hour() -> None:
    hours: list[State] = ["ok", "ok", "watch", "act", "act"]
    held = replayed(Seen(NOW + timedelta(hours=i), state) for i, state in enumerate(hours))
    assert held is not None
    assert (held.state, held.since, held.seen_from) == ("act", NOW + timedelta(hours=3), False)
    steady = replayed(Seen(NOW + timedelta(hours=i), "ok") for i in range(3))
    assert steady is not None
    assert (steady.since, steady.seen_from) == (NOW, True)
    assert replayed([]) is None


def test_since_survives_the_next_look_and_ends_with_the_state() -> None:
    held = Held("ok", NOW, Seen(NOW, "ok"), seen_from=True)
    assert advanced(held, Seen(NOW + TICK, "ok", -1)).seen_from
    assert not advanced(held, Seen(NOW + TICK, "act", 5)).seen_from


def test_a_board_says_the_worst_of_its_tiles() -> None:
    assert worst(["ok", "act", "watch"]) == "act"
    assert worst(["ok", "no_data"]) == "ok"
    assert worst(["no_data"]) == worst([]) == "no_data"


def test_data_are_old_only_beyond_their_limit() -> None:
    limit = timedelta(minutes=15)
    assert not stale(NOW - limit, NOW, limit)
    assert stale(NOW - limit - TICK, NOW, limit)


def test_boards_take_turns_and_one_that_calls_for_action_stays_but_not_all_day() -> None:
    assert [turned(0, 3, shown, 20, "ok") for shown in (0, 18, 19.5, 60)] == [0, 0, 1, 1]
    assert turned(2, 3, 20, 20, "watch") == 0
    assert turned(1, 3, 300, 20, "act") == 1
    assert turned(1, 3, PAUSE_S, 20, "act") == 2
    assert turned(5, 1, 20, 20, "ok") == 0
