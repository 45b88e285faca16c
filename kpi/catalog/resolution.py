"""Resolution: how long until it is solved, at the first contact, for good."""

from __future__ import annotations

from typing import Any

from kpi.catalog.common import (
    CUSTOMER,
    ORDER_EN,
    ORDER_FR,
    S0,
    S1,
    S2,
    S3,
    S4,
    STUDENT_EN,
    STUDENT_FR,
    TICKET_DIMENSIONS,
    WILSON_EN,
    WILSON_FR,
)
from kpi.definition import Kpi, Param
from kpi.measures import Mean, Quantile, Ratio, Survival
from kpi.model import Better, Unit

_ACTIVE = (
    "business_new_s + business_open_s"
    " + CASE WHEN 'pending' IN ($pause_statuses) THEN 0 ELSE business_pending_s END"
    " + CASE WHEN 'on_hold' IN ($pause_statuses) THEN 0 ELSE business_on_hold_s END"
)
_CLOCK = Param(
    "clock",
    "calendar",
    ("calendar", "business", "active_business"),
    sql={"calendar": "resolution_s", "business": "resolution_business_s", "active_business": _ACTIVE},
)
_PAUSES = Param("pause_statuses", ("pending",))
_INVALID = "resolution_s < 0"
_TIME: dict[str, Any] = dict(
    family="performance", dataset="resolutions", time="resolved", where="reopened_at > $as_of",
    unit=Unit.SECONDS, better=Better.LOWER, params=(_CLOCK, _PAUSES),
    spread="CASE WHEN resolution_s >= 0 THEN $clock END",
    population_en="all tickets neither excluded nor merged, resolved, whose final resolution is in the period",
    population_fr="toutes les demandes ni exclues ni fusionnées, résolues, dont la résolution finale tombe dans la "
                  "période",
    placed_by_en="final resolution", placed_by_fr="résolution finale",
    edges_en="A reopened ticket counts once, up to its last resolution. Open tickets are not in it: see the backlog. "
             "A resolution before creation is invalid. The active business clock leaves out the time spent waiting "
             "for the customer.",
    edges_fr="Une demande rouverte compte une fois, jusqu'à sa dernière résolution. Les demandes ouvertes n'y sont "
             "pas : voir l'arriéré. Une résolution antérieure à la création est invalide. Le temps ouvré actif "
             "laisse de côté l'attente du client.",
    dimensions=TICKET_DIMENSIONS, needs=("tickets",), sources=(S0, S2),
)  # fmt: skip

