# ruff: noqa: E501 (the statements are laid out to be read)
"""Hand-written DuckDB SQL of the KPIs that may be among the slowest, each returning the fields of its answer.

A column is named like the field of the figure it has to equal; `key` is the group of a row, NULL for the total. What
makes an interval is returned where the interval itself is not SQL; two that numpy can make are in `AFTER`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kpi.statistics import bootstrap, comparison

_WRITTEN = "exclusion IS NULL AND initiated_by = 'customer' AND channel NOT IN ('phone', 'click_to_talk')"
_CUSTOMER = "exclusion IS NULL AND initiated_by = 'customer'"
_WAITING = f"SELECT count(*) AS n_open FROM ticket_states WHERE {_WRITTEN} AND unresolved AND NOT answered AND from_at <= {{at}} AND to_at > {{at}}"
_RANKS = "[{lower}, {upper}]"


def _quantile(table: str, x: str, invalid: str, q: float, where: str) -> tuple[str, ...]:
    """The quantile, then the order statistics that bound it: their ranks depend on how many there are."""
    return (
        f"SELECT count({x}) FILTER ({x} >= 0) AS n, quantile_cont({x}, {q}) FILTER ({x} >= 0) AS value, count(*) FILTER ({invalid}) AS n_invalid FROM {table} WHERE {where}",
        f"SELECT b[1] AS ci_low, b[2] AS ci_high FROM (SELECT quantile_disc({x}, {_RANKS}) FILTER ({x} >= 0) AS b FROM {table} WHERE {where})",
    )


def _frt(q: float) -> tuple[str, ...]:
    where = f"{_WRITTEN} AND first_response_at >= {{start}} AND first_response_at < {{end}}"
    return (*_quantile("ticket_facts", "first_response_s", "first_response_s < 0", q, where), _WAITING)


def _resolution(q: float) -> tuple[str, ...]:
    where = "exclusion IS NULL AND created_at <= {at} AND reopened_at > {at} AND resolved_at >= {start} AND resolved_at < {end}"
    return _quantile("ticket_resolutions", "resolution_s", "resolution_s < 0", q, where)


_PROCESSING = (
    *_quantile(
        "order_facts",
        "processing_s",
        "processing_s < 0",
        0.5,
        "exclusion IS NULL AND decision IN ('approved', 'rejected') AND decided_at >= {start} AND decided_at < {end}",
    ),
    "SELECT count(*) AS n_open FROM order_facts WHERE exclusion IS NULL AND decided_at IS NULL",
)


_KAPLAN_MEIER = f"""
WITH lived AS (SELECT epoch(coalesce(first_resolved_at, {{at}})) - epoch(created_at) AS t, first_resolved_at IS NOT NULL AS ended
    FROM ticket_facts WHERE {_CUSTOMER} AND created_at >= {{start}} AND created_at < {{end}}),
  times AS (SELECT t, count(*) FILTER (ended) AS ended, count(*) AS gone FROM lived WHERE t >= 0 GROUP BY t),
  risk AS (SELECT t, ended, sum(gone) OVER (ORDER BY t DESC) AS at_risk FROM times),
  curve AS (SELECT t, exp(sum(ln(1 - ended / at_risk)) OVER w) AS s, sqrt(sum(ended / (at_risk * (at_risk - ended))) OVER w) AS se
    FROM risk WHERE ended > 0 AND ended < at_risk WINDOW w AS (ORDER BY t))
SELECT min(t) FILTER (s <= 0.5 + 1e-10) AS value, min(t) FILTER (s ** exp(-1.959964 * se / ln(s)) <= 0.5) AS ci_low,
  min(t) FILTER (s ** exp(1.959964 * se / ln(s)) <= 0.5) AS ci_high, (SELECT count(*) FILTER (t >= 0) FROM lived) AS n,
  (SELECT count(*) FILTER (t >= 0 AND NOT ended) FROM lived) AS n_open, (SELECT count(*) FILTER (t < 0) FROM lived) AS n_invalid
FROM curve
"""
_DEFAULT_CALENDAR = "(SELECT calendar_id FROM (SELECT DISTINCT calendar_id FROM open_days) LEFT JOIN teams USING (calendar_id) GROUP BY 1 ORDER BY count(team_id) DESC, 1 LIMIT 1)"
_PRODUCTS = """
SELECT *, (current - previous) / nullif(previous, 0) AS value, current AS n,
  CASE WHEN previous = 0 THEN 'new' WHEN current = 0 THEN 'stopped' ELSE 'continuing' END AS status
FROM (SELECT product_id AS key, coalesce(sum(quantity) FILTER (decided_at >= {start}), 0) AS current, coalesce(sum(quantity) FILTER (decided_at < {start}), 0) AS previous
  FROM order_line_facts WHERE exclusion IS NULL AND decision = 'approved' AND received_at <= {at} AND decided_at >= {before} AND decided_at < {end}
  GROUP BY GROUPING SETS ((product_id), ()))
