"""A heat map of any two dimensions: the value written in each cell and shown as a shade of one hue.

`customdata` of a selected cell is its row and its column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from dashboard.charts._frame import Layout, Trace, cut, n_text, safe, shown, widest
from dashboard.charts.spread import scale_key, shade_range, shades
from dashboard.format import Lang, formatter
from dashboard.theme import Theme, ink_on, shade
from kpi.model import Figure, Unit

_ROW = 28
_WRITTEN = 16
"""Columns from which the values are in the hover only."""
_MAX_LABEL = 150
_ROOM = 40
"""Least width in px of a name above a column."""


def grid(
    down: Sequence[str],
    across: Sequence[str],
    cells: Mapping[tuple[int, int], Figure],
    *,
    unit: Unit,
    theme: Theme,
    lang: Lang,
    compact: bool = False,
) -> go.Figure:
    """A value at each crossing of two lists of names; `cells` by (row, column), a missing one being empty.

    A figure below the minimum n has no shade and reads nothing; its hover says n.
    """
    write = formatter(unit, lang)
    names = [cut(name, 90 if compact else _MAX_LABEL) for name in down]
    layout = Layout(theme, lang, 30 + _ROW * len(down) + 30, top=30, bottom=30, left=widest(names) + 12, right=4)
    layout.yaxis = {
        "range": [len(down) - 0.5, -0.5], "tickmode": "array", "tickvals": list(range(len(down))),
        "ticktext": [safe(name) for name in names], "showgrid": False, "ticklabelstandoff": 6,
    }  # fmt: skip
    room = (240 if compact else 880) / max(len(across), 1)
    step = -(-_ROOM // max(int(room), 1))
    positions = list(range(0, len(across), step))
    layout.xaxis = {
        "range": [-0.5, len(across) - 0.5], "side": "top", "tickmode": "array", "showgrid": False, "tickangle": 0,
        "tickvals": positions, "ticktext": [safe(cut(across[i], room * step - 8, 10.5)) for i in positions],
        "tickfont": {"color": theme.ink_soft, "size": 10.5},
    }  # fmt: skip
    places = [[cells.get((row, column), Figure()) for column in range(len(across))] for row in range(len(down))]
    known = [value for line in places for cell in line if (value := shown(cell)) is not None]
    low, high, beyond = shade_range(known, unit)
    if known:
        scale_key(layout, low, high, beyond, unit)
    spoken = [
        [_words(down[row], across[column], cell, unit, lang) for column, cell in enumerate(line)]
        for row, line in enumerate(places)
    ]
    trace = shades(places, (), low, high, unit, theme)
    told = [
        (column, row, shown(cell), spoken[row][column])
        for row, line in enumerate(places)
        for column, cell in enumerate(line)
        if cell.n or shown(cell) is not None
    ]
    written, span = len(across) <= (6 if compact else _WRITTEN), high - low
    inks = [ink_on(shade(theme, ((value or low) - low) / span), theme) for _column, _row, value, _said in told]
    values: Trace = {
        "type": "scatter",
        "mode": "text" if written else "markers",
        "x": [column for column, *_rest in told],
        "y": [row for _column, row, *_rest in told],
        "customdata": [[row, column] for column, row, *_rest in told],
        "hovertext": [said for *_rest, said in told],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    if written:
        values |= {
            "text": [write(value) if value is not None else "" for _column, _row, value, _said in told],
            "textfont": {"color": inks, "size": 10.5 if len(across) <= 10 else 9.5},
        }
    else:
        values |= {"marker": {"opacity": 0, "size": 14}, "unselected": {"marker": {"opacity": 0}}}
    layout.more = {"hoverdistance": 30}  # It speaks for its whole cell.
    return layout.figure([trace, values])


def _words(row: str, column: str, cell: Figure, unit: Unit, lang: Lang) -> str:
    amount = formatter(unit, lang)(shown(cell))
    count = "" if unit is Unit.COUNT else f"<br>{n_text(cell, lang)}"
    return f"{safe(row)} · {safe(column)}<br><b>{amount}</b>{count}"
