"""Text to typed rows, in SQL: what a cell must look like, and what to tell the person whose row does not.

The result is the temporary table `staged`: `_line`, every column of the schema's table, and `_problems`,
a list of {column_name, value, reason} that is NULL for a good row. Clean rows cost no more than their casts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb

from data.reading import Relation, identifier, quote
from data.schema import Column, Table

YES = ("true", "1", "yes", "oui", "vrai", "t", "y")
NO = ("false", "0", "no", "non", "faux", "f", "n")
OLDEST, NEWEST = "1900-01-01", "2199-12-31"
"""Dates outside are slips (0026 for 2026) or the words infinity and epoch, which SQL would take."""

FORMS = {
    "TEXT": "text",
    "TIMESTAMP": "an instant such as 2026-03-02T08:30:00Z",
    "DATE": "a date such as 2026-03-02",
    "TIME": "a time such as 08:30",
    "INTEGER": "a whole number",
    "BIGINT": "a whole number",
    "DOUBLE": "a number such as 12.5",
    "BOOLEAN": "true or false (or yes, no, oui, non, vrai, faux, 1, 0)",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a column's values come from."""

    column: Column
    raw: str
    """SQL over the relation: the value as read, NULL when there is none."""
    typed: Callable[[str], str] | None = None
    """SQL of the typed value from SQL of the raw one, NULL when it cannot be read; None: already typed."""
    form: str = ""
    """What the value must look like, when that is not what the type says."""
    step: Callable[[str], str] | None = None
    """SQL over the raw value `r` that is computed once and that `typed` may name `r_step`."""


def text_of(index: int, nulls: Sequence[str] = ()) -> str:
    """SQL of column `index` of a relation of text: trimmed, NULL when empty or one of `nulls`."""
    # A trim makes every text anew: five times the price of looking whether there is anything to trim.
    trimmed = f"CASE WHEN prefix(c{index}, ' ') OR suffix(c{index}, ' ') THEN trim(c{index}) ELSE c{index} END"
    if nulls:
        listed = ", ".join(quote(word) for word in ("", *nulls))
        return f"CASE WHEN {trimmed} NOT IN ({listed}) THEN {trimmed} END"
    return f"nullif({trimmed}, '')"


def typed_sql(type_: str) -> Callable[[str], str]:
    """How a text is read as a value of `type_`; an instant without zone is UTC."""
    match type_:
        case "TIMESTAMP":
            return instant_sql
        case "DATE":
            return lambda raw: f"CASE WHEN len({raw}) = 10 THEN TRY_CAST({raw} AS DATE) END"
        case "INTEGER" | "BIGINT":  # the bare cast would round 3.7
            return lambda raw: (
                f"CASE WHEN TRY_CAST({raw} AS DOUBLE) = TRY_CAST({raw} AS {type_}) THEN TRY_CAST({raw} AS {type_}) END"
            )
        case "DOUBLE":
            return lambda raw: f"CASE WHEN isfinite(TRY_CAST({raw} AS DOUBLE)) THEN TRY_CAST({raw} AS DOUBLE) END"
        case "BOOLEAN":
            return boolean_sql
        case "TIME":
            return lambda raw: f"TRY_CAST({raw} AS TIME)"
    return lambda raw: raw


def instant_sql(raw: str) -> str:
    """A text as naive UTC. The plain cast is quick, but it drops an offset such as +02:00 without a word."""
    whole = f"strlen({raw}) = 19 AND substr({raw}, 17, 1) = ':'"  # to the second, with no room for an offset
    return (
        f"CASE WHEN suffix({raw}, 'Z') OR ({whole}) THEN TRY_CAST({raw} AS TIMESTAMP) "
        f"ELSE TRY_CAST({raw} AS TIMESTAMPTZ)::TIMESTAMP END"
    )


def boolean_sql(raw: str) -> str:
    yes, no = (", ".join(map(quote, words)) for words in (YES, NO))
    return f"CASE WHEN lower({raw}) IN ({yes}) THEN true WHEN lower({raw}) IN ({no}) THEN false END"


def stage(con: duckdb.DuckDBPyConnection, table: Table, relation: Relation, cells: Sequence[Cell]) -> None:
    """Fill the temporary table `staged` from `relation`. Raises duckdb.Error if a CSV file is not clean."""
    names = ", ".join(identifier(name) for name in table.column_names)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE staged AS WITH {_typed(table, relation, cells)} "
        f"SELECT _line, {names}, {_listed(_all_problems(table, cells))} AS _problems FROM typed"
    )


