"""Surveys sent after a resolution or a call: who answers, what they score, what they write."""

from __future__ import annotations

from dataclasses import dataclass, fields

import duckdb
import numpy as np
import pyarrow as pa

from data.sample import comments, world
from data.sample.clock import DAY, HOUR, NEVER, Bools, Floats, Ints, Timeline
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
from data.sample.journey import Journey
from data.sample.legs import OUTCOME, Legs
from data.sample.planted import Bias
from data.sample.tickets import BY_CUSTOMER, Tickets
from data.sample.workforce import Workforce
from data.schema import CHANNELS

TYPES = ("csat", "nps", "ces", "servqual", "fcr")
CSAT, NPS, CES, SERVQUAL, FCR = range(len(TYPES))
TYPE_SHARES = (0.44, 0.38, 0.11, 0.02, 0.05)
DIMENSIONS = ("responsiveness", "reliability", "assurance", "tangibles", "empathy")
COMPONENTS = ("perception", "expectation")
PERCEPTION, EXPECTATION = range(len(COMPONENTS))

INVITED_SHARE, INVITED_CALL_SHARE = 0.88, 0.12
RESPONSE_RATE = 0.21
"""Where nobody is more willing to answer than others."""
RESPONSE_MEDIAN_S, RESPONSE_SIGMA = 14.0 * HOUR, 1.5
COMMENT_SHARE, ANGRY_COMMENT_SHARE = 0.30, 0.58
OFF_SCALE_SHARE = 0.002
TEST_SHARE = 0.002

WAIT_USUAL_H, WAIT_WEIGHT = 4.0, 0.17
REOPEN_WEIGHT, INCIDENT_WEIGHT, COMPLEXITY_WEIGHT, SKILL_WEIGHT = 0.9, 0.75, 0.45, 0.38
MOOD_MEAN = 0.32

# Mood from which each answer is given, lowest first.
CSAT_FIVE = (-2.3, -1.85, -1.32, -0.2)
NPS_ELEVEN = (-2.6, -2.4, -2.2, -2.0, -1.8, -1.52, -1.2, -0.88, -0.33, 0.22)
CES_SEVEN = (-1.9, -1.5, -1.1, -0.7, -0.2, 0.55)
TEN_POINT_SHIFT = 0.55
"""Satisfaction out of ten is given more freely than a recommendation."""
YES_FROM = -1.05
NPS_MAX = 10

YES_NO_WAVE, TEN_POINT_WAVE = (420, 380), (560, 530)
"""CSAT asked on another scale: first and last day, before the end."""
NPS_WRONG_WAVE = (244, 236)
"""NPS asked on 1 to 10 by mistake."""
CES_EASY_WAVE = (130, 95)
"""Effort asked as "it was easy" (high is good)."""
EXPECTATION_WAVE = (110, 40)
FCR_ITEM_SHARE = 0.35
"""Of the CSAT invitations: they also ask whether the request was solved at once."""


@dataclass(slots=True)
class Invitations:
    """One element an invitation, in order of sending."""

    sent: Ints
    kind: Ints
    ticket: Ints
    leg: Ints
    customer: Ints
    team: Ints
    agent: Ints
    channel: Ints
    request: Ints
    mood: Floats
    waited: Floats
    reopened: Bools
    incident: Bools
    responded: Ints

    def take(self, which: Ints) -> Invitations:
        return Invitations(**{field.name: getattr(self, field.name)[which] for field in fields(self)})


def invite(
    timeline: Timeline,
    people: Workforce,
    tickets: Tickets,
    journey: Journey,
    agents: Ints,
    legs: Legs,
    bias: Bias | None,
    seed: int,
) -> Invitations:
    """Invitations after resolutions, and after some calls that left no ticket; `agents` resolved the tickets."""
    rng = stream(seed, "surveys")
    asked = tickets.plain & (tickets.initiated == BY_CUSTOMER) & (tickets.customer != MISSING)
    ticket = np.flatnonzero(asked & (rng.random(len(tickets)) < INVITED_SHARE) & (journey.solved < timeline.end))
    loose = (legs.outcome == OUTCOME["answered"]) & (legs.ticket == MISSING) & (legs.parent == MISSING)
    leg = np.flatnonzero(loose & (legs.customer != MISSING) & (rng.random(len(legs)) < INVITED_CALL_SHARE))
    after = _after_tickets(rng, people, tickets, journey, agents, ticket)
    both = _stack(after, _after_calls(rng, people, legs, leg))
    both.responded = _responses(rng, both, bias)
    known = np.flatnonzero(both.sent < timeline.end)
    return both.take(known[np.argsort(both.sent[known], kind="stable")])


