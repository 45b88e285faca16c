"""Past screens of an order desk: random centres against stores that forgot what came later."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kpi.answer import answer
from kpi.catalog import customers, disputes, orders, products
from kpi.engines import ConnectionEngine
from kpi.model import Grain, Period, Query
from tests.data.order_desk import DAY, MARCH_3, OFFICE, dispute, line, order, policy
from tests.data.tiny import Row, ask, at, store


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
