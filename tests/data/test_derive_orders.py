"""The order desk: each trap by hand, then random orders against a literal reading and against forgetful stores."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from data.business_hours import Calendar, WeeklyRange, expand
from kpi.answer import answer
from kpi.catalog import customers, disputes, orders, products
from kpi.engines import ConnectionEngine
from kpi.model import Grain, Period, Query
from tests.data.tiny import MONDAY, Row, ask, at, rows, store, values

FOREVER = datetime(9999, 12, 31)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
MARCH_3 = (datetime(2025, 3, 2, 23), datetime(2025, 3, 9, 23))
"""The week of Monday 3 March 2025 in Paris."""


def hours(calendar_id: str, opening: str, closing: str) -> list[Row]:
    return [
        {"calendar_id": calendar_id, "weekday": day, "open_local": opening, "close_local": closing}
        for day in range(1, 6)
    ]


OFFICE: dict[str, list[Row]] = {  # 08:00 to 18:00 in Paris, 07:00 to 17:00 UTC in winter
    "calendars": [{"calendar_id": "CAL"}, {"calendar_id": "EARLY"}],
    "calendar_hours": [*hours("CAL", "08:00", "18:00"), *hours("EARLY", "06:00", "12:00")],
    "teams": [
        {"team_id": "DESK", "calendar_id": "CAL", "site": "Lyon", "organisation": "ONE"},
        {"team_id": "OTHER", "calendar_id": "CAL", "site": "Lille", "organisation": "TWO"},
        {"team_id": "NONSTOP", "organisation": "TWO"},
    ],
}


def order(order_id: str = "O", received: float = 8, decided: float | None = None, **more: object) -> Row:
    """An order of `received` o'clock UTC; approved at `decided`, pending if None."""
    row: Row = {"order_id": order_id, "channel": "email", "team_id": "DESK", "received_at": at(received)}
    if decided is not None:
        row |= {"decided_at": at(decided), "decision": "approved"}
    return {**row, **more}


def line(order_id: str = "O", line_no: int = 1, **more: object) -> Row:
    row = {"order_id": order_id, "line_no": line_no, "product_id": "P", "quantity": 1.0, "amount_eur": 10.0}
    return {**row, **more}


def dispute(dispute_id: str = "D", opened: float = 8, resolved: float | None = None, **more: object) -> Row:
    row = {"dispute_id": dispute_id, "opened_at": at(opened), "resolved_at": None if resolved is None else at(resolved)}
    return {**row, **more}


def policy(policy_id: str, target_hours: float, **more: object) -> Row:
    row = {"policy_id": policy_id, "metric": "order_processing", "target_s": int(target_hours * 3600)}
    return {**row, "valid_from": date(2025, 1, 1), **more}


def facts(columns: str, table: str = "order_facts", **tables: list[Row]) -> list[tuple[Any, ...]]:
    return store(**{**OFFICE, **tables}).execute(f"SELECT {columns} FROM {table}").fetchall()


# Where it belongs


def test_an_order_belongs_to_its_own_organisation_before_that_of_its_team() -> None:
    found = [order("A", organisation="THREE"), order("B"), order("C", team_id=None), order("D", team_id="GONE")]
    con = store(**OFFICE, orders=found)
    assert values(ask(con, "orders_received", by=("organisation",))) == {"THREE": 1, "ONE": 1, None: 2}
    assert values(ask(con, "orders_received", by=("site",))) == {"Lyon": 2, None: 2}


def test_the_organisation_of_a_dispute_is_that_of_its_team_whatever_its_order() -> None:
    found = [
        dispute("A", order_id="OWN", team_id="OTHER"),
        dispute("B", order_id="O", team_id="OTHER"),
        dispute("C", order_id="LOST", team_id="OTHER"),
        dispute("D", team_id="OTHER"),
        dispute("E"),
    ]
    con = store(**OFFICE, orders=[order("OWN", organisation="THREE"), order("O")], disputes=found)
    assert values(ask(con, "disputes_opened", by=("organisation",))) == {"TWO": 4, None: 1}
    assert values(ask(con, "disputes_opened", by=("team_id",))) == {"OTHER": 4, None: 1}


