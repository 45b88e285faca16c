"""From a question to SQL statements. Pure: no connection, no clock.

A question about several KPIs becomes as few scans as possible: KPIs of one dataset, one time column and one
population share a statement. Everything a statement returns is a sum, a count or a quantile of one group; the
answer module turns those into figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlglot import exp

from kpi.buckets import Reading
from kpi.datasets import DATASETS, Dataset, Time
from kpi.definition import Kpi
from kpi.fragments import FACT, TEAM, Filler, Substitution, instant, literal
from kpi.known import Moment, source, standing
from kpi.measures import Measure, Part, Quantile, Stock, StockQuantile, StockShares, count
from kpi.model import Grain, Period, Query, Target


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a part stands in a row: its column, and its place in that column when it is a list."""

    column: int
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """One statement. Columns: the keys, a flag that is 1 on the total row (when there are keys), the parts."""

    sql: str
    keys: int
    cells: Mapping[str, Mapping[str, Cell]]
    """KPI -> part -> cell."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One KPI inside a question, with its parameters resolved and its variant chosen."""

    kpi: Kpi
    dataset: Dataset
    where: str
    measure: Measure
    time: Time | None
    params: Mapping[str, Substitution] = field(default_factory=dict)

    @property
    def shares_scan_with(self) -> tuple[Any, ...]:
        return self.dataset.name, self.where, self.time, tuple(sorted(self.params.items(), key=repr))


@dataclass(slots=True)
class _Columns:
    """Collects the parts of a scan: equal row expressions and aggregates are asked once, quantiles of one row
    expression together. A fragment is a fair key, since all parts of a scan are filled with the same values."""

    fill: Filler
    rows: dict[str, exp.Expr] = field(default_factory=dict)
    aggregates: list[exp.Expr] = field(default_factory=list)
    seen: dict[tuple[str, str | None], int] = field(default_factory=dict)
    quantiles: dict[str, list[float]] = field(default_factory=dict)

    def of(self, ask: Ask) -> dict[str, Cell]:
        """The cells of a KPI's parts."""
        return {name: self.add(part) for name, part in ask.measure.parts().items()}

    def add(self, part: Part) -> Cell:
        row = self._row(part.row) if part.row is not None else exp.null()
        if part.quantile is None:
            fill = self.fill.with_(row=row)
            return Cell(self._column((part.aggregate, part.row), lambda: fill(part.aggregate)))
        fractions = self.quantiles.setdefault(part.row or "", [])
        if part.quantile not in fractions:
            fractions.append(part.quantile)
        column = self._column(("quantiles", part.row), exp.null)
        values = exp.array(*(literal(q) for q in fractions))
        self.aggregates[column] = exp.Anonymous(this="QUANTILE_CONT", expressions=[row, values])
        return Cell(column, fractions.index(part.quantile))

    def _row(self, fragment: str) -> exp.Expr:
        if fragment not in self.rows:
            self.rows[fragment] = self.fill(fragment)
        return exp.column(f"row_{list(self.rows).index(fragment)}", table=FACT)

    def _column(self, key: tuple[str, str | None], make: Callable[[], exp.Expr]) -> int:
        if key not in self.seen:
            self.seen[key] = len(self.aggregates)
            self.aggregates.append(make())
        return self.seen[key]


# ---------------------------------------------------------------------------------------------- pieces


def filler(ask: Ask, query: Query, moment: Moment, at: datetime | exp.Expr | None = None) -> Filler:
    """The filler of a KPI's fragments; `at` is the instant at which a stock is read."""
    return Filler(
        {
            **ask.params,
            "as_of": moment.as_of,
            "instant": moment.as_of if at is None else at,
            "threshold_of": threshold_of(query.targets, ask.kpi.id),
        },
        moment.timezone,
    )


