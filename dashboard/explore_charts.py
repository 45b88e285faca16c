"""The answer of an exploration as charts, side by side on the same scale."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import breakdown, cache, cards, charts, noise, page, words
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.columns import title as column_title
from dashboard.exploring import Form, View, axes, class_of
from dashboard.i18n import _, language
from dashboard.theme import FIXED
from kpi.datasets.model import AGE_BUCKETS
from kpi.definition import Kpi
from kpi.model import Figure, Grain, Status, Unit, Value

MOST_CHARTS, MOST_LINES, MOST_BARS, MOST_CELLS = 6, 6, 20, 40
"""What a page, a chart and a heat map have room for; the table has all."""
ORDERED: Mapping[str, Sequence[Value]] = {
    **dict.fromkeys(("hour", "half_hour", "weekday"), ()),
    "age_bucket": AGE_BUCKETS,
    "priority": ("low", "normal", "high", "urgent"),
}
"""Dimensions whose values have an order of their own: those given, then numbers."""
Found = Mapping[str, Sequence[Figure]]
"""KPI -> its groups, keys being dimensions, class, bucket."""
PNG: Mapping[str, Any] = {
    **charts.CONFIG,
    "displayModeBar": True,
    "displaylogo": False,
    "modeBarButtons": [["toImage"]],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}
"""Plotly's own button that saves the chart as an image: made in the browser."""
_ROOM = 24
"""Height in px of the button, which else covers the chart."""
_LARGER = 10
"""The image is written in a font of the machine, wider than the page's."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One chart to draw: a KPI and, of a small multiple, the value that it is of."""

    kpi: Kpi
    figures: Sequence[Figure]
    axes: tuple[str, ...]
    """Dimensions of the figures' keys, the bucket not counted."""
    of: str = ""


def draw(board: Board, view: View, form: Form, found: Found) -> None:
    """The charts of a view; a table has none."""
    if form is Form.TABLE:
        return
    if form is Form.CARDS:
        cards.row(board, view.kpis, 3)
        return
    st.html(f"<style>.modebar-btn[data-title]::after{{content:{_quoted(_('Save as an image'))}}}</style>")
    if form is Form.LINE and not any(axes(view, kpi) for kpi in view.known):
        _lines_by_unit(board, view, found)
        return
    drawn: dict[Form, Callable[[Board, View, _Part, Sequence[float], str], None]] = {
        Form.LINE: _lines, Form.BAR: _bars, Form.HEAT: _heat,
    }  # fmt: skip
    parts, left_out = _parts(view, form, found)
    reach = {kpi.id: _reach(part.figures for part in parts if part.kpi is kpi) for kpi in view.known}
    across = 1 if form is Form.HEAT or len(parts) == 1 else 2
    for start in range(0, len(parts), across):
        for column, (i, part) in zip(page.split(*[1] * across), enumerate(parts[start : start + across], start)):  # noqa: B905
            with column:
                small = len([one for one in parts if one.kpi is part.kpi]) > 1
                drawn[form](board, view, part, reach[part.kpi.id] if small else (), f"explore-{form}-{i}")
    if left_out:
        st.caption(_("{n} more groups are in the table: the largest are drawn.").format(n=left_out))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "") + '"'


def _parts(view: View, form: Form, found: Found) -> tuple[list[_Part], int]:
    """A part for each KPI or, when two dimensions are not both in one chart, for each value of the second; and how
    many values are left out."""
    parts, left_out = list[_Part](), 0
    room = MOST_CHARTS // len(view.kpis)
    for kpi in view.known:
        names, figures = axes(view, kpi), found[kpi.id]
        if len(names) < 2 or form is Form.HEAT:
            parts.append(_Part(kpi, figures, names))
            continue
        values = _largest(kpi, figures, 1)
        left_out += max(len(values) - room, 0)
        for value in _in_order(names[1], values[:room]):
            own = [_without(one, 1) for one in figures if one.keys[1] == value]
            parts.append(_Part(kpi, own, names[:1], breakdown.name_of(names[1], value)))
    return parts, left_out


def _without(figure: Figure, at: int) -> Figure:
    return figure.placed((*figure.keys[:at], *figure.keys[at + 1 :]), figure.status)


