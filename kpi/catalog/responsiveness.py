"""First response: how long customers wait for a person, and who still waits."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import (
    CENSUS_EN,
    CENSUS_FR,
    CUSTOMER,
    CUSTOMER_WRITTEN,
    MOVING_DIMENSIONS,
    ORDER_EN,
    ORDER_FR,
    S0,
    S2,
    S3,
    STUDENT_EN,
    STUDENT_FR,
    TICKET_DIMENSIONS,
    UNANSWERED,
    WILSON_EN,
    WILSON_FR,
    WRITTEN,
)
from kpi.definition import Companion, Kpi, Param
from kpi.measures import Mean, Quantile, Ratio, Stock
from kpi.model import Better, Unit

_CLOCK = Param(
    "clock",
    "calendar",
    ("calendar", "business"),
    sql={"calendar": "first_response_s", "business": "first_response_business_s"},
)
_INVALID = "first_response_s < 0"
_FRT: dict[str, Any] = dict(
    family="performance", dataset="tickets", time="first_response", where=CUSTOMER_WRITTEN,
    unit=Unit.SECONDS, better=Better.LOWER, params=(_CLOCK,), companion=UNANSWERED,
    spread="CASE WHEN first_response_s >= 0 THEN $clock END",
    population_en="customers' written requests (no phone, no click to talk), neither excluded nor merged, with a "
                  "first response in the period",
    population_fr="demandes écrites des clients (ni téléphone ni click to talk), ni exclues ni fusionnées, dont la "
                  "première réponse tombe dans la période",
    placed_by_en="first response", placed_by_fr="première réponse",
    edges_en="The first response is the first public reply by a person: automatic acknowledgements, bots and notes "
             "are not. A response before creation is invalid; exactly 0 s is valid. Unanswered requests have no "
             "value: they are counted beside.",
    edges_fr="La première réponse est la première réponse publique d'une personne : accusés de réception, robots et "
             "notes n'en sont pas. Une réponse antérieure à la création est invalide ; 0 s est valide. Les demandes "
             "sans réponse n'ont pas de valeur : elles sont comptées à côté.",
    dimensions=TICKET_DIMENSIONS, needs=("tickets",),
)  # fmt: skip

KPIS = (
    Kpi(
        "frt_mean", **_FRT,
        en="First response time, mean", fr="Délai de première réponse, moyenne",
        acronym_en="FRT", acronym_fr="FRT", measure=Mean("$clock", invalid=_INVALID),
        meaning_en="Average time from the customer's request to the first answer by a person.",
        meaning_fr="Temps moyen entre la demande du client et la première réponse d'une personne.",
        formula_en="sum(first response - creation) / number of first responses",
        formula_fr="somme(première réponse - création) / nombre de premières réponses",
        uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR, sources=(S0,),
    ),
    Kpi(
        "frt_median", **_FRT,
        en="First response time, median", fr="Délai de première réponse, médiane",
        acronym_en="FRT p50", acronym_fr="FRT p50", measure=Quantile("$clock", 0.5, invalid=_INVALID),
        meaning_en="Half of the customers had their first reply from a person within this time.",
        meaning_fr="La moitié des clients ont reçu leur première réponse d'une personne dans ce délai.",
        formula_en="median (type 7) of first response - creation",
        formula_fr="médiane (type 7) de première réponse - création",
        uncertainty_en=ORDER_EN, uncertainty_fr=ORDER_FR, sources=(S0,),
    ),
    Kpi(
        "frt_p90", **_FRT,
        en="First response time, 90th percentile", fr="Délai de première réponse, 90e centile",
        acronym_en="FRT p90", acronym_fr="FRT p90", measure=Quantile("$clock", 0.9, invalid=_INVALID),
        meaning_en="One first reply in ten took longer.",
        meaning_fr="Une première réponse sur dix a pris plus longtemps.",
        formula_en="90th percentile (type 7) of first response - creation",
        formula_fr="90e centile (type 7) de première réponse - création",
        uncertainty_en=ORDER_EN, uncertainty_fr=ORDER_FR, sources=(S0,),
    ),
    Kpi(
        "tickets_awaiting_first_response", family="stock",
        en="Awaiting first response", fr="Demandes sans première réponse",
        dataset="ticket_states", measure=Stock(),
        where=f"{CUSTOMER_WRITTEN} AND unresolved AND NOT answered",
        unit=Unit.COUNT, better=Better.LOWER,
        meaning_en="Customers' requests that nobody has answered yet: the half that response times cannot see.",
        meaning_fr="Demandes auxquelles personne n'a encore répondu : la moitié que les délais ne voient pas.",
        formula_en="number of tickets", formula_fr="nombre de demandes",
        population_en="customers' written requests, unresolved and without a first response at the instant",
        population_fr="demandes écrites des clients, non résolues et sans première réponse à l'instant",
        placed_by_en="the instant", placed_by_fr="l'instant",
        edges_en="Automatic acknowledgements and bots' replies are not responses.",
        edges_fr="Les accusés de réception et les réponses de robots ne sont pas des réponses.",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
        dimensions=MOVING_DIMENSIONS, needs=("tickets",), sources=(S0, S2),
    ),
    Kpi(
        "response_within_target_rate", family="performance",
        en="Responses within the channel's promise", fr="Réponses dans le délai promis par canal",
        dataset="tickets", time="response_deadline",
        where=f"{CUSTOMER_WRITTEN} AND $threshold_of IS NOT NULL",
        measure=Ratio(
            numerator="first_response_at <= created_at + TO_SECONDS($threshold_of)",
            denominator="first_response_s IS NULL OR first_response_s >= 0",
            invalid=_INVALID,
        ),
        reads={"target_s": "$threshold_of"},
        companion=Companion("tickets", f"{CUSTOMER} AND {WRITTEN} AND $threshold_of IS NULL",
                            {"n_no_target": "TRUE"}, time="created"),
        unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of written requests answered within the time promised for their channel.",
        meaning_fr="Part des demandes écrites ayant reçu une réponse dans le délai promis pour leur canal.",
        formula_en="requests answered by creation + promise / requests whose deadline fell in the period",
        formula_fr="demandes répondues avant création + promesse / demandes dont l'échéance tombe dans la période",
        population_en="customers' written requests whose channel has a promise, deadline already passed",
        population_fr="demandes écrites des clients dont le canal a une promesse, échéance déjà passée",
        placed_by_en="deadline (creation + promise, calendar clock)",
        placed_by_fr="échéance (création + promesse, temps calendaire)",
        edges_en="Overdue and unanswered is a failure; a deadline still ahead is not counted, answered or not.",
        edges_fr="Échéance passée sans réponse : échec ; échéance à venir : non comptée, répondue ou non.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
        dimensions=TICKET_DIMENSIONS, needs=("tickets", "targets"), sources=(S3,),
    ),
)  # fmt: skip
