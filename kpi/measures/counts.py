"""Counts: rows, and distinct things."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, ClassVar

from kpi.measures.base import NothingMissed, Part, Values, count, reasons, whole
from kpi.model import Figure, Status, made
from kpi.statistics import intervals


@dataclass(frozen=True, slots=True)
class Count(NothingMissed):
    """Number of rows; interval of a Poisson count (Byar)."""

    when: str = "TRUE"
    missing: str = "FALSE"
    invalid: str = "FALSE"
    kind: ClassVar[str] = "count"

    def parts(self) -> dict[str, Part]:
        left_out = {f"n_{reason}": count(condition) for reason, condition in self.uncounted().items()}
        return {"n": count(self.when), **left_out}

    def figure(self, values: Values) -> Figure:
        n = whole(values["n"])
        missing, invalid = whole(values.get("n_missing")), whole(values.get("n_invalid"))
        return Figure(value=n, n=n, n_missing=missing, n_invalid=invalid, ci=intervals.poisson(n), ci_method="Byar")

    def many(self, keys: Iterable[tuple[Any, ...]], counts: Sequence[int]) -> list[Figure]:
        """The figures of many groups, placed; the same as one by one, in a quarter of the time."""
        columns = (keys, counts, counts, *(repeat(field) for field in Figure()[3:9]), intervals.poissons(counts))
        rest = (repeat("Byar"), repeat(Status.OK), repeat(Figure().extra))
        return list(map(made, zip(*columns, *rest, strict=False)))

    def counted(self) -> str:
        return self.when

    def uncounted(self) -> dict[str, str]:
        return reasons(missing=self.missing, invalid=self.invalid)


@dataclass(frozen=True, slots=True)
class Distinct(NothingMissed):
    """Number of distinct `of` among the rows meeting a condition; not additive. A census: no interval.

    `n` is what the figure rests on: those rows, or the distinct things themselves when `n_is_value`.
    """

    of: str
    when: str = "TRUE"
    n_is_value: bool = False
    kind: ClassVar[str] = "distinct"

    def parts(self) -> dict[str, Part]:
        row = self.of if self.when == "TRUE" else f"CASE WHEN {self.when} THEN {self.of} END"
        return {"value": Part("COUNT(DISTINCT $row)", row), "n": count(self.when)}

    def figure(self, values: Values) -> Figure:
        found = whole(values["value"])
        return Figure(value=found, n=found if self.n_is_value else whole(values["n"]))

    def counted(self) -> str:
        return self.when


@dataclass(frozen=True, slots=True)
class Freshness(NothingMissed):
    """Seconds from the newest instant covered by an import to the instant asked."""

    kind: ClassVar[str] = "freshness"

    def parts(self) -> dict[str, Part]:
        return {"n": Part("COUNT(*)"), "value": Part("MIN($row)", "EPOCH($as_of) - EPOCH(data_until)")}

    def figure(self, values: Values) -> Figure:
        n = whole(values["n"])
        return Figure(value=float(values["value"]) if n else None, n=n)

    def counted(self) -> str:
        return "TRUE"
