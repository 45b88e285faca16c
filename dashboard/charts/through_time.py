"""Charts through time: lines, stacked areas, flows in and out.

Buckets are equally spaced categories named in the reader's language, so the hover's title needs no Plotly
locale, and the comparison period lies on the same positions. `point_index` of a selected point is the
position of its bucket.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import plotly.graph_objects as go

from dashboard.charts._flow_ends import flow_labels, heights_of
from dashboard.charts._frame import (
    Item,
    Label,
    Layout,
    Line,
    Reference,
    Trace,
    dashed,
    end_label,
    extent,
    interval,
    place_end_labels,
    place_legend,
    polygon,
    safe,
    scaled,
    shown,
    styled,
    targets_inside,
    ticks,
    widest,
    zero_shape,
)
from dashboard.charts._time_axis import short_name, time_ticks
from dashboard.charts.process import Note, Process, limit_reach, limit_shapes, note_marks, signal_trace
from dashboard.format import Axis, Lang, axis, bucket, formatter
from dashboard.theme import Theme, alpha, mix
from kpi.model import Figure, Grain, Unit

_BAND = 0.13
_FILL = 0.74
_WRITTEN = 1_500
"""Points from which the hover writes plain numbers in the axis's unit: half the bytes, a third of the time."""


@dataclass(frozen=True, slots=True)
class _Sheet:
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


def trend(
    lines: Sequence[Line],
    *,
    unit: Unit,
    theme: Theme,
    lang: Lang,
    grain: Grain = Grain.DAY,
    targets: Sequence[Reference] = (),
    previous: Sequence[Figure] = (),
    previous_label: str = "",
    zero: bool | None = None,
    reach: Sequence[float] = (),
    compact: bool = False,
    height: int = 270,
    timezone: str = "Europe/Paris",
    clicked: bool = False,
    process: Process | None = None,
    notes: Sequence[Note] = (),
) -> go.Figure:
    """One or several KPIs through time, with their intervals, targets and comparison period.

    Points whose figure is below the minimum n are gaps. `previous` is aligned by position on the buckets of
    the first line. `zero` None starts durations, counts and euros at 0 and lets the others breathe.
    `reach` are values that the axis must cover as well: the same for charts that are compared side by side.
    `compact` (phones) replaces the labels at the lines' ends by a legend on top. `clicked` lets points be
    selected. `process` are the first line's limits of chance, `notes` what people recorded of some buckets.
    """
    past = list(previous)[: len(lines[0].points)] if lines else []
    from_zero = zero if zero is not None else unit in (Unit.SECONDS, Unit.COUNT, Unit.EUROS, Unit.DAYS)
    low, high = extent([*_drawn(lines, past, targets), *reach], unit, from_zero)
    if process:
        low, high = extent([low, high, *limit_reach(process, low, high)], unit, from_zero)
    scale = axis(low, high, unit, lang)
    sheet = _sheet(lines, theme, lang, unit, grain, timezone, scale)
    layout = _layout(sheet, height, compact)
    colors = [line.color or (theme.series, theme.partner)[min(i, 1)] for i, line in enumerate(lines)]

    traces: list[Trace] = []
    written = sum(len(line.points) for line in lines) <= _WRITTEN
    for rank in range(len(lines)):
        width = 2.25 if rank == 0 or lines[rank].color else 1.75
        traces += _line_traces(lines[rank], colors[rank], width, written, sheet)
        if lines[rank].band:
            layout.shapes.append(_band_shape(lines[rank], colors[rank], scale))
    traces += [_past_trace(past, previous_label, sheet)] if past else []
    if process and lines:
        layout.shapes += limit_shapes(process, scale, theme)
        traces += signal_trace(process, scaled([shown(point) for point in lines[0].points], scale), sheet.names, theme)
    note_marks(layout, notes, len(sheet.names))
    if clicked:  # A click selects on whichever line is nearest.
        traces = [trace | _SELECTABLE if trace["mode"] == "lines" else trace for trace in traces]
    for rank, trace in enumerate(traces):  # Read first in the hover, drawn last.
        trace["zorder"] = len(traces) - rank
    if scale.tickvals[0] < 0 < scale.tickvals[-1]:
        layout.shapes.append(zero_shape(theme))
    layout.shapes += [dashed(theme, y=target.value / scale.divisor) for target in targets]

    labels = _line_labels(lines, colors, past, previous_label, compact, sheet)
    if compact:
        targets_inside(layout, targets, scale)
    else:
        labels += [end_label(t.value / scale.divisor, t.text, "", theme.ink_soft, hover=t.source) for t in targets]
    _place(layout, labels, compact)
    return layout.figure(traces)


