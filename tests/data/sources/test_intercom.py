"""Intercom's files.

Shapes: https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/conversation ,
https://developers.intercom.com/docs/references/rest-api/api.intercom.io/models/conversation_part ,
https://fivetran.com/docs/connectors/applications/intercom (the replicated tables).
"""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest

from tests.data.sources.exports import Room, counts

NINE = 1772442000  # 2026-03-02 09:00 UTC


def part(number: int, minute: int, kind: str, author: str, body: str | None = None, to: Any = None) -> dict[str, Any]:
    return {
        "type": "conversation_part", "id": str(number), "part_type": kind, "body": body,
        "created_at": NINE + 60 * minute, "updated_at": NINE + 60 * minute, "notified_at": NINE,
        "assigned_to": to, "author": {"type": author, "id": {"user": "c1", "admin": "9"}.get(author, "55")},
    }  # fmt: skip


def conversation(number: int, state: str = "open", how: str = "customer_initiated", **more: Any) -> dict[str, Any]:
    return {
        "type": "conversation", "id": str(number), "created_at": NINE, "updated_at": NINE + 7200,
        "source": {"type": "conversation", "id": "3", "delivered_as": how, "body": "private words",
                   "author": {"type": "user", "id": "c1"}},
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "c1"}]},
        "first_contact_reply": {"created_at": NINE}, "admin_assignee_id": 9, "team_assignee_id": 7,
        "open": state == "open", "state": state, "priority": "not_priority",
        "conversation_rating": None, "statistics": None,
    } | more  # fmt: skip


