"""Amazon Connect: contact records (CTR), one JSON object after another, as Kinesis writes them, or in an array.

https://docs.aws.amazon.com/connect/latest/adminguide/ctr-data-model.html

- A record may be delivered several times: the newest `LastUpdateTimestamp` wins, in one file and between files.
- A transfer is a record of its own that names the one before it (`PreviousContactId`): a leg below it. The record of a
  call back (`CALLBACK`) is an outbound one. A caller who left a queue for another has the outcome `overflow`, one who
  asked to be called back `callback`, which shows only where both records are in one file: import the days together.
- `DisconnectTimestamp` is when the customer hung up, minutes after the agent passed the call on: the agent's part ends
  where the after-contact work starts, or when the transfer completed.
- The wait starts at `Queue.EnqueueTimestamp`, not at `InitiationTimestamp` (the menu). Whoever never reached a queue
  is `dissuaded`; whoever the flow took out of it (`CONTACT_FLOW_DISCONNECT`) counts as unanswered: `overflow`.
- Of an outbound call, `ConnectedToAgentTimestamp` is not the customer's answer: `ConnectedToSystemTimestamp` is.
- SMS, WhatsApp and web calls are told from chat and voice by the segment attribute `connect:Subtype` alone.
- Supervisors who listen (`MONITOR`) are rejected: they are no contact of a customer.
"""

from __future__ import annotations

from data.sources.shapes import Fill, Shape
from data.sources.telephony import caller_sql

_QUEUE = "regexp_extract(j -> 'Queue' ->> 'ARN', 'queue/(.+)$', 1)"
_ADDRESS = "j -> 'CustomerEndpoint' ->> 'Address'"

_CONTACTS = f"""
WITH contact AS (
    SELECT _line, j, j ->> 'ContactId' AS id, j ->> 'InitiationMethod' AS method,
        j ->> 'PreviousContactId' AS previous, j ->> 'NextContactId' AS following,
        j ->> 'DisconnectReason' AS reason, j ->> 'DisconnectTimestamp' AS hung_up,
        j -> 'Agent' ->> 'ConnectedToAgentTimestamp' AS with_agent, j -> 'Queue' ->> 'EnqueueTimestamp' AS queued,
        j ->> 'ConnectedToSystemTimestamp' AS with_customer,
        method IN ('OUTBOUND', 'EXTERNAL_OUTBOUND', 'CALLBACK', 'AGENT_REPLY', 'FLOW') AS outbound,
        CASE WHEN NOT outbound OR with_customer IS NOT NULL
            THEN CASE WHEN outbound THEN greatest(with_agent, with_customer) ELSE with_agent END END AS picked
    FROM records
), called_back AS (
    SELECT DISTINCT previous AS id FROM contact WHERE method = 'CALLBACK'
)
SELECT _line, id, method, picked, queued,
    CASE WHEN method IN ('TRANSFER', 'QUEUE_TRANSFER', 'CALLBACK', 'DISCONNECT')
        THEN coalesce(previous, j ->> 'InitialContactId') END AS parent,
    coalesce(j -> 'SegmentAttributes' -> 'connect:Subtype' ->> 'ValueString', j ->> 'Channel') AS channel,
    CASE WHEN (j -> 'CustomerEndpoint' ->> 'Type') = 'TELEPHONE_NUMBER' THEN {caller_sql(_ADDRESS)}
        ELSE {_ADDRESS} END AS customer,
    {_QUEUE} AS queue, j -> 'Agent' ->> 'Username' AS agent,
    coalesce(queued, j ->> 'InitiationTimestamp') AS offered,
    CASE WHEN picked IS NOT NULL THEN coalesce(j -> 'Agent' ->> 'AfterContactWorkStartTimestamp',
        j ->> 'TransferCompletedTimestamp', hung_up)
        ELSE coalesce(hung_up, j -> 'Queue' ->> 'DequeueTimestamp') END AS ended,
    CASE WHEN picked IS NOT NULL THEN 'answered' WHEN outbound THEN NULL
        WHEN called_back.id IS NOT NULL THEN 'callback' WHEN following IS NOT NULL THEN 'overflow'
        WHEN hung_up IS NULL THEN NULL
        WHEN queued IS NULL THEN 'dissuaded' WHEN reason = 'CONTACT_FLOW_DISCONNECT' THEN 'overflow'
        ELSE 'abandoned' END AS outcome,
    j -> 'Agent' ->> 'AgentInteractionDuration' AS talk, j -> 'Agent' ->> 'CustomerHoldDuration' AS hold,
    j -> 'Agent' ->> 'AfterContactWorkDuration' AS wrap, j ->> 'LastUpdateTimestamp' AS updated
FROM contact LEFT JOIN called_back USING (id)
"""

_INTERACTIONS = Fill(
    "interactions",
    {
        "interaction_id": "id",
        "parent_interaction_id": "parent",
        "customer_id": "customer",
        "channel": "channel",
        "direction": "method",
        "team_id": "queue",
        "agent_id": "agent",
        "offered_at": "offered",
        "answered_at": "picked",
        "ended_at": "ended",
        "outcome": "outcome",
        "talk_s": "talk",
        "hold_s": "hold",
        "wrap_s": "wrap",
        "_source_updated_at": "updated",
    },
    values={
        "channel": {
            "VOICE": "phone",
            "connect:Telephony": "phone",
            "connect:WebRTC": "click_to_talk",
            "CHAT": "chat",
            "connect:Chat": "chat",
            "connect:SMS": "sms",
            "connect:WhatsApp": "whatsapp",
            "EMAIL": "email",
            "connect:Email": "email",
            "*": "other",
        },
        "direction": {
            "INBOUND": "inbound",
            "TRANSFER": "inbound",
            "QUEUE_TRANSFER": "inbound",
            "DISCONNECT": "inbound",
            "API": "inbound",
            "WEBRTC_API": "inbound",
            "OUTBOUND": "outbound",
            "EXTERNAL_OUTBOUND": "outbound",
            "CALLBACK": "outbound",
            "AGENT_REPLY": "outbound",
            "FLOW": "outbound",
        },
    },
    sql=_CONTACTS,
)

_TEAMS = Fill(
    "teams",
    {"team_id": "id", "name": "name"},
    sql=f"SELECT min(_line) AS _line, {_QUEUE} AS id, arg_max(j -> 'Queue' ->> 'Name', j ->> 'LastUpdateTimestamp') "
    "AS name FROM records WHERE (j -> 'Queue' ->> 'Name') IS NOT NULL GROUP BY id",
)

SHAPES = (
    Shape(
        "amazon_connect",
        "Amazon Connect: contact records",
        ("ContactId", "InitiationMethod", "InitiationTimestamp", "LastUpdateTimestamp"),
        (_INTERACTIONS, _TEAMS),
        kind="json",
    ),
)
