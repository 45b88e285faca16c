"""What every chart shares: its inputs, the measure of a text, the margins, labels that do not overlap.

Figures are made without Plotly's validation, which costs more than the chart itself; the tests validate
each one instead.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zlib import crc32

import plotly.graph_objects as go
import plotly.io as pio

from dashboard.format import NBSP, UNKNOWN, Axis, Lang, number
from dashboard.theme import Theme, alpha, base_layout
from kpi.model import Figure, Status, Unit

# Streamlit hands Plotly each figure twice, the second time with its size; that is not drawn again when nothing differs.
# Plotly takes a template, and arrays without a `datarevision`, as different each time; style.css keeps sizes whole.
pio.templates.default = None

CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
    "locale": "en",
}
"""For st.plotly_chart(figure, theme=None, config=CONFIG). All words and dates are in the figure already, so
no Plotly locale file is loaded."""

LABEL_SIZE = 11.5
LINE_HEIGHT = 15
MAX_LABEL = 144
"""Widest label in px at a line's end or before a bar; longer ones go on two lines, then are cut."""

Trace = dict[str, Any]
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One series through time: a translated label and its buckets in order, None values being gaps."""

    label: str
    points: Sequence[Figure]
    color: str | None = None
    """#RRGGBB from theme.color_of; None: the KPI's colour for the first line, its partner for the second."""
    band: bool = False
    """Draw the 95% interval of the points."""
    bridged: bool = False
    """Draw on over the gaps: a line that too few cases leave out every weekend."""


@dataclass(frozen=True, slots=True)
class Group:
    """One value of a dimension: its translated label and its figure."""

    label: str
    figure: Figure
    color: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A line to compare with, in the KPI's unit, and its words: Reference(14400, "objectif 4 h"); who says so, shown
    when its words are pointed at."""

    value: float
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """Words at the end of a line: `y` in the axis's unit, on one or two lines of text."""

    y: float
    text: str
    color: str
    amount: str = ""
    """The value that ends the text, set in bold."""
    dot: str = ""
    hover: str = ""
    """What is said when it is pointed at."""


@dataclass(slots=True)
class Layout:
    """A layout under construction: margins in px, annotations, shapes, axes."""

    theme: Theme
    lang: Lang
    height: int
    left: float = 8
    right: float = 12
    top: float = 10
    bottom: float = 28
    xaxis: Item = field(default_factory=dict)
    yaxis: Item = field(default_factory=dict)
    annotations: list[Item] = field(default_factory=list)
    shapes: list[Item] = field(default_factory=list)
    more: Item = field(default_factory=dict)

    @property
    def plot_height(self) -> float:
        """Height in px between the margins."""
        return self.height - self.top - self.bottom

    def note(self, text: str, x: float, y: float, **options: Any) -> None:
        """Words at a point: `xref`, `yref`, anchors and `color` as Plotly names them."""
        color = options.pop("color", self.theme.ink_soft)
        size = options.pop("size", LABEL_SIZE)
        if hover := options.pop("hover", ""):
            options["hovertext"] = safe(hover)
        self.annotations.append(
            {
                "text": text,
                "x": x,
                "y": y,
                "showarrow": False,
                "font": {"color": color, "size": size},
                **options,
            }
        )

    def figure(self, traces: list[Trace]) -> go.Figure:
        """The finished figure."""
        margin = {
            "l": round(self.left),
            "r": round(self.right),
            "t": round(self.top),
            "b": round(self.bottom),
        }
        look = base_layout(self.theme)
        layout = {
            **look,
            "height": self.height,
            "margin": {**margin, "pad": 0, "autoexpand": False},
            "separators": ",\u00a0" if self.lang == "fr" else ".,",
            "xaxis": {**look["xaxis"], **self.xaxis},
            "yaxis": {**look["yaxis"], **self.yaxis},
            "annotations": self.annotations,
            "shapes": self.shapes,
            "datarevision": crc32(repr(traces).encode()),
            **self.more,
        }
        return go.Figure(data=traces, layout=layout, _validate=False)


# Text


_WIDTHS = {
    letter: width
    for width, letters in (
        (0.25, "ijlî'’|"),
        (0.29, "I!,.:;· \u00a0"),
        (0.37, "tfr()/[]1"),
        (0.47, "-"),
        (0.57, "sckxzavyàç7JL"),
        (0.66, "&PRSBT4+−K€XY"),
        (0.75, "DCHUAVGNOQÉÈÀÇ"),
        (0.88, "wm…M"),
        (1.0, "W%@œŒ—"),
    )
    for letter in letters
}
"""Widths of Inter's letters in em; the others are near 0.61."""


