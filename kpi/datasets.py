"""The fact tables that KPIs read: their time columns, their dimensions, and how each is read as of the past.

Names and instants of knowledge repeat those of the store's schema on purpose (the rooms do not import each
other); a test holds the two together. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FOREVER = "9999-12-31 00:00:00"


@dataclass(frozen=True, slots=True)
class Time:
    """A column that places a row in a period: its UTC instant, its local date and its local hour (SQL)."""

    at: str
    on: str
    hour: str | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A fact table of the store.

    `dimensions` maps a dimension to its SQL over the table's columns; `team.site` and `team.organisation` are
    read through the many-to-one join with teams. `known_at` maps a column to the column holding the instant
    at which its value becomes known; `moving` columns are read from `ticket_states` in the past.
    """

    name: str
    table: str
    id: tuple[str, ...]
    times: Mapping[str, Time]
    dimensions: Mapping[str, str]
    born_at: str | None
    known_at: Mapping[str, str] = field(default_factory=dict)
    moving: tuple[str, ...] = ()
    base: str = "exclusion IS NULL"
    needs_mask: bool = False
    """The plain table is not what was known in the past: a masked copy is read instead."""


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_TEAM = {"site": "team.site", "organisation": "team.organisation"}
_TICKET = {
    **_same("channel", "team_id", "agent_id", "request_type", "ticket_type", "priority", "product"),
    **_TEAM,
}

TICKETS = Dataset(
    "tickets",
    table="ticket_facts",
    id=("ticket_id",),
    times={
        "created": Time("created_at", "created_on", "created_hour"),
        "first_response": Time("first_response_at", "first_response_on", "first_response_hour"),
        "response_deadline": Time(
            "created_at + TO_SECONDS($threshold_of)", "LOCAL_DATE(created_at + TO_SECONDS($threshold_of))"
        ),
    },
    dimensions=_TICKET,
    born_at="created_at",
    known_at={
        **dict.fromkeys(
            (
                "first_response_at",
                "first_response_on",
                "first_response_hour",
                "first_response_s",
                "first_response_business_s",
            ),
            "first_response_at",
        ),
        "first_resolved_at": "first_resolved_at",
        "fcr": "fcr_mature_at",
    },
    moving=("priority", "team_id", "agent_id", "status"),
    needs_mask=True,
)

TICKET_STATES = Dataset(
    "ticket_states",
    table="ticket_states",
    id=("ticket_id", "ordinal"),
    times={"entered": Time("from_at", "from_on")},
    dimensions={**_TICKET, "status": "status"},
    born_at="from_at",
)

RESOLUTIONS = Dataset(
    "resolutions",
    table="ticket_resolutions",
    id=("ticket_id", "resolution_no"),
    times={"resolved": Time("resolved_at", "resolved_on", "resolved_hour")},
    dimensions=_TICKET,
    born_at="resolved_at",
    base="exclusion IS NULL AND created_at <= $as_of",  # resolved before it was created, by mistake of the source
)

SLA = Dataset(
    "sla",
    table="sla_clocks",
    id=("ticket_id", "metric"),
    times={"due": Time("due_at", "due_on", "due_hour")},
    dimensions={**_TICKET, "policy_id": "policy_id"},
    born_at="from_at",
)

INTERACTIONS = Dataset(
    "interactions",
    table="interaction_facts",
    id=("interaction_id",),
    times={"offered": Time("offered_at", "offered_on", "offered_hour")},
    dimensions={**_same("channel", "team_id", "agent_id", "request_type"), **_TEAM},
    born_at="offered_at",
    known_at={
        "answered_at": "answered_at",
        "ended_at": "ended_at",
        "outcome": "outcome_at",
        "outcome_at": "outcome_at",
        "wait_s": "outcome_at",
        "completed_at": "completed_at",
        "handle_s": "completed_at",
        "contact_handle_s": "contact_completed_at",
        "contact_completed_at": "contact_completed_at",
    },
    needs_mask=True,
)

SURVEYS = Dataset(
    "surveys",
    table="survey_facts",
    id=("survey_id", "item"),
    times={
        "responded": Time("responded_at", "responded_on", "responded_hour"),
        "sent": Time("sent_at", "sent_on", "sent_hour"),
    },
    dimensions={**_same("channel", "team_id", "agent_id", "request_type", "product"), **_TEAM},
    born_at="sent_at",
    known_at={
        "invitation_responded_at": "invitation_responded_at",
        **dict.fromkeys(
            ("responded_at", "responded_on", "responded_hour", "score", "score_share", "comment"),
            "responded_at",
        ),
    },
    needs_mask=True,
)

IMPORTS = Dataset(
    "imports",
    table="imports",
    id=("import_id",),
    times={},
    dimensions=_same("source"),
    born_at=None,
    base="data_until <= $as_of",
)

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset for dataset in (TICKETS, TICKET_STATES, RESOLUTIONS, SLA, INTERACTIONS, SURVEYS, IMPORTS)
}

SOURCE_OF: dict[str, str] = {
    "tickets": "tickets",
    "ticket_states": "tickets",
    "resolutions": "tickets",
    "sla": "tickets",
    "interactions": "interactions",
    "surveys": "surveys",
    "imports": "imports",
}
"""Dataset -> the canonical table without which it is empty."""
