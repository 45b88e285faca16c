"""Signal or noise: the XmR limits of a KPI's series, and the points that leave them (section 7.4).

Limits come from a frozen baseline: the buckets before the period, from the last change that people recorded on. Daily
series are read beside their own weekday, without the public holidays and the days that catch up on them; shares
and NPS by the size of each bucket; a stock by day by its step from the day before. What is said in words is what
`kpi.statistics.shifts` finds around the signals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp, fsum, log, sqrt
from statistics import fmean
from typing import Protocol

from kpi import buckets, catalog
from kpi.answer import answer
from kpi.calendars import closed_days
from kpi.definition import Kpi
from kpi.engines import DuckDBEngine
from kpi.model import Figure, Grain, Period, Query, Status, Unit, Value
from kpi.statistics.control_chart import BASELINE_LEAST, Rule, Signal, limits, signals
from kpi.statistics.shifts import FALSE_SERIES, Shift, shifts

HISTORY = {Grain.DAY: timedelta(days=84), Grain.WEEK: timedelta(days=364), Grain.MONTH: timedelta(days=1096)}
"""Grains that have limits, and how far before the period their baseline reaches."""
FIRST_POINTS = 20
"""Points of a baseline that begins inside the period."""
_WEEKDAY_LEAST = 3
"""Points of a weekday under which it has no level of its own."""
_DAY = timedelta(days=1)
_CAUGHT_UP, _CAUGHT_UP_TIMES = 1, 2
"""Days after a public holiday of which its work makes the figures, and of which it makes the times."""
Group = tuple[Value, ...]
_SIZED = ("ratio", "distinct_ratio", "nps")

_FOLLOWING = ("stock", "stock_quantile", "stock_distribution")
"""A stock is most of the day before's and wanders far from any level: by day its step is read, and not itself."""


@dataclass(frozen=True, slots=True)
class Episode:
    """Buckets in a row that chance does not explain, by the first day of the first and of the last of them.

    `value` is their mean (by cases for a share, geometric for a time; of a stock by day the mean step), `usual` that of
    what was expected of them; `lasting` says that it goes on: it is then told to the last bucket judged.
    """

    first: date
    last: date
    above: bool
    value: float
    usual: float
    lasting: bool


@dataclass(frozen=True, slots=True)
class Noise:
    """Limits of each bucket (absent where unknown) and the signals among them, by the bucket's first day; and the
    stretches that can be told in words, in order. `steps`: each bucket was read by its step from the one before."""

    low: dict[date, float]
    high: dict[date, float]
    signals: dict[date, Rule]
    episodes: list[Episode]
    steps: bool = False


class _Expected(Protocol):
    """What a baseline expects of a bucket."""

    def score(self, figure: Figure) -> float:
        """Distance from what is expected, in the unit in which chance is alike for all buckets."""

    def at(self, figure: Figure, score: float) -> float:
        """The value that has a score in the bucket of `figure`."""

    def told(self, figures: Sequence[Figure]) -> tuple[float, float]:
        """The mean of some buckets, and of what was expected of them."""


@dataclass(frozen=True, slots=True)
class _Steps:
    """A stock by day: the day before's, by day, and the step that is usual on a weekday."""

    before: Mapping[date, float]
    whole: float
    by_weekday: Mapping[int, float]

    def _usual(self, figure: Figure) -> float:
        return self.by_weekday.get(figure.keys[-1].isoweekday(), self.whole)

    def score(self, figure: Figure) -> float:
        return _step(figure, self.before) - self._usual(figure)

    def at(self, figure: Figure, score: float) -> float:
        return self.before[figure.keys[-1]] + self._usual(figure) + score

    def told(self, figures: Sequence[Figure]) -> tuple[float, float]:
        return fmean(_step(one, self.before) for one in figures), fmean(self._usual(one) for one in figures)


def _step(figure: Figure, before: Mapping[date, float]) -> float:
    return (figure.value or 0.0) - before[figure.keys[-1]]


