"""ServiceNow: incidents (list export with field names or labels, Table API), the audit log, SLA records of tasks.

- A ticket's id is `sys_id`, which the audit log uses; an export that lacks it (the list's default one) gives `number`,
  and its tickets do not meet the audit log's: add Sys ID to the list.
- A list export writes times in the zone of who exported it; the Table API in UTC, unless it was asked for the words
  (`sysparm_display_value=true`), which show in that the state is no number. A column named (UTC) is in UTC.
- French labels and words were found in no list that ServiceNow publishes: other labels are asked for, and other words
  matched, on the Import page.
- References are an id, an object {link, value} or {display_value, link}.
- The state On Hold waits for the customer only when its reason says so; states 4 and 5 are of the model before 2016.
- `resolved_at` stays on a reopened incident; it counts only in a resolved or closed one. Cancelled incidents are
  duplicates, needless or no incidents: they are excluded as deleted, or as duplicates by their resolution code.
- The audit log holds changes, not the first values; it writes `state` and `incident_state` for one change; whether the
  customer or an agent wrote a comment is not in it: the journal has them.
- Comments and work notes are in the journal (`sys_journal_field`, https://www.servicenow.com/community/developer-articles/
  how-to-migrate-import-comments-and-work-notes-from-external/tac-p/2838501), which does not say either whether the
  author is the customer: who ever wrote a work note, in this file, is staff, the others are customers. Its work notes
  are those of the audit log and left to it.
- A replication tool lands an incident in two tables, of tasks and of incidents: either may come first, and what one of
  them lacks stays as the other gave it.
- Durations of SLA records are date-times counted from 1970-01-01. What remains is 0 in a broken one, so that targets
  are those of the others: elapsed + remaining. A definition whose name does not say response or resolution, and the
  priority, is refused: it would hold for every ticket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from data.sources.dating import CLOCK_FORMATS
from data.sources.shapes import Fill, Shape

STATES = {
    "1": "new", "2": "open", "3": "on_hold", "4": "pending", "5": "on_hold", "6": "solved", "7": "closed",
    "8": "closed", "new": "new", "nouveau": "new", "in progress": "open", "active": "open", "en cours": "open",
    "assigned": "open", "on hold": "on_hold", "en attente": "on_hold", "awaiting caller": "pending",
    "awaiting user info": "pending", "awaiting problem": "on_hold", "awaiting evidence": "on_hold",
    "awaiting vendor": "on_hold", "awaiting change": "on_hold", "resolved": "solved", "résolu": "solved",
    "closed": "closed", "fermé": "closed", "clos": "closed", "clôturé": "closed", "canceled": "closed",
    "cancelled": "closed", "annulé": "closed",
}  # fmt: skip
PRIORITIES = {
    "1": "urgent", "2": "high", "3": "normal", "4": "low", "5": "low", "critical": "urgent", "critique": "urgent",
    "élevée": "high", "moderate": "normal", "modérée": "normal", "faible": "low", "planning": "low",
    "planification": "low",
}  # fmt: skip
CHANNELS = {
    "email": "email", "e-mail": "email", "courriel": "email", "phone": "phone", "téléphone": "phone", "chat": "chat",
    "virtual_agent": "chat", "virtual agent": "chat", "agent virtuel": "chat", "self-service": "web_form",
    "self_service": "web_form", "libre-service": "web_form", "portal": "web_form", "portail": "web_form",
    "walk-in": "visit", "walk_in": "visit", "sur place": "visit", "social": "other", "*": "other",
}  # fmt: skip
_TIMES = ("opened_at", "resolved_at", "closed_at", "sys_updated_on")
_FIELDS = (
    "sys_id", "number", "state", "priority", "hold_reason", "contact_type", "category", "caller_id",
    "assignment_group", "assigned_to", "resolved_by", "close_code", "sys_class_name", *_TIMES,
)  # fmt: skip
_NAMES = {
    "sys_id": ("Sys ID",),
    "number": ("Number", "Numéro"),
    "opened_at": ("Opened", "Ouvert", "Ouvert le"),
    "resolved_at": ("Resolved", "Résolu", "Résolu le"),
    "closed_at": ("Closed", "Fermé", "Fermé le", "Clos le"),
    "sys_updated_on": ("Updated", "Mis à jour", "Mis à jour le"),
    "state": ("Incident state", "incident_state", "État"),
    "priority": ("Priorité",),
    "hold_reason": ("On hold reason", "Motif de mise en attente"),
    "contact_type": ("Channel", "Contact type", "Canal", "Type de contact"),
    "category": ("Catégorie",),
    "caller_id": ("Caller", "Appelant", "caller_id_value"),
    "assignment_group": ("Assignment group", "Groupe d'affectation", "assignment_group_value"),
    "assigned_to": ("Assigned to", "Affecté à", "Assigné à", "assigned_to_value"),
    "resolved_by": ("Resolved by", "Résolu par", "resolved_by_value"),
    "close_code": ("Resolution code", "Close code", "Code de résolution"),
    "sys_class_name": ("Task type", "Type de tâche"),
}
_WAITS = "'1', 'awaiting caller', 'en attente de l''appelant', 'en attente de l’appelant'"
_NUMBER = r"coalesce(nullif(regexp_extract(priority, '^\s*(\d)', 1), ''), trim(priority))"


_DONE = (
    "lower(trim(own_status(state))) IN ('6', '7', '8', 'solved', 'resolved', 'résolu', 'closed', 'fermé', 'clos', "
    "'clôturé', 'canceled', 'cancelled', 'annulé')"
)


def _tickets(rows: str) -> Fill:
    """Tickets out of SQL that has the fields of an incident."""
    return Fill(
        "tickets",
        {
            "ticket_id": "id",
            "created_at": "opened_at",
            "initiated_by": "opened_from",
            "channel": "channel",
            "ticket_type": "kind",
            "request_type": "category",
            "priority": "priority",
            "customer_id": "caller_id",
            "team_id": "assignment_group",
            "agent_id": "agent",
            "status": "state",
            "resolved_at": "resolved_at",
            "exclusion": "exclusion",
            "_source_updated_at": "sys_updated_on",
        },
        values={
            "status": STATES,
            "priority": PRIORITIES,
            "channel": CHANNELS,
            "ticket_type": {"incident": "incident", "sc_req_item": "request", "request": "request"},
            "initiated_by": {"monitoring": "system", "event management": "system", "surveillance": "system",
                             "*": "customer"},
        },
        sql=f"""
            SELECT _line, coalesce(nullif(sys_id, ''), number) AS id, opened_at, sys_updated_on, caller_id,
                category, assignment_group, {_NUMBER} AS priority,
                coalesce(nullif(contact_type, ''), 'other') AS channel,
                coalesce(nullif(contact_type, ''), '*') AS opened_from,
                coalesce(nullif(sys_class_name, ''), 'incident') AS kind,
                coalesce(nullif(resolved_by, ''), assigned_to) AS agent,
                CASE WHEN lower(trim(own_status(state))) IN ('3', 'on_hold', 'on hold', 'en attente')
                    AND lower(trim(hold_reason)) IN ({_WAITS}) THEN 'pending' ELSE trim(state) END AS state,
                CASE WHEN {_DONE} THEN coalesce(nullif(resolved_at, ''), closed_at) END AS resolved_at,
                CASE WHEN lower(close_code) LIKE '%duplicate%' OR lower(close_code) LIKE '%doublon%' THEN 'duplicate'
                    WHEN deleted = 'true' OR lower(trim(state)) IN ('8', 'canceled', 'cancelled', 'annulé')
                    THEN 'deleted' END AS exclusion
            FROM ({rows})""",
        options={"date_formats": list(CLOCK_FORMATS)},
    )  # fmt: skip


def _of(field: str) -> str:
    """SQL of a field of the Table API, whichever way references were asked for."""
    return (
        f"coalesce(nullif(j -> '{field}' ->> 'value', ''), j -> '{field}' ->> 'display_value', "
        f"CASE WHEN json_type(j -> '{field}') <> 'OBJECT' THEN nullif(j ->> '{field}', '') END)"
    )


def _api(fields: tuple[str, ...], times: tuple[str, ...], in_utc: str) -> str:
    """SQL of records of the Table API as text; times are in UTC where `in_utc` holds."""
    zone = f"if({in_utc}, 'Z', '')"
    columns = [f"{_of(name)} || {zone} AS {name}" if name in times else f"{_of(name)} AS {name}" for name in fields]
    return f"SELECT _line, {', '.join(columns)} FROM records"


def _audit(rows: str) -> tuple[Fill, ...]:
    """Events out of SQL that has the fields of the audit log."""
    pending = f"bool_or(fieldname = 'hold_reason' AND lower(newvalue) IN ({_WAITS})) OVER one_change"
    events = f"""
        SELECT _line, sys_id AS id, documentkey, sys_created_on AS at, "user" IN ('system', 'guest') AS by_system,
            CASE WHEN "user" NOT IN ('system', 'guest') THEN "user" END AS author, fieldname, oldvalue,
            CASE WHEN fieldname LIKE '%state' AND newvalue = '3' AND {pending} THEN 'pending' ELSE newvalue END
                AS newvalue,
            fieldname = 'incident_state' AND bool_or(fieldname = 'state') OVER one_change AS again
        FROM ({rows}) WINDOW one_change AS (PARTITION BY documentkey, sys_created_on)"""
    columns = {
        "event_id": "id",
        "ticket_id": "documentkey",
        "event_at": "at",
        "actor": "by_system",
        "agent_id": "author",
        "_source_updated_at": "at",
    }
    values = {"actor": {"true": "system", "*": "agent"}}
    options = {"date_formats": list(CLOCK_FORMATS)}

    def fill(kind: str, fields: str, words: Mapping[str, str]) -> Fill:
        changed = {} if kind == "note" else {"from_value": "oldvalue", "to_value": "newvalue"}
        identities = [*(changed if kind == "agent" else ()), "agent_id"]
        return Fill(
            "ticket_events",
            {**columns, "event_type": {"value": kind}, **changed},
            {**values, **{name: words for name in changed if words}},
            sql=f"SELECT * FROM ({events}) WHERE fieldname IN ({fields}) AND NOT again",
            options={**options, "pseudonyms": identities},
        )

    return (
        fill("status", "'state', 'incident_state'", STATES),
        fill("priority", "'priority'", PRIORITIES),
        fill("team", "'assignment_group'", {}),
        fill("agent", "'assigned_to'", {}),
        fill("note", "'work_notes'", {}),
    )


def _task(fill: Fill) -> Fill:
    """Tickets of the table of tasks, which lacks what that of incidents has: the store's keeps it."""
    return replace(
        fill,
        columns={name: column for name, column in fill.columns.items() if name not in ("customer_id", "request_type")},
        sql=f"""
            SELECT x.* REPLACE (coalesce(x.exclusion, t.exclusion) AS exclusion,
                CASE WHEN {_DONE.replace("state", "x.state")} THEN coalesce(t.resolved_at::VARCHAR, x.resolved_at) END
                    AS resolved_at)
            FROM ({fill.sql}) x LEFT JOIN tickets t ON t.ticket_id = x.id""",
    )


