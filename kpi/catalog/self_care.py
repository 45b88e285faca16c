"""Self-service: found, solved, deflected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpi.catalog.common import CENSUS_EN, CENSUS_FR, CUSTOMER, S0, S2, STUDENT_EN, STUDENT_FR, WILSON_EN, WILSON_FR
from kpi.definition import Kpi
from kpi.measures import Distinct, Joined, Mean, Part, Ratio, Side, count
from kpi.measures.base import whole
from kpi.measures.joined import Sides
from kpi.model import Better, Figure, Unit
from kpi.statistics import intervals

_SESSIONS: dict[str, Any] = dict(
    dataset="sessions", time="started",
    population_en="visits to self-service tools, not excluded",
    population_fr="visites des outils de libre-service, non exclues",
    placed_by_en="start of the visit", placed_by_fr="début de la visite",
    dimensions=("tool", "request_type"), needs=("self_service_sessions",),
)  # fmt: skip

_BACKWARDS = "ended_at < started_at"
_MATURE = "(mature_at <= $as_of AND ended_at >= started_at)"
_FAILED = "COALESCE(NOT resolved, found_at IS NULL)"


def _deflection(sides: Sides, params: Mapping[str, Any]) -> Figure:
    """Deflected sessions among all requests: deflected and failed sessions, and those made to a person."""
    sessions = sides["sessions"]
    deflected, failed = whole(sessions["deflected"]), whole(sessions["failed"])
    assisted = whole(sides["tickets"]["assisted"])
    requests = deflected + failed + assisted
    return Figure(
        value=deflected / requests if requests else None,
        n=requests,
        numerator=deflected,
        denominator=requests,
        n_open=whole(sessions["open"]),
        n_invalid=whole(sessions["invalid"]),
        ci=intervals.wilson(deflected, requests) if requests else None,
        ci_method="Wilson" if requests else None,
        extra={"n_escalated": whole(sessions["escalated"]), "n_failed": failed, "n_assisted": assisted},
    )


KPIS = (
    Kpi(
        "self_service_users", **_SESSIONS, family="activity",
        en="Self-service users", fr="Clients utilisant le libre-service",
        measure=Distinct("visitor_id"), unit=Unit.COUNT, better=Better.HIGHER,
        meaning_en="Visitors who used self-service at least once.",
        meaning_fr="Visiteurs qui ont utilisé le libre-service au moins une fois.",
        formula_en="number of distinct visitors", formula_fr="nombre de visiteurs distincts",
        edges_en="A visitor who comes back, or who uses two tools, is one: periods and tools do not add up.",
        edges_fr="Un visiteur qui revient, ou qui utilise deux outils, ne compte qu'une fois : ni les périodes ni les "
                 "outils ne s'additionnent.",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR, sources=(S0,),
    ),
    Kpi(
        "self_service_time_to_find", **_SESSIONS, family="performance",
        en="Time to find", fr="Temps pour trouver l'information",
        measure=Mean("find_s"), spread="CASE WHEN find_s >= 0 THEN find_s END",
        unit=Unit.SECONDS, better=Better.LOWER,
        meaning_en="Average time from the start of a visit to the answer.",
        meaning_fr="Temps moyen entre le début d'une visite et la réponse trouvée.",
        formula_en="sum(answer found - start) / visits that found an answer",
        formula_fr="somme(réponse trouvée - début) / visites qui ont trouvé une réponse",
        edges_en="Visits that never found are not in the mean: always read with the success rate. An answer found "
                 "before the start is invalid; exactly 0 s is valid.",
        edges_fr="Les visites qui n'ont rien trouvé ne sont pas dans la moyenne : toujours à lire avec le taux de "
                 "succès. Une réponse trouvée avant le début est invalide ; 0 s est valide.",
        uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR, sources=(S0,),
    ),
    Kpi(
        "self_service_success_rate", **_SESSIONS, family="performance",
        en="Self-service success rate", fr="Taux de succès du libre-service",
        measure=Ratio("found_at IS NOT NULL", "ended_at IS NOT NULL"),
        unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of visits that found something.", meaning_fr="Part des visites qui ont trouvé une réponse.",
        formula_en="visits that found an answer / ended visits",
        formula_fr="visites qui ont trouvé une réponse / visites terminées",
        edges_en="Visits still running are left out. Found is not solved: deflection tells that.",
        edges_fr="Les visites en cours sont laissées de côté. Trouver n'est pas résoudre : la déviation le dit.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
    ),
    Kpi(
        "self_service_clicks_mean", **_SESSIONS, family="satisfaction",
        en="Clicks per self-service session", fr="Nombre de clics par session de libre-service",
        measure=Mean("clicks", missing="$x IS NULL"), unit=Unit.NUMBER, better=Better.LOWER,
        meaning_en="Objective effort: clicks that a visit takes.",
        meaning_fr="Effort objectif : nombre de clics que demande une visite.",
        formula_en="sum(clicks) / visits whose clicks are known",
        formula_fr="somme(clics) / visites dont les clics sont connus",
        edges_en="Never averaged with the effort that customers declare. Visits whose clicks are unknown are missing, "
                 "never 0.",
        edges_fr="Jamais mêlé à l'effort que les clients déclarent. Les visites dont les clics sont inconnus sont "
                 "manquantes, jamais 0.",
        uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR, sources=(S2,),
    ),
    Kpi(
        "deflection_rate", family="performance", dataset="sessions", time="started",
        en="Contact deflection rate", fr="Taux de déviation des contacts",
        measure=Joined(
            sides={
                "sessions": Side(
                    "sessions", time="started",
                    parts={
                        "deflected": count(f"{_MATURE} AND NOT escalated AND NOT {_FAILED}"),
                        "failed": count(f"{_MATURE} AND NOT escalated AND {_FAILED}"),
                        "escalated": count(f"{_MATURE} AND escalated"),
                        "open": count("NOT COALESCE(mature_at <= $as_of, FALSE)"),
                        "invalid": count(f"mature_at <= $as_of AND {_BACKWARDS}"),
                    },
                ),
                "tickets": Side("tickets", time="created", where=CUSTOMER, parts={"assisted": Part("COUNT(*)")}),
            },
            combine=_deflection,
        ),
        unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of all requests that self-service solved without a person.",
        meaning_fr="Part de toutes les demandes que le libre-service a résolues sans personne.",
        formula_en="deflected visits / (deflected visits + failed visits + customers' tickets created)",
        formula_fr="visites déviées / (visites déviées + visites échouées + demandes créées par les clients)",
        population_en="visits to self-service tools started in the period, and customers' tickets created in it, "
                      "neither excluded nor merged",
        population_fr="visites des outils de libre-service commencées dans la période et demandes des clients créées "
                      "dans la période, ni exclues ni fusionnées",
        placed_by_en="start of the visit, creation of the ticket",
        placed_by_fr="début de la visite, création de la demande",
        edges_en="A visit is escalated when it names a ticket, or when its customer opens one between its start and "
                 "24 h after its end, even after saying that it helped: only the ticket counts. It failed when the "
                 "visitor said so, or found nothing and said nothing; it is deflected otherwise. Visits that ended "
                 "less than 24 h ago are too recent.",
        edges_fr="Une visite est escaladée quand elle nomme une demande, ou quand son client en ouvre une entre son "
                 "début et 24 h après sa fin, même s'il a dit qu'elle l'avait aidé : seule la demande compte. Elle a "
                 "échoué quand le visiteur l'a dit, ou n'a rien trouvé ni rien dit ; sinon elle est déviée. Les "
                 "visites terminées depuis moins de 24 h sont trop récentes.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
        dimensions=("request_type",), needs=("self_service_sessions", "tickets"), sources=(S0,),
    ),
)  # fmt: skip
