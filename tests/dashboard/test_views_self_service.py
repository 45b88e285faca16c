"""Self-service on small stores: its figures, the parts of the deflection rate, and every state with little to say."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard import cache
from dashboard.filters import Choice, scope_of
from dashboard.periods import Preset
from kpi import answer as answers
from kpi.engines import DuckDBEngine
from kpi.model import Figure, Filter
from tests.dashboard.desk import listed
from tests.dashboard.test_views_calls import call
from tests.dashboard.test_views_service import FIRST, HOSTILE, TEAMS, UNTIL, _store, _ticket, fresh, opened, said

__all__ = ["fresh"]
LANGUAGES = ("fr", "en")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    cache._open_days.clear()  # type: ignore[attr-defined]


def visit(number: int) -> dict[str, Any]:
    """Two in three find; one visitor in four comes back."""
    at = FIRST + timedelta(days=number % 80, minutes=number)
    row: dict[str, Any] = {
        "session_id": f"Z{number:03}", "visitor_id": f"V{number - number % 4 // 3:03}",
        "tool": ("faq", "chatbot", "forum")[number % 3], "request_type": (HOSTILE, "Delivery")[number % 2],
        "started_at": at.isoformat(), "ended_at": (at + timedelta(minutes=6)).isoformat(), "clicks": number % 9,
    }  # fmt: skip
    return row | {"found_at": (at + timedelta(seconds=20 + number)).isoformat()} if number % 3 else row


def visits(count: int) -> list[dict[str, Any]]:
    return [visit(number) for number in range(count)]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _store(
        tmp_path_factory.mktemp("visits"),
        self_service_sessions=visits(200),
        tickets=[_ticket(number) for number in range(120)],
        interactions=[
            call(number) | ({"outcome": "selfcare", "answered_at": None} if number % 6 == 0 else {})
            for number in range(200)
        ],
        teams=TEAMS,
    )


def total(path: Path, kpi_id: str) -> Figure:
    scope = scope_of(Choice(Preset.LAST_90), data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")
    return answers.answer(scope.query(kpi_id), DuckDBEngine(path))[kpi_id].total


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_opens_with_its_answer_its_cards_and_the_visits_that_failed(full: Path, lang: str) -> None:
    app = opened(full, "self_service", lang)
    assert said(app).count('<article class="v-card"') == 6
    assert said(app).split("v-lead")[1].split("</p>")[0].count("<b>") == 5
    assert len(app.get("plotly_chart")) == 6
    assert len(listed(app)) == 1
    assert "<b>O'Neill" not in said(app)
    assert "v-empty" not in said(app)


def test_visitors_visits_and_success_are_those_of_the_engine(full: Path) -> None:
    text = said(opened(full, "self_service", "en"))
    users, success = total(full, "self_service_users"), total(full, "self_service_success_rate")
    assert users.value != users.n
    assert f"<b>{users.value:.0f}</b> visitors made <b>{users.n}</b> visits" in text
    assert f"<b>{success.value:.1%}</b> of the visits found" in text


def test_the_parts_of_the_deflection_rate_are_its_numerator_and_the_rest(full: Path) -> None:
    figure = total(full, "deflection_rate")
    specs = [json.loads(chart.proto.spec) for chart in opened(full, "self_service", "en").get("plotly_chart")]
    drawn = [round(value) for value in specs[1]["data"][0]["x"]]
    assert drawn == sorted([figure.numerator, figure.extra["n_failed"], figure.extra["n_assisted"]], reverse=True)
    assert sum(drawn) == figure.n > 0


def test_the_rows_are_the_visits_that_found_nothing(full: Path) -> None:
    figure = total(full, "self_service_success_rate")
    app = opened(full, "self_service", "en")
    missed = int((figure.denominator or 0) - (figure.numerator or 0))
    assert f"{missed} visits found nothing" in said(app)
    assert len(listed(app)[0]) == min(10, missed)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_visits_the_page_names_the_export_it_needs(tmp_path: Path, lang: str) -> None:
    text = said(opened(_store(tmp_path, tickets=[_ticket(1)]), "self_service", lang, Choice()))
    assert "v-empty" in text
    assert {"fr": "visites", "en": "self-service visits"}[lang] in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_visits_the_contacts_sent_to_self_service_are_still_shown(tmp_path: Path, lang: str) -> None:
    sent = [call(number) | ({"outcome": "selfcare"} if number % 6 == 0 else {}) for number in range(120)]
    app = opened(_store(tmp_path, interactions=sent, teams=TEAMS), "self_service", lang)
    assert "v-empty" in said(app)
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_visits_alone_are_enough(tmp_path: Path, lang: str) -> None:
    app = opened(_store(tmp_path, self_service_sessions=visits(200)), "self_service", lang)
    assert "v-empty" not in said(app)
    assert said(app).count('<article class="v-card"') == 6


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_filter_that_visits_do_not_have_is_named(full: Path, lang: str) -> None:
    text = said(opened(full, "self_service", lang, Choice(Preset.LAST_90, filters=(Filter("channel", ("phone",)),))))
    assert {"fr": "par canal", "en": "by channel"}[lang] in text.split("v-empty")[1]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("count", [2, 12, 33])
def test_few_visits_open_without_an_error(tmp_path: Path, count: int, lang: str) -> None:
    app = opened(_store(tmp_path, self_service_sessions=visits(count + 1)[1:]), "self_service", lang)
    assert said(app).count('<article class="v-card"') == 6
    assert ("%" in said(app).split("</header>")[0]) is (count >= 10)


@pytest.mark.parametrize("preset", [Preset.YESTERDAY, Preset.LAST_7])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_quiet_period_says_that_nobody_came(full: Path, preset: Preset, lang: str) -> None:
    app = opened(full, "self_service", lang, Choice(preset))
    assert "v-empty" in said(app)
    assert "widen-period" in {button.key for button in app.button}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_day_of_visits_is_drawn_by_the_hour(full: Path, lang: str) -> None:
    day = (FIRST + timedelta(days=30)).date()
    assert said(opened(full, "self_service", lang, Choice(Preset.CUSTOM, (day, day)))).count("<article") == 6


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_period_to_come_says_so(full: Path, lang: str) -> None:
    later = ((UNTIL + timedelta(days=3)).date(), (UNTIL + timedelta(days=9)).date())
    assert "v-empty" in said(opened(full, "self_service", lang, Choice(Preset.CUSTOM, later)))
