"""A click on a bar or a point opens the rows that it counts, as many as it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard import cache, clicks, definition
from dashboard.charts import LOG_EDGES_S
from dashboard.filters import Choice, Scope
from dashboard.periods import Preset
from dashboard.views.self_service import FIND_EDGES_S
from dashboard.views.sla import LATE_EDGES_S
from kpi.model import Figure
from tests.dashboard.desk import page_of, scope_on

Count = Callable[[Scope], float | None]


@pytest.fixture(autouse=True)
def _demo(monkeypatch: pytest.MonkeyPatch, demo_store: Path) -> None:
    monkeypatch.setenv("VIGIE_DB", str(demo_store))


def whole(scope: Scope, kpi_id: str, **more: Any) -> Figure:
    return cache.ask(scope.query(kpi_id, **more))[kpi_id].total


def by(kpi_id: str, dimension: str, at: int) -> Count:
    """The figure of one of its groups, in the order of the answer, those without a case left out."""
    return lambda scope: [one for one in cache.ask(scope.query(kpi_id, by=(dimension,)))[kpi_id].rows if one.n][at].n


def spread(kpi_id: str, edges: tuple[int, ...], at: int) -> Count:
    return lambda scope: cache.histogram(scope.query(kpi_id), kpi_id, edges)[at]


def late(scope: Scope) -> float:
    figure = whole(scope, "sla_resolution_rate")
    return (figure.denominator or 0) - (figure.numerator or 0) - figure.extra["n_breached_open"]


def half_hour(scope: Scope) -> float | None:
    rows = cache.ask(scope.query("calls_offered", by=("half_hour",)))["calls_offered"].rows
    return sorted((one.keys[0], one.n) for one in rows if one.n)[2][1]


def cause(scope: Scope) -> float | None:
    return cache.ask(scope.query("dispute_causes"))["dispute_causes"].rows[0].n


CLICKS: dict[str, tuple[str, int, Count]] = {
    "first-response-spread": ("first_response", 3, spread("frt_median", LOG_EDGES_S, 3)),
    "resolution-spread": ("resolution", 0, spread("resolution_time_median", LOG_EDGES_S, 0)),
    "resolution-fcr": ("resolution", 1, lambda scope: whole(scope, "fcr_rate_surveyed").n),
    "sla-late-sla_resolution_rate": ("sla", 4, spread("sla_resolution_rate", LATE_EDGES_S, 4)),
    "sla-states-resolution": ("sla", 4, late),
    "backlog-ages": ("backlog", 1, lambda scope: _age(scope, 1)),
    "backlog-by-status": ("backlog", 0, by("ticket_backlog", "status", 0)),
    "calls-profile": ("calls", 2, half_hour),
    "self-service-spread": ("self_service", 2, spread("self_service_time_to_find", FIND_EDGES_S, 2)),
    "dispute-causes": ("orders", 0, cause),
}
"""Panel -> its page, the group that is clicked, and what its bar says."""


def _age(scope: Scope, at: int) -> float | None:
    return cache.ask(scope.query("backlog_age_distribution"))["backlog_age_distribution"].rows[at].value


@pytest.mark.parametrize("name", CLICKS)
def test_a_bar_opens_the_rows_that_it_counts(name: str) -> None:
    view, at, count = CLICKS[name]
    click = {"opened_by_a_click": (name, {"customdata": ["", at], "point_index": at}), "backlog-by": "status"}
    app = page_of(view, "en", Choice(), state=click).run()
    assert not app.exception
    before = page_of(view, "en", Choice(), state={"backlog-by": "status"}).run()
    known = [len(table.value) for table in before.dataframe]
    found: list[pd.DataFrame] = [table.value for table in app.dataframe]
    opened = next(table for table, size in zip(found, [*known, None], strict=False) if size != len(table))
    assert len(opened) == count(scope_on(Choice())) > 0


def test_a_state_that_is_not_judged_yet_opens_its_definition() -> None:
    click = {"opened_by_a_click": ("sla-states-resolution", {"customdata": ["", 1], "point_index": 0})}
    app = page_of("sla", "en", Choice(), state=click).run()
    assert any("v-definition" in element.value for element in app.html)


def test_a_bar_of_what_kpis_leave_out_opens_what_stands_behind_it() -> None:
    click = {"opened_by_a_click": ("quality-left-out", {"customdata": ["", 0], "point_index": 0})}
    app = page_of("data_quality", "en", Choice(), state=click).run()
    assert any("v-definition" in element.value for element in app.html)


@pytest.mark.parametrize(
    ("customdata", "kept"), [(["", 1], ["email"]), (["", 0], None), (["", None], None), (["", 2], None)]
)
def test_a_step_of_a_bridge_keeps_its_group_and_the_mix_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, customdata: list[Any], kept: list[str] | None
) -> None:
    state: dict[str, Any] = {"chart-why": {"selection": {"points": [{"customdata": customdata}]}}}
    monkeypatch.setattr(clicks.st, "session_state", state)
    press = clicks.keeps("why", ("channel",), [None, ("email",), ("no such channel",)])
    assert press is not None
    press()
    asked = state.get("filters_asked", {})
    assert (asked.get("f_channel"), state.get("followed_a_click", False)) == (kept, kept is not None)


def test_what_no_filter_has_is_not_kept() -> None:
    assert clicks.keeps("why", ("hour",), []) is None


def test_an_hour_of_a_day_opens_its_rows() -> None:
    day = Choice(Preset.YESTERDAY)
    rows = cache.ask(scope_on(day).query("calls_offered", by=("hour",)))["calls_offered"].rows
    assert len(rows) > 3
    click = {"opened_by_a_click": ("calls-trend", {"customdata": [0], "point_index": 1})}
    app = page_of("calls", "en", day, state=click).run()
    assert not app.exception
    before = page_of("calls", "en", day).run()
    assert len(app.dataframe) == len(before.dataframe) + 1


def test_a_name_of_the_centre_is_no_markup_in_the_title_of_a_drawer(monkeypatch: pytest.MonkeyPatch) -> None:
    titles: list[str] = []

    def dialog(title: str, **_options: Any) -> Callable[[Callable[[], None]], Callable[[], None]]:
        titles.append(title)
        return lambda draw: draw

    monkeypatch.setattr(definition.st, "dialog", dialog)
    definition.drawer("frt_median", "[Lyon](http://elsewhere.example)", lambda: None)
    assert "\\[Lyon\\]\\(http" in titles[0]
