"""Whether a figure may be shown and compared: rules G16 and P5. Pure."""

from __future__ import annotations

from collections.abc import Mapping
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


def judged(
    kpi: Kpi, query: Query, total: Figure, figures: Mapping[tuple[Any, ...], Figure]
) -> tuple[Figure, tuple[Figure, ...]]:
    """The figures with their keys and status. A figure by agent, or filtered to one, is individual."""
    census = kpi.kind in _CENSUS
    p90 = isinstance(kpi.measure, Quantile) and kpi.measure.q == 0.9

    def judge(keys: tuple[Any, ...], figure: Figure, individual: bool, peers: int) -> Figure:
        n = int(figure.denominator) if kpi.kind == "distribution" and figure.denominator else figure.n
        if census and figure.value is None:
            return figure._replace(keys=keys, status=Status.NO_DATA)
        shown = status(n, census=census, p90=p90, survey=kpi.survey, individual=individual, peers=peers)
        return figure._replace(keys=keys, status=shown)

    if "agent_id" not in query.by:
        one_agent = any(f.dimension == "agent_id" and len(f.values) == 1 for f in query.filters)
        # A single agent's figures are shown only from a page that has already counted the peers.
        peers = PEERS_FLOOR if one_agent else 0
        alone = one_agent and query.grain is None
        return judge((), total, one_agent, peers), tuple(
            judge(keys, figure, alone, peers) for keys, figure in figures.items()
        )
    at = query.by.index("agent_id")
    peers = _peers(figures, at)
    return judge((), total, False, 0), tuple(
        judge(keys, figure, keys[at] is not None, peers) for keys, figure in figures.items()
    )


def _peers(figures: Mapping[tuple[Any, ...], Figure], at: int) -> int:
    """Agents with enough cases to be compared; an agent's cases are those of all of its groups."""
    cases: dict[Any, int] = {}
    for keys, figure in figures.items():
        cases[keys[at]] = cases.get(keys[at], 0) + figure.n
    return sum(1 for agent, n in cases.items() if agent is not None and n >= INDIVIDUAL_FLOOR)
