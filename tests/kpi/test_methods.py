"""The worked examples of methods, each through the code behind the pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli.methods import asked
from dashboard.cli.verify import check
from kpi.errors import QuestionError

Example = dict[str, Any]
FILES = sorted((Path(__file__).resolve().parent.parent / "conformance" / "method").glob("*.json"))
NAMES = [file.stem for file in FILES]


def example(name: str) -> Example:
    found: Example = json.loads(FILES[NAMES.index(name)].read_text(encoding="utf-8"))
    return found


PLAIN = [name for name in NAMES if not example(name).get("tables")]


@pytest.mark.parametrize("name", NAMES)
def test_a_worked_method_gives_its_answer(name: str) -> None:
    assert check(example(name)) == []


def spoilt(value: Any) -> Any:
    """Every number a hundredth larger, and 2; every word another one."""
    if isinstance(value, dict):
        return {key: spoilt(part) for key, part in value.items()}
    if isinstance(value, list):
        return [spoilt(part) for part in value]
    if isinstance(value, bool):
        return not value
    return value * 1.01 + 2 if isinstance(value, int | float) else "another"


def leaves(value: Any) -> int:
    if isinstance(value, dict | list):
        return sum(leaves(part) for part in (value.values() if isinstance(value, dict) else value))
    return 1


@pytest.mark.parametrize("name", PLAIN)
def test_no_wrong_field_of_an_answer_would_pass(name: str) -> None:
    found = example(name)
    assert len(check({**found, "expected": spoilt(found["expected"])})) == leaves(found["expected"])


def test_an_unknown_method_is_told_with_the_closest() -> None:
    with pytest.raises(QuestionError, match=r"method\.wilson"):
        asked({"kpi_id": "method.wilsen", "inputs": {}})


def test_two_agents_of_another_team_are_not_read_in_the_worked_one() -> None:
    agents = {"A": {"simple": [100, 90], "complex": [20, 12]}, "B": {"simple": [50, 40], "complex": [60, 30]}}
    adjusted = asked({"kpi_id": "method.simpson", "inputs": agents})["adjusted"]
    simple, hard, overall = 130 / 150, 42 / 80, 172 / 230
    assert adjusted["A"] == pytest.approx(overall + (102 - 100 * simple - 20 * hard) / 120)
    assert adjusted["B"] == pytest.approx(overall + (70 - 50 * simple - 60 * hard) / 110)


def test_a_ticket_without_a_commitment_has_no_state() -> None:
    found = example("method.sla_state.SLA.S1")
    found["tables"]["sla_policies"] = []
    assert asked(found) == {"state": None, "due_at": None, "elapsed_s": None, "target_s": None}


@pytest.mark.parametrize(
    ("as_of", "state", "elapsed_s"),
    [
        ("2025-03-05T06:59:00Z", "paused", 7_200),
        ("2025-03-05T09:30:00Z", "on_track", 9_000),
        ("2025-03-05T13:00:00Z", "at_risk", 21_600),
        ("2025-03-05T15:00:00Z", "at_risk", 28_800),
        ("2025-03-05T15:00:01Z", "breached_open", 28_801),
        ("2025-03-05T16:00:00Z", "breached", 32_400),
    ],
)
def test_the_state_of_a_ticket_is_that_of_the_instant(as_of: str, state: str, elapsed_s: int) -> None:
    """S2: opened Monday 15:00, waiting for the customer from 17:00 to Wednesday 10:00, solved at 17:00; 8 h."""
    found = example("method.sla_state.SLA.S2")
    found["inputs"]["as_of"] = as_of
    answer = asked(found)
    assert (answer["state"], answer["elapsed_s"]) == (state, elapsed_s)


def test_a_deadline_years_ahead_is_reached() -> None:
    found = example("method.add_business_seconds.01")
    found["inputs"]["seconds"] = 20_000 * 3600
    assert "2032" < asked(found)["due_at"] < "2033"
