"""Work on requests: contacts, time and money each one takes."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import S2, S3, STANDING, STUDENT_EN, STUDENT_FR, TICKET_DIMENSIONS
from kpi.definition import Kpi
from kpi.measures import Mean
from kpi.model import Better, Unit

_RESOLVED: dict[str, Any] = dict(
    time="resolved", better=Better.LOWER,
    placed_by_en="final resolution", placed_by_fr="résolution finale",
    uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR,
)  # fmt: skip
_HANDLED: dict[str, Any] = dict(
    **_RESOLVED, family="productivity", dataset="ticket_handling",
    edges_en="All contacts of the request count, those after its resolution included, transfers and outbound calls "
             "too. A request without an answered contact, or with one that is not finished or not timed, is missing.",
    edges_fr="Tous les contacts de la demande comptent, y compris après sa résolution, transferts et appels sortants "
             "compris. Une demande sans contact traité, ou dont un contact n'est pas terminé ou pas mesuré, est "
             "manquante.",
)  # fmt: skip

KPIS = (
    Kpi(
        "contacts_per_resolution", **_RESOLVED, family="performance",
        en="Contacts per resolution", fr="Nombre d'échanges pour résoudre une demande",
        dataset="resolutions", where="reopened_at > $as_of",
        measure=Mean("contacts", invalid="FALSE", missing="$x IS NULL"),
        unit=Unit.NUMBER,
        meaning_en="How many contacts a request needed until it was solved.",
        meaning_fr="Combien d'échanges il a fallu pour résoudre une demande.",
        formula_en="sum(contacts up to the final resolution) / resolved requests",
        formula_fr="somme(échanges jusqu'à la résolution finale) / demandes résolues",
        population_en="all tickets neither excluded nor merged, resolved, whose final resolution is in the period",
        population_fr="toutes les demandes ni exclues ni fusionnées, résolues, dont la résolution finale tombe dans la "
                      "période",
        edges_en="Contacts are those that the source counts, else the inbound contacts linked to the request, "
                 "transfers left out and courtesy messages too. A request without any contact is missing, not 0.",
        edges_fr="Les échanges sont ceux que compte la source, sinon les contacts entrants rattachés à la demande, "
                 "sans les transferts ni les messages de courtoisie. Une demande sans aucun contact est manquante, et "
                 "non à 0.",
        dimensions=TICKET_DIMENSIONS, needs=("tickets",), sources=(S2, S3),
    ),
    Kpi(
        "handling_time_per_request", **_HANDLED,
        en="Handling time per request", fr="Durée moyenne de traitement d'une demande",
        where=STANDING, measure=Mean("handle_s", missing="$x IS NULL"), unit=Unit.SECONDS,
        spread="CASE WHEN handle_s >= 0 THEN handle_s END",
        meaning_en="Agents' time that a request takes over all its contacts.",
        meaning_fr="Temps des conseillers qu'une demande consomme sur l'ensemble de ses contacts.",
        formula_en="sum(talk + hold + wrap-up of the contacts of each request) / resolved requests",
        formula_fr="somme(conversation + mise en garde + post-appel des contacts de chaque demande) / demandes "
                   "résolues",
        population_en="all tickets neither excluded nor merged, resolved, whose final resolution is in the period, "
                      "with timed contacts",
        population_fr="toutes les demandes ni exclues ni fusionnées, résolues, dont la résolution finale tombe dans la "
                      "période, avec des contacts mesurés",
        dimensions=TICKET_DIMENSIONS, needs=("tickets", "interactions"), sources=(S2,),
    ),
    Kpi(
        "handling_cost_per_request", **_HANDLED,
        en="Handling cost per request", fr="Coût de traitement d'une demande",
        where=f"{STANDING} AND team.hourly_cost_eur IS NOT NULL",
        measure=Mean("handle_s * team.hourly_cost_eur / 3600", missing="$x IS NULL", whole=False), unit=Unit.EUROS,
        reads={"hourly_cost_eur": "team.hourly_cost_eur"},
        meaning_en="Labour cost of a request: what automating it would save.",
        meaning_fr="Coût du travail passé sur une demande : ce que son automatisation économiserait.",
        formula_en="sum(handling time in hours x hourly cost of the team) / resolved requests",
        formula_fr="somme(temps de traitement en heures x coût horaire de l'équipe) / demandes résolues",
        population_en="all tickets neither excluded nor merged, resolved, whose final resolution is in the period, "
                      "with timed contacts and a team of known hourly cost",
        population_fr="toutes les demandes ni exclues ni fusionnées, résolues, dont la résolution finale tombe dans la "
                      "période, avec des contacts mesurés et une équipe au coût horaire connu",
        dimensions=tuple(name for name in TICKET_DIMENSIONS if name != "agent_id"), collective=True,
        needs=("tickets", "interactions", "teams"), sources=(S2,),
    ),
)  # fmt: skip
