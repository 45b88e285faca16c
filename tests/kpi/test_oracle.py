"""Every KPI against the oracle: the same figures, computed again from the raw tables and the cards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from dashboard.cli import verify
from kpi.engines import ConnectionEngine, DuckDBEngine, Engine
from tests.kpi import questions, traps
from tests.kpi.comparing import answered, differences, raw_tables, targets_of
from tests.kpi.oracle import KPIS, Fields, Keys, Question, World, known_at

SEEDS = range(2)
SLA_DEMO = Question("sla_resolution_rate", questions.NOW, questions.LAST_30_DAYS, ("team_id",), None)


class Centre(NamedTuple):
    """A store seen by the oracle (raw tables) and by the kpi room (engine)."""

    world: World
    engine: Engine
    targets: questions.Targets


def _centre(path: Path) -> Centre:
    with duckdb.connect(str(path), read_only=True) as con:
        tables = raw_tables(con)
    return Centre(World(tables), DuckDBEngine(path), targets_of(tables))


@pytest.fixture(scope="module")
def demo(demo_store: Path) -> Centre:
    return _centre(demo_store)


@pytest.fixture(scope="module")
def small_demo(small_demo_store: Path) -> Centre:
    return _centre(small_demo_store)


def wrong(centre: Centre, asked: Iterable[Question]) -> list[str]:
    """The questions that the kpi room answers otherwise than the oracle, with what differs."""
    found = ((question, differences(centre.world, centre.engine, question)) for question in asked)
    return [f"{plain(question)}: {'; '.join(parts[:6])}" for question, parts in found if parts]


def plain(question: Question) -> dict[str, Any]:
    return {name: value for name, value in question.__dict__.items() if value and name != "targets"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_small_centre_full_of_traps_is_counted_as_the_cards_say(seed: int) -> None:
    with duckdb.connect() as con:
        verify.load(con, traps.tables(seed), "Europe/Paris")
        centre = Centre(World(raw_tables(con)), ConnectionEngine(con), targets_of(raw_tables(con)))
        assert wrong(centre, questions.questions(seed, centre.targets)) == []


# The demo centre is large: every third KPI here, all of them on the small centres.
@pytest.mark.parametrize("kpi", [kpi for kpi in KPIS if kpi not in questions.SLA][::3])
def test_two_years_of_a_centre_are_counted_as_the_card_says(kpi: str, demo: Centre) -> None:
    assert wrong(demo, questions.demo_questions(kpi, demo.world, demo.targets)) == []


@pytest.mark.parametrize("kpi", questions.SLA)
def test_commitments_of_a_centre_are_judged_as_the_rules_say(kpi: str, small_demo: Centre) -> None:
    assert wrong(small_demo, questions.demo_questions(kpi, small_demo.world, small_demo.targets)) == []


def test_commitments_of_sixty_thousand_tickets_are_judged_as_the_rules_say(demo: Centre) -> None:
    assert differences(demo.world, demo.engine, SLA_DEMO) == []


# ---------------------------------------------------------------------------------------------- once wrong

MONDAY, TUESDAY = datetime(2025, 3, 2, 23), datetime(2025, 3, 3, 23)
"""Local midnights."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ticket(name: str, created: datetime, **more: Any) -> traps.Row:
    return {"ticket_id": name, "created_at": created, "channel": "email", "status": "open", "team_id": "T1", **more}


def asked(question: Question, **tables: list[traps.Row]) -> dict[Keys, Fields]:
    """The kpi room's answer on a few rows."""
    hours = {name: traps.tables(0)[name] for name in ("calendars", "calendar_hours", "teams")}
    with duckdb.connect() as con:
        verify.load(con, {**hours, **tables}, "Europe/Paris")
        return answered(ConnectionEngine(con), question)


@pytest.mark.parametrize("dimension", ["hour", "weekday"])
def test_first_responses_split_by_hour_do_not_ask_the_hour_of_those_that_wait(dimension: str) -> None:
    rows = [ticket("K1", MONDAY, first_response_at=MONDAY + 9 * HOUR), ticket("K2", MONDAY)]
    figures = asked(Question("frt_mean", TUESDAY, (MONDAY, TUESDAY), (dimension,)), tickets=rows)
    assert figures[9 if dimension == "hour" else 1,]["value"] == 9 * 3600


@pytest.mark.parametrize("kpi", ["ticket_backlog", "backlog_age_median", "backlog_age_distribution"])
def test_a_day_that_ends_at_the_very_instant_of_the_question_leaves_out_what_comes_then(kpi: str) -> None:
    rows = [ticket("K1", MONDAY + HOUR), ticket("K2", TUESDAY)]
    figures = asked(Question(kpi, TUESDAY, (MONDAY, TUESDAY), grain="day"), tickets=rows)
    assert sum(fields["n"] for keys, fields in figures.items() if keys) == 1


