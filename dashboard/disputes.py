"""Disputes on a page: how many are opened and stay open, how long they take, why, and which ones wait."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from dashboard import cache, cards, charts, clicks, opened_rows, page, panels, tickets, words
from dashboard import format as fmt
from dashboard.cards import Board, Card
from dashboard.charts import Group
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.periods import grain_for
from kpi.model import Answer, Figure, Grain, Status, Unit

OPENED, OPEN = "disputes_opened", "disputes_open"
TIME, RATE, CAUSES = "dispute_resolution_time_median", "dispute_rate", "dispute_causes"
CARDS = (OPENED, OPEN, TIME, RATE)
_MONTH, _A_DAY = 28, 3
"""From four weeks on, fewer disputes a day than this are counted by the week."""
_LISTED = ("dispute_id", "opened_at", "age_s", "cause", "amount_eur", "order_id", "customer_id", "team_id")


def sentence(board: Board) -> str:
    """How many were opened in the period and how many are open now; nothing when disputes are not known."""
    opened, standing = board[OPENED], board[OPEN]
    if not standing.shown:
        return ""
    new = ngettext("<b>{n}</b> new dispute", "<b>{n}</b> new disputes", opened.figure.n).format(n=opened.text())
    still = ngettext("<b>{n}</b> is open now", "<b>{n}</b> are open now", standing.figure.n).format(n=standing.text())
    return f"{new}, {still}."


def draw(board: Board) -> None:
    """Cards, the opened through time beside the causes, then the disputes that wait."""
    page.section(_("Disputes"))
    cards.row(board, CARDS)
    asked = board.scope.query(CAUSES) if board[OPENED].answer is not None else None
    causes = cache.ask(asked)[CAUSES] if asked else None
    if causes is not None and causes.rows:
        panels.side_by_side((7, 4), partial(_trend, board), partial(_causes, board.scope, causes))
    else:
        _trend(board)
    _listed(board.scope, board[OPEN])


def _trend(board: Board) -> None:
    card, span = board[OPENED], board.scope.span
    sparse = grain_for(span) is Grain.DAY and span.days >= _MONTH and card.figure.n < _A_DAY * span.days
    panels.trend(
        board,
        (OPENED,),
        title=ngettext("{n} dispute opened", "{n} disputes opened", card.figure.n).format(n=card.text()),
        subtitle=_("Disputes by the week they were opened") if sparse else _("Disputes by the time they were opened"),
        grain=Grain.WEEK if sparse else None,
        key="disputes-opened",
    )


def _causes(scope: Scope, answer: Answer) -> None:
    """Causes from the most frequent: how many, and the share of all that they make together."""
    lang = language()
    counts = [figure._replace(value=float(figure.n), ci=None, status=Status.OK) for figure in answer.rows]
    names = [words.value("cause", figure.keys[0]) for figure in answer.rows]
    note = _("Disputes opened in the period, by cause")
    if answer.total.n_missing:
        note += " · " + ngettext("{n} without a cause", "{n} without a cause", answer.total.n_missing).format(
            n=fmt.number(answer.total.n_missing, lang)
        )
    page.panel(
        _causes_title(names, answer.rows),
        note,
        key=clicks.fresh("dispute-causes"),
        on_select=clicks.opens("dispute-causes"),
        figure=charts.bars(
            [Group(*pair) for pair in zip(names, counts, strict=True)],
            unit=Unit.COUNT,
            whiskers=False,
            **page.look(narrow=True),
        ),
        table=lambda: _causes_table(names, answer.rows),
    )
    if (at := clicks.position("dispute-causes")) is not None:
        opened_rows.of_value(scope, OPENED, "cause", answer.rows[at].keys[0])


def _causes_title(names: Sequence[str], rows: Sequence[Figure]) -> str:
    first = rows[0]
    if first.value is None or page.shown(first) is None:
        return _("Why orders are contested")
    share = fmt.percent(first.value, language(), 0)
    return _("First cause: {name}, {share}").format(name=names[0], share=share)


def _causes_table(names: Sequence[str], rows: Sequence[Figure]) -> pd.DataFrame:
    lang = language()
    return pd.DataFrame(
        {
            words.dimension("cause"): list(names),
            _("Disputes"): [fmt.number(figure.n, lang) for figure in rows],
            _("Proportion"): [fmt.percent(page.shown(figure), lang) for figure in rows],
            _("Cumulated share"): [
                fmt.percent(figure.extra["cumulative"] if page.shown(figure) is not None else None, lang)
                for figure in rows
            ],
        }
    )


def _listed(scope: Scope, card: Card) -> None:
    """The open disputes, the oldest first."""
    answer = card.answer
    if answer is None or not card.shown or not answer.total.n:
        return

    def rows(limit: int | None) -> pd.DataFrame:
        found = cache.rows(scope.query(OPEN), OPEN, None).sort_values("opened_at")
        aged = found.assign(age_s=tickets.elapsed(found["opened_at"], tickets.read_at(scope, answer)))
        return aged.head(limit or len(aged))

    tickets.panel(
        ngettext("{n} open dispute", "{n} open disputes", answer.total.n).format(n=card.text()),
        _("The oldest first, on {moment} · calendar time").format(moment=tickets.said_at(scope, answer)),
        rows,
        tickets.titles(*_LISTED, age_s=_("In dispute for")),
        scope=scope,
        key="disputes-open",
    )
