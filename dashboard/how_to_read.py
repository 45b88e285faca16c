"""What a figure of a person says, and what it does not: the words of the page of agents."""

from __future__ import annotations

import streamlit as st

from dashboard import cache, page, words
from dashboard.i18n import _
from dashboard.peers import View
from kpi.statistics.agents import Reason, Standing, Verdict


def standing(one: Standing) -> str:
    if one.verdict is not None:
        return {
            Verdict.ABOVE: _("above"),
            Verdict.SAME: _("not distinguishable"),
            Verdict.BELOW: _("below"),
        }[one.verdict]
    return why(one.reason)


def why(reason: Reason | None) -> str:
    return {
        Reason.FEW_CASES: _("fewer than 30 cases"),
        Reason.SMALL: _("too few cases"),
        Reason.FEW_PEERS: _("fewer than five comparable agents"),
        Reason.ONE_AGENT: _("a single agent"),
        Reason.SHIELD: _("hidden to protect another"),
    }.get(reason or Reason.FEW_CASES, "")


def panel(view: View) -> None:
    """What a figure of a person says, and what it does not."""
    notes = [
        _("“Above” and “below” speak of the value, not of the merit: for a time, above means longer."),
        _("Everybody is read on the same requests, channels and days; “Value” is the figure as it is, before that."),
        _("They are said when chance, over as many people, would rarely give it; 5% of them may be false."),
        _("A value on few cases is drawn towards that of all: nobody is first or last by luck."),
        _("A figure of a person is shown from 30 cases, when five agents of the team have as many."),
        _(
            "What to do: open some cases with those who stand apart; tools, training or requests explain more than "
            "people."
        ),
        _("A figure supports a conversation; it never decides alone (GDPR, article 22)."),
    ]
    if view.team and not cache.allowed("show_names"):
        notes.append(_("Agents appear under the identifiers of the exports."))
    lines = "".join(f"<li>{words.html(note)}</li>" for note in notes)
    with page.panel(_("How to read this page"), key="how-to-read"):
        st.html(f'<ul class="v-notes">{lines}</ul>')
