"""Event logs of process mining: a case, an activity, an instant, perhaps who did it (XES names or plain ones).

- What an activity does to the request is read from its name, by usual words; an activity of one's own is refused, with
  its name, until somebody says what it does.
- A log that notes starts and ends of activities (`lifecycle:transition`) has two rows an activity: the end counts. A
  log whose activities are accepted, queued or completed says the status in the transition instead.
- The rows have no id: an event is known by its case, activity, instant and resource, and by its rank among equal ones.
- A case becomes a ticket when its creation is in the log; one that is cut at the front has events only.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from data.reading import Relation, quote
from data.sources.dating import CLOCK_FORMATS
from data.sources.salesforce import CHANNELS, PRIORITIES
from data.sources.shapes import Fill, Shape

_STATUSES: Mapping[str, str] = {
    "new": "create|created|create ticket|ticket created|insert ticket|open ticket|ticket opened|registered|register|"
    "register request|logged|submitted|submit|received|reported|incident reported|new|création|créé|ouverture|reçu|"
    "enregistrement",
    "open": "open|opened|in progress|work in progress|accepted|start work|investigation started|take in charge ticket|"
    "in call|reopen|reopened|reopen ticket|resume|resumed|awaiting assignment|assigned|prise en charge|en cours|"
    "réouverture|rouvert|reprise",
    "pending": "wait - user|wait - customer|waiting for customer|waiting for user|pending customer|pending|"
    "en attente client|attente client|en attente du client",
    "on_hold": "wait|wait - vendor|wait - implementation|waiting|on hold|hold|suspend|suspended|en attente|"
    "mise en attente|suspendu",
    "solved": "resolve|resolved|resolve ticket|resolve sw anomaly|incident resolved|ticket resolved|solved|completed|"
    "verified|résolution|résolu|traité",
    "closed": "close|closed|close ticket|ticket closed|incident closed|cancelled|canceled|invalid|duplicate|clôture|"
    "clos|fermé|fermeture|annulé",
}
_KINDS: Mapping[str, str] = {
    "agent": "assign|assign ticket|assign to agent|assigned to agent|reassign|reassigned|affectation|affecté",
    "public_reply": "reply|public reply|first response|respond|response sent|answer customer|réponse|réponse envoyée",
    "auto_reply": "auto reply|automatic reply|acknowledgement sent|accusé de réception",
    "customer_message": "customer reply|customer message|customer replied|message client|relance client",
    "note": "note|internal note|assign seriousness|create sw anomaly|schedule intervention|require upgrade|"
    "categorize|categorized|incident categorized|investigate|diagnose|note interne|qualification|diagnostic",
}
_STEPS = ", ".join(
    f"({quote(word)}, {quote(kind)}, {quote(value) if value else 'NULL'})"
    for kind, value, words in (
        *(("status", status, words) for status, words in _STATUSES.items()),
        *((kind, "", words) for kind, words in _KINDS.items()),
    )
    for word in words.split("|")
)
_LIFE = (
    "'start', 'schedule', 'suspend', 'resume', 'ate_abort', 'pi_abort', 'assign', 'reassign', 'withdraw', 'manualskip'"
)
_ROWS = f"""
    WITH steps(word, does, becomes) AS (VALUES {_STEPS}),
    ends AS (
        SELECT *, coalesce(TRY_CAST(timestamp AS TIMESTAMPTZ), try_strptime(timestamp, {list(CLOCK_FORMATS)})) AS moment
        FROM records WHERE transition IS NULL OR lower(transition) NOT IN ({_LIFE})),
    done AS (
        SELECT e.*, coalesce(said.does, meant.does, lower(activity)) AS kind,
            CASE WHEN said.word IS NULL THEN meant.becomes ELSE said.becomes END AS status,
            md5(concat_ws(chr(31), "case", activity, coalesce(transition, ''), timestamp, coalesce(resource, '')))
                AS print,
            row_number() OVER (
                PARTITION BY "case", activity, transition, timestamp, resource ORDER BY _line) AS again
        FROM ends e
        LEFT JOIN steps said ON said.word = lower(trim(transition)) AND lower(trim(activity)) IN
            ('accepted', 'queued', 'completed', 'unmatched')
        LEFT JOIN steps meant ON meant.word = lower(trim(activity)))"""
_EVENT = {
    "event_id": "id",
    "ticket_id": "case",
    "event_at": "timestamp",
    "seq": "seq",
    "event_type": "kind",
    "actor": "actor",
    "agent_id": "agent",
    "to_value": "becomes",
    "_source_updated_at": "timestamp",
}
_OPTIONS = {"date_formats": list(CLOCK_FORMATS)}
_BY = "lower(resource) IN ('system', 'système', 'automatic', 'bot', 'siebel')"


def _events(where: str, becomes: str, identities: list[str]) -> Fill:
    return Fill(
        "ticket_events",
        _EVENT,
        sql=f"""{_ROWS}
            SELECT _line, "case", timestamp, kind, {becomes} AS becomes, print || '-' || again AS id,
                row_number() OVER (PARTITION BY "case", timestamp ORDER BY _line) - 1 AS seq,
                CASE WHEN kind = 'customer_message' THEN 'customer' WHEN coalesce(resource, '') = '' OR {_BY}
                    THEN 'system' ELSE 'agent' END AS actor,
                CASE WHEN actor = 'agent' THEN resource END AS agent
            FROM done WHERE {where}""",
        options={**_OPTIONS, "pseudonyms": identities},
    )


_TICKETS = Fill(
    "tickets",
    {
        "ticket_id": "case",
        "created_at": "opened",
        "channel": "channel",
        "priority": "priority",
        "team_id": "team",
        "agent_id": "agent",
        "status": "status",
        "resolved_at": "resolved",
        "exclusion": "exclusion",
        "_source_updated_at": "updated",
    },
    {"channel": CHANNELS, "priority": PRIORITIES},
    sql=f"""{_ROWS},
    lives AS (
        SELECT min(_line) AS _line, "case", arg_min(timestamp, moment) FILTER (status = 'new') AS opened,
            arg_max(timestamp, moment) AS updated,
            arg_max(status, (moment, _line)) FILTER (status IS NOT NULL) AS status,
            max(moment) FILTER (status NOT IN ('solved', 'closed')) AS worked,
            arg_max("group", (moment, _line)) AS team,
            arg_max(resource, (moment, _line)) FILTER (NOT {_BY}) AS agent,
            coalesce(any_value(nullif(channel, '')), 'other') AS channel, any_value(priority) AS priority,
            if(bool_or(lower(activity) = 'duplicate'), 'duplicate', NULL) AS exclusion
        FROM done GROUP BY "case" HAVING opened IS NOT NULL)
    SELECT l.*, CASE WHEN l.status IN ('solved', 'closed') THEN (
        SELECT arg_min(d.timestamp, d.moment) FROM done d
        WHERE d."case" = l."case" AND d.status IN ('solved', 'closed') AND d.moment >= l.worked) END AS resolved
    FROM lives l""",
    options=_OPTIONS,
)
_FILLS = (
    _TICKETS,
    _events("kind <> 'agent'", "status", ["agent_id"]),
    _events("kind = 'agent'", "resource", ["agent_id", "to_value"]),
)


def _plan(con: duckdb.DuckDBPyConnection, relation: Relation) -> tuple[tuple[Fill, ...], tuple[str, ...]]:
    """The fills, and how many rows are not the end of an activity."""
    found = con.execute(f"SELECT count(*) FROM raw_records WHERE lower(transition) IN ({_LIFE})").fetchone()
    if not found or not found[0]:
        return _FILLS, ()
    return _FILLS, (f"{found[0]} rows say that an activity starts or waits: its end is the event",)


SHAPES = (
    Shape(
        system="event_log", title="Event log", signature=("case", "activity", "timestamp"),
        names={
            "case": ("case:concept:name", "case id", "case_id", "caseid", "ticket id", "id cas", "dossier"),
            "activity": ("concept:name", "activité", "event"),
            "timestamp": ("time:timestamp", "complete timestamp", "horodatage"),
            "resource": ("org:resource", "ressource", "agent"),
            "group": ("org:group", "équipe", "team"),
            "transition": ("lifecycle:transition",),
            "channel": ("case:channel", "canal"),
            "priority": ("case:priority", "priorité"),
        },
        optional=("resource", "group", "transition", "channel", "priority"), dates=("timestamp",), zoned=False,
        plan=_plan,
    ),
)  # fmt: skip
