"""Panels that many pages share: a KPI through time, over the hours of the week, by a dimension that is picked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from dashboard import breakdown, cache, charts, clicks, definition, noise, page, words
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.charts import Line
from dashboard.filters import Scope
from dashboard.i18n import _, language
from dashboard.periods import grain_for
from kpi import catalog
from kpi.model import Better, Figure, Filter, Grain, Status, Unit

Title = Callable[[str, Sequence[Figure]], str]
"""What a panel says of a dimension and its groups."""


def clocked(scope: Scope, text: str) -> str:
    """The text with the clock in use for `{clock}`."""
    return text.format(clock=words.clock_of(scope.choice.clock))


def side_by_side(widths: Sequence[int], *panels: Callable[[], object]) -> None:
    """Panels in one row, one under the other on a phone."""
    for column, draw in zip(page.split(*widths), panels, strict=True):
        with column:
            draw()


# Through time


def trend(
    board: Board,
    kpi_ids: Sequence[str],
    *,
    title: str,
    subtitle: str,
    key: str,
    labels: Sequence[str] = (),
    narrow: bool = False,
    band: bool = True,
    grain: Grain | None = None,
) -> None:
    """KPIs of one unit through time. The first is the page's: its interval (unless `band` is False), its target and
    the period before. `grain` None is the finest whose buckets hold enough cases."""
    scope, known = board.scope, [kpi_id for kpi_id in kpi_ids if board[kpi_id].shown]
    if not known or known[0] != kpi_ids[0]:
        return
    first = board[known[0]]
    grain = grain or _grain(board, known[0])
    rows = {kpi_id: answer.rows for kpi_id, answer in cache.ask(scope.query(*known, grain=grain)).items()}
    counted = first.kpi.unit is Unit.COUNT
    kept = [i for i, figure in enumerate(rows[known[0]]) if counted or page.shown(figure) is not None]
    if not kept:
        page.panel(title, _("Too few cases at a time to draw a line."), key=key)
        return
    named = dict(zip(kpi_ids, labels, strict=True)) if labels else {}
    lines = [
        Line(
            named.get(kpi_id, words.short(catalog.get(kpi_id))),
            [rows[kpi_id][i] for i in kept if i < len(rows[kpi_id])],
            band=band and kpi_id == known[0] and not counted,
            bridged=kpi_id != known[0],
        )
        for kpi_id in known
    ]
    past = _past(scope, known[0], grain)
    hourly = grain is Grain.HOUR and {"weekday", "hour"} <= set(first.kpi.dimensions)
    on_select = clicks.opens(key) if hourly else clicks.narrows(key, grain, [rows[known[0]][i] for i in kept])
    marks = noise.drawn_together(scope, {kpi_id: line.points for kpi_id, line in zip(known, lines, strict=True)}, grain)
    figure = charts.trend(
        lines,
        unit=first.kpi.unit,
        grain=grain,
        targets=breakdown.target_lines(first),
        previous=[past[i] for i in kept if i < len(past)],
        previous_label=_("period before"),
        timezone=scope.timezone,
        clicked=on_select is not None,
        **marks,
        **page.look(narrow=narrow),
    )
    table = partial(page.series_table, rows)
    subtitle = noise.said(subtitle, marks)
    page.panel(title, subtitle, key=clicks.fresh(key), figure=figure, table=table, on_select=on_select)
    if hourly and (at := clicks.place(key)) is not None:
        _open_hour(scope, known[0], lines[0].points[at])


def _open_hour(scope: Scope, kpi_id: str, point: Figure) -> None:
    """The rows of an hour of a day or two."""
    when = fmt.local_time(point.keys[-1], scope.timezone)
    within = (Filter("weekday", (when.isoweekday(),)), Filter("hour", (when.hour,)))
    definition.show_rows(scope, kpi_id, within, f"{fmt.day(when, language())}, {fmt.hour(when.hour, language())}")


def _grain(board: Board, kpi_id: str) -> Grain:
    """Weeks when the days of the card's line hold too few cases."""
    card = board[kpi_id]
    daily = card.answer is not None and card.points == card.answer.rows
    return grain_for(board.scope.span) if daily else Grain.WEEK


