"""Intercom: conversations of the API, admins, teams, and the tables of conversations that replication tools keep.

- Times of the API are unix seconds. Its durations (`time_to_admin_reply`...) leave the time out of office hours out:
  none is read, the instants beside them are.
- A closed conversation is solved, since the next message of the customer opens it again; a snoozed one is pending.
- A part may be several things: to close with a message is an answer and a resolution. Messages of bots are automatic
  replies; a part assigns to an admin or to a team, and words that go with it may be for the colleague: they are no
  answer. Types of parts: https://developers.intercom.com/docs/references/1.0/rest-api/conversations/conversation-part-model
  (`assign_and_reopen` is not in it, but in exports). The API gives the last 500 parts, its lists none.
- Who opened it: the customer, an admin, a campaign. What a bot or a campaign began is the customer's once he replied.
- A rating may be asked for and not given. It is dated when asked for, and when last changed if the version of the API
  says so; else the answer is dated as the question.
- Replicated tables keep every version of a row, in UTC without saying so. A conversation is its last version, solved
  when its last run of closed versions began, rated when a version first says so; the first reply is in the parts.
  Bodies may be scrambled: only whether there is one is read.
"""

from __future__ import annotations

from data.sources.looking import Look
from data.sources.shapes import EVENT, TEAMS, Fill, Shape

_WORDS = {
    "status": {"closed": "solved", "snoozed": "pending"},
    "priority": {"priority": "high", "not_priority": "normal"},
    "channel": {
        "conversation": "chat", "push": "chat", "inapp": "chat", "twitter": "x_twitter", "phone_call": "phone",
        "phone_switch": "phone", "*": "other",
    },
}  # fmt: skip
_TICKET = {
    "ticket_id": "id",
    "created_at": "created_at",
    "initiated_by": "initiated_by",
    "channel": "channel",
    "priority": "priority",
    "customer_id": "customer",
    "team_id": "team",
    "agent_id": "agent",
    "status": "state",
    "resolved_at": "resolved_at",
    "_source_updated_at": "updated_at",
}
_SURVEY = {
    "survey_id": "survey",
    "survey_type": {"value": "csat"},
    "ticket_id": "id",
    "customer_id": "customer",
    "team_id": "team",
    "agent_id": "agent",
    "channel": "channel",
    "sent_at": "asked_at",
    "responded_at": "answered_at",
    "score": "rating",
    "scale_min": {"value": "1"},
    "scale_max": {"value": "5"},
    "higher_is_better": {"value": True},
    "comment": "remark",
    "_source_updated_at": "updated_at",
}
_EVENT = EVENT | {"_source_updated_at": "updated_at"}


def _at(seconds: str) -> str:
    """SQL of the instant of a number of unix seconds, as text."""
    return f"make_timestamp(1000000 * TRY_CAST({seconds} AS BIGINT))::VARCHAR || 'Z'"


_INITIATED_BY = """
    CASE
        WHEN delivered_as = 'admin_initiated' THEN 'agent'
        WHEN delivered_as = 'customer_initiated' OR first_reply IS NOT NULL THEN 'customer'
        ELSE 'system'
    END
"""

_CONVERSATION = f"""
    SELECT _line, j, j->>'id' AS id, {_at("j->>'created_at'")} AS created_at, {_at("j->>'updated_at'")} AS updated_at,
        j->>'state' AS state, j->'statistics' AS s, j->>'priority' AS priority, j->'source'->>'type' AS channel,
        j->'source'->>'delivered_as' AS delivered_as, j->'first_contact_reply'->>'created_at' AS first_reply,
        coalesce(j->'contacts'->'contacts'->0->>'id', j->'contacts'->0->>'id') AS customer,
        nullif(j->>'admin_assignee_id', '0') AS agent, nullif(j->>'team_assignee_id', '0') AS team
    FROM records
"""

_TICKETS_SQL = f"""
WITH conversation AS ({_CONVERSATION})
SELECT conversation.* EXCLUDE (j, s), {_INITIATED_BY} AS initiated_by,
    coalesce({_at("s->>'first_admin_reply_at'")}, known.first_response_at::VARCHAR || 'Z') AS first_response_at,
    CASE WHEN state = 'closed' THEN coalesce(
        {_at("s->>'last_close_at'")},
        CASE WHEN known._source_updated_at = TRY_CAST(updated_at AS TIMESTAMP)
            THEN known.resolved_at::VARCHAR || 'Z' END,
        updated_at
    ) END AS resolved_at
FROM conversation LEFT JOIN tickets known ON known.ticket_id = id
"""