def text_width(text: str, size: float = LABEL_SIZE) -> float:
    """Width in px of a text in Inter, within a few percent."""
    return sum(_WIDTHS.get(letter, 0.61) for letter in text) * size


def widest(texts: Iterable[str], size: float = LABEL_SIZE) -> float:
    """Width in px of the widest text; 0 for none."""
    return max((text_width(line, size) for text in texts for line in text.split("\n")), default=0.0)


def wrap(text: str, width: float, size: float = LABEL_SIZE) -> str:
    """The text on one line, or on two of balanced length (joined by a newline), cut with "…" when too long."""
    words = text.split(" ")
    if text_width(text, size) <= width or len(words) == 1:
        return cut(text, width, size)
    breaks = ((" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words)))
    rows = min(breaks, key=lambda pair: widest(pair, size))
    return "\n".join(cut(row, width, size) for row in rows)


def safe(text: str) -> str:
    """A label from the data as literal Plotly text: no tags, no template fields, lines as <br>."""
    escaped = html.escape(text, quote=False).replace("%{", "%\u200b{")
    return escaped.replace("\n", "<br>")


def styled(text: str, color: str | None = None, bold: bool = False) -> str:
    """A safe text in a colour or in bold."""
    marked = f"<b>{text}</b>" if bold else text
    return f'<span style="color:{color}">{marked}</span>' if color else marked


# Figures


_OK, _INDICATIVE = Status.OK, Status.INDICATIVE


def shown(figure: Figure) -> float | None:
    """The value that a chart may draw: None below the minimum n and when suppressed (rule G16)."""
    if figure.status is not _OK and figure.status is not _INDICATIVE:
        return None
    return figure.value if figure.value == figure.value else None


def interval(figure: Figure) -> tuple[float, float] | None:
    """The interval when both its bounds exist and the value may be drawn."""
    if figure.ci is None or shown(figure) is None:
        return None
    low, high = figure.ci
    return None if low is None or high is None else (low, high)


def n_text(figure: Figure, lang: Lang) -> str:
    """ "n = 1 102"; "–" when suppressed."""
    return f"n = {number(figure.n, lang)}" if figure.status is not Status.SUPPRESSED else UNKNOWN


def scaled(values: Iterable[float | None], axis: Axis) -> list[float | None]:
    """Values in the axis's unit, rounded to what the eye and the hover can use."""
    span = max((abs(tick) for tick in axis.tickvals), default=1.0) or 1.0
    digits = 1 if span >= 1_000 else 2 if span >= 20 else 3
    divisor = axis.divisor
    return [None if value is None else round(value / divisor, digits) for value in values]


def extent(values: Iterable[float | None], unit: Unit, zero: bool) -> tuple[float, float]:
    """Lowest and highest value, 0 included when `zero`; a flat series gets some room."""
    known = [value for value in values if value is not None]
    if zero or not known:
        known = [*known, 0.0]
    low, high = min(known), max(known)
    if low == high:
        room = 0.1 if unit is Unit.RATIO else max(abs(high) * 0.2, 1.0)
        low, high = (low - (0 if zero else room)), high + room
    if unit is Unit.RATIO:
        return max(low, 0.0), min(high, 1.0) if high <= 1.0 else high
    return low, high


def ticks(axis: Axis) -> Item:
    """The tick keys of a Plotly axis, covering exactly its ticks."""
    low, high = axis.tickvals[0], axis.tickvals[-1]
    room = (high - low) * 0.008  # Plotly leaves out grid lines within a pixel of the end of the range.
    return {
        "tickmode": "array",
        "tickvals": axis.tickvals,
        "ticktext": axis.ticktext,
        "range": [low - room, high + room],
    }


def dashed(theme: Theme, *, x: float | None = None, y: float | None = None) -> Item:
    """The dashed line of a reference, across the plot at `y` or up it at `x`."""
    line = {"color": theme.ink_soft, "width": 1.25, "dash": "3px,3px"}
    if y is not None:
        return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}
    return {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": x, "x1": x, "line": line}


# Labels at the end of lines


def place_end_labels(layout: Layout, labels: Sequence[Label]) -> None:
    """Write the labels right of the plot at their heights, moved apart where they would overlap."""
    low, high = layout.yaxis["range"]
    per_px = (high - low) / layout.plot_height
    wanted = sorted(labels, key=lambda label: -label.y)
    heights = [LINE_HEIGHT * (1 + label.text.count("\n")) for label in wanted]
    centres = spread_apart([(high - label.y) / per_px for label in wanted], heights, layout.plot_height)
    for label, centre in zip(wanted, centres, strict=True):
        text = _end_text(label)
        # On paper: Plotly hides an annotation that is placed beyond the end of its axis.
        layout.note(
            text, 1, 1 - centre / layout.plot_height, xref="paper", yref="paper", xshift=8, xanchor="left",
            yanchor="middle", align="left", color=label.color, hover=label.hover,
        )  # fmt: skip


def place_legend(layout: Layout, labels: Sequence[Label], width: float = 320) -> None:
    """Write the labels above the plot, in the order given, on as many rows as `width` px asks for."""
    rows: list[list[str]] = [[]]
    room = width
    for label in labels:
        one_line = replace(label, text=label.text.replace("\n", " "))
        needed = text_width(one_line.text) + 30
        if rows[-1] and needed > room:
            rows.append([])
            room = width
        rows[-1].append(_end_text(one_line))
        room -= needed
    layout.top = 20 + 17 * len(rows)
    layout.height += 17 * max(len(rows) - 2, 0)  # A long legend does not flatten the plot.
    text = "<br>".join((NBSP * 4).join(row) for row in rows)
    layout.note(
        text, 0, 1, xref="paper", yref="paper", xanchor="left", xshift=2 - layout.left, yanchor="bottom", yshift=12,
        align="left",
    )  # fmt: skip


def spread_apart(centres: Sequence[float], heights: Sequence[float], room: float) -> list[float]:
    """Centres (px from the top, ascending) moved as little as possible so that boxes of these heights do not
    overlap and, when there is room for all, stay within [-8, room + 8]."""
    placed: list[float] = []
    for first, count, centre in _blocks(centres, heights):
        top = centre - sum(heights[first : first + count]) / 2
        for height in heights[first : first + count]:
            placed.append(top + height / 2)
            top += height
    limit = room + 8
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], limit - heights[i] / 2)
        limit = placed[i] - heights[i] / 2
    limit = -8.0
    for i, height in enumerate(heights):
        placed[i] = max(placed[i], limit + height / 2)
        limit = placed[i] + height / 2
    return placed


