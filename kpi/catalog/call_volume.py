"""Calls counted: received, in and out of opening hours, presented, handled, abandoned, converted."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import (
    CALL_DIMENSIONS,
    HANDLED,
    OFFERED,
    POISSON_EN,
    POISSON_FR,
    RECEIVED,
    S2,
    WILSON_EN,
    WILSON_FR,
)
from kpi.definition import Kpi, Param
from kpi.measures import Count, Ratio
from kpi.model import Better, Unit

_SHORT = Param("short_abandon_s", 5)
_PLACED: dict[str, Any] = dict(
    family="activity", dataset="interactions", time="offered",
    placed_by_en="entry in the queue", placed_by_fr="entrée en file",
)  # fmt: skip
_COUNT: dict[str, Any] = dict(
    **_PLACED, measure=Count(), unit=Unit.COUNT, uncertainty_en=POISSON_EN, uncertainty_fr=POISSON_FR
)
_COUNTED: dict[str, Any] = dict(**_COUNT, dimensions=CALL_DIMENSIONS, needs=("interactions",))
_BY_HOURS: dict[str, Any] = dict(
    dimensions=CALL_DIMENSIONS, needs=("interactions", "calendars", "calendar_hours"),
    population_en="inbound calls, whatever happened to them",
    population_fr="appels entrants, quelle que soit leur issue",
    edges_en="The opening instant is in, the closing instant is out. A call without a team follows the calendar of "
             "most teams.",
    edges_fr="L'instant d'ouverture est compris, celui de fermeture ne l'est pas. Un appel sans équipe suit le "
             "calendrier de la plupart des équipes.",
)  # fmt: skip

_ODD_WAITS: dict[str, Any] = dict(missing="wait_s IS NULL", invalid="wait_s < 0")
"""A wait that is not known, or that ends before it starts, is neither short nor long."""
_ABANDONED: dict[str, Any] = dict(
    **_PLACED, where=f"{OFFERED} AND outcome = 'abandoned'", params=(_SHORT,), better=Better.LOWER, unit=Unit.COUNT,
    uncertainty_en=POISSON_EN, uncertainty_fr=POISSON_FR, dimensions=CALL_DIMENSIONS, needs=("interactions",),
)  # fmt: skip

KPIS = (
    Kpi(
        "calls_received", **_COUNT, where=RECEIVED, better=Better.CONTEXT,
        en="Calls received", fr="Appels reçus",
        meaning_en="All inbound calls, in opening hours or not, whatever happened to them.",
        meaning_fr="Tous les appels entrants, pendant les heures d'ouverture ou non, quelle que soit leur issue.",
        formula_en="number of inbound calls", formula_fr="nombre d'appels entrants",
        population_en="inbound calls by phone and click to talk",
        population_fr="appels entrants par téléphone et click-to-talk",
        edges_en="Transfers and outbound calls are not received calls. Calls in progress are counted.",
        edges_fr="Les transferts et les appels sortants ne sont pas des appels reçus. Les appels en cours sont "
                 "comptés.",
        dimensions=(*CALL_DIMENSIONS, "in_hours", "outcome"), needs=("interactions",), sources=(S2,),
    ),
    Kpi(
        "calls_in_hours", **_COUNT, **_BY_HOURS, where=f"{RECEIVED} AND COALESCE(in_hours, TRUE)",
        better=Better.CONTEXT,
        en="Calls in opening hours", fr="Appels HO (heures ouvrées)", acronym_fr="HO",
        meaning_en="Calls received during the opening hours of their team.",
        meaning_fr="Appels reçus pendant les heures d'ouverture de leur équipe.",
        formula_en="number of inbound calls that entered the queue in opening hours",
        formula_fr="nombre d'appels entrants entrés en file pendant les heures d'ouverture",
        sources=(S2,),
    ),
    Kpi(
        "calls_out_of_hours", **_COUNT, **_BY_HOURS, where=f"{RECEIVED} AND NOT COALESCE(in_hours, TRUE)",
        better=Better.CONTEXT,
        en="Calls out of hours", fr="Appels HNO (heures non ouvrées)", acronym_fr="HNO",
        meaning_en="Calls received outside the opening hours of their team: closed message, or voicemail.",
        meaning_fr="Appels reçus hors des heures d'ouverture de leur équipe : message de fermeture, ou messagerie.",
        formula_en="number of inbound calls that came outside opening hours",
        formula_fr="nombre d'appels entrants arrivés hors des heures d'ouverture",
        sources=(S2,),
    ),
    Kpi(
        "out_of_hours_share", **_PLACED, **_BY_HOURS, where=RECEIVED,
        en="Share of calls out of hours", fr="Part des appels HNO",
        measure=Ratio(numerator="NOT COALESCE(in_hours, TRUE)"), unit=Unit.RATIO, better=Better.LOWER,
        meaning_en="The demand that the opening hours miss.",
        meaning_fr="La demande que les heures d'ouverture ne couvrent pas.",
        formula_en="calls out of hours / calls received", formula_fr="appels HNO / appels reçus",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR, sources=(S2,),
    ),
    Kpi(
        "calls_offered", **_COUNTED, where=OFFERED, better=Better.CONTEXT,
        en="Calls offered", fr="Appels présentés",
        meaning_en="Calls presented to a queue of agents in opening hours.",
        meaning_fr="Appels présentés à une file de conseillers pendant les heures d'ouverture.",
        formula_en="calls in opening hours - redirected to self-service or a bot - dissuaded",
        formula_fr="appels HO - redirigés vers le libre-service ou un robot - dissuadés",
        population_en="inbound calls in opening hours", population_fr="appels entrants pendant les heures d'ouverture",
        edges_en="Answered + abandoned + short abandons + overflow + call-back + voicemail + still queued. Short "
                 "abandons are counted here: they leave the ratios only.",
        edges_fr="Décrochés + abandonnés + abandons courts + débordement + rappel + messagerie + encore en file. Les "
                 "abandons courts sont comptés ici : ils ne sortent que des taux.",
        sources=(S2,),
    ),
    Kpi(
        "calls_handled", **_COUNTED, where=HANDLED, better=Better.CONTEXT,
        en="Calls handled", fr="Appels traités",
        meaning_en="Inbound calls answered by an agent and finished, after-call work included.",
        meaning_fr="Appels entrants décrochés par un conseiller et terminés, post-appel compris.",
        formula_en="number of calls answered whose after-call work is over",
        formula_fr="nombre d'appels décrochés dont le post-appel est achevé",
        population_en="inbound calls, in opening hours or not",
        population_fr="appels entrants, pendant les heures d'ouverture ou non",
        edges_en="A call in conversation or in after-call work waits until it is over. A transferred call counts once.",
        edges_fr="Un appel en conversation ou en post-appel attend sa fin. Un appel transféré compte une fois.",
        sources=(S2,),
    ),
    Kpi(
        "calls_abandoned", **_ABANDONED, measure=Count("wait_s >= $short_abandon_s", **_ODD_WAITS),
        en="Calls abandoned", fr="Appels abandonnés",
        meaning_en="Callers who hung up in the queue after 5 seconds or more.",
        meaning_fr="Appelants qui ont raccroché dans la file après 5 secondes ou plus.",
        formula_en="number of calls abandoned with a wait >= 5 s",
        formula_fr="nombre d'appels abandonnés avec une attente >= 5 s",
        population_en="calls offered", population_fr="appels présentés",
        edges_en="The wait runs from the queue to the hang-up. A call that still waits is not abandoned.",
        edges_fr="L'attente court de l'entrée en file au raccroché. Un appel qui attend encore n'est pas abandonné.",
        sources=(S2,),
    ),
    Kpi(
        "calls_short_abandoned", **_ABANDONED,
        measure=Count("wait_s >= 0 AND wait_s < $short_abandon_s", **_ODD_WAITS),
        en="Short abandons", fr="Abandons courts",
        meaning_en="Callers gone in less than 5 seconds: wrong numbers, instant hang-ups.",
        meaning_fr="Appelants partis en moins de 5 secondes : faux numéros, raccrochés immédiats.",
        formula_en="number of calls abandoned with a wait < 5 s",
        formula_fr="nombre d'appels abandonnés avec une attente < 5 s",
        population_en="calls offered", population_fr="appels présentés",
        edges_en="Shown apart, and out of every call ratio.",
        edges_fr="Montrés à part, et hors de tous les taux d'appels.",
    ),
    Kpi(
        "call_conversions", **_COUNTED, where=f"{HANDLED} AND converted", better=Better.HIGHER,
        en="Call conversions", fr="Conversions d'appels",
        meaning_en="Handled inbound calls that ended in a sale.",
        meaning_fr="Appels entrants traités qui ont abouti à une vente.",
        formula_en="number of handled calls converted", formula_fr="nombre d'appels traités convertis",
        population_en="inbound calls handled", population_fr="appels entrants traités",
        edges_en="A call without this information is not a sales call.",
        edges_fr="Un appel sans cette information n'est pas un appel de vente.",
        sources=(S2,),
    ),
)  # fmt: skip
