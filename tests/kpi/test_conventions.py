"""Conventions: each reads the same data otherwise, and the house's own is the figure of every page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.importing import import_paths
from kpi import catalog, compiler
from kpi.answer import answer
from kpi.asking import moment_of, resolve
from kpi.conventions import CONVENTIONS, HOUSE, Reading, readings
from kpi.engines import DuckDBEngine
from kpi.fcr_windows import within
from kpi.figures import reader
from kpi.model import Filter, Period, Query
from tests.dashboard.desk import at, write

LAST = datetime(2026, 6, 30, 22)
PERIOD = Period(LAST - timedelta(days=60), LAST)


@pytest.fixture(scope="module")
def demo(small_demo_store: Path) -> DuckDBEngine:
    return DuckDBEngine(small_demo_store)


def read(demo: DuckDBEngine, kpi_id: str, **changes: object) -> dict[str, Reading]:
    return {one.convention.name: one for one in readings(Query((kpi_id,), PERIOD).with_(**changes), kpi_id, demo)}


def value(found: dict[str, Reading], name: str) -> float:
    figure = found[name].figure
    assert figure is not None and figure.value is not None
    return figure.value


@pytest.mark.parametrize("kpi_id", CONVENTIONS)
def test_the_first_is_the_figure_of_every_page_and_all_can_be_read(demo: DuckDBEngine, kpi_id: str) -> None:
    found = readings(Query((kpi_id,), PERIOD), kpi_id, demo)
    assert found[0].convention.name == HOUSE
    assert found[0].figure == answer(Query((kpi_id,), PERIOD), demo)[kpi_id].total
    assert len({one.convention.name for one in found}) == len(found)
    for one in found:
        assert one.figure is not None and (one.figure.value is not None or one.figure.n == 0)
        assert one.convention.en and one.convention.fr


def test_the_treatments_of_a_service_level_are_those_counted_by_hand(demo: DuckDBEngine) -> None:
    found = read(demo, "service_level")
    rows = demo.fetch(f"""SELECT outcome, wait_s FROM interaction_facts
        WHERE exclusion IS NULL AND channel IN ('phone', 'click_to_talk') AND direction = 'inbound'
        AND parent_interaction_id IS NULL AND coalesce(in_hours, true) AND outcome IN ('answered', 'abandoned')
        AND offered_at >= '{PERIOD.start}' AND offered_at < '{PERIOD.end}'""")
    answered = np.array([wait for outcome, wait in rows if outcome == "answered"])
    left = np.array([wait for outcome, wait in rows if outcome == "abandoned"])
    soon, gone = (answered <= 30).sum(), (left <= 30).sum()
    assert value(found, "answered_only") == pytest.approx(soon / len(answered))
    assert value(found, "forgiven") == pytest.approx((soon + gone) / len(rows))
    assert value(found, "twenty") < value(found, HOUSE) < value(found, "sixty")
    assert value(found, "every_abandon") <= value(found, HOUSE) <= value(found, "late_abandons")


def test_ease_mirrors_effort(demo: DuckDBEngine) -> None:
    found = read(demo, "ces_mean")
    assert value(found, HOUSE) + value(found, "ease") == pytest.approx(8.0)


def test_requests_that_still_wait_make_the_time_longer(demo: DuckDBEngine) -> None:
    for kpi_id in ("resolution_time_median", "resolution_time_p90", "frt_p90"):
        found = read(demo, kpi_id)
        assert value(found, "all") >= value(found, "over"), kpi_id
        counted, over = found["all"].figure, found["over"].figure
        assert counted is not None and over is not None
        assert counted.n == over.n + (counted.n_open or 0)


def test_the_median_with_the_open_ones_is_that_of_the_catalogue(demo: DuckDBEngine) -> None:
    whole = answer(Query(("resolution_time_km_median",), PERIOD), demo)["resolution_time_km_median"].total
    assert value(read(demo, "resolution_time_median"), "all") == whole.value


def test_the_clock_in_use_is_not_listed_twice(demo: DuckDBEngine) -> None:
    assert "calendar" not in read(demo, "frt_median")
    business = read(demo, "frt_median", params=(("clock", "business"),))
    assert "business" not in business and "calendar" in business
    assert value(business, "calendar") == value(read(demo, "frt_median"), HOUSE)


def test_a_convention_that_has_not_the_filter_stays_silent(demo: DuckDBEngine) -> None:
    found = read(demo, "fcr_rate", filters=(Filter("priority", ("normal",)),))
    assert found["declared"].figure is None
    assert found["resolved_only"].figure is not None


def test_a_kpi_read_alike_by_all_has_none(demo: DuckDBEngine) -> None:
    assert readings(Query(("tickets_created",), PERIOD), "tickets_created", demo) == ()
    assert set(CONVENTIONS) <= set(catalog.CATALOG)


def test_fcr_over_seven_days_is_the_one_of_every_page_and_shorter_or_longer_ones_are_between(
    demo: DuckDBEngine,
) -> None:
    query = Query(("fcr_rate",), PERIOD)
    house = answer(query, demo)["fcr_rate"].total
    ask = resolve(query, "fcr_rate")
    scan = compiler.aggregate_scan([replace(ask, measure=within(7, PERIOD))], query, moment_of(query, demo))
    seven = within(7, PERIOD).figure(reader(scan, "fcr_rate")(demo.fetch(scan.sql)[0]))
    assert (seven.numerator, seven.n, seven.n_open) == (house.numerator, house.n, house.n_open)
    found = read(demo, "fcr_rate")
    sizes = [found[f"within_{days}"].figure for days in (1, 3, 14)]
    assert [one.n for one in sizes if one] == sorted((one.n for one in sizes if one), reverse=True)


def test_a_return_on_the_fifth_day_counts_over_seven_days_and_not_over_three(tmp_path: Path) -> None:
    rows = [
        {"ticket_id": f"T{i}", "created_at": created, "channel": "email", "status": "solved", "customer_id": "C",
         "initiated_by": "customer", "request_type": "r", "resolved_at": created + timedelta(hours=1),
         "first_response_at": created + timedelta(hours=1)}
        for i, created in enumerate(LAST - timedelta(days=days) for days in (50, 45, 20))
    ]  # fmt: skip
    written = [row | {key: at(row[key]) for key in ("created_at", "resolved_at", "first_response_at")} for row in rows]
    later = written[-1] | {"ticket_id": "T9", "created_at": at(LAST - timedelta(minutes=1)), "status": "open"}
    later |= {"resolved_at": "", "first_response_at": ""}
    import_paths(tmp_path / "store.duckdb", [write(tmp_path / "tickets.csv", [*written, later])])
    engine = DuckDBEngine(tmp_path / "store.duckdb")
    asked = PERIOD if engine.data_until() >= PERIOD.end else Period(PERIOD.start, engine.data_until())
    found = {one.convention.name: one.figure for one in readings(Query(("fcr_rate",), asked), "fcr_rate", engine)}
    counted = {name: (found[name].numerator, found[name].n) for name in ("house", "within_3", "within_14")}
    assert counted == {"house": (2, 3), "within_3": (3, 3), "within_14": (1, 2)}
