"""The worked example of a KPI as a reader follows it: its rows, the question, how the formula gives the answer.

Everything shown comes from the example's file; only the words around it are written here. Pure: no store is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard import columns, words
from dashboard import format as fmt
from dashboard.i18n import _, language
from dashboard.periods import to_local
from kpi import examples
from kpi.catalog import CATALOG
from kpi.definition import Kpi
from kpi.examples import Example
from kpi.model import Unit

_AROUND = ("teams", "calendars", "calendar_hours")
"""Tables that every example has, shown where the KPI reads them or counts open hours."""
_SKIPPED = (columns.MACHINE - {"exclusion"}) | {
    "seq",
    "event_id",
    "name",
    "import_id",
    "tz",
    "at_risk_ratio",
    "target_id",
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
Pair = tuple[str, str]
Row = Mapping[str, Any]


def html(kpi: Kpi) -> str:
    """The example that has the KPI's own name."""
    found = examples.load(kpi.id)
    zone = ZoneInfo(found["call"].get("timezone", "Europe/Paris"))
    parts = (
        *(_table(name, rows, zone) for name, rows in _tables(kpi, found)),
        _section(_("The question"), _pairs(_question(found["call"], zone))),
        _section(_("The answer"), _pairs(_answer(kpi, found["expected"])) + _groups(kpi, found["expected"], zone)),
        _section(_("How the formula gives it"), _working(kpi, found)),
    )
    return f'<div class="v-definition v-worked">{"".join(parts)}</div>'


def _section(title: str, content: str) -> str:
    return f"<h3>{words.html(title)}</h3>{content}"


def _pairs(lines: Iterable[Pair]) -> str:
    return f"<dl>{''.join(f'<dt>{words.html(name)}</dt><dd>{words.html(text)}</dd>' for name, text in lines)}</dl>"


# The rows


def _tables(kpi: Kpi, found: Example) -> Iterator[tuple[str, Sequence[Row]]]:
    """The tables that bear on the answer, in the order of the file."""
    timed = "business" in json.dumps([found["call"].get("params"), found["tables"].get("sla_policies")])
    for name, rows in found["tables"].items():
        if rows and (name not in _AROUND or name in kpi.needs or (timed and name == "calendar_hours")):
            yield name, rows


def _table(name: str, rows: Sequence[Row], zone: ZoneInfo) -> str:
    """The columns that differ from row to row; what all the rows share is said once under them."""
    used = [c for c in dict.fromkeys(c for row in rows for c in row) if c not in _SKIPPED]
    known = [column for column in used if any(row.get(column) is not None for row in rows)]
    shared = [c for c in known[1:] if len(rows) > 1 and all(row.get(c) == rows[0].get(c) for row in rows)]
    shown = [column for column in known if column not in shared]
    head = "".join(f"<th>{words.html(_title(column))}</th>" for column in shown)
    body = "".join(f"<tr>{''.join(_cell(c, row.get(c), zone) for c in shown)}</tr>" for row in rows)
    pair = _("{name}: {value}")
    same = " · ".join(pair.format(name=_title(c), value=_text(c, rows[0][c], zone)) for c in shared)
    note = f"<p>{words.html(_('On every row: {values}').format(values=same))}</p>" if same else ""
    title = words.export(name)
    return _section(title[:1].upper() + title[1:], _grid(head, body) + note)


def _grid(head: str, body: str) -> str:
    return f"<div><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _cell(column: str, value: Any, zone: ZoneInfo) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    kind = ' class="v-number"' if number else ""
    return f"<td{kind}>{words.html(_text(column, value, zone))}</td>"


def _text(column: str, value: Any, zone: ZoneInfo) -> str:
    """A cell: local times, durations in words, codes of closed lists as words, "–" where nothing is known."""
    lang = language()
    if value is None:
        return fmt.UNKNOWN
    if isinstance(value, bool):
        return words.value(column, value)
    if isinstance(value, int | float):
        if column.endswith("_s"):
            return fmt.duration(value, lang)
        return words.value(column, value) if column in ("weekday", "hour") else _number(value)
    text = str(value)
    if column == "kpi_id" and text in CATALOG:
        return CATALOG[text].label(lang)
    if _INSTANT.fullmatch(text):
        return _moment(to_local(_utc(text), zone))
    if _DAY.fullmatch(text):
        return fmt.day(date.fromisoformat(text), lang, year=True)
    return words.value("status" if column in ("from_value", "to_value") else column, text)


def _number(value: float) -> str:
    whole = value == int(value)
    return fmt.number(value, language(), 0 if whole else 4 if abs(value) < 1 else 2)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z"))


def _moment(when: datetime) -> str:
    seconds = f"{when:%H:%M:%S}" if when.second else fmt.clock(when)
    return f"{fmt.day(when, language())} {seconds}"


def _title(column: str) -> str:
    return _titles().get(column) or columns.title(column)


