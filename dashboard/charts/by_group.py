"""Charts by group: bars, points with their intervals, NPS classes.

Rows carry their value and n as words in two aligned columns at the right, so no axis is needed to read them.
`customdata[1]` of a selected point is the position of its group in the sequence given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go

from dashboard.charts._frame import (
    Group,
    Layout,
    Reference,
    Trace,
    dashed,
    extent,
    interval,
    n_text,
    safe,
    scaled,
    shown,
    styled,
    text_width,
    ticks,
    widest,
    wrap,
)
from dashboard.format import Axis, Lang, axis, formatter, number, percent
from dashboard.format import text as written
from dashboard.theme import Theme, alpha, ink_on, mix
from kpi.model import Figure, Status, Unit

_ROW = 30
_TALL_ROW = 38
_BAR = 13
_INK_ROW = 12


@dataclass(frozen=True, slots=True)
class NpsGroup:
    """One row of NPS classes: how many detractors, passives and promoters, and their NPS."""

    label: str
    detractors: float
    passives: float
    promoters: float
    nps: Figure


def bars(
    groups: Sequence[Group],
    *,
    unit: Unit,
    theme: Theme,
    lang: Lang,
    order: Literal["value", "given"] = "value",
    targets: Sequence[Reference] = (),
    whiskers: bool = True,
    also: Sequence[float] = (),
    compact: bool = False,
) -> go.Figure:
    """Horizontal bars from 0, the largest first, with intervals as whiskers, value and n at the right.

    Groups below the minimum n or suppressed come last, without a bar, their value "–". The height follows
    the number of groups. Bars wear one colour unless groups bring theirs. `also` are values that the axis must cover
    as well: the same for charts that are compared side by side.
    """
    rows = _sorted(groups) if order == "value" else list(groups)
    given = _positions(groups)
    bounds = [interval(group.figure) if whiskers else None for group in rows]
    values: list[float | None] = [shown(group.figure) for group in rows]
    reach = [*values, *(high for pair in bounds if pair for high in pair), *(t.value for t in targets), *also]
    scale = axis(*extent(reach, unit, zero=True), unit, lang)
    layout = _rows_layout(rows, [written(v, unit, lang) for v in values], unit, theme, lang, bool(targets), compact)
    layout.xaxis |= {"range": _tight(scale, reach)}
    _reference_words(layout, targets, scale)
    layout.shapes.append(_origin(theme))
    trace: Trace = {
        "type": "bar",
        "orientation": "h",
        "y": list(range(len(rows))),
        "x": [value or 0 for value in scaled(values, scale)],
        "width": _BAR / _height_of(rows, compact),
        "marker": {"color": [_bar_color(group, theme) for group in rows], "cornerradius": 2},
        "customdata": [[_hover_row(group, unit, lang), given[id(group)]] for group in rows],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }
    traces = [trace]
    if any(bounds):
        traces.append(_whiskers(bounds, values, scale, theme.surface, 3.5))  # Seen over the bar, too.
        traces.append(_whiskers(bounds, values, scale, theme.ink))
    return layout.figure(traces)


def dot_interval(
    groups: Sequence[Group],
    *,
    unit: Unit,
    theme: Theme,
    lang: Lang,
    reference: Reference | None = None,
    reference_band: tuple[float, float] | None = None,
    compact: bool = False,
) -> go.Figure:
    """Agents or teams as a point and its 95% interval, in alphabetical order: no rank is drawn.

    `reference` is the team's value with its words, `reference_band` its own interval. A group below the
    minimum n keeps its row and reads "–".
    """
    rows = sorted(groups, key=lambda group: group.label.casefold())
    given = _positions(groups)
    bounds = [interval(group.figure) for group in rows]
    values = [shown(group.figure) for group in rows]
    reach = [*values, *(bound for pair in bounds if pair for bound in pair), *(reference_band or ())]
    reach += [reference.value] if reference else []
    scale = axis(*extent(reach, unit, zero=False), unit, lang)
    layout = _rows_layout(
        rows, [written(v, unit, lang) for v in values], unit, theme, lang, reference is not None, compact
    )
    layout.bottom = 26
    layout.height += 26
    span = scale.tickvals[-1] - scale.tickvals[0]
    layout.xaxis |= {**ticks(scale), "showticklabels": True, "ticklabelstandoff": 4}
    layout.xaxis |= {"range": [scale.tickvals[0] - span * 0.02, scale.tickvals[-1] + span * 0.02]}
    _few_ticks(layout, compact)
    if reference_band:
        layout.shapes.append(_vertical_band(reference_band, scale, theme))
    _reference_words(layout, [reference] if reference else [], scale)
    layout.shapes += [_row_line(i, theme) for i in range(len(rows))]
    known = [i for i, value in enumerate(values) if value is not None]
    return layout.figure(
        [
            _whiskers(bounds, values, scale, theme.partner, 2),
            {
                "type": "scatter",
                "mode": "markers",
                "x": scaled([values[i] for i in known], scale),
                "y": known,
                "marker": {
                    "color": [_bar_color(rows[i], theme) for i in known],
                    "size": 10,
                    "line": {"color": theme.surface, "width": 1.5},
                },
                "customdata": [[_hover_row(rows[i], unit, lang), given[id(rows[i])]] for i in known],
                "hovertemplate": "%{customdata[0]}<extra></extra>",
            },
        ]
    )


def diverging(
    groups: Sequence[NpsGroup],
    *,
    class_labels: tuple[str, str, str],
    theme: Theme,
    lang: Lang,
    compact: bool = False,
) -> go.Figure:
    """Detractors to the left, promoters to the right, passives across the middle; the NPS at the right.

    `class_labels`: the words for (detractors, passives, promoters). Rows keep the order given. A row below
    the minimum n has no bar and reads "–".
    """
    rows = [Group(group.label, group.nps) for group in groups]
    layout = _rows_layout(
        rows, [written(shown(g.nps), Unit.NPS, lang) for g in groups], Unit.NPS, theme, lang, True, compact
    )
    shares = [_shares(group) for group in groups]
    reach = max((max(d + p / 2, p / 2 + w) for d, p, w in shares), default=0.5) or 0.5
    layout.xaxis |= {"range": [-reach * 1.01, reach * 1.01]}
    layout.more |= {"barmode": "overlay"}
    colors = (theme.categories[2], theme.previous, theme.series)
    if theme.name == "light":
        colors = (colors[0], mix(theme.previous, theme.surface, 0.55), colors[2])
    words = "   ".join(f"{styled('■', color)} {safe(label)}" for color, label in zip(colors, class_labels, strict=True))
    layout.note(
        words,
        0,
        1,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        yshift=6,
        xshift=-layout.left * compact,
    )
    traces = []
    for rank, (color, label) in enumerate(zip(colors, class_labels, strict=True)):
        traces.append(_class_trace(rank, color, label, groups, shares, reach, layout, compact))
    return layout.figure(traces)


# Rows


def _sorted(groups: Sequence[Group]) -> list[Group]:
    def rank(group: Group) -> tuple[bool, float, str]:
        value = shown(group.figure)
        return value is None, -(value or 0.0), group.label.casefold()

    return sorted(groups, key=rank)


def _positions(groups: Sequence[Group]) -> dict[int, int]:
    return {id(group): i for i, group in enumerate(groups)}


def _label_room(compact: bool) -> float:
    return 114 if compact else 168


def _height_of(rows: Sequence[Group], compact: bool) -> int:
    wraps = any(text_width(row.label, _INK_ROW) > _label_room(compact) for row in rows)
    return _TALL_ROW if wraps else _ROW


def _rows_layout(
    rows: Sequence[Group], values: Sequence[str], unit: Unit, theme: Theme, lang: Lang, headed: bool, compact: bool
) -> Layout:
    """Rows from the top: label at the left, value and n in two columns at the right."""
    labels = [wrap(row.label, _label_room(compact), _INK_ROW) for row in rows]
    counts = [] if unit is Unit.COUNT else [n_text(row.figure, lang) for row in rows]
    value_room = widest(values, _INK_ROW) * 1.06 + 10
    count_room = widest(counts) + 14 if counts else 0
    height = _height_of(rows, compact)
    top = 26 if headed else 6
    layout = Layout(theme, lang, round(top + height * max(len(rows), 1) + 4), top=top, bottom=4)
    layout.left = widest(labels, _INK_ROW) + 12
    layout.right = value_room + count_room + 2
    layout.yaxis = {"range": [len(rows) - 0.5, -0.5], "showgrid": False, "showticklabels": False}
    layout.xaxis = {"showgrid": False, "showticklabels": False}
    for i, (row, label, value) in enumerate(zip(rows, labels, values, strict=True)):
        known = shown(row.figure) is not None
        layout.note(
            safe(label), 0, i, xref="paper", xanchor="right", xshift=-10, align="right", size=_INK_ROW,
            color=theme.ink if known else theme.ink_faint,
        )  # fmt: skip
        layout.note(
            styled(value, bold=known), 1, i, xref="paper", xanchor="right", xshift=value_room, size=_INK_ROW,
            color=theme.ink_strong if known else theme.ink_faint,
        )  # fmt: skip
    for i, count in enumerate(counts):
        layout.note(count, 1, i, xref="paper", xanchor="right", xshift=value_room + count_room, color=theme.ink_faint)
    return layout


def _hover_row(group: Group, unit: Unit, lang: Lang) -> str:
    write = formatter(unit, lang)
    bounds = interval(group.figure)
    between = f"<br>{write(bounds[0])} – {write(bounds[1])}" if bounds else ""
    count = "" if unit is Unit.COUNT else f"<br>{n_text(group.figure, lang)}"
    return f"{safe(group.label)}<br><b>{write(shown(group.figure))}</b>{between}{count}"


def _bar_color(group: Group, theme: Theme) -> str:
    color = group.color or theme.series
    return mix(color, theme.surface, 0.5) if group.figure.status is Status.INDICATIVE else color


def _whiskers(
    bounds: Sequence[tuple[float, float] | None],
    values: Sequence[float | None],
    scale: Axis,
    color: str,
    thickness: float = 1.25,
) -> Trace:
    kept = [(i, v, pair) for i, (v, pair) in enumerate(zip(values, bounds, strict=True)) if pair and v is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "y": [i for i, _, _ in kept],
        "x": scaled([value for _, value, _ in kept], scale),
        "marker": {"size": 0.1, "color": color},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": scaled([max(high - value, 0) for _, value, (_, high) in kept], scale),
            "arrayminus": scaled([max(value - low, 0) for _, value, (low, _) in kept], scale),
            "color": color,
            "thickness": thickness,
            "width": 0,
        },
        "hoverinfo": "skip",
    }


def _tight(scale: Axis, reach: Sequence[float | None]) -> list[float]:
    """From the lowest to the highest thing drawn: rows have no ticks to round to."""
    known = [value / scale.divisor for value in reach if value is not None] or [1.0]
    return [min(0.0, min(known)) * 1.02, max(0.0, max(known)) * 1.02 or 1.0]


def _origin(theme: Theme) -> dict[str, Any]:
    line = {"color": theme.previous, "width": 1}
    return {"type": "line", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "line": line}


def _row_line(row: int, theme: Theme) -> dict[str, Any]:
    line = {"color": theme.hairline, "width": 1}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": row, "y1": row, "layer": "below", "line": line}


def _vertical_band(between: tuple[float, float], scale: Axis, theme: Theme) -> dict[str, Any]:
    low, high = (bound / scale.divisor for bound in between)
    return {
        "type": "rect",
        "yref": "paper",
        "x0": low,
        "x1": high,
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "fillcolor": alpha(theme.series, 0.13),
        "line": {"width": 0},
    }


def _reference_words(layout: Layout, references: Sequence[Reference], scale: Axis) -> None:
    low, high = layout.xaxis["range"]
    for reference in references:
        x = reference.value / scale.divisor
        anchor = "right" if x > low + (high - low) * 0.6 else "left" if x < low + (high - low) * 0.2 else "center"
        layout.shapes.append(dashed(layout.theme, x=x))
        layout.note(
            safe(reference.text), x, 1, yref="paper", yanchor="bottom", xanchor=anchor, yshift=4, hover=reference.source
        )


def _few_ticks(layout: Layout, compact: bool) -> None:
    """On a phone every other tick text is left out."""
    if compact:
        layout.xaxis["ticktext"] = [t if i % 2 == 0 else "" for i, t in enumerate(layout.xaxis["ticktext"])]


# NPS classes


def _shares(group: NpsGroup) -> tuple[float, float, float]:
    """Lengths of the three bars; nothing is drawn below the minimum n."""
    n = group.detractors + group.passives + group.promoters
    if not n or shown(group.nps) is None:
        return 0.0, 0.0, 0.0
    return group.detractors / n, group.passives / n, group.promoters / n


def _class_trace(
    rank: int,
    color: str,
    label: str,
    groups: Sequence[NpsGroup],
    shares: Sequence[tuple[float, float, float]],
    reach: float,
    layout: Layout,
    compact: bool,
) -> Trace:
    lang, theme = layout.lang, layout.theme
    counts = [(group.detractors, group.passives, group.promoters)[rank] for group in groups]
    lengths = [share[rank] for share in shares]
    starts = [(-d - p / 2, -p / 2, p / 2)[rank] for d, p, _ in shares]
    legible = reach * (0.5 if compact else 0.2)
    return {
        "type": "bar",
        "orientation": "h",
        "name": safe(label),
        "y": list(range(len(groups))),
        "x": [round(length, 4) for length in lengths],
        "base": [round(start, 4) for start in starts],
        "width": 20 / _height_of([Group(g.label, g.nps) for g in groups], compact),
        "marker": {"color": color, "line": {"color": theme.surface, "width": 1}},
        "text": [percent(length, lang, 0) if length >= legible else "" for length in lengths],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "textfont": {"color": ink_on(color, theme), "size": 11},
        "customdata": [
            [_hover_class(group, label, length, count, lang), i]
            for i, (group, length, count) in enumerate(zip(groups, lengths, counts, strict=True))
        ],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }


def _hover_class(group: NpsGroup, label: str, share: float, count: float, lang: Lang) -> str:
    amounts = f"<b>{percent(share, lang)}</b>  {number(count, lang)} / {number(group.nps.n, lang)}"
    return f"{safe(group.label)} · {safe(label)}<br>{amounts}"
