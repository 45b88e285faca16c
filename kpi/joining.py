"""Answers made of several datasets or of two periods: each side by itself, then joined on the keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Any

import numpy as np
from sqlglot import exp

from kpi import buckets, compiler, stock_scans
from kpi.asking import plain_parameters
from kpi.calendars import open_days_of, previous
from kpi.compiler import Ask, Scan, limited
from kpi.datasets import DATASETS
from kpi.display import judged
from kpi.engines import Engine
from kpi.errors import UnknownParameter
from kpi.figures import Groups, Keys, Row, in_order, keys_of, reader
from kpi.fragments import Substitution
from kpi.known import Moment
from kpi.measures import Growth, Joined, Measure, Side, Stock
from kpi.measures.base import both
from kpi.measures.joined import Parts, Sides
from kpi.model import Answer, Figure, Period, Query
from kpi.row_scans import rows_select
from kpi.statistics import comparison

_GROWN = ("current", "previous")


def statements(ask: Ask, query: Query, moment: Moment, engine: Engine) -> tuple[str, ...]:
    """The SQL of each side."""
    if isinstance(ask.measure, Growth):
        return (_growth_scan(ask, query, moment).sql,)
    return tuple(scan.sql for scan in _scans(ask, query, moment, engine).values())


def answered(ask: Ask, query: Query, moment: Moment, engine: Engine) -> Answer:
    """The answer of a KPI made of sides or of two periods."""
    if isinstance(ask.measure, Growth):
        return _grown_answer(ask, query, moment, engine)
    if isinstance(ask.measure, Joined) and (dark := _dark(ask, query)):
        return Answer(ask.kpi.id, Figure(), (), moment.as_of, (), dark=dark)
    scans = _scans(ask, query, moment, engine)
    fetched = engine.fetch_each([scan.sql for scan in scans.values()])
    sides = {name: _read(scan, ask.kpi.id, rows) for (name, scan), rows in zip(scans.items(), fetched, strict=True)}
    places = {name: _places(ask.measure, name, query) for name in sides}
    whole = [side for name, side in sides.items() if places[name] is None]
    found = {
        keys: _of_keys(sides, keys, places, scans, ask.kpi.id) for keys in {keys for side in whole for keys in side}
    }
    return _answer(ask, query, moment, _joined(ask, query, found), (scan.sql for scan in scans.values()))


def _answer(
    ask: Ask, query: Query, moment: Moment, figures: dict[Keys | None, Figure], statements: Iterable[str]
) -> Answer:
    total = figures.pop(None, Figure())
    groups: Groups = {keys: figures[keys] for keys in in_order(keys for keys in figures if keys is not None)}
    shown, rows = judged(ask.kpi, query, total, _every_bucket(groups, query))
    return Answer(ask.kpi.id, shown, rows, moment.as_of, tuple(statements))


def _dark(ask: Ask, query: Query) -> str | None:
    """Why a figure cannot be known: costs are those of whole months, and are not spread over days."""
    if not ask.kpi.whole_months or query.period is None:
        return None
    first, end = (buckets.to_local(at, query.timezone) for at in (query.period.start, query.period.end))
    whole = all(at.day == 1 and at.hour == at.minute == at.second == at.microsecond == 0 for at in (first, end))
    return None if whole else "whole_months"


# ---------------------------------------------------------------------------------------------- sides


def side_rows(
    ask: Ask, name: str, query: Query, moment: Moment, engine: Engine, limit: int | None = 1000
) -> exp.Select:
    """The rows of one side of a joined figure, newest first."""
    own, query = side_of(ask, name, query, moment, engine)
    return rows_select(own, query, moment, limit)


def side_of(ask: Ask, name: str, query: Query, moment: Moment, engine: Engine) -> tuple[Ask, Query]:
    """One side of a joined figure as a KPI of its own dataset, and the question without what that does not have."""
    measure = ask.measure
    if not isinstance(measure, Joined) or name not in measure.sides:
        raise UnknownParameter(f"{ask.kpi.id} is not made of {name!r}.")
    return _side(ask, measure.sides[name], _resolved(ask, measure, query, moment, engine), query)


def _scans(ask: Ask, query: Query, moment: Moment, engine: Engine) -> dict[str, Scan]:
    measure = ask.measure
    assert isinstance(measure, Joined)
    params = _resolved(ask, measure, query, moment, engine)
    return {name: _side_scan(ask, side, params, query, moment) for name, side in measure.sides.items()}


def _growth_scan(ask: Ask, query: Query, moment: Moment) -> Scan:
    """The rows of both periods, read once."""
    measure = ask.measure
    assert isinstance(measure, Growth) and query.period is not None and ask.time is not None
    before = _before(ask, query)
    at, periods = ask.time.at, dict(zip(_GROWN, (query.period, before), strict=True))
    within = {name: f"{at} >= ${name}_from AND {at} < ${name}_to" for name in periods}
    where = both(ask.where, f"({within[_GROWN[0]]}) OR ({within[_GROWN[1]]})")
    if before.end == query.period.start:  # The rows are those of both: one edge tells them apart.
        within = dict(zip(_GROWN, (f"{at} >= $current_from", f"{at} < $current_from"), strict=True))
        where = ask.where
    edges = {
        f"{name}_{edge}": at
        for name, period in periods.items()
        for edge, at in (("from", period.start), ("to", period.end))
    }
    parts = {name: limited(measure.count, condition) for name, condition in within.items()}
    side = Ask(ask.kpi, ask.dataset, where, Parts(parts), ask.time, {**ask.params, **edges})
    whole = Period(min(query.period.start, before.start), max(query.period.end, before.end))
    keys = () if measure.of is None else (measure.of,)
    return compiler.aggregate_scan([side], query.with_(period=whole, totals=False), moment, keys)


def _resolved(ask: Ask, measure: Joined, query: Query, moment: Moment, engine: Engine) -> Mapping[str, Substitution]:
    return ask.params if measure.resolve is None else {**ask.params, **measure.resolve(query, moment, engine)}


def _side_scan(ask: Ask, side: Side, params: Mapping[str, Substitution], query: Query, moment: Moment) -> Scan:
    own, query = _side(ask, side, params, query)
    if isinstance(own.measure, Stock):
        return stock_scans.stock_scan([own], query, moment)
    return compiler.aggregate_scan([own], query, moment)


def _side(ask: Ask, side: Side, params: Mapping[str, Substitution], query: Query) -> tuple[Ask, Query]:
    """A side as a KPI of its own dataset, and the question without what the dataset does not have."""
    if side.without:
        filters = tuple(f for f in query.filters if f.dimension not in side.without)
        query = query.with_(by=tuple(name for name in query.by if name not in side.without), filters=filters)
    dataset = DATASETS[side.dataset]
    time = dataset.times[side.time] if side.time else None
    measure: Measure = Parts(side.parts)
    if side.stock is not None:
        enters, leaves = side.stock
        measure = Stock(enters, leaves, aggregates=side.parts)
    return Ask(ask.kpi, dataset, side.where, measure, time, params), query


def _read(scan: Scan, kpi_id: str, rows: Iterable[Row]) -> dict[Keys | None, dict[str, Any]]:
    """Keys -> aggregates; the total is None."""
    read = reader(scan, kpi_id)
    return {keys_of(row, scan): read(row) for row in rows}


def _places(measure: Measure, name: str, query: Query) -> tuple[int, ...] | None:
    """Which keys of a group a side has; None is all of them."""
    without = measure.sides[name].without if isinstance(measure, Joined) else ()
    kept = tuple(at for at, dimension in enumerate(query.by) if dimension not in without)
    if len(kept) == len(query.by):
        return None
    return kept if query.grain is None else (*kept, len(query.by))


def _of_keys(
    sides: Mapping[str, Mapping[Keys | None, dict[str, Any]]],
    keys: Keys | None,
    places: Mapping[str, tuple[int, ...] | None],
    scans: Mapping[str, Scan],
    kpi_id: str,
) -> Sides:
    def own(at: tuple[int, ...] | None) -> Keys | None:
        return keys if at is None or keys is None else tuple(keys[i] for i in at) or None

    return {
        name: side.get(own(places[name])) or dict.fromkeys(scans[name].cells[kpi_id]) for name, side in sides.items()
    }


# ---------------------------------------------------------------------------------------------- figures


def _joined(ask: Ask, query: Query, found: Mapping[Keys | None, Sides]) -> dict[Keys | None, Figure]:
    assert isinstance(ask.measure, Joined)
    params = plain_parameters(ask.kpi, query)
    return {keys: ask.measure.combine(sides, params) for keys, sides in found.items()}


def _grown_answer(ask: Ask, query: Query, moment: Moment, engine: Engine) -> Answer:
    measure = ask.measure
    assert isinstance(measure, Growth) and query.period is not None
    days = 1.0, 1.0
    if measure.per_open_day:
        now, then = open_days_of((query.period, _before(ask, query)), engine)
        days = now, then
    scan = _growth_scan(ask, query, moment)
    keys, current, previous = _counted(scan, ask.kpi.id, engine.fetch(scan.sql), totals=query.totals)
    figures = measure.grown(current, previous, days, _tested(current, previous, days))
    return _answer(ask, query, moment, dict(zip(keys, figures, strict=True)), (scan.sql,))


def _counted(
    scan: Scan, kpi_id: str, rows: Iterable[Row], *, totals: bool
) -> tuple[list[Keys | None], list[float], list[float]]:
    """The keys of what was counted in either period, and what each period counted of it. The total is None; it is
    added up here: as a grouping set it took DuckDB longer than all groups."""
    at = scan.keys and scan.keys + 1
    first, second = (at + scan.cells[kpi_id][name].column for name in _GROWN)
    found = [(row[: scan.keys] or None, row[first] or 0, row[second] or 0) for row in rows]
    if scan.keys:
        found = [one for one in found if one[1] or one[2]]
    keys, current, previous = map(list, zip(*found, strict=True)) if found else ([], [], [])
    if scan.keys and totals:
        keys, current, previous = [None, *keys], [_added(current), *current], [_added(previous), *previous]
    return keys, current, previous


def _added(counts: Sequence[float]) -> float:
    """Their sum, whatever their order; whole of whole counts."""
    return sum(counts) if all(isinstance(count, int) for count in counts) else fsum(counts)


def _tested(current: Sequence[float], previous: Sequence[float], days: tuple[float, float]) -> Sequence[float | None]:
    """The p of each change of whole counts; None where there is nothing to test."""
    if min(days) <= 0:
        return [None] * len(current)
    now, before = np.array(current, np.float64), np.array(previous, np.float64)
    (tested,) = np.nonzero((now % 1 == 0) & (before % 1 == 0) & (now + before != 0))
    p = comparison.count_ratio_tests(now[tested], days[0], before[tested], days[1])
    if len(p) == len(current):
        return p
    found: list[float | None] = [None] * len(current)
    for at, own in zip(tested.tolist(), p, strict=True):
        found[at] = own
    return found


def _before(ask: Ask, query: Query) -> Period:
    assert query.period is not None
    against = str(plain_parameters(ask.kpi, query)["against"])
    return previous(query.period, query.timezone, last_year=against == "last_year")


def _every_bucket(groups: Groups, query: Query) -> Groups:
    """The groups with every bucket of the period present."""
    if query.grain is None:
        return groups
    at = len(query.by)
    heads: Iterable[Keys] = in_order({keys[:at] for keys in groups} or ({()} if not query.by else set()))
    return {(*head, b): groups.get((*head, b), Figure()) for head in heads for b in buckets.spine(query)}
