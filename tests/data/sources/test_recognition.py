"""Whose a file is."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.schema import CANONICAL, Table
from data.sources.known import shape_of
from data.sources.looking import look


@pytest.mark.parametrize("table", CANONICAL, ids=lambda table: table.name)
def test_the_schema_s_own_columns_are_never_taken_for_a_system_s(tmp_path: Path, table: Table) -> None:
    file = tmp_path / "export.csv"
    for columns in (table.column_names, [column.name for column in table.columns if column.required]):
        file.write_text(",".join(columns) + "\n" + ",".join("1" for _ in columns) + "\n")
        assert shape_of(look(file)) is None
