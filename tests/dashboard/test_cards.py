import re
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import unquote

import pandas as pd
import pytest

from dashboard import cards, definition, page, words
from dashboard.cards import card_html
from dashboard.filters import Choice, Scope, scope_of
from dashboard.i18n import use
from dashboard.periods import Preset
from kpi import catalog
from kpi.model import Answer, Filter, Status
from tests.dashboard.fake import TARGET, UNTIL, FakeEngine, ask, figure


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.cache.ask", ask)
    monkeypatch.setattr("dashboard.cache.engine", FakeEngine)
    use("en")


def scope(*filters: Filter) -> Scope:
    return scope_of(
        Choice(filters=filters),
        data_until=UNTIL,
        first_instant=datetime(2024, 1, 1),
        timezone="Europe/Paris",
        targets=(TARGET,),
    )


def answered(kpi_id: str, **changes: object) -> cards.Card:
    kpi = catalog.get(kpi_id)
    return cards.Card(kpi, Answer(kpi_id, figure(kpi_id, **changes), (), UNTIL, ()))


def test_a_card_says_value_change_state_target_and_n() -> None:
    html = card_html(cards.load(scope(), ["frt_median"])["frt_median"], scope())
    for said in ("2\u00a0h\u00a013", "v-down", "clear improvement", "v-ok", "Met", "target 4\u00a0h", "n = 4,812"):
        assert said in html


def test_unknown_is_a_dash_never_zero() -> None:
    html = card_html(answered("csat_rate", value=None, n=0, status=Status.NO_DATA), scope())
    assert '<p class="v-value">–</p>' in html
    assert ">0" not in html


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.SUPPRESSED, "hidden: too few answers"),
        (Status.INSUFFICIENT, "n too small"),
        (Status.INDICATIVE, "fewer than 30 cases"),
    ],
)
def test_too_few_cases_are_said(status: Status, said: str) -> None:
    html = card_html(answered("csat_rate", status=status), scope())
    assert said in html
    assert ("76.4" in html) == (status is Status.INDICATIVE)


def test_a_period_to_come_never_shows_todays_stock() -> None:
    ahead = scope_of(
        Choice(Preset.CUSTOM, (UNTIL.date() + timedelta(1), UNTIL.date() + timedelta(7))),
        data_until=UNTIL,
        first_instant=datetime(2024, 1, 1),
        timezone="Europe/Paris",
    )
    html = card_html(cards.load(ahead, ["ticket_backlog"])["ticket_backlog"], ahead)
    assert '<p class="v-value">–</p>' in html
    assert "the period is still to come" in html
    assert "1,284" not in html


def test_a_kpi_without_its_export_says_which() -> None:
    kpi = catalog.get("nps")
    card = cards.Card(kpi, Answer("nps", figure("nps", value=None), (), UNTIL, (), needs=("surveys",)))
    assert "needs the export of survey answers" in card_html(card, scope())


def test_a_filter_the_kpi_does_not_have_is_said_and_not_dropped() -> None:
    filtered = scope(Filter("priority", ("high",)))
    card = cards.load(filtered, ["nps", "frt_median"])["nps"]
    assert card.answer is None
    assert "not available by priority" in card_html(card, filtered)


def test_good_and_bad_follow_the_direction_of_the_kpi_not_the_sign() -> None:
    board = cards.load(scope(), ["frt_median", "csat_rate", "nps"])
    assert 'class="v-delta v-good"' in card_html(board["frt_median"], scope())
    assert board["nps"].change is not None
    assert board["nps"].change.better is False


def test_a_round_target_has_no_decimals() -> None:
    use("fr")
    target = TARGET.__class__(
        "T2", "csat_rate", "target", None, None, ">=", 0.8, None, None, "house", UNTIL.date(), None
    )
    assert cards.target_text(target, catalog.get("csat_rate").unit) == "80\u00a0%"


