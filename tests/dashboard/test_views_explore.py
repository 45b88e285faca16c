"""Explore: what it asks is what the engine answers, what it cannot ask it does not offer, and the address holds it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import charts, exploring
from dashboard.exploring import Form, View
from dashboard.theme import LIGHT
from data.importing import import_paths
from data.settings import open_settings
from kpi import answer, catalog
from kpi.engines import DuckDBEngine
from kpi.model import Figure, Grain, Period, Query, Status, Unit
from tests.dashboard import desk
from tests.dashboard.desk import at, told, write

FIRST = datetime(2026, 3, 2, 8)
LANGUAGES = ("en", "fr")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> store: tickets by channel and reason, surveys alone."""
    folder = tmp_path_factory.mktemp("explore")
    tickets: list[dict[str, object]] = [
        {
            "ticket_id": f"T{i}", "created_at": at(FIRST + timedelta(hours=3 * i)), "status": "solved",
            "channel": ("email", "chat")[i % 3 == 0], "request_type": ("<b>refund</b>", "delay")[i % 2],
            "initiated_by": "customer", "customer_id": f"C{i}", "agent_id": f"A{i % 6}", "priority": "normal",
            "first_response_at": at(FIRST + timedelta(hours=3 * i, minutes=10 + i % 50)),
        }
        for i in range(200)
    ]  # fmt: skip
    surveys = [
        {
            "survey_id": f"S{channel}{i}", "survey_type": "nps", "sent_at": at(FIRST + timedelta(days=i % 20)),
            "responded_at": at(FIRST + timedelta(days=i % 20, hours=5)), "score": i % 11, "scale_min": 0,
            "scale_max": 10, "higher_is_better": "true", "channel": channel,
        }
        for channel, count in (("email", 60), ("chat", 12), ("post", 3))
        for i in range(count)
    ]  # fmt: skip
    made = {"tickets": write(folder / "tickets.csv", tickets), "surveys": write(folder / "surveys.csv", surveys)}
    for name, path in made.items():
        import_paths(folder / f"{name}.duckdb", [path])
    return {name: folder / f"{name}.duckdb" for name in made}


def opened(
    monkeypatch: pytest.MonkeyPatch,
    store: Path,
    lang: str = "en",
    custom: Any = None,
    filters: Any = (),
    **address: str,
) -> AppTest:
    return desk.opened(monkeypatch, store, "explore", lang, custom, filters, address=address)


def param(app: AppTest, name: str) -> str | None:
    found = app.query_params.get(name)
    return found[0] if isinstance(found, list) and found else found or None


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "address",
    [
        {},
        {"kpis": "tickets_created,frt_median,nps"},
        {"kpis": "tickets_created,frt_median", "grain": "week"},
        {"kpis": "tickets_created,tickets_resolved", "grain": "day"},
        {"kpis": "frt_median", "by": "channel,request_type"},
        {"kpis": "frt_median", "by": "channel,request_type", "form": "bar"},
        {"kpis": "frt_median", "by": "channel", "grain": "week", "form": "heat"},
        {"kpis": "tickets_created", "by": "weekday,hour"},
        {"kpis": "tickets_created", "by": "channel,request_type", "grain": "week"},
        {"kpis": "contact_channel_mix"},
        {"kpis": "contact_channel_mix", "grain": "week"},
        {"kpis": "backlog_age_distribution", "grain": "week", "form": "heat"},
        {"kpis": "topic_mention_rate"},
        {"kpis": "nps_distribution", "by": "channel"},
        {"kpis": "data_freshness"},
        {"kpis": "target_attainment_rate"},
        {"kpis": "backlog_days_of_work,orders_growth"},
        {"kpis": "frt_p90", "by": "agent_id", "form": "table"},
    ],
)
def test_whatever_is_asked_opens(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str, address: dict[str, str]
) -> None:
    for store in stores.values():
        text = told(opened(monkeypatch, store, lang, **address))
        assert "could not be drawn" not in text and "n’a pas pu" not in text, text


