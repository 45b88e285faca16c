"""Agents compared fairly (section 7.1), and where a change or a score comes from (7.3, 7.5)."""

from __future__ import annotations

import math
import random
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kpi.statistics import importance, mix
from kpi.statistics.agents import Verdict
from kpi.statistics.case_mix import (
    OTHER,
    Cell,
    Comparison,
    benjamini_hochberg,
    compare_rates,
    compare_times,
    funnel_limits,
    merged,
    overdispersion,
    paradoxes,
    random_effects,
)

quick = settings(max_examples=60, deadline=None, derandomize=True)
teams = st.lists(
    st.lists(st.integers(1, 90).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1, max_size=3),
    min_size=1,
    max_size=14,
)


def cells_of(team: list[list[tuple[int, int]]]) -> list[Cell]:
    """Agents A00, A01 ... with (n, successes) in strata s0, s1 ..."""
    return [
        Cell(f"A{i:02}", f"s{j}", n, successes)
        for i, strata in enumerate(team)
        for j, (n, successes) in enumerate(strata)
    ]


def verdicts(compared: Comparison) -> dict[str, Verdict | None]:
    return {agent.agent: agent.verdict for agent in compared.agents}


@quick
@given(teams)
def test_what_some_gain_on_the_expected_others_lose(team: list[list[tuple[int, int]]]) -> None:
    compared = compare_rates(cells_of(team))
    assert sum(agent.observed - agent.expected for agent in compared.agents) == pytest.approx(0, abs=1e-9)
    n, successes = (sum(cell[i] for strata in team for cell in strata) for i in (0, 1))
    assert compared.overall == pytest.approx(successes / n)


@quick
@given(teams)
def test_nothing_is_said_of_an_agent_below_the_floors(team: list[list[tuple[int, int]]]) -> None:
    compared = compare_rates(cells_of(team))
    peers = sum(agent.n >= 30 for agent in compared.agents)
    for agent in compared.agents:
        shown = agent.n >= 30 and peers >= 5
        assert (agent.verdict is not None) is shown
        assert [agent.q is None, agent.shrunk is None, agent.ci is None] == [not shown] * 3


@quick
@given(teams, st.integers())
def test_the_order_of_the_cells_changes_nothing(team: list[list[tuple[int, int]]], seed: int) -> None:
    cells = cells_of(team)
    shuffled = random.Random(seed).sample(cells, len(cells))
    assert compare_rates(shuffled) == compare_rates(cells)


@quick
@given(teams)
def test_a_shown_rate_is_between_the_adjusted_one_and_its_mean(team: list[list[tuple[int, int]]]) -> None:
    compared = compare_rates(cells_of(team))
    for agent in compared.agents:
        if agent.shrunk is None or agent.ci is None or compared.mu is None:
            continue
        low, high = sorted((agent.adjusted, compared.overall + compared.mu))
        assert low - 1e-12 <= agent.shrunk <= high + 1e-12
        assert agent.ci[0] <= agent.shrunk <= agent.ci[1]


def test_agents_who_do_the_same_work_are_not_told_apart_by_their_mix() -> None:
    """Nine of ten on simple cases and three of ten on hard ones, in every mix."""
    shares = [(90, 10), (70, 30), (50, 50), (30, 70), (10, 90)]
    team = [[(10 * easy, 9 * easy), (10 * hard, 3 * hard)] for easy, hard in shares]
    compared = compare_rates(cells_of(team))
    assert [agent.raw for agent in compared.agents] == pytest.approx([0.84, 0.72, 0.6, 0.48, 0.36])
    assert [agent.adjusted for agent in compared.agents] == pytest.approx([0.6] * 5)
    assert set(verdicts(compared).values()) == {Verdict.SAME}
    assert compared.tau2 == 0


def test_five_peers_are_needed_and_a_small_one_does_not_count() -> None:
    alike = [[(40, 20)]] * 4
    assert set(verdicts(compare_rates(cells_of([*alike, [(29, 2)]]))).values()) == {None}
    shown = verdicts(compare_rates(cells_of([*alike, [(30, 2)]])))
    assert shown == {"A00": Verdict.SAME, "A01": Verdict.SAME, "A02": Verdict.SAME, "A03": Verdict.SAME,
                     "A04": Verdict.BELOW}  # fmt: skip


