"""Derive a part: after an import, what it touched is derived again, and the rest stays as it is.

What depends on the rows that changed is *wanted*: its derived rows are replaced. What the wanted depends on in its
turn is its *context*: the other tickets of a customer, the legs of a call. Both are copied into tables of the `room`
that hide those of the same names in the store: the derivation then reads a small store, and knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import duckdb

from data.derive.room import Step, side_by_side
from data.schema import TABLES
from data.store import check_keys

WANTED_TICKETS = "(FROM tickets SEMI JOIN _wanted_ticket USING (ticket_id))"

# A customer who comes back within a week takes the first contact resolution from the tickets resolved before, and who
# asks within a day makes the visits to the tools end in a request; a contact is the one before the next.
_WANTED = (
    """
    CREATE OR REPLACE TABLE room._came AS
    SELECT id AS customer_id, min(came_at) AS since, max(came_at) AS until
    FROM touched WHERE thing = 'customer' GROUP BY id
    """,
    """
    CREATE OR REPLACE TABLE room._touched_ticket AS
    WITH RECURSIVE merged AS (
        SELECT ticket_id, merged_into_ticket_id FROM {main}.tickets WHERE merged_into_ticket_id IS NOT NULL
    ), reached(ticket_id) AS (
        SELECT id FROM touched WHERE thing = 'ticket'
        UNION
        SELECT merged_into_ticket_id FROM reached JOIN merged USING (ticket_id)
    )
    FROM reached
    """,
    """
    CREATE OR REPLACE TABLE room._wanted_ticket AS
    FROM _touched_ticket
    UNION
    SELECT ticket_id FROM {main}.ticket_facts JOIN _came USING (customer_id)
    WHERE first_resolved_at BETWEEN since - INTERVAL 7 DAY AND until
    """,
    """
    CREATE OR REPLACE TABLE room._wanted_interaction AS
    WITH RECURSIVE leg AS (
        SELECT interaction_id, parent_interaction_id FROM {main}.interactions WHERE parent_interaction_id IS NOT NULL
    ), linked(interaction_id, other_id) AS (
        FROM leg UNION ALL SELECT parent_interaction_id, interaction_id FROM leg
    ), reached(interaction_id) AS (
        (
            SELECT id FROM touched WHERE thing = 'interaction'
            UNION
            SELECT interaction_id FROM {main}.interactions JOIN _came USING (customer_id) WHERE offered_at >= since
        )
        UNION
        SELECT other_id FROM reached JOIN linked USING (interaction_id)
    )
    FROM reached
    """,
    """
    CREATE OR REPLACE TABLE room._wanted_transcript AS
    SELECT interaction_id FROM {main}.transcripts SEMI JOIN (
        FROM _wanted_interaction
        UNION ALL
        SELECT interaction_id FROM {main}.interactions SEMI JOIN _touched_ticket USING (ticket_id)
    ) USING (interaction_id)
    """,
    """
    CREATE OR REPLACE TABLE room._wanted_survey AS
    SELECT id AS survey_id FROM touched WHERE thing = 'survey'
    UNION
    SELECT survey_id FROM {main}.surveys SEMI JOIN _touched_ticket USING (ticket_id)
    """,
    """
    CREATE OR REPLACE TABLE room._wanted_session AS
    SELECT id AS session_id FROM touched WHERE thing = 'session'
    UNION
    SELECT session_id FROM {main}.self_service_sessions JOIN _came USING (customer_id)
    WHERE started_at <= until AND ended_at >= since - INTERVAL 24 HOUR
    """,
    """
    CREATE OR REPLACE TABLE room._wanted_order AS
    SELECT DISTINCT id AS order_id FROM touched WHERE thing = 'order'
    """,
    """
    CREATE OR REPLACE TABLE room._wanted_dispute AS
    SELECT id AS dispute_id FROM touched WHERE thing = 'dispute'
    UNION
    SELECT dispute_id FROM {main}.disputes SEMI JOIN _wanted_order USING (order_id)
    """,
)

_CONTEXT = (
    """
    CREATE OR REPLACE TABLE room._merged_ticket AS
    WITH RECURSIVE reached(ticket_id) AS (
        FROM _wanted_ticket
        UNION
        SELECT t.ticket_id FROM reached JOIN {main}.tickets t ON t.merged_into_ticket_id = reached.ticket_id
    )
    FROM reached
    """,
    """
    CREATE OR REPLACE TABLE room._context_customer AS
    SELECT customer_id FROM {main}.tickets SEMI JOIN _wanted_ticket USING (ticket_id)
    UNION
    SELECT customer_id FROM {main}.interactions SEMI JOIN _wanted_interaction USING (interaction_id)
    UNION
    SELECT customer_id FROM {main}.self_service_sessions SEMI JOIN _wanted_session USING (session_id)
    """,
    """
    CREATE OR REPLACE TABLE room._context_ticket AS
    FROM _merged_ticket
    UNION
    SELECT ticket_id FROM {main}.tickets SEMI JOIN _context_customer USING (customer_id)
    UNION
    SELECT ticket_id FROM {main}.surveys SEMI JOIN _wanted_survey USING (survey_id)
    UNION
    SELECT ticket_id FROM {main}.interactions SEMI JOIN _wanted_transcript USING (interaction_id)
    """,
    """
    CREATE OR REPLACE TABLE room._context_interaction AS
    FROM _wanted_interaction
    UNION
    FROM _wanted_transcript
    UNION
    SELECT interaction_id FROM {main}.interactions SEMI JOIN _context_customer USING (customer_id)
    UNION
    SELECT interaction_id FROM {main}.interactions SEMI JOIN _merged_ticket USING (ticket_id)
    """,
)

_HIDING = {
    "tickets": "_context_ticket",
    "ticket_events": "_wanted_ticket",
    "interactions": "_context_interaction",
    "transcripts": "_wanted_transcript",
    "surveys": "_wanted_survey",
    "self_service_sessions": "_wanted_session",
    "orders": "_wanted_order",
    "order_lines": "_wanted_order",
    "disputes": "_wanted_dispute",
}
"""The tables of the store that are hidden by a part of theirs, and the ids of that part."""

REPLACED = {
    **dict.fromkeys(
        ("ticket_states", "ticket_resolutions", "ticket_handling", "sla_clocks", "ticket_facts"), "_wanted_ticket"
    ),
    **dict.fromkeys(("interaction_facts", "handled_contacts"), "_wanted_interaction"),
    "survey_facts": "_wanted_survey",
    "topic_mentions": "_wanted_document",
    "session_facts": "_wanted_session",
    "order_facts": "_wanted_order",
    "order_line_facts": "_wanted_order",
    "dispute_facts": "_wanted_dispute",
}
"""The derived tables, and the ids of what is replaced in each."""

_WIDER = {"interaction_facts", "handled_contacts"}
"""Those that are derived of the context too: of the others only what is wanted is."""

_DOCUMENTS = """
CREATE OR REPLACE TABLE room._wanted_document AS
SELECT 'comments' AS corpus, survey_id AS document_id FROM _wanted_survey
UNION ALL
SELECT 'transcripts', interaction_id FROM _wanted_transcript
"""

# The tickets that are new have nothing to be replaced. Without their ids, those of the others are often close together,
# and the engine then skips the parts of a table that hold none of them.
_KNOWN = """
CREATE OR REPLACE TABLE room._known_ticket AS
SELECT ticket_id FROM {main}.ticket_facts SEMI JOIN _wanted_ticket USING (ticket_id)
"""


def hide(con: duckdb.DuckDBPyConnection, home: str) -> None:
    """Put what the temporary table `touched` asks for (see `data.changes`) before the tables of the store, those of the
    database `home`."""
    for statement in (*_WANTED, *_CONTEXT, _DOCUMENTS):
        con.execute(statement.format(main=f"{home}.main"))
    for table, ids in _HIDING.items():
        part = f"FROM {home}.main.{table} SEMI JOIN {ids} USING ({_id(con, ids)})"
        con.execute(f"CREATE TABLE room.{table} AS {part}")


def replace(con: duckdb.DuckDBPyConnection, home: str) -> None:
    """Exchange the derived rows of what is wanted for those of the room's tables of the same names. Raises
    StoreInvalid if two of these share a key."""
    main = f"{home}.main"
    check_keys(con, [TABLES[name] for name in REPLACED])
    con.execute(_KNOWN.format(main=main))
    steps: list[Step] = []
    for name, ids in REPLACED.items():
        key, order = _id(con, ids), ", ".join(TABLES[name].order_by)
        wanted = f"room.{name} SEMI JOIN {ids} USING ({key})" if name in _WIDER else f"room.{name}"
        old = "_known_ticket" if ids == "_wanted_ticket" else ids
        delete = f"DELETE FROM {main}.{name} WHERE ({key}) IN (SELECT ({key}) FROM {old})"
        insert = f"INSERT INTO {main}.{name} BY NAME FROM {wanted} ORDER BY {order}"
        steps.append(partial(_run, (delete, insert)))
    side_by_side(con, home, steps)


def _run(statements: Iterable[str], con: duckdb.DuckDBPyConnection) -> None:
    for statement in statements:
        con.execute(statement)


def _id(con: duckdb.DuckDBPyConnection, ids: str) -> str:
    """The columns of a table of ids."""
    return ", ".join(name for name, *_ in con.execute(f"DESCRIBE room.{ids}").fetchall())
