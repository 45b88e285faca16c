"""Every figure that a card shows, counted again in pandas from its downloaded rows by the words of its definition.

A rule reads the files that the drawer of a card gives and nothing else: no SQL, and no duration that the store worked
out where the instants stand beside. It gives the value and n.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

import numpy as np
import pandas as pd
from scipy.stats import CensoredData, ecdf

from kpi.definition import Lang

DAY = pd.Timedelta(days=1)
VOICE = ("phone", "click_to_talk")
SHORT_ABANDON_S, SERVICE_S = 5, 30
Counted = tuple[float | None, int]


@dataclass(frozen=True)
class Files:
    """What a reader downloads of a card: its rows and, of a figure of several tables, those beside, by side."""

    rows: pd.DataFrame
    beside: Mapping[str, pd.DataFrame]
    start: datetime
    end: datetime
    as_of: datetime

    @property
    def instant(self) -> datetime:
        """When a stock is read."""
        return min(self.end, self.as_of)

    def placed(self, column: str) -> pd.DataFrame:
        """The rows whose instant falls in the period."""
        at = self.rows[column]
        return self.rows[(at >= self.start) & (at < self.end) & (at <= self.as_of)]

    def standing(self, enters: str, leaves: str) -> pd.DataFrame:
        """The rows that stand when the stock is read; at the end of a period, what happens then is after it."""
        entered, left, at = self.rows[enters], self.rows[leaves], self.instant
        if self.end <= self.as_of:
            return self.rows[(entered < at) & (left.isna() | (left >= at))]
        return self.rows[(entered <= at) & (left.isna() | (left > at))]


def read(content: bytes, lang: Lang) -> pd.DataFrame:
    """A downloaded CSV as pandas reads it, instants as instants."""
    marks = (";", ",") if lang == "fr" else (",", ".")
    rows = pd.read_csv(BytesIO(content), sep=marks[0], decimal=marks[1], encoding="utf-8-sig", low_memory=False)
    return rows.assign(**{name: pd.to_datetime(rows[name]) for name in rows.columns if name.endswith("_at")})


def _seconds(rows: pd.DataFrame, start: str, end: str) -> pd.Series:
    lasted: pd.Series = (rows[end] - rows[start]).dt.total_seconds()
    return lasted


def _true(values: pd.Series) -> pd.Series:
    return values.astype(str) == "True"


def _share(met: pd.Series) -> Counted:
    return (float(met.mean()) if len(met) else None), len(met)


def _mean(values: pd.Series) -> Counted:
    return (float(values.mean()) if len(values) else None), len(values)


def _quantile(q: float, values: pd.Series) -> Counted:
    return (float(np.quantile(values, q)) if len(values) else None), len(values)


def _written(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["initiated_by"] == "customer") & ~rows["channel"].isin(VOICE)]


# Requests


def _first_responses(files: Files) -> pd.Series:
    waited = _seconds(_written(files.placed("first_response_at")), "created_at", "first_response_at")
    return waited[waited >= 0]


def _promised(files: Files) -> Counted:
    rows = _written(files.rows)
    due = rows["created_at"] + pd.to_timedelta(rows["target_s"], unit="s")
    due = due[(due >= files.start) & (due < files.end) & (due <= files.as_of)]
    return _share(rows.loc[due.index, "first_response_at"] <= due)


def _solved(files: Files) -> pd.Series:
    return _seconds(files.placed("resolved_at"), "created_at", "resolved_at")


def _survival(files: Files) -> Counted:
    """Kaplan and Meier's median, by scipy."""
    rows = files.placed("created_at")
    done = rows["first_resolved_at"] <= files.as_of
    ends = rows["first_resolved_at"].where(done, pd.Timestamp(files.as_of))
    lasted = (ends - rows["created_at"]).dt.total_seconds()
    survival = ecdf(CensoredData(uncensored=lasted[done], right=lasted[~done])).sf
    return float(survival.quantiles[survival.probabilities <= 0.5][0]), len(rows)


