"""Signal or noise: the XmR limits of a KPI's series, and the points that leave them (section 7.4).

Limits come from a frozen baseline: the buckets before the period, from the last change that people recorded on. Daily
series are read beside their own weekday, without the public holidays and the days that catch up on them; shares
and NPS by the size of each bucket. What is said in words is what `kpi.statistics.shifts` finds around the signals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp, fsum, log, sqrt

from kpi import buckets, catalog
from kpi.answer import answer
from kpi.calendars import closed_days
from kpi.definition import Kpi
from kpi.engines import DuckDBEngine
from kpi.model import Figure, Grain, Period, Query, Status, Unit
from kpi.statistics.control_chart import BASELINE_LEAST, Limits, Rule, Signal, limits, signals
from kpi.statistics.shifts import shifts

HISTORY = {Grain.DAY: timedelta(days=84), Grain.WEEK: timedelta(days=364), Grain.MONTH: timedelta(days=1096)}
"""Grains that have limits, and how far before the period their baseline reaches."""
FIRST_POINTS = 20
"""Points of a baseline that begins inside the period."""
_WEEKDAY_LEAST = 3
"""Points of a weekday under which it has no level of its own."""
_DAY = timedelta(days=1)
_CAUGHT_UP, _CAUGHT_UP_TIMES = 1, 2
"""Days after a public holiday of which its work makes the figures, and of which it makes the times."""
_SIZED = ("ratio", "distinct_ratio", "nps")

_FOLLOWING = ("stock", "stock_quantile", "stock_distribution")
"""A stock is most of the day before's: from one day to the next it moves less than it wanders."""


@dataclass(frozen=True, slots=True)
class Episode:
    """Buckets in a row that chance does not explain, by the first day of the first and of the last of them.

    `value` is their mean (by cases for a share, geometric for a time), `usual` that of what was expected of them;
    `lasting` says that it goes on: it is then told to the last bucket judged.
    """

    first: date
    last: date
    above: bool
    value: float
    usual: float
    lasting: bool


@dataclass(frozen=True, slots=True)
class Noise:
    """Limits of each bucket (None where unknown) and the signals among them, by the bucket's first day; and the
    stretches that can be told in words, in order."""

    low: dict[date, float]
    high: dict[date, float]
    signals: dict[date, Rule]
    episodes: list[Episode]


@dataclass(frozen=True, slots=True)
class _Level:
    """What a baseline expects of a bucket. Times are read as ratios (through their logarithm): twice as long is as far
    as half as long."""

    kpi: Kpi
    whole: float
    by_weekday: dict[int, float]

    def centre(self, figure: Figure) -> float:
        return self.by_weekday.get(figure.keys[-1].isoweekday(), self.whole)

    def score(self, figure: Figure) -> float:
        """Distance from the centre, in the unit in which chance is alike for all buckets."""
        if _timed(self.kpi):
            return log(figure.value or 1.0) - log(self.centre(figure))
        return ((figure.value or 0.0) - self.centre(figure)) / self._spread(figure)

    def at(self, figure: Figure, score: float) -> float:
        """The value that has a score in the bucket of `figure`."""
        if _timed(self.kpi):
            return self.centre(figure) * exp(score)
        return self.centre(figure) + score * self._spread(figure)

    def _spread(self, figure: Figure) -> float:
        if self.kpi.kind in _SIZED:
            return 1 / sqrt(figure.n or 1)
        centre = abs(self.centre(figure))
        return (sqrt(centre) if self.kpi.kind == "count" else centre) or 1.0


def _timed(kpi: Kpi) -> bool:
    return kpi.unit is Unit.SECONDS


def of_series(query: Query, kpi_id: str, engine: DuckDBEngine, changes: Sequence[date] = ()) -> Noise | None:
    """The noise of the series that `query` (with a grain of days, weeks or months) draws; None without a baseline of
    twelve points, and for a stock by day. `changes` are the days from which people recorded another process."""
    kpi = catalog.get(kpi_id)
    reach = HISTORY.get(query.grain) if query.grain else None
    if reach is None or query.period is None or kpi.span or (query.grain is Grain.DAY and kpi.kind in _FOLLOWING):
        return None
    begin = max(query.period.start - reach, engine.first_instant())
    asked = query.with_(kpis=(kpi_id,), by=(), period=Period(begin, query.period.end), intervals=False, totals=False)
    rows = answer(asked, engine)[kpi_id].rows
    whole = [figure for figure in rows if _complete(figure, asked, min(engine.data_until(), query.period.end))]
    shown_from = buckets.to_local(query.period.start, query.timezone).date()
    odd = _odd(kpi, whole, query.grain, engine) if query.grain and whole else ()
    kept = [figure for figure in whole if figure.keys[-1] not in odd]
    return judged(kpi, kept, shown_from, changes, daily=query.grain is Grain.DAY)


