"""The identity of the backlog (section 6): what stands is what stood, plus what came in, minus what went out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from kpi.answer import answer
from kpi.engines import DuckDBEngine
from kpi.model import Grain, Period, Query

START, END = datetime(2024, 8, 31, 22), datetime(2026, 6, 30, 22)
SLICES = ("channel", "request_type", "priority", "team_id", None)


def by_day(engine: DuckDBEngine, kpi: str, dimension: str | None) -> pd.DataFrame:
    """A row a local day, a column a value of the dimension."""
    query = Query((kpi,), Period(START, END), by=(dimension,) if dimension else (), grain=Grain.DAY, intervals=False)
    rows = answer(query, engine)[kpi].rows
    found = pd.DataFrame([(row.keys[-1], str(row.keys[0]) if dimension else "all", row.n) for row in rows])
    return found.pivot_table(index=0, columns=1, values=2, aggfunc="sum").fillna(0)


def moves(path: Path, dimension: str | None) -> pd.DataFrame:
    """Creations and transfers by day: a ticket in the backlog that changes slice leaves one for the other."""
    slice_ = f"CAST({dimension} AS TEXT)" if dimension else "'all'"
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(
            f"""
            WITH states AS (
                SELECT *, coalesce({slice_}, 'None') AS slice,
                    lag(unresolved) OVER life AS stood,
                    lag(coalesce({slice_}, 'None')) OVER life AS before
                FROM ticket_states WHERE exclusion IS NULL
                WINDOW life AS (PARTITION BY ticket_id ORDER BY ordinal)
            )
            SELECT from_on AS day, slice, 1 AS delta FROM states WHERE entered = 'created' AND unresolved
            UNION ALL SELECT from_on, slice, 1 FROM states WHERE stood AND slice <> before
            UNION ALL SELECT from_on, before, -1 FROM states WHERE stood AND slice <> before
            """
        ).df()


@pytest.mark.parametrize("dimension", SLICES)
def test_the_backlog_of_every_day_follows_from_the_day_before(demo_store: Path, dimension: str | None) -> None:
    engine = DuckDBEngine(demo_store)
    stock = by_day(engine, "ticket_backlog", dimension)
    went, back = by_day(engine, "tickets_resolved", dimension), by_day(engine, "tickets_reopened", dimension)
    moved = moves(demo_store, dimension).assign(day=lambda rows: rows.day.dt.date)
    came = moved.pivot_table(index="day", columns="slice", values="delta", aggfunc="sum").fillna(0)
    slices = sorted({*stock, *went, *back, *came})
    stock, went, back, came = (
        frame.reindex(index=stock.index, columns=slices, fill_value=0).fillna(0) for frame in (stock, went, back, came)
    )
    wrong = (stock.diff() - (came + back - went)).iloc[1:]
    assert len(wrong) == 667
    assert went.to_numpy().sum() > 1000 and back.to_numpy().sum() > 100
    assert (wrong == 0).all(axis=None), wrong[wrong.ne(0).any(axis=1)].head()
