"""Times that are not over (Kaplan and Meier), sums over sums by agent, and means by respondent."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kpi.statistics import intervals
from kpi.statistics.bootstrap import mean_of_means
from kpi.statistics.ratio import Clusters, clustered
from kpi.statistics.survival import km_curve, km_interval, km_quantile

quick = settings(max_examples=100, deadline=None, derandomize=True)
lives = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60)
levels = st.sampled_from(["0.1", "0.25", "0.5", "0.7", "0.9"])


def product_limit(lived: list[tuple[int, bool]], p: str) -> int | None:
    """Smallest time with S(t) <= 1 - p, in exact fractions."""
    survival = Fraction(1)
    for at in sorted({time for time, ended in lived if ended}):
        at_risk = sum(time >= at for time, _ in lived)
        survival *= 1 - Fraction(sum(time == at and ended for time, ended in lived), at_risk)
        if survival <= 1 - Fraction(p):
            return at
    return None


@quick
@given(lives, levels)
def test_the_product_limit_is_exact(lived: list[tuple[int, bool]], p: str) -> None:
    times, ended = zip(*lived, strict=True)
    assert km_quantile(km_curve(times, ended), float(p)) == product_limit(lived, p)


@quick
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=200), levels)
def test_without_open_tickets_it_is_an_order_statistic(times: list[int], p: str) -> None:
    assert (
        km_quantile(km_curve(times, [True] * len(times)), float(p))
        == sorted(times)[math.ceil(Fraction(p) * len(times)) - 1]
    )


@pytest.mark.parametrize(("n", "p", "at"), [(24, 0.5, 12), (10, 0.9, 9), (30, 0.9, 27)])
def test_a_level_that_is_just_reached_is_reached(n: int, p: float, at: int) -> None:
    """One ticket still open at first, then one ended a day: the product of fractions rounds above the level."""
    assert km_quantile(km_curve([0.5, *range(1, n + 1)], [False, *[True] * n]), p) == at


@quick
@given(lives, st.integers(0, 10))
def test_more_open_tickets_never_shorten_the_median(lived: list[tuple[int, bool]], more: int) -> None:
    times, ended = zip(*lived, strict=True)
    before = km_quantile(km_curve(times, ended), 0.5)
    after = km_quantile(km_curve([*times, *[40] * more], [*ended, *[False] * more]), 0.5)
    assert after is None or (before is not None and after >= before)


@quick
@given(lives, levels)
def test_the_interval_contains_the_quantile(lived: list[tuple[int, bool]], p: str) -> None:
    times, ended = zip(*lived, strict=True)
    value = km_quantile(km_curve(times, ended), float(p))
    low, high = km_interval(km_curve(times, ended), float(p))
    if value is None:
        assert high is None
    else:
        assert (low is None or low <= value) and (high is None or high >= value)


def test_the_interval_of_a_published_trial() -> None:
    """Remission of leukaemia under 6-MP (Freireich 1963): median 23 weeks, log-log limits 13 and none."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    running = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    times, events = [*ended, *running], [True] * len(ended) + [False] * len(running)
    assert km_quantile(km_curve(times, events), 0.5) == 23
    assert km_interval(km_curve(times, events), 0.5) == (13, None)


def test_nothing_ended_or_nothing_at_all_has_no_median() -> None:
    assert (km_quantile(km_curve([5, 6], [False, False]), 0.5), km_interval(km_curve([5, 6], [False, False]), 0.5)) == (
        None,
        (None, None),
    )
    assert (km_quantile(km_curve([], []), 0.5), km_interval(km_curve([], []), 0.5)) == (None, (None, None))


# ---------------------------------------------------------------------------------------------- clusters


def summed(agents: list[tuple[int, int]]) -> Clusters:
    sums = (sum(x) for x in zip(*((a, b, a * a, a * b, b * b) for a, b in agents), strict=True))
    return Clusters(len(agents), *sums)


@quick
@given(st.lists(st.integers(0, 100), min_size=10, max_size=40))
def test_equal_agents_have_the_interval_of_a_mean(absent: list[int]) -> None:
    found = clustered(summed([(value, 200) for value in absent]))
    shares = np.array(absent) / 200
    expected = intervals.mean(float(shares.mean()), float(shares.var(ddof=1)), len(absent))
    assert found == pytest.approx(expected, abs=1e-9)


@quick
@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 100)), min_size=10, max_size=40))
def test_the_interval_of_a_ratio_of_sums_is_that_of_the_definition(agents: list[tuple[int, int]]) -> None:
    whole = sum(b for _, b in agents)
    value = sum(a for a, _ in agents) / whole
    k = len(agents)
    error = math.sqrt(k / (k - 1) * sum((a - value * b) ** 2 for a, b in agents)) / whole
    found = clustered(summed(agents), high=None)
    assert found is not None and found[0] is not None and found[1] is not None
    assert found[0] == pytest.approx(max(0.0, value - stats.t.ppf(0.975, k - 1) * error), abs=1e-9)
    assert found[0] <= value <= found[1]


def test_nine_agents_or_no_time_at_all_have_no_interval() -> None:
    assert clustered(summed([(1, 10)] * 9)) is None
    assert clustered(summed([(0, 0)] * 12)) is None


def test_one_agent_who_differs_widens_more_than_many_rows_narrow() -> None:
    """Twelve agents of 1,000 hours: rows would say +- 0.6 %, the agents say what they differ by."""
    alike, apart = [(100, 1000)] * 12, [(100, 1000)] * 11 + [(700, 1000)]
    assert clustered(summed(alike)) == pytest.approx((0.1, 0.1))
    found = clustered(summed(apart))
    assert found is not None and found[0] is not None and found[1] is not None
    assert found[1] - found[0] > 0.2


# ---------------------------------------------------------------------------------------------- respondents


def respondents(n: int, missing: float) -> np.ndarray:
    draws = np.random.default_rng(n)
    rows = np.clip(draws.normal(70, 15, (n, 1)) + draws.normal(0, 15, (n, 5)), 0, 100).round()
    rows[draws.random((n, 5)) < missing] = np.nan
    return rows


@pytest.mark.parametrize(("n", "missing"), [(30, 0.0), (80, 0.3), (400, 0.1)])
def test_the_bootstrap_draws_respondents_as_scipys_does(n: int, missing: float) -> None:
    rows = respondents(n, missing)
    expected = stats.bootstrap(
        tuple(rows.T),
        lambda *columns, axis: np.mean([np.nanmean(column, axis=axis) for column in columns], axis=0),
        paired=True,
        n_resamples=2000,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(1),
    ).confidence_interval
    low, high = mean_of_means(rows)
    width = expected.high - expected.low
    assert low == pytest.approx(expected.low, abs=0.1 * width)
    assert high == pytest.approx(expected.high, abs=0.1 * width)


def test_the_order_of_the_answers_does_not_move_the_interval() -> None:
    rows = respondents(60, 0.2)
    assert mean_of_means(rows) == mean_of_means(rows[::-1]) == mean_of_means(rows)


def test_answers_of_one_respondent_or_of_no_one_on_a_dimension_have_no_interval() -> None:
    assert mean_of_means(respondents(1, 0.0)) == (None, None)
    rows = respondents(20, 0.0)
    rows[:, 2] = np.nan
    assert mean_of_means(rows) == (None, None)


def test_a_dimension_with_one_answer_is_left_out_of_the_draws_that_lose_it() -> None:
    rows = respondents(20, 0.0)
    rows[1:, 4] = np.nan
    low, high = mean_of_means(rows)
    assert low is not None and high is not None and 0 < low < high < 100
