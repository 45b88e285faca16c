"""Derived table of visits to self-service tools."""

from __future__ import annotations

from data.schema.model import Column, Table, at_, id_

TABLES: tuple[Table, ...] = (
    Table(
        "session_facts", "derived", "One row a visit to a self-service tool, with what became of it.", ("session_id",),
        (
            id_("session_id", "Session."),
            id_("visitor_id", "Visitor."),
            id_("customer_id", "Customer."),
            Column("tool", "TEXT", "Tool."),
            Column("request_type", "TEXT", "Reason."),
            at_("started_at", "Start."),
            Column("started_on", "DATE", "Its local date."),
            at_("ended_at", "End.", known_at="ended_at"),
            at_("found_at", "When the answer was found.", known_at="found_at"),
            Column("find_s", "BIGINT", "Seconds from started_at to found_at; negative is invalid.",
                   known_at="found_at"),
            Column("clicks", "INTEGER", "Clicks."),
            Column("resolved", "BOOLEAN", "What the visitor said."),
            at_("mature_at", "End + 24 hours: from then on `escalated` is known and final.", known_at="ended_at"),
            Column("escalated", "BOOLEAN",
                   "Ended in a request to a person: the ticket that it names, or one that the same customer opened "
                   "after its start and up to mature_at (neither excluded nor merged).", known_at="mature_at"),
            Column("exclusion", "TEXT", "Why the row is out of every KPI."),
        ),
        order_by=("started_at", "session_id"),
        born_at="started_at",
    ),
)  # fmt: skip
