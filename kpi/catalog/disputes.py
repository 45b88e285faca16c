"""Disputes: how many, why, how long."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import (
    AGAINST,
    AGAINST_EN,
    AGAINST_FR,
    CENSUS_EN,
    CENSUS_FR,
    ORDER_DIMENSIONS,
    ORDER_EN,
    ORDER_FR,
    POISSON_EN,
    POISSON_FR,
    S4,
    STUDENT_EN,
    STUDENT_FR,
    TEST_EN,
    TEST_FR,
    WILSON_EN,
    WILSON_FR,
)
from kpi.definition import Companion, Kpi
from kpi.measures import Count, Growth, Mean, Mix, Part, Quantile, Ratio, Stock
from kpi.model import Better, Unit

_DISPUTES: dict[str, Any] = dict(
    dataset="disputes", dimensions=("cause", "team_id", "organisation", "customer_id"), needs=("disputes",),
    sources=(S4,),
)  # fmt: skip
_POPULATION: dict[str, Any] = dict(population_en="disputes not excluded", population_fr="litiges non exclus")
_AT_OPENING: dict[str, Any] = dict(time="opened", placed_by_en="opening", placed_by_fr="ouverture")
_TIME: dict[str, Any] = dict(
    family="performance", time="resolved", unit=Unit.SECONDS, better=Better.LOWER,
    companion=Companion("disputes", "resolved_at IS NULL", {"n_open": "TRUE"}),
    spread="CASE WHEN resolution_s >= 0 THEN resolution_s END",
    population_en="disputes not excluded, settled in the period",
    population_fr="litiges non exclus, réglés dans la période",
    placed_by_en="settlement", placed_by_fr="règlement",
    edges_en="A settlement before the opening is invalid. Open disputes have no value: they are counted beside.",
    edges_fr="Un règlement antérieur à l'ouverture est invalide. Les litiges en cours n'ont pas de valeur : ils sont "
             "comptés à côté.",
)  # fmt: skip
_MATURE_AT = "decided_at + INTERVAL 30 DAY"

KPIS = (
    Kpi(
        "disputes_open", family="stock", **_DISPUTES, **_POPULATION,
        en="Open disputes", fr="Litiges en cours",
        measure=Stock(enters="opened_at", leaves="open_to_at", enters_on="opened_on", leaves_on="open_to_on"),
        unit=Unit.COUNT, better=Better.LOWER,
        meaning_en="Disputes opened and not settled.", meaning_fr="Litiges ouverts et non réglés.",
        formula_en="number of disputes with opening <= instant, and not settled at the instant",
        formula_fr="nombre de litiges dont ouverture <= instant, et non réglés à l'instant",
        placed_by_en="the instant", placed_by_fr="l'instant",
        edges_en="A complaint is a ticket, a dispute contests an order or an invoice: they are never added.",
        edges_fr="Une réclamation est une demande, un litige conteste une commande ou une facture : ils ne "
                 "s'additionnent jamais.",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
    ),
    Kpi(
        "disputes_opened", family="activity", **_DISPUTES, **_POPULATION, **_AT_OPENING,
        en="Disputes opened", fr="Litiges ouverts",
        measure=Count(), unit=Unit.COUNT, better=Better.LOWER,
        meaning_en="Disputes opened in the period; the series shows how their number changes.",
        meaning_fr="Litiges ouverts pendant la période ; la série montre l'évolution de leur nombre.",
        formula_en="number of disputes", formula_fr="nombre de litiges",
        uncertainty_en=POISSON_EN, uncertainty_fr=POISSON_FR,
    ),
    Kpi(
        "dispute_resolution_time_mean", **_DISPUTES, **_TIME,
        en="Dispute resolution time, mean", fr="Temps de résolution des litiges, moyenne",
        measure=Mean("resolution_s"),
        meaning_en="Average time to settle a dispute.", meaning_fr="Temps moyen pour régler un litige.",
        formula_en="sum(settlement - opening) / settled disputes",
        formula_fr="somme(règlement - ouverture) / litiges réglés",
        uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR,
    ),
    Kpi(
        "dispute_resolution_time_median", **_DISPUTES, **_TIME,
        en="Dispute resolution time, median", fr="Temps de résolution des litiges, médiane",
        measure=Quantile("resolution_s", 0.5),
        meaning_en="Half of the disputes were settled faster.",
        meaning_fr="La moitié des litiges ont été réglés plus vite.",
        formula_en="median (type 7) of settlement - opening", formula_fr="médiane (type 7) de règlement - ouverture",
        uncertainty_en=ORDER_EN, uncertainty_fr=ORDER_FR,
    ),
    Kpi(
        "dispute_rate", family="finance",
        en="Dispute rate", fr="Taux de litige",
        dataset="orders", time="decided", where="decision = 'approved'",
        measure=Ratio(
            numerator=f"first_disputed_at <= {_MATURE_AT}",
            denominator=f"{_MATURE_AT} <= $as_of",
            open=f"{_MATURE_AT} > $as_of",
        ),
        unit=Unit.RATIO, better=Better.LOWER,
        meaning_en="Share of approved orders disputed within 30 days.",
        meaning_fr="Part des commandes approuvées contestées sous 30 jours.",
        formula_en="orders with a dispute opened within 30 days of the decision / approved orders",
        formula_fr="commandes ayant un litige ouvert sous 30 jours après la décision / commandes approuvées",
        population_en="orders not excluded, approved at least 30 days ago",
        population_fr="commandes non exclues, approuvées depuis au moins 30 jours",
        placed_by_en="decision", placed_by_fr="décision",
        edges_en="Younger orders wait (n_open). Several disputes on one order count once. A dispute without an order "
                 "belongs to none.",
        edges_fr="Les commandes plus récentes attendent (n_open). Plusieurs litiges sur une commande comptent une "
                 "fois. Un litige sans commande n'est rattaché à aucune.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
        dimensions=ORDER_DIMENSIONS, needs=("orders", "disputes"), sources=(S4,),
    ),
    Kpi(
        "dispute_causes", family="finance", **{**_DISPUTES, "dimensions": ("organisation", "team_id")}, **_AT_OPENING,
        en="Dispute causes", fr="Analyse des causes de litiges",
        measure=Mix("cause", cumulated=True), unit=Unit.RATIO, better=Better.CONTEXT,
        meaning_en="Causes of the disputes, the most frequent first, with their cumulated share (Pareto).",
        meaning_fr="Causes des litiges, de la plus fréquente à la plus rare, avec leur part cumulée (Pareto).",
        formula_en="disputes of the cause / disputes with a cause",
        formula_fr="litiges de la cause / litiges ayant une cause",
        population_en="disputes not excluded, opened in the period",
        population_fr="litiges non exclus, ouverts dans la période",
        edges_en="A dispute without a cause is missing.", edges_fr="Un litige sans cause est manquant.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
    ),
    Kpi(
        "disputes_growth", family="finance", **{**_DISPUTES, "dimensions": ("cause", "organisation")}, **_POPULATION,
        **_AT_OPENING,
        en="Disputes, change", fr="Évolution du nombre de litiges",
        measure=Growth(Part("COUNT(*)"), per_open_day=False), unit=Unit.RATIO, better=Better.LOWER,
        params=(AGAINST,), grains=(),
        meaning_en="Disputes opened against the period just before, of equal length, or a year earlier.",
        meaning_fr="Litiges ouverts, comparés à la période juste avant, de même durée, ou un an plus tôt.",
        formula_en="(current - previous) / previous", formula_fr="(actuel - précédent) / précédent",
        edges_en=f"{AGAINST_EN} Disputes open on closed days too: periods are compared as they are. Without disputes "
                 "before, there is no change to show.",
        edges_fr=f"{AGAINST_FR} Des litiges s'ouvrent aussi les jours fermés : les périodes sont comparées telles "
                 "quelles. Sans litige avant, il n'y a pas d'évolution à montrer.",
        uncertainty_en=TEST_EN, uncertainty_fr=TEST_FR,
    ),
)  # fmt: skip
