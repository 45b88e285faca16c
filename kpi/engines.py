"""Where the numbers are computed: an engine runs one statement and says which data it holds."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pandas as pd

from kpi.datasets import AGEING
from kpi.errors import EngineError

_BESIDE = 2
"""Statements that a store runs beside the first of a question."""


class Engine(Protocol):
    """What `answer` needs of a store."""

    def fetch(self, sql: str) -> list[tuple[Any, ...]]: ...

    def fetch_each(self, statements: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        """The rows of several statements, in their order; they may run at the same time."""

    def frame(self, sql: str) -> pd.DataFrame: ...

    def version(self) -> str:
        """Changes whenever the data change; part of every cache key."""

    def data_until(self) -> datetime:
        """Newest instant that the imports cover, naive UTC: the default `as_of`."""

    def newest(self) -> datetime:
        """Newest instant in the facts: at or past it nothing is unknown."""

    def timezone(self) -> str: ...

    def default_calendar(self) -> str | None:
        """The calendar that most teams use, of those that have opening hours: that of the teams without their own."""

    def tables(self) -> frozenset[str]:
        """Canonical tables that were imported."""


class _Queries(ABC):
    """Statements over an open connection."""

    @abstractmethod
    def _cursor(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]: ...

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        with self._cursor() as cursor:
            return cursor.execute(sql).fetchall()

    def fetch_each(self, statements: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        return [self.fetch(sql) for sql in statements]

    def frame(self, sql: str) -> pd.DataFrame:
        with self._cursor() as cursor:
            return cursor.execute(sql).df()


class ConnectionEngine(_Queries):
    """An engine over a connection that somebody else owns (tests, `verify`)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._facts = _read_facts(connection)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        yield self._connection

    def version(self) -> str:
        return self._facts.version

    def data_until(self) -> datetime:
        return self._facts.data_until

    def newest(self) -> datetime:
        return self._facts.newest

    def timezone(self) -> str:
        return self._facts.timezone

    def default_calendar(self) -> str | None:
        return self._facts.default_calendar

    def tables(self) -> frozenset[str]:
        return self._facts.tables


class DuckDBEngine(_Queries):
    """The DuckDB file, read only, following its generations.

    A store is replaced whole by a rename. In one process a second `duckdb.connect(path)` would still return the
    old data, so an in-memory instance ATTACHes each generation under a new name; a question runs to its end on
    the generation on which it began.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._instance: duckdb.DuckDBPyConnection | None = None
        self._signature: tuple[int, int, int] | None = None
        self._facts: _Facts | None = None
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._beside = ThreadPoolExecutor(_BESIDE, thread_name_prefix="vigie-statement")

    def fetch_each(self, statements: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        # A statement over some weeks reads one row group or two, which leaves a core idle.
        waiting = [self._beside.submit(self.fetch, sql) for sql in statements[1:]]
        first = [self.fetch(sql) for sql in statements[:1]]
        return first + [
            self.fetch(sql) if future.cancel() else future.result()
            for future, sql in zip(waiting, statements[1:], strict=True)
        ]

    def _current(self) -> tuple[duckdb.DuckDBPyConnection, _Facts, list[duckdb.DuckDBPyConnection]]:
        """The instance of the file's generation, what it says of itself, and the cursors on it that nobody uses."""
        signature = self._sign()
        with self._lock:
            if signature != self._signature or self._instance is None or self._facts is None:
                self._attach(signature)
            assert self._instance is not None and self._facts is not None
            return self._instance, self._facts, self._idle

    def _sign(self) -> tuple[int, int, int]:
        try:
            status = self.path.stat()
        except OSError as error:
            raise EngineError(
                f"There is no store at {self.path}. Run `vigie demo` for the demo centre, or `vigie import FILES`."
            ) from error
        return status.st_ino, status.st_size, status.st_mtime_ns

    def _attach(self, signature: tuple[int, int, int]) -> None:
        # One instance a generation: external access can then be shut off, which forbids any later ATTACH. The
        # old instance is freed when the last cursor on it ends.
        instance = duckdb.connect(":memory:")
        try:
            quoted = str(self.path).replace("'", "''")
            instance.execute(f"ATTACH '{quoted}' AS store (READ_ONLY)")
            instance.execute("USE store")
            instance.execute("SET enable_external_access = false")
            facts = _read_facts(instance)
        except duckdb.Error as error:
            raise EngineError(f"{self.path} could not be read as a Vigie store: {error}") from error
        self._instance, self._facts, self._signature, self._idle = instance, facts, signature, []

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        # A cursor a question: one connection used by two threads raises in DuckDB 2.0. Those that are free are used
        # again: a new one takes longer than a small question.
        instance, _, idle = self._current()
        try:
            cursor = idle.pop()
        except IndexError:
            cursor = instance.cursor()
            cursor.execute("USE store")
        try:
            yield cursor
        except BaseException:
            cursor.close()
            raise
        idle.append(cursor)

    def version(self) -> str:
        return self._current()[1].version

    def data_until(self) -> datetime:
        return self._current()[1].data_until

    def newest(self) -> datetime:
        return self._current()[1].newest

    def first_instant(self) -> datetime:
        """Oldest creation, offer, invitation or receipt in the store."""
        return self._current()[1].first

    def timezone(self) -> str:
        return self._current()[1].timezone

    def default_calendar(self) -> str | None:
        return self._current()[1].default_calendar

    def tables(self) -> frozenset[str]:
        return self._current()[1].tables

    def values(self, dimension: str) -> list[Any]:
        """Values of a dimension that exist in the facts, in order, without the empty one."""
        known = self._current()[1].values
        if dimension not in known:
            known[dimension] = tuple(row[0] for row in self.fetch(_distinct(dimension)))
        return list(known[dimension])

    def labels(self, dimension: str) -> dict[Any, str]:
        """Names of a dimension's values, where the store has them: teams, products, and agents, for authorised readers
        only."""
        return dict(self._current()[1].labels.get(dimension, {}))


