"""From a question to SQL statements. Pure: no connection, no clock.

A question about several KPIs becomes as few scans as possible: KPIs of one dataset, one time column and one
population share a statement. Everything a statement returns is a sum, a count or a quantile of one group; the
answer module turns those into figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from string import Template
from typing import Any

from sqlglot import exp

from kpi import buckets
from kpi.datasets import DATASETS, PLACED, Dataset, Time
from kpi.definition import Kpi
from kpi.fragments import FACT, TEAM, Filler, Substitution, compared, fragment, literal, reads_of
from kpi.known import Moment, source
from kpi.measures import ClassMeans, MeanOfMeans, Measure, Mix, Part, Quantile, Ranking, SumRatio, count
from kpi.model import Grain, Period, Query, Target
from kpi.shapes import Classes, Made, Read, aggregated, aggregated_per, written
from kpi.targets import day_of, precedence, promised


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
    classes: tuple[str, ...] = ()
    """When its rows are those of classes: which stand beside each other, after the row of all, once it is fetched."""


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
    def per(self) -> str | None:
        """Column whose rows make one value together, when the measure has one."""
        return self.measure.per if isinstance(self.measure, ClassMeans | MeanOfMeans | SumRatio) else None

    @property
    def shares_scan_with(self) -> tuple[Any, ...]:
        return self.dataset.name, self.time, self.per, self.where if self.per else None


_RowKey = tuple[str, tuple[tuple[str, Substitution], ...], str | None]


@dataclass(slots=True)
class Columns:
    """Collects the parts of a scan: equal row expressions and aggregates are asked once, quantiles of one row
    expression together."""

    query: Query
    moment: Moment
    at: datetime | exp.Expr | None = None
    """When a stock is read."""
    units: dict[_RowKey, exp.Expr] = field(default_factory=dict)
    """Aggregates of the rows of a unit, for the measures that put these together first."""
    rows: dict[_RowKey, exp.Expr] = field(default_factory=dict)
    aggregates: list[exp.Expr] = field(default_factory=list)
    seen: dict[tuple[str, _RowKey | None], int] = field(default_factory=dict)
    quantiles: dict[_RowKey, list[float]] = field(default_factory=dict)

    def of(self, ask: Ask, parts: Mapping[str, Part] | None = None, among: str = "TRUE") -> dict[str, Cell]:
        """The cells of a KPI's parts (or of `parts`), counted over the rows that meet `among`."""
        fill = filler(ask, self.query, self.moment, self.at)
        asked = ask.measure.parts() if parts is None else parts
        if ask.per is not None:
            asked = self._of_units(ask, asked, fill)
        return {name: self._add(limited(part, among), ask, fill) for name, part in asked.items()}

    def _of_units(self, ask: Ask, parts: Mapping[str, Part], fill: Filler) -> dict[str, Part]:
        """The parts with the columns of the units in place of their names."""
        assert isinstance(ask.measure, ClassMeans | MeanOfMeans | SumRatio)
        columns = {}
        for name, aggregate in ask.measure.units().items():
            key = _row_key(aggregate, ask)
            if key not in self.units:
                self.units[key] = fill(aggregate)
            columns[name] = f"unit_{list(self.units).index(key)}"
        named = tuple(columns.items())
        return {name: replace(part, row=_substituted(part.row or "", named)) for name, part in parts.items()}

    def _add(self, part: Part, ask: Ask, fill: Filler) -> Cell:
        if part.row is None:
            return Cell(self._column((part.aggregate, None), lambda: fill(part.aggregate)))
        key = _row_key(part.row, ask)
        row = self._row(key, fill)
        if part.quantile is None:
            return Cell(self._column((part.aggregate, key), lambda: fill.over(row, part.aggregate)))
        fractions = self.quantiles.setdefault(key, [])
        if part.quantile not in fractions:
            fractions.append(part.quantile)
        column = self._column(("quantiles", key), exp.null)
        values = exp.array(*(literal(q) for q in fractions))
        self.aggregates[column] = exp.Anonymous(this="QUANTILE_CONT", expressions=[row, values])
        return Cell(column, fractions.index(part.quantile))

    def _row(self, key: _RowKey, fill: Filler) -> exp.Expr:
        if key not in self.rows:
            self.rows[key] = fill(key[0])
        return fragment(f"{FACT}.row_{list(self.rows).index(key)}")

    def _column(self, key: tuple[str, _RowKey | None], make: Callable[[], exp.Expr]) -> int:
        if key not in self.seen:
            self.seen[key] = len(self.aggregates)
            self.aggregates.append(make())
        return self.seen[key]

    def made(self) -> Made:
        return Made(written(self.units.values()), written(self.rows.values()), written(self.aggregates))


@lru_cache(maxsize=1024)
def _substituted(row: str, columns: tuple[tuple[str, str], ...]) -> str:
    return Template(row).substitute(dict(columns))


def _row_key(fragment: str, ask: Ask) -> _RowKey:
    """Two asks whose parameters differ do not mean the same by one fragment, nor by the promises of their targets."""
    used = tuple(sorted((name, value) for name, value in ask.params.items() if f"${name}" in fragment))
    return fragment, used, ask.kpi.id if "$threshold_of" in fragment else None


