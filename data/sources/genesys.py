"""Genesys Cloud: conversation details, as the analytics API gives them, one object or {"conversations": [...]}.

A conversation is participants (customer, ivr, acd = a queue, agent...), each with sessions of segments and metrics.
https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/

- One row a conversation, from its first entry in a queue (menus are before it) to the agent who picked up; a queue
  that flowed over into another belongs to the same wait. Each further agent is a leg below it.
- Metrics are in milliseconds, and only those that happened are written: an agent's session that has `tHandle` is
  finished and what it lacks (`tHeld`, `tAcw`) is 0; without `tHandle` it is not finished and its times are unknown.
- Without `conversationEnd` the conversation goes on: nothing that has not happened yet is invented.
- There is no time of update: the newest instant that a record holds stands for it, so that an older export never
  undoes a newer one.
- A colleague who was only consulted, or a supervisor who listened, is no leg: without a transfer a second agent counts
  only if the first had finished.
- A caller who asked to be called back has the outcome `callback`, and the agent's call is an outbound leg.
- A conversation without customer (between colleagues) is rejected as `internal`, one without a session of a medium of
  customers (a shared screen) as such, so that it is said.
- Pages of one export overlap: of a conversation that comes twice, the newest record counts, not the sum of both.
"""

from __future__ import annotations

from data.sources.shapes import Fill, Shape
from data.sources.telephony import caller_sql

_MEDIA = ("voice", "chat", "email", "message", "callback", "video")


def _items(array: str) -> str:
    return f"""from_json({array}, '["JSON"]')"""


_PARTICIPANTS, _SESSIONS = _items("j -> 'participants'"), _items("p -> 'sessions'")
_SEGMENTS, _METRICS = _items("s -> 'segments'"), _items("s -> 'metrics'")


def _metric(*names: str) -> str:
    """Milliseconds of the first of these metrics that a session has; a metric is written once a stretch."""
    sums = [
        f"list_sum(list_transform(list_filter({_METRICS}, lambda m: m ->> 'name' = '{name}'), "
        "lambda m: (m ->> 'value')::BIGINT))"
        for name in names
    ]
    return f"coalesce({', '.join(sums)})"


def _has(*names: str) -> str:
    return f"{_metric(*names)} IS NOT NULL"


def _segment(function: str, edge: str, only: str = "true") -> str:
    """The first (list_min) or last (list_max) edge of a session's segments."""
    return (
        f"{function}(list_transform(list_filter({_SEGMENTS}, lambda g: {only}), "
        f"lambda g: TRY_CAST(g ->> '{edge}' AS TIMESTAMP)))"
    )


_STARTED = _segment("list_min", "segmentStart")
_ENDED = _segment("list_max", "segmentEnd", "g ->> 'segmentType' <> 'wrapup'")
_PICKED = _segment("list_min", "segmentStart", "g ->> 'segmentType' = 'interact'")
_PASSED = _segment("list_max", "segmentStart", "lower(g ->> 'disconnectType') LIKE '%transfer'")
_SPAM = _segment("list_max", "segmentStart", "g ->> 'disconnectType' = 'spam'")
_CALLER = f"coalesce(contact_id, {caller_sql('ani')})"

