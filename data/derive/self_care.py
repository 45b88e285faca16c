"""Visits to self-service tools: `session_facts`."""

from __future__ import annotations

_SESSIONS = """
WITH request AS (
    SELECT customer_id, created_at FROM tickets
    WHERE initiated_by = 'customer' AND exclusion IS NULL AND merged_into_ticket_id IS NULL
)
SELECT
    session_id, visitor_id, s.customer_id, tool, request_type, started_at,
    local_time(started_at)::DATE AS started_on, ended_at, found_at,
    (epoch_us(found_at) - epoch_us(started_at)) // 1000000 AS find_s, clicks, resolved,
    ended_at + INTERVAL 24 HOUR AS mature_at,
    CASE WHEN ended_at IS NOT NULL
        THEN escalated_ticket_id IS NOT NULL OR coalesce(r.created_at <= mature_at, false) END AS escalated,
    exclusion
FROM self_service_sessions s
ASOF LEFT JOIN request r ON r.customer_id = s.customer_id AND r.created_at > s.started_at
"""


def session_facts() -> str:
    """The query of `session_facts`."""
    return _SESSIONS
