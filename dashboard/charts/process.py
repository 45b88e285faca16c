"""Signal or noise on a line: the limits of chance, the points that leave them, and what people recorded of the days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from dashboard.charts._frame import Item, Layout, Trace, cut, safe, scaled
from dashboard.format import Axis
from dashboard.theme import Theme, alpha

_TAG = 120
"""Widest words of a note, in px."""
_ROW, _ROWS = 13, 3
"""Words of notes that follow one another stand on rows of their own, in px."""
_STRETCH = 0.35
"""How much longer, in parts of what is drawn, limits may make an axis on either side."""
_LATE = 0.55
"""Share of the width from which words go to the left of their days."""


@dataclass(frozen=True, slots=True)
class Process:
    """The limits of a line, by position (None where unknown), and the words of its signals by position.

    `told` says in sentences what chance does not explain, None where another chart does; `dotted` draws the limits;
    `steps`: each point was read by its step from the one before.
    """

    low: Sequence[float | None]
    high: Sequence[float | None]
    signals: dict[int, str]
    told: tuple[str, ...] | None = ()
    dotted: bool = True
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What people recorded of the buckets `first` to `last`, both included, by position."""

    first: int
    last: int
    text: str


def limit_reach(process: Process, low: float, high: float) -> list[float]:
    """The limits that an axis from `low` to `high` makes room for: the usual ones, not those of a few days with so few
    cases that they would flatten all the others."""
    span = high - low
    lows, highs = ([bound for bound in bounds if bound is not None] for bounds in (process.low, process.high))
    if not (lows and highs):
        return []
    usual = low - median(lows), median(highs) - high
    below, above = (min(span, max(_STRETCH * span, beyond)) for beyond in usual)
    return [*(bound for bound in lows if bound >= low - below), *(bound for bound in highs if bound <= high + above)]


def process_marks(
    layout: Layout, process: Process | None, values: Sequence[float | None], names: Sequence[str], scale: Axis
) -> list[Trace]:
    """Draws the limits of a line below it, and gives the rings around its signals. `values` are in the KPI's unit."""
    if process is None:
        return []
    if process.dotted:
        layout.shapes += limit_shapes(process, scale, layout.theme)
    return signal_trace(process, scaled(values, scale), names, layout.theme)


def limit_shapes(process: Process, scale: Axis, theme: Theme) -> list[Item]:
    """Two dotted lines, broken where the limits are unknown or off the axis."""
    return [
        {
            "type": "path",
            "path": path,
            "xref": "x",
            "yref": "y",
            "layer": "below",
            "line": {"color": theme.ink_faint, "width": 1, "dash": "1px,3px"},
        }
        for path in (_path(process.low, scale), _path(process.high, scale))
        if path
    ]


def signal_trace(process: Process, values: Sequence[float | None], names: Sequence[str], theme: Theme) -> list[Trace]:
    """A ring around each signal. `values` are in the axis's unit."""
    kept = [i for i in sorted(process.signals) if values[i] is not None]
    if not kept:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [names[i] for i in kept],
            "y": [values[i] for i in kept],
            "marker": {
                "symbol": "circle-open",
                "size": 9,
                "color": theme.ink_strong,
                "line": {"color": theme.ink_strong, "width": 1.5},
            },
            "customdata": [safe(process.signals[i]) for i in kept],
            "hovertemplate": "%{customdata}<extra></extra>",
            "showlegend": False,
            "cliponaxis": False,
        }
    ]


def note_marks(layout: Layout, notes: Sequence[Note], buckets: int) -> None:
    """A pale band over the days, and its words inside the top of the plot, on the side that has room."""
    for row, note in enumerate(notes):
        layout.shapes.append(
            {
                "type": "rect",
                "xref": "x",
                "yref": "paper",
                "x0": note.first - 0.5,
                "x1": note.last + 0.5,
                "y0": 0,
                "y1": 1,
                "layer": "below",
                "fillcolor": alpha(layout.theme.ink_faint, 0.16),
                "line": {"width": 0},
            }
        )
        late = note.first > buckets * _LATE
        layout.note(
            safe(cut(note.text, _TAG)), note.last if late else note.first, 1, yref="paper",
            xanchor="right" if late else "left", xshift=-2 if late else 2, yanchor="top",
            yshift=2 - _ROW * (row % _ROWS),
            color=layout.theme.ink_soft, size=11,
        )  # fmt: skip


def _path(bounds: Sequence[float | None], scale: Axis) -> str:
    """Connected runs of positions."""
    text, pen = "", "M"
    bottom, top = scale.tickvals[0], scale.tickvals[-1]
    for i, bound in enumerate(bounds):
        if bound is None or not bottom <= bound / scale.divisor <= top:
            pen = "M"
            continue
        text += f"{pen}{i},{bound / scale.divisor:.5g}"
        pen = "L"
    return text if "L" in text else ""
