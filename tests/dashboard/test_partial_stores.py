"""A centre that has imported calls alone: what it has is shown, what it lacks is said once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.importing import import_paths
from tests.dashboard.desk import calls, html_of, opened, said, write


@pytest.fixture(scope="module")
def calls_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calls")
    import_paths(folder / "v.duckdb", [write(folder / "interactions.csv", calls())])
    return folder / "v.duckdb"


@pytest.mark.parametrize(("lang", "needed"), [("en", "13 more figures need"), ("fr", "13 autres chiffres demandent")])
def test_the_overview_has_no_card_that_no_import_can_fill(
    monkeypatch: pytest.MonkeyPatch, calls_alone: Path, lang: str, needed: str
) -> None:
    html = html_of(opened(monkeypatch, calls_alone, "overview", lang))
    assert 0 < len(re.findall(r"<article", html)) < 16
    assert {"en": "needs the export", "fr": "demande l’export"}[lang] not in html
    assert html.count(needed) == 1
    assert {"en": "Stock", "fr": "Encours"}[lang] not in re.findall(r'v-section">(.*?)<', html)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_target_of_a_kpi_without_its_export_is_not_judged(
    monkeypatch: pytest.MonkeyPatch, calls_alone: Path, lang: str
) -> None:
    text = said(opened(monkeypatch, calls_alone, "targets", lang))
    judged = re.search(r'v-table">(.*?)</table>', text, re.S)
    assert judged is not None
    assert {"en": "Answer rate", "fr": "Taux de décroché"}[lang] in judged[1]
    assert "NPS" not in judged[1]
