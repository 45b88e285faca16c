"""Names of KPIs where room is scarce: a card's title, a sentence. At most 32 characters in each language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from dashboard.i18n import _, language
from kpi.definition import Lang


def short_names() -> Mapping[str, str]:
    """KPI id -> short name, for the KPIs whose own name is too long."""
    return _names(language())


@lru_cache(maxsize=4)
def _names(lang: Lang) -> Mapping[str, str]:
    return {**_requests(), **_contacts(), **_customers(), **_orders(), **_work()}


def _requests() -> Mapping[str, str]:
    return {
        "frt_mean": _("First response, mean"),
        "frt_median": _("First response, median"),
        "frt_p90": _("First response, 90th pct"),
        "chat_frt_mean": _("First response in chat"),
        "tickets_awaiting_first_response": _("Awaiting first response"),
        "response_within_target_rate": _("Within promised time"),
        "resolution_time_mean": _("Resolution, mean"),
        "resolution_time_median": _("Resolution, median"),
        "resolution_time_p90": _("Resolution, 90th pct"),
        "resolution_time_km_median": _("Resolution, open ones included"),
        "fcr_rate": _("First contact resolution"),
        "contacts_per_resolution": _("Contacts per resolution"),
        "handling_time_per_request": _("Handling time per request"),
        "handling_cost_per_request": _("Handling cost per request"),
        "sla_first_response_rate": _("SLA, first response"),
        "sla_resolution_rate": _("SLA, resolution"),
        "sla_at_risk": _("At risk of breach"),
    }


def _contacts() -> Mapping[str, str]:
    return {
        "calls_in_hours": _("Calls in opening hours"),
        "calls_out_of_hours": _("Calls out of hours"),
        "service_level": _("Service level"),
        "average_handle_time": _("Average handle time"),
        "average_wait_time": _("Average wait, all callers"),
        "average_communication_time": _("Average communication"),
        "average_after_call_work": _("Average after-call work"),
        "call_conversion_rate": _("Call conversion rate"),
        "contact_channel_mix": _("Contacts by channel"),
        "customer_identification_rate": _("Customers identified"),
        "repeat_contact_reasons": _("Reasons of repeat contacts"),
        "selfcare_transfer_rate": _("Transfer to self-service"),
        "self_service_users": _("Self-service users"),
        "self_service_time_to_find": _("Time to find"),
        "self_service_success_rate": _("Self-service success"),
        "self_service_clicks_mean": _("Clicks per session"),
        "deflection_rate": _("Contact deflection rate"),
    }


def _customers() -> Mapping[str, str]:
    return {
        "nps": _("NPS"),
        "nps_distribution": _("NPS breakdown"),
        "csat_rate": _("Satisfaction (CSAT)"),
        "csat_mean": _("Satisfaction, mean score"),
        "fcr_rate_surveyed": _("First contact, declared"),
        "survey_response_rate": _("Survey response rate"),
        "ces_low_effort_rate": _("Low-effort share"),
        "servqual_dimension_score": _("SERVQUAL by dimension"),
        "servqual_gap": _("SERVQUAL gap"),
        "topic_mention_rate": _("Topic mention rate"),
    }


def _orders() -> Mapping[str, str]:
    return {
        "orders_pending": _("Orders pending"),
        "priority_orders_to_validate": _("Priority orders to validate"),
        "order_channel_mix": _("Orders by channel"),
        "order_processing_time_mean": _("Order processing, mean"),
        "order_processing_time_median": _("Order processing, median"),
        "order_sla_rate": _("Orders within SLA, share"),
        "orders_within_sla": _("Orders within SLA, count"),
        "order_cycle_time_mean": _("Order to delivery"),
        "orders_per_clerk_day": _("Orders per clerk-day"),
        "order_lines_per_clerk": _("Order lines per clerk"),
        "order_lines_mean": _("Lines per order"),
        "orders_growth": _("Orders, change"),
        "dispute_resolution_time_mean": _("Dispute resolution, mean"),
        "dispute_resolution_time_median": _("Dispute resolution, median"),
        "dispute_causes": _("Dispute causes"),
        "disputes_growth": _("Disputes, change"),
    }


def _work() -> Mapping[str, str]:
    return {
        "shrinkage_rate": _("Shrinkage"),
        "contacts_per_agent_day": _("Contacts per agent-day"),
    }
