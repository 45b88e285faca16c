"""Zendesk: tickets of the API and of the exports of views; the other files are in `zendesk_events`, `zendesk_desk`.

- Incremental exports give a ticket again at each change: the version updated last wins, whatever the order of files.
- `hold` is on_hold; a `deleted` ticket stays, excluded; a `sample_ticket` is a test; one with the tag
  `closed_by_merge` is a duplicate; of which ticket, the audits say.
- A ticket has no time of solution: it is in `metric_set`, in `metric_sets` beside the tickets, or in ticket_metrics.
  Without them, that of its last update stands for it: ask for the metrics, or the audits, to have the exact one.
- The first reply is a number of minutes (calendar, not business) after the creation, rounded to the minute.
- `ticket_metrics` alone complete tickets already imported; the others are rejected.
- A submitter who is not the requester is an agent who opened the ticket, on the web or by the API.
- Exports of views write times of the account without zone, names of groups (found in `teams` when it holds them) and of
  agents, which cannot be those of the API. Satisfaction there has no date: import satisfaction_ratings.
"""

from __future__ import annotations

from dataclasses import replace

from data.sources.shapes import Fill, Shape
from data.sources.zendesk_chat import SHAPES as CHATS
from data.sources.zendesk_desk import HOLIDAYS
from data.sources.zendesk_desk import SHAPES as DESK
from data.sources.zendesk_events import SHAPES as EVENTS
from data.sources.zendesk_words import CHANNELS

_WORDS = {
    "channel": CHANNELS,
    "ticket_type": {"problem": "incident", "task": "request", "*": "other"},
    "status": {"hold": "on_hold", "on-hold": "on_hold", "deleted": "closed"},
}
_TICKET = {
    "ticket_id": "id",
    "created_at": "created_at",
    "initiated_by": "initiated_by",
    "channel": "via",
    "ticket_type": "type",
    "priority": "priority",
    "customer_id": "requester_id",
    "team_id": "group_id",
    "agent_id": "assignee_id",
    "status": "status",
    "first_response_at": "first_response_at",
    "resolved_at": "resolved_at",
    "exclusion": "exclusion",
    "_source_updated_at": "updated_at",
}
_MERGED = {"merged_into_ticket_id": "merged_into"}

# m: the metrics of a ticket; created_at: its creation, a TIMESTAMP of UTC.
_FIRST_REPLY = """
    created_at + to_seconds(coalesce(TRY_CAST(m->'reply_time_in_seconds'->>'calendar' AS BIGINT),
        60 * TRY_CAST(m->'reply_time_in_minutes'->>'calendar' AS BIGINT)))
"""

_TICKETS_SQL = f"""
WITH sideloaded AS (
    SELECT s->>'ticket_id' AS ticket_id, arg_max(s, coalesce(s->>'updated_at', '')) AS metrics
    FROM (SELECT unnest(from_json(j->'metric_sets', '["JSON"]')) AS s FROM tops) GROUP BY ALL
), ticket AS (
    SELECT _line, j, j->>'id' AS id, lower(j->>'status') AS status, coalesce(j->'via'->>'channel', 'unknown') AS via,
        j->>'updated_at' AS updated_at, TRY_CAST(j->>'created_at' AS TIMESTAMP) AS created_at,
        coalesce(j->'metric_set', metrics) AS m
    FROM records LEFT JOIN sideloaded ON ticket_id = j->>'id'
), merges AS (
    SELECT ticket_id AS merged_id, arg_max(to_value, event_at) AS merged_into
    FROM ticket_events WHERE event_type = 'merged' GROUP BY ALL
)
SELECT
    _line, id, j->>'created_at' AS created_at, via, j->>'type' AS type, j->>'priority' AS priority,
    CASE
        WHEN via IN ('rule', 'system') THEN 'system'
        WHEN via IN ('web', 'api') AND j->>'submitter_id' <> j->>'requester_id' THEN 'agent'
        ELSE 'customer'
    END AS initiated_by,
    j->>'requester_id' AS requester_id, j->>'group_id' AS group_id, j->>'assignee_id' AS assignee_id,
    ticket.status AS status, updated_at,
    coalesce({_FIRST_REPLY.replace("created_at", "ticket.created_at")}, known.first_response_at) AS first_response_at,
    CASE WHEN ticket.status IN ('solved', 'closed') THEN coalesce(
        TRY_CAST(m->>'solved_at' AS TIMESTAMP),
        CASE WHEN known._source_updated_at = TRY_CAST(updated_at AS TIMESTAMP) THEN known.resolved_at END,
        TRY_CAST(updated_at AS TIMESTAMP)
    ) END AS resolved_at,
    CASE
        WHEN ticket.status = 'deleted' THEN 'deleted'
        WHEN via = 'sample_ticket' THEN 'test'
        WHEN list_contains(from_json(j->'tags', '["VARCHAR"]'), 'closed_by_merge') THEN 'duplicate'
    END AS exclusion, coalesce(merged_into, known.merged_into_ticket_id) AS merged_into
FROM ticket LEFT JOIN tickets known ON known.ticket_id = id LEFT JOIN merges ON merged_id = id
"""

