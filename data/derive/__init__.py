"""Derive: from the canonical tables to the facts that KPIs read, once, at import.

Everything that needs a clock, a time zone or the order of events becomes a column here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from zoneinfo import ZoneInfo

import duckdb

from data.derive.arrays import day_table, range_table
from data.derive.clocks import Clocks, read_clocks
from data.derive.contacts import handled_contacts, interaction_facts, stage_transfers
from data.derive.fcr import stage_fcr
from data.derive.opinions import survey_facts
from data.derive.orders import QUERIES as ORDER_QUERIES
from data.derive.orders import stage_orders
from data.derive.part import WANTED_TICKETS, hide, replace
from data.derive.room import Step, room, side_by_side
from data.derive.self_care import session_facts
from data.derive.tickets import CHUNK, QUERIES, stage_tickets
from data.derive.topics import topic_mentions
from data.schema import TABLES, create_table
from data.store import with_rows

__all__ = ["derive"]

FILLED_BY = {
    **dict.fromkeys(QUERIES, "tickets"),
    **dict.fromkeys(("interaction_facts", "handled_contacts"), "interactions"),
    "survey_facts": "surveys",
    "session_facts": "self_service_sessions",
    "order_facts": "orders",
    "order_line_facts": "orders",
    "dispute_facts": "disputes",
}
"""The imported table without rows of which a derived one is empty: then nothing is asked for it."""


def derive(
    con: duckdb.DuckDBPyConnection, timezone: str = "Europe/Paris", *, chunk: int = CHUNK, part: bool = False
) -> None:
    """Make every derived table of `con` anew from the canonical ones.

    `timezone` is that of local dates and hours. `chunk` is the number of tickets that are turned into
    arrays at a time; it changes the memory needed, never the result. With `part`, only the rows that depend on what
    the temporary table `touched` names (see `data.changes`) are exchanged. An unknown zone raises
    `ZoneInfoNotFoundError`.
    """
    zone = ZoneInfo(timezone).key
    clocks = read_clocks(con, grown=part)
    with room(con, part=part) as home:
        # make_timestamptz is what timezone('UTC', utc) is, without a call of ICU: half the time.
        con.execute(f"CREATE MACRO room.main.local_time(utc) AS timezone('{zone}', make_timestamptz(epoch_us(utc)))")
        if part:
            hide(con, home)
        _derive(con, clocks, home, "room" if part else home, chunk)
        if part:
            replace(con, home)


def _derive(con: duckdb.DuckDBPyConnection, clocks: Clocks, home: str, into: str, chunk: int) -> None:
    """Make the derived tables in the database `into`: the store's own, or the room's, of what is wanted alone."""
    filled = {table.name for table in with_rows(con, [TABLES[name] for name in FILLED_BY.values()])}
    if "tickets" in filled:
        stage_tickets(con, clocks, chunk, "tickets" if into == home else WANTED_TICKETS)
        stage_fcr(con)
    if "orders" in filled:
        stage_orders(con, clocks)
    fill = partial(_fill, con, into, filled=filled)
    of_tickets: list[Step] = [
        partial(_fill, into=into, name=name, query=QUERIES[name], filled=filled)
        for name in ("sla_clocks", "ticket_states", "ticket_handling", "ticket_facts", "ticket_resolutions")
    ]
    if into == home:
        for step in of_tickets:
            step(con)
    else:
        side_by_side(con, home, of_tickets)
    _fill_opening_ranges(con, home, clocks)  # after the due dates, which may have asked for more of them
    stage_transfers(con)
    fill("interaction_facts", *interaction_facts(con))
    fill("handled_contacts", *handled_contacts())
    fill("survey_facts", survey_facts())
    fill("topic_mentions", topic_mentions(con))
    fill("session_facts", session_facts())
    for name, query in ORDER_QUERIES.items():
        fill(name, query)


def _fill(
    con: duckdb.DuckDBPyConnection,
    into: str,
    name: str,
    query: str,
    parameters: Mapping[str, object] | None = None,
    *,
    filled: Collection[str],
) -> None:
    """Make a derived table anew from a query that names its columns, and ask nothing for it when the table that fills
    it is not among those `filled`; in its order, unless it is a part that `replace` puts in order."""
    table = TABLES[name]
    con.execute(f"DROP TABLE IF EXISTS {into}.main.{name}")
    con.execute(create_table(table, database=into))
    if name in FILLED_BY and FILLED_BY[name] not in filled:
        return
    order = "" if into == "room" else f" ORDER BY {', '.join(table.order_by)}"
    con.execute(f"INSERT INTO {into}.main.{name} BY NAME FROM ({query}){order}", dict(parameters or {}))


def _fill_opening_ranges(con: duckdb.DuckDBPyConnection, home: str, clocks: Clocks) -> None:
    for name, rows in (("opening_ranges", range_table(clocks.ranges())), ("open_days", day_table(clocks.open_days()))):
        con.register("_arrays", rows)
        _fill(con, home, name, "FROM _arrays", filled=())
        con.unregister("_arrays")
