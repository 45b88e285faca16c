"""Every KPI replays any past instant: asked as of T of all that was imported since, it says what was said at T."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import duckdb
import pandas as pd
import pytest

from dashboard.cli import verify
from data import schema, store
from kpi import answer as answers
from kpi import catalog
from kpi.definition import Kpi
from kpi.engines import ConnectionEngine
from kpi.model import Answer, Grain, Period, Query
from tests.kpi import traps, traps_calls, traps_orders
from tests.kpi.comparing import raw_tables
from tests.kpi.oracle import known_at
from tests.kpi.test_whole_catalogue import unlike

ZONE = "Europe/Paris"
CENTRES = {"tickets": (traps, 1), "calls": (traps_calls, 2), "orders": (traps_orders, 3)}
"""Random centres, each full of the traps of its subject."""
KPIS = list(catalog.CATALOG.values())


def loaded(frames: Mapping[str, pd.DataFrame]) -> ConnectionEngine:
    """A store made of raw tables."""
    con = duckdb.connect()
    store.create_tables(con)
    for name in (table.name for table in schema.CANONICAL):
        frame = frames[name]
        known = [column for column in schema.TABLES[name].column_names if column in frame.columns]
        con.register("_frame", frame[known])
        con.execute(f'INSERT INTO "{name}" BY NAME FROM _frame')
        con.unregister("_frame")
    store.finish(con, ZONE)
    return ConnectionEngine(con)


@cache
def then_and_since(centre: str, at: str) -> tuple[ConnectionEngine, ConnectionEngine, datetime, Period]:
    """A store that holds what was known at an instant, one that holds all since, the instant, and a period."""
    made, seed = CENTRES[centre]
    with duckdb.connect() as con:
        verify.load(con, made.tables(seed), ZONE)
        tables = raw_tables(con)
    times = traps.instants(seed)
    period = Period(times["start"], times["end"])
    if at == "months":
        period = Period(*traps_calls.whole_months(seed))
    instant = times["early" if at == "early" else "middle"]
    events, known = tables["ticket_events"], known_at(tables, instant)
    known["ticket_events"] = events[events.event_at <= instant]
    known["tickets"] = as_it_was(known["tickets"], tables, instant)
    return loaded(known), loaded(tables), instant, period


def as_it_was(tickets: pd.DataFrame, tables: Mapping[str, pd.DataFrame], instant: datetime) -> pd.DataFrame:
    """A ticket's row before its resolution is open. The row of a ticket told by its events says nothing of its own:
    an instant of resolution that its events contradict is not a fact, then or since."""
    resolved_since = tickets.ticket_id.isin(tables["tickets"].query("resolved_at > @instant").ticket_id)
    told = tickets.ticket_id.isin(tables["ticket_events"].query("event_type == 'status'").ticket_id)
    status = tickets.status.mask(resolved_since | told, "open")
    return tickets.assign(status=status, resolved_at=tickets.resolved_at.mask(told))


def asked(kpi: Kpi, as_of: datetime, period: Period, draw: random.Random) -> list[Query]:
    """The plain figure, then by a dimension, then a series."""
    stock = not kpi.needs_period
    plain = Query((kpi.id,), None if stock else period, as_of, timezone=ZONE)
    queries = [plain]
    if kpi.dimensions:
        queries.append(plain.with_(by=(draw.choice(kpi.dimensions),)))
    grain = Grain.MONTH if kpi.grains and Grain.MONTH in kpi.grains else Grain.DAY
    if kpi.grains is None or grain in kpi.grains:
        queries.append(plain.with_(grain=grain, period=period))
    return queries


def without_first_status(answer: Answer) -> Answer:
    """A ticket's status before its first event is told by that event: by status, the past is known better since."""
    extra = {name: value for name, value in answer.total.extra.items() if name != "by_status"}
    return replace(answer, total=answer.total._replace(extra=extra))


def subject(kpi: Kpi) -> str:
    """The centre that has most of what a KPI reads."""
    if {"orders", "disputes", "surveys", "customers", "topics"} & set(kpi.needs):
        return "orders"
    return "calls" if {"interactions", "agent_time", "costs", "self_service_sessions"} & set(kpi.needs) else "tickets"


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.id)
def test_what_came_later_changes_no_past_screen(kpi: Kpi) -> None:
    centre = subject(kpi)
    draw = random.Random(f"{kpi.id} {centre}")
    for at in ("months",) if kpi.whole_months else ("middle",):
        then, since, as_of, period = then_and_since(centre, at)
        for query in asked(kpi, as_of, period, draw):
            one, other = (without_first_status(answers.answer(query, engine)[kpi.id]) for engine in (then, since))
            if not one.needs and not other.needs:
                differences: Any = unlike(one, other)
                assert differences == [], (query.by, query.grain, as_of)
