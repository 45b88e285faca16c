"""Derived tables: each trap by hand, then random centres against a literal reading of the rules."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from data.derive import derive
from data.schema import CANONICAL, DERIVED, create_table

Row = dict[str, Any]
FOREVER = datetime(9999, 12, 31)
MONDAY = datetime(2025, 3, 3)
RESOLVED = ("solved", "closed")


def store(chunk: int = 40, **tables: list[Row]) -> duckdb.DuckDBPyConnection:
    """A store with these rows, derived; a column left out takes its default."""
    con = duckdb.connect()
    for table in CANONICAL:
        con.execute(create_table(table))
        for row in tables.get(table.name, []):
            values = [row.get(column.name, column.default) for column in table.columns]
            con.execute(f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(values))})", values)
    derive(con, chunk=chunk)
    return con


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    cursor = con.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def at(hours: float) -> datetime:
    """Instants count in hours from Monday 3 March 2025, 00:00 UTC."""
    return MONDAY + timedelta(hours=hours)


def ticket(ticket_id: str = "T", created: float = 8, **more: object) -> Row:
    return {"ticket_id": ticket_id, "created_at": at(created), "channel": "email", "status": "open", **more}


def event(hours: float, event_type: str, before: str | None, after: str | None, **more: object) -> Row:
    row = {"ticket_id": "T", "event_at": at(hours), "event_type": event_type, "actor": "agent", "seq": 0}
    row |= {"from_value": before, "to_value": after, "event_id": f"E{hours:06.2f}{event_type}{after}"}
    return {**row, **more}


def status(hours: float, before: str | None, after: str, **more: object) -> Row:
    return event(hours, "status", before, after, **more)


OFFICE: dict[str, list[Row]] = {  # 08:00 to 18:00 in Paris, 07:00 to 17:00 UTC in winter
    "calendars": [{"calendar_id": "CAL"}],
    "calendar_hours": [
        {"calendar_id": "CAL", "weekday": day, "open_local": "08:00", "close_local": "18:00"} for day in range(1, 6)
    ],
    "teams": [{"team_id": "OPEN", "calendar_id": "CAL"}, {"team_id": "NONSTOP"}],
}


def test_an_empty_store_gives_every_derived_table_empty() -> None:
    con = store()
    for table in DERIVED:
        assert con.execute(f"SELECT count(*) FROM {table.name}").fetchone() == (0,)


def test_derived_tables_have_the_columns_of_the_schema_and_nothing_is_left_behind() -> None:
    con = store(**OFFICE, tickets=[ticket()])
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
    con = store(tickets=[ticket()], ticket_events=[status(8, "new", "solved")])
    assert states(con) == [(at(8), at(8), "new", "created"), (at(8), FOREVER, "solved", "resolved")]


def test_without_history_a_ticket_is_open_then_solved() -> None:
    con = store(tickets=[ticket(resolved_at=at(10))])
    assert states(con) == [(at(8), at(10), "open", "created"), (at(10), FOREVER, "solved", "resolved")]


def test_solved_to_closed_is_no_resolution_and_reopening_is_one() -> None:
    history = [status(9, "open", "solved"), status(10, "solved", "closed"), status(11, "closed", "open")]
    con = store(tickets=[ticket()], ticket_events=history)
    assert [row[3] for row in states(con)] == ["created", "resolved", "changed", "reopened"]


def test_a_ticket_born_solved_is_created_out_of_the_stock() -> None:
    con = store(tickets=[ticket()], ticket_events=[status(9, "solved", "closed")])
    assert rows(con, "SELECT entered, unresolved FROM ticket_states ORDER BY ordinal") == [
        {"entered": "created", "unresolved": False},
        {"entered": "changed", "unresolved": False},
    ]
    assert not rows(con, "FROM ticket_resolutions")


def test_the_previous_status_wins_over_what_the_event_says_it_was() -> None:
    con = store(tickets=[ticket()], ticket_events=[status(9, "new", "solved"), status(10, "open", "solved")])
    assert [row[3] for row in states(con)] == ["created", "resolved", "changed"]


def test_events_before_the_creation_apply_at_the_creation() -> None:
    con = store(tickets=[ticket()], ticket_events=[status(7, "new", "open"), status(6, None, "new")])
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
    con = store(tickets=[ticket(priority="high", first_response_at=at(9))], ticket_events=history)
    assert rows(con, "SELECT status, priority, answered FROM ticket_states ORDER BY ordinal") == [
        {"status": "open", "priority": "normal", "answered": False},
        {"status": "pending", "priority": "normal", "answered": True},
        {"status": "solved", "priority": "high", "answered": True},
    ]


def test_attributes_move_from_their_old_value_to_that_of_the_ticket() -> None:
    history = [event(9, "team", "A", "B"), event(10, "team", "B", "ignored"), event(11, "agent", None, "ann")]
    con = store(tickets=[ticket(team_id="C", agent_id="bob", priority="low")], ticket_events=history)
    assert con.execute(
        "SELECT from_at, team_id, agent_id, priority FROM ticket_states ORDER BY ordinal"
    ).fetchall() == [
        (at(8), "A", None, "low"),
        (at(9), "B", None, "low"),
        (at(10), "C", None, "low"),
        (at(11), "C", "bob", "low"),
    ]


def test_an_answer_before_the_creation_answers_from_the_creation() -> None:
    con = store(tickets=[ticket(first_response_at=at(7))])
    assert rows(con, "SELECT from_at, answered FROM ticket_states") == [{"from_at": at(8), "answered": True}]
    assert rows(con, "SELECT first_response_s, first_response_business_s FROM ticket_facts") == [
        {"first_response_s": -3600, "first_response_business_s": None}
    ]


def test_merged_tickets_and_excluded_ones_say_why() -> None:
    tickets = [ticket("A", merged_into_ticket_id="B"), ticket("B"), ticket("C", exclusion="spam")]
    con = store(tickets=tickets)
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
    con = store(tickets=[ticket(first_response_at=at(12))], ticket_events=history)
    assert rows(con, "SELECT first_response_at, first_response_s FROM ticket_facts") == [
        {"first_response_at": at(10), "first_response_s": 7200}
    ]


def test_the_first_response_is_timed_by_the_hours_of_who_answered() -> None:
    moved = event(18, "team", "NONSTOP", "OPEN")
    con = store(**OFFICE, tickets=[ticket(team_id="OPEN", first_response_at=at(32))], ticket_events=[moved])
    assert rows(con, "SELECT first_response_business_s AS s FROM ticket_facts") == [{"s": (9 + 1) * 3600}]


def test_a_resolution_adds_the_hours_of_each_team_and_of_each_status() -> None:
    history = [
        status(10, "new", "pending"),
        event(16, "team", "OPEN", "NONSTOP"),
        status(20, "pending", "solved", agent_id="ann"),
        status(22, "solved", "open", actor="customer", agent_id="cat"),
        status(23, "open", "solved", actor="system", agent_id="bot"),
    ]
    con = store(**OFFICE, tickets=[ticket(team_id="NONSTOP", agent_id="bob")], ticket_events=history)
    first, second = rows(con, "FROM ticket_resolutions ORDER BY resolution_no")
    assert (first["resolution_s"], first["resolution_business_s"]) == (12 * 3600, 12 * 3600)
    assert (first["business_new_s"], first["business_pending_s"]) == (2 * 3600, 10 * 3600)
    assert (first["reopened_at"], first["agent_id"], first["team_id"]) == (at(22), "ann", "NONSTOP")
    assert (second["resolution_business_s"], second["business_open_s"]) == (15 * 3600, 3600)
    assert (second["reopened_at"], second["agent_id"]) == (FOREVER, "bob")


def test_closed_hours_do_not_count_in_a_resolution() -> None:
    con = store(**OFFICE, tickets=[ticket(team_id="OPEN", resolved_at=at(34))])
    assert rows(con, "SELECT resolution_business_s AS s FROM ticket_resolutions") == [{"s": (9 + 3) * 3600}]


def test_a_resolution_before_the_creation_keeps_its_instant_and_is_invalid() -> None:
    con = store(**OFFICE, tickets=[ticket(resolved_at=at(7))])
    assert states(con)[1][0] == at(8)
    assert rows(con, "SELECT resolved_at, resolution_s, resolution_business_s FROM ticket_resolutions") == [
        {"resolved_at": at(7), "resolution_s": -3600, "resolution_business_s": None}
    ]


def test_without_any_calendar_business_time_is_calendar_time() -> None:
    con = store(tickets=[ticket(team_id="OPEN", resolved_at=at(100), first_response_at=at(50))])
    assert rows(con, "SELECT resolution_business_s AS s FROM ticket_resolutions") == [{"s": 92 * 3600}]
    assert rows(con, "SELECT first_response_business_s AS s FROM ticket_facts") == [{"s": 42 * 3600}]


def test_part_seconds_are_dropped() -> None:
    tickets = [
        ticket(first_response_at=at(8) + timedelta(seconds=1.999999), resolved_at=at(8) - timedelta(seconds=0.5))
    ]
    con = store(tickets=tickets)
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
    con = store(tickets=[ticket() | {"created_at": datetime.fromisoformat(instant)}])
    assert rows(con, "SELECT created_on::TEXT AS day, created_hour AS hour FROM ticket_facts") == [
        {"day": day, "hour": hour}
    ]


# Interactions and surveys


def call(interaction_id: str, hours: float = 9, **more: object) -> Row:
    row = {"interaction_id": interaction_id, "channel": "phone", "direction": "inbound", "offered_at": at(hours)}
    row |= {"answered_at": at(hours + 0.1), "ended_at": at(hours + 0.2), "outcome": "answered"}
    return {**row, "talk_s": 100, "hold_s": 20, "wrap_s": 30, **more}


def test_in_hours_uses_the_default_calendar_without_a_team_and_is_empty_without_any() -> None:
    calls = [call(f"{hour}", hour) for hour in (6.99, 7, 16.99, 17)]
    con = store(**OFFICE, interactions=calls)
    assert con.execute("SELECT in_hours FROM interaction_facts ORDER BY offered_at").fetchall() == [
        (False,),
        (True,),
        (True,),
        (False,),
    ]
    assert store(interactions=calls).execute("SELECT DISTINCT in_hours FROM interaction_facts").fetchall() == [(None,)]


def test_an_invitation_is_counted_once_and_dated_by_its_first_answer() -> None:
    survey = {"survey_id": "S", "survey_type": "csat", "sent_at": at(9), "ticket_id": "T", "higher_is_better": True}
    scale = {"scale_min": 1, "scale_max": 5}
    surveys = [
        {**survey, **scale, "item": "b", "responded_at": at(11), "score": 6},
        {**survey, **scale, "item": "a", "responded_at": at(12), "score": 4},
        {**survey, **scale, "item": "c"},
    ]
    con = store(surveys=surveys, tickets=[ticket(request_type="delivery", product="lamp")])
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
    assert fcr(store(**{"tickets": [ticket(**CUSTOMER)], **tables})) is expected


def test_an_unknown_reason_matches_an_unknown_reason_and_an_unknown_customer_nobody() -> None:
    known = {"resolved_at": at(10), "customer_id": "K"}
    assert fcr(store(tickets=[ticket(**known), ticket("U", 12, customer_id="K")])) is False
    assert fcr(store(tickets=[ticket(resolved_at=at(10)), ticket("U", 12)])) is True


# Random centres


def random_centre(seed: int) -> dict[str, list[Row]]:
    dice = random.Random(seed)
    tickets, events, contacts = [], [], []
    for n in range(150):
        name, step = f"T{n:03}", dice.choice([3600, 1])
        created = MONDAY + timedelta(seconds=dice.randrange(0, 20 * 86_400, step))

        def later(days: int, created: datetime = created, step: int = step) -> datetime:
            return created + timedelta(seconds=dice.randrange(-3600, days * 86_400, step))

        tickets.append(
            ticket(
                name,
                created_at=created,
                customer_id=dice.choice([f"K{n % 30}", None]),
                request_type=dice.choice(["a", "b", None]),
                contact_count=dice.choice([None, None, None, 1, 2]),
                resolved_at=dice.choice([None, later(10)]),
                first_response_at=dice.choice([None, later(3)]),
                merged_into_ticket_id=dice.choice([None] * 9 + ["X"]),
                exclusion=dice.choice([None] * 9 + ["spam"]),
                team_id=dice.choice(["OPEN", "NONSTOP", None]),
            )
        )
        before = dice.choice(["new", "open", "solved"])
        for seq, instant in enumerate(sorted(later(12) for _ in range(dice.choice([0, 0, 1, 2, 5])))):
            after = dice.choice(["new", "open", "pending", "on_hold", "solved", "solved", "closed"])
            events.append(status(0, before, after, ticket_id=name, event_at=instant, seq=seq, event_id=f"{name}-{seq}"))
            before = dice.choice([after, after, "open"])
        contacts += [
            call(
                f"{name}-{m}",
                offered_at=later(15),
                ticket_id=dice.choice([name, name, None]),
                customer_id=tickets[-1]["customer_id"],
                request_type=dice.choice(["a", "b", None]),
                direction=dice.choice(["inbound", "inbound", "outbound"]),
                parent_interaction_id=dice.choice([None, None, "T000-0"]),
                exclusion=dice.choice([None, None, None, "courtesy"]),
            )
            for m in range(dice.randrange(3))
        ]
    return {**OFFICE, "tickets": tickets, "ticket_events": events, "interactions": contacts}


BACKLOG = """
WITH tk AS (SELECT * FROM tickets WHERE exclusion IS NULL AND merged_into_ticket_id IS NULL AND created_at <= $t),
se AS (SELECT ticket_id, event_at, seq, from_value, to_value,
              row_number() OVER (PARTITION BY ticket_id ORDER BY event_at, seq) AS rn
       FROM ticket_events WHERE event_type = 'status'),
