"""Effort and service quality: CES, SERVQUAL."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import (
    OFF_SCALE,
    S0,
    S1,
    S2,
    S4,
    SATISFACTION,
    STUDENT_EN,
    STUDENT_FR,
    SURVEY_DIMENSIONS,
    WILSON_EN,
    WILSON_FR,
)
from kpi.definition import Kpi
from kpi.measures import ClassMeans, Mean, MeanOfMeans, Ratio
from kpi.model import Better, Unit

_ANSWERED: dict[str, Any] = dict(
    family="satisfaction", dataset="surveys", time="responded", survey=True,
    placed_by_en="answer", placed_by_fr="réponse",
    dimensions=SURVEY_DIMENSIONS, needs=("surveys",),
)  # fmt: skip

_WIDTH = "(scale_max - scale_min)"
_FROM_EASIEST = "(CASE WHEN higher_is_better THEN scale_max - score ELSE score - scale_min END)"
_CES: dict[str, Any] = dict(
    **_ANSWERED, where="survey_type = 'ces'",
    population_en="answers to effort questions", population_fr="réponses aux questions d'effort",
    edges_en="Effort is read on 1 (very little) to 7 (a lot): agreement with \"it was easy\" is turned round, other "
             "scales are stretched. A score off its scale is invalid; an empty answer is missing, never 0.",
    edges_fr="L'effort se lit de 1 (très peu) à 7 (beaucoup) : l'accord avec « c'était facile » est retourné, les "
             "autres échelles sont étirées. Une note hors échelle est invalide ; une réponse vide est manquante, "
             "jamais 0.",
)  # fmt: skip

DIMENSIONS = ("responsiveness", "reliability", "assurance", "tangibles", "empathy")
_PERCEIVED = "component = 'perception'"


_SHARE = f"100 * ({SATISFACTION})"
_PERCEPTION, _EXPECTATION = (
    f"FAVG({_SHARE}) FILTER (WHERE component = '{component}')" for component in ("perception", "expectation")
)
"""Mean of a respondent's items, 0 to 100."""
_PERCEPTIONS = tuple(f"FAVG({_SHARE}) FILTER (WHERE dimension = '{name}')" for name in DIMENSIONS)
_MISSING = "(score IS NULL OR (dimension IS NULL AND score_share IS NOT NULL))"
"""An answer that names none of the five dimensions is missing from all of them."""
_QUALITY: dict[str, Any] = dict(
    **_ANSWERED, where="survey_type = 'servqual'", better=Better.HIGHER, sources=(S1,),
)  # fmt: skip
_PERCEPTION_ALONE: dict[str, Any] = {**_QUALITY, "where": f"survey_type = 'servqual' AND {_PERCEIVED}"} | dict(
    population_en="answers to SERVQUAL questions about what was perceived",
    population_fr="réponses aux questions SERVQUAL sur ce qui a été perçu",
)  # fmt: skip

