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
