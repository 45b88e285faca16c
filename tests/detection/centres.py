"""Centres with facts planted in them and centres without, and what the pages say of each.

Nothing here knows where a fact was planted until an answer is compared with it: the questions are those of the pages
over the last 90 days, asked alike of every centre.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from data import sample, store
from data.sample import world
from data.sample.planted import NOTHING, Planted, drawn
from kpi.buckets import to_local, to_utc
from kpi.drivers import willing
from kpi.engines import DuckDBEngine
from kpi.explaining import explain
from kpi.fairness import compared, pair_of
from kpi.model import Filter, Grain, Period, Query
from kpi.noise import Episode, of_series
from kpi.statistics.agents import Verdict

TICKETS, DAYS = 20_000, 240
"""As many a day as the demo, over the 90 days read and the 84 before that make their baseline."""
PERIOD_DAYS = 90
FACTS = ("slow agent", "simpson pair", "incident", "schedule change", "response bias")
AGENT_KPIS = {
    "fcr_rate": Verdict.BELOW,
    "frt_median": Verdict.ABOVE,
    "resolution_time_median": Verdict.ABOVE,
    "average_handle_time": Verdict.ABOVE,
}
"""What the page of agents compares, and the side on which somebody slower or less thorough stands."""
DIMENSIONS = ("channel", "request_type", "team_id", "product")
CLOCKS = ("calendar", "business")
_NEAR = timedelta(days=7)
"""How far from the day planted a stretch may begin or end and still be called by its name."""
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Heard:
    """What the pages of one centre said: facts found, questions asked, and claims of what is not there, by fact."""

    seed: int
    planted: bool
    found: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    """The false claims, in short."""

    def claims(self, fact: str, right: bool, text: str) -> None:
        if right:
            self.found.add(fact)
        else:
            self.false[fact] += 1
            self.told.append(f"{fact}: {text}")


def centre(folder: Path, seed: int, planted: Planted, tickets: int = TICKETS) -> Path:
    """A store with a last day of its own."""
    path = folder / f"centre-{seed}-{'planted' if planted != NOTHING else 'nothing'}.duckdb"
    until = date(2025, 1, 1) + random.Random(seed).randrange(600) * _DAY
    store.build(path, partial(sample.fill, tickets=tickets, seed=seed, until=until, planted=planted, days=DAYS))
    return path


def heard(folder: Path, seed: int, *, planted: bool, tickets: int = TICKETS) -> Heard:
    """Builds a centre, asks, compares and removes it."""
    facts = drawn(seed) if planted else NOTHING
    path = centre(folder, seed, facts, tickets)
    try:
        engine = DuckDBEngine(path)
        until = to_local(engine.data_until() + timedelta(minutes=1), engine.timezone()).date()
        end = engine.data_until() + timedelta(minutes=1)
        query = Query((), Period(end - PERIOD_DAYS * _DAY, end), timezone=engine.timezone())
        answers = Heard(seed, planted)
        for ask in (_agents, _pairs):
            ask(query, engine, facts, answers)
        for ask_days in (_incident, _schedule):
            ask_days(query, engine, facts, until, answers)
        _response(query, engine, facts, answers)
        return answers
    finally:
        path.unlink()


def _named(position: int) -> str:
    return f"A{position + 1:03d}"


def _agents(query: Query, engine: DuckDBEngine, facts: Planted, answers: Heard) -> None:
    """The page of agents, team by team: who stands apart."""
    slow = _named(facts.slow.agent) if facts.slow else None
    for team in world.TEAM_IDS:
        for kpi_id, side in AGENT_KPIS.items():
            fair = compared(_of_team(query, team), kpi_id, engine)
            if fair is None or not any(one.verdict for one in fair.comparison.agents):
                continue
            answers.asked["slow agent"] += 1
            apart = [one for one in fair.comparison.agents if one.verdict in (Verdict.ABOVE, Verdict.BELOW)]
            if any(one.agent == slow and one.verdict is side for one in apart):
                answers.claims("slow agent", True, "")
            beside = any(one.agent == slow for one in fair.comparison.agents)
            # Who works beside somebody slow is truly quicker than the mean of the team.
            wrong = [one.agent for one in apart if one.agent != slow and not (beside and one.verdict is not side)]
            if wrong:
                answers.claims("slow agent", False, f"{kpi_id} {team} {wrong}")


def _of_team(query: Query, team: str) -> Query:
    return query.with_(filters=(Filter("team_id", (team,)),))


def _pairs(query: Query, engine: DuckDBEngine, facts: Planted, answers: Heard) -> None:
    """The same page: the two whose gap is what they handle."""
    expected = {_named(facts.pair.complex_), _named(facts.pair.simple)} if facts.pair else set()
    for team in world.TEAM_IDS:
        fair = compared(_of_team(query, team), "fcr_rate", engine)
        if fair is None or not any(one.verdict for one in fair.comparison.agents):
            continue
        answers.asked["simpson pair"] += 1
        pair = pair_of(fair)
        if pair is None:
            continue
        two = {pair.ahead.agent, pair.behind.agent}
        # Beside somebody ordinary, either of the two is as true an example.
        answers.claims("simpson pair", bool(two & expected), f"{team} {sorted(two)}")


def _episodes(query: Query, engine: DuckDBEngine, kpi_id: str, clock: str | None = None) -> Iterator[Episode]:
    params = (("clock", clock),) if clock else ()
    found = of_series(query.with_(kpis=(kpi_id,), grain=Grain.DAY, params=params), kpi_id, engine)
    yield from found.episodes if found else ()


def _incident(query: Query, engine: DuckDBEngine, facts: Planted, until: date, answers: Heard) -> None:
    """The trend of the requests, and why they moved in the ten days of a rise: a product. Where nothing happened, the
    backlog says nothing either."""
    if facts == NOTHING:
        answers.asked["incident"] += 1
        for one in _episodes(query, engine, "ticket_backlog"):
            answers.claims("incident", False, f"backlog {one}")
    answers.asked["incident"] += 1
    incident = facts.incident
    start = until - incident.start * _DAY if incident else date.min
    for one in _episodes(query, engine, "tickets_created"):
        during = incident is not None and one.first <= start + incident.DAYS * _DAY and one.last >= start - _DAY
        if not during:
            answers.claims("incident", False, f"{one}")
        elif incident is not None and one.above and abs(one.first - start) <= _NEAR:
            product = world.PRODUCT_NAMES[incident.product]
            answers.claims("incident", product in _reasons(query, engine, one), f"{one}: not {product}")


def _reasons(query: Query, engine: DuckDBEngine, episode: Episode) -> set[object]:
    """The groups that the panel "Why did it move?" names, of the days of a rise against as many before."""
    zone = query.timezone
    days = (episode.last - episode.first).days + 1
    weeks = -(-days // 7) * 7 * _DAY
    now = Period(to_utc(episode.first, zone), to_utc(episode.last + _DAY, zone))
    before = Period(to_utc(episode.first - weeks, zone), to_utc(episode.last + _DAY - weeks, zone))
    found = explain(query.with_(period=now), query.with_(period=before), "tickets_created", engine)
    return {part.key[0] for one in found for part in one.movement.told}


def _schedule(query: Query, engine: DuckDBEngine, facts: Planted, until: date, answers: Heard) -> None:
    """The trend of the first response, by either clock: a stretch that goes on."""
    change = until - facts.new_hours.since * _DAY if facts.new_hours else None
    for clock in CLOCKS:
        answers.asked["schedule change"] += 1
        for one in _episodes(query, engine, "frt_median", clock):
            after = change is not None and not one.above and one.first >= change - _NEAR
            if one.lasting and (change is None or not after or one.first <= change + _NEAR):
                answers.claims("schedule change", after, f"{clock} {one}")  # Later is true as well, and too vague.


def _response(query: Query, engine: DuckDBEngine, facts: Planted, answers: Heard) -> None:
    """What goes with satisfaction: those who answer less, by each dimension offered."""
    bias = facts.bias
    for dimension in DIMENSIONS:
        answers.asked["response bias"] += 1
        apart = [one for one in willing(query, dimension, engine) if one.apart]
        if bias is None and apart:
            answers.claims("response bias", False, f"{dimension} {apart[0]}")
        elif bias is not None and dimension == "channel" and apart:
            first = apart[0]
            right = first.key == bias.channel and first.rate < first.others
            answers.claims("response bias", right, f"{first}, not {bias.channel}")
