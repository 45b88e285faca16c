"""Calls, messages and contacts: what waits, what came in, how it ended, who came back, how long it took."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd

from tests.kpi.oracle.classes import mix
from tests.kpi.oracle.clock import stamp, stamps
from tests.kpi.oracle.contacts import (
    BEFORE_THE_QUEUE,
    SHORT_ABANDON_S,
    _offered,
    _roots,
    _without_short_abandons,
)
from tests.kpi.oracle.figures import (
    Fields,
    Measure,
    Question,
    count,
    figures,
    mean,
    ratio,
)
from tests.kpi.oracle.known import VOICE, Known, counted
from tests.kpi.oracle.tickets import AGES, Answered, _customers, _stock, stock_instants

ASYNCHRONOUS = (
    "email", "web_form", "facebook", "x_twitter", "instagram", "whatsapp", "sms", "post", "marketplace",
)  # fmt: skip
PARTS = ["talk_s", "hold_s", "wrap_s"]
WEEK_S = 7 * 86_400
Rows = Callable[[Known], pd.DataFrame]


def once(made: Rows) -> Rows:
    """The rows of an instant, made the first time that they are asked."""

    @wraps(made)
    def read(known: Known) -> pd.DataFrame:
        memo = known.__dict__.setdefault("_once", {})
        if made not in memo:
            memo[made] = made(known)
        return memo[made]

    return read


offered = once(_offered)


def answers(known: Known, question: Question, rows: pd.DataFrame, measure: Measure) -> Answered:
    return figures(_by_half_hour(rows, question), question, known.world, measure)


def _by_half_hour(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    return rows.assign(bucket=rows.placed_at.dt.floor("30min")) if question.grain == "half_hour" else rows


def counting(chosen: Rows) -> Any:
    return lambda known, question: answers(known, question, chosen(known), count)


# ---------------------------------------------------------------------------------------------- contacts


@once
def contacts(known: Known) -> pd.DataFrame:
    """Inbound root contacts of every channel (G9), by the instant at which they were offered."""
    rows = counted(known.tables["interactions"])
    rows = rows[(rows.direction == "inbound") & rows.parent_interaction_id.isna()]
    return rows.assign(placed_at=rows.offered_at)


def _on(known: Known, channels: tuple[str, ...]) -> pd.DataFrame:
    rows = contacts(known)
    return rows[rows.channel.isin(channels)]


def finished(rows: pd.DataFrame, known: Known) -> pd.Series:
    """Answered and over, after-call work included; no after-call work known is none to wait for."""
    wrap = pd.to_timedelta(rows.wrap_s.astype(float).fillna(0), unit="s")
    return (rows.outcome == "answered") & (rows.ended_at + wrap <= known.t)


# ---------------------------------------------------------------------------------------------- what waits


def _waiting(known: Known, channels: tuple[str, ...]) -> pd.DataFrame:
    rows = _on(known, channels)
    return rows[rows.outcome.isna() & rows.answered_at.isna()]


def _at_each_instant(known: Known, question: Question, chosen: Callable[[Known], pd.DataFrame]) -> pd.DataFrame:
    """The rows of each instant asked, as known then; `age` runs to the end of the bucket, or to `as_of`."""
    found = []
    for bucket, read, until in stock_instants(question, known.world.zone):
        rows = chosen(known.world.at(read))
        found.append(rows.assign(bucket=bucket, age=stamp(until) - stamps(rows.offered_at)))
    return pd.concat(found, ignore_index=True)


def calls_waiting(known: Known, question: Question) -> Answered:
    rows = _at_each_instant(known, question, lambda then: _waiting(then, VOICE))
    return _stock(known, question, rows, count)


def longest_wait(known: Known, question: Question) -> Answered:
    def longest(rows: pd.DataFrame) -> Fields:
        return {"value": float(rows.age.max()) if len(rows) else 0.0, "n": len(rows)}

    rows = _at_each_instant(known, question, lambda then: _waiting(then, VOICE))
    return _stock(known, question, rows, longest)


def unanswered_messages(known: Known, question: Question) -> Answered:
    rows = _at_each_instant(known, question, lambda then: _waiting(then, ASYNCHRONOUS))
    limits, names = [limit * 86_400 for limit, _ in AGES], [name for _, name in AGES]
    rows = rows.assign(age_bucket=[names[place] for place in np.searchsorted(limits, rows.age, side="right")])
    return _stock(known, question, rows, count)


def estimated_wait_time(known: Known, question: Question) -> Answered:
    """0 with more free agents than callers, else (q + 1) x AHT / s; a queue is known by its callers and last calls."""
    window_s = question.params.get("window_s", 3600)
    staffed, free = question.params.get("staffed_agents"), question.params.get("free_agents", 0)

    def queue(then: Known) -> pd.DataFrame:
        calls = _on(then, VOICE)
        since = stamp(then.t) - window_s
        done = calls[finished(calls, then) & (stamps(calls.offered_at) >= since)]
        seconds = done[PARTS].astype(float).sum(axis=1, skipna=False)
        waiting = _waiting(then, VOICE).assign(waits=True, seconds=np.nan)
        return pd.concat([waiting, done.assign(waits=False, seconds=seconds)])

    def wait(rows: pd.DataFrame) -> Fields:
        queued, times = int(rows.waits.sum()), rows.seconds.dropna().tolist()
        if free > queued:
            return {"value": 0.0, "n": queued}
        if not times or not staffed:
            return {"value": None, "n": queued}
        return {"value": (queued + 1) * sum(times) / len(times) / staffed, "n": queued}

    return _stock(known, question, _at_each_instant(known, question, queue), wait)


# ---------------------------------------------------------------------------------------------- volumes of calls


@once
def _received(known: Known) -> pd.DataFrame:
    rows = _on(known, VOICE)
    at = stamps(rows.offered_at)
    opened = [known.world.hours_of(team).is_open(s) for team, s in zip(rows.team_id, at, strict=True)]
    return rows.assign(in_hours=np.array(opened, dtype=bool))


def _in_hours(known: Known) -> pd.DataFrame:
    return _received(known).query("in_hours")


def _out_of_hours(known: Known) -> pd.DataFrame:
    return _received(known).query("not in_hours")


def _presented(known: Known) -> pd.DataFrame:
    rows = _in_hours(known)
    return rows[~rows.outcome.isin(BEFORE_THE_QUEUE)]


def _handled(known: Known) -> pd.DataFrame:
    rows = _received(known)
    return rows[finished(rows, known)]


def _converted(rows: pd.DataFrame) -> pd.Series:
    return rows.converted.astype("boolean")


def _sold(known: Known) -> pd.DataFrame:
    rows = _handled(known)
    return rows[_converted(rows).fillna(False)]


def out_of_hours_share(known: Known, question: Question) -> Answered:
    rows = _received(known)
    return answers(known, question, rows, lambda group: ratio(int((~group.in_hours).sum()), len(group)))


def call_conversion_rate(known: Known, question: Question) -> Answered:
    rows = _handled(known)
    rows = rows.assign(sold=_converted(rows))
    rows = rows[rows.sold.notna()]
    return answers(known, question, rows, lambda group: ratio(int(group.sold.sum()), len(group)))


def abandoned(*, short: bool) -> Any:
    """Calls given up in the queue; a negative wait is neither short nor long (G7)."""

    def measure(rows: pd.DataFrame) -> Fields:
        odd = {"n_invalid": int((rows.wait < 0).sum()), "n_missing": int(rows.wait.isna().sum())}
        return {**count(rows[rows.wait >= 0]), **odd}

    def ask(known: Known, question: Question) -> Answered:
        rows = offered(known)
        rows = rows[rows.outcome == "abandoned"]
        limit = question.params.get("short_abandon_s", SHORT_ABANDON_S)
        rows = rows[(rows.wait < 0) | rows.wait.isna() | ((rows.wait < limit) == short)]
        return answers(known, question, rows, measure)

    return ask


# ---------------------------------------------------------------------------------------------- rates of calls


def _decided(known: Known, question: Question) -> pd.DataFrame:
    """The calls of the denominator D, and the abandoned ones with a negative wait, which are `invalid`, or with none
    that is known, which are missing (G6)."""
    rows = _without_short_abandons(offered(known), question)
    rows = rows[~rows.queued]
    given_up = rows.outcome == "abandoned"
    return rows.assign(invalid=given_up & (rows.wait < 0), missing=given_up & rows.wait.isna())


def _of_decided(rows: pd.DataFrame) -> Fields:
    valid = rows[~rows.invalid & ~rows.missing]
    counts = {"n_invalid": int(rows.invalid.sum()), "n_missing": int(rows.missing.sum())}
    return ratio(int(valid.good.sum()), len(valid), **counts)


def abandon_rate(known: Known, question: Question) -> Answered:
    rows = _decided(known, question)
    return answers(known, question, rows.assign(good=rows.outcome == "abandoned"), _of_decided)


def handled_rate(known: Known, question: Question) -> Answered:
    rows = _decided(known, question)
    called_back = rows.outcome.isin(["callback", "voicemail"]) & rows.interaction_id.isin(_parents(known, "outbound"))
    return answers(known, question, rows.assign(good=(rows.outcome == "answered") | called_back), _of_decided)


def transfer_rate(known: Known, question: Question) -> Answered:
    rows = offered(known)
    rows = rows[rows.outcome == "answered"]
    rows = rows.assign(good=rows.interaction_id.isin(_parents(known, "inbound")))
    return answers(known, question, rows, lambda group: ratio(int(group.good.sum()), len(group)))


def _parents(known: Known, direction: str) -> pd.Series:
    """The contacts that have an answered child of this direction."""
    rows = counted(known.tables["interactions"])
    return rows.loc[(rows.direction == direction) & (rows.outcome == "answered"), "parent_interaction_id"].dropna()


def waits(*outcomes: str) -> Any:
    """Mean time in the queue of the calls that ended so, short abandons apart."""

    def ask(known: Known, question: Question) -> Answered:
        rows = _without_short_abandons(offered(known), question)
        rows = rows[rows.outcome.isin(outcomes)]
        return answers(known, question, rows.assign(seconds=rows.wait, invalid=rows.wait < 0), mean)

    return ask


def chat_frt_mean(known: Known, question: Question) -> Answered:
    rows = _on(known, ("chat",))
    rows = rows[rows.outcome == "answered"]
    seconds = stamps(rows.answered_at) - stamps(rows.offered_at)
    return answers(known, question, rows.assign(seconds=seconds, invalid=seconds < 0), mean)


# ---------------------------------------------------------------------------------------------- all channels


def _contacts_or_tickets(known: Known) -> pd.DataFrame:
    """The contacts; where none was ever imported, the requests that customers made."""
    if len(known.world.tables["interactions"]):
        return contacts(known)
    rows = _customers(known.tickets)
    return rows.assign(placed_at=rows.created_at)


def _mix(known: Known, question: Question, rows: pd.DataFrame, column: str) -> Answered:
    found = mix(_by_half_hour(rows, question), question, known.world, column)
    return {keys: {name: fields[name] for name in fields if name != "cumulative"} for keys, fields in found.items()}


def contact_channel_mix(known: Known, question: Question) -> Answered:
    return _mix(known, question, _contacts_or_tickets(known), "channel")


def active_channels(known: Known, question: Question) -> Answered:
    rows = _contacts_or_tickets(known)
    return answers(known, question, rows, lambda group: {"value": group.channel.nunique(), "n": len(group)})


def customer_identification_rate(known: Known, question: Question) -> Answered:
    rows = contacts(known)
    return answers(known, question, rows, lambda group: ratio(int(group.customer_id.notna().sum()), len(group)))


def selfcare_transfer_rate(known: Known, question: Question) -> Answered:
    rows = contacts(known)
    return answers(known, question, rows, lambda group: ratio(int((group.outcome == "selfcare").sum()), len(group)))


@once
def _with_repeats(known: Known) -> pd.DataFrame:
    """Contacts with `again`: the same customer came for the same reason in the 7 days before."""
    rows = contacts(known)
    reason = rows.request_type.astype(object).where(rows.request_type.notna(), "(none)")
    visits = list(zip(rows.customer_id.astype(object), reason, stamps(rows.offered_at), strict=True))
    seen: dict[tuple[Any, Any], list[float]] = {}
    for customer, why, at in sorted(visits, key=lambda visit: visit[2]):
        seen.setdefault((customer, why), []).append(at)

    def again(customer: Any, why: Any, at: float) -> bool:
        earlier = seen[customer, why]
        place = bisect_left(earlier, at)
        return place > 0 and earlier[place - 1] >= at - WEEK_S

    known_customer = rows.customer_id.notna()
    return rows.assign(again=np.array([again(*visit) for visit in visits], dtype=bool) & known_customer)


def repeat_contact_rate(known: Known, question: Question) -> Answered:
    def measure(rows: pd.DataFrame) -> Fields:
        identified = int(rows.customer_id.notna().sum())
        return ratio(int(rows.again.sum()), identified, n_missing=len(rows) - identified)

    return answers(known, question, _with_repeats(known), measure)


def repeat_contact_reasons(known: Known, question: Question) -> Answered:
    return _mix(known, question, _with_repeats(known).query("again"), "repeat_reason")


# ---------------------------------------------------------------------------------------------- time spent


@once
def _answered_legs(known: Known) -> pd.DataFrame:
    """Answered inbound legs; one without its talk, hold or wrap-up time has none of the three."""
    rows = counted(known.tables["interactions"])
    rows = rows[(rows.direction == "inbound") & (rows.outcome == "answered")]
    times = rows[PARTS].astype(float)
    times = times.where(times.notna().all(axis=1))
    return rows.assign(finished=finished(rows, known), placed_at=rows.offered_at, **{p: times[p] for p in PARTS})


def handled_legs(known: Known) -> pd.DataFrame:
    rows = _answered_legs(known)
    return rows[rows.finished]


@once
def handled_contacts(known: Known) -> pd.DataFrame:
    """Contacts of which every answered leg is over, with the time of all these legs."""
    rows = _answered_legs(known)
    transferred = rows.parent_interaction_id.notna()
    contact = rows.interaction_id.astype(object).where(~transferred, _roots(known, rows))
    together = rows.groupby(contact)
    rows = rows[~transferred].set_index("interaction_id", drop=False)
    rows = rows.assign(**together[PARTS].sum(skipna=False).reindex(rows.index))
    rows = rows.assign(finished=together.finished.all().reindex(rows.index).astype(bool))
    return rows[rows.finished].reset_index(drop=True)


def handling(*parts: str) -> Any:
    """Mean of these parts of the time spent on a contact; by agent, on a leg."""

    def ask(known: Known, question: Question) -> Answered:
        by_agent = "agent_id" in {*question.by, *question.filters}
        rows = handled_legs(known) if by_agent else handled_contacts(known)
        rows = rows[rows.channel.isin(question.params.get("channels", VOICE))]
        seconds = rows[list(parts)].sum(axis=1, skipna=False)
        return answers(known, question, rows.assign(seconds=seconds, invalid=False), mean)

    return ask


# ---------------------------------------------------------------------------------------------- what is asked

KPIS: dict[str, Any] = {
    "calls_waiting": calls_waiting,
    "longest_wait": longest_wait,
    "estimated_wait_time": estimated_wait_time,
    "unanswered_messages": unanswered_messages,
    "calls_received": counting(_received),
    "calls_in_hours": counting(_in_hours),
    "calls_out_of_hours": counting(_out_of_hours),
    "out_of_hours_share": out_of_hours_share,
    "calls_offered": counting(_presented),
    "calls_handled": counting(_handled),
    "calls_abandoned": abandoned(short=False),
    "calls_short_abandoned": abandoned(short=True),
    "call_conversions": counting(_sold),
    "call_conversion_rate": call_conversion_rate,
    "abandon_rate": abandon_rate,
    "handled_rate": handled_rate,
    "average_speed_of_answer": waits("answered"),
    "average_wait_time": waits("answered", "abandoned"),
    "chat_frt_mean": chat_frt_mean,
    "transfer_rate": transfer_rate,
    "contact_channel_mix": contact_channel_mix,
    "active_channels": active_channels,
    "customer_identification_rate": customer_identification_rate,
    "selfcare_transfer_rate": selfcare_transfer_rate,
    "repeat_contact_rate": repeat_contact_rate,
    "repeat_contact_reasons": repeat_contact_reasons,
    "average_communication_time": handling("talk_s", "hold_s"),
    "average_after_call_work": handling("wrap_s"),
}
STOCKS = ("calls_waiting", "longest_wait", "estimated_wait_time", "unanswered_messages")
LIVE = ("team_id", "site", "organisation", "channel")
CALLS = ("channel", "team_id", "site", "organisation", "agent_id", "request_type", "hour", "weekday")
DIMENSIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(KPIS, CALLS),
    **dict.fromkeys(("calls_waiting", "longest_wait"), LIVE),
    "estimated_wait_time": ("team_id", "channel"),
    "unanswered_messages": (*LIVE, "request_type", "age_bucket"),
    "calls_received": (*CALLS, "in_hours", "outcome"),
    "active_channels": ("team_id", "site", "organisation"),
}
GRAINS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(KPIS, ("half_hour", "hour", "day", "week", "month")),
    **dict.fromkeys((*STOCKS, "active_channels"), ()),
}
"""The time buckets of each card."""
PARAMS: dict[str, tuple[dict[str, Any], ...]] = {
    **dict.fromkeys(
        ("calls_abandoned", "calls_short_abandoned", "abandon_rate", "handled_rate", "average_wait_time"),
        ({}, {"short_abandon_s": 10}, {"short_abandon_s": 0}),
    ),
    **dict.fromkeys(("average_communication_time", "average_after_call_work"), ({}, {"channels": ("phone", "chat")})),
    "estimated_wait_time": (
        {"staffed_agents": 3, "free_agents": 0, "window_s": 3600},
        {"staffed_agents": 3, "free_agents": 2},
        {"staffed_agents": 2, "window_s": 86_400},
        {"staffed_agents": 0},
        {},
    ),
}
