"""The bench's questions in pandas, for information: the same groups and measures on frames already in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import duckdb
import pandas as pd

from kpi.model import Period

Frames = Mapping[str, pd.DataFrame]
Ask = Callable[[Frames, Period, pd.Timestamp], object]

_READ = {
    "ticket_facts": "SELECT channel, team_id, request_type, created_at, created_on, first_response_at, "
    "first_response_on, first_response_s, first_response_business_s, first_resolved_at, fcr, fcr_mature_at, "
    "initiated_by FROM ticket_facts WHERE exclusion IS NULL",
    "ticket_states": "SELECT team_id, from_at, to_at, from_on, to_on FROM ticket_states "
    "WHERE exclusion IS NULL AND unresolved",
    "ticket_resolutions": "SELECT agent_id, resolved_at, reopened_at, resolution_s FROM ticket_resolutions "
    "WHERE exclusion IS NULL",
    "sla_clocks": "SELECT priority, from_at, to_at, due_at, phase, breach_known_at FROM sla_clocks "
    "WHERE exclusion IS NULL AND metric = 'resolution'",
    "survey_facts": "SELECT f.channel, survey_type, site, responded_at, responded_on, score, score_share "
    "FROM survey_facts f LEFT JOIN teams USING (team_id) WHERE f.exclusion IS NULL",
    "interaction_facts": "SELECT offered_at, offered_on, offered_hour, answered_at, outcome, wait_s "
    "FROM interaction_facts WHERE exclusion IS NULL AND voice AND direction = 'inbound' "
    "AND parent_interaction_id IS NULL AND coalesce(in_hours, true)",
}


def frames(connection: duckdb.DuckDBPyConnection) -> Frames:
    """The columns that the questions read, excluded rows left out. Not part of the time."""
    return {name: connection.execute(sql).df() for name, sql in _READ.items()}


def _within(rows: pd.DataFrame, column: str, period: Period) -> pd.DataFrame:
    return rows[(rows[column] >= period.start) & (rows[column] < period.end)]


def _written(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows.initiated_by == "customer") & ~rows.channel.isin(["phone", "click_to_talk"])]


def first_response(frames: Frames, period: Period, at: pd.Timestamp) -> object:
    rows = _within(_written(frames["ticket_facts"]), "first_response_at", period)
    groups = rows[rows.first_response_s >= 0].groupby("first_response_on").first_response_s
    return groups.agg(["count", "sum", "mean", "var"]), groups.quantile([0.5, 0.9])


def backlog(frames: Frames, period: Period, at: pd.Timestamp) -> object:
    rows = frames["ticket_states"]
    rows = rows[(rows.to_at >= period.start) & (rows.from_at < period.end)]
    entered = rows.assign(day=rows.from_on.where(rows.from_at >= period.start), delta=1)
    left = rows[rows.to_at < period.end].assign(delta=-1)
    left = left.assign(day=left.to_on)
    moves = pd.concat([entered, left]).groupby(["team_id", "day"], dropna=False).delta.sum()
    return moves.unstack("team_id").fillna(0).cumsum()


def nps(frames: Frames, period: Period, at: pd.Timestamp) -> object:
    rows = _within(frames["survey_facts"], "responded_at", period)
    rows = rows[(rows.survey_type == "nps") & rows.score.between(0, 10)]
    sign = (rows.score >= 9).astype(int) - (rows.score < 7)
    return sign.groupby([rows.channel, rows.responded_on.dt.to_period("M")]).agg(["mean", "count", "var"])


def sla(frames: Frames, period: Period, at: pd.Timestamp) -> object:
    rows = frames["sla_clocks"]
    rows = _within(rows[(rows.from_at <= at) & (rows.to_at > at)], "due_at", period)
    breached = rows.breach_known_at <= at
    decided = rows[(rows.phase == "done") | breached]
    return (~breached[decided.index]).groupby(decided.priority).agg(["sum", "count"])


def agents(frames: Frames, period: Period, at: pd.Timestamp) -> object:
    rows = frames["ticket_resolutions"]
    rows = _within(rows[(rows.reopened_at > at) & (rows.resolution_s >= 0)], "resolved_at", period)
    return rows.groupby("agent_id").resolution_s.agg(["count", "sum", "var", "median"])


def volume(frames: Frames, period: Period, at: pd.Timestamp) -> object:
    rows = _within(frames["ticket_facts"], "created_at", period)
    return rows[rows.initiated_by == "customer"].groupby(["channel", "created_on"]).size()


def level(frames: Frames, period: Period, at: pd.Timestamp) -> object:
    rows = _within(frames["interaction_facts"], "offered_at", period)
    rows = rows[~rows.outcome.isin(["selfcare", "bot", "dissuaded"])]
    rows = rows[~((rows.outcome == "abandoned") & (rows.wait_s < 5))]
    quick = rows.answered_at <= rows.offered_at + pd.Timedelta(30, "s")
    return quick.groupby([rows.offered_hour, rows.offered_on.dt.dayofweek]).agg(["sum", "count"])


def csat(frames: Frames, period: Period, at: pd.Timestamp) -> object:
    rows = _within(frames["survey_facts"], "responded_at", period)
    rows = rows[(rows.survey_type == "csat") & rows.score_share.notna()]
    return (rows.score_share >= 0.75).groupby(rows.site).agg(["sum", "count"])


def fcr(frames: Frames, period: Period, at: pd.Timestamp) -> object:
    rows = _within(frames["ticket_facts"], "created_at", period)
    rows = rows[(rows.initiated_by == "customer") & (rows.fcr_mature_at <= at)]
    return rows.groupby("request_type").fcr.agg(["sum", "count"])


def filtered(frames: Frames, period: Period, at: pd.Timestamp) -> object:
    rows = _within(_written(frames["ticket_facts"]), "first_response_at", period)
    rows = rows[rows.channel.isin(["email", "web_form"]) & rows.team_id.isin(["TEAM01", "TEAM02", "TEAM03"])]
    return rows.first_response_business_s.quantile([0.5, 0.9])
