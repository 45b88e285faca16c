"""The order desk: what came in, how fast, in what state."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import (
    AGAINST,
    AGAINST_EN,
    AGAINST_FR,
    CENSUS_EN,
    CENSUS_FR,
    ORDER_DIMENSIONS,
    ORDER_EN,
    ORDER_FR,
    POISSON_EN,
    POISSON_FR,
    S4,
    STUDENT_EN,
    STUDENT_FR,
    TEST_EN,
    TEST_FR,
    WILSON_EN,
    WILSON_FR,
)
from kpi.definition import Companion, Kpi, Minimum, Param
from kpi.measures import Count, Growth, Mean, Mix, Part, PerUnit, Quantile, Ratio, Stock
from kpi.model import Better, Unit

_PROCESSED = "decision IN ('approved', 'rejected')"
_MANUAL = f"{_PROCESSED} AND NOT touchless AND agent_id IS NOT NULL"
_ORDERS: dict[str, Any] = dict(dataset="orders", dimensions=ORDER_DIMENSIONS, sources=(S4,))
_POPULATION: dict[str, Any] = dict(
    population_en="orders not excluded", population_fr="commandes non exclues", needs=("orders",)
)
_AT_RECEIPT: dict[str, Any] = dict(time="received", placed_by_en="receipt", placed_by_fr="réception")
_AT_DECISION: dict[str, Any] = dict(
    time="decided", placed_by_en="decision", placed_by_fr="décision", where=_PROCESSED, needs=("orders",),
    population_en="orders not excluded, approved or rejected",
    population_fr="commandes non exclues, approuvées ou rejetées",
)  # fmt: skip
_PENDING: dict[str, Any] = dict(
    family="stock", unit=Unit.COUNT, better=Better.LOWER,
    measure=Stock(
        enters="received_at", leaves="pending_to_at", enters_on="received_on", leaves_on="pending_to_on"
    ),
    placed_by_en="the instant", placed_by_fr="l'instant",
    uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
)  # fmt: skip
_COUNT: dict[str, Any] = dict(family="activity", unit=Unit.COUNT, uncertainty_en=POISSON_EN, uncertainty_fr=POISSON_FR)

_CLOCK = Param(
    "clock",
    "calendar",
    ("calendar", "business"),
    sql={"calendar": "processing_s", "business": "processing_business_s"},
)
_TIME: dict[str, Any] = dict(
    family="performance", unit=Unit.SECONDS, better=Better.LOWER, params=(_CLOCK,),
    companion=Companion("orders", "decided_at IS NULL", {"n_open": "TRUE"}),
    spread="CASE WHEN processing_s >= 0 THEN $clock END",
    edges_en="Orders decided without human action are included: break down by automation. Cancelled orders are out. "
             "A decision before the receipt is invalid. Pending orders have no value: they are counted beside.",
    edges_fr="Les commandes décidées sans intervention humaine sont comprises : ventiler par automatisation. Les "
             "commandes annulées n'y sont pas. Une décision antérieure à la réception est invalide. Les commandes en "
             "attente n'ont pas de valeur : elles sont comptées à côté.",
)  # fmt: skip
_BACKWARDS = "processing_s < 0"

_PROMISED = "policy_id IS NOT NULL AND COALESCE(decision <> 'cancelled', TRUE)"
_BREACHED = "COALESCE(breach_known_at <= $as_of, FALSE)"
_ACHIEVED = f"decided_at IS NOT NULL AND NOT {_BREACHED}"
_SLA: dict[str, Any] = dict(
    time="due", where=_PROMISED, needs=("orders", "sla_policies"),
    placed_by_en="due instant, once passed", placed_by_fr="échéance, une fois passée",
    population_en="orders with a processing commitment, neither cancelled nor excluded",
    population_fr="commandes ayant un engagement de traitement, ni annulées ni exclues",
    edges_en="Approved or rejected in time both keep the commitment; elapsed equal to the target keeps it. A late "
             "order still pending is breached. What is not due yet is not counted.",
    edges_fr="Approuvée ou rejetée à temps, la commande respecte l'engagement ; un temps égal à l'engagement est tenu. "
             "Une commande en retard encore en attente est dépassée. Ce qui n'est pas échu n'est pas compté.",
)  # fmt: skip

_ON_TIME = "delivered_at <= promised_at"
_DELIVERY: dict[str, Any] = dict(
    family="performance", time="promised", where="decision = 'approved'", unit=Unit.RATIO, better=Better.HIGHER,
    placed_by_en="promised delivery, once passed", placed_by_fr="livraison promise, une fois passée",
    population_en="orders not excluded, approved, with a promised delivery",
    population_fr="commandes non exclues, approuvées, dont la livraison est promise à une date",
    uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
)  # fmt: skip

KPIS = (
    Kpi(
        "orders_pending", **_ORDERS, **_POPULATION, **_PENDING,
        en="Orders pending", fr="Commandes en attente de traitement",
        meaning_en="Orders received and not decided (approved, rejected or cancelled).",
        meaning_fr="Commandes reçues et non décidées (approuvées, rejetées ou annulées).",
        formula_en="number of orders with receipt <= instant, and no decision yet at the instant",
        formula_fr="nombre de commandes dont réception <= instant, et sans décision à l'instant",
        edges_en="Counted at the instant of its receipt, no longer at that of its decision.",
        edges_fr="Comptée à l'instant de sa réception, plus à celui de sa décision.",
    ),
    Kpi(
        "priority_orders_to_validate", **_ORDERS, **_POPULATION, **_PENDING,
        en="Priority orders to validate", fr="Commandes prioritaires à valider",
        where="priority IN ('high', 'urgent')",
        meaning_en="Pending orders of high or urgent priority.",
        meaning_fr="Commandes en attente de priorité haute ou urgente.",
        formula_en="pending orders with priority high or urgent",
        formula_fr="commandes en attente dont la priorité est haute ou urgente",
    ),
    Kpi(
        "orders_received", **_ORDERS, **_POPULATION, **_AT_RECEIPT, **_COUNT,
        en="Orders received", fr="Commandes reçues",
        measure=Count(), better=Better.CONTEXT,
        meaning_en="Orders that came in; the series shows how their number changes.",
        meaning_fr="Commandes arrivées ; la série montre l'évolution de leur nombre.",
        formula_en="number of orders", formula_fr="nombre de commandes",
        edges_en="Cancelled orders count: they were received.",
        edges_fr="Les commandes annulées comptent : elles ont été reçues.",
    ),
    Kpi(
        "orders_processed", **_ORDERS, **_AT_DECISION, **_COUNT,
        en="Orders processed", fr="Commandes traitées",
        measure=Count(), better=Better.HIGHER,
        meaning_en="Orders approved or rejected; by day, month or clerk through the breakdowns.",
        meaning_fr="Commandes approuvées ou rejetées ; par jour, par mois ou par personne selon la ventilation.",
        formula_en="number of orders whose decision is approved or rejected",
        formula_fr="nombre de commandes dont la décision est approuvée ou rejetée",
        edges_en="Cancelled orders and pending ones are out.",
        edges_fr="Les commandes annulées et en attente n'y sont pas.",
    ),
    Kpi(
        "orders_approved", **_ORDERS, **_AT_DECISION, **_COUNT,
        en="Orders approved", fr="Commandes approuvées",
        measure=Count("decision = 'approved'"), better=Better.CONTEXT,
        meaning_en="Orders accepted for execution.", meaning_fr="Commandes acceptées pour exécution.",
        formula_en="number of orders whose decision is approved",
        formula_fr="nombre de commandes dont la décision est approuvée",
    ),
    Kpi(
        "orders_rejected", **_ORDERS, **_AT_DECISION, **_COUNT,
        en="Orders rejected", fr="Commandes rejetées",
        measure=Count("decision = 'rejected'"), better=Better.LOWER,
        meaning_en="Orders refused.", meaning_fr="Commandes refusées.",
        formula_en="number of orders whose decision is rejected",
        formula_fr="nombre de commandes dont la décision est rejetée",
    ),
    Kpi(
        "order_channel_mix", family="activity", **_ORDERS, **_POPULATION, **_AT_RECEIPT,
        en="Orders by reception channel", fr="Commandes par canal de réception",
        measure=Mix("channel"), unit=Unit.RATIO, better=Better.CONTEXT,
        meaning_en="Share of the orders received that came by each channel: e-mail, fax, EDI, phone, portal...",
        meaning_fr="Part des commandes reçues par chaque canal : e-mail, fax, EDI, téléphone, portail...",
        formula_en="orders of the channel / orders received", formula_fr="commandes du canal / commandes reçues",
        edges_en="Cancelled orders count: they were received.",
        edges_fr="Les commandes annulées comptent : elles ont été reçues.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
    ),
    Kpi(
        "order_processing_time_mean", **_ORDERS, **_AT_DECISION, **_TIME,
        en="Order processing time, mean", fr="Temps de traitement des commandes, moyenne",
        measure=Mean("$clock", invalid=_BACKWARDS),
        meaning_en="Average time from the receipt of an order to the decision.",
        meaning_fr="Temps moyen entre la réception d'une commande et la décision.",
        formula_en="sum(decision - receipt) / processed orders",
        formula_fr="somme(décision - réception) / commandes traitées",
        uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR,
    ),
    Kpi(
        "order_processing_time_median", **_ORDERS, **_AT_DECISION, **_TIME,
        en="Order processing time, median", fr="Temps de traitement des commandes, médiane",
        measure=Quantile("$clock", 0.5, invalid=_BACKWARDS),
        meaning_en="Half of the orders were decided faster.",
        meaning_fr="La moitié des commandes ont été décidées plus vite.",
        formula_en="median (type 7) of decision - receipt", formula_fr="médiane (type 7) de décision - réception",
        uncertainty_en=ORDER_EN, uncertainty_fr=ORDER_FR,
    ),
    Kpi(
        "order_sla_rate", family="performance", **_ORDERS, **_SLA,
        en="Orders within SLA, share", fr="Proportion de commandes respectant les SLA",
        acronym_en="SLA", acronym_fr="SLA",
        measure=Ratio(
            numerator=_ACHIEVED,
            denominator=f"decided_at IS NOT NULL OR {_BREACHED}",
            extra=(("n_breached_open", f"decided_at IS NULL AND {_BREACHED}"),),
        ),
        spread=f"CASE WHEN {_BREACHED} THEN EPOCH(COALESCE(decided_at, $as_of)) - EPOCH(due_at) END",
        companion=Companion(
            "orders",
            f"{_PROMISED} AND (decided_at IS NULL OR due_at > $as_of)",
            {
                "n_achieved_not_due": f"{_ACHIEVED} AND due_at > $as_of",
                "n_open": f"decided_at IS NULL AND NOT {_BREACHED}",
            },
        ),
        unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of order-processing commitments kept.",
        meaning_fr="Part des engagements de traitement des commandes tenus.",
        formula_en="achieved / (achieved + breached)", formula_fr="tenus / (tenus + dépassés)",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
    ),
    Kpi(
        "orders_within_sla", **_ORDERS, **_SLA, **{**_COUNT, "family": "performance"},
        en="Orders within SLA, count", fr="Commandes respectant les SLA",
        acronym_en="SLA", acronym_fr="SLA",
        measure=Count(_ACHIEVED), better=Better.HIGHER,
        meaning_en="Orders decided within their commitment: the numerator of the share.",
        meaning_fr="Commandes décidées dans le délai de leur engagement : le numérateur de la proportion.",
        formula_en="number of commitments kept", formula_fr="nombre d'engagements tenus",
    ),
    Kpi(
        "order_approval_rate", family="performance", **_ORDERS, **_AT_DECISION,
        en="Order approval rate", fr="Taux de commandes approuvées",
        measure=Ratio("decision = 'approved'"), unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of decided orders that were approved.",
        meaning_fr="Part des commandes décidées qui ont été approuvées.",
        formula_en="approved / (approved + rejected)", formula_fr="approuvées / (approuvées + rejetées)",
        edges_en="Cancelled orders and pending ones are out.",
        edges_fr="Les commandes annulées et en attente n'y sont pas.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
    ),
    Kpi(
        "on_time_delivery_rate", **_ORDERS, **_DELIVERY, needs=("orders",),
        en="On-time delivery rate", fr="Taux de livraison à l'heure", acronym_en="OTD", acronym_fr="OTD",
        measure=Ratio(_ON_TIME),
        meaning_en="Logistics service: orders delivered by the promised date.",
        meaning_fr="Service logistique : commandes livrées à la date promise ou avant.",
        formula_en="delivered <= promised / orders promised in the period",
        formula_fr="livrées <= promis / commandes promises dans la période",
        edges_en="Overdue and not delivered is late. Delivered early for a later promise counts in the later period.",
        edges_fr="Échue et non livrée : en retard. Livrée en avance pour une promesse ultérieure, la commande compte "
                 "dans la période de la promesse.",
    ),
    Kpi(
        "otif_rate", **_ORDERS, **_DELIVERY, needs=("orders", "order_lines"),
        en="On time in full", fr="Taux de service OTIF", acronym_en="OTIF", acronym_fr="OTIF",
        measure=Ratio(f"{_ON_TIME} AND in_full"),
        meaning_en="Logistics service: on time, and every line complete.",
        meaning_fr="Service logistique : à l'heure, et chaque ligne complète.",
        formula_en="delivered <= promised with every line's delivered quantity >= its ordered quantity / orders "
                   "promised in the period",
        formula_fr="livrées <= promis avec, à chaque ligne, quantité livrée >= quantité commandée / commandes promises "
                   "dans la période",
        edges_en="A delivered quantity not known is 0. An order without lines is not in full. Overdue and not "
                 "delivered is late.",
        edges_fr="Une quantité livrée inconnue vaut 0. Une commande sans ligne n'est pas complète. Échue et non "
                 "livrée : en retard.",
    ),
    Kpi(
        "order_cycle_time_mean", family="performance", **_ORDERS, needs=("orders",),
        en="Order cycle time", fr="Délai commande-livraison",
        time="delivered", measure=Mean("cycle_s"), unit=Unit.SECONDS, better=Better.LOWER,
        spread="CASE WHEN cycle_s >= 0 THEN cycle_s END",
        meaning_en="Logistics service: average time from receipt to delivery.",
        meaning_fr="Service logistique : temps moyen entre la réception de la commande et sa livraison.",
        formula_en="sum(delivery - receipt) / delivered orders",
        formula_fr="somme(livraison - réception) / commandes livrées",
        population_en="orders not excluded, delivered in the period",
        population_fr="commandes non exclues, livrées dans la période",
        placed_by_en="delivery", placed_by_fr="livraison",
        edges_en="A delivery before the receipt is invalid. Undelivered orders are out.",
        edges_fr="Une livraison antérieure à la réception est invalide. Les commandes non livrées n'y sont pas.",
        uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR,
    ),
    Kpi(
        "orders_per_clerk_day", family="productivity", **_ORDERS, **{**_AT_DECISION, "where": _MANUAL},
        en="Orders per clerk-day", fr="Commandes traitées par personne et par jour",
        measure=PerUnit(Part("COUNT(*)"), Part("COUNT(DISTINCT $row)", "ROW(agent_id, decided_on)")),
        minimum=Minimum(10, "clerk-days", "jours-personne", of="denominator"),
        unit=Unit.NUMBER, better=Better.CONTEXT,
        meaning_en="Orders that a clerk processes by hand in a day of work.",
        meaning_fr="Commandes qu'un chargé de commandes traite à la main en un jour de travail.",
        formula_en="orders processed by hand / distinct (clerk, local date of the decision)",
        formula_fr="commandes traitées à la main / couples distincts (personne, date locale de la décision)",
        edges_en="Orders decided without human action are out of both terms.",
        edges_fr="Les commandes décidées sans intervention humaine ne sont dans aucun des deux termes.",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
    ),
    Kpi(
        "order_lines_per_clerk", family="productivity", **_ORDERS,
        **{**_AT_DECISION, "where": _MANUAL, "needs": ("orders", "order_lines")},
        en="Order lines per clerk", fr="Nombre de lignes par chargé de commandes",
        measure=PerUnit(
            Part("SUM($row)", "lines"), Part("COUNT(DISTINCT $row)", "agent_id"), n_of=Part("COUNT(*)")
        ),
        minimum=Minimum(3, "clerks", "chargés de commandes", of="denominator"),
        unit=Unit.NUMBER, better=Better.CONTEXT,
        meaning_en="Order lines that a clerk processes by hand over the period.",
        meaning_fr="Lignes de commande qu'un chargé de commandes traite à la main sur la période.",
        formula_en="lines of the orders processed by hand / distinct clerks",
        formula_fr="lignes des commandes traitées à la main / chargés de commandes distincts",
        edges_en="The figure depends on the length of the period: compare equal periods only.",
        edges_fr="Le chiffre dépend de la durée de la période : ne comparer que des périodes égales.",
        uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR,
    ),
    Kpi(
        "order_lines_mean", family="productivity", **_ORDERS, **{**_POPULATION, "needs": ("orders", "order_lines")},
        **_AT_RECEIPT,
        en="Average lines per order", fr="Nombre moyen de lignes par commande",
        measure=Mean("lines", valid="$x > 0", invalid="FALSE", missing="$x IS NULL"),
        unit=Unit.NUMBER, better=Better.CONTEXT,
        meaning_en="Size of an order, in lines.", meaning_fr="Taille d'une commande, en lignes.",
        formula_en="order lines / orders with at least one line",
        formula_fr="lignes de commande / commandes ayant au moins une ligne",
        edges_en="An order without lines is missing, never 0.",
        edges_fr="Une commande sans ligne est manquante, jamais 0.",
        uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR,
    ),
    Kpi(
        "automation_rate", family="productivity", **_ORDERS, **_AT_DECISION,
        en="Automation rate", fr="Taux d'automatisation",
        measure=Ratio("touchless"), unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of orders processed without a human touch.",
        meaning_fr="Part des commandes traitées sans intervention humaine.",
        formula_en="orders processed without human action / orders processed",
        formula_fr="commandes traitées sans intervention humaine / commandes traitées",
        edges_en="Without human action: nothing done by a person between the receipt and the decision.",
        edges_fr="Sans intervention humaine : aucune action d'une personne entre la réception et la décision.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
    ),
    Kpi(
        "orders_growth", family="finance", **_ORDERS, **_POPULATION, **_AT_RECEIPT,
        en="Orders, change", fr="Évolution du nombre de commandes",
        measure=Growth(Part("COUNT(*)")), unit=Unit.RATIO, better=Better.HIGHER,
        params=(AGAINST,), grains=(),
        meaning_en="Orders received against the period just before, of equal length, or a year earlier.",
        meaning_fr="Commandes reçues, comparées à la période juste avant, de même durée, ou un an plus tôt.",
        formula_en="(current - previous) / previous", formula_fr="(actuel - précédent) / précédent",
        edges_en=f"{AGAINST_EN} Two periods that differ in open days are compared per open day. Without orders "
                 "before, there is no change to show.",
        edges_fr=f"{AGAINST_FR} Deux périodes qui diffèrent en jours ouvrés sont comparées par jour ouvré. Sans "
                 "commande avant, il n'y a pas d'évolution à montrer.",
        uncertainty_en=TEST_EN, uncertainty_fr=TEST_FR,
    ),
)  # fmt: skip
