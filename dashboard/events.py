"""What people record of some days: an incident, a campaign, a strike, new opening hours. Every trend shows it."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import streamlit as st

from dashboard import cache, page, words
from dashboard import format as fmt
from dashboard.filters import NEWEST, OLDEST, Scope
from dashboard.i18n import _, language
from data.settings import EVENT_KINDS, LONGEST_EVENT, Event

_SAID, _WHO = "events-said", "events-who"
_SHOWN = 30
"""Events listed, the latest first."""


@page.fragment
def draw(scope: Scope) -> None:
    """The events recorded and the form that adds one."""
    # A fragment: typing redraws the form, not the page.
    note = _("What happened, and when: every trend shows it, so that a line is read with its cause.")
    with page.panel(_("Events"), note, key="events"):
        said = st.session_state.pop(_SAID, None)
        if said:
            page.notice(words.html(said))
        if not cache.settings().lasting:
            page.notice(_("This folder cannot be written: what you change here is lost at the next start."), "warning")
        _form(scope)
        for event in sorted(cache.settings().events(), key=lambda one: (one.first, one.event_id), reverse=True)[
            :_SHOWN
        ]:
            _line(event)


def _form(scope: Scope) -> None:
    today = scope.span.reached
    with st.form("event-form", clear_on_submit=True, border=False):
        left, right = st.columns(2, gap="small")
        kind = left.selectbox(_("What it was"), EVENT_KINDS, format_func=kind_name, key="event-kind")
        days = right.date_input(
            _("From and until, both included"), (today - timedelta(days=1), today), OLDEST, NEWEST, key="event-days",
            format="DD/MM/YYYY" if language() == "fr" else "YYYY-MM-DD",
        )  # fmt: skip
        text = left.text_input(_("In a few words"), max_chars=LONGEST_EVENT, key="event-text")
        who = right.text_input(_("Your name"), st.session_state.get(_WHO, ""), max_chars=80, key="event-who")
        restart = st.checkbox(
            _("From this day on the figures are those of another way of working: limits of chance start again"),
            key="event-restart",
        )
        if st.form_submit_button(_("Record the event")):
            _record(days, str(kind), text, who, bool(restart))


def _record(days: object, kind: str, text: str, who: str, restart: bool) -> None:
    picked = [day for day in days if isinstance(day, date)] if isinstance(days, tuple | list) else []
    if not picked or not text.strip() or not who.strip():
        page.notice(_("An event needs its days, a few words and your name."), "warning")
        return
    cache.settings().put_event(uuid4().hex, picked[0], picked[-1], kind, text, who, restart=restart)
    st.session_state[_WHO] = who.strip()
    st.session_state[_SAID] = _("Recorded: the trends show it.")
    st.rerun()


def _line(event: Event) -> None:
    """One event in a line, with a way to take it back."""
    days = fmt.date_range(event.first, event.last, language(), year=event.first.year != words.this_year())
    restart = f" · {_('limits start again')}" if event.restart else ""
    with st.container(horizontal=True, key=f"event-{event.event_id}", vertical_alignment="center", gap="small"):
        st.html(
            f'<p class="v-event"><b>{words.html(days)}</b> {words.html(kind_name(event.kind))} · '
            f"{words.html(event.text)}{words.html(restart)} <em>{words.html(event.author)}</em></p>"
        )
        st.button(
            _("Delete"), key=f"forget-{event.event_id}", type="tertiary", icon=":material/delete:",
            on_click=partial(_forget, event.event_id),
        )  # fmt: skip


def _forget(event_id: str) -> None:
    cache.settings().delete_event(event_id)
    st.session_state[_SAID] = _("The event is deleted.")


def kind_name(kind: str) -> str:
    """ "strike" -> "Strike"."""
    return {
        "incident": _("Incident"),
        "campaign": _("Campaign"),
        "strike": _("Strike"),
        "schedule": _("New opening hours"),
        "other": _("Other"),
    }[kind]
