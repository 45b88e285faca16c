"""Derive: from the canonical tables to the facts that KPIs read, once, at import.

Everything that needs a clock, a time zone or the order of events becomes a column here.
"""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import duckdb

from data.derive.arrays import range_table
from data.derive.clocks import Clocks, read_clocks
from data.derive.contacts import interaction_facts, survey_facts
from data.derive.fcr import stage_fcr
from data.derive.tickets import CHUNK, QUERIES, stage_tickets
from data.schema import TABLES, create_table

__all__ = ["derive"]

STAGING = (
    *("_word", "_ticket", "_event", "_state", "_resolution", "_clock", "_response"),
    *("_contact", "_resolved", "_timeline", "_fcr"),
)
"""Temporary tables between the steps."""


def derive(con: duckdb.DuckDBPyConnection, timezone: str = "Europe/Paris", *, chunk: int = CHUNK) -> None:
    """Drop and rebuild every derived table from the canonical tables of `con`.

    `timezone` is that of local dates and hours. `chunk` is the number of tickets that are turned into
    arrays at a time; it changes the memory needed, never the result. An unknown zone raises
    `ZoneInfoNotFoundError`.
    """
    zone = ZoneInfo(timezone).key
    con.execute(f"CREATE OR REPLACE TEMP MACRO local_time(utc) AS timezone('{zone}', timezone('UTC', utc))")
    clocks = read_clocks(con)
    stage_tickets(con, clocks, chunk)
    stage_fcr(con)
    for name in ("ticket_states", "ticket_resolutions", "sla_clocks", "ticket_facts"):
        _rebuild(con, name, QUERIES[name])
    _rebuild_opening_ranges(con, clocks)  # after the due dates, which may have asked for more of them
    _rebuild(con, "interaction_facts", *interaction_facts(con))
    _rebuild(con, "survey_facts", survey_facts())
    _drop_staging(con)


def _rebuild(
    con: duckdb.DuckDBPyConnection, name: str, query: str, parameters: Mapping[str, object] | None = None
) -> None:
    """Fill a derived table, in its order, from a query that names its columns."""
    table = TABLES[name]
    con.execute(f"DROP TABLE IF EXISTS {name}")
    con.execute(create_table(table))
    order = ", ".join(table.order_by)
    con.execute(f"INSERT INTO {name} BY NAME FROM ({query}) ORDER BY {order}", dict(parameters or {}))


def _rebuild_opening_ranges(con: duckdb.DuckDBPyConnection, clocks: Clocks) -> None:
    con.register("_arrays", range_table(clocks.ranges()))
    _rebuild(con, "opening_ranges", "FROM _arrays")
    con.unregister("_arrays")


def _drop_staging(con: duckdb.DuckDBPyConnection) -> None:
    for name in STAGING:
        con.execute(f"DROP TABLE IF EXISTS temp.{name}")
    con.execute("DROP MACRO IF EXISTS temp.local_time")
