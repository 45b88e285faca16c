"""Finding a KPI by its words, in either language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from kpi.definition import Kpi, Lang

_LANGUAGES: tuple[Lang, ...] = ("en", "fr")


def matching(text: str, kpis: Iterable[Kpi]) -> list[Kpi]:
    """The KPIs that hold every word of `text`, whatever its accents and case, in either language."""
    asked = bare(text).split()
    return [kpi for kpi in kpis if all(word in _searched(kpi) for word in asked)]


def bare(text: str) -> str:
    """The text without its accents and capitals, with the apostrophe of keyboards."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("’", "'"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _searched(kpi: Kpi) -> str:
    parts = ("meaning", "formula", "acronym")
    texts = [kpi.id, kpi.en, kpi.fr, *(kpi.text(part, lang) for part in parts for lang in _LANGUAGES)]
    return bare(" ".join(texts))