_SQL = f"""
WITH conversation AS (
    SELECT _line, j, j ->> 'conversationId' AS conversation, TRY_CAST(j ->> 'conversationStart' AS TIMESTAMP) AS opened,
        TRY_CAST(j ->> 'conversationEnd' AS TIMESTAMP) AS closed, j ->> 'originatingDirection' AS said,
        list_max(list_transform(regexp_extract_all(j::VARCHAR, '"(\\d{{4}}-\\d+-\\d+T[\\d:.]+Z)"', 1),
            lambda t: TRY_CAST(t AS TIMESTAMP))) AS seen
    FROM records QUALIFY row_number() OVER (PARTITION BY conversation ORDER BY seen DESC, _line DESC) = 1
), participant AS (
    SELECT *, p ->> 'participantId' AS participant, p ->> 'purpose' AS purpose, p ->> 'userId' AS agent,
        p ->> 'externalContactId' AS contact_id
    FROM (SELECT *, unnest({_PARTICIPANTS}) AS p FROM conversation)
), session AS (
    SELECT * EXCLUDE (j, p, s), s ->> 'mediaType' AS media, s ->> 'messageType' AS message, s ->> 'ani' AS ani,
        s ->> 'direction' AS direction, {_STARTED} AS started,
        {_ENDED} AS ended,
        {_PICKED} AS picked,
        list_filter(list_transform({_SEGMENTS}, lambda g: g ->> 'queueId'), lambda q: q IS NOT NULL)[1] AS queue,
        {_metric("tTalkComplete", "tTalk")} AS talk, {_metric("tHeldComplete", "tHeld")} AS held,
        {_metric("tAcw")} AS acw, {_metric("tHandle")} AS handle,
        {_has("tAbandon", "tShortAbandon")} AS abandoned, {_has("tFlowOut")} AS flowed,
        {_has("nTransferred", "nBlindTransferred", "nConsultTransferred")}
            OR {_PASSED} IS NOT NULL AS passed,
        {_SPAM} IS NOT NULL AS spam
    FROM (SELECT *, unnest({_SESSIONS}) AS s FROM participant)
    WHERE s ->> 'mediaType' IN {_MEDIA}
), whole AS (
    SELECT conversation, any_value(_line) AS _line, any_value(opened) AS opened, any_value(closed) AS closed,
        any_value(seen) AS seen,
        CASE WHEN NOT bool_or(purpose IN ('customer', 'external')) THEN 'internal'
            ELSE coalesce(any_value(said), arg_min(direction, started)) END AS direction,
        coalesce(min(message), arg_min(media, started)) AS channel,
        any_value({_CALLER}) FILTER (WHERE purpose IN ('customer', 'external')) AS customer_id,
        bool_or(passed AND purpose IN ('agent', 'user')) AS passed, bool_or(spam) AS spam,
        min(started) FILTER (WHERE media = 'callback' AND purpose IN ('customer', 'external', 'acd')) AS promised,
        min(started) FILTER (WHERE purpose = 'voicemail') AS recorded,
        bool_or(purpose IN ('acd', 'agent', 'user')) AS routed, bool_or(purpose = 'botflow') AS bot
    FROM session GROUP BY conversation
), pickup AS (
    SELECT conversation, participant, any_value(agent) AS agent, bool_or(media = 'callback') AS back,
        min(started) AS started, max(ended) AS ended, arg_min(queue, started) AS queue,
        CASE WHEN back THEN min(picked) FILTER (WHERE media = 'voice') ELSE min(picked) END AS picked,
        sum(talk) FILTER (WHERE handle IS NOT NULL) AS talk, sum(held) FILTER (WHERE handle IS NOT NULL) AS held,
        sum(acw) FILTER (WHERE handle IS NOT NULL) AS acw, sum(handle) AS handle
    FROM session WHERE purpose IN ('agent', 'user') GROUP BY conversation, participant HAVING picked IS NOT NULL
), leg AS (
    SELECT pickup.*, row_number() OVER in_order AS rank, lag(picked) OVER in_order AS earlier,
        max(ended) OVER (in_order ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM pickup WINDOW in_order AS (PARTITION BY conversation, back ORDER BY picked, participant)
), queued AS (
    SELECT conversation, participant, started, ended, queue, abandoned, flowed FROM session WHERE purpose = 'acd'
), answered AS (
    SELECT whole.*, rank = 1 AND (NOT back OR whole.direction = 'outbound') AS first, back, participant, agent, queue,
        coalesce((SELECT min(q.started) FROM queued q WHERE q.conversation = leg.conversation AND q.started <= picked
            AND (earlier IS NULL OR q.started > earlier) AND NOT back AND whole.direction = 'inbound'),
            leg.started) AS offered,
        picked, CASE WHEN closed IS NOT NULL OR handle IS NOT NULL THEN ended END AS ended, 'answered' AS outcome,
        talk, held, acw, handle
    FROM leg JOIN whole USING (conversation) WHERE rank = 1 OR passed OR picked >= before
), waiting AS (
    SELECT conversation, arg_min(participant, started) AS participant, arg_max(queue, started) AS queue,
        min(started) AS started, max(ended) AS ended, bool_or(abandoned) AS abandoned, bool_or(flowed) AS flowed
    FROM queued LEFT JOIN (SELECT conversation, max(picked) AS last FROM answered WHERE NOT back GROUP BY ALL)
        USING (conversation)
    WHERE last IS NULL OR queued.started > last GROUP BY conversation
), unanswered AS (
    SELECT whole.*, NOT EXISTS (FROM answered a WHERE a.conversation = whole.conversation AND first) AS first,
        waiting.*EXCLUDE (conversation)
    FROM whole LEFT JOIN waiting USING (conversation) WHERE first OR waiting.participant IS NOT NULL
), everything AS (
    SELECT _line, conversation, first, participant, back, direction, channel, customer_id, seen, spam, queue, agent,
        offered, picked, ended, outcome, talk, held, acw, handle
    FROM answered
    UNION ALL BY NAME
    SELECT _line, conversation, first, participant, false AS back, direction, channel, customer_id, seen, spam, queue,
        coalesce(started, opened) AS offered,
        CASE WHEN direction = 'outbound' THEN NULL WHEN promised IS NOT NULL THEN 'callback'
            WHEN closed IS NULL THEN NULL
            WHEN recorded IS NOT NULL THEN 'voicemail' WHEN flowed AND NOT abandoned THEN 'overflow'
            WHEN routed THEN 'abandoned' WHEN bot THEN 'bot' ELSE 'dissuaded' END AS outcome,
        CASE outcome WHEN 'callback' THEN promised WHEN 'voicemail' THEN recorded ELSE
            CASE WHEN closed IS NOT NULL THEN coalesce(ended, closed) END END AS ended
    FROM unanswered
    UNION ALL BY NAME
    SELECT _line, conversation, true AS first, 'without a session' AS direction, opened AS offered, '-' AS channel, seen
    FROM conversation ANTI JOIN whole USING (conversation)
)
SELECT _line, CASE WHEN first THEN conversation ELSE conversation || '/' || participant END AS id,
    CASE WHEN NOT first THEN conversation END AS parent, channel, customer_id, queue, agent,
    CASE WHEN back THEN 'outbound' ELSE direction END AS direction, offered, picked, ended, outcome,
    CASE WHEN handle IS NOT NULL THEN coalesce(talk, 0) END AS talk,
    CASE WHEN handle IS NOT NULL THEN coalesce(held, 0) END AS held,
    CASE WHEN handle IS NOT NULL THEN coalesce(acw, 0) END AS acw,
    CASE WHEN spam THEN 'spam' END AS exclusion, seen
FROM everything
"""

