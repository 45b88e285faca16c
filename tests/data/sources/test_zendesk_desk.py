"""Zendesk's satisfaction ratings, calls of Talk, schedules and SLA policies.

Shapes: https://developer.zendesk.com/api-reference/ticketing/ticket-management/satisfaction_ratings/ ,
.../ticketing/ticket-management/schedules/ , .../ticketing/business-rules/sla_policies/ ,
https://developer.zendesk.com/api-reference/voice/talk-api/incremental_exports/
"""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from tests.data.sources.exports import Room, counts


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = Room(tmp_path_factory.mktemp("desk"))

    def rating(number: int, of: int, score: str, at: str, **more: Any) -> dict[str, Any]:
        people = {"requester_id": 501, "assignee_id": 9, "group_id": 7}
        times = {"created_at": f"2026-03-{at}T08:00:00Z", "updated_at": f"2026-03-{at}T08:00:00Z"}
        return {"id": number, "ticket_id": of, "score": score, **people, **times, **more}

    room.take(
        {
            "satisfaction_ratings": [
                rating(1, 1, "offered", "03"),
                rating(2, 1, "good", "04"),
                rating(3, 2, "offered", "03"),
                rating(4, 3, "bad", "05", comment="Too slow, call me on 06 12 34 56 78"),
                rating(5, 4, "unoffered", "05"),
            ]
        },
        "ratings.json",
    )

    def call(number: int, status: str, **more: Any) -> dict[str, Any]:
        times = {"duration": 782, "talk_time": 751, "wait_time": 16, "time_to_answer": 31, "hold_time": 0}
        return {
            "id": number, "completion_status": status, "direction": "inbound", "agent_id": 9, "customer_id": 501,
            "call_group_id": 7, "ticket_id": 1, "created_at": "2026-03-02T13:19:09Z", "wrap_up_time": 66,
            "updated_at": "2026-03-02T14:12:22Z", "voicemail": False, "callback": False, "overflowed": False,
        } | times | more  # fmt: skip

    unanswered = {"talk_time": 0, "time_to_answer": None, "agent_id": None, "duration": 50, "wait_time": 20}
    room.take(
        {
            "calls": [
                call(1, "completed"),
                call(2, "abandoned_in_queue", **unanswered),
                call(3, "abandoned_in_ivr", **unanswered | {"wait_time": 0}),
                call(4, "completed", **unanswered | {"voicemail": True}),
                call(5, "abandoned_on_hold", hold_time=40),
                call(6, "completed", direction="outbound"),
            ]
        },
        "calls.json",
    )
    minutes = [{"start_time": 1980, "end_time": 2460}, {"start_time": 8640, "end_time": 10080}]
    room.take(
        {"schedules": [{"id": 5, "name": "Hours", "time_zone": "Central Time (US & Canada)", "intervals": minutes}]},
        "schedules.json",
    )
    return room


def test_a_rating_is_offered_once_and_its_last_answer_counts(desk: Room) -> None:
    found = desk.rows("SELECT ticket_id, score, sent_at::DATE::VARCHAR, responded_at::DATE::VARCHAR FROM surveys")
    assert sorted(found) == [
        ("1", 1.0, "2026-03-03", "2026-03-04"),
        ("2", None, "2026-03-03", None),
        ("3", 0.0, "2026-03-05", "2026-03-05"),
    ]
    assert desk.rows("SELECT DISTINCT survey_type, scale_min, scale_max, team_id FROM surveys") == [("csat", 0, 1, "7")]
    assert "06 12" not in desk.rows("SELECT comment FROM surveys WHERE comment IS NOT NULL")[0][0]


def test_a_call_waits_from_the_end_of_its_greetings_in_seconds(desk: Room) -> None:
    (row,) = desk.rows(
        "SELECT offered_at::TIME, answered_at::TIME, ended_at::TIME, talk_s, hold_s, wrap_s, outcome, ticket_id "
        "FROM interactions WHERE interaction_id = 'call-1'"
    )
    assert row == (time(13, 19, 24), time(13, 19, 40), time(13, 32, 11), 751, 0, 66, "answered", "1")


