"""Distributions: one figure a class.

Closed classes are known beforehand, each with its condition, and stand beside each other in one row of the scan.
Open classes are the values of a column: one row of the scan each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from kpi.measures.base import NothingMissed, Part, Values, both, count, decimal_sum, reasons, whole
from kpi.model import Figure
from kpi.statistics import intervals


@dataclass(frozen=True, slots=True)
class Shares(NothingMissed):
    """Share of each class among the rows of a group; one figure a class, Wilson intervals."""

    classes: tuple[tuple[str, str], ...]
    """(class, SQL condition), in the order shown."""
    among: str = "TRUE"
    missing: str = "FALSE"
    invalid: str = "FALSE"
    kind: ClassVar[str] = "distribution"

    def parts(self) -> dict[str, Part]:
        parts = {name: count(both(self.among, condition)) for name, condition in self.classes}
        parts["n_missing"] = count(self.missing)
        parts["n_invalid"] = count(self.invalid)
        return parts

    def figure(self, values: Values) -> Figure:
        n = sum(whole(values[name]) for name, _ in self.classes)
        return Figure(
            value=1.0 if n else None,
            n=n,
            n_missing=whole(values["n_missing"]),
            n_invalid=whole(values["n_invalid"]),
        )

    def split(self, values: Values) -> list[tuple[str, Figure]]:
        """The classes of one group, in order."""
        n = sum(whole(values[name]) for name, _ in self.classes)
        return [(name, self._share(whole(values[name]), n)) for name, _ in self.classes]

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

    def uncounted(self) -> dict[str, str]:
        return reasons(missing=self.missing, invalid=self.invalid)


@dataclass(frozen=True, slots=True)
class ClassMeans(NothingMissed):
    """Mean of each class's own value over units (respondents), Student interval; the total is the mean of the means
    when `overall`.

    The rows of a unit in a class make its value together: those of one `per` that are `among`. `of` is the SQL of a
    row's class, `x` the SQL aggregate of a unit's value in a class, NULL when it has none.
    """

    per: str
    of: str
    names: tuple[str, ...]
    """The classes, in the order shown."""
    x: str
    low: float
    high: float
    among: str
    overall: bool = False
    missing: str = "FALSE"
    invalid: str = "FALSE"
    kind: ClassVar[str] = "class_means"

    @property
    def classes(self) -> tuple[tuple[str, str], ...]:
        """(class, SQL condition), in the order shown."""
        return tuple((name, f"{self.of} = '{name}'") for name in self.names)

    def units(self) -> dict[str, str]:
        """Name -> SQL aggregate of a unit's rows in a class, written `$name` in the parts."""
        left_out = {f"n_{reason}": f"COUNT_IF({condition})" for reason, condition in self.uncounted().items()}
        return {"x": self.x, "unit": self.per, **left_out}

    def parts(self) -> dict[str, Part]:
        """Of one class, or of all: `units` are those with a value in some class, counted as a list: of the
        thousands of respondents that there are, COUNT(DISTINCT) takes a tenth of the statement longer."""
        return {
            "n": Part("COUNT($row)", "$x"),
            "sum": Part("FSUM($row)", "$x"),
            "variance": Part("VAR_SAMP($row)", "$x"),
            **{f"n_{reason}": Part("SUM($row)", f"$n_{reason}") for reason in self.uncounted()},
            "units": Part("LIST_UNIQUE(LIST($row))", "CASE WHEN $x IS NOT NULL THEN $unit END"),
        }

    def of_all(self) -> tuple[str, ...]:
        """The parts that are read of all classes together."""
        return "units", *(f"n_{reason}" for reason in self.uncounted())

    def figure(self, values: Values) -> Figure:
        sums = [(values[f"{name}_sum"], whole(values[f"{name}_n"])) for name in self.names]
        whole_scale = self.overall and all(n for _, n in sums)
        return Figure(
            value=sum(float(total) / n for total, n in sums) / len(sums) if whole_scale else None,
            n=whole(values["units"]),
            n_missing=whole(values.get("n_missing")),
            n_invalid=whole(values.get("n_invalid")),
        )

    def split(self, values: Values) -> list[tuple[str, Figure]]:
        return [(name, self._mean(name, values)) for name in self.names]

    def _mean(self, name: str, values: Values) -> Figure:
        n = whole(values[f"{name}_n"])
        missing, invalid = whole(values.get(f"{name}_n_missing")), whole(values.get(f"{name}_n_invalid"))
        if not n:
            return Figure(n_missing=missing, n_invalid=invalid)
        value = float(values[f"{name}_sum"]) / n
        variance = float(values[f"{name}_variance"] or 0.0)
        return Figure(
            value=value,
            n=n,
            sum=float(values[f"{name}_sum"]),
            denominator=n,
            n_missing=missing,
            n_invalid=invalid,
            ci=intervals.mean(value, variance, n, self.low, self.high),
            ci_method="Student",
            extra={"variance": variance},
        )

    def counted(self) -> str:
        return self.among

    def uncounted(self) -> dict[str, str]:
        return reasons(missing=self.missing, invalid=self.invalid)


