# ruff: noqa: E501 (the statements are laid out to be read)
"""Ten representative questions, each beside hand-written DuckDB SQL over the same file that returns the same fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kpi import buckets
from kpi.engines import Engine
from kpi.model import Filter, Grain, Period, Query
from tests.bench import in_pandas

ZONE = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class Question:
    """A question; `sql` is the statements that a careful person would write for the same fields."""

    name: str
    query: Query
    sql: tuple[str, ...]
    pandas: in_pandas.Ask


def _period(engine: Engine, days: int) -> Period:
    last: date = buckets.to_local(engine.data_until(), ZONE).date()
    return Period(buckets.to_utc(last - timedelta(days=days), ZONE), buckets.to_utc(last, ZONE))


_WRITTEN = "exclusion IS NULL AND initiated_by = 'customer' AND channel NOT IN ('phone', 'click_to_talk')"
_WAITING = f"SELECT count(*) FROM ticket_states WHERE {_WRITTEN} AND unresolved AND NOT answered AND from_at <= {{at}} AND to_at > {{at}}"
_FRT = """
SELECT first_response_on, grouping(first_response_on), count(first_response_s) FILTER (first_response_s >= 0),
  sum(first_response_s) FILTER (first_response_s >= 0),
  sum(first_response_s * first_response_s) FILTER (first_response_s >= 0),
  quantile_cont(first_response_s, [0.5, 0.9]) FILTER (first_response_s >= 0), count(*) FILTER (first_response_s < 0)
FROM ticket_facts WHERE {written} AND first_response_at >= {start} AND first_response_at < {end}
GROUP BY GROUPING SETS ((first_response_on), ())
"""
_BACKLOG = """
WITH moves AS (
  SELECT team_id, CASE WHEN from_at < {start} THEN NULL ELSE from_on END AS day, 1 AS delta FROM ticket_states
  WHERE exclusion IS NULL AND unresolved AND to_at >= {start} AND from_at < {end} AND from_at <= {at}
  UNION ALL
  SELECT team_id, CASE WHEN to_at < {start} THEN NULL ELSE to_on END, -1 FROM ticket_states
  WHERE exclusion IS NULL AND unresolved AND to_at >= {start} AND to_at < {end} AND to_at <= {at})
SELECT team_id, day, sum(delta) FROM moves GROUP BY ALL
"""
_BACKLOG_NOW = """
SELECT team_id, grouping(team_id), count(*) FROM ticket_states
WHERE exclusion IS NULL AND unresolved AND from_at < {end} AND to_at >= {end} GROUP BY GROUPING SETS ((team_id), ())
"""
_NPS = """
SELECT channel, CAST(date_trunc('month', responded_on) AS DATE) AS month, grouping(channel),
  count(*) FILTER (valid AND score >= 9), count(*) FILTER (valid AND score >= 7 AND score < 9),
  count(*) FILTER (valid AND score < 7), count(*) FILTER (score IS NULL), count(*) FILTER (score IS NOT NULL AND NOT valid)
FROM (SELECT *, scale_min = 0 AND scale_max = 10 AND score BETWEEN 0 AND 10 AS valid FROM survey_facts
  WHERE exclusion IS NULL AND survey_type = 'nps' AND responded_at >= {start} AND responded_at < {end})
GROUP BY GROUPING SETS ((channel, month), ())
"""
_SLA = """
SELECT priority, grouping(priority), count(*) FILTER (phase = 'done' AND NOT coalesce(breach_known_at <= {at}, false)),
  count(*) FILTER (phase = 'done' OR coalesce(breach_known_at <= {at}, false))
FROM sla_clocks WHERE exclusion IS NULL AND metric = 'resolution' AND from_at <= {at} AND to_at > {at}
  AND due_at >= {start} AND due_at < {end} AND due_at <= {at}
GROUP BY GROUPING SETS ((priority), ())
"""
_SLA_BESIDE = """
SELECT priority, grouping(priority), count(*) FILTER (phase = 'paused' AND NOT coalesce(breach_known_at <= {at}, false)),
  count(*) FILTER (phase = 'done' AND NOT coalesce(breach_known_at <= {at}, false) AND due_at > {at}),
  count(*) FILTER (phase = 'running' AND NOT coalesce(breach_known_at <= {at}, false))
FROM sla_clocks WHERE exclusion IS NULL AND metric = 'resolution' AND from_at <= {at} AND to_at > {at}
  AND (phase <> 'done' OR due_at > {at})
GROUP BY GROUPING SETS ((priority), ())
"""
_AGENTS = """
SELECT agent_id, grouping(agent_id), count(resolution_s) FILTER (resolution_s >= 0),
  sum(resolution_s) FILTER (resolution_s >= 0), sum(resolution_s * resolution_s) FILTER (resolution_s >= 0),
  quantile_cont(resolution_s, 0.5) FILTER (resolution_s >= 0), count(*) FILTER (resolution_s < 0)
FROM ticket_resolutions WHERE exclusion IS NULL AND reopened_at > {at} AND resolved_at >= {start} AND resolved_at < {end}
GROUP BY GROUPING SETS ((agent_id), ())
"""
_VOLUME = """
SELECT *, CASE WHEN n > 0 THEN n * pow(1 - 1 / (9 * n) - 1.959964 / (3 * sqrt(n)), 3) ELSE 0 END AS ci_low,
  (n + 1) * pow(1 - 1 / (9 * (n + 1)) + 1.959964 / (3 * sqrt(n + 1)), 3) AS ci_high, 'ok' AS status
FROM (SELECT channel, created_on, grouping(channel), count(*) AS n FROM ticket_facts
  WHERE exclusion IS NULL AND initiated_by = 'customer' AND created_at >= {start} AND created_at < {end}
  GROUP BY GROUPING SETS ((channel, created_on), ()))
