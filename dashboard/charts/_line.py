"""Lines of charts through time: what is written in their hover, their dots, their bands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.charts._frame import Item, Line, Trace, interval, polygon, safe, scaled, shown
from dashboard.charts._time_axis import short_name
from dashboard.format import Axis, Lang
from dashboard.theme import Theme, alpha
from kpi.model import Figure, Grain, Unit

_BAND = 0.13


@dataclass(frozen=True, slots=True)
class Sheet:
    """What all the traces of one chart share."""

    theme: Theme
    lang: Lang
    unit: Unit
    grain: Grain
    timezone: str
    buckets: Sequence[date]
    names: list[str]
    scale: Axis
    write: Callable[[float | None], str]


def along(sheet: Sheet, **keys: Any) -> Trace:
    """A line whose positions are a start and a step: Plotly needs no x array then."""
    return {"type": "scatter", "mode": "lines", **positions(sheet), **keys}


def positions(sheet: Sheet) -> Trace:
    return {"x0": sheet.names[0] if sheet.names else "", "dx": 1}


def hover(label: str, tail: str = "") -> str:
    return f"{safe(label)}  <b>%{{text}}</b>{tail}<extra></extra>"


def plain_trace(line: Line, color: str, width: float, sheet: Sheet) -> Trace:
    values = [shown(point) for point in line.points]
    return along(
        sheet,
        name=safe(line.label),
        y=scaled(values, sheet.scale),
        line={"color": color, "width": width},
        text=[sheet.write(value) for value in values],
        hovertemplate=hover(line.label),
    )


def line_traces(line: Line, color: str, width: float, written: bool, sheet: Sheet) -> list[Trace]:
    values = [shown(point) for point in line.points]
    trace = plain_trace(line, color, width, sheet) if written else _brief_trace(line, color, sheet)
    if sheet.unit is not Unit.COUNT and not (written and line.band):
        trace["customdata"] = [point.n for point in line.points]
        trace["hovertemplate"] = trace["hovertemplate"].replace("<extra>", "  n = %{customdata:,}<extra>")
    elif sheet.unit is not Unit.COUNT:
        trace["customdata"] = [[point.n, _bounds(point, sheet)] for point in line.points]
        trace["hovertemplate"] = hover(line.label, "  %{customdata[1]}n = %{customdata[0]:,}")
    trace["connectgaps"] = line.bridged
    return [trace, *_dots(values, color, width, sheet, line.bridged)]


def _brief_trace(line: Line, color: str, sheet: Sheet) -> Trace:
    """A trace without written values: its hover reads "6,4 h", "76,4 %"."""
    sample = sheet.scale.ticktext[-1].lstrip("+−€")
    unit = sample.lstrip("0123456789.,\u00a0")
    digits = 0 if sheet.unit in (Unit.COUNT, Unit.NPS) else 1
    prefix = "€" if sheet.scale.ticktext[-1].startswith("€") else ""
    amount = f"{prefix}%{{y:,.{digits}f}}" + ("\u00a0" if unit not in ("", "%") or sheet.lang == "fr" else "") + unit
    return along(
        sheet,
        name=safe(line.label),
        y=scaled([shown(point) for point in line.points], sheet.scale),
        line={"color": color, "width": 1.5},
        hovertemplate=f"{safe(line.label)}  <b>{amount}</b><extra></extra>",
    )


def _bounds(point: Figure, sheet: Sheet) -> str:
    bounds = interval(point)
    return f"({sheet.write(bounds[0])} – {sheet.write(bounds[1])})  " if bounds else ""


def _dots(values: Sequence[float | None], color: str, width: float, sheet: Sheet, bridged: bool) -> list[Trace]:
    """A dot on the last point and on the points that no line reaches."""
    padded = [None, *values, None]
    alone = [
        i
        for i, value in enumerate(values)
        if value is not None and padded[i + 2] is None and (i == len(values) - 1 or (padded[i] is None and not bridged))
    ]
    if not alone:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [sheet.names[i] for i in alone],
            "y": scaled([values[i] for i in alone], sheet.scale),
            "marker": {"color": color, "size": width + 3.5},
            "hoverinfo": "skip",
            "showlegend": False,
            "cliponaxis": False,
        }
    ]


def past_trace(past: Sequence[Figure], label: str, sheet: Sheet) -> Trace:
    trace = plain_trace(Line(label, past), sheet.theme.previous, 1.75, sheet)
    counted = sheet.unit is Unit.COUNT
    trace["customdata"] = [
        short_name(point.keys[-1], sheet.grain, sheet.lang, sheet.timezone) if point.keys else "" for point in past
    ]
    if not counted:
        trace["customdata"] = [[name, point.n] for name, point in zip(trace["customdata"], past, strict=True)]
    tail = "  %{customdata}" if counted else "  n = %{customdata[1]:,}  %{customdata[0]}"
    trace["hovertemplate"] = hover(label, tail)
    return trace


def band_shape(line: Line, color: str, scale: Axis) -> Item:
    """The interval as one path under the lines: one closed polygon for each unbroken run of points."""
    runs: list[list[tuple[int, float, float]]] = [[]]
    for i, point in enumerate(line.points):
        bounds = interval(point)
        if bounds:
            runs[-1].append((i, round(bounds[0] / scale.divisor, 3), round(bounds[1] / scale.divisor, 3)))
        elif runs[-1]:
            runs.append([])
    return {
        "type": "path",
        "path": "".join(polygon(run) for run in runs if len(run) > 1) or "M0,0Z",
        "xref": "x",
        "yref": "y",
        "layer": "below",
        "fillcolor": alpha(color, _BAND),
        "line": {"width": 0},
    }
