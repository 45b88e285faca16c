"""Zendesk's tickets: recognised, and what each of their traps becomes.

Shapes: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ ,
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_metrics/ ,
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
Durations: https://support.zendesk.com/hc/en-us/articles/4408834848154
Exports: https://support.zendesk.com/hc/en-us/articles/4408886165402
"""

from __future__ import annotations

import json
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest

from data.privacy import key_of
from data.sources.known import recognised
from tests.data.sources.exports import Room, counts


def ticket(number: int, status: str = "open", updated: str = "2026-03-02T12:00:00Z", **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "via": {"channel": "email", "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": "2026-03-02T08:00:00Z",
        "updated_at": updated,
        "type": None,
        "subject": "private words",
        "priority": None,
        "status": status,
        "requester_id": 500 + number,
        "submitter_id": 500 + number,
        "assignee_id": 9,
        "group_id": 7,
        "tags": ["a"],
        "satisfaction_rating": None,
        "custom_fields": [],
    } | more


def metrics(number: int, minutes: int | None, solved: str | None = None) -> dict[str, Any]:
    return {
        "id": 1000 + number,
        "ticket_id": number,
        "created_at": "2026-03-02T08:00:00Z",
        "updated_at": "2026-03-02T12:00:00Z",
        "reopens": 0,
        "replies": 1,
        "solved_at": solved,
        "reply_time_in_minutes": {"calendar": minutes, "business": 1},
        "first_resolution_time_in_minutes": {"calendar": None, "business": None},
        "full_resolution_time_in_minutes": {"calendar": None, "business": None},
    }


PAGE = {
    "tickets": [
        ticket(1, "solved", type="problem", priority="urgent"),
        ticket(2, "hold"),
        ticket(3, "deleted"),
        ticket(4, "open", via={"channel": "sample_ticket"}),
        ticket(5, "closed", tags=["closed_by_merge"]),
        ticket(6, "new", via={"channel": "web"}, submitter_id=9),
        ticket(7, "pending", via={"channel": "whatsapp"}, metric_set=metrics(7, 20)),
        ticket(8, "scheduled"),
    ],
    "metric_sets": [metrics(1, 90, "2026-03-02T11:00:00Z")],
    "users": [{"id": 9, "role": "agent", "name": "Ann Agent"}],
    "count": 8,
    "end_time": 1772452800,
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = Room(tmp_path_factory.mktemp("zendesk"))
    reports = room.take(PAGE, "page.json")
    assert counts(reports["tickets"]) == (7, 0, 0, 1)
    (reject,) = reports["tickets"].rejects
    assert (reject.column, reject.value) == ("status", "scheduled")
    return room


def one(room: Room, columns: str, number: int) -> tuple[Any, ...]:
    (row,) = room.rows(f"SELECT {columns} FROM tickets WHERE ticket_id = '{number}'")
    return row


def test_a_page_of_tickets_is_recognised_and_speaks_the_words_of_the_schema(room: Room) -> None:
    assert room.source() == "zendesk"
    assert one(room, "channel, ticket_type, priority, status, team_id", 1) == (
        *("email", "incident", "urgent", "solved"),
        "7",
    )
    assert one(room, "ticket_type, priority, status", 2) == ("question", "normal", "on_hold")
    assert one(room, "channel", 7) == ("whatsapp",)


def test_nobody_is_known_by_the_id_that_zendesk_gives(room: Room) -> None:
    customer, agent = one(room, "customer_id, agent_id", 1)
    assert len(customer) == len(agent) == 16


def test_deleted_sample_and_merged_tickets_stay_but_out_of_every_kpi(room: Room) -> None:
    found = room.rows("SELECT ticket_id, exclusion FROM tickets WHERE exclusion IS NOT NULL ORDER BY ticket_id")
    assert found == [("3", "deleted"), ("4", "test"), ("5", "duplicate")]


def test_metrics_are_calendar_minutes_beside_the_tickets_or_inside_them(room: Room) -> None:
    assert one(room, "first_response_at, resolved_at", 1) == (
        datetime(2026, 3, 2, 9, 30),
        datetime(2026, 3, 2, 11, 0),
    )
    assert one(room, "first_response_at, resolved_at", 7) == (datetime(2026, 3, 2, 8, 20), None)


def test_without_metrics_a_closed_ticket_is_not_in_the_backlog_for_ever(room: Room) -> None:
    assert one(room, "resolved_at", 5) == (datetime(2026, 3, 2, 12, 0),)


def test_a_ticket_that_an_agent_opened_is_not_a_request_of_the_customer(room: Room) -> None:
    assert one(room, "initiated_by", 6) == ("agent",)
    assert one(room, "initiated_by", 1) == ("customer",)


def test_the_same_page_again_changes_nothing_and_the_newest_version_wins_in_any_order(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.take(PAGE, "page.json")
    again = room.take(PAGE, "page.json")["tickets"]
    assert counts(again) == (0, 0, 7, 1)
    newer = ticket(2, "solved", "2026-03-03T10:00:00Z")
    lines = "\n".join(json.dumps(each) for each in (newer, ticket(2, "open", "2026-03-01T09:00:00Z")))
    assert counts(room.take(lines, "lines.jsonl")["tickets"]) == (0, 1, 0, 1)  # the older version is superseded
    assert counts(room.take([ticket(2, "open", "2026-03-01T09:00:00Z")], "older.json")["tickets"]) == (0, 0, 1, 0)
    assert one(room, "status", 2) == ("solved",)
    # What a page has no metrics of keeps those of a page that had them.
    room.take([ticket(1, "solved")], "bare.json")
    assert one(room, "first_response_at, resolved_at", 1) == (datetime(2026, 3, 2, 9, 30), datetime(2026, 3, 2, 11, 0))


def test_metrics_alone_complete_known_tickets_and_reject_the_others(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.take([ticket(1, "solved")], "tickets.json")
    alone = {"ticket_metrics": [metrics(1, 15, "2026-03-02T10:00:00Z"), metrics(99, 3)]}
    report = room.take(alone, "metrics.json")["tickets"]
    assert counts(report) == (0, 1, 0, 1)
    assert "import the tickets before" in str(report.rejects[0].value)
    assert one(room, "status, first_response_at, resolved_at", 1) == (
        "solved",
        datetime(2026, 3, 2, 8, 15),
        datetime(2026, 3, 2, 10, 0),
    )


def test_an_export_of_a_view_in_the_time_of_the_account_joins_the_groups_of_the_api(tmp_path: Path) -> None:
    room = Room(tmp_path, zone="Europe/Paris")
    flags = {"is_public": True, "default": False, "deleted": False}
    room.take({"groups": [{"id": 7, "name": "Support", **flags}]}, "groups.json")
    users = [
        {
            "id": key,
            "role": role,
            "name": "Ann",
            "time_zone": "Paris",
            "default_group_id": 7,
            "ticket_restriction": None,
        }
        for key, role in ((9, "agent"), (10, "admin"), (501, "end-user"))
    ]
    assert counts(room.take({"users": users}, "users.json")["agents"]) == (2, 0, 0, 0)
    assert room.rows("SELECT DISTINCT display_name, team_id FROM agents") == [(None, "7")]
    export = (
        "Summation column,Id,Requester,Group,Tags,Status,Priority,Via,Ticket type,Created at,Updated at,Solved at,"
        "Satisfaction Score,First reply time in minutes,First reply time in minutes within business hours\n"
        "1,41,Ann,Support,vip closed_by_merge,Closed,-,Web Form,Problem,2026-07-01 10:00,2026-07-02 09:00,,Offered,,\n"
        "1,42,Bob,Sales,,On-hold,Urgent,Phone call (incoming),-,2026-07-01 10:00,2026-07-01 12:00,,,30,5\n"
        "1,43,Cy,Support,,Solved,Low,Mail,-,2026-07-01 10:00:00 -0400,,2026-07-01 12:00:00 -0400,Good,45,\n"
    )
    report = room.take(export)["tickets"]
    assert (counts(report), report.rejects) == ((3, 0, 0, 0), ())
    assert room.source() == "zendesk"
    sql = (
        "SELECT ticket_id, channel, ticket_type, priority, status, team_id, created_at::TIME, first_response_at::TIME, "
        "resolved_at::TIME, exclusion FROM tickets ORDER BY 1"
    )
    assert room.rows(sql) == [
        *[("41", "web_form", "incident", "normal", "closed", "7", time(8), None, time(7), "duplicate")],
        *[("42", "phone", "question", "urgent", "on_hold", "Sales", time(8), time(8, 30), None, None)],
        *[("43", "email", "question", "low", "solved", "7", time(14), time(14, 45), time(16), None)],
    ]
    assert key_of(room.db) not in room.db.read_bytes().decode("latin-1")


def test_a_report_of_explore_is_recognised_and_a_table_of_ours_is_not_taken_for_one(tmp_path: Path) -> None:
    room = Room(tmp_path, zone="Europe/Paris")
    report = (
        "Ticket ID,Ticket status,Ticket channel,Ticket created - Timestamp,Ticket solved - Timestamp,Assignee name\n"
        "41,Solved,Web,2026-07-01T10:00:00,2026-07-01T12:00:00,Ann\n"
    )
    assert counts(room.take(report)["tickets"]) == (1, 0, 0, 0)
    assert room.source() == "zendesk"
    assert one(room, "channel, status, created_at", 41) == ("web_form", "solved", datetime(2026, 7, 1, 8))
    ours = tmp_path / "tickets.csv"
    ours.write_text("ticket_id,created_at,channel,status,colour\n42,2026-07-01T10:00:00Z,phone,open,red\n")
    assert recognised(ours, room.db, "UTC").title == "Vigie"
