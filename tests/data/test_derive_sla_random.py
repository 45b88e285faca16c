"""SLA clocks of random lives, against the rules read one ticket, one instant at a time."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil

import duckdb
import pytest

from data.business_hours import expand, read_calendars
from tests.data.sla_desk import FOREVER, PARIS, Clocks, policy, weekly
from tests.data.tiny import Row, derived

START = datetime(2025, 3, 20)
DAYS = 30
PRIORITIES = ["low", "normal", "high"]
TEAMS = ["T1", "T2", "T3", "T4", None]
STATUSES = ["new", "open", "pending", "on_hold", "solved", "closed"]
CENTRE: dict[str, list[Row]] = {
    "calendars": [
        {"calendar_id": "DAY"},
        {"calendar_id": "NIGHT", "holiday_set": "NONE"},
        {"calendar_id": "LISBON", "tz": "Europe/Lisbon", "holiday_set": "FR-ALSACE-MOSELLE"},
    ],
    "calendar_hours": weekly("DAY", "09:00", "12:30")
    + weekly("DAY", "13:30", "18:00")
    + weekly("NIGHT", "22:00", "06:00", range(1, 8))
    + weekly("LISBON", "08:00", "20:00"),
    "calendar_exceptions": [
        {"calendar_id": "DAY", "on_date": date(2025, 3, 29), "open_local": "10:00", "close_local": "12:00"},
        {"calendar_id": "DAY", "on_date": date(2025, 4, 2)},
    ],
    "teams": [
        {"team_id": "T1", "calendar_id": "DAY"},
        {"team_id": "T2", "calendar_id": "NIGHT"},
        {"team_id": "T3", "calendar_id": "DAY"},
        {"team_id": "T4"},
    ],
    "sla_policies": [
        policy("R", "resolution", 10, valid_to=date(2025, 3, 31)),
        policy("R-next", "resolution", 6, valid_from=date(2025, 4, 1), pause_statuses="pending|on_hold"),
        policy("R-high", "resolution", 3, priority="high", clock="calendar", at_risk_ratio=0.5),
        policy("R-chat", "resolution", 5, channel="chat", calendar_id="LISBON", pause_statuses=""),
        policy("R-T2", "resolution", 2, team_id="T2", priority="low", pause_statuses="pending,on_hold"),
        policy("F-email", "first_response", 4, channel="email"),
        policy("F-high", "first_response", 1, priority="high"),
        policy("F-T3", "first_response", 2.5, team_id="T3", clock="calendar"),
    ],
}


def random_life(ticket_id: str, dice: random.Random) -> tuple[Row, list[Row]]:
    """A ticket and its events, on a coarse grid half of the time so that instants and targets collide."""
    step = dice.choice([60 * 30, 1])
    created = START + timedelta(seconds=dice.randrange(0, DAYS * 86_400, step))
    offsets = sorted(dice.randrange(0, dice.choice([1, 3, 10]) * 86_400, step) for _ in range(dice.randrange(8)))
    row: Row = {
        "ticket_id": ticket_id,
        "created_at": created,
        "channel": dice.choice(["email", "chat", "phone", "web_form"]),
        "initiated_by": dice.choice(["customer"] * 9 + ["agent"]),
        "priority": dice.choice(PRIORITIES),
        "team_id": dice.choice(TEAMS),
        "agent_id": dice.choice(["A1", "A2", None]),
        "status": "open",
    }
    if dice.random() < 0.7:
        row["first_response_at"] = created + timedelta(seconds=dice.randrange(0, 4 * 86_400, step))
    if dice.random() < 0.4:
        row["resolved_at"] = created + timedelta(seconds=dice.randrange(0, 4 * 86_400, step))
    now = {"status": dice.choice(["new", "open"]), "priority": dice.choice(PRIORITIES)}
    now |= {"team": dice.choice(TEAMS), "agent": dice.choice(["A1", None])}
    values = {"status": STATUSES, "priority": PRIORITIES, "team": TEAMS, "agent": ["A1", "A2", None]}
    history = []
    for seq, offset in enumerate(offsets):
        kind = dice.choice(["status", "status", "status", "priority", "team", "agent"])
        after = dice.choice(values[kind])  # type: ignore[arg-type]
        history.append(
            {
                "event_id": f"{ticket_id}-{seq}",
                "ticket_id": ticket_id,
                "event_at": created + timedelta(seconds=offset),
                "seq": seq,
                "event_type": kind,
                "actor": "agent",
                "from_value": now[kind],
                "to_value": after,
            }
        )
        now[kind] = after
    moved = {event["event_type"] for event in history}
    row |= {f"{kind}_id": now[kind] for kind in ("team", "agent") if kind in moved}
    row |= {"priority": now["priority"]} if "priority" in moved else {}
    return row, history


@dataclass
class Segment:
    start: datetime
    status: str
    priority: str
    team: str | None
    answered: bool


@dataclass
class Judgement:
    state: str
    due: datetime | None
    elapsed: timedelta
    exact_start: bool
    """The target was reached to the second when the segment began: its due date has two readings."""


class LiteralClock:
    """Section by section of the rules on SLA clocks, for one ticket."""

    def __init__(self, tables: Mapping[str, list[Row]], con: duckdb.DuckDBPyConnection) -> None:
        self.policies = [
            {"channel": None, "priority": None, "team_id": None, "clock": "business", "calendar_id": None}
            | {"pause_statuses": "pending", "at_risk_ratio": 0.75, "valid_to": None}
            | row
            for row in tables["sla_policies"]
        ]
        self.team_calendar = {row["team_id"]: row.get("calendar_id") for row in tables["teams"]}
        self.ranges: dict[str | None, list[tuple[datetime, datetime]]] = {}
        for calendar_id, calendar in read_calendars(con).items():
            ranges = expand(calendar, date(2025, 3, 1), date(2025, 8, 1))
            self.ranges[calendar_id] = [
                (datetime(1970, 1, 1) + timedelta(microseconds=a), datetime(1970, 1, 1) + timedelta(microseconds=b))
                for a, b in zip(ranges.open_us.tolist(), ranges.close_us.tolist(), strict=True)
            ]
        self.ranges["always"] = [(datetime(2000, 1, 1), datetime(2100, 1, 1))]

    def policy(self, metric: str, row: Row, segment: Segment) -> Row | None:
        day = row["created_at"].replace(tzinfo=UTC).astimezone(PARIS).date()
        fitting = [
            p
            for p in self.policies
            if p["metric"] == metric
            and p["channel"] in (None, row["channel"])
            and p["priority"] in (None, segment.priority)
            and p["team_id"] in (None, segment.team)
            and p["valid_from"] <= day <= (p["valid_to"] or date.max)
        ]
        fitting.sort(key=lambda p: p["policy_id"])
        fitting.sort(key=lambda p: p["valid_from"], reverse=True)
        fitting.sort(key=lambda p: (p["priority"] is None, p["channel"] is None, p["team_id"] is None))
        return fitting[0] if fitting else None

    def calendar(self, promise: Row | None, team: str | None) -> str:
        if promise and promise["clock"] == "calendar":
            return "always"
        return (promise and promise["calendar_id"]) or self.team_calendar.get(team) or "DAY"  # type: ignore[arg-type]

    def spent(self, calendar: str, start: datetime, end: datetime) -> timedelta:
        overlaps = (min(end, b) - max(start, a) for a, b in self.ranges[calendar])
        return sum((x for x in overlaps if x > timedelta(0)), timedelta(0))

    def add(self, calendar: str, start: datetime, more: timedelta) -> datetime:
        if more <= timedelta(0):
            return start
        for a, b in self.ranges[calendar]:
            open_here = b - max(start, a)
            if open_here > timedelta(0):
                if more <= open_here:
                    return max(start, a) + more
                more -= open_here
        raise AssertionError("the ranges are too short")

    def life(self, row: Row, history: list[Row]) -> list[Segment]:
        changes = sorted(history, key=lambda e: (e["event_at"], e["seq"]))
        if not any(e["event_type"] == "status" for e in changes) and row.get("resolved_at"):
            done = {"event_at": row["resolved_at"], "event_type": "status", "from_value": None, "to_value": "solved"}
            changes = sorted([*changes, done], key=lambda e: e["event_at"])  # after those of its instant
        response = row.get("first_response_at")
        if response:
            changes = sorted([*changes, {"event_at": response, "event_type": ""}], key=lambda e: e["event_at"])
        now: Row = {"status": "open", "priority": row["priority"], "team": row["team_id"]}
        for kind in ("status", "priority", "team"):
            before = next((e["from_value"] for e in changes if e["event_type"] == kind), now[kind])
            now[kind] = before if before or kind == "team" else now[kind]

        def segment(at: datetime) -> Segment:
            answered = response is not None and response <= at
            return Segment(at, now["status"], now["priority"], now["team"], answered)

        segments = [segment(row["created_at"])]
        for change in changes:
            if change["event_type"] in now:
                now[change["event_type"]] = change["to_value"]
            merged = change["event_type"] != "status" and change["event_at"] == segments[-1].start
            if merged:
                segments.pop()
            segments.append(segment(change["event_at"]))
        return segments

    def judge(self, metric: str, row: Row, history: list[Row], at: datetime) -> Judgement | None:
        if row["initiated_by"] != "customer" or row["created_at"] > at:
            return None
        if metric == "first_response" and row["channel"] == "phone":
            return None
        life = self.life(row, history)
        ends = [*(segment.start for segment in life[1:]), FOREVER]
        elapsed, breach, terms, calendar, completed = timedelta(0), None, None, "always", row["created_at"]
        exact_start = False
        for segment, end in zip(life, ends, strict=True):
            if segment.start > at:
                break
            unresolved = segment.status not in ("solved", "closed")
            in_flight = unresolved if metric == "resolution" else not segment.answered
            if not in_flight:
                if segment is life[0]:
                    terms = self.policy(metric, row, segment)
                    calendar = self.calendar(terms, segment.team)
                phase = "done"
                continue
            terms = self.policy(metric, row, segment)
            calendar = self.calendar(terms, segment.team)
            target = timedelta(seconds=terms["target_s"]) if terms else timedelta.max
            pauses = (terms["pause_statuses"] if terms else "pending").replace(",", "|").split("|")
            phase = "paused" if metric == "resolution" and segment.status in pauses else "running"
            exact_start = elapsed == target if breach is None else exact_start
            if breach is None and elapsed > target:
                breach = segment.start
            started, elapsed_before = segment.start, elapsed
            if phase == "running":
                elapsed += self.spent(calendar, segment.start, min(end, at))
                if breach is None and elapsed > target:
                    breach = self.add(calendar, segment.start, target - elapsed_before)
            completed = end
        now = [segment for segment in life if segment.start <= at][-1]
        if metric == "first_response" and not now.answered and now.status in ("solved", "closed"):
            return None
        if breach is not None:
            return Judgement("breached" if phase == "done" else "breached_open", breach, elapsed, exact_start)
        if terms is None:
            return None
        target = timedelta(seconds=terms["target_s"])
        if phase == "done":
            return Judgement("achieved", self.add(calendar, completed, target - elapsed), elapsed, False)
        if phase == "paused":
            return Judgement("paused", None, elapsed, False)
        at_risk = elapsed >= timedelta(seconds=ceil(terms["at_risk_ratio"] * terms["target_s"]))
        due = self.add(calendar, started, target - elapsed_before)
        return Judgement("at_risk" if at_risk else "on_track", due, elapsed, exact_start)


@pytest.mark.parametrize("seed", range(5))
def test_random_lives_are_judged_as_the_rules_say(seed: int) -> None:
    dice = random.Random(seed)
    lives = [random_life(f"T{n:03}", dice) for n in range(250)]
    con = derived(
        **CENTRE,
        tickets=[row for row, _ in lives],
        ticket_events=list(itertools.chain(*(history for _, history in lives))),
    )
    literal, clocks = LiteralClock(CENTRE, con), Clocks(con)
    seen: set[str] = set()
    for (row, history), metric in itertools.product(lives, ("first_response", "resolution")):
        instants = [event["event_at"] for event in history[:3]]
        instants += [row["created_at"] + timedelta(seconds=dice.randrange(12 * 86_400)) for _ in range(4)]
        instants += [row["created_at"] + timedelta(seconds=dice.randrange(0, 4 * 86_400, 900)) for _ in range(4)]
        for at in instants:
            expected = literal.judge(metric, row, history, at)
            clock = clocks.at(metric, row["ticket_id"], at)
            story = (row, history, metric, at, clock, expected)
            if expected is None or clock is None:
                assert clock is None, story
                assert expected is None, story
                continue
            seen.add(expected.state)
            assert clock["state"] == expected.state, story
            if not expected.exact_start:
                assert clock["due_at"] == expected.due, story
            began = literal.judge(metric, row, history, clock["from_at"])
            if began is not None:
                assert clock["elapsed_s"] == began.elapsed // timedelta(seconds=1), story
    assert seen == {"achieved", "breached", "breached_open", "paused", "at_risk", "on_track"}


def test_no_stretch_overlaps_and_none_is_empty() -> None:
    dice = random.Random(9)
    lives = [random_life(f"T{n:03}", dice) for n in range(300)]
    con = derived(
        **CENTRE,
        tickets=[row for row, _ in lives],
        ticket_events=list(itertools.chain(*(history for _, history in lives))),
    )
    wrong = con.execute(
        "SELECT count(*) FROM (SELECT *, lead(from_at) OVER (PARTITION BY metric, ticket_id ORDER BY ordinal) AS next "
        "FROM sla_clocks) WHERE to_at <= from_at OR next < to_at"
    ).fetchone()
    assert wrong == (0,)
