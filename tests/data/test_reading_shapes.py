"""Tables as people leave them: titles above, totals below, French numbers, dates in words, old encodings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.decoding import encodings_of, text_lines
from data.reading import Dialect, Relation, read
from data.sources.dating import iso_sql, worded_sql
from data.sources.lasting import clocked_sql
from data.surroundings import TOTAL, is_total, lines_above
from data.tops import delimiter_of
from tests.data import made
from tests.data.desk import Desk
from tests.data.made import CALLS, CALLS_SQL, ROWS

TICKETS = "ticket_id,created_at,channel,status\n"
ROW = "T1,2026-03-02T08:00:00Z,email,new\n"


Rows = list[tuple[Any, ...]]


def rows_of(con: duckdb.DuckDBPyConnection, path: Path, content: bytes, numbered: bool) -> tuple[Relation, Rows]:
    path.write_bytes(content)
    relation = read(con, path, Dialect(encodings=encodings_of(path)), numbered=numbered)
    return relation, [row[1:] for row in con.execute(f"FROM {relation.sql}").fetchall()]


# Titles and totals


@pytest.mark.parametrize(
    ("top", "above"),
    [
        ("a;b;c\n1;2;3\n", 0),
        ("Export du 13/05/2026\n\na;b;c\n1;2;3\n", 2),
        ("Export;;\na;b;c\n1;2;3\n", 1),
        ("Période;01/03/2026\nÉquipe;Nord\na;b;c;d\n1;2;3;4\n4;5;6;7\n7;8;9;0\n", 2),
        (";b;c\n1;2;3\n", 0),  # the first column has no name
        ("a;b;c;d;e\n1;;;;\n2;;;;\n", 0),  # nearly empty rows are rows
        ("a;b\n1;2\n3;4\n", 0),
        ("nps;explication\n9;a;b;c;d\n", 0),  # a row that is too wide makes no title of the header
        ("a\n1\n2\n", 0),
        ("Appels;;Mails;\na;b;c;d\n1;2;3;4\n", 1),
    ],
)
def test_a_title_is_told_from_a_header(top: str, above: int) -> None:
    rows = []
    for rank, line in enumerate(top.splitlines()):
        if line:
            rows.append((rank, tuple(line.split(";"))))
    assert lines_above(rows) == above


@pytest.mark.parametrize("first", ["Total", "TOTAL :", "Sous-total", "Total général", "Moyenne", "Total 12", "Totaux"])
def test_a_total_is_known_by_its_word_and_its_empty_cells(first: str) -> None:
    assert is_total([first, "", "12", ""], 4)
    assert not is_total([first, "a", "b", "c"], 4), "a full row is a row"


@pytest.mark.parametrize("first", ["Total Energies", "Totally broken", "T1", "12", "Sommeil", "Nombre premier"])
def test_a_row_whose_name_begins_like_a_total_is_a_row(first: str) -> None:
    assert not is_total([first, "", "12", ""], 4)


@pytest.mark.parametrize(
    "last", ["12 lignes", "Exporté le 02/03/2026", "Generated on 2 March", "Nombre de lignes : 12"]
)
def test_a_note_below_a_table_is_no_row(last: str) -> None:
    assert is_total([last, "", "", ""], 4)


@pytest.mark.parametrize("name", ["tickets.csv", "tickets.xlsx"])
def test_titles_are_said_and_totals_rejected_in_tables_of_our_own_too(desk: Desk, name: str) -> None:
    text = "Our tickets\n\n" + TICKETS + ROW + ROW.replace("T1", "T2") + "Total,,2,\n\n"
    content: str | bytes = text
    if name.endswith("xlsx"):
        content = made.xlsx({"a": [line.split(",") for line in text.splitlines()]})
    report = desk.take(content, name)["tickets"]
    assert (report.rows_read, report.loaded, report.rejected) == (3, 2, 1)
    assert [(reject.line, reject.reason) for reject in report.rejects] == [(6, TOTAL)]
    assert report.notes == ("left out above the header: Our tickets",)


def test_a_total_that_is_too_short_or_stands_under_many_rows_is_found_too(desk: Desk) -> None:
    many = "".join(ROW.replace("T1", f"T{rank}") for rank in range(500))
    report = desk.take(TICKETS + many + "Sous-total;3\nTotal,500\n", "tickets.csv")["tickets"]
    assert (report.rows_read, report.loaded, report.rejected) == (502, 500, 2)
    assert {reject.reason for reject in report.rejects if reject.line == 503} == {TOTAL}


def test_a_mapping_finds_its_header_below_titles(desk: Desk) -> None:
    mapping = {
        "table": "surveys",
        "columns": {"score": "Note", "responded_at": "Le", "sent_at": "Le",
                    "survey_type": {"value": "csat"}, "scale_min": {"value": 0}, "scale_max": {"value": 100},
                    "higher_is_better": {"value": True}},
        "generate": {"survey_id": "row"}, "decimal_comma": True,
    }  # fmt: skip
    text = "Enquête de mars\nPériode : mars 2026\nLe;Note;Avis\n3 nov. 2026;85,5 %;bien\n4 nov. 2026;?;\n;NA;\n"
    report = desk.take(text, "export.csv", mapping)["surveys"]
    assert (report.loaded, report.rejected) == (2, 1)
    assert desk.rows("SELECT score, responded_at FROM surveys ORDER BY responded_at") == [
        (85.5, dt.datetime(2026, 11, 3)),
        (None, dt.datetime(2026, 11, 4)),
    ]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n", ";"),
        ("a;b\nhello, world, and, all;2\nno;3\n", ";"),
        ("a\tb\n1,2\t3\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('a,b\n"1;2;3",2\n4,5\n', ","),
        ("Liste, mars\na;b;c\n1;2;3\n1;2;3\n", ";"),
        ("a\n1\n", ","),
    ],
)
def test_the_delimiter_is_the_one_that_every_row_agrees_on(text: str, delimiter: str) -> None:
    assert delimiter_of(text.splitlines(keepends=True)) == delimiter


# Durations, numbers, empty cells


DURATIONS = (
    ("1h30", "1:30:00"),
    ("1 h 30", "1:30:00"),
    ("1h", "1:00:00"),
    ("4 min 30 s", "0:04:30"),
    ("4min30", "0:04:30"),
    ("1,5 h", "1:30:00"),
    ("125 s", "0:02:05"),
    ("90 secondes", "0:01:30"),
    ("27h15m03s", "27:15:03"),
    ("2 hours 5 minutes", "2:05:00"),
    ("04:30", "04:30"),
    ("12", "12"),
    ("12 chats", "12 chats"),
    ("un", "un"),
)


def test_a_duration_with_units_is_a_clock(tables: duckdb.DuckDBPyConnection) -> None:
    sql = f"SELECT t, {clocked_sql('t')} FROM (SELECT unnest(?) AS t)"
    assert tables.execute(sql, [[text for text, _ in DURATIONS]]).fetchall() == [*DURATIONS]


CALLS_MAPPING = {
    "table": "interactions", "decimal_comma": True, "timezone": "Europe/Paris",
    "columns": {"interaction_id": "id", "channel": {"value": "phone"}, "direction": {"value": "inbound"},
                "offered_at": "le", "talk_s": "talk", "hold_s": "hold", "wrap_s": "wrap"},
}  # fmt: skip


def test_each_way_to_write_a_duration_goes_in_through_a_mapping(desk: Desk) -> None:
    lines = (
        "1;3 novembre 2026 14:05;1h30;27:15:03;1\u202f234",
        "2;mar. 3 nov. 2026 à 14h05;04:30;-;1 234",
        "3;Nov 3, 2026 2:05 PM;4 min 30 s;?;NA",
    )
    report = desk.take("id;le;talk;hold;wrap\n" + "\n".join(lines), "export.csv", CALLS_MAPPING)["interactions"]
    assert (report.loaded, report.rejected) == (3, 0), report.rejects
    at = dt.datetime(2026, 11, 3, 13, 5)
    assert desk.rows("SELECT offered_at, talk_s, hold_s, wrap_s FROM interactions ORDER BY interaction_id") == [
        (at, 5400, 98_103, 1234),
        (at, 270, None, 1234),
        (at, 270, None, None),
    ]
    assert report.notes == ('talk_s: 04:30 was read as minutes and seconds; say unit = "h" or "min" in a mapping',)


@pytest.mark.parametrize(
    ("values", "unit", "seconds", "said"),
    [
        (("7:30", "0:45"), "", 27_000, True),
        (("7:30", "0:04:30"), "", 450, False),  # the long form shows what the short one is
        (("7:30", "75:10"), "", 450, False),  # no day has 75 hours
        (("7:30", "75:10"), "h", 27_000, False),
        (("7:30", "0:45"), "min", 450, False),
        (("7,5", "8"), "h", 27_000, False),
    ],
)
def test_half_past_seven_on_a_timesheet(
    desk: Desk, values: tuple[str, str], unit: str, seconds: int, said: bool
) -> None:
    others = {name: {"value": 0} for name in ("absent_s", "paid_s", "logged_s", "available_s", "handling_s")}
    scheduled: Any = {"column": "t", "unit": unit} if unit else "t"
    mapping = {
        "table": "agent_time", "decimal_comma": True,
        "columns": {"agent_id": "a", "work_date": "d", "scheduled_s": scheduled, **others},
    }  # fmt: skip
    text = "a;d;t\n" + "".join(f"Z{rank};2026-03-02;{value}\n" for rank, value in enumerate(values))
    report = desk.take(text, "export.csv", mapping)["agent_time"]
    assert report.loaded == 2, report.rejects
    assert desk.rows("SELECT scheduled_s FROM agent_time ORDER BY scheduled_s DESC") != []
    assert (seconds,) in desk.rows("SELECT scheduled_s FROM agent_time")
    assert bool(report.notes) == said


def test_a_list_of_calls_with_durations_in_words_is_recognised_and_complete(desk: Desk) -> None:
    words = {"0:00:12": "12 s", "0:04:30": "4 min 30", "0:00:48": "48s", "0:00:05": "5 sec", "27:15:03": "27h15m03s"}
    text = made.csv_of([[words.get(value, value) for value in row] for row in ROWS], "\t")
    assert desk.take(text, "calls.tsv")["interactions"].loaded == 3
    assert desk.rows(CALLS_SQL) == CALLS


def test_nobody_is_called_a_dash(desk: Desk) -> None:
    mapping = {
        "table": "tickets",
        "columns": {"ticket_id": "id", "created_at": "le", "channel": {"value": "email"}, "status": {"value": "new"},
                    "agent_id": "agent", "product": "p"},
    }  # fmt: skip
    desk.take("id;le;agent;p\n1;2026-03-02;-;-\n2;2026-03-02;N/A;NA\n3;2026-03-02;NA;x\n", "export.csv", mapping)
    found = desk.rows("SELECT agent_id IS NULL, product FROM tickets ORDER BY ticket_id")
    assert found == [(True, "-"), (True, "NA"), (False, "x")], "NA may be somebody's initials, and a product's name"


# Dates in words


DATES = (
    ("3 novembre 2026 14:05", "2026-11-03 14:05"),
    ("mar. 3 nov. 2026", "2026-11-03"),
    ("mardi 3 novembre 2026 à 14 h 05", "2026-11-03 14h05"),
    ("le 1er août 2026", "2026-08-01"),
    ("1er août 2026, 9h05", "2026-08-01 9h05"),
    ("15 FÉVRIER 2026", "2026-02-15"),
    ("Nov 3, 2026 2:05 PM", "2026-11-03 2:05 PM"),
    ("Tue, Nov 3, 2026", "2026-11-03"),
    ("Tuesday, November 3rd, 2026 at 14:05:06", "2026-11-03 14:05:06"),
    ("Sept. 3, 2026", "2026-09-03"),
    ("3 November 2026", "2026-11-03"),
    ("3-nov-26", "2026-11-03"),
    ("3 of May 2026", "2026-05-03"),
    ("2026-11-03 14:05", "2026-11-03 14:05"),
    ("12 blah 2026", "12 blah 2026"),
    ("vers midi", "vers midi"),
    ("", ""),
)


def test_a_month_in_words_french_or_english(tables: duckdb.DuckDBPyConnection) -> None:
    sql = f"SELECT t, {worded_sql('t')}, {iso_sql('t', True)} FROM (SELECT unnest(?) AS t)"
    found = tables.execute(sql, [[text for text, _ in DATES]]).fetchall()
    assert found == [(text, iso, iso) for text, iso in DATES]


# Encodings

SENTENCE = "N°;Créé le;Équipe\n1;délai déçu, là-bas, fût, île, où, naïf, Noël, 15€;À Évry\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850", "cp858", "utf-16", "utf-16-le with a mark"]
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_accent_in_every_encoding(
    tables: duckdb.DuckDBPyConnection, tmp_path: Path, encoding: str, ending: str
) -> None:
    text = SENTENCE.replace("\n", ending)
    if encoding == "cp850":  # which has no euro
        text = text.replace("15€", "15 EUR")
    content = b"\xff\xfe" + text.encode("utf-16-le") if "mark" in encoding else text.encode(encoding)
    for numbered in (True, False):
        relation, rows = rows_of(tables, tmp_path / "a.csv", content, numbered)
        assert relation.header == ("N°", "Créé le", "Équipe")
        assert rows == [tuple(text.split(ending)[1].split(";"))]


def test_a_file_mixed_line_by_line_keeps_every_accent(tmp_path: Path) -> None:
    lines = [("été déçu " * 3 + "\n").encode(encoding) for encoding in ("utf-8", "cp850", "cp1252")]
    path = tmp_path / "a.csv"
    path.write_bytes(b"".join(lines))
    assert list(text_lines(path, encodings_of(path))) == ["été déçu " * 3 + "\n"] * 3


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_every_delimiter(tables: duckdb.DuckDBPyConnection, tmp_path: Path, delimiter: str) -> None:
    rows = made.csv_of(ROWS, delimiter).splitlines()
    relation, found = rows_of(tables, tmp_path / "a.txt", "\n".join(rows).encode(), False)
    assert relation.header == ROWS[0] and len(found) == 3