def _past(scope: Scope, kpi_id: str, grain: Grain) -> Sequence[Figure]:
    if scope.compared is None:
        return ()
    return cache.ask(scope.query(kpi_id, previous=True, grain=grain, intervals=False))[kpi_id].rows


# Over the hours of the week


def hours(
    scope: Scope, kpi_id: str, *, title: str, subtitle: str, key: str, above: Callable[[], object] | None = None
) -> None:
    """A KPI by weekday and hour, n in each cell. `above` draws what stands over the chart (a choice)."""
    kpi = catalog.get(kpi_id)
    asked = scope.query(kpi_id, by=("weekday", "hour"), intervals=False, totals=False)
    cells = cache.ask(asked)[kpi_id].rows
    if not page.busy(cells):
        page.panel(title, _("Too few cases in each hour of the week to compare them."), key=key, above=above)
        return
    figure = charts.heatmap(cells, unit=kpi.unit, **page.look())
    table = partial(_hours_table, cells, kpi_id)
    page.panel(
        title,
        subtitle,
        key=clicks.fresh(key),
        figure=figure,
        table=table,
        above=above,
        on_select=clicks.opens(key),
    )
    if cell := clicks.opened(key):
        weekday, hour = cell
        within = (Filter("weekday", (weekday,)), Filter("hour", (hour,)))
        name = f"{fmt.weekday(weekday, language(), short=False)}, {fmt.hour(hour, language())}"
        definition.show_rows(scope, kpi_id, within, name)


def _hours_table(cells: Sequence[Figure], kpi_id: str) -> pd.DataFrame:
    lang, kpi = language(), catalog.get(kpi_id)
    table = {
        _("Weekday"): [fmt.weekday(int(cell.keys[0]), lang, short=False) for cell in cells],
        _("Hour"): [fmt.hour(int(cell.keys[1]), lang) for cell in cells],
        words.short(kpi): [fmt.text(page.shown(cell), kpi.unit, lang) for cell in cells],
    }
    if kpi.unit is not Unit.COUNT:
        table["n"] = [fmt.number(cell.n, lang) for cell in cells]
    return pd.DataFrame(table)


# By a dimension


@page.fragment
def by_dimension(
    scope: Scope,
    kpi_id: str,
    dimensions: Sequence[str],
    *,
    key: str,
    subtitle: str,
    title: Title | None = None,
) -> None:
    """One KPI by the dimension that the reader picks among `dimensions`; a click on a bar filters the page."""
    # A fragment: another dimension redraws one panel, not the page.
    clicks.follow()
    offered = breakdown.open_dimensions(scope, dimensions)
    dimension = breakdown.chosen(key, offered)
    figures = [figure for figure in cache.ask(scope.query(kpi_id, by=(dimension,)))[kpi_id].rows if figure.n]
    breakdown.panel(
        scope,
        (title or partial(stands_out, kpi_id))(dimension, figures),
        subtitle,
        kpi_id=kpi_id,
        dimension=dimension,
        figures=figures,
        key=f"{key}-{dimension}",
        above=partial(breakdown.choice, key, offered, _("By")) if len(offered) > 1 else None,
    )


def stands_out(kpi_id: str, dimension: str, figures: Sequence[Figure]) -> str:
    """The group to look at: the worst by the KPI's direction, the largest of one without."""
    kpi = catalog.get(kpi_id)
    found = breakdown.extreme(dimension, figures, min if kpi.better is Better.HIGHER else max)
    if found is None or found[1].status is not Status.OK:
        return _("{kpi} by {dimension}").format(kpi=words.short(kpi), dimension=words.dimension(dimension).lower())
    value = fmt.text(found[1].value, kpi.unit, language())
    return _("{kpi}: {name} at {value}").format(kpi=words.short(kpi), name=found[0], value=value)
