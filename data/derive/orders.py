"""The order desk: from orders, lines and disputes to `order_facts`, `order_line_facts`, `dispute_facts`."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from data.business_hours import NEVER, SECOND, Durations, Flags, Instants
from data.derive.arrays import fetch
from data.derive.clocks import ClockIds, Clocks, team_clocks
from data.derive.sla import Policy, clock_of, read_policies, version_days
from data.derive.states import MISSING, Codes
from data.schema import FOREVER

METRIC = "order_processing"

# A kind of order is what a policy selects on, but for its date.
_ORDERS = """
CREATE OR REPLACE TABLE room._order AS
SELECT
    row_number() OVER (ORDER BY received_at, order_id) - 1 AS order_no,
    dense_rank() OVER (ORDER BY channel, priority, team_id) - 1 AS kind,
    o.* REPLACE (coalesce(o.organisation, t.organisation) AS organisation),
    local_time(received_at)::DATE AS received_on
FROM orders o LEFT JOIN teams t USING (team_id)
"""

_KINDS = "SELECT DISTINCT kind, channel, priority, team_id FROM _order ORDER BY kind"

_ARRAYS = """
SELECT
    kind, (received_on - DATE '1970-01-01')::BIGINT AS received_on, epoch_us(received_at) AS received_us,
    coalesce(epoch_us(decided_at), $missing) AS decided_us
FROM _order ORDER BY order_no
"""

_CLOCKS = """
CREATE OR REPLACE TABLE room._order_clock AS
SELECT order_no, business_s, policy_id, make_timestamp(due_us) AS due_at,
    make_timestamp(breach_known_us) AS breach_known_at
FROM _arrays
"""

_DIMENSIONS = "channel, priority, team_id, organisation, agent_id, touchless, customer_id"

_ORDER_FACTS = f"""
WITH content AS (
    SELECT order_id, count(*) AS lines, bool_and(coalesce(quantity_delivered, 0) >= quantity) AS in_full
    FROM order_lines GROUP BY order_id
), disputed AS (
    SELECT order_id, min(opened_at) AS first_disputed_at FROM disputes
    WHERE exclusion IS NULL AND order_id IS NOT NULL GROUP BY order_id
), waiting AS (
    SELECT *, CASE WHEN decided_at IS NULL THEN TIMESTAMP '{FOREVER}' ELSE greatest(decided_at, received_at) END
        AS pending_to_at
    FROM _order
)
SELECT
    order_id, {_DIMENSIONS}, received_at, received_on,
    decided_at, local_time(decided_at)::DATE AS decided_on, decision,
    pending_to_at, local_time(pending_to_at)::DATE AS pending_to_on,
    (epoch_us(decided_at) - epoch_us(received_at)) // 1000000 AS processing_s,
    business_s AS processing_business_s,
    policy_id, due_at, local_time(due_at)::DATE AS due_on, breach_known_at,
    promised_at, local_time(promised_at)::DATE AS promised_on,
    delivered_at, local_time(delivered_at)::DATE AS delivered_on,
    (epoch_us(delivered_at) - epoch_us(received_at)) // 1000000 AS cycle_s,
    lines, coalesce(in_full, false) AS in_full, first_disputed_at, exclusion
FROM waiting JOIN _order_clock USING (order_no)
LEFT JOIN content USING (order_id)
LEFT JOIN disputed USING (order_id)
"""

_LINE_FACTS = f"""
SELECT
    order_id, line_no, product_id, product_name, quantity, amount_eur, {_DIMENSIONS}, received_at,
    decided_at, local_time(decided_at)::DATE AS decided_on, decision, exclusion
FROM order_lines JOIN _order USING (order_id)
"""

_DISPUTE_FACTS = f"""
WITH dispute AS (
    SELECT *, CASE WHEN resolved_at IS NULL THEN TIMESTAMP '{FOREVER}' ELSE greatest(resolved_at, opened_at) END
        AS open_to_at
    FROM disputes
)
SELECT
    dispute_id, order_id, customer_id, team_id, agent_id, cause, opened_at, local_time(opened_at)::DATE AS opened_on,
    resolved_at, local_time(resolved_at)::DATE AS resolved_on,
    (epoch_us(resolved_at) - epoch_us(opened_at)) // 1000000 AS resolution_s,
    open_to_at, local_time(open_to_at)::DATE AS open_to_on, amount_eur, exclusion