"""
_LEVEL = """
SELECT offered_hour, isodow(offered_on) AS weekday, grouping(offered_hour),
  count(*) FILTER (decided AND answered_at <= offered_at + INTERVAL 30 SECOND), count(*) FILTER (decided),
  count(*) FILTER (outcome = 'abandoned' AND wait_s IS NULL), count(*) FILTER (wait_s < 0)
FROM (SELECT *, coalesce(wait_s, 0) >= 0 AND (outcome IS NOT NULL OR answered_at IS NOT NULL
    OR offered_at + INTERVAL 30 SECOND < {at}) AND (coalesce(outcome, '') <> 'abandoned' OR wait_s >= 5) AS decided
  FROM interaction_facts WHERE exclusion IS NULL AND voice AND direction = 'inbound' AND parent_interaction_id IS NULL
    AND coalesce(in_hours, true) AND (outcome IS NULL OR outcome NOT IN ('selfcare', 'bot', 'dissuaded'))
    AND offered_at >= {start} AND offered_at < {end})
GROUP BY GROUPING SETS ((offered_hour, weekday), ())
"""
_CSAT = """
SELECT team.site, grouping(team.site), count(*) FILTER (score_share >= 0.75), count(score_share),
  count(*) FILTER (score IS NULL), count(*) FILTER (score IS NOT NULL AND score_share IS NULL)
FROM survey_facts f LEFT JOIN teams team USING (team_id)
WHERE f.exclusion IS NULL AND survey_type = 'csat' AND responded_at >= {start} AND responded_at < {end}
GROUP BY GROUPING SETS ((team.site), ())
"""
_FCR = """
SELECT request_type, grouping(request_type), count(*) FILTER (fcr AND valid AND fcr_mature_at <= {at}),
  count(*) FILTER (valid AND fcr_mature_at <= {at}), count(*) FILTER (fcr_mature_at > {at}),
  count(*) FILTER (NOT valid AND fcr_mature_at <= {at})
FROM (SELECT *, coalesce(first_resolved_at >= created_at, true) AS valid FROM ticket_facts
  WHERE exclusion IS NULL AND initiated_by = 'customer' AND created_at >= {start} AND created_at < {end})
GROUP BY GROUPING SETS ((request_type), ())
"""
_P90 = """
SELECT count(first_response_business_s), quantile_cont(first_response_business_s, [0.5, 0.9]),
  count(*) FILTER (first_response_s < 0)
FROM ticket_facts WHERE {written} AND channel IN ('email', 'web_form') AND team_id IN ('TEAM01', 'TEAM02', 'TEAM03')
  AND first_response_at >= {start} AND first_response_at < {end}
"""
_FRT_KPIS = ("frt_mean", "frt_median", "frt_p90")


def questions(engine: Engine) -> list[Question]:
    """The ten questions for a store. Intervals of grouped quantiles are left out on both sides."""
    at = f"TIMESTAMP '{engine.data_until()}'"

    def ask(name: str, days: int, query: Query, pandas: in_pandas.Ask, *sql: str) -> Question:
        period = _period(engine, days)
        words = {
            "start": f"TIMESTAMP '{period.start}'",
            "end": f"TIMESTAMP '{period.end}'",
            "at": at,
            "written": _WRITTEN,
        }
        asked = query.with_(period=period, intervals=False, timezone=ZONE)
        return Question(f"{name}, {days} days", asked, tuple(_fill(text, words) for text in sql), pandas)

    filters = (Filter("channel", ("email", "web_form")), Filter("team_id", ("TEAM01", "TEAM02", "TEAM03")))
    beside = _WAITING.replace("{at}", at)
    filtered = beside + " AND channel IN ('email', 'web_form') AND team_id IN ('TEAM01', 'TEAM02', 'TEAM03')"
    return [
        ask("FRT mean, median, p90 by day", 30, Query(_FRT_KPIS, grain=Grain.DAY), in_pandas.first_response, _FRT, beside),
        ask("FRT mean, median, p90 by day", 730, Query(_FRT_KPIS, grain=Grain.DAY), in_pandas.first_response, _FRT, beside),
        ask("Backlog by day and team", 730, Query(("ticket_backlog",), by=("team_id",), grain=Grain.DAY), in_pandas.backlog, _BACKLOG, _BACKLOG_NOW),
        ask("NPS by month and channel", 730, Query(("nps",), by=("channel",), grain=Grain.MONTH), in_pandas.nps, _NPS),
        ask("SLA of resolution by priority", 90, Query(("sla_resolution_rate",), by=("priority",)), in_pandas.sla, _SLA, _SLA_BESIDE),
        ask("Resolution time, all agents", 30, Query(("resolution_time_mean", "resolution_time_median"), by=("agent_id",)), in_pandas.agents, _AGENTS),
        ask("Tickets by day and channel", 730, Query(("tickets_created",), by=("channel",), grain=Grain.DAY), in_pandas.volume, _VOLUME),
        ask("Service level by hour and weekday", 90, Query(("service_level",), by=("hour", "weekday")), in_pandas.level, _LEVEL),
        ask("CSAT by site", 365, Query(("csat_rate",), by=("site",)), in_pandas.csat, _CSAT),
        ask("FCR by request type", 365, Query(("fcr_rate",), by=("request_type",)), in_pandas.fcr, _FCR),
        ask("FRT median and p90, business, two filters", 90,
            Query(("frt_median", "frt_p90"), filters=filters, params=(("clock", "business"),)), in_pandas.filtered, _P90, filtered),
    ]  # fmt: skip


def _fill(text: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        text = text.replace("{" + name + "}", value)
    return text
