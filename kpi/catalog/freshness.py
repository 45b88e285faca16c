"""How old the data are."""

from __future__ import annotations

from kpi.catalog.common import CENSUS_EN, CENSUS_FR, S4
from kpi.definition import Kpi
from kpi.measures import Freshness
from kpi.model import Better, Unit

KPIS = (
    Kpi(
        "data_freshness", family="stock",
        en="Data freshness", fr="Fraîcheur des données",
        dataset="imports", measure=Freshness(), unit=Unit.SECONDS, better=Better.LOWER,
        meaning_en="Age of the newest imported data.", meaning_fr="Âge des données importées les plus récentes.",
        formula_en="instant - newest instant covered by the imports",
        formula_fr="instant - instant le plus récent couvert par les imports",
        population_en="imports", population_fr="imports",
        placed_by_en="the instant", placed_by_fr="l'instant",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
        dimensions=("source",), needs=("imports",), sources=(S4,),
    ),
)  # fmt: skip
