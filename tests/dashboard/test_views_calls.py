"""Calls on small stores: its figures, its what-if, and every state in which there is little or nothing to say."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import cache, staffing
from dashboard.filters import Choice, scope_of
from dashboard.i18n import use
from dashboard.periods import Preset
from dashboard.staffing_inputs import Inputs, threshold_s
from kpi.answer import answer
from kpi.engines import DuckDBEngine
from kpi.model import Filter
from kpi.presence import agents_on_calls
from tests.dashboard import desk
from tests.dashboard.desk import listed
from tests.dashboard.test_views_service import FIRST, HOSTILE, TEAMS, UNTIL, _store, _ticket, fresh, opened, said

__all__ = ["fresh"]
LANGUAGES = ("fr", "en")


@pytest.fixture(autouse=True)
def no_days_kept() -> None:
    cache._open_days.clear()  # type: ignore[attr-defined]


def call(number: int) -> dict[str, Any]:
    """One in eight gives up, one of these at once; one in seven has no reason."""
    at = FIRST + timedelta(days=number % 80, minutes=17 * (number % 25))
    wait = 2 if number % 64 == 0 else 8 + 11 * (number % 9)
    row: dict[str, Any] = {
        "interaction_id": f"I{number:04}", "channel": ("phone", "click_to_talk")[number % 5 == 0],
        "direction": "inbound", "team_id": "TM1", "agent_id": f"A{number % 6}", "offered_at": at.isoformat(),
        "request_type": None if number % 7 == 0 else (HOSTILE, "Delivery")[number % 2],
    }  # fmt: skip
    picked = at + timedelta(seconds=wait)
    if number % 8 == 0:
        return row | {"outcome": "abandoned", "ended_at": picked.isoformat()}
    times = {"talk_s": 200 + number % 90, "hold_s": 10, "wrap_s": 60 + number % 30}
    ended = picked + timedelta(seconds=times["talk_s"] + 10)
    return row | times | {"outcome": "answered", "answered_at": picked.isoformat(), "ended_at": ended.isoformat()}


def calls(count: int) -> list[dict[str, Any]]:
    return [call(number) for number in range(count)]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _store(tmp_path_factory.mktemp("calls"), interactions=calls(600), teams=TEAMS)


WHAT_IF = {"staffing-inputs": True}
"""The session of a reader who has unfolded the sliders."""


def number(app: AppTest, name: str) -> Any:
    return next(box for box in app.slider if box.key.startswith(f"staffing-{name}-"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_opens_with_its_answer_its_cards_and_the_calls_lost(full: Path, lang: str) -> None:
    app = opened(full, "calls", lang)
    assert said(app).count('<article class="v-card"') == 8
    assert said(app).split("v-lead")[1].split("</p>")[0].count("<b>") >= 3
    assert len(app.get("plotly_chart")) == 6
    assert len(listed(app)) == 1
    assert "<b>O'Neill" not in said(app)
    assert "v-empty" not in said(app)


def test_the_figures_of_the_page_are_those_of_the_engine(full: Path) -> None:
    engine = DuckDBEngine(full)
    scope = scope_of(Choice(Preset.LAST_90), data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")
    asked = ("answer_rate", "service_level", "abandon_rate", "average_handle_time")
    known = {kpi_id: found.total for kpi_id, found in answer(scope.query(*asked), engine).items()}
    text = said(opened(full, "calls", "en"))
    for kpi_id in asked[:3]:
        assert f"{known[kpi_id].value:.1%}".removesuffix("%") in text
    seconds = round(known["average_handle_time"].value or 0)
    assert f"{seconds // 60}\u00a0min\u00a0{seconds % 60:02d}" in text


def test_handle_time_is_said_as_the_sum_of_its_parts(full: Path) -> None:
    text = said(opened(full, "calls", "fr")).replace("\u00a0", " ")
    assert re.search(r"DMT <b>[^<]+</b> = DMC <b>[^<]+</b> \+ post-appel <b>", text)


def test_the_convention_of_the_service_level_is_written(full: Path) -> None:
    text = said(opened(full, "calls", "en")).replace("\u00a0", " ")
    assert "answered within 30 s of the queue" in text
    assert "abandons within 5 s are left out" in text


def test_the_profile_counts_every_call_offered_once(full: Path) -> None:
    profile = opened(full, "calls", "en").get("plotly_chart")[2]
    offered = json.loads(profile.proto.spec)["data"][0]["y"]
    engine = DuckDBEngine(full)
    scope = scope_of(Choice(Preset.LAST_90), data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")
    assert sum(offered) == answer(scope.query("calls_offered"), engine)["calls_offered"].total.value


# The what-if


def test_the_what_if_begins_with_what_the_selection_measured(full: Path) -> None:
    app = opened(full, "calls", "en", state=WHAT_IF)
    engine = DuckDBEngine(full)
    scope = scope_of(Choice(Preset.LAST_90), data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")
    known = answer(scope.query("average_handle_time", "average_wait_time", "calls_abandoned"), engine)
    assert number(app, "aht").value == round(known["average_handle_time"].total.value or 0)
    waited, gone = known["average_wait_time"].total.sum, known["calls_abandoned"].total.value
    assert waited
    assert gone
    assert number(app, "patience").value == round(waited / gone)
    assert (number(app, "goal").value, number(app, "wait").value, number(app, "off").value) == (80, 30, 30)


def test_more_calls_ask_for_more_agents_and_the_page_says_how_many(full: Path) -> None:
    app = opened(full, "calls", "en", state=WHAT_IF)
    with_env = {"calls": 180, "aht": 240, "patience": 180, "off": 30}
    for name, value in with_env.items():
        number(app, name).set_value(value)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("VIGIE_DB", str(full))
        app.run()
    assert not app.exception
    wanted = Inputs(180, 240, 0.8, 30, 180, 0.3).staffing()
    text = said(app).replace("\u00a0", " ")
    assert f"<b>{wanted.agents} agents</b> on line are needed" in text
    assert f"schedule <b>{wanted.scheduled}</b>" in text
    assert "(Erlang C): 29." in text  # 28 give 79.8 % only (section 7.7).


def test_a_queue_that_grows_without_end_is_said_not_drawn_as_zero() -> None:
    use("en")
    inputs = Inputs(180, 240, 0.8, 30, 180, 0.3, present=20, model="erlang_c")
    assert "grows without end" in staffing._answer(inputs, inputs.staffing())
    table = staffing._table(range(20, 22), [inputs.queue(20), inputs.queue(21)])
    assert set(table["Service level"]) == {"–"}


@pytest.mark.parametrize(
    ("needed", "present", "first", "last"),
    [(0, 0, 1, 4), (1, 0, 1, 5), (30, 0, 20, 40), (30, 15, 15, 40), (3, 500, 1, 7)],
)
def test_the_number_needed_is_always_in_sight(needed: int, present: int, first: int, last: int) -> None:
    drawn = staffing.around(needed, present)
    assert (drawn[0], drawn[-1]) == (first, last)


def test_the_threshold_of_the_what_if_is_the_catalogues() -> None:
    assert threshold_s() == 30


# States


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_calls_the_page_names_the_export_it_needs(tmp_path: Path, lang: str) -> None:
    app = opened(_store(tmp_path, tickets=[_ticket(1)]), "calls", lang, Choice())
    assert "v-empty" in said(app)
    assert {"fr": "appels et messages", "en": "calls and messages"}[lang] in said(app)
    assert not app.get("plotly_chart")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_filter_that_calls_do_not_have_is_named(full: Path, lang: str) -> None:
    choice = Choice(Preset.LAST_90, filters=(Filter("priority", ("high",)),))
    text = said(opened(full, "calls", lang, choice))
    assert {"fr": "par priorité", "en": "by priority"}[lang] in text.split("v-empty")[1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_selection_offers_to_widen(full: Path, lang: str) -> None:
    choice = Choice(Preset.YESTERDAY, filters=(Filter("channel", ("click_to_talk",)),))
    app = opened(full, "calls", lang, choice)
    assert "v-empty" in said(app)
    assert {button.key for button in app.button} >= {"widen-filters", "widen-period"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("count", [3, 7, 30])
def test_few_calls_show_no_rate_and_no_error(tmp_path: Path, count: int, lang: str) -> None:
    app = opened(_store(tmp_path, interactions=calls(count)), "calls", lang)
    assert said(app).count('<article class="v-card"') == 8
    header = said(app).split("</header>")[0]
    assert ("%" in header) is (count >= 10)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_period_to_come_says_so(full: Path, lang: str) -> None:
    later = ((UNTIL + timedelta(days=3)).date(), (UNTIL + timedelta(days=9)).date())
    assert "v-empty" in said(opened(full, "calls", lang, Choice(Preset.CUSTOM, later)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_calls_that_all_came_out_of_hours_have_no_service_level(tmp_path: Path, lang: str) -> None:
    night = [
        row | {"offered_at": at.isoformat(), "answered_at": None, "ended_at": at.isoformat(), "outcome": "dissuaded"}
        for i, row in enumerate(calls(40))
        if (at := datetime(2025, 3, 1) + timedelta(days=i % 20, hours=2))
    ]
    app = opened(_store(tmp_path, interactions=night), "calls", lang)
    assert "v-empty" not in said(app)
    assert len(app.get("plotly_chart")) == 1


# The what-if over the day, and in the address


def linked(full: Path, lang: str, whatif: str) -> AppTest:
    """The page as a link opens it."""
    with pytest.MonkeyPatch.context() as patched:
        return desk.opened(patched, full, "calls", lang, address={"whatif": whatif})


def changed(app: AppTest, full: Path) -> AppTest:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("VIGIE_DB", str(full))
        app.run()
    assert not app.exception
    return app


def test_what_the_reader_changed_is_in_the_address_and_a_link_opens_the_same_what_if(full: Path) -> None:
    app = opened(full, "calls", "en", state=WHAT_IF)
    assert "whatif" not in app.query_params
    number(app, "aht").set_value(240)
    number(app, "present").set_value(12)
    asked = changed(app, full).query_params["whatif"]
    assert asked == "aht-240.present-12"
    again = linked(full, "fr", asked + ".model-erlang_c")
    assert (number(again, "aht").value, number(again, "present").value) == (240, 12)
    assert number(again, "patience").disabled
    assert again.query_params["whatif"] == asked + ".model-erlang_c"


def test_what_the_reader_set_outlives_the_sliders_when_they_are_folded(full: Path) -> None:
    app = opened(full, "calls", "en", state=WHAT_IF)
    number(app, "aht").set_value(240)
    changed(app, full)
    app.session_state["staffing-inputs"] = False
    changed(app, full)
    assert not app.slider
    assert app.query_params["whatif"] == "aht-240"
    assert "4\u00a0min each" in said(app)
    app.session_state["staffing-inputs"] = True
    assert number(changed(app, full), "aht").value == 240


@pytest.mark.parametrize("hostile", ["aht-999999", "calls--1", "who-1", "<b>", "model-x"])
def test_a_what_if_that_cannot_be_is_set_aside_and_said(full: Path, hostile: str) -> None:
    app = linked(full, "en", f"{hostile}.goal-90")
    assert "was ignored: whatif" in said(app)
    assert number(app, "goal").value == 90
    assert app.query_params["whatif"] == "goal-90"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_over_the_day_the_agents_seen_stand_beside_those_needed(full: Path, lang: str) -> None:
    app = linked(full, lang, "shown-day")
    needed, seen = json.loads(app.get("plotly_chart")[-1].proto.spec)["data"]
    engine = DuckDBEngine(full)
    scope = scope_of(Choice(Preset.LAST_90), data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")
    assert max(seen["y"]) == pytest.approx(max(agents_on_calls(scope.query("calls_handled"), engine).values()), abs=0.1)
    assert len(needed["y"]) == len(seen["y"]) > 1
    assert f"<b>{max(needed['y']):.0f} " in said(app)