marks AS (
  SELECT ticket_id, created_at AS s,
    coalesce((SELECT from_value FROM se WHERE se.ticket_id = tk.ticket_id AND rn = 1), 'open') AS st, -1 AS k FROM tk
  UNION ALL SELECT ticket_id, greatest(event_at, created_at), to_value, rn FROM se JOIN tk USING (ticket_id)
  UNION ALL SELECT ticket_id, greatest(resolved_at, created_at), 'solved', 1 FROM tk
    WHERE resolved_at IS NOT NULL AND ticket_id NOT IN (SELECT ticket_id FROM se)),
seg AS (SELECT ticket_id, s, lead(s) OVER w AS e, st FROM marks WINDOW w AS (PARTITION BY ticket_id ORDER BY s, k))
SELECT count(*) FROM seg WHERE st NOT IN ('solved','closed') AND s <= $t AND (e IS NULL OR e > $t)
"""


@pytest.mark.parametrize("seed", range(3))
def test_the_backlog_at_any_instant_is_that_of_the_reference_and_of_the_flows(seed: int) -> None:
    con = store(**random_centre(seed))
    dice = random.Random(seed)
    counted = "FROM ticket_states WHERE exclusion IS NULL"

    def one(query: str, **parameters: object) -> int:
        row = con.execute(query, parameters).fetchone()
        assert row is not None
        return int(row[0])

    before, last = 0, MONDAY - timedelta(1)
    for t in sorted(MONDAY + timedelta(hours=dice.randrange(30 * 24)) for _ in range(40)):
        stock = one(f"SELECT count(*) {counted} AND unresolved AND from_at <= $t AND $t < to_at", t=t)
        assert stock == one(BACKLOG, t=t)
        sign = "CASE entered WHEN 'changed' THEN 0 WHEN 'resolved' THEN -1 ELSE unresolved::INT END"
        flow = one(f"SELECT coalesce(sum({sign}), 0) {counted} AND from_at > $a AND from_at <= $t", a=last, t=t)
        assert stock == before + flow
        before, last = stock, t


def literal_flips(row: Row, history: list[Row]) -> list[tuple[str, datetime]]:
    """(resolved or reopened, instant) of a ticket, by its events or else its column."""
    history = sorted(history, key=lambda e: (e["event_at"], e["seq"]))
    if not history:
        return [("resolved", row["resolved_at"])] if row["resolved_at"] else []
    now, flips = history[0]["from_value"], []
    for change in history:
        was, now = now in RESOLVED, change["to_value"]
        if (now in RESOLVED) != was:
            flips.append(("reopened" if was else "resolved", change["event_at"]))
    return flips


@pytest.mark.parametrize("seed", range(3))
def test_resolutions_and_first_contact_resolution_follow_the_rules(seed: int) -> None:
    centre = random_centre(seed)
    con = store(**centre)
    history = defaultdict(list)
    for change in centre["ticket_events"]:
        history[change["ticket_id"]].append(change)
    found = defaultdict(list)
    for resolution in rows(con, "FROM ticket_resolutions ORDER BY ticket_id, resolution_no"):
        found[resolution["ticket_id"]].append((resolution["resolved_at"], resolution["reopened_at"]))
    facts = {row["ticket_id"]: row for row in rows(con, "FROM ticket_facts")}
    roots = [
        c
        for c in centre["interactions"]
        if c["direction"] == "inbound" and c["parent_interaction_id"] is None and c["exclusion"] is None
    ]
    others = [t for t in centre["tickets"] if t["exclusion"] is None and t["merged_into_ticket_id"] is None]
    outcomes = set()
    for row in centre["tickets"]:
        flips = literal_flips(row, history[row["ticket_id"]])
        expected = []
        for n, (kind, instant) in enumerate(flips):
            if kind == "resolved":
                again = [max(i, row["created_at"]) for k, i in flips[n:] if k == "reopened"]
                expected.append((instant, min(again, default=FOREVER)))
        assert found[row["ticket_id"]] == expected

        success = False
        if expected:
            first = expected[0][0]
            until = first + timedelta(7)
            own = [c["offered_at"] for c in roots if c["ticket_id"] == row["ticket_id"]]
            contacts = sum(i <= first for i in own) if own else 1
            contacts = row["contact_count"] if row["contact_count"] is not None else contacts
            same = (row["customer_id"], row["request_type"])
            returns = [*own, *(max(i, row["created_at"]) for k, i in flips if k == "reopened")]
            if row["customer_id"] is not None:
                returns += [c["offered_at"] for c in roots if (c["customer_id"], c["request_type"]) == same]
                returns += [
                    t["created_at"]
                    for t in others
                    if (t["customer_id"], t["request_type"]) == same and t["ticket_id"] != row["ticket_id"]
                ]
            in_time = first <= row["created_at"] + timedelta(7)
            success = in_time and contacts == 1 and not any(first < i <= until for i in returns)
        assert facts[row["ticket_id"]]["fcr"] is success, row
        outcomes.add(success)
    assert outcomes == {True, False}


def test_neither_the_order_of_rows_nor_the_size_of_chunks_changes_anything() -> None:
    centre = random_centre(7)
    shuffled = {name: random.Random(1).sample(table, len(table)) for name, table in centre.items()}
    one, other = store(chunk=1000, **centre), store(chunk=7, **shuffled)
    for table in DERIVED:
        query = f"FROM {table.name} ORDER BY ALL"
        assert one.execute(query).fetchall() == other.execute(query).fetchall(), table.name


def test_states_follow_each_other_from_creation_to_forever() -> None:
    con = store(**random_centre(5))
    life = itertools.groupby(rows(con, "FROM ticket_states ORDER BY ticket_id, ordinal"), lambda row: row["ticket_id"])
    for _, group in life:
        own = list(group)
        assert own[0]["from_at"] == own[0]["created_at"]
        assert own[-1]["to_at"] == FOREVER
        assert [row["ordinal"] for row in own] == list(range(1, len(own) + 1))
        assert all(a["to_at"] == b["from_at"] for a, b in itertools.pairwise(own))
