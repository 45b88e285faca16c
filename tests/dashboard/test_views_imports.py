"""The Import page: nothing enters before a person says so, nothing is guessed in silence, nothing is lost."""

from __future__ import annotations

import hashlib
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import importing_past
from dashboard.kinds_of_files import TITLES
from data.history import history
from data.sources.known import SHAPES
from data.sources.own_words import words_for
from data.sources.saved import folder_of
from data.store import ImportFailed
from tests.dashboard.desk import HOSTILE, html_of, listed, said

TICKETS = "ticket_id,created_at,channel,status\nX1,2026-03-02T08:30:00Z,email,open\nX2,soon,email,open\n"
DESK = (
    "N° demande;Date de création;Canal d'entrée;État\n"
    "1;03/04/2026 10:00;Mail;Clos\n2;04/04/2026 10:05;Tél.;En cours\n3;05/04/2026 09:00;Pigeon;En cours\n"
)


def _script(lang):  # type: ignore[no-untyped-def]  # Streamlit runs its source, alone
    import streamlit as st

    from dashboard import keeping
    from dashboard.i18n import use
    from dashboard.views.imports import render

    keeping.new_run()
    use(st.session_state.get("test-lang", lang))
    render(None)


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("data.derive.derive", lambda con, timezone, part=False: None)
    monkeypatch.setenv("VIGIE_DB", str(tmp_path / "v.duckdb"))
    return tmp_path / "v.duckdb"


def opened(lang: str = "en") -> AppTest:
    app = AppTest.from_function(_script, default_timeout=60, kwargs={"lang": lang}).run()
    assert not app.exception
    return app


def drop(app: AppTest, *files: tuple[str, str]) -> AppTest:
    app.file_uploader[0].set_value([(name, text.encode(), "text/csv") for name, text in files]).run()
    assert not app.exception
    return app


def loaded(app: AppTest, who: str = "Zoé") -> AppTest:
    next(box for box in app.text_input if box.key.startswith("imports-who-load")).set_value(who).run()
    assert not app.exception
    go(app).click().run()
    assert not app.exception
    return app


def go(app: AppTest):  # type: ignore[no-untyped-def]
    return app.button(key="imports-go")


