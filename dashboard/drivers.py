"""What goes with satisfaction: a panel that is computed when the reader opens it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from dashboard import breakdown, cache, page, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi import catalog
from kpi.drivers import GroupImpact, Honesty, Lived, Willing
from kpi.model import Status, Unit, Value
from kpi.verbatims import KPI as TOPICS
from kpi.verbatims import TopicImpact, topic_impacts

DIMENSIONS = ("channel", "request_type", "team_id", "product")
_LEVEL, _MOST_TOPICS = 0.05, 6


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
        found, lived, honest, asked = cache.drivers(query, dimension)
        _impacts(dimension, found)
        if honest is not None:
            _honesty(dimension, honest, asked)
        _topics(scope)
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


def _topics(scope: Scope) -> None:
    """What the topics of the comments weigh, the heaviest on either side first, and the page that has them all."""
    if scope.missing_dimension(catalog.get(TOPICS)):
        return
    by_group = cache.ask(scope.query(TOPICS, by=("score_group",), params=(("corpus", "comments"),)))[TOPICS]
    found = {} if by_group.needs else topic_impacts(by_group, cache.group_sizes(scope.query(TOPICS)))
    if not found:
        return
    heaviest = sorted(found.items(), key=lambda pair: (-abs(pair[1].impact.impact), pair[0]))[:_MOST_TOPICS]
    rows = [
        (
            topic,
            fmt.number(one.n, language()),
            fmt.text(one.impact.nps, Unit.NPS, language()),
            fmt.points(one.impact.impact, language()),
        )
        for topic, one in sorted(heaviest, key=lambda pair: pair[1].impact.impact)
    ]
    head = (_("Comments"), "NPS", _("Against the others"))
    st.html(_told(said_topics(found)) + _table(head, rows))
    page.link("verbatims", _("All the topics, and their comments"))


def said_topics(found: Mapping[str, TopicImpact]) -> str:
    """ "In comments, Délai weighs most on the NPS: −6.1 pts (NPS −20 on 60 comments)." Topics overlap."""
    topic, one = min(found.items(), key=lambda pair: (pair[1].impact.impact, pair[0]))
    if one.impact.impact >= 0:
        return _("In comments, no topic weighs on the NPS.")
    return _("In comments, {topic} weighs most on the NPS: {points} ({nps} on {n} comments; topics overlap).").format(
        topic=topic,
        points=fmt.points(one.impact.impact, language()),
        nps=fmt.text(one.impact.nps, Unit.NPS, language()),
        n=fmt.number(one.n, language()),
    )


def _honesty(dimension: str, honest: Honesty, asked: Sequence[Willing]) -> None:
    lang = language()
    rate = {one.key: fmt.percent(one.rate, lang) for one in asked}
    rows = [
        (
            _name(dimension, one.key, one.pooled),
            fmt.percent(one.contact_share, lang),
            fmt.percent(one.answer_share, lang),
            fmt.UNKNOWN if one.pooled else rate.get(one.key, fmt.UNKNOWN),
            fmt.text(one.nps if one.answers else None, Unit.NPS, lang),
        )
        for one in honest.groups
    ]
    head = (_("Share of the requests"), _("Share of the answers"), _("Answer when asked"), "NPS")
    st.html(_told(said_honesty(dimension, honest, asked)) + _table(head, rows))


def said_honesty(dimension: str, honest: Honesty, asked: Sequence[Willing] = ()) -> str:
    """Whether those who answer are those who contact, who answers less often when asked, and the score if all did."""
    lang = language()
    by = words.dimension(dimension).lower()
    mix = _("By {dimension}, those who answer differ from those who contact no more than chance.")
    if honest.p is not None and honest.p < _LEVEL:
        mix = _("By {dimension}, those who answer are not those who contact.")
    both = _("NPS as it is: {nps}; with the mix of the requests: {weighted}.").format(
        nps=fmt.signed(honest.nps, lang, 1), weighted=fmt.signed(honest.weighted, lang, 1)
    )
    return " ".join(filter(None, (mix.format(dimension=by), said_willing(dimension, asked), both)))


def said_willing(dimension: str, asked: Sequence[Willing]) -> str:
    """ "Of those asked, E-mail answers 12.9%, the others 21.6%." Empty without surveys sent."""
    if not asked:
        return ""
    first, lang = asked[0], language()
    if not first.apart:
        return _("Asked, all of them answer alike.")
    return _("Asked, {name} answers {rate}, the others {others}.").format(
        name=_name(dimension, first.key, False),
        rate=fmt.percent(first.rate, lang),
        others=fmt.percent(first.others, lang),
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
