"""Derived tables: each trap by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from data.derive import derive
from data.schema import DERIVED
from tests.data.ticket_desk import FOREVER, OFFICE, call, event, status, ticket
from tests.data.tiny import Row, at, derived, rows


def test_an_empty_store_gives_every_derived_table_empty() -> None:
    con = derived()
    for table in DERIVED:
        assert con.execute(f"SELECT count(*) FROM {table.name}").fetchone() == (0,)


def test_derived_tables_have_the_columns_of_the_schema_and_nothing_is_left_behind() -> None:
    con = derived(**OFFICE, tickets=[ticket()])
    derive(con)  # again: dropped and made anew
    for table in DERIVED:
        described = con.execute(f"DESCRIBE {table.name}").fetchall()
        assert [row[:2] for row in described] == [
            (column.name, column.type.replace("TEXT", "VARCHAR")) for column in table.columns
        ]
    assert con.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchone() == (0,)
    assert con.execute("SELECT count(*) FROM ticket_states").fetchone() == (1,)


# States


def states(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return con.execute(
        "SELECT from_at, to_at, status, entered FROM ticket_states ORDER BY ticket_id, ordinal"
    ).fetchall()


def test_created_and_solved_in_the_same_second_is_in_both_flows_and_never_in_the_stock() -> None:
    con = derived(tickets=[ticket()], ticket_events=[status(8, "new", "solved")])
    assert states(con) == [(at(8), at(8), "new", "created"), (at(8), FOREVER, "solved", "resolved")]


def test_without_history_a_ticket_is_open_then_solved() -> None:
    con = derived(tickets=[ticket(resolved_at=at(10))])
    assert states(con) == [(at(8), at(10), "open", "created"), (at(10), FOREVER, "solved", "resolved")]


def test_solved_to_closed_is_no_resolution_and_reopening_is_one() -> None:
    history = [status(9, "open", "solved"), status(10, "solved", "closed"), status(11, "closed", "open")]
    con = derived(tickets=[ticket()], ticket_events=history)
    assert [row[3] for row in states(con)] == ["created", "resolved", "changed", "reopened"]


def test_a_ticket_born_solved_is_created_out_of_the_stock() -> None:
    con = derived(tickets=[ticket()], ticket_events=[status(9, "solved", "closed")])
    assert rows(con, "SELECT entered, unresolved FROM ticket_states ORDER BY ordinal") == [
        {"entered": "created", "unresolved": False},
        {"entered": "changed", "unresolved": False},
    ]
    assert not rows(con, "FROM ticket_resolutions")


def test_the_previous_status_wins_over_what_the_event_says_it_was() -> None:
    con = derived(tickets=[ticket()], ticket_events=[status(9, "new", "solved"), status(10, "open", "solved")])
    assert [row[3] for row in states(con)] == ["created", "resolved", "changed"]


def test_events_before_the_creation_apply_at_the_creation() -> None:
    con = derived(tickets=[ticket()], ticket_events=[status(7, "new", "open"), status(6, None, "new")])
    assert [row[:3] for row in states(con)] == [
        (at(8), at(8), "open"),  # no status before the first event
        (at(8), at(8), "new"),
        (at(8), FOREVER, "open"),
    ]


def test_simultaneous_events_follow_their_order_and_no_status_is_lost() -> None:
    history = [
        status(9, "pending", "solved", seq=2),
        status(9, "open", "pending", seq=1),
        event(9, "priority", "normal", "high", seq=3),
    ]
    con = derived(tickets=[ticket(priority="high", first_response_at=at(9))], ticket_events=history)
    assert rows(con, "SELECT status, priority, answered FROM ticket_states ORDER BY ordinal") == [
        {"status": "open", "priority": "normal", "answered": False},
        {"status": "pending", "priority": "normal", "answered": True},
        {"status": "solved", "priority": "high", "answered": True},
    ]


def test_attributes_move_from_their_old_value_to_that_of_the_ticket() -> None:
    history = [event(9, "team", "A", "B"), event(10, "team", "B", "ignored"), event(11, "agent", None, "ann")]
    con = derived(tickets=[ticket(team_id="C", agent_id="bob", priority="low")], ticket_events=history)
    assert con.execute(
        "SELECT from_at, team_id, agent_id, priority FROM ticket_states ORDER BY ordinal"
    ).fetchall() == [
        (at(8), "A", None, "low"),
        (at(9), "B", None, "low"),
        (at(10), "C", None, "low"),
        (at(11), "C", "bob", "low"),
    ]


def test_an_answer_before_the_creation_answers_from_the_creation() -> None:
    con = derived(tickets=[ticket(first_response_at=at(7))])
    assert rows(con, "SELECT from_at, answered FROM ticket_states") == [{"from_at": at(8), "answered": True}]
    assert rows(con, "SELECT first_response_s, first_response_business_s FROM ticket_facts") == [
        {"first_response_s": -3600, "first_response_business_s": None}
    ]


def test_merged_tickets_and_excluded_ones_say_why() -> None:
    tickets = [ticket("A", merged_into_ticket_id="B"), ticket("B"), ticket("C", exclusion="spam")]
    con = derived(tickets=tickets)
    assert con.execute("SELECT exclusion FROM ticket_states ORDER BY ticket_id").fetchall() == [
        ("merged",),
        (None,),
        ("spam",),
    ]


# First response and resolution


def test_the_first_reply_of_a_person_wins_over_the_column() -> None:
    history = [
        event(8.5, "auto_reply", None, None, actor="bot"),
        event(9, "public_reply", None, None, actor="bot"),
        event(11, "public_reply", None, None),
        event(10, "public_reply", None, None),
    ]
    con = derived(tickets=[ticket(first_response_at=at(12))], ticket_events=history)
    assert rows(con, "SELECT first_response_at, first_response_s FROM ticket_facts") == [
        {"first_response_at": at(10), "first_response_s": 7200}
    ]


def test_the_first_response_is_timed_by_the_hours_of_who_answered() -> None:
    moved = event(18, "team", "NONSTOP", "OPEN")
    con = derived(**OFFICE, tickets=[ticket(team_id="OPEN", first_response_at=at(32))], ticket_events=[moved])
    assert rows(con, "SELECT first_response_business_s AS s FROM ticket_facts") == [{"s": (9 + 1) * 3600}]


def test_a_resolution_adds_the_hours_of_each_team_and_of_each_status() -> None:
    history = [
        status(10, "new", "pending"),
        event(16, "team", "OPEN", "NONSTOP"),
        status(20, "pending", "solved", agent_id="ann"),
        status(22, "solved", "open", actor="customer", agent_id="cat"),
        status(23, "open", "solved", actor="system", agent_id="bot"),
    ]
    con = derived(**OFFICE, tickets=[ticket(team_id="NONSTOP", agent_id="bob")], ticket_events=history)
    first, second = rows(con, "FROM ticket_resolutions ORDER BY resolution_no")
    assert (first["resolution_s"], first["resolution_business_s"]) == (12 * 3600, 12 * 3600)
    assert (first["business_new_s"], first["business_pending_s"]) == (2 * 3600, 10 * 3600)
    assert (first["reopened_at"], first["agent_id"], first["team_id"]) == (at(22), "ann", "NONSTOP")
    assert (second["resolution_business_s"], second["business_open_s"]) == (15 * 3600, 3600)
    assert (second["reopened_at"], second["agent_id"]) == (FOREVER, "bob")


def test_closed_hours_do_not_count_in_a_resolution() -> None:
    con = derived(**OFFICE, tickets=[ticket(team_id="OPEN", resolved_at=at(34))])
    assert rows(con, "SELECT resolution_business_s AS s FROM ticket_resolutions") == [{"s": (9 + 3) * 3600}]


def test_a_resolution_before_the_creation_keeps_its_instant_and_is_invalid() -> None:
    con = derived(**OFFICE, tickets=[ticket(resolved_at=at(7))])
    assert states(con)[1][0] == at(8)
    assert rows(con, "SELECT resolved_at, resolution_s, resolution_business_s FROM ticket_resolutions") == [
        {"resolved_at": at(7), "resolution_s": -3600, "resolution_business_s": None}
    ]


def test_without_any_calendar_business_time_is_calendar_time() -> None:
    con = derived(tickets=[ticket(team_id="OPEN", resolved_at=at(100), first_response_at=at(50))])
    assert rows(con, "SELECT resolution_business_s AS s FROM ticket_resolutions") == [{"s": 92 * 3600}]
    assert rows(con, "SELECT first_response_business_s AS s FROM ticket_facts") == [{"s": 42 * 3600}]


def test_part_seconds_are_dropped() -> None:
    tickets = [
        ticket(first_response_at=at(8) + timedelta(seconds=1.999999), resolved_at=at(8) - timedelta(seconds=0.5))
    ]
    con = derived(tickets=tickets)
    assert rows(con, "SELECT first_response_s AS s FROM ticket_facts") == [{"s": 1}]
    assert rows(con, "SELECT resolution_s AS s FROM ticket_resolutions") == [{"s": -1}]


@pytest.mark.parametrize(
    ("instant", "day", "hour"),
    [
        ("2025-03-29 23:00", "2025-03-30", 0),
        ("2025-03-30 00:59", "2025-03-30", 1),
        ("2025-03-30 01:00", "2025-03-30", 3),
        ("2025-03-30 22:00", "2025-03-31", 0),
        ("2025-10-26 00:30", "2025-10-26", 2),
        ("2025-10-26 01:30", "2025-10-26", 2),
        ("2025-10-26 22:59", "2025-10-26", 23),
    ],
)
def test_local_days_and_hours_around_the_changes_of_the_clocks(instant: str, day: str, hour: int) -> None:
    con = derived(tickets=[ticket() | {"created_at": datetime.fromisoformat(instant)}])
    assert rows(con, "SELECT created_on::TEXT AS day, created_hour AS hour FROM ticket_facts") == [
        {"day": day, "hour": hour}
    ]


# Interactions and surveys


def test_in_hours_uses_the_default_calendar_without_a_team_and_is_empty_without_any() -> None:
    calls = [call(f"{hour}", hour) for hour in (6.99, 7, 16.99, 17)]
    con = derived(**OFFICE, interactions=calls)
    assert con.execute("SELECT in_hours FROM interaction_facts ORDER BY offered_at").fetchall() == [
        (False,),
        (True,),
        (True,),
        (False,),
    ]
    assert derived(interactions=calls).execute("SELECT DISTINCT in_hours FROM interaction_facts").fetchall() == [
        (None,)
    ]


def test_an_invitation_is_counted_once_and_dated_by_its_first_answer() -> None:
    survey = {"survey_id": "S", "survey_type": "csat", "sent_at": at(9), "ticket_id": "T", "higher_is_better": True}
    scale = {"scale_min": 1, "scale_max": 5}
    surveys = [
        {**survey, **scale, "item": "b", "responded_at": at(11), "score": 6},
        {**survey, **scale, "item": "a", "responded_at": at(12), "score": 4},
        {**survey, **scale, "item": "c"},
    ]
    con = derived(surveys=surveys, tickets=[ticket(request_type="delivery", product="lamp")])
    found = rows(con, "FROM survey_facts ORDER BY item")
    assert [row["is_invitation"] for row in found] == [True, False, False]
    assert {row["invitation_responded_at"] for row in found} == {at(11)}
    assert [row["score_share"] for row in found] == [0.75, None, None]
    assert {(row["request_type"], row["product"]) for row in found} == {("delivery", "lamp")}


# First contact resolution


def fcr(con: duckdb.DuckDBPyConnection, ticket_id: str = "T") -> object:
    return rows(con, f"SELECT fcr FROM ticket_facts WHERE ticket_id = '{ticket_id}'")[0]["fcr"]


WEEK = 7 * 24
CUSTOMER = {"customer_id": "K", "request_type": "delivery", "resolved_at": at(10)}


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({}, True),
        ({"tickets": [ticket()]}, False),
        ({"tickets": [ticket(resolved_at=at(8 + WEEK))]}, True),
        ({"tickets": [ticket(resolved_at=at(8.01 + WEEK))]}, False),
        ({"tickets": [ticket(**CUSTOMER, contact_count=2)]}, False),
        ({"tickets": [ticket(**CUSTOMER, contact_count=0)]}, False),
        ({"interactions": [call("I", ticket_id="T")]}, True),
        ({"interactions": [call("I", ticket_id="T"), call("J", 9.5, ticket_id="T")]}, False),
        ({"interactions": [call("I", ticket_id="T"), call("J", 9.5, ticket_id="T", exclusion="courtesy")]}, True),
        ({"interactions": [call("I", ticket_id="T"), call("J", ticket_id="T", parent_interaction_id="I")]}, True),
        ({"interactions": [call("I", ticket_id="T"), call("J", 10 + WEEK, ticket_id="T")]}, False),
        ({"interactions": [call("I", ticket_id="T"), call("J", 10.01 + WEEK, ticket_id="T")]}, True),
        ({"interactions": [call("J", 12, customer_id="K", request_type="delivery")]}, False),
        ({"interactions": [call("J", 10, customer_id="K", request_type="delivery")]}, True),
        ({"interactions": [call("J", 12, customer_id="K", request_type="billing")]}, True),
        ({"interactions": [call("J", 12, customer_id="K")]}, True),
        ({"tickets": [ticket(**CUSTOMER), ticket("U", 12, customer_id="K", request_type="delivery")]}, False),
        ({"tickets": [ticket(**CUSTOMER), ticket("U", 12, **CUSTOMER, exclusion="spam")]}, True),
        ({"tickets": [ticket(**CUSTOMER), ticket("U", 12, **CUSTOMER, merged_into_ticket_id="T")]}, True),
        ({"ticket_events": [status(10, "open", "solved"), status(20, "solved", "open")]}, False),
        ({"ticket_events": [status(10, "open", "solved"), status(10.5 + WEEK, "solved", "open")]}, True),
    ],
)
def test_first_contact_resolution(tables: dict[str, list[Row]], expected: bool) -> None:
    assert fcr(derived(**{"tickets": [ticket(**CUSTOMER)], **tables})) is expected


def test_an_unknown_reason_matches_an_unknown_reason_and_an_unknown_customer_nobody() -> None:
    known = {"resolved_at": at(10), "customer_id": "K"}
    assert fcr(derived(tickets=[ticket(**known), ticket("U", 12, customer_id="K")])) is False
    assert fcr(derived(tickets=[ticket(resolved_at=at(10)), ticket("U", 12)])) is True
