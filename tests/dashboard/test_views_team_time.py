"""Team time and costs on small real stores: never one person's, never part of a month's costs."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dashboard.periods import Span
from data.importing import import_paths
from kpi.answer import answer
from kpi.engines import DuckDBEngine
from kpi.model import Grain, Query
from tests.dashboard.desk import agent_time, at, calls, costs, html_of, opened, said, teams, write

LANGUAGES = ("en", "fr")
STORES = ("all", "time", "calls", "costs")


def _five_and_two() -> list[dict[str, object]]:
    """The days of eight agents: six of team T0, two of team T1."""
    rows = agent_time()
    for row in rows:
        row["team_id"] = "T0"
    return rows + [row | {"agent_id": f"B{row['agent_id']}", "team_id": "T1"} for row in rows if row["agent_id"] < "A2"]  # type: ignore[operator]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> store: everything; agent time alone; calls alone; costs with calls."""
    folder = tmp_path_factory.mktemp("time")
    came = write(folder / "interactions.csv", calls())
    worked = write(folder / "agent_time.csv", _five_and_two())
    spent, named = write(folder / "costs.csv", costs()), write(folder / "teams.csv", teams())
    made = {"all": [came, worked, spent, named], "time": [worked], "calls": [came], "costs": [came, spent]}
    for name, paths in made.items():
        import_paths(folder / f"{name}.duckdb", paths)
    return {name: folder / f"{name}.duckdb" for name in STORES}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("preset", ["all", "last_90", "today"])
@pytest.mark.parametrize("store", STORES)
def test_the_page_is_drawn_whatever_the_store_holds(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], store: str, preset: str, lang: str
) -> None:
    text = said(opened(monkeypatch, stores[store], "team_time", lang, preset=preset))
    assert {"en": "Team time and costs", "fr": "Temps et coûts"}[lang] in text
    assert "could not be drawn" not in text


@pytest.mark.parametrize("day", [date(2020, 1, 6), date(2190, 1, 4)], ids=["before the data", "to come"])
def test_an_empty_period_says_so(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], day: date) -> None:
    assert "v-empty" in html_of(opened(monkeypatch, stores["time"], "team_time", custom=(day, day)))


def test_a_store_without_agent_time_names_the_export(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    survey = [{"survey_id": "S", "survey_type": "nps", "sent_at": at(datetime(2026, 1, 5))}]
    survey[0] |= {"scale_min": "0", "scale_max": "10", "higher_is_better": "true"}
    import_paths(tmp_path / "v.duckdb", [write(tmp_path / "surveys.csv", survey)])
    assert "<b>agent time</b>" in html_of(opened(monkeypatch, tmp_path / "v.duckdb", "team_time"))


def test_one_agent_is_never_shown(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = opened(monkeypatch, stores["all"], "team_time", filters=[("agent_id", ("A1",))])
    assert "v-card" not in html_of(app)
    assert "never about one person" in html_of(app)
    assert "widen-filters" in {button.key for button in app.button}


def test_a_team_of_two_is_never_shown(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = opened(monkeypatch, stores["all"], "team_time", filters=[("team_id", ("T1",))], preset="all")
    assert "v-card" not in html_of(app)
    assert "Too few agents" in html_of(app)


@pytest.mark.parametrize("kpi_id", ["occupancy_rate", "absenteeism_rate", "contacts_per_agent_day"])
def test_a_team_of_two_is_left_out_of_the_bars(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], kpi_id: str
) -> None:
    app = opened(monkeypatch, stores["all"], "team_time", preset="all", state={"time-kpi": kpi_id})
    drawn = " ".join(chart.proto.spec for chart in app.get("plotly_chart"))
    assert "Team 0" in drawn
    assert "Team 1" not in drawn
    assert "fewer than five agents" in html_of(app)


def test_costs_are_those_of_the_last_whole_month(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    page = opened(monkeypatch, stores["costs"], "team_time", custom=(date(2026, 2, 3), date(2026, 3, 3)))
    engine = DuckDBEngine(stores["costs"])
    period = Span(date(2026, 2, 1), date(2026, 2, 28)).instants(ZoneInfo(engine.timezone()))
    total = answer(Query(("cost_per_contact",), period, timezone=engine.timezone()), engine)["cost_per_contact"].total
    assert total.value == pytest.approx(6000 / (28 * 12))
    assert "these are of Feb 2026" in html_of(page)
    found = re.search(r"a contact cost <b>(.*?)</b>", html_of(page))
    assert found is not None
    assert found[1] == f"€{total.value:.2f}"


def test_absence_is_never_read_by_day(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = opened(monkeypatch, stores["all"], "team_time", state={"time-kpi": "absenteeism_rate"})
    assert "never by day" in html_of(app)


def test_a_day_on_which_no_sale_is_known_counts_none(tmp_path: Path) -> None:
    unknown = [row | {"converted": ""} if row["offered_at"] < "2026-01-08" else row for row in calls(90)]  # type: ignore[operator]
    import_paths(tmp_path / "v.duckdb", [write(tmp_path / "interactions.csv", unknown)])
    engine = DuckDBEngine(tmp_path / "v.duckdb")
    period = Span(date(2026, 1, 5), date(2026, 4, 4)).instants(ZoneInfo(engine.timezone()))
    asked = ("call_conversion_rate", "call_conversions")
    found = answer(Query(asked, period, grain=Grain.DAY, timezone=engine.timezone()), engine)["call_conversions"]
    assert [figure.value for figure in found.rows[:-1]] == [0, 0, 0, *[6] * 86], "the last call ends with the data"
    assert found.total.value == sum(figure.value or 0 for figure in found.rows)
