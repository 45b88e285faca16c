"""What the centre decides about itself: calendars, promises, targets, topics, budgets; and the log of its loads."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib import resources

import duckdb
import numpy as np

from data.sample import world
from data.sample.clock import HOUR, MINUTE, Timeline, as_datetime
from data.sample.columns import insert_rows, stream
from data.sample.demand import day_factors
from data.sample.planted import Planted

IMPORTS = {"helpdesk": "L001", "telephony": "L002", "surveys": "L003", "planning": "L004", "orders": "L005"}
"""Source systems and the load that brought their rows."""
DATA_UNTIL_S = {"helpdesk": 40, "telephony": 10, "surveys": 900, "planning": 6 * 3_600, "orders": 300}
"""Seconds before the end to which each source reaches."""
LOADED_AFTER_S = 15 * MINUTE

FIRST, LAST, ORDER = "first_response", "resolution", "order_processing"
STRICTER_SINCE = 365
"""Days before the end from which the newer version of a promise holds."""

TOPICS = (
    ("Livraison", "livraison|livraisons|livreur|colis|transporteur"),
    ("Délai", "délai|délais|attente|attendre|retard|lent|relancé"),
    ("Facture", "facture|factures|prélevé|montant|paiement"),
    ("Remboursement", "remboursement|remboursé|rembourser"),
    ("Conseiller", "conseiller|conseillère|conseillers|accueil|écoute|aimable"),
    ("Produit", "produit|produits|appareil|robot|batterie|panne|défectueux|réparation"),
    ("Site", "site|compte|connexion|connecter"),
    ("Vendeur", "vendeur|vendeurs|place de marché"),
)

COST_PER_TICKET_EUR = 9.4
"""Monthly spending, for each ticket of the month."""
COST_SPLIT = (
    ("Salaires", None, 0.58), ("Télécoms", "phone", 0.08), ("Prestataire d’appels", "phone", 0.07),
    ("Logiciels", None, 0.11), ("Logiciel de chat", "chat", 0.03), ("Messagerie", "email", 0.03),
    ("Locaux", None, 0.10),
)  # fmt: skip
ORGANISATION_SPLIT = (0.86, 0.14)


def fill(con: duckdb.DuckDBPyConnection, timeline: Timeline, planted: Planted, tickets: int, seed: int) -> None:
    """Write every table of steering and the calendars."""
    _fill_calendars(con, timeline, world.change_date(timeline, planted.new_hours))
    _fill_policies(con, timeline)
    _fill_targets(con, timeline)
    insert_rows(con, "topics", "topic keywords", TOPICS)
    _fill_costs(con, timeline, planted, tickets, seed)
    loaded = as_datetime(timeline.end + LOADED_AFTER_S)
    insert_rows(
        con, "imports", "import_id source loaded_at data_until",
        [(IMPORTS[source], source, loaded, as_datetime(timeline.end - gap)) for source, gap in DATA_UNTIL_S.items()],
    )  # fmt: skip


def _clock_time(hour: int) -> str:
    return f"{hour:02d}:00:00"


def _fill_calendars(con: duckdb.DuckDBPyConnection, timeline: Timeline, change: date | None) -> None:
    insert_rows(con, "calendars", "calendar_id name tz holiday_set",
                [(calendar_id, name, "Europe/Paris", "FR") for calendar_id, name in world.CALENDARS])  # fmt: skip
    valid: dict[str, tuple[date | None, date | None]] = {world.ALWAYS: (None, None), world.BEFORE_CHANGE: (None, None)}
    if change is not None:
        valid[world.BEFORE_CHANGE] = (None, change - timedelta(days=1))
        valid[world.AFTER_CHANGE] = (change, None)
    insert_rows(
        con, "calendar_hours", "calendar_id weekday open_local close_local valid_from valid_to",
        [(calendar_id, weekday, _clock_time(opens), _clock_time(closes), *valid[side])
         for calendar_id, weekdays, opens, closes, side in world.WEEKLY_HOURS if side in valid
         for weekday in weekdays],
    )  # fmt: skip
    insert_rows(
        con, "calendar_exceptions", "calendar_id on_date open_local close_local label",
        [(special.calendar_id, special.on, *(map(_clock_time, special.hours) if special.hours else (None, None)),
          special.label) for special in world.exceptions(timeline)],
    )  # fmt: skip


def _fill_policies(con: duckdb.DuckDBPyConnection, timeline: Timeline) -> None:
    start = timeline.first_day - timedelta(days=400)
    stricter = timeline.first_day + timedelta(days=timeline.days - STRICTER_SINCE)
    last = stricter - timedelta(days=1)
    day = 11 * HOUR
    rows = [
        ("PR-NORMALE-1", FIRST, None, None, 10 * HOUR, "business", start, last),
        ("PR-NORMALE-2", FIRST, None, None, 8 * HOUR, "business", stricter, None),
        ("PR-HAUTE", FIRST, None, "high", 5 * HOUR, "business", start, None),
        ("PR-URGENTE", FIRST, None, "urgent", 3 * HOUR, "business", start, None),
        ("PR-CHAT", FIRST, "chat", None, 2 * MINUTE, "calendar", start, None),
        ("RS-BASSE", LAST, None, "low", 5 * day, "business", start, None),
        ("RS-NORMALE", LAST, None, "normal", 3 * day, "business", start, None),
        ("RS-HAUTE", LAST, None, "high", 2 * day, "business", start, None),
        ("RS-URGENTE", LAST, None, "urgent", day, "business", start, None),
        ("CO-NORMALE", ORDER, None, None, 8 * HOUR, "business", start, None),
        ("CO-HAUTE", ORDER, None, "high", 4 * HOUR, "business", start, None),
        ("CO-URGENTE", ORDER, None, "urgent", 3 * HOUR, "business", start, None),
    ]
    insert_rows(
        con, "sla_policies",
        "policy_id metric channel priority target_s clock valid_from valid_to pause_statuses at_risk_ratio",
        [(*row, "pending", 0.75) for row in rows],
    )  # fmt: skip


TARGET_COLUMNS = (
    "target_id", "kpi_id", "role", "scope_dim", "scope_value", "op", "value_low", "value_high", "threshold_s",
    "source", "valid_from", "valid_to",
)  # fmt: skip
FALLBACK_TARGETS = (
    ("answer_rate", ">=", 0.90, None, None),
    ("service_level", ">=", 0.80, None, 30),
    ("csat_rate", ">=", 0.80, None, None),
)


def _fill_targets(con: duckdb.DuckDBPyConnection, timeline: Timeline) -> None:
    """The default targets shipped beside the tables, else three of our own."""
    shipped = resources.files("data").joinpath("targets.json")
    if shipped.is_file():
        targets = json.loads(shipped.read_text(encoding="utf-8"))["targets"]
        rows = [tuple(target.get(name) for name in TARGET_COLUMNS) for target in targets]
    else:
        rows = [
            (f"T{number:02d}", kpi_id, "target", None, None, op, low, high, threshold, "Objectif maison",
             timeline.first_day, None)
            for number, (kpi_id, op, low, high, threshold) in enumerate(FALLBACK_TARGETS, 1)
        ]  # fmt: skip
    insert_rows(con, "targets", " ".join(TARGET_COLUMNS), rows)


def _fill_costs(con: duckdb.DuckDBPyConnection, timeline: Timeline, planted: Planted, tickets: int, seed: int) -> None:
    """Lines of each month, organisation and category; the months follow the season of the demand."""
    rng = stream(seed, "costs")
    days = timeline.all_days[: timeline.days]
    months = sorted({date(day.year, day.month, 1) for day in days})
    factors = day_factors(timeline, planted)[: timeline.days]
    in_month = np.array([months.index(day.replace(day=1)) for day in days])
    monthly = np.bincount(in_month, weights=factors) / factors.sum() * tickets * COST_PER_TICKET_EUR
    rows: list[tuple[object, ...]] = []
    for month, total in zip(months, monthly.tolist(), strict=True):
        for organisation, share in zip(world.ORGANISATIONS, ORGANISATION_SPLIT, strict=True):
            for category, channel, part in COST_SPLIT:
                amount = round(total * share * part * (0.96 + 0.08 * rng.random()), 2)
                rows.append((f"K{len(rows) + 1:04d}", month, organisation, channel, category, amount,
                             IMPORTS["planning"]))  # fmt: skip
    insert_rows(con, "costs", "cost_id month organisation channel category amount_eur _import_id", rows)
