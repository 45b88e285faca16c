"""Conventions: each reads the same data otherwise, and the house's own is the figure of every page."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from kpi import catalog
from kpi.answer import answer
from kpi.conventions import CONVENTIONS, HOUSE, Reading, readings
from kpi.engines import DuckDBEngine
from kpi.model import Filter, Period, Query

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