def limited(part: Part, among: str) -> Part:
    """The same aggregate over the rows that meet `among`: every aggregate leaves out the rows that are NULL."""
    if among == "TRUE":
        return part
    if part.row is None:
        if part.aggregate != "COUNT(*)":
            raise ValueError(f"{part.aggregate} has no row expression to limit")
        return replace(part, aggregate="COUNT_IF($row)", row=among)
    return replace(part, row=f"CASE WHEN {among} THEN {part.row} END")


# ---------------------------------------------------------------------------------------------- pieces


def filler(ask: Ask, query: Query, moment: Moment, at: datetime | exp.Expr | None = None) -> Filler:
    """The filler of a KPI's fragments; `at` is the instant at which a stock is read."""
    return Filler(
        {
            **ask.params,
            "start": query.period.start if query.period else None,
            "end": query.period.end if query.period else None,
            "as_of": moment.as_of,
            "instant": moment.as_of if at is None else at,
            "threshold_of": lambda: threshold_of(query.targets, ask.kpi.id, day_of(query, moment.as_of)),
        },
        moment.timezone,
    )


def threshold_of(targets: Iterable[Target], kpi_id: str, on: date) -> exp.Expr:
    """The promised seconds of a row by the targets of `kpi_id` in force on a day: CASE over their scopes, the narrowest
    first."""
    rows = (t for t in promised(targets, on) if t.kpi_id == kpi_id and t.threshold_s is not None)
    case = exp.Case()
    for target in sorted(rows, key=precedence, reverse=True):
        if target.scope_dim is None:
            return case.else_(literal(target.threshold_s)) if case.args.get("ifs") else literal(target.threshold_s)
        alias = TEAM if target.scope_dim in ("site", "organisation") else FACT
        column = exp.column(target.scope_dim, table=alias)
        case = case.when(column.eq(literal(target.scope_value)), literal(target.threshold_s))
    return case if case.args.get("ifs") else exp.cast(exp.null(), "INTEGER")


def dimension(ask: Ask, name: str, fill: Filler) -> exp.Expr:
    """SQL of a dimension of a KPI."""
    if name in PLACED and ask.time is not None:
        return fill(ask.time.dimension(name))
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
    """Rows placed in the period and already known at `as_of`. A local date stands for its midnight; what has only
    a date has no instant from which it is known."""
    if time.dated:
        start, end = (literal(buckets.day_from(at, moment.timezone)) for at in (period.start, period.end))
        return [compared(fill(time.on), ">=", start), compared(fill(time.on), "<", end)]
    conditions = [fill(f"{time.at} >= $start"), fill(f"{time.at} < $end")]
    if moment.as_of < period.end:
        conditions.append(fill(f"{time.at} <= $as_of"))
    return conditions


def stock_instant(query: Query, moment: Moment) -> tuple[datetime, bool]:
    """When a stock is read: the end of the period as a left limit, or `as_of` when it comes first."""
    if query.period is not None and query.period.end <= moment.as_of:
        return query.period.end, True
    return moment.as_of, False


def what_is_read(
    ask: Ask,
    query: Query,
    moment: Moment,
    fill: Filler,
    conditions: Iterable[exp.Expr],
    mentions: Iterable[exp.Expr],
    population: exp.Expr | None = None,
    *,
    everything: bool = False,
) -> Read:
    """The dataset, joined with teams when `mentions` or a filter need it, of the KPI's population, of another, or of
    `everything` that the filters keep, excluded rows included."""
    wheres = [*conditions] if everything else [fill(ask.dataset.base), *conditions]
    if population is not None:
        wheres.append(population)
    elif ask.where != "TRUE" and not everything:
        wheres.append(fill(ask.where))
    wheres += [exp.paren(matches(dimension(ask, f.dimension, fill), f.values), copy=False) for f in query.filters]
    read = frozenset[tuple[str, str]]().union(*map(reads_of, (*mentions, *wheres)))
    joined = any(table == TEAM for table, _ in read)
    names = {name for _, name in read} | ({"team_id"} if joined else set())
    tables, *texts = written([source(ask.dataset, moment, names), *wheres])
    if joined:
        tables += f" LEFT JOIN teams AS {TEAM} ON {TEAM}.team_id = {FACT}.team_id"
    return Read(tables, tuple(texts))


# ---------------------------------------------------------------------------------------------- scans


