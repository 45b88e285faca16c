"""Visits to self-service tools."""

from __future__ import annotations

from kpi.datasets.model import Dataset, Time, same

SESSIONS = Dataset(
    "sessions",
    table="session_facts",
    id=("session_id",),
    times={"started": Time("started_at", "started_on")},
    dimensions=same("tool", "request_type"),
    born_at="started_at",
    known_at={
        **dict.fromkeys(("ended_at", "mature_at"), "ended_at"),
        **dict.fromkeys(("found_at", "find_s"), "found_at"),
        "escalated": "mature_at",
    },
    needs_mask=True,
)

DATASETS = (SESSIONS,)
