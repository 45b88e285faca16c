"""Visits to the self-care tools, and the tickets that some of them end in."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from data.sample import world
from data.sample.clock import DAY, MINUTE, NEVER, Bools, Ints, Timeline
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
    stream,
    whole,
)
from data.sample.demand import Demand, arrivals
from data.sample.tickets import BY_CUSTOMER, Tickets, customers

SESSIONS_PER_TICKET = 0.5
TOOLS = ("faq", "help_centre", "customer_space", "forum", "chatbot", "ivr")
TOOL_SHARES = (0.30, 0.24, 0.22, 0.04, 0.17, 0.03)
FOUND_SHARES = np.array([0.58, 0.62, 0.71, 0.45, 0.52, 0.40])
FIND_MEDIAN_S = np.array([75.0, 110.0, 90.0, 180.0, 130.0, 60.0])
LOGGED_IN_SHARE = 0.45
SAYS_SHARE = 0.35
"""Visitors who say whether it helped."""
ESCALATED_SHARE = 0.35
"""Of the sessions that found nothing: those that a ticket follows."""
SIMPLE_REQUESTS = np.array([8.0 * (1 - request.complexity) ** 2 + 0.2 for request in world.REQUESTS])


def fill(
    con: duckdb.DuckDBPyConnection,
    timeline: Timeline,
    demand: Demand,
    tickets: Tickets,
    won_at: Ints,
    names: dict[str, list[str]],
    import_id: str,
    seed: int,
) -> None:
    """Write the sessions, in order."""
    rng = stream(seed, "selfcare")
    count = max(round(len(tickets) * SESSIONS_PER_TICKET), 1)
    started = arrivals(timeline, rng, demand.written, count)
    tool = pick(rng, TOOL_SHARES, count)
    customer = customers(rng, won_at, started)
    visitor = (customer * 7 + rng.integers(0, 2, count)) % (len(won_at) * 2)
    known = (rng.random(count) < LOGGED_IN_SHARE) | (tool == TOOLS.index("customer_space"))
    customer = np.where(known, customer, MISSING)
    search = whole(lognormal(rng, FIND_MEDIAN_S[tool], 0.7, count))
    found = np.where(rng.random(count) < FOUND_SHARES[tool], started + search, NEVER)
    ended = started + search + rng.integers(5, 90, count)
    says = rng.random(count) < SAYS_SHARE
    happy = rng.random(count) < np.where(found < NEVER, 0.88, 0.12)
    escalated = _escalations(rng, tickets, ended, found >= NEVER)
    request = pick(rng, SIMPLE_REQUESTS, count)
    request = np.where(escalated != MISSING, tickets.request[escalated], request)
    customer = np.where(escalated != MISSING, tickets.customer[escalated], customer)
    insert(con, "self_service_sessions", {
        "session_id": pa.array(identifiers("Z", count, 6)),
        "visitor_id": labels(visitor, identifiers("V", len(won_at) * 2, 6)),
        "customer_id": labels(customer, names["customers"]),
        "tool": labels(tool, TOOLS), "request_type": labels(request, world.REQUEST_NAMES),
        "started_at": instants(started, timeline.end), "ended_at": instants(ended, timeline.end),
        "clicks": numbers(1 + rng.poisson(search / 35)), "found_at": instants(found, timeline.end),
        "resolved": numbers(happy, says & (ended < timeline.end)),
        "escalated_ticket_id": labels(escalated, names["tickets"]),
        "exclusion": labels(np.where(rng.random(count) < 0.003, 0, MISSING), ["test"]),
        "_import_id": constant(import_id, count),
    })  # fmt: skip


def _escalations(rng: np.random.Generator, tickets: Tickets, ended: Ints, failed: Bools) -> Ints:
    """The ticket that follows a failed session, within the day; each ticket follows one session at most."""
    by_hand = np.flatnonzero(tickets.plain & ~tickets.voice & (tickets.initiated == BY_CUSTOMER))
    wanting = np.flatnonzero(failed & (rng.random(len(ended)) < ESCALATED_SHARE))
    following = np.searchsorted(tickets.created[by_hand], ended[wanting] + 2 * MINUTE)
    there = following < len(by_hand)
    wanting, ticket = wanting[there], by_hand[following[there]]
    soon = tickets.created[ticket] - ended[wanting] < DAY
    ticket, first = np.unique(ticket[soon], return_index=True)
    escalated = np.full(len(ended), MISSING, dtype=np.int64)
    escalated[wanting[soon][first]] = ticket
    return escalated