@quick
@given(teams)
def test_a_verdict_follows_from_what_is_printed(team: list[list[tuple[int, int]]]) -> None:
    compared = compare_rates(cells_of(team))
    sides = {True: Verdict.ABOVE, False: Verdict.BELOW}
    for agent in compared.agents:
        plain = (agent.observed - agent.expected) / math.sqrt(agent.variance) if agent.variance > 0 else 0.0
        assert agent.z == pytest.approx(plain / math.sqrt(compared.phi), abs=1e-9)
        assert agent.p == pytest.approx(2 * stats.norm.sf(abs(agent.z)))
        if agent.q is not None:
            assert agent.verdict is (sides[agent.z > 0] if agent.q <= 0.05 else Verdict.SAME)
    shown = [agent for agent in compared.agents if agent.q is not None]
    if shown and any(agent.variance for agent in shown):
        known = [agent for agent in shown if agent.variance]
        expected = random_effects(
            [(agent.observed - agent.expected) / agent.n for agent in known],
            [agent.variance / agent.n**2 for agent in known],
        )
        assert (compared.tau2, compared.mu) == pytest.approx(expected)


def test_a_scattered_team_is_judged_by_its_own_scatter() -> None:
    """Twelve agents far apart: each z is divided by the spread of all."""
    compared = compare_rates(cells_of([[(200, 60 + 7 * i)] for i in range(12)]))
    assert compared.phi > 4
    assert {agent.verdict for agent in compared.agents} == {Verdict.SAME}


def test_luck_alone_makes_few_verdicts() -> None:
    """Twenty agents at the same rates and different mixes: a false verdict in less than one run of ten."""
    draws = np.random.default_rng(7)
    wrong = 0
    for _ in range(150):
        n = draws.integers(20, 150, (20, 2))
        won = draws.binomial(n, [0.9, 0.5])
        team = [[(int(a), int(b)) for a, b in zip(*pair, strict=True)] for pair in zip(n, won, strict=True)]
        wrong += any(verdict is not Verdict.SAME for verdict in verdicts(compare_rates(cells_of(team))).values())
    assert wrong <= 15


def test_a_time_is_compared_with_the_expected_one_as_a_ratio() -> None:
    draws = np.random.default_rng(3)
    seconds = {
        (agent, stratum): draws.lognormal(base + (0.5 if agent == "E" else 0.0), 0.6, 40)
        for agent in "ABCDE"
        for stratum, base in (("simple", 5.0), ("hard", 6.5))
    }
    logs = {key: np.log(times) for key, times in seconds.items()}
    cells = [Cell(*key, len(x), float(x.sum()), float((x**2).sum())) for key, x in logs.items()]
    compared = compare_times(cells)
    pooled = {name: np.concatenate([logs[agent, name] for agent in "ABCDE"]) for name in ("simple", "hard")}
    for agent in compared.agents:
        expected = sum(40 * x.mean() for x in pooled.values())
        variance = sum(40 * x.var(ddof=1) for x in pooled.values())
        observed = sum(logs[agent.agent, name].sum() for name in pooled)
        assert agent.z == pytest.approx((observed - expected) / math.sqrt(variance))
        assert agent.adjusted == pytest.approx(math.exp((observed - expected) / 80))
        assert agent.raw == pytest.approx(stats.gmean(np.concatenate([seconds[agent.agent, name] for name in pooled])))
    assert verdicts(compared)["E"] is Verdict.ABOVE
    assert compared.references["simple"] == pytest.approx(math.exp(pooled["simple"].mean()))


def test_small_strata_are_merged_and_empty_cells_left_out() -> None:
    cells = [Cell("A", "big", 20, 5), Cell("A", "small", 12, 5), Cell("B", "tiny", 3, 1), Cell("B", "none", 0, 0)]
    assert [(cell.agent, cell.stratum, cell.n) for cell in merged(cells)] == [
        ("A", "big", 20),
        ("A", OTHER, 12),
        ("B", OTHER, 3),
    ]
    assert set(compare_rates(cells).references) == {"big", OTHER}


def test_an_agent_whose_strata_never_vary_is_not_told_apart() -> None:
    sure = [Cell("A", "always", 50, 50)]
    others = [Cell(name, "other", 60, k) for name, k in zip("BCDE", (20, 30, 40, 30), strict=True)]
    agent = compare_rates([*sure, *others]).agents[0]
    assert (agent.z, agent.verdict) == (0.0, Verdict.SAME)


