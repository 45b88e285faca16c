"""Workbooks, pages called workbooks, archives: the calls in them are those of the plain file."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import duckdb
import openpyxl
import pytest

from data import trying
from data.cells import as_text
from data.decoding import encodings_of
from data.importing import import_paths
from data.reading import Dialect, read
from data.store import ImportFailed, Unreadable
from tests.data import made
from tests.data.desk import Desk
from tests.data.made import CALLS, CALLS_SQL, ROWS

FILES = Path(__file__).parent / "files"
"""calls.xls: the calls of `made.ROWS` below a title and above a total, beside a sheet that explains them."""


def typed_workbook() -> bytes:
    """The same calls as typed cells: dates, durations, times of day."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(ROWS[0])
    for row in ROWS[1:]:
        day, month, year, hour, minute = map(int, re.findall(r"\d+", row[1]))
        lasting = [_lasting(value) for value in row[6:]]
        sheet.append([row[0], dt.datetime(year, month, day, hour, minute), *row[2:6], *lasting])
    sheet["H4"].number_format = "[h]:mm:ss"
    sheet["H2"].number_format = "mm:ss"
    return made.saved(book)


def _lasting(text: str) -> dt.timedelta | None:
    if not text:
        return None
    hours, minutes, seconds = map(int, text.split(":"))
    return dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)


FORMS: dict[str, tuple[str, bytes]] = {
    "csv": ("calls.csv", made.csv_of(ROWS).encode()),
    "xlsx of texts": ("calls.xlsx", made.xlsx({"Appels": ROWS})),
    "xlsx of typed cells": ("calls.xlsx", typed_workbook()),
    "xlsx with a cover and a legend": (
        "calls.xlsx",
        made.xlsx({"Titre": [["Appels de mars"]], "Appels": ROWS, "Légende": [["SAV", "service"], ["Z", "zone"]]}),
    ),
    "xls": ("calls.xls", (FILES / "calls.xls").read_bytes()),
    "ods": ("calls.ods", made.ods_of(ROWS)),
    "page called xls": ("calls.xls", made.page(ROWS).encode()),
    "page in cp1252 that says so": (
        "calls.xls",
        made.page(ROWS, before='<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">').encode(
            "cp1252"
        ),
    ),
    "page in cp1252 that says UTF-8": ("calls.html", made.page(ROWS, before="<meta charset=utf-8>").encode("cp1252")),
    "page called csv": ("calls.csv", made.page(ROWS, cell="th").encode()),
    "page in UTF-16": ("calls.xls", made.page(ROWS).encode("utf-16")),
    "spreadsheet of 2003": ("calls.xls", made.sheet_xml(ROWS).encode()),
    "text with tabs called xls": ("calls.xls", made.csv_of(ROWS, "\t").encode("cp1252")),
    "workbook called csv": ("calls.csv", made.xlsx({"Appels": ROWS})),
    "zip": ("calls.zip", made.zipped({"mars/calls.csv": made.csv_of(ROWS)})),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_calls_in_whatever_they_are_kept(tmp_path: Path, form: str) -> None:
    name, content = FORMS[form]
    path = tmp_path / name
    path.write_bytes(content)
    (trial,) = trying.examine_all(path, tmp_path / "v.duckdb", "Europe/Paris")
    assert trial.kind == "system" and trial.tables == ("interactions",), trial.error
    with duckdb.connect() as con:
        relation = read(con, trial.path, Dialect(encodings=encodings_of(trial.path)), numbered=True)
        rows = con.execute(f"FROM {relation.sql} ORDER BY _line").fetchall()
    assert relation.header == ROWS[0]
    assert [tuple(map(_as_written, row[1:])) for row in rows] == [*ROWS[1:]]


def _as_written(value: str | None) -> str:
    if value and re.match(r"2026-03", value):
        return f"{value[8:10]}/{value[5:7]}/{value[:4]} {value[11:16]}"
    return (value or "").replace("00:0", "0:0", 1) if value and re.match(r"00:", value) else value or ""


@pytest.mark.parametrize("form", ["xls", "page in cp1252 that says so", "zip"])
def test_what_a_workbook_holds_goes_in(desk: Desk, form: str) -> None:
    name, content = FORMS[form]
    assert desk.take(content, name)["interactions"].loaded == 3
    assert desk.rows(CALLS_SQL) == CALLS
    assert desk.rows("SELECT min(offered_at) FROM interactions") == [(dt.datetime(2026, 3, 2, 8, 5),)]


def test_a_total_row_of_a_workbook_is_rejected_with_its_line_and_the_title_is_said(desk: Desk) -> None:
    report = desk.take((FILES / "calls.xls").read_bytes(), "calls.xls")["interactions"]
    assert [(reject.line, reject.reason[:7]) for reject in report.rejects] == [(7, "a total")]
    assert "left out above the header: Liste des appels, mars 2026" in report.notes
    assert "sheets left unread: Légende" in report.notes


def test_sheets_of_months_are_all_read_and_their_lines_can_be_found(desk: Desk) -> None:
    wrong = ("A9", "02/03/2026 09:05", "SAV", "", "", "Perdu de vue", "0:00:12", "")
    book = made.xlsx({"Mars": ROWS[:2], "Avril": [ROWS[0], *ROWS[2:], wrong], "Notes": [["à revoir"]]})
    report = desk.take(book, "calls.xlsx")["interactions"]
    assert (report.loaded, report.rejected, report.rejects[0].line) == (3, 1, 2 + 4)
    assert report.notes[:2] == (
        "sheets of the same columns read one after the other: Mars from line 1, Avril from line 3",
        "sheets left unread: Notes",
    )
    assert desk.rows(CALLS_SQL) == CALLS


def test_a_value_beyond_the_last_named_column_is_not_dropped(desk: Desk) -> None:
    report = desk.take(made.page([*ROWS, (*ROWS[1], "et encore")]), "calls.xls")["interactions"]
    assert (report.loaded, report.rejected) == (3, 1)
    assert "beyond the last of the 8 columns" in report.rejects[0].reason


def test_spans_of_a_page_keep_each_value_in_its_column(desk: Desk) -> None:
    table = made.page(ROWS).replace("<td class=x>SAV</td>", "<td rowspan=3>SAV</td>", 1)
    table = table.replace("<td class=x>SAV</td>", "")
    title = f"<tr><td colspan={len(ROWS[0])}>Appels de mars</td></tr><tr><td class=x>Id&nbsp;appel"
    report = desk.take(table.replace("<tr><td class=x>Id&nbsp;appel", title), "calls.xls")["interactions"]
    assert report.loaded == 3 and "left out above the header: Appels de mars" in report.notes
    assert desk.rows("SELECT DISTINCT team_id FROM interactions") == [("SAV",)]
    assert desk.rows(CALLS_SQL) == CALLS


def test_a_sign_in_page_saved_as_an_export_is_told(tmp_path: Path) -> None:
    (tmp_path / "calls.xls").write_text("<html><body><form>Sign in</form></body></html>", encoding="utf-8")
    with pytest.raises(Unreadable, match=r"calls\.xls is a web page without a table, perhaps the sign-in page"):
        import_paths(tmp_path / "v.duckdb", [tmp_path / "calls.xls"])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (dt.timedelta(hours=27, minutes=15, seconds=3), "27:15:03"),
        (dt.datetime(1900, 1, 1, 12), "36:00:00"),  # how a column of times of day keeps a day and a half
        (dt.time(4, 30), "04:30:00"),
        (dt.timedelta(seconds=-90), "-0:01:30"),
        (dt.timedelta(milliseconds=59_600), "0:01:00"),
        (0.855, "0.855"),
        (46000.0, "46000"),
        (True, "true"),
        (dt.date(2026, 3, 2), "2026-03-02"),
    ],
)
def test_a_typed_cell_is_the_text_that_a_plain_file_would_hold(cell: object, text: str) -> None:
    assert as_text(cell) == text


