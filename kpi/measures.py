"""The kinds of measure: the SQL aggregates each one asks for, and the figure made from them. Pure.

A measure asks for `Part`s, plain aggregates over the rows of one group (sums and counts first, so that they
add up), and turns their values into a `Figure`. Conditions and expressions are SQL over the dataset's columns,
with `$name` for parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from kpi.model import Figure
from kpi.statistics import intervals

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


class _NothingMissed:
    """A measure whose rows cannot be said to meet it or not."""

    __slots__ = ()

    def missed(self) -> str:
        return "FALSE"


def count(condition: str) -> Part:
    """Number of rows meeting a condition."""
    return Part("COUNT(*)") if condition == "TRUE" else Part("COUNT_IF($row)", condition)


def _whole(value: Any) -> int:
    return int(value or 0)


def _both(*conditions: str) -> str:
    kept = [f"({condition})" for condition in conditions if condition != "TRUE"]
    return " AND ".join(kept) or "TRUE"


@dataclass(frozen=True, slots=True)
class Count(_NothingMissed):
    """Number of rows; interval of a Poisson count (Byar)."""

    when: str = "TRUE"
    kind: ClassVar[str] = "count"

    def parts(self) -> dict[str, Part]:
        return {"n": count(self.when)}

    def figure(self, values: Values) -> Figure:
        n = _whole(values["n"])
        return Figure(value=n, n=n, ci=intervals.poisson(n), ci_method="Byar")

    def counted(self) -> str:
        return self.when


@dataclass(frozen=True, slots=True)
class Ratio:
    """Rows meeting `numerator` among those meeting `denominator`; Wilson interval."""

    numerator: str
    denominator: str = "TRUE"
    missing: str = "FALSE"
    invalid: str = "FALSE"
    open: str | None = None
    extra: tuple[tuple[str, str], ...] = ()
    """(field, condition) of more counts over the same rows."""
    kind: ClassVar[str] = "ratio"

    def parts(self) -> dict[str, Part]:
        met = f"COALESCE({self.numerator}, FALSE)"
        row = met if self.denominator == "TRUE" else f"CASE WHEN {self.denominator} THEN {met} END"
        parts = {"numerator": Part("COUNT_IF($row)", row), "denominator": Part("COUNT($row)", row)}
        for name, condition in (("n_missing", self.missing), ("n_invalid", self.invalid)):
            if condition != "FALSE":
                parts[name] = count(condition)
        if self.open is not None:
            parts["n_open"] = count(self.open)
        return parts | {name: count(condition) for name, condition in self.extra}

    def figure(self, values: Values) -> Figure:
        numerator, n = _whole(values["numerator"]), _whole(values["denominator"])
        return Figure(
            value=numerator / n if n else None,
            n=n,
            numerator=numerator,
            denominator=n,
            n_missing=_whole(values.get("n_missing")),
            n_invalid=_whole(values.get("n_invalid")),
            n_open=_whole(values["n_open"]) if self.open is not None else None,
            ci=intervals.wilson(numerator, n) if n else None,
            ci_method="Wilson" if n else None,
            extra={name: _whole(values[name]) for name, _ in self.extra},
        )

    def counted(self) -> str:
        return self.denominator

    def missed(self) -> str:
        return f"({self.denominator}) AND NOT COALESCE({self.numerator}, FALSE)"


@dataclass(frozen=True, slots=True)
class Mean(_NothingMissed):
    """Mean of `x` over the rows where it is valid; Student interval clipped to [low, high].

    `whole` says that x is whole (seconds, cents): sums of squares are then exact whatever the number of
    threads, which sums of doubles are not.
    """

    x: str
    valid: str = "$x >= 0"
    invalid: str = "$x < 0"
    missing: str = "FALSE"
    low: float | None = 0.0
    high: float | None = None
    whole: bool = True
    kind: ClassVar[str] = "mean"

    def _of(self, condition: str) -> str:
        return condition.replace("$x", self.x)

    def parts(self) -> dict[str, Part]:
        kept = f"CASE WHEN {self._of(self.valid)} THEN {self.x} END"
        total = "SUM" if self.whole else "FSUM"
        parts = {
            "n": Part("COUNT($row)", kept),
            "sum": Part(f"{total}($row)", kept),
            "squares": Part(f"{total}($row * $row)" if self.whole else "VAR_SAMP($row)", kept),
        }
        if self.invalid != "FALSE":
            parts["n_invalid"] = count(self._of(self.invalid))
        if self.missing != "FALSE":
            parts["n_missing"] = count(self._of(self.missing))
        return parts

    def figure(self, values: Values) -> Figure:
        n = _whole(values["n"])
        missing, invalid = _whole(values.get("n_missing")), _whole(values.get("n_invalid"))
        if not n:
            return Figure(n_missing=missing, n_invalid=invalid)
        total = values["sum"]
        value = float(total) / n
        variance = self._variance(values, n)
        return Figure(
            value=value,
            n=n,
            sum=float(total),
            denominator=n,
            ci=intervals.mean(value, variance, n, self.low, self.high),
            ci_method="Student",
            extra={"variance": variance},
            n_missing=missing,
            n_invalid=invalid,
        )

    def _variance(self, values: Values, n: int) -> float:
        if not self.whole:
            return float(values["squares"] or 0.0)
        if n < 2:
            return 0.0
        total, squares = int(values["sum"]), int(values["squares"])
        return (n * squares - total * total) / (n * (n - 1))

    def counted(self) -> str:
        return self._of(self.valid)


@dataclass(frozen=True, slots=True)
class Quantile(_NothingMissed):
    """Exact type-7 quantile `q` of the valid `x`; interval by order statistics, read in a second pass."""

    x: str
    q: float
    valid: str = "$x >= 0"
    invalid: str = "$x < 0"
    kind: ClassVar[str] = "quantile"

    @property
    def kept(self) -> str:
        return f"CASE WHEN {self.valid.replace('$x', self.x)} THEN {self.x} END"

    def parts(self) -> dict[str, Part]:
        return {
            "n": Part("COUNT($row)", self.kept),
            "value": Part(row=self.kept, quantile=self.q),
            "n_invalid": count(self.invalid.replace("$x", self.x)),
        }

    def figure(self, values: Values) -> Figure:
        n = _whole(values["n"])
        return Figure(
            value=float(values["value"]) if n else None,
            n=n,
            n_invalid=_whole(values["n_invalid"]),
            ci=values.get("ci"),
            ci_method="order statistics" if values.get("ci") else None,
        )

    def counted(self) -> str:
        return self.valid.replace("$x", self.x)


_PROMOTER = "score >= 9"
_PASSIVE = "score >= 7 AND score < 9"
_DETRACTOR = "score < 7"


@dataclass(frozen=True, slots=True)
class Nps(_NothingMissed):
    """100 x (promoters - detractors) / answers on a 0-10 scale; adjusted-Wald interval."""

    valid: str
    kind: ClassVar[str] = "nps"

    def parts(self) -> dict[str, Part]:
        return {
            "promoters": count(_both(self.valid, _PROMOTER)),
            "passives": count(_both(self.valid, _PASSIVE)),
            "detractors": count(_both(self.valid, _DETRACTOR)),
            "n_missing": count("score IS NULL"),
            "n_invalid": count(f"score IS NOT NULL AND NOT ({self.valid})"),
        }

    def figure(self, values: Values) -> Figure:
        promoters, passives, detractors = (_whole(values[name]) for name in ("promoters", "passives", "detractors"))
        n = promoters + passives + detractors
        counts = {"promoters": promoters, "passives": passives, "detractors": detractors}
        missing, invalid = _whole(values["n_missing"]), _whole(values["n_invalid"])
        if not n:
            return Figure(n_missing=missing, n_invalid=invalid, extra=counts)
        variance = intervals.nps_variance(promoters, detractors, n)
        return Figure(
            value=100 * (promoters - detractors) / n,
            n=n,
            numerator=promoters - detractors,
            denominator=n,
            n_missing=missing,
            n_invalid=invalid,
            ci=intervals.nps(promoters, detractors, n),
            ci_method="adjusted Wald",
            extra={**counts, "variance": variance, "se": 100 * (variance / n) ** 0.5},
        )

    def counted(self) -> str:
        return self.valid


@dataclass(frozen=True, slots=True)
class Shares(_NothingMissed):
    """Share of each class among the rows of a group; one figure a class, Wilson intervals."""

    classes: tuple[tuple[str, str], ...]
    """(class, SQL condition), in the order shown."""
    among: str = "TRUE"
    missing: str = "FALSE"
    invalid: str = "FALSE"
    kind: ClassVar[str] = "distribution"

    def parts(self) -> dict[str, Part]:
        parts = {name: count(_both(self.among, condition)) for name, condition in self.classes}
        parts["n_missing"] = count(self.missing)
        parts["n_invalid"] = count(self.invalid)
        return parts

    def figure(self, values: Values) -> Figure:
        n = sum(_whole(values[name]) for name, _ in self.classes)
        return Figure(
            value=1.0 if n else None,
            n=n,
            n_missing=_whole(values["n_missing"]),
            n_invalid=_whole(values["n_invalid"]),
        )

    def split(self, values: Values) -> list[tuple[str, Figure]]:
        """The classes of one group, in order."""
        n = sum(_whole(values[name]) for name, _ in self.classes)
        return [(name, self._share(_whole(values[name]), n)) for name, _ in self.classes]

    @staticmethod
    def _share(count: int, n: int) -> Figure:
        return Figure(
            value=count / n if n else None,
            n=count,
            numerator=count,
            denominator=n,
            ci=intervals.wilson(count, n) if n else None,
            ci_method="Wilson" if n else None,
        )

    def counted(self) -> str:
        return self.among


@dataclass(frozen=True, slots=True)
class Stock(_NothingMissed):
    """Rows whose interval contains the instant; through time by cumulated entries and exits."""

    enters: str = "from_at"
    leaves: str = "to_at"
    enters_on: str = "from_on"
    leaves_on: str = "to_on"
    split_by: str | None = None
    """A column whose counts are returned beside the total, as `by_<column>`."""
    kind: ClassVar[str] = "stock"

    def parts(self) -> dict[str, Part]:
        return {"n": Part("COUNT(*)")}

    def figure(self, values: Values) -> Figure:
        n = _whole(values["n"])
        return Figure(value=n, n=n)

    def counted(self) -> str:
        return "TRUE"


@dataclass(frozen=True, slots=True)
class StockQuantile(_NothingMissed):
    """Exact quantile of `x` over the rows of a stock; `$instant` is the instant. A census: no interval."""

    x: str
    q: float
    enters: str = "from_at"
    leaves: str = "to_at"
    kind: ClassVar[str] = "stock_quantile"

    def parts(self) -> dict[str, Part]:
        return {"n": Part("COUNT(*)"), "value": Part(row=self.x, quantile=self.q)}

    def figure(self, values: Values) -> Figure:
        n = _whole(values["n"])
        return Figure(value=float(values["value"]) if n else None, n=n)

    def counted(self) -> str:
        return "TRUE"


@dataclass(frozen=True, slots=True)
class StockShares(_NothingMissed):
    """Rows of a stock by class; empty classes are returned with 0."""

    classes: tuple[tuple[str, str], ...]
    enters: str = "from_at"
    leaves: str = "to_at"
    kind: ClassVar[str] = "stock_distribution"

    def parts(self) -> dict[str, Part]:
        return {name: count(condition) for name, condition in self.classes}

    def figure(self, values: Values) -> Figure:
        n = sum(_whole(values[name]) for name, _ in self.classes)
        return Figure(value=n, n=n)

    def split(self, values: Values) -> list[tuple[str, Figure]]:
        counts = ((name, _whole(values[name])) for name, _ in self.classes)
        return [(name, Figure(value=count, n=count)) for name, count in counts]

    def counted(self) -> str:
        return "TRUE"


@dataclass(frozen=True, slots=True)
class Freshness(_NothingMissed):
    """Seconds from the newest instant covered by an import to the instant asked."""

    kind: ClassVar[str] = "freshness"

    def parts(self) -> dict[str, Part]:
        return {"n": Part("COUNT(*)"), "value": Part("MIN($row)", "EPOCH($as_of) - EPOCH(data_until)")}

    def figure(self, values: Values) -> Figure:
        n = _whole(values["n"])
        return Figure(value=float(values["value"]) if n else None, n=n)

    def counted(self) -> str:
        return "TRUE"
