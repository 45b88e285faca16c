"""Tickets: from the canonical tables to `ticket_states`, `ticket_resolutions`, `sla_clocks`, `ticket_facts`.

DuckDB orders what happened to each ticket and writes the tables; between the two, chunks of tickets become
arrays, because business hours are arithmetic and not joins.
"""

from __future__ import annotations

import duckdb
import numpy as np

from data.derive.arrays import (
    clock_columns,
    fetch,
    resolution_columns,
    response_columns,
    state_columns,
    write,
)
from data.derive.clocks import Clocks, team_clocks
from data.derive.sla import METRICS, Policy, Vocabulary, read_policies, stretches_of
from data.derive.states import MISSING, Kind, Marks, Tickets, resolutions_of, states_of
from data.schema import FOREVER, STATUSES, UNRESOLVED_STATUSES, VOICE_CHANNELS

CHUNK = 500_000
"""Tickets turned into arrays at a time."""

_KINDS = {"status": Kind.STATUS, "priority": Kind.PRIORITY, "team": Kind.TEAM, "agent": Kind.AGENT}

_WORDS = """
CREATE OR REPLACE TABLE room._word AS
WITH seen(kind, value) AS (
    SELECT event_type, unnest([from_value, to_value]) FROM ticket_events WHERE event_type IN {kinds}
    UNION ALL SELECT 'agent', agent_id FROM ticket_events WHERE event_type = 'status' AND actor = 'agent'
    UNION ALL SELECT 'agent', agent_id FROM tickets
    UNION ALL SELECT 'team', team_id FROM tickets
    UNION ALL SELECT 'team', team_id FROM teams
    UNION ALL SELECT 'priority', priority FROM tickets
    UNION ALL SELECT 'channel', channel FROM tickets
    UNION ALL SELECT 'status', unnest({statuses})
)
SELECT kind, value, row_number() OVER (PARTITION BY kind ORDER BY value) AS code
FROM (SELECT DISTINCT kind, value FROM seen WHERE value IS NOT NULL)
UNION ALL SELECT unnest(['status', 'priority', 'channel', 'team', 'agent']), NULL, 0
"""

_TICKETS = """
CREATE OR REPLACE TABLE room._ticket AS
WITH reply AS (
    SELECT ticket_id, min(event_at) AS replied_at FROM ticket_events
    WHERE event_type = 'public_reply' AND actor = 'agent' GROUP BY ticket_id
), moved AS (
    SELECT DISTINCT ticket_id FROM ticket_events WHERE event_type = 'status'
)
SELECT
    (row_number() OVER (ORDER BY t.created_at, t.ticket_id) - 1)::INTEGER AS ticket_no,
    t.* EXCLUDE (first_response_at, exclusion),
    coalesce(replied_at, t.first_response_at) AS first_response_at,
    moved.ticket_id IS NOT NULL AS has_history,
    coalesce(exclusion, CASE WHEN merged_into_ticket_id IS NOT NULL THEN 'merged' END) AS exclusion
FROM {wanted} t LEFT JOIN reply USING (ticket_id) LEFT JOIN moved USING (ticket_id)
ORDER BY ticket_no
"""

# UNION, not UNION ALL: tickets merged into each other end the recursion instead of repeating it; they survive nowhere.
_MERGED = """
CREATE OR REPLACE TABLE room._merged AS
WITH RECURSIVE merged AS (
    SELECT ticket_id, merged_into_ticket_id AS into_id FROM tickets WHERE merged_into_ticket_id IS NOT NULL
), step AS (
    FROM merged
    UNION
    SELECT step.ticket_id, merged.into_id FROM step JOIN merged ON merged.ticket_id = step.into_id
)
SELECT ticket_id, into_id AS survivor_id FROM step
WHERE into_id NOT IN (SELECT ticket_id FROM merged)
"""

_EVENTS = """
CREATE OR REPLACE TABLE room._event AS
SELECT
    ticket_no, event_at, seq, event_id, {kind} AS kind,
    coalesce(old.code, 0) AS before, coalesce(new.code, 0) AS after, coalesce(who.code, 0) AS resolver
FROM ticket_events e
JOIN _ticket USING (ticket_id)
LEFT JOIN _word old ON old.kind = event_type AND old.value = from_value
LEFT JOIN _word new ON new.kind = event_type AND new.value = to_value
LEFT JOIN _word who ON who.kind = 'agent' AND who.value = e.agent_id
    AND event_type = 'status' AND actor = 'agent'
WHERE event_type IN {kinds}
"""

