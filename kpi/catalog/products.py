"""What is sold, and what is sold more."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import (
    AGAINST,
    AGAINST_EN,
    AGAINST_FR,
    CENSUS_EN,
    CENSUS_FR,
    ORDER_DIMENSIONS,
    S4,
    TEST_EN,
    TEST_FR,
)
from kpi.definition import Kpi, Minimum, Param
from kpi.measures import Growth, Ranking, decimal_sum
from kpi.model import Better, Unit

_SALES: dict[str, Any] = dict(
    family="finance", dataset="order_lines", time="decided", where="decision = 'approved'", better=Better.HIGHER,
    population_en="lines of approved orders, not excluded",
    population_fr="lignes des commandes approuvées, non exclues",
    placed_by_en="decision on the order", placed_by_fr="décision sur la commande",
    needs=("orders", "order_lines"), sources=(S4,),
)  # fmt: skip

KPIS = (
    Kpi(
        "top_products", **_SALES,
        en="Top products", fr="Meilleures ventes",
        measure=Ranking("product_id", "amount_eur", "quantity"), unit=Unit.EUROS, params=(Param("top", 10),),
        meaning_en="Products ranked by approved sales.",
        meaning_fr="Produits classés par montant des ventes approuvées.",
        formula_en="sum of the amounts of each product, with its quantity and its share of the whole",
        formula_fr="somme des montants de chaque produit, avec sa quantité et sa part de l'ensemble",
        edges_en="Rejected, cancelled and pending orders are out. Equal amounts are ordered by product. The total is "
                 "that of all products, shown or not.",
        edges_fr="Les commandes rejetées, annulées et en attente n'y sont pas. À montant égal, l'ordre est celui des "
                 "produits. Le total est celui de tous les produits, montrés ou non.",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
        dimensions=ORDER_DIMENSIONS,
    ),
    Kpi(
        "product_trend", **_SALES,
        en="Product trends", fr="Nouvelles tendances",
        measure=Growth(decimal_sum("quantity"), of="product_id", per_open_day=False), unit=Unit.RATIO,
        minimum=Minimum(
            10, "units in the previous period", "unités à la période précédente", of="previous", compared=False
        ),
        params=(AGAINST,), grains=(),
        meaning_en="Units of each product sold, against the period just before, of equal length, or a year earlier.",
        meaning_fr="Unités vendues de chaque produit, comparées à la période juste avant, de même durée, ou un an "
                   "plus tôt.",
        formula_en="(current - previous) / previous, in units of each product",
        formula_fr="(actuel - précédent) / précédent, en unités de chaque produit",
        edges_en=f"{AGAINST_EN} A product without sales before is new and has no change; one without sales now is "
                 "stopped.",
        edges_fr=f"{AGAINST_FR} Un produit sans vente avant est nouveau et n'a pas d'évolution ; un produit sans vente "
                 "actuelle est arrêté.",
        uncertainty_en=TEST_EN, uncertainty_fr=TEST_FR,
        dimensions=("product_id", "organisation"),
    ),
)  # fmt: skip
