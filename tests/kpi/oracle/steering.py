"""Target attainment from the card alone: which targets apply to a group, and how each figure stands to its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from scipy import stats

from tests.kpi.oracle.clock import bucket_starts, local_day
from tests.kpi.oracle.figures import Fields, Keys, Question
from tests.kpi.oracle.known import Known

Ask = Callable[[Known, Question], dict[Keys, Fields]]
NARROWER = ("organisation", "site", "team_id", "request_type", "channel", "priority")
"""Scopes, each narrower than those before it; none is the widest."""
UNCERTAIN = ("answer_rate", "service_level", "csat_rate", "fcr_rate", "nps")
WHOLE = ("tickets_created", "ticket_backlog", "tickets_resolved")
"""Counted without sampling: no number of cases is too few, no interval makes a stock uncertain."""
BY_THRESHOLD = ("service_level",)


def verdicts(known: Known, question: Question, dimensions: Mapping[str, Sequence[str]], ask: Ask) -> dict[Keys, Fields]:
    """Keys -> {kpi: verdict}, the whole under (). `dimensions` are those that each KPI has."""
    if question.grain is None:
        return _of_one(known, question, dimensions, ask)
    assert question.period is not None
    found = {(): _of_one(known, replace(question, grain=None), dimensions, ask)[()]}
    start, end = question.period
    for first, closes in bucket_starts(start, end, question.grain, known.world.zone):
        within, start = (start, min(closes, end)), closes
        own = _of_one(known, replace(question, grain=None, period=within), dimensions, ask)
        found |= {(*keys, first): one for keys, one in own.items() if bool(keys) == bool(question.by)}
    return found


def _of_one(known: Known, question: Question, dimensions: Mapping[str, Sequence[str]], ask: Ask) -> dict[Keys, Fields]:
    assert question.period is not None
    day = local_day(question.period[1] - timedelta(microseconds=1), known.world.zone)
    there = [target for target in question.targets if target["role"] == "target" and _in_force(target, day)]
    asked = {*question.by, *question.filters}
    having = [target for target in there if asked <= set(dimensions[target["kpi_id"]])]
    figures = {
        (kpi, promised): _figures(known, question, kpi, promised, ask) for kpi, promised in map(_asked_as, having)
    }
    return {
        keys: _judged(having, figures, keys, _scope(known, question, keys), int(question.params["min_n"]))
        for keys in {(), *(keys for own in figures.values() for keys in own)}
    }


def _in_force(target: Mapping[str, Any], day: date) -> bool:
    return target["valid_from"] <= day and (target["valid_to"] is None or day <= target["valid_to"])


def _asked_as(target: Mapping[str, Any]) -> tuple[str, int | None]:
    return target["kpi_id"], target["threshold_s"] if target["kpi_id"] in BY_THRESHOLD else None


def _figures(known: Known, question: Question, kpi: str, promised: int | None, ask: Ask) -> dict[Keys, Fields]:
    params = {} if promised is None else {"threshold_s": promised}
    return ask(known, replace(question, kpi=kpi, params=params, targets=()))


def _scope(known: Known, question: Question, keys: Keys) -> dict[str, Any]:
    """What a group is of; a team is of its site and organisation."""
    scope = {name: values[0] for name, values in question.filters.items() if len(values) == 1}
    scope |= dict(zip(question.by, keys, strict=False))
    of_team = known.world.sites.astype(object).to_dict("index").get(scope.get("team_id"), {})
    return {**{name: of_team.get(name) for name in ("site", "organisation")}, **scope}


def _judged(
    targets: Iterable[Mapping[str, Any]],
    figures: Mapping[tuple[str, int | None], Mapping[Keys, Fields]],
    keys: Keys,
    scope: Mapping[str, Any],
    least: int,
) -> Fields:
    chosen: dict[str, Mapping[str, Any]] = {}
    for target in targets:
        if target["scope_dim"] is not None and scope.get(target["scope_dim"]) != target["scope_value"]:
            continue
        other = chosen.get(target["kpi_id"])
        if other is None or _rank(target) > _rank(other):
            chosen[target["kpi_id"]] = target
    return {kpi: _verdict(kpi, figures[_asked_as(one)].get(keys), one, least) for kpi, one in chosen.items()}


def _rank(target: Mapping[str, Any]) -> tuple[int, date, str]:
    """The narrowest wins, then the latest, then the last by name."""
    scope = target["scope_dim"]
    return 0 if scope is None else 1 + NARROWER.index(scope), target["valid_from"], target["target_id"]


def _verdict(kpi: str, figure: Fields | None, target: Mapping[str, Any], least: int) -> str:
    if figure is None or figure["value"] is None:
        return "insufficient"
    if kpi not in WHOLE and figure["n"] < least:
        return "insufficient"
    low, high = _interval(kpi, figure)
    meets = _meets(figure["value"], target)
    clear = all(_meets(x, target) for x in (low, high)) if meets else _one_side(low, high, target)
    return f"{'met' if meets else 'missed'}_{'clear' if clear else 'uncertain'}"


def _meets(value: float, target: Mapping[str, Any]) -> bool:
    low, high = target["value_low"], target["value_high"]
    return (low is None or value >= low) and (high is None or value <= high)


def _one_side(low: float, high: float, target: Mapping[str, Any]) -> bool:
    """Whether a missed target is missed on the whole interval."""
    return (target["value_low"] is not None and high < target["value_low"]) or (
        target["value_high"] is not None and low > target["value_high"]
    )


def _interval(kpi: str, figure: Fields) -> tuple[float, float]:
    """By G17: Wilson of a proportion, adjusted Wald of the NPS (7), Byar's of a count, none of a stock."""
    n, value = figure["n"], figure["value"]
    if kpi == "ticket_backlog":
        return value, value
    if kpi in WHOLE:
        return _byar(n, -1), _byar(n + 1, 1)
    if kpi == "nps":
        p, d = ((figure[name] + 0.75) / (n + 3) for name in ("promoters", "detractors"))
        half = 1.959964 * ((p + d - (p - d) ** 2) / (n + 3)) ** 0.5
        return max(-100.0, 100 * (p - d - half)), min(100.0, 100 * (p - d + half))
    found = stats.binomtest(figure["numerator"], figure["denominator"]).proportion_ci(0.95, "wilson")
    return float(found.low), float(found.high)


def _byar(n: int, side: int) -> float:
    return n * (1 - 1 / (9 * n) + side * 1.959964 / (3 * n**0.5)) ** 3 if n else 0.0
