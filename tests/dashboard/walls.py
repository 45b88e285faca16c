"""Small stores of one day of a centre, and a team screen or its editor opened on them at a minute of that day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import board_data, board_store, cache
from dashboard.cli import verify
from tests.dashboard.desk import HOSTILE, page_of

DAY = datetime(2026, 3, 3)
UNTIL = DAY + timedelta(hours=10)
"""11:00 in Paris."""
AGENTS = {"BIG": 6, "SMALL": 4}


def _call(number: int) -> dict[str, Any]:
    """A call every 3 minutes from 08:00 in Paris, one in ten abandoned; the agents in turn."""
    offered = DAY + timedelta(hours=7, minutes=3 * number)
    team = "SMALL" if number % 5 == 0 else "BIG"
    row: dict[str, Any] = {
        "interaction_id": f"I{number}", "channel": "phone", "direction": "inbound", "offered_at": offered.isoformat(),
        "ended_at": (offered + timedelta(seconds=90)).isoformat(), "team_id": team,
    }  # fmt: skip
    if number % 10 == 9:
        return row | {"outcome": "abandoned"}
    answered = offered + timedelta(seconds=10 + number % 25)
    agent = f"{team}-{number % AGENTS[team]}"
    return row | {"outcome": "answered", "answered_at": answered.isoformat(), "agent_id": agent}


def _survey(number: int, day: datetime = DAY) -> dict[str, Any]:
    sent = day + timedelta(hours=7, minutes=number)
    return {
        "survey_id": f"S{day:%d}{number}", "survey_type": "csat", "score": 5 if number % 4 else 2,
        "scale_min": 1, "scale_max": 5, "higher_is_better": True,
        "sent_at": sent.isoformat(), "responded_at": (sent + timedelta(minutes=5)).isoformat(),
    }  # fmt: skip


def ticket(number: int) -> dict[str, Any]:
    created = DAY + timedelta(hours=6, minutes=4 * number)
    row = {"ticket_id": f"T{number}", "created_at": created.isoformat(), "channel": "email", "status": "open"}
    if number % 2:
        return row
    return row | {"first_response_at": (created + timedelta(minutes=9)).isoformat()}


TEAMS = [{"team_id": "BIG", "name": HOSTILE}, {"team_id": "SMALL", "name": "Small"}]
CALLS = [_call(number) for number in range(60)]
KINDS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "calls": {"interactions": CALLS, "teams": TEAMS},
    "surveys": {"surveys": [_survey(number) for number in range(40)]},
    "tickets": {"tickets": [ticket(number) for number in range(40)]},
    "nothing": {},
}


def store(folder: Path, **tables: list[dict[str, Any]]) -> Path:
    path = folder / "store.duckdb"
    source = [{"import_id": "1", "source": "test", "loaded_at": UNTIL.isoformat(), "data_until": UNTIL.isoformat()}]
    with duckdb.connect(str(path)) as con:
        verify.load(con, {"imports": source, **tables} if tables else {}, "Europe/Paris")
    return path


@pytest.fixture(scope="module", params=KINDS)
def any_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store(tmp_path_factory.mktemp("kind"), **KINDS[request.param])


@pytest.fixture(scope="module", params=[kind for kind in KINDS if kind != "nothing"])
def imported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store(tmp_path_factory.mktemp("imported"), **KINDS[request.param])


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    surveys = [_survey(number, DAY - timedelta(days=2)) for number in range(40)]
    return store(tmp_path_factory.mktemp("calls"), interactions=CALLS, teams=TEAMS, surveys=surveys)


@pytest.fixture(autouse=True)
def clock() -> Iterator[list[datetime]]:
    """The wall clock, to be moved; caches are keyed by generation, and each store here is the first of its own."""
    kept = (cache._domains, board_data._screen, board_data._ask, board_data._memory, board_store._boards)
    for one in kept:
        one.clear()  # type: ignore[attr-defined]
    time = [UNTIL + timedelta(minutes=1)]
    with patch.object(board_data, "now", lambda: time[0]):
        yield time


def opened(path: Path, view: str = "wallboard", lang: str = "en", **address: str) -> AppTest:
    with patch.dict("os.environ", {"VIGIE_DB": str(path)}):
        app = page_of(view, lang, address=address).run()
    assert not app.exception
    return app


def again(app: AppTest, path: Path) -> AppTest:
    with patch.dict("os.environ", {"VIGIE_DB": str(path)}):
        app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    """The board itself."""
    return next(element.value for element in app.html if 'class="v-wall' in element.value).replace("\u00a0", " ")


def tiles(app: AppTest) -> dict[str, tuple[str, str]]:
    """Name of a tile -> its state and its value."""
    found = re.findall(r'w-tile w-(\w+)".*?<h2>(.*?)</h2><p class="w-value">(.*?)</p>', shown(app))
    return {name: (state, re.sub("<.*?>", "", value)) for state, name, value in found}


def beat(app: AppTest) -> float:
    return float(re.findall(r'data-at="([\d.]+)"', " ".join(element.value for element in app.html))[0])
