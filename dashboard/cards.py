"""KPI cards: value, change, line, state and n of several KPIs, asked together.

board = cards.load(scope, ["frt_median", "nps", "ticket_backlog"])   # two questions, however many KPIs
cards.row(board, ["frt_median", "nps"])                              # four a row, two, then one
board["nps"].change                                                  # what the card shows, as data
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import streamlit as st

from dashboard import cache, charts, definition, keeping, page, reading, why, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language
from dashboard.page import HIDDEN
from dashboard.periods import grain_for, to_local
from dashboard.theme import LIGHT, State
from kpi import catalog
from kpi.definition import Kpi
from kpi.model import Answer, Better, Figure, Grain, Status, Target, Unit
from kpi.statistics.comparison import Change, compare
from kpi.targets import resolve, state

_STOCK_KINDS = ("stock", "stock_quantile", "stock_distribution", "freshness")


@dataclass(frozen=True, slots=True)
class Card:
    """Everything one card shows. `answer` is None when a filter in use does not apply to the KPI."""

    kpi: Kpi
    answer: Answer | None
    previous: Figure | None = None
    change: Change | None = None
    target: Target | None = None
    state: State = "no_data"
    points: tuple[Figure, ...] = ()
    """The line: the finest buckets that hold enough cases."""
    missing: str | None = None
    """The dimension that is filtered and that the KPI does not have."""
    open_days: tuple[float, float] | None = None
    """Of the period and of the one before, when a count is weighed by them."""
    ahead: bool = False
    """The period begins after the data end."""

    @property
    def figure(self) -> Figure:
        return self.answer.total if self.answer else Figure()

    @property
    def shown(self) -> bool:
        """Whether the value may be shown (rule G16). A stock has none in a period to come: it would be today's."""
        return self.answer is not None and not self.answer.needs and not self.ahead and self.figure.status not in HIDDEN

    def text(self) -> str:
        """The value in words: "2 h 13", "76,4 %", or "–"."""
        return fmt.text(self.figure.value if self.shown else None, self.kpi.unit, language())


@dataclass(frozen=True, slots=True)
class Board(Mapping[str, Card]):
    """The cards of a page by KPI, with the scope they answer."""

    scope: Scope
    cards: Mapping[str, Card]

    def __getitem__(self, kpi_id: str) -> Card:
        return self.cards[kpi_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.cards)

    def __len__(self) -> int:
        return len(self.cards)


def load(scope: Scope, kpi_ids: Sequence[str]) -> Board:
    """Asks every KPI at once: the period with its line, then the period it is compared with."""
    kpis = [catalog.get(kpi_id) for kpi_id in kpi_ids]
    asked = [kpi.id for kpi in kpis if scope.missing_dimension(kpi) is None]
    now = _with_lines(scope, asked)
    before = cache.ask(scope.query(*asked, previous=True)) if asked and scope.compared else {}
    lines = {kpi_id: answer.rows for kpi_id, answer in now.items()} | _wider_lines(scope, now)
    return Board(
        scope,
        {
            kpi.id: _card(scope, kpi, now[kpi.id], before.get(kpi.id), lines[kpi.id])
            if kpi.id in now
            else Card(kpi, None, missing=scope.missing_dimension(kpi))
            for kpi in kpis
        },
    )


def _with_lines(scope: Scope, kpi_ids: Sequence[str]) -> dict[str, Answer]:
    """The answers, each with its line where the KPI has one at the grain of the page."""
    grain = grain_for(scope.span)
    lined = [kpi_id for kpi_id in kpi_ids if _has_line(kpi_id, grain)]
    answers = cache.ask(scope.query(*lined, grain=grain)) if lined else {}
    bare = [kpi_id for kpi_id in kpi_ids if kpi_id not in answers]
    return answers | cache.ask(scope.query(*bare)) if bare else answers


def _has_line(kpi_id: str, grain: Grain) -> bool:
    grains = catalog.get(kpi_id).grains
    return grains is None or grain in grains


