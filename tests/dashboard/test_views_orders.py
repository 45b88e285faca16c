"""Orders and disputes on small real stores: its figures, what waits first, and every store that lacks something."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from data.importing import import_paths
from kpi.answer import answer
from kpi.engines import DuckDBEngine
from kpi.model import Period, Query
from tests.dashboard.desk import HOSTILE, disputes, html_of, lines, listed, opened, orders, said, teams, write

LANGUAGES = ("en", "fr")
STORES = ("all", "orders", "disputes", "decided")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> store: everything; orders alone; disputes alone; orders of which none waits."""
    folder = tmp_path_factory.mktemp("desk")
    came = orders()
    paths = {
        "orders": write(folder / "orders.csv", came),
        "order_lines": write(folder / "order_lines.csv", lines(came)),
        "disputes": write(folder / "disputes.csv", disputes()),
        "teams": write(folder / "teams.csv", teams()),
    }
    (folder / "done").mkdir()
    decided = write(folder / "done" / "orders.csv", orders(pending=0))
    made = {"all": list(paths.values()), "orders": [paths["orders"]], "disputes": [paths["disputes"]]}
    for name, files in (made | {"decided": [decided]}).items():
        import_paths(folder / f"{name}.duckdb", files)
    return {name: folder / f"{name}.duckdb" for name in STORES}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("store", STORES)
def test_the_page_is_drawn_whatever_the_store_holds(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], store: str, lang: str
) -> None:
    text = said(opened(monkeypatch, stores[store], "orders", lang))
    assert {"en": "Orders and disputes", "fr": "Commandes et litiges"}[lang] in text
    assert "v-empty" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("day", [date(2025, 1, 6), date(2027, 1, 4)], ids=["before the data", "to come"])
def test_an_empty_period_says_so(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str, day: date
) -> None:
    app = opened(monkeypatch, stores["all"], "orders", lang, custom=(day, day))
    assert "v-empty" in said(app)
    assert "widen-period" in {button.key for button in app.button}


def test_a_filter_that_orders_do_not_have_can_be_removed(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    app = opened(monkeypatch, stores["all"], "orders", filters=[("request_type", ("refund",))])
    assert "widen-filters" in {button.key for button in app.button}


def test_a_store_without_orders_names_the_export(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import_paths(tmp_path / "v.duckdb", [write(tmp_path / "teams.csv", teams())])
    assert "<b>orders</b>" in said(opened(monkeypatch, tmp_path / "v.duckdb", "orders"))


def test_the_sentence_says_the_figures_of_the_answers(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    engine = DuckDBEngine(stores["all"])
    period = Period(engine.first_instant(), engine.data_until())
    asked = ("orders_received", "orders_processed", "orders_pending", "priority_orders_to_validate", "disputes_opened")
    found = answer(Query((*asked, "disputes_open"), period, timezone=engine.timezone()), engine)
    expected = [str(int(one.total.value or 0)) for one in found.values()]
    lead = re.search(r'class="v-lead">(.*?)</p>', html_of(opened(monkeypatch, stores["all"], "orders")), re.S)
    assert lead is not None
    bold = re.findall(r"<b>(.*?)</b>", lead[1])
    numbers = [text for text in bold if text.isdigit()]
    assert numbers == expected == ["80", "77", "3", "2", "14", "2"]


def test_the_most_urgent_order_comes_first_then_the_oldest(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    app = opened(monkeypatch, stores["all"], "orders")
    waiting = next(table for table in listed(app) if "Waiting for" in table)
    assert list(waiting["Order"]) == ["O79", "O77", "O78"]
    assert list(waiting["Priority"]) == ["Urgent", "High", "Normal"]
    assert all(waiting["Waiting for"])


def test_the_oldest_dispute_comes_first(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = opened(monkeypatch, stores["all"], "orders")
    waiting = next(table for table in listed(app) if "Dispute" in table)
    assert list(waiting["Dispute"]) == ["D12", "D13"]


def test_no_order_that_waits_is_said_and_not_listed(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = opened(monkeypatch, stores["decided"], "orders")
    assert "No order waits for a decision." in said(app)
    assert not any("Waiting for" in table for table in listed(app))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_imported_names_are_shown_as_text(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str) -> None:
    app = opened(monkeypatch, stores["all"], "orders", lang)
    assert HOSTILE not in html_of(app)
    charts = " ".join(chart.proto.spec for chart in app.get("plotly_chart"))
    assert HOSTILE not in charts
    assert "Kettle" in html_of(app), "products by name, not by code"


def test_another_kpi_redraws_the_detail(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = opened(monkeypatch, stores["all"], "orders", state={"orders-kpi": "otif_rate"})
    assert "On time in full" in said(app)
    assert "could not be drawn" not in said(app)


def test_a_young_dispute_rate_is_not_read_as_nothing(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    text = said(opened(monkeypatch, stores["all"], "orders"))
    assert "too early to tell" in text
    assert "too recent" in text
