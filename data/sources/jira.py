"""Jira Service Management: issue search (JSON, with its changelog), the CSV export, the replicated table of issues.

- A ticket's id is the issue's id: its key changes when it moves to another project.
- Times carry offsets without colon (+0200); those of the CSV export (02/Mar/26 9:05 AM) are in its
  reader's zone.
- Teams name their statuses as they like: a name is read by its usual words, else by its category (To Do, In Progress,
  Done). The changelog has names only: their categories are those of the issues of the same file.
- The replicated table has numbers for statuses: those that every site numbers alike are read, the others refused.
- The replicated history of fields (https://fivetran.com/docs/connectors/applications/jira) has a row for each value
  that a field took, from the first one on: the one before is the value of the row before. Its author is the customer
  when he is the reporter of the issue, as the table of issues says if it was imported before.
- A resolution date stays on a reopened issue; it counts only in the category Done.
- A search gives the last 100 changes of an issue at most; issues that have more are counted in the notes.
- A comment that is not public to customers (`jsdPublic`: false) is a note; one by the reporter or by an account of type
  `customer` is the customer's; one by an app is an automatic reply.
- The request's type and its satisfaction are custom fields whose number differs from one site to the next: they are
  found by what is in them. The day of the rating is that of its change in the changelog, else of the last update.
- The channel is a property of the request (`request.channel.type`), in the export only when it was asked for.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from data.reading import Relation, quote
from data.sources.dating import CLOCK_FORMATS
from data.sources.shapes import Fill, Shape

STATUSES = {
    "to do": "new", "à faire": "new", "new": "new", "open": "open", "ouvert": "open", "reopened": "open",
    "rouvert": "open", "in progress": "open", "en cours": "open", "work in progress": "open",
    "waiting for support": "open", "en attente du support": "open", "en attente de support": "open",
    "escalated": "open", "waiting for customer": "pending", "en attente du client": "pending", "pending": "on_hold",
    "on hold": "on_hold", "en attente": "on_hold", "waiting for approval": "on_hold",
    "waiting for third party": "on_hold", "done": "solved", "terminé": "solved", "terminé(e)": "solved",
    "resolved": "solved", "résolu": "solved", "completed": "solved", "declined": "closed", "closed": "closed",
    "fermé": "closed", "canceled": "closed", "cancelled": "closed", "annulé": "closed",
}  # fmt: skip
_CATEGORIES = {"category:new": "new", "category:indeterminate": "open", "category:done": "solved"}
_CATEGORY_NAMES = {
    "to do": "new", "à faire": "new", "in progress": "indeterminate", "en cours": "indeterminate", "done": "done",
    "terminé": "done", "complete": "done",
}  # fmt: skip
_NUMBERED = {"1": "open", "3": "open", "4": "open", "5": "solved", "6": "closed", "10000": "new"}
"""The statuses that Jira numbers everywhere."""
PRIORITIES = {
    "highest": "urgent", "high": "high", "medium": "normal", "low": "low", "lowest": "low", "blocker": "urgent",
    "critical": "urgent", "major": "high", "minor": "low", "trivial": "low", "1": "urgent", "2": "high",
    "3": "normal", "4": "low", "5": "low", "p1": "urgent", "p2": "high", "p3": "normal", "p4": "low", "p5": "low",
    "élevée": "high", "moyenne": "normal", "faible": "low", "la plus élevée": "urgent", "la plus faible": "low",
}  # fmt: skip
_CHANNELS = {
    "portal": "web_form", "anonymousportal": "web_form", "externalportal": "web_form", "widget": "web_form",
    "email": "email", "chat": "chat", "*": "other",
}  # fmt: skip
_TYPES = {
    "incident": "incident", "bug": "incident", "problem": "incident", "service request": "request", "task": "request",
    "service request with approvals": "request", "change": "request", "access": "request", "question": "question",
    "ask a question": "question", "complaint": "complaint", "*": "other",
}  # fmt: skip
_TICKET = {
    "ticket_id": "id",
    "created_at": "created",
    "initiated_by": "channel",
    "channel": "channel",
    "ticket_type": "type",
    "request_type": "request_type",
    "priority": "priority",
    "customer_id": "reporter",
    "agent_id": "assignee",
    "status": "status",
    "resolved_at": "resolved",
    "exclusion": "resolution",
    "_source_updated_at": "updated",
}
_WORDS = {
    "status": {**STATUSES, **_CATEGORIES},
    "priority": PRIORITIES,
    "channel": _CHANNELS,
    "ticket_type": _TYPES,
    "initiated_by": {"jira": "agent", "api": "system", "*": "customer"},
}
_EXCLUSION = (
    "CASE WHEN lower({0}) IN ('duplicate', 'doublon', 'doublon(s)') THEN 'duplicate' "
    "WHEN lower({0}) = 'spam' THEN 'spam' END"
)
_KNOWN = ", ".join(map(quote, STATUSES))
_CLOCKS = {"date_formats": list(CLOCK_FORMATS)}


def _user(path: str) -> str:
    return f"coalesce({path} ->> 'accountId', {path} ->> 'key', {path} ->> 'name')"


def _in_a_field(path: str) -> str:
    """SQL of what stands at `path` in the one custom field that has it."""
    values = f"list_transform(json_keys(j -> 'fields'), lambda k: j -> 'fields' -> k {path})"
    return f"list_filter({values}, lambda v: v IS NOT NULL)[1]"


_STATUS = (
    f"CASE WHEN lower({{name}}) IN ({_KNOWN}) THEN {{name}} ELSE coalesce('category:' || {{category}}, {{name}}) END"
)
_ISSUES = f"""
    SELECT _line, j, j ->> 'id' AS id, j -> 'fields' AS f, j -> 'fields' ->> 'updated' AS updated,
        {_user("(j -> 'fields' -> 'reporter')")} AS reporter,
        j -> 'fields' -> 'status' -> 'statusCategory' ->> 'key' AS category,
        j -> 'fields' -> 'status' ->> 'name' AS status_name
    FROM records"""
_TICKETS = f"""
    SELECT _line, id, f ->> 'created' AS created, updated, reporter, {_user("(f -> 'assignee')")} AS assignee,
        coalesce(j -> 'properties' -> 'request.channel.type' ->> 'value', 'other') AS channel,
        regexp_replace(f -> 'issuetype' ->> 'name', '^\\[System\\]\\s*', '') AS type,
        {_in_a_field("-> 'requestType' ->> 'name'")} AS request_type,
        f -> 'priority' ->> 'name' AS priority,
        {_STATUS.format(name="status_name", category="category")} AS status,
        CASE WHEN category = 'done' THEN coalesce(f ->> 'resolutiondate', f ->> 'statuscategorychangedate') END
            AS resolved,
        {_EXCLUSION.format("f -> 'resolution' ->> 'name'")} AS resolution
    FROM ({_ISSUES})"""
_ACTOR = (
    "CASE WHEN author ->> 'accountType' = 'app' THEN 'bot' "
    f"WHEN author ->> 'accountType' = 'customer' OR {_user('author')} = reporter THEN 'customer' ELSE 'agent' END"
)
_HISTORY = f"""
    WITH issues AS MATERIALIZED ({_ISSUES}),
    histories AS (
        SELECT _line, id AS ticket, reporter, unnest(from_json(j -> 'changelog' -> 'histories', '["JSON"]')) AS h
        FROM issues),
    items AS (
        SELECT *, unnest(from_json(h -> 'items', '["JSON"]')) AS i,
            generate_subscripts(from_json(h -> 'items', '["JSON"]'), 1) AS seq
        FROM histories),
    categories AS (
        SELECT lower(status_name) AS status, any_value(category) AS category FROM issues GROUP BY ALL),
    changes AS (
        SELECT _line, ticket, reporter, (h ->> 'id') || '-' || seq AS id, h ->> 'created' AS moment, seq,
            h -> 'author' AS author, lower(i ->> 'field') AS field, i ->> 'fromString' AS was,
            i ->> 'toString' AS became,
            i ->> 'from' AS from_id, i ->> 'to' AS to_id
        FROM items)"""
_EVENT = {
    "event_id": "id",
    "ticket_id": "ticket",
    "event_at": "moment",
    "seq": "seq",
    "event_type": "kind",
    "actor": "actor",
    "agent_id": "author_id",
    "from_value": "was",
    "to_value": "became",
    "_source_updated_at": "moment",
}
_AUTHOR = f"{_ACTOR} AS actor, CASE WHEN actor = 'agent' THEN {_user('author')} END AS author_id"


def _changes(field: str, kind: str, was: str, became: str, joins: str = "") -> str:
    return (
        f"{_HISTORY} SELECT _line, id, ticket, moment, seq, '{kind}' AS kind, {_AUTHOR}, {was} AS was, "
        f"{became} AS became FROM changes {joins} WHERE field = '{field}'"
    )


_BY_CATEGORY = "LEFT JOIN categories w ON w.status = lower(was) LEFT JOIN categories b ON b.status = lower(became)"
_COMMENTS = f"""
    WITH issues AS ({_ISSUES}),
    comments AS (
        SELECT _line, id AS ticket, reporter, unnest(from_json(f -> 'comment' -> 'comments', '["JSON"]')) AS c
        FROM issues)
    SELECT _line, 'comment-' || (c ->> 'id') AS id, ticket, c ->> 'created' AS moment, 0 AS seq,
        c -> 'author' AS author, {_AUTHOR}, NULL AS was, NULL AS became,
        CASE WHEN c ->> 'jsdPublic' = 'false' THEN 'note' WHEN actor = 'bot' THEN 'auto_reply'
            WHEN actor = 'customer' THEN 'customer_message' ELSE 'public_reply' END AS kind
    FROM comments"""
_SURVEY = {
    "survey_id": "survey",
    "survey_type": {"value": "csat"},
    "ticket_id": "id",
    "customer_id": "reporter",
    "agent_id": "assignee",
    "sent_at": "sent",
    "responded_at": "responded",
    "score": "score",
    "scale_min": {"value": "1"},
    "scale_max": {"value": "5"},
    "higher_is_better": {"value": "true"},
    "_source_updated_at": "updated",
}
_RATINGS = f"""
    {_HISTORY}, rated AS (
        SELECT ticket, max(moment) AS moment FROM changes WHERE field LIKE 'satisfaction%' GROUP BY ALL)
    SELECT _line, 'satisfaction-' || id AS survey, id, reporter, {_user("(f -> 'assignee')")} AS assignee, updated,
        {_in_a_field("->> 'rating'")} AS score, coalesce(f ->> 'resolutiondate', f ->> 'created') AS sent,
        coalesce(rated.moment, updated) AS responded
    FROM issues LEFT JOIN rated ON rated.ticket = issues.id WHERE score IS NOT NULL"""

_FILLS = (
    Fill("tickets", _TICKET, _WORDS, sql=_TICKETS),
    Fill(
        "ticket_events", _EVENT, {"from_value": _WORDS["status"], "to_value": _WORDS["status"]},
        sql=_changes(
            "status", "status", _STATUS.format(name="was", category="w.category"),
            _STATUS.format(name="became", category="b.category"), _BY_CATEGORY,
        ),
    ),
    Fill(
        "ticket_events", _EVENT, {"from_value": PRIORITIES, "to_value": PRIORITIES},
        sql=_changes("priority", "priority", "was", "became"),
    ),
    Fill(
        "ticket_events", _EVENT, sql=_changes("assignee", "agent", "from_id", "to_id"),
        options={"pseudonyms": ["agent_id", "from_value", "to_value"]},
    ),
    Fill("ticket_events", _EVENT, sql=_COMMENTS),
    Fill("surveys", _SURVEY, sql=_RATINGS),
)  # fmt: skip


def _plan(con: duckdb.DuckDBPyConnection, relation: Relation) -> tuple[tuple[Fill, ...], tuple[str, ...]]:
    """The fills, and how many issues have more changes than the file."""
    row = con.execute(
        "SELECT count(*) FROM raw_records WHERE (j -> 'changelog' ->> 'total')::INTEGER "
        "> json_array_length(j -> 'changelog' -> 'histories')"
    ).fetchone()
    if not row or not row[0]:
        return _FILLS, ()
    return _FILLS, (f"{row[0]} issues have more changes than the file holds: their oldest events are missing",)


_REPLICATED_HISTORY = """
WITH step AS (
    SELECT *, lag(value) OVER field AS was, row_number() OVER field AS seq FROM records
    WHERE field_id IN ('status', 'priority', 'assignee') AND (field_id <> 'assignee' OR value <> '')
    WINDOW field AS (PARTITION BY issue_id, field_id ORDER BY "time", _line)
)
SELECT step._line, issue_id || '-' || field_id || '-' || seq AS id, issue_id AS ticket, "time" AS moment, '0' AS seq,
    field_id AS field, was, value AS became,
    CASE WHEN author_id = '' OR author_id IS NULL THEN 'system'
        WHEN pseudonym(author_id) = known.customer_id THEN 'customer' ELSE 'agent' END AS actor,
    CASE actor WHEN 'agent' THEN author_id END AS author_id
