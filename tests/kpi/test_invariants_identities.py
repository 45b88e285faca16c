"""Identities between figures that hold on any data (section 9), for any period, filter and instant of knowledge.

Numbers are those of the section; what else it asks is in test_invariants.py, 13 in tests/data/test_business_hours.py
and 15 in test_methods_agents.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.cli import verify
from kpi.answer import answer
from kpi.engines import ConnectionEngine
from kpi.model import Figure, Filter, Grain, Period, Query
from tests.kpi import traps, traps_calls, traps_orders

MADE = {"tickets": traps, "calls": traps_calls, "orders": traps_orders}
CENTRES = 3
SPLITS: tuple[dict[str, Any], ...] = ({}, {"by": ("channel",)}, {"by": ("team_id",)}, {"grain": Grain.DAY})
NONE = Figure()
Groups = dict[tuple[Any, ...], Figure]

any_question = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)


@dataclass(frozen=True)
class Asked:
    """A centre, and the period, filters, split and instant of knowledge of a question about it."""

    seed: int
    query: Query

    def of(self, made: str, *kpis: str, filters: tuple[Filter, ...] = (), **params: Any) -> list[Groups]:
        """The groups of each KPI, the total under ()."""
        query = self.query.with_(kpis=kpis, filters=(*self.query.filters, *filters), params=tuple(params.items()))
        found = answer(query, engine(made, self.seed))
        return [{(): found[kpi].total} | {row.keys: row for row in found[kpi].rows} for kpi in kpis]


@cache
def engine(made: str, seed: int) -> ConnectionEngine:
    con = duckdb.connect()
    verify.load(con, MADE[made].tables(seed), "Europe/Paris")
    return ConnectionEngine(con)


@st.composite
def questions(draw: st.DrawFn, late: bool = False) -> Asked:
    """A few days of a season, of some or all, as they were known at some instant; `late`: long after."""
    seed = draw(st.integers(0, CENTRES - 1))
    times = traps.instants(seed)
    first = draw(st.integers(0, traps.SPAN - 1))
    days = draw(st.integers(1, traps.SPAN - first + 3))
    start = times["start"] + timedelta(days=first, hours=draw(st.sampled_from([0, 0, 7, 23])))
    as_of = times["late"] if late else draw(st.sampled_from([times["late"], times["middle"], times["early"]]))
    filters = draw(
        st.sampled_from(
            [(), (), (Filter("channel", ("phone",)),), (Filter("team_id", ("T1", None)),), (Filter("site", (None,)),)]
        )
    )
    query = Query(
        (), Period(start, start + timedelta(days=days)), max(as_of, start), filters=filters, intervals=False,
        **draw(st.sampled_from(SPLITS)),
    )  # fmt: skip
    return Asked(seed, query)


def together(*found: Groups) -> list[tuple[Figure, ...]]:
    """The same group of each KPI; a group that one of them does not have counts nothing."""
    keys = {key for groups in found for key in groups}
    return [tuple(groups.get(key, NONE) for groups in found) for key in keys]


def whole(value: float | None) -> float:
    return value or 0


@any_question
@given(asked=questions())
def test_2_calls_received_are_in_hours_or_out_of_hours(asked: Asked) -> None:
    for received, inside, outside in together(
        *asked.of("calls", "calls_received", "calls_in_hours", "calls_out_of_hours")
    ):
        assert received.n == inside.n + outside.n


@any_question
@given(asked=questions())
def test_3_every_call_offered_is_decided_short_or_still_queued(asked: Asked) -> None:
    """Or its wait is not known, or ends before it starts."""
    offered, rate, lost, short = asked.of(
        "calls", "calls_offered", "answer_rate", "abandon_rate", "calls_short_abandoned"
    )
    elsewhere = ("overflow", "callback", "voicemail")
    inside = (Filter("in_hours", (True,)), Filter("outcome", elsewhere))
    (others,) = asked.of("calls", "calls_received", filters=inside)
    for all_of, decided, abandoned, quick, other in together(offered, rate, lost, short, others):
        assert decided.n == abandoned.n
        assert decided.n == whole(decided.numerator) + whole(abandoned.numerator) + other.n
        assert all_of.n >= decided.n + decided.n_missing + decided.n_invalid + quick.n


@any_question
@given(asked=questions(late=True))
def test_3_what_is_offered_and_not_decided_is_still_queued(asked: Asked) -> None:
    asked = Asked(asked.seed, asked.query.with_(by=(), grain=None, filters=()))
    offered, rate, short = (
        groups[()] for groups in asked.of("calls", "calls_offered", "answer_rate", "calls_short_abandoned")
    )
    period, known = asked.query.period, asked.query.as_of
    assert period is not None
    queued = engine("calls", asked.seed).fetch(
        "SELECT count(*) FROM interaction_facts WHERE direction = 'inbound' AND parent_interaction_id IS NULL "
        "AND channel IN ('phone', 'click_to_talk') AND exclusion IS NULL AND in_hours "
        f"AND offered_at >= '{period.start}' AND offered_at < '{period.end}' AND offered_at <= '{known}' "
        f"AND (answered_at IS NULL OR answered_at > '{known}') "
        f"AND (outcome IS NULL OR coalesce(CASE outcome WHEN 'answered' THEN answered_at ELSE ended_at END, "
        f"'1900-01-01') > '{known}')"
    )[0][0]
    assert offered.n == rate.n + rate.n_missing + rate.n_invalid + short.n + queued


@any_question
@given(asked=questions())
def test_4_calls_answered_are_handled_and_never_more_than_all(asked: Asked) -> None:
    for answered, handled in together(*asked.of("calls", "answer_rate", "handled_rate")):
        assert answered.n == handled.n
        assert whole(answered.numerator) <= whole(handled.numerator) <= handled.n
        assert whole(answered.value) <= whole(handled.value) <= 1


@any_question
@given(asked=questions(), channels=st.sampled_from([("phone", "click_to_talk"), ("phone", "chat"), ("email",)]))
def test_5_handle_time_is_communication_and_after_call_work(asked: Asked, channels: tuple[str, ...]) -> None:
    kpis = ("average_handle_time", "average_communication_time", "average_after_call_work")
    for handled, talked, wrapped in together(*asked.of("calls", *kpis, channels=channels)):
        assert (handled.n, handled.n_missing) == (talked.n, talked.n_missing) == (wrapped.n, wrapped.n_missing)
        assert whole(handled.sum) == whole(talked.sum) + whole(wrapped.sum)
        if handled.n:
            assert handled.value == pytest.approx(whole(talked.value) + whole(wrapped.value))


@any_question
@given(asked=questions())
def test_6_the_speed_of_answer_uses_fewer_calls_than_the_wait_and_both_are_positive(asked: Asked) -> None:
    kpis = ("average_speed_of_answer", "average_wait_time", "calls_abandoned")
    for speed, wait, lost in together(*asked.of("calls", *kpis)):
        assert speed.n + lost.n == wait.n
        assert 0 <= whole(speed.sum) <= whole(wait.sum)
        assert whole(speed.value) >= 0
        assert whole(wait.value) >= 0


@any_question
@given(asked=questions(), clock=st.sampled_from(["calendar", "business"]))
def test_8_half_of_the_requests_are_resolved_before_nine_in_ten(asked: Asked, clock: str) -> None:
    kpis = ("resolution_time_median", "resolution_time_p90")
    for median, p90 in together(*asked.of("orders", *kpis, clock=clock)):
        assert median.n == p90.n
        assert median.value is None or (p90.value is not None and median.value <= p90.value)


@any_question
@given(asked=questions())
def test_9_orders_processed_are_approved_or_rejected(asked: Asked) -> None:
    kpis = ("orders_processed", "orders_approved", "orders_rejected", "orders_within_sla", "order_sla_rate")
    for processed, approved, rejected, within, rate in together(*asked.of("orders", *kpis)):
        assert processed.n == approved.n + rejected.n
        assert within.n == whole(rate.numerator)


POOLED = {
    "calls": ("abandon_rate", "handled_rate", "out_of_hours_share", "transfer_rate", "call_conversion_rate"),
    "orders": ("order_approval_rate", "order_sla_rate", "on_time_delivery_rate", "otif_rate", "automation_rate"),
}


@any_question
@given(asked=questions())
@pytest.mark.parametrize("made", POOLED)
def test_10_a_pooled_ratio_is_the_ratio_of_the_sums_over_any_partition(made: str, asked: Asked) -> None:
    if not (asked.query.by or asked.query.grain):
        asked = Asked(asked.seed, asked.query.with_(by=("team_id", "channel")))
    for groups in asked.of(made, *POOLED[made]):
        total, parts = groups[()], [figure for keys, figure in groups.items() if keys]
        numerator, denominator = (
            sum(whole(getattr(part, of)) for part in parts) for of in ("numerator", "denominator")
        )
        assert (whole(total.numerator), whole(total.denominator)) == (numerator, denominator)
        if denominator:
            assert total.value == pytest.approx(numerator / denominator)


def test_the_questions_drawn_are_not_all_empty() -> None:
    for made, kpi in (("calls", "calls_offered"), ("orders", "orders_processed"), ("orders", "resolution_time_median")):
        for seed in range(CENTRES):
            times = traps.instants(seed)
            query = Query((), Period(times["start"], times["end"] + timedelta(days=9)), times["late"], intervals=False)
            assert Asked(seed, query).of(made, kpi)[0][()].n > 0
