"""Calls, contacts, workforce, costs, self-service, the order desk, surveys and requests against the oracle."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import duckdb
import pytest

from dashboard.cli import verify
from kpi import catalog
from kpi.engines import ConnectionEngine
from tests.kpi import traps, traps_calls, traps_orders
from tests.kpi.comparing import differences, raw_tables
from tests.kpi.oracle import CALLS, DESK, Question, World
from tests.kpi.questions import VALUES

SEEDS = range(2)
_CALLS = {kpi: subject for subject in CALLS for kpi in subject.KPIS}
_DESK = {kpi: subject for subject in DESK for kpi in subject.KPIS}
WHOLE_MONTHS = ("cost_per_call", "cost_per_contact")
_VALUES: Mapping[str, tuple[Any, ...]] = {
    **VALUES,
    **traps_calls.VALUES,
    **{name: values for subject in DESK for name, values in subject.VALUES.items()},
}


@cache
def centre(seed: int, made: Any) -> tuple[World, ConnectionEngine]:
    """A random centre full of traps, seen by the oracle and by the kpi room."""
    con = duckdb.connect()
    verify.load(con, made.tables(seed), "Europe/Paris")
    return World(raw_tables(con)), ConnectionEngine(con)


def drawn(seed: int, kpi: str, subject: Any) -> Iterator[Question]:
    """The plain figure, then questions of every kind that both the card and the catalogue allow."""
    draw = random.Random(f"{seed} {kpi}")
    dimensions = [name for name in subject.DIMENSIONS[kpi] if name in catalog.get(kpi).dimensions]
    times = traps.instants(seed)
    season = times["start"], times["end"]
    if kpi in WHOLE_MONTHS:
        season = traps_calls.whole_months(seed)
    stock = kpi in subject.STOCKS
    yield Question(kpi, times["late"], None if stock else season)
    for name in ("late", "middle", "early", "middle"):
        by = tuple(draw.sample(dimensions, min(len(dimensions), draw.choice([0, 1, 1, 2]))))
        filters = {
            one: tuple(draw.sample(_VALUES[one], min(len(_VALUES[one]), draw.choice([1, 2]))))
            for one in draw.sample(dimensions, min(len(dimensions), draw.choice([0, 0, 1])))
        }
        grain = None if stock else draw.choice([None, None, *_grains(kpi, subject)])
        yield Question(
            kpi,
            _after_the_start(times[name], season, stock),
            None if stock else season,
            by,
            grain,
            filters,
            draw.choice(subject.PARAMS.get(kpi, ({},))),
        )


def _grains(kpi: str, subject: Any) -> tuple[str, ...]:
    known = catalog.get(kpi).grains
    cards: tuple[str, ...] = subject.GRAINS.get(kpi, ("day", "week", "month"))
    return tuple(grain for grain in cards if known is None or grain in known)


def _after_the_start(as_of: datetime, season: tuple[datetime, datetime], stock: bool) -> datetime:
    return as_of if stock else max(as_of, season[0])


def wrong(kpi: str, subject: Any, made: Any) -> list[str]:
    found = []
    for seed in SEEDS:
        world, engine = centre(seed, made)
        for question in drawn(seed, kpi, subject):
            parts = differences(world, engine, question)
            if parts:
                asked = {name: value for name, value in question.__dict__.items() if value}
                found.append(f"seed {seed} {asked}: {'; '.join(parts[:4])}")
    return found


@pytest.mark.parametrize("kpi", _CALLS)
def test_a_contact_centre_full_of_traps_is_counted_as_the_cards_say(kpi: str) -> None:
    assert wrong(kpi, _CALLS[kpi], traps_calls) == []


@pytest.mark.parametrize("kpi", _DESK)
def test_an_order_desk_full_of_traps_is_counted_as_the_cards_say(kpi: str) -> None:
    assert wrong(kpi, _DESK[kpi], traps_orders) == []
