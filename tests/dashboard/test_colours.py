"""The same value of a dimension has the same colour wherever it is drawn."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.filters import Choice
from dashboard.theme import LIGHT
from tests.browser.driving import VIEWS
from tests.dashboard.desk import page_of

DIMENSIONS = ("channel", "team_id", "status", "priority", "request_type")
OWN = {*LIGHT.categories, *LIGHT.scale}
"""Colours that stand for values; greys and tones of the others stand for several."""


@pytest.fixture(autouse=True)
def _demo(monkeypatch: pytest.MonkeyPatch, small_demo_store: Path) -> None:
    monkeypatch.setenv("VIGIE_DB", str(small_demo_store))


def test_a_value_keeps_its_colour_on_all_pages() -> None:
    worn = defaultdict[str, set[str]](set)
    for dimension in DIMENSIONS:
        pages = [
            page_of("backlog", "fr", Choice(), state={"backlog-by": dimension}),
            page_of("explore", "fr", address={"kpis": "ticket_backlog", "by": dimension, "grain": "week"}),
            page_of("explore", "fr", Choice(), address={"kpis": "tickets_created", "by": dimension, "grain": "day"}),
        ]
        drawn = [dict(colored(json.loads(c.proto.spec))) for app in pages for c in app.run().get("plotly_chart")]
        assert sum(len(one) > 1 for one in drawn) >= 3, dimension
        for one in drawn:
            for label, color in one.items():
                worn[f"{dimension} {label}"].add(color)
    assert len(worn) > 20
    assert {value: colors for value, colors in worn.items() if len(colors) > 1} == {}


@pytest.mark.parametrize("view", [view for view in VIEWS if view not in ("imports", "boards")])
def test_no_page_gives_a_value_a_colour_of_its_own(view: str) -> None:
    known = {}
    for dimension in DIMENSIONS:
        for chart in page_of("backlog", "fr", Choice(), state={"backlog-by": dimension}).run().get("plotly_chart"):
            known |= dict(colored(json.loads(chart.proto.spec)))
    app = page_of(view, "fr", Choice()).run()
    drawn = [dict(colored(json.loads(chart.proto.spec))) for chart in app.get("plotly_chart")]
    several = [one for one in drawn if len(set(one.values())) > 1]
    assert [
        (label, color, known[label])
        for one in several
        for label, color in one.items()
        if known.get(label, color) != color
    ] == []


def test_values_that_share_the_colour_of_the_others_are_told_apart_in_one_chart() -> None:
    app = page_of("explore", "fr", Choice(), address={"kpis": "tickets_created", "by": "request_type", "grain": "week"})
    (chart,) = app.run().get("plotly_chart")
    inks = [color for _label, color in lines(json.loads(chart.proto.spec))]
    assert len(inks) == len(set(inks)) == 6


def colored(figure: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(value, colour) of each line, layer and bar that has one of the colours of values."""
    yield from (pair for pair in (*lines(figure), *bars(figure)) if pair[1] in OWN)


def lines(figure: dict[str, Any]) -> Iterator[tuple[str, str]]:
    named = [trace for trace in figure["data"] if trace.get("name") and trace["type"] == "scatter"]
    if len(named) < 2:
        return
    for trace in named:
        filled = re.match(r"rgba\((\d+),(\d+),(\d+)", trace.get("fillcolor", ""))
        ink = "#" + "".join(f"{int(part):02X}" for part in filled.groups()) if filled else trace["line"]["color"]
        yield trace["name"], ink


def bars(figure: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for trace in figure["data"]:
        inks = trace.get("marker", {}).get("color")
        if trace["type"] == "bar" and isinstance(inks, list) and len(set(inks)) > 1:
            for (said, *_rest), ink in zip(trace["customdata"], inks, strict=True):
                yield str(said).partition("<br>")[0], ink
