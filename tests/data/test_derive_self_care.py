"""Visits to self-service tools: found, escalated, deflected, and when each becomes known."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest

from kpi.model import Grain
from tests.data.tiny import Row, ask, at, rows, store, unlike, values

SECOND = timedelta(seconds=1)


def visit(session_id: str = "H", **more: object) -> Row:
    row = {"session_id": session_id, "visitor_id": "V", "customer_id": "K", "tool": "faq", "clicks": 3}
    return {**row, "started_at": at(8), "ended_at": at(9), "found_at": at(8.5), **more}


def ticket(ticket_id: str = "T", **more: object) -> Row:
    return {"ticket_id": ticket_id, "channel": "email", "status": "open", "customer_id": "K", **more}


def escalated(sessions: list[Row], tickets: list[Row]) -> list[bool | None]:
    con = store(self_service_sessions=sessions, tickets=tickets)
    return [row["escalated"] for row in rows(con, "FROM session_facts ORDER BY session_id")]


@pytest.mark.parametrize(
    ("session", "request_", "expected"),
    [
        ({}, {"created_at": at(8)}, False),
        ({}, {"created_at": at(8) + SECOND}, True),
        ({}, {"created_at": at(9 + 24)}, True),
        ({}, {"created_at": at(9 + 24) + SECOND}, False),
        ({"resolved": True}, {"created_at": at(10)}, True),
        ({}, {"created_at": at(10), "customer_id": "L"}, False),
        ({"customer_id": None}, {"created_at": at(10), "customer_id": None}, False),
        ({}, {"created_at": at(10), "initiated_by": "agent"}, False),
        ({}, {"created_at": at(10), "exclusion": "spam"}, False),
        ({}, {"created_at": at(10), "merged_into_ticket_id": "U"}, False),
        ({"escalated_ticket_id": "T"}, {"created_at": at(100)}, True),
        ({"ended_at": None}, {"created_at": at(10)}, None),
    ],
)
def test_a_visit_is_escalated_by_a_request_of_its_customer_until_a_day_after(
    session: Row, request_: Row, expected: bool | None
) -> None:
    assert escalated([visit(**session)], [ticket(**request_)]) == [expected]


def test_a_request_that_does_not_count_does_not_hide_one_that_does() -> None:
    tickets = [ticket("A", created_at=at(9), exclusion="test"), ticket("B", created_at=at(10))]
    assert escalated([visit()], tickets) == [True]


def test_two_visits_before_one_request_are_both_escalated_and_neither_is_doubled() -> None:
    tickets = [ticket("A", created_at=at(10)), ticket("B", created_at=at(10)), ticket("C", created_at=at(11))]
    assert escalated([visit("H"), visit("I", started_at=at(8.2))], tickets) == [True, True]


def test_local_days_and_seconds_to_find() -> None:
    late = visit(started_at=datetime(2025, 3, 30, 22, 30), found_at=datetime(2025, 3, 30, 22, 29))
    con = store(self_service_sessions=[late])
    assert rows(con, "SELECT started_on, find_s FROM session_facts") == [
        {"started_on": date(2025, 3, 31), "find_s": -60}
    ]
    figure = ask(con, "self_service_time_to_find").total
    assert (figure.n, figure.n_invalid, figure.value) == (0, 1, None)


# As of the past


def deflection(as_of: float) -> tuple[float | None, int, int | None, int, int]:
    sessions = [
        visit("FOUND"),
        visit("LOST", found_at=None, customer_id=None),
        visit("ASKED", customer_id="L"),
        visit("REFUSED", resolved=False, customer_id=None),
        visit("THANKED", resolved=True, found_at=None, customer_id=None),
        visit("TEST", exclusion="test"),
    ]
    tickets = [
        ticket(created_at=at(20), customer_id="L"),
        ticket("BY_AGENT", created_at=at(1), initiated_by="agent"),
    ]
    con = store(self_service_sessions=sessions, tickets=tickets)
    figure = ask(con, "deflection_rate", as_of=at(as_of)).total
    return figure.value, figure.n, figure.n_open, figure.extra["n_failed"], figure.extra["n_escalated"]


def test_a_visit_is_judged_once_a_day_has_passed_and_not_before() -> None:
    assert deflection(7) == (None, 0, 0, 0, 0)
    assert deflection(19) == (None, 0, 5, 0, 0)
    assert deflection(32.9) == (0, 1, 5, 0, 0)
    assert deflection(33) == (2 / 5, 5, 0, 2, 1)


def test_a_visit_that_never_ended_stays_open() -> None:
    con = store(self_service_sessions=[visit(ended_at=None)], tickets=[ticket(created_at=at(500))])
    figure = ask(con, "deflection_rate", period=(at(0), at(48))).total
    assert (figure.n, figure.n_open) == (0, 1)


def test_deflection_by_reason_keeps_reasons_that_only_one_side_has_and_the_empty_one() -> None:
    sessions = [visit("A", request_type="delivery"), visit("B", customer_id=None)]
    tickets = [ticket("T", request_type="billing", created_at=at(1)), ticket("U", created_at=at(1), customer_id="M")]
    con = store(self_service_sessions=sessions, tickets=tickets)
    found = ask(con, "deflection_rate", by=("request_type",), as_of=at(100))
    assert values(found) == {"billing": 0, "delivery": 1, None: 0.5}
    assert [row.keys[0] for row in found.rows] == ["billing", "delivery", None]
    assert (found.total.numerator, found.total.denominator) == (2, 4)


def test_deflection_by_day_places_visits_by_their_start_and_requests_by_their_creation() -> None:
    con = store(self_service_sessions=[visit()], tickets=[ticket(created_at=at(34))])
    found = ask(con, "deflection_rate", grain=Grain.DAY, period=(at(-1), at(47)), as_of=at(100))
    assert values(found) == {date(2025, 3, 3): 1, date(2025, 3, 4): 0}


def test_success_leaves_out_visits_that_still_ran_and_answers_not_yet_found() -> None:
    con = store(self_service_sessions=[visit("A"), visit("B", found_at=None), visit("C", ended_at=at(20))])
    numbers = [ask(con, "self_service_success_rate", as_of=at(hour)).total for hour in (8.2, 9, 20)]
    assert [(figure.numerator, figure.n) for figure in numbers] == [(0, 0), (1, 2), (2, 3)]
    assert [ask(con, "self_service_time_to_find", as_of=at(hour)).total.n for hour in (8.2, 8.5)] == [0, 2]


def test_a_visitor_of_two_tools_is_one_user_and_a_visit_not_yet_begun_is_none() -> None:
    sessions = [visit("A"), visit("B", tool="chatbot"), visit("C", visitor_id="W", started_at=at(12))]
    con = store(self_service_sessions=sessions)
    before, after = (ask(con, "self_service_users", as_of=at(hour)).total for hour in (11, 12))
    assert [(figure.value, figure.n) for figure in (before, after)] == [(1, 2), (2, 3)]
    assert values(ask(con, "self_service_users", by=("tool",))) == {"chatbot": 1, "faq": 2}


def test_unknown_clicks_are_missing_and_never_zero() -> None:
    con = store(self_service_sessions=[visit("A", clicks=4), visit("B", clicks=None), visit("C", clicks=0)])
    figure = ask(con, "self_service_clicks_mean").total
    assert (figure.value, figure.n, figure.n_missing) == (2, 2, 1)


KPIS = ("self_service_users", "self_service_time_to_find", "self_service_success_rate", "self_service_clicks_mean",
        "deflection_rate")  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_a_past_screen_shows_what_it_showed_then(seed: int) -> None:
    dice = random.Random(seed)
    sessions = [
        visit(
            f"H{n:03}",
            visitor_id=f"V{dice.randrange(30)}",
            customer_id=dice.choice([None, f"K{n % 25}"]),
            tool=dice.choice(["faq", "chatbot"]),
            request_type=dice.choice(["a", "b", None]),
            started_at=at(start),
            ended_at=dice.choice([None, at(start + dice.random() * 40), at(start + dice.random() * 2)]),
            found_at=dice.choice([None, at(start + dice.random() * 40 - 1)]),
            clicks=dice.choice([None, 1, 5]),
            resolved=dice.choice([None, None, True, False]),
            escalated_ticket_id=dice.choice([None] * 9 + ["T001"]),
            exclusion=dice.choice([None] * 9 + ["test"]),
        )
        for n, start in enumerate(dice.randrange(0, 100) for _ in range(120))
    ]
    tickets = [
        ticket(
            f"T{n:03}",
            created_at=at(dice.random() * 150),
            customer_id=f"K{n % 25}",
            request_type=dice.choice(["a", "c", None]),
            initiated_by=dice.choice(["customer", "customer", "agent"]),
            exclusion=dice.choice([None] * 9 + ["spam"]),
        )
        for n in range(60)
    ]
    now, period = store(self_service_sessions=sessions, tickets=tickets), (at(5), at(130))
    for hours in (50, 110):
        seen = [
            {**row, **{name: None for name in ("ended_at", "found_at") if row[name] and row[name] > at(hours)}}
            for row in sessions
            if row["started_at"] <= at(hours)
        ]
        then = store(self_service_sessions=seen, tickets=[row for row in tickets if row["created_at"] <= at(hours)])
        for kpi in KPIS:
            for split in ({"by": ("request_type",)}, {"grain": Grain.DAY}):
                before = ask(then, kpi, as_of=at(hours), period=period, **split)
                assert unlike(ask(now, kpi, as_of=at(hours), period=period, **split), before) == []
                assert before.total.n > 0
