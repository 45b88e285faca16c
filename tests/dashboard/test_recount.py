"""One number: what is downloaded behind a card, counted again by the definition of the card, is the card."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from plotly.graph_objects import Figure as Chart

from dashboard import cache, definition, page
from dashboard.filters import Choice, Scope
from dashboard.format import UNKNOWN
from dashboard.i18n import spoken
from dashboard.periods import Preset
from dashboard.words import short
from kpi import catalog
from kpi.definition import Lang
from tests.browser.driving import VIEWS, squeezed
from tests.dashboard.desk import html_of, page_of, scope_on
from tests.dashboard.pooling import ROUNDED, number, pooled
from tests.dashboard.recounts import RULES, Files, read

MAY = Choice(Preset.CUSTOM, (date(2026, 5, 1), date(2026, 5, 31)))
"""A month after which enough has passed for what takes time to be known."""
LATER = ("cost_per_call", "cost_per_contact", "dispute_rate")
"""Unknown over the thirty days of a page: of whole months, or known a month after."""


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch, demo_store: Path) -> dict[str, page.Table]:
    """The demo centre, and what the downloads of the tables drawn since would give, by the key of the table."""
    monkeypatch.setenv("VIGIE_DB", str(demo_store))
    made: dict[str, page.Table] = {}
    monkeypatch.setattr(page, "data_table", lambda table, *, key, download, **_: made.update({key: download}))
    return made


@pytest.mark.parametrize("kpi_id", RULES)
def test_the_downloaded_rows_counted_again_by_the_definition_give_the_figure(
    downloads: dict[str, page.Table], kpi_id: str
) -> None:
    scope = scope_on(MAY if kpi_id in LATER else Choice())
    lang: Lang = "en" if kpi_id in LATER else "fr"
    answer = cache.ask(scope.query(kpi_id))[kpi_id]
    rows = downloaded(downloads, scope, kpi_id, lang)
    beside = {side: downloaded(downloads, scope, kpi_id, lang, side) for side in list(cache.sides(kpi_id))[1:]}
    value, n = RULES[kpi_id](Files(rows, beside, scope.period.start, scope.period.end, answer.as_of))
    assert n == answer.total.n > 0
    assert value == pytest.approx(answer.total.value, rel=1e-12)


def downloaded(
    downloads: dict[str, page.Table], scope: Scope, kpi_id: str, lang: Lang, side: str | None = None
) -> pd.DataFrame:
    """The CSV that the drawer of a card gives, as pandas reads it."""
    definition.rows_behind(scope, kpi_id, side=side)
    table = downloads[f"rows-{kpi_id}"]
    return read(spoken(lang, lambda: page.csv_bytes(table(), lang)), lang)


# Charts


Panel = tuple[Chart, pd.DataFrame]
POOLED = ("overview", "first_response", "backlog", "sla", "calls", "self_service", "orders")
"""Pages with a table whose rows make a card together."""


@pytest.fixture
def panels(monkeypatch: pytest.MonkeyPatch, demo_store: Path) -> dict[str, Panel]:
    """The charts of the page opened next with the tables behind them, by key."""
    monkeypatch.setenv("VIGIE_DB", str(demo_store))
    made: dict[str, Panel] = {}
    draw = page.panel

    def panel(*words: str, key: str, figure: Any = None, table: Any = None, **more: Any) -> Any:
        if figure is not None and table is not None:
            made[key] = (figure, table())
        return draw(*words, key=key, figure=figure, table=table, **more)

    monkeypatch.setattr(page, "panel", panel)
    return made


@pytest.mark.parametrize("view", [view for view in VIEWS if view != "imports"])
def test_what_a_chart_says_is_in_its_table_and_the_parts_of_a_card_make_it(panels: dict[str, Panel], view: str) -> None:
    app = page_of(view, "fr", Choice()).run()
    assert not app.exception
    said = cards_of(html_of(app))
    known = spoken("fr", lambda: {short(kpi): kpi for kpi in catalog.CATALOG.values()})
    together: list[str] = []
    for key, (figure, table) in panels.items():
        written = pd.read_csv(BytesIO(page.csv_bytes(table, "fr")), sep=";", encoding="utf-8-sig", dtype=str)
        cells = {squeezed(cell) for cell in written.stack()}
        assert (key, [word for word in hovers(figure) if not cells & set(word)]) == (key, [])
        for name in {*said} & {*table.columns}:
            made = pooled(table, name, known[name].kind)
            if made is not None:
                near = pytest.approx(number(said[name]), rel=0.01, abs=ROUNDED.get(known[name].unit, 0))
                assert (key, name, made) == (key, name, near)
                together.append(name)
    assert together or view not in POOLED


def hovers(figure: Chart) -> Iterator[tuple[str, ...]]:
    """The figure of each point as its hover says it; of parts, also their count."""
    for trace in figure.to_plotly_json()["data"]:
        template = trace.get("hovertemplate") or ""
        if trace.get("name") == "période préc.":
            continue
        if "%{text}" in template:
            yield from ((squeezed(text.split("  n = ")[0]),) for text in trace["text"] if text not in ("", UNKNOWN))
        hover = trace.get("hovertext")
        data = trace.get("customdata")
        lines = [template, *([] if hover is None else hover), *([] if data is None else data)]
        for line in lines:
            line = line if isinstance(line, str | int) else line[0]
            if found := re.search(r"<b>([^%{][^{]*?)</b>(?:\s+(\d+) / \d+)?", str(line)):
                yield tuple(squeezed(part) for part in found.groups() if part)


def cards_of(html: str) -> dict[str, str]:
    """The cards of a page: name -> figure."""
    found = re.findall(r'aria-label="(.*?)">.*?<p class="v-value">(.*?)</p>', html)
    return {unescape(name): unescape(re.sub("<.*?>", "", value)) for name, value in found}
