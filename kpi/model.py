"""The question and its answer: plain frozen data. Pure: no connection, no clock.

A `Query` goes down to the engine and is its own cache key; an `Answer` comes up. Instants are naive UTC.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

Value = str | int | float | bool | None
ParamValue = str | int | float | tuple[Any, ...]


def frozen(value: Any) -> Any:
    """A value of JSON that can be hashed: lists as tuples, objects as tuples of (name, value)."""
    if isinstance(value, dict):
        return tuple((name, frozen(part)) for name, part in value.items())
    return tuple(map(frozen, value)) if isinstance(value, list) else value


class Grain(StrEnum):
    """Width of a time bucket. Days and above are cut in local time, ISO weeks start on Monday."""

    HALF_HOUR = "half_hour"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Unit(StrEnum):
    """Unit of a KPI's value."""

    COUNT = "count"
    SECONDS = "s"
    RATIO = "ratio"
    """A fraction 0 to 1, shown as a percentage."""
    NPS = "nps"
    """Points -100 to 100."""
    SCORE = "score"
    """Points 0 to 100."""
    DAYS = "days"
    EUROS = "eur"
    NUMBER = "number"


class Better(StrEnum):
    """Direction in which the KPI improves."""

    LOWER = "lower"
    HIGHER = "higher"
    CONTEXT = "context"


class Status(StrEnum):
    """Display status (rule G16), from least to most usable."""

    NO_DATA = "no_data"
    SUPPRESSED = "suppressed"
    INSUFFICIENT = "insufficient"
    INDICATIVE = "indicative"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open [start, end), naive UTC instants."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose dimension is one of `values`; None is the empty value."""

    dimension: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A line to compare with: the columns of table `targets`, as plain data."""

    target_id: str
    kpi_id: str
    role: Literal["target", "norm", "benchmark", "tolerance"]
    scope_dim: str | None
    scope_value: str | None
    op: Literal[">=", "<=", "between"]
    value_low: float | None
    value_high: float | None
    threshold_s: int | None
    source: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Query:
    """A question: one or several KPIs at the same dimensions, grain, period and filters.

    `period` None asks a stock at `as_of`. `as_of` None is the newest instant that the imported data cover.
    `intervals` False leaves out the intervals of grouped quantiles, which cost a second pass; `totals` False
    leaves out the pooled total.
    """

    kpis: tuple[str, ...]
    period: Period | None = None
    as_of: datetime | None = None
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    filters: tuple[Filter, ...] = ()
    params: tuple[tuple[str, ParamValue], ...] = ()
    targets: tuple[Target, ...] = ()
    timezone: str = "Europe/Paris"
    intervals: bool = True
    totals: bool = True

    def with_(self, **changes: Any) -> Query:
        """A copy with some fields changed."""
        return replace(self, **changes)


class Figure(NamedTuple):
    """One group's result: the fields of rule G15. `keys` are the values of `by`, then the time bucket (a local date
    for days and above, a naive UTC instant for hours), then the class of a distribution.

    A NamedTuple: a long series has thousands, and a frozen dataclass takes ten times longer to make.
    """

    keys: tuple[Any, ...] = ()
    value: float | None = None
    n: int = 0
    numerator: float | None = None
    denominator: float | None = None
    sum: float | None = None
    n_missing: int = 0
    n_invalid: int = 0
    n_open: int | None = None
    ci: tuple[float | None, float | None] | None = None
    ci_method: str | None = None
    status: Status = Status.NO_DATA
    extra: Mapping[str, Any] = MappingProxyType({})

    def placed(self, keys: tuple[Any, ...], status: Status) -> Figure:
        """The same figure with its keys and display status; six times faster than `_replace`."""
        return tuple.__new__(Figure, (keys, *self[1:11], status, self[12]))

    def as_dict(self) -> dict[str, Any]:
        """Field -> plain value, `extra` flattened, NaN as None."""
        fields: dict[str, Any] = {
            "value": self.value,
            "n": self.n,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "sum": self.sum,
            "n_missing": self.n_missing,
            "n_invalid": self.n_invalid,
            "n_open": self.n_open,
            "ci": list(self.ci) if self.ci else None,
            "ci_method": self.ci_method,
            "status": str(self.status),
            **self.extra,
        }
        return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in fields.items()}


made = partial(tuple.__new__, Figure)
"""A figure from its fields in order: `Figure._make` without a call in Python, for thousands at a time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for one KPI: the pooled total, the groups in order, and how it was computed."""

    kpi: str
    total: Figure
    rows: tuple[Figure, ...]
    as_of: datetime
    sql: tuple[str, ...]
    needs: tuple[str, ...] = ()
    """Tables that the KPI needs and that were never imported; then every figure is `no_data`."""
    dark: str | None = None
    """Why it cannot be known although its tables are there: `whole_months`."""
