"""From a question to its answer: compile, fetch, make figures. The one path to every number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import pandas as pd
import sqlglot

from kpi import buckets, catalog, compiler, display
from kpi.compiler import Ask, Cell, Moment, Scan
from kpi.datasets import DATASETS
from kpi.definition import Kpi
from kpi.engines import Engine
from kpi.errors import InvalidPeriod, UnknownDimension, UnknownParameter, suggest
from kpi.fragments import Sql, Substitution
from kpi.measures import Quantile, Shares, Stock, StockQuantile, StockShares
from kpi.model import Answer, Figure, ParamValue, Query, Status
from kpi.statistics import intervals

Keys = tuple[Any, ...]
Row = tuple[Any, ...]
_STOCKS = (Stock, StockQuantile, StockShares)
_SPLIT = (Shares, StockShares)


def answer(query: Query, engine: Engine) -> dict[str, Answer]:
    """Answers every KPI of the question. Shape: KPI id -> `Answer`.

    Raises a `QuestionError` when a KPI, dimension, parameter or period is wrong.
    """
    moment = moment_of(query, engine)
    asks = [resolve(query, kpi_id) for kpi_id in query.kpis]
    present = engine.tables()
    dark = {ask.kpi.id: missing for ask in asks if (missing := needs(ask.kpi, query, present))}
    answers = {kpi_id: _no_data(kpi_id, moment.as_of, missing) for kpi_id, missing in dark.items()}
    for group in _grouped([ask for ask in asks if ask.kpi.id not in dark]):
        answers |= _answer_group(group, query, moment, engine)
    return {kpi_id: answers[kpi_id] for kpi_id in query.kpis}


def rows(query: Query, kpi_id: str, engine: Engine, limit: int | None = 1000) -> pd.DataFrame:
    """The rows that a KPI counts, newest first; `limit` None is all of them."""
    select = compiler.rows_select(resolve(query, kpi_id), query, moment_of(query, engine), limit)
    return engine.frame(select.sql("duckdb"))


def sql(query: Query, kpi_id: str, engine: Engine) -> str:
    """The SQL of a KPI's figure, laid out to be read."""
    scan = _scans([resolve(query, kpi_id)], query, moment_of(query, engine))
    return ";\n\n".join(sqlglot.transpile(s.sql, read="duckdb", write="duckdb", pretty=True)[0] for s in scan)


# ---------------------------------------------------------------------------------------------- question


def moment_of(query: Query, engine: Engine) -> Moment:
    """When the question is asked; refuses a time zone that the store was not cut in."""
    if query.timezone != engine.timezone():
        raise InvalidPeriod(
            f"The store is cut in {engine.timezone()} days, not {query.timezone}: import it again with "
            f"--timezone {query.timezone}."
        )
    if query.period is not None and query.period.end <= query.period.start:
        raise InvalidPeriod(f"The period ends ({query.period.end}) before it starts ({query.period.start}).")
    return Moment(query.as_of or engine.data_until(), engine.newest(), engine.timezone())


def resolve(query: Query, kpi_id: str) -> Ask:
    """One KPI of the question, checked: dimensions, parameters, period."""
    kpi = catalog.get(kpi_id)
    _check_dimensions(kpi, query)
    if kpi.time is not None and query.period is None:
        raise InvalidPeriod(f"{kpi_id} is placed in a period by {kpi.placed_by_en}: give a period.")
    if query.grain is not None and query.period is None:
        raise InvalidPeriod(f"A series of {kpi_id} needs a period.")
    dataset = DATASETS[kpi.dataset]
    where, measure = kpi.where, kpi.measure
    if kpi.by_agent is not None and "agent_id" in {*query.by, *(f.dimension for f in query.filters)}:
        where, measure = kpi.by_agent.where, kpi.by_agent.measure
    time = dataset.times[kpi.time] if kpi.time else None
    return Ask(kpi, dataset, where, measure, time, _parameters(kpi, query))


def _check_dimensions(kpi: Kpi, query: Query) -> None:
    for name in (*query.by, *(f.dimension for f in query.filters)):
        if name not in kpi.dimensions:
            raise UnknownDimension(
                f"{kpi.id} has no dimension {name!r}.{suggest(name, kpi.dimensions)} "
                f"It has: {', '.join(kpi.dimensions) or 'none'}."
            )


