"""Verbatims: what customers wrote or said, searched; its topics, and the words that go with the score."""

from __future__ import annotations

from typing import cast

from dashboard import absent, breakdown, cache, cards, page, said_words, search_panel, words
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from kpi import catalog
from kpi.verbatims import KPI, LEAST_DOCUMENTS, MOST_DOCUMENTS, Corpus

_TABLE = {"comments": "surveys", "transcripts": "transcripts"}


def render(scope: Scope) -> None:
    offered = [corpus for corpus, table in _TABLE.items() if table in cache.engine().tables()]
    corpus = cast(Corpus, breakdown.chosen("corpus", offered or ["comments"]))
    board = cards.load(scope, ["verbatim_rate"])
    if not _may_be_read(scope):
        return
    found = cache.documents(scope.query(KPI), corpus) if offered and not scope.ahead else None
    n = 0 if found is None else len(found)
    page.header(_("Verbatims"), _lead(board, corpus, n))
    if corpus == "comments" and absent.explained(
        scope, _("No comment in this selection"), board["verbatim_rate"], or_open=False
    ):
        return
    if len(offered) > 1:
        breakdown.choice("corpus", offered, _("Search in"), _corpus_name)
    if n < LEAST_DOCUMENTS:
        nothing = _("Nothing was written or said in this selection.")
        page.empty(
            _("Too few to be read"),
            _("The rows are hidden: there are too few to stay anonymous.") if n else nothing,
            key="few",
        )
        return
    if n >= MOST_DOCUMENTS:
        most = fmt.number(MOST_DOCUMENTS, language())
        page.notice(_("The {n} newest are read; a shorter period reads all of its own.").format(n=most))
    search_panel.searched(scope, corpus)
    said_words.topics(scope, corpus)
    if corpus == "comments":
        said_words.typical(scope)


def _may_be_read(scope: Scope) -> bool:
    """Whether the filters in use leave something that may be read; else the page says why."""
    if any(chosen.dimension == "agent_id" for chosen in scope.choice.filters):
        page.header(_("Verbatims"))
        page.notice(_("Comments are never read by agent: remove the agent filter to see them."))
        return False
    missing = scope.missing_dimension(catalog.get(KPI))
    if missing:
        page.header(_("Verbatims"))
        text = _("{kpi} cannot be filtered by {dimension}: remove that filter to see it.")
        named = text.format(kpi=_("Verbatims"), dimension=words.dimension(missing).lower())
        page.notice(words.html(named), "warning")
        return False
    return True


def _lead(board: Board, corpus: Corpus, n: int) -> str:
    if n < LEAST_DOCUMENTS:
        return ""
    written = fmt.number(n, language())
    if corpus == "transcripts":
        return ngettext("<b>{n}</b> transcript of contacts.", "<b>{n}</b> transcripts of contacts.", n).format(
            n=written
        )
    card = board["verbatim_rate"]
    text = ngettext("<b>{n}</b> comment", "<b>{n}</b> comments", n).format(n=written)
    if not card.shown:
        return text + "."
    return _("{comments}: <b>{rate}</b> of those who answered also wrote.").format(comments=text, rate=card.text())


def _corpus_name(corpus: str) -> str:
    return {"comments": _("Survey comments"), "transcripts": _("Transcripts")}[corpus]
