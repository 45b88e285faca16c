"""Calls and messages: waits, legs, call-backs, repeats, and when each becomes known."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from kpi.answer import answer
from kpi.catalog import call_volume, calls, contacts, waiting
from kpi.engines import ConnectionEngine
from kpi.model import Grain, Period, Query, Status
from tests.data.tiny import MONDAY, Row, ask, at, rows, store, values

FOREVER = datetime(9999, 12, 31)
SECOND = timedelta(seconds=1)
OFFICE: dict[str, list[Row]] = {  # 08:00 to 18:00 in Paris, 07:00 to 17:00 UTC in winter
    "calendars": [{"calendar_id": "CAL"}],
    "calendar_hours": [
        {"calendar_id": "CAL", "weekday": day, "open_local": "08:00", "close_local": "18:00"} for day in range(1, 6)
    ],
    "teams": [{"team_id": team, "calendar_id": "CAL"} for team in ("A", "B")],
}
ENDED = {"answered_at": None, "talk_s": None, "hold_s": None, "wrap_s": None}


def call(interaction_id: str = "C", hours: float = 9, **more: object) -> Row:
    """An inbound call: offered, answered after 360 s, ended after 720 s, then 30 s of after-call work."""
    row = {"interaction_id": interaction_id, "channel": "phone", "direction": "inbound", "offered_at": at(hours)}
    row |= {"answered_at": at(hours + 0.1), "ended_at": at(hours + 0.2), "outcome": "answered"}
    return {**row, "talk_s": 100, "hold_s": 20, "wrap_s": 30, **more}


def fact(con: duckdb.DuckDBPyConnection, interaction_id: str = "C") -> Row:
    return rows(con, f"FROM interaction_facts WHERE interaction_id = '{interaction_id}'")[0]


def handled(con: duckdb.DuckDBPyConnection, interaction_id: str = "ROOT") -> list[tuple[Any, ...]]:
    """(from, to, handle, communication, after-call) of each stretch of a contact."""
    return con.execute(
        "SELECT from_at, to_at, handle_s, communication_s, after_call_s FROM handled_contacts "
        f"WHERE interaction_id = '{interaction_id}' ORDER BY from_at"
    ).fetchall()


# ---------------------------------------------------------------------------------------------- waits


@pytest.mark.parametrize(
    ("row", "wait_s", "left_at"),
    [
        ({}, 360, at(9.1)),
        ({"outcome": "abandoned", **ENDED}, 720, at(9.2)),
        ({"outcome": "voicemail"}, 720, at(9.1)),  # picked up by the machine
        ({"outcome": None, "ended_at": None}, 360, at(9.1)),  # in conversation
        ({"outcome": None, "ended_at": None, **ENDED}, None, FOREVER),
        ({"outcome": "abandoned", "ended_at": None, **ENDED}, None, at(9)),  # ended, nobody knows when
        ({"answered_at": at(9) - timedelta(seconds=0.4)}, -1, at(9)),
        ({"answered_at": at(9) + timedelta(seconds=4.9)}, 4, at(9) + timedelta(seconds=4.9)),
    ],
)
def test_a_wait_ends_with_the_pick_up_or_with_the_call(row: Row, wait_s: int | None, left_at: datetime) -> None:
    found = fact(store(interactions=[call(**row)]))
    assert (found["wait_s"], found["queue_left_at"]) == (wait_s, left_at)


def test_a_call_leaves_the_queue_on_its_local_day() -> None:
    found = fact(store(interactions=[call(hours=22.5, answered_at=at(23.5))]))
    assert (found["offered_on"].isoformat(), found["queue_left_on"].isoformat()) == ("2025-03-03", "2025-03-04")


@pytest.mark.parametrize(
    ("instant", "half_hour"),
    [
        ("2025-03-29 23:29:59", 0),
        ("2025-03-29 23:30", 1),
        ("2025-03-30 00:59", 3),
        ("2025-03-30 01:00", 6),  # 02:00 to 03:00 does not exist
        ("2025-10-26 00:30", 5),
        ("2025-10-26 01:30", 5),  # the hour that comes twice
        ("2025-06-30 21:59", 47),
    ],
)
def test_local_half_hours_around_the_changes_of_the_clocks(instant: str, half_hour: int) -> None:
    assert fact(store(interactions=[call(offered_at=datetime.fromisoformat(instant))]))["offered_half_hour"] == (
        half_hour
    )


def test_a_caller_waits_from_the_offer_until_the_pick_up_and_no_longer() -> None:
    legs = [
        call("C"),
        call("LEG", 9.05, parent_interaction_id="C", outcome=None, ended_at=None, **ENDED),
        call("CHAT", channel="chat", outcome=None, ended_at=None, **ENDED),
        call("SPAM", exclusion="spam", outcome=None, ended_at=None, **ENDED),
    ]
    con = store(interactions=legs)
    seen = {
        moment: ask(con, "calls_waiting", as_of=moment).total.value
        for moment in (at(9) - SECOND, at(9), at(9.1) - SECOND, at(9.1), at(20))
    }
    assert list(seen.values()) == [0, 1, 1, 0, 0]
    assert ask(con, "longest_wait", as_of=at(9.1) - SECOND).total.value == 359
    assert ask(con, "longest_wait", as_of=at(20)).total[1:3] == (0, 0)


def test_the_stock_of_messages_moves_by_day_and_by_age() -> None:
    message = {"channel": "email", "team_id": "A", "outcome": None, "ended_at": None, **ENDED}
    messages = [
        call("OLD", 9, **message),
        call("NEW", 9 + 3 * 24, **message),
        call("DONE", 10, channel="email", answered_at=at(40), ended_at=at(40)),
        call("OTHER", 10, **message | {"channel": "other"}),
    ]
    con = store(**OFFICE, interactions=messages)
    week = (MONDAY - timedelta(hours=1), MONDAY + timedelta(days=4, hours=-1))
    days = ask(con, "unanswered_messages", period=week, grain=Grain.DAY, as_of=at(200))
    assert [figure.value for figure in days.rows] == [2, 1, 1, 2]
    by_age = ask(con, "unanswered_messages", by=("age_bucket",), as_of=at(9 + 24 * 7))
    assert values(by_age) == {"3-7d": 1, "7-14d": 1}
    assert [figure.keys[0] for figure in by_age.rows] == ["3-7d", "7-14d"]
    series = ask(con, "unanswered_messages", period=week, grain=Grain.DAY, by=("age_bucket",), as_of=at(200))
    assert [figure.value for figure in series.rows if figure.keys[0] == "0-1d"] == [2, 0, 0, 1]
    assert [figure.value for figure in series.rows if figure.keys[0] == "1-3d"] == [0, 1, 1, 0]


# ---------------------------------------------------------------------------------------------- estimated wait


def waited(con: duckdb.DuckDBPyConnection, **params: Any) -> tuple[float | None, int]:
    figure = ask(con, "estimated_wait_time", as_of=at(10), **{"staffed_agents": 2, **params}).total
    return figure.value, figure.n


def test_the_wait_announced_is_the_queue_times_the_mean_handle_time_over_the_agents() -> None:
    queue = [call(f"Q{i}", 9.99, outcome=None, ended_at=None, **ENDED) for i in range(3)]
    done = [call("D1", 9.2, talk_s=100), call("D2", 9.3, talk_s=300)]
    late = [call("D3", 9.99, answered_at=at(9.991)), call("D4", 8.9), call("D5", 9.3, channel="chat", talk_s=9000)]
    con = store(interactions=[*queue, *done, *late])
    assert waited(con) == (4 * 250 / 2, 3)
    assert waited(con, staffed_agents=0) == (None, 3)
    assert waited(con, window_s=60) == (None, 3)
    assert waited(con, free_agents=3) == (4 * 250 / 2, 3)
    assert waited(con, free_agents=4) == (0, 3)
    assert waited(con, channels=("chat",), staffed_agents=4) == (9050 / 4, 0)
    shown = ask(con, "estimated_wait_time", as_of=at(10), by=("channel",), staffed_agents=2)
    assert (shown.total.status, values(shown)) == (Status.OK, {"phone": 500})


def test_a_contact_offered_at_the_very_start_of_the_window_is_in_it() -> None:
    con = store(interactions=[call("D", 9)])
    assert waited(con, window_s=3600) == (75, 0)
    assert waited(con, window_s=3599) == (None, 0)


# ---------------------------------------------------------------------------------------------- legs


def test_a_contact_adds_the_answered_inbound_legs_below_it() -> None:
    legs = [
        call("ROOT"),
        call("CHILD", 9.2, parent_interaction_id="ROOT", talk_s=1),
        call("GRANDCHILD", 9.5, parent_interaction_id="CHILD", talk_s=2, wrap_s=40),
        call("LOST", 9.6, parent_interaction_id="ROOT", outcome="abandoned", answered_at=None, talk_s=None),
        call("SPAM", 9.6, parent_interaction_id="ROOT", exclusion="spam"),
        call("CALLBACK", 9.7, parent_interaction_id="ROOT", direction="outbound"),
        call("ALONE"),
        call("LOOP1", parent_interaction_id="LOOP2"),
        call("LOOP2", parent_interaction_id="LOOP1"),
    ]
    con = store(interactions=legs)
    assert handled(con)[-1] == (at(9.7) + 40 * SECOND, FOREVER, 150 + 51 + 62, 120 + 21 + 22, 30 + 30 + 40)
    assert handled(con, "ALONE") == [(at(9.2) + 30 * SECOND, FOREVER, 150, 120, 30)]
    assert {row["interaction_id"] for row in rows(con, "FROM handled_contacts")} == {"ROOT", "ALONE"}
    assert len(rows(con, "FROM interaction_facts")) == len(legs)
    assert (fact(con, "CHILD")["handle_s"], fact(con, "LOOP1")["transferred_at"]) == (51, None)


def test_a_contact_is_finished_again_after_each_leg_that_was_picked_up_late() -> None:
    legs = [
        call("ROOT"),  # finished at 9.2 h and 30 s
        call("NEXT", 9.2, parent_interaction_id="ROOT", answered_at=at(9.3), ended_at=at(9.5)),
        call("LAST", 9.4, parent_interaction_id="NEXT", answered_at=at(9.45), ended_at=at(9.6), wrap_s=None),
    ]
    con = store(interactions=legs)
    assert handled(con) == [
        (at(9.2) + 30 * SECOND, at(9.3), 150, 120, 30),
        (at(9.6), FOREVER, None, None, None),  # a leg without after-call work: unknown, not 0
    ]
    seen = {hour: ask(con, "average_handle_time", as_of=at(hour)).total for hour in (9.2, 9.25, 9.4, 9.55, 9.6)}
    assert [(figure.value, figure.n, figure.n_missing) for figure in seen.values()] == [
        (None, 0, 0),
        (150, 1, 0),
        (None, 0, 0),
        (None, 0, 0),
        (None, 0, 1),
    ]


def test_a_contact_whose_leg_never_ended_is_not_finished() -> None:
    legs = [call("ROOT"), call("CHILD", 9.05, parent_interaction_id="ROOT", hold_s=None, ended_at=None)]
    con = store(interactions=legs)
    assert handled(con) == []
    assert fact(con, "ROOT")["handle_s"] == 150


def test_handling_is_communication_plus_after_call_work_of_the_same_contacts() -> None:
    legs = [call("A"), call("B", wrap_s=0), call("C", hold_s=None), call("D", wrap_s=None)]
    con = store(interactions=legs)
    found = {
        kpi: ask(con, kpi, as_of=at(12)).total
        for kpi in ("average_handle_time", "average_communication_time", "average_after_call_work")
    }
    assert [(figure.value, figure.n, figure.n_missing) for figure in found.values()] == [
        (135, 2, 2),
        (120, 2, 2),
        (15, 2, 2),
    ]


def test_by_agent_each_leg_is_for_the_agent_who_handled_it() -> None:
    legs = [call("ROOT", agent_id="A1"), call("LEG", 9.2, parent_interaction_id="ROOT", agent_id="A2", wrap_s=90)]
    con = store(interactions=legs)
    assert values(ask(con, "average_after_call_work", by=("agent_id",), as_of=at(12))) == {"A1": 30, "A2": 90}
    assert ask(con, "average_after_call_work", as_of=at(12)).total.value == 120
    assert ask(con, "average_communication_time", where={"agent_id": "A2"}, as_of=at(12)).total.value == 120


# ---------------------------------------------------------------------------------------------- transfers


def test_a_call_is_transferred_from_the_first_pick_up_of_a_leg_on() -> None:
    legs = [
        call("ROOT"),
        call("LOST", 9.15, parent_interaction_id="ROOT", outcome="overflow", **ENDED),
        call("SECOND", 9.3, parent_interaction_id="LOST"),
        call("THIRD", 9.6, parent_interaction_id="SECOND"),
        call("CALLED", 9.1, parent_interaction_id="ROOT", direction="outbound"),
        call("PLAIN"),
    ]
    con = store(interactions=legs)
    assert fact(con, "ROOT")["transferred_at"] == at(9.4)
    rates = [ask(con, "transfer_rate", as_of=moment).total for moment in (at(9.4) - SECOND, at(9.4), at(12))]
    assert [(rate.numerator, rate.denominator) for rate in rates] == [(0, 2), (1, 2), (1, 2)]


def test_a_leg_is_no_leg_before_the_one_between_exists() -> None:
    legs = [call("ROOT"), call("LATE", 9.8, parent_interaction_id="ROOT", outcome="overflow", **ENDED)]
    legs.append(call("EARLY", 9.2, parent_interaction_id="LATE"))
    assert fact(store(interactions=legs), "ROOT")["transferred_at"] == at(9.8)


# ---------------------------------------------------------------------------------------------- call-backs


def test_a_call_back_counts_once_it_is_answered_and_only_then() -> None:
    asked = {"outcome": "callback", **ENDED}
    legs = [
        call("ASKED", **asked),
        call("TRIED", 10, parent_interaction_id="ASKED", direction="outbound", outcome="voicemail", **ENDED),
        call("AGAIN", 11, parent_interaction_id="ASKED", direction="outbound", answered_at=at(11.05)),
        call("LATER", 12, parent_interaction_id="ASKED", direction="outbound"),
        call("FORGOTTEN", **asked | {"outcome": "voicemail"}),
        call("PICKED"),
        call("SHORT", outcome="abandoned", **ENDED | {"ended_at": at(9) + 4 * SECOND}),
        call("LONG", outcome="abandoned", **ENDED | {"ended_at": at(9) + 5 * SECOND}),
        call("UNDATED", outcome="abandoned", **ENDED | {"ended_at": None}),
    ]
    con = store(interactions=legs)
    assert fact(con, "ASKED")["called_back_at"] == at(11.05)
    seen = [ask(con, "handled_rate", as_of=moment).total for moment in (at(11.05) - SECOND, at(11.05))]
    assert [(rate.numerator, rate.denominator, rate.n_missing) for rate in seen] == [(1, 4, 1), (2, 4, 1)]
    counts = {kpi: ask(con, kpi).total.value for kpi in ("calls_offered", "calls_abandoned", "calls_short_abandoned")}
    assert counts == {"calls_offered": 6, "calls_abandoned": 1, "calls_short_abandoned": 1}


# ---------------------------------------------------------------------------------------------- repeats


@pytest.mark.parametrize(
    ("other", "repeats"),
    [
        ({}, True),
        ({"request_type": "billing"}, False),
        ({"request_type": None}, False),
        ({"customer_id": "L"}, False),
        ({"customer_id": None}, False),
        ({"exclusion": "duplicate"}, False),
        ({"direction": "outbound"}, False),
        ({"parent_interaction_id": "X"}, False),
        ({"channel": "email"}, True),
        ({"offered_at": at(9)}, False),  # at the same instant: none is earlier
        ({"offered_at": at(9 - 7 * 24)}, True),
        ({"offered_at": at(9 - 7 * 24) - SECOND}, False),
    ],
)
def test_a_contact_repeats_an_earlier_one_of_its_customer_for_its_reason_within_seven_days(
    other: Row, repeats: bool
) -> None:
    same = {"customer_id": "K", "request_type": "delivery"}
    con = store(interactions=[call("OTHER", 8, **same | other), call("C", 9, **same)])
    rate = ask(con, "repeat_contact_rate", period=(at(9), at(10))).total
    known = 2 if other.get("offered_at") == at(9) else 1
    assert (rate.numerator, rate.denominator) == (int(repeats), known)


def test_an_unknown_reason_repeats_an_unknown_reason_and_an_unknown_customer_nobody() -> None:
    calls_ = [call(f"C{i}", 9 + i, customer_id=customer) for i, customer in enumerate(("K", None, None, "K"))]
    rate = ask(store(interactions=calls_), "repeat_contact_rate").total
    assert (rate.numerator, rate.denominator, rate.n_missing) == (1, 2, 2)


def test_of_several_contacts_at_one_instant_the_next_repeats_the_nearest() -> None:
    times = {"A": 9, "B": 9, "C": 9.5, "D": 9.5, "E": 200}
    con = store(interactions=[call(name, hours, customer_id="K") for name, hours in times.items()])
    assert {name: fact(con, name)["previous_contact_at"] for name in times} == {
        "A": None, "B": None, "C": at(9), "D": at(9), "E": at(9.5)
    }  # fmt: skip


# ---------------------------------------------------------------------------------------------- opening hours


def test_without_opening_hours_all_calls_are_in_hours_and_their_count_is_not_shown() -> None:
    con = store(interactions=[call()])
    assert ask(con, "calls_in_hours").needs == ("calendars", "calendar_hours")
    assert [ask(con, kpi).total.value for kpi in ("calls_received", "calls_offered", "answer_rate")] == [1, 1, 1]


def test_calls_in_and_out_of_hours_are_all_the_calls() -> None:
    offered = [call(f"{hour}", hour, team_id=team) for hour in (6.99, 7, 16.99, 17) for team in ("A", None)]
    con = store(**OFFICE, interactions=offered)
    found = {kpi: ask(con, kpi).total.value for kpi in ("calls_received", "calls_in_hours", "calls_out_of_hours")}
    assert found == {"calls_received": 8, "calls_in_hours": 4, "calls_out_of_hours": 4}
    assert values(ask(con, "calls_received", by=("in_hours",))) == {False: 4, True: 4}
    assert ask(con, "out_of_hours_share").total.value == 0.5


# ---------------------------------------------------------------------------------------------- channels


def test_without_contacts_the_channels_are_those_of_the_requests() -> None:
    requests = [
        {"ticket_id": f"T{i}", "created_at": at(9), "channel": channel, "status": "open"}
        for i, channel in enumerate(("email", "email", "chat"))
    ]
    requests.append(requests[0] | {"ticket_id": "OWN", "initiated_by": "agent", "channel": "post"})
    con = store(tickets=requests)
    assert values(ask(con, "contact_channel_mix")) == {"email": 2 / 3, "chat": 1 / 3}
    assert ask(con, "active_channels").total.value == 2
    con = store(tickets=requests, interactions=[call()])
    assert values(ask(con, "contact_channel_mix")) == {"phone": 1}


def test_a_mix_by_team_keeps_the_whole_mix_beside_it() -> None:
    con = store(interactions=[call("1", team_id="A"), call("2", team_id="B"), call("3", channel="chat", team_id="B")])
    found = ask(con, "contact_channel_mix", by=("team_id",))
    assert values(found) == {("A", "phone"): 1, ("B", "chat"): 0.5, ("B", "phone"): 0.5}
    assert (found.total.value, found.total.n, dict(found.total.extra)) == (1, 3, {"phone": 2, "chat": 1})


# ---------------------------------------------------------------------------------------------- as of any instant

KPIS = tuple(kpi for subject in (waiting, call_volume, calls, contacts) for kpi in subject.KPIS)
OUTCOMES = ("answered",) * 6 + ("abandoned", "callback", "voicemail", "overflow", "selfcare", "bot", None)


def centre(seed: int, size: int = 200) -> list[Row]:
    """A short day of calls, chats and messages with legs and call-backs, in whole minutes so that instants meet."""
    draw = random.Random(seed)
    made: list[Row] = []
    for number in range(size):
        offered, outcome = draw.randrange(540, 660), draw.choice(OUTCOMES)
        answered = offered + draw.randrange(-1, 20) if outcome in ("answered", None) and draw.random() < 0.95 else None
        ended = (answered or offered) + draw.randrange(0, 30) if draw.random() < 0.93 else None
        parent = draw.choice(made[-60:])["interaction_id"] if made and draw.random() < 0.6 else None
        row = call(
            f"I{number:03}",
            channel=draw.choice(("phone", "phone", "click_to_talk", "chat", "email")),
            direction=draw.choice(("inbound", "outbound") if parent else ("inbound",) * 6 + ("outbound",)),
            parent_interaction_id=parent,
            offered_at=MONDAY + timedelta(minutes=offered),
            answered_at=None if answered is None else MONDAY + timedelta(minutes=answered),
            ended_at=None if ended is None or outcome is None else MONDAY + timedelta(minutes=ended),
            outcome=outcome,
            converted=draw.choice((True, False, None)),
            customer_id=draw.choice(("K", "L", None)),
            team_id=draw.choice(("A", "B", None)),
            agent_id=draw.choice(("A1", "A2")),
            exclusion="spam" if draw.random() < 0.05 else None,
        )
        row |= {name: draw.choice((0, 60, 120, 600, None)) for name in ("talk_s", "hold_s", "wrap_s")}
        made.append(row)
    return made


def exported(interactions: list[Row], moment: datetime) -> list[Row]:
    """What the source would have given at that moment."""
    found = []
    for row in interactions:
        if row["offered_at"] > moment:
            continue
        dated = row["answered_at"] if row["outcome"] == "answered" else row["ended_at"]
        later = {name: None for name in ("answered_at", "ended_at") if row[name] is not None and row[name] > moment}
        if dated is not None and dated > moment:
            later["outcome"] = None
        found.append(row | later)
    return found


def everything(con: duckdb.DuckDBPyConnection, moment: datetime) -> dict[tuple[str, tuple[str, ...]], list[Any]]:
    """Every KPI of contacts, whole and by agent: the total, then the groups."""
    found = {}
    for by in ((), ("agent_id",)):
        asked = tuple(kpi.id for kpi in KPIS if set(by) <= set(kpi.dimensions))
        day = Period(MONDAY, MONDAY + timedelta(days=1))
        params = (("staffed_agents", 3), ("window_s", 2400)) if "estimated_wait_time" in asked else ()
        query = Query(asked, day, moment, by, params=params)
        for kpi, one in answer(query, ConnectionEngine(con)).items():
            found[kpi, by] = [figure.as_dict() for figure in (one.total, *one.rows)]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_past_is_what_the_source_gave_at_the_time(seed: int) -> None:
    interactions = centre(seed)
    later = store(**OFFICE, interactions=interactions)
    for minutes in random.Random(seed).sample(range(570, 680), 2):
        moment = MONDAY + timedelta(minutes=minutes)
        live = store(**OFFICE, interactions=exported(interactions, moment))
        assert everything(later, moment) == everything(live, moment), moment


@pytest.mark.parametrize("seed", range(3))
def test_the_calls_offered_are_the_sum_of_what_became_of_them(seed: int) -> None:
    con = store(**OFFICE, interactions=[row for row in centre(seed) if row["ended_at"] or row["outcome"] is None])
    moment = MONDAY + timedelta(minutes=600)
    offered, short = (ask(con, kpi, as_of=moment).total.n for kpi in ("calls_offered", "calls_short_abandoned"))
    decided = ask(con, "answer_rate", as_of=moment).total
    queued = sum(
        row["outcome"] is None and row["answered_at"] is None and row["offered_at"] <= moment
        for row in exported([row for row in centre(seed) if row["ended_at"] or row["outcome"] is None], moment)
        if row["direction"] == "inbound" and row["channel"] in ("phone", "click_to_talk")
        if row["parent_interaction_id"] is None and row["exclusion"] is None
    )
    assert offered == decided.n + short + queued
    assert queued == ask(con, "calls_waiting", as_of=moment).total.n
    assert (decided.value or 0) <= (ask(con, "handled_rate", as_of=moment).total.value or 0) <= 1
