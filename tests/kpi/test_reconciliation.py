"""The check behind "reconciled": it must pass on sound figures, and it must be able to fail."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest

from kpi import answer as answers
from kpi import catalog, reconciliation
from kpi.answer import Step
from kpi.engines import ConnectionEngine
from kpi.model import Answer, Period, Query
from tests.kpi.test_edges import CENTRES, ZONE, centre

WHOLE = tuple(kpi.id for kpi in catalog.CATALOG.values() if kpi.needs_period and not kpi.whole_months)


@pytest.mark.parametrize("name", CENTRES)
def test_every_figure_of_a_sound_store_agrees_with_its_rows_and_its_parts(name: str) -> None:
    engine, period = centre(name)
    checks = reconciliation.checks(Query(WHOLE, period, timezone=ZONE), engine)
    assert [check for check in checks if not check.agrees] == []
    assert sum(check.checked for check in checks) > len(checks) * 0.8


def test_figures_asked_with_a_parameter_that_only_one_of_them_has_are_checked() -> None:
    engine, period = centre("tickets")
    asked = Query(
        ("frt_median", "tickets_awaiting_first_response"), period, params=(("clock", "business"),), timezone=ZONE
    )
    assert all(check.agrees and check.checked for check in reconciliation.checks(asked, engine))


def test_a_row_too_many_is_seen() -> None:
    engine, period = centre("tickets")
    honest = answers.waterfall(_asked(period), "tickets_created", engine)
    more = (*honest[:-1], Step("counted", honest[-1].n + 1))
    with patch("kpi.answer.waterfall", return_value=more):
        (check,) = reconciliation.checks(_asked(period), engine)
    assert (check.checked, check.agrees) == (True, False)


def test_a_group_that_is_lost_is_seen() -> None:
    engine, period = centre("tickets")
    ask = answers.answer

    def forgetful(query: Query, engine: ConnectionEngine) -> dict[str, Answer]:
        found = ask(query, engine)
        if not query.by:
            return found
        return {kpi_id: replace(whole, rows=whole.rows[1:]) for kpi_id, whole in found.items()}

    with patch("kpi.answer.answer", forgetful):
        (check,) = reconciliation.checks(_asked(period), engine)
    assert (check.parts, check.agrees) == (False, False)


def _asked(period: Period) -> Query:
    return Query(("tickets_created",), period, timezone=ZONE)