def rows(db: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{db}' AS s (READ_ONLY); USE s")
        return con.execute(sql).fetchall()


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_an_empty_centre_is_asked_for_its_files(db: Path, lang: str) -> None:
    text = html_of(opened(lang))
    assert {"en": "Drop one or many files", "fr": "Déposez un ou plusieurs fichiers"}[lang] in text
    assert not db.exists()


def test_a_file_of_ours_is_shown_then_loaded_and_every_row_accounted_for(db: Path) -> None:
    app = drop(opened(), ("tickets.csv", TICKETS))
    assert "1 row can be loaded, 1 would be rejected" in html_of(app)
    assert go(app).disabled, "nobody said who loads"
    assert not db.exists()
    loaded(app)
    assert "2 rows read, every row accounted for" in html_of(app)
    (report, refused, past) = listed(app)
    assert list(report.iloc[0])[:7] == ["tickets.csv", "tickets", "2", "1", "0", "0", "1"]
    assert list(refused.iloc[0])[:4] == ["tickets.csv", "3", "Received", "soon"]
    assert list(past.iloc[0])[1:5] == ["Zoé", "canonical", "tickets.csv", "2"]
    assert rows(db, "SELECT ticket_id FROM tickets") == [("X1",)]
    assert not app.file_uploader[0].value, "room for the next files"


def test_the_order_of_the_dates_is_asked_before_anything_loads_and_the_mapping_is_kept(db: Path) -> None:
    app = drop(opened("fr"), ("desk.csv", DESK))
    text = html_of(app)
    assert "Fichier inconnu" in text and "Dites si les dates commencent par le jour ou par le mois." in text
    assert go(app).disabled and app.radio[0].value is None
    app.radio[0].set_value("dmy").run()
    assert "2 lignes peuvent être chargées, 1 serait rejetée" in html_of(app)
    word = next(box for box in app.selectbox if box.label == "Pigeon")
    assert word.value == ""
    word.set_value("post").run()
    assert "3 lignes peuvent être chargées" in html_of(app)
    loaded(app)
    assert rows(db, "SELECT created_at::VARCHAR, channel FROM tickets ORDER BY ticket_id") == [
        ("2026-04-03 08:00:00", "email"), ("2026-04-04 08:05:00", "phone"), ("2026-04-05 07:00:00", "post"),
    ]  # fmt: skip
    assert [path.name for path in folder_of(db).iterdir()] == ["desk.toml"]
    again = drop(opened(), ("may.csv", DESK))
    assert "Read with your mapping <b>desk</b>" in html_of(again)
    assert not again.radio and "3 rows can be loaded" in html_of(again), "a word once matched stays so"
    again.toggle[0].set_value(True).run()
    word = next(box for box in again.selectbox if box.label == "Pigeon")
    assert (word.value, again.radio[0].value, go(again).label) == ("post", "dmy", "Load 1 file")
    word.set_value("visit").run()
    loaded(again)
    assert rows(db, "SELECT channel FROM tickets WHERE ticket_id = '3'") == [("visit",)]
    assert [path.name for path in folder_of(db).iterdir()] == ["desk.toml"]


def test_a_column_that_is_missing_is_asked_for(db: Path) -> None:
    app = drop(
        opened(), ("desk.csv", DESK.replace("Canal d'entrée", "Zzz").replace("Mail", "qq").replace("Tél.", "ww"))
    )
    app.radio[0].set_value("dmy").run()
    text = html_of(app)
    assert "Channel is missing" in text or "Say what Channel is in every row." in text
    assert go(app).disabled


def test_an_unreadable_file_is_left_out_and_the_others_load(db: Path) -> None:
    app = drop(opened(), ("broken.xlsx", "nothing"), ("tickets.csv", TICKETS))
    assert "This file cannot be read, and will be left out" in html_of(app)
    assert go(app).label == "Load 1 file"
    loaded(app)
    assert rows(db, "SELECT count(*) FROM tickets") == [(1,)]


def test_an_import_that_fails_says_what_and_keeps_the_files(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*args: object, **options: object) -> None:
        raise ImportFailed(f"the disk is full {HOSTILE}")

    monkeypatch.setattr("dashboard.views.imports.import_files", failing)
    app = loaded(drop(opened(), ("tickets.csv", TICKETS)))
    text = html_of(app)
    assert "Nothing was imported, the data are as they were: the disk is full" in text
    assert HOSTILE not in text and "Traceback" not in text
    assert app.file_uploader[0].value and not db.exists()


def test_the_last_import_is_undone_from_the_page(db: Path) -> None:
    loaded(drop(opened(), ("tickets.csv", TICKETS)))
    app = loaded(drop(opened(), ("tickets.csv", TICKETS.replace("soon", "2026-03-02T09:00:00Z"))))
    assert rows(db, "SELECT count(*) FROM tickets") == [(2,)]
    app.button(key="imports-undo-yes").click().run()
    assert not app.exception
    assert "Undone: the data are as they were before" in html_of(app)
    assert rows(db, "SELECT count(*) FROM tickets") == [(1,)]
    (past,) = listed(app)
    assert "by Zoé" in past["Undone"].iloc[0] and past["Undone"].iloc[1] == ""
    assert not [button for button in app.button if button.key == "imports-undo-yes"]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_what_a_file_holds_is_shown_as_it_is_written(db: Path, lang: str) -> None:
    evil = DESK.replace("Pigeon", HOSTILE).replace("État", "État;" + HOSTILE).replace("Clos\n", f"Clos;{HOSTILE}\n")
    app = drop(opened(lang), (f"{HOSTILE}.csv".replace("/", ""), evil))
    app.radio[0].set_value("dmy").run()
    assert HOSTILE not in html_of(app)
    assert "&lt;img" in html_of(app)
    assert "could not be drawn" not in said(app)


def test_a_known_system_whose_dates_prove_nothing_is_asked_too(db: Path) -> None:
    cases = "Case Number,Date/Time Opened,Status,Case Origin\n001,03/04/2026 10:00,New,Email\n"
    app = drop(opened(), ("report.csv", cases))
    text = html_of(app)
    assert "Recognised: <b>Salesforce: cases</b> · fills tickets" in text and "Because it has Case Number" in text
    assert go(app).disabled
    app.radio[0].set_value("mdy").run()
    app.selectbox[0].set_value("America/Martinique").run()
    loaded(app)
    assert rows(db, "SELECT created_at::VARCHAR FROM tickets") == [("2026-03-04 14:00:00",)]


def test_two_files_of_one_name_are_both_loaded(db: Path) -> None:
    app = loaded(drop(opened(), ("tickets.csv", TICKETS), ("tickets.csv", TICKETS.replace("X", "Y"))))
    assert list(listed(app)[0].iloc[:, 0]) == ["tickets.csv", "tickets.csv (2)"]
    assert rows(db, "SELECT ticket_id FROM tickets ORDER BY 1") == [("X1",), ("Y1",)]


def test_a_change_of_language_keeps_the_answers(db: Path) -> None:
    app = drop(opened("en"), ("desk.csv", DESK))
    app.radio[0].set_value("dmy").run()
    next(box for box in app.selectbox if box.label == "Pigeon").set_value("post").run()
    next(box for box in app.text_input if box.key.endswith("-own")).set_value("mine").run()
    assert "3 rows can be loaded" in html_of(app)
    app.session_state["test-lang"] = "fr"
    app.run()
    assert not app.exception
    assert "3 lignes peuvent être chargées" in html_of(app)
    assert next(box for box in app.selectbox if box.label == "Pigeon").value == "post"
    assert next(box for box in app.text_input if box.key.endswith("-own")).value == "mine"


def test_what_looks_odd_beside_the_real_store_is_said_before_the_load(db: Path) -> None:
    agents = "agent_id\nA1\n"
    rows_ = "ticket_id,created_at,channel,status,agent_id\nX1,2026-03-02T08:30:00Z,email,open,A1\n"
    loaded(drop(opened(), ("agents.csv", agents), ("tickets.csv", rows_)))
    text = html_of(drop(opened(), ("more.csv", rows_ + "X2,2026-03-02T08:30:00Z,email,open,A9\n")))
    assert "tickets: 2 rows can be loaded, 1 of them is already there" in text
    assert "tickets, 1 row: Agent (agent_id) names something that no import has brought (X2)" in text


def test_the_report_and_the_history_are_files_too(db: Path) -> None:
    app = loaded(drop(opened(), ("tickets.csv", TICKETS), ("more.csv", TICKETS.replace("X", "Y"))))
    keys = {button.key for button in app.get("download_button")}
    assert {"csv-imports-report", "csv-imports-rejects", "csv-imports-past"} <= keys
    table = importing_past._whole(history(db), ZoneInfo("UTC"))
    assert table["Files"][0] == "tickets.csv, more.csv"
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in (TICKETS, TICKETS.replace("X", "Y"))]
    assert table["SHA-256"][0] == ", ".join(digests)


