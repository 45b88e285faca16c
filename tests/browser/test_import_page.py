"""From an empty centre to its first report, as a person does it: drop, answer, load, read, undo."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import duckdb
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Opener
from tests.browser.driving import Tab, plain, serving

TICKETS = (
    "ticket_id,created_at,channel,status,agent_id\nZ1,2026-03-02T08:30:00Z,email,open,A1\n"
    "Z2,2026-03-02T08:40:00Z,phone,open,A9\nZ3,bientôt,email,open,A1\n"
)

DESK = (
    "Export du 13/05/2026;;;\n"
    "N° demande;Date de création;Canal d'entrée;État\n"
    "1;03/04/2026 10:00;Mail;Clos\n2;04/04/2026 10:05;Tél.;En cours\n3;05/04/2026 09:00;Pigeon;En cours\n"
)


def panel_of(tab: Tab, name: str) -> Locator:
    heading = tab.page.get_by_role("heading", name=name, exact=True)
    return tab.page.locator("[class*='st-key-panel-imports-']", has=heading)


def an_archive_goes_from_the_drop_to_the_report(tab: Tab, folder: Path) -> None:
    """Two exports and a letter in one zip: both are loaded, of the second a row is refused, the letter is named."""
    packed = folder / "mars.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("export/agents.csv", "agent_id,team_id\nA1,T1\n")
        archive.writestr("export/tickets.csv", TICKETS)
        archive.writestr("lettre.pdf", b"%PDF-1.4")
    tab.page.set_input_files("input[type=file]", str(packed))
    expect(panel_of(tab, "mars.zip/lettre.pdf").get_by_text(re.compile("type de fichier inconnu"))).to_be_visible()
    tickets = panel_of(tab, "mars.zip/export/tickets.csv")
    expect(tickets.get_by_text(re.compile("2 lignes peuvent être chargées, 1 serait rejetée"))).to_be_visible()
    tab.language("EN")
    expect(panel_of(tab, "mars.zip/export/agents.csv").get_by_text("1 row can be loaded")).to_be_visible()
    tab.page.get_by_role("button", name=re.compile("Load 2 files")).click()
    report = tab.page.locator(".st-key-panel-imports-report")
    expect(report).to_be_visible(timeout=30_000)
    text = plain(report.inner_text())
    assert "4 rows read, every row accounted for" in text
    assert "tickets, 1 row: Agent (agent_id) names something that no import has brought (Z2)" in text
    assert "bientôt" in text
    report.get_by_role("link", name="See the quality of the data").click()
    expect(tab.page.get_by_text(re.compile("4 rows were read: 3 new, 0 updated, 0 already there, 1"))).to_be_visible()


CASES = (
    "Case Number,Date/Time Opened,Status,Case Origin\nC1,13/04/2026 10:00,Simmering,Email\n"
    "C2,13/04/2026 11:00,New,Email\n"
)


def a_status_of_the_centre_is_matched_and_its_rows_go_in(tab: Tab, folder: Path) -> None:
    cases = folder / "cases.csv"
    cases.write_text(CASES, encoding="utf-8")
    tab.menu("imports")
    tab.page.set_input_files("input[type=file]", str(cases))
    panel = panel_of(tab, "cases.csv")
    expect(panel.get_by_text("1 row can be loaded, 1 would be rejected")).to_be_visible()
    expect(panel.get_by_text(re.compile("Status: 1 word of your own · 1 to match"))).to_be_visible()
    with tab.heard():
        panel.get_by_label("Simmering · 1 row").click()
        tab.page.keyboard.type("Open")
        tab.page.keyboard.press("Enter")
    expect(panel.get_by_text("2 rows can be loaded")).to_be_visible()
    tab.page.get_by_role("button", name=re.compile("Load 1 file")).click()
    report = tab.page.locator(".st-key-panel-imports-report")
    expect(report.get_by_text(re.compile("2 rows read, every row accounted for"))).to_be_visible(timeout=30_000)


def test_a_first_export_goes_from_the_drop_to_the_report_and_back(reader: Opener, tmp_path: Path) -> None:
    db, export = tmp_path / "centre.duckdb", tmp_path / "desk.csv"
    export.write_text(DESK, encoding="cp1252")
    with serving(db, create=False) as server:
        tab = reader(server).open(lang="fr")
        tab.page.get_by_role("link", name="Importer vos exports").click()
        expect(tab.page.get_by_role("heading", name="Déposez un ou plusieurs fichiers")).to_be_visible()

        tab.page.set_input_files("input[type=file]", str(export))
        panel = tab.page.locator(
            "[class*='st-key-panel-imports-']", has=tab.page.get_by_role("heading", name="desk.csv")
        )
        expect(panel.get_by_text("Fichier inconnu de Vigie")).to_be_visible()
        expect(panel.get_by_text(re.compile("Dites si les dates"))).to_be_visible()
        load = tab.page.get_by_role("button", name=re.compile("^.*Charger"))
        expect(load).to_be_disabled()
        with tab.heard():
            panel.get_by_text("le jour", exact=True).click()
        expect(panel.get_by_text(re.compile("2 lignes peuvent être chargées, 1 serait rejetée"))).to_be_visible()
        with tab.heard():
            tab.page.get_by_label("Votre nom").fill("Zoé")
            tab.page.keyboard.press("Enter")
        load.click()

        report = tab.page.locator(".st-key-panel-imports-report")
        expect(report).to_be_visible(timeout=30_000)  # a whole import
        assert "3 lignes lues, chaque ligne retrouvée" in plain(report.inner_text())
        assert "Pigeon" in report.inner_text()
        with duckdb.connect(str(db), read_only=True) as con:
            found = con.execute("SELECT ticket_id, created_at::VARCHAR, channel FROM tickets ORDER BY 1").fetchall()
        assert found == [("1", "2026-04-03 08:00:00", "email"), ("2", "2026-04-04 08:05:00", "phone")]
        tab.menu("overview")
        assert tab.value("tickets_created") == "2"

        tab.menu("imports")
        tab.page.get_by_role("button", name=re.compile("Annuler le dernier import")).click()
        tab.page.get_by_role("button", name="Annuler cet import").click()
        expect(tab.page.get_by_text(re.compile("Import annulé"))).to_be_visible()
        assert not db.exists()

        an_archive_goes_from_the_drop_to_the_report(tab, tmp_path)
        a_status_of_the_centre_is_matched_and_its_rows_go_in(tab, tmp_path)
        assert tab.errors == []
        assert "Traceback" not in server.log()
