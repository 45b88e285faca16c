"""What customers wrote beside their score: never who served them, never who answered (rule P6)."""

from __future__ import annotations

import pandas as pd
from sqlglot import exp

from kpi import compiler
from kpi.answer import moment_of, needs, resolve
from kpi.engines import Engine
from kpi.errors import UnknownDimension
from kpi.fragments import FACT, literal
from kpi.model import Query

COLUMNS = ("responded_at", "responded_on", "channel", "score", "scale_min", "scale_max", "comment")


def comments(
    query: Query, kpi_id: str, engine: Engine, limit: int | None = 100, scores: tuple[float, float] | None = None
) -> pd.DataFrame:
    """The commented answers that a survey KPI counts, newest first; `scores` keeps those between two scores, both
    included. Columns: `COLUMNS`, instants in UTC.

    Raises `UnknownDimension` when the question is filtered by agent: comments are never read by agent.
    """
    if any(chosen.dimension == "agent_id" for chosen in query.filters):
        raise UnknownDimension("Comments have no dimension 'agent_id': they are never listed by agent.")
    ask, moment = resolve(query, kpi_id), moment_of(query, engine)
    if needs(ask.kpi, query, engine.tables()):
        return pd.DataFrame(columns=list(COLUMNS))
    select = compiler.rows_select(ask, query, moment, limit)
    select = select.select(*(exp.column(name, table=FACT) for name in COLUMNS), append=False)
    select = select.where(f"TRIM({FACT}.comment) <> ''")
    if scores is not None:
        select = select.where(exp.column("score", table=FACT).between(literal(scores[0]), literal(scores[1])))
    return engine.frame(select.sql("duckdb"))
