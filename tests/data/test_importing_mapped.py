"""Foreign exports through a mapping: mixed bytes, local times, other words, missing answers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from data.decoding import decode_line
from data.importing import FileReport, import_paths
from data.local_time import changes, to_utc_sql
from data.store import ImportFailed

EXAMPLES = Path(__file__).parents[2] / "data" / "sources" / "examples"
MIXED = ("utf-8", "cp1252", "cp850")


@pytest.fixture(autouse=True)
def _underived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.derive.derive", lambda con, timezone, part=False: None)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "store" / "v.duckdb"


def rows(db: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{db}' AS s (READ_ONLY); USE s")
        return con.execute(sql).fetchall()


def run(db: Path, file: Path, mapping: Path | str) -> FileReport:
    if isinstance(mapping, str):
        path = file.with_name("mapping.toml")
        path.write_text(mapping, encoding="utf-8")
        mapping = path
    (report,) = import_paths(db, [file], mapping=mapping).files
    assert report.rows_read == report.loaded + report.updated + report.unchanged + report.rejected
    return report


# ---- surveys: what is missing, what is mixed

SURVEY = (
    b'"","id","nps","explication"\n'
    b'"1",10,10,"tr\xe8s d\x82\xe7u du d\x82lai, 15\x80 d\x96 \x85 la caisse"\n'  # cp1252 and cp850
    b'"2",11,NA,NA\n'
    b'"3",12,7,"d\xc3\xa9j\xc3\xa0 \xe9t\x82"\n'  # UTF-8, cp1252 and cp850
    b'"4",13,11,"hors \x82chelle"\n'
    b'"5",14,3,"fra\x8ccheur,\nbo\x8cte"\n'
)


def test_a_survey_in_mixed_bytes_with_missing_answers(tmp_path: Path, db: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(SURVEY)
    report = run(db, file, EXAMPLES / "nps_survey.toml")
    assert (report.loaded, report.rejected) == (5, 0)
    found = rows(db, "SELECT score, responded_at IS NULL, comment FROM surveys ORDER BY score NULLS FIRST")
    assert found == [
        (None, False, None),
        (3.0, False, "fraîcheur,\nboîte"),
        (7.0, False, "déjà été"),
        (10.0, False, "très déçu du délai, 15€ dû à la caisse"),
        (11.0, False, "hors échelle"),
    ]
    assert rows(db, "SELECT DISTINCT survey_type, scale_min, scale_max, higher_is_better FROM surveys") == [
        ("nps", 0.0, 10.0, True)
    ]


def test_a_store_with_surveys_alone_is_a_store(tmp_path: Path, db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    file = tmp_path / "answers.csv"
    file.write_bytes(SURVEY)
    assert run(db, file, EXAMPLES / "nps_survey.toml").loaded == 5
    assert rows(db, "SELECT count(*), count(score) FROM survey_facts") == [(5, 4)]


def test_generated_keys_make_a_second_import_change_nothing(tmp_path: Path, db: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(SURVEY + b'"4",13,11,"hors \x82chelle"\n' * 2)  # identical rows are different answers
    assert run(db, file, EXAMPLES / "nps_survey.toml").loaded == 7
    again = run(db, file, EXAMPLES / "nps_survey.toml")
    assert (again.loaded, again.updated, again.unchanged) == (0, 0, 7)


def test_a_survey_of_fourteen_thousand_mixed_answers_gives_the_score_counted_by_hand(tmp_path: Path, db: Path) -> None:
    """The size and the counts of a French customer survey of 2016: 53.416 on 13,612 answers, 342 without a score."""
    scores = {"10": 5000, "9": 3465, "8": 2953, "7": 1000, "6": 700, "0": 494, "NA": 342}
    reasons = ("d\x82lai de livraison", "tr\xe8s d\xe9\xe7u", "15\x80 dus, \x80a va", "l\x92accueil, \n d\x82j\xe0 vu")
    answers = [score for score, count in scores.items() for _ in range(count)]
    lines = [f'"{i}",{i},{score},"{reasons[i % 4]}"' for i, score in enumerate(answers)]
    file = tmp_path / "answers.csv"
    file.write_bytes(b'"","id","nps","explication"\n' + "\n".join(lines).encode("latin-1") + b"\n")
    assert run(db, file, EXAMPLES / "nps_survey.toml").loaded == 13_954
    sql = (
        "SELECT count(*) FILTER (score >= 9), count(*) FILTER (score IN (7, 8)), count(*) FILTER (score < 7), "
        "count(*) FILTER (score IS NULL) FROM surveys"
    )
    assert rows(db, sql) == [(8465, 3953, 1194, 342)]
    assert round(100 * (8465 - 1194) / (8465 + 3953 + 1194), 3) == 53.416
    sql = "SELECT DISTINCT comment FROM surveys ORDER BY ALL"
    assert rows(db, sql) == [("15€ dus, Ça va",), ("délai de livraison",), ("l’accueil, \n déjà vu",), ("très déçu",)]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"d\x82j\xe0 15\x80", "déjà 15€"),
        (b"\x80a va, D\x90\x80U, \x80A", "Ça va, DÉÇU, ÇA"),
        (b"attendez\x85 \x85 la caisse", "attendez… à la caisse"),
        (b"bo\x8cte, \x8cUVRE, c\x9cur", "boîte, ŒUVRE, cœur"),
        (b"l\x92\xe9t\xe9 \x96 pas s\x96r", "l’été – pas sûr"),
        (b"\x93bient\x93t\x94", "“bientôt”"),
        ("déjà vu".encode(), "déjà vu"),
        ("été ".encode() + b"\xe9t\x82", "été été"),
    ],
)
def test_each_byte_becomes_the_letter_that_french_would_use(line: bytes, text: str) -> None:
    assert decode_line(line, MIXED) == text


# ---- tickets: words, times, numbers


def helpdesk(folder: Path, *lines: str) -> Path:
    header = "N°;Créé le;Première réponse;Résolu le;Canal;Type;Motif;Priorité;Statut;Client;Conseiller;Équipe"
    path = folder / "export.csv"
    path.write_bytes("\r\n".join((header, *lines)).encode("cp1252"))
    return path


TICKET = "1;02/03/2026 09:00;02/03/2026 10:30:15;-;E-mail;Réclamation;Livraison;Haute;En cours;c@x.fr;Zoé;Nord"


def test_an_export_in_its_own_words_and_times(tmp_path: Path, db: Path) -> None:
    assert run(db, helpdesk(tmp_path, TICKET), EXAMPLES / "helpdesk_tickets.toml").loaded == 1
    sql = "SELECT created_at, first_response_at, resolved_at, channel, ticket_type, request_type, status FROM tickets"
    created, replied = datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 9, 30, 15)
    assert rows(db, sql) == [(created, replied, None, "email", "complaint", "Livraison", "open")]


def test_people_enter_the_store_as_pseudonyms_only(tmp_path: Path, db: Path) -> None:
    run(db, helpdesk(tmp_path, TICKET, TICKET.replace("1;", "2;", 1)), EXAMPLES / "helpdesk_tickets.toml")
    ((customer, agent, people),) = rows(
        db, "SELECT any_value(customer_id), any_value(agent_id), count(DISTINCT customer_id) FROM tickets"
    )
    assert people == 1
    assert len(customer) == len(agent) == 16
    assert b"c@x.fr" not in db.read_bytes()
    assert (db.with_name("v.duckdb.key").stat().st_mode & 0o777) == 0o600


def test_contact_details_leave_the_comments(tmp_path: Path, db: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_text(
        'nps,explication\n9,"écrivez à jo.le@x.fr ou 06 12 34 56 78, IBAN FR76 3000 6000 0112 3456 7890 189"\n',
        encoding="utf-8",
    )
    run(db, file, EXAMPLES / "nps_survey.toml")
    assert rows(db, "SELECT comment FROM surveys") == [("écrivez à [e-mail] ou [phone], IBAN [IBAN]",)]


def test_an_unknown_word_is_rejected_with_the_known_ones(tmp_path: Path, db: Path) -> None:
    file = helpdesk(
        tmp_path, TICKET, TICKET.replace("1;", "2;", 1).replace("En cours", "Perdu").replace("E-mail", "Fax")
    )
    report = run(db, file, EXAMPLES / "helpdesk_tickets.toml")
    assert (report.loaded, report.rejected) == (1, 1)
    (reject,) = report.rejects  # the channel had a fallback
    assert (reject.line, reject.column, reject.value) == (3, "status", "Perdu")
    assert "en cours" in reject.reason
    assert "[values.status] of helpdesk_tickets.toml" in reject.reason


def test_times_that_the_clock_skipped_or_doubled(tmp_path: Path, db: Path) -> None:
    lines = [
        TICKET.replace("1;", f"{number};", 1).replace("02/03/2026 09:00", local)
        for number, local in enumerate(("29/03/2026 02:30", "25/10/2026 02:30", "25/10/2026 03:30"), start=1)
    ]
    report = run(db, helpdesk(tmp_path, *lines), EXAMPLES / "helpdesk_tickets.toml")
    assert [at for (at,) in rows(db, "SELECT created_at FROM tickets ORDER BY ticket_id")] == [
        datetime(2026, 3, 29, 1, 30),  # 02:30 did not exist: read with the offset before
        datetime(2026, 10, 25, 0, 30),  # 02:30 came twice: the first
        datetime(2026, 10, 25, 2, 30),
    ]
    assert not any("clock" in note for note in report.notes)
    assert rows(
        db, "SELECT table_name, kind, column_name, rows, example FROM warnings WHERE kind = 'clock_change'"
    ) == [("tickets", "clock_change", "created_at", 2, "29/03/2026 02:30, 25/10/2026 02:30")]


def test_times_in_the_hour_of_a_change_of_clocks_are_counted_by_column_with_their_lines(
    tmp_path: Path, db: Path
) -> None:
    heads = "number,opened_at,state,priority,resolved_at,sys_id\n"
    lines = [
        "INC1,2025-03-30 02:00:00,6,3,2025-03-30 03:00:00,a1",
        "INC2,2025-10-26 02:59:59,6,3,2025-10-26 02:15:00,a2",
        "INC3,2025-10-26 01:59:59,1,3,,a3",
        "INC4,2025-10-26 02:00:00,1,3,,a4",
        "INC5,2025-10-26 02:30:00,1,3,,a5",
    ]
    file = tmp_path / "incident.csv"
    file.write_text(heads + "\n".join(lines[:3]) + "\n")
    other = tmp_path / "later.csv"
    other.write_text(heads + "\n".join(lines[3:]) + "\n")
    first = import_paths(db, [file, other], timezone="Europe/Paris")
    opened, resolved = (one for one in first.oddities if one.kind == "clock_change")
    assert (opened.table, opened.column, opened.rows) == ("tickets", "created_at", 4)
    assert opened.example == "2025-03-30 02:00:00 (line 2), 2025-10-26 02:59:59 (line 3)"
    assert (resolved.column, resolved.rows, resolved.example) == ("resolved_at", 1, "2025-10-26 02:15:00 (line 3)")
    assert not any(one.kind == "clock_change" for one in import_paths(db, [file, other]).oddities)


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Martinique", "Australia/Lord_Howe", "UTC"])
def test_local_times_agree_with_the_standard_library(zone: str) -> None:
    from zoneinfo import ZoneInfo

    near = [*(change.takes_effect for change in changes(zone)[-40:]), datetime(2026, 7, 1)]
    with duckdb.connect() as con:
        for wall in near:
            (utc,) = (
                con.execute(f"SELECT {to_utc_sql('w', zone)} FROM (SELECT ?::TIMESTAMP AS w)", [wall]).fetchone() or ()
            )
            offset = wall.replace(tzinfo=ZoneInfo(zone), fold=0).utcoffset()
            assert offset is not None
            assert utc == wall - offset


def test_numbers_and_durations_as_the_french_write_them(tmp_path: Path, db: Path) -> None:
    mapping = """
        table = "interactions"
        decimal_comma = true
        [columns]
        interaction_id = "id"
        channel = { value = "phone" }
        direction = { value = "inbound" }
        offered_at = { value = "2026-03-02T08:00:00Z" }
        talk_s = { column = "talk", unit = "min" }
        hold_s = "hold"
        wrap_s = "wrap"
    """
    file = tmp_path / "calls.csv"
    file.write_text("id;talk;hold;wrap\n1;1,5;1:02:03;1 200\n2;;4:05;un\n", encoding="utf-8")
    report = run(db, file, mapping)
    assert [(r.line, r.column) for r in report.rejects] == [(3, "wrap_s")]
    assert rows(db, "SELECT talk_s, hold_s, wrap_s FROM interactions") == [(90, 3723, 1200)]


def test_a_workbook_below_a_title_and_in_its_own_sheet(tmp_path: Path, db: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Tickets")
    for line in (["Export of March"], ["Number", "Opened"], ["A1", datetime(2026, 3, 2, 9)], ["A2", "02/03/26"]):
        sheet.append(line)
    book.save(tmp_path / "export.xlsx")
    mapping = """
        table = "tickets"
        sheet = "Tickets"
        skip_rows = 1
        timezone = "Europe/Paris"
        date_formats = ["%d/%m/%y"]
        [columns]
        ticket_id = "Number"
        created_at = "Opened"
        channel = { value = "email" }
        status = { value = "new" }
    """
    report = run(db, tmp_path / "export.xlsx", mapping)
    assert report.notes == ("left out above the header: Export of March",)
    assert rows(db, "SELECT created_at FROM tickets ORDER BY ticket_id") == [
        (datetime(2026, 3, 2, 8),),
        (datetime(2026, 3, 1, 23),),
    ]


# ---- mappings that are wrong


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("table = 'ticket'", "Did you mean tickets"),
        ("[columns]", "does not say its table"),
        ("table = 'topics'\ncolums = 1", "Did you mean columns"),
        ("table = 'topics'\n[columns]\ntopic = 'a'", r"topics\.keywords comes from"),
        ("table = 'topics'\n[columns]\ntopic = 'a'\nkeywords = 'Wrods'", "Did you mean 'Words'"),
        ("table = 'topics'\n[columns]\ntopic = 1", "write topic = "),
        ("table = 'topics'\n[columns]\ntopic = 'a'\nkeywords = 'b'\n[generate]\ntopic = 'x'", "is unknown"),
        ("table = 'topics'\nencoding = 'utf-9'\n[columns]\ntopic = 'a'\nkeywords = 'b'", "unknown encoding"),
        (
            "table = 'teams'\n[columns]\nteam_id = 'a'\n[values.team_id]\nA = 'b'\n[generate]\nnom = 'row'",
            "Did you mean name",
        ),
        (
            "table = 'agents'\n[columns]\nagent_id = 'a'\nrole = 'Words'\n[values.role]\nBoss = 'boss'",
            "gives 'boss', but role is one of agent",
        ),
        ("not toml", "cannot be read"),
    ],
)
def test_a_wrong_mapping_is_told_and_changes_nothing(tmp_path: Path, db: Path, mapping: str, told: str) -> None:
    file = tmp_path / "words.csv"
    file.write_text("a,Words\n1,2\n", encoding="utf-8")
    with pytest.raises(ImportFailed, match=told):
        run(db, file, mapping)
    assert not db.exists()