def threshold_of(targets: Iterable[Target], kpi_id: str) -> exp.Expr:
    """The promised seconds of a row by the targets of `kpi_id`: CASE over their scopes, the scoped ones first."""
    rows = sorted(
        (t for t in targets if t.kpi_id == kpi_id and t.role == "target" and t.threshold_s is not None),
        key=lambda t: (t.scope_dim is None, t.scope_dim or "", t.scope_value or ""),
    )
    case = exp.Case()
    for target in rows:
        if target.scope_dim is None:
            return case.else_(literal(target.threshold_s)) if case.args.get("ifs") else literal(target.threshold_s)
        alias = TEAM if target.scope_dim in ("site", "organisation") else FACT
        column = exp.column(target.scope_dim, table=alias)
        case = case.when(column.eq(literal(target.scope_value)), literal(target.threshold_s))
    return case if case.args.get("ifs") else exp.cast(exp.null(), "INTEGER")


def dimension(ask: Ask, name: str, fill: Filler) -> exp.Expr:
    """SQL of a dimension of a KPI."""
    if name in ("hour", "weekday") and ask.time is not None:
        return fill(ask.time.hour or "NULL") if name == "hour" else fill(f"ISODOW({ask.time.on})")
    return fill(ask.dataset.dimensions[name])


def bucket(time: Time, grain: Grain, fill: Filler) -> exp.Expr:
    """The time bucket: a local date for days and above, a UTC instant below."""
    if grain is Grain.DAY:
        return fill(time.on)
    if grain is Grain.HOUR:
        return fill(f"DATE_TRUNC('hour', {time.at})")
    if grain is Grain.HALF_HOUR:
        return fill(f"TIME_BUCKET(INTERVAL '30 minutes', {time.at})")
    return fill(f"CAST(DATE_TRUNC('{grain.value}', {time.on}) AS DATE)")


def matches(expression: exp.Expr, values: Sequence[Any]) -> exp.Expr:
    """`expression` is one of `values`, None being NULL."""
    present = [literal(value) for value in values if value is not None]
    conditions: list[exp.Expr] = [expression.copy().isin(*present)] if present else []
    if None in values:
        conditions.append(expression.copy().is_(exp.null()))
    return exp.or_(*conditions) if conditions else exp.false()


def in_period(time: Time, period: Period, moment: Moment, fill: Filler) -> list[exp.Expr]:
    """Rows placed in the period and already known at `as_of`."""
    at = fill(time.at)
    conditions: list[exp.Expr] = [at >= instant(period.start), at.copy() < instant(period.end)]
    if moment.as_of < period.end:
        conditions.append(at.copy() <= instant(moment.as_of))
    return conditions


def stock_instant(query: Query, moment: Moment) -> tuple[datetime, bool]:
    """When a stock is read: the end of the period as a left limit, or `as_of` when it comes first."""
    if query.period is not None and query.period.end <= moment.as_of:
        return query.period.end, True
    return moment.as_of, False


def from_where(
    ask: Ask,
    query: Query,
    moment: Moment,
    fill: Filler,
    conditions: Iterable[exp.Expr],
    mentions: Iterable[exp.Expr],
) -> exp.Select:
    """SELECT (nothing yet) FROM the dataset, joined with teams when `mentions` or a filter need it."""
    wheres = [fill(ask.dataset.base), *conditions]
    if ask.where != "TRUE":
        wheres.append(fill(ask.where))
    wheres += [matches(dimension(ask, f.dimension, fill), f.values) for f in query.filters]
    read = [column for tree in (*mentions, *wheres) for column in tree.find_all(exp.Column)]
    joined = any(column.table == TEAM for column in read)
    names = {column.name for column in read} | ({"team_id"} if joined else set())
    select = exp.select().from_(source(ask.dataset, moment, names), copy=False).where(*wheres, copy=False)
    if joined:
        on = exp.column("team_id", table=TEAM).eq(exp.column("team_id", table=FACT))
        select.join(exp.to_table("teams").as_(TEAM), on=on, join_type="left", copy=False)
    return select


