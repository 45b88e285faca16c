"""Questions that are wrong, odd or hostile; and an engine that follows the store."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from dashboard.cli import verify
from data import store
from kpi import answer as answers
from kpi import shapes
from kpi.engines import ConnectionEngine, DuckDBEngine
from kpi.errors import EngineError, InvalidPeriod, UnknownDimension, UnknownKpi, UnknownParameter
from kpi.fragments import Filler
from kpi.model import Filter, Grain, Period, Query, Status

MARCH = Period(datetime(2025, 2, 28, 23), datetime(2025, 3, 31, 22))
AS_OF = datetime(2025, 4, 30)


def _ticket(number: int, **more: object) -> dict[str, object]:
    return {
        "ticket_id": f"T{number}",
        "created_at": f"2025-03-{number % 28 + 1:02d}T09:00:00Z",
        "channel": "email",
        "status": "open",
        **more,
    }


@pytest.fixture
def engine() -> ConnectionEngine:
    con = duckdb.connect(":memory:")
    tickets = [_ticket(n, first_response_at=f"2025-03-{n % 28 + 1:02d}T1{n % 9}:00:00Z") for n in range(40)]
    tickets += [_ticket(99, request_type="O'Neill \"; DROP TABLE tickets --"), _ticket(98, team_id="TM1")]
    verify.load(con, {"tickets": tickets}, "Europe/Paris")
    return ConnectionEngine(con)


def test_an_unknown_kpi_is_named_with_its_neighbour(engine: ConnectionEngine) -> None:
    with pytest.raises(UnknownKpi, match="frt_median"):
        answers.answer(Query(("frt_medain",), MARCH), engine)


def test_a_dimension_that_a_kpi_does_not_have_is_refused_with_those_it_has(engine: ConnectionEngine) -> None:
    with pytest.raises(UnknownDimension, match="channel, team_id"):
        answers.answer(Query(("nps",), MARCH, by=("priority",)), engine)
    with pytest.raises(UnknownDimension, match="priority"):
        answers.answer(Query(("nps",), MARCH, filters=(Filter("priority", ("high",)),)), engine)


def test_a_wrong_parameter_is_refused(engine: ConnectionEngine) -> None:
    with pytest.raises(UnknownParameter, match="calendar, business"):
        answers.answer(Query(("frt_mean",), MARCH, params=(("clock", "lunar"),)), engine)
    with pytest.raises(UnknownParameter, match="no parameter"):
        answers.answer(Query(("frt_mean",), MARCH, params=(("clok", "business"),)), engine)
    with pytest.raises(UnknownParameter, match="like"):
        answers.answer(Query(("service_level",), MARCH, params=(("threshold_s", "30; DROP"),)), engine)


def test_a_period_is_needed_and_must_end_after_it_starts(engine: ConnectionEngine) -> None:
    with pytest.raises(InvalidPeriod):
        answers.answer(Query(("frt_mean",)), engine)
    with pytest.raises(InvalidPeriod):
        answers.answer(Query(("frt_mean",), Period(MARCH.end, MARCH.start)), engine)


@pytest.mark.parametrize(
    "value", ["O'Neill \"; DROP TABLE tickets --", "", "\\", "%", "$1", "$as_of", "é\u00a0🙂", "a\nb"]
)
def test_a_hostile_filter_value_is_only_a_value(engine: ConnectionEngine, value: str) -> None:
    query = Query(("tickets_created",), MARCH, filters=(Filter("request_type", (value,)),))
    expected = 1 if value.startswith("O'") else 0
    assert answers.answer(query, engine)["tickets_created"].total.value == expected


def test_null_is_a_group_and_a_filter_of_its_own(engine: ConnectionEngine) -> None:
    answer = answers.answer(Query(("tickets_created",), MARCH, by=("team_id",)), engine)["tickets_created"]
    assert [(f.keys, f.value) for f in answer.rows] == [(("TM1",), 1), ((None,), 41)]
    query = Query(("tickets_created",), MARCH, filters=(Filter("team_id", (None,)),))
    assert answers.answer(query, engine)["tickets_created"].total.value == 41


def test_empty_days_of_a_series_are_present(engine: ConnectionEngine) -> None:
    rows = answers.answer(Query(("tickets_created", "frt_mean"), MARCH, grain=Grain.DAY), engine)
    assert len(rows["tickets_created"].rows) == 31
    assert rows["tickets_created"].rows[-1].value == 0
    assert rows["frt_mean"].rows[-1].value is None
    assert rows["frt_mean"].rows[-1].status is Status.NO_DATA


def test_a_table_that_was_never_imported_is_named_and_is_not_zero_percent(engine: ConnectionEngine) -> None:
    answer = answers.answer(Query(("nps", "answer_rate"), MARCH), engine)
    assert answer["nps"].needs == ("surveys",)
    assert answer["nps"].total.value is None
    assert answer["answer_rate"].total.status is Status.NO_DATA


def test_agents_are_hidden_below_thirty_cases_or_five_peers(engine: ConnectionEngine) -> None:
    rows = answers.answer(Query(("tickets_created",), MARCH, by=("agent_id",)), engine)["tickets_created"].rows
    assert [f.status for f in rows if f.keys != (None,)] == []


def test_one_number_for_a_figure_its_series_and_its_rows(engine: ConnectionEngine) -> None:
    query = Query(("frt_median",), MARCH, AS_OF)
    total = answers.answer(query, engine)["frt_median"].total
    series = answers.answer(query.with_(grain=Grain.MONTH), engine)["frt_median"]
    rows = answers.rows(query, "frt_median", engine, limit=None)
    assert series.rows[0].value == series.total.value == total.value == rows["first_response_s"].median()
    assert total.n == len(rows)


def test_the_sql_shown_is_the_sql_run(engine: ConnectionEngine) -> None:
    query = Query(("frt_median",), MARCH, AS_OF)
    shown = answers.sql(query, "frt_median", engine).split(";")[0]
    n, values, *_ = engine.fetch(shown)[0]
    total = answers.answer(query, engine)["frt_median"].total
    assert (n, values[0]) == (total.n, total.value)


def _store(path: Path, count: int) -> None:
    def fill(con: duckdb.DuckDBPyConnection) -> None:
        con.executemany(
            "INSERT INTO tickets (ticket_id, created_at, channel, status, initiated_by, ticket_type, priority) "
            "VALUES (?, TIMESTAMP '2025-03-03 10:00:00', 'email', 'open', 'customer', 'question', 'normal')",
            [[f"T{n}"] for n in range(count)],
        )

    store.build(path, fill)


def test_an_import_is_seen_at_the_next_question_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "v.duckdb"
    _store(path, 3)
    engine = DuckDBEngine(path)
    query = Query(("tickets_created",), MARCH)
    before = engine.version()
    assert answers.answer(query, engine)["tickets_created"].total.value == 3
    _store(path, 5)
    assert answers.answer(query, engine)["tickets_created"].total.value == 5
    assert engine.version() != before


def test_twenty_threads_ask_at_once(tmp_path: Path) -> None:
    path = tmp_path / "v.duckdb"
    _store(path, 4)
    engine, found, errors = DuckDBEngine(path), [], []

    def ask() -> None:
        try:
            query = Query(("tickets_created",), MARCH)
            found.extend(answers.answer(query, engine)["tickets_created"].total.value for _ in range(10))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert set(found) == {4}


def test_the_engine_cannot_read_other_files(tmp_path: Path) -> None:
    path = tmp_path / "v.duckdb"
    _store(path, 1)
    with pytest.raises(duckdb.Error):
        DuckDBEngine(path).fetch("SELECT * FROM read_csv('/etc/passwd')")


def test_statements_that_run_side_by_side_come_back_in_their_order_or_fail_as_one(tmp_path: Path) -> None:
    path = tmp_path / "v.duckdb"
    _store(path, 1)
    engine = DuckDBEngine(path)
    asked = [f"SELECT {i}, count(*) FROM range({10 ** (6 - i)})" for i in range(6)]
    assert engine.fetch_each(asked) == [[(i, 10 ** (6 - i))] for i in range(6)]
    assert engine.fetch_each([]) == []
    for at in (0, 3):
        with pytest.raises(duckdb.Error, match="nowhere"):
            engine.fetch_each([*asked[:at], "SELECT * FROM nowhere", *asked[at:]])
    assert engine.fetch("SELECT 1") == [(1,)]


@pytest.mark.parametrize("kpi_id", ["frt_median", "servqual_dimension_score", "utilisation_rate", "product_trend"])
def test_a_shape_written_for_one_question_says_nothing_of_its_period_or_filters(demo_store: Path, kpi_id: str) -> None:
    engine = DuckDBEngine(demo_store)
    until = engine.data_until()
    first, second = (
        Query((kpi_id,), Period(until - timedelta(days=days), until), filters=filters)
        for days, filters in ((30, ()), (60, (Filter("organisation", ("ORG1", None)),)))
    )

    def afresh() -> tuple[str, ...]:
        answers._planned.cache_clear()
        return answers.answer(second, engine)[kpi_id].sql

    shapes._aggregated.cache_clear()
    shapes._aggregated_per.cache_clear()
    alone = afresh()
    answers.answer(first, engine)
    assert afresh() == alone != answers.answer(first, engine)[kpi_id].sql


def test_a_missing_store_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="vigie demo"):
        DuckDBEngine(tmp_path / "none.duckdb").version()


@pytest.mark.parametrize(("condition", "filled"), [("a OR b", "(f.a OR f.b)"), ("a AND b", "f.a AND f.b")])
def test_a_condition_that_holds_or_keeps_together_beside_and(condition: str, filled: str) -> None:
    assert Filler({}, "Europe/Paris")(condition).sql("duckdb") == filled
