"""Statements of stocks: what stands at an instant, at several, and the moves between them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlglot import exp

from kpi.buckets import Reading
from kpi.compiler import (
    Ask,
    Cell,
    Columns,
    Scan,
    bucket,
    dimension,
    filler,
    scan_of,
    stock_instant,
    what_is_read,
)
from kpi.datasets import AGEING, Time
from kpi.fragments import Filler, compared, instant, literal
from kpi.known import Moment, standing
from kpi.measures import Stock, StockQuantile, StockShares
from kpi.model import Query
from kpi.shapes import aggregated, written


def ages(query: Query) -> bool:
    """Whether the question splits a stock by what changes while nothing happens: no moves tell it."""
    return bool(AGEING.keys() & {*query.by, *(f.dimension for f in query.filters)})


def stock_scan(asks: Sequence[Ask], query: Query, moment: Moment) -> Scan:
    """Stocks, their quantiles and their classes at one instant."""
    first = asks[0]
    at, left = stock_instant(query, moment)
    fill = filler(first, query, moment, at)
    keys = [dimension(first, name, fill) for name in query.by]
    columns = Columns(query, moment, at)
    cells = {ask.kpi.id: columns.of(ask) for ask in asks}
    conditions = standing(*span(first, fill), instant(at), left)
    read = what_is_read(first, query, moment, fill, conditions, (*keys, *columns.rows.values()))
    return scan_of(aggregated(read, keys, columns.made(), query.totals), keys, cells)


def span(ask: Ask, fill: Filler) -> tuple[exp.Expr, exp.Expr]:
    """When a row of a stock enters it and leaves it."""
    measure = ask.measure
    assert isinstance(measure, Stock | StockQuantile | StockShares)
    return fill(measure.enters), fill(measure.leaves)


def stock_series_scan(ask: Ask, query: Query, moment: Moment, instants: Sequence[Reading]) -> Scan:
    """Quantiles or classes of a stock at several instants: its rows joined with the instants they span."""
    at = exp.column("at", table="moment")
    fill = filler(ask, query, moment, at)
    keys = [*(dimension(ask, name, fill) for name in query.by), exp.column("bucket", table="moment")]
    columns = Columns(query, moment, at)
    cells = {ask.kpi.id: columns.of(ask)}
    enters, leaves = span(ask, fill)
    last = max(reading.at for reading in instants)
    first = min(reading.at for reading in instants)
    reach = [compared(enters, "<=", instant(last)), compared(leaves, ">=", instant(first))]
    read = what_is_read(ask, query, moment, fill, reach, (*keys, *columns.rows.values()))
    rows = [
        exp.Tuple(expressions=[literal(reading.bucket), instant(reading.at), instant(_read_at(reading))])
        for reading in instants
    ]
    spine = exp.values(rows, alias="moment", columns=["bucket", "at", "read_at"])
    read_at = exp.column("read_at", table="moment")
    spine_text, *stands = written([spine, *standing(enters, leaves, read_at, left=False)])
    joined = replace(read, tables=f"{read.tables} JOIN {spine_text} ON {' AND '.join(stands)}")
    return scan_of(aggregated(joined, keys, columns.made(), totals=False), keys, cells)


def _read_at(reading: Reading) -> datetime:
    """A bucket's end is read as a left limit; `as_of` itself is read as it is."""
    return reading.at - timedelta(microseconds=1) if reading.ended else reading.at


def balance_scan(ask: Ask, query: Query, moment: Moment) -> Scan:
    """Net moves of a stock by bucket, those before the period under a NULL bucket (the opening).

    The period cuts the result, never the events: only rows that left before it starts are skipped, since they
    add nothing to any of its balances.
    """
    assert query.period is not None and query.grain is not None
    measure = ask.measure
    assert isinstance(measure, Stock)
    fill = filler(ask, query, moment)
    moves = [
        _moves(ask, query, moment, fill, Time(measure.enters, measure.enters_on), 1),
        _moves(ask, query, moment, fill, Time(measure.leaves, measure.leaves_on), -1),
    ]
    split = len(query.by)
    names = [f"key_{i}" for i in range(split + 1)]
    # A sum of integers is a HUGEINT, which takes Python ten times as long to read.
    total = exp.cast(exp.func("SUM", exp.column("delta")), "BIGINT")
    select = (
        exp.select(*names, exp.alias_(literal(0), "total"), exp.alias_(total, "part_0"))
        .from_(exp.union(*moves, distinct=False, copy=False).subquery("moves", copy=False), copy=False)
        .group_by(*names, copy=False)
    )
    return Scan(select.sql("duckdb"), split + 1, {ask.kpi.id: {"n": Cell(0)}})


def _moves(ask: Ask, query: Query, moment: Moment, fill: Filler, time: Time, delta: int) -> exp.Select:
    assert query.period is not None and query.grain is not None
    assert isinstance(ask.measure, Stock)
    at, leaves = fill(time.at), fill(ask.measure.leaves)
    keys = [dimension(ask, name, fill) for name in query.by]
    start, end = instant(query.period.start), instant(query.period.end)
    before = compared(at, "<", start)
    keys.append(exp.Case().when(before, exp.null()).else_(bucket(time, query.grain, fill)))
    conditions = [compared(leaves, ">=", start), compared(at, "<", end)]
    if moment.as_of < query.period.end:
        conditions.append(compared(at, "<=", instant(moment.as_of)))
    read = what_is_read(ask, query, moment, fill, conditions, keys)
    named = [exp.alias_(key, f"key_{i}", copy=False) for i, key in enumerate(keys)]
    return read.select(*named, exp.alias_(literal(delta), "delta"))


def split_scan(ask: Ask, query: Query, moment: Moment) -> Scan:
    """The total of a stock by one more column (status), for its `by_<column>` field."""
    measure = ask.measure
    assert isinstance(measure, Stock) and measure.split_by is not None
    split = query.with_(by=(measure.split_by,), totals=False)
    return stock_scan([ask], split, moment)