def _aggregated(select: exp.Select, keys: Sequence[exp.Expr], columns: _Columns, totals: bool) -> exp.Select:
    """The aggregates over the row expressions. Those stand in a subquery: DuckDB would compute an expression again
    in each aggregate that repeats it, which doubled the time of the call ratios."""
    if not columns.rows:
        return _grouped(select, keys, columns.aggregates, totals)
    named = [exp.alias_(key, f"key_{i}") for i, key in enumerate(keys)]
    rows = [exp.alias_(row, f"row_{i}") for i, row in enumerate(columns.rows.values())]
    inner = select.select(*named, *rows, copy=False).subquery(FACT, copy=False)
    outer_keys = [exp.column(f"key_{i}", table=FACT) for i in range(len(keys))]
    return _grouped(exp.select().from_(inner, copy=False), outer_keys, columns.aggregates, totals)


def _grouped(select: exp.Select, keys: Sequence[exp.Expr], columns: Sequence[exp.Expr], totals: bool) -> exp.Select:
    """Adds keys, the total flag and the aggregates, one row a group and one for all when `totals`."""
    named = [exp.alias_(key, f"key_{i}") for i, key in enumerate(keys)]
    aliased = [exp.alias_(column, f"part_{i}") for i, column in enumerate(columns)]
    if not keys:
        return select.select(*aliased, copy=False)
    if not totals:
        zero = exp.alias_(literal(0), "total")
        return select.select(*named, zero, *aliased, copy=False).group_by(*(k.copy() for k in keys), copy=False)
    sets = exp.GroupingSets(expressions=[exp.Tuple(expressions=[k.copy() for k in keys]), exp.Tuple()])
    flag = exp.alias_(exp.func("GROUPING", keys[0].copy()), "total")
    return select.select(*named, flag, *aliased, copy=False).group_by(exp.Group(grouping_sets=[sets]), copy=False)


# ---------------------------------------------------------------------------------------------- scans


def aggregate_scan(asks: Sequence[Ask], query: Query, moment: Moment) -> Scan:
    """Counts, ratios, means, quantiles, NPS and shares of KPIs that share a scan."""
    first = asks[0]
    fill = filler(first, query, moment)
    keys = group_keys(first, query, fill)
    columns = _Columns(fill)
    cells = {ask.kpi.id: columns.of(ask) for ask in asks}
    conditions = in_period(first.time, query.period, moment, fill) if first.time and query.period else []
    select = from_where(first, query, moment, fill, conditions, (*keys, *columns.rows.values()))
    return _scan(_aggregated(select, keys, columns, query.totals), keys, cells)


def group_keys(ask: Ask, query: Query, fill: Filler) -> list[exp.Expr]:
    keys = [dimension(ask, name, fill) for name in query.by]
    if query.grain is not None and ask.time is not None:
        keys.append(bucket(ask.time, query.grain, fill))
    return keys


def stock_scan(asks: Sequence[Ask], query: Query, moment: Moment) -> Scan:
    """Stocks, their quantiles and their classes at one instant."""
    first = asks[0]
    at, left = stock_instant(query, moment)
    fill = filler(first, query, moment, at)
    keys = [dimension(first, name, fill) for name in query.by]
    columns = _Columns(fill)
    cells = {ask.kpi.id: columns.of(ask) for ask in asks}
    conditions = standing(*_span(first, fill), instant(at), left)
    select = from_where(first, query, moment, fill, conditions, (*keys, *columns.rows.values()))
    return _scan(_aggregated(select, keys, columns, query.totals), keys, cells)


def _span(ask: Ask, fill: Filler) -> tuple[exp.Expr, exp.Expr]:
    measure = ask.measure
    assert isinstance(measure, Stock | StockQuantile | StockShares)
    return fill(measure.enters), fill(measure.leaves)


