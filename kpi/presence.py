"""How many agents are seen on the phone in each half-hour of the day: those that an export of calls can tell.

An agent who waits for a call is not seen, so that the quieter the half-hour, the more of them it misses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from kpi import compiler
from kpi.asking import moment_of, needs, resolve
from kpi.calendars import open_days
from kpi.compiler import Ask
from kpi.engines import Engine
from kpi.figures import keys_of, reader
from kpi.measures import Part
from kpi.measures.joined import Parts
from kpi.model import Grain, Query

_KPI = "calls_handled"


def agents_on_calls(query: Query, engine: Engine) -> Mapping[int, float]:
    """Half-hour of the day (0 to 47) -> agents who took a call that came in it, on average over the open days of the
    query's period. `kpis`, `by` and `grain` are ignored; empty without calls, without a period or an open day."""
    if query.period is None:
        return {}
    asked = query.with_(kpis=(_KPI,), by=("half_hour",), grain=Grain.DAY, params=(), totals=False)
    ask, moment, days = resolve(asked, _KPI), moment_of(asked, engine), open_days(query.period, engine)
    if days <= 0 or needs(ask.kpi, asked, engine.tables()):
        return {}
    measure = Parts({"agents": Part("COUNT(DISTINCT $row)", "agent_id")})
    scan = compiler.aggregate_scan([Ask(ask.kpi, ask.dataset, ask.where, measure, ask.time, ask.params)], asked, moment)
    read, seen = reader(scan, _KPI), Counter[int]()
    for row in engine.fetch(scan.sql):
        half_hour, _ = keys_of(row, scan) or (None, None)
        if half_hour is not None:
            seen[half_hour] += int(read(row)["agents"] or 0)
    return {half_hour: agents / days for half_hour, agents in sorted(seen.items())}
