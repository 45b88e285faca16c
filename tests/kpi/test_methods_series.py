"""Series: alerts (section 7.4) and forecasts (7.6), against literal loops and what must hold on any series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.statistics.control_chart import Limits, Rule, limits, proportion_scores, signals
from kpi.statistics.forecast import DRIFT, NAIVE, Forecast, forecast, half_hour_shares

quick = settings(max_examples=60, deadline=None, derandomize=True)
ROUND = Limits(0.0, 1.0, -2.66, 2.66, 3.268)
points = st.lists(st.none() | st.integers(-40, 40).map(lambda x: x / 10), max_size=40)
week = st.lists(st.integers(0, 200), min_size=7, max_size=7)

# ---------------------------------------------------------------------------------------------- alerts


def told(series: Sequence[float | None], of: Limits = ROUND) -> list[tuple[int, str]]:
    return [(signal.index, str(signal.rule)) for signal in signals(series, of)]


def literal(series: Sequence[float | None]) -> list[tuple[int, str]]:
    """The three rules, one point at a time, on limits of 2.66 around 0."""
    known = [(i, value) for i, value in enumerate(series) if value is not None]
    found = []
    for k, (i, value) in enumerate(known):
        if abs(value) > 2.66:
            found.append((i, "outside"))
        for sign in (1, -1):
            side = [sign * x for _, x in known[: k + 1]]
            run = next((n for n, x in enumerate(reversed(side)) if x <= 0), len(side))
            if run == 8:
                found.append((i, "run8"))
            if sum(x > 1.33 for x in side[-4:]) >= 3 > sum(x > 1.33 for x in side[-5:-1]):
                found.append((i, "3of4"))
    return sorted(found, key=lambda one: (one[0], ["outside", "run8", "3of4"].index(one[1])))


@quick
@given(points)
def test_the_three_rules_are_those_read_point_by_point(series: list[float | None]) -> None:
    assert told(series) == literal(series)


@quick
@given(points, st.integers(0, 40))
def test_a_missing_day_moves_no_signal_but_its_index(series: list[float | None], at: int) -> None:
    gapped = [*series[:at], None, *series[at:]]
    assert [(i - (i > at), rule) for i, rule in told(gapped)] == told(series)


def test_a_long_shift_is_told_once() -> None:
    assert told([0.5] * 30) == [(7, "run8")]
    assert told([0.5] * 8 + [-0.1] + [0.5] * 8) == [(7, "run8"), (16, "run8")]
    assert told([0.5] * 8 + [0.0] + [0.5] * 7) == [(7, "run8")]


def test_three_of_four_near_a_limit_must_be_the_same_limit() -> None:
    assert told([1.5, 1.5, 0.0, 1.5]) == [(3, "3of4")]
    assert told([1.5, 1.5, -1.5, -1.5, 1.0, 1.0]) == []


def test_a_flat_series_raises_no_alarm_from_rounding() -> None:
    flat: list[float | None] = [0.3] * 20
    of = limits(flat)
    assert of is not None and of.mean != 0.3
    assert signals([*flat, 0.3, 0.1 + 0.2], of) == ()
    assert told([*flat, 0.31], of)[0] == (20, "outside")


def test_eleven_points_are_no_baseline_and_gaps_do_not_count() -> None:
    assert limits([1.0, 2.0] * 5 + [1.0]) is None
    assert limits([1.0, 2.0] * 5 + [1.0, None]) is None
    assert limits([1.0, 2.0] * 5 + [1.0, None, 2.0]) == limits([1.0, 2.0] * 6)


def test_pure_chance_rarely_alarms() -> None:
    """On 30 normal points with limits from 20 others: fewer than one series of two has a signal (Wheeler)."""
    draws = np.random.default_rng(11)
    alarmed = 0
    for _ in range(200):
        x = draws.normal(10, 2, 50).tolist()
        of = limits(x[:20])
        assert of is not None
        alarmed += any(signal.rule is Rule.OUTSIDE for signal in signals(x[20:], of))
    assert alarmed < 60


def test_a_small_day_is_not_judged_like_a_large_one() -> None:
    scores = proportion_scores([8, 800, 0], [10, 1000, 0], 0.7)
    assert scores[:2] == pytest.approx([0.1 / (0.21 / 10) ** 0.5, 0.1 / (0.21 / 1000) ** 0.5])
    assert scores[2] is None
    assert proportion_scores([5], [5], 1.0) == [None]


# ---------------------------------------------------------------------------------------------- forecasts


def smoothed(y: Sequence[float], alpha: float, gamma: float, horizon: int) -> list[float]:
    """ETS(A,N,A) in error-correction form, one day at a time."""
    level = sum(y[:7]) / 7
    terms = [value - level for value in y[:7]]
    for day in range(7, len(y)):
        error = y[day] - (level + terms[day % 7])
        level += alpha * error
        terms[day % 7] += gamma * error
    return [max(0.0, level + terms[(len(y) + k) % 7]) for k in range(horizon)]


@quick
@given(st.lists(st.integers(0, 200), min_size=21, max_size=40), st.integers(1, 10))
def test_a_candidate_is_judged_on_what_it_would_have_said(y: list[int], horizon: int) -> None:
    if len(y) < 14 + horizon:
        y = [*y, *y]
    found = forecast(y, horizon)
    origins = range(14, len(y) - horizon + 1)

    def drifting(past: Sequence[float]) -> list[float]:
        drift = sum(past[t] - past[t - 7] for t in range(7, len(past))) / (len(past) - 7)
        return [max(0.0, past[len(past) - 7 + k % 7] + drift * (k // 7 + 1)) for k in range(horizon)]

    rules = {
        NAIVE: lambda past: [past[len(past) - 7 + k % 7] for k in range(horizon)],
        DRIFT: drifting,
        "ana_0.2_0.4": lambda past: smoothed(past, 0.2, 0.4, horizon),
    }
    for name, rule in rules.items():
        errors = [[abs(said - y[o + k]) for k, said in enumerate(rule(y[:o]))] for o in origins]
        assert found.candidates[name].ahead == pytest.approx(rule(y), abs=1e-9)
        assert found.candidates[name].rolling_mae == pytest.approx(float(np.mean(errors)), abs=1e-9)
        if name == found.chosen:
            reach = zip(rule(y), np.quantile(errors, 0.8, axis=0), strict=True)
            wanted = [bound for said, far in reach for bound in (max(0.0, said - far), said + far)]
            assert [bound for pair in found.intervals for bound in pair] == pytest.approx(wanted, abs=1e-9)
    assert all(found.candidates[found.chosen].rolling_mae <= one.rolling_mae for one in found.candidates.values())


@quick
@given(week, st.integers(5, 12))
def test_weeks_that_repeat_keep_the_plain_rule(one_week: list[int], weeks: int) -> None:
    found = forecast(one_week * weeks)
    assert (found.chosen, found.ahead) == (NAIVE, tuple(one_week))
    assert found.intervals == tuple((y, y) for y in one_week)
    assert found.rolling_mase is None


def test_a_steady_growth_is_followed_beyond_the_week() -> None:
    y = [100 + 10 * (day % 7) + 3 * (day // 7) for day in range(70)]
    found = forecast(y, 14)
    assert found.chosen == DRIFT
    assert found.ahead == pytest.approx([100 + 10 * (day % 7) + 3 * (day // 7) for day in range(70, 84)])
    assert found.rolling_mase == pytest.approx(0, abs=1e-9)


def test_a_holiday_does_not_come_back_a_week_later() -> None:
    y = [120.0, 132, 128, 125, 140, 62, 30] * 6
    y[38] = 4.0
    assert forecast(y).ahead[3] == 4.0
    odd = [day == 38 for day in range(42)]
    found = forecast(y, odd=odd)
    assert found.ahead == (120, 132, 128, 125, 140, 62, 30)
    assert found.candidates[NAIVE].rolling_mae == 0


def test_closed_days_are_zero_and_flatter_nothing() -> None:
    draws = np.random.default_rng(2)
    worked = draws.poisson(100, 10 * 5).reshape(10, 5)
    every_day = np.hstack([worked, np.zeros((10, 2), int)]).ravel()
    closed = [day % 7 >= 5 for day in range(77)]
    found, open_only = forecast(every_day, closed=closed), forecast(worked.ravel(), 5, season=5)
    assert found.ahead[5:] == (0.0, 0.0) and found.intervals[5:] == ((0.0, 0.0), (0.0, 0.0))
    assert found.scale == pytest.approx(open_only.scale)
    assert found.candidates[DRIFT].ahead[:5] == pytest.approx(open_only.candidates[DRIFT].ahead)


def test_a_day_that_starts_to_open_is_no_growth() -> None:
    """Saturdays open from the sixth week on: their first 60 calls are not 60 more a week."""
    y = [100.0, 100, 100, 100, 100, 0, 0] * 5 + [100.0, 100, 100, 100, 100, 60, 0] * 5
    closed = [day % 7 == 6 or (day % 7 == 5 and day < 35) for day in range(77)]
    found = forecast(y, closed=closed)
    assert found.scale == 0
    assert found.candidates[DRIFT].ahead == (100, 100, 100, 100, 100, 60, 0)


def ahead_of(draws: np.random.Generator) -> tuple[Forecast, list[int]]:
    shape = np.array([1.2, 1.1, 1.0, 1.0, 1.1, 0.5, 0.2]) * 100
    y = draws.poisson(np.tile(shape, 16))
    return forecast(y[:105]), y[105:].tolist()


def test_the_interval_holds_what_comes_about_four_times_in_five() -> None:
    draws = np.random.default_rng(4)
    inside = []
    for _ in range(25):
        found, came = ahead_of(draws)
        inside += [low <= y <= high for (low, high), y in zip(found.intervals, came, strict=True)]  # type: ignore[operator]
    assert 0.7 < sum(inside) / len(inside) < 0.92


def test_a_short_or_closed_history_is_refused_with_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="21 are needed"):
        forecast([1.0] * 20)
    with pytest.raises(ValueError, match="closed or odd"):
        forecast([0.0] * 28, closed=[True] * 35)


@quick
@given(st.lists(st.lists(st.integers(0, 30), min_size=4, max_size=4), min_size=1, max_size=9))
def test_the_shares_of_a_day_add_to_one(days: list[list[int]]) -> None:
    shares = half_hour_shares(days)
    known = [day for day in days if sum(day)][-6:]
    assert sum(shares) == pytest.approx(1 if known else 0)
    if known:
        assert shares[0] == pytest.approx(sum(day[0] / sum(day) for day in known) / len(known))
