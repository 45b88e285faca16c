"""The oracle of orders, opinions and requests on a few rows: exact thresholds, and what is easily counted wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.kpi import traps
from tests.kpi.oracle import changes, opinions, orders, requests
from tests.kpi.oracle.figures import Fields, Keys, Question
from tests.kpi.oracle.known import World
from tests.kpi.traps_orders import frames

KPIS = {**orders.KPIS, **changes.KPIS, **opinions.KPIS, **requests.KPIS}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = datetime(2025, 3, 2, 23)
LATER = MONDAY + 60 * DAY


def ask(world: World, question: Question) -> dict[Keys, Fields]:
    return KPIS[question.kpi](world.at(question.as_of), question)


def small(kpi: str, params: Mapping[str, Any] | None = None, **tables: list[traps.Row]) -> dict[Keys, Fields]:
    """Asked of the week of 3 March 2025."""
    hours = {name: traps.tables(0)[name] for name in ("calendars", "calendar_hours", "teams")}
    question = Question(kpi, LATER, (MONDAY, MONDAY + 7 * DAY), params=params or {})
    return ask(World(frames({**hours, **tables})), question)


def order(name: str, **more: Any) -> traps.Row:
    received = {"received_at": MONDAY + 9 * HOUR, "team_id": "T1"}
    return {"order_id": name, "channel": "email", **received, "decision": "approved", **more}


def test_a_decision_exactly_at_the_promised_time_is_within_it() -> None:
    policy = {"policy_id": "P", "metric": "order_processing", "target_s": 3600, "valid_from": date(2025, 1, 1)}
    rows = [order("O1", decided_at=MONDAY + 10 * HOUR), order("O2", decided_at=MONDAY + timedelta(seconds=36_001))]
    rows.append(order("O3", decided_at=MONDAY + 8 * HOUR))  # decided before it came: not judged
    fields = small("order_sla_rate", orders=rows, sla_policies=[policy])[()]
    assert (fields["numerator"], fields["n"]) == (1, 2)


def test_a_dispute_on_the_thirtieth_day_counts_and_a_second_later_does_not() -> None:
    rows = [order(name, decided_at=MONDAY + 9 * HOUR) for name in ("O1", "O2")]
    late = MONDAY + 9 * HOUR + 30 * DAY
    disputes = [{"dispute_id": "D1", "order_id": "O1", "opened_at": late}]
    disputes += [{"dispute_id": f"D{n}", "order_id": "O2", "opened_at": late + timedelta(seconds=1)} for n in (2, 3)]
    fields = small("dispute_rate", orders=rows, disputes=disputes)[()]
    assert (fields["numerator"], fields["n"], fields["n_open"]) == (1, 2, 0)


def test_an_easy_five_of_seven_is_exactly_low_effort() -> None:
    row = {"survey_type": "ces", "sent_at": MONDAY, "responded_at": MONDAY, "scale_min": 1, "scale_max": 7}
    rows = [{**row, "survey_id": f"S{score}", "score": score, "higher_is_better": True} for score in (4, 5, 7)]
    assert small("ces_low_effort_rate", surveys=rows)[()]["numerator"] == 2


def test_an_order_without_lines_is_neither_in_full_nor_an_order_of_no_lines() -> None:
    delivered = {"decided_at": MONDAY + 10 * HOUR, "promised_at": MONDAY + DAY, "delivered_at": MONDAY + DAY}
    rows = [order("O1", **delivered)]
    assert small("otif_rate", orders=rows)[()]["value"] == 0
    fields = small("order_lines_mean", orders=rows)[()]
    assert (fields["value"], fields["n"], fields["n_missing"]) == (None, 0, 1)


def test_a_period_is_compared_with_as_many_months_or_local_days_just_before() -> None:
    def before(first: date, last: date, **params: str) -> tuple[date, date]:
        ends = [traps.utc(day, datetime.min.time()) for day in (first, last)]
        question = Question("orders_growth", LATER, (ends[0], ends[1]), params=params)
        start, end = (at + timedelta(hours=2) for at in changes.period_before(question, "Europe/Paris"))
        return start.date(), end.date()

    assert before(date(2025, 3, 1), date(2025, 4, 1)) == (date(2025, 2, 1), date(2025, 3, 1))
    assert before(date(2025, 4, 1), date(2025, 7, 1)) == (date(2025, 1, 1), date(2025, 4, 1))
    assert before(date(2025, 3, 31), date(2025, 4, 7)) == (date(2025, 3, 24), date(2025, 3, 31))
    year = before(date(2025, 3, 3), date(2025, 3, 10), against="last_year")
    assert year == (date(2024, 3, 3), date(2024, 3, 10))


def test_periods_with_other_numbers_of_open_days_are_compared_by_the_day() -> None:
    """21 to 27 April 2025 has Easter Monday: four open days against five."""
    start = traps.utc(date(2025, 4, 21), datetime.min.time())
    rows = [order(f"O{n}", received_at=start + (n - 10) * DAY / 2, decided_at=None, decision=None) for n in range(19)]
    hours = {name: traps.tables(0)[name] for name in ("calendars", "calendar_hours")}
    teams = [{"team_id": "T1", "organisation": "O1", "calendar_id": "DAY"}]
    question = Question("orders_growth", LATER, (start, start + 7 * DAY))
    fields = ask(World(frames({**hours, "teams": teams, "orders": rows})), question)[()]
    assert (fields["current"], fields["previous"]) == (9, 10)
    assert fields["value"] == pytest.approx(9 / 4 / (10 / 5) - 1)


def test_the_median_time_to_resolve_counts_those_still_open() -> None:
    row = {"channel": "email", "status": "open", "created_at": MONDAY}
    rows = [{**row, "ticket_id": f"K{n}", "resolved_at": MONDAY + n * HOUR} for n in (1, 2)]
    rows += [{**row, "ticket_id": f"K{n}"} for n in (3, 4)]
    fields = small("resolution_time_km_median", tickets=rows)[()]
    assert (fields["value"], fields["n_events"], fields["n_open"]) == (7200, 2, 2)
    assert small("resolution_time_km_median", tickets=rows[1:])[()]["value"] is None


def test_words_of_a_topic_are_whole_whatever_the_accents_and_apostrophes() -> None:
    row = {"survey_type": "csat", "sent_at": MONDAY, "responded_at": MONDAY, "scale_min": 1, "scale_max": 5}
    texts = ("DÉLAI trop long", "à L’ÉCOUTE", "cœur", "Coeurs", "3délai", "delai,", "\t \n")
    surveys = [{**row, "survey_id": f"S{n}", "higher_is_better": True, "comment": text} for n, text in enumerate(texts)]
    topics = [{"topic": "time", "keywords": "délai|"}, {"topic": "ear", "keywords": "a l'écoute|coeur"}]
    answers = small("topic_mention_rate", surveys=surveys, topics=topics)
    assert {keys: fields["n"] for keys, fields in answers.items()} == {(): 6, ("ear",): 2, ("time",): 2}


def contact(name: str, at: datetime, **more: Any) -> traps.Row:
    times = {"offered_at": at, "answered_at": at, "ended_at": at, "talk_s": 60, "hold_s": 0, "wrap_s": 0}
    phone = {"channel": "phone", "direction": "inbound", "outcome": "answered", "ticket_id": "K1"}
    return {"interaction_id": name, **phone, **times, **more}


def test_work_on_a_request_is_that_of_all_its_answered_legs_but_its_contacts_are_those_of_the_customer() -> None:
    solved = MONDAY + DAY
    row = {"ticket_id": "K1", "channel": "phone", "status": "solved", "created_at": MONDAY, "resolved_at": solved}
    contacts = [
        contact("L1", MONDAY + HOUR),
        contact("L2", MONDAY + HOUR, parent_interaction_id="L1"),
        contact("L3", MONDAY + HOUR, direction="outbound", parent_interaction_id="L1"),
        contact("L4", MONDAY + HOUR, exclusion="test", talk_s=None),
        contact("L5", solved, outcome="abandoned", talk_s=None),
        contact("L6", solved + HOUR),
    ]
    both = {"tickets": [row], "interactions": contacts}
    assert small("handling_time_per_request", **both)[()]["value"] == 4 * 60
    assert small("contacts_per_resolution", **both)[()]["value"] == 2
    untimed = [*contacts, contact("L7", MONDAY, hold_s=None)]
    fields = small("handling_time_per_request", tickets=[row], interactions=untimed)[()]
    assert (fields["value"], fields["n_missing"]) == (None, 1)


def test_days_of_work_look_at_the_days_on_which_the_team_opens() -> None:
    """On Monday 10 March the last open day is Friday: what was solved on Saturday does not count."""
    row = {"channel": "email", "status": "open", "team_id": "T1", "created_at": MONDAY}
    rows = [{**row, "ticket_id": "K1", "resolved_at": MONDAY + 4.5 * DAY}]
    rows += [{**row, "ticket_id": f"K{n}", "resolved_at": MONDAY + 5.5 * DAY} for n in (2, 3)]
    rows += [{**row, "ticket_id": f"K{n}"} for n in range(4, 8)]
    hours = {name: traps.tables(0)[name] for name in ("calendars", "calendar_hours", "teams")}
    question = Question("backlog_days_of_work", MONDAY + 7 * DAY + HOUR, params={"open_days": 1})
    fields = ask(World(frames({**hours, "tickets": rows})), question)[()]
    assert (fields["value"], fields["numerator"], fields["n"]) == (4, 4, 1)


def test_work_on_a_merged_request_is_work_on_the_one_that_stays() -> None:
    solved = MONDAY + DAY
    row = {"channel": "phone", "status": "solved", "created_at": MONDAY, "resolved_at": solved}
    rows = [{**row, "ticket_id": "K1"}, {**row, "ticket_id": "K2", "merged_into_ticket_id": "K3"}]
    rows += [{**row, "ticket_id": "K3", "merged_into_ticket_id": "K1"}]
    rows += [{**row, "ticket_id": name, "merged_into_ticket_id": other} for name, other in (("K4", "K5"), ("K5", "K4"))]
    contacts = [contact(f"L{n}", MONDAY + HOUR, ticket_id=f"K{n}") for n in range(1, 6)]
    fields = small("handling_time_per_request", tickets=rows, interactions=contacts)[()]
    assert (fields["value"], fields["n"]) == (180, 1)


def test_two_counts_are_compared_as_in_the_worked_example() -> None:
    assert changes._two_sided(540, 1020, 20 / 41) == pytest.approx(0.008617446, rel=1e-6)