def _wider_lines(scope: Scope, answers: Mapping[str, Answer]) -> dict[str, tuple[Figure, ...]]:
    """Weekly points for the KPIs that have too few cases a day to draw a daily line."""
    if grain_for(scope.span) is not Grain.DAY or scope.span.days < 21:
        return {}
    sparse = [
        kpi_id
        for kpi_id, answer in answers.items()
        if answer.total.n and _too_sparse(answer.rows) and _has_line(kpi_id, Grain.WEEK)
    ]
    if not sparse:
        return {}
    weekly = cache.ask(scope.query(*sparse, grain=Grain.WEEK, intervals=False))
    return {kpi_id: answer.rows for kpi_id, answer in weekly.items()}


def _too_sparse(rows: Sequence[Figure]) -> bool:
    return sum(figure.status not in HIDDEN for figure in rows) < len(rows) / 2


def row(board: Board, kpi_ids: Sequence[str], across: Literal[3, 4] = 4) -> None:
    """Cards side by side: `across` on a desk, two on a tablet, one on a phone. All of a row align."""
    keeping.note_drawn([kpi_id for kpi_id in kpi_ids if board[kpi_id].answer])
    _row(board, tuple(kpi_ids), across)


@page.fragment
def _row(board: Board, kpi_ids: tuple[str, ...], across: Literal[3, 4]) -> None:
    # A fragment: opening a definition redraws one row, not the page.
    opened = None
    with page.tiles(kpi_ids[0], across):
        for kpi_id in kpi_ids:
            card = board[kpi_id]
            with st.container(key=f"card-{kpi_id}", gap=None):
                st.html(card_html(card, board.scope))
                about = _("Definition of {kpi}").format(kpi=words.plain(words.short(card.kpi)))
                if st.button(about, key=f"about-{kpi_id}", icon=":material/info:", type="tertiary"):
                    opened = kpi_id
    if opened:
        definition.show(board.scope, opened)


def _card(scope: Scope, kpi: Kpi, answer: Answer, before: Answer | None, points: tuple[Figure, ...]) -> Card:
    previous = before.total if before else None
    change, days = None, cache.open_days(scope)
    if previous and previous.value is not None and answer.total.value is not None:
        change = compare(kpi, answer.total, previous, open_days=days)
    target = resolve(scope.targets, kpi.id, scope.span.reached, _target_scope(scope))
    plain = tuple(figure for figure in points if len(figure.keys) == 1)
    weighed = days if kpi.kind == "count" and days and days[0] != days[1] else None
    judged = "no_data" if scope.ahead else state(kpi, answer.total, target)
    return Card(kpi, answer, previous, change, target, judged, plain, open_days=weighed, ahead=scope.ahead)


def _target_scope(scope: Scope) -> dict[str, str]:
    """Targets of one channel or team hold when exactly that one is chosen."""
    return {f.dimension: str(f.values[0]) for f in scope.choice.filters if len(f.values) == 1}


# What a card says: pure HTML


def card_html(card: Card, scope: Scope) -> str:
    """The card's content; the frame and the "i" are laid around it. shell.js opens the "i" from the whole card, at the
    part that `data-opens` names."""
    name = words.html(words.short(card.kpi))
    value, unit = fmt.value(card.figure.value if card.shown else None, card.kpi.unit, language())
    small = f"<small>{words.html(unit)}</small>" if unit else ""
    return (
        f'<article class="v-card" aria-label="{name}">'
        f'<h4 title="{words.html(card.kpi.label(language()))}">{name}</h4>'
        f'<p class="v-value">{words.html(value)}{small}</p>'
        f"{_delta(card, scope)}{_line(card)}{_state(card)}"
        f'<p class="v-n">{words.html(_counted(card, scope))}</p>'
        "</article>"
    )


def _delta(card: Card, scope: Scope) -> str:
    if not card.shown:
        return _note(_why_hidden(card))
    if card.figure.status is Status.INDICATIVE:
        return _note(_("indicative: fewer than 30 cases"))
    if card.change is None or card.change.delta is None:
        return _note(_("nothing to compare with"))
    delta = card.change.delta
    tone, judgement = verdict(card.change, card.kpi.better)
    arrow = "up" if delta > 0 else "down" if delta < 0 else "same"
    amount = fmt.delta(delta, card.kpi.unit, language(), card.change.relative, sign=False)
    text = words.html(f"{amount} · {judgement}")
    why_moved = f' data-opens="{words.html(why.title())}"' if why.offered(scope, card.kpi) else ""
    return f'<p class="v-delta v-{tone}" title="{text}"{why_moved}><i class="v-{arrow}"></i><span>{text}</span></p>'


