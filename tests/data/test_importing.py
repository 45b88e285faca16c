"""Imports of canonical files: every row accounted for, nothing changed by a second import or a failed one."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.importing import FileReport, ImportReport, import_paths
from data.store import ImportFailed, Unreadable

HEADER = "ticket_id,created_at,channel,status,priority,product"
ROW = "T1,2026-03-02T08:00:00Z,email,new,high,box"


@pytest.fixture(autouse=True)
def _underived(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """What is derived from the rows is another room's test, but for one."""
    if "derives" not in request.node.name:
        monkeypatch.setattr("data.derive.derive", lambda con, timezone, part=False: None)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "store" / "v.duckdb"


def rows(db: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{db}' AS s (READ_ONLY); USE s")
        return con.execute(sql).fetchall()


def tickets(folder: Path, *lines: str, header: str = HEADER, name: str = "tickets.csv") -> Path:
    path = folder / name
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def one(report: ImportReport) -> FileReport:
    (file,) = report.files
    assert file.rows_read == file.loaded + file.updated + file.unchanged + file.rejected
    return file


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    file = one(report)
    return file.loaded, file.updated, file.unchanged, file.rejected


# ---- what is changed, and what is not


def test_a_second_import_of_the_same_file_changes_nothing_but_the_log(tmp_path: Path, db: Path) -> None:
    file = tickets(tmp_path, ROW, ROW.replace("T1", "T2"))
    assert counts(import_paths(db, [file])) == (2, 0, 0, 0)
    before = rows(db, "FROM tickets ORDER BY ticket_id")
    assert counts(import_paths(db, [file])) == (0, 0, 2, 0)
    assert rows(db, "FROM tickets ORDER BY ticket_id") == before
    assert rows(db, "SELECT count(*) FROM imports") == [(2,)]
    assert rows(db, "SELECT count(*), count(DISTINCT sha256) FROM import_files") == [(2, 1)]


def test_a_corrected_file_updates_its_rows(tmp_path: Path, db: Path) -> None:
    import_paths(db, [tickets(tmp_path, ROW, ROW.replace("T1", "T2"))])
    file = tickets(tmp_path, ROW.replace("new", "solved"), ROW.replace("T1", "T2"), ROW.replace("T1", "T3"))
    assert counts(import_paths(db, [file])) == (1, 1, 1, 0)
    assert rows(db, "SELECT ticket_id, status FROM tickets ORDER BY 1") == [
        ("T1", "solved"),
        ("T2", "new"),
        ("T3", "new"),
    ]


def test_a_column_that_a_later_file_lacks_keeps_its_values(tmp_path: Path, db: Path) -> None:
    import_paths(db, [tickets(tmp_path, ROW)])
    import_paths(
        db,
        [tickets(tmp_path, "T1,2026-03-02T08:00:00Z,email,closed", header="ticket_id,created_at,channel,status")],
    )
    assert rows(db, "SELECT status, priority, product FROM tickets") == [("closed", "high", "box")]


def test_an_older_version_does_not_overwrite_a_newer_one(tmp_path: Path, db: Path) -> None:
    header = HEADER + ",_source_updated_at"
    newer, older = f"{ROW},2026-03-05T00:00:00Z", f"{ROW.replace('new', 'open')},2026-03-04T00:00:00Z"
    import_paths(db, [tickets(tmp_path, newer, header=header)])
    report = import_paths(db, [tickets(tmp_path, older, header=header)])
    assert counts(report) == (0, 0, 1, 0)
    assert "1 rows are older" in one(report).notes[0]
    assert rows(db, "SELECT status FROM tickets") == [("new",)]


def test_in_one_file_too_the_newest_version_wins(tmp_path: Path, db: Path) -> None:
    header = HEADER + ",_source_updated_at"
    newer, older = f"{ROW},2026-03-05T00:00:00Z", f"{ROW.replace('new', 'open')},2026-03-04T00:00:00Z"
    report = import_paths(db, [tickets(tmp_path, newer, older, header=header)])
    assert counts(report) == (1, 0, 0, 1)
    assert one(report).rejects[0].reason.startswith("superseded by line 2")
    assert rows(db, "SELECT status FROM tickets") == [("new",)]


def test_a_key_that_comes_twice_is_counted_once(tmp_path: Path, db: Path) -> None:
    file = tickets(
        tmp_path, ROW, ROW.replace("new", "open"), ROW.replace("new", "solved"), ROW.replace("new", "solved")
    )
    report = import_paths(db, [file])
    assert counts(report) == (1, 0, 1, 2)
    assert [(r.line, r.column, r.value) for r in one(report).rejects] == [
        (2, "ticket_id", "T1"),
        (3, "ticket_id", "T1"),
    ]
    assert one(report).rejects[0].reason.startswith("superseded by line 5")
    assert rows(db, "SELECT status FROM tickets") == [("solved",)]


def test_a_key_with_an_empty_part_is_still_a_key(tmp_path: Path, db: Path) -> None:
    file = tmp_path / "calendar_hours.csv"
    file.write_text("calendar_id,weekday,open_local,close_local,valid_from\nc,1,08:00,18:00,\n", encoding="utf-8")
    import_paths(db, [file])
    assert counts(import_paths(db, [file])) == (0, 0, 1, 0)


def test_a_failed_import_changes_not_one_byte(tmp_path: Path, db: Path) -> None:
    good = tickets(tmp_path, ROW)
    import_paths(db, [good])
    before = db.read_bytes()
    (tmp_path / "mystery.csv").write_text("colour,size\nred,1\n", encoding="utf-8")
    with pytest.raises(ImportFailed, match=r"mystery\.csv is not recognised"):
        import_paths(db, [tickets(tmp_path, ROW.replace("T1", "T9")), tmp_path / "mystery.csv"])
    assert db.read_bytes() == before


def test_a_dry_run_reports_the_same_and_changes_nothing(tmp_path: Path, db: Path) -> None:
    file = tickets(tmp_path, ROW, ROW.replace("email", "pigeon").replace("T1", "T2"))
    tried = import_paths(db, [file], dry_run=True)
    assert not db.exists()
    assert tried.files == import_paths(db, [file]).files
    assert tried.dry_run


# ---- rows that are wrong


def test_every_fault_of_a_row_is_named_with_its_line_and_its_remedy(tmp_path: Path, db: Path) -> None:
    file = tickets(tmp_path, ROW, "T2,yesterday,pigeon,,high,box", ",2026-03-02T08:00:00Z,email,new,high,box")
    report = import_paths(db, [file])
    assert counts(report) == (1, 0, 0, 2)
    assert [(r.line, r.column, r.value) for r in one(report).rejects] == [
        (3, "channel", "pigeon"),
        (3, "created_at", "yesterday"),
        (3, "status", None),
        (4, "ticket_id", None),
    ]
    reasons = {r.column: r.reason for r in one(report).rejects}
    assert "write one of phone, click_to_talk" in reasons["channel"]
    assert "2026-03-02T08:30:00Z" in reasons["created_at"]
    assert "fill it in" in reasons["status"]
    logged = "SELECT file, line, table_name, column_name FROM rejects ORDER BY line, column_name LIMIT 1"
    assert rows(db, logged) == [("tickets.csv", 3, "tickets", "channel")]


def test_a_row_rule_is_told_in_words(tmp_path: Path, db: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(
        "customer_id,acquired_at,churned_at\nc1,2026-03-02T00:00:00Z,2025-01-01T00:00:00Z\n", encoding="utf-8"
    )
    assert one(import_paths(db, [file])).rejects[0].reason == "a customer leaves after being won"


def test_lines_are_those_of_the_file_even_after_quoted_line_breaks(tmp_path: Path, db: Path) -> None:
    file = tickets(
        tmp_path,
        'T1,2026-03-02T08:00:00Z,email,new,high,"two\nlines, and ""quotes"""',
        "",
        "T2,2026-03-02T08:00:00Z,email,new",
        "T3,2026-03-02T08:00:00Z,pigeon,new,high,box",
        'T4,2026-03-02T08:00:00Z,email,new,high,"closed" too early',
        'T5,2026-03-02T08:00:00Z,email,new,high,5" screen',
        'T6,2026-03-02T08:00:00Z,email,new,high,"never closed',
        "T7,2026-03-02T08:00:00Z,email,new,high,box",
    )
    report = import_paths(db, [file])
    assert counts(report) == (3, 0, 0, 4)
    assert [r.line for r in one(report).rejects] == [5, 6, 7, 9]
    assert "4 columns instead of 6" in one(report).rejects[0].reason
    assert "follows a closing quote" in one(report).rejects[2].reason
    assert "never closed" in one(report).rejects[3].reason
    assert rows(db, "SELECT ticket_id, product FROM tickets ORDER BY 1") == [
        ("T1", 'two\nlines, and "quotes"'),
        ("T5", '5" screen'),
        ("T7", "box"),
    ]


cell = st.sampled_from(
    ["", "T1", "T2", "T3", "email", "pigeon", "new", "2026-03-02T08:00:00Z", "2026-03-02", "x,y", 'a"b', "a\nb", "é"]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(cell, min_size=5, max_size=7), max_size=12), st.booleans())
def test_every_row_of_any_file_is_accounted_for(table: list[list[str]], windows: bool) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n" if windows else "\n")
    writer.writerows([HEADER.split(","), *table])
    with tempfile.TemporaryDirectory() as folder:
        file, db = Path(folder, "tickets.csv"), Path(folder, "v.duckdb")
        file.write_text(text.getvalue(), encoding="utf-8", newline="")
        first, second = import_paths(db, [file]), import_paths(db, [file])
        read, loaded = one(first).rows_read, one(first).loaded
        assert read == len(table)
        assert rows(db, "SELECT count(*) FROM tickets") == [(loaded,)]
        assert counts(second)[:2] == (0, 0)
        wrong = f"SELECT count(DISTINCT line) FROM rejects WHERE import_id = '{first.import_id}'"
        assert rows(db, wrong) == [(one(first).rejected,)]


# ---- how values are read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-02T08:00:00Z", datetime(2026, 3, 2, 8)),
        ("2026-03-02T08:00:00+02:00", datetime(2026, 3, 2, 6)),
        ("2026-03-02 08:00:00.250-0330", datetime(2026, 3, 2, 11, 30, 0, 250_000)),
        (" 2026-03-02 08:00 ", datetime(2026, 3, 2, 8)),
    ],
)
def test_an_offset_is_not_dropped(tmp_path: Path, db: Path, written: str, read: datetime) -> None:
    import_paths(db, [tickets(tmp_path, ROW.replace("2026-03-02T08:00:00Z", written))])
    assert rows(db, "SELECT created_at FROM tickets") == [(read,)]


