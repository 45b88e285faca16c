"""Tickets: volumes, first responses, resolutions, the backlog, first-contact resolution, reopening."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from tests.kpi.oracle.clock import bucket_starts, stamps
from tests.kpi.oracle.figures import (
    Fields,
    Keys,
    Measure,
    Question,
    count,
    figures,
    in_period,
    mean,
    quantile,
    quantile_of,
    selected,
    share,
)
from tests.kpi.oracle.known import UNRESOLVED, VOICE, Known

Answered = dict[Keys, Fields]
WEEK = timedelta(days=7)
JUST_BEFORE = timedelta(microseconds=1)
"""Instants are whole seconds: what holds just before one is its left limit."""


def _customers(tickets: pd.DataFrame, *, written: bool = False) -> pd.DataFrame:
    tickets = tickets[tickets.initiated_by == "customer"]
    return tickets[~tickets.channel.isin(VOICE)] if written else tickets


def _dates(rows: pd.DataFrame, of_ticket: pd.Series) -> pd.Series:
    """An instant of each row's ticket, NULL when there is none."""
    found = of_ticket.to_dict()
    return pd.to_datetime(pd.Series([found.get(ticket) for ticket in rows.ticket_id], index=rows.index))


# ---------------------------------------------------------------------------------------------- volumes


def created(known: Known, question: Question) -> Answered:
    rows = _customers(known.tickets)
    return figures(rows.assign(placed_at=rows.created_at), question, known.world, count)


def resolved(known: Known, question: Question) -> Answered:
    return figures(_at_event(known, known.resolutions, question), question, known.world, count)


def reopened(known: Known, question: Question) -> Answered:
    return figures(_at_event(known, known.reopenings, question), question, known.world, count)


def _at_event(known: Known, events: pd.DataFrame, question: Question, placed: str = "event_at") -> pd.DataFrame:
    """The events of the period with the attributes of their ticket just after them."""
    events = in_period(events.assign(placed_at=events[placed]), question).drop(columns="placed_at")
    rows = events[["ticket_id", "event_at", "true_at", "rank", "settled", "actor", "agent_id"]].reset_index(drop=True)
    rows = rows.rename(columns={"event_at": "placed_at", "rank": "event_rank", "settled": "rank", "agent_id": "by"})
    return known.attributes(rows, "rank")