def _parameters(kpi: Kpi, query: Query) -> dict[str, Substitution]:
    """Values of the KPI's parameters. A parameter of other KPIs only is ignored; one of none is an error."""
    given = dict(query.params)
    known = {param.name for id_ in query.kpis for param in catalog.get(id_).params}
    for name in given:
        if name not in known:
            raise UnknownParameter(
                f"{kpi.id} has no parameter {name!r}.{suggest(name, known)} "
                f"It has: {', '.join(sorted(p.name for p in kpi.params)) or 'none'}."
            )
    values: dict[str, Substitution] = {}
    for param in kpi.params:
        value: ParamValue = given.get(param.name, param.default)
        if param.choices and value not in param.choices:
            raise UnknownParameter(f"{param.name} of {kpi.id} is one of {', '.join(param.choices)}, not {value!r}.")
        if type(value) is not type(param.default) and not (
            isinstance(value, int | float) and isinstance(param.default, int | float)
        ):
            raise UnknownParameter(f"{param.name} of {kpi.id} is like {param.default!r}, not {value!r}.")
        values[param.name] = Sql(param.sql[str(value)]) if param.sql else value
    return values


def needs(kpi: Kpi, query: Query, present: frozenset[str]) -> tuple[str, ...]:
    """Tables that the KPI needs and that the store does not have; targets may come with the question."""
    given = {"targets"} if any(target.kpi_id == kpi.id for target in query.targets) else set()
    return tuple(table for table in kpi.needs if table not in present | given)


def _no_data(kpi_id: str, as_of: datetime, missing: tuple[str, ...]) -> Answer:
    kpi = catalog.get(kpi_id)
    value = 0 if kpi.kind in ("count", "stock") else None
    return Answer(kpi_id, Figure(value=value), (), as_of, (), missing)


def _grouped(asks: Iterable[Ask]) -> list[list[Ask]]:
    groups: dict[tuple[Any, ...], list[Ask]] = defaultdict(list)
    for ask in asks:
        lone = isinstance(ask.measure, _STOCKS)
        groups[(ask.kpi.id,) if lone else ask.shares_scan_with].append(ask)
    return list(groups.values())


# ---------------------------------------------------------------------------------------------- scans


@lru_cache(maxsize=2048)
def _compiled(kpi_ids: tuple[str, ...], query: Query, moment: Moment) -> tuple[Scan, ...]:
    return tuple(_build([resolve(query, kpi_id) for kpi_id in kpi_ids], query, moment))


def _scans(group: Sequence[Ask], query: Query, moment: Moment) -> tuple[Scan, ...]:
    return _compiled(tuple(ask.kpi.id for ask in group), query, moment)


def _build(group: Sequence[Ask], query: Query, moment: Moment) -> Iterable[Scan]:
    """The main scan, then the series of a stock, then the companions."""
    ask = group[0]
    if not isinstance(ask.measure, _STOCKS):
        yield compiler.aggregate_scan(group, query, moment)
    else:
        yield compiler.stock_scan(group, query.with_(totals=True), moment)
        if query.grain is not None and isinstance(ask.measure, Stock):
            yield compiler.balance_scan(ask, query, moment)
        elif query.grain is not None:
            yield compiler.stock_series_scan(ask, query, moment, buckets.instants(query, moment.as_of))
        if isinstance(ask.measure, Stock) and ask.measure.split_by and not query.by:
            yield compiler.split_scan(ask, query, moment)
    for member in group:
        if member.kpi.companion is not None:
            yield compiler.companion_scan(member, query, moment)
            break  # KPIs that share a scan share their companion: it is the same open stock


def _answer_group(group: Sequence[Ask], query: Query, moment: Moment, engine: Engine) -> dict[str, Answer]:
    scans = _scans(group, query, moment)
    fetched = [engine.fetch(scan.sql) for scan in scans]
    texts = tuple(scan.sql for scan in scans)
    companion = _companion(group, scans, fetched)
    bounds = _bounds(group, query, moment, engine, scans[0], fetched[0])
    answers = {}
    for ask in group:
        total, figures = _figures(ask, query, moment, scans, fetched, bounds.get(ask.kpi.id, {}))
        total, figures = _with_companion(total, figures, companion, query)
        total, figures = display.judged(ask.kpi, query, total, figures)
        answers[ask.kpi.id] = Answer(ask.kpi.id, total, figures, moment.as_of, texts)
    return answers


def _values(row: Row, scan: Scan, kpi_id: str) -> dict[str, Any]:
    offset = scan.keys + 1 if scan.keys else 0
    return {name: _cell(row[offset + cell.column], cell) for name, cell in scan.cells[kpi_id].items()}


def _cell(value: Any, cell: Cell) -> Any:
    return value if cell.item is None or value is None else value[cell.item]


def _is_total(row: Row, scan: Scan) -> bool:
    return scan.keys == 0 or row[scan.keys] != 0


