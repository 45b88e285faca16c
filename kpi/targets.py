"""Targets: which one applies, and whether a figure meets it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from kpi.definition import Kpi
from kpi.model import Figure, Status, Target, Unit

State = Literal["ok", "watch", "act", "no_data"]
_WATCH_SHARE = 0.10
"""A miss of at most a tenth of the target is to be watched, a larger one calls for action (house rule)."""
_WATCH_POINTS = 10.0


def in_force(target: Target, on: date) -> bool:
    return target.valid_from <= on and (target.valid_to is None or on <= target.valid_to)


def resolve(targets: Iterable[Target], kpi_id: str, on: date, scope: Mapping[str, str] | None = None) -> Target | None:
    """The target (role `target`) of a KPI on a day for a scope {dimension: value}: the scoped one before the
    general one, the latest first. A scoped target never applies outside its scope."""
    scope = scope or {}
    candidates = [
        target
        for target in targets
        if target.kpi_id == kpi_id
        and target.role == "target"
        and in_force(target, on)
        and (target.scope_dim is None or scope.get(target.scope_dim) == target.scope_value)
    ]
    return max(candidates, key=lambda t: (t.scope_dim is not None, t.valid_from, t.target_id), default=None)


def meets(value: float, target: Target) -> bool:
    """Whether `value` meets the target, bounds included."""
    return _gap(value, target) <= 0


def state(kpi: Kpi, figure: Figure, target: Target | None) -> State:
    """ok when met, watch when missed by a little, act when missed by more; no_data without figure or target, or on
    too few cases to judge."""
    if target is None or figure.value is None or figure.status not in (Status.INDICATIVE, Status.OK):
        return "no_data"
    gap = _gap(figure.value, target)
    if gap <= 0:
        return "ok"
    margin = _WATCH_POINTS if kpi.unit is Unit.NPS else _WATCH_SHARE * abs(_line(figure.value, target))
    return "watch" if gap <= margin else "act"


def _gap(value: float, target: Target) -> float:
    """How far beyond the bound the value is; 0 or less when it meets it."""
    below = target.value_low - value if target.value_low is not None and target.op != "<=" else float("-inf")
    above = value - target.value_high if target.value_high is not None and target.op != ">=" else float("-inf")
    return max(below, above)


def _line(value: float, target: Target) -> float:
    """The bound that the value is judged by."""
    if target.value_low is not None and target.op != "<=" and value < target.value_low:
        return target.value_low
    return target.value_high if target.value_high is not None else (target.value_low or 0.0)
