"""Contacts of all channels: where they come from, whether their customer is known, whether they come back."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import (
    CALL_DIMENSIONS,
    CENSUS_EN,
    CENSUS_FR,
    CUSTOMER,
    INBOUND_ROOT,
    PICKED_UP,
    S0,
    S2,
    S3,
    STUDENT_EN,
    STUDENT_FR,
    WILSON_EN,
    WILSON_FR,
)
from kpi.definition import Fallback, Kpi
from kpi.measures import Distinct, Mean, Mix, Ratio
from kpi.model import Better, Unit

_REPEAT = "COALESCE(previous_contact_at >= offered_at - INTERVAL 7 DAY, FALSE)"
_FALLBACK = Fallback(("tickets",), "tickets", "created", CUSTOMER)
_CONTACTS: dict[str, Any] = dict(dataset="interactions", time="offered", needs=("interactions",))
_PLACED: dict[str, Any] = dict(**_CONTACTS, placed_by_en="arrival", placed_by_fr="arrivée")
_INBOUND: dict[str, Any] = dict(
    **_PLACED, where=INBOUND_ROOT,
    population_en="inbound contacts of all channels, without transfers and call-backs",
    population_fr="contacts entrants de tous les canaux, hors transferts et rappels",
)  # fmt: skip
_ALL_DIMENSIONS: dict[str, Any] = dict(dimensions=CALL_DIMENSIONS)
_SHARE: dict[str, Any] = dict(**_ALL_DIMENSIONS, unit=Unit.RATIO, uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR)

KPIS = (
    Kpi(
        "contact_channel_mix", family="activity", **_INBOUND, **_SHARE,
        en="Contact channel mix", fr="Répartition des contacts par canal",
        measure=Mix("channel"), better=Better.CONTEXT, fallback=_FALLBACK,
        meaning_en="Share of each channel among the inbound contacts.",
        meaning_fr="Part de chaque canal parmi les contacts entrants.",
        formula_en="contacts of the channel / inbound contacts", formula_fr="contacts du canal / contacts entrants",
        edges_en="Without a table of contacts, the requests received are split by channel instead.",
        edges_fr="Sans table des contacts, ce sont les demandes reçues qui sont réparties par canal.",
        sources=(S0, S3),
    ),
    Kpi(
        "active_channels", family="activity", **_INBOUND,
        en="Active channels", fr="Nombre de canaux ouverts",
        measure=Distinct("channel"), unit=Unit.COUNT, better=Better.HIGHER, fallback=_FALLBACK,
        meaning_en="Number of channels by which customers came in the period.",
        meaning_fr="Nombre de canaux par lesquels les clients sont venus pendant la période.",
        formula_en="number of distinct channels among the inbound contacts",
        formula_fr="nombre de canaux distincts parmi les contacts entrants",
        edges_en="Teams do not add up. Without a table of contacts, the channels of the requests received.",
        edges_fr="Les équipes ne s'additionnent pas. Sans table des contacts, les canaux des demandes reçues.",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
        dimensions=("team_id", "site", "organisation"), sources=(S3,),
    ),
    Kpi(
        "customer_identification_rate", family="activity", **_INBOUND, **_SHARE,
        en="Customer identification rate", fr="Taux d'identification des clients",
        measure=Ratio(numerator="customer_id IS NOT NULL"), better=Better.HIGHER,
        meaning_en="Share of inbound contacts attached to a known customer.",
        meaning_fr="Part des contacts entrants rattachés à un client connu.",
        formula_en="contacts with a known customer / inbound contacts",
        formula_fr="contacts dont le client est connu / contacts entrants",
        edges_en="Below 70%, first contact resolution and repeat contacts are to be read with care: they only see "
                 "known customers.",
        edges_fr="Sous 70 %, la résolution au premier contact et la réitération se lisent avec prudence : elles ne "
                 "voient que les clients connus.",
        sources=(S3,),
    ),
    Kpi(
        "repeat_contact_rate", family="performance", **_INBOUND, **_SHARE,
        en="Repeat contact rate", fr="Taux de réitération",
        measure=Ratio(numerator=_REPEAT, denominator="customer_id IS NOT NULL", missing="customer_id IS NULL"),
        better=Better.LOWER,
        meaning_en="Share of contacts that follow another one of the same customer for the same reason within 7 days.",
        meaning_fr="Part des contacts qui suivent de moins de 7 jours un autre contact du même client pour le même "
                   "motif.",
        formula_en="contacts with an earlier one of the same customer and reason in the 7 days before / contacts with "
                   "a known customer",
        formula_fr="contacts précédés dans les 7 jours d'un contact du même client pour le même motif / contacts dont "
                   "le client est connu",
        edges_en="It looks backward, so recent periods are complete. An unknown reason matches an unknown reason; a "
                 "contact without a known customer is missing.",
        edges_fr="Il regarde en arrière : les périodes récentes sont complètes. Un motif inconnu répond à un motif "
                 "inconnu ; un contact sans client connu est manquant.",
        sources=(S3,),
    ),
    Kpi(
        "repeat_contact_reasons", family="performance", **_PLACED, **_SHARE, where=f"{INBOUND_ROOT} AND {_REPEAT}",
        en="Reasons of repeat contacts", fr="Motifs de réitération",
        measure=Mix("repeat_reason"), better=Better.CONTEXT,
        meaning_en="Why customers had to come back.", meaning_fr="Pourquoi les clients ont dû revenir.",
        formula_en="repeat contacts with the reason / repeat contacts with a known reason",
        formula_fr="contacts réitérés pour ce motif / contacts réitérés dont le motif est connu",
        population_en="inbound contacts that repeat another of the same customer for the same reason within 7 days",
        population_fr="contacts entrants qui en répètent un autre du même client pour le même motif sous 7 jours",
        edges_en="A repeat without a reason is missing.", edges_fr="Une réitération sans motif est manquante.",
        sources=(S3,),
    ),
    Kpi(
        "selfcare_transfer_rate", family="performance", **_INBOUND, **_SHARE,
        en="Transfer-to-selfcare rate", fr="Taux de transfert vers les services selfcare",
        measure=Ratio(numerator="outcome = 'selfcare'"), better=Better.CONTEXT,
        meaning_en="Share of received contacts redirected to an autonomous channel: customer space, FAQ, forum, "
                   "chatbot.",
        meaning_fr="Part des contacts reçus redirigés vers un canal autonome : espace client, FAQ, forum, chatbot.",
        formula_en="contacts redirected to self-service / inbound contacts",
        formula_fr="contacts redirigés vers le libre-service / contacts entrants",
        edges_en="At any hour. Redirected is not solved: read it with the deflection rate.",
        edges_fr="À toute heure. Redirigé n'est pas résolu : à lire avec le taux de déviation.",
        sources=(S2,),
    ),
    Kpi(
        "chat_frt_mean", family="performance", **_PLACED, **_ALL_DIMENSIONS,
        where=f"{INBOUND_ROOT} AND channel = 'chat'",
        en="Chat first response time", fr="Temps de première réponse sur le chat",
        measure=Mean(
            "wait_s",
            valid=f"{PICKED_UP} AND $x >= 0",
            invalid=f"{PICKED_UP} AND $x < 0",
            missing="outcome = 'answered' AND $x IS NULL",
        ),
        unit=Unit.SECONDS, better=Better.LOWER, spread=f"CASE WHEN {PICKED_UP} AND wait_s >= 0 THEN wait_s END",
        meaning_en="Average wait before an agent answers a chat.",
        meaning_fr="Attente moyenne avant qu'un conseiller réponde à un chat.",
        formula_en="sum(answer - arrival) / chats answered", formula_fr="somme(réponse - arrivée) / chats répondus",
        population_en="inbound chats answered by an agent", population_fr="chats entrants répondus par un conseiller",
        edges_en="Chats held by a bot alone, abandoned or still waiting are not in it. An answer before the arrival is "
                 "invalid.",
        edges_fr="Les chats tenus par un robot seul, abandonnés ou encore en attente n'y sont pas. Une réponse "
                 "antérieure à l'arrivée est invalide.",
        uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR, sources=(S0,),
    ),
)  # fmt: skip
