"""The funnel plot: figures of groups of different sizes against the limits that chance alone would give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.charts._frame import (
    Group,
    Layout,
    Reference,
    Trace,
    dashed,
    extent,
    safe,
    scaled,
    shown,
    ticks,
    widest,
    wrap,
)
from dashboard.charts.by_group import _hover_row
from dashboard.format import Axis, Lang, axis
from dashboard.theme import Theme
from kpi.model import Figure, Unit


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """One agent or team: its figure (n on x, value on y), and whether it leaves the 95 % limits."""

    label: str
    figure: Figure
    outside: bool = False


@dataclass(frozen=True, slots=True)
class FunnelLimit:
    """The limits around the reference at one n."""

    n: float
    low_95: float
    high_95: float
    low_998: float
    high_998: float


def funnel(
    points: Sequence[FunnelPoint],
    limits: Sequence[FunnelLimit],
    *,
    unit: Unit,
    reference: Reference,
    n_label: str,
    theme: Theme,
    lang: Lang,
    limit_labels: tuple[str, str] = ("95 %", "99,8 %"),
    compact: bool = False,
    height: int = 300,
) -> go.Figure:
    """Each agent by n and value, against the limits that chance alone explains; named only when outside.

    `limits` in ascending n, some thirty and closer together where n is small, draw the two pairs of curves.
    No ranking: the position across is the volume.
    """
    kept = [point for point in points if shown(point.figure) is not None]
    largest = max([limit.n for limit in limits] + [point.figure.n for point in kept], default=1)
    visible = [limit for limit in limits if limit.n >= largest * 0.04] or list(limits)
    reach = [shown(point.figure) for point in kept] + [reference.value]
    reach += [bound for limit in visible for bound in (limit.low_95, limit.high_95)]
    scale = axis(*extent(reach, unit, zero=False), unit, lang)
    across = axis(0, largest, Unit.COUNT, lang, ticks=4 if compact else 6)
    layout = Layout(theme, lang, height, left=max(widest(scale.ticktext) + 10, 26), bottom=46)
    words = [reference.text, *limit_labels]
    layout.right = widest(words) + 16
    layout.yaxis = {**ticks(scale), "ticklabelstandoff": 6}
    layout.xaxis = {**ticks(across), "range": [0, largest * 1.04], "ticklabelstandoff": 6}
    layout.note(safe(n_label), 0.5, 0, xref="paper", yref="paper", yanchor="top", yshift=-26, color=theme.ink_faint)
    traces = _limit_traces(limits, scale, theme)
    layout.shapes.append(dashed(theme, y=reference.value / scale.divisor))
    _funnel_words(layout, limits, reference, limit_labels, scale)
    for outside in (False, True):
        chosen = [(i, p) for i, p in enumerate(points) if p.outside is outside and shown(p.figure) is not None]
        traces.append(_point_trace(chosen, outside, unit, scale, theme, lang))
    for point in (p for p in kept if p.outside):
        _name_point(layout, point, scale, largest)
    return layout.figure(traces)


def _limit_traces(limits: Sequence[FunnelLimit], scale: Axis, theme: Theme) -> list[Trace]:
    curves = (
        ([limit.low_998 for limit in limits], "2px,3px"),
        ([limit.high_998 for limit in limits], "2px,3px"),
        ([limit.low_95 for limit in limits], "solid"),
        ([limit.high_95 for limit in limits], "solid"),
    )
    n = [round(limit.n, 1) for limit in limits]
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": n,
            "y": scaled(values, scale),
            "line": {"color": theme.partner, "width": 1.25, "dash": dash},
            "hoverinfo": "skip",
        }
        for values, dash in curves
    ]


def _funnel_words(
    layout: Layout,
    limits: Sequence[FunnelLimit],
    reference: Reference,
    limit_labels: tuple[str, str],
    scale: Axis,
) -> None:
    words = [(reference.value, reference.text, layout.theme.ink_soft)]
    if limits:
        last = limits[-1]
        words += [(last.high_95, limit_labels[0], layout.theme.ink_faint)]
        words += [(last.high_998, limit_labels[1], layout.theme.ink_faint)]
    previous = float("-inf")
    low, high = layout.yaxis["range"]
    gap = (high - low) / layout.plot_height * 14
    for value, word, color in words:
        y = max(value / scale.divisor, previous + gap)
        layout.note(safe(word), 1, y, xref="paper", xanchor="left", xshift=8, yanchor="middle", color=color)
        previous = y


def _point_trace(
    points: Sequence[tuple[int, FunnelPoint]], outside: bool, unit: Unit, scale: Axis, theme: Theme, lang: Lang
) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [point.figure.n for _, point in points],
        "y": scaled([shown(point.figure) for _, point in points], scale),
        "marker": {
            "color": theme.series if outside else theme.ink_faint,
            "size": 11 if outside else 9,
            "line": {"color": theme.surface, "width": 1.25},
        },
        "customdata": [[_hover_row(Group(p.label, p.figure), unit, lang), i] for i, p in points],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }


def _name_point(layout: Layout, point: FunnelPoint, scale: Axis, largest: float) -> None:
    value = shown(point.figure) or 0.0
    left = point.figure.n > largest * 0.6
    layout.note(
        safe(wrap(point.label, 140)), point.figure.n, value / scale.divisor, xanchor="right" if left else "left",
        xshift=-9 if left else 9, yanchor="middle", color=layout.theme.ink_strong,
    )  # fmt: skip
