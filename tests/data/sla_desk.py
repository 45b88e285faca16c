"""A help desk with commitments, and the clocks of its tickets read at an instant."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb

from tests.data.tiny import Row

PARIS = ZoneInfo("Europe/Paris")
FOREVER = datetime(9999, 12, 31)


def utc(local: str) -> datetime:
    """Naive UTC instant of a time of Paris, `3 15:00` being 3 March 2025."""
    day, hour = local.split()
    at = datetime.fromisoformat(f"2025-03-{int(day):02} {hour}").replace(tzinfo=PARIS)
    return at.astimezone(UTC).replace(tzinfo=None)


def weekly(calendar_id: str, opening: str, closing: str, days: range = range(1, 6)) -> list[Row]:
    return [{"calendar_id": calendar_id, "weekday": day, "open_local": opening, "close_local": closing} for day in days]


def policy(policy_id: str, metric: str, hours: float, **more: object) -> Row:
    row = {"policy_id": policy_id, "metric": metric, "target_s": int(hours * 3600), "valid_from": date(2025, 1, 1)}
    return {**row, **more}


OFFICE: dict[str, list[Row]] = {
    "calendars": [{"calendar_id": "CAL"}],
    "calendar_hours": weekly("CAL", "08:00", "19:00"),
    "teams": [{"team_id": "TM", "calendar_id": "CAL"}],
}
POLICIES = [
    policy("NORMAL", "resolution", 8),
    policy("HIGH", "resolution", 4, priority="high"),
    policy("REPLY", "first_response", 2, pause_statuses=""),
]


def ticket(ticket_id: str, created: str, **more: object) -> Row:
    row = {"ticket_id": ticket_id, "created_at": utc(created), "channel": "email", "team_id": "TM"}
    return {**row, "status": "open", **more}


def events(ticket_id: str, *story: tuple[str, str, str, str]) -> list[Row]:
    """(local instant, event type, from, to), in order."""
    return [
        {
            "event_id": f"{ticket_id}-{seq}",
            "ticket_id": ticket_id,
            "event_at": utc(at),
            "seq": seq,
            "event_type": event_type,
            "actor": "agent",
            "from_value": before,
            "to_value": after,
        }
        for seq, (at, event_type, before, after) in enumerate(story)
    ]


class Clocks:
    """The stretches of a store, read at an instant as the schema says."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        cursor = con.execute("FROM sla_clocks")
        names = [column[0] for column in cursor.description or ()]
        self.rows: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            self.rows[row["metric"], row["ticket_id"]].append(row)

    def at(self, metric: str, ticket_id: str, at: datetime) -> Row | None:
        rows = [row for row in self.rows[metric, ticket_id] if row["from_at"] <= at < row["to_at"]]
        assert len(rows) <= 1
        return {**rows[0], "state": self.state(rows[0], at)} if rows else None

    @staticmethod
    def state(row: Row, at: datetime) -> str:
        done = row["phase"] == "done"
        if row["breach_known_at"] and row["breach_known_at"] <= at:
            return "breached" if done else "breached_open"
        if done or row["phase"] == "paused":
            return "achieved" if done else "paused"
        at_risk = row["at_risk_from_at"] and row["at_risk_from_at"] <= at < row["at_risk_to_at"]
        return "at_risk" if at_risk else "on_track"


def clock_at(con: duckdb.DuckDBPyConnection, metric: str, ticket_id: str, at: datetime) -> Row | None:
    return Clocks(con).at(metric, ticket_id, at)
