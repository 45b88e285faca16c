"""Targets: which one applies, and whether a figure meets it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from kpi.buckets import to_local
from kpi.definition import Kpi
from kpi.model import Figure, Query, Status, Target, Unit

State = Literal["ok", "watch", "act", "no_data"]
_WATCH_SHARE = 0.10
"""A miss of at most a tenth of the target is to be watched, a larger one calls for action (house rule)."""
_WATCH_POINTS = 10.0


_SCOPES = (None, "organisation", "site", "team_id", "request_type", "channel", "priority")
_RANK = {scope: rank for rank, scope in enumerate(_SCOPES)}


def in_force(target: Target, on: date) -> bool:
    return target.valid_from <= on and (target.valid_to is None or on <= target.valid_to)


def day_of(query: Query, as_of: datetime) -> date:
    """The local day whose targets a question is compared with: the last of its period, else that of `as_of`."""
    last = query.period.end - timedelta(microseconds=1) if query.period else as_of
    return to_local(last, query.timezone).date()


def precedence(target: Target) -> tuple[int, date, str]:
    """The greatest wins among the targets that apply: the narrowest scope, then the latest, then the last identifier.

    Scopes rank as the selectors of commitments do, then from the team out: priority, channel, request type, team, site,
    organisation, none.
    """
    return _RANK[target.scope_dim], target.valid_from, target.target_id


def resolve(targets: Iterable[Target], kpi_id: str, on: date, scope: Mapping[str, str] | None = None) -> Target | None:
    """The target (role `target`) of a KPI on a day for a scope {dimension: value}, by `precedence`. A scoped target
    never applies outside its scope."""
    scope = scope or {}
    candidates = [
        target
        for target in promised(targets, on)
        if target.kpi_id == kpi_id and (target.scope_dim is None or scope.get(target.scope_dim) == target.scope_value)
    ]
    return max(candidates, key=precedence, default=None)


def promised(targets: Iterable[Target], on: date) -> tuple[Target, ...]:
    """Those of role `target` in force on a day: norms, benchmarks and tolerances are only lines to compare with."""
    return tuple(target for target in targets if target.role == "target" and in_force(target, on))


def meets(value: float, target: Target) -> bool:
    """Whether `value` meets the target, bounds included."""
    return _gap(value, target) <= 0


def state(kpi: Kpi, figure: Figure, target: Target | None) -> State:
    """ok when met, watch when missed by a little, act when missed by more; no_data without figure or target, or on
    too few cases to judge."""
    if target is None or figure.value is None or figure.status not in (Status.INDICATIVE, Status.OK):
        return "no_data"
    strain = strained(kpi, figure.value, target)
    return "ok" if strain <= 0 else "watch" if strain <= 1 else "act"


def strained(kpi: Kpi, value: float, target: Target, act_at: float | None = None) -> float:
    """How far a value is beyond its target: 0 or less when it meets it, 1 from where it calls for action.

    That is the house rule's margin beyond the target, or the value `act_at` when one is given. Infinite beyond a
    target that leaves no margin.
    """
    gap, line = _gap(value, target), _line(value, target)
    margin = _WATCH_POINTS if kpi.unit is Unit.NPS else _WATCH_SHARE * abs(line)
    if act_at is not None:
        margin = abs(act_at - line)
    if not margin:
        return math.copysign(math.inf, gap) if gap else 0.0
    return gap / margin


def surely(low: float | None, high: float | None, target: Target) -> bool:
    """Whether a whole interval is on one side of the target: every value of it meets it, or none does. A bound that is
    None is unknown."""
    below, above = bounds(target)
    first, last = float("-inf") if low is None else low, float("inf") if high is None else high
    return (below <= first and last <= above) or last < below or above < first


def bounds(target: Target) -> tuple[float, float]:
    """The values that meet it, bounds included; infinite where it has none."""
    low = target.value_low if target.op != "<=" else None
    high = target.value_high if target.op != ">=" else None
    return float("-inf") if low is None else low, float("inf") if high is None else high


def _gap(value: float, target: Target) -> float:
    """How far beyond the bound the value is; 0 or less when it meets it."""
    low, high = bounds(target)
    return max(low - value, value - high)


def _line(value: float, target: Target) -> float:
    """The bound that the value is judged by."""
    if target.value_low is not None and target.op != "<=" and value < target.value_low:
        return target.value_low
    return target.value_high if target.value_high is not None else (target.value_low or 0.0)
