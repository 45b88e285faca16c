"""SLA clocks: from the states of tickets to the stretches of their clocks, over whole arrays.

A stretch knows in advance when its due date, its risk and its breach come, so that a state at any past
instant needs no arithmetic. Pure, but for the one function that reads the policies.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_CEILING, Decimal
from enum import IntEnum
from typing import Literal

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.business_hours import NEVER, SECOND, Durations, Flags, Instants
from data.derive.clocks import CALENDAR_TIME, ClockIds, Clocks
from data.derive.states import (
    FOREVER_US,
    MISSING,
    Codes,
    Rows,
    States,
    Tickets,
    firsts,
    latest,
    sum_before,
)

Metric = Literal["first_response", "resolution"]
METRICS: tuple[Metric, ...] = ("first_response", "resolution")
DEFAULT_PAUSE = "pending"
NO_POLICY = -1


class Phase(IntEnum):
    RUNNING = 0
    PAUSED = 1
    DONE = 2


@dataclass(frozen=True, slots=True)
class Policy:
    """A commitment; a None selector is any, a None `valid_to` has no end."""

    policy_id: str
    metric: str
    channel: str | None
    priority: str | None
    team_id: str | None
    target_s: int
    clock: str
    calendar_id: str | None
    at_risk_ratio: float
    valid_from: date
    valid_to: date | None
    pause_statuses: str

    def matches(self, channel: str | None, priority: str | None, team_id: str | None, created_on: date) -> bool:
        return (
            self.channel in (None, channel)
            and self.priority in (None, priority)
            and self.team_id in (None, team_id)
            and self.valid_from <= created_on
            and (self.valid_to is None or created_on <= self.valid_to)
        )

    @property
    def rank(self) -> tuple[bool, bool, bool, int, str]:
        """The lowest wins: priority set, then channel, then team, then the latest version."""
        return (
            self.priority is None,
            self.channel is None,
            self.team_id is None,
            -self.valid_from.toordinal(),
            self.policy_id,
        )

    @property
    def at_risk_s(self) -> int:
        """Elapsed seconds from which the item is at risk, by exact decimals: 0.55 of 20 is 11."""
        share = Decimal(str(self.at_risk_ratio)) * self.target_s
        return int(share.to_integral_value(ROUND_CEILING))

    @property
    def pauses(self) -> frozenset[str]:
        """Statuses that stop the clock, written with | or commas between them."""
        return frozenset(word.strip() for word in self.pause_statuses.replace(",", "|").split("|"))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The texts behind the codes, by code, and the clocks of each team.

    A team without opening hours lasts in calendar time, but promises in those of the default calendar.
    """

    statuses: list[str | None]
    priorities: list[str | None]
    channels: list[str | None]
    teams: list[str | None]
    duration_clock: ClockIds
    promise_clock: ClockIds


@dataclass(frozen=True, slots=True)
class Stretches:
    """One row a stretch [from, to) of a clock. MISSING is NULL, `policy` a row of the policies."""

    ticket: Codes
    from_us: Instants
    to_us: Instants
    phase: Codes
    policy: Codes
    elapsed_us: Durations
    due_us: Instants
    at_risk_from_us: Instants
    at_risk_to_us: Instants
    breach_known_us: Instants
    priority: Codes
    team: Codes
    agent: Codes

    @property
    def ordinal(self) -> Codes:
        return np.arange(len(self.ticket)) - latest(firsts(self.ticket)) + 1


def read_policies(con: duckdb.DuckDBPyConnection) -> list[Policy]:
    """The commitments of a store, the most specific first."""
    names = [field.name for field in fields(Policy)]
    rows = con.execute(f"SELECT {', '.join(names)} FROM sla_policies").fetchall()
    policies = (Policy(**dict(zip(names, row, strict=True))) for row in rows)
    return sorted(policies, key=lambda policy: policy.rank)


@dataclass(frozen=True, slots=True)
class _Runs:
    """The stretches before their deadlines are known: what is done has the terms under which it ran last."""

    ticket: Codes
    state: Rows
    from_us: Instants
    to_us: Instants
    phase: Codes
    shown: Flags
    policy: Codes
    clock: ClockIds
    elapsed_us: Durations
    completed_us: Instants
    """Of what is done."""

    @property
    def promised(self) -> Flags:
        return np.asarray(self.policy != NO_POLICY)

    @property
    def in_flight(self) -> Flags:
        return np.asarray(self.phase != Phase.DONE)


