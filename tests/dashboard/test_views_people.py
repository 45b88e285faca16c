"""Satisfaction and Agents on small real stores: what they show, and above all what they keep to themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data.importing import import_paths
from data.settings import open_settings
from kpi.comments import comments
from kpi.engines import DuckDBEngine
from kpi.errors import UnknownDimension
from kpi.model import Filter, Period, Query
from tests.dashboard import desk
from tests.dashboard.desk import at, said, write

FIRST = datetime(2026, 3, 2, 8)
TEAMS = {"FRONT": {"A1": 60, "A2": 60, "A3": 60, "A4": 60, "A5": 60, "A6": 12}, "BACK": {"B1": 60, "B2": 60, "B3": 60}}
"""Team -> agent -> tickets. A6 has fewer than 30; BACK has fewer than five agents."""
LANGUAGES = ("en", "fr")
Address = dict[str, Any]


def _tickets(folder: Path) -> Path:
    rows = []
    for team, agents in TEAMS.items():
        for agent, count in agents.items():
            for i in range(count):
                day = FIRST + timedelta(hours=i * 8)
                rows.append(
                    {
                        "ticket_id": f"{agent}-{i}", "created_at": at(day), "channel": "email", "status": "solved",
                        "priority": "normal", "initiated_by": "customer", "customer_id": f"C-{agent}-{i}",
                        "request_type": "<b>refund</b>", "team_id": team, "agent_id": agent,
                        "first_response_at": at(day + timedelta(minutes=30 + i)),
                        "resolved_at": at(day + timedelta(hours=2 + i % 5)),
                    }
                )  # fmt: skip
    return write(folder / "tickets.csv", rows)


def _surveys(folder: Path) -> Path:
    rows = []
    for channel, scores in {"email": [10, 9, 8, 3] * 10, "chat": [10] * 12, "post": [0, 1, 2]}.items():
        for i, score in enumerate(scores):
            sent = FIRST + timedelta(days=i)
            rows.append(
                {
                    "survey_id": f"{channel}-{i}", "survey_type": "nps", "sent_at": at(sent),
                    "responded_at": at(sent + timedelta(hours=5)), "score": score, "scale_min": 0, "scale_max": 10,
                    "higher_is_better": "true",
                    "channel": channel, "agent_id": "A1", "comment": "<script>alert(1)</script>" if i % 2 else "",
                }
            )  # fmt: skip
    return write(folder / "surveys.csv", rows)


def _people(folder: Path) -> list[Path]:
    agents = [
        {"agent_id": agent, "team_id": team, "display_name": f"Camille {agent}"}
        for team, members in TEAMS.items()
        for agent in members
    ]
    teams = [{"team_id": team, "name": f"Team {team}"} for team in TEAMS]
    return [write(folder / "agents.csv", agents), write(folder / "teams.csv", teams)]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> store: everything, tickets alone, surveys alone."""
    folder = tmp_path_factory.mktemp("people")
    tickets, surveys, people = _tickets(folder), _surveys(folder), _people(folder)
    made = {"all": [tickets, surveys, *people], "tickets": [tickets], "surveys": [surveys]}
    for name, paths in made.items():
        import_paths(folder / f"{name}.duckdb", paths, keep_names=True)
    return {name: folder / f"{name}.duckdb" for name in made}


@pytest.fixture(params=LANGUAGES)
def lang(request: pytest.FixtureRequest) -> Iterator[str]:
    return request.param


def opened(
    monkeypatch: pytest.MonkeyPatch,
    store: Path,
    view: str,
    lang: str = "en",
    custom: Any = None,
    filters: Any = (),
    table: str = "",
    address: Address | None = None,
) -> AppTest:
    """The view at an address, with the table under the chart `table` open."""
    state = {f"open-{table}": True} if table else {}
    return desk.opened(monkeypatch, store, view, lang, custom, filters, state=state, address=address)


def chosen(app: AppTest, name: str, value: Any, lang: str = "en") -> AppTest:
    box = app.selectbox(key=f"{name}-{lang}")
    box.set_value(value).run()
    assert not app.exception
    return app


def front(app: AppTest, lang: str = "en") -> AppTest:
    """The agents of the team that has enough of them."""
    return chosen(app, "agents_team", ("FRONT",), lang)


