"""From an empty centre to its first report, as a person does it: drop, answer, load, read, undo."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.driving import plain, serving

DESK = (
    "Export du 13/05/2026;;;\n"
    "N° demande;Date de création;Canal d'entrée;État\n"
    "1;03/04/2026 10:00;Mail;Clos\n2;04/04/2026 10:05;Tél.;En cours\n3;05/04/2026 09:00;Pigeon;En cours\n"
)


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
        expect(report).to_be_visible()
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
        assert tab.errors == []
        assert "Traceback" not in server.log()
