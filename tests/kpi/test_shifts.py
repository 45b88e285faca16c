"""What is said of a series in words: rarely of chance, always of a change that a reader would see."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from kpi import catalog
from kpi.model import Figure, Status
from kpi.noise import Noise, judged
from kpi.statistics.control_chart import limits
from kpi.statistics.shifts import Shift, shifts

BASELINE, SHOWN = 72, 78
START = date(2026, 1, 5)


def told(values: np.ndarray, baseline: int = BASELINE) -> list[Shift]:
    before, shown = values[:baseline], values[baseline:]
    process = limits(before.tolist())
    assert process is not None
    return shifts(shown.tolist(), before.tolist(), process.mr)


def drawn(random: np.random.Generator, follows: float = 0.0) -> np.ndarray:
    """Chance alone; each point keeps a part of the one before."""
    x = random.normal(0, 1, BASELINE + SHOWN)
    for i in range(1, len(x)):
        x[i] = follows * x[i - 1] + np.sqrt(1 - follows**2) * x[i]
    return x


@pytest.mark.parametrize("follows", [0.0, 0.3])
def test_chance_alone_is_told_in_one_series_of_twenty_at_most(follows: float) -> None:
    random = np.random.default_rng(20250101)
    assert sum(bool(told(drawn(random, follows))) for _ in range(400)) / 400 <= 0.05


@pytest.mark.parametrize(("size", "length"), [(6.5, 1), (3.5, 5), (2.0, 30)])
def test_a_change_is_told_with_its_days(size: float, length: int) -> None:
    random, found = np.random.default_rng(7), 0
    for _ in range(200):
        values = drawn(random)
        values[BASELINE + 40 : BASELINE + 40 + length] -= size
        shown = [one for one in told(values) if not one.above]
        found += any(abs(one.first - 40) <= 5 and abs(one.last - 39 - length) <= 5 for one in shown)
    assert found / 200 >= 0.9


def test_a_change_that_goes_on_is_told_from_one_that_is_over() -> None:
    random = np.random.default_rng(9)
    on, over = drawn(random), drawn(random)
    on[BASELINE + 60 :] += 4
    over[BASELINE + 50 : BASELINE + 60] += 4
    assert [one.lasting for one in told(on)] == [True]
    assert [one.lasting for one in told(over)] == [False]


def test_a_rise_and_a_fall_are_two_stretches_and_touching_ones_one() -> None:
    values = drawn(np.random.default_rng(11))
    values[BASELINE + 10 : BASELINE + 20] += 5
    values[BASELINE + 20 : BASELINE + 26] += 11
    values[BASELINE + 50 : BASELINE + 60] -= 5
    assert [one.above for one in told(values)] == [True, False]


def test_nothing_is_told_of_an_empty_or_a_flat_series() -> None:
    assert shifts([], [1.0, 2.0], 1.0) == []
    assert shifts([5.0, 5.0], [5.0] * 20, 0.0) == []


# In the unit of the KPI


def noise_of(kpi_id: str, values: np.ndarray, n: int = 200) -> Noise:
    points = [Figure((START + timedelta(days=i),), float(value), n, status=Status.OK) for i, value in enumerate(values)]
    found = judged(catalog.get(kpi_id), points, START + timedelta(days=BASELINE), daily=True)
    assert found is not None
    return found


def test_a_time_twice_as_long_is_as_far_as_one_half_as_long() -> None:
    random = np.random.default_rng(13)
    values = 3_600 * np.exp(random.normal(0, 0.2, BASELINE + SHOWN))
    slow, fast = values.copy(), values.copy()
    slow[-20:] *= 2
    fast[-20:] /= 2
    (longer,), (shorter,) = noise_of("frt_median", slow).episodes, noise_of("frt_median", fast).episodes
    assert (longer.above, shorter.above) == (True, False)
    assert longer.lasting and shorter.lasting
    assert longer.value / longer.usual == pytest.approx(2, rel=0.15)
    assert shorter.usual / shorter.value == pytest.approx(2, rel=0.15)
    last = START + timedelta(days=BASELINE + SHOWN - 1)
    assert longer.last == shorter.last == last


def test_limits_of_a_time_are_above_nothing_and_wider_above() -> None:
    values = 3_600 * np.exp(np.random.default_rng(15).normal(0, 0.5, BASELINE + SHOWN))
    found = noise_of("frt_median", values)
    assert all(0 < low < 3_600 < high and high - 3_600 > 3_600 - low for low, high in zip(
        found.low.values(), found.high.values(), strict=True))  # fmt: skip


def test_few_cases_are_never_an_alert() -> None:
    values = np.full(BASELINE + SHOWN, 3_600.0) * np.exp(np.random.default_rng(17).normal(0, 0.1, BASELINE + SHOWN))
    values[-1] = 90_000
    points = [
        Figure((START + timedelta(days=i),), float(x), 200, status=Status.OK if i < 149 else Status.INDICATIVE)
        for i, x in enumerate(values)
    ]
    found = judged(catalog.get("frt_median"), points, START + timedelta(days=BASELINE), daily=True)
    assert found is not None
    assert START + timedelta(days=149) not in found.signals
