"""The panel of what goes with satisfaction: closed it costs nothing, open it speaks both languages and escapes."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.drivers import said_topics, said_willing
from dashboard.i18n import spoken
from data.importing import import_paths
from kpi.definition import Lang
from kpi.drivers import Willing
from kpi.statistics.mix import Impact
from kpi.verbatims import TopicImpact
from tests.dashboard import desk
from tests.dashboard.desk import HOSTILE, at, html_of, said, write
from tests.dashboard.fake import centre

FIRST = datetime(2026, 3, 2, 8)
LANGUAGES = ("en", "fr")


def _store(folder: Path, answers: int) -> Path:
    """Requests of two types by two channels; those that were slow have the worse notes."""
    tickets, surveys = [], []
    for i in range(300):
        created, slow = FIRST + timedelta(hours=3 * i), i % 3 == 0
        solved = created + timedelta(hours=40 if slow else 2 + i % 5)
        tickets.append(
            {
                "ticket_id": f"T{i}", "created_at": at(created), "channel": ("email", "chat")[i % 2],
                "status": "solved", "priority": "normal", "initiated_by": "customer", "customer_id": f"C{i}",
                "request_type": (HOSTILE, "refund")[i % 3 == 0],
                "first_response_at": at(created + timedelta(minutes=30 + i % 9)), "resolved_at": at(solved),
            }
        )  # fmt: skip
        if i < answers:
            surveys.append(
                {
                    "survey_id": f"S{i}", "survey_type": "nps", "sent_at": at(solved), "ticket_id": f"T{i}",
                    "responded_at": at(solved + timedelta(hours=5)), "score": (3 + i % 4) if slow else (8 + i % 3),
                    "scale_min": 0, "scale_max": 10, "higher_is_better": "true", "channel": ("email", "chat")[i % 2],
                }
            )  # fmt: skip
    paths = [write(folder / "tickets.csv", tickets), write(folder / "surveys.csv", surveys)]
    import_paths(folder / "store.duckdb", paths)
    return folder / "store.duckdb"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _store(tmp_path_factory.mktemp("drivers"), 240)


def opened(monkeypatch: pytest.MonkeyPatch, store: Path, lang: str, by: str = "request_type") -> AppTest:
    state = {"drivers": True, "drivers-by": by}
    return desk.opened(monkeypatch, store, "satisfaction", lang, preset="all", state=state)


def test_closed_it_computes_nothing(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    from dashboard import cache

    monkeypatch.setattr(cache, "drivers", lambda *_: pytest.fail("computed"))
    assert "could not be drawn" not in said(desk.opened(monkeypatch, store, "satisfaction", preset="all"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_group_that_weighs_and_what_was_lived_are_said(
    monkeypatch: pytest.MonkeyPatch, store: Path, lang: str
) -> None:
    app = opened(monkeypatch, store, lang)
    text = said(app)
    assert "could not be drawn" not in text
    assert ("refund weighs most on the NPS" if lang == "en" else "refund pèse le plus sur le NPS") in text
    assert ("Time to the resolution" if lang == "en" else "Délai de résolution") in text
    assert ("a worse note" if lang == "en" else "une moins bonne note") in text
    assert ("none of them is shown to be the cause" if lang == "en" else "rien ne dit que l’une est la cause") in text
    assert HOSTILE not in html_of(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_few_answers_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lang: str) -> None:
    text = said(opened(monkeypatch, _store(tmp_path, 12), lang))
    assert ("It asks 30 answers" if lang == "en" else "Il y faut 30 réponses") in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_answers_less_and_what_comments_weigh_are_sentences_for_a_mail(lang: Lang) -> None:
    less = Willing("email", 500, 60, 0.22, True)
    topics = {
        HOSTILE: TopicImpact(Impact(0.2, -40.0, -12.04), 30),
        "Prix": TopicImpact(Impact(0.1, 60.0, 3.0), 20),
    }
    with centre():
        willing = spoken(lang, lambda: said_willing("channel", (less,)))
        alike = spoken(lang, lambda: said_willing("channel", (Willing("email", 500, 110, 0.22, False),)))
        worst = spoken(lang, lambda: said_topics(topics))
        none = spoken(lang, lambda: said_topics({"Prix": topics["Prix"]}))
    assert "12" in willing and "22" in willing and "E-mail" in willing
    assert alike == ("Asked, all of them answer alike." if lang == "en" else "Sollicités, tous répondent autant.")
    assert HOSTILE in worst and "−12" in worst  # Plain text: the panel escapes it.
    assert none.startswith("In comments, no topic" if lang == "en" else "Dans les commentaires, aucun thème")
    assert said_willing("channel", ()) == ""
