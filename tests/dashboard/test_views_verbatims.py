"""Verbatims: what is found is there, what is written is shown as text, and nobody is named."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import search_panel
from data.importing import import_paths
from kpi import answer
from kpi.engines import DuckDBEngine
from kpi.model import Period, Query
from tests.dashboard import desk
from tests.dashboard.desk import at, told, write

FIRST = datetime(2026, 3, 2, 8)
LANGUAGES = ("en", "fr")
COMMENTS = {
    2: "Le <b>délai</b> est trop long, personne ne répond",
    3: "Délai de livraison dépassé <script>alert(1)</script>",
    9: "Conseillère aimable, problème réglé",
    10: "Merci, rapide et aimable",
    8: "Correct",
}


def _surveys(path: Path, each: int) -> Path:
    rows = [
        {
            "survey_id": f"S{score}-{i}", "survey_type": "nps", "sent_at": at(FIRST + timedelta(hours=7 * i)),
            "responded_at": at(FIRST + timedelta(hours=7 * i + 2)), "score": score, "scale_min": 0,
            "scale_max": 10, "higher_is_better": "true", "channel": "email", "agent_id": f"A{i % 6}",
            "comment": comment,
        }
        for score, comment in COMMENTS.items()
        for i in range(each)
    ]  # fmt: skip
    return write(path, rows)


def _calls(folder: Path) -> list[Path]:
    calls = [
        {
            "interaction_id": f"I{i}", "channel": "phone", "direction": "inbound", "outcome": "answered",
            "offered_at": at(FIRST + timedelta(hours=i)), "answered_at": at(FIRST + timedelta(hours=i, seconds=9)),
            "ended_at": at(FIRST + timedelta(hours=i, minutes=5)), "agent_id": "A1",
        }
        for i in range(20)
    ]  # fmt: skip
    said = [
        {
            "interaction_id": f"I{i}",
            "text": "Conseiller : Bonjour.\nClient : Mon délai." + " Encore." * 200,
            "lang": "fr",
        }
        for i in range(20)
    ]
    return [write(folder / "interactions.csv", calls), write(folder / "transcripts.csv", said)]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> store: comments with topics and transcripts, comments alone, calls alone, four comments."""
    folder = tmp_path_factory.mktemp("verbatims")
    surveys, calls = _surveys(folder / "surveys.csv", 40), _calls(folder)
    topics = [{"topic": "Délai", "keywords": "délai|retard"}, {"topic": "<i>Accueil</i>", "keywords": "aimable"}]
    few = write(
        folder / "few.csv",
        [
            {
                "survey_id": f"F{i}", "survey_type": "nps", "sent_at": at(FIRST), "responded_at": at(FIRST),
                "score": 3, "scale_min": 0, "scale_max": 10, "higher_is_better": "true", "comment": "secret",
            }
            for i in range(4)
        ],
    )  # fmt: skip
    import_paths(folder / "all.duckdb", [surveys, *calls, write(folder / "topics.csv", topics)])
    import_paths(folder / "surveys.duckdb", [surveys])
    import_paths(folder / "calls.duckdb", calls[:1])
    import_paths(folder / "few.duckdb", [few], table="surveys")
    return {name: folder / f"{name}.duckdb" for name in ("all", "surveys", "calls", "few")}


def opened(
    monkeypatch: pytest.MonkeyPatch,
    store: Path,
    lang: str = "en",
    custom: Any = None,
    filters: Any = (),
    corpus: str = "",
    **address: str,
) -> AppTest:
    state = {"corpus": corpus} if corpus else {}
    app = desk.opened(monkeypatch, store, "verbatims", lang, custom, filters, state=state, address=address)
    text = told(app)
    assert "could not be drawn" not in text and "n’a pas pu" not in text
    return app


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_state_opens(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str) -> None:
    empty, ahead = (date(2026, 1, 1), date(2026, 1, 3)), (date(2030, 1, 1), date(2030, 1, 3))
    for custom in (None, empty, ahead):
        for store in stores.values():
            opened(monkeypatch, store, lang, custom)
    assert "v-empty" in told(opened(monkeypatch, stores["calls"], lang))
    assert "v-empty" in told(opened(monkeypatch, stores["all"], lang, empty))
    assert "v-empty" in told(opened(monkeypatch, stores["all"], lang, ahead))


def test_a_search_counts_the_comments_that_hold_the_word_and_their_score(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    text = told(opened(monkeypatch, stores["all"], q="DELAI"))
    assert "<b>80</b> of 200, or <b>40.0%</b>" in text
    assert "NPS <b>−100</b> when they are there, <b>+67</b> when they are not." in text
    assert "<mark>délai</mark>" in text


def test_the_topics_on_the_page_are_those_of_the_engine(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    engine = DuckDBEngine(stores["all"])
    period = Period(FIRST, engine.data_until() + timedelta(microseconds=1))
    rows = answer.answer(Query(("topic_mention_rate",), period), engine)["topic_mention_rate"].rows
    assert {figure.keys: figure.value for figure in rows} == {("Délai",): 0.4, ("<i>Accueil</i>",): 0.4}
    text = told(opened(monkeypatch, stores["all"]))
    assert "comes up most: 40.0%" in text and "Délai weighs most on the NPS: 67\u00a0pts lower" in text


def test_what_customers_wrote_is_shown_never_run(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    for address in ({}, {"q": "<script>"}, {"q": "b"}):
        text = told(opened(monkeypatch, stores["all"], **address))
        assert "<script>" not in text and "<b>délai" not in text and "<i>Accueil" not in text
    assert search_panel.marked("a <b>x</b> & y", ("x",)) == "a &lt;b&gt;<mark>x</mark>&lt;/b&gt; &amp; y"


def test_words_of_detractors_and_promoters_are_apart(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    app = opened(monkeypatch, stores["all"])
    assert "Words of detractors" in told(app) and "80 comments of detractors and 80 of promoters" in told(app)
    assert "No word stands out" not in told(app)


def test_nobody_is_named_and_an_agent_s_comments_are_not_read(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    assert "A1" not in told(opened(monkeypatch, stores["all"]))
    app = opened(monkeypatch, stores["all"], filters=[("agent_id", ("A1",))])
    assert "never read by agent" in told(app) and "aimable" not in told(app)


def test_fewer_than_five_comments_are_not_shown(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    text = told(opened(monkeypatch, stores["few"]))
    assert "secret" not in text and "too few to stay anonymous" in text


def test_a_filter_that_comments_do_not_have_is_told(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    text = told(opened(monkeypatch, stores["all"], filters=[("priority", ("high",))]))
    assert "cannot be filtered by priority" in text and "aimable" not in text


def test_without_a_list_of_topics_the_rest_of_the_page_stands(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    text = told(opened(monkeypatch, stores["surveys"]))
    assert "topics to look for" in text and "Words of detractors" in text and "v-comments" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_transcripts_are_searched_and_long_ones_are_cut_around_the_match(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str
) -> None:
    text = told(opened(monkeypatch, stores["all"], lang, corpus="transcripts", q="delai"))
    assert "<mark>délai</mark>" in text and "…</p>" in text and "Bonjour.<br>Client" in text
    assert len(text) < 40_000


def test_an_endless_search_in_the_address_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    assert "Nothing holds all these words" in told(opened(monkeypatch, stores["all"], q="(" * 5000))
