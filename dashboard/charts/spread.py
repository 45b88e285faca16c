"""Charts of a spread: durations in log buckets, hours by weekdays, ages, states.

`customdata[1]` of a selected bar is the position of its class among those given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.charts._frame import (
    Group,
    Item,
    Layout,
    Reference,
    Trace,
    dashed,
    n_text,
    safe,
    shown,
    styled,
    text_width,
    ticks,
    widest,
    wrap,
)
from dashboard.format import UNKNOWN, Lang, axis, duration, formatter, hour, number, percent, weekday
from dashboard.theme import MARKS, SLA_STATES, State, Theme, color_of, ink_on, ramp, shade
from kpi.model import Figure, Unit

LOG_EDGES_S = (0, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800, 604_800)
"""Edges in seconds of the usual buckets: 1 min, 5 min... 8 h, 1 day, 2 days, 7 days; the last is open."""

_SLA_MARKS: Mapping[str, State] = {
    "achieved": "ok",
    "on_track": "ok",
    "at_risk": "watch",
    "paused": "no_data",
    "breached_open": "act",
    "breached": "act",
}


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many items are in a state of theme.SLA_STATES, with its translated word."""

    state: str
    label: str
    count: int


def histogram_log(
    counts: Sequence[int],
    edges_s: Sequence[float] = LOG_EDGES_S,
    *,
    count_label: str,
    theme: Theme,
    lang: Lang,
    references: Sequence[Reference] = (),
    business: bool = False,
    compact: bool = False,
    height: int = 250,
) -> go.Figure:
    """Durations in buckets of equal width and growing length.

    `edges_s`: lower edge of each bucket in seconds, ascending, as many as counts (the last is open).
    `references` (seconds) stand as dashed lines: the median, the 90th centile, the target. `business` writes
    long durations in hours, a business day not being 24.
    """
    edges = list(edges_s)[: len(counts)]
    scale = axis(0, max(counts, default=0), Unit.COUNT, lang, ticks=4)
    layout = Layout(theme, lang, height, left=max(widest(scale.ticktext) + 10, 26), bottom=28)
    layout.top = 12 + 16 * len(references)
    layout.yaxis = {**ticks(scale), "ticklabelstandoff": 6}
    names = [duration(edge, lang, days=not business) if edge else "0" for edge in edges]
    every = 2 if compact or widest(names) * len(names) > 520 else 1
    layout.xaxis = {
        "tickmode": "array",
        "tickvals": list(range(0, len(edges), every)),
        "ticktext": names[::every],
        "tickangle": 0,
        "ticklabelstandoff": 6,
        "range": [-0.05, len(edges) + 0.05],
    }
    layout.more = {"bargap": 0.06}
    for rank, reference in enumerate(sorted(references, key=lambda r: -r.value)):
        _standing_reference(
            layout, reference, _log_position(reference.value, edges), rank, len(edges), 290 if compact else 560
        )
    total = sum(counts)
    between = [_between(i, names) for i in range(len(edges))]
    trace: Trace = {
        "type": "bar",
        "x": [i + 0.5 for i in range(len(edges))],
        "y": list(counts),
        "marker": {"color": theme.partner, "cornerradius": 2},
        "customdata": [
            [f"{span}<br><b>{number(count, lang)}</b> {safe(count_label)} · {percent(count / (total or 1), lang)}", i]
            for i, (span, count) in enumerate(zip(between, counts, strict=True))
        ],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }
    return layout.figure([trace])


