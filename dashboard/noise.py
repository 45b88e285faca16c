"""Signal or noise on the trends: the limits of chance, and the events that people recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from dashboard import cache, words
from dashboard import format as fmt
from dashboard.charts import Note, Process
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi import catalog
from kpi.buckets import next_of
from kpi.definition import Kpi
from kpi.model import Figure, Grain, Status, Unit
from kpi.noise import HISTORY, Episode, Noise
from kpi.statistics.control_chart import Rule

_MOST_EPISODES = 2


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
        limits = ([found.low.get(day) for day in days], [found.high.get(day) for day in days])
        process = Process(*limits, seen, tuple(sentences(catalog.get(kpi_id), found, grain)))
    return {"process": process, "notes": notes(days, grain)}


def said(subtitle: str, marks: Mapping[str, Any]) -> str:
    """The subtitle of a trend with what its limits and rings are, then what can be said of them. HTML."""
    process = marks.get("process")
    if process is None:
        return subtitle
    rings = _("dotted: limits of chance, ring: signal") if process.signals else _("dotted: limits of chance")
    under = f"{subtitle} · {rings}" if subtitle else rings[:1].upper() + rings[1:]
    return "<br>".join((under, *map(words.html, process.told)))


def sentences(kpi: Kpi, found: Noise, grain: Grain) -> list[str]:
    """What chance does not explain of a series, the latest first, in sentences for a mail. Plain text."""
    told = [_episode(kpi, one, grain) for one in reversed(found.episodes)][:_MOST_EPISODES]
    if not told and found.signals:
        return [_("Isolated signals only: over so many points, chance makes some.")]
    return told


def _episode(kpi: Kpi, one: Episode, grain: Grain) -> str:
    """ "Since 12 June: first response 1 h 30 on average against 2 h 10 usually, further than chance goes." """
    lang, last = language(), next_of(one.last, grain) - timedelta(days=1)
    when = fmt.date_range(one.first, last, lang)
    if one.lasting:
        when = _("Since {day}").format(day=fmt.day(one.first, lang))
    elif one.first == last:
        when = fmt.day(one.first, lang)
    return _("{when}: {kpi} {value} on average against {usual} usually, further than chance goes.").format(
        when=when,
        kpi=_lower(words.short(kpi)),
        value=fmt.text(_rounded(kpi, one.value), kpi.unit, lang),
        usual=fmt.text(_rounded(kpi, one.usual), kpi.unit, lang),
    )


def _rounded(kpi: Kpi, value: float) -> float:
    """A mean of counts is said as a count."""
    return round(value) if kpi.unit is Unit.COUNT else value


def _lower(name: str) -> str:
    """A name inside a sentence; initials stay."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


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
