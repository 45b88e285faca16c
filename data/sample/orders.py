"""The order desk: orders, their lines, and the disputes that follow some of them."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from data.sample import world
from data.sample.clock import DAY, HOUR, NEVER, Bools, Floats, Ints, OpenHours, Timeline
from data.sample.columns import (
    MISSING,
    constant,
    identifiers,
    insert,
    instants,
    labels,
    lognormal,
    numbers,
    pick,
    pick_rows,
    stream,
    whole,
)
from data.sample.demand import arrivals, day_factors, hourly
from data.sample.planted import Incident, Planted
from data.sample.tickets import customers, product_weights
from data.sample.workforce import Workforce
from data.schema import ORDER_CHANNELS, PRIORITIES

ORDERS_PER_TICKET = 0.25
ORDER_WEEK = (1.15, 1.10, 1.05, 1.00, 1.00, 0.25, 0.10)
ORDER_HOURS = (1, 1, 1, 1, 1, 2, 4, 10, 30, 50, 55, 45, 30, 35, 50, 50, 45, 35, 20, 10, 8, 6, 4, 2)
CHANNEL_WEIGHTS = (0.36, 0.03, 0.22, 0.09, 0.17, 0.01, 0.06, 0.05, 0.01)
"""Of ORDER_CHANNELS."""
TOUCHLESS = {"edi": 0.82, "portal": 0.64, "marketplace": 0.55}
TOUCHLESS_GROWTH = 0.85
"""Where touchless orders stood at the beginning, against the end."""
PRIORITY_WEIGHTS = (0.05, 0.73, 0.16, 0.06)
PROCESSING_MEDIAN_S, PROCESSING_SIGMA = 2.4 * HOUR, 0.85
PRIORITY_PACE = np.array([1.3, 1.0, 0.6, 0.35])
DECISIONS = ("approved", "rejected", "cancelled")
APPROVED, CANCELLED = DECISIONS.index("approved"), DECISIONS.index("cancelled")
DECISION_WEIGHTS = (0.925, 0.045, 0.03)
LATE_DELIVERY_SHARE, INCIDENT_LATE_SHARE = 0.085, 0.20
SHORT_LINE_SHARE = 0.025
DISCOUNTED_SHARE, DISCOUNT = 0.2, 0.1
MEAN_EXTRA_LINES = 1.7
DISPUTE_SHARE, LATE_DISPUTE_SHARE, INCIDENT_DISPUTE_FACTOR = 0.022, 0.10, 2.6
CAUSES = (
    "Retard de livraison",
    "Erreur de prix",
    "Article manquant",
    "Article endommagé",
    "Erreur de facture",
    "Produit défectueux",
)
CAUSE_WEIGHTS = (0.30, 0.20, 0.18, 0.14, 0.12, 0.06)
LATE_CAUSE_WEIGHTS = (0.75, 0.05, 0.08, 0.05, 0.05, 0.02)
INCIDENT_CAUSE_WEIGHTS = (0.18, 0.08, 0.08, 0.08, 0.06, 0.52)
UNKNOWN_CAUSE_SHARE = 0.04
INCIDENT_WINDOW_DAYS = 25
"""Days after the start of the incident during which deliveries and disputes suffer."""


@dataclass(slots=True)
class Orders:
    """Parallel arrays, in order of receipt."""

    received: Ints
    channel: Ints
    priority: Ints
    customer: Ints
    organisation: Ints
    decided: Ints
    decision: Ints
    touchless: Bools
    agent: Ints
    promised: Ints
    delivered: Ints
    incident: Bools


def fill(
    con: duckdb.DuckDBPyConnection,
    timeline: Timeline,
    calendars: dict[str, OpenHours],
    people: Workforce,
    won_at: Ints,
    customer_ids: list[str],
    planted: Planted,
    count: int,
    import_id: str,
    seed: int,
) -> None:
    """Write `count` orders with their lines and disputes."""
    rng = stream(seed, "orders")
    orders = _receive(rng, timeline, calendars, people, won_at, planted, count)
    ids = identifiers("O", count, 6)
    end, manual = timeline.end, ~orders.touchless & (orders.decided < timeline.end)
    insert(con, "orders", {
        "order_id": pa.array(ids), "customer_id": labels(orders.customer, customer_ids),
        "organisation": labels(orders.organisation, world.ORGANISATIONS),
        "team_id": constant(world.TEAMS[world.COMMANDES].team_id, count),
        "agent_id": labels(np.where(manual, orders.agent, MISSING), people.ids),
        "channel": labels(orders.channel, ORDER_CHANNELS), "priority": labels(orders.priority, PRIORITIES),
        "received_at": instants(orders.received, end), "decided_at": instants(orders.decided, end),
        "decision": labels(np.where(orders.decided < end, orders.decision, MISSING), DECISIONS),
        "touchless": numbers(orders.touchless),
        "promised_at": instants(orders.promised, NEVER), "delivered_at": instants(orders.delivered, end),
        "exclusion": labels(np.where(rng.random(count) < 0.004, 0, MISSING), ["test"]),
        "_import_id": constant(import_id, count),
    })  # fmt: skip
    amounts = _fill_lines(con, rng, timeline, orders, ids, import_id)
    _fill_disputes(con, rng, timeline, people, orders, ids, customer_ids, amounts, import_id)


def _receive(
    rng: np.random.Generator,
    timeline: Timeline,
    calendars: dict[str, OpenHours],
    people: Workforce,
    won_at: Ints,
    planted: Planted,
    count: int,
) -> Orders:
    days = day_factors(timeline, planted)
    received = arrivals(timeline, rng, hourly(timeline, days, ORDER_WEEK, ORDER_HOURS), count)
    channel, priority = pick(rng, CHANNEL_WEIGHTS, count), pick(rng, PRIORITY_WEIGHTS, count)
    day = timeline.day(received)
    touchless = _touchless(rng, channel, day / timeline.days)
    hours = calendars[world.TEAMS[world.COMMANDES].calendar_id]
    spent = whole(lognormal(rng, PROCESSING_MEDIAN_S * PRIORITY_PACE[priority], PROCESSING_SIGMA, count))
    decided = np.where(
        touchless, received + rng.integers(5, 120, count), hours.instant(hours.elapsed(received) + spent)
    )
    team = np.full(count, world.COMMANDES, dtype=np.int64)
    agent = people.choose(rng, team, timeline.day(np.minimum(decided, timeline.hours[-1])), np.zeros(count))
    incident = _in_incident(timeline, planted.incident, day)
    decision = pick(rng, DECISION_WEIGHTS, count)
    promised, delivered = _delivery(rng, decided, incident, decision == APPROVED)
    marketplace = (channel == ORDER_CHANNELS.index("marketplace")) | (rng.random(count) < 0.18)
    return Orders(
        received, channel, priority, customers(rng, won_at, received), marketplace.astype(np.int64), decided,
        decision, touchless & (decision != CANCELLED), agent, promised, delivered, incident,
    )  # fmt: skip


def _touchless(rng: np.random.Generator, channel: Ints, elapsed_share: Floats) -> Bools:
    share = np.zeros(len(ORDER_CHANNELS))
    for name, value in TOUCHLESS.items():
        share[ORDER_CHANNELS.index(name)] = value
    growth = TOUCHLESS_GROWTH + (1 - TOUCHLESS_GROWTH) * elapsed_share
    return np.asarray(rng.random(len(channel)) < share[channel] * growth)


def _in_incident(timeline: Timeline, incident: Incident | None, day: Ints) -> Bools:
    if incident is None:
        return np.zeros(len(day), np.bool_)
    start = timeline.days - incident.start
    return np.asarray((day >= start) & (day < start + INCIDENT_WINDOW_DAYS))


def _delivery(rng: np.random.Generator, decided: Ints, incident: Bools, approved: Bools) -> tuple[Ints, Ints]:
    """Promise at the end of a day some days later, and delivery, mostly before it."""
    count = len(decided)
    promised = (decided // DAY + rng.integers(3, 8, count)) * DAY + 17 * HOUR
    late = rng.random(count) < np.where(incident, INCIDENT_LATE_SHARE, LATE_DELIVERY_SHARE)
    margin = np.where(late, rng.integers(2, 120, count) * HOUR, -rng.integers(0, 44, count) * HOUR)
    delivered = np.maximum(promised + margin + rng.integers(-3_000, 0, count), decided + 12 * HOUR)
    out = ~approved | (decided >= NEVER)
    return np.where(out, NEVER, promised), np.where(out, NEVER, delivered)


def _fill_lines(
    con: duckdb.DuckDBPyConnection,
    rng: np.random.Generator,
    timeline: Timeline,
    orders: Orders,
    ids: list[str],
    import_id: str,
) -> Floats:
    """Write the lines; returns the amount of each order."""
    per_order = 1 + np.minimum(rng.poisson(MEAN_EXTRA_LINES, len(ids)), 9)
    order = np.repeat(np.arange(len(ids)), per_order)
    count = len(order)
    number = np.arange(count) - np.repeat(np.cumsum(per_order) - per_order, per_order) + 1
    product = pick_rows(rng, product_weights(timeline, orders.received[order]))
    quantity: Floats = np.minimum(rng.geometric(0.45, count), 40).astype(np.float64)
    prices = np.array([details.price_eur for details in world.PRODUCTS])
    discounted = np.where(rng.random(count) < DISCOUNTED_SHARE, 1 - DISCOUNT, 1.0)
    amount: Floats = np.round(prices[product] * quantity * discounted, 2)
    short = rng.random(count) < SHORT_LINE_SHARE
    arrived = orders.delivered[order] < timeline.end
    insert(con, "order_lines", {
        "order_id": labels(order, ids), "line_no": numbers(number),
        "product_id": labels(product, [details.product_id for details in world.PRODUCTS]),
        "product_name": labels(product, world.PRODUCT_NAMES),
        "quantity": numbers(quantity), "quantity_delivered": numbers(quantity - short, arrived),
        "amount_eur": numbers(amount), "_import_id": constant(import_id, count),
    })  # fmt: skip
    return np.asarray(np.bincount(order, weights=amount, minlength=len(ids)), dtype=np.float64)


def _fill_disputes(
    con: duckdb.DuckDBPyConnection,
    rng: np.random.Generator,
    timeline: Timeline,
    people: Workforce,
    orders: Orders,
    ids: list[str],
    customer_ids: list[str],
    amounts: Floats,
    import_id: str,
) -> None:
    late = orders.delivered > orders.promised
    share = np.where(late, LATE_DISPUTE_SHARE, DISPUTE_SHARE) * np.where(orders.incident, INCIDENT_DISPUTE_FACTOR, 1)
    approved = (orders.decision == APPROVED) & (orders.decided < timeline.end)
    order = np.flatnonzero(approved & (rng.random(len(ids)) < share))
    opened = np.minimum(orders.delivered, orders.promised + 2 * DAY)[order] + rng.integers(HOUR, 20 * DAY, len(order))
    order, opened = order[opened < timeline.end], opened[opened < timeline.end]
    in_order = np.argsort(opened, kind="stable")
    order, opened = order[in_order], opened[in_order]
    count = len(order)
    weights = np.select(
        [orders.incident[order, None], late[order, None]], [INCIDENT_CAUSE_WEIGHTS, LATE_CAUSE_WEIGHTS], CAUSE_WEIGHTS
    )
    cause = np.where(rng.random(count) < UNKNOWN_CAUSE_SHARE, MISSING, pick_rows(rng, weights))
    unknown_order = rng.random(count) < 0.03
    settled = opened + whole(lognormal(rng, 5.0 * DAY, 0.8, count))
    disputed = np.round(amounts[order] * (0.2 + 0.8 * rng.random(count)), 2)
    insert(con, "disputes", {
        "dispute_id": pa.array(identifiers("D", count, 5), pa.string()),
        "order_id": labels(np.where(unknown_order, MISSING, order), ids),
        "customer_id": labels(orders.customer[order], customer_ids),
        "team_id": constant(world.TEAMS[world.COMMANDES].team_id, count),
        "agent_id": labels(orders.agent[order], people.ids), "cause": labels(cause, CAUSES),
        "opened_at": instants(opened, timeline.end), "resolved_at": instants(settled, timeline.end),
        "amount_eur": numbers(disputed), "_import_id": constant(import_id, count),
    })  # fmt: skip
