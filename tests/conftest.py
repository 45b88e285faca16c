"""Demo stores, built once a session and shared by the workers of pytest-xdist."""

from __future__ import annotations

import fcntl
import os
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from data import sample, store

UNTIL = date(2026, 6, 30)
"""Last day of the demo centre in the tests: its rows are then the same every day."""


def _demo(factory: pytest.TempPathFactory, tickets: int) -> Path:
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    path = shared / f"demo-{tickets}.duckdb"
    with (shared / f"demo-{tickets}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            store.build(path, partial(sample.fill, tickets=tickets, until=UNTIL))
    return path


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two years of the demo centre: 60,000 tickets. Read only."""
    return _demo(tmp_path_factory, 60_000)


@pytest.fixture(scope="session")
def small_demo_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two years of a small demo centre: 2,000 tickets. Read only."""
    return _demo(tmp_path_factory, 2_000)
