"""Who and what the demo centre is: organisations, teams, calendars, requests, products. Constants, and no draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from data.sample.clock import HOUR, OpenHours, Timeline
from data.sample.planted import NewHours

RETAILER = "Ondine Maison"
MARKETPLACE = "Ondine Place de marché"
ORGANISATIONS = (RETAILER, MARKETPLACE)


@dataclass(frozen=True, slots=True)
class Team:
    team_id: str
    name: str
    site: str
    organisation: str
    calendar_id: str
    manager: str
    hourly_cost_eur: float
    agents: int
    utilisation: float
    """Expected work over planned capacity; nearer to 1, queues are longer."""


TEAMS = (
    Team("ACCUEIL", "Accueil téléphonique", "Lyon", RETAILER, "STANDARD", "A901", 29.0, 11, 0.86),
    Team("COURRIELS", "Courriels et formulaires", "Lille", RETAILER, "COURRIELS", "A902", 28.0, 9, 0.72),
    Team("SOCIAL", "Messageries et réseaux sociaux", "Nantes", RETAILER, "ETENDU", "A903", 30.0, 6, 0.80),
    Team("TECHNIQUE", "Support technique", "Lyon", RETAILER, "SAMEDI", "A901", 36.0, 8, 0.78),
    Team("VENDEURS", "Place de marché", "Nantes", MARKETPLACE, "STANDARD", "A903", 31.0, 6, 0.74),
    Team("COMMANDES", "Bureau des commandes", "Lille", RETAILER, "BUREAU", "A902", 33.0, 5, 0.85),
)
ACCUEIL, COURRIELS, SOCIAL, TECHNIQUE, VENDEURS, COMMANDES = range(len(TEAMS))
TEAM_IDS = tuple(team.team_id for team in TEAMS)

# -- opening hours

CALENDARS = (
    ("STANDARD", "Semaine, 8 h - 19 h"),
    ("COURRIELS", "Courriels"),
    ("ETENDU", "Lundi au samedi, horaires étendus"),
    ("SAMEDI", "Semaine et samedi"),
    ("BUREAU", "Bureau, 8 h - 18 h"),
)
WEEK, SATURDAY = range(1, 6), range(6, 7)
ALWAYS, BEFORE_CHANGE, AFTER_CHANGE = "always", "before", "after"
WEEKLY_HOURS: tuple[tuple[str, range, int, int, str], ...] = (
    ("STANDARD", WEEK, 8, 19, ALWAYS),
    ("COURRIELS", WEEK, 8, 19, BEFORE_CHANGE),
    ("COURRIELS", WEEK, 8, 20, AFTER_CHANGE),
    ("COURRIELS", SATURDAY, 9, 13, AFTER_CHANGE),
    ("ETENDU", range(1, 7), 8, 21, ALWAYS),
    ("SAMEDI", WEEK, 8, 19, ALWAYS),
    ("SAMEDI", SATURDAY, 9, 17, ALWAYS),
    ("BUREAU", WEEK, 8, 18, ALWAYS),
)
"""Calendar, weekdays, local opening and closing hour, and on which side of the schedule change it holds."""

CHRISTMAS_EVE_CLOSING = 16
TRAINING_DAY_CLOSING = 14
TRAINING_DAY = 100
"""Days before the end (moved to a Thursday) of the half day that the technical support spends in training."""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that replaces the weekly hours of a calendar; hours of None: closed."""

    calendar_id: str
    on: date
    hours: tuple[int, int] | None
    label: str


def change_date(timeline: Timeline, change: NewHours | None) -> date | None:
    """First day of the new opening hours; None when they never change."""
    return None if change is None else timeline.first_day + timedelta(days=timeline.days - change.since)


def exceptions(timeline: Timeline) -> Iterator[SpecialDay]:
    """The exceptional days of history and margin."""
    days = timeline.all_days
    for day in days:
        if (day.month, day.day) == (12, 24) and day.isoweekday() <= 5:
            for calendar_id, _ in CALENDARS:
                yield SpecialDay(calendar_id, day, (8, CHRISTMAS_EVE_CLOSING), "Veille de Noël")
        if day.month == 12 and 15 <= day.day <= 21 and day.isoweekday() == 7:
            yield SpecialDay("ETENDU", day, (10, 18), "Dimanche avant Noël")
        if (day.month, day.day) == (1, 2) and day.isoweekday() <= 5:
            yield SpecialDay("BUREAU", day, None, "Inventaire")
    training = days[timeline.days - TRAINING_DAY]
    training += timedelta(days=4 - training.isoweekday())
    yield SpecialDay("SAMEDI", training, (8, TRAINING_DAY_CLOSING), "Formation de l’équipe")


def open_hours(timeline: Timeline, new_hours: NewHours | None) -> dict[str, OpenHours]:
    """Each calendar expanded over history and margin: exceptions first, then holidays, then the week."""
    special = {(exception.calendar_id, exception.on): exception.hours for exception in exceptions(timeline)}
    closed = timeline.holidays()
    change = change_date(timeline, new_hours)
    opened: dict[str, list[tuple[int, int]]] = {calendar_id: [] for calendar_id, _ in CALENDARS}
    midnights = (timeline.instant_of(number) for number in range(len(closed)))
    for number, (day, midnight) in enumerate(zip(timeline.all_days, midnights, strict=True)):
        for calendar_id, ranges in opened.items():
            if (calendar_id, day) in special:
                hours = special[calendar_id, day]
            else:
                hours = None if closed[number] else _weekly(calendar_id, day, change)
            if hours:
                ranges.append((midnight + hours[0] * HOUR, midnight + hours[1] * HOUR))
    return {calendar_id: OpenHours.of(ranges) for calendar_id, ranges in opened.items()}


