"""What the reader explores: the choices as widgets, kept in step with the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import address, cache, exploring, words
from dashboard.exploring import Form, View
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi.catalog import CATALOG
from kpi.definition import FAMILIES, Kpi
from kpi.model import Grain
from kpi.search import bare

_VIEW = "explore_view"
_NAMES = ("kpis", "by", "grain", "form")
_WHOLE = "whole"


def chosen(scope: Scope) -> View:
    """Draws the choices and gives the view they make; the address follows."""
    view = _asked(scope)
    with st.container(key="panel-explore", gap="small"):
        kpis = _kpis(view)
        view = _possible(View(kpis, view.by, view.grain, view.form), scope)
        view = _widgets(view, scope)
    st.session_state[_VIEW] = view
    for name, text in exploring.to_texts(view).items():
        address.write(name, text)
    return view


def exists(dimension: str) -> bool:
    """Whether a dimension has something to compare, and may be shown to readers."""
    if dimension == "agent_id" and not cache.allowed("individual_view"):
        return False
    return len(cache.values(dimension)) > 1


def grain_name(grain: Grain | None) -> str:
    """ "By week"; None is the whole period."""
    return {
        None: _("Whole period"),
        Grain.HALF_HOUR: _("By half-hour"),
        Grain.HOUR: _("By hour"),
        Grain.DAY: _("By day"),
        Grain.WEEK: _("By week"),
        Grain.MONTH: _("By month"),
        Grain.QUARTER: _("By quarter"),
        Grain.YEAR: _("By year"),
    }[grain]


def form_name(form: Form) -> str:
    """ "line" -> "Line chart"."""
    return {
        Form.CARDS: _("Cards"),
        Form.LINE: _("Line chart"),
        Form.BAR: _("Bars"),
        Form.HEAT: _("Heat map"),
        Form.TABLE: _("Table"),
    }[form]


def _asked(scope: Scope) -> View:
    """The view of the address when it newly asks one, else the one in use."""
    kept: View | None = st.session_state.get(_VIEW)
    first = kept or exploring.first_view(cache.engine().tables())
    texts = address.fresh(*_NAMES)
    if texts is None:
        return first
    view, wrong = exploring.from_texts(texts, first)
    possible = _possible(view, scope)
    refused = [name for name in _NAMES[1:] if name in texts and getattr(view, name) != getattr(possible, name)]
    address.set_aside([*wrong, *refused])
    return possible


def _possible(view: View, scope: Scope) -> View:
    return exploring.possible(view, exists, scope.span.days)


# The widgets


def _kpis(view: View) -> tuple[str, ...]:
    options = sorted(CATALOG.values(), key=lambda kpi: (FAMILIES.index(kpi.family), bare(kpi.label(language()))))
    names = {kpi.id: _name(kpi) for kpi in options}
    picked = _multiselect("kpis", _("Indicators"), list(names), view.kpis, names, exploring.MOST_KPIS)
    return tuple(picked)


def _name(kpi: Kpi) -> str:
    acronym = kpi.text("acronym", language())
    label = kpi.label(language())
    return f"{label} ({acronym})" if acronym and acronym.lower() not in label.lower() else label


def _widgets(view: View, scope: Scope) -> View:
    offered, partly = exploring.dimensions(view.known, exists)
    grains: list[Grain | None] = [None, *exploring.grains(view.known, scope.span.days)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="explore-choices"):
        names = {name: words.dimension(name) for name in offered}
        by = _multiselect("by", _("Break down by"), offered, view.by, names, exploring.MOST_DIMENSIONS)
        grain = _select("grain", _("Through time"), grains, view.grain, grain_name)
        made = View(view.kpis, tuple(by), grain, view.form)
        forms = exploring.forms(made)
        form = _segments("form", _("Drawn as"), forms, made.form if made.form in forms else forms[0], form_name)
    _why_not(view, partly, len(grains) > 1)
    return View(view.kpis, tuple(by), grain, form if form != forms[0] else None)


def _why_not(view: View, partly: Sequence[str], in_time: bool) -> None:
    """What is not offered, and which KPI is in the way."""
    said = []
    for kpi in view.known:
        lacking = [words.dimension(name).lower() for name in partly if name not in kpi.dimensions]
        if lacking:
            text = _("{kpi} is not known by {dimensions}.")
            said.append(text.format(kpi=words.short(kpi), dimensions=", ".join(dict.fromkeys(lacking))))
    if view.kpis and not in_time:
        said.append(_("These indicators have no series in this period."))
    if said:
        st.caption(words.plain(" ".join(said)))


def _key(name: str) -> str:
    """The browser keeps a choice as the words it was made in: a key for each language."""
    return f"explore-{name}-{language()}"


def _multiselect(
    name: str, label: str, options: Sequence[str], kept: Sequence[str], names: Mapping[str, str], most: int
) -> list[str]:
    st.session_state[_key(name)] = [one for one in kept if one in options][:most]
    picked: list[str] = st.multiselect(
        label, list(options), format_func=lambda one: names.get(one, one), key=_key(name), max_selections=most,
        placeholder=_("Choose"), on_change=_keep, args=(name,),
    )  # fmt: skip
    return picked


def _select(
    name: str, label: str, options: Sequence[Grain | None], kept: Grain | None, write: Callable[[Any], str]
) -> Grain | None:
    names = {option or _WHOLE: write(option) for option in options}  # None is what Streamlit calls no choice.
    st.session_state[_key(name)] = (kept if kept in options else None) or _WHOLE
    picked = st.selectbox(
        label, list(names), format_func=names.__getitem__, key=_key(name), on_change=_keep, args=(name,), width=180
    )
    return _grain(picked)


def _grain(code: str | None) -> Grain | None:
    return None if code in (None, _WHOLE) else Grain(code)


def _segments(name: str, label: str, options: Sequence[Form], kept: Form, write: Callable[[Any], str]) -> Form:
    st.session_state[_key(name)] = kept
    picked = st.segmented_control(
        label, list(options), format_func=write, key=_key(name), required=True, on_change=_keep, args=(name,),
        width="content",
    )  # fmt: skip
    return Form(picked or kept)


def _keep(name: str) -> None:
    """A widget's new choice, before the others are drawn from the view."""
    view: View = st.session_state[_VIEW]
    value = st.session_state[_key(name)]
    changed: Any = tuple(value) if name in ("kpis", "by") else _grain(value) if name == "grain" else value
    fields = {field: getattr(view, field) for field in _NAMES} | {name: changed}
    st.session_state[_VIEW] = View(**fields)
