"""Freshdesk's files. Shapes: https://developers.freshdesk.com/api/#tickets , #conversations, #groups, #agents,
#business-hours, #view_all_satisfaction_ratings; the columns of the export are those of its own list of fields.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from data.store import ImportFailed
from tests.data.sources.exports import Room, counts


def ticket(number: int, status: int = 2, source: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "requester_id": 500 + number, "responder_id": 9, "group_id": 7, "company_id": None,
        "source": source, "status": status, "priority": 1, "type": "Question", "spam": False, "fr_escalated": False,
        "is_escalated": False, "subject": "private words", "created_at": "2026-03-02T08:00:00Z",
        "updated_at": "2026-03-03T08:00:00Z", "tags": [],
    } | more  # fmt: skip


STATS = {
    "agent_responded_at": "2026-03-02T15:00:00Z",
    "first_responded_at": "2026-03-02T19:00:00+10:00",
    "resolved_at": "2026-03-02T11:00:00Z",
    "reopened_at": "2026-03-02T10:00:00Z",
    "closed_at": None,
    "pending_since": None,
}
TICKETS = [
    ticket(1, 4, priority=4, type="Feature Request", stats=STATS),
    ticket(2, 6, 2, created_at="2026-03-02T18:00:00+10:00", stats=STATS | {"resolved_at": None}),
    ticket(3, 7, 10, priority=3, type=None, spam=True),
    ticket(4, 5, 13, deleted=True),
    ticket(5, 12),
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = Room(tmp_path_factory.mktemp("freshdesk"), zone="Europe/Paris")
    report = room.take(TICKETS, "tickets.json")["tickets"]
    assert counts(report) == (4, 0, 0, 1)
    assert (report.rejects[0].column, report.rejects[0].value) == ("status", "12")  # a status of the centre's own
    assert counts(room.take({"results": TICKETS, "total": 5}, "search.json")["tickets"]) == (0, 0, 4, 1)
    assert room.source() == "freshdesk"
    return room


def column(room: Room, name: str) -> list[Any]:
    return [value for (value,) in room.rows(f"SELECT {name} FROM tickets WHERE len(ticket_id) = 1 ORDER BY ticket_id")]


def test_numbers_become_words(room: Room) -> None:
    assert column(room, "status") == ["solved", "pending", "on_hold", "closed"]
    assert column(room, "priority") == ["urgent", "low", "high", "low"]
    assert column(room, "channel") == ["email", "web_form", "email", "whatsapp"]
    assert column(room, "ticket_type") == ["request", "question", "question", "question"]
    assert column(room, "request_type") == ["Feature Request", "Question", None, "Question"]


def test_each_offset_is_exact(room: Room) -> None:
    assert column(room, "created_at") == [datetime(2026, 3, 2, 8)] * 4
    assert column(room, "first_response_at")[:2] == [datetime(2026, 3, 2, 9)] * 2


def test_stats_give_the_resolution_and_its_absence_the_last_update(room: Room) -> None:
    assert column(room, "resolved_at") == [datetime(2026, 3, 2, 11), None, None, datetime(2026, 3, 3, 8)]
    assert room.rows("SELECT count(*) FROM ticket_events WHERE event_type = 'status'") == [(0,)]


def test_spam_and_deleted_tickets_are_out_of_every_kpi_and_outbound_mail_is_the_agents(room: Room) -> None:
    assert column(room, "exclusion") == [None, None, "spam", "deleted"]
    assert column(room, "initiated_by") == ["customer", "customer", "agent", "customer"]


def test_a_corrected_ticket_updates_and_keeps_what_only_stats_had_said(room: Room) -> None:
    corrected = ticket(1, 4, priority=2, updated_at="2026-03-04T08:00:00Z")
    assert counts(room.take([corrected], "one.json")["tickets"]) == (0, 1, 0, 0)
    assert room.rows("SELECT priority, first_response_at FROM tickets WHERE ticket_id = '1'") == [
        ("normal", datetime(2026, 3, 2, 9))
    ]
    room.take([ticket(1, 4, priority=4, stats=STATS, updated_at="2026-03-05T08:00:00Z")], "back.json")


def test_messages_notes_and_replies(room: Room) -> None:
    def said(number: int, incoming: bool, private: bool, source: int, user: int | None = 9) -> dict[str, Any]:
        return {
            "id": number, "ticket_id": 1, "incoming": incoming, "private": private, "source": source, "user_id": user,
            "body_text": "private words", "created_at": f"2026-03-02T09:{number:02}:00Z",
            "updated_at": f"2026-03-02T09:{number:02}:00Z",
        }  # fmt: skip

    said_all = [
        said(1, False, True, 2), said(2, False, False, 0), said(3, True, False, 0, 501), said(4, False, False, 8),
        said(5, False, False, 6, 501), said(6, False, False, 0, None), said(7, False, False, 2),
    ]  # fmt: skip
    assert counts(room.take(said_all, "conversations.json")["ticket_events"]) == (7, 0, 0, 0)
    found = room.rows("SELECT event_type, actor, agent_id IS NOT NULL FROM ticket_events ORDER BY event_at")
    assert found == [
        ("note", "agent", True),
        ("public_reply", "agent", True),
        ("customer_message", "customer", False),
        ("note", "agent", True),
        ("note", "customer", False),
        ("auto_reply", "system", False),
        ("public_reply", "agent", True),
    ]
    sql = "SELECT count(DISTINCT e.agent_id) FROM ticket_events e JOIN tickets t USING (ticket_id, agent_id)"
    assert room.rows(sql) == [(1,)]


def test_ratings_are_on_five_points_unless_their_survey_uses_seven(room: Room) -> None:
    def rating(number: int, survey: int, value: int, **more: int) -> dict[str, Any]:
        return {
            "id": number, "survey_id": survey, "user_id": 501, "agent_id": 9, "group_id": 7, "ticket_id": 1,
            "feedback": "fine", "ratings": {"default_question": value, **more},
            "created_at": "2026-03-04T08:00:00Z", "updated_at": "2026-03-04T08:00:00Z",
        }  # fmt: skip

    ratings = [rating(1, 1, 101), rating(2, 1, -103, question_2=100), rating(3, 2, 102), rating(4, 2, 101)]
    report = room.take([*ratings, rating(5, 1, 3)], "ratings.json")["surveys"]
    assert (counts(report), report.rejects[0].value) == ((5, 0, 0, 1), "no rating: 3")
    found = room.rows("SELECT survey_id, item, score, scale_max, comment FROM surveys ORDER BY 1, 2")
    assert found == [
        ("1", "main", 4, 5, "fine"),
        ("2", "main", 1, 5, "fine"),
        ("2", "question_2", 3, 5, None),
        ("3", "main", 6, 7, "fine"),
        ("4", "main", 5, 7, "fine"),
    ]


def test_the_export_is_in_the_time_of_the_account_and_joins_the_groups_of_the_api(room: Room) -> None:
    times = {"created_at": "2014-01-08T07:53:41+05:30", "updated_at": "2014-01-08T07:53:41+05:30"}
    room.take([{"id": 7, "name": "Support", "escalate_to": 1, "unassigned_for": "30m", **times}], "groups.json")
    people = [{"id": 9, "ticket_scope": 1, "occasional": False, "contact": {"name": "Ann", "email": "a@b.fr"}}]
    assert counts(room.take(people, "agents.json")["agents"]) == (1, 0, 0, 0)
    assert room.rows("SELECT display_name FROM agents") == [(None,)]
    assert room.rows("SELECT count(*) FROM agents JOIN tickets USING (agent_id)") == [(4,)]
    export = (
        "Ticket ID,Subject,Status,Priority,Source,Type,Agent,Group,Created time,Resolved time,Closed time,"
        "Last update time,Initial response time,First response time (in hrs),Product,Full name,Email\n"
        "71,x,Waiting on Third Party,Medium,Feedback Widget,Problem,No Agent,Support,2026-07-13 10:00:00,,,"
        "2026-07-13 12:00:00,2026-07-13 11:00:00,00:10:00,Till,Ann,a@b.fr\n"
        "72,x,Résolu,Urgent,Outbound Email,,Ann,Sales,2026-07-13 10:00:00,2026-07-14 10:00:00,,"
        "2026-07-15 12:00:00,,,,Bob,b@b.fr\n"
    )
    report = room.take(export)["tickets"]
    assert (counts(report), report.rejects) == ((2, 0, 0, 0), ())
    sql = (
        "SELECT status, priority, channel, ticket_type, initiated_by, team_id, product, agent_id IS NULL, created_at, "
        "first_response_at, resolved_at FROM tickets WHERE len(ticket_id) = 2 ORDER BY ticket_id"
    )
    at = datetime(2026, 7, 13, 8)
    assert room.rows(sql) == [
        (
            "on_hold",
            "normal",
            "web_form",
            "incident",
            "customer",
            "7",
            "Till",
            True,
            at,
            datetime(2026, 7, 13, 9),
            None,
        ),
        ("solved", "urgent", "email", "question", "agent", "Sales", None, False, at, None, datetime(2026, 7, 14, 8)),
    ]


def test_sources_that_accounts_have_beyond_the_published_ones_are_channels_too(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.take([ticket(number, source=number) for number in (7, 9, 15, 16, 17, 19, 22, 99)], "tickets.json")
    assert [value for (value,) in room.rows("SELECT channel FROM tickets ORDER BY ticket_id::INT")] == [
        "chat", "web_form", "chat", "web_form", "instagram", "facebook", "sms", "other"
    ]  # fmt: skip


def test_times_noted_on_tickets_are_not_taken_for_the_days_of_agents(tmp_path: Path) -> None:
    entry = {"billable": True, "id": 1, "timer_running": False, "agent_id": 1, "ticket_id": 1, "time_spent": "00:15"}
    with pytest.raises(ImportFailed, match="by whole days"):
        Room(tmp_path).take([entry], "time_entries.json")


OPEN = {"start_time": "8:00 am", "end_time": "5:30 pm"}
HOURS = [
    {"id": 1, "name": "Office", "is_default": True, "time_zone": "Eastern Time (US & Canada)",
     "business_hours": dict.fromkeys(("monday", "tuesday"), OPEN) | {"sunday": None}},
    {"id": 2, "name": "Night", "is_default": False, "time_zone": "Paris",
     "business_hours": {
         "saturday": {"start_time": "10:00 PM", "end_time": "12:00 am"}, "friday": OPEN | {"start_time": "late"},
     }},
]  # fmt: skip


def group(number: int, hours: int | None) -> dict[str, Any]:
    return {"id": number, "name": f"g{number}", "business_hour_id": hours, "escalate_to": 1, "unassigned_for": "30m"}


def test_business_hours_open_on_the_wall_of_their_zone_and_what_is_no_time_is_told(tmp_path: Path) -> None:
    room = Room(tmp_path)
    reports = room.take(HOURS, "hours.json")
    assert counts(reports["calendars"]) == (2, 0, 0, 0)
    assert room.rows("SELECT calendar_id, tz, holiday_set FROM calendars ORDER BY 1") == [
        ("1", "America/New_York", "NONE"), ("2", "Europe/Paris", "NONE"),
    ]  # fmt: skip
    ranges = room.rows(
        "SELECT calendar_id, weekday, open_local::TEXT, close_local::TEXT FROM calendar_hours ORDER BY ALL"
    )
    assert ranges == [
        ("1", 1, "08:00:00", "17:30:00"),
        ("1", 2, "08:00:00", "17:30:00"),
        ("2", 6, "22:00:00", "00:00:00"),
    ]
    assert counts(reports["calendar_hours"]) == (3, 0, 0, 1)
    assert "LATE" in str(reports["calendar_hours"].rejects[0])


@pytest.mark.parametrize("again", [[], ["groups"]])
def test_a_group_without_hours_of_its_own_follows_the_default_ones(tmp_path: Path, again: list[str]) -> None:
    room = Room(tmp_path)
    room.take([group(7, 2), group(8, None)], "groups.json")
    room.take(HOURS[:1], "hours.json")
    for _ in again:
        room.take([group(7, 2), group(8, None)], "groups.json")
    assert room.rows("SELECT team_id, name, calendar_id FROM teams ORDER BY 1") == [("7", "g7", "2"), ("8", "g8", "1")]
