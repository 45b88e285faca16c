"""Target attainment: what is judged, by which target, and how surely."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from kpi.answer import answer, sql
from kpi.attainment import verdict
from kpi.engines import ConnectionEngine
from kpi.errors import UnknownDimension
from kpi.model import Answer, Figure, Filter, Grain, Period, Query, Status, Target
from tests.data.tiny import Row, at, store

KPI = "target_attainment_rate"
WEEK = Period(at(-1), at(24 * 7 - 1))
TEAMS: list[Row] = [
    {"team_id": "A", "site": "Lyon", "organisation": "O1"},
    {"team_id": "B", "site": "Lyon", "organisation": "O1"},
    {"team_id": "C", "site": "Lille", "organisation": "O2"},
]


def target(kpi_id: str, low: float | None = None, high: float | None = None, **more: Any) -> Target:
    fields: dict[str, Any] = {"target_id": kpi_id, "role": "target", "scope_dim": None, "scope_value": None}
    fields |= {"op": ">=" if high is None else "<=", "threshold_s": None, "source": "us"}
    fields |= {"valid_from": date(2016, 1, 1), "valid_to": None, **more}
    return Target(kpi_id=kpi_id, value_low=low, value_high=high, **fields)


def calls(team_id: str, answered: int, lost: int, hours: float = 10, wait_s: int = 10) -> list[Row]:
    """Calls that were answered after a wait, and calls that were given up after a minute."""
    rows = []
    for n in range(answered + lost):
        came = at(hours) + timedelta(minutes=n)
        row: Row = {"interaction_id": f"{team_id}{hours}-{n}", "team_id": team_id, "channel": "phone"}
        row |= {"direction": "inbound", "offered_at": came, "talk_s": 60, "hold_s": 0, "wrap_s": 0}
        left = came + timedelta(seconds=wait_s)
        if n < answered:
            row |= {"outcome": "answered", "answered_at": left, "ended_at": left + timedelta(seconds=60)}
        else:
            row |= {"outcome": "abandoned", "ended_at": came + timedelta(seconds=60)}
        rows.append(row)
    return rows


def asked(interactions: list[Row], *targets: Target, period: Period = WEEK, **more: Any) -> Answer:
    con = store(teams=TEAMS, interactions=interactions)
    query = Query((KPI,), period, at(24 * 400), targets=targets, **more)
    return answer(query, ConnectionEngine(con))[KPI]


def verdicts(found: Answer) -> dict[Any, Any]:
    return {figure.keys[0]: figure.as_dict()["value"] for figure in found.rows}


# One figure


@pytest.mark.parametrize(
    ("value", "n", "interval", "expected"),
    [
        (0.92, 500, (0.91, 0.94), "met_clear"),
        (0.9, 500, (0.9, 0.94), "met_clear"),
        (0.92, 500, (0.89, 0.94), "met_uncertain"),
        (0.89, 500, (0.87, 0.9), "missed_uncertain"),
        (0.8, 500, (0.77, 0.83), "missed_clear"),
        (0.8, 500, None, "missed_clear"),
        (0.95, 500, (None, 0.97), "met_uncertain"),
        (0.99, 29, (0.98, 1.0), "insufficient"),
        (0.99, 30, (0.98, 1.0), "met_clear"),
        (None, 0, None, "insufficient"),
    ],
)
def test_a_verdict_is_clear_only_when_the_whole_interval_says_so(
    value: float | None, n: int, interval: tuple[float | None, float | None] | None, expected: str
) -> None:
    assert verdict(Figure(value=value, n=n, ci=interval), target("answer_rate", 0.9), 30) == expected


# Which are judged


def test_a_kpi_without_data_is_neither_met_nor_missed() -> None:
    found = asked(calls("A", 40, 0), target("answer_rate", 0.5), target("csat_rate", 0.8), target("frt_median", 0, 60))
    assert verdicts(found) == {"answer_rate": "met_clear", "csat_rate": "insufficient", "frt_median": "insufficient"}
    assert (found.total.value, found.total.numerator, found.total.denominator) == (1.0, 1, 1)


def test_lines_that_are_not_targets_and_targets_of_another_time_are_not_judged() -> None:
    others = [target("answer_rate", 0.99, role=role, target_id=role) for role in ("norm", "benchmark", "tolerance")]
    over = target("handled_rate", 0.99, valid_to=date(2025, 3, 8))
    found = asked(calls("A", 40, 0), *others, over, target("attic_rate", 1.0), target(KPI, 1.0))
    assert (found.total.value, found.rows) == (None, ())
    assert found.total.status is Status.NO_DATA


def test_nothing_to_judge_by_is_said_to_be_missing() -> None:
    assert asked(calls("A", 40, 0)).needs == ("targets",)


def test_the_service_level_is_counted_with_the_threshold_of_its_target() -> None:
    slow = calls("A", 40, 0, wait_s=45)
    assert verdicts(asked(slow, target("service_level", 0.8, threshold_s=60))) == {"service_level": "met_clear"}
    assert verdicts(asked(slow, target("service_level", 0.8, threshold_s=20))) == {"service_level": "missed_clear"}


def test_the_least_number_of_cases_can_be_asked() -> None:
    found = asked(calls("A", 20, 0), target("answer_rate", 0.5), params=(("min_n", 10),))
    assert verdicts(found) == {"answer_rate": "met_clear"}


# Teams, organisations, months


def test_each_team_is_judged_by_the_target_of_the_narrowest_scope_it_is_in() -> None:
    targets = [
        target("answer_rate", 0.99, target_id="all"),
        target("answer_rate", 0.5, target_id="O1", scope_dim="organisation", scope_value="O1"),
        target("answer_rate", 0.6, target_id="A", scope_dim="team_id", scope_value="A"),
    ]
    contacts = [*calls("A", 55, 45), *calls("B", 55, 45), *calls("C", 98, 2)]
    found = asked(contacts, *targets, by=("team_id",))
    judged = {figure.keys[0]: (figure.value, figure.extra) for figure in found.rows}
    assert judged == {
        "A": (0.0, {"answer_rate": "missed_uncertain"}),
        "B": (1.0, {"answer_rate": "met_uncertain"}),
        "C": (0.0, {"answer_rate": "missed_uncertain"}),
    }
    assert (found.total.value, found.total.extra) == (0.0, {"answer_rate": "missed_clear"})


def test_a_team_alone_is_judged_as_it_is_among_the_others() -> None:
    targets = [
        target("answer_rate", 0.99),
        target("answer_rate", 0.4, target_id="L", scope_dim="site", scope_value="Lyon"),
    ]
    found = asked(calls("A", 55, 45), *targets, filters=(Filter("team_id", ("A",)),))
    assert verdicts(found) == {"answer_rate": "met_clear"}


def test_a_kpi_that_is_not_known_by_team_is_left_out() -> None:
    targets = (target("answer_rate", 0.5), target("data_freshness", None, 1e9))
    found = asked(calls("A", 40, 0), *targets, by=("team_id",))
    assert [dict(figure.extra) for figure in found.rows] == [{"answer_rate": "met_clear"}]
    assert set(verdicts(asked(calls("A", 40, 0), *targets))) == {"answer_rate", "data_freshness"}


def test_the_age_of_the_data_is_not_judged_as_of_their_own_end() -> None:
    con = store(teams=TEAMS, interactions=calls("A", 40, 0))
    query = Query((KPI,), WEEK, targets=(target("answer_rate", 0.5), target("data_freshness", None, 1e9)))
    assert set(verdicts(answer(query, ConnectionEngine(con))[KPI])) == {"answer_rate"}


def test_a_month_is_judged_by_the_targets_of_its_last_day() -> None:
    lax = target("answer_rate", 0.1, target_id="lax")
    strict = target("answer_rate", 0.9, target_id="strict", valid_from=date(2025, 4, 15))
    contacts = [*calls("A", 50, 50), *calls("A", 50, 50, hours=24 * 31 + 10)]
    year = Period(at(24 * -2 - 1), at(24 * 59 - 2))
    found = asked(contacts, lax, strict, period=year, grain=Grain.MONTH)
    assert [(figure.keys[0], figure.extra) for figure in found.rows] == [
        (date(2025, 3, 1), {"answer_rate": "met_clear"}),
        (date(2025, 4, 1), {"answer_rate": "missed_clear"}),
    ]


def test_other_dimensions_are_refused() -> None:
    with pytest.raises(UnknownDimension, match="organisation, team_id"):
        asked(calls("A", 40, 0), target("answer_rate", 0.5), by=("channel",))


def test_the_sql_shown_is_that_of_the_kpis_judged() -> None:
    con = store(teams=TEAMS, interactions=calls("A", 40, 0))
    query = Query((KPI,), WEEK, at(24 * 400), targets=(target("answer_rate", 0.5), target("csat_rate", 0.8)))
    assert "interaction_facts" in sql(query, KPI, ConnectionEngine(con))
