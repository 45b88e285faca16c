"""Where the data come from: each import and file with what became of its rows, how far each table reaches, and the
KPIs that wait for a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

from kpi.asking import needs
from kpi.buckets import next_of, start_of, to_local
from kpi.catalog import CATALOG
from kpi.engines import Engine
from kpi.model import Figure, Grain, Period, Query

_FILES = """
SELECT i.loaded_at, i.source, f.file, f.table_name, f.rows_read, f.loaded, f.updated, f.unchanged, f.rejected,
       f.rows_read = f.loaded + f.updated + f.unchanged + f.rejected AS accounted
FROM import_files AS f JOIN imports AS i ON i.import_id = f.import_id{within}
ORDER BY i.loaded_at DESC, f.file, f.table_name
"""
_REJECTS = """
SELECT i.loaded_at, r.file, r.line, r.table_name, r.column_name, r.value, r.reason
FROM rejects AS r JOIN imports AS i ON i.import_id = r.import_id
ORDER BY i.loaded_at DESC, r.file, r.line
"""
_WARNINGS = """
SELECT i.loaded_at, w.table_name, w.kind, w.column_name, w.rows, w.expected, w.example
FROM warnings AS w JOIN imports AS i ON i.import_id = w.import_id
ORDER BY i.loaded_at DESC, w.rows DESC, w.table_name, w.kind, w.column_name
"""
_PAST = """
SELECT i.loaded_at, count(DISTINCT i.import_id) AS imports, sum(f.rows_read) AS rows_read,
       sum(f.loaded + f.updated) AS went_in, sum(f.unchanged) AS unchanged, sum(f.rejected) AS rejected,
       {to_check} AS to_check
FROM import_files AS f JOIN imports AS i ON i.import_id = f.import_id
GROUP BY i.import_id, i.loaded_at ORDER BY i.loaded_at
"""
_TO_CHECK = "(SELECT coalesce(sum(w.rows), 0) FROM warnings AS w WHERE w.import_id = i.import_id AND w.kind <> {fall})"
_FALL = "'volume_fall'"
"""The one warning whose rows are not odd: they are those that came."""
_GRAINS = (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)
_MOST_BUCKETS = 60
_LOADED = (
    "tickets", "ticket_events", "interactions", "transcripts", "surveys", "self_service_sessions", "agent_time",
    "costs", "orders", "order_lines", "disputes",
)  # fmt: skip
"""Tables whose rows say which import brought them."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Rows of an import that looked odd, by kind; `expected` of a fall in volume; `loaded_at` is naive UTC."""

    loaded_at: datetime
    table: str
    kind: str
    column: str
    rows: int
    expected: int | None
    example: str


def files(engine: Engine, within: Period | None = None) -> pd.DataFrame:
    """Each file of each import, or of those `within` a period, the latest first: `loaded_at` (naive UTC), `source`,
    `file`, `table_name`, `rows_read`, `loaded`, `updated`, `unchanged`, `rejected`, and whether the four make the rows
    read (`accounted`)."""
    when = "" if within is None else f" WHERE i.loaded_at >= '{within.start}' AND i.loaded_at < '{within.end}'"
    return engine.frame(_FILES.format(within=when))


def rejects(engine: Engine, limit: int | None = None) -> pd.DataFrame:
    """Each row that an import refused, the latest first: `loaded_at`, `file`, `line` (the header being line 1),
    `table_name`, `column_name`, `value` as it was read, `reason`."""
    return engine.frame(_REJECTS if limit is None else f"{_REJECTS} LIMIT {int(limit)}")


def warnings(engine: Engine) -> tuple[Warned, ...]:
    """What looked odd in the rows that imports brought, the latest first."""
    try:
        return tuple(Warned(*row) for row in engine.fetch(_WARNINGS))
    except duckdb.CatalogException:  # a store into which nothing was imported since Vigie keeps them
        return ()


def past(engine: Engine, timezone: str) -> tuple[Grain, pd.DataFrame]:
    """What became of the rows of the imports through time, the oldest first: by `bucket` (first local day) the number
    of `imports`, `rows_read`, `went_in` (new or updated), `unchanged`, `rejected` and `to_check` (odd rows by kind, so
    that one may count twice). A bucket without import has zeros.

    The grain is the finest in which half the buckets have an import, and there are at most 60 of them.
    """
    try:
        rows = engine.frame(_PAST.format(to_check=_TO_CHECK.format(fall=_FALL)))
    except duckdb.CatalogException:  # a store from before the warnings
        rows = engine.frame(_PAST.format(to_check="0"))
    days = [to_local(when.to_pydatetime(), timezone).date() for when in rows.pop("loaded_at")]
    if not days:
        return Grain.DAY, rows.assign(bucket=[])
    for grain in _GRAINS:
        first, last = start_of(days[0], grain), start_of(days[-1], grain)
        buckets = [first]
        while buckets[-1] < last and len(buckets) <= _MOST_BUCKETS:
            buckets.append(next_of(buckets[-1], grain))
        found = {start_of(day, grain) for day in days}
        if len(buckets) <= _MOST_BUCKETS and 2 * len(found) >= len(buckets):
            break
    summed = rows.groupby([start_of(day, grain) for day in days]).sum()
    return grain, summed.reindex(buckets, fill_value=0).astype("int64").rename_axis("bucket").reset_index()


def reach(engine: Engine) -> pd.DataFrame:
    """Each table that was imported, the one that reaches least far first: `table_name`, `rows`, `loaded_at` of its last
    import and `data_until`, the instant up to which its imports cover (naive UTC)."""
    present = engine.tables()
    parts = [
        f"SELECT '{table}' AS table_name, count(*) AS rows, max(i.loaded_at) AS loaded_at, "
        f"max(i.data_until) AS data_until FROM {table} AS t LEFT JOIN imports AS i ON i.import_id = t._import_id"
        for table in _LOADED
        if table in present
    ]
    if not parts:
        return pd.DataFrame(columns=["table_name", "rows", "loaded_at", "data_until"])
    return engine.frame(f"{' UNION ALL '.join(parts)} ORDER BY data_until NULLS FIRST, table_name")


def waiting(engine: Engine) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The tables that were never imported -> the KPIs that wait for exactly these, those that open most KPIs first."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    present = engine.tables()
    for kpi in CATALOG.values():
        missing = needs(kpi, Query((kpi.id,)), present)
        if missing:
            found[tuple(sorted(missing))].append(kpi.id)
    return {tables: tuple(kpis) for tables, kpis in sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))}


def share_left_out(figure: Figure) -> float | None:
    """Missing and invalid values over these and the cases counted: 0 to 1, None without any."""
    cases = (figure.denominator if figure.denominator is not None else figure.n) or 0
    unusable = figure.n_missing + figure.n_invalid
    return unusable / (cases + unusable) if cases + unusable else None


def most_left_out(figures: Mapping[str, Figure]) -> list[str]:
    """The KPIs of some figures, those that leave out the largest share first."""
    shares = {kpi_id: share_left_out(figure) for kpi_id, figure in figures.items()}
    return sorted(_known(shares), key=lambda kpi_id: (-(shares[kpi_id] or 0.0), kpi_id))


def _known(shares: Mapping[str, float | None]) -> Iterable[str]:
    return (kpi_id for kpi_id, share in shares.items() if share is not None)