def load_clean(
    con: duckdb.DuckDBPyConnection, table: Table, relation: Relation, cells: Sequence[Cell], import_id: str
) -> int:
    """Load `relation` straight into `table`, which is empty; how many rows. Raises duckdb.InvalidInputException, with
    nothing loaded, if the file is not clean or a row has a problem. Half the time of staging the rows first."""
    first, *others = table.column_names
    values = [quote(import_id) if name == "_import_id" else identifier(name) for name in others]
    # In the first column and not in a WHERE, which would read every value a second time.
    problems = _any_of(_all_problems(table, cells))
    checked = (
        f"CASE WHEN {problems} THEN error('row with a problem: ' || coalesce(r0, '')) ELSE {identifier(first)} END"
    )
    row = con.execute(
        f"INSERT INTO {identifier(table.name)} WITH {_typed(table, relation, cells)} "
        f"SELECT {', '.join((checked, *values))} FROM typed"
    ).fetchone()
    return int(row[0]) if row else 0


def _typed(table: Table, relation: Relation, cells: Sequence[Cell]) -> str:
    """The tables before a SELECT that lead to `typed`: `_line`, the values as read (`r0`...) and as typed."""
    raws = ["_line", *(f"{cell.raw} AS r{index}" for index, cell in enumerate(cells))]
    steps = [f", {cell.step(f'r{i}')} AS r{i}_step" for i, cell in enumerate(cells) if cell.step]
    typed = ["_line", *(f"r{index}" for index in range(len(cells)))]
    given = {cell.column.name: index for index, cell in enumerate(cells)}
    for column in table.columns:
        if column.name in given:
            typed.append(f"{_value(cells[given[column.name]], f'r{given[column.name]}')} AS {identifier(column.name)}")
        else:
            default = "NULL" if column.default is None else quote(column.default)
            typed.append(f"{default}::{column.type} AS {identifier(column.name)}")
    return (
        f"raws AS (SELECT {', '.join(raws)} FROM {relation.sql}), "
        f"steps AS (SELECT *{''.join(steps)} FROM raws), "
        f"typed AS (SELECT {', '.join(typed)} FROM steps)"
    )


def _all_problems(table: Table, cells: Sequence[Cell]) -> list[_Problem]:
    found = [problem for index, cell in enumerate(cells) for problem in _problems(cell, f"r{index}")]
    return found + [_row_problem(rule, reason) for rule, reason in table.checks]


def _value(cell: Cell, raw: str) -> str:
    value = cell.typed(raw) if cell.typed else raw
    default = cell.column.default
    return value if default is None else f"coalesce({value}, {quote(default)}::{cell.column.type})"


@dataclass(frozen=True, slots=True)
class _Problem:
    when: str
    column: str
    value: str
    reason: str


def _problems(cell: Cell, raw: str) -> list[_Problem]:
    column, name = cell.column, identifier(cell.column.name)
    found = []
    if cell.typed and (column.type != "TEXT" or cell.form):
        # The value with its default is never NULL, so the reading itself is looked at again.
        value = name if column.default is None else cell.typed(raw)
        form = cell.form or FORMS[column.type]
        unread = f"({raw} IS NOT NULL AND {value} IS NULL)"
        if column.type in ("TIMESTAMP", "DATE"):
            unread += f" OR {name} NOT BETWEEN '{OLDEST}' AND '{NEWEST}'"
        found.append(_Problem(unread, column.name, raw, f"write {form}"))
    if column.values:
        listed = ", ".join(map(quote, column.values))
        reason = f"not a known value: write one of {', '.join(column.values)}"
        found.append(_Problem(f"{name} NOT IN ({listed})", column.name, raw, reason))
    if column.required and column.default is None:
        found.append(_Problem(f"{raw} IS NULL", column.name, raw, "required and empty: fill it in"))
    return found


def _row_problem(rule: str, reason: str) -> _Problem:
    return _Problem(f"NOT ({rule})", "", "NULL", reason)


def _listed(problems: Sequence[_Problem]) -> str:
    if not problems:
        return "NULL::STRUCT(column_name VARCHAR, value VARCHAR, reason VARCHAR)[]"
    items = ", ".join(
        f"CASE WHEN {p.when} THEN {{'column_name': nullif({quote(p.column)}, ''), "
        f"'value': left({p.value}::VARCHAR, 500), 'reason': {quote(p.reason)}}} END"
        for p in problems
    )
    return f"CASE WHEN {_any_of(problems)} THEN list_filter([{items}], lambda problem: problem IS NOT NULL) END"


def _any_of(problems: Sequence[_Problem]) -> str:
    return " OR ".join(f"({problem.when})" for problem in problems) or "false"
