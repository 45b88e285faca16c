"""Ordinary lists of an order desk, in French or English: orders, their lines, disputes.

- A list says when an order was treated and what was decided, or neither: where only one of the two columns exists, it
  is left out and the notes say so, since a date of treatment does not say that the order was accepted. A row that has
  one without the other is refused.
- An order still under way has a status (En cours, À valider) that is no decision.
- Statuses Test and Doublon are exclusions.
- Numbers have decimal commas and blanks between thousands (1 234,50), or American ones (1,234.50); 1,234 alone could be
  either and is refused. A currency sign is dropped.
- Times are local, and dates in the order that the column proves.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from data.reading import Relation
from data.sources.dating import CLOCK_FORMATS
from data.sources.looking import Look, folded
from data.sources.shapes import Fill, Shape
from data.sources.vocabulary import COLUMNS, VALUES

_ORDER = (
    "order id", "id commande", "order number", "order no", "order ref", "numero de commande", "n commande",
    "no commande", "commande", "n de commande", "reference commande", "po number",
)  # fmt: skip
_OPTIONS = {"date_formats": list(CLOCK_FORMATS), "decimal_comma": True}
_UNDER_WAY = (
    "en cours", "a valider", "a traiter", "en attente", "recue", "recu", "nouvelle", "nouveau", "pending", "open",
    "in progress", "received", "new", "to validate", "on hold", "bloquee", "blocked", "test", "doublon", "duplicate",
)  # fmt: skip
_AUTOMATIC = ("automatique", "auto", "touchless", "sans intervention", "edi automatique", "straight through")


def named(table: str, *columns: str) -> dict[str, tuple[str, ...]]:
    """What exports call these columns of a table."""
    return {column: tuple(COLUMNS[table][column].split("|")) for column in columns}


def words(values: str) -> dict[str, str]:
    """Word of an export -> value of the schema."""
    return {word: value for value, spelt in VALUES[values].items() for word in (value, *spelt.split("|"))}


def plainly(column: str) -> str:
    """SQL of a word without case, accents and punctuation, as the vocabulary writes them."""
    return f"trim(regexp_replace(lower(strip_accents({column})), '[^a-z0-9]+', ' ', 'g'))"


def amount(column: str) -> str:
    """SQL of a number without its currency. 1,234.50 is American; 1,234 could be either and is left unreadable."""
    bare = f"trim(regexp_replace({column}, '€|EUR|eur', '', 'g'))"
    return (
        f"CASE WHEN regexp_full_match({bare}, '-?\\d{{1,3}}(,\\d{{3}})+\\.\\d+') THEN replace({bare}, ',', '') "
        f"WHEN regexp_full_match({bare}, '-?\\d{{1,3}}(,\\d{{3}})+') THEN {bare} || ' (thousands or decimals?)' "
        f"ELSE {bare} END"
    )


def _not_ours(look: Look) -> bool:
    """A file with the schema's own columns is read as such."""
    ours = {"order_id", "dispute_id"}
    return not any(ours & {folded(cell) for cell in cells} for _, cells in look.rows[:1])


