"""Freshdesk: tickets of the API and of its export, conversations, groups, agents, satisfaction ratings.

- Statuses, priorities and sources are numbers in the API (https://developers.freshdesk.com/api/#tickets gives 1, 2, 3,
  7, 9 and 10 of the sources; the others are those that accounts list among their ticket fields) and words in the
  export. 6 and 7 wait on the customer and on a
  third party; those that a centre added are read by their usual words in the export, else matched on the Import page.
- Offsets differ from one time to the next (Z, +10:00): each is exact. Those of the export are the account's wall clock.
- `stats` (asked for with include=stats) has the first response and the resolution; without it, the last update of a
  resolved ticket stands for the latter. `reopened_at` and `pending_since` tell only the last time: no history is made
  of them. The export's "First response time (in hrs)" is in business hours: not read, "Initial response time" is.
- `spam` and `deleted` tickets stay, excluded. An outbound e-mail is a ticket that an agent opened.
- A public note is an answer as a reply is; a forwarded e-mail or a survey's comment is a note.
- A rating is 103, 102, 101, 100, -101, -102 or -103. Only surveys of seven points have 102 and -102: without them the
  scale is 1 to 5. Only answers are listed, dated when given: they say nothing of the response rate.
- The export names groups (found in `teams` when it holds them) and agents, who cannot be those of the API.
- Business hours (#business-hours) have one range a day ("8:00 am") in a zone named by Ruby on Rails, and say nothing of
  holidays: those go in as `calendar_exceptions`. A group without hours of its own follows the default ones, which only
  the file of hours tells: groups learn it there when they were imported before it.
- Time entries (#time_entries) are refused: they are the work on tickets, and `agent_time` needs the paid and planned
  time of whole days.
"""

from __future__ import annotations

from dataclasses import replace

from data.reading import quote
from data.sources.rails_zones import ZONES
from data.sources.shapes import Fill, Shape, refusing
from data.sources.vocabulary import VALUES

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GROUPS_SQL = """
SELECT _line, j->>'id' AS id, j->>'name' AS name, coalesce(j->>'business_hour_id', known.calendar_id) AS hours
FROM records LEFT JOIN teams known ON known.team_id = j->>'id'
"""
_FOLLOWERS_SQL = """
SELECT _line, team_id, teams.name, j->>'id' AS hours
FROM records JOIN teams ON teams.calendar_id IS NULL WHERE j->>'is_default' = 'true'
"""


def _time(name: str) -> str:
    """SQL of a time of day: "8:00 am"; what is not one is left as it is, to be rejected."""
    told = f"upper(day->>'{name}')"
    return f"coalesce(strftime(try_strptime({told}, ['%I:%M %p', '%H:%M']), '%H:%M'), {told})"


_HOURS_SQL = f"""
SELECT _line, id, weekday, {_time("start_time")} AS open, {_time("end_time")} AS close
FROM (
    SELECT _line, j->>'id' AS id, generate_subscripts({list(_DAYS)}, 1) AS weekday,
        j->'business_hours'->unnest({list(_DAYS)}) AS day
    FROM records
)
WHERE day IS NOT NULL AND json_type(day) <> 'NULL'
"""

_STATUSES = {word: value for value, words in VALUES["status"].items() for word in words.split("|")} | {
    "2": "open", "3": "pending", "4": "solved", "5": "closed", "6": "pending", "7": "on_hold",
}  # fmt: skip
_PLAIN = 'strip_accents(lower(trim("Status")))'
_EXPORTED = f'CASE WHEN {_PLAIN} IN ({", ".join(map(quote, _STATUSES))}) THEN {_PLAIN} ELSE trim("Status") END'
"""A status of the export: the usual ones without accents, those of the account as it writes them."""
_RESOLVED = ", ".join(quote(word) for word, value in _STATUSES.items() if value in ("solved", "closed"))
_SOURCES = {
    "1": "email", "2": "web_form", "3": "phone", "4": "web_form", "5": "x_twitter", "6": "facebook", "7": "chat",
    "8": "web_form", "9": "web_form", "10": "email", "11": "marketplace", "12": "chat", "13": "whatsapp", "15": "chat",
    "16": "web_form", "17": "instagram", "18": "instagram", "19": "facebook", "20": "facebook", "21": "chat",
    "22": "sms",
    "portal": "web_form", "forum": "web_form", "twitter": "x_twitter", "mobihelp": "web_form", "bot": "chat",
    "feedback widget": "web_form", "outbound email": "email", "ecommerce": "marketplace", "walk-up": "visit",
    "*": "other",
}  # fmt: skip
_TYPES = {
    "problem": "incident", "feature request": "request", "service request": "request", "service task": "request",
    "*": "other",
}  # fmt: skip
_WORDS = {
    "status": _STATUSES,
    "channel": _SOURCES,
    "priority": {"1": "low", "2": "normal", "3": "high", "4": "urgent", "medium": "normal"},
    "ticket_type": _TYPES,
}
_TICKET = {
    "ticket_id": "id",
    "created_at": "created_at",
    "initiated_by": "initiated_by",
    "channel": "source",
    "ticket_type": "type",
    "request_type": "type",
    "priority": "priority",
    "customer_id": "requester_id",
    "team_id": "group_id",
    "agent_id": "responder_id",
    "status": "status",
    "first_response_at": "first_response_at",
    "resolved_at": "resolved_at",
    "exclusion": "exclusion",
    "_source_updated_at": "updated_at",
}

