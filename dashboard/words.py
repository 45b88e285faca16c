"""The names people read for the codes of the data: dimensions, values, periods, states, exports."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from dashboard import format as fmt
from dashboard.i18n import _, language
from dashboard.periods import Comparison, Preset, Span
from dashboard.short_names import short_names
from kpi.definition import Kpi
from kpi.model import Value


def dimension(name: str) -> str:
    """ "team_id" -> "Team"."""
    names = {
        "channel": _("Channel"),
        "team_id": _("Team"),
        "site": _("Site"),
        "organisation": _("Organisation"),
        "priority": _("Priority"),
        "request_type": _("Request type"),
        "ticket_type": _("Nature"),
        "agent_id": _("Agent"),
        "product": _("Product"),
        "status": _("Status"),
        "policy_id": _("Commitment"),
        "hour": _("Hour"),
        "weekday": _("Weekday"),
        "source": _("Source"),
    }
    return names.get(name, name)


def value(name: str, code: Value, labels: Mapping[Value, str] | None = None) -> str:
    """A value of dimension `name` as people read it; codes of the centre's own lists are kept as they are."""
    if code is None or code == "":
        return _("(not given)")
    if labels and code in labels:
        return labels[code]
    if name == "weekday":
        return fmt.weekday(int(code), language())
    if name == "hour":
        return fmt.hour(int(code), language())
    return _codes(name).get(str(code), str(code))


def _codes(name: str) -> Mapping[str, str]:
    match name:
        case "channel":
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
                "other": _("Other"),
            }
        case "priority":
            return {"low": _("Low"), "normal": _("Normal"), "high": _("High"), "urgent": _("Urgent")}
        case "ticket_type":
            return {
                "question": _("Question"),
                "request": _("Request"),
                "incident": _("Incident"),
                "complaint": _("Complaint"),
                "other": _("Other"),
            }
        case "status":
            return {
                "new": _("New"),
                "open": _("Open"),
                "pending": _("Waiting for the customer"),
                "on_hold": _("On hold"),
                "solved": _("Solved"),
                "closed": _("Closed"),
            }
        case _:
            return {}


def preset(name: Preset) -> str:
    """ "last_30" -> "Last 30 days"."""
    return {
        Preset.TODAY: _("Today"),
        Preset.YESTERDAY: _("Yesterday"),
        Preset.LAST_7: _("Last 7 days"),
        Preset.LAST_30: _("Last 30 days"),
        Preset.LAST_90: _("Last 90 days"),
        Preset.THIS_WEEK: _("This week"),
        Preset.LAST_WEEK: _("Last week"),
        Preset.THIS_MONTH: _("This month"),
        Preset.LAST_MONTH: _("Last month"),
        Preset.THIS_QUARTER: _("This quarter"),
        Preset.LAST_QUARTER: _("Last quarter"),
        Preset.THIS_YEAR: _("This year"),
        Preset.LAST_YEAR: _("Last year"),
        Preset.CUSTOM: _("Other dates"),
    }[name]


def comparison(name: Comparison) -> str:
    """ "previous" -> "Previous period"."""
    return {
        Comparison.PREVIOUS: _("Previous period"),
        Comparison.LAST_YEAR: _("Same period last year"),
        Comparison.NONE: _("No comparison"),
    }[name]


def days(span: Span) -> str:
    """ "22 Oct – 20 Nov": from the first day to the last that holds data."""
    return fmt.date_range(span.first, span.reached, language())


def short(kpi: Kpi) -> str:
    """The KPI's name where room is scarce: a card's title, a sentence. At most 32 characters."""
    return short_names().get(kpi.id) or kpi.label(language())


def clock_of(name: str) -> str:
    """The clock inside a sentence: "business" -> "business hours"."""
    return {"calendar": _("calendar time"), "business": _("business hours")}[name]


def clock(name: str) -> str:
    """ "business" -> "Business"."""
    return {"calendar": _("Calendar"), "business": _("Business")}[name]


def family(name: str) -> str:
    """ "stock" -> "Stock"."""
    return {
        "stock": _("Stock"),
        "activity": _("Activity"),
        "performance": _("Performance"),
        "productivity": _("Productivity"),
        "satisfaction": _("Satisfaction"),
        "finance": _("Finance"),
    }[name]


def export(table: str) -> str:
    """The export that fills a table of the store: "surveys" -> "survey answers"."""
    names = {
        "tickets": _("tickets"),
        "ticket_events": _("ticket history"),
        "interactions": _("calls and messages"),
        "surveys": _("survey answers"),
        "sla_policies": _("commitments (SLA)"),
        "targets": _("targets"),
        "agent_time": _("agent time"),
        "agents": _("agents"),
        "teams": _("teams"),
        "costs": _("costs"),
        "orders": _("orders"),
        "disputes": _("disputes"),
        "self_service_sessions": _("self-service visits"),
        "imports": _("a first import"),
    }
    return names.get(table, table)


def still_open(kpi_id: str) -> str:
    """What `n_open` counts beside the figure, with a place for {n}."""
    if kpi_id.startswith("frt_"):
        return _("{n} unanswered")
    if kpi_id in ("fcr_rate", "reopen_rate", "survey_response_rate"):
        return _("{n} too recent")
    return _("{n} still running")


def state(name: str) -> str:
    """ "ok" -> "Met"."""
    return {"ok": _("Met"), "watch": _("Watch"), "act": _("Act"), "no_data": _("No data")}[name]


def html(text: object) -> str:
    """Escaped for HTML. Everything that comes from data or from the address passes here."""
    return escape(str(text), quote=True)


def plain(text: str) -> str:
    """Escaped for Streamlit's Markdown labels, so that imported text shows as it is."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]()#+-.!$:~<>|" else char for char in text)