def _after_tickets(
    rng: np.random.Generator, people: Workforce, tickets: Tickets, journey: Journey, agents: Ints, ticket: Ints
) -> Invitations:
    count = len(ticket)
    waited = (journey.solved - tickets.created)[ticket].astype(np.float64)
    first = np.maximum(journey.reply - tickets.created, 0)[ticket].astype(np.float64)
    mood = MOOD_MEAN - WAIT_WEIGHT * np.log1p(first / (WAIT_USUAL_H * HOUR)) * 1.4
    mood -= WAIT_WEIGHT * np.log1p(waited / (3 * WAIT_USUAL_H * HOUR))
    mood -= REOPEN_WEIGHT * journey.reopened[ticket] + INCIDENT_WEIGHT * tickets.incident[ticket]
    mood -= COMPLEXITY_WEIGHT * (tickets.complexity[ticket] - 0.3)
    mood += SKILL_WEIGHT * np.where(agents[ticket] >= 0, people.skill[agents[ticket]], 0.0)
    sent = journey.solved[ticket] + HOUR + whole(lognormal(rng, 5.0 * HOUR, 0.8, count))
    return Invitations(
        sent, pick(rng, TYPE_SHARES, count), ticket, np.full(count, MISSING), tickets.customer[ticket],
        tickets.team[ticket], agents[ticket], tickets.channel[ticket], tickets.request[ticket],
        mood + rng.standard_normal(count), waited, journey.reopened[ticket], tickets.incident[ticket],
        np.full(count, NEVER),
    )  # fmt: skip


def _after_calls(rng: np.random.Generator, people: Workforce, legs: Legs, leg: Ints) -> Invitations:
    count = len(leg)
    waited = (legs.answered - legs.offered)[leg].astype(np.float64)
    mood = MOOD_MEAN + 0.1 - 0.25 * np.log1p(waited / 60) + SKILL_WEIGHT * people.skill[legs.agent[leg]]
    kind = np.where(rng.random(count) < 0.7, CSAT, NPS)
    no = np.zeros(count, dtype=np.bool_)
    return Invitations(
        legs.ended[leg] + rng.integers(600, 2 * HOUR, count), kind, np.full(count, MISSING), leg,
        legs.customer[leg], legs.team[leg], legs.agent[leg], legs.channel[leg], legs.request[leg],
        mood + rng.standard_normal(count), waited, no, no, np.full(count, NEVER),
    )  # fmt: skip


def _stack(one: Invitations, two: Invitations) -> Invitations:
    names = [field.name for field in fields(Invitations)]
    return Invitations(**{name: np.concatenate([getattr(one, name), getattr(two, name)]) for name in names})


def _responses(rng: np.random.Generator, asked: Invitations, bias: Bias | None) -> Ints:
    """When each is answered; some never, a few after more than two weeks."""
    count = len(asked.sent)
    chance = np.full(count, RESPONSE_RATE)
    if bias is not None:
        chance = bias.rate + bias.extremes * np.maximum(np.abs(asked.mood - MOOD_MEAN) - 0.4, 0)
        chance = chance * np.where(asked.channel == CHANNELS.index(bias.channel), bias.factor, 1.0)
    answers = rng.random(count) < chance
    delay = np.minimum(whole(lognormal(rng, RESPONSE_MEDIAN_S, RESPONSE_SIGMA, count)), 35 * DAY) + 60
    return np.where(answers, asked.sent + delay, NEVER)


# -- rows