def stacked_area(
    layers: Sequence[Line],
    *,
    unit: Unit = Unit.COUNT,
    theme: Theme,
    lang: Lang,
    grain: Grain = Grain.DAY,
    total: Line | None = None,
    compact: bool = False,
    height: int = 270,
    timezone: str = "Europe/Paris",
    clicked: bool = False,
    notes: Sequence[Note] = (),
) -> go.Figure:
    """Parts of a whole through time, the first layer at the bottom: the backlog by channel.

    Give each layer its color (theme.color_of). `total` adds the whole to the hover and to the labels. `clicked` lets
    points be selected. `notes` are what people recorded of some buckets.
    """
    length = len(layers[0].points) if layers else 0
    heights = [sum(shown(layer.points[i]) or 0.0 for layer in layers) for i in range(length)]
    scale = axis(0, max(heights, default=0), unit, lang)
    sheet = _sheet(layers, theme, lang, unit, grain, timezone, scale)
    layout = _layout(sheet, height, compact)
    note_marks(layout, notes, len(sheet.names))
    colors = [layer.color or theme.categories[i % 8] for i, layer in enumerate(layers)]
    traces = [_layer_trace(layer, color, sheet) for layer, color in zip(layers, colors, strict=True)]
    if total:
        traces.append(_plain_trace(total, theme.ink_strong, 1.75, sheet))
    if clicked:
        traces = [trace | _SELECTABLE for trace in traces]
    _place(layout, _layer_labels(layers, colors, total, sheet), compact)
    return layout.figure(traces)


def flow(
    created: Line,
    resolved: Line,
    reopened: Line | None = None,
    *,
    net_label: str,
    theme: Theme,
    lang: Lang,
    grain: Grain = Grain.DAY,
    compact: bool = False,
    height: int = 270,
    timezone: str = "Europe/Paris",
    clicked: bool = False,
    notes: Sequence[Note] = (),
) -> go.Figure:
    """What comes in (created, reopened) above the line, what goes out (resolved) below, and the net.

    Counts. The net of a bucket is the height of its bars above minus the one below. `clicked` lets points of the line
    be selected, as bars always are. `notes` are what people recorded of some buckets.
    """
    up = [line for line in (created, reopened) if line]
    tops = [sum(values) for values in zip(*(heights_of(line) for line in up), strict=True)]
    downs = heights_of(resolved)
    net = [top - down for top, down in zip(tops, downs, strict=True)]
    scale = axis(-max(downs, default=0), max(tops, default=0), Unit.COUNT, lang)
    unsigned = [text.removeprefix("−") for text in scale.ticktext]  # Below the line is a direction.
    scale = scale._replace(ticktext=unsigned)
    sheet = _sheet([created], theme, lang, Unit.COUNT, grain, timezone, scale)
    layout = _layout(sheet, height, compact)
    note_marks(layout, notes, len(sheet.names))
    layout.xaxis |= {"range": [-0.6, len(net) - 0.4], "showspikes": False}
    layout.more |= {"barmode": "relative", "bargap": 0.28 if len(net) <= 100 else 0}
    layout.shapes.append(zero_shape(theme))

    colors = (theme.partner, mix(theme.partner, theme.surface, 0.5))
    traces = [_bar_trace(line, color, 1, sheet) for line, color in zip(up, colors, strict=False)]
    traces.append(_bar_trace(resolved, theme.series, -1, sheet))
    halo, line = _net_traces(net_label, net, sheet)
    traces += [halo, line | _SELECTABLE if clicked else line]
    _place(layout, flow_labels(up, colors, resolved, net, net_label, theme), compact)
    return layout.figure(traces)


# Axes


def _sheet(
    lines: Sequence[Line], theme: Theme, lang: Lang, unit: Unit, grain: Grain, timezone: str, scale: Axis
) -> _Sheet:
    buckets = [point.keys[-1] for point in lines[0].points] if lines else []
    names = [bucket(when, grain, lang, timezone) for when in buckets]
    return _Sheet(theme, lang, unit, grain, timezone, buckets, names, scale, formatter(unit, lang))


def _drawn(lines: Sequence[Line], past: Sequence[Figure], targets: Sequence[Reference]) -> list[float | None]:
    """Every value that the axis must cover."""
    values = [target.value for target in targets] + [shown(point) for point in past]
    for line in lines:
        values += [shown(point) for point in line.points]
        values += _band_extent(line) if line.band else []
    return values


