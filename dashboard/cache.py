"""The one door to numbers: every figure on the screen comes from `ask`.

Answers are kept by (question, generation of the data): an import changes the generation, so nothing stale is
ever shown and nothing is computed twice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from functools import cache as once
from pathlib import Path

import pandas as pd

from dashboard.filters import PARAMETER, Domains, Scope
from dashboard.keeping import kept, let_go_before, once_a_run
from data.settings import Event, Settings, open_settings
from kpi import answer as _answer
from kpi import calendars, catalog, presence, provenance, reconciliation, verbatims
from kpi import comments as _said
from kpi.ahead import Outlook, Volume
from kpi.ahead import backlog as ahead_backlog
from kpi.ahead import volumes as ahead_volumes
from kpi.answer import Step
from kpi.conventions import Reading, readings
from kpi.conventions import unfinished as unfinished_of
from kpi.drivers import GroupImpact, Honesty, Lived, Willing, honesty, impacts, lived, willing
from kpi.engines import DuckDBEngine
from kpi.explaining import Explanation, explain, explain_two
from kpi.fairness import Fair, compared
from kpi.flow import Flow, backlog_flow
from kpi.flow import net_noise as net_noise_of
from kpi.model import Answer, Figure, Grain, Period, Query, Target, Value
from kpi.noise import Group, Noise, of_groups, of_series
from kpi.reconciliation import Check
from kpi.row_scans import Between, Which
from kpi.verbatims import Contrast, Corpus

Drivers = tuple[tuple[GroupImpact, ...], Lived | None, Honesty | None, tuple[Willing, ...]]
DEFAULT_DB = Path("data/vigie.duckdb")
ROWS_SHOWN = 1000
COMMENTS_SHOWN = 40
MOST_CHOICES = 2000
"""A longer list is no filter: every choice travels to the browser at each run."""


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


def generation() -> str:
    """The generation of the data, for the key of what is kept. At a new one, what was kept of the one before is let go:
    nobody will ask for it again."""
    version = engine().version()
    let_go_before(version)
    return version


def ask(query: Query) -> dict[str, Answer]:
    """KPI id -> answer, computed once for each generation of the data. `QuestionError` when it is wrong."""
    return _ask(query, generation())


def rows(
    query: Query,
    kpi_id: str,
    limit: int | None = ROWS_SHOWN,
    *,
    which: Which = "counted",
    oldest_first: bool = False,
    because: str | None = None,
    side: str | None = None,
) -> pd.DataFrame:
    """The raw rows that a figure counts, newest first; or those that miss it, those left out (`because` of one reason),
    those of one of its `sides`, or the oldest tickets first. Shared: read them, never change them."""
    if limit is None:
        return _answer.rows(
            query, kpi_id, engine(), None, which=which, oldest_first=oldest_first, because=because, side=side
        )
    return _rows(query, kpi_id, limit, which, oldest_first, because, side, generation())


def sides(kpi_id: str) -> dict[str, str]:
    """What a figure of several tables is made of: name of a side -> its dataset; empty for any other."""
    return _answer.sides(kpi_id)


def longest(query: Query, kpi_id: str, limit: int | None = ROWS_SHOWN, between: Between | None = None) -> pd.DataFrame:
    """The rows that a figure counts, the longest first, with their seconds in `duration_s`: those of `between` alone
    (first included, last not; None is without end). Shared: only read them."""
    if limit is None:
        return _answer.longest(query, kpi_id, engine(), None, between)
    return _longest(query, kpi_id, limit, between, generation())


def waterfall(query: Query, kpi_id: str, side: str | None = None) -> tuple[Step, ...]:
    """From the rows of the selection to those that a figure, or one of its `sides`, counts, by reason; the last step is
    what is counted."""
    return _waterfall(query, kpi_id, side, generation())


def histogram(query: Query, kpi_id: str, edges: Sequence[int]) -> tuple[int, ...]:
    """How many rows fall in each [edge, next edge) of seconds, the last open: how long, how late."""
    return _histogram(query, kpi_id, tuple(edges), generation())


def flow(query: Query) -> tuple[Flow, ...]:
    """The flow of the backlog by the grain of the query."""
    return _flow(query, generation())


def agents_on_calls(query: Query) -> Mapping[int, float]:
    """Half-hour of the day -> agents seen on the phone in it, on average over the open days."""
    return _agents_on_calls(query, generation())


def open_days(scope: Scope) -> tuple[float, float] | None:
    """Open days of the period and of the one it is compared with: what counts are weighed by."""
    if scope.previous_period is None:
        return None
    return _open_days(scope.period, generation()), _open_days(scope.previous_period, generation())


def why(scope: Scope, kpi_id: str, by: tuple[str, str] | None = None) -> tuple[Explanation, ...]:
    """What moved a KPI since the period before, by each dimension, the most telling first; or by two together. Empty
    when there is nothing to compare with."""
    if scope.previous_period is None:
        return ()
    now, then = open_days(scope) or (1.0, 1.0)
    days = now / then if now and then and catalog.get(kpi_id).kind == "count" else 1.0
    return _why(scope.query(kpi_id), scope.query(kpi_id, previous=True), kpi_id, by, days, generation())


@once_a_run
def events() -> tuple[Event, ...]:
    """What people recorded of some days."""
    return settings().events()


def noise(query: Query, kpi_id: str) -> Noise | None:
    """The limits of chance of a series, and its signals; events that restart the figures end a baseline."""
    return _noise(query, kpi_id, _restarts(), generation())


def noises(query: Query, kpi_id: str, groups: tuple[Group, ...]) -> Mapping[Group, Noise]:
    """As `noise`, of each of the groups that the query splits the KPI into."""
    return _noises(query, kpi_id, groups, _restarts(), generation())


def net_noise(query: Query) -> Noise | None:
    """The limits of chance of the nets of `flow(query)`."""
    return _net_noise(query, _restarts(), generation())


def _restarts() -> tuple[date, ...]:
    """The days from which people recorded another process."""
    return tuple(event.first for event in events() if event.restart)


def conventions(query: Query, kpi_id: str) -> tuple[Reading, ...]:
    """A KPI under the conventions of others."""
    return _conventions(query, kpi_id, generation())


def unfinished(query: Query, kpi_id: str) -> tuple[Figure, Figure] | None:
    """A time of the requests received in the period: of those that are over alone, then of all."""
    return _unfinished(query, kpi_id, generation())


def volumes(scope: Scope, kpi_id: str) -> tuple[Volume, ...]:
    """The volumes of the days ahead, by channel; the filters hold, the period does not."""
    return _volumes(scope.query(kpi_id, targets=()), kpi_id, generation())


def outlook(scope: Scope, capacity: float) -> Outlook | None:
    """The backlog of the days ahead at a capacity."""
    return _outlook(scope.query("ticket_backlog", targets=()), capacity, generation())


def drivers(query: Query, dimension: str) -> Drivers:
    """What goes with satisfaction: impacts by a dimension, what was lived, who answers against who contacts and against
    who is asked."""
    return _drivers(query, dimension, generation())


def fair(query: Query, kpi_id: str, who: str) -> Fair | None:
    """Everybody on the same mix of cases; None without a case, or without the strata."""
    return _fair(query, kpi_id, who, generation())


def checks(query: Query) -> tuple[Check, ...]:
    """Each KPI of the question counted again from its rows and from its parts."""
    return _checks(query, generation())


def days_open(scope: Scope) -> float:
    """Open days of the period alone."""
    return _open_days(scope.period, generation())


def sql(query: Query, kpi_id: str) -> str:
    """The SQL behind a figure, laid out to be read."""
    return _answer.sql(query, kpi_id, engine())


def targets() -> tuple[Target, ...]:
    """The targets in force and past."""
    return tuple(Target(**asdict(row)) for row in settings().targets())


@once_a_run
def domains() -> Domains:
    """Dimension -> existing values, for the filters that have something to choose."""
    return _domains(generation())


def comments(
    query: Query, kpi_id: str, limit: int | None = COMMENTS_SHOWN, nps_class: str | None = None
) -> pd.DataFrame:
    """What customers wrote beside their score, newest first; of one class of the NPS, or of all."""
    return _comments(query, kpi_id, limit, nps_class, generation())


def documents(query: Query, corpus: Corpus, topic: str | None = None) -> pd.DataFrame:
    """The comments or transcripts of a selection, newest first; those that mention a `topic`. Shared: read them, never
    change them."""
    return _documents(query, corpus, topic, generation())


def group_sizes(query: Query) -> dict[str, int]:
    """How many comments of a selection come with each group of score."""
    return _group_sizes(query, generation())


def contrast(query: Query) -> Contrast:
    """The words of detractors against those of promoters, in the comments of a selection."""
    return _contrast(query, generation())


def by_volume(dimension: str) -> tuple[Value, ...]:
    """The values of a dimension by the requests received since the data begin, most first."""
    store = engine()
    whole = Period(store.first_instant(), store.data_until())
    query = Query(("tickets_created",), whole, by=(dimension,), timezone=store.timezone(), totals=False)
    received = ask(query)["tickets_created"].rows
    return tuple(figure.keys[0] for figure in sorted(received, key=lambda figure: -figure.n))


@once_a_run
def labels(dimension: str) -> dict[Value, str]:
    """Names given by the data: teams; agents only when the owner shows their names, pseudonyms else."""
    if dimension == "agent_id" and not allowed("show_names"):
        return {}
    return engine().labels(dimension)


@once_a_run
def allowed(preference: str) -> bool:
    """Whether the owner has switched `show_names` or `individual_view` on."""
    return settings().preference(preference) == "true"


def imported_files(within: Period | None = None) -> pd.DataFrame:
    """Each file of each import, or of those `within` a period, with what became of its rows, the latest first."""
    return provenance.files(engine(), within)


def past_imports(timezone: str) -> tuple[Grain, pd.DataFrame]:
    """What became of the rows of the imports through time, and in which buckets."""
    return provenance.past(engine(), timezone)


def rejects(limit: int | None) -> pd.DataFrame:
    """The rows that imports refused, the latest first; None: all."""
    return provenance.rejects(engine(), limit)


def import_warnings() -> tuple[provenance.Warned, ...]:
    """What looked odd in the rows that imports brought, the latest first."""
    return provenance.warnings(engine())


def reach() -> pd.DataFrame:
    """How far each table reaches, the least far first. Shared: read it, never change it."""
    return _reach(generation())


def waiting() -> dict[tuple[str, ...], tuple[str, ...]]:
    """The tables never imported -> the KPIs that wait for them."""
    return provenance.waiting(engine())


def values(dimension: str) -> tuple[Value, ...]:
    """The values of a dimension that exist, in order."""
    return tuple(engine().values(dimension))


@kept(2)
def _domains(version: str) -> Domains:
    store = engine()
    found = {dimension: tuple(dict.fromkeys(store.values(dimension))) for dimension in PARAMETER}
    return {dimension: values for dimension, values in found.items() if 1 < len(values) <= MOST_CHOICES}


@kept(512)
def _ask(query: Query, version: str) -> dict[str, Answer]:
    return _answer.answer(query, engine())


@kept(16)
def _longest(query: Query, kpi_id: str, limit: int, between: Between | None, version: str) -> pd.DataFrame:
    return _answer.longest(query, kpi_id, engine(), limit, between)


@kept(64)
def _rows(
    query: Query,
    kpi_id: str,
    limit: int,
    which: Which,
    oldest_first: bool,
    because: str | None,
    side: str | None,
    version: str,
) -> pd.DataFrame:
    return _answer.rows(
        query, kpi_id, engine(), limit, which=which, oldest_first=oldest_first, because=because, side=side
    )


@kept(128)
def _waterfall(query: Query, kpi_id: str, side: str | None, version: str) -> tuple[Step, ...]:
    return _answer.waterfall(query, kpi_id, engine(), side)


@kept(128)
def _histogram(query: Query, kpi_id: str, edges: tuple[int, ...], version: str) -> tuple[int, ...]:
    return _answer.histogram(query, kpi_id, engine(), edges)


@kept(64)
def _why(
    current: Query, previous: Query, kpi_id: str, by: tuple[str, str] | None, days: float, version: str
) -> tuple[Explanation, ...]:
    if by is None:
        return tuple(explain(current, previous, kpi_id, engine(), days=days))
    together = explain_two(current, previous, kpi_id, engine(), by, days=days)
    return () if together is None else (together,)


@kept(256)
def _noise(query: Query, kpi_id: str, changes: tuple[date, ...], version: str) -> Noise | None:
    return of_series(query, kpi_id, engine(), changes)


@kept(64)
def _noises(
    query: Query, kpi_id: str, groups: tuple[Group, ...], changes: tuple[date, ...], version: str
) -> dict[Group, Noise]:
    return of_groups(query, kpi_id, engine(), groups, changes)


@kept(64)
def _net_noise(query: Query, changes: tuple[date, ...], version: str) -> Noise | None:
    return net_noise_of(query, engine(), changes)


@kept(64)
def _conventions(query: Query, kpi_id: str, version: str) -> tuple[Reading, ...]:
    return readings(query, kpi_id, engine())


@kept(64)
def _unfinished(query: Query, kpi_id: str, version: str) -> tuple[Figure, Figure] | None:
    return unfinished_of(query, kpi_id, engine())


@kept(16)
def _volumes(query: Query, kpi_id: str, version: str) -> tuple[Volume, ...]:
    return ahead_volumes(query, kpi_id, engine())


@kept(64)
def _outlook(query: Query, capacity: float, version: str) -> Outlook | None:
    return ahead_backlog(query, engine(), capacity)


@kept(32)
def _drivers(query: Query, dimension: str, version: str) -> Drivers:
    store = engine()
    found = impacts(query, dimension, store), lived(query, store), honesty(query, dimension, store)
    return (*found, willing(query, dimension, store))


@kept(64)
def _fair(query: Query, kpi_id: str, who: str, version: str) -> Fair | None:
    return compared(query, kpi_id, engine(), who=who)


@kept(32)
def _agents_on_calls(query: Query, version: str) -> Mapping[int, float]:
    return presence.agents_on_calls(query, engine())


@kept(64)
def _checks(query: Query, version: str) -> tuple[Check, ...]:
    return reconciliation.checks(query, engine())


@kept(256)
def _open_days(period: Period, version: str) -> float:
    return calendars.open_days(period, engine())


@kept(2)
def _reach(version: str) -> pd.DataFrame:
    return provenance.reach(engine())


@kept(64)
def _flow(query: Query, version: str) -> tuple[Flow, ...]:
    return backlog_flow(query, engine())


@kept(64)
def _comments(query: Query, kpi_id: str, limit: int | None, nps_class: str | None, version: str) -> pd.DataFrame:
    return _said.comments(query, kpi_id, engine(), limit, nps_class)


@kept(16)
def _documents(query: Query, corpus: Corpus, topic: str | None, version: str) -> pd.DataFrame:
    return verbatims.documents(query, corpus, engine(), topic)


@kept(32)
def _contrast(query: Query, version: str) -> Contrast:
    said = _documents(query, "comments", None, version)
    return verbatims.contrast(list(said["text"]), list(said["score_group"]))


@kept(64)
def _group_sizes(query: Query, version: str) -> dict[str, int]:
    return verbatims.group_sizes(query, engine())