# How long


def test_a_decision_at_once_takes_0_seconds_and_one_before_the_receipt_is_invalid() -> None:
    found = facts("processing_s, processing_business_s", orders=[order(decided=8)])
    assert found == [(0, 0)]
    assert facts("processing_s, processing_business_s", orders=[order(decided=7)]) == [(-3600, None)]


def test_open_seconds_are_those_of_the_calendar_of_the_team() -> None:
    early = [*OFFICE["teams"], {"team_id": "EARLY", "calendar_id": "EARLY"}]
    found = [
        order("A", 16, 31),
        order("B", 16, 31, team_id="EARLY"),
        order("C", 16, 31, team_id="NONSTOP"),  # a team without opening hours lasts in calendar time
        order("D", 16, 31, team_id=None),  # the calendar of most teams
    ]
    seconds = facts("order_id, processing_business_s // 3600", teams=early, orders=found)
    assert dict(seconds) == {"A": 1, "B": 2, "C": 15, "D": 1}


def test_a_wait_on_the_day_the_clock_changes_is_not_an_hour_wrong() -> None:
    changing = {"received_at": datetime(2025, 3, 28, 16), "decided_at": datetime(2025, 3, 31, 7)}
    assert facts("processing_s, processing_business_s", orders=[order(decided=9, **changing)]) == [
        (63 * 3600, 2 * 3600)
    ]


def test_an_order_received_at_night_is_of_the_local_day() -> None:
    found = facts("received_on, decided_on", orders=[order(received=23.5, decided=24.5)])
    assert found == [(date(2025, 3, 4), date(2025, 3, 4))]


def test_orders_still_pending_are_counted_beside_the_time_of_the_others() -> None:
    con = store(**OFFICE, orders=[order("A", 8, 9), order("B", 8), order("C", 8, 30)])
    total = ask(con, "order_processing_time_mean", as_of=at(10)).total
    assert (total.value, total.n, total.n_open) == (3600, 1, 2)


# What waits


def test_a_past_stock_is_what_waited_then_whatever_was_decided_since() -> None:
    con = store(**OFFICE, orders=[order("A", 8, 10, priority="urgent"), order("B", 9), order("C", 11, 12)])
    waiting = [ask(con, "orders_pending", as_of=at(hour)).total.value for hour in (7, 8, 9, 10, 11, 12)]
    assert waiting == [0, 1, 2, 1, 2, 1]
    assert ask(con, "priority_orders_to_validate", as_of=at(9)).total.value == 1
    assert ask(con, "priority_orders_to_validate", as_of=at(10)).total.value == 0


def test_an_order_decided_before_it_was_received_never_waits_nor_makes_the_stock_negative() -> None:
    con = store(**OFFICE, orders=[order("A", received=80, decided=8)])
    series = ask(con, "orders_pending", period=MARCH_3, grain=Grain.DAY)
    assert {figure.value for figure in series.rows} == {0}


def test_a_dispute_is_open_from_its_opening_to_its_settlement() -> None:
    con = store(disputes=[dispute("A", 8, 30), dispute("B", 9, exclusion="duplicate"), dispute("C", 31, 7)])
    assert [ask(con, "disputes_open", as_of=at(h)).total.value for h in (7, 8, 29, 30, 31)] == [*(0, 1, 1, 0, 0)]
    series = ask(con, "disputes_open", period=MARCH_3, grain=Grain.DAY)
    assert [figure.value for figure in series.rows] == [1, 0]
    assert rows(con, "SELECT resolution_s FROM dispute_facts WHERE dispute_id = 'C'") == [{"resolution_s": -24 * 3600}]