class _Facts:
    """What a generation says of itself, read once."""

    version: str
    data_until: datetime
    newest: datetime
    first: datetime
    timezone: str
    default_calendar: str | None
    tables: frozenset[str]
    values: dict[str, tuple[Any, ...]]
    """Those of the dimensions that somebody asked for."""
    labels: dict[str, dict[Any, str]]


_TABLES = (
    "calendars", "calendar_hours", "calendar_exceptions", "teams", "agents", "customers", "tickets",
    "ticket_events", "interactions", "transcripts", "topics", "surveys", "self_service_sessions", "agent_time",
    "costs", "orders", "order_lines", "disputes", "sla_policies", "targets", "imports",
)  # fmt: skip
_STARTS = (
    ("ticket_facts", "created_at"),
    ("interaction_facts", "offered_at"),
    ("survey_facts", "sent_at"),
    ("session_facts", "started_at"),
    ("orders", "received_at"),
    ("disputes", "opened_at"),
)
_VALUES = {
    "channel": ("ticket_facts", "interaction_facts", "survey_facts", "order_facts"),
    "priority": ("ticket_facts", "order_facts"),
    "request_type": ("ticket_facts", "interaction_facts", "survey_facts", "session_facts"),
    "ticket_type": ("ticket_facts",),
    "product": ("ticket_facts", "survey_facts"),
    "status": ("ticket_states",),
    "agent_id": ("ticket_facts", "interaction_facts", "survey_facts", "agent_time", "order_facts"),
    "team_id": ("ticket_facts", "interaction_facts", "survey_facts", "agent_time", "order_facts", "dispute_facts"),
    "site": ("teams",),
    "organisation": ("teams", "order_facts"),
    "policy_id": ("sla_clocks",),
    "source": ("imports",),
    "outcome": ("interaction_facts",),
    "in_hours": ("interaction_facts",),
    "tool": ("session_facts",),
    "score_group": ("topic_mentions",),
    "touchless": ("order_facts",),
    "product_id": ("order_line_facts",),
    "cause": ("dispute_facts",),
    "segment": ("customers",),
}
_DEFAULT_CALENDAR = """
SELECT calendar_id FROM (SELECT DISTINCT calendar_id FROM open_days) LEFT JOIN teams USING (calendar_id)
GROUP BY 1 ORDER BY count(team_id) DESC, 1 LIMIT 1
"""
_EPOCH = datetime(1970, 1, 1)
SCHEMA_VERSION = "2"
"""Version of the derived tables that the datasets name."""


def _read_facts(connection: duckdb.DuckDBPyConnection) -> _Facts:
    facts = _Facts()
    info = dict(connection.execute("SELECT name, value FROM store_info").fetchall())
    if info.get("schema_version") != SCHEMA_VERSION:
        raise EngineError(
            "The database was written by another version of Vigie. `vigie run` or any import brings it up to date; "
            "nothing that was imported is lost."
        )
    facts.timezone = info.get("timezone", "Europe/Paris")
    facts.version = info.get("generation", "0")
    facts.newest = datetime.fromisoformat(info["newest_at"]) if info.get("newest_at") else _EPOCH
    until = connection.execute("SELECT max(data_until) FROM imports").fetchone()
    facts.data_until = until[0] if until and until[0] else facts.newest
    firsts = " UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in _TABLES)
    facts.tables = frozenset(name for (name,) in connection.execute(firsts).fetchall())
    calendar = connection.execute(_DEFAULT_CALENDAR).fetchone()
    facts.default_calendar = calendar[0] if calendar else None
    starts = [connection.execute(f"SELECT min({at}) FROM {table}").fetchone() for table, at in _STARTS]
    facts.first = min((start[0] for start in starts if start and start[0]), default=facts.newest)
    facts.values = dict(AGEING)
    teams = connection.execute("SELECT team_id, coalesce(name, team_id) FROM teams").fetchall()
    names = connection.execute("SELECT agent_id, display_name FROM agents WHERE display_name IS NOT NULL").fetchall()
    products = connection.execute(
        "SELECT product_id, max(product_name) FROM order_lines WHERE product_name IS NOT NULL GROUP BY product_id"
    ).fetchall()
    facts.labels = {"team_id": dict(teams), "agent_id": dict(names), "product_id": dict(products)}
    return facts


def _distinct(dimension: str) -> str:
    union = " UNION ".join(f"SELECT DISTINCT {dimension} AS v FROM {table}" for table in _VALUES.get(dimension, ()))
    return f"SELECT v FROM ({union or 'SELECT NULL AS v'}) WHERE v IS NOT NULL ORDER BY v"
