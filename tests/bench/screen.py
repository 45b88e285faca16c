"""Rows a second of import against DuckDB's typed read."""

from collections.abc import Sequence


def run(sizes: Sequence[int]) -> None:
    raise NotImplementedError
