"""Erlang (section 7.7): against the chain of states, the formulas of the definitions, and a simulated queue."""

from __future__ import annotations

import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from kpi.statistics.staffing import (
    Load,
    erlang_a,
    erlang_b,
    erlang_c,
    mean_patience_s,
    required_agents,
    scheduled,
)

quick = settings(max_examples=50, deadline=None, derandomize=True)
loads = st.builds(Load, st.floats(1, 3000), st.floats(10, 900)).filter(lambda load: load.erlangs < 300)
agents = st.integers(1, 250)
PLAIN = Load(360, 240)


def chain(load: Load, agents: int, patience_s: float | None) -> np.ndarray:
    """Probability of each number of callers in the system, from the balance of every state with the next."""
    most = agents + 6000
    calls, serve = load.calls_per_hour / 3600, 1 / load.aht_s
    k = np.arange(1, most)
    left = np.minimum(k, agents) * serve + np.maximum(0, k - agents) * (1 / patience_s if patience_s else 0.0)
    weight = np.concatenate(([0.0], np.cumsum(np.log(calls) - np.log(left))))
    return np.asarray(special.softmax(weight))


def simpson(load: Load, agents: int, threshold_s: float, patience_s: float) -> tuple[float, float, float]:
    """P(wait), P(abandon) and service level by the formulas of section 7.7, Simpson's rule on 2,000 steps."""
    a, calls, serve, leave = load.erlangs, load.calls_per_hour / 3600, 1 / load.aht_s, 1 / patience_s

    def integral(until: float, more: float) -> float:
        x = np.linspace(0, until, 2001)
        y = np.exp(calls * (1 - np.exp(-leave * x)) / leave - agents * serve * x - more * x)
        return float((y[0] + y[-1] + 4 * y[1:-1:2].sum() + 2 * y[2:-1:2].sum()) * until / 6000)

    eps = 1.0
    for k in range(1, agents):
        eps = 1 + eps * k / a
    whole = integral(60 * patience_s, 0)
    down = eps + calls * whole
    return (
        calls * whole / down,
        (1 + (calls - agents * serve) * whole) / down,
        (eps + calls * integral(threshold_s, leave)) / down,
    )


@quick
@given(st.floats(0.01, 200), agents)
def test_erlang_b_is_a_truncated_poisson(erlangs: float, servers: int) -> None:
    poisson = math.exp(servers * math.log(erlangs) - erlangs - special.gammaln(servers + 1))
    assert erlang_b(erlangs, servers) == pytest.approx(poisson / special.pdtr(servers, erlangs), rel=1e-9)


@pytest.mark.parametrize(("load", "servers"), [(PLAIN, 26), (PLAIN, 29), (Load(200, 180), 14), (Load(10, 120), 1)])
def test_erlang_c_is_the_balance_of_its_states(load: Load, servers: int) -> None:
    state = chain(load, servers, None)
    queue = erlang_c(load, servers, 30)
    waiting = np.maximum(0, np.arange(len(state)) - servers) @ state
    assert queue.p_wait == pytest.approx(state[servers:].sum())
    assert queue.asa_s == pytest.approx(waiting / load.calls_per_hour * 3600)
    assert queue.occupancy == pytest.approx(np.minimum(np.arange(len(state)), servers) @ state / servers)


def test_as_many_erlangs_as_agents_never_settle() -> None:
    assert erlang_c(PLAIN, 24, 30).stable is False
    assert erlang_c(PLAIN, 24, 30).service_level is None
    assert erlang_c(PLAIN, 25, 30).stable is True


CASES = [
    (PLAIN, 24, 180.0),
    (PLAIN, 26, 180.0),
    (PLAIN, 10, 60.0),
    (Load(20, 300), 2, 30.0),
    (Load(1200, 200), 70, 400.0),
    (Load(5, 60), 30, 20.0),
]


@pytest.mark.parametrize(("load", "servers", "patience_s"), CASES)
def test_erlang_a_is_the_balance_of_its_states(load: Load, servers: int, patience_s: float) -> None:
    state = chain(load, servers, patience_s)
    queue = erlang_a(load, servers, 30, patience_s)
    waiting = float(np.maximum(0, np.arange(len(state)) - servers) @ state)
    assert queue.p_wait == pytest.approx(state[servers:].sum(), rel=1e-8)
    assert queue.p_abandon == pytest.approx(waiting / patience_s / load.calls_per_hour * 3600, rel=1e-8)
    assert queue.mean_wait_s == pytest.approx(waiting / load.calls_per_hour * 3600, rel=1e-8)
    assert queue.occupancy == pytest.approx(np.minimum(np.arange(len(state)), servers) @ state / servers)


@pytest.mark.parametrize(("load", "servers", "patience_s"), CASES[:5])
def test_erlang_a_is_the_formula_of_the_definitions(load: Load, servers: int, patience_s: float) -> None:
    queue = erlang_a(load, servers, 30, patience_s)
    assert (queue.p_wait, queue.p_abandon, queue.service_level) == pytest.approx(
        simpson(load, servers, 30, patience_s), rel=2e-3, abs=1e-6
    )


def simulated(load: Load, servers: int, patience_s: float, calls: int) -> tuple[float, float, float]:
    """Share answered within 30 s, share abandoned and mean wait of the answered, one caller after another."""
    draws = np.random.default_rng(1)
    arrival = np.cumsum(draws.exponential(3600 / load.calls_per_hour, calls))
    talk, patience = draws.exponential(load.aht_s, calls), draws.exponential(patience_s, calls)
    free = [0.0] * servers
    waits = []
    for at, talking, patient in zip(arrival.tolist(), talk.tolist(), patience.tolist(), strict=True):
        wait = max(0.0, free[0] - at)
        if wait < patient:
            waits.append(wait)
            heapq.heapreplace(free, at + wait + talking)
    return sum(wait <= 30 for wait in waits) / calls, 1 - len(waits) / calls, float(np.mean(waits))


