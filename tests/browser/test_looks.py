"""What it looks like: on a phone, and in the dark."""

from __future__ import annotations

import pytest

from dashboard.theme import DARK, LIGHT, Theme
from tests.browser.conftest import Opener
from tests.browser.driving import VIEWS, Server

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 "
    "Mobile Safari/537.36",
}
TOO_WIDE = """() => {
  const main = document.querySelector("[data-testid=stMain]"), root = document.scrollingElement;
  if (innerWidth === 390 && main.scrollWidth <= main.clientWidth && root.scrollWidth <= 390) return [];
  const scrolls = box => box && box !== main
    && (getComputedStyle(box).overflowX !== "visible" || scrolls(box.parentElement));
  return [innerWidth, main.scrollWidth, root.scrollWidth, ...[...main.querySelectorAll("*")]
    .filter(box => box.getBoundingClientRect().right > 390 && !scrolls(box.parentElement))
    .map(box => `${box.tagName}.${box.className}`).slice(0, 5)];
}"""


def test_no_page_scrolls_sideways_on_a_phone(reader: Opener, server: Server) -> None:
    tab = reader(server, **PHONE)
    wide = {view: tab.open(view, lang="fr", channel=["email", "chat"]).page.evaluate(TOO_WIDE) for view in VIEWS}
    assert {view: found for view, found in wide.items() if found} == {}


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