CASES = (
    "Case Number,Date/Time Opened,Status,Case Origin\n001,13/04/2026 10:00,Simmering,Kiosk\n"
    "002,13/04/2026 11:00,Simmering,Email\n003,13/04/2026 11:00,New,Email\n"
)


def test_words_that_a_known_system_does_not_have_are_matched_once_for_all_its_files(db: Path) -> None:
    app = drop(opened(), ("cases.csv", CASES))
    headings = [box.label for box in app.expander]
    assert "Status: 1 word of your own · **1 to match**" in headings and "Channel: 1 word of your own" in headings
    assert "1 row can be loaded, 2 would be rejected" in html_of(app)
    status = next(box for box in app.selectbox if box.label == "Simmering · 2 rows")
    assert status.value == "" and "not matched: these rows are rejected" in status.options
    status.set_value("open").run()
    assert "Status: 1 word of your own" in [box.label for box in app.expander]
    kiosk = next(box for box in app.selectbox if box.label == "Kiosk · 1 row")
    assert kiosk.value == "other" and "not matched: these rows are rejected" not in kiosk.options
    kiosk.set_value("visit").run()
    assert "3 rows can be loaded" in html_of(app)
    assert not folder_of(db).exists()  # nothing is kept before it is loaded
    loaded(app)
    read = "SELECT ticket_id, status, channel FROM tickets ORDER BY 1"
    assert rows(db, read) == [("001", "open", "visit"), ("002", "open", "email"), ("003", "new", "email")]
    assert words_for(db, "salesforce") == {"status": {"Simmering": "open"}, "channel": {"Kiosk": "visit"}}
    again = drop(app, ("later.csv", CASES.replace("001,", "004,")))
    assert "3 rows can be loaded" in html_of(again)
    assert "Status: 1 word of your own" in [box.label for box in again.expander]


def test_words_are_matched_in_french_too(db: Path) -> None:
    app = drop(opened("fr"), ("cases.csv", CASES))
    assert "Reconnu\xa0: <b>Salesforce\xa0: requêtes</b>" in html_of(app)
    assert "Statut\xa0: 1 mot propre à votre centre · **1 à relier**" in [box.label for box in app.expander]


def test_every_known_kind_of_file_has_its_french_name() -> None:
    assert {shape.title for shape in SHAPES} == set(TITLES)


def test_a_word_that_two_files_of_a_system_have_is_asked_once_and_kept(db: Path) -> None:
    later = CASES.replace("00", "10") + "104,14/04/2026 11:00,Stewing,Email\n"
    app = drop(opened(), ("cases.csv", CASES), ("later.csv", later))
    labels = [box.label for box in app.selectbox]
    assert labels.count("Simmering · 2 rows") == 1 and labels.count("Stewing · 1 row") == 1
    next(box for box in app.selectbox if box.label == "Simmering · 2 rows").set_value("open").run()
    loaded(app)
    found = rows(db, "SELECT status, count(*)::INT FROM tickets GROUP BY 1 ORDER BY 1")
    assert found == [("new", 2), ("open", 4)]
    assert words_for(db, "salesforce") == {"status": {"Simmering": "open"}}
