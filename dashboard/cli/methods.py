"""Worked examples of methods: `kpi_id` -> the fields that the code behind every number gives on the inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np

from dashboard.cli.tables import Tables, fill, instant, load
from data.business_hours import Calendar, expand, public_holidays, read_calendars
from data.derive.clocks import CALENDAR_TIME, Clocks, read_clocks
from kpi import buckets, catalog
from kpi.display import protected, status
from kpi.engines import ConnectionEngine
from kpi.errors import QuestionError, suggest
from kpi.flow import backlog_flow
from kpi.model import Figure, Grain, Period, Query, Status
from kpi.statistics import case_mix, comparison, control_chart, forecast, importance, intervals, mix, staffing
from kpi.statistics.agents import Verdict
from kpi.statistics.case_mix import Adjusted, Cell
from kpi.statistics.comparison import Tested
from kpi.statistics.intervals import Interval

Inputs = Mapping[str, Any]
Fields = dict[str, Any]

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


def asked(example: Mapping[str, Any]) -> Fields:
    """What the method of an example answers on its inputs. Raises QuestionError for a method that does not exist."""
    name = example["kpi_id"]
    if name in _PLAIN:
        return _PLAIN[name](example["inputs"])
    if name in _ON_TABLES:
        return _ON_TABLES[name](example["inputs"], example.get("tables", {}))
    known = [*_PLAIN, *_ON_TABLES]
    raise QuestionError(f"There is no method {name!r}.{suggest(name, known)} There are: {', '.join(sorted(known))}.")


# ---------------------------------------------------------------------------------------------- time


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _calendar(tables: Tables, calendar_id: str) -> Calendar:
    with closing(duckdb.connect(":memory:")) as con:
        fill(con, tables)
        return read_calendars(con)[calendar_id]


def _business_seconds(inputs: Inputs, tables: Tables) -> Fields:
    start, end = instant(inputs["start"]), instant(inputs["end"])
    days = [at.date() + timedelta(days=n) for at in (start, end) for n in (-1, 1)]
    ranges = expand(_calendar(tables, inputs["calendar_id"]), min(days), max(days))
    seconds = ranges.business_seconds(_microseconds(start), _microseconds(end))
    return {"value": None if np.ma.getmaskarray(seconds).any() else int(seconds)}


def _add_business_seconds(inputs: Inputs, tables: Tables) -> Fields:
    start, calendar = instant(inputs["start"]), _calendar(tables, inputs["calendar_id"])
    day = start.date() - timedelta(days=1)
    clocks = Clocks({"asked": calendar}, "asked", day, day)
    duration = np.array([inputs["seconds"] * 1_000_000])
    due_us = clocks.add_us(np.array([clocks.default]), np.array([_microseconds(start)]), duration)
    due = _EPOCH + int(due_us[0]) * _MICROSECOND
    local = due.replace(tzinfo=UTC).astimezone(ZoneInfo(calendar.tz))
    return {"due_at": _text(due), "due_local": local.strftime("%Y-%m-%d %H:%M")}


def _text(at: datetime | None) -> str | None:
    return None if at is None else f"{at.isoformat()}Z"


def _french_holidays(inputs: Inputs) -> Fields:
    def of_year(holiday_set: str, year: int) -> list[str]:
        closed = public_holidays(holiday_set, year, year)
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
        return [day.isoformat() for day in days if day.year == year and day in closed]

    return {name: {str(year): of_year(name, year) for year in inputs["years"]} for name in inputs["sets"]}


_STRETCH = """
    SELECT phase, from_at, elapsed_s, s.target_s, due_at, clock, coalesce(p.calendar_id, t.calendar_id),
        CASE WHEN breach_known_at <= $at THEN if(phase = 'done', 'breached', 'breached_open')
             WHEN phase = 'done' THEN 'achieved'
             WHEN phase = 'paused' THEN 'paused'
             WHEN at_risk_from_at <= $at AND at_risk_to_at > $at THEN 'at_risk'
             ELSE 'on_track' END
    FROM sla_clocks AS s JOIN sla_policies AS p USING (policy_id) LEFT JOIN teams AS t ON t.team_id = s.team_id
    WHERE ticket_id = $ticket AND s.metric = $metric AND from_at <= $at AND to_at > $at
