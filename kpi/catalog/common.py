"""Words and conditions that several KPIs share."""

from __future__ import annotations

from kpi.definition import Companion, Param

MOVING_DIMENSIONS = ("channel", "team_id", "site", "organisation", "agent_id", "request_type", "ticket_type",
                     "priority", "product")  # fmt: skip
TICKET_DIMENSIONS = (*MOVING_DIMENSIONS, "hour", "weekday")
CALL_DIMENSIONS = (
    "channel",
    "team_id",
    "site",
    "organisation",
    "agent_id",
    "request_type",
    "hour",
    "half_hour",
    "weekday",
)
SURVEY_DIMENSIONS = ("channel", "team_id", "site", "organisation", "agent_id", "request_type", "product")
ORDER_DIMENSIONS = (
    "channel",
    "priority",
    "team_id",
    "site",
    "organisation",
    "agent_id",
    "touchless",
    "customer_id",
)

CUSTOMER = "initiated_by = 'customer'"
WRITTEN = "channel NOT IN ('phone', 'click_to_talk')"
CUSTOMER_WRITTEN = f"{CUSTOMER} AND {WRITTEN}"
INBOUND_ROOT = "direction = 'inbound' AND parent_interaction_id IS NULL"
RECEIVED = f"voice AND {INBOUND_ROOT}"
OFFERED = (
    f"{RECEIVED} AND COALESCE(in_hours, TRUE) AND (outcome IS NULL OR outcome NOT IN ('selfcare', 'bot', 'dissuaded'))"
)
HANDLED = f"{RECEIVED} AND outcome = 'answered' AND completed_at <= $as_of"
QUEUED = "outcome IS NULL AND answered_at IS NULL"
PICKED_UP = "COALESCE(outcome, 'answered') = 'answered' AND answered_at IS NOT NULL"
"""Answered, or in progress."""
STANDING = "from_at <= $as_of AND to_at > $as_of"
SATISFACTION = "CASE WHEN higher_is_better THEN score_share ELSE 1 - score_share END"
"""Place of an answer on its scale, 1 being the best."""
OFF_SCALE = "score IS NOT NULL AND score_share IS NULL"

UNANSWERED = Companion(
    dataset="ticket_states",
    where=f"{CUSTOMER_WRITTEN} AND unresolved AND NOT answered AND {STANDING}",
    counts={"n_open": "TRUE"},
)
"""Requests that still wait for a first response: never averaged in, always shown beside."""

AGAINST = Param("against", "previous", ("previous", "last_year"))
AGAINST_EN = "Whole months are compared with as many months before, other periods with as many days before."
AGAINST_FR = "Des mois entiers sont comparés à autant de mois avant, les autres périodes à autant de jours avant."

WILSON_EN, WILSON_FR = "95% Wilson interval", "intervalle de Wilson à 95 %"
STUDENT_EN, STUDENT_FR = "95% Student interval of the mean", "intervalle de Student à 95 % de la moyenne"
ORDER_EN, ORDER_FR = "95% interval by order statistics", "intervalle à 95 % par statistiques d'ordre"
POISSON_EN, POISSON_FR = "95% interval of a count (Byar)", "intervalle à 95 % d'un comptage (Byar)"
TEST_EN, TEST_FR = "exact conditional binomial test", "test binomial conditionnel exact"
CENSUS_EN, CENSUS_FR = "none: everything is counted", "aucune : tout est compté"

S0 = "guide KPI service client"
S1 = "Eufonie, 2023"
S2 = "la-relation-client.com, 2021"
S3 = "Easiware, enquête 2016 auprès de 220 marques françaises"
S4 = "Esker / Citwell"
