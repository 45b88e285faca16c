"""The statements that stand around the rows of a scan: keys, aggregates, groups. Pure.

Most of a statement says the same whatever the period and the filters: each shape is written once, with a hole for
`FROM ... WHERE ...`, and a question fills the hole. Making it anew took as long as DuckDB took to plan it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from kpi.fragments import FACT, fragment, literal, text_of

_HOLE = "\0"
_CLASS, _OF_ALL, _UNITS = "class", "all_classes", "units"
_Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """What a statement computes, as SQL: aggregates of the rows of a unit, row expressions, aggregates of these."""

    units: _Texts
    rows: _Texts
    aggregates: _Texts


@dataclass(frozen=True, slots=True)
class Read:
    """What stands after FROM and WHERE, as text: a tree of it took as long to write as all the rest of a statement."""

    tables: str
    conditions: _Texts

    def text(self) -> str:
        return f"FROM {self.tables} WHERE {' AND '.join(self.conditions)}" if self.conditions else f"FROM {self.tables}"

    def select(self, *columns: exp.Expr) -> exp.Select:
        """A statement to which more can be added."""
        select = exp.Select().select(*columns, copy=False).from_(fragment(self.tables), copy=False)
        return select.where(*map(fragment, self.conditions), copy=False)


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes of units that have a row each beside the row of all."""

    of: str
    """SQL of a row's class."""
    each: frozenset[int]
    whole: frozenset[int]
    """Which aggregates are read on the row of a class, and which on the row of all; the others are NULL there."""


def written(expressions: Iterable[exp.Expr]) -> _Texts:
    """The SQL of some expressions."""
    return tuple(map(text_of, expressions))


def aggregated(read: Read, keys: Sequence[exp.Expr], made: Made, totals: bool) -> str:
    """The aggregates over the row expressions of what is read (FROM ... WHERE ...). Those stand in a subquery: DuckDB
    would compute an expression again in each aggregate that repeats it, which doubled the time of the call ratios."""
    return _filled(_aggregated(written(keys), made, totals), read)


def aggregated_per(
    unit: exp.Expr,
    read: Read,
    keys: Sequence[exp.Expr],
    made: Made,
    totals: bool,
    classes: Classes | None = None,
) -> str:
    """As `aggregated`, over the units: the rows of each in a group are put together first, once. The total has its own
    units: one that has rows in two groups is one there. With `classes`, one row a class of a group and one for all its
    classes, after two more columns: the class, and a flag that is 1 on the row of all."""
    return _filled(_aggregated_per(*written([unit]), written(keys), made, totals, classes), read)


def grouped(select: exp.Select, keys: Sequence[exp.Expr], columns: Sequence[exp.Expr], totals: bool) -> exp.Select:
    """Adds keys, the total flag and the aggregates, one row a group and one for all when `totals`."""
    again = [[key.copy() for key in keys] for _ in range(2)]
    named = [exp.alias_(key, f"key_{i}", copy=False) for i, key in enumerate(keys)]
    aliased = [exp.alias_(column, f"part_{i}", copy=False) for i, column in enumerate(columns)]
    if not keys:
        return select.select(*aliased, copy=False)
    if not totals:
        zero = exp.alias_(literal(0), "total")
        return select.select(*named, zero, *aliased, copy=False).group_by(*again[0], copy=False)
    sets = exp.GroupingSets(expressions=[exp.Tuple(expressions=again[0]), exp.Tuple()])
    flag = exp.alias_(exp.func("GROUPING", again[1][0]), "total")
    return select.select(*named, flag, *aliased, copy=False).group_by(exp.Group(grouping_sets=[sets]), copy=False)


# ---------------------------------------------------------------------------------------------- written once


def _filled(shape: tuple[str, str], read: Read) -> str:
    return shape[0] + read.text() + shape[1]


def _shape(query: exp.Query) -> tuple[str, str]:
    """The text before what is read, and the text after it."""
    before, after = query.sql("duckdb", copy=False).split(f"FROM {_HOLE}")
    return before, after


