"""Backlog: how much is open and for how long, what comes in and goes out, and the oldest requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from dashboard import absent, ahead, breakdown, cache, cards, charts, clicks, noise, opened_rows, page, tickets, words
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.charts import Group, Line
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.periods import grain_for
from kpi.flow import Flow, whole
from kpi.model import Answer, Figure, Filter, Status, Unit, Value

STOCK = ("ticket_backlog", "backlog_age_median", "tickets_awaiting_first_response")
FLOW = ("tickets_created", "tickets_resolved", "tickets_reopened")
DIMENSIONS = ("team_id", "status", "channel", "priority", "request_type")
BACKLOG = "ticket_backlog"
AGES = "backlog_age_distribution"
MOVING = ("team_id", "site", "organisation", "priority", "agent_id")
"""What can change in the life of a request: filtered by it, the flow has transfers."""
_LAYERS, _SHOWN = 8, 10
_ROW = 30
"""Height of a bar in px: the chart beside grows with the bars."""
_LISTED = ("ticket_id", "created_at", "age_s", "status", "channel", "team_id", "priority", "request_type")


def render(scope: Scope) -> None:
    board = cards.load(scope, (*STOCK, *FLOW))
    flows = cache.flow(scope.query(BACKLOG, grain=grain_for(scope.span)))
    page.header(_("Backlog"), _lead(board, flows, tickets.oldest(scope, board[BACKLOG].answer, 1)))
    if absent.explained(scope, _("Nothing is open in this selection"), board[BACKLOG], board["tickets_resolved"]):
        return
    page.section(_("Stock"))
    cards.row(board, STOCK, across=3)
    _by_dimension(scope)
    page.section(_("Flow"))
    cards.row(board, FLOW, across=3)
    wide, narrow = page.split(7, 4)
    with wide:
        _flow(board, flows)
    with narrow:
        _ages(scope)
    _oldest_first(board)
    ahead.panel(scope)


def _lead(board: Board, flows: Sequence[Flow], oldest: pd.DataFrame) -> str:
    """How much is open, for how long, and whether it grows."""
    stock, age = board[BACKLOG], board["backlog_age_median"]
    if stock.answer is None or stock.answer.needs or stock.ahead:
        return ""
    if not stock.figure.n:
        return _("Nothing is open: every request is solved.") if board["tickets_resolved"].figure.n else ""
    count = ngettext("<b>{n} request</b> is open", "<b>{n} requests</b> are open", stock.figure.n).format(
        n=stock.text()
    )
    half = _(", half of them for more than <b>{age}</b>").format(age=age.text()) if age.shown else ""
    sentences = [f"{count.format(n=stock.text())}{half}."]
    if flows:
        sentences.append(_moved(whole(flows)))
    if len(oldest):
        time = fmt.duration(oldest["age_s"].iloc[0], language())
        sentences.append(_("The oldest has been open for <b>{age}</b>.").format(age=time))
    return " ".join(sentences)


def _moved(total: Flow) -> str:
    before, after = (f"<b>{fmt.number(level, language())}</b>" for level in (total.opening, total.closing))
    if total.closing == total.opening:
        return _("The backlog is where it was at the start of the period.")
    if total.closing > total.opening:
        return _("The backlog grew from {before} to {after} over the period.").format(before=before, after=after)
    return _("The backlog fell from {before} to {after} over the period.").format(before=before, after=after)


# The stock by a dimension


@page.fragment
def _by_dimension(scope: Scope) -> None:
    # A fragment: another dimension redraws two panels, not the page.
    clicks.follow()
    offered = breakdown.open_dimensions(scope, DIMENSIONS)
    dimension = breakdown.chosen("backlog-by", offered)
    now = cache.ask(scope.query(BACKLOG, by=(dimension,)))[BACKLOG]
    figures = [figure for figure in now.rows if figure.n]
    wide, narrow = page.split(7, 4)
    with wide:
        _through_time(scope, dimension, figures, partial(breakdown.choice, "backlog-by", offered, _("By")))
    with narrow:
        breakdown.panel(
            scope,
            _first(dimension, figures, now),
            _("Requests open at the end of the period"),
            kpi_id=BACKLOG,
            dimension=dimension,
            figures=figures,
            key=f"backlog-by-{dimension}",
            colored=True,
        )


def _first(dimension: str, figures: Sequence[Figure], now: Answer) -> str:
    found = breakdown.extreme(dimension, figures, max)
    if found is None:
        return _("Backlog by {dimension}").format(dimension=words.dimension(dimension).lower())
    amounts = (fmt.number(value, language()) for value in (found[1].value, now.total.value))
    return _("{name} first: {n} of {total}").format(name=found[0], n=next(amounts), total=next(amounts))


def _through_time(scope: Scope, dimension: str, figures: Sequence[Figure], choose: Callable[[], None]) -> None:
    layers = _layers(scope, dimension)
    if not layers:
        return
    pooled = cache.ask(scope.query(BACKLOG, grain=grain_for(scope.span)))[BACKLOG].rows
    name = f"backlog-through-time-{dimension}"
    marks = noise.drawn(scope, BACKLOG, grain_for(scope.span), pooled)
    subtitle = _("Requests not solved at each moment")
    if dimension in (*MOVING, "status"):
        subtitle = _("Requests not solved at each moment, with the {dimension} they had then")
    on_select = clicks.narrows(name, grain_for(scope.span), pooled)
    page.panel(
        _("The backlog by {dimension}").format(dimension=words.dimension(dimension).lower()),
        noise.said(subtitle.format(dimension=words.dimension(dimension).lower()), marks),
        key=clicks.fresh(name),
        on_select=on_select,
        figure=charts.stacked_area(
            layers,
            clicked=on_select is not None,
            grain=grain_for(scope.span),
            total=Line(_("total"), pooled),
            height=max(270, _ROW * len(figures) - _ROW),
            timezone=scope.timezone,
            **marks,
            **page.look(),
        ),
        table=partial(_layers_table, layers, pooled),
        above=choose,
    )


def _layers(scope: Scope, dimension: str) -> list[Line]:
    """The values that have a colour one by one, and the others asked together."""
    answer = cache.ask(scope.query(BACKLOG, by=(dimension,), grain=grain_for(scope.span), totals=False))[BACKLOG]
    series: dict[Value, list[Figure]] = {}
    for figure in answer.rows:
        series.setdefault(figure.keys[0], []).append(figure)
    others = page.theme().others
    named = {value for value in series if len(series) <= _LAYERS or breakdown.color(dimension, value) != others}
    lines = [
        Line(breakdown.name_of(dimension, value), points, breakdown.color(dimension, value))
        for value, points in series.items()
        if value in named
    ]
    rest = tuple(
        value for value, points in series.items() if value not in named and any(point.value for point in points)
    )
    return [*lines, *([_others(scope, dimension, rest)] if rest else [])]


def _others(scope: Scope, dimension: str, values: tuple[Value, ...]) -> Line:
    kept = tuple(chosen for chosen in scope.choice.filters if chosen.dimension != dimension)
    asked = scope.query(BACKLOG, grain=grain_for(scope.span), filters=(*kept, Filter(dimension, values)))
    return Line(_("Others"), cache.ask(asked)[BACKLOG].rows, page.theme().others)


def _layers_table(layers: Sequence[Line], pooled: Sequence[Figure]) -> pd.DataFrame:
    columns = {_("Date"): [str(figure.keys[-1]) for figure in pooled]}
    for line in (*layers, Line(_("total"), pooled)):
        columns[line.label] = [fmt.number(page.shown(figure), language()) for figure in line.points]
    return pd.DataFrame(columns)


# In and out


def _flow(board: Board, flows: Sequence[Flow]) -> None:
    if not flows:
        return
    total, days = whole(flows), [flow.key for flow in flows]
    on_select = clicks.narrows_to("backlog-flow", grain_for(board.scope.span), days)
    marks = noise.net(board.scope, grain_for(board.scope.span), days)
    subtitle = _("Requests received, reopened and resolved, also those that agents and systems opened")
    box = page.panel(
        _flow_title(total),
        noise.said(subtitle, marks),
        key=clicks.fresh("backlog-flow"),
        on_select=on_select,
        figure=charts.flow(
            _line(_("received"), flows, "created"),
            _line(_("resolved"), flows, "resolved"),
            _line(_("reopened"), flows, "reopened"),
            net_label=_("net"),
            clicked=on_select is not None,
            grain=grain_for(board.scope.span),
            timezone=board.scope.timezone,
            **marks,
            **page.look(),
        ),
        table=partial(_flow_table, flows),
    )
    box.html(_identity(total, board))


def _line(label: str, flows: Sequence[Flow], move: str) -> Line:
    return Line(label, [_point(flow.key, getattr(flow, move)) for flow in flows])


def _point(key: object, count: int) -> Figure:
    return Figure(keys=(key,), value=count, n=count, status=Status.OK)


def _flow_title(total: Flow) -> str:
    lang = language()
    if total.closing == total.opening:
        return _("As much goes out as comes in")
    if total.closing > total.opening:
        return _("More comes in than goes out: from {before} to {after}").format(
            before=fmt.number(total.opening, lang), after=fmt.number(total.closing, lang)
        )
    return _("More goes out than comes in: from {before} to {after}").format(
        before=fmt.number(total.opening, lang), after=fmt.number(total.closing, lang)
    )


def _flow_table(flows: Sequence[Flow]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Date"): [str(flow.key) for flow in flows],
            _("Opening"): [flow.opening for flow in flows],
            _("Received"): [flow.created for flow in flows],
            _("Reopened"): [flow.reopened for flow in flows],
            _("Resolved"): [flow.resolved for flow in flows],
            _("Net"): [fmt.signed(flow.net, language()) for flow in flows],
            _("Transferred"): [flow.transferred for flow in flows],
            _("Closing"): [flow.closing for flow in flows],
        }
    )


def _identity(total: Flow, board: Board) -> str:
    """The identity of the flow in one line, and whether the other figures of the page agree with it."""
    numbers = {name: f"<b>{fmt.number(getattr(total, name), language())}</b>" for name in _TERMS}
    moved = _transferred(total.transferred) if total.transferred else ""
    said = _(
        "{opening} at the start + {created} received + {reopened} reopened − {resolved} resolved{moved} = {closing}"
    ).format(moved=moved, **numbers)
    good = _agrees(total, board)
    word = _("Reconciled") if good else _("Does not add up: check the imports")
    return f'<p class="v-check"><i class="v-{"ok" if good else "watch"}"></i><b>{word}</b><span>{said}</span></p>'


_TERMS = ("opening", "created", "reopened", "resolved", "closing")


def _transferred(count: int) -> str:
    amount = f"<b>{fmt.number(abs(count), language())}</b>"
    return _(" + {n} moved in").format(n=amount) if count > 0 else _(" − {n} moved out").format(n=amount)


def _agrees(total: Flow, board: Board) -> bool:
    """The flow adds up, nothing moves that cannot, and the cards, asked apart, give the same figures."""
    moving = any(chosen.dimension in MOVING for chosen in board.scope.choice.filters)
    adds_up = total.opening + total.created + total.reopened - total.resolved + total.transferred == total.closing
    cards_of = {BACKLOG: total.closing, "tickets_resolved": total.resolved, "tickets_reopened": total.reopened}
    same = all(
        board[kpi_id].figure.value == count
        for kpi_id, count in cards_of.items()
        if (answer := board[kpi_id].answer) is not None and not answer.needs
    )
    return adds_up and same and (moving or not total.transferred)


# How old


def _ages(scope: Scope) -> None:
    answer = cache.ask(scope.query(AGES))[AGES]
    if not answer.total.n:
        return
    groups = [Group(words.value("age_bucket", figure.keys[-1]), figure) for figure in answer.rows]
    page.panel(
        _ages_title(answer.rows[-1]),
        _("Requests open, by days since they were received"),
        key=clicks.fresh("backlog-ages"),
        on_select=clicks.opens("backlog-ages"),
        figure=charts.age_buckets(groups, **page.look(narrow=True)),
        table=lambda: pd.DataFrame(
            {
                _("Age"): [group.label for group in groups],
                _("Requests"): [fmt.text(group.figure.value, Unit.COUNT, language()) for group in groups],
            }
        ),
    )
    if (at := clicks.position("backlog-ages")) is not None:
        opened_rows.of_value(scope, BACKLOG, "age_bucket", answer.rows[at].keys[-1])


def _ages_title(last: Figure) -> str:
    if not last.value:
        return _("Nothing is older than 30 days")
    count = fmt.number(last.value, language())
    return ngettext("{n} request is over 30 days old", "{n} requests are over 30 days old", int(last.value)).format(
        n=count
    )


# The oldest


def _oldest_first(board: Board) -> None:
    scope, answer = board.scope, board[BACKLOG].answer
    if answer is None or not answer.total.n:
        return
    shown = min(_SHOWN, answer.total.n)
    tickets.panel(
        _("The oldest requests"),
        _("{shown} of {n}, all in the file · on {moment}").format(
            shown=shown, n=board[BACKLOG].text(), moment=tickets.said_at(scope, answer)
        ),
        partial(tickets.oldest, scope, answer),
        tickets.titles(*_LISTED, age_s=_("Open for")),
        scope=scope,
        key="backlog-oldest",
        shown=shown,
    )
