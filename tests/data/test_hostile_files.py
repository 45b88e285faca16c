"""Files made to harm, or that came to harm: each is told by name, nothing is lost, and the memory is bounded."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data import archives, decoding, html_tables, sheet_reader, trying
from data.importing import File, import_files, import_paths
from data.sources import Feed
from data.sources.canonical import Canonical
from data.store import StoreError, Unreadable
from tests.data import made
from tests.data.desk import Desk

TICKETS = "ticket_id,created_at,channel,status\n"
ROW = "T1,2026-03-02T08:00:00Z,email,new\n"
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + rank)} "{f"&{chr(97 + rank)};" * 10}">' for rank in range(9))
    + "]>"
)


def told(folder: Path, name: str, content: bytes | str) -> str:
    """Why a file is refused, on the page as on the command line; nothing is left behind."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (trial,) = trying.examine_all(path, folder / "v.duckdb", "Europe/Paris")
    assert trial.kind == "unreadable"
    with pytest.raises(StoreError) as raised:
        import_paths(folder / "v.duckdb", [path])
    assert name in str(raised.value)
    assert not (folder / "v.duckdb").exists()
    assert list(folder.iterdir()) == [path]
    return trial.error


# Archives


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    assert "no export does" in told(tmp_path, "bomb.zip", made.zipped({"tickets.csv": b"\0" * (80 << 20)}))


def test_an_archive_of_more_than_the_disk_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 10)
    assert "unpacks to" in told(tmp_path, "large.zip", made.zipped({"tickets.csv": TICKETS + ROW}))


def test_a_file_that_is_longer_than_its_archive_says(tmp_path: Path) -> None:
    text = (TICKETS + ROW * 1000).encode()
    archive = made.zipped({"tickets.csv": text})
    size = len(text).to_bytes(4, "little")
    assert archive.count(size) == 2
    assert "is not an archive that can be read" in told(tmp_path, "liar.zip", archive.replace(size, b"\x10\0\0\0"))


@pytest.mark.parametrize("name", ["../tickets.csv", "/etc/tickets.csv", "a/../../tickets.csv", "c:\\tickets.csv"])
def test_an_archive_that_reaches_outside_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    content = made.zipped({"agents.csv": "agent_id\n", "x" * len(name): TICKETS + ROW})
    error = told(tmp_path / "in", "out.zip", content.replace(b"x" * len(name), name.encode()))
    assert "names a file outside itself" in error
    assert not (tmp_path / "tickets.csv").exists()


