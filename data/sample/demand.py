"""How much comes in, hour by hour, and how long it waits: the load model.

Demand and waiting are curves, not counts of rows, so that a sample of any size waits as long as another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.sample import world
from data.sample.clock import DAY, HOUR, Bools, Floats, Ints, OpenHours, Timeline
from data.sample.columns import stream
from data.sample.planted import Incident, Planted, Shortage

MONTH_FACTORS = (1.06, 0.95, 0.95, 0.96, 0.98, 0.95, 0.88, 0.82, 0.98, 1.00, 1.06, 1.32)
YEARLY_GROWTH = 1.10
HOLIDAY_FACTOR = 0.30
DAY_NOISE = 0.06

VOICE_WEEK = (1.32, 1.08, 1.00, 0.97, 0.93, 0.40, 0.06)
WRITTEN_WEEK = (1.22, 1.08, 1.00, 0.98, 0.94, 0.48, 0.34)
# fmt: off
VOICE_HOURS = (0.01, 0, 0, 0, 0, 0.01, 0.03, 0.12, 0.75, 1.25, 1.45, 1.35,
               0.85, 0.80, 1.15, 1.20, 1.15, 1.05, 0.80, 0.22, 0.12, 0.06, 0.03, 0.01)
WRITTEN_HOURS = (0.10, 0.05, 0.03, 0.03, 0.03, 0.06, 0.18, 0.45, 0.95, 1.25, 1.35, 1.25,
                 1.00, 0.98, 1.15, 1.20, 1.15, 1.05, 0.90, 0.62, 0.58, 0.56, 0.42, 0.24)
INCIDENT_CURVE = (0.40, 0.80, 0.85, 0.80, 0.70, 0.55, 0.45, 0.35, 0.25, 0.15)
# fmt: on
"""Extra demand on each day of the incident, as a share of the normal."""

REINFORCEMENT = 1.45
REINFORCEMENT_DAYS = 30
SHORTAGE_CAPACITY, RECOVERY_CAPACITY = 0.52, 1.36
SHORT_TEAMS = (world.COURRIELS, world.TECHNIQUE, world.VENDEURS)
FOLLOW_UP_UTILISATION = 0.90
PLANNED_MONDAY_SHARE = 0.55
"""Part of Monday's extra calls that the telephone planning foresees."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Expected arrivals for each hour of the timeline, and the waits they cause."""

    voice: Floats
    written: Floats
    surge: Floats
    """Extra written demand caused by the incident, as a share of the normal, by day."""
    voice_load: Floats
    """Calls over the calls foreseen, by hour; 1 is as planned."""
    first_wait: Floats
    """Open seconds that a written request waits to be taken up: team x hour of arrival."""
    follow_wait: Floats
    """Open seconds that the follow-up work of a ticket waits: team x hour."""


def day_factors(timeline: Timeline, planted: Planted) -> Floats:
    """Season and growth of each day."""
    days = timeline.all_days
    if not planted.seasons:
        return np.ones(len(days))
    middles = np.array([15 + 30.4 * month for month in range(-1, 13)])
    factors = np.array([MONTH_FACTORS[-1], *MONTH_FACTORS, MONTH_FACTORS[0]])
    season = np.interp([day.timetuple().tm_yday for day in days], middles, factors)
    years = (np.arange(len(days)) - timeline.days) / 365
    return np.asarray(season * YEARLY_GROWTH**years)


def surge_curve(timeline: Timeline, incident: Incident | None) -> Floats:
    """The incident's extra demand, by day."""
    surge = np.zeros(len(timeline.all_days))
    if incident is not None:
        start = timeline.days - incident.start
        surge[start : start + incident.DAYS] = incident.strength * np.array(INCIDENT_CURVE)
    return surge


