"""A target typed by a person is read as they meant it, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.amounts import Unreadable, example, read, write
from dashboard.i18n import use
from kpi.model import Unit


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    use("en")


@pytest.mark.parametrize(
    ("lang", "text", "unit", "amount"),
    [
        ("fr", "90 %", Unit.RATIO, 0.9),
        ("fr", "92,5 %", Unit.RATIO, 0.925),
        ("en", "92.5%", Unit.RATIO, 0.925),
        ("fr", "90", Unit.RATIO, 0.9),
        ("fr", "0", Unit.RATIO, 0.0),
        ("fr", "1 %", Unit.RATIO, 0.01),
        ("fr", "30 s", Unit.SECONDS, 30),
        ("fr", "4 h", Unit.SECONDS, 14_400),
        ("fr", "1 h 30", Unit.SECONDS, 5_400),
        ("fr", "3 min 05", Unit.SECONDS, 185),
        ("fr", "1 j 4 h", Unit.SECONDS, 100_800),
        ("en", "1 d 4 h", Unit.SECONDS, 100_800),
        ("en", "1.5 h", Unit.SECONDS, 5_400),
        ("fr", "−5", Unit.NPS, -5),
        ("fr", "1 234,50 €", Unit.EUROS, 1234.5),
        ("en", "€1,234.50", Unit.EUROS, 1234.5),
        ("fr", "3,2 j", Unit.DAYS, 3.2),
        ("fr", "5,4", Unit.NUMBER, 5.4),
    ],
)
def test_what_people_type(lang: str, text: str, unit: Unit, amount: float) -> None:
    use(lang)  # type: ignore[arg-type]
    assert read(text, unit) == pytest.approx(amount)


@pytest.mark.parametrize(
    ("lang", "text", "unit"),
    [
        ("en", "3,2", Unit.NUMBER),  # 3.2 in French, 32 by mistake
        ("en", "0.9", Unit.RATIO),  # nine tenths or 0.9 %?
        ("en", "30", Unit.SECONDS),  # seconds or minutes?
        ("en", "30 s 2 h", Unit.SECONDS),
        ("en", "2 weeks", Unit.SECONDS),
        ("en", "", Unit.COUNT),
        ("en", "nan", Unit.COUNT),
        ("en", "inf", Unit.EUROS),
        ("en", "120 %", Unit.RATIO),
        ("en", "-3", Unit.COUNT),
        ("en", "101", Unit.NPS),
        ("en", "<b>4</b>", Unit.NUMBER),
    ],
)
def test_what_could_mean_two_things_is_asked_again(lang: str, text: str, unit: Unit) -> None:
    use(lang)  # type: ignore[arg-type]
    with pytest.raises(Unreadable, match=r"[.]$"):
        read(text, unit)


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize(
    ("unit", "amount"),
    [(Unit.RATIO, 0.8525), (Unit.SECONDS, 93_661), (Unit.SECONDS, 0), (Unit.EUROS, 1234.56), (Unit.NPS, -12.5)],
)
def test_a_value_shown_to_be_changed_is_read_back_the_same(lang: str, unit: Unit, amount: float) -> None:
    use(lang)  # type: ignore[arg-type]
    assert read(write(amount, unit), unit) == pytest.approx(amount)


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_example_given_can_be_typed(lang: str, unit: Unit) -> None:
    use(lang)  # type: ignore[arg-type]
    assert read(example(unit).split(",")[0] if unit is Unit.SECONDS else example(unit), unit) > 0
