"""Calls: answered, how fast, how long."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import (
    CALL_DIMENSIONS,
    HANDLED,
    OFFERED,
    PICKED_UP,
    QUEUED,
    S2,
    S3,
    S4,
    STANDING,
    STUDENT_EN,
    STUDENT_FR,
    WILSON_EN,
    WILSON_FR,
)
from kpi.definition import Kpi, Param, Variant
from kpi.measures import Mean, Ratio
from kpi.measures.base import both
from kpi.model import Better, Unit

_ABANDONED = "COALESCE(outcome, '') = 'abandoned'"
_DECIDED = f"NOT ({QUEUED}) AND (NOT {_ABANDONED} OR wait_s >= $short_abandon_s)"
_BACKWARDS = f"{_ABANDONED} AND wait_s < 0"
_UNDATED = f"{_ABANDONED} AND wait_s IS NULL"
_SHORT = Param("short_abandon_s", 5)
_PLACED: dict[str, Any] = dict(
    dataset="interactions", time="offered", placed_by_en="entry in the queue", placed_by_fr="entrée en file",
    dimensions=CALL_DIMENSIONS, needs=("interactions",),
)  # fmt: skip
_PRESENTED: dict[str, Any] = dict(
    **_PLACED, family="performance", where=OFFERED,
    population_en="inbound calls presented in opening hours, without the short abandons and the calls still queued",
    population_fr="appels entrants présentés pendant les heures d'ouverture, sans les abandons courts ni les appels "
                  "encore en file",
)  # fmt: skip
_CALLS: dict[str, Any] = dict(**_PRESENTED, unit=Unit.RATIO, uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR)
_WAIT: dict[str, Any] = dict(
    **_PLACED, family="performance", where=OFFERED, unit=Unit.SECONDS, better=Better.LOWER,
    uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR,
)  # fmt: skip
_WAITED = f"({PICKED_UP} OR ({_ABANDONED} AND wait_s >= $short_abandon_s))"


def _of_handled(x: str, finished: str = "TRUE") -> Mean:
    """Mean of `x` over what is finished and has all its times: the three durations share their contacts."""
    return Mean(
        x,
        valid=both(finished, "handle_s >= 0"),
        invalid=both(finished, "handle_s < 0"),
        missing=both(finished, "handle_s IS NULL"),
    )


def _of_contacts(x: str) -> dict[str, Any]:
    """By contact; by agent, each leg for itself."""
    legs = _of_handled(x, "outcome = 'answered' AND completed_at <= $as_of")
    return dict(
        measure=_of_handled(x),
        by_agent=Variant("direction = 'inbound' AND channel IN ($channels)", legs, dataset="interactions"),
        spread=x,
    )


_HANDLING: dict[str, Any] = dict(
    **{**_PLACED, "dataset": "handled_contacts"},
    family="productivity", where=f"{STANDING} AND channel IN ($channels)",
    params=(Param("channels", ("phone", "click_to_talk")),),
    unit=Unit.SECONDS, better=Better.CONTEXT,
    population_en="inbound calls answered and finished", population_fr="appels entrants décrochés et terminés",
    edges_en="The time of a call's transfer legs is added to it. By agent each leg goes to who handled it, so "
             "agents do not add up to the total. A missing time is missing, never 0. Never an individual target.",
    edges_fr="Le temps des transferts d'un appel lui est ajouté. Par conseiller, chaque partie revient à qui l'a "
             "traitée : les conseillers ne s'additionnent pas. Un temps manquant est manquant, jamais 0. Jamais "
             "un objectif individuel.",
    uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR,
)  # fmt: skip

KPIS = (
    Kpi(
        "answer_rate", **_CALLS,
        en="Answer rate", fr="Taux de décroché", better=Better.HIGHER,
        measure=Ratio(numerator=PICKED_UP, denominator=_DECIDED, missing=_UNDATED, invalid=_BACKWARDS),
        params=(_SHORT,),
        meaning_en="Share of presented calls that an agent picked up, however long it took.",
        meaning_fr="Part des appels présentés qu'un conseiller a décrochés, quel que soit le temps mis.",
        formula_en="answered / (offered - abandoned within 5 s - still queued)",
        formula_fr="décrochés / (présentés - abandonnés en moins de 5 s - encore en file)",
        edges_en="No time limit: the service level has one. Overflow, call-back and voicemail are in the denominator "
                 "only. A call still talking is answered.",
        edges_fr="Sans limite de temps : le niveau de service en a une. Débordement, rappel et messagerie sont au "
                 "dénominateur seulement. Un appel en conversation est décroché.",
        sources=(S2, S3, S4),
    ),
    Kpi(
        "abandon_rate", **_CALLS,
        en="Abandonment rate", fr="Taux d'abandon", better=Better.LOWER,
        measure=Ratio(numerator=_ABANDONED, denominator=_DECIDED, missing=_UNDATED, invalid=_BACKWARDS),
        params=(_SHORT,),
        meaning_en="Share of presented calls lost in the queue.",
        meaning_fr="Part des appels présentés perdus dans la file.",
        formula_en="abandoned after 5 s or more / (offered - abandoned within 5 s - still queued)",
        formula_fr="abandonnés après 5 s ou plus / (présentés - abandonnés en moins de 5 s - encore en file)",
        edges_en="It is 100% minus the answer rate only without overflow, call-back and voicemail.",
        edges_fr="Il vaut 100 % moins le taux de décroché seulement sans débordement, rappel ni messagerie.",
        sources=(S2,),
    ),
    Kpi(
        "handled_rate", **_CALLS,
        en="Quality-of-service rate", fr="Taux de qualité de service", acronym_fr="QS", better=Better.HIGHER,
        measure=Ratio(
            numerator=f"({PICKED_UP}) OR (outcome IN ('callback', 'voicemail') AND called_back_at IS NOT NULL)",
            denominator=_DECIDED,
            missing=_UNDATED,
            invalid=_BACKWARDS,
        ),
        params=(_SHORT,),
        meaning_en="Share of presented calls finally handled by a person, at once or by a successful call-back.",
        meaning_fr="Part des appels présentés finalement traités par une personne, directement ou par un rappel "
                   "abouti.",
        formula_en="(answered + call-back and voicemail calls called back with success) / (offered - abandoned within "
                   "5 s - still queued)",
        formula_fr="(décrochés + appels en rappel ou messagerie rappelés avec succès) / (présentés - abandonnés en "
                   "moins de 5 s - encore en file)",
        edges_en="A call-back not yet made counts as not handled until it is. Without call-backs it is the answer "
                 "rate.",
        edges_fr="Un rappel pas encore fait compte comme non traité jusqu'à ce qu'il le soit. Sans rappels, c'est le "
                 "taux de décroché.",
        sources=(S2, S3),
    ),
    Kpi(
        "service_level", **_CALLS,
        en="Service level", fr="Niveau de service", acronym_en="SL", acronym_fr="NS", better=Better.HIGHER,
        measure=Ratio(
            numerator=f"{PICKED_UP} AND answered_at <= offered_at + TO_SECONDS($threshold_s)",
            denominator=f"NOT COALESCE(wait_s < 0, FALSE) AND (({_DECIDED}) OR "
                        f"({QUEUED} AND offered_at + TO_SECONDS($threshold_s) < $as_of))",
            invalid="wait_s < 0", missing=_UNDATED,
        ),
        params=(Param("threshold_s", 30), _SHORT),
        meaning_en="Share of presented calls answered within 30 seconds.",
        meaning_fr="Part des appels présentés décrochés en 30 secondes.",
        formula_en="answered with wait <= T / (offered - abandoned within 5 s - queued for less than T)",
        formula_fr="décrochés avec attente <= T / (présentés - abandonnés en moins de 5 s - en file depuis moins de T)",
        edges_en="The wait runs from the queue, after the menu, to the pick-up. A call still queued is a miss once it "
                 "has waited longer than T, and is left out before.",
        edges_fr="L'attente court de la file, après le menu, au décroché. Un appel en file est manqué dès qu'il "
                 "attend plus que T, et laissé de côté avant.",
        sources=(S2, S3, S4),
    ),
    Kpi(
        "average_speed_of_answer", **_WAIT,
        en="Average speed of answer", fr="Vitesse moyenne de réponse", acronym_en="ASA", acronym_fr="ASA",
        measure=Mean(
            "wait_s",
            valid=f"{PICKED_UP} AND $x >= 0",
            invalid=f"{PICKED_UP} AND $x < 0",
            missing="outcome = 'answered' AND $x IS NULL",
        ),
        spread=f"CASE WHEN {PICKED_UP} AND wait_s >= 0 THEN wait_s END",
        meaning_en="Average time in the queue of the calls that were answered.",
        meaning_fr="Temps moyen passé en file par les appels décrochés.",
        formula_en="sum(pick-up - entry in the queue) / answered",
        formula_fr="somme(décroché - entrée en file) / décrochés",
        population_en="inbound calls answered in opening hours",
        population_fr="appels entrants décrochés, présentés pendant les heures d'ouverture",
        edges_en="Abandoned calls are not in it: see the average wait. A call still queued is not either. A pick-up "
                 "before the entry in the queue is invalid.",
        edges_fr="Les appels abandonnés n'y sont pas : voir le temps moyen d'attente. Les appels encore en file non "
                 "plus. Un décroché antérieur à l'entrée en file est invalide.",
        sources=(S2, S3),
    ),
    Kpi(
        "average_wait_time", **_WAIT,
        en="Average wait, answered and abandoned", fr="Temps moyen d'attente (tous appelants)",
        acronym_en="AWT", acronym_fr="AWT",
        measure=Mean(
            "wait_s",
            valid=f"{_WAITED} AND $x >= 0",
            invalid=f"({PICKED_UP} OR {_ABANDONED}) AND $x < 0",
            missing=f"(outcome = 'answered' OR {_ABANDONED}) AND $x IS NULL",
        ),
        params=(_SHORT,), spread=f"CASE WHEN {_WAITED} AND wait_s >= 0 THEN wait_s END",
        meaning_en="Average time in the queue whatever its end: giving up does not flatter it.",
        meaning_fr="Temps moyen passé en file quelle qu'en soit l'issue : les abandons ne l'embellissent pas.",
        formula_en="sum(wait) / (answered + abandoned after 5 s or more)",
        formula_fr="somme(attente) / (décrochés + abandonnés après 5 s ou plus)",
        population_en="inbound calls answered, or abandoned after 5 s or more, in opening hours",
        population_fr="appels entrants décrochés, ou abandonnés après 5 s ou plus, présentés pendant les heures "
                      "d'ouverture",
        edges_en="Call-back, overflow and voicemail calls are not in it, nor those still queued.",
        edges_fr="Les appels en rappel, débordement ou messagerie n'y sont pas, ni ceux encore en file.",
        sources=(S2,),
    ),
    Kpi(
        "transfer_rate", **_PLACED, family="performance", where=OFFERED,
        en="Transfer rate", fr="Taux de transfert",
        measure=Ratio(numerator="transferred_at IS NOT NULL", denominator=PICKED_UP),
        unit=Unit.RATIO, better=Better.LOWER,
        meaning_en="Share of answered calls handed to another agent or team.",
        meaning_fr="Part des appels décrochés passés à un autre conseiller ou à une autre équipe.",
        formula_en="answered calls with at least one transfer picked up / answered calls",
        formula_fr="appels décrochés avec au moins un transfert décroché / appels décrochés",
        population_en="inbound calls answered in opening hours",
        population_fr="appels entrants décrochés, présentés pendant les heures d'ouverture",
        edges_en="Several transfers of one call count once. A transfer that nobody picked up is not one.",
        edges_fr="Plusieurs transferts d'un appel comptent une fois. Un transfert que personne n'a décroché n'en est "
                 "pas un.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR, sources=(S3,),
    ),
    Kpi(
        "average_handle_time", **_HANDLING, **_of_contacts("handle_s"),
        en="Average handle time", fr="Durée moyenne de traitement", acronym_en="AHT", acronym_fr="DMT",
        meaning_en="Agents' time spent on a handled call: talk, hold and after-call work.",
        meaning_fr="Temps passé par les conseillers sur un appel traité : conversation, mise en garde et post-appel.",
        formula_en="sum(talk + hold + wrap-up) / handled calls",
        formula_fr="somme(conversation + mise en garde + post-appel) / appels traités",
        sources=(S2, S4),
    ),
    Kpi(
        "average_communication_time", **_HANDLING, **_of_contacts("communication_s"),
        en="Average communication time", fr="Durée moyenne de communication", acronym_en="ACT", acronym_fr="DMC",
        meaning_en="Agents' time in conversation on a handled call, hold included.",
        meaning_fr="Temps passé par les conseillers en communication sur un appel traité, mise en garde comprise.",
        formula_en="sum(talk + hold) / handled calls",
        formula_fr="somme(conversation + mise en garde) / appels traités",
        sources=(S2,),
    ),
    Kpi(
        "average_after_call_work", **_HANDLING, **_of_contacts("after_call_s"),
        en="Average after-call work", fr="Durée moyenne de post-appel", acronym_en="ACW", acronym_fr="ACW",
        meaning_en="Administrative work after hanging up.", meaning_fr="Travail administratif après le raccroché.",
        formula_en="sum(wrap-up) / handled calls; a call without after-call work counts 0",
        formula_fr="somme(post-appel) / appels traités ; un appel sans post-appel compte 0",
        sources=(S2,),
    ),
    Kpi(
        "call_conversion_rate", **_PLACED, family="productivity", where=HANDLED,
        en="Call conversion rate", fr="Pourcentage de conversion d'appels",
        measure=Ratio(numerator="converted", denominator="converted IS NOT NULL"),
        unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of handled sales calls turned into sales.",
        meaning_fr="Part des appels de vente traités qui ont abouti à une vente.",
        formula_en="handled calls converted / handled calls whose conversion is known",
        formula_fr="appels traités convertis / appels traités dont la conversion est connue",
        population_en="inbound calls handled", population_fr="appels entrants traités",
        edges_en="The denominator is the calls handled, not the calls received. A call without this information is "
                 "not a sales call.",
        edges_fr="Le dénominateur est celui des appels traités, pas reçus. Un appel sans cette information n'est pas "
                 "un appel de vente.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR, sources=(S2,),
    ),
)  # fmt: skip