def aggregate_scan(
    asks: Sequence[Ask], query: Query, moment: Moment, more_keys: Sequence[str] = (), *, sizes: bool = False
) -> Scan:
    """Counts, ratios, means, quantiles, NPS and shares of KPIs of one dataset and time column, by the question's
    keys and `more_keys` (SQL).

    KPIs of several populations read the rows of all of them once, each counting its own. With `sizes`, of quantiles
    only how many values they have.
    """
    first = asks[0]
    fill = filler(first, query, moment)
    keys = [*group_keys(first, query, fill), *(fill(key) for key in more_keys)]
    columns = Columns(query, moment)
    several = len({_population(ask) for ask in asks}) > 1
    cells = {
        ask.kpi.id: columns.of(
            ask,
            ask.measure.sizes() if sizes and isinstance(ask.measure, Quantile) else None,
            ask.where if several else "TRUE",
        )
        for ask in asks
    }
    conditions = in_period(first.time, query.period, moment, fill) if first.time and query.period else []
    population = _any_of(asks, query, moment) if several else None
    mentions = (*keys, *(columns.units or columns.rows).values())
    read = what_is_read(first, query, moment, fill, conditions, mentions, population)
    if first.per is not None:
        return scan_of(aggregated_per(fill(first.per), read, keys, columns.made(), query.totals), keys, cells)
    return scan_of(aggregated(read, keys, columns.made(), query.totals), keys, cells)


def class_means_scan(ask: Ask, query: Query, moment: Moment) -> Scan:
    """Means of classes: the rows of a group, one a class and one for all, are read side by side as one."""
    measure = ask.measure
    assert isinstance(measure, ClassMeans)
    fill = filler(ask, query, moment)
    keys, of = group_keys(ask, query, fill), fill(measure.of)
    columns = Columns(query, moment)
    parts = columns.of(ask)
    conditions = in_period(ask.time, query.period, moment, fill) if ask.time and query.period else []
    read = what_is_read(ask, query, moment, fill, conditions, (*keys, of, *columns.units.values()))
    of_all = frozenset(parts[name].column for name in measure.of_all())
    of_each = frozenset(parts[name].column for name in parts if name != "units")
    classes = Classes(written([of])[0], of_each, of_all)
    select = aggregated_per(fill(measure.per), read, keys, columns.made(), query.totals, classes)
    width = len(columns.aggregates)
    places = {"": 0, **{f"{name}_": width * (i + 1) for i, name in enumerate(measure.names)}}
    cells = {
        f"{prefix}{name}": Cell(first + cell.column) for prefix, first in places.items() for name, cell in parts.items()
    }
    return replace(scan_of(select, keys, {ask.kpi.id: cells}), classes=measure.names)


def _population(ask: Ask) -> _RowKey:
    return _row_key(ask.where, ask)


def _any_of(asks: Sequence[Ask], query: Query, moment: Moment) -> exp.Expr:
    """Rows of at least one population."""
    own = {_population(ask): ask for ask in asks}
    if any(ask.where == "TRUE" for ask in own.values()):
        return exp.true()
    return exp.paren(exp.or_(*(filler(ask, query, moment)(ask.where) for ask in own.values())))


def classes_scan(ask: Ask, query: Query, moment: Moment) -> tuple[Scan, Scan]:
    """Open classes: the groups and the total as they are, then each group's classes (the class is the last key)."""
    measure = ask.measure
    assert isinstance(measure, Mix | Ranking)
    whole = aggregate_scan([ask], query, moment)
    fill = filler(ask, query, moment)
    keys = [*group_keys(ask, query, fill), fill(measure.of)]
    columns = Columns(query, moment)
    cells = {ask.kpi.id: columns.of(ask, measure.class_parts())}
    conditions = in_period(ask.time, query.period, moment, fill) if ask.time and query.period else []
    if isinstance(measure, Ranking):
        conditions.append(fill(measure.counted()))
    read = what_is_read(ask, query, moment, fill, conditions, (*keys, *columns.rows.values()))
    return whole, scan_of(aggregated(read, keys, columns.made(), totals=False), keys, cells)


def group_keys(ask: Ask, query: Query, fill: Filler) -> list[exp.Expr]:
    """SQL of the dimensions and of the time bucket of a question."""
    keys = [dimension(ask, name, fill) for name in query.by]
    if query.grain is not None and ask.time is not None:
        keys.append(bucket(ask.time, query.grain, fill))
    return keys


def companion_scan(ask: Ask, query: Query, moment: Moment) -> Scan:
    """The counts shown beside a KPI, by the same dimensions, at `as_of`."""
    companion = ask.kpi.companion
    assert companion is not None
    dataset = DATASETS[companion.dataset]
    time = dataset.times[companion.time] if companion.time else None
    beside = Ask(ask.kpi, dataset, companion.where, ask.measure, time, ask.params)
    fill = filler(beside, query, moment)
    keys = [dimension(beside, name, fill) for name in query.by]
    columns = Columns(query, moment)
    counts = {field: count(condition) for field, condition in companion.counts.items()}
    cells = {ask.kpi.id: columns.of(beside, counts)}
    conditions = in_period(time, query.period, moment, fill) if time and query.period else []
    read = what_is_read(beside, query, moment, fill, conditions, (*keys, *columns.rows.values()))
    return scan_of(aggregated(read, keys, columns.made(), query.totals), keys, cells)


def scan_of(sql: str, keys: Sequence[exp.Expr], cells: Mapping[str, Mapping[str, Cell]]) -> Scan:
    """A statement and how its rows are read."""
    return Scan(sql, len(keys), cells)
