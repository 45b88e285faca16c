"""A period beside the one before it: orders, disputes, products sold, customers kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd
from scipy.stats import binom

from tests.kpi.oracle.classes import by_class
from tests.kpi.oracle.clock import bucket_starts, local, midnight
from tests.kpi.oracle.figures import Fields, Keys, Question, figures, groups, in_period, selected
from tests.kpi.oracle.known import Known
from tests.kpi.oracle.orders import APPROVED, DESK, _decided, _good, _lines, _opened, _received
from tests.kpi.oracle.tickets import Answered

# ---------------------------------------------------------------------------------------------- two periods


def period_before(question: Question, zone: str) -> tuple[datetime, datetime]:
    """Rule G2b: the same number of months, else of local days, just before; or the same dates a year earlier."""
    assert question.period is not None
    start, end = (local(pd.Series([at]), zone)[0] for at in question.period)
    if question.params.get("against") == "last_year":
        return _back_to_utc(start - pd.DateOffset(years=1), zone), _back_to_utc(end - pd.DateOffset(years=1), zone)
    first = pd.Timedelta(0)
    if all(at.day == 1 and at - at.normalize() == first for at in (start, end)):
        months = 12 * (end.year - start.year) + end.month - start.month
        return _back_to_utc(start - pd.DateOffset(months=months), zone), question.period[0]
    days = (end.normalize() - start.normalize()).days
    return _back_to_utc(start - pd.DateOffset(days=days), zone), _back_to_utc(end - pd.DateOffset(days=days), zone)


def _back_to_utc(at: pd.Timestamp, zone: str) -> datetime:
    day = midnight(at.date(), zone)
    return day if at == at.normalize() else at.tz_localize(zone).tz_convert("UTC").tz_localize(None).to_pydatetime()


def _two_periods(known: Known, question: Question, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the period and of the one before, told apart by `now`."""
    before = replace(question, period=period_before(question, known.world.zone))
    rows = selected(rows, question, known.world)
    both = [in_period(rows, question).assign(now=True), in_period(rows, before).assign(now=False)]
    return pd.concat(both, ignore_index=True)


def growth(read: Callable[[Known], pd.DataFrame], *, by_open_day: bool) -> Any:
    """The worked example of disputes compares 7 open days with 9 as they are: only orders are taken by the day."""

    def ask(known: Known, question: Question) -> Answered:
        assert question.period is not None
        exposures = 1, 1
        if by_open_day:
            periods = question.period, period_before(question, known.world.zone)
            exposures = known.world.open_days(*periods[0]), known.world.open_days(*periods[1])

        def measure(rows: pd.DataFrame) -> Fields:
            current = int(rows.now.sum())
            return _changed(current, len(rows) - current, *exposures)

        rows = _two_periods(known, question, read(known))
        return {keys: measure(group) for keys, group in groups(rows, question, known.world)}

    return ask


def _changed(current: int, previous: int, days: int, days_before: int) -> Fields:
    """Counts compared, or rates per open day when the periods differ in open days (none when one has no such day)."""
    fields: Fields = {"value": None, "n": current, "current": current, "previous": previous, "p": None}
    exposure, before = (days, days_before) if days != days_before else (1, 1)
    if exposure and before and current + previous:
        fields["p"] = _two_sided(current, current + previous, exposure / (exposure + before))
        if previous:
            fields["value"] = current * before / (previous * exposure) - 1
    return fields


def _two_sided(successes: int, n: int, share: float) -> float:
    """Exact binomial test, the smaller tail twice, as in the worked example of two counts."""
    tails = binom.cdf(successes, n, share), binom.sf(successes - 1, n, share)
    return min(1.0, 2 * float(min(tails)))


def product_trend(known: Known, question: Question) -> Answered:
    rows = _two_periods(known, question, _lines(known, _decided(known, APPROVED)))

    def change(rows: pd.DataFrame) -> Fields:
        current, previous = (float(rows.quantity[rows.now == now].sum()) for now in (True, False))
        return {
            "value": (current - previous) / previous if previous else None,
            "current": current,
            "previous": previous,
        }

    def products(rows: pd.DataFrame) -> dict[Any, Fields]:
        found = {name: change(own) for name, own in rows.groupby("product_id", sort=True)}
        for fields in found.values():
            status = "stopped" if not fields["current"] else "continuing"
            fields["status"] = status if fields["previous"] else "new"
        return found

    plain = replace(question, period=None, filters={})
    return by_class(rows, plain, known.world, change, products)


# ---------------------------------------------------------------------------------------------- customers


def retention(known: Known, question: Question) -> Answered:
    """Customers of the start still there at the end: of the whole period, and of each bucket that has begun."""
    assert question.period is not None
    start, end = question.period
    rows = known.tables["customers"] if start <= known.t else known.tables["customers"].head(0)
    plain = replace(question, period=None)
    answers: Answered = figures(_kept(rows, start, end), replace(plain, grain=None), known.world, _good)
    if question.grain is None:
        return answers
    total: dict[Keys, Fields] = {(): answers[()]}
    found = []
    for bucket, ends in bucket_starts(start, end, question.grain, known.world.zone):
        if start <= known.t:
            found.append(_kept(rows, start, min(ends, end)).assign(bucket=bucket))
        start = ends
    return figures(pd.concat(found or [rows], ignore_index=True), plain, known.world, _good) | total


def _kept(rows: pd.DataFrame, start: datetime, end: datetime) -> pd.DataFrame:
    """Customers active at the start, `good` when still active at the end."""
    rows = rows[_active(rows, start)]
    return rows.assign(good=_active(rows, end))


def _active(rows: pd.DataFrame, at: datetime) -> pd.Series:
    return (rows.acquired_at < at) & ~(rows.churned_at < at)


# ---------------------------------------------------------------------------------------------- what is asked

KPIS: dict[str, Any] = {
    "product_trend": product_trend,
    "orders_growth": growth(_received, by_open_day=True),
    "disputes_growth": growth(_opened, by_open_day=False),
    "retention_rate": retention,
}
STOCKS: tuple[str, ...] = ()
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "product_trend": ("organisation",),
    "orders_growth": DESK,
    "disputes_growth": ("cause", "organisation"),
    "retention_rate": ("segment",),
}
PARAMS: dict[str, tuple[dict[str, Any], ...]] = dict.fromkeys(
    ("product_trend", "orders_growth", "disputes_growth"), ({}, {"against": "last_year"})
)
GRAINS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("product_trend", "orders_growth", "disputes_growth"), ()),
    "retention_rate": ("month",),
}
"""Grains of the KPIs that do not have them all."""
VALUES: dict[str, tuple[Any, ...]] = {"segment": ("pro", None)}
