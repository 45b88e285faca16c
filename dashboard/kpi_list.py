"""The catalogue as a list of links: one element however many KPIs, where a widget for each would take a second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache as once
from itertools import groupby
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import words
from dashboard.i18n import _, language
from kpi.definition import Kpi

KEY = "kpi_list"


def links(kpis: Sequence[Kpi], chosen: str | None, address: str, on_choice: Callable[[str], None]) -> None:
    """Links to the KPIs, those of a family together; `address` is what stands before the KPI's id in each link. A click
    calls `on_choice` with the id and reruns the fragment that this stands in."""
    families = [
        {"name": words.family(family), "kpis": [_link(kpi) for kpi in members]}
        for family, members in groupby(kpis, key=lambda kpi: kpi.family)
    ]
    data = {"families": families, "chosen": chosen, "address": address, "label": _("Definitions")}
    _component()(key=KEY, data=data, on_chosen_change=lambda: on_choice(st.session_state[KEY]["chosen"]))


def _link(kpi: Kpi) -> dict[str, str]:
    return {"id": kpi.id, "name": kpi.label(language()), "acronym": kpi.text("acronym", language())}


@once
def _component() -> Callable[..., Any]:
    script = Path(__file__).with_name("kpi_list.js").read_text("utf-8")
    return st.components.v2.component("kpi_list", html='<nav class="v-list"></nav>', js=script, isolate_styles=False)