def test_the_better_agent_of_the_worked_pair_is_found_behind() -> None:
    cells = [Cell("A", "simple", 100, 90), Cell("A", "complex", 20, 12), Cell("B", "simple", 20, 19),
             Cell("B", "complex", 100, 65)]  # fmt: skip
    assert paradoxes(cells) == (("B", "A"),)
    assert paradoxes([*cells[:2], Cell("B", "simple", 20, 17), Cell("B", "complex", 100, 65)]) == ()


# ---------------------------------------------------------------------------------------------- parts of the method


@quick
@given(st.lists(st.floats(0, 1), max_size=40))
def test_false_discoveries_are_controlled_by_the_step_up_rule(p: list[float]) -> None:
    ordered = sorted(p)
    literal = [
        min(1.0, min(ordered[j] * len(p) / (j + 1) for j in range(len(p)) if ordered[j] >= value)) for value in p
    ]
    assert benjamini_hochberg(p) == pytest.approx(tuple(literal))


@quick
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=30), st.floats(0.001, 0.5))
def test_equal_errors_leave_the_variance_that_they_do_not_explain(differences: list[float], error2: float) -> None:
    tau2, mu = random_effects(differences, [error2] * len(differences))
    assert tau2 == pytest.approx(max(0.0, float(np.var(differences, ddof=1)) - error2), abs=1e-9)
    assert mu == pytest.approx(float(np.mean(differences)), abs=1e-9)


def test_random_effects_of_unequal_errors() -> None:
    """Three estimates 0.1, 0.3, 0.35 of variances 0.01, 0.02, 0.005, by hand: w = 100, 50, 200."""
    q = 100 * (0.1 - 95 / 350) ** 2 + 50 * (0.3 - 95 / 350) ** 2 + 200 * (0.35 - 95 / 350) ** 2
    tau2 = (q - 2) / (350 - 52_500 / 350)
    weights = [1 / (v + tau2) for v in (0.01, 0.02, 0.005)]
    mu = sum(w * d for w, d in zip(weights, (0.1, 0.3, 0.35), strict=True)) / sum(weights)
    assert random_effects([0.1, 0.3, 0.35], [0.01, 0.02, 0.005]) == pytest.approx((tau2, mu))
    assert random_effects([0.4], [0.01]) == (0.0, 0.4)


def test_overdispersion_needs_ten_agents_and_forgets_the_extremes() -> None:
    assert overdispersion([9.0] * 9) == 1.0
    assert overdispersion([0.1] * 10) == 1.0
    z = [-3.0, -2.5, -2.0, -1.5, -1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 40.0]
    kept = [-2.5, -2.5, -2.0, -1.5, -1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.0]
    assert overdispersion(z) == pytest.approx(sum(x * x for x in kept) / 11)


@quick
@given(st.floats(0, 1), st.lists(st.integers(1, 5000), min_size=2, max_size=10, unique=True).map(sorted))
def test_funnels_narrow_and_stay_possible(p: float, n: list[int]) -> None:
    (low, high), (wide_low, wide_high) = funnel_limits(p, n), funnel_limits(p, n, 3.090232)
    assert all(a <= b + 1e-12 for a, b in pairwise(low)) and all(a >= b - 1e-12 for a, b in pairwise(high))
    assert np.all((wide_low >= 0) & (wide_low <= low) & (low <= p) & (p <= high) & (high <= wide_high))
    assert np.all(wide_high <= 1)


# ---------------------------------------------------------------------------------------------- mix and impact

counted = st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(0, 50), st.integers(0, 80)), min_size=1)
periods = counted.filter(lambda counts: sum(n for _, n in counts.values()) > 0)
groups = st.dictionaries(st.sampled_from("abcdef"), st.tuples(*[st.integers(0, 99)] * 3), min_size=1)
answered = groups.filter(lambda found: any(any(group) for group in found.values()))


@quick
@given(periods, periods)
def test_15_mix_and_rate_add_to_the_change(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]
) -> None:
    def whole(counts: dict[str, tuple[int, int]]) -> float:
        return sum(x for x, n in counts.values() if n) / sum(n for _, n in counts.values())

    change = mix.kitagawa_of_counts(before, after)
    assert change.mix_total + change.rate_total == pytest.approx(whole(after) - whole(before), abs=1e-9)
    assert change.total == pytest.approx(change.mix_total + change.rate_total, abs=1e-12)


