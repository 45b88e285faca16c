"""One number: what a card says is what its rows, its download, the other pages and the command line say."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import expect
from typer.testing import CliRunner

from dashboard import format as fmt
from dashboard.cli import app
from dashboard.format import UNKNOWN
from dashboard.i18n import spoken
from dashboard.views.team_time import COSTS
from dashboard.words import short
from kpi import catalog
from kpi.definition import Lang
from tests.browser.conftest import Seen
from tests.browser.driving import Server, Tab, plain, squeezed
from tests.dashboard.pooling import ROUNDED, number, pooled
from tests.dashboard.recounts import RULES, Files, read

TABLES = "[class*='st-key-panel-']:has(.js-plotly-plot) [class*='st-key-open-']"
HOVERS = """chart => chart.data.flatMap(({text, hovertext, customdata, hovertemplate}) =>
  [text, hovertext, customdata, hovertemplate].flat(2).filter(Boolean).map(String))"""
"""What a chart says of its points."""
MONTH = {"from": "2026-05-01", "to": "2026-05-31"}
AFTER = "2026-06-01"
UNTIL = datetime(2026, 6, 30, 21, 59, 50)


@pytest.mark.parametrize(("kpi_id", "lang"), [("frt_median", "fr"), ("csat_rate", "en")])
def test_the_file_of_a_card_counted_again_gives_the_card_and_the_command_line(
    tab: Tab, server: Server, tmp_path: Path, kpi_id: str, lang: Lang
) -> None:
    """The way of the bytes to the reader; tests/dashboard/test_recount.py counts the files of every card."""
    tab.open(lang=lang, **MONTH)
    tab.definition(kpi_id, {"fr": "Lignes", "en": "Rows"}[lang])
    rows = read(tab.download(f"rows-drawer-{kpi_id}", tmp_path).read_bytes(), lang)
    answer = asked(kpi_id, server.db, "--from", MONTH["from"], "--to", AFTER)
    period = (datetime(2026, 4, 30, 22), datetime(2026, 5, 31, 22))
    assert RULES[kpi_id](Files(rows, {}, *period, UNTIL)) == (pytest.approx(answer["value"], rel=1e-12), answer["n"])
    assert tab.value(kpi_id) == written(kpi_id, answer, lang)


def test_every_card_of_every_page_says_what_the_command_line_and_the_rows_say(seen: Seen) -> None:
    cards, lang = seen.tab.cards(), seen.lang
    assert {*cards} <= {*RULES}, "a card whose rows no test counts again"
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


def test_the_card_the_chart_its_table_and_its_file_say_the_same_on_every_page(seen: Seen, tmp_path: Path) -> None:
    """The first chart of a page, by its names; tests/dashboard/test_recount.py reads all of them."""
    tab, first = seen.tab, seen.tab.page.locator(TABLES)
    if seen.lang == "en" or not first.count():
        return
    key = re.findall(r"st-key-open-(\S+)", first.first.get_attribute("class") or "")[0]
    file = pd.read_csv(tab.download(key, tmp_path), sep=";", encoding="utf-8-sig", dtype=str)
    table = tab.page.locator("[data-testid=stPopoverBody] canvas")
    expect(table.locator("th").first).to_have_text(file.columns[0])
    heads, cells = (list(map(plain, table.locator(part).all_inner_texts())) for part in ("th", "td"))
    tab.page.keyboard.press("Escape")
    assert heads == [plain(head) for head in file.columns[: len(heads)]]
    rows = file.values[: len(cells) // len(heads), : len(heads)]
    assert [*map(squeezed, cells)] == [squeezed(str(cell)).lstrip("'") for row in rows for cell in row]
    hovers = [squeezed(text) for text in tab.chart(key).evaluate(HOVERS)]
    known = spoken("fr", lambda: {short(catalog.get(kpi_id)): catalog.get(kpi_id) for kpi_id in tab.cards()})
    for name in {*known} & {*file.columns}:
        drawn = [squeezed(cell) for cell in file[name] if cell != UNKNOWN]
        assert [cell for cell in drawn if not any(cell in hover for hover in hovers)] == []
        near = pytest.approx(
            number(tab.card(known[name].id).locator(".v-value").inner_text()),
            rel=0.01,
            abs=ROUNDED.get(known[name].unit, 0),
        )
        assert pooled(file, name, known[name].kind) in (None, near)


def test_a_chart_is_kept_as_an_image_under_its_words(tab: Tab, tmp_path: Path) -> None:
    tab.open(lang="fr")
    tab.page.locator(".st-key-open-overview-frt button").click()
    with tab.page.expect_download() as started:
        tab.page.locator("[data-png=overview-frt]").click()
    started.value.save_as(tmp_path / "chart.png")
    assert started.value.suggested_filename == "vigie-overview-frt.png"
    drawn = tab.chart("overview-frt").bounding_box()
    assert drawn is not None
    head = (tmp_path / "chart.png").read_bytes()[:24]
    width, height = (int.from_bytes(head[i : i + 4]) / 2 for i in (16, 20))
    assert head[1:4] == b"PNG"
    assert width > drawn["width"]
    assert height > drawn["height"] + 40
    assert tab.errors == []


def test_the_bridge_of_a_change_and_what_one_explores_are_kept_as_images(tab: Tab) -> None:
    tab.open(lang="fr", **MONTH)
    with tab.heard():
        tab.page.locator(".st-key-card-fcr_rate .v-delta").click()  # a change opens the reason why
    with tab.page.expect_download() as bridge:
        tab.page.locator("[data-png=why-fcr_rate]").click()
    assert bridge.value.suggested_filename == "vigie-why-fcr_rate.png"
    tab.open("explore", lang="fr", **MONTH)
    with tab.page.expect_download() as explored:
        tab.page.locator("[data-png=explore-bar-0]").click()
    assert explored.value.suggested_filename == "vigie-explore-bar-0.png"
    assert tab.errors == []


def test_a_click_on_a_bar_of_durations_opens_the_rows_that_it_counts(tab: Tab) -> None:
    tab.open("first_response", lang="fr", **MONTH)
    chart = tab.chart("first-response-spread")
    chart.scroll_into_view_if_needed()
    counts = chart.evaluate("chart => chart.data[0].y")
    highest = counts.index(max(counts))
    bar = chart.locator(".bars .point").nth(highest).bounding_box()
    assert bar is not None
    with tab.heard():
        tab.page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    drawer = tab.page.get_by_role("dialog")
    expect(drawer.locator("canvas th").nth(1)).to_have_text("Durée")
    assert tab.errors == []


def test_what_is_explained_computed_or_ahead_answers_a_click_too(tab: Tab) -> None:
    tab.open(lang="fr", **MONTH)
    with tab.heard():
        tab.page.locator(".st-key-card-fcr_rate .v-delta").click()
    with tab.heard():
        tab.press(tab.page.locator(".st-key-chart-why-fcr_rate .bars .point path").nth(1))  # after the mix
    expect(tab.page.get_by_role("dialog")).to_have_count(0)
    assert len(tab.settled().chips()) == 3  # the period, what it is compared with, and the group

    tab.open("calls", lang="fr", **MONTH)
    curve = tab.chart("calls-staffing").locator(".nsewdrag").first
    curve.scroll_into_view_if_needed()
    box = curve.bounding_box()
    assert box is not None
    with tab.heard():
        tab.page.mouse.move(box["x"] + box["width"] - 30, box["y"] + 20)
        tab.page.wait_for_timeout(300)
        tab.page.mouse.click(box["x"] + box["width"] - 30, box["y"] + 20)
    assert tab.settled().address["whatif"][0].startswith("present-")

    tab.open("backlog", lang="fr", **MONTH)
    with tab.heard():
        tab.page.locator(".st-key-ahead summary").click()
    with tab.heard():
        tab.press(tab.settled().page.locator("[class*=st-key-chart-ahead] .nsewdrag").first)
    # The fragment runs first, then the page: between the two a busy server may be quiet for longer than `heard` waits.
    tab.page.wait_for_url(lambda _url: tab.address["from"] == tab.address["to"])
    assert tab.settled().address["from"] == tab.address["to"]
    assert tab.errors == []


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
