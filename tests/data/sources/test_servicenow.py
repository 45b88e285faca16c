"""ServiceNow's incidents, audit log and SLA records."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from data.store import ImportFailed
from tests.data.sources.exports import Room, counts

# Columns of the list as it is exported, and states: servicenow.com/docs, "Create an incident", "Incident Management
# state model"; the Table API's records: gist.github.com/bryanbarnard/7b581d28687e66f390d3
LABELS = (
    "Number,Opened,Short description,Caller,Priority,State,On hold reason,Channel,Category,Assignment group,"
    "Assigned to,Updated,Resolved,Closed,Resolution code"
)
LIST = f"""{LABELS}
INC1,2026-03-02 09:00:00,Mail,Ann Lee,1 - Critical,Resolved,,Phone,Software,Desk,Bo Roe,2026-03-02 12:00:00,2026-03-02 11:00:00,,Solution provided
INC2,2026-03-02 10:00:00,VPN,Ann Lee,3 - Moderate,On Hold,Awaiting Caller,Email,Network,Desk,Bo Roe,2026-03-02 12:00:00,,,
INC3,2026-03-02 10:00:00,VPN,Cy Doe,4 - Low,On Hold,Awaiting Vendor,Self-service,Network,Desk,,2026-03-02 12:00:00,,,
INC4,2026-03-02 10:00:00,VPN,Cy Doe,2 - High,In Progress,,Walk-in,Network,Desk,,2026-03-03 12:00:00,2026-03-02 18:00:00,,
INC5,2026-03-02 10:00:00,VPN,Cy Doe,5 - Planning,Canceled,,,Network,,,2026-03-03 12:00:00,,2026-03-03 12:00:00,
INC6,2026-03-02 10:00:00,VPN,Cy Doe,4 - Low,Closed,,Email,Network,,,2026-03-03 12:00:00,,2026-03-03 12:00:00,Duplicate
INC7,2026-03-02 10:00:00,VPN,Cy Doe,4 - Low,Sleeping,,Email,Network,,,2026-03-03 12:00:00,,,
"""  # noqa: E501


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = Room(tmp_path_factory.mktemp("list"), "Europe/Paris")
    assert counts(room.take(LIST)["tickets"]) == (6, 0, 0, 1)
    return room


def test_a_list_is_recognised_and_a_state_of_one_s_own_is_said(listed: Room) -> None:
    assert listed.source() == "servicenow"
    ((column, value),) = listed.rows("SELECT column_name, value FROM rejects")
    assert (column, value) == ("status", "Sleeping")


def test_times_of_a_list_are_those_of_who_exported_it(listed: Room) -> None:
    sql = "SELECT created_at, resolved_at, _source_updated_at FROM tickets WHERE ticket_id = 'INC1'"
    assert listed.rows(sql) == [(datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 10), datetime(2026, 3, 2, 11))]


def test_on_hold_waits_for_the_customer_only_when_its_reason_says_so(listed: Room) -> None:
    sql = "SELECT status, priority, channel, ticket_type FROM tickets WHERE ticket_id IN ('INC2', 'INC3') ORDER BY ALL"
    assert listed.rows(sql) == [("on_hold", "low", "web_form", "incident"), ("pending", "normal", "email", "incident")]


def test_the_resolution_of_a_reopened_incident_is_gone(listed: Room) -> None:
    sql = "SELECT status, resolved_at FROM tickets WHERE ticket_id = 'INC4'"
    assert listed.rows(sql) == [("open", None)]


def test_cancelled_incidents_and_duplicates_are_kept_out_but_kept(listed: Room) -> None:
    sql = "SELECT exclusion, status, resolved_at FROM tickets WHERE ticket_id IN ('INC5', 'INC6') ORDER BY ticket_id"
    end = datetime(2026, 3, 3, 11)
    assert listed.rows(sql) == [("deleted", "closed", end), ("duplicate", "closed", end)]


def test_the_list_again_changes_nothing_and_a_later_one_does(listed: Room) -> None:
    assert counts(listed.take(LIST)["tickets"]) == (0, 0, 6, 1)
    later = LIST.replace("INC5,2026-03-02 10:00:00", "INC5,2026-03-02 09:30:00").replace(
        ",2026-03-03 12", ",2026-03-04 12"
    )
    assert counts(listed.take(later)["tickets"]) == (0, 3, 3, 1)
    assert counts(listed.take(LIST)["tickets"]) == (0, 0, 6, 1), "an older export came back"
    assert listed.rows("SELECT created_at FROM tickets WHERE ticket_id = 'INC5'") == [(datetime(2026, 3, 2, 8, 30),)]


def test_a_french_workbook_with_dates_of_a_person_s_settings(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Numéro", "Ouvert", "Priorité", "État", "Résolu", "Sys ID"])
    sheet.append(["INC1", "28/03/2026 09:00", "1 - Critique", "Résolu", "29/03/2026 09:00", "a" * 32])
    book.save(tmp_path / "liste.xlsx")
    room = Room(tmp_path, "Europe/Paris")
    assert counts(room.take_file(tmp_path / "liste.xlsx")["tickets"]) == (1, 0, 0, 0)
    sql = "SELECT ticket_id, created_at, resolved_at, priority, status FROM tickets"
    assert room.rows(sql) == [("a" * 32, datetime(2026, 3, 28, 8), datetime(2026, 3, 29, 7), "urgent", "solved")]


def incident(**fields: object) -> dict[str, object]:
    return {
        "sys_id": "1a", "number": "INC1", "state": "6", "priority": "2", "contact_type": "email", "hold_reason": "",
        "caller_id": {"link": "https://x", "value": "c1"}, "assignment_group": {"display_value": "Desk", "link": "x"},
        "opened_at": "2026-03-02 09:00:00", "resolved_at": "2026-03-02 11:00:00",
        "sys_updated_on": "2026-03-02 11:00:00", **fields,
    }  # fmt: skip


def test_the_table_api_is_in_utc_unless_asked_for_words(tmp_path: Path) -> None:
    room = Room(tmp_path, "Europe/Paris")
    words = incident(sys_id="2b", state="Resolved", priority="2 - High")
    assert counts(room.take({"result": [incident(), words]}, "page.json")["tickets"]) == (2, 0, 0, 0)
    sql = "SELECT ticket_id, created_at, status, priority, team_id FROM tickets ORDER BY 1"
    assert room.rows(sql) == [
        ("1a", datetime(2026, 3, 2, 9), "solved", "high", "Desk"),
        ("2b", datetime(2026, 3, 2, 8), "solved", "high", "Desk"),
    ]
    ((customer,),) = room.rows("SELECT DISTINCT customer_id FROM tickets")
    assert len(customer) == 16


def change(rank: int, field: str, old: str, new: str, **more: str) -> dict[str, str]:
    return {
        "sys_id": f"e{rank}", "documentkey": "1a", "fieldname": field, "oldvalue": old, "newvalue": new,
        "user": "bo.roe", "sys_created_on": "2026-03-02 10:00:00", **more,
    }  # fmt: skip


def test_the_audit_log_writes_one_change_of_state_twice(tmp_path: Path) -> None:
    # servicenow.com/docs, "Viewing Sys Audit and Audit Relationship Change tables"
    log = [
        change(1, "state", "2", "3"), change(2, "incident_state", "2", "3"), change(3, "hold_reason", "", "1"),
        change(4, "state", "3", "6", sys_created_on="2026-03-02 11:00:00", user="system"),
        change(5, "priority", "3", "1"), change(6, "assigned_to", "u1", "u2"), change(7, "comments", "", "Hello"),
        change(8, "work_notes", "", "secret"), change(9, "assignment_group", "g1", "g2"),
    ]  # fmt: skip
    room = Room(tmp_path, "Europe/Paris")
    room.take({"result": [incident(assigned_to="u2")]}, "page.json")
    room.take({"result": log}, "audit.json")
    sql = (
        "SELECT event_id, ticket_id, event_type, actor, from_value, to_value FROM ticket_events "
        "WHERE event_type <> 'agent' ORDER BY 1"
    )
    assert room.rows(sql) == [
        ("e1", "1a", "status", "agent", "open", "pending"),
        ("e4", "1a", "status", "system", "on_hold", "solved"),
        ("e5", "1a", "priority", "agent", "normal", "urgent"),
        ("e8", "1a", "note", "agent", None, None),
        ("e9", "1a", "team", "agent", "g1", "g2"),
    ]
    assert room.rows("SELECT DISTINCT event_at FROM ticket_events WHERE event_id = 'e1'") == [
        (datetime(2026, 3, 2, 10),)
    ]
    # Agents are those of the incidents, as pseudonyms.
    sql = (
        "SELECT e.to_value = t.agent_id, len(e.from_value), len(e.agent_id) "
        "FROM ticket_events e, tickets t WHERE event_type = 'agent'"
    )
    assert room.rows(sql) == [(True, 16, 16)]
    assert b"bo.roe" not in room.db.read_bytes()


def test_durations_of_sla_records_count_from_1970_and_give_the_promise(tmp_path: Path) -> None:
    # The columns are those of task_sla; a broken one has nothing left: it says less than was promised.
    sla = (
        "sys_id,sla,schedule,start_time,sys_updated_on,business_duration,business_time_left,duration,time_left,"
        "has_breached\n"
        "1,Priority 1 resolution (1 day),s,2016-12-12 15:19:57,2017-04-07 08:16:03,1970-01-01 02:37:03,"
        "1970-01-01 21:22:57,1970-01-01 02:37:03,1970-01-03 14:33:00,false\n"
        "2,Priority 1 resolution (1 day),s,2016-12-13 15:19:57,2017-04-08 08:16:03,1970-01-09 00:00:00,"
        "1970-01-01 00:00:00,1970-01-09 00:00:00,1970-01-01 00:00:00,true\n"
        "3,Best effort,,2016-12-13 15:19:57,2017-04-08 08:16:03,1970-01-01 00:00:00,"
        "1970-01-02 00:00:00,1970-01-01 00:00:00,1970-01-02 00:00:00,false\n"
    )
    room = Room(tmp_path)
    assert counts(room.take(sla)["sla_policies"]) == (1, 0, 0, 1)
    sql = "SELECT policy_id, metric, priority, target_s, clock, valid_from FROM sla_policies"
    day = ("Priority 1 resolution (1 day)", "resolution", "urgent", 86_400, "business", date(2016, 12, 12))
    assert room.rows(sql) == [day]


TASKS = """sys_id,_fivetran_deleted,_fivetran_synced,number,opened_at,state,priority,contact_type,closed_at,\
assigned_to_value,assignment_group_value,sys_class_name,sys_updated_on
1a,FALSE,2026-03-03 00:00:00,INC1,2026-03-02 09:00:00,7,2,email,2026-03-02 18:00:00,u1,g1,incident,2026-03-02 18:00:00
1b,FALSE,2026-03-03 00:00:00,CHG1,2026-03-02 09:00:00,3,4,,,,,change_request,2026-03-02 18:00:00
"""
INCIDENTS = """sys_id,_fivetran_deleted,_fivetran_synced,incident_state,caller_id_value,category,resolved_at,\
close_code,sys_created_on,sys_updated_on
1a,FALSE,2026-03-03 00:00:00,7,c1,software,2026-03-02 11:00:00,Duplicate,2026-03-02 09:00:01,2026-03-02 18:00:00
"""


def test_replicated_tables_of_one_incident_may_come_in_any_order(tmp_path: Path) -> None:
    # github.com/fivetran/dbt_servicenow: tables task and incident of one sys_id
    found = []
    for rank, files in enumerate(((TASKS, INCIDENTS), (INCIDENTS, TASKS))):
        (tmp_path / str(rank)).mkdir()
        room = Room(tmp_path / str(rank))
        first, second = map(counts, room.take_both(*files))
        assert (first[:3], second[:3], first[3] + second[3]) == ((1, 0, 0), (0, 1, 0), 1), "a change is no incident"
        sql = (
            "SELECT ticket_id, created_at, resolved_at, status, priority, channel, team_id, len(customer_id), "
            "len(agent_id), request_type, exclusion FROM tickets"
        )
        found += room.rows(sql)
    times = (datetime(2026, 3, 2, 9), datetime(2026, 3, 2, 11))
    assert found == [("1a", *times, "closed", "high", "email", "g1", 16, 16, "software", "duplicate")] * 2


def test_dates_that_could_be_of_two_months_are_asked_for(tmp_path: Path) -> None:
    room = Room(tmp_path)
    with pytest.raises(ImportFailed, match="day or with the month"):
        room.take("Number,Opened,State,Priority\nINC1,02/03/2026 09:00,New,4 - Low\n")
    room.take("Number,Opened,State,Priority\nINC1,02/13/2026 09:00 PM,New,4 - Low\n")
    assert room.rows("SELECT created_at FROM tickets") == [(datetime(2026, 2, 13, 20),)]


JOURNAL = """sys_id,name,element,element_id,value,sys_created_on,sys_created_by
j1,incident,comments,INC1,My mail is down,2026-03-02 09:00:00,ann.lee
j2,incident,work_notes,INC1,private words,2026-03-02 09:05:00,bo.roe
j3,incident,comments,INC1,We look at it,2026-03-02 09:10:00,bo.roe
j4,incident,comments,INC1,Resolved by itself,2026-03-02 09:20:00,system
"""


def test_the_journal_tells_replies_from_messages_by_who_writes_work_notes(tmp_path: Path) -> None:
    room = Room(tmp_path, "Europe/Paris")
    report = room.take(JOURNAL)["ticket_events"]
    assert counts(report) == (3, 0, 0, 0)
    assert report.notes[0].startswith("1 of 4 records make no row of their own (3)"), "the audit log has work notes"
    sql = "SELECT event_id, event_type, actor, agent_id IS NULL, event_at FROM ticket_events ORDER BY 1"
    assert room.rows(sql) == [
        ("j1", "customer_message", "customer", True, datetime(2026, 3, 2, 8)),
        ("j3", "public_reply", "agent", False, datetime(2026, 3, 2, 8, 10)),
        ("j4", "auto_reply", "system", True, datetime(2026, 3, 2, 8, 20)),
    ]
    assert counts(room.take(JOURNAL)["ticket_events"]) == (0, 0, 3, 0)
    head, *lines = JOURNAL.strip().split("\n")
    result = [dict(zip(head.split(","), line.split(","), strict=True)) for line in lines]
    utc = Room(tmp_path / "api", "Europe/Paris")
    utc.folder.mkdir()
    utc.take({"result": result}, "journal.json")
    assert utc.rows("SELECT min(event_at) FROM ticket_events") == [(datetime(2026, 3, 2, 9),)]