def _at_first_contact(files: Files) -> Counted:
    rows = files.placed("created_at")
    rows = rows[rows["created_at"] + 14 * DAY <= files.as_of]
    return _share(_true(rows["fcr"]) & (rows["first_resolved_at"] <= rows["created_at"] + 7 * DAY))


def _reopened(files: Files) -> Counted:
    rows = files.placed("resolved_at")
    rows = rows[rows["resolved_at"] + 7 * DAY <= files.as_of]
    again = rows["reopened_at"]
    return _share((again > rows["resolved_at"]) & (again <= rows["resolved_at"] + 7 * DAY))


def _open(files: Files) -> pd.DataFrame:
    rows = files.standing("from_at", "to_at")
    return rows[rows["status"].isin(["new", "open", "pending", "on_hold"])]


def _unanswered(files: Files) -> pd.DataFrame:
    rows = _written(_open(files))
    return rows[~_true(rows["answered"])]


def _events(name: str) -> Callable[[Files], Counted]:
    return lambda files: _count(files.placed("from_at").query("entered == @name", local_dict={"name": name}))


def _count(rows: pd.DataFrame) -> Counted:
    return float(len(rows)), len(rows)


def _kept(files: Files) -> Counted:
    rows = files.placed("due_at")
    return _share((rows["phase"] == "done") & (rows["elapsed_s"] <= rows["target_s"]))


# Calls and contacts


def _abandoned(rows: pd.DataFrame) -> pd.Series:
    return rows["outcome"] == "abandoned"


def _offered(files: Files) -> pd.DataFrame:
    """Calls offered in opening hours, without those hung up at once and those still in the queue."""
    rows = files.placed("offered_at")
    rows = rows[rows["channel"].isin(VOICE) & _true(rows["in_hours"]) & rows["parent_interaction_id"].isna()]
    short = _abandoned(rows) & (rows["wait_s"] < SHORT_ABANDON_S)
    return rows[~short & ~(rows["outcome"].isna() & rows["answered_at"].isna())]


def _answered(rows: pd.DataFrame) -> pd.Series:
    return rows["outcome"].fillna("answered").eq("answered") & rows["answered_at"].notna()


def _served(files: Files) -> Counted:
    rows = _offered(files)
    return _share(_answered(rows) & (_seconds(rows, "offered_at", "answered_at") <= SERVICE_S))


def _waited(files: Files) -> Counted:
    rows = _offered(files)
    return _mean(_seconds(rows[_answered(rows)], "offered_at", "answered_at"))


def _repeated(files: Files) -> Counted:
    rows = files.placed("offered_at")
    rows = rows[rows["customer_id"].notna() & (rows["direction"] == "inbound")]
    return _share(rows["previous_contact_at"] >= rows["offered_at"] - 7 * DAY)


def _sold(files: Files) -> pd.Series:
    rows = files.placed("offered_at")
    return _true(rows.loc[rows["converted"].notna() & _answered(rows), "converted"])


def _handled(files: Files) -> pd.DataFrame:
    rows = files.placed("offered_at")
    return rows[_answered(rows) & (rows["direction"] == "inbound")]


# Self-service


def _deflected(files: Files) -> Counted:
    rows = files.placed("started_at")
    rows = rows[rows["ended_at"] + DAY <= files.as_of]
    alone = rows[~_true(rows["escalated"])]
    said = alone["resolved"].astype(str)
    failed = (said == "False") | (~said.isin(["True", "False"]) & alone["found_at"].isna())
    requests = len(alone) + len(files.beside["tickets"])
    return float((~failed).sum()) / requests, requests


# Orders and disputes


def _decided(files: Files) -> pd.DataFrame:
    rows = files.placed("decided_at")
    return rows[rows["decision"].isin(["approved", "rejected"])]


