"""The one door to numbers: every figure on the screen comes from `ask`.

Answers are kept by (question, generation of the data): an import changes the generation, so nothing stale is
ever shown and nothing is computed twice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence
from contextvars import ContextVar
from dataclasses import asdict
from functools import cache as once
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pandas as pd
import streamlit as st

from dashboard.filters import PARAMETER, Domains, Scope
from data.settings import Settings, open_settings
from kpi import answer as _answer
from kpi import calendars, provenance, reconciliation, verbatims
from kpi import comments as _said
from kpi.answer import Step
from kpi.engines import DuckDBEngine
from kpi.flow import Flow, backlog_flow
from kpi.model import Answer, Period, Query, Target, Value
from kpi.reconciliation import Check
from kpi.row_scans import Which
from kpi.verbatims import Contrast, Corpus

P = ParamSpec("P")
T = TypeVar("T")
DEFAULT_DB = Path("data/vigie.duckdb")
ROWS_SHOWN = 1000
COMMENTS_SHOWN = 40
MOST_CHOICES = 2000
"""A longer list is no filter: every choice travels to the browser at each run."""


_found: ContextVar[dict[Hashable, Any] | None] = ContextVar("found", default=None)
"""What this run of the page has looked up already."""


def new_run() -> None:
    """To call first in a run: what people decide is read once a run, not once a name."""
    _found.set({})


def note_drawn(kpi_ids: Sequence[str]) -> None:
    """Cards that this run has drawn."""
    found = _found.get()
    if found is not None:
        found["drawn"] = (*found.get("drawn", ()), *kpi_ids)


def drawn() -> tuple[str, ...]:
    """The KPIs of the cards drawn so far in this run, once each."""
    found = _found.get() or {}
    return tuple(dict.fromkeys(found.get("drawn", ())))


def _once_a_run(look_up: Callable[P, T]) -> Callable[P, T]:
    @wraps(look_up)
    def kept(*args: P.args, **kwargs: P.kwargs) -> T:
        found = _found.get()
        if found is None:
            return look_up(*args, **kwargs)
        key = (look_up, args)
        if key not in found:
            found[key] = look_up(*args, **kwargs)
        result: T = found[key]
        return result

    return kept


def database() -> Path:
    """The store, from VIGIE_DB or the default place."""
    return Path(os.environ.get("VIGIE_DB") or DEFAULT_DB)


@once
def _engine(path: Path) -> DuckDBEngine:
    return DuckDBEngine(path)


@once
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


def rows(
    query: Query,
    kpi_id: str,
    limit: int | None = ROWS_SHOWN,
    *,
    which: Which = "counted",
    oldest_first: bool = False,
    because: str | None = None,
) -> pd.DataFrame:
    """The raw rows that a figure counts, newest first; or those that miss it, those left out (`because` of one reason),
    or the oldest tickets first. Shared: read them, never change them."""
    if limit is None:
        return _answer.rows(
            query, kpi_id, engine(), which=which, oldest_first=oldest_first, because=because, limit=None
        )
    return _rows(query, kpi_id, limit, which, oldest_first, because, engine().version())


def longest(query: Query, kpi_id: str, limit: int | None = ROWS_SHOWN) -> pd.DataFrame:
    """The rows that a figure counts, the longest first, with their seconds in `duration_s`. Shared: only read them."""
    if limit is None:
        return _answer.longest(query, kpi_id, engine(), None)
    return _longest(query, kpi_id, limit, engine().version())


def waterfall(query: Query, kpi_id: str) -> tuple[Step, ...]:
    """From the rows of the selection to those that a figure counts, by reason; the last step is what is counted."""
    return _waterfall(query, kpi_id, engine().version())


def histogram(query: Query, kpi_id: str, edges: Sequence[int]) -> tuple[int, ...]:
    """How many rows fall in each [edge, next edge) of seconds, the last open: how long, how late."""
    return _histogram(query, kpi_id, tuple(edges), engine().version())


def flow(query: Query) -> tuple[Flow, ...]:
    """The flow of the backlog by the grain of the query."""
    return _flow(query, engine().version())


def open_days(scope: Scope) -> tuple[float, float] | None:
    """Open days of the period and of the one it is compared with: what counts are weighed by."""
    if scope.previous_period is None:
        return None
    return _open_days(scope.period, engine().version()), _open_days(scope.previous_period, engine().version())


def checks(query: Query) -> tuple[Check, ...]:
    """Each KPI of the question counted again from its rows and from its parts."""
    return _checks(query, engine().version())


def days_open(scope: Scope) -> float:
    """Open days of the period alone."""
    return _open_days(scope.period, engine().version())


def sql(query: Query, kpi_id: str) -> str:
    """The SQL behind a figure, laid out to be read."""
    return _answer.sql(query, kpi_id, engine())


def targets() -> tuple[Target, ...]:
    """The targets in force and past."""
    return tuple(Target(**asdict(row)) for row in settings().targets())


@_once_a_run
def domains() -> Domains:
    """Dimension -> existing values, for the filters that have something to choose."""
    return _domains(engine().version())


def comments(
    query: Query, kpi_id: str, limit: int | None = COMMENTS_SHOWN, nps_class: str | None = None
) -> pd.DataFrame:
    """What customers wrote beside their score, newest first; of one class of the NPS, or of all."""
    return _comments(query, kpi_id, limit, nps_class, engine().version())


def documents(query: Query, corpus: Corpus) -> pd.DataFrame:
    """The comments or transcripts of a selection, newest first. Shared: read them, never change them."""
    return _documents(query, corpus, engine().version())


def group_sizes(query: Query) -> dict[str, int]:
    """How many comments of a selection come with each group of score."""
    return _group_sizes(query, engine().version())


def contrast(query: Query) -> Contrast:
    """The words of detractors against those of promoters, in the comments of a selection."""
    return _contrast(query, engine().version())


def by_volume(dimension: str) -> tuple[Value, ...]:
    """The values of a dimension by the requests received since the data begin, most first."""
    store = engine()
    whole = Period(store.first_instant(), store.data_until())
    query = Query(("tickets_created",), whole, by=(dimension,), timezone=store.timezone(), totals=False)
    received = ask(query)["tickets_created"].rows
    return tuple(figure.keys[0] for figure in sorted(received, key=lambda figure: -figure.n))


@_once_a_run
def labels(dimension: str) -> dict[Value, str]:
    """Names given by the data: teams; agents only when the owner shows their names, pseudonyms else."""
    if dimension == "agent_id" and not allowed("show_names"):
        return {}
    return engine().labels(dimension)


@_once_a_run
def allowed(preference: str) -> bool:
    """Whether the owner has switched `show_names` or `individual_view` on."""
    return settings().preference(preference) == "true"


def imported_files() -> pd.DataFrame:
    """Each file of each import with what became of its rows, the latest first."""
    return provenance.files(engine())


def rejects(limit: int | None) -> pd.DataFrame:
    """The rows that imports refused, the latest first; None: all."""
    return provenance.rejects(engine(), limit)


def reach() -> pd.DataFrame:
    """How far each table reaches, the least far first. Shared: read it, never change it."""
    return _reach(engine().version())


def waiting() -> dict[tuple[str, ...], tuple[str, ...]]:
    """The tables never imported -> the KPIs that wait for them."""
    return provenance.waiting(engine())


def values(dimension: str) -> tuple[Value, ...]:
    """The values of a dimension that exist, in order."""
    return tuple(engine().values(dimension))


@st.cache_resource(show_spinner=False, max_entries=2)
def _domains(version: str) -> Domains:
    store = engine()
    found = {dimension: tuple(dict.fromkeys(store.values(dimension))) for dimension in PARAMETER}
    return {dimension: values for dimension, values in found.items() if 1 < len(values) <= MOST_CHOICES}


@st.cache_resource(show_spinner=False, max_entries=512, hash_funcs={Query: repr})
def _ask(query: Query, version: str) -> dict[str, Answer]:
    # cache_resource, not cache_data: answers are frozen, so they are shared instead of copied at each rerun.
    return _answer.answer(query, engine())


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Query: repr})
def _longest(query: Query, kpi_id: str, limit: int, version: str) -> pd.DataFrame:
    return _answer.longest(query, kpi_id, engine(), limit)


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs={Query: repr})
def _rows(
    query: Query, kpi_id: str, limit: int, which: Which, oldest_first: bool, because: str | None, version: str
) -> pd.DataFrame:
    return _answer.rows(query, kpi_id, engine(), limit, which=which, oldest_first=oldest_first, because=because)


@st.cache_resource(show_spinner=False, max_entries=128, hash_funcs={Query: repr})
def _waterfall(query: Query, kpi_id: str, version: str) -> tuple[Step, ...]:
    return _answer.waterfall(query, kpi_id, engine())


@st.cache_resource(show_spinner=False, max_entries=128, hash_funcs={Query: repr})
def _histogram(query: Query, kpi_id: str, edges: tuple[int, ...], version: str) -> tuple[int, ...]:
    return _answer.histogram(query, kpi_id, engine(), edges)


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs={Query: repr})
def _checks(query: Query, version: str) -> tuple[Check, ...]:
    return reconciliation.checks(query, engine())


@st.cache_resource(show_spinner=False, max_entries=256, hash_funcs={Period: repr})
def _open_days(period: Period, version: str) -> float:
    return calendars.open_days(period, engine())


@st.cache_resource(show_spinner=False, max_entries=2)
def _reach(version: str) -> pd.DataFrame:
    return provenance.reach(engine())


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs={Query: repr})
def _flow(query: Query, version: str) -> tuple[Flow, ...]:
    return backlog_flow(query, engine())


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs={Query: repr})
def _comments(query: Query, kpi_id: str, limit: int | None, nps_class: str | None, version: str) -> pd.DataFrame:
    # Shared between sessions: read it, never change it.
    return _said.comments(query, kpi_id, engine(), limit, nps_class)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Query: repr})
def _documents(query: Query, corpus: Corpus, version: str) -> pd.DataFrame:
    return verbatims.documents(query, corpus, engine())


@st.cache_resource(show_spinner=False, max_entries=32, hash_funcs={Query: repr})
def _contrast(query: Query, version: str) -> Contrast:
    said = _documents(query, "comments", version)
    return verbatims.contrast(list(said["text"]), list(said["score_group"]))


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs={Query: repr})
def _group_sizes(query: Query, version: str) -> dict[str, int]:
    return verbatims.group_sizes(query, engine())
