"""What happens to each ticket: taken up, answered, put on hold, solved, reopened, closed.

Waiting comes from the load model (`demand`), in open seconds of the team in charge; the rest is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from data.sample import world
from data.sample.clock import DAY, HOUR, MINUTE, NEVER, Bools, Floats, Ints, OpenHours, Timeline
from data.sample.columns import MISSING, lognormal, pick, stream, whole
from data.sample.demand import Demand
from data.sample.events import AGENT_VALUES, PRIORITY_VALUES, STATUS, TEAM_VALUES, Journal
from data.sample.legs import CHANNEL, EXCLUSION, Legs
from data.sample.planted import NewHours
from data.sample.tickets import BY_AGENT, LIVE_CODES, Tickets
from data.sample.workforce import Workforce

PRIORITY_WAIT = np.array([1.2, 1.0, 0.6, 0.3])
"""Share of the queue that each of PRIORITIES waits through."""
OWN_WAIT_MIN = {
    "email": 95, "web_form": 100, "facebook": 50, "x_twitter": 32, "instagram": 55, "whatsapp": 28, "sms": 40,
    "post": 480, "marketplace": 100, "other": 110,
}  # fmt: skip
"""Median open minutes between being at the head of the queue and the reply."""
OWN_WAIT_SIGMA = 0.85
CHAT_WAIT_MEDIAN_S, VISIT_WAIT_MEDIAN_S = 36.0, 240.0
OFF_HOURS_REPLY_SHARE = 0.012
NEGATIVE_RESPONSE_SHARE = 0.001
UNROUTED_SHARE, NEVER_ROUTED_SHARE = 0.05, 0.003
TRANSFER_SHARE, PRIORITY_CHANGE_SHARE, NOTE_SHARE = 0.045, 0.03, 0.16

ONE_TOUCH = 0.90
ONE_TOUCH_COMPLEXITY, ONE_TOUCH_SKILL, ONE_TOUCH_INCIDENT = -0.52, 0.13, -0.15
AWAIT_CUSTOMER, AWAIT_SUPPLIER, WORK = range(3)
PATH_SHARES = (0.46, 0.17, 0.37)
CUSTOMER_MEDIAN_S, SUPPLIER_MEDIAN_S = 36.0 * HOUR, 130.0 * HOUR
SILENT_SHARE, SILENCE_DAYS = 0.20, 7
STUCK_SHARE, STUCK_FACTOR = 0.045, 24.0
"""Of what waits for a supplier or for work: cases that drag on for months."""
WORK_MEDIAN_S, REPLY_MEDIAN_S = 9.0 * HOUR, 1.0 * HOUR
CHASER_SHARE, CHASER_SCALE_S = 0.50, 60.0 * HOUR
"""Customers who ask again while they wait: at most that share, reached slowly."""

REOPEN_RATE = 0.036
REOPEN_COMPLEXITY, REOPEN_SKILL, REOPEN_INCIDENT = 0.03, -0.022, 0.05
REOPEN_MEDIAN_S, REOPEN_SIGMA = 20.0 * HOUR, 0.8
CLOSE_AFTER_DAYS = 4
REASSIGN_SHARE = 0.05


@dataclass(slots=True)
class Messages:
    """Written customer contacts after the first: parts of (ticket, instant, instant of the reply, agent)."""

    parts: list[tuple[Ints, Ints, Ints, Ints]] = field(default_factory=list)

    def add(self, ticket: Ints, at: Ints, answered: Ints, agent: Ints) -> None:
        self.parts.append((ticket, at, answered, agent))

    def all(self) -> tuple[Ints, Ints, Ints, Ints]:
        ticket, at, answered, agent = (np.concatenate(columns) for columns in zip(*self.parts, strict=True))
        return ticket, at, answered, agent


@dataclass(slots=True)
class Journey:
    """What the tickets went through, for those who come after: contacts, surveys."""

    journal: Journal
    messages: Messages
    first_team: Ints
    first_priority: Ints
    agent: Ints
    """Agent of the first reply."""
    reply: Ints
    solved: Ints
    """Last resolution, also past the end of the data."""
    reopened: Bools


@dataclass(slots=True)
class _Walk:
    """The parts that every step needs."""

    timeline: Timeline
    calendars: dict[str, OpenHours]
    demand: Demand
    people: Workforce
    tickets: Tickets
    change: NewHours | None
    rng: np.random.Generator
    journal: Journal = field(default_factory=Journal)
    messages: Messages = field(default_factory=Messages)

    def at_work(self, ticket: Ints, ready: Ints, open_s: Floats) -> Ints:
        """Instant `open_s` open seconds of the ticket's team after `ready`; what is NEVER ready stays so."""
        team = self.tickets.team[ticket]
        at = np.full(len(ticket), NEVER)
        for number, details in enumerate(world.TEAMS):
            mine = (team == number) & (ready < NEVER)
            hours = self.calendars[details.calendar_id]
            at[mine] = hours.instant(hours.elapsed(ready[mine]) + np.maximum(whole(open_s[mine]), 1))
        return at

    def queue(self, waits: Floats, ticket: Ints, ready: Ints) -> Floats:
        """Open seconds in the queue of the team, by priority, for what is ready at an instant."""
        hour = self.timeline.hour_index(np.minimum(ready, self.timeline.hours[-1]))
        lane = PRIORITY_WAIT[self.tickets.priority[ticket]]
        spread = 0.7 + 0.6 * self.rng.random(len(ticket))
        return np.asarray(waits[self.tickets.team[ticket], hour] * lane * spread)

    def follow_up(self, ticket: Ints, ready: Ints, median_s: float, pace: Floats) -> Ints:
        """Instant at which follow-up work that is ready is done."""
        own = pace * PRIORITY_WAIT[self.tickets.priority[ticket]] * lognormal(self.rng, median_s, 0.9, len(ticket))
        return self.at_work(ticket, ready, self.queue(self.demand.follow_wait, ticket, ready) + own)


