"""A KPI under the conventions of others, side by side on the same selection: a part of the drawer that a card opens."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from dashboard import cache, page, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi.conventions import CONVENTIONS, HOUSE, Reading
from kpi.definition import Kpi
from kpi.model import Figure


def offered(kpi: Kpi) -> bool:
    """Whether others read this KPI otherwise."""
    return kpi.id in CONVENTIONS


def panel(scope: Scope, kpi: Kpi) -> None:
    """What each convention reads; the house's own first, and in use everywhere else."""
    found = cache.conventions(scope.query(kpi.id), kpi.id)
    note = _(
        "Two departments that do not find the same figure often count otherwise. The first line is the one that every "
        "page shows; nothing here changes it."
    )
    st.html(f'<div class="v-definition"><p class="v-fair">{words.html(note)}</p>{_table(found)}</div>')


def _table(found: Iterable[Reading]) -> str:
    head = "".join(f'<th scope="col">{words.html(text)}</th>' for text in (_("Convention"), _("Value"), "n"))
    return (
        f'<table class="v-pair v-long"><thead><tr>{head}</tr></thead><tbody>{"".join(map(_row, found))}</tbody></table>'
    )


def _row(reading: Reading) -> str:
    figure = reading.figure or Figure()
    value = fmt.text(page.shown(figure), reading.unit, language())
    name = words.html(reading.convention.label(language()))
    if reading.convention.name == HOUSE:
        name = f"<b>{name}</b>"
    if waiting := _waiting(figure):
        name += f"<br><em>{words.html(waiting)}</em>"
    count = fmt.number(figure.n, language()) if page.shown(figure) is not None else fmt.UNKNOWN
    return f'<tr><th scope="row">{name}</th><td>{words.html(value)}</td><td>{words.html(count)}</td></tr>'


def _waiting(figure: Figure) -> str:
    """The share that is still open, of a figure that counts it."""
    if figure.ci_method is None or not figure.ci_method.startswith("log-log") or not figure.n:
        return ""
    open_ = figure.n_open or 0
    return _("{share} of them still open").format(share=fmt.percent(open_ / figure.n, language()))
