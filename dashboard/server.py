"""Starts Streamlit in this process on the dashboard. The database goes by the environment variable VIGIE_DB."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
_M_ARENA_MAX, _ARENAS = -8, 2
"""See mallopt(3)."""


def serve(db: Path, port: int, *, address: str = "localhost") -> None:
    """Serves the dashboard of `db` until interrupted. Options live in `.streamlit/config.toml`."""
    os.environ["VIGIE_DB"] = str(db.resolve())
    _share_memory()

    # Streamlit looks for config.toml and static/ beside sys.argv[0], which is the command `vigie`, not the app.
    sys.argv = [str(HERE / "app.py")]
    from dashboard.asgi import app  # imports Streamlit: only once there is something to serve

    app.run(config={"server.port": port, "server.address": address})


def _share_memory() -> None:
    """Each rerun of a page is a thread: with a memory pool each, as glibc gives them, what one frees none reuses."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
