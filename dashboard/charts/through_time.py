"""Charts through time: lines, stacked areas, flows in and out.

Buckets are equally spaced categories named in the reader's language, so the hover's title needs no Plotly
locale, and the comparison period lies on the same positions. `point_index` of a selected point is the
position of its bucket.
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.charts._flow_ends import flow_labels, heights_of
from dashboard.charts._frame import (
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
    safe,
    shown,
    styled,
    targets_inside,
    ticks,
    widest,
    zero_shape,
)
from dashboard.charts._line import Sheet, along, band_shape, hover, line_traces, past_trace, plain_trace, positions
from dashboard.charts._time_axis import time_ticks
from dashboard.charts.process import Note, Process, limit_reach, note_marks, process_marks
from dashboard.format import Axis, Lang, axis, bucket, formatter
from dashboard.theme import Theme, alpha, mix
from kpi.model import Figure, Grain, Unit

_FILL = 0.74
_WRITTEN = 1_500
"""Points from which the hover writes plain numbers in the axis's unit: half the bytes, a third of the time."""


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
    processes: Sequence[Process | None] = (),
    notes: Sequence[Note] = (),
) -> go.Figure:
    """One or several KPIs through time, with their intervals, targets and comparison period.

    Points whose figure is below the minimum n are gaps. `previous` is aligned by position on the buckets of
    the first line. `zero` None starts durations, counts and euros at 0 and lets the others breathe.
    `reach` are values that the axis must cover as well: the same for charts that are compared side by side.
    `compact` (phones) replaces the labels at the lines' ends by a legend on top. `clicked` lets points be
    selected. `processes` are the limits of chance of the lines, in their order; `notes` are what people recorded of
    some buckets.
    """
    past = list(previous)[: len(lines[0].points)] if lines else []
    from_zero = zero if zero is not None else unit in (Unit.SECONDS, Unit.COUNT, Unit.EUROS, Unit.DAYS)
    low, high = extent([*_drawn(lines, past, targets), *reach], unit, from_zero)
    dotted = [process for process in processes if process and process.dotted]
    for process in dotted:
        low, high = extent([low, high, *limit_reach(process, low, high)], unit, from_zero)
    scale = axis(low, high, unit, lang)
    sheet = _sheet(lines, theme, lang, unit, grain, timezone, scale)
    layout = _layout(sheet, height, compact)
    colors = [line.color or (theme.series, theme.partner)[min(i, 1)] for i, line in enumerate(lines)]

    traces: list[Trace] = []
    written = sum(len(line.points) for line in lines) <= _WRITTEN
    for rank in range(len(lines)):
        width = 2.25 if rank == 0 or lines[rank].color else 1.75
        traces += line_traces(lines[rank], colors[rank], width, written, sheet)
        if lines[rank].band:
            layout.shapes.append(band_shape(lines[rank], colors[rank], scale))
    traces += [past_trace(past, previous_label, sheet)] if past else []
    for line, judged in zip(lines, processes, strict=False):
        traces += process_marks(layout, judged, [shown(point) for point in line.points], sheet.names, scale)
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
    processes: Sequence[Process | None] = (),
    notes: Sequence[Note] = (),
) -> go.Figure:
    """Parts of a whole through time, the first layer at the bottom: the backlog by channel.

    Give each layer its color (theme.color_of). `total` adds the whole to the hover and to the labels. `clicked` lets
    points be selected. `processes` holds the limits of chance of the whole; `notes` are what people recorded of some
    buckets.
    """
    length = len(layers[0].points) if layers else 0
    heights = [sum(shown(layer.points[i]) or 0.0 for layer in layers) for i in range(length)]
    process, top = next(iter(processes), None), max(heights, default=0)
    scale = axis(0, max([top, *(limit_reach(process, 0, top) if process else [])]), unit, lang)
    sheet = _sheet(layers, theme, lang, unit, grain, timezone, scale)
    layout = _layout(sheet, height, compact)
    note_marks(layout, notes, len(sheet.names))
    colors = [layer.color or theme.categories[i % 8] for i, layer in enumerate(layers)]
    traces = [_layer_trace(layer, color, sheet) for layer, color in zip(layers, colors, strict=True)]
    if total:
        traces.append(plain_trace(total, theme.ink_strong, 1.75, sheet))
    whole = [shown(point) for point in total.points] if total else []
    rings = process_marks(layout, process if total else None, whole, sheet.names, scale)
    if clicked:
        traces = [trace | _SELECTABLE for trace in traces]
    _place(layout, _layer_labels(layers, colors, total, sheet), compact)
    return layout.figure([*traces, *rings])


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
    processes: Sequence[Process | None] = (),
    notes: Sequence[Note] = (),
) -> go.Figure:
    """What comes in (created, reopened) above the line, what goes out (resolved) below, and the net.

    Counts. The net of a bucket is the height of its bars above minus the one below. `clicked` lets points of the line
    be selected, as bars always are. `processes` holds the net's limits of chance; `notes` are what people
    recorded of some buckets.
    """
    up = [line for line in (created, reopened) if line]
    tops = [sum(values) for values in zip(*(heights_of(line) for line in up), strict=True)]
    downs = heights_of(resolved)
    net = [top - down for top, down in zip(tops, downs, strict=True)]
    process, low, high = next(iter(processes), None), -max(downs, default=0), max(tops, default=0)
    reach = limit_reach(process, low, high) if process else []
    scale = axis(min([low, *reach]), max([high, *reach]), Unit.COUNT, lang)
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
    traces += process_marks(layout, process, net, sheet.names, scale)
    _place(layout, flow_labels(up, colors, resolved, net, net_label, theme), compact)
    return layout.figure(traces)