FROM dispute
"""

QUERIES = {"order_facts": _ORDER_FACTS, "order_line_facts": _LINE_FACTS, "dispute_facts": _DISPUTE_FACTS}
"""The query of each table, over the staging tables."""


@dataclass(frozen=True, slots=True)
class _Orders:
    """Parallel arrays; `decided_us` is MISSING while an order waits."""

    kind: Codes
    received_on: Codes
    received_us: Instants
    decided_us: Instants

    @property
    def decided(self) -> Flags:
        return np.asarray(self.decided_us != MISSING)

    @property
    def backwards(self) -> Flags:
        return np.asarray(self.decided & (self.decided_us < self.received_us))


_Kinds = list[tuple[str | None, str | None, str | None]]
"""Channel, priority and team of each kind of order."""


def stage_orders(con: duckdb.DuckDBPyConnection, clocks: Clocks) -> None:
    """Fill the staging tables `_order` and `_order_clock`. Due dates may expand the opening hours further."""
    con.execute(_ORDERS)
    kinds: _Kinds = [row[1:] for row in con.execute(_KINDS).fetchall()]
    orders = _Orders(**fetch(con, _ARRAYS, {"missing": MISSING}))
    duration, promise = team_clocks(con, clocks, [team for _, _, team in kinds])
    policies = [policy for policy in read_policies(con) if policy.metric == METRIC]
    policy, clock = _terms(orders, kinds, promise, policies, clocks)
    due, known = _deadlines(orders, policy, clock, policies, clocks)
    columns = {
        "order_no": pa.array(np.arange(len(orders.kind))),
        "business_s": _numbers(_open_seconds(orders, duration, clocks)),
        "policy_id": pa.array([*(p.policy_id for p in policies), None], pa.string()).take(pa.array(policy)),
        "due_us": _numbers(due),
        "breach_known_us": _numbers(known),
    }
    con.register("_arrays", pa.table(columns))
    con.execute(_CLOCKS)
    con.unregister("_arrays")


def _numbers(values: NDArray[np.int64]) -> pa.Array:
    return pa.array(values, mask=values == MISSING)


def _open_seconds(orders: _Orders, duration_clock: ClockIds, clocks: Clocks) -> Durations:
    """Open seconds from receipt to decision; MISSING while it waits, and if the decision came first."""
    timed = np.flatnonzero(orders.decided & ~orders.backwards)
    spent = np.full(len(orders.kind), MISSING)
    clock = duration_clock[orders.kind[timed]]
    spent[timed] = clocks.business_us(clock, orders.received_us[timed], orders.decided_us[timed]) // SECOND
    return spent


def _terms(
    orders: _Orders, kinds: _Kinds, promise_clock: ClockIds, policies: list[Policy], clocks: Clocks
) -> tuple[Codes, ClockIds]:
    """The policy of each order (one past the last: none) and its clock.

    Looked up once for each kind of order and version of the policies.
    """
    none = len(policies)
    version = np.searchsorted(version_days(policies), orders.received_on, side="right")
    which, seen = pd.factorize(version * len(kinds) + orders.kind)
    sample = np.zeros(len(seen), np.int64)
    sample[which] = np.arange(len(which))
    terms = np.zeros((len(seen), 2), np.int64)
    for n, order in enumerate(sample):
        kind = int(orders.kind[order])
        received_on = np.datetime64(int(orders.received_on[order]), "D").item()
        number = next((i for i, policy in enumerate(policies) if policy.matches(*kinds[kind], received_on)), none)
        policy = policies[number] if number < none else None
        terms[n] = number, clock_of(policy, int(promise_clock[kind]), clocks)
    return np.where(orders.backwards, none, terms[which, 0]), terms[which, 1]


def _deadlines(
    orders: _Orders, policy: Codes, clock: ClockIds, policies: list[Policy], clocks: Clocks
) -> tuple[Instants, Instants]:
    """When each order is due, and the first instant at which it is late; MISSING if never, or not promised.

    Late is a microsecond of running time past due: a clock that stands still at closing time waits for the
    opening, and an order decided meanwhile is in time.
    """
    rows = np.flatnonzero(policy < len(policies))
    clock, received, decided = clock[rows], orders.received_us[rows], orders.decided_us[rows]
    left = np.array([policy.target_s for policy in policies], np.int64)[policy[rows]] * SECOND
    ended = decided != MISSING
    spent = clocks.business_us(clock, received, np.where(ended, decided, received))
    in_time = ended & (spent <= left)
    since = np.where(in_time, decided, received)
    due = clocks.add_us(clock, since, np.where(in_time, left - spent, left))
    again = clocks.next_open(clock, due)
    due_us, known_us = np.full(len(policy), MISSING), np.full(len(policy), MISSING)
    due_us[rows] = np.where(due == NEVER, MISSING, due)
    known_us[rows] = np.where(in_time | (again == NEVER), MISSING, again + 1)
    return due_us, known_us