def _hole() -> exp.Select:
    return exp.Select().from_(fragment(_HOLE), copy=False)


@lru_cache(maxsize=1024)
def _aggregated(keys: _Texts, made: Made, totals: bool) -> tuple[str, str]:
    aggregates = [*map(fragment, made.aggregates)]
    if not made.rows:
        return _shape(grouped(_hole(), [*map(fragment, keys)], aggregates, totals))
    named, rows = _aliased(keys, "key"), _aliased(made.rows, "row")
    inner = _hole().select(*named, *rows, copy=False).subquery(FACT, copy=False)
    outer_keys = [exp.column(f"key_{i}", table=FACT) for i in range(len(keys))]
    return _shape(grouped(exp.Select().from_(inner, copy=False), outer_keys, aggregates, totals))


@lru_cache(maxsize=1024)
def _aggregated_per(unit: str, keys: _Texts, made: Made, totals: bool, classes: Classes | None) -> tuple[str, str]:
    named, one = _aliased(keys, "key"), [unit] if classes is None else [classes.of, unit]
    sets = [[*keys, *one]]
    if keys:
        flag = exp.func("GROUPING", fragment(keys[0])) if totals else literal(0)
        named.append(exp.alias_(flag, "total", copy=False))
    if keys and totals:
        sets.append(one)
    outer = [name.alias for name in named]
    if classes is not None:
        named.append(exp.alias_(fragment(classes.of), _CLASS, copy=False))
    tuples = [exp.Tuple(expressions=[*map(fragment, own)]) for own in sets]
    grouping = exp.Group(grouping_sets=[exp.GroupingSets(expressions=tuples)])
    units = _hole().select(*named, *_aliased(made.units, "unit"), copy=False).group_by(grouping, copy=False)
    inner = exp.Select().select(*_columns([name.alias for name in named]), *_aliased(made.rows, "row"), copy=False)
    inner.from_(units.subquery(FACT, copy=False), copy=False)
    if classes is not None:
        return _shape(_by_class_and_whole(inner, outer, made.aggregates, classes))
    parts = _aliased(made.aggregates, "part")
    whole = exp.Select().select(*_columns(outer), *parts, copy=False)
    whole.from_(inner.subquery(FACT, copy=False), copy=False)
    return _shape(whole.group_by(*_columns(outer), copy=False) if outer else whole)


def _by_class_and_whole(units: exp.Select, keys: Sequence[str], parts: _Texts, read: Classes) -> exp.Query:
    """One row a class of a group, then one for all its classes. Grouping sets would count the distinct units of each
    class as well, which took half of the time."""
    each, whole = (
        _aliased([part if i in wanted else "NULL" for i, part in enumerate(parts)], "part")
        for wanted in (read.each, read.whole)
    )
    classes = _of_units([*_columns([*keys, _CLASS]), exp.alias_(literal(0), _OF_ALL), *each], [*keys, _CLASS])
    flags = exp.alias_(exp.null(), _CLASS), exp.alias_(literal(1), _OF_ALL)
    of_all = _of_units([*_columns(keys), *flags, *whole], keys)
    both = exp.union(classes, of_all, distinct=False, copy=False)
    return both.with_(_UNITS, as_=units, materialized=True, copy=False)


def _of_units(columns: Sequence[exp.Expr], keys: Sequence[str]) -> exp.Select:
    table = exp.Table(this=exp.to_identifier(_UNITS), alias=exp.TableAlias(this=exp.to_identifier(FACT)))
    select = exp.Select().select(*columns, copy=False).from_(table, copy=False)
    return select.group_by(*_columns(keys), copy=False) if keys else select


def _aliased(texts: Iterable[str], name: str) -> list[exp.Expr]:
    return [exp.alias_(fragment(text), f"{name}_{i}", copy=False) for i, text in enumerate(texts)]


def _columns(names: Sequence[str]) -> list[exp.Column]:
    return [exp.column(name, table=FACT) for name in names]
