"""What happened to Zendesk's tickets.

Shapes: https://developer.zendesk.com/documentation/ticketing/reference-guides/ticket-audit-events-reference ,
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.data.sources.exports import Room, counts
from tests.data.sources.test_zendesk import one, ticket


def audit(number: int, at: str, author: int, *events: dict[str, Any], via: str = "web") -> dict[str, Any]:
    return {
        "id": number * 100,
        "ticket_id": 1,
        "created_at": f"2026-03-02T{at}Z",
        "author_id": author,
        "via": {"channel": via},
        "events": [{"id": number * 100 + rank, **event} for rank, event in enumerate(events, 1)],
    }


def changed(field: str, value: Any, *before: Any) -> dict[str, Any]:
    if before:
        return {"type": "Change", "field_name": field, "value": value, "previous_value": before[0]}
    return {"type": "Create", "field_name": field, "value": value}


def said(public: bool, **more: Any) -> dict[str, Any]:
    return {"type": "Comment", "public": public, "body": "private words", **more}


AUDITS = [
    audit(1, "08:00:00", 501, said(True), changed("requester_id", "501"), changed("status", "new"),
          changed("priority", None), changed("subject", "x")),
    audit(2, "08:00:00", -1, said(True), via="rule"),
    audit(3, "08:05:00", 9, said(False), changed("status", "open", "new"), changed("assignee_id", "9", None),
          changed("group_id", "7", None), changed("priority", "high", None)),
    audit(4, "08:30:00", 9, said(True), changed("status", "hold", "open")),
    audit(5, "09:00:00", 501, said(True), changed("status", "open", "hold")),
    audit(6, "09:10:00", 9, changed("status", "deleted", "open")),
    audit(7, "09:20:00", 9, changed("status", "open", "deleted")),
    audit(8, "09:30:00", 9, {"type": "Comment", "public": True, "author_id": 501}),
    audit(9, "10:00:00", 9, changed("status", "solved", "open")),
]  # fmt: skip


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = Room(tmp_path_factory.mktemp("audits"))
    room.take([ticket(1, "solved")], "tickets.json")
    assert counts(room.take({"audits": AUDITS, "next_page": None}, "audits.json")["ticket_events"]) == (15, 0, 0, 0)
    assert counts(room.take(AUDITS, "again.json")["ticket_events"]) == (0, 0, 15, 0)
    return room


def events(room: Room, kinds: str) -> list[tuple[Any, ...]]:
    return room.rows(
        "SELECT strftime(event_at, '%H:%M'), event_type, actor, from_value, to_value FROM ticket_events "
        f"WHERE event_type IN ({kinds}) ORDER BY event_at, seq"
    )


def test_who_says_what_in_public_or_in_private(history: Room) -> None:
    found = events(history, "'public_reply', 'auto_reply', 'customer_message', 'note'")
    assert [row[:3] for row in found] == [
        ("08:00", "customer_message", "customer"),
        ("08:00", "auto_reply", "system"),
        ("08:05", "note", "agent"),
        ("08:30", "public_reply", "agent"),
        ("09:00", "customer_message", "customer"),
        ("09:30", "customer_message", "customer"),
    ]


def test_a_ticket_deleted_then_restored_is_not_resolved_and_reopened(history: Room) -> None:
    assert [(at, before, after) for at, _, _, before, after in events(history, "'status'")] == [
        ("08:00", None, "new"),
        ("08:05", "new", "open"),
        ("08:30", "open", "on_hold"),
        ("09:00", "on_hold", "open"),
        ("09:20", None, "open"),
        ("10:00", "open", "solved"),
    ]


def test_the_agent_of_a_change_is_the_one_of_the_ticket(history: Room) -> None:
    agent = one(history, "agent_id", 1)[0]
    assert events(history, "'agent', 'team', 'priority'") == [
        ("08:05", "agent", "agent", None, agent),
        ("08:05", "team", "agent", None, "7"),
        ("08:05", "priority", "agent", "normal", "high"),
    ]
    assert history.rows("SELECT DISTINCT agent_id FROM ticket_events WHERE actor = 'agent'") == [(agent,)]


def test_ticket_events_are_the_same_events_as_the_audits(history: Room) -> None:
    child = {"id": 901, "via": {"channel": "web"}, "status": "solved", "previous_value": "open", "event_type": "Change"}
    message = {"id": 1001, "comment_present": True, "comment_public": True, "event_type": "Comment"}
    page = {
        "ticket_events": [
            {"id": 900, "ticket_id": 1, "timestamp": 1772445600, "updater_id": 9, "via": "Web form",
             "event_type": "Audit", "child_events": [child]},
            {"id": 1000, "ticket_id": 1, "created_at": "2026-03-02T10:30:00Z", "timestamp": 1772447400,
             "updater_id": 501, "via": "Mail", "event_type": "Audit", "child_events": [message]},
        ]
    }  # fmt: skip
    assert counts(history.take(page, "events.json")["ticket_events"]) == (1, 0, 1, 0)
    # The author is the customer of the ticket: his message is no reply.
    assert events(history, "'customer_message'")[-1][:3] == ("10:30", "customer_message", "customer")


def test_roles_given_beside_the_audits_tell_a_customer_in_copy_from_an_agent(tmp_path: Path) -> None:
    room = Room(tmp_path)
    page = {"audits": [audit(1, "08:00:00", 77, said(True))], "users": [{"id": 77, "role": "end-user"}]}
    room.take(page, "audits.json")
    assert events(room, "'customer_message'") == [("08:00", "customer_message", "customer", None, None)]


def test_when_nothing_says_who_asked_only_those_who_work_on_tickets_are_agents(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.take([audit(1, "08:00:00", 501, said(True)), audit(2, "09:00:00", 9, said(False), said(True))], "audits.json")
    found = [row[:3] for row in events(room, "'customer_message', 'note', 'public_reply'")]
    assert found == [
        ("08:00", "customer_message", "customer"),
        ("09:00", "note", "agent"),
        ("09:00", "public_reply", "agent"),
    ]


def closed(number: int, body: str, **more: Any) -> dict[str, Any]:
    return audit(90 + number, "11:00:00", 9, {"type": "Comment", "public": False, "body": body}) | {
        "ticket_id": number
    } | more  # fmt: skip


def tagged(number: int, body: str) -> dict[str, Any]:
    """The ticket as Zendesk closes it, in whatever language."""
    found = closed(number, body)
    found["events"].append({"id": number, **changed("tags", ["vip", "closed_by_merge"], ["vip"])})
    return found


MERGES = [
    closed(2, 'This request was closed and merged into request #1 "It\'s broken since #9".'),
    closed(1, 'Request #3 "Where is #8?" was closed and merged into this request. Last comment in request #3: hello'),
    closed(6, "Requests #4, #5 were closed and merged by Bot into this request."),
    closed(7, "I merged both into one file, see request #1"),
    tagged(8, "Cette demande a été fermée et fusionnée avec la demande #1 « Depuis la #9 »."),
    tagged(9, "doublon"),
]


@pytest.mark.parametrize("audits_first", [False, True])
def test_a_merged_ticket_says_into_which_one_whatever_came_first(tmp_path: Path, audits_first: bool) -> None:
    room = Room(tmp_path)
    tickets = [ticket(number, "closed", tags=["closed_by_merge"]) for number in (2, 3, 4, 5, 8, 9)]
    tickets += [ticket(number) for number in (1, 6, 7)]
    takes = [lambda: room.take({"tickets": tickets}, "t.json"), lambda: room.take({"audits": MERGES}, "a.json")]
    for take in reversed(takes) if audits_first else takes:
        take()
    found = room.rows("SELECT ticket_id, merged_into_ticket_id, exclusion FROM tickets ORDER BY 1")
    assert found == [
        ("1", None, None), ("2", "1", "duplicate"), ("3", "1", "duplicate"), ("4", "6", "duplicate"),
        ("5", "6", "duplicate"), ("6", None, None), ("7", None, None),
        ("8", "1", "duplicate"), ("9", None, "duplicate"),
    ]  # fmt: skip
    again = [take() for take in takes]
    assert all(counts(report)[:2] == (0, 0) for one_file in again for report in one_file.values())
    assert room.rows("SELECT count(*) FROM ticket_events WHERE event_type = 'merged'") == [(5,)]


def test_a_merge_among_ticket_events_is_told_by_its_tag_in_any_language(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.take({"tickets": [ticket(1), ticket(2, "closed", tags=["closed_by_merge"])]}, "tickets.json")
    body = {"id": 11, "event_type": "Comment", "comment_public": False, "body": "Zusammengeführt mit Anfrage #1."}
    tags = {"id": 12, "event_type": "Change", "tags": ["closed_by_merge"], "added_tags": ["closed_by_merge"]}
    later = {"id": 21, "event_type": "Comment", "comment_public": False, "body": "Wie in #7"}
    still = {"id": 22, "event_type": "Change", "tags": ["closed_by_merge", "vip"], "added_tags": ["vip"]}
    told = {"ticket_id": 2, "updater_id": 9, "via": "Web form", "event_type": "Audit"}
    first = {**told, "id": 10, "created_at": "2026-03-02T10:00:00Z", "child_events": [body, tags]}
    second = {**told, "id": 20, "created_at": "2026-03-02T11:00:00Z", "child_events": [later, still]}
    room.take({"ticket_events": [first, second]}, "events.json")
    assert room.rows("SELECT merged_into_ticket_id FROM tickets WHERE ticket_id = '2'") == [("1",)]
    assert room.rows("SELECT to_value FROM ticket_events WHERE event_type = 'merged'") == [("1",)]