def _at_resolution(known: Known, events: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Resolutions as the source dates them; the agent is the one who resolved, else the one in charge (G10)."""
    rows = _at_event(known, events, question, "true_at")
    resolver = rows.by.where(rows.actor == "agent")
    return rows.assign(placed_at=rows.true_at, agent_id=resolver.astype(object).where(resolver.notna(), rows.agent_id))


# ---------------------------------------------------------------------------------------------- first response


def _first_responses(known: Known) -> pd.DataFrame:
    """Customer-initiated written tickets with `first_response`, NULL when there is none yet."""
    if "_first_responses" not in known.__dict__:
        known.__dict__["_first_responses"] = _read_first_responses(known)
    return known.__dict__["_first_responses"]


def _read_first_responses(known: Known) -> pd.DataFrame:
    replies = known.replies.set_index("ticket_id")
    rows = _customers(known.tickets, written=True)
    return rows.assign(first_response=_dates(rows, replies.true_at), read=_dates(rows, replies.event_at))


def first_response_time(measure: Measure) -> Any:
    def ask(known: Known, question: Question) -> Answered:
        rows = _first_responses(known)
        rows = in_period(rows.assign(placed_at=rows.first_response), question)
        start, end = stamps(rows.created_at), stamps(rows.first_response)
        seconds = end - start
        if question.params.get("clock") == "business":
            in_charge = known.attributes(rows[["ticket_id", "read"]].reset_index(drop=True), "read").team_id
            seconds = known.world.open_until(in_charge, end) - known.world.open_until(in_charge, start)
        rows = rows.assign(seconds=seconds, invalid=end < start)
        answers = figures(rows, question, known.world, measure)
        if question.grain is None and not {"hour", "weekday"} & {*question.by, *question.filters}:
            waiting = awaiting(known, Question(question.kpi, question.as_of, by=question.by, filters=question.filters))
            nobody = measure(rows.iloc[:0])
            for keys in {**answers, **waiting}:  # a group in which everything still waits has a row too
                answers.setdefault(keys, dict(nobody))["n_open"] = waiting[keys]["n"] if keys in waiting else 0
        return answers

    return ask


def within_target(known: Known, question: Question) -> Answered:
    promised = {
        target["scope_value"]: target["threshold_s"]
        for target in question.targets
        if target["kpi_id"] == "response_within_target_rate"
        and target["role"] == "target"
        and target["scope_dim"] == "channel"
        and target["threshold_s"] is not None
    }
    rows = _first_responses(known)
    rows = rows[rows.channel.isin(list(promised))]
    due = rows.created_at + pd.to_timedelta(rows.channel.map(promised).astype(float), unit="s")
    kind = np.select([rows.first_response < rows.created_at, rows.first_response <= due], ["invalid", "good"], "bad")
    rows = rows.assign(placed_at=due, kind=kind)
    rows = rows[rows.placed_at <= known.t]
    return figures(rows, question, known.world, share)


# ---------------------------------------------------------------------------------------------- resolution


def _pieces(known: Known, chosen: pd.Series) -> pd.DataFrame:
    """The life of tickets cut at each status and team event: open seconds of each piece, and its status."""
    history = known.history[known.history.event_type.isin(["status", "team"])]
    history = history[history.ticket_id.isin(chosen)]
    tickets = known.tickets[known.tickets.ticket_id.isin(chosen)]
    born = pd.DataFrame({"ticket_id": tickets.ticket_id, "at": tickets.created_at, "rank": -1.0})
    then = pd.DataFrame({"ticket_id": history.ticket_id, "at": history.event_at, "rank": history["rank"]})
    pieces = pd.concat([born, then], ignore_index=True).sort_values(["ticket_id", "rank"], ignore_index=True)
    # Before the first event stands what stood at creation: the rank of no event is below all of them.
    pieces["team_id"] = known.attributes(pieces[["ticket_id", "rank"]], "rank").team_id
    status = known.status_events.set_index("rank").after
    pieces["status"] = pieces["rank"].map(status)
    first = pieces.ticket_id.map(tickets.set_index("ticket_id").initial_status)
    pieces["status"] = pieces.status.astype(object).where(pieces["rank"] >= 0, first)
    pieces["status"] = pieces.groupby("ticket_id").status.ffill()
    start = stamps(pieces["at"])
    created = stamps(_dates(pieces, tickets.set_index("ticket_id").created_at))
    start = np.maximum(start, created)
    end = np.append(start[1:], np.nan)
    end[~pieces.ticket_id.eq(pieces.ticket_id.shift(-1)).to_numpy()] = np.nan
    world = known.world
    pieces["seconds"] = world.open_until(pieces.team_id, end) - world.open_until(pieces.team_id, start)
    pieces["end_rank"] = pieces.groupby("ticket_id")["rank"].shift(-1)
    return pieces


def _business_to(known: Known, events: pd.DataFrame, without: tuple[str, ...]) -> np.ndarray:
    """Open seconds from creation to each event (by rank), leaving out the statuses in `without`."""
    pieces = _pieces(known, events.ticket_id)
    kept = pieces.seconds.where(~pieces.status.isin(without), 0.0).fillna(0.0)
    until = kept.groupby(pieces.ticket_id).cumsum()
    return events.event_rank.map(until.set_axis(pieces.end_rank).loc[lambda s: s.index.notna()]).to_numpy(dtype=float)


def resolution_time(measure: Measure) -> Any:
    def ask(known: Known, question: Question) -> Answered:
        now = known.status_spans.drop_duplicates("ticket_id", keep="last").set_index("ticket_id").status
        last = known.resolutions.drop_duplicates("ticket_id", keep="last")
        last = last[~last.ticket_id.map(now).isin(UNRESOLVED)]
        rows = _at_resolution(known, last, question)
        start, end = stamps(rows.created_at), stamps(rows.true_at)
        clock = question.params.get("clock", "calendar")
        seconds = end - start
        if clock == "business":
            seconds = _business_to(known, rows, ())
        elif clock == "active_business":
            paused = tuple(question.params.get("pause_statuses", ("pending",)))
            seconds = _business_to(known, rows, (*paused, "solved", "closed"))
        return figures(rows.assign(seconds=seconds, invalid=end < start), question, known.world, measure)

    return ask


def reopen_rate(known: Known, question: Question) -> Answered:
    rows = _at_resolution(known, known.resolutions.drop_duplicates("ticket_id"), question)
    again = known.reopenings[["ticket_id", "event_at", "rank"]].merge(
        rows[["ticket_id", "placed_at", "event_rank"]], on="ticket_id"
    )
    again = again[again["rank"] > again.event_rank].drop_duplicates("ticket_id")  # the next one
    again = again[(again.event_at > again.placed_at) & (again.event_at <= again.placed_at + WEEK)]
    kind = np.select([rows.placed_at + WEEK > known.t, rows.ticket_id.isin(again.ticket_id)], ["open", "good"], "bad")
    return figures(rows.assign(kind=kind), question, known.world, share)


# ---------------------------------------------------------------------------------------------- backlog


def stock_instants(question: Question, zone: str) -> list[tuple[Any, datetime, datetime]]:
    """(bucket, the instant it is read at, the instant that ages run to)."""
    whole = [(None, question.as_of if question.period is None else question.period[1])]
    if question.grain is None or question.period is None:
        ends, starts = whole, [datetime.min]
    else:
        ends = bucket_starts(*question.period, question.grain, zone)
        ends[-1] = (ends[-1][0], min(ends[-1][1], question.period[1]))
        starts = [datetime.min, *(end for _, end in ends)]
    as_it_is = (question.as_of, question.as_of)
    return [
        (bucket, *(as_it_is if question.period is None or question.as_of < end else (end - JUST_BEFORE, end)))
        for (bucket, end), start in zip(ends, starts, strict=False)
        if start <= question.as_of
    ]


def _backlog(known: Known, question: Question) -> pd.DataFrame:
    """A row for each instant asked and each ticket unresolved then, with its status and attributes of the instant."""
    spans = known.status_spans
    spans = spans[spans.status.isin(UNRESOLVED)]
    found = []
    for bucket, read, until in stock_instants(question, known.world.zone):
        here = spans[(spans.from_at <= read) & (read < spans.to_at)]
        found.append(
            pd.DataFrame(
                {"ticket_id": here.ticket_id, "status": here.status, "bucket": bucket,
                 "read": pd.Timestamp(read), "until": pd.Timestamp(until)}
            )
        )  # fmt: skip
    rows = known.attributes(pd.concat(found, ignore_index=True), "read")
    return rows[rows.created_at <= rows["read"]]


def _stock(known: Known, question: Question, rows: pd.DataFrame, measure: Measure) -> Answered:
    """The total is the stock at the end of the period, or at `as_of` when it comes first."""
    answers = figures(rows, replace(question, period=None), known.world, measure)
    if question.grain is not None:
        last = stock_instants(question, known.world.zone)[-1][0]
        answers[()] = measure(selected(rows[rows.bucket == last], question, known.world))
    return answers


def backlog(known: Known, question: Question) -> Answered:
    return _stock(known, question, _backlog(known, question), count)


def awaiting(known: Known, question: Question) -> Answered:
    rows = _backlog(known, question)
    rows = _customers(rows, written=True)
    replied = _dates(rows, known.replies.set_index("ticket_id").event_at)
    return _stock(known, question, rows[~(replied <= rows["read"])], count)


def backlog_age(known: Known, question: Question) -> Answered:
    def median(rows: pd.DataFrame) -> Fields:
        ages = (stamps(rows.until) - stamps(rows.created_at)).tolist()
        return {"value": quantile(ages, 0.5), "n": len(ages)}

    return _stock(known, question, _backlog(known, question), median)


AGES = ((1, "0-1d"), (3, "1-3d"), (7, "3-7d"), (14, "7-14d"), (30, "14-30d"), (np.inf, "30d+"))


def backlog_ages(known: Known, question: Question) -> Answered:
    def by_age(rows: pd.DataFrame) -> Fields:
        days = (stamps(rows.until) - stamps(rows.created_at)) / 86_400
        lower = [0.0, *(limit for limit, _ in AGES)]
        classes = {
            name: int(((days >= low) & (days < limit)).sum()) for (limit, name), low in zip(AGES, lower, strict=False)
        }
        return {"value": len(rows), "n": len(rows), "classes": classes}

    return _stock(known, question, _backlog(known, question), by_age)


# ---------------------------------------------------------------------------------------------- first contact


def fcr(known: Known, question: Question) -> Answered:
    rows = _customers(known.tickets)
    rows = in_period(rows.assign(placed_at=rows.created_at), question)
    first = known.resolutions.drop_duplicates("ticket_id").set_index("ticket_id").true_at
    solved = _dates(rows, first)
    rows = rows.assign(solved=solved)
    mature = rows.created_at + 2 * WEEK <= known.t
    in_time = rows.solved <= rows.created_at + WEEK
    back = _returned(known, rows)
    good = in_time & (_contacts(known, rows) == 1) & ~rows.ticket_id.isin(back)
    kind = np.select([~mature, rows.solved < rows.created_at, good], ["open", "invalid", "good"], "bad")
    return figures(rows.assign(kind=kind), question, known.world, share)


def _inbound(known: Known) -> pd.DataFrame:
    contacts = known.tables["interactions"]
    return contacts[
        (contacts.direction == "inbound") & contacts.parent_interaction_id.isna() & contacts.exclusion.isna()
    ]


def _contacts(known: Known, rows: pd.DataFrame) -> pd.Series:
    """Contacts up to the resolution: the importer's own count, else the inbound contacts of the ticket."""
    linked = _inbound(known).merge(rows[["ticket_id", "solved"]], on="ticket_id")
    linked = linked[linked.offered_at <= linked.solved]
    counted = rows.ticket_id.map(linked.groupby("ticket_id").size()).fillna(1)  # the ticket itself is a contact
    return rows.contact_count.astype(float).fillna(counted.astype(float))


def _returned(known: Known, rows: pd.DataFrame) -> set[Any]:
    """Tickets reopened, or whose customer came back, in (first resolution, + 7 days]."""
    solved = rows.loc[rows.solved.notna(), ["ticket_id", "customer_id", "request_type", "solved"]]
    contacts = _inbound(known)
    people = _reasoned(solved[solved.customer_id.notna()])
    contacts = _reasoned(contacts)
    same = ["customer_id", "request_type"]
    tickets = _reasoned(known.tickets)[["ticket_id", "created_at", *same]]
    others = people.merge(tickets, on=same, suffixes=("", "_other"))
    others = others[others.ticket_id != others.ticket_id_other].rename(columns={"created_at": "at"})
    came = [
        known.reopenings[["ticket_id", "event_at"]].merge(solved, on="ticket_id").rename(columns={"event_at": "at"}),
        contacts[["ticket_id", "offered_at"]].merge(solved, on="ticket_id").rename(columns={"offered_at": "at"}),
        people.merge(contacts[["offered_at", *same]], on=same).rename(columns={"offered_at": "at"}),
        others,
    ]
    found: set[Any] = set()
    for back in came:
        found |= set(back.loc[(back["at"] > back.solved) & (back["at"] <= back.solved + WEEK), "ticket_id"])
    return found


def _reasoned(rows: pd.DataFrame) -> pd.DataFrame:
    """An empty reason is a reason like any other: two requests without one are alike."""
    return rows.assign(request_type=rows.request_type.astype(object).fillna("(none)"))


KPIS = {
    "tickets_created": created,
    "tickets_resolved": resolved,
    "tickets_reopened": reopened,
    "frt_mean": first_response_time(mean),
    "frt_median": first_response_time(quantile_of(0.5)),
    "frt_p90": first_response_time(quantile_of(0.9)),
    "response_within_target_rate": within_target,
    "resolution_time_mean": resolution_time(mean),
    "resolution_time_median": resolution_time(quantile_of(0.5)),
    "ticket_backlog": backlog,
    "tickets_awaiting_first_response": awaiting,
    "backlog_age_median": backlog_age,
    "backlog_age_distribution": backlog_ages,
    "fcr_rate": fcr,
    "reopen_rate": reopen_rate,
}