def end_label(y: float, name: str, amount: str, color: str, dot: str = "", hover: str = "") -> Label:
    """A label on one line when short, on two when long; a cut never takes the amount."""
    rows = wrap(f"{name} {amount}".strip(), MAX_LABEL)
    if amount and not rows.endswith(amount):
        rows = f"{cut(name, MAX_LABEL)}\n{amount}"
    return Label(y, rows, color, amount, dot, hover)


# Inside


def _end_text(label: Label) -> str:
    name = label.text.removesuffix(label.amount)
    text = safe(name) + (styled(safe(label.amount), bold=True) if label.amount else "")
    if not label.dot:
        return text
    return f"{styled('●', label.dot)} " + text.replace("<br>", "<br>" + NBSP * 4)


def cut(text: str, width: float, size: float = LABEL_SIZE) -> str:
    """The text, ended by "…" when it is wider than `width` px."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _blocks(centres: Sequence[float], heights: Sequence[float]) -> list[tuple[int, int, float]]:
    """Runs of boxes that touch, as (first, count, centre of the run): the run's centre is the mean of the
    centres its boxes would have it at."""
    blocks: list[tuple[int, int, float]] = []
    for i, centre in enumerate(centres):
        blocks.append((i, 1, centre))
        while len(blocks) > 1 and _touch(blocks[-2], blocks[-1], heights):
            (first, count, a), (_, more, b) = blocks[-2:]
            blocks[-2:] = [(first, count + more, (a * count + b * more) / (count + more))]
    return blocks


def _touch(above: tuple[int, int, float], below: tuple[int, int, float], heights: Sequence[float]) -> bool:
    between = sum(sum(heights[first : first + count]) for first, count, _ in (above, below)) / 2
    return below[2] - above[2] < between


def polygon(run: Sequence[tuple[int, float, float]]) -> str:
    there = "L".join(f"{i},{high:g}" for i, _, high in run)
    back = "L".join(f"{i},{low:g}" for i, low, _ in reversed(run))
    return f"M{there}L{back}Z"


def zero_shape(theme: Theme) -> Item:
    line = {"color": theme.previous, "width": 1}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": line}


def targets_inside(layout: Layout, targets: Sequence[Reference], scale: Axis) -> None:
    """The words of the targets over their lines, where there is no room at the right."""
    for target in targets:
        layout.note(
            safe(target.text), 1, target.value / scale.divisor, xref="paper", xanchor="right",
            yanchor="bottom", yshift=1, bgcolor=alpha(layout.theme.surface, 0.8), hover=target.source,
        )  # fmt: skip
