"""Zendesk: satisfaction, calls of Talk, groups, agents, schedules and SLA policies.

- A ticket has one rating, offered then given then perhaps changed: the newest record is the one, sent at the oldest.
  `offered` is an invitation without answer, `unoffered` is none; good and bad are 1 and 0 of a scale of two.
- Talk counts in seconds. A call enters the queue when its greetings and its menu end: at its answer less its wait. Left
  in the menu it is dissuaded; hung up on hold it had been answered.
- Schedules count minutes from Sunday 00:00 on the wall of their own zone, which has a name of Ruby on Rails. Their
  holidays (.../schedules/ID/holidays, https://developer.zendesk.com/api-reference/ticketing/ticket-management/schedules/)
  are in other files, which do not say of which schedule: they are the only one's, or refused where there are several.
  The last day of a holiday is one of its days.
- Targets of SLA are in minutes, or in `target_in_seconds`. Policies for anything but one group are rejected, since they
  would hold for all tickets. Times to next reply and updates have no KPI; of several targets of resolution, the total
  time comes first, then the requester's wait (paused while pending), then the agents' work (paused on hold too).
- Users who are not agents or admins are left out, and no name is read.
"""

from __future__ import annotations

from data.sources.rails_zones import ZONES
from data.sources.shapes import TEAMS, Fill, Shape

_RATINGS_SQL = """
SELECT _line, j->>'ticket_id' AS ticket_id, 'csat-' || ticket_id AS id, j->>'requester_id' AS requester_id,
    j->>'group_id' AS group_id, j->>'assignee_id' AS assignee_id, j->>'score' AS score,
    min(j->>'created_at') OVER one_ticket AS sent_at, j->>'updated_at' AS updated_at,
    CASE WHEN score IN ('good', 'bad') THEN coalesce(updated_at, j->>'created_at') END AS responded_at,
    CASE score WHEN 'good' THEN '1' WHEN 'bad' THEN '0' WHEN 'offered' THEN NULL ELSE score END AS value,
    j->>'comment' AS comment
FROM records WHERE score <> 'unoffered'
WINDOW one_ticket AS (PARTITION BY ticket_id)
QUALIFY row_number() OVER (PARTITION BY ticket_id ORDER BY updated_at DESC, TRY_CAST(j->>'id' AS HUGEINT) DESC) = 1
"""

# Until the answer, or the end of a call that had none: greetings, menu, then the wait in the queue.
_CALLS_SQL = """
WITH call AS (
    SELECT _line, j, lower(j->>'completion_status') AS status, TRY_CAST(j->>'created_at' AS TIMESTAMP) AS began_at,
        TRY_CAST(j->>'duration' AS INTEGER) AS duration, coalesce(TRY_CAST(j->>'talk_time' AS INTEGER), 0) AS talk,
        coalesce(TRY_CAST(j->>'wait_time' AS INTEGER), 0) AS wait, j->>'direction' AS direction,
        TRY_CAST(j->>'time_to_answer' AS INTEGER) AS answer, coalesce(j->>'voicemail', 'false') = 'true' AS voicemail,
        talk > 0 OR status IN ('completed', 'abandoned_on_hold') AND NOT voicemail AND j->>'agent_id' IS NOT NULL
            AS answered
    FROM records
)
SELECT
    _line, 'call-' || (j->>'id') AS id, j->>'ticket_id' AS ticket_id, j->>'customer_id' AS customer_id,
    j->>'agent_id' AS agent_id, j->>'call_group_id' AS group_id, direction, j->>'updated_at' AS updated_at,
    CASE WHEN direction = 'inbound'
        THEN began_at + to_seconds(greatest(CASE WHEN answered THEN coalesce(answer, 0) ELSE duration END - wait, 0))
        ELSE began_at
    END AS offered_at,
    CASE WHEN answered THEN began_at + to_seconds(coalesce(answer, duration - talk, 0)) END AS answered_at,
    began_at + to_seconds(duration) AS ended_at,
    CASE
        WHEN answered THEN 'answered'
        WHEN voicemail OR status = 'pending_voicemail' THEN 'voicemail'
        WHEN j->>'callback' = 'true' THEN 'callback'
        WHEN j->>'overflowed' = 'true' THEN 'overflow'
        WHEN status = 'abandoned_in_ivr' THEN 'dissuaded'
        WHEN direction = 'inbound' OR status LIKE 'abandoned%' THEN 'abandoned'
    END AS outcome,
    CASE WHEN answered THEN talk END AS talk_time,
    CASE WHEN answered THEN j->>'hold_time' END AS hold_time,
    CASE WHEN answered THEN j->>'wrap_up_time' END AS wrap_up_time
FROM call
"""

