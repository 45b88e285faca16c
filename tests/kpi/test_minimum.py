"""The least number of cases from which a KPI is shown, where its card has one of its own."""

from __future__ import annotations

import pytest

from kpi import catalog
from kpi.display import judged
from kpi.measures import Growth
from kpi.model import Figure, Query, Status

OWN = {
    "backlog_days_of_work": (20, "n", "resolutions"),
    "cost_per_call": (30, "n", "calls"),
    "cost_per_contact": (30, "n", "contacts"),
    "contacts_per_agent_day": (10, "denominator", "agent-days"),
    "orders_per_clerk_day": (10, "denominator", "clerk-days"),
    "order_lines_per_clerk": (3, "denominator", "clerks"),
    "product_trend": (10, "previous", "units in the previous period"),
}
"""KPI -> cases, what counts them, what they are."""
BY_SIZE = [kpi_id for kpi_id in OWN if kpi_id != "product_trend"]


def shown(kpi_id: str, cases: float, n: int | None = None) -> Status:
    """Status of a figure of that many of the KPI's own cases, and of `n` (by default plenty)."""
    of = OWN[kpi_id][1]
    if of == "n":
        figure = Figure(value=1.0, n=int(cases))
    elif of == "denominator":
        figure = Figure(value=1.0, n=1000 if n is None else n, denominator=cases)
    else:
        figure = Figure(value=1.0, n=1000 if n is None else n, extra={"previous": cases})
    return judged(catalog.get(kpi_id), Query((kpi_id,)), figure, {})[0].status


def test_only_the_kpis_whose_card_says_so_have_their_own_minimum() -> None:
    own = {kpi.id: kpi.minimum for kpi in catalog.CATALOG.values() if kpi.minimum is not None}
    assert {kpi_id: (m.cases, m.of, m.named("en")) for kpi_id, m in own.items()} == OWN


@pytest.mark.parametrize("kpi_id", OWN)
def test_one_case_too_few_is_not_shown(kpi_id: str) -> None:
    least = OWN[kpi_id][0]
    assert shown(kpi_id, least - 1) is Status.INSUFFICIENT
    assert shown(kpi_id, least) in (Status.INDICATIVE, Status.OK)
    assert shown(kpi_id, 1000) is Status.OK


@pytest.mark.parametrize("kpi_id", BY_SIZE)
def test_a_figure_of_fewer_than_thirty_cases_is_not_compared(kpi_id: str) -> None:
    cases, of, _ = OWN[kpi_id]
    if of == "denominator":
        assert shown(kpi_id, cases, n=29) is Status.INDICATIVE
        assert shown(kpi_id, cases, n=30) is Status.OK
    else:
        assert shown(kpi_id, 29) in (Status.INDICATIVE, Status.INSUFFICIENT)
        assert shown(kpi_id, 30) is Status.OK


@pytest.mark.parametrize("kpi_id", BY_SIZE)
def test_no_case_at_all_is_no_data_rather_than_too_few(kpi_id: str) -> None:
    assert judged(catalog.get(kpi_id), Query((kpi_id,)), Figure(), {})[0].status is Status.NO_DATA


def test_a_new_product_has_no_trend_and_one_no_longer_sold_has() -> None:
    kpi = catalog.get("product_trend")
    assert isinstance(kpi.measure, Growth)
    new = Figure(value=None, n=40, extra={"previous": 0})
    gone = Figure(value=-1.0, n=0, extra={"previous": 40})
    few = Figure(value=2.0, n=27, extra={"previous": 9})
    keys = {("new",): new, ("gone",): gone, ("few",): few}
    found = judged(kpi, Query((kpi.id,), by=("product_id",)), Figure(value=0.1, extra={"previous": 49}), keys)[1]
    assert [figure.status for figure in found] == [Status.NO_DATA, Status.OK, Status.INSUFFICIENT]