_METRICS_SQL = f"""
SELECT
    _line, j->>'ticket_id' AS id, coalesce(known.channel, 'other') AS via, coalesce(known.status, 'open') AS status,
    coalesce(known.created_at::VARCHAR, 'ticket unknown: import the tickets before their metrics') AS created_at,
    coalesce({_FIRST_REPLY.replace("created_at", "known.created_at").replace("m->", "j->")}, known.first_response_at)
        AS first_response_at,
    CASE WHEN known.status IN ('solved', 'closed')
        THEN coalesce(TRY_CAST(j->>'solved_at' AS TIMESTAMP), known.resolved_at) END AS resolved_at
FROM records LEFT JOIN tickets known ON known.ticket_id = j->>'ticket_id'
"""

# Times are on the account's wall clock, or say their offset; minutes are added on that clock.
_EXPORT_SQL = """
WITH ticket AS (
    SELECT * REPLACE (
            regexp_replace("Created at", ' ([+-][0-9:]+)$', '\\1') AS "Created at",
            regexp_replace("Updated at", ' ([+-][0-9:]+)$', '\\1') AS "Updated at",
            regexp_replace("Solved at", ' ([+-][0-9:]+)$', '\\1') AS "Solved at"
        ),
        regexp_matches("Created at", '[0-9](Z| ?[+-][0-9]{2}:?[0-9]{2})$') AS zoned,
        to_seconds(round(60 * TRY_CAST("First reply time in minutes" AS DOUBLE))::BIGINT) AS reply
    FROM records
)
SELECT
    _line, "Id" AS id, "Created at" AS created_at, lower("Via") AS via, "Ticket type" AS type,
    lower("Priority") AS priority,
    CASE WHEN lower("Via") IN ('phone call (outgoing)', 'phone_call_outbound') THEN 'agent' ELSE 'customer' END
        AS initiated_by,
    coalesce(nullif("Requester id", ''), nullif("Requester email", ''), "Requester") AS requester_id,
    coalesce((SELECT min(team_id) FROM teams WHERE name = "Group"), "Group") AS group_id, "Assignee" AS assignee_id,
    lower("Status") AS status, "Updated at" AS updated_at,
    CASE WHEN zoned
        THEN (TRY_CAST("Created at" AS TIMESTAMPTZ)::TIMESTAMP + reply)::VARCHAR || 'Z'
        ELSE (TRY_CAST("Created at" AS TIMESTAMP) + reply)::VARCHAR
    END AS first_response_at,
    CASE WHEN lower("Status") IN ('solved', 'closed')
        THEN coalesce(nullif("Solved at", ''), "Updated at") END AS resolved_at,
    CASE
        WHEN lower("Status") = 'deleted' THEN 'deleted'
        WHEN lower("Via") = 'sample ticket' THEN 'test'
        WHEN regexp_matches("Tags", '(^|[ ,])closed_by_merge([ ,]|$)') THEN 'duplicate'
    END AS exclusion
FROM ticket
"""

_JSON = (
    Shape(
        system="zendesk",
        title="Zendesk: tickets",
        kind="json",
        records="tickets",
        signature=("id", "via", "created_at", "status", "requester_id", "submitter_id", "assignee_id", "group_id"),
        fills=(Fill("tickets", _TICKET | _MERGED, _WORDS, sql=_TICKETS_SQL),),
    ),
    Shape(
        system="zendesk",
        title="Zendesk: metrics of tickets",
        kind="json",
        records="ticket_metrics",
        signature=("ticket_id", "solved_at", "reopens", "reply_time_in_minutes", "full_resolution_time_in_minutes"),
        fills=(
            Fill(
                "tickets",
                {
                    "ticket_id": "id",
                    "created_at": "created_at",
                    "channel": "via",
                    "status": "status",
                    "first_response_at": "first_response_at",
                    "resolved_at": "resolved_at",
                },
                sql=_METRICS_SQL,
            ),
        ),
    ),
)

_EXPORT = Shape(
    system="zendesk",
    title="Zendesk: tickets exported from a view or a report",
    signature=("Id", "Status", "Via", "Created at"),
    names={
        "Id": ("Ticket ID",),
        "Status": ("Ticket status",),
        "Via": ("Ticket channel",),
        "Created at": ("Ticket created - Timestamp",),
        "Updated at": ("Ticket updated - Timestamp",),
        "Solved at": ("Ticket solved - Timestamp",),
        "Priority": ("Ticket priority",),
        "Ticket type": ("Type",),
        "Group": ("Ticket group",),
        "Assignee": ("Assignee name",),
        "First reply time in minutes": ("First reply time (min)",),
    },
    optional=(
        "Updated at", "Solved at", "Priority", "Ticket type", "Group", "Assignee", "Requester", "Requester id",
        "Requester email", "Tags", "First reply time in minutes",
    ),
    dates=("Created at", "Updated at", "Solved at"),
    zoned=False,
    fills=(Fill("tickets", _TICKET, _WORDS, sql=_EXPORT_SQL, options={"null_values": ["-"]}),),
)  # fmt: skip


def _alone(shape: Shape) -> Shape:
    """The same records, one a line or in an array."""
    return replace(shape, records="")


_API = (*_JSON, *DESK, *EVENTS, *CHATS)
SHAPES: tuple[Shape, ...] = (*_API, *(_alone(shape) for shape in _API), HOLIDAYS, _EXPORT)
