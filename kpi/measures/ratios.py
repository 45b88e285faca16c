"""Ratios: rows among rows, sums over sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kpi.measures.base import NothingMissed, Part, Values, count, reasons, whole
from kpi.model import Figure
from kpi.statistics import intervals, ratio


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
        numerator, n = whole(values["numerator"]), whole(values["denominator"])
        return Figure(
            value=numerator / n if n else None,
            n=n,
            numerator=numerator,
            denominator=n,
            n_missing=whole(values.get("n_missing")),
            n_invalid=whole(values.get("n_invalid")),
            n_open=whole(values["n_open"]) if self.open is not None else None,
            ci=intervals.wilson(numerator, n) if n else None,
            ci_method="Wilson" if n else None,
            extra={name: whole(values[name]) for name, _ in self.extra},
        )

    def counted(self) -> str:
        return self.denominator

    def uncounted(self) -> dict[str, str]:
        return reasons(missing=self.missing, invalid=self.invalid, open=self.open)

    def missed(self) -> str:
        return f"({self.denominator}) AND NOT COALESCE({self.numerator}, FALSE)"


@dataclass(frozen=True, slots=True)
class DistinctRatio(NothingMissed):
    """Distinct `of` with a row meeting `numerator` among all distinct `of`; Wilson interval. Not additive."""

    of: str
    numerator: str
    kind: ClassVar[str] = "distinct_ratio"

    def parts(self) -> dict[str, Part]:
        met = f"CASE WHEN {self.numerator} THEN {self.of} END"
        return {
            "numerator": Part("COUNT(DISTINCT $row)", met),
            "denominator": Part("COUNT(DISTINCT $row)", self.of),
        }

    def figure(self, values: Values) -> Figure:
        numerator, n = whole(values["numerator"]), whole(values["denominator"])
        return Figure(
            value=numerator / n if n else None,
            n=n,
            numerator=numerator,
            denominator=n,
            ci=intervals.wilson(numerator, n) if n else None,
            ci_method="Wilson" if n else None,
        )

    def counted(self) -> str:
        return "TRUE"


@dataclass(frozen=True, slots=True)
class SumRatio(NothingMissed):
    """Sum over sum of what each unit `per` (an agent) did; interval linearised over the units, from ten of them on.
    `n` counts the units."""

    numerator: str
    denominator: str
    per: str = "agent_id"
    kind: ClassVar[str] = "sum_ratio"

    def units(self) -> dict[str, str]:
        """Name -> SQL aggregate of a unit's rows, written `$name` in the parts."""
        return {
            "unit": self.per,
            "a": f"COALESCE(SUM({self.numerator}), 0)",
            "b": f"COALESCE(SUM({self.denominator}), 0)",
        }

    def parts(self) -> dict[str, Part]:
        products = {"aa": "$a * $a", "ab": "$a * $b", "bb": "$b * $b"}
        return {
            "k": Part("COUNT($row)", "$unit"),
            "a": Part("SUM($row)", "$a"),
            "b": Part("SUM($row)", "$b"),
            **{name: Part("SUM($row)", product) for name, product in products.items()},
        }

    def figure(self, values: Values) -> Figure:
        clusters = ratio.Clusters(**{name: whole(values[name]) for name in ("k", "a", "b", "aa", "ab", "bb")})
        if not clusters.k:
            return Figure()
        ci = ratio.clustered(clusters)
        return Figure(
            value=clusters.a / clusters.b if clusters.b else None,
            n=clusters.k,
            numerator=float(clusters.a),
            denominator=float(clusters.b),
            ci=ci,
            ci_method="linearised over agents" if ci else None,
        )

    def counted(self) -> str:
        return "TRUE"


@dataclass(frozen=True, slots=True)
class PerUnit(NothingMissed):
    """One count over another of the same rows (orders a clerk-day, lines a clerk). A census: no interval.

    Both are aggregates; `n` is the numerator, or `n_of` when it counts something else.
    """

    numerator: Part
    denominator: Part
    when: str = "TRUE"
    n_of: Part | None = None
    kind: ClassVar[str] = "per_unit"

    def parts(self) -> dict[str, Part]:
        return {"numerator": self.numerator, "denominator": self.denominator, "n": self.n_of or self.numerator}

    def figure(self, values: Values) -> Figure:
        numerator, denominator = values["numerator"] or 0, values["denominator"] or 0
        return Figure(
            value=numerator / denominator if denominator else None,
            n=whole(values["n"]),
            numerator=numerator,
            denominator=denominator,
        )

    def counted(self) -> str:
        return self.when
