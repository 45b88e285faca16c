"""A contact centre made of constants, so that the screen is tested without a store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from unittest.mock import patch

import pandas as pd

from kpi import catalog
from kpi.answer import Step
from kpi.model import Answer, Figure, Grain, Query, Status, Target, Unit

UNTIL = datetime(2026, 11, 20, 17, 45)
TARGET = Target("T1", "frt_median", "target", None, None, "<=", None, 14_400.0, None, "house", date(2020, 1, 1), None)
VALUES = {Unit.SECONDS: 7_980.0, Unit.RATIO: 0.764, Unit.NPS: 31.0, Unit.COUNT: 1284.0, Unit.SCORE: 71.2}


class FakeEngine:
    """The facts of a store, in memory."""

    def __init__(self, tables: tuple[str, ...] = ("tickets", "interactions", "surveys", "imports")) -> None:
        self._tables = frozenset(tables)

    def version(self) -> str:
        return "1"

    def data_until(self) -> datetime:
        return UNTIL

    def newest(self) -> datetime:
        return UNTIL

    def first_instant(self) -> datetime:
        return datetime(2024, 1, 1)

    def timezone(self) -> str:
        return "Europe/Paris"

    def default_calendar(self) -> str | None:
        return None

    def tables(self) -> frozenset[str]:
        return self._tables

    def fetch(self, sql: str) -> list[tuple[int]]:
        """The one statement that the frame asks beside the figures: the open days of a period."""
        assert "open_days" in sql
        return [(21,)]

    def values(self, dimension: str) -> list[str]:
        return {
            "channel": ["email", "phone"],
            "team_id": ["T1", "<b>T2</b>"],
            "priority": ["high", "low"],
        }.get(dimension, [])

    def labels(self, dimension: str) -> dict[str, str]:
        return {"T1": "Accueil", "<b>T2</b>": "<img src=x onerror=alert(1)>"} if dimension == "team_id" else {}


def figure(kpi_id: str, *, previous: bool = False, **changes: object) -> Figure:
    """A figure that is plainly shown; the previous period's is a tenth higher."""
    value = VALUES[catalog.get(kpi_id).unit] * (1.1 if previous else 1.0)
    promoters = 2459 if previous else 2309
    made = Figure(
        value=value, n=4812, numerator=3676.0, denominator=4812.0, ci=(value * 0.98, value * 1.02), status=Status.OK,
        extra={"se": 1.4, "variance": 9e6, "promoters": promoters, "passives": 3995 - promoters, "detractors": 817},
    )  # fmt: skip
    return made._replace(**changes)  # type: ignore[arg-type]


def ask(query: Query) -> dict[str, Answer]:
    """Constants for every KPI, with a daily series when a grain is asked."""
    assert query.period is not None
    earlier = query.period.start < UNTIL - timedelta(days=45)
    first = date(2026, 10, 22)
    keys = [(first + timedelta(days=i),) for i in range(30)] if query.grain is Grain.DAY else []
    return {
        kpi_id: Answer(
            kpi_id,
            figure(kpi_id, previous=earlier),
            tuple(figure(kpi_id, keys=key) for key in keys),
            UNTIL,
            ("SELECT 1",),
        )
        for kpi_id in query.kpis
    }


@contextmanager
def centre(engine: FakeEngine | None = None) -> Iterator[None]:
    """The dashboard on this centre instead of a store."""
    store = engine or FakeEngine()
    with (
        patch("dashboard.cache.engine", lambda: store),
        patch("dashboard.cache.ask", ask),
        patch("dashboard.cache.targets", lambda: (TARGET,)),
        patch("dashboard.cache.rows", lambda *_, **__: pd.DataFrame({"ticket_id": ["1"], "subject": ["=1+1"]})),
        patch("dashboard.cache.waterfall", lambda *_: (Step("spam", 12), Step("counted", 4812))),
        patch("dashboard.cache.noise", lambda *_: None),
        patch("dashboard.cache.sql", lambda *_: "SELECT 1"),
    ):
        yield