FROM step LEFT JOIN tickets known ON known.ticket_id = issue_id
"""


def _replicated(field: str, kind: str, words: dict[str, str]) -> Fill:
    people = ["agent_id", "from_value", "to_value"] if kind == "agent" else ["agent_id"]
    return Fill(
        "ticket_events",
        {**{name: column for name, column in _EVENT.items() if name != "event_type"}, "event_type": {"value": kind}},
        {name: words for name in ("from_value", "to_value") if words},
        sql=f"SELECT * FROM ({_REPLICATED_HISTORY}) WHERE field = '{field}'",
        options={"pseudonyms": people},
    )


_CSV = Shape(
    system="jira",
    title="Jira: issues (CSV)",
    signature=("issue key", "issue id", "issue type", "status", "created"),
    names={
        "request type": ("Custom field (Request Type)", "Customer Request Type"),
        "satisfaction": ("Satisfaction rating", "Custom field (Satisfaction)"),
        "satisfaction date": ("Custom field (Satisfaction date)",),
        "reporter": ("Reporter Id",),
    },
    optional=(
        "priority", "resolution", "assignee", "assignee id", "reporter", "updated", "resolved", "status category",
        "status category changed", "request type", "satisfaction", "satisfaction date",
    ),
    dates=("created", "updated", "resolved", "status category changed", "satisfaction date"),
    zoned=False,
)  # fmt: skip
_NAMED = " ".join(f"WHEN {quote(name)} THEN {quote(key)}" for name, key in _CATEGORY_NAMES.items())
_ROWS = f"""
    SELECT *, "issue id" AS id, "request type" AS request_type, 'other' AS channel, "issue type" AS type,
        coalesce(nullif("assignee id", ''), assignee) AS agent,
        CASE lower("status category") {_NAMED} END AS category
    FROM records"""
_CSV_FILLS = (
    Fill(
        "tickets",
        {**_TICKET, "agent_id": "agent"},
        _WORDS,
        sql=f"""
            SELECT * REPLACE (
                regexp_replace(type, '^\\[System\\]\\s*', '') AS type,
                {_STATUS.format(name="trim(status)", category="category")} AS status,
                CASE WHEN coalesce(category, 'done') = 'done' THEN coalesce(nullif(resolved, ''),
                    if(category = 'done', "status category changed", NULL)) END AS resolved,
                {_EXCLUSION.format("resolution")} AS resolution)
            FROM ({_ROWS})""",
        options=_CLOCKS,
    ),
    Fill(
        "surveys",
        {**_SURVEY, "agent_id": "agent"},
        sql=f"""
            SELECT *, 'satisfaction-' || id AS survey, satisfaction AS score,
                coalesce(nullif(resolved, ''), created) AS sent,
                coalesce(nullif("satisfaction date", ''), updated) AS responded
            FROM ({_ROWS}) WHERE nullif(trim(satisfaction), '') IS NOT NULL""",
        options=_CLOCKS,
    ),
)
_SEARCH = Shape(
    system="jira", title="Jira: issues", kind="json", records="issues", signature=("id", "key", "fields"), plan=_plan
)
SHAPES = (
    _SEARCH,
    replace(_SEARCH, records="", signature=("id", "key", "fields", "self")),
    replace(_CSV, fills=_CSV_FILLS),
    Shape(
        system="jira", title="Jira: history of issues, replicated",
        signature=("field_id", "issue_id", "time", "value", "_fivetran_synced"), optional=("author_id",),
        fills=(
            _replicated("status", "status", _NUMBERED),
            _replicated("priority", "priority", PRIORITIES),
            _replicated("assignee", "agent", {}),
        ),
    ),
    Shape(
        system="jira", title="Jira: issues, replicated",
        signature=("id", "key", "issue_type", "status", "created", "updated", "reporter", "_fivetran_synced"),
        optional=("assignee", "priority", "resolution", "resolved", "_fivetran_deleted"),
        fills=(
            Fill(
                "tickets", _TICKET, {**_WORDS, "status": _NUMBERED, "exclusion": {"true": "deleted"}},
                sql="SELECT * REPLACE (CASE WHEN lower(_fivetran_deleted) = 'true' THEN 'true' END AS resolution, "
                "CASE WHEN own_status(status) IN ('5', '6', 'solved', 'closed') THEN resolved END AS resolved), "
                "'other' AS channel, issue_type AS type, NULL AS request_type FROM records",
            ),
        ),
    ),
)  # fmt: skip
