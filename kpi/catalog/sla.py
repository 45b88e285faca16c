"""SLA: commitments kept, broken, and about to be broken. States are kept apart."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import CENSUS_EN, CENSUS_FR, MOVING_DIMENSIONS, S4, STANDING, WILSON_EN, WILSON_FR
from kpi.definition import Companion, Kpi, Param
from kpi.measures import Ratio, Stock
from kpi.model import Better, Unit

_BREACHED = "COALESCE(breach_known_at <= $as_of, FALSE)"
_LEFT_OFF = "CASE WHEN phase = 'done' THEN from_at ELSE $as_of END"


def _rate(metric: str) -> dict[str, Any]:
    where = f"metric = '{metric}' AND {STANDING}"
    return dict(
        family="performance", dataset="sla", time="due", where=where,
        measure=Ratio(
            numerator=f"NOT {_BREACHED}",
            denominator=f"phase = 'done' OR {_BREACHED}",
            extra=(("n_breached_open", f"phase <> 'done' AND {_BREACHED}"),),
        ),
        spread=f"CASE WHEN {_BREACHED} THEN EPOCH({_LEFT_OFF}) - EPOCH(due_at) END",
        companion=Companion(
            "sla",
            f"{where} AND settles_at > $as_of AND NOT {_BREACHED}",
            {
                "n_paused": "phase = 'paused'",
                "n_achieved_not_due": "phase = 'done' AND due_at > $as_of",
                "n_open": "phase = 'running'",
            },
        ),
        unit=Unit.RATIO, better=Better.HIGHER,
        formula_en="achieved / (achieved + breached)", formula_fr="tenus / (tenus + dépassés)",
        placed_by_en="due instant, once passed", placed_by_fr="échéance, une fois passée",
        edges_en="Elapsed equal to the target achieves. A late ticket still open is breached. What is not due yet is "
                 "not counted. The clock stops while waiting for the customer, resumes at a reopening, and follows "
                 "changes of priority or team; a breach is never erased.",
        edges_fr="Un temps égal à l'engagement est tenu. Une demande en retard encore ouverte est dépassée. Ce qui "
                 "n'est pas échu n'est pas compté. L'horloge s'arrête en attente du client, reprend à la réouverture "
                 "et suit les changements de priorité ou d'équipe ; un dépassement n'est jamais effacé.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
        dimensions=(*MOVING_DIMENSIONS, "policy_id", "hour", "weekday"), needs=("tickets", "sla_policies"),
        sources=(S4,),
    )  # fmt: skip


KPIS = (
    Kpi(
        "sla_first_response_rate", **_rate("first_response"),
        en="SLA, first response", fr="SLA de première réponse", acronym_en="SLA", acronym_fr="SLA",
        meaning_en="Share of first-response commitments kept.",
        meaning_fr="Part des engagements de première réponse tenus.",
        population_en="customers' written requests with a first-response commitment",
        population_fr="demandes écrites des clients ayant un engagement de première réponse",
    ),
    Kpi(
        "sla_resolution_rate", **_rate("resolution"),
        en="SLA, resolution", fr="SLA de résolution", acronym_en="SLA", acronym_fr="SLA",
        meaning_en="Share of resolution commitments kept.",
        meaning_fr="Part des engagements de résolution tenus.",
        population_en="customers' requests with a resolution commitment",
        population_fr="demandes des clients ayant un engagement de résolution",
    ),
    Kpi(
        "sla_at_risk", family="stock",
        en="At risk of breach", fr="En risque de dépassement",
        dataset="sla", where="metric = $metric",
        params=(Param("metric", "resolution", ("resolution", "first_response")),),
        measure=Stock(
            enters="at_risk_from_at", leaves="at_risk_to_at",
            enters_on="LOCAL_DATE(at_risk_from_at)", leaves_on="LOCAL_DATE(at_risk_to_at)",
        ),
        unit=Unit.COUNT, better=Better.LOWER,
        meaning_en="Open tickets that have used at least 75% of their time and are not late yet.",
        meaning_fr="Demandes ouvertes qui ont consommé au moins 75 % de leur temps sans être encore en retard.",
        formula_en="number of tickets with elapsed / target >= the policy's at-risk ratio",
        formula_fr="nombre de demandes dont temps écoulé / engagement >= le seuil de risque de l'engagement",
        population_en="customers' tickets with an applicable commitment, running",
        population_fr="demandes des clients ayant un engagement applicable, horloge en marche",
        placed_by_en="the instant", placed_by_fr="l'instant",
        edges_en="A paused ticket is never at risk; a breached one is counted as breached.",
        edges_fr="Une demande en pause n'est jamais en risque ; une demande dépassée est comptée comme telle.",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
        dimensions=(*MOVING_DIMENSIONS, "policy_id"), needs=("tickets", "sla_policies"), sources=(S4,),
    ),
)  # fmt: skip
