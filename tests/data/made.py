"""Workbooks and pages as tools write them, made here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

import openpyxl

ROWS = (
    ("Id appel", "Date et heure", "File", "Agent", "Appelant", "Statut", "Attente", "Conversation"),
    ("A1", "02/03/2026 09:05", "SAV", "Zoé", "0600000000", "Répondu", "0:00:12", "0:04:30"),
    ("A2", "02/03/2026 09:07", "SAV", "", "0600000001", "Abandonné", "0:00:48", ""),
    ("A3", "13/03/2026 18:00", "SAV", "Ana", "0600000002", "Répondu", "0:00:05", "27:15:03"),
)
"""A list of three calls, the last one longer than a day."""
CALLS = [("A1", 12, 270, "answered"), ("A2", 48, None, "abandoned"), ("A3", 5, 98_103, "answered")]
"""What becomes of them: call, wait, talk, outcome."""
CALLS_SQL = (
    "SELECT interaction_id, date_diff('second', offered_at, coalesce(answered_at, ended_at)), talk_s, outcome "
    "FROM interactions ORDER BY interaction_id"
)

_SHEET = (
    '<?xml version="1.0" encoding="UTF-8"?>{doctype}<office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
    '<office:spreadsheet><table:table table:name="Appels">{rows}</table:table></office:spreadsheet></office:body>'
    "</office:document-content>"
)
_REPEATED = '<table:table-row table:number-rows-repeated="1000000"><table:table-cell {}/></table:table-row>'
BLANKS = _REPEATED.format('table:number-columns-repeated="16384"')
"""What LibreOffice writes below every table."""


def xlsx(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def text_cell(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def ods(rows: str, doctype: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", _SHEET.format(doctype=doctype, rows=rows))
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return out.getvalue()


def ods_of(rows: Sequence[Sequence[str]]) -> bytes:
    """Texts, but for the last two columns of the rows, which are durations as OpenDocument keeps them."""
    lines = []
    for row in rows:
        cells = [text_cell(value) if value.count(":") != 2 else _duration(value) for value in row]
        lines.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    return ods("".join(lines) + BLANKS)


def _duration(clock: str) -> str:
    hours, minutes, seconds = clock.split(":")
    value = f"PT{int(hours):02}H{minutes}M{seconds}S"
    return (
        f'<table:table-cell office:value-type="time" office:time-value="{value}"><text:p>x</text:p></table:table-cell>'
    )


def page(rows: Sequence[Sequence[str]], *, before: str = "", cell: str = "td") -> str:
    """A web page as a CRM writes it: a title in a layout table, the rows in a table of their own."""
    lines = ""
    for row in rows:
        texts = [value.replace(" ", "&nbsp;") or "&nbsp;" for value in row]
        lines += f"<tr>{''.join(f'<{cell} class=x>{text}</{cell}>' for text in texts)}</tr>\n"
    return (
        f"<!DOCTYPE html><html><head>{before}<style>td {{ color: red }}</style></head><body><!-- <table> -->"
        f"<table><tr><td><b>Appels</b><br>mars</td></tr><tr><td><table border=1>{lines}</table></td></tr>"
        "</table><script>var a = '<tr><td>x</td></tr>'</script></body></html>"
    )


def sheet_xml(rows: Sequence[Sequence[str]]) -> str:
    """A spreadsheet of 2003 in XML; empty cells are skipped over."""
    lines = []
    for row in rows:
        cells = [
            f'<Cell ss:Index="{rank}"><Data ss:Type="String">{value}</Data></Cell>'
            for rank, value in enumerate(row, start=1)
            if value
        ]
        lines.append(f"<Row>{''.join(cells)}</Row>")
    return (
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Appels"><Table>'
        f"{''.join(lines)}</Table></Worksheet></Workbook>"
    )


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def csv_of(rows: Sequence[Sequence[str]], delimiter: str = ";") -> str:
    return "".join(delimiter.join(row) + "\n" for row in rows)
