"""The journal of the tickets: events in the order they were written down, and the state they lead to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from data.sample import world
from data.sample.clock import NEVER, Bools, Ints
from data.sample.columns import MISSING
from data.schema import PRIORITIES, STATUSES, UNRESOLVED_STATUSES

KINDS = (
    "status", "public_reply", "auto_reply", "customer_message", "note", "priority", "team", "agent", "merged",
)  # fmt: skip
ACTORS = ("agent", "customer", "system", "bot")
KIND = {name: code for code, name in enumerate(KINDS)}
ACTOR = {name: code for code, name in enumerate(ACTORS)}
STATUS = {name: code for code, name in enumerate(STATUSES)}
UNRESOLVED = np.array([STATUS[name] for name in UNRESOLVED_STATUSES])

PRIORITY_VALUES = len(STATUSES)
TEAM_VALUES = PRIORITY_VALUES + len(PRIORITIES)
AGENT_VALUES = TEAM_VALUES + len(world.TEAMS)
"""Where each kind of value begins among the values of events: statuses, priorities, teams, agents, tickets."""


@dataclass(frozen=True, slots=True)
class Events:
    """Events in order of time; `source` and `target` are positions among all values."""

    ticket: Ints
    at: Ints
    seq: Ints
    kind: Ints
    actor: Ints
    agent: Ints
    source: Ints
    target: Ints


@dataclass(slots=True)
class Journal:
    """Collects events, part by part. Written down first is first, among events of one instant."""

    parts: list[tuple[Ints, ...]] = field(default_factory=list)

    def add(
        self,
        kind: str,
        ticket: Ints,
        at: Ints,
        actor: str,
        *,
        agent: Ints | None = None,
        source: Ints | int = MISSING,
        target: Ints | int = MISSING,
    ) -> None:
        count = len(ticket)

        def column(value: Ints | int) -> Ints:
            return np.broadcast_to(np.asarray(value, dtype=np.int64), (count,))

        who = column(MISSING if agent is None else agent)
        fixed = column(KIND[kind]), column(ACTOR[actor])
        self.parts.append((ticket, at, *fixed, who, column(source), column(target)))

    def status(self, ticket: Ints, at: Ints, source: str, target: str, actor: str, agent: Ints | None = None) -> None:
        self.add("status", ticket, at, actor, agent=agent, source=STATUS[source], target=STATUS[target])

    def until(self, end: int) -> Events:
        """The events before `end`, in order of time."""
        ticket, at, *rest = (np.concatenate(columns) for columns in zip(*self.parts, strict=True))
        known = np.flatnonzero(at < end)
        order = known[np.lexsort((known, ticket[known], at[known]))]
        ticket, at = ticket[order], at[order]
        kind, actor, agent, source, target = (column[order] for column in rest)
        return Events(ticket, at, _sequence(ticket, at), kind, actor, agent, source, target)


def _sequence(ticket: Ints, at: Ints) -> Ints:
    """0, 1, ... among the events of one ticket and one instant."""
    position = np.arange(len(ticket))
    begins = np.ones(len(ticket), dtype=np.bool_)
    begins[1:] = (ticket[1:] != ticket[:-1]) | (at[1:] != at[:-1])
    return position - np.maximum.accumulate(np.where(begins, position, 0))


@dataclass(frozen=True, slots=True)
class State:
    """Where the tickets stand after their last event; codes are positions in the value lists."""

    status: Ints
    priority: Ints
    team: Ints
    agent: Ints
    first_response: Ints
    resolved: Ints


def state(events: Events, first_priority: Ints, first_team: Ints) -> State:
    """Replay the events. An assignment by index keeps the last of several values: the newest."""
    count = len(first_priority)
    status = np.full(count, STATUS["new"], dtype=np.int64)
    resolved, first_response = np.full(count, NEVER), np.full(count, NEVER)
    priority, team = first_priority.copy(), first_team.copy()
    agent = np.full(count, MISSING, dtype=np.int64)

    def latest(into: Ints, kind: str, base: int) -> None:
        which = events.kind == KIND[kind]
        into[events.ticket[which]] = events.target[which] - base

    latest(status, "status", 0)
    latest(priority, "priority", PRIORITY_VALUES)
    latest(team, "team", TEAM_VALUES)
    latest(agent, "agent", AGENT_VALUES)
    moves = events.kind == KIND["status"]
    was_open, now_open = _unresolved(events.source), _unresolved(events.target)
    changed = moves & (was_open != now_open)
    resolved[events.ticket[changed]] = np.where(now_open, NEVER, events.at)[changed]
    replies = np.flatnonzero((events.kind == KIND["public_reply"]) & (events.actor == ACTOR["agent"]))[::-1]
    first_response[events.ticket[replies]] = events.at[replies]
    return State(status, priority, team, agent, first_response, resolved)


def _unresolved(status: Ints) -> Bools:
    return np.isin(status, UNRESOLVED)
