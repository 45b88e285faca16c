"""Titles that say what a card's figure does: holds, gains, loses; and the same as the end of a sentence."""

from __future__ import annotations

from dashboard import format as fmt
from dashboard import words
from dashboard.cards import Card
from dashboard.filters import Scope
from dashboard.i18n import _, language


def moved(card: Card) -> str:
    """ "Service level: 78.4 %, steady", or how much it rose or fell when that is no chance."""
    change, name = card.change, words.short(card.kpi)
    if change is None or change.delta is None or change.clear is None:
        return _("{kpi}: {value}").format(kpi=name, value=card.text())
    if not change.clear:
        return _("{kpi} holds at {value}").format(kpi=name, value=card.text())
    amount = fmt.delta(change.delta, card.kpi.unit, language(), change.relative, sign=False)
    risen = _("{kpi}: {value}, up by {amount}") if change.delta > 0 else _("{kpi}: {value}, down by {amount}")
    return risen.format(kpi=name, value=card.text(), amount=amount)


def verdict(card: Card, better: str = "", worse: str = "") -> str:
    """ ", better than before" (or the page's own words) after a figure, only when the change is clear; empty else."""
    if card.change is None or not card.change.clear or card.change.better is None:
        return ""
    return (better or _(", better than before")) if card.change.better else (worse or _(", worse than before"))


def sooner(card: Card, scope: Scope) -> str:
    """ " (business hours), sooner than before" after a time: its clock when it is not the usual one, its verdict."""
    return clock(scope) + verdict(card, _(", sooner than before"), _(", later than before"))


def clock(scope: Scope) -> str:
    """ " (business hours)" after a time when that is the clock in use."""
    return _(" (business hours)") if scope.choice.clock == "business" else ""
