"""What customers wrote beside their score: never who served them, never who answered (rule P6)."""

from __future__ import annotations

import pandas as pd
from sqlglot import exp, parse_one

from kpi import catalog, row_scans
from kpi.asking import moment_of, needs, resolve
from kpi.engines import Engine
from kpi.errors import UnknownDimension
from kpi.fragments import FACT
from kpi.measures import Shares
from kpi.model import Query

COLUMNS = ("responded_at", "responded_on", "channel", "score", "scale_min", "scale_max", "comment", "nps_class")


def comments(
    query: Query, kpi_id: str, engine: Engine, limit: int | None = 100, nps_class: str | None = None
) -> pd.DataFrame:
    """The commented answers that a survey KPI counts, newest first: `COLUMNS`, instants in UTC.

    `nps_class` keeps the promoters, the passives or the detractors; the column of that name is empty for a KPI
    other than the NPS. Raises `UnknownDimension` when the question is filtered by agent.
    """
    if any(chosen.dimension == "agent_id" for chosen in query.filters):
        raise UnknownDimension("Comments have no dimension 'agent_id': they are never listed by agent.")
    ask, moment = resolve(query, kpi_id), moment_of(query, engine)
    if needs(ask.kpi, query, engine.tables()):
        return pd.DataFrame(columns=list(COLUMNS))
    select = row_scans.rows_select(ask, query, moment, limit)
    facts = [exp.column(name, table=FACT) for name in COLUMNS[:-1]]
    select = select.select(*facts, _class_of(kpi_id).as_("nps_class"), append=False)
    select = select.where(f"{FACT}.commented")
    if nps_class is not None:
        select = select.where(_classes()[nps_class])
    return engine.frame(select.sql("duckdb"))


def _classes() -> dict[str, str]:
    """Class -> its condition on the score, as the breakdown of the NPS defines it."""
    measure = catalog.get("nps_distribution").measure
    assert isinstance(measure, Shares)
    return dict(measure.classes)


def _class_of(kpi_id: str) -> exp.Expr:
    if kpi_id != "nps":
        return parse_one("CAST(NULL AS TEXT)", read="duckdb")
    whens = " ".join(f"WHEN {condition} THEN '{name}'" for name, condition in _classes().items())
    return parse_one(f"CASE {whens} END", read="duckdb")
