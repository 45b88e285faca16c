"""Derived tables of interactions: each of them, and the contacts that have been handled."""

from __future__ import annotations

from data.schema.model import Column, Table, at_, id_

TABLES: tuple[Table, ...] = (
    Table(
        "interaction_facts", "derived", "One row an interaction with its waits, handling time and legs.",
        ("interaction_id",),
        (
            id_("interaction_id", "Interaction."),
            id_("parent_interaction_id", "Contact of which it is a leg or call-back."),
            id_("ticket_id", "Ticket."),
            id_("customer_id", "Customer."),
            Column("channel", "TEXT", "Channel."),
            Column("direction", "TEXT", "inbound or outbound."),
            Column("voice", "BOOLEAN", "phone or click_to_talk."),
            id_("team_id", "Team."),
            id_("agent_id", "Agent."),
            Column("request_type", "TEXT", "Reason."),
            at_("offered_at", "Entry in the queue."),
            Column("offered_on", "DATE", "Its local date."),
            Column("offered_hour", "INTEGER", "Its local hour, 0 to 23."),
            Column("offered_half_hour", "INTEGER", "Its local half-hour, 0 to 47."),
            Column("in_hours", "BOOLEAN", "Offered inside the opening hours of its team; NULL without a calendar."),
            at_("answered_at", "Pick-up.", known_at="answered_at"),
            at_("ended_at", "End.", known_at="ended_at"),
            Column("outcome", "TEXT", "How it ended; in the past, empty before outcome_at.", known_at="outcome_at"),
            at_("outcome_at", "Pick-up of an answered interaction (or one in progress), end of another; the offer when "
                "the source does not date the outcome.", known_at="outcome_at"),
            Column("wait_s", "BIGINT", "Seconds from the offer to the pick-up (answered, in progress) or to the end; "
                   "negative is invalid.", known_at="outcome_at"),
            at_("queue_left_at", "End of the wait, by a pick-up or otherwise; FOREVER while it lasts.",
                known_at="queue_left_at"),
            Column("queue_left_on", "DATE", "Its local date.", known_at="queue_left_at"),
            at_("completed_at", "ended_at + wrap_s: handling is finished.", known_at="completed_at"),
            Column("handle_s", "BIGINT", "talk_s + hold_s + wrap_s of this leg; NULL if one is missing.",
                   known_at="completed_at"),
            Column("communication_s", "BIGINT", "talk_s + hold_s; NULL with handle_s.", known_at="completed_at"),
            Column("after_call_s", "BIGINT", "wrap_s; NULL with handle_s.", known_at="completed_at"),
            at_("transferred_at", "First pick-up of an inbound leg below this contact.", known_at="transferred_at"),
            at_("called_back_at", "First answered outbound call back to this contact.", known_at="called_back_at"),
            at_("previous_contact_at", "Last earlier contact of the same customer for the same reason; NULL when there "
                "is none, for a leg and for an unknown customer."),
            Column("converted", "BOOLEAN", "Ended in a sale."),
            Column("repeat_reason", "TEXT", "Why the customer came back."),
            Column("exclusion", "TEXT", "Why the row is out of every KPI."),
        ),
        order_by=("offered_at", "interaction_id"),
        born_at="offered_at",
    ),
    Table(
        "handled_contacts", "derived",
        "One row a stretch [from_at, to_at) during which an answered inbound contact is finished, with the time of the "
        "legs picked up by then. A leg picked up later opens another stretch, once that leg is finished too.",
        ("interaction_id", "from_at"),
        (
            id_("interaction_id", "First leg of the contact."),
            at_("from_at", "Start, included."),
            at_("to_at", "End, excluded; FOREVER when no leg came later."),
            Column("channel", "TEXT", "Channel."),
            id_("team_id", "Team of the first leg."),
            id_("agent_id", "Agent of the first leg."),
            Column("request_type", "TEXT", "Reason."),
            at_("offered_at", "Entry in the queue."),
            Column("offered_on", "DATE", "Its local date."),
            Column("offered_hour", "INTEGER", "Its local hour, 0 to 23."),
            Column("offered_half_hour", "INTEGER", "Its local half-hour, 0 to 47."),
            Column("handle_s", "BIGINT", "handle_s of its legs together; NULL if one is missing."),
            Column("communication_s", "BIGINT", "communication_s of its legs together; NULL with handle_s."),
            Column("after_call_s", "BIGINT", "after_call_s of its legs together; NULL with handle_s."),
            Column("exclusion", "TEXT", "Why the row is out of every KPI."),
        ),
        order_by=("offered_at", "interaction_id", "from_at"),
        born_at="from_at",
    ),
)  # fmt: skip
