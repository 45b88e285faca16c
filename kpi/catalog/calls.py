"""Calls: answered, how fast, how long."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import CALL_DIMENSIONS, S2, S3, S4, STUDENT_EN, STUDENT_FR, WILSON_EN, WILSON_FR
from kpi.definition import Kpi, Param, Variant
from kpi.measures import Mean, Ratio
from kpi.model import Better, Unit

_INBOUND_ROOT = "direction = 'inbound' AND parent_interaction_id IS NULL"
OFFERED = (
    f"voice AND {_INBOUND_ROOT} AND COALESCE(in_hours, TRUE)"
    " AND (outcome IS NULL OR outcome NOT IN ('selfcare', 'bot', 'dissuaded'))"
)
_QUEUED = "outcome IS NULL AND answered_at IS NULL"
_ANSWERED = "COALESCE(outcome, 'answered') = 'answered' AND answered_at IS NOT NULL"
_DECIDED = f"NOT ({_QUEUED}) AND (COALESCE(outcome, '') <> 'abandoned' OR wait_s >= $short_abandon_s)"
_BACKWARDS = "(wait_s < 0 OR (outcome IS NULL AND answered_at < offered_at))"
_SHORT = Param("short_abandon_s", 5)
_CALLS: dict[str, Any] = dict(
    family="performance", dataset="interactions", time="offered", where=OFFERED,
    unit=Unit.RATIO, better=Better.HIGHER,
    population_en="inbound calls presented in opening hours, without the short abandons and the calls still queued",
    population_fr="appels entrants présentés pendant les heures d'ouverture, sans les abandons courts ni les appels "
                  "encore en file",
    placed_by_en="entry in the queue", placed_by_fr="entrée en file",
    uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
    dimensions=CALL_DIMENSIONS, needs=("interactions",), sources=(S2, S3, S4),
)  # fmt: skip

KPIS = (
    Kpi(
        "answer_rate", **_CALLS,
        en="Answer rate", fr="Taux de décroché",
        measure=Ratio(numerator=_ANSWERED, denominator=_DECIDED), params=(_SHORT,),
        meaning_en="Share of presented calls that an agent picked up, however long it took.",
        meaning_fr="Part des appels présentés qu'un conseiller a décrochés, quel que soit le temps mis.",
        formula_en="answered / (offered - abandoned within 5 s - still queued)",
        formula_fr="décrochés / (présentés - abandonnés en moins de 5 s - encore en file)",
        edges_en="No time limit: the service level has one. Overflow, call-back and voicemail are in the denominator "
                 "only. A call still talking is answered.",
        edges_fr="Sans limite de temps : le niveau de service en a une. Débordement, rappel et messagerie sont au "
                 "dénominateur seulement. Un appel en conversation est décroché.",
    ),
    Kpi(
        "service_level", **_CALLS,
        en="Service level", fr="Niveau de service", acronym_en="SL", acronym_fr="NS",
        measure=Ratio(
            numerator=f"{_ANSWERED} AND answered_at <= offered_at + TO_SECONDS($threshold_s)",
            denominator=f"NOT COALESCE({_BACKWARDS}, FALSE) AND (({_DECIDED}) OR "
                        f"({_QUEUED} AND offered_at + TO_SECONDS($threshold_s) < $as_of))",
            invalid=_BACKWARDS,
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
    ),
    Kpi(
        "average_handle_time", family="productivity", dataset="interactions", time="offered",
        en="Average handle time", fr="Durée moyenne de traitement", acronym_en="AHT", acronym_fr="DMT",
        where=f"{_INBOUND_ROOT} AND channel IN ($channels)",
        measure=Mean(
            "contact_handle_s",
            valid="outcome = 'answered' AND contact_completed_at <= $as_of AND $x >= 0",
            invalid="outcome = 'answered' AND contact_completed_at <= $as_of AND $x < 0",
            missing="outcome = 'answered' AND contact_completed_at <= $as_of AND $x IS NULL",
        ),
        by_agent=Variant(
            "direction = 'inbound' AND channel IN ($channels)",
            Mean(
                "handle_s",
                valid="outcome = 'answered' AND completed_at <= $as_of AND $x >= 0",
                invalid="outcome = 'answered' AND completed_at <= $as_of AND $x < 0",
                missing="outcome = 'answered' AND completed_at <= $as_of AND $x IS NULL",
            ),
        ),
        params=(Param("channels", ("phone", "click_to_talk")),),
        unit=Unit.SECONDS, better=Better.CONTEXT,
        meaning_en="Agents' time spent on a handled call: talk, hold and after-call work.",
        meaning_fr="Temps passé par les conseillers sur un appel traité : conversation, mise en garde et post-appel.",
        formula_en="sum(talk + hold + wrap-up) / handled calls",
        formula_fr="somme(conversation + mise en garde + post-appel) / appels traités",
        population_en="inbound calls answered and finished", population_fr="appels entrants décrochés et terminés",
        placed_by_en="entry in the queue", placed_by_fr="entrée en file",
        edges_en="The time of a call's transfer legs is added to it. By agent each leg goes to who handled it, so "
                 "agents do not add up to the total. A missing time is missing, never 0. Never an individual target.",
        edges_fr="Le temps des transferts d'un appel lui est ajouté. Par conseiller, chaque partie revient à qui l'a "
                 "traitée : les conseillers ne s'additionnent pas. Un temps manquant est manquant, jamais 0. Jamais "
                 "un objectif individuel.",
        uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR,
        dimensions=CALL_DIMENSIONS, needs=("interactions",), sources=(S2, S4),
    ),
)  # fmt: skip
