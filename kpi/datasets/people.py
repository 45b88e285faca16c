"""Agents' time, and what the centre costs. Both are known by day or month, and taken as known now."""

from __future__ import annotations

from kpi.datasets.model import TEAM_DIMENSIONS, Dataset, Time, same

AGENT_TIME = Dataset(
    "agent_time",
    table="agent_time",
    id=("agent_id", "work_date"),
    times={"worked": Time("work_date", "work_date", dated=True)},
    dimensions={**same("team_id", "agent_id"), **TEAM_DIMENSIONS},
    born_at=None,
    base="TRUE",
)

COSTS = Dataset(
    "costs",
    table="costs",
    id=("cost_id",),
    times={"month": Time("month", "month", dated=True)},
    dimensions={**same("team_id", "organisation"), "site": "team.site"},
    born_at=None,
    base="TRUE",
)

DATASETS: tuple[Dataset, ...] = (AGENT_TIME, COSTS)
