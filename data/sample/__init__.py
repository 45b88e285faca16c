"""The demo contact centre: two believable years of a French retailer, the same rows for the same arguments.

`world` says who is who, `demand` how much comes in and how long it waits; the other modules each make one
kind of rows from that. Arrays hold instants as whole UTC seconds and categories as positions in a list of
names; -1 is NULL. The facts planted for the charts to find (an incident, a shortage, new opening hours, an agent
in difficulty) are in `planted`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb
import numpy as np
import pyarrow as pa

from data.sample import calls as calls_
from data.sample import (
    contacts,
    demand,
    journey,
    orders,
    selfcare,
    steering,
    surveys,
    tickets,
    transcripts,
    workforce,
    world,
)
from data.sample.clock import DAY, HISTORY_DAYS, NEVER, TIME_ZONE, Ints, Timeline
from data.sample.columns import (
    MISSING,
    constant,
    identifiers,
    insert,
    instants,
    labels,
    numbers,
    pick,
    stream,
)
from data.sample.events import ACTORS, KINDS, Events, State, state
from data.sample.planted import DEMO, Planted
from data.schema import CHANNELS, EXCLUSIONS, PRIORITIES, STATUSES, TICKET_TYPES

SEGMENTS = ("Particulier", "Premium", "Professionnel")
SEGMENT_SHARES = (0.70, 0.18, 0.12)
YEARLY_CHURN = 0.11
INITIATORS = ("customer", "agent", "system")


def fill(
    con: duckdb.DuckDBPyConnection,
    *,
    tickets: int = 60_000,
    seed: int = 2026,
    until: date | None = None,
    planted: Planted = DEMO,
    days: int = HISTORY_DAYS,
) -> None:
    """Fill the canonical tables, created and empty, with `days` of the demo centre.

    `tickets` sets the size of everything else; `until` is the last local day covered (default: yesterday in
    Paris). What there is to find is `planted`. The rows depend on the arguments alone.
    """
    last_day = until or datetime.now(TIME_ZONE).date() - timedelta(days=1)
    _fill(con, Timeline.until(last_day, days), planted, tickets, seed)


def _fill(con: duckdb.DuckDBPyConnection, timeline: Timeline, planted: Planted, count: int, seed: int) -> None:
    loads = steering.IMPORTS
    calendars = world.open_hours(timeline, planted.new_hours)
    load = demand.model(timeline, calendars, planted, seed)
    people = workforce.employ(timeline, calendars, planted, seed)
    won_at = tickets.won(timeline, round(count * tickets.CUSTOMERS_PER_TICKET) + 20, seed)
    calls = calls_.offer(timeline, calendars, load, round(count * VOICE_SHARE), seed)
    calls_.handle(stream(seed, "call handling"), calls, people, timeline)
    product = planted.incident.product if planted.incident else MISSING
    drafts = tickets.draft(timeline, calendars, load, calls, won_at, product, count, seed)
    story = journey.walk(timeline, calendars, load, people, drafts, calls, planted.new_hours, seed)
    events = story.journal.until(timeline.end)
    now = state(events, story.first_priority, story.first_team)
    legs = contacts.gather(timeline, calendars, people, drafts, story, calls, won_at, seed)

    names = {"tickets": identifiers("T", count, 6), "customers": identifiers("C", len(won_at), 6)}
    steering.fill(con, timeline, planted, count, seed)
    workforce.fill_people(con, timeline, people)
    workforce.fill_agent_time(con, timeline, people, load, seed, loads["planning"])
    _fill_customers(con, timeline, won_at, names["customers"], seed)
    counts = contacts.contact_counts(drafts, legs, seed)
    _fill_tickets(con, timeline, people, drafts, now, counts, names)
    _fill_events(con, timeline, people, events, names["tickets"])
    names["interactions"] = contacts.fill(con, timeline, people, legs, names, loads)
    transcripts.fill(con, timeline, legs, names["interactions"], loads["telephony"], seed)
    asked = surveys.invite(timeline, people, drafts, story, now.agent, legs, planted.bias, seed)
    surveys.fill(con, timeline, people, asked, names, loads["surveys"], seed)
    selfcare.fill(con, timeline, load, drafts, won_at, names, loads["helpdesk"], seed)
    wanted = max(round(count * orders.ORDERS_PER_TICKET), 40)
    orders.fill(con, timeline, calendars, people, won_at, names["customers"], planted, wanted, loads["orders"], seed)


VOICE_SHARE = sum(world.CHANNEL_SHARES[name] for name in ("phone", "click_to_talk"))


def _fill_customers(
    con: duckdb.DuckDBPyConnection, timeline: Timeline, won_at: Ints, ids: list[str], seed: int
) -> None:
    rng = stream(seed, "customer rows")
    years = rng.standard_exponential(len(ids)) / YEARLY_CHURN
    stayed = np.minimum(years * 365 * DAY, NEVER / 4).astype(np.int64) + 30 * DAY
    left = np.maximum(won_at, timeline.start) + stayed
    insert(con, "customers", {
        "customer_id": pa.array(ids), "acquired_at": instants(won_at, timeline.end),
        "churned_at": instants(left, timeline.end),
        "segment": labels(pick(rng, SEGMENT_SHARES, len(ids)), SEGMENTS),
    })  # fmt: skip


def _fill_tickets(
    con: duckdb.DuckDBPyConnection,
    timeline: Timeline,
    people: workforce.Workforce,
    drafts: tickets.Tickets,
    now: State,
    contact_count: Ints,
    names: dict[str, list[str]],
) -> None:
    ids = names["tickets"]
    insert(con, "tickets", {
        "ticket_id": pa.array(ids), "created_at": instants(drafts.created, timeline.end),
        "initiated_by": labels(drafts.initiated, INITIATORS), "channel": labels(drafts.channel, CHANNELS),
        "ticket_type": labels(drafts.ticket_type, TICKET_TYPES),
        "request_type": labels(drafts.request, world.REQUEST_NAMES),
        "priority": labels(now.priority, PRIORITIES), "product": labels(drafts.product, world.PRODUCT_NAMES),
        "customer_id": labels(drafts.customer, names["customers"]),
        "team_id": labels(now.team, world.TEAM_IDS), "agent_id": labels(now.agent, people.ids),
        "status": labels(now.status, STATUSES),
        "first_response_at": instants(now.first_response, timeline.end),
        "resolved_at": instants(now.resolved, timeline.end),
        "merged_into_ticket_id": labels(drafts.merged_into, ids),
        "contact_count": numbers(contact_count, contact_count != MISSING),
        "exclusion": labels(drafts.exclusion, EXCLUSIONS),
        "_import_id": constant(steering.IMPORTS["helpdesk"], len(ids)),
    })  # fmt: skip


def _fill_events(
    con: duckdb.DuckDBPyConnection, timeline: Timeline, people: workforce.Workforce, events: Events, ids: list[str]
) -> None:
    values = [*STATUSES, *PRIORITIES, *world.TEAM_IDS, *people.ids, *ids]
    count = len(events.at)
    insert(con, "ticket_events", {
        "event_id": pa.array(identifiers("E", count, 7)), "ticket_id": labels(events.ticket, ids),
        "event_at": instants(events.at, timeline.end), "seq": numbers(events.seq),
        "event_type": labels(events.kind, KINDS), "actor": labels(events.actor, ACTORS),
        "agent_id": labels(events.agent, people.ids),
        "from_value": labels(events.source, values), "to_value": labels(events.target, values),
        "_import_id": constant(steering.IMPORTS["helpdesk"], count),
    })  # fmt: skip