def _odd(kpi: Kpi, points: Sequence[Figure], grain: Grain, engine: DuckDBEngine) -> Collection[date]:
    """Buckets that are not like the others of their kind: public holidays and the days after, as long as what waited is
    caught up; weeks of a count with a holiday in them."""
    closed = closed_days(
        points[0].keys[-1] - _CAUGHT_UP_TIMES * _DAY, buckets.next_of(points[-1].keys[-1], grain), engine
    )
    if grain is Grain.DAY:
        late = _CAUGHT_UP_TIMES if _timed(kpi) else _CAUGHT_UP
        return {day + _DAY * k for day in closed for k in range(late + 1)}
    if grain is Grain.WEEK and kpi.kind == "count":
        return {day - _DAY * day.weekday() for day in closed}
    return ()


def judged(
    kpi: Kpi, points: Sequence[Figure], shown_from: date, changes: Sequence[date] = (), *, daily: bool
) -> Noise | None:
    """As `of_series`, from the points themselves (keyed by day, in order); those from `shown_from` on are judged."""
    known = [point for point in points if _known(kpi, point)]
    found = Noise({}, {}, {}, [])
    cuts = sorted(set(changes))
    for first, last in zip([date.min, *cuts], [*cuts, date.max], strict=True):
        _judge(kpi, [point for point in known if first <= point.keys[-1] < last], shown_from, daily, found)
    return found if found.low else None


def _judge(kpi: Kpi, points: Sequence[Figure], shown_from: date, daily: bool, found: Noise) -> None:
    """The points of one process."""
    before = [point for point in points if point.keys[-1] < shown_from]
    baseline = before if len(before) >= BASELINE_LEAST else points[:FIRST_POINTS]
    level = _level(kpi, baseline, daily)
    process = limits([level.score(point) for point in baseline]) if level else None
    if level is None or process is None:
        return
    shown = [point for point in points if point.keys[-1] >= shown_from]
    for point in shown:
        low, high = _possible(kpi, level.at(point, process.lcl), level.at(point, process.ucl))
        found.low[point.keys[-1]], found.high[point.keys[-1]] = low, high
    scores = [level.score(point) for point in shown]
    told = signals(scores, process)
    for signal in reversed(told):
        _keep(found, shown, signal)
    of_baseline = [level.score(point) for point in baseline]
    found.episodes.extend(_episodes(kpi, shown, scores, of_baseline, level, process, told))


def _episodes(
    kpi: Kpi,
    shown: Sequence[Figure],
    scores: Sequence[float],
    baseline: Sequence[float],
    level: _Level,
    process: Limits,
    told: Sequence[Signal],
) -> Iterator[Episode]:
    """What can be told of the points shown: nothing that holds no signal of the chart."""
    marked = {signal.index for signal in told}
    for shift in shifts(scores, baseline, process.mr):
        within = range(shift.first, shift.last + 1)
        if not marked.intersection(within):
            continue
        points = list(shown[shift.first :] if shift.lasting else shown[shift.first : shift.last + 1])
        yield Episode(
            points[0].keys[-1],
            points[-1].keys[-1],
            shift.above,
            _mean(kpi, points),
            _mean(kpi, [Figure(point.keys, level.centre(point), point.n) for point in points]),
            shift.lasting,
        )


def _keep(found: Noise, shown: Sequence[Figure], signal: Signal) -> None:
    found.signals[shown[signal.index].keys[-1]] = signal.rule


def _level(kpi: Kpi, baseline: Sequence[Figure], daily: bool) -> _Level | None:
    if not baseline:
        return None
    by_weekday: defaultdict[int, list[Figure]] = defaultdict(list)
    for point in baseline if daily else ():
        by_weekday[point.keys[-1].isoweekday()].append(point)
    levels = {day: _mean(kpi, some) for day, some in by_weekday.items() if len(some) >= _WEEKDAY_LEAST}
    return _Level(kpi, _mean(kpi, baseline), levels)


def _mean(kpi: Kpi, points: Sequence[Figure]) -> float:
    """The level of some buckets: pooled for shares, so that a small one weighs little; of times the geometric mean."""
    if _timed(kpi):
        return exp(fsum(log(point.value or 1.0) for point in points) / len(points))
    if kpi.kind in _SIZED:
        return fsum((point.value or 0.0) * point.n for point in points) / fsum(point.n for point in points)
    return fsum(point.value or 0.0 for point in points) / len(points)


def _possible(kpi: Kpi, low: float, high: float) -> tuple[float, float]:
    """Limits that the KPI may take: nothing is below 0 but an NPS, no share above 1."""
    if kpi.unit is Unit.NPS:
        return max(-100.0, low), min(100.0, high)
    return max(0.0, low), min(1.0, high) if kpi.unit is Unit.RATIO else high


def _known(kpi: Kpi, point: Figure) -> bool:
    """Whether a bucket says something: a closed day counts nothing, and few cases are no signal (rule G16)."""
    if point.value is None or point.status is not Status.OK:
        return False
    return bool(point.value) if kpi.kind == "count" or _timed(kpi) else bool(point.n or point.value)


def _complete(figure: Figure, query: Query, until: datetime) -> bool:
    """Whether the whole bucket is in the data and in the question."""
    assert query.grain is not None and query.period is not None
    first = figure.keys[-1]
    start, end = (
        buckets.to_utc(first, query.timezone),
        buckets.to_utc(buckets.next_of(first, query.grain), query.timezone),
    )
    return start >= query.period.start and end <= until + timedelta(minutes=1)
