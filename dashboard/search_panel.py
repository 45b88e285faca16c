"""A search in what customers wrote or said: how many hold it, how they score, and the texts themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import address, cache, page, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language
from dashboard.periods import to_local
from dashboard.theme import color_of
from kpi import verbatims
from kpi.display import SHOW_FROM
from kpi.model import Unit
from kpi.statistics.mix import nps
from kpi.verbatims import GROUPS, KPI, Corpus

FIRST, MORE = 8, 60
_LONGEST, _BEFORE = 700, 200
"""Characters of a text that is shown, and of what stands before its first match."""
_PARAMETER, _FIELD = "q", "verbatims_search"


@page.fragment
def searched(scope: Scope, corpus: Corpus) -> None:
    """The search field, what it finds and the files of it."""
    found = cache.documents(scope.query(KPI), corpus)
    with page.panel(
        _("What customers wrote") if corpus == "comments" else _("What was said"),
        _("Newest first, as they were written; who served them is not shown"),
        key="search-verbatims",
    ):
        asked = verbatims.terms(_field())
        kept = found[verbatims.matching(found["text"], asked)] if asked else found
        if asked:
            st.html(f'<p class="v-lead">{_counted(found, kept)}</p>')
        if kept.empty:
            st.caption(_("Nothing holds all these words. Fewer words, or their beginning only, find more."))
            return
        key = f"verbatims-more-{corpus}"
        shown = MORE if st.session_state.get(key) else FIRST
        st.html(_list(kept.head(shown), asked, scope))
        with st.container(horizontal=True, key="tools-verbatims", gap="small"):
            if shown == FIRST < len(kept):
                more = partial(st.session_state.update, {key: True})
                st.button(
                    _("Show more"), key="more-verbatims", type="tertiary", icon=":material/expand_more:", on_click=more
                )
            page.csv_button(lambda: _file(kept, scope), key="verbatims")


def search(word: str) -> None:
    """Asks a word in the search field (a click on its bar); from a callback."""
    st.session_state[_FIELD] = word


def show_topic(scope: Scope, corpus: Corpus, topic: str) -> None:
    """Opens the texts that mention a topic, as a drawer over the page. Call it once a run, from a click."""

    @st.dialog(words.plain(topic), width=620, position="right")
    def drawer() -> None:
        page.guarded(lambda: _of_topic(scope, corpus, topic))

    drawer()


def _of_topic(scope: Scope, corpus: Corpus, topic: str) -> None:
    found = cache.documents(scope.query(KPI), corpus, topic)
    if len(found) < verbatims.LEAST_DOCUMENTS:
        st.caption(_("The rows are hidden: there are too few to stay anonymous."))
        return
    st.html(_list(found.head(MORE), (), scope))
    if len(found) > MORE:
        st.caption(_("The {n} newest rows.").format(n=fmt.number(MORE, language())))
    page.csv_button(lambda: _file(found, scope), key="verbatims-topic")


def _field() -> str:
    linked = address.fresh(_PARAMETER)
    if linked is not None:
        st.session_state[_FIELD] = linked[_PARAMETER][:200]
    text: str = st.text_input(
        _("Search"), key=_FIELD, type="search", live="250ms", max_chars=200,
        placeholder=_("delay, refund, “no answer”…"), label_visibility="collapsed",
    )  # fmt: skip
    address.write(_PARAMETER, text.strip() or None)
    return text


def _counted(found: pd.DataFrame, kept: pd.DataFrame) -> str:
    """How many hold the words, and how they score against the others when there are enough of both."""
    lang = language()
    share = fmt.percent(len(kept) / len(found), lang)
    text = _("<b>{n}</b> of {all}, or <b>{share}</b>").format(
        n=fmt.number(len(kept), lang), all=fmt.number(len(found), lang), share=share
    )
    inside, outside = _score(kept), _score(found.drop(kept.index))
    if inside is None or outside is None:
        return text + "."
    scores = _("NPS <b>{inside}</b> when they are there, <b>{outside}</b> when they are not.")
    write = partial(fmt.text, unit=Unit.NPS, lang=lang)
    return f"{text}. " + scores.format(inside=write(inside), outside=write(outside))


def _score(documents: pd.DataFrame) -> float | None:
    """NPS, from ten answers (rule G16)."""
    counts = documents["score_group"].value_counts()
    promoters, passives, detractors = (int(counts.get(group, 0)) for group in GROUPS)
    known = promoters + passives + detractors
    return nps((promoters, passives, detractors)) if known >= SHOW_FROM else None


# The texts


def _list(found: pd.DataFrame, asked: Sequence[str], scope: Scope) -> str:
    rows = (dict(zip(found.columns, row, strict=True)) for row in found.itertuples(index=False))
    return f'<ul class="v-comments">{"".join(_item(row, asked, scope) for row in rows)}</ul>'


def _item(row: Mapping[str, Any], asked: Sequence[str], scope: Scope) -> str:
    group = row["score_group"]
    mark = color_of("score_group", group, page.theme()) if isinstance(group, str) else "transparent"
    when = to_local(row["said_at"].to_pydatetime(), scope.zone)
    meta = [fmt.day(when, language(), year=when.year != scope.span.reached.year)]
    if isinstance(row["channel"], str):
        meta.append(words.value("channel", row["channel"]))
    return (
        f'<li><b style="border-color:{mark}">{_points(row)}</b><p>{marked(row["text"], asked)}</p>'
        f"<small>{words.html(' · '.join(meta))}</small></li>"
    )


def _points(row: Mapping[str, Any]) -> str:
    if pd.isna(row["score"]):
        return ""
    score, top = (fmt.number(row[name], language()) for name in ("score", "scale_max"))
    return f"{words.html(score)}<i>/{words.html(top)}</i>"


def marked(text: str, asked: Sequence[str]) -> str:
    """The text in HTML, escaped, what was searched in <mark>; a long one is cut around its first match."""
    spans = verbatims.spans(text, asked)
    start = max(spans[0][0] - _BEFORE, 0) if spans and len(text) > _LONGEST else 0
    end = min(start + _LONGEST, len(text))
    parts, at = ["…" if start else ""], start
    for low, high in spans:
        if low >= start and high <= end:
            parts += [words.html(text[at:low]), f"<mark>{words.html(text[low:high])}</mark>"]
            at = high
    parts += [words.html(text[at:end]), "…" if end < len(text) else ""]
    return "".join(parts).replace("\n", "<br>")


def _file(found: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    local = found["said_at"].dt.tz_localize("UTC").dt.tz_convert(scope.timezone).dt.tz_localize(None)
    channels = [words.value("channel", code if isinstance(code, str) else None) for code in found["channel"]]
    table = pd.DataFrame(
        {
            _("Date"): local.dt.floor("min"),
            _("Score"): found["score"],
            _("Scale"): found["scale_max"],
            _("Channel"): channels,
            _("Comment"): found["text"],
        }
    )
    return table.dropna(axis="columns", how="all")