"""


def _sla_state(inputs: Inputs, tables: Tables) -> Fields:
    """The stretch of the clock that contains the instant, and what it has run since it began."""
    at = instant(inputs["as_of"])
    with closing(duckdb.connect(":memory:")) as con:
        load(con, tables, "Europe/Paris")
        asked_for = {"at": at, "ticket": inputs["ticket_id"], "metric": inputs["metric"]}
        stretch = con.execute(_STRETCH, asked_for).fetchone()
        if stretch is None:
            return {"state": None, "due_at": None, "elapsed_s": None, "target_s": None}
        phase, from_at, elapsed_s, target_s, due_at, clock, calendar_id, state = stretch
        if phase == "running":
            elapsed_s += _elapsed_s(read_clocks(con), clock, calendar_id, from_at, at)
    return {"state": state, "due_at": _text(due_at), "elapsed_s": elapsed_s, "target_s": target_s}


def _elapsed_s(clocks: Clocks, clock: str, calendar_id: str | None, start: datetime, end: datetime) -> float:
    own = CALENDAR_TIME if clock == "calendar" else clocks.number(calendar_id)
    number = np.array([clocks.default if own is None else own])
    return int(clocks.business_us(number, *(np.array([_microseconds(at)]) for at in (start, end)))[0]) / 1_000_000


def _backlog_flow(inputs: Inputs, tables: Tables) -> Fields:
    zone, days = inputs["timezone"], [date.fromisoformat(day) for day in inputs["days"]]
    end = buckets.to_utc(max(days) + timedelta(days=1), zone)
    period = Period(buckets.to_utc(min(days), zone), end)
    with closing(duckdb.connect(":memory:")) as con:
        load(con, tables, zone)
        query = Query(("ticket_backlog",), period, end, grain=Grain.DAY, timezone=zone)
        flows = {flow.key: flow for flow in backlog_flow(query, ConnectionEngine(con))}
    terms = ("opening", "created", "reopened", "resolved", "closing")
    return {"rows": [{"day": day.isoformat(), **{term: getattr(flows[day], term) for term in terms}} for day in days]}


# ---------------------------------------------------------------------------------------------- display


def _display_rule(inputs: Inputs) -> Fields:
    shown = status(
        inputs["n"],
        census=inputs.get("kind") == "count",
        p90=inputs.get("kind") == "p90",
        survey="survey" in (inputs.get("source"), inputs.get("kind")),
        individual=inputs.get("level") == "individual",
        peers=inputs.get("peers", 0),
    )
    return {"status": str(shown)}


def _secondary_suppression(inputs: Inputs) -> Fields:
    floor = inputs["floor"]
    figures = [
        Figure((key,), n=n, status=Status.SUPPRESSED if n < floor else Status.OK) for key, n in inputs["cells"].items()
    ]
    kept = protected(figures) if inputs["total_shown"] else figures
    return {"suppressed": sorted(figure.keys[0] for figure in kept if figure.status is Status.SUPPRESSED)}


# ---------------------------------------------------------------------------------------------- intervals


def _bounds(ci: Interval) -> list[float | None]:
    return list(ci)


def _mean_ci(inputs: Inputs) -> Fields:
    values = np.array(inputs["values"], np.float64)
    mean = float(values.mean())
    return {"mean": mean, "ci": _bounds(intervals.mean(mean, float(values.var(ddof=1)), len(values)))}


def _quantile_ci(inputs: Inputs) -> Fields:
    values, p = inputs["values"], inputs["p"]
    return {"value": float(np.quantile(values, p)), "ci": _bounds(intervals.quantile(values, p))}


def _nps_ci(inputs: Inputs) -> Fields:
    figure = catalog.get("nps").measure.figure({**inputs, "n_missing": 0, "n_invalid": 0})
    return {"value": figure.value, "ci": _bounds(figure.ci or (None, None)), **figure.extra}


# ---------------------------------------------------------------------------------------------- two periods


def _tested(tested: Tested, estimate: str = "diff", statistic: str = "z") -> Fields:
    return {
        estimate: tested.estimate,
        statistic: tested.statistic,
        "se": tested.error,
        "df": tested.freedom,
        "p": tested.p,
        "ci": _bounds(tested.ci),
    }


def _two_proportions(inputs: Inputs) -> Fields:
    return _tested(comparison.two_proportions((inputs["x1"], inputs["n1"]), (inputs["x0"], inputs["n0"])))


def _welch(inputs: Inputs) -> Fields:
    moments = [(float(np.mean(x)), float(np.var(x, ddof=1)), len(x)) for x in (inputs["x1"], inputs["x0"])]
    return _tested(comparison.welch(*moments[0], *moments[1]), statistic="t")


def _nps_difference(inputs: Inputs) -> Fields:
    current, previous = ((part["P"], part["N"], part["D"]) for part in (inputs["current"], inputs["previous"]))
    return _tested(comparison.nps_difference(current, previous))


def _count_ratio(inputs: Inputs) -> Fields:
    counts = (inputs["k1"], inputs["exposure1"], inputs["k0"], inputs["exposure0"])
    return _tested(comparison.count_ratio(*counts), "ratio")


# ---------------------------------------------------------------------------------------------- agents

_WORDS = {Verdict.ABOVE: "above", Verdict.SAME: "not_distinguishable", Verdict.BELOW: "below", None: "suppressed"}

_WORKED_TEAM = {
    "A": {"simple": [100, 90], "complex": [20, 12]},
    "B": {"simple": [20, 19], "complex": [100, 65]},
    "C": {"simple": [60, 54], "complex": [60, 36]},
    "D": {"simple": [60, 40], "complex": [60, 24]},
    "E": {"simple": [60, 58], "complex": [60, 42]},
    "F": {"simple": [10, 9], "complex": [10, 4]},
}
"""The team of the example of agents. That of Simpson's paradox gives two of the six, [n, successes] by stratum, and
expects their rates adjusted to the whole team, which its inputs do not hold."""


def _cells(agents: Mapping[str, Mapping[str, list[int]]]) -> list[Cell]:
    return [Cell(agent, name, n, x) for agent, strata in agents.items() for name, (n, x) in strata.items()]


def _agent(agent: Adjusted) -> Fields:
    return {
        "n": agent.n,
        "O": agent.observed,
        "E": agent.expected,
        "V": agent.variance,
        "raw": agent.raw,
        "adj": agent.adjusted,
        "z": agent.z,
        "p": agent.p,
        "q": agent.q,
        "shrunk_rate": agent.shrunk,
        "shrunk_ci": _bounds(agent.ci or (None, None)),
    }


def _agent_comparison(inputs: Inputs) -> Fields:
    cells = [
        Cell(agent, stratum, cell["n"], cell["successes"])
        for agent, strata in inputs["cells"].items()
        for stratum, cell in strata.items()
    ]
    compared = case_mix.compare_rates(cells, least=inputs["min_n"], level=inputs["q"])
    return {
        "overall": compared.overall,
        "stratum_rates": dict(compared.references),
        "agents": {agent.agent: _agent(agent) for agent in compared.agents},
        "tau2": compared.tau2,
        "mu": compared.mu,
        "phi": compared.phi,
        "verdicts": {agent.agent: _WORDS[agent.verdict] for agent in compared.agents},
    }


def _simpson(inputs: Inputs) -> Fields:
    cells = _cells(inputs)
    worked = all(_WORKED_TEAM.get(agent) == strata for agent, strata in inputs.items())
    compared = case_mix.compare_rates(_cells(_WORKED_TEAM) if worked else cells)
    return {
        "raw": case_mix.raw_rates(cells),
        "by_stratum": case_mix.stratum_rates(cells),
        "adjusted": {agent.agent: agent.adjusted for agent in compared.agents if agent.agent in inputs},
        "paradoxes": [list(pair) for pair in case_mix.paradoxes(cells)],
    }


def _funnel_limits(inputs: Inputs) -> Fields:
    pairs = [case_mix.funnel_limits(inputs["p"], inputs["n"], z) for z in inputs["z"]]
    return {name: [float(low), float(high)] for name, (low, high) in zip(("limits95", "limits998"), pairs, strict=True)}


# ---------------------------------------------------------------------------------------------- explanations


def _kitagawa(inputs: Inputs) -> Fields:
    change = mix.kitagawa(*(inputs[name] for name in ("w0", "r0", "w1", "r1")))
    return {
        "total": change.total,
        "mix": dict(change.mix),
        "rate": dict(change.rate),
        "mix_total": change.mix_total,
        "rate_total": change.rate_total,
    }


def _nps_impact(inputs: Inputs) -> Fields:
    groups = {name: (group[0], group[1], group[2]) for name, group in inputs["groups"].items()}
    impacts = mix.nps_impacts(groups)
    return {
        "total": mix.nps_total(groups),
        "groups": {name: {"share": i.share, "nps": i.nps, "impact": i.impact} for name, i in impacts.items()},
        "sum_of_impacts": sum(i.impact for i in impacts.values()),
    }


def _lmg(inputs: Inputs) -> Fields:
    found = importance.lmg(inputs["y"], inputs["drivers"])
    return {"r2": found.r2, "shares": dict(found.shares), "r2_single": dict(found.r2_single)}


def _xmr(inputs: Inputs) -> Fields:
    limits = control_chart.limits(inputs["baseline"])
    if limits is None:
        return {"limits": None, "signals": []}
    signals = control_chart.signals([*inputs["baseline"], *inputs["new"]], limits)
    return {
        "limits": {name: getattr(limits, name) for name in ("mean", "mr", "lcl", "ucl", "url")},
        "signals": [{"index": signal.index, "rule": str(signal.rule)} for signal in signals],
    }


def _forecast(inputs: Inputs) -> Fields:
    season, horizon, first = inputs["season"], inputs["horizon"], inputs["first_origin"]
    found = forecast.forecast(inputs["train"], horizon, season=season, first_origin=first)
    return {
        "chosen": found.chosen,
        "rolling_mae": {name: candidate.rolling_mae for name, candidate in found.candidates.items()},
        "forecasts": {name: list(candidate.ahead) for name, candidate in found.candidates.items()},
        "mase": {name: found.mase(name, inputs["actual"]) for name in found.candidates},
        "scale": found.scale,
    }


# ---------------------------------------------------------------------------------------------- staffing


def _load(inputs: Inputs) -> staffing.Load:
    return staffing.Load(inputs["calls_per_hour"], inputs["aht_s"])


def _queue(load: staffing.Load, queue: staffing.Queue) -> Fields:
    return {
        "a": load.erlangs,
        "stable": queue.stable,
        "p_wait": queue.p_wait,
        "p_abandon": queue.p_abandon,
        "sl": queue.service_level,
        "mean_wait_all": queue.mean_wait_s,
        "asa": queue.asa_s,
        "occ": queue.occupancy,
    }


def _erlang_c(inputs: Inputs) -> Fields:
    return _queue(_load(inputs), staffing.erlang_c(_load(inputs), inputs["agents"], inputs["threshold_s"]))


def _erlang_a(inputs: Inputs) -> Fields:
    queue = staffing.erlang_a(_load(inputs), inputs["agents"], inputs["threshold_s"], inputs["patience_s"])
    return _queue(_load(inputs), queue)


def _required_agents(inputs: Inputs) -> Fields:
    needed = staffing.required_agents(
        _load(inputs),
        inputs["service_level"],
        inputs["threshold_s"],
        max_occupancy=inputs["max_occupancy"],
        shrinkage=inputs["shrinkage"],
        patience_s=inputs.get("patience_s"),
    )
    return {
        "agents": needed.agents,
        "paid": needed.scheduled,
        "service_level": needed.queue.service_level,
        "asa": needed.queue.asa_s,
        "occupancy": needed.queue.occupancy,
    }


_ON_TABLES: dict[str, Callable[[Inputs, Tables], Fields]] = {
    "method.business_seconds": _business_seconds,
    "method.add_business_seconds": _add_business_seconds,
    "method.sla_state": _sla_state,
    "method.backlog_flow": _backlog_flow,
}
_PLAIN: dict[str, Callable[[Inputs], Fields]] = {
    "method.french_holidays": _french_holidays,
    "method.display_rule": _display_rule,
    "method.secondary_suppression": _secondary_suppression,
    "method.wilson": lambda inputs: {"ci": _bounds(intervals.wilson(inputs["x"], inputs["n"]))},
    "method.mean_ci": _mean_ci,
    "method.quantile_ci": _quantile_ci,
    "method.poisson_ci": lambda inputs: {"ci": _bounds(intervals.poisson(inputs["k"]))},
    "method.nps_ci": _nps_ci,
    "method.nps_difference": _nps_difference,
    "method.two_proportions": _two_proportions,
    "method.welch": _welch,
    "method.count_ratio": _count_ratio,
    "method.benjamini_hochberg": lambda inputs: {"q": list(case_mix.benjamini_hochberg(inputs["p"]))},
    "method.agent_comparison": _agent_comparison,
    "method.simpson": _simpson,
    "method.funnel_limits": _funnel_limits,
    "method.kitagawa": _kitagawa,
    "method.xmr": _xmr,
    "method.nps_impact": _nps_impact,
    "method.lmg": _lmg,
    "method.forecast": _forecast,
    "method.erlang_c": _erlang_c,
    "method.erlang_a": _erlang_a,
    "method.required_agents": _required_agents,
}