def table(app: AppTest) -> dict[str, dict[str, str]]:
    """Agent -> its row in the comparison."""
    app.session_state["open-agents-funnel-fcr_rate"] = True  # Nobody stands apart: the list waits behind "Data".
    app.run()
    frame = next(one.value for one in app.dataframe if "n" in one.value and one.value.columns[0] in ("Agent", "Team"))
    return {row.iloc[0]: dict(row) for _, row in frame.iterrows()}


# Both pages, everywhere


@pytest.mark.parametrize("view", ["satisfaction", "agents"])
@pytest.mark.parametrize("store", ["all", "tickets", "surveys"])
def test_a_page_renders_whatever_the_store_holds(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], view: str, store: str, lang: str
) -> None:
    app = opened(monkeypatch, stores[store], view, lang)
    assert "v-header" in said(app)
    assert "could not be drawn" not in said(app)


@pytest.mark.parametrize("view", ["satisfaction", "agents"])
def test_an_empty_selection_says_so_and_offers_to_widen(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], view: str, lang: str
) -> None:
    day = datetime(2025, 1, 6).date()
    app = opened(monkeypatch, stores["all"], view, lang, custom=(day, day), filters=[("channel", ("chat",))])
    assert "v-empty" in said(app)
    assert {button.key for button in app.button} >= {"widen-filters", "widen-period"}


