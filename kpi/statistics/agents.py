"""Comparing agents with their team: who may be shown, and who really stands apart (rules P5 and 7.1.6). Pure.

An agent is read beside the agents of the same team, never ranked. Figures are not yet adjusted for the mix of
requests, so only an interval wholly outside the team's is called a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kpi.display import INDIVIDUAL_FLOOR, PEERS_FLOOR, protected, status
from kpi.model import Figure, Status, Value
from kpi.statistics.intervals import Interval


class Verdict(StrEnum):
    """Where a figure stands beside its reference; of the value, not of the merit."""

    ABOVE = "above"
    SAME = "same"
    """Not distinguishable."""
    BELOW = "below"


class Reason(StrEnum):
    """Why an agent's figure is not shown."""

    FEW_CASES = "few_cases"
    FEW_PEERS = "few_peers"
    SHIELD = "shield"
    """It would give away, by subtraction from the team, the one that is hidden."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An agent in a team (or a team in the whole: `agent` None) beside its reference."""

    agent: Value
    team: Value
    figure: Figure
    reference: Figure
    verdict: Verdict | None = None
    """None when the figure is not shown."""
    reason: Reason | None = None


def verdict(ci: Interval | None, reference: Interval | None) -> Verdict:
    """Above or below only when the two intervals are apart; an unknown bound leaves the doubt."""
    if not ci or not reference or None in ci or None in reference:
        return Verdict.SAME
    (low, high), (reference_low, reference_high) = ci, reference
    if low > reference_high:  # type: ignore[operator]
        return Verdict.ABOVE
    return Verdict.BELOW if high < reference_low else Verdict.SAME  # type: ignore[operator]


def of_agents(members: Iterable[Figure], teams: Iterable[Figure]) -> tuple[Standing, ...]:
    """Every agent beside the own team. Keys: (team, agent) of `members`, (team,) of `teams`.

    Suppressed unless the agent has 30 cases and the team five such agents.
    """
    references = {figure.keys[0]: figure for figure in teams}
    by_team: dict[Value, list[Figure]] = {}
    for figure in members:
        if figure.keys[1] is not None and figure.n:
            by_team.setdefault(figure.keys[0], []).append(figure)
    return tuple(
        standing
        for team, figures in by_team.items()
        for standing in _of_team(team, figures, references.get(team, Figure()))
    )


def of_teams(teams: Iterable[Figure], members: Iterable[Figure], whole: Figure) -> tuple[Standing, ...]:
    """Every team beside the whole. A team whose cases all come from one agent is that agent: it is hidden."""
    agents = Counter(figure.keys[0] for figure in members if figure.keys[1] is not None and figure.n)
    alone = [figure._replace(status=Status.SUPPRESSED) if agents[figure.keys[0]] == 1 else figure for figure in teams]
    return tuple(
        _standing(None, figure.keys[0], figure, whole, _why(figure.n, PEERS_FLOOR) or Reason.SHIELD)
        for figure in protected(alone)
    )


def _of_team(team: Value, figures: Sequence[Figure], reference: Figure) -> Iterable[Standing]:
    peers = sum(figure.n >= INDIVIDUAL_FLOOR for figure in figures)
    judged = [figure._replace(status=status(figure.n, individual=True, peers=peers)) for figure in figures]
    for figure in protected(judged):
        yield _standing(figure.keys[1], team, figure, reference, _why(figure.n, peers) or Reason.SHIELD)


def _standing(agent: Value, team: Value, figure: Figure, reference: Figure, reason: Reason) -> Standing:
    if figure.status not in (Status.OK, Status.INDICATIVE):
        return Standing(agent, team, figure, reference, reason=reason)
    return Standing(agent, team, figure, reference, verdict(figure.ci, reference.ci))


def _why(n: int, peers: int) -> Reason | None:
    if n < INDIVIDUAL_FLOOR:
        return Reason.FEW_CASES
    return Reason.FEW_PEERS if peers < PEERS_FLOOR else None