WHERE current > 0 OR previous > 0 ORDER BY key
"""
_ORDERS = f"""
WITH orders AS (SELECT count(*) FILTER (received_at >= {{start}}) AS current, count(*) FILTER (received_at < {{start}}) AS previous
    FROM order_facts WHERE exclusion IS NULL AND received_at >= {{before}} AND received_at < {{end}}),
  days AS (SELECT count(*) FILTER (open_on >= {{first}}) AS now, count(*) FILTER (open_on < {{first}}) AS earlier
    FROM open_days WHERE calendar_id = {_DEFAULT_CALENDAR} AND open_on >= {{first_before}} AND open_on < {{day}})
SELECT current, previous, current AS n, (current / now * earlier - previous) / previous AS value FROM orders, days
"""
_DAYS_OF_WORK = f"""
WITH days AS (SELECT calendar_id, open_on FROM open_days WHERE open_on < {{day}} QUALIFY row_number() OVER (PARTITION BY calendar_id ORDER BY open_on DESC) <= 10),
  backlog AS (SELECT count(*) AS n FROM ticket_states WHERE exclusion IS NULL AND unresolved AND from_at <= {{at}} AND to_at > {{at}}),
  resolved AS (SELECT count(*) AS n FROM ticket_states s JOIN days d ON d.open_on = s.from_on
      AND d.calendar_id = coalesce((SELECT calendar_id FROM teams t WHERE t.team_id = s.team_id), {_DEFAULT_CALENDAR})
    WHERE exclusion IS NULL AND entered = 'resolved' AND from_on >= (SELECT min(open_on) FROM days))
SELECT backlog.n AS numerator, resolved.n AS n, resolved.n / 10 AS denominator, backlog.n / nullif(resolved.n / 10, 0) AS value FROM backlog, resolved
"""
_ESTIMATE = (
    "SELECT count(*) AS n FROM interaction_facts WHERE exclusion IS NULL AND direction = 'inbound' AND parent_interaction_id IS NULL AND channel IN ('phone', 'click_to_talk') AND offered_at <= {at} AND (queue_left_at > {at} OR queue_left_at IS NULL)",
    "SELECT count(handle_s) AS handled, sum(handle_s) AS handled_s FROM handled_contacts WHERE exclusion IS NULL AND channel IN ('phone', 'click_to_talk') AND handle_s >= 0 AND from_at <= {at} AND to_at > {at} AND offered_at >= {at} - INTERVAL 1 HOUR",
)
_ANSWERS = "survey_facts WHERE exclusion IS NULL AND survey_type = 'servqual' AND responded_at >= {start} AND responded_at < {end}"
_QUALITY = "100 * CASE WHEN higher_is_better THEN score_share ELSE 1 - score_share END"
_MISSED = "score IS NULL OR (dimension IS NULL AND score_share IS NOT NULL)"
_FIVE = ("responsiveness", "reliability", "assurance", "tangibles", "empathy")
_SCORES = f"""
SELECT dimension AS key, count(x) AS n, avg(x) AS value, sum(x) AS sum, var_samp(x) AS variance, coalesce(sum(missing), 0) AS n_missing, sum(invalid) AS n_invalid
FROM (SELECT survey_id, dimension, favg({_QUALITY}) AS x, count(*) FILTER ({_MISSED}) AS missing, count(*) FILTER (score IS NOT NULL AND score_share IS NULL) AS invalid
  FROM {_ANSWERS} AND component = 'perception' GROUP BY survey_id, dimension)
WHERE dimension IS NOT NULL GROUP BY dimension
UNION ALL
SELECT NULL, count(DISTINCT survey_id) FILTER (dimension IS NOT NULL AND score_share IS NOT NULL), NULL, NULL, NULL, count(*) FILTER ({_MISSED}), count(*) FILTER (score IS NOT NULL AND score_share IS NULL)
FROM {_ANSWERS} AND component = 'perception'
"""
_GAPS = f"""
WITH gaps AS (SELECT survey_id, dimension, favg({_QUALITY}) FILTER (component = 'perception') - favg({_QUALITY}) FILTER (component = 'expectation') AS x,
    count(*) FILTER (score IS NULL) AS missing, count(*) FILTER (score IS NOT NULL AND score_share IS NULL) AS invalid
  FROM {_ANSWERS} GROUP BY survey_id, dimension),
  scores AS (SELECT dimension AS key, count(x) AS n, avg(x) AS value, sum(x) AS sum, var_samp(x) AS variance, sum(missing) AS n_missing, sum(invalid) AS n_invalid FROM gaps WHERE dimension IS NOT NULL GROUP BY dimension)
