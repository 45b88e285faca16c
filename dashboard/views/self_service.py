"""Self-service: who uses it, whether they find, how fast, and how many requests it spares the team."""

from __future__ import annotations

from functools import partial

import pandas as pd

from dashboard import (
    absent,
    cache,
    cards,
    charts,
    clicks,
    comparing,
    definition,
    headlines,
    opened_rows,
    page,
    panels,
    tickets,
)
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.charts import Group, Reference
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from kpi.model import Figure, Status, Unit

CARDS = (
    "self_service_users", "self_service_success_rate", "self_service_time_to_find", "self_service_clicks_mean",
    "deflection_rate", "selfcare_transfer_rate",
)  # fmt: skip
USERS, SUCCESS, TIME, CLICKS, DEFLECTION, TRANSFER = CARDS
MEASURES = (SUCCESS, TIME, CLICKS, USERS, DEFLECTION)
DIMENSIONS = ("tool", "request_type")
TRANSFER_BY = ("team_id", "channel", "request_type")
FIND_EDGES_S = (0, 15, 30, 60, 120, 180, 300, 600, 1_200)
_LISTED = ("started_at", "tool", "request_type", "clicks", "escalated", "session_id")


def render(scope: Scope) -> None:
    board = cards.load(scope, CARDS)
    page.header(_("Self-service"), _lead(board))
    if absent.explained(scope, _("No visit in this selection"), board[USERS], or_open=False):
        if not scope.ahead:
            _transfers(board)
        return
    cards.row(board, CARDS, across=3)
    panels.side_by_side((7, 4), partial(_success, board), partial(_becomes, board))
    panels.side_by_side((7, 4), partial(_by_dimension, board), partial(_spread, board))
    if _transferred(board):
        panels.side_by_side((7, 4), partial(_users, board), partial(_transfers, board))
    else:
        _users(board)
    _failed(board)


def _lead(board: Board) -> str:
    """How many came and found, how fast, and how many requests were spared."""
    users, found, time, spared = (board[kpi_id] for kpi_id in (USERS, SUCCESS, TIME, DEFLECTION))
    if not users.shown or not users.figure.n:
        return ""
    lang = language()
    sentences = [
        ngettext(
            "<b>{users}</b> visitors made <b>{visits}</b> visit.",
            "<b>{users}</b> visitors made <b>{visits}</b> visits.",
            users.figure.n,
        ).format(users=users.text(), visits=fmt.number(users.figure.n, lang))
    ]
    if found.shown:
        fast = _(", in <b>{time}</b> on average").format(time=time.text()) if time.shown else ""
        sentences.append(
            _("<b>{rate}</b> of the visits found an answer{verdict}{fast}.").format(
                rate=found.text(), verdict=headlines.verdict(found), fast=fast
            )
        )
    if spared.shown:
        sentences.append(_("<b>{rate}</b> of the requests needed nobody.").format(rate=spared.text()))
    return " ".join(sentences)


# Through time


def _success(board: Board) -> None:
    panels.trend(
        board,
        (SUCCESS,),
        title=headlines.moved(board[SUCCESS]),
        subtitle=_("Share of the ended visits that found an answer · band: 95% interval"),
        key="self-service-trend",
        labels=(_("success rate"),),
    )


def _users(board: Board) -> None:
    panels.trend(
        board,
        (USERS,),
        title=headlines.moved(board[USERS]),
        subtitle=_("Distinct visitors · one who comes back counts once a point: points do not add up"),
        key="self-service-users",
        labels=(_("visitors"),),
    )


# What becomes of requests


def _becomes(board: Board) -> None:
    """The parts of the deflection rate: its figure is the first of them over their sum."""
    figure = board[DEFLECTION].figure
    if not figure.n or not board[DEFLECTION].shown:
        return
    parts = {
        _("Solved by itself"): figure.numerator,
        _("Visit that failed"): figure.extra.get("n_failed"),
        _("Request to a person"): figure.extra.get("n_assisted"),
    }
    groups = [
        Group(name, Figure(value=float(count or 0), n=int(count or 0), status=Status.OK))
        for name, count in parts.items()
    ]
    lang, escalated = language(), int(figure.extra.get("n_escalated", 0))
    note = _("Deflection: what solved itself, over all three")
    if escalated:
        note += " · " + ngettext(
            "{n} visit led to a request and counts as one", "{n} visits led to a request and count as one", escalated
        ).format(n=fmt.number(escalated, lang))
    page.panel(
        _("Of {n} requests, {share} needed nobody").format(
            n=fmt.number(figure.n, lang), share=board[DEFLECTION].text()
        ),
        note,
        key=clicks.fresh("self-service-becomes"),
        on_select=clicks.opens("self-service-becomes"),
        figure=charts.bars(groups, unit=Unit.COUNT, whiskers=False, **page.look(narrow=True)),
        table=lambda: pd.DataFrame(
            {
                _("What became of it"): [group.label for group in groups],
                _("Requests"): [group.figure.n for group in groups],
            }
        ),
    )
    if clicks.position("self-service-becomes") is not None:
        definition.show(board.scope, DEFLECTION)


# By tool and reason, and how long it takes


def _by_dimension(board: Board) -> None:
    comparing.by_measure(board, MEASURES, DIMENSIONS, key="self-service")


def _spread(board: Board) -> None:
    scope, card, lang = board.scope, board[TIME], language()
    if not card.shown:
        return
    counts = cache.histogram(scope.query(TIME), TIME, FIND_EDGES_S)
    page.panel(
        _("How long finding takes"),
        _("Visits that found, by time from their start · steps grow with the time"),
        key=clicks.fresh("self-service-spread"),
        on_select=clicks.opens("self-service-spread"),
        figure=charts.histogram_log(
            counts,
            FIND_EDGES_S,
            count_label=_("visits"),
            references=[Reference(card.figure.value or 0.0, f"{_('mean')} {card.text()}")],
            **page.look(narrow=True),
        ),
        table=lambda: pd.DataFrame(
            {_("From"): [fmt.duration(edge, lang) if edge else "0" for edge in FIND_EDGES_S], _("Visits"): counts}
        ),
    )
    if (at := clicks.position("self-service-spread")) is not None:
        opened_rows.of_class(scope, TIME, FIND_EDGES_S, at)


# Contacts sent to self-service


def _transferred(board: Board) -> bool:
    return board[TRANSFER].shown and bool(board[TRANSFER].figure.n)


def _transfers(board: Board) -> None:
    if not _transferred(board):
        return
    panels.by_dimension(
        board.scope,
        TRANSFER,
        TRANSFER_BY,
        key="self-service-transfers",
        subtitle=_("Share of the contacts sent to an autonomous service · whisker: 95% interval"),
    )


# The visits that failed


def _failed(board: Board) -> None:
    figure = board[SUCCESS].figure
    count = int((figure.denominator or 0) - (figure.numerator or 0))
    if not count:
        return
    scope = board.scope
    tickets.panel(
        ngettext("{n} visit found nothing", "{n} visits found nothing", count).format(n=fmt.number(count, language())),
        _("The latest first · what to write next"),
        lambda limit: cache.rows(scope.query(SUCCESS), SUCCESS, limit, which="missed"),
        tickets.titles(*_LISTED),
        scope=scope,
        key="self-service-failed",
    )
