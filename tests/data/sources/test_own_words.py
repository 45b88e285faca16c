"""The words of a centre for the values of its tools: matched once, and nothing is rejected for them any more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from data.importing import File
from data.previewing import Preview, preview
from data.sources.own_words import Words, keep, words_for
from data.store import ImportFailed
from data.trying import examine, meaning_of, source_of
from tests.data.sources.exports import Room, counts
from tests.data.sources.test_freshdesk import ticket as freshdesk_ticket

CASES = (
    "Numéro de la requête;Date/heure d'ouverture;Date/heure de fermeture;Statut;Priorité;Origine de la requête\n"
    "1;13/03/2026 09:00;13/03/2026 18:00;Fermée en attente retour client;Haute;E-mail\n"
    "2;13/03/2026 09:30;14/03/2026 18:00;fermée en attente RETOUR client;VIP;Borne\n"
    "3;13/03/2026 10:00;;À rappeler;Basse;Borne\n"
    "4;13/03/2026 11:00;;-;Basse;Web\n"
)
OWN: Words = {
    "status": {"Fermée en attente retour client": "closed", "À rappeler": "on_hold"},
    "priority": {"VIP": "urgent"},
    "channel": {"borne": "visit"},
}
READ = "SELECT ticket_id, status, priority, channel, resolved_at IS NOT NULL FROM tickets ORDER BY 1"


def tried(file: Path, room: Room, words: Words | None = None) -> Preview:
    trial = examine(file, room.db, "Europe/Paris")
    return preview(File(file.name, file, source_of(trial, room.db, "Europe/Paris", None, words)), room.db)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    (tmp_path / "requetes.csv").write_text(CASES, encoding="utf-8")
    return Room(tmp_path)


def test_a_preview_says_which_words_nobody_knows_how_many_rows_have_them_and_what_they_may_mean(room: Room) -> None:
    file = room.folder / "requetes.csv"
    found = tried(file, room).words
    assert [(w.table, w.column, w.text.casefold(), w.rows, w.value) for w in found] == [
        ("tickets", "status", "fermée en attente retour client", 2, ""),
        ("tickets", "status", "à rappeler", 1, ""),
        ("tickets", "priority", "vip", 1, ""),
        ("tickets", "channel", "borne", 2, "other"),
    ]
    assert [meaning_of(word, room.db, "salesforce") for word in found] == ["", "", "", "other"]
    keep(room.db, "salesforce", OWN)
    assert [meaning_of(word, room.db, "salesforce") for word in found] == ["closed", "on_hold", "urgent", "visit"]
    # They stay words of the centre, so that a person can match them again.
    assert tried(file, room).words == found


def test_words_that_were_matched_are_read_by_every_later_import_and_close_what_they_say_is_closed(room: Room) -> None:
    assert counts(room.take_file(room.folder / "requetes.csv")["tickets"]) == (0, 0, 0, 4)
    keep(room.db, "salesforce", OWN)
    report = room.take_file(room.folder / "requetes.csv")["tickets"]
    assert (counts(report), [reject.line for reject in report.rejects]) == ((3, 0, 0, 1), [5])
    assert room.rows(READ) == [
        ("1", "closed", "high", "email", True),
        ("2", "closed", "urgent", "visit", True),
        ("3", "on_hold", "low", "visit", False),
    ]


def test_a_reject_says_where_a_word_is_matched(room: Room) -> None:
    reasons = {reject.reason for reject in room.take_file(room.folder / "requetes.csv")["tickets"].rejects}
    assert all("match the word on the Import page" in reason or "required" in reason for reason in reasons)


def test_words_tried_on_the_page_are_not_kept_before_they_are_loaded(room: Room) -> None:
    reports = tried(room.folder / "requetes.csv", room, OWN).reports
    assert [counts(report) for report in reports] == [(3, 0, 0, 1)]
    assert words_for(room.db, "salesforce") == {}


def test_a_word_is_matched_again_whatever_its_case_and_forgotten_when_it_means_nothing(room: Room) -> None:
    keep(room.db, "salesforce", {"status": {"À rappeler": "on_hold", "Clos N2": "closed"}})
    keep(room.db, "salesforce", {"status": {"à RAPPELER": "pending", "clos n2": ""}, "priority": {"VIP": "high"}})
    assert words_for(room.db, "salesforce") == {"status": {"à RAPPELER": "pending"}, "priority": {"VIP": "high"}}
    assert words_for(room.db, "servicenow") == {}


def test_a_word_with_quotes_is_kept_and_read_as_it_is(room: Room) -> None:
    odd = 'L\'attente "longue" \\ n°1'
    keep(room.db, "salesforce", {"status": {odd: "pending"}})
    assert words_for(room.db, "salesforce") == {"status": {odd: "pending"}}
    export = CASES.splitlines()[0] + f'\n1;13/03/2026 09:00;;"{odd.replace(chr(34), chr(34) * 2)}";Haute;Web\n'
    assert counts(room.take(export, "odd.csv")["tickets"]) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[status", "cannot be read"),
        ("[mood]\nx = 'open'", "words are those of status"),
        ("[status]\nx = 'opened'", "but status is one of"),
        ("[status]\nx = ['open']", "but status is one of"),
    ],
)
def test_words_that_somebody_edited_wrongly_stop_the_import_and_say_where(room: Room, text: str, told: str) -> None:
    keep(room.db, "salesforce", OWN)
    (path,) = room.db.parent.glob("*.mappings/words/salesforce.toml")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ImportFailed, match=told) as failed:
        room.take_file(room.folder / "requetes.csv")
    assert "salesforce.toml" in str(failed.value)


HISTORY = (
    "Case Number,Edit Date,Field / Event,Old Value,New Value,Edited By\n"
    "1,3/13/2026 9:05 AM,Status,New,Simmering,Bo\n1,3/14/2026 9:05 AM,Status,Simmering,Closed,Bo\n"
)


def test_the_words_of_a_history_are_those_of_the_cases(tmp_path: Path) -> None:
    room = Room(tmp_path)
    (tmp_path / "history.csv").write_text(HISTORY, encoding="utf-8")
    words = {(word.table, word.column, word.text) for word in tried(tmp_path / "history.csv", room).words}
    assert words == {("tickets", "status", "Simmering")}
    keep(room.db, "salesforce", {"status": {"simmering": "open"}})
    room.take_file(tmp_path / "history.csv")
    changes = room.rows("SELECT from_value, to_value FROM ticket_events ORDER BY event_at")
    assert changes == [("new", "open"), ("open", "closed")]


SERVICENOW = (
    "Sys ID,Number,Opened,Resolved,State,Priority,Channel,Updated\n"
    "a1,INC1,2026-03-13 09:00:00,2026-03-13 11:00:00,Livré,1 - Critical,Borne,2026-03-13 11:00:00\n"
)


def test_a_state_of_servicenow_that_means_solved_has_its_resolution(tmp_path: Path) -> None:
    room = Room(tmp_path)
    keep(room.db, "servicenow", {"status": {"Livré": "solved"}, "channel": {"Borne": "visit"}})
    room.take(SERVICENOW)
    assert room.rows("SELECT status, channel, resolved_at IS NOT NULL FROM tickets") == [("solved", "visit", True)]


def test_a_status_that_a_freshdesk_account_added_is_matched_by_its_number_or_its_word(tmp_path: Path) -> None:
    room = Room(tmp_path)
    added: list[Any] = [freshdesk_ticket(1, 14, stats={"resolved_at": "2026-03-02T10:00:00Z"}), freshdesk_ticket(2, 15)]
    assert counts(room.take(added, "api.json")["tickets"]) == (0, 0, 0, 2)
    keep(room.db, "freshdesk", {"status": {"14": "solved", "15": "on_hold", "livré": "closed"}})
    assert counts(room.take(added, "api.json")["tickets"]) == (2, 0, 0, 0)
    export = (
        "Ticket ID,Status,Source,Created time,Resolved time,Last update time\n"
        "7,Livré,Email,2026-03-02 08:00:00,2026-03-02 10:00:00,2026-03-02 10:00:00\n"
    )
    room.take(export)
    found = room.rows("SELECT ticket_id, status, resolved_at IS NOT NULL FROM tickets ORDER BY 1")
    assert found == [("1", "solved", True), ("2", "on_hold", False), ("7", "closed", True)]


CALLS = (
    "Date;Heure;File;Agent;Statut;Attente;Conversation\n"
    "13/03/2026;09:00:00;SAV;Léa;Pris en charge N2;20;120\n13/03/2026;09:05:00;SAV;;Perdu au SVI;15;\n"
)


def test_an_outcome_that_a_centre_added_is_answered_or_not_as_it_says(tmp_path: Path) -> None:
    room = Room(tmp_path)
    (tmp_path / "appels.csv").write_text(CALLS, encoding="utf-8")
    found = {(word.column, word.text, word.rows) for word in tried(tmp_path / "appels.csv", room).words}
    assert found == {("outcome", "pris en charge n2", 1), ("outcome", "perdu au svi", 1)}
    keep(room.db, "acd", {"outcome": {"Pris en charge N2": "answered", "perdu au svi": "dissuaded"}})
    room.take_file(tmp_path / "appels.csv")
    calls = room.rows("SELECT outcome, answered_at - offered_at, talk_s FROM interactions ORDER BY offered_at")
    assert calls == [("answered", timedelta(seconds=20), 120), ("dissuaded", None, None)]


ISSUES = (
    "id,key,issue_type,status,created,updated,reporter,resolved,_fivetran_synced\n"
    "1,K-1,10001,10003,2026-03-02T08:00:00Z,2026-03-03T08:00:00Z,u1,2026-03-03T07:00:00Z,2026-03-04T00:00:00Z\n"
)


def test_a_status_number_of_a_jira_site_that_means_solved_has_its_resolution(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert counts(room.take(ISSUES)["tickets"]) == (0, 0, 0, 1)
    keep(room.db, "jira", {"status": {"10003": "solved"}})
    room.take(ISSUES)
    assert room.rows("SELECT status, resolved_at IS NOT NULL FROM tickets") == [("solved", True)]
