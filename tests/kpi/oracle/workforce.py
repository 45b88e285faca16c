"""Agents' time, costs and self-service."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from tests.kpi.oracle.calls import answers, contacts, finished, handled_contacts, handled_legs
from tests.kpi.oracle.clock import local_day, midnight, stamp, stamps
from tests.kpi.oracle.figures import Fields, Keys, Question, groups, in_period, mean, ratio, selected
from tests.kpi.oracle.known import VOICE, Known, World, counted
from tests.kpi.oracle.tickets import Answered, _customers

DAY_S = 86_400


# ---------------------------------------------------------------------------------------------- two kinds of rows


def _selected(rows: pd.DataFrame, question: Question, world: World, without: tuple[str, ...]) -> pd.DataFrame:
    """The rows of the period that pass the filters on the dimensions that they have."""
    filters = {name: values for name, values in question.filters.items() if name not in without}
    by = tuple(name for name in question.by if name not in without)
    return in_period(selected(rows, replace(question, by=by, filters=filters), world), question)


def side_by_side(
    question: Question, world: World, main: pd.DataFrame, other: pd.DataFrame, without: tuple[str, ...] = ()
) -> Iterator[tuple[Keys, pd.DataFrame, pd.DataFrame]]:
    """Each group of the question with its rows of both kinds. `other` has not the dimensions `without`: it is whole
    beside each of their values, as neither those nor the filters on them concern it (G19)."""
    own = replace(question, by=tuple(name for name in question.by if name not in without))
    kept = [place for place, name in enumerate(question.by) if name not in without]
    kept += [len(question.by)] if question.grain else []
    ours, theirs = dict(groups(main, question, world)), dict(groups(other, own, world))
    found = list(ours)
    if own.by == question.by:
        found += [keys for keys in theirs if keys not in ours]
    for keys in found:
        beside = tuple(keys[place] for place in kept) if keys else ()
        yield keys, ours.get(keys, main.iloc[:0]), theirs.get(beside, other.iloc[:0])


# ---------------------------------------------------------------------------------------------- agents' time


def _days(column: pd.Series, zone: str) -> pd.Series:
    """The instant at which each local date begins."""
    begins = {day: midnight(day.date(), zone) for day in pd.to_datetime(column).unique()}
    return pd.to_datetime(pd.to_datetime(column).map(begins)).astype("datetime64[us]")


def _agent_time(known: Known) -> pd.DataFrame:
    """Working days carry no instant of knowledge: they are taken as known now."""
    rows = known.tables["agent_time"]
    return rows.assign(placed_at=_days(rows.work_date, known.world.zone))


def _worked(known: Known) -> pd.DataFrame:
    rows = _agent_time(known)
    return rows[rows.logged_s > 0]


def _agent_days(rows: pd.DataFrame) -> int:
    return len(set(zip(rows.agent_id, rows.work_date, strict=True)))


def agent_days_worked(known: Known, question: Question) -> Answered:
    return answers(known, question, _worked(known), lambda rows: {"value": _agent_days(rows), "n": len(rows)})


Seconds = Callable[[pd.DataFrame], pd.Series]


def of_time(above: Seconds, below: Seconds) -> Any:
    """A ratio of sums of seconds over agents."""

    def measure(rows: pd.DataFrame) -> Fields:
        numerator, denominator = int(above(rows).sum()), int(below(rows).sum())
        value = numerator / denominator if denominator else None
        n = rows.agent_id.nunique()
        return {"value": value, "n": n, "numerator": numerator, "denominator": denominator}

    return lambda known, question: answers(known, question, _agent_time(known), measure)


def contacts_per_agent_day(known: Known, question: Question) -> Answered:
    """Legs over days worked; days have no channel, so each channel is set against all of them."""
    legs = handled_legs(known)
    legs = _selected(legs[legs.agent_id.notna()], question, known.world, ())
    days = _selected(_worked(known), question, known.world, ("channel",))
    return {
        keys: _per_unit(len(ours), _agent_days(theirs), len(ours))
        for keys, ours, theirs in side_by_side(question, known.world, legs, days, ("channel",))
    }


def _per_unit(numerator: float, denominator: int, n: int) -> Fields:
    value = numerator / denominator if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator, "n": n}


# ---------------------------------------------------------------------------------------------- costs


def _whole_months(question: Question, zone: str) -> bool:
    if question.grain not in (None, "month"):
        return False
    days = [(local_day(at, zone), at) for at in question.period or ()]
    return all(day.day == 1 and midnight(day, zone) == at for day, at in days)


def _costs(known: Known, question: Question) -> pd.DataFrame:
    """Costs carry no instant: they are taken as known now. Their organisation is their own, their site that of the
    team."""
    rows = known.tables["costs"]
    site = known.world.sites.site.to_dict()
    rows = rows.assign(placed_at=_days(rows.month, known.world.zone), site=[site.get(team) for team in rows.team_id])
    for name, values in question.filters.items():
        here = rows[name].isin([value for value in values if value is not None])
        rows = rows[here | (rows[name].isna() & (None in values))]
    return in_period(rows, question)


def costs_over(measure: Callable[[pd.DataFrame, pd.DataFrame], Fields]) -> Any:
    """Of handled contacts and costs, over whole months only; without costs, or without contacts, there is no value."""

    def ask(known: Known, question: Question) -> Answered:
        if not _whole_months(question, known.world.zone):
            return {(): {"value": None}}
        rows = contacts(known)
        rows = rows[finished(rows, known)]
        done = handled_contacts(known).set_index("interaction_id")
        spent = done[["talk_s", "hold_s", "wrap_s"]].sum(axis=1, skipna=False)
        rows = rows.assign(seconds=rows.interaction_id.map(spent.to_dict()).astype(float))
        rows = _selected(rows, question, known.world, ())
        pairs = side_by_side(question, known.world, rows, _costs(known, question))
        return {keys: measure(ours, theirs) if len(theirs) else {"value": None} for keys, ours, theirs in pairs}

    return ask


def _cost_per_call(handled: pd.DataFrame, costs: pd.DataFrame) -> Fields:
    """The shared costs are the phone's by its share of the handling time; without any time, several channels cannot
    share them."""
    voice = handled.channel.isin(VOICE)
    calls, seconds = int(voice.sum()), float(handled.seconds.sum())
    if not calls:
        return {"value": None, "n": 0, "denominator": 0}
    if not seconds and calls < len(handled):
        return {"value": None}
    share = float(handled.seconds[voice].sum()) / seconds if seconds else 1.0
    own = float(costs.amount_eur[costs.channel.isin(VOICE)].sum())
    shared = float(costs.amount_eur[costs.channel.isna()].sum())
    return _per_unit(own + share * shared, calls, calls)


def _cost_per_contact(handled: pd.DataFrame, costs: pd.DataFrame) -> Fields:
    return _per_unit(float(costs.amount_eur.sum()), len(handled), len(handled))


# ---------------------------------------------------------------------------------------------- self-service


def sessions(known: Known) -> pd.DataFrame:
    rows = counted(known.tables["self_service_sessions"])
    return rows.assign(placed_at=rows.started_at)


def self_service_users(known: Known, question: Question) -> Answered:
    rows = sessions(known)
    return answers(known, question, rows, lambda group: {"value": group.visitor_id.nunique(), "n": len(group)})


def self_service_time_to_find(known: Known, question: Question) -> Answered:
    rows = sessions(known)
    rows = rows[rows.found_at.notna()]
    seconds = stamps(rows.found_at) - stamps(rows.started_at)
    return answers(known, question, rows.assign(seconds=seconds, invalid=seconds < 0), _found)


def _found(rows: pd.DataFrame) -> Fields:
    """A session that found nothing is not a missing time: nothing is said of missing ones."""
    return {name: value for name, value in mean(rows).items() if name != "n_missing"}


def self_service_success_rate(known: Known, question: Question) -> Answered:
    rows = sessions(known)
    rows = rows[rows.ended_at.notna()]
    return answers(known, question, rows, lambda group: ratio(int(group.found_at.notna().sum()), len(group)))


def self_service_clicks_mean(known: Known, question: Question) -> Answered:
    rows = sessions(known)
    return answers(known, question, rows.assign(seconds=rows.clicks.astype(float), invalid=False), mean)


def deflection_rate(known: Known, question: Question) -> Answered:
    """Sessions solved without a person over these, the failed ones and the requests made to a person. Requests have
    no tool: all of them stand beside each tool."""
    tickets = _customers(known.tickets)
    tickets = _selected(tickets.assign(placed_at=tickets.created_at), question, known.world, ("tool",))
    rows = _selected(_judged(known), question, known.world, ())
    return {
        keys: _deflected(ours, len(theirs))
        for keys, ours, theirs in side_by_side(question, known.world, rows, tickets, ("tool",))
    }


def _deflected(judged: pd.DataFrame, assisted: int) -> Fields:
    kinds = judged.kind.value_counts()
    n = {kind: int(kinds.get(kind, 0)) for kind in ("deflected", "failed", "escalated", "open", "invalid")}
    counts = {f"n_{kind}": n[kind] for kind in ("open", "invalid", "escalated", "failed")}
    return ratio(n["deflected"], n["deflected"] + n["failed"] + assisted, **counts, n_assisted=assisted)


def _judged(known: Known) -> pd.DataFrame:
    """Sessions with `kind`: open, invalid, escalated, failed or deflected."""
    rows = sessions(known)
    start, end = stamps(rows.started_at), stamps(rows.ended_at)
    said = rows.resolved.astype("boolean")
    nothing = rows.found_at.isna() & said.isna()
    escalated = rows.escalated_ticket_id.notna() | _came_to_a_person(known, rows.customer_id, start, end)
    kind = np.select(
        [~(end + DAY_S <= stamp(known.t)), end < start, escalated, nothing | ~said.fillna(True).astype(bool)],
        ["open", "invalid", "escalated", "failed"],
        "deflected",
    )
    return rows.assign(kind=kind)


def _came_to_a_person(known: Known, customers: pd.Series, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Whether a request of the customer, counted among the assisted ones, was made in (start, end + 24 h]."""
    tickets = _customers(known.tickets)
    asked = {name: sorted(stamps(group.created_at)) for name, group in tickets.groupby("customer_id")}
    came = [
        bisect_right(asked.get(customer, ()), until + DAY_S) > bisect_right(asked.get(customer, ()), since)
        for customer, since, until in zip(customers, start, end, strict=True)
    ]
    return np.array(came, dtype=bool)