_INCIDENT = _tickets("""
    SELECT i._line, sys_id, sys_id AS number, coalesce(t.created_at::VARCHAR, sys_created_on) AS opened_at,
        i.resolved_at, NULL AS closed_at, sys_updated_on, incident_state AS state, '' AS priority, hold_reason,
        coalesce(t.channel, 'other') AS contact_type, category, caller_id_value AS caller_id, NULL AS assignment_group,
        NULL AS assigned_to, NULL AS resolved_by, close_code, 'incident' AS sys_class_name,
        lower(_fivetran_deleted) AS deleted
    FROM records i LEFT JOIN tickets t ON t.ticket_id = i.sys_id""")
_INCIDENT = replace(
    _INCIDENT,
    columns={
        name: column
        for name, column in _INCIDENT.columns.items()
        if name not in ("priority", "team_id", "agent_id", "initiated_by")
    },
    values={**_INCIDENT.values, "channel": {}},
)
_POLICY = Fill(
    "sla_policies",
    {
        "policy_id": "sla",
        "metric": "metric",
        "priority": "priority",
        "target_s": "target_s",
        "clock": "clock",
        "valid_from": "since",
    },
    values={"priority": PRIORITIES},
    sql=r"""
        SELECT min(_line) AS _line, sla, min(left(start_time, 10)) AS since,
            if(bool_or(schedule <> ''), 'business', 'calendar') AS clock,
            CASE WHEN named = '' THEN sla WHEN regexp_matches(lower(sla), 'r[ée]sol') THEN 'resolution'
                WHEN regexp_matches(lower(sla), 'response|r[ée]ponse|prise en charge') THEN 'first_response'
                ELSE sla END AS metric,
            nullif(named, '') AS priority,
            arg_max(CASE WHEN schedule <> '' THEN epoch(TRY_CAST(business_duration AS TIMESTAMP))
                    + epoch(TRY_CAST(business_time_left AS TIMESTAMP))
                ELSE epoch(TRY_CAST(duration AS TIMESTAMP)) + epoch(TRY_CAST(time_left AS TIMESTAMP)) END,
                sys_updated_on) FILTER (lower(has_breached) NOT IN ('true', '1', 'vrai')) AS target_s
        FROM (SELECT *, regexp_extract(sla, '(?i)\b(?:P|priorit(?:y|é))\s*([1-5])\b', 1) AS named FROM ({rows}))
        GROUP BY ALL""",
)
_SLA_FIELDS = (
    "sla", "schedule", "start_time", "sys_updated_on", "business_duration", "business_time_left", "duration",
    "time_left", "has_breached",
)  # fmt: skip
_AUDIT_FIELDS = ("sys_id", "documentkey", "fieldname", "oldvalue", "newvalue", "user", "sys_created_on")


