"""From arrays to Arrow columns, and the few draws that every part of the sample makes. Pure but for `insert`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from data.sample.clock import Bools, Floats, Ints

MISSING = -1
"""Code of a NULL in an array of codes."""


def stream(seed: int, subject: str) -> np.random.Generator:
    """Random numbers of one subject: another subject drawing more or fewer does not move them."""
    return np.random.default_rng([seed, *subject.encode()])


def pick(rng: np.random.Generator, weights: Sequence[float] | Floats, count: int) -> Ints:
    """`count` positions in `weights`, drawn in proportion."""
    bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.asarray(np.searchsorted(bounds[:-1], rng.random(count) * bounds[-1], side="right"), dtype=np.int64)


def pick_rows(rng: np.random.Generator, weights: Floats) -> Ints:
    """For each row of `weights`, one column drawn in proportion."""
    bounds = np.cumsum(weights, axis=1)
    draws = rng.random(len(weights)) * bounds[:, -1]
    above = (bounds <= draws[:, None]).sum(axis=1)
    return np.asarray(np.minimum(above, weights.shape[1] - 1), dtype=np.int64)


def lognormal(rng: np.random.Generator, median: Floats | float, sigma: float, count: int) -> Floats:
    """Skewed positive times with the given median."""
    return np.asarray(median * np.exp(sigma * rng.standard_normal(count)))


def whole(values: Floats) -> Ints:
    return np.rint(values).astype(np.int64)


def instants(at: Ints, end: int) -> pa.Array:
    """Naive UTC timestamps; those past the end of the data are not known yet, hence NULL."""
    return pa.array(at, mask=at >= end).cast(pa.timestamp("s"))


def labels(codes: Ints, names: Sequence[str]) -> pa.Array:
    """Texts by their position in `names`; MISSING is NULL."""
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string()))


def constant(name: str | None, count: int) -> pa.Array:
    return labels(np.full(count, MISSING if name is None else 0), [name or ""])


def numbers(values: Ints | Floats | Bools, known: Bools | None = None) -> pa.Array:
    return pa.array(values, mask=None if known is None else ~known)


def dates(day_numbers: Ints) -> pa.Array:
    """Dates from days since 1970."""
    return pa.array(day_numbers.astype(np.int32)).cast(pa.date32())


def identifiers(prefix: str, count: int, width: int) -> list[str]:
    return [f"{prefix}{number:0{width}d}" for number in range(1, count + 1)]


def insert(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, pa.Array]) -> None:
    """Append the columns to a table; columns that are not given stay NULL."""
    con.register("sample_rows", pa.table(dict(columns)))
    try:
        con.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM sample_rows')
    finally:
        con.unregister("sample_rows")


def insert_rows(con: duckdb.DuckDBPyConnection, table: str, names: str, rows: Sequence[Sequence[object]]) -> None:
    """Append a few hand-written rows; `names` are the columns, separated by spaces."""
    columns = names.split()
    marks = ", ".join("?" * len(columns))
    con.executemany(f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({marks})', rows)
