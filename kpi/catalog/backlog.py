"""Backlog: what is open at an instant, rebuilt with the attributes of that instant."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import CENSUS_EN, CENSUS_FR, MOVING_DIMENSIONS, S0, S2
from kpi.definition import Kpi
from kpi.measures import Stock, StockQuantile, StockShares
from kpi.model import Better, Unit

_BACKLOG: dict[str, Any] = dict(
    family="stock", dataset="ticket_states", where="unresolved", better=Better.LOWER,
    population_en="all tickets neither excluded nor merged, in status new, open, pending or on hold at the instant",
    population_fr="toutes les demandes ni exclues ni fusionnées, au statut nouveau, ouvert, en attente client ou en "
                  "attente tiers à l'instant",
    placed_by_en="the instant", placed_by_fr="l'instant",
    uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR, needs=("tickets",),
)  # fmt: skip
_DAYS = (1, 3, 7, 14, 30)


def _age_classes() -> tuple[tuple[str, str], ...]:
    """Age buckets of whole days of 86,400 s, [low, high)."""
    classes = []
    for low, high in zip((0, *_DAYS), (*_DAYS, None), strict=True):
        conditions = [f"created_at <= $instant - INTERVAL {low} DAY"]
        if high is not None:
            conditions.append(f"created_at > $instant - INTERVAL {high} DAY")
        name = f"{low}-{high}d" if high is not None else f"{low}d+"
        classes.append((name, " AND ".join(conditions)))
    return tuple(classes)


KPIS = (
    Kpi(
        "ticket_backlog", **_BACKLOG,
        en="Backlog", fr="Arriéré",
        measure=Stock(split_by="status"), unit=Unit.COUNT,
        meaning_en="Tickets open and unresolved at an instant, rebuilt exactly for any past instant.",
        meaning_fr="Demandes ouvertes et non résolues à un instant, reconstituées exactement pour tout instant passé.",
        formula_en="number of tickets whose status interval contains the instant and is unresolved",
        formula_fr="nombre de demandes dont l'intervalle de statut contient l'instant et n'est pas résolu",
        edges_en="Counted at its creation and reopening instants, no longer at its resolution instant. Waiting for "
                 "the customer or for a third party is backlog. A merged ticket never is: its survivor is.",
        edges_fr="Comptée à l'instant de sa création et de sa réouverture, plus à celui de sa résolution. En attente "
                 "du client ou d'un tiers, elle est dans l'arriéré. Une demande fusionnée n'y est jamais.",
        dimensions=(*MOVING_DIMENSIONS, "status"), sources=(S0, S2),
    ),
    Kpi(
        "backlog_age_median", **_BACKLOG,
        en="Median backlog age", fr="Âge médian de l'arriéré",
        measure=StockQuantile("EPOCH($instant) - EPOCH(created_at)", 0.5), unit=Unit.SECONDS,
        spread="EPOCH($instant) - EPOCH(created_at)",
        meaning_en="How long the tickets now open have been open.",
        meaning_fr="Depuis combien de temps sont ouvertes les demandes en cours.",
        formula_en="median (type 7) of instant - creation over the backlog",
        formula_fr="médiane (type 7) de instant - création sur l'arriéré",
        edges_en="Age runs from the original creation, even after a reopening, in calendar time.",
        edges_fr="L'âge court depuis la création d'origine, même après une réouverture, en temps calendaire.",
        dimensions=(*MOVING_DIMENSIONS, "status"), sources=(S0,),
    ),
    Kpi(
        "backlog_age_distribution", **_BACKLOG,
        en="Backlog by age", fr="Arriéré par âge",
        measure=StockShares(_age_classes()), unit=Unit.COUNT,
        meaning_en="Backlog in buckets of age.",
        meaning_fr="Arriéré par tranche d'âge.",
        formula_en="counts of instant - creation in days: [0, 1), [1, 3), [3, 7), [7, 14), [14, 30), [30, ...)",
        formula_fr="comptes de instant - création en jours : [0, 1), [1, 3), [3, 7), [7, 14), [14, 30), [30, ...)",
        edges_en="Days of exactly 86,400 s; empty buckets are shown with 0.",
        edges_fr="Jours de 86 400 s exactement ; les tranches vides sont montrées avec 0.",
        dimensions=(*MOVING_DIMENSIONS, "status"), sources=(S0,),
    ),
)  # fmt: skip
