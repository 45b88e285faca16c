"""What moved a figure from one period to the next: mix, rates, and which groups stand out from chance. Pure.

Kitagawa's (1955) effects sum to the change. A group stands out when its rate moved otherwise than that of the others
together; a mix counts when the shares moved more than chance moves them. All these tests share one false discovery
rate (Benjamini and Hochberg 1995).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import copysign, fsum, sqrt
from typing import Any

from scipy import special

from kpi.statistics.case_mix import FALSE_DISCOVERIES, benjamini_hochberg
from kpi.statistics.comparison import two_proportions
from kpi.statistics.mix import kitagawa

Key = tuple[Any, ...]
OTHERS: Key = ()
"""Key of the groups that are too small, together."""
_PRIOR_CASES = 4
"""Cases of everybody's variance that each group is lent: of thirty alike it is not known to be 0."""


@dataclass(frozen=True, slots=True)
class Side:
    """One group in one period: its cases, the sum of their values and of their squares.

    A rate has values 0 and 1, an NPS 100, 0 and -100. Of a count `total` is `n`. `squares` is None for sums over sums.
    """

    n: float = 0.0
    total: float = 0.0
    squares: float | None = 0.0

    @property
    def value(self) -> float | None:
        return self.total / self.n if self.n else None

    def __add__(self, other: Side) -> Side:
        unknown = self.squares is None or other.squares is None
        squares = None if unknown else (self.squares or 0.0) + (other.squares or 0.0)
        return Side(self.n + other.n, self.total + other.total, squares)

    @property
    def spread(self) -> float:
        """Sum of the squared distances from the mean."""
        return max(0.0, (self.squares or 0.0) - self.total**2 / self.n) if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """One group: its two sides, and what its share (`mix`) and its rate (`rate`) did to the whole, in the KPI's unit.

    `weight` is the share of the rates' effect that it would have if all groups moved alike. `mix` is read against the
    whole: more of a group that is above it lifts it. `p` tests that the group moved as the others did, None when it
    cannot be tested; `telling` says that it did not.
    """

    key: Key
    before: Side
    after: Side
    weight: float
    mix: float
    rate: float
    p: float | None = None
    telling: bool = False


@dataclass(frozen=True, slots=True)
class Movement:
    """The change of a figure, exactly: the mix and the rate of each part, in the order given.

    `mix_p` tests that the shares did not move; `mix_telling` that they did.
    """

    parts: tuple[Part, ...]
    mix_p: float | None = None
    mix_telling: bool = False

    @property
    def mix(self) -> float:
        return fsum(part.mix for part in self.parts)

    @property
    def rate(self) -> float:
        return fsum(part.rate for part in self.parts)

    @property
    def change(self) -> float:
        return fsum(effect for part in self.parts for effect in (part.mix, part.rate))

    @property
    def told(self) -> tuple[Part, ...]:
        """The groups that stand out and push the way the whole went, more than their part, the strongest first."""
        whole = self.rate
        found = [
            part
            for part in self.parts
            if part.telling and part.key and self._with(part.rate) > max(0.0, self._with(part.weight * whole))
        ]
        return tuple(sorted(found, key=lambda part: (-abs(part.rate), str(part.key))))

    @property
    def explained(self) -> float:
        """Share of the change that the mix and the groups that stand out account for, 0 to 1."""
        if not self.change:
            return 0.0
        known = fsum(self._with(part.rate) for part in self.told)
        if self.mix_telling:
            known += max(0.0, self._with(self.mix))
        return min(1.0, known / abs(self.change))

    def _with(self, effect: float) -> float:
        return copysign(1.0, self.change) * effect


