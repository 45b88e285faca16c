"""What requests cost and how long they last: the backlog in days of work, complaints, the time to resolve seen
from creation, contacts and handling of a resolved request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from tests.kpi.oracle.clock import local, local_day, stamp, stamps
from tests.kpi.oracle.figures import Fields, Question, count, figures, mean, quantile_of
from tests.kpi.oracle.known import SPENT, UNRESOLVED, Known, World, counted
from tests.kpi.oracle.tickets import (
    Answered,
    _at_event,
    _at_resolution,
    _backlog,
    _customers,
    _dates,
    _inbound,
    _stock,
    resolution_time,
    stock_instants,
)

MOVING = (
    "channel", "team_id", "site", "organisation", "agent_id", "request_type", "ticket_type", "priority", "product",
)  # fmt: skip
TICKETS = (*MOVING, "hour", "weekday")
FAR = 400
"""Days looked back for open ones."""


# ---------------------------------------------------------------------------------------------- stocks


def complaints(known: Known, question: Question) -> Answered:
    rows = _backlog(known, question)
    return _stock(known, question, rows[rows.ticket_type == "complaint"], count)


def days_of_work(known: Known, question: Question) -> Answered:
    """The stock over what a day resolved, on the last open days of each resolution's team before the instant's; a
    team without opening hours is judged by the default ones."""
    world, k = known.world, question.params.get("open_days", 10)
    stock = _backlog(known, question).assign(resolution=False)
    events = _at_event(known, known.resolutions, replace(question, period=None)).assign(resolution=True)
    days = local(events.placed_at, world.zone).dt.date
    calendars = [world.calendar_of.get(team, world.default_calendar) for team in events.team_id]
    found = [stock]
    for bucket, _, until in stock_instants(question, world.zone):
        before = local_day(until, world.zone)
        windows = {name: _open_days_before(world, name, before, k) for name in set(calendars)}
        recent = [day in windows[name] for day, name in zip(days, calendars, strict=True)]
        found.append(events[np.array(recent, dtype=bool)].assign(bucket=bucket))

    def measure(rows: pd.DataFrame) -> Fields:
        resolved = int(rows.resolution.sum())
        waiting = len(rows) - resolved
        value = waiting * k / resolved if resolved else None
        return {"value": value, "n": resolved, "numerator": waiting, "denominator": resolved / k}

    return _stock(known, question, pd.concat(found, ignore_index=True), measure)


def _open_days_before(world: World, calendar: str, day: date, k: int) -> set[date]:
    found: set[date] = set()
    for back in range(1, FAR):
        if len(found) == k:
            break
        if world.is_open_day(calendar, day - timedelta(days=back)):
            found.add(day - timedelta(days=back))
    return found


# ---------------------------------------------------------------------------------------------- time to resolve


def km_median(known: Known, question: Question) -> Answered:
    rows = _customers(known.tickets)
    first = known.resolutions.drop_duplicates("ticket_id").set_index("ticket_id").true_at
    solved = stamps(_dates(rows, first))
    created = stamps(rows.created_at)
    resolved = ~np.isnan(solved)
    seconds = np.where(resolved, solved, stamp(known.t)) - created
    rows = rows.assign(placed_at=rows.created_at, seconds=seconds, resolved=resolved, invalid=seconds < 0)

    def measure(rows: pd.DataFrame) -> Fields:
        valid = rows[~rows.invalid]
        events = int(valid.resolved.sum())
        counts = {"n": len(valid), "n_events": events, "n_open": len(valid) - events}
        median = _half_resolved(zip(valid.seconds, valid.resolved, strict=True))
        return {"value": median, **counts, "n_invalid": int(rows.invalid.sum())}

    return figures(rows, question, known.world, measure)


def _half_resolved(durations: Iterable[tuple[float, bool]]) -> float | None:
    """First duration at which the product-limit share of the unresolved is a half or less, in exact fractions."""
    ordered = sorted(durations)
    left, at_risk = Fraction(1), len(ordered)
    for duration in dict.fromkeys(seconds for seconds, _ in ordered):
        here = [resolved for seconds, resolved in ordered if seconds == duration]
        left *= 1 - Fraction(sum(here), at_risk)
        at_risk -= len(here)
        if left <= Fraction(1, 2):
            return duration
    return None


# ---------------------------------------------------------------------------------------------- work of a request


def _finally_resolved(known: Known, question: Question) -> pd.DataFrame:
    """Tickets resolved now, at their last resolution."""
    now = known.status_spans.drop_duplicates("ticket_id", keep="last").set_index("ticket_id").status
    last = known.resolutions.drop_duplicates("ticket_id", keep="last")
    return _at_resolution(known, last[~last.ticket_id.map(now).isin(UNRESOLVED)], question)


def _mean_of(amounts: Callable[[Known, pd.DataFrame], pd.Series], *, costed: bool = False) -> Any:
    """Mean over resolved requests, of teams with an hourly cost if `costed`; one without an amount is missing."""

    def ask(known: Known, question: Question) -> Answered:
        rows = _finally_resolved(known, question)
        if costed:
            rows = rows[rows.team_id.map(_hourly_cost(known)).notna()]
        rows = rows.assign(seconds=amounts(known, rows).astype(float), invalid=False)
        return figures(rows, question, known.world, mean)

    return ask


def _of_survivors(known: Known, contacts: pd.DataFrame) -> pd.DataFrame:
    """Contacts of a merged ticket are those of the last ticket of its chain (G5); of none when the chain turns."""
    tickets = known.world.tables["tickets"]
    merged = tickets[tickets.merged_into_ticket_id.notna()].set_index("ticket_id").merged_into_ticket_id.to_dict()
    survivors = {}
    for ticket in merged:
        last, seen = ticket, {ticket}
        while last in merged and merged[last] not in seen:
            last = merged[last]
            seen.add(last)
        survivors[ticket] = last
    return contacts.assign(ticket_id=contacts.ticket_id.astype(object).replace(survivors))


def _contacts(known: Known, rows: pd.DataFrame) -> pd.Series:
    """The importer's own count, else the inbound contacts up to the resolution; none at all is unknown."""
    linked = _of_survivors(known, _inbound(known)).merge(rows[["ticket_id", "true_at"]], on="ticket_id")
    linked = linked[linked.offered_at <= linked.true_at]
    told = rows.ticket_id.map(known.tickets.set_index("ticket_id").contact_count).astype(float)
    contacts = told.fillna(rows.ticket_id.map(linked.groupby("ticket_id").size()).astype(float))
    return contacts.where(contacts > 0)