def stretches_of(
    metric: Metric,
    tickets: Tickets,
    states: States,
    policies: list[Policy],
    words: Vocabulary,
    clocks: Clocks,
) -> Stretches | None:
    """The stretches of the clocks of `metric`; None if no ticket has one."""
    rows = np.flatnonzero(_judged(metric, tickets)[states.ticket])
    if not len(rows) or not any(policy.metric == metric for policy in policies):
        return None
    policy, clock = _terms(metric, tickets, states, rows, policies, words, clocks)
    runs = _runs(metric, states, rows, policy, clock, _pauses(policies, words), clocks)
    due, known = _deadlines(runs, policies, clocks)
    risk_from, risk_to = _at_risk(runs, known, policies, clocks)

    # The first breach of a ticket is never erased: its later stretches keep its policy and its instants.
    origin = _origin(runs, known)
    policy, due, known = runs.policy[origin], due[origin], known[origin]
    out = np.flatnonzero(runs.shown & (policy != NO_POLICY) & (runs.from_us < runs.to_us))
    breached_before = (origin != np.arange(len(origin)))[out]
    state = runs.state[out]
    return Stretches(
        ticket=runs.ticket[out],
        from_us=runs.from_us[out],
        to_us=runs.to_us[out],
        phase=runs.phase[out],
        policy=policy[out],
        elapsed_us=runs.elapsed_us[out],
        due_us=_known(due[out]),
        at_risk_from_us=np.where(breached_before, MISSING, risk_from[out]),
        at_risk_to_us=np.where(breached_before, MISSING, risk_to[out]),
        breach_known_us=_known(known[out]),
        priority=states.priority[state],
        team=states.team[state],
        agent=states.agent[state],
    )


def _known(at: Instants) -> Instants:
    return np.where(at == NEVER, MISSING, at)


def _judged(metric: Metric, tickets: Tickets) -> Flags:
    """Tickets that have this clock: the customers' own, and not those that ended before they began."""
    if metric == "resolution":
        return tickets.from_customer & ~tickets.invalid
    answered_before: Flags = (tickets.response_us != MISSING) & (tickets.response_us < tickets.created_us)
    return tickets.from_customer & ~tickets.voice & ~answered_before


def _phases(metric: Metric, states: States, rows: Rows, pauses: Flags) -> tuple[Codes, Flags]:
    """The phase of each state, and whether it is shown: a ticket resolved without an answer is not judged,
    although its first-response clock goes on."""
    unresolved, answered = states.unresolved[rows], states.answered[rows]
    if metric == "first_response":
        return np.where(answered, Phase.DONE, Phase.RUNNING), answered | unresolved
    phase = np.where(unresolved, np.where(pauses, Phase.PAUSED, Phase.RUNNING), Phase.DONE)
    return phase, np.ones(len(rows), np.bool_)


def _runs(
    metric: Metric,
    states: States,
    rows: Rows,
    policy: Codes,
    clock: ClockIds,
    pauses: NDArray[np.bool_],
    clocks: Clocks,
) -> _Runs:
    """The states that a clock does not tell apart are joined, and timed whatever their policies."""
    phase, shown = _phases(metric, states, rows, pauses[policy, states.status[rows]])
    ticket = states.ticket[rows]
    new = firsts(ticket)
    for column in (phase, shown, states.priority[rows], states.team[rows], states.agent[rows]):
        new[1:] |= column[1:] != column[:-1]
    head = np.flatnonzero(new)
    tail = np.append(head[1:], len(rows)) - 1
    ticket, phase, clock = ticket[head], phase[head], clock[head]
    from_us, to_us = states.from_us[rows[head]], states.to_us[rows[tail]]

    timed = np.flatnonzero((phase == Phase.RUNNING) & (to_us < FOREVER_US))
    spent = np.zeros(len(head), np.int64)
    spent[timed] = clocks.business_us(clock[timed], from_us[timed], to_us[timed])

    in_flight = phase != Phase.DONE
    last = latest(in_flight | firsts(ticket))
    return _Runs(
        ticket=ticket,
        state=rows[head],
        from_us=from_us,
        to_us=to_us,
        phase=phase,
        shown=shown[head],
        policy=policy[head][last],
        clock=clock[last],
        elapsed_us=sum_before(spent, ticket),
        completed_us=np.where(in_flight[last], to_us[last], from_us[last]),
    )


def _deadlines(runs: _Runs, policies: list[Policy], clocks: Clocks) -> tuple[Instants, Instants]:
    """When each stretch is due, and the first instant at which it is late; NEVER when paused.

    A stretch is due when its time left runs out; it starts late when its policy leaves it none. Late is a
    microsecond of running time past due: a clock that stands still at closing time waits for the opening.
    """
    left = np.array([*(policy.target_s for policy in policies), 0])[runs.policy] * SECOND - runs.elapsed_us
    in_flight, running = runs.in_flight, runs.phase == Phase.RUNNING
    late = in_flight & runs.promised & (left < 0)
    since = np.where(in_flight, runs.from_us, runs.completed_us)
    due, known = np.full(len(left), NEVER), np.full(len(left), NEVER)

    timed = np.flatnonzero(runs.promised & (running | ~in_flight))
    due[timed] = clocks.add_us(runs.clock[timed], since[timed], left[timed])
    timed = np.flatnonzero(runs.promised & running & ~late)
    again = clocks.next_open(runs.clock[timed], due[timed])
    known[timed] = np.where(again == NEVER, NEVER, again + 1)
    due[late] = known[late] = runs.from_us[late]
    return due, known