def _weekly(calendar_id: str, day: date, change: date | None) -> tuple[int, int] | None:
    side = AFTER_CHANGE if change is not None and day >= change else BEFORE_CHANGE
    for name, weekdays, opens, closes, holds in WEEKLY_HOURS:
        if name == calendar_id and day.isoweekday() in weekdays and holds in (ALWAYS, side):
            return opens, closes
    return None


# -- what customers ask

CHANNEL_TEAMS: dict[str, dict[int, float]] = {
    "phone": {ACCUEIL: 0.62, TECHNIQUE: 0.22, VENDEURS: 0.16},
    "click_to_talk": {ACCUEIL: 0.80, TECHNIQUE: 0.20},
    "chat": {SOCIAL: 0.72, TECHNIQUE: 0.28},
    "email": {COURRIELS: 0.68, TECHNIQUE: 0.14, VENDEURS: 0.12, COMMANDES: 0.06},
    "web_form": {COURRIELS: 0.62, TECHNIQUE: 0.24, VENDEURS: 0.14},
    "facebook": {SOCIAL: 1.0},
    "x_twitter": {SOCIAL: 1.0},
    "instagram": {SOCIAL: 1.0},
    "whatsapp": {SOCIAL: 0.90, TECHNIQUE: 0.10},
    "sms": {SOCIAL: 1.0},
    "post": {COURRIELS: 1.0},
    "marketplace": {VENDEURS: 1.0},
    "visit": {ACCUEIL: 1.0},
    "other": {COURRIELS: 1.0},
}
CHANNEL_SHARES: dict[str, float] = {
    "phone": 0.340, "click_to_talk": 0.015, "chat": 0.120, "email": 0.285, "web_form": 0.080,
    "facebook": 0.035, "x_twitter": 0.020, "instagram": 0.013, "whatsapp": 0.042, "sms": 0.008,
    "post": 0.008, "marketplace": 0.024, "visit": 0.008, "other": 0.002,
}  # fmt: skip
"""Of the tickets. Chats and visits wanted while nobody is there become web forms."""
LIVE_CHANNELS = ("chat", "visit")


@dataclass(frozen=True, slots=True)
class Request:
    """A reason of contact. `complexity` runs from 0 (one sentence answers it) to 1."""

    name: str
    complexity: float
    ticket_type: str
    shares: tuple[float, float, float, float, float, float]
    """Weight in each of TEAMS."""


REQUESTS = (
    Request("Suivi de livraison", 0.05, "question", (22, 20, 24, 0, 6, 8)),
    Request("Retard de livraison", 0.70, "complaint", (9, 10, 11, 0, 8, 6)),
    Request("Colis endommagé", 0.75, "complaint", (5, 6, 5, 2, 6, 4)),
    Request("Retour et remboursement", 0.50, "request", (13, 18, 10, 3, 14, 4)),
    Request("Facture et paiement", 0.40, "question", (12, 16, 7, 1, 10, 14)),
    Request("Compte et connexion", 0.10, "request", (9, 8, 13, 8, 6, 2)),
    Request("Conseil avant achat", 0.10, "question", (13, 5, 17, 4, 4, 2)),
    Request("Modification de commande", 0.15, "request", (9, 8, 6, 0, 5, 40)),
    Request("Annulation", 0.15, "request", (4, 5, 3, 0, 3, 20)),
    Request("Fidélité et avantages", 0.10, "question", (4, 4, 4, 0, 0, 0)),
    Request("Panne ou défaut", 0.85, "incident", (0, 0, 0, 46, 0, 0)),
    Request("Garantie et réparation", 0.75, "request", (0, 0, 0, 24, 4, 0)),
    Request("Installation et réglages", 0.25, "question", (0, 0, 0, 12, 0, 0)),
    Request("Litige avec un vendeur", 0.90, "complaint", (0, 0, 0, 0, 20, 0)),
    Request("Compte vendeur", 0.30, "question", (0, 0, 0, 0, 14, 0)),
)
REQUEST_NAMES = tuple(request.name for request in REQUESTS)
ADVICE = REQUEST_NAMES.index("Conseil avant achat")
FAULT = REQUEST_NAMES.index("Panne ou défaut")
COMPLEX_FROM = 0.5
"""Complexity from which a request counts as complex."""

INCIDENT_TEAM_SHARE = 0.45
"""Share of the incident's extra tickets that go straight to the technical support."""


@dataclass(frozen=True, slots=True)
class Product:
    product_id: str
    name: str
    price_eur: float
    share: float
    yearly_trend: float
    """Growth of its sales a year, as a factor."""


PRODUCTS = (
    Product("P01", "Cafetière Alba", 89.0, 0.20, 1.10),
    Product("P02", "Aspirateur Brise", 179.0, 0.16, 1.00),
    Product("P03", "Lave-linge Océane", 429.0, 0.10, 0.95),
    Product("P04", "Réfrigérateur Boréal", 549.0, 0.08, 0.90),
    Product("P05", "Robot Mistral", 349.0, 0.12, 1.25),
    Product("P06", "Four Ambre", 299.0, 0.09, 1.00),
    Product("P07", "Enceinte Écho", 119.0, 0.14, 1.35),
    Product("P08", "Montre Pulsar", 159.0, 0.07, 0.60),
    Product("P09", "Bouilloire Iris", 39.0, 0.04, 1.60),
)
PRODUCT_NAMES = tuple(product.name for product in PRODUCTS)
