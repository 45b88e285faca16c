"""The oracle of calls, costs and self-service on a few rows each, with answers worked out by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.kpi.oracle.figures import Question
from tests.kpi.oracle.known import World
from tests.kpi.test_oracle_calls import Answered, ask, frames
from tests.kpi.traps import Row

MONDAY, TUESDAY, NEXT_MONDAY = datetime(2025, 3, 2, 23), datetime(2025, 3, 3, 23), datetime(2025, 3, 9, 23)
"""Local midnights."""
NINE = MONDAY + timedelta(hours=9)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
HOURS = {
    "calendars": [{"calendar_id": "C"}],
    "calendar_hours": [
        {"calendar_id": "C", "weekday": day, "open_local": "08:00", "close_local": "19:00"} for day in range(1, 6)
    ],
    "teams": [{"team_id": "T1", "site": "Lyon", "organisation": "O1", "calendar_id": "C"}, {"team_id": "T2"}],
}


def asked(kpi: str, *contacts: Row, as_of: datetime = NEXT_MONDAY, **more: Any) -> Answered:
    """A KPI over the first Monday of March, as known a week later, of calls of team T1."""
    tables = {**HOURS, "interactions": list(contacts), **more.pop("tables", {})}
    question = Question(kpi, **{"as_of": as_of, "period": (MONDAY, TUESDAY), **more})
    return ask(World(frames(tables)), question)


def call(name: str, at: datetime = NINE, **more: Any) -> Row:
    return {
        "interaction_id": name,
        "channel": "phone",
        "direction": "inbound",
        "team_id": "T1",
        "offered_at": at,
        **more,
    }


def answered(name: str, at: datetime = NINE, wait_s: int = 0, **more: Any) -> Row:
    times = {"answered_at": at + wait_s * SECOND, "ended_at": at + HOUR, "talk_s": 60, "hold_s": 0, "wrap_s": 0}
    return call(name, at, **{"outcome": "answered", **times, **more})


def lost(name: str, wait_s: int, **more: Any) -> Row:
    return call(name, **{"outcome": "abandoned", "ended_at": NINE + wait_s * SECOND, **more})


# ---------------------------------------------------------------------------------------------- calls


def test_hanging_up_at_the_fifth_second_is_an_abandon_and_before_it_is_short() -> None:
    rows = [lost("at", 5), lost("before", 4), lost("ten", 10), lost("backwards", -1)]
    for limit, (long, short) in {5: (2, 1), 10: (1, 2), 11: (0, 3)}.items():
        params = {"short_abandon_s": limit}
        assert asked("calls_abandoned", *rows, params=params)[()]["n"] == long
        assert asked("calls_short_abandoned", *rows, params=params)[()] == {
            "value": short,
            "n": short,
            "n_invalid": 1,
            "n_missing": 0,
        }
        rate = asked("abandon_rate", *rows, params=params)[()]
        assert (rate["numerator"], rate["n"], rate["n_invalid"]) == (long, long, 1)
    assert asked("calls_offered", *rows)[()]["n"] == 4


def test_a_call_at_the_opening_second_is_in_hours_and_at_the_closing_second_is_not() -> None:
    at = {"opening": 8 * HOUR, "closing": 19 * HOUR, "before": 8 * HOUR - SECOND, "last": 19 * HOUR - SECOND}
    rows = [call(name, MONDAY + hour) for name, hour in at.items()]
    assert asked("calls_in_hours", *rows)[()]["n"] == 2
    assert asked("calls_received", *rows, by=("in_hours",))[False,]["n"] == 2
    assert asked("out_of_hours_share", *rows)[()]["value"] == 0.5


def test_a_call_still_in_wrap_up_is_not_handled_yet() -> None:
    row = answered("A", ended_at=NINE + 60 * SECOND, wrap_s=30)
    for seconds, handled in ((89, 0), (90, 1)):
        assert asked("calls_handled", row, as_of=NINE + seconds * SECOND)[()]["n"] == handled


def test_a_call_back_counts_once_made_and_only_if_it_counts() -> None:
    root = call("A", outcome="callback", ended_at=NINE + 60 * SECOND)
    back = answered("B", NINE + HOUR, 10, direction="outbound", parent_interaction_id="A", channel="sms")
    for late, made in ((HOUR, 0), (HOUR + 9 * SECOND, 0), (HOUR + 10 * SECOND, 1)):
        assert asked("handled_rate", root, back, as_of=NINE + late)[()]["numerator"] == made
    for wrong in ({"exclusion": "test"}, {"direction": "inbound"}, {"outcome": "abandoned"}):
        assert asked("handled_rate", root, {**back, **wrong})[()]["numerator"] == 0
    for outcome, handled in (("voicemail", 1), ("overflow", 0)):
        assert asked("handled_rate", {**root, "outcome": outcome}, back)[()]["numerator"] == handled


def test_a_transfer_of_a_transfer_is_time_of_the_first_contact() -> None:
    leg = answered("B", parent_interaction_id="A", wrap_s=5, team_id="T2")
    legs = [answered("A"), leg, {**leg, "interaction_id": "C", "parent_interaction_id": "B"}]
    assert asked("average_communication_time", *legs)[()]["sum"] == 180
    assert asked("average_after_call_work", *legs, by=("team_id",))["T1",]["sum"] == 10
    assert asked("transfer_rate", *legs)[()]["value"] == 1
    spam = [{**legs[0], "exclusion": "spam"}, *legs[1:]]
    assert asked("average_communication_time", *spam)[()]["n"] == 0
    by_agent = asked("average_communication_time", *spam, by=("agent_id",))
    assert by_agent[None,]["n"] == 2  # the work of agents is counted leg by leg


def test_a_contact_that_lacks_one_of_its_times_lacks_the_three() -> None:
    legs = [answered("A"), answered("B", wrap_s=None), answered("C", hold_s=None)]
    for kpi in ("average_communication_time", "average_after_call_work"):
        fields = asked(kpi, *legs)[()]
        assert (fields["n"], fields["n_missing"]) == (1, 2)


def test_a_call_that_nobody_has_taken_yet_waits_as_long_as_the_question_says() -> None:
    row = answered("A", wait_s=60)
    for seconds, waiting in ((0, 1), (59, 1), (60, 0)):
        as_of = NINE + seconds * SECOND
        found = asked("longest_wait", row, as_of=as_of, period=None)[()]
        assert found == {"value": seconds if waiting else 0, "n": waiting}
        assert asked("calls_waiting", row, as_of=as_of, period=None)[()]["n"] == waiting
    assert asked("calls_waiting", row, as_of=NINE - SECOND, period=None)[()]["n"] == 0


def test_the_announced_wait_needs_a_staff_a_recent_call_and_nobody_free() -> None:
    done = answered("A", ended_at=NINE + 60 * SECOND, talk_s=100)
    queue = [call("B", NINE + HOUR), call("C", NINE + HOUR)]
    for params, value in (
        ({"staffed_agents": 4}, 75),
        ({"staffed_agents": 4, "free_agents": 2}, 75),
        ({"staffed_agents": 4, "free_agents": 3}, 0),
        ({"staffed_agents": 0}, None),
        ({"staffed_agents": 4, "window_s": 3599}, None),
    ):
        fields = asked("estimated_wait_time", done, *queue, as_of=NINE + HOUR, period=None, params=params)[()]
        assert fields == {"value": value, "n": 2}


# ---------------------------------------------------------------------------------------------- contacts


def test_only_the_same_reason_within_seven_days_is_a_repeat() -> None:
    first = call("A", NINE - 7 * DAY, customer_id="K", request_type="bill")
    for change, repeats in (
        ({}, 1),
        ({"offered_at": NINE + SECOND}, 0),
        ({"request_type": None}, 0),
        ({"customer_id": None}, 0),
        ({"direction": "outbound"}, 0),
    ):
        fields = asked("repeat_contact_rate", first, {**first, "interaction_id": "B", "offered_at": NINE, **change})
        assert fields[()]["numerator"] == repeats
    nameless = [{**row, "request_type": None} for row in (first, {**first, "interaction_id": "B", "offered_at": NINE})]
    assert asked("repeat_contact_rate", *nameless)[()]["numerator"] == 1
    twins = [{**first, "interaction_id": name, "offered_at": NINE} for name in "BC"]
    assert asked("repeat_contact_rate", *twins)[()]["numerator"] == 0


def test_without_contacts_the_channels_are_those_of_the_requests() -> None:
    ticket = {"created_at": NINE, "status": "open", "channel": "email", "team_id": "T1", "initiated_by": "customer"}
    tickets = [{**ticket, "ticket_id": name} for name in "ABC"]
    tickets[2] |= {"channel": "phone"}
    tickets += [
        {**ticket, "ticket_id": "D", "initiated_by": "agent"},
        {**ticket, "ticket_id": "E", "exclusion": "spam"},
    ]
    found = asked("contact_channel_mix", tables={"tickets": tickets})
    assert {keys: fields["n"] for keys, fields in found.items()} == {(): 3, ("email",): 2, ("phone",): 1}
    assert asked("active_channels", tables={"tickets": tickets})[()] == {"value": 2, "n": 3}
    assert asked("contact_channel_mix", call("A"), tables={"tickets": tickets})[()]["n"] == 1


def test_the_half_hours_of_a_repeated_hour_are_not_mixed() -> None:
    first = datetime(2025, 10, 26, 0, 10)
    rows = [call("A", first), call("B", first + HOUR), call("C", first + HOUR + HOUR / 2)]
    period = (datetime(2025, 10, 25, 22), datetime(2025, 10, 26, 23))
    found = asked("calls_received", *rows, period=period, as_of=datetime(2025, 11, 1), grain="half_hour")
    assert {keys[0] - first for keys in found if keys} == {-10 * 60 * SECOND, HOUR - 600 * SECOND, 80 * 60 * SECOND}
    by_hour = asked("calls_received", *rows, period=period, as_of=datetime(2025, 11, 1), by=("hour",))
    assert by_hour[2,]["n"] == 3


# ---------------------------------------------------------------------------------------------- costs and time

MARCH = (datetime(2025, 2, 28, 23), datetime(2025, 3, 31, 22))


def _cost(amount: float, **more: Any) -> Row:
    return {"cost_id": f"X{amount}", "month": date(2025, 3, 1), "organisation": "O1", "amount_eur": amount, **more}


def test_costs_are_not_shared_without_the_time_that_would_share_them() -> None:
    costs = {"costs": [_cost(10), _cost(2, channel="phone"), _cost(1, channel="email")]}
    untimed = answered("A", talk_s=None)
    asks = {"tables": costs, "period": MARCH, "as_of": datetime(2025, 4, 5)}
    assert asked("cost_per_call", untimed, **asks)[()]["value"] == 12
    assert asked("cost_per_call", untimed, {**untimed, "interaction_id": "B", "channel": "email"}, **asks)[()] == {
        "value": None
    }
    both = [answered("A"), answered("B", talk_s=180, channel="email")]
    assert asked("cost_per_call", *both, **asks)[()]["value"] == pytest.approx(2 + 10 * 60 / 240)
    assert asked("cost_per_contact", *both, **asks)[()]["value"] == pytest.approx(13 / 2)


def test_costs_of_part_of_a_month_are_not_told() -> None:
    costs = {"costs": [_cost(10)]}
    for start, end in ((MONDAY, TUESDAY), (MARCH[0], NEXT_MONDAY), (MARCH[0] + HOUR, MARCH[1])):
        found = asked("cost_per_contact", answered("A"), tables=costs, period=(start, end))
        assert found == {(): {"value": None}}


def test_a_second_logged_is_a_day_worked_and_an_absence_is_not() -> None:
    none = dict.fromkeys(("scheduled_s", "absent_s", "paid_s", "logged_s", "available_s", "handling_s"), 0)
    days = [
        {**none, "agent_id": "A1", "work_date": date(2025, 3, 3), "logged_s": 1, "team_id": "T1"},
        {**none, "agent_id": "A2", "work_date": date(2025, 3, 3), "scheduled_s": 100, "absent_s": 100},
        {**none, "agent_id": "A1", "work_date": date(2025, 3, 4), "logged_s": 1},
    ]
    rows = [answered(name, agent_id="A1") for name in "AB"] + [answered("C")]
    tables = {"agent_time": days}
    assert asked("agent_days_worked", tables=tables)[()] == {"value": 1, "n": 1}
    assert asked("absenteeism_rate", tables=tables)[()]["value"] == 1
    assert asked("occupancy_rate", tables=tables)[()]["value"] is None
    assert asked("contacts_per_agent_day", *rows, tables=tables)[()]["value"] == 2
    by_channel = asked("contacts_per_agent_day", *rows, tables=tables, by=("channel",), filters={"channel": ("chat",)})
    assert by_channel[()]["denominator"] == 1
    assert by_channel[()]["numerator"] == 0


# ---------------------------------------------------------------------------------------------- self-service


def _session(**more: Any) -> Row:
    base = {"session_id": "H", "visitor_id": "V", "tool": "faq", "started_at": NINE, "customer_id": "K"}
    return {**base, "ended_at": NINE + HOUR, **more}


@pytest.mark.parametrize(
    ("after_s", "change", "escalated"),
    [
        (0, {}, 0),
        (1, {}, 1),
        (25 * 3600, {}, 1),
        (25 * 3600 + 1, {}, 0),
        (60, {"customer_id": "other"}, 0),
        (60, {"initiated_by": "agent"}, 0),
        (60, {"exclusion": "spam"}, 0),
        (60, {"merged_into_ticket_id": "Z"}, 0),
    ],
)
def test_a_request_within_a_day_of_the_visit_undoes_the_deflection(
    after_s: int, change: dict[str, Any], escalated: int
) -> None:
    ticket = {"ticket_id": "T", "status": "open", "channel": "email", "initiated_by": "customer", "customer_id": "K"}
    tickets = [{**ticket, "created_at": NINE + after_s * SECOND, **change}]
    tables = {"tickets": tickets, "self_service_sessions": [_session(resolved=True)]}
    assert asked("deflection_rate", tables=tables)[()]["n_escalated"] == escalated


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"resolved": True}, "deflected"),
        ({"found_at": NINE}, "deflected"),
        ({"found_at": NINE, "resolved": False}, "failed"),
        ({}, "failed"),
        ({"escalated_ticket_id": "T", "resolved": True}, "escalated"),
        ({"ended_at": None, "escalated_ticket_id": "T"}, "open"),
        ({"ended_at": NINE - SECOND}, "invalid"),
        ({"ended_at": NEXT_MONDAY - DAY}, "failed"),
        ({"ended_at": NEXT_MONDAY - DAY + SECOND}, "open"),
    ],
)
def test_a_visit_is_judged_a_day_after_its_end(change: dict[str, Any], kind: str) -> None:
    fields = asked("deflection_rate", tables={"self_service_sessions": [_session(**change)]})[()]
    found = {
        "deflected": fields["numerator"],
        **{k: fields[f"n_{k}"] for k in ("failed", "escalated", "open", "invalid")},
    }
    assert {name for name, n in found.items() if n} == {kind}
    assert fields["n"] == (kind in ("deflected", "failed"))


def test_what_a_visit_finds_later_is_not_known_yet() -> None:
    tables = {"self_service_sessions": [_session(found_at=NINE + HOUR)]}
    for as_of, found, ended in ((NINE, 0, 0), (NINE + HOUR - SECOND, 0, 0), (NINE + HOUR, 1, 1)):
        assert asked("self_service_time_to_find", tables=tables, as_of=as_of)[()]["n"] == found
        rate = asked("self_service_success_rate", tables=tables, as_of=as_of)[()]
        assert (rate["numerator"], rate["n"]) == (found, ended)
    backwards = {"self_service_sessions": [_session(found_at=NINE - SECOND)]}
    assert asked("self_service_time_to_find", tables=backwards)[()]["n_invalid"] == 1