def _band_extent(line: Line) -> list[float]:
    """The bounds that the axis makes room for: on long series a few wild ones (tiny n) may leave the plot."""
    bounds = [pair for point in line.points if (pair := interval(point))]
    lows, highs = sorted(low for low, _ in bounds), sorted(high for _, high in bounds)
    spared = len(bounds) // 40
    return [lows[spared], highs[-1 - spared]] if bounds else []


def _layout(sheet: _Sheet, height: int, compact: bool) -> Layout:
    positions, texts = time_ticks(sheet.buckets, sheet.grain, sheet.lang, sheet.timezone, 4 if compact else 5)
    last = max(len(sheet.names) - 1, 1)
    layout = Layout(sheet.theme, sheet.lang, height, left=max(widest(sheet.scale.ticktext) + 10, 26), right=28)
    layout.yaxis = {**ticks(sheet.scale), "ticklabelstandoff": 6}
    layout.xaxis = {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": sheet.names,
        "tickmode": "array",
        "tickvals": positions,
        "ticktext": texts,
        "tickangle": 0,
        "ticklabelstandoff": 6,
        "range": [-last * 0.005, last * 1.005],
        "unifiedhovertitle": {"text": "%{x}"},
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": sheet.theme.previous,
        "spikesnap": "data",
    }
    layout.more = {"hovermode": "x unified"}
    return layout


# Traces

_SELECTABLE: Trace = {
    "mode": "lines+markers",
    "marker": {"size": 7, "opacity": 0},
    "selected": {"marker": {"opacity": 1}},
    "unselected": {"marker": {"opacity": 0}},
}
"""Plotly selects markers, never the points of a bare line."""


def _along(sheet: _Sheet, **keys: Any) -> Trace:
    """A line whose positions are a start and a step: Plotly needs no x array then."""
    return {"type": "scatter", "mode": "lines", **_positions(sheet), **keys}


def _positions(sheet: _Sheet) -> Trace:
    return {"x0": sheet.names[0] if sheet.names else "", "dx": 1}


def _hover(label: str, tail: str = "") -> str:
    return f"{safe(label)}  <b>%{{text}}</b>{tail}<extra></extra>"


def _plain_trace(line: Line, color: str, width: float, sheet: _Sheet) -> Trace:
    values = [shown(point) for point in line.points]
    return _along(
        sheet,
        name=safe(line.label),
        y=scaled(values, sheet.scale),
        line={"color": color, "width": width},
        text=[sheet.write(value) for value in values],
        hovertemplate=_hover(line.label),
    )


def _line_traces(line: Line, color: str, width: float, written: bool, sheet: _Sheet) -> list[Trace]:
    values = [shown(point) for point in line.points]
    trace = _plain_trace(line, color, width, sheet) if written else _brief_trace(line, color, sheet)
    if sheet.unit is not Unit.COUNT and not (written and line.band):
        trace["customdata"] = [point.n for point in line.points]
        trace["hovertemplate"] = trace["hovertemplate"].replace("<extra>", "  n = %{customdata:,}<extra>")
    elif sheet.unit is not Unit.COUNT:
        trace["customdata"] = [[point.n, _bounds(point, sheet)] for point in line.points]
        trace["hovertemplate"] = _hover(line.label, "  %{customdata[1]}n = %{customdata[0]:,}")
    trace["connectgaps"] = line.bridged
    return [trace, *_dots(values, color, width, sheet, line.bridged)]


def _brief_trace(line: Line, color: str, sheet: _Sheet) -> Trace:
    """A trace without written values: its hover reads "6,4 h", "76,4 %"."""
    sample = sheet.scale.ticktext[-1].lstrip("+−€")
    unit = sample.lstrip("0123456789.,\u00a0")
    digits = 0 if sheet.unit in (Unit.COUNT, Unit.NPS) else 1
    prefix = "€" if sheet.scale.ticktext[-1].startswith("€") else ""
    amount = f"{prefix}%{{y:,.{digits}f}}" + ("\u00a0" if unit not in ("", "%") or sheet.lang == "fr" else "") + unit
    return _along(
        sheet,
        name=safe(line.label),
        y=scaled([shown(point) for point in line.points], sheet.scale),
        line={"color": color, "width": 1.5},
        hovertemplate=f"{safe(line.label)}  <b>{amount}</b><extra></extra>",
    )


def _bounds(point: Figure, sheet: _Sheet) -> str:
    bounds = interval(point)
    return f"({sheet.write(bounds[0])} – {sheet.write(bounds[1])})  " if bounds else ""


def _dots(values: Sequence[float | None], color: str, width: float, sheet: _Sheet, bridged: bool) -> list[Trace]:
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


