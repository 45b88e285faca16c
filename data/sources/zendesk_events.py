"""Zendesk: what happened to tickets, from ticket audits and from incremental ticket events.

- The ids of both are those of the same events, so that one may be imported after the other.
- Authors have no role: it is that of `users` beside the audits, else the requester is the customer (as the audits, or
  the tickets imported before, say) and anyone else an agent. When nothing says who asked, an agent is who was ever
  assigned a ticket or wrote in private. Author -1 and triggers are the system.
- A public comment of an agent is a reply, one of a trigger an automatic reply; a private one is a note.
- A merge is told by the comment that Zendesk proposes for it ("This request was closed and merged into request #7", or
  in the other ticket "Request #5 ... was closed and merged into this request"). In any other language, or words of an
  agent, it is the first number (#7) of the comment written as the tag `closed_by_merge` is set; where that comment has
  none, the ticket is a duplicate of nobody knows which one. Tickets imported before or after learn it alike.
- A ticket deleted then restored is not a ticket closed then reopened: a deletion is no event, the ticket says it.
- Changes made in one second come in the order of their ids.
"""

from __future__ import annotations

from functools import partial

import duckdb

from data.reading import Relation
from data.sources.shapes import EVENT, Fill, Shape

_FIELDS = {"status": "status", "priority": "priority", "group_id": "team", "assignee_id": "agent"}

_AUDITS = """
    SELECT _line, j->>'ticket_id' AS ticket_id, j->>'created_at' AS event_at, j->>'author_id' AS author,
        j->'via'->>'channel' AS via, unnest(from_json(j->'events', '["JSON"]')) AS e, e->>'type' AS type,
        e->>'field_name' AS field, e->>'value' AS after, e->>'public' AS public
    FROM records
"""

# The value of a change stands under the name of its field.
_CHILDREN = """
    SELECT *, e->>field AS after
    FROM (
        SELECT *, e->>'event_type' AS type, coalesce(e->>'public', e->>'comment_public') AS public,
            list_filter(['status', 'priority', 'group_id', 'assignee_id', 'requester_id'],
                lambda name: json_exists(e, name))[1] AS field
        FROM (
            SELECT _line, j->>'ticket_id' AS ticket_id, j->>'updater_id' AS author, j->>'via' AS via,
                coalesce(j->>'created_at', make_timestamp(1000000 * (j->>'timestamp')::BIGINT)::VARCHAR || 'Z')
                    AS event_at,
                unnest(from_json(j->'child_events', '["JSON"]')) AS e
            FROM records
        )
    )
"""


_INTO = "closed and merged (?:by \\w+ )?into request #(\\d+)"
_TAG = "closed_by_merge"
_FROM = "Requests? ((?:#\\d+[, ]*(?:and )?)+)[^#]*.* closed and merged (?:by \\w+ )?into this request"


def _merges_sql(events: str) -> str:
    """The tickets that were merged, the instant and the one they went into."""
    return f"""
WITH happened AS ({events}), comment AS (
    SELECT _line, ticket_id, event_at, e->>'id' AS id, coalesce(e->>'body', e->>'comment') AS body
    FROM happened WHERE type = 'Comment' AND contains(body, '#')
), tagged AS (
    SELECT DISTINCT _line, ticket_id FROM happened
    WHERE contains(coalesce(e->>'added_tags', e->>'tags', e->>'value'), '"{_TAG}"')
        AND NOT contains(coalesce(e->>'previous_value', ''), '"{_TAG}"')
)
SELECT _line, id, ticket_id, event_at, regexp_extract(body, '{_INTO}', 1) AS into_id
FROM comment WHERE regexp_matches(body, '{_INTO}')
UNION ALL
SELECT _line, id, ticket_id, event_at, regexp_extract(body, '#(\\d+)', 1)
FROM comment SEMI JOIN tagged USING (_line, ticket_id)
WHERE NOT regexp_matches(body, '{_INTO}') AND NOT regexp_matches(body, '{_FROM}')
    AND regexp_extract(body, '#(\\d+)', 1) NOT IN ('', ticket_id)
UNION ALL
SELECT _line, id, unnest(regexp_extract_all(regexp_extract(body, '{_FROM}', 1), '\\d+')), event_at, ticket_id
FROM comment WHERE regexp_matches(body, '{_FROM}')
"""


def _with_merges(
    events: str, con: duckdb.DuckDBPyConnection, whole: Relation
) -> tuple[tuple[Fill, ...], tuple[str, ...]]:
    """The events; and if there is a merge, it as an event of the ticket that was closed, and on that ticket if it is
    known."""
    happened = Fill("ticket_events", EVENT, sql=_sql(events))
    told = f"contains(j::VARCHAR, 'closed and merged') OR contains(j::VARCHAR, '{_TAG}')"
    found = con.execute(f"SELECT EXISTS (FROM raw_records WHERE {told})").fetchone()
    if not (found and found[0]):
        return (happened,), ()
    return (
        happened,
        Fill(
            "ticket_events",
            {
                "event_id": "event",
                "ticket_id": "ticket_id",
                "event_at": "event_at",
                "seq": "seq",
                "event_type": {"value": "merged"},
                "actor": {"value": "agent"},
                "to_value": "into_id",
            },
            sql="SELECT min(_line) AS _line, 'merge-' || ticket_id || '-' || into_id AS event, ticket_id, into_id, "
            f"min(event_at) AS event_at, '0' AS seq FROM ({_merges_sql(events)}) GROUP BY ticket_id, into_id",
        ),
        Fill(
            "tickets",
            {
                "ticket_id": "ticket_id",
                "created_at": "created_at",
                "channel": "channel",
                "status": "status",
                "merged_into_ticket_id": "into_id",
            },
            sql="SELECT min(_line) AS _line, known.ticket_id, known.created_at, known.channel, known.status, "
            f"arg_max(into_id, event_at) AS into_id FROM ({_merges_sql(events)}) m "
            "JOIN tickets known ON known.ticket_id = m.ticket_id GROUP BY ALL",
        ),
    ), ()


