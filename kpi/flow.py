"""The flow of the backlog: opening + created + reopened - resolved + transferred = closing, bucket by bucket.

"Created" counts all tickets, not only the customers'; "transferred" is what came in or left because an attribute
that the question filters on (team, priority, agent) changed. A permanent check: without such a filter it is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from kpi import answer as answers
from kpi import catalog, compiler
from kpi.asking import moment_of
from kpi.compiler import Ask
from kpi.datasets import DATASETS
from kpi.engines import DuckDBEngine, Engine
from kpi.figures import keys_of, reader
from kpi.measures import Shares
from kpi.model import Figure, Query, Status
from kpi.noise import Noise, of_points, reaching

_MOVES = Shares(
    (
        ("created", "entered = 'created' AND unresolved"),
        ("reopened", "entered = 'reopened'"),
        ("resolved", "entered = 'resolved'"),
    )
)


@dataclass(frozen=True, slots=True)
class Flow:
    """One bucket of the flow; `key` is its local date (or UTC instant below the day)."""

    key: Any
    opening: int
    created: int
    reopened: int
    resolved: int
    transferred: int
    closing: int

    @property
    def net(self) -> int:
        """What came in less what went out, transfers apart."""
        return self.created + self.reopened - self.resolved


def backlog_flow(query: Query, engine: Engine) -> tuple[Flow, ...]:
    """The flow of `query`'s period by its grain, for its filters. `by` and `kpis` are ignored."""
    asked = query.with_(kpis=("ticket_backlog",), by=(), params=(), totals=True)
    moment = moment_of(asked, engine)
    backlog = answers.answer(asked, engine)["ticket_backlog"]
    if backlog.needs or query.period is None or query.grain is None:
        return ()
    states = DATASETS["ticket_states"]
    ask = Ask(catalog.get("ticket_backlog"), states, "TRUE", _MOVES, states.times["entered"])
    scan = compiler.aggregate_scan([ask], asked, moment)
    read = reader(scan, "ticket_backlog")
    moves = {keys_of(row, scan): read(row) for row in engine.fetch(scan.sql)}
    opening_query = asked.with_(as_of=_just_before(query), period=None, grain=None)
    level = int(answers.answer(opening_query, engine)["ticket_backlog"].total.value or 0)
    flows = []
    for figure in backlog.rows:
        move = moves.get(figure.keys, {})
        created, reopened, resolved = (int(move.get(name) or 0) for name in ("created", "reopened", "resolved"))
        closing = int(figure.value or 0)
        transferred = closing - level - (created + reopened - resolved)
        flows.append(Flow(figure.keys[0], level, created, reopened, resolved, transferred, closing))
        level = closing
    return tuple(flows)


def net_noise(query: Query, engine: DuckDBEngine, changes: Sequence[date] = ()) -> Noise | None:
    """The limits of chance of the nets of `backlog_flow(query)`, as `kpi.noise.of_series` has those of a KPI."""
    wide = reaching(query, engine)
    if wide is None:
        return None
    flows = backlog_flow(wide, engine)
    points = [Figure((flow.key,), flow.net, flow.created + flow.resolved, status=Status.OK) for flow in flows]
    steps_from_zero = {flow.key: 0.0 for flow in flows}
    kpi = catalog.get("ticket_backlog")
    return of_points(query, kpi, points, engine, changes, before=steps_from_zero, signed=True)


def whole(flows: Sequence[Flow]) -> Flow:
    """Consecutive buckets as one: from the first opening to the last closing."""
    created, reopened, resolved, transferred = (
        sum(getattr(flow, move) for flow in flows) for move in ("created", "reopened", "resolved", "transferred")
    )
    return Flow(flows[0].key, flows[0].opening, created, reopened, resolved, transferred, flows[-1].closing)


def _just_before(query: Query) -> datetime:
    """The last instant before the period: the opening is a left limit."""
    assert query.period is not None
    return query.period.start - timedelta(microseconds=1)
