"""Worked examples as a reader follows them: everything of the file that bears on the answer, in their language."""

from __future__ import annotations

import re
from html import unescape
from typing import Any, get_args
from unittest.mock import patch

import pytest

from dashboard import format as fmt
from dashboard import words, worked
from dashboard.i18n import use
from kpi import examples
from kpi.catalog import CATALOG
from kpi.definition import Lang

LANGS = pytest.mark.parametrize("lang", get_args(Lang))


def read(kpi_id: str, lang: Lang = "en") -> str:
    """Its text, tags left out."""
    use(lang)
    return unescape(re.sub(r"<[^>]+>", "|", worked.html(CATALOG[kpi_id])))


@LANGS
@pytest.mark.parametrize("kpi_id", CATALOG)
def test_every_kpi_shows_its_rows_its_answer_and_its_working(kpi_id: str, lang: Lang) -> None:
    text, found = read(kpi_id, lang), examples.load(kpi_id)
    assert found["working_fr" if lang == "fr" else "working"] in text
    assert CATALOG[kpi_id].text("formula", lang) in text
    value = found["expected"].get("value")
    if value is not None:
        assert fmt.text(value, CATALOG[kpi_id].unit, lang) in text
    for group in found["expected"].get("rows", ()):
        if not isinstance(group["value"], str):
            assert fmt.text(group["value"], CATALOG[kpi_id].unit, lang) in text
    own = {"tickets": "ticket_id", "interactions": "interaction_id", "orders": "order_id", "disputes": "dispute_id"}
    for table in own.keys() & found["tables"].keys():
        assert {row[own[table]] for row in found["tables"][table]} <= set(text.split("|"))


@LANGS
@pytest.mark.parametrize("kpi_id", CATALOG)
def test_no_column_or_code_of_a_program_is_left_in_the_tables(kpi_id: str, lang: Lang) -> None:
    use(lang)
    heads = {unescape(head) for head in re.findall(r"<th>(.*?)</th>", worked.html(CATALOG[kpi_id]))}
    assert {head for head in heads if re.fullmatch(r"[a-z]+(_[a-z]+)*", head)} <= {"n", "p"}


def test_instants_are_local_and_durations_are_words() -> None:
    text = read("frt_median", "fr")
    assert "3 mars 09:00" in text  # 08:00 UTC
    assert "3–9 mars 2025" in text
    assert "4 h (14 400 s)" in re.sub(r"\s", " ", text)


def test_what_all_rows_share_is_said_once() -> None:
    assert "On every row: Opened by: Customer · Request type: delivery" in read("frt_median")


def test_opening_hours_are_shown_only_where_they_count() -> None:
    use("en")
    hours = words.export("calendar_hours").capitalize()
    assert hours in read("calls_in_hours")
    assert hours in read("sla_resolution_rate")
    assert hours not in read("nps")


def test_a_period_that_is_not_made_of_days_keeps_its_times() -> None:
    period = {"start": "2025-03-04T08:00:00Z", "end": "2025-03-04T08:30:00Z"}
    use("en")
    assert worked._period(period, worked.ZoneInfo("Europe/Paris")) == "4 Mar 09:00 – 4 Mar 09:30"


@pytest.mark.parametrize("kpi_id", CATALOG)
def test_the_working_has_the_same_numbers_in_both_languages(kpi_id: str) -> None:
    found = examples.load(kpi_id)
    english, french = (sorted(re.findall(r"\d+", found[name])) for name in ("working", "working_fr"))
    assert english == french


def test_a_row_that_holds_markup_stays_text() -> None:
    found: dict[str, Any] = {**examples.load("nps"), "working": "<img src=x>"}
    use("en")
    with patch("kpi.examples.load", lambda _: found):
        assert "&lt;img src=x&gt;" in worked.html(CATALOG["nps"])
