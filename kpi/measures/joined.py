"""Figures made of several datasets: each side is aggregated by itself, then the sides meet on their keys.

Nothing is counted twice, since no row of one side is ever joined with a row of another, and a group that only one
side has, the empty one included, keeps its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, ClassVar

from kpi.measures.base import NothingMissed, Part, Values
from kpi.model import Figure, made

Resolve = Callable[[Any, Any, Any], Mapping[str, Any]]
"""(query, moment, engine) -> more substitutions of the sides' SQL."""


@dataclass(frozen=True, slots=True)
class Side:
    """One dataset's share of a figure.

    `stock` says that the rows are those that stand at the instant (they enter and leave by the SQL named). `without`
    are dimensions of the KPI that the dataset does not have: it is the same whatever their value.
    """

    dataset: str
    parts: Mapping[str, Part]
    time: str | None = None
    where: str = "TRUE"
    stock: tuple[str, str] | None = None
    without: tuple[str, ...] = ()


Sides = Mapping[str, Values]
"""Name of a side -> its aggregates in one group; every aggregate of a side without rows there is None."""


@dataclass(frozen=True, slots=True)
class Joined(NothingMissed):
    """A figure `combine`d from sides. `params` names the parameters that `combine` reads."""

    sides: Mapping[str, Side]
    combine: Callable[[Sides, Mapping[str, Any]], Figure]
    resolve: Resolve | None = None
    """What the sides need to know of the store first."""
    census: bool = False
    """It is shown and compared whatever its number of cases."""
    kind: ClassVar[str] = "joined"

    def parts(self) -> dict[str, Part]:
        return {}

    def figure(self, values: Values) -> Figure:
        raise TypeError("a joined figure is made of its sides")

    def counted(self) -> str:
        return "TRUE"


@dataclass(frozen=True, slots=True)
class Growth(NothingMissed):
    """Change of a sum against the period before, by value of `of` when given; exact two-count test.

    Two periods that differ in open days are compared per open day (section 7.2 of the method), unless not
    `per_open_day`.
    """

    count: Part
    of: str | None = None
    per_open_day: bool = True
    kind: ClassVar[str] = "growth"

    def parts(self) -> dict[str, Part]:
        return {"n": self.count}

    def figure(self, values: Values) -> Figure:
        raise TypeError("a growth is made of two periods")

    def grown(
        self,
        current: Sequence[float],
        previous: Sequence[float],
        days: tuple[float, float],
        p: Sequence[float | None],
    ) -> list[Figure]:
        """The changes of some groups: what each counted over (open days now, open days before), and the p of each."""
        weighed = current
        if min(days) > 0 and days[0] != days[1]:
            weighed = [now / days[0] * days[1] for now in current]
        values = [(now - then) / then if then else None for now, then in zip(weighed, previous, strict=True)]
        told = zip(current, previous, p, strict=True)
        extras: list[dict[str, Any]]
        if self.of is None:
            extras = [{"current": now, "previous": then, "p": own} for now, then, own in told]
        else:
            extras = [
                {
                    "current": now,
                    "previous": then,
                    "p": own,
                    "status": ("continuing" if now else "stopped") if then else "new",
                }
                for now, then, own in told
            ]
        blank = Figure()
        columns = (repeat(blank.keys), values, map(round, current), *map(repeat, blank[3:12]), extras)
        return list(map(made, zip(*columns, strict=False)))

    def counted(self) -> str:
        return "TRUE"


@dataclass(frozen=True, slots=True)
class Attainment(NothingMissed):
    """Share of the KPIs with a target that meet it: made of their own answers."""

    kind: ClassVar[str] = "attainment"

    def parts(self) -> dict[str, Part]:
        return {}

    def figure(self, values: Values) -> Figure:
        raise TypeError("attainment is made of other KPIs")

    def counted(self) -> str:
        return "FALSE"


@dataclass(frozen=True, slots=True)
class Parts(NothingMissed):
    """Aggregates of one side, from which another measure makes the figure."""

    asked: Mapping[str, Part]
    kind: ClassVar[str] = "parts"

    def parts(self) -> dict[str, Part]:
        return dict(self.asked)

    def figure(self, values: Values) -> Figure:
        raise TypeError("the aggregates of one side are not a figure")

    def counted(self) -> str:
        return "TRUE"
