"""The ten slowest KPIs of the whole catalogue against hand-written SQL that returns the same fields."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from kpi import answer as answers
from kpi import buckets, catalog, shapes
from kpi.asking import resolve
from kpi.calendars import previous
from kpi.engines import DuckDBEngine
from kpi.measures import Quantile
from kpi.model import Answer, Figure, Period, Query
from kpi.statistics import intervals
from tests.bench.hand_slow import AFTER, STATEMENTS
from tests.bench.stores import made

LIMIT = 1.15
RUNS = 21
ZONE = "Europe/Paris"
_SLOWEST = 10
_DAYS = 30
_INGREDIENTS = {"respondents", "aa", "ab", "bb", "handled", "handled_s"}
"""Columns of which an interval or a figure is made, and that no field repeats."""


def run(sizes: Sequence[int]) -> None:
    for size in sizes:
        _measure(size, made(size))


def _measure(size: int, path: Path) -> None:
    engine, hand = DuckDBEngine(path), duckdb.connect(":memory:")
    hand.execute(f"ATTACH '{path}' AS store (READ_ONLY)")
    hand.execute("USE store")
    print(f"\n{size:,} tickets, {_DAYS} days, the ten slowest KPIs; ms, median of {RUNS} paired runs")
    print(f"{'KPI':32} {'first':>8} {'again':>8} {'by hand':>8} {'ratio':>6} {'again':>6}  within {LIMIT}")
    for kpi_id in _slowest(engine):
        if kpi_id not in STATEMENTS:
            print(f"{kpi_id:32} has no statement by hand: write it in hand_slow.py")
            continue
        query = _query(kpi_id, engine)
        sql = _filled(kpi_id, query, engine)
        _same(kpi_id, answers.answer(query, engine)[kpi_id], sql, hand)
        first, again, by_hand = _timed(query, engine, sql, hand)
        verdict = "yes" if first <= by_hand * LIMIT else "NO"
        ratios = f"{first / by_hand:6.2f} {again / by_hand:6.2f}"
        print(f"{kpi_id:32} {first:8.1f} {again:8.1f} {by_hand:8.1f} {ratios}  {verdict}", flush=True)


def _query(kpi_id: str, engine: DuckDBEngine) -> Query:
    last = buckets.to_local(engine.data_until(), ZONE).date()
    period = Period(*(buckets.to_utc(day, ZONE) for day in (last - timedelta(days=_DAYS), last)))
    return Query((kpi_id,), period if catalog.get(kpi_id).needs_period else None, timezone=ZONE)


def _slowest(engine: DuckDBEngine) -> list[str]:
    """The KPIs that take longest to answer when they were never asked, each by itself."""
    spent = dict.fromkeys(catalog.CATALOG, math.inf)
    for _ in range(3):  # The whole catalogue each time: three in a row would all meet the same slow moment.
        for kpi_id in spent:
            spent[kpi_id] = min(spent[kpi_id], _spent(_query(kpi_id, engine), engine))
    return sorted(spent, key=spent.__getitem__, reverse=True)[:_SLOWEST]


def _spent(query: Query, engine: DuckDBEngine) -> float:
    _another(query, engine)
    start = time.perf_counter()
    _first(query, engine)
    return time.perf_counter() - start


def _first(query: Query, engine: DuckDBEngine) -> None:
    """Asked for the first time: compiling is part of it."""
    answers._planned.cache_clear()
    answers.answer(query, engine)


def _another(query: Query, engine: DuckDBEngine) -> None:
    """The same KPI of another time: what depends on the instants of the question is not remembered."""
    shapes._aggregated.cache_clear()
    shapes._aggregated_per.cache_clear()
    if query.period is None:
        answers.answer(query.with_(as_of=engine.data_until() - timedelta(days=1)), engine)
    else:
        answers.answer(query.with_(period=previous(query.period, ZONE)), engine)


def _timed(
    query: Query, engine: DuckDBEngine, sql: Iterable[str], hand: duckdb.DuckDBPyConnection
) -> tuple[float, float, float]:
    """Medians of the first question, of the same again, and of the statements by hand, in turn."""

    def by_hand() -> None:
        for statement in sql:
            rows = hand.execute(statement).fetchall()
        if query.kpis[0] in AFTER:
            AFTER[query.kpis[0]](rows)

    def ask() -> None:
        answers.answer(query, engine)

    asked = [(lambda: _another(query, engine), lambda: _first(query, engine)), (ask, ask), (by_hand, by_hand)]
    # A collection walks all objects and leaves the caches of the processor cold: before, and not between the runs.
    gc.collect()
    gc.disable()
    try:
        runs = [_clocked(asked if i % 2 else asked[::-1])[:: 1 if i % 2 else -1] for i in range(RUNS)]
    finally:
        gc.enable()
    first, again, hand_s = (statistics.median(times) * 1000 for times in zip(*runs, strict=True))
    return first, again, hand_s


def _clocked(asked: Iterable[tuple[Callable[[], Any], Callable[[], Any]]]) -> list[float]:
    """Seconds of each, after what comes before it."""
    times = []
    for before, ask in asked:
        before()
        start = time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
    return times


def _filled(kpi_id: str, query: Query, engine: DuckDBEngine) -> tuple[str, ...]:
    last = buckets.to_local(engine.data_until(), ZONE).date()
    words = {"at": f"TIMESTAMP '{engine.data_until()}'", "day": f"DATE '{last}'"}
    if query.period is not None:
        before = previous(query.period, ZONE)
        words |= {"start": f"TIMESTAMP '{query.period.start}'", "end": f"TIMESTAMP '{query.period.end}'"}
        words |= {"first": f"DATE '{last - timedelta(days=_DAYS)}'", "before": f"TIMESTAMP '{before.start}'"}
        words["first_before"] = f"DATE '{buckets.to_local(before.start, ZONE).date()}'"
    measure = resolve(query, kpi_id).measure
    if isinstance(measure, Quantile):
        n = answers.answer(query, engine)[kpi_id].total.n
        ranks = (int(rank) for rank in intervals.quantile_ranks(n, measure.q))
        words |= {side: str((rank - 0.5) / n) for side, rank in zip(("lower", "upper"), ranks, strict=True)}
    return tuple(_fill(text, words) for text in STATEMENTS[kpi_id])


def _fill(text: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        text = text.replace("{" + name + "}", value)
    return text


def _same(kpi_id: str, answer: Answer, sql: Iterable[str], hand: duckdb.DuckDBPyConnection) -> None:
    """Every column of every row by hand equals the figure's field."""
    figures = {figure.keys[-1]: figure for figure in answer.rows} | {None: answer.total}
    for statement in sql:
        cursor = hand.execute(statement)
        names = [column[0] for column in cursor.description or ()]
        for row in cursor.fetchall():
            fields = dict(zip(names, row, strict=True))
            figure = figures[fields.pop("key", None)]
            for name, value in fields.items():
                if name not in _INGREDIENTS and not _close(value, _field(figure, name)):
                    raise AssertionError(f"{kpi_id} {figure.keys} {name}: {_field(figure, name)}, by hand {value}")


def _field(figure: Figure, name: str) -> Any:
    if name in ("ci_low", "ci_high"):
        return None if figure.ci is None else figure.ci[name == "ci_high"]
    return figure.extra[name] if name in figure.extra else getattr(figure, name, None)


def _close(value: Any, field: Any) -> bool:
    if value is None or field is None or isinstance(value, str | dict):
        return bool(value == field)
    return math.isclose(float(value), float(field), rel_tol=1e-9, abs_tol=1e-9)
