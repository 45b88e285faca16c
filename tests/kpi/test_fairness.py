"""Comparing people fairly: equals are not told apart, a slower one is, and the mix of requests is nobody's merit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.sample.planted import Pair, Slow
from kpi.engines import DuckDBEngine
from kpi.fairness import Fair, compared, pair_of, without_days
from kpi.model import Filter, Period, Query
from kpi.statistics.agents import Verdict
from kpi.statistics.case_mix import Cell, Comparison, compare_rates, compare_times

AGENTS, STRATA, RUNS = 8, 5, 300
LAST = datetime(2026, 6, 30, 22)
Floats = np.ndarray


def _cases(random: np.random.Generator) -> Floats:
    """Cases by agent and stratum: everybody has a mix of their own."""
    return np.array([random.multinomial(200, random.dirichlet(np.ones(STRATA))) for _ in range(AGENTS)])


def _rates(random: np.random.Generator, worse: float) -> Comparison:
    """Agents who succeed alike in each stratum, but the last, who succeeds less."""
    n, p = _cases(random), np.linspace(0.5, 0.9, STRATA)
    cells = [
        Cell(f"A{i}", f"S{k}", int(n[i, k]), float(random.binomial(n[i, k], p[k] - worse * (i == AGENTS - 1))))
        for i in range(AGENTS)
        for k in range(STRATA)
    ]
    return compare_rates(cells)


def _times(random: np.random.Generator, slower: float) -> Comparison:
    """Agents who take as long in each stratum, but the last, who takes longer."""
    n, mu = _cases(random), np.linspace(6, 9, STRATA)
    cells = []
    for i in range(AGENTS):
        for k in range(STRATA):
            x = random.normal(mu[k] + slower * (i == AGENTS - 1), 1.0, n[i, k])
            cells.append(Cell(f"A{i}", f"S{k}", len(x), float(x.sum()), float((x**2).sum())))
    return compare_times(cells)


def _apart(found: Comparison) -> list[str]:
    return [one.agent for one in found.agents if one.verdict is not Verdict.SAME]


@pytest.mark.parametrize("drawn", [_rates, _times])
def test_equals_with_different_requests_are_told_apart_in_one_team_in_twenty_at_most(drawn) -> None:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(20250101)
    apart = [_apart(drawn(random, 0.0)) for _ in range(RUNS)]
    assert sum(map(bool, apart)) / RUNS <= 0.05
    assert sum(map(len, apart)) / RUNS / AGENTS <= 0.01


@pytest.mark.parametrize(("drawn", "gap"), [(_rates, 0.18), (_times, np.log(1.5))])
def test_the_one_who_is_truly_behind_is_found(drawn, gap: float) -> None:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(7)
    found = [_apart(drawn(random, gap)) for _ in range(RUNS)]
    assert sum(f"A{AGENTS - 1}" in one for one in found) / RUNS >= 0.9
    assert sum(len(set(one) - {f"A{AGENTS - 1}"}) for one in found) / RUNS / AGENTS <= 0.05


def _by_day(random: np.random.Generator) -> tuple[list[Cell], list[int]]:
    """Equals in a team that waits three times longer on ten days of forty, of whom the first three are then away."""
    cells, days = [], []
    for day in range(40):
        slow = day >= 30
        for i in range(AGENTS):
            n = 0 if slow and i < 3 else 8
            x = random.normal(6 + np.log(3) * slow, 0.8, n)
            if n:
                cells.append(Cell(f"A{i}", "S", n, float(x.sum()), float((x**2).sum())))
                days.append(day)
    return cells, days


def test_who_was_away_when_everybody_waited_is_not_called_quicker() -> None:
    random, told, taken = np.random.default_rng(3), 0, 0
    for _ in range(60):
        cells, days = _by_day(random)
        told += bool(_apart(compare_times(cells)))
        taken += bool(_apart(compare_times(without_days(cells, days))))
    assert told / 60 > 0.9
    assert taken / 60 <= 0.05


def test_days_taken_out_move_no_total() -> None:
    cells, days = _by_day(np.random.default_rng(5))
    kept = without_days(cells, days)
    assert sum(cell.total for cell in kept) == pytest.approx(sum(cell.total for cell in cells))
    assert all(cell.squares >= cell.total**2 / cell.n - 1e-6 for cell in kept)
    assert without_days(cells, [0] * len(cells)) == [
        replace(cell, total=pytest.approx(cell.total), squares=pytest.approx(cell.squares)) for cell in cells
    ]


def test_two_who_take_the_same_requests_are_no_pair() -> None:
    random, told = np.random.default_rng(9), 0
    for _ in range(100):
        n, p = np.array([random.multinomial(150, [0.2] * STRATA) for _ in range(AGENTS)]), np.linspace(0.4, 0.9, STRATA)
        cells = [
            Cell(f"A{i}", f"S{k}", int(n[i, k]), float(random.binomial(n[i, k], p[k])))
            for i in range(AGENTS)
            for k in range(STRATA)
        ]
        sizes = tuple(((f"S{k}",), int(n[:, k].sum())) for k in range(STRATA))
        fair = Fair(compare_rates(cells), tuple(f"A{i}" for i in range(AGENTS)), sizes, False)
        told += pair_of(fair) is not None
    assert told / 100 <= 0.02


# On the demo centre


@pytest.fixture(scope="module")
def demo(demo_store: Path) -> DuckDBEngine:
    return DuckDBEngine(demo_store)


def _named(position: int) -> str:
    return f"A{position + 1:03d}"


def _asked(demo: DuckDBEngine, kpi_id: str, team: str, days: int) -> Fair:
    period = Period(LAST - timedelta(days=days), LAST)
    found = compared(Query((kpi_id,), period, filters=(Filter("team_id", (team,)),)), kpi_id, demo)
    assert found is not None
    return found


def test_the_slower_agent_of_the_demo_is_found_and_nobody_is_slower_beside(demo: DuckDBEngine) -> None:
    fair = _asked(demo, "resolution_time_median", "COURRIELS", 180)
    assert fair.timed
    assert [one.agent for one in fair.comparison.agents if one.verdict is Verdict.ABOVE] == [_named(Slow().agent)]
    slow = fair.of(_named(Slow().agent))
    assert slow is not None and slow.shrunk is not None and slow.shrunk > 1.3


def test_the_two_whose_requests_differ_are_shown_to_be_alike(demo: DuckDBEngine) -> None:
    fair = _asked(demo, "fcr_rate", "ACCUEIL", 700)
    pair = pair_of(fair)
    assert pair is not None
    assert {pair.ahead.agent, pair.behind.agent} == {_named(Pair().complex_), _named(Pair().simple)}
    assert abs(pair.adjusted_gap) < abs(pair.gap) / 2
    assert pair.ahead.verdict is pair.behind.verdict is Verdict.SAME


def test_teams_are_read_on_the_requests_they_get(demo: DuckDBEngine) -> None:
    fair = compared(Query(("fcr_rate",), Period(LAST - timedelta(days=180), LAST)), "fcr_rate", demo, who="team_id")
    assert fair is not None
    raw, adjusted = ([getattr(one, name) for one in fair.comparison.agents] for name in ("raw", "adjusted"))
    assert max(adjusted) - min(adjusted) < (max(raw) - min(raw)) / 1.5


def test_strata_hold_every_case_and_the_small_ones_are_together(demo: DuckDBEngine) -> None:
    fair = _asked(demo, "fcr_rate", "COURRIELS", 90)
    assert sum(n for _, n in fair.strata) == sum(one.n for one in fair.comparison.agents)
    assert all(n >= 20 for stratum, n in fair.strata if stratum)
    assert fair.strata[-1][0] == ()
    assert all(0 <= (fair.reference(stratum) or 0) <= 1 for stratum, _ in fair.strata)


def test_times_of_an_agent_are_compared_on_all_of_their_cases(demo: DuckDBEngine) -> None:
    period = Period(LAST - timedelta(days=90), LAST)
    query = Query(("frt_median",), period, params=(("clock", "business"),))
    fair = compared(query, "frt_median", demo)
    sql = f"""SELECT count(*), avg(ln(greatest(first_response_business_s, 1))) FROM ticket_facts
        WHERE exclusion IS NULL AND initiated_by = 'customer' AND channel NOT IN ('phone', 'click_to_talk')
        AND first_response_s >= 0 AND agent_id IS NOT NULL
        AND first_response_at >= '{period.start}' AND first_response_at < '{period.end}'"""
    n, mean = demo.fetch(sql)[0]
    assert fair is not None
    assert sum(one.n for one in fair.comparison.agents) == n
    assert np.log(fair.comparison.overall) == pytest.approx(mean, rel=1e-9)


def test_what_has_no_strata_is_not_compared(demo: DuckDBEngine) -> None:
    period = Period(LAST - timedelta(days=90), LAST)
    assert compared(Query(("order_sla_rate",), period), "order_sla_rate", demo) is None
    assert compared(Query(("ticket_backlog",), period), "ticket_backlog", demo) is None
