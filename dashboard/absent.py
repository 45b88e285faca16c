"""What a page says when it has nothing to show: which export is missing, or what is empty and how to widen it."""

from __future__ import annotations

import streamlit as st

from dashboard import page, sidebar, words
from dashboard.cards import Card
from dashboard.filters import Scope
from dashboard.i18n import _
from dashboard.periods import Preset

_WIDE_DAYS = 90


def explained(scope: Scope, title: str, *leading: Card, or_open: bool = True) -> bool:
    """Says why none of the `leading` cards has anything, and returns whether that was so. What is still open counts
    as something, unless `or_open` is False.
    """
    needs = next((card.answer.needs for card in leading if card.answer and card.answer.needs), ())
    if needs:
        _needs(needs)
    elif not any(_something(card, or_open) for card in leading):
        _empty(scope, title)
    else:
        return False
    return True


def _something(card: Card, or_open: bool) -> bool:
    return card.answer is not None and bool(card.figure.n or (or_open and card.figure.n_open))


def _needs(tables: tuple[str, ...]) -> None:
    names = ", ".join(words.html(words.export(table)) for table in tables)
    page.empty(
        _("This page needs one more export"),
        _("It is made from: <b>{tables}</b>. Import it, and the page fills by itself.").format(tables=names),
        key="needs",
    )


def _empty(scope: Scope, title: str) -> None:
    """The period and the filters that leave nothing, with a way out of each."""
    filters = scope.choice.filters
    where = _("with these filters") if filters else _("in the whole centre")
    box = page.empty(
        title,
        _("Nothing from {days}, {where}.").format(days=words.html(words.days(scope.span)), where=where),
        key="selection",
    )
    with box, st.container(horizontal=True, horizontal_alignment="center", gap="small"):
        if filters:
            st.button(_("Remove the filters"), key="widen-filters", on_click=sidebar.clear_all)
        if scope.choice.preset is not Preset.LAST_90:
            wide = (Preset.LAST_90,)
            st.button(_("See the last 90 days"), key="widen-period", on_click=sidebar.widen, args=wide)