def _past_trace(past: Sequence[Figure], label: str, sheet: _Sheet) -> Trace:
    trace = _plain_trace(Line(label, past), sheet.theme.previous, 1.75, sheet)
    counted = sheet.unit is Unit.COUNT
    trace["customdata"] = [
        short_name(point.keys[-1], sheet.grain, sheet.lang, sheet.timezone) if point.keys else "" for point in past
    ]
    if not counted:
        trace["customdata"] = [[name, point.n] for name, point in zip(trace["customdata"], past, strict=True)]
    tail = "  %{customdata}" if counted else "  n = %{customdata[1]:,}  %{customdata[0]}"
    trace["hovertemplate"] = _hover(label, tail)
    return trace


def _band_shape(line: Line, color: str, scale: Axis) -> Item:
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


def _layer_trace(layer: Line, color: str, sheet: _Sheet) -> Trace:
    trace = _plain_trace(layer, sheet.theme.surface, 1, sheet)
    return trace | {
        "stackgroup": "all",
        "hoveron": "points",
        "y": [value or 0 for value in trace["y"]],
        "fillcolor": alpha(color, _FILL),
        "hovertemplate": f"{styled('●', color)} {_hover(layer.label)}",
    }


def _bar_trace(line: Line, color: str, direction: int, sheet: _Sheet) -> Trace:
    many = heights_of(line)
    return {
        "type": "bar",
        **_positions(sheet),
        "name": safe(line.label),
        "y": [direction * round(count) for count in many],
        "marker": {"color": color, "line": {"width": 0}},
        "text": [sheet.write(count) for count in many],
        "textposition": "none",
        "hovertemplate": _hover(line.label),
    }


def _net_traces(label: str, net: Sequence[float], sheet: _Sheet) -> list[Trace]:
    """The line, over a halo that parts it from the bars."""
    line = _along(sheet, y=[round(value) for value in net])
    halo = {"line": {"color": sheet.theme.surface, "width": 4.5}, "hoverinfo": "skip", "showlegend": False}
    write = formatter(Unit.NPS, sheet.lang)
    return [
        line | halo,
        line
        | {
            "name": safe(label),
            "line": {"color": sheet.theme.ink_strong, "width": 1.75},
            "text": [write(value) for value in net],
            "hovertemplate": _hover(label),
        },
    ]


# Words


def _place(layout: Layout, labels: Sequence[Label], compact: bool) -> None:
    """At the lines' ends, or on a phone above the plot."""
    if compact:
        place_legend(layout, labels)
        return
    dot = 14 if any(label.dot for label in labels) else 0
    layout.right = max(28.0, widest(label.text for label in labels) * 1.04 + 14 + dot)
    place_end_labels(layout, labels)


def _line_labels(
    lines: Sequence[Line],
    colors: Sequence[str],
    past: Sequence[Figure],
    previous_label: str,
    compact: bool,
    sheet: _Sheet,
) -> list[Label]:
    """The lines' names and last values; dots where the place alone does not tell which line it is."""
    theme, divisor = sheet.theme, sheet.scale.divisor
    categories = sum(line.color is not None for line in lines) > 1
    dotted = categories or (compact and len(lines) + bool(past) > 1)
    labels: list[Label] = []
    for rank, (line, color) in enumerate(zip(lines, colors, strict=True)):
        if (last := _last(line.points)) is not None:
            ink = theme.ink_strong if rank == 0 and not categories else theme.ink
            dot = color if dotted else ""
            labels.append(end_label(last / divisor, line.label, sheet.write(last), ink, dot))
    if (last := _last(past)) is not None:
        dot = theme.previous if dotted else ""
        labels.append(end_label(last / divisor, previous_label, "", theme.ink_faint, dot))
    return labels


def _last(points: Sequence[Figure]) -> float | None:
    return next((value for point in reversed(points) if (value := shown(point)) is not None), None)


def _layer_labels(layers: Sequence[Line], colors: Sequence[str], total: Line | None, sheet: _Sheet) -> list[Label]:
    labels: list[Label] = []
    floor = 0.0
    for layer, color in zip(layers, colors, strict=True):
        last = shown(layer.points[-1]) or 0.0 if layer.points else 0.0
        middle = (floor + last / 2) / sheet.scale.divisor
        labels.append(end_label(middle, layer.label, sheet.write(last), sheet.theme.ink, color))
        floor += last
    if total and (whole := _last(total.points)) is not None:
        y = whole / sheet.scale.divisor
        labels.append(end_label(y, total.label, sheet.write(whole), sheet.theme.ink_strong))
    return labels
