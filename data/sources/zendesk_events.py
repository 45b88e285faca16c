"""Zendesk: what happened to tickets, from ticket audits and from incremental ticket events.

- The ids of both are those of the same events, so that one may be imported after the other.
- Authors have no role: it is that of `users` beside the audits, else the requester is the customer (as the audits, or
  the tickets imported before, say) and anyone else an agent. When nothing says who asked, an agent is who was ever
  assigned a ticket or wrote in private. Author -1 and triggers are the system.
- A public comment of an agent is a reply, one of a trigger an automatic reply; a private one is a note.
- A ticket deleted then restored is not a ticket closed then reopened: a deletion is no event, the ticket says it.
- Changes made in one second come in the order of their ids.
"""

from __future__ import annotations

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
    ),
    Shape(
        system="zendesk",
        title="Zendesk: ticket events",
        kind="json",
        records="ticket_events",
        signature=("id", "ticket_id", "updater_id", "child_events", "event_type"),
        fills=(Fill("ticket_events", EVENT, sql=_sql(_CHILDREN)),),
    ),
)
