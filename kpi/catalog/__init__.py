"""Every KPI of Vigie, one entry each, one file a subject."""

from __future__ import annotations

from kpi.catalog import (
    backlog,
    call_volume,
    calls,
    contacts,
    costs,
    customers,
    disputes,
    effort,
    freshness,
    orders,
    products,
    requests,
    resolution,
    responsiveness,
    satisfaction,
    self_care,
    sla,
    steering,
    verbatims,
    volume,
    waiting,
    workforce,
)
from kpi.definition import Kpi
from kpi.errors import UnknownKpi, suggest

_SUBJECTS = (
    volume,
    responsiveness,
    backlog,
    resolution,
    requests,
    sla,
    waiting,
    call_volume,
    calls,
    contacts,
    self_care,
    satisfaction,
    effort,
    verbatims,
    orders,
    disputes,
    products,
    customers,
    workforce,
    costs,
    steering,
    freshness,
)

CATALOG: dict[str, Kpi] = {kpi.id: kpi for subject in _SUBJECTS for kpi in subject.KPIS}


def get(kpi_id: str) -> Kpi:
    """The KPI of that id; `UnknownKpi` names the closest."""
    try:
        return CATALOG[kpi_id]
    except KeyError:
        raise UnknownKpi(
            f"There is no KPI {kpi_id!r}.{suggest(kpi_id, CATALOG)} `vigie kpi --help` lists them."
        ) from None
