"""From a question to its answer: compile, fetch, make figures. The one path to every number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import pandas as pd
import sqlglot

from kpi import attainment, buckets, catalog, compiler, joining, row_scans, stock_scans
from kpi.asking import moment_of, needs, resolve
from kpi.bounds import bounds
from kpi.compiler import Ask, Scan
from kpi.definition import Companion
from kpi.display import judged
from kpi.engines import Engine
from kpi.errors import InvalidPeriod
from kpi.figures import STOCKS, Groups, Keys, Row, classes, figures, keys_of, reader, side_by_side, with_companion
from kpi.known import Moment
from kpi.measures import Attainment, ClassMeans, Growth, Joined, Mix, Ranking, Stock
from kpi.model import Answer, Figure, Period, Query

_LONE = (*STOCKS, Mix, Ranking, ClassMeans, Joined, Growth)
"""Measures that do not share a scan with other KPIs."""


def answer(query: Query, engine: Engine) -> dict[str, Answer]:
    """Answers every KPI of the question. Shape: KPI id -> `Answer`.

    Raises a `QuestionError` when a KPI, dimension, parameter or period is wrong.
    """
    moment = moment_of(query, engine)
    present = engine.tables()
    answers: dict[str, Answer] = {}
    asks: list[Ask] = []
    for kpi_id in query.kpis:
        ask = resolve(query, kpi_id, present)
        if missing := needs(ask.kpi, query, present):
            answers[kpi_id] = _no_data(kpi_id, moment.as_of, missing)
        elif ask.kpi.kind == attainment.KIND:
            answers[kpi_id] = attainment.answered(query.with_(kpis=(kpi_id,)), moment, engine, answer)
        elif ask.kpi.span and query.grain is not None:
            answers[kpi_id] = _bucket_by_bucket(ask, query.with_(kpis=(kpi_id,)), engine)
        else:
            asks.append(ask)
    for group in _grouped(asks):
        answers |= _answer_group(group, query, moment, engine)
    return {kpi_id: answers[kpi_id] for kpi_id in query.kpis}


def rows(
    query: Query,
    kpi_id: str,
    engine: Engine,
    limit: int | None = 1000,
    *,
    which: row_scans.Which = "counted",
    oldest_first: bool = False,
    because: str | None = None,
    side: str | None = None,
) -> pd.DataFrame:
    """The fact rows that a KPI counts, newest first; or (`which`) those that miss it, or those left out, each with its
    reason in `left_out_because`; `because` is one of those reasons; or those of one of its `sides`. `limit` None is
    all of them."""
    ask, moment = resolve(query, kpi_id, engine.tables()), moment_of(query, engine)
    if side is not None:
        return engine.frame(joining.side_rows(ask, side, query, moment, engine, limit).sql("duckdb"))
    return engine.frame(row_scans.rows_select(ask, query, moment, limit, which, oldest_first, because).sql("duckdb"))


def sides(kpi_id: str) -> dict[str, str]:
    """What a KPI made of several datasets is made of: name of a side -> its dataset; empty for any other."""
    measure = catalog.get(kpi_id).measure
    return {name: side.dataset for name, side in measure.sides.items()} if isinstance(measure, Joined) else {}


def longest(
    query: Query,
    kpi_id: str,
    engine: Engine,
    limit: int | None = 1000,
    between: row_scans.Between | None = None,
) -> pd.DataFrame:
    """The fact rows that a KPI counts, the longest first, with the seconds of its spread in `duration_s`: those of one
    class of `histogram` when `between` gives its edges. `limit` None is all of them; `InvalidPeriod` for a KPI that has
    no such seconds."""
    ask, moment = resolve(query, kpi_id, engine.tables()), moment_of(query, engine)
    if ask.kpi.spread is None:
        raise InvalidPeriod(f"{kpi_id} has no distribution of seconds.")
    return engine.frame(row_scans.longest_select(ask, query, moment, limit, between).sql("duckdb"))


def histogram(query: Query, kpi_id: str, engine: Engine, edges: Sequence[int]) -> tuple[int, ...]:
    """Rows by seconds of a KPI's spread (how long, how late): one count for each [edge, next edge), the last open."""
    ask = resolve(query, kpi_id)
    if ask.kpi.spread is None:
        raise InvalidPeriod(f"{kpi_id} has no distribution of seconds.")
    if needs(ask.kpi, query, engine.tables()):
        return (0,) * len(edges)
    scan = row_scans.histogram_scan(ask, query, moment_of(query, engine), edges)
    return tuple(int(count) for count in engine.fetch(scan.sql)[0])


