"""The contacts of every channel, tied to tickets and customers, and the rows that come of them."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from data.sample import world
from data.sample.calls import children, complexity, handle, in_hours
from data.sample.clock import DAY, HOUR, MINUTE, NEVER, Bools, Ints, OpenHours, Timeline
from data.sample.columns import (
    MISSING,
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
from data.sample.journey import Journey
from data.sample.legs import CHANNEL, INBOUND, OUTBOUND, OUTCOME, Legs, join
from data.sample.tickets import BY_AGENT, BY_CUSTOMER, Tickets, customers
from data.sample.workforce import Workforce
from data.schema import CHANNELS, EXCLUSIONS, OUTCOMES

DIRECTIONS = ("inbound", "outbound")
REASONS = ("not_considered", "new_question", "wrong_department", "unclear_answer", "other")
REASON_SHARES = (0.30, 0.26, 0.12, 0.22, 0.10)
REASON_KNOWN_SHARE = 0.6
REPEAT_SHARE = 0.055
"""Of the answered calls without a ticket: about a request of the last days, by its customer."""
REPEAT_WITHIN_S = 8 * DAY
FOLLOW_UP_BY_PHONE_SHARE = 0.35
IDENTIFIED_SHARE = 0.88
BOT_CHATS, LOST_CHATS = 0.55, 0.09
"""Chats that the bot ends and chats given up, for each chat answered by a person."""
COMPOSE_MEDIAN_S = {"chat": 480.0, "visit": 420.0}
WRITTEN_COMPOSE_MEDIAN_S = 270.0
CHAT_PATIENCE_MEAN_S = 120.0
COUNT_UNKNOWN_SHARE = 0.04


def gather(
    timeline: Timeline,
    calendars: dict[str, OpenHours],
    people: Workforce,
    tickets: Tickets,
    journey: Journey,
    calls: Legs,
    won_at: Ints,
    seed: int,
) -> Legs:
    """All legs, in order of `offered`; parents are positions in the result."""
    rng = stream(seed, "contacts")
    _tie_calls(rng, tickets, calls, won_at)
    parts = [calls, children(calls, calendars, people, timeline, seed)]
    parts.append(_first_messages(rng, tickets, journey, people))
    parts.append(_follow_ups(rng, timeline, calendars, tickets, journey, people))
    parts.append(_chats_without_ticket(rng, tickets, won_at))
    legs = join(*parts)
    known = np.flatnonzero(legs.offered < timeline.end)
    order = known[np.argsort(legs.offered[known], kind="stable")]
    rank = np.full(len(legs) + 1, MISSING, dtype=np.int64)
    rank[order] = np.arange(len(order))
    ordered = legs.take(order)
    ordered.parent = rank[ordered.parent]
    return ordered


def _tie_calls(rng: np.random.Generator, tickets: Tickets, calls: Legs, won_at: Ints) -> None:
    """Give calls their ticket and customer, in place; some come back about a ticket of the last days."""
    from_call = np.flatnonzero(tickets.call != MISSING)
    calls.ticket[tickets.call[from_call]] = from_call
    own = customers(rng, won_at, calls.offered)
    calls.customer = np.where(rng.random(len(calls)) < IDENTIFIED_SHARE, own, MISSING)
    calls.customer[tickets.call[from_call]] = tickets.customer[from_call]
    calls.request[tickets.call[from_call]] = tickets.request[from_call]
    loose = (calls.ticket == MISSING) & (calls.outcome == OUTCOME["answered"])
    again = np.flatnonzero(loose & (rng.random(len(calls)) < REPEAT_SHARE))
    first = np.searchsorted(tickets.created, calls.offered[again] - REPEAT_WITHIN_S)
    last = np.searchsorted(tickets.created, calls.offered[again])
    about = first + ((last - first) * rng.random(len(again))).astype(np.int64)
    again, about = again[about < last], about[about < last]
    calls.customer[again], calls.request[again] = tickets.customer[about], tickets.request[about]
    calls.repeat_reason[again] = _reasons(rng, len(again))
    silent = np.isin(calls.outcome, [OUTCOME["dissuaded"], OUTCOME["abandoned"]])
    calls.request[silent & (rng.random(len(calls)) < 0.7)] = MISSING


def _reasons(rng: np.random.Generator, count: int) -> Ints:
    known = rng.random(count) < REASON_KNOWN_SHARE
    return np.where(known, pick(rng, REASON_SHARES, count), MISSING)


def _compose(rng: np.random.Generator, legs: Legs, people: Workforce) -> None:
    """Handling time of written and live contacts, in place."""
    count = len(legs)
    median = np.full(len(CHANNELS), WRITTEN_COMPOSE_MEDIAN_S)
    for name, seconds in COMPOSE_MEDIAN_S.items():
        median[CHANNEL[name]] = seconds
    pace = np.where(legs.agent >= 0, people.pace[legs.agent], 1.0)
    spent = pace * lognormal(rng, median[legs.channel] * (0.7 + complexity(legs.request)), 0.5, count)
    legs.talk = whole(spent)
    legs.hold = np.zeros(count, dtype=np.int64)
    legs.wrap = rng.integers(0, 60, count)


def _first_messages(rng: np.random.Generator, tickets: Tickets, journey: Journey, people: Workforce) -> Legs:
    """The contact that opened each ticket that did not come from a call; merged ones count for the survivor."""
    ticket = np.flatnonzero(tickets.call == MISSING)
    merged = tickets.merged_into[ticket] != MISSING
    linked = np.where(merged, tickets.merged_into[ticket], ticket)
    offered = tickets.created[ticket]
    answered = np.where(merged, np.maximum(journey.reply[linked], offered + MINUTE), journey.reply[ticket])
    legs = Legs.of(
        offered, channel=tickets.channel[ticket], team=tickets.team[ticket], request=tickets.request[ticket],
        answered=answered, ended=answered, outcome=np.full(len(ticket), OUTCOME["answered"]),
        agent=journey.agent[linked], customer=tickets.customer[ticket], ticket=linked,
        exclusion=tickets.exclusion[ticket],
        direction=np.where(tickets.initiated[ticket] == BY_AGENT, OUTBOUND, INBOUND),
    )  # fmt: skip
    _compose(rng, legs, people)
    live = np.isin(legs.channel, [CHANNEL["chat"], CHANNEL["visit"]]) & (answered < NEVER)
    legs.ended = np.where(live, answered + legs.talk, answered)
    _unanswered(legs)
    return legs


def _unanswered(legs: Legs) -> None:
    """Contacts that nobody will answer have neither agent nor handling time, in place."""
    never = legs.answered >= NEVER
    for column in (legs.agent, legs.talk, legs.hold, legs.wrap, legs.outcome):
        column[never] = MISSING


def _follow_ups(
    rng: np.random.Generator,
    timeline: Timeline,
    calendars: dict[str, OpenHours],
    tickets: Tickets,
    journey: Journey,
    people: Workforce,
) -> Legs:
    """Later contacts about a ticket: written as before, or by telephone when somebody is there to answer."""
    ticket, at, answered, agent = journey.messages.all()
    count = len(ticket)
    front = np.full(count, world.ACCUEIL, dtype=np.int64)
    wants_call = tickets.voice[ticket] | (rng.random(count) < FOLLOW_UP_BY_PHONE_SHARE)
    by_phone = wants_call & in_hours(calendars, front, at)
    channel = np.where(tickets.voice[ticket], CHANNEL["email"], tickets.channel[ticket])
    channel = np.where(channel == CHANNEL["visit"], CHANNEL["email"], channel)
    legs = Legs.of(
        at, channel=np.where(by_phone, CHANNEL["phone"], channel),
        team=np.where(by_phone, front, tickets.team[ticket]), request=tickets.request[ticket],
        answered=answered, ended=answered, agent=agent, customer=tickets.customer[ticket], ticket=ticket,
        outcome=np.full(count, OUTCOME["answered"]), repeat_reason=_reasons(rng, count),
    )  # fmt: skip
    _compose(rng, legs, people)
    _unanswered(legs)
    _answer_by_phone(rng, timeline, legs, by_phone, people)
    return legs


def _answer_by_phone(
    rng: np.random.Generator, timeline: Timeline, legs: Legs, by_phone: Bools, people: Workforce
) -> None:
    """Turn the chosen legs into answered calls, in place."""
    which = np.flatnonzero(by_phone)
    calls = legs.take(which)
    calls.answered = calls.offered + rng.integers(3, 60, len(which))
    calls.outcome = np.full(len(which), OUTCOME["answered"])
    handle(rng, calls, people, timeline)
    for name in ("answered", "ended", "outcome", "agent", "talk", "hold", "wrap"):
        getattr(legs, name)[which] = getattr(calls, name)


def _chats_without_ticket(rng: np.random.Generator, tickets: Tickets, won_at: Ints) -> Legs:
    """Chats that the bot ended, at any hour, and chats given up before an agent came."""
    chats = tickets.created[tickets.channel == CHANNEL["chat"]]
    bots = rng.choice(tickets.created, round(len(chats) * BOT_CHATS)) if len(chats) else chats
    lost = rng.choice(chats, round(len(chats) * LOST_CHATS)) if len(chats) else chats
    offered = np.concatenate([bots + rng.integers(0, HOUR, len(bots)), lost + rng.integers(0, 20 * MINUTE, len(lost))])
    ended_by_bot = np.arange(len(offered)) < len(bots)
    selfcare = ended_by_bot & (rng.random(len(offered)) < 0.25)
    spent = np.where(ended_by_bot, 150.0, CHAT_PATIENCE_MEAN_S) * rng.standard_exponential(len(offered))
    outcome = np.where(ended_by_bot, OUTCOME["bot"], OUTCOME["abandoned"])
    known = rng.random(len(offered)) < 0.5
    return Legs.of(
        offered, channel=np.full(len(offered), CHANNEL["chat"]), team=np.full(len(offered), world.SOCIAL),
        ended=offered + 8 + whole(spent), outcome=np.where(selfcare, OUTCOME["selfcare"], outcome),
        customer=np.where(known, customers(rng, won_at, offered), MISSING),
    )  # fmt: skip


def contact_counts(tickets: Tickets, legs: Legs, seed: int) -> Ints:
    """Inbound contacts of each ticket, as its help desk counts them; MISSING where it does not say."""
    rng = stream(seed, "contact counts")
    mine = (legs.ticket != MISSING) & (legs.direction == INBOUND) & (legs.parent == MISSING)
    count = np.bincount(legs.ticket[mine], minlength=len(tickets))
    unknown = rng.random(len(tickets)) < COUNT_UNKNOWN_SHARE
    return np.where(unknown | (tickets.initiated != BY_CUSTOMER) | (tickets.merged_into != MISSING), MISSING, count)


def fill(
    con: duckdb.DuckDBPyConnection,
    timeline: Timeline,
    people: Workforce,
    legs: Legs,
    names: dict[str, list[str]],
    imports: dict[str, str],
) -> list[str]:
    """Write the legs; returns the identifiers of the legs."""
    ids = identifiers("I", len(legs), 7)
    end = timeline.end
    ended = legs.ended < end
    answered = legs.outcome == OUTCOME["answered"]
    settled = np.where(answered, legs.answered < end, ended)
    exported = np.isin(legs.channel, [CHANNEL["phone"], CHANNEL["click_to_talk"]]).astype(np.int64)
    timed = ended & (legs.talk != MISSING)
    insert(con, "interactions", {
        "interaction_id": pa.array(ids),
        "parent_interaction_id": labels(legs.parent, ids),
        "ticket_id": labels(legs.ticket, names["tickets"]),
        "customer_id": labels(legs.customer, names["customers"]),
        "channel": labels(legs.channel, CHANNELS),
        "direction": labels(legs.direction, DIRECTIONS),
        "team_id": labels(legs.team, world.TEAM_IDS),
        "agent_id": labels(np.where(settled, legs.agent, MISSING), people.ids),
        "request_type": labels(legs.request, world.REQUEST_NAMES),
        "offered_at": instants(legs.offered, end),
        "answered_at": instants(legs.answered, end), "ended_at": instants(legs.ended, end),
        "outcome": labels(np.where(settled, legs.outcome, MISSING), OUTCOMES),
        "talk_s": numbers(legs.talk, timed), "hold_s": numbers(legs.hold, timed), "wrap_s": numbers(legs.wrap, timed),
        "converted": numbers(legs.converted == 1, ended & (legs.converted != MISSING)),
        "repeat_reason": labels(legs.repeat_reason, REASONS),
        "exclusion": labels(legs.exclusion, EXCLUSIONS),
        "_import_id": labels(exported, [imports["helpdesk"], imports["telephony"]]),
    })  # fmt: skip
    return ids
