"""SQL fragments of the catalogue: parsed once, then filled with values for a question. Pure.

A fragment is DuckDB SQL over a dataset's columns with `$name` placeholders. Filling it qualifies its columns
with the fact table's alias, so that the join with teams can never make a name ambiguous.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import sqlglot
from sqlglot import exp

FACT = "f"
TEAM = "team"


@dataclass(frozen=True, slots=True)
class Sql:
    """A fragment that stands for a parameter, filled in its turn."""

    text: str


Value = Sql | str | int | float | bool | None | datetime | date | tuple[str, ...] | exp.Expr
Substitution = Value | Callable[[], exp.Expr]
"""What stands for a parameter; a function when it costs something to make and few fragments have it."""


@lru_cache(maxsize=4096)
def parse(sql: str) -> exp.Expr:
    """The tree of one expression; shared, so copy before changing."""
    return sqlglot.parse_one(sql, dialect="duckdb")


def instant(value: datetime) -> exp.Expr:
    """A naive UTC instant as a TIMESTAMP literal."""
    return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "TIMESTAMP")


def literal(value: Value) -> exp.Expr:
    """A value as a literal, never as text glued into SQL."""
    if isinstance(value, exp.Expr):
        return value.copy()
    if isinstance(value, Sql):
        raise TypeError("a fragment is filled, not quoted")
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    return exp.convert(value)


class Filler:
    """Fills fragments for one question: `values` replaces `$name`, `zone` makes LOCAL_DATE and LOCAL_HOUR concrete."""

    def __init__(self, values: Mapping[str, Substitution], zone: str) -> None:
        self.values = values
        self.zone = zone

    def with_(self, **values: Substitution) -> Filler:
        return Filler({**self.values, **values}, self.zone)

    def __call__(self, sql: str) -> exp.Expr:
        return self._fill(parse(sql).copy())

    def _fill(self, tree: exp.Expr) -> exp.Expr:
        # Bottom-up by hand: sqlglot's transform does not descend into the nodes it has just made.
        holder = exp.Paren(this=tree)
        for column in list(holder.find_all(exp.Column)):
            if not column.table:
                column.set("table", exp.to_identifier(FACT))
        for placeholder in list(holder.find_all(exp.Placeholder)):
            self._replace(placeholder)
        for call in list(holder.find_all(exp.Anonymous)):
            if call.name.upper() == "LOCAL_DATE":
                call.replace(exp.cast(local_time(call.expressions[0], self.zone), "DATE"))
            elif call.name.upper() == "LOCAL_HOUR":
                call.replace(exp.func("HOUR", local_time(call.expressions[0], self.zone)))
        filled: exp.Expr = holder.this
        return filled

    def _replace(self, node: exp.Expr) -> None:
        value = self.values[node.name]
        if callable(value) and not isinstance(value, exp.Expr):
            value = value()
        if isinstance(value, tuple):
            parent = node.parent
            if not isinstance(parent, exp.In):
                raise TypeError(f"${node.name} is a list and can only stand in IN (...)")
            # IN () is not SQL; IN (NULL) is never true, which is what an empty list means.
            parent.set("expressions", [literal(item) for item in value] or [exp.null()])
        elif isinstance(value, Sql):
            filled = self(value.text)
            node.replace(filled if isinstance(filled, exp.Column) else exp.paren(filled, copy=False))
        else:
            node.replace(literal(value))


def local_time(at: exp.Expr, zone: str) -> exp.Expr:
    """Local time of a naive UTC instant. UTC to local is never ambiguous, so the engine can do it."""
    utc = exp.func("timezone", exp.Literal.string("UTC"), at.copy())
    return exp.func("timezone", exp.Literal.string(zone), utc)
