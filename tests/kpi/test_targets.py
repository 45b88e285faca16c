"""Targets: which one applies where and when, and what a figure says of it."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest

from data import settings
from kpi import catalog
from kpi.answer import answer
from kpi.engines import ConnectionEngine
from kpi.model import Figure, Period, Query, Target, frozen
from kpi.targets import day_of, resolve, surely
from tests.data.tiny import Row, at, store

NOW = date(2025, 3, 10)
SEEDS = json.loads(settings.SEEDS.read_text(encoding="utf-8"))["targets"]


def target(kpi_id: str = "k", low: float | None = 0.9, high: float | None = None, **more: Any) -> Target:
    fields: dict[str, Any] = {"target_id": "T", "role": "target", "scope_dim": None, "scope_value": None}
    fields |= {"op": ">=" if high is None else "<=" if low is None else "between", "threshold_s": None, "source": "us"}
    fields |= {"valid_from": date(2016, 1, 1), "valid_to": None, **more}
    return Target(kpi_id=kpi_id, value_low=low, value_high=high, **fields)


def scoped(dimension: str, value: str, **more: Any) -> Target:
    return target(target_id=dimension, scope_dim=dimension, scope_value=value, **more)


# Which one


def test_the_narrowest_scope_wins() -> None:
    here = {"priority": "high", "channel": "email", "request_type": "bill", "team_id": "T1", "site": "Lyon"}
    here["organisation"] = "O1"
    targets = [target(), *(scoped(dimension, value) for dimension, value in here.items())]
    found = []
    while targets:
        best = resolve(targets, "k", NOW, here)
        assert best is not None
        found.append(best.scope_dim)
        targets.remove(best)
    assert found == ["priority", "channel", "request_type", "team_id", "site", "organisation", None]


def test_a_target_of_another_team_never_applies() -> None:
    assert resolve([scoped("team_id", "T2")], "k", NOW, {"team_id": "T1"}) is None
    assert resolve([scoped("team_id", "T2")], "k", NOW) is None


def test_a_target_holds_from_its_first_to_its_last_day_and_the_latest_wins() -> None:
    old, new = target(target_id="old", valid_to=NOW), target(target_id="new", valid_from=NOW)
    assert resolve([new, old], "k", date(2025, 3, 9)) is old
    assert resolve([new, old], "k", NOW) is new
    assert resolve([old], "k", date(2025, 3, 11)) is None


@pytest.mark.parametrize("role", ["norm", "benchmark", "tolerance"])
def test_what_is_only_a_line_is_never_a_target(role: str) -> None:
    assert resolve([target(role=role)], "k", NOW) is None


def test_a_period_is_compared_with_the_targets_of_its_last_local_day() -> None:
    march = Query(("answer_rate",), Period(datetime(2025, 2, 28, 23), datetime(2025, 3, 31, 22)))
    assert day_of(march, datetime(2026, 1, 1)) == date(2025, 3, 31)
    assert day_of(Query(("answer_rate",)), datetime(2025, 3, 9, 23)) == NOW


# What it says


@pytest.mark.parametrize(
    ("low", "high", "interval", "sure"),
    [
        (0.9, None, (0.9, 0.95), True),
        (0.9, None, (0.89, 0.95), False),
        (0.9, None, (0.7, 0.9), False),
        (0.9, None, (0.7, 0.89), True),
        (None, 30.0, (22.0, 30.0), True),
        (None, 30.0, (30.1, None), True),
        (None, 30.0, (None, 20.0), True),
        (None, 30.0, (20.0, None), False),
        (0.75, 0.85, (0.76, 0.8), True),
        (0.75, 0.85, (0.7, 0.9), False),
        (0.75, 0.85, (0.86, 0.9), True),
        (0.75, 0.85, (0.6, 0.7), True),
    ],
)
def test_an_interval_is_sure_when_no_bound_of_the_target_is_inside(
    low: float | None, high: float | None, interval: tuple[float | None, float | None], sure: bool
) -> None:
    assert surely(*interval, target(low=low, high=high)) is sure


# The promise of each channel


def promise(seconds: int, **more: Any) -> Target:
    return target("response_within_target_rate", threshold_s=seconds, **more)


def promised(*targets: Target) -> Figure:
    """Of two e-mails answered after 2 h and 20 h, those within the promise in force."""
    tickets: list[Row] = [
        {"ticket_id": f"{hours}", "created_at": at(0), "channel": "email", "status": "open", "priority": priority,
         "first_response_at": at(hours)}
        for hours, priority in ((2, "high"), (20, "low"))
    ]  # fmt: skip
    query = Query(("response_within_target_rate",), Period(at(-1), at(48)), at(72), targets=targets)
    return answer(query, ConnectionEngine(store(tickets=tickets)))["response_within_target_rate"].total


def test_a_promise_that_is_over_or_not_yet_made_is_not_counted_with() -> None:
    day, hour = promise(86_400, valid_to=date(2025, 3, 1)), promise(3_600, target_id="hour")
    later = promise(60, target_id="later", valid_from=date(2025, 4, 1))
    assert promised(day, hour, later).value == 0.0
    assert promised(day, later).n == 0


def test_the_promise_of_the_narrowest_scope_is_counted_with() -> None:
    channel = scoped("channel", "email", kpi_id="response_within_target_rate", threshold_s=86_400)
    priority = scoped("priority", "high", kpi_id="response_within_target_rate", threshold_s=3_600)
    assert promised(promise(60), channel).value == 1.0
    assert promised(promise(60), channel, priority).value == 0.5


# The targets that ship


def test_every_shipped_line_is_of_a_kpi_of_the_catalogue_and_says_who_says_so() -> None:
    for row in SEEDS:
        seed = Target(**{**row, "valid_from": date.fromisoformat(row["valid_from"])})
        assert seed.kpi_id in catalog.CATALOG
        assert seed.source.strip()
        assert (seed.scope_dim is None) == (seed.scope_value is None)
        assert seed.scope_dim is None or seed.scope_dim in catalog.get(seed.kpi_id).dimensions
        bounded = {">=": (True, False), "<=": (False, True), "between": (True, True)}[seed.op]
        assert (seed.value_low is not None, seed.value_high is not None) == bounded
    assert len({row["target_id"] for row in SEEDS}) == len(SEEDS)


def test_no_shipped_line_is_called_a_norm() -> None:
    assert not [row for row in SEEDS if row["role"] == "norm"]


def test_values_of_json_can_be_part_of_a_question() -> None:
    given = {"answer_rate": {"value": 0.9, "ci": [0.8, None]}, "list": [[1], {"a": 2}]}
    query = Query(("answer_rate",), params=frozen(given))
    assert query in {query}
    assert dict(query.params)["answer_rate"] == (("value", 0.9), ("ci", (0.8, None)))
