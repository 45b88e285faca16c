"""Targets met."""

from __future__ import annotations

from kpi.catalog.common import CENSUS_EN, CENSUS_FR, S2, S4
from kpi.definition import Kpi, Param
from kpi.display import COMPARE_FROM
from kpi.measures import Attainment
from kpi.model import Better, Grain, Unit

KPIS = (
    Kpi(
        "target_attainment_rate", family="finance",
        en="Target attainment", fr="Suivi des objectifs",
        dataset="imports", measure=Attainment(), span=True,
        unit=Unit.RATIO, better=Better.HIGHER, params=(Param("min_n", COMPARE_FROM), Param("kpi_values", ())),
        grains=(Grain.MONTH, Grain.QUARTER, Grain.YEAR),
        meaning_en="Share of the indicators with a target that meet it; each is met or missed, clearly or not.",
        meaning_fr="Part des indicateurs dotés d'un objectif qui l'atteignent ; chacun est atteint ou manqué, "
                   "nettement ou non.",
        formula_en="met / (met + missed)", formula_fr="atteints / (atteints + manqués)",
        population_en="indicators with a target in force on the last day of the period, on 30 cases or more",
        population_fr="indicateurs dotés d'un objectif en vigueur le dernier jour de la période, sur 30 cas ou plus",
        placed_by_en="each indicator's own period", placed_by_fr="la période de chaque indicateur",
        edges_en="Clear means that the whole interval is on one side of the target. Too few cases are neither met nor "
                 "missed. The target of the narrowest scope applies: priority, channel, reason, team, site, "
                 "organisation, then the whole. Norms, benchmarks and tolerances are not targets. An indicator that is"
                 " not known by team or organisation is left out of that breakdown.",
        edges_fr="Nettement veut dire que tout l'intervalle est d'un même côté de l'objectif. Trop peu de cas : ni "
                 "atteint ni manqué. L'objectif du périmètre le plus étroit s'applique : priorité, canal, motif, "
                 "équipe, site, organisation, puis l'ensemble. Normes, repères et tolérances ne sont pas des "
                 "objectifs. Un indicateur inconnu par équipe ou par organisation est laissé hors de cette "
                 "répartition.",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
        dimensions=("organisation", "team_id"), needs=("targets",), sources=(S4, S2),
    ),
)  # fmt: skip
