"""Starts Streamlit in this process on the dashboard. The database goes by the environment variable VIGIE_DB."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).parent


def serve(db: Path, port: int, *, address: str = "localhost") -> None:
    """Serves the dashboard of `db` until interrupted. Options live in `.streamlit/config.toml` beside this file."""
    os.environ["VIGIE_DB"] = str(db.resolve())

    from dashboard.asgi import app  # imports Streamlit: only once there is something to serve

    app.run(config={"server.port": port, "server.address": address})
