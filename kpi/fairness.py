"""People and teams on the same mix of cases: the comparison of section 7.1 from the store.

Strata are request types on channels. Rates are compared as they are; times through ln(seconds), as ratios to the time
that the same cases take everybody. What everybody does more or less of on a day (a queue, an incident) is put to
nobody's account either: days are taken out before the comparison, weeks of a long period.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from math import exp, fsum, log, sqrt

from scipy import special

from kpi import catalog, compiler
from kpi.asking import moment_of, needs, resolve
from kpi.compiler import Ask
from kpi.display import PEERS_FLOOR
from kpi.engines import Engine
from kpi.figures import reader
from kpi.measures import Mean, Measure, Quantile, Ratio
from kpi.model import Grain, Query, Value
from kpi.statistics.case_mix import Adjusted, Cell, Comparison, compare_rates, compare_times, merged, raw_rates
from kpi.statistics.comparison import two_proportions, welch

STRATA = ("request_type", "channel")
_PAIR_CHANCE = 0.20
"""Chance of a raw gap between equals above which nobody would take it for a difference."""
_MIX_CHANCE = 0.01
"""Chance that two who draw the same cases differ as much in what is expected of them, over all the pairs."""
_MIX_SHARE = 0.5
"""Share of a raw gap that the mix explains when the pair is shown."""
_DAYS_APART = timedelta(days=100)
"""Length of a period up to which its days are told apart."""
Stratum = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two whose raw gap looks real and is mostly the mix of what they handle (Simpson's paradox when it turns round).

    `gap` and `adjusted_gap` are of `behind` from `ahead`, in the unit of `Adjusted.raw` for a rate and in ln for a
    time.
    """

    ahead: Adjusted
    behind: Adjusted
    gap: float
    adjusted_gap: float

    @property
    def turned(self) -> bool:
        """Whether the one that is behind is ahead on the same mix."""
        return self.gap * self.adjusted_gap < 0


@dataclass(frozen=True, slots=True)
class Fair:
    """Everybody on the same mix: the comparison (its `agents` are named by the text of `whos`), the strata with their
    cases, and whether it is of times (ratios)."""

    comparison: Comparison
    whos: tuple[Value, ...]
    strata: tuple[tuple[Stratum, int], ...]
    """Largest first; () is the small ones together."""
    timed: bool

    def of(self, who: Value) -> Adjusted | None:
        return next((one for one in self.comparison.agents if one.agent == str(who)), None)

    def reference(self, stratum: Stratum) -> float | None:
        """What everybody does in a stratum: a rate, or a typical time in seconds."""
        return self.comparison.references.get(_name(stratum))


def compared(
    query: Query,
    kpi_id: str,
    engine: Engine,
    *,
    who: str = "agent_id",
) -> Fair | None:
    """Everybody of a selection beside the whole of it; None without a case that somebody handled, and for a KPI that is
    neither a rate nor a time of cases that have strata.

    Of persons, five must have 30 cases; of anything else, two.
    """
    kpi = catalog.get(kpi_id)
    if not {who, *STRATA} <= set(kpi.dimensions) or needs(kpi, query, engine.tables()):
        return None
    asked = query.with_(kpis=(kpi_id,), by=(who, *STRATA), grain=_grain(query), intervals=False)
    ask = resolve(asked, kpi_id, engine.tables())
    if not isinstance(ask.measure, Ratio | Mean | Quantile):
        return None
    timed = not isinstance(ask.measure, Ratio)
    found = [(key, cell) for key, cell in _cells(ask, asked, engine) if key[0] is not None]
    if not found:
        return None
    cells = without_days([cell for _, cell in found], [key[-1] for key, _ in found])
    comparison = (compare_times if timed else compare_rates)(cells, peers=PEERS_FLOOR if who == "agent_id" else 2)
    whos = tuple({str(key[0]): key[0] for key, _ in found}.values())
    comparison = _as_it_was(comparison, [cell for _, cell in found], timed)
    return Fair(comparison, whos, _strata([key[1:-1] for key, _ in found], cells), timed)


