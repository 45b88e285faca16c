"""What was sold, to whom, and how it changed."""

from __future__ import annotations

from datetime import datetime

import pytest

from kpi.model import Grain
from tests.data.order_desk import DAY, MARCH_3, OFFICE, dispute, line, order
from tests.data.tiny import MONDAY, Row, ask, at, store

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
