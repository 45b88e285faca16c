"""An order desk of three teams: its hours, its rows, and the facts made of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tests.data.tiny import Row, at, store

FOREVER = datetime(9999, 12, 31)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
MARCH_3 = (datetime(2025, 3, 2, 23), datetime(2025, 3, 9, 23))
"""The week of Monday 3 March 2025 in Paris."""


def hours(calendar_id: str, opening: str, closing: str) -> list[Row]:
    return [
        {"calendar_id": calendar_id, "weekday": day, "open_local": opening, "close_local": closing}
        for day in range(1, 6)
    ]


OFFICE: dict[str, list[Row]] = {  # 08:00 to 18:00 in Paris, 07:00 to 17:00 UTC in winter
    "calendars": [{"calendar_id": "CAL"}, {"calendar_id": "EARLY"}],
    "calendar_hours": [*hours("CAL", "08:00", "18:00"), *hours("EARLY", "06:00", "12:00")],
    "teams": [
        {"team_id": "DESK", "calendar_id": "CAL", "site": "Lyon", "organisation": "ONE"},
        {"team_id": "OTHER", "calendar_id": "CAL", "site": "Lille", "organisation": "TWO"},
        {"team_id": "NONSTOP", "organisation": "TWO"},
    ],
}


def order(order_id: str = "O", received: float = 8, decided: float | None = None, **more: object) -> Row:
    """An order of `received` o'clock UTC; approved at `decided`, pending if None."""
    row: Row = {"order_id": order_id, "channel": "email", "team_id": "DESK", "received_at": at(received)}
    if decided is not None:
        row |= {"decided_at": at(decided), "decision": "approved"}
    return {**row, **more}


def line(order_id: str = "O", line_no: int = 1, **more: object) -> Row:
    row = {"order_id": order_id, "line_no": line_no, "product_id": "P", "quantity": 1.0, "amount_eur": 10.0}
    return {**row, **more}


def dispute(dispute_id: str = "D", opened: float = 8, resolved: float | None = None, **more: object) -> Row:
    row = {"dispute_id": dispute_id, "opened_at": at(opened), "resolved_at": None if resolved is None else at(resolved)}
    return {**row, **more}


def policy(policy_id: str, target_hours: float, **more: object) -> Row:
    row = {"policy_id": policy_id, "metric": "order_processing", "target_s": int(target_hours * 3600)}
    return {**row, "valid_from": date(2025, 1, 1), **more}


def facts(columns: str, table: str = "order_facts", **tables: list[Row]) -> list[tuple[Any, ...]]:
    return store(**{**OFFICE, **tables}).execute(f"SELECT {columns} FROM {table}").fetchall()