def _largest(kpi: Kpi, figures: Iterable[Figure], at: int) -> list[Value]:
    """The values of an axis by their cases, most first."""
    cases = dict[Value, float]()
    for figure in figures:
        weight = figure.numerator if class_of(kpi) and figure.numerator is not None else figure.n
        cases[figure.keys[at]] = cases.get(figure.keys[at], 0) + (0 if figure.status is Status.SUPPRESSED else weight)
    return sorted(cases, key=lambda value: -cases[value])


def _in_order(dimension: str, values: Sequence[Value]) -> list[Value]:
    """Hours, ages and priorities in their own order, the rest as given."""
    if dimension not in ORDERED:
        return list(values)
    ranks = {code: rank for rank, code in enumerate(ORDERED[dimension])}
    return sorted(values, key=lambda v: (v is None, ranks.get(v, v if isinstance(v, int) else len(ranks))))


def _reach(groups: Iterable[Sequence[Figure]]) -> tuple[float, ...]:
    """The ends of the values of several charts: one scale for all."""
    values = [value for figures in groups for figure in figures if (value := page.shown(figure)) is not None]
    return (min(values), max(values)) if values else ()


# Charts


def _title(view: View, part: _Part) -> str:
    name = words.short(part.kpi)
    if part.of:
        return f"{name} · {part.of}"
    listed = " × ".join(
        words.dimension(one).lower() if one in view.by else column_title(one).lower() for one in part.axes
    )
    return _("{kpi} by {dimension}").format(kpi=name, dimension=listed) if listed else name


def _subtitle(board: Board, kpi: Kpi) -> str:
    name = kpi.label(language())
    clocked = any(param.name == "clock" for param in kpi.params)
    parts = (name if name != words.short(kpi) else "", words.clock_of(board.scope.choice.clock) if clocked else "")
    return words.html(" · ".join(filter(None, parts)))


def _panel(board: Board, view: View, part: _Part, figure: Any, key: str) -> None:
    if figure is None:
        page.panel(_title(view, part), _("Too few cases to be shown."), key=key)
        return
    figure.layout.paper_bgcolor = page.theme().surface  # Seen in the image.
    figure.layout.height += _ROOM
    figure.layout.margin.t += _ROOM
    figure.layout.margin.l += _LARGER
    figure.layout.margin.r += _LARGER
    name = "-".join(("vigie", part.kpi.id, *view.by))
    config = {**PNG, "toImageButtonOptions": {**PNG["toImageButtonOptions"], "filename": name}}
    page.panel(_title(view, part), _subtitle(board, part.kpi), key=key, figure=figure, config=config)


def _lines_by_unit(board: Board, view: View, found: Found) -> None:
    """KPIs of one unit together, the others each in their chart."""
    assert view.grain is not None
    units = list(dict.fromkeys(kpi.unit for kpi in view.known))
    for column, unit in zip(
        page.split(*[1] * len(units)) if len(units) < 3 else page.split(1, 1, 1), units, strict=True
    ):
        kpis = [kpi for kpi in view.known if kpi.unit is unit]
        alone = len(kpis) == 1
        inks = [page.theme().categories[i] for i in range(len(kpis))]
        lines = [
            charts.Line(
                words.short(kpi), found[kpi.id], None if alone else ink, alone and unit is not Unit.COUNT,
                unit is not Unit.COUNT,
            )
            for kpi, ink in zip(kpis, inks, strict=True)
        ]  # fmt: skip
        part = _Part(kpis[0], found[kpis[0].id], ())
        with column:
            figure = _trend(
                board, view.grain, lines, unit, (), narrow=len(units) > 2, card=board[kpis[0].id] if alone else None
            )
            _panel(board, view, part, figure, f"explore-line-{kpis[0].id}")