# Archives


def test_the_files_of_an_archive_are_known_by_their_place_in_it(tmp_path: Path) -> None:
    lines = made.csv_of(ROWS) + "A9;02/03/2026 09:05;SAV;;;Perdu de vue;0:00:12;\n"
    path = tmp_path / "export.zip"
    files: dict[str, bytes | str] = {"2026/mars.csv": lines, "readme.pdf": "%PDF", "__MACOSX/2026/._mars.csv": "x"}
    path.write_bytes(made.zipped({**files, "2026/avril/mars.csv": made.csv_of(ROWS)}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("data.derive.derive", lambda con, timezone, part=False: None)
        report = import_paths(tmp_path / "v.duckdb", [path], source_zone="Europe/Paris")
    assert [(file.file, file.loaded, file.unchanged, file.rejected) for file in report.files] == [
        ("export.zip/2026/mars.csv", 3, 0, 1),
        ("export.zip/2026/avril/mars.csv", 0, 3, 0),
    ]
    assert report.ignored == ("export.zip/readme.pdf",)
    assert [reject.line for reject in report.files[0].rejects] == [5]


def test_each_file_of_an_archive_is_shown_before_it_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(made.zipped({"a.csv": made.csv_of(ROWS), "b.csv": "foo,bar\nx,y\n", "c.pdf": "x"}))
    trials = trying.examine_all(path, tmp_path / "v.duckdb", "Europe/Paris")
    assert [(trial.name, trial.kind) for trial in trials] == [
        ("export.zip/a.csv", "system"),
        ("export.zip/b.csv", "unknown"),
        ("export.zip/c.pdf", "unreadable"),
    ]
    assert "unknown kind of file" in trials[-1].error, "what is left aside is said"
    path.write_bytes(made.zipped({"c.pdf": "x"}))
    (trial,) = trying.examine_all(path, tmp_path / "v.duckdb", "Europe/Paris")
    assert trial.kind == "unreadable" and "holds no file with rows, only c.pdf" in trial.error


def test_an_empty_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "export.zip").write_bytes(made.zipped({}))
    with pytest.raises(ImportFailed, match="no file to import"):
        import_paths(tmp_path / "v.duckdb", [tmp_path / "export.zip"])
