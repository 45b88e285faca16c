"""Why did it move: the sentences one pastes into a mail, and the part of the drawer that shows them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import why_words
from dashboard.filters import Choice, Scope, scope_of
from dashboard.i18n import spoken
from dashboard.periods import Preset
from data.importing import import_paths
from kpi.definition import Lang
from kpi.explaining import Explanation
from kpi.model import Figure, Filter, Status
from kpi.statistics.comparison import Change
from kpi.statistics.movement import Side, judged, of_rates
from tests.dashboard.desk import HOSTILE, at, said, write
from tests.dashboard.fake import centre

FIRST = datetime(2026, 2, 27, 8)
LANGUAGES: tuple[Lang, ...] = ("en", "fr")


# The sentences


def _scope() -> Scope:
    until = datetime(2026, 6, 30, 21)
    return scope_of(
        Choice(Preset.LAST_30), data_until=until, first_instant=datetime(2025, 1, 1), timezone="Europe/Paris"
    )


def _rate(successes: float, n: float) -> Side:
    return Side(n, successes, successes)


def _told(lang: Lang, cells: dict[tuple[Any, ...], tuple[Side, Side]], clear: bool | None = True) -> str:
    (movement,) = judged([of_rates(cells)])
    before, after = (sum((pair[i] for pair in cells.values()), Side()) for i in (0, 1))
    figures = (Figure(value=side.value, n=int(side.n), status=Status.OK) for side in (before, after))
    one = Explanation("fcr_rate", ("channel",), *figures, movement)
    change = Change((after.value or 0) - (before.value or 0), clear=clear)
    with centre():
        return spoken(lang, lambda: "\n".join(why_words.said([one], change, _scope()))).replace("\u00a0", " ")


MIX = {
    ("phone",): (_rate(5100, 6000), _rate(4250, 5000)),
    ("email",): (_rate(2800, 4000), _rate(3450, 5000)),
}


def test_the_worked_example_is_said_as_it_would_be_in_a_mail() -> None:
    told = _told("en", MIX)
    assert "First contact resolution: 77.0% against 79.0%, −2.0 pts" in told
    assert "The mix by channel makes three quarters of this fall: " in told
    assert "Phone 50% of the cases against 60%" in told
    assert "E-mail 50% of the cases against 40%" in told


def test_the_worked_example_is_said_in_french() -> None:
    told = _told("fr", MIX)
    assert "77,0 % contre 79,0 %, −2,0 pts" in told
    assert "La répartition par canal fait les trois quarts de cette baisse : " in told
    assert "Téléphone 50 % des cas contre 60 %" in told


@pytest.mark.parametrize(("lang", "words"), [("en", "nearly the whole of this rise"), ("fr", "presque la totalité de")])
def test_the_group_that_moved_is_named_with_its_part(lang: Lang, words: str) -> None:
    told = _told(lang, {("phone",): (_rate(800, 1000),) * 2, ("email",): (_rate(500, 1000), _rate(700, 1000))})
    assert "E-mail (" in told and words in told
    assert ("Phone" if lang == "en" else "Téléphone") not in told


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "within what chance gives"), ("fr", "ne dépasse pas ce que donne le hasard")]
)
def test_chance_is_given_no_cause_even_where_a_group_moved(lang: Lang, words: str) -> None:
    told = _told(lang, MIX, clear=False)
    assert words in told and "three quarters" not in told and "trois quarts" not in told


@pytest.mark.parametrize(("lang", "words"), [("en", "spread over all of them"), ("fr", "partagé par tous")])
def test_a_fall_shared_by_all_blames_nobody(lang: Lang, words: str) -> None:
    same = {(name,): (_rate(800, 1000), _rate(700, 1000)) for name in ("phone", "email", "chat")}
    assert words in _told(lang, same)


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0.75, "three quarters"), (0.5, "half"), (0.62, "62%"), (0.97, "nearly the whole"), (1.3, "more than the whole")],
)
def test_a_share_is_said_as_people_say_it(fraction: float, text: str) -> None:
    assert spoken("en", lambda: why_words.share(fraction)) == text


# On a store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months of two channels: in the second, e-mail waits two hours more."""
    folder = tmp_path_factory.mktemp("why")
    rows = []
    for i in range(560):
        created = FIRST + timedelta(hours=3 * i)
        late = 120 if created >= datetime(2026, 4, 1) and i % 2 else 0
        rows.append(
            {
                "ticket_id": f"T{i}", "created_at": at(created), "channel": ("chat", "email")[i % 2],
                "status": "solved", "priority": "normal", "initiated_by": "customer", "customer_id": f"C{i}",
                "request_type": (HOSTILE, "refund")[i // 2 % 2], "team_id": "DESK", "agent_id": f"A{i % 3}",
                "first_response_at": at(created + timedelta(minutes=20 + i % 7 + late)),
                "resolved_at": at(created + timedelta(hours=4)),
            }
        )  # fmt: skip
    import_paths(folder / "store.duckdb", [write(folder / "tickets.csv", rows)])
    return folder / "store.duckdb"


def _script(kpi_id, lang, choice):  # type: ignore[no-untyped-def]  # Streamlit runs its source, alone
    from dashboard import cache, keeping, why
    from dashboard.filters import scope_of
    from dashboard.i18n import use
    from kpi import catalog

    keeping.new_run()
    use(lang)
    engine = cache.engine()
    scope = scope_of(
        choice, data_until=engine.data_until(), first_instant=engine.first_instant(), timezone=engine.timezone()
    )
    import streamlit as st

    st.session_state["offered"] = why.offered(scope, catalog.get(kpi_id))
    if st.session_state["offered"]:
        why.panel(scope, catalog.get(kpi_id))


def opened(
    monkeypatch: pytest.MonkeyPatch, store: Path, kpi_id: str, lang: str = "en", choice: Choice | None = None
) -> AppTest:
    monkeypatch.setenv("VIGIE_DB", str(store))
    chosen = choice or Choice(Preset.CUSTOM, (date(2026, 4, 1), date(2026, 4, 30)))
    app = AppTest.from_function(_script, default_timeout=60, kwargs={"kpi_id": kpi_id, "lang": lang, "choice": chosen})
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_channel_that_got_slower_is_named_for_the_median_too(
    monkeypatch: pytest.MonkeyPatch, store: Path, lang: str
) -> None:
    app = opened(monkeypatch, store, "frt_median", lang)
    text = app.code[0].value
    assert "E-mail" in text and ("nearly the whole" in text or "presque la totalité" in text)
    assert ("mean" if lang == "en" else "moyenne") in app.caption[0].value
    table = app.dataframe[0].value
    assert list(table.iloc[:, -1]).count("Yes" if lang == "en" else "Oui") == 2


def test_two_dimensions_are_read_together_when_asked(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    app = opened(monkeypatch, store, "frt_mean")
    assert app.selectbox[0].value == "channel"
    app.selectbox[1].set_value("request_type").run()
    assert not app.exception
    groups = set(app.dataframe[0].value.iloc[:, 0])
    assert "E-mail · refund" in groups and len(groups) == 4


def test_words_of_the_data_run_nothing_in_the_chart(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    app = opened(monkeypatch, store, "frt_mean")
    app.selectbox[0].set_value("request_type").run()
    assert "&lt;img" in app.get("plotly_chart")[0].proto.spec
    assert "<img" not in app.get("plotly_chart")[0].proto.spec


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_explained_where_there_is_nothing_to_compare(
    monkeypatch: pytest.MonkeyPatch, store: Path, lang: str
) -> None:
    whole = opened(monkeypatch, store, "frt_mean", lang, Choice(Preset.ALL))
    assert whole.session_state["offered"] is False
    ahead = Choice(Preset.CUSTOM, (date(2027, 4, 1), date(2027, 4, 30)))
    assert opened(monkeypatch, store, "frt_mean", lang, ahead).session_state["offered"] is False


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_selection_of_few_cases_says_so(monkeypatch: pytest.MonkeyPatch, store: Path, lang: str) -> None:
    few = Choice(Preset.CUSTOM, (date(2026, 4, 20), date(2026, 4, 21)), filters=(Filter("channel", ("email",)),))
    app = opened(monkeypatch, store, "frt_mean", lang, few)
    assert not app.code
    assert ("too few" if lang == "en" else "Trop peu") in said(app)


@pytest.mark.parametrize("kpi_id", ["tickets_created", "ticket_backlog", "fcr_rate", "reopen_rate"])
def test_counts_stocks_and_rates_open_as_well(monkeypatch: pytest.MonkeyPatch, store: Path, kpi_id: str) -> None:
    for lang in LANGUAGES:
        opened(monkeypatch, store, kpi_id, lang)


def test_a_kpi_that_no_group_adds_up_to_is_not_offered(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    assert opened(monkeypatch, store, "active_channels").session_state["offered"] is False
