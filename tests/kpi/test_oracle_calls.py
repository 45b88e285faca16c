"""The oracle of calls, time, costs and self-service: against the worked examples, and against what always holds."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import duckdb
import pandas as pd
import pytest

from data import schema
from kpi import examples
from tests.kpi import traps_calls
from tests.kpi.oracle import calls, workforce
from tests.kpi.oracle import contacts as answered_calls
from tests.kpi.oracle.figures import Fields, Keys, Question, count
from tests.kpi.oracle.known import Known, World
from tests.kpi.traps import Row, instants

Tables = Mapping[str, list[Row]]
Answered = dict[Keys, Fields]
KPIS = {**calls.KPIS, **workforce.KPIS}
DIMENSIONS = {**calls.DIMENSIONS, **workforce.DIMENSIONS}
GRAINS = {**calls.GRAINS, **workforce.GRAINS}
PARAMS = {**calls.PARAMS, **workforce.PARAMS}
SEEDS = range(2)
QUIET = date(2025, 6, 2)
"""A month without a change of the clock."""
COUNTS = (
    "calls_received",
    "calls_in_hours",
    "calls_out_of_hours",
    "calls_offered",
    "calls_handled",
    "call_conversions",
)
COUNTS += ("calls_abandoned", "calls_short_abandoned")
RATIOS = ("out_of_hours_share", "abandon_rate", "handled_rate", "transfer_rate", "call_conversion_rate")
RATIOS += ("customer_identification_rate", "selfcare_transfer_rate", "repeat_contact_rate", "self_service_success_rate")
MEANS = ("average_speed_of_answer", "average_wait_time", "chat_frt_mean", "average_communication_time")
MEANS += ("average_after_call_work", "self_service_time_to_find", "self_service_clicks_mean")
TIMES = ("absenteeism_rate", "occupancy_rate", "utilisation_rate", "shrinkage_rate")


# ---------------------------------------------------------------------------------------------- a centre as frames


def frames(tables: Tables) -> dict[str, pd.DataFrame]:
    """Every canonical table with the types that DuckDB gives; the absent ones are empty."""
    found = {}
    with duckdb.connect() as con:
        for table in schema.CANONICAL:
            columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            con.execute(f'CREATE TABLE "{table.name}" ({columns})')
            rows = [
                [_plain(row.get(column.name), column.default) for column in table.columns]
                for row in tables.get(table.name, ())
            ]
            if rows:
                marks = ", ".join(f"CAST(? AS {column.type})" for column in table.columns)
                con.executemany(f'INSERT INTO "{table.name}" SELECT {marks}', rows)
            found[table.name] = con.execute(f'FROM "{table.name}"').df()
    return found


def _plain(value: Any, default: str | None) -> Any:
    if value is None:
        return default
    return value.removesuffix("Z") if isinstance(value, str) and value[10:11] == "T" else value


@cache
def centre(seed: int, first: date | None = None) -> World:
    return World(frames(traps_calls.tables(seed, first)))


def ask(world: World, question: Question) -> Answered:
    return KPIS[question.kpi](world.at(question.as_of), question)


def season(seed: int, kpi: str, first: date | None = None, **more: Any) -> Question:
    """A KPI over the season of a centre, long after it; what is never cut by period is asked at an instant."""
    times = instants(seed, first)
    period: Any = (times["start"], times["end"])
    if kpi in calls.STOCKS:
        period = None
    elif kpi in workforce.COSTS:
        period = traps_calls.whole_months(seed, first)
    return Question(kpi, **{"as_of": times["late"], "period": period, **more})


def total(world: World, question: Question) -> Fields:
    return ask(world, question)[()]


def everything(world: World, seed: int, first: date | None = None, shift: timedelta = timedelta(0)) -> dict[str, Any]:
    """Every KPI of a centre, by its first dimension too, long after the season and within it."""
    found = {}
    for kpi in KPIS:
        for name in ("late", "middle"):
            for by in ((), DIMENSIONS[kpi][:1]):
                question = season(seed, kpi, first, as_of=instants(seed, first)[name] + shift, by=by)
                if question.period is not None:
                    question = replace(question, period=(question.period[0] + shift, question.period[1] + shift))
                found[f"{kpi} {name} {by}"] = _rounded(ask(world, question))
    return found


def _rounded(answered: Answered) -> Answered:
    """Sums of euros depend on the order in their last bits."""
    return {
        keys: {name: round(value, 9) if isinstance(value, float) else value for name, value in fields.items()}
        for keys, fields in answered.items()
    }


# ---------------------------------------------------------------------------------------------- worked examples


def example(kpi: str) -> Mapping[str, Any]:
    return examples.load(kpi)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def _asked(call: Mapping[str, Any]) -> Question:
    period = call["period"] and (_instant(call["period"]["start"]), _instant(call["period"]["end"]))
    by = (call["by"],) if call["by"] else ()
    return Question(call["kpi"], _instant(call["as_of"]), period, by, None, call["filters"], call["params"])


@pytest.mark.parametrize("kpi", KPIS)
def test_the_oracle_gives_the_answer_of_the_worked_example(kpi: str) -> None:
    found = example(kpi)
    answered = ask(World(frames(found["tables"])), _asked(found["call"]))
    expected = {name: value for name, value in found["expected"].items() if name not in ("ci", "rows")}
    assert {name: answered[()].get(name) for name in expected} == pytest.approx(expected, rel=1e-9, abs=1e-6)
    rows = {row["key"]: row for row in found["expected"].get("rows", ())}
    if rows:
        assert {keys[0] for keys in answered if keys} == set(rows)
        for key, row in rows.items():
            assert (answered[key,]["n"], answered[key,]["value"]) == (row["n"], pytest.approx(row["value"]))


# ---------------------------------------------------------------------------------------------- nothing breaks


def _drawn(seed: int, kpi: str) -> Iterator[Question]:
    """Questions of every kind that the card allows: instants, splits, time buckets, filters, parameters."""
    draw = random.Random(f"{seed} {kpi}")
    dimensions, times = DIMENSIONS[kpi], instants(seed)
    for as_of in ("late", "middle", "early"):
        by = tuple(draw.sample(dimensions, draw.choice([0, 1, 2])))
        grain = draw.choice([None, *GRAINS[kpi]])
        filters = {
            name: tuple(draw.sample(traps_calls.VALUES[name], draw.choice([1, 2])))
            for name in draw.sample(dimensions, draw.choice([0, 1]))
        }
        params = draw.choice(PARAMS.get(kpi, ({},)))
        yield season(seed, kpi, as_of=times[as_of], by=by, grain=grain, filters=filters, params=params)


@pytest.mark.parametrize("kpi", KPIS)
def test_no_trap_breaks_a_figure(kpi: str) -> None:
    classes = 1 if kpi in ("contact_channel_mix", "repeat_contact_reasons") else 0
    for seed in SEEDS:
        for question in _drawn(seed, kpi):
            answered = ask(centre(seed), question)
            width = len(question.by) + (question.grain is not None) + classes
            assert () in answered
            assert {len(keys) for keys in answered} <= {0, width}
            for fields in answered.values():
                _sound(kpi, fields)


def _sound(kpi: str, fields: Fields) -> None:
    value, n = fields["value"], fields.get("n")
    assert value is None or math.isfinite(value)
    assert all(count >= 0 for name, count in fields.items() if name.startswith("n") and name != "numerator")
    if kpi in RATIOS or kpi == "deflection_rate":
        assert 0 <= fields["numerator"] <= fields["denominator"] == n
        assert value == (fields["numerator"] / n if n else None)
    elif kpi in COUNTS:
        assert value == n
    elif kpi in MEANS:
        assert (value is None) == (n == 0)
        assert value is None or 0 <= value == pytest.approx(fields["sum"] / n)
    elif kpi in ("active_channels", "self_service_users", "agent_days_worked"):
        assert (value == 0) == (n == 0)
        assert value <= n


# ---------------------------------------------------------------------------------------------- what always holds

SPLITS: tuple[dict[str, Any], ...] = ({"by": ("team_id", "weekday")}, {"grain": "day", "by": ("channel",)})
SPLITS += ({"grain": "half_hour"}, {"filters": {"site": ("Lyon", None), "request_type": ("bill",)}})


@pytest.fixture(params=SEEDS[:4])
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def moments(seed: int) -> Iterator[dict[str, Any]]:
    """Each way to split the calls, long after the season and within it."""
    for name in ("late", "middle"):
        for split in SPLITS:
            yield {**split, "as_of": instants(seed)[name]}


def together(seed: int, *kpis: str, **more: Any) -> Iterator[tuple[Fields, ...]]:
    """The figures of several KPIs, group by group; a group that one of them does not have is nothing."""
    found = [ask(centre(seed), season(seed, kpi, **more)) for kpi in kpis]
    for keys in {keys for one in found for keys in one}:
        yield tuple(one.get(keys, {"value": None, "n": 0, "sum": None, "numerator": 0}) for one in found)


def test_2_calls_received_are_in_hours_or_out_of_hours(seed: int) -> None:
    kpis = ("calls_received", "calls_in_hours", "calls_out_of_hours", "out_of_hours_share")
    for asked in moments(seed):
        for received, inside, outside, share in together(seed, *kpis, **asked):
            assert received["n"] == inside["n"] + outside["n"] == share["n"]
            assert share["numerator"] == outside["n"]


def queued(known: Known, question: Question) -> Answered:
    rows = answered_calls._offered(known)
    return calls.answers(known, question, rows[rows.queued], count)


def test_3_calls_offered_are_decided_short_still_queued_or_invalid(seed: int) -> None:
    kpis = ("calls_offered", "abandon_rate", "calls_short_abandoned")
    for asked in moments(seed):
        waiting = queued(centre(seed).at(asked["as_of"]), season(seed, "calls_offered", **asked))
        found = [ask(centre(seed), season(seed, kpi, **asked)) for kpi in kpis]
        for keys, offered in found[0].items():
            decided, short, queue = (one.get(keys, {}) for one in (*found[1:], waiting))
            parts = (*(decided.get(name, 0) for name in ("n", "n_invalid", "n_missing")), short.get("n", 0))
            parts += (queue.get("n", 0),)
            assert offered["n"] == sum(parts), (asked, keys)


def test_4_calls_answered_are_handled_and_out_of_the_same_calls(seed: int) -> None:
    for asked in moments(seed):
        for handled, abandoned, lost in together(seed, "handled_rate", "abandon_rate", "calls_abandoned", **asked):
            assert handled["n"] == abandoned["n"]
            assert abandoned["numerator"] == lost["n"]
            assert handled["numerator"] + abandoned["numerator"] <= handled["n"]
        if asked.get("grain") != "half_hour":
            question = season(seed, "answer_rate", **asked)
            answered = answered_calls.answer_rate(centre(seed).at(question.as_of), question)
            handled = ask(centre(seed), season(seed, "handled_rate", **asked))
            for keys, fields in answered.items():
                assert fields["n"] == handled[keys]["n"]
                assert fields["numerator"] <= handled[keys]["numerator"]


def test_5_handle_time_is_communication_and_after_call_work(seed: int) -> None:
    more = (
        {"by": ("agent_id",)},
        {"filters": {"agent_id": ("A01", None)}},
        {"params": {"channels": ("phone", "chat")}},
    )
    for asked in (*moments(seed), *more):
        if asked.get("grain") == "half_hour":
            continue
        parts = ("average_communication_time", "average_after_call_work")
        talked, wrapped = (ask(centre(seed), season(seed, kpi, **asked)) for kpi in parts)
        question = season(seed, "average_handle_time", **asked)
        handled = answered_calls.handle_time(centre(seed).at(question.as_of), question)
        assert set(talked) >= set(handled)
        for keys, whole in handled.items():
            for name in ("n", "n_missing"):
                assert talked[keys][name] == wrapped[keys][name] == whole[name]
            assert (whole["sum"] or 0) == (talked[keys]["sum"] or 0) + (wrapped[keys]["sum"] or 0)


def test_6_the_speed_of_answer_uses_fewer_calls_than_the_wait(seed: int) -> None:
    kpis = ("average_speed_of_answer", "average_wait_time", "calls_abandoned")
    for asked in moments(seed):
        for speed, wait, lost in together(seed, *kpis, **asked):
            assert speed["n"] + lost["n"] == wait["n"]
            assert 0 <= (speed["sum"] or 0) <= (wait["sum"] or 0)


@pytest.mark.parametrize("kpi", [*COUNTS, *RATIOS])
def test_10_the_parts_add_up_to_the_total(kpi: str) -> None:
    splits = [{"by": DIMENSIONS[kpi][:2]}, {"by": DIMENSIONS[kpi][-2:]}, {"grain": "day"}, {"grain": "month"}]
    for seed in SEEDS[:3]:
        for split in splits:
            answered = ask(centre(seed), season(seed, kpi, **split))
            for name in {"n", "numerator", "n_invalid", "n_missing"} & set(answered[()]):
                assert answered[()][name] == sum(row[name] for keys, row in answered.items() if keys), (split, name)


@pytest.mark.parametrize("kpi", [*TIMES, "contacts_per_agent_day"])
def test_10_sums_over_teams_pool_into_the_total(seed: int, kpi: str) -> None:
    answered = ask(centre(seed), season(seed, kpi, by=("team_id",)))
    for name in ("numerator", "denominator"):
        assert sum(row[name] for keys, row in answered.items() if keys) == answered[()][name]


def with_rows_that_do_not_count(seed: int, tables: Tables) -> Tables:
    """Copies of rows under other names: excluded, or later than any question."""
    late = instants(seed)["late"] + timedelta(seconds=1)
    keys = {
        "interactions": ("interaction_id", "offered_at"),
        "self_service_sessions": ("session_id", "started_at"),
        "tickets": ("ticket_id", "created_at"),
    }
    more = {name: list(rows) for name, rows in tables.items()}
    for table, (key, at) in keys.items():
        for row in tables[table]:
            dated = {name: late for name, value in row.items() if isinstance(value, datetime)}
            more[table] += [
                {**row, key: f"{row[key]}-test", "exclusion": "test"},
                {**row, **dated, key: f"{row[key]}-future", at: late, "escalated_ticket_id": None},
            ]
    return more


@pytest.mark.parametrize("seed", [1])
def test_11_excluded_and_future_rows_change_nothing(seed: int) -> None:
    tables = traps_calls.tables(seed)
    crowded = World(frames(with_rows_that_do_not_count(seed, tables)))
    assert everything(crowded, seed) == everything(centre(seed), seed)


CALENDAR_FREE = ("calls_received", "contact_channel_mix", "repeat_contact_rate", "average_communication_time")
CALENDAR_FREE += ("longest_wait", "estimated_wait_time", "deflection_rate", "contacts_per_agent_day", "occupancy_rate")


def a_week_later(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: part if name == "month" else a_week_later(part) for name, part in value.items()}
    if isinstance(value, list):
        return [a_week_later(part) for part in value]
    return value + timedelta(days=7) if isinstance(value, date) else value


@pytest.mark.parametrize("seed", [2])
def test_12_the_same_story_a_week_later_gives_the_same_figures(seed: int) -> None:
    tables, week = traps_calls.tables(seed, QUIET), timedelta(days=7)
    shifted = everything(World(frames(a_week_later(tables))), seed, QUIET, week)
    for name, figures in everything(centre(seed, QUIET), seed, QUIET).items():
        if name.split()[0] in CALENDAR_FREE:
            assert shifted[name] == figures, name


@pytest.mark.parametrize("seed", [3])
def test_14_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    tables = {name: random.Random(seed).sample(rows, len(rows)) for name, rows in traps_calls.tables(seed).items()}
    assert everything(World(frames(tables)), seed) == everything(centre(seed), seed)


@pytest.mark.parametrize("kpi", KPIS)
def test_14_an_empty_centre_gives_no_value_and_no_error(kpi: str) -> None:
    world = World(frames({}))
    for grain in (None, *GRAINS[kpi]):
        for by in ((), DIMENSIONS[kpi][:2]):
            answered = ask(world, season(1, kpi, by=by, grain=grain))
            assert set(answered) == {()}
            assert not answered[()]["value"]
            assert not answered[()].get("n")
            if kpi in (*RATIOS, *MEANS, *TIMES, *workforce.COSTS, "deflection_rate", "contact_channel_mix"):
                assert answered[()]["value"] is None


# ---------------------------------------------------------------------------------------------- one with another


def test_the_calls_that_wait_are_those_of_the_teams_together(seed: int) -> None:
    for as_of in ("middle", "early"):
        for kpi in ("calls_waiting", "unanswered_messages"):
            answered = ask(centre(seed), season(seed, kpi, as_of=instants(seed)[as_of], by=("team_id", "channel")))
            assert answered[()]["n"] == sum(fields["n"] for keys, fields in answered.items() if keys)
        waiting, longest = (
            ask(centre(seed), season(seed, kpi, as_of=instants(seed)[as_of], by=("team_id",)))
            for kpi in ("calls_waiting", "longest_wait")
        )
        assert longest[()]["value"] == max([fields["value"] for keys, fields in longest.items() if keys], default=0)
        assert {keys: fields["n"] for keys, fields in waiting.items()} == {k: f["n"] for k, f in longest.items()}


def test_shares_of_a_mix_add_up_and_its_classes_are_its_contacts(seed: int) -> None:
    contacts = total(centre(seed), season(seed, "customer_identification_rate"))["n"]
    mix = ask(centre(seed), season(seed, "contact_channel_mix"))
    by_team = ask(centre(seed), season(seed, "contact_channel_mix", by=("team_id",)))
    assert mix[()]["n"] == contacts == sum(fields["n"] for keys, fields in mix.items() if keys)
    assert sum(fields["value"] for keys, fields in mix.items() if keys) == pytest.approx(1)
    for channel, fields in mix.items():
        if channel:
            parts = [row["n"] for keys, row in by_team.items() if keys[1:] == channel]
            assert fields["n"] == sum(parts) == by_team[()][channel[0]]
    assert total(centre(seed), season(seed, "active_channels"))["value"] == len(mix) - 1


def test_repeats_have_a_reason_or_are_counted_without(seed: int) -> None:
    for as_of in ("late", "middle"):
        asked = {"as_of": instants(seed)[as_of]}
        repeats = total(centre(seed), season(seed, "repeat_contact_rate", **asked))
        reasons = total(centre(seed), season(seed, "repeat_contact_reasons", **asked))
        assert repeats["numerator"] == reasons["n"] + reasons["n_missing"]


def test_sales_are_handled_calls_and_the_rate_counts_them(seed: int) -> None:
    for sold, rate, handled in together(seed, "call_conversions", "call_conversion_rate", "calls_handled", grain="day"):
        assert sold["n"] == rate["numerator"] <= rate["n"] <= handled["n"]


def test_shares_of_agents_time_fit_together(seed: int) -> None:
    for occupied, used, shrunk in together(
        seed, "occupancy_rate", "utilisation_rate", "shrinkage_rate", by=("team_id",)
    ):
        assert occupied["numerator"] == used["numerator"]
        assert shrunk["numerator"] == shrunk["denominator"] - occupied["denominator"]
        assert occupied["n"] == used["n"] == shrunk["n"]
        assert 0 <= (occupied["value"] or 0) <= 1


def test_contacts_of_each_channel_stand_against_all_the_days(seed: int) -> None:
    days = total(centre(seed), season(seed, "agent_days_worked"))["value"]
    answered = ask(centre(seed), season(seed, "contacts_per_agent_day", by=("channel",)))
    assert {fields["denominator"] for fields in answered.values()} == {days}
    assert answered[()]["value"] == pytest.approx(sum(fields["value"] for keys, fields in answered.items() if keys))


def test_all_costs_are_spent_on_contacts_and_no_more_than_all_on_calls(seed: int) -> None:
    world, question = centre(seed), season(seed, "cost_per_contact")
    costs = world.tables["costs"]
    first, last = (at + timedelta(hours=12) for at in question.period or ())
    spent = costs[(costs.month >= pd.Timestamp(first.date())) & (costs.month < pd.Timestamp(last.date()))].amount_eur
    contacts, called = total(world, question), total(world, season(seed, "cost_per_call"))
    if len(spent):
        assert contacts["numerator"] == pytest.approx(spent.sum())
        handled = total(world, season(seed, "calls_handled", period=question.period))["n"]
        assert called["n"] == handled <= contacts["n"]
        assert called["numerator"] <= spent[spent > 0].sum()
    cut = replace(question, period=(question.period[0] + timedelta(days=1), question.period[1]))  # type: ignore[index]
    assert ask(world, cut) == {(): {"value": None}}


def test_every_session_is_deflected_failed_escalated_open_or_invalid(seed: int) -> None:
    for as_of in ("late", "middle", "early"):
        for split in ({}, {"by": ("tool",)}, {"by": ("request_type",), "grain": "week"}):
            asked = {**split, "as_of": instants(seed)[as_of]}
            for rate, users in together(seed, "deflection_rate", "self_service_users", **asked):
                kinds = [rate.get(f"n_{kind}", 0) for kind in ("failed", "escalated", "open", "invalid")]
                assert rate["numerator"] + sum(kinds) == users["n"]
                assert rate["n"] == rate["numerator"] + rate.get("n_failed", 0) + rate.get("n_assisted", 0)