def test_how_calls_end(desk: Room) -> None:
    sql = (
        "SELECT interaction_id, direction, outcome, date_diff('second', offered_at, ended_at), talk_s FROM interactions"
    )
    assert desk.rows(f"{sql} WHERE interaction_id <> 'call-1' ORDER BY 1") == [
        ("call-2", "inbound", "abandoned", 20, None),
        ("call-3", "inbound", "dissuaded", 0, None),
        ("call-4", "inbound", "voicemail", 20, None),
        ("call-5", "inbound", "answered", 767, 751),
        ("call-6", "outbound", "answered", 782, 751),
    ]


def test_schedules_count_from_sunday_in_a_zone_named_as_in_rails(desk: Room) -> None:
    assert desk.rows("SELECT tz, holiday_set FROM calendars") == [("America/Chicago", "NONE")]
    found = desk.rows("SELECT weekday, open_local, close_local FROM calendar_hours ORDER BY 1")
    assert found == [(1, time(9), time(17)), (6, time(0), time(0))]  # Saturday 00:00 to 24:00


def test_policies_in_minutes_by_priority_and_none_that_would_hold_for_too_many(tmp_path: Path) -> None:
    def policy(number: int, *conditions: dict[str, str]) -> dict[str, Any]:
        def promise(metric: str, target: int, business: bool = False) -> dict[str, Any]:
            return {"priority": "high", "metric": metric, "target": target, "business_hours": business}

        promises = [promise("first_reply_time", 30, True), promise("requester_wait_time", 160),
                    promise("agent_work_time", 90), promise("next_reply_time", 5)]  # fmt: skip
        given = {"all": list(conditions), "any": []}
        return {"id": number, "title": "Gold", "position": 1, "filter": given, "policy_metrics": promises,
                "created_at": "2026-01-05T05:02:35Z"}  # fmt: skip

    room = Room(tmp_path)
    group = {"field": "group_id", "operator": "is", "value": "7"}
    tag = {"field": "current_tags", "operator": "includes", "value": "vip"}
    report = room.take({"sla_policies": [policy(1), policy(2, group), policy(3, tag)]}, "sla.json")["sla_policies"]
    assert counts(report) == (4, 0, 0, 2)
    assert "vip" in str(report.rejects[0].value)
    sql = "SELECT policy_id, metric, team_id, target_s, clock, pause_statuses, valid_from::VARCHAR FROM sla_policies"
    assert room.rows(f"{sql} ORDER BY 1") == [
        ("1-first_response-high", "first_response", None, 1800, "business", "none", "2026-01-05"),
        ("1-resolution-high", "resolution", None, 9600, "calendar", "pending", "2026-01-05"),
        ("2-first_response-high", "first_response", "7", 1800, "business", "none", "2026-01-05"),
        ("2-resolution-high", "resolution", "7", 9600, "calendar", "pending", "2026-01-05"),
    ]


HOLIDAYS = {
    "holidays": [
        {"id": 1, "name": "Bridge", "start_date": "2026-05-14", "end_date": "2026-05-15"},
        {"id": 2, "name": "Noël", "start_date": "2026-12-25", "end_date": "2026-12-25"},
    ]
}


def test_a_holiday_lasts_to_its_last_day_and_is_the_only_schedule_s(tmp_path: Path) -> None:
    room = Room(tmp_path)
    schedule = {"id": 5, "name": "Hours", "time_zone": "Paris", "intervals": [{"start_time": 1980, "end_time": 2460}]}
    room.take({"schedules": [schedule]}, "schedules.json")
    assert counts(room.take(HOLIDAYS, "holidays.json")["calendar_exceptions"]) == (3, 0, 0, 0)
    assert counts(room.take(HOLIDAYS, "holidays.json")["calendar_exceptions"]) == (0, 0, 3, 0)
    found = room.rows("SELECT calendar_id, on_date::VARCHAR, open_local, label FROM calendar_exceptions ORDER BY 2")
    assert found == [
        ("5", "2026-05-14", None, "Bridge"), ("5", "2026-05-15", None, "Bridge"), ("5", "2026-12-25", None, "Noël")
    ]  # fmt: skip
    room.take({"schedules": [schedule | {"id": 6}]}, "more.json")
    report = room.take(HOLIDAYS, "holidays.json")["calendar_exceptions"]
    assert counts(report) == (0, 0, 0, 3), "of which of the two?"
    assert report.rejects[0].column == "calendar_id"
