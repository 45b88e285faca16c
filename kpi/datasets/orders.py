"""The order desk: orders, their lines, disputes, customers."""

from __future__ import annotations

from kpi.datasets.model import Dataset, Time, same

_ORDER = {
    **same("channel", "priority", "team_id", "organisation", "agent_id", "touchless", "customer_id"),
    "site": "team.site",
}
_DECIDED = dict.fromkeys(("decided_at", "decided_on", "decision"), "decided_at")

ORDERS = Dataset(
    "orders",
    table="order_facts",
    id=("order_id",),
    times={
        "received": Time("received_at", "received_on"),
        "decided": Time("decided_at", "decided_on"),
        "due": Time("due_at", "due_on"),
        "promised": Time("promised_at", "promised_on"),
        "delivered": Time("delivered_at", "delivered_on"),
    },
    dimensions=_ORDER,
    born_at="received_at",
    known_at={
        **_DECIDED,
        **dict.fromkeys(("processing_s", "processing_business_s"), "decided_at"),
        **dict.fromkeys(("delivered_at", "delivered_on", "cycle_s"), "delivered_at"),
        "first_disputed_at": "first_disputed_at",
    },
    needs_mask=True,
)

ORDER_LINES = Dataset(
    "order_lines",
    table="order_line_facts",
    id=("order_id", "line_no"),
    times={"decided": Time("decided_at", "decided_on")},
    dimensions={**_ORDER, "product_id": "product_id"},
    born_at="received_at",
    known_at=_DECIDED,
    base="exclusion IS NULL AND received_at <= $as_of",  # decided before it was received, by mistake of the source
)

DISPUTES = Dataset(
    "disputes",
    table="dispute_facts",
    id=("dispute_id",),
    times={"opened": Time("opened_at", "opened_on"), "resolved": Time("resolved_at", "resolved_on")},
    dimensions={**same("cause", "team_id", "customer_id"), "organisation": "team.organisation"},
    born_at="opened_at",
    known_at=dict.fromkeys(("resolved_at", "resolved_on", "resolution_s"), "resolved_at"),
    needs_mask=True,
)

CUSTOMERS = Dataset(
    "customers",
    table="customers",
    id=("customer_id",),
    times={},
    dimensions=same("segment"),
    born_at=None,
    base="acquired_at <= $as_of",
)

DATASETS: tuple[Dataset, ...] = (ORDERS, ORDER_LINES, DISPUTES, CUSTOMERS)
