"""Words for every code, column, dimension and export, in both languages."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from dashboard import columns, doubts, words
from dashboard.codes import codes
from dashboard.i18n import use
from dashboard.sources import source
from dashboard.theme import FIXED, ORDINAL, THEMES, color_of
from data.schema import TABLES, Column
from data.settings import SEEDS
from kpi.catalog import CATALOG
from kpi.datasets import AGEING, DATASETS
from kpi.definition import FAMILIES, Lang
from kpi.model import Better, Unit


def closed() -> list[Column]:
    """The columns whose values a reader meets; what a log holds is said in sentences."""
    return [column for table in TABLES.values() if table.kind != "log" for column in table.columns if column.values]


@pytest.fixture(params=get_args(Lang), autouse=True)
def lang(request: pytest.FixtureRequest) -> str:
    use(request.param)
    spoken: str = request.param
    return spoken


def test_no_value_of_the_schema_lacks_a_label() -> None:
    missing = [(column.name, code) for column in closed() for code in column.values if code not in codes(column.name)]
    assert missing == []
    assert {(name, code) for name, values in AGEING.items() for code in values if code not in codes(name)} == set()


def test_each_kind_of_oddity_of_an_import_has_its_sentence() -> None:
    kinds = TABLES["warnings"].column("kind").values
    told = {doubts.said(kind, "tickets", "created_at", 12, "2026-03-02", 40) for kind in kinds}
    assert len(told) == len(kinds) > 5
    assert all("12" in sentence and "2026" in sentence for sentence in told)


def test_lines_of_a_change_of_clocks_are_said_in_the_reader_s_words() -> None:
    use("fr")
    try:
        text = doubts.said(
            "clock_change", "tickets", "created_at", 2, "25/10/2026 02:30 (line 3), 02:31 (line 9)", None
        )
    finally:
        use("en")
    assert text.endswith("(par exemple 25/10/2026 02:30 ligne 3, 02:31 ligne 9)")


def test_no_label_of_a_code_is_the_code_itself() -> None:
    columns_ = [column for column in closed() if column.name != "op"]
    assert [code for column in columns_ for code in column.values if words.value(column.name, code) == code] == []


def test_two_values_of_a_list_never_read_the_same() -> None:
    for column in closed():
        said = [words.value(column.name, code) for code in column.values]
        assert len(set(said)) == len(said), column.name


def test_priorities_are_in_the_order_of_the_exports_wherever_they_are_listed() -> None:
    assert {column.values for column in closed() if column.name == "priority"} == {ORDINAL["priority"]}


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_values_that_stand_side_by_side_have_colours_of_their_own(theme) -> None:  # type: ignore[no-untyped-def]
    for name in FIXED:
        listed = [code for code in codes(name) if code != "other"]
        if name not in ("channel", "score_group", "weekday", "sla_state") and len(listed) <= len(theme.categories):
            colors = [color_of(name, code, theme) for code in listed]
            assert len(set(colors)) == len(colors), name


def test_no_column_behind_a_figure_shows_its_raw_name() -> None:
    names = {name for dataset in DATASETS.values() for name in TABLES[dataset.table].column_names}
    assert [name for name in sorted(names) if columns.shown(name) and columns.title(name) == name] == []


def test_no_dimension_export_family_or_unit_lacks_a_name() -> None:
    dimensions = {name for kpi in CATALOG.values() for name in kpi.dimensions}
    assert [name for name in sorted(dimensions) if words.dimension(name) == name] == []
    tables = {table for kpi in CATALOG.values() for table in kpi.needs}
    spoken = {table: words.export(table) for table in tables}
    assert [table for table, text in spoken.items() if "_" in text or not text] == []
    assert all(words.family(family) for family in FAMILIES)
    assert all(words.unit(unit) for unit in Unit)
    assert all(words.better(direction) for direction in Better)


def test_the_sources_of_the_seeded_targets_are_translated(lang: str) -> None:
    seeded = {row["source"] for row in json.loads(SEEDS.read_text("utf-8"))["targets"]}
    if lang == "fr":
        assert [text for text in seeded if source(text) == text] == []
    else:
        assert {source(text) for text in seeded} == {text.replace(" %", "%") for text in seeded}


def test_half_hours_and_truths_are_read_as_people_do(lang: str) -> None:
    assert words.value("half_hour", 19) == "09:30"
    assert words.value("converted", True) == {"en": "Yes", "fr": "Oui"}[lang]
