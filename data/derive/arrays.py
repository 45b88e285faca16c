"""Between DuckDB and arrays: chunks of rows in and out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.business_hours import SECOND, Instants, OpeningRanges
from data.derive.clocks import ClockIds, Clocks
from data.derive.sla import Phase, Policy, Stretches
from data.derive.states import MISSING, Codes, Resolutions, States, Tickets

Columns = dict[str, pa.Array]


def fetch(con: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, object]) -> dict[str, Any]:
    """The columns of a query without NULLs."""
    columns = con.execute(query, dict(parameters)).fetchnumpy()
    return {name: np.asarray(column) for name, column in columns.items()}


def write(con: duckdb.DuckDBPyConnection, table: str, first_ticket: int, columns: Columns) -> None:
    """Append columns to a staging table; their tickets are numbered from `first_ticket`."""
    con.register("_arrays", pa.table(columns))
    rest = ", ".join(name for name in columns if name != "ticket")
    con.execute(f"INSERT INTO {table} BY NAME SELECT ticket + {first_ticket} AS ticket_no, {rest} FROM _arrays")
    con.unregister("_arrays")


def state_columns(states: States) -> Columns:
    return {
        "ticket": pa.array(states.ticket),
        "ordinal": pa.array(states.ordinal),
        "from_at": _instants(states.from_us),
        "to_at": _instants(states.to_us),
        "status": pa.array(states.status),
        "unresolved": pa.array(states.unresolved),
        "answered": pa.array(states.answered),
        "entered": pa.array(states.entered),
        **_moving(states),
    }


def resolution_columns(resolutions: Resolutions) -> Columns:
    return {
        "ticket": pa.array(resolutions.ticket),
        "resolution_no": pa.array(resolutions.number),
        "resolved_at": _instants(resolutions.resolved_us),
        "reopened_at": _instants(resolutions.reopened_us),
        "resolution_s": pa.array(resolutions.resolution_s),
        "resolution_business_s": _numbers(resolutions.business_s),
        **{f"business_{status}_s": _numbers(s) for status, s in resolutions.business_by_status_s.items()},
        **_moving(resolutions),
    }


def response_columns(tickets: Tickets, ticket: Codes, clock: ClockIds, clocks: Clocks) -> Columns:
    """Open seconds to the first response of each `ticket`, on the clock of who answered."""
    created, response = tickets.created_us[ticket], tickets.response_us[ticket]
    spent = clocks.business_us(clock, created, response) // SECOND
    return {
        "ticket": pa.array(ticket),
        "business_s": _numbers(np.where(response < created, MISSING, spent)),
    }


def clock_columns(stretches: Stretches, metric: str, policies: list[Policy]) -> Columns:
    count = len(stretches.ticket)
    targets = np.array([policy.target_s for policy in policies])
    return {
        "ticket": pa.array(stretches.ticket),
        "metric": _texts(np.zeros(count, np.int64), [metric]),
        "ordinal": pa.array(stretches.ordinal),
        "from_at": _instants(stretches.from_us),
        "to_at": _instants(stretches.to_us),
        "phase": _texts(stretches.phase, [phase.name.lower() for phase in Phase]),
        "policy_id": _texts(stretches.policy, [policy.policy_id for policy in policies]),
        "target_s": pa.array(targets[stretches.policy]),
        "elapsed_s": pa.array(stretches.elapsed_us // SECOND),
        "due_at": _instants(stretches.due_us),
        "at_risk_from_at": _instants(stretches.at_risk_from_us),
        "at_risk_to_at": _instants(stretches.at_risk_to_us),
        "breach_known_at": _instants(stretches.breach_known_us),
        **_moving(stretches),
    }


def range_table(ranges: Mapping[str, OpeningRanges]) -> pa.Table:
    """The rows of `opening_ranges`, from those of each calendar."""
    sizes = [len(own.open_us) for own in ranges.values()]
    return pa.table(
        {
            "calendar_id": _texts(np.repeat(np.arange(len(sizes)), sizes), list(ranges)),
            "open_at": _instants(_joined([own.open_us for own in ranges.values()])),
            "close_at": _instants(_joined([own.close_us for own in ranges.values()])),
            "open_before_s": pa.array(_joined([own.open_before_s for own in ranges.values()])),
        }
    )


def day_table(days: Mapping[str, list[date]]) -> pa.Table:
    """The rows of `open_days`, from those of each calendar."""
    return pa.table(
        {
            "calendar_id": pa.array([calendar_id for calendar_id, own in days.items() for _ in own], pa.string()),
            "open_on": pa.array([day for own in days.values() for day in own], pa.date32()),
        }
    )


def _joined(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, np.int64), *parts])


def _moving(rows: States | Resolutions | Stretches) -> Columns:
    return {name: pa.array(getattr(rows, name)) for name in ("priority", "team", "agent")}


def _instants(at_us: Instants) -> pa.Array:
    return pa.array(at_us.view("datetime64[us]"), from_pandas=True)


def _numbers(values: NDArray[np.int64]) -> pa.Array:
    return pa.array(values, mask=values == MISSING)


def _texts(codes: Codes, texts: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(texts, pa.string()))
