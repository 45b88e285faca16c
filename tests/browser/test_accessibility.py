"""What a keyboard or a screen reader would stumble on: axe-core on every page, in both schemes."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Seen
from tests.browser.driving import Tab

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
OURS = {"exclude": [[".glideDataEditor"], ["[data-testid=stDataFrame]"], ["[data-testid=stLogo]"]]}
"""Streamlit's own table is a canvas with a table beside it, which is not ours to mend."""
_AXE = Axe()


def found(tab: Tab) -> list[str]:
    """Each violation: its rule, how many places, the first one."""
    results: dict[str, Any] = _AXE.run(tab.page, context=OURS, options=RULES).response
    return [f"{one['id']} x{len(one['nodes'])}: {_first(one['nodes'][0])}" for one in results["violations"]]


def _first(node: dict[str, Any]) -> str:
    return f"{node['html'][:200]} {node.get('failureSummary', '')[:300]}"


def test_no_page_has_anything_that_axe_refuses(seen: Seen) -> None:
    """Light in French, dark in English: the parts are the same."""
    if seen.lang == "en":
        with seen.dark():
            assert found(seen.tab) == []
    else:
        assert found(seen.tab) == []


def test_the_definition_of_a_figure_can_be_read_by_everyone(tab: Tab) -> None:
    tab.open(lang="fr")
    tab.definition("tickets_created")
    assert found(tab) == []


def test_the_what_if_can_be_read_by_everyone_once_it_is_unfolded(tab: Tab) -> None:
    tab.page.emulate_media(color_scheme="dark")
    tab.open("calls", lang="en")
    tab.page.locator(".st-key-staffing-inputs summary").click()
    expect(tab.page.locator("[data-testid=stSliderThumbValue]").first).to_be_visible()
    assert found(tab) == []
