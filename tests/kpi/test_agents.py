"""Agents beside their team: who is shown, who is hidden and why, and when a gap is called a difference."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.display import protected
from kpi.model import Figure, Status
from kpi.statistics.agents import Reason, Verdict, of_agents, of_teams, tally, through_time, verdict

TEAM = Figure(value=0.7, n=600, ci=(0.65, 0.75), status=Status.OK)


def agents(*cases: int, ci: tuple[float, float] = (0.6, 0.8)) -> list[Figure]:
    return [Figure((f"A{i}",), 0.7, n, ci=ci, status=Status.OK) for i, n in enumerate(cases)]


def hidden(figures: Sequence[Figure]) -> list[str]:
    return [figure.keys[0] for figure in figures if figure.status is Status.SUPPRESSED]


@pytest.mark.parametrize(
    ("ci", "expected"),
    [
        ((0.76, 0.9), Verdict.ABOVE),
        ((0.75, 0.9), Verdict.SAME),
        ((0.5, 0.64), Verdict.BELOW),
        ((0.5, 0.65), Verdict.SAME),
        ((0.0, 1.0), Verdict.SAME),
        ((None, 0.5), Verdict.SAME),
        (None, Verdict.SAME),
    ],
)
def test_only_an_interval_wholly_outside_stands_apart(
    ci: tuple[float | None, float | None] | None, expected: Verdict
) -> None:
    assert verdict(ci, (0.65, 0.75)) is expected
    assert verdict(ci, None) is Verdict.SAME


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_verdict_is_the_mirror_of_the_other_side(a: float, b: float, c: float, d: float) -> None:
    one, other = (min(a, b), max(a, b)), (min(c, d), max(c, d))
    mirror = {Verdict.ABOVE: Verdict.BELOW, Verdict.BELOW: Verdict.ABOVE, Verdict.SAME: Verdict.SAME}
    assert verdict(other, one) is mirror[verdict(one, other)]


def test_thirty_cases_and_five_peers_open_a_figure() -> None:
    assert [one.reason for one in of_agents(agents(30, 30, 30, 30, 30), TEAM)] == [None] * 5
    assert {one.reason for one in of_agents(agents(30, 30, 30, 30), TEAM)} == {Reason.FEW_PEERS}


def test_one_below_the_floor_takes_the_smallest_other_with_it() -> None:
    standings = of_agents(agents(40, 31, 50, 60, 70, 29), TEAM)
    assert {one.who: one.reason for one in standings if one.reason} == {
        "A5": Reason.FEW_CASES,
        "A1": Reason.SHIELD,
    }


def test_the_cases_of_nobody_are_no_agent() -> None:
    nobody = Figure((None,), 0.5, 900, ci=(0.4, 0.6), status=Status.OK)
    assert len(of_agents([*agents(30, 30, 30, 30), nobody], TEAM)) == 4
    assert all(one.verdict is None for one in of_agents([*agents(30, 30, 30, 30), nobody], TEAM))


@given(st.lists(st.integers(0, 80), max_size=12))
def test_no_value_is_ever_shown_below_the_floors(cases: list[int]) -> None:
    standings = of_agents(agents(*cases), TEAM)
    shown = [one for one in standings if one.verdict is not None]
    assert all(one.figure.n >= 30 and one.figure.status is Status.OK for one in shown)
    assert not shown or sum(n >= 30 for n in cases) >= 5
    assert all((one.verdict is None) is (one.reason is not None) for one in standings)


def test_a_team_of_one_agent_is_that_agent() -> None:
    teams = [Figure((name,), 0.7, 100, ci=(0.6, 0.8), status=Status.OK) for name in ("T1", "T2", "T3")]
    members = [Figure((team, f"{team}-{i}"), 0.7, 50) for team in ("T1", "T2") for i in range(2)]
    standings = of_teams(teams, [*members, Figure(("T3", "alone"), 0.7, 100)], TEAM)
    assert {one.who: one.reason for one in standings if one.reason} == {"T3": Reason.ONE_AGENT, "T1": Reason.SHIELD}
    assert tally(standings) == {None: 2, Verdict.SAME: 1}


def test_the_line_of_an_agent_has_gaps_below_the_floor() -> None:
    assert hidden(through_time(agents(30, 12, 0))) == ["A1"]


def test_the_next_smallest_is_hidden_with_the_only_hidden_cell() -> None:
    cells = {"email": 40, "phone": 22, "chat": 3}
    figures = [Figure((name,), 1.0, n, status=Status.SUPPRESSED if n < 5 else Status.OK) for name, n in cells.items()]
    assert hidden(protected(figures)) == ["phone", "chat"]
    assert hidden(protected(figures[:2])) == []