def walk(
    timeline: Timeline,
    calendars: dict[str, OpenHours],
    demand: Demand,
    people: Workforce,
    tickets: Tickets,
    calls: Legs,
    change: NewHours | None,
    seed: int,
) -> Journey:
    """Lead every ticket from creation to the end of its story."""
    step = _Walk(timeline, calendars, demand, people, tickets, change, stream(seed, "journey"))
    plain = np.flatnonzero(tickets.plain)
    taken, reply, agent = _first_replies(step, plain, calls)
    first_team = _routing(step, plain, taken)
    _take_up(step, plain, taken, agent)
    _automatic_replies(step, plain)
    _public_replies(step, plain, reply, agent)
    solved, agents = _resolve(step, plain, reply, agent)
    first_priority = _priority_changes(step, plain, taken, solved)
    solved, reopened = _reopen_and_close(step, plain, solved, agents)
    _set_aside(step)
    count = len(tickets)
    return Journey(
        step.journal, step.messages, first_team, first_priority,
        _spread(agent, plain, count, MISSING), _spread(reply, plain, count, NEVER),
        _spread(solved, plain, count, NEVER), np.isin(np.arange(count), plain[reopened]),
    )  # fmt: skip


def _spread(values: Ints, where: Ints, count: int, missing: int) -> Ints:
    spread = np.full(count, missing, dtype=np.int64)
    spread[where] = values
    return spread


# -- first reply


def _first_replies(step: _Walk, plain: Ints, calls: Legs) -> tuple[Ints, Ints, Ints]:
    """When each ticket is taken up and first answered, and by whom."""
    tickets, rng = step.tickets, step.rng
    created, channel = tickets.created[plain], tickets.channel[plain]
    queued = step.queue(step.demand.first_wait, plain, created)
    head = step.at_work(plain, created, queued)
    day = step.timeline.day(np.minimum(head, step.timeline.hours[-1]))
    agent = step.people.choose(rng, tickets.team[plain], day, tickets.complexity[plain])
    own = lognormal(rng, _own_medians(channel), OWN_WAIT_SIGMA, len(plain)) * step.people.pace[agent]
    own = own * np.sqrt(PRIORITY_WAIT[tickets.priority[plain]])
    if step.change is not None:
        changed = created >= step.timeline.instant_of(step.timeline.days - step.change.since)
        own = own * np.where(changed, step.change.routing, 1.0)
    reply = step.at_work(plain, created, queued + own)
    late = rng.random(len(plain)) < OFF_HOURS_REPLY_SHARE
    reply = np.where(late, np.minimum(reply, created + whole(lognormal(rng, 80.0 * MINUTE, 0.6, len(plain)))), reply)
    writing = whole(lognormal(rng, 5.0 * MINUTE, 0.5, len(plain)))
    taken = np.maximum(reply - writing, created)
    live = np.isin(channel, LIVE_CODES)
    medians = np.where(channel == CHANNEL["chat"], CHAT_WAIT_MEDIAN_S, VISIT_WAIT_MEDIAN_S)
    load = step.demand.voice_load[step.timeline.hour_index(created)]
    picked_up = created + 4 + whole(lognormal(rng, medians * load**1.5, 0.7, len(plain)))
    spontaneous = tickets.initiated[plain] == BY_AGENT
    call = tickets.call[plain]
    spoken = call != MISSING
    agent = np.where(spoken, calls.agent[call], agent)
    reply = np.select([spoken, live, spontaneous], [calls.ended[call], picked_up, created], reply)
    return np.select([spoken | spontaneous, live], [created, picked_up], taken), reply, agent


