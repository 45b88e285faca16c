"""Starts Streamlit in this process on the dashboard. The database goes by the environment variable VIGIE_DB."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent


def serve(db: Path, port: int, *, address: str = "localhost") -> None:
    """Serves the dashboard of `db` until interrupted. Options live in `.streamlit/config.toml`."""
    os.environ["VIGIE_DB"] = str(db.resolve())

    # Streamlit looks for config.toml and static/ beside sys.argv[0], which is the command `vigie`, not the app.
    sys.argv = [str(HERE / "app.py")]
    from dashboard.asgi import app  # imports Streamlit: only once there is something to serve

    app.run(config={"server.port": port, "server.address": address})
