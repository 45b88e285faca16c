"""Small centres whose calls, contacts, working days, costs and self-service go wrong in every way, by a seeded hand."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from tests.kpi.traps import DAY, HOUR, SPAN, TEAMS, Hand, Row, _hours, instants, utc

AGENTS = tuple(f"A{n:02}" for n in range(12))
CUSTOMERS = ("C1", "C2", "C3", "C4", None)
REASONS = ("bill", "order", None)
VOICE = ("phone", "click_to_talk")
CHANNELS = (
    *["phone"] * 10, "click_to_talk", "click_to_talk", "chat", "chat", "email", "email", "web_form", "facebook",
    "x_twitter", "post", "marketplace", "visit", "other",
)  # fmt: skip
OUTCOMES = (
    *["answered"] * 7, *["abandoned"] * 6, "callback", "callback", "voicemail", "overflow", "dissuaded", "selfcare",
    "bot", None, None, None,
)  # fmt: skip
EXCLUSIONS = (*[None] * 12, "spam", "test", "duplicate", "deleted", "courtesy")
WAITS = (0, 1, 4, 5, 6, 9, 10, 11, 30, 31, 300, 2 * HOUR, 2 * DAY, -3, -3)
"""The limits of a short abandon (5 s, or 10) and their neighbours; an end before its start."""
PARTS = ("talk_s", "hold_s", "wrap_s")
WINDOWS = (HOUR, DAY, 7 * DAY)
"""What some KPIs look back over from an instant."""
CLOCK_CHANGES = (datetime(2025, 3, 30, 1), datetime(2025, 10, 26, 1))
VALUES: dict[str, tuple[Any, ...]] = {
    "channel": ("phone", "click_to_talk", "chat", "email"),
    "team_id": ("T1", "T2", "T4", None),
    "site": ("Lyon", None),
    "organisation": ("O1", None),
    "agent_id": ("A00", "A01", None),
    "request_type": ("bill", None),
    "hour": (0, 2, 8, 23),
    "weekday": (1, 6, 7),
    "in_hours": (True, False),
    "outcome": ("answered", "abandoned", None),
    "age_bucket": ("0-1d", "3-7d"),
    "tool": ("faq", "chatbot"),
}


def tables(seed: int, first: date | None = None) -> dict[str, list[Row]]:
    """The raw tables of a centre whose season begins on `first`; the same for the same seed."""
    hand = Hand(seed, first)
    asked = [instants(seed, first)[name] for name in ("early", "middle", "late")]
    for at in asked:
        hand.used += [at, *(at - timedelta(seconds=seconds) for seconds in WINDOWS)]
    made: dict[str, list[Row]] = _hours(hand)
    made["agents"] = [{"agent_id": agent, "team_id": hand.one(TEAMS)} for agent in AGENTS]
    made["self_service_sessions"] = [_session(hand, f"H{n:02}") for n in range(hand.random.randrange(20, 45))]
    made["tickets"] = [_ticket(hand, f"K{n:02}", made) for n in range(hand.random.randrange(12, 30))]
    made["interactions"] = _interactions(hand, asked)
    made["agent_time"] = _agent_time(hand)
    made["costs"] = [_cost(hand, f"X{n:02}") for n in range(hand.random.randrange(3, 14))]
    made["imports"] = [{"import_id": "I1", "source": "tel", "loaded_at": hand.end, "data_until": hand.instant()}]
    for rows in made.values():
        hand.random.shuffle(rows)
    return made


def whole_months(seed: int, first: date | None = None) -> tuple[datetime, datetime]:
    """The calendar months of the season of a centre, as a period."""
    start = Hand(seed, first).first
    end = (start + timedelta(days=SPAN - 1)).replace(day=1) + timedelta(days=31)
    return utc(start.replace(day=1), time()), utc(end.replace(day=1), time())


# ---------------------------------------------------------------------------------------------- contacts


def _interactions(hand: Hand, asked: list[datetime]) -> list[Row]:
    rows = [_contact(hand, f"L{n:03}", _in_the_day(hand)) for n in range(hand.random.randrange(60, 110))]
    rows += [_contact(hand, f"E{n:03}", at) for n, at in enumerate(_edges(hand))]
    rows += [_live(hand, f"N{n:03}", at) for n, at in enumerate(asked * 5)]
    rows += [_again(hand, hand.one(rows), f"R{n:02}") for n in range(8)]
    for n in range(hand.random.randrange(25, 45)):
        calls = [row for row in rows if row["outcome"] in ("answered", "callback", "voicemail") and _by_phone(row)]
        rows.append(_leg(hand, hand.one(calls if hand.often(0.7) else rows), f"T{n:02}"))
    return rows + _lost_legs(hand)


def _by_phone(row: Row) -> bool:
    return row["channel"] in VOICE and row["direction"] == "inbound"


def _in_the_day(hand: Hand) -> datetime:
    """Mostly around the opening hours of a working day, their limits included."""
    if hand.often(0.4):
        return hand.instant()
    day = hand.first + timedelta(days=hand.random.randrange(SPAN))
    while day.weekday() > 4:
        day = hand.first + timedelta(days=hand.random.randrange(SPAN))
    limits = [time(8), time(18, 59, 59), time(19), time(7, 59, 59), time(12, 29, 59), time(12, 30)]
    inside = [time(hour, minute) for hour in (9, 10, 14, 17) for minute in (0, 15, 30)]
    return utc(day, hand.one(limits if hand.often(0.25) else inside))


def _live(hand: Hand, name: str, asked: datetime) -> Row:
    """A call of the last hour before an instant: waiting, talking, or over within the window or at its very start."""
    row = _contact(hand, name, asked - timedelta(seconds=hand.one([0, 10, 60, HOUR - 1, HOUR, HOUR, HOUR + 1])))
    row |= {"channel": hand.one(["phone", "phone", "click_to_talk"]), "direction": "inbound"}
    if hand.often(0.5):
        row |= {"outcome": "answered", "talk_s": 60, "hold_s": hand.one([0, 30, None]), "wrap_s": hand.one([0, 60])}
        row |= {"answered_at": row["offered_at"], "ended_at": row["offered_at"] + timedelta(seconds=60)}
    return row


def _edges(hand: Hand) -> list[datetime]:
    """Both ends of the season, the seconds around a change of the clock, and what is later than any question."""
    second = timedelta(seconds=1)
    found = [hand.start, hand.end, hand.end - second, hand.start - second, hand.end + timedelta(days=40) + second]
    for change in CLOCK_CHANGES:
        if hand.start <= change < hand.end:
            found += [change + n * second for n in (-HOUR - 1, -HOUR, -HOUR // 2, -1, 0, HOUR // 2, HOUR - 1, HOUR)]
    return found


def _contact(hand: Hand, name: str, offered: datetime, outcomes: tuple[Any, ...] = OUTCOMES) -> Row:
    row: Row = {
        "interaction_id": name, "channel": hand.one(CHANNELS), "direction": hand.one(["inbound"] * 9 + ["outbound"]),
        "team_id": hand.one(TEAMS), "agent_id": hand.one([*AGENTS, None, None]), "request_type": hand.one(REASONS),
        "customer_id": hand.one(CUSTOMERS), "offered_at": offered, "outcome": hand.one(outcomes),
        "repeat_reason": hand.one([None, "not_considered", "new_question", "wrong_department", "other"]),
        "exclusion": hand.one(EXCLUSIONS),
    }  # fmt: skip
    _end(hand, row)
    return row


def _end(hand: Hand, row: Row) -> None:
    """How it ended, not always told: answered without an end, ended without an outcome, an end before its start."""
    at = row["offered_at"] + timedelta(seconds=hand.one(WAITS))
    if row["outcome"] == "answered":
        row["answered_at"] = at
        row |= {part: hand.one([0, 30, 120, 600]) for part in PARTS}
        row["converted"] = hand.one([True, False, None])
        if hand.often(0.2):
            row[hand.one(PARTS)] = None
        at += timedelta(seconds=hand.one([0, 60, 600, DAY, -5]))
    elif (row["outcome"] in (None, "bot")) and hand.often(0.4):
        row["answered_at"] = at
    if hand.often(0.92 if row["outcome"] is not None else 0.2):
        row["ended_at"] = at
        hand.used.append(at + timedelta(seconds=row.get("wrap_s") or 0))


def _again(hand: Hand, other: Row, name: str) -> Row:
    """The same customer for the same reason: at once, within 7 days, just after."""
    gap = hand.one([0, 1, HOUR, 7 * DAY - 1, 7 * DAY, 7 * DAY + 1])
    same = {column: other[column] for column in ("customer_id", "request_type", "channel", "team_id")}
    return {**_contact(hand, name, other["offered_at"] + timedelta(seconds=gap)), **same, "direction": "inbound"}


_LEG_OUTCOMES = (*["answered"] * 5, "abandoned", None)


def _leg(hand: Hand, parent: Row, name: str) -> Row:
    """A transfer, or a call-back, of a contact or of another leg, excluded ones too."""
    offered = max(parent["offered_at"], parent.get("ended_at") or parent["offered_at"])
    row = _contact(hand, name, offered + timedelta(seconds=hand.one([0, 0, 1, HOUR, 2 * DAY])), _LEG_OUTCOMES)
    wanted = parent["outcome"] in ("callback", "voicemail")
    row["direction"] = hand.one(["outbound"] * 3 + ["inbound"] if wanted else ["inbound"] * 3 + ["outbound"])
    return {**row, "parent_interaction_id": parent["interaction_id"]}


def _lost_legs(hand: Hand) -> list[Row]:
    """A leg of itself, two legs of each other, a leg of nothing."""
    parents = {"Y1": "Y1", "Y2": "Y3", "Y3": "Y2", "Y4": "nobody"}
    return [
        {**_contact(hand, name, hand.instant()), "direction": "inbound", "parent_interaction_id": parent}
        for name, parent in parents.items()
    ]


# ---------------------------------------------------------------------------------------------- self-service


def _session(hand: Hand, name: str) -> Row:
    started = hand.instant()
    row: Row = {
        "session_id": name, "visitor_id": hand.one(["V1", "V2", "V3", "V4", "V5"]),
        "customer_id": hand.one(CUSTOMERS), "tool": hand.one(["faq", "faq", "chatbot", "customer_space", "ivr"]),
        "request_type": hand.one(REASONS), "started_at": started, "clicks": hand.one([None, 0, 1, 5, 40]),
        "resolved": hand.one([None, None, True, False]),
        "escalated_ticket_id": hand.one([None] * 6 + ["K00", "nobody"]), "exclusion": hand.one(EXCLUSIONS),
    }  # fmt: skip
    if hand.often(0.9):
        row["ended_at"] = started + timedelta(seconds=hand.one([0, 60, HOUR, 3 * DAY, -1]))
        hand.used.append(row["ended_at"] + timedelta(seconds=DAY))
    if hand.often(0.6):
        row["found_at"] = started + timedelta(seconds=hand.one([0, 30, HOUR, 3 * DAY, -30]))
    return row


def _ticket(hand: Hand, name: str, made: dict[str, list[Row]]) -> Row:
    """Often asked around a session: at its start, until 24 h after its end, a second later."""
    session = hand.one(made["self_service_sessions"])
    end = session.get("ended_at") or session["started_at"]
    around = [session["started_at"] + timedelta(seconds=n) for n in (-1, 0, 1)]
    around += [end + timedelta(seconds=n) for n in (0, DAY - 1, DAY, DAY + 1)]
    return {
        "ticket_id": name, "created_at": hand.one([*around, hand.instant()]), "status": "open",
        "initiated_by": hand.one(["customer"] * 6 + ["agent", "system"]), "channel": hand.one(["email", "phone"]),
        "request_type": hand.one(REASONS), "customer_id": hand.one([session["customer_id"], *CUSTOMERS]),
        "team_id": hand.one(TEAMS), "agent_id": hand.one([*AGENTS, None]),
        "merged_into_ticket_id": hand.one([None] * 10 + ["K00"]), "exclusion": hand.one(EXCLUSIONS),
    }  # fmt: skip


# ---------------------------------------------------------------------------------------------- time and money


def _agent_time(hand: Hand) -> list[Row]:
    """Days before, in and after the season: idle, absent, unpaid, without a team, longer than scheduled."""
    rows = []
    for agent in AGENTS:
        for day in range(-2, SPAN + 2):
            if hand.often(0.5):
                continue
            scheduled = hand.one([0, 12_600, 25_200, 25_200])
            logged = hand.one([0, 0, 1, 20_000, 25_200, 30_000])
            handling = hand.one([0, logged // 2, logged])
            rows.append(
                {
                    "agent_id": agent, "work_date": hand.first + timedelta(days=day), "team_id": hand.one(TEAMS),
                    "scheduled_s": scheduled, "absent_s": hand.one([0, 0, scheduled // 3, scheduled]),
                    "paid_s": hand.one([0, scheduled]), "logged_s": logged, "handling_s": handling,
                    "available_s": hand.one([0, (logged - handling) // 2, logged - handling]),
                }
            )  # fmt: skip
    return rows


def _cost(hand: Hand, name: str) -> Row:
    month = (hand.first.replace(day=1) + timedelta(days=hand.one([-1, 0, 0, 31]))).replace(day=1)
    return {
        "cost_id": name, "month": month, "organisation": hand.one(["O1", "O2", "O3"]), "team_id": hand.one(TEAMS),
        "channel": hand.one([None, None, "phone", "phone", "click_to_talk", "email", "chat"]),
        "category": hand.one(["salaries", "telecom"]), "amount_eur": hand.one([0.0, 6.0, 19.99, 1234.5, -5.25]),
    }  # fmt: skip
