"""Small contact centres made by a seeded hand, in which everything that can go wrong does.

Instants are drawn from those that hurt: local midnights, openings and closings, both changes of the clock, and the
instants already used, so that thresholds are met exactly and events fall together.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
PARIS = ZoneInfo("Europe/Paris")
HOUR, DAY = 3600, 86_400
SEASONS = (date(2025, 3, 24), date(2025, 10, 20), date(2025, 4, 28), date(2025, 12, 20), date(2025, 6, 2))
"""First days: both changes of the clock, the holidays of May, the end of the year, a quiet month."""
SPAN = 16
GAPS = (0, 0, 1, 5, 30, 60, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, DAY + 1, 3 * DAY, 7 * DAY, 7 * DAY + 1, 14 * DAY)
STATUSES = ("new", "open", "pending", "on_hold", "solved", "closed")
TEAMS = ("T1", "T2", "T3", "T4", None)
REASONS = ("bill", "order", None)
CUSTOMERS = ("C1", "C2", "C3", None)
PRIORITIES = ("low", "normal", "high", "urgent")
CHANNELS = ("email", "web_form", "facebook", "chat", "phone", "click_to_talk")


def utc(day: date, at: time) -> datetime:
    return datetime.combine(day, at, PARIS).astimezone(UTC).replace(tzinfo=None)


class Hand:
    """Draws the rows of one centre."""

    def __init__(self, seed: int, first: date | None = None) -> None:
        self.random = random.Random(seed)
        self.first = first or self.random.choice(SEASONS)
        self.used: list[datetime] = []
        self.start = utc(self.first, time())
        self.end = utc(self.first + timedelta(days=SPAN), time())

    def one(self, values: Any) -> Any:
        return self.random.choice(values)

    def often(self, chance: float) -> bool:
        return self.random.random() < chance

    def instant(self) -> datetime:
        """An instant of the season, often one that has already served."""
        day = self.first + timedelta(days=self.random.randrange(SPAN))
        at = {
            "edge": lambda: utc(day, self.one([time(), time(8), time(19), time(12, 30), time(2, 30), time(22)])),
            "used": lambda: self.one(self.used or [self.start]),
            "any": lambda: utc(day, time()) + timedelta(seconds=self.random.randrange(DAY)),
        }[self.one(["edge", "used", "any", "any"])]()
        self.used.append(at)
        return at

    def later(self, at: datetime) -> datetime:
        gap = self.one(GAPS) if self.often(0.7) else self.random.randrange(4 * DAY)
        at += timedelta(seconds=gap)
        self.used.append(at)
        return at


def tables(seed: int, first: date | None = None) -> dict[str, list[Row]]:
    """The raw tables of a centre whose season begins on `first`; the same for the same seed."""
    hand = Hand(seed, first)
    made: dict[str, list[Row]] = {**_hours(hand), **_promises(hand)}
    made["tickets"], made["ticket_events"] = [], []
    for number in range(hand.random.randrange(12, 40)):
        _ticket(hand, f"K{number:02}", made)
    made["interactions"] = _interactions(hand, [row["ticket_id"] for row in made["tickets"]])
    made["surveys"] = _surveys(hand, made["tickets"])
    made["imports"] = [
        {"import_id": f"I{n}", "source": hand.one(["crm", "tel"]), "loaded_at": hand.end, "data_until": hand.instant()}
        for n in range(3)
    ]
    for rows in made.values():
        hand.random.shuffle(rows)
    return made


def instants(seed: int, first: date | None = None) -> dict[str, datetime]:
    """The season of a centre, an instant when all is known, and two inside the season."""
    hand = Hand(seed, first)
    late = hand.end + timedelta(days=40)
    return {"start": hand.start, "end": hand.end, "late": late, "early": hand.instant(), "middle": hand.instant()}


# ---------------------------------------------------------------------------------------------- hours and promises


def _hours(hand: Hand) -> dict[str, list[Row]]:
    def week(name: str, ranges: list[tuple[int, int, str, str]]) -> list[Row]:
        return [
            {"calendar_id": name, "weekday": day, "open_local": opens, "close_local": closes}
            for first, last, opens, closes in ranges
            for day in range(first, last + 1)
        ]

    zones = ["Europe/Paris", "Europe/Paris", "Indian/Reunion"]
    calendars = [
        {"calendar_id": "DAY", "tz": "Europe/Paris", "holiday_set": "FR"},
        {"calendar_id": "NIGHT", "tz": hand.one(zones), "holiday_set": hand.one(["FR", "NONE", "FR-ALSACE-MOSELLE"])},
        {"calendar_id": "LUNCH", "tz": hand.one(zones), "holiday_set": "FR-ALSACE-MOSELLE"},
    ]
    hours = week("DAY", [(1, 5, "08:00", "19:00")]) + week("NIGHT", [(1, 7, "22:00", "06:00")])
    hours += week("LUNCH", [(1, 6, "09:00", "12:30"), (1, 6, "13:30", "18:00")])
    if hand.often(0.3):
        hours = [row for row in hours if row["calendar_id"] != "NIGHT"] + week("NIGHT", [(1, 7, "00:00", "00:00")])
    days = hand.random.sample(range(SPAN), 2)
    exceptions: list[Row] = [
        {"calendar_id": "DAY", "on_date": hand.first + timedelta(days=days[0]), "open_local": "10:00",
         "close_local": "12:00"},
        {"calendar_id": "LUNCH", "on_date": hand.first + timedelta(days=days[1])},
    ]  # fmt: skip
    teams = [
        {"team_id": "T1", "site": "Lyon", "organisation": "O1", "calendar_id": "DAY"},
        {"team_id": "T2", "site": "Lyon", "organisation": "O2", "calendar_id": "NIGHT"},
        {"team_id": "T3", "site": None, "organisation": "O1", "calendar_id": "LUNCH"},
        {"team_id": "T4", "site": "Lille", "organisation": "O2", "calendar_id": None},
    ]
    return {"calendars": calendars, "calendar_hours": hours, "calendar_exceptions": exceptions, "teams": teams}


def _promises(hand: Hand) -> dict[str, list[Row]]:
    policies: dict[tuple[Any, ...], Row] = {}
    for number in range(hand.random.randrange(2, 9)):
        metric = hand.one(["first_response", "resolution", "resolution"])
        chosen = {
            "channel": hand.one([None, None, "email", "chat"]),
            "priority": hand.one([None, None, *PRIORITIES]),
            "team_id": hand.one([None, None, "T1", "T2"]),
        }
        starts = hand.one([date(2025, 1, 1), hand.first + timedelta(days=5), hand.first + timedelta(days=6)])
        policies[metric, *chosen.values(), starts] = {
            "policy_id": f"P{number}", "metric": metric, **chosen,
            "target_s": hand.one([30, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 20]),
            "clock": hand.one(["business", "business", "calendar"]),
            "calendar_id": hand.one([None, None, "DAY", "NIGHT"]),
            "pause_statuses": hand.one(["pending", "pending|on_hold", "on_hold", "new"]),
            "at_risk_ratio": hand.one([0.75, 0.5, 0.9]),
            "valid_from": starts,
            "valid_to": hand.one([None, None, hand.first + timedelta(days=9)]),
        }  # fmt: skip
    targets = [
        {"target_id": f"G{n}", "kpi_id": "response_within_target_rate", "role": "target", "scope_dim": "channel",
         "scope_value": channel, "op": ">=", "value_low": 0.9, "threshold_s": seconds, "source": "house",
         "valid_from": date(2016, 1, 1)}
        for n, (channel, seconds) in enumerate([("email", DAY), ("web_form", DAY), ("facebook", 2 * HOUR)])
    ]  # fmt: skip
    return {"sla_policies": list(policies.values()), "targets": targets}


# ---------------------------------------------------------------------------------------------- tickets


def _ticket(hand: Hand, name: str, made: dict[str, list[Row]]) -> None:
    created = hand.instant()
    ticket: Row = {
        "ticket_id": name, "created_at": created,
        "initiated_by": hand.one(["customer"] * 6 + ["agent", "system"]),
        "channel": hand.one(CHANNELS), "ticket_type": hand.one(["question", "complaint"]),
        "request_type": hand.one(REASONS), "priority": hand.one(PRIORITIES), "product": hand.one(["X", "Y", None]),
        "customer_id": hand.one(CUSTOMERS), "team_id": hand.one(TEAMS), "agent_id": hand.one(["A1", "A2", None]),
        "status": "open", "contact_count": hand.one([None, None, 0, 1, 1, 2]),
        "exclusion": hand.one([None] * 12 + ["spam"]),
    }  # fmt: skip
    if hand.often(0.08):
        ticket["merged_into_ticket_id"] = "K00"
    if hand.often(0.25):
        _told_by_its_row(hand, ticket)
    else:
        _told_by_events(hand, ticket, made["ticket_events"])
    made["tickets"].append(ticket)


def _told_by_its_row(hand: Hand, ticket: Row) -> None:
    if hand.often(0.7):
        ticket["first_response_at"] = hand.later(ticket["created_at"])
    if hand.often(0.6):
        ticket["resolved_at"] = hand.later(hand.later(ticket["created_at"]))
        ticket["status"] = "solved"
    for column in ("first_response_at", "resolved_at"):
        if column in ticket and hand.often(0.1):
            ticket[column] = ticket["created_at"] - timedelta(seconds=hand.one([1, HOUR, 3 * DAY]))


def _told_by_events(hand: Hand, ticket: Row, events: list[Row]) -> None:
    at = ticket["created_at"]
    if hand.often(0.05):
        at -= timedelta(seconds=hand.one([1, HOUR, DAY]))
    ticket["status"] = hand.one(["new", "open", "open", "pending", "solved"] if hand.often(0.3) else ["new", "open"])
    seq = 0
    for _ in range(hand.random.randrange(1, 12)):
        before, seq = at, seq + 1
        at = hand.later(at)
        seq = seq if at == before else 0
        kind = hand.one(["status"] * 5 + ["team", "priority", "agent", "public_reply", "public_reply", "note"])
        event: Row = {
            "event_id": f"E{len(events):04}", "ticket_id": ticket["ticket_id"], "event_at": at, "seq": seq,
            "event_type": kind, "actor": hand.one(["agent", "agent", "customer", "bot", "system"]),
            "agent_id": hand.one(["A1", "A2", "A3", None]),
        }  # fmt: skip
        column = {"status": "status", "team": "team_id", "priority": "priority", "agent": "agent_id"}.get(kind)
        if column:
            values = {"status": STATUSES, "team": TEAMS, "priority": PRIORITIES, "agent": ("A1", "A2", "A3", None)}
            event["from_value"], event["to_value"] = ticket[column], hand.one(values[kind])
            ticket[column] = event["to_value"]
        events.append(event)
    if hand.often(0.1):  # what the row says of the end is not what the events say: the events win
        ticket["resolved_at"] = hand.instant()


# ---------------------------------------------------------------------------------------------- contacts


def _interactions(hand: Hand, tickets: list[str]) -> list[Row]:
    rows: list[Row] = []
    outcomes = ["answered"] * 6 + ["abandoned"] * 2 + ["overflow", "callback", "voicemail", "dissuaded", "bot", None]
    for number in range(hand.random.randrange(20, 60)):
        offered = hand.instant()
        wait = hand.one([0, 4, 5, 29, 30, 31, 300, -3, 2 * DAY] if hand.often(0.5) else [3, 20, 60])
        outcome = hand.one(outcomes)
        row: Row = {
            "interaction_id": f"L{number:02}",
            "channel": hand.one(["phone", "phone", "click_to_talk", "email", "chat"]),
            "direction": hand.one(["inbound"] * 8 + ["outbound"]), "team_id": hand.one(TEAMS),
            "agent_id": hand.one(["A1", "A2", None]), "request_type": hand.one(REASONS), "offered_at": offered,
            "ticket_id": hand.one([None, *tickets]), "customer_id": hand.one(CUSTOMERS), "outcome": outcome,
            "exclusion": hand.one([None] * 12 + ["test", "courtesy"]),
        }  # fmt: skip
        ended = [other for other in rows if other.get("ended_at")]
        if hand.often(0.2) and ended:
            parent = hand.one(ended)  # a transfer is offered before the call it comes from ends
            offered = row["offered_at"] = hand.one([parent["ended_at"], max(parent["offered_at"], parent["ended_at"])])
            row["parent_interaction_id"] = parent["interaction_id"]
        end = offered + timedelta(seconds=wait)
        if outcome == "answered" or (outcome is None and hand.often(0.4)):
            row["answered_at"] = end
            end += timedelta(seconds=hand.one([0, 60, 600]))
            row |= {part: hand.one([0, 30, 120, 600, None] if hand.often(0.2) else [0, 45]) for part in _PARTS}
        if outcome is not None:
            row["ended_at"] = end
        rows.append(row)
    return rows + [_hung_up(hand, number, wait) for number, wait in enumerate((5, 4, 5, 5, 6, 5))]


def _hung_up(hand: Hand, number: int, wait: int) -> Row:
    """A call abandoned around the limit of a short abandon, at ten in the morning: most centres are open."""
    offered = utc(hand.first + timedelta(days=number % SPAN), time(10, number))
    return {
        "interaction_id": f"H{number}", "channel": "phone", "direction": "inbound", "offered_at": offered,
        "team_id": TEAMS[number % len(TEAMS)], "agent_id": None, "outcome": "abandoned",
        "ended_at": offered + timedelta(seconds=wait),
    }  # fmt: skip


_PARTS = ("talk_s", "hold_s", "wrap_s")


def _surveys(hand: Hand, tickets: list[Row]) -> list[Row]:
    rows: list[Row] = []
    scales = [(0, 10), (0, 10), (1, 10), (1, 5), (1, 7), (0, 1)]
    for number in range(hand.random.randrange(15, 50)):
        sent = hand.instant()
        kind = hand.one(["csat", "nps", "nps", "ces"])
        low, high = hand.one(scales[:3]) if kind == "nps" else hand.one(scales)
        row: Row = {
            "survey_id": f"S{number:02}", "item": "main", "survey_type": kind,
            "ticket_id": hand.one([None, *(row["ticket_id"] for row in tickets if row["created_at"] <= sent)]),
            "team_id": hand.one(TEAMS), "agent_id": hand.one(["A1", None]),
            "channel": hand.one(["email", "phone", None]), "sent_at": sent, "scale_min": low, "scale_max": high,
            "higher_is_better": kind == "nps" or hand.often(0.8), "exclusion": hand.one([None] * 10 + ["test"]),
        }  # fmt: skip
        if hand.often(0.6):
            row["responded_at"] = sent + timedelta(seconds=hand.one([0, HOUR, 3 * DAY, 14 * DAY, 14 * DAY + 1]))
            row["score"] = hand.one([None, high + 1, low - 1] if hand.often(0.1) else range(low, high + 1))
        rows.append(row)
        if hand.often(0.25):
            second = {"item": "second", "survey_type": "csat", "exclusion": hand.one([None, row["exclusion"]])}
            rows.append({**row, **second})
    return rows
