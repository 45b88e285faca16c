"""What it looks like: on a phone, and in the dark."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from dashboard.theme import DARK, LIGHT, Theme
from tests.browser.conftest import Opener, Seen
from tests.browser.driving import Server

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 "
    "Mobile Safari/537.36",
}
CUT = """() => [...document.querySelectorAll(".v-card p, .v-card h4")]
  .filter(line => line.checkVisibility() && line.scrollWidth > line.clientWidth + 1)
  .map(line => line.innerText)"""
FIGURES = """() => [...document.querySelectorAll(".js-plotly-plot")]
  .map(({data, layout}) => new Blob([JSON.stringify([data, layout])]).size)"""
TOO_WIDE = """wide => {
  const main = document.querySelector("[data-testid=stMain]"), root = document.scrollingElement;
  if (innerWidth === wide && main.scrollWidth <= main.clientWidth && root.scrollWidth <= wide) return [];
  const scrolls = box => box && box !== main
    && (getComputedStyle(box).overflowX !== "visible" || scrolls(box.parentElement));
  return [innerWidth, main.scrollWidth, root.scrollWidth, ...[...main.querySelectorAll("*")]
    .filter(box => box.getBoundingClientRect().right > wide && !scrolls(box.parentElement))
    .map(box => `${box.tagName}.${box.className}`).slice(0, 5)];
}"""


def test_no_page_scrolls_sideways_nor_cuts_a_word_of_a_card_at_any_width(seen: Seen) -> None:
    page = seen.tab.page
    for width in (1440, 1920, 390) if seen.lang == "fr" else (390,):  # French words are the longer ones
        with seen.sized(width):
            with suppress(PlaywrightTimeout):  # Streamlit's table follows its window after a while
                page.wait_for_function(f"wide => ({TOO_WIDE})(wide).length === 0", arg=width, timeout=5_000)
            assert (width, page.evaluate(TOO_WIDE, width)) == (width, [])
            assert (width, page.evaluate(CUT)) == (width, [])


def test_the_charts_of_a_page_are_aggregates(seen: Seen) -> None:
    """At most 300 KB of figures."""
    sizes = seen.tab.page.evaluate(FIGURES)
    assert sum(sizes) <= 300_000
    assert all(size > 500 for size in sizes)


def test_no_page_scrolls_sideways_on_a_phone(reader: Opener, server: Server) -> None:
    """As a phone draws it: its own zoom, its bars, filters in place."""
    tab = reader(server, **PHONE)
    for view in ("overview", "agents", "explore"):
        tab.open(view, lang="fr", channel=["email", "chat"], clock="business")
        assert (view, tab.page.evaluate(TOO_WIDE, 390)) == (view, [])
        assert (view, tab.page.evaluate(CUT)) == (view, [])


def test_a_chart_is_drawn_once_when_its_page_opens(reader: Opener, server: Server) -> None:
    """Streamlit hands each figure to Plotly twice. Under load one opening in sixty still draws some again: a page that
    did so three times in a row would have lost what prevents it."""
    tab = reader(server)
    profiler = tab.page.context.new_cdp_session(tab.page)
    profiler.send("Profiler.enable")
    profiler.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
    for view in ("first_response", "satisfaction"):
        tab.open(view, lang="en")  # The answers are then known: nothing is drawn on what is still missing.
        drawn = []
        for _opening in range(3):
            profiler.send("Profiler.takePreciseCoverage")
            tab.open(view, lang="en")
            scripts = profiler.send("Profiler.takePreciseCoverage")["result"]
            calls = {
                function["functionName"]: function["ranges"][0]["count"]
                for script in scripts
                if "PlotlyChart" in script["url"]
                for function in script["functions"]
            }
            drawn.append(calls["e.drawData"])
            if drawn[-1] == tab.page.locator(".js-plotly-plot").count():
                break
        assert drawn[-1] == tab.page.locator(".js-plotly-plot").count() > 0, (view, drawn)


def test_a_chart_follows_the_width_of_its_window(reader: Opener, server: Server) -> None:
    tab = reader(server).open("sla", lang="en")
    chart = tab.page.locator(".st-key-chart-sla-states-resolution")
    before = chart.bounding_box()
    tab.page.set_viewport_size({"width": 1100, "height": 900})
    tab.settled()
    after = chart.bounding_box()
    assert before and after and after["width"] < before["width"] - 50
    drawn = chart.locator(".main-svg").first.bounding_box()
    assert drawn and drawn["width"] == after["width"]


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_the_page_and_its_charts_follow_the_scheme_of_the_screen(reader: Opener, server: Server, theme: Theme) -> None:
    tab = reader(server, color_scheme=theme.name).open(lang="fr")
    shades = tab.page.evaluate(
        """() => ({
          page: getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor,
          card: getComputedStyle(document.querySelector("[class*='st-key-card-']")).backgroundColor,
          ink: getComputedStyle(document.querySelector(".v-value")).color,
          tick: getComputedStyle(document.querySelector(".js-plotly-plot .ytick text")).fill,
        })"""
    )
    assert shades["page"] == rgb(theme.page)
    assert shades["card"] == rgb(theme.surface)
    assert shades["ink"] == rgb(theme.ink_strong)
    assert (sum(channels(shades["tick"])) > 3 * 128) == (theme is DARK)


def rgb(code: str) -> str:
    return "rgb({}, {}, {})".format(*(int(code[i : i + 2], 16) for i in (1, 3, 5)))


def channels(color: str) -> list[int]:
    return [int(part) for part in color.removeprefix("rgb(").removesuffix(")").split(",")[:3]]
