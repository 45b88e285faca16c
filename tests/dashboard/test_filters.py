from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.filters import Choice, Clock, from_url, scope_of, to_url
from dashboard.periods import Comparison, Preset
from kpi import catalog
from kpi.model import Filter

DOMAINS = {"channel": ["email", "phone", None], "team_id": ["T1", "T'2"], "priority": ["high"]}
UNTIL, FIRST = datetime(2026, 11, 20, 17, 45), datetime(2026, 1, 1)


@pytest.mark.parametrize(
    "choice",
    [
        Choice(),
        Choice(Preset.TODAY, comparison=Comparison.NONE, clock=Clock.BUSINESS),
        Choice(Preset.CUSTOM, (date(2026, 1, 5), date(2026, 2, 6)), Comparison.LAST_YEAR),
        Choice(filters=(Filter("channel", ("phone", None)), Filter("team_id", ("T'2",)))),
    ],
)
def test_a_pasted_address_opens_the_same_view(choice: Choice) -> None:
    assert from_url(to_url(choice), DOMAINS) == (choice, ())


def test_the_default_view_has_a_bare_address() -> None:
    assert to_url(Choice()) == {}


@pytest.mark.parametrize(
    ("url", "ignored"),
    [
        ({"period": ["for_ever"]}, ("period",)),
        ({"period": ["custom"]}, ("period",)),
        ({"from": ["2026-02-30"], "to": ["2026-03-01"]}, ("from", "to")),
        ({"from": ["2026-03-02"], "to": ["2026-03-01"]}, ("from", "to")),
        ({"from": ["0001-01-01"], "to": ["9999-12-31"]}, ("from", "to")),
        ({"from": ["2026-03-02"]}, ("from",)),
        ({"compare": ["'; DROP TABLE tickets; --"]}, ("compare",)),
        ({"clock": [""]}, ("clock",)),
        ({"team": ["T9"]}, ("team",)),
        ({"channel": ["<script>alert(1)</script>"]}, ("channel",)),
    ],
)
def test_a_stale_or_hostile_address_is_ignored_and_named(url: dict[str, list[str]], ignored: tuple[str, ...]) -> None:
    assert from_url(url, DOMAINS) == (Choice(), ignored)


def test_the_values_that_still_exist_are_kept_when_one_does_not() -> None:
    choice, ignored = from_url({"channel": ["email", "pigeon", "email"]}, DOMAINS)
    assert choice.filters == (Filter("channel", ("email",)),)
    assert ignored == ("channel",)


def test_parameters_of_others_are_left_alone() -> None:
    assert from_url({"utm_source": ["mail"], "who": ["A1"]}, DOMAINS) == (Choice(), ())


@given(
    st.dictionaries(
        st.sampled_from(["period", "from", "to", "compare", "clock", "channel", "team"]), st.lists(st.text())
    )
)
def test_no_address_breaks_the_page(url: dict[str, list[str]]) -> None:
    choice, _ = from_url(url, DOMAINS)
    scope_of(choice, data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")


def test_the_clock_goes_only_to_questions_that_have_one() -> None:
    scope = scope_of(Choice(clock=Clock.BUSINESS), data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")
    assert scope.query("frt_median", "nps").params == (("clock", "business"),)
    assert scope.query("nps").params == ()


def test_a_comparison_with_part_of_a_period_is_left_out() -> None:
    scope = scope_of(Choice(Preset.THIS_YEAR), data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")
    assert scope.compared is None
    with pytest.raises(ValueError, match="compare"):
        scope.query("nps", previous=True)


def test_a_filter_that_a_kpi_does_not_have_is_named_not_dropped() -> None:
    choice = Choice(filters=(Filter("priority", ("high",)),))
    scope = scope_of(choice, data_until=UNTIL, first_instant=FIRST, timezone="Europe/Paris")
    assert scope.missing_dimension(catalog.get("nps")) == "priority"
    assert scope.missing_dimension(catalog.get("frt_median")) is None