def of_rates(cells: Mapping[Key, tuple[Side, Side]]) -> Movement:
    """Kitagawa's effects of a ratio, a mean or an NPS from (before, after) by group; neither period is empty."""
    whole0, whole1 = (_sum(pair[i] for pair in cells.values()) for i in (0, 1))
    named = {str(i): pair for i, pair in enumerate(cells.values())}
    w0, w1 = ({name: pair[i].n / whole.n for name, pair in named.items()} for i, whole in enumerate((whole0, whole1)))
    r0, r1 = ({name: pair[i].value for name, pair in named.items()} for i in (0, 1))
    effects = kitagawa(w0, r0, w1, r1)
    centre = ((whole0.value or 0.0) + (whole1.value or 0.0)) / 2
    parts = [
        Part(
            key,
            *cells[key],
            weight=(w0[name] + w1[name]) / 2,
            mix=effects.mix.get(name, 0.0) - (w1[name] - w0[name]) * centre,
            rate=effects.rate.get(name, 0.0),
        )
        for name, key in zip(named, cells, strict=True)
    ]
    if any(side.squares is None for pair in cells.values() for side in pair):
        return Movement(tuple(parts))
    tested = _apart(parts, (whole0.spread + whole1.spread) / (whole0.n + whole1.n))
    return Movement(tested, _mix_p(tested, whole0.n, whole1.n))


def of_counts(cells: Mapping[Key, tuple[Side, Side]], days: float = 1.0) -> Movement:
    """What each group adds to a count; `days` are the open days of the second period over those of the first.

    A group is tested on its share of the whole.
    """
    n0, n1 = (fsum(pair[i].n for pair in cells.values()) for i in (0, 1))
    parts = []
    for key, (before, after) in cells.items():
        alone = len(cells) < 2 or not n0 or not n1
        p = None if alone else two_proportions((after.n, n1), (before.n, n0)).p
        weight = before.n / n0 if n0 else after.n / n1
        parts.append(Part(key, before, after, weight, 0.0, after.n - before.n * days, p))
    return Movement(tuple(parts))


def judged(movements: Iterable[Movement], level: float = FALSE_DISCOVERIES) -> tuple[Movement, ...]:
    """The movements with what stands out in them, `level` being the share of false discoveries over all."""
    found = tuple(movements)
    tested = [p for one in found for p in (one.mix_p, *(part.p for part in one.parts)) if p is not None]
    kept = [p for p, q in zip(tested, benjamini_hochberg(tested), strict=True) if q <= level]
    most = max(kept, default=-1.0)

    def tells(p: float | None) -> bool:
        return p is not None and p <= most

    return tuple(
        replace(
            one,
            parts=tuple(replace(part, telling=tells(part.p)) for part in one.parts),
            mix_telling=tells(one.mix_p),
        )
        for one in found
    )


def _sum(sides: Iterable[Side]) -> Side:
    kept = tuple(sides)
    squares = None if any(side.squares is None for side in kept) else fsum(side.squares or 0.0 for side in kept)
    return Side(fsum(side.n for side in kept), fsum(side.total for side in kept), squares)


def _apart(parts: Sequence[Part], variance: float) -> tuple[Part, ...]:
    """Each part with the p-value of moving as the others do."""
    moves = [_moved(part) for part in parts]
    error2 = [_error2(part.before, variance) + _error2(part.after, variance) for part in parts]
    known = [i for i, move in enumerate(moves) if move is not None]
    tested = list(parts)
    for i in known:
        others = [j for j in known if j != i]
        weight = fsum(parts[j].weight for j in others)
        if not weight:
            continue
        rest = fsum(parts[j].weight * (moves[j] or 0.0) for j in others) / weight
        rest2 = fsum((parts[j].weight / weight) ** 2 * error2[j] for j in others)
        tested[i] = replace(parts[i], p=_two_sided((moves[i] or 0.0) - rest, error2[i] + rest2))
    return tuple(tested)


def _mix_p(parts: Sequence[Part], n0: float, n1: float) -> float | None:
    """Whether shares drawn at random from the same groups would move the whole as much."""
    pooled = [part.before + part.after for part in parts]
    whole = _sum(pooled)
    between = fsum(side.n / whole.n * ((side.value or 0.0) - (whole.value or 0.0)) ** 2 for side in pooled if side.n)
    return _two_sided(fsum(part.mix for part in parts), between * (1 / n0 + 1 / n1))


def _moved(part: Part) -> float | None:
    before, after = part.before.value, part.after.value
    return None if before is None or after is None else after - before


def _error2(side: Side, variance: float) -> float:
    """Variance of a group's mean."""
    return (side.spread + _PRIOR_CASES * variance) / (side.n + _PRIOR_CASES) / side.n if side.n else 0.0


def _two_sided(difference: float, error2: float) -> float | None:
    return float(2 * special.ndtr(-abs(difference) / sqrt(error2))) if error2 > 0 else None
