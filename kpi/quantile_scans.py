"""Statements of the order statistics that quantiles and their intervals are made of. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from kpi.compiler import Ask, Cell, Scan, filler, group_keys, in_period, scan_of, what_is_read
from kpi.fragments import Filler, literal
from kpi.known import Moment
from kpi.measures import Quantile
from kpi.model import Query
from kpi.shapes import grouped, written

Ranks = Mapping[str, int]
"""Name -> rank of an order statistic, from 1."""


def interval_total_scan(
    asks: Sequence[Ask], query: Query, moment: Moment, ranks: Mapping[str, tuple[int, Ranks]]
) -> Scan:
    """Order statistics of the pooled total: `ranks` maps a KPI to how many values it has and to the ranks asked."""
    first = asks[0]
    fill = filler(first, query, moment)
    fractions: dict[str, list[float]] = {}
    cells: dict[str, dict[str, Cell]] = {}
    for ask in asks:
        assert isinstance(ask.measure, Quantile)
        own = fractions.setdefault(ask.measure.kept, [])
        n, named = ranks[ask.kpi.id]
        # quantile_disc returns the ceil(fraction * n)-th value, so half a rank below is exact.
        found = {name: (max(rank, 1) - 0.5) / n for name, rank in named.items()}
        own += [fraction for fraction in found.values() if fraction not in own]
        column = list(fractions).index(ask.measure.kept)
        cells[ask.kpi.id] = {name: Cell(column, own.index(fraction)) for name, fraction in found.items()}
    values = [fill(kept) for kept in fractions]
    conditions = in_period(first.time, query.period, moment, fill) if first.time and query.period else []
    read = what_is_read(first, query, moment, fill, conditions, values)
    columns = (
        f"QUANTILE_DISC({text}, [{', '.join(map(repr, own))}]) AS part_{i}"
        for i, (text, own) in enumerate(zip(written(values), fractions.values(), strict=True))
    )
    return scan_of(f"SELECT {', '.join(columns)} {read.text()}", [], cells)


def interval_rows_scan(
    asks: Sequence[Ask], query: Query, moment: Moment, ranks: Mapping[str, Mapping[int, tuple[int, int]]]
) -> Scan:
    """Order statistics of each group: `ranks` maps a KPI to {n: (lower rank, upper rank)}, 0 when there is none."""
    first = asks[0]
    fill = filler(first, query, moment)
    keys = group_keys(first, query, fill)
    lists = [exp.func("LIST_SORT", _values(ask, fill)) for ask in asks]
    conditions = in_period(first.time, query.period, moment, fill) if first.time and query.period else []
    read = what_is_read(first, query, moment, fill, conditions, keys)
    inner = grouped(read.select(), keys, lists, totals=False)
    names = [f"key_{i}" for i in range(len(keys))]
    outer = exp.select(*names, "total").from_(inner.subquery("g"))
    cells: dict[str, dict[str, Cell]] = {}
    columns: list[exp.Expr] = []
    for i, ask in enumerate(asks):
        rows = [
            exp.Tuple(expressions=[literal(n), literal(lower), literal(upper)])
            for n, (lower, upper) in ranks[ask.kpi.id].items()
        ]
        table = exp.values(rows, alias=f"r{i}", columns=["n", "lower_rank", "upper_rank"])
        size = exp.func("LEN", exp.column(f"part_{i}", table="g"))
        outer = outer.join(table, on=exp.column("n", table=f"r{i}").eq(size), join_type="left")
        cells[ask.kpi.id] = {}
        for side in ("lower", "upper"):
            rank = exp.column(f"{side}_rank", table=f"r{i}")
            cells[ask.kpi.id][side] = Cell(len(columns))
            columns.append(exp.func("LIST_EXTRACT", exp.column(f"part_{i}", table="g"), rank))
    outer = outer.select(*(exp.alias_(column, f"bound_{i}") for i, column in enumerate(columns)))
    return Scan(outer.sql("duckdb"), len(keys), cells)


def _values(ask: Ask, fill: Filler) -> exp.Expr:
    """The valid values of a group as a list; filtered, since LIST() would keep the NULLs."""
    assert isinstance(ask.measure, Quantile)
    values = exp.Anonymous(this="LIST", expressions=[fill(ask.measure.x)])
    return exp.Filter(this=values, expression=exp.Where(this=fill(ask.measure.counted())))
