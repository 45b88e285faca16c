"""The one door to numbers: every figure on the screen comes from `ask`.

Answers are kept by (question, generation of the data): an import changes the generation, so nothing stale is
ever shown and nothing is computed twice.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.filters import PARAMETER, Domains
from data.settings import Settings, open_settings
from kpi import answer as _answer
from kpi.engines import DuckDBEngine
from kpi.model import Answer, Query, Target, Value

DEFAULT_DB = Path("data/vigie.duckdb")
ROWS_SHOWN = 1000
MOST_CHOICES = 2000
"""A longer list is no filter: every choice travels to the browser at each run."""


def database() -> Path:
    """The store, from VIGIE_DB or the default place."""
    return Path(os.environ.get("VIGIE_DB") or DEFAULT_DB)


@st.cache_resource(show_spinner=False)
def _engine(path: Path) -> DuckDBEngine:
    return DuckDBEngine(path)


@st.cache_resource(show_spinner=False)
def _settings(path: Path) -> Settings:
    return open_settings(path)


def engine() -> DuckDBEngine:
    """The store of this process; it follows new generations by itself. `EngineError` when there is none."""
    return _engine(database())


def settings() -> Settings:
    """What people decide: targets, preferences."""
    return _settings(database())


def ask(query: Query) -> dict[str, Answer]:
    """KPI id -> answer, computed once for each generation of the data. `QuestionError` when it is wrong."""
    return _ask(query, engine().version())


def rows(query: Query, kpi_id: str, limit: int | None = ROWS_SHOWN) -> pd.DataFrame:
    """The raw rows that a figure counts, newest first."""
    return _answer.rows(query, kpi_id, engine(), limit)


def sql(query: Query, kpi_id: str) -> str:
    """The SQL behind a figure, laid out to be read."""
    return _answer.sql(query, kpi_id, engine())


def targets() -> tuple[Target, ...]:
    """The targets in force and past."""
    return tuple(Target(**asdict(row)) for row in settings().targets())


def domains() -> Domains:
    """Dimension -> existing values, for the filters that have something to choose."""
    return _domains(engine().version())


def labels(dimension: str) -> dict[Value, str]:
    """Names given by the data (teams); other dimensions have none."""
    return engine().labels(dimension)


@st.cache_resource(show_spinner=False, max_entries=2)
def _domains(version: str) -> Domains:
    store = engine()
    found = {dimension: tuple(dict.fromkeys(store.values(dimension))) for dimension in PARAMETER}
    return {dimension: values for dimension, values in found.items() if 1 < len(values) <= MOST_CHOICES}


@st.cache_resource(show_spinner=False, max_entries=512, hash_funcs={Query: repr})
def _ask(query: Query, version: str) -> dict[str, Answer]:
    # cache_resource, not cache_data: answers are frozen, so they are shared instead of copied at each rerun.
    return _answer.answer(query, engine())