def _own_medians(channel: Ints) -> Floats:
    minutes = np.full(len(CHANNEL), 30.0)
    for name, median in OWN_WAIT_MIN.items():
        minutes[CHANNEL[name]] = median
    return np.asarray(minutes[channel] * MINUTE)


def _routing(step: _Walk, plain: Ints, taken: Ints) -> Ints:
    """Team events; returns the team with which each ticket began (MISSING: not routed yet)."""
    tickets, rng = step.tickets, step.rng
    first_team = tickets.team.copy()
    draws = rng.random(len(plain))
    written = (tickets.call[plain] == MISSING) & ~np.isin(tickets.channel[plain], LIVE_CODES)
    unrouted = written & (draws < UNROUTED_SHARE)
    first_team[plain[unrouted]] = MISSING
    moved = written & (draws > 1 - TRANSFER_SHARE)
    others = (tickets.team[plain] + rng.integers(1, len(world.TEAMS), len(plain))) % len(world.TEAMS)
    first_team[plain[moved]] = others[moved]
    created = tickets.created[plain]
    waited = np.minimum(taken, created + 30 * DAY) - created
    at = np.minimum(created + (waited * (0.2 + 0.7 * rng.random(len(plain)))).astype(np.int64), taken)
    routed = unrouted & (draws >= NEVER_ROUTED_SHARE)
    for which, actor in ((routed, "system"), (moved, "agent")):
        ticket = plain[which]
        before = first_team[ticket]
        source = np.where(before == MISSING, MISSING, before + TEAM_VALUES)
        step.journal.add("team", ticket, at[which], actor, source=source, target=tickets.team[ticket] + TEAM_VALUES)
    return first_team


def _take_up(step: _Walk, plain: Ints, taken: Ints, agent: Ints) -> None:
    step.journal.add("agent", plain, taken, "agent", agent=agent, target=agent + AGENT_VALUES)
    step.journal.status(plain, taken, "new", "open", "agent", agent)


def _automatic_replies(step: _Walk, plain: Ints) -> None:
    """Acknowledgements and bot replies: public, but no answer from a person."""
    tickets, rng = step.tickets, step.rng
    channel, created = tickets.channel[plain], tickets.created[plain]
    by_customer = tickets.initiated[plain] != BY_AGENT
    delay = rng.integers(2, 45, len(plain))
    mailed = np.isin(channel, [CHANNEL["email"], CHANNEL["web_form"]]) & by_customer
    acknowledged = mailed & (rng.random(len(plain)) < 0.92)
    step.journal.add("auto_reply", plain[acknowledged], (created + delay)[acknowledged], "system")
    typed = np.isin(channel, [CHANNEL["chat"], CHANNEL["whatsapp"]]) & (rng.random(len(plain)) < 0.35)
    step.journal.add("public_reply", plain[typed], (created + 3)[typed], "bot")


def _public_replies(step: _Walk, plain: Ints, reply: Ints, agent: Ints) -> None:
    """First replies, a few of them dated before the ticket by a wrong clock; some with a note before."""
    tickets, rng = step.tickets, step.rng
    noted = rng.random(len(plain)) < NOTE_SHARE
    step.journal.add("note", plain[noted], reply[noted], "agent", agent=agent[noted])
    wrong = (rng.random(len(plain)) < NEGATIVE_RESPONSE_SHARE) & ~tickets.voice[plain]
    early = tickets.created[plain] - rng.integers(30, 2 * HOUR, len(plain))
    step.journal.add("public_reply", plain, np.where(wrong & (reply < NEVER), early, reply), "agent", agent=agent)


# -- resolution


