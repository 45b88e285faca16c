"""First contact resolution: whether a ticket was solved at once and its customer did not come back."""

from __future__ import annotations

import duckdb

_CONTACTS = """
CREATE OR REPLACE TABLE room._contact AS
SELECT coalesce(survivor_id, ticket_id) AS ticket_id, customer_id, request_type, offered_at AS came_at
FROM interactions LEFT JOIN _merged USING (ticket_id)
WHERE direction = 'inbound' AND parent_interaction_id IS NULL AND exclusion IS NULL
"""

_RESOLVED = """
CREATE OR REPLACE TABLE room._resolved AS
WITH first AS (SELECT ticket_no, resolved_at AS first_at FROM _resolution WHERE resolution_no = 1),
reopened AS (
    SELECT ticket_no, min(reopened_at) AS again_at FROM _resolution r JOIN first USING (ticket_no)
    WHERE reopened_at > first_at GROUP BY ticket_no
)
SELECT t.ticket_no, t.ticket_id, t.customer_id, t.request_type, t.created_at, t.contact_count,
    first_at, first_at + INTERVAL 7 DAY AS until, again_at AS reopened_at
FROM _ticket t JOIN first USING (ticket_no) LEFT JOIN reopened USING (ticket_no)
"""

# `owner` is the ticket whose creation alone makes up the row: to that ticket it is not a return.
_TIMELINE = """
CREATE OR REPLACE TABLE room._timeline AS
WITH coming AS (
    SELECT customer_id, request_type, came_at, NULL AS owner FROM _contact
    UNION ALL
    SELECT customer_id, request_type, created_at, ticket_id FROM tickets
    WHERE exclusion IS NULL AND merged_into_ticket_id IS NULL
), instant AS (
    SELECT customer_id, coalesce(request_type, chr(0)) AS reason, came_at,
        CASE WHEN count(*) = 1 THEN max(owner) END AS owner
    FROM coming WHERE customer_id IS NOT NULL GROUP BY ALL
)
SELECT *, lead(came_at) OVER (PARTITION BY customer_id, reason ORDER BY came_at) AS next_at FROM instant
"""

_FCR = """
CREATE OR REPLACE TABLE room._fcr AS
WITH own AS (
    SELECT r.ticket_no, count(*) FILTER (c.came_at <= first_at) AS contacts,
        bool_or(c.came_at > first_at AND c.came_at <= until) AS came_back
    FROM _resolved r JOIN _contact c USING (ticket_id) GROUP BY r.ticket_no
), other AS (
    SELECT r.ticket_no,
        CASE WHEN l.owner = r.ticket_id THEN l.next_at ELSE l.came_at END <= until AS came_back
    FROM _resolved r
    ASOF JOIN _timeline l
        ON l.customer_id = r.customer_id AND l.reason = coalesce(r.request_type, chr(0))
        AND l.came_at > r.first_at
)
SELECT ticket_no,
    first_at <= created_at + INTERVAL 7 DAY
    AND coalesce(contact_count, nullif(own.contacts, 0), 1) = 1
    AND (reopened_at IS NULL OR reopened_at > until)
    AND NOT coalesce(own.came_back, false)
    AND NOT coalesce(other.came_back, false) AS fcr
FROM _resolved LEFT JOIN own USING (ticket_no) LEFT JOIN other USING (ticket_no)
"""


def stage_fcr(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `_fcr` (ticket_no, fcr) for the tickets that were resolved, from `_ticket`, `_merged` and `_resolution`;
    and `_contact`, the contacts with the ticket that they are about.

    A success is resolved within 7 days, by one contact, without reopening or return in the 7 days that
    follow: a contact on the ticket, or a contact or another ticket of the customer for the same reason.
    """
    for statement in (_CONTACTS, _RESOLVED, _TIMELINE, _FCR):
        con.execute(statement)
