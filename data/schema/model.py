"""What a table is: columns, types, and the instant at which each value becomes known. Pure.

Instants are naive UTC `TIMESTAMP`s, dates are local to the reporting time zone, durations are whole
seconds, money is euros. A key is documentation for DuckDB (no index is created); the store enforces it
by query when it merges rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FOREVER = "9999-12-31 00:00:00"
"""End of an interval that has not ended; comparable, unlike NULL, and readable by pandas, unlike infinity."""

Kind = Literal["dimension", "fact", "steering", "log", "derived"]
ColumnType = Literal["TEXT", "TIMESTAMP", "DATE", "TIME", "INTEGER", "BIGINT", "DOUBLE", "BOOLEAN"]

CHANNELS = (
    "phone", "click_to_talk", "chat", "email", "web_form", "facebook", "x_twitter", "instagram",
    "whatsapp", "sms", "post", "marketplace", "visit", "other",
)  # fmt: skip
VOICE_CHANNELS = ("phone", "click_to_talk")
PRIORITIES = ("low", "normal", "high", "urgent")
TICKET_TYPES = ("question", "request", "incident", "complaint", "other")
STATUSES = ("new", "open", "pending", "on_hold", "solved", "closed")
UNRESOLVED_STATUSES = ("new", "open", "pending", "on_hold")
EXCLUSIONS = ("spam", "test", "duplicate", "deleted", "courtesy")
OUTCOMES = ("answered", "abandoned", "overflow", "callback", "voicemail", "dissuaded", "selfcare", "bot")
ORDER_CHANNELS = ("email", "fax", "edi", "phone", "portal", "post", "sales_rep", "marketplace", "other")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `known_at` names the column holding the instant at which its value becomes known;
    None means known with the row itself, or not dated (taken as known now)."""

    name: str
    type: ColumnType
    doc: str
    required: bool = False
    default: str | None = None
    values: tuple[str, ...] = ()
    known_at: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `born_at` names the instant before which a row did not exist (None: not dated)."""

    name: str
    kind: Kind
    doc: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    checks: tuple[tuple[str, str], ...] = ()
    """Row rules: (SQL that must not be false, what to tell the person whose row breaks it)."""
    order_by: tuple[str, ...] = ()
    born_at: str | None = None

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


SOURCE_COLUMNS = (
    Column("_source_updated_at", "TIMESTAMP", "When the source last changed the row, if it says so."),
    Column("_import_id", "TEXT", "The import that last wrote the row."),
)


def id_(name: str, doc: str, *, required: bool = False) -> Column:
    return Column(name, "TEXT", doc, required=required)


def at_(name: str, doc: str, *, required: bool = False, known_at: str | None = None) -> Column:
    return Column(name, "TIMESTAMP", doc, required=required, known_at=known_at)


EXCLUSION = Column("exclusion", "TEXT", "Why the row is out of every KPI; empty when it counts.", values=EXCLUSIONS)


def fact(name: str, doc: str, key: tuple[str, ...], *columns: Column, born_at: str | None, **more: object) -> Table:
    return Table(name, "fact", doc, key, (*columns, *SOURCE_COLUMNS), born_at=born_at, **more)  # type: ignore[arg-type]
