"""Team time and costs: how much time teams give, how it is spent, and what a contact costs. Never of one person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from dashboard import absent, breakdown, cache, cards, clicks, page, panels, sidebar, words
from dashboard import format as fmt
from dashboard.cards import Board, Card
from dashboard.filters import Scope, scope_of
from dashboard.i18n import _, language
from dashboard.periods import Comparison, Preset, grain_for, whole_months_of
from kpi.model import Grain, Status

DAYS, BUSY, ABSENT, PER_DAY = "agent_days_worked", "occupancy_rate", "absenteeism_rate", "contacts_per_agent_day"
CARDS = (DAYS, ABSENT, BUSY, "utilisation_rate", "shrinkage_rate", PER_DAY, "call_conversion_rate", "call_conversions")
DETAILED = (BUSY, ABSENT, "utilisation_rate", "shrinkage_rate", PER_DAY, "call_conversion_rate")
"""KPIs that the reader looks at one at a time, through time and by team."""
DIMENSIONS = ("team_id", "site", "organisation")
CALL, CONTACT, REQUEST = "cost_per_call", "cost_per_contact", "handling_cost_per_request"
COSTS = (CALL, CONTACT, REQUEST)
REQUEST_DIMENSIONS = ("team_id", "channel", "request_type")
_MONTHS = 13
"""Months that a monthly line shows: this one and the same a year before."""


def render(scope: Scope) -> None:
    title = _("Team time and costs")
    if scope.choice.values("agent_id"):
        page.header(title)
        _collective()
        return
    board = cards.load(scope, CARDS)
    if board[BUSY].figure.status is Status.SUPPRESSED:
        page.header(title)
        _few(board)
        return
    months = None if scope.ahead else _of_whole_months(scope)
    spent = cards.load(months, COSTS) if months else None
    page.header(title, _lead(board, spent))
    leading = [board[kpi_id] for kpi_id in (DAYS, BUSY, PER_DAY)]
    known = [card for card in (*leading, *(spent.values() if spent else ())) if not _never_imported(card)]
    if absent.explained(scope, _("No team time in this selection"), *(known or leading)):
        return
    if not _never_imported(board[DAYS]):
        page.section(_("Time"))
        cards.row(board, CARDS)
        _detail(board)
    if spent is not None:
        _costs(spent)


def _never_imported(card: Card) -> bool:
    return bool(card.answer and card.answer.needs)


def _collective() -> None:
    box = page.empty(
        _("This page is never about one person"),
        _("Time, absence and costs are those of teams. Remove the filter on agents to see them."),
        key="collective",
    )
    box.button(_("Remove the filters"), key="widen-filters", on_click=sidebar.clear_all)


def _few(board: Board) -> None:
    """Fewer than five agents: a figure of the team would be one of each."""
    box = page.empty(
        _("Too few agents to stay anonymous"),
        _("Time is shown of five agents or more. Choose a larger team, or the whole centre."),
        key="few-agents",
    )
    if board.scope.choice.filters:
        box.button(_("Remove the filters"), key="widen-filters", on_click=sidebar.clear_all)


def _of_whole_months(scope: Scope) -> Scope:
    """The same question about the whole months of the period, or the last one before its end."""
    months = whole_months_of(scope.span)
    return _moved(scope, months.first, months.last)


def _moved(scope: Scope, first: date, last: date) -> Scope:
    return scope_of(
        replace(scope.choice, preset=Preset.CUSTOM, custom=(first, last)),
        data_until=scope.data_until,
        first_instant=cache.engine().first_instant(),
        timezone=scope.timezone,
        targets=scope.targets,
    )


def _last_months(scope: Scope) -> Scope:
    """The last whole months, as many as a monthly line shows and as there are."""
    last = whole_months_of(scope.span).last
    months = last.year * 12 + last.month - _MONTHS
    first = date(months // 12, months % 12 + 1, 1)
    wide = _moved(scope, max(first, _first_whole_month(scope)), last)
    return replace(wide, choice=replace(wide.choice, comparison=Comparison.NONE), compared=None)


def _first_whole_month(scope: Scope) -> date:
    began = cache.engine().first_instant().date()
    following = (began.replace(day=1) + timedelta(days=32)).replace(day=1)
    return min(began if began.day == 1 else following, whole_months_of(scope.span).first)


# The sentence


def _lead(board: Board, spent: Board | None) -> str:
    """Days worked and what they held, how busy, how much absence, what a contact cost."""
    sentences = []
    days, per_day, busy, away = (board[kpi_id] for kpi_id in (DAYS, PER_DAY, BUSY, ABSENT))
    if days.shown and days.figure.n:
        many = _(", <b>{n}</b> contacts each").format(n=per_day.text()) if per_day.shown else ""
        sentences.append(_("<b>{days}</b> agent-days worked{many}.").format(days=days.text(), many=many))
    if busy.shown and away.shown:
        sentences.append(
            _("Agents are busy <b>{busy}</b> of their ready time; absence takes <b>{away}</b> of planned time.").format(
                busy=busy.text(), away=away.text()
            )
        )
    if spent is not None and spent[CONTACT].shown:
        sentences.append(
            _("In {months}, a contact cost <b>{cost}</b>.").format(
                months=words.html(_named(spent.scope)), cost=spent[CONTACT].text()
            )
        )
    return " ".join(sentences)


def _named(scope: Scope) -> str:
    """ "Oct 2026", or "Sep 2026 – Oct 2026"."""
    lang, span = language(), scope.span
    first, last = fmt.month(span.first, lang), fmt.month(span.last, lang)
    return first if first == last else f"{first} – {last}"


# Time


@page.fragment
def _detail(board: Board) -> None:
    # A fragment: another KPI redraws two panels, not the page.
    clicks.follow()
    offered = [kpi_id for kpi_id in DETAILED if board[kpi_id].shown]
    if not offered:
        return
    page.section(_("In detail"))
    kpi_id = breakdown.chosen("time-kpi", offered)
    breakdown.choice("time-kpi", offered, _("KPI"), lambda one: words.short(board[one].kpi))
    panels.side_by_side((1, 1), partial(_trend, board, kpi_id), partial(_by_team, board, kpi_id))


def _trend(board: Board, kpi_id: str) -> None:
    scope, card = board.scope, board[kpi_id]
    title = _("{kpi}: {value}").format(kpi=words.short(card.kpi), value=card.text())
    if kpi_id == ABSENT:
        wide = cards.load(_last_months(scope), (ABSENT,))
        note = _("By month, the last {n} whole months: never by day").format(n=_months_in(wide.scope))
        panels.trend(wide, (ABSENT,), title=title, subtitle=note, key="time-absence", grain=Grain.MONTH)
        return
    if grain_for(scope.span) is Grain.HOUR:
        page.panel(title, _("Known by day: choose a longer period to see it move."), key=f"time-{kpi_id}")
        return
    weekly = Grain.WEEK if scope.span.days > 2 * 7 and grain_for(scope.span) is Grain.DAY else None
    note = _("By week") if weekly else _("Through the period")
    panels.trend(board, (kpi_id,), title=title, subtitle=note, key=f"time-{kpi_id}", grain=weekly)


def _months_in(scope: Scope) -> int:
    span = scope.span
    return (span.last.year - span.first.year) * 12 + span.last.month - span.first.month + 1


def _by_team(board: Board, kpi_id: str) -> None:
    """Groups of fewer than five agents are left out, whatever the KPI: theirs would be the figure of each (rule P5)."""
    scope = board.scope
    offered = breakdown.open_dimensions(scope, [name for name in DIMENSIONS if name in board[kpi_id].kpi.dimensions])
    dimension = breakdown.chosen("time-by", offered)
    asked = scope.query(kpi_id, BUSY, by=(dimension,))
    found = cache.ask(asked)
    few = {one.keys[0] for one in found[BUSY].rows if one.status is Status.SUPPRESSED}
    figures = [one for one in found[kpi_id].rows if one.n and one.keys[0] not in few]
    note = _("Interval at 95% where there are ten agents or more")
    if few:
        note += " · " + _("left out: fewer than five agents")
    goals = breakdown.target_lines(board[kpi_id])
    extreme = breakdown.extreme(dimension, figures, max)
    title = _("{kpi} by {dimension}").format(
        kpi=words.short(board[kpi_id].kpi), dimension=words.dimension(dimension).lower()
    )
    if extreme is not None:
        value = fmt.text(extreme[1].value, board[kpi_id].kpi.unit, language())
        title = _("Highest: {name}, {value}").format(name=extreme[0], value=value)
    breakdown.panel(
        scope,
        title,
        note,
        kpi_id=kpi_id,
        dimension=dimension,
        figures=figures,
        key=f"time-{kpi_id}-by-{dimension}",
        targets=goals if len(goals) == 1 else (),
        above=partial(breakdown.choice, "time-by", offered, _("By")) if len(offered) > 1 else None,
    )


# Costs


def _costs(board: Board) -> None:
    """What contacts and requests cost, in whole months, then month after month."""
    page.section(_("Costs"))
    scope = board.scope
    told = _("Costs are known by whole month: these are of {months}.").format(months=words.html(_named(scope)))
    if scope.compared:
        before = _named(replace(scope, span=scope.compared))
        told += " " + _("They are compared with {months}.").format(months=words.html(before))
    page.notice(told)
    cards.row(board, COSTS, across=3)
    by_month = partial(_by_month, scope)
    if board[REQUEST].shown:
        panels.side_by_side((1, 1), by_month, partial(_by_request, scope))
    else:
        by_month()


def _by_month(scope: Scope) -> None:
    wide = cards.load(_last_months(scope), (CONTACT, CALL))
    lead = CONTACT if wide[CONTACT].shown else CALL
    other = CALL if lead == CONTACT else CONTACT
    panels.trend(
        wide,
        (lead, other),
        title=_("{cost} a contact over {n} months").format(cost=wide[lead].text(), n=_months_in(wide.scope)),
        subtitle=_("Costs of each month over the contacts, and the calls, handled in it"),
        labels=(words.short(wide[lead].kpi), words.short(wide[other].kpi)),
        key="costs-by-month",
        grain=Grain.MONTH,
    )


def _by_request(scope: Scope) -> None:
    panels.by_dimension(
        scope,
        REQUEST,
        REQUEST_DIMENSIONS,
        key="costs-by-request",
        subtitle=_("Handling time of a request at the hourly cost of its team · whisker: 95% interval"),
    )
