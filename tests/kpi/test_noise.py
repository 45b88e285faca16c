"""Signal or noise: chance is rarely called a signal, what happened is, and a recorded change starts anew."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.sample.planted import Incident
from kpi import catalog
from kpi.answer import answer
from kpi.calendars import closed_days
from kpi.engines import DuckDBEngine
from kpi.flow import backlog_flow, net_noise
from kpi.model import Figure, Filter, Grain, Period, Query, Status
from kpi.noise import Noise, judged, of_groups, of_series
from kpi.statistics.control_chart import Rule

START, SHOWN = date(2026, 1, 5), date(2026, 3, 30)
DAY = timedelta(days=1)
LAST = datetime(2026, 6, 30, 22)


def _days(values: np.ndarray, n: int = 200) -> list[Figure]:
    return [
        Figure((START + i * DAY,), float(value), n, status=Status.OK) if value == value else Figure((START + i * DAY,))
        for i, value in enumerate(values)
    ]


def _weekly(random: np.random.Generator, days: int = 114) -> np.ndarray:
    """Five days at 100, two at 30, and chance."""
    level = np.array([100, 100, 100, 100, 100, 30, 30])[np.arange(days) % 7]
    return random.poisson(level).astype(float)


def test_a_quiet_weekend_is_no_signal_and_chance_makes_few() -> None:
    random, kpi = np.random.default_rng(20250101), catalog.get("tickets_created")
    told = points = 0
    for _ in range(60):
        found = judged(kpi, _days(_weekly(random)), SHOWN, daily=True)
        assert found is not None
        told += sum(rule is Rule.OUTSIDE for rule in found.signals.values())
        points += len(found.low)
        assert found.high[SHOWN + 5 * DAY] < found.low[SHOWN]  # Saturday's limits are Saturday's.
    assert told / points <= 0.02


def _wandering(random: np.random.Generator, days: int = 114) -> np.ndarray:
    """A stock of some hundreds that grows from Monday to Friday as much as a weekend brings down, and chance."""
    usual = np.array([6, 4, 2, 0, -2, -5, -5])[np.arange(days) % 7]
    return 500 + np.cumsum(usual + random.normal(0, 8, days))


def _judged(values: np.ndarray) -> Noise:
    points = _days(values)
    before = {point.keys[-1] + DAY: float(point.value or 0) for point in points}
    found = judged(catalog.get("ticket_backlog"), points, SHOWN, daily=True, before=before)
    assert found is not None and found.steps
    return found


def test_a_backlog_that_wanders_is_rarely_called_a_signal() -> None:
    random = np.random.default_rng(20250102)
    centres = [_judged(_wandering(random)) for _ in range(200)]
    outside = sum(rule is Rule.OUTSIDE for one in centres for rule in one.signals.values())
    assert outside / sum(len(one.low) for one in centres) <= 0.02
    assert sum(bool(one.episodes) for one in centres) / len(centres) <= 0.05 + 1.64 * (0.05 * 0.95 / 200) ** 0.5


def test_a_backlog_that_jumps_is_a_signal_on_that_day_alone_and_one_that_keeps_growing_is_told() -> None:
    values = _wandering(np.random.default_rng(4))
    jump = SHOWN + 9 * DAY
    values[(jump - START).days :] += 80
    found = _judged(values)
    assert [day for day, rule in found.signals.items() if rule is Rule.OUTSIDE] == [jump]
    assert found.low[jump + DAY] < values[(jump - START).days + 1] < found.high[jump + DAY]
    (told,) = found.episodes
    assert (told.first, told.last, told.above) == (jump, jump, True) and 60 < told.value < 100

    values = _wandering(np.random.default_rng(4))
    since = (SHOWN - START).days + 10
    values[since:] += 12 * np.arange(1, len(values) - since + 1)
    (told,) = _judged(values).episodes
    assert told.lasting and told.above and abs(told.first - (SHOWN + 10 * DAY)) <= 5 * DAY
    assert 8 < told.value - told.usual < 16


def test_a_day_that_doubles_is_a_signal_even_on_a_saturday() -> None:
    values = _weekly(np.random.default_rng(3))
    values[(SHOWN - START).days + 5] = 80
    found = judged(catalog.get("tickets_created"), _days(values), SHOWN, daily=True)
    assert found is not None
    assert found.signals.get(SHOWN + 5 * DAY) is Rule.OUTSIDE


def test_a_recorded_change_starts_new_limits() -> None:
    random = np.random.default_rng(5)
    level = np.where(np.arange(114) >= 90, 160.0, 100.0)
    points, change = _days(level + random.normal(0, 5, 114)), START + 90 * DAY
    kpi = catalog.get("tickets_created")
    before = judged(kpi, points, SHOWN, daily=False)
    after = judged(kpi, points, SHOWN, [change], daily=False)
    assert before is not None and after is not None
    outside = [day for day, rule in before.signals.items() if rule is Rule.OUTSIDE]
    assert len(outside) > 10 and min(outside) == change
    assert not [day for day in after.signals if day >= change and after.signals[day] is Rule.OUTSIDE]
    assert after.low[change] > before.high[change]


def test_a_share_of_few_cases_has_wider_limits() -> None:
    random = np.random.default_rng(9)
    sizes = np.where(np.arange(114) % 7 < 5, 400, 40)
    points = [
        Figure((START + i * DAY,), random.binomial(n, 0.8) / n, int(n), status=Status.OK) for i, n in enumerate(sizes)
    ]
    found = judged(catalog.get("service_level"), points, SHOWN, daily=True)
    assert found is not None
    widths = {day: found.high[day] - found.low[day] for day in found.low}
    assert widths[SHOWN + 5 * DAY] > 2 * widths[SHOWN]
    assert all(0 <= found.low[day] < found.high[day] <= 1 for day in found.low)


def test_eleven_points_give_no_limits() -> None:
    kpi = catalog.get("tickets_created")
    assert judged(kpi, _days(np.full(11, 100.0)), START, daily=False) is None
    assert judged(kpi, [], START, daily=True) is None


def test_a_closed_day_and_a_day_without_figure_are_neither_judged_nor_learnt_from() -> None:
    values = _weekly(np.random.default_rng(4))
    closed = (SHOWN - START).days + 2
    values[closed], values[closed + 1] = 0, float("nan")
    found = judged(catalog.get("tickets_created"), _days(values), SHOWN, daily=True)
    assert found is not None
    assert not {SHOWN + 2 * DAY, SHOWN + 3 * DAY} & set(found.low)


# On the demo centre


@pytest.fixture(scope="module")
def demo(demo_store: Path) -> DuckDBEngine:
    return DuckDBEngine(demo_store)


def test_the_week_of_the_incident_is_a_signal(demo: DuckDBEngine) -> None:
    incident = Incident()
    began = (LAST + DAY).date() - incident.start * DAY
    query = Query(("tickets_created",), Period(LAST - 190 * DAY, LAST), grain=Grain.WEEK)
    found = of_series(query, "tickets_created", demo)
    assert found is not None
    weeks = {began - began.weekday() * DAY + k * 7 * DAY for k in range(2)}
    outside = {day for day, rule in found.signals.items() if rule is Rule.OUTSIDE}
    assert outside & weeks
    assert all(abs((day - began).days) <= incident.DAYS + 28 for day in outside)


def test_a_bucket_that_is_not_over_is_not_judged(demo: DuckDBEngine) -> None:
    query = Query(("tickets_created",), Period(LAST - 100 * DAY, LAST - 2 * DAY), grain=Grain.WEEK)
    found = of_series(query, "tickets_created", demo)
    assert found is not None
    assert all(day + 7 * DAY <= (LAST - DAY).date() for day in found.low)


def test_each_day_of_a_stock_is_read_from_the_day_before(demo: DuckDBEngine) -> None:
    query = Query(("ticket_backlog",), Period(LAST - 30 * DAY, LAST), grain=Grain.DAY)
    found = of_series(query, "ticket_backlog", demo)
    assert found is not None and found.steps and len(found.low) >= 25
    level = {figure.keys[-1]: figure.value for figure in answer(query, demo)["ticket_backlog"].rows}
    assert all(found.low[day] <= level[day - DAY] <= found.high[day] for day in found.low if day - DAY in level)
    assert of_series(query.with_(grain=Grain.HOUR), "ticket_backlog", demo) is None


def test_the_net_flow_has_the_limits_of_the_steps_of_the_backlog(demo: DuckDBEngine) -> None:
    query = Query(("ticket_backlog",), Period(LAST - 30 * DAY, LAST), grain=Grain.DAY)
    stock, net = of_series(query, "ticket_backlog", demo), net_noise(query, demo)
    assert stock is not None and net is not None
    assert net.signals == stock.signals
    before = {flow.key: flow.opening for flow in backlog_flow(query, demo)}
    for day in set(net.low) & set(stock.low):
        assert net.high[day] + before[day] == pytest.approx(stock.high[day])
        assert max(0.0, net.low[day] + before[day]) == pytest.approx(stock.low[day])


def test_each_line_of_a_split_is_read_as_if_it_were_alone(demo: DuckDBEngine) -> None:
    query = Query(("tickets_created",), Period(LAST - 60 * DAY, LAST), grain=Grain.DAY)
    found = of_groups(query.with_(by=("channel",)), "tickets_created", demo, [("email",), ("chat",), ("fax",)])
    assert set(found) == {("email",), ("chat",)}
    for (channel,), one in found.items():
        alone = of_series(query.with_(filters=(Filter("channel", (channel,)),)), "tickets_created", demo)
        assert alone is not None
        assert (one.low, one.high, one.signals) == (alone.low, alone.high, alone.signals)
        assert {episode.first for episode in one.episodes} <= {episode.first for episode in alone.episodes}


def test_holidays_and_the_days_that_catch_up_on_them_are_not_judged(demo: DuckDBEngine) -> None:
    query = Query(("tickets_created",), Period(LAST - 90 * DAY, LAST), grain=Grain.DAY)
    calls = of_series(query, "tickets_created", demo)
    times = of_series(query.with_(kpis=("frt_median",)), "frt_median", demo)
    assert calls is not None and times is not None
    may = date(2026, 5, 1)
    assert not {may, may + DAY} & set(calls.low)
    whit_monday = date(2026, 5, 25)
    assert whit_monday + 2 * DAY in calls.low
    assert not {whit_monday + k * DAY for k in range(3)} & set(times.low)


def test_a_weekday_that_opens_for_the_first_time_is_no_holiday(demo: DuckDBEngine) -> None:
    closed = closed_days(date(2025, 9, 1), date(2026, 6, 28), demo)
    assert {date(2025, 11, 11), date(2025, 12, 25), date(2026, 1, 1), date(2026, 4, 6), date(2026, 5, 1)} <= closed
    assert not [day for day in closed if day.isoweekday() == 7]
    assert len(closed) < 12
