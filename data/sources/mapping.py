"""Mappings: TOML files that say what each column of a foreign CSV or XLSX export means.

    table = "tickets"                       # the table that it fills
    source = "helpdesk"                     # name written in the log of imports
    encoding = ["utf-8", "cp1252"]          # one name, or several when mixed bytes are in one file
    delimiter = ";"                         # found from the header when left out
    skip_rows = 2                           # lines above the header; found when left out
    sheet = "Export"                        # of a workbook; the one with the most rows when left out
    decimal_comma = true                    # 12,5; spaces between thousands are always understood
    null_values = ["NA", "-"]               # what stands for an empty cell
    timezone = "Europe/Paris"               # of times written without a zone (default: UTC)
    date_formats = ["%d/%m/%Y %H:%M"]       # strptime; ISO 8601 is always understood
    pseudonyms = ["customer_id"]            # columns replaced by pseudonyms (default: every identity)
    header = ["Number", "Via", "Talk"]      # of a saved one: it is taken for the files that have these columns

    [columns]                               # column of the schema = column of the export
    ticket_id = "Number"
    channel = { value = "email" }           # the same for every row
    talk_s = { column = "Talk", unit = "min" }   # s, ms, min or h; 1:02:03 is always understood

    [values.channel]                        # word of the export = value of the schema, whatever the case
    "E-mail" = "email"
    "*" = "other"                           # any other word; without it, such a row is rejected

    [generate]
    survey_id = "row"                       # a key from the whole row and its rank among identical rows
    item = ["Campaign", "Question"]         # a key from some columns of the export

A key to generate stays the same from one import to the next as long as what it is made from does.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.decoding import known_encodings
from data.privacy import IDENTITIES
from data.reading import Dialect
from data.schema import Table
from data.sources.canonical import table_named
from data.store import ImportFailed, check_zone

UNIT_SECONDS = {"s": 1.0, "ms": 0.001, "min": 60.0, "h": 3600.0}
_KEYS = (
    "table", "source", "encoding", "delimiter", "skip_rows", "sheet", "decimal_comma", "null_values",
    "timezone", "date_format", "date_formats", "pseudonyms", "columns", "values", "generate", "header",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a column comes from: a column of the export, or one value for every row."""

    column: str | None = None
    value: str | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ExportMapping:
    """A mapping that has been checked against the schema."""

    file: str
    source: str
    table: Table
    dialect: Dialect
    columns: Mapping[str, Origin]
    vocabulary: Mapping[str, Mapping[str, str]]
    generate: Mapping[str, str | list[str]]
    nulls: tuple[str, ...]
    formats: tuple[str, ...]
    decimal_comma: bool
    zone: str
    pseudonyms: tuple[str, ...]
    header: tuple[str, ...] = ()
    words_at: str = ""
    """Where a word is added, when it is not in the mapping itself."""


def load_mapping(path: Path, *, table: str | None = None, source: str | None = None) -> ExportMapping:
    """Read and check a mapping; `table` and `source` override what it says. Raises ImportFailed."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ImportFailed(f"the mapping {path} cannot be read: {error}") from None
    return checked(given, path, table=table, source=source)


def checked(
    given: Mapping[str, Any], path: Path, *, table: str | None = None, source: str | None = None
) -> ExportMapping:
    """A mapping as read from TOML, checked against the schema; `path` names it in messages. Raises ImportFailed."""
    _known(path, "key", given, _KEYS)
    if not (table or given.get("table")):
        raise ImportFailed(f'{path.name} does not say its table: add table = "tickets", for instance')
    target = table_named(table or str(given["table"]))
    for section in ("columns", "values", "generate"):
        _known(path, f"column of {target.name} in [{section}]", given.get(section, {}), target.column_names)
    columns = {name: _origin(path, name, spec) for name, spec in given.get("columns", {}).items()}
    generate = _recipes(path, given.get("generate", {}))
    named = (*columns, *generate)
    for column in target.columns:
        if column.required and column.default is None and column.name not in named:
            raise ImportFailed(
                f"{path.name} does not say where {target.name}.{column.name} comes from "
                f"({column.doc} Required.): add it to [columns], or to [generate] for a key"
            )
    return ExportMapping(
        file=path.name,
        source=source or str(given.get("source", path.stem)),
        table=target,
        dialect=Dialect(
            encodings=known_encodings(_list(given.get("encoding", "utf-8"))),
            delimiter=given.get("delimiter"),
            skip_rows=int(given["skip_rows"]) if "skip_rows" in given else None,
            sheet=given.get("sheet"),
        ),
        columns=columns,
        vocabulary=_vocabulary(path, target, given.get("values", {})),
        generate=generate,
        nulls=_list(given.get("null_values", [])),
        formats=_list(given.get("date_formats", given.get("date_format", []))),
        decimal_comma=bool(given.get("decimal_comma", False)),
        zone=check_zone(str(given.get("timezone", "UTC"))),
        pseudonyms=tuple(given.get("pseudonyms", [name for name in named if name in IDENTITIES])),
        header=_list(given.get("header", [])),
    )


_ORIGIN_KEYS = ("column", "value", "unit")


def _vocabulary(path: Path, table: Table, given: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    for name, words in given.items():
        column = table.column(name)
        wrong = [value for value in words.values() if column.values and value not in column.values]
        if wrong:
            raise ImportFailed(
                f"{path.name}: [values.{name}] gives {wrong[0]!r}, but {name} is one of {', '.join(column.values)}"
            )
    return given


def _recipes(path: Path, given: Mapping[str, str | list[str]]) -> Mapping[str, str | list[str]]:
    for name, recipe in given.items():
        if recipe != "row" and not (isinstance(recipe, list) and recipe):
            raise ImportFailed(
                f'{path.name}: [generate] {name} = {recipe!r} is unknown; write "row" or a list of columns'
            )
    return given


def _origin(path: Path, column: str, spec: object) -> Origin:
    if isinstance(spec, str):
        return Origin(column=spec)
    if not isinstance(spec, dict) or ("column" in spec) == ("value" in spec) or {*spec} - {*_ORIGIN_KEYS}:
        raise ImportFailed(
            f'{path.name}: write {column} = "Column of the export", '
            f'{column} = {{ column = "...", unit = "min" }} or {column} = {{ value = "..." }}'
        )
    unit = spec.get("unit", "")
    if unit and unit not in UNIT_SECONDS:
        raise ImportFailed(f"{path.name}: the unit of {column} is one of {', '.join(UNIT_SECONDS)}")
    if "column" in spec:
        return Origin(column=str(spec["column"]), unit=unit)
    value = spec["value"]
    return Origin(value=str(value).lower() if isinstance(value, bool) else str(value), unit=unit)


def _list(value: str | list[Any]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(map(str, value))


def _known(path: Path, kind: str, given: Mapping[str, object], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1, 0.4)
            meant = f" Did you mean {close[0]}?" if close else ""
            raise ImportFailed(f"{path.name}: no {kind} is called {name!r}.{meant} Known: {', '.join(known)}.")
