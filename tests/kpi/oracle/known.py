"""The raw tables as known at an instant (rule G3), and what a ticket was at each moment of its life.

A ticket is read through its events. One without a status event is `open` until its `resolved_at`; one without a
public reply by an agent was answered at its `first_response_at`: both are written as events of their own, so that
everything after reads events only. What is dated before the creation happens at the creation (`event_at`); only
durations look at the instant of the source (`true_at`), to find them negative.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from tests.kpi.oracle.clock import ALWAYS, OpeningHours, local_day, opening_hours, stamps

Tables = Mapping[str, pd.DataFrame]
UNRESOLVED = ("new", "open", "pending", "on_hold")
VOICE = ("phone", "click_to_talk")
MOVING = ("priority", "team", "agent")
"""Kinds of event that change an attribute of the ticket."""
COLUMN = {"priority": "priority", "team": "team_id", "agent": "agent_id", "status": "status"}
BORN = {
    "tickets": "created_at",
    "interactions": "offered_at",
    "surveys": "sent_at",
    "orders": "received_at",
    "disputes": "opened_at",
    "self_service_sessions": "started_at",
    "customers": "acquired_at",
}
"""When a row of a table begins to exist."""
WRITTEN_ONCE = {
    "surveys": ("responded_at",),
    "orders": ("decided_at", "delivered_at"),
    "disputes": ("resolved_at",),
    "self_service_sessions": ("ended_at", "found_at"),
    "customers": ("churned_at",),
}
"""Instants that are unknown until they come."""
TOLD_WITH = {
    "surveys": ("responded_at", ("score", "comment")),
    "orders": ("decided_at", ("decision",)),
}
"""An instant, and what is known from then on only."""
SPENT = ("talk_s", "hold_s", "wrap_s")
"""Parts of the time spent on a contact, known when it ends."""
FOREVER = pd.Timestamp("9999-01-01").as_unit("us")
LAST = 1_000_000
"""Order of what the ticket's row says among the events of the same instant: after them."""


def histories(tables: Tables) -> pd.DataFrame:
    """Every event in order, with those that only a ticket's row tells; `rank` is its place."""
    tickets, events = tables["tickets"], tables["ticket_events"]
    columns = ["ticket_id", "event_at", "seq", "event_id", "event_type", "actor", "agent_id", "from_value", "to_value"]
    told = [events[columns]]
    silent = tickets[tickets.resolved_at.notna() & ~tickets.ticket_id.isin(_with(events, "status"))]
    told.append(_rows(silent, "resolved_at", "status", "open", "solved"))
    replies = events[(events.event_type == "public_reply") & (events.actor == "agent")]
    silent = tickets[tickets.first_response_at.notna() & ~tickets.ticket_id.isin(replies.ticket_id)]
    told.append(_rows(silent, "first_response_at", "public_reply", None, None))
    history = pd.concat([frame for frame in told if len(frame)] or told[:1], ignore_index=True)
    born = pd.to_datetime(history.ticket_id.map(tickets.set_index("ticket_id").created_at.to_dict()))
    history = history.assign(true_at=history.event_at, event_at=history.event_at.clip(lower=born))[born.notna()]
    history = history.sort_values(["ticket_id", "event_at", "true_at", "seq", "event_id"], ignore_index=True)
    history = history.assign(rank=np.arange(len(history)))
    # What happens at one instant, up to the next change of status, happens together: `settled` is its last rank.
    turn = (history.event_type == "status").groupby(history.ticket_id).cumsum()
    return history.assign(settled=history["rank"].groupby([history.ticket_id, history.event_at, turn]).transform("max"))


def _with(events: pd.DataFrame, kind: str) -> pd.Series:
    return events.loc[events.event_type == kind, "ticket_id"]


def _rows(tickets: pd.DataFrame, at: str, kind: str, before: str | None, after: str | None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ticket_id": tickets.ticket_id, "event_at": tickets[at], "seq": LAST, "event_id": "",
            "event_type": kind, "actor": "agent", "agent_id": None, "from_value": before, "to_value": after,
        }
    )  # fmt: skip


def known_at(tables: Tables, t: datetime, history: pd.DataFrame | None = None) -> dict[str, pd.DataFrame]:
    """What was known at `t`, read off the raw tables; `history` is the tickets' events in order."""
    known = dict(tables)
    history = histories(tables) if history is None else history
    for name, born in BORN.items():
        known[name] = tables[name][tables[name][born] <= t]
    tickets = known["tickets"].assign(initial_status=_first_status(known["tickets"], history))
    later = history[history.event_at > t].drop_duplicates(["ticket_id", "event_type"]).set_index("ticket_id")
    for kind in MOVING:
        before = later.loc[later.event_type == kind, "from_value"]
        changes = tickets.ticket_id.isin(before.index)
        column = tickets[COLUMN[kind]].astype(object)
        tickets[COLUMN[kind]] = column.where(~changes, tickets.ticket_id.map(before).astype(object))
    known["tickets"] = tickets
    known["history"] = history[(history.event_at <= t) & history.ticket_id.isin(tickets.ticket_id)]
    known["interactions"] = _interactions(known["interactions"], t)
    for name, columns in WRITTEN_ONCE.items():
        known[name] = known[name].assign(**{at: _unknown_after(known[name][at], t) for at in columns})
    for name, (at, columns) in TOLD_WITH.items():
        told = known[name][at].notna()
        known[name] = known[name].assign(**{column: known[name][column].where(told) for column in columns})
    return known


