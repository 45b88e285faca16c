"""The whole catalogue: every KPI of 30 days in one process, and the slowest ones by themselves."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

from kpi import answer as answers
from kpi import buckets, catalog
from kpi.engines import DuckDBEngine
from kpi.model import Period, Query
from tests.bench.stores import made

LIMIT_S = 5.0
ZONE = "Europe/Paris"
_SLOWEST = 10


def run(sizes: Sequence[int]) -> None:
    for size in sizes:
        _measure(size, DuckDBEngine(made(size)))


def _measure(size: int, engine: DuckDBEngine) -> None:
    last = buckets.to_local(engine.data_until(), ZONE).date()
    period = Period(*(buckets.to_utc(day, ZONE) for day in (last - timedelta(days=30), last)))
    whole = [kpi.id for kpi in catalog.CATALOG.values() if kpi.needs_period]
    stocks = [kpi.id for kpi in catalog.CATALOG.values() if not kpi.needs_period]
    asked = (Query(tuple(whole), period, timezone=ZONE), Query(tuple(stocks), timezone=ZONE))
    answers._planned.cache_clear()
    spent = _seconds(engine, asked)
    print(f"\n{size:,} tickets: the {len(catalog.CATALOG)} KPIs of 30 days in {spent:.2f} s (limit {LIMIT_S:g} s)")
    alone = {
        kpi_id: min(_seconds(engine, (query.with_(kpis=(kpi_id,)),)) for _ in range(3))
        for query in asked
        for kpi_id in query.kpis
    }
    for kpi_id in sorted(alone, key=alone.__getitem__, reverse=True)[:_SLOWEST]:
        print(f"{kpi_id:48} {alone[kpi_id] * 1000:8.1f} ms")


def _seconds(engine: DuckDBEngine, asked: Sequence[Query]) -> float:
    start = time.perf_counter()
    for query in asked:
        answers.answer(query, engine)
    return time.perf_counter() - start
