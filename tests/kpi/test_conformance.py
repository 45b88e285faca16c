"""The worked examples, as they are and after changes that must not matter."""

from __future__ import annotations

import copy
import random
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.cli.verify import check
from kpi import examples
from kpi.catalog import CATALOG
from tests.kpi.oracle.clock import holidays

Example = dict[str, Any]
NAMES = [file.name.removesuffix(".json") for file in examples.files()]
WEEK = timedelta(days=7)
NOT_MOVED = {
    "tickets_created.local_day_dst": "the example is about the change of the clock itself",
    "fcr_rate": "asked on 24 March: a week later the clock has changed",
    "reopen_rate": "asked on 24 March: a week later the clock has changed",
    "repeat_contact_rate": "asked on 24 March: a week later the clock has changed",
    "repeat_contact_reasons": "asked on 24 March: a week later the clock has changed",
    "survey_response_rate": "asked on 24 March: a week later the clock has changed",
    "verbatim_rate": "asked on 24 March: a week later the clock has changed",
    "dispute_rate": "the period begins on 1 January, a public holiday",
    "retention_rate": "the customers were won around Christmas and New Year, public holidays",
    "cost_per_call": "costs are those of calendar months, and a month does not begin a week later",
    "cost_per_contact": "costs are those of calendar months, and a month does not begin a week later",
}
"""Examples that a move of 7 days takes into another season, with the reason."""


def example(name: str) -> Example:
    return copy.deepcopy(dict(examples.load(name)))


@pytest.mark.parametrize("name", NAMES)
def test_a_worked_example_gives_its_answer(name: str) -> None:
    assert check(example(name)) == []


def test_every_kpi_has_the_example_that_a_reader_is_shown() -> None:
    assert {example(name)["kpi_id"] for name in NAMES if name == example(name)["kpi_id"]} == set(CATALOG)


# ---------------------------------------------------------------------------------------------- other names


def renamed(value: Any, names: set[str]) -> Any:
    """Every identifier under another name that sorts the same."""
    if isinstance(value, dict):
        return {key: renamed(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [renamed(part, names) for part in value]
    return f"id-{value}-of-another" if isinstance(value, str) and value in names else value


def identifiers(found: Example) -> set[str]:
    own = ("kpi_id", "target_id", "import_id")
    return {
        value
        for rows in found["tables"].values()
        for row in rows
        for column, value in row.items()
        if column.endswith("_id") and column not in own and isinstance(value, str)
    }


# Every fifth example is changed in each of three ways: each way meets every kind of KPI.


@pytest.mark.parametrize("name", NAMES[::5])
def test_names_of_tickets_agents_and_teams_do_not_matter(name: str) -> None:
    found = example(name)
    names = identifiers(found)
    for part in ("tables", "call", "expected"):
        found[part] = renamed(found[part], names)
    assert check(found) == []


# ---------------------------------------------------------------------------------------------- other order


@pytest.mark.parametrize("name", NAMES[1::5])
def test_the_order_of_the_rows_does_not_matter(name: str) -> None:
    found = example(name)
    for rows in found["tables"].values():
        random.Random(name).shuffle(rows)
    assert check(found) == []


# ---------------------------------------------------------------------------------------------- another week

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def moved(value: Any) -> Any:
    """Every instant and every date a week later."""
    if isinstance(value, dict):
        return {key: moved(part) for key, part in value.items()}
    if isinstance(value, list):
        return [moved(part) for part in value]
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return (datetime.fromisoformat(value) + WEEK).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, str) and DAY.fullmatch(value):
        return (date.fromisoformat(value) + WEEK).isoformat()
    return value


def instants(value: Any) -> list[datetime]:
    if isinstance(value, dict):
        return [at for part in value.values() for at in instants(part)]
    if isinstance(value, list):
        return [at for part in value for at in instants(part)]
    return [datetime.fromisoformat(value)] if isinstance(value, str) and INSTANT.fullmatch(value) else []


def same_season(found: Example) -> bool:
    """One offset from UTC, and no public holiday, over the example and over the week after it."""
    seen = instants([found["tables"], found["call"]])
    first, last = min(seen), max(seen) + WEEK
    paris = ZoneInfo("Europe/Paris")
    days = [(first + n * timedelta(days=1)).astimezone(paris) for n in range((last - first).days + 2)]
    closed = holidays(first.year, "FR") | holidays(last.year, "FR")
    return len({day.utcoffset() for day in days}) == 1 and not closed & {day.date() for day in days}


@pytest.mark.parametrize("name", [name for name in NAMES[2::5] if name not in NOT_MOVED])
def test_the_week_does_not_matter(name: str) -> None:
    found = example(name)
    for part in ("tables", "call", "expected"):
        found[part] = moved(found[part])
    assert check(found) == []


def test_only_examples_that_would_change_season_are_not_moved() -> None:
    assert {name for name in NAMES if not same_season(example(name))} == set(NOT_MOVED)


def test_instants_of_the_examples_are_in_utc() -> None:
    assert all(at.tzinfo == UTC for name in NAMES for at in instants(example(name)["tables"]))
