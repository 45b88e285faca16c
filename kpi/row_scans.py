"""Statements of the rows behind a figure: themselves, how they spread, why some are left out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlglot import exp

from kpi.compiler import Ask, Scan, filler, in_period, scan_of, stock_instant, what_is_read
from kpi.fragments import FACT, Filler, instant, literal
from kpi.known import Moment, standing
from kpi.measures import Stock, StockQuantile, StockShares
from kpi.model import Query
from kpi.shapes import grouped
from kpi.stock_scans import span

Which = Literal["counted", "missed", "left_out"]
Between = tuple[int, int | None]
"""Seconds: the first included, the last not; None is without end."""
REASON = "left_out_because"
"""Column of the rows left out."""
DURATION = "duration_s"
"""Column of the longest rows."""


def rows_select(
    ask: Ask,
    query: Query,
    moment: Moment,
    limit: int | None,
    which: Which = "counted",
    oldest_first: bool = False,
    because: str | None = None,
) -> exp.Select:
    """The rows that a KPI counts, those of them that miss it, or those placed like them that it leaves out, each
    with the reason; of one reason when `because` names it."""
    fill, conditions, order = _selection(ask, query, moment)
    if which == "left_out":
        return _left_out(ask, query, moment, limit, because)
    condition = ask.measure.counted() if which == "counted" else ask.measure.missed()
    if condition != "TRUE":
        conditions.append(fill(condition))
    moving = [exp.column(name, table=FACT) for name in ask.dataset.moving]
    shown = [exp.alias_(fill(sql), name) for name, sql in ask.kpi.reads.items()]
    read = what_is_read(ask, query, moment, fill, conditions, (*moving, *shown))
    select = read.select(exp.Column(this=exp.Star(), table=exp.to_identifier(FACT)), *shown)
    select = select.order_by(exp.Ordered(this=fill("created_at") if oldest_first else order, desc=not oldest_first))
    return select.limit(limit) if limit is not None else select


def longest_select(
    ask: Ask, query: Query, moment: Moment, limit: int | None, between: Between | None = None
) -> exp.Select:
    """The rows that a KPI counts, the longest spread first, with its seconds in `duration_s`; those of a class of
    `histogram_scan` when `between` names it."""
    fill, _, _ = _selection(ask, query, moment)
    seconds = fill(f"({ask.kpi.spread})")
    select = rows_select(ask, query, moment, None).select(exp.alias_(seconds.copy(), DURATION))
    if between is not None:
        low, high = between
        select = select.where(seconds.copy() >= low)
        select = select if high is None else select.where(seconds.copy() < high)
    select = select.order_by(exp.Ordered(this=seconds, desc=True, nulls_first=False), append=False)
    return select.limit(limit) if limit is not None else select


def _left_out(ask: Ask, query: Query, moment: Moment, limit: int | None, because: str | None) -> exp.Select:
    fill, conditions, order = _selection(ask, query, moment)
    reason = fill(_reason(ask))
    moving = [exp.column(name, table=FACT) for name in ask.dataset.moving]
    conditions.append(reason.copy().eq(because) if because else reason.copy().neq("counted"))
    read = what_is_read(ask, query, moment, fill, conditions, (*moving, reason), everything=True)
    star = exp.Column(this=exp.Star(), table=exp.to_identifier(FACT))
    select = read.select(exp.alias_(reason, REASON), star)
    select = select.order_by(exp.Ordered(this=order, desc=True))
    return select.limit(limit) if limit is not None else select


def waterfall_scan(ask: Ask, query: Query, moment: Moment) -> Scan:
    """How many of the rows placed in the period (or standing at the instant) are counted, and how many are left out
    by each reason. One row a reason."""
    fill, conditions, _ = _selection(ask, query, moment)
    reason = fill(_reason(ask))
    read = what_is_read(ask, query, moment, fill, conditions, [reason], everything=True)
    select = grouped(read.select(), [reason], [fill("COUNT(*)")], totals=False)
    return scan_of(select.sql("duckdb"), [reason], {})


def _reason(ask: Ask) -> str:
    """SQL of `counted`, or of why a row is not: the exclusion's own word, not_yet, outside, missing, invalid, open,
    undecided. The first that holds."""
    whens = []
    if "exclusion" in ask.dataset.base:
        whens.append("WHEN exclusion IS NOT NULL THEN exclusion")
    whens.append(f"WHEN NOT COALESCE({ask.dataset.base}, FALSE) THEN 'not_yet'")
    whens.append(f"WHEN NOT COALESCE({ask.where}, FALSE) THEN 'outside'")
    whens.append(f"WHEN COALESCE({ask.measure.counted()}, FALSE) THEN 'counted'")
    whens += [f"WHEN {condition} THEN '{reason}'" for reason, condition in ask.measure.uncounted().items()]
    return f"CASE {' '.join(whens)} ELSE 'undecided' END"


def histogram_scan(ask: Ask, query: Query, moment: Moment, edges: Sequence[int]) -> Scan:
    """How many rows have a spread in [edge, next edge); the last class is open, below the first is left out."""
    fill, conditions, _ = _selection(ask, query, moment)
    spread = f"({ask.kpi.spread})"
    columns = [
        fill(f"COUNT(*) FILTER (WHERE {spread} >= {low}" + (f" AND {spread} < {high})" if high is not None else ")"))
        for low, high in zip(edges, (*edges[1:], None), strict=True)
    ]
    read = what_is_read(ask, query, moment, fill, conditions, columns)
    return scan_of(grouped(read.select(), [], columns, totals=False).sql("duckdb"), [], {})


def _selection(ask: Ask, query: Query, moment: Moment) -> tuple[Filler, list[exp.Expr], exp.Expr]:
    """The filler, the conditions of time and the time column of a KPI's rows."""
    if isinstance(ask.measure, Stock | StockQuantile | StockShares):
        at, left = stock_instant(query, moment)
        fill = filler(ask, query, moment, at)
        enters, leaves = span(ask, fill)
        return fill, standing(enters, leaves, instant(at), left), enters.copy()
    fill = filler(ask, query, moment)
    conditions = in_period(ask.time, query.period, moment, fill) if ask.time and query.period else []
    return fill, conditions, fill(ask.time.at) if ask.time else literal(1)
