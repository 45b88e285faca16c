"""The life of tickets as a step function, over whole arrays. Pure: no connection, no clock.

Tickets are numbered from 0 inside a chunk, texts are codes (0 is NULL), instants are int64 microseconds.
Rows of one ticket stand together, in the order of its life.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from data.business_hours import SECOND, Durations, Flags, Instants
from data.derive.clocks import ClockIds, Clocks
from data.schema import FOREVER

FOREVER_US = int(np.datetime64(FOREVER.replace(" ", "T"), "us").astype(np.int64))
MISSING = int(np.iinfo(np.int64).min)
"""NULL in an array of numbers; as an instant it is numpy's NaT."""

Codes = NDArray[np.int64]
Rows = NDArray[np.intp]


class Kind(IntEnum):
    """What a mark in the life of a ticket changes."""

    CREATED = 0
    STATUS = 1
    PRIORITY = 2
    TEAM = 3
    AGENT = 4
    RESPONSE = 5


class Entered(IntEnum):
    """How a state began."""

    CREATED = 0
    RESOLVED = 1
    REOPENED = 2
    CHANGED = 3


@dataclass(frozen=True, slots=True)
class Tickets:
    """One row a ticket."""

    created_us: Instants
    response_us: Instants
    """MISSING when there was none."""
    created_on: Codes
    """Local day, in days since 1970."""
    from_customer: Flags
    voice: Flags
    invalid: Flags
    """Resolved before it was created, by the only instant that the source gave."""
    channel: Codes
    priority: Codes
    team: Codes
    agent: Codes


@dataclass(frozen=True, slots=True)
class Marks:
    """What cuts the lives of tickets, in order; a ticket's first mark is its creation."""

    ticket: Codes
    at_us: Instants
    """Never before the creation."""
    true_us: Instants
    """As the source says."""
    kind: Codes
    before: Codes
    after: Codes
    resolver: Codes
    """Agent who made a change of status."""


@dataclass(frozen=True, slots=True)
class States:
    """One row an interval [from, to) of constant status, priority, team, agent and answered flag."""

    ticket: Codes
    ordinal: Codes
    from_us: Instants
    to_us: Instants
    true_us: Instants
    """Instant at which the source says that the row began."""
    status: Codes
    unresolved: Flags
    answered: Flags
    entered: Codes
    priority: Codes
    team: Codes
    agent: Codes
    resolver: Codes


@dataclass(frozen=True, slots=True)
class Resolutions:
    """One row a change from unresolved to solved or closed."""

    ticket: Codes
    number: Codes
    resolved_us: Instants
    reopened_us: Instants
    resolution_s: Durations
    business_s: Durations
    business_by_status_s: dict[str, Durations]
    priority: Codes
    team: Codes
    agent: Codes


def firsts(ticket: Codes) -> Flags:
    """Where a ticket's rows begin."""
    return np.append(True, ticket[1:] != ticket[:-1])[: len(ticket)]


def lasts(ticket: Codes) -> Flags:
    """Where a ticket's rows end."""
    return np.append(ticket[1:] != ticket[:-1], True)[: len(ticket)]


def latest(where: Flags) -> Rows:
    """For each row, the nearest row at or before it that is in `where` (row 0 if there is none)."""
    return np.maximum.accumulate(np.where(where, np.arange(len(where)), 0))


def sum_before(values: Durations, ticket: Codes) -> Durations:
    """For each row, the sum of the earlier rows of its ticket.

    The running total over all tickets may wrap around; the differences that are returned do not.
    """
    total = np.cumsum(values) - values
    return np.asarray(total - total[latest(firsts(ticket))], np.int64)


