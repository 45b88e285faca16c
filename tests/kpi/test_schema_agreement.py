"""The kpi room names the store's tables again, without importing them: both must say the same."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from data import schema, store
from kpi import engines
from kpi.datasets import DATASETS, FOREVER, Dataset

FILLED = {"threshold_of", "as_of", "instant"}
datasets = pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda dataset: dataset.name)


def columns(sql: str) -> set[str]:
    """Columns that a fragment reads, those of the joined teams left out."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    return {column.name for column in tree.find_all(exp.Column) if column.table != "team"} - FILLED


def table(dataset: Dataset) -> schema.Table:
    return schema.TABLES[dataset.table]


@datasets
def test_every_column_read_exists_in_the_store(dataset: Dataset) -> None:
    read = set(dataset.id) | set(dataset.moving) | set(dataset.known_at) | columns(dataset.base)
    for time in dataset.times.values():
        read |= columns(time.at) | columns(time.on) | (columns(time.hour) if time.hour else set())
    for expression in dataset.dimensions.values():
        read |= columns(expression)
    assert read <= set(table(dataset).column_names)


@datasets
def test_what_the_store_knows_later_the_datasets_hide_until_then(dataset: Dataset) -> None:
    dated = {column.name: column.known_at for column in table(dataset).columns if column.known_at is not None}
    assert dict(dataset.known_at) == dated


@datasets
def test_a_row_is_born_when_the_store_says(dataset: Dataset) -> None:
    if dataset.name == "imports":  # what an import covers counts, not when it was loaded
        assert dataset.born_at is None
    else:
        assert dataset.born_at == table(dataset).born_at


@datasets
def test_teams_have_what_is_read_through_them(dataset: Dataset) -> None:
    named = {
        column.name
        for expression in dataset.dimensions.values()
        for column in sqlglot.parse_one(expression, read="duckdb").find_all(exp.Column)
        if column.table == "team"
    }
    assert named <= set(schema.TABLES["teams"].column_names)


def test_an_interval_that_has_not_ended_ends_at_the_same_instant() -> None:
    assert FOREVER == schema.FOREVER


def test_the_engines_read_the_version_that_the_store_writes() -> None:
    assert engines.SCHEMA_VERSION == store.SCHEMA_VERSION


def test_the_engines_know_every_canonical_table() -> None:
    assert set(engines._TABLES) == {one.name for one in schema.CANONICAL}


def test_what_the_engines_read_of_a_store_exists() -> None:
    for name, at in engines._STARTS:
        assert at in schema.TABLES[name].column_names
    for dimension, names in engines._VALUES.items():
        for name in names:
            assert dimension in schema.TABLES[name].column_names