def _unknown_after(column: pd.Series, t: datetime) -> pd.Series:
    return column.mask(column > t)


def _first_status(tickets: pd.DataFrame, history: pd.DataFrame) -> pd.Series:
    first = history[history.event_type == "status"].drop_duplicates("ticket_id").set_index("ticket_id").from_value
    return tickets.ticket_id.map(first).astype(object).fillna("open")


def _interactions(rows: pd.DataFrame, t: datetime) -> pd.DataFrame:
    """An outcome that the source does not date is known with the row."""
    answered, ended = _unknown_after(rows.answered_at, t), _unknown_after(rows.ended_at, t)
    ends_at = rows.answered_at.where(rows.outcome == "answered", rows.ended_at)
    spent = {part: rows[part].mask(rows.ended_at > t) for part in SPENT}
    return rows.assign(answered_at=answered, ended_at=ended, outcome=rows.outcome.mask(ends_at > t, None), **spent)


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Without excluded rows (G4) and merged tickets (G5)."""
    rows = rows[rows.exclusion.isna()]
    return rows[rows.merged_into_ticket_id.isna()] if "merged_into_ticket_id" in rows else rows


@dataclass
class World:
    """A centre's raw tables in its time zone; what each instant knew is worked out once."""

    tables: Tables
    zone: str = "Europe/Paris"
    _known: dict[datetime, Known] = field(default_factory=dict)
    _open_days: dict[date, set[str]] = field(default_factory=dict)

    def at(self, t: datetime) -> Known:
        if t not in self._known:
            self._known[t] = Known(known_at(self.tables, t, self.history), t, self)
        return self._known[t]

    @cached_property
    def history(self) -> pd.DataFrame:
        return histories(self.tables)

    @cached_property
    def calendars(self) -> dict[str, OpeningHours]:
        first, last = self._days()
        return opening_hours(self.tables, first - timedelta(days=40), last + timedelta(days=400))

    def _days(self) -> tuple[date, date]:
        columns = [("tickets", "created_at"), ("ticket_events", "event_at"), ("interactions", "offered_at")]
        columns += [("tickets", "first_response_at"), ("tickets", "resolved_at")]
        columns += [("orders", "received_at"), ("orders", "decided_at")]
        seen = [at for name, column in columns for at in self.tables[name][column].agg(["min", "max"]) if pd.notna(at)]
        return (min(seen).date(), max(seen).date()) if seen else (date(2025, 1, 1), date(2025, 1, 1))

    def is_open_day(self, calendar: str, day: date) -> bool:
        """Whether hours of a calendar begin on that date."""
        if day not in self._open_days:
            hours = opening_hours(self.tables, day, day)
            self._open_days[day] = {name for name, one in hours.items() if name == ALWAYS or one.opens}
        return calendar in self._open_days[day]

    def open_days(self, start: datetime, end: datetime) -> int:
        """Days of the default calendar that [start, end) touches."""
        first, last = local_day(start, self.zone), local_day(end - timedelta(microseconds=1), self.zone)
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return sum(self.is_open_day(self.default_calendar, day) for day in days)

    @cached_property
    def default_calendar(self) -> str:
        """The calendar of what has no team: the one that most teams have, then the lowest id."""
        used = self.tables["teams"].calendar_id.value_counts()
        names = sorted(set(self.calendars) - {ALWAYS}, key=lambda name: (-used.get(name, 0), name))
        return names[0] if names else ALWAYS

    @cached_property
    def calendar_of(self) -> dict[object, str]:
        """Team -> its calendar, for those that have one."""
        teams = self.tables["teams"]
        pairs = zip(teams.team_id, teams.calendar_id, strict=True)
        return {team: calendar for team, calendar in pairs if calendar in self.calendars}

    def hours_of(self, team: object) -> OpeningHours:
        """Opening hours to judge a call or a promise by: those of the team, else the default ones."""
        return self.calendars[self.calendar_of.get(team, self.default_calendar)]

    def open_until(self, teams: pd.Series, at: np.ndarray) -> np.ndarray:
        """Open seconds of each team's calendar before each instant: the default calendar without a team, calendar
        time for a team without a calendar."""
        total = np.full(len(at), np.nan)
        known = teams.map(self.calendar_of).astype(object).fillna(ALWAYS)
        calendars = known.where(teams.notna(), self.default_calendar).to_numpy()
        for name in set(calendars):
            here = calendars == name
            total[here] = self.calendars[name].open_until_each(at[here])
        return total

    @cached_property
    def sites(self) -> pd.DataFrame:
        return self.tables["teams"].set_index("team_id")[["site", "organisation"]]


