"""What holds on any data (section 9), on small centres full of traps; numbers are those of the section.

Identities between figures (2, 3, 5, 6, 9 and more of 4, 8, 10) are in test_invariants_identities.py, 13 in
tests/data/test_business_hours.py and 15 in test_methods_agents.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.cli import verify
from kpi.answer import answer
from kpi.engines import ConnectionEngine
from kpi.model import Answer, Filter, Grain, Period, Query
from tests.kpi import traps
from tests.kpi.comparing import targets_of
from tests.kpi.oracle import KPIS

Tables = dict[str, list[traps.Row]]
WEEK = timedelta(days=7)
QUIET = date(2025, 6, 2)
"""A month without a change of the clock."""
seeds = st.integers(0, 10_000)
STOCKS = {"ticket_backlog", "backlog_age_median", "backlog_age_distribution", "tickets_awaiting_first_response"}
STOCKS |= {"sla_at_risk", "data_freshness"}
COUNTED = {"tickets_created", "tickets_resolved", "tickets_reopened"} | (
    STOCKS - {"backlog_age_median", "backlog_age_distribution", "data_freshness"}
)
RATIOS = ("answer_rate", "service_level", "response_within_target_rate", "sla_resolution_rate", "fcr_rate")
RATIOS += ("sla_first_response_rate", "reopen_rate", "csat_rate", "survey_response_rate")


def property_of_any_centre(examples: int = 3) -> Callable[[Any], Any]:
    """A few centres each, the same at every run."""
    slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=slow)


@contextmanager
def centre(tables: Tables) -> Iterator[ConnectionEngine]:
    with duckdb.connect() as con:
        verify.load(con, tables, "Europe/Paris")
        yield ConnectionEngine(con)


def when(seed: int, first: date | None = None) -> Query:
    """No KPI yet; the whole season, known long after."""
    times = traps.instants(seed, first)
    return Query((), Period(times["start"], times["end"]), times["late"], intervals=False)


def ask(engine: ConnectionEngine, query: Query, kpi: str, **changes: Any) -> Answer:
    targets = changes.pop("targets", ())
    period = None if kpi in STOCKS and not (query.grain or changes.get("grain")) else query.period
    return answer(query.with_(**{"kpis": (kpi,), "period": period, "targets": targets, **changes}), engine)[kpi]


def everything(engine: ConnectionEngine, query: Query, kpis: Any = tuple(KPIS)) -> dict[str, Any]:
    """Every KPI plainly and by one dimension, as plain values."""
    targets = to_targets(engine)
    found = {}
    for kpi in kpis:
        for by in ((), ("source",) if kpi == "data_freshness" else ("channel",)):
            one = ask(engine, query, kpi, by=by, targets=targets)
            found[kpi, by] = (one.total.as_dict(), [(row.keys, row.as_dict()) for row in one.rows])
    return found


def to_targets(engine: ConnectionEngine) -> Any:
    rows = engine.frame("FROM targets")
    return tuple(
        verify._target({**row, "valid_from": row["valid_from"].isoformat()}) for row in targets_of({"targets": rows})
    )


# ---------------------------------------------------------------------------------------------- 1, 4


@property_of_any_centre()
@given(seed=seeds)
def test_1_the_backlog_moves_by_what_comes_in_and_out(seed: int) -> None:
    query, draw = when(seed), random.Random(seed)
    with centre(traps.tables(seed)) as engine:
        for _ in range(4):
            days = sorted(draw.sample(range(traps.SPAN + 20), 2))
            first, last = (query.period.start + timedelta(days=day, hours=draw.randrange(24)) for day in days)
            for channel in (None, "email"):
                filters = (Filter("channel", (channel,)),) if channel else ()
                before, after = (
                    ask(engine, query, "ticket_backlog", filters=filters, period=Period(datetime(2025, 1, 1), at))
                    for at in (first, last)
                )
                between = {"period": Period(first, last), "filters": filters}
                went = ask(engine, query, "tickets_resolved", **between).total.n
                back = ask(engine, query, "tickets_reopened", **between).total.n
                created = engine.fetch(
                    "SELECT count(*) FROM ticket_states WHERE entered = 'created' AND unresolved AND exclusion IS NULL "
                    f"AND from_at >= '{first}' AND from_at < '{last}' AND channel = coalesce({_text(channel)}, channel)"
                )[0][0]
                assert after.total.n == before.total.n + created + back - went


def _text(value: str | None) -> str:
    return "NULL" if value is None else f"'{value}'"


@property_of_any_centre()
@given(seed=seeds)
def test_4_the_service_level_grows_with_the_wait_allowed_up_to_the_answer_rate(seed: int) -> None:
    tables = traps.tables(seed)
    tables["interactions"] = [
        row
        for row in tables["interactions"]
        if row["outcome"] is not None and not (row.get("answered_at") and row["answered_at"] < row["offered_at"])
        if row["ended_at"] >= row["offered_at"]
    ]
    with centre(tables) as engine:
        query = when(seed)
        levels = [
            ask(engine, query, "service_level", params=(("threshold_s", limit),)).total
            for limit in (0, 5, 29, 30, 31, 300, 10_000_000)
        ]
        answered = ask(engine, query, "answer_rate").total
        values = [level.value or 0 for level in levels]
        assert values == sorted(values)
        assert (levels[-1].value, levels[-1].n) == (answered.value, answered.n)
        assert 0 <= (answered.value or 0) <= 1


# ---------------------------------------------------------------------------------------------- 7, 8, 10


@property_of_any_centre()
@given(seed=seeds)
def test_7_the_nps_is_promoters_minus_detractors_and_adds_up_over_groups(seed: int) -> None:
    with centre(traps.tables(seed)) as engine:
        query = when(seed)
        total = ask(engine, query, "nps").total
        shares = {row.keys[0]: row.value or 0 for row in ask(engine, query, "nps_distribution").rows}
        assert total.n > 0
        assert sum(shares.values()) == pytest.approx(1)
        assert total.value == pytest.approx(100 * (shares["promoter"] - shares["detractor"]))
        for dimension in ("channel", "team_id", "agent_id"):
            rows = ask(engine, query, "nps", by=(dimension,)).rows
            assert total.value == pytest.approx(sum(row.n * row.value for row in rows if row.n) / total.n)


@property_of_any_centre()
@given(seed=seeds)
def test_8_the_median_wait_is_at_most_the_ninetieth_percentile(seed: int) -> None:
    with centre(traps.tables(seed)) as engine:
        query = when(seed)
        for by in ((), ("channel",), ("team_id",)):
            for clock in ("calendar", "business"):
                median, p90 = (
                    {row.keys: row.value for row in (one.total, *one.rows)}
                    for one in (
                        ask(engine, query, k, by=by, params=(("clock", clock),)) for k in ("frt_median", "frt_p90")
                    )
                )
                assert all(value is None or value <= p90[keys] for keys, value in median.items())


@property_of_any_centre()
@given(seed=seeds)
def test_10_a_pooled_ratio_is_the_ratio_of_the_sums(seed: int) -> None:
    with centre(traps.tables(seed)) as engine:
        query, targets = when(seed), to_targets(engine)
        for kpi in RATIOS:
            for split in ({"by": ("channel",)}, {"by": ("team_id", "request_type")}, {"grain": Grain.DAY}):
                one = ask(engine, query, kpi, targets=targets, **split)
                for part in ("numerator", "denominator"):
                    assert getattr(one.total, part) == sum(getattr(row, part) or 0 for row in one.rows), (kpi, split)


# ---------------------------------------------------------------------------------------------- 11, 12, 14


def with_rows_that_do_not_count(seed: int, tables: Tables) -> Tables:
    """Copies of rows, under other names: excluded, merged, or later than the question."""
    late = when(seed).as_of
    assert late is not None
    more: Tables = {name: list(rows) for name, rows in tables.items()}
    for row in tables["tickets"]:
        name = row["ticket_id"]
        more["tickets"] += [
            {**row, "ticket_id": f"{name}-spam", "exclusion": "spam"},
            {**row, "ticket_id": f"{name}-merged", "merged_into_ticket_id": "K00"},
            {**row, "ticket_id": f"{name}-future", "created_at": late + timedelta(seconds=1), "resolved_at": None},
        ]
        more["ticket_events"] += [
            {**event, "event_id": f"{event['event_id']}-{kind}", "ticket_id": f"{name}-{kind}"}
            for event in tables["ticket_events"]
            if event["ticket_id"] == name
            for kind in ("spam", "merged")
        ]
    for table, key, at in (("interactions", "interaction_id", "offered_at"), ("surveys", "survey_id", "sent_at")):
        for row in tables[table]:
            more[table] += [
                {**row, key: f"{row[key]}-test", "exclusion": "test"},
                {**_undated(row), key: f"{row[key]}-future", at: late + timedelta(seconds=1)},
            ]
    return more


def _undated(row: traps.Row) -> traps.Row:
    return {name: value for name, value in row.items() if not isinstance(value, datetime)}


@property_of_any_centre()
@given(seed=seeds)
def test_11_excluded_merged_and_future_rows_change_nothing(seed: int) -> None:
    tables = traps.tables(seed)
    with centre(tables) as engine, centre(with_rows_that_do_not_count(seed, tables)) as crowded:
        assert everything(crowded, when(seed)) == everything(engine, when(seed))


CALENDAR_CLOCK = (
    "tickets_created", "tickets_resolved", "tickets_reopened", "frt_mean", "frt_median", "frt_p90", "fcr_rate",
    "tickets_awaiting_first_response", "response_within_target_rate", "resolution_time_mean", "reopen_rate",
    "resolution_time_median", "ticket_backlog", "backlog_age_median", "backlog_age_distribution", "nps",
    "nps_distribution", "csat_rate", "csat_mean", "survey_response_rate", "average_handle_time", "data_freshness",
)  # fmt: skip


def a_week_later(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: a_week_later(part) for name, part in value.items()}
    if isinstance(value, list):
        return [a_week_later(part) for part in value]
    return value + WEEK if isinstance(value, date) else value


@property_of_any_centre()
@given(seed=seeds)
def test_12_the_same_story_a_week_later_gives_the_same_figures(seed: int) -> None:
    tables, query = traps.tables(seed, QUIET), when(seed, QUIET)
    later = query.with_(period=Period(query.period.start + WEEK, query.period.end + WEEK), as_of=query.as_of + WEEK)
    moved: Tables = a_week_later({name: rows for name, rows in tables.items() if name != "targets"})
    with centre(tables) as engine, centre({**moved, "targets": tables["targets"]}) as shifted:
        assert everything(shifted, later, CALENDAR_CLOCK) == everything(engine, query, CALENDAR_CLOCK)


@property_of_any_centre()
@given(seed=seeds)
def test_14_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    tables = traps.tables(seed)
    shuffled = {name: random.Random(seed).sample(rows, len(rows)) for name, rows in tables.items()}
    with centre(tables) as engine, centre(shuffled) as other:
        assert everything(other, when(seed)) == everything(engine, when(seed))


def test_14_an_empty_centre_gives_no_value_and_no_error() -> None:
    with centre({}) as engine:
        for kpi, grain in product(KPIS, (None, Grain.DAY)):
            query = Query((kpi,), Period(datetime(2025, 3, 3, 23), datetime(2025, 3, 9, 23)), datetime(2025, 3, 20))
            total = answer(query.with_(grain=None if kpi == "data_freshness" else grain), engine)[kpi].total
            assert total.n == 0, kpi
            if kpi != "backlog_age_distribution":  # its classes are counts, its total has no value of its own
                assert total.value == (0 if kpi in COUNTED else None), kpi


def test_14_a_centre_with_teams_and_hours_but_nothing_to_count_gives_no_value() -> None:
    tables = traps.tables(1)
    bare = {name: tables[name] for name in ("calendars", "calendar_hours", "teams", "sla_policies", "targets")}
    one = dict(tables["tickets"][0], exclusion="spam")
    with centre({**bare, "tickets": [one], "imports": tables["imports"]}) as engine:
        for kpi in KPIS:
            total = ask(engine, when(1), kpi, targets=to_targets(engine)).total
            assert total.n == 0 or kpi == "data_freshness", kpi