class Step(NamedTuple):
    """Rows that a figure leaves out for one reason: an exclusion (spam, merged...), `outside` its population,
    `missing`, `invalid`, `open`, `undecided`, `not_yet` known; or `counted`."""

    reason: str
    n: int


def waterfall(query: Query, kpi_id: str, engine: Engine, side: str | None = None) -> tuple[Step, ...]:
    """From the rows placed in the period (or standing at the instant) to those counted, by reason: what is left out,
    the most first, then what is counted. Their sum is the rows there are. Filters apply to all of them.

    A figure made of several datasets has one for each of its `sides`. Empty when a table was never imported, for such
    a figure without a side, and for one made of other KPIs.
    """
    ask, moment = resolve(query, kpi_id, engine.tables()), moment_of(query, engine)
    if needs(ask.kpi, query, engine.tables()) or isinstance(ask.measure, Attainment):
        return ()
    if side is not None:
        ask, query = joining.side_of(ask, side, query, moment, engine)
    elif isinstance(ask.measure, Joined):
        return ()
    found = {row[0]: int(row[2]) for row in engine.fetch(row_scans.waterfall_scan(ask, query, moment).sql)}
    counted = Step("counted", found.pop("counted", 0))
    return (*(Step(*pair) for pair in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))), counted)


def sql(query: Query, kpi_id: str, engine: Engine) -> str:
    """The SQL of a KPI's figure, laid out to be read: in one statement what an answer may read in two passes."""
    ask, moment = resolve(query, kpi_id, engine.tables()), moment_of(query, engine)
    texts: Iterable[str]
    if isinstance(ask.measure, Attainment):
        texts = answer(query.with_(kpis=(kpi_id,)), engine)[kpi_id].sql
    elif isinstance(ask.measure, Joined | Growth):
        texts = joining.statements(ask, query, moment, engine)
    else:
        texts = (scan.sql for scan in _plan([ask], query, moment, in_passes=False).scans)
    return ";\n\n".join(sqlglot.transpile(text, read="duckdb", write="duckdb", pretty=True)[0] for text in texts)


def _no_data(kpi_id: str, as_of: datetime, missing: tuple[str, ...]) -> Answer:
    kpi = catalog.get(kpi_id)
    return Answer(
        kpi_id, Figure(value=0 if kpi.kind in ("count", "distinct", "stock") else None), (), as_of, (), missing
    )


def _grouped(asks: Iterable[Ask]) -> list[list[Ask]]:
    groups: dict[tuple[Any, ...], list[Ask]] = defaultdict(list)
    for ask in asks:
        groups[(ask.kpi.id,) if isinstance(ask.measure, _LONE) else ask.shares_scan_with].append(ask)
    return list(groups.values())


def _bucket_by_bucket(ask: Ask, query: Query, engine: Engine) -> Answer:
    """A figure of the period itself (customers kept from its start to its end): asked of each bucket in turn."""
    assert query.period is not None and query.grain is not None
    plain = query.with_(grain=None)
    total = answer(plain, engine)[ask.kpi.id]
    rows: list[Figure] = []
    for day in buckets.spine(query):
        start, end = (
            buckets.to_utc(day, query.timezone),
            buckets.to_utc(buckets.next_of(day, query.grain), query.timezone),
        )
        within = Period(max(start, query.period.start), min(end, query.period.end))
        found = answer(plain.with_(period=within), engine)[ask.kpi.id]
        own = found.rows if query.by else (found.total,)
        rows += [figure.placed((*figure.keys, day), figure.status) for figure in own]
    return Answer(ask.kpi.id, total.total, tuple(rows), total.as_of, total.sql)


# ---------------------------------------------------------------------------------------------- scans


@dataclass(frozen=True, slots=True)
class _Plan:
    """The statements of a group of KPIs: the figures', then those of the counts beside them."""

    scans: tuple[Scan, ...]
    beside: tuple[tuple[Companion, str, int], ...]
    """(companion, the KPI under whose name it was asked, place of its statement)."""


