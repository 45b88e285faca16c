"""Derived tables of random centres, against a literal reading of the rules."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from data.schema import DERIVED
from tests.data.ticket_desk import FOREVER, OFFICE, RESOLVED, call, status, ticket
from tests.data.tiny import MONDAY, Row, derived, rows


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
    con = derived(**random_centre(seed))
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
    con = derived(**centre)
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
    one, other = derived(chunk=1000, **centre), derived(chunk=7, **shuffled)
    for table in DERIVED:
        query = f"FROM {table.name} ORDER BY ALL"
        assert one.execute(query).fetchall() == other.execute(query).fetchall(), table.name


def test_states_follow_each_other_from_creation_to_forever() -> None:
    con = derived(**random_centre(5))
    life = itertools.groupby(rows(con, "FROM ticket_states ORDER BY ticket_id, ordinal"), lambda row: row["ticket_id"])
    for _, group in life:
        own = list(group)
        assert own[0]["from_at"] == own[0]["created_at"]
        assert own[-1]["to_at"] == FOREVER
        assert [row["ordinal"] for row in own] == list(range(1, len(own) + 1))
        assert all(a["to_at"] == b["from_at"] for a, b in itertools.pairwise(own))