_RATINGS_SQL = f"""
WITH conversation AS ({_CONVERSATION})
SELECT _line, id, 'rating-' || id AS survey, customer, team, channel, updated_at,
    coalesce(r->'teammate'->>'id', agent) AS agent, r->>'rating' AS rating, r->>'remark' AS remark,
    {_at("r->>'created_at'")} AS asked_at,
    CASE WHEN rating IS NOT NULL THEN {_at("coalesce(r->>'updated_at', r->>'created_at')")} END AS answered_at
FROM (SELECT *, j->'conversation_rating' AS r FROM conversation) WHERE r->>'created_at' IS NOT NULL
"""

# The message that began a conversation is its first part.
_PARTS = f"""
    SELECT _line, id AS ticket_id, 'source-' || id AS id, 0::HUGEINT AS rank, created_at AS event_at, updated_at,
        'comment' AS kind, true AS said, j->'source'->'author'->>'type' AS author_type,
        j->'source'->'author'->>'id' AS author, NULL AS to_type, NULL AS to_id
    FROM ({_CONVERSATION})
    UNION ALL
    SELECT _line, ticket_id, p->>'id', TRY_CAST(p->>'id' AS HUGEINT), {_at("p->>'created_at'")},
        {_at("p->>'updated_at'")}, p->>'part_type', coalesce(p->>'body', '') <> '', p->'author'->>'type',
        p->'author'->>'id', p->'assigned_to'->>'type', p->'assigned_to'->>'id'
    FROM (
        SELECT _line, j->>'id' AS ticket_id,
            unnest(from_json(j->'conversation_parts'->'conversation_parts', '["JSON"]')) AS p
        FROM records
    )
"""

_REPLICATED_PARTS = """
    SELECT _line, conversation_id AS ticket_id, id, TRY_CAST(id AS HUGEINT) AS rank, created_at AS event_at, updated_at,
        part_type AS kind, coalesce(body, '') <> '' AS said, author_type, author_id AS author,
        assigned_to_type AS to_type, nullif(assigned_to_id, '') AS to_id
    FROM records
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY updated_at DESC, _fivetran_synced DESC) = 1
"""


def _events_sql(parts: str) -> str:
    return f"""
WITH part AS (
    SELECT *, CASE author_type WHEN 'admin' THEN 'agent' WHEN 'bot' THEN 'bot' WHEN 'user' THEN 'customer'
            WHEN 'lead' THEN 'customer' WHEN 'contact' THEN 'customer' ELSE 'system' END AS actor,
        CASE WHEN actor = 'agent' THEN author END AS agent_id,
        CASE kind WHEN 'close' THEN 'solved' WHEN 'snoozed' THEN 'pending' WHEN 'open' THEN 'open'
            WHEN 'note_and_reopen' THEN 'open' WHEN 'assign_and_reopen' THEN 'open' WHEN 'unsnoozed' THEN 'open'
            WHEN 'assign_and_unsnooze' THEN 'open' WHEN 'timer_unsnooze' THEN 'open' END AS status
    FROM ({parts})
), event AS (
    SELECT *, 1 AS step, NULL::VARCHAR AS to_value,
        CASE WHEN kind IN ('note', 'note_and_reopen') THEN 'note' WHEN actor = 'customer' THEN 'customer_message'
            WHEN actor = 'agent' THEN 'public_reply' ELSE 'auto_reply' END AS event_type
    FROM part WHERE kind IN ('comment', 'note', 'note_and_reopen')
        OR said AND status IS NOT NULL AND kind NOT LIKE 'assign%'
    UNION ALL
    SELECT *, 2, pseudonym(to_id), 'agent' FROM part WHERE to_type = 'admin' AND to_id IS NOT NULL
    UNION ALL
    SELECT *, 2, to_id, 'team' FROM part WHERE to_type = 'team' AND to_id IS NOT NULL
    UNION ALL
    SELECT *, 3, status, 'status' FROM part WHERE status IS NOT NULL
)
SELECT _line, id || '-' || event_type AS event_id, ticket_id, event_at, updated_at, event_type, actor, agent_id,
    NULL AS from_value, to_value, row_number() OVER (PARTITION BY ticket_id, event_at ORDER BY rank, step) AS seq
FROM event
"""


