"""`vigie verify`: worked examples against this Vigie. Load the tables, derive, ask, compare."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import duckdb
import typer

from dashboard.cli import methods
from dashboard.cli.tables import instant, load
from kpi import answer as answers
from kpi import examples
from kpi.engines import ConnectionEngine
from kpi.model import Answer, Figure, Filter, Grain, Period, Query, Target, frozen

Example = examples.Example


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is not what the example expects."""

    field: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected!r}, found {self.found!r}"


def run(paths: Iterable[Path], only: str | None = None) -> bool:
    """Runs every example of the files and folders, of those that ship when there are none, and prints the failures,
    then `N passed, N failed`. True when all passed."""
    passed = failed = 0
    for file in _files(paths):
        example = json.loads(file.read_text(encoding="utf-8"))
        if "kpi_id" not in example or (only is not None and not example["kpi_id"].startswith(only)):
            continue
        differences = check(example)
        if differences:
            failed += 1
            name = example.get("example_id", file.name.removesuffix(".json"))
            typer.echo(f"FAILED {name}\n" + "\n".join(f"  {difference}" for difference in differences))
        else:
            passed += 1
    typer.echo(f"{passed} passed, {failed} failed")
    return failed == 0


def _files(paths: Iterable[Path]) -> Iterator[Path | Traversable]:
    named = list(paths)
    if not named:
        yield from examples.files()
    for path in named:
        yield from sorted(path.glob("*.json")) if path.is_dir() else [path]


def check(example: Example) -> list[Difference]:
    """What differs from `expected`; only the fields named there are compared."""
    try:
        found = asked(example)
    except Exception as error:
        return [Difference("answer", "an answer", f"{type(error).__name__}: {error}")]
    return list(_compare(example["expected"], found, example.get("tolerance", {})))


def asked(example: Example) -> dict[str, Any]:
    """The answer of an example's call on its own tables, or of its method on its inputs, as plain fields."""
    call = example.get("call")
    if call is None:
        return methods.asked(example)
    with duckdb.connect(":memory:") as con:
        load(con, example["tables"], call.get("timezone", "Europe/Paris"))
        query = to_query(call, example["tables"].get("targets", ()))
        answer = answers.answer(query, ConnectionEngine(con))[call["kpi"]]
    return fields(query, answer)


def to_query(call: Mapping[str, Any], targets: Iterable[Mapping[str, Any]]) -> Query:
    """The call of an example as a `Query`."""
    period, by = call.get("period"), call.get("by")
    keys = [by] if isinstance(by, str) else list(by or ())
    grains = [key for key in keys if key.startswith("local_")]
    return Query(
        kpis=(call["kpi"],),
        period=Period(instant(period["start"]), instant(period["end"])) if period else None,
        as_of=instant(call["as_of"]) if call.get("as_of") else None,
        by=tuple(key for key in keys if key not in grains),
        grain=Grain(grains[0].removeprefix("local_")) if grains else None,
        filters=tuple(Filter(name, tuple(values)) for name, values in (call.get("filters") or {}).items()),
        params=frozen(call.get("params") or {}),
        targets=tuple(_target(row) for row in targets),
        timezone=call.get("timezone", "Europe/Paris"),
    )


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
