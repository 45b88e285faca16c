"""Interactions: `interaction_facts` and `handled_contacts`."""

from __future__ import annotations

import duckdb

from data.derive.clocks import default_calendar
from data.schema import FOREVER, VOICE_CHANNELS

# What the source does not date is known with the row.
_LEGS = """
leg AS (
    SELECT *,
        CASE coalesce(outcome, 'answered') WHEN 'answered' THEN answered_at ELSE ended_at END AS left_at,
        coalesce(left_at, CASE WHEN outcome IS NOT NULL THEN offered_at END) AS outcome_at,
        talk_s::BIGINT + hold_s + wrap_s AS handle_s
    FROM interactions
)"""

# UNION, not UNION ALL: legs that are each other's parent end the recursion instead of repeating it.
_TRANSFERS = """
CREATE OR REPLACE TABLE room._transfer AS
WITH RECURSIVE {legs}, step(leg_id, linked_at, ancestor_id) AS (
    SELECT interaction_id, greatest(offered_at, outcome_at), parent_interaction_id FROM leg
    WHERE parent_interaction_id IS NOT NULL AND direction = 'inbound' AND outcome = 'answered'
        AND exclusion IS NULL
    UNION
    SELECT leg_id, greatest(linked_at, offered_at), parent_interaction_id
    FROM step JOIN interactions ON interaction_id = ancestor_id
    WHERE parent_interaction_id IS NOT NULL
)
SELECT leg_id, linked_at, ancestor_id AS root_id FROM step
WHERE ancestor_id IN
    (SELECT interaction_id FROM interactions WHERE parent_interaction_id IS NULL AND direction = 'inbound')
"""

# A contact at the same instant as another is not earlier: the frame is the group of instants before it.
_INTERACTIONS = """
WITH {legs}, opening AS (
    SELECT leg.*, local_time(offered_at) AS offered_local,
        greatest(offered_at, coalesce(least(answered_at, outcome_at), $forever::TIMESTAMP)) AS queue_left_at,
        coalesce(calendars.calendar_id, $default_calendar) AS calendar_id
    FROM leg LEFT JOIN teams USING (team_id)
    LEFT JOIN (FROM calendars WHERE EXISTS (FROM calendar_hours)) AS calendars USING (calendar_id)
), transferred AS (
    SELECT root_id, min(linked_at) AS transferred_at FROM _transfer GROUP BY root_id
), called_back AS (
    SELECT parent_interaction_id AS root_id, min(greatest(offered_at, outcome_at)) AS called_back_at FROM leg
    WHERE direction = 'outbound' AND outcome = 'answered' AND exclusion IS NULL
    GROUP BY parent_interaction_id
), earlier AS (
    SELECT interaction_id AS root_id, max(offered_at) OVER (
        PARTITION BY customer_id, request_type ORDER BY offered_at GROUPS BETWEEN 1 PRECEDING AND 1 PRECEDING
    ) AS previous_contact_at
    FROM interactions
    WHERE direction = 'inbound' AND parent_interaction_id IS NULL AND exclusion IS NULL AND customer_id IS NOT NULL
    QUALIFY previous_contact_at IS NOT NULL
)
SELECT
    interaction_id, parent_interaction_id, ticket_id, customer_id, channel, direction,
    channel IN {voice} AS voice, team_id, agent_id, request_type, offered_at,
    offered_local::DATE AS offered_on, hour(offered_local) AS offered_hour,
    hour(offered_local) * 2 + minute(offered_local) // 30 AS offered_half_hour,
    CASE WHEN l.calendar_id IS NOT NULL THEN coalesce(offered_at < close_at, false) END AS in_hours,
    answered_at, ended_at, outcome, outcome_at,
    floor((epoch_us(left_at) - epoch_us(offered_at)) / 1000000)::BIGINT AS wait_s,
    queue_left_at, local_time(queue_left_at)::DATE AS queue_left_on,
    ended_at + to_seconds(coalesce(wrap_s, 0)) AS completed_at,
    handle_s, handle_s - wrap_s AS communication_s, handle_s - communication_s AS after_call_s,
    transferred_at, called_back_at, previous_contact_at, converted, repeat_reason, exclusion
FROM opening l
LEFT JOIN transferred ON transferred.root_id = interaction_id
LEFT JOIN called_back ON called_back.root_id = interaction_id
LEFT JOIN earlier ON earlier.root_id = interaction_id
ASOF LEFT JOIN opening_ranges o ON o.calendar_id = l.calendar_id AND offered_at >= open_at
"""

