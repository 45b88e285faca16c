"""First response, backlog and SLA on small stores: with data, without, and without the table they need."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import breakdown, cache, charts, clicks, tickets
from dashboard.cli import verify
from dashboard.filters import Choice, scope_of
from dashboard.i18n import use
from dashboard.periods import Preset
from dashboard.readable import readable, styled, titles_of
from dashboard.theme import LIGHT
from dashboard.views import backlog
from kpi.engines import DuckDBEngine
from kpi.flow import Flow, whole
from kpi.model import Figure, Filter, Grain, Status, Unit
from tests.dashboard.desk import page_of

VIEWS = ("first_response", "backlog", "sla")
FIRST = datetime(2025, 1, 6, 8)
UNTIL = FIRST + timedelta(days=90)
HOSTILE = "<b>O'Neill</b>"


def _ticket(number: int) -> dict[str, Any]:
    """One request in three is still open, one in four unanswered among these."""
    created = FIRST + timedelta(hours=14 * number)
    answered = created + timedelta(minutes=3 + 37 * (number % 11))
    row: dict[str, Any] = {
        "ticket_id": f"T{number:03}",
        "created_at": created.isoformat(),
        "channel": ("email", "facebook", "chat")[number % 3],
        "priority": ("normal", "high")[number % 2],
        "team_id": ("TM1", None)[number % 7 == 0],
        "request_type": (HOSTILE, "Delivery")[number % 2],
        "status": "open",
    }
    if number % 3 or number % 4:
        row["first_response_at"] = answered.isoformat()
    if number % 3:
        row |= {"status": "solved", "resolved_at": (answered + timedelta(hours=number % 60)).isoformat()}
    return row


POLICIES = [
    {"policy_id": f"{metric}-1", "metric": metric, "target_s": target, "clock": "calendar", "valid_from": "2020-01-01"}
    for metric, target in (("first_response", 7200), ("resolution", 86_400))
]
TEAMS = [{"team_id": "TM1", "name": HOSTILE}]
SOURCE = [{"import_id": "1", "source": "test", "loaded_at": UNTIL.isoformat(), "data_until": UNTIL.isoformat()}]


def _store(folder: Path, **tables: list[dict[str, Any]]) -> Path:
    path = folder / "store.duckdb"
    with duckdb.connect(str(path)) as con:
        verify.load(con, {"imports": SOURCE, **tables}, "Europe/Paris")
    return path


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [_ticket(number) for number in range(150)]
    return _store(tmp_path_factory.mktemp("full"), tickets=rows, teams=TEAMS, sla_policies=POLICIES)


@pytest.fixture(autouse=True)
def fresh() -> None:
    """The caches are keyed by generation, and each store of these tests is the first of its own."""
    for kept in (cache._ask, cache._rows, cache._histogram, cache._flow, cache._domains):
        kept.clear()  # type: ignore[attr-defined]


def opened(path: Path, view: str, lang: str = "en", choice: Choice | None = None, **page: Any) -> AppTest:
    with patch.dict("os.environ", {"VIGIE_DB": str(path)}):
        app = page_of(view, lang, choice, **page).run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return " ".join(element.value for element in app.html)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(("view", "cards"), [("first_response", 4), ("backlog", 6), ("sla", 4)])
def test_a_page_opens_with_its_answer_its_cards_and_its_tickets(full: Path, view: str, cards: int, lang: str) -> None:
    app = opened(full, view, lang)
    assert said(app).count('<article class="v-card"') == cards
    assert "<b>" in said(app).split("v-lead")[1].split("</p>")[0]
    assert 'class="v-rows"' in said(app)
    assert "<b>O'Neill" not in said(app)


@pytest.mark.parametrize("clock", ["calendar", "business"])
def test_the_clock_in_use_is_written(full: Path, clock: str) -> None:
    choice = Choice(Preset.LAST_90, clock=clock)  # type: ignore[arg-type]
    text = said(opened(full, "first_response", choice=choice))
    assert ("(business hours)" in text) is (clock == "business")


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("view", VIEWS)
def test_an_empty_selection_says_so_and_offers_to_widen(tmp_path: Path, view: str, lang: str) -> None:
    ancient = [_ticket(1) | {"status": "solved", "resolved_at": "2025-01-08T10:00:00"}]
    path = _store(tmp_path, tickets=ancient, sla_policies=POLICIES)
    app = opened(path, view, lang, Choice(Preset.LAST_7, filters=(Filter("channel", ("facebook",)),)))
    assert "v-empty" in said(app)
    assert {button.key for button in app.button} >= {"widen-filters", "widen-period"}


@pytest.mark.parametrize("view", VIEWS)
def test_without_tickets_the_page_names_the_export_it_needs(tmp_path: Path, view: str) -> None:
    path = _store(tmp_path, teams=TEAMS)
    text = said(opened(path, view, choice=Choice()))
    assert "It is made from: <b>tickets" in text


def test_without_policies_only_the_sla_page_is_missing(tmp_path: Path) -> None:
    path = _store(tmp_path, tickets=[_ticket(number) for number in range(60)])
    assert "commitments (SLA)" in said(opened(path, "sla"))
    assert "v-empty" not in said(opened(path, "backlog"))


def test_the_flow_is_reconciled_with_the_cards(full: Path) -> None:
    assert "Reconciled" in said(opened(full, "backlog"))


def test_a_flow_that_does_not_add_up_is_a_warning(full: Path) -> None:
    wrong = Flow(None, 1, 2, 0, 0, 0, 99)
    with patch("dashboard.views.backlog.whole", lambda _: wrong):
        text = said(opened(full, "backlog"))
    assert "Reconciled" not in text
    assert "Does not add up" in text


def test_the_whole_flow_keeps_the_identity(full: Path) -> None:
    engine = DuckDBEngine(full)
    scope = scope_of(Choice(Preset.LAST_90), data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris", targets=())
    with patch("dashboard.cache.engine", lambda: engine):
        flows = cache.flow(scope.query("ticket_backlog", grain=Grain.WEEK))
    total = whole(flows)
    assert total.opening + total.created + total.reopened - total.resolved + total.transferred == total.closing
    assert (total.opening, total.closing) == (flows[0].opening, flows[-1].closing)
    assert total.created == sum(flow.created for flow in flows) > 0


def test_an_unknown_dimension_value_is_not_made_a_filter() -> None:
    points = {"selection": {"points": [{"customdata": ["words", 0]}]}}
    narrowed: list[object] = []
    with (
        patch("streamlit.session_state", {"chart-x": points}),
        patch("dashboard.sidebar.narrow", lambda *chosen: narrowed.append(chosen)),
        patch("dashboard.cache.domains", lambda: {"channel": ("email", "chat")}),
    ):
        for value in ("email", None, "pigeon"):
            click = clicks.filters("x", "channel", [backlog._point(value, 3)])
            assert click is not None
            click()
    assert narrowed == [("channel", "email")]
    assert clicks.filters("x", "policy_id", []) is None


def test_one_value_alone_is_no_breakdown() -> None:
    scope = scope_of(Choice(), data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")
    narrowed = replace(scope, choice=Choice(filters=(Filter("channel", ("email",)),)))
    assert breakdown.open_dimensions(scope, ("channel", "team_id")) == ("channel", "team_id")
    assert breakdown.open_dimensions(narrowed, ("channel", "team_id")) == ("team_id",)
    assert breakdown.open_dimensions(narrowed, ("channel",)) == ("channel",)


def test_the_file_of_tickets_has_seconds_and_local_times() -> None:
    scope = scope_of(Choice(), data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")
    rows = pd.DataFrame({"ticket_id": ["T1"], "created_at": [datetime(2025, 7, 1, 10)], "age_s": [61.6]})
    columns = {"ticket_id": "Ticket", "created_at": "Received", "age_s": "Open for"}
    with patch("dashboard.cache.labels", lambda _: {}):
        file = tickets._file(readable(rows, columns, scope.zone), columns)
    assert file.to_dict("records") == [
        {"Ticket": "T1", "Received": pd.Timestamp("2025-07-01 12:00"), "Open for (s)": 62}
    ]


@pytest.mark.parametrize(("lang", "said"), [("en", "1 Jul 12:00"), ("fr", "1 juil. 12:00")])
def test_rows_are_read_in_local_time_and_words_and_filed_as_they_are(lang: str, said: str) -> None:
    use(lang)  # type: ignore[arg-type]
    scope = scope_of(Choice(), data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")
    rows = pd.DataFrame(
        {
            "created_at": [datetime(2025, 7, 1, 10)], "to_at": [datetime(2025, 7, 1)], "priority": ["high"],
            "fcr": [True], "wait_s": [61.6], "reopened_at": [pd.Timestamp("9999-12-31")], "comment": [None],
        }
    )  # fmt: skip
    with patch("dashboard.cache.labels", lambda _: {}):
        titles = titles_of(rows)
        shown = styled(rows, titles, scope.zone)
    assert "to_at" not in titles
    texts = re.findall(r">([^<>]+)</td>", shown.hide(axis="index").to_html())
    yes, high = {"en": ("Yes", "High"), "fr": ("Oui", "Haute")}[lang]
    assert texts == [said, high, yes, "1\u00a0min\u00a002", "–", "–"]


def test_labels_at_the_bottom_of_a_chart_are_on_paper_so_that_plotly_draws_them() -> None:
    """Plotly hides an annotation placed beyond its axis: the median went missing under a high 90th percentile."""
    days = [date(2025, 1, day) for day in range(1, 6)]
    low, high = ([Figure((day,), value, 50, status=Status.OK) for day in days] for value in (3_000.0, 200_000.0))
    figure = charts.trend(
        [charts.Line("median", low), charts.Line("p90", high)],
        unit=Unit.SECONDS, theme=LIGHT, lang="en", previous=low, previous_label="before",
    )  # fmt: skip
    ends = [note for note in figure.layout.annotations if note.xref == "paper" and note.x == 1]
    assert len(ends) == 3
    assert {note.yref for note in ends} == {"paper"}


@pytest.mark.parametrize(("bridged", "dots"), [(True, 1), (False, 2)])
def test_a_bridged_line_runs_over_its_gaps(bridged: bool, dots: int) -> None:
    shown = [Status.OK, Status.INSUFFICIENT, Status.OK, Status.INSUFFICIENT, Status.OK]
    points = [Figure((date(2025, 1, i + 1),), 60.0, 50, status=status) for i, status in enumerate(shown)]
    line = charts.Line("p90", points[1:], bridged=bridged)
    figure = charts.trend([line], unit=Unit.SECONDS, theme=LIGHT, lang="en")
    assert figure.data[0].connectgaps is bridged
    assert len(figure.data[1].x) == dots