# ---------------------------------------------------------------------------------------------- what is asked

KPIS: dict[str, Any] = {
    "agent_days_worked": agent_days_worked,
    "absenteeism_rate": of_time(lambda rows: rows.absent_s, lambda rows: rows.scheduled_s),
    "occupancy_rate": of_time(lambda rows: rows.handling_s, lambda rows: rows.handling_s + rows.available_s),
    "utilisation_rate": of_time(lambda rows: rows.handling_s, lambda rows: rows.paid_s),
    "shrinkage_rate": of_time(
        lambda rows: rows.scheduled_s - rows.handling_s - rows.available_s, lambda rows: rows.scheduled_s
    ),
    "contacts_per_agent_day": contacts_per_agent_day,
    "cost_per_call": costs_over(_cost_per_call),
    "cost_per_contact": costs_over(_cost_per_contact),
    "deflection_rate": deflection_rate,
    "self_service_users": self_service_users,
    "self_service_time_to_find": self_service_time_to_find,
    "self_service_success_rate": self_service_success_rate,
    "self_service_clicks_mean": self_service_clicks_mean,
}
STOCKS: tuple[str, ...] = ()
TEAMS = ("team_id", "site", "organisation")
SELF_SERVICE = ("deflection_rate", *(kpi for kpi in KPIS if kpi.startswith("self_service")))
COSTS = ("cost_per_call", "cost_per_contact")
"""Asked over whole months only."""
DIMENSIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(KPIS, TEAMS),
    **dict.fromkeys(SELF_SERVICE, ("tool", "request_type")),
    "agent_days_worked": (*TEAMS, "agent_id"),
    "contacts_per_agent_day": (*TEAMS, "agent_id", "channel"),
}
"""Absence and the shares of time are never those of a person (P6)."""
GRAINS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(KPIS, ("day", "week", "month")),
    **dict.fromkeys((*COSTS, "absenteeism_rate"), ("month",)),
}
PARAMS: dict[str, tuple[dict[str, Any], ...]] = {}
