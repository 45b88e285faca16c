"""Whether a figure may be shown and compared: rules G16 and P5. Pure."""

from __future__ import annotations

from dataclasses import replace

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


def judged(kpi: Kpi, query: Query, total: Figure, figures: tuple[Figure, ...]) -> tuple[Figure, tuple[Figure, ...]]:
    """The figures with their status. A figure by agent, or filtered to one, is individual."""
    census = kpi.kind in _CENSUS
    p90 = isinstance(kpi.measure, Quantile) and kpi.measure.q == 0.9

    def judge(figure: Figure, individual: bool, peers: int) -> Figure:
        n = int(figure.denominator) if kpi.kind == "distribution" and figure.denominator else figure.n
        shown = status(n, census=census, p90=p90, survey=kpi.survey, individual=individual, peers=peers)
        return replace(figure, status=shown)

    if "agent_id" not in query.by:
        one_agent = any(f.dimension == "agent_id" and len(f.values) == 1 for f in query.filters)
        # A single agent's figures are shown only from a page that has already counted the peers.
        peers = PEERS_FLOOR if one_agent else 0
        return judge(total, one_agent, peers), tuple(
            judge(f, one_agent and query.grain is None, peers) for f in figures
        )
    at = query.by.index("agent_id")
    cases: dict[object, int] = {}
    for figure in figures:
        cases[figure.keys[at]] = cases.get(figure.keys[at], 0) + figure.n
    peers = sum(1 for agent, n in cases.items() if agent is not None and n >= INDIVIDUAL_FLOOR)
    return judge(total, False, 0), tuple(judge(f, f.keys[at] is not None, peers) for f in figures)
