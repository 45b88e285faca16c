"""The filters, on the real server: they change the figures, follow the reader, live in the address."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.driving import Server, Tab, plain

HOSTILE = {
    "channel": ["<script>alert(1)</script>", "email"],
    "period": "nonsense",
    "team": "Team99",
    "team_id": "Team99",
    "from": "2026-99-99",
    "clock": "x" * 2000,
    "compare": "'; DROP TABLE tickets; --",
    "lang": "fr",
}


def test_a_filter_changes_the_figures_follows_to_every_page_and_clears_with_one_click(tab: Tab) -> None:
    everything, created = tab.open(lang="fr").cards(), tab.value("tickets_created")
    tab.choose("f_channel", "E-mail")
    emails = tab.cards()
    assert 0 < number(tab.value("tickets_created")) < number(created) / 1.5
    assert emails["frt_median"] != everything["frt_median"]

    tab.menu("first_response")
    assert tab.address["channel"] == ["email"]
    assert tab.chips()[-1] == "Canal : E-mail"
    tab.menu("satisfaction")
    assert tab.chips()[-1] == "Canal : E-mail"
    tab.menu("overview")
    assert tab.cards() == emails

    assert "channel" not in tab.clear("channel").address
    assert tab.cards() == everything


def test_a_click_on_a_point_keeps_its_day_and_one_on_a_cell_opens_its_rows(tab: Tab) -> None:
    tab.open("first_response", lang="en")
    cell = tab.page.locator(".st-key-chart-first-response-hours .textpoint text").nth(20)
    answers = int(cell.text_content() or 0)
    with tab.heard():
        tab.press(cell)
        expect(tab.page.get_by_role("dialog")).to_be_visible()
    rows = tab.page.get_by_role("dialog").locator("[data-testid=stDataFrame] table").first
    expect(rows).to_have_attribute("aria-rowcount", str(answers + 1))  # and the header
    tab.close_definition()
    line = tab.page.locator(".st-key-chart-first-response-trend .nsewdrag").first
    with tab.heard():
        tab.press(line)
        expect(tab.page.locator(".st-key-chips")).to_contain_text("Other dates")
    assert tab.address["from"] == tab.address["to"]


def test_several_filters_clear_at_once(tab: Tab) -> None:
    tab.open("first_response", lang="en", channel=["email", "chat"], priority="high")
    assert tab.chips()[2:] == ["Channel: E-mail, Chat", "Priority: High", "Clear all"]
    assert set(tab.clear("all").address) == {"lang"}
    assert len(tab.chips()) == 2


def test_the_period_the_comparison_and_the_clock_change_what_the_cards_say(tab: Tab) -> None:
    month = tab.open(lang="fr").values()
    tab.choose("f_period", "7 derniers jours")
    week, said = tab.values(), tab.cards()
    assert tab.address["period"] == ["last_7"]
    assert tab.chips()[0].startswith("7 derniers jours · ")
    assert 3 < number(month["tickets_created"]) / number(week["tickets_created"]) < 6

    compared = tab.chips()[1]
    tab.choose("f_compare", "Même période, an dernier")
    assert tab.chips()[1] != compared
    assert tab.values() == week
    assert tab.cards()["tickets_created"] != said["tickets_created"]

    tab.choose("f_compare", "Aucune comparaison")
    assert all("avant :" not in text and "progrès" not in text for text in tab.cards().values())

    with tab.heard():
        tab.page.locator(".st-key-f_clock").get_by_text("Ouvrées").click()
    business = tab.values()
    assert "heures ouvrées" in tab.cards()["frt_median"]
    assert business["frt_median"] != week["frt_median"]
    assert business["tickets_created"] == week["tickets_created"]


def test_a_pasted_link_shows_another_person_the_same_view_and_figures(tab: Tab, reader: Opener, server: Server) -> None:
    tab.open("first_response", lang="en", period="last_month", compare="last_year", channel=["email", "chat"])
    tab.choose("f_team_id", "Courriels et formulaires")
    tab.page.get_by_role("button", name="Share").click()
    shared = tab.page.locator("[data-testid=stPopoverBody] code").inner_text()
    assert shared == tab.page.url
    other = reader(server, locale="fr-FR").follow(shared)
    assert (other.view, other.title()) == ("first_response", "First response")
    assert other.chips() == tab.chips()
    assert other.address == tab.address
    assert other.cards() == tab.cards() != {}


def test_the_back_button_brings_the_selection_back(tab: Tab) -> None:
    tab.open(lang="fr", channel="email")
    emails = tab.cards()
    tab.menu("first_response")
    tab.page.go_back()
    expect(tab.page.locator(".v-header h1")).to_have_text("Vue d’ensemble")
    assert tab.settled().cards() == emails
    assert tab.address["channel"] == ["email"]


def test_a_stale_or_hostile_address_gives_a_notice_and_a_working_page(tab: Tab) -> None:
    sound = tab.open(lang="fr", channel="email").cards()
    for view in ("overview", "agents"):
        tab.open(view, **HOSTILE)
        notice = plain(tab.page.locator(".v-notice.v-warning").first.inner_text())
        assert "from, period, compare, clock, channel, team" in notice
        assert tab.page.locator(".st-key-empty-error").count() == 0
        assert tab.address["channel"] == ["email"]
        if view == "overview":
            assert tab.cards() == sound
    assert tab.errors == []


def test_the_language_follows_the_browser_then_the_reader_and_keeps_the_filters(reader: Opener, server: Server) -> None:
    tab = reader(server, locale="en-GB").open(channel="email", period="last_7")
    assert tab.title() == "Overview"
    created = tab.value("tickets_created")
    tab.language("fr")
    assert (tab.title(), tab.address["lang"]) == ("Vue d’ensemble", ["fr"])
    assert (tab.address["channel"], tab.address["period"]) == (["email"], ["last_7"])
    assert number(tab.value("tickets_created")) == number(created)
    assert tab.chips()[-1] == "Canal : E-mail"
    tab.menu("first_response").language("en")
    assert (tab.view, tab.title()) == ("first_response", "First response")


def number(text: str) -> int:
    return int("".join(char for char in text if char.isdigit()))
