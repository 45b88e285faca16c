"""A television on the real server: read from afar at every size, alone on its screen, back by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import PATIENCE_S, Server, context_of, free_port, serving

SIZES = ((1280, 720), (1920, 1080), (3840, 2160), (1080, 1920))
SCREEN_IN = 55
MM_AN_INCH = 25.4
LOOK = """() => {
  const texts = [], wrong = [], wide = innerWidth, high = innerHeight;
  const walker = document.createTreeWalker(document.querySelector(".v-wall"), NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const box = node.parentElement, range = document.createRange();
    range.selectNodeContents(node);
    const place = range.getBoundingClientRect();
    if (!node.data.trim() || !place.height) continue;
    texts.push([node.data, parseFloat(getComputedStyle(box).fontSize)]);
    if (place.left < 0 || place.top < 0 || place.right > wide || place.bottom > high) wrong.push(["out", node.data]);
    const tile = box.closest(".w-tile")?.getBoundingClientRect();
    if (tile && (place.right > tile.right || place.bottom > tile.bottom)) wrong.push(["clipped", node.data]);
  }
  for (const tile of document.querySelectorAll(".w-tile"))
    if (tile.scrollHeight > tile.clientHeight + 1 || tile.scrollWidth > tile.clientWidth + 1)
      wrong.push(["full", tile.innerText]);
  const page = document.scrollingElement, wall = document.querySelector(".v-wall").getBoundingClientRect();
  if (page.scrollHeight > high || page.scrollWidth > wide) wrong.push(["scrolls", ""]);
  if (wall.width !== wide || wall.height !== high) wrong.push(["not filled", ""]);
  return {texts, wrong};
}"""
ELSE = """() => [...document.body.querySelectorAll("*")].filter(box =>
  !box.closest(".v-wall, .w-turn, script, style, noscript")
  && box.checkVisibility() && box.getBoundingClientRect().height
  && [...box.childNodes].some(node => node.nodeType === 3 && node.data.trim())).map(box => box.textContent)"""


@pytest.fixture(scope="module")
def television(browser: Browser) -> Iterator[Page]:
    with closing(context_of(browser, color_scheme="dark")) as context:
        yield context.new_page()


def shown(page: Page, server: Server, query: str) -> Page:
    page.goto(f"{server.url}/wallboard?{query}", wait_until="commit")
    expect(page.locator(".w-tile").first).to_be_visible(timeout=PATIENCE_S * 1000)
    expect(page.locator(".w-clock")).not_to_be_empty()
    page.evaluate("document.fonts.ready")
    return page


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(("board", "distance"), [("phone", 4), ("mixed", 6)])
def test_a_board_fills_every_screen_and_is_read_at_its_distance(
    television: Page, server: Server, board: str, distance: int, lang: str
) -> None:
    page = shown(television, server, f"board={board}&distance={distance}&screen={SCREEN_IN}&lang={lang}")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found: Any = page.evaluate(LOOK)
        assert found["wrong"] == [], (width, height)
        mm_a_pixel = SCREEN_IN * MM_AN_INCH / (width**2 + height**2) ** 0.5
        small = {
            text: size * mm_a_pixel for text, size in found["texts"] if size * mm_a_pixel < distance * 1000 / 150 - 0.1
        }
        assert small == {}, (width, height)


def test_nothing_but_the_board_is_on_the_screen(television: Page, server: Server) -> None:
    page = shown(television, server, "board=phone,support&lang=fr&theme=light")
    assert page.evaluate(ELSE) == []
    assert page.locator("[data-testid=stSidebar]:visible, [data-testid=stHeader]:visible, button:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.v-wall')).backgroundColor") == "rgb(246, 248, 250)"
    assert page.locator(".w-turn").is_visible()


def test_motion_is_not_imposed(television: Page, server: Server) -> None:
    page = shown(television, server, "board=phone,support&lang=fr")
    running = "document.getAnimations().filter(one => one.animationName === 'w-turn').length"
    assert page.evaluate(running) == 1
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(running) == 0
    assert page.locator(".w-turn").is_visible()
    page.emulate_media(reduced_motion="no-preference")


def test_a_cut_network_turns_the_screen_grey_and_it_comes_back(television: Page, server: Server) -> None:
    page = shown(television, server, "board=phone&lang=fr&refresh=2")
    values = page.locator(".w-value").all_inner_texts()
    page.context.set_offline(True)
    hurry(page)
    expect(page.locator("html")).to_have_attribute("data-cut", "")
    expect(page.get_by_text("connexion perdue")).to_be_visible()
    assert page.evaluate(ELSE) == []
    assert page.locator(".w-value").all_inner_texts() == values
    page.context.set_offline(False)
    expect(page.locator("html")).not_to_have_attribute("data-cut", "", timeout=PATIENCE_S * 1000)


def test_a_server_that_restarts_is_waited_for_without_a_word_of_error(television: Page, demo_store: Path) -> None:
    port = free_port()
    with serving(demo_store, port=port) as first:
        page = shown(television, first, "board=mixed&lang=en&refresh=2")
        values = page.locator(".w-value").all_inner_texts()
    hurry(page)
    expect(page.locator("html")).to_have_attribute("data-cut", "")
    expect(page.get_by_text("connection lost")).to_be_visible()
    assert page.evaluate(ELSE) == []
    assert page.get_by_role("dialog").filter(visible=True).count() == 0
    with serving(demo_store, port=port):
        expect(page.locator("html")).not_to_have_attribute("data-cut", "", timeout=PATIENCE_S * 1000)
        assert page.locator(".w-value").all_inner_texts() == values
        assert page.evaluate(ELSE) == []


def hurry(page: Page) -> None:
    """Two heartbeats are missed in four seconds instead of forty."""
    page.evaluate("document.querySelector('.w-beat').dataset.limit = '4'")
