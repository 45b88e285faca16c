"""SLA clocks: section 5.4 walked ticket by ticket, event by event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from tests.kpi.oracle.clock import ALWAYS, OpeningHours, local_day, moment, stamp, stamps
from tests.kpi.oracle.figures import Fields, Question, count, figures, groups, ratio, selected
from tests.kpi.oracle.known import COLUMN, MOVING, UNRESOLVED, VOICE, Known
from tests.kpi.oracle.tickets import Answered, _stock, stock_instants


@dataclass(frozen=True)
class State:
    """State of a ticket at an instant."""

    name: str
    """on_track, at_risk, paused, achieved, breached or breached_open."""
    due: float | None
    elapsed: float
    policy: dict[str, Any]


def _none(value: Any) -> Any:
    return None if value is None or (not isinstance(value, str) and pd.isna(value)) else value


class Policies:
    """The commitments of a metric."""

    def __init__(self, known: Known, metric: str) -> None:
        rows = known.tables["sla_policies"]
        self.rows = [
            {name: _none(value) for name, value in row.items()}
            for row in rows[rows.metric == metric].to_dict("records")
        ]
        self.world = known.world

    def of(self, created: date, channel: str, priority: Any, team: Any) -> dict[str, Any] | None:
        """The most specific policy in force for tickets created that local day."""
        matching = [
            row
            for row in self.rows
            if pd.Timestamp(row["valid_from"]).date() <= created
            and (row["valid_to"] is None or created <= pd.Timestamp(row["valid_to"]).date())
            and row["channel"] in (None, channel)
            and row["priority"] in (None, priority)
            and row["team_id"] in (None, team)
        ]

        def rank(row: dict[str, Any]) -> tuple[Any, ...]:
            chosen = (row["priority"] is not None, row["channel"] is not None, row["team_id"] is not None)
            return (*chosen, pd.Timestamp(row["valid_from"]))

        return max(matching, key=rank, default=None)

    def clock(self, policy: dict[str, Any] | None, team: Any) -> OpeningHours:
        if policy is not None and policy["clock"] == "calendar":
            return self.world.calendars[ALWAYS]
        if policy is not None and policy["calendar_id"] is not None:
            return self.world.calendars[policy["calendar_id"]]
        return self.world.hours_of(team)


class Walk:
    """One ticket's clock, moved forward from creation, stretch by stretch.

    Without a commitment time passes all the same, in the hours of the team and not while pending: a change of
    priority or team brings the ticket under a commitment with all the time already elapsed.
    """

    def __init__(self, policies: Policies, ticket: dict[str, Any], zone: str, *, pauses: bool) -> None:
        self.policies, self.ticket, self.pauses = policies, ticket, pauses
        self.day = local_day(ticket["created_at"].to_pydatetime(), zone)
        self.created = self.at = stamp(ticket["created_at"].to_pydatetime())
        self.elapsed = 0.0
        """At `at`, where the stretch begins."""
        self.breach: tuple[float, dict[str, Any]] | None = None
        self.now = {kind: ticket[f"first_{kind}"] for kind in MOVING} | {"status": ticket["initial_status"]}
        self.done = pauses and self.resolved
        self.choose()

    @property
    def resolved(self) -> bool:
        return self.now["status"] not in UNRESOLVED

    def choose(self) -> None:
        """The policy of the attributes of the moment; too much time already spent breaches it at once."""
        self.policy = self.policies.of(self.day, self.ticket["channel"], self.now["priority"], self.now["team"])
        self.clock = self.policies.clock(self.policy, self.now["team"])
        if self.policy is not None and self.breach is None and self.elapsed > self.policy["target_s"]:
            self.breach = self.at, self.policy

    @property
    def running(self) -> bool:
        pauses = self.policy["pause_statuses"] if self.policy else "pending"
        return not self.pauses or self.now["status"] not in pauses.split("|")

    def advance(self, to: float) -> None:
        """End the stretch at `to`."""
        if self.running and to > self.at:
            spent = self.clock.seconds(self.at, to)
            if self.policy is not None and self.breach is None and self.elapsed + spent > self.policy["target_s"]:
                self.breach = self.clock.add(self.at, self.policy["target_s"] - self.elapsed), self.policy
            self.elapsed += spent
        self.at = max(self.at, to)

    def _stretch(self) -> tuple[Any, ...]:
        return (self.running, self.resolved, *(self.now[kind] for kind in MOVING))

    def happen(self, events: list[Event]) -> None:
        """What happens together: a change of status, then of priority, team and agent."""
        before, was, was_done = dict(self.now), self._stretch(), self.done
        self.now |= {event.kind: event.after for event in events if event.kind in self.now}
        self.done = self.pauses and self.resolved
        if self._stretch() == was and self.done == was_done:
            return
        after, self.now = self.now, before
        if not was_done:
            self.advance(events[0].at)
        self.now = after
        if not self.done:
            self.at = events[0].at
            self.choose()

    def state(self) -> State | None:
        if self.breach is not None:
            due, policy = self.breach
            return State("breached" if self.done else "breached_open", due, self.elapsed, policy)
        policy = self.policy
        if policy is None:
            return None
        rest = policy["target_s"] - self.elapsed
        if self.done:
            return State("achieved", self.clock.add(self.at, rest), self.elapsed, policy)
        if not self.running:
            return State("paused", None, self.elapsed, policy)
        name = "at_risk" if self.elapsed / policy["target_s"] >= policy["at_risk_ratio"] else "on_track"
        return State(name, self.clock.add(self.at, rest), self.elapsed, policy)


@dataclass(frozen=True)
class Event:
    """Something that happened to a ticket; what has the same `settled` happened together."""

    at: float
    true_at: float
    kind: str
    actor: str
    after: Any
    settled: int


Story = list[list[Event]]


def _resolution(policies: Policies, ticket: dict[str, Any], story: Story, now: float, zone: str) -> State | None:
    if ticket["backwards"]:
        return None  # it ended before it began (G7)
    walk = Walk(policies, ticket, zone, pauses=True)
    for events in story:
        walk.happen(events)
    if not walk.done:
        walk.advance(now)
    return walk.state()


def _first_response(policies: Policies, ticket: dict[str, Any], story: Story, now: float, zone: str) -> State | None:
    walk = Walk(policies, ticket, zone, pauses=False)
    replies = [e for events in story for e in events if e.kind == "public_reply" and e.actor == "agent"]
    if replies and replies[0].true_at < walk.created:
        return None  # answered before it was asked (G7)
    end = replies[0].at if replies else now
    for events in story:
        if replies and events[0].at >= end:
            break
        walk.happen(events)
    walk.advance(end)
    walk.done = bool(replies)
    return None if walk.resolved and not replies else walk.state()  # resolved without any reply: not judged


WALKS = {"resolution": _resolution, "first_response": _first_response}
KINDS = ("status", "priority", "team", "agent", "public_reply")


def states(known: Known, metric: str) -> pd.DataFrame:
    """Customer-initiated tickets with a commitment: `state`, `placed_at` (due) and `policy_id` at the instant."""
    memo = known.__dict__.setdefault("_sla", {})
    if metric not in memo:
        memo[metric] = _states(known, metric)
    return memo[metric]


def _states(known: Known, metric: str) -> pd.DataFrame:
    world = known.world
    policies = Policies(known, metric)
    tickets = known.tickets
    tickets = tickets[tickets.initiated_by == "customer"]
    if metric == "first_response":
        tickets = tickets[~tickets.channel.isin(VOICE)]
    stories = _stories(known)
    born = pd.DataFrame({"ticket_id": tickets.ticket_id.to_numpy(), "rank": -1.0})
    first = known.attributes(born, "rank")
    tickets = tickets.assign(**{f"first_{kind}": first[COLUMN[kind]].to_numpy() for kind in MOVING})
    told = tickets.ticket_id.isin(known.tables["ticket_events"].query("event_type == 'status'").ticket_id)
    tickets = tickets.assign(backwards=~told & (tickets.resolved_at < tickets.created_at))
    fields = [
        "ticket_id",
        "created_at",
        "channel",
        "initial_status",
        "backwards",
        *(f"first_{kind}" for kind in MOVING),
    ]
    found: list[State | None] = []
    now = stamp(known.t)
    for ticket in tickets[fields].to_dict("records"):
        ticket |= {f"first_{kind}": _none(ticket[f"first_{kind}"]) for kind in MOVING}
        events = stories.get(ticket["ticket_id"], [])
        found.append(WALKS[metric](policies, ticket, events, now, world.zone))
    rows = tickets.assign(
        state=[one.name if one else None for one in found],
        placed_at=pd.Series([_instant(one.due if one else None) for one in found], tickets.index, "datetime64[us]"),
        elapsed=[one.elapsed if one else np.nan for one in found],
        policy_id=[one.policy["policy_id"] if one else None for one in found],
    )
    return rows[rows.state.notna()]


def _stories(known: Known) -> dict[Any, Story]:
    history = known.history[known.history.event_type.isin(KINDS)]
    columns = (stamps(history.event_at), stamps(history.true_at), history.event_type, history.actor)
    rows = zip(history.ticket_id, *columns, history.to_value.astype(object), history.settled, strict=True)
    stories: dict[Any, Story] = {}
    for ticket_id, at, true_at, kind, actor, after, settled in rows:
        story = stories.setdefault(ticket_id, [])
        event = Event(at, true_at, kind, actor, _none(after), settled)
        if story and story[-1][0].settled == settled:
            story[-1].append(event)
        else:
            story.append([event])
    return stories


def _instant(seconds: float | None) -> Any:
    return pd.NaT if seconds is None or seconds == float("inf") else moment(seconds)


def _kept(rows: pd.DataFrame) -> Fields:
    return ratio(int((rows.state == "achieved").sum()), len(rows))


def rate(metric: str) -> Any:
    def ask(known: Known, question: Question) -> Answered:
        rows = states(known, metric)
        judged = rows[rows.state.isin(["achieved", "breached", "breached_open"])]
        answers = figures(judged[judged.placed_at <= known.t], question, known.world, _kept)
        if question.grain is None and not {"hour", "weekday"} & {*question.by, *question.filters}:
            for keys, group in groups(selected(rows, question, known.world), question, known.world):
                if keys in answers:
                    answers[keys].update(_beside(group, known))
        return answers

    return ask


def _beside(rows: pd.DataFrame, known: Known) -> Fields:
    return {
        "n_paused": int((rows.state == "paused").sum()),
        "n_achieved_not_due": int(((rows.state == "achieved") & (rows.placed_at > known.t)).sum()),
        "n_open": int(rows.state.isin(["on_track", "at_risk"]).sum()),
    }


def at_risk(known: Known, question: Question) -> Answered:
    metric = question.params.get("metric", "resolution")
    found = []
    for bucket, read, _ in stock_instants(question, known.world.zone):
        rows = states(known.world.at(read), metric)
        found.append(rows[rows.state == "at_risk"].assign(bucket=bucket))
    return _stock(known, question, pd.concat(found, ignore_index=True), count)


KPIS = {
    "sla_first_response_rate": rate("first_response"),
    "sla_resolution_rate": rate("resolution"),
    "sla_at_risk": at_risk,
}
