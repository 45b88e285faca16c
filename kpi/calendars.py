"""How many days the centre was open: what counts of two periods are weighed by."""

from __future__ import annotations

from kpi.engines import Engine
from kpi.fragments import FACT, Filler
from kpi.model import Period

_MAIN = "(SELECT calendar_id FROM teams WHERE calendar_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)"


def open_days(period: Period, engine: Engine) -> float:
    """Local days of the period on which the calendar of most teams opens; all its days without a calendar."""
    day = Filler({}, engine.timezone())("LOCAL_DATE(open_at)").sql("duckdb")
    ((opened,),) = engine.fetch(
        f"SELECT count(DISTINCT {day}) FROM opening_ranges AS {FACT} WHERE {FACT}.calendar_id = {_MAIN} "
        f"AND {FACT}.open_at >= TIMESTAMP '{period.start}' AND {FACT}.open_at < TIMESTAMP '{period.end}'"
    )
    return float(opened) or (period.end - period.start).total_seconds() / 86_400
