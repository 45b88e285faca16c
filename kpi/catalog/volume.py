"""Activity: what came in, what went out, what came back."""

from __future__ import annotations

from kpi.catalog.common import (
    CUSTOMER,
    POISSON_EN,
    POISSON_FR,
    S0,
    S2,
    TICKET_DIMENSIONS,
)
from kpi.definition import Kpi
from kpi.measures import Count
from kpi.model import Better, Unit

KPIS = (
    Kpi(
        "tickets_created", family="activity",
        en="Tickets created", fr="Demandes reçues",
        dataset="tickets", time="created", where=CUSTOMER, measure=Count(),
        unit=Unit.COUNT, better=Better.CONTEXT,
        meaning_en="Customer requests received in the period.",
        meaning_fr="Demandes des clients reçues pendant la période.",
        formula_en="number of tickets", formula_fr="nombre de demandes",
        population_en="tickets opened by customers, neither excluded nor merged",
        population_fr="demandes ouvertes par les clients, ni exclues ni fusionnées",
        placed_by_en="creation", placed_by_fr="création",
        edges_en="A ticket merged later leaves the count. Tickets opened by agents or by systems are not demand.",
        edges_fr="Une demande fusionnée plus tard quitte le compte. Les demandes ouvertes par les conseillers ou "
                 "par un système ne sont pas de la demande.",
        uncertainty_en=POISSON_EN, uncertainty_fr=POISSON_FR,
        dimensions=TICKET_DIMENSIONS, needs=("tickets",), sources=(S0, S2),
    ),
    Kpi(
        "tickets_resolved", family="activity",
        en="Tickets resolved", fr="Demandes résolues",
        dataset="ticket_states", time="entered", where="entered = 'resolved'", measure=Count(),
        unit=Unit.COUNT, better=Better.CONTEXT,
        meaning_en="Work done: passages from an unresolved to a resolved status.",
        meaning_fr="Travail accompli : passages d'un statut non résolu à un statut résolu.",
        formula_en="number of resolution events", formula_fr="nombre d'événements de résolution",
        population_en="tickets neither excluded nor merged",
        population_fr="demandes ni exclues ni fusionnées",
        placed_by_en="resolution", placed_by_fr="résolution",
        edges_en="A ticket resolved, reopened and resolved again counts twice: the flow of the backlog needs it. "
                 "Closing a solved ticket is not a resolution.",
        edges_fr="Une demande résolue, rouverte puis résolue compte deux fois : le flux de l'arriéré l'exige. "
                 "Clore une demande résolue n'est pas une résolution.",
        uncertainty_en=POISSON_EN, uncertainty_fr=POISSON_FR,
        dimensions=TICKET_DIMENSIONS, needs=("tickets",), sources=(S2,),
    ),
    Kpi(
        "tickets_reopened", family="activity",
        en="Tickets reopened", fr="Demandes rouvertes",
        dataset="ticket_states", time="entered", where="entered = 'reopened'", measure=Count(),
        unit=Unit.COUNT, better=Better.LOWER,
        meaning_en="Passages from solved or closed back to an unresolved status.",
        meaning_fr="Passages de résolu ou clos à un statut non résolu.",
        formula_en="number of reopening events", formula_fr="nombre d'événements de réouverture",
        population_en="tickets neither excluded nor merged",
        population_fr="demandes ni exclues ni fusionnées",
        placed_by_en="reopening", placed_by_fr="réouverture",
        uncertainty_en=POISSON_EN, uncertainty_fr=POISSON_FR,
        dimensions=TICKET_DIMENSIONS, needs=("tickets", "ticket_events"),
    ),
)  # fmt: skip