def _policies(rows: str) -> Fill:
    return replace(_POLICY, sql=_POLICY.sql.replace("{rows}", rows))


_LIST = Shape(
    system="servicenow",
    title="ServiceNow: incidents",
    signature=("number", "opened_at", "state", "priority"),
    names=_NAMES,
    optional=(*_FIELDS, "_fivetran_deleted"),
    dates=_TIMES,
    zoned=False,
    fills=(_tickets("SELECT *, lower(_fivetran_deleted) AS deleted FROM records"),),
)
_JOURNAL_FIELDS = ("sys_id", "element_id", "element", "sys_created_on", "sys_created_by")


def _journal(rows: str) -> Fill:
    """Comments out of SQL that has the fields of the journal."""
    return Fill(
        "ticket_events",
        {
            "event_id": "sys_id",
            "ticket_id": "element_id",
            "event_at": "sys_created_on",
            "event_type": "kind",
            "actor": "actor",
            "agent_id": "agent",
            "_source_updated_at": "sys_created_on",
        },
        sql=f"""
            WITH entry AS ({rows}), written AS (
                SELECT *, bool_or(element = 'work_notes') OVER (PARTITION BY sys_created_by) AS staff FROM entry)
            SELECT *, CASE WHEN sys_created_by IN ('system', 'guest') THEN 'system' WHEN staff THEN 'agent'
                    ELSE 'customer' END AS actor,
                CASE actor WHEN 'system' THEN 'auto_reply' WHEN 'agent' THEN 'public_reply' ELSE 'customer_message' END
                    AS kind,
                CASE actor WHEN 'agent' THEN sys_created_by END AS agent
            FROM written WHERE element = 'comments'""",
        options={"date_formats": list(CLOCK_FORMATS)},
    )


