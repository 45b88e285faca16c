"""Every page, on the real server: it opens whole, in one language, and asks nothing of the network outside."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import expect

from dashboard.i18n import LOCALE, spoken
from dashboard.shell import streamlit_words
from tests.browser.driving import TITLES, VIEWS, Server, Tab, plain

FOREIGN = {
    "fr": re.compile(r"\b(the|of|with|and|not|from|by|this|is|are|to|for|loading|close)\b", re.I),
    "en": re.compile(r"\b(le|la|les|des|du|une|et|sur|avec|pour|dans|aucune?|est|sont|aux?|chargement)\b", re.I),
}
"""Words that only the other language has."""
SAID = """() => ["aria-label", "title", "placeholder"].flatMap(name =>
  [...document.querySelectorAll(`[${name}]`)].map(box => box.getAttribute(name)))"""
UNFINISHED = re.compile(r"\{\w*\}|</?\w+>|\b(None(?! of)|nan|NaN|NaT|undefined|inf)\b|Traceback|Error\b")
"""Left by a message that was not filled, markup shown as text, a value that is missing in Python or JavaScript."""


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_page_opens_whole_by_its_address_in_its_language(tab: Tab, server: Server, view: str, lang: str) -> None:
    before = len(server.log())
    tab.open(view, lang=lang)
    assert tab.title() == TITLES[view][lang]
    assert tab.page.locator(".st-key-empty-error, [data-testid=stException], [data-testid=stAlert]").count() == 0
    assert tab.errors == tab.outside() == []
    assert server.log()[before:] == ""
    texts = tab.texts()
    assert [text for text in texts if UNFINISHED.search(text)] == []
    assert foreign(texts, lang, server.db) == []


def test_the_menu_leads_to_every_page_and_none_asks_anything_of_the_network_outside(
    tab: Tab,
) -> None:
    tab.open(lang="fr")
    for view in (*VIEWS[1:], VIEWS[0]):
        tab.menu(view)
        assert (tab.view, tab.title(), tab.address["lang"]) == (view, TITLES[view]["fr"], ["fr"])
        assert tab.page.locator(".st-key-empty-error").count() == 0
    assert len(tab.requests) > 20
    assert tab.outside() == []


@pytest.mark.parametrize("view", ["overview", "agents", "explore", "targets"])
def test_nothing_that_streamlit_says_by_itself_is_left_in_english(tab: Tab, view: str) -> None:
    tab.open(view, lang="fr", channel="email")
    english = spoken("en", streamlit_words)
    left = [text for text in tab.page.evaluate(SAID) if text in english and spoken("fr", streamlit_words)[text] != text]
    assert left == []
    assert tab.page.evaluate("document.documentElement.lang") == "fr"
    assert {"Retirer E-mail", "Replier le panneau latéral"} <= set(tab.page.evaluate(SAID))
    assert tab.language("en").page.evaluate("document.documentElement.lang") == "en"
    assert "Collapse sidebar" in tab.page.evaluate(SAID)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_address_that_names_no_page_leads_to_the_overview_with_a_sentence(tab: Tab, lang: str) -> None:
    tab.follow(f"{tab.url}/nonsense?lang={lang}&channel=email")
    assert (tab.view, tab.title()) == ("overview", TITLES["overview"][lang])
    assert "nonsense" in plain(tab.page.locator(".v-notice.v-warning").inner_text())
    assert tab.page.get_by_role("dialog").count() == 0
    assert tab.address == {"lang": [lang], "channel": ["email"]}


def test_the_menu_says_which_page_is_open_and_opens_each_in_a_tab_of_its_own(tab: Tab) -> None:
    tab.open("sla", lang="fr")
    current = tab.page.locator(".st-key-menu a[aria-current=page]")
    expect(current.locator("p")).to_have_text("SLA")
    tab.menu("definitions")
    expect(current.locator("p")).to_have_text("Définitions")
    paths = [
        urlsplit(link).path
        for link in tab.page.locator(".st-key-menu a").evaluate_all("links => links.map(a => a.href)")
    ]
    assert paths == ["/" if view == "overview" else f"/{view}" for view in VIEWS]


def test_a_definition_has_its_anchor_and_another_is_one_click_away(tab: Tab) -> None:
    tab.follow(f"{tab.url}/definitions?lang=en#nps")
    panel = tab.page.locator(".st-key-panel-definition")
    expect(panel.locator("h3").first).to_have_text("Net Promoter Score")
    search = tab.page.locator(".st-key-search input")
    search.fill("décroché")
    links = tab.page.locator(".v-list a")
    expect(links.get_by_text("Net Promoter Score")).to_have_count(0)
    links.get_by_text("Answer rate", exact=True).click()
    expect(panel.locator("h3").first).to_have_text("Answer rate")
    tab.settled()
    assert tab.address["kpi"] == ["answer_rate"]
    other = tab.page.context.new_page()
    other.goto(links.get_by_text("Service level").evaluate("link => link.href"))
    expect(other.locator(".st-key-panel-definition h3").first).to_have_text("Service level")
    other.close()


def foreign(texts: list[str], lang: str, db: Path) -> list[str]:
    """Texts in the other language, what the centre itself has written left out."""
    own, other = ours(lang), ours("en" if lang == "fr" else "fr")
    comments, names = written(db)
    found = []
    for text in texts:
        rest = names.sub("", text).strip("… ")
        if rest not in comments and ((rest in other and rest not in own) or FOREIGN[lang].search(rest)):
            found.append(text)
    return found


@cache
def ours(lang: str) -> frozenset[str]:
    """Every message of the dashboard in a language; the source strings are the English ones."""
    with open(LOCALE / "fr" / "LC_MESSAGES" / "vigie.po", "rb") as source:
        catalogue = read_po(source, locale="fr")
    messages = [message.string if lang == "fr" else message.id for message in catalogue if message.id]
    return frozenset(plain(text) for m in messages for text in ((m,) if isinstance(m, str) else m))


@cache
def written(db: Path) -> tuple[str, re.Pattern[str]]:
    """What the centre has written: its comments, a line each, and the names of its teams, requests, products."""
    with duckdb.connect(str(db), read_only=True) as con:

        def texts(*columns: str) -> list[str]:
            union = " UNION ".join("SELECT {1} FROM {0}".format(*column.split(".")) for column in columns)
            return [plain(text) for (text,) in con.execute(union).fetchall() if text]

        comments = "\n".join(texts("surveys.comment", "sla_policies.policy_id", "teams.name"))
        names = texts("teams.name", "teams.site", "teams.organisation", "tickets.request_type", "tickets.product")
    return comments, re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