def test_the_line_is_drawn_over_closed_days() -> None:
    board = cards.load(scope(), ["frt_median"])
    style = card_html(board["frt_median"], scope()).split("mask-image:url(&quot;")[1].split("&quot;")[0]
    assert unquote(style).startswith("data:image/svg+xml,<svg xmlns")


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("kpi_id", sorted(catalog.CATALOG))
def test_every_definition_says_what_is_counted_and_from_how_many(kpi_id: str, lang: str) -> None:
    use(lang)  # type: ignore[arg-type]
    kpi = catalog.get(kpi_id)
    html = definition.words_of(kpi)
    for part in ("meaning", "formula", "population"):
        assert words.html(kpi.text(part, lang)) in html  # type: ignore[arg-type]
    assert {"fr": "Minimum", "en": "Minimum"}[lang] in html
    assert not re.search(r"<dd>[^<]*\b\w+_(id|rate|at)\b", html.replace(words.html(kpi.text("formula", lang)), ""))  # type: ignore[arg-type]


def test_the_minimum_is_that_of_the_rules() -> None:
    said = {
        kpi_id: definition.minimum(catalog.get(kpi_id))
        for kpi_id in ("tickets_created", "fcr_rate", "frt_p90", "nps", "backlog_days_of_work", "product_trend")
    }
    assert said["tickets_created"] == "none: it counts everything there is"
    assert said["fcr_rate"] == "shown from 10 cases, compared from 30"
    assert said["frt_p90"] == "shown from 36 cases, compared from 36"
    assert said["backlog_days_of_work"] == "shown from 20 resolutions, compared from 30 cases"
    assert said["product_trend"] == "shown and compared from 10 units in the previous period"
    assert said["nps"] == "shown from 10 cases, compared from 30; fewer than 5 answers are not even counted"


def test_a_line_to_compare_with_is_named_by_its_role() -> None:
    tolerance = replace(TARGET, role="tolerance")
    html = definition.measured_by(catalog.get("frt_median"), [tolerance])
    assert "Tolerance" in html
    assert "Norm" not in html
    assert "house" in html
    assert definition.measured_by(catalog.get("nps"), [tolerance]) == ""


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("kpi_id", sorted(catalog.CATALOG))
def test_the_short_name_of_every_kpi_fits_its_card(kpi_id: str, lang: str) -> None:
    use(lang)  # type: ignore[arg-type]
    assert len(words.short(catalog.get(kpi_id))) <= 32


def test_imported_text_stays_text() -> None:
    assert words.html("<img src=x>") == "&lt;img src=x&gt;"
    assert words.plain(":red[x] **y** [z](u)") == r"\:red\[x\] \*\*y\*\* \[z\]\(u\)"


def test_a_csv_never_runs_a_formula_and_opens_in_a_french_spreadsheet() -> None:
    table = pd.DataFrame({"subject": ["=1+1", "fine"], "hours": [1.5, float("nan")]})
    assert page.csv_bytes(table, "fr").decode("utf-8-sig").splitlines() == ["subject;hours", "'=1+1;1,5", "fine;"]
    assert page.csv_bytes(table, "en").decode("utf-8-sig").splitlines()[1] == "'=1+1,1.5"
    assert page.csv_bytes(pd.DataFrame({"=cmd": ["fine"]}), "en").decode("utf-8-sig").splitlines()[0] == "'=cmd"
    signed = pd.DataFrame({"nps": ["+31", "-4", "+1+2", "-1|cmd"]})
    assert page.csv_bytes(signed, "en").decode("utf-8-sig").split() == ["nps", "+31", "-4", "'+1+2", "'-1|cmd"]


def test_the_table_under_a_chart_shows_no_suppressed_value() -> None:
    points = [figure("csat_rate", keys=(UNTIL.date(),), status=status) for status in (Status.OK, Status.SUPPRESSED)]
    assert list(page.series_table({"csat_rate": points})["Satisfaction (CSAT)"]) == ["76.4%", "–"]


def test_the_definition_shows_no_suppressed_value() -> None:
    card = answered("csat_rate", status=Status.SUPPRESSED)
    assert card.answer is not None
    said = dict(definition._counts(card.kpi, card.answer, scope()))
    assert said["Value"] == "–"
    assert "95% interval" not in said
    assert "Numerator" not in said
