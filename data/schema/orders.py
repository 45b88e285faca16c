"""Derived tables of the order desk: orders with their promises, their lines, and disputes."""

from __future__ import annotations

from data.schema.model import Column, Table, at_, id_

_ORDER_DIMENSIONS = (
    Column("channel", "TEXT", "Reception channel."),
    Column("priority", "TEXT", "Priority."),
    id_("team_id", "Team."),
    Column("organisation", "TEXT", "Organisation of the order, else that of its team."),
    id_("agent_id", "Clerk."),
    Column("touchless", "BOOLEAN", "No human action was needed."),
    id_("customer_id", "Customer."),
)
_DECISION = (
    at_("decided_at", "Decision.", known_at="decided_at"),
    Column("decided_on", "DATE", "Its local date.", known_at="decided_at"),
    Column("decision", "TEXT", "What was decided.", values=("approved", "rejected", "cancelled"),
           known_at="decided_at"),
)  # fmt: skip
_EXCLUSION = Column("exclusion", "TEXT", "Why the row is out of every KPI.")

TABLES: tuple[Table, ...] = (
    Table(
        "order_facts", "derived",
        "One row an order with its decision, its commitment and its delivery. As of T, an order waits for a "
        "decision while received_at <= T < pending_to_at, and its commitment is breached when breach_known_at <= T.",
        ("order_id",),
        (
            id_("order_id", "Order."),
            *_ORDER_DIMENSIONS,
            at_("received_at", "Receipt."),
            Column("received_on", "DATE", "Its local date."),
            *_DECISION,
            at_("pending_to_at", "End of the wait for a decision, excluded; FOREVER when it has not ended."),
            Column("pending_to_on", "DATE", "Its local date."),
            Column("processing_s", "BIGINT", "Calendar seconds from receipt to decision; negative is invalid.",
                   known_at="decided_at"),
            Column("processing_business_s", "BIGINT", "Open seconds of the team's calendar; NULL if negative.",
                   known_at="decided_at"),
            id_("policy_id", "Commitment on its processing; NULL if none, or if decided before it was received."),
            at_("due_at", "Instant at which elapsed reaches the target."),
            Column("due_on", "DATE", "Its local date."),
            at_("breach_known_at", "First instant at which elapsed exceeds the target; NULL if it never does."),
            at_("promised_at", "Promised delivery."),
            Column("promised_on", "DATE", "Its local date."),
            at_("delivered_at", "Delivery.", known_at="delivered_at"),
            Column("delivered_on", "DATE", "Its local date.", known_at="delivered_at"),
            Column("cycle_s", "BIGINT", "Calendar seconds from receipt to delivery; negative is invalid.",
                   known_at="delivered_at"),
            Column("lines", "BIGINT", "Number of lines; NULL without any."),
            Column("in_full", "BOOLEAN", "It has lines, and each was delivered in the quantity ordered or more."),
            at_("first_disputed_at", "Opening of its first dispute.", known_at="first_disputed_at"),
            _EXCLUSION,
        ),
        order_by=("received_at", "order_id"),
        born_at="received_at",
    ),
    Table(
        "order_line_facts", "derived", "One row a line of an order, with what is known of the order.",
        ("order_id", "line_no"),
        (
            id_("order_id", "Order."),
            Column("line_no", "INTEGER", "Line."),
            id_("product_id", "Product."),
            Column("product_name", "TEXT", "Name of the product."),
            Column("quantity", "DOUBLE", "Ordered."),
            Column("amount_eur", "DOUBLE", "Amount."),
            *_ORDER_DIMENSIONS,
            at_("received_at", "Receipt of the order."),
            *_DECISION,
            _EXCLUSION,
        ),
        order_by=("decided_at", "order_id", "line_no"),
        born_at="received_at",
    ),
    Table(
        "dispute_facts", "derived",
        "One row a dispute. As of T, it is open while opened_at <= T < open_to_at.", ("dispute_id",),
        (
            id_("dispute_id", "Dispute."),
            id_("order_id", "Order."),
            id_("customer_id", "Customer."),
            id_("team_id", "Team."),
            id_("agent_id", "Clerk."),
            Column("cause", "TEXT", "Cause."),
            at_("opened_at", "Opening."),
            Column("opened_on", "DATE", "Its local date."),
            at_("resolved_at", "Settlement.", known_at="resolved_at"),
            Column("resolved_on", "DATE", "Its local date.", known_at="resolved_at"),
            Column("resolution_s", "BIGINT", "Calendar seconds from opening to settlement; negative is invalid.",
                   known_at="resolved_at"),
            at_("open_to_at", "End of the dispute, excluded; FOREVER when it has not ended."),
            Column("open_to_on", "DATE", "Its local date."),
            Column("amount_eur", "DOUBLE", "Amount contested."),
            _EXCLUSION,
        ),
        order_by=("opened_at", "dispute_id"),
        born_at="opened_at",
    ),
)  # fmt: skip
