"""Commitments of orders: each trap by hand, then random orders against a literal reading of the rules."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data.business_hours import Calendar, WeeklyRange, expand
from tests.data.order_desk import DAY, MARCH_3, OFFICE, SECOND, facts, order, policy
from tests.data.tiny import Row, ask, at, store


def promises(found: list[Row], *policies: Row) -> list[tuple[Any, ...]]:
    """Policy, due instant and first late instant of each order."""
    named = [{**one, "order_id": f"O{n}"} for n, one in enumerate(found)]
    con = store(**OFFICE, orders=named, sla_policies=list(policies))
    return con.execute("SELECT policy_id, due_at, breach_known_at FROM order_facts ORDER BY order_id").fetchall()


def test_what_is_on_time_at_closing_stays_so_until_the_opening() -> None:
    found = [  # 8 open hours from 9:00 end at closing, 17:00 UTC
        order(received=9),
        order(received=9, decided=22),  # elapsed equals the target
        order(received=9, decided=31),
        {**order(received=9, decided=31), "decided_at": at(31) + SECOND},
    ]
    late_from = at(31) + timedelta(microseconds=1)
    assert promises(found, policy("P", 8)) == [
        ("P", at(17), late_from),
        ("P", at(22), None),
        ("P", at(31), None),
        ("P", at(17), late_from),
    ]


def test_equal_to_the_target_is_kept_and_a_second_more_is_not() -> None:
    found = [order(received=9, decided=11), {**order(received=9, decided=11), "decided_at": at(11) + SECOND}]
    late_from = at(11) + timedelta(microseconds=1)
    assert promises(found, policy("P", 2)) == [("P", at(11), None), ("P", at(11), late_from)]


def test_the_most_specific_policy_wins_and_its_version_is_that_of_the_local_day_of_receipt() -> None:
    policies = [
        policy("ANY", 8, valid_to=date(2025, 3, 4)),
        policy("ANY-2", 4, valid_from=date(2025, 3, 5)),
        policy("TEAM", 7, team_id="DESK"),
        policy("EDI", 6, channel="edi", valid_from=date(2025, 3, 1)),
        policy("HIGH", 5, priority="high"),
        policy("RESOLUTION", 1, metric="resolution", priority="high"),
    ]
    found = {
        "TEAM": order(),
        "EDI": order(channel="edi"),
        "HIGH": order(channel="edi", priority="high"),
        "ANY": order(team_id="OTHER", received=46.99),  # the 4th, 23:59 in Paris
        "ANY-2": order(team_id="OTHER", received=47),  # the 5th
        None: order(team_id="OTHER", received=-24 * 90),  # before any policy
    }
    assert [row[0] for row in promises(list(found.values()), *policies)] == list(found)


def test_a_policy_runs_on_its_own_clock() -> None:
    policies = [
        policy("CALENDAR", 2, clock="calendar", channel="fax"),
        policy("OWN", 2, calendar_id="EARLY", channel="edi"),
        policy("TEAM", 2),
    ]
    found = [order(received=16, channel="fax"), order(received=16, channel="edi"), order(received=16)]
    found.append(order(received=16, team_id="NONSTOP"))  # the calendar of most teams
    assert [row[:2] for row in promises(found, *policies)] == [
        ("CALENDAR", at(18)),
        ("OWN", at(31)),
        ("TEAM", at(32)),
        ("TEAM", at(32)),
    ]


def test_a_calendar_that_never_opens_promises_nothing_that_can_be_late() -> None:
    closed = {"calendars": [*OFFICE["calendars"], {"calendar_id": "NEVER"}]}
    found = facts(
        "due_at, breach_known_at", **closed, orders=[order()], sla_policies=[policy("P", 1, calendar_id="NEVER")]
    )
    assert found == [(None, None)]


def test_an_order_decided_before_it_was_received_is_not_judged() -> None:
    assert promises([order(received=9, decided=8)], policy("P", 2)) == [(None, None, None)]


def test_a_late_order_is_a_breach_before_it_is_decided_and_none_once_it_is_cancelled() -> None:
    con = store(
        **OFFICE, sla_policies=[policy("P", 2)], orders=[order("A", 8, 13, decision="cancelled"), order("B", 8, 13)]
    )
    before = ask(con, "order_sla_rate", as_of=at(12), period=MARCH_3).total
    assert (before.numerator, before.n, before.extra["n_breached_open"]) == (0, 2, 2)
    after = ask(con, "order_sla_rate", as_of=at(13), period=MARCH_3).total
    assert (after.numerator, after.n, after.extra["n_breached_open"]) == (0, 1, 0)


def test_an_order_is_kept_only_from_its_decision_and_counted_only_from_its_due_date() -> None:
    con = store(**OFFICE, sla_policies=[policy("P", 4)], orders=[order("A", 8, 9)])
    seen = [ask(con, "order_sla_rate", as_of=at(hour), period=MARCH_3).total for hour in (8.5, 9, 12)]
    assert [(one.numerator, one.n, one.n_open, one.extra["n_achieved_not_due"]) for one in seen] == [
        (0, 0, 1, 0),
        (0, 0, 0, 1),
        (1, 1, 0, 0),
    ]
    assert [ask(con, "orders_within_sla", as_of=at(hour), period=MARCH_3).total.value for hour in (9, 12)] == [0, 1]


PARIS = ZoneInfo("Europe/Paris")
RANGES = expand(
    Calendar("CAL", hours=tuple(WeeklyRange(day, *_times) for day in range(1, 6) for _times in [
        (datetime(2025, 1, 1, 8).time(), datetime(2025, 1, 1, 18).time())
    ])),
    date(2024, 12, 1),
    date(2026, 1, 1),
)  # fmt: skip


def _us(instant: datetime) -> int:
    return int(instant.replace(tzinfo=UTC).timestamp()) * 1_000_000


def elapsed(start: datetime, end: datetime) -> int:
    return int(RANGES.business_seconds(_us(start), _us(end)))


def due(start: datetime, seconds: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(microseconds=int(RANGES.add_business_seconds(_us(start), seconds)))


def literal_rate(found: list[Row], target_s: int, start: datetime, end: datetime, as_of: datetime) -> tuple[int, int]:
    """Section 5.4 order by order: (kept, judged) among those due in the period and by `as_of`."""
    kept = judged = 0
    for one in found:
        received, decided = one["received_at"], one.get("decided_at")
        done = decided is not None and decided <= as_of
        if received > as_of or (done and one["decision"] == "cancelled"):
            continue
        spent = elapsed(received, decided if done else as_of)
        late = spent > target_s
        due_at = due(received, target_s) if late or not done else due(decided, target_s - spent)
        if (late or done) and start <= due_at < end and due_at <= as_of:
            judged += 1
            kept += not late
    return kept, judged


def test_commitments_are_those_of_a_literal_reading_at_any_instant() -> None:
    draw = random.Random("commitments")
    found: list[Row] = []
    for n in range(150):
        received = draw.randrange(0, 14 * 24 * 60) / 60
        ended = received + draw.choice((1 / 3, 2, 8, 10, 15, 48)) if draw.random() < 0.8 else None
        outcome = {"decision": draw.choice(("approved", "rejected", "cancelled"))} if ended else {}
        found.append(order(f"O{n:03}", received, ended, **outcome))
    con = store(**OFFICE, orders=found, sla_policies=[policy("P", 8)])
    start, end = MARCH_3[0], MARCH_3[1] + 7 * DAY
    for _ in range(25):
        as_of = draw.choice((at(draw.randrange(0, 16 * 24)), at(draw.randrange(0, 16 * 24 * 60) / 60)))
        total = ask(con, "order_sla_rate", as_of=as_of, period=(start, end)).total
        assert (total.numerator, total.n) == literal_rate(found, 8 * 3600, start, end, as_of)
