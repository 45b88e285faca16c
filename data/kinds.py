"""What a file is: its suffix says it, and its first bytes correct it, for tools give any name to what they export."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from data.store import Unreadable

Kind = Literal["text", "workbook", "html", "json", "parquet", "zip"]

_BY_SUFFIX: dict[str, Kind] = {
    ".csv": "text", ".tsv": "text", ".txt": "text",
    ".parquet": "parquet",
    ".json": "json", ".jsonl": "json", ".ndjson": "json",
    ".xlsx": "workbook", ".xlsm": "workbook", ".xls": "workbook", ".ods": "workbook",
    ".html": "html", ".htm": "html",
    ".zip": "zip",
}  # fmt: skip
SUFFIXES = tuple(_BY_SUFFIX)
"""Of the files that can hold rows."""

_HEAD = 4096
_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_MARKS = (b"<html", b"<table", b"<!doctype html", b"<body", b"<head", b"<meta", b"<style", b"<tr", b"<?mso-application")
_SHEET_XML = b"urn:schemas-microsoft-com:office:spreadsheet"


def kind_of(path: Path) -> Kind:
    """What a file is read as. Raises Unreadable for a name that no such file has."""
    kind = _BY_SUFFIX.get(path.suffix.lower())
    if kind is None:
        raise Unreadable(f"{path.name}: unknown kind of file; give one of {', '.join(SUFFIXES)}")
    if kind not in ("text", "workbook", "html"):
        return kind
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_OLE):
        return "workbook"
    if head.startswith(_ZIP):
        return "workbook" if kind == "workbook" or _is_office(path) else "zip"
    if _is_markup(head):
        return "html"
    return "text" if kind == "workbook" and path.suffix.lower() == ".xls" and _is_text(head) else kind


def _is_office(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return True  # let its reader say what is wrong
    return "mimetype" in names or "[Content_Types].xml" in names


def _is_markup(head: bytes) -> bool:
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith(b"<?xml"):
        return _SHEET_XML in start or b"<html" in start or b"<table" in start
    return start.startswith(b"<") and any(mark in start for mark in _MARKS)


def _is_text(head: bytes) -> bool:
    return bool(head) and (b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff")))