def _sql(events: str) -> str:
    kinds = " ".join(f"WHEN '{field}' THEN '{kind}'" for field, kind in _FIELDS.items())
    return f"""
WITH happened AS ({events}),
users AS (
    SELECT u->>'id' AS author, any_value(u->>'role') AS role
    FROM (SELECT unnest(from_json(j->'users', '["JSON"]')) AS u FROM tops) GROUP BY ALL
), requesters AS (
    SELECT ticket_id, arg_max(after, TRY_CAST(e->>'id' AS HUGEINT)) AS requester
    FROM happened WHERE field = 'requester_id' GROUP BY ALL
), staff AS (
    SELECT after AS author FROM happened WHERE field = 'assignee_id'
    UNION SELECT coalesce(e->>'author_id', author) FROM happened WHERE type = 'Comment' AND public = 'false'
), kept AS (
    SELECT * EXCLUDE (author), coalesce(e->>'author_id', author) AS author, e->>'previous_value' AS before,
        coalesce(e->'via'->>'channel', CASE WHEN json_type(e->'via') = 'VARCHAR' THEN e->>'via' END) AS own_via
    FROM happened
    WHERE type = 'Comment' OR (type IN ('Create', 'Change') AND CASE field WHEN 'status' THEN after <> 'deleted'
        WHEN 'priority' THEN after IS NOT NULL ELSE field IN ('group_id', 'assignee_id') END)
), acted AS (
    SELECT kept.*,
        CASE
            WHEN lower(coalesce(own_via, via)) IN ('rule', 'system') OR author = '-1' THEN 'system'
            WHEN author = coalesce(requester, '') OR role = 'end-user' THEN 'customer'
            WHEN role IS NOT NULL OR requester IS NOT NULL THEN 'agent'
            WHEN known.customer_id IS NOT NULL
                THEN CASE WHEN pseudonym(author) = known.customer_id THEN 'customer' ELSE 'agent' END
            WHEN author IN (SELECT author FROM staff WHERE author IS NOT NULL)
                OR pseudonym(author) IN (SELECT agent_id FROM agents) THEN 'agent'
            ELSE 'customer'
        END AS actor
    FROM kept LEFT JOIN users USING (author) LEFT JOIN requesters USING (ticket_id)
    LEFT JOIN tickets known ON known.ticket_id = kept.ticket_id
)
SELECT
    _line, e->>'id' AS event_id, ticket_id, event_at, actor, CASE WHEN actor = 'agent' THEN author END AS agent_id,
    row_number() OVER (PARTITION BY ticket_id, event_at ORDER BY TRY_CAST(e->>'id' AS HUGEINT)) AS seq,
    CASE
        WHEN type <> 'Comment' THEN CASE field {kinds} END
        WHEN actor = 'customer' THEN 'customer_message'
        WHEN public = 'false' THEN 'note'
        WHEN actor = 'agent' THEN 'public_reply'
        ELSE 'auto_reply'
    END AS event_type,
    CASE
        WHEN type = 'Comment' OR before = 'deleted' THEN NULL
        WHEN field = 'status' THEN replace(before, 'hold', 'on_hold')
        WHEN field = 'priority' AND type = 'Change' THEN coalesce(before, 'normal')
        WHEN field = 'assignee_id' THEN pseudonym(before)
        ELSE before
    END AS from_value,
    CASE
        WHEN type = 'Comment' THEN NULL
        WHEN field = 'status' THEN replace(after, 'hold', 'on_hold')
        WHEN field = 'assignee_id' THEN pseudonym(after)
        ELSE after
    END AS to_value
FROM acted
"""


SHAPES: tuple[Shape, ...] = (
    Shape(
        system="zendesk",
        title="Zendesk: ticket audits",
        kind="json",
        records="audits",
        signature=("id", "ticket_id", "created_at", "author_id", "events", "via"),
        fills=(Fill("ticket_events", EVENT, sql=_sql(_AUDITS)),),
        plan=partial(_with_merges, _AUDITS),
    ),
    Shape(
        system="zendesk",
        title="Zendesk: ticket events",
        kind="json",
        records="ticket_events",
        signature=("id", "ticket_id", "updater_id", "child_events", "event_type"),
        fills=(Fill("ticket_events", EVENT, sql=_sql(_CHILDREN)),),
        plan=partial(_with_merges, _CHILDREN),
    ),
)
