"""Backlog: what is open at an instant, rebuilt with the attributes of that instant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlglot import exp

from kpi.buckets import to_local
from kpi.calendars import last_open_days
from kpi.catalog.common import CENSUS_EN, CENSUS_FR, MOVING_DIMENSIONS, S0, S2, S4, STANDING
from kpi.compiler import matches, stock_instant
from kpi.datasets.model import AGE_BUCKETS, AGE_DAYS
from kpi.definition import Kpi, Minimum, Param
from kpi.engines import Engine
from kpi.errors import UnknownParameter
from kpi.fragments import FACT, TEAM
from kpi.known import Moment
from kpi.measures import Joined, Part, Side, Stock, StockQuantile, StockShares
from kpi.measures.joined import Sides
from kpi.model import Better, Figure, Query, Unit

_BACKLOG: dict[str, Any] = dict(
    family="stock", dataset="ticket_states", where="unresolved", better=Better.LOWER,
    population_en="all tickets neither excluded nor merged, in status new, open, pending or on hold at the instant",
    population_fr="toutes les demandes ni exclues ni fusionnées, au statut nouveau, ouvert, en attente client ou en "
                  "attente tiers à l'instant",
    placed_by_en="the instant", placed_by_fr="l'instant",
    uncertainty_en=CENSUS_EN, uncertainty_fr=CENSUS_FR, needs=("tickets",),
)  # fmt: skip
_COMPLAINTS: dict[str, Any] = dict(
    population_en="tickets of type complaint neither excluded nor merged, in status new, open, pending or on hold at "
                  "the instant",
    population_fr="demandes de type réclamation ni exclues ni fusionnées, au statut nouveau, ouvert, en attente client "
                  "ou en attente tiers à l'instant",
)  # fmt: skip
_OPEN_DAYS = Param("open_days", 10)
_COUNT = {"n": Part("COUNT(*)")}


def _age_classes() -> tuple[tuple[str, str], ...]:
    """Age buckets of whole days of 86,400 s, [low, high)."""
    classes = []
    for name, low, high in zip(AGE_BUCKETS, (0, *AGE_DAYS), (*AGE_DAYS, None), strict=True):
        conditions = [f"created_at <= $instant - INTERVAL {low} DAY"]
        if high is not None:
            conditions.append(f"created_at > $instant - INTERVAL {high} DAY")
        classes.append((name, " AND ".join(conditions)))
    return tuple(classes)


def _open_days(query: Query) -> int:
    given: Any = dict(query.params).get(_OPEN_DAYS.name, _OPEN_DAYS.default)
    if given < 1:
        raise UnknownParameter(f"{_OPEN_DAYS.name} of backlog_days_of_work is 1 or more, not {given!r}.")
    return int(given)


def _worked(query: Query, moment: Moment, engine: Engine) -> Mapping[str, exp.Expr]:
    """What a resolution falls on: one of the last open days, by the calendar of its team, before the day asked."""
    at, _ = stock_instant(query, moment)
    today, count = to_local(at, moment.timezone).date(), _open_days(query)
    day, calendar = exp.column("from_on", table=FACT), exp.column("calendar_id", table=TEAM)
    days, default = last_open_days(today, count, engine)
    if default is None:
        return {"worked": matches(day, [today - timedelta(days=n + 1) for n in range(count)])}
    if len(days) == 1:
        return {"worked": matches(day, days[default])}
    others = [exp.and_(calendar.eq(name), matches(day, own)) for name, own in days.items() if name != default]
    rest = exp.or_(calendar.is_(exp.null()), exp.not_(matches(calendar, [name for name in days if name != default])))
    return {"worked": exp.paren(exp.or_(*others, exp.and_(rest, matches(day, days[default]))))}


def _days_of_work(sides: Sides, params: Mapping[str, Any]) -> Figure:
    backlog, resolved = (sides[name]["n"] or 0 for name in ("backlog", "resolved"))
    a_day = resolved / params["open_days"]
    return Figure(value=backlog / a_day if resolved else None, n=resolved, numerator=backlog, denominator=a_day)


KPIS = (
    Kpi(
        "ticket_backlog", **_BACKLOG,
        en="Backlog", fr="Arriéré",
        measure=Stock(split_by="status"), unit=Unit.COUNT,
        meaning_en="Tickets open and unresolved at an instant, rebuilt exactly for any past instant.",
        meaning_fr="Demandes ouvertes et non résolues à un instant, reconstituées exactement pour tout instant passé.",
        formula_en="number of tickets whose status interval contains the instant and is unresolved",
        formula_fr="nombre de demandes dont l'intervalle de statut contient l'instant et n'est pas résolu",
        edges_en="Counted at its creation and reopening instants, no longer at its resolution instant. Waiting for "
                 "the customer or for a third party is backlog. A merged ticket never is: its survivor is.",
        edges_fr="Comptée à l'instant de sa création et de sa réouverture, plus à celui de sa résolution. En attente "
                 "du client ou d'un tiers, elle est dans l'arriéré. Une demande fusionnée n'y est jamais.",
        dimensions=(*MOVING_DIMENSIONS, "status", "age_bucket", "sla_state"), sources=(S0, S2),
    ),
    Kpi(
        "backlog_age_median", **_BACKLOG,
        en="Median backlog age", fr="Âge médian de l'arriéré",
        measure=StockQuantile("EPOCH($instant) - EPOCH(created_at)", 0.5), unit=Unit.SECONDS,
        spread="EPOCH($instant) - EPOCH(created_at)",
        meaning_en="How long the tickets now open have been open.",
        meaning_fr="Depuis combien de temps sont ouvertes les demandes en cours.",
        formula_en="median (type 7) of instant - creation over the backlog",
        formula_fr="médiane (type 7) de instant - création sur l'arriéré",
        edges_en="Age runs from the original creation, even after a reopening, in calendar time.",
        edges_fr="L'âge court depuis la création d'origine, même après une réouverture, en temps calendaire.",
        dimensions=(*MOVING_DIMENSIONS, "status"), sources=(S0,),
    ),
    Kpi(
        "backlog_age_distribution", **_BACKLOG,
        en="Backlog by age", fr="Arriéré par âge",
        measure=StockShares(_age_classes()), unit=Unit.COUNT,
        meaning_en="Backlog in buckets of age.",
        meaning_fr="Arriéré par tranche d'âge.",
        formula_en="counts of instant - creation in days: [0, 1), [1, 3), [3, 7), [7, 14), [14, 30), [30, ...)",
        formula_fr="comptes de instant - création en jours : [0, 1), [1, 3), [3, 7), [7, 14), [14, 30), [30, ...)",
        edges_en="Days of exactly 86,400 s; empty buckets are shown with 0.",
        edges_fr="Jours de 86 400 s exactement ; les tranches vides sont montrées avec 0.",
        dimensions=(*MOVING_DIMENSIONS, "status"), sources=(S0,),
    ),
    Kpi(
        "backlog_days_of_work", **(_BACKLOG | {"where": f"unresolved AND {STANDING}"}),
        en="Backlog in days of work", fr="Arriéré en jours de travail",
        measure=Joined(
            {
                "backlog": Side("ticket_states", _COUNT, where="unresolved", stock=("from_at", "to_at")),
                "resolved": Side("ticket_states", _COUNT, where="entered = 'resolved' AND $worked"),
            },
            _days_of_work,
            _worked,
        ),
        minimum=Minimum(20, "resolutions", "résolutions"),
        params=(_OPEN_DAYS,), unit=Unit.DAYS, grains=(),
        meaning_en="How many open days it would take to clear the backlog at the pace of the last ones.",
        meaning_fr="Combien de jours d'ouverture il faudrait pour écouler l'arriéré au rythme des derniers.",
        formula_en="backlog / (resolutions of the last 10 open days / 10)",
        formula_fr="arriéré / (résolutions des 10 derniers jours d'ouverture / 10)",
        edges_en="Open days are those of each team's calendar, before the day of the instant; a team without a "
                 "calendar follows that of most teams. Every resolution counts, again after a reopening. Without any "
                 "resolution there is no pace, so no figure.",
        edges_fr="Les jours d'ouverture sont ceux du calendrier de chaque équipe, avant le jour de l'instant ; une "
                 "équipe sans calendrier suit celui de la plupart des équipes. Chaque résolution compte, même après "
                 "une réouverture. Sans aucune résolution, pas de rythme, donc pas de valeur.",
        dimensions=("team_id", "site", "organisation", "channel", "request_type"), sources=(S0,),
    ),
    Kpi(
        "complaints_open", **(_BACKLOG | {"where": "unresolved AND ticket_type = 'complaint'"} | _COMPLAINTS),
        en="Open complaints", fr="Réclamations en cours",
        measure=Stock(), unit=Unit.COUNT,
        meaning_en="Complaints that are not resolved yet.", meaning_fr="Réclamations qui ne sont pas encore résolues.",
        formula_en="number of unresolved tickets of type complaint",
        formula_fr="nombre de demandes de type réclamation non résolues",
        edges_en="A complaint is a dissatisfaction that a customer expresses; a dispute, an order or invoice that is "
                 "contested, is counted elsewhere.",
        edges_fr="Une réclamation est une insatisfaction exprimée par un client ; un litige, commande ou facture "
                 "contestée, est compté ailleurs.",
        dimensions=MOVING_DIMENSIONS, sources=(S4,),
    ),
)  # fmt: skip
