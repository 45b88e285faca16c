"""Intervals against scipy, and what may be called a change or a target met."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kpi import catalog, targets
from kpi.model import Figure, Status, Target
from kpi.statistics import comparison, intervals

EPOCH = date(2016, 1, 1)
quick = settings(max_examples=100, deadline=None, derandomize=True)


@quick
@given(st.integers(0, 400), st.integers(0, 400))
def test_wilson_is_scipys(successes: int, failures: int) -> None:
    n = successes + failures
    if n == 0:
        assert intervals.wilson(0, 0) == (None, None)
        return
    expected = stats.binomtest(successes, n).proportion_ci(method="wilson")
    assert intervals.wilson(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-6)


@quick
@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=60))
def test_a_mean_has_students_interval_clipped_at_zero(values: list[int]) -> None:
    mean, variance, n = float(np.mean(values)), float(np.var(values, ddof=1)), len(values)
    low, high = intervals.mean(mean, variance, n)
    half = stats.t.ppf(0.975, n - 1) * math.sqrt(variance / n)
    assert (low, high) == pytest.approx((max(0.0, mean - half), mean + half))


@pytest.mark.parametrize("q", [0.5, 0.9])
def test_quantile_ranks_are_the_widest_that_the_binomial_allows(q: float) -> None:
    sizes = np.array([1, 5, 6, 20, 35, 36, 100, 999, 1000, 54_321])
    lower, upper = intervals.quantile_ranks(sizes, q)
    for n, low, high in zip(sizes, lower, upper, strict=True):
        law = stats.binom(n, q)
        assert law.cdf(low - 1) <= 0.025 or low == 0
        assert law.cdf(low) > 0.025
        if high:
            assert law.cdf(high - 1) >= 0.975
            assert law.cdf(high - 2) < 0.975
        else:
            assert law.cdf(n - 1) < 0.975


def test_median_needs_six_values_and_p90_thirty_six() -> None:
    assert intervals.quantile_ranks([5], 0.5)[0][0] == 0
    assert [int(side[0]) for side in intervals.quantile_ranks([6], 0.5)] == [1, 6]
    assert intervals.quantile_ranks([35], 0.9)[1][0] == 0
    assert intervals.quantile_ranks([36], 0.9)[1][0] == 36


@quick
@given(st.lists(st.integers(0, 500), min_size=1, max_size=80), st.sampled_from([0.5, 0.9]))
def test_the_interval_of_a_quantile_contains_it(values: list[int], q: float) -> None:
    low, high = intervals.quantile(values, q)
    assert low is None or low <= np.quantile(values, q)
    assert high is None or high >= np.quantile(values, q)
    assert (low is None) == (stats.binom(len(values), q).cdf(0) > 0.025)


def test_ten_promoters_out_of_ten_are_not_certain() -> None:
    low, high = intervals.nps(10, 0, 10)
    assert (round(low or 0, 1), high) == (47.5, 100.0)


@pytest.mark.parametrize(("k", "low", "high"), [(0, 0.0, 3.67), (1, 0.01, 5.56), (7, 2.80, 14.42)])
def test_byar(k: int, low: float, high: float) -> None:
    assert intervals.poisson(k) == pytest.approx((low, high), abs=0.006)


def test_too_few_cases_are_never_called_a_change() -> None:
    kpi = catalog.get("csat_rate")
    few = Figure(value=1.0, n=12, numerator=12, denominator=12, status=Status.INDICATIVE)
    many = Figure(value=0.5, n=500, numerator=250, denominator=500, status=Status.OK)
    assert comparison.compare(kpi, few, many).clear is None
    assert comparison.compare(kpi, many, many).clear is False


def test_a_slower_response_is_worse_and_a_larger_volume_is_neither() -> None:
    slow, fast = Figure(value=200.0, n=50, ci=(190, 210)), Figure(value=100.0, n=50, ci=(90, 110))
    assert comparison.compare(catalog.get("frt_median"), slow, fast).better is False
    assert comparison.compare(catalog.get("tickets_created"), slow, fast).better is None


def _target(op: str, low: float | None, high: float | None, scope: str | None = None) -> Target:
    return Target("T", "k", "target", "channel" if scope else None, scope, op, low, high, None, "s", EPOCH, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "op", "low", "high", "state"),
    [
        (0.9, ">=", 0.9, None, "ok"),
        (0.86, ">=", 0.9, None, "watch"),
        (0.5, ">=", 0.9, None, "act"),
        (30.0, "<=", None, 30.0, "ok"),
        (31.0, "<=", None, 30.0, "watch"),
        (0.9, "between", 0.75, 0.85, "watch"),
        (0.8, "between", 0.75, 0.85, "ok"),
    ],
)
def test_states(value: float, op: str, low: float | None, high: float | None, state: str) -> None:
    figure = Figure(value=value, n=100, status=Status.OK)
    assert targets.state(catalog.get("csat_rate"), figure, _target(op, low, high)) == state


def test_a_figure_on_too_few_cases_has_no_state() -> None:
    figure = Figure(value=0.1, n=5, status=Status.INSUFFICIENT)
    assert targets.state(catalog.get("csat_rate"), figure, _target(">=", 0.9, None)) == "no_data"


def test_a_scoped_target_never_applies_to_the_whole() -> None:
    scoped, general = _target(">=", 0.9, None, "email"), _target(">=", 0.8, None)
    assert targets.resolve([scoped], "k", EPOCH) is None
    assert targets.resolve([scoped, general], "k", EPOCH) is general
    assert targets.resolve([scoped, general], "k", EPOCH, {"channel": "email"}) is scoped
