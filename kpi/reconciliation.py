"""Whether figures agree with the rows behind them and with their own parts: counted again by other statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose

from kpi import answer as answers
from kpi import catalog
from kpi.definition import Kpi
from kpi.engines import Engine
from kpi.model import Answer, Figure, Query, Status

_OF_OTHER_THINGS = ("class_means", "mean_of_means", "distinct_ratio", "sum_ratio", "joined", "growth", "attainment")
"""Kinds whose n counts respondents, visitors, agents or the cases of one side, not rows."""
_ADDITIVE = {
    "count": ("n",),
    "stock": ("n",),
    "ratio": ("n", "numerator", "denominator", "n_invalid", "n_missing"),
    "sum_ratio": ("numerator", "denominator"),
    "mean": ("n", "sum", "n_invalid", "n_missing"),
    "nps": ("n", "n_invalid", "n_missing"),
}
"""Kind -> the fields of a whole that are the sums of those of its parts."""


@dataclass(frozen=True, slots=True)
class Check:
    """One figure counted again. `rows` and `parts` are None when the KPI has no such count."""

    kpi_id: str
    n: int
    rows: int | None
    """Rows behind the figure, counted one by one."""
    parts: bool | None
    """Whether the groups of its first dimension add up to it."""

    @property
    def checked(self) -> bool:
        return self.rows is not None or self.parts is not None

    @property
    def agrees(self) -> bool:
        return self.rows in (None, self.n) and self.parts is not False


def checks(query: Query, engine: Engine) -> tuple[Check, ...]:
    """Each KPI of the question counted again, in its order; those without data are left out."""
    whole = answers.answer(query.with_(by=(), grain=None, intervals=False), engine)
    known = [kpi_id for kpi_id in query.kpis if not whole[kpi_id].needs]
    return tuple(_check(catalog.get(kpi_id), query, whole[kpi_id], engine) for kpi_id in known)


def _check(kpi: Kpi, query: Query, whole: Answer, engine: Engine) -> Check:
    own = {param.name for param in kpi.params}
    alone = query.with_(
        kpis=(kpi.id,), by=(), grain=None, intervals=False, params=tuple(p for p in query.params if p[0] in own)
    )
    counted = None
    if kpi.kind not in _OF_OTHER_THINGS:
        steps = answers.waterfall(alone, kpi.id, engine)
        counted = steps[-1].n if steps else None
    fields, dimension = _ADDITIVE.get(kpi.kind, ()), _dimension(kpi)
    if not fields or dimension is None:
        return Check(kpi.id, whole.total.n, counted, None)
    rows = answers.answer(alone.with_(by=(dimension,)), engine)[kpi.id].rows
    if any(row.status is Status.SUPPRESSED for row in rows):
        return Check(kpi.id, whole.total.n, counted, None)
    return Check(kpi.id, whole.total.n, counted, all(_adds_up(field, rows, whole.total) for field in fields))


def _dimension(kpi: Kpi) -> str | None:
    return next((name for name in kpi.dimensions if name != "agent_id"), None)


def _adds_up(field: str, parts: Sequence[Figure], total: Figure) -> bool:
    return isclose(sum(getattr(part, field) or 0 for part in parts), getattr(total, field) or 0, rel_tol=1e-9)
