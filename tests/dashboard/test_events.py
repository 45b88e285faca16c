"""Events and signals: recorded by somebody, shown on every trend, never as code."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import plotly.graph_objects as go
import pytest

from dashboard import cache, charts, noise
from dashboard.charts import BridgeStep, Line, Note, Process
from dashboard.filters import Choice, scope_of
from dashboard.i18n import spoken
from dashboard.theme import THEMES
from data.importing import import_paths
from data.settings import LONGEST_EVENT, open_settings
from kpi import catalog
from kpi.definition import Lang
from kpi.model import Better, Figure, Grain, Status, Unit
from kpi.noise import Episode, Noise
from kpi.statistics.control_chart import Rule
from tests.dashboard import desk
from tests.dashboard.desk import HOSTILE, at, html_of, said, write

FIRST = datetime(2026, 3, 2, 8)
LANGUAGES = ("en", "fr")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Ten tickets a day for four months, forty on the tenth of June."""
    rows = []
    for day in range(120):
        for i in range(40 if FIRST + timedelta(days=day) == datetime(2026, 6, 10, 8) else 9 + day % 3):
            created = FIRST + timedelta(days=day, minutes=i)
            rows.append(
                {
                    "ticket_id": f"T{day}-{i}", "created_at": at(created), "status": "solved",
                    "channel": ("email", "chat")[i % 2], "priority": "normal",
                    "initiated_by": "customer", "customer_id": f"C{day}-{i}",
                    "first_response_at": at(created + timedelta(minutes=20 + (day * 7 + i) % 11)),
                    "resolved_at": at(created + timedelta(hours=4)),
                }
            )  # fmt: skip
    import_paths(tmp_path / "store.duckdb", [write(tmp_path / "tickets.csv", rows)])
    return tmp_path / "store.duckdb"


# Recording


def test_an_event_is_kept_with_who_wrote_it_and_can_be_taken_back(store: Path) -> None:
    settings = open_settings(store)
    settings.put_event("e1", date(2026, 6, 9), date(2026, 6, 11), "incident", "  Colis   bloqués ", "Hélène")
    (event,) = open_settings(store).events()
    assert (event.text, event.author, event.kind, event.restart) == ("Colis bloqués", "Hélène", "incident", False)
    settings.delete_event("e1")
    assert settings.events() == ()


@pytest.mark.parametrize(
    ("last", "kind", "text", "author", "why"),
    [
        (date(2026, 6, 8), "incident", "x", "H", "before it begins"),
        (date(2026, 6, 9), "party", "x", "H", "is one of"),
        (date(2026, 6, 9), "incident", " ", "H", "characters"),
        (date(2026, 6, 9), "incident", "x" * (LONGEST_EVENT + 1), "H", "characters"),
        (date(2026, 6, 9), "incident", "x", " ", "is nobody"),
    ],
)
def test_an_event_that_means_nothing_is_refused(
    store: Path, last: date, kind: str, text: str, author: str, why: str
) -> None:
    settings = open_settings(store)
    with pytest.raises(ValueError, match=why):
        settings.put_event("e1", date(2026, 6, 9), last, kind, text, author)
    assert settings.events() == ()


