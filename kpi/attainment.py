"""Target attainment: the KPIs that have a target, each judged by its own answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kpi import buckets, catalog
from kpi.asking import plain_parameters
from kpi.display import counted_whole
from kpi.engines import Engine
from kpi.figures import Keys, in_order
from kpi.known import Moment
from kpi.measures import Attainment, Freshness
from kpi.model import Answer, Figure, Period, Query, Status, Target
from kpi.targets import day_of, meets, promised, resolve, surely

KIND = Attainment.kind
Ask = Callable[[Query, Engine], dict[str, Answer]]
Verdict = Literal["met_clear", "met_uncertain", "missed_clear", "missed_uncertain", "insufficient"]
_THRESHOLD = "threshold_s"
"""What a target promises to the customer and its KPI counts by: the service level is asked with that of its target."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One KPI against the target that applies to it."""

    target: Target
    figure: Figure
    verdict: Verdict


_Groups = Mapping[Keys | None, tuple[Judged, ...]]
"""The KPIs judged in each group, in the order of their targets; None is the whole."""
_Figures = dict[tuple[str, int | None], dict[Keys | None, Figure]]
"""KPI and threshold -> keys -> figure."""


def answered(query: Query, moment: Moment, engine: Engine, ask: Ask) -> Answer:
    """Share of the KPIs with a target in force on the last day of the period that meet it.

    A row a KPI when nothing splits the question: its `extra` has the verdict as `value`, the KPI's own figure as
    `figure`, and `target_id`. Else a row a group, whose `extra` has the verdict of each KPI.
    """
    statements: dict[str, None] = {}

    def asked(question: Query, _: Engine) -> dict[str, Answer]:
        found = ask(question, engine)
        statements.update(dict.fromkeys(sql for answer in found.values() for sql in answer.sql))
        return found

    groups = _groups(query.with_(grain=None), moment, engine, asked)
    if query.grain is not None:
        groups = {None: groups[None], **_by_bucket(query, moment, engine, asked)}
    if query.by or query.grain is not None:
        rows = [_share(groups[keys], keys) for keys in in_order(keys for keys in groups if keys is not None)]
        total = _share(groups[None])
    else:
        rows = [_row(judged) for judged in groups[None]]
        total = _share(groups[None])._replace(extra={})
    return Answer(query.kpis[0], total, tuple(rows), moment.as_of, tuple(statements))


def verdict(figure: Figure, target: Target, least: int) -> Verdict:
    """Whether a figure meets a target, and whether its whole interval says so. What is counted whole has no interval
    and is certain; fewer than `least` cases are not judged."""
    if figure.value is None or figure.n < least:
        return "insufficient"
    clear = surely(*(figure.ci or (figure.value, figure.value)), target)
    if meets(figure.value, target):
        return "met_clear" if clear else "met_uncertain"
    return "missed_clear" if clear else "missed_uncertain"


# ---------------------------------------------------------------------------------------------- figures


def _share(judged: tuple[Judged, ...], keys: Keys = ()) -> Figure:
    met = sum(one.verdict.startswith("met") for one in judged)
    n = sum(one.verdict != "insufficient" for one in judged)
    verdicts = {one.target.kpi_id: one.verdict for one in judged}
    status = Status.OK if n else Status.NO_DATA
    return Figure(keys, met / n if n else None, n, numerator=met, denominator=n, status=status, extra=verdicts)


def _row(judged: Judged) -> Figure:
    figure, target = judged.figure, judged.target
    extra = {"value": judged.verdict, "figure": figure.value, "target_id": target.target_id}
    status = Status.INSUFFICIENT if judged.verdict == "insufficient" else Status.OK
    return Figure((target.kpi_id,), n=figure.n, ci=figure.ci, ci_method=figure.ci_method, status=status, extra=extra)


# ---------------------------------------------------------------------------------------------- questions


def _by_bucket(query: Query, moment: Moment, engine: Engine, ask: Ask) -> _Groups:
    """Each bucket is a question of its own, with the targets of its last day."""
    assert query.period is not None and query.grain is not None
    found: dict[Keys | None, tuple[Judged, ...]] = {}
    for day in buckets.spine(query):
        starts = buckets.to_utc(day, query.timezone)
        ends = buckets.to_utc(buckets.next_of(day, query.grain), query.timezone)
        within = Period(max(starts, query.period.start), min(ends, query.period.end))
        groups = _groups(query.with_(period=within, grain=None), moment, engine, ask)
        found |= {(*(keys or ()), day): own for keys, own in groups.items() if (keys is not None) == bool(query.by)}
    return found


