"""Stocks: what stands at an instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from kpi.measures.base import NothingMissed, Part, Values, count, whole
from kpi.model import Figure


@dataclass(frozen=True, slots=True)
class Stock(NothingMissed):
    """Rows whose interval contains the instant; through time by cumulated entries and exits."""

    enters: str = "from_at"
    leaves: str = "to_at"
    enters_on: str = "from_on"
    leaves_on: str = "to_on"
    split_by: str | None = None
    """A column whose counts are returned beside the total, as `by_<column>`."""
    aggregates: Mapping[str, Part] | None = None
    """What a side of a joined figure asks of the rows instead of their number."""
    kind: ClassVar[str] = "stock"

    def parts(self) -> dict[str, Part]:
        return {"n": Part("COUNT(*)")} if self.aggregates is None else dict(self.aggregates)

    def figure(self, values: Values) -> Figure:
        n = whole(values["n"])
        return Figure(value=n, n=n)

    def counted(self) -> str:
        return "TRUE"


@dataclass(frozen=True, slots=True)
class StockQuantile(NothingMissed):
    """Exact quantile of `x` over the rows of a stock; `$instant` is the instant. A census: no interval."""

    x: str
    q: float
    """1 is the greatest."""
    empty: float | None = None
    """Value when nothing stands."""
    enters: str = "from_at"
    leaves: str = "to_at"
    kind: ClassVar[str] = "stock_quantile"

    def parts(self) -> dict[str, Part]:
        return {"n": Part("COUNT(*)"), "value": Part(row=self.x, quantile=self.q)}

    def figure(self, values: Values) -> Figure:
        n = whole(values["n"])
        return Figure(value=float(values["value"]) if n else self.empty, n=n)

    def counted(self) -> str:
        return "TRUE"


@dataclass(frozen=True, slots=True)
class StockShares(NothingMissed):
    """Rows of a stock by class; empty classes are returned with 0."""

    classes: tuple[tuple[str, str], ...]
    enters: str = "from_at"
    leaves: str = "to_at"
    kind: ClassVar[str] = "stock_distribution"

    def parts(self) -> dict[str, Part]:
        return {name: count(condition) for name, condition in self.classes}

    def figure(self, values: Values) -> Figure:
        n = sum(whole(values[name]) for name, _ in self.classes)
        return Figure(value=n, n=n)

    def split(self, values: Values) -> list[tuple[str, Figure]]:
        counts = ((name, whole(values[name])) for name, _ in self.classes)
        return [(name, Figure(value=count, n=count)) for name, count in counts]

    def counted(self) -> str:
        return "TRUE"