def hourly(timeline: Timeline, days: Floats, week: tuple[float, ...], hours: tuple[float, ...]) -> Floats:
    """Demand of each hour: its day's, spread by the hour's profile."""
    local = timeline.local(timeline.hours)
    day = timeline.day(timeline.hours)
    by_day = days * np.array(week)[timeline.weekdays() - 1]
    return np.asarray(by_day[day] * np.array(hours)[local % DAY // HOUR] / sum(hours))


def open_share(timeline: Timeline, hours: OpenHours) -> Floats:
    """Share of each UTC hour that is open."""
    return np.asarray((hours.elapsed(timeline.hours + HOUR) - hours.elapsed(timeline.hours)) / HOUR)


def weekly_mean(timeline: Timeline, values: Floats) -> Floats:
    """Mean of the 168 hours around each hour."""
    week = 7 * 24
    padded = np.concatenate([values[:week], values, values[-week:]])
    cumulated = np.concatenate([[0.0], np.cumsum(padded)])
    half = week // 2
    start = np.arange(len(values)) + week - half
    return np.asarray((cumulated[start + week] - cumulated[start]) / week)


def queue_wait(timeline: Timeline, arrivals: Floats, capacity: Floats, hours: OpenHours) -> Floats:
    """Open seconds from each hour to the instant at which all that had arrived by then is taken up.

    First in, first out: Lindley's recursion, as a running minimum. `capacity` is 0 in closed hours.
    """
    net = np.cumsum(arrivals - capacity)
    queued = net - np.minimum.accumulate(np.minimum(net, 0.0))
    served = np.cumsum(capacity)
    goal = served + queued
    last = np.minimum(np.searchsorted(served, goal, side="left"), len(served) - 1)
    unused = np.where(capacity[last] > 0, (served[last] - goal) / np.maximum(capacity[last], 1e-12), 0.0)
    taken_up = timeline.hours[last] + HOUR - (np.clip(unused, 0, 1) * HOUR).astype(np.int64)
    waited = hours.elapsed(taken_up) - hours.elapsed(timeline.hours + HOUR)
    return np.where(queued > 0, np.maximum(waited, 0), 0).astype(np.float64)


def model(timeline: Timeline, calendars: dict[str, OpenHours], planted: Planted, seed: int) -> Demand:
    """The demand of the whole history, and its waits."""
    rng = stream(seed, "demand")
    expected = day_factors(timeline, planted)
    closed = timeline.holidays()
    quiet = np.where(closed, HOLIDAY_FACTOR, 1.0)
    noise = np.exp(DAY_NOISE * rng.standard_normal(len(expected)))
    surge = surge_curve(timeline, planted.incident)
    actual = expected * quiet * noise
    voice = hourly(timeline, actual * (1 + surge / 2), VOICE_WEEK, VOICE_HOURS)
    written = hourly(timeline, actual, WRITTEN_WEEK, WRITTEN_HOURS)
    planned_week = tuple(1 + PLANNED_MONDAY_SHARE * (day - 1) if day > 1 else day for day in VOICE_WEEK)
    planned_voice = hourly(timeline, expected * (1 + surge / 4), planned_week, VOICE_HOURS)
    planned_written = hourly(timeline, expected, WRITTEN_WEEK, WRITTEN_HOURS)
    first, follow = _waits(timeline, calendars, planted, written, planned_written, surge)
    return Demand(voice, written, surge, voice / np.maximum(planned_voice, 1e-9), first, follow)


def _waits(
    timeline: Timeline,
    calendars: dict[str, OpenHours],
    planted: Planted,
    written: Floats,
    planned: Floats,
    surge: Floats,
) -> tuple[Floats, Floats]:
    day = timeline.day(timeline.hours)
    extra = written * surge[day]
    change = 0 if planted.new_hours is None else planted.new_hours.since
    before = np.asarray(day < timeline.days - change)
    first, follow = [], []
    for number, team in enumerate(world.TEAMS):
        hours = calendars[team.calendar_id]
        opened = open_share(timeline, hours)
        usual = _usual_open_share(opened, before)
        arrivals = written + extra * _incident_weight(number)
        rate = weekly_mean(timeline, planned) / usual * opened
        reinforced = rate * _reinforcement(timeline, planted.incident, number)[day]
        first.append(queue_wait(timeline, arrivals, reinforced / team.utilisation, hours))
        staffed = reinforced * _shortage(timeline, planted.shortage, number)[day]
        follow.append(queue_wait(timeline, arrivals, staffed / FOLLOW_UP_UTILISATION, hours))
    return np.array(first), np.array(follow)


def _usual_open_share(opened: Floats, before: Bools) -> float:
    """Mean open share before the schedule change, on which the staffing was planned: hours added later
    add capacity."""
    return float(opened[before].mean())


def team_share(team: int) -> float:
    """Share of a team in the written demand."""
    written = {name: share for name, share in world.CHANNEL_SHARES.items() if name not in ("phone", "click_to_talk")}
    mine = sum(share * world.CHANNEL_TEAMS[name].get(team, 0.0) for name, share in written.items())
    return max(mine / sum(written.values()), 0.01)


def _incident_weight(team: int) -> float:
    """How much of the incident's extra demand falls on a team, relative to its own demand."""
    direct = world.INCIDENT_TEAM_SHARE / team_share(team) if team == world.TECHNIQUE else 0.0
    return direct + 1 - world.INCIDENT_TEAM_SHARE


def _reinforcement(timeline: Timeline, incident: Incident | None, team: int) -> Floats:
    """Capacity added from the third day of the incident on."""
    factor = np.ones(len(timeline.all_days))
    if incident is not None:
        start = timeline.days - incident.start + 2
        factor[start : start + REINFORCEMENT_DAYS] = REINFORCEMENT if team == world.TECHNIQUE else 1.05
    return factor


def _shortage(timeline: Timeline, shortage: Shortage | None, team: int) -> Floats:
    """Capacity for follow-up work: short of people for some weeks, then worked off."""
    factor = np.ones(len(timeline.all_days))
    if shortage is not None and team in SHORT_TEAMS:
        start = timeline.days - shortage.start
        recovery = start + shortage.DAYS
        factor[start:recovery] = SHORTAGE_CAPACITY
        factor[recovery : recovery + shortage.RECOVERY_DAYS] = RECOVERY_CAPACITY
    return factor


def arrivals(timeline: Timeline, rng: np.random.Generator, intensity: Floats, count: int) -> Ints:
    """`count` instants of the history drawn from an hourly intensity, in order."""
    inside = np.where(timeline.hours < timeline.end, intensity, 0.0)
    bounds = np.cumsum(inside)
    hour = np.searchsorted(bounds, rng.random(count) * bounds[-1], side="right")
    at = timeline.hours[hour] + rng.integers(0, HOUR, count)
    return np.sort(np.minimum(at, timeline.end - 1))
