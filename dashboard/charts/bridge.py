"""The bridge from one value to the next: a floating bar for each cause, from where the last one ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.charts._frame import Group, Trace, safe
from dashboard.charts.by_group import _height_of, _row_line, _rows_layout
from dashboard.format import Lang
from dashboard.theme import Theme, mix
from kpi.model import Better, Figure, Status, Unit

_BAR = 14
_ROOM = 0.06
"""Share of the width left free at each end."""


@dataclass(frozen=True, slots=True)
class BridgeStep:
    """One cause: its name, what it adds in the KPI's unit, that in words, and what the hover says.

    `clear` says that it is more than chance would give; the others are pale.
    """

    label: str
    effect: float
    text: str
    hover: str = ""
    clear: bool = True


def bridge(
    before: tuple[str, float, str],
    steps: Sequence[BridgeStep],
    after: tuple[str, float, str],
    *,
    better: Better,
    theme: Theme,
    lang: Lang,
    compact: bool = False,
) -> go.Figure:
    """From `before` to `after` (name, value, words) through the effects, which add up to the difference.

    The two values are points, not bars: the axis need not begin at 0, and no length is read from it. `customdata` is
    the hover and the place of the step, None for the two values.
    """
    starts = [before[1]]
    for step in steps:
        starts.append(starts[-1] + step.effect)
    labels = [before[0], *(step.label for step in steps), after[0]]
    texts = [before[2], *(step.text for step in steps), after[2]]
    rows = [Group(label, Figure(value=0.0, n=1, status=Status.OK)) for label in labels]
    layout = _rows_layout(rows, texts, Unit.COUNT, theme, lang, headed=False, compact=compact)
    layout.left += 8
    reach = [*starts, after[1]]
    room = (max(reach) - min(reach)) * _ROOM or abs(after[1]) * _ROOM or 1.0
    layout.xaxis |= {"range": [min(reach) - room, max(reach) + room]}
    layout.shapes += [_row_line(i, theme) for i in range(len(rows))]
    layout.shapes += [_link(i, x, theme) for i, x in enumerate(starts)]
    bars: Trace = {
        "type": "bar",
        "orientation": "h",
        "y": list(range(1, len(steps) + 1)),
        "x": [_round(step.effect) for step in steps],
        "base": [_round(start) for start in starts[:-1]],
        "width": _BAR / _height_of(rows, compact),
        "marker": {"color": [_color(step, better, theme) for step in steps], "cornerradius": 2},
        "customdata": [
            [f"{safe(step.label)}<br><b>{safe(step.text)}</b>{_more(step)}", i] for i, step in enumerate(steps)
        ],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }
    ends: Trace = {
        "type": "scatter",
        "mode": "markers",
        "y": [0, len(rows) - 1],
        "x": [_round(before[1]), _round(after[1])],
        "marker": {"color": theme.ink_strong, "size": 10, "line": {"color": theme.surface, "width": 1.25}},
        "customdata": [[f"{safe(name)}<br><b>{safe(text)}</b>", None] for name, _, text in (before, after)],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }
    return layout.figure([bars, ends])


def _more(step: BridgeStep) -> str:
    return f"<br>{safe(step.hover)}" if step.hover else ""


def _color(step: BridgeStep, better: Better, theme: Theme) -> str:
    risen = step.effect > 0
    good = risen if better is Better.CONTEXT else risen == (better is Better.HIGHER)
    color = theme.series if good else theme.categories[2]
    return color if step.clear else mix(color, theme.surface, 0.45)


def _link(row: int, x: float, theme: Theme) -> dict[str, object]:
    """From the end of a row to the start of the next."""
    line = {"color": theme.partner, "width": 1}
    return {"type": "line", "x0": x, "x1": x, "y0": row, "y1": row + 1, "layer": "below", "line": line}


def _round(value: float) -> float:
    return float(f"{value:.6g}")
