"""Other databases than the demo's, and what happens to the one that is open."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from playwright.sync_api import expect

from data.settings import open_settings
from tests.browser.conftest import Opener
from tests.browser.driving import VIEWS, named, names_in, plain, serving, vigie

MAPPING = Path(__file__).parents[2] / "data" / "sources" / "examples" / "nps_survey.toml"
TICKETS = "ticket_id,created_at,channel,status,first_response_at\n"


def test_an_empty_path_invites_and_each_import_is_seen_without_a_restart(reader: Opener, tmp_path: Path) -> None:
    db = tmp_path / "centre.duckdb"
    with serving(db, create=False) as server:
        tab = reader(server).open(lang="fr")
        invitation = plain(tab.page.locator("[data-testid=stMain]").inner_text())
        assert "Pas encore de données" in invitation
        assert "vigie import" in invitation and "vigie demo" in invitation
        tab.menu("satisfaction")
        assert "Pas encore de données" in plain(tab.page.locator("[data-testid=stMain]").inner_text())

        vigie("import", "--db", db, tickets(tmp_path, 1, 40))
        tab.menu("overview")
        assert tab.value("tickets_created") == "40"
        vigie("import", "--db", db, tickets(tmp_path, 41, 65))
        tab.choose("f_period", "7 derniers jours")
        assert tab.value("tickets_created") == "65"
        vigie("import", "--db", db, tickets(tmp_path, 66, 70))
        expect(tab.page.locator(".st-key-card-tickets_created .v-value")).to_have_text("70", timeout=15_000)
        assert "Traceback" not in server.log()


SPEAK_ANYWAY = ("verbatims", "imports", "explore", "targets", "definitions", "data_quality")
"""Pages that have something to say of surveys alone."""


def test_a_centre_with_surveys_alone_has_its_score_and_calm_pages(reader: Opener, tmp_path: Path) -> None:
    file, db = tmp_path / "answers.csv", tmp_path / "centre.duckdb"
    scores = [10] * 40 + [8] * 30 + [3] * 10
    lines = [f"{i},{i},{score},merci {i}" for i, score in enumerate(scores)]
    file.write_text('"","id","nps","explication"\n' + "\n".join(lines) + "\n")
    vigie("import", "--db", db, "--mapping", MAPPING, file)
    with serving(db) as server:
        tab = reader(server).open(lang="fr")
        for view in VIEWS:
            tab.menu(view)
            assert tab.page.locator(".st-key-empty-error, [data-testid=stException]").count() == 0, view
            if view == "satisfaction":
                assert tab.value("nps") == "+38"
                assert "n = 80" in tab.cards()["nps"]
            elif view not in SPEAK_ANYWAY:
                said = tab.page.get_by_text(re.compile("chiffres demandent|demande l’export"))
                expect(tab.page.locator(".v-empty").or_(said).first).to_be_visible()
                if view == "overview" or tab.page.locator(".st-key-empty-needs").count():
                    expect(tab.page.locator("[data-testid=stMain]").get_by_text("Importer un export")).to_be_visible()
                assert all(value == "–" for kpi_id, value in tab.values().items() if kpi_id != "nps"), view
        assert "Traceback" not in server.log()


def test_no_agent_is_named_until_the_owner_says_so(reader: Opener, demo_store: Path, tmp_path: Path) -> None:
    db = tmp_path / "centre.duckdb"
    shutil.copy(demo_store, db)
    names = names_in(db)
    with serving(db) as server:
        tab = reader(server).open("agents", lang="fr", agent="A001")
        assert named(tab.page.content(), names) == set()
        assert named("\n".join(tab.options("f_agent_id")), names) == set()
        open_settings(db).set_preference("show_names", "true")
        assert named(tab.menu("agents").page.content(), names)
        assert named("\n".join(tab.options("f_agent_id")), names)


def tickets(folder: Path, first: int, last: int) -> Path:
    """An export of tickets, all of the same day, answered within the hour."""
    file = folder / f"tickets-{first}.csv"
    lines = [
        f"T{i},2026-11-20T09:{i % 60:02}:00Z,email,open,2026-11-20T10:{i % 60:02}:00Z" for i in range(first, last + 1)
    ]
    file.write_text(TICKETS + "\n".join(lines) + "\n")
    return file
