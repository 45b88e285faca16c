"""Every page, on the real server: it opens whole, in one language, and asks nothing of the network outside."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import expect

from dashboard.i18n import LOCALE, spoken
from dashboard.shell import streamlit_words
from tests.browser.conftest import Seen
from tests.browser.driving import TITLES, VIEWS, Tab, named, names_in, plain

FOREIGN = {
    "fr": re.compile(r"\b(the|of|with|and|not|from|by|this|is|are|to|for|loading|close)\b", re.I),
    "en": re.compile(r"\b(le|la|les|des|du|une|et|sur|avec|pour|dans|aucune?|est|sont|aux?|chargement)\b", re.I),
}
"""Words that only the other language has."""
SAID = """() => ["aria-label", "aria-valuetext", "title", "placeholder"].flatMap(name =>
  [...document.querySelectorAll(`[${name}]`)].map(box => box.getAttribute(name))).concat(
  [...document.querySelectorAll("[data-placeholder]")].map(box => box.innerText))"""
SITE = re.compile(r"\b[\w-]+\.(com|fr|org)\b")
"""A source's address, in its own language."""
UNFINISHED = re.compile(r"\{\w*\}|</?\w+>|\b(None(?! of)|nan|NaN|NaT|undefined|inf)\b|Traceback|Error\b")
"""Left by a message that was not filled, markup shown as text, a value that is missing in Python or JavaScript."""


def test_a_page_opens_whole_by_its_address_in_its_language(seen: Seen) -> None:
    tab, lang = seen.tab, seen.lang
    assert tab.title() == TITLES[seen.view][lang]
    assert tab.page.locator(".st-key-empty-error, [data-testid=stException], [data-testid=stAlert]").count() == 0
    assert tab.errors == tab.outside() == []
    assert seen.log == ""
    texts = tab.texts()
    assert [text for text in texts if UNFINISHED.search(text)] == []
    assert foreign(texts, lang, seen.server.db) == []


def test_nothing_that_streamlit_says_by_itself_is_left_in_another_language(seen: Seen) -> None:
    english = spoken("en", streamlit_words)
    french = {en: fr for en in english if (fr := spoken("fr", streamlit_words)[en]) != en}
    foreign_ = set(french) if seen.lang == "fr" else set(french.values())
    for _patience in range(20):  # what Streamlit has just said is put in the reader's words a moment later
        left = [text for text in seen.tab.page.evaluate(SAID) if text in foreign_]
        if not left:
            break
        seen.tab.page.wait_for_timeout(200)
    assert left == []
    assert seen.tab.page.evaluate("document.documentElement.lang") == seen.lang


def test_no_page_names_an_agent(seen: Seen) -> None:
    assert named(seen.tab.page.content(), names_in(seen.server.db)) == set()


def test_the_menu_leads_to_every_page_and_no_two_give_two_values_for_one_kpi(tab: Tab) -> None:
    said = defaultdict[str, set[str]](set)
    tab.open(lang="fr", channel="email", clock="business", period="last_month")
    for view in (*VIEWS[1:], VIEWS[0]):
        tab.menu(view)
        assert (tab.view, tab.title(), tab.address["lang"]) == (view, TITLES[view]["fr"], ["fr"])
        assert tab.page.locator(".st-key-empty-error").count() == 0
        for kpi_id in tab.cards():
            said[kpi_id].add(tab.value(kpi_id))
    assert len(said) > 16
    assert {kpi_id: values for kpi_id, values in said.items() if len(values) > 1} == {}
    assert len(tab.requests) > 20
    assert tab.outside() == []


def test_what_streamlit_says_by_itself_follows_the_language(tab: Tab) -> None:
    tab.open("agents", lang="fr", channel="email")
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
        rest = SITE.sub("", names.sub("", text)).strip("… ")
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
