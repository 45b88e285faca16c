"""SLA clocks: the worked stories."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.data.sla_desk import OFFICE, POLICIES, clock_at, events, policy, ticket, utc, weekly
from tests.data.tiny import derived

SOLVED = ("status", "open", "solved")
STORIES: dict[str, tuple[str, dict[str, object], list[tuple[str, str, str, str]]]] = {
    "S1": ("3 09:00", {}, [("3 15:00", *SOLVED)]),
    "S2": (
        "3 15:00",
        {},
        [("3 17:00", "status", "new", "pending"), ("5 10:00", "status", "pending", "open"), ("5 17:00", *SOLVED)],
    ),
    "S3": ("7 16:00", {}, [("10 11:00", *SOLVED)]),
    "S4": (
        "4 08:00",
        {},
        [("4 12:00", *SOLVED), ("5 08:00", "status", "solved", "open"), ("5 14:00", *SOLVED)],
    ),
    "S5": ("6 09:00", {"priority": "high"}, [("6 14:00", "priority", "normal", "high"), ("6 14:30", *SOLVED)]),
    "S6": ("10 08:30", {}, []),
    "S7": ("7 14:30", {}, []),
    "S8": ("7 16:30", {}, []),
    "S9": ("6 10:00", {"status": "pending"}, [("6 12:00", "status", "new", "pending")]),
    "W1": ("6 09:00", {}, [("6 12:00", "priority", "high", "normal"), ("6 15:00", *SOLVED)]),
    "W2": ("6 09:00", {}, [("6 13:30", "priority", "high", "normal"), ("6 15:00", *SOLVED)]),
    "W3": ("6 09:00", {"priority": "high"}, [("6 14:30", *SOLVED), ("6 16:00", "priority", "normal", "high")]),
    "W4": ("6 17:00", {}, [("6 22:00", *SOLVED)]),
}
EXPECTED = {
    "S1": ("achieved", "3 17:00", 8),
    "S2": ("breached", "5 16:00", 8),
    "S3": ("achieved", "10 13:00", 8),
    "S4": ("breached", "5 12:00", 8),
    "S5": ("breached", "6 14:00", 4),
    "S6": ("on_track", "10 16:30", 8),
    "S7": ("breached_open", "10 11:30", 8),
    "S8": ("at_risk", "10 13:30", 8),
    "S9": ("paused", None, 8),
    "W1": ("achieved", "6 17:00", 8),
    "W2": ("breached", "6 13:00", 4),
    "W3": ("achieved", "6 17:00", 8),
    "W4": ("achieved", "7 14:00", 8),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_resolution_stories(name: str) -> None:
    created, columns, story = STORIES[name]
    con = derived(
        **OFFICE,
        sla_policies=POLICIES,
        tickets=[ticket(name, created, **columns)],
        ticket_events=events(name, *story),
    )
    clock = clock_at(con, "resolution", name, utc("10 12:00"))
    assert clock
    due = clock["due_at"]
    state, expected_due, hours = EXPECTED[name]
    assert (clock["state"], due) == (state, expected_due and utc(expected_due))
    assert clock["target_s"] == hours * 3600
    assert due is None or clock["due_on"] == due.date()


@pytest.mark.parametrize(
    ("created", "answered", "state", "due"),
    [
        ("3 09:00", "3 10:30", "achieved", "3 11:00"),
        ("3 18:30", "4 09:00", "achieved", "4 09:30"),
        ("4 08:00", "4 10:30", "breached", "4 10:00"),
        ("7 18:00", None, "breached_open", "10 09:00"),
        ("9 12:00", "10 10:00", "achieved", "10 10:00"),
        ("10 11:00", None, "on_track", "10 13:00"),
    ],
)
def test_first_response_stories(created: str, answered: str | None, state: str, due: str) -> None:
    row = ticket("G", created, first_response_at=answered and utc(answered))
    con = derived(**OFFICE, sla_policies=POLICIES, tickets=[row])
    clock = clock_at(con, "first_response", "G", utc("10 12:00"))
    assert clock
    assert (clock["state"], clock["due_at"]) == (state, utc(due))


@pytest.mark.parametrize(
    ("created", "solved", "state", "due"),
    [("4 15:00", "5 11:00", "achieved", "5 12:00"), ("5 09:00", "5 14:00", "breached", "5 13:00")],
)
def test_a_new_version_holds_for_tickets_created_from_its_date(created: str, solved: str, state: str, due: str) -> None:
    versions = [
        policy("V1", "resolution", 8, valid_to=date(2025, 3, 4)),
        policy("V2", "resolution", 4, valid_from=date(2025, 3, 5)),
    ]
    row = ticket("V", created, resolved_at=utc(solved), status="solved")
    clock = clock_at(derived(**OFFICE, sla_policies=versions, tickets=[row]), "resolution", "V", utc("10 12:00"))
    assert clock
    assert (clock["state"], clock["due_at"]) == (state, utc(due))


def test_a_reply_sent_after_closing_with_nothing_elapsed_since_is_in_time() -> None:
    row = ticket("G", "3 17:00", first_response_at=utc("3 22:00"))
    con = derived(**OFFICE, sla_policies=POLICIES, tickets=[row])
    clock = clock_at(con, "first_response", "G", utc("10 12:00"))
    assert clock
    assert clock["state"] == "achieved"


@pytest.mark.parametrize(("late_by", "state"), [(0, "achieved"), (1, "breached")])
@pytest.mark.parametrize("clock", ["business", "calendar"])
def test_equality_achieves_and_a_microsecond_more_does_not(clock: str, late_by: int, state: str) -> None:
    solved = utc("3 17:00") + timedelta(microseconds=late_by)
    con = derived(
        **OFFICE,
        sla_policies=[policy("P", "resolution", 8, clock=clock)],
        tickets=[ticket("E", "3 09:00", resolved_at=solved, status="solved")],
    )
    found = clock_at(con, "resolution", "E", utc("10 12:00"))
    assert found
    assert (found["state"], found["due_at"]) == (state, utc("3 17:00"))


def test_a_ticket_raised_while_it_waits_is_late_at_once() -> None:
    story = [("6 15:00", "status", "new", "pending"), ("7 10:00", "priority", "normal", "high"), ("7 11:00", *SOLVED)]
    con = derived(
        **OFFICE,
        sla_policies=POLICIES,
        tickets=[ticket("P", "6 09:00", priority="high")],
        ticket_events=events("P", *story),
    )
    clock = clock_at(con, "resolution", "P", utc("10 12:00"))
    assert clock
    assert (clock["state"], clock["due_at"]) == ("breached", utc("7 10:00"))


@pytest.mark.parametrize(
    "columns",
    [
        {"initiated_by": "agent"},
        {"channel": "phone", "first_response_at": utc("3 10:00")},
        {"first_response_at": utc("3 08:00")},
        {"resolved_at": utc("3 09:30")},
    ],
    ids=["opened by an agent", "by voice", "answered before it was created", "resolved without an answer"],
)
def test_tickets_without_a_judged_first_response(columns: dict[str, object]) -> None:
    con = derived(**OFFICE, sla_policies=POLICIES, tickets=[ticket("N", "3 09:00", **columns)])
    assert clock_at(con, "first_response", "N", utc("10 12:00")) is None


def test_a_ticket_without_a_matching_policy_has_no_clock() -> None:
    con = derived(
        **OFFICE, sla_policies=[policy("P", "resolution", 8, channel="chat")], tickets=[ticket("N", "3 09:00")]
    )
    assert con.execute("SELECT count(*) FROM sla_clocks").fetchall() == [(0,)]


def test_opening_hours_that_end_before_the_due_date_leave_it_open() -> None:
    hours = [{**row, "valid_to": date(2025, 3, 4)} for row in weekly("CAL", "08:00", "19:00")]
    con = derived(
        **{**OFFICE, "calendar_hours": hours},
        sla_policies=[policy("P", "resolution", 100)],
        tickets=[ticket("N", "3 09:00")],
    )
    clock = clock_at(con, "resolution", "N", utc("10 12:00"))
    assert clock
    assert (clock["state"], clock["due_at"], clock["breach_known_at"]) == ("on_track", None, None)


def test_a_due_date_beyond_two_years_is_reached() -> None:
    hours = weekly("CAL", "08:00", "09:00", range(1, 2))  # one hour a week
    con = derived(
        **{**OFFICE, "calendar_hours": hours},
        sla_policies=[policy("P", "resolution", 200)],
        tickets=[ticket("N", "3 08:00")],
    )
    clock = clock_at(con, "resolution", "N", utc("10 12:00"))
    assert clock
    assert clock["due_at"].year == 2029
    assert con.execute("SELECT max(close_at) > ? FROM opening_ranges", [clock["due_at"]]).fetchone() == (True,)
