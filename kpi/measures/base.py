"""What a measure asks of a scan, and what it makes of it. Pure.

A measure asks for `Part`s, plain aggregates over the rows of one group (sums and counts first, so that they
add up), and turns their values into a `Figure`. Conditions and expressions are SQL over the dataset's columns,
with `$name` for parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kpi.model import Figure

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One aggregate, over `$row`: an expression of the rows, which the scan computes once however many aggregates
    read it. `quantile` asks the exact type-7 quantile of the row expression instead."""

    aggregate: str = ""
    row: str | None = None
    quantile: float | None = None


class Measure(Protocol):
    """What the compiler and the answer need of a measure."""

    @property
    def kind(self) -> str: ...

    def parts(self) -> dict[str, Part]:
        """Name -> aggregate."""

    def figure(self, values: Values) -> Figure:
        """The figure of one group, without keys and status."""

    def counted(self) -> str:
        """SQL condition of the rows that the figure counts."""

    def missed(self) -> str:
        """SQL condition of the counted rows that do not meet the KPI; FALSE when it has no such thing."""

    def uncounted(self) -> dict[str, str]:
        """Why rows of the population are not counted: missing, invalid or open -> SQL condition."""


class NothingMissed:
    """A measure whose rows cannot be said to meet it or not."""

    __slots__ = ()

    def missed(self) -> str:
        return "FALSE"

    def uncounted(self) -> dict[str, str]:
        return {}


def reasons(**conditions: str | None) -> dict[str, str]:
    """Those of the conditions that exist."""
    return {reason: condition for reason, condition in conditions.items() if condition not in (None, "FALSE")}


def count(condition: str) -> Part:
    """Number of rows meeting a condition."""
    return Part("COUNT(*)") if condition == "TRUE" else Part("COUNT_IF($row)", condition)


def decimal_sum(x: str) -> Part:
    """Sum to four decimals, as a double: whatever the order of the rows it is the same, unlike a sum of doubles."""
    return Part("CAST(SUM($row) AS DOUBLE)", f"TRY_CAST({x} AS DECIMAL(18, 4))")


def whole(value: Any) -> int:
    return int(value or 0)


def both(*conditions: str) -> str:
    kept = [f"({condition})" for condition in conditions if condition != "TRUE"]
    return " AND ".join(kept) or "TRUE"
