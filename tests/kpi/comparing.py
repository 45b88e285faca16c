"""The kpi room beside the oracle: the same question to both, and what differs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from data import schema
from kpi.answer import answer
from kpi.model import Filter, Grain, Period, Query, Target
from tests.kpi.oracle import Fields, Keys, Question, World, ask

CLASSES = {
    "nps_distribution": ("promoter", "passive", "detractor"),
    "backlog_age_distribution": ("0-1d", "1-3d", "3-7d", "7-14d", "14-30d", "30d+"),
}
COUNTS = ("n", "numerator", "denominator", "n_missing", "n_invalid", "n_open", "n_paused", "n_achieved_not_due")
COUNTS += ("promoters", "passives", "detractors", "n_events", "n_escalated", "n_failed", "n_assisted")
COUNTS += ("current", "previous")


def raw_tables(connection: Any) -> dict[str, pd.DataFrame]:
    """The canonical tables, and nothing derived from them."""
    return {table.name: connection.execute(f'FROM "{table.name}"').df() for table in schema.CANONICAL}


def targets_of(tables: Mapping[str, pd.DataFrame]) -> tuple[dict[str, Any], ...]:
    """Rows of table `targets` as plain values."""
    rows = []
    for row in tables["targets"].astype(object).to_dict("records"):
        plain = {name: None if pd.isna(value) else value for name, value in row.items()}
        for name in ("valid_from", "valid_to"):
            plain[name] = pd.Timestamp(plain[name]).date() if plain[name] is not None else None
        rows.append({name: value for name, value in plain.items() if not name.startswith("_")})
    return tuple(rows)


def query(question: Question, zone: str = "Europe/Paris") -> Query:
    return Query(
        kpis=(question.kpi,),
        period=Period(*question.period) if question.period else None,
        as_of=question.as_of,
        by=question.by,
        grain=Grain(question.grain) if question.grain else None,
        filters=tuple(Filter(name, tuple(values)) for name, values in question.filters.items()),
        params=tuple(question.params.items()),
        targets=tuple(Target(**row) for row in question.targets),
        timezone=zone,
    )


def differences(world: World, engine: Any, question: Question) -> list[str]:
    """What the kpi room answers otherwise than the oracle."""
    expected = _spread(question.kpi, ask(world, question), bool(question.by or question.grain))
    found = answered(engine, question, world.zone)
    return list(_differences(expected, found))


def _spread(kpi: str, answers: dict[Keys, Fields], split: bool) -> dict[Keys, Fields]:
    """Distributions have a row for each class; those of the total are shown when nothing else splits it."""
    if kpi not in CLASSES:
        return answers
    spread: dict[Keys, Fields] = {}
    for keys, fields in answers.items():
        if not keys:
            spread[()] = {name: value for name, value in fields.items() if name not in ("classes", "value")}
            if split:
                continue
        for name in CLASSES[kpi]:
            size = fields["classes"][name]
            value = size if kpi != "nps_distribution" else size / fields["n"] if fields["n"] else None
            spread[(*keys, name)] = {"value": value, "n": size}
    return spread


def answered(engine: Any, question: Question, zone: str = "Europe/Paris") -> dict[Keys, Fields]:
    """The figures of the kpi room, the total under ()."""
    found = answer(query(question, zone), engine)[question.kpi]
    rows = {figure.keys: figure.as_dict() for figure in found.rows}
    assert len(rows) == len(found.rows), "two rows have the same keys"
    return {(): found.total.as_dict(), **rows}


def _differences(expected: dict[Keys, Fields], found: dict[Keys, Fields]) -> Iterable[str]:
    for keys in [*expected, *(keys for keys in found if keys not in expected)]:
        one, other = expected.get(keys), found.get(keys)
        if one is None:
            assert other is not None
            one = {name: None if name in ("value", "sum") else 0 for name in other if name in (*COUNTS, "value")}
        if other is None:
            other = dict.fromkeys(COUNTS, 0)
        for name, value in one.items():
            if not same(name, value, other.get(name)):
                yield f"{keys} {name}: {value} expected, {other.get(name)} found"


def same(name: str, expected: Any, found: Any) -> bool:
    """Counts exactly, the rest (numerators in euros too) to 1e-9; no data is no value or 0."""
    if not expected or not found:
        return not expected and not found
    if isinstance(expected, str) or isinstance(found, str):
        return bool(expected == found)
    if isinstance(expected, float) and not expected.is_integer():
        return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-9)
    if name in COUNTS and float(expected).is_integer():
        return bool(expected == found)
    return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-9)
