"""The answer of an exploration as a table: every group, to read, sort and download."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from dashboard import breakdown, page, words
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.columns import title as column_title
from dashboard.explore_charts import Found
from dashboard.exploring import View, axes
from dashboard.i18n import _, language
from kpi.definition import Kpi
from kpi.model import Grain, Status, Unit


def table(board: Board, view: View, found: Found) -> None:
    """Every group of every KPI with its n and interval, to read, sort and download."""
    make = partial(_frame, board, view, found)
    frame = make()
    if frame.empty:
        return
    with page.panel(
        _("The figures"),
        _("All groups, those with too few cases without a value; the files hold numbers, not words"),
        key="explore-table",
    ):
        page.data_table(_styled(frame, view), key="explore", download=make, height=min(38 + 35 * len(frame), 420))


def _names(kpi: Kpi) -> tuple[str, str, str, str]:
    """Titles of a KPI's value, n, and bounds."""
    name = words.short(kpi)
    unit = {Unit.SECONDS: " (s)", Unit.EUROS: " (€)", Unit.DAYS: f" ({fmt.value(1, Unit.DAYS, language())[1]})"}.get(
        kpi.unit, ""
    )
    return f"{name}{unit}", f"{name}, n", f"{name}, {_('lower bound')}", f"{name}, {_('upper bound')}"


def _frame(board: Board, view: View, found: Found) -> pd.DataFrame:
    """A row for each group, a value hidden from the reader being empty."""
    names = dict.fromkeys(name for kpi in view.known for name in axes(view, kpi))
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for kpi in view.known:
        own = axes(view, kpi)
        value, n, low, high = _names(kpi)
        for figure in found[kpi.id]:
            places = dict(zip(own, figure.keys, strict=False))
            when = figure.keys[len(own)] if len(figure.keys) > len(own) else None
            head = {
                _axis(name, view): breakdown.name_of(name, places[name]) if name in places else None for name in names
            }
            if view.grain is not None:
                head[_("Date")] = _local(board, view.grain, when)
            row = rows.setdefault(tuple(head.values()), head)
            shown = page.shown(figure)
            row[value] = shown
            if kpi.unit is not Unit.COUNT:
                row[n] = None if figure.status is Status.SUPPRESSED else figure.n
                bounds = figure.ci if figure.ci and shown is not None else (None, None)
                row[low], row[high] = bounds
    frame = pd.DataFrame(list(rows.values()))
    known = {title for kpi in view.known for title in _names(kpi)}
    numbers = {name: pd.to_numeric(frame[name]) for name in frame.columns if name in known}
    return frame.assign(**numbers).dropna(axis="columns", how="all")


def _axis(name: str, view: View) -> str:
    return words.dimension(name) if name in view.by else column_title(name)


def _local(board: Board, grain: Grain, when: Any) -> Any:
    if when is None or grain not in (Grain.HALF_HOUR, Grain.HOUR):
        return when
    return fmt.local_time(when, board.scope.timezone).replace(tzinfo=None)


def _styled(frame: pd.DataFrame, view: View) -> Any:
    """Numbers stay numbers, so that sorting follows them; they are read in words."""
    writers: dict[Any, Any] = {}
    for kpi in view.known:
        value, n, low, high = _names(kpi)
        writers |= dict.fromkeys((value, low, high), partial(_written, kpi.unit)) | {n: partial(_written, Unit.COUNT)}
    return frame.style.format({name: write for name, write in writers.items() if name in frame.columns})


def _written(unit: Unit, value: Any) -> str:
    return fmt.UNKNOWN if pd.isna(value) else fmt.text(float(value), unit, language())
