"""The check that the footer offers: each card of the page counted again, from its rows and from its parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard import cache, page, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from kpi import catalog
from kpi.reconciliation import Check


@page.fragment
def offer(scope: Scope, kpi_ids: Sequence[str]) -> None:
    """A button; once pressed, what was found. A fragment: the page is not drawn again."""
    with st.container(key="reconcile", horizontal=True, horizontal_alignment="right"):
        pressed = st.button(_("Check these figures"), key="check", type="tertiary", icon=":material/fact_check:")
    if pressed:
        with st.container(key="reconciled"):
            page.notice(*verdict(cache.checks(scope.query(*kpi_ids)), datetime.now(scope.zone)))


def verdict(checks: Sequence[Check], now: datetime) -> tuple[str, str]:
    """What the check found, as HTML, and the kind of its notice."""
    checked = [check for check in checks if check.checked]
    wrong = [check for check in checked if not check.agrees]
    if wrong:
        names = ", ".join(_disagrees(check) for check in wrong)
        said = _("These figures do not agree with their rows: {names}. Please report it.")
        return said.format(names=names), "warning"
    if not checked:
        return _("None of the figures of this page can be counted from rows."), "info"
    said = ngettext(
        "<b>Reconciled.</b> {n} figure of this page was counted again from its rows and from its groups, and agrees",
        "<b>Reconciled.</b> The {n} figures of this page were counted again from their rows and from their groups, "
        "and agree",
        len(checked),
    ).format(n=len(checked))
    return f"{said}{_besides(checks)} ({words.html(fmt.clock(now))}).", "info"


def _besides(checks: Sequence[Check]) -> str:
    """Those that were not: their cases are respondents, agents or two kinds of things."""
    others = [words.html(words.short(catalog.get(check.kpi_id))) for check in checks if not check.checked]
    return _("; not counted from rows: {names}").format(names=", ".join(others)) if others else ""


def _disagrees(check: Check) -> str:
    name = words.html(words.short(catalog.get(check.kpi_id)))
    lang = language()
    if check.rows is not None and check.rows != check.n:
        return _("{kpi} (n = {n}, {rows} rows)").format(
            kpi=name, n=fmt.number(check.n, lang), rows=fmt.number(check.rows, lang)
        )
    return _("{kpi} (its groups)").format(kpi=name)