_TICKETS_SQL = """
WITH ticket AS (
    SELECT _line, j, coalesce(j->>'display_id', j->>'id') AS id, j->>'updated_at' AS updated_at,
        j->>'source' AS source, j->>'status' AS status, j->'stats' AS s
    FROM records
)
SELECT
    _line, id, j->>'created_at' AS created_at, updated_at, source, coalesce(j->>'type', j->>'ticket_type') AS type,
    CASE source WHEN '10' THEN 'agent' ELSE 'customer' END AS initiated_by, j->>'priority' AS priority,
    j->>'requester_id' AS requester_id, j->>'group_id' AS group_id, j->>'responder_id' AS responder_id,
    ticket.status AS status,
    coalesce(s->>'first_responded_at', known.first_response_at::VARCHAR || 'Z') AS first_response_at,
    CASE WHEN own_status(ticket.status) IN ('4', '5', 'solved', 'closed') THEN coalesce(
        s->>'resolved_at', s->>'closed_at',
        CASE WHEN known._source_updated_at = TRY_CAST(updated_at AS TIMESTAMPTZ)::TIMESTAMP
            THEN known.resolved_at::VARCHAR || 'Z' END,
        updated_at
    ) END AS resolved_at,
    CASE WHEN j->>'spam' = 'true' THEN 'spam' WHEN j->>'deleted' = 'true' THEN 'deleted' END AS exclusion
FROM ticket LEFT JOIN tickets known ON known.ticket_id = id
"""

_EXPORT_SQL = f"""
SELECT
    _line, "Ticket ID" AS id, "Created time" AS created_at, "Last update time" AS updated_at, "Source" AS source,
    "Type" AS type, CASE lower("Source") WHEN 'outbound email' THEN 'agent' ELSE 'customer' END AS initiated_by,
    "Priority" AS priority, coalesce(nullif("Contact ID", ''), nullif("Email", ''), "Full name") AS requester_id,
    coalesce((SELECT min(team_id) FROM teams WHERE name = "Group"), "Group") AS group_id, "Agent" AS responder_id,
    {_EXPORTED} AS status, "Product" AS product, "Initial response time" AS first_response_at,
    CASE WHEN own_status({_EXPORTED}) IN ({_RESOLVED}, 'solved', 'closed') THEN coalesce(
        nullif("Resolved time", ''), nullif("Closed time", ''), "Last update time") END AS resolved_at,
    NULL::VARCHAR AS exclusion
FROM records
"""

_CONVERSATIONS_SQL = """
WITH message AS (
    SELECT _line, j, j->>'incoming' = 'true' AS incoming, j->>'private' = 'true' AS private, j->>'source' AS source,
        j->>'user_id' AS user_id
    FROM records
)
SELECT
    _line, j->>'id' AS id, j->>'ticket_id' AS ticket_id, j->>'created_at' AS created_at,
    j->>'updated_at' AS updated_at,
    CASE WHEN incoming OR source = '6' THEN 'customer' WHEN user_id IS NULL THEN 'system' ELSE 'agent' END AS actor,
    CASE WHEN actor = 'agent' THEN user_id END AS agent_id,
    CASE
        WHEN source IN ('6', '8') THEN 'note'
        WHEN incoming THEN 'customer_message'
        WHEN private THEN 'note'
        WHEN actor = 'system' THEN 'auto_reply'
        ELSE 'public_reply'
    END AS event_type
FROM message
"""

_RATINGS_SQL = """
WITH answer AS (
    SELECT _line, j, unnest(json_keys(j->'ratings')) AS question, TRY_CAST(j->'ratings'->>question AS INTEGER) AS value
    FROM records
), scaled AS (
    SELECT *, CASE WHEN bool_or(abs(value) = 102) OVER (PARTITION BY j->>'survey_id') THEN 7 ELSE 5 END AS points
    FROM answer
)
SELECT
    _line, j->>'id' AS id, j->>'ticket_id' AS ticket_id, j->>'user_id' AS user_id, j->>'agent_id' AS agent_id,
    j->>'group_id' AS group_id, j->>'created_at' AS created_at, j->>'updated_at' AS updated_at, points,
    CASE question WHEN 'default_question' THEN 'main' ELSE question END AS item,
    coalesce(list_position(CASE points WHEN 7 THEN [-103, -102, -101, 100, 101, 102, 103]
        ELSE [-103, -101, 100, 101, 103] END, value)::VARCHAR, 'no rating: ' || (j->'ratings'->>question)) AS score,
    CASE question WHEN 'default_question' THEN j->>'feedback' END AS comment
FROM scaled
"""

