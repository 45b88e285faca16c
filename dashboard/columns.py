"""The columns of the store as people read them: the title of each, and those that only programs read."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import words
from dashboard.i18n import _

MACHINE = frozenset(
    {
        *("_import_id", "_source_updated_at", "born_at", "exclusion", "item", "ordinal", "outcome_at", "request_at"),
        *("at_risk_from_at", "at_risk_to_at", "breach_known_at", "fcr_mature_at", "mature_at", "open_to_at", "to_at"),
        *("pending_to_at", "queue_left_at", "settles_at", "sla_at_risk_from_at", "sla_at_risk_to_at", "ticket_at"),
        *("sla_breach_known_at", "sla_phase", "higher_is_better", "is_invitation", "score_share", "unresolved"),
        *("voice", "answered", "commented", "invitation_responded_at", "business_new_s", "business_on_hold_s"),
        *("completed_at", "business_open_s", "business_pending_s", "resolution_no", "document_id"),
    }
)
"""Columns that say nothing more to a reader than those beside them."""
_REPEATS = ("_on", "_hour", "_half_hour")
"""Ends of the columns that repeat an instant: its local date, its hour."""


def shown(name: str) -> bool:
    """Whether a reader is shown the column."""
    return name not in MACHINE and not name.endswith(_REPEATS)


def title(name: str) -> str:
    """ "first_response_at" -> "First response"; a dimension has its own name."""
    return _titles().get(name) or words.dimension(name)


def _titles() -> Mapping[str, str]:
    return {**_identifiers(), **_instants(), **_durations(), **_facts()}


def _identifiers() -> Mapping[str, str]:
    return {
        "ticket_id": _("Ticket"),
        "interaction_id": _("Contact"),
        "parent_interaction_id": _("Part of contact"),
        "customer_id": _("Customer"),
        "survey_id": _("Invitation"),
        "session_id": _("Session"),
        "visitor_id": _("Visitor"),
        "order_id": _("Order"),
        "dispute_id": _("Dispute"),
        "cost_id": _("Line"),
        "import_id": _("Import"),
        "line_no": _("Line"),
        "product_id": _("Product code"),
        "product_name": _("Product name"),
        "merged_into_ticket_id": _("Merged into"),
        "escalated_ticket_id": _("Request that followed"),
    }


def _instants() -> Mapping[str, str]:
    return {
        "created_at": _("Received"),
        "received_at": _("Received"),
        "first_response_at": _("First response"),
        "first_resolved_at": _("First resolution"),
        "resolved_at": _("Resolution"),
        "reopened_at": _("Reopened"),
        "from_at": _("From"),
        "due_at": _("Due"),
        "offered_at": _("In the queue"),
        "answered_at": _("Picked up"),
        "ended_at": _("Ended"),
        "transferred_at": _("Transferred"),
        "called_back_at": _("Called back"),
        "previous_contact_at": _("Contact before"),
        "sent_at": _("Sent"),
        "responded_at": _("Reply received"),
        "said_at": _("Said"),
        "started_at": _("Started"),
        "found_at": _("Found"),
        "opened_at": _("Opened"),
        "decided_at": _("Decided"),
        "promised_at": _("Promised"),
        "delivered_at": _("Delivered"),
        "first_disputed_at": _("First dispute"),
        "acquired_at": _("Won"),
        "churned_at": _("Left"),
        "loaded_at": _("Loaded"),
        "data_until": _("Data until"),
        "work_date": _("Day"),
        "month": _("Month"),
    }


def _durations() -> Mapping[str, str]:
    return {
        "first_response_s": _("Time to the first response"),
        "first_response_business_s": _("Time to the first response, open hours"),
        "resolution_s": _("Time to resolve"),
        "resolution_business_s": _("Time to resolve, open hours"),
        "elapsed_s": _("Elapsed"),
        "target_s": _("Promised time"),
        "wait_s": _("Wait"),
        "talk_s": _("Talk"),
        "hold_s": _("On hold"),
        "wrap_s": _("After-call work"),
        "communication_s": _("Communication"),
        "after_call_s": _("After-call work"),
        "handle_s": _("Handling"),
        "handling_s": _("Handling"),
        "processing_s": _("Processing"),
        "processing_business_s": _("Processing, open hours"),
        "cycle_s": _("From receipt to delivery"),
        "find_s": _("Time to find"),
        "scheduled_s": _("Scheduled"),
        "absent_s": _("Absent"),
        "paid_s": _("Paid"),
        "logged_s": _("Logged in"),
        "available_s": _("Available"),
    }


def _facts() -> Mapping[str, str]:
    return {
        "initiated_by": _("Opened by"),
        "entered": _("Event"),
        "phase": _("Clock"),
        "metric": _("Commitment on"),
        "contacts": _("Contacts"),
        "contact_count": _("Contacts"),
        "fcr": _("First contact resolution"),
        "direction": _("Direction"),
        "converted": _("Sale"),
        "repeat_reason": _("Reason of the new contact"),
        "survey_type": _("Survey"),
        "dimension": _("SERVQUAL dimension"),
        "component": _("Component"),
        "score": _("Score"),
        "scale_min": _("Lowest of the scale"),
        "scale_max": _("Highest of the scale"),
        "comment": _("Comment"),
        "clicks": _("Clicks"),
        "resolved": _("Solved, says the visitor"),
        "escalated": _("Led to a request"),
        "decision": _("Decision"),
        "lines": _("Lines"),
        "in_full": _("In full"),
        "quantity": _("Quantity"),
        "quantity_delivered": _("Quantity delivered"),
        "amount_eur": _("Amount (€)"),
        "hourly_cost_eur": _("Hourly cost (€)"),
        "category": _("Category"),
        "corpus": _("Where it was said"),
        "topic": _("Topic"),
        "left_out_because": _("Left out because"),
    }
