"""Every KPI of Vigie, one entry each, one file a subject."""

from __future__ import annotations

from kpi.catalog import (
    backlog,
    calls,
    freshness,
    resolution,
    responsiveness,
    satisfaction,
    sla,
    volume,
)
from kpi.definition import Kpi
from kpi.errors import UnknownKpi, suggest

CATALOG: dict[str, Kpi] = {
    kpi.id: kpi
    for subject in (volume, responsiveness, backlog, resolution, sla, satisfaction, calls, freshness)
    for kpi in subject.KPIS
}


def get(kpi_id: str) -> Kpi:
    """The KPI of that id; `UnknownKpi` names the closest."""
    try:
        return CATALOG[kpi_id]
    except KeyError:
        raise UnknownKpi(
            f"There is no KPI {kpi_id!r}.{suggest(kpi_id, CATALOG)} `vigie kpi --help` lists them."
        ) from None
