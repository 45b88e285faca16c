"""What the staffing what-if draws and starts from; and the other side of a rate."""

from __future__ import annotations

import pytest

from kpi.complements import complement, share_open
from kpi.model import Figure, Status
from kpi.statistics.staffing import Load, busiest, curve, required_agents

LOAD = Load(360, 240)


def test_the_curve_passes_by_the_published_worked_table() -> None:
    c = {queue.agents: queue for queue in curve(LOAD, range(24, 30), 30)}
    a = {queue.agents: queue for queue in curve(LOAD, range(24, 30), 30, patience_s=180)}
    assert not c[24].stable
    assert c[24].service_level is None
    assert [c[28].service_level, c[28].occupancy] == pytest.approx([0.798, 0.857], abs=5e-4)
    assert [a[26].service_level, a[26].p_abandon, a[26].occupancy] == pytest.approx([0.839, 0.052, 0.875], abs=5e-4)


@pytest.mark.parametrize("patience_s", [None, 180.0])
def test_the_needed_number_is_the_first_of_the_curve_that_reaches_the_target(patience_s: float | None) -> None:
    needed = required_agents(LOAD, 0.8, 30, patience_s=patience_s).agents
    reached = [
        queue.agents
        for queue in curve(LOAD, range(1, 60), 30, patience_s)
        if queue.service_level is not None and queue.service_level >= 0.8
    ]
    assert needed == min(reached)


def test_the_busiest_half_hour_is_a_mean_of_the_open_days() -> None:
    assert busiest({18: 40, 20: 63, 21: 63}, 21) == (20, 3.0)


@pytest.mark.parametrize(("calls", "days"), [({}, 21), ({18: 0}, 21), ({18: 4}, 0)])
def test_no_call_or_no_day_is_no_half_hour_rather_than_zero(calls: dict[int, float], days: float) -> None:
    assert busiest(calls, days) is None


def test_what_did_not_happen_mirrors_the_interval_and_keeps_the_cases() -> None:
    rate = Figure(value=0.2, n=10, numerator=2, denominator=10, n_missing=3, ci=(0.05, 0.5), status=Status.INDICATIVE)
    other = complement(rate)
    assert (other.value, other.numerator, other.denominator) == (0.8, 8, 10)
    assert other.ci == (0.5, 0.95)
    assert (other.n, other.n_missing, other.status) == (10, 3, Status.INDICATIVE)


def test_an_unknown_rate_stays_unknown_on_its_other_side() -> None:
    assert complement(Figure()).value is None
    assert complement(Figure(value=0.4, n=5, ci=(None, 0.6))).ci == (0.4, None)


def test_the_share_still_open_of_no_case_is_unknown() -> None:
    assert share_open(Figure(n=40, n_open=10)) == 0.25
    assert share_open(Figure(n=40, n_open=0)) == 0
    assert share_open(Figure(n=0, n_open=0)) is None
    assert share_open(Figure(n=40)) is None
