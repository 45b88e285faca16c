"""What goes with satisfaction: a panel that is computed when the reader opens it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from dashboard import breakdown, cache, page, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi.drivers import GroupImpact, Honesty, Lived
from kpi.model import Status, Unit, Value

DIMENSIONS = ("channel", "request_type", "team_id", "product")
_LEVEL = 0.05


@page.fragment
def panel(scope: Scope) -> None:
    """Closed, and nothing computed, until it is opened."""
    # A fragment: another dimension redraws this panel, not the page.
    box = st.expander(_("What goes with satisfaction"), key="drivers", on_change="rerun", icon=":material/insights:")
    if not box.open:
        return
    query = scope.query("nps")
    with box:
        offered = breakdown.open_dimensions(scope, [name for name in DIMENSIONS if len(cache.values(name)) > 1])
        if not offered or cache.ask(query)["nps"].total.status is not Status.OK:
            st.caption(_("It asks 30 answers to the NPS, and two groups of ten."))
            return
        breakdown.choice("drivers-by", offered, _("Break down by"))
        dimension = breakdown.chosen("drivers-by", offered)
        found, lived, honest = cache.drivers(query, dimension)
        _impacts(dimension, found)
        if honest is not None:
            _honesty(dimension, honest)
        if lived is not None:
            _lived(lived)
        st.caption(_("These go together; none of them is shown to be the cause."))


def _impacts(dimension: str, found: Sequence[GroupImpact]) -> None:
    rows = [
        (
            _name(dimension, one.key, one.pooled),
            fmt.number(one.n, language()),
            fmt.text(one.impact.nps, Unit.NPS, language()),
            fmt.points(one.impact.impact, language()),
        )
        for one in found
    ]
    head = (_("Answers"), "NPS", _("What it brings"))
    st.html(_told(said_impacts(dimension, found)) + _table(head, rows))


def said_impacts(dimension: str, found: Sequence[GroupImpact]) -> str:
    """ "E-mail weighs most on the NPS: −2.8 pts (NPS +1, 72 answers)." """
    named = [one for one in found if not one.pooled]
    if len(named) < 2 or named[0].impact.impact >= 0:
        return _("By {dimension}, no group weighs on the NPS.").format(dimension=words.dimension(dimension).lower())
    worst = named[0]
    return _("{name} weighs most on the NPS: {points} ({nps} on {n} answers).").format(
        name=_name(dimension, worst.key, worst.pooled),
        points=fmt.points(worst.impact.impact, language()),
        nps=fmt.text(worst.impact.nps, Unit.NPS, language()),
        n=fmt.number(worst.n, language()),
    )


def _honesty(dimension: str, honest: Honesty) -> None:
    lang = language()
    rows = [
        (
            _name(dimension, one.key, one.pooled),
            fmt.percent(one.contact_share, lang),
            fmt.percent(one.answer_share, lang),
            fmt.text(one.nps if one.answers else None, Unit.NPS, lang),
        )
        for one in honest.groups
    ]
    head = (_("Share of the requests"), _("Share of the answers"), "NPS")
    st.html(_told(said_honesty(dimension, honest)) + _table(head, rows))


def said_honesty(dimension: str, honest: Honesty) -> str:
    """Whether those who answer are those who contact, and the score if they were."""
    lang = language()
    by = words.dimension(dimension).lower()
    mix = _("By {dimension}, those who answer differ from those who contact no more than chance.")
    if honest.p is not None and honest.p < _LEVEL:
        mix = _("By {dimension}, those who answer are not those who contact.")
    both = _("NPS as it is: {nps}; with the mix of the requests: {weighted}.")
    return f"{mix} {both}".format(
        dimension=by,
        nps=fmt.signed(honest.nps, lang, 1),
        weighted=fmt.signed(honest.weighted, lang, 1),
    )


def _lived(lived: Lived) -> None:
    lang = language()
    if lived.p >= _LEVEL:
        text = _("Nothing that was lived on the request goes with the note, on {n} answers.")
        st.html(_told(text.format(n=fmt.number(lived.n, lang))))
        return
    shares = sorted(lived.importance.shares.items(), key=lambda item: -item[1])
    text = _("What was lived on the request goes with {share} of the differences between notes ({n} answers).").format(
        share=fmt.percent(lived.importance.r2, lang, 0), n=fmt.number(lived.n, lang)
    )
    rows = [
        (
            driver_name(name),
            fmt.percent(part, lang),
            _("a worse note") if lived.slopes[name] < 0 else _("a better note"),
        )
        for name, part in shares
    ]
    st.html(_told(text) + _table((_("Share of the differences"), _("More of it goes with")), rows))


def driver_name(name: str) -> str:
    """ "reopened" -> "Request reopened"."""
    return {
        "first_response_s": _("Time to the first response"),
        "resolution_s": _("Time to the resolution"),
        "reopened": _("Request reopened"),
        "contacts": _("Number of contacts"),
    }[name]


def _name(dimension: str, key: Value, pooled: bool) -> str:
    return _("Smaller groups") if pooled else breakdown.name_of(dimension, key)


def _told(text: str) -> str:
    return f'<p class="v-fair v-apart">{words.html(text)}</p>'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = "".join(f'<th scope="col">{words.html(text)}</th>' for text in ("", *head))
    lines = "".join(
        f'<tr><th scope="row">{words.html(row[0])}</th>{"".join(f"<td>{words.html(x)}</td>" for x in row[1:])}</tr>'
        for row in rows
    )
    return f'<table class="v-pair"><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>'
