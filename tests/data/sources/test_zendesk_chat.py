"""Zendesk's chats and the legs of Talk.

Shapes: https://developer.zendesk.com/api-reference/live-chat/chat-api/chats/ ,
https://developer.zendesk.com/api-reference/voice/talk-api/incremental_exports/
"""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from data.store import ImportFailed
from tests.data.sources.exports import Room, counts


def chat(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"1704.{number}", "type": "chat", "timestamp": "2026-03-02T09:00:00Z",
        "end_timestamp": "2026-03-02T09:13:00Z", "visitor": {"id": f"v{number}", "name": "Ann", "email": "a@b.fr"},
        "session": {"id": "s", "end_date": "2026-03-02T09:13:00Z"}, "zendesk_ticket_id": None, "started_by": "visitor",
        "missed": False, "agent_ids": ["41", "42"], "department_id": 3, "duration": 780, "rating": None,
        "comment": None, "response_time": {"first": 10, "avg": 30.5, "max": 60}, "history": [],
        "count": {"agent": 4, "visitor": 5, "total": 9}, "triggered": False,
    } | more  # fmt: skip


SILENT = {"agent_ids": [], "response_time": {"first": None}, "count": {"agent": 0, "visitor": 1, "total": 1}}
CHATS = [
    chat(1, zendesk_ticket_id=77, rating="good", comment="thanks, 06 12 34 56 78"),
    chat(2, missed=True, **SILENT),
    chat(3, started_by="trigger", rating="bad"),
    chat(4, started_by="agent", **SILENT),
    {key: value for key, value in chat(5, type="offline_msg", message="private words").items()
     if key not in ("end_timestamp", "agent_ids", "response_time", "count", "missed")},
]  # fmt: skip


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = Room(tmp_path_factory.mktemp("chats"))
    reports = room.take({"count": 5, "chats": CHATS, "next_page": None}, "chats.json")
    assert {name: counts(one) for name, one in reports.items()} == {
        "interactions": (5, 0, 0, 0), "surveys": (2, 0, 0, 0),
    }  # fmt: skip
    assert all(counts(one)[0] == 0 for one in room.take(CHATS, "again.json").values())
    return room


def test_a_chat_is_answered_at_its_first_answer_and_lasts_to_its_end(room: Room) -> None:
    sql = "SELECT answered_at::TIME, ended_at::TIME, talk_s, ticket_id, team_id, channel FROM interactions"
    assert room.rows(f"{sql} WHERE interaction_id = 'chat-1704.1'") == [
        (time(9, 0, 10), time(9, 13), 770, "77", "3", "chat")
    ]


def test_who_wrote_first_and_who_ever_answered(room: Room) -> None:
    sql = "SELECT right(interaction_id, 1), direction, outcome, answered_at IS NULL FROM interactions ORDER BY 1"
    assert room.rows(sql) == [
        ("1", "inbound", "answered", False),
        ("2", "inbound", "abandoned", True),
        ("3", "inbound", "answered", False),
        ("4", "outbound", None, True),
        ("5", "inbound", "voicemail", True),
    ]


def test_a_rating_is_of_two_points_and_no_address_stays(room: Room) -> None:
    found = room.rows("SELECT interaction_id, score, scale_max, comment FROM surveys ORDER BY 1")
    assert [row[:3] for row in found] == [("chat-1704.1", 1, 1), ("chat-1704.3", 0, 1)]
    assert "06 12" not in found[0][3]
    assert b"a@b.fr" not in room.db.read_bytes()


def test_the_legs_of_calls_are_refused_with_what_to_export(tmp_path: Path) -> None:
    leg = {"id": 1, "call_id": 2, "type": "agent", "completion_status": "completed", "talk_time": 15}
    with pytest.raises(ImportFailed, match="export the calls"):
        Room(tmp_path).take({"legs": [leg | {"available_via": "browser"}]}, "legs.json")
