"""Memory that the server no longer uses, given back to the system.

Pages and team screens make and drop many small objects. glibc keeps their room for the process, in pieces between what
lives on, and a server that runs for weeks grows by it: in ten minutes of 200 screens the room in use stayed at 88 MB
while what was kept free went from 18 to 61 MB.
"""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

EVERY_S = 60


@asynccontextmanager
async def given_back(_app: object) -> AsyncIterator[None]:
    """Gives free memory back every minute as long as an application runs; nothing where the C library cannot."""
    trim = _trimmer()
    if trim is None:
        yield
        return
    task = asyncio.create_task(_every_minute(trim))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _every_minute(trim: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        await asyncio.to_thread(trim)


def _trimmer() -> Callable[[], object] | None:
    """malloc_trim(3) of glibc over all its arenas; None where there is none (macOS, Windows, musl)."""
    try:
        malloc_trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    return lambda: malloc_trim(0)