def test_a_channel_that_opens_is_all_mix() -> None:
    change = mix.kitagawa_of_counts({"phone": (80, 100)}, {"phone": (80, 100), "chat": (30, 100)})
    assert change.rate == {"phone": 0.0, "chat": 0.0}
    assert change.total == pytest.approx(-0.25)
    assert change.reported() == ("phone", "chat")
    assert mix.kitagawa({"a": 1.0}, {"a": 0.5}, {"a": 1.0}, {"a": 0.5005}).reported() == ()


@quick
@given(answered)
def test_15_impacts_add_to_nothing(found: dict[str, tuple[int, int, int]]) -> None:
    impacts = mix.nps_impacts(found)
    assert sum(one.impact for one in impacts.values()) == pytest.approx(0, abs=1e-9)
    assert sum(one.share * one.nps for one in impacts.values()) == pytest.approx(mix.nps_total(found), abs=1e-9)
    assert set(impacts) == {name for name, group in found.items() if any(group)}


def test_a_topic_is_judged_against_the_answers_without_it() -> None:
    impact = mix.mention_impact((10, 20, 70), (60, 20, 20))
    assert impact is not None
    assert (impact.share, impact.nps, impact.impact) == pytest.approx((0.5, -60.0, -50.0))
    assert mix.nps((70, 40, 90)) - mix.nps((60, 20, 20)) == pytest.approx(impact.impact)
    assert mix.mention_impact((0, 0, 0), (1, 0, 0)) is None


# ---------------------------------------------------------------------------------------------- importance


def explained(y: np.ndarray, x: np.ndarray) -> float:
    design = np.column_stack([np.ones(len(y)), x])
    return 1 - float(np.sum((y - design @ np.linalg.pinv(design) @ y) ** 2)) / float(np.sum((y - y.mean()) ** 2))


@pytest.mark.parametrize("drivers", [1, 2, 3, 4])
def test_importance_is_the_mean_gain_over_every_order(drivers: int) -> None:
    draws = np.random.default_rng(drivers)
    x = draws.normal(size=(60, drivers)) @ draws.normal(size=(drivers, drivers))
    y = x @ np.arange(1, drivers + 1) + draws.normal(size=60)
    orders = list(permutations(range(drivers)))
    literal = np.zeros(drivers)
    for order in orders:
        for i, driver in enumerate(order):
            literal[driver] += (explained(y, x[:, order[: i + 1]]) - explained(y, x[:, order[:i]])) / len(orders)
    found = importance.lmg(y.tolist(), {str(i): x[:, i].tolist() for i in range(drivers)})
    assert list(found.shares.values()) == pytest.approx(literal.tolist())
    assert found.r2_single["0"] == pytest.approx(np.corrcoef(y, x[:, 0])[0, 1] ** 2)


@quick
@given(st.integers(0, 1000), st.integers(1, 8))
def test_15_shares_add_to_what_is_explained(seed: int, drivers: int) -> None:
    draws = np.random.default_rng(seed)
    x = draws.integers(0, 11, (40, drivers))
    found = importance.lmg(draws.integers(0, 11, 40).tolist(), {str(i): x[:, i].tolist() for i in range(drivers)})
    assert sum(found.shares.values()) == pytest.approx(found.r2)
    assert all(share >= -1e-9 for share in found.shares.values())


def test_the_same_question_asked_twice_shares_its_importance() -> None:
    y, x = [1.0, 4.0, 2.0, 8.0, 5.0, 7.0], [1.0, 3.0, 2.0, 6.0, 5.0, 4.0]
    found = importance.lmg(y, {"once": x, "again": x})
    assert found.shares["once"] == pytest.approx(found.shares["again"]) == pytest.approx(found.r2 / 2)


def test_a_note_that_never_varies_is_explained_by_nothing() -> None:
    found = importance.lmg([7, 7, 7], {"a": [1, 2, 3], "b": [3, 1, 2]})
    assert (found.r2, *found.shares.values()) == (0, 0, 0)


def test_nine_drivers_or_too_few_answers_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 8"):
        importance.lmg([1, 2], {str(i): [1, 2] for i in range(9)})
    assert [importance.enough(*case) for case in ((29, 1), (30, 3), (39, 4), (40, 4))] == [False, True, False, True]