_FILL = Fill(
    "interactions",
    {
        "interaction_id": "id",
        "parent_interaction_id": "parent",
        "customer_id": "customer_id",
        "channel": "channel",
        "direction": "direction",
        "team_id": "queue",
        "agent_id": "agent",
        "offered_at": "offered",
        "answered_at": "picked",
        "ended_at": "ended",
        "outcome": "outcome",
        "talk_s": {"column": "talk", "unit": "ms"},
        "hold_s": {"column": "held", "unit": "ms"},
        "wrap_s": {"column": "acw", "unit": "ms"},
        "exclusion": "exclusion",
        "_source_updated_at": "seen",
    },
    values={
        "channel": {
            "voice": "phone",
            "callback": "phone",
            "chat": "chat",
            "webmessaging": "chat",
            "email": "email",
            "sms": "sms",
            "facebook": "facebook",
            "twitter": "x_twitter",
            "instagram": "instagram",
            "whatsapp": "whatsapp",
            "*": "other",
        }
    },
    sql=_SQL,
)

_SIGNATURE = ("conversationId", "conversationStart", "participants")

SHAPES = tuple(
    Shape("genesys", "Genesys Cloud: conversation details", _SIGNATURE, (_FILL,), kind="json", records=records)
    for records in ("", "conversations")
)
