"""The panel of what comes next: closed it costs nothing, open it says the same as kpi/, in both languages."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.importing import import_paths
from tests.dashboard import desk
from tests.dashboard.desk import at, said, write

FIRST = datetime(2026, 1, 5, 8)
LANGUAGES = ("en", "fr")


def _store(folder: Path, days: int) -> Path:
    """Eight requests a working day, four a Saturday; the last twenty are open."""
    rows = []
    for day in range(days):
        for i in range((8, 8, 8, 8, 8, 4, 0)[day % 7]):
            created = FIRST + timedelta(days=day, minutes=7 * i)
            row: dict[str, object] = {
                "ticket_id": f"T{day}-{i}", "created_at": at(created), "channel": ("email", "chat")[i % 2],
                "priority": "normal", "initiated_by": "customer", "customer_id": f"C{day}-{i}", "status": "open",
            }  # fmt: skip
            if day < days - 3:
                row |= {"resolved_at": at(created + timedelta(hours=3)), "status": "solved"}
            rows.append(row)
    import_paths(folder / "store.duckdb", [write(folder / "tickets.csv", rows)])
    return folder / "store.duckdb"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _store(tmp_path_factory.mktemp("ahead"), 90)


def opened(monkeypatch: pytest.MonkeyPatch, store: Path, lang: str, what: str = "", **state: object) -> AppTest:
    asked = {"ahead": True} | ({"ahead-what": what} if what else {}) | state
    return desk.opened(monkeypatch, store, "backlog", lang, preset="last_30", state=asked)


def test_closed_it_computes_nothing(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    from dashboard import cache

    monkeypatch.setattr(cache, "volumes", lambda *_: pytest.fail("computed"))
    monkeypatch.setattr(cache, "outlook", lambda *_: pytest.fail("computed"))
    app = desk.opened(monkeypatch, store, "backlog", preset="last_30")
    assert "could not be drawn" not in said(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_volumes_are_said_with_their_accuracy(monkeypatch: pytest.MonkeyPatch, store: Path, lang: str) -> None:
    text = said(opened(monkeypatch, store, lang, "tickets_created"))
    assert "MASE" in text
    assert ("All channels: 44 expected" if lang == "en" else "Tous les canaux\u00a0: 44 attendus") in text.replace(
        " :", "\u00a0:"
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_backlog_is_said_at_the_capacity_that_is_chosen(
    monkeypatch: pytest.MonkeyPatch, store: Path, lang: str
) -> None:
    app = opened(monkeypatch, store, lang, "ticket_backlog")
    assert ("At the pace of the last four weeks, the backlog goes from" if lang == "en" else "Au rythme des") in said(
        app
    )
    app.slider(key="ahead-capacity").set_value(20).run()
    assert not app.exception
    assert "+20" in said(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_short_history_is_said_to_be_too_short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lang: str) -> None:
    text = said(opened(monkeypatch, _store(tmp_path, 40), lang, "tickets_created"))
    assert ("eight whole weeks" if lang == "en" else "huit semaines entières") in text
