"""Lists of calls of any ACD.

Columns of such lists: https://docs.exotel.com/contact-center/acd-call-summary-report (a summary),
https://docs.tri-line.com (day and time in two columns) and the much copied "Call Id, Agent, Date, Time, Topic,
Answered (Y/N), Resolved, Speed of answer in seconds, AvgTalkDuration" of the PwC virtual case.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.store import ImportFailed
from tests.data.sources.store_of_calls import Desk, underived

FRENCH = """Journal des appels du 13/02/2026;;;;;;;;
Date;Heure;File d'attente;Conseiller;Numéro appelant;Statut;Temps d'attente;Durée de conversation;Post-appel
13/02/2026;09:00:00;Ventes;Ann;0612345678;Traité;0:00:20;0:03:00;30
13/02/2026;09:01:00;Ventes;-;anonyme;Abandonné;0:00:45;;
13/02/2026;09:01:00;Ventes;-;anonyme;Abandonné;0:00:45;;
13/02/2026;09:02:00;Ventes;-;0687654321;Dissuadé;12,5;;
13/02/2026;09:03:00;Ventes;-;0687654321;Hors service;;;
13/02/2026;09:04:00;Ventes;-;0687654321;;0:00:05;;
"""

ENGLISH = """Call ID,Start Time,Queue,Agent,Direction,Status,Wait Time (sec),Talk Time,Hold Time,ACW,End Time
c1,2/13/2026 9:00:00 AM,Sales,Ann,Inbound,Answered,20,"1,200",10,30,
c1,2/13/2026 9:21:00 AM,Tech,Bob,Inbound,Answered,15,60,0,5,
c2,2/13/2026 1:00:00 PM,Sales,,Inbound,Abandoned,45,,,,
c3,2/13/2026 1:10:00 PM,Sales,Ann,Outbound,No answer,0,,,,2/13/2026 1:10:30 PM
c4,2/13/2026 1:20:00 PM,Sales,Ann,Internal,Answered,0,30,0,0,
"""

CASE = """Call Id,Agent,Date,Time,Topic,Answered (Y/N),Resolved,Speed of answer in seconds,AvgTalkDuration
ID1,Diane,2026-02-13,09:12:58,Contract,Y,Y,109,00:02:23
ID2,Becky,2026-02-13,09:13:00,Technical,N,N,,
"""

ISO = """start_time,queue,caller_id,answered_at,end_time,wait_time,talk_time
2026-02-13T09:00:00+01:00,Sales,+33612345678,,,20,60
2026-02-13T23:59:50+01:00,Sales,+33612345678,2026-02-14T00:00:05+01:00,2026-02-14T00:01:05+01:00,15,60
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    patch = underived()
    yield Desk(tmp_path_factory.mktemp("acd"))
    patch.undo()


@pytest.fixture(scope="module")
def french(desk: Desk) -> Desk:
    (report,) = desk.load("journal.csv", FRENCH, source_zone="Europe/Paris")
    assert (report.table, report.loaded, report.rejected) == ("interactions", 5, 1)
    assert [(reject.line, reject.value) for reject in report.rejects] == [(7, "hors service")]
    assert "voicemail" in report.rejects[0].reason
    return desk


@pytest.fixture(scope="module")
def english(desk: Desk) -> Desk:
    (report,) = desk.load("calls.csv", ENGLISH, source_zone="UTC")
    assert (report.loaded, report.rejected) == (4, 1)
    assert report.rejects[0].value == "internal"
    return desk


def test_a_day_and_a_time_of_the_wall_make_an_instant_and_the_wait_gives_the_pick_up(french: Desk) -> None:
    found = french.rows(
        "SELECT strftime(offered_at, '%H:%M:%S'), strftime(answered_at, '%H:%M:%S'), "
        "strftime(ended_at, '%H:%M:%S'), talk_s, hold_s, wrap_s, team_id, channel, direction FROM interactions "
        "WHERE outcome = 'answered' AND team_id = 'Ventes'"
    )
    assert found == [("08:00:00", "08:00:20", "08:03:20", 180, None, 30, "Ventes", "phone", "inbound")]


def test_a_decimal_comma_is_one_in_a_column_that_has_it(french: Desk) -> None:
    refused = "SELECT date_diff('second', offered_at, ended_at) FROM interactions WHERE outcome = 'dissuaded'"
    assert french.rows(refused) == [(12,)]


