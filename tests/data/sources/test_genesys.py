"""Genesys Cloud's conversation details.

Keys, purposes, segment types and metrics: the data models AnalyticsConversation, AnalyticsSession,
AnalyticsConversationSegment of https://github.com/MyPureCloud/platform-client-sdk-java (build/docs), and
https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.data.sources.store_of_calls import Desk, underived

DAY = "2026-03-02T"


def at(time: str) -> str:
    return f"{DAY}{time}.250Z"


def segment(kind: str, start: str, end: str | None, queue: str | None = None, leaves: str | None = None) -> Any:
    given = {"segmentStart": at(start), "segmentType": kind, "queueId": queue, "disconnectType": leaves}
    return {k: v for k, v in given.items() if v} | ({"segmentEnd": at(end)} if end else {})


def party(name: str, purpose: str, *segments: Any, media: str = "voice", metrics: Any = None, **more: Any) -> Any:
    """A participant with one session; metrics in milliseconds."""
    written = [{"name": k, "value": v, "emitDate": segments[-1]["segmentStart"]} for k, v in (metrics or {}).items()]
    session = {"sessionId": f"s-{name}", "mediaType": media, "direction": "inbound", "segments": list(segments)}
    session |= {k: v for k, v in more.items() if k in ("ani", "direction", "messageType")}
    told = {k: v for k, v in more.items() if k == "externalContactId"}
    user = {"userId": f"u-{name}"} if purpose in ("agent", "user") else {}
    return {"participantId": name, "purpose": purpose, "sessions": [session | {"metrics": written}], **told, **user}


def customer(start: str, end: str, ani: str = "tel:+33612345678", **more: Any) -> Any:
    return party("cust", "customer", segment("interact", start, end), ani=ani, **more)


def talk(conversation: str, start: str, end: str | None, *parties: Any, way: str = "inbound") -> Any:
    closed = {"conversationEnd": at(end)} if end else {}
    head = {"conversationId": conversation, "conversationStart": at(start), "originatingDirection": way}
    return head | closed | {"participants": list(parties)}


MENU = party("menu", "ivr", segment("ivr", "09:00:00", "09:00:20"))
SALES = party(
    "acd1", "acd", segment("interact", "09:00:20", "09:01:00", "sales", "transfer"), metrics={"nOffered": 1, "tAcd": 40}
)
ANN = party(
    "ann",
    "agent",
    segment("alert", "09:00:50", "09:01:00", "sales"),
    segment("interact", "09:01:00", "09:03:00", "sales"),
    segment("hold", "09:03:00", "09:03:30", "sales"),
    segment("interact", "09:03:30", "09:04:00", "sales", "peer"),
    segment("wrapup", "09:04:00", "09:04:45", "sales"),
    metrics={"tTalkComplete": 150_400, "tHeldComplete": 29_700, "tAcw": 45_000, "tHandle": 225_100},
)
PASSED = party(
    "ann", "agent", segment("interact", "09:01:00", "09:03:00", "sales", "transfer"),
    metrics={"tTalkComplete": 120_000, "tHandle": 120_000, "nTransferred": 1},
)  # fmt: skip
TECH = party("acd2", "acd", segment("interact", "09:03:00", "09:03:50", "tech", "transfer"))
BOB = party(
    "bob", "agent", segment("interact", "09:03:50", "09:06:00", "tech", "peer"),
    metrics={"tTalkComplete": 130_000, "tHandle": 130_000},
)  # fmt: skip

CONVERSATIONS = [
    talk("answered", "09:00:00", "09:04:45", customer("09:00:00", "09:04:00"), MENU, SALES, ANN),
    talk("moved", "09:00:00", "09:06:00", customer("09:00:00", "09:06:00"), SALES, PASSED, TECH, BOB),
    talk(
        "asked", "09:00:00", "09:06:00", customer("09:00:00", "09:06:00", ani="sip:anonymous@10.1.2.3"), SALES, ANN,
        party("bob", "agent", segment("interact", "09:03:00", "09:03:30"), metrics={"tTalk": 30_000, "tHandle": 1}),
        party("boss", "user", segment("monitoring", "09:01:30", "09:03:00")),
    ),
    talk(
        "overflown", "09:00:00", "09:06:00", customer("09:00:00", "09:06:00"),
        party("acd1", "acd", segment("interact", "09:00:20", "09:03:00", "sales"), metrics={"tFlowOut": 160_000}),
        TECH, BOB,
    ),
    talk(
        "gone", "09:00:00", "09:00:55", customer("09:00:00", "09:00:55"),
        party("acd1", "acd", segment("interact", "09:00:20", "09:00:55", "sales"), metrics={"tAbandon": 35_000}),
    ),
    talk("menu", "09:00:00", "09:00:20", customer("09:00:00", "09:00:20", ani="tel:anonymous"), MENU),
    talk(
        "lost", "09:00:00", "09:03:40", customer("09:00:00", "09:03:40"), SALES, PASSED,
        party("acd2", "acd", segment("interact", "09:03:00", "09:03:40", "tech"), metrics={"tAbandon": 40_000}),
    ),
    talk(
        "back", "09:00:00", "09:20:00", customer("09:00:00", "09:02:00"),
        party("acd1", "acd", segment("interact", "09:00:20", "09:02:00", "sales"), metrics={"tFlowOut": 100_000}),
        party("cb", "customer", segment("callback", "09:02:00", "09:20:00"), media="callback"),
        {
            **party("ann", "agent", segment("callback", "09:15:00", "09:20:00", "sales"), media="callback"),
            "sessions": [
                party("ann", "agent", segment("alert", "09:15:00", "09:15:10", "sales"), media="callback",
                      metrics={"tHandle": 200_000, "tTalk": 180_000, "tAcw": 20_000})["sessions"][0],
                party("ann", "agent", segment("dialing", "09:15:20", "09:15:30"),
                      segment("interact", "09:15:30", "09:18:30"), direction="outbound")["sessions"][0],
            ],
        },
    ),
    talk("colleagues", "09:00:00", "09:01:00", party("ann", "user", segment("interact", "09:00:05", "09:01:00"))),
    talk(
        "junk", "09:00:00", "09:01:00",
        party("cust", "customer", segment("interact", "09:00:00", "09:01:00", None, "spam"), media="email"),
    ),
    talk(
        "message", "09:00:00", None,
        party("cust", "customer", segment("interact", "09:00:00", None), media="message", messageType="whatsapp",
              externalContactId="c-7"),
        party("acd1", "acd", segment("interact", "09:00:01", None, "sales"), media="message"),
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    patch = underived()
    made = Desk(tmp_path_factory.mktemp("genesys"))
    (report,) = made.load("a.json", {"conversations": CONVERSATIONS, "totalHits": len(CONVERSATIONS)})
    assert (report.table, report.loaded, report.rejected) == ("interactions", 13, 1)
    assert "write one of inbound, outbound" in report.rejects[0].reason
    assert report.rejects[0].value == "internal"
    yield made
    patch.undo()


def test_milliseconds_are_read_as_such_and_the_menu_is_before_the_wait(desk: Desk) -> None:
    columns = "hms(offered_at), hms(answered_at), hms(ended_at), talk_s, hold_s, wrap_s, outcome, channel, team_id"
    assert desk.row(columns, "answered") == (
        "09:00:20", "09:01:00", "09:04:00", 150, 30, 45, "answered", "phone", "sales",
    )  # fmt: skip


def test_a_transfer_is_a_leg_that_waits_in_its_own_queue(desk: Desk) -> None:
    columns = "parent_interaction_id, direction, team_id, hms(offered_at), hms(answered_at), talk_s, hold_s"
    assert desk.row(columns, "moved") == (None, "inbound", "sales", "09:00:20", "09:01:00", 120, 0)
    assert desk.row(columns, "moved/bob") == ("moved", "inbound", "tech", "09:03:00", "09:03:50", 130, 0)


def test_a_colleague_who_was_asked_and_a_supervisor_who_listened_are_no_legs(desk: Desk) -> None:
    assert desk.rows("SELECT interaction_id FROM interactions WHERE interaction_id LIKE 'asked%'") == [("asked",)]


def test_a_call_that_flowed_over_into_another_queue_waited_once(desk: Desk) -> None:
    columns = "team_id, hms(offered_at), hms(answered_at), outcome"
    assert desk.row(columns, "overflown") == ("tech", "09:00:20", "09:03:50", "answered")


def test_who_hangs_up_in_the_queue_abandons_and_in_the_menu_does_not(desk: Desk) -> None:
    columns = "outcome, hms(offered_at), answered_at, hms(ended_at), talk_s"
    assert desk.row(columns, "gone") == ("abandoned", "09:00:20", None, "09:00:55", None)
    assert desk.row(columns, "menu") == ("dissuaded", "09:00:00", None, "09:00:20", None)
    assert desk.row(f"parent_interaction_id, {columns}", "lost/acd2") == (
        "lost", "abandoned", "09:03:00", None, "09:03:40", None,
    )  # fmt: skip


def test_a_call_back_is_an_outbound_leg_of_the_call_that_asked_for_it(desk: Desk) -> None:
    columns = "parent_interaction_id, direction, outcome, hms(answered_at), hms(ended_at), talk_s, wrap_s"
    assert desk.row(columns, "back") == (None, "inbound", "callback", None, "09:02:00", None, None)
    assert desk.row(columns, "back/ann") == ("back", "outbound", "answered", "09:15:30", "09:18:30", 180, 20)


def test_spam_is_kept_and_excluded(desk: Desk) -> None:
    assert desk.row("exclusion, channel", "junk") == ("spam", "email")


def test_callers_who_hide_their_number_are_not_one_customer(desk: Desk) -> None:
    known = desk.rows("SELECT count(DISTINCT customer_id), count(*) FILTER (WHERE customer_id IS NULL) "
                      "FROM interactions WHERE parent_interaction_id IS NULL")  # fmt: skip
    assert known == [(2, 3)]  # the number of most, the contact of the message; two anonymous, one e-mail
    assert desk.rows("SELECT count(*) FROM interactions WHERE customer_id LIKE '%612345678%'") == [(0,)]


def test_a_conversation_that_goes_on_has_no_end_and_no_outcome(desk: Desk) -> None:
    assert desk.row("outcome, answered_at, ended_at, channel", "message") == (None, None, None, "whatsapp")


def test_an_agent_who_has_not_finished_has_no_times_yet(tmp_path: Path, desk: Desk) -> None:
    still = party("ann", "agent", segment("interact", "09:01:00", "09:04:00", "sales"), metrics={"tTalk": 180_000})
    own = Desk(tmp_path)
    own.load("one.json", talk("open", "09:00:00", None, customer("09:00:00", "09:04:00"), SALES, still))
    assert own.row("outcome, hms(answered_at), ended_at, talk_s, wrap_s", "open") == (
        "answered", "09:01:00", None, None, None,
    )  # fmt: skip


def test_a_conversation_on_two_pages_is_not_counted_twice(tmp_path: Path, desk: Desk) -> None:
    own = Desk(tmp_path)
    empty = talk("empty", "09:00:00", "09:01:00")
    (report,) = own.load("two.json", [CONVERSATIONS[0], CONVERSATIONS[0], empty])
    assert (report.loaded, report.rejected) == (1, 1)
    assert report.rejects[0].value == "without a session"
    assert own.row("talk_s, wrap_s", "answered") == (150, 45)


def test_the_same_export_changes_nothing_and_an_older_one_undoes_nothing(desk: Desk) -> None:
    (again,) = desk.load("b.json", CONVERSATIONS)
    assert (again.loaded, again.updated, again.unchanged) == (0, 0, 13)
    waiting = talk("answered", "09:00:00", None, customer("09:00:00", "09:00:30"))
    (older,) = desk.load("c.json", waiting)
    assert (older.updated, older.unchanged) == (0, 1)
    later = talk("message", "09:00:00", "09:30:00", *CONVERSATIONS[-1]["participants"])
    (newer,) = desk.load("d.json", later)
    assert (newer.updated, desk.row("outcome, hms(ended_at)", "message")) == (1, ("abandoned", "09:30:00"))
