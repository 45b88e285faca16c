"""What is planted is found and said; where nothing is, nothing is claimed. `python -m tests.detection` asks of forty
centres, this of two, and of the demo itself."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from data.sample import world
from data.sample.planted import Bias, Incident, NewHours, Pair, Slow
from kpi.buckets import to_local, to_utc
from kpi.drivers import willing
from kpi.engines import DuckDBEngine
from kpi.explaining import explain
from kpi.fairness import compared, pair_of
from kpi.model import Filter, Grain, Period, Query
from kpi.noise import of_series
from kpi.statistics.agents import Verdict
from tests.detection.centres import FACTS, heard

DAY = timedelta(days=1)


def test_facts_that_moved_are_found_where_they_are(tmp_path: Path) -> None:
    told = heard(tmp_path, 3, planted=True)
    assert told.found == set(FACTS)
    assert sum(told.false.values()) <= 1, told.told


def test_a_centre_without_any_is_given_none(tmp_path: Path) -> None:
    told = heard(tmp_path, 3, planted=False, tickets=10_000)
    assert sum(told.asked.values()) > 20
    assert not told.told


# The demo


@pytest.fixture(scope="module")
def demo(demo_store: Path) -> DuckDBEngine:
    return DuckDBEngine(demo_store)


def over(engine: DuckDBEngine, days: int, before: int = 0) -> Query:
    """The last days of the demo, or those before the last ones."""
    zone = engine.timezone()
    end = to_local(engine.data_until() + timedelta(minutes=1), zone).date() - before * DAY
    return Query((), Period(to_utc(end - days * DAY, zone), to_utc(end, zone)), timezone=zone)


def named(position: int) -> str:
    return f"A{position + 1:03d}"


def test_the_new_hours_of_the_demo_are_told_with_their_days(demo: DuckDBEngine) -> None:
    asked = over(demo, 30)
    found = of_series(asked.with_(kpis=("frt_median",), grain=Grain.DAY), "frt_median", demo)
    assert found is not None
    (one,) = found.episodes
    assert one.lasting and not one.above
    end = to_local(demo.data_until() + timedelta(minutes=1), demo.timezone()).date()
    assert abs(one.first - (end - NewHours().since * DAY)) <= 5 * DAY
    assert one.value < 0.6 * one.usual


def test_the_incident_of_the_demo_is_told_by_its_product(demo: DuckDBEngine) -> None:
    incident = Incident()
    now = over(demo, 14, incident.start - 14)
    before = over(demo, 14, incident.start)
    found = explain(now, before, "tickets_created", demo)
    told = {part.key[0] for one in found for part in one.movement.told}
    assert {world.PRODUCTS[incident.product].name, "Panne ou défaut"} <= told


def test_the_slow_one_and_the_pair_of_the_demo_are_told_and_nobody_for_them(demo: DuckDBEngine) -> None:
    asked = over(demo, 90)
    team = asked.with_(filters=(Filter("team_id", ("COURRIELS",)),))
    fair = compared(team, "frt_median", demo)
    assert fair is not None
    assert [one.agent for one in fair.comparison.agents if one.verdict is Verdict.ABOVE] == [named(Slow().agent)]
    front = compared(asked.with_(filters=(Filter("team_id", ("ACCUEIL",)),)), "fcr_rate", demo)
    assert front is not None
    pair = pair_of(front)
    assert pair is not None
    assert {pair.ahead.agent, pair.behind.agent} == {named(Pair().complex_), named(Pair().simple)}
    assert abs(pair.adjusted_gap) < abs(pair.gap) / 2


def test_those_who_answer_less_in_the_demo_are_told(demo: DuckDBEngine) -> None:
    first, *_ = willing(over(demo, 90), "channel", demo)
    assert (first.key, first.apart) == (Bias().channel, True)
    assert first.rate < 0.8 * first.others
    assert first.answered < first.asked
