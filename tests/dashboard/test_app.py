"""The whole page in process, on a made-up centre."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
import streamlit.config
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard import sidebar
from dashboard.theme import DARK, LIGHT, Theme
from kpi.errors import EngineError
from tests.dashboard.fake import FakeEngine, centre

HERE = Path(dashboard.__file__).parent


@pytest.fixture
def store() -> Iterator[None]:
    with centre():
        yield


def opened(**address: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(HERE / "app.py"), default_timeout=30)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def said(app: AppTest) -> str:
    return " ".join(element.value for element in app.html)


@pytest.mark.usefixtures("store")
def test_the_overview_opens_with_a_sentence_and_sixteen_cards() -> None:
    app = opened(lang="fr")
    assert not app.exception
    assert "première réponse médiane <b>2\u00a0h\u00a013</b>" in said(app)
    assert said(app).count('<article class="v-card"') == 16


@pytest.mark.usefixtures("store")
def test_filters_go_to_the_address_and_a_chip_clears_them() -> None:
    app = opened(lang="en")
    app.multiselect(key="f_channel").select("email").run()
    assert app.query_params["channel"] == "email"
    app.button(key="chip-channel").click().run()
    assert "channel" not in app.query_params
    assert app.query_params["lang"] == "en"


@pytest.mark.usefixtures("store")
def test_a_click_outlives_a_run_that_gives_the_filters_back_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser asks whether there is new data between the click and the page that follows it."""
    app, clicked = opened(lang="en"), dict[str, object]()
    with monkeypatch.context() as patched:
        patched.setattr("dashboard.sidebar.st.session_state", clicked)
        sidebar.keep(date(2026, 5, 4), date(2026, 5, 4))
        sidebar.narrow("channel", "email")
    for name, value in clicked.items():
        app.session_state[name] = value
    app.run()  # AppTest, as a browser, sends every widget with the value that it shows.
    assert (app.query_params["from"], app.query_params["to"]) == ("2026-05-04", "2026-05-04")
    assert app.query_params["channel"] == "email"
    assert app.selectbox(key="f_period").value == "custom"


@pytest.mark.usefixtures("store")
def test_a_hostile_address_shows_a_notice_and_the_page() -> None:
    app = opened(lang="en", period="<script>", team="T99", channel=["email", "pigeon"])
    assert not app.exception
    assert "Part of this address is out of date and was ignored: period, channel, team." in said(app)
    assert app.multiselect(key="f_channel").value == ["email"]
    assert "Overview" in said(app)


@pytest.mark.usefixtures("store")
def test_imported_names_are_escaped_on_chips() -> None:
    app = opened(lang="en", team="<b>T2</b>")
    assert "<img" not in said(app)
    assert r"\<img src=x onerror=alert\(1\)\>" in app.button(key="chip-team_id").label


@pytest.mark.usefixtures("store")
def test_the_language_switch_keeps_the_filters() -> None:
    app = opened(lang="en", channel="phone", period="last_7")
    app.session_state["lang"] = "fr"
    app.run().run()
    assert "Vue d’ensemble" in said(app)
    assert app.selectbox(key="f_period").value == "last_7"
    assert app.query_params.get("channel") == "phone"


@pytest.mark.usefixtures("store")
def test_a_view_that_fails_shows_a_calm_page_and_no_traceback() -> None:
    with patch("dashboard.views.overview.render", side_effect=ZeroDivisionError("secret")):
        app = opened(lang="en")
    assert not app.exception
    assert "This page could not be drawn" in said(app)
    assert "secret" not in said(app)


@pytest.mark.usefixtures("store")
def test_a_part_that_fails_says_so_in_its_place_and_spares_the_page() -> None:
    with patch("dashboard.cards.card_html", side_effect=ZeroDivisionError("secret")):
        app = opened(lang="en")
    assert not app.exception
    assert said(app).count("This part of the page could not be drawn") == 4
    assert "This page could not be drawn" not in said(app)
    assert "Overview" in said(app)
    assert "secret" not in said(app)


@pytest.mark.usefixtures("store")
def test_an_address_that_led_nowhere_is_said_once_and_literally() -> None:
    app = opened(lang="en", lost="<b>x</b>")
    assert "There is no page “&lt;b&gt;x&lt;/b&gt;”" in said(app)
    assert "lost" not in app.query_params
    assert "There is no page" not in said(app.run())


@pytest.mark.usefixtures("store")
def test_folded_filters_keep_what_was_chosen_in_them() -> None:
    app = opened(lang="en", priority="high")
    assert app.multiselect(key="f_priority").value == ["high"]
    assert app.query_params["priority"] == "high"
    app.session_state["more-filters"] = False
    app.run()
    assert "f_priority" not in {box.key for box in app.multiselect}
    assert app.query_params["priority"] == "high"
    assert app.run().query_params["priority"] == "high"


def test_an_empty_store_invites_to_import() -> None:
    with centre(FakeEngine(tables=())):
        app = opened(lang="en")
    assert not app.exception
    assert "No data yet" in said(app)


def test_no_store_at_all_invites_too() -> None:
    with patch("dashboard.cache.engine", side_effect=EngineError("none")):
        app = opened(lang="fr")
    assert not app.exception
    assert "Pas encore de données" in said(app)


def config() -> dict[str, dict[str, object]]:
    return tomllib.loads((HERE / ".streamlit" / "config.toml").read_text("utf-8"))


def test_every_option_of_the_configuration_exists_in_this_streamlit() -> None:
    """`runner.postScriptGC` is hidden: an upgrade could drop it without a word."""
    known = streamlit.config._config_options_template
    for section, options in config().items():
        if section != "theme":
            assert not [name for name in options if f"{section}.{name}" not in known]
    assert config()["runner"]["postScriptGC"] is False


@pytest.mark.parametrize(("name", "theme"), [("light", LIGHT), ("dark", DARK)])
def test_the_theme_of_the_widgets_is_that_of_the_charts(name: str, theme: Theme) -> None:
    widgets = config()["theme"][name]
    assert isinstance(widgets, dict)
    assert widgets["backgroundColor"] == theme.page
    assert widgets["textColor"] == theme.ink
    assert widgets["borderColor"] == theme.hairline
    assert widgets["chartCategoricalColors"][:8] == list(theme.categories)
    assert len(widgets["chartCategoricalColors"]) >= 10
