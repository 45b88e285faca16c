"""What comments speak of: topics, what they weigh on the NPS, and the words of those who do not recommend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

import pandas as pd
import streamlit as st

from dashboard import cache, charts, clicks, page, reading, search_panel, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi import catalog
from kpi.display import protected
from kpi.model import Figure, Status, Unit
from kpi.statistics.words import WordContrast
from kpi.verbatims import KPI, Contrast, Corpus, TopicImpact, topic_impacts

MOST_TOPICS, MOST_WORDS = 12, 12


def topics(scope: Scope, corpus: Corpus) -> None:
    """The topics by how often they come up and, for comments, by what they weigh on the NPS."""
    query = scope.query(KPI, params=(("corpus", corpus),))
    answer = cache.ask(query)[KPI]
    if answer.needs:
        names = words.html(words.exports(answer.needs))
        text = _("Topics need a list of the words to look for: <b>{tables}</b>.").format(tables=names)
        page.notice(text)
        return
    rows = [figure for figure in protected(answer.rows) if figure.numerator]
    known = page.busy(rows)[:MOST_TOPICS]
    if not known:
        return
    parts = [partial(_shares, scope, known, rows, corpus)]
    if corpus == "comments":
        by_group = cache.ask(scope.query(KPI, by=("score_group",), params=query.params))[KPI]
        impacts = topic_impacts(by_group, cache.group_sizes(scope.query(KPI)))
        if impacts:
            parts.append(partial(_impacts, scope, impacts))
    reading.side_by_side(parts)


def _shares(scope: Scope, known: Sequence[Figure], rows: Sequence[Figure], corpus: Corpus) -> None:
    top = known[0]
    share = fmt.text(top.value, Unit.RATIO, language())
    page.panel(
        _("{topic} comes up most: {share}").format(topic=top.keys[-1], share=share),
        _("Share of the comments that mention a topic, whatever the number of times")
        if corpus == "comments"
        else _("Share of the transcripts that mention a topic, whatever the number of times"),
        key=clicks.fresh("topics"),
        on_select=clicks.opens("topics"),
        figure=charts.bars([charts.Group(str(one.keys[-1]), one) for one in known], unit=Unit.RATIO, **page.look()),
        table=lambda: pd.DataFrame(
            {
                _("Topic"): [str(one.keys[-1]) for one in rows],
                words.short(catalog.get(KPI)): [reading.value(one, Unit.RATIO) for one in rows],
                _("95% interval"): [reading.interval(one, Unit.RATIO) for one in rows],
                "n": [reading.count(one) for one in rows],
            }
        ),
    )
    if (at := clicks.position("topics")) is not None:
        search_panel.show_topic(scope, corpus, str(known[at].keys[-1]))


def _impacts(scope: Scope, impacts: Mapping[str, TopicImpact]) -> None:
    ordered = sorted(impacts.items(), key=lambda pair: pair[1].impact.impact)
    name, worst = ordered[0][0], ordered[0][1].impact
    if round(worst.impact) < 0:
        points = fmt.points(abs(worst.impact), language(), 0, sign=False)
        title = _("{topic} weighs most on the NPS: {points} lower").format(topic=name, points=points)
    else:
        title = _("No topic weighs on the NPS")
    largest = sorted(ordered, key=lambda pair: -abs(pair[1].impact.impact))[:MOST_TOPICS]
    groups = [
        charts.Group(topic, Figure(value=one.impact.impact, n=one.n, status=Status.OK))
        for topic, one in ordered
        if (topic, one) in largest
    ]
    page.panel(
        title,
        _("NPS of those who mention a topic minus that of the others, times their share; topics overlap, and going "
          "together is not causing"),
        key=clicks.fresh("topic-impacts"),
        on_select=clicks.opens("topic-impacts"),
        figure=charts.bars(groups, unit=Unit.NPS, order="given", **page.look()),
        table=lambda: pd.DataFrame(
            {
                _("Topic"): [topic for topic, _one in ordered],
                _("Share of comments"): [fmt.percent(one.impact.share, language()) for _topic, one in ordered],
                _("NPS when mentioned"): [fmt.text(one.impact.nps, Unit.NPS, language()) for _topic, one in ordered],
                _("Impact, points"): [fmt.text(one.impact.impact, Unit.NPS, language()) for _topic, one in ordered],
            }
        ),
    )  # fmt: skip
    if (at := clicks.position("topic-impacts")) is not None:
        search_panel.show_topic(scope, "comments", groups[at].label)


# Words


@page.fragment
def typical(scope: Scope) -> None:
    """The words that detractors and promoters do not share, in two panels; a click on one searches it."""
    clicks.follow()
    found = cache.contrast(scope.query(KPI))
    if not (found.detractors and found.promoters):
        return
    sides: list[Literal["detractors", "promoters"]] = ["detractors", "promoters"]
    reading.side_by_side([partial(_side, found, side) for side in sides])


def _side(found: Contrast, side: Literal["detractors", "promoters"]) -> None:
    telling = found.telling(side)[:MOST_WORDS]
    first = side == "detractors"
    title = _("Words of detractors") if first else _("Words of promoters")
    read = _("{detractors} comments of detractors and {promoters} of promoters were read").format(
        detractors=fmt.number(found.detractors, language()), promoters=fmt.number(found.promoters, language())
    )
    if not telling:
        box = page.panel(title, read, key=f"words-{side}")
        with box:
            st.caption(_("No word stands out beyond chance: more comments, over a longer period, would tell."))
        return
    whole = found.detractors if first else found.promoters
    theme = page.theme()
    ink = theme.categories[2] if first else theme.series
    groups = [charts.Group(one.word, _said(one, first, whole), ink) for one in telling]
    under = _("Share of their comments that hold the word, among those more frequent than in the other group beyond "
              "chance")  # fmt: skip
    page.panel(
        title,
        f"{under} · {read}",
        key=clicks.fresh(f"words-{side}"),
        on_select=clicks.runs(f"words-{side}", lambda at: search_panel.search(telling[at].word)),
        figure=charts.bars(groups, unit=Unit.RATIO, **page.look()),
        table=partial(_table, telling, found),
    )


def _said(one: WordContrast, first: bool, whole: int) -> Figure:
    n = one.first if first else one.second
    return Figure(value=n / whole, n=n, status=Status.OK)


def _table(telling: Sequence[WordContrast], found: Contrast) -> pd.DataFrame:
    lang = language()
    return pd.DataFrame(
        {
            _("Word"): [one.word for one in telling],
            _("Detractors"): [fmt.percent(one.first / found.detractors, lang) for one in telling],
            _("Promoters"): [fmt.percent(one.second / found.promoters, lang) for one in telling],
            _("z of the log-odds"): [fmt.number(one.z, lang, 1) for one in telling],
            _("Adjusted p"): [fmt.number(one.p_adjusted, lang, 4) for one in telling],
        }
    )