# Only `records` is read before the last version is chosen: earlier ones say when the closed run began.
_REPLICATED = """
    SELECT *, assignee_type AS to_type, conversation_rating_created_at AS asked_at,
        max(CASE WHEN state <> 'closed' THEN updated_at END) OVER (PARTITION BY id) AS last_open_at,
        max(CASE WHEN source_author_type IN ('user', 'lead', 'contact') THEN source_author_id END)
            OVER (PARTITION BY id) AS customer,
        CASE WHEN assignee_type = 'admin' THEN nullif(assignee_id, '') END AS agent,
        CASE WHEN assignee_type = 'team' THEN nullif(assignee_id, '') END AS team, source_type AS channel,
        source_delivered_as AS delivered_as, nullif(first_contact_reply_created_at, '') AS first_reply
    FROM records
"""

_REPLICATED_TICKETS = f"""
SELECT _line, id, created_at, updated_at, state, priority, channel, customer, agent, team,
    {_INITIATED_BY} AS initiated_by,
    CASE WHEN state = 'closed' THEN
        min(CASE WHEN updated_at > coalesce(last_open_at, '') THEN updated_at END) OVER (PARTITION BY id)
    END AS resolved_at
FROM ({_REPLICATED})
QUALIFY row_number() OVER (PARTITION BY id ORDER BY updated_at DESC, _fivetran_synced DESC) = 1
"""

_REPLICATED_RATINGS = f"""
SELECT _line, id, 'rating-' || id AS survey, customer, team, agent, channel, updated_at, asked_at,
    nullif(conversation_rating_value, '') AS rating, conversation_rating_remark AS remark,
    CASE WHEN rating IS NOT NULL THEN min(CASE WHEN conversation_rating_value <> '' THEN updated_at END)
        OVER (PARTITION BY id) END AS answered_at
FROM ({_REPLICATED}) WHERE nullif(asked_at, '') IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY id ORDER BY updated_at DESC, _fivetran_synced DESC) = 1
"""


def _is_admin(look: Look) -> bool:
    return max((len(cells) for _, cells in look.rows), default=0) <= 8


def _conversations(records: str) -> Shape:
    return Shape(
        system="intercom",
        title="Intercom: conversations",
        kind="json",
        records=records,
        signature=("id", "created_at", "source", "contacts", "state", "statistics", "conversation_rating"),
        fills=(
            Fill("tickets", _TICKET | {"first_response_at": "first_response_at"}, _WORDS, sql=_TICKETS_SQL),
            Fill("ticket_events", _EVENT, sql=_events_sql(_PARTS)),
            Fill("surveys", _SURVEY, {"channel": _WORDS["channel"]}, sql=_RATINGS_SQL),
        ),
    )


_AGENTS_SQL = """
SELECT _line, j->>'id' AS id, CASE WHEN json_array_length(j->'team_ids') = 1 THEN j->'team_ids'->>0 END AS team
FROM records
"""

SHAPES: tuple[Shape, ...] = (
    _conversations("conversations"),
    _conversations(""),
    Shape(
        system="intercom",
        title="Intercom: admins",
        kind="json",
        records="admins",
        signature=("id", "away_mode_enabled", "has_inbox_seat", "team_ids"),
        fills=(Fill("agents", {"agent_id": "id", "team_id": "team"}, sql=_AGENTS_SQL),),
    ),
    Shape(
        system="intercom",
        title="Intercom: teams",
        kind="json",
        records="teams",
        signature=("type", "id", "name", "admin_ids"),
        fills=(TEAMS,),
    ),
    Shape(
        system="intercom",
        title="Intercom: conversations, replicated",
        signature=(
            "id", "updated_at", "created_at", "state", "assignee_id", "assignee_type", "conversation_rating_value",
            "source_delivered_as", "_fivetran_synced",
        ),
        optional=(
            "priority", "source_type", "source_author_id", "source_author_type", "first_contact_reply_created_at",
            "conversation_rating_created_at", "conversation_rating_remark",
        ),
        fills=(
            Fill("tickets", _TICKET, _WORDS, sql=_REPLICATED_TICKETS),
            Fill("surveys", _SURVEY, {"channel": _WORDS["channel"]}, sql=_REPLICATED_RATINGS),
        ),
    ),
    Shape(
        system="intercom",
        title="Intercom: parts of conversations, replicated",
        signature=(
            "id", "conversation_id", "part_type", "author_id", "author_type", "created_at", "updated_at",
            "_fivetran_synced",
        ),
        optional=("assigned_to_type", "assigned_to_id", "body"),
        fills=(Fill("ticket_events", _EVENT, sql=_events_sql(_REPLICATED_PARTS)),),
    ),
    Shape(
        system="intercom",
        title="Intercom: admins, replicated",
        signature=("id", "job_title", "email", "name", "_fivetran_deleted", "_fivetran_synced"),
        also=_is_admin,
        fills=(Fill("agents", {"agent_id": "id"}),),
    ),
)  # fmt: skip