@pytest.mark.parametrize("servers", [22, 24, 26])
def test_a_simulated_centre_lives_what_erlang_a_says(servers: int) -> None:
    level, abandoned, asa_s = simulated(PLAIN, servers, 180, 60_000)
    queue = erlang_a(PLAIN, servers, 30, 180)
    assert queue.service_level == pytest.approx(level, abs=0.02)
    assert queue.p_abandon == pytest.approx(abandoned, abs=0.01)
    assert queue.asa_s == pytest.approx(asa_s, rel=0.08)


@quick
@given(loads, agents, st.floats(0, 300), st.floats(5, 5000))
def test_more_agents_never_serve_worse(load: Load, servers: int, threshold_s: float, patience_s: float) -> None:
    one, more = (erlang_a(load, n, threshold_s, patience_s) for n in (servers, servers + 1))
    for queue in (one, more):
        shares = (queue.p_wait, queue.service_level, queue.occupancy, queue.p_abandon)
        assert all(share is not None and -1e-9 <= share <= 1 + 1e-9 for share in shares)
        assert (queue.mean_wait_s or 0) >= 0 and (queue.asa_s or 0) >= 0
    assert (more.service_level or 0) >= (one.service_level or 0) - 1e-9
    assert (more.p_abandon or 0) <= (one.p_abandon or 0) + 1e-9
    assert (more.occupancy or 0) <= (one.occupancy or 0) + 1e-9


@quick
@given(loads, st.integers(1, 40), st.floats(0, 120))
def test_endless_patience_is_erlang_c(load: Load, spare: int, threshold_s: float) -> None:
    servers = math.floor(load.erlangs) + spare
    patient, endless = erlang_a(load, servers, threshold_s, 1e9), erlang_c(load, servers, threshold_s)
    assert patient.service_level == pytest.approx(endless.service_level, abs=0.01)
    assert patient.p_wait == pytest.approx(endless.p_wait, abs=0.01)


@quick
@given(loads, st.floats(0.01, 0.99), st.floats(0, 120), st.floats(0.3, 1), st.none() | st.floats(20, 600))
def test_no_agent_is_asked_too_many_or_too_few(
    load: Load, level: float, threshold_s: float, occupancy: float, patience_s: float | None
) -> None:
    found = required_agents(load, level, threshold_s, max_occupancy=occupancy, patience_s=patience_s)

    def reaches(servers: int) -> bool:
        if patience_s is None:
            queue = erlang_c(load, servers, threshold_s)
        else:
            queue = erlang_a(load, servers, threshold_s, patience_s)
        return queue.stable and (queue.service_level or 0) >= level and (queue.occupancy or 0) <= occupancy

    assert reaches(found.agents)
    assert found.agents == 1 or not reaches(found.agents - 1)


def test_patience_spares_agents() -> None:
    wanted = {"service_level": 0.8, "threshold_s": 30}
    assert required_agents(PLAIN, **wanted).agents == 29
    assert required_agents(PLAIN, **wanted, patience_s=180).agents == 26
    assert required_agents(Load(2, 60), **wanted, patience_s=180).agents == 1


def test_twenty_one_agents_at_thirty_percent_shrinkage_are_thirty() -> None:
    assert math.ceil(21 / (1 - 0.3)) == 31  # what rounding up alone makes of 30.000000000000004
    assert [scheduled(n, 0.3) for n in (21, 28, 29, 1, 0)] == [30, 40, 42, 2, 0]
    assert all(scheduled(n, 0.0) == n for n in range(50))


def test_nobody_calls() -> None:
    nobody = Load(0, 240)
    assert required_agents(nobody, 0.8, 30).agents == 0
    for queue in (erlang_c(nobody, 3, 30), erlang_a(nobody, 3, 30, 180)):
        assert (queue.service_level, queue.p_wait, queue.asa_s, queue.occupancy) == (1.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("wrong", [{"service_level": 1.0}, {"max_occupancy": 0.0}, {"shrinkage": 1.0}])
def test_what_no_number_of_agents_reaches_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="below 1"):
        required_agents(PLAIN, **{"service_level": 0.8, "threshold_s": 30, **wrong})


def test_a_thousand_agents_and_an_overload_do_not_overflow() -> None:
    """Halfin and Whitt (1981): P(wait) = 1 / (1 + b Phi(b) / phi(b)), b spare agents in square roots of the load."""
    busy = Load(20_000, 300)
    spare = (1700 - busy.erlangs) / math.sqrt(busy.erlangs)
    density = math.exp(-(spare**2) / 2) / math.sqrt(2 * math.pi)
    limit = 1 / (1 + spare * special.ndtr(spare) / density)
    assert erlang_c(busy, 1700, 20).p_wait == pytest.approx(limit, abs=0.01)
    drowned = erlang_a(busy, 300, 20, 3600)
    assert drowned.occupancy == pytest.approx(1.0)
    assert drowned.p_abandon == pytest.approx(1 - 300 / busy.erlangs, rel=1e-6)


def test_patience_is_the_time_waited_for_each_that_left() -> None:
    draws = np.random.default_rng(8)
    patience, offered = draws.exponential(180, 40_000), draws.exponential(60, 40_000)
    found = mean_patience_s(float(np.minimum(patience, offered).sum()), int((patience < offered).sum()))
    assert found == pytest.approx(180, rel=0.03)
    assert mean_patience_s(500.0, 0) is None
