"""The values of the closed lists of the data as people read them, in the order in which they are shown.

The one place of their words and order, in every language by gettext; their colours are in theme.py. Lists that a centre
makes itself (reasons, causes, products, cost categories) are shown as they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from dashboard.i18n import _, language
from kpi.definition import Lang

Codes = Mapping[str, str]


def codes(column: str) -> Codes:
    """Code -> words of a column or dimension, in order; empty when its values are no closed list."""
    return _written(column, language())


@lru_cache(maxsize=128)
def _written(column: str, lang: Lang) -> Codes:
    make = _LISTS.get(column)
    return make() if make else {}


def _channels() -> Codes:
    return {
        "phone": _("Phone"),
        "click_to_talk": _("Click to talk"),
        "chat": _("Chat"),
        "email": _("E-mail"),
        "web_form": _("Web form"),
        "facebook": "Facebook",
        "x_twitter": "X (Twitter)",
        "instagram": "Instagram",
        "whatsapp": "WhatsApp",
        "sms": "SMS",
        "post": _("Post"),
        "marketplace": _("Marketplace"),
        "visit": _("Visit"),
        "edi": _("EDI"),
        "portal": _("Customer portal"),
        "sales_rep": _("Sales representative"),
        "fax": _("Fax"),
        "other": _("Other"),
    }


def _ticket_types() -> Codes:
    return {
        "question": _("Question"),
        "request": _("Request"),
        "incident": _("Incident"),
        "complaint": _("Complaint"),
        "other": _("Other"),
    }


def _priorities() -> Codes:
    return {"low": _("Low"), "normal": _("Normal"), "high": _("High"), "urgent": _("Urgent")}


def _statuses() -> Codes:
    return {
        "new": _("New"),
        "open": _("Open"),
        "pending": _("Waiting for the customer"),
        "on_hold": _("On hold"),
        "solved": _("Solved"),
        "closed": _("Closed"),
    }


def _actors() -> Codes:
    return {"customer": _("Customer"), "agent": _("Agent"), "system": _("System"), "bot": _("Chatbot or robot")}


def _roles() -> Codes:
    """Of a person, and of a target."""
    return {
        "agent": _("Agent"),
        "order_clerk": _("Order clerk"),
        "supervisor": _("Supervisor"),
        "bot": _("Chatbot or robot"),
        "target": _("Target"),
        "norm": _("Norm"),
        "benchmark": _("Benchmark"),
        "tolerance": _("Tolerance"),
    }


def _events() -> Codes:
    return {
        "status": _("Status"),
        "public_reply": _("Reply to the customer"),
        "auto_reply": _("Automatic reply"),
        "customer_message": _("Message from the customer"),
        "note": _("Internal note"),
        "priority": _("Priority"),
        "team": _("Team"),
        "agent": _("Agent"),
        "merged": _("Merge"),
    }


def _directions() -> Codes:
    return {"inbound": _("Inbound"), "outbound": _("Outbound")}


def _outcomes() -> Codes:
    return {
        "answered": _("Answered"),
        "abandoned": _("Abandoned"),
        "overflow": _("Overflow"),
        "callback": _("Call-back asked"),
        "voicemail": _("Voicemail"),
        "dissuaded": _("Turned away"),
        "selfcare": _("Sent to self-service"),
        "bot": _("Handled by a robot"),
    }


def _repeat_reasons() -> Codes:
    return {
        "not_considered": _("Request not dealt with"),
        "unclear_answer": _("Unclear answer"),
        "wrong_department": _("Wrong department"),
        "new_question": _("New question"),
        "other": _("Other"),
    }


def _surveys() -> Codes:
    return {
        "nps": _("Recommendation (NPS)"),
        "csat": _("Satisfaction (CSAT)"),
        "ces": _("Effort (CES)"),
        "servqual": "SERVQUAL",
        "fcr": _("Solved at the first contact"),
    }


def _servqual() -> Codes:
    return {
        "responsiveness": _("Responsiveness"),
        "reliability": _("Reliability"),
        "assurance": _("Assurance"),
        "tangibles": _("Tangibles"),
        "empathy": _("Empathy"),
    }


def _components() -> Codes:
    return {"perception": _("Perception"), "expectation": _("Expectation")}


def _nps_classes() -> Codes:
    return {"promoter": _("Promoters"), "passive": _("Passives"), "detractor": _("Detractors")}


def _score_groups() -> Codes:
    return {
        **_nps_classes(),
        "satisfied": _("Satisfied"),
        "not_satisfied": _("Not satisfied"),
        "low_effort": _("Low effort"),
        "high_effort": _("High effort"),
        "solved": _("Solved, says the customer"),
        "not_solved": _("Not solved, says the customer"),
    }


def _tools() -> Codes:
    return {
        "faq": _("FAQ"),
        "help_centre": _("Help centre"),
        "customer_space": _("Customer account"),
        "forum": _("Forum"),
        "chatbot": _("Chatbot"),
        "ivr": _("Voice menu (IVR)"),
    }


def _decisions() -> Codes:
    return {"approved": _("Approved"), "rejected": _("Rejected"), "cancelled": _("Cancelled")}


def _metrics() -> Codes:
    return {
        "first_response": _("First response"),
        "resolution": _("Resolution"),
        "order_processing": _("Order processing"),
    }


def _clocks() -> Codes:
    return {"calendar": _("Calendar time"), "business": _("Business hours")}


def _scopes() -> Codes:
    return {
        "channel": _("Channel"),
        "team_id": _("Team"),
        "site": _("Site"),
        "organisation": _("Organisation"),
        "request_type": _("Request type"),
        "priority": _("Priority"),
    }


def _operators() -> Codes:
    return {">=": _("at least"), "<=": _("at most"), "between": _("between")}


def _holidays() -> Codes:
    return {"FR": _("France"), "FR-ALSACE-MOSELLE": _("France, Alsace and Moselle"), "NONE": _("None kept")}


def _exclusions() -> Codes:
    return {
        "spam": _("Spam"),
        "test": _("Test"),
        "duplicate": _("Duplicate"),
        "deleted": _("Deleted"),
        "courtesy": _("Courtesy message"),
    }


def _left_out() -> Codes:
    """Why a row placed like those that a figure counts is not one of them."""
    return {
        "counted": _("Counted"),
        **_exclusions(),
        "merged": _("Merged into another request"),
        "not_yet": _("Not known yet at that date"),
        "outside": _("Outside the population"),
        "missing": _("Value missing"),
        "invalid": _("Value impossible"),
        "open": _("Still running"),
        "undecided": _("Undecided"),
    }


def _entries() -> Codes:
    return {
        "created": _("Received"),
        "resolved": _("Resolved"),
        "reopened": _("Reopened"),
        "changed": _("Changed"),
    }


def _phases() -> Codes:
    return {"running": _("Running"), "paused": _("Paused"), "done": _("Done")}


def _sla_states() -> Codes:
    return {
        "achieved": _("Kept"),
        "on_track": _("Running, in time"),
        "at_risk": _("Running, at risk"),
        "paused": _("Paused, waiting for the customer"),
        "breached_open": _("Broken, still open"),
        "breached": _("Broken, closed late"),
    }


def _corpora() -> Codes:
    return {"comments": _("Survey comments"), "transcripts": _("Transcripts")}


def _ages() -> Codes:
    return {
        "0-1d": _("under 1 d"),
        "1-3d": _("1 to 3 d"),
        "3-7d": _("3 to 7 d"),
        "7-14d": _("7 to 14 d"),
        "14-30d": _("14 to 30 d"),
        "30d+": _("over 30 d"),
    }


def _trends() -> Codes:
    """What a product is beside the period before."""
    return {"new": _("New product"), "continuing": _("Continuing"), "stopped": _("No longer ordered")}


def _hours() -> Codes:
    return {"True": _("In opening hours"), "False": _("Out of hours")}


def _touch() -> Codes:
    return {"True": _("Without human action"), "False": _("By a person")}


def _yes_no() -> Codes:
    return {"True": _("Yes"), "False": _("No")}


_LISTS: Mapping[str, Callable[[], Codes]] = {
    "channel": _channels,
    "ticket_type": _ticket_types,
    "priority": _priorities,
    "status": _statuses,
    "initiated_by": _actors,
    "actor": _actors,
    "role": _roles,
    "event_type": _events,
    "direction": _directions,
    "outcome": _outcomes,
    "repeat_reason": _repeat_reasons,
    "survey_type": _surveys,
    "dimension": _servqual,
    "component": _components,
    "nps_class": _nps_classes,
    "score_group": _score_groups,
    "tool": _tools,
    "decision": _decisions,
    "metric": _metrics,
    "clock": _clocks,
    "scope_dim": _scopes,
    "op": _operators,
    "holiday_set": _holidays,
    "exclusion": _exclusions,
    "left_out_because": _left_out,
    "entered": _entries,
    "phase": _phases,
    "sla_phase": _phases,
    "sla_state": _sla_states,
    "corpus": _corpora,
    "age_bucket": _ages,
    "trend": _trends,
    "in_hours": _hours,
    "touchless": _touch,
    "yes_no": _yes_no,
}