def _orders_in_time(files: Files) -> Counted:
    rows = files.placed("due_at")
    rows = rows[rows["decision"] != "cancelled"]
    return _share(rows["decided_at"] <= rows["due_at"])


def _in_full(files: Files) -> Counted:
    rows = files.placed("promised_at")
    return _share((rows["delivered_at"] <= rows["promised_at"]) & _true(rows["in_full"]))


def _disputed(files: Files) -> Counted:
    rows = files.placed("decided_at")
    rows = rows[(rows["decision"] == "approved") & (rows["decided_at"] + 30 * DAY <= files.as_of)]
    return _share(rows["first_disputed_at"] <= rows["decided_at"] + 30 * DAY)


def _orders_pending(files: Files) -> pd.DataFrame:
    return files.standing("received_at", "decided_at")


# Surveys


def _scores(files: Files) -> pd.Series:
    """Answers as parts of their scale, 1 being the best."""
    rows = files.placed("responded_at")
    part = (rows["score"] - rows["scale_min"]) / (rows["scale_max"] - rows["scale_min"])
    best: pd.Series = part.where(_true(rows["higher_is_better"]), 1 - part)
    return best


def _nps(files: Files) -> Counted:
    rows = files.placed("responded_at")
    score = rows.loc[(rows["scale_min"] == 0) & (rows["scale_max"] == 10), "score"]
    return 100.0 * float((score >= 9).sum() - (score <= 6).sum()) / len(score), len(score)


def _replied(files: Files) -> Counted:
    sent = files.placed("sent_at").drop_duplicates("survey_id")
    sent = sent[sent["sent_at"] + 14 * DAY <= files.as_of]
    return _share(sent["invitation_responded_at"] <= sent["sent_at"] + 14 * DAY)


# Team time and costs


def _days(rows: pd.DataFrame) -> int:
    return len(rows[rows["logged_s"] > 0].drop_duplicates(["agent_id", "work_date"]))


def _of_time(made: Callable[[pd.Series], float]) -> Callable[[Files], Counted]:
    """A ratio of sums of seconds; its n are the agents."""

    def counted(files: Files) -> Counted:
        return made(files.rows.select_dtypes("number").sum()), files.rows["agent_id"].nunique()

    return counted


def _per_call(files: Files) -> Counted:
    calls, time, spent = len(files.rows), files.beside["time"], files.beside["spent"]
    share = time.loc[time["channel"].isin(VOICE), "handle_s"].sum() / time["handle_s"].sum()
    own = spent.loc[spent["channel"].isin(VOICE), "amount_eur"].sum()
    return float(own + share * spent.loc[spent["channel"].isna(), "amount_eur"].sum()) / calls, calls


def _per_contact(files: Files) -> Counted:
    return float(files.beside["spent"]["amount_eur"].sum()) / len(files.rows), len(files.rows)


