"""What is planted in the demo centre is said on its pages, to somebody who only looks there."""

from __future__ import annotations

from playwright.sync_api import expect

from data.sample.planted import Pair, Slow
from tests.browser.driving import Tab, plain


def _said(tab: Tab) -> str:
    return plain(tab.page.locator("[data-testid=stMain]").inner_text())


def _named(position: int) -> str:
    return f"A{position + 1:03d}"


def test_the_slow_agent_stands_apart_and_alone(tab: Tab) -> None:
    tab.open("agents", lang="en", period="last_90", team="COURRIELS", kpi="frt_median")
    assert "1 of 7 agents stands apart" in _said(tab)
    labels = tab.chart("agents-frt_median").evaluate("chart => chart.data.map(trace => trace.customdata)")
    assert _named(Slow().agent) in str(labels)


def test_the_pair_that_only_handles_other_requests_is_shown_as_such(tab: Tab) -> None:
    tab.open("agents", lang="fr", period="last_90", team="ACCUEIL", kpi="fcr_rate")
    ahead, behind = _named(Pair().simple), _named(Pair().complex_)
    text = _said(tab)
    assert f"{ahead} dépasse {behind}, mais pas à demandes égales" in text
    assert "personne ne se distingue de l’équipe" in text


def test_the_change_of_hours_is_told_from_its_day(tab: Tab) -> None:
    tab.open("first_response", lang="fr")
    assert "Depuis le 15 juin : première réponse, médiane 1 h 53 en moyenne contre 4 h 20 d’habitude" in _said(tab)


def test_the_incident_is_told_by_its_days_and_its_reason(tab: Tab) -> None:
    days = {"from": "2025-12-15", "to": "2026-03-15"}
    tab.open("explore", lang="en", kpis="tickets_created", chart="line", grain="day", **days)
    assert "2–4 Feb: tickets created 168 on average against 119 usually, further than chance goes." in _said(tab)
    tab.open(lang="en", **{"from": "2026-01-29", "to": "2026-02-11"})
    with tab.heard():
        tab.page.locator(".st-key-card-tickets_created .v-delta").click()
    drawer = tab.page.get_by_role("dialog")
    expect(drawer).to_contain_text("Incident (nature): 402 against 169, which makes nearly the whole of this rise.")


def test_the_channel_that_answers_less_is_told(tab: Tab) -> None:
    tab.open("satisfaction", lang="en", period="last_90")
    with tab.heard():
        tab.page.locator(".st-key-drivers summary").click()
    expect(tab.page.locator(".st-key-drivers")).to_contain_text("Asked, E-mail answers 16.5%, the others 24.1%.")
