"""Two periods compared (section 7.2): against scipy, enumeration, and what must hold on any counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kpi import catalog
from kpi.model import Figure, Status
from kpi.statistics.comparison import compare, count_ratio, nps_difference, two_proportions, welch

quick = settings(max_examples=80, deadline=None, derandomize=True)
sizes = st.integers(1, 400)
samples = st.lists(st.integers(0, 5_000), min_size=2, max_size=40)


def part(n: int, share: float) -> tuple[int, int]:
    return round(n * share), n


proportions = st.builds(part, sizes, st.floats(0, 1))
answers = st.tuples(*[st.integers(0, 200)] * 3).filter(any)


@quick
@given(proportions, proportions)
def test_a_difference_of_proportions_lies_in_its_interval_and_mirrors(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    there, back = two_proportions(one, other), two_proportions(other, one)
    low, high = there.ci
    assert low is not None and high is not None and there.estimate is not None
    assert -1 - 1e-9 <= low <= there.estimate <= high <= 1 + 1e-9
    assert back.ci == pytest.approx((-high, -low), abs=1e-12)
    assert back.p == pytest.approx(there.p)


@quick
@given(proportions, proportions)
def test_the_pooled_z_is_the_square_root_of_chi_square(one: tuple[int, int], other: tuple[int, int]) -> None:
    tested = two_proportions(one, other)
    table = [[one[0], one[1] - one[0]], [other[0], other[1] - other[0]]]
    if 0 in np.sum(table, axis=0):
        assert tested.p is None
        return
    chi = stats.chi2_contingency(table, correction=False)
    assert (tested.statistic or 0) ** 2 == pytest.approx(chi.statistic, abs=1e-9)
    assert tested.p == pytest.approx(chi.pvalue)


def test_newcombe_is_the_published_interval() -> None:
    """Newcombe (1998), table II, method 10: 56/70 against 48/80, and 9/10 against 3/10."""
    assert two_proportions((56, 70), (48, 80)).ci == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert two_proportions((9, 10), (3, 10)).ci == pytest.approx((0.1705, 0.8090), abs=5e-5)


def test_two_perfect_periods_are_no_change_and_no_test() -> None:
    tested = two_proportions((50, 50), (40, 40))
    assert (tested.estimate, tested.p, tested.statistic) == (0.0, None, None)
    assert tested.ci[0] is not None and tested.ci[0] < 0 < (tested.ci[1] or 0)


@pytest.mark.filterwarnings("ignore:Precision loss")
@quick
@given(samples, samples)
def test_welch_is_scipys(one: list[int], other: list[int]) -> None:
    moments = [(float(np.mean(x)), float(np.var(x, ddof=1)), len(x)) for x in (one, other)]
    tested = welch(*moments[0], *moments[1])
    if len(set(one)) == len(set(other)) == 1:
        assert tested.p is None and tested.ci == (tested.estimate, tested.estimate)
        return
    expected = stats.ttest_ind(one, other, equal_var=False)
    assert tested.p == pytest.approx(expected.pvalue, abs=1e-12)
    assert tested.statistic == pytest.approx(expected.statistic)
    assert tested.freedom == pytest.approx(expected.df)
    assert tested.ci == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_a_single_call_has_no_mean_to_test() -> None:
    tested = welch(100.0, 0.0, 1, 90.0, 25.0, 30)
    assert (tested.estimate, tested.ci, tested.p) == (10.0, (None, None), None)


@quick
@given(answers, answers)
def test_a_difference_of_nps_is_that_of_the_scored_answers(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    scored = [np.repeat([100.0, 0.0, -100.0], counts) for counts in (one, other)]
    error = math.sqrt(sum(x.var() / len(x) for x in scored))
    tested = nps_difference(one, other)
    assert tested.estimate == pytest.approx(scored[0].mean() - scored[1].mean(), abs=1e-9)
    assert tested.error == pytest.approx(error, abs=1e-6)
    if error > 1e-6:
        z = (tested.estimate or 0.0) / error
        assert tested.p == pytest.approx(2 * stats.norm.sf(abs(z)))
        assert tested.ci[0] == pytest.approx((tested.estimate or 0) - stats.norm.ppf(0.975) * error, abs=1e-3)


@quick
@given(st.integers(0, 60), st.integers(0, 60))
def test_equal_exposures_make_a_fair_coin(current: int, previous: int) -> None:
    tested = count_ratio(current, 5, previous, 5)
    if not current + previous:
        assert (tested.estimate, tested.ci, tested.p) == (None, (None, None), None)
        return
    assert tested.p == pytest.approx(stats.binomtest(current, current + previous).pvalue)
    assert tested.estimate == (pytest.approx(current / previous) if previous else None)


@quick
@given(st.integers(0, 60), st.integers(1, 30), st.integers(1, 60), st.integers(1, 30))
def test_counts_are_tested_by_adding_the_smaller_tail_twice(k1: int, days1: int, k0: int, days0: int) -> None:
    tested = count_ratio(k1, days1, k0, days0)
    n, share = k1 + k0, days1 / (days1 + days0)
    law = [math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    assert tested.p == pytest.approx(min(1.0, 2 * min(sum(law[: k1 + 1]), sum(law[k1:]))))
    low, high = tested.ci
    assert low is not None and high is not None and tested.estimate is not None
    assert low <= tested.estimate + 1e-12 and tested.estimate <= high + 1e-12
    assert tested.estimate == pytest.approx(k1 / days1 / (k0 / days0))


def test_from_nothing_there_is_no_ratio_but_a_test() -> None:
    tested = count_ratio(8, 1, 0, 1)
    assert tested.estimate is None and tested.ci[1] is None
    assert tested.p == pytest.approx(2 / 2**8)


def test_seven_orders_against_one_are_not_significant() -> None:
    assert count_ratio(7, 1, 1, 1).p == pytest.approx(2 * 9 / 256)


def test_a_period_without_open_days_is_not_compared() -> None:
    assert count_ratio(5, 0, 7, 3).p is None
    change = compare(
        catalog.get("tickets_created"),
        Figure(value=5, n=50, status=Status.OK),
        Figure(value=7, n=70, status=Status.OK),
        open_days=(0, 3),
    )
    assert (change.p, change.clear) == (None, None)


def test_the_card_and_the_method_say_the_same() -> None:
    current, previous = (
        Figure(value=x / 1000, n=1000, numerator=x, denominator=1000, status=Status.OK) for x in (700, 760)
    )
    change, tested = compare(catalog.get("csat_rate"), current, previous), two_proportions((700, 1000), (760, 1000))
    assert (change.ci, change.p, change.clear, change.better) == (tested.ci, tested.p, True, False)


@quick
@given(answers, answers)
def test_the_nps_card_and_the_method_say_the_same(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    names = ("promoters", "passives", "detractors")
    figures = [
        catalog.get("nps").measure.figure({**dict(zip(names, counts, strict=True)), "n_missing": 0, "n_invalid": 0})
        for counts in (one, other)
    ]
    change, tested = compare(catalog.get("nps"), *figures), nps_difference(one, other)
    assert change.ci == pytest.approx(tested.ci) and change.p == pytest.approx(tested.p)