# Axes


def _sheet(
    lines: Sequence[Line], theme: Theme, lang: Lang, unit: Unit, grain: Grain, timezone: str, scale: Axis
) -> Sheet:
    buckets = [point.keys[-1] for point in lines[0].points] if lines else []
    names = [bucket(when, grain, lang, timezone) for when in buckets]
    return Sheet(theme, lang, unit, grain, timezone, buckets, names, scale, formatter(unit, lang))


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


def _layout(sheet: Sheet, height: int, compact: bool) -> Layout:
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


def _layer_trace(layer: Line, color: str, sheet: Sheet) -> Trace:
    trace = plain_trace(layer, sheet.theme.surface, 1, sheet)
    return trace | {
        "stackgroup": "all",
        "hoveron": "points",
        "y": [value or 0 for value in trace["y"]],
        "fillcolor": alpha(color, _FILL),
        "hovertemplate": f"{styled('●', color)} {hover(layer.label)}",
    }


def _bar_trace(line: Line, color: str, direction: int, sheet: Sheet) -> Trace:
    many = heights_of(line)
    return {
        "type": "bar",
        **positions(sheet),
        "name": safe(line.label),
        "y": [direction * round(count) for count in many],
        "marker": {"color": color, "line": {"width": 0}},
        "text": [sheet.write(count) for count in many],
        "textposition": "none",
        "hovertemplate": hover(line.label),
    }


def _net_traces(label: str, net: Sequence[float], sheet: Sheet) -> list[Trace]:
    """The line, over a halo that parts it from the bars."""
    line = along(sheet, y=[round(value) for value in net])
    halo = {"line": {"color": sheet.theme.surface, "width": 4.5}, "hoverinfo": "skip", "showlegend": False}
    write = formatter(Unit.NPS, sheet.lang)
    return [
        line | halo,
        line
        | {
            "name": safe(label),
            "line": {"color": sheet.theme.ink_strong, "width": 1.75},
            "text": [write(value) for value in net],
            "hovertemplate": hover(label),
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
    sheet: Sheet,
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


def _layer_labels(layers: Sequence[Line], colors: Sequence[str], total: Line | None, sheet: Sheet) -> list[Label]:
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
