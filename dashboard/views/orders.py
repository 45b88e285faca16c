"""Orders and disputes: what came in, what waits to be decided, how fast and how well, what is contested, what sells."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from dashboard import (
    absent,
    breakdown,
    cache,
    cards,
    clicks,
    disputes,
    headlines,
    page,
    panels,
    products,
    tickets,
    words,
)
from dashboard import format as fmt
from dashboard.cards import Board, Card
from dashboard.codes import codes
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from kpi.model import Answer, Figure

RECEIVED, PROCESSED, PENDING = "orders_received", "orders_processed", "orders_pending"
PRIORITY, TIME = "priority_orders_to_validate", "order_processing_time_median"
CARDS = (RECEIVED, PENDING, PRIORITY, TIME, "order_sla_rate", "otif_rate", "automation_rate", "orders_rejected")
DETAILED = (TIME, "order_sla_rate", "otif_rate", "automation_rate", "order_approval_rate")
"""KPIs that the reader looks at one at a time, through time and by a dimension."""
DIMENSIONS = ("channel", "priority", "organisation")
_LISTED = ("order_id", "priority", "received_at", "age_s", "due_at", "channel", "organisation", "customer_id", "lines")


def render(scope: Scope) -> None:
    board = cards.load(scope, tuple(dict.fromkeys((*CARDS, PROCESSED, *DETAILED, *disputes.CARDS))))
    received, opened = board[RECEIVED], board[disputes.OPENED]
    waiting = _pending(scope, board[PENDING].answer)
    page.header(_("Orders and disputes"), _lead(board, waiting))
    known = [card for card in (received, opened, board[PENDING], board[disputes.OPEN]) if not _never_imported(card)]
    if absent.explained(scope, _("Neither order nor dispute in this selection"), *(known or [received])):
        return
    if not _never_imported(received):
        _orders(board, waiting)
    if not _never_imported(opened):
        disputes.draw(board)
    if not _never_imported(received):
        products.draw(scope)


def _never_imported(card: Card) -> bool:
    return bool(card.answer and card.answer.needs)


def _pending(scope: Scope, answer: Answer | None) -> pd.DataFrame:
    """Every order that waits for a decision, the highest priority first, then the oldest."""
    if answer is None or not answer.total.n or scope.ahead:
        return pd.DataFrame()
    rows = cache.rows(scope.query(PENDING), PENDING, None)
    ranks = {priority: rank for rank, priority in enumerate(codes("priority"))}
    aged = rows.assign(
        age_s=tickets.elapsed(rows["received_at"], tickets.read_at(scope, answer)),
        rank=rows["priority"].map(ranks).fillna(-1),
    )
    return aged.sort_values(["rank", "received_at"], ascending=[False, True])


# The sentence


def _lead(board: Board, waiting: pd.DataFrame) -> str:
    """How many came in and how fast half were decided; how many wait, since when; how many are contested."""
    sentences = [_came_in(board), _wait(board, waiting), disputes.sentence(board)]
    return " ".join(filter(None, sentences))


def _came_in(board: Board) -> str:
    received, time = board[RECEIVED], board[TIME]
    if not received.shown or not received.figure.n:
        return ""
    came = ngettext(
        "<b>{n}</b> order came in, <b>{processed}</b> were decided",
        "<b>{n}</b> orders came in, <b>{processed}</b> were decided",
        received.figure.n,
    ).format(n=received.text(), processed=board[PROCESSED].text())
    if not time.shown:
        return f"{came}."
    half = _(", half of them within <b>{time}</b>{verdict}.").format(
        time=time.text(), verdict=headlines.sooner(time, board.scope)
    )
    return came + half


def _wait(board: Board, waiting: pd.DataFrame) -> str:
    pending, priority = board[PENDING], board[PRIORITY]
    if not pending.shown:
        return ""
    if waiting.empty:
        return _("No order waits for a decision.")
    age = fmt.duration(waiting["age_s"].max(), language())
    first = ""
    if priority.figure.n:
        first = ngettext(
            ", of which <b>{n}</b> is a priority", ", of which <b>{n}</b> are priorities", priority.figure.n
        )
    return ngettext(
        "<b>{n}</b> order waits for a decision{first}, for <b>{age}</b>.",
        "<b>{n}</b> orders wait for a decision{first}, the oldest for <b>{age}</b>.",
        pending.figure.n,
    ).format(n=pending.text(), first=first.format(n=priority.text()), age=age)


# Orders


def _orders(board: Board, waiting: pd.DataFrame) -> None:
    page.section(_("Orders"))
    cards.row(board, CARDS)
    waits = not waiting.empty and board[PENDING].shown
    if waits:
        panels.side_by_side((7, 4), partial(_came_and_went, board), partial(_by_priority, board))
    else:
        _came_and_went(board)
    _detail(board)
    if waits:
        _listed(board, waiting)


def _came_and_went(board: Board) -> None:
    panels.trend(
        board,
        (RECEIVED, PROCESSED),
        title=_volume_title(board[RECEIVED]),
        subtitle=_("Orders received, and orders approved or rejected"),
        labels=(_("received"), _("decided")),
        key="orders-volume",
    )


def _volume_title(card: Card) -> str:
    change = card.change
    if change is None or not change.clear or change.relative is None:
        return _("{n} orders received").format(n=card.text())
    amount = fmt.percent(abs(change.relative), language(), 0)
    if change.relative > 0:
        return _("Orders received rise by {share}").format(share=amount)
    return _("Orders received fall by {share}").format(share=amount)


def _by_priority(board: Board) -> None:
    scope, card = board.scope, board[PENDING]
    assert card.answer is not None
    found = cache.ask(scope.query(PENDING, by=("priority",)))[PENDING].rows
    priorities = list(codes("priority"))
    figures = sorted((one for one in found if one.n), key=lambda one: _urgency(one, priorities))
    breakdown.panel(
        scope,
        _priority_title(board[PRIORITY]),
        _("Orders pending by priority, on {moment}").format(moment=tickets.said_at(scope, card.answer)),
        kpi_id=PENDING,
        dimension="priority",
        figures=figures,
        order="given",
        key="orders-by-priority",
    )


def _urgency(figure: Figure, priorities: Sequence[str]) -> int:
    return -priorities.index(figure.keys[0]) if figure.keys[0] in priorities else 1


def _priority_title(card: Card) -> str:
    n = card.figure.n
    if not n:
        return _("No priority order waits")
    return ngettext("{n} priority order to validate", "{n} priority orders to validate", n).format(n=card.text())


@page.fragment
def _detail(board: Board) -> None:
    # A fragment: another KPI redraws two panels, not the page.
    clicks.follow()
    offered = [kpi_id for kpi_id in DETAILED if board[kpi_id].shown]
    if not offered:
        return
    kpi_id = breakdown.chosen("orders-kpi", offered)
    page.section(_("In detail"))
    breakdown.choice("orders-kpi", offered, _("KPI"), lambda one: words.short(board[one].kpi))
    scope, card = board.scope, board[kpi_id]
    subtitle = card.kpi.text("placed_by", language())
    placed = _("Placed by: {instant}").format(instant=words.html(subtitle))
    if kpi_id == TIME:
        placed += panels.clocked(scope, " · {clock}")
    panels.side_by_side(
        (1, 1),
        partial(
            panels.trend,
            board,
            (kpi_id,),
            title=_detail_title(card),
            subtitle=placed if kpi_id == TIME else placed + " · " + _("band: 95% interval"),
            band=kpi_id != TIME,
            key=f"orders-trend-{kpi_id}",
        ),
        partial(
            panels.by_dimension,
            scope,
            kpi_id,
            DIMENSIONS,
            key=f"orders-by-{kpi_id}",
            subtitle=placed + " · " + _("whisker: 95% interval"),
        ),
    )


def _detail_title(card: Card) -> str:
    name, change = words.short(card.kpi), card.change
    if change is None or change.delta is None or not change.clear:
        return _("{kpi}: {value}").format(kpi=name, value=card.text())
    amount = fmt.delta(change.delta, card.kpi.unit, language())
    return _("{kpi}: {value}, {delta} on before").format(kpi=name, value=card.text(), delta=amount)


def _listed(board: Board, waiting: pd.DataFrame) -> None:
    scope, card = board.scope, board[PENDING]
    assert card.answer is not None
    tickets.panel(
        ngettext("{n} order to decide", "{n} orders to decide", card.figure.n).format(n=card.text()),
        _("The highest priority first, then the oldest, on {moment} · calendar time").format(
            moment=tickets.said_at(scope, card.answer)
        ),
        lambda limit: waiting.head(limit or len(waiting)),
        tickets.titles(*_LISTED, age_s=_("Waiting for")),
        scope=scope,
        key="orders-pending",
    )
