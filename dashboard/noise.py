"""Signal or noise on the trends: the limits of chance, and the events that people recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from dashboard import cache, words
from dashboard import format as fmt
from dashboard.charts import Line, Note, Process
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi import catalog
from kpi.buckets import next_of
from kpi.definition import Kpi
from kpi.model import Figure, Filter, Grain, Status, Unit, Value
from kpi.noise import HISTORY, Episode, Noise
from kpi.statistics.control_chart import Rule

_MOST_EPISODES = 2
BACKLOG = "ticket_backlog"


def drawn(scope: Scope, kpi_id: str, grain: Grain, points: Sequence[Figure]) -> dict[str, Any]:
    """What `charts.trend` draws around `points`, which are the KPI's by `grain`: its limits and its notes."""
    return drawn_together(scope, {kpi_id: points}, grain)


def drawn_together(scope: Scope, lines: Mapping[str, Sequence[Figure]], grain: Grain) -> dict[str, Any]:
    """As `drawn`, around the lines of several KPIs in the order of the chart, by KPI: the limits of the first, the
    signals of all."""
    if grain not in HISTORY or not lines:
        return {}
    processes = [
        _process(kpi_id, cache.noise(scope.query(kpi_id, grain=grain), kpi_id), points, grain, dotted=rank == 0)
        for rank, (kpi_id, points) in enumerate(lines.items())
    ]
    return {"processes": processes, "notes": notes(_days(next(iter(lines.values()))), grain)}


def drawn_by(
    scope: Scope,
    kpi_id: str,
    dimension: str,
    lines: Mapping[Value, Line],
    grain: Grain,
    *,
    within: Sequence[Filter] = (),
) -> dict[str, Any]:
    """As `drawn`, around the lines of one KPI by a dimension in the order of the chart, by value: their signals, and
    the limits of a line that is alone. `within` is what else the chart keeps. Of people nothing is said here: they are
    compared on their own page, by its rules."""
    if grain not in HISTORY or not lines:
        return {}
    marks: dict[str, Any] = {"notes": notes(_days(next(iter(lines.values())).points), grain)}
    if dimension == "agent_id":
        return marks
    narrowed = {one.dimension for one in within}
    asked = scope.query(kpi_id, by=(dimension,), grain=grain)
    asked = asked.with_(filters=(*(one for one in asked.filters if one.dimension not in narrowed), *within))
    found = cache.noises(asked, kpi_id, tuple((value,) for value in lines))
    marks["processes"] = [
        _process(kpi_id, found.get((value,)), line.points, grain, dotted=len(lines) == 1, of=line.label)
        for value, line in lines.items()
    ]
    return marks


def net(scope: Scope, grain: Grain, days: Sequence[date]) -> dict[str, Any]:
    """What `charts.flow` draws around the backlog's flow in the buckets that begin on `days`: the limits of its net and
    its notes. What it would say the backlog's own line says."""
    if grain not in HISTORY or not days:
        return {}
    found = cache.net_noise(scope.query(BACKLOG, grain=grain))
    points = [Figure((day,), 0, status=Status.OK) for day in days]
    return {"processes": [_process(BACKLOG, found, points, grain, told=False)], "notes": notes(days, grain)}


def _process(
    kpi_id: str,
    found: Noise | None,
    points: Sequence[Figure],
    grain: Grain,
    *,
    dotted: bool = True,
    told: bool = True,
    of: str = "",
) -> Process | None:
    """The noise of one line, by position; `of` names its group."""
    if found is None:
        return None
    kpi, days = catalog.get(kpi_id), _days(points)
    signals = {
        i: _why(kpi, found, day, of, dotted=dotted)
        for i, day in enumerate(days)
        if day in found.signals and points[i].status in (Status.OK, Status.INDICATIVE)
    }
    low, high = ([bounds.get(day) for day in days] for bounds in (found.low, found.high))
    episodes = tuple(sentences(kpi, found, grain, of)) if told else None
    return Process(low, high, signals, episodes, dotted=dotted, steps=found.steps and told)


def _why(kpi: Kpi, found: Noise, day: date, of: str, *, dotted: bool) -> str:
    """ "E-mail · signal: outside the limits of chance (12 – 30)": the limits where the chart does not draw them."""
    text = rule_words(found.signals[day])
    if not dotted:
        low, high = (
            fmt.text(_rounded(kpi, bound), kpi.unit, language()) for bound in (found.low[day], found.high[day])
        )
        text = f"{text} ({low} – {high})"
    return f"{of} · {text}" if of else text


def _days(points: Sequence[Figure]) -> list[date]:
    return [point.keys[-1] for point in points]


def said(subtitle: str, marks: Mapping[str, Any]) -> str:
    """The subtitle of a trend with what its limits and rings are, then what can be said of them. HTML."""
    found: list[Process] = list(filter(None, marks.get("processes", ())))
    legend = _legend(found)
    under = " · ".join(filter(None, (subtitle, legend))) if subtitle else legend[:1].upper() + legend[1:]
    told = [sentence for process in found for sentence in process.told or ()][:_MOST_EPISODES]
    if not told and any(process.signals and process.told is not None for process in found):
        told = [_("Isolated signals only: over so many points, chance makes some.")]
    return "<br>".join(filter(None, (under, *map(words.html, told))))


def _legend(found: Sequence[Process]) -> str:
    ringed = any(process.signals for process in found)
    dotted = next((process for process in found if process.dotted), None)
    if dotted is None:
        return _("ring: signal, outside the limits of chance of its line") if ringed else ""
    if dotted.steps:
        limits = _("dotted: limits of chance from the day before")
        return f"{limits}, {_('ring: signal')}" if ringed else limits
    return _("dotted: limits of chance, ring: signal") if ringed else _("dotted: limits of chance")


def sentences(kpi: Kpi, found: Noise, grain: Grain, of: str = "") -> list[str]:
    """What chance does not explain of a series, the latest first, in sentences for a mail; `of` names the group that it
    is of. Plain text."""
    name = _lower(words.short(kpi)) + (f" ({of})" if of else "")
    return [_episode(kpi, name, found, one, grain) for one in reversed(found.episodes)][:_MOST_EPISODES]


def _episode(kpi: Kpi, name: str, found: Noise, one: Episode, grain: Grain) -> str:
    """ "Since 12 June: first response 1 h 30 on average against 2 h 10 usually, further than chance goes." """
    lang, last = language(), next_of(one.last, grain) - timedelta(days=1)
    when = fmt.date_range(one.first, last, lang)
    alone = one.first == last
    if one.lasting:
        when = _("Since {day}").format(day=fmt.day(one.first, lang))
    elif alone:
        when = fmt.day(one.first, lang)
    write = fmt.delta if found.steps else fmt.text
    text = _("{when}: {kpi} {value} on average against {usual} usually, further than chance goes.")
    if found.steps and alone:
        text = _("{when}: {kpi} {value} in one day against {usual} usually, further than chance goes.")
    elif found.steps:
        text = _("{when}: {kpi} {value} a day on average against {usual} usually, further than chance goes.")
    return text.format(
        when=when,
        kpi=name,
        value=write(_rounded(kpi, one.value), kpi.unit, lang),
        usual=write(_rounded(kpi, one.usual), kpi.unit, lang),
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
