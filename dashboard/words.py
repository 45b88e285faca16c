"""The names people read for the codes of the data: dimensions, values, periods, states, exports.

The words of closed lists are in codes.py, the titles of columns in columns.py, short names of KPIs in short_names.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape

from dashboard import format as fmt
from dashboard.codes import codes
from dashboard.i18n import _, language
from dashboard.periods import Comparison, Preset, Span
from dashboard.short_names import short_names
from kpi.definition import Kpi
from kpi.model import Better, Unit, Value

MATURING = ("fcr_rate", "reopen_rate", "survey_response_rate", "dispute_rate")
"""KPIs that are only known some days later."""


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
        "product_id": _("Product"),
        "status": _("Status"),
        "sla_state": _("State of the commitment"),
        "policy_id": _("Commitment"),
        "age_bucket": _("Age"),
        "outcome": _("Outcome"),
        "in_hours": _("Opening hours"),
        "half_hour": _("Half-hour"),
        "hour": _("Hour"),
        "weekday": _("Weekday"),
        "tool": _("Tool"),
        "score_group": _("Answer"),
        "touchless": _("Automation"),
        "cause": _("Cause"),
        "customer_id": _("Customer"),
        "segment": _("Segment"),
        "source": _("Source"),
    }
    return names.get(name, name)


def value(name: str, code: Value, labels: Mapping[Value, str] | None = None) -> str:
    """A value of a dimension or column as people read it; codes of the centre's own lists are kept as they are."""
    if code is None or code == "":
        return _("(not given)")
    if labels and code in labels:
        return labels[code]
    match name:
        case "weekday":
            return fmt.weekday(int(code), language())
        case "hour":
            return fmt.hour(int(code), language())
        case "half_hour":
            return f"{int(code) // 2:02d}:{int(code) % 2 * 30:02d}"
    known = codes(name) or (codes("yes_no") if isinstance(code, bool) else {})
    return known.get(str(code), str(code))


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
        Preset.ALL: _("All the data"),
        Preset.CUSTOM: _("Other dates"),
    }[name]


def comparison(name: Comparison) -> str:
    """ "previous" -> "Previous period"."""
    return {
        Comparison.PREVIOUS: _("Previous period"),
        Comparison.LAST_YEAR: _("Same period last year"),
        Comparison.NONE: _("No comparison"),
    }[name]


def this_year() -> int:
    return datetime.now(UTC).year


def days(span: Span) -> str:
    """ "22 Oct – 20 Nov": from the first day to the last that holds data, with the year when it is not this one."""
    reached = max(span.reached, span.first)
    return fmt.date_range(span.first, reached, language(), year=reached.year != this_year())


def moment(when: datetime) -> str:
    """ "20 Nov 18:45" of a local time, with the year when it is not this one."""
    return f"{fmt.day(when, language(), year=when.year != this_year())} {fmt.clock(when)}"


def short(kpi: Kpi) -> str:
    """The KPI's name where room is scarce: a card's title, a sentence."""
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


def unit(name: Unit) -> str:
    """What kind of amount a KPI is."""
    return {
        Unit.COUNT: _("a count"),
        Unit.SECONDS: _("a duration"),
        Unit.RATIO: _("a share"),
        Unit.NPS: _("points, −100 to +100"),
        Unit.SCORE: _("points, 0 to 100"),
        Unit.DAYS: _("days"),
        Unit.EUROS: _("euros"),
        Unit.NUMBER: _("a number"),
    }[name]


def better(direction: Better) -> str:
    """The direction in which a KPI improves."""
    return {
        Better.LOWER: _("the lower the better"),
        Better.HIGHER: _("the higher the better"),
        Better.CONTEXT: _("neither high nor low is good by itself"),
    }[direction]


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
        "order_lines": _("lines of orders"),
        "customers": _("customers"),
        "calendars": _("opening hours"),
        "calendar_hours": _("opening hours"),
        "topics": _("topics to look for"),
        "transcripts": _("transcripts"),
        "self_service_sessions": _("self-service visits"),
        "imports": _("a first import"),
    }
    return names.get(table, table)


def exports(tables: Iterable[str]) -> str:
    """The exports that fill some tables, each said once."""
    return ", ".join(dict.fromkeys(export(table) for table in tables))


def still_open(kpi_id: str) -> str:
    """What `n_open` counts beside the figure, with a place for {n}."""
    if kpi_id.startswith("frt_"):
        return _("{n} unanswered")
    if kpi_id in MATURING:
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