def _listed(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _orders(con: duckdb.DuckDBPyConnection, relation: Relation) -> tuple[tuple[Fill, ...], tuple[str, ...]]:
    """Decisions are read when the list says both what and when."""
    has = {name: _ORDERS.index(name, relation.header) is not None for name in ("decision", "decided_at", "touchless")}
    notes: tuple[str, ...] = ()
    decided = has["decision"] and has["decided_at"]
    if has["decision"] != has["decided_at"]:
        lone = "what was decided, not when" if has["decision"] else "when orders were treated, not what was decided"
        notes = (f"the list says {lone}: decisions are left out",)
    decision = f"CASE WHEN {plainly('decision')} NOT IN ({_listed(_UNDER_WAY)}) THEN {plainly('decision')} END"
    fill = Fill(
        "orders",
        {
            "order_id": "order", "customer_id": "customer_id", "organisation": "organisation", "team_id": "team_id",
            "agent_id": "agent_id", "channel": "way", "priority": "urgency", "received_at": "received_at",
            "decided_at": "treated", "decision": "decided", "touchless": "untouched", "promised_at": "promised_at",
            "delivered_at": "delivered_at", "exclusion": "out",
        },
        {"channel": words("orders.channel"), "priority": words("priority"), "decision": words("decision")},
        sql=f"""
            SELECT *, {plainly("channel")} AS way, nullif({plainly("priority")}, '') AS urgency,
                {decision if decided else "NULL"} AS decided,
                {"CASE WHEN trim(decided_at) <> '' THEN decided_at END" if decided else "NULL"} AS treated,
                CASE WHEN {plainly("touchless")} IN ({_listed(_AUTOMATIC)}) THEN 'true'
                    WHEN {plainly("touchless")} IN ('manuel', 'manuelle', 'manual') THEN 'false'
                    ELSE nullif(trim(touchless), '') END AS untouched,
                CASE {plainly("decision")} WHEN 'test' THEN 'test' WHEN 'doublon' THEN 'duplicate'
                    WHEN 'duplicate' THEN 'duplicate' END AS out
            FROM records""",
        options=_OPTIONS,
    )  # fmt: skip
    return (fill,), notes


_ORDERS = Shape(
    system="order_desk", title="List of orders", signature=("order", "received_at", "channel"),
    names={
        "order": _ORDER,
        "received_at": ("received", "recu le", "recue le", "date de reception", "date reception", "order date",
                        "date de commande", "date commande", "date received"),
        "channel": ("channel", "canal", "mode de reception", "canal de reception", "order channel"),
        **named("orders", "customer_id", "organisation", "team_id", "agent_id", "priority", "decided_at", "decision",
                "touchless", "promised_at", "delivered_at"),
    },
    optional=("customer_id", "organisation", "team_id", "agent_id", "priority", "decided_at", "decision", "touchless",
              "promised_at", "delivered_at"),
    dates=("received_at", "decided_at", "promised_at", "delivered_at"), zoned=False, also=_not_ours, plan=_orders,
)  # fmt: skip
_LINES = Shape(
    system="order_desk", title="List of order lines", signature=("order", "line", "product", "quantity", "amount"),
    names={
        "order": _ORDER,
        "line": ("line number", "line no", "ligne", "n ligne", "numero de ligne", "no ligne"),
        "product": ("product id", "product code", "sku", "item", "article", "code article", "reference article",
                    "reference", "produit", "code produit"),
        "name": ("product name", "designation", "libelle", "description", "nom du produit", "libelle article"),
        "quantity": ("qty", "quantite", "qte", "quantite commandee", "ordered quantity", "qty ordered"),
        "delivered": ("quantity delivered", "quantite livree", "qte livree", "delivered quantity", "qty delivered"),
        "amount": ("montant", "montant ht", "line amount", "total", "total ht", "amount eur", "net amount"),
    },
    optional=("name", "delivered"), also=_not_ours,
    fills=(
        Fill(
            "order_lines",
            {"order_id": "order", "line_no": "line", "product_id": "product", "product_name": "name",
             "quantity": "ordered", "quantity_delivered": "came", "amount_eur": "eur"},
            sql=f"SELECT *, {amount('quantity')} AS ordered, {amount('delivered')} AS came, "
            f"{amount('amount')} AS eur FROM records",
            options=_OPTIONS,
        ),
    ),
)  # fmt: skip
_DISPUTES = Shape(
    system="order_desk", title="List of disputes", signature=("dispute", "opened_at", "cause"),
    names={
        "dispute": ("dispute number", "dispute id", "claim number", "litige", "numero de litige", "n litige",
                    "numero de reclamation", "n de litige"),
        "opened_at": ("opened", "opened on", "ouvert le", "date d'ouverture", "date du litige", "date de creation"),
        "order": (*_ORDER, "order", "order id"),
        "amount": ("montant", "montant conteste", "montant du litige", "disputed amount", "amount eur"),
        **named("disputes", "cause", "customer_id", "team_id", "agent_id", "resolved_at"),
    },
    optional=("order", "customer_id", "team_id", "agent_id", "resolved_at", "amount", "status", "statut"),
    dates=("opened_at", "resolved_at"), zoned=False, also=_not_ours,
    fills=(
        Fill(
            "disputes",
            {"dispute_id": "dispute", "order_id": "order", "customer_id": "customer_id", "team_id": "team_id",
             "agent_id": "agent_id", "cause": "cause", "opened_at": "opened_at", "resolved_at": "resolved_at",
             "amount_eur": "eur", "exclusion": "out"},
            sql=f"SELECT *, {amount('amount')} AS eur, CASE {plainly('coalesce(status, statut)')} WHEN 'test' THEN "
            "'test' WHEN 'doublon' THEN 'duplicate' WHEN 'duplicate' THEN 'duplicate' END AS out FROM records",
            options=_OPTIONS,
        ),
    ),
)  # fmt: skip
SHAPES = (_ORDERS, _LINES, _DISPUTES)
