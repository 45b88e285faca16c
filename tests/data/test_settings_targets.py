"""Targets that people decide: none is lost, none holds twice, a person's comes before what was delivered."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from data.settings import Settings, TargetRow, context_figures, open_settings


def made(
    target_id: str = "P-1", low: float | None = 0.95, since: date = date(2016, 1, 1), **changes: object
) -> TargetRow:
    fields: dict[str, object] = {
        "target_id": target_id, "kpi_id": "answer_rate", "role": "target", "scope_dim": None, "scope_value": None,
        "op": ">=", "value_low": low, "value_high": None, "threshold_s": None, "source": "board of May",
        "valid_from": since, "valid_to": None,
    }  # fmt: skip
    return TargetRow(**(fields | changes))  # type: ignore[arg-type]


def of_answer_rate(settings: Settings) -> dict[str, TargetRow]:
    return {one.target_id: one for one in settings.targets() if one.kpi_id == "answer_rate"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return open_settings(tmp_path / "v.duckdb")


def test_who_and_when_are_kept(settings: Settings, tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=1)
    settings.put_target(made(), " Ana ")
    kept = next(one for one in open_settings(tmp_path / "v.duckdb").decided() if one.target.target_id == "P-1")
    assert (kept.target, kept.author, kept.own) == (made(), "Ana", True)
    assert before <= kept.at <= datetime.now(UTC).replace(tzinfo=None)


def test_a_person_comes_before_the_seed_of_the_same_day(settings: Settings) -> None:
    settings.put_target(made("A-before-T01-in-order"), "Ana")
    assert set(of_answer_rate(settings)) == {"A-before-T01-in-order"}
    assert "T01" in {one.target.target_id for one in settings.decided()}, "the seed stays readable"


def test_the_seed_holds_again_when_the_person_s_ends(settings: Settings) -> None:
    settings.put_target(made(valid_to=date(2026, 3, 31)), "Ana")
    assert of_answer_rate(settings)["T01"].valid_from == date(2026, 4, 1)


def test_the_past_keeps_the_seed_it_had(settings: Settings) -> None:
    settings.put_target(made(since=date(2026, 5, 1)), "Ana")
    assert of_answer_rate(settings)["T01"].valid_from == date(2016, 1, 1)


def test_another_scope_or_role_leaves_the_seed_alone(settings: Settings) -> None:
    settings.put_target(made("P-1", scope_dim="channel", scope_value="phone"), "Ana")
    settings.put_target(made("P-2", role="benchmark"), "Ana")
    assert set(of_answer_rate(settings)) == {"T01", "P-1", "P-2"}


def test_an_import_does_not_win_over_a_person(settings: Settings, tmp_path: Path) -> None:
    settings.put_target(made(since=date(2026, 1, 1)), "Ana")
    with sqlite3.connect(tmp_path / "v.settings.sqlite") as con:
        con.execute(
            "INSERT INTO targets SELECT 'later', kpi_id, role, scope_dim, scope_value, op, 0.5, value_high, "
            "threshold_s, source, '2026-06-01', valid_to, 'import', changed_at FROM targets WHERE target_id = 'T01'"
        )
    con.close()
    assert "later" not in of_answer_rate(settings)


def test_ending_keeps_the_target_and_its_past(settings: Settings) -> None:
    settings.end_target("T01", date(2026, 6, 30), "Ana")
    ended = of_answer_rate(settings)["T01"]
    assert (ended.valid_from, ended.valid_to, ended.value_low) == (date(2016, 1, 1), date(2026, 6, 30), 0.9)


@pytest.mark.parametrize(
    "wrong",
    [
        made(low=None),
        made(op="between"),
        made(op="between", low=0.9, value_high=0.8),
        made(op="="),
        made(valid_to=date(2015, 12, 31)),
    ],
)
def test_a_target_that_cannot_hold_is_refused(settings: Settings, wrong: TargetRow) -> None:
    before = settings.decided()
    with pytest.raises(ValueError, match="P-1"):
        settings.put_target(wrong, "Ana")
    assert settings.decided() == before


@pytest.mark.parametrize("author", ["", "  ", "seed", "import"])
def test_nobody_decides_nothing(settings: Settings, author: str) -> None:
    with pytest.raises(ValueError, match="nobody"):
        settings.put_target(made(), author)


def test_a_target_that_does_not_exist_is_not_ended(settings: Settings) -> None:
    with pytest.raises(ValueError, match="no target 'X'"):
        settings.end_target("X", date(2026, 1, 1), "Ana")


def test_context_figures_are_no_targets(settings: Settings) -> None:
    labels = {figure.label for figure in context_figures()}
    assert len(labels) == 20
    assert not labels & {one.target.source for one in settings.decided()}