@dataclass(frozen=True, slots=True)
class _Level:
    """Any other series: a level. Times are read as ratios (through their logarithm): twice as long is as far as half as
    long."""

    kpi: Kpi
    whole: float
    by_weekday: dict[int, float]

    def centre(self, figure: Figure) -> float:
        return self.by_weekday.get(figure.keys[-1].isoweekday(), self.whole)

    def score(self, figure: Figure) -> float:
        if _timed(self.kpi):
            return log(figure.value or 1.0) - log(self.centre(figure))
        return ((figure.value or 0.0) - self.centre(figure)) / self._spread(figure)

    def at(self, figure: Figure, score: float) -> float:
        if _timed(self.kpi):
            return self.centre(figure) * exp(score)
        return self.centre(figure) + score * self._spread(figure)

    def told(self, figures: Sequence[Figure]) -> tuple[float, float]:
        expected = [Figure(one.keys, self.centre(one), one.n) for one in figures]
        return _mean(self.kpi, figures), _mean(self.kpi, expected)

    def _spread(self, figure: Figure) -> float:
        if self.kpi.kind in _SIZED:
            return 1 / sqrt(figure.n or 1)
        centre = abs(self.centre(figure))
        return (sqrt(centre) if self.kpi.kind == "count" else centre) or 1.0


def _timed(kpi: Kpi) -> bool:
    return kpi.unit is Unit.SECONDS


def of_series(query: Query, kpi_id: str, engine: DuckDBEngine, changes: Sequence[date] = ()) -> Noise | None:
    """The noise of the series that `query` (with a grain of days, weeks or months) draws; None without a baseline of
    twelve points. `changes` are the days from which people recorded another process."""
    return of_groups(query.with_(by=()), kpi_id, engine, [()], changes).get(())


def of_groups(
    query: Query, kpi_id: str, engine: DuckDBEngine, groups: Collection[Group], changes: Sequence[date] = ()
) -> dict[Group, Noise]:
    """As `of_series`, of each of the `groups` that `query` splits the KPI into (by the values of `query.by`); those
    without a baseline are left out. As much is told in words of all of them together as of one series."""
    kpi, asked = catalog.get(kpi_id), reaching(query, engine)
    if asked is None or kpi.span or not groups:
        return {}
    series: defaultdict[Group, list[Figure]] = defaultdict(list)
    for figure in answer(asked.with_(kpis=(kpi_id,), intervals=False, totals=False), engine)[kpi_id].rows:
        if figure.keys[:-1] in groups:
            series[figure.keys[:-1]].append(figure)
    stepped = query.grain is Grain.DAY and kpi.kind in _FOLLOWING
    found = {
        group: of_points(
            query, kpi, points, engine, changes, before=_before(points) if stepped else None, of=len(groups)
        )
        for group, points in series.items()
    }
    return {group: noise for group, noise in found.items() if noise is not None}


def reaching(query: Query, engine: DuckDBEngine) -> Query | None:
    """The query with a period that begins with the baseline's; None by a grain without limits."""
    reach = HISTORY.get(query.grain) if query.grain else None
    if reach is None or query.period is None:
        return None
    return query.with_(period=Period(max(query.period.start - reach, engine.first_instant()), query.period.end))


def of_points(
    query: Query,
    kpi: Kpi,
    points: Sequence[Figure],
    engine: DuckDBEngine,
    changes: Sequence[date],
    *,
    before: Mapping[date, float] | None = None,
    signed: bool = False,
    of: int = 1,
) -> Noise | None:
    """As `judged`, of the points of `reaching(query)`, those of `query` shown: whole buckets alone, like the others of
    their kind."""
    wide = reaching(query, engine)
    assert wide is not None and wide.period is not None and query.period is not None and query.grain is not None
    until = min(engine.data_until(), wide.period.end)
    whole = [point for point in points if _complete(point, wide, until)]
    if not whole:
        return None
    odd = _odd(kpi, whole[0].keys[-1], whole[-1].keys[-1], query.grain, engine)
    return judged(
        kpi,
        [point for point in whole if point.keys[-1] not in odd],
        buckets.to_local(query.period.start, query.timezone).date(),
        changes,
        daily=query.grain is Grain.DAY,
        before=before,
        signed=signed,
        of=of,
    )


def _before(points: Sequence[Figure]) -> dict[date, float]:
    """By day, what the stock was at the end of the day before."""
    return {point.keys[-1] + _DAY: point.value for point in points if point.value is not None}


