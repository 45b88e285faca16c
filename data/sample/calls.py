"""Telephone calls: queue, abandonment, call-backs, transfers."""

from __future__ import annotations

import numpy as np

from data.sample import world
from data.sample.clock import MINUTE, NEVER, Bools, Floats, Ints, OpenHours, Timeline
from data.sample.columns import MISSING, lognormal, pick, pick_rows, stream, whole
from data.sample.demand import Demand, arrivals
from data.sample.legs import CHANNEL, NO_SALE, OUTBOUND, OUTCOME, SALE, Legs, join
from data.sample.workforce import Workforce

CALLS_PER_VOICE_TICKET = 3.9
CLICK_TO_TALK_SHARE = 0.045

QUEUED_AT_PLAN = 0.255
"""Share of calls that find no free agent when demand is as planned."""
QUEUE_MEAN_S, PATIENCE_MEAN_S = 52.0, 215.0
RING_S = (2, 9)
LONGEST_QUEUE_MEAN_S = 420.0
SHORT_ABANDON_SHARE = 0.012
OVERFLOW_SHARE, CALLBACK_SHARE, VOICEMAIL_SHARE = 0.05, 0.07, 0.02
"""Of the calls that waited longer than OFFER_AFTER_S."""
OFFER_AFTER_S = 90
SELFCARE_SHARE, BOT_SHARE = 0.035, 0.02
CLOSED_OUTCOMES = {"dissuaded": 0.62, "voicemail": 0.20, "selfcare": 0.18}
CALLBACK_SUCCESS = 0.84

TALK_MEDIAN_S, TALK_SIGMA = 148.0, 0.55
COMPLEX_TALK = 0.9
"""Longer by this share when the request is as complex as can be."""
HOLD_SHARE, HOLD_MEDIAN_S = 0.32, 40.0
WRAP_MEDIAN_S, WRAP_SIGMA = 55.0, 0.6
TRANSFER_SHARE = 0.085
SALE_RATE = 0.21


def offer(timeline: Timeline, calendars: dict[str, OpenHours], demand: Demand, voice_tickets: int, seed: int) -> Legs:
    """Inbound calls in order, queue and outcome decided; agents and customers are still to be given."""
    rng = stream(seed, "calls")
    offered = arrivals(timeline, rng, demand.voice, int(voice_tickets * CALLS_PER_VOICE_TICKET) + 20)
    count = len(offered)
    click = rng.random(count) < CLICK_TO_TALK_SHARE
    channel = np.where(click, CHANNEL["click_to_talk"], CHANNEL["phone"])
    team = np.where(click, _teams(rng, "click_to_talk", count), _teams(rng, "phone", count))
    return queue(timeline, calendars, demand, rng, offered, channel, team)


def _teams(rng: np.random.Generator, channel: str, count: int) -> Ints:
    shares = world.CHANNEL_TEAMS[channel]
    return np.array(tuple(shares), dtype=np.int64)[pick(rng, tuple(shares.values()), count)]


def queue(
    timeline: Timeline,
    calendars: dict[str, OpenHours],
    demand: Demand,
    rng: np.random.Generator,
    offered: Ints,
    channel: Ints,
    team: Ints,
) -> Legs:
    """What becomes of calls: the busier the hour, the more queue, and the longer."""
    count = len(offered)
    load = demand.voice_load[timeline.hour_index(offered)]
    wait = _waits(rng, load)
    patience = np.where(rng.random(count) < SHORT_ABANDON_SHARE, 1 + 3 * rng.random(count), 0.0)
    patience = np.where(patience > 0, patience, 5 + PATIENCE_MEAN_S * rng.standard_exponential(count))
    outcome = np.where(patience < wait, OUTCOME["abandoned"], OUTCOME["answered"])
    offers = (0.0, OVERFLOW_SHARE, CALLBACK_SHARE, VOICEMAIL_SHARE)
    other = _rare(rng, count, ("answered", "overflow", "callback", "voicemail"), offers)
    outcome = np.where((np.minimum(wait, patience) > OFFER_AFTER_S) & (other > 0), other, outcome)
    before_queue = _rare(rng, count, ("answered", "selfcare", "bot"), (0.0, SELFCARE_SHARE, BOT_SHARE))
    outcome = np.where(before_queue > 0, before_queue, outcome)
    closed = ~in_hours(calendars, team, offered)
    closed_outcomes = np.array([OUTCOME[name] for name in CLOSED_OUTCOMES])
    after_hours = closed_outcomes[pick(rng, tuple(CLOSED_OUTCOMES.values()), count)]
    outcome = np.where(closed, after_hours, outcome)
    answered = outcome == OUTCOME["answered"]
    spent = np.select(
        [answered, outcome == OUTCOME["abandoned"], np.isin(outcome, [OUTCOME["overflow"], OUTCOME["callback"]])],
        [wait, patience, np.minimum(wait, OFFER_AFTER_S + 30)],
        8 + 25 * rng.random(count),
    )
    until = offered + np.maximum(whole(spent), 1)
    request = requests(rng, team)
    return Legs.of(
        offered, channel=channel, team=team, outcome=outcome, request=request,
        answered=np.where(answered, until, NEVER), ended=until,
    )  # fmt: skip


def _waits(rng: np.random.Generator, load: Floats) -> Floats:
    count = len(load)
    queued = rng.random(count) < np.clip(QUEUED_AT_PLAN * load**2.2, 0.04, 0.97)
    mean = np.minimum(QUEUE_MEAN_S * np.maximum(load, 0.5) ** 2.5, LONGEST_QUEUE_MEAN_S)
    ring = RING_S[0] + (RING_S[1] - RING_S[0]) * rng.random(count)
    return np.asarray(ring + np.where(queued, mean * rng.standard_exponential(count), 0.0))


