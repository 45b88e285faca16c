"""Asterisk: the log of its queues, and its call detail records.

queue_log, `time|callid|queue|agent|event|data1|...`, with as many fields as the event has (give it the suffix .txt):
https://docs.asterisk.org/Operation/Logging/Queue-Logs/

- A call that leaves a queue without an agent (EXITWITHTIMEOUT, EXITEMPTY, EXITWITHKEY) and enters another, or the same
  one again, has waited once, from its first entry. Entering a queue after an agent is a leg below it.
- RINGNOANSWER is an agent who did not pick up: neither an answer nor a leg. NONE stands for no call, queue or agent.
- JOINEMPTY is a caller whom the queue refused: `dissuaded`, not abandoned.
- A log is cut at night in the middle of calls: the events after the cut tell how long the caller waited and talked, so
  that the entry is found again (but not the caller's number, which only ENTERQUEUE has).
- Hold and after-call work are not in the log: they are unknown, and so is the handling time.

cdr-csv/Master.csv, without header, 16 columns and a unique id and a user field where they are switched on:
https://docs.asterisk.org/Configuration/Reporting/Call-Detail-Records-CDR/CDR-Specification/

- A caller whom Queue() keeps is ANSWERED there even if no agent ever came: such rows are rejected, the queue_log has
  these calls. In the same way a menu answers: without a second channel nobody talked (`dissuaded`).
- One call is several rows of one unique id when several telephones ring: the one that answered counts.
- Nothing says which way a call went: from an extension (by its channel, or a short number) to a long number it is
  outbound; between extensions it is `internal`, and rejected so that it is said.
- Times are local, unless `usegmtime` is on.
"""

from __future__ import annotations

from data.sources.shapes import Fill, Shape
from data.sources.telephony import caller_sql, epoch_sql

_LOG = f"""
WITH written AS (
    SELECT _line, string_split(line, '|') AS f FROM records
), event AS (
    SELECT _line, {epoch_sql("f[1]")} AS moment, f[2] AS callid, f[3] AS queue, f[4] AS agent, f[5] AS event,
        CASE WHEN event = 'ENTERQUEUE' THEN f[7] END AS caller,
        CASE WHEN event = 'CONNECT' OR event LIKE 'COMPLETE%' THEN f[6] WHEN event = 'EXITWITHKEY' THEN f[9]
            WHEN event IN ('ABANDON', 'EXITWITHTIMEOUT', 'EXITEMPTY', 'TRANSFER', 'BLINDTRANSFER') THEN f[8]
            WHEN event = 'ATTENDEDTRANSFER' THEN f[-3] END AS waited,
        CASE WHEN event LIKE 'COMPLETE%' THEN f[7] WHEN event IN ('TRANSFER', 'BLINDTRANSFER') THEN f[9]
            WHEN event = 'ATTENDEDTRANSFER' THEN f[-2] END AS talked,
        CASE WHEN event IN ('TRANSFER', 'BLINDTRANSFER', 'ATTENDEDTRANSFER') OR event LIKE 'COMPLETE%' THEN 'done'
            WHEN event LIKE 'EXIT%' THEN 'out' WHEN event IN ('ABANDON', 'AGENTDUMP', 'SYSCOMPAT') THEN 'gone'
            WHEN event IN ('JOINEMPTY', 'FULL') THEN 'refused'
            ELSE lower(event) END AS kind
    FROM written WHERE callid <> 'NONE' AND (kind IN ('enterqueue', 'connect', 'done', 'out', 'gone', 'refused'))
), numbered AS (
    SELECT *, count(*) FILTER (WHERE opens) OVER (PARTITION BY callid ORDER BY moment, _line) AS leg
    FROM (SELECT *, coalesce(kind = 'enterqueue' AND lag(kind) OVER calls NOT IN ('out', 'enterqueue'), false) AS opens
        FROM event WINDOW calls AS (PARTITION BY callid ORDER BY moment, _line))
), whole AS (
    SELECT min(_line) AS _line, callid, leg, arg_max(queue, _line) AS queue, any_value(caller) AS caller,
        arg_max(agent, _line) FILTER (WHERE kind IN ('connect', 'done')) AS agent,
        min(moment) FILTER (WHERE kind = 'enterqueue') AS entered,
        min(moment) FILTER (WHERE kind = 'connect') AS connected,
        max(moment) FILTER (WHERE kind = 'done') AS finished, arg_max(kind, _line) AS last, max(moment) AS seen,
        max(TRY_CAST(talked AS BIGINT)) AS talked,
        arg_max(TRY_CAST(waited AS BIGINT), _line) AS waited
    FROM numbered GROUP BY callid, leg
)
SELECT _line, queue, nullif(agent, 'NONE') AS agent, {caller_sql("caller")} AS customer,
    coalesce(connected, finished - to_seconds(talked)) AS picked,
    coalesce(entered, coalesce(picked, seen) - to_seconds(waited), seen) AS offered,
    CASE WHEN leg = 0 OR entered IS NULL THEN callid ELSE callid || '/' || epoch(offered)::BIGINT END AS id,
    CASE WHEN id <> callid THEN callid END AS parent,
    CASE WHEN picked IS NOT NULL THEN finished WHEN last IN ('out', 'gone', 'refused') THEN seen END AS ended,
    CASE WHEN picked IS NOT NULL THEN 'answered' WHEN last = 'out' THEN 'overflow' WHEN last = 'gone' THEN 'abandoned'
        WHEN last = 'refused' THEN 'dissuaded' END AS outcome, date_diff('second', picked, finished) AS talk, seen
FROM whole
"""

