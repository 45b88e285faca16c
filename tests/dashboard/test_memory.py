"""What the server no longer uses goes back to the system."""

from __future__ import annotations

import asyncio
import gc
import platform
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard import memory

_HOLES = """
from pathlib import Path
from dashboard.memory import trimmer

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

held = [bytes(2_000) for _ in range(50_000)]
held = held[::500]  # what lives on holds the heap together
before = resident_mb()
trimmer()()
print(before - resident_mb())
"""


@pytest.fixture
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def _apart(life: Coroutine[None, None, None]) -> None:
    """In a thread of its own: this one may have the loop of a browser test before it."""
    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, life).result()


def _lives_through(moments: int) -> None:
    """An application that starts, lives for some moments and stops."""

    async def life() -> None:
        async with memory.sparing(None):
            for _moment in range(moments):
                await asyncio.sleep(0.01)

    _apart(life())


def test_the_room_between_what_lives_on_is_given_back_where_the_c_library_can() -> None:
    # Said by the platform and not by the code that is tested: were it to find nothing on glibc, this must fail.
    assert (memory.trimmer() is not None) == (platform.libc_ver()[0] == "glibc")
    if platform.libc_ver()[0] == "glibc":
        found = subprocess.run([sys.executable, "-c", _HOLES], capture_output=True, text=True, check=True)
        assert float(found.stdout) > 40  # of the 95 MB that were dropped


@pytest.mark.usefixtures("_thawed")
def test_a_server_gives_back_again_and_again_until_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(memory, "EVERY_S", 0.001)
    monkeypatch.setattr(memory, "trimmer", lambda: lambda: given.append(1))
    _lives_through(20)
    assert len(given) > 3
    before = len(given)
    _apart(asyncio.sleep(0.05))
    assert len(given) == before


@pytest.mark.usefixtures("_thawed")
def test_a_server_lives_where_nothing_can_be_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "trimmer", lambda: None)
    _lives_through(2)
    assert gc.get_freeze_count() > 0