@dataclass(frozen=True, slots=True)
class Mix(NothingMissed):
    """Share of each value of `of`, the most frequent first, then by value; Wilson intervals.

    A row without value is missing. When `overlapping`, a row stands for one mention, and those without value are
    the documents in which classes are mentioned: the denominators.
    """

    of: str
    overlapping: bool = False
    cumulated: bool = False
    kind: ClassVar[str] = "mix"

    def parts(self) -> dict[str, Part]:
        classified = Part("COUNT($row)", self.of)
        empty = Part("COUNT(*) - COUNT($row)", self.of)
        return {"n": empty} if self.overlapping else {"n": classified, "n_missing": empty}

    def class_parts(self) -> dict[str, Part]:
        """Aggregates of one class."""
        return {"n": Part("COUNT(*)")}

    def figure(self, values: Values) -> Figure:
        n = whole(values["n"])
        return Figure(value=1.0 if n else None, n=n, n_missing=whole(values.get("n_missing")))

    def classes(self, rows: list[tuple[Any, Values]]) -> list[tuple[Any, Figure]]:
        """The classes of one group in order, from its rows (class, aggregates); class None is what has none."""
        counts = {name: whole(values["n"]) for name, values in rows}
        empty = counts.pop(None, 0)
        n = empty if self.overlapping else sum(counts.values())
        cumulated = 0
        found = []
        for name, own in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            cumulated += own
            extra = {"cumulative": cumulated / n} if self.cumulated and n else {}
            share = own / n if n else None
            ci = intervals.wilson(own, n)
            figure = Figure(value=share, n=own, numerator=own, denominator=n, ci=ci, ci_method="Wilson", extra=extra)
            found.append((name, figure))
        return found

    def counted(self) -> str:
        return f"({self.of}) IS NULL" if self.overlapping else f"({self.of}) IS NOT NULL"

    def uncounted(self) -> dict[str, str]:
        return reasons(missing=None if self.overlapping else f"({self.of}) IS NULL")


@dataclass(frozen=True, slots=True)
class Ranking(NothingMissed):
    """Sum of `amount` by value of `of`, the greatest first, then by value; its first `top`. A census: no interval.

    Sums are of decimals: they do not depend on the order of the rows, and equal amounts are equal.
    """

    of: str
    amount: str
    quantity: str
    top: str = "top"
    """Name of the parameter that says how many are shown."""
    kind: ClassVar[str] = "ranking"

    def parts(self) -> dict[str, Part]:
        return {"n": count(f"({self.of}) IS NOT NULL"), "value": decimal_sum(self.amount)}

    def class_parts(self) -> dict[str, Part]:
        """Aggregates of one class."""
        return {"n": Part("COUNT(*)"), "value": decimal_sum(self.amount), "quantity": decimal_sum(self.quantity)}

    def figure(self, values: Values) -> Figure:
        n = whole(values["n"])
        return Figure(value=values["value"] or 0.0, n=n)

    def classes(self, rows: list[tuple[Any, Values]], first: int | None = None) -> list[tuple[Any, Figure]]:
        """The classes of one group in order, or the `first` of them, from its rows (class, aggregates)."""
        amounts = {name: float(values["value"] or 0.0) for name, values in rows}
        total = math.fsum(amounts.values())
        found = []
        for name, values in sorted(rows, key=lambda row: (-amounts[row[0]], row[0]))[:first]:
            share = amounts[name] / total if total else None
            extra = {"share": share, "quantity": values["quantity"] or 0.0}
            found.append((name, Figure(value=amounts[name], n=whole(values["n"]), extra=extra)))
        return found

    def counted(self) -> str:
        return f"({self.of}) IS NOT NULL"
