"""Signal or noise on the trends: the limits of chance, and the events that people recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dashboard import cache
from dashboard.charts import Note, Process
from dashboard.filters import Scope
from dashboard.i18n import _
from kpi.buckets import next_of
from kpi.model import Figure, Grain, Status
from kpi.noise import HISTORY
from kpi.statistics.control_chart import Rule


def drawn(scope: Scope, kpi_id: str, grain: Grain, points: Sequence[Figure]) -> dict[str, Any]:
    """What `charts.trend` draws around `points`, which are the KPI's by `grain`: its limits and its notes."""
    if grain not in HISTORY:
        return {}
    days = [point.keys[-1] for point in points]
    found = cache.noise(scope.query(kpi_id, grain=grain), kpi_id)
    process = None
    if found is not None:
        told = {i: rule_words(found.signals[day]) for i, day in enumerate(days) if day in found.signals}
        seen = {i: text for i, text in told.items() if points[i].status in (Status.OK, Status.INDICATIVE)}
        process = Process([found.low.get(day) for day in days], [found.high.get(day) for day in days], seen)
    return {"process": process, "notes": notes(days, grain)}


def said(subtitle: str, marks: Mapping[str, Any]) -> str:
    """The subtitle of a trend with what its limits and rings are."""
    process = marks.get("process")
    if process is None:
        return subtitle
    rings = _("dotted: limits of chance, ring: signal") if process.signals else _("dotted: limits of chance")
    return f"{subtitle} · {rings}"


def notes(days: Sequence[date], grain: Grain) -> list[Note]:
    """The events that touch the buckets that begin on `days`, in order."""
    if grain not in HISTORY or not days:
        return []
    found = []
    for event in cache.events():
        held = [
            i
            for i, day in enumerate(days)
            if day <= event.last and (days[i + 1] if i + 1 < len(days) else next_of(day, grain)) > event.first
        ]
        if held and event.last >= days[0]:
            found.append(Note(held[0], held[-1], event.text))
    return found


def rule_words(rule: Rule) -> str:
    """Why a point is a signal."""
    return {
        Rule.OUTSIDE: _("signal: outside the limits of chance"),
        Rule.RUN: _("signal: the eighth in a row on the same side"),
        Rule.NEAR: _("signal: three of four close to the same limit"),
    }[rule]
