"""Explore: any KPI, up to three, by any of their dimensions and any width of time, as chart or table."""

from __future__ import annotations

import streamlit as st

from dashboard import (
    absent,
    address,
    cache,
    cards,
    clicks,
    explore_charts,
    explore_controls,
    explore_table,
    exploring,
    page,
    saved_views,
    words,
)
from dashboard.cards import Board
from dashboard.exploring import View
from dashboard.filters import Scope
from dashboard.i18n import _


def render(scope: Scope) -> None:
    page.header(
        _("Explore"),
        _("Choose up to three indicators, then what to compare them by. The address keeps the whole view."),
    )
    _explore(scope)


@page.fragment
def _explore(scope: Scope) -> None:
    # A fragment: another choice draws the answer again, not the frame.
    clicks.follow()
    view = explore_controls.chosen(scope)
    page.ignored(address.ignored())
    if not view.kpis:
        page.empty(_("No indicator chosen"), _("Choose one above, by its name or its acronym."), key="no-kpi")
        return
    board = cards.load(scope, view.kpis)
    _left_out(board)
    usable = [kpi_id for kpi_id in view.kpis if board[kpi_id].answer is not None]
    if usable and not absent.explained(scope, _("Nothing in this selection"), *(board[one] for one in usable)):
        _answer(board, View(tuple(usable), view.by, view.grain, view.form))


def _left_out(board: Board) -> None:
    """KPIs that a filter in use does not apply to."""
    for card in board.values():
        if card.missing:
            text = _("{kpi} cannot be filtered by {dimension}: remove that filter to see it.")
            named = text.format(kpi=words.short(card.kpi), dimension=words.dimension(card.missing).lower())
            page.notice(words.html(named), "warning")


def _answer(board: Board, view: View) -> None:
    view = exploring.possible(view, explore_controls.exists, board.scope.span.days)
    query = board.scope.query(*view.kpis, by=view.by, grain=view.grain, totals=False)
    answers = cache.ask(query)
    found = {
        kpi.id: exploring.guarded(
            exploring.placed(
                answers[kpi.id].rows or ((answers[kpi.id].total,) if not view.by and not view.grain else ()),
                classed=exploring.class_of(kpi) is not None,
                grained=view.grain is not None,
            )
        )
        for kpi in view.known
    }
    form = view.form or exploring.forms(view)[0]
    explore_charts.draw(board, view, form, found)
    explore_table.table(board, view, found)
    _sql(board.scope, view)
    saved_views.manage()


def _sql(scope: Scope, view: View) -> None:
    box = st.expander("SQL", key="explore-sql", on_change="rerun")
    if box.open:
        with box:
            st.caption(_("The question as the engine runs it, filters and period included."))
            for kpi in view.known:
                if len(view.kpis) > 1:
                    st.caption(words.plain(words.short(kpi)))
                query = scope.query(kpi.id, by=view.by, grain=view.grain, totals=False)
                st.code(cache.sql(query, kpi.id), language="sql", wrap_lines=True)