# Commitments


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


# Lines and deliveries


def test_an_order_is_in_full_when_every_line_is() -> None:
    delivered = {"promised_at": at(100), "delivered_at": at(90)}
    found = [order(one, 8, 9, **delivered) for one in ("FULL", "SHORT", "UNKNOWN", "EMPTY", "MORE")]
    lines = [
        *(line("FULL", quantity_delivered=1.0), line("FULL", 2, quantity_delivered=1.0)),
        *(line("SHORT", quantity_delivered=1.0), line("SHORT", 2, quantity=2.0, quantity_delivered=1.0)),
        line("UNKNOWN"),
        line("MORE", quantity_delivered=3.0),
    ]
    con = store(**OFFICE, orders=found, order_lines=lines)
    assert [row["order_id"] for row in rows(con, "FROM order_facts WHERE in_full ORDER BY 1")] == ["FULL", "MORE"]
    total = ask(con, "otif_rate", as_of=at(100), period=MARCH_3).total
    assert (total.numerator, total.n) == (2, 5)
    total = ask(con, "on_time_delivery_rate", as_of=at(100), period=MARCH_3).total
    assert (total.numerator, total.n) == (5, 5)  # not once a line


def test_a_delivery_is_unknown_until_it_comes_and_a_promise_is_judged_once_it_has_passed() -> None:
    found = [
        order("A", 8, 9, promised_at=at(30), delivered_at=at(20)),
        order("B", 8, 9, promised_at=at(30), delivered_at=at(40)),
        order("C", 8, 9, promised_at=at(60), delivered_at=at(20)),
        order("D", 8, 9, promised_at=at(30), decision="rejected"),
        order("E", 8, 35, promised_at=at(30), delivered_at=at(36)),  # approved after the promise
    ]
    con = store(**OFFICE, orders=found, order_lines=[line("A", quantity_delivered=1.0)])
    seen = [ask(con, "on_time_delivery_rate", as_of=at(h), period=MARCH_3).total for h in (29, 30, 35, 60)]
    assert [(one.numerator, one.n) for one in seen] == [(0, 0), (1, 2), (1, 3), (2, 4)]
    cycle = ask(con, "order_cycle_time_mean", as_of=at(36), period=MARCH_3).total
    assert (cycle.n, cycle.sum) == (3, (12 + 12 + 28) * 3600)


def test_an_order_without_lines_is_missing_and_not_0() -> None:
    con = store(**OFFICE, orders=[order("A"), order("B")], order_lines=[line("A"), line("A", 2), line("LOST")])
    total = ask(con, "order_lines_mean", period=MARCH_3).total
    assert (total.value, total.n, total.n_missing) == (2, 1, 1)
    assert rows(con, "SELECT count(*) AS n FROM order_line_facts") == [{"n": 2}]  # a line of no order has no date


def test_a_clerk_day_is_one_clerk_on_one_local_day() -> None:
    found = [
        order("A", 8, 9, agent_id="X"),
        order("B", 8, 22.5, agent_id="X"),  # 23:30 in Paris
        order("C", 8, 23.5, agent_id="X"),  # the day after
        order("D", 8, 9, agent_id="Y"),
        order("E", 8, 9, agent_id="Y", touchless=True),
        order("F", 8, 9, agent_id="Y", decision="cancelled"),
        order("G", 8, 9),
    ]
    con = store(**OFFICE, orders=found, order_lines=[line("A"), line("A", 2), line("D"), line("E")])
    total = ask(con, "orders_per_clerk_day", period=MARCH_3).total
    assert (total.numerator, total.denominator, total.n) == (4, 3, 4)
    total = ask(con, "order_lines_per_clerk", period=MARCH_3).total
    assert (total.numerator, total.denominator, total.n) == (3, 2, 4)


# Products


