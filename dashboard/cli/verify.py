"""`vigie verify`: worked examples against this Vigie. Load the tables, derive, ask, compare."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import typer

from data import schema, store
from kpi import answer as answers
from kpi.engines import ConnectionEngine
from kpi.model import Answer, Figure, Filter, Grain, Period, Query, Target

Example = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is not what the example expects."""

    field: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected!r}, found {self.found!r}"


def run(paths: Iterable[Path], only: str | None = None) -> bool:
    """Runs every example and prints the failures, then `N passed, N failed`. True when all passed."""
    passed = failed = 0
    for file in _files(paths):
        example = json.loads(file.read_text(encoding="utf-8"))
        if "kpi_id" not in example or (only is not None and not example["kpi_id"].startswith(only)):
            continue
        differences = check(example)
        if differences:
            failed += 1
            name = example.get("example_id", file.stem)
            typer.echo(f"FAILED {name}\n" + "\n".join(f"  {difference}" for difference in differences))
        else:
            passed += 1
    typer.echo(f"{passed} passed, {failed} failed")
    return failed == 0


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.glob("*.json")) if path.is_dir() else [path]


def check(example: Example) -> list[Difference]:
    """What differs from `expected`; only the fields named there are compared."""
    try:
        found = asked(example)
    except Exception as error:
        return [Difference("answer", "an answer", f"{type(error).__name__}: {error}")]
    return list(_compare(example["expected"], found, example.get("tolerance", {})))


def asked(example: Example) -> dict[str, Any]:
    """The answer of an example's call on its own tables, as plain fields."""
    call = example.get("call")
    if call is None:
        raise NotImplementedError(f"no method {example['kpi_id']!r} yet")
    with duckdb.connect(":memory:") as con:
        load(con, example["tables"], call.get("timezone", "Europe/Paris"))
        query = to_query(call, example["tables"].get("targets", ()))
        answer = answers.answer(query, ConnectionEngine(con))[call["kpi"]]
    return fields(query, answer)


def load(con: duckdb.DuckDBPyConnection, tables: Mapping[str, list[dict[str, Any]]], zone: str) -> None:
    """Creates the tables, fills the canonical ones from plain rows and derives the rest."""
    store.create_tables(con)
    for name, rows in tables.items():
        _insert(con, schema.TABLES[name], rows)
    store.finish(con, zone)


def _insert(con: duckdb.DuckDBPyConnection, table: schema.Table, rows: list[dict[str, Any]]) -> None:
    columns = [column for column in table.columns if any(column.name in row for row in rows)]
    columns += [c for c in table.columns if c.default is not None and c not in columns]
    if not rows:
        return
    values = ", ".join(f"coalesce(CAST(? AS {c.type}), {_default(c)})" for c in columns)
    names = ", ".join(f'"{c.name}"' for c in columns)
    statement = f'INSERT INTO "{table.name}" ({names}) SELECT {values}'
    con.executemany(statement, [[_plain(row.get(c.name)) for c in columns] for row in rows])


def _default(column: schema.Column) -> str:
    return f"CAST('{column.default}' AS {column.type})" if column.default is not None else "NULL"


def _plain(value: Any) -> Any:
    return value.removesuffix("Z") if isinstance(value, str) and value.endswith("Z") and "T" in value else value


def to_query(call: Mapping[str, Any], targets: Iterable[Mapping[str, Any]]) -> Query:
    """The call of an example as a `Query`."""
    period, by = call.get("period"), call.get("by")
    keys = [by] if isinstance(by, str) else list(by or ())
    grains = [key for key in keys if key.startswith("local_")]
    return Query(
        kpis=(call["kpi"],),
        period=Period(_instant(period["start"]), _instant(period["end"])) if period else None,
        as_of=_instant(call["as_of"]) if call.get("as_of") else None,
        by=tuple(key for key in keys if key not in grains),
        grain=Grain(grains[0].removeprefix("local_")) if grains else None,
        filters=tuple(Filter(name, tuple(values)) for name, values in (call.get("filters") or {}).items()),
        params=tuple(
            (name, tuple(value) if isinstance(value, list) else value)
            for name, value in (call.get("params") or {}).items()
        ),
        targets=tuple(_target(row) for row in targets),
        timezone=call.get("timezone", "Europe/Paris"),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def _target(row: Mapping[str, Any]) -> Target:
    until = row.get("valid_to")
    return Target(
        row["target_id"], row["kpi_id"], row["role"], row.get("scope_dim"), row.get("scope_value"), row["op"],
        row.get("value_low"), row.get("value_high"), row.get("threshold_s"), row["source"],
        date.fromisoformat(row["valid_from"]), date.fromisoformat(until) if until else None,
    )  # fmt: skip


def fields(query: Query, answer: Answer) -> dict[str, Any]:
    """The answer flattened as examples write it."""
    return {**_flat(answer.total), "rows": [_row(figure, query, answer) for figure in answer.rows]}


def _flat(figure: Figure) -> dict[str, Any]:
    low, high = figure.ci or (None, None)
    return {**figure.as_dict(), "ci": [low, high], "ci_low": low, "ci_high": high}


def _row(figure: Figure, query: Query, answer: Answer) -> dict[str, Any]:
    keys = [key.isoformat() if isinstance(key, date) else key for key in figure.keys]
    named = {"key": keys[0]} if len(keys) == 1 else {"keys": keys}
    return {**named, **_flat(figure)}


def _compare(expected: Any, found: Any, tolerance: Mapping[str, Any], field: str = "") -> Iterator[Difference]:
    if isinstance(expected, dict):
        for name, value in expected.items():
            here = f"{field}.{name}" if field else name
            if not isinstance(found, dict) or name not in found:
                yield Difference(here, value, "nothing")
            else:
                yield from _compare(value, found[name], tolerance, here)
    elif isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            yield Difference(field, expected, found)
            return
        for i, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from _compare(one, other, tolerance, f"{field}[{i}]")
    elif not _same(expected, found, _limits(tolerance, field)):
        yield Difference(field, expected, found)


def _limits(tolerance: Mapping[str, Any], field: str) -> Mapping[str, float]:
    kind = "ci" if ".ci" in f".{field}" else "value"
    limits: Mapping[str, float] = tolerance.get(kind, tolerance)
    return limits


def _same(expected: Any, found: Any, limits: Mapping[str, float]) -> bool:
    numbers = (int, float)
    if isinstance(expected, numbers) and isinstance(found, numbers) and not isinstance(expected, bool):
        return math.isclose(expected, found, rel_tol=limits.get("rel", 1e-9), abs_tol=limits.get("abs", 1e-6))
    return bool(expected == found)