def _trend(
    board: Board,
    grain: Grain,
    lines: Sequence[charts.Line],
    unit: Unit,
    reach: Sequence[float],
    *,
    narrow: bool = False,
    card: cards.Card | None = None,
) -> Any:
    if not any(page.busy(line.points) for line in lines):
        return None
    past: Sequence[Figure] = ()
    if card is not None and board.scope.compared is not None:
        asked = board.scope.query(card.kpi.id, previous=True, grain=grain, intervals=False)
        past = cache.ask(asked)[card.kpi.id].rows
    points = lines[0].points
    marks: dict[str, Any] = {"notes": noise.notes([point.keys[-1] for point in points], grain)}
    if card is not None:
        marks = noise.drawn(board.scope, card.kpi.id, grain, points)
    return charts.trend(
        lines,
        unit=unit,
        grain=grain,
        targets=breakdown.target_lines(card) if card is not None else (),
        previous=past,
        previous_label=_("period before"),
        reach=reach,
        timezone=board.scope.timezone,
        **marks,
        **page.look(narrow=narrow),
    )


def _lines(board: Board, view: View, part: _Part, reach: Sequence[float], key: str) -> None:
    assert view.grain is not None
    dimension = part.axes[0]
    values = _in_order(dimension, _largest(part.kpi, part.figures, 0)[:MOST_LINES])
    inks = _colors(dimension, values)
    lines = [
        charts.Line(
            breakdown.name_of(dimension, value),
            [_without(one, 0) for one in part.figures if one.keys[0] == value],
            ink,
            bridged=part.kpi.unit is not Unit.COUNT,
        )
        for value, ink in zip(values, inks, strict=True)
    ]
    _panel(board, view, part, _trend(board, view.grain, lines, part.kpi.unit, reach), key)


def _colors(dimension: str, values: Sequence[Value]) -> list[str]:
    """The colours that the values have on every page; when they do not tell these apart, the first ones."""
    theme = page.theme()
    if dimension in FIXED or dimension in cache.domains():
        inks = [breakdown.color(dimension, value) for value in values]
        if len(set(inks)) == len(inks):
            return inks
    return [theme.categories[i % len(theme.categories)] for i in range(len(values))]


def _bars(board: Board, view: View, part: _Part, reach: Sequence[float], key: str) -> None:
    dimension = part.axes[0]
    kept = set(map(id, sorted((one for one in part.figures if one.n), key=lambda one: -one.n)[:MOST_BARS]))
    figures = [one for one in part.figures if id(one) in kept]
    if not page.busy(figures):
        _panel(board, view, part, None, key)
        return
    ranks = {value: i for i, value in enumerate(_in_order(dimension, [one.keys[0] for one in figures]))}
    groups = [
        charts.Group(breakdown.name_of(dimension, one.keys[0]), one)
        for one in sorted(figures, key=lambda one: ranks[one.keys[0]])
    ]
    figure = charts.bars(
        groups,
        unit=part.kpi.unit,
        order="given" if dimension in ORDERED else "value",
        whiskers=part.kpi.unit is not Unit.COUNT,
        also=reach,
        **page.look(),
    )
    _panel(board, view, part, figure, key)


def _heat(board: Board, view: View, part: _Part, reach: Sequence[float], key: str) -> None:
    figures = [one for one in part.figures if one.n or page.shown(one) is not None]
    if not page.busy(figures):
        _panel(board, view, part, None, key)
        return
    rows = _in_order(part.axes[0], _largest(part.kpi, figures, 0)[:MOST_CELLS])
    if view.grain is not None:
        columns: list[Any] = list(dict.fromkeys(one.keys[-1] for one in part.figures))
        names = [fmt.bucket(when, view.grain, language(), board.scope.timezone) for when in columns]
        if view.grain is Grain.DAY:
            names = [fmt.day(when, language()) for when in columns]
    else:
        columns = _in_order(part.axes[1], _largest(part.kpi, figures, 1)[:MOST_CELLS])
        names = [breakdown.name_of(part.axes[1], value) for value in columns]
    row_of, column_of = ({value: i for i, value in enumerate(values)} for values in (rows, columns))
    cells = {
        (row_of[one.keys[0]], column_of[one.keys[1]]): one
        for one in figures
        if one.keys[0] in row_of and one.keys[1] in column_of
    }
    labels = [breakdown.name_of(part.axes[0], value) for value in rows]
    _panel(board, view, part, charts.grid(labels, names, cells, unit=part.kpi.unit, **page.look()), key)