def _resolve(step: _Walk, plain: Ints, reply: Ints, agent: Ints) -> tuple[Ints, Ints]:
    """First resolution of each ticket, and the agent who made it."""
    tickets, rng = step.tickets, step.rng
    skill = step.people.skill[agent]
    chance = ONE_TOUCH + ONE_TOUCH_COMPLEXITY * tickets.complexity[plain] + ONE_TOUCH_SKILL * skill
    chance = chance + ONE_TOUCH_INCIDENT * tickets.incident[plain]
    at_once = rng.random(len(plain)) < chance
    path = pick(rng, PATH_SHARES, len(plain))
    solved = reply + rng.integers(0, 3 * MINUTE, len(plain))
    step.journal.status(plain[at_once], solved[at_once], "open", "solved", "agent", agent[at_once])
    agents = agent.copy()
    steps = {AWAIT_CUSTOMER: _await_customer, AWAIT_SUPPLIER: _await_supplier, WORK: _work}
    for number, follow in steps.items():
        mine = np.flatnonzero(~at_once & (path == number))
        last = _reassigned(step, plain[mine], reply[mine], agent[mine])
        solved[mine] = follow(step, plain[mine], reply[mine], last)
        agents[mine] = last
        if number != AWAIT_CUSTOMER:
            _chase(step, plain[mine], reply[mine], solved[mine], last)
    return np.minimum(solved, NEVER), agents


def _reassigned(step: _Walk, ticket: Ints, at: Ints, agent: Ints) -> Ints:
    """Some tickets go on with a colleague."""
    day = step.timeline.day(np.minimum(at + DAY, step.timeline.hours[-1]))
    other = step.people.choose(step.rng, step.tickets.team[ticket], day, step.tickets.complexity[ticket])
    gone = (step.people.left[agent] < day) | (step.rng.random(len(ticket)) < REASSIGN_SHARE)
    moved = gone & (other != agent)
    values = agent + AGENT_VALUES, other + AGENT_VALUES
    step.journal.add(
        "agent", ticket[moved], at[moved] + MINUTE, "agent",
        agent=agent[moved], source=values[0][moved], target=values[1][moved],
    )  # fmt: skip
    return np.where(moved, other, agent)


def _reply_and_solve(step: _Walk, ticket: Ints, at: Ints, agent: Ints) -> None:
    step.journal.add("public_reply", ticket, at, "agent", agent=agent)
    step.journal.status(ticket, at, "open", "solved", "agent", agent)


def _await_customer(step: _Walk, ticket: Ints, reply: Ints, agent: Ints) -> Ints:
    """Pending until the customer writes, then answered; solved by the system when the customer stays silent."""
    rng = step.rng
    step.journal.status(ticket, reply, "open", "pending", "agent", agent)
    silent = rng.random(len(ticket)) < SILENT_SHARE
    written = reply + 10 * MINUTE + whole(np.minimum(lognormal(rng, CUSTOMER_MEDIAN_S, 1.0, len(ticket)), 6.5 * DAY))
    answered = step.follow_up(ticket, np.minimum(written, NEVER), REPLY_MEDIAN_S, step.people.pace[agent])
    given_up = reply + SILENCE_DAYS * DAY
    step.journal.status(ticket[silent], given_up[silent], "pending", "solved", "system")
    back = ~silent
    step.journal.add("customer_message", ticket[back], written[back], "customer")
    step.journal.status(ticket[back], written[back], "pending", "open", "customer")
    _reply_and_solve(step, ticket[back], answered[back], agent[back])
    step.messages.add(ticket[back], written[back], answered[back], agent[back])
    return np.where(silent, given_up, answered)


def _stuck(step: _Walk, count: int) -> Floats:
    return np.where(step.rng.random(count) < STUCK_SHARE, STUCK_FACTOR, 1.0)


def _await_supplier(step: _Walk, ticket: Ints, reply: Ints, agent: Ints) -> Ints:
    """On hold until the carrier, the workshop or the seller answers."""
    count = len(ticket)
    step.journal.status(ticket, reply, "open", "on_hold", "agent", agent)
    lane = PRIORITY_WAIT[step.tickets.priority[ticket]]
    waited = whole(lane * lognormal(step.rng, SUPPLIER_MEDIAN_S, 0.8, count) * _stuck(step, count))
    back = step.at_work(ticket, np.minimum(reply + waited, NEVER), np.ones(count))
    step.journal.status(ticket, back, "on_hold", "open", "system")
    answered = step.follow_up(ticket, back, REPLY_MEDIAN_S, step.people.pace[agent])
    _reply_and_solve(step, ticket, answered, agent)
    return answered


def _work(step: _Walk, ticket: Ints, reply: Ints, agent: Ints) -> Ints:
    """Waits its turn in the follow-up work of the team."""
    median = step.people.pace[agent] * (0.5 + step.tickets.complexity[ticket]) * _stuck(step, len(ticket)) ** 1.1
    answered = step.follow_up(ticket, reply, WORK_MEDIAN_S, median)
    _reply_and_solve(step, ticket, answered, agent)
    return answered