PARTS = [
    part(10, 1, "comment", "bot", "I am a robot"),
    part(11, 2, "assignment", "bot", None, {"type": "team", "id": "7"}),
    part(12, 3, "assignment", "admin", "please have a look", {"type": "admin", "id": "9"}),
    part(13, 10, "comment", "admin", "hello"),
    part(14, 11, "note", "admin", "private words"),
    part(15, 12, "snoozed", "admin"),
    part(16, 30, "open", "user", "still broken"),
    part(17, 40, "close", "admin", "done"),
    part(18, 41, "participant_added", "admin"),
]
# Three hours of which two out of office hours: the duration is not the distance between the instants.
STATISTICS = {
    "time_to_admin_reply": 3600,
    "first_admin_reply_at": NINE + 10800,
    "time_to_last_close": 60,
    "last_close_at": NINE + 14400,
}
RATING = {"rating": 4, "remark": "write to me at c@example.org", "created_at": NINE + 3000, "updated_at": NINE + 3600}
PAGE = {
    "type": "conversation.list",
    "conversations": [
        conversation(1, "closed", conversation_parts={"conversation_parts": PARTS, "total_count": 9}),
        conversation(2, "closed", statistics=STATISTICS, priority="priority", conversation_rating=RATING),
        conversation(3, "snoozed", "operator_initiated", source={"type": "email", "delivered_as": "operator_initiated",
                     "author": {"type": "bot", "id": "55"}}, contacts=[{"type": "lead", "id": "c3"}]),
        conversation(4, "open", "automated", first_contact_reply=None, admin_assignee_id=0, team_assignee_id=0),
        conversation(5, "open", "admin_initiated", conversation_rating={"rating": None, "created_at": NINE}),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = Room(tmp_path_factory.mktemp("intercom"))
    reports = room.take(PAGE, "conversations.json")
    assert {name: counts(report) for name, report in reports.items()} == {
        "tickets": (5, 0, 0, 0),
        "ticket_events": (15, 0, 0, 0),
        "surveys": (2, 0, 0, 0),
    }
    again = room.take(PAGE["conversations"], "again.json")
    assert {name: counts(report) for name, report in again.items()} == {
        "tickets": (0, 0, 5, 0),
        "ticket_events": (0, 0, 15, 0),
        "surveys": (0, 0, 2, 0),
    }
    assert room.source() == "intercom"
    return room


def test_conversations_are_tickets_in_the_words_of_the_schema(room: Room) -> None:
    sql = "SELECT status, channel, priority, initiated_by, team_id, agent_id IS NULL, created_at FROM tickets"
    nine = datetime(2026, 3, 2, 9)
    assert room.rows(f"{sql} ORDER BY ticket_id") == [
        ("solved", "chat", "normal", "customer", "7", False, nine),
        ("solved", "chat", "high", "customer", "7", False, nine),
        ("pending", "email", "normal", "customer", "7", False, nine),
        ("open", "chat", "normal", "system", None, True, nine),
        ("open", "chat", "normal", "agent", "7", False, nine),
    ]


def test_durations_without_office_hours_are_not_taken_for_time_passed(room: Room) -> None:
    sql = "SELECT first_response_at, resolved_at FROM tickets WHERE ticket_id = '2'"
    assert room.rows(sql) == [(datetime(2026, 3, 2, 12), datetime(2026, 3, 2, 13))]


def test_a_part_may_be_an_answer_and_a_resolution(room: Room) -> None:
    found = room.rows(
        "SELECT strftime(event_at, '%H:%M'), event_type, actor, to_value FROM ticket_events "
        "WHERE ticket_id = '1' AND event_type <> 'agent' ORDER BY event_at, seq"
    )
    assert found == [
        ("09:00", "customer_message", "customer", None),
        ("09:01", "auto_reply", "bot", None),
        ("09:02", "team", "bot", "7"),
        ("09:10", "public_reply", "agent", None),
        ("09:11", "note", "agent", None),
        ("09:12", "status", "agent", "pending"),
        ("09:30", "customer_message", "customer", None),
        ("09:30", "status", "customer", "open"),
        ("09:40", "public_reply", "agent", None),
        ("09:40", "status", "agent", "solved"),
    ]


def test_the_admin_assigned_is_the_agent_of_the_ticket(room: Room) -> None:
    sql = (
        "SELECT count(*) FROM ticket_events e JOIN tickets t ON t.ticket_id = e.ticket_id AND e.to_value = t.agent_id "
        "WHERE event_type = 'agent' AND e.agent_id = t.agent_id"
    )
    assert room.rows(sql) == [(1,)]


def test_a_rating_asked_for_is_an_invitation_and_its_comment_has_no_address(room: Room) -> None:
    found = room.rows("SELECT ticket_id, score, scale_max, sent_at::TIME, responded_at::TIME, comment FROM surveys")
    assert sorted(found) == [
        ("2", 4, 5, time(9, 50), time(10), "write to me at [e-mail]"),
        ("5", None, 5, time(9), None, None),
    ]


def test_admins_and_teams_come_without_names_of_people(room: Room) -> None:
    admin = {"type": "admin", "id": "9", "name": "Ann", "email": "a@b.fr", "away_mode_enabled": False}
    admins = [
        admin | {"has_inbox_seat": True, "team_ids": [7]},
        admin | {"id": "8", "has_inbox_seat": True, "team_ids": []},
    ]
    assert counts(room.take({"type": "admin.list", "admins": admins}, "admins.json")["agents"]) == (2, 0, 0, 0)
    sql = "SELECT display_name, team_id, count(ticket_id) FROM agents LEFT JOIN tickets USING (agent_id, team_id)"
    assert sorted(room.rows(f"{sql} GROUP BY ALL"), key=str) == [(None, "7", 4), (None, None, 0)]
    teams = {"type": "team.list", "teams": [{"type": "team", "id": "7", "name": "Support", "admin_ids": [9]}]}
    assert counts(room.take(teams, "teams.json")["teams"]) == (1, 0, 0, 0)


def test_replicated_tables_keep_every_version_and_one_conversation_is_one_ticket(tmp_path: Path) -> None:
    room = Room(tmp_path, zone="Europe/Paris")
    head = (
        "id,updated_at,_fivetran_synced,assignee_id,assignee_type,conversation_rating_created_at,"
        "conversation_rating_remark,conversation_rating_value,created_at,first_contact_reply_created_at,priority,"
        "source_author_id,source_author_type,source_delivered_as,source_type,state,_fivetran_active\n"
    )

    def version(hour: str, state: str, rated: str = ",,", who: str = "9,admin") -> str:
        times = f"2026-03-02 {hour},2026-03-04 06:00:00"
        rest = "2026-03-02 08:00:00,2026-03-02 08:00:00,not_priority,c1,user,customer_initiated,conversation"
        return f"1,{times},{who},{rated},{rest},{state},FALSE\n"

    versions = [
        version("08:00:00", "open", who=","),
        version("09:00:00", "closed"),
        version("10:00:00", "open"),
        version("11:00:00", "closed", "2026-03-02 11:00:00,,"),
        version("12:00:00", "closed", "2026-03-02 11:00:00,fine,5"),
        version("13:00:00", "closed", "2026-03-02 11:00:00,fine,5"),
    ]
    reports = room.take(head + "".join(reversed(versions)), "conversations.csv")
    assert (counts(reports["tickets"]), counts(reports["surveys"])) == ((1, 0, 0, 0), (1, 0, 0, 0))
    assert room.source() == "intercom"
    assert room.rows("SELECT created_at::TIME, resolved_at::TIME, status, channel FROM tickets") == [
        (time(8), time(11), "solved", "chat")
    ]
    assert room.rows("SELECT sent_at::TIME, responded_at::TIME, score FROM surveys") == [(time(11), time(12), 5)]
    parts = (
        "id,updated_at,_fivetran_synced,assigned_to_id,assigned_to_type,author_id,author_type,conversation_id,"
        "created_at,part_type,body,_fivetran_active\n"
        "20,2026-03-02 08:30:00,2026-03-03 06:00:00,,,9,admin,1,2026-03-02 08:30:00,comment,0kDc36cA,false\n"
        "20,2026-03-02 08:40:00,2026-03-04 06:00:00,,,9,admin,1,2026-03-02 08:30:00,comment,0kDc36cB,true\n"
        "21,2026-03-02 09:00:00,2026-03-04 06:00:00,,,9,admin,1,2026-03-02 09:00:00,close,,true\n"
    )
    assert counts(room.take(parts, "parts.csv")["ticket_events"]) == (2, 0, 0, 0)
    assert room.rows("SELECT event_at::TIME, event_type, actor FROM ticket_events ORDER BY 1") == [
        (time(8, 30), "public_reply", "agent"),
        (time(9), "status", "agent"),
    ]
    admins = "id,_fivetran_deleted,_fivetran_synced,job_title,email,name\n9,false,2026-03-04 06:00:00,,pABc,auag\n"
    assert counts(room.take(admins, "admin.csv")["agents"]) == (1, 0, 0, 0)
    assert room.rows("SELECT count(*), any_value(display_name) FROM agents JOIN tickets USING (agent_id)") == [
        (1, None)
    ]


def test_the_published_types_of_parts_open_again(tmp_path: Path) -> None:
    """developers.intercom.com/docs/references/1.0/rest-api/conversations/conversation-part-model"""
    kinds = ("snoozed", "unsnoozed", "snoozed", "timer_unsnooze", "snoozed", "assign_and_unsnooze", "close")
    parts = [part(20 + i, i, kind, "admin") for i, kind in enumerate(kinds)]
    parts += [part(30, 9, "note_and_reopen", "admin", "private words"), part(31, 10, "away_mode_assignment", "admin")]
    room = Room(tmp_path)
    room.take([conversation(1, conversation_parts={"conversation_parts": parts})], "one.json")
    sql = "SELECT to_value FROM ticket_events WHERE event_type = 'status' ORDER BY event_at, seq"
    told = [value for (value,) in room.rows(sql)]
    assert told == ["pending", "open", "pending", "open", "pending", "open", "solved", "open"]
    assert room.rows("SELECT event_type FROM ticket_events WHERE event_id LIKE '30-%' ORDER BY seq") == [
        ("note",), ("status",)
    ]  # fmt: skip
