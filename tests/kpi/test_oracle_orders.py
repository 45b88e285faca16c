"""The oracle of the order desk, of opinions and of requests: the worked examples, and what holds on any data."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from kpi import examples
from tests.kpi import traps, traps_orders
from tests.kpi.oracle import changes, opinions, orders, requests, tickets
from tests.kpi.oracle.figures import Fields, Keys, Question
from tests.kpi.oracle.known import World

Tables = Mapping[str, list[traps.Row]]
Answers = dict[Keys, Fields]
KPIS = {**orders.KPIS, **changes.KPIS, **opinions.KPIS, **requests.KPIS}
ALL = {**tickets.KPIS, **KPIS}
DIMENSIONS = {**orders.DIMENSIONS, **changes.DIMENSIONS, **opinions.DIMENSIONS, **requests.DIMENSIONS}
PARAMS = {**orders.PARAMS, **changes.PARAMS, **opinions.PARAMS, **requests.PARAMS}
GRAINS = {**orders.GRAINS, **changes.GRAINS, **opinions.GRAINS, **requests.GRAINS}
STOCKS = (*orders.STOCKS, *changes.STOCKS, *opinions.STOCKS, *requests.STOCKS)
VALUES: dict[str, tuple[Any, ...]] = {
    **orders.VALUES, **changes.VALUES, **opinions.VALUES, **requests.VALUES,
    "channel": ("email", "phone", None), "team_id": ("T1", "T4", None), "site": ("Lyon", None),
    "organisation": ("O1",), "agent_id": ("A1", None), "request_type": ("bill", None), "ticket_type": ("complaint",),
    "priority": ("urgent", "normal"), "product": ("X", None), "hour": (0, 9, 23), "weekday": (1, 6, 7),
}  # fmt: skip
SEEDS = range(2)
QUIET = date(2025, 6, 2)
"""A month without a change of the clock."""
DAY = timedelta(days=1)
many_seeds = pytest.mark.parametrize("seed", SEEDS)
seeds = pytest.mark.parametrize("seed", SEEDS[:4])
few_seeds = pytest.mark.parametrize("seed", SEEDS[:2])


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


@cache
def centre(seed: int, first: date | None = None) -> World:
    return World(traps_orders.frames(traps_orders.tables(seed, first)))


def ask(world: World, question: Question) -> Answers:
    return ALL[question.kpi](world.at(question.as_of), question)


# ---------------------------------------------------------------------------------------------- worked examples

NAMES = [file.name.removesuffix(".json") for file in examples.files() if file.name.split(".")[0] in KPIS]


@pytest.mark.parametrize("name", NAMES)
def test_a_worked_example_gives_its_answer(name: str) -> None:
    example = examples.load(name)
    call = example["call"]
    period = (instant(call["period"]["start"]), instant(call["period"]["end"])) if call["period"] else None
    by, grain = ((), "day") if call["by"] == "local_day" else ((call["by"],) if call["by"] else (), None)
    filters = {column: tuple(values) for column, values in call["filters"].items()}
    question = Question(call["kpi"], instant(call["as_of"]), period, by, grain, filters, call["params"])
    answers = ask(World(traps_orders.frames(example["tables"]), call["timezone"]), question)
    expected = {field: value for field, value in example["expected"].items() if field not in ("ci", "rows")}
    assert _wrong(expected, answers[()]) == []
    if "rows" in example["expected"]:
        found = {keys: fields for keys, fields in answers.items() if keys}
        keys = [(row["key"],) for row in example["expected"]["rows"]]
        assert (list(found) if not by else sorted(found)) == keys
        for key, row in zip(keys, example["expected"]["rows"], strict=True):
            assert _wrong({name: value for name, value in row.items() if name not in ("key", "ci")}, found[key]) == []


def _wrong(expected: Fields, found: Fields) -> list[str]:
    return [
        f"{name}: expected {value}, found {found.get(name, 'nothing')}"
        for name, value in expected.items()
        if name not in found or not alike(value, found[name])
    ]


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, str) or one is None or other is None:
        return bool(one == other)
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-6)


def test_every_kpi_has_a_worked_example() -> None:
    assert {name.split(".")[0] for name in NAMES} == set(KPIS)


# ---------------------------------------------------------------------------------------------- questions


def seasons(seed: int, first: date | None = None) -> tuple[dict[str, datetime], tuple[datetime, datetime]]:
    times = traps_orders.instants(seed, first)
    return times, (times["start"], times["end"])


def whole(seed: int, kpi: str, first: date | None = None, **more: Any) -> Question:
    """The season, known long after; a stock as it then is."""
    times, season = seasons(seed, first)
    return Question(kpi, times["late"], None if kpi in STOCKS and "grain" not in more else season, **more)


def drawn(seed: int, first: date | None = None) -> Iterator[Question]:
    """Of each KPI a few random questions at three instants."""
    draw = random.Random(f"orders {seed}")
    times, (start, end) = seasons(seed, first)
    for kpi, dimensions in DIMENSIONS.items():
        for as_of in (times["late"], times["early"], times["middle"]):
            by = tuple(draw.sample(dimensions, min(draw.choice([0, 1, 1, 2]), len(dimensions))))
            filters = {
                name: tuple(draw.sample(VALUES[name], draw.randrange(1, len(VALUES[name]) + 1)))
                for name in draw.sample(dimensions, draw.choice([0, 0, 1]))
            }
            grain = draw.choice([None, None, *GRAINS.get(kpi, ("day", "week", "month", "hour"))])
            period: Any = (start + draw.randrange(3) * DAY, end)
            if grain == "hour":
                period = (period[0], period[0] + 3 * DAY)
            if kpi in STOCKS:
                period = None if grain is None else period
                as_of = max(as_of, period[0]) if period else as_of
            yield Question(kpi, as_of, period, by, grain, filters, draw.choice(PARAMS.get(kpi, ({},))))


COUNTS = ("n", "numerator", "n_missing", "n_invalid", "n_open", "n_events", "current", "previous")
SHARES = ("_rate", "_mix", "_causes")


@many_seeds
def test_any_question_has_an_answer_that_is_possible(seed: int) -> None:
    for question in drawn(seed):
        answers = ask(centre(seed), question)
        assert () in answers
        for keys, fields in answers.items():
            assert all(fields[name] >= 0 for name in COUNTS if name in fields), (question, keys, fields)
            assert "value" not in fields or fields["value"] is None or math.isfinite(fields["value"])
            if question.kpi.endswith(SHARES) and fields.get("value") is not None:
                assert 0 <= fields["value"] <= 1, (question, keys, fields)
            if keys and "denominator" in fields and fields["value"] is not None:
                assert alike(fields["value"], fields["numerator"] / fields["denominator"])


# ---------------------------------------------------------------------------------------------- orders add up

DAILY = {"grain": "day"}
SPLITS: tuple[dict[str, Any], ...] = ({}, {"by": ("channel",)}, {"by": ("team_id", "priority")}, DAILY)


def counts(seed: int, kpi: str, field: str = "n", **more: Any) -> dict[Keys, Any]:
    answers = ask(centre(seed), whole(seed, kpi, **more))
    return {keys: fields[field] for keys, fields in answers.items() if fields[field]}


@seeds
def test_processed_orders_are_those_approved_and_those_rejected(seed: int) -> None:
    for split in SPLITS:
        approved, rejected = (counts(seed, kpi, **split) for kpi in ("orders_approved", "orders_rejected"))
        processed = counts(seed, "orders_processed", **split)
        keys = {*approved, *rejected}
        assert processed == {key: approved.get(key, 0) + rejected.get(key, 0) for key in keys}
        assert counts(seed, "order_approval_rate", **split) == processed
        assert counts(seed, "order_approval_rate", "numerator", **split) == approved


@seeds
def test_orders_within_their_commitment_are_the_numerator_of_the_rate(seed: int) -> None:
    for split in SPLITS:
        assert counts(seed, "orders_within_sla", **split) == counts(seed, "order_sla_rate", "numerator", **split)


@seeds
def test_an_order_in_full_and_on_time_is_on_time(seed: int) -> None:
    for split in SPLITS:
        assert counts(seed, "otif_rate", **split) == counts(seed, "on_time_delivery_rate", **split)
        on_time = counts(seed, "on_time_delivery_rate", "numerator", **split)
        in_full = counts(seed, "otif_rate", "numerator", **split)
        assert all(size <= on_time[keys] for keys, size in in_full.items())


RATIOS = (
    "order_sla_rate", "order_approval_rate", "on_time_delivery_rate", "otif_rate", "automation_rate", "dispute_rate",
    "ces_low_effort_rate", "fcr_rate_surveyed", "verbatim_rate",
)  # fmt: skip
ADDED = ("order_processing_time_mean", "order_cycle_time_mean", "order_lines_mean", "ces_mean")
ADDED += ("dispute_resolution_time_mean", "contacts_per_resolution", "handling_time_per_request")


@seeds
def test_a_pooled_ratio_is_the_ratio_of_the_sums(seed: int) -> None:
    for kpi in RATIOS:
        for split in ({"by": ("channel",)}, {"by": ("team_id", "organisation")}, DAILY):
            for part in ("numerator", "denominator"):
                found = counts(seed, kpi, part, **split)
                assert found.pop((), 0) == sum(found.values()), (kpi, split)


@seeds
def test_sums_and_sizes_of_means_add_up_over_groups(seed: int) -> None:
    for kpi in ADDED:
        for split in ({"by": ("team_id",)}, DAILY):
            for part in ("n", "sum"):
                found = counts(seed, kpi, part, **split)
                assert found.pop((), 0) == pytest.approx(sum(found.values())), (kpi, split)


@seeds
def test_what_waits_moves_by_what_comes_in_and_out(seed: int) -> None:
    """Orders and disputes that end before they begin are left out: they never wait."""
    tables = dict(centre(seed).tables)
    for name, begun, ended in (("orders", "received_at", "decided_at"), ("disputes", "opened_at", "resolved_at")):
        tables[name] = tables[name][~(tables[name][ended] < tables[name][begun])]
    world = World(tables)
    times, (start, end) = seasons(seed)
    between = (start + 2 * DAY, end - DAY)
    for stock, came, gone in (
        ("orders_pending", "orders_received", orders.decided("approved", "rejected", "cancelled")),
        ("disputes_open", "disputes_opened", orders.dispute_time(lambda rows: {"n": len(rows)})),
    ):
        before, after = (
            ask(world, Question(stock, times["late"], (start - DAY, at), grain="day"))[()]["n"] for at in between
        )
        question = Question(came, times["late"], between)
        out = gone(world.at(times["late"]), question)[()]["n"]
        assert after == before + ask(world, question)[()]["n"] - out


@seeds
def test_priority_orders_are_the_urgent_and_high_ones_that_wait(seed: int) -> None:
    urgent = {"filters": {"priority": ("high", "urgent")}}
    assert counts(seed, "priority_orders_to_validate") == counts(seed, "orders_pending", **urgent)


@seeds
def test_mixes_add_up_to_what_they_divide(seed: int) -> None:
    for kpi, whole_of in (("order_channel_mix", "orders_received"), ("dispute_causes", "disputes_opened")):
        for split in ({}, {"by": ("team_id",)}, DAILY):
            answers = ask(centre(seed), whole(seed, kpi, **split))
            total = answers.pop(())
            assert total["n"] + total["n_missing"] == counts(seed, whole_of).get((), 0)
            assert sum(fields["n"] for fields in answers.values()) == total["n"]
            groups: dict[Keys, float] = {}
            for keys, fields in answers.items():
                groups[keys[:-1]] = groups.get(keys[:-1], 0) + fields["value"]
                if kpi == "dispute_causes":
                    assert fields["cumulative"] == pytest.approx(groups[keys[:-1]])
            assert all(share == pytest.approx(1) for share in groups.values())
            if split:
                assert {name: total[name] for name in {keys[-1] for keys in answers}} == {
                    name: sum(fields["n"] for keys, fields in answers.items() if keys[-1] == name)
                    for name in {keys[-1] for keys in answers}
                }


@seeds
def test_a_cut_list_of_products_keeps_the_whole_total(seed: int) -> None:
    everything, cut = (
        ask(centre(seed), whole(seed, "top_products", params={"top": top})) for top in (1000, 2)
    )  # fmt: skip
    assert cut[()] == everything[()]
    assert list(everything)[:3] == list(cut)
    total = everything.pop(())
    assert sum(fields["value"] for fields in everything.values()) == pytest.approx(total["value"])
    assert sum(fields["n"] for fields in everything.values()) == total["n"]


@seeds
def test_growth_compares_what_each_period_counts(seed: int) -> None:
    times, season = seasons(seed)
    for growth, counted in (("orders_growth", "orders_received"), ("disputes_growth", "disputes_opened")):
        for against in ("previous", "last_year"):
            question = Question(growth, times["late"], season, params={"against": against})
            change = ask(centre(seed), question)[()]
            for part, period in (("current", season), ("previous", changes.period_before(question, "Europe/Paris"))):
                assert change[part] == ask(centre(seed), Question(counted, times["late"], period))[()]["n"]


@seeds
def test_units_of_products_add_up(seed: int) -> None:
    answers = ask(centre(seed), whole(seed, "product_trend"))
    total = answers.pop(())
    for part in ("current", "previous"):
        assert sum(fields[part] for fields in answers.values()) == pytest.approx(total[part])
    assert list(answers) == sorted(answers)


# ---------------------------------------------------------------------------------------------- opinions, requests


@seeds
def test_the_overall_score_is_the_mean_of_the_five_dimensions(seed: int) -> None:
    for total_of, kpi in (("servqual_overall", "servqual_dimension_score"), ("servqual_gap", "servqual_gap")):
        overall = ask(centre(seed), whole(seed, total_of))[()]
        scores = ask(centre(seed), whole(seed, kpi))
        assert overall["n"] == scores.pop(())["n"] > 0
        assert [name for (name,) in scores] == list(opinions.SERVQUAL)
        assert all(fields["n"] <= overall["n"] for fields in scores.values())
        values = [fields["value"] for fields in scores.values()]
        assert overall["value"] == (None if None in values else pytest.approx(sum(values) / 5))


@seeds
def test_a_comment_mentions_a_topic_once(seed: int) -> None:
    topics = ask(centre(seed), whole(seed, "topic_mention_rate"))
    comments = topics.pop(())["n"]
    assert comments >= ask(centre(seed), whole(seed, "verbatim_rate"))[()]["numerator"] > 0
    assert all(0 < fields["n"] <= comments == fields["denominator"] for fields in topics.values())


@seeds
def test_effort_and_low_effort_speak_of_the_same_answers(seed: int) -> None:
    mean, low = (ask(centre(seed), whole(seed, kpi))[()] for kpi in ("ces_mean", "ces_low_effort_rate"))
    assert [mean[name] for name in ("n", "n_missing", "n_invalid")] == [
        low[name] for name in ("n", "n_missing", "n_invalid")
    ]
    assert 1 <= mean["value"] <= 7


@seeds
def test_nine_requests_in_ten_take_at_least_as_long_as_half_of_them(seed: int) -> None:
    for clock in ("calendar", "business"):
        for by in ((), ("channel",)):
            more = {"params": {"clock": clock}, "by": by}
            median, p90 = (
                ask(centre(seed), whole(seed, f"resolution_time_{name}", **more)) for name in ("median", "p90")
            )
            assert all(f["value"] is None or f["value"] <= p90[keys]["value"] for keys, f in median.items())


@seeds
def test_the_time_to_resolve_counts_every_request_created(seed: int) -> None:
    times, season = seasons(seed)
    for as_of in times.values():
        km, created = (
            ask(centre(seed), Question(kpi, as_of, season))[()]
            for kpi in ("resolution_time_km_median", "tickets_created")
        )
        assert km["n"] + km["n_invalid"] == created["n"]
        assert km["n"] == km["n_events"] + km["n_open"]
        assert km["value"] is not None or km["n"] == 0 or 2 * km["n_events"] <= 2 * km["n"]


@seeds
def test_complaints_and_days_of_work_start_from_the_backlog(seed: int) -> None:
    times, _ = seasons(seed)
    for as_of in times.values():
        complaints = {"filters": {"ticket_type": ("complaint",)}}
        stock = ask(centre(seed), Question("ticket_backlog", as_of, **complaints))[()]
        assert ask(centre(seed), Question("complaints_open", as_of))[()] == stock
        days = ask(centre(seed), Question("backlog_days_of_work", as_of, by=("channel",)))
        stock = ask(centre(seed), Question("ticket_backlog", as_of, by=("channel",)))
        assert all(fields["numerator"] == stock.get(keys, {"n": 0})["n"] for keys, fields in days.items())
        assert set(stock) <= set(days)


@seeds
def test_a_request_costs_its_time_at_the_price_of_its_team(seed: int) -> None:
    time, cost = (
        ask(centre(seed), whole(seed, f"handling_{name}_per_request", by=("team_id",))) for name in ("time", "cost")
    )
    for (team,), fields in ((keys, fields) for keys, fields in time.items() if keys):
        hourly = traps_orders.HOURLY_COSTS.get(team)
        assert ((team,) in cost) == (hourly is not None)
        if hourly and fields["n"]:
            assert cost[team,]["value"] == pytest.approx(fields["value"] * hourly / 3600)


# ---------------------------------------------------------------------------------------------- any data


def everything(world: World, seed: int, kpis: Any = tuple(KPIS), first: date | None = None) -> dict[Any, Answers]:
    return {(kpi, by): ask(world, whole(seed, kpi, first, by=by)) for kpi in kpis for by in ((), DIMENSIONS[kpi][:1])}


def rounded(found: Any) -> Any:
    """Sums of fractions depend on the order of the rows in their last digits."""
    if isinstance(found, dict):
        return {keys: rounded(value) for keys, value in found.items()}
    return float(f"{found:.9g}") if isinstance(found, float) else found


def uncounted(seed: int, tables: Tables) -> dict[str, list[traps.Row]]:
    """Copies of rows under other names: excluded, merged, or later than the question."""
    late = traps_orders.instants(seed)["late"] + timedelta(seconds=1)
    more = {name: list(rows) for name, rows in tables.items()}
    keys = {"orders": ("order_id", "received_at"), "disputes": ("dispute_id", "opened_at")}
    keys |= {"surveys": ("survey_id", "sent_at"), "interactions": ("interaction_id", "offered_at")}
    keys |= {"tickets": ("ticket_id", "created_at")}
    for name, (key, born) in keys.items():
        for row in tables[name]:
            more[name].append({**row, key: f"{row[key]}-out", "exclusion": "test"})
            undated = {column: None if isinstance(value, datetime) else value for column, value in row.items()}
            more[name].append({**undated, "decision": None, key: f"{row[key]}-future", born: late})
    more["tickets"] += [
        {**row, "ticket_id": f"{row['ticket_id']}-merged", "merged_into_ticket_id": "K00"} for row in tables["tickets"]
    ]
    for name in ("out", "merged"):
        more["ticket_events"] += [
            {**row, "event_id": f"{row['event_id']}-{name}", "ticket_id": f"{row['ticket_id']}-{name}"}
            for row in tables["ticket_events"]
        ]
    more["order_lines"] += [{**row, "order_id": f"{row['order_id']}-out"} for row in tables["order_lines"]]
    more["transcripts"] += [
        {**row, "interaction_id": f"{row['interaction_id']}-out"} for row in tables["transcripts"]
    ]  # fmt: skip
    more["customers"] += [
        {**row, "customer_id": f"{row['customer_id']}-future", "acquired_at": late, "churned_at": None}
        for row in tables["customers"]
    ]
    return more


@few_seeds
def test_excluded_merged_and_future_rows_change_nothing(seed: int) -> None:
    world = World(traps_orders.frames(uncounted(seed, traps_orders.tables(seed))))
    assert rounded(everything(world, seed)) == rounded(everything(centre(seed), seed))


@few_seeds
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    shuffled = {name: rows.sample(frac=1, random_state=seed) for name, rows in centre(seed).tables.items()}
    assert rounded(everything(World(shuffled), seed)) == rounded(everything(centre(seed), seed))


CLOSED_DAYS = ("order_sla_rate", "orders_within_sla", "orders_growth", "disputes_growth", "backlog_days_of_work")
"""What depends on opening hours, and so on holidays."""


def a_week_later(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: a_week_later(part) for name, part in value.items()}
    if isinstance(value, list):
        return [a_week_later(part) for part in value]
    return value + 7 * DAY if isinstance(value, date) else value


@few_seeds
def test_the_same_story_a_week_later_gives_the_same_figures(seed: int) -> None:
    kpis = tuple(kpi for kpi in KPIS if kpi not in CLOSED_DAYS)
    moved = World(traps_orders.frames(a_week_later(traps_orders.tables(seed, QUIET))))
    for kpi in kpis:
        question = whole(seed, kpi, QUIET, by=DIMENSIONS[kpi][:1])
        period = None if question.period is None else tuple(at + 7 * DAY for at in question.period)
        later = replace(question, as_of=question.as_of + 7 * DAY, period=period)
        assert rounded(ask(moved, later)) == rounded(ask(centre(seed, QUIET), question)), kpi


PLANS = ("promised_at", "data_until", "loaded_at")


@few_seeds
def test_what_comes_after_the_instant_asked_changes_nothing(seed: int) -> None:
    times, _ = seasons(seed)
    for as_of in (times["early"], times["middle"]):
        changed = {}
        for name, rows in centre(seed).tables.items():
            dated = [column for column in rows if column.endswith("_at") and column not in PLANS]
            changed[name] = rows.assign(**{c: rows[c].where(~(rows[c] > as_of), rows[c] + 3 * DAY) for c in dated})
        other = World(changed)
        for question in (replace(one, as_of=as_of) for one in drawn(seed) if one.grain is None):
            assert ask(other, question) == ask(centre(seed), question), question


@pytest.mark.parametrize("kpi", KPIS)
def test_an_empty_centre_gives_no_value_and_no_error(kpi: str) -> None:
    empty = World(traps_orders.frames({}))
    times, season = seasons(0)
    for params in PARAMS.get(kpi, ({},)):
        for grain in (None, *GRAINS.get(kpi, ("day",))[:1]):
            answers = ask(empty, Question(kpi, times["late"], season, DIMENSIONS[kpi][:1], grain, {}, params))
            assert not any(fields.get("n") for fields in answers.values())
            assert not answers[()].get("value")