def _figures(
    ask: Ask,
    query: Query,
    moment: Moment,
    scans: Sequence[Scan],
    fetched: Sequence[list[Row]],
    bounds: Mapping[Keys | None, intervals.Interval],
) -> tuple[Figure, tuple[Figure, ...]]:
    scan, kpi_id = scans[0], ask.kpi.id
    total = Figure()
    groups: dict[Keys, Figure] = {}
    for row in fetched[0]:
        values = _values(row, scan, kpi_id)
        if _is_total(row, scan):
            total = _figure(ask, values, bounds.get(None))
            total = _classes_of_total(ask, total, values, query, groups)
        else:
            keys = row[: scan.keys]
            _add(ask, groups, keys, values, bounds.get(keys))
    if isinstance(ask.measure, _STOCKS) and query.grain is not None:
        groups = _stock_series(ask, query, moment, scans[1], fetched[1])
    elif query.grain is not None:
        groups = _with_empty_buckets(ask, groups, query, moment)
    if isinstance(ask.measure, Stock) and ask.measure.split_by and not query.by:
        split = {row[0]: row[2] for row in fetched[-1]}
        total = replace(total, extra={**total.extra, f"by_{ask.measure.split_by}": split})
    ordered = tuple(replace(figure, keys=keys) for keys, figure in sorted(groups.items(), key=_order(ask)))
    return total, ordered


def _figure(ask: Ask, values: dict[str, Any], bounds: intervals.Interval | None) -> Figure:
    if isinstance(ask.measure, Quantile):
        values["ci"] = bounds or (None, None)
    return ask.measure.figure(values)


def _add(ask: Ask, groups: dict[Keys, Figure], keys: Keys, values: dict[str, Any], bounds: Any) -> None:
    if isinstance(ask.measure, _SPLIT):
        for name, figure in ask.measure.split(values):
            groups[(*keys, name)] = figure
        return
    figure = _figure(ask, values, bounds)
    if figure.n or figure.n_missing or figure.n_invalid or figure.n_open:
        groups[keys] = figure


def _classes_of_total(
    ask: Ask, total: Figure, values: dict[str, Any], query: Query, groups: dict[Keys, Figure]
) -> Figure:
    """Classes of the pooled total: the rows when nothing else splits it, else kept in `extra`."""
    if not isinstance(ask.measure, _SPLIT):
        return total
    classes = ask.measure.split(values)
    if not query.by and query.grain is None:
        groups.update({(name,): figure for name, figure in classes})
    return replace(total, extra={name: figure.n for name, figure in classes})


def _order(ask: Ask) -> Any:
    """Keys ascending, NULL last; classes in their own order."""
    classes = [name for name, _ in ask.measure.classes] if isinstance(ask.measure, _SPLIT) else []

    def key(item: tuple[Keys, Figure]) -> tuple[Any, ...]:
        keys = item[0]
        plain, last = (keys[:-1], (classes.index(keys[-1]),)) if classes else (keys, ())
        return (*((value is None, "" if value is None else value) for value in plain), *last)

    return key


def _with_empty_buckets(ask: Ask, groups: dict[Keys, Figure], query: Query, moment: Moment) -> dict[Keys, Figure]:
    spine = buckets.spine(query)
    split = isinstance(ask.measure, _SPLIT)
    names = [(name,) for name, _ in ask.measure.classes] if isinstance(ask.measure, _SPLIT) else [()]
    at = len(query.by)
    heads = {keys[:at] for keys in groups} or ({()} if not query.by else set())
    known = {keys[at] for keys in groups}
    empty = Figure(value=0, n=0) if ask.measure.kind == "count" else Figure()
    filled: dict[Keys, Figure] = {}
    for head in heads:
        for bucket in (*spine, *(known - set(spine))):
            for name in names:
                keys = (*head, bucket, *name)
                filled[keys] = groups.get(keys, replace(empty, n=0) if split else empty)
    return filled


