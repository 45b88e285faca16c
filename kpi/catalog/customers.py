"""Customers kept."""

from __future__ import annotations

from kpi.catalog.common import S2, WILSON_EN, WILSON_FR
from kpi.definition import Kpi
from kpi.measures import Ratio
from kpi.model import Better, Grain, Unit

_LEFT_AT = "COALESCE(churned_at, TIMESTAMP '9999-12-31 00:00:00')"

KPIS = (
    Kpi(
        "retention_rate", family="satisfaction",
        en="Retention rate", fr="Taux de rétention",
        dataset="customers",
        measure=Ratio(
            numerator=f"{_LEFT_AT} >= $end OR {_LEFT_AT} > $as_of",
            denominator=f"$start <= $as_of AND acquired_at < $start AND {_LEFT_AT} >= $start",
        ),
        span=True, grains=(Grain.MONTH, Grain.QUARTER, Grain.YEAR),
        unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of the customers of the start of the period who are still customers at its end.",
        meaning_fr="Part des clients du début de la période qui sont encore clients à sa fin.",
        formula_en="customers active at the start and at the end / customers active at the start",
        formula_fr="clients actifs au début et à la fin / clients actifs au début",
        population_en="all customers", population_fr="tous les clients",
        placed_by_en="start and end of the period", placed_by_fr="début et fin de la période",
        edges_en="Active at an instant: won before it, and not gone before it. Customers won and lost inside the "
                 "period do not count, unlike in (end - new) / start. A period that is not over shows who has stayed "
                 "so far; one that has not begun shows nothing.",
        edges_fr="Actif à un instant : acquis avant, et pas encore parti. Les clients acquis et perdus dans la période "
                 "ne comptent pas, à la différence de (fin - nouveaux) / début. Une période non terminée montre qui "
                 "est resté jusque-là ; une période non commencée ne montre rien.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
        dimensions=("segment",), needs=("customers",), sources=(S2,),
    ),
)  # fmt: skip
