"""Aircall: calls, as its API lists them: {"calls": [...]}, or alone.

https://developer.aircall.io/api-references/#call

- Times are seconds since 1970, in UTC.
- `duration` counts the ringing: the talk is from `answered_at` to `ended_at`. Hold and after-call work are not told,
  so they stay unknown, and with them the handling time.
- A call that no agent took lowers the answer rate even if the caller did not hang up first: `no_available_agent` and
  `agents_did_not_answer` are `abandoned`; what never reached a line (menu, closed hours) is `dissuaded`.
- A voicemail may stand with any reason: it wins.
- A call passed on stays one call, whose user is the last one: when it was passed is not told, so there is no leg.
- There is no time of update: the newest instant in the call (its end, a comment, a tag) stands for it.
- A hidden number is written `anonymous`: those calls have no customer.
"""

from __future__ import annotations

from data.sources.shapes import Fill, Shape
from data.sources.telephony import caller_sql, epoch_sql

_TEAM = (
    "CASE WHEN json_array_length(j -> 'teams') > 0 THEN 'team-' || (j -> 'teams' -> 0 ->> 'id') "
    "ELSE 'number-' || (j -> 'number' ->> 'id') END"
)


def _newest(items: str, key: str) -> str:
    return (
        f"""list_max(list_transform(from_json(j -> '{items}', '["JSON"]'), """
        f"lambda item: {epoch_sql(f'(item ->> {key!r})')}))"
    )


_CALLS = f"""
WITH call AS (
    SELECT _line, j, j ->> 'direction' AS direction, j ->> 'missed_call_reason' AS reason,
        {epoch_sql("(j ->> 'started_at')")} AS started, {epoch_sql("(j ->> 'answered_at')")} AS answered,
        {epoch_sql("(j ->> 'ended_at')")} AS ended
    FROM records
)
SELECT _line, j ->> 'id' AS id, direction, started, answered, ended, {_TEAM} AS team, j -> 'user' ->> 'id' AS agent,
    {caller_sql("(j ->> 'raw_digits')")} AS customer,
    CASE WHEN answered IS NOT NULL THEN 'answered' WHEN direction = 'outbound' THEN NULL
        WHEN (j ->> 'voicemail') IS NOT NULL THEN 'voicemail'
        WHEN reason IN ('out_of_opening_hours', 'abandoned_in_ivr') THEN 'dissuaded'
        WHEN ended IS NOT NULL THEN 'abandoned' END AS outcome,
    CASE WHEN answered IS NOT NULL THEN date_diff('second', answered, ended) END AS talk,
    greatest(started, answered, ended, {_newest("comments", "posted_at")}, {_newest("tags", "tagged_at")}) AS seen
FROM call
"""

_FILLS = (
    Fill(
        "interactions",
        {
            "interaction_id": "id",
            "customer_id": "customer",
            "channel": {"value": "phone"},
            "direction": "direction",
            "team_id": "team",
            "agent_id": "agent",
            "offered_at": "started",
            "answered_at": "answered",
            "ended_at": "ended",
            "outcome": "outcome",
            "talk_s": "talk",
            "_source_updated_at": "seen",
        },
        sql=_CALLS,
    ),
    Fill(
        "teams",
        {"team_id": "id", "name": "name"},
        sql=f"SELECT min(_line) AS _line, {_TEAM} AS id, arg_max(CASE WHEN json_array_length(j -> 'teams') > 0 "
        "THEN j -> 'teams' -> 0 ->> 'name' ELSE j -> 'number' ->> 'name' END, (j ->> 'started_at')::BIGINT) AS name "
        "FROM records WHERE id IS NOT NULL GROUP BY id",
    ),
)

SHAPES = tuple(
    Shape(
        "aircall",
        "Aircall: calls",
        ("id", "direct_link", "direction", "started_at", "raw_digits"),
        _FILLS,
        kind="json",
        records=records,
    )
    for records in ("calls", "")
)
