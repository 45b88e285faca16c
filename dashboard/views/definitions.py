"""Definitions: every KPI of the catalogue, searched in both languages, one of them read at a time."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

import streamlit as st

from dashboard import address, cache, definition, kpi_list, page, sidebar, words, worked
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from kpi.catalog import CATALOG
from kpi.definition import FAMILIES, Kpi
from kpi.search import bare, matching

PARAMETER = "kpi"
"""In the address; an anchor (#nps) does as well."""


def render(scope: Scope | None) -> None:
    page.header(
        _("Definitions"),
        _("One definition for each KPI, the same on every screen, in every export and in every alert."),
    )
    _browse(scope)


@page.fragment
def _browse(scope: Scope | None) -> None:
    # A fragment: another KPI or another word draws nothing else again.
    chosen = _chosen()
    narrow, wide = page.split(4, 7)
    with narrow:
        found = _found()
        shown = chosen or (found[0].id if found else None)
        if found:
            kpi_list.links(found, shown, _address(scope), _choose)
    with wide:
        if shown is not None:
            _definition(CATALOG[shown], scope)
        else:
            page.empty(_("No KPI of that name"), _("Try another word, or an acronym such as FRT, NPS or DMT."))
    address.write(PARAMETER, chosen)
    page.ignored(address.ignored())


def _chosen() -> str | None:
    linked = address.asked(PARAMETER, list(CATALOG), str)
    if linked is not None:
        _choose(linked)
    return st.session_state.get("kpi_chosen")


def _choose(kpi_id: str) -> None:
    if kpi_id in CATALOG:
        st.session_state["kpi_chosen"] = kpi_id


def _address(scope: Scope | None) -> str:
    """What stands before a KPI's id in its link: the page, with the filters."""
    shared = sidebar.language_only() if scope is None else sidebar.address_of(scope.choice)
    return f"?{urlencode(shared, doseq=True)}&{PARAMETER}="


def _found() -> list[Kpi]:
    """The search and what it finds, by family and name."""
    words_asked = st.text_input(
        _("Search"), key="search", type="search", live="250ms", placeholder=_("first response, NPS, décroché…"),
        label_visibility="collapsed",
    )  # fmt: skip
    found = sorted(matching(words_asked, CATALOG.values()), key=_place)
    st.caption(ngettext("{n} KPI", "{n} KPIs", len(found)).format(n=len(found)))
    return found


def _place(kpi: Kpi) -> tuple[int, str]:
    return FAMILIES.index(kpi.family), bare(kpi.label(language()))


def _definition(kpi: Kpi, scope: Scope | None) -> None:
    lang = language()
    acronym = kpi.text("acronym", lang)
    names: Iterable[str] = filter(None, (acronym, kpi.id, words.family(kpi.family)))
    with page.panel(kpi.label(lang), words.html(" · ".join(names)), key="definition"):
        targets = cache.targets() if scope is not None else ()
        st.html(f'<div class="v-definition">{definition.words_of(kpi)}{definition.measured_by(kpi, targets)}</div>')
        _example(kpi)
        if scope is not None and scope.missing_dimension(kpi) is None:
            _sql(kpi, scope)


def _example(kpi: Kpi) -> None:
    box = st.expander(_("Worked example"), key=f"example-{kpi.id}", on_change="rerun")
    if box.open:
        with box:
            st.html(worked.html(kpi))


def _sql(kpi: Kpi, scope: Scope) -> None:
    box = st.expander("SQL", key=f"sql-{kpi.id}", on_change="rerun")
    if box.open:
        with box:
            definition.sql(scope, kpi)
