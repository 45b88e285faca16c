"""A question checked against the catalogue: KPIs resolved, dimensions, parameters and period kept or refused."""

from __future__ import annotations

from collections.abc import Mapping

from kpi import catalog
from kpi.compiler import Ask
from kpi.datasets import DATASETS
from kpi.definition import Kpi
from kpi.engines import Engine
from kpi.errors import InvalidPeriod, UnknownDimension, UnknownParameter, suggest
from kpi.fragments import Sql, Substitution
from kpi.known import Moment
from kpi.model import Grain, ParamValue, Query

_BELOW_A_DAY = (Grain.HOUR, Grain.HALF_HOUR)
EVERYTHING: frozenset[str] = frozenset()


def moment_of(query: Query, engine: Engine) -> Moment:
    """When the question is asked; refuses a time zone that the store was not cut in."""
    zone = engine.timezone()
    if query.timezone != zone:
        raise InvalidPeriod(
            f"The store is cut in {zone} days, not {query.timezone}: import it again with --timezone {query.timezone}."
        )
    if query.period is not None and query.period.end <= query.period.start:
        raise InvalidPeriod(f"The period ends ({query.period.end}) before it starts ({query.period.start}).")
    return Moment(query.as_of or engine.data_until(), engine.newest(), zone)


def resolve(query: Query, kpi_id: str, present: frozenset[str] = EVERYTHING) -> Ask:
    """One KPI of the question, checked. `present` are the tables imported: without its own, a KPI that has another
    way of being known takes it."""
    kpi = catalog.get(kpi_id)
    _check_dimensions(kpi, query)
    _check_period(kpi, query)
    source, where, measure, time = kpi.dataset, kpi.where, kpi.measure, kpi.time
    if kpi.by_agent is not None and "agent_id" in {*query.by, *(f.dimension for f in query.filters)}:
        where, measure = kpi.by_agent.where, kpi.by_agent.measure
        source = kpi.by_agent.dataset or source
    if kpi.fallback is not None and present and _lacks(kpi.needs, present):
        source, where, time = kpi.fallback.dataset, kpi.fallback.where, kpi.fallback.time
    dataset = DATASETS[source]
    return Ask(kpi, dataset, where, measure, dataset.times[time] if time else None, _parameters(kpi, query))


def _check_dimensions(kpi: Kpi, query: Query) -> None:
    for name in (*query.by, *(f.dimension for f in query.filters)):
        if name in kpi.dimensions:
            continue
        why = " It is never shown of one person." if name == "agent_id" and kpi.collective else ""
        raise UnknownDimension(
            f"{kpi.id} has no dimension {name!r}.{suggest(name, kpi.dimensions)}{why} "
            f"It has: {', '.join(kpi.dimensions) or 'none'}."
        )


def _check_period(kpi: Kpi, query: Query) -> None:
    if kpi.needs_period and query.period is None:
        raise InvalidPeriod(f"{kpi.id} is placed in a period by {kpi.placed_by_en}: give a period.")
    if query.grain is None:
        return
    if query.period is None:
        raise InvalidPeriod(f"A series of {kpi.id} needs a period.")
    if kpi.grains is not None and query.grain not in kpi.grains:
        known = ", ".join(grain.value for grain in kpi.grains) or "none"
        raise InvalidPeriod(f"{kpi.id} has no series by {query.grain.value}. It has: {known}.")
    time = DATASETS[kpi.dataset].times[kpi.time] if kpi.time else None
    if time is not None and time.dated and query.grain in _BELOW_A_DAY:
        raise InvalidPeriod(f"{kpi.id} is known by day, not by {query.grain.value}.")


def _parameters(kpi: Kpi, query: Query) -> dict[str, Substitution]:
    """Values of the KPI's parameters. A parameter of other KPIs only is ignored; one of none is an error."""
    given = dict(query.params)
    known = {param.name for id_ in query.kpis for param in catalog.get(id_).params}
    for name in given:
        if name not in known:
            raise UnknownParameter(
                f"{kpi.id} has no parameter {name!r}.{suggest(name, known)} "
                f"It has: {', '.join(sorted(p.name for p in kpi.params)) or 'none'}."
            )
    values: dict[str, Substitution] = {}
    for param in kpi.params:
        value: ParamValue = given.get(param.name, param.default)
        if param.choices and value not in param.choices:
            raise UnknownParameter(f"{param.name} of {kpi.id} is one of {', '.join(param.choices)}, not {value!r}.")
        if type(value) is not type(param.default) and not (
            isinstance(value, int | float) and isinstance(param.default, int | float)
        ):
            raise UnknownParameter(f"{param.name} of {kpi.id} is like {param.default!r}, not {value!r}.")
        values[param.name] = Sql(param.sql[str(value)]) if param.sql else value
    return values


def plain_parameters(kpi: Kpi, query: Query) -> Mapping[str, ParamValue]:
    """The values as given, defaults included."""
    given = dict(query.params)
    return {param.name: given.get(param.name, param.default) for param in kpi.params}


def needs(kpi: Kpi, query: Query, present: frozenset[str]) -> tuple[str, ...]:
    """Tables that the KPI needs and that the store does not have; targets may come with the question."""
    given = {"targets"} if query.targets else set()
    missing = _lacks(kpi.needs, present | given)
    if missing and kpi.fallback is not None and not _lacks(kpi.fallback.needs, present | given):
        return ()
    return missing


def _lacks(tables: tuple[str, ...], present: frozenset[str] | set[str]) -> tuple[str, ...]:
    return tuple(table for table in tables if table not in present)
