"""One panel that compares groups: the reader picks the KPI, then the dimension."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import breakdown, cache, clicks, page, panels, words
from dashboard.cards import Board
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi import catalog
from kpi.model import Unit


@page.fragment
def by_measure(board: Board, measures: Sequence[str], dimensions: Sequence[str], *, key: str) -> None:
    """Bars of the KPI that is picked among `measures` (those of the board that have cases) by the dimension that is
    picked among those it has; a click on a bar filters the page. Nothing when none has cases."""
    # A fragment: another KPI or dimension redraws one panel, not the page.
    clicks.follow()
    scope, known = board.scope, [kpi_id for kpi_id in measures if board[kpi_id].answer and board[kpi_id].figure.n]
    if not known:
        return
    kpi_id = breakdown.chosen(f"{key}-measure", known)
    kpi = catalog.get(kpi_id)
    offered = breakdown.open_dimensions(scope, [name for name in dimensions if name in kpi.dimensions])
    dimension = breakdown.chosen(f"{key}-by", offered)
    figures = [figure for figure in cache.ask(scope.query(kpi_id, by=(dimension,)))[kpi_id].rows if figure.n]

    def choices() -> None:
        if len(known) > 1:
            breakdown.choice(f"{key}-measure", known, _("Indicator"), _name)
        if len(offered) > 1:
            breakdown.choice(f"{key}-by", offered, _("By"))

    breakdown.panel(
        scope,
        panels.stands_out(kpi_id, dimension, figures),
        _meaning(scope, kpi_id),
        kpi_id=kpi_id,
        dimension=dimension,
        figures=figures,
        targets=breakdown.target_lines(board[kpi_id]),
        key=f"{key}-{kpi_id}-by-{dimension}",
        above=choices,
    )


def _name(kpi_id: str) -> str:
    return words.short(catalog.get(kpi_id))


def _meaning(scope: Scope, kpi_id: str) -> str:
    """What the KPI says; the clock of a duration that has one; what the whisker is."""
    kpi = catalog.get(kpi_id)
    clock = words.clock_of(scope.choice.clock) if any(param.name == "clock" for param in kpi.params) else ""
    whisker = "" if kpi.unit is Unit.COUNT else _("whisker: 95% interval")
    parts = (words.html(kpi.text("meaning", language()).removesuffix(".")), clock, whisker)
    return " · ".join(filter(None, parts))
