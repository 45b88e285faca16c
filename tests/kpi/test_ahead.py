"""What comes next: the backtest is honest, days without service stay at 0, and a chosen capacity moves the backlog."""

from __future__ import annotations

from math import fsum
from pathlib import Path

import numpy as np
import pytest

from kpi.ahead import HORIZON, backlog, volumes
from kpi.answer import answer
from kpi.buckets import to_utc
from kpi.engines import DuckDBEngine
from kpi.model import Filter, Grain, Period, Query

ASKED = Query(("tickets_created",))


@pytest.fixture(scope="module")
def demo(demo_store: Path) -> DuckDBEngine:
    return DuckDBEngine(demo_store)


def test_the_history_is_what_every_page_counts(demo: DuckDBEngine) -> None:
    whole, *channels = volumes(ASKED, "tickets_created", demo)
    zone = demo.timezone()
    period = Period(to_utc(whole.days[0], zone), to_utc(whole.ahead_days[0], zone))
    counted = answer(ASKED.with_(period=period, grain=Grain.DAY), demo)["tickets_created"]
    assert fsum(whole.counts) == counted.total.n
    assert list(whole.counts) == [figure.n for figure in counted.rows]
    assert len(whole.ahead) == len(whole.intervals) == HORIZON
    assert fsum(fsum(one.counts) for one in channels) <= fsum(whole.counts)
    assert [one.channel for one in channels[:2]] == ["phone", "email"]


def test_the_method_chosen_is_never_worse_than_last_week_on_the_past(demo: DuckDBEngine) -> None:
    for one in volumes(ASKED, "tickets_created", demo):
        assert one.mase is not None and one.naive_mase is not None
        assert one.mase <= one.naive_mase


def test_a_day_without_service_expects_nobody(demo: DuckDBEngine) -> None:
    found = next(one for one in volumes(Query(("calls_offered",)), "calls_offered", demo) if one.channel == "phone")
    sundays = [value for day, value in zip(found.ahead_days, found.ahead, strict=True) if day.isoweekday() == 7]
    assert sundays == [0.0, 0.0]
    assert min(value for day, value in zip(found.ahead_days, found.ahead, strict=True) if day.isoweekday() < 6) > 0


def test_intervals_hold_what_came_about_eight_times_in_ten() -> None:
    from kpi.statistics.forecast import forecast

    random, inside, asked = np.random.default_rng(20250101), 0, 0
    for _ in range(40):
        y = random.poisson(np.array([100, 90, 95, 92, 110, 40, 20])[np.arange(26 * 7) % 7]).astype(float)
        made = forecast(y[:-HORIZON], HORIZON)
        for (low, high), came in zip(made.intervals, y[-HORIZON:], strict=True):
            assert low is not None and high is not None
            inside, asked = inside + (low <= came <= high), asked + 1
    assert 0.75 <= inside / asked <= 0.9


def test_more_work_done_leaves_a_smaller_backlog_and_never_less_than_nothing(demo: DuckDBEngine) -> None:
    slow, usual, fast, huge = (backlog(ASKED, demo, capacity) for capacity in (0.8, 1.0, 1.2, 9.0))
    assert slow and usual and fast and huge
    assert slow.ahead[-1] > usual.ahead[-1] >= fast.ahead[-1] >= huge.ahead[-1] >= 0
    assert min(huge.ahead) == 0
    assert usual.levels[-1] == answer(Query(("ticket_backlog",)), demo)["ticket_backlog"].total.n
    assert usual.ahead[-1] == pytest.approx(usual.levels[-1] + usual.coming - usual.done)
    assert all(
        (low or 0) <= level <= (high or 0) for level, (low, high) in zip(usual.ahead, usual.intervals, strict=True)
    )


def test_filters_narrow_what_is_forecast(demo: DuckDBEngine) -> None:
    asked = ASKED.with_(filters=(Filter("channel", ("email",)),))
    whole, email = volumes(asked, "tickets_created", demo)
    assert whole.counts == email.counts
    narrowed, everything = backlog(asked, demo), backlog(ASKED, demo)
    assert narrowed and everything
    assert narrowed.levels[-1] < everything.levels[-1]
