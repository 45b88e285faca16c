"""Whether a figure may be shown and compared: rules G16 and P5. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import Any

from kpi.definition import Kpi, Minimum
from kpi.measures import Joined, Quantile
from kpi.model import Figure, Query, Status, made

SURVEY_FLOOR = 5
SHOW_FROM = 10
COMPARE_FROM = 30
P90_FROM = 36
INDIVIDUAL_FLOOR = 30
PEERS_FLOOR = 5
_OF_A_WHOLE = ("distribution", "mix")
"""Shares: the cases are those of the whole that is shared."""
_CENSUS = (
    *("count", "distinct", "sum_ratio", "growth", "ranking", "stock", "stock_quantile", "stock_distribution"),
    *("attainment", "freshness"),
)

_KEYS, _STATUS = Figure._fields.index("keys"), Figure._fields.index("status")


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
        return _judged_alone(kpi, total), _by_agent(kpi, query.by.index("agent_id"), figures)
    if any(f.dimension == "agent_id" and len(f.values) == 1 for f in query.filters) and total.n < INDIVIDUAL_FLOOR:
        # One agent alone: a page has counted the peers before it offers the choice.
        hidden = Status.SUPPRESSED if total.n else Status.NO_DATA
        return total.placed((), hidden), tuple(figure.placed(keys, hidden) for keys, figure in figures.items())
    return _judged_alone(kpi, total), _placed(figures, _judge_of(kpi)(figures.values()))


_Judge = Callable[[Iterable[Figure]], list[Status]]
"""The statuses of some figures, in their order."""


def _judged_alone(kpi: Kpi, total: Figure) -> Figure:
    (own,) = _judge_of(kpi)((total,))
    return total.placed((), own)


def _placed(figures: Mapping[tuple[Any, ...], Figure], statuses: Iterable[Status]) -> tuple[Figure, ...]:
    """The figures with their keys and statuses, column by column: half the time of one by one."""
    columns: list[Iterable[Any]] = [*zip(*figures.values(), strict=True)]
    if not columns:
        return ()
    columns[_KEYS], columns[_STATUS] = figures, statuses
    return tuple(map(made, zip(*columns, strict=True)))


def counted_whole(kpi: Kpi) -> bool:
    """Whether a KPI has no sampling error, so that no number of cases is too few."""
    return kpi.kind in _CENSUS or (isinstance(kpi.measure, Joined) and kpi.measure.census)


def _judge_of(kpi: Kpi) -> _Judge:
    """The status of the figures of a KPI."""
    if kpi.minimum is not None:
        return partial(_from, kpi.minimum)
    if counted_whole(kpi):
        # The cases of a sum over agents are the agents: of fewer than five it would speak of each (rule P5).
        return _of_peers if kpi.collective and kpi.kind == "sum_ratio" else _known
    by_n = _statuses(isinstance(kpi.measure, Quantile) and kpi.measure.q == 0.9, kpi.survey)
    if kpi.kind in _OF_A_WHOLE:
        return lambda figures: _of_cases(by_n, (int(figure.denominator or figure.n) for figure in figures))
    return lambda figures: _of_cases(by_n, (figure.n for figure in figures))


@lru_cache
def _statuses(p90: bool, survey: bool) -> tuple[Status, ...]:
    """The status of each number of cases; the last is that of more."""
    return tuple(status(n, p90=p90, survey=survey) for n in range(COMPARE_FROM + P90_FROM))


def _of_cases(by_n: tuple[Status, ...], cases: Iterable[int]) -> list[Status]:
    last = len(by_n) - 1
    return [by_n[n if n < last else last] for n in cases]


def _known(figures: Iterable[Figure]) -> list[Status]:
    # Names once and no call a figure: a product or an agent each, there are hundreds.
    ok, none = Status.OK, Status.NO_DATA
    return [none if figure.value is None else ok for figure in figures]


def _of_peers(figures: Iterable[Figure]) -> list[Status]:
    known = list(figures)
    hidden = Status.SUPPRESSED
    return [hidden if 0 < one.n < PEERS_FLOOR else own for one, own in zip(known, _known(known), strict=True)]


def _from(minimum: Minimum, figures: Iterable[Figure]) -> list[Status]:
    """Shown from the KPI's own minimum."""

    def judge(figure: Figure) -> Status:
        if not figure.n if minimum.compared else figure.value is None:
            return Status.NO_DATA
        if minimum.counted(figure) < minimum.cases:
            return Status.INSUFFICIENT
        return Status.INDICATIVE if minimum.compared and figure.n < COMPARE_FROM else Status.OK

    return list(map(judge, figures))


def _by_agent(kpi: Kpi, at: int, figures: Mapping[tuple[Any, ...], Figure]) -> tuple[Figure, ...]:
    """An agent's cases are those of all of its groups, so that a series is shown or hidden whole."""
    cases: dict[Any, int] = {}
    for keys, figure in figures.items():
        cases[keys[at]] = cases.get(keys[at], 0) + figure.n
    peers = sum(1 for agent, n in cases.items() if agent is not None and n >= INDIVIDUAL_FLOOR)

    def judge(agent: Any, plainly: Status) -> Status:
        if agent is not None and (cases[agent] < INDIVIDUAL_FLOOR or peers < PEERS_FLOOR):
            return Status.SUPPRESSED if cases[agent] else Status.NO_DATA
        return plainly

    plainly = _judge_of(kpi)(figures.values())
    return _placed(figures, (judge(keys[at], own) for keys, own in zip(figures, plainly, strict=True)))
