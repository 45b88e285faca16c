"""Definitions: every KPI in words, formula and SQL, searched in both languages, made from the catalogue."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import groupby

import streamlit as st

from dashboard import cache, definition, page, words
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from kpi.catalog import CATALOG
from kpi.definition import Kpi

FAMILIES = ("stock", "activity", "performance", "productivity", "satisfaction", "finance")


def render(scope: Scope | None) -> None:
    page.header(
        _("Definitions"),
        _("One definition for each KPI, the same on every screen, in every export and in every alert."),
    )
    words_asked = st.text_input(
        _("Search"), key="search", type="search", live="250ms", placeholder=_("first response, NPS, décroché…"),
        label_visibility="collapsed",
    )  # fmt: skip
    found = sorted(matching(words_asked, CATALOG.values()), key=_place)
    st.caption(ngettext("{n} KPI", "{n} KPIs", len(found)).format(n=len(found)))
    if not found:
        page.empty(_("No KPI of that name"), _("Try another word, or an acronym such as FRT, NPS or DMT."))
    for family, kpis in groupby(found, key=lambda kpi: kpi.family):
        page.section(words.family(family))
        with st.container(key=f"family-{family}", gap="xsmall"):
            for kpi in kpis:
                _entry(kpi, scope)


def matching(text: str, kpis: Iterable[Kpi]) -> list[Kpi]:
    """The KPIs that hold every word of `text`, whatever its accents and case, in either language."""
    asked = _bare(text).split()
    return [kpi for kpi in kpis if all(word in _searched(kpi) for word in asked)]


def _searched(kpi: Kpi) -> str:
    parts = ("meaning", "formula", "acronym")
    texts = [kpi.id, kpi.en, kpi.fr, *(kpi.text(part, lang) for part in parts for lang in ("en", "fr"))]
    return _bare(" ".join(texts))


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _place(kpi: Kpi) -> tuple[int, str]:
    return FAMILIES.index(kpi.family), _bare(kpi.label(language()))


def _entry(kpi: Kpi, scope: Scope | None) -> None:
    acronym = kpi.text("acronym", language())
    label = f"**{words.plain(kpi.label(language()))}**" + (f" :gray[{words.plain(acronym)}]" if acronym else "")
    entry = st.expander(label, key=f"entry-{kpi.id}", on_change="rerun")
    if entry.open:
        with entry:
            st.html(f'<div class="v-definition">{definition.words_of(kpi)}</div>')
            if scope is not None and scope.missing_dimension(kpi) is None:
                st.code(cache.sql(scope.query(kpi.id), kpi.id), language="sql", wrap_lines=True)
