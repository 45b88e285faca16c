"""Surveys: `survey_facts`."""

from __future__ import annotations

# White space as Python strips it: a comment made of it only is no comment.
_WRITTEN = r"[^\s\x0B\x1C-\x1F\x{85}\p{Z}]"

_SURVEYS = r"""
SELECT
    s.survey_id, item, survey_type, dimension, component, s.ticket_id, interaction_id, s.customer_id,
    s.team_id, s.agent_id, s.channel, request_type, product, t.created_at AS ticket_at, sent_at,
    local_time(sent_at)::DATE AS sent_on, hour(local_time(sent_at)) AS sent_hour,
    row_number() OVER (PARTITION BY s.survey_id, s.exclusion IS NULL ORDER BY item) = 1 AS is_invitation,
    min(responded_at) OVER (PARTITION BY s.survey_id, s.exclusion IS NULL) AS invitation_responded_at,
    responded_at, local_time(responded_at)::DATE AS responded_on,
    hour(local_time(responded_at)) AS responded_hour,
    score, scale_min, scale_max, higher_is_better,
    CASE WHEN score BETWEEN scale_min AND scale_max
        THEN (score - scale_min) / (scale_max - scale_min) END AS score_share,
    comment, coalesce(regexp_matches(comment, '{written}'), false) AS commented, s.exclusion
FROM surveys s LEFT JOIN tickets t USING (ticket_id)
"""


def survey_facts() -> str:
    """The query of `survey_facts`."""
    return _SURVEYS.replace("{written}", _WRITTEN)
