"""Amounts as people type them: "90 %", "1 h 30", "12,50 €"; and written back so that nothing is lost."""

from __future__ import annotations

import math
import re

from babel.numbers import NumberFormatError, parse_decimal

from dashboard.format import NBSP
from dashboard.i18n import _, language
from kpi.model import Unit

_STEPS = {"j": 86_400, "d": 86_400, "h": 3_600, "min": 60, "mn": 60, "m": 60, "s": 1, "sec": 1}
_NEXT = {86_400: 3_600, 3_600: 60, 60: 1}
"""What a number without a unit means after one: "2 h 13" is 13 minutes."""
_PART = re.compile(r"(\d+(?:[.,]\d+)?)([a-z]*)")
_LIMITS = {Unit.RATIO: (0.0, 1.0), Unit.SCORE: (0.0, 100.0), Unit.NPS: (-100.0, 100.0)}


class Unreadable(ValueError):
    """An amount that cannot be read; its text tells the reader what to write."""


def read(text: str, unit: Unit) -> float:
    """The amount in the KPI's unit: a fraction for shares, seconds for durations. Raises `Unreadable`."""
    typed = "".join(text.split()).replace("\u2212", "-").lower()
    if not typed:
        raise Unreadable(_("Write a value, such as {example}.").format(example=example(unit)))
    if unit is Unit.SECONDS:
        return _seconds(text, typed)
    amount = _number(text, typed.strip("€").removesuffix("%"), unit)
    if unit is Unit.RATIO:
        if not typed.endswith("%") and abs(amount) <= 1 and amount != 0:
            raise Unreadable(_("Is “{text}” a percentage? Write it with its sign, such as 90%.").format(text=text))
        amount /= 100
    low, high = _LIMITS.get(unit, (0.0, math.inf))
    if not low <= amount <= high:
        raise Unreadable(_beyond(unit))
    return amount


def example(unit: Unit) -> str:
    """An amount of this unit, as one may type it."""
    match unit:
        case Unit.SECONDS:
            return "30 s, 4 h"
        case Unit.RATIO:
            return write(0.9, unit)
        case Unit.EUROS:
            return write(12.5, unit)
        case Unit.COUNT | Unit.NPS:
            return "20"
        case _:
            return write(3.5, unit)


def write(amount: float, unit: Unit) -> str:
    """The amount to type to get it back: nothing is rounded away."""
    if unit is Unit.SECONDS:
        return _spelled(amount)
    french = language() == "fr"
    if unit is Unit.RATIO:
        return _plain(amount * 100) + (f"{NBSP}%" if french else "%")
    if unit is Unit.EUROS:
        return f"{_plain(amount)}{NBSP}€" if french else f"€{_plain(amount)}"
    return _plain(amount)


def _number(text: str, typed: str, unit: Unit) -> float:
    typed = re.sub(r"[a-z]+$", "", typed) if unit is Unit.DAYS else typed
    try:
        amount = float(parse_decimal(typed, locale=language(), strict=True))
    except NumberFormatError:
        amount = math.nan
    if not math.isfinite(amount):
        raise Unreadable(_("“{text}” is not a value: write {example}.").format(text=text, example=example(unit)))
    return amount


def _seconds(text: str, typed: str) -> float:
    parts = _PART.findall(typed)
    wrong = Unreadable(_("“{text}” is not a duration: write {example}.").format(text=text, example="30 s, 4 h, 1 h 30"))
    if "".join(number + word for number, word in parts) != typed:
        raise wrong
    total, last = 0.0, 0
    for number, word in parts:
        step = _STEPS.get(word) if word else _NEXT.get(last)
        if step is None or (last and step >= last):
            raise wrong
        total, last = total + float(number.replace(",", ".")) * step, step
    return total


def _spelled(seconds: float) -> str:
    day = "j" if language() == "fr" else "d"
    left, parts = seconds, []
    for step, word in ((86_400, day), (3_600, "h"), (60, "min")):
        whole, left = divmod(left, step)
        parts += [f"{whole:.0f}{NBSP}{word}"] if whole else []
    if left or not parts:
        parts.append(f"{_plain(left)}{NBSP}s")
    return " ".join(parts)


def _plain(amount: float) -> str:
    text = f"{amount:.6f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if language() == "fr" else text


def _beyond(unit: Unit) -> str:
    match unit:
        case Unit.RATIO:
            return _("A share is between 0% and 100%.")
        case Unit.NPS:
            return _("A score of this kind is between −100 and 100.")
        case Unit.SCORE:
            return _("A score of this kind is between 0 and 100.")
        case _:
            return _("This amount cannot be below zero.")
