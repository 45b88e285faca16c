"""People and teams on the same mix of cases: the comparison of section 7.1 from the store.

Strata are request types on channels. Rates are compared as they are; times through ln(seconds), as ratios to the time
that the same cases take everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kpi import catalog, compiler
from kpi.answer import answer
from kpi.asking import moment_of, needs, resolve
from kpi.compiler import Ask
from kpi.display import PEERS_FLOOR
from kpi.engines import Engine
from kpi.figures import reader
from kpi.measures import Mean, Quantile, Ratio
from kpi.model import Query, Value
from kpi.statistics.case_mix import Adjusted, Cell, Comparison, compare_rates, compare_times, merged
from kpi.statistics.comparison import two_proportions, welch

STRATA = ("request_type", "channel")
_PAIR_CHANCE = 0.01
"""Chance below which a raw gap between two would be taken for a difference."""
_MIX_SHARE = 0.5
"""Share of a raw gap that the mix explains when the pair is shown."""
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
    asked = query.with_(kpis=(kpi_id,), by=(who, *STRATA), grain=None, intervals=False)
    ask = resolve(asked, kpi_id, engine.tables())
    if not isinstance(ask.measure, Ratio | Mean | Quantile):
        return None
    timed = not isinstance(ask.measure, Ratio)
    raw = _of_times(ask, asked, engine) if timed else _of_rates(asked, kpi_id, engine)
    found = [(key, cell) for key, cell in raw if key[0] is not None and cell.n]
    if not found:
        return None
    cells = [cell for _, cell in found]
    comparison = (compare_times if timed else compare_rates)(cells, peers=PEERS_FLOOR if who == "agent_id" else 2)
    whos = tuple({str(key[0]): key[0] for key, _ in found}.values())
    return Fair(comparison, whos, _strata([key[1:] for key, _ in found], cells), timed)


def pair_of(fair: Fair) -> Pair | None:
    """The two of those shown whose raw gap the mix explains best: one that chance alone would hardly give, at least
    half of which goes away on the same mix. None when there is none."""
    shown = [one for one in fair.comparison.agents if one.verdict is not None]
    pairs = [_pair(fair, one, other) for one in shown for other in shown if one.agent < other.agent]
    known = [pair for pair in pairs if pair is not None]
    return max(known, key=lambda pair: (abs(pair.gap - pair.adjusted_gap), pair.ahead.agent), default=None)


def _pair(fair: Fair, one: Adjusted, other: Adjusted) -> Pair | None:
    ahead, behind = (one, other) if one.observed / one.n >= other.observed / other.n else (other, one)
    gap = behind.observed / behind.n - ahead.observed / ahead.n
    expected = behind.expected / behind.n - ahead.expected / ahead.n
    if not gap or expected / gap < _MIX_SHARE or _chance(fair, ahead, behind) > _PAIR_CHANCE:
        return None
    return Pair(ahead, behind, gap, gap - expected)


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


def _of_rates(query: Query, kpi_id: str, engine: Engine) -> Iterable[tuple[Stratum, Cell]]:
    for figure in answer(query.with_(totals=False), engine)[kpi_id].rows:
        numerator = float(figure.numerator or 0)
        yield figure.keys, Cell(str(figure.keys[0]), _name(figure.keys[1:]), figure.n, numerator)


def _of_times(ask: Ask, query: Query, engine: Engine) -> Iterable[tuple[Stratum, Cell]]:
    """Sums of ln(seconds); a time below one second counts as one."""
    given = ask.measure
    assert isinstance(given, Mean | Quantile)
    log = Mean(
        f"CASE WHEN {given.x} > 1 THEN LN({given.x}) ELSE 0 END",
        valid=given.valid.replace("$x", given.x),
        invalid="FALSE",
        whole=False,
    )
    scan = compiler.aggregate_scan([replace(ask, measure=log)], query.with_(totals=False), moment_of(query, engine))
    read = reader(scan, ask.kpi.id)
    for row in engine.fetch(scan.sql):
        figure = log.figure(read(row))
        if figure.n:
            keys, total = row[: scan.keys], figure.sum or 0.0
            squares = figure.extra["variance"] * (figure.n - 1) + total**2 / figure.n
            yield keys, Cell(str(keys[0]), _name(keys[1:]), figure.n, total, squares)
