"""Whether a figure may be shown and compared: rules G16 and P5. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kpi.definition import Kpi
from kpi.measures import Quantile
from kpi.model import Figure, Query, Status

SURVEY_FLOOR = 5
SHOW_FROM = 10
COMPARE_FROM = 30
P90_FROM = 36
INDIVIDUAL_FLOOR = 30
PEERS_FLOOR = 5
_CENSUS = ("count", "stock", "stock_quantile", "stock_distribution", "freshness")


def status(
    n: int,
    *,
    census: bool = False,
    p90: bool = False,
    survey: bool = False,
    individual: bool = False,
    peers: int = 0,
) -> Status:
    """Display status of a figure on `n` cases; `peers` counts the comparable agents of an individual figure."""
    if individual and (n < INDIVIDUAL_FLOOR or peers < PEERS_FLOOR):
        return Status.SUPPRESSED if n else Status.NO_DATA
    if census:
        return Status.OK
    if n == 0:
        return Status.NO_DATA
    if survey and n < SURVEY_FLOOR:
        return Status.SUPPRESSED
    if n < (P90_FROM if p90 else SHOW_FROM):
        return Status.INSUFFICIENT
    return Status.INDICATIVE if n < COMPARE_FROM else Status.OK


def protected(figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """The groups beside a total that is shown: when exactly one is suppressed, so is the next smallest, or a
    subtraction would give it away (rule P5)."""
    groups = tuple(figures)
    if sum(figure.status is Status.SUPPRESSED for figure in groups) != 1:
        return groups
    others = [figure for figure in groups if figure.n and figure.status is not Status.SUPPRESSED]
    smallest = min(others, key=lambda figure: figure.n, default=None)
    return tuple(figure._replace(status=Status.SUPPRESSED) if figure is smallest else figure for figure in groups)


def judged(
    kpi: Kpi, query: Query, total: Figure, figures: Mapping[tuple[Any, ...], Figure]
) -> tuple[Figure, tuple[Figure, ...]]:
    """The figures with their keys and status. A figure by agent, or filtered to one, is individual."""
    if "agent_id" in query.by:
        return _judge(kpi, (), total), _by_agent(kpi, query.by.index("agent_id"), figures)
    if any(f.dimension == "agent_id" and len(f.values) == 1 for f in query.filters) and total.n < INDIVIDUAL_FLOOR:
        # One agent alone: a page has counted the peers before it offers the choice.
        hidden = Status.SUPPRESSED if total.n else Status.NO_DATA
        return total.placed((), hidden), tuple(figure.placed(keys, hidden) for keys, figure in figures.items())
    return _judge(kpi, (), total), tuple(_judge(kpi, keys, figure) for keys, figure in figures.items())


def _judge(kpi: Kpi, keys: tuple[Any, ...], figure: Figure) -> Figure:
    if kpi.kind in _CENSUS:
        shown = Status.NO_DATA if figure.value is None else Status.OK
        return figure if figure.status is shown and figure.keys == keys else figure.placed(keys, shown)
    n = int(figure.denominator) if kpi.kind == "distribution" and figure.denominator else figure.n
    p90 = isinstance(kpi.measure, Quantile) and kpi.measure.q == 0.9
    return figure.placed(keys, status(n, p90=p90, survey=kpi.survey))


def _by_agent(kpi: Kpi, at: int, figures: Mapping[tuple[Any, ...], Figure]) -> tuple[Figure, ...]:
    """An agent's cases are those of all of its groups, so that a series is shown or hidden whole."""
    cases: dict[Any, int] = {}
    for keys, figure in figures.items():
        cases[keys[at]] = cases.get(keys[at], 0) + figure.n
    peers = sum(1 for agent, n in cases.items() if agent is not None and n >= INDIVIDUAL_FLOOR)

    def judge(keys: tuple[Any, ...], figure: Figure) -> Figure:
        if keys[at] is not None and (cases[keys[at]] < INDIVIDUAL_FLOOR or peers < PEERS_FLOOR):
            return figure.placed(keys, Status.SUPPRESSED if cases[keys[at]] else Status.NO_DATA)
        return _judge(kpi, keys, figure)

    return tuple(judge(keys, figure) for keys, figure in figures.items())
