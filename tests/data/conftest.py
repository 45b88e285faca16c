"""A store in memory for the files of a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.data.desk import Desk, connection


@pytest.fixture(scope="session")
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    with connection() as con:
        yield con


@pytest.fixture
def desk(tables: duckdb.DuckDBPyConnection, tmp_path: Path) -> Desk:
    return Desk(tables, tmp_path)