def _odd(kpi: Kpi, first: date, last: date, grain: Grain, engine: DuckDBEngine) -> Collection[date]:
    """Buckets, from that of a day to that of another, that are not like the others of their kind: public holidays and
    the days after, as long as what waited is caught up; weeks of a count with a holiday in them."""
    closed = closed_days(first - _CAUGHT_UP_TIMES * _DAY, buckets.next_of(last, grain), engine)
    if grain is Grain.DAY:
        late = _CAUGHT_UP_TIMES if _timed(kpi) else _CAUGHT_UP
        return {day + _DAY * k for day in closed for k in range(late + 1)}
    if grain is Grain.WEEK and kpi.kind == "count":
        return {day - _DAY * day.weekday() for day in closed}
    return ()


def judged(
    kpi: Kpi,
    points: Sequence[Figure],
    shown_from: date,
    changes: Sequence[date] = (),
    *,
    daily: bool,
    before: Mapping[date, float] | None = None,
    signed: bool = False,
    of: int = 1,
) -> Noise | None:
    """As `of_series`, from the points themselves (keyed by day, in order); those from `shown_from` on are judged.
    `before`, by day, is what each is read as a step from; `signed` values may be below 0 whatever the KPI; `of` is how
    many series are judged together."""
    known = [point for point in points if _known(kpi, point) and (before is None or point.keys[-1] in before)]
    found = Noise({}, {}, {}, [], before is not None)
    cuts = sorted(set(changes))
    for first, last in zip([date.min, *cuts], [*cuts, date.max], strict=True):
        process = [point for point in known if first <= point.keys[-1] < last]
        earlier = [point for point in process if point.keys[-1] < shown_from]
        baseline = earlier if len(earlier) >= BASELINE_LEAST else process[:FIRST_POINTS]
        shown = [point for point in process if point.keys[-1] >= shown_from]
        if baseline:
            expected = _level(kpi, baseline, daily) if before is None else _steps(baseline, before)
            _judge(expected, baseline, shown, FALSE_SERIES / of, found)
    if not signed:
        for day, low in found.low.items():
            found.low[day], found.high[day] = _possible(kpi, low, found.high[day])
    return found if found.low else None


def _judge(level: _Expected, baseline: Sequence[Figure], shown: Sequence[Figure], false: float, found: Noise) -> None:
    """The points of one process; something is told of a share `false` of those of chance alone."""
    of_baseline = [level.score(point) for point in baseline]
    process = limits(of_baseline)
    if process is None:
        return
    for point in shown:
        found.low[point.keys[-1]] = level.at(point, process.lcl)
        found.high[point.keys[-1]] = level.at(point, process.ucl)
    scores = [level.score(point) for point in shown]
    told = signals(scores, process)
    for signal in reversed(told):
        _keep(found, shown, signal)
    marked = {signal.index for signal in told}
    found.episodes.extend(_episodes(level, shown, marked, shifts(scores, of_baseline, process.mr, false)))


def _episodes(
    level: _Expected, shown: Sequence[Figure], marked: set[int], stretches: Sequence[Shift]
) -> Iterator[Episode]:
    """What can be told of the points shown: nothing that holds no signal of the chart."""
    for shift in stretches:
        within = range(shift.first, shift.last + 1)
        if not marked.intersection(within):
            continue
        points = list(shown[shift.first :] if shift.lasting else shown[shift.first : shift.last + 1])
        yield Episode(points[0].keys[-1], points[-1].keys[-1], shift.above, *level.told(points), lasting=shift.lasting)


def _keep(found: Noise, shown: Sequence[Figure], signal: Signal) -> None:
    found.signals[shown[signal.index].keys[-1]] = signal.rule


def _level(kpi: Kpi, baseline: Sequence[Figure], daily: bool) -> _Level:
    by_weekday = _by_weekday(baseline) if daily else {}
    return _Level(kpi, _mean(kpi, baseline), {day: _mean(kpi, some) for day, some in by_weekday.items()})


def _steps(baseline: Sequence[Figure], before: Mapping[date, float]) -> _Steps:
    usual = {day: fmean(_step(one, before) for one in some) for day, some in _by_weekday(baseline).items()}
    return _Steps(before, fmean(_step(one, before) for one in baseline), usual)


def _by_weekday(points: Sequence[Figure]) -> dict[int, list[Figure]]:
    """Those of the weekdays that have a level of their own."""
    found: defaultdict[int, list[Figure]] = defaultdict(list)
    for point in points:
        found[point.keys[-1].isoweekday()].append(point)
    return {day: some for day, some in found.items() if len(some) >= _WEEKDAY_LEAST}


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
