"""First contact resolution over another number of days than seven, from the contacts themselves.

The rule is that of `fcr_rate` but for its number of days: resolved within them, in one contact, without a reopening or
a return in as many days after.
"""

from __future__ import annotations

from kpi.fragments import literal
from kpi.measures import Ratio
from kpi.model import Period

_MOST_MERGES = 50
# Every column is written with its table: what has none is read as one of the KPI's own.
_SUCCESSES = """WITH RECURSIVE chain AS (
    SELECT t.ticket_id, t.merged_into_ticket_id AS survivor_id, 1 AS hops
    FROM tickets t WHERE t.merged_into_ticket_id IS NOT NULL
    UNION ALL
    SELECT c.ticket_id, t.merged_into_ticket_id, c.hops + 1 FROM chain c JOIN tickets t ON t.ticket_id = c.survivor_id
    WHERE t.merged_into_ticket_id IS NOT NULL AND c.hops < {merges}
), merged AS (
    SELECT c.ticket_id, ARG_MAX(c.survivor_id, c.hops) AS survivor_id FROM chain c GROUP BY c.ticket_id
), contact AS (
    SELECT COALESCE(m.survivor_id, i.ticket_id) AS ticket_id, i.customer_id, COALESCE(i.request_type, CHR(0)) AS reason,
        i.offered_at AS came_at
    FROM interaction_facts i LEFT JOIN merged m ON m.ticket_id = i.ticket_id
    WHERE i.direction = 'inbound' AND i.parent_interaction_id IS NULL AND i.exclusion IS NULL
), coming AS (
    SELECT c.customer_id, c.reason, c.came_at, CAST(NULL AS TEXT) AS owner FROM contact c
    UNION ALL
    SELECT t.customer_id, COALESCE(t.request_type, CHR(0)), t.created_at, t.ticket_id FROM tickets t
    WHERE t.exclusion IS NULL AND t.merged_into_ticket_id IS NULL
), moments AS (
    SELECT c.customer_id, c.reason, c.came_at, CASE WHEN COUNT(*) = 1 THEN MAX(c.owner) END AS owner
    FROM coming c WHERE c.customer_id IS NOT NULL AND c.came_at >= {start} AND c.came_at < {end} + INTERVAL {twice} DAY
    GROUP BY c.customer_id, c.reason, c.came_at
), timeline AS (
    SELECT s.customer_id, s.reason, s.came_at, s.owner,
        LEAD(s.came_at) OVER (PARTITION BY s.customer_id, s.reason ORDER BY s.came_at) AS next_at
    FROM moments s
), again AS (
    SELECT r.ticket_id, MIN(CASE WHEN r.resolution_no = 1 THEN r.resolved_at END) AS first_at,
        LIST(r.reopened_at) AS reopened
    FROM ticket_resolutions r WHERE r.created_at >= {start} AND r.created_at < {end} GROUP BY r.ticket_id
), solved AS (
    SELECT t.ticket_id, t.customer_id, COALESCE(t.request_type, CHR(0)) AS reason, t.created_at, t.contact_count,
        a.first_at, LIST_MIN(LIST_FILTER(a.reopened, lambda x: x > a.first_at)) AS reopened_at
    FROM tickets t JOIN again a ON a.ticket_id = t.ticket_id
), own AS (
    SELECT s.ticket_id, COUNT_IF(c.came_at <= s.first_at) AS contacts,
        MIN(CASE WHEN c.came_at > s.first_at THEN c.came_at END) AS back_at
    FROM solved s JOIN contact c ON c.ticket_id = s.ticket_id GROUP BY s.ticket_id
), other AS (
    SELECT s.ticket_id, CASE WHEN l.owner = s.ticket_id THEN l.next_at ELSE l.came_at END AS back_at
    FROM solved s ASOF JOIN timeline l
        ON l.customer_id = s.customer_id AND l.reason = s.reason AND l.came_at > s.first_at
)
SELECT s.ticket_id FROM solved s
    LEFT JOIN own o ON o.ticket_id = s.ticket_id LEFT JOIN other e ON e.ticket_id = s.ticket_id
WHERE s.first_at <= s.created_at + INTERVAL {days} DAY
    AND COALESCE(s.contact_count, NULLIF(o.contacts, 0), 1) = 1
    AND COALESCE(LEAST(s.reopened_at, o.back_at, e.back_at) > s.first_at + INTERVAL {days} DAY, TRUE)"""


def within(days: int, period: Period) -> Ratio:
    """FCR over `days` of the requests created in a period; those younger than twice as long wait."""
    successes = _SUCCESSES.format(
        merges=_MOST_MERGES, days=days, twice=2 * days, start=literal(period.start).sql("duckdb"),
        end=literal(period.end).sql("duckdb"),
    )  # fmt: skip
    ripe = f"created_at + INTERVAL {2 * days} DAY"
    return Ratio(
        f"ticket_id IN ({successes})",
        f"{ripe} <= $as_of AND COALESCE(first_resolved_at >= created_at, TRUE)",
        open=f"{ripe} > $as_of",
    )
