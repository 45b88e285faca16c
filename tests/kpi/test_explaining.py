"""Why a figure moved: exact sums, no reason invented, the planted ones found, nobody given away."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import fsum, isclose
from pathlib import Path

import numpy as np
import pytest

from kpi import catalog
from kpi.engines import DuckDBEngine
from kpi.explaining import INSTEAD, Explanation, explain, explain_two, explained_by, reasons_of
from kpi.model import Filter, Period, Query
from kpi.statistics.movement import OTHERS, Movement, Side, judged, of_counts, of_rates

EXPLAINED = [kpi_id for kpi_id in catalog.CATALOG if explained_by(kpi_id) == kpi_id]
OF_EACH_KIND = (
    *("service_level", "fcr_rate", "sla_resolution_rate", "order_sla_rate", "survey_response_rate"),
    *("frt_mean", "average_handle_time", "csat_mean", "ces_mean", "nps", "occupancy_rate"),
    *("tickets_created", "calls_offered", "ticket_backlog"),
)
LAST = datetime(2026, 6, 30, 22)
DAY = timedelta(days=1)


def rate(successes: float, n: float) -> Side:
    return Side(n, successes, successes)


def by(found: list[Explanation], dimension: str) -> Explanation:
    return next(one for one in found if one.dimensions == (dimension,))


# The effects


def test_the_worked_example_is_three_quarters_channel_mix_and_nobody_got_worse_on_the_phone() -> None:
    moved = of_rates({("phone",): (rate(510, 600), rate(425, 500)), ("email",): (rate(280, 400), rate(345, 500))})
    assert moved.change == pytest.approx(0.77 - 0.79)
    assert (moved.mix, moved.rate) == (pytest.approx(-0.0155), pytest.approx(-0.0045))
    phone, email = moved.parts
    assert (phone.rate, email.rate) == (pytest.approx(0.0), pytest.approx(-0.0045))
    assert phone.mix < 0 and email.mix < 0  # Less of the better one, more of the worse one.


def test_a_group_that_appears_is_mix_alone() -> None:
    moved = of_rates({("old",): (rate(80, 100), rate(80, 100)), ("new",): (Side(), rate(10, 100))})
    assert moved.rate == pytest.approx(0.0)
    assert moved.mix == pytest.approx(0.45 - 0.80)


def test_the_groups_of_a_count_add_up_to_its_change_an_open_day() -> None:
    cells = {("a",): (Side(100, 100), Side(150, 150)), ("b",): (Side(100, 100), Side(100, 100))}
    assert of_counts(cells).change == 50
    assert of_counts(cells, days=0.5).change == pytest.approx(250 - 200 * 0.5)


# What stands out


def test_chance_alone_is_given_no_reason() -> None:
    random = np.random.default_rng(20250101)
    rates = [0.55, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
    wrong = 0
    runs = 500
    for _ in range(runs):
        drawn = [
            _fixed_shares(random, rates, [p - 0.02 for p in rates]),
            _fixed_shares(random, rates[:3], [p - 0.02 for p in rates[:3]]),
        ]
        wrong += any(one.mix_telling or any(part.telling for part in one.parts) for one in judged(drawn))
    assert wrong / runs <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5  # 4.7 % over 2,500 runs.


def _fixed_shares(random: np.random.Generator, rates0: list[float], rates1: list[float]) -> Movement:
    """Periods whose cases fall in the same groups by chance."""
    shares = np.full(len(rates0), 1 / len(rates0))
    n0, n1 = (random.multinomial(150 * len(rates0), shares) for _ in (0, 1))
    return of_rates(
        {
            (i,): (rate(random.binomial(n0[i], a), n0[i]), rate(random.binomial(n1[i], b), n1[i]))
            for i, (a, b) in enumerate(zip(rates0, rates1, strict=True))
        }
    )


def test_the_one_group_that_fell_is_named_and_the_others_are_not() -> None:
    random = np.random.default_rng(7)
    found = 0
    for _ in range(200):
        (one,) = judged([_fixed_shares(random, [0.8] * 6, [0.8] * 5 + [0.55])])
        found += [part.key for part in one.told] == [(5,)]
    assert found / 200 >= 0.9


def test_a_change_of_shares_alone_is_called_mix() -> None:
    cells = {("phone",): (rate(5100, 6000), rate(4250, 5000)), ("email",): (rate(2800, 4000), rate(3500, 5000))}
    (one,) = judged([of_rates(cells)])
    assert one.mix_telling and not one.told
    assert one.explained == pytest.approx(1.0)


def test_a_group_that_moved_against_the_whole_is_not_its_reason() -> None:
    cells = {("a",): (rate(800, 1000), rate(600, 1000)), ("b",): (rate(500, 1000), rate(590, 1000))}
    (one,) = judged([of_rates(cells)])
    assert [part.key for part in one.told] == [("a",)]


# On a store


@pytest.fixture(scope="module")
def demo(demo_store: Path) -> DuckDBEngine:
    return DuckDBEngine(demo_store)


def _month(kpi_id: str) -> tuple[Query, Query]:
    later = Query((kpi_id,), Period(LAST - 30 * DAY, LAST))
    return later, later.with_(period=Period(LAST - 60 * DAY, LAST - 30 * DAY))


@pytest.mark.parametrize("kpi_id", OF_EACH_KIND)
def test_mix_and_rates_add_up_to_the_change(kpi_id: str, demo: DuckDBEngine) -> None:
    explained = explain(*_month(kpi_id), kpi_id, demo)
    assert explained
    for found in explained:
        assert found.before.value is not None and found.after.value is not None
        change = found.after.value - found.before.value
        assert isclose(found.movement.change, change, rel_tol=1e-9, abs_tol=1e-9), found.dimensions
        assert isclose(found.movement.mix + found.movement.rate, change, rel_tol=1e-9, abs_tol=1e-9)
        assert 0 <= found.movement.explained <= 1


def test_the_new_opening_hours_of_the_demo_are_found_where_they_were_planted(demo: DuckDBEngine) -> None:
    later, earlier = _month("frt_mean")
    found = explain(later, earlier, "frt_mean", demo)
    told = {one.dimensions[0]: [part.key[0] for part in one.movement.told] for one in found}
    assert told["team_id"] == ["COURRIELS"]
    assert "email" in told["channel"]
    assert found[0].movement.explained > 0.5
    assert [one.movement.explained for one in found] == sorted((o.movement.explained for o in found), reverse=True)


def test_two_dimensions_together_still_add_up(demo: DuckDBEngine) -> None:
    later, earlier = _month("frt_mean")
    found = explain_two(later, earlier, "frt_mean", demo, ("channel", "priority"))
    assert found is not None and found.before.value is not None and found.after.value is not None
    assert isclose(found.movement.change, found.after.value - found.before.value, rel_tol=1e-9)
    assert all(max(part.before.n, part.after.n) >= 30 for part in found.movement.parts if part.key != OTHERS)
    assert fsum(part.before.n for part in found.movement.parts) == found.before.n


def test_a_dimension_filtered_to_one_value_is_no_reason(demo: DuckDBEngine) -> None:
    later, earlier = (query.with_(filters=(Filter("channel", ("email",)),)) for query in _month("fcr_rate"))
    assert ("channel",) not in {one.dimensions for one in explain(later, earlier, "fcr_rate", demo)}


def test_a_few_opinions_are_never_left_alone_among_the_others(demo: DuckDBEngine) -> None:
    later, earlier = _month("nps")
    for found in explain(later, earlier, "nps", demo):
        for part in found.movement.parts:
            assert all(side.n == 0 or side.n >= 5 for side in (part.before, part.after)), found.dimensions


def test_a_period_without_a_case_is_explained_by_nothing(demo: DuckDBEngine) -> None:
    later, _ = _month("nps")
    nothing = later.with_(period=Period(datetime(2001, 1, 1), datetime(2001, 2, 1)))
    assert explain(later, nothing, "nps", demo) == []


def test_nobody_is_ever_a_reason() -> None:
    for kpi_id in EXPLAINED:
        assert not {"agent_id", "customer_id"} & set(reasons_of(catalog.get(kpi_id)))


def test_a_median_is_explained_by_its_mean() -> None:
    assert explained_by("frt_median") == "frt_mean"
    assert {explained_by(kpi_id) for kpi_id in INSTEAD} <= set(EXPLAINED)
    assert explained_by("verbatim_rate") is None