def _titles() -> Mapping[str, str]:
    """Columns of the imported files that no row of a figure has."""
    return {
        "event_at": _("When"),
        "event_type": _("Event"),
        "actor": _("By whom"),
        "from_value": _("Before"),
        "to_value": _("After"),
        "exclusion": _("Left out because"),
        "open_local": _("Opens"),
        "close_local": _("Closes"),
        "calendar_id": _("Calendar"),
        "holiday_set": _("Public holidays"),
        "hourly_cost_eur": _("Cost of an hour (€)"),
        "clock": _("Clock"),
        "pause_statuses": _("Statuses that pause it"),
        "valid_from": _("Valid from"),
        "keywords": _("Words looked for"),
        "kpi_id": _("KPI"),
        "role": _("Role"),
        "hired_on": _("Hired"),
        "op": _("Condition"),
        "value_low": _("Lower bound"),
        "value_high": _("Upper bound"),
        "threshold_s": _("Within"),
        "scope_dim": _("Set for"),
        "scope_value": _("Which one"),
    }


# The question and its answer


def _question(call: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Pair]:
    if call.get("period"):
        yield _("Period"), _period(call["period"], zone)
    if call.get("as_of"):
        yield _("Known at"), _moment(to_local(_utc(call["as_of"]), zone))
    if call.get("by"):
        names = [call["by"]] if isinstance(call["by"], str) else call["by"]
        yield _("By"), ", ".join(map(words.dimension, names))
    for name, values in (call.get("filters") or {}).items():
        yield words.dimension(name), ", ".join(words.value(name, value) for value in values)
    for name, value in (call.get("params") or {}).items():
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    yield _("Time zone"), str(zone)


def _period(period: Mapping[str, str], zone: ZoneInfo) -> str:
    """Both days included when it is made of days."""
    start, end = (to_local(_utc(period[edge]), zone) for edge in ("start", "end"))
    if start.time() == end.time() == datetime.min.time():
        return fmt.date_range(start.date(), end.date() - timedelta(days=1), language(), year=True)
    return f"{_moment(start)} – {_moment(end)}"


def _answer(kpi: Kpi, expected: Mapping[str, Any]) -> Iterator[Pair]:
    if "value" in expected:
        yield _("Value"), _value(kpi, expected["value"])
    low, high = expected.get("ci") or (expected.get("ci_low"), expected.get("ci_high"))
    if low is not None or high is not None:
        bounds = (fmt.text(bound, kpi.unit, language()) for bound in (low, high))
        yield _("95% interval"), _("{low} to {high}").format(low=next(bounds), high=next(bounds))
    for field, name in _fields().items():
        if expected.get(field) is not None:
            yield name, _number(expected[field])
    for status, n in (expected.get("by_status") or {}).items():
        yield words.value("status", status), _number(n)


def _value(kpi: Kpi, value: float | None) -> str:
    """As a card shows it, with the seconds that a duration is made of."""
    text = fmt.text(value, kpi.unit, language())
    if kpi.unit is not Unit.SECONDS or value is None or value < 60:
        return text
    return f"{text} ({_number(value)} s)"


def _fields() -> Mapping[str, str]:
    return {
        "n": _("Counted"),
        "numerator": _("Numerator"),
        "denominator": _("Denominator"),
        "sum": _("Sum"),
        "n_missing": _("Without the value"),
        "n_invalid": _("Invalid"),
        "n_open": _("Still open"),
        "current": _("This period"),
        "previous": _("The period before"),
        "p": "p",
    }


def _groups(kpi: Kpi, expected: Mapping[str, Any], zone: ZoneInfo) -> str:
    """A row a group."""
    rows = expected.get("rows") or []
    if not rows:
        return ""
    names = {
        "key": _("Group"),
        "value": _("Value"),
        "share": _("Proportion"),
        "cumulative": _("Cumulative share"),
        **_fields(),
        "status": _("Status"),
    }
    shown = [name for name in names if any(name in row for row in rows)]
    head = "".join(f"<th>{words.html(names[name])}</th>" for name in shown)
    body = "".join(f"<tr>{''.join(_group_cell(kpi, n, row.get(n), zone) for n in shown)}</tr>" for row in rows)
    return _grid(head, body)


def _group_cell(kpi: Kpi, name: str, value: Any, zone: ZoneInfo) -> str:
    if name == "key":
        return f"<td>{words.html(_key(value, zone))}</td>"
    if name == "value" and isinstance(value, str):
        return f"<td>{words.html(_verdicts().get(value, value))}</td>"
    if name == "value":
        return f'<td class="v-number">{words.html(fmt.text(value, kpi.unit, language()))}</td>'
    if name in ("share", "cumulative"):
        return f'<td class="v-number">{words.html(fmt.percent(value, language()))}</td>'
    return _cell("trend" if name == "status" else name, value, zone)


def _verdicts() -> Mapping[str, str]:
    """Of a target: met or not, and whether the whole interval says so."""
    return {
        "met_clear": _("Met, clearly"),
        "met_uncertain": _("Met, within chance"),
        "missed_clear": _("Missed, clearly"),
        "missed_uncertain": _("Missed, within chance"),
        "insufficient": _("Too few cases"),
    }


def _key(code: Any, zone: ZoneInfo) -> str:
    """The words of a group, whatever the closed list it comes from."""
    lists = ("channel", "nps_class", "dimension", "age_bucket", "component", "status")
    if code in CATALOG:
        return CATALOG[code].label(language())
    said = (words.value(name, code) for name in lists)
    return next((text for text in said if text != str(code)), _text("key", code, zone))


def _working(kpi: Kpi, found: Example) -> str:
    formula = words.html(kpi.text("formula", language()))
    working = found["working_fr" if language() == "fr" else "working"]
    return f'<p class="v-formula">{formula}</p><p class="v-working">{words.html(working)}</p>'