def heatmap(
    cells: Sequence[Figure],
    *,
    unit: Unit,
    theme: Theme,
    lang: Lang,
    compact: bool = False,
) -> go.Figure:
    """Hour by weekday: the value as a shade of one hue, n written in the cell.

    `cells`: keys (weekday 1-7, hour 0-23), in any order. Hours without any item at either end of the day are
    left out. A cell below the minimum n has no shade, only its n. `compact` puts the days across.
    """
    by_place = {(int(cell.keys[0]), int(cell.keys[1])): cell for cell in cells}
    busy = sorted({h for (_, h), cell in by_place.items() if cell.n}) or [9, 17]
    hours, days = list(range(busy[0], busy[-1] + 1)), list(range(1, 8))
    empty = Figure()
    grid = [[by_place.get((d, h), empty) for h in hours] for d in days]
    across, down = [_bare_hour(h, lang) for h in hours], [weekday(d, lang) for d in days]
    if compact:
        grid, across, down = [list(row) for row in zip(*grid, strict=True)], down, across
    row = 22 if compact else 30
    layout = Layout(theme, lang, 24 + row * len(down) + 34, top=24, bottom=34, left=widest(down) + 12, right=4)
    layout.yaxis = {
        "range": [len(down) - 0.5, -0.5], "tickmode": "array", "tickvals": list(range(len(down))),
        "ticktext": down, "showgrid": False, "ticklabelstandoff": 6,
    }  # fmt: skip
    step = 1 if compact or len(across) <= 14 else 2
    layout.xaxis = {
        "range": [-0.5, len(across) - 0.5], "side": "top", "tickmode": "array", "showgrid": False,
        "tickvals": list(range(0, len(across), step)), "ticktext": across[::step], "tickangle": 0,
    }  # fmt: skip
    flat = [cell for line in grid for cell in line]
    values = [value for cell in flat if (value := shown(cell)) is not None]
    low, high, beyond = shade_range(values, unit)
    scale_key(layout, low, high, beyond, unit)
    placed = _placed(grid, days, hours, compact)
    spoken = [[_cell_words(cell, d, h, unit, lang) for cell, d, h in line] for line in placed]
    layout.more = {"hoverdistance": 30}  # the text speaks for its whole cell
    trace = shades(grid, (), low, high, unit, theme)
    return layout.figure([trace, _counts_trace(placed, spoken, low, high, theme, lang)])


def shades(
    cells: Sequence[Sequence[Figure]],
    spoken: Sequence[Sequence[str]],
    low: float,
    high: float,
    unit: Unit,
    theme: Theme,
) -> Trace:
    """The cells of a heat map, shades from `low` to `high`; `spoken` is what each says under the pointer, if any."""
    words = {"customdata": spoken, "hovertemplate": "%{customdata}<extra></extra>"} if spoken else {"hoverinfo": "skip"}
    digits = 4 if unit is Unit.RATIO else 2
    return {
        "type": "heatmap",
        "z": [[None if (value := shown(cell)) is None else round(value, digits) for cell in line] for line in cells],
        "zmin": low,
        "zmax": high,
        "colorscale": [[round(i / (len(theme.heat) - 1), 4), color] for i, color in enumerate(theme.heat)],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        **words,
    }


def age_buckets(
    groups: Sequence[Group],
    *,
    theme: Theme,
    lang: Lang,
    compact: bool = False,
    height: int = 240,
) -> go.Figure:
    """Columns for ordered classes, youngest first, paler to stronger, with their count on top."""
    scale = axis(0, max((shown(group.figure) or 0 for group in groups), default=0), Unit.COUNT, lang, ticks=4)
    layout = Layout(theme, lang, height, left=max(widest(scale.ticktext) + 10, 26), top=22, right=6, bottom=28)
    layout.yaxis = {**ticks(scale), "ticklabelstandoff": 6}
    size = 11 if compact else 12
    room = (300 if compact else 560) / max(len(groups), 1)
    labels = [safe(wrap(group.label, room, size)) for group in groups]
    layout.bottom += 14 if any("<br>" in label for label in labels) else 0
    layout.xaxis = {
        "tickmode": "array",
        "tickvals": list(range(len(groups))),
        "ticktext": labels,
        "tickfont": {"size": size, "color": theme.ink},
        "tickangle": 0,
        "ticklabelstandoff": 6,
        "range": [-0.5, len(groups) - 0.5],
    }
    values = [shown(group.figure) for group in groups]
    for i, value in enumerate(values):
        text = styled(number(value, lang), bold=True)
        layout.note(text, i, value or 0, yanchor="bottom", yshift=2, size=12, color=theme.ink_strong)
    shades = ramp(theme, max(len(groups), 1))
    total = sum(value or 0 for value in values)
    trace: Trace = {
        "type": "bar",
        "x": list(range(len(groups))),
        "y": [value or 0 for value in values],
        "width": 0.62,
        "marker": {
            "color": [group.color or shade for group, shade in zip(groups, shades, strict=False)],
            "cornerradius": 2,
        },
        "customdata": [
            [
                f"{safe(group.label)}<br><b>{number(value, lang)}</b>"
                + (f" · {percent(value / total, lang)}" if total and value is not None else ""),
                i,
            ]
            for i, (group, value) in enumerate(zip(groups, values, strict=True))
        ],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }
    return layout.figure([trace])


