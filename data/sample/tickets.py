"""The requests: when, by which channel, about what, from whom. What then happens to them is in `journey`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.sample import world
from data.sample.calls import complexity, in_hours, requests
from data.sample.clock import DAY, Bools, Floats, Ints, OpenHours, Timeline
from data.sample.columns import MISSING, pick, pick_rows, stream
from data.sample.demand import Demand, arrivals
from data.sample.legs import CHANNEL, EXCLUSION, OUTCOME, Legs
from data.schema import TICKET_TYPES, VOICE_CHANNELS

VOICE_CODES = tuple(CHANNEL[name] for name in VOICE_CHANNELS)
LIVE_CODES = tuple(CHANNEL[name] for name in world.LIVE_CHANNELS)
BY_CUSTOMER, BY_AGENT, BY_SYSTEM = range(3)

PRIORITY_SHARES = (0.12, 0.68, 0.15, 0.05)
COMPLEX_PRIORITY_SHARES = (0.05, 0.52, 0.30, 0.13)
"""Of PRIORITIES, for simple and for complex requests."""
SPAM_SHARE = 0.022
"""Of e-mails, forms and social messages."""
OTHER_EXCLUSIONS = {"test": 0.002, "duplicate": 0.004, "deleted": 0.001, "courtesy": 0.003}
MERGED_SHARE = 0.007
BY_AGENT_SHARE, BY_SYSTEM_SHARE = 0.02, 0.01
NO_REQUEST_SHARE, NO_CUSTOMER_SHARE, NO_PRODUCT_SHARE = 0.03, 0.04, 0.22
CUSTOMERS_PER_TICKET = 0.55
KNOWN_BEFORE_SHARE = 0.72
"""Share of the customers won before the history begins."""
COMPLAINT_SHARE = 0.5
"""Of the requests about something that went wrong, the share written as a complaint."""


@dataclass(slots=True)
class Tickets:
    """Parallel arrays, in order of creation. `team` and `priority` are the ones they end with."""

    created: Ints
    channel: Ints
    team: Ints
    request: Ints
    ticket_type: Ints
    priority: Ints
    product: Ints
    customer: Ints
    initiated: Ints
    exclusion: Ints
    merged_into: Ints
    incident: Bools
    call: Ints
    """Position of the call from which a ticket comes."""

    def __len__(self) -> int:
        return len(self.created)

    @property
    def voice(self) -> Bools:
        return np.isin(self.channel, VOICE_CODES)

    @property
    def plain(self) -> Bools:
        """Neither excluded nor merged: somebody works on it."""
        return np.asarray((self.exclusion == MISSING) & (self.merged_into == MISSING))

    @property
    def complexity(self) -> Floats:
        return complexity(self.request)


def draft(
    timeline: Timeline,
    calendars: dict[str, OpenHours],
    demand: Demand,
    calls: Legs,
    won_at: Ints,
    incident_product: int,
    count: int,
    seed: int,
) -> Tickets:
    """`count` tickets: some answered calls become one, the others are written, or opened at the counter."""
    rng = stream(seed, "tickets")
    call = _calls_with_ticket(rng, calls, count)
    written = count - len(call)
    intensity = demand.written * (1 + demand.surge[timeline.day(timeline.hours)])
    at = arrivals(timeline, rng, intensity, written)
    surge = demand.surge[timeline.day(at)]
    incident = rng.random(written) < surge / (1 + surge)
    channel, team = _routes(rng, calendars, at, incident)
    created = np.concatenate([calls.answered[call], at])
    order = np.argsort(created, kind="stable")

    def merge(of_calls: Ints, of_written: Ints) -> Ints:
        return np.concatenate([of_calls, of_written])[order]

    created, team = created[order], merge(calls.team[call], team)
    channel = merge(calls.channel[call], channel)
    incident = merge(np.zeros(len(call), dtype=np.int64), incident.astype(np.int64)).astype(np.bool_)
    request = merge(calls.request[call], np.zeros(written, dtype=np.int64))
    written_rows = merge(np.zeros(len(call), dtype=np.int64), np.ones(written, dtype=np.int64)).astype(np.bool_)
    request[written_rows] = requests(rng, team[written_rows])
    request = np.where(incident, world.FAULT, request)
    request = np.where(rng.random(count) < NO_REQUEST_SHARE, MISSING, request)
    customer = customers(rng, won_at, created)
    customer = np.where(rng.random(count) < NO_CUSTOMER_SHARE, MISSING, customer)
    tickets = Tickets(
        created=created, channel=channel, team=team, request=request,
        ticket_type=_types(rng, request), priority=_priorities(rng, request, incident),
        product=_products(rng, timeline, created, incident, incident_product), customer=customer,
        initiated=np.full(count, BY_CUSTOMER, dtype=np.int64),
        exclusion=np.full(count, MISSING, dtype=np.int64), merged_into=np.full(count, MISSING, dtype=np.int64),
        incident=incident, call=merge(call, np.full(written, MISSING, dtype=np.int64)),
    )  # fmt: skip
    _exclude(rng, tickets)
    _merge(rng, tickets)
    _initiate(rng, calendars, tickets)
    return tickets


def _calls_with_ticket(rng: np.random.Generator, calls: Legs, count: int) -> Ints:
    """Positions of the answered calls that become a ticket. Calls in search of advice never do."""
    voice = sum(world.CHANNEL_SHARES[name] for name in VOICE_CHANNELS)
    possible = np.flatnonzero((calls.outcome == OUTCOME["answered"]) & (calls.request != world.ADVICE))
    wanted = min(round(voice * count), len(possible))
    return np.sort(rng.choice(possible, wanted, replace=False)).astype(np.int64)


def _routes(rng: np.random.Generator, calendars: dict[str, OpenHours], at: Ints, incident: Bools) -> tuple[Ints, Ints]:
    """Channel and team of each written request; nobody chats with a closed team."""
    shares = {name: share for name, share in world.CHANNEL_SHARES.items() if name not in VOICE_CHANNELS}
    codes = np.array([CHANNEL[name] for name in shares], dtype=np.int64)
    channel = codes[pick(rng, tuple(shares.values()), len(at))]
    team = np.empty(len(at), dtype=np.int64)
    for name, teams in world.CHANNEL_TEAMS.items():
        mine = np.flatnonzero(channel == CHANNEL[name])
        team[mine] = np.array(tuple(teams), dtype=np.int64)[pick(rng, tuple(teams.values()), len(mine))]
    technical = incident & (rng.random(len(at)) < world.INCIDENT_TEAM_SHARE) & (channel != CHANNEL["marketplace"])
    team = np.where(technical, world.TECHNIQUE, team)
    closed = np.isin(channel, LIVE_CODES) & ~in_hours(calendars, team, at)
    return np.where(closed, CHANNEL["web_form"], channel), np.where(closed, world.COURRIELS, team)


def customers(rng: np.random.Generator, won_at: Ints, at: Ints) -> Ints:
    """A customer for each instant, among those won by then; `won_at` is in order."""
    known = np.searchsorted(won_at, at, side="right")
    return (rng.random(len(at)) * known).astype(np.int64)


def won(timeline: Timeline, count: int, seed: int) -> Ints:
    """When each customer was won, in order: most of them before the history begins."""
    rng = stream(seed, "customers")
    before = round(count * KNOWN_BEFORE_SHARE)
    earlier = timeline.start - (rng.random(before) ** 1.5 * 6 * 365 * DAY).astype(np.int64) - DAY
    since = timeline.start + (rng.random(count - before) * (timeline.end - timeline.start)).astype(np.int64)
    return np.sort(np.concatenate([earlier, since]))


def _types(rng: np.random.Generator, request: Ints) -> Ints:
    """Nature of the request; half of what went wrong is a complaint, the rest an incident."""
    nature = np.array([TICKET_TYPES.index(details.ticket_type) for details in world.REQUESTS])
    known = np.where(request >= 0, nature[np.maximum(request, 0)], TICKET_TYPES.index("other"))
    mild = (known == TICKET_TYPES.index("complaint")) & (rng.random(len(request)) >= COMPLAINT_SHARE)
    angry = rng.random(len(request)) < 0.02
    known = np.where(mild, TICKET_TYPES.index("incident"), known)
    return np.where(angry, TICKET_TYPES.index("complaint"), known)


def _priorities(rng: np.random.Generator, request: Ints, incident: Bools) -> Ints:
    hard = (complexity(request) >= world.COMPLEX_FROM) | incident
    weights = np.where(hard[:, None], COMPLEX_PRIORITY_SHARES, PRIORITY_SHARES)
    return pick_rows(rng, weights)


def product_weights(timeline: Timeline, at: Ints) -> Floats:
    """Weight of each product at each instant: rows are instants."""
    years = (timeline.day(at) - timeline.days) / 365
    shares = np.array([product.share for product in world.PRODUCTS])
    trends = np.array([product.yearly_trend for product in world.PRODUCTS])
    return np.asarray(shares * trends ** years[:, None])


def _products(
    rng: np.random.Generator, timeline: Timeline, created: Ints, incident: Bools, incident_product: int
) -> Ints:
    product = pick_rows(rng, product_weights(timeline, created))
    unknown = rng.random(len(created)) < NO_PRODUCT_SHARE
    return np.where(incident, incident_product, np.where(unknown, MISSING, product))


def _exclude(rng: np.random.Generator, tickets: Tickets) -> None:
    """Mark spam, tests, duplicates, in place."""
    count = len(tickets)
    others = np.array([EXCLUSION[name] for name in OTHER_EXCLUSIONS])
    shares = tuple(OTHER_EXCLUSIONS.values())
    drawn = pick(rng, (1 - sum(shares), *shares), count)
    spam = ~tickets.voice & ~np.isin(tickets.channel, LIVE_CODES) & (rng.random(count) < SPAM_SHARE)
    other = (drawn > 0) & ~tickets.voice
    tickets.exclusion = np.where(other, others[np.maximum(drawn - 1, 0)], tickets.exclusion)
    tickets.exclusion = np.where(spam, EXCLUSION["spam"], tickets.exclusion)


def _merge(rng: np.random.Generator, tickets: Tickets) -> None:
    """Merge some written tickets into one that their customer had opened shortly before, in place."""
    written = tickets.plain & ~tickets.voice & ~np.isin(tickets.channel, LIVE_CODES)
    candidates = np.flatnonzero(written)
    second = candidates[1:][rng.random(len(candidates) - 1) < MERGED_SHARE]
    first = candidates[np.searchsorted(candidates, second) - 1]
    keep = ~np.isin(first, second)
    first, second = first[keep], second[keep]
    tickets.merged_into[second] = first
    tickets.customer[second] = tickets.customer[first]
    tickets.request[second] = tickets.request[first]


def _initiate(rng: np.random.Generator, calendars: dict[str, OpenHours], tickets: Tickets) -> None:
    """Let agents and systems open a few of the written tickets, in place."""
    draws = rng.random(len(tickets))
    written = tickets.plain & np.isin(tickets.channel, [CHANNEL["email"], CHANNEL["web_form"], CHANNEL["sms"]])
    survivor = np.isin(np.arange(len(tickets)), tickets.merged_into)
    mailed = written & ~survivor
    at_work = in_hours(calendars, tickets.team, tickets.created)
    tickets.initiated[mailed & at_work & (draws < BY_AGENT_SHARE * 3)] = BY_AGENT
    tickets.initiated[mailed & (draws > 1 - BY_SYSTEM_SHARE * 3)] = BY_SYSTEM
