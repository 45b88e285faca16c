"""Satisfaction: what customers answered, and how many did."""

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
from kpi.measures import Mean, Nps, Ratio, Shares
from kpi.model import Better, Unit

_ON_SCALE = "scale_min = 0 AND scale_max = 10 AND score BETWEEN 0 AND 10"
_ANSWERED: dict[str, Any] = dict(
    family="satisfaction", dataset="surveys", time="responded", survey=True,
    placed_by_en="answer", placed_by_fr="réponse",
    dimensions=SURVEY_DIMENSIONS, needs=("surveys",),
)  # fmt: skip
_NPS: dict[str, Any] = dict(
    where="survey_type = 'nps'",
    population_en="answers to the recommendation question asked on 0 to 10",
    population_fr="réponses à la question de recommandation posée de 0 à 10",
    edges_en="Answers on another scale are not converted: they are counted as invalid. An empty answer is missing, "
             "never 0.",
    edges_fr="Les réponses sur une autre échelle ne sont pas converties : elles sont comptées invalides. Une réponse "
             "vide est manquante, jamais 0.",
)  # fmt: skip
_CSAT: dict[str, Any] = dict(
    where="survey_type = 'csat'",
    population_en="answers to satisfaction questions", population_fr="réponses aux questions de satisfaction",
    edges_en="One rule for all scales: yes on yes/no, 4-5 on 1-5, 6-7 on 1-7, 8-10 on 1-10 and 0-10 are satisfied. "
             "A score off its scale is invalid.",
    edges_fr="Une règle pour toutes les échelles : oui sur oui/non, 4-5 sur 1-5, 6-7 sur 1-7, 8-10 sur 1-10 et 0-10 "
             "sont satisfaits. Une note hors échelle est invalide.",
)  # fmt: skip

_DECLARED = "scale_min = 0 AND scale_max = 1 AND score_share IS NOT NULL"

KPIS = (
    Kpi(
        "nps", **_ANSWERED, **_NPS,
        en="Net Promoter Score", fr="Net Promoter Score", acronym_en="NPS", acronym_fr="NPS",
        measure=Nps(_ON_SCALE), unit=Unit.NPS, better=Better.HIGHER,
        meaning_en="Promoters minus detractors.", meaning_fr="Promoteurs moins détracteurs.",
        formula_en="100 x (promoters 9-10 - detractors 0-6) / answers",
        formula_fr="100 x (promoteurs 9-10 - détracteurs 0-6) / réponses",
        uncertainty_en="95% adjusted-Wald interval", uncertainty_fr="intervalle de Wald ajusté à 95 %",
        sources=(S0, S1, S2, S4),
    ),
    Kpi(
        "nps_distribution", **_ANSWERED, **_NPS,
        en="NPS breakdown", fr="Promoteurs, passifs, détracteurs",
        measure=Shares(
            (
                ("promoter", "score >= 9"),
                ("passive", "score >= 7 AND score < 9"),
                ("detractor", "score < 7"),
            ),
            among=_ON_SCALE,
            missing="score IS NULL",
            invalid=f"score IS NOT NULL AND NOT ({_ON_SCALE})",
        ),
        unit=Unit.RATIO, better=Better.CONTEXT,
        meaning_en="The three shares behind the NPS.", meaning_fr="Les trois parts derrière le NPS.",
        formula_en="promoters / answers, passives / answers, detractors / answers",
        formula_fr="promoteurs / réponses, passifs / réponses, détracteurs / réponses",
        uncertainty_en=f"{WILSON_EN} of each share", uncertainty_fr=f"{WILSON_FR} de chaque part",
        sources=(S0, S1, S2),
    ),
    Kpi(
        "csat_rate", **_ANSWERED, **_CSAT,
        en="Satisfied customers", fr="Clients satisfaits", acronym_en="CSAT", acronym_fr="CSAT",
        measure=Ratio(
            numerator=f"{SATISFACTION} >= 0.75", denominator="score_share IS NOT NULL",
            missing="score IS NULL", invalid=OFF_SCALE,
        ),
        unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of answers in the top quarter of the scale.",
        meaning_fr="Part des réponses dans le quart haut de l'échelle.",
        formula_en="answers with (score - min) / (max - min) >= 0.75 / answers",
        formula_fr="réponses avec (note - min) / (max - min) >= 0,75 / réponses",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR, sources=(S0, S2, S4),
    ),
    Kpi(
        "csat_mean", **_ANSWERED, **_CSAT,
        en="Satisfaction score", fr="Note de satisfaction", acronym_en="CSAT", acronym_fr="CSAT",
        measure=Mean(
            f"100 * ({SATISFACTION})", valid="score_share IS NOT NULL", invalid=OFF_SCALE,
            missing="score IS NULL", high=100.0, whole=False,
        ),
        unit=Unit.SCORE, better=Better.HIGHER,
        meaning_en="Mean score on a common scale from 0 to 100.",
        meaning_fr="Note moyenne sur une échelle commune de 0 à 100.",
        formula_en="mean of 100 x (score - min) / (max - min)",
        formula_fr="moyenne de 100 x (note - min) / (max - min)",
        uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR, sources=(S0, S2),
    ),
    Kpi(
        "fcr_rate_surveyed", **_ANSWERED, where="survey_type = 'fcr'",
        en="First contact resolution, declared", fr="Résolution au premier contact déclarée",
        acronym_en="declared FCR", acronym_fr="FCR déclaré",
        measure=Ratio(
            numerator=f"{SATISFACTION} = 1", denominator=_DECLARED,
            missing="score IS NULL", invalid=f"score IS NOT NULL AND NOT ({_DECLARED})",
        ),
        unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of customers who say that their problem was solved at once.",
        meaning_fr="Part des clients qui disent que leur problème a été résolu du premier coup.",
        formula_en="yes / answers", formula_fr="oui / réponses",
        population_en="answers, yes or no, to the question whether the first contact solved the problem",
        population_fr="réponses, oui ou non, à la question de savoir si le premier contact a résolu le problème",
        edges_en="Shown beside the measured first contact resolution, never mixed with it. Answers on another scale "
                 "than yes or no are invalid; an empty answer is missing, never a no.",
        edges_fr="Montrée à côté de la résolution au premier contact mesurée, jamais mélangée avec elle. Les réponses "
                 "sur une autre échelle que oui ou non sont invalides ; une réponse vide est manquante, jamais un non.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR, sources=(S0,),
    ),
    Kpi(
        "survey_response_rate", family="satisfaction", dataset="surveys", time="sent", where="is_invitation",
        en="Survey response rate", fr="Taux de réponse aux enquêtes",
        measure=Ratio(
            numerator="invitation_responded_at <= sent_at + INTERVAL 14 DAY",
            denominator="sent_at + INTERVAL 14 DAY <= $as_of",
            open="sent_at + INTERVAL 14 DAY > $as_of",
        ),
        unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of invitations answered within 14 days: the fewer answer, the less the scores say.",
        meaning_fr="Part des invitations répondues sous 14 jours : moins on répond, moins les notes en disent.",
        formula_en="invitations answered within 14 days / invitations at least 14 days old",
        formula_fr="invitations répondues sous 14 jours / invitations vieilles d'au moins 14 jours",
        population_en="survey invitations, not excluded", population_fr="invitations à une enquête, non exclues",
        placed_by_en="sending", placed_by_fr="envoi",
        edges_en="Late answers stay in the scores but not in this rate.",
        edges_fr="Les réponses tardives restent dans les notes mais pas dans ce taux.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
        dimensions=SURVEY_DIMENSIONS, needs=("surveys",), sources=(S0,),
    ),
)  # fmt: skip