def _rare(rng: np.random.Generator, count: int, names: tuple[str, ...], shares: tuple[float, ...]) -> Ints:
    """Outcome codes; the first name (code 0, answered) stands for none of the others."""
    codes = np.array([OUTCOME[name] for name in names])
    return codes[pick(rng, (1 - sum(shares), *shares[1:]), count)]


def in_hours(calendars: dict[str, OpenHours], team: Ints, at: Ints) -> Bools:
    """Whether the team is open at each instant."""
    opened = np.zeros(len(at), dtype=np.bool_)
    for number, details in enumerate(world.TEAMS):
        mine = team == number
        opened[mine] = calendars[details.calendar_id].contains(at[mine])
    return opened


def requests(rng: np.random.Generator, team: Ints) -> Ints:
    """A reason of contact for each item of a team."""
    shares = np.array([request.shares for request in world.REQUESTS], dtype=np.float64).T
    return pick_rows(rng, shares[team])


def complexity(request: Ints) -> Floats:
    """How complex each request is, 0 to 1; unknown ones are in between."""
    known = np.array([details.complexity for details in world.REQUESTS])
    return np.where(request >= 0, known[np.maximum(request, 0)], 0.3)


def handle(rng: np.random.Generator, legs: Legs, people: Workforce, timeline: Timeline) -> None:
    """Give each answered call its agent, talk, hold and wrap-up, in place."""
    answered = np.flatnonzero(legs.outcome == OUTCOME["answered"])
    count = len(answered)
    hard = complexity(legs.request[answered])
    day = timeline.day(legs.offered[answered])
    agent = people.choose(rng, legs.team[answered], day, hard)
    pace = people.pace[agent]
    talk = np.maximum(whole(pace * lognormal(rng, TALK_MEDIAN_S * (1 + COMPLEX_TALK * hard), TALK_SIGMA, count)), 15)
    held = rng.random(count) < HOLD_SHARE
    hold = np.where(held, np.maximum(whole(lognormal(rng, HOLD_MEDIAN_S, 0.7, count)), 3), 0)
    wrap = np.maximum(whole(pace * lognormal(rng, WRAP_MEDIAN_S, WRAP_SIGMA, count)), 0)
    legs.agent[answered], legs.talk[answered] = agent, talk
    legs.hold[answered], legs.wrap[answered] = hold, wrap
    legs.ended[answered] = legs.answered[answered] + talk + hold
    sale = np.where(rng.random(count) < SALE_RATE, SALE, NO_SALE)
    legs.converted[answered] = np.where(legs.request[answered] == world.ADVICE, sale, MISSING)


def call_backs(
    rng: np.random.Generator, calls: Legs, calendars: dict[str, OpenHours], people: Workforce, timeline: Timeline
) -> Legs:
    """Outbound calls to those who asked for one or left a message; most are reached."""
    asked = np.flatnonzero(
        (calls.outcome == OUTCOME["callback"])
        | ((calls.outcome == OUTCOME["voicemail"]) & (rng.random(len(calls)) < 0.7))
    )
    count = len(asked)
    offered = np.full(count, NEVER)
    delay = whole(lognormal(rng, 35.0 * MINUTE, 0.7, count))
    for number, team in enumerate(world.TEAMS):
        mine = calls.team[asked] == number
        hours = calendars[team.calendar_id]
        offered[mine] = hours.instant(hours.elapsed(calls.ended[asked[mine]]) + delay[mine])
    reached = rng.random(count) < CALLBACK_SUCCESS
    legs = Legs.of(
        offered, channel=calls.channel[asked], team=calls.team[asked], request=calls.request[asked],
        customer=calls.customer[asked], ticket=calls.ticket[asked], parent=asked,
        direction=np.full(count, OUTBOUND),
        outcome=np.where(reached, OUTCOME["answered"], OUTCOME["voicemail"]),
    )  # fmt: skip
    pick_up = offered + rng.integers(6, 25, count)
    legs.answered = np.where(reached, pick_up, NEVER)
    legs.ended = pick_up.copy()
    handle(rng, legs, people, timeline)
    return legs


def transfers(rng: np.random.Generator, calls: Legs, people: Workforce, timeline: Timeline) -> Legs:
    """Second legs of answered calls handed to a colleague, half of them of another team."""
    answered = calls.outcome == OUTCOME["answered"]
    share = TRANSFER_SHARE * (0.4 + 2 * complexity(calls.request))
    parents = np.flatnonzero(answered & (rng.random(len(calls)) < share))
    count = len(parents)
    target = np.where(calls.team[parents] == world.TECHNIQUE, world.ACCUEIL, world.TECHNIQUE)
    target = np.where(rng.random(count) < 0.5, target, calls.team[parents])
    offered = calls.ended[parents]
    waited = rng.integers(4, 75, count)
    legs = Legs.of(
        offered, channel=calls.channel[parents], team=target, request=calls.request[parents],
        customer=calls.customer[parents], ticket=calls.ticket[parents], parent=parents,
        answered=offered + waited, outcome=np.full(count, OUTCOME["answered"]),
    )  # fmt: skip
    handle(rng, legs, people, timeline)
    return legs


def children(calls: Legs, calendars: dict[str, OpenHours], people: Workforce, timeline: Timeline, seed: int) -> Legs:
    """Call-backs and transfers of `calls`, whose parents are positions in it."""
    rng = stream(seed, "call children")
    legs = join(call_backs(rng, calls, calendars, people, timeline), transfers(rng, calls, people, timeline))
    return legs.take(np.flatnonzero(legs.offered < timeline.end))
