"""Zendesk: chats of its live chat, and the legs of Talk's calls, which are refused.

https://developer.zendesk.com/api-reference/live-chat/chat-api/chats/ ,
https://developer.zendesk.com/api-reference/voice/talk-api/incremental_exports/

- A chat is answered at its first answer: `response_time.first` seconds after `timestamp`. One that is `missed`, or in
  which no agent wrote, is abandoned. What an agent began is outbound; what a trigger began is the visitor's.
- A message left while nobody was there (`offline_msg`) is a voicemail: it becomes a ticket, which is answered.
- The time with the visitor is that of the conversation, silences included: chats are held several at a time. There is
  neither hold nor after-chat work.
- Several agents may have taken part: the first is the one. Departments are no groups of Support: their ids are others.
- A rating is good or bad, given when the chat ends; nothing says who was asked and did not answer.
- Visitors are not the requesters of Support: they have ids of their own.
- A leg is what one agent or the customer did in a call. Its talk is in the call's already: both together would count it
  twice, so that the calls are asked for.
"""

from __future__ import annotations

from data.sources.shapes import Fill, Shape, refusing

_CHATS = """
    SELECT _line, 'chat-' || (j->>'id') AS id, j->>'zendesk_ticket_id' AS ticket_id, j->'visitor'->>'id' AS visitor,
        j->>'department_id' AS department, j->'agent_ids'->>0 AS agent, j->>'timestamp' AS began_at,
        coalesce(j->>'end_timestamp', j->'session'->>'end_date') AS ended_at, j->>'rating' AS rating,
        j->>'comment' AS comment, (j->>'type') = 'offline_msg' AS left_word,
        CASE j->>'started_by' WHEN 'agent' THEN 'outbound' ELSE 'inbound' END AS direction,
        NOT left_word AND (j->>'missed') IS DISTINCT FROM 'true'
            AND coalesce(TRY_CAST(j->'count'->>'agent' AS INTEGER), 1) > 0
            AND (agent IS NOT NULL OR (j->'response_time'->>'first') IS NOT NULL) AS answered,
        TRY_CAST(j->>'timestamp' AS TIMESTAMP)
            + to_seconds(coalesce(TRY_CAST(j->'response_time'->>'first' AS DOUBLE), 0)::BIGINT) AS first_answer
    FROM records
"""
_INTERACTIONS = f"""
SELECT *, CASE WHEN answered THEN first_answer END AS answered_at,
    CASE WHEN answered THEN 'answered' WHEN left_word THEN 'voicemail' WHEN direction = 'inbound' THEN 'abandoned' END
        AS outcome,
    CASE WHEN answered THEN date_diff('second', first_answer, TRY_CAST(ended_at AS TIMESTAMP)) END AS talk
FROM ({_CHATS})
"""
_RATINGS = f"""
SELECT *, CASE rating WHEN 'good' THEN '1' WHEN 'bad' THEN '0' ELSE rating END AS score
FROM ({_CHATS}) WHERE rating IS NOT NULL
"""

SHAPES = (
    Shape(
        system="zendesk",
        title="Zendesk: chats",
        kind="json",
        records="chats",
        signature=("id", "type", "timestamp", "visitor", "session", "zendesk_ticket_id"),
        fills=(
            Fill(
                "interactions",
                {
                    "interaction_id": "id",
                    "ticket_id": "ticket_id",
                    "customer_id": "visitor",
                    "channel": {"value": "chat"},
                    "direction": "direction",
                    "team_id": "department",
                    "agent_id": "agent",
                    "offered_at": "began_at",
                    "answered_at": "answered_at",
                    "ended_at": "ended_at",
                    "outcome": "outcome",
                    "talk_s": "talk",
                },
                sql=_INTERACTIONS,
            ),
            Fill(
                "surveys",
                {
                    "survey_id": "id",
                    "survey_type": {"value": "csat"},
                    "ticket_id": "ticket_id",
                    "interaction_id": "id",
                    "customer_id": "visitor",
                    "team_id": "department",
                    "agent_id": "agent",
                    "channel": {"value": "chat"},
                    "sent_at": "ended_at",
                    "responded_at": "ended_at",
                    "score": "score",
                    "scale_min": {"value": "0"},
                    "scale_max": {"value": "1"},
                    "higher_is_better": {"value": True},
                    "comment": "comment",
                },
                sql=_RATINGS,
            ),
        ),
    ),
    Shape(
        system="zendesk",
        title="Zendesk Talk: legs of calls",
        kind="json",
        records="legs",
        signature=("id", "call_id", "type", "completion_status", "talk_time", "available_via"),
        plan=refusing(
            "these are the legs of calls, whose talk is in the calls already: export the calls (incremental/calls)"
        ),
    ),
)