_JSON = (
    Shape(
        system="freshdesk",
        title="Freshdesk: tickets",
        kind="json",
        signature=("id", "requester_id", "responder_id", "source", "status", "priority", "spam", "fr_escalated"),
        fills=(Fill("tickets", _TICKET, _WORDS, sql=_TICKETS_SQL),),
    ),
    Shape(
        system="freshdesk",
        title="Freshdesk: conversations",
        kind="json",
        signature=("id", "ticket_id", "incoming", "private", "user_id", "source", "body_text"),
        fills=(
            Fill(
                "ticket_events",
                {
                    "event_id": "id",
                    "ticket_id": "ticket_id",
                    "event_at": "created_at",
                    "event_type": "event_type",
                    "actor": "actor",
                    "agent_id": "agent_id",
                    "_source_updated_at": "updated_at",
                },
                sql=_CONVERSATIONS_SQL,
            ),
        ),
    ),
    Shape(
        system="freshdesk",
        title="Freshdesk: satisfaction ratings",
        kind="json",
        signature=("id", "survey_id", "user_id", "agent_id", "ticket_id", "ratings"),
        fills=(
            Fill(
                "surveys",
                {
                    "survey_id": "id",
                    "item": "item",
                    "survey_type": {"value": "csat"},
                    "ticket_id": "ticket_id",
                    "customer_id": "user_id",
                    "team_id": "group_id",
                    "agent_id": "agent_id",
                    "sent_at": "created_at",
                    "responded_at": "created_at",
                    "score": "score",
                    "scale_min": {"value": "1"},
                    "scale_max": "points",
                    "higher_is_better": {"value": True},
                    "comment": "comment",
                    "_source_updated_at": "updated_at",
                },
                sql=_RATINGS_SQL,
            ),
        ),
    ),
    Shape(
        system="freshdesk",
        title="Freshdesk: time entries",
        kind="json",
        signature=("id", "ticket_id", "agent_id", "time_spent", "timer_running", "billable"),
        plan=refusing(
            "these are the times that agents noted on tickets, and the time of agents is counted by whole days (paid, "
            "planned, absent, logged): export those from the planning or the phone system"
        ),
    ),
    Shape(
        system="freshdesk",
        title="Freshdesk: groups",
        kind="json",
        signature=("id", "name", "escalate_to", "unassigned_for"),
        fills=(Fill("teams", {"team_id": "id", "name": "name", "calendar_id": "hours"}, sql=_GROUPS_SQL),),
    ),
    Shape(
        system="freshdesk",
        title="Freshdesk: business hours",
        kind="json",
        signature=("id", "name", "is_default", "time_zone", "business_hours"),
        fills=(
            Fill(
                "calendars",
                {"calendar_id": "id", "name": "name", "tz": "zone", "holiday_set": {"value": "NONE"}},
                {"tz": ZONES},
                sql="SELECT _line, j->>'id' AS id, j->>'name' AS name, j->>'time_zone' AS zone FROM records",
            ),
            Fill(
                "calendar_hours",
                {"calendar_id": "id", "weekday": "weekday", "open_local": "open", "close_local": "close"},
                sql=_HOURS_SQL,
            ),
            Fill("teams", {"team_id": "team_id", "name": "name", "calendar_id": "hours"}, sql=_FOLLOWERS_SQL),
        ),
    ),
    Shape(
        system="freshdesk",
        title="Freshdesk: agents",
        kind="json",
        signature=("id", "ticket_scope", "occasional", "contact"),
        fills=(Fill("agents", {"agent_id": "id"}, sql="SELECT _line, j->>'id' AS id FROM records"),),
    ),
)

_EXPORT = Shape(
    system="freshdesk",
    title="Freshdesk: exported tickets",
    signature=("Ticket ID", "Status", "Source", "Created time"),
    names={"Last update time": ("Last updated time",), "Email": ("Requester Email",), "Full name": ("Requester Name",)},
    optional=(
        "Priority", "Type", "Agent", "Group", "Product", "Resolved time", "Closed time", "Last update time",
        "Initial response time", "Contact ID", "Email", "Full name",
    ),
    dates=("Created time", "Resolved time", "Closed time", "Last update time", "Initial response time"),
    zoned=False,
    fills=(
        Fill(
            "tickets",
            _TICKET | {"product": "product"},
            _WORDS,
            sql=_EXPORT_SQL,
            options={"null_values": ["No Agent", "No Group", "No Product", "--"]},
        ),
    ),
)  # fmt: skip

SHAPES: tuple[Shape, ...] = (*_JSON, replace(_JSON[0], records="results"), _EXPORT)