def stock_series_scan(ask: Ask, query: Query, moment: Moment, instants: Sequence[Reading]) -> Scan:
    """Quantiles or classes of a stock at several instants: its rows joined with the instants they span."""
    at = exp.column("at", table="moment")
    fill = filler(ask, query, moment, at)
    keys = [*(dimension(ask, name, fill) for name in query.by), exp.column("bucket", table="moment")]
    columns = _Columns(fill)
    cells = {ask.kpi.id: columns.of(ask)}
    enters, leaves = _span(ask, fill)
    last = max(reading.at for reading in instants)
    first = min(reading.at for reading in instants)
    reach = [enters.copy() <= instant(last), leaves.copy() >= instant(first)]
    select = from_where(ask, query, moment, fill, reach, (*keys, *columns.rows.values()))
    rows = [
        exp.Tuple(expressions=[literal(reading.bucket), instant(reading.at), instant(_read_at(reading))])
        for reading in instants
    ]
    spine = exp.values(rows, alias="moment", columns=["bucket", "at", "read_at"])
    read_at = exp.column("read_at", table="moment")
    select = select.join(spine, on=exp.and_(*standing(enters, leaves, read_at, left=False)))
    return _scan(_aggregated(select, keys, columns, totals=False), keys, cells)


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
    total = exp.func("SUM", exp.column("delta"))
    select = (
        exp.select(*names, exp.alias_(literal(0), "total"), exp.alias_(total, "part_0"))
        .from_(exp.union(*moves, distinct=False).subquery("moves"))
        .group_by(*names)
    )
    return Scan(select.sql("duckdb"), split + 1, {ask.kpi.id: {"n": Cell(0)}})


def _moves(ask: Ask, query: Query, moment: Moment, fill: Filler, time: Time, delta: int) -> exp.Select:
    assert query.period is not None and query.grain is not None
    assert isinstance(ask.measure, Stock)
    at, leaves = fill(time.at), fill(ask.measure.leaves)
    keys = [dimension(ask, name, fill) for name in query.by]
    before = at.copy() < instant(query.period.start)
    keys.append(exp.Case().when(before, exp.null()).else_(bucket(time, query.grain, fill)))
    conditions = [leaves >= instant(query.period.start), at.copy() < instant(query.period.end)]
    conditions.append(at <= instant(moment.as_of))
    select = from_where(ask, query, moment, fill, conditions, keys)
    named = [exp.alias_(key, f"key_{i}") for i, key in enumerate(keys)]
    return select.select(*named, exp.alias_(literal(delta), "delta"))


def companion_scan(ask: Ask, query: Query, moment: Moment) -> Scan:
    """The counts shown beside a KPI, by the same dimensions, at `as_of`."""
    companion = ask.kpi.companion
    assert companion is not None
    dataset = DATASETS[companion.dataset]
    time = dataset.times[companion.time] if companion.time else None
    beside = Ask(ask.kpi, dataset, companion.where, ask.measure, time, ask.params)
    fill = filler(beside, query, moment)
    keys = [dimension(beside, name, fill) for name in query.by]
    columns = _Columns(fill)
    cells = {field: columns.add(count(condition)) for field, condition in companion.counts.items()}
    conditions = in_period(time, query.period, moment, fill) if time and query.period else []
    select = from_where(beside, query, moment, fill, conditions, (*keys, *columns.rows.values()))
    return _scan(_aggregated(select, keys, columns, query.totals), keys, {ask.kpi.id: cells})


def split_scan(ask: Ask, query: Query, moment: Moment) -> Scan:
    """The total of a stock by one more column (status), for its `by_<column>` field."""
    measure = ask.measure
    assert isinstance(measure, Stock) and measure.split_by is not None
    split = query.with_(by=(measure.split_by,), totals=False)
    return stock_scan([ask], split, moment)


