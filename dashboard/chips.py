"""The line at the top of every page: what is selected, one click to clear, language, link to share."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboard import address, cache, page, sidebar, words
from dashboard.filters import Clock, Scope
from dashboard.i18n import LANGUAGES, _
from dashboard.periods import Comparison
from kpi.model import Filter

_SHOWN = 2
"""Values written out on a chip before it says "+3"."""


def line(scope: Scope | None) -> None:
    """Draws the line; without data only the language is left."""
    side: Literal["right", "distribute"] = "right" if scope is None else "distribute"  # an empty container has no place
    with st.container(key="topline", horizontal=True, horizontal_alignment=side, gap="small"):
        with st.container(key="chips", horizontal=True, gap="xsmall", vertical_alignment="center"):
            if scope is not None:
                _chips(scope)
        with st.container(key="actions", horizontal=True, gap="xsmall", width="content"):
            _actions(scope)


def _chips(scope: Scope) -> None:
    st.html(f'<div class="v-chips">{_period(scope)}{_comparison(scope)}{_clock(scope)}</div>', width="content")
    for chosen in scope.choice.filters:
        st.button(
            _text(chosen), key=f"chip-{chosen.dimension}", icon=":material/close:", icon_position="right",
            help=_("Remove this filter"), on_click=sidebar.clear, args=(chosen.dimension,),
        )  # fmt: skip
    if len(scope.choice.filters) > 1:
        st.button(_("Clear all"), key="chip-all", type="tertiary", on_click=sidebar.clear_all)


def _period(scope: Scope) -> str:
    name = words.html(words.preset(scope.choice.preset))
    return f'<span class="v-chip"><b>{name}</b> · {words.html(words.days(scope.span))}</span>'


def _comparison(scope: Scope) -> str:
    if scope.compared:
        text = _("compared with <b>{days}</b>").format(days=words.html(words.days(scope.compared)))
    elif scope.choice.comparison is Comparison.NONE:
        text = _("no comparison")
    else:
        text = _("no earlier data to compare with")
    return f'<span class="v-chip">{text}</span>'


def _clock(scope: Scope) -> str:
    if scope.choice.clock is Clock.CALENDAR:
        return ""
    text = _("durations in <b>business hours</b>")
    return f'<span class="v-chip">{text}</span>'


def _text(chosen: Filter) -> str:
    labels = cache.labels(chosen.dimension)
    names = [words.value(chosen.dimension, value, labels) for value in chosen.values]
    more = f" +{len(names) - _SHOWN}" if len(names) > _SHOWN else ""
    listed = words.plain(", ".join(names[:_SHOWN]) + more)
    return _("{dimension}: **{values}**").format(dimension=words.dimension(chosen.dimension), values=listed)


def _actions(scope: Scope | None) -> None:
    st.segmented_control(
        _("Language"),
        LANGUAGES,
        format_func=str.upper,
        key="lang",
        required=True,
        label_visibility="collapsed",
    )
    if scope is None:
        return
    _share(scope)


@page.fragment
def _share(scope: Scope) -> None:
    # Made when it is opened: the page below has then put its own choices in the address.
    box = st.popover(_("Share"), icon=":material/link:", key="share", on_change="rerun")
    if box.open:
        with box:
            st.caption(_("This address opens the same page with the same filters."))
            query = urlencode({**address.here(), **sidebar.address_of(scope.choice)}, doseq=True)
            st.code(f"{_address()}?{query}", language=None, wrap_lines=True)


def _address() -> str:
    """The page's address; Streamlit gives the first page's without its slash."""
    url = st.context.url or ""
    return url if urlsplit(url).path else f"{url}/"
