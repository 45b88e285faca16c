"""Comparing agents with their team: who may be shown, and who really stands apart (rules P5 and 7.1). Pure.

An agent is read beside the agents of the same team, never ranked. Figures are not adjusted for the mix of
requests, so only an interval wholly outside the team's is called a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kpi.display import INDIVIDUAL_FLOOR, PEERS_FLOOR, SHOW_FROM, protected, status
from kpi.model import Figure, Status, Value
from kpi.statistics.intervals import Interval


class Verdict(StrEnum):
    """Where a figure stands beside its reference: of the value, not of the merit."""

    ABOVE = "above"
    SAME = "same"
    """Not distinguishable."""
    BELOW = "below"


class Reason(StrEnum):
    """Why a figure is not shown."""

    FEW_CASES = "few_cases"
    """Fewer than an individual figure asks."""
    SMALL = "small"
    """Fewer than any figure asks."""
    FEW_PEERS = "few_peers"
    ONE_AGENT = "one_agent"
    """The cases of a team all come from one agent."""
    SHIELD = "shield"
    """Shown, it would give away the only hidden one by subtraction."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An agent beside the team, or a team beside the whole. Exactly one of `verdict` and `reason` is set."""

    who: Value
    figure: Figure
    verdict: Verdict | None = None
    reason: Reason | None = None


def verdict(ci: Interval | None, reference: Interval | None) -> Verdict:
    """Above or below only when the two intervals are apart; an unknown bound leaves the doubt."""
    if not ci or not reference:
        return Verdict.SAME
    (low, high), (reference_low, reference_high) = ci, reference
    if low is None or high is None or reference_low is None or reference_high is None:
        return Verdict.SAME
    if low > reference_high:
        return Verdict.ABOVE
    return Verdict.BELOW if high < reference_low else Verdict.SAME


def of_agents(members: Iterable[Figure], team: Figure) -> tuple[Standing, ...]:
    """Every agent of a team beside the team. `members` are keyed by agent; the cases of nobody are left out.

    Shown from 30 cases, when at least five agents of the team have as many.
    """
    figures = [figure for figure in members if figure.keys[0] is not None and figure.n]
    peers = sum(figure.n >= INDIVIDUAL_FLOOR for figure in figures)

    def reason(figure: Figure) -> Reason:
        if figure.n < INDIVIDUAL_FLOOR:
            return Reason.FEW_CASES
        return Reason.FEW_PEERS if peers < PEERS_FLOOR else Reason.SHIELD

    judged = [figure.placed(figure.keys, status(figure.n, individual=True, peers=peers)) for figure in figures]
    return tuple(_standing(figure, team, reason(figure)) for figure in protected(judged))


def of_teams(teams: Iterable[Figure], members: Iterable[Figure], whole: Figure) -> tuple[Standing, ...]:
    """Every team beside the whole. `members` are keyed by team and agent.

    A team whose cases all come from one agent is that agent: it is hidden.
    """
    agents = Counter(figure.keys[0] for figure in members if figure.keys[1] is not None and figure.n)
    judged = [
        figure.placed(figure.keys, Status.SUPPRESSED if agents[figure.keys[0]] == 1 else figure.status)
        for figure in teams
        if figure.n
    ]

    def reason(figure: Figure) -> Reason:
        if agents[figure.keys[0]] == 1:
            return Reason.ONE_AGENT
        return Reason.SMALL if figure.n < SHOW_FROM else Reason.SHIELD

    return tuple(_standing(figure, whole, reason(figure)) for figure in protected(judged))


def through_time(points: Iterable[Figure]) -> tuple[Figure, ...]:
    """The line of one agent: a bucket below the individual floor is a gap."""
    return tuple(
        point.placed(point.keys, Status.SUPPRESSED) if 0 < point.n < INDIVIDUAL_FLOOR else point for point in points
    )


def tally(standings: Iterable[Standing]) -> Counter[Verdict | None]:
    """How many stand above, below, or neither; None counts the hidden ones."""
    return Counter(standing.verdict for standing in standings)


def _standing(figure: Figure, reference: Figure, reason: Reason) -> Standing:
    if figure.status is Status.OK:
        return Standing(figure.keys[0], figure, verdict(figure.ci, reference.ci))
    if figure.status is Status.INDICATIVE:  # shown, but nothing is compared below 30 cases (G16)
        return Standing(figure.keys[0], figure, Verdict.SAME)
    return Standing(figure.keys[0], figure, reason=reason)