@dataclass
class Known:
    """What was known at `t`, with the joined tables that several KPIs read."""

    tables: dict[str, pd.DataFrame]
    t: datetime
    world: World

    @cached_property
    def tickets(self) -> pd.DataFrame:
        return counted(self.tables["tickets"])

    @cached_property
    def history(self) -> pd.DataFrame:
        """Events of the tickets that count."""
        history = self.tables["history"]
        return history[history.ticket_id.isin(self.tickets.ticket_id)]

    @cached_property
    def status_events(self) -> pd.DataFrame:
        """Status events with the status before each, as the ones before it left it."""
        events = self.history[self.history.event_type == "status"]
        first = events.ticket_id.map(self.tickets.set_index("ticket_id").initial_status)
        before = events.groupby("ticket_id").to_value.shift().astype(object)
        return events.assign(before=before.fillna(first), after=events.to_value)

    @cached_property
    def replies(self) -> pd.DataFrame:
        """First public reply by an agent of each ticket."""
        history = self.history
        return history[(history.event_type == "public_reply") & (history.actor == "agent")].drop_duplicates("ticket_id")

    @cached_property
    def resolutions(self) -> pd.DataFrame:
        events = self.status_events
        return events[events.before.isin(UNRESOLVED) & ~events.after.isin(UNRESOLVED)]

    @cached_property
    def reopenings(self) -> pd.DataFrame:
        events = self.status_events
        return events[~events.before.isin(UNRESOLVED) & events.after.isin(UNRESOLVED)]

    @cached_property
    def status_spans(self) -> pd.DataFrame:
        """[from_at, to_at) of each status of each ticket, in order."""
        born = pd.DataFrame(
            {"ticket_id": self.tickets.ticket_id, "from_at": self.tickets.created_at,
             "status": self.tickets.initial_status, "rank": -1}
        )  # fmt: skip
        events = self.status_events
        then = pd.DataFrame(
            {"ticket_id": events.ticket_id, "from_at": events.event_at, "status": events.after, "rank": events["rank"]}
        )
        spans = pd.concat([born, then], ignore_index=True).sort_values(["ticket_id", "rank"], ignore_index=True)
        return spans.assign(to_at=spans.groupby("ticket_id").from_at.shift(-1).fillna(FOREVER))

    @cached_property
    def _by_ticket(self) -> pd.DataFrame:
        return self.tickets.set_index("ticket_id")

    @cached_property
    def _last(self) -> dict[str, dict[object, object]]:
        """Column -> ticket -> its value on the ticket's row."""
        return {COLUMN[kind]: self._by_ticket[COLUMN[kind]].to_dict() for kind in MOVING}

    def attributes(self, rows: pd.DataFrame, after: str) -> pd.DataFrame:
        """`rows` (ticket_id, `after`) with the ticket's dimensions, its priority, team and agent being those just
        after the rank, or the instant, in column `after`."""
        fixed = ["channel", "initiated_by", "ticket_type", "request_type", "product", "created_at"]
        result = rows.join(self._by_ticket[fixed], on="ticket_id")
        asked = stamps(rows[after]) if after != "rank" else rows["rank"].to_numpy()
        for kind in MOVING:
            changes = self._changes(kind, "rank" if after == "rank" else "event_at")
            last = self._last[COLUMN[kind]]
            result[COLUMN[kind]] = [
                _value_after(changes.get(ticket), key, last[ticket])
                for ticket, key in zip(rows.ticket_id, asked, strict=True)
            ]
        return result

    def _changes(self, kind: str, key: str) -> dict[object, tuple[list[float], list[object]]]:
        """Ticket -> when it changed, by rank or in seconds, and its value before each change."""
        memo = self.__dict__.setdefault("_changes_of", {})
        if (kind, key) not in memo:
            events = self.history[self.history.event_type == kind]
            at = events["rank"] if key == "rank" else stamps(events[key])
            changes: dict[object, tuple[list[float], list[object]]] = {}
            for ticket, when, before in zip(events.ticket_id, at, events.from_value, strict=True):
                keys, values = changes.setdefault(ticket, ([], []))
                keys.append(when)
                values.append(before)
            memo[kind, key] = changes
        return memo[kind, key]


def _value_after(changes: tuple[list[float], list[object]] | None, key: float, last: object) -> object:
    """What the first change after `key` changed from; the last value when none came after."""
    place = bisect_right(changes[0], key) if changes else 0
    value = changes[1][place] if changes and place < len(changes[0]) else last
    return value if isinstance(value, str) else None
