"""A period holds its first instant and not its last; a question holds its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from types import ModuleType

import duckdb
import pytest

from dashboard.cli import verify
from kpi import answer as answers
from kpi import catalog
from kpi.datasets import DATASETS
from kpi.engines import ConnectionEngine
from kpi.measures import Stock, StockShares
from kpi.model import Period, Query
from tests.kpi import traps, traps_calls, traps_orders

ZONE = "Europe/Paris"
CENTRES: dict[str, tuple[ModuleType, int]] = {
    "tickets": (traps, 1), "calls": (traps_calls, 2), "orders": (traps_orders, 3),
}  # fmt: skip
CUTS = 4
COUNTS = [
    kpi.id
    for kpi in catalog.CATALOG.values()
    if kpi.kind == "count"
    and kpi.needs_period
    and not kpi.whole_months
    and not DATASETS[kpi.dataset].times[kpi.time].dated
]


@cache
def centre(name: str) -> tuple[ConnectionEngine, Period]:
    made, seed = CENTRES[name]
    con = duckdb.connect()
    verify.load(con, made.tables(seed), ZONE)
    times = traps.instants(seed)
    return ConnectionEngine(con), Period(times["start"], times["end"])


def some(engine: ConnectionEngine, table: str, at: str, period: Period) -> list[datetime]:
    """A few of the instants that a table holds inside the period."""
    within = f"{at} > '{period.start}' AND {at} < '{period.end}'"
    found = engine.fetch(f"SELECT DISTINCT {at} FROM {table} f WHERE {within} ORDER BY 1")
    return [row[0] for row in found][:: max(len(found) // CUTS, 1)][:CUTS]


@pytest.mark.parametrize("name", CENTRES)
@pytest.mark.parametrize("kpi_id", COUNTS)
def test_what_happens_at_the_very_instant_of_a_cut_is_counted_once(kpi_id: str, name: str) -> None:
    engine, period = centre(name)
    dataset = DATASETS[catalog.get(kpi_id).dataset]
    at = dataset.times[catalog.get(kpi_id).time].at
    instants = some(engine, dataset.table, at, period)

    def count(start: datetime, end: datetime) -> int:
        return answers.answer(Query((kpi_id,), Period(start, end), timezone=ZONE), engine)[kpi_id].total.n

    whole = count(period.start, period.end)
    for instant in instants:
        assert count(period.start, instant) + count(instant, period.end) == whole, instant


STOCKS = [kpi.id for kpi in catalog.CATALOG.values() if kpi.kind in ("stock", "stock_distribution")]


@pytest.mark.parametrize("name", CENTRES)
@pytest.mark.parametrize("kpi_id", STOCKS)
def test_what_happens_at_the_very_instant_of_the_question_is_known(kpi_id: str, name: str) -> None:
    engine, period = centre(name)
    measure, table = catalog.get(kpi_id).measure, DATASETS[catalog.get(kpi_id).dataset].table
    assert isinstance(measure, Stock | StockShares)
    for column in (measure.enters, measure.leaves):
        if not column.isidentifier():
            continue
        for instant in some(engine, table, column, period):
            at, just_after = (
                answers.answer(Query((kpi_id,), as_of=moment, timezone=ZONE), engine)[kpi_id].total
                for moment in (instant, instant + timedelta(microseconds=1))
            )
            assert (at.n, at.extra) == (just_after.n, just_after.extra), (column, instant)
