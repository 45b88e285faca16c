"""Where a change or a score comes from: mix or rate (Kitagawa 1955), and what each group brings to an NPS. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum

REPORTED_FROM = 0.001
"""Smallest absolute contribution that is worth a line: 0.1 point."""

Nps = tuple[int, int, int]
"""Promoters, passives, detractors."""


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The change of R = sum of w x r, exactly, by category: what its weight did and what its rate did."""

    mix: Mapping[str, float]
    rate: Mapping[str, float]

    @property
    def mix_total(self) -> float:
        return fsum(self.mix.values())

    @property
    def rate_total(self) -> float:
        return fsum(self.rate.values())

    @property
    def total(self) -> float:
        return fsum((*self.mix.values(), *self.rate.values()))

    def reported(self, least: float = REPORTED_FROM) -> tuple[str, ...]:
        """Categories whose mix or rate contributes more than `least`, in order."""
        return tuple(key for key in self.mix if max(abs(self.mix[key]), abs(self.rate[key])) > least)


@dataclass(frozen=True, slots=True)
class Impact:
    """What one group brings to the NPS: `share` of the answers, its own `nps` and its `impact`, in points."""

    share: float
    nps: float
    impact: float


def kitagawa(
    w0: Mapping[str, float],
    r0: Mapping[str, float | None],
    w1: Mapping[str, float],
    r1: Mapping[str, float | None],
) -> Decomposition:
    """The change from period 0 to period 1, with weights `w` that add to 1 and rates `r` (any unit) by category.

    A category without cases in one period (weight 0, no rate) counts there at its other rate: it is all mix.
    """
    mix, rate = {}, {}
    for key in (*w0, *(key for key in w1 if key not in w0)):
        before, after = w0.get(key, 0.0), w1.get(key, 0.0)
        old, new = r0.get(key), r1.get(key)
        old, new = (new if old is None else old), (old if new is None else new)
        if old is None or new is None:
            continue
        mix[key] = (after - before) * (old + new) / 2
        rate[key] = (new - old) * (before + after) / 2
    return Decomposition(mix, rate)


def kitagawa_of_counts(
    before: Mapping[str, tuple[float, float]], after: Mapping[str, tuple[float, float]]
) -> Decomposition:
    """As `kitagawa`, from (numerator, n) by category; neither period may be empty."""
    (w0, r0), (w1, r1) = _weighted(before), _weighted(after)
    return kitagawa(w0, r0, w1, r1)


def _weighted(counts: Mapping[str, tuple[float, float]]) -> tuple[dict[str, float], dict[str, float | None]]:
    whole = fsum(n for _, n in counts.values())
    weights = {key: n / whole for key, (_, n) in counts.items()}
    return weights, {key: numerator / n if n else None for key, (numerator, n) in counts.items()}


def nps(group: Nps) -> float:
    """NPS in points of a group that is not empty."""
    promoters, _, detractors = group
    return 100 * (promoters - detractors) / sum(group)


def nps_total(groups: Mapping[str, Nps]) -> float:
    """NPS in points over exclusive groups, at least one answer in all."""
    promoters, passives, detractors = (sum(group[i] for group in groups.values()) for i in range(3))
    return nps((promoters, passives, detractors))


def nps_impacts(groups: Mapping[str, Nps]) -> dict[str, Impact]:
    """share x (NPS of the group - NPS) by exclusive group; the impacts add to 0. Empty groups are left out."""
    present = {name: group for name, group in groups.items() if sum(group)}
    whole = sum(sum(group) for group in present.values())
    total = nps_total(present) if present else 0.0
    return {name: _impact(sum(group) / whole, nps(group), total) for name, group in present.items()}


def _impact(share: float, of_group: float, reference: float) -> Impact:
    return Impact(share, of_group, share * (of_group - reference))


def mention_impact(mentioning: Nps, others: Nps) -> Impact | None:
    """What mentioning a topic brings: the NPS minus that of the answers that do not mention it.

    Topics overlap: these impacts do not add up. None when all or no answers mention it.
    """
    if not sum(mentioning) or not sum(others):
        return None
    return _impact(sum(mentioning) / (sum(mentioning) + sum(others)), nps(mentioning), nps(others))
