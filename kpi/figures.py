"""From fetched rows to figures: values, classes, series with their empty buckets. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate, chain, repeat
from operator import itemgetter
from typing import Any, NamedTuple

from kpi import buckets
from kpi.compiler import Ask, Scan
from kpi.datasets import AGEING
from kpi.measures import ClassMeans, Count, Mix, Quantile, Ranking, Shares, Stock, StockQuantile, StockShares
from kpi.model import Figure, Query, Status, made
from kpi.stock_scans import ages

Keys = tuple[Any, ...]
Row = tuple[Any, ...]
Groups = dict[Keys, Figure]


class Bound(NamedTuple):
    """Interval of a quantile; its `value` too where the scan of the figures has only its size."""

    low: float | None
    high: float | None
    value: float | None = None


Bounds = Mapping[Keys | None, Bound]
"""What bounds each group; None is the key of the total."""
STOCKS = (Stock, StockQuantile, StockShares)
_MANY = 64
"""Rows from which it pays to make figures column by column."""
_SPLIT = (Shares, StockShares, ClassMeans)


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


def side_by_side(scan: Scan, fetched: list[Row]) -> list[Row]:
    """The rows of a scan; those of the classes of a group as one, which begins with what is of all its classes."""
    if not scan.classes:
        return fetched
    at = scan.keys + 1 if scan.keys else 0
    groups: dict[Keys, dict[str | None, Row]] = defaultdict(dict)
    for row in fetched:
        name, of_all = row[at : at + 2]
        if of_all or name is not None:
            groups[row[:at]][None if of_all else name] = row[at + 2 :]
    none = (None,) * (len(fetched[0]) - at - 2) if fetched else ()
    return [sum((own.get(name, none) for name in (None, *scan.classes)), start=head) for head, own in groups.items()]


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
        order = _order(ask, query)
        return total, {keys: groups[keys] for keys in sorted(groups, key=order)}
    if isinstance(ask.measure, Stock) and not ages(query):
        return total, _balance(ask, query, as_of, scans[1], fetched[1])
    if isinstance(ask.measure, STOCKS):
        _, groups = _of_main(ask, query, scans[1], fetched[1], {})
        return total, _series(ask, groups, query, [reading.bucket for reading in buckets.instants(query, as_of)])
    return total, _series(ask, groups, query, buckets.spine(query))


def classes(ask: Ask, query: Query, scans: Sequence[Scan], fetched: Sequence[list[Row]]) -> tuple[Figure, Groups]:
    """Open classes: the total, and the classes of each group in their order. Its own classes stay in the total's
    `extra` when something else splits it."""
    measure = ask.measure
    assert isinstance(measure, Mix | Ranking)
    whole, split = scans
    read, read_class = reader(whole, ask.kpi.id), reader(split, ask.kpi.id)
    totals = [read(row) for row in fetched[0] if keys_of(row, whole) is None]
    total = measure.figure(totals[0]) if totals else Figure()
    heads: dict[Keys, list[tuple[Any, Any]]] = defaultdict(list)
    for row in fetched[1]:
        heads[row[: split.keys - 1]].append((row[split.keys - 1], read_class(row)))
    groups: Groups = {}
    first = None
    if isinstance(measure, Ranking) and (top := dict(ask.params).get(measure.top)):
        first = int(str(top))
    for head in in_order(heads):
        shown = measure.classes(heads[head], first) if isinstance(measure, Ranking) else measure.classes(heads[head])
        groups.update({(*head, name): figure for name, figure in shown})
    if isinstance(measure, Mix) and split.keys > 1:
        total = total._replace(extra=_pooled(groups))
    return total, groups


def _pooled(groups: Groups) -> dict[Any, int]:
    """Class -> rows, over all groups; the most frequent first, then by class."""
    counts = Counter[Any]()
    for (*_, name), figure in groups.items():
        counts[name] += figure.n
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _of_main(ask: Ask, query: Query, scan: Scan, fetched: Sequence[Row], bounds: Bounds) -> tuple[Figure, Groups]:
    total, groups = Figure(), dict[Keys, Figure]()
    read = reader(scan, ask.kpi.id)
    if isinstance(ask.measure, Count) and not ask.measure.uncounted() and scan.keys and len(fetched) > _MANY:
        return _of_counts(ask.measure, scan, scan.cells[ask.kpi.id]["n"].column, fetched)
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


def _of_counts(measure: Count, scan: Scan, column: int, fetched: Sequence[Row]) -> tuple[Figure, Groups]:
    """A long list of counts, column by column."""
    columns = list(zip(*fetched, strict=True))
    keys = list(zip(*columns[: scan.keys], strict=True))
    # COUNT_IF is NULL where no row of the group has a value.
    flags, counts = columns[scan.keys], [int(count or 0) for count in columns[scan.keys + 1 + column]]
    total = Figure()
    if 1 in flags:
        at = flags.index(1)
        total = measure.figure({"n": counts[at]})
        del keys[at], counts[at]
    groups = dict(zip(keys, measure.many(keys, counts), strict=True))
    return total, groups if all(counts) else {key: figure for key, figure in groups.items() if figure.n}


def _of_total(ask: Ask, query: Query, values: dict[str, Any], bounds: Bounds, groups: Groups) -> Figure:
    """The total; its classes are the rows when nothing else splits it, and stay in `extra` else."""
    total = _figure(ask, values, bounds.get(None))
    if not isinstance(ask.measure, _SPLIT):
        return total
    classes = ask.measure.split(values)
    if not query.by and query.grain is None:
        groups.update({(name,): figure for name, figure in classes})
    means = isinstance(ask.measure, ClassMeans)
    return total._replace(extra={name: figure.value if means else figure.n for name, figure in classes})


def _figure(ask: Ask, values: dict[str, Any], bound: Bound | None) -> Figure:
    if isinstance(ask.measure, Quantile):
        values["ci"] = (bound.low, bound.high) if bound else (None, None)
        values.setdefault("value", bound.value if bound else None)
    return ask.measure.figure(values)


def _order(ask: Ask, query: Query) -> Any:
    """Sort key: keys ascending, NULL last; classes in their own order."""
    heads = _head_order(query)
    if not isinstance(ask.measure, _SPLIT):
        return heads
    rank = {name: i for i, (name, _) in enumerate(ask.measure.classes)}
    return lambda keys: (*heads(keys[:-1]), rank[keys[-1]])


def _head_order(query: Query) -> Callable[[Keys], Keys]:
    """Sort key of the dimensions: ascending, the ages and states in their own order, NULL last."""
    ranks = [{name: i for i, name in enumerate(AGEING.get(dimension, ()))} for dimension in query.by]
    if not any(ranks):
        return null_last
    return lambda keys: null_last(tuple(rank.get(key, key) for rank, key in zip(ranks, keys, strict=True)))


def in_order(keys: Iterable[Keys]) -> list[Keys]:
    """Ascending, the empty value last."""
    found = list(keys)
    return sorted(found, key=null_last if None in chain.from_iterable(found) else None)


def null_last(keys: Keys) -> Keys:
    """Sort key: ascending, the empty value last."""
    return tuple((key is None, "" if key is None else key) for key in keys)


def _series(ask: Ask, groups: Groups, query: Query, spine: Sequence[Any]) -> Groups:
    """The groups with every bucket of the period present: 0 in an empty one for a count, no value for the rest."""
    at = len(query.by)
    heads = sorted({keys[:at] for keys in groups} or ({()} if not query.by else set()), key=_head_order(query))
    names: Sequence[Keys] = [()]
    empty = Figure(value=0) if ask.measure.kind in ("count", "distinct", "stock") else Figure()
    if isinstance(ask.measure, _SPLIT):
        names = [(name,) for name, _ in ask.measure.classes]
        empty = Figure(value=0) if ask.measure.kind == "stock_distribution" else empty
    keys = [(*head, bucket, *name) for head in heads for bucket in spine for name in names]
    return dict(zip(keys, map(groups.get, keys, repeat(empty)), strict=True))


def _balance(ask: Ask, query: Query, as_of: datetime, scan: Scan, fetched: list[Row]) -> Groups:
    """A stock at each bucket's end: the opening (the NULL bucket) and then the net moves, cumulated."""
    moves: dict[Keys, dict[Any, int]] = defaultdict(dict)
    if fetched:
        columns = list(zip(*fetched, strict=True))
        owners: Iterable[Keys] = zip(*columns[: scan.keys - 1], strict=True) if query.by else repeat(())
        for head, bucket, net in zip(owners, columns[scan.keys - 1], map(int, columns[scan.keys + 1]), strict=False):
            moves[head][bucket] = net
    if not query.by:
        moves[()]
    reached = [reading.bucket for reading in buckets.instants(query, as_of)]
    groups: Groups = {}
    rest = [repeat(field) for field in Figure(status=Status.OK)[3:]]
    for head in in_order(moves):
        own = moves[head]
        steps = list(map(own.get, reached, repeat(0)))
        levels = list(accumulate(steps, initial=own.get(None, 0)))[1:]
        keys = [(*head, bucket) for bucket in reached]
        groups.update(zip(keys, map(made, zip(keys, levels, levels, *rest, strict=False)), strict=True))
    return groups


def with_companion(
    total: Figure, groups: Groups, counts: Mapping[Keys | None, Mapping[str, int]], query: Query
) -> tuple[Figure, Groups]:
    """The counts that stand beside the figures, on the total and on each group; a time bucket has none. A group of
    which all still waits has no figure, and is shown for what waits."""
    if not counts:
        return total, groups
    total = _beside(total, counts.get(None, {}))
    if query.grain is not None or not query.by:
        return total, groups
    none = dict.fromkeys(next(iter(counts.values())), 0)
    waiting = {keys for keys, own in counts.items() if keys is not None and "n_open" in own and any(own.values())}
    shown = groups if waiting <= groups.keys() else sorted(waiting | groups.keys(), key=_head_order(query))
    return total, {keys: _beside(groups.get(keys, Figure()), counts.get(keys, none)) for keys in shown}


def _beside(figure: Figure, counts: Mapping[str, int]) -> Figure:
    extra = {name: count for name, count in counts.items() if name != "n_open"}
    return figure._replace(n_open=counts.get("n_open", figure.n_open), extra={**figure.extra, **extra})
