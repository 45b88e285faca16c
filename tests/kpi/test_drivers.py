"""What goes with satisfaction: sums that hold, planted associations found, none found in chance, nobody singled out."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import fsum
from pathlib import Path

import numpy as np
import pytest

from data.sample.planted import Bias
from kpi.answer import answer
from kpi.drivers import DRIVERS, Heard, _f_test, _pooled, _same_mix, honesty, impacts, lived, willing
from kpi.engines import DuckDBEngine
from kpi.model import Period, Query
from kpi.statistics.importance import lmg

LAST = datetime(2026, 6, 30, 22)
ASKED = Query(("nps",), Period(LAST - timedelta(days=180), LAST))


@pytest.fixture(scope="module")
def demo(demo_store: Path) -> DuckDBEngine:
    return DuckDBEngine(demo_store)


@pytest.mark.parametrize("dimension", ["channel", "request_type", "team_id", "product"])
def test_impacts_add_to_nothing_and_count_every_answer(demo: DuckDBEngine, dimension: str) -> None:
    found = impacts(ASKED, dimension, demo)
    assert fsum(one.impact.impact for one in found) == pytest.approx(0.0, abs=1e-9)
    assert sum(one.n for one in found) == answer(ASKED, demo)["nps"].total.n
    assert all(one.n >= 10 for one in found)
    assert [one.impact.impact for one in found] == sorted(one.impact.impact for one in found)


def test_the_requests_that_came_back_go_with_worse_notes(demo: DuckDBEngine) -> None:
    found = lived(ASKED, demo)
    assert found is not None
    assert found.p < 0.001
    assert found.importance.r2 == pytest.approx(fsum(found.importance.shares.values()))
    assert set(found.importance.shares) <= set(DRIVERS)
    assert found.slopes["reopened"] < 0 and found.slopes["resolution_s"] < 0


def test_the_channel_that_answers_less_is_the_first_told(demo: DuckDBEngine) -> None:
    found = willing(ASKED, "channel", demo)
    assert (found[0].key, found[0].apart) == (Bias().channel, True)
    assert found[0].rate < found[0].others
    rows = answer(ASKED.with_(kpis=("survey_response_rate",), by=("channel",)), demo)["survey_response_rate"].rows
    shown = {one.keys[0]: (one.numerator, one.denominator) for one in rows}
    assert all(shown[one.key] == (one.answered, one.asked) for one in found)
    assert all(one.asked >= 30 for one in found)
    assert not [one for one in willing(ASKED, "product", demo) if one.apart]


def test_chance_alone_explains_a_note_one_time_in_twenty() -> None:
    random, wrong = np.random.default_rng(20250101), 0
    for _ in range(400):
        drivers = {name: random.normal(size=80).tolist() for name in DRIVERS}
        wrong += _f_test(lmg(random.integers(0, 11, 80).astype(float).tolist(), drivers).r2, 80, 4) < 0.05
    assert 0.02 <= wrong / 400 <= 0.08


def test_shares_of_contacts_and_answers_are_whole_and_the_score_is_that_of_the_page(demo: DuckDBEngine) -> None:
    found = honesty(ASKED, "channel", demo)
    assert found is not None
    assert fsum(one.contact_share for one in found.groups) == pytest.approx(1.0)
    assert fsum(one.answer_share for one in found.groups) == pytest.approx(1.0)
    assert found.nps == pytest.approx(answer(ASKED, demo)["nps"].total.value)
    assert -100 <= found.weighted <= 100


def test_answers_with_the_mix_of_contacts_weigh_nothing_anew() -> None:
    same = [Heard("a", 600, 0.6, 60, 0.6, 10.0), Heard("b", 400, 0.4, 40, 0.4, 50.0)]
    other = [Heard("a", 600, 0.6, 30, 0.3, 10.0), Heard("b", 400, 0.4, 70, 0.7, 50.0)]
    assert (_same_mix(same) or 0) == pytest.approx(1.0)
    assert (_same_mix(other) or 1) < 0.001
    assert _same_mix(same[:1]) is None


def test_groups_of_few_answers_go_together_and_never_alone() -> None:
    groups = _pooled({"a": (30, 5, 5), "b": (8, 2, 2), "c": (1, 0, 1)})
    assert [(key, sum(classes), pooled) for key, classes, pooled in groups] == [("a", 40, False), ("others", 14, True)]


def test_a_store_without_requests_or_answers_says_nothing(demo: DuckDBEngine) -> None:
    empty = ASKED.with_(period=Period(datetime(2001, 1, 1), datetime(2001, 2, 1)))
    assert impacts(empty, "channel", demo) == ()
    assert lived(empty, demo) is None
    assert honesty(empty, "channel", demo) is None
