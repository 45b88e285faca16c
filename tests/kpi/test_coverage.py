"""Intervals hold what they promise: 95 % (or 80 %) of the time, within 1.5 points where the method promises it.

Laws of counts are summed exactly; the others are simulated. Where a method only promises at least its level (order
statistics, Byar), the lower bound is what is tested.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from kpi.statistics import intervals
from kpi.statistics.bootstrap import mean_of_means
from kpi.statistics.case_mix import Cell, compare_rates, compare_times
from kpi.statistics.comparison import count_ratio, nps_difference, two_proportions, welch
from kpi.statistics.forecast import forecast, level_reach
from kpi.statistics.intervals import Interval
from kpi.statistics.ratio import Clusters, clustered
from kpi.statistics.survival import km_curve, km_interval

NOMINAL, WITHIN = 0.95, 0.015
RUNS = 3_000


def held(interval: Interval | None, truth: float) -> bool:
    assert interval is not None
    low, high = interval
    return (low is None or low <= truth) and (high is None or truth <= high)


def covered(draw: Callable[[np.random.Generator], tuple[Interval | None, float]], runs: int = RUNS) -> float:
    random = np.random.default_rng(20250101)
    return sum(held(*draw(random)) for _ in range(runs)) / runs


@pytest.mark.parametrize("n", [30, 100, 400])
def test_the_share_of_a_ratio_is_inside_95_times_in_100(n: int) -> None:
    shares, k = np.linspace(0.05, 0.95, 181), np.arange(n + 1)
    low, high = np.array([intervals.wilson(float(i), n) for i in k], np.float64).T
    coverage = [stats.binom.pmf(k, n, p)[(low <= p) & (p <= high)].sum() for p in shares]
    assert float(np.mean(coverage)) == pytest.approx(NOMINAL, abs=WITHIN)


@pytest.mark.parametrize(("n1", "n0"), [(60, 60), (200, 80)])
def test_a_difference_of_two_shares_is_inside_95_times_in_100(n1: int, n0: int) -> None:
    found = []
    for p1 in np.linspace(0.15, 0.9, 6):
        for p0 in np.linspace(0.15, 0.9, 6):
            x1, x0 = np.arange(n1 + 1), np.arange(n0 + 1)
            chance = np.outer(stats.binom.pmf(x1, n1, p1), stats.binom.pmf(x0, n0, p0))
            likely = np.argwhere(chance > 1e-6)
            inside = [chance[i, j] for i, j in likely if held(two_proportions((i, n1), (j, n0)).ci, p1 - p0)]
            found.append(sum(inside))
    assert float(np.mean(found)) == pytest.approx(NOMINAL, abs=WITHIN)


@pytest.mark.parametrize("n", [5, 30, 200])
def test_the_mean_of_a_normal_time_is_inside_95_times_in_100(n: int) -> None:
    def draw(random: np.random.Generator) -> tuple[Interval, float]:
        x = random.normal(300, 60, n)
        return intervals.mean(float(x.mean()), float(x.var(ddof=1)), n), 300.0

    assert covered(draw) == pytest.approx(NOMINAL, abs=WITHIN)


def test_the_mean_of_skewed_times_is_inside_on_a_hundred_cases() -> None:
    def draw(random: np.random.Generator) -> tuple[Interval, float]:
        x = random.gamma(2.0, 150.0, 100)
        return intervals.mean(float(x.mean()), float(x.var(ddof=1)), len(x)), 300.0

    assert covered(draw) == pytest.approx(NOMINAL, abs=WITHIN)


def test_two_means_of_unequal_spread_are_told_apart_as_often_as_promised() -> None:
    def draw(random: np.random.Generator) -> tuple[Interval, float]:
        x, y = random.normal(300, 120, 40), random.normal(260, 30, 15)
        return welch(x.mean(), x.var(ddof=1), 40, y.mean(), y.var(ddof=1), 15).ci, 40.0

    assert covered(draw) == pytest.approx(NOMINAL, abs=WITHIN)


@pytest.mark.parametrize(("n", "q"), [(36, 0.5), (36, 0.9), (101, 0.5), (250, 0.9)])
def test_a_quantile_is_inside_at_least_95_times_in_100_whatever_the_law(n: int, q: float) -> None:
    lower, upper = (int(rank) for rank in intervals.quantile_ranks(n, q))
    below = stats.binom.cdf(upper - 1 if upper else n, n, q) - stats.binom.cdf(lower - 1, n, q)
    assert NOMINAL <= below <= NOMINAL + 0.04  # Ranks are whole.


@pytest.mark.parametrize("mean", [3, 10, 40, 300])
def test_a_count_is_inside_at_least_95_times_in_100(mean: int) -> None:
    k = np.arange(int(stats.poisson.ppf(1 - 1e-9, mean)) + 1)
    inside = [held(intervals.poisson(int(i)), mean) for i in k]
    assert stats.poisson.pmf(k, mean)[inside].sum() >= NOMINAL - 0.005


def test_two_counts_compared_by_the_day_are_inside_95_times_in_100() -> None:
    def draw(random: np.random.Generator) -> tuple[Interval, float]:
        return count_ratio(random.poisson(20 * 27), 20, random.poisson(21 * 23), 21).ci, 27 / 23

    assert covered(draw) == pytest.approx(NOMINAL, abs=WITHIN)


@pytest.mark.parametrize("n", [30, 100, 400])
@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.3, 0.3, 0.4), (0.7, 0.2, 0.1)])
def test_an_nps_is_inside_95_times_in_100(n: int, shares: tuple[float, float, float]) -> None:
    def draw(random: np.random.Generator) -> tuple[Interval, float]:
        promoters, _, detractors = random.multinomial(n, shares)
        return intervals.nps(promoters, detractors, n), 100 * (shares[0] - shares[2])

    assert covered(draw) == pytest.approx(NOMINAL, abs=WITHIN)


def test_a_change_of_nps_is_inside_95_times_in_100() -> None:
    def draw(random: np.random.Generator) -> tuple[Interval, float]:
        now, then = random.multinomial(150, (0.5, 0.3, 0.2)), random.multinomial(220, (0.45, 0.3, 0.25))
        return nps_difference(tuple(now.tolist()), tuple(then.tolist())).ci, 10.0

    assert covered(draw) == pytest.approx(NOMINAL, abs=WITHIN)


def test_an_accounting_ratio_is_inside_95_times_in_100_over_forty_agents() -> None:
    def draw(random: np.random.Generator) -> tuple[Interval | None, float]:
        planned = random.uniform(80, 160, 40)
        absent = planned * random.beta(4, 60, 40)
        sums = (absent.sum(), planned.sum(), (absent**2).sum(), (absent * planned).sum(), (planned**2).sum())
        return clustered(Clusters(40, *map(float, sums))), 4 / 64

    assert covered(draw) == pytest.approx(NOMINAL, abs=WITHIN)


def test_a_bootstrap_of_two_hundred_respondents_is_inside_95_times_in_100() -> None:
    def draw(random: np.random.Generator) -> tuple[Interval, float]:
        return mean_of_means(random.normal(4.0, 1.0, (200, 5)) + random.normal(0, 0.5, (200, 1))), 4.0

    assert covered(draw, 200) == pytest.approx(NOMINAL, abs=0.03)  # 200 runs of 2 000 draws are themselves noise.


@pytest.mark.parametrize("until", [1.5, 4.0])
def test_a_median_with_times_still_running_is_inside_95_times_in_100(until: float) -> None:
    def draw(random: np.random.Generator) -> tuple[Interval, float]:
        lived, seen = random.exponential(1.0, 120), random.uniform(0.2, until, 120)
        return km_interval(km_curve(np.minimum(lived, seen), lived <= seen), 0.5), float(np.log(2))

    assert covered(draw, 1_500) == pytest.approx(NOMINAL, abs=WITHIN)


# Drawn towards the others


@pytest.mark.parametrize("timed", [False, True])
def test_what_is_shown_of_an_agent_is_inside_95_times_in_100(timed: bool) -> None:
    random, agents = np.random.default_rng(11), 40
    inside = []
    for _ in range(150):
        n, skill = random.integers(60, 300, agents), random.normal(0, 0.1 if timed else 0.05, agents)
        if timed:
            x = [random.normal(6 + s, 0.8, k) for s, k in zip(skill, n, strict=True)]
            cells = [Cell(f"A{i:02}", "s", len(v), float(v.sum()), float((v**2).sum())) for i, v in enumerate(x)]
            truth = np.exp(skill - np.average(skill, weights=n))
        else:
            won = random.binomial(n, 0.75 + skill)
            cells = [Cell(f"A{i:02}", "s", int(k), float(w)) for i, (k, w) in enumerate(zip(n, won, strict=True))]
            truth = 0.75 + skill
        compared = (compare_times if timed else compare_rates)(cells)
        inside += [held(one.ci, float(truth[int(one.agent[1:])])) for one in compared.agents]
    assert sum(inside) / len(inside) == pytest.approx(NOMINAL, abs=WITHIN)


# Ahead: 80 %


SHAPE = np.array([120, 100, 95, 92, 100, 40, 20.0])
DAYS, HORIZON = 182, 14


def test_what_comes_is_inside_the_band_of_a_volume_8_times_in_10() -> None:
    random, inside = np.random.default_rng(3), list[bool]()
    for _ in range(400):
        y = random.poisson(SHAPE[np.arange(DAYS + HORIZON) % 7]).astype(float)
        made = forecast(y[:DAYS], HORIZON)
        inside += [held(ci, came) for ci, came in zip(made.intervals, y[DAYS:], strict=True)]
    assert sum(inside) / len(inside) == pytest.approx(0.80, abs=WITHIN)


@pytest.mark.parametrize("noise", [0.0, 0.06])
def test_the_backlog_is_inside_its_band_8_times_in_10(noise: float) -> None:
    random, inside = np.random.default_rng(5), np.zeros(HORIZON)
    runs, day = 600, np.arange(DAYS + HORIZON)
    for _ in range(runs):
        coming = random.poisson(SHAPE[day % 7] * np.exp(noise * random.standard_normal(len(day)))).astype(float)
        done = random.poisson(SHAPE[day % 7]).astype(float)
        level = 5_000 + np.cumsum(coming - done)
        made = forecast(coming[:DAYS], HORIZON)
        pace = done[DAYS - 28 : DAYS].reshape(4, 7).mean(axis=0)
        said = level[DAYS - 1] + np.cumsum(np.array(made.ahead) - np.resize(pace, HORIZON))
        inside += np.abs(level[DAYS:] - said) <= level_reach(level[:DAYS], made.past, done[:DAYS], 28)
    assert float(inside.mean() / runs) == pytest.approx(0.80, abs=WITHIN)
    assert min(inside / runs) > 0.75