@lru_cache(maxsize=256)
def _planned(kpi_ids: tuple[str, ...], query: Query, moment: Moment, present: frozenset[str]) -> _Plan:
    return _plan([resolve(query, kpi_id, present) for kpi_id in kpi_ids], query, moment)


def _plan(group: Sequence[Ask], query: Query, moment: Moment, *, in_passes: bool = True) -> _Plan:
    """`in_passes` leaves to `bounds` what it reads anyway: the quantiles of a total."""
    scans = list(_figure_scans(group, query, moment, in_passes))
    beside: list[tuple[Companion, str, int]] = []
    for ask in group:
        companion = _companion_of(ask, query)
        if companion is not None and all(companion != known for known, _, _ in beside):
            beside.append((companion, ask.kpi.id, len(scans)))
            scans.append(compiler.companion_scan(ask, query, moment))
    return _Plan(tuple(scans), tuple(beside))


def _figure_scans(group: Sequence[Ask], query: Query, moment: Moment, in_passes: bool) -> Iterable[Scan]:
    ask = group[0]
    if isinstance(ask.measure, Mix | Ranking):
        yield from compiler.classes_scan(ask, query, moment)
    elif isinstance(ask.measure, ClassMeans):
        yield compiler.class_means_scan(ask, query, moment)
    elif not isinstance(ask.measure, STOCKS):
        alone = not query.by and query.grain is None
        yield compiler.aggregate_scan(group, query, moment, sizes=in_passes and alone and query.intervals)
    else:
        yield from _stock_scans(ask, query, moment)


def _stock_scans(ask: Ask, query: Query, moment: Moment) -> Iterable[Scan]:
    """The stock, then its series, then its split."""
    yield stock_scans.stock_scan([ask], query.with_(totals=True), moment)
    if query.grain is not None and isinstance(ask.measure, Stock) and not stock_scans.ages(query):
        yield stock_scans.balance_scan(ask, query, moment)
    elif query.grain is not None:
        yield stock_scans.stock_series_scan(ask, query, moment, buckets.instants(query, moment.as_of))
    if isinstance(ask.measure, Stock) and ask.measure.split_by and not query.by:
        yield stock_scans.split_scan(ask, query, moment)


def _companion_of(ask: Ask, query: Query) -> Companion | None:
    """What stands beside a KPI. It has neither hour nor weekday: split or filtered by them, it is not asked."""
    companion = ask.kpi.companion
    placed = {"hour", "half_hour", "weekday"} & {*query.by, *(f.dimension for f in query.filters)}
    return None if companion is None or (companion.time is None and placed) else companion


def _answer_group(group: Sequence[Ask], query: Query, moment: Moment, engine: Engine) -> dict[str, Answer]:
    if isinstance(group[0].measure, Joined | Growth):
        return {group[0].kpi.id: joining.answered(group[0], query, moment, engine)}
    plan = _planned(tuple(ask.kpi.id for ask in group), query, moment, engine.tables())
    texts = tuple(scan.sql for scan in plan.scans)
    fetched = [side_by_side(*read) for read in zip(plan.scans, engine.fetch_each(texts), strict=True)]
    found = bounds(group, query, moment, engine, plan.scans[0], fetched[0])
    answers = {}
    for ask in group:
        if isinstance(ask.measure, Mix | Ranking):
            total, groups = classes(ask, query, plan.scans, fetched)
        else:
            total, groups = figures(ask, query, moment.as_of, plan.scans, fetched, found.get(ask.kpi.id, {}))
        total, groups = _accompanied(ask, total, groups, query, plan, fetched)
        shown, rows_ = judged(ask.kpi, query, total, groups)
        answers[ask.kpi.id] = Answer(ask.kpi.id, shown, rows_, moment.as_of, texts)
    return answers


def _accompanied(
    ask: Ask, total: Figure, groups: Groups, query: Query, plan: _Plan, fetched: Sequence[list[Row]]
) -> tuple[Figure, Groups]:
    companion = _companion_of(ask, query)
    for known, kpi_id, place in plan.beside:
        if known == companion:
            scan = plan.scans[place]
            read = reader(scan, kpi_id)
            counts: dict[Keys | None, dict[str, int]] = {
                keys_of(row, scan): {name: int(count or 0) for name, count in read(row).items()}
                for row in fetched[place]
            }
            return with_companion(total, groups, counts, query)
    return total, groups
