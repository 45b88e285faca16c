"""Means and quantiles of what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kpi.measures.base import NothingMissed, Part, Values, count, reasons, whole
from kpi.model import Figure, Status
from kpi.statistics import intervals, survival


@dataclass(frozen=True, slots=True)
class Mean(NothingMissed):
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
        n = whole(values["n"])
        missing, invalid = whole(values.get("n_missing")), whole(values.get("n_invalid"))
        if not n:
            return Figure(n_missing=missing, n_invalid=invalid)
        total = values["sum"]
        value = float(total) / n
        variance = self._variance(values, n)
        ci = intervals.mean(value, variance, n, self.low, self.high)
        known = float(total), missing, invalid, None, ci, "Student", Status.NO_DATA, {"variance": variance}
        return Figure((), value, n, None, n, *known)

    def _variance(self, values: Values, n: int) -> float:
        if not self.whole:
            return float(values["squares"] or 0.0)
        if n < 2:
            return 0.0
        total, squares = int(values["sum"]), int(values["squares"])
        return (n * squares - total * total) / (n * (n - 1))

    def counted(self) -> str:
        return self._of(self.valid)

    def uncounted(self) -> dict[str, str]:
        return reasons(missing=self._of(self.missing), invalid=self._of(self.invalid))


@dataclass(frozen=True, slots=True)
class Quantile(NothingMissed):
    """Exact type-7 quantile `q` of the valid `x`; interval by order statistics, read in a second pass once it is known
    how many there are (`sizes`). The value of a total is read with them: two passes then cost less than one and a half.
    """

    x: str
    q: float
    valid: str = "$x >= 0"
    invalid: str = "$x < 0"
    kind: ClassVar[str] = "quantile"

    @property
    def kept(self) -> str:
        return f"CASE WHEN {self.valid.replace('$x', self.x)} THEN {self.x} END"

    def parts(self) -> dict[str, Part]:
        n, n_invalid = self.sizes().items()
        return dict((n, ("value", Part(row=self.kept, quantile=self.q)), n_invalid))

    def sizes(self) -> dict[str, Part]:
        """All but the value."""
        return {"n": Part("COUNT($row)", self.kept), "n_invalid": count(self.invalid.replace("$x", self.x))}

    def figure(self, values: Values) -> Figure:
        n = whole(values["n"])
        ci = values.get("ci")
        if not n:
            return Figure(n_invalid=whole(values["n_invalid"]), ci=ci, ci_method="order statistics" if ci else None)
        # By position: a long series has thousands, and names take twice as long.
        method = "order statistics" if ci else None
        value, invalid = float(values["value"]), whole(values["n_invalid"])
        return Figure((), value, n, None, None, None, 0, invalid, None, ci, method)

    def counted(self) -> str:
        return self.valid.replace("$x", self.x)

    def uncounted(self) -> dict[str, str]:
        return reasons(invalid=self.invalid.replace("$x", self.x))


@dataclass(frozen=True, slots=True)
class Survival(NothingMissed):
    """Quantile `q` of a duration that has not ended for every row: Kaplan-Meier product limit, log-log interval.

    `x` is the duration to the event, or to the instant of the question for the rows that still wait.
    """

    x: str
    ended: str
    q: float = 0.5
    valid: str = "$x >= 0"
    kind: ClassVar[str] = "survival"

    def _of(self, condition: str) -> str:
        return condition.replace("$x", f"({self.x})")

    def parts(self) -> dict[str, Part]:
        valid, invalid = self._of(self.valid), self._of(f"NOT ({self.valid})")
        listed = "LIST($row) FILTER (WHERE $row IS NOT NULL)"
        return {
            "ended": Part(listed, f"CASE WHEN {valid} AND ({self.ended}) THEN {self.x} END"),
            "censored": Part(listed, f"CASE WHEN {valid} AND NOT ({self.ended}) THEN {self.x} END"),
            "n_invalid": count(invalid),
        }

    def figure(self, values: Values) -> Figure:
        ended, censored = values["ended"] or [], values["censored"] or []
        durations = np.array([*ended, *censored], dtype=np.float64)
        observed = np.arange(len(durations)) < len(ended)
        some = len(durations) > 0
        curve = survival.km_curve(durations, observed)
        return Figure(
            value=survival.km_quantile(curve, self.q) if some else None,
            n=len(durations),
            n_invalid=whole(values["n_invalid"]),
            n_open=len(censored),
            ci=survival.km_interval(curve, self.q) if some else None,
            ci_method="log-log (Brookmeyer and Crowley)" if some else None,
            extra={"n_events": len(ended)},
        )

    def counted(self) -> str:
        return self._of(self.valid)

    def uncounted(self) -> dict[str, str]:
        return reasons(invalid=self._of(f"NOT ({self.valid})"))
