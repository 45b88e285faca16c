"""Derived tables of tickets: facts, states, resolutions and SLA clocks, and the opening hours they run on."""

from __future__ import annotations

from data.schema.model import Column, Table, at_, id_

_TICKET_DIMENSIONS = (
    Column("channel", "TEXT", "Channel."),
    Column("initiated_by", "TEXT", "Who opened it."),
    Column("ticket_type", "TEXT", "Nature."),
    Column("request_type", "TEXT", "Reason."),
    Column("product", "TEXT", "Product."),
    id_("customer_id", "Customer."),
)
_TICKET_EXCLUSION = Column("exclusion", "TEXT", "Why the row is out of every KPI; 'merged' for a merged ticket.")


def _moving(doc: str) -> tuple[Column, ...]:
    return (
        Column("priority", "TEXT", f"Priority {doc}."),
        id_("team_id", f"Team {doc}."),
        id_("agent_id", f"Agent {doc}."),
    )


TABLES: tuple[Table, ...] = (
    Table(
        "opening_ranges", "derived",
        "Opening hours expanded to UTC ranges, merged and in order, with the open seconds before each.",
        ("calendar_id", "open_at"),
        (
            id_("calendar_id", "Calendar."),
            at_("open_at", "Opening."),
            at_("close_at", "Closing."),
            Column("open_before_s", "BIGINT", "Open seconds of the calendar before open_at."),
        ),
        order_by=("calendar_id", "open_at"),
    ),
    Table(
        "open_days", "derived",
        "Local days on which a calendar opens; a range that ends the next day opens only the day on which it starts.",
        ("calendar_id", "open_on"),
        (
            id_("calendar_id", "Calendar."),
            Column("open_on", "DATE", "Day, local to the calendar."),
        ),
        order_by=("calendar_id", "open_on"),
    ),
    Table(
        "ticket_facts", "derived", "One row a ticket, excluded ones included, with its first response and FCR.",
        ("ticket_id",),
        (
            id_("ticket_id", "Ticket."),
            at_("created_at", "Creation."),
            Column("created_on", "DATE", "Local date of creation."),
            Column("created_hour", "INTEGER", "Local hour of creation, 0 to 23."),
            *_TICKET_DIMENSIONS,
            *_moving("now; in the past, that of `ticket_states`"),
            Column("status", "TEXT", "Status now; in the past, that of `ticket_states`."),
            at_("first_response_at", "First public reply by a person.", known_at="first_response_at"),
            Column("first_response_on", "DATE", "Its local date.", known_at="first_response_at"),
            Column("first_response_hour", "INTEGER", "Its local hour.", known_at="first_response_at"),
            Column("first_response_s", "BIGINT", "Calendar seconds from creation; negative is invalid.",
                   known_at="first_response_at"),
            Column("first_response_business_s", "BIGINT",
                   "Open seconds of the calendar of the team in charge when it was sent; NULL if negative.",
                   known_at="first_response_at"),
            at_("first_resolved_at", "First resolution.", known_at="first_resolved_at"),
            at_("fcr_mature_at", "Creation + 14 days: from then on `fcr` is known and final."),
            Column("fcr", "BOOLEAN", "Resolved at the first contact.", known_at="fcr_mature_at"),
            _TICKET_EXCLUSION,
        ),
        order_by=("created_at", "ticket_id"),
        born_at="created_at",
    ),
    Table(
        "ticket_states", "derived",
        "One row an interval [from_at, to_at) of constant status, priority, team, agent and answered flag. "
        "A ticket's rows follow each other from creation to FOREVER; zero-length rows are kept for the flows.",
        ("ticket_id", "from_at", "ordinal"),
        (
            id_("ticket_id", "Ticket."),
            Column("ordinal", "INTEGER", "1, 2, ... in the life of the ticket."),
            at_("from_at", "Start, included."),
            at_("to_at", "End, excluded; FOREVER when it has not ended."),
            Column("from_on", "DATE", "Local date of from_at."),
            Column("from_hour", "INTEGER", "Local hour of from_at, 0 to 23."),
            Column("to_on", "DATE", "Local date of to_at."),
            Column("status", "TEXT", "Status."),
            Column("unresolved", "BOOLEAN", "new, open, pending or on_hold: in the backlog."),
            Column("answered", "BOOLEAN", "The first response has been sent."),
            Column("entered", "TEXT", "How the row began.", values=("created", "resolved", "reopened", "changed")),
            Column("sla_phase", "TEXT", "Its resolution clock while unresolved; NULL without a commitment.",
                   values=("running", "paused")),
            at_("sla_at_risk_from_at", "Start of the at-risk part of that stretch of the clock; NULL if none."),
            at_("sla_at_risk_to_at", "End of that part, excluded; NULL if none."),
            at_("sla_breach_known_at", "First instant at which the commitment is broken, if the clock goes on so."),
            at_("created_at", "Creation of the ticket."),
            *_TICKET_DIMENSIONS,
            *_moving("during the interval"),
            _TICKET_EXCLUSION,
        ),
        order_by=("unresolved DESC", "to_at", "ticket_id", "ordinal"),
        born_at="from_at",
    ),
    Table(
        "ticket_resolutions", "derived",
        "One row a resolution event (unresolved to solved or closed). As of T, a ticket is resolved by the row "
        "with resolved_at <= T < reopened_at.",
        ("ticket_id", "resolved_at", "resolution_no"),
        (
            id_("ticket_id", "Ticket."),
            Column("resolution_no", "INTEGER", "1 for the first resolution of the ticket."),
            at_("resolved_at", "Resolution."),
            Column("resolved_on", "DATE", "Its local date."),
            Column("resolved_hour", "INTEGER", "Its local hour."),
            at_("reopened_at", "Next reopening; FOREVER when there is none."),
            at_("created_at", "Creation of the ticket."),
            Column("resolution_s", "BIGINT", "Calendar seconds from creation; negative is invalid."),
            Column("resolution_business_s", "BIGINT",
                   "Open seconds since creation, each interval by the calendar of its team; NULL if negative."),
            Column("business_new_s", "BIGINT", "Of them, in status new."),
            Column("business_open_s", "BIGINT", "Of them, in status open."),
            Column("business_pending_s", "BIGINT", "Of them, in status pending."),
            Column("business_on_hold_s", "BIGINT", "Of them, in status on_hold."),
            Column("contacts", "BIGINT",
                   "Contacts up to then: contact_count of the ticket, else its inbound contacts, those of the tickets "
                   "merged into it included; NULL when there is none."),
            *_TICKET_DIMENSIONS,
            *_moving("at the resolution"),
            _TICKET_EXCLUSION,
        ),
        order_by=("resolved_at", "ticket_id"),
        born_at="resolved_at",
    ),
    Table(
        "ticket_handling", "derived",
        "One row a stretch [from_at, to_at) in which a ticket stays resolved and no contact of it is picked up or "
        "finished. As of T, a ticket is resolved, and took that time, by the row with from_at <= T < to_at.",
        ("ticket_id", "from_at"),
        (
            id_("ticket_id", "Ticket."),
            at_("from_at", "Start, included."),
            at_("to_at", "End, excluded; FOREVER when it has not ended."),
            at_("resolved_at", "Resolution."),
            Column("resolved_on", "DATE", "Its local date."),
            Column("resolved_hour", "INTEGER", "Its local hour."),
            at_("created_at", "Creation of the ticket."),
            Column("handle_s", "BIGINT",
                   "talk_s + hold_s + wrap_s of its answered interactions, those of the tickets merged into it "
                   "included; NULL when there is none, or when one is untimed or not finished."),
            *_TICKET_DIMENSIONS,
            *_moving("at the resolution"),
            _TICKET_EXCLUSION,
        ),
        order_by=("resolved_at", "ticket_id", "from_at"),
        born_at="from_at",
    ),
    Table(
        "sla_clocks", "derived",
        "One row a stretch [from_at, to_at) of a ticket's SLA clock. At T the ticket is breached when "
        "breach_known_at <= T, else achieved when done, paused when paused, at risk between at_risk_from_at and "
        "at_risk_to_at, else on track.",
        ("ticket_id", "metric", "from_at", "ordinal"),
        (
            id_("ticket_id", "Ticket."),
            Column("metric", "TEXT", "first_response or resolution."),
            Column("ordinal", "INTEGER", "1, 2, ... in the life of this clock."),
            at_("from_at", "Start, included."),
            at_("to_at", "End, excluded; FOREVER when it has not ended."),
            Column("phase", "TEXT", "running, paused or done.", values=("running", "paused", "done")),
            id_("policy_id", "Policy in force."),
            Column("target_s", "BIGINT", "Its target."),
            Column("elapsed_s", "BIGINT", "Elapsed on the policy's clock at from_at."),
            at_("due_at", "Instant at which elapsed reaches the target; NULL while paused and not breached."),
            Column("due_on", "DATE", "Its local date."),
            Column("due_hour", "INTEGER", "Its local hour."),
            at_("settles_at", "due_at of what is done; FOREVER of what still runs or is paused."),
            at_("at_risk_from_at", "Start of the at-risk part of a running stretch; NULL if none."),
            at_("at_risk_to_at", "End of that part, excluded; NULL if none."),
            at_("breach_known_at", "First instant at which elapsed exceeds the target; NULL if it never does."),
            at_("created_at", "Creation of the ticket."),
            *_TICKET_DIMENSIONS,
            *_moving("during the stretch"),
            _TICKET_EXCLUSION,
        ),
        order_by=("metric", "to_at DESC", "settles_at", "due_at", "ticket_id", "ordinal"),
        born_at="from_at",
    ),
)  # fmt: skip
