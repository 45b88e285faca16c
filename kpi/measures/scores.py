"""Scores of surveys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kpi.measures.base import NothingMissed, Part, Values, both, count, reasons, whole
from kpi.model import Figure
from kpi.statistics import bootstrap, intervals

_PROMOTER = "score >= 9"
_PASSIVE = "score >= 7 AND score < 9"
_DETRACTOR = "score < 7"


@dataclass(frozen=True, slots=True)
class Nps(NothingMissed):
    """100 x (promoters - detractors) / answers on a 0-10 scale; adjusted-Wald interval."""

    valid: str
    kind: ClassVar[str] = "nps"

    def parts(self) -> dict[str, Part]:
        return {
            "promoters": count(both(self.valid, _PROMOTER)),
            "passives": count(both(self.valid, _PASSIVE)),
            "detractors": count(both(self.valid, _DETRACTOR)),
            "n_missing": count("score IS NULL"),
            "n_invalid": count(f"score IS NOT NULL AND NOT ({self.valid})"),
        }

    def figure(self, values: Values) -> Figure:
        promoters, passives, detractors = (whole(values[name]) for name in ("promoters", "passives", "detractors"))
        n = promoters + passives + detractors
        counts = {"promoters": promoters, "passives": passives, "detractors": detractors}
        missing, invalid = whole(values["n_missing"]), whole(values["n_invalid"])
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

    def uncounted(self) -> dict[str, str]:
        return reasons(missing="score IS NULL", invalid=f"score IS NOT NULL AND NOT ({self.valid})")


@dataclass(frozen=True, slots=True)
class MeanOfMeans(NothingMissed):
    """Mean of the means of several columns, each over the units (respondents) that have it; None when one is empty.

    The rows of a unit in a group make its columns together: those of one `per` that are `among`, each column an
    aggregate of them. Interval by percentile bootstrap over the units.
    """

    per: str
    columns: tuple[str, ...]
    among: str
    missing: str = "FALSE"
    invalid: str = "FALSE"
    kind: ClassVar[str] = "mean_of_means"

    def units(self) -> dict[str, str]:
        """Name -> SQL aggregate of a unit's rows, written `$name` in the parts."""
        left_out = {f"n_{reason}": f"COUNT_IF({condition})" for reason, condition in self.uncounted().items()}
        return {f"column_{i}": x for i, x in enumerate(self.columns)} | left_out

    def parts(self) -> dict[str, Part]:
        columns = ", ".join(f"$column_{i}" for i in range(len(self.columns)))
        row = f"CASE WHEN COALESCE({columns}) IS NOT NULL THEN [{columns}] END"
        return {
            "n": Part("COUNT($row)", f"COALESCE({columns})"),
            "rows": Part("LIST($row) FILTER (WHERE $row IS NOT NULL)", row),
            **{f"n_{reason}": Part("SUM($row)", f"$n_{reason}") for reason in self.uncounted()},
        }

    def figure(self, values: Values) -> Figure:
        n, missing, invalid = (whole(values.get(name)) for name in ("n", "n_missing", "n_invalid"))
        if not n:
            return Figure(n_missing=missing, n_invalid=invalid)
        rows = np.array(values["rows"], dtype=np.float64)
        rows = rows[np.lexsort(rows.T)]  # the order of a list is the engine's; the draws must not depend on it
        if np.isnan(rows).all(axis=0).any():
            return Figure(n=n, n_missing=missing, n_invalid=invalid)
        value = float(np.nanmean(rows, axis=0).mean())
        ci = bootstrap.mean_of_means(rows)
        return Figure(value=value, n=n, n_missing=missing, n_invalid=invalid, ci=ci, ci_method="bootstrap")

    def counted(self) -> str:
        return self.among

    def uncounted(self) -> dict[str, str]:
        return reasons(missing=self.missing, invalid=self.invalid)