_HOURS_SQL = """
WITH ranges AS (
    SELECT _line, j->>'id' AS id, unnest(from_json(j->'intervals', '["JSON"]')) AS i,
        (i->>'start_time')::INTEGER AS first, (i->>'end_time')::INTEGER AS last
    FROM records
)
SELECT _line, id, (first // 1440 + 6) % 7 + 1 AS weekday,
    printf('%02d:%02d', first % 1440 // 60, first % 60) AS open,
    printf('%02d:%02d', last % 1440 // 60, last % 60) AS close
FROM ranges
"""

_HOLIDAYS_SQL = """
SELECT _line, (SELECT CASE WHEN count(*) = 1 THEN min(calendar_id) END FROM calendars) AS schedule, j->>'name' AS name,
    unnest(generate_series((j->>'start_date')::DATE, (j->>'end_date')::DATE, INTERVAL 1 DAY))::DATE AS day
FROM records
"""

_POLICIES_SQL = """
WITH promise AS (
    SELECT _line, j,
        from_json(j->'filter'->'all', '["JSON"]') AS every, from_json(j->'filter'->'any', '["JSON"]') AS either,
        list_concat(coalesce(every, []), CASE WHEN len(either) = 1 THEN either ELSE [] END) AS conditions,
        unnest(from_json(j->'policy_metrics', '["JSON"]')) AS m, m->>'metric' AS metric, m->>'priority' AS priority,
        len(conditions) = 0 AND coalesce(len(either), 0) = 0
            OR len(conditions) = 1 AND coalesce(len(either), 0) < 2 AND conditions[1]->>'operator' = 'is'
                AND conditions[1]->>'field' IN ('group_id', 'current_group_id') AS expressible
    FROM records
)
SELECT
    _line, concat_ws('-', j->>'id', CASE WHEN metric = 'first_reply_time' THEN 'first_response' ELSE 'resolution' END,
        priority) AS id,
    CASE WHEN NOT expressible THEN 'only where ' || CAST(j->'filter' AS VARCHAR) ELSE metric END AS metric,
    priority, CASE WHEN expressible THEN conditions[1]->>'value' END AS team,
    coalesce(TRY_CAST(m->>'target_in_seconds' AS BIGINT), 60 * TRY_CAST(m->>'target' AS BIGINT)) AS target_s,
    CASE WHEN m->>'business_hours' = 'true' THEN 'business' ELSE 'calendar' END AS clock,
    CASE metric WHEN 'requester_wait_time' THEN 'pending' WHEN 'agent_work_time' THEN 'pending|on_hold' ELSE 'none' END
        AS pauses,
    left(j->>'created_at', 10) AS valid_from
FROM promise
WHERE metric IN ('first_reply_time', 'total_resolution_time', 'requester_wait_time', 'agent_work_time')
QUALIFY metric = 'first_reply_time' OR row_number() OVER (
    PARTITION BY j->>'id', priority, metric = 'first_reply_time'
    ORDER BY list_position(['total_resolution_time', 'requester_wait_time', 'agent_work_time'], metric)) = 1
"""