@pytest.mark.parametrize("written", ["infinity", "epoch-ish", "0026-03-02", "02/03/2026", "2026-02-30", "9999-12-31"])
def test_a_doubtful_instant_is_refused(tmp_path: Path, db: Path, written: str) -> None:
    file = tickets(tmp_path, ROW.replace("2026-03-02T08:00:00Z", written))
    assert counts(import_paths(db, [file])) == (0, 0, 0, 1)


def test_whole_numbers_are_not_rounded_and_booleans_speak_french(tmp_path: Path, db: Path) -> None:
    file = tmp_path / "interactions.csv"
    head = "interaction_id,channel,direction,offered_at,talk_s,converted\n"
    lines = [
        f"i{i},phone,inbound,2026-03-02T08:00:00Z,{talk},{word}"
        for i, (talk, word) in enumerate([("60", "oui"), ("60.0", "FAUX"), ("60.5", "1"), ("", "peut-être")])
    ]
    file.write_text(head + "\n".join(lines), encoding="utf-8")
    report = import_paths(db, [file])
    assert [(r.line, r.column) for r in one(report).rejects] == [(4, "talk_s"), (5, "converted")]
    assert rows(db, "SELECT talk_s, converted FROM interactions ORDER BY interaction_id") == [(60, True), (60, False)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_delimiter_and_a_byte_order_mark(tmp_path: Path, db: Path, delimiter: str) -> None:
    text = f"{HEADER}\r\n{ROW}\r\n".replace(",", delimiter)
    file = tmp_path / "tickets.csv"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert counts(import_paths(db, [file])) == (1, 0, 0, 0)
    assert rows(db, "SELECT ticket_id, product FROM tickets") == [("T1", "box")]


def test_an_empty_cell_takes_the_default_of_the_schema(tmp_path: Path, db: Path) -> None:
    import_paths(db, [tickets(tmp_path, ROW.replace("high", ""))])
    assert rows(db, "SELECT priority, initiated_by, exclusion FROM tickets") == [("normal", "customer", None)]


@pytest.mark.parametrize("suffix", ["parquet", "jsonl", "xlsx"])
def test_the_other_formats_give_the_same_rows(tmp_path: Path, db: Path, suffix: str) -> None:
    names = ["ticket_id", "created_at", "channel", "status", "contact_count"]
    table = [["T1", datetime(2026, 3, 2, 8), "email", "new", 2], ["T2", None, "email", "new", None]]
    file = tmp_path / f"tickets-2026.{suffix}"
    if suffix == "parquet":
        with duckdb.connect() as con:
            con.execute(
                "CREATE TABLE t (ticket_id TEXT, created_at TIMESTAMPTZ, channel TEXT, status TEXT, contact_count INT8)"
            )
            con.execute("SET TimeZone = 'UTC'")
            con.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", table)
            con.execute(f"COPY t TO '{file}'")
    elif suffix == "jsonl":
        lines = [json.dumps(dict(zip(names, row, strict=True)), default=str) for row in table]
        file.write_text("\n".join(lines), encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for row in [names, *table]:
            book.worksheets[0].append(row)
        book.save(file)
    report = import_paths(db, [file])
    assert counts(report) == (1, 0, 0, 1)
    (reject,) = one(report).rejects
    assert (reject.line, reject.column) == (2 if suffix == "jsonl" else 3, "created_at")
    assert rows(db, "SELECT ticket_id, created_at, contact_count FROM tickets") == [("T1", datetime(2026, 3, 2, 8), 2)]


def test_a_broken_json_line_is_one_reject(tmp_path: Path, db: Path) -> None:
    file = tmp_path / "topics.jsonl"
    file.write_text('{"topic": "delay", "keywords": "late"}\n{"topic": \n[1]\n', encoding="utf-8")
    report = import_paths(db, [file])
    assert counts(report) == (1, 0, 0, 2)
    assert [r.line for r in one(report).rejects] == [2, 3]


# ---- which file is what


def test_a_file_is_known_by_its_columns_when_its_name_says_nothing(tmp_path: Path, db: Path) -> None:
    assert one(import_paths(db, [tickets(tmp_path, ROW, name="export.csv")])).table == "tickets"


def test_a_name_can_be_overruled(tmp_path: Path, db: Path) -> None:
    assert one(import_paths(db, [tickets(tmp_path, ROW, name="orders.csv")], table="tickets")).table == "tickets"
    with pytest.raises(ImportFailed, match="Did you mean tickets"):
        import_paths(db, [tickets(tmp_path, ROW)], table="ticket")


def test_a_missing_required_column_is_told_with_what_is_there(tmp_path: Path, db: Path) -> None:
    with pytest.raises(ImportFailed, match=r"no column channel, status\. It has ticket_id, created_at"):
        import_paths(db, [tickets(tmp_path, "T1,2026-03-02", header="ticket_id,created_at")])


def test_unknown_columns_are_reported(tmp_path: Path, db: Path) -> None:
    report = import_paths(db, [tickets(tmp_path, ROW + ",red", header=HEADER + ",colour")])
    assert one(report).notes == ("columns not used: colour",)


def test_another_encoding_is_told_with_its_line_and_its_remedy(tmp_path: Path, db: Path) -> None:
    file = tmp_path / "tickets.csv"
    file.write_bytes(f"{HEADER}\n{ROW}\n{ROW.replace('box', 'clé')}\n".encode("cp1252"))
    with pytest.raises(Unreadable, match=r"line 3: byte 0xE9 is not utf-8.*mapping"):
        import_paths(db, [file])


@pytest.mark.parametrize("name", ["tickets.parquet", "tickets.xlsx", "tickets.docx", "tickets.csv"])
def test_a_file_that_is_not_what_it_says_fails_the_import(tmp_path: Path, db: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"" if name.endswith("csv") else b"\x00\x01 nothing of the kind")
    with pytest.raises(Unreadable, match=name.replace(".", r"\.")):
        import_paths(db, [tmp_path / name])
    assert not db.exists()


def test_a_folder_is_read_whole_and_in_order(tmp_path: Path, db: Path) -> None:
    folder = tmp_path / "exports"
    (folder / "2025").mkdir(parents=True)
    tickets(folder, ROW)
    tickets(folder / "2025", ROW.replace("T1", "T0"))
    (folder / "README.md").write_text("about", encoding="utf-8")
    (folder / ".hidden.csv").write_text("nothing", encoding="utf-8")
    report = import_paths(db, [folder])
    assert [file.file for file in report.files] == ["2025/tickets.csv", "tickets.csv"]
    assert report.ignored == ("README.md",)


# ---- how far the data reach


def test_the_data_reach_to_the_newest_instant_imported(tmp_path: Path, db: Path) -> None:
    report = import_paths(db, [tickets(tmp_path, ROW, ROW.replace("T1", "T2").replace("08:00", "09:30"))])
    assert report.data_until == datetime(2026, 3, 2, 9, 30)
    assert rows(db, "SELECT source, data_until FROM imports") == [("canonical", datetime(2026, 3, 2, 9, 30))]


def test_files_that_tell_how_far_they_reach_are_believed(tmp_path: Path, db: Path) -> None:
    log = tmp_path / "imports.csv"
    log.write_text(
        "import_id,source,loaded_at,data_until\nx,crm,2026-03-03T00:00:00Z,2026-03-01T00:00:00Z\n", encoding="utf-8"
    )
    assert import_paths(db, [tickets(tmp_path, ROW), log]).data_until is None
    assert rows(db, "SELECT max(data_until) FROM imports") == [(datetime(2026, 3, 1),)]


def test_an_import_derives_the_facts(tmp_path: Path, db: Path) -> None:
    import_paths(db, [tickets(tmp_path, ROW)])
    assert rows(db, "SELECT ticket_id, created_on::VARCHAR, created_hour FROM ticket_facts") == [
        ("T1", "2026-03-02", 9)
    ]


# ---- what stands for nothing


SIGNS = ("NA", "?", "-", "n/a", "NaN", "")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_sign_of_nothing_is_an_empty_cell_but_in_free_text(tmp_path: Path, db: Path, sign: str, suffix: str) -> None:
    given = {
        "ticket_id": "T1", "created_at": "2026-03-02T08:00:00Z", "channel": "email", "status": "new",
        "priority": sign, "product": sign, "resolved_at": sign, "contact_count": sign, "exclusion": sign,
    }  # fmt: skip
    file = tmp_path / f"tickets{suffix}"
    file.write_text(
        f"{','.join(given)}\n{','.join(given.values())}\n" if suffix == ".csv" else json.dumps(given) + "\n"
    )
    assert counts(import_paths(db, [file])) == (1, 0, 0, 0)
    found = rows(db, "SELECT priority, product, resolved_at, contact_count, exclusion FROM tickets")
    assert found == [("normal", sign or None, None, None, None)]


def test_a_dash_is_no_agent_in_a_clean_file_either(tmp_path: Path, db: Path) -> None:
    header = "ticket_id,created_at,channel,status,agent_id,customer_id"
    lines = ("T1,2026-03-02T08:00:00Z,email,new,-,?", "T2,2026-03-02T08:00:00Z,email,new,NA,C1")
    assert counts(import_paths(db, [tickets(tmp_path, *lines, header=header)])) == (2, 0, 0, 0)
    assert rows(db, "SELECT agent_id, customer_id FROM tickets ORDER BY ticket_id") == [(None, None), ("NA", "C1")]


def test_a_required_cell_with_a_sign_of_nothing_is_refused_as_empty(tmp_path: Path, db: Path) -> None:
    file = tickets(tmp_path, ROW, ROW.replace("T1", "T2").replace("2026-03-02T08:00:00Z", "?"))
    report = one(import_paths(db, [file]))
    assert (report.loaded, report.rejected) == (1, 1)
    assert [(bad.line, bad.column, bad.reason) for bad in report.rejects] == [
        (3, "created_at", "required and empty: fill it in")
    ]
