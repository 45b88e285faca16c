"""Curves over a number that one chooses: what each more agent changes. `customdata` is the number itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.charts._frame import (
    Label,
    Layout,
    Reference,
    Trace,
    dashed,
    end_label,
    extent,
    place_end_labels,
    place_legend,
    safe,
    scaled,
    text_width,
    ticks,
    widest,
)
from dashboard.format import Axis, Lang, axis, formatter
from dashboard.theme import Theme
from kpi.model import Unit

_MARK = 16
"""Height in px of the line of words of each mark."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve: its translated label and its value at each number, None where there is none."""

    label: str
    values: Sequence[float | None]
    color: str


def curves(
    numbers: Sequence[int],
    lines: Sequence[Curve],
    *,
    unit: Unit,
    x_label: str,
    theme: Theme,
    lang: Lang,
    marks: Sequence[Reference] = (),
    targets: Sequence[Reference] = (),
    names: Sequence[str] = (),
    compact: bool = False,
    height: int = 320,
) -> go.Figure:
    """Values of one unit at each of `numbers` (ascending), a dot at each, their names at their ends. `names` are those
    of the numbers when they stand for something: times of the day.

    `marks` are numbers to point at, as standing dashes with their words above the plot, the first one nearest to it;
    `targets` are values to reach, as lying dashes.
    """
    reach = [value for line in lines for value in line.values] + [target.value for target in targets]
    scale = axis(*extent(reach, unit, zero=True), unit, lang)
    layout = Layout(theme, lang, height, left=max(widest(scale.ticktext) + 10, 26), bottom=48)
    layout.yaxis = {**ticks(scale), "ticklabelstandoff": 6}
    layout.xaxis = _across(numbers, names, x_label, theme, 6 if compact else 12)
    layout.more = {"hovermode": "x unified"}
    layout.note(safe(x_label), 0.5, 0, xref="paper", yref="paper", yanchor="top", yshift=-26, color=theme.ink_faint)
    layout.shapes += [dashed(theme, y=target.value / scale.divisor) for target in targets]
    _place(layout, lines, targets, scale, unit, compact)
    _stand(layout, marks, numbers, compact)
    traces = [_trace(numbers, line, scale, unit, lang) for line in lines]
    if names and traces:  # Plotly's title of a hover box knows the number, not its name.
        traces[0]["customdata"] = [safe(name) for name in names]
        traces[0]["hovertemplate"] = "<b>%{customdata}</b><br>" + traces[0]["hovertemplate"]
    return layout.figure(traces)


def _across(numbers: Sequence[int], names: Sequence[str], x_label: str, theme: Theme, most: int) -> dict[str, object]:
    step = max(1, -(-len(numbers) // most))
    if names:
        step += step % 2  # Whole hours only.
    shown = [number for number in numbers if number % step == 0]
    known = dict(zip(numbers, names, strict=False))
    low, high = (numbers[0], numbers[-1]) if numbers else (0, 1)
    room = max(high - low, 1) * 0.02
    return {
        "tickmode": "array",
        "tickvals": shown,
        "ticktext": [safe(known.get(number, str(number))) for number in shown],
        "range": [low - room, high + room],
        "showgrid": False,
        "ticklabelstandoff": 6,
        "unifiedhovertitle": {"text": "" if names else f"%{{x}} {safe(x_label)}"},
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": theme.previous,
        "spikesnap": "data",
    }


def _trace(numbers: Sequence[int], line: Curve, scale: Axis, unit: Unit, lang: Lang) -> Trace:
    write = formatter(unit, lang)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": safe(line.label),
        "x": list(numbers),
        "y": scaled(line.values, scale),
        "line": {"color": line.color, "width": 2},
        "marker": {"color": line.color, "size": 5},
        "text": [write(value) for value in line.values],
        "customdata": list(numbers),
        "hovertemplate": f"{safe(line.label)}  <b>%{{text}}</b><extra></extra>",
        "cliponaxis": False,
    }


def _place(
    layout: Layout, lines: Sequence[Curve], targets: Sequence[Reference], scale: Axis, unit: Unit, compact: bool
) -> None:
    """Names at the curves' ends, or on a phone above the plot."""
    theme, labels = layout.theme, list[Label]()
    for line in lines:
        last = next((value for value in reversed(line.values) if value is not None), None)
        if last is not None:
            labels.append(end_label(last / scale.divisor, line.label, "", theme.ink, line.color))
    if compact:
        place_legend(layout, labels)
        for target in targets:
            layout.note(
                safe(target.text), 1, target.value / scale.divisor, xref="paper", xanchor="right", yanchor="bottom"
            )
        return
    labels += [end_label(target.value / scale.divisor, target.text, "", theme.ink_soft) for target in targets]
    layout.right = max(28.0, widest(label.text for label in labels) * 1.04 + 28)
    place_end_labels(layout, labels)


def _stand(layout: Layout, marks: Sequence[Reference], numbers: Sequence[int], compact: bool) -> None:
    """Each mark has a line of words of its own above the plot, which its dashes reach."""
    above = layout.top - 10  # A legend is there on a phone.
    layout.top += _MARK * len(marks)
    if compact and marks:
        for note in layout.annotations:
            if note.get("yanchor") == "bottom" and note["y"] == 1 and note.get("yref") == "paper":
                note["yshift"] += _MARK * len(marks)
    span = max(numbers[-1] - numbers[0], 1) if numbers else 1
    width = 300 if compact else 700
    for rank, mark in enumerate(marks):
        layout.shapes.append(
            dashed(layout.theme, x=mark.value) | {"y1": 1 + (4 + _MARK * rank) / (layout.plot_height or 1)}
        )
        right = (mark.value - numbers[0]) / span * width + text_width(mark.text) > width
        layout.note(
            safe(mark.text), mark.value, 1, yref="paper", yanchor="bottom", xanchor="right" if right else "left",
            yshift=1 + _MARK * rank, xshift=4 if right else -4, bgcolor=layout.theme.surface,
            color=layout.theme.ink_strong,
        )  # fmt: skip
    layout.top = max(layout.top, above)
