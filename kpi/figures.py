"""From fetched rows to figures: values, classes, series with their empty buckets. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from kpi import buckets
from kpi.compiler import Ask, Scan
from kpi.measures import Quantile, Shares, Stock, StockQuantile, StockShares
from kpi.model import Figure, Query, Status
from kpi.statistics.intervals import Interval

Keys = tuple[Any, ...]
Row = tuple[Any, ...]
Groups = dict[Keys, Figure]
Bounds = Mapping[Keys | None, Interval]
"""Interval of each group; None is the key of the total."""
STOCKS = (Stock, StockQuantile, StockShares)
_SPLIT = (Shares, StockShares)


def reader(scan: Scan, kpi_id: str) -> Callable[[Row], dict[str, Any]]:
    """How to read one KPI in the rows of a scan: part -> value."""
    offset = scan.keys + 1 if scan.keys else 0
    names = tuple(scan.cells[kpi_id])
    plain = [(name, offset + cell.column) for name, cell in scan.cells[kpi_id].items()]
    listed = [(name, cell.item) for name, cell in scan.cells[kpi_id].items() if cell.item is not None]
    pick = itemgetter(*(column for _, column in plain)) if len(plain) > 1 else lambda row: (row[plain[0][1]],)

    def read(row: Row) -> dict[str, Any]:
        values = dict(zip(names, pick(row), strict=True))
        for name, item in listed:
            values[name] = None if values[name] is None else values[name][item]
        return values

    return read


def keys_of(row: Row, scan: Scan) -> Keys | None:
    """The keys of a row; None on the total row."""
    return None if scan.keys == 0 or row[scan.keys] != 0 else row[: scan.keys]


def figures(
    ask: Ask, query: Query, as_of: datetime, scans: Sequence[Scan], fetched: Sequence[list[Row]], bounds: Bounds
) -> tuple[Figure, Groups]:
    """The pooled total and the groups in order, without status."""
    total, groups = _of_main(ask, query, scans[0], fetched[0], bounds)
    if isinstance(ask.measure, Stock) and ask.measure.split_by and not query.by:
        split = {row[0]: row[2] for row in fetched[-1]}
        total = total._replace(extra={**total.extra, f"by_{ask.measure.split_by}": split})
    if query.grain is None:
        order = _order(ask)
        return total, {keys: groups[keys] for keys in sorted(groups, key=order)}
    if isinstance(ask.measure, Stock):
        return total, _balance(ask, query, as_of, scans[1], fetched[1])
    if isinstance(ask.measure, STOCKS):
        _, groups = _of_main(ask, query, scans[1], fetched[1], {})
        return total, _series(ask, groups, query, [reading.bucket for reading in buckets.instants(query, as_of)])
    return total, _series(ask, groups, query, buckets.spine(query))


def _of_main(ask: Ask, query: Query, scan: Scan, fetched: Iterable[Row], bounds: Bounds) -> tuple[Figure, Groups]:
    total, groups = Figure(), dict[Keys, Figure]()
    read = reader(scan, ask.kpi.id)
    for row in fetched:
        values, keys = read(row), keys_of(row, scan)
        if keys is None:
            total = _of_total(ask, query, values, bounds, groups)
        elif isinstance(ask.measure, _SPLIT):
            groups.update({(*keys, name): figure for name, figure in ask.measure.split(values)})
        else:
            figure = _figure(ask, values, bounds.get(keys))
            if figure.n or figure.n_missing or figure.n_invalid or figure.n_open:
                groups[keys] = figure
    return total, groups


def _of_total(ask: Ask, query: Query, values: dict[str, Any], bounds: Bounds, groups: Groups) -> Figure:
    """The total; its classes are the rows when nothing else splits it, and stay in `extra` else."""
    total = _figure(ask, values, bounds.get(None))
    if not isinstance(ask.measure, _SPLIT):
        return total
    classes = ask.measure.split(values)
    if not query.by and query.grain is None:
        groups.update({(name,): figure for name, figure in classes})
    return total._replace(extra={name: figure.n for name, figure in classes})


def _figure(ask: Ask, values: dict[str, Any], bounds: Interval | None) -> Figure:
    if isinstance(ask.measure, Quantile):
        values["ci"] = bounds or (None, None)
    return ask.measure.figure(values)


def _order(ask: Ask) -> Any:
    """Sort key: keys ascending, NULL last; classes in their own order."""
    if not isinstance(ask.measure, _SPLIT):
        return _null_last
    rank = {name: i for i, (name, _) in enumerate(ask.measure.classes)}
    return lambda keys: (*_null_last(keys[:-1]), rank[keys[-1]])


def _null_last(keys: Keys) -> Keys:
    return tuple((key is None, "" if key is None else key) for key in keys)


def _series(ask: Ask, groups: Groups, query: Query, spine: Sequence[Any]) -> Groups:
    """The groups with every bucket of the period present: 0 in an empty one for a count, no value for the rest."""
    at = len(query.by)
    heads = sorted({keys[:at] for keys in groups} or ({()} if not query.by else set()), key=_null_last)
    names: Sequence[Keys] = [()]
    empty = Figure(value=0) if ask.measure.kind == "count" else Figure()
    if isinstance(ask.measure, _SPLIT):
        names = [(name,) for name, _ in ask.measure.classes]
        empty = Figure(value=0) if ask.measure.kind == "stock_distribution" else empty
    return {
        (*head, bucket, *name): groups.get((*head, bucket, *name), empty)
        for head in heads
        for bucket in spine
        for name in names
    }


def _balance(ask: Ask, query: Query, as_of: datetime, scan: Scan, fetched: list[Row]) -> Groups:
    """A stock at each bucket's end: the opening (the NULL bucket) and then the net moves, cumulated."""
    moves: dict[Keys, dict[Any, int]] = defaultdict(dict)
    for row in fetched:
        moves[row[: scan.keys - 1]][row[scan.keys - 1]] = int(row[scan.keys + 1])
    if not query.by:
        moves[()]
    reached = [reading.bucket for reading in buckets.instants(query, as_of)]
    groups: Groups = {}
    for head in sorted(moves, key=_null_last):
        net = moves[head]
        level = net.get(None, 0)
        for bucket in reached:
            level += net.get(bucket, 0)
            keys = (*head, bucket)
            groups[keys] = Figure(keys, level, level, status=Status.OK)
    return groups


def with_companion(
    total: Figure, groups: Groups, counts: Mapping[Keys | None, Mapping[str, int]], query: Query
) -> tuple[Figure, Groups]:
    """The counts that stand beside the figures, on the total and on each group; a time bucket has none."""
    if not counts:
        return total, groups
    total = _beside(total, counts.get(None, {}))
    if query.grain is not None or not query.by:
        return total, groups
    none = dict.fromkeys(next(iter(counts.values())), 0)
    return total, {keys: _beside(figure, counts.get(keys, none)) for keys, figure in groups.items()}


def _beside(figure: Figure, counts: Mapping[str, int]) -> Figure:
    extra = {name: count for name, count in counts.items() if name != "n_open"}
    return figure._replace(n_open=counts.get("n_open", figure.n_open), extra={**figure.extra, **extra})