KPIS = (
    Kpi(
        "ces_mean", **_CES,
        en="Customer effort score", fr="Score d'effort client", acronym_en="CES", acronym_fr="CES",
        measure=Mean(
            f"1 + 6 * {_FROM_EASIEST} / {_WIDTH}", valid="score_share IS NOT NULL", invalid=OFF_SCALE,
            missing="score IS NULL", low=1.0, high=7.0, whole=False,
        ),
        unit=Unit.NUMBER, better=Better.LOWER,
        meaning_en="Effort that customers say they made, from 1, very little, to 7, a lot.",
        meaning_fr="Effort que les clients disent avoir fourni, de 1, très peu, à 7, beaucoup.",
        formula_en="mean of 1 + 6 x share, share = (score - min) / (max - min), turned round when high is good",
        formula_fr="moyenne de 1 + 6 x part, part = (note - min) / (max - min), retournée quand une note haute est "
                   "bonne",
        uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR, sources=(S0, S2, S4),
    ),
    Kpi(
        "ces_low_effort_rate", **_CES,
        en="Low-effort share", fr="Part de clients à faible effort",
        measure=Ratio(
            numerator=f"3 * {_FROM_EASIEST} <= {_WIDTH}", denominator="score_share IS NOT NULL",
            missing="score IS NULL", invalid=OFF_SCALE,
        ),
        unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of answers with an effort of at most 3 on 7, which is 5 to 7 of 7 on an \"easy\" scale.",
        meaning_fr="Part des réponses dont l'effort est d'au plus 3 sur 7, soit 5 à 7 sur 7 sur une échelle "
                   "« facile ».",
        formula_en="answers with effort <= 3 / answers", formula_fr="réponses dont l'effort est <= 3 / réponses",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
    ),
    Kpi(
        "servqual_dimension_score", **_PERCEPTION_ALONE,
        en="SERVQUAL score by dimension", fr="Score SERVQUAL par dimension",
        acronym_en="SERVQUAL", acronym_fr="SERVQUAL",
        measure=ClassMeans(
            "survey_id", "dimension", DIMENSIONS, f"FAVG({_SHARE})", 0.0, 100.0,
            among="score_share IS NOT NULL", missing=_MISSING, invalid=OFF_SCALE,
        ),
        unit=Unit.SCORE,
        meaning_en="Perceived quality on the five dimensions of SERVQUAL: responsiveness, reliability, assurance, "
                   "tangibles, empathy.",
        meaning_fr="Qualité perçue sur les cinq dimensions de SERVQUAL : réactivité, fiabilité, assurance, éléments "
                   "tangibles, empathie.",
        formula_en="mean over respondents of each one's mean of the dimension, on 0 to 100",
        formula_fr="moyenne sur les répondants de la moyenne de chacun pour la dimension, de 0 à 100",
        edges_en="All scales are put on 0 to 100: 1 to 10 and \"strongly disagree\" to \"strongly agree\" alike. A "
                 "respondent weighs the same whatever the number of questions. A score off its scale is invalid; an "
                 "empty answer is missing, never 0.",
        edges_fr="Toutes les échelles sont ramenées de 0 à 100 : de 1 à 10 comme de « pas du tout d'accord » à « tout "
                 "à fait d'accord ». Un répondant pèse autant quel que soit le nombre de questions. Une note hors "
                 "échelle est invalide ; une réponse vide est manquante, jamais 0.",
        uncertainty_en=f"{STUDENT_EN} of each dimension", uncertainty_fr=f"{STUDENT_FR} de chaque dimension",
    ),
    Kpi(
        "servqual_overall", **_PERCEPTION_ALONE,
        en="SERVQUAL overall", fr="Score SERVQUAL global", acronym_en="SERVQUAL", acronym_fr="SERVQUAL",
        measure=MeanOfMeans(
            "survey_id", _PERCEPTIONS, among="score_share IS NOT NULL", missing=_MISSING, invalid=OFF_SCALE,
        ),
        unit=Unit.SCORE,
        meaning_en="The five dimensions of SERVQUAL in one score, each with the same weight.",
        meaning_fr="Les cinq dimensions de SERVQUAL en un seul score, chacune de même poids.",
        formula_en="mean of the five dimension scores", formula_fr="moyenne des cinq scores de dimension",
        edges_en="Without any answer to one dimension there is no overall score. Importance weights are not used: "
                 "nobody measured them.",
        edges_fr="Sans aucune réponse à une dimension, il n'y a pas de score global. Aucun poids d'importance n'est "
                 "utilisé : personne ne les a mesurés.",
        uncertainty_en="95% percentile bootstrap by respondent, 2,000 draws with a fixed seed",
        uncertainty_fr="bootstrap par répondant à 95 % (percentiles), 2 000 tirages à graine fixe",
    ),
    Kpi(
        "servqual_gap", **_QUALITY,
        en="SERVQUAL gap", fr="Écart SERVQUAL perception - attente", acronym_en="SERVQUAL", acronym_fr="SERVQUAL",
        measure=ClassMeans(
            "survey_id", "dimension", DIMENSIONS, f"{_PERCEPTION} - {_EXPECTATION}", -100.0, 100.0,
            among="score_share IS NOT NULL", overall=True,
            missing="score IS NULL", invalid=OFF_SCALE,
        ),
        unit=Unit.NPS,
        meaning_en="What customers perceived minus what they expected: 0 is as expected, below is worse.",
        meaning_fr="Ce que les clients ont perçu moins ce qu'ils attendaient : 0 est conforme à l'attente, en dessous "
                   "c'est moins bien.",
        formula_en="mean over respondents of perception - expectation of each dimension; overall, mean of the five",
        formula_fr="moyenne sur les répondants de perception - attente de chaque dimension ; globalement, moyenne des "
                   "cinq",
        population_en="respondents who answered about both what they expected and what they perceived",
        population_fr="répondants qui ont répondu à la fois sur ce qu'ils attendaient et sur ce qu'ils ont perçu",
        edges_en="A survey about perceptions only (SERVPERF) has no gap. A score off its scale is invalid; an empty "
                 "answer is missing, never 0.",
        edges_fr="Une enquête sur les seules perceptions (SERVPERF) n'a pas d'écart. Une note hors échelle est "
                 "invalide ; une réponse vide est manquante, jamais 0.",
        uncertainty_en="95% Student interval of the mean difference, respondents paired, of each dimension",
        uncertainty_fr="intervalle de Student à 95 % de la différence moyenne, par répondant, de chaque dimension",
    ),
)  # fmt: skip