def states_of(tickets: Tickets, marks: Marks, opened: int, resolved: Codes) -> tuple[States, Rows]:
    """The states, and for each mark the state to which it belongs.

    `opened` is the code of the status open, `resolved` those of solved and closed. A mark at the instant of
    the one before it belongs to the same state, unless it is a status: no status is ever lost.
    """
    first = marks.kind == Kind.CREATED
    same_instant = np.append(False, marks.at_us[1:] == marks.at_us[:-1])
    starts = first | (marks.kind == Kind.STATUS) | ~same_instant
    head = np.flatnonzero(starts)
    tail = np.append(head[1:], len(starts)) - 1

    ticket = marks.ticket[head]
    from_us = marks.at_us[head]
    to_us = np.where(lasts(ticket), FOREVER_US, np.append(from_us[1:], FOREVER_US))
    status = _values(marks, Kind.STATUS, np.full(len(tickets.created_us), opened), final=None)[tail]
    unresolved = ~np.isin(status, resolved)
    was_unresolved = np.append(True, unresolved[:-1])
    entered = np.select(
        [first[head], was_unresolved & ~unresolved, ~was_unresolved & unresolved],
        [Entered.CREATED, Entered.RESOLVED, Entered.REOPENED],
        Entered.CHANGED,
    )
    response_us = tickets.response_us[ticket]
    states = States(
        ticket=ticket,
        ordinal=np.arange(len(head)) - latest(first[head]) + 1,
        from_us=from_us,
        to_us=to_us,
        true_us=marks.true_us[head],
        status=status,
        unresolved=unresolved,
        answered=(response_us != MISSING) & (from_us >= response_us),
        entered=entered,
        priority=_values(marks, Kind.PRIORITY, tickets.priority, final=tickets.priority)[tail],
        team=_values(marks, Kind.TEAM, tickets.team, final=tickets.team)[tail],
        agent=_values(marks, Kind.AGENT, tickets.agent, final=tickets.agent)[tail],
        resolver=marks.resolver[head],
    )
    return states, np.cumsum(starts) - 1


def _values(marks: Marks, kind: Kind, initial: Codes, final: Codes | None) -> Codes:
    """The value of one attribute after each mark.

    It is `before` of the ticket's first mark of that kind, then `after` of the latest one; `initial` when
    there is no mark. `final`, if given, wins after the last one; if not, a NULL `before` is `initial`.
    """
    own = np.flatnonzero(marks.kind == kind)
    ticket = marks.ticket[own]
    opening, closing = own[firsts(ticket)], own[lasts(ticket)]
    initial, after = initial.copy(), marks.after.copy()
    before = marks.before[opening]
    keep_initial = (before == 0) & (final is None)
    initial[marks.ticket[opening]] = np.where(keep_initial, initial[marks.ticket[opening]], before)
    if final is not None:
        after[closing] = final[marks.ticket[closing]]
    source = latest((marks.kind == kind) | (marks.kind == Kind.CREATED))
    return np.where(marks.kind[source] == kind, after[source], initial[marks.ticket])


def resolutions_of(
    tickets: Tickets, states: States, clock: ClockIds, clocks: Clocks, timed: dict[str, int]
) -> Resolutions:
    """The resolutions, with the open time since the creation, in all and by `timed` status (and its code);
    `clock` is that of each state."""
    row = np.flatnonzero(states.entered == Entered.RESOLVED)
    ticket = states.ticket[row]
    resolved_us, created_us = states.true_us[row], tickets.created_us[ticket]
    valid = resolved_us >= created_us
    ended = states.to_us < FOREVER_US
    open_us = np.where(ended, clocks.business_us(clock, states.from_us, states.to_us), 0)

    def open_s(counted: Flags | bool) -> Durations:
        spent = sum_before(np.where(counted, open_us, 0), states.ticket)[row]
        return np.where(valid, spent // SECOND, MISSING)

    next_reopened = _next(states.entered == Entered.REOPENED, states)[row]
    return Resolutions(
        ticket=ticket,
        number=np.arange(len(row)) - latest(firsts(ticket)) + 1,
        resolved_us=resolved_us,
        reopened_us=next_reopened,
        resolution_s=(resolved_us - created_us) // SECOND,
        business_s=open_s(True),
        business_by_status_s={status: open_s(states.status == code) for status, code in timed.items()},
        priority=states.priority[row],
        team=states.team[row],
        agent=np.where(states.resolver[row] != 0, states.resolver[row], states.agent[row]),
    )


def _next(where: Flags, states: States) -> Instants:
    """For each state, when the ticket's next state in `where` begins; FOREVER if there is none."""
    count = len(where)
    ahead = np.minimum.accumulate(np.where(where, np.arange(count), count)[::-1])[::-1]
    row = np.minimum(ahead, count - 1)
    known = (ahead < count) & (states.ticket[row] == states.ticket)
    return np.where(known, states.from_us[row], FOREVER_US)