def test_the_table_shows_what_the_engine_answers(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = opened(monkeypatch, stores["tickets"], kpis="frt_median", by="channel,request_type")
    engine = DuckDBEngine(stores["tickets"])
    period = Period(datetime(2026, 1, 1), engine.data_until() + timedelta(microseconds=1))
    figures = answer.answer(Query(("frt_median",), period, by=("channel", "request_type")), engine)["frt_median"].rows
    table = app.dataframe[0].value
    assert len(table) == len(figures) == 4
    assert sorted(table.iloc[:, 2]) == sorted(figure.value or 0 for figure in figures)
    assert sorted(table.iloc[:, 3]) == sorted(figure.n for figure in figures)


def test_a_group_too_small_to_stay_anonymous_is_not_in_the_table(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    table = opened(monkeypatch, stores["surveys"], kpis="nps", by="channel").dataframe[0].value
    by_channel = {row.iloc[0]: row.iloc[1:] for _i, row in table.iterrows()}
    assert by_channel["E-mail"].notna().all()
    assert by_channel["Post"].isna().all()  # Three answers.
    assert by_channel["Chat"].isna().all()  # Else 75 − 60 − 12 gives the three away.


def test_a_pasted_address_opens_the_same_view_and_keeps_it(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    asked = {"kpis": "frt_median,tickets_created", "by": "channel", "grain": "week", "form": "table"}
    app = opened(monkeypatch, stores["tickets"], **asked)
    assert app.session_state["explore_view"] == View(
        ("frt_median", "tickets_created"), ("channel",), Grain.WEEK, Form.TABLE
    )
    assert {name: param(app, name) for name in asked} == asked


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_hostile_or_stale_address_is_set_aside_and_told(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str
) -> None:
    bad = {"kpis": "<script>,frt_median", "by": "customer_id,moon", "grain": "century", "form": "pie"}
    app = opened(monkeypatch, stores["tickets"], lang, **bad)
    text = told(app)
    assert "by, form, grain, kpis" in text and "<script>" not in text
    assert param(app, "kpis") == "frt_median" and param(app, "by") is None and param(app, "grain") is None


def test_what_one_indicator_does_not_have_is_not_offered_and_says_why(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    app = opened(monkeypatch, stores["tickets"], kpis="tickets_created,nps", by="hour", grain="week")
    assert "NPS is not known by" in told(app) and "hour" in told(app)
    assert param(app, "by") is None
    assert "hour" not in app.multiselect[1].options


def test_customers_are_never_a_dimension_and_agents_only_when_the_owner_allows(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    offered, _partly = exploring.dimensions([catalog.get("frt_median")], lambda name: True)
    assert "customer_id" not in offered and "agent_id" in offered
    settings = open_settings(stores["tickets"])
    settings.set_preference("individual_view", "false")
    try:
        app = opened(monkeypatch, stores["tickets"], kpis="frt_median", by="agent_id")
        assert param(app, "by") is None
    finally:
        settings.set_preference("individual_view", "true")


def test_a_filter_that_an_indicator_lacks_leaves_it_out_and_says_so(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    app = opened(
        monkeypatch, stores["tickets"], filters=[("priority", ("normal",))], kpis="nps,tickets_created", grain="week"
    )
    assert "NPS cannot be filtered by priority" in told(app)
    assert list(app.dataframe[0].value.columns) == ["Date", "Tickets created"]


def test_words_from_the_data_are_escaped(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = opened(monkeypatch, stores["tickets"], kpis="tickets_created", by="channel,request_type", form="bar")
    assert "&lt;b&gt;refund" in told(app) and "<b>refund" not in told(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_period_without_anything_or_still_to_come_says_so(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str
) -> None:
    from datetime import date

    for custom in ((date(2026, 1, 1), date(2026, 1, 5)), (date(2030, 1, 1), date(2030, 1, 5))):
        app = opened(monkeypatch, stores["tickets"], lang, custom, kpis="frt_median", grain="day")
        assert "v-empty" in told(app)


def test_a_view_is_saved_over_its_own_name_renamed_and_deleted(stores: dict[str, Path], tmp_path: Path) -> None:
    settings = open_settings(tmp_path / "x.duckdb")
    settings.save_view("  Every   week ", {"kpis": ["nps"]})
    settings.save_view("Every week", {"kpis": ["frt_median"], "channel": ["email", "chat"]})
    assert settings.views() == {"Every week": {"kpis": ["frt_median"], "channel": ["email", "chat"]}}
    settings.save_view("Other", {})
    with pytest.raises(ValueError, match="already"):
        settings.rename_view("Other", "Every week")
    for name in ("", "  ", "x" * 81):
        with pytest.raises(ValueError, match="characters"):
            settings.save_view(name, {})
    settings.rename_view("Other", "Mine")
    settings.delete_view("Every week")
    assert list(open_settings(tmp_path / "x.duckdb").views()) == ["Mine"]


def test_a_lone_hidden_group_hides_a_second_along_each_axis() -> None:
    def one(*keys: str, n: int, status: Status = Status.OK) -> Figure:
        return Figure(keys=keys, value=1.0, n=n, status=status)

    figures = [
        one("a", "x", n=3, status=Status.SUPPRESSED), one("a", "y", n=9), one("a", "z", n=50),
        one("b", "x", n=20), one("b", "y", n=40), one("b", "z", n=60),
    ]  # fmt: skip
    hidden = {figure.keys for figure in exploring.guarded(figures) if figure.status is Status.SUPPRESSED}
    assert hidden >= {("a", "x"), ("a", "y"), ("b", "x")} and ("b", "z") not in hidden


@pytest.mark.parametrize("kpi_id", sorted(catalog.CATALOG))
def test_every_indicator_has_a_usual_form_in_every_shape(kpi_id: str) -> None:
    kpi = catalog.get(kpi_id)
    for by in ((), *((name,) for name in kpi.dimensions)):
        for grain in (None, *exploring.grains([kpi], 365)):
            view = exploring.possible(View((kpi_id,), by, grain), lambda name: True, 365)
            assert Form.TABLE in exploring.forms(view)
            texts = {name: text for name, text in exploring.to_texts(view).items() if text}
            assert exploring.from_texts(texts, View()) == (view, ())


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("across", [2, 60])
def test_a_heat_map_leaves_blank_what_has_too_few_cases(compact: bool, across: int) -> None:
    enough = Figure(value=0.5, n=40, status=Status.OK)
    few = Figure(value=0.9, n=3, status=Status.INSUFFICIENT)
    made = charts.grid(
        ["<b>a</b>", "b"], [f"c{i}" for i in range(across)], {(0, 0): enough, (1, 1): few},
        unit=Unit.RATIO, theme=LIGHT, lang="fr", compact=compact,
    )  # fmt: skip
    valid = go.Figure(made.to_dict())
    assert valid.data[0].z[0][0] == 0.5 and valid.data[0].z[1][1] is None
    told = valid.data[1]
    assert "n = 3" in told.hovertext[1] and "<b>a" not in told.hovertext[0]
    assert [list(place) for place in told.customdata] == [[0, 0], [1, 1]]  # What a click opens.
    assert (list(told.text) == ["50,0\u00a0%", ""]) if across == 2 else told.mode == "markers"
