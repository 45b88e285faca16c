"""From a question to its answer: compile, fetch, make figures. The one path to every number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import pandas as pd
import sqlglot

from kpi import buckets, catalog, compiler
from kpi.bounds import quantile_bounds
from kpi.compiler import Ask, Scan
from kpi.datasets import DATASETS
from kpi.definition import Kpi
from kpi.display import judged
from kpi.engines import Engine
from kpi.errors import InvalidPeriod, UnknownDimension, UnknownParameter, suggest
from kpi.figures import STOCKS, Keys, Row, figures, keys_of, reader, with_companion
from kpi.fragments import Sql, Substitution
from kpi.known import Moment
from kpi.measures import Stock
from kpi.model import Answer, Figure, ParamValue, Query


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


def rows(
    query: Query,
    kpi_id: str,
    engine: Engine,
    limit: int | None = 1000,
    *,
    which: compiler.Which = "counted",
    oldest_first: bool = False,
) -> pd.DataFrame:
    """The fact rows that a KPI counts, newest first; or those that miss it (`which`), or the oldest tickets first.
    `limit` None is all of them."""
    ask, moment = resolve(query, kpi_id), moment_of(query, engine)
    return engine.frame(compiler.rows_select(ask, query, moment, limit, which, oldest_first).sql("duckdb"))


def histogram(query: Query, kpi_id: str, engine: Engine, edges: Sequence[int]) -> tuple[int, ...]:
    """Rows by seconds of a KPI's spread (how long, how late): one count for each [edge, next edge), the last open."""
    ask = resolve(query, kpi_id)
    if ask.kpi.spread is None:
        raise InvalidPeriod(f"{kpi_id} has no distribution of seconds.")
    if needs(ask.kpi, query, engine.tables()):
        return (0,) * len(edges)
    scan = compiler.histogram_scan(ask, query, moment_of(query, engine), edges)
    return tuple(int(count) for count in engine.fetch(scan.sql)[0])


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
        lone = isinstance(ask.measure, STOCKS)
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
    if not isinstance(ask.measure, STOCKS):
        yield compiler.aggregate_scan(group, query, moment)
    else:
        yield compiler.stock_scan(group, query.with_(totals=True), moment)
        if query.grain is not None and isinstance(ask.measure, Stock):
            yield compiler.balance_scan(ask, query, moment)
        elif query.grain is not None:
            yield compiler.stock_series_scan(ask, query, moment, buckets.instants(query, moment.as_of))
        if isinstance(ask.measure, Stock) and ask.measure.split_by and not query.by:
            yield compiler.split_scan(ask, query, moment)
    accompanied = _accompanied(group, query)
    if accompanied is not None:
        yield compiler.companion_scan(accompanied, query, moment)


def _accompanied(group: Sequence[Ask], query: Query) -> Ask | None:
    """The KPI of the scan whose companion is asked; those that share a scan share it: it is the same open stock.

    What stands at an instant has neither hour nor weekday: split or filtered by them, it is not asked.
    """
    placed = {"hour", "weekday"} & {*query.by, *(f.dimension for f in query.filters)}
    for ask in group:
        companion = ask.kpi.companion
        if companion is not None and (companion.time is not None or not placed):
            return ask
    return None


def _answer_group(group: Sequence[Ask], query: Query, moment: Moment, engine: Engine) -> dict[str, Answer]:
    scans = _scans(group, query, moment)
    fetched = [engine.fetch(scan.sql) for scan in scans]
    texts = tuple(scan.sql for scan in scans)
    beside = _companion(_accompanied(group, query), scans, fetched)
    bounds = quantile_bounds(group, query, moment, engine, scans[0], fetched[0])
    answers = {}
    for ask in group:
        total, groups = figures(ask, query, moment.as_of, scans, fetched, bounds.get(ask.kpi.id, {}))
        total, groups = with_companion(total, groups, beside, query)
        shown, rows_ = judged(ask.kpi, query, total, groups)
        answers[ask.kpi.id] = Answer(ask.kpi.id, shown, rows_, moment.as_of, texts)
    return answers


def _companion(
    ask: Ask | None, scans: Sequence[Scan], fetched: Sequence[list[Row]]
) -> dict[Keys | None, dict[str, int]]:
    """Counts beside the figures by the keys of `by`; None is the total."""
    if ask is None:
        return {}
    scan = scans[-1]
    read = reader(scan, ask.kpi.id)
    return {keys_of(row, scan): {name: int(count or 0) for name, count in read(row).items()} for row in fetched[-1]}