SHAPES: tuple[Shape, ...] = (
    Shape(
        system="zendesk",
        title="Zendesk: satisfaction ratings",
        kind="json",
        records="satisfaction_ratings",
        signature=("id", "ticket_id", "requester_id", "assignee_id", "group_id", "score", "created_at"),
        fills=(
            Fill(
                "surveys",
                {
                    "survey_id": "id",
                    "survey_type": {"value": "csat"},
                    "ticket_id": "ticket_id",
                    "customer_id": "requester_id",
                    "team_id": "group_id",
                    "agent_id": "assignee_id",
                    "sent_at": "sent_at",
                    "responded_at": "responded_at",
                    "score": "value",
                    "scale_min": {"value": "0"},
                    "scale_max": {"value": "1"},
                    "higher_is_better": {"value": True},
                    "comment": "comment",
                    "_source_updated_at": "updated_at",
                },
                sql=_RATINGS_SQL,
            ),
        ),
    ),
    Shape(
        system="zendesk",
        title="Zendesk Talk: calls",
        kind="json",
        records="calls",
        signature=("id", "completion_status", "direction", "duration", "talk_time", "wait_time", "wrap_up_time"),
        fills=(
            Fill(
                "interactions",
                {
                    "interaction_id": "id",
                    "ticket_id": "ticket_id",
                    "customer_id": "customer_id",
                    "channel": {"value": "phone"},
                    "direction": "direction",
                    "team_id": "group_id",
                    "agent_id": "agent_id",
                    "offered_at": "offered_at",
                    "answered_at": "answered_at",
                    "ended_at": "ended_at",
                    "outcome": "outcome",
                    "talk_s": "talk_time",
                    "hold_s": "hold_time",
                    "wrap_s": "wrap_up_time",
                    "_source_updated_at": "updated_at",
                },
                sql=_CALLS_SQL,
            ),
        ),
    ),
    Shape(
        system="zendesk",
        title="Zendesk: groups",
        kind="json",
        records="groups",
        signature=("id", "name", "is_public", "default", "deleted"),
        fills=(TEAMS,),
    ),
    Shape(
        system="zendesk",
        title="Zendesk: agents",
        kind="json",
        records="users",
        signature=("id", "role", "time_zone", "default_group_id", "ticket_restriction"),
        fills=(
            Fill(
                "agents",
                {"agent_id": "id", "team_id": "default_group_id"},
                sql="SELECT _line, j->>'id' AS id, j->>'default_group_id' AS default_group_id FROM records "
                "WHERE j->>'role' IN ('agent', 'admin')",
            ),
        ),
    ),
    Shape(
        system="zendesk",
        title="Zendesk: schedules",
        kind="json",
        records="schedules",
        signature=("id", "name", "time_zone", "intervals"),
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
        ),
    ),
    Shape(
        system="zendesk",
        title="Zendesk: SLA policies",
        kind="json",
        records="sla_policies",
        signature=("id", "title", "position", "filter", "policy_metrics"),
        fills=(
            Fill(
                "sla_policies",
                {
                    "policy_id": "id",
                    "metric": "metric",
                    "priority": "priority",
                    "team_id": "team",
                    "target_s": "target_s",
                    "clock": "clock",
                    "pause_statuses": "pauses",
                    "valid_from": "valid_from",
                },
                {
                    "metric": {
                        "first_reply_time": "first_response",
                        "total_resolution_time": "resolution",
                        "requester_wait_time": "resolution",
                        "agent_work_time": "resolution",
                    }
                },
                sql=_POLICIES_SQL,
            ),
        ),
    ),
)
HOLIDAYS = Shape(
    system="zendesk",
    title="Zendesk: holidays of a schedule",
    kind="json",
    records="holidays",
    signature=("id", "name", "start_date", "end_date"),
    fills=(
        Fill(
            "calendar_exceptions",
            {"calendar_id": "schedule", "on_date": "day", "label": "name"},
            sql=_HOLIDAYS_SQL,
        ),
    ),
)
"""Alone they would look like any list of periods."""