def states(
    counts: Sequence[StateCount],
    *,
    theme: Theme,
    lang: Lang,
    compact: bool = False,
) -> go.Figure:
    """SLA states kept apart: one bar cut in proportion, then a row per state with shape, word and count.

    States come in the order of theme.SLA_STATES; a state with no item keeps its row.
    """
    order, given = {state: i for i, state in enumerate(SLA_STATES)}, list(counts)
    rows = sorted(counts, key=lambda item: order.get(item.state, len(order)))
    total = sum(item.count for item in rows)
    row, top = (23 if compact else 25), 44
    layout = Layout(theme, lang, top + row * len(rows) + 4, left=4, right=4, top=4, bottom=4)
    height = layout.plot_height
    layout.yaxis = {"range": [height, 0], "showgrid": False, "showticklabels": False}
    layout.xaxis = {"range": [0, max(total, 1)], "showgrid": False, "showticklabels": False}
    layout.more = {"barmode": "stack"}
    traces: list[Trace] = []
    for i, item in enumerate(rows):
        color = color_of("sla_state", item.state, theme)
        share = percent(item.count / total, lang) if total else UNKNOWN
        y = top + row * i + row / 2 - 4
        part = _state_part(item, color, share, theme, lang)
        traces.append(part | {"customdata": [[item.state, given.index(item)]]})
        layout.shapes.append(_state_shape(item.state, color, y))
        layout.note(safe(item.label), 0, y, xref="paper", xanchor="left", xshift=22, size=12, color=theme.ink)
        layout.note(
            styled(number(item.count, lang), bold=True), 1, y, xref="paper", xanchor="right", xshift=-60,
            size=12, color=theme.ink_strong,
        )  # fmt: skip
        layout.note(share, 1, y, xref="paper", xanchor="right", color=theme.ink_soft)
        if i:
            layout.shapes.append(_hairline(top + row * i - 4, theme))
    return layout.figure(traces)


# Histogram


def _log_position(seconds: float, edges: Sequence[float]) -> float:
    """Where a duration falls on the buckets: by its logarithm within its bucket."""
    last = len(edges) - 1
    i = max((j for j, edge in enumerate(edges) if edge <= seconds), default=0)
    if i == last:
        return last + 0.5
    low, high = edges[i], edges[i + 1]
    if low <= 0:
        return i + max(seconds, 0) / high
    return i + math.log(seconds / low) / math.log(high / low)


def _between(i: int, names: Sequence[str]) -> str:
    if i == len(names) - 1:
        return f"≥ {names[i]}"
    return f"{names[i]} – {names[i + 1]}" if i else f"< {names[1]}"


def _standing_reference(layout: Layout, reference: Reference, x: float, rank: int, buckets: int, width: float) -> None:
    """Each reference has its own line of words above the plot, whatever the width; its dashes reach it."""
    layout.shapes.append(dashed(layout.theme, x=x) | {"y1": 1 + (4 + 16 * rank) / layout.plot_height})
    right = x / buckets * width + text_width(reference.text) > width + 8
    layout.note(
        safe(reference.text), x, 1, yref="paper", yanchor="bottom", xanchor="right" if right else "left",
        yshift=1 + 16 * rank, xshift=4 if right else -4, bgcolor=layout.theme.surface,
    )  # fmt: skip


# Heat map


def _bare_hour(of_day: int, lang: Lang) -> str:
    return hour(of_day, lang) if lang == "fr" else f"{of_day:02d}"


def _placed(
    grid: Sequence[Sequence[Figure]], days: Sequence[int], hours: Sequence[int], compact: bool
) -> list[list[tuple[Figure, int, int]]]:
    """The cells with their day and hour, in the grid's own order."""
    if compact:
        return [[(cell, d, h) for cell, d in zip(line, days, strict=True)] for line, h in zip(grid, hours, strict=True)]
    return [[(cell, d, h) for cell, h in zip(line, hours, strict=True)] for line, d in zip(grid, days, strict=True)]


def _cell_words(cell: Figure, day: int, of_day: int, unit: Unit, lang: Lang) -> str:
    when = f"{weekday(day, lang, short=False)} {hour(of_day, lang)}"
    amount = formatter(unit, lang)(shown(cell))
    return f"{when}<br><b>{amount}</b>" + ("" if unit is Unit.COUNT else f"<br>{n_text(cell, lang)}")