def test_equal_sales_rank_by_product_although_sums_of_doubles_differ() -> None:
    lines = [
        *(line("O", n, product_id="B", amount_eur=amount) for n, amount in enumerate((0.1, 0.2, 0.3))),
        *(line("O", 9 - n, product_id="A", amount_eur=amount) for n, amount in enumerate((0.3, 0.3))),
        line("NO", product_id="C", amount_eur=99.0),
    ]
    con = store(**OFFICE, orders=[order("O", 8, 9), order("NO", 8, 9, decision="rejected")], order_lines=lines)
    found = ask(con, "top_products", period=MARCH_3)
    assert [(figure.keys, figure.value, figure.n) for figure in found.rows] == [(("A",), 0.6, 2), (("B",), 0.6, 3)]
    assert (found.total.value, found.total.n) == (1.2, 5)
    first = ask(con, "top_products", period=MARCH_3, top=1)
    assert (len(first.rows), first.total.value, first.rows[0].extra["share"]) == (1, 1.2, 0.5)


def test_a_product_is_new_continuing_or_stopped() -> None:
    lines = [line("NOW"), line("NOW", 2, product_id="Q"), line("PAST", quantity=4.0), line("PAST", 2, product_id="R")]
    con = store(**OFFICE, orders=[order("NOW", 8, 9), order("PAST", -100, -99)], order_lines=lines)
    found = ask(con, "product_trend", period=MARCH_3)
    assert [(one.keys[0], one.value, one.extra["status"]) for one in found.rows] == [
        ("P", -0.75, "continuing"),
        ("Q", None, "new"),
        ("R", -1, "stopped"),
    ]
    assert (found.total.extra["current"], found.total.extra["previous"]) == (2, 5)


# Disputes


def test_an_order_is_disputed_once_from_its_first_dispute_that_counts() -> None:
    decided = order("O", 8, 9)
    found = [
        dispute("SPAM", 10, order_id="O", exclusion="test"),
        dispute("A", 9 + 24 * 30, order_id="O"),  # on the last instant of the 30 days
        dispute("B", 9 + 24 * 31, order_id="O"),
        dispute("NONE", 10),
    ]
    con = store(**OFFICE, orders=[decided], disputes=found)
    assert rows(con, "SELECT first_disputed_at FROM order_facts") == [{"first_disputed_at": at(9 + 24 * 30)}]
    mature = at(9 + 24 * 30)
    young, ripe = (ask(con, "dispute_rate", as_of=as_of).total for as_of in (mature - SECOND, mature))
    assert (young.value, young.n, young.n_open) == (None, 0, 1)
    assert (ripe.numerator, ripe.n, ripe.n_open) == (1, 1, 0)


def test_a_dispute_opened_too_late_does_not_count() -> None:
    late = dispute("A", 9 + 24 * 30 + 0.01, order_id="O")
    total = ask(store(**OFFICE, orders=[order("O", 8, 9)], disputes=[late]), "dispute_rate").total
    assert (total.numerator, total.n) == (0, 1)


# Changes


def test_orders_are_compared_per_open_day_with_the_period_before() -> None:
    before = [order(f"B{n}", -24 * 4 + n) for n in range(4)]
    now = [order(f"N{n}", 8 + n) for n in range(4)]
    con = store(**OFFICE, orders=[*before, *now])
    whole = ask(con, "orders_growth", period=MARCH_3).total
    assert (whole.value, whole.extra["current"], whole.extra["previous"]) == (0, 4, 4)
    # Monday against Sunday, Saturday to Monday against Wednesday to Friday: 1 open day against 3.
    weekend = ask(con, "orders_growth", period=(MARCH_3[0] - 2 * DAY, MARCH_3[0] + DAY)).total
    assert weekend.value == pytest.approx(4 / 1 * 3 / 4 - 1)