KPIS = (
    Kpi(
        "resolution_time_mean", **_TIME,
        en="Resolution time, mean", fr="Délai de résolution, moyenne", acronym_en="MTTR", acronym_fr="TMR",
        measure=Mean("$clock", invalid=_INVALID),
        meaning_en="Average time to solve a request.", meaning_fr="Temps moyen pour résoudre une demande.",
        formula_en="sum(final resolution - creation) / resolved tickets",
        formula_fr="somme(résolution finale - création) / demandes résolues",
        uncertainty_en=STUDENT_EN, uncertainty_fr=STUDENT_FR,
    ),
    Kpi(
        "resolution_time_median", **_TIME,
        en="Resolution time, median", fr="Délai de résolution, médiane",
        measure=Quantile("$clock", 0.5, invalid=_INVALID),
        meaning_en="Half of the requests were solved within this time.",
        meaning_fr="La moitié des demandes ont été résolues dans ce délai.",
        formula_en="median (type 7) of final resolution - creation",
        formula_fr="médiane (type 7) de résolution finale - création",
        uncertainty_en=ORDER_EN, uncertainty_fr=ORDER_FR,
    ),
    Kpi(
        "resolution_time_p90", **_TIME,
        en="Resolution time, 90th percentile", fr="Délai de résolution, 90e centile",
        measure=Quantile("$clock", 0.9, invalid=_INVALID),
        meaning_en="One request in ten took longer to be solved.",
        meaning_fr="Une demande sur dix a pris plus de temps à être résolue.",
        formula_en="90th percentile (type 7) of final resolution - creation",
        formula_fr="90e centile (type 7) de résolution finale - création",
        uncertainty_en=ORDER_EN, uncertainty_fr=ORDER_FR,
    ),
    Kpi(
        "resolution_time_km_median", family="performance",
        en="Resolution time, Kaplan-Meier median", fr="Délai de résolution, médiane Kaplan-Meier",
        dataset="tickets", time="created", where=CUSTOMER,
        measure=Survival(
            "EPOCH(COALESCE(first_resolved_at, $as_of)) - EPOCH(created_at)", ended="first_resolved_at IS NOT NULL"
        ),
        unit=Unit.SECONDS, better=Better.LOWER,
        meaning_en="Median time to the first resolution of the requests received in the period, those still open "
                   "included: the figure to read for recent periods.",
        meaning_fr="Délai médian de première résolution des demandes reçues pendant la période, y compris celles "
                   "encore ouvertes : la valeur à lire pour les périodes récentes.",
        formula_en="smallest time t at which the Kaplan-Meier estimate S(t) is 0.5 or less",
        formula_fr="plus petit temps t auquel l'estimation de Kaplan-Meier S(t) vaut 0,5 ou moins",
        population_en="requests opened by customers in the period, neither excluded nor merged",
        population_fr="demandes ouvertes par les clients pendant la période, ni exclues ni fusionnées",
        placed_by_en="creation", placed_by_fr="création",
        edges_en="Open requests count for the time they have already waited (censored at the instant of the question). "
                 "A first resolution before creation is invalid. No figure as long as half of the requests are open.",
        edges_fr="Les demandes ouvertes comptent pour le temps déjà attendu (censurées à l'instant de la question). "
                 "Une première résolution antérieure à la création est invalide. Pas de valeur tant que la moitié des "
                 "demandes est ouverte.",
        uncertainty_en="95% log-log interval (Brookmeyer and Crowley)",
        uncertainty_fr="intervalle log-log à 95 % (Brookmeyer et Crowley)",
        dimensions=TICKET_DIMENSIONS, needs=("tickets",), sources=(S0,),
    ),
    Kpi(
        "fcr_rate", family="performance",
        en="First contact resolution", fr="Résolution au premier contact", acronym_en="FCR", acronym_fr="RPC",
        dataset="tickets", time="created", where=CUSTOMER,
        measure=Ratio(
            numerator="fcr",
            denominator="fcr_mature_at <= $as_of AND COALESCE(first_resolved_at >= created_at, TRUE)",
            invalid="fcr_mature_at <= $as_of AND first_resolved_at < created_at",
            open="fcr_mature_at > $as_of",
        ),
        unit=Unit.RATIO, better=Better.HIGHER,
        meaning_en="Share of requests solved at the first contact, once and for all.",
        meaning_fr="Part des demandes résolues au premier contact, une fois pour toutes.",
        formula_en="requests resolved within 7 days of creation, with a single contact, without reopening or return "
                   "within 7 days / requests created in the period and at least 14 days old",
        formula_fr="demandes résolues dans les 7 jours suivant la création, en un seul contact, sans réouverture ni "
                   "retour sous 7 jours / demandes créées dans la période et vieilles d'au moins 14 jours",
        population_en="requests opened by customers, all channels, neither excluded nor merged",
        population_fr="demandes ouvertes par les clients, tous canaux, ni exclues ni fusionnées",
        placed_by_en="creation", placed_by_fr="création",
        edges_en="Younger requests wait (n_open): recent periods stay blank instead of optimistic. Never resolved is "
                 "a failure. A return is a contact of the same customer for the same reason, or on the ticket.",
        edges_fr="Les demandes plus jeunes attendent (n_open) : les périodes récentes restent vides plutôt "
                 "qu'optimistes. Jamais résolue : échec. Un retour est un contact du même client pour le même motif, "
                 "ou sur la demande.",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
        dimensions=TICKET_DIMENSIONS, needs=("tickets",), sources=(S0, S1, S2, S3, S4),
    ),
    Kpi(
        "reopen_rate", family="performance",
        en="Reopen rate", fr="Taux de réouverture",
        dataset="resolutions", time="resolved", where="resolution_no = 1",
        measure=Ratio(
            numerator="reopened_at > resolved_at AND reopened_at <= resolved_at + INTERVAL 7 DAY",
            denominator="resolved_at + INTERVAL 7 DAY <= $as_of",
            open="resolved_at + INTERVAL 7 DAY > $as_of",
        ),
        unit=Unit.RATIO, better=Better.LOWER,
        meaning_en="Share of solved requests reopened within 7 days.",
        meaning_fr="Part des demandes résolues rouvertes sous 7 jours.",
        formula_en="tickets reopened within 7 days of their first resolution / tickets first resolved in the period",
        formula_fr="demandes rouvertes sous 7 jours après leur première résolution / demandes résolues pour la "
                   "première fois dans la période",
        population_en="tickets with a first resolution at least 7 days old, neither excluded nor merged",
        population_fr="demandes dont la première résolution a au moins 7 jours, ni exclues ni fusionnées",
        placed_by_en="first resolution", placed_by_fr="première résolution",
        uncertainty_en=WILSON_EN, uncertainty_fr=WILSON_FR,
        dimensions=TICKET_DIMENSIONS, needs=("tickets", "ticket_events"),
    ),
)  # fmt: skip
