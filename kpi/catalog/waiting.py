"""Calls and messages that wait now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpi.catalog.common import CENSUS_EN, CENSUS_FR, INBOUND_ROOT, RECEIVED, S0, S2, S3
from kpi.datasets import FOREVER
from kpi.definition import Kpi, Param
from kpi.measures import Joined, Part, Side, Stock, StockQuantile
from kpi.measures.joined import Sides
from kpi.model import Better, Figure, Unit

_LEAVES = f"COALESCE(queue_left_at, CAST('{FOREVER}' AS TIMESTAMP))"
_WAITING = Stock(enters="offered_at", leaves=_LEAVES, enters_on="offered_on", leaves_on="queue_left_on")
_AGE = "EPOCH($instant) - EPOCH(offered_at)"
_ASYNCHRONOUS = "('email', 'web_form', 'facebook', 'x_twitter', 'instagram', 'whatsapp', 'sms', 'post', 'marketplace')"
_STOCK: dict[str, Any] = dict(
    family="stock", dataset="interactions", better=Better.LOWER,
    placed_by_en="the instant", placed_by_fr="l'instant",
    needs=("interactions",),
)  # fmt: skip
_QUEUE: dict[str, Any] = dict(
    **_STOCK, where=RECEIVED, dimensions=("channel", "team_id", "site", "organisation"),
    population_en="inbound calls offered, neither picked up nor ended at the instant",
    population_fr="appels entrants présentés, ni décrochés ni terminés à l'instant",
    edges_en="A caller already talking does not wait. A transferred call that waits for a second agent is not counted.",
    edges_fr="Un appelant en conversation n'attend plus. Un appel transféré qui attend un second conseiller n'est pas "
             "compté.",
    uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
)  # fmt: skip


def _estimated_wait(sides: Sides, params: Mapping[str, Any]) -> Figure:
    """(queue + 1) x mean handle time / staffed agents, in seconds; 0 when more agents are free than callers wait."""
    waiting, handled = int(sides["queue"]["n"] or 0), int(sides["handled"]["n"] or 0)
    staffed = params["staffed_agents"]
    if params["free_agents"] > waiting:
        return Figure(value=0.0, n=waiting)
    if not handled or staffed <= 0:
        return Figure(n=waiting)
    return Figure(value=(waiting + 1) * (int(sides["handled"]["sum"]) / handled) / staffed, n=waiting)


_ESTIMATE = Joined(
    sides={
        "queue": Side(
            "interactions",
            {"n": Part("COUNT(*)")},
            where=f"{INBOUND_ROOT} AND channel IN ($channels)",
            stock=("offered_at", _LEAVES),
        ),
        # The window is closed at both ends: a contact offered exactly window_s ago is in it.
        "handled": Side(
            "handled_contacts",
            {"n": Part("COUNT($row)", "handle_s"), "sum": Part("SUM($row)", "handle_s")},
            where="channel IN ($channels) AND handle_s >= 0 AND offered_at >= $instant - TO_SECONDS($window_s) "
            "- INTERVAL 1 MICROSECOND",  # said by the stock too, but in words that the store has no order for
            stock=("from_at", "LEAST(to_at, offered_at + TO_SECONDS($window_s) + INTERVAL 1 MICROSECOND)"),
        ),
    },
    combine=_estimated_wait,
    census=True,
)

KPIS = (
    Kpi(
        "calls_waiting", **_QUEUE,
        en="Calls waiting", fr="Appels en attente",
        measure=_WAITING, unit=Unit.COUNT, spread=_AGE,
        meaning_en="Callers in the queue at the instant.", meaning_fr="Appelants en file à l'instant.",
        formula_en="number of calls in the queue", formula_fr="nombre d'appels en file",
        sources=(S2,),
    ),
    Kpi(
        "longest_wait", **_QUEUE,
        en="Longest wait in progress", fr="Plus longue attente en cours",
        measure=StockQuantile(_AGE, 1, empty=0, enters="offered_at", leaves=_LEAVES), unit=Unit.SECONDS, spread=_AGE,
        meaning_en="How long the call that has waited longest has been in the queue.",
        meaning_fr="Depuis combien de temps attend l'appel le plus ancien de la file.",
        formula_en="greatest instant - entry in the queue over the calls waiting; 0 when none waits",
        formula_fr="plus grand écart instant - entrée en file parmi les appels en attente ; 0 si aucun n'attend",
        sources=(S3,),
    ),
    Kpi(
        "estimated_wait_time", **_STOCK,
        en="Estimated wait time", fr="Temps d'attente estimé", acronym_en="EWT", acronym_fr="EWT",
        measure=_ESTIMATE, unit=Unit.SECONDS, grains=(),
        params=(
            Param("staffed_agents", 0), Param("free_agents", 0), Param("window_s", 3600),
            Param("channels", ("phone", "click_to_talk")),
        ),
        meaning_en="The wait to announce to a customer who joins the queue now.",
        meaning_fr="L'attente à annoncer au client qui entre en file maintenant.",
        formula_en="(calls waiting + 1) x average handle time of the last hour / staffed agents; 0 when more agents "
                   "are free than calls wait",
        formula_fr="(appels en attente + 1) x durée moyenne de traitement de la dernière heure / conseillers en poste "
                   "; 0 si plus de conseillers sont libres que d'appels n'attendent",
        population_en="the queue of a team and a channel; for the handle time, the contacts offered and finished "
                      "within the last hour",
        population_fr="la file d'une équipe et d'un canal ; pour la durée de traitement, les contacts présentés et "
                      "terminés dans la dernière heure",
        edges_en="Unknown without a contact finished in the last hour, or without a staffed agent. It supposes that "
                 "all agents are busy and that nobody gives up, so it is rather too long. On chat, the staffed agents "
                 "are multiplied by the chats that one holds at a time.",
        edges_fr="Inconnu sans contact terminé dans la dernière heure, ou sans conseiller en poste. Il suppose tous "
                 "les conseillers occupés et aucun abandon : il est plutôt trop long. Sur le chat, les conseillers en "
                 "poste sont multipliés par le nombre de chats menés de front.",
        uncertainty_en="none; announced in steps of 30 s, rounded up",
        uncertainty_fr="aucune ; annoncé par pas de 30 s, arrondi au pas supérieur",
        dimensions=("channel", "team_id"), sources=(S0,),
    ),
    Kpi(
        "unanswered_messages", **_STOCK, where=f"{INBOUND_ROOT} AND channel IN {_ASYNCHRONOUS}",
        en="Unanswered messages", fr="Messages non traités",
        measure=_WAITING, unit=Unit.COUNT, spread=_AGE,
        meaning_en="Written contacts received and not answered yet.",
        meaning_fr="Contacts écrits reçus et pas encore traités.",
        formula_en="number of messages without an answer", formula_fr="nombre de messages sans réponse",
        population_en="inbound messages on e-mail, web form, social networks, messaging, SMS, post and marketplace, "
                      "neither answered nor closed at the instant",
        population_fr="messages entrants par e-mail, formulaire, réseaux sociaux, messageries, SMS, courrier et place "
                      "de marché, ni répondus ni clos à l'instant",
        edges_en="Spam, tests, duplicates and thank-yous are left out. Ages are in days of 86,400 s.",
        edges_fr="Les indésirables, tests, doublons et remerciements sont écartés. Les âges sont en jours de 86 400 s.",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
        dimensions=("channel", "team_id", "site", "organisation", "request_type", "age_bucket"), sources=(S0, S2),
    ),
)  # fmt: skip
