"""`vigie kpis`: the catalogue, as a list or as the whole reference."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any, get_args

from dashboard import definition, i18n, words
from dashboard import format as fmt
from dashboard.i18n import _, language
from data.settings import shipped_targets
from kpi.catalog import CATALOG
from kpi.definition import FAMILIES, Kpi, Lang
from kpi.errors import QuestionError, suggest
from kpi.model import Target
from kpi.search import bare, matching

_FORMATS = ("table", "json", "md")
_WORDS: dict[str, tuple[str, str]] = {
    "meaning": ("Meaning", "Signification"),
    "formula": ("Formula", "Formule"),
    "population": ("Population", "Population"),
    "placed_by": ("Placed in a period by", "Placé dans une période par"),
    "edges": ("Edge rules", "Cas limites"),
    "unit": ("Unit", "Unité"),
    "better": ("Direction", "Sens"),
    "minimum": ("Minimum n", "n minimal"),
    "uncertainty": ("Interval", "Intervalle"),
    "target": ("Default target", "Objectif par défaut"),
    "dimensions": ("Dimensions", "Dimensions"),
    "needs": ("Tables", "Tables"),
    "params": ("Parameters", "Paramètres"),
    "sources": ("Sources", "Sources"),
}
"""Heads of the reference, in English and in French."""


def listed(family: str | None, word: str | None, lang: str, format_: str) -> str:
    """The KPIs of a family that hold every word of `word`, in `format_`: table, json or md."""
    if format_ not in _FORMATS:
        raise QuestionError(f"--format is {', '.join(_FORMATS)}, not {format_!r}.")
    if lang not in get_args(Lang):
        raise QuestionError(f"--lang is {' or '.join(get_args(Lang))}, not {lang!r}.")
    if family is not None and family not in FAMILIES:
        raise QuestionError(f"--family is one of {', '.join(FAMILIES)}, not {family!r}.{suggest(family, FAMILIES)}")
    speech: Lang = "fr" if lang == "fr" else "en"
    i18n.speak(speech)
    found = [kpi for kpi in matching(word or "", CATALOG.values()) if family in (None, kpi.family)]
    found.sort(key=lambda kpi: (FAMILIES.index(kpi.family), bare(kpi.label(speech))))
    if format_ == "json":
        return json.dumps([_fields(kpi, speech) for kpi in found], ensure_ascii=False, indent=2)
    return "\n".join(_reference(found, speech) if format_ == "md" else _table(found, speech))


def _fields(kpi: Kpi, lang: Lang) -> dict[str, Any]:
    texts = {part: kpi.text(part, lang) for part in ("acronym", *_TEXTS)}
    return {
        "id": kpi.id,
        "family": kpi.family,
        "name": kpi.label(lang),
        **texts,
        "kind": kpi.kind,
        "unit": kpi.unit.value,
        "better": kpi.better.value,
        "minimum": definition.minimum(kpi),
        "targets": list(_targets(kpi)),
        "dimensions": list(kpi.dimensions),
        "needs": list(kpi.needs),
        "params": {param.name: param.default for param in kpi.params},
        "sources": list(kpi.sources),
    }


_TEXTS = ("meaning", "formula", "population", "placed_by", "edges", "uncertainty")


def _table(kpis: Iterable[Kpi], lang: Lang) -> Iterator[str]:
    rows = [(kpi.id, kpi.label(lang), kpi.text("acronym", lang), kpi.family) for kpi in kpis]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield f"{len(rows)} KPI" + ("s" if len(rows) > 1 else "")


def _reference(kpis: Iterable[Kpi], lang: Lang) -> Iterator[str]:
    """The whole reference as Markdown."""
    for family, members in groupby(kpis, key=lambda kpi: kpi.family):
        yield f"## {words.family(family)}\n"
        for kpi in members:
            yield from _entry(kpi, lang)


def _entry(kpi: Kpi, lang: Lang) -> Iterator[str]:
    acronym = kpi.text("acronym", lang)
    yield f"### {kpi.label(lang)}" + (f" ({acronym})" if acronym else "") + "\n"
    yield f"`{kpi.id}`\n"
    lists = {
        "unit": f"{words.unit(kpi.unit)} (`{kpi.unit.value}`)",
        "better": words.better(kpi.better),
        "minimum": definition.minimum(kpi),
        "target": " / ".join(_targets(kpi)) or _("none"),
        "dimensions": ", ".join(f"{words.dimension(name)} (`{name}`)" for name in kpi.dimensions),
        "needs": ", ".join(kpi.needs),
        "params": ", ".join(f"{param.name} = {param.default}" for param in kpi.params),
        "sources": " ; ".join(kpi.sources),
    }
    for part, heads in _WORDS.items():
        text = lists[part] if part in lists else kpi.text(part, lang)
        if text:
            yield f"- **{heads[lang == 'fr']}**{' :' if lang == 'fr' else ':'} {text}"
    yield ""


def _targets(kpi: Kpi) -> Iterator[str]:
    """The lines that Vigie comes with: what, by whom, since when."""
    for row in shipped_targets():
        if row.kpi_id == kpi.id:
            target = Target(**asdict(row))
            since = _("since {date}").format(date=fmt.day(target.valid_from, language(), year=True))
            yield f"{words.value('role', target.role)} {definition.target_line(target, kpi)} · {since}"
