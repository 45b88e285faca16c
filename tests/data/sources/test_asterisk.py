"""Asterisk's queue_log and its call detail records.

Events and their parameters: https://docs.asterisk.org/Operation/Logging/Queue-Logs/
Fields of a record: https://docs.asterisk.org/Configuration/Reporting/Call-Detail-Records-CDR/CDR-Specification/
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

import pytest

from tests.data.sources.store_of_calls import Desk, underived

NINE = 1772442000  # 2026-03-02T09:00:00Z


def log(*events: str) -> str:
    """Lines of a queue_log from `seconds after nine|callid|...`."""
    parted = (event.split("|", 1) for event in events)
    return "".join(f"{NINE + int(second)}|{rest}\n" for second, rest in parted)


LOG = log(
    "0|NONE|NONE|NONE|QUEUESTART|",
    "0|NONE|sales|PJSIP/1001|ADDMEMBER|",
    "0|sold|sales|NONE|DID|33140000000",
    "0|sold|sales|NONE|ENTERQUEUE||0612345678|1",
    "1|told|sales|NONE|ENTERQUEUE||anonymous|2",
    "5|sold|sales|PJSIP/1001|RINGNOANSWER|5000",
    "10|sold|sales|PJSIP/1002|CONNECT|10|1772442005.9|4",
    "21|told|sales|NONE|ABANDON|1|2|20",
    "70|sold|sales|PJSIP/1002|COMPLETECALLER|10|60|1",
    "100|spilt|sales|NONE|ENTERQUEUE||0687654321|1",
    "160|spilt|sales|NONE|EXITWITHTIMEOUT|1|1|60",
    "160|spilt|tech|NONE|ENTERQUEUE||0687654321|1",
    "190|spilt|tech|NONE|EXITEMPTY|1|1|30",
    "190|spilt|tech|NONE|ENTERQUEUE||0687654321|1",
    "200|spilt|tech|PJSIP/1003|CONNECT|10|1772442195.2|5",
    "230|spilt|tech|PJSIP/1003|BLINDTRANSFER|600|default|10|30|1",
    "230|spilt|sales|NONE|ENTERQUEUE||0687654321|1",
    "250|spilt|sales|PJSIP/1002|CONNECT|20|1772442245.2|5",
    "290|spilt|sales|PJSIP/1002|COMPLETEAGENT|20|40|1",
    "300|left|sales|NONE|ENTERQUEUE||0611111111|1",
    "330|left|sales|NONE|EXITWITHKEY|1|1|1|30",
    "340|shut|sales|NONE|JOINEMPTY|",
    "400|night|sales|NONE|ENTERQUEUE||0622222222|1",
)
AFTER_THE_CUT = log(
    "430|night|sales|PJSIP/1001|CONNECT|30|1772442425.1|3",
    "490|night|sales|PJSIP/1001|COMPLETEAGENT|30|60|1",
    "500|later|sales|PJSIP/1001|COMPLETEAGENT|15|120|1",
)


def records(*calls: Mapping[str, object], width: int = 18) -> str:
    """Lines of a Master.csv; texts quoted, as Asterisk does."""
    usual = {
        "accountcode": "", "src": "0612345678", "dst": "200", "dcontext": "from-trunk",
        "clid": '"Durand, Jean" <0612345678>', "channel": "PJSIP/trunk-0000000a", "dstchannel": "PJSIP/1001-0000000b",
        "lastapp": "Dial", "lastdata": "PJSIP/1001,30", "start": "2026-03-02 10:00:00",
        "answer": "2026-03-02 10:00:10", "end": "2026-03-02 10:02:10", "duration": 130, "billsec": 120,
        "disposition": "ANSWERED", "amaflags": "DOCUMENTATION", "uniqueid": "1", "userfield": "",
    }  # fmt: skip
    text = io.StringIO()
    rows = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    rows.writerows(list({**usual, **call}.values())[:width] for call in calls)
    return text.getvalue()


RANG = {"disposition": "NO ANSWER", "answer": "", "billsec": 0, "end": "2026-03-02 10:00:25"}
CALLS = (
    {"uniqueid": "direct"},
    {"uniqueid": "lost", **RANG, "src": "anonymous", "clid": "anonymous"},
    {"uniqueid": "menu", "lastapp": "BackGround", "dstchannel": ""},
    {"uniqueid": "memo", "lastapp": "VoiceMail", "dstchannel": ""},
    {"uniqueid": "kept", "lastapp": "Queue", "dstchannel": ""},
    {"uniqueid": "out", "src": "0140000000", "dst": "0033687654321", "channel": "PJSIP/1001-0000000c"},
    {"uniqueid": "inner", "src": "1001", "dst": "1002", "channel": "PJSIP/1001-0000000d"},
    {"uniqueid": "group", **RANG, "dstchannel": "PJSIP/1001-00000001"},
    {"uniqueid": "group", "dstchannel": "PJSIP/1002-00000002"},
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    patch = underived()
    made = Desk(tmp_path_factory.mktemp("asterisk"))
    (queues,) = made.load("queue_log.txt", LOG)
    assert (queues.table, queues.rows_read, queues.loaded) == ("interactions", 7, 7)
    (calls,) = made.load("Master.csv", records(*CALLS), source_zone="Europe/Paris")
    assert (calls.loaded, calls.rejected) == (6, 2)
    assert {reject.value for reject in calls.rejects} == {"in a queue: import queue_log", "internal"}
    yield made
    patch.undo()


def test_an_agent_who_lets_it_ring_neither_answers_nor_makes_a_leg(desk: Desk) -> None:
    columns = "hms(offered_at), hms(answered_at), hms(ended_at), outcome, talk_s, hold_s, team_id, direction"
    assert desk.row(columns, "sold") == (
        "09:00:00", "09:00:10", "09:01:10", "answered", 60, None, "sales", "inbound",
    )  # fmt: skip
    assert desk.rows("SELECT count(*) FROM interactions WHERE interaction_id LIKE 'sold%'") == [(1,)]


def test_who_hangs_up_while_waiting_abandons_and_who_was_refused_does_not(desk: Desk) -> None:
    assert desk.row("outcome, hms(ended_at), agent_id, customer_id", "told") == ("abandoned", "09:00:21", None, None)
    assert desk.row("outcome", "shut") == ("dissuaded",)
    assert desk.row("outcome, hms(ended_at)", "left") == ("overflow", "09:05:30")


def test_a_call_through_several_queues_and_twice_the_same_waited_once_before_its_first_agent(desk: Desk) -> None:
    columns = "parent_interaction_id, team_id, hms(offered_at), hms(answered_at), hms(ended_at), talk_s"
    assert desk.row(columns, "spilt") == (None, "tech", "09:01:40", "09:03:20", "09:03:50", 30)
    assert desk.row(columns, f"spilt/{NINE + 230}") == ("spilt", "sales", "09:03:50", "09:04:10", "09:04:50", 40)


def test_a_call_cut_by_the_rotation_of_the_log_keeps_its_wait(desk: Desk) -> None:
    assert desk.row("outcome, ended_at", "night") == (None, None)
    (report,) = desk.load("queue_log.1.txt", AFTER_THE_CUT)
    assert (report.loaded, report.updated) == (1, 1)
    columns = "outcome, hms(offered_at), hms(answered_at), talk_s"
    assert desk.row(columns, "night") == ("answered", "09:06:40", "09:07:10", 60)
    assert desk.row(columns, "later") == ("answered", "09:06:05", "09:06:20", 120)


def test_records_are_read_on_the_wall_clock_and_a_comma_in_a_name_is_no_field(desk: Desk) -> None:
    columns = "hms(offered_at), hms(answered_at), hms(ended_at), outcome, talk_s, direction"
    assert desk.row(columns, "direct") == ("09:00:00", "09:00:10", "09:02:10", "answered", 120, "inbound")


def test_a_record_says_answered_when_only_the_menu_did(desk: Desk) -> None:
    found = {key: desk.row("outcome, answered_at, talk_s", key) for key in ("lost", "menu", "memo")}
    assert found == {
        "lost": ("abandoned", None, None),
        "menu": ("dissuaded", None, None),
        "memo": ("voicemail", None, None),
    }


def test_the_direction_is_told_by_who_called_whom(desk: Desk) -> None:
    assert desk.row("direction, outcome, talk_s", "out") == ("outbound", "answered", 120)
    customer = "customer_id IS NOT NULL, agent_id"
    assert desk.row(customer, "out")[0] is True
    assert desk.row("agent_id", "out") == desk.row("agent_id", "direct")  # PJSIP/1001 both times


def test_telephones_that_ring_together_are_one_call(desk: Desk) -> None:
    assert desk.row("outcome, hms(offered_at), hms(answered_at)", "group") == ("answered", "09:00:00", "09:00:10")


def test_the_same_files_change_nothing(desk: Desk) -> None:
    (queues,) = desk.load("again.txt", LOG)
    assert (queues.loaded, queues.updated, queues.unchanged) == (0, 0, 7)
    (calls,) = desk.load("again.csv", records(*CALLS), source_zone="Europe/Paris")
    assert (calls.loaded, calls.updated, calls.unchanged, calls.rejected) == (0, 0, 6, 2)
    (bare,) = desk.load("sixteen.csv", records({"src": "0699999999"}, width=16), source_zone="Europe/Paris")
    assert bare.loaded == 1
