"""Interactions and surveys: `interaction_facts` and `survey_facts`."""

from __future__ import annotations

import duckdb

from data.derive.clocks import default_calendar
from data.schema import VOICE_CHANNELS

# UNION, not UNION ALL: legs that are each other's parent end the recursion instead of repeating it.
_INTERACTIONS = """
WITH RECURSIVE leg AS (
    SELECT *,
        CASE outcome WHEN 'answered' THEN answered_at ELSE ended_at END AS outcome_at,
        ended_at + to_seconds(coalesce(wrap_s, 0)) AS completed_at,
        talk_s::BIGINT + hold_s + wrap_s AS handle_s
    FROM interactions
), step(leg_id, ancestor_id) AS (
    SELECT interaction_id, parent_interaction_id FROM leg
    WHERE parent_interaction_id IS NOT NULL AND direction = 'inbound' AND outcome = 'answered'
        AND exclusion IS NULL
    UNION
    SELECT leg_id, parent_interaction_id FROM step JOIN leg ON interaction_id = ancestor_id
    WHERE parent_interaction_id IS NOT NULL
), part AS (
    SELECT interaction_id AS root_id, handle_s, completed_at FROM leg
    WHERE parent_interaction_id IS NULL AND direction = 'inbound'
    UNION ALL
    SELECT ancestor_id, handle_s, completed_at FROM step JOIN leg ON interaction_id = leg_id
    WHERE ancestor_id IN
        (SELECT interaction_id FROM leg WHERE parent_interaction_id IS NULL AND direction = 'inbound')
), contact AS (
    SELECT root_id,
        CASE WHEN count(handle_s) = count(*) THEN sum(handle_s) END AS contact_handle_s,
        CASE WHEN count(completed_at) = count(*) THEN max(completed_at) END AS contact_completed_at
    FROM part GROUP BY root_id
), opening AS (
    SELECT leg.*, coalesce(calendars.calendar_id, $default_calendar) AS calendar_id
    FROM leg LEFT JOIN teams USING (team_id)
    LEFT JOIN (FROM calendars WHERE EXISTS (FROM calendar_hours)) AS calendars USING (calendar_id)
)
SELECT
    interaction_id, parent_interaction_id, ticket_id, customer_id, channel, direction,
    channel IN {voice} AS voice, team_id, agent_id, request_type, offered_at,
    local_time(offered_at)::DATE AS offered_on, hour(local_time(offered_at)) AS offered_hour,
    CASE WHEN l.calendar_id IS NOT NULL THEN coalesce(offered_at < close_at, false) END AS in_hours,
    answered_at, ended_at, outcome, outcome_at,
    (epoch_us(outcome_at) - epoch_us(offered_at)) // 1000000 AS wait_s,
    completed_at, handle_s, contact_handle_s, contact_completed_at, converted, repeat_reason, exclusion
FROM opening l
LEFT JOIN contact ON root_id = interaction_id
ASOF LEFT JOIN opening_ranges o ON o.calendar_id = l.calendar_id AND offered_at >= open_at
"""

_SURVEYS = """
SELECT
    s.survey_id, item, survey_type, dimension, component, s.ticket_id, interaction_id, s.customer_id,
    s.team_id, s.agent_id, s.channel, request_type, product, sent_at,
    local_time(sent_at)::DATE AS sent_on, hour(local_time(sent_at)) AS sent_hour,
    row_number() OVER (PARTITION BY s.survey_id, s.exclusion IS NULL ORDER BY item) = 1 AS is_invitation,
    min(responded_at) OVER (PARTITION BY s.survey_id, s.exclusion IS NULL) AS invitation_responded_at,
    responded_at, local_time(responded_at)::DATE AS responded_on,
    hour(local_time(responded_at)) AS responded_hour,
    score, scale_min, scale_max, higher_is_better,
    CASE WHEN score BETWEEN scale_min AND scale_max
        THEN (score - scale_min) / (scale_max - scale_min) END AS score_share,
    comment, s.exclusion
FROM surveys s LEFT JOIN tickets t USING (ticket_id)
"""


def interaction_facts(con: duckdb.DuckDBPyConnection) -> tuple[str, dict[str, str | None]]:
    """The query of `interaction_facts`, and its parameters. Needs `opening_ranges`."""
    return _INTERACTIONS.format(voice=VOICE_CHANNELS), {"default_calendar": default_calendar(con)}


def survey_facts() -> str:
    """The query of `survey_facts`."""
    return _SURVEYS