_IN_NUMBERS = rf"regexp_full_match({_of('state')}, '\d+')"
SHAPES = (
    _LIST,
    replace(
        _LIST, title="ServiceNow: tasks, replicated", signature=(*_LIST.signature, "_fivetran_synced"), zoned=True,
        fills=tuple(map(_task, _LIST.fills)),
    ),
    Shape(
        system="servicenow", title="ServiceNow: incidents, replicated",
        signature=("sys_id", "incident_state", "resolved_at", "sys_created_on", "sys_updated_on", "_fivetran_synced"),
        optional=("hold_reason", "category", "caller_id_value", "close_code", "_fivetran_deleted"), fills=(_INCIDENT,),
    ),
    Shape(
        system="servicenow", title="ServiceNow: incidents (Table API)", kind="json", records="result",
        signature=("number", "opened_at", "state"), zoned=False,
        fills=(_tickets(f"SELECT *, '' AS deleted FROM ({_api(_FIELDS, _TIMES, _IN_NUMBERS)})"),),
    ),
    Shape(
        system="servicenow", title="ServiceNow: audit log",
        signature=("documentkey", "fieldname", "oldvalue", "newvalue", "sys_created_on", "user", "sys_id"),
        names={
            "documentkey": ("Document key",), "fieldname": ("Field name",), "oldvalue": ("Old value",),
            "newvalue": ("New value",), "sys_created_on": ("Created",), "user": ("User",), "sys_id": ("Sys ID",),
        },
        dates=("sys_created_on",), zoned=False, fills=_audit("SELECT * FROM records"),
    ),
    Shape(
        system="servicenow", title="ServiceNow: audit log (Table API)", kind="json", records="result",
        signature=("documentkey", "fieldname", "oldvalue", "newvalue", "sys_created_on"),
        fills=_audit(_api(_AUDIT_FIELDS, ("sys_created_on",), "true").replace("AS user", 'AS "user"')),
    ),
    Shape(
        system="servicenow", title="ServiceNow: journal of comments",
        signature=("element", "element_id", "value", "sys_created_on", "sys_created_by", "sys_id"),
        names={
            "element_id": ("Element ID",), "sys_created_on": ("Created",), "sys_created_by": ("Created by",),
            "sys_id": ("Sys ID",),
        },
        dates=("sys_created_on",), zoned=False, fills=(_journal("SELECT * FROM records"),),
    ),
    Shape(
        system="servicenow", title="ServiceNow: journal of comments (Table API)", kind="json", records="result",
        signature=("element", "element_id", "value", "sys_created_on", "sys_created_by"),
        fills=(_journal(_api(_JOURNAL_FIELDS, ("sys_created_on",), "true")),),
    ),
    Shape(
        system="servicenow", title="ServiceNow: SLA records",
        signature=("sla", "business_duration", "business_time_left", "has_breached", "start_time"),
        names={"sla": ("sla_value",), "schedule": ("schedule_value",)},
        optional=_SLA_FIELDS, fills=(_policies("SELECT * FROM records"),),
    ),
    Shape(
        system="servicenow", title="ServiceNow: SLA records (Table API)", kind="json", records="result",
        signature=("sla", "business_duration", "business_time_left", "has_breached", "start_time"),
        fills=(_policies(_api(_SLA_FIELDS, (), "true")),),
    ),
)  # fmt: skip
