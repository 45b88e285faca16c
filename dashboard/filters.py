"""What the reader has chosen, its form in the address, and the queries that follow. Pure: no widget, no clock.

The address carries codes, never translated words: `?lang=fr&period=last_7&channel=email&channel=phone`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from dashboard.periods import Comparison, Preset, Span, compared_with, span, to_local
from kpi import catalog
from kpi.definition import Kpi
from kpi.model import Filter, Period, Query, Target, Value


class Clock(StrEnum):
    """Which seconds a duration counts."""

    CALENDAR = "calendar"
    BUSINESS = "business"


PARAMETER = {
    "channel": "channel",
    "team_id": "team",
    "site": "site",
    "organisation": "organisation",
    "priority": "priority",
    "request_type": "type",
    "agent_id": "agent",
}
"""Dimension that can be filtered -> its name in the address."""

OLDEST, NEWEST = date(1990, 1, 1), date(2199, 12, 31)
"""Dates outside these are refused: they only come from a mistyped or hostile address."""

E = TypeVar("E", bound=StrEnum)
Domains = Mapping[str, Sequence[Value]]
"""Dimension -> the values that exist, in order."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Everything the shared filters hold. The default is the last 30 days against the previous period."""

    preset: Preset = Preset.LAST_30
    custom: tuple[date, date] | None = None
    comparison: Comparison = Comparison.PREVIOUS
    clock: Clock = Clock.CALENDAR
    filters: tuple[Filter, ...] = ()

    def values(self, dimension: str) -> tuple[Value, ...]:
        """The chosen values of a dimension, empty when it is not filtered."""
        return next((f.values for f in self.filters if f.dimension == dimension), ())

    def without(self, dimension: str) -> Choice:
        """The same choice with one dimension open again."""
        return replace(self, filters=tuple(f for f in self.filters if f.dimension != dimension))


def to_url(choice: Choice) -> dict[str, list[str]]:
    """The parts of `choice` that differ from the default, as address parameters."""
    url: dict[str, list[str]] = {}
    if choice.preset is Preset.CUSTOM and choice.custom:
        url["from"], url["to"] = ([day.isoformat()] for day in choice.custom)
    elif choice.preset is not Preset.LAST_30:
        url["period"] = [choice.preset]
    if choice.comparison is not Comparison.PREVIOUS:
        url["compare"] = [choice.comparison]
    if choice.clock is not Clock.CALENDAR:
        url["clock"] = [choice.clock]
    for chosen in choice.filters:
        url[PARAMETER[chosen.dimension]] = [code(value) for value in chosen.values]
    return url


def from_url(url: Mapping[str, Sequence[str]], domains: Domains) -> tuple[Choice, tuple[str, ...]]:
    """The choice that the address asks for, and the names of the parameters that had to be ignored.

    Never raises: an unknown preset, an impossible date or a value that no longer exists falls back to the
    default. Parameters that are not ours are left alone.
    """
    ignored: list[str] = []
    custom = _dates(url, ignored)
    preset = _one(Preset, url, "period", Preset.CUSTOM if custom else Preset.LAST_30, ignored)
    if preset is Preset.CUSTOM and not custom:
        preset = Preset.LAST_30
        ignored.append("period")
    choice = Choice(
        preset,
        custom if preset is Preset.CUSTOM else None,
        _one(Comparison, url, "compare", Comparison.PREVIOUS, ignored),
        _one(Clock, url, "clock", Clock.CALENDAR, ignored),
        tuple(_filters(url, domains, ignored)),
    )
    return choice, tuple(dict.fromkeys(ignored))


def _one(kind: type[E], url: Mapping[str, Sequence[str]], name: str, default: E, ignored: list[str]) -> E:
    asked = url.get(name, ())
    if not asked:
        return default
    try:
        return kind(asked[-1])
    except ValueError:
        ignored.append(name)
        return default


def _dates(url: Mapping[str, Sequence[str]], ignored: list[str]) -> tuple[date, date] | None:
    """Both ends, in order; the address writes them included, as people do."""
    if "from" not in url and "to" not in url:
        return None
    try:
        first, last = (date.fromisoformat(url[name][-1]) for name in ("from", "to"))
    except (KeyError, IndexError, ValueError):
        ignored.extend(name for name in ("from", "to") if name in url)
        return None
    if first <= last and first >= OLDEST and last <= NEWEST:
        return first, last
    ignored.extend(("from", "to"))
    return None


def _filters(url: Mapping[str, Sequence[str]], domains: Domains, ignored: list[str]) -> Iterable[Filter]:
    for dimension, name in PARAMETER.items():
        asked = url.get(name, ())
        known = {code(value): value for value in domains.get(dimension, ())}
        if any(text not in known for text in asked):
            ignored.append(name)
        values = tuple(dict.fromkeys(known[text] for text in asked if text in known))
        if values:
            yield Filter(dimension, values)


def code(value: Value) -> str:
    """A dimension's value in the address; the empty value is the empty string."""
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Scope:
    """What every figure of a page shares: the choice, placed on the data that exist.

    Views ask `scope.query(...)`; they never build a period or a filter themselves.
    """

    choice: Choice
    span: Span
    compared: Span | None
    """None when nothing is compared, or when the data do not reach far enough back."""
    timezone: str
    data_until: datetime
    targets: tuple[Target, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def period(self) -> Period:
        return self.span.instants(self.zone)

    @property
    def previous_period(self) -> Period | None:
        return self.compared.instants(self.zone) if self.compared else None

    @property
    def ahead(self) -> bool:
        """Whether the period begins after the data end: nothing is known of it, not even its stocks."""
        return self.period.start > self.data_until

    def query(self, *kpis: str, previous: bool = False, **changes: Any) -> Query:
        """The question about `kpis` over the period (or the one it is compared with), filters and clock applied.

        `changes` are further fields of `Query`: `by=("channel",)`, `grain=Grain.DAY`. Raises `ValueError` when
        `previous` is asked and there is nothing to compare with.
        """
        period = self.previous_period if previous else self.period
        if period is None:
            raise ValueError("There is no period to compare with: look at `scope.compared` first.")
        defaults: dict[str, Any] = {
            "period": period,
            "filters": self.choice.filters,
            "params": (("clock", str(self.choice.clock)),) if any(map(_has_clock, kpis)) else (),
            "targets": self.targets,
            "timezone": self.timezone,
        }
        return Query(kpis, **(defaults | changes))

    def missing_dimension(self, kpi: Kpi) -> str | None:
        """A dimension that is filtered and that the KPI does not have: it is then not shown, never widened."""
        return next((f.dimension for f in self.choice.filters if f.dimension not in kpi.dimensions), None)


def _has_clock(kpi_id: str) -> bool:
    return any(param.name == "clock" for param in catalog.get(kpi_id).params)


def scope_of(
    choice: Choice,
    *,
    data_until: datetime,
    first_instant: datetime,
    timezone: str,
    targets: tuple[Target, ...] = (),
) -> Scope:
    """Places a choice on data that cover [first_instant, data_until], both naive UTC.

    A comparison that begins before the data would compare with part of a period: it is left out.
    """
    zone = ZoneInfo(timezone)
    current = span(choice.preset, to_local(data_until, zone), choice.custom, to_local(first_instant, zone).date())
    compared = compared_with(current, choice.comparison)
    if compared and compared.first < to_local(first_instant, zone).date():
        compared = None
    return Scope(choice, current, compared, timezone, data_until, targets)
