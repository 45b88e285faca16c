"""Why a figure moved between two periods: mix and rates by each dimension, ranked by what they account for.

Ratios, means, NPS and sums over sums by Kitagawa (section 7.3); counts and stocks group by group. The groups are those
of `answer`. Agents and customers are never a reason: a change of the whole is not one person's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kpi import catalog
from kpi.answer import answer
from kpi.definition import Kpi
from kpi.display import COMPARE_FROM, SURVEY_FLOOR
from kpi.engines import Engine
from kpi.measures import Count, Mean, Nps, Ratio, Stock, SumRatio
from kpi.model import Figure, Query
from kpi.statistics.movement import OTHERS, Key, Movement, Side, judged, of_counts, of_rates

_PERSONAL = ("agent_id", "customer_id")
_REPEATED = ("half_hour", "age_bucket", "sla_state")
"""Told by the hour already, or moving with the clock alone."""
_COUNTED = (Count, Stock)
_EXPLAINED = (*_COUNTED, Ratio, Mean, Nps, SumRatio)
INSTEAD = {
    "frt_median": "frt_mean",
    "frt_p90": "frt_mean",
    "resolution_time_median": "resolution_time_mean",
    "resolution_time_p90": "resolution_time_mean",
    "resolution_time_km_median": "resolution_time_mean",
    "order_processing_time_median": "order_processing_time_mean",
    "dispute_resolution_time_median": "dispute_resolution_time_mean",
    "nps_distribution": "nps",
}
"""KPI that does not split exactly -> the one beside it that does."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The change of a KPI by one dimension (or by two together): groups keyed by their values, in order.

    `before` and `after` are the two figures, `days` the open days of the second period over those of the first (1 but
    for counts): the change is `after.value - before.value * days`.
    """

    kpi_id: str
    dimensions: tuple[str, ...]
    before: Figure
    after: Figure
    movement: Movement
    days: float = 1.0

    @property
    def counted(self) -> bool:
        """Whether groups add to a count, and there is no mix to speak of."""
        return isinstance(catalog.get(self.kpi_id).measure, _COUNTED)


def explained_by(kpi_id: str) -> str | None:
    """The KPI whose change can be split in the place of this one: itself, a mean for a median; None when there is
    none."""
    kpi = catalog.get(INSTEAD.get(kpi_id, kpi_id))
    return kpi.id if isinstance(kpi.measure, _EXPLAINED) and reasons_of(kpi) else None


def reasons_of(kpi: Kpi) -> tuple[str, ...]:
    """The dimensions by which a KPI's change may be explained."""
    return tuple(name for name in kpi.dimensions if name not in (*_PERSONAL, *_REPEATED))


def explain(current: Query, previous: Query, kpi_id: str, engine: Engine, *, days: float = 1.0) -> list[Explanation]:
    """The change of a KPI by each dimension that is not narrowed to one value, the most telling first.

    The two queries differ by their period. Groups of fewer than 30 cases in both periods go together; a dimension with
    a single group left says nothing and is left out. Empty when a period has no case.
    """
    kpi = catalog.get(kpi_id)
    narrowed = {f.dimension for f in current.filters if len(f.values) == 1}
    asked = [(name,) for name in reasons_of(kpi) if name not in narrowed]
    found = _judged(_split(kpi, current, previous, by, engine, days) for by in asked)
    return sorted(found, key=lambda one: (-one.movement.explained, len(one.movement.parts)))


def explain_two(
    current: Query, previous: Query, kpi_id: str, engine: Engine, by: tuple[str, str], *, days: float = 1.0
) -> Explanation | None:
    """As `explain`, by two dimensions together; None when it says nothing."""
    return next(iter(_judged([_split(catalog.get(kpi_id), current, previous, by, engine, days)])), None)


def _judged(found: Iterable[Explanation | None]) -> list[Explanation]:
    kept = [one for one in found if one is not None]
    return [
        Explanation(one.kpi_id, one.dimensions, one.before, one.after, movement, one.days)
        for one, movement in zip(kept, judged(one.movement for one in kept), strict=True)
    ]


def _split(
    kpi: Kpi, current: Query, previous: Query, by: tuple[str, ...], engine: Engine, days: float
) -> Explanation | None:
    answers = [
        answer(query.with_(kpis=(kpi.id,), by=by, grain=None, intervals=False), engine)[kpi.id]
        for query in (previous, current)
    ]
    if not all(one.total.n for one in answers):
        return None
    cells = _pooled(kpi, [{figure.keys: _side(kpi, figure) for figure in one.rows} for one in answers])
    if len(cells) < 2:
        return None
    counted = isinstance(kpi.measure, _COUNTED)
    movement = of_counts(cells, days) if counted else of_rates(cells)
    return Explanation(kpi.id, by, answers[0].total, answers[1].total, movement, days if counted else 1.0)


def _side(kpi: Kpi, figure: Figure) -> Side:
    measure, n = kpi.measure, float(figure.denominator or figure.n)
    if isinstance(measure, _COUNTED):
        return Side(float(figure.n), float(figure.n), float(figure.n))
    if isinstance(measure, Nps):
        ends = figure.extra["promoters"] + figure.extra["detractors"]
        return Side(n, 100.0 * float(figure.numerator or 0), 1e4 * ends)
    if isinstance(measure, Mean):
        total = float(figure.sum or 0)
        squares = figure.extra.get("variance", 0.0) * (n - 1) + total**2 / n if n else 0.0
        return Side(n, total, squares)
    numerator = float(figure.numerator or 0)
    return Side(n, numerator, numerator if isinstance(measure, Ratio) else None)


def _pooled(kpi: Kpi, sides: Sequence[Mapping[Key, Side]]) -> dict[Key, tuple[Side, Side]]:
    """(before, after) of each group that has any case, the largest first; those that are too small together, last.

    Of an opinion, what is left together may not be so few that it can be told by subtraction.
    """
    before, after = sides
    keys = list(dict.fromkeys((*before, *after)))
    cells = {key: (before.get(key, Side()), after.get(key, Side())) for key in keys}
    cells = {key: pair for key, pair in cells.items() if pair[0].n or pair[1].n}
    least = 0 if isinstance(kpi.measure, SumRatio) else COMPARE_FROM
    size = Counter({key: pair[0].n + pair[1].n for key, pair in cells.items()})
    order = [key for key, _ in sorted(size.items(), key=lambda item: (-item[1], str(item[0])))]
    small = [key for key in order if max(cells[key][0].n, cells[key][1].n) < least]
    kept = [key for key in order if key not in small]
    while kpi.survey and kept and _tells_someone(cells, small):
        small.append(kept.pop())
    pooled = {key: cells[key] for key in kept}
    if small:
        pooled[OTHERS] = (
            sum((cells[key][0] for key in small), Side()),
            sum((cells[key][1] for key in small), Side()),
        )
    return pooled


def _tells_someone(cells: Mapping[Key, tuple[Side, Side]], small: Sequence[Key]) -> bool:
    sums = [sum(cells[key][i].n for key in small) for i in (0, 1)]
    return any(0 < n < SURVEY_FLOOR for n in sums)