_COLUMNS = {
    "interaction_id": "id",
    "customer_id": "customer",
    "channel": {"value": "phone"},
    "agent_id": "agent",
    "offered_at": "offered",
    "answered_at": "picked",
    "ended_at": "ended",
    "outcome": "outcome",
    "talk_s": "talk",
    "_source_updated_at": "seen",
}

_CDR = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata",
    "start", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield",
)  # fmt: skip

_CALLS = f"""
WITH call AS (
    SELECT _line, coalesce(nullif(uniqueid, ''), md5(concat_ws('|', "start", channel))) AS id, src, dst, channel,
        dstchannel, lastapp, "start", nullif(answer, '') AS answer, "end", TRY_CAST(billsec AS BIGINT) AS billed,
        disposition, disposition = 'ANSWERED' AND coalesce(dstchannel, '') <> '' AS talked
    FROM records
), whole AS (
    SELECT min(_line) AS _line, id, min("start") AS offered, max("end") AS ended, bool_or(talked) AS talked,
        min(answer) FILTER (WHERE talked) AS picked, max(billed) FILTER (WHERE talked) AS talk,
        arg_max(dstchannel, "start") FILTER (WHERE talked) AS taken, arg_max(lastapp, _line) AS app,
        any_value(src) AS src, arg_min(dst, _line) AS dst, any_value(channel) AS channel,
        bool_or(lastapp = 'Queue') AS queued, bool_or(disposition = 'NO ANSWER') AS rang
    FROM call GROUP BY id
), placed AS (
    SELECT *, regexp_matches(channel, '^\\w+/\\d{{2,5}}[-@]') OR regexp_full_match(src, '\\d{{2,5}}') AS inside,
        CASE WHEN queued THEN 'in a queue: import queue_log' WHEN NOT inside THEN 'inbound'
            WHEN {caller_sql("dst")} IS NOT NULL THEN 'outbound' ELSE 'internal' END AS direction
    FROM whole
)
SELECT _line, id, direction, offered, CASE WHEN talked THEN picked END AS picked, ended, ended AS seen, talk,
    regexp_extract(CASE WHEN direction = 'outbound' THEN channel ELSE taken END, '^(\\w+/[^-@]+)', 1) AS agent,
    CASE WHEN direction = 'outbound' THEN {caller_sql("dst")} ELSE {caller_sql("src")} END AS customer,
    CASE WHEN talked THEN 'answered' WHEN direction = 'outbound' THEN NULL WHEN app ILIKE 'voicemail%' THEN 'voicemail'
        WHEN rang THEN 'abandoned' ELSE 'dissuaded' END AS outcome
FROM placed
"""

_CELL, _TIME = r'(?:"(?:[^"]|"")*"|[^",]*)', r'"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"?'
_FIRST = rf'(?:{_CELL},){{9}}{_TIME},(?:{_TIME}|"?"?),{_TIME},"?\d+"?,"?\d+"?,"?[A-Z ]+"?,"?[A-Z]+"?'


def _records(width: int) -> Shape:
    return Shape(
        "asterisk",
        "Asterisk: call detail records",
        (),
        (
            Fill(
                "interactions",
                {**_COLUMNS, "direction": "direction"},
                sql=_CALLS,
            ),
        ),
        first_line=f"{_FIRST}{f',{_CELL}' * (width - 16)}$",
        header=_CDR[:width],
        delimiter=",",
        zoned=False,
        optional=_CDR[16:],
    )


SHAPES = (
    Shape(
        "asterisk",
        "Asterisk: log of the queues",
        (),
        (
            Fill(
                "interactions",
                {**_COLUMNS, "parent_interaction_id": "parent", "team_id": "queue", "direction": {"value": "inbound"}},
                sql=_LOG,
            ),
        ),
        first_line=r"\d{9,10}(\.\d+)?\|[^|]*\|[^|]*\|[^|]*\|[A-Z]+",
        header=("line",),
        delimiter="\x1f",
    ),
    *map(_records, (16, 17, 18)),
)
