"""The people: who they are, the days they work, and who takes what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from data.sample import world
from data.sample.clock import EPOCH, HOUR, Bools, Floats, Ints, OpenHours, Timeline
from data.sample.columns import MISSING, constant, dates, insert, insert_rows, labels, numbers, pick_rows, stream
from data.sample.demand import Demand
from data.sample.planted import Pair, Planted

# fmt: off
FIRST_NAMES = (
    "Camille", "Julien", "Sarah", "Thomas", "Léa", "Mehdi", "Chloé", "Antoine", "Inès", "Nicolas", "Manon",
    "Karim", "Élodie", "Maxime", "Fatou", "Romain", "Aurélie", "Hugo", "Noémie", "Yanis", "Pauline", "Benoît",
    "Clara", "Sofiane", "Marion", "Guillaume", "Lucie", "Adrien", "Amandine", "Théo", "Nadia", "Quentin",
    "Émilie", "Florian", "Jade", "Bastien", "Océane", "Rachid", "Margaux", "Vincent", "Laure", "Dylan",
    "Justine", "Mathieu", "Solène",
)
LAST_NAMES = (
    "Martin", "Bernard", "Petit", "Robert", "Richard", "Durand", "Dubois", "Moreau", "Laurent", "Simon",
    "Michel", "Lefebvre", "Leroy", "Roux", "David", "Bertrand", "Morel", "Fournier", "Girard", "Bonnet",
    "Dupont", "Lambert", "Fontaine", "Rousseau", "Vincent", "Muller", "Lefèvre", "Faure", "André", "Mercier",
    "Blanc", "Guérin", "Boyer", "Garnier", "Chevalier", "François", "Legrand", "Gauthier", "Garcia", "Perrin",
    "Robin", "Clément", "Morin", "Nicolas", "Henry",
)
# fmt: on
SUPERVISORS = (
    ("A901", "Hélène Caron", "ACCUEIL"),
    ("A902", "Stéphane Picard", "COURRIELS"),
    ("A903", "Nathalie Roger", "SOCIAL"),
)  # fmt: skip
BOT_ID, BOT_NAME = "A999", "Assistant Ondine"

LEAVERS = {4: 310, 12: 205, 18: 120, 27: 402, 35: 66}
JOINERS = {7: 500, 13: 190, 17: 96, 24: 330, 33: 52, 37: 385, 43: 240}
"""Agents, by position, who left and who came, with how many days before the end."""

FULL_DAY = 7 * HOUR
PART_TIME_SHARE = 0.2
PART_TIME_RATIO = 0.8
ABSENCE_RATE = 0.048
LEAVE_DAYS_SHARE = 0.10
SUMMER_LEAVE_SHARE = 0.24
SATURDAY_ROTA = 3
"""On Saturdays one agent in three of a team works."""
LOGGED_SHARE, READY_SHARE = 0.93, 0.90
USUAL_OCCUPANCY = 0.78


@dataclass(frozen=True, slots=True)
class Workforce:
    """The agents who take tickets and calls, in the order of `ids`; the arrays are by agent, or day x agent."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    team: Ints
    hired: Ints
    """First day in the timeline; negative before it."""
    left: Ints
    """Last day in the timeline, past its end for those still there."""
    scheduled: Bools
    present: Bools
    part_time: Bools
    skill: Floats
    """0 is usual, below is worse."""
    pace: Floats
    """Factor on the time that work takes."""
    pair: Pair | None
    """Two who do not take what comes."""

    def choose(self, rng: np.random.Generator, team: Ints, day: Ints, complexity: Floats) -> Ints:
        """An agent of the team for each item, present that day if one is; MISSING without a team."""
        chosen = np.full(len(team), MISSING, dtype=np.int64)
        for number in range(len(world.TEAMS)):
            items = np.flatnonzero(team == number)
            members = np.flatnonzero(self.team == number)
            weights = self._affinity(members, complexity[items])
            there = self.present[day[items]][:, members]
            employed = (self.hired[members] <= day[items, None]) & (self.left[members] >= day[items, None])
            weights = weights * np.where(there.any(axis=1, keepdims=True), there, employed)
            chosen[items] = members[pick_rows(rng, weights)]
        return chosen

    def _affinity(self, members: Ints, complexity: Floats) -> Floats:
        weights = np.ones((len(complexity), len(members)))
        hard = complexity >= world.COMPLEX_FROM
        if self.pair is not None:
            weights[:, members == self.pair.complex_] = np.where(hard, *self.pair.complex_weights)[:, None]
            weights[:, members == self.pair.simple] = np.where(hard, *self.pair.simple_weights)[:, None]
        return weights


def employ(timeline: Timeline, calendars: dict[str, OpenHours], planted: Planted, seed: int) -> Workforce:
    """Hire the agents and draw the days they work."""
    rng = stream(seed, "workforce")
    team = np.repeat(np.arange(len(world.TEAMS)), [team.agents for team in world.TEAMS])
    count = len(team)
    hired = -rng.integers(60, 3000, count)
    left = np.full(count, timeline.days + 10_000)
    for agent, before_end in JOINERS.items():
        hired[agent] = timeline.days - before_end
    for agent, before_end in LEAVERS.items():
        left[agent] = timeline.days - before_end
    skill = 0.15 * planted.spread * rng.standard_normal(count)
    pace = np.exp(0.06 * planted.spread * rng.standard_normal(count))
    if planted.pair is not None:
        alike = [planted.pair.complex_, planted.pair.simple]
        skill[alike], pace[alike] = 0.0, 1.0
    if planted.slow is not None:
        skill[planted.slow.agent], pace[planted.slow.agent] = planted.slow.skill, planted.slow.pace
    scheduled = _schedule(timeline, calendars, rng, team, hired, left)
    present = scheduled & (rng.random(scheduled.shape) >= ABSENCE_RATE)
    names = tuple(f"{FIRST_NAMES[number]} {LAST_NAMES[number * 7 % len(LAST_NAMES)]}" for number in range(count))
    ids = tuple(f"A{number:03d}" for number in range(1, count + 1))
    part_time = rng.random(count) < PART_TIME_SHARE
    return Workforce(ids, names, team, hired, left, scheduled, present, part_time, skill, pace, planted.pair)


