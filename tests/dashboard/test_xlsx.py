"""The spreadsheet of a table: typed, safe, and the same figures as the screen."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from dashboard import format as fmt
from dashboard import xlsx
from dashboard.format import Lang
from kpi.model import Unit

LANGUAGES: tuple[Lang, ...] = ("en", "fr")


def sheet(table: pd.DataFrame, lang: Lang = "fr") -> Worksheet:
    page = load_workbook(BytesIO(xlsx.workbook(table, lang, "Données"))).active
    assert isinstance(page, Worksheet)
    return page


def column(table: dict[str, Any], lang: Lang = "fr") -> list[Any]:
    frame = pd.DataFrame(table)
    return [row[0].value for row in sheet(frame, lang).iter_rows(min_row=2, max_row=len(frame) + 1)]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("unit", "value"),
    [
        (Unit.RATIO, 0.764), (Unit.RATIO, 1.0), (Unit.RATIO, 12.345), (Unit.COUNT, 1_234_567.0), (Unit.COUNT, 0.0),
        (Unit.NPS, -31.0), (Unit.NPS, 31.0), (Unit.SCORE, 81.2), (Unit.EUROS, 1234.5), (Unit.NUMBER, 1.25),
        (Unit.DAYS, 3.8), (Unit.NUMBER, -0.5), (Unit.EUROS, -12.34),
    ],
)  # fmt: skip
def test_a_figure_written_for_people_is_the_same_number_in_the_spreadsheet(
    lang: Lang, unit: Unit, value: float
) -> None:
    found = xlsx.amount(fmt.text(value, unit, lang), lang)
    assert found is not None and found.value == pytest.approx(value)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("seconds", [0, 42, 60, 185, 7980, 100_800, 86_400, -1440, 1_641_600, 36_000])
def test_a_duration_can_be_added_up_in_the_spreadsheet(lang: Lang, seconds: int) -> None:
    found = xlsx.amount(fmt.duration(seconds, lang), lang)
    assert found is not None and found.value == timedelta(seconds=seconds)


def test_a_reference_that_looks_like_a_number_stays_text() -> None:
    references = ["00123", "12345", "20250101123456789", "1.2.3", "12 34", "+33612345678", "1e5", "-5", "08:30"]
    assert [xlsx.amount(text, "fr") for text in references] == [None] * len(references)


def test_a_column_of_mixed_kinds_stays_as_it_is_written() -> None:
    assert column({"x": ["76,4\u00a0%", "12"]}) == ["76,4\u00a0%", "12"]
    assert column({"x": ["12", "T-7"]}) == ["12", "T-7"]


def test_what_is_unknown_is_an_empty_cell_never_a_zero() -> None:
    assert column({"x": ["76,4\u00a0%", "–", None]}) == [pytest.approx(0.764), None, None]
    assert column({"x": [1.5, float("nan"), float("inf")]}) == [1.5, None, None]
    assert column({"x": pd.array([1, None], "Int64")}) == [1, None]


def test_text_from_data_is_never_run_as_a_formula() -> None:
    page = sheet(pd.DataFrame({"=1+1": ["=1+1", "@SUM(A1)", "#REF!", "+cmd|' /C calc'!A0"]}))
    for row in page.iter_rows():
        assert row[0].data_type in ("s", "inlineStr")
        assert row[0].quotePrefix or row[0].value == "#REF!"
    assert [row[0].value for row in page.iter_rows()][:2] == ["=1+1", "=1+1"]


def test_what_a_workbook_cannot_hold_does_not_break_the_download() -> None:
    assert column({"x": ["a\x00b\x1b", "é" * 40_000, ["a", 1]]}) == ["ab", "é" * 32_767, "['a', 1]"]


def test_dates_are_dates_in_the_order_of_the_language() -> None:
    table = pd.DataFrame(
        {
            "day": [date(2026, 3, 2), None],
            "instant": pd.Series([pd.Timestamp("2026-03-02 10:05"), pd.NaT]),
            "written": ["2026-03-02 10:05", "2026-03-03 00:00"],
            "bucket": ["2026-03-02", "2026-03-09"],
        }
    )
    page = sheet(table)
    day, moment = datetime(2026, 3, 2), datetime(2026, 3, 2, 10, 5)
    assert [cell.value for cell in page[2]] == [day, moment, moment, day]
    assert [cell.number_format for cell in page[2]] == [
        "dd/mm/yyyy", "dd/mm/yyyy hh:mm", "dd/mm/yyyy hh:mm", "dd/mm/yyyy",
    ]  # fmt: skip
    assert sheet(table, "en")["A2"].number_format == "yyyy-mm-dd"


def test_the_head_is_bold_and_stays_in_sight_and_columns_fit_their_words() -> None:
    page = sheet(pd.DataFrame({"Équipe": ["Service après-vente, second niveau"], "n": [1234]}))
    assert page.freeze_panes == "A2" and page["A1"].font.bold and not page["A2"].font.bold
    assert page.column_dimensions["A"].width > len("Service après-vente, second niveau")
    assert page.column_dimensions["B"].width < 15 and page["B2"].number_format == "#,##0"


def test_an_empty_table_still_has_its_head() -> None:
    assert [cell.value for cell in sheet(pd.DataFrame({"a": [], "b": []}))[1]] == ["a", "b"]


def test_a_table_too_long_for_a_workbook_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 2)
    content = xlsx.workbook(pd.DataFrame({"a": [1, 2, 3, 4]}), "fr", "x", lambda rows: f"{rows} more")
    page = load_workbook(BytesIO(content)).active
    assert isinstance(page, Worksheet)
    assert [row[0].value for row in page.iter_rows()] == ["a", 1, 2, "2 more"]