def test_archives_in_archives_are_refused(tmp_path: Path) -> None:
    inner = made.zipped({"tickets.csv": TICKETS + ROW})
    assert "holds another archive, a/b.zip: unpack it" in told(tmp_path, "out.zip", made.zipped({"a/b.zip": inner}))
    assert "holds another archive, a.csv" in told(tmp_path / "b", "out.zip", made.zipped({"a.csv": inner}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_in_an_archive_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "make"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tickets.csv", TICKETS + ROW)
        archive.writestr("tickets.csv", TICKETS + ROW.replace("T1", "T2"))
    content = path.read_bytes()
    path.unlink()
    assert "two files named tickets.csv" in told(tmp_path, "twice.zip", content)


def test_a_locked_archive_is_told(tmp_path: Path) -> None:
    good = made.zipped({"tickets.csv": TICKETS + ROW})
    locked = good.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0")
    assert "password" in told(tmp_path, "locked.zip", locked)


def test_a_broken_archive_is_told(tmp_path: Path) -> None:
    good = made.zipped({"tickets.csv": TICKETS + ROW})
    assert "not an archive that can be read" in told(tmp_path, "cut.zip", good[:-30])


def test_an_archive_of_too_many_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_FILES", 1)
    assert "holds 2 files; at most 1" in told(tmp_path, "many.zip", made.zipped({"a.csv": "a", "b.csv": "b"}))


# Workbooks and pages


def with_sheet(sheet: str) -> bytes:
    """A workbook whose sheet is this XML."""
    book = made.xlsx({"S": [["a"]]})
    folder: dict[str, bytes | str] = {}
    path = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        for name in archive.namelist():
            folder[name] = archive.read(name)
    return made.zipped({**folder, path: sheet})


def test_two_cells_at_the_ends_of_a_sheet_do_not_fill_the_memory(tmp_path: Path) -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    error = told(tmp_path, "far.xlsx", with_sheet(SHEET.format(far)))
    assert "far.xlsx is not a workbook that can be read: it is damaged, or far too large" in error


def test_a_sheet_of_more_cells_than_can_be_held_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sheet_reader, "_limit", lambda: None)
    monkeypatch.setattr(sheet_reader, "MOST_CELLS", 3)
    (tmp_path / "a.xlsx").write_bytes(made.xlsx({"S": [["a", "b"], ["c", "d"]]}))
    assert sheet_reader.main(str(tmp_path / "a.xlsx")) == sheet_reader.TOLD
    assert "the cells of S reach over a rectangle of 4 cells" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_a_billion_laughs_are_not_laughed(tmp_path: Path, form: str) -> None:
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row>'
    row = f"<table:table-row>{made.text_cell('&j;')}</table:table-row>"
    content = (
        with_sheet('<?xml version="1.0"?>' + LAUGHS + SHEET.format(cell)) if form == "xlsx" else made.ods(row, LAUGHS)
    )
    assert "is not a workbook that can be read" in told(tmp_path, f"laughs.{form}", content)


def test_a_cell_repeated_to_the_end_of_the_sheet_is_told(tmp_path: Path) -> None:
    cell = made.text_cell("a").replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="16000"')
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    assert "is not a workbook that can be read" in told(tmp_path, "bomb.ods", made.ods(row))


def test_an_empty_workbook_is_told(tmp_path: Path) -> None:
    assert "no sheet with cells in it" in told(tmp_path, "empty.xlsx", made.xlsx({"S": []}))


ENDLESS = {
    "tags": "<" * 200_000,
    "declarations": "<!" * 100_000,
    "comments": "<!--" * 50_000,
    "attributes": "<td " * 50_000,
    "spans": "<table><tr><td colspan=9999>" * 2000,
    "references": "&" * 99_999,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_a_page_without_ends_takes_no_time(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.html"
    path.write_text("<html><table><tr><td>a</td></tr></table>" + text, encoding="ascii")
    assert html_tables.html_tables(path)[0] == [["a"]]


def test_a_page_larger_than_can_be_held_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_tables, "LARGEST", 10)
    assert "at most 0 MB can be read" in told(tmp_path, "a.xls", made.page([["a"]]))


# Texts


def test_a_line_of_two_gigabytes_is_told_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    with path.open("wb") as file:
        file.write(TICKETS.encode())
        file.truncate(2 << 30)
    tracemalloc.start()
    try:
        trial = trying.examine(path, tmp_path / "v.duckdb", "Europe/Paris")
        assert tracemalloc.get_traced_memory()[1] < 300 << 20
    finally:
        tracemalloc.stop()
    assert "line 2 has more than 64 MB" in trial.error


def test_a_long_line_far_below_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "LONGEST_LINE", 1000)
    (tmp_path / "tickets.csv").write_text(TICKETS + ROW * 2000 + '"' + "x" * 2000, encoding="ascii")
    with pytest.raises(Unreadable, match="line 2002 has more than"):
        import_paths(tmp_path / "v.duckdb", [tmp_path / "tickets.csv"])
    assert not (tmp_path / "v.duckdb").exists()


@pytest.mark.parametrize("name", ["tickets.csv", "tickets.jsonl"])
def test_nul_bytes_reject_their_row_and_no_other(desk: Desk, name: str) -> None:
    good = '{"ticket_id": "T%d", "created_at": "2026-03-02T08:00:00Z", "channel": "email", "status": "new"}\n'
    bad = {"tickets.csv": ROW.replace("T1", "T\0"), "tickets.jsonl": good % 3 + "\0" * 50 + "\n"}
    text = TICKETS + ROW + ROW.replace("T1", "T2") + bad[name]
    if name.endswith("jsonl"):
        text = good % 1 + good % 2 + bad[name]
    report = desk.take(text, name)["tickets"]
    assert report.rejected == 1 and report.loaded == (2 if name.endswith("csv") else 3)


def test_a_folder_named_like_a_file_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tickets.csv"
    folder.mkdir()
    with pytest.raises(StoreError, match="no file to import in"):
        import_paths(tmp_path / "v.duckdb", [folder])
    (trial,) = trying.examine_all(folder, tmp_path / "v.duckdb", "Europe/Paris")
    assert trial.kind == "unreadable"
    (folder / "inner.csv").mkdir()
    with pytest.raises(StoreError, match="no file to import in"):
        import_paths(tmp_path / "v.duckdb", [tmp_path])


class _Growing(Canonical):
    """Reads a file into which somebody still writes."""

    def feeds(self, con: duckdb.DuckDBPyConnection, path: Path, *, numbered: bool) -> Iterator[Feed]:
        yield from super().feeds(con, path, numbered=numbered)
        with path.open("a", encoding="utf-8") as file:
            file.write(ROW.replace("T1", "T2"))


def test_a_file_that_changes_while_it_is_read_is_not_half_loaded(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(TICKETS + ROW, encoding="utf-8")
    with pytest.raises(Unreadable, match=r"tickets\.csv changed while it was read: something still writes it"):
        import_files(tmp_path / "v.duckdb", [File(path.name, path, _Growing("tickets"))])
    assert not (tmp_path / "v.duckdb").exists()


# The disk

_IMPORT = """
import resource, sys
from pathlib import Path
from data.importing import import_paths
from data.store import NoRoom
folder = Path(sys.argv[1])
import data.derive
data.derive.derive = lambda con, timezone, part=False: None
import_paths(folder / "v.duckdb", [folder / "tickets.csv"])
before = (folder / "v.duckdb").read_bytes()
files = sorted(folder.iterdir())
rows = (sys.argv[3].replace("T1", f"T{rank:099}") for rank in range(60_000))
(folder / "tickets.csv").write_text(sys.argv[2] + "".join(rows))
limit = len(before) + (1 << 20)
for size in (len(before) // 2, limit):  # the copy of the store does not fit; then the rows do not
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        import_paths(folder / "v.duckdb", [folder / "tickets.csv"])
    except NoRoom as error:
        print("told:", error)
assert (folder / "v.duckdb").read_bytes() == before
assert sorted(folder.iterdir()) == files
"""


def test_a_full_disk_is_told_and_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text(TICKETS + ROW, encoding="ascii")
    command: list[Any] = [sys.executable, "-c", _IMPORT, tmp_path, TICKETS, ROW]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert len(said) == 2
    assert all("v.duckdb could not be written, and is as it was. Make room" in line for line in said)
