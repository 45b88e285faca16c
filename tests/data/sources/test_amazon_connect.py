"""Amazon Connect's contact records.

Fields: https://docs.aws.amazon.com/connect/latest/adminguide/ctr-data-model.html
Ways a contact starts: https://docs.aws.amazon.com/connect/latest/adminguide/contact-initiation-methods.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.data.sources.store_of_calls import Desk, underived

INSTANCE = "arn:aws:connect:eu-west-3:123456789012:instance/i-1"


def at(time: str | None) -> str | None:
    return f"2026-03-02T{time}Z" if time else None


def contact(
    key: str, method: str = "INBOUND", start: str = "09:00:00", end: str | None = "09:10:00", **more: Any
) -> Any:
    """A contact record; `queue`, `agent` are sections of it, the rest are fields."""
    queue, agent = more.pop("queue", None), more.pop("agent", None)
    return {
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "Agent": agent,
        "Channel": "VOICE",
        "ContactId": key,
        "CustomerEndpoint": {"Address": "+33612345678", "Type": "TELEPHONE_NUMBER"},
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "DisconnectTimestamp": at(end),
        "InitialContactId": None,
        "InitiationMethod": method,
        "InitiationTimestamp": at(start),
        "LastUpdateTimestamp": at("10:00:00"),
        "NextContactId": None,
        "PreviousContactId": None,
        "Queue": queue,
        **more,
    }


def queue(name: str, entered: str, left: str | None) -> Any:
    arn = f"{INSTANCE}/queue/{name}"
    return {"ARN": arn, "Name": name.title(), "EnqueueTimestamp": at(entered), "DequeueTimestamp": at(left)}


def agent(name: str, picked: str, talk: int, hold: int, wrap_at: str, wrap: int) -> Any:
    return {
        "ARN": f"{INSTANCE}/agent/{name}", "Username": name, "ConnectedToAgentTimestamp": at(picked),
        "AgentInteractionDuration": talk, "CustomerHoldDuration": hold,
        "AfterContactWorkStartTimestamp": at(wrap_at), "AfterContactWorkDuration": wrap,
    }  # fmt: skip


ANN = agent("ann", "09:02:00", 240, 60, "09:07:00", 45)
RECORDS = [
    contact("sold", queue=queue("sales", "09:01:00", "09:02:00"), agent=ANN, LastUpdateTimestamp=at("09:11:00")),
    contact("sold", queue=queue("sales", "09:01:00", "09:02:00"), agent=ANN | {"AfterContactWorkDuration": 50}),
    contact("gone", end="09:01:30", queue=queue("sales", "09:01:00", "09:01:30")),
    contact("menu", end="09:00:40", CustomerEndpoint={"Address": "anonymous", "Type": "TELEPHONE_NUMBER"}),
    contact(
        "told", end="09:05:00", queue=queue("sales", "09:01:00", "09:05:00"),
        DisconnectReason="CONTACT_FLOW_DISCONNECT",
    ),
    contact(
        "first", queue=queue("sales", "09:01:00", "09:02:00"), agent=ANN, NextContactId="second", end="09:20:00",
        TransferCompletedTimestamp=at("09:07:00"),
    ),
    contact(
        "second", "TRANSFER", "09:06:30", "09:20:00", queue=queue("tech", "09:06:30", "09:08:00"),
        agent=agent("bob", "09:08:00", 700, 20, "09:20:00", 10), InitialContactId="first", PreviousContactId="first",
    ),
    contact("full", end="09:03:00", queue=queue("sales", "09:01:00", "09:03:00"), NextContactId="spill"),
    contact(
        "spill", "QUEUE_TRANSFER", "09:03:00", "09:04:00", queue=queue("tech", "09:03:00", "09:04:00"),
        PreviousContactId="full",
    ),
    contact("asked", end="09:02:00", queue=queue("sales", "09:01:00", "09:02:00"), NextContactId="back"),
    contact(
        "back", "CALLBACK", "09:02:00", "09:35:00", queue=queue("sales", "09:02:00", "09:30:00"),
        PreviousContactId="asked", agent=agent("ann", "09:30:00", 290, 0, "09:35:00", 5),
        ConnectedToSystemTimestamp=at("09:30:10"),
    ),
    contact("rings", "OUTBOUND", end="09:01:00", agent=agent("ann", "09:00:01", 0, 0, "09:01:00", 0)),
    contact(
        "sms", "API", end=None, Channel="CHAT", queue=queue("sales", "09:01:00", None), DisconnectReason=None,
        SegmentAttributes={"connect:Subtype": {"ValueString": "connect:SMS"}},
    ),
    contact("spy", "MONITOR"),
]  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    patch = underived()
    made = Desk(tmp_path_factory.mktemp("connect"))
    contacts, teams = made.load("a.json", "".join(map(json.dumps, RECORDS)))  # nothing between the objects
    assert (contacts.table, contacts.loaded, contacts.rejected) == ("interactions", 12, 2)
    assert (teams.table, teams.loaded, teams.rejected) == ("teams", 2, 0)
    reasons = {(reject.value, reject.reason[:23]) for reject in contacts.rejects}
    assert reasons == {("MONITOR", "write one of inbound, o"), ("sold", "superseded by line 2, w")}
    yield made
    patch.undo()


def test_the_newest_delivery_of_a_record_wins(desk: Desk) -> None:
    assert desk.row("talk_s, hold_s, wrap_s, agent_id = 'ann'", "sold") == (240, 60, 50, False)


def test_the_wait_starts_in_the_queue_and_the_queues_have_their_names(desk: Desk) -> None:
    columns = "hms(offered_at), hms(answered_at), hms(ended_at), outcome, channel, team_id"
    assert desk.row(columns, "sold") == ("09:01:00", "09:02:00", "09:07:00", "answered", "phone", "sales")
    assert desk.rows("SELECT team_id, name FROM teams ORDER BY 1") == [("sales", "Sales"), ("tech", "Tech")]


def test_who_hangs_up_in_the_queue_abandons_and_who_never_reached_it_does_not(desk: Desk) -> None:
    columns = "outcome, hms(offered_at), hms(ended_at), talk_s"
    assert desk.row(columns, "gone") == ("abandoned", "09:01:00", "09:01:30", None)
    assert desk.row(f"{columns}, customer_id", "menu") == ("dissuaded", "09:00:00", "09:00:40", None, None)
    assert desk.row(columns, "told") == ("overflow", "09:01:00", "09:05:00", None)


def test_the_agents_part_of_a_transferred_call_ends_before_the_customer_hangs_up(desk: Desk) -> None:
    columns = "parent_interaction_id, direction, hms(ended_at), talk_s, team_id"
    assert desk.row(columns, "first") == (None, "inbound", "09:07:00", 240, "sales")
    assert desk.row(columns, "second") == ("first", "inbound", "09:20:00", 700, "tech")


def test_a_caller_moved_from_queue_to_queue_overflowed(desk: Desk) -> None:
    assert desk.row("parent_interaction_id, outcome", "full") == (None, "overflow")
    assert desk.row("parent_interaction_id, outcome", "spill") == ("full", "abandoned")


def test_a_call_back_is_an_outbound_leg_of_the_call_that_asked_for_it(desk: Desk) -> None:
    assert desk.row("direction, outcome, hms(ended_at)", "asked") == ("inbound", "callback", "09:02:00")
    assert desk.row("parent_interaction_id, direction, outcome, hms(answered_at)", "back") == (
        "asked", "outbound", "answered", "09:30:10",
    )  # fmt: skip


def test_an_outbound_call_that_nobody_took_is_not_answered(desk: Desk) -> None:
    assert desk.row("direction, answered_at, outcome", "rings") == ("outbound", None, None)


def test_sms_are_told_from_chat_and_an_open_contact_has_no_outcome(desk: Desk) -> None:
    assert desk.row("channel, direction, outcome, ended_at", "sms") == ("sms", "inbound", None, None)


def test_the_same_records_change_nothing_and_a_late_old_delivery_undoes_nothing(desk: Desk) -> None:
    lines = "\n".join(map(json.dumps, RECORDS[1:-1]))
    again, teams = desk.load("b.jsonl", lines)
    assert (again.loaded, again.updated, again.unchanged, teams.unchanged) == (0, 0, 12, 2)
    late, _ = desk.load("c.json", [RECORDS[0]])
    assert (late.updated, late.unchanged, desk.row("wrap_s", "sold")) == (0, 1, (50,))
    newer, _ = desk.load("d.json", [RECORDS[0] | {"LastUpdateTimestamp": at("11:00:00")}])
    assert (newer.updated, desk.row("wrap_s", "sold")) == (1, (45,))
