"""Views that people keep by name, for everyone who opens this dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import address, cache, page, words
from dashboard.i18n import _, language
from data.settings import LONGEST_NAME


@page.fragment
def manage() -> None:
    """The saved views, opened in a click; the name field saves the present one."""
    views = cache.settings().views()
    with st.container(horizontal=True, key="saved-views", gap="small", vertical_alignment="center"):
        for name, kept in views.items():
            if st.button(words.plain(name), key=f"view-open-{name}", icon=":material/bookmark:", type="secondary"):
                _open(kept)
        box = st.popover(_("Save or arrange views"), icon=":material/bookmark:", key="views", on_change="rerun")
    if box.open:
        with box:
            _save()
            for name in views:
                _arrange(name)


def _open(kept: Mapping[str, Sequence[str]]) -> None:
    """Puts the view in the address, as a pasted link would."""
    st.query_params.from_dict({**kept, "lang": language()})
    st.rerun()


def _save() -> None:
    with st.form("save-view", border=False):
        name = st.text_input(_("Name of this view"), max_chars=LONGEST_NAME, key="view-name")
        if not st.form_submit_button(_("Save this view"), icon=":material/bookmark_add:"):
            return
    if not name.strip():
        st.caption(_("Give it a name first."))
        return
    cache.settings().save_view(name, {key: values for key, values in address.here().items() if key != "lang"})
    st.rerun(scope="fragment")


def _arrange(name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"view-{name}"):
        renamed = st.text_input(
            _("New name of {name}").format(name=words.plain(name)), name, max_chars=LONGEST_NAME,
            key=f"rename-{name}", label_visibility="collapsed",
        )  # fmt: skip
        delete = st.button(
            _("Delete"), key=f"delete-{name}", icon=":material/delete:", type="tertiary",
            on_click=cache.settings().delete_view, args=(name,),
        )  # fmt: skip
    if delete:
        st.rerun(scope="fragment")
    if renamed.strip() and renamed != name:
        try:
            cache.settings().rename_view(name, renamed)
        except ValueError:
            st.caption(_("Another view has this name."))
            return
        st.rerun(scope="fragment")