def _stock_series(ask: Ask, query: Query, moment: Moment, scan: Scan, fetched: list[Row]) -> dict[Keys, Figure]:
    if not isinstance(ask.measure, Stock):
        groups: dict[Keys, Figure] = {}
        for row in fetched:
            _add(ask, groups, row[: scan.keys], _values(row, scan, ask.kpi.id), None)
        return _with_empty_buckets(ask, groups, query, moment)
    moves: dict[Keys, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
    for row in fetched:
        head, bucket = row[: scan.keys - 1], row[scan.keys - 1]
        moves[head][bucket] += int(row[scan.keys + 1])
    if not query.by:
        moves.setdefault((), defaultdict(int))
    series: dict[Keys, Figure] = {}
    reached = [key for key, _ in buckets.instants(query, moment.as_of)]
    for head, net in moves.items():
        level = net.get(None, 0)
        for bucket in reached:
            level += net.get(bucket, 0)
            series[(*head, bucket)] = Figure(value=level, n=level)
    return series


# ---------------------------------------------------------------------------------------------- intervals


def _bounds(
    group: Sequence[Ask], query: Query, moment: Moment, engine: Engine, scan: Scan, fetched: list[Row]
) -> dict[str, dict[Keys | None, intervals.Interval]]:
    """Order-statistic intervals of the quantiles of a scan; None is the key of the total."""
    asks = [ask for ask in group if isinstance(ask.measure, Quantile)]
    if not asks or not query.intervals:
        return {}
    sizes: dict[str, dict[Keys | None, int]] = {ask.kpi.id: {} for ask in asks}
    for row in fetched:
        keys = None if _is_total(row, scan) else row[: scan.keys]
        for ask in asks:
            sizes[ask.kpi.id][keys] = int(_values(row, scan, ask.kpi.id)["n"] or 0)
    bounds: dict[str, dict[Keys | None, intervals.Interval]] = {ask.kpi.id: {} for ask in asks}
    _total_bounds(asks, query, moment, engine, sizes, bounds)
    _row_bounds(asks, query, moment, engine, sizes, bounds)
    return bounds


def _ranks(ask: Ask, sizes: Iterable[int]) -> dict[int, tuple[int, int]]:
    assert isinstance(ask.measure, Quantile)
    distinct = sorted(set(sizes) - {0})
    lower, upper = intervals.quantile_ranks(distinct, ask.measure.q)
    return {n: (int(low), int(high)) for n, low, high in zip(distinct, lower, upper, strict=True)}


def _total_bounds(asks: Sequence[Ask], query: Query, moment: Moment, engine: Engine, sizes: Any, bounds: Any) -> None:
    ranks = {}
    for ask in asks:
        n = sizes[ask.kpi.id].get(None, 0)
        if n:
            ranks[ask.kpi.id] = (n, *_ranks(ask, [n])[n])
    if not ranks:
        return
    asked = [ask for ask in asks if ask.kpi.id in ranks]
    scan = compiler.interval_total_scan(asked, query, moment, ranks)
    (row,) = engine.fetch(scan.sql)
    for ask in asked:
        values = _values(row, scan, ask.kpi.id)
        _, lower, upper = ranks[ask.kpi.id]
        bounds[ask.kpi.id][None] = (
            float(values["lower"]) if lower else None,
            float(values["upper"]) if upper else None,
        )


def _row_bounds(asks: Sequence[Ask], query: Query, moment: Moment, engine: Engine, sizes: Any, bounds: Any) -> None:
    ranks = {ask.kpi.id: _ranks(ask, (n for keys, n in sizes[ask.kpi.id].items() if keys is not None)) for ask in asks}
    if not all(ranks.values()):
        return
    scan = compiler.interval_rows_scan(asks, query, moment, ranks)
    for row in engine.fetch(scan.sql):
        for ask in asks:
            values = _values(row, scan, ask.kpi.id)
            n = sizes[ask.kpi.id][row[: scan.keys]]
            lower, upper = ranks[ask.kpi.id].get(n, (0, 0))
            bounds[ask.kpi.id][row[: scan.keys]] = (
                float(values["lower"]) if lower else None,
                float(values["upper"]) if upper else None,
            )


# ---------------------------------------------------------------------------------------------- companions


def _companion(
    group: Sequence[Ask], scans: Sequence[Scan], fetched: Sequence[list[Row]]
) -> dict[Keys | None, dict[str, int]]:
    """Counts beside the figures by the keys of `by`; None is the total."""
    asks = [ask for ask in group if ask.kpi.companion is not None]
    if not asks:
        return {}
    scan, rows_ = scans[-1], fetched[-1]
    return {
        None if _is_total(row, scan) else row[: scan.keys]: {
            name: int(value or 0) for name, value in _values(row, scan, asks[0].kpi.id).items()
        }
        for row in rows_
    }


def _with_companion(
    total: Figure, figures: tuple[Figure, ...], companion: Mapping[Keys | None, dict[str, int]], query: Query
) -> tuple[Figure, tuple[Figure, ...]]:
    if not companion:
        return total, figures
    total = _beside(total, companion.get(None, {}))
    if query.grain is not None or not query.by:
        return total, figures
    none = dict.fromkeys(next(iter(companion.values())), 0)
    return total, tuple(_beside(figure, companion.get(figure.keys, none)) for figure in figures)


def _beside(figure: Figure, counts: Mapping[str, int]) -> Figure:
    extra = {name: count for name, count in counts.items() if name != "n_open"}
    return replace(figure, n_open=counts.get("n_open", figure.n_open), extra={**figure.extra, **extra})


__all__ = ["Status", "answer", "moment_of", "rows", "sql"]