SELECT * FROM scores
UNION ALL
SELECT NULL, (SELECT count(DISTINCT survey_id) FILTER (x IS NOT NULL) FROM gaps), avg(value), NULL, NULL, (SELECT sum(missing) FROM gaps), (SELECT sum(invalid) FROM gaps) FROM scores
"""
_OVERALL = f"""
SELECT count(*) FILTER (len(list_filter(x, lambda v: v IS NOT NULL)) > 0) AS n, list(x) AS respondents, sum(missing) AS n_missing, sum(invalid) AS n_invalid,
  (avg(x[1]) + avg(x[2]) + avg(x[3]) + avg(x[4]) + avg(x[5])) / 5 AS value
FROM (SELECT survey_id, [{", ".join(f"favg({_QUALITY}) FILTER (dimension = '{name}')" for name in _FIVE)}] AS x, count(*) FILTER ({_MISSED}) AS missing,
    count(*) FILTER (score IS NOT NULL AND score_share IS NULL) AS invalid
  FROM {_ANSWERS} AND component = 'perception' GROUP BY survey_id)
"""

_HANDLING_COST = """
SELECT count(x) AS n, avg(x) AS value, sum(x) AS sum, var_samp(x) AS variance, count(*) FILTER (x < 0) AS n_invalid, count(*) FILTER (x IS NULL) AS n_missing
FROM (SELECT handle_s * hourly_cost_eur / 3600 AS x FROM ticket_handling JOIN teams USING (team_id)
  WHERE exclusion IS NULL AND hourly_cost_eur IS NOT NULL AND resolved_at >= {start} AND resolved_at < {end} AND from_at <= {at} AND to_at > {at})
"""
_DEFLECTED = """
WITH assisted AS (SELECT count(*) AS n FROM ticket_facts WHERE exclusion IS NULL AND initiated_by = 'customer' AND created_at >= {start} AND created_at < {end}),
  sessions AS (SELECT count(*) FILTER (ended AND NOT escalated AND resolved AND found_at IS NOT NULL) AS deflected,
      count(*) FILTER (ended AND NOT escalated AND NOT (resolved AND found_at IS NOT NULL)) AS failed, count(*) FILTER (ended AND escalated) AS escalated
    FROM (SELECT *, mature_at <= {at} AND ended_at >= started_at AS ended FROM session_facts WHERE exclusion IS NULL AND started_at >= {start} AND started_at < {end}))
SELECT deflected AS numerator, deflected + failed + assisted.n AS denominator, denominator AS n, deflected / denominator AS value,
  escalated AS n_escalated, failed AS n_failed, assisted.n AS n_assisted FROM sessions, assisted
"""
_DAYS_WORKED = "SELECT count(DISTINCT (agent_id, work_date)) AS value, value AS n FROM agent_time WHERE logged_s > 0 AND work_date >= {first} AND work_date < {day}"
_VERBATIMS = """
SELECT count(DISTINCT survey_id) FILTER (commented) AS numerator, count(DISTINCT survey_id) AS denominator, denominator AS n, numerator / n AS value
FROM survey_facts WHERE exclusion IS NULL AND responded_at >= {start} AND responded_at < {end}
"""
_BACKLOG = """
SELECT sum(n) AS value, sum(n) AS n, map_from_entries(list((status, n))) AS by_status
FROM (SELECT status, count(*) AS n FROM ticket_states WHERE exclusion IS NULL AND unresolved AND from_at <= {at} AND to_at > {at} GROUP BY status)
"""
_AGES = """
SELECT key, count(*) AS value, count(*) AS n
FROM (SELECT CASE WHEN created_at > {at} - INTERVAL 1 DAY THEN '0-1d' WHEN created_at > {at} - INTERVAL 3 DAY THEN '1-3d' WHEN created_at > {at} - INTERVAL 7 DAY THEN '3-7d'
    WHEN created_at > {at} - INTERVAL 14 DAY THEN '7-14d' WHEN created_at > {at} - INTERVAL 30 DAY THEN '14-30d' ELSE '30d+' END AS key
  FROM ticket_states WHERE exclusion IS NULL AND unresolved AND from_at <= {at} AND to_at > {at})
GROUP BY GROUPING SETS ((key), ())
"""
_SOLD = "order_line_facts WHERE exclusion IS NULL AND decision = 'approved' AND received_at <= {at} AND decided_at >= {start} AND decided_at < {end}"
_TOP = (
    f"SELECT product_id AS key, count(*) AS n, sum(amount_eur) AS value, sum(quantity) AS quantity, value / sum(sum(amount_eur)) OVER () AS share FROM {_SOLD} AND product_id IS NOT NULL GROUP BY product_id ORDER BY value DESC, key LIMIT 10",
    f"SELECT count(product_id) AS n, sum(amount_eur) AS value FROM {_SOLD}",
)
_KEPT = """
SELECT *, numerator / denominator AS value, denominator AS n
FROM (SELECT count(*) FILTER (churned_at IS NULL OR churned_at >= {end} OR churned_at > {at}) AS numerator, count(*) AS denominator
  FROM customers WHERE acquired_at <= {at} AND acquired_at < {start} AND (churned_at IS NULL OR churned_at >= {start}))
