"""Tickets: themselves, their states, their resolutions, their commitments."""

from __future__ import annotations

from kpi.datasets.model import TEAM_DIMENSIONS, Dataset, Time, age_bucket, same

_TICKET = {
    **same("channel", "team_id", "agent_id", "request_type", "ticket_type", "priority", "product"),
    **TEAM_DIMENSIONS,
}

_SLA_STATE = (
    "CASE WHEN sla_breach_known_at <= $instant THEN 'breached_open' WHEN sla_phase = 'paused' THEN 'paused' "
    "WHEN sla_at_risk_from_at <= $instant AND sla_at_risk_to_at > $instant THEN 'at_risk' "
    "WHEN sla_phase = 'running' THEN 'on_track' END"
)

TICKETS = Dataset(
    "tickets",
    table="ticket_facts",
    id=("ticket_id",),
    times={
        "created": Time("created_at", "created_on", "created_hour"),
        "first_response": Time("first_response_at", "first_response_on", "first_response_hour"),
        "response_deadline": Time(
            "created_at + TO_SECONDS($threshold_of)",
            "LOCAL_DATE(created_at + TO_SECONDS($threshold_of))",
            "LOCAL_HOUR(created_at + TO_SECONDS($threshold_of))",
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
    times={"entered": Time("from_at", "from_on", "from_hour")},
    dimensions={**_TICKET, "status": "status", "age_bucket": age_bucket("created_at"), "sla_state": _SLA_STATE},
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

HANDLING = Dataset(
    "ticket_handling",
    table="ticket_handling",
    id=("ticket_id", "from_at"),
    times={"resolved": Time("resolved_at", "resolved_on", "resolved_hour")},
    dimensions=_TICKET,
    born_at="from_at",
)

SLA = Dataset(
    "sla",
    table="sla_clocks",
    id=("ticket_id", "metric"),
    times={"due": Time("due_at", "due_on", "due_hour")},
    dimensions={**_TICKET, "policy_id": "policy_id"},
    born_at="from_at",
)

DATASETS = (TICKETS, TICKET_STATES, RESOLUTIONS, HANDLING, SLA)
