"""Aircall's calls. Keys and reasons: https://developer.aircall.io/api-references/#call"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.data.sources.store_of_calls import Desk, underived

NINE = 1772442000  # 2026-03-02T09:00:00Z


def call(key: int, answered: int | None = None, ended: int | None = 60, **more: Any) -> Any:
    """A call that starts at nine; seconds after nine."""
    return {
        "id": key,
        "direct_link": f"https://api.aircall.io/v1/calls/{key}",
        "status": "done",
        "direction": "inbound",
        "started_at": NINE,
        "answered_at": None if answered is None else NINE + answered,
        "ended_at": None if ended is None else NINE + ended,
        "duration": ended,
        "raw_digits": "+33 6 12 34 56 78",
        "voicemail": None,
        "missed_call_reason": None,
        "user": {"id": 77, "name": "Ann", "email": "ann@example.org"} if answered is not None else None,
        "number": {"id": 5, "name": "Paris"},
        "teams": [],
        "comments": [],
        "tags": [],
        **more,
    }


CALLS = [
    call(1, answered=12, ended=252, teams=[{"id": 3, "name": "Sales"}]),
    call(2, missed_call_reason="short_abandoned", ended=3),
    call(3, missed_call_reason="no_available_agent", raw_digits="anonymous"),
    call(4, missed_call_reason="agents_did_not_answer", raw_digits="anonymous"),
    call(5, missed_call_reason="abandoned_in_ivr"),
    call(6, missed_call_reason="out_of_opening_hours"),
    call(7, missed_call_reason="agents_did_not_answer", voicemail="https://example.org/v.mp3"),
    call(8, direction="outbound", answered=8, ended=68, raw_digits="+33612345678"),
    call(9, direction="outbound"),
    call(10, status="initial", ended=None),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    patch = underived()
    made = Desk(tmp_path_factory.mktemp("aircall"))
    calls, teams = made.load("a.json", {"meta": {"count": 10}, "calls": CALLS})
    assert (calls.table, calls.loaded, teams.table, teams.loaded) == ("interactions", 10, "teams", 2)
    yield made
    patch.undo()


def test_seconds_since_1970_are_utc_and_the_ringing_is_not_talk(desk: Desk) -> None:
    columns = "hms(offered_at), hms(answered_at), hms(ended_at), outcome, talk_s, hold_s, wrap_s"
    assert desk.row(columns, "1") == ("09:00:00", "09:00:12", "09:04:12", "answered", 240, None, None)


def test_a_call_that_nobody_took_counts_against_the_answer_rate_and_the_menu_does_not(desk: Desk) -> None:
    found = desk.rows("SELECT interaction_id::INT, outcome FROM interactions WHERE answered_at IS NULL ORDER BY 1")
    assert found == [
        (2, "abandoned"),
        (3, "abandoned"),
        (4, "abandoned"),
        (5, "dissuaded"),
        (6, "dissuaded"),
        (7, "voicemail"),
        (9, None),
        (10, None),
    ]


def test_the_team_comes_first_and_the_line_stands_for_it(desk: Desk) -> None:
    assert (desk.row("team_id", "1"), desk.row("team_id", "2")) == (("team-3",), ("number-5",))
    assert desk.rows("SELECT team_id, name FROM teams ORDER BY 1") == [("number-5", "Paris"), ("team-3", "Sales")]


def test_one_number_is_one_customer_however_written_and_hidden_ones_are_none(desk: Desk) -> None:
    found = desk.rows("SELECT count(DISTINCT customer_id), count(*) FILTER (WHERE customer_id IS NULL) "
                      "FROM interactions")  # fmt: skip
    assert found == [(1, 2)]


def test_the_same_calls_change_nothing_and_a_finished_call_replaces_the_one_in_progress(desk: Desk) -> None:
    again, _ = desk.load("b.json", CALLS)
    assert (again.loaded, again.updated, again.unchanged) == (0, 0, 10)
    done, _ = desk.load("c.jsonl", json.dumps(call(10, answered=20, ended=80)))
    assert (done.updated, desk.row("outcome, talk_s", "10")) == (1, ("answered", 60))
    older, _ = desk.load("d.json", {"calls": [CALLS[9]]})
    assert (older.updated, older.unchanged) == (0, 1)