def _note(text: str) -> str:
    return f'<p class="v-delta" title="{words.html(text)}">{words.html(text)}</p>'


def verdict(change: Change, better: Better) -> tuple[str, str]:
    """(good | bad | plain, words): is the change signal, and is it good by the KPI's direction."""
    if change.clear is None:
        return "plain", _("on the period before")
    if not change.clear:
        return "plain", _("no clear change")
    if better is Better.CONTEXT or change.better is None:
        return "plain", _("clear rise") if (change.delta or 0) > 0 else _("clear fall")
    return ("good", _("clear improvement")) if change.better else ("bad", _("clear decline"))


def _why_hidden(card: Card) -> str:
    if card.missing:
        return _("not available by {dimension}").format(dimension=words.dimension(card.missing).lower())
    if card.answer and card.answer.needs:
        tables = words.exports(card.answer.needs)
        return _("needs the export of {tables}").format(tables=tables)
    if card.ahead:
        return _("the period is still to come")
    if card.figure.status is Status.SUPPRESSED:
        return _("hidden: too few answers to stay anonymous")
    if card.figure.status is Status.INSUFFICIENT:
        return _("n too small to show")
    if card.figure.n_open and card.kpi.id in words.MATURING:
        return _("too early to tell")
    return _("nothing in this selection")


def _state(card: Card) -> str:
    if card.answer is None:
        return '<p class="v-state"></p>'
    if card.target is None:
        none = words.html(_("no target"))
        return f'<p class="v-state v-none"><em>{none}</em></p>'
    goal = words.html(_("target {value}").format(value=target_text(card.target, card.kpi.unit)))
    word = words.html(words.state(card.state))
    return f'<p class="v-state"><i class="v-{card.state}"></i><b>{word}</b><em>{goal}</em></p>'


def target_text(target: Target, unit: Unit) -> str:
    """ "4 h", "80 %", or "75 % – 85 %"."""
    bounds = [bound for bound in (target.value_low, target.value_high) if bound is not None]
    return " – ".join(reading.goal(bound, unit) for bound in bounds)


def _counted(card: Card, scope: Scope) -> str:
    """The last line: how many cases, what is left open, the value before, the clock."""
    if card.answer is None or card.answer.needs or card.ahead:
        return "n = –"
    lang, figure, parts = language(), card.figure, list[str]()
    if card.kpi.kind in _STOCK_KINDS:
        parts.append(
            _("on {moment}").format(moment=words.moment(to_local(min(card.answer.as_of, scope.period.end), scope.zone)))
        )
    elif card.kpi.kind != "count":
        parts.append(f"n = {fmt.number(figure.n, lang)}")
    if figure.n_open:
        parts.append(words.still_open(card.kpi.id).format(n=fmt.number(figure.n_open, lang)))
    elif card.kpi.kind == "nps" and card.shown and figure.ci:
        low, high = (fmt.text(bound, card.kpi.unit, lang) for bound in figure.ci)
        parts.append(_("interval {low} to {high}").format(low=low, high=high))
    elif card.previous and card.previous.value is not None and card.shown:
        parts.append(_("before: {value}").format(value=fmt.text(card.previous.value, card.kpi.unit, lang)))
    if card.open_days and card.previous:
        now, then = (fmt.number(days, lang) for days in card.open_days)
        parts.append(_("per open day ({now} against {then})").format(now=now, then=then))
    if any(param.name == "clock" for param in card.kpi.params) and scope.choice.clock == "business":
        parts.append(_("business hours"))
    return " · ".join(parts)


# The line


def _line(card: Card) -> str:
    points = [figure.value for figure in card.points if figure.status not in HIDDEN]
    drawing = charts.sparkline_svg(points, LIGHT, height=30) if len(points) > 2 else ""
    return f'<div class="v-line"{_mask(drawing)}></div>'


def _mask(svg: str) -> str:
    """A drawing as the mask of its box: it takes the ink of the theme, and `st.html` strips inline SVG."""
    if not svg:
        return ""
    image = quote(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1), safe=" =/:.,")
    return f' style="mask-image:url(&quot;data:image/svg+xml,{image}&quot;)"'
