"""The tables of the store: columns, types, and the instant at which each derived value becomes known.

This is the contract between the data room and the kpi room, written once: DDL, import types and the
documentation are all made from it. Pure: no connection, no clock.

Instants are naive UTC `TIMESTAMP`s, dates are local to the reporting time zone, durations are whole
seconds, money is euros. A key is documentation for DuckDB (no index is created); the store enforces it
by query when it merges rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

FOREVER = "9999-12-31 00:00:00"
"""End of an interval that has not ended; comparable, unlike NULL, and readable by pandas, unlike infinity."""

Kind = Literal["dimension", "fact", "steering", "log", "derived"]
ColumnType = Literal["TEXT", "TIMESTAMP", "DATE", "TIME", "INTEGER", "BIGINT", "DOUBLE", "BOOLEAN"]

CHANNELS = (
    "phone", "click_to_talk", "chat", "email", "web_form", "facebook", "x_twitter", "instagram",
    "whatsapp", "sms", "post", "marketplace", "visit", "other",
)  # fmt: skip
VOICE_CHANNELS = ("phone", "click_to_talk")
PRIORITIES = ("low", "normal", "high", "urgent")
TICKET_TYPES = ("question", "request", "incident", "complaint", "other")
STATUSES = ("new", "open", "pending", "on_hold", "solved", "closed")
UNRESOLVED_STATUSES = ("new", "open", "pending", "on_hold")
EXCLUSIONS = ("spam", "test", "duplicate", "deleted", "courtesy")
OUTCOMES = ("answered", "abandoned", "overflow", "callback", "voicemail", "dissuaded", "selfcare", "bot")
ORDER_CHANNELS = ("email", "fax", "edi", "phone", "portal", "post", "sales_rep", "marketplace", "other")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `known_at` names the column holding the instant at which its value becomes known;
    None means known with the row itself, or not dated (taken as known now)."""

    name: str
    type: ColumnType
    doc: str
    required: bool = False
    default: str | None = None
    values: tuple[str, ...] = ()
    known_at: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `born_at` names the instant before which a row did not exist (None: not dated)."""

    name: str
    kind: Kind
    doc: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    checks: tuple[tuple[str, str], ...] = ()
    """Row rules: (SQL that must not be false, what to tell the person whose row breaks it)."""
    order_by: tuple[str, ...] = ()
    born_at: str | None = None

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


SOURCE_COLUMNS = (
    Column("_source_updated_at", "TIMESTAMP", "When the source last changed the row, if it says so."),
    Column("_import_id", "TEXT", "The import that last wrote the row."),
)


def _id(name: str, doc: str, *, required: bool = False) -> Column:
    return Column(name, "TEXT", doc, required=required)


def _at(name: str, doc: str, *, required: bool = False, known_at: str | None = None) -> Column:
    return Column(name, "TIMESTAMP", doc, required=required, known_at=known_at)


EXCLUSION = Column("exclusion", "TEXT", "Why the row is out of every KPI; empty when it counts.", values=EXCLUSIONS)


def _fact(name: str, doc: str, key: tuple[str, ...], *columns: Column, born_at: str | None, **more: object) -> Table:
    return Table(name, "fact", doc, key, (*columns, *SOURCE_COLUMNS), born_at=born_at, **more)  # type: ignore[arg-type]


CANONICAL: tuple[Table, ...] = (
    Table(
        "calendars", "dimension", "Opening-hours calendars.", ("calendar_id",),
        (
            _id("calendar_id", "Calendar.", required=True),
            Column("name", "TEXT", "Name shown."),
            Column("tz", "TEXT", "IANA time zone of the opening hours.", required=True, default="Europe/Paris"),
            Column("holiday_set", "TEXT", "Public holidays on which it is closed.", required=True, default="FR",
                   values=("FR", "FR-ALSACE-MOSELLE", "NONE")),
        ),
    ),
    Table(
        "calendar_hours", "dimension",
        "Weekly opening ranges. Close at or before open ends the next day; 00:00-00:00 is 24 h.",
        ("calendar_id", "weekday", "open_local", "valid_from"),
        (
            _id("calendar_id", "Calendar.", required=True),
            Column("weekday", "INTEGER", "1 Monday to 7 Sunday.", required=True),
            Column("open_local", "TIME", "Local opening time.", required=True),
            Column("close_local", "TIME", "Local closing time.", required=True),
            Column("valid_from", "DATE", "First local date on which the range holds; empty is always."),
            Column("valid_to", "DATE", "Last local date on which the range holds; empty is always."),
        ),
        checks=(("weekday BETWEEN 1 AND 7", "weekday runs from 1 (Monday) to 7 (Sunday)"),),
    ),
    Table(
        "calendar_exceptions", "dimension",
        "Days that replace the weekly hours and the public holidays; both times empty is closed.",
        ("calendar_id", "on_date", "open_local"),
        (
            _id("calendar_id", "Calendar.", required=True),
            Column("on_date", "DATE", "Local date.", required=True),
            Column("open_local", "TIME", "Local opening time."),
            Column("close_local", "TIME", "Local closing time."),
            Column("label", "TEXT", "Reason."),
        ),
    ),
    Table(
        "teams", "dimension", "Teams, with their site, organisation and opening hours.", ("team_id",),
        (
            _id("team_id", "Team.", required=True),
            Column("name", "TEXT", "Name shown."),
            Column("site", "TEXT", "Site."),
            Column("organisation", "TEXT", "Organisation.", required=True, default="ALL"),
            _id("calendar_id", "Opening hours of the team."),
            _id("manager_agent_id", "Manager of the team."),
            Column("hourly_cost_eur", "DOUBLE", "Cost of an hour of work."),
        ),
    ),
    Table(
        "agents", "dimension", "Agents, as pseudonyms; display_name only for authorised readers.", ("agent_id",),
        (
            _id("agent_id", "Agent.", required=True),
            Column("display_name", "TEXT", "Name of the person."),
            _id("team_id", "Current team."),
            Column("role", "TEXT", "Role.", required=True, default="agent",
                   values=("agent", "order_clerk", "supervisor", "bot")),
            Column("hired_on", "DATE", "First day."),
            Column("left_on", "DATE", "Last day."),
        ),
    ),
    Table(
        "customers", "dimension", "Customers, as pseudonyms.", ("customer_id",),
        (
            _id("customer_id", "Customer.", required=True),
            _at("acquired_at", "When the customer was won.", required=True),
            _at("churned_at", "When the customer left."),
            Column("segment", "TEXT", "Segment."),
        ),
        checks=(("churned_at IS NULL OR churned_at >= acquired_at", "a customer leaves after being won"),),
    ),
    _fact(
        "tickets", "A customer's request, whatever the number of contacts it took.", ("ticket_id",),
        _id("ticket_id", "Ticket.", required=True),
        _at("created_at", "When the request was received.", required=True),
        Column("initiated_by", "TEXT", "Who opened it.", required=True, default="customer",
               values=("customer", "agent", "system")),
        Column("channel", "TEXT", "Channel by which it came.", required=True, values=CHANNELS),
        Column("ticket_type", "TEXT", "Nature.", required=True, default="question", values=TICKET_TYPES),
        Column("request_type", "TEXT", "Reason of the request, in the centre's own list."),
        Column("priority", "TEXT", "Priority now.", required=True, default="normal", values=PRIORITIES),
        Column("product", "TEXT", "Product concerned."),
        _id("customer_id", "Customer."),
        _id("team_id", "Team now in charge."),
        _id("agent_id", "Agent who resolved it, else the one in charge."),
        Column("status", "TEXT", "Status now.", required=True, values=STATUSES),
        _at("first_response_at", "First public reply by a person.", known_at="first_response_at"),
        _at("resolved_at", "Last resolution.", known_at="resolved_at"),
        _id("merged_into_ticket_id", "The ticket into which it was merged."),
        Column("contact_count", "INTEGER", "Contacts that the request took."),
        EXCLUSION,
        born_at="created_at",
        checks=(("contact_count IS NULL OR contact_count >= 0", "contact_count is 0 or more"),),
    ),
    _fact(
        "ticket_events", "What happened to a ticket, in order.", ("event_id",),
        _id("event_id", "Event.", required=True),
        _id("ticket_id", "Ticket.", required=True),
        _at("event_at", "When it happened.", required=True),
        Column("seq", "INTEGER", "Order among events of one instant.", required=True, default="0"),
        Column("event_type", "TEXT", "What changed.", required=True,
               values=("status", "public_reply", "auto_reply", "customer_message", "note", "priority", "team",
                       "agent", "merged")),
        Column("actor", "TEXT", "Who did it.", required=True, values=("agent", "customer", "system", "bot")),
        _id("agent_id", "Agent who did it."),
        Column("from_value", "TEXT", "Value before."),
        Column("to_value", "TEXT", "Value after."),
        born_at="event_at",
        checks=(
            (f"event_type <> 'status' OR to_value IN {STATUSES}",
             f"to_value of a status event is one of {', '.join(STATUSES)}"),
            (f"event_type <> 'priority' OR to_value IN {PRIORITIES}",
             f"to_value of a priority event is one of {', '.join(PRIORITIES)}"),
        ),
    ),
    _fact(
        "interactions", "A contact leg: a call, a chat, a message. A transfer is a child leg.", ("interaction_id",),
        _id("interaction_id", "Interaction.", required=True),
        _id("parent_interaction_id", "The contact of which it is a transfer leg or call-back."),
        _id("ticket_id", "Ticket."),
        _id("customer_id", "Customer."),
        Column("channel", "TEXT", "Channel.", required=True, values=CHANNELS),
        Column("direction", "TEXT", "Direction.", required=True, values=("inbound", "outbound")),
        _id("team_id", "Team that took it."),
        _id("agent_id", "Agent who took it."),
        Column("request_type", "TEXT", "Reason."),
        _at("offered_at", "Entry in the queue, after the menu.", required=True),
        _at("answered_at", "When an agent picked up.", known_at="answered_at"),
        _at("ended_at", "When it ended.", known_at="ended_at"),
        Column("outcome", "TEXT", "How it ended.", values=OUTCOMES),
        Column("talk_s", "INTEGER", "Talking time.", known_at="ended_at"),
        Column("hold_s", "INTEGER", "Time on hold.", known_at="ended_at"),
        Column("wrap_s", "INTEGER", "After-call work.", known_at="ended_at"),
        Column("converted", "BOOLEAN", "Ended in a sale; empty is not a sales call."),
        Column("repeat_reason", "TEXT", "Why the customer came back.",
               values=("not_considered", "new_question", "wrong_department", "unclear_answer", "other")),
        EXCLUSION,
        born_at="offered_at",
    ),
    _fact(
        "transcripts", "Text of a contact, already pseudonymised.", ("interaction_id",),
        _id("interaction_id", "Interaction.", required=True),
        Column("text", "TEXT", "Transcript.", required=True),
        Column("lang", "TEXT", "Language.", default="fr"),
        born_at=None,
    ),
    Table(
        "topics", "steering", "Topics looked for in comments and transcripts.", ("topic",),
        (
            Column("topic", "TEXT", "Topic.", required=True),
            Column("keywords", "TEXT", "Words of the topic, separated by |.", required=True),
        ),
    ),
    _fact(
        "surveys", "A question of a survey invitation, answered or not.", ("survey_id", "item"),
        _id("survey_id", "Invitation.", required=True),
        Column("item", "TEXT", "Question.", required=True, default="main"),
        Column("survey_type", "TEXT", "What it measures.", required=True,
               values=("csat", "nps", "ces", "servqual", "fcr")),
        Column("dimension", "TEXT", "SERVQUAL dimension.",
               values=("responsiveness", "reliability", "assurance", "tangibles", "empathy")),
        Column("component", "TEXT", "SERVQUAL component.", required=True, default="perception",
               values=("perception", "expectation")),
        _id("ticket_id", "Ticket."),
        _id("interaction_id", "Interaction."),
        _id("customer_id", "Customer."),
        _id("team_id", "Team judged."),
        _id("agent_id", "Agent judged."),
        Column("channel", "TEXT", "Channel of the contact judged.", values=CHANNELS),
        _at("sent_at", "When the invitation left.", required=True),
        _at("responded_at", "When it was answered.", known_at="responded_at"),
        Column("score", "DOUBLE", "Answer on its own scale.", known_at="responded_at"),
        Column("scale_min", "DOUBLE", "Lowest possible answer.", required=True),
        Column("scale_max", "DOUBLE", "Highest possible answer.", required=True),
        Column("higher_is_better", "BOOLEAN", "Direction of the scale.", required=True),
        Column("comment", "TEXT", "What the customer wrote.", known_at="responded_at"),
        EXCLUSION,
        born_at="sent_at",
        checks=(("scale_max > scale_min", "scale_max is above scale_min"),),
    ),
    _fact(
        "self_service_sessions", "A visit to a self-care tool.", ("session_id",),
        _id("session_id", "Session.", required=True),
        _id("visitor_id", "Visitor.", required=True),
        _id("customer_id", "Customer."),
        Column("tool", "TEXT", "Tool.", required=True,
               values=("faq", "help_centre", "customer_space", "forum", "chatbot", "ivr")),
        Column("request_type", "TEXT", "Reason."),
        _at("started_at", "Start.", required=True),
        _at("ended_at", "End.", known_at="ended_at"),
        Column("clicks", "INTEGER", "Clicks."),
        _at("found_at", "When the answer was found.", known_at="found_at"),
        Column("resolved", "BOOLEAN", "What the visitor said."),
        _id("escalated_ticket_id", "Ticket opened from the session."),
        EXCLUSION,
        born_at="started_at",
    ),
    _fact(
        "agent_time", "One agent's local working day.", ("agent_id", "work_date"),
        _id("agent_id", "Agent.", required=True),
        Column("work_date", "DATE", "Local date.", required=True),
        _id("team_id", "Team."),
        Column("scheduled_s", "INTEGER", "Scheduled, net of planned leave.", required=True),
        Column("absent_s", "INTEGER", "Unplanned absence.", required=True),
        Column("paid_s", "INTEGER", "Paid.", required=True),
        Column("logged_s", "INTEGER", "Logged in.", required=True),
        Column("available_s", "INTEGER", "Waiting for a contact.", required=True),
        Column("handling_s", "INTEGER", "Handling contacts.", required=True),
        born_at=None,
        checks=(
            ("absent_s <= scheduled_s", "absent_s is at most scheduled_s"),
            ("available_s + handling_s <= logged_s", "available_s + handling_s is at most logged_s"),
        ),
    ),
    _fact(
        "costs", "Spending of a month.", ("cost_id",),
        _id("cost_id", "Line.", required=True),
        Column("month", "DATE", "First day of the month.", required=True),
        Column("organisation", "TEXT", "Organisation.", required=True),
        _id("team_id", "Team; empty is shared."),
        Column("channel", "TEXT", "Channel; empty is shared by all."),
        Column("category", "TEXT", "Nature of the cost."),
        Column("amount_eur", "DOUBLE", "Amount.", required=True),
        born_at=None,
    ),
    _fact(
        "orders", "An order received by the order desk.", ("order_id",),
        _id("order_id", "Order.", required=True),
        _id("customer_id", "Customer."),
        Column("organisation", "TEXT", "Organisation."),
        _id("team_id", "Team."),
        _id("agent_id", "Clerk."),
        Column("channel", "TEXT", "Reception channel.", required=True, values=ORDER_CHANNELS),
        Column("priority", "TEXT", "Priority.", required=True, default="normal", values=PRIORITIES),
        _at("received_at", "Receipt.", required=True),
        _at("decided_at", "Decision.", known_at="decided_at"),
        Column("decision", "TEXT", "What was decided.", values=("approved", "rejected", "cancelled"),
               known_at="decided_at"),
        Column("touchless", "BOOLEAN", "No human action was needed.", required=True, default="false"),
        _at("promised_at", "Promised delivery."),
        _at("delivered_at", "Delivery.", known_at="delivered_at"),
        EXCLUSION,
        born_at="received_at",
        checks=(("(decided_at IS NULL) = (decision IS NULL)", "decided_at and decision go together"),),
    ),
    _fact(
        "order_lines", "A line of an order.", ("order_id", "line_no"),
        _id("order_id", "Order.", required=True),
        Column("line_no", "INTEGER", "Line.", required=True),
        _id("product_id", "Product.", required=True),
        Column("product_name", "TEXT", "Name of the product."),
        Column("quantity", "DOUBLE", "Ordered.", required=True),
        Column("quantity_delivered", "DOUBLE", "Delivered."),
        Column("amount_eur", "DOUBLE", "Amount.", required=True),
        born_at=None,
    ),
    _fact(
        "disputes", "A contested order or invoice.", ("dispute_id",),
        _id("dispute_id", "Dispute.", required=True),
        _id("order_id", "Order."),
        _id("customer_id", "Customer."),
        _id("team_id", "Team."),
        _id("agent_id", "Clerk."),
        Column("cause", "TEXT", "Cause."),
        _at("opened_at", "Opening.", required=True),
        _at("resolved_at", "Settlement.", known_at="resolved_at"),
        Column("amount_eur", "DOUBLE", "Amount contested."),
        EXCLUSION,
        born_at="opened_at",
    ),
    Table(
        "sla_policies", "steering",
        "Commitments; an empty selector is any. The most specific match wins.", ("policy_id",),
        (
            _id("policy_id", "Policy.", required=True),
            Column("metric", "TEXT", "What is promised.", required=True,
                   values=("first_response", "resolution", "order_processing")),
            Column("channel", "TEXT", "Channel; empty is any."),
            Column("priority", "TEXT", "Priority; empty is any."),
            _id("team_id", "Team; empty is any."),
            Column("target_s", "INTEGER", "Promised time.", required=True),
            Column("clock", "TEXT", "Clock of the promise.", required=True, default="business",
                   values=("calendar", "business")),
            _id("calendar_id", "Opening hours; empty is the team's."),
            Column("pause_statuses", "TEXT", "Statuses that stop the clock, separated by |.", required=True,
                   default="pending"),
            Column("at_risk_ratio", "DOUBLE", "Share of the target from which the item is at risk.", required=True,
                   default="0.75"),
            Column("valid_from", "DATE", "First local date of creation to which it applies.", required=True),
            Column("valid_to", "DATE", "Last local date of creation to which it applies."),
        ),
        checks=(("target_s > 0", "target_s is above 0"),),
    ),
    Table(
        "targets", "steering", "Targets, norms, benchmarks and tolerances, with their source.", ("target_id",),
        (
            _id("target_id", "Target.", required=True),
            Column("kpi_id", "TEXT", "KPI.", required=True),
            Column("role", "TEXT", "What the line is.", required=True,
                   values=("target", "norm", "benchmark", "tolerance")),
            Column("scope_dim", "TEXT", "Dimension to which it is limited.",
                   values=("channel", "team_id", "site", "organisation", "request_type", "priority")),
            Column("scope_value", "TEXT", "Value of that dimension."),
            Column("op", "TEXT", "How the KPI compares.", required=True, values=(">=", "<=", "between")),
            Column("value_low", "DOUBLE", "Lower bound."),
            Column("value_high", "DOUBLE", "Upper bound."),
            Column("threshold_s", "INTEGER", "Time promised to the customer."),
            Column("source", "TEXT", "Who says so.", required=True),
            Column("valid_from", "DATE", "First date.", required=True),
            Column("valid_to", "DATE", "Last date."),
        ),
    ),
    Table(
        "imports", "steering", "Loads, and the instant up to which each one's data reach.", ("import_id",),
        (
            _id("import_id", "Import.", required=True),
            Column("source", "TEXT", "Source system.", required=True),
            _at("loaded_at", "When it was loaded.", required=True),
            _at("data_until", "Newest instant that the data cover."),
        ),
        born_at="loaded_at",
    ),
)  # fmt: skip

LOGS: tuple[Table, ...] = (
    Table(
        "import_files", "log", "Each file of each import and what became of its rows.",
        ("import_id", "file", "table_name"),
        (
            _id("import_id", "Import.", required=True),
            Column("file", "TEXT", "Name of the file.", required=True),
            Column("sha256", "TEXT", "Fingerprint of its content."),
            Column("table_name", "TEXT", "Table that it filled.", required=True),
            Column("rows_read", "BIGINT", "Rows read = loaded + updated + unchanged + rejected.", required=True),
            Column("loaded", "BIGINT", "New rows.", required=True),
            Column("updated", "BIGINT", "Rows whose content changed.", required=True),
            Column("unchanged", "BIGINT", "Rows already there.", required=True),
            Column("rejected", "BIGINT", "Rows refused, each in `rejects`.", required=True),
        ),
    ),
    Table(
        "rejects", "log", "Each refused row with the reason.", ("import_id", "file", "line", "column_name"),
        (
            _id("import_id", "Import.", required=True),
            Column("file", "TEXT", "File.", required=True),
            Column("line", "BIGINT", "Line in the file, the header being line 1.", required=True),
            Column("table_name", "TEXT", "Table for which it was meant.", required=True),
            Column("column_name", "TEXT", "Column."),
            Column("value", "TEXT", "Value as read."),
            Column("reason", "TEXT", "Why it was refused and what would fix it.", required=True),
        ),
    ),
    Table(
        "store_info", "log", "Facts about the store itself.", ("name",),
        (
            Column("name", "TEXT", "timezone, schema_version, newest_at, generation.", required=True),
            Column("value", "TEXT", "Value."),
        ),
    ),
)  # fmt: skip

_TICKET_DIMENSIONS = (
    Column("channel", "TEXT", "Channel."),
    Column("initiated_by", "TEXT", "Who opened it."),
    Column("ticket_type", "TEXT", "Nature."),
    Column("request_type", "TEXT", "Reason."),
    Column("product", "TEXT", "Product."),
    _id("customer_id", "Customer."),
)
_TICKET_EXCLUSION = Column("exclusion", "TEXT", "Why the row is out of every KPI; 'merged' for a merged ticket.")


def _moving(doc: str) -> tuple[Column, ...]:
    return (
        Column("priority", "TEXT", f"Priority {doc}."),
        _id("team_id", f"Team {doc}."),
        _id("agent_id", f"Agent {doc}."),
    )


DERIVED: tuple[Table, ...] = (
    Table(
        "opening_ranges", "derived",
        "Opening hours expanded to UTC ranges, merged and in order, with the open seconds before each.",
        ("calendar_id", "open_at"),
        (
            _id("calendar_id", "Calendar."),
            _at("open_at", "Opening."),
            _at("close_at", "Closing."),
            Column("open_before_s", "BIGINT", "Open seconds of the calendar before open_at."),
        ),
        order_by=("calendar_id", "open_at"),
    ),
    Table(
        "ticket_facts", "derived", "One row a ticket, excluded ones included, with its first response and FCR.",
        ("ticket_id",),
        (
            _id("ticket_id", "Ticket."),
            _at("created_at", "Creation."),
            Column("created_on", "DATE", "Local date of creation."),
            Column("created_hour", "INTEGER", "Local hour of creation, 0 to 23."),
            *_TICKET_DIMENSIONS,
            *_moving("now; in the past, that of `ticket_states`"),
            Column("status", "TEXT", "Status now; in the past, that of `ticket_states`."),
            _at("first_response_at", "First public reply by a person.", known_at="first_response_at"),
            Column("first_response_on", "DATE", "Its local date.", known_at="first_response_at"),
            Column("first_response_hour", "INTEGER", "Its local hour.", known_at="first_response_at"),
            Column("first_response_s", "BIGINT", "Calendar seconds from creation; negative is invalid.",
                   known_at="first_response_at"),
            Column("first_response_business_s", "BIGINT",
                   "Open seconds of the calendar of the team in charge when it was sent; NULL if negative.",
                   known_at="first_response_at"),
            _at("first_resolved_at", "First resolution.", known_at="first_resolved_at"),
            _at("fcr_mature_at", "Creation + 14 days: from then on `fcr` is known and final."),
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
            _id("ticket_id", "Ticket."),
            Column("ordinal", "INTEGER", "1, 2, ... in the life of the ticket."),
            _at("from_at", "Start, included."),
            _at("to_at", "End, excluded; FOREVER when it has not ended."),
            Column("from_on", "DATE", "Local date of from_at."),
            Column("to_on", "DATE", "Local date of to_at."),
            Column("status", "TEXT", "Status."),
            Column("unresolved", "BOOLEAN", "new, open, pending or on_hold: in the backlog."),
            Column("answered", "BOOLEAN", "The first response has been sent."),
            Column("entered", "TEXT", "How the row began.", values=("created", "resolved", "reopened", "changed")),
            _at("created_at", "Creation of the ticket."),
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
            _id("ticket_id", "Ticket."),
            Column("resolution_no", "INTEGER", "1 for the first resolution of the ticket."),
            _at("resolved_at", "Resolution."),
            Column("resolved_on", "DATE", "Its local date."),
            Column("resolved_hour", "INTEGER", "Its local hour."),
            _at("reopened_at", "Next reopening; FOREVER when there is none."),
            _at("created_at", "Creation of the ticket."),
            Column("resolution_s", "BIGINT", "Calendar seconds from creation; negative is invalid."),
            Column("resolution_business_s", "BIGINT",
                   "Open seconds since creation, each interval by the calendar of its team; NULL if negative."),
            Column("business_new_s", "BIGINT", "Of them, in status new."),
            Column("business_open_s", "BIGINT", "Of them, in status open."),
            Column("business_pending_s", "BIGINT", "Of them, in status pending."),
            Column("business_on_hold_s", "BIGINT", "Of them, in status on_hold."),
            *_TICKET_DIMENSIONS,
            *_moving("at the resolution"),
            _TICKET_EXCLUSION,
        ),
        order_by=("resolved_at", "ticket_id"),
        born_at="resolved_at",
    ),
    Table(
        "sla_clocks", "derived",
        "One row a stretch [from_at, to_at) of a ticket's SLA clock. At T the ticket is breached when "
        "breach_known_at <= T, else achieved when done, paused when paused, at risk between at_risk_from_at and "
        "at_risk_to_at, else on track.",
        ("ticket_id", "metric", "from_at", "ordinal"),
        (
            _id("ticket_id", "Ticket."),
            Column("metric", "TEXT", "first_response or resolution."),
            Column("ordinal", "INTEGER", "1, 2, ... in the life of this clock."),
            _at("from_at", "Start, included."),
            _at("to_at", "End, excluded; FOREVER when it has not ended."),
            Column("phase", "TEXT", "running, paused or done.", values=("running", "paused", "done")),
            _id("policy_id", "Policy in force."),
            Column("target_s", "BIGINT", "Its target."),
            Column("elapsed_s", "BIGINT", "Elapsed on the policy's clock at from_at."),
            _at("due_at", "Instant at which elapsed reaches the target; NULL while paused and not breached."),
            Column("due_on", "DATE", "Its local date."),
            Column("due_hour", "INTEGER", "Its local hour."),
            _at("at_risk_from_at", "Start of the at-risk part of a running stretch; NULL if none."),
            _at("at_risk_to_at", "End of that part, excluded; NULL if none."),
            _at("breach_known_at", "First instant at which elapsed exceeds the target; NULL if it never does."),
            _at("created_at", "Creation of the ticket."),
            *_TICKET_DIMENSIONS,
            *_moving("during the stretch"),
            _TICKET_EXCLUSION,
        ),
        order_by=("metric", "to_at DESC", "due_at", "ticket_id", "ordinal"),
        born_at="from_at",
    ),
    Table(
        "interaction_facts", "derived", "One row an interaction with its waits, handling time and legs.",
        ("interaction_id",),
        (
            _id("interaction_id", "Interaction."),
            _id("parent_interaction_id", "Contact of which it is a leg or call-back."),
            _id("ticket_id", "Ticket."),
            _id("customer_id", "Customer."),
            Column("channel", "TEXT", "Channel."),
            Column("direction", "TEXT", "inbound or outbound."),
            Column("voice", "BOOLEAN", "phone or click_to_talk."),
            _id("team_id", "Team."),
            _id("agent_id", "Agent."),
            Column("request_type", "TEXT", "Reason."),
            _at("offered_at", "Entry in the queue."),
            Column("offered_on", "DATE", "Its local date."),
            Column("offered_hour", "INTEGER", "Its local hour."),
            Column("in_hours", "BOOLEAN", "Offered inside the opening hours of its team; NULL without a calendar."),
            _at("answered_at", "Pick-up.", known_at="answered_at"),
            _at("ended_at", "End.", known_at="ended_at"),
            Column("outcome", "TEXT", "How it ended; in the past, known at answered_at or ended_at.",
                   known_at="outcome_at"),
            _at("outcome_at", "answered_at of an answered interaction, else ended_at.", known_at="outcome_at"),
            Column("wait_s", "BIGINT", "Seconds from offered_at to answered_at (answered) or ended_at (others).",
                   known_at="outcome_at"),
            _at("completed_at", "ended_at + wrap_s: handling is finished.", known_at="completed_at"),
            Column("handle_s", "BIGINT", "talk_s + hold_s + wrap_s of this leg; NULL if one is missing.",
                   known_at="completed_at"),
            Column("contact_handle_s", "BIGINT", "handle_s with that of its answered inbound child legs.",
                   known_at="contact_completed_at"),
            _at("contact_completed_at", "Completion of the contact and of its answered inbound child legs.",
                known_at="contact_completed_at"),
            Column("converted", "BOOLEAN", "Ended in a sale."),
            Column("repeat_reason", "TEXT", "Why the customer came back."),
            Column("exclusion", "TEXT", "Why the row is out of every KPI."),
        ),
        order_by=("offered_at", "interaction_id"),
        born_at="offered_at",
    ),
    Table(
        "survey_facts", "derived", "One row a survey question with its normalised score.", ("survey_id", "item"),
        (
            _id("survey_id", "Invitation."),
            Column("item", "TEXT", "Question."),
            Column("survey_type", "TEXT", "csat, nps, ces, servqual or fcr."),
            Column("dimension", "TEXT", "SERVQUAL dimension."),
            Column("component", "TEXT", "SERVQUAL component."),
            _id("ticket_id", "Ticket."),
            _id("interaction_id", "Interaction."),
            _id("customer_id", "Customer."),
            _id("team_id", "Team judged."),
            _id("agent_id", "Agent judged."),
            Column("channel", "TEXT", "Channel."),
            Column("request_type", "TEXT", "Reason, through the ticket."),
            Column("product", "TEXT", "Product, through the ticket."),
            _at("sent_at", "Invitation."),
            Column("sent_on", "DATE", "Its local date."),
            Column("sent_hour", "INTEGER", "Its local hour."),
            Column("is_invitation", "BOOLEAN", "True on one row of each invitation, its first item."),
            _at("invitation_responded_at", "First answer to any question of the invitation.",
                known_at="invitation_responded_at"),
            _at("responded_at", "Answer.", known_at="responded_at"),
            Column("responded_on", "DATE", "Its local date.", known_at="responded_at"),
            Column("responded_hour", "INTEGER", "Its local hour.", known_at="responded_at"),
            Column("score", "DOUBLE", "Answer on its own scale.", known_at="responded_at"),
            Column("scale_min", "DOUBLE", "Lowest possible answer."),
            Column("scale_max", "DOUBLE", "Highest possible answer."),
            Column("higher_is_better", "BOOLEAN", "Direction of the scale."),
            Column("score_share", "DOUBLE", "(score - min) / (max - min); NULL off the scale.",
                   known_at="responded_at"),
            Column("comment", "TEXT", "What the customer wrote.", known_at="responded_at"),
            Column("exclusion", "TEXT", "Why the row is out of every KPI."),
        ),
        order_by=("responded_at", "survey_id", "item"),
        born_at="sent_at",
    ),
)  # fmt: skip

TABLES: dict[str, Table] = {table.name: table for table in (*CANONICAL, *LOGS, *DERIVED)}


def create_table(table: Table, name: str | None = None) -> str:
    """DDL of `table`, under another `name` if given."""
    columns = []
    for column in table.columns:
        line = f'"{column.name}" {column.type}'
        if column.required:
            line += " NOT NULL"
        columns.append(line)
    return f'CREATE TABLE "{name or table.name}" (\n  ' + ",\n  ".join(columns) + "\n)"


def documentation() -> Iterator[str]:
    """The tables as Markdown lines, for the reference."""
    for table in TABLES.values():
        yield f"### `{table.name}`\n\n{table.doc} Key: {', '.join(f'`{name}`' for name in table.key)}.\n"
        yield "| column | type | meaning |\n|---|---|---|"
        for column in table.columns:
            if column.name.startswith("_"):
                continue
            notes = [column.doc]
            if column.values:
                notes.append("One of " + ", ".join(f"`{value}`" for value in column.values) + ".")
            if column.default is not None:
                notes.append(f"Default `{column.default}`.")
            if column.known_at:
                notes.append(f"Known at `{column.known_at}`.")
            required = ", required" if column.required else ""
            yield f"| `{column.name}` | {column.type}{required} | {' '.join(notes)} |"
        yield ""