def _handling(known: Known, rows: pd.DataFrame) -> pd.Series:
    """Seconds spent on all the answered contacts of a ticket, unknown when one is not timed."""
    linked = _of_survivors(known, counted(known.tables["interactions"]))
    linked = linked[(linked.outcome == "answered") & linked.ticket_id.isin(rows.ticket_id)]
    spent = linked[list(SPENT)].astype(float).sum(axis=1, skipna=False)
    return rows.ticket_id.map(spent.groupby(linked.ticket_id).agg(lambda parts: parts.sum(skipna=False)))


def _cost(known: Known, rows: pd.DataFrame) -> pd.Series:
    """Euros: the handling at the hourly cost of the ticket's team."""
    return _handling(known, rows).astype(float) / 3600 * rows.team_id.map(_hourly_cost(known)).astype(float)


def _hourly_cost(known: Known) -> pd.Series:
    return known.tables["teams"].set_index("team_id").hourly_cost_eur.astype(float)


# ---------------------------------------------------------------------------------------------- what is asked

KPIS: dict[str, Any] = {
    "backlog_days_of_work": days_of_work,
    "complaints_open": complaints,
    "resolution_time_p90": resolution_time(quantile_of(0.9)),
    "resolution_time_km_median": km_median,
    "contacts_per_resolution": _mean_of(_contacts),
    "handling_time_per_request": _mean_of(_handling),
    "handling_cost_per_request": _mean_of(_cost, costed=True),
}
STOCKS = ("backlog_days_of_work", "complaints_open")
DIMENSIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(KPIS, TICKETS),
    "backlog_days_of_work": ("team_id", "site", "organisation", "channel", "request_type"),
    "complaints_open": MOVING,
    "handling_cost_per_request": tuple(name for name in TICKETS if name != "agent_id"),  # P6: never a cost by person
}
PARAMS: dict[str, tuple[dict[str, Any], ...]] = {
    "backlog_days_of_work": ({}, {"open_days": 3}, {"open_days": 1}),
    "resolution_time_p90": (
        {},
        {"clock": "business"},
        {"clock": "active_business"},
        {"clock": "active_business", "pause_statuses": ("pending", "on_hold")},
    ),
}
GRAINS: dict[str, tuple[str, ...]] = {"backlog_days_of_work": ()}
VALUES: dict[str, tuple[Any, ...]] = {}