@dataclass(slots=True)
class Rows:
    """Questions: positions of their invitation, and the answers."""

    invitation: Ints
    item: Ints
    kind: Ints
    dimension: Ints
    component: Ints
    score: Floats
    low: Floats
    high: Floats
    upward: Bools


ITEMS = ("main", "solved", *DIMENSIONS, *(f"expected_{name}" for name in DIMENSIONS))
SOLVED_ITEM, FIRST_DIMENSION_ITEM = 1, 2


def fill(
    con: duckdb.DuckDBPyConnection,
    timeline: Timeline,
    people: Workforce,
    asked: Invitations,
    names: dict[str, list[str]],
    import_id: str,
    seed: int,
) -> None:
    """Write one row a question."""
    rng = stream(seed, "survey answers")
    rows = _questions(rng, timeline, asked)
    off_scale = rng.random(len(rows.score)) < OFF_SCALE_SHARE
    rows.score = np.where(off_scale, rows.high + 1 + rng.integers(0, 80, len(off_scale)), rows.score)
    which = rows.invitation
    responded = asked.responded[which]
    answered = responded < timeline.end
    comment = _comments(rng, timeline, asked)
    main = _first_of(which)
    texts = pa.array([comment.get(row) if first else None for row, first in zip(which.tolist(), main, strict=True)],
                     pa.string())  # fmt: skip
    test = np.where(rng.random(len(asked.sent)) < TEST_SHARE, 0, MISSING)
    insert(con, "surveys", {
        "survey_id": labels(which, identifiers("S", len(asked.sent), 6)),
        "item": labels(rows.item, ITEMS), "survey_type": labels(rows.kind, TYPES),
        "dimension": labels(rows.dimension, DIMENSIONS), "component": labels(rows.component, COMPONENTS),
        "ticket_id": labels(asked.ticket[which], names["tickets"]),
        "interaction_id": labels(asked.leg[which], names["interactions"]),
        "customer_id": labels(asked.customer[which], names["customers"]),
        "team_id": labels(asked.team[which], world.TEAM_IDS), "agent_id": labels(asked.agent[which], people.ids),
        "channel": labels(asked.channel[which], CHANNELS),
        "sent_at": instants(asked.sent[which], timeline.end), "responded_at": instants(responded, timeline.end),
        "score": numbers(rows.score, answered),
        "scale_min": numbers(rows.low), "scale_max": numbers(rows.high), "higher_is_better": numbers(rows.upward),
        "comment": texts, "exclusion": labels(test[which], ["test"]),
        "_import_id": constant(import_id, len(which)),
    })  # fmt: skip


def _first_of(invitation: Ints) -> list[bool]:
    first = np.ones(len(invitation), dtype=np.bool_)
    first[1:] = invitation[1:] != invitation[:-1]
    return list(first.tolist())


def _comments(rng: np.random.Generator, timeline: Timeline, asked: Invitations) -> dict[int, str]:
    """Comment of each invitation that has one, by its position."""
    mood = np.select(
        [asked.mood > CSAT_FIVE[3], asked.mood > CSAT_FIVE[2]], [comments.GLAD, comments.MIXED], comments.ANGRY
    )
    share = np.where(mood == comments.ANGRY, ANGRY_COMMENT_SHARE, COMMENT_SHARE)
    written = np.flatnonzero((asked.responded < timeline.end) & (rng.random(len(share)) < share))
    texts = comments.write(
        rng, mood[written], asked.request[written], asked.waited[written],
        asked.reopened[written], asked.incident[written],
    )  # fmt: skip
    return dict(zip(written.tolist(), texts, strict=True))


def _during(timeline: Timeline, at: Ints, wave: tuple[int, int]) -> Bools:
    day = timeline.days - timeline.day(at)
    return np.asarray((day <= wave[0]) & (day >= wave[1]))


