"""The profile of a day: what comes in each half-hour and what becomes of it, over the rate that customers live.

`customdata[1]` of a selected column is the position of its half-hour among those given.
"""

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
    extent,
    n_text,
    place_legend,
    safe,
    scaled,
    shown,
    ticks,
    widest,
)
from dashboard.format import Axis, Lang, axis, formatter
from dashboard.theme import Theme, base_layout, mix
from kpi.model import Figure, Unit

_UPPER, _LOWER = (0.40, 1.0), (0.0, 0.27)
"""Shares of the height for the counts and, below them, for the rate."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One half-hour: its name, how many came, the parts of these to tell apart, and the rate."""

    label: str
    whole: float
    parts: tuple[float, ...]
    rate: Figure


def day_profile(
    slots: Sequence[Slot],
    *,
    whole_label: str,
    part_labels: Sequence[str],
    rate_label: str,
    unit: Unit,
    theme: Theme,
    lang: Lang,
    targets: Sequence[Reference] = (),
    compact: bool = False,
    height: int = 330,
) -> go.Figure:
    """Columns of what came, pale, with its parts stacked over them; under them the rate as a line on its own axis.

    At most two parts. What the parts leave pale is the rest of the whole. A rate below the minimum n is a gap.
    """
    counts = axis(0, max((slot.whole for slot in slots), default=0), Unit.COUNT, lang, ticks=4)
    rates = [shown(slot.rate) for slot in slots]
    below = axis(*extent([*rates, *(target.value for target in targets)], unit, zero=False), unit, lang, ticks=2)
    layout = Layout(theme, lang, height, right=12)
    layout.left = max(widest([*counts.ticktext, *below.ticktext]) + 10, 26)
    colors = (mix(theme.partner, theme.surface, 0.62), theme.series, theme.categories[2])
    labels = (whole_label, *part_labels)
    place_legend(layout, [Label(0, text, theme.ink, dot=dot) for text, dot in zip(labels, colors, strict=False)])
    layout.yaxis = {**ticks(counts), "ticklabelstandoff": 6, "domain": list(_UPPER)}
    layout.xaxis = _across(slots, 5 if compact else 12)
    layout.more = {
        "barmode": "overlay",
        "bargap": 0.22,
        "hovermode": "x unified",
        "yaxis2": {**base_layout(theme)["yaxis"], **ticks(below), "ticklabelstandoff": 6, "domain": list(_LOWER)},
    }
    layout.note(
        safe(rate_label), 0, _LOWER[1], xref="paper", yref="paper", xanchor="left", yanchor="bottom", yshift=8,
        xshift=2 - layout.left, color=theme.ink,
    )  # fmt: skip
    layout.shapes += [dashed(theme, y=target.value / below.divisor) | {"yref": "y2"} for target in targets]
    layout.note(
        safe(" · ".join(target.text for target in targets)), 1, _LOWER[1], xref="paper", yref="paper",
        xanchor="right", yanchor="bottom", yshift=8,
    )  # fmt: skip
    columns = [_columns(slots, rank, label, colors[rank]) for rank, label in enumerate(labels)]
    return layout.figure([*columns, _line(slots, rate_label, unit, below, theme, lang)])


def _across(slots: Sequence[Slot], most: int) -> dict[str, object]:
    step = max(2, -(-len(slots) // most))
    step += step % 2  # Whole hours only.
    first = next((i for i, slot in enumerate(slots) if slot.label.endswith("00")), 0)
    kept = list(range(first, len(slots), step))
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": [safe(slot.label) for slot in slots],
        "tickmode": "array",
        "tickvals": kept,
        "ticktext": [safe(slots[i].label) for i in kept],
        "tickangle": 0,
        "ticklabelstandoff": 6,
        "range": [-0.6, max(len(slots), 1) - 0.4],
        "anchor": "y2",
        "unifiedhovertitle": {"text": "%{x}"},
    }


def _columns(slots: Sequence[Slot], rank: int, label: str, color: str) -> Trace:
    """The whole when `rank` is 0, else a part, which stands on those before it."""
    counts = [slot.parts[rank - 1] if rank else slot.whole for slot in slots]
    return {
        "type": "bar",
        "x": [safe(slot.label) for slot in slots],
        "base": [sum(slot.parts[: rank - 1]) if rank else 0 for slot in slots],
        "y": counts,
        "marker": {"color": color, "line": {"width": 0}},
        "customdata": [[count, i] for i, count in enumerate(counts)],
        "hovertemplate": f"{safe(label)}  <b>%{{customdata[0]:,}}</b><extra></extra>",
    }


def _line(slots: Sequence[Slot], label: str, unit: Unit, scale: Axis, theme: Theme, lang: Lang) -> Trace:
    rates = [shown(slot.rate) for slot in slots]
    write = formatter(unit, lang)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [safe(slot.label) for slot in slots],
        "y": scaled(rates, scale),
        "yaxis": "y2",
        "line": {"color": theme.series, "width": 2},
        "marker": {"color": theme.series, "size": 4},
        "text": [f"{write(rate)}  {n_text(slot.rate, lang)}" for slot, rate in zip(slots, rates, strict=True)],
        "hovertemplate": f"{safe(label)}  <b>%{{text}}</b><extra></extra>",
        "cliponaxis": False,
    }
