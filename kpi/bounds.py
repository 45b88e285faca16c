"""What needs a second pass, once the sizes of the groups are known: the order statistics that bound quantiles and, of
a total, the quantile itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kpi import quantile_scans
from kpi.compiler import Ask, Scan
from kpi.engines import Engine
from kpi.figures import Bound, Keys, Row, keys_of, reader
from kpi.known import Moment
from kpi.measures import Quantile
from kpi.model import Query
from kpi.statistics import intervals

Sizes = Mapping[str, Mapping[Keys | None, int]]
Found = dict[str, dict[Keys | None, Bound]]


def bounds(
    group: Sequence[Ask], query: Query, moment: Moment, engine: Engine, scan: Scan, fetched: Sequence[Row]
) -> Found:
    """KPI -> keys -> interval of the quantiles of a scan; None is the key of the total."""
    found: Found = {}
    if not query.intervals:
        return found
    populations: dict[Any, list[Ask]] = defaultdict(list)
    for ask in group:
        if isinstance(ask.measure, Quantile):
            populations[ask.where, tuple(sorted(ask.params.items(), key=repr))].append(ask)
    for asks in populations.values():
        found |= _of_quantiles(asks, query, moment, engine, scan, fetched)
    return found


def _of_quantiles(
    asks: Sequence[Ask], query: Query, moment: Moment, engine: Engine, scan: Scan, fetched: Sequence[Row]
) -> Found:
    found: Found = {ask.kpi.id: {} for ask in asks}
    sizes: dict[str, dict[Keys | None, int]] = {}
    for ask in asks:
        read = reader(scan, ask.kpi.id)
        sizes[ask.kpi.id] = {keys_of(row, scan): int(read(row)["n"] or 0) for row in fetched}
    _of_total(asks, query, moment, engine, sizes, found)
    _of_groups(asks, query, moment, engine, sizes, found)
    return found


def _ranks(ask: Ask, sizes: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Size -> (lower rank, upper rank), 0 where there is none."""
    assert isinstance(ask.measure, Quantile)
    distinct = sorted(set(sizes) - {0})
    lower, upper = intervals.quantile_ranks(distinct, ask.measure.q)
    return {n: (int(low), int(high)) for n, low, high in zip(distinct, lower, upper, strict=True)}


def _of_total(asks: Sequence[Ask], query: Query, moment: Moment, engine: Engine, sizes: Sizes, found: Found) -> None:
    ranks = {ask.kpi.id: (n, _all_ranks(ask, n)) for ask in asks if (n := sizes[ask.kpi.id].get(None, 0))}
    asked = [ask for ask in asks if ask.kpi.id in ranks]
    if not asked:
        return
    scan = quantile_scans.interval_total_scan(asked, query, moment, ranks)
    (row,) = engine.fetch(scan.sql)
    for ask in asked:
        assert isinstance(ask.measure, Quantile)
        n, own = ranks[ask.kpi.id]
        values = reader(scan, ask.kpi.id)(row)
        value = intervals.between(float(values["below"]), float(values["above"]), n, ask.measure.q)
        found[ask.kpi.id][None] = _bound(values, own["lower"], own["upper"])._replace(value=value)


def _all_ranks(ask: Ask, n: int) -> dict[str, int]:
    """The ranks of the two values that a quantile lies between, and of its bounds."""
    assert isinstance(ask.measure, Quantile)
    below, above = intervals.ranks_around(n, ask.measure.q)
    lower, upper = _ranks(ask, [n])[n]
    return {"below": below, "above": above, "lower": lower, "upper": upper}


def _of_groups(asks: Sequence[Ask], query: Query, moment: Moment, engine: Engine, sizes: Sizes, found: Found) -> None:
    ranks = {ask.kpi.id: _ranks(ask, (n for keys, n in sizes[ask.kpi.id].items() if keys is not None)) for ask in asks}
    asked = [ask for ask in asks if ranks[ask.kpi.id]]
    if not asked:
        return
    scan = quantile_scans.interval_rows_scan(asked, query, moment, ranks)
    for row in engine.fetch(scan.sql):
        keys = row[: scan.keys]
        for ask in asked:
            pair = ranks[ask.kpi.id].get(sizes[ask.kpi.id].get(keys, 0), (0, 0))
            found[ask.kpi.id][keys] = _bound(reader(scan, ask.kpi.id)(row), *pair)


def _bound(values: Mapping[str, Any], lower: int, upper: int) -> Bound:
    return Bound(float(values["lower"]) if lower else None, float(values["upper"]) if upper else None)
