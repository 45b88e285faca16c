"""The answer of an exploration as charts, side by side on the same scale."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import breakdown, cache, cards, charts, clicks, definition, noise, page, words
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.columns import title as column_title
from dashboard.exploring import Form, View, axes, class_of
from dashboard.filters import Scope
from dashboard.i18n import _, language
from dashboard.theme import FIXED, ORDINAL, mix
from kpi.definition import Kpi
from kpi.model import Figure, Filter, Grain, Status, Unit, Value

MOST_CHARTS, MOST_LINES, MOST_BARS, MOST_CELLS = 6, 6, 20, 40
"""What a page, a chart and a heat map have room for; the table has all."""
ORDERED: Mapping[str, Sequence[Value]] = {
    **ORDINAL,
    **dict.fromkeys(("hour", "half_hour", "weekday"), ()),
}
"""Dimensions whose values have an order of their own: those given, then numbers."""
Found = Mapping[str, Sequence[Figure]]
"""KPI -> its groups, keys being dimensions, class, bucket."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One chart to draw: a KPI and, of a small multiple, the value that it is of."""

    kpi: Kpi
    figures: Sequence[Figure]
    axes: tuple[str, ...]
    """Dimensions of the figures' keys, the bucket not counted."""
    of: str = ""
    kept: tuple[tuple[str, Value], ...] = ()
    """The dimension of that value, and the value."""


def draw(board: Board, view: View, form: Form, found: Found) -> None:
    """The charts of a view; a table has none."""
    if form is Form.TABLE:
        return
    if form is Form.CARDS:
        cards.row(board, view.kpis, 3)
        return
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
            parts.append(_Part(kpi, own, names[:1], breakdown.name_of(names[1], value), ((names[1], value),)))
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


def _panel(
    board: Board,
    view: View,
    part: _Part,
    figure: Any,
    key: str,
    on_select: Callable[[], None] | None = None,
    marks: Mapping[str, Any] | None = None,
) -> None:
    """The chart of a part, with what can be said of its `marks`; a click that opens something is that of
    `clicks.fresh(key)`."""
    if figure is None:
        page.panel(_title(view, part), _("Too few cases to be shown."), key=key)
        return
    key = clicks.fresh(key) if on_select else key
    under = noise.said(_subtitle(board, part.kpi), marks or {})
    with page.panel(_title(view, part), under, key=key, figure=figure, on_select=on_select):
        page.image_button(key)


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
            key = f"explore-line-{kpis[0].id}"
            on_select = clicks.narrows(key, view.grain, lines[0].points)
            card = board[kpis[0].id] if alone else None
            named = {kpi.id: line.points for kpi, line in zip(kpis, lines, strict=True)}
            marks = noise.drawn_together(board.scope, named, view.grain)
            narrow = len(units) > 2
            figure = _trend(board, view.grain, lines, unit, (), marks, narrow=narrow, card=card, clicked=on_select)
            _panel(board, view, part, figure, key, on_select, marks)


def _trend(
    board: Board,
    grain: Grain,
    lines: Sequence[charts.Line],
    unit: Unit,
    reach: Sequence[float],
    marks: Mapping[str, Any],
    *,
    narrow: bool = False,
    card: cards.Card | None = None,
    clicked: object = None,
) -> Any:
    if not any(page.busy(line.points) for line in lines):
        return None
    past: Sequence[Figure] = ()
    if card is not None and board.scope.compared is not None:
        asked = board.scope.query(card.kpi.id, previous=True, grain=grain, intervals=False)
        past = cache.ask(asked)[card.kpi.id].rows
    return charts.trend(
        lines,
        unit=unit,
        grain=grain,
        targets=breakdown.target_lines(card) if card is not None else (),
        previous=past,
        previous_label=_("period before"),
        reach=reach,
        timezone=board.scope.timezone,
        clicked=clicked is not None,
        **marks,
        **page.look(narrow=narrow),
    )


def _lines(board: Board, view: View, part: _Part, reach: Sequence[float], key: str) -> None:
    assert view.grain is not None
    dimension = part.axes[0]
    values = _in_order(dimension, _largest(part.kpi, part.figures, 0)[:MOST_LINES])
    inks = _colors(dimension, values)
    lines = {
        value: charts.Line(
            breakdown.name_of(dimension, value),
            [_without(one, 0) for one in part.figures if one.keys[0] == value],
            ink,
            bridged=part.kpi.unit is not Unit.COUNT,
        )
        for value, ink in zip(values, inks, strict=True)
    }
    drawn = list(lines.values())
    on_select = clicks.narrows(key, view.grain, drawn[0].points) if drawn else None
    within = [Filter(name, (value,)) for name, value in part.kept]
    marks = noise.drawn_by(board.scope, part.kpi.id, dimension, lines, view.grain, within=within)
    figure = _trend(board, view.grain, drawn, part.kpi.unit, reach, marks, clicked=on_select)
    _panel(board, view, part, figure, key, on_select, marks)


def _colors(dimension: str, values: Sequence[Value]) -> list[str]:
    """The colours that the values have on every page; those that share the colour of the others, in tones of it."""
    theme = page.theme()
    if dimension not in FIXED and dimension not in cache.domains():
        known = sorted(str(value) for value in values)
        return [theme.categories[known.index(str(value)) % len(theme.categories)] for value in values]
    inks = [breakdown.color(dimension, value) for value in values]
    tones = iter(mix(theme.others, theme.surface, share) for share in (1.0, 0.62, 0.8, 0.5, 0.9, 0.7))
    return [next(tones) if ink == theme.others else ink for ink in inks]


def _bars(board: Board, view: View, part: _Part, reach: Sequence[float], key: str) -> None:
    dimension = part.axes[0]
    kept = set(map(id, sorted((one for one in part.figures if one.n), key=lambda one: -one.n)[:MOST_BARS]))
    figures = [one for one in part.figures if id(one) in kept]
    if not page.busy(figures):
        _panel(board, view, part, None, key)
        return
    ranks = {value: i for i, value in enumerate(_in_order(dimension, [one.keys[0] for one in figures]))}
    figures = sorted(figures, key=lambda one: ranks[one.keys[0]])
    groups = [charts.Group(breakdown.name_of(dimension, one.keys[0]), one) for one in figures]
    figure = charts.bars(
        groups,
        unit=part.kpi.unit,
        order="given" if dimension in ORDERED else "value",
        whiskers=part.kpi.unit is not Unit.COUNT,
        also=reach,
        **page.look(),
    )
    opens = clicks.opens(key) if {dimension, *dict(part.kept)} <= set(view.by) else None
    _panel(board, view, part, figure, key, opens)
    if opens and (at := clicks.position(key)) is not None:
        _open(board.scope, part.kpi, {dimension: figures[at].keys[0], **dict(part.kept)})


def _open(scope: Scope, kpi: Kpi, within: Mapping[str, Value]) -> None:
    """The rows of a bar or a cell."""
    name = " · ".join(breakdown.name_of(dimension, value) for dimension, value in within.items())
    definition.show_rows(scope, kpi.id, [Filter(dimension, (value,)) for dimension, value in within.items()], name)


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
    opens = clicks.opens(key) if view.grain is None and set(part.axes) <= set(view.by) else None
    figure = charts.grid(labels, names, cells, unit=part.kpi.unit, **page.look())
    _panel(board, view, part, figure, key, opens)
    if opens and (cell := clicks.opened(key)):
        _open(board.scope, part.kpi, {part.axes[0]: rows[cell[0]], part.axes[1]: columns[cell[1]]})
