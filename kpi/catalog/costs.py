"""What a contact costs."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import CENSUS_EN, CENSUS_FR, INBOUND_ROOT, S2, STANDING
from kpi.definition import Kpi, Minimum
from kpi.measures import Joined, Part, Side, count, decimal_sum
from kpi.measures.joined import Sides
from kpi.model import Better, Figure, Grain, Unit

_PHONE = "channel IN ('phone', 'click_to_talk')"
_DONE = f"{INBOUND_ROOT} AND outcome = 'answered' AND completed_at <= $as_of"
_HANDLED = Side("interactions", {"calls": count(_PHONE), "contacts": Part("COUNT(*)")}, time="offered", where=_DONE)
_TIME = Side(
    "handled_contacts",
    {"phone_s": Part("SUM($row)", f"CASE WHEN {_PHONE} THEN handle_s END"), "all_s": Part("SUM($row)", "handle_s")},
    time="offered",
    where=STANDING,
)
_SPENT = Side(
    "costs",
    {
        "phone_eur": decimal_sum(f"CASE WHEN {_PHONE} THEN amount_eur END"),
        "shared_eur": decimal_sum("CASE WHEN channel IS NULL THEN amount_eur END"),
        "all_eur": decimal_sum("amount_eur"),
        "n": Part("COUNT(*)"),
    },
    time="month",
)
_COST: dict[str, Any] = dict(
    family="productivity", dataset="interactions", time="offered", unit=Unit.EUROS, better=Better.LOWER,
    whole_months=True, grains=(Grain.MONTH, Grain.QUARTER, Grain.YEAR), collective=True,
    placed_by_en="month of the cost; entry in the queue", placed_by_fr="mois de la dépense ; entrée en file",
    uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
    dimensions=("organisation", "site", "team_id"), needs=("costs", "interactions"), sources=(S2,),
)  # fmt: skip


def _per_unit(spent: float | None, handled: int) -> Figure:
    value = spent / handled if spent is not None and handled else None
    return Figure(value=value, n=handled, numerator=spent, denominator=handled)


def _per_call(sides: Sides, _: Any) -> Figure:
    calls, share = sides["handled"]["calls"] or 0, _phone_share(sides)
    if not sides["spent"]["n"] or share is None:
        return _per_unit(None, calls)
    return _per_unit((sides["spent"]["phone_eur"] or 0) + share * (sides["spent"]["shared_eur"] or 0), calls)


def _phone_share(sides: Sides) -> float | None:
    """The phone's share of the handling time; unknown when none is timed and there are other channels."""
    if sides["time"]["all_s"]:
        return float(sides["time"]["phone_s"] or 0) / float(sides["time"]["all_s"])
    calls, contacts = sides["handled"]["calls"] or 0, sides["handled"]["contacts"] or 0
    return 1.0 if calls == contacts else None


def _per_contact(sides: Sides, _: Any) -> Figure:
    spent = sides["spent"]["all_eur"] if sides["spent"]["n"] else None
    return _per_unit(spent, sides["handled"]["contacts"] or 0)


KPIS = (
    Kpi(
        "cost_per_call", **_COST, where=f"{_DONE} AND {_PHONE}",
        en="Cost per call", fr="Coût par appel", acronym_en="CPC", acronym_fr="CPC",
        measure=Joined({"handled": _HANDLED, "time": _TIME, "spent": _SPENT}, _per_call),
        minimum=Minimum(30, "calls", "appels"),
        meaning_en="What the phone channel costs for each call handled.",
        meaning_fr="Ce que coûte le canal téléphone pour chaque appel traité.",
        formula_en="(costs of the phone + shared costs x the phone's share of handling time) / calls handled",
        formula_fr="(coûts du téléphone + coûts partagés x part du téléphone dans le temps de traitement) / appels "
                   "traités",
        population_en="costs of whole calendar months; inbound calls answered and finished",
        population_fr="coûts de mois civils entiers ; appels entrants décrochés et terminés",
        edges_en="Whole months only: a cost is not spread over days. A cost without a channel is shared by all. "
                 "Without any handling time, and with several channels, it cannot be known.",
        edges_fr="Mois entiers seulement : un coût ne se répartit pas par jour. Un coût sans canal est partagé par "
                 "tous. Sans aucun temps de traitement, et avec plusieurs canaux, il ne peut être connu.",
    ),
    Kpi(
        "cost_per_contact", **_COST, where=_DONE,
        en="Cost per contact", fr="Coût par contact",
        measure=Joined({"handled": _HANDLED, "spent": _SPENT}, _per_contact),
        minimum=Minimum(30, "contacts", "contacts"),
        meaning_en="All that the centre spends for each contact handled, whatever its channel.",
        meaning_fr="Tout ce que dépense le centre pour chaque contact traité, quel que soit son canal.",
        formula_en="all costs / contacts handled", formula_fr="tous les coûts / contacts traités",
        population_en="costs of whole calendar months; inbound contacts answered and finished, all channels",
        population_fr="coûts de mois civils entiers ; contacts entrants traités et terminés, tous canaux",
        edges_en="Whole months only: a cost is not spread over days. A transferred contact counts once.",
        edges_fr="Mois entiers seulement : un coût ne se répartit pas par jour. Un contact transféré compte une fois.",
    ),
)  # fmt: skip
