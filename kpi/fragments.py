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
Reads = frozenset[tuple[str, str]]
"""(table alias, column) of what an expression reads."""
_READS = "reads"
_HOLE = "\0"


@dataclass(frozen=True, slots=True)
class _Template:
    """A fragment written in SQL once: texts and, at the odd places, the names of what fills it."""

    pieces: tuple[str, ...]
    lists: frozenset[str]
    """Names that stand in IN (...)."""
    reads: Reads
    column: bool
    """It is a column and nothing else."""


@lru_cache(maxsize=4096)
def _template(sql: str, zone: str) -> _Template:
    holder = exp.Paren(this=sqlglot.parse_one(sql, dialect="duckdb"))
    for column in list(holder.find_all(exp.Column)):
        if not column.table:
            column.set("table", exp.to_identifier(FACT))
    reads = reads_of(holder)
    lists = frozenset(hole.name for hole in holder.find_all(exp.Placeholder) if isinstance(hole.parent, exp.In))
    for hole in list(holder.find_all(exp.Placeholder)):
        hole.replace(exp.Var(this=f"{_HOLE}{hole.name}{_HOLE}"))
    for call in list(holder.find_all(exp.Anonymous)):
        if call.name.upper() == "LOCAL_DATE":
            call.replace(exp.cast(local_time(call.expressions[0], zone), "DATE"))
        elif call.name.upper() == "LOCAL_HOUR":
            call.replace(exp.func("HOUR", local_time(call.expressions[0], zone)))
    whole = holder if _loose(holder.this) else holder.this
    text = whole.sql("duckdb")
    return _Template(tuple(text.split(_HOLE)), lists, reads, isinstance(holder.this, exp.Column))


def _loose(tree: exp.Expr) -> bool:
    """Whether an expression has to be kept together: it would come apart beside AND or in a comparison."""
    return isinstance(tree, exp.Binary) and not isinstance(tree, exp.And | exp.Predicate)


def reads_of(tree: exp.Expr) -> Reads:
    """The columns that an expression reads, those of filled fragments included."""
    if isinstance(tree, exp.Var):
        own: Reads = tree.meta.get(_READS, frozenset())
        return own
    found: set[tuple[str, str]] = set()
    for node in tree.walk():
        if isinstance(node, exp.Column):
            found.add((node.table, node.name))
        elif isinstance(node, exp.Var):
            found.update(node.meta.get(_READS, ()))
    return frozenset(found)


def instant(value: datetime) -> exp.Expr:
    """A naive UTC instant as a TIMESTAMP literal."""
    return fragment(f"CAST('{value.isoformat(sep=' ')}' AS TIMESTAMP)")


def literal(value: Value) -> exp.Expr:
    """A value as a literal, never as text glued into SQL."""
    if isinstance(value, exp.Expr):
        return value.copy()
    if isinstance(value, Sql):
        raise TypeError("a fragment is filled, not quoted")
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return fragment(f"CAST('{value.isoformat()}' AS DATE)")
    return exp.convert(value)


@lru_cache(maxsize=4096, typed=True)
def _quoted(value: str | int | float | bool | datetime | date | None) -> str:
    text = text_of(literal(value))
    return f"({text})" if text.startswith("-") else text


class Filler:
    """Fills fragments for one question: `values` replaces `$name`, `zone` makes LOCAL_DATE and LOCAL_HOUR concrete.

    A filled fragment is one node of a tree, already written: it is neither parsed nor walked again.
    """

    def __init__(self, values: Mapping[str, Substitution], zone: str) -> None:
        self.values = values
        self.zone = zone

    def with_(self, **values: Substitution) -> Filler:
        return Filler({**self.values, **values}, self.zone)

    def over(self, row: exp.Expr, sql: str) -> exp.Expr:
        """Fills an aggregate of `$row`."""
        template = _template(sql, self.zone)
        if set(template.pieces[1::2]) == {"row"}:  # Nearly all: no copy of the values is made for them.
            return fragment(text_of(row).join(template.pieces[::2]), template.reads | reads_of(row))
        return self.with_(row=row)(sql)

    def __call__(self, sql: str) -> exp.Expr:
        return self._filled(_template(sql, self.zone))

    def _filled(self, template: _Template) -> exp.Expr:
        texts, reads = list(template.pieces), template.reads
        for place in range(1, len(texts), 2):
            texts[place], more = self._written(texts[place], template.lists)
            reads |= more
        return fragment("".join(texts), reads)

    def _written(self, name: str, lists: frozenset[str]) -> tuple[str, Reads]:
        value = self.values[name]
        if callable(value) and not isinstance(value, exp.Expr):
            value = value()
        if isinstance(value, tuple):
            if name not in lists:
                raise TypeError(f"${name} is a list and can only stand in IN (...)")
            # IN () is not SQL; IN (NULL) is never true, which is what an empty list means.
            return ", ".join(map(_quoted, value)) or "NULL", frozenset()
        if isinstance(value, Sql):
            template = _template(value.text, self.zone)
            filled = self._filled(template)
            return filled.name if template.column else f"({filled.name})", reads_of(filled)
        if isinstance(value, exp.Expr):
            return text_of(value), reads_of(value)
        return _quoted(value), frozenset()


def fragment(sql: str, reads: Reads = frozenset()) -> exp.Expr:
    """SQL already written, as one node of a tree; it keeps together wherever it stands."""
    node = exp.Var(this=sql)
    node.meta[_READS] = reads
    return node


def text_of(expression: exp.Expr) -> str:
    """Its SQL; at once when it is written already."""
    return expression.name if isinstance(expression, exp.Var) else expression.sql("duckdb")


def compared(left: exp.Expr, sign: str, right: exp.Expr) -> exp.Expr:
    """`left sign right`, of fragments and columns: a tree of it copies both and is written again."""
    return fragment(f"{text_of(left)} {sign} {text_of(right)}", reads_of(left) | reads_of(right))


def local_time(at: exp.Expr, zone: str) -> exp.Expr:
    """Local time of a naive UTC instant. UTC to local is never ambiguous, so the engine can do it."""
    utc = exp.func("timezone", exp.Literal.string("UTC"), at.copy())
    return exp.func("timezone", exp.Literal.string(zone), utc)
