"""Resolution on small stores: its figures, the three ways to count a first contact, and every state with little."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard import cache
from dashboard import format as fmt
from dashboard.filters import Choice, Clock, Scope, scope_of
from dashboard.periods import Preset
from kpi import answer as answers
from kpi.conventions import unfinished
from kpi.engines import DuckDBEngine
from kpi.errors import InvalidPeriod
from kpi.model import Figure, Filter, Unit
from tests.dashboard.desk import listed
from tests.dashboard.test_views_calls import call
from tests.dashboard.test_views_service import FIRST, HOSTILE, TEAMS, UNTIL, _store, _ticket, fresh, opened, said

__all__ = ["fresh"]
LANGUAGES = ("fr", "en")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    cache._open_days.clear()  # type: ignore[attr-defined]
    cache._longest.clear()  # type: ignore[attr-defined]


def event(ticket: dict[str, Any], number: int, at: datetime, value: str) -> dict[str, Any]:
    return {
        "event_id": f"{ticket['ticket_id']}-{number}", "ticket_id": ticket["ticket_id"], "event_at": at.isoformat(),
        "event_type": "status", "actor": "agent", "seq": number, "to_value": value,
    }  # fmt: skip


def contact(number: int) -> dict[str, Any]:
    """Written contacts: one customer in three comes back the next day for the same reason."""
    at = FIRST + timedelta(days=number // 3 % 70, hours=number % 3 * 20)
    return {
        "interaction_id": f"W{number:03}", "channel": "email", "direction": "inbound", "offered_at": at.isoformat(),
        "customer_id": f"C{number // 3 if number % 3 < 2 else 500 + number}", "request_type": "Delivery",
        "repeat_reason": ("unclear_answer", "new_question")[number % 2], "team_id": "TM1",
    }  # fmt: skip


def answer(number: int) -> dict[str, Any]:
    at = (FIRST + timedelta(days=number)).isoformat()
    return {
        "survey_id": f"S{number:03}", "item": "main", "survey_type": "fcr", "sent_at": at, "responded_at": at,
        "score": int(number % 4 > 0), "scale_min": 0, "scale_max": 1, "higher_is_better": True, "channel": "email",
    }  # fmt: skip


TICKETS = [_ticket(number) for number in range(150)]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _store(
        tmp_path_factory.mktemp("resolution"),
        tickets=TICKETS,
        teams=TEAMS,
        interactions=[contact(number) for number in range(180)],
        surveys=[answer(number) for number in range(40)],
    )


def scope(choice: Choice | None = None) -> Scope:
    chosen = choice or Choice(Preset.LAST_90)
    return scope_of(chosen, data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")


def total(path: Path, kpi_id: str) -> Figure:
    return answers.answer(scope().query(kpi_id), DuckDBEngine(path))[kpi_id].total


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_opens_with_its_answer_its_cards_and_its_rows(full: Path, lang: str) -> None:
    app = opened(full, "resolution", lang)
    assert said(app).count('<article class="v-card"') == 8
    assert said(app).split("v-lead")[1].split("</p>")[0].count("<b>") >= 2
    assert len(listed(app)) >= 1
    assert "<b>O'Neill" not in said(app)
    assert "v-empty" not in said(app)


def test_the_three_ways_to_count_a_first_contact_are_those_of_the_engine(full: Path) -> None:
    charts = [json.loads(chart.proto.spec) for chart in opened(full, "resolution", "en").get("plotly_chart")]
    ways = next(chart for chart in charts if any("Observed" in note["text"] for note in chart["layout"]["annotations"]))
    drawn = [round(bar, 1) for bar in ways["data"][0]["x"]]
    known = [total(full, kpi_id).value for kpi_id in ("fcr_rate", "fcr_rate_surveyed", "repeat_contact_rate")]
    assert None not in known
    measured, declared, repeated = (100 * (value or 0) for value in known)
    assert drawn == pytest.approx(sorted([measured, declared, 100 - repeated], reverse=True), abs=0.06)
    assert [custom[1] for custom in ways["data"][0]["customdata"]] == sorted(
        range(3), key=lambda i: -[measured, declared, 100 - repeated][i]
    )


def test_what_is_still_open_is_said_beside_the_median_that_does_not_see_it(full: Path) -> None:
    figure = total(full, "resolution_time_km_median")
    assert figure.n_open
    share = f"{figure.n_open / figure.n:.1%}"
    assert f"<b>{share}</b> are still open" in said(opened(full, "resolution", "en"))


@pytest.mark.parametrize(
    ("view", "median", "p90"),
    [("resolution", "resolution_time_median", "resolution_time_p90"), ("first_response", "frt_median", "frt_p90")],
)
def test_the_times_of_all_that_was_received_stand_beside_those_of_what_is_over(
    full: Path, view: str, median: str, p90: str
) -> None:
    text, engine = said(opened(full, view, "en")), DuckDBEngine(full)
    for kpi_id, words in ((median, "half take up to <b>{}</b>"), (p90, "nine in ten up to <b>{}</b> (Kaplan-Meier")):
        both = unfinished(scope(Choice(Preset.LAST_90)).query(kpi_id), kpi_id, engine)
        assert both is not None
        over, whole = both
        assert whole.value is None or over.value is None or whole.value >= over.value
        known = "more than is known yet" if whole.value is None else fmt.text(whole.value, Unit.SECONDS, "en")
        assert words.format(known) in text
        assert f"<b>{fmt.text(over.value, Unit.SECONDS, 'en')}</b>" in text


def test_the_kaplan_meier_median_says_its_clock_when_the_others_run_on_business_hours(full: Path) -> None:
    choice = Choice(Preset.LAST_90, clock=Clock.BUSINESS)
    text = said(opened(full, "resolution", "en", choice))
    assert "(business hours)" in text
    assert "Kaplan-Meier, calendar time" in text


@pytest.mark.parametrize("clock", list(Clock))
def test_the_longest_rows_are_the_longest_by_the_clock_in_use(full: Path, clock: Clock) -> None:
    asked = scope(Choice(Preset.LAST_90, clock=clock)).query("resolution_time_median")
    engine = DuckDBEngine(full)
    column = {"calendar": "resolution_s", "business": "resolution_business_s"}[clock]
    every = answers.rows(asked, "resolution_time_median", engine, limit=None)[column]
    longest = answers.longest(asked, "resolution_time_median", engine, 12)["duration_s"]
    assert list(longest) == sorted(every, reverse=True)[:12]


def test_a_kpi_without_seconds_has_no_longest_rows(full: Path) -> None:
    with pytest.raises(InvalidPeriod):
        answers.longest(scope().query("fcr_rate"), "fcr_rate", DuckDBEngine(full))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_reopened_requests_are_listed(tmp_path: Path, lang: str) -> None:
    solved = [ticket for ticket in TICKETS if "resolved_at" in ticket][:40]
    events = []
    for ticket in solved[:6]:
        at = datetime.fromisoformat(ticket["resolved_at"])
        events += [event(ticket, 1, at, "solved"), event(ticket, 2, at + timedelta(hours=3), "open")]
        events.append(event(ticket, 3, at + timedelta(hours=9), "solved"))
    path = _store(tmp_path, tickets=solved, ticket_events=events)
    choice = Choice(Preset.ALL)
    text = said(opened(path, "resolution", lang, choice)).replace("\u00a0", " ")
    assert {"fr": "6 réouvertures", "en": "6 reopenings"}[lang] in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tickets_alone_are_enough_and_what_is_missing_is_named(tmp_path: Path, lang: str) -> None:
    text = said(opened(_store(tmp_path, tickets=TICKETS), "resolution", lang))
    assert "v-empty" not in text
    assert {"fr": "appels et messages", "en": "calls and messages"}[lang] in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_tickets_the_page_names_the_export_it_needs(tmp_path: Path, lang: str) -> None:
    text = said(opened(_store(tmp_path, interactions=[call(number) for number in range(40)]), "resolution", lang))
    assert "v-empty" in text
    assert "<b>tickets" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_selection_offers_to_widen(tmp_path: Path, lang: str) -> None:
    path = _store(tmp_path, tickets=[_ticket(1), _ticket(2)])
    app = opened(path, "resolution", lang, Choice(Preset.LAST_7, filters=(Filter("channel", ("facebook",)),)))
    assert "v-empty" in said(app)
    assert {button.key for button in app.button} >= {"widen-filters", "widen-period"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("count", [2, 12, 33])
def test_few_requests_open_without_an_error(tmp_path: Path, count: int, lang: str) -> None:
    app = opened(_store(tmp_path, tickets=TICKETS[8 : 8 + count]), "resolution", lang)
    assert said(app).count('<article class="v-card"') == 8


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_filter_that_contacts_do_not_have_leaves_the_rest_of_the_page(full: Path, lang: str) -> None:
    choice = Choice(Preset.LAST_90, filters=(Filter("priority", ("high",)),))
    text = said(opened(full, "resolution", lang, choice))
    assert "v-empty" not in text
    assert {"fr": "par priorité", "en": "by priority"}[lang] in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reason_is_shown_as_it_is_written(full: Path, lang: str) -> None:
    choice = Choice(Preset.LAST_90, filters=(Filter("request_type", (HOSTILE,)),))
    assert HOSTILE not in said(opened(full, "resolution", lang, choice))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_period_to_come_says_so(full: Path, lang: str) -> None:
    later = ((UNTIL + timedelta(days=3)).date(), (UNTIL + timedelta(days=9)).date())
    assert "v-empty" in said(opened(full, "resolution", lang, Choice(Preset.CUSTOM, later)))