def test_the_form_records_and_the_list_deletes(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    app = desk.opened(monkeypatch, store, "targets")
    app.text_input(key="event-text").set_value(HOSTILE)
    app.text_input(key="event-who").set_value("Hélène")
    app.selectbox(key="event-kind").set_value("strike")
    next(button for button in app.button if "event-form" in button.key).click().run()
    assert not app.exception
    (event,) = open_settings(store).events()
    assert (event.kind, event.text, event.author) == ("strike", HOSTILE, "Hélène")
    assert "&lt;img" in html_of(app) and HOSTILE not in html_of(app)
    app.button(key=f"forget-{event.event_id}").click().run()
    assert open_settings(store).events() == ()


def test_an_event_without_words_or_name_is_asked_again(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    app = desk.opened(monkeypatch, store, "targets")
    next(button for button in app.button if "event-form" in button.key).click().run()
    assert "An event needs its days" in said(app)
    assert open_settings(store).events() == ()


# On the trends


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_trend_shows_what_was_recorded(monkeypatch: pytest.MonkeyPatch, store: Path, lang: str) -> None:
    open_settings(store).put_event("e1", date(2026, 6, 9), date(2026, 6, 11), "incident", "<b>Colis</b>", "Hélène")
    for view in ("overview", "first_response", "backlog"):
        app = desk.opened(monkeypatch, store, view, lang, preset="last_30")
        drawn = [json.dumps(json.loads(chart.proto.spec)) for chart in app.get("plotly_chart")]
        assert any("&lt;b&gt;Colis&lt;/b&gt;" in spec for spec in drawn), view
        assert not any("<b>Colis</b>" in spec for spec in drawn)


def test_the_stock_and_the_flow_show_it_as_well(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    open_settings(store).put_event("e1", date(2026, 6, 9), date(2026, 6, 11), "incident", "Colis", "Hélène")
    app = desk.opened(monkeypatch, store, "backlog", preset="last_30")
    drawn = [chart.proto.spec for chart in app.get("plotly_chart") if '"Colis"' in chart.proto.spec]
    assert len(drawn) == 2
    assert sum('"bar"' in spec for spec in drawn) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_chance_does_not_explain_is_said(lang: Lang) -> None:
    spike = Episode(date(2026, 6, 10), date(2026, 6, 10), True, 40.0, 10.2, False)
    since = Episode(date(2026, 6, 22), date(2026, 6, 26), False, 4.0, 10.2, True)
    signal = {date(2026, 6, 10): Rule.OUTSIDE}

    def told(grain: Grain, *episodes: Episode) -> list[str]:
        found = Noise({}, {}, signal if grain is Grain.DAY else {}, list(episodes))
        return spoken(lang, lambda: noise.sentences(catalog.get("tickets_created"), found, grain))

    last, first = told(Grain.DAY, spike, since)
    assert last.startswith("Since 22 Jun" if lang == "en" else "Depuis le 22 juin")
    assert "40" in first and "10" in first and "10.2" not in first
    assert ("further than chance goes" if lang == "en" else "au-delà de ce que fait le hasard") in first
    assert told(Grain.DAY) == []
    assert "16" in told(Grain.WEEK, spike)[0]  # The last day of the week.


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_steps_of_a_backlog_are_said_as_steps(lang: Lang) -> None:
    jump = Episode(date(2026, 6, 10), date(2026, 6, 10), True, 80.4, 1.6, False)
    since = Episode(date(2026, 6, 22), date(2026, 6, 26), True, 12.0, -0.3, True)
    found = Noise({}, {}, {}, [jump, since], steps=True)
    last, first = spoken(lang, lambda: noise.sentences(catalog.get("ticket_backlog"), found, Grain.DAY, "E-mail"))
    english = lang == "en"
    assert f"(E-mail) +80 {'in one day against' if english else 'en un jour contre'} +2" in first
    assert f"+12 {'a day on average against' if english else 'par jour en moyenne contre'} 0" in last


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_rings_of_several_lines_are_is_said_and_chance_is_named(lang: Lang) -> None:
    def said(*processes: Process | None) -> str:
        return spoken(lang, lambda: noise.said("Under", {"processes": processes}))

    quiet, ringed = (Process([1.0], [2.0], signals, dotted=False) for signals in ({}, {0: "signal"}))
    isolated = "Isolated signals only" if lang == "en" else "Signaux isolés seulement"
    assert said() == said(None, quiet) == "Under"
    assert "Under · " + ("ring: signal" if lang == "en" else "cercle") in said(quiet, ringed)
    assert isolated in said(quiet, ringed)
    assert isolated not in said(ringed, replace(quiet, told=("Since 2 June",)))
    assert isolated not in said(replace(ringed, told=None))
    steps = said(Process([1.0], [2.0], {}, steps=True))
    assert ("limits of chance from the day before" if lang == "en" else "à partir de la veille") in steps


def test_people_have_no_signals_where_they_are_not_compared(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    monkeypatch.setenv("VIGIE_DB", str(store))
    monkeypatch.setattr(cache, "noises", lambda *_: pytest.fail("asked of people"))
    scope = scope_of(Choice(), data_until=FIRST, first_instant=FIRST, timezone="Europe/Paris")
    lines = {who: Line(who, POINTS) for who in ("A1", "A2")}
    marks = noise.drawn_by(scope, "tickets_created", "agent_id", lines, Grain.DAY)
    assert "processes" not in marks


def test_each_line_of_a_split_has_its_signals(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    app = desk.opened(
        monkeypatch, store, "explore", "en", preset="last_30",
        address={"kpis": "tickets_created", "by": "channel", "grain": "day"},
    )  # fmt: skip
    (drawn,) = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    rings = [trace for trace in drawn["data"] if trace.get("marker", {}).get("symbol") == "circle-open"]
    assert {text.split(" · ")[0] for ring in rings for text in ring["customdata"]} == {"Chat", "E-mail"}
    assert all(
        re.search(r"signal: outside the limits of chance \(\d+ – \d+\)", ring["customdata"][0]) for ring in rings
    )
    assert "10 Jun" in said(app) and "further than chance goes" in said(app)


def test_an_event_lies_on_the_buckets_that_it_touches() -> None:
    from data.settings import Event

    weeks = [date(2026, 6, 1), date(2026, 6, 8), date(2026, 6, 15)]
    event = Event("e", date(2026, 6, 12), date(2026, 6, 15), "strike", "Grève", False, "H", FIRST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "events", lambda: (event,))
        assert noise.notes(weeks, Grain.WEEK) == [Note(1, 2, "Grève")]
        assert noise.notes(weeks[:1], Grain.WEEK) == []
        assert noise.notes(weeks, Grain.HOUR) == []


# The charts


POINTS = [Figure((date(2026, 6, 1) + timedelta(days=i),), 10.0 + i % 3, 50, status=Status.OK) for i in range(20)]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("compact", [False, True])
def test_limits_signals_and_notes_are_valid_for_plotly(theme: str, compact: bool) -> None:
    limits: list[float | None] = [None, *[8.0] * 19]
    figure = charts.trend(
        [Line("n", POINTS)], unit=Unit.COUNT, theme=THEMES[theme], lang="fr", compact=compact,
        processes=[Process(limits, [14.0] * 20, {3: HOSTILE})], notes=[Note(2, 4, HOSTILE)],
    )  # fmt: skip
    checked = go.Figure(json.loads(figure.to_json()))
    rings = [trace for trace in checked.data if trace.marker.symbol == "circle-open"]
    assert len(rings) == 1 and rings[0].y[0] == 10.0
    assert HOSTILE not in figure.to_json()


@pytest.mark.parametrize("better", list(Better))
def test_a_bridge_goes_from_one_value_to_the_other(better: Better) -> None:
    steps = [BridgeStep(HOSTILE, -1.5, "−1,5"), BridgeStep("b", 0.5, "+0,5", "hover", clear=False)]
    figure = charts.bridge(
        ("avant", 10.0, "10"), steps, ("après", 9.0, "9"), better=better, theme=THEMES["light"], lang="fr"
    )
    bars, ends = go.Figure(json.loads(figure.to_json())).data
    assert [base + x for base, x in zip(bars.base, bars.x, strict=True)] == [8.5, 9.0]
    assert list(ends.x) == [10.0, 9.0]
    assert HOSTILE not in figure.to_json()


def _limits(high: float, rare: float) -> tuple[go.Figure, list[str]]:
    """A line from 10 to 12 with its usual limit at `high` and that of two days at `rare`; the paths of the limits."""
    highs = [rare if i in (5, 6) else high for i in range(20)]
    figure = charts.trend(
        [Line("n", POINTS)],
        unit=Unit.COUNT,
        theme=THEMES["light"],
        lang="fr",
        processes=[Process([8.0] * 20, highs, {})],
    )
    return figure, [shape.path for shape in figure.layout.shapes if shape.type == "path"]


@pytest.mark.parametrize("high", [14.0, 20.0])
def test_the_axis_holds_the_usual_limits_of_chance(high: float) -> None:
    figure, paths = _limits(high, high)
    assert figure.layout.yaxis.range[1] >= high
    assert [path.count("M") for path in paths] == [1, 1]


def test_a_limit_far_off_the_axis_is_left_out_and_does_not_leave_the_chart() -> None:
    figure, (_low, path) = _limits(14.0, 90.0)
    assert figure.layout.yaxis.range[1] < 30
    assert "90" not in path
    assert path.count("M") == 2  # Broken at the two days.