def _groups(query: Query, moment: Moment, engine: Engine, ask: Ask) -> _Groups:
    params = plain_parameters(catalog.get(query.kpis[0]), query)
    least, given = params["min_n"], params["kpi_values"]
    assert isinstance(least, int) and isinstance(given, tuple)
    day = day_of(query, moment.as_of)
    figures = _given(query, day, dict(given)) if given else _answers(query, day, engine, ask)
    places = _places(query, engine)

    def judged(keys: Keys | None) -> tuple[Judged, ...]:
        scope = _scope(query, keys, places)
        own = (resolve(query.targets, kpi_id, day, scope) for kpi_id in {kpi_id for kpi_id, _ in figures})
        applying = sorted((target for target in own if target is not None), key=lambda target: target.target_id)
        asked = ((target, figures[_asked_as(target)].get(keys, Figure())) for target in applying)
        return tuple(Judged(target, figure, verdict(figure, target, _least(target, least))) for target, figure in asked)

    return {keys: judged(keys) for keys in {None, *(keys for own in figures.values() for keys in own)}}


def _least(target: Target, least: int) -> int:
    """What is counted whole has no minimum: one source is enough to say how old the data are."""
    return 0 if counted_whole(catalog.get(target.kpi_id)) else least


def _given(query: Query, day: date, values: Mapping[str, tuple[tuple[str, float], ...]]) -> _Figures:
    """The figures that the question brings itself."""
    own = {kpi_id: Figure(**dict(fields)) for kpi_id, fields in values.items()}  # type: ignore[arg-type]
    targets = (target for target in promised(query.targets, day) if target.kpi_id in own)
    return {_asked_as(target): {None: own[target.kpi_id]} for target in targets}


def _answers(query: Query, day: date, engine: Engine, ask: Ask) -> _Figures:
    """The figures of the KPIs with a target that have the dimensions asked."""
    dimensions = {*query.by, *(f.dimension for f in query.filters)}
    wanted: dict[int | None, dict[str, None]] = {}
    for target in promised(query.targets, day):
        kpi = catalog.CATALOG.get(target.kpi_id)
        if kpi is None or (kpi.kind == Freshness.kind and query.as_of is None):
            continue  # As of the end of the data itself their age is 0, whatever it is.
        if kpi.kind != KIND and dimensions <= set(kpi.dimensions):
            wanted.setdefault(_asked_as(target)[1], {})[kpi.id] = None
    found: _Figures = {}
    for threshold, kpi_ids in wanted.items():
        params = () if threshold is None else ((_THRESHOLD, threshold),)
        answers = ask(query.with_(kpis=tuple(kpi_ids), params=params, totals=True), engine)
        for kpi_id, answer in answers.items():
            found[kpi_id, threshold] = {None: answer.total}
            if query.by:
                found[kpi_id, threshold] |= {figure.keys: figure for figure in answer.rows}
    return found


def _asked_as(target: Target) -> tuple[str, int | None]:
    kpi = catalog.CATALOG.get(target.kpi_id)
    own = kpi is not None and any(param.name == _THRESHOLD for param in kpi.params)
    return target.kpi_id, target.threshold_s if own else None


def _places(query: Query, engine: Engine) -> dict[str, dict[str, str]]:
    """The site and organisation of each team."""
    if "team_id" not in {*query.by, *(f.dimension for f in query.filters)}:
        return {}
    rows = engine.fetch("SELECT team_id, site, organisation FROM teams")
    return {team: {"site": site, "organisation": organisation} for team, site, organisation in rows}


def _scope(query: Query, keys: Keys | None, places: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What a group is of: the values of its keys and of the filters that keep one, and where its team is."""
    scope = {f.dimension: str(f.values[0]) for f in query.filters if len(f.values) == 1}
    scope |= dict(zip(query.by, keys or (), strict=False))
    return {**places.get(scope.get("team_id", ""), {}), **scope}
