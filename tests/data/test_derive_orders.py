"""What is derived of orders, their lines and disputes: each trap by hand."""

from __future__ import annotations

from datetime import date, datetime

from kpi.model import Grain
from tests.data.order_desk import MARCH_3, OFFICE, SECOND, dispute, facts, line, order
from tests.data.tiny import ask, at, rows, store, values

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
