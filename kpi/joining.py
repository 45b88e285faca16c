"""Answers made of several datasets or of two periods: each side by itself, then joined on the keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kpi import buckets, compiler, stock_scans
from kpi.asking import plain_parameters
from kpi.calendars import open_days, previous
from kpi.compiler import Ask, Scan
from kpi.datasets import DATASETS
from kpi.display import judged
from kpi.engines import Engine
from kpi.figures import Groups, Keys, keys_of, null_last, reader
from kpi.known import Moment
from kpi.measures import Growth, Joined, Measure, Side, Stock
from kpi.measures.joined import Parts, Sides
from kpi.model import Answer, Figure, Period, Query
from kpi.statistics import comparison

_GROWN = ("current", "previous")


def statements(ask: Ask, query: Query, moment: Moment, engine: Engine) -> tuple[str, ...]:
    """The SQL of each side."""
    return tuple(scan.sql for scan in _scans(ask, query, moment, engine).values())


def answered(ask: Ask, query: Query, moment: Moment, engine: Engine) -> Answer:
    """The answer of a KPI made of sides."""
    if isinstance(ask.measure, Joined) and (dark := _dark(ask, query)):
        return Answer(ask.kpi.id, Figure(), (), moment.as_of, (), dark=dark)
    scans = _scans(ask, query, moment, engine)
    sides = {name: _read(scan, ask.kpi.id, engine) for name, scan in scans.items()}
    places = {name: _places(ask.measure, name, query) for name in sides}
    whole = [side for name, side in sides.items() if places[name] is None]
    found = {
        keys: _of_keys(sides, keys, places, scans, ask.kpi.id) for keys in {keys for side in whole for keys in side}
    }
    figures = _joined(ask, query, found) if isinstance(ask.measure, Joined) else _grown(ask, query, found, engine)
    total = figures.pop(None, Figure())
    groups: Groups = {keys: figures[keys] for keys in sorted((k for k in figures if k is not None), key=null_last)}
    shown, rows = judged(ask.kpi, query, total, _every_bucket(groups, query))
    return Answer(ask.kpi.id, shown, rows, moment.as_of, tuple(scan.sql for scan in scans.values()))


def _dark(ask: Ask, query: Query) -> str | None:
    """Why a figure cannot be known: costs are those of whole months, and are not spread over days."""
    if not ask.kpi.whole_months or query.period is None:
        return None
    first, end = (buckets.to_local(at, query.timezone) for at in (query.period.start, query.period.end))
    whole = all(at.day == 1 and at.hour == at.minute == at.second == at.microsecond == 0 for at in (first, end))
    return None if whole else "whole_months"


# ---------------------------------------------------------------------------------------------- sides


def _scans(ask: Ask, query: Query, moment: Moment, engine: Engine) -> dict[str, Scan]:
    measure = ask.measure
    if isinstance(measure, Growth):
        assert query.period is not None
        before = query.with_(period=_before(ask, query))
        return {"current": _growth_scan(ask, query, moment), "previous": _growth_scan(ask, before, moment)}
    assert isinstance(measure, Joined)
    params = ask.params if measure.resolve is None else {**ask.params, **measure.resolve(query, moment, engine)}
    return {name: _side_scan(ask, side, params, query, moment) for name, side in measure.sides.items()}


def _growth_scan(ask: Ask, query: Query, moment: Moment) -> Scan:
    measure = ask.measure
    assert isinstance(measure, Growth)
    side = Ask(ask.kpi, ask.dataset, ask.where, Parts(measure.parts()), ask.time, ask.params)
    return compiler.aggregate_scan([side], query, moment, () if measure.of is None else (measure.of,))


def _side_scan(ask: Ask, side: Side, params: Mapping[str, Any], query: Query, moment: Moment) -> Scan:
    if side.without:
        filters = tuple(f for f in query.filters if f.dimension not in side.without)
        query = query.with_(by=tuple(name for name in query.by if name not in side.without), filters=filters)
    dataset = DATASETS[side.dataset]
    time = dataset.times[side.time] if side.time else None
    if side.stock is None:
        own = Ask(ask.kpi, dataset, side.where, Parts(side.parts), time, params)
        return compiler.aggregate_scan([own], query, moment)
    enters, leaves = side.stock
    standing = Ask(ask.kpi, dataset, side.where, Stock(enters, leaves, aggregates=side.parts), time, params)
    return stock_scans.stock_scan([standing], query, moment)


def _read(scan: Scan, kpi_id: str, engine: Engine) -> dict[Keys | None, dict[str, Any]]:
    """Keys -> aggregates; the total is None."""
    read = reader(scan, kpi_id)
    return {keys_of(row, scan): read(row) for row in engine.fetch(scan.sql)}


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


def _grown(ask: Ask, query: Query, found: Mapping[Keys | None, Sides], engine: Engine) -> dict[Keys | None, Figure]:
    measure = ask.measure
    assert isinstance(measure, Growth) and query.period is not None
    days = 1.0, 1.0
    if measure.per_open_day:
        days = open_days(query.period, engine), open_days(_before(ask, query), engine)
    figures: dict[Keys | None, Figure] = {}
    for keys, sides in found.items():
        current, before = (sides[name]["n"] or 0 for name in _GROWN)
        p = None
        if current + before and float(current).is_integer() and float(before).is_integer():
            p = comparison.count_ratio(current, days[0], before, days[1]).p
        if current or before or keys is None:
            figures[keys] = measure.grown(current, before, days, p)
    return figures


def _before(ask: Ask, query: Query) -> Period:
    assert query.period is not None
    against = str(plain_parameters(ask.kpi, query)["against"])
    return previous(query.period, query.timezone, last_year=against == "last_year")


def _every_bucket(groups: Groups, query: Query) -> Groups:
    """The groups with every bucket of the period present."""
    if query.grain is None:
        return groups
    at = len(query.by)
    heads: Iterable[Keys] = sorted({keys[:at] for keys in groups} or ({()} if not query.by else set()), key=null_last)
    return {(*head, b): groups.get((*head, b), Figure()) for head in heads for b in buckets.spine(query)}
