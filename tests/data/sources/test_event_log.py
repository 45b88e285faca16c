"""Logs of process mining: cases, activities, instants."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.data.sources.exports import Room, counts

# A help desk's public log (doi.org/10.4121/uuid:0c60edf1-6f83-4e75-9367-4c63b3e9d5bb): its columns and activities.
HELPDESK = """Case ID,Activity,Resource,Complete Timestamp,Variant
Case 1,Insert ticket,Value 1,2012/10/09 14:50:17.000,V
Case 1,Assign seriousness,Value 1,2012/10/09 14:51:01.000,V
Case 1,Take in charge ticket,Value 2,2012/10/12 15:02:56.000,V
Case 1,Resolve ticket,Value 2,2012/10/25 11:54:26.000,V
Case 1,Closed,Value 3,2012/11/09 12:54:39.000,V
Case 2,Wait,Value 2,2012/10/12 15:02:56.000,V
Case 2,Wait,Value 2,2012/10/12 15:02:56.000,V
Case 2,Dance,Value 2,2012/10/12 15:02:56.000,V
"""


def test_a_log_becomes_events_and_a_ticket_where_the_start_is_known(tmp_path: Path) -> None:
    room = Room(tmp_path, "Europe/Rome")
    reports = room.take(HELPDESK)
    assert (counts(reports["tickets"]), counts(reports["ticket_events"])) == ((1, 0, 0, 0), (7, 0, 0, 1))
    assert room.source() == "event_log"
    assert [reject.value for reject in reports["ticket_events"].rejects] == ["dance"], "an activity of one's own"
    sql = "SELECT ticket_id, created_at, status, resolved_at, channel FROM tickets"
    end = datetime(2012, 10, 25, 9, 54, 26)
    assert room.rows(sql) == [("Case 1", datetime(2012, 10, 9, 12, 50, 17), "closed", end, "other")]
    sql = "SELECT event_type, to_value FROM ticket_events WHERE ticket_id = 'Case 1' ORDER BY event_at"
    assert room.rows(sql) == [
        ("status", "new"), ("note", None), ("status", "open"), ("status", "solved"), ("status", "closed"),
    ]  # fmt: skip
    again = room.take(HELPDESK)
    assert (counts(again["tickets"]), counts(again["ticket_events"])) == ((0, 0, 1, 0), (0, 0, 7, 1))
    reopened = HELPDESK + "Case 1,Reopen,Value 3,2012/11/10 12:54:39.000,V\n"
    later = room.take(reopened)
    assert (counts(later["tickets"]), counts(later["ticket_events"])) == ((0, 1, 0, 0), (1, 0, 7, 1))
    assert room.rows("SELECT status, resolved_at FROM tickets") == [("open", None)]


# Names of the XES standard, as pm4py writes them: processintelligence.solutions/static/api/2.7.11
XES = """case:concept:name,concept:name,time:timestamp,org:resource,org:group,lifecycle:transition,case:channel
1,Created,2026-03-02 10:00:00+01:00,,,complete,phone
1,Assign,2026-03-02 10:05:00+01:00,Ann,G1,complete,phone
1,Reply,2026-03-02 10:10:00+01:00,Ann,G1,start,phone
1,Reply,2026-03-02 10:20:00+01:00,Ann,G1,complete,phone
1,Accepted,2026-03-02 10:30:00+01:00,Ann,G1,Wait - User,phone
1,Completed,2026-03-02 10:40:00+01:00,Ann,G1,Resolved,phone
"""


def test_the_start_of_an_activity_is_no_event_and_a_transition_may_be_the_status(tmp_path: Path) -> None:
    room = Room(tmp_path)
    reports = room.take(XES)
    assert (counts(reports["tickets"]), counts(reports["ticket_events"])) == ((1, 0, 0, 0), (5, 0, 0, 0))
    assert reports["tickets"].notes == ("1 rows say that an activity starts or waits: its end is the event",)
    sql = "SELECT event_type, actor, if(event_type = 'agent', to_value = agent_id, NULL), to_value FROM ticket_events"
    found = room.rows(f"{sql} ORDER BY event_at")
    assert [row[:3] for row in found] == [
        ("status", "system", None), ("agent", "agent", True), ("public_reply", "agent", None),
        ("status", "agent", None), ("status", "agent", None),
    ]  # fmt: skip
    assert [row[3] for row in found if row[0] == "status"] == ["new", "pending", "solved"]
    sql = "SELECT channel, team_id, created_at, resolved_at FROM tickets"
    assert room.rows(sql) == [("phone", "G1", datetime(2026, 3, 2, 9), datetime(2026, 3, 2, 9, 40))]
