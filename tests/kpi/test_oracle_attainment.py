"""Target attainment against the oracle: random targets of every scope, role and date on centres full of traps."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from dashboard.cli import verify
from kpi.answer import answer
from kpi.engines import ConnectionEngine
from tests.kpi import questions, traps
from tests.kpi.comparing import query, raw_tables
from tests.kpi.oracle import EVERY, Question, World, steering

KPI = "target_attainment_rate"
SCOPES = (None, None, "organisation", "site", "team_id", "channel", "priority", "request_type")
HIGH = {"nps": 60.0, "tickets_created": 30.0, "tickets_resolved": 20.0, "ticket_backlog": 25.0}
"""About how high a figure gets, where it is not a share."""


def targets(draw: random.Random, first: date) -> Iterator[dict[str, Any]]:
    for number in range(40):
        kpi = draw.choice((*steering.UNCERTAIN, *steering.WHOLE))
        scope = draw.choice(SCOPES)
        op = draw.choice((">=", "<=", "between"))
        low, high = sorted(draw.randint(0, 20) / 20 * HIGH.get(kpi, 1.0) for _ in range(2))
        begins = first + timedelta(days=draw.choice((-400, -400, -30, 3, 20)))
        yield {
            "target_id": f"G{number:02}",
            "kpi_id": kpi,
            "role": draw.choice(("target", "target", "target", "norm")),
            "scope_dim": scope,
            "scope_value": draw.choice(questions.VALUES[scope]) or "T1" if scope else None,
            "op": op,
            "value_low": low if op != "<=" else None,
            "value_high": high if op != ">=" else None,
            "threshold_s": draw.choice((20, 300)) if kpi == "service_level" else None,
            "source": "a random hand",
            "valid_from": begins,
            "valid_to": draw.choice((None, begins + timedelta(days=15), begins + timedelta(days=500))),
        }


def asked(seed: int) -> Iterator[Question]:
    draw = random.Random(f"attainment {seed}")
    times = traps.instants(seed)
    there = tuple(targets(draw, times["start"].date()))
    season = times["start"], times["end"] + timedelta(days=20)
    for by, grain in (((), "month"), (("team_id",), None), (("team_id", "organisation"), None)):
        filters = draw.choice(({}, {"team_id": ("T1",)}, {"team_id": ("T1", "T2")}, {"organisation": ("O1",)}))
        params = {"min_n": draw.choice((1, 3, 10))}
        yield Question(KPI, times["late"], season, by, grain, filters, params, there)


@pytest.mark.parametrize("seed", range(2))
def test_each_group_is_judged_by_the_targets_that_the_card_gives_it(seed: int) -> None:
    with duckdb.connect() as con:
        verify.load(con, traps.tables(seed), "Europe/Paris")
        world, engine = World(raw_tables(con)), ConnectionEngine(con)
        for question in asked(seed):
            expected = steering.verdicts(world.at(question.as_of), question, questions.DIMENSIONS, oracle)
            found = answer(query(question), engine)[KPI]
            if question.by or question.grain:
                rows = {figure.keys: dict(figure.extra) for figure in found.rows}
                assert rows == {keys: one for keys, one in expected.items() if keys}, question
            else:
                assert {figure.keys[0]: figure.extra["value"] for figure in found.rows} == expected[()], question
            met = sum(verdict.startswith("met") for verdict in expected[()].values())
            n = sum(verdict != "insufficient" for verdict in expected[()].values())
            assert (found.total.numerator, found.total.n) == (met, n)


def oracle(world: Any, question: Question) -> Any:
    return EVERY[question.kpi](world, question)
