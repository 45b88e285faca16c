"""From the rows to n: what a figure leaves out is counted by reason and can be opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import cache, waterfall
from dashboard.cli import verify
from dashboard.i18n import use
from kpi.answer import Step
from kpi.definition import Lang
from kpi.model import Figure, Status

UNTIL = datetime(2025, 4, 1, 8)
LEFT_OUT = {"spam": 3, "outside": 4, "invalid": 2}
COUNTED = 12


def _tickets() -> list[dict[str, Any]]:
    """3 spam, 4 by phone, 2 answered before they were received, 12 answered in time."""
    kinds = [("spam", 3), ("phone", 4), ("early", 2), ("plain", COUNTED)]
    return [_ticket(kind, number) for kind, count in kinds for number in range(count)]


def _ticket(kind: str, number: int) -> dict[str, Any]:
    return {
        "ticket_id": f"{kind}-{number}",
        "created_at": "2025-03-10T08:00:00Z",
        "first_response_at": f"2025-03-10T{7 if kind == 'early' else 9:02}:00:00Z",
        "channel": "phone" if kind == "phone" else "email",
        "initiated_by": "customer",
        "exclusion": "spam" if kind == "spam" else None,
        "status": "open",
    }


def _survey(number: int) -> dict[str, Any]:
    return {
        "survey_id": f"S{number}", "survey_type": "nps", "scale_min": 0, "scale_max": 10, "score": 9,
        "higher_is_better": True,
        "sent_at": "2025-03-10T08:00:00Z", "responded_at": "2025-03-10T09:00:00Z",
        "exclusion": "test" if number == 0 else None,
    }  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "store.duckdb"
    source = {"import_id": "1", "source": "test", "loaded_at": UNTIL.isoformat(), "data_until": UNTIL.isoformat()}
    tables = {"imports": [source], "tickets": _tickets(), "surveys": [_survey(number) for number in range(4)]}
    with duckdb.connect(str(path)) as con:
        verify.load(con, tables, "Europe/Paris")
    return path


@pytest.fixture(autouse=True)
def opened(store: Path) -> Iterator[None]:
    for kept in (cache._ask, cache._rows, cache._waterfall, cache._domains):
        kept.clear()  # type: ignore[attr-defined]
    with patch.dict("os.environ", {"VIGIE_DB": str(store)}):
        yield


def _script(kpi_id: str, lang: str, part: str) -> None:
    from dashboard import cache, definition
    from dashboard.filters import Choice, scope_of
    from dashboard.i18n import use
    from dashboard.periods import Preset
    from kpi import catalog

    use(lang)  # type: ignore[arg-type]
    engine = cache.engine()
    scope = scope_of(
        Choice(Preset.LAST_90), data_until=engine.data_until(), first_instant=engine.first_instant(),
        timezone="Europe/Paris", targets=(),
    )  # fmt: skip
    getattr(definition, part)(scope, catalog.get(kpi_id))


def drawn(kpi_id: str, part: str, lang: str = "en") -> AppTest:
    app = AppTest.from_function(_script, default_timeout=30, kwargs={"kpi_id": kpi_id, "lang": lang, "part": part})
    app.run()
    assert not app.exception
    return app


def lines(html: str) -> list[tuple[str, str]]:
    return re.findall(r"<li class=\"[\w-]+\"><span>(.*?)</span>.*?<b>(.*?)</b>", html)


def test_the_list_begins_with_every_row_and_ends_with_those_counted() -> None:
    (html,) = (element.value for element in drawn("frt_median", "_definition").html if "v-steps" in element.value)
    assert lines(html) == [
        ("Rows of the selection", "21"),
        ("Outside the population", "−\u00a04"),
        ("Spam", "−\u00a03"),
        ("Value impossible", "−\u00a02"),
        ("Rows counted", "12"),
    ]


@pytest.mark.parametrize("lang", get_args(Lang))
def test_each_reason_opens_its_own_rows_and_no_other(lang: str) -> None:
    app = drawn("frt_median", "_rows", lang)
    (choice,) = app.selectbox
    assert len(choice.options) == 1 + len(LEFT_OUT)
    assert len(app.dataframe[0].value) == COUNTED
    for option, (reason, n) in enumerate(sorted(LEFT_OUT.items(), key=lambda pair: -pair[1]), start=1):
        app.selectbox[0].select_index(option).run()
        assert not app.exception
        rows = app.dataframe[0].value
        first = {"spam": "spam-", "outside": "phone-", "invalid": "early-"}[reason]
        assert len(rows) == n
        assert rows["Ticket"].str.startswith(first).all()


def test_a_figure_hidden_for_being_too_few_answers_does_not_open_its_rows_by_another_door() -> None:
    assert "v-steps" not in " ".join(element.value for element in drawn("nps", "_definition").html)
    app = drawn("nps", "_rows")
    assert not app.selectbox
    assert not app.dataframe


@pytest.mark.parametrize("lang", get_args(Lang))
@pytest.mark.parametrize("kpi_id", ["orders_received", "cost_per_contact", "data_freshness", "tickets_created"])
def test_nothing_breaks_where_there_are_no_rows_to_explain(kpi_id: str, lang: str) -> None:
    for part in ("_definition", "_rows"):
        drawn(kpi_id, part, lang)


def test_a_target_says_that_there_is_none_rather_than_nothing() -> None:
    said = " ".join(element.value for element in drawn("frt_median", "_definition").html)
    assert "<dt>Target</dt><dd>none set</dd>" in said


def test_bars_fall_from_the_whole_to_what_is_counted() -> None:
    use("en")
    html = waterfall.html([Step("spam", 30), Step("missing", 20), Step("counted", 50)], Figure(n=50, status=Status.OK))
    assert re.findall(r"margin-left:([\d.]+)%;width:([\d.]+)%", html) == [
        ("0.0", "100.0"), ("70.0", "30.0"), ("50.0", "20.0"), ("0.0", "50.0"),
    ]  # fmt: skip


def test_rows_that_are_not_the_cases_are_told_apart() -> None:
    use("en")
    html = waterfall.html([Step("counted", 50)], Figure(n=7, status=Status.OK))
    assert lines(html) == [("Rows of the selection", "50"), ("Rows counted", "50"), ("Cases they make (n)", "7")]


def test_an_empty_selection_draws_no_bar() -> None:
    use("en")
    assert "<i" not in waterfall.html([Step("counted", 0)], Figure())
    assert waterfall.html([], Figure()) == ""