def _questions(rng: np.random.Generator, timeline: Timeline, asked: Invitations) -> Rows:
    """The questions of all invitations, in order of invitation."""
    main = np.flatnonzero(asked.kind != SERVQUAL)
    score, low, high, upward = _main_answers(timeline, asked, main)
    parts = [
        Rows(main, _fill(main, 0), asked.kind[main], _fill(main, MISSING), _fill(main, 0), score, low, high, upward)
    ]
    extra = np.flatnonzero((asked.kind == CSAT) & (rng.random(len(asked.kind)) < FCR_ITEM_SHARE))
    zero, one = np.zeros(len(extra)), np.ones(len(extra))
    solved = (asked.mood[extra] + 0.4 * rng.standard_normal(len(extra)) > YES_FROM).astype(np.float64)
    parts.append(Rows(extra, _fill(extra, SOLVED_ITEM), _fill(extra, FCR), _fill(extra, MISSING), _fill(extra, 0),
                      solved, zero, one, one > 0))  # fmt: skip
    servqual = np.flatnonzero(asked.kind == SERVQUAL)
    expecting = servqual[_during(timeline, asked.sent[servqual], EXPECTATION_WAVE)]
    for dimension in range(len(DIMENSIONS)):
        parts.append(_servqual(rng, asked, servqual, dimension, PERCEPTION))
        parts.append(_servqual(rng, asked, expecting, dimension, EXPECTATION))
    rows = Rows(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Rows)))
    order = np.lexsort((rows.item, rows.invitation))
    return Rows(*(getattr(rows, f.name)[order] for f in fields(Rows)))


def _fill(like: Ints, value: int) -> Ints:
    return np.full(len(like), value, dtype=np.int64)


def _main_answers(timeline: Timeline, asked: Invitations, main: Ints) -> tuple[Floats, Floats, Floats, Bools]:
    """Score, scale and direction of the main question of each invitation."""
    mood, sent, kind = asked.mood[main], asked.sent[main], asked.kind[main]
    nps = np.searchsorted(NPS_ELEVEN, mood).astype(np.float64)
    yes = (mood > YES_FROM).astype(np.float64)
    effort = 7.0 - np.searchsorted(CES_SEVEN, mood)
    yes_no = (kind == CSAT) & _during(timeline, sent, YES_NO_WAVE)
    ten = (kind == CSAT) & _during(timeline, sent, TEN_POINT_WAVE)
    wrong = (kind == NPS) & _during(timeline, sent, NPS_WRONG_WAVE)
    easy = (kind == CES) & _during(timeline, sent, CES_EASY_WAVE)
    cases = [yes_no | (kind == FCR), ten | wrong, kind == NPS, easy, kind == CES]
    tenths = np.searchsorted(NPS_ELEVEN, mood + TEN_POINT_SHIFT).astype(np.float64)
    answers = [yes, np.clip(tenths, 1, NPS_MAX), nps, 8.0 - effort, effort]
    score = np.select(cases, answers, 1.0 + np.searchsorted(CSAT_FIVE, mood))
    low = np.select(cases, [0.0, 1.0, 0.0, 1.0, 1.0], 1.0)
    high = np.select(cases, [1.0, NPS_MAX, NPS_MAX, 7.0, 7.0], 5.0)
    return score, low, high, (kind != CES) | easy


SERVQUAL_SHIFT = (-0.35, 0.0, 0.25, 0.05, 0.15)
"""How each of DIMENSIONS is judged, against the mood of the customer."""
EXPECTED_MEAN = 4.4


def _servqual(rng: np.random.Generator, asked: Invitations, which: Ints, dimension: int, component: int) -> Rows:
    count = len(which)
    noise = 0.6 * rng.standard_normal(count)
    if component == PERCEPTION:
        score = 1.0 + np.searchsorted(CSAT_FIVE, asked.mood[which] + SERVQUAL_SHIFT[dimension] + noise)
    else:
        score = np.clip(np.rint(EXPECTED_MEAN + noise), 1, 5)
    item = FIRST_DIMENSION_ITEM + component * len(DIMENSIONS) + dimension
    return Rows(
        which, _fill(which, item), _fill(which, SERVQUAL), _fill(which, dimension), _fill(which, component),
        np.asarray(score, dtype=np.float64), np.ones(count), np.full(count, 5.0), np.ones(count, dtype=np.bool_),
    )  # fmt: skip