def _origin(runs: _Runs, known: Instants) -> Rows:
    """For each stretch, the earlier one in which its ticket was first breached, else itself."""
    own = np.arange(len(known))
    breach = np.flatnonzero(runs.in_flight & (known <= runs.to_us))
    breach = breach[firsts(runs.ticket[breach])]
    of_ticket = np.full(int(runs.ticket[-1]) + 1, len(known))
    of_ticket[runs.ticket[breach]] = breach
    return np.asarray(np.minimum(own, of_ticket[runs.ticket]))


def _at_risk(runs: _Runs, known: Instants, policies: list[Policy], clocks: Clocks) -> tuple[Instants, Instants]:
    """The part of each running stretch in which the elapsed time is at risk and not yet late."""
    rows = np.flatnonzero(runs.promised & (runs.phase == Phase.RUNNING))
    threshold = np.array([policy.at_risk_s for policy in policies])[runs.policy[rows]] * SECOND
    start = clocks.add_us(runs.clock[rows], runs.from_us[rows], threshold - runs.elapsed_us[rows])
    end = np.minimum(runs.to_us[rows], known[rows])
    some = start < end
    risk_from, risk_to = np.full(len(known), MISSING), np.full(len(known), MISSING)
    risk_from[rows[some]], risk_to[rows[some]] = start[some], end[some]
    return risk_from, risk_to


def _pauses(policies: list[Policy], words: Vocabulary) -> NDArray[np.bool_]:
    """Whether each policy (the last row: none) pauses in each status."""
    sets = [*(policy.pauses for policy in policies), frozenset({DEFAULT_PAUSE})]
    table = [[status in pauses for status in words.statuses] for pauses in sets]
    return np.array(table, np.bool_)


def _terms(
    metric: Metric,
    tickets: Tickets,
    states: States,
    rows: Rows,
    policies: list[Policy],
    words: Vocabulary,
    clocks: Clocks,
) -> tuple[Codes, ClockIds]:
    """The policy (NO_POLICY if none) and the clock of each state.

    Looked up once for each combination that occurs of what a policy selects on; days count only by the
    policy versions between which they fall.
    """
    candidates = [(number, policy) for number, policy in enumerate(policies) if policy.metric == metric]
    turns = version_days([policy for _, policy in candidates])
    version = np.searchsorted(turns, tickets.created_on, side="right")
    by_ticket = version * len(words.channels) + tickets.channel
    ticket = states.ticket[rows]
    key = (by_ticket[ticket] * len(words.priorities) + states.priority[rows]) * len(words.teams)
    key += states.team[rows]
    which, _ = pd.factorize(key)
    sample = np.flatnonzero(np.append(True, which[1:] > np.maximum.accumulate(which)[:-1]))

    terms = np.empty((len(sample), 2), np.int64)
    for n, row in enumerate(sample):
        team = int(states.team[rows[row]])
        channel = words.channels[tickets.channel[ticket[row]]]
        priority = words.priorities[states.priority[rows[row]]]
        created_on = date.fromordinal(_EPOCH_DAY + int(tickets.created_on[ticket[row]]))
        number, policy = next(
            (
                (number, policy)
                for number, policy in candidates
                if policy.matches(channel, priority, words.teams[team], created_on)
            ),
            (NO_POLICY, None),
        )
        terms[n] = number, clock_of(policy, int(words.promise_clock[team]), clocks)
    return terms[which, 0], terms[which, 1]


_EPOCH_DAY = date(1970, 1, 1).toordinal()


def version_days(policies: list[Policy]) -> Codes:
    """Days (since 1970) on which some policy begins, or has just ended."""
    starts = {policy.valid_from.toordinal() for policy in policies}
    ends = {policy.valid_to.toordinal() + 1 for policy in policies if policy.valid_to is not None}
    return np.array(sorted(starts | ends), np.int64) - _EPOCH_DAY


def clock_of(policy: Policy | None, team_clock: int, clocks: Clocks) -> int:
    """The clock of a policy, where its team promises on `team_clock`; that of the team without a policy."""
    if policy is None:
        return team_clock
    if policy.clock == "calendar":
        return CALENDAR_TIME
    own = clocks.number(policy.calendar_id)
    return team_clock if own is None else own