def test_last_year_is_the_same_dates_a_year_earlier() -> None:
    con = store(**OFFICE, orders=[order("NOW"), order("THEN", received_at=MONDAY - 363 * DAY)])
    assert ask(con, "orders_growth", period=MARCH_3, against="last_year").total.extra["previous"] == 1
    assert ask(con, "orders_growth", period=MARCH_3).total.extra["previous"] == 0


def test_nothing_before_is_no_change_to_show() -> None:
    total = ask(store(disputes=[dispute()]), "disputes_growth", period=MARCH_3).total
    assert (total.value, total.extra["current"], total.extra["previous"]) == (None, 1, 0)


# Customers


def customer(name: str, acquired: float, churned: float | None = None) -> Row:
    return {"customer_id": name, "acquired_at": at(acquired), "churned_at": None if churned is None else at(churned)}


def test_customers_won_or_lost_around_the_bounds() -> None:
    start, end = at(0), at(24 * 31)
    found = [
        customer("STAYED", -1),
        customer("GONE AT START", -9, 0),  # still one at that instant
        customer("GONE BEFORE", -9, -1),
        customer("GONE AT END", -1, 24 * 31),
        customer("LOST", -1, 24 * 31 - 1),
        customer("WON AT START", 0),
        customer("WON AND LOST", 1, 2),
    ]
    total = ask(store(customers=found), "retention_rate", as_of=end, period=(start, end)).total
    assert (total.numerator, total.n) == (2, 4)


def test_a_customer_who_leaves_later_has_stayed_so_far_and_a_period_to_come_shows_nothing() -> None:
    con = store(customers=[customer("A", -9, 24 * 20), customer("B", -9)])
    march, april = datetime(2025, 3, 2, 23), datetime(2025, 4, 2, 22)
    seen = [ask(con, "retention_rate", as_of=at(h), period=(march, april)).total for h in (24 * 19, 24 * 20)]
    assert [(one.numerator, one.n) for one in seen] == [(2, 2), (1, 2)]
    assert ask(con, "retention_rate", as_of=march - DAY, period=(march, april)).total.n == 0
    months = ask(con, "retention_rate", as_of=at(24 * 19), period=(march, april + 30 * DAY), grain=Grain.MONTH)
    assert [figure.n for figure in months.rows] == [2, 0, 0]


# The past


def _random_centre(draw: random.Random) -> dict[str, list[Row]]:
    """Orders, lines, disputes and customers of two months, a few of them absurd."""
    tables: dict[str, list[Row]] = {"orders": [], "order_lines": [], "disputes": [], "customers": []}

    def some(values: tuple[Any, ...]) -> Any:
        return draw.choice(values)

    def later(start: datetime, most: float) -> datetime | None:
        return start + timedelta(hours=draw.uniform(-0.02, 1) * most) if draw.random() < 0.8 else None

    for n in range(120):
        received = at(draw.uniform(-20, 40) * 24).replace(microsecond=0)
        decided, delivered = later(received, 60), later(received, 300)
        tables["orders"].append(order(
            f"O{n:03}", received_at=received, decided_at=decided, delivered_at=delivered,
            decision=some(("approved", "approved", "rejected", "cancelled")) if decided else None,
            promised_at=received + timedelta(hours=draw.uniform(0, 300)), touchless=some((True, False, False)),
            channel=some(("email", "edi", "fax")), priority=some(("normal", "high", "urgent")),
            team_id=some(("DESK", "OTHER", "NONSTOP", None)), organisation=some((None, None, "THREE")),
            agent_id=some(("X", "Y", None)), exclusion=some((None,) * 9 + ("test",)),
        ))  # fmt: skip
        for number in range(draw.randrange(4)):
            quantity = float(draw.randrange(1, 4))
            tables["order_lines"].append(line(
                f"O{n:03}", number, product_id=some(("P", "Q", "R")), quantity=quantity,
                quantity_delivered=some((None, quantity, quantity, 0.0)), amount_eur=draw.randrange(999) / 100,
            ))  # fmt: skip
        opened = received + timedelta(hours=draw.uniform(0, 900))
        if draw.random() < 0.5:
            tables["disputes"].append(dispute(
                f"D{n:03}", order_id=some((f"O{n:03}", f"O{n // 2:03}", None)), opened_at=opened,
                resolved_at=later(opened, 200), cause=some(("price", "delay", None)), team_id=some(("DESK", None)),
                exclusion=some((None,) * 9 + ("test",)),
            ))  # fmt: skip
        won = at(draw.uniform(-60, 40) * 24)
        left = won + timedelta(hours=draw.uniform(0, 2000)) if draw.random() < 0.6 else None
        tables["customers"].append({"customer_id": f"K{n}", "acquired_at": won, "churned_at": left, "segment": "S"})
    return tables


