"""The time axis: buckets as equally spaced categories with their names, and four or five round ticks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from dashboard.format import Lang, bucket, clock, day, local_time, month
from kpi.model import Grain

HOURS = (Grain.HALF_HOUR, Grain.HOUR)
_MONTHS_FROM = 75
"""Days from which the ticks are months."""

Ticks = tuple[list[int], list[str]]


def time_ticks(buckets: Sequence[date], grain: Grain, lang: Lang, timezone: str, most: int) -> Ticks:
    """Positions and texts of at most `most` round instants."""
    if grain in HOURS:
        return _hour_ticks(buckets, lang, timezone, most)
    if grain in (Grain.DAY, Grain.WEEK):
        if buckets and (buckets[-1] - buckets[0]).days > _MONTHS_FROM:
            return _month_ticks(buckets, lang, most)
        candidates = (_every_days(buckets, step) for step in (1, 2, 7, 14, 21, 28))
        positions = next((found for found in candidates if len(found) <= most), [0])
        return positions, [day(buckets[i], lang) for i in positions]
    step = max(1, -(-len(buckets) // most))
    if grain is Grain.MONTH:
        return _every(buckets, step, lambda when: month(when, lang, year=when.month == 1 or when == buckets[0]))
    return _every(buckets, step, lambda when: bucket(when, grain, lang))


def short_name(when: date, grain: Grain, lang: Lang, timezone: str) -> str:
    """A bucket named beside its value: "22 oct.", "22 oct. 14:30", "oct. 2025"."""
    if grain in HOURS:
        local = local_time(when, timezone)
        return f"{day(local, lang)} {clock(local)}"
    return day(when, lang) if grain in (Grain.DAY, Grain.WEEK) else bucket(when, grain, lang)


def _every(buckets: Sequence[date], step: int, write: Callable[[date], str]) -> Ticks:
    positions = list(range(0, len(buckets), step))
    return positions, [write(buckets[i]) for i in positions]


def _every_days(buckets: Sequence[date], step: int) -> list[int]:
    """Positions a number of days apart by the calendar: closed days may have been left out of the buckets."""
    numbers = [(when - buckets[0]).days // step for when in buckets]
    return [i for i, number in enumerate(numbers) if i == 0 or number != numbers[i - 1]]


def _hour_ticks(buckets: Sequence[date], lang: Lang, timezone: str, most: int) -> Ticks:
    local = [local_time(when, timezone) for when in buckets]
    midnights = [i for i, when in enumerate(local) if (when.hour, when.minute) == (0, 0)]
    if len(midnights) > 2:
        positions = midnights[:: -(-len(midnights) // most)]
        return positions, [day(local[i], lang) for i in positions]
    hours = [i for i, when in enumerate(local) if when.minute == 0]
    candidates = ([i for i in hours if local[i].hour % multiple == 0] for multiple in (1, 2, 3, 4, 6, 12))
    positions = next((found for found in candidates if len(found) <= most), hours[:1])
    return positions, [clock(local[i]) for i in positions]


def _month_ticks(buckets: Sequence[date], lang: Lang, most: int) -> Ticks:
    firsts = [i for i in range(1, len(buckets)) if buckets[i].month != buckets[i - 1].month]
    candidates = ([i for i in firsts if (buckets[i].month - 1) % multiple == 0] for multiple in (1, 2, 3, 6, 12))
    positions = next((found for found in candidates if len(found) <= most), firsts[:: -(-len(firsts) // most)])
    years = buckets[0].year != buckets[-1].year
    return positions, [
        month(buckets[i], lang, year=years and (buckets[i].month == 1 or i == positions[0])) for i in positions
    ]
