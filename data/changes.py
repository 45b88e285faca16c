"""What an import has touched: for each row that it added or changed, the things whose derived rows may differ now.

A row counts with what it said before as with what it says now: a ticket that moves to another customer touches both.
"""

from __future__ import annotations

from typing import Literal

import duckdb

from data.reading import identifier, quote
from data.schema import Table

Thing = Literal["ticket", "customer", "interaction", "survey", "session", "order", "dispute"]

LINKS: dict[str, dict[str, Thing]] = {
    "tickets": {"ticket_id": "ticket", "merged_into_ticket_id": "ticket", "customer_id": "customer"},
    "ticket_events": {"ticket_id": "ticket"},
    "interactions": {
        "interaction_id": "interaction",
        "parent_interaction_id": "interaction",
        "ticket_id": "ticket",
        "customer_id": "customer",
    },
    "surveys": {"survey_id": "survey"},
    "transcripts": {"interaction_id": "interaction"},
    "self_service_sessions": {"session_id": "session"},
    "orders": {"order_id": "order"},
    "order_lines": {"order_id": "order"},
    "disputes": {"dispute_id": "dispute", "order_id": "order"},
}
"""What a row of each table touches, by the column that names it."""

COMES_AT = {"tickets": "created_at", "interactions": "offered_at"}
"""When a customer came, in the tables that touch customers."""

EVERYWHERE = frozenset({"calendars", "calendar_hours", "calendar_exceptions", "teams", "sla_policies", "topics"})
"""Tables of which every derived row may depend."""


LARGEST_SHARE = 0.3
"""Things touched, of the rows of a store, up to which its derived tables are made anew in part."""


SMALL_STORE = 20_000
"""Rows up to which everything is made anew sooner than a part is found."""


class Changes:
    """Writes the temporary table `touched` (thing, id, came_at): `came_at`, naive UTC, is when a customer came. Without
    that table, everything may have changed."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._everything = False
        con.execute("CREATE OR REPLACE TEMP TABLE touched (thing TEXT, id TEXT, came_at TIMESTAMP)")

    def all_of(self, table: Table) -> None:
        """Every row of `table` is new."""
        self._everything |= table.name in LINKS or table.name in EVERYWHERE

    def rows_of(self, table: Table, rowids: str) -> None:
        """The rows of `table` whose rowid `rowids`, a query, gives; to be told before they change, and after."""
        if table.name in EVERYWHERE:
            self._everything |= bool(self._con.execute(f"SELECT EXISTS ({rowids})").fetchall()[0][0])
        came_at = COMES_AT.get(table.name, "NULL")
        named = [
            f"SELECT {quote(thing)}, {identifier(column)}, {came_at if thing == 'customer' else 'NULL'} FROM changed "
            f"WHERE {identifier(column)} IS NOT NULL"
            for column, thing in LINKS.get(table.name, {}).items()
        ]
        if named:
            self._con.execute(
                f"INSERT INTO touched WITH changed AS (FROM {identifier(table.name)} WHERE rowid IN ({rowids})) "
                + " UNION ALL ".join(named)
            )

    def settle(self) -> None:
        """Nothing else will change. Drops `touched` when to derive all costs less than to derive a part."""
        names = ", ".join(map(quote, LINKS))
        ((held, touched),) = self._con.execute(
            "SELECT sum(estimated_size), (SELECT count(*) FROM touched) FROM duckdb_tables() "
            f"WHERE database_name = current_database() AND schema_name = 'main' AND table_name IN ({names})"
        ).fetchall()
        if self._everything or held <= SMALL_STORE or touched > LARGEST_SHARE * held:
            self._con.execute("DROP TABLE touched")