def test_a_contact_months_later_does_not_undo_a_resolution_at_the_first_contact() -> None:
    rows = [ticket("K1", MONDAY, status="solved", resolved_at=MONDAY + HOUR)]
    late = {"interaction_id": "L1", "ticket_id": "K1", "channel": "email", "direction": "inbound"}
    question = Question("fcr_rate", MONDAY + 90 * DAY, (MONDAY, TUESDAY))
    for contacts in ([], [{**late, "offered_at": MONDAY + 60 * DAY}]):
        assert asked(question, tickets=rows, interactions=contacts)[()]["value"] == 1


def test_an_invitation_whose_first_question_is_excluded_is_still_an_invitation() -> None:
    row = {"survey_id": "S1", "survey_type": "csat", "sent_at": MONDAY, "scale_min": 1, "scale_max": 5}
    rows = [
        {**row, "item": "a", "higher_is_better": True, "exclusion": "test", "responded_at": MONDAY + HOUR},
        {**row, "item": "b", "higher_is_better": True},
    ]
    figures = asked(Question("survey_response_rate", MONDAY + 30 * DAY, (MONDAY, TUESDAY)), surveys=rows)
    assert (figures[()]["numerator"], figures[()]["n"]) == (0, 1)


def test_a_ticket_dated_resolved_before_its_creation_is_invalid_and_unknown_until_created() -> None:
    rows = [ticket("K1", TUESDAY + HOUR, status="solved", resolved_at=MONDAY + HOUR)]
    for as_of, n_invalid in ((TUESDAY, 0), (TUESDAY + DAY, 1)):
        for kpi in ("resolution_time_mean", "resolution_time_median"):
            assert asked(Question(kpi, as_of, (MONDAY, TUESDAY)), tickets=rows)[()]["n_invalid"] == n_invalid
    figures = asked(Question("fcr_rate", MONDAY + 30 * DAY, (MONDAY, TUESDAY + DAY)), tickets=rows)
    assert (figures[()]["n"], figures[()]["n_invalid"]) == (0, 1)


def test_a_call_picked_up_before_it_was_offered_is_not_answered_in_time() -> None:
    call = {"interaction_id": "L1", "channel": "phone", "direction": "inbound", "team_id": "T1"}
    rows = [{**call, "offered_at": MONDAY + 9 * HOUR, "answered_at": MONDAY + 8 * HOUR}]
    figures = asked(Question("service_level", TUESDAY, (MONDAY, TUESDAY)), interactions=rows)
    assert (figures[()]["n"], figures[()]["n_invalid"]) == (0, 1)


def test_without_imported_opening_hours_calls_count_at_every_hour() -> None:
    call = {"interaction_id": "L1", "channel": "phone", "direction": "inbound", "team_id": "T1", "outcome": "answered"}
    rows = [{**call, "offered_at": MONDAY, "answered_at": MONDAY, "ended_at": MONDAY + HOUR}]
    question = Question("service_level", TUESDAY, (MONDAY, TUESDAY))
    assert asked(question, interactions=rows)[()]["n"] == 0
    for missing in ({"calendar_hours": []}, {"calendar_hours": [], "calendars": []}):
        assert asked(question, interactions=rows, **missing)[()]["n"] == 1


def test_a_ticket_reopened_in_the_second_of_its_resolution_is_not_a_reopening_after_it() -> None:
    event = {"ticket_id": "K1", "event_at": MONDAY + HOUR, "event_type": "status", "actor": "agent"}
    events = [
        {**event, "event_id": "E1", "seq": 0, "from_value": "open", "to_value": "solved"},
        {**event, "event_id": "E2", "seq": 1, "from_value": "solved", "to_value": "open"},
    ]
    question = Question("reopen_rate", MONDAY + 30 * DAY, (MONDAY, TUESDAY))
    figures = asked(question, tickets=[ticket("K1", MONDAY)], ticket_events=events)
    assert (figures[()]["numerator"], figures[()]["n"]) == (0, 1)


# ---------------------------------------------------------------------------------------------- the oracle itself


def test_the_oracle_knows_nothing_of_the_future() -> None:
    with duckdb.connect() as con:
        verify.load(con, traps.tables(3), "Europe/Paris")
        tables = raw_tables(con)
    t: datetime = traps.instants(3)["middle"]
    known = known_at(tables, t)
    assert (known["tickets"].created_at <= t).all()
    assert (known["history"].event_at <= t).all()
    assert not (known["interactions"].answered_at > t).any()
    assert not (known["surveys"].responded_at > t).any()
    assert len(known["tickets"]) < len(tables["tickets"])


def test_the_oracle_asks_of_every_kpi_of_the_catalogue() -> None:
    assert set(KPIS) == set(questions.DIMENSIONS)
