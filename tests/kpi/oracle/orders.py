"""The order desk: orders, their promises and lines, disputes, products."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from tests.kpi.oracle.classes import by_class, mix
from tests.kpi.oracle.clock import local, local_day, moment, stamp, stamps
from tests.kpi.oracle.figures import (
    Fields,
    Measure,
    Question,
    count,
    figures,
    groups,
    mean,
    quantile_of,
    ratio,
    selected,
    share,
)
from tests.kpi.oracle.known import Known, counted
from tests.kpi.oracle.sla import Policies
from tests.kpi.oracle.tickets import Answered, _stock, stock_instants

PROCESSED = ("approved", "rejected")
APPROVED = ("approved",)
THIRTY_DAYS = timedelta(days=30)
DESK = ("channel", "priority", "team_id", "site", "organisation", "agent_id", "touchless", "customer_id")
QUARREL = ("cause", "team_id", "organisation", "customer_id")


def _orders(known: Known) -> pd.DataFrame:
    return counted(known.tables["orders"])


def _decided(known: Known, decisions: tuple[str, ...] = PROCESSED) -> pd.DataFrame:
    rows = _orders(known)
    rows = rows[rows.decision.isin(decisions)]
    return rows.assign(placed_at=rows.decided_at)


def _disputes(known: Known) -> pd.DataFrame:
    return counted(known.tables["disputes"])


def _lines(known: Known, orders: pd.DataFrame) -> pd.DataFrame:
    """The lines of orders, each with what its order is."""
    lines = known.tables["order_lines"][["order_id", "line_no", "product_id", "quantity", "amount_eur"]]
    return orders.merge(lines, on="order_id")


def _line_counts(known: Known, orders: pd.DataFrame) -> pd.Series:
    return orders.order_id.map(known.tables["order_lines"].groupby("order_id").size())


# ---------------------------------------------------------------------------------------------- stocks


def _waiting(known: Known, question: Question, rows: pd.DataFrame, begun: str, ended: str) -> Answered:
    """How many had begun and not ended, at each instant asked."""
    found = []
    for bucket, read, _ in stock_instants(question, known.world.zone):
        here = rows[(rows[begun] <= read) & ~(rows[ended] <= read)]
        found.append(here.assign(bucket=bucket))
    return _stock(known, question, pd.concat(found, ignore_index=True), count)


def pending(known: Known, question: Question) -> Answered:
    return _waiting(known, question, _orders(known), "received_at", "decided_at")


def pending_first(known: Known, question: Question) -> Answered:
    rows = _orders(known)
    return _waiting(known, question, rows[rows.priority.isin(["high", "urgent"])], "received_at", "decided_at")


def disputes_open(known: Known, question: Question) -> Answered:
    return _waiting(known, question, _disputes(known), "opened_at", "resolved_at")


# ---------------------------------------------------------------------------------------------- volumes


def _received(known: Known) -> pd.DataFrame:
    rows = _orders(known)
    return rows.assign(placed_at=rows.received_at)


def _opened(known: Known) -> pd.DataFrame:
    rows = _disputes(known)
    return rows.assign(placed_at=rows.opened_at)


def received(known: Known, question: Question) -> Answered:
    return figures(_received(known), question, known.world, count)


def decided(*decisions: str) -> Any:
    def ask(known: Known, question: Question) -> Answered:
        return figures(_decided(known, decisions), question, known.world, count)

    return ask


def disputes_opened(known: Known, question: Question) -> Answered:
    return figures(_opened(known), question, known.world, count)


def channel_mix(known: Known, question: Question) -> Answered:
    answers = mix(_received(known), question, known.world, "channel")
    return {keys: _without(fields, "cumulative") for keys, fields in answers.items()}


def causes(known: Known, question: Question) -> Answered:
    return mix(_opened(known), question, known.world, "cause")


def _without(fields: Fields, name: str) -> Fields:
    return {key: value for key, value in fields.items() if key != name}


# ---------------------------------------------------------------------------------------------- times


def _timed(rows: pd.DataFrame, begun: str, ended: str) -> pd.DataFrame:
    start, end = stamps(rows[begun]), stamps(rows[ended])
    return rows.assign(placed_at=rows[ended], seconds=end - start, invalid=end < start)


def processing_time(measure: Measure) -> Any:
    def ask(known: Known, question: Question) -> Answered:
        rows = _timed(_decided(known), "received_at", "decided_at")
        if question.params.get("clock") == "business":
            opened = (known.world.open_until(rows.team_id, stamps(rows[at])) for at in ("received_at", "decided_at"))
            before, after = opened
            rows = rows.assign(seconds=after - before)
        return _beside_the_waiting(known, question, rows, measure, pending)

    return ask


def dispute_time(measure: Measure) -> Any:
    def ask(known: Known, question: Question) -> Answered:
        rows = _disputes(known)
        rows = _timed(rows[rows.resolved_at.notna()], "opened_at", "resolved_at")
        return _beside_the_waiting(known, question, rows, measure, disputes_open)

    return ask


def _beside_the_waiting(known: Known, question: Question, rows: pd.DataFrame, measure: Measure, stock: Any) -> Answered:
    """Times of what is decided are shown with what still waits at `as_of` (G8a)."""
    answers = figures(rows, question, known.world, measure)
    if question.grain is not None:
        return answers
    waiting = stock(known, Question(question.kpi, question.as_of, by=question.by, filters=question.filters))
    for keys in dict.fromkeys([*answers, *waiting]):
        fields = answers.setdefault(keys, measure(rows.head(0)))
        fields["n_open"] = waiting[keys]["n"] if keys in waiting else 0
    return answers


def cycle_time(known: Known, question: Question) -> Answered:
    rows = _orders(known)
    rows = _timed(rows[rows.delivered_at.notna()], "received_at", "delivered_at")
    return figures(rows, question, known.world, mean)


# ---------------------------------------------------------------------------------------------- promises


def _commitment(known: Known, policies: Policies, order: dict[str, Any]) -> tuple[str | None, float]:
    """State of an order and the instant at which it is, or was, due."""
    start = stamp(order["received_at"].to_pydatetime())
    day = local_day(order["received_at"].to_pydatetime(), known.world.zone)
    team = order["team_id"] if isinstance(order["team_id"], str) else None
    policy = policies.of(day, order["channel"], order["priority"], team)
    done = pd.notna(order["decided_at"])
    end = stamp(order["decided_at"].to_pydatetime()) if done else stamp(known.t)
    if policy is None or end < start:
        return None, np.nan
    clock = policies.clock(policy, team)
    elapsed = clock.seconds(start, end)
    if elapsed > policy["target_s"]:
        return "bad", clock.add(start, policy["target_s"])
    return "good" if done else "open", clock.add(end, policy["target_s"] - elapsed)


def _commitments(known: Known) -> pd.DataFrame:
    """Orders with a commitment that were not cancelled: `kind` and `placed_at`, when due."""
    if "_order_sla" not in known.__dict__:
        policies = Policies(known, "order_processing")
        rows = _orders(known)
        rows = rows[~(rows.decision == "cancelled")]
        found = [_commitment(known, policies, order) for order in rows.to_dict("records")]
        due = [pd.NaT if not np.isfinite(at) else moment(at) for _, at in found]
        rows = rows.assign(kind=[kind for kind, _ in found], placed_at=pd.Series(due, rows.index, "datetime64[us]"))
        known.__dict__["_order_sla"] = rows[rows.kind.notna()]
    return known.__dict__["_order_sla"]


def order_sla(known: Known, question: Question) -> Answered:
    rows = _commitments(known)
    judged = rows[rows.kind.isin(["good", "bad"]) & (rows.placed_at <= known.t)]
    answers = figures(judged, question, known.world, _judged)
    if question.grain is None:
        for keys, group in groups(selected(rows, question, known.world), question, known.world):
            ahead = (group.kind == "good") & (group.placed_at > known.t)
            beside = {"n_open": int((group.kind == "open").sum()), "n_achieved_not_due": int(ahead.sum())}
            answers[keys] = answers.get(keys, ratio(0, 0)) | beside
    return answers


def _judged(rows: pd.DataFrame) -> Fields:
    return ratio(int((rows.kind == "good").sum()), len(rows))


def within_sla(known: Known, question: Question) -> Answered:
    rows = _commitments(known)
    return figures(rows[(rows.kind == "good") & (rows.placed_at <= known.t)], question, known.world, count)


def approval_rate(known: Known, question: Question) -> Answered:
    rows = _decided(known)
    return figures(rows.assign(good=rows.decision == "approved"), question, known.world, _good)


def automation_rate(known: Known, question: Question) -> Answered:
    rows = _decided(known)
    return figures(rows.assign(good=rows.touchless.astype(bool)), question, known.world, _good)


def _good(rows: pd.DataFrame) -> Fields:
    return ratio(int(rows.good.sum()), len(rows))


def _promised(known: Known) -> pd.DataFrame:
    """Approved orders whose promise is due, with `on_time`."""
    rows = _orders(known)
    rows = rows[rows.decision.isin(APPROVED) & (rows.promised_at <= known.t)]
    return rows.assign(placed_at=rows.promised_at, on_time=rows.delivered_at <= rows.promised_at)


def on_time(known: Known, question: Question) -> Answered:
    rows = _promised(known)
    return figures(rows.assign(good=rows.on_time), question, known.world, _good)


def on_time_in_full(known: Known, question: Question) -> Answered:
    rows, lines = _promised(known), known.tables["order_lines"]
    full = (lines.quantity_delivered.fillna(0) >= lines.quantity).groupby(lines.order_id).all()
    whole = rows.order_id.isin(full.index[full])
    return figures(rows.assign(good=rows.on_time & whole), question, known.world, _good)


def dispute_rate(known: Known, question: Question) -> Answered:
    rows, disputes = _decided(known, APPROVED), _disputes(known)
    against = rows[["order_id", "decided_at"]].merge(disputes[["order_id", "opened_at"]], on="order_id")
    disputed = against.loc[against.opened_at <= against.decided_at + THIRTY_DAYS, "order_id"]
    young = rows.decided_at + THIRTY_DAYS > known.t
    kind = np.select([young, rows.order_id.isin(disputed)], ["open", "good"], "bad")
    return figures(rows.assign(kind=kind), question, known.world, share)


# ---------------------------------------------------------------------------------------------- work and lines


def _manual(known: Known) -> pd.DataFrame:
    rows = _decided(known)
    return rows[~rows.touchless.astype(bool) & rows.agent_id.notna()]


def per_clerk_day(known: Known, question: Question) -> Answered:
    rows = _manual(known)
    rows = rows.assign(day=local(rows.placed_at, known.world.zone).dt.date)

    def measure(rows: pd.DataFrame) -> Fields:
        return _per(len(rows), len(set(zip(rows.agent_id, rows.day, strict=True))), len(rows))

    return figures(rows, question, known.world, measure)


def lines_per_clerk(known: Known, question: Question) -> Answered:
    rows = _manual(known)
    rows = rows.assign(lines=_line_counts(known, rows).fillna(0))

    def measure(rows: pd.DataFrame) -> Fields:
        return _per(int(rows.lines.sum()), rows.agent_id.nunique(), len(rows))

    return figures(rows, question, known.world, measure)


def _per(work: int, units: int, n: int) -> Fields:
    return {"value": work / units if units else None, "numerator": work, "denominator": units, "n": n}


def lines_mean(known: Known, question: Question) -> Answered:
    rows = _received(known)
    rows = rows.assign(seconds=_line_counts(known, rows).astype(float), invalid=False)
    return figures(rows, question, known.world, mean)


# ---------------------------------------------------------------------------------------------- products


def top_products(known: Known, question: Question) -> Answered:
    def total(rows: pd.DataFrame) -> Fields:
        return {"value": float(rows.amount_eur.sum()), "n": len(rows)}

    def ranking(rows: pd.DataFrame) -> dict[Any, Fields]:
        whole = float(rows.amount_eur.sum())
        products = rows.groupby("product_id").agg(
            value=("amount_eur", "sum"), quantity=("quantity", "sum"), n=("line_no", "size")
        )
        found = [(name, *row) for name, *row in products.itertuples()]
        found.sort(key=lambda row: (-row[1], row[0]))
        return {
            name: {"value": value, "share": value / whole if whole else None, "quantity": quantity, "n": n}
            for name, value, quantity, n in found[: question.params.get("top", 10)]
        }

    return by_class(_lines(known, _decided(known, APPROVED)), question, known.world, total, ranking)


# ---------------------------------------------------------------------------------------------- what is asked

KPIS: dict[str, Any] = {
    "disputes_open": disputes_open,
    "orders_pending": pending,
    "priority_orders_to_validate": pending_first,
    "orders_received": received,
    "orders_processed": decided(*PROCESSED),
    "orders_approved": decided("approved"),
    "orders_rejected": decided("rejected"),
    "order_channel_mix": channel_mix,
    "disputes_opened": disputes_opened,
    "order_processing_time_mean": processing_time(mean),
    "order_processing_time_median": processing_time(quantile_of(0.5)),
    "order_sla_rate": order_sla,
    "orders_within_sla": within_sla,
    "order_approval_rate": approval_rate,
    "dispute_resolution_time_mean": dispute_time(mean),
    "dispute_resolution_time_median": dispute_time(quantile_of(0.5)),
    "on_time_delivery_rate": on_time,
    "otif_rate": on_time_in_full,
    "order_cycle_time_mean": cycle_time,
    "orders_per_clerk_day": per_clerk_day,
    "order_lines_per_clerk": lines_per_clerk,
    "order_lines_mean": lines_mean,
    "automation_rate": automation_rate,
    "top_products": top_products,
    "dispute_rate": dispute_rate,
    "dispute_causes": causes,
}
STOCKS = ("disputes_open", "orders_pending", "priority_orders_to_validate")
DIMENSIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(KPIS, DESK),
    **dict.fromkeys(("disputes_open", "disputes_opened"), QUARREL),
    **dict.fromkeys(("dispute_resolution_time_mean", "dispute_resolution_time_median"), QUARREL),
    "order_channel_mix": tuple(name for name in DESK if name != "channel"),
    "dispute_causes": ("team_id", "organisation"),
}
PARAMS: dict[str, tuple[dict[str, Any], ...]] = {
    **dict.fromkeys(("order_processing_time_mean", "order_processing_time_median"), ({}, {"clock": "business"})),
    "top_products": ({}, {"top": 2}, {"top": 1000}),
}
GRAINS: dict[str, tuple[str, ...]] = {}
VALUES: dict[str, tuple[Any, ...]] = {
    "touchless": (True, False),
    "customer_id": ("C1", "C2", None),
    "cause": ("price", "delivery_delay", None),
}
