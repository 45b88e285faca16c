"""What looks odd after an import: each kind is seen, counted and named, and nothing else is called odd."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from data.importing import ImportReport, import_paths
from data.oddities import Oddity

TICKETS = "ticket_id,created_at,channel,status,first_response_at,resolved_at,agent_id,team_id\n"
MONDAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _underived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.derive.derive", lambda con, timezone, part=False: None)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "v.duckdb"


def load(db: Path, name: str, text: str) -> ImportReport:
    file = db.parent / name
    file.write_text(text, encoding="utf-8")
    return import_paths(db, [file])


def tickets(*rows: str) -> str:
    return TICKETS + "".join(f"{row}\n" for row in rows)


def on(day: date, count: int) -> list[str]:
    return [f"{day:%m%d}-{i},{day}T09:00:00Z,email,open,,,," for i in range(count)]


def test_a_clean_import_raises_no_doubt(db: Path) -> None:
    load(db, "agents.csv", "agent_id\nA1\n")
    report = load(
        db, "tickets.csv", tickets("1,2026-03-02T08:00:00Z,email,solved,2026-03-02T08:05:00Z,2026-03-02T09:00:00Z,A1,")
    )
    assert report.oddities == ()


def test_an_agent_whom_the_list_of_agents_does_not_have_is_counted_and_named(db: Path) -> None:
    load(db, "agents.csv", "agent_id\nA1\n")
    rows = [f"{i},2026-03-02T08:00:00Z,email,open,,,{who}," for i, who in enumerate(("A1", "A9", "A9", ""))]
    report = load(db, "tickets.csv", tickets(*rows))
    assert report.oddities == (Oddity("orphan", "tickets", "agent_id", 2, "1"),)


def test_a_centre_without_a_list_of_agents_is_not_told_that_all_are_unknown(db: Path) -> None:
    assert load(db, "tickets.csv", tickets("1,2026-03-02T08:00:00Z,email,open,,,A9,T9")).oddities == ()


def test_a_survey_of_a_ticket_that_nobody_has_is_an_orphan(db: Path) -> None:
    load(db, "tickets.csv", tickets("1,2026-03-02T08:00:00Z,email,open,,,,"))
    head = "survey_id,survey_type,ticket_id,sent_at,scale_min,scale_max,higher_is_better\n"
    report = load(db, "surveys.csv", head + "".join(f"s{i},nps,{i},2026-03-03T08:00:00Z,0,10,true\n" for i in (1, 2)))
    assert report.oddities == (Oddity("orphan", "surveys", "ticket_id", 1, "s2, main"),)


def test_an_end_long_before_its_start_is_a_wrong_date_and_one_just_before_it_two_clocks(db: Path) -> None:
    report = load(
        db,
        "tickets.csv",
        tickets(
            "skew,2026-03-02T08:00:00Z,email,open,2026-03-02T07:55:00Z,,,",
            "wrong,2026-03-02T08:00:00Z,email,solved,,2026-03-02T07:54:59Z,,",
            "fine,2026-03-02T08:00:00Z,email,solved,2026-03-02T08:00:00Z,,,",
        ),
    )
    assert report.oddities == (
        Oddity("clock_skew", "tickets", "first_response_at", 1, "skew"),
        Oddity("negative", "tickets", "resolved_at", 1, "wrong"),
    )


def test_a_call_that_ends_before_it_came_and_before_it_was_answered_is_told_once(db: Path) -> None:
    head = "interaction_id,channel,direction,offered_at,answered_at,ended_at\n"
    times = "2026-03-02T08:00:00Z,2026-03-02T08:01:00Z,2026-03-02T07:00:00Z"
    report = load(db, "interactions.csv", f"{head}1,phone,inbound,{times}\n")
    assert report.oddities == (Oddity("negative", "interactions", "ended_at", 1, "1"),)


def test_a_fact_of_tomorrow_is_odd_and_a_promise_for_tomorrow_is_not(db: Path) -> None:
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    assert load(db, "tickets.csv", tickets(f"1,{tomorrow},email,open,,,,")).oddities == (
        Oddity("future", "tickets", "created_at", 1, "1"),
    )
    report = load(
        db, "orders.csv", f"order_id,channel,received_at,promised_at\n1,email,2026-03-02T08:00:00Z,{tomorrow}\n"
    )
    assert report.oddities == ()


def test_two_rows_of_one_key_that_differ_are_said(db: Path) -> None:
    report = load(
        db, "tickets.csv", tickets("1,2026-03-02T08:00:00Z,email,open,,,,", "1,2026-03-02T08:00:00Z,phone,open,,,,")
    )
    assert report.oddities == (Oddity("repeated_key", "tickets", "ticket_id", 1, "1"),)


def test_new_days_with_far_fewer_rows_than_the_same_weekdays_before_are_a_fall(db: Path) -> None:
    before = [row for week in range(4) for row in on(MONDAY + timedelta(weeks=week), 40)]
    load(db, "tickets.csv", tickets(*before, *on(MONDAY + timedelta(days=22), 1)))
    fresh = MONDAY + timedelta(weeks=4)
    report = load(db, "tickets.csv", tickets(*on(fresh, 19), *on(fresh + timedelta(days=1), 1)))
    assert report.oddities == (Oddity("volume_fall", "tickets", "created_at", 19, "2026-03-25", 40),)


@pytest.mark.parametrize("count", [20, 60])
def test_quiet_weekdays_and_a_day_under_way_are_no_fall(db: Path, count: int) -> None:
    before = [row for week in range(4) for row in on(MONDAY + timedelta(weeks=week), 40)]
    load(db, "tickets.csv", tickets(*before))
    fresh = MONDAY + timedelta(weeks=4)
    report = load(db, "tickets.csv", tickets(*on(fresh, count), *on(fresh + timedelta(days=7), 1)))
    assert report.oddities == ()


def test_what_was_odd_stays_in_the_store_and_only_new_rows_are_doubted_again(db: Path) -> None:
    bad = "1,2026-03-02T08:00:00Z,email,solved,,2026-03-01T08:00:00Z,,"
    first = load(db, "tickets.csv", tickets(bad))
    again = load(db, "tickets.csv", tickets(bad, "2,2026-03-02T08:00:00Z,email,open,,,,"))
    assert (len(first.oddities), again.oddities) == (1, ())
    with duckdb.connect(str(db), read_only=True) as con:
        kept = con.execute("FROM warnings").fetchall()
    assert kept == [(first.import_id, "tickets", "negative", "resolved_at", 1, None, "1")]
