"""The page of agents on the same mix: who stands apart is named once, equals are not listed, the pair is explained."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.importing import import_paths
from tests.dashboard import desk
from tests.dashboard.desk import at, html_of, said, write

FIRST = datetime(2026, 3, 2, 8)
LANGUAGES = ("en", "fr")
HARD = {"A1": 0.15, "A2": 0.85}
"""Share of hard requests; half for the others. A6 is slow at all of them."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six agents of a team: easy requests are solved in one contact nine times in ten, hard ones four in ten."""
    folder = tmp_path_factory.mktemp("fair")
    rows = []
    for agent in (f"A{i}" for i in range(1, 7)):
        easy, hard = 0, 0
        for i in range(160):
            is_hard = i % 20 < 20 * HARD.get(agent, 0.5)
            easy, hard = easy + (not is_hard), hard + is_hard
            solved_once = hard % 10 < 4 if is_hard else easy % 10 < 9
            created = FIRST + timedelta(hours=9 * i)
            rows.append(
                {
                    "ticket_id": f"{agent}-{i}", "created_at": at(created), "channel": "email", "status": "solved",
                    "priority": "normal", "initiated_by": "customer", "customer_id": f"C-{agent}-{i}",
                    "request_type": "<b>hard</b>" if is_hard else "easy", "team_id": "FRONT", "agent_id": agent,
                    "first_response_at": at(created + timedelta(minutes=30 + i % 9)),
                    "resolved_at": at(created + timedelta(hours=(1, 4, 16)[i % 3] * (2 if agent == "A6" else 1))),
                    "contact_count": 1 if solved_once else 2,
                }
            )  # fmt: skip
    teams = [{"team_id": "FRONT", "name": "Front", "site": "Lille"}, {"team_id": "BACK", "name": "B", "site": "Lyon"}]
    import_paths(folder / "store.duckdb", [write(folder / "tickets.csv", rows), write(folder / "teams.csv", teams)])
    return folder / "store.duckdb"


def opened(monkeypatch: pytest.MonkeyPatch, store: Path, lang: str, kpi_id: str, **address: str) -> AppTest:
    return desk.opened(monkeypatch, store, "agents", lang, preset="all", address={"kpi": kpi_id, **address})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_two_equals_with_different_requests_are_shown_to_be_alike(
    monkeypatch: pytest.MonkeyPatch, store: Path, lang: str
) -> None:
    app = opened(monkeypatch, store, lang, "fcr_rate", of_team="FRONT")
    text = said(app)
    assert ("nobody can be told apart" if lang == "en" else "personne ne se distingue") in text
    assert not app.dataframe
    assert 'class="v-pair"' in html_of(app)
    assert all(name in text for name in ("A1", "A2")) and "A4" not in html_of(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_slow_one_stands_apart_with_what_to_do_about_it(
    monkeypatch: pytest.MonkeyPatch, store: Path, lang: str
) -> None:
    app = opened(monkeypatch, store, lang, "resolution_time_median", of_team="FRONT")
    text = said(app)
    assert ("<b>1 of 6 agents</b> stands apart" if lang == "en" else "<b>1 agent sur 6</b> se distingue") in text
    assert ("What to do" if lang == "en" else "Que faire") in text
    rows = {row.iloc[0]: list(row) for _, row in app.dataframe[0].value.iterrows()}
    apart = {name for name, row in rows.items() if row[-1] in ("above", "au-dessus")}
    assert apart == {"A6"}
    assert "×" in rows["A6"][-2]
    assert len(app.get("plotly_chart")) == 2


def test_requests_named_by_the_data_are_literal(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    app = opened(monkeypatch, store, "en", "resolution_time_median", of_team="FRONT")
    assert "<b>hard</b>" not in html_of(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_agent_has_the_verdict_of_the_list(monkeypatch: pytest.MonkeyPatch, store: Path, lang: str) -> None:
    app = opened(monkeypatch, store, lang, "resolution_time_median", of_team="FRONT", of_agent="A6")
    assert ("apart from the team on: Resolution, median" if lang == "en" else "Résolution, médiane") in said(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sites_are_compared_when_asked(monkeypatch: pytest.MonkeyPatch, small_demo_store: Path, lang: str) -> None:
    app = opened(monkeypatch, small_demo_store, lang, "fcr_rate", level="site")
    assert app.selectbox(key=f"agents_level-{lang}").value == "site"
    assert "could not be drawn" not in said(app)


def test_a_team_alone_is_not_compared_with_itself_but_opened(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    assert "nobody can be told apart" in said(opened(monkeypatch, store, "en", "fcr_rate"))
