"""One number: what a card says is what its rows, its download, the other pages and the command line say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import expect
from typer.testing import CliRunner

from dashboard import format as fmt
from dashboard.cli import app
from dashboard.views.team_time import COSTS
from kpi import catalog
from tests.browser.conftest import Seen
from tests.browser.driving import Server, Tab, plain, squeezed

MONTH = {"from": "2026-05-01", "to": "2026-05-31"}
AFTER = "2026-06-01"


def _median(rows: pd.DataFrame) -> float:
    return float(rows["first_response_s"].median())


def _count(rows: pd.DataFrame) -> float:
    return len(rows)


def _satisfied(rows: pd.DataFrame) -> float:
    middle = (rows["scale_min"] + rows["scale_max"]) / 2
    return float((rows["score"] > middle).mean())


RECOUNTS: dict[str, Callable[[pd.DataFrame], float]] = {
    "frt_median": _median,
    "tickets_created": _count,
    "csat_rate": _satisfied,
}


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("kpi_id", RECOUNTS)
def test_the_rows_of_a_card_recounted_elsewhere_give_the_card_and_the_command_line(
    tab: Tab, server: Server, tmp_path: Path, kpi_id: str, lang: str
) -> None:
    tab.open(lang=lang, **MONTH)
    tab.definition(kpi_id, {"fr": "Lignes", "en": "Rows"}[lang])
    file = tab.download(f"rows-drawer-{kpi_id}", tmp_path)
    dialect: dict[str, Any] = {"sep": ";", "decimal": ","} if lang == "fr" else {}
    rows = pd.read_csv(file, encoding="utf-8-sig", **dialect)
    answer = asked(kpi_id, server.db, "--from", MONTH["from"], "--to", AFTER)
    assert len(rows) == answer["n"] > 100
    assert RECOUNTS[kpi_id](rows) == pytest.approx(answer["value"], rel=1e-12)
    assert tab.value(kpi_id) == written(kpi_id, answer, lang)


def test_every_card_of_every_page_says_what_the_command_line_and_the_rows_say(seen: Seen) -> None:
    cards, lang = seen.tab.cards(), seen.lang
    if lang == "fr":  # the rows recounted above are read in both languages
        cards = dict(list(cards.items())[:2])
    for kpi_id, said in cards.items():
        if kpi_id not in COSTS:  # those are asked of the months that the page names
            answer = asked(kpi_id, seen.server.db)
            assert (kpi_id, seen.tab.value(kpi_id)) == (kpi_id, written(kpi_id, answer, lang))
            if "n = " in said:
                assert f"n = {plain(fmt.number(answer['n'], lang))}" in said
    check = seen.tab.page.locator(".st-key-check button")
    assert check.count() == (1 if cards else 0)
    if cards and lang == "en":
        check.click()
        expect(seen.tab.page.locator(".st-key-reconciled")).to_contain_text("Reconciled.")
    assert seen.tab.errors == []


def test_the_table_under_a_chart_ends_on_the_figure_of_the_card(tab: Tab, tmp_path: Path) -> None:
    tab.open(lang="fr")
    file = tab.download("overview-backlog", tmp_path)
    table = pd.read_csv(file, sep=";", encoding="utf-8-sig", dtype=str)
    assert squeezed(table.iloc[-1]["Arriéré"]) == tab.value("ticket_backlog")


def test_the_i_opens_words_formula_counts_sql_and_rows(tab: Tab, server: Server) -> None:
    tab.open(lang="fr", **MONTH)
    answer = asked("frt_median", server.db, "--from", MONTH["from"], "--to", AFTER)
    drawer = tab.definition("frt_median")
    words = plain(drawer.inner_text())
    kpi = catalog.get("frt_median")
    for part in ("meaning", "formula", "population", "edges"):
        assert plain(kpi.text(part, "fr")) in words
    assert plain(f"Comptés {fmt.number(answer['n'], 'fr')}") in words
    assert plain(f"Valeur {fmt.text(answer['value'], kpi.unit, 'fr')}") in words
    assert plain(f"Invalides {answer['n_invalid']}") in words
    assert plain(f"Lignes comptées {fmt.number(answer['n'], 'fr')}") in words

    tab.part("SQL")
    sql = drawer.locator("code").inner_text()
    assert "FROM ticket_facts" in sql
    tab.part("Lignes")
    expect(drawer.locator("canvas th").first).to_have_text("Ticket")
    heads = [plain(text) for text in drawer.locator("canvas th").all_inner_texts()]
    assert heads[:3] == ["Ticket", "Reçue", "Canal"]
    assert [head for head in heads if "_" in head] == []
    drawer.get_by_role("combobox").click()
    with tab.heard():
        tab.page.get_by_role("option", name=re.compile("^Hors de la population")).click()
    expect(drawer.locator("canvas th").first).to_have_text("Ticket")
    tab.close_definition()


def test_escape_closes_the_drawer_after_a_download(tab: Tab, tmp_path: Path) -> None:
    """The download takes the focus with it, and the drawer then hears no key."""
    tab.open(lang="fr", **MONTH)
    drawer = tab.definition("tickets_created", "Lignes")
    tab.download("rows-drawer-tickets_created", tmp_path)
    tab.page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)


def asked(kpi_id: str, db: Path, *options: str) -> dict[str, Any]:
    """What `vigie kpi` answers."""
    done = CliRunner().invoke(app, ["kpi", kpi_id, "--db", str(db), "--format", "json", *options])
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.output)
    return answer


def written(kpi_id: str, answer: dict[str, Any], lang: str) -> str:
    """A value as a card shows it, spaces left out."""
    return squeezed(fmt.text(answer["value"], catalog.get(kpi_id).unit, "fr" if lang == "fr" else "en"))
