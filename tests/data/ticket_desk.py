"""A help desk of two teams: its hours, its tickets and their events."""

from __future__ import annotations

from datetime import datetime

from tests.data.tiny import Row, at

FOREVER = datetime(9999, 12, 31)
RESOLVED = ("solved", "closed")


def ticket(ticket_id: str = "T", created: float = 8, **more: object) -> Row:
    return {"ticket_id": ticket_id, "created_at": at(created), "channel": "email", "status": "open", **more}


def event(hours: float, event_type: str, before: str | None, after: str | None, **more: object) -> Row:
    row = {"ticket_id": "T", "event_at": at(hours), "event_type": event_type, "actor": "agent", "seq": 0}
    row |= {"from_value": before, "to_value": after, "event_id": f"E{hours:06.2f}{event_type}{after}"}
    return {**row, **more}


def status(hours: float, before: str | None, after: str, **more: object) -> Row:
    return event(hours, "status", before, after, **more)


OFFICE: dict[str, list[Row]] = {  # 08:00 to 18:00 in Paris, 07:00 to 17:00 UTC in winter
    "calendars": [{"calendar_id": "CAL"}],
    "calendar_hours": [
        {"calendar_id": "CAL", "weekday": day, "open_local": "08:00", "close_local": "18:00"} for day in range(1, 6)
    ],
    "teams": [{"team_id": "OPEN", "calendar_id": "CAL"}, {"team_id": "NONSTOP"}],
}


def call(interaction_id: str, hours: float = 9, **more: object) -> Row:
    row = {"interaction_id": interaction_id, "channel": "phone", "direction": "inbound", "offered_at": at(hours)}
    row |= {"answered_at": at(hours + 0.1), "ended_at": at(hours + 0.2), "outcome": "answered"}
    return {**row, "talk_s": 100, "hold_s": 20, "wrap_s": 30, **more}
