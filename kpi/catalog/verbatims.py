"""What customers write and say."""

from __future__ import annotations

from kpi.catalog.common import S2, SURVEY_DIMENSIONS, WILSON_EN, WILSON_FR
from kpi.definition import Kpi, Param
from kpi.measures import DistinctRatio, Mix
from kpi.model import Better, Unit

KPIS = (
    Kpi(
        "verbatim_rate", family="satisfaction", dataset="surveys", time="responded",
        en="Verbatim rate", fr="Taux de verbatims",
        measure=DistinctRatio("survey_id", "commented"),
        unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of respondents who left a comment: a score measures, a verbatim explains.",
        meaning_fr="Part des répondants qui ont laissé un commentaire : une note mesure, un verbatim explique.",
        formula_en="answered surveys with a comment / answered surveys",
        formula_fr="enquêtes répondues avec un commentaire / enquêtes répondues",
        population_en="answered surveys, whatever the number of their questions",
        population_fr="enquêtes répondues, quel que soit le nombre de leurs questions",
        placed_by_en="answer", placed_by_fr="réponse",
        edges_en="A comment made of blanks only is none. A survey counts once, whichever question the comment is on.",
        edges_fr="Un commentaire fait de blancs n'en est pas un. Une enquête compte une fois, quelle que soit la "
                 "question sous laquelle se trouve le commentaire.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
        dimensions=SURVEY_DIMENSIONS, needs=("surveys",), sources=(S2,),
    ),
    Kpi(
        "topic_mention_rate", family="satisfaction", dataset="mentions", time="said", where="corpus = $corpus",
        en="Topic mention rate", fr="Fréquence des thèmes",
        acronym_en="text analytics", acronym_fr="speech / text analytics",
        measure=Mix("topic", overlapping=True), params=(Param("corpus", "comments", ("comments", "transcripts")),),
        unit=Unit.RATIO, better=Better.CONTEXT,
        meaning_en="Share of comments, or of transcripts, that mention a topic.",
        meaning_fr="Part des commentaires, ou des transcriptions, qui mentionnent un thème.",
        formula_en="documents with at least one keyword of the topic / documents",
        formula_fr="documents contenant au moins un mot-clé du thème / documents",
        population_en="comments of survey answers that are not blank, or transcripts of contacts",
        population_fr="commentaires non vides des réponses aux enquêtes, ou transcriptions de contacts",
        placed_by_en="answer to the survey, or entry of the contact in the queue",
        placed_by_fr="réponse à l'enquête, ou entrée du contact en file",
        edges_en="A document counts once a topic. Keywords are found as whole words, whatever the case, the accents "
                 "and the apostrophe; inflected forms have to be listed. Topics overlap: shares do not add up to "
                 "100%.",
        edges_fr="Un document compte une fois par thème. Les mots-clés sont cherchés en mots entiers, quels que soient "
                 "la casse, les accents et l'apostrophe ; les formes fléchies sont à lister. Les thèmes se "
                 "recouvrent : les parts ne font pas 100 %.",
        uncertainty_en=f"{WILSON_EN} of each topic", uncertainty_fr=f"{WILSON_FR} de chaque thème",
        dimensions=(*SURVEY_DIMENSIONS, "score_group"), needs=("topics",), sources=(S2,),
    ),
)  # fmt: skip
