"""What was known at an instant: the fact tables as of the past (rule G3). Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from kpi.datasets import Dataset
from kpi.fragments import FACT, compared, fragment, instant


@dataclass(frozen=True, slots=True)
class Moment:
    """What a question means once the store is known: when it is asked and up to when the data reach."""

    as_of: datetime
    newest: datetime
    """Newest instant in the store: at or past it, nothing is masked."""
    timezone: str


def standing(enters: exp.Expr, leaves: exp.Expr, at: exp.Expr, left: bool) -> list[exp.Expr]:
    """Rows whose interval contains `at`; with `left`, the instant just before it."""
    if left:
        return [compared(enters, "<", at), compared(leaves, ">=", at)]
    return [compared(enters, "<=", at), compared(leaves, ">", at)]


def source(dataset: Dataset, moment: Moment, columns: Set[str]) -> exp.Expr:
    """The fact table as known at `as_of`: the plain table when nothing in it is younger, else a masked copy.

    `columns` are those that the statement reads: a moving one that nothing reads costs no join.
    """
    if not dataset.needs_mask or moment.as_of >= moment.newest:
        return fragment(f"{dataset.table} AS {FACT}")
    return _masked(dataset, moment.as_of, [name for name in dataset.moving if name in columns]).subquery(FACT)


def _masked(dataset: Dataset, as_of: datetime, moving: Sequence[str]) -> exp.Select:
    at = instant(as_of)
    replaced: list[exp.Expr] = []
    for column, known_at in dataset.known_at.items():
        known = exp.column(known_at, table="t") <= at.copy()
        masked = exp.Case().when(known, exp.column(column, table="t"))
        replaced.append(exp.alias_(masked, column))
    replaced += [exp.alias_(exp.column(column, table="s"), column) for column in moving]
    star = exp.Column(this=exp.Star(replace=replaced), table=exp.to_identifier("t"))
    select = exp.select(star).from_(exp.to_table(dataset.table).as_("t"))
    if moving:
        on = exp.and_(
            exp.column("ticket_id", table="s").eq(exp.column("ticket_id", table="t")),
            *standing(exp.column("from_at", table="s"), exp.column("to_at", table="s"), at, left=False),
        )
        select = select.join(exp.to_table("ticket_states").as_("s"), on=on)
    return select.where(exp.column(dataset.born_at or "", table="t") <= at.copy())
