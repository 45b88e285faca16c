"""Agents' time: worked, absent, occupied."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import CENSUS_EN, CENSUS_FR, S0, S2
from kpi.definition import Kpi, Minimum
from kpi.measures import Distinct, Joined, Part, Side, SumRatio
from kpi.measures.joined import Sides
from kpi.model import Better, Figure, Grain, Unit

_TEAMS = ("team_id", "site", "organisation")
_DAYS_AND_ABOVE = (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)
_WORKED = "CASE WHEN logged_s > 0 THEN (agent_id, work_date) END"
_TAKEN = "direction = 'inbound' AND outcome = 'answered' AND agent_id IS NOT NULL AND completed_at <= $as_of"
_TIME: dict[str, Any] = dict(
    dataset="agent_time", time="worked", needs=("agent_time",),
    population_en="working days of the agents", population_fr="journées de travail des conseillers",
    placed_by_en="working day", placed_by_fr="jour de travail",
)  # fmt: skip
_SHARE: dict[str, Any] = dict(
    **_TIME, family="productivity", unit=Unit.RATIO, dimensions=_TEAMS, collective=True,
    uncertainty_en="95% interval of a ratio linearised over the agents, from 10 agents on",
    uncertainty_fr="intervalle à 95 % d'un ratio linéarisé sur les conseillers, à partir de 10 conseillers",
)  # fmt: skip


def _per_agent_day(sides: Sides, _: Any) -> Figure:
    contacts, days = sides["contacts"]["n"] or 0, sides["worked"]["days"] or 0
    return Figure(value=contacts / days if days else None, n=contacts, numerator=contacts, denominator=days)


KPIS = (
    Kpi(
        "agent_days_worked", **_TIME, family="activity",
        en="Agent-days worked", fr="Jours agents travaillés",
        measure=Distinct("(agent_id, work_date)", when="logged_s > 0"), unit=Unit.COUNT, better=Better.CONTEXT,
        grains=_DAYS_AND_ABOVE,
        meaning_en="Days on which an agent was logged in, agent by agent.",
        meaning_fr="Journées où un conseiller s'est connecté, conseiller par conseiller.",
        formula_en="number of distinct (agent, day) with logged time",
        formula_fr="nombre de couples distincts (conseiller, jour) avec du temps connecté",
        edges_en="Half a day counts for one: for full-time equivalents, divide the logged time by 7 hours.",
        edges_fr="Une demi-journée compte pour une : pour des équivalents temps plein, diviser le temps connecté par "
                 "7 heures.",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR, dimensions=(*_TEAMS, "agent_id"), sources=(S2,),
    ),
    Kpi(
        "absenteeism_rate", **_SHARE,
        en="Absenteeism rate", fr="Taux d'absentéisme",
        measure=SumRatio("absent_s", "scheduled_s"), better=Better.LOWER,
        grains=(Grain.MONTH, Grain.QUARTER, Grain.YEAR),
        meaning_en="Unplanned absence over the time that was scheduled.",
        meaning_fr="Absence non prévue rapportée au temps planifié.",
        formula_en="absent time / scheduled time", formula_fr="temps d'absence / temps planifié",
        edges_en="Planned leave and training are in neither term. Never shown of one person, nor by day.",
        edges_fr="Congés prévus, RTT et formation ne sont dans aucun des deux termes. Jamais montré pour une personne, "
                 "ni par jour.",
        sources=(S2,),
    ),
    Kpi(
        "occupancy_rate", **_SHARE,
        en="Occupancy", fr="Taux d'occupation",
        measure=SumRatio("handling_s", "handling_s + available_s"), better=Better.CONTEXT, grains=_DAYS_AND_ABOVE,
        meaning_en="Share of the agents' ready time spent on contacts: too low is over-staffed, too high exhausts.",
        meaning_fr="Part du temps disponible des conseillers passée sur des contacts : trop bas, sureffectif ; trop "
                   "haut, épuisement.",
        formula_en="handling time / (handling time + time waiting for a contact)",
        formula_fr="temps de traitement / (temps de traitement + temps d'attente d'un contact)",
        edges_en="Breaks, training and meetings are in neither term.",
        edges_fr="Pauses, formation et réunions ne sont dans aucun des deux termes.",
        sources=(S0,),
    ),
    Kpi(
        "utilisation_rate", **_SHARE,
        en="Utilisation", fr="Taux d'utilisation",
        measure=SumRatio("handling_s", "paid_s"), better=Better.CONTEXT, grains=_DAYS_AND_ABOVE,
        meaning_en="Share of the time paid that is spent on contacts.",
        meaning_fr="Part du temps payé passée sur des contacts.",
        formula_en="handling time / paid time", formula_fr="temps de traitement / temps payé",
    ),
    Kpi(
        "shrinkage_rate", **_SHARE,
        en="Shrinkage", fr="Taux de réduction (shrinkage)",
        measure=SumRatio("scheduled_s - handling_s - available_s", "scheduled_s"), better=Better.LOWER,
        grains=_DAYS_AND_ABOVE,
        meaning_en="Share of the scheduled time in which agents are not there for contacts: absence, breaks, meetings, "
                   "training. Staffing starts from it.",
        meaning_fr="Part du temps planifié où les conseillers ne sont pas disponibles pour les contacts : absences, "
                   "pauses, réunions, formation. Le dimensionnement en part.",
        formula_en="1 - (handling time + time waiting for a contact) / scheduled time",
        formula_fr="1 - (temps de traitement + temps d'attente d'un contact) / temps planifié",
    ),
    Kpi(
        "contacts_per_agent_day", family="productivity",
        minimum=Minimum(10, "agent-days", "jours-agent", of="denominator"),
        en="Contacts per agent-day", fr="Contacts traités par jour-agent",
        dataset="interactions", time="offered", where=_TAKEN,
        measure=Joined(
            {
                "contacts": Side("interactions", {"n": Part("COUNT(*)")}, time="offered", where=_TAKEN),
                "worked": Side(
                    "agent_time", {"days": Part("COUNT(DISTINCT $row)", _WORKED)}, time="worked", without=("channel",)
                ),
            },
            _per_agent_day,
        ),
        unit=Unit.NUMBER, better=Better.CONTEXT, grains=_DAYS_AND_ABOVE,
        meaning_en="Inbound contacts handled for each day that an agent worked.",
        meaning_fr="Contacts entrants traités pour chaque journée travaillée par un conseiller.",
        formula_en="contacts handled / agent-days worked", formula_fr="contacts traités / jours agents travaillés",
        population_en="inbound contacts that an agent answered and finished, each transfer counted; agent-days worked",
        population_fr="contacts entrants décrochés et terminés par un conseiller, chaque transfert compté ; jours "
                      "agents travaillés",
        placed_by_en="entry in the queue; working day", placed_by_fr="entrée en file ; jour de travail",
        edges_en="A transferred contact is work for each agent who took it. By channel, the days are those of all "
                 "channels. Never an individual target.",
        edges_fr="Un contact transféré est du travail pour chaque conseiller qui l'a pris. Par canal, les jours sont "
                 "ceux de tous les canaux. Jamais un objectif individuel.",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
        dimensions=(*_TEAMS, "agent_id", "channel"), needs=("interactions", "agent_time"), sources=(S2,),
    ),
)  # fmt: skip