def test_two_rows_that_are_equal_are_two_calls_and_a_second_import_adds_none(french: Desk) -> None:
    count = "SELECT count(*) FROM interactions WHERE outcome = 'abandoned' AND team_id = 'Ventes'"
    assert french.rows(count) == [(2,)]
    (again,) = french.load("encore.csv", FRENCH, source_zone="Europe/Paris")
    assert (again.loaded, again.updated, again.unchanged, again.rejected) == (0, 0, 5, 1)
    assert french.rows(count) == [(2,)]


def test_a_call_without_status_in_a_list_that_has_them_is_not_guessed(french: Desk) -> None:
    blank = "SELECT outcome, answered_at, wrap_s FROM interactions WHERE minute(offered_at) = 4 AND team_id = 'Ventes'"
    assert french.rows(blank) == [(None, None, None)]


def test_months_come_first_where_a_date_proves_it_and_thousands_are_read(english: Desk) -> None:
    columns = "strftime(offered_at, '%m-%d %H:%M'), hms(answered_at), hms(ended_at), talk_s, hold_s, wrap_s"
    assert english.row(columns, "c1") == ("02-13 09:00", "09:00:20", "09:20:30", 1200, 10, 30)
    assert english.row("hms(offered_at), outcome, hms(ended_at)", "c2") == ("13:00:00", "abandoned", "13:00:45")


def test_a_call_id_on_two_rows_is_a_call_and_its_transfer(english: Desk) -> None:
    assert english.row("parent_interaction_id, team_id, talk_s", "c1/2") == ("c1", "Tech", 60)


def test_an_outbound_call_that_nobody_took_is_not_abandoned(english: Desk) -> None:
    assert english.row("direction, outcome, hms(ended_at)", "c3") == ("outbound", None, "13:10:30")


def test_yes_and_no_are_a_status_and_a_corrected_list_updates(desk: Desk) -> None:
    (report,) = desk.load("case.csv", CASE, source_zone="UTC")
    assert report.loaded == 2
    assert desk.row("hms(offered_at), hms(answered_at), talk_s, request_type, outcome", "ID1") == (
        "09:12:58", "09:14:47", 143, "Contract", "answered",
    )  # fmt: skip
    assert desk.row("outcome, answered_at, talk_s", "ID2") == ("abandoned", None, None)
    (better,) = desk.load("case.csv", CASE.replace("00:02:23", "00:02:24"), source_zone="UTC")
    assert (better.updated, better.unchanged) == (1, 1)


def test_times_with_their_zone_keep_it_when_the_pick_up_is_worked_out(desk: Desk) -> None:
    (report,) = desk.load("iso.csv", ISO, source_zone="Asia/Tokyo")
    assert report.loaded == 2
    found = desk.rows(
        "SELECT strftime(offered_at, '%d %H:%M:%S'), strftime(answered_at, '%d %H:%M:%S'), "
        "strftime(ended_at, '%d %H:%M:%S') FROM interactions WHERE hour(offered_at) IN (8, 22) AND talk_s = 60 "
        "AND agent_id IS NULL ORDER BY 1"
    )
    assert found == [
        ("13 08:00:00", "13 08:00:20", "13 08:01:20"),
        ("13 22:59:50", "13 23:00:05", "13 23:01:05"),
    ]


@pytest.mark.parametrize(
    "summary",
    [
        "Index,Date,Incoming Calls,Answered Calls,Answer Rate,Abandoned Calls,Answer Speed (AVG)\n"
        "1,2026-02-13,217,204,94.01%,13,0:00:17\n",
        "Date;File d'attente;Appels reçus;Appels traités;Appels abandonnés;Temps d'attente\n"
        "13/02/2026;Ventes;217;204;13;17\n",
    ],
)
def test_a_daily_summary_is_refused_in_words(desk: Desk, summary: str) -> None:
    with pytest.raises(ImportFailed, match=r"counts the calls of each day .* one row a call"):
        desk.load("summary.csv", summary)


def test_a_list_of_tickets_is_not_taken_for_a_list_of_calls(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    tickets = "Ticket,Date,Queue,Agent,Status,Phone number\n1,2026-02-13,Sales,Ann,Open,0612345678\n"
    with pytest.raises(ImportFailed) as failed:
        desk.load("tickets.csv", tickets)
    assert "counts the calls" not in str(failed.value)
