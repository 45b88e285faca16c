"""The mappings that people made on the Import page, each a TOML file in `<db>.mappings/` beside the store.

A file whose columns are those for which a mapping was made is read with it, on the page and by `vigie import`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.decoding import encodings_of
from data.reading import Dialect, header_of
from data.sources.looking import Look, folded
from data.sources.mapping import ExportMapping, checked, load_mapping
from data.store import ImportFailed

LONGEST_NAME = 60


def folder_of(db: Path) -> Path:
    """Where the mappings of the store at `db` are."""
    return db.with_name(db.name + ".mappings")


def save(db: Path, name: str, mapping: Mapping[str, Any]) -> Path:
    """Writes a mapping, over the one of that name. Raises ValueError for a blank or endless name, ImportFailed for a
    mapping that does not hold."""
    stem = " ".join(re.sub(r"[^\w .()-]", " ", name).split()).strip(".")
    if not 0 < len(stem) <= LONGEST_NAME:
        raise ValueError(f"A mapping's name has 1 to {LONGEST_NAME} letters and figures.")
    checked(mapping, Path(stem))
    folder_of(db).mkdir(parents=True, exist_ok=True)
    path = folder_of(db) / f"{stem}.toml"
    replaced(path, written(mapping))
    return path


def replaced(path: Path, text: str) -> None:
    """Writes a file whole: nobody reads half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def matching(db: Path, seen: Look) -> Path | None:
    """The saved mapping that was made for a file's columns, the latest if there are several."""
    paths = sorted(folder_of(db).glob("[!.]*.toml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return next((path for path in paths if _above(_header(path), seen) is not None), None)


def mapping_for(path: Path, seen: Look) -> ExportMapping:
    """A saved mapping, with the encoding, delimiter and title rows of the file at hand. Raises ImportFailed."""
    mapping = load_mapping(path)
    if not seen.rows:
        return mapping
    encodings = encodings_of(seen.path) if seen.delimiter else mapping.dialect.encodings
    above = _above(_header(path), seen) or 0
    dialect = replace(mapping.dialect, encodings=encodings, delimiter=seen.delimiter, skip_rows=above)
    return replace(mapping, dialect=dialect)


def written(mapping: Mapping[str, Any]) -> str:
    """A mapping as TOML: plain keys first, then one table a section."""
    plain = [f"{_key(key)} = {_value(value)}" for key, value in mapping.items() if not isinstance(value, Mapping)]
    sections = []
    for key, value in mapping.items():
        if not isinstance(value, Mapping) or not value:
            continue
        if key == "values":
            sections += [_section(f"values.{_key(name)}", words) for name, words in value.items() if words]
        else:
            sections.append(_section(key, value))
    return "\n\n".join(["\n".join(plain), *sections]) + "\n"


def _section(title: str, entries: Mapping[str, Any]) -> str:
    return "\n".join([f"[{title}]", *(f"{_key(key)} = {_value(value)}" for key, value in entries.items())])


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, (bool, int)):
        return str(value).lower()
    return _text(str(value))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")  # JSON's strings are TOML's, but for this


def _header(path: Path) -> tuple[str, ...]:
    try:
        return load_mapping(path).header
    except ImportFailed:  # one that somebody edited: it fits no file
        return ()


def _above(header: Sequence[str], seen: Look) -> int | None:
    """How many lines stand above the row that has exactly these columns; None when there is none."""
    wanted = frozenset(folded(name) for name in header if name)
    if not wanted:
        return None
    if seen.keys:
        return 0 if seen.keys.get("") == wanted else None
    if not seen.rows and seen.path.suffix.lower() == ".parquet":
        return 0 if {folded(name) for name in header_of(seen.path, Dialect())} == wanted else None
    names = {_plain(name) for name in header if name}
    return next(
        (above for above, cells in seen.rows if {_plain(cell) for cell in cells if cell.strip()} == names), None
    )


def _plain(name: str) -> str:
    return name.strip().casefold()  # as `Relation.position` finds a column