def _schedule(
    timeline: Timeline, calendars: dict[str, OpenHours], rng: np.random.Generator, team: Ints, hired: Ints, left: Ints
) -> Bools:
    """Days on which each agent is expected: day x agent. Leave is taken by the week, more of it in summer."""
    days = np.arange(len(timeline.all_days))
    weekdays = timeline.weekdays()
    employed = (days[:, None] >= hired) & (days[:, None] <= left)
    noon = timeline.instant(days, np.full(len(days), 12 * HOUR))
    opened = np.array([calendars[world.TEAMS[number].calendar_id].contains(noon) for number in team]).T
    week = (days + 7 - weekdays) // 7
    rota = (week[:, None] + np.arange(len(team))) % SATURDAY_ROTA == 0
    weekend = (weekdays >= 6)[:, None]
    summer = np.array([day.month in (7, 8) for day in timeline.all_days])
    leave_draws = rng.random((int(np.max(week)) + 1, len(team)))[week]
    on_leave = leave_draws < np.where(summer, SUMMER_LEAVE_SHARE, LEAVE_DAYS_SHARE)[:, None]
    return np.asarray(employed & opened & (rota | ~weekend) & ~on_leave)


def fill_people(con: duckdb.DuckDBPyConnection, timeline: Timeline, people: Workforce) -> None:
    """Teams and agents."""
    insert_rows(
        con, "teams", "team_id name site organisation calendar_id manager_agent_id hourly_cost_eur",
        [(t.team_id, t.name, t.site, t.organisation, t.calendar_id, t.manager, t.hourly_cost_eur) for t in world.TEAMS],
    )  # fmt: skip
    first = (timeline.first_day - EPOCH).days
    insert(con, "agents", {
        "agent_id": pa.array(people.ids),
        "display_name": pa.array(people.names),
        "team_id": labels(people.team, world.TEAM_IDS),
        "role": labels((people.team == world.COMMANDES).astype(np.int64), ("agent", "order_clerk")),
        "hired_on": dates(first + people.hired),
        "left_on": pa.array(
            (first + people.left).astype(np.int32), mask=people.left >= timeline.days).cast(pa.date32()),
    })  # fmt: skip
    hired = date(timeline.first_day.year - 3, 9, 1)
    staff = [(agent_id, name, team_id, "supervisor", hired) for agent_id, name, team_id in SUPERVISORS]
    insert_rows(
        con, "agents", "agent_id display_name team_id role hired_on",
        [*staff, (BOT_ID, BOT_NAME, "SOCIAL", "bot", hired)],
    )  # fmt: skip


def fill_agent_time(
    con: duckdb.DuckDBPyConnection, timeline: Timeline, people: Workforce, demand: Demand, seed: int, import_id: str
) -> None:
    """One row for each agent and day of the schedule; busier days leave less time between contacts."""
    rng = stream(seed, "agent_time")
    day, agent = np.nonzero(people.scheduled[: timeline.days])
    count = len(day)
    scheduled = np.where(people.part_time[agent], int(FULL_DAY * PART_TIME_RATIO), FULL_DAY)
    late = np.where(rng.random(count) < 0.015, rng.integers(1, 8, count) * 1800, 0)
    absent = np.where(people.present[day, agent], np.minimum(late, scheduled), scheduled)
    logged = ((scheduled - absent) * (LOGGED_SHARE + 0.04 * (rng.random(count) - 0.5))).astype(np.int64)
    ready = (logged * (READY_SHARE + 0.06 * (rng.random(count) - 0.5))).astype(np.int64)
    occupancy = np.clip(
        USUAL_OCCUPANCY * _day_load(timeline, demand)[day] ** 0.6 + 0.04 * rng.standard_normal(count), 0.45, 0.96
    )
    handling = (ready * occupancy).astype(np.int64)
    unpaid = np.where(rng.random(count) < 0.3, absent, 0)
    insert(con, "agent_time", {
        "agent_id": labels(agent, people.ids),
        "work_date": dates((timeline.first_day - EPOCH).days + day),
        "team_id": labels(people.team[agent], world.TEAM_IDS),
        "scheduled_s": numbers(scheduled), "absent_s": numbers(absent), "paid_s": numbers(scheduled - unpaid),
        "logged_s": numbers(logged), "available_s": numbers(ready - handling), "handling_s": numbers(handling),
        "_import_id": constant(import_id, count),
    })  # fmt: skip


def _day_load(timeline: Timeline, demand: Demand) -> Floats:
    """Demand of each day over the usual of its weekday."""
    day = timeline.day(timeline.hours)
    total = np.bincount(day, weights=demand.voice + demand.written, minlength=len(timeline.all_days))
    weekdays = timeline.weekdays()
    usual = np.bincount(weekdays, weights=total, minlength=8) / np.maximum(np.bincount(weekdays, minlength=8), 1)
    return np.asarray(total / usual[weekdays])
