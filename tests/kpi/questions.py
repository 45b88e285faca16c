"""Questions drawn with a seed: each KPI plainly, then in the combinations that its card allows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.kpi import traps
from tests.kpi.oracle import KPIS, Question, World

MOVING = (
    "channel", "team_id", "site", "organisation", "agent_id", "request_type", "ticket_type", "priority", "product",
)  # fmt: skip
TICKETS = (*MOVING, "hour", "weekday")
CALLS = ("channel", "team_id", "site", "organisation", "agent_id", "request_type", "hour", "weekday")
SURVEYS = ("channel", "team_id", "site", "organisation", "agent_id", "request_type", "product")
STOCKS = (
    "ticket_backlog", "backlog_age_median", "backlog_age_distribution", "tickets_awaiting_first_response",
    "sla_at_risk",
)  # fmt: skip
DIMENSIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("tickets_created", "frt_mean", "frt_median", "frt_p90", "fcr_rate", "reopen_rate"), TICKETS),
    **dict.fromkeys(("resolution_time_mean", "resolution_time_median"), TICKETS),
    **dict.fromkeys(("tickets_resolved", "tickets_reopened", "response_within_target_rate"), MOVING),
    **dict.fromkeys(("ticket_backlog", "backlog_age_median", "backlog_age_distribution"), (*MOVING, "status")),
    "tickets_awaiting_first_response": MOVING,
    "sla_at_risk": (*MOVING, "policy_id"),
    **dict.fromkeys(("sla_first_response_rate", "sla_resolution_rate"), (*TICKETS, "policy_id")),
    **dict.fromkeys(("answer_rate", "service_level", "average_handle_time"), CALLS),
    **dict.fromkeys(("nps", "nps_distribution", "csat_rate", "csat_mean", "survey_response_rate"), SURVEYS),
    "data_freshness": ("source",),
}
PARAMS: dict[str, tuple[dict[str, Any], ...]] = {
    **dict.fromkeys(("frt_mean", "frt_median", "frt_p90"), ({}, {"clock": "business"})),
    **dict.fromkeys(
        ("resolution_time_mean", "resolution_time_median"),
        (
            {},
            {"clock": "business"},
            {"clock": "active_business"},
            {"clock": "active_business", "pause_statuses": ("pending", "on_hold")},
        ),
    ),
    "service_level": ({}, {"threshold_s": 20}, {"threshold_s": 300}, {"threshold_s": 30, "short_abandon_s": 10}),
    "answer_rate": ({}, {"short_abandon_s": 10}),
    "average_handle_time": ({}, {"channels": ("phone", "chat")}),
    "sla_at_risk": ({}, {"metric": "first_response"}),
}
VALUES: dict[str, tuple[Any, ...]] = {
    "channel": ("email", "phone", "chat", None),
    "team_id": ("T1", "T2", None),
    "site": ("Lyon", None),
    "organisation": ("O1",),
    "agent_id": ("A1", None),
    "request_type": ("bill", None),
    "ticket_type": ("question",),
    "priority": ("high", "normal"),
    "product": ("X", None),
    "status": ("open", "pending"),
    "weekday": (1, 2, 6),
    "hour": (0, 9, 23),
    "source": ("crm",),
    "policy_id": ("P0", "P1"),
}
GRAINS = ("day", "day", "week", "month", "hour")


Targets = tuple[dict[str, Any], ...]


def questions(seed: int, targets: Targets) -> Iterator[Question]:
    """Of each KPI: the plain figure when all is known, then three random questions."""
    draw = random.Random(f"questions {seed}")
    times = traps.instants(seed)
    start, end, late = times["start"], times["end"], times["late"]
    for kpi in KPIS:
        rest = {"targets": targets}
        yield Question(kpi, late, (start, end + timedelta(days=20)), **rest)
        for as_of in (late, times["early"], times["middle"]):
            yield _drawn(draw, kpi, as_of, (start, end), targets)


def _drawn(
    draw: random.Random, kpi: str, as_of: datetime, within: tuple[datetime, datetime], targets: Targets
) -> Question:
    dimensions = DIMENSIONS[kpi]
    by = tuple(draw.sample(dimensions, min(draw.choice([0, 1, 1, 2]), len(dimensions))))
    filters = {}
    for name in draw.sample(dimensions, draw.choice([0, 0, 1])):
        filters[name] = tuple(draw.sample(VALUES[name], draw.randrange(1, len(VALUES[name]) + 1)))
    if kpi == "data_freshness":
        return Question(kpi, as_of, None, by, None, filters)
    grain = draw.choice([None, None, *GRAINS])
    period: tuple[datetime, datetime] | None = (within[0] + timedelta(days=draw.randrange(4)), within[1])
    if kpi in STOCKS and grain is None and draw.random() < 0.6:
        period = None
    elif kpi in STOCKS and period is not None and as_of < period[0]:
        as_of = within[1]
    if grain == "hour" and period is not None:
        period = (period[0], period[0] + timedelta(days=3))
        as_of = max(as_of, period[0]) if kpi in STOCKS else as_of
    if kpi == "sla_at_risk":  # the oracle walks every ticket again at each instant
        grain = None
    return Question(kpi, as_of, period, by, grain, filters, draw.choice(PARAMS.get(kpi, ({},))), targets)


# ---------------------------------------------------------------------------------------------- the demo centre

LAST_30_DAYS = datetime(2026, 5, 31, 22), datetime(2026, 6, 30, 22)
CLOCK_CHANGE = datetime(2026, 3, 15, 23), datetime(2026, 4, 12, 22)
HOLIDAYS = datetime(2026, 4, 26, 22), datetime(2026, 5, 31, 22)
CHANGE_DAYS = datetime(2026, 3, 27, 23), datetime(2026, 3, 30, 22)
NOW = datetime(2026, 6, 30, 22)
PAST = datetime(2026, 4, 2, 9, 41, 7), datetime(2026, 5, 20, 14, 3, 30), datetime(2026, 6, 11, 22)
"""Inside the weeks of the change of the clock and of the holidays; at a local midnight."""
SLA = ("sla_first_response_rate", "sla_resolution_rate", "sla_at_risk")
HOURLY = ("tickets_created", "answer_rate", "ticket_backlog")


def demo_questions(kpi: str, world: World, targets: Targets) -> Iterator[Question]:
    """Of one KPI over the demo centre: each kind of split, filter, parameter, period and instant."""
    draw = random.Random(f"demo {kpi}")
    dimensions = DIMENSIONS[kpi]
    params = PARAMS.get(kpi, ({},))

    def some(count: int) -> tuple[str, ...]:
        return tuple(draw.sample(dimensions, min(count, len(dimensions))))

    def filters(count: int) -> dict[str, tuple[Any, ...]]:
        return {name: _values(draw, world, name) for name in some(count)}

    def ask(as_of: datetime, period: Any, by: int, grain: str | None = None, filtered: int = 0) -> Question:
        period = None if kpi == "data_freshness" else period
        grain = None if kpi in ("data_freshness", "sla_at_risk") else grain
        return Question(kpi, as_of, period, some(by), grain, filters(filtered), draw.choice(params), targets)

    yield Question(kpi, NOW, None if kpi in (*STOCKS, "data_freshness") else LAST_30_DAYS, targets=targets)
    yield ask(PAST[0], CLOCK_CHANGE, by=1, grain="day")
    yield ask(NOW, HOLIDAYS, by=2)
    yield ask(PAST[1], HOLIDAYS, by=0, grain="week", filtered=1)
    yield ask(PAST[2], LAST_30_DAYS, by=1, filtered=2)
    yield ask(NOW, (datetime(2026, 1, 31, 23), LAST_30_DAYS[1]), by=1, grain="month")
    for one in params[1:]:
        yield Question(kpi, NOW, LAST_30_DAYS, params=one, targets=targets)
    if kpi in HOURLY:
        yield ask(NOW, CHANGE_DAYS, by=0, grain="hour")


def _values(draw: random.Random, world: World, dimension: str) -> tuple[Any, ...]:
    """One to three values that occur, or the empty one."""
    if dimension in ("hour", "weekday"):
        found: list[Any] = list(range(1, 8)) if dimension == "weekday" else list(range(24))
    else:
        table = next(
            name
            for name in ("teams", "tickets", "interactions", "imports", "sla_policies")
            if dimension in world.tables[name] and (name == "teams") == (dimension in ("site", "organisation"))
        )
        found = [*world.tables[table][dimension].dropna().unique(), None]
    return tuple(draw.sample(found, min(len(found), draw.randrange(1, 4))))