RULES: Mapping[str, Callable[[Files], Counted]] = {
    "frt_median": lambda f: _quantile(0.5, _first_responses(f)),
    "frt_p90": lambda f: _quantile(0.9, _first_responses(f)),
    "response_within_target_rate": _promised,
    "resolution_time_median": lambda f: _quantile(0.5, _solved(f)),
    "resolution_time_p90": lambda f: _quantile(0.9, _solved(f)),
    "resolution_time_mean": lambda f: _mean(_solved(f)),
    "resolution_time_km_median": _survival,
    "fcr_rate": _at_first_contact,
    "contacts_per_resolution": lambda f: _mean(f.placed("resolved_at")["contacts"]),
    "reopen_rate": _reopened,
    "tickets_created": lambda f: _count(f.placed("created_at").query("initiated_by == 'customer'")),
    "tickets_resolved": _events("resolved"),
    "tickets_reopened": _events("reopened"),
    "ticket_backlog": lambda f: _count(_open(f)),
    "tickets_awaiting_first_response": lambda f: _count(_unanswered(f)),
    "backlog_age_median": lambda f: _quantile(0.5, (f.instant - _open(f)["created_at"]).dt.total_seconds()),
    "sla_resolution_rate": _kept,
    "sla_first_response_rate": _kept,
    "sla_at_risk": lambda f: _count(f.standing("at_risk_from_at", "at_risk_to_at").query("metric == 'resolution'")),
    "answer_rate": lambda f: _share(_answered(_offered(f))),
    "abandon_rate": lambda f: _share(_abandoned(_offered(f))),
    "service_level": _served,
    "average_speed_of_answer": _waited,
    "average_handle_time": lambda f: _mean(f.placed("offered_at")["handle_s"]),
    "average_communication_time": lambda f: _mean(f.placed("offered_at")["communication_s"]),
    "average_after_call_work": lambda f: _mean(f.placed("offered_at")["after_call_s"]),
    "out_of_hours_share": lambda f: _share(~_true(f.placed("offered_at")["in_hours"])),
    "repeat_contact_rate": _repeated,
    "selfcare_transfer_rate": lambda f: _share(f.placed("offered_at")["outcome"] == "selfcare"),
    "call_conversion_rate": lambda f: _share(_sold(f)),
    "call_conversions": lambda f: _count(f.rows[_sold(f)]),
    "self_service_users": lambda f: (float(f.placed("started_at")["visitor_id"].nunique()), len(f.rows)),
    "self_service_success_rate": lambda f: _share(f.placed("started_at").query("ended_at.notna()")["found_at"].notna()),
    "self_service_time_to_find": lambda f: _mean(_seconds(f.placed("started_at"), "started_at", "found_at")),
    "self_service_clicks_mean": lambda f: _mean(f.placed("started_at")["clicks"]),
    "deflection_rate": _deflected,
    "orders_received": lambda f: _count(f.placed("received_at")),
    "orders_pending": lambda f: _count(_orders_pending(f)),
    "priority_orders_to_validate": lambda f: _count(_orders_pending(f).query("priority in ('high', 'urgent')")),
    "order_processing_time_median": lambda f: _quantile(0.5, _seconds(_decided(f), "received_at", "decided_at")),
    "order_sla_rate": _orders_in_time,
    "otif_rate": _in_full,
    "automation_rate": lambda f: _share(_true(_decided(f)["touchless"])),
    "orders_rejected": lambda f: _count(f.placed("decided_at").query("decision == 'rejected'")),
    "disputes_opened": lambda f: _count(f.placed("opened_at")),
    "disputes_open": lambda f: _count(f.standing("opened_at", "resolved_at")),
    "dispute_resolution_time_median": lambda f: _quantile(
        0.5, _seconds(f.placed("resolved_at"), "opened_at", "resolved_at")
    ),
    "dispute_rate": _disputed,
    "nps": _nps,
    "csat_rate": lambda f: _share(_scores(f) >= 0.75),
    "csat_mean": lambda f: _mean(100 * _scores(f)),
    "survey_response_rate": _replied,
    "agent_days_worked": lambda f: (float(_days(f.rows)), _days(f.rows)),
    "absenteeism_rate": _of_time(lambda s: s["absent_s"] / s["scheduled_s"]),
    "occupancy_rate": _of_time(lambda s: s["handling_s"] / (s["handling_s"] + s["available_s"])),
    "utilisation_rate": _of_time(lambda s: s["handling_s"] / s["paid_s"]),
    "shrinkage_rate": _of_time(lambda s: 1 - (s["handling_s"] + s["available_s"]) / s["scheduled_s"]),
    "contacts_per_agent_day": lambda f: (len(_handled(f)) / _days(f.beside["worked"]), len(_handled(f))),
    "cost_per_call": _per_call,
    "cost_per_contact": _per_contact,
    "handling_cost_per_request": lambda f: _mean(
        f.placed("resolved_at")["handle_s"] / 3600 * f.placed("resolved_at")["hourly_cost_eur"]
    ),
}
"""KPI -> its definition, over its files."""