def without_days(cells: Sequence[Cell], days: Sequence[Value]) -> list[Cell]:
    """The cells with what everybody did more of on each day taken out: the day's mean distance from its strata. Over
    all the days nothing is added or taken."""
    kept = merged(cells)
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for cell in kept:
        sums[cell.stratum][0] += cell.n
        sums[cell.stratum][1] += cell.total
    away: defaultdict[Value, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for cell, day in zip(kept, days, strict=True):
        n, total = sums[cell.stratum]
        away[day][0] += cell.n
        away[day][1] += cell.total - cell.n * total / n
    moved = []
    for cell, day in zip(cells, days, strict=True):
        n, total = away[day]
        by = total / n
        squares = cell.squares - 2 * by * cell.total + cell.n * by**2
        moved.append(replace(cell, total=cell.total - cell.n * by, squares=squares))
    return moved


def _grain(query: Query) -> Grain:
    period = query.period
    return Grain.DAY if period is not None and period.end - period.start <= _DAYS_APART else Grain.WEEK


def _as_it_was(comparison: Comparison, cells: Sequence[Cell], timed: bool) -> Comparison:
    """With what each did and what is done in each stratum without any adjustment; of a time geometric means."""

    def raw(rates: Mapping[str, float]) -> dict[str, float]:
        return {name: exp(rate) for name, rate in rates.items()} if timed else dict(rates)

    of_whos = raw(raw_rates(cells))
    of_strata = raw(raw_rates(replace(cell, agent=cell.stratum) for cell in merged(cells)))
    agents = tuple(replace(one, raw=of_whos[one.agent]) for one in comparison.agents)
    return replace(comparison, references=of_strata, agents=agents)


def pair_of(fair: Fair) -> Pair | None:
    """The two of those shown whose raw gap the mix explains best: what they handle differs more than chance makes it,
    and at least half of the gap goes away on the same mix. None when there is none."""
    shown = [one for one in fair.comparison.agents if one.verdict is not None]
    both = list(combinations(shown, 2))
    pairs = [_pair(fair, one, other) for one, other in both if _mix_apart(fair, one, other) * len(both) <= _MIX_CHANCE]
    known = [pair for pair in pairs if pair is not None]
    return max(known, key=lambda pair: (abs(pair.gap - pair.adjusted_gap), pair.ahead.agent), default=None)


def _pair(fair: Fair, one: Adjusted, other: Adjusted) -> Pair | None:
    ahead, behind = (one, other) if one.observed / one.n >= other.observed / other.n else (other, one)
    gap = behind.observed / behind.n - ahead.observed / ahead.n
    expected = behind.expected / behind.n - ahead.expected / ahead.n
    if not gap or expected / gap < _MIX_SHARE or _chance(fair, ahead, behind) > _PAIR_CHANCE:
        return None
    return Pair(ahead, behind, gap, gap - expected)


def _mix_apart(fair: Fair, one: Adjusted, other: Adjusted) -> float:
    """Probability that two who draw their cases alike are expected to differ as much."""
    cases = fsum(n for _, n in fair.strata)
    means = [(n, fair.reference(stratum) or 0.0) for stratum, n in fair.strata]
    levels = [(n, log(mean) if fair.timed else mean) for n, mean in means if mean > 0 or not fair.timed]
    centre = fsum(n * level for n, level in levels) / cases
    between = fsum(n * (level - centre) ** 2 for n, level in levels) / cases
    if between <= 0:
        return 1.0
    z = (one.expected / one.n - other.expected / other.n) / sqrt(between * (1 / one.n + 1 / other.n))
    return float(2 * special.ndtr(-abs(z)))


def _chance(fair: Fair, ahead: Adjusted, behind: Adjusted) -> float:
    """Probability of a raw gap as wide between two equals; 1 when it cannot be told."""
    if fair.timed:
        sides = (behind, ahead)
        means, spreads = [one.observed / one.n for one in sides], [one.variance / one.n for one in sides]
        tested = welch(means[0], spreads[0], behind.n, means[1], spreads[1], ahead.n)
    else:
        tested = two_proportions((behind.observed, behind.n), (ahead.observed, ahead.n))
    return 1.0 if tested.p is None else tested.p


def _strata(strata: Sequence[Stratum], cells: Sequence[Cell]) -> tuple[tuple[Stratum, int], ...]:
    sizes: dict[Stratum, int] = {}
    for stratum, cell, kept in zip(strata, cells, merged(cells), strict=True):
        key = stratum if kept.stratum == cell.stratum else ()
        sizes[key] = sizes.get(key, 0) + cell.n
    return tuple(sorted(sizes.items(), key=lambda item: (not item[0], -item[1], str(item[0]))))


def _name(stratum: Stratum) -> str:
    return "other" if not stratum else "\u0000".join(map(str, stratum))


def _cells(ask: Ask, query: Query, engine: Engine) -> Iterable[tuple[Stratum, Cell]]:
    """(who, the strata's values, day) with its cases; of a time, sums of ln(seconds), in which less than one second
    counts as one."""
    measure = _log(ask.measure) if not isinstance(ask.measure, Ratio) else ask.measure
    scan = compiler.aggregate_scan([replace(ask, measure=measure)], query.with_(totals=False), moment_of(query, engine))
    read = reader(scan, ask.kpi.id)
    for row in engine.fetch(scan.sql):
        figure, keys = measure.figure(read(row)), row[: scan.keys]
        if not figure.n:
            continue
        total, squares = float(figure.numerator or 0), 0.0
        if isinstance(measure, Mean):
            total = figure.sum or 0.0
            squares = figure.extra["variance"] * (figure.n - 1) + total**2 / figure.n
        yield keys, Cell(str(keys[0]), _name(keys[1:-1]), figure.n, total, squares)


def _log(given: Measure) -> Mean:
    assert isinstance(given, Mean | Quantile)
    return Mean(
        f"CASE WHEN {given.x} > 1 THEN LN({given.x}) ELSE 0 END",
        valid=given.valid.replace("$x", given.x),
        invalid="FALSE",
        whole=False,
    )
