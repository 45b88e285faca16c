"""Interactions: calls, chats and messages; and the contacts that have been handled."""

from __future__ import annotations

from kpi.datasets.model import TEAM_DIMENSIONS, Dataset, Time, age_bucket, same

_OFFERED = Time("offered_at", "offered_on", "offered_hour", "offered_half_hour")
_DIMENSIONS = {**same("channel", "team_id", "agent_id", "request_type"), **TEAM_DIMENSIONS}

INTERACTIONS = Dataset(
    "interactions",
    table="interaction_facts",
    id=("interaction_id",),
    times={"offered": _OFFERED},
    dimensions={**_DIMENSIONS, **same("in_hours", "outcome"), "age_bucket": age_bucket("offered_at")},
    born_at="offered_at",
    known_at={
        **{
            column: column
            for column in ("answered_at", "ended_at", "outcome_at", "transferred_at", "called_back_at", "queue_left_at")
        },
        **dict.fromkeys(("outcome", "wait_s"), "outcome_at"),
        "queue_left_on": "queue_left_at",
        **dict.fromkeys(("completed_at", "handle_s", "communication_s", "after_call_s"), "completed_at"),
    },
    needs_mask=True,
)

HANDLED = Dataset(
    "handled_contacts",
    table="handled_contacts",
    id=("interaction_id", "from_at"),
    times={"offered": _OFFERED},
    dimensions=_DIMENSIONS,
    born_at="from_at",
)

DATASETS = (INTERACTIONS, HANDLED)
