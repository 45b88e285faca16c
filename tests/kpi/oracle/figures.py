"""From the rows that a KPI counts to its figures: filter, place in the period, group, measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from tests.kpi.oracle.clock import buckets, local
from tests.kpi.oracle.known import World

Keys = tuple[Any, ...]
Fields = dict[str, Any]
Measure = Callable[[pd.DataFrame], Fields]


@dataclass(frozen=True)
class Question:
    """What is asked of one KPI, in plain values."""

    kpi: str
    as_of: datetime
    period: tuple[datetime, datetime] | None = None
    by: tuple[str, ...] = ()
    grain: str | None = None
    filters: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    targets: tuple[Mapping[str, Any], ...] = ()


def in_period(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    if question.period is None:
        return rows
    start, end = question.period
    return rows[(rows.placed_at >= start) & (rows.placed_at < end)]


def selected(rows: pd.DataFrame, question: Question, world: World) -> pd.DataFrame:
    """The rows that pass the filters, with the dimensions that the question needs. Site and organisation come from
    the team (G10), unless the row has an organisation of its own."""
    wanted = {*question.by, *question.filters}
    if wanted & {"site", "organisation"}:
        sites = world.sites.astype(object).to_dict("index")
        for name in ("site", "organisation"):
            of_team = pd.Series([sites.get(team, {}).get(name) for team in rows.team_id], rows.index, object)
            own = rows[name].astype(object) if name in rows else of_team
            rows = rows.assign(**{name: own.where(own.notna(), of_team)})
    if wanted & {"hour", "weekday"}:
        local_at = local(rows.placed_at, world.zone)
        rows = rows.assign(hour=local_at.dt.hour, weekday=local_at.dt.day_of_week + 1)
    for name, values in question.filters.items():
        rows = rows[rows[name].isin([v for v in values if v is not None]) | (rows[name].isna() & (None in values))]
    return rows


def groups(rows: pd.DataFrame, question: Question, world: World) -> Iterator[tuple[Keys, pd.DataFrame]]:
    """The total under (), then each group of the question; `bucket` is the time bucket of a stock."""
    yield (), rows
    columns = [rows[name].astype(object).where(rows[name].notna(), None) for name in question.by]
    if question.grain:
        placed = rows.bucket if "bucket" in rows else buckets(rows.placed_at, question.grain, world.zone)
        columns.append(placed.astype(object))
    if not columns or rows.empty:
        return
    keys = list(zip(*(column.tolist() for column in columns), strict=True))
    places: dict[Keys, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(tuple(_plain(part) for part in key), []).append(place)
    for key, chosen in places.items():
        yield key, rows.take(chosen)


def _plain(part: Any) -> Any:
    if isinstance(part, pd.Timestamp):
        return part.to_pydatetime()
    return int(part) if isinstance(part, np.integer) else part


def figures(rows: pd.DataFrame, question: Question, world: World, measure: Measure) -> dict[Keys, Fields]:
    rows = in_period(selected(rows, question, world), question)
    return {keys: measure(group) for keys, group in groups(rows, question, world)}


# ---------------------------------------------------------------------------------------------- measures


def count(rows: pd.DataFrame) -> Fields:
    return {"value": len(rows), "n": len(rows)}


def ratio(good: int, total: int, **more: int) -> Fields:
    value = good / total if total else None
    return {"value": value, "n": total, "numerator": good, "denominator": total, **more}


def share(rows: pd.DataFrame) -> Fields:
    """Rows have `kind`: good or bad; open and invalid ones are counted apart."""
    kinds = rows.kind.value_counts()
    good, bad = int(kinds.get("good", 0)), int(kinds.get("bad", 0))
    return ratio(good, good + bad, n_open=int(kinds.get("open", 0)), n_invalid=int(kinds.get("invalid", 0)))


def _durations(rows: pd.DataFrame) -> tuple[list[float], Fields]:
    """`seconds`, NaN when missing; `invalid` when the end is before the start."""
    valid = rows[~rows.invalid]
    values = valid.seconds.dropna().tolist()
    counts = {"n": len(values), "n_invalid": int(rows.invalid.sum()), "n_missing": int(valid.seconds.isna().sum())}
    return values, counts


def mean(rows: pd.DataFrame) -> Fields:
    values, counts = _durations(rows)
    total = sum(values)
    return {"value": total / len(values) if values else None, "sum": total if values else None, **counts}


def quantile(values: list[float], p: float) -> float | None:
    """Type 7: linear between order statistics, h = (n - 1) p."""
    if not values:
        return None
    ordered = sorted(values)
    h = (len(ordered) - 1) * p
    low = int(h)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (h - low) * (ordered[high] - ordered[low])


def quantile_of(p: float) -> Measure:
    def measure(rows: pd.DataFrame) -> Fields:
        values, counts = _durations(rows)
        return {"value": quantile(values, p), **counts}

    return measure
