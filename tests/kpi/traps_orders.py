"""Small centres with an order desk, surveys and comments, in which everything that can go wrong does.

The tickets, contacts and hours are those of `tests.kpi.traps`; instants come from the same season, so that decisions,
promises and disputes fall on local midnights, on both changes of the clock and exactly on thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pandas as pd

from data import schema
from tests.kpi import traps
from tests.kpi.traps import DAY, HOUR, Hand, Row

DELAYS = (0, 1, 30, HOUR - 1, HOUR, HOUR + 1, 4 * HOUR, 8 * HOUR, DAY, DAY + 1, 3 * DAY, -1, -2 * DAY)
"""From receipt to decision: exactly the promised times, and decisions before the receipt."""
DISPUTED = (0, DAY, 30 * DAY - 1, 30 * DAY, 30 * DAY + 1, -HOUR)
"""From decision to dispute."""
ORDER_CHANNELS = ("email", "email", "edi", "fax", "phone", "portal")
PRODUCTS = ("P1", "P2", "P3", "P4")
CAUSES = ("price", "quantity", "delivery_delay", None)
SCALES = ((1, 7), (1, 5), (0, 10), (1, 10), (1, 4), (0, 1))
DIMENSIONS = ("responsiveness", "reliability", "assurance", "tangibles", "empathy")
COMMENTS = (
    None, None, "", "   ", "\t\n", "Livraison en retard", "DÉLAI trop long, pas de remboursement", "livraisons",
    "relivraison3", "3livraison", "à l’écoute, merci au conseiller", "A L'ECOUTE", "cœur", "coeur de métier",
    "colis-livraison", "colis_perdu", "avoir", "savoir", "l'avoir, merci",
)  # fmt: skip
HOURLY_COSTS = {"T1": 30.0, "T2": 24.5, "T3": None, "T4": 36.0}
TOPICS = {
    "livraison": "livraison|colis|délai",
    "remboursement": "remboursement|avoir",
    "écoute": "à l'écoute| conseillère |Conseiller|",
    "coeur": "cœur",
    "silence": "jamais dit",
}


def tables(seed: int, first: Any = None) -> dict[str, list[Row]]:
    """The raw tables of a centre; the same for the same seed. `first` is the first local day of its season."""
    made = traps.tables(seed, first)
    hand = Hand(seed + 1_000_003, first or Hand(seed).first)
    for team in made["teams"]:
        team["hourly_cost_eur"] = HOURLY_COSTS[team["team_id"]]
    made["sla_policies"] += _promises(hand)
    made["orders"], made["order_lines"] = _orders(hand)
    made["disputes"] = _disputes(hand, made["orders"])
    made["customers"] = _customers(hand)
    made["surveys"] += _surveys(hand, made["tickets"])
    made["interactions"] += _odd_contacts(hand, made)
    made["topics"] = [{"topic": topic, "keywords": keywords} for topic, keywords in TOPICS.items()]
    made["transcripts"] = [
        {"interaction_id": row["interaction_id"], "text": hand.one([text for text in COMMENTS if text])}
        for row in made["interactions"]
        if hand.often(0.4)
    ]
    for rows in made.values():
        hand.random.shuffle(rows)
    return made


def instants(seed: int, first: Any = None) -> dict[str, datetime]:
    """`start` and `end` of the season, `late` when all is known, `early` and `middle` inside it."""
    return traps.instants(seed, first)


def _after(hand: Hand, at: datetime, delays: tuple[int, ...]) -> datetime:
    at += timedelta(seconds=hand.one(delays))
    hand.used.append(at)
    return at


def _new(hand: Hand) -> datetime:
    """An instant of the season, of the fortnight before it or of the year before; now and then far in the future."""
    before = hand.one([0] * 6 + [14, 14, 365])
    return hand.instant() - timedelta(days=before) if hand.often(0.95) else hand.end + timedelta(days=60)


# ---------------------------------------------------------------------------------------------- orders


def _promises(hand: Hand) -> list[Row]:
    """Commitments on orders, never two as specific as each other from the same day."""
    chosen: dict[tuple[Any, ...], Row] = {}
    for number in range(hand.random.randrange(2, 7)):
        selectors = {
            "channel": hand.one([None, None, "email", "edi"]) if number else None,
            "priority": hand.one([None, None, "urgent", "high"]) if number else None,
            "team_id": hand.one([None, None, "T1", "T4"]),
        }
        starts = hand.first + timedelta(days=hand.one([-400, 5, 6]) if number else -400)
        chosen[*selectors.values(), starts] = {
            "policy_id": f"PO{number}", "metric": "order_processing", **selectors,
            "target_s": hand.one([HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY]),
            "clock": hand.one(["business", "business", "calendar"]),
            "calendar_id": hand.one([None, None, "DAY", "NIGHT"]), "pause_statuses": "pending",
            "at_risk_ratio": 0.75, "valid_from": starts,
            "valid_to": hand.one([None, None, hand.first + timedelta(days=9)]),
        }  # fmt: skip
    return list(chosen.values())


def _orders(hand: Hand) -> tuple[list[Row], list[Row]]:
    orders: list[Row] = []
    lines: list[Row] = []
    for number in range(hand.random.randrange(25, 70)):
        received = _new(hand)
        order: Row = {
            "order_id": f"O{number:02}", "customer_id": hand.one(traps.CUSTOMERS), "team_id": hand.one(traps.TEAMS),
            "organisation": hand.one(["O1", "O2", "O3", None]), "agent_id": hand.one(["A1", "A2", None]),
            "channel": hand.one(ORDER_CHANNELS), "priority": hand.one(traps.PRIORITIES), "received_at": received,
            "touchless": hand.often(0.25), "exclusion": hand.one([None] * 12 + ["duplicate", "test"]),
        }  # fmt: skip
        if hand.often(0.8):
            order["decided_at"] = _after(hand, received, DELAYS)
            order["decision"] = hand.one(["approved"] * 6 + ["rejected", "rejected", "cancelled"])
        if hand.often(0.6):
            order["promised_at"] = hand.later(hand.one([received, hand.instant()]))
        if hand.often(0.5):
            late = hand.one([0, 0, 1, -1, DAY])
            order["delivered_at"] = order.get("promised_at", hand.instant()) + timedelta(seconds=late)
        orders.append(order)
        lines += _lines(hand, order["order_id"])
    return orders, lines


def _lines(hand: Hand, order_id: str) -> list[Row]:
    """None for some orders; products repeat, cost nothing or are delivered in part."""
    found: list[Row] = []
    for number in range(hand.one([0, 1, 1, 2, 3, 4])):
        quantity = hand.one([1, 1, 2, 5, 2.5])
        found.append(
            {"order_id": order_id, "line_no": number + 1, "product_id": hand.one(PRODUCTS), "quantity": quantity,
             "quantity_delivered": hand.one([quantity] * 6 + [quantity + 1, quantity - 1, 0, None]),
             "amount_eur": quantity * hand.one([10, 10, 20, 0])}
        )  # fmt: skip
    return found


def _disputes(hand: Hand, orders: list[Row]) -> list[Row]:
    found: list[Row] = []
    decided = [row for row in orders if "decided_at" in row]
    for number in range(hand.random.randrange(12, 35)):
        order = hand.one(decided) if decided and hand.often(0.85) else {}
        opened = _after(hand, order["decided_at"], DISPUTED) if order and hand.often(0.7) else _new(hand)
        row: Row = {
            "dispute_id": f"D{number:02}", "order_id": order.get("order_id", hand.one([None, "O-unknown"])),
            "customer_id": hand.one(traps.CUSTOMERS), "team_id": hand.one(traps.TEAMS),
            "agent_id": hand.one(["A1", None]), "cause": hand.one(CAUSES), "opened_at": opened,
            "amount_eur": hand.one([None, 10.0]), "exclusion": hand.one([None] * 9 + ["duplicate"]),
        }  # fmt: skip
        if hand.often(0.6):
            row["resolved_at"] = _after(hand, opened, DELAYS)
        found.append(row)
        if hand.often(0.15):  # the same quarrel once more
            found.append({**row, "dispute_id": f"D{number:02}b", "cause": hand.one(CAUSES)})
    return found


def _customers(hand: Hand) -> list[Row]:
    """Won and lost at the very ends of the season, and both inside it."""
    edges = [hand.start, hand.end, hand.start + timedelta(days=1), hand.end - timedelta(seconds=1)]
    found: list[Row] = []
    for number in range(hand.random.randrange(12, 30)):
        won = hand.one([*edges, hand.instant(), hand.start - timedelta(days=90), hand.start - timedelta(seconds=1)])
        row: Row = {"customer_id": f"C{number}", "acquired_at": won, "segment": hand.one(["pro", "home", None])}
        if hand.often(0.5):
            row["churned_at"] = max(won, hand.one([*edges, hand.instant(), won, hand.end + timedelta(days=60)]))
        found.append(row)
    return found


# ---------------------------------------------------------------------------------------------- surveys, contacts


def _surveys(hand: Hand, tickets: list[Row]) -> list[Row]:
    found: list[Row] = []
    for number in range(hand.random.randrange(30, 60)):
        sent = hand.instant()
        kind = hand.one(["ces", "ces", "fcr", "fcr", "servqual", "servqual", "servqual", "csat", "nps"])
        low, high = {"fcr": (0, 1), "nps": (0, 10)}.get(kind) or hand.one(SCALES)
        if kind == "fcr" and hand.often(0.1):
            low, high = 1, 5
        row: Row = {
            "survey_id": f"V{number:02}", "item": "main", "survey_type": kind,
            "ticket_id": hand.one([None, *(row["ticket_id"] for row in tickets)]), "team_id": hand.one(traps.TEAMS),
            "agent_id": hand.one(["A1", "A2", None]), "channel": hand.one(["email", "phone", None]), "sent_at": sent,
            "scale_min": low, "scale_max": high, "higher_is_better": hand.often(0.6) or kind == "nps",
            "exclusion": hand.one([None] * 10 + ["test"]),
        }  # fmt: skip
        if hand.often(0.8):
            row["responded_at"] = sent + timedelta(seconds=hand.one([0, HOUR, 3 * DAY, 14 * DAY, -HOUR]))
        items = _items(hand, row) if kind == "servqual" else [row]
        if hand.often(0.2):
            items.append({**row, "item": "zz", "survey_type": "csat", "exclusion": hand.one([None, "test"])})
        for item in items:
            _answer(hand, item)
        found += items
    return found


def _items(hand: Hand, row: Row) -> list[Row]:
    """Questions of a SERVQUAL invitation: some dimensions twice, some never, a few on none."""
    parts = [(dimension, "perception") for dimension in DIMENSIONS if hand.often(0.85)]
    parts += [(dimension, "expectation") for dimension in DIMENSIONS if hand.often(0.5)]
    parts += [(hand.one([*DIMENSIONS, None]), hand.one(["perception", "expectation"])) for _ in range(2)]
    return [
        {**row, "item": f"{number:02}", "dimension": dimension, "component": component}
        for number, (dimension, component) in enumerate(parts)
    ]


def _answer(hand: Hand, row: Row) -> None:
    if "responded_at" not in row:
        return
    low, high = row["scale_min"], row["scale_max"]
    row["score"] = hand.one([None, high + 1, low - 1]) if hand.often(0.1) else hand.one(range(low, high + 1))
    row["comment"] = hand.one(COMMENTS)


def _odd_contacts(hand: Hand, made: dict[str, list[Row]]) -> list[Row]:
    """Contacts of tickets that are their own parent, each other's, transfers of a transfer or of an excluded call;
    outbound ones, untimed ones, and one on a ticket that nobody knows."""
    names = [row["ticket_id"] for row in made["tickets"]]
    links = {
        "X0": "X0", "X1": "X2", "X2": "X1", "X3": None, "X4": "X3", "X5": "X4", "X6": None, "X7": "X6", "X8": None,
        "X9": None,
    }  # fmt: skip
    found: list[Row] = []
    for name, parent in links.items():
        offered = hand.instant()
        answered = hand.later(offered)
        found.append(
            {"interaction_id": name, "parent_interaction_id": parent, "ticket_id": hand.one(names),
             "channel": hand.one(["phone", "email"]), "direction": "outbound" if name == "X8" else "inbound",
             "team_id": hand.one(traps.TEAMS), "agent_id": hand.one(["A1", None]), "offered_at": offered,
             "answered_at": answered, "ended_at": answered + timedelta(seconds=600), "outcome": "answered",
             "talk_s": 300, "hold_s": None if name == "X9" else 60, "wrap_s": hand.one([0, 60]),
             "exclusion": "test" if name == "X6" else None}
        )  # fmt: skip
    return [*found, {**found[-1], "interaction_id": "X10", "ticket_id": "K-unknown"}]


# ---------------------------------------------------------------------------------------------- rows to frames


def frames(tables: Mapping[str, list[Row]]) -> dict[str, pd.DataFrame]:
    """Every canonical table as DuckDB gives it, empty when there are no rows; missing columns have their default."""
    with duckdb.connect() as con:
        for table in schema.CANONICAL:
            con.execute(schema.create_table(table))
            columns = [column for column in table.columns if not column.name.startswith("_")]
            rows = [[_value(row, column) for column in columns] for row in tables.get(table.name, [])]
            if rows:
                names = ", ".join(f'"{column.name}"' for column in columns)
                places = ", ".join([f"({', '.join('?' * len(columns))})"] * len(rows))
                con.execute(f'INSERT INTO "{table.name}" ({names}) VALUES {places}', [v for row in rows for v in row])
        return {table.name: con.execute(f'FROM "{table.name}"').df() for table in schema.CANONICAL}


def _value(row: Row, column: schema.Column) -> Any:
    value = row.get(column.name)
    if value is None:
        return column.default if column.required else None
    return value.removesuffix("Z") if column.type == "TIMESTAMP" and isinstance(value, str) else value
