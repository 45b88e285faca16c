"""Targets: what is shown is what judges, what is typed is checked and kept, and a survey is never a target."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data.importing import import_paths
from data.settings import open_settings
from kpi.answer import answer
from kpi.engines import DuckDBEngine
from kpi.model import Period, Query, Target
from tests.dashboard.desk import HOSTILE, calls, html_of, listed, opened, orders, said, teams, write

LANGUAGES = ("en", "fr")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("targets")
    paths = [write(folder / "interactions.csv", calls()), write(folder / "teams.csv", teams())]
    import_paths(folder / "v.duckdb", paths)
    return folder / "v.duckdb"


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    """A store of its own: what a test decides stays in it."""
    return Path(shutil.copy(made, tmp_path / "v.duckdb"))


def fill(app: AppTest, part: str, value: Any, lang: str = "en") -> None:
    """Types in the field of the form whose key begins with it."""
    fields = [*app.text_input, *app.selectbox, *app.date_input]
    field = next(one for one in fields if str(one.key).startswith(f"target-{part}-") and str(one.key).endswith(lang))
    field.set_value(value)


def save(app: AppTest, action: str = "add", lang: str = "en") -> AppTest:
    app.button(key=f"target-save-{action}-{lang}").click().run()
    assert not app.exception
    return app


def answer_rate(app: AppTest, low: str, who: str = "Ana") -> AppTest:
    """The form filled with a target of the answer rate."""
    app.selectbox(key="target-kpi-add-en").set_value("answer_rate").run()
    for part, value in {"bound-low": low, "source": "Board of May", "who": who}.items():
        fill(app, part, value)
    return save(app)


def written(store: Path) -> dict[str, Any]:
    return {one.target.target_id: one for one in open_settings(store).decided() if one.own}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_drawn_in_both_languages(monkeypatch: pytest.MonkeyPatch, store: Path, lang: str) -> None:
    text = said(opened(monkeypatch, store, "targets", lang))
    assert {"en": "Targets", "fr": "Objectifs"}[lang] in text
    assert "could not be drawn" not in text
    assert {"en": "Answer rate", "fr": "Taux de décroché"}[lang] in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_period_to_come_judges_nothing(monkeypatch: pytest.MonkeyPatch, store: Path, lang: str) -> None:
    app = opened(monkeypatch, store, "targets", lang, custom=(date(2190, 1, 4), date(2190, 1, 8)))
    assert 'class="v-table"' not in html_of(app)
    assert {"en": "still to come", "fr": "à venir"}[lang] in html_of(app)


def test_a_store_without_anything_to_judge_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import_paths(tmp_path / "v.duckdb", [write(tmp_path / "orders.csv", orders())])
    app = opened(monkeypatch, tmp_path / "v.duckdb", "targets", custom=(date(2020, 1, 6), date(2020, 1, 7)))
    assert "could not be drawn" not in html_of(app)
    assert not re.findall(r'<th scope="row">(.*?)</th>', html_of(app))
    assert "No target can be judged in this selection." in html_of(app)


def test_the_sentence_counts_what_the_attainment_counts(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    engine = DuckDBEngine(store)
    targets = tuple(
        Target(**{name: getattr(row, name) for name in row.__slots__}) for row in open_settings(store).targets()
    )
    whole = Period(engine.first_instant(), engine.data_until())
    query = Query(("target_attainment_rate",), whole, targets=targets, timezone=engine.timezone())
    total = answer(query, engine)["target_attainment_rate"].total
    text = html_of(opened(monkeypatch, store, "targets", preset="all"))
    assert total.denominator
    assert f"<b>{total.numerator:.0f}</b> targets of the centre out of <b>{total.denominator:.0f}</b>" in text


def test_a_target_typed_in_the_page_is_kept_and_judges(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    app = answer_rate(opened(monkeypatch, store, "targets", preset="all"), "99 %")
    (kept,) = written(store).values()
    assert (kept.target.kpi_id, kept.target.op, kept.target.value_low) == ("answer_rate", ">=", 0.99)
    assert (kept.author, kept.target.source, kept.target.role) == ("Ana", "Board of May", "target")
    assert "≥ 99%" in html_of(app)
    listed = next(table.value for table in app.dataframe if "Set by" in table.value)
    states = {row["Set by"]: row["State"] for _, row in listed.iterrows() if row["KPI"] == "Answer rate"}
    assert states == {"Ana": "In force", "Vigie": "In force"}, "Vigie's held until the day before"


@pytest.mark.parametrize(
    ("low", "who", "message"),
    [
        ("", "Ana", "Write a value"),
        ("0.9", "Ana", "a percentage?"),
        ("120 %", "Ana", "between 0% and 100%"),
        ("<script>", "Ana", "is not a value"),
        ("90 %", " ", "Write your name"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    monkeypatch: pytest.MonkeyPatch, store: Path, low: str, who: str, message: str
) -> None:
    app = answer_rate(opened(monkeypatch, store, "targets"), low, who)
    assert message in html_of(app)
    assert "<script>" not in html_of(app)
    assert not written(store)


def test_a_last_day_before_the_first_is_refused(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    app = opened(monkeypatch, store, "targets")
    app.selectbox(key="target-kpi-add-en").set_value("answer_rate").run()
    fill(app, "until", date(2016, 1, 1))
    assert "The last day is before the first" in html_of(answer_rate(app, "95 %"))
    assert not written(store)


def test_two_targets_of_ours_never_hold_at_once(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    app = answer_rate(opened(monkeypatch, store, "targets"), "95 %")
    assert "You already have a target" in html_of(answer_rate(app, "96 %"))
    assert [one.target.value_low for one in written(store).values()] == [0.95]


def test_a_target_of_one_channel_takes_a_value_that_exists(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    app = opened(monkeypatch, store, "targets")
    app.selectbox(key="target-kpi-add-en").set_value("answer_rate").run()
    fill(app, "dimension", "team_id")
    app.run()
    teams_offered = next(one for one in app.selectbox if str(one.key).startswith("target-value-team_id"))
    assert set(teams_offered.options) == {"Team 0", "Team 1"}
    answer_rate(app, "95 %")
    (kept,) = written(store).values()
    assert (kept.target.scope_dim, kept.target.scope_value) == ("team_id", "T0")


def test_a_target_can_be_changed_then_ended(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    answer_rate(opened(monkeypatch, store, "targets"), "95 %")
    (target_id,) = written(store)
    app = opened(monkeypatch, store, "targets", state={"target-action": "change"})
    assert next(one.value for one in app.text_input if "bound-low" in str(one.key)) == "95%"
    fill(app, "bound-low", "97 %")
    fill(app, "who", "Bob")
    save(app, "change")
    assert (written(store)[target_id].target.value_low, written(store)[target_id].author) == (0.97, "Bob")
    app = opened(monkeypatch, store, "targets", state={"target-action": "end"})
    fill(app, "who", "Chloé")
    save(app, "end")
    assert written(store)[target_id].target.valid_to is not None
    assert written(store)[target_id].author == "Chloé"


def test_changing_one_of_vigie_s_leaves_it_readable(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    app = opened(monkeypatch, store, "targets", state={"target-action": "change"})
    app.selectbox(key="target-which-change-en").set_value("T01").run()
    for part, value in {"bound-low": "92 %", "source": "contract", "who": "Ana"}.items():
        fill(app, part, value)
    save(app, "change")
    decided = {one.target.target_id: one for one in open_settings(store).decided()}
    assert (decided["T01"].target.value_low, decided["T01"].author) == (0.9, "seed")
    (own,) = written(store).values()
    assert own.target.value_low == 0.92


@pytest.mark.parametrize("lang", LANGUAGES)
def test_names_from_the_data_are_text(monkeypatch: pytest.MonkeyPatch, store: Path, lang: str) -> None:
    app = opened(monkeypatch, store, "targets", lang)
    assert HOSTILE not in html_of(app)


def test_shares_of_brands_are_told_apart_from_targets(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    app = opened(monkeypatch, store, "targets")
    context = next(table.value for table in app.dataframe if "Of brands and people" in table.value)
    assert len(context) == 20
    beside = next(table for table in listed(app) if "Survey" in table)
    assert set(beside["It is a"]) == {"Benchmark", "Tolerance"}
    assert "They are never a target" in said(app)
    assert "Norm" not in set(next(t.value for t in app.dataframe if "Set by" in t.value)["It is a"])
