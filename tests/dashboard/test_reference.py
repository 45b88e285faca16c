"""`vigie kpis`: the catalogue in a terminal."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from kpi.catalog import CATALOG


def kpis(*arguments: str) -> str:
    found = CliRunner().invoke(app, ["kpis", *arguments])
    assert found.exit_code == 0, found.output
    return found.output


@pytest.mark.parametrize("word", ["décroché", "DECROCHE", "answer rate"])
def test_a_word_of_either_language_finds_its_kpi_whatever_its_accents(word: str) -> None:
    assert "answer_rate" in kpis(word)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_no_kpi_is_missing_from_the_reference(lang: str) -> None:
    text = kpis("--format", "md", "--lang", lang)
    assert [kpi_id for kpi_id in CATALOG if f"`{kpi_id}`" not in text] == []
    name = CATALOG["ticket_backlog"].fr if lang == "fr" else CATALOG["ticket_backlog"].en
    assert f"### {name}" in text


def test_the_list_is_as_long_for_programs() -> None:
    assert {entry["id"] for entry in json.loads(kpis("--format", "json"))} == set(CATALOG)


def test_a_family_that_does_not_exist_is_answered_with_its_neighbour() -> None:
    found = CliRunner().invoke(app, ["kpis", "--family", "stok"])
    assert found.exit_code == 2
    assert "Did you mean 'stock'" in found.output


def test_words_that_no_kpi_holds_give_an_empty_list() -> None:
    assert kpis("zzzz").strip() == "0 KPI"


HEADS = {
    "en": ("Meaning", "Formula", "Population", "Unit", "Direction", "Minimum n", "Interval", "Default target",
           "Dimensions", "Tables"),
    "fr": ("Signification", "Formule", "Population", "Unité", "Sens", "n minimal", "Intervalle",
           "Objectif par défaut", "Dimensions", "Tables"),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_kpi_says_how_it_is_read_from_how_many_cases_and_against_what(lang: str) -> None:
    entries = kpis("--format", "md", "--lang", lang).split("\n### ")[1:]
    assert len(entries) == len(CATALOG)
    colon = " :" if lang == "fr" else ":"
    lost = [
        (entry.splitlines()[0], head)
        for entry in entries
        for head in HEADS[lang]
        if f"- **{head}**{colon} " not in entry
    ]
    bare = {CATALOG[name].label("fr" if lang == "fr" else "en") for name in CATALOG if not CATALOG[name].dimensions}
    assert [(name, head) for name, head in lost if not (head == "Dimensions" and name.split(" (")[0] in bare)] == []


def test_a_default_target_comes_with_its_role_its_source_and_its_date() -> None:
    (entry,) = (text for text in kpis("--format", "md").split("\n### ") if "`answer_rate`" in text)
    said = "Target ≥ 90% · Easiware 2016, 220 French brands (70% of brands); la-relation-client.com 2021"
    assert f"- **Default target**: {said} · since 1 Jan 2016" in entry
    (bare,) = (text for text in kpis("--format", "md").split("\n### ") if "`frt_median`" in text)
    assert "- **Default target**: none" in bare


def test_the_reference_says_the_minimum_of_the_card() -> None:
    (entry,) = (text for text in kpis("--format", "md").split("\n### ") if "`cost_per_call`" in text)
    assert "- **Minimum n**: shown from 30 calls" in entry