_CHUNK_TICKETS = """
SELECT
    epoch_us(created_at) AS created_us,
    coalesce(epoch_us(first_response_at), {missing}) AS response_us,
    (local_time(created_at)::DATE - DATE '1970-01-01')::BIGINT AS created_on,
    initiated_by = 'customer' AS from_customer,
    t.channel IN {voice} AS voice,
    coalesce(NOT has_history AND resolved_at < created_at, false) AS invalid,
    coalesce(c.code, 0) AS channel, coalesce(p.code, 0) AS priority,
    coalesce(m.code, 0) AS team, coalesce(a.code, 0) AS agent
FROM _ticket t
LEFT JOIN _word c ON c.kind = 'channel' AND c.value = t.channel
LEFT JOIN _word p ON p.kind = 'priority' AND p.value = t.priority
LEFT JOIN _word m ON m.kind = 'team' AND m.value = t.team_id
LEFT JOIN _word a ON a.kind = 'agent' AND a.value = t.agent_id
WHERE ticket_no >= $first AND ticket_no < $end
ORDER BY ticket_no
"""

# Kinds are the numbers of `Kind`. At one instant the creation comes first, then the events in their order,
# then what only a column of the ticket says.
_CHUNK_MARKS = """
WITH t AS (FROM _ticket WHERE ticket_no >= $first AND ticket_no < $end),
mark AS (
    SELECT ticket_no, created_at AS mark_at, created_at AS true_at, 0 AS step, 0 AS seq, '' AS event_id,
        0 AS kind, 0 AS before, 0 AS after, 0 AS resolver
    FROM t
    UNION ALL
    SELECT ticket_no, greatest(event_at, created_at), event_at, 1, seq, event_id,
        kind, before, after, resolver
    FROM _event JOIN t USING (ticket_no)
    WHERE ticket_no >= $first AND ticket_no < $end
    UNION ALL
    SELECT ticket_no, greatest(resolved_at, created_at), resolved_at, 2, 0, '', 1, 0, $solved, 0
    FROM t WHERE resolved_at IS NOT NULL AND NOT has_history
    UNION ALL
    SELECT ticket_no, greatest(first_response_at, created_at), first_response_at, 3, 0, '', 5, 0, 0, 0
    FROM t WHERE first_response_at IS NOT NULL
)
SELECT
    (ticket_no - $first)::BIGINT AS ticket, epoch_us(mark_at) AS at_us, epoch_us(true_at) AS true_us,
    kind::BIGINT AS kind, before::BIGINT AS before, after::BIGINT AS after, resolver::BIGINT AS resolver
FROM mark
ORDER BY ticket_no, mark_at, step, true_at, seq, event_id
"""

_STAGING = """
CREATE OR REPLACE TABLE room._state (
    ticket_no INTEGER, ordinal INTEGER, from_at TIMESTAMP, to_at TIMESTAMP, status SMALLINT,
    unresolved BOOLEAN, answered BOOLEAN, entered TINYINT, priority SMALLINT, team INTEGER, agent INTEGER);
CREATE OR REPLACE TABLE room._resolution (
    ticket_no INTEGER, resolution_no INTEGER, resolved_at TIMESTAMP, reopened_at TIMESTAMP,
    resolution_s BIGINT, resolution_business_s BIGINT, business_new_s BIGINT, business_open_s BIGINT,
    business_pending_s BIGINT, business_on_hold_s BIGINT, priority SMALLINT, team INTEGER, agent INTEGER);
CREATE OR REPLACE TABLE room._clock (
    ticket_no INTEGER, metric TEXT, ordinal INTEGER, from_at TIMESTAMP, to_at TIMESTAMP, phase TEXT,
    policy_id TEXT, target_s BIGINT, elapsed_s BIGINT, due_at TIMESTAMP, at_risk_from_at TIMESTAMP,
    at_risk_to_at TIMESTAMP, breach_known_at TIMESTAMP, priority SMALLINT, team INTEGER, agent INTEGER);
CREATE OR REPLACE TABLE room._response (ticket_no INTEGER, business_s BIGINT);
"""


_TICKET_COLUMNS = """
    t.ticket_id, t.created_at, t.channel, t.initiated_by, t.ticket_type, t.request_type, t.product,
    t.customer_id, t.exclusion"""

_WITH_WORDS = """
    JOIN _ticket t USING (ticket_no)
    JOIN (FROM _word WHERE kind = 'priority') p ON p.code = x.priority
    JOIN (FROM _word WHERE kind = 'team') m ON m.code = x.team
    JOIN (FROM _word WHERE kind = 'agent') a ON a.code = x.agent"""

_MOVING_COLUMNS = "p.value AS priority, m.value AS team_id, a.value AS agent_id"