"""
_FRT_MEAN = (
    f"SELECT count(x) AS n, sum(x) AS sum, avg(x) AS value, var_samp(x) AS variance, count(*) FILTER (first_response_s < 0) AS n_invalid FROM (SELECT first_response_s, CASE WHEN first_response_s >= 0 THEN first_response_s END AS x FROM ticket_facts WHERE {_WRITTEN} AND first_response_at >= {{start}} AND first_response_at < {{end}})",
    _WAITING,
)


def _clock(metric: str) -> tuple[str, str]:
    standing = f"exclusion IS NULL AND metric = '{metric}' AND from_at <= {{at}} AND to_at > {{at}}"
    late = "coalesce(breach_known_at <= {at}, false)"
    return (
        f"SELECT *, numerator / denominator AS value, denominator AS n FROM (SELECT count(*) FILTER (phase = 'done' AND NOT {late}) AS numerator, count(*) FILTER (phase = 'done' OR {late}) AS denominator, count(*) FILTER (phase <> 'done' AND {late}) AS n_breached_open FROM sla_clocks WHERE {standing} AND due_at >= {{start}} AND due_at < {{end}} AND due_at <= {{at}})",
        f"SELECT count(*) FILTER (phase = 'paused') AS n_paused, count(*) FILTER (phase = 'done' AND due_at > {{at}}) AS n_achieved_not_due, count(*) FILTER (phase = 'running') AS n_open FROM sla_clocks WHERE {standing} AND settles_at > {{at}} AND NOT {late}",
    )


def _worked(numerator: str, denominator: str) -> tuple[str, ...]:
    """A ratio of sums, with what its linearised interval is made of."""
    return (
        f"SELECT sum(a) AS numerator, sum(b) AS denominator, sum(a) / sum(b) AS value, count(agent_id) AS n, sum(a * a) AS aa, sum(a * b) AS ab, sum(b * b) AS bb FROM (SELECT agent_id, sum({numerator}) AS a, sum({denominator}) AS b FROM agent_time WHERE work_date >= {{first}} AND work_date < {{day}} GROUP BY agent_id)",
    )


STATEMENTS: dict[str, tuple[str, ...]] = {
    "resolution_time_km_median": (_KAPLAN_MEIER,),
    "product_trend": (_PRODUCTS,),
    "orders_growth": (_ORDERS,),
    "top_products": _TOP,
    "retention_rate": (_KEPT,),
    "backlog_age_distribution": (_AGES,),
    "handling_cost_per_request": (_HANDLING_COST,),
    "deflection_rate": (_DEFLECTED,),
    "agent_days_worked": (_DAYS_WORKED,),
    "verbatim_rate": (_VERBATIMS,),
    "ticket_backlog": (_BACKLOG,),
    "frt_mean": _FRT_MEAN,
    "backlog_days_of_work": (_DAYS_OF_WORK,),
    "estimated_wait_time": _ESTIMATE,
    "servqual_dimension_score": (_SCORES,),
    "servqual_overall": (_OVERALL,),
    "servqual_gap": (_GAPS,),
    "frt_median": _frt(0.5),
    "frt_p90": _frt(0.9),
    "order_processing_time_median": _PROCESSING,
    "resolution_time_median": _resolution(0.5),
    "resolution_time_p90": _resolution(0.9),
    "sla_first_response_rate": _clock("first_response"),
    "sla_resolution_rate": _clock("resolution"),
    "absenteeism_rate": _worked("absent_s", "scheduled_s"),
    "occupancy_rate": _worked("handling_s", "handling_s + available_s"),
    "utilisation_rate": _worked("handling_s", "paid_s"),
    "shrinkage_rate": _worked("scheduled_s - handling_s - available_s", "scheduled_s"),
}


def _resampled(rows: Sequence[Sequence[Any]]) -> Any:
    return bootstrap.mean_of_means(np.array(rows[0][1], np.float64))


def _tested(rows: Sequence[Sequence[Any]]) -> Any:
    current, previous = zip(*(row[1:3] for row in rows), strict=True)
    return comparison.count_ratio_tests(current, 1.0, previous, 1.0)


AFTER: dict[str, Callable[[Sequence[Sequence[Any]]], Any]] = {
    "servqual_overall": _resampled,
    "product_trend": _tested,
}
"""What is computed from the rows of the one statement, since the answer has it and SQL does not."""
