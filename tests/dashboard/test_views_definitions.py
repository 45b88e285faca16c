"""The page of definitions: every KPI found and read, one at a time, by its own address."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import definition
from dashboard.i18n import use
from kpi.catalog import CATALOG
from kpi.definition import FAMILIES, Lang
from tests.dashboard.fake import centre


@pytest.fixture(params=get_args(Lang))
def lang(request: pytest.FixtureRequest) -> str:
    spoken: str = request.param
    return spoken


def _script(lang: str) -> None:
    from datetime import datetime

    from dashboard import cache
    from dashboard.filters import Choice, scope_of
    from dashboard.i18n import use
    from dashboard.views import definitions
    from tests.dashboard.fake import UNTIL

    use(lang)  # type: ignore[arg-type]
    scope = scope_of(
        Choice(), data_until=UNTIL, first_instant=datetime(2024, 1, 1), timezone="Europe/Paris", targets=cache.targets()
    )
    definitions.render(scope)


def opened(lang: str = "en", **address: str) -> AppTest:
    app = AppTest.from_function(_script, default_timeout=30, kwargs={"lang": lang})
    for name, value in address.items():
        app.query_params[name] = value
    with centre():
        app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return " ".join(element.value for kind in (app.html, app.caption, app.code) for element in kind)


def listed(app: AppTest) -> list[dict[str, Any]]:
    """The families in the list, with their KPIs."""
    families: list[dict[str, Any]] = json.loads(app.get("bidi_component")[0].proto.json)["families"]
    return families


def test_the_list_holds_every_kpi_once_by_family(lang: str) -> None:
    families = listed(opened(lang))
    ids = [kpi["id"] for family in families for kpi in family["kpis"]]
    assert sorted(ids) == sorted(CATALOG)
    assert len(families) == len(FAMILIES)
    names = [[kpi["name"] for kpi in family["kpis"]] for family in families]
    assert {name for group in names for name in group} == {kpi.label(lang) for kpi in CATALOG.values()}  # type: ignore[arg-type]


def test_only_one_definition_is_drawn_the_first_when_none_is_chosen(lang: str) -> None:
    first = listed(opened(lang))[0]["kpis"][0]
    assert first["name"] in said(opened(lang))
    assert said(opened(lang)).count('<p class="v-meaning">') == 1
    assert said(opened(lang, kpi="nps")).count('<p class="v-meaning">') == 1


@pytest.mark.parametrize("word", ["décroché", "DECROCHE", "answer_rate", "presented", "présentés"])
def test_a_word_of_either_language_finds_its_kpi_whatever_its_accents(lang: str, word: str) -> None:
    app = opened(lang)
    with centre():
        app.text_input(key="search").set_value(word).run()
    assert any(kpi["id"] == "answer_rate" for family in listed(app) for kpi in family["kpis"])


def test_the_only_kpi_found_is_shown_at_once() -> None:
    app = opened()
    with centre():
        app.text_input(key="search").set_value("data_freshness").run()
    assert "data_freshness" in said(app)


def test_words_that_no_kpi_holds_are_said_calmly() -> None:
    app = opened()
    with centre():
        app.text_input(key="search").set_value("zzzz").run()
    assert "No KPI of that name" in said(app)


def test_a_link_opens_its_definition_with_its_targets_and_their_role() -> None:
    app = opened(kpi="frt_median")
    assert "frt_median" in said(app)
    assert "<dt>Target</dt><dd>≤ 4\u00a0h · house</dd>" in said(app)
    assert "Norm" not in said(app)
    assert app.query_params["kpi"] == "frt_median"


def test_a_link_to_a_kpi_that_does_not_exist_is_ignored_and_named() -> None:
    app = opened(kpi="<script>")
    assert "out of date and was ignored: kpi." in said(app)
    assert "<script>" not in said(app)


def test_the_sql_comes_when_it_is_asked() -> None:
    app = opened(kpi="frt_median")
    assert not app.code
    app.session_state["sql-frt_median"] = True
    with centre():
        app.run()
    assert app.code[0].value == "SELECT 1"


def test_the_links_keep_the_filters() -> None:
    use("en")
    data = json.loads(opened(kpi="nps").get("bidi_component")[0].proto.json)
    assert data["chosen"] == "nps"
    assert data["address"] == "?lang=en&kpi="


@pytest.mark.parametrize("kpi_id", sorted(CATALOG))
def test_every_kpi_can_be_read(kpi_id: str, lang: str) -> None:
    use(lang)  # type: ignore[arg-type]
    assert definition.words_of(CATALOG[kpi_id]).count("<dt>") >= 6


def test_the_worked_example_comes_when_it_is_asked() -> None:
    app = opened(kpi="frt_median")
    assert "v-worked" not in said(app)
    app.session_state["example-frt_median"] = True
    with centre():
        app.run()
    assert not app.exception
    assert "v-worked" in said(app)
    assert "T01" in said(app)