# A stretch of a clock begins and ends with states: each unresolved state lies in one, or in none.
_STATES = """
WITH clock AS (FROM _clock WHERE metric = 'resolution' AND phase <> 'done'),
timed AS (
    SELECT x.*, c.phase, c.at_risk_from_at, c.at_risk_to_at, c.breach_known_at,
        unresolved AND coalesce(c.to_at > x.from_at, false) AS on_clock
    FROM _state x ASOF LEFT JOIN clock c ON c.ticket_no = x.ticket_no AND c.from_at <= x.from_at
)
SELECT {ticket}, {moving}, ordinal, from_at, to_at, local_time(from_at)::DATE AS from_on,
    hour(local_time(from_at)) AS from_hour, local_time(to_at)::DATE AS to_on, s.value AS status, unresolved, answered,
    ['created', 'resolved', 'reopened', 'changed'][entered + 1] AS entered,
    CASE WHEN on_clock THEN phase END AS sla_phase,
    CASE WHEN on_clock THEN at_risk_from_at END AS sla_at_risk_from_at,
    CASE WHEN on_clock THEN at_risk_to_at END AS sla_at_risk_to_at,
    CASE WHEN on_clock THEN breach_known_at END AS sla_breach_known_at
FROM timed x {words} JOIN (FROM _word WHERE kind = 'status') s ON s.code = x.status
"""

_RESOLUTIONS = """
WITH counted AS (
    SELECT ticket_no, resolution_no, count(*) AS contacts
    FROM _resolution JOIN _ticket USING (ticket_no) JOIN _contact USING (ticket_id)
    WHERE came_at <= _resolution.resolved_at GROUP BY ALL
)
SELECT {ticket}, {moving}, x.* EXCLUDE (ticket_no, priority, team, agent),
    local_time(x.resolved_at)::DATE AS resolved_on, hour(local_time(x.resolved_at)) AS resolved_hour,
    nullif(coalesce(t.contact_count, contacts), 0) AS contacts
FROM _resolution x {words} LEFT JOIN counted USING (ticket_no, resolution_no)
"""

# What was picked up, then finished, cuts the time during which a ticket stays resolved. An interaction whose source
# does not date the pick-up is picked up when it comes.
_HANDLING = """
WITH resolved AS (
    SELECT r.*, greatest(r.resolved_at, created_at) AS since_at FROM _resolution r JOIN _ticket USING (ticket_no)
), leg AS (
    SELECT ticket_no, greatest(offered_at, coalesce(answered_at, offered_at)) AS picked_up_at,
        ended_at + to_seconds(coalesce(wrap_s, 0)) AS completed_at, talk_s::BIGINT + hold_s + wrap_s AS handle_s
    FROM (FROM interactions LEFT JOIN _merged USING (ticket_id)) i
    JOIN _ticket ON _ticket.ticket_id = coalesce(survivor_id, i.ticket_id)
    WHERE outcome = 'answered' AND i.exclusion IS NULL
), change AS (
    SELECT ticket_no, picked_up_at AS since_at, 1 AS picked_up, 0 AS timed, 0 AS handle_s FROM leg
    UNION ALL
    SELECT ticket_no, greatest(picked_up_at, completed_at), 0, 1, handle_s FROM leg
    WHERE completed_at IS NOT NULL AND handle_s IS NOT NULL
    UNION ALL
    SELECT ticket_no, since_at, 0, 0, 0 FROM resolved
), moment AS (
    SELECT ticket_no, since_at, sum(picked_up) AS picked_up, sum(timed) AS timed, sum(handle_s) AS handle_s
    FROM change GROUP BY ALL
), so_far AS (
    SELECT ticket_no, since_at, lead(since_at) OVER following AS next_at, sum(picked_up) OVER following AS picked_up,
        sum(timed) OVER following AS timed, sum(handle_s) OVER following AS handle_s
    FROM moment WINDOW following AS (PARTITION BY ticket_no ORDER BY since_at)
)
SELECT {ticket}, {moving}, so_far.since_at AS from_at, least(x.reopened_at, so_far.next_at) AS to_at, x.resolved_at,
    local_time(x.resolved_at)::DATE AS resolved_on, hour(local_time(x.resolved_at)) AS resolved_hour,
    CASE WHEN so_far.timed = so_far.picked_up AND so_far.timed > 0 THEN so_far.handle_s END AS handle_s
FROM resolved x {words}
JOIN so_far ON so_far.ticket_no = x.ticket_no AND so_far.since_at >= x.since_at AND so_far.since_at < x.reopened_at
"""

_CLOCKS = """
SELECT {ticket}, {moving}, x.* EXCLUDE (ticket_no, priority, team, agent),
    local_time(due_at)::DATE AS due_on, hour(local_time(due_at)) AS due_hour,
    CASE phase WHEN 'done' THEN due_at ELSE '{forever}' END AS settles_at
FROM _clock x {words}
"""