def test_a_missing_table_names_the_export(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    assert "survey answers" in said(opened(monkeypatch, stores["tickets"], "satisfaction"))


# Satisfaction


def test_the_sentence_is_that_of_the_card(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    text = said(opened(monkeypatch, stores["surveys"], "satisfaction"))
    assert re.search(r"NPS <b>\+35</b> on <b>55 answers</b>", text)
    assert '<p class="v-value">+35</p>' in text


def test_a_group_below_five_answers_is_hidden_with_the_next_smallest(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    app = opened(monkeypatch, stores["surveys"], "satisfaction", table="nps-by")
    rows = {row.iloc[0]: row for row in next(t.value for t in app.dataframe if "Promoters" in t.value).iloc}
    for hidden in ("Post", "Chat"):
        assert set(rows[hidden].iloc[1:]) == {"–"}
    assert rows["E-mail"]["n"] == "40"
    assert "Chat, Post." in said(app)


def test_comments_are_literal_and_nameless(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    text = said(opened(monkeypatch, stores["surveys"], "satisfaction"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>" not in text
    assert "A1" not in text.split('class="v-comments"')[1]


def test_comments_are_never_read_by_agent(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    text = said(opened(monkeypatch, stores["all"], "satisfaction", filters=[("agent_id", ("A1",))]))
    assert 'class="v-comments"' not in text
    assert "never read by agent" in text


# Agents


def test_it_opens_on_teams(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str) -> None:
    app = opened(monkeypatch, stores["all"], "agents", lang)
    frame = next(one.value for one in app.dataframe)
    assert list(frame.iloc[:, 0]) == ["Team BACK", "Team FRONT"]
    assert not re.search(r"\b[AB][1-6]\b", said(app))


def test_agents_are_alphabetical_without_rank(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str
) -> None:
    app = front(opened(monkeypatch, stores["all"], "agents", lang), lang)
    assert not app.dataframe  # Nobody stands apart: no list is shown.
    table(app)
    frame = app.dataframe[0].value
    assert list(frame.iloc[:, 0]) == ["A1", "A2", "A3", "A4", "A5", "A6"]
    assert not {"#", "rank", "rang"} & {str(name).lower() for name in frame.columns}


def test_below_thirty_cases_nothing_is_said(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = front(opened(monkeypatch, stores["all"], "agents"))
    rows = table(app)
    assert "n = 12" not in said(app)
    assert (rows["A6"]["n"], rows["A6"]["Value"], rows["A6"]["95% interval"]) == ("–", "–", "–")
    assert rows["A6"]["Beside the team"] == "fewer than 30 cases"
    assert rows["A2"]["n"] == "60"


def test_the_only_hidden_agent_is_shielded(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    rows = table(front(opened(monkeypatch, stores["all"], "agents")))
    assert [row["Value"] for row in rows.values()].count("–") == 2
    assert "hidden to protect another" in {row["Beside the team"] for row in rows.values()}


def test_fewer_than_five_peers_close_the_team(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = chosen(opened(monkeypatch, stores["all"], "agents"), "agents_team", ("BACK",))
    rows = table(app)
    assert {row["Value"] for row in rows.values()} == {"–"}
    assert {row["Beside the team"] for row in rows.values()} == {"fewer than five comparable agents"}
    app = chosen(app, "agents_agent", ("B1",))
    assert "page is closed" in said(app)


def test_one_agent_beside_the_team(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str) -> None:
    app = chosen(front(opened(monkeypatch, stores["all"], "agents", lang), lang), "agents_agent", ("A2",), lang)
    text = said(app)
    assert "n = 60" in text
    assert "not distinguishable" in text or "sans différence établie" in text


def test_a_link_to_an_agent_opens_that_agent(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str
) -> None:
    link = {"of_team": "FRONT", "of_agent": "A2"}
    app = opened(monkeypatch, stores["all"], "agents", lang, address=link)
    assert app.selectbox(key=f"agents_agent-{lang}").value == ("A2",)
    assert {name: app.query_params[name] for name in link} == link
    app = chosen(app, "agents_agent", (), lang)
    assert "of_agent" not in app.query_params
    assert app.query_params["of_team"] == "FRONT"


def test_the_choices_of_the_page_are_in_its_address(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = opened(monkeypatch, stores["all"], "agents")
    assert not {"of_team", "of_agent", "kpi"} & set(app.query_params)
    app = chosen(chosen(app, "agents_kpi", "frt_median"), "agents_team", ("FRONT",))
    assert {name: app.query_params[name] for name in ("of_team", "kpi")} == {"of_team": "FRONT", "kpi": "frt_median"}
    assert "of_team" not in chosen(app, "agents_team", ()).query_params


def test_a_stale_link_to_an_agent_is_ignored_and_named(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    app = opened(monkeypatch, stores["all"], "agents", address={"of_team": "<script>", "kpi": "nonsense"})
    assert "out of date and was ignored: kpi, of_team." in said(app)
    assert "of_team" not in app.query_params


def test_a_centre_without_tickets_reads_which_export_compares_its_agents(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    assert "It is made from: <b>tickets" in said(opened(monkeypatch, stores["surveys"], "agents"))


def test_names_stay_away_until_they_are_switched_on(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = front(opened(monkeypatch, stores["all"], "agents"))
    assert "Camille" not in said(app)
    settings = open_settings(stores["all"])
    settings.set_preference("show_names", "true")
    try:
        assert "Camille A1" in said(front(opened(monkeypatch, stores["all"], "agents")))
    finally:
        settings.set_preference("show_names", "false")


def test_without_individual_view_there_are_only_teams(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str
) -> None:
    settings = open_settings(stores["all"])
    settings.set_preference("individual_view", "false")
    try:
        app = opened(monkeypatch, stores["all"], "agents", lang)
    finally:
        settings.set_preference("individual_view", "true")
    assert "switched off" in said(app) or "désactivés" in said(app)
    assert {box.key for box in app.selectbox} == {f"agents_kpi-{lang}"}
    assert not re.search(r"\b[AB][1-6]\b", said(app))


def test_the_agent_filter_is_set_aside_and_said(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = front(opened(monkeypatch, stores["all"], "agents", filters=[("agent_id", ("A1",))]))
    assert "set aside" in said(app)
    assert len(table(app)) == 6


def test_the_engine_itself_refuses_comments_by_agent(stores: dict[str, Path]) -> None:
    period = Period(datetime(2026, 1, 1), datetime(2027, 1, 1))
    engine = DuckDBEngine(stores["surveys"])
    found = comments(Query(("nps",), period), "nps", engine, nps_class="detractor")
    assert set(found["nps_class"]) == {"detractor"}
    assert not {"agent_id", "customer_id", "ticket_id"} & set(found.columns)
    with pytest.raises(UnknownDimension):
        comments(Query(("nps",), period, filters=(Filter("agent_id", ("A1",)),)), "nps", engine)
