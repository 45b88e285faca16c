"""What somebody reads who imports from a terminal."""

import subprocess
import sys
from pathlib import Path


def test_an_import_from_a_terminal_says_what_looks_odd_and_nothing_of_how_it_was_built(tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text(
        "ticket_id,created_at,channel,status,agent_id\n1,2026-03-02T08:30:00Z,email,open,X2\n"
    )
    (tmp_path / "agents.csv").write_text("agent_id\nX1\n")
    files = [str(tmp_path / f"{name}.csv") for name in ("agents", "tickets")]
    command = [sys.executable, "-c", "from dashboard.cli import app; app()", "import", *files]
    done = subprocess.run([*command, "--db", str(tmp_path / "v.duckdb")], capture_output=True, text=True, check=False)
    assert "To check: tickets, 1 row: Agent (agent_id) names something that no import has brought (1)" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")
