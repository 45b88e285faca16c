"""What a dataset is: a fact table, its time columns, its dimensions, and how it is read as of the past.

Names and instants of knowledge repeat those of the store's schema on purpose (the rooms do not import each
other); a test holds the two together. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FOREVER = "9999-12-31 00:00:00"


@dataclass(frozen=True, slots=True)
class Time:
    """A column that places a row in a period: its UTC instant, its local date, its local hour and half-hour (SQL).

    `dated` says that it is a local date and nothing finer.
    """

    at: str
    on: str
    hour: str | None = None
    half_hour: str | None = None
    dated: bool = False

    def dimension(self, name: str) -> str:
        """SQL of the hour (0-23), half-hour (0-47) or weekday (1 Monday to 7) of the row; NULL when it has none."""
        sql = {"hour": self.hour, "half_hour": self.half_hour, "weekday": f"ISODOW({self.on})"}[name]
        return sql or "NULL"


PLACED = ("hour", "half_hour", "weekday")
"""Dimensions of the instant at which a row is placed."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A fact table of the store.

    `dimensions` maps a dimension to its SQL over the table's columns; `team.site` and `team.organisation` are
    read through the many-to-one join with teams. `known_at` maps a column to the column holding the instant
    at which its value becomes known; `moving` columns are read from `ticket_states` in the past.
    """

    name: str
    table: str
    id: tuple[str, ...]
    times: Mapping[str, Time]
    dimensions: Mapping[str, str]
    born_at: str | None
    known_at: Mapping[str, str] = field(default_factory=dict)
    moving: tuple[str, ...] = ()
    base: str = "exclusion IS NULL"
    needs_mask: bool = False
    """The plain table is not what was known in the past: a masked copy is read instead."""


def same(*names: str) -> dict[str, str]:
    """Dimensions that are columns of their own name."""
    return {name: name for name in names}


AGE_DAYS = (1, 3, 7, 14, 30)
"""Where one age bucket ends and the next begins."""
AGE_BUCKETS = (*(f"{low}-{high}d" for low, high in zip((0, *AGE_DAYS), AGE_DAYS, strict=False)), f"{AGE_DAYS[-1]}d+")
"""Age buckets, the youngest first."""


def age_bucket(since: str) -> str:
    """SQL of the age at the instant of a stock of what began at `since`, in days of 86,400 s: [0, 1), [1, 3)..."""
    whens = [
        f"WHEN {since} > $instant - INTERVAL {days} DAY THEN '{name}'"
        for days, name in zip(AGE_DAYS, AGE_BUCKETS, strict=False)
    ]
    return f"CASE {' '.join(whens)} ELSE '{AGE_BUCKETS[-1]}' END"


SLA_STATES = ("on_track", "at_risk", "breached_open", "paused")
"""States of the commitment of what is still open."""

AGEING: Mapping[str, tuple[str, ...]] = {"age_bucket": AGE_BUCKETS, "sla_state": SLA_STATES}
"""Dimensions of a stock whose value changes while nothing happens: their values, in order."""


TEAM_DIMENSIONS = {"site": "team.site", "organisation": "team.organisation"}
"""Read through the many-to-one join with teams."""