_FACTS = """
WITH first_resolution AS (FROM _resolution WHERE resolution_no = 1)
SELECT {ticket}, t.priority, t.team_id, t.agent_id, t.status, t.first_response_at,
    local_time(t.created_at)::DATE AS created_on, hour(local_time(t.created_at)) AS created_hour,
    local_time(t.first_response_at)::DATE AS first_response_on,
    hour(local_time(t.first_response_at)) AS first_response_hour,
    (epoch_us(t.first_response_at) - epoch_us(t.created_at)) // 1000000 AS first_response_s,
    business_s AS first_response_business_s, f.resolved_at AS first_resolved_at,
    t.created_at + INTERVAL 14 DAY AS fcr_mature_at, coalesce(fcr, false) AS fcr
FROM _ticket t
LEFT JOIN _response USING (ticket_no)
LEFT JOIN first_resolution f USING (ticket_no)
LEFT JOIN _fcr USING (ticket_no)
"""

QUERIES = {
    table: query.format(ticket=_TICKET_COLUMNS.strip(), moving=_MOVING_COLUMNS, words=_WITH_WORDS, forever=FOREVER)
    for table, query in {
        "ticket_states": _STATES,
        "ticket_resolutions": _RESOLUTIONS,
        "ticket_handling": _HANDLING,
        "sla_clocks": _CLOCKS,
        "ticket_facts": _FACTS,
    }.items()
}
"""The query of each table, over the staging tables (and those of `stage_fcr`)."""


def stage_tickets(con: duckdb.DuckDBPyConnection, clocks: Clocks, chunk: int = CHUNK, wanted: str = "tickets") -> None:
    """Fill the staging tables `_ticket`, `_merged`, `_word`, `_state`, `_resolution`, `_clock` and `_response`; all but
    `_merged` with the tickets of the relation `wanted` alone."""
    number = "CASE event_type " + " ".join(f"WHEN '{k}' THEN {v.value}" for k, v in _KINDS.items()) + " END"
    con.execute(_WORDS.format(kinds=tuple(_KINDS), statuses=list(STATUSES)))
    con.execute(_TICKETS.format(wanted=wanted))
    con.execute(_MERGED)
    con.execute(_EVENTS.format(kind=number, kinds=tuple(_KINDS)))
    con.execute(_STAGING)
    words, policies = _vocabulary(con, clocks), read_policies(con)
    row = con.execute("SELECT count(*) FROM _ticket").fetchone()
    for first in range(0, row[0] if row else 0, chunk):
        _stage_chunk(con, first, first + chunk, words, policies, clocks)


def _stage_chunk(
    con: duckdb.DuckDBPyConnection,
    first: int,
    end: int,
    words: Vocabulary,
    policies: list[Policy],
    clocks: Clocks,
) -> None:
    code = {status: words.statuses.index(status) for status in STATUSES}
    bounds = {"first": first, "end": end}
    tickets = Tickets(**fetch(con, _CHUNK_TICKETS.format(missing=MISSING, voice=VOICE_CHANNELS), bounds))
    marks = Marks(**fetch(con, _CHUNK_MARKS, {**bounds, "solved": code["solved"]}))
    resolved = np.array([code[status] for status in STATUSES if status not in UNRESOLVED_STATUSES])
    timed = {status: code[status] for status in UNRESOLVED_STATUSES}

    states, state_of_mark = states_of(tickets, marks, code["open"], resolved)
    write(con, "_state", first, state_columns(states))

    clock = words.duration_clock[states.team]
    resolutions = resolutions_of(tickets, states, clock, clocks, timed)
    write(con, "_resolution", first, resolution_columns(resolutions))

    answer = state_of_mark[marks.kind == Kind.RESPONSE]
    write(con, "_response", first, response_columns(tickets, states.ticket[answer], clock[answer], clocks))

    for metric in METRICS:
        stretches = stretches_of(metric, tickets, states, policies, words, clocks)
        if stretches is not None:
            write(con, "_clock", first, clock_columns(stretches, metric, policies))


def _vocabulary(con: duckdb.DuckDBPyConnection, clocks: Clocks) -> Vocabulary:
    rows = con.execute("SELECT kind, value FROM _word ORDER BY kind, code").fetchall()
    texts: dict[str, list[str | None]] = {kind: [v for k, v in rows if k == kind] for kind in dict(rows)}
    duration, promise = team_clocks(con, clocks, texts["team"])
    return Vocabulary(
        statuses=texts["status"],
        priorities=texts["priority"],
        channels=texts["channel"],
        teams=texts["team"],
        duration_clock=duration,
        promise_clock=promise,
    )
