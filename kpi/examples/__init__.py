"""Worked examples that ship with Vigie: a few rows, a question, its answer computed by hand, one file each.

A file is {example_id, kpi_id, call, tables, expected, tolerance, working, working_fr}: `working` says in words and
numbers how the rows give the answer, `working_fr` the same in French where a reader is shown it. Instants are UTC and
end in Z. Several examples of a KPI are named `kpi_id.what`; the one that a reader is shown has the KPI's own name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files as _inside
from importlib.resources.abc import Traversable
from typing import Any

Example = Mapping[str, Any]


def files() -> tuple[Traversable, ...]:
    """The files, by name."""
    found = (file for file in _inside(__name__).iterdir() if file.name.endswith(".json"))
    return tuple(sorted(found, key=lambda file: file.name))


@lru_cache(maxsize=16)
def load(name: str) -> Example:
    """An example by its file's name without `.json`. Shared: read it, never change it. `FileNotFoundError` else."""
    found: Example = json.loads((_inside(__name__) / f"{name}.json").read_text("utf-8"))
    return found
