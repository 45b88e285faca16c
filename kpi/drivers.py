"""What goes with satisfaction, and who is not heard: impacts of groups, importance of what was lived, who answers.

Associations, never causes (section 7.5). Groups of fewer than ten answers go together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum

import numpy as np
from scipy import special

from kpi import answer as answers
from kpi.display import COMPARE_FROM, SHOW_FROM
from kpi.engines import Engine
from kpi.model import Query, Value
from kpi.statistics.case_mix import benjamini_hochberg
from kpi.statistics.comparison import two_proportions
from kpi.statistics.importance import Importance, enough, lmg
from kpi.statistics.mix import Impact, Nps, nps_impacts, nps_total

OTHERS = "others"
DRIVERS = ("first_response_s", "resolution_s", "reopened", "contacts")
"""What was lived on the request: two times (read through their logarithm), whether it came back, its contacts."""
_VARIES = 1e-9
_WILLING_LEVEL = 0.01
_MOSTLY = 0.5
"""Share of the requests that must have a driver for it to be read."""
_LIVED = """
SELECT t.ticket_id, t.first_response_s, r.resolution_s, r.contacts, r.reopened_at
FROM ticket_facts t LEFT JOIN ticket_resolutions r ON r.ticket_id = t.ticket_id AND r.resolution_no = 1
WHERE t.ticket_id IN (SELECT ticket_id FROM survey_facts WHERE survey_type = 'nps' AND responded_at IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class GroupImpact:
    """What a group brings to the NPS. `key` is its value; `OTHERS` with `pooled` the small ones together."""

    key: Value
    n: int
    impact: Impact
    pooled: bool = False


@dataclass(frozen=True, slots=True)
class Lived:
    """How much of the note 0 to 10 goes with what was lived on the request. `p` tests that nothing does (F test);
    `slopes` say whether more of each goes with a better (positive) or a worse note."""

    n: int
    importance: Importance
    slopes: Mapping[str, float]
    p: float


@dataclass(frozen=True, slots=True)
class Heard:
    """One group among those who contact and those who answer: shares of each, its response and its NPS."""

    key: Value
    contacts: int
    contact_share: float
    answers: int
    answer_share: float
    nps: float | None
    pooled: bool = False


@dataclass(frozen=True, slots=True)
class Honesty:
    """Who answers against who contacts. `p` tests that both have the same mix; `nps` is the score as it is, `weighted`
    what it would be if answers had the mix of contacts."""

    groups: tuple[Heard, ...]
    p: float | None
    nps: float
    weighted: float


@dataclass(frozen=True, slots=True)
class Willing:
    """One group of those asked, fourteen days ago at least: how many, and how many answered. `apart` says that they
    answer more or less often than the others, beyond chance."""

    key: Value
    asked: int
    answered: int
    others: float
    """Share of the others who answered."""
    apart: bool

    @property
    def rate(self) -> float:
        return self.answered / self.asked


def impacts(query: Query, dimension: str, engine: Engine) -> tuple[GroupImpact, ...]:
    """The groups of a dimension by what they bring to the NPS, the most harmful first; they add up to 0."""
    groups = _pooled(_classes(query, dimension, engine))
    found = nps_impacts({str(i): classes for i, (_, classes, _) in enumerate(groups)})
    made = [
        GroupImpact(key, sum(classes), found[str(i)], pooled)
        for i, (key, classes, pooled) in enumerate(groups)
        if str(i) in found
    ]
    return tuple(sorted(made, key=lambda one: (one.impact.impact, str(one.key))))


def lived(query: Query, engine: Engine) -> Lived | None:
    """What was lived on the requests of those who gave a note; None without enough of them, or when nothing varies."""
    if not {"surveys", "tickets"} <= engine.tables():
        return None
    notes = answers.rows(query.with_(kpis=("nps",)), "nps", engine, None)
    if notes.empty:
        return None
    table = notes[["ticket_id", "score", "responded_at"]].merge(engine.frame(_LIVED), on="ticket_id")
    if table.empty:
        return None
    columns: dict[str, np.ndarray] = {
        "first_response_s": np.log1p(table["first_response_s"].to_numpy(float).clip(min=0)),
        "resolution_s": np.log1p(table["resolution_s"].to_numpy(float).clip(min=0)),
        "reopened": (table["reopened_at"] <= table["responded_at"]).to_numpy(float),
        "contacts": table["contacts"].to_numpy(float),
    }
    known = {name: values for name, values in columns.items() if np.isfinite(values).mean() >= _MOSTLY}
    keep = np.all([np.isfinite(values) for values in known.values()], axis=0)
    drivers = {name: values[keep] for name, values in known.items()}
    drivers = {name: values for name, values in drivers.items() if len(values) and values.std() > _VARIES}
    score = table["score"].to_numpy(float)[keep]
    if not drivers or not enough(len(score), len(drivers)) or score.std() < _VARIES:
        return None
    found = lmg(score.tolist(), {name: values.tolist() for name, values in drivers.items()})
    slopes = np.linalg.lstsq(np.column_stack([np.ones(len(score)), *drivers.values()]), score, rcond=None)[0][1:]
    return Lived(
        len(score), found, dict(zip(drivers, slopes.tolist(), strict=True)), _f_test(found.r2, len(score), len(drivers))
    )


def honesty(query: Query, dimension: str, engine: Engine) -> Honesty | None:
    """The mix of answers to the NPS beside that of the requests received in the same period; None without both.

    What has no value of the dimension is in neither.
    """
    if not {"surveys", "tickets"} <= engine.tables():
        return None
    asked = query.with_(kpis=("tickets_created",), by=(dimension,), grain=None, intervals=False, params=())
    rows = answers.answer(asked, engine)["tickets_created"].rows
    contacts = {one.keys[0]: one.n for one in rows if one.keys[0] is not None}
    classes = {key: found for key, found in _classes(query, dimension, engine).items() if key is not None}
    groups = _pooled({key: found for key, found in classes.items() if contacts.get(key)}, more=contacts)
    all_contacts, all_answers = fsum(contacts.values()), fsum(sum(found) for _, found, _ in groups)
    if not all_contacts or not all_answers:
        return None
    alone = {key for key, _, pooled in groups if not pooled}
    heard = []
    for key, found, pooled in groups:
        of_group = sum(n for name, n in contacts.items() if name not in alone) if pooled else contacts.get(key, 0)
        n = sum(found)
        nps = 100 * (found[0] - found[2]) / n if n else None
        heard.append(Heard(key, of_group, of_group / all_contacts, n, n / all_answers, nps, pooled))
    score = nps_total({str(i): found for i, (_, found, _) in enumerate(groups)})
    known = [one for one in heard if one.nps is not None]
    weighted = fsum(one.contact_share * (one.nps or 0.0) for one in known) / fsum(one.contact_share for one in known)
    return Honesty(tuple(heard), _same_mix(heard), score, weighted)


def willing(query: Query, dimension: str, engine: Engine) -> tuple[Willing, ...]:
    """Who answers among those asked: each group of thirty beside the others, the surest difference first. Empty without
    surveys, or with fewer than two groups.

    Each is tested against the others together; Benjamini and Hochberg's rate is one in a hundred, for the reader may
    look at several dimensions.
    """
    if "surveys" not in engine.tables():
        return ()
    asked = query.with_(kpis=("survey_response_rate",), by=(dimension,), grain=None, intervals=False, params=())
    rows = [one for one in answers.answer(asked, engine)["survey_response_rate"].rows if one.keys[0] is not None]
    groups = [(one.keys[0], float(one.denominator or 0), float(one.numerator or 0)) for one in rows]
    n, x = (fsum(group[i] for group in groups) for i in (1, 2))
    kept = [group for group in groups if group[1] >= COMPARE_FROM and n - group[1] >= COMPARE_FROM]
    if len(kept) < 2:
        return ()
    tests = [two_proportions((answered, size), (x - answered, n - size)).p for _, size, answered in kept]
    q = benjamini_hochberg([1.0 if p is None else p for p in tests])
    found = [
        Willing(key, int(size), int(answered), (x - answered) / (n - size), chance <= _WILLING_LEVEL)
        for (key, size, answered), chance in zip(kept, q, strict=True)
    ]
    surest = sorted(
        zip(tests, found, strict=True), key=lambda pair: (1.0 if pair[0] is None else pair[0], -pair[1].asked)
    )
    return tuple(one for _, one in surest)


def _classes(query: Query, dimension: str, engine: Engine) -> dict[Value, Nps]:
    asked = query.with_(kpis=("nps",), by=(dimension,), grain=None, intervals=False, params=())
    return {
        one.keys[0]: (one.extra["promoters"], one.extra["passives"], one.extra["detractors"])
        for one in answers.answer(asked, engine)["nps"].rows
        if one.n
    }


def _pooled(classes: Mapping[Value, Nps], more: Mapping[Value, int] | None = None) -> list[tuple[Value, Nps, bool]]:
    """(key, classes, whether it is several) of each group of ten answers, the busiest first; the others together.

    `more` are groups that may have no answer at all.
    """
    kept = sorted((key for key in classes if sum(classes[key]) >= SHOW_FROM), key=lambda key: -sum(classes[key]))
    small = [key for key in classes if key not in kept]
    while small and sum(sum(classes[key]) for key in small) < SHOW_FROM and kept:
        small.append(kept.pop())  # What is left must not be so few that it can be told by subtraction.
    groups: list[tuple[Value, Nps, bool]] = [(key, classes[key], False) for key in kept]
    silent = any(key not in classes for key in more or {})
    if small or silent:
        promoters, passives, detractors = (sum(classes[key][i] for key in small) for i in range(3))
        groups.append((OTHERS, (promoters, passives, detractors), True))
    return groups


def _same_mix(heard: list[Heard]) -> float | None:
    """Chi-squared test of the mix of answers against that of contacts (taken as known)."""
    expected = np.array([one.contact_share for one in heard]) * sum(one.answers for one in heard)
    observed = np.array([one.answers for one in heard], np.float64)
    tested = expected > 0
    if tested.sum() < 2:
        return None
    statistic = float(np.sum((observed[tested] - expected[tested]) ** 2 / expected[tested]))
    return float(special.chdtrc(int(tested.sum()) - 1, statistic))


def _f_test(r2: float, n: int, drivers: int) -> float:
    if r2 >= 1:
        return 0.0
    return float(special.fdtrc(drivers, n - drivers - 1, (r2 / drivers) / ((1 - r2) / (n - drivers - 1))))