# A contact is finished anew after each leg picked up late: stretch n holds the first leg and n others.
_HANDLED = """
WITH root AS (
    FROM interaction_facts
    WHERE direction = 'inbound' AND parent_interaction_id IS NULL AND outcome = 'answered' AND completed_at IS NOT NULL
), part AS (
    SELECT interaction_id AS root_id, '' AS leg_id, greatest(offered_at, outcome_at) AS linked_at,
        completed_at, handle_s, communication_s
    FROM root SEMI JOIN _transfer ON root_id = interaction_id
    UNION ALL
    SELECT root_id, leg_id, linked_at, completed_at, handle_s, communication_s
    FROM _transfer JOIN interaction_facts ON interaction_id = leg_id
), stretch AS (
    SELECT root_id,
        CASE WHEN count(*) OVER upto = count(completed_at) OVER upto
            THEN greatest(max(completed_at) OVER upto, max(linked_at) OVER upto) END AS from_at,
        coalesce(lead(linked_at) OVER in_order, $forever::TIMESTAMP) AS to_at,
        count(*) OVER upto = count(handle_s) OVER upto AS timed,
        CASE WHEN timed THEN sum(handle_s) OVER upto END AS handle_s,
        CASE WHEN timed THEN sum(communication_s) OVER upto END AS communication_s
    FROM part
    WINDOW in_order AS (PARTITION BY root_id ORDER BY leg_id <> '', linked_at, leg_id),
        upto AS (PARTITION BY root_id ORDER BY leg_id <> '', linked_at, leg_id ROWS UNBOUNDED PRECEDING)
)
SELECT
    interaction_id, channel, team_id, agent_id, request_type, offered_at, offered_on, offered_hour,
    offered_half_hour, exclusion,
    CASE WHEN root_id IS NULL THEN greatest(offered_at, outcome_at, completed_at) ELSE from_at END AS from_at,
    coalesce(to_at, $forever::TIMESTAMP) AS to_at,
    CASE WHEN root_id IS NULL THEN root.handle_s ELSE stretch.handle_s END AS handle_s,
    CASE WHEN root_id IS NULL THEN root.communication_s ELSE stretch.communication_s END AS communication_s,
    CASE WHEN root_id IS NULL THEN after_call_s ELSE stretch.handle_s - stretch.communication_s END AS after_call_s
FROM root LEFT JOIN stretch ON root_id = interaction_id
WHERE root_id IS NULL OR from_at < to_at
"""


def stage_transfers(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `_transfer` (leg_id, linked_at, root_id): the answered inbound legs of each contact, transfers of transfers
    included, with the instant from which each is known to be one."""
    con.execute(_TRANSFERS.format(legs=_LEGS))


def interaction_facts(con: duckdb.DuckDBPyConnection) -> tuple[str, dict[str, str | None]]:
    """The query of `interaction_facts`, and its parameters. Needs `opening_ranges` and `_transfer`."""
    query = _INTERACTIONS.format(legs=_LEGS, voice=VOICE_CHANNELS)
    return query, {"default_calendar": default_calendar(con), "forever": FOREVER}


def handled_contacts() -> tuple[str, dict[str, str]]:
    """The query of `handled_contacts`, and its parameters. Needs `interaction_facts` and `_transfer`."""
    return _HANDLED, {"forever": FOREVER}