def _chase(step: _Walk, ticket: Ints, reply: Ints, solved: Ints, agent: Ints) -> None:
    """The longer it lasts, the more customers ask where their request stands."""
    waited = np.minimum(solved, NEVER) - reply
    asks = step.rng.random(len(ticket)) < CHASER_SHARE * (1 - np.exp(-waited / CHASER_SCALE_S))
    asks &= reply < NEVER
    at = reply + (np.minimum(waited, 20 * DAY) * (0.3 + 0.5 * step.rng.random(len(ticket)))).astype(np.int64)
    step.journal.add("customer_message", ticket[asks], at[asks], "customer")
    step.messages.add(ticket[asks], at[asks], solved[asks], agent[asks])


def _priority_changes(step: _Walk, plain: Ints, taken: Ints, solved: Ints) -> Ints:
    """Priority events, of one step up (or down to the lowest); returns the priority with which each ticket began."""
    tickets, rng = step.tickets, step.rng
    first = tickets.priority.copy()
    changed = (rng.random(len(plain)) < PRIORITY_CHANGE_SHARE) & (solved < NEVER)
    ticket = plain[changed]
    priority = tickets.priority[ticket]
    before = np.where(priority == 0, 1, priority - 1)
    first[ticket] = before
    at = taken[changed] + ((solved - taken)[changed] * 0.8 * rng.random(len(ticket))).astype(np.int64)
    step.journal.add(
        "priority", ticket, at, "agent", source=before + PRIORITY_VALUES, target=priority + PRIORITY_VALUES
    )
    return first


def _reopen_and_close(step: _Walk, plain: Ints, solved: Ints, agent: Ints) -> tuple[Ints, Bools]:
    """Reopenings, their resolution, and the closing some days after the last one."""
    tickets, rng = step.tickets, step.rng
    rate = REOPEN_RATE + REOPEN_COMPLEXITY * tickets.complexity[plain] + REOPEN_SKILL * step.people.skill[agent]
    reopened = (rng.random(len(plain)) < rate + REOPEN_INCIDENT * tickets.incident[plain]) & (solved < NEVER)
    back = solved + HOUR // 2 + whole(lognormal(rng, REOPEN_MEDIAN_S, REOPEN_SIGMA, len(plain)))
    closing = solved + CLOSE_AFTER_DAYS * DAY
    from_closed = reopened & (back >= closing)
    closed_first = ~reopened | from_closed
    step.journal.status(plain[closed_first], closing[closed_first], "solved", "closed", "system")
    ticket = plain[reopened]
    at = back[reopened]
    step.journal.add("customer_message", ticket, at, "customer")
    for which, source in ((from_closed, "closed"), (reopened & ~from_closed, "solved")):
        step.journal.status(plain[which], back[which], source, "open", "customer")
    again = step.follow_up(ticket, at, WORK_MEDIAN_S, step.people.pace[agent[reopened]])
    _reply_and_solve(step, ticket, again, agent[reopened])
    step.messages.add(ticket, at, again, agent[reopened])
    step.journal.status(ticket, np.minimum(again + CLOSE_AFTER_DAYS * DAY, NEVER), "solved", "closed", "system")
    last = solved.copy()
    last[reopened] = again
    return last, reopened


def _set_aside(step: _Walk) -> None:
    """Excluded tickets are closed unanswered, merged ones point to the ticket that stays."""
    tickets, rng = step.tickets, step.rng
    excluded = np.flatnonzero(tickets.exclusion != MISSING)
    at = step.at_work(excluded, tickets.created[excluded], lognormal(rng, 1.5 * HOUR, 0.8, len(excluded)))
    thanked = tickets.exclusion[excluded] == EXCLUSION["courtesy"]
    target = np.where(thanked, STATUS["solved"], STATUS["closed"])
    step.journal.add("status", excluded, at, "agent", source=STATUS["new"], target=target)
    merged = np.flatnonzero(tickets.merged_into != MISSING)
    at = step.at_work(merged, tickets.created[merged], lognormal(rng, 1.0 * HOUR, 0.8, len(merged)))
    ticket_values = AGENT_VALUES + len(step.people.ids)
    step.journal.add("merged", merged, at, "agent", target=tickets.merged_into[merged] + ticket_values)
    step.journal.status(merged, at, "new", "closed", "agent")