_BORN = {"orders": "received_at", "disputes": "opened_at", "customers": "acquired_at"}
_TOLD: dict[str, dict[str, tuple[str, ...]]] = {
    "orders": {"decided_at": ("decided_at", "decision"), "delivered_at": ("delivered_at",)},
    "disputes": {"resolved_at": ("resolved_at",)},
    "customers": {"churned_at": ("churned_at",)},
}


def _forgetful(tables: dict[str, list[Row]], instant: datetime) -> dict[str, list[Row]]:
    """The tables as their sources would have exported them at `instant`."""
    known = dict(tables)
    for name, born in _BORN.items():
        known[name] = [dict(row) for row in tables[name] if row[born] <= instant]
        for row in known[name]:
            for told_at, columns in _TOLD[name].items():
                if row[told_at] is not None and row[told_at] > instant:
                    row.update(dict.fromkeys(columns))
    return known


_OURS = tuple(kpi for subject in (orders, disputes, products, customers) for kpi in subject.KPIS)


def _questions(draw: random.Random, as_of: datetime) -> Iterator[Query]:
    """Every KPI plainly, then by some dimensions, then by day or month."""
    period = Period(MARCH_3[0] - 15 * DAY, MARCH_3[1] + 30 * DAY)
    yield Query(tuple(kpi.id for kpi in _OURS), period, as_of)
    for name in draw.sample(sorted({name for kpi in _OURS for name in kpi.dimensions}), 2):
        yield Query(tuple(kpi.id for kpi in _OURS if name in kpi.dimensions), period, as_of, (name,))
    for grain in (Grain.DAY, Grain.MONTH):
        series = tuple(kpi.id for kpi in _OURS if kpi.grains is None or grain in kpi.grains)
        yield Query(series, period, as_of, (), grain)


def test_a_past_answer_is_that_of_a_store_which_knew_no_more() -> None:
    draw = random.Random("order desk")
    tables = _random_centre(draw)
    steering = {**OFFICE, "sla_policies": [policy("P", 8), policy("HIGH", 4, priority="high")]}
    whole = ConnectionEngine(store(**steering, **tables))
    for days in (-3, 8, 25):
        instant = at(days * 24 + draw.randrange(1440) / 60)
        then = ConnectionEngine(store(**steering, **_forgetful(tables, instant)))
        for query in _questions(draw, instant):
            found, expected = answer(query, whole), answer(query, then)
            for kpi_id in query.kpis:
                assert replace(found[kpi_id], sql=()) == replace(expected[kpi_id], sql=()), (kpi_id, query)


def test_an_order_decided_before_it_was_received_sells_nothing_before_it_is_known() -> None:
    con = store(**OFFICE, orders=[order("A", received=10, decided=8)], order_lines=[line("A")])
    sold = [ask(con, "top_products", as_of=at(hour), period=MARCH_3).total.value for hour in (9, 10)]
    decided = [ask(con, "orders_processed", as_of=at(hour), period=MARCH_3).total.value for hour in (9, 10)]
    assert sold == [0, 10]
    assert decided == [0, 1]
