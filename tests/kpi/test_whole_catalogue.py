"""What holds for every KPI of the catalogue, whatever it measures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboard.cli import verify
from kpi import answer as answers
from kpi import attainment, catalog
from kpi.datasets import DATASETS, PLACED
from kpi.definition import Kpi
from kpi.engines import ConnectionEngine, DuckDBEngine
from kpi.errors import UnknownDimension
from kpi.measures import Growth, Joined, Mix, Ranking
from kpi.model import Answer, Better, Figure, Grain, Period, Query, Status

JUNE = Period(datetime(2026, 5, 31, 22), datetime(2026, 6, 30, 22))
TWO_YEARS = Period(datetime(2024, 6, 30, 22), datetime(2026, 6, 30, 22))
KPIS = list(catalog.CATALOG.values())
ADDITIVE = ("count", "ratio", "mean", "nps", "stock")
"""Kinds whose cases add up over the groups of a dimension (root contacts, not legs)."""
EXPLAINED = ("count", "ratio", "mean", "quantile", "nps", "stock", "stock_quantile", "survival")
every_kpi = pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.id)
TEXTS = ("meaning", "formula", "population", "placed_by", "uncertainty")


@pytest.fixture(scope="module")
def engine(small_demo_store: Path) -> DuckDBEngine:
    return DuckDBEngine(small_demo_store)


def plain(kpi: Kpi, period: Period = JUNE, **more: Any) -> Query:
    return Query((kpi.id,), period if kpi.needs_period or "grain" in more else None, **more)


def same(one: Any, other: Any) -> bool:
    """Equal, to the rounding of a sum taken in another order."""
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def unlike(one: Answer, other: Answer) -> list[tuple[Any, Figure | None, Figure | None]]:
    """Figures that two answers do not share."""
    mine = {(): one.total} | {figure.keys: figure for figure in one.rows}
    theirs = {(): other.total} | {figure.keys: figure for figure in other.rows}
    keys = [*mine, *(key for key in theirs if key not in mine)]
    return [
        (key, mine.get(key), theirs.get(key))
        for key in keys
        if key not in mine or key not in theirs or not all(map(same, mine[key][1:], theirs[key][1:]))
    ]


# ---------------------------------------------------------------------------------------------- entries


@every_kpi
def test_a_kpi_is_explained_in_both_languages(kpi: Kpi) -> None:
    for lang in ("en", "fr"):
        assert kpi.label(lang), lang
        missing = [part for part in TEXTS if not kpi.text(part, lang).strip()]
        assert not missing, (lang, missing)


@every_kpi
def test_a_kpi_says_where_its_figures_come_from(kpi: Kpi) -> None:
    assert kpi.needs, "no table"
    assert kpi.better in Better
    assert set(kpi.needs) <= {*_canonical()}
    dataset = DATASETS[kpi.dataset]
    if kpi.time is not None:
        assert kpi.time in dataset.times
    if kpi.kind != attainment.KIND:  # its dimensions are those of the KPIs that it judges
        assert set(kpi.dimensions) <= {*dataset.dimensions, *PLACED}, "a dimension that its dataset does not have"


def _canonical() -> Iterator[str]:
    from kpi.engines import _TABLES

    yield from _TABLES


@every_kpi
def test_what_is_never_individual_is_refused_by_agent(kpi: Kpi, engine: DuckDBEngine) -> None:
    if kpi.collective:
        assert "agent_id" not in kpi.dimensions
        with pytest.raises(UnknownDimension, match="never shown of one person"):
            answers.answer(plain(kpi, by=("agent_id",)), engine)


# ---------------------------------------------------------------------------------------------- answers


@pytest.fixture(scope="module")
def empty() -> Iterator[ConnectionEngine]:
    with duckdb.connect() as con:
        verify.load(con, {}, "Europe/Paris")
        yield ConnectionEngine(con)


@every_kpi
def test_an_empty_store_answers_without_an_error_and_names_what_it_needs(kpi: Kpi, empty: ConnectionEngine) -> None:
    found = answers.answer(plain(kpi), empty)[kpi.id]
    assert found.needs == kpi.needs
    assert found.total.status is Status.NO_DATA
    assert found.total.value in (None, 0)
    assert found.rows == ()


@every_kpi
def test_a_kpi_is_the_same_alone_and_among_all_the_others(
    kpi: Kpi, engine: DuckDBEngine, together: dict[str, Answer]
) -> None:
    if kpi.needs_period:
        assert unlike(answers.answer(plain(kpi), engine)[kpi.id], together[kpi.id]) == []


@pytest.fixture(scope="module")
def together(engine: DuckDBEngine) -> dict[str, Answer]:
    """Every KPI of a period, asked in one question."""
    return answers.answer(Query(tuple(kpi.id for kpi in KPIS if kpi.needs_period), JUNE), engine)


@every_kpi
def test_a_kpi_answers_by_each_of_its_dimensions_and_the_total_stays(kpi: Kpi, engine: DuckDBEngine) -> None:
    total = answers.answer(plain(kpi, TWO_YEARS), engine)[kpi.id].total
    for name in kpi.dimensions:
        found = answers.answer(plain(kpi, TWO_YEARS, by=(name,)), engine)[kpi.id]
        if not (name == "agent_id" and kpi.by_agent is not None):
            assert same(found.total.value, total.value), name
        if kpi.kind in ADDITIVE and name != "agent_id":
            assert sum(figure.n for figure in found.rows) == total.n, f"{name}: a group is lost or counted twice"


@every_kpi
def test_a_series_has_every_month_once_and_its_total_is_that_of_the_period(kpi: Kpi, engine: DuckDBEngine) -> None:
    if (kpi.grains is not None and Grain.MONTH not in kpi.grains) or isinstance(kpi.measure, Mix | Ranking | Growth):
        return
    found = answers.answer(plain(kpi, TWO_YEARS, grain=Grain.MONTH), engine)[kpi.id]
    months = [figure.keys[0] for figure in found.rows]
    assert list(dict.fromkeys(months)) == sorted(set(months))
    assert len(set(months)) == 24
    if kpi.kind in ("count", "ratio", "mean", "nps") and not kpi.span:
        assert sum(figure.n for figure in found.rows) == found.total.n


@every_kpi
def test_the_rows_left_out_and_those_counted_are_all_the_rows(kpi: Kpi, engine: DuckDBEngine) -> None:
    if isinstance(kpi.measure, Joined) or kpi.kind == "attainment":
        return
    query = plain(kpi)
    steps = answers.waterfall(query, kpi.id, engine)
    total = answers.answer(query, engine)[kpi.id].total
    assert steps[-1].reason == "counted"
    if kpi.kind in EXPLAINED:
        assert steps[-1].n == total.n
        counts = {step.reason: step.n for step in steps}
        assert counts.get("missing", 0) == total.n_missing
        assert counts.get("invalid", 0) == total.n_invalid
    out = answers.rows(query, kpi.id, engine, limit=None, which="left_out")
    assert out["left_out_because"].value_counts().to_dict() == {step.reason: step.n for step in steps[:-1] if step.n}


@pytest.mark.parametrize("kpi", [kpi for kpi in KPIS if isinstance(kpi.measure, Joined)], ids=lambda kpi: kpi.id)
def test_each_side_of_a_figure_of_several_tables_says_which_of_its_rows_are_counted(
    kpi: Kpi, engine: DuckDBEngine
) -> None:
    query = plain(kpi)
    assert answers.waterfall(query, kpi.id, engine) == ()
    for side in answers.sides(kpi.id):
        *out, counted = answers.waterfall(query, kpi.id, engine, side)
        assert counted == ("counted", len(answers.rows(query, kpi.id, engine, limit=None, side=side)))
        assert all(step.n > 0 for step in out)


# ---------------------------------------------------------------------------------------------- statements


class Counting(DuckDBEngine):
    """An engine that counts its statements."""

    fetched = 0

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        self.fetched += 1
        return super().fetch(sql)


def test_eight_kpis_of_one_dataset_are_one_statement(small_demo_store: Path) -> None:
    eight = [kpi.id for kpi in KPIS if (kpi.dataset, kpi.time) == ("interactions", "offered") and _shares(kpi)][:8]
    assert len(eight) == 8
    engine = Counting(small_demo_store)
    answers.answer(Query(tuple(eight), JUNE, grain=Grain.DAY, intervals=False), engine)
    assert engine.fetched == 1


def _shares(kpi: Kpi) -> bool:
    lone = isinstance(kpi.measure, Joined | Growth | Mix | Ranking)
    return not lone and kpi.companion is None and kpi.kind in ("count", "ratio", "mean")