def shade_range(values: Sequence[float], unit: Unit) -> tuple[float, float, bool]:
    """Values of the palest and the strongest shade, and whether some go beyond: one extreme hour does not
    wash out all the others."""
    if not values:
        return 0.0, 1.0, False
    ordered = sorted(values)
    low, high = (0.0 if unit is Unit.COUNT else ordered[0]), ordered[-1]
    usual = ordered[int(0.97 * (len(ordered) - 1))]
    if high - low > 1.5 * (usual - low) > 0:
        return low, usual, True
    return low, high if high > low else low + 1, False


def _counts_trace(
    placed: Sequence[Sequence[tuple[Figure, int, int]]],
    spoken: Sequence[Sequence[str]],
    low: float,
    high: float,
    theme: Theme,
    lang: Lang,
) -> Trace:
    """n in each cell, in the ink that its shade asks for. What is clicked is the text: Plotly selects no cell of a
    heat map; `customdata` is its weekday and hour."""
    cells = [
        (x, y, *cell, words)
        for y, (line, said) in enumerate(zip(placed, spoken, strict=True))
        for x, (cell, words) in enumerate(zip(line, said, strict=True))
        if cell[0].n
    ]
    inks = []
    for _, _, cell, *_rest in cells:
        value = shown(cell)
        inks.append(theme.ink_faint if value is None else ink_on(shade(theme, (value - low) / (high - low)), theme))
    return {
        "type": "scatter",
        "mode": "text",
        "x": [x for x, *_rest in cells],
        "y": [y for _, y, *_rest in cells],
        "text": [_short_count(cell.n, lang) for _, _, cell, *_rest in cells],
        "textfont": {"color": inks, "size": 10 if len(placed[0]) <= 16 else 9},
        "customdata": [[day, hour] for _, _, _, day, hour, _ in cells],
        "hovertext": [words for *_rest, words in cells],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _short_count(n: int, lang: Lang) -> str:
    return str(n) if n < 1_000 else f"{number(n / 1_000, lang, 1 if n < 10_000 else 0)}k"


def scale_key(layout: Layout, low: float, high: float, beyond: bool, unit: Unit) -> None:
    """What the palest and the strongest shade stand for, under the heat map."""
    write = formatter(unit, layout.lang)
    blocks = "".join(styled("■", color) for color in layout.theme.heat)
    layout.note(
        f"{write(low)} {blocks} {'≥ ' if beyond else ''}{write(high)}", 1, 0, xref="paper", yref="paper",
        xanchor="right", yanchor="top", yshift=-8, color=layout.theme.ink_faint,
    )  # fmt: skip


# States


def _state_part(item: StateCount, color: str, share: str, theme: Theme, lang: Lang) -> Trace:
    return {
        "type": "bar",
        "orientation": "h",
        "x": [item.count],
        "y": [14],
        "width": 26,
        "name": safe(item.label),
        "marker": {"color": color, "line": {"color": theme.surface, "width": 1.5}},
        "hovertemplate": f"{safe(item.label)}<br><b>{number(item.count, lang)}</b> · {share}<extra></extra>",
    }


def _state_shape(state: str, color: str, y: float) -> Item:
    """The state's shape as a small path, in px from the left of the plot, upwards."""
    paths = {
        "circle": "M6,-5.5 C9,-5.5 11.5,-3 11.5,0 C11.5,3 9,5.5 6,5.5 C3,5.5 0.5,3 0.5,0 C0.5,-3 3,-5.5 6,-5.5Z",
        "triangle": "M6,5.5 L12,-5 L0,-5Z",
        "octagon": "M3.7,-5.5 L8.3,-5.5 L11.5,-2.3 L11.5,2.3 L8.3,5.5 L3.7,5.5 L0.5,2.3 L0.5,-2.3Z",
        "dash": "M1,-1.5 L11,-1.5 L11,1.5 L1,1.5Z",
    }
    return {
        "type": "path",
        "path": paths[MARKS[_SLA_MARKS.get(state, "no_data")].shape],
        "xref": "paper",
        "xsizemode": "pixel",
        "xanchor": 0,
        "yref": "y",
        "ysizemode": "pixel",
        "yanchor": y,
        "fillcolor": color,
        "line": {"width": 0},
    }


def _hairline(y: float, theme: Theme) -> Item:
    line = {"color": theme.hairline, "width": 1}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}
