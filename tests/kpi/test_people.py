"""Agents' time and costs: what is not known by day, by channel or of one person."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from kpi.errors import InvalidPeriod, UnknownDimension
from kpi.model import Grain, Status
from tests.data.tiny import Row, ask, at, store, values

MARCH = (datetime(2025, 2, 28, 23), datetime(2025, 3, 31, 22))
SPRING = (datetime(2025, 2, 28, 23), datetime(2025, 4, 30, 22))
TEAMS: list[Row] = [
    {"team_id": "A", "site": "Lyon", "organisation": "O1"},
    {"team_id": "B", "site": "Lille", "organisation": "O2"},
]


def day(agent_id: str, on: int = 3, team_id: str | None = "A", **more: Any) -> Row:
    row = {"agent_id": agent_id, "work_date": date(2025, 3, on), "team_id": team_id}
    row |= {"scheduled_s": 25_200, "absent_s": 0, "paid_s": 25_200, "logged_s": 24_000}
    return {**row, "available_s": 6_000, "handling_s": 12_000, **more}


def contact(name: str, channel: str = "phone", hours: float = 10, **more: Any) -> Row:
    row = {"interaction_id": name, "channel": channel, "direction": "inbound", "team_id": "A", "agent_id": "ann"}
    row |= {"offered_at": at(hours), "answered_at": at(hours), "ended_at": at(hours) + timedelta(seconds=100)}
    return {**row, "outcome": "answered", "talk_s": 100, "hold_s": 0, "wrap_s": 0, **more}


def cost(amount: float, channel: str | None = None, month: int = 3, **more: Any) -> Row:
    row = {"cost_id": f"{channel}{month}{amount}", "month": date(2025, month, 1), "organisation": "O1"}
    return {**row, "channel": channel, "amount_eur": amount, **more}


# Agents' time


def test_half_a_day_is_a_day_and_an_absence_is_none() -> None:
    con = store(agent_time=[day("ann"), day("ann", 4, logged_s=1), day("bob", logged_s=0), day("eve", 4)])
    found = ask(con, "agent_days_worked", grain=Grain.DAY, period=(datetime(2025, 3, 2, 23), datetime(2025, 3, 5, 23)))
    assert (found.total.value, found.total.n) == (3, 3)
    assert values(found) == {date(2025, 3, 3): 1, date(2025, 3, 4): 2, date(2025, 3, 5): 0}


def test_a_day_belongs_to_the_period_by_its_local_date_alone() -> None:
    con = store(agent_time=[day("ann", 2), day("ann", 3), day("ann", 4)])
    noon_to_noon = (datetime(2025, 3, 2, 11), datetime(2025, 3, 3, 11))
    assert ask(con, "agent_days_worked", period=noon_to_noon).total.value == 1


def test_time_shares_of_agents_who_did_not_work_are_not_a_division_by_zero() -> None:
    con = store(agent_time=[day("ann", scheduled_s=0, logged_s=0, paid_s=0, available_s=0, handling_s=0)])
    for kpi in ("absenteeism_rate", "occupancy_rate", "utilisation_rate", "shrinkage_rate"):
        figure = ask(con, kpi).total
        assert (figure.value, figure.n, figure.denominator) == (None, 1, 0.0)


@pytest.mark.parametrize("kpi", ["absenteeism_rate", "occupancy_rate", "utilisation_rate", "shrinkage_rate"])
def test_a_share_of_time_is_never_that_of_one_person_nor_of_four(kpi: str) -> None:
    con = store(
        teams=TEAMS, agent_time=[*(day(f"a{n}") for n in range(5)), *(day(f"b{n}", team_id="B") for n in range(4))]
    )
    with pytest.raises(UnknownDimension, match="never shown of one person"):
        ask(con, kpi, by=("agent_id",))
    found = ask(con, kpi, by=("team_id",))
    assert [(figure.keys[0], figure.n, figure.status) for figure in found.rows] == [
        ("A", 5, Status.OK),
        ("B", 4, Status.SUPPRESSED),
    ]


def test_absences_are_not_shown_by_day() -> None:
    with pytest.raises(InvalidPeriod, match="no series by day"):
        ask(store(agent_time=[day("ann")]), "absenteeism_rate", grain=Grain.DAY)


# Contacts of a day


def test_days_are_those_of_all_channels_whatever_the_channel_asked() -> None:
    contacts = [contact("1"), contact("2", "chat"), contact("3", "chat"), contact("4", team_id="B", agent_id="bob")]
    con = store(teams=TEAMS, agent_time=[day("ann"), day("ann", 4), day("bob", team_id="B")], interactions=contacts)
    asked = "contacts_per_agent_day"
    assert ask(con, asked).total.value == 4 / 3
    assert values(ask(con, asked, by=("channel",))) == {"chat": 2 / 3, "phone": 2 / 3}
    assert values(ask(con, asked, by=("team_id", "channel"))) == {
        ("A", "chat"): 1.0,
        ("A", "phone"): 0.5,
        ("B", "phone"): 1.0,
    }
    assert ask(con, asked, where={"channel": "chat"}).total.value == 2 / 3
    series = ask(con, asked, by=("channel",), grain=Grain.MONTH, period=MARCH)
    assert values(series) == {("chat", date(2025, 3, 1)): 2 / 3, ("phone", date(2025, 3, 1)): 2 / 3}


def test_a_day_without_contacts_is_zero_and_contacts_without_days_have_no_value() -> None:
    con = store(teams=TEAMS, agent_time=[day("ann")], interactions=[contact("1", team_id="B", agent_id="bob")])
    assert values(ask(con, "contacts_per_agent_day", by=("team_id",))) == {"A": 0.0, "B": None}


def test_contacts_in_progress_unanswered_outbound_or_without_an_agent_are_not_work_done() -> None:
    contacts = [
        contact("1"),
        contact("leg", parent_interaction_id="1"),
        contact("2", wrap_s=90_000),
        contact("3", outcome="abandoned", answered_at=None),
        contact("4", direction="outbound"),
        contact("5", agent_id=None),
    ]
    con = store(agent_time=[day("ann")], interactions=contacts)
    assert ask(con, "contacts_per_agent_day", as_of=at(20)).total.numerator == 2
    assert ask(con, "contacts_per_agent_day", as_of=at(200)).total.numerator == 3


# Costs


def test_shared_costs_follow_the_handling_time() -> None:
    contacts = [contact("1", talk_s=300), contact("2", "email"), contact("3", "click_to_talk", talk_s=200)]
    con = store(
        interactions=contacts, costs=[cost(60.0), cost(5.0, "phone"), cost(7.0, "email"), cost(1.0, "click_to_talk")]
    )
    figure = ask(con, "cost_per_call", period=MARCH).total
    assert (figure.numerator, figure.denominator, figure.value) == (5 + 1 + 60 * 5 / 6, 2, 28.0)
    assert ask(con, "cost_per_contact", period=MARCH).total.value == 73 / 3


def test_without_any_timed_contact_shared_costs_are_known_only_where_there_is_one_channel() -> None:
    costs = [cost(60.0), cost(6.0, "phone")]
    untimed = [contact("1", talk_s=None), contact("2", "click_to_talk", talk_s=None)]
    assert ask(store(interactions=untimed, costs=costs), "cost_per_call", period=MARCH).total.value == 33.0
    mixed = [*untimed, contact("3", "email", talk_s=None)]
    figure = ask(store(interactions=mixed, costs=costs), "cost_per_call", period=MARCH).total
    assert (figure.value, figure.numerator, figure.n) == (None, None, 2)


def test_part_of_a_month_has_no_cost() -> None:
    con = store(interactions=[contact("1")], costs=[cost(60.0)])
    found = ask(con, "cost_per_contact", period=(MARCH[0], MARCH[1] - timedelta(days=1)))
    assert (found.total.value, found.dark) == (None, "whole_months")
    with pytest.raises(InvalidPeriod, match="no series by week"):
        ask(con, "cost_per_contact", period=MARCH, grain=Grain.WEEK)


def test_each_month_and_organisation_has_its_own_costs_and_none_is_not_zero() -> None:
    contacts = [contact("1"), contact("2", hours=24 * 35), contact("3", team_id="B", hours=24 * 35)]
    costs = [cost(60.0), cost(30.0, month=4)]
    con = store(teams=TEAMS, interactions=contacts, costs=costs)
    found = ask(con, "cost_per_contact", period=SPRING, by=("organisation",), grain=Grain.MONTH)
    assert values(found) == {
        ("O1", date(2025, 3, 1)): 60.0,
        ("O1", date(2025, 4, 1)): 30.0,
        ("O2", date(2025, 3, 1)): None,
        ("O2", date(2025, 4, 1)): None,
    }
    assert found.total.value == 30.0
