"""Jira Service Management's issues: search results, CSV export, replicated table."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.data.sources.exports import Room, counts

# Shapes: developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search (issues, changelog);
# a recorded search with its changelog: gist.github.com/mbjarland/0a5c8287fc8f7570c87ea8a528adeba2
ANN = {"accountId": "c:ann", "accountType": "customer", "displayName": "Ann Lee"}
BO = {"accountId": "a:bo", "accountType": "atlassian", "displayName": "Bo Roe"}
APP = {"accountId": "x:app", "accountType": "app", "displayName": "Automation"}


def change(rank: int, at: str, *items: dict[str, Any], author: dict[str, str] = BO) -> dict[str, Any]:
    return {"id": str(rank), "created": f"2026-03-02T{at}:00.000+0200", "author": author, "items": list(items)}


def became(field: str, was: str, now: str, **ids: str) -> dict[str, Any]:
    return {"field": field, "fieldtype": "jira", "fromString": was, "toString": now, **ids}


def comment(rank: int, author: dict[str, str], public: bool) -> dict[str, Any]:
    return {"id": str(rank), "author": author, "jsdPublic": public, "created": "2026-03-02T09:10:00.000+0200"}


def issue(rank: int, status: str, category: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(rank),
        "key": f"SD-{rank}",
        "self": "https://x/rest/api/3/issue/1",
        "properties": {"request.channel.type": {"value": "email"}},
        "fields": {
            "created": "2026-03-02T09:00:00.000+0200",
            "updated": "2026-03-02T18:00:00.000+0200",
            "resolutiondate": "2026-03-02T12:00:00.000+0200",
            "status": {"name": status, "statusCategory": {"key": category}},
            "priority": {"name": "Highest", "id": "1"},
            "issuetype": {"name": "[System] Incident"},
            "reporter": ANN,
            "assignee": BO,
            "customfield_10010": {"requestType": {"name": "Broken laptop"}},
            **fields,
        },
    }


FIRST = issue(1, "Sorted", "done", customfield_10031={"rating": 4})
FIRST["fields"]["comment"] = {
    "comments": [comment(1, ANN, True), comment(2, BO, True), comment(3, BO, False), comment(4, APP, True)]
}
FIRST["changelog"] = {
    "total": 5,
    "histories": [
        change(11, "09:30", became("status", "Open", "Waiting for customer"), became("assignee", "", "Bo", to="a:bo")),
        change(12, "10:00", became("priority", "Medium", "Highest"), author=APP),
        change(13, "11:00", became("status", "Waiting for customer", "Sorted")),
        change(14, "17:00", became("Satisfaction", "", "4"), author=ANN),
    ],
}
PAGE = {
    "total": 3,
    "issues": [
        FIRST,
        issue(2, "Reopened", "indeterminate"),
        issue(3, "Closed", "done", resolution={"name": "Duplicate"}),
    ],
}


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = Room(tmp_path_factory.mktemp("search"))
    reports = room.take(PAGE, "page.json")
    assert {name: counts(report) for name, report in reports.items()} == {
        "tickets": (3, 0, 0, 0), "ticket_events": (8, 0, 0, 0), "surveys": (1, 0, 0, 0),
    }  # fmt: skip
    assert reports["tickets"].notes == (
        "1 issues have more changes than the file holds: their oldest events are missing",
    )
    return room


def test_a_search_is_recognised_and_the_same_one_again_changes_nothing(searched: Room) -> None:
    assert searched.source() == "jira"
    again = searched.take(PAGE, "page.json")
    assert [counts(report) for report in again.values()] == [(0, 0, 3, 0), (0, 0, 8, 0), (0, 0, 1, 0)]


def test_offsets_without_a_colon_are_exact(searched: Room) -> None:
    sql = "SELECT created_at, resolved_at, _source_updated_at FROM tickets WHERE ticket_id = '1'"
    assert searched.rows(sql) == [(datetime(2026, 3, 2, 7), datetime(2026, 3, 2, 10), datetime(2026, 3, 2, 16))]


def test_a_status_of_one_s_own_is_read_by_its_category(searched: Room) -> None:
    sql = "SELECT status, priority, channel, ticket_type, request_type FROM tickets WHERE ticket_id = '1'"
    assert searched.rows(sql) == [("solved", "urgent", "email", "incident", "Broken laptop")]
    sql = "SELECT event_id, from_value, to_value FROM ticket_events WHERE event_type = 'status' ORDER BY event_at"
    assert searched.rows(sql) == [("11-1", "open", "pending"), ("13-1", "pending", "solved")]


def test_the_resolution_of_a_reopened_issue_is_gone_and_a_duplicate_is_excluded(searched: Room) -> None:
    sql = "SELECT status, resolved_at IS NULL, exclusion FROM tickets WHERE ticket_id > '1' ORDER BY ticket_id"
    assert searched.rows(sql) == [("open", True, None), ("closed", False, "duplicate")]


def test_a_comment_is_the_customer_s_a_reply_or_a_note(searched: Room) -> None:
    sql = "SELECT event_id, event_type, actor FROM ticket_events WHERE event_id LIKE 'comment-%' ORDER BY 1"
    assert searched.rows(sql) == [
        ("comment-1", "customer_message", "customer"), ("comment-2", "public_reply", "agent"),
        ("comment-3", "note", "agent"), ("comment-4", "auto_reply", "bot"),
    ]  # fmt: skip


def test_who_took_it_is_the_pseudonym_of_who_has_it(searched: Room) -> None:
    sql = (
        "SELECT e.to_value = t.agent_id, len(t.agent_id), e.seq FROM ticket_events e JOIN tickets t USING (ticket_id) "
        "WHERE event_type = 'agent'"
    )
    assert searched.rows(sql) == [(True, 16, 2)]
    assert b"a:bo" not in searched.db.read_bytes()


def test_a_satisfaction_is_answered_when_the_changelog_says(searched: Room) -> None:
    sql = "SELECT ticket_id, survey_type, score, scale_min, scale_max, sent_at, responded_at FROM surveys"
    assert searched.rows(sql) == [("1", "csat", 4, 1, 5, datetime(2026, 3, 2, 10), datetime(2026, 3, 2, 15))]


# Columns of the export with all fields, as found in public repositories that hold one.
CSV = """Summary,Issue key,Issue id,Issue Type,Status,Priority,Resolution,Assignee,Reporter,Created,Updated,Resolved,\
Custom field (Request Type),Satisfaction rating,Custom field (Satisfaction date),Sprint,Sprint,Status Category
x,SD-1,1,Incident,Sorted,Medium,Done,Bo,Ann,02/Mar/26 9:05 AM,02/Mar/26 6:00 PM,02/Mar/26 12:00 PM,Laptop,5,\
02/Mar/26 5:00 PM,,,Done
x,SD-2,2,Service Request,Waiting for customer,Low,,Bo,Ann,02/Mar/26 9:05 AM,02/Mar/26 6:00 PM,02/Mar/26 12:00 PM,,,,,,\
In Progress
x,SD-3,3,Service Request,Odd,Low,,Bo,Ann,02/Mar/26 9:05 AM,02/Mar/26 6:00 PM,,,,,,,Odd
"""


def test_the_csv_export_is_in_local_time_with_months_as_words(tmp_path: Path) -> None:
    room = Room(tmp_path, "Europe/Paris")
    reports = room.take(CSV)
    assert [counts(reports[name]) for name in ("tickets", "surveys")] == [(2, 0, 0, 1), (1, 0, 0, 0)]
    assert reports["tickets"].rejects[0].value == "Odd"
    sql = "SELECT ticket_id, created_at, resolved_at, status, priority, ticket_type FROM tickets ORDER BY 1"
    assert room.rows(sql) == [
        ("1", datetime(2026, 3, 2, 8, 5), datetime(2026, 3, 2, 11), "solved", "normal", "incident"),
        ("2", datetime(2026, 3, 2, 8, 5), None, "pending", "low", "request"),
    ]
    assert room.rows("SELECT ticket_id, score, responded_at FROM surveys") == [("1", 5, datetime(2026, 3, 2, 16))]
    later = room.take(CSV.replace(",Medium,", ",High,").replace("6:00 PM", "7:00 PM", 1))
    assert counts(later["tickets"]) == (0, 1, 1, 1)


ISSUES = (
    "id,key,issue_type,status,created,updated,reporter,priority,_fivetran_synced\n"
    "7,SD-7,Incident,5,2026-03-02 09:00:00,2026-03-03 09:00:00,a:ann,3,2026-03-04 09:00:00\n"
)
HISTORY = """field_id,issue_id,time,_fivetran_synced,value,is_active,author_id
status,7,2026-03-02 09:00:00.100,2026-03-04,1,false,a:ann
summary,7,2026-03-02 09:00:00.100,2026-03-04,private words,true,a:ann
assignee,7,2026-03-02 09:00:00.100,2026-03-04,,false,a:ann
assignee,7,2026-03-02 09:30:00.100,2026-03-04,a:bo,true,a:bo
status,7,2026-03-02 11:00:00.100,2026-03-04,5,true,a:bo
status,7,2026-03-02 10:00:00.100,2026-03-04,3,false,
priority,7,2026-03-02 10:00:00.100,2026-03-04,1,true,a:bo
status,8,2026-03-02 10:00:00.100,2026-03-04,10777,true,a:bo
"""


def test_the_replicated_history_tells_what_each_value_followed(tmp_path: Path) -> None:
    room = Room(tmp_path, "Europe/Paris")
    room.take(ISSUES)
    report = room.take(HISTORY)["ticket_events"]
    assert counts(report) == (5, 0, 0, 1)
    assert (report.rejects[0].line, report.rejects[0].reason[:28]) == (9, "to_value of a status event i")  # 10777
    assert "2 of 8 records make no row of their own (3, 4)" in " ".join(report.notes)
    sql = "SELECT strftime(event_at, '%H:%M'), actor, from_value, to_value FROM ticket_events"
    assert room.rows(f"{sql} WHERE event_type = 'status' ORDER BY 1") == [
        ("09:00", "customer", None, "open"), ("10:00", "system", "open", "open"), ("11:00", "agent", "open", "solved")
    ]  # fmt: skip
    assert room.rows(f"{sql} WHERE event_type = 'priority'") == [("10:00", "agent", None, "urgent")]
    sql = "SELECT agent_id = to_value, len(to_value) FROM ticket_events WHERE event_type = 'agent'"
    assert room.rows(sql) == [(True, 16)]
    assert counts(room.take(HISTORY)["ticket_events"]) == (0, 0, 5, 1)