def interval_total_scan(
    asks: Sequence[Ask], query: Query, moment: Moment, ranks: Mapping[str, tuple[int, int, int]]
) -> Scan:
    """Order statistics of the pooled total: `ranks` maps a KPI to (n, lower rank, upper rank)."""
    first = asks[0]
    fill = filler(first, query, moment)
    columns: list[exp.Expr] = []
    cells: dict[str, dict[str, Cell]] = {}
    for ask in asks:
        assert isinstance(ask.measure, Quantile)
        n, lower, upper = ranks[ask.kpi.id]
        # quantile_disc returns the ceil(fraction * n)-th value, so half a rank below is exact.
        fractions = [literal((max(rank, 1) - 0.5) / n) for rank in (lower, upper)]
        column = len(columns)
        columns.append(exp.Anonymous(this="QUANTILE_DISC", expressions=[fill(ask.measure.kept), exp.array(*fractions)]))
        cells[ask.kpi.id] = {"lower": Cell(column, 0), "upper": Cell(column, 1)}
    conditions = in_period(first.time, query.period, moment, fill) if first.time and query.period else []
    select = from_where(first, query, moment, fill, conditions, columns)
    return _scan(_grouped(select, [], columns, totals=False), [], cells)


def interval_rows_scan(
    asks: Sequence[Ask], query: Query, moment: Moment, ranks: Mapping[str, Mapping[int, tuple[int, int]]]
) -> Scan:
    """Order statistics of each group: `ranks` maps a KPI to {n: (lower rank, upper rank)}, 0 when there is none."""
    first = asks[0]
    fill = filler(first, query, moment)
    keys = group_keys(first, query, fill)
    lists = [exp.func("LIST_SORT", _values(ask, fill)) for ask in asks]
    conditions = in_period(first.time, query.period, moment, fill) if first.time and query.period else []
    inner = _grouped(from_where(first, query, moment, fill, conditions, keys), keys, lists, totals=False)
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


Which = Literal["counted", "missed"]


def rows_select(
    ask: Ask, query: Query, moment: Moment, limit: int | None, which: Which = "counted", oldest_first: bool = False
) -> exp.Select:
    """The rows that a KPI counts, or those of them that miss it."""
    fill, conditions, order = _selection(ask, query, moment)
    condition = ask.measure.counted() if which == "counted" else ask.measure.missed()
    if condition != "TRUE":
        conditions.append(fill(condition))
    moving = [exp.column(name, table=FACT) for name in ask.dataset.moving]
    select = from_where(ask, query, moment, fill, conditions, moving)
    select = select.select(exp.Column(this=exp.Star(), table=exp.to_identifier(FACT)))
    select = select.order_by(exp.Ordered(this=fill("created_at") if oldest_first else order, desc=not oldest_first))
    return select.limit(limit) if limit is not None else select


def histogram_scan(ask: Ask, query: Query, moment: Moment, edges: Sequence[int]) -> Scan:
    """How many rows have a spread in [edge, next edge); the last class is open, below the first is left out."""
    fill, conditions, _ = _selection(ask, query, moment)
    spread = f"({ask.kpi.spread})"
    columns = [
        fill(f"COUNT(*) FILTER (WHERE {spread} >= {low}" + (f" AND {spread} < {high})" if high is not None else ")"))
        for low, high in zip(edges, (*edges[1:], None), strict=True)
    ]
    select = from_where(ask, query, moment, fill, conditions, columns)
    return _scan(_grouped(select, [], columns, totals=False), [], {})


def _selection(ask: Ask, query: Query, moment: Moment) -> tuple[Filler, list[exp.Expr], exp.Expr]:
    """The filler, the conditions of time and the time column of a KPI's rows."""
    if isinstance(ask.measure, Stock | StockQuantile | StockShares):
        at, left = stock_instant(query, moment)
        fill = filler(ask, query, moment, at)
        enters, leaves = _span(ask, fill)
        return fill, standing(enters, leaves, instant(at), left), enters.copy()
    fill = filler(ask, query, moment)
    conditions = in_period(ask.time, query.period, moment, fill) if ask.time and query.period else []
    return fill, conditions, fill(ask.time.at) if ask.time else literal(1)


def _scan(select: exp.Select, keys: Sequence[exp.Expr], cells: Mapping[str, Mapping[str, Cell]]) -> Scan:
    return Scan(select.sql("duckdb"), len(keys), cells)
