"""Work on requests: contacts, handling, open days and commitments of what is open, by hand and as of the past."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.cli.tables import instant
from kpi import examples
from kpi.answer import answer
from kpi.engines import DuckDBEngine
from kpi.errors import UnknownParameter
from kpi.model import Grain, Query
from tests.data.tiny import Row, ask, at, rows, store, values


def ticket(ticket_id: str = "T", created: float = 8, **more: object) -> Row:
    row = {"ticket_id": ticket_id, "created_at": at(created), "channel": "email", "status": "open"}
    return {**row, "team_id": "A", **more}


def status(hours: float, before: str, after: str, ticket_id: str = "T") -> Row:
    row = {"event_id": f"{ticket_id}{hours}", "ticket_id": ticket_id, "event_at": at(hours), "event_type": "status"}
    return {**row, "actor": "agent", "from_value": before, "to_value": after}


def contact(name: str, hours: float, ticket_id: str | None = "T", **more: object) -> Row:
    """A call of an hour, 10 minutes of which are after-call work."""
    row = {"interaction_id": name, "ticket_id": ticket_id, "channel": "phone", "direction": "inbound"}
    row |= {"offered_at": at(hours), "answered_at": at(hours), "ended_at": at(hours + 50 / 60), "outcome": "answered"}
    return {**row, "talk_s": 2400, "hold_s": 600, "wrap_s": 600, **more}


# Contacts up to a resolution


def contacts(**tables: list[Row]) -> list[int | None]:
    found = rows(store(**tables), "SELECT contacts FROM ticket_resolutions ORDER BY ticket_id, resolution_no")
    return [row["contacts"] for row in found]


def test_contacts_after_the_resolution_transfers_and_courtesies_are_not_what_it_took() -> None:
    calls = [
        contact("A", 8),
        contact("B", 9, parent_interaction_id="A"),
        contact("C", 10, direction="outbound"),
        contact("D", 11, exclusion="courtesy"),
        contact("E", 12),
        contact("F", 12.5),
    ]
    assert contacts(tickets=[ticket(resolved_at=at(12))], interactions=calls) == [2]


def test_a_reopened_request_took_the_contacts_of_all_its_lives() -> None:
    history = [status(10, "open", "solved"), status(20, "solved", "open"), status(30, "open", "solved")]
    calls = [contact("A", 8), contact("B", 19), contact("C", 29)]
    assert contacts(tickets=[ticket()], ticket_events=history, interactions=calls) == [1, 3]


@pytest.mark.parametrize(("counted", "expected"), [(3, 3), (0, None), (None, None)])
def test_the_count_of_the_source_wins_and_no_contact_is_missing(counted: int | None, expected: int | None) -> None:
    assert contacts(tickets=[ticket(resolved_at=at(9), contact_count=counted)]) == [expected]


def test_contacts_of_merged_tickets_are_those_of_the_survivor() -> None:
    tickets = [
        ticket("A", merged_into_ticket_id="B"),
        ticket("B", merged_into_ticket_id="C"),
        ticket("C", resolved_at=at(20)),
        ticket("L1", merged_into_ticket_id="L2"),
        ticket("L2", merged_into_ticket_id="L1"),
    ]
    calls = [contact("1", 9, "A"), contact("2", 10, "B"), contact("3", 11, "C"), contact("4", 12, "L1")]
    con = store(tickets=tickets, interactions=calls)
    assert rows(con, "SELECT ticket_id, contacts FROM ticket_resolutions") == [{"ticket_id": "C", "contacts": 3}]
    assert ask(con, "handling_time_per_request").total.value == 3 * 3600


# Handling of a request


def handled(hours: float, **tables: list[Row]) -> tuple[float | None, int, int]:
    """Mean handling time, requests timed, requests missing, as known at an hour."""
    figure = ask(store(**tables), "handling_time_per_request", as_of=at(hours)).total
    return figure.value, figure.n, figure.n_missing


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (9.5, (None, 0, 0)),
        (10, (3600, 1, 0)),
        (19.9, (3600, 1, 0)),
        (20.5, (None, 0, 1)),
        (20.9, (None, 0, 1)),
        (21, (7200, 1, 0)),
        (29, (7200, 1, 0)),
        (30, (None, 0, 0)),
        (35, (None, 0, 0)),
        (40, (10800, 1, 0)),
    ],
)
def test_handling_is_what_was_known_then(hours: float, expected: tuple[float | None, int, int]) -> None:
    """Resolved at 10, called about at 20, reopened at 30, called about at 32, resolved again at 40."""
    history = [status(10, "open", "solved"), status(30, "solved", "open"), status(40, "open", "solved")]
    calls = [contact("A", 8), contact("B", 20), contact("C", 32), contact("later", 100, "U")]
    tables = {"tickets": [ticket(), ticket("U", 99)], "ticket_events": history, "interactions": calls}
    assert handled(hours, **tables) == expected


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([contact("A", 8, None)], (None, 0, 1)),
        ([contact("A", 8, talk_s=None)], (None, 0, 1)),
        ([contact("A", 8, ended_at=None)], (None, 0, 1)),
        ([contact("A", 8), contact("B", 9, wrap_s=None)], (None, 0, 1)),
        ([contact("A", 8), contact("B", 9, outcome="abandoned", answered_at=None, talk_s=None)], (3600, 1, 0)),
        ([contact("A", 8), contact("B", 9, exclusion="test", talk_s=None)], (3600, 1, 0)),
        ([contact("A", 8), contact("B", 9, parent_interaction_id="A")], (7200, 1, 0)),
        ([contact("A", 8), contact("B", 9, direction="outbound")], (7200, 1, 0)),
        ([contact("A", 8, talk_s=0, hold_s=0, wrap_s=0)], (0, 1, 0)),
    ],
)
def test_a_request_with_an_untimed_contact_or_none_is_missing_not_zero(
    calls: list[Row], expected: tuple[float | None, int, int]
) -> None:
    assert handled(200, tickets=[ticket(resolved_at=at(12))], interactions=calls) == expected


def test_a_contact_finished_after_the_resolution_moves_no_figure_of_another_request() -> None:
    tickets = [ticket("A", resolved_at=at(9)), ticket("B", resolved_at=at(9.1))]
    con = store(tickets=tickets, interactions=[contact("1", 8.5, "A"), contact("2", 8, "B")])
    stretches = rows(con, "SELECT ticket_id, from_at, handle_s FROM ticket_handling ORDER BY ticket_id, from_at")
    assert [(row["ticket_id"], row["from_at"], row["handle_s"]) for row in stretches] == [
        ("A", at(9), None),
        ("A", at(9.5), 3600),
        ("B", at(9.1), 3600),
    ]


def test_what_is_dated_before_the_creation_is_resolved_once() -> None:
    history = [status(6, "open", "solved"), status(7, "solved", "open"), status(7.5, "open", "solved")]
    con = store(tickets=[ticket()], ticket_events=history, interactions=[contact("A", 7)])
    stretches = rows(con, "SELECT from_at, handle_s FROM ticket_handling")
    assert stretches == [{"from_at": at(8), "handle_s": 3600}]
    assert ask(con, "handling_time_per_request", as_of=at(7.8)).total.n == 0


def test_a_cost_needs_the_hourly_cost_of_the_team() -> None:
    teams = [{"team_id": "A", "hourly_cost_eur": 30.0}, {"team_id": "B"}]
    tickets = [
        ticket("1", resolved_at=at(9)),
        ticket("2", resolved_at=at(9), team_id="B"),
        ticket("3", resolved_at=at(9)),
    ]
    con = store(teams=teams, tickets=tickets, interactions=[contact("1", 8, "1"), contact("2", 8, "2")])
    figure = ask(con, "handling_cost_per_request", as_of=at(200)).total
    assert (figure.value, figure.n, figure.n_missing) == (30.0, 1, 1)


# Days that are worked


def calendar(calendar_id: str, days: range, opening: str = "08:00", closing: str = "18:00") -> list[Row]:
    return [{"calendar_id": calendar_id, "weekday": day, "open_local": opening, "close_local": closing} for day in days]


def test_open_days_leave_out_holidays_and_count_a_night_once_and_a_day_that_never_closes_each_time() -> None:
    con = store(
        calendars=[{"calendar_id": name} for name in ("OFFICE", "NIGHT")]
        + [{"calendar_id": "ALWAYS", "holiday_set": "NONE"}],
        calendar_hours=calendar("OFFICE", range(1, 6))
        + calendar("NIGHT", range(1, 2), "22:00", "06:00")
        + calendar("ALWAYS", range(1, 8), "00:00", "00:00"),
        calendar_exceptions=[{"calendar_id": "OFFICE", "on_date": date(2025, 4, 22)}],
        tickets=[ticket(created=24 * 40), ticket("last", created=24 * 60)],
    )
    found = rows(
        con,
        "SELECT calendar_id, list(open_on ORDER BY open_on) AS days FROM open_days "
        "WHERE open_on BETWEEN '2025-04-18' AND '2025-04-28' GROUP BY 1",
    )
    days = {row["calendar_id"]: [day.day for day in row["days"]] for row in found}
    assert days["OFFICE"] == [18, 23, 24, 25, 28]  # Easter Monday is the 21st, the 22nd is an exception
    assert days["NIGHT"] == [28]
    assert days["ALWAYS"] == list(range(18, 29))


def resolved_each_day(team_id: str | None, days: int) -> list[Row]:
    """One ticket resolved at noon of each day from 3 March on, and two that stay open."""
    done = [
        ticket(f"{team_id}{day}", created=-240, team_id=team_id, resolved_at=at(24 * day + 12)) for day in range(days)
    ]
    return [*done, ticket(f"{team_id}X", team_id=team_id), ticket(f"{team_id}Y", team_id=team_id)]


CENTRE: dict[str, list[Row]] = {
    "calendars": [{"calendar_id": "FIVE"}, {"calendar_id": "SEVEN", "holiday_set": "NONE"}],
    "calendar_hours": calendar("FIVE", range(1, 6)) + calendar("SEVEN", range(1, 8)),
    "teams": [
        {"team_id": "A", "calendar_id": "FIVE"},
        {"team_id": "B", "calendar_id": "SEVEN"},
        {"team_id": "C", "calendar_id": None},
        {"team_id": "D", "calendar_id": "FIVE"},
    ],
}


def test_the_pace_is_that_of_the_days_on_which_each_team_is_open() -> None:
    """Monday 10 March, three open days back: Wednesday to Friday, or Friday to Sunday where it opens on Sundays."""
    tickets = [row for team in ("A", "B", "C", None) for row in resolved_each_day(team, 8)]
    only_on_sunday = [ticket("S", created=-240, resolved_at=at(24 * 6 + 12))]
    con = store(**CENTRE, tickets=[*tickets, *only_on_sunday])
    found = ask(con, "backlog_days_of_work", as_of=at(24 * 7 + 11.5), by=("team_id",), open_days=3)
    assert values(found) == {"A": 3.0, "B": 3.0, "C": 3.0, None: 3.0}  # two open, and that of the day itself
    assert {figure.keys[0]: figure.n for figure in found.rows} == {"A": 3, "B": 3, "C": 3, None: 3}
    assert (found.total.n, found.total.numerator, found.total.denominator) == (12, 12, 4.0)


def test_without_opening_hours_every_day_is_worked_and_without_resolution_there_is_no_pace() -> None:
    con = store(tickets=resolved_each_day("A", 8))
    assert ask(con, "backlog_days_of_work", as_of=at(24 * 7 + 11.5), open_days=2).total.value == 3.0
    figure = ask(store(tickets=[ticket()]), "backlog_days_of_work", as_of=at(100)).total
    assert (figure.value, figure.n, figure.numerator) == (None, 0, 1)


def test_the_pace_of_a_past_week_is_that_of_its_own_days() -> None:
    con = store(**CENTRE, tickets=resolved_each_day("A", 8))
    midnight = datetime(2025, 3, 5, 23)  # Thursday 6 March in Paris
    asked = ask(con, "backlog_days_of_work", as_of=midnight, open_days=3).total
    closed = ask(con, "backlog_days_of_work", period=(at(0), midnight), open_days=3).total
    assert asked == closed
    assert (asked.n, asked.numerator) == (3, 2 + 5)


def test_no_days_is_no_pace() -> None:
    with pytest.raises(UnknownParameter, match="1 or more"):
        ask(store(tickets=[ticket()]), "backlog_days_of_work", open_days=0)


# What is open


def example(name: str) -> tuple[dict[str, list[Row]], datetime]:
    found = examples.load(name)
    return found["tables"], instant(found["call"]["as_of"])


def test_the_backlog_by_state_of_its_commitment() -> None:
    tables, as_of = example("sla_at_risk")
    con = store(**tables)
    found = ask(con, "ticket_backlog", as_of=as_of, by=("sla_state",))
    assert values(found) == {"on_track": 1, "at_risk": 1, "breached_open": 1, "paused": 1}
    assert [figure.keys[0] for figure in found.rows] == ["on_track", "at_risk", "breached_open", "paused"]
    earlier = ask(con, "ticket_backlog", as_of=datetime(2025, 3, 7, 16), by=("sla_state",))
    assert values(earlier) == {"on_track": 3, "paused": 1}
    assert ask(con, "ticket_backlog", as_of=as_of, where={"sla_state": "at_risk"}).total.value == 1


def test_a_ticket_without_a_commitment_has_no_state() -> None:
    found = ask(store(tickets=[ticket()]), "ticket_backlog", as_of=at(100), by=("sla_state",))
    assert values(found) == {None: 1}


def test_the_backlog_at_risk_is_the_tickets_at_risk_at_any_instant(small_demo_store: Path) -> None:
    engine = DuckDBEngine(small_demo_store)
    counts = []
    for days in (1, 3, 40, 100, 200, 300, 400):
        as_of = engine.data_until() - timedelta(days=days, hours=days % 9)
        query = Query(("ticket_backlog", "sla_at_risk"), as_of=as_of)
        states = answer(query.with_(kpis=("ticket_backlog",), by=("sla_state",)), engine)["ticket_backlog"]
        counts.append(sum(figure.n for figure in states.rows if figure.keys == ("at_risk",)))
        assert counts[-1] == answer(query, engine)["sla_at_risk"].total.n
    assert any(counts)


def test_ages_stand_in_their_order_and_the_bound_opens_the_older_one() -> None:
    tickets = [ticket(f"{hours}", created=720 - hours) for hours in (1, 24, 71.9, 72, 400, 720)]
    con = store(tickets=tickets)
    found = ask(con, "ticket_backlog", as_of=at(720), by=("age_bucket",))
    assert [(figure.keys[0], figure.n) for figure in found.rows] == [
        ("0-1d", 1), ("1-3d", 2), ("3-7d", 1), ("14-30d", 1), ("30d+", 1),
    ]  # fmt: skip
    series = ask(con, "ticket_backlog", as_of=at(720), by=("age_bucket",), grain=Grain.DAY, period=(at(719), at(720)))
    assert {figure.keys[0] for figure in series.rows} == {"0-1d", "1-3d", "3-7d", "14-30d", "30d+"}


def test_events_are_counted_at_their_local_hour() -> None:
    summer = 24 * 40  # 12 April: Paris is two hours ahead
    history = [status(10, "open", "solved"), status(11, "solved", "open"), status(summer, "open", "solved")]
    con = store(tickets=[ticket()], ticket_events=history)
    assert values(ask(con, "tickets_resolved", by=("hour",))) == {2: 1, 11: 1}
    assert values(ask(con, "tickets_reopened", by=("hour",))) == {12: 1}
    assert values(ask(con, "tickets_resolved", by=("weekday",))) == {1: 1, 6: 1}


def test_a_team_of_which_every_request_still_waits_is_shown_for_what_waits() -> None:
    tickets = [ticket("1", first_response_at=at(9)), ticket("2", team_id="B"), ticket("3", team_id="B"), ticket("4")]
    tickets += [ticket("5", team_id="P")]
    policy = {"policy_id": "P", "metric": "first_response", "target_s": 10**7, "valid_from": date(2025, 1, 1)}
    promise = {**policy, "policy_id": "R", "metric": "resolution"}
    con = store(tickets=tickets, sla_policies=[policy, promise], ticket_events=[status(9, "open", "pending", "5")])
    found = ask(con, "frt_mean", as_of=at(100), by=("team_id",))
    assert [(figure.keys[0], figure.n, figure.n_open) for figure in found.rows] == [
        ("A", 1, 1), ("B", 0, 2), ("P", 0, 1),
    ]  # fmt: skip
    rate = ask(con, "sla_resolution_rate", as_of=at(100), by=("team_id",))
    assert [(figure.keys[0], figure.n, figure.n_open, figure.extra["n_paused"]) for figure in rate.rows] == [
        ("A", 0, 2, 0), ("B", 0, 2, 0), ("P", 0, 0, 1),
    ]  # fmt: skip
