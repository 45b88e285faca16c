"""Questions against hand-written SQL, and against pandas for information."""

from __future__ import annotations

import gc
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pandas as pd

from kpi import answer as answers
from kpi.engines import DuckDBEngine
from tests.bench import in_pandas
from tests.bench.questions import Question, questions
from tests.bench.stores import made

RUNS = 15
IN_MEMORY = 1_000_000
"""Tickets up to which the pandas frames are loaded."""


def run(sizes: Sequence[int]) -> None:
    for size in sizes:
        _measure(size, made(size))


def _measure(size: int, path: Path) -> None:
    engine = DuckDBEngine(path)
    hand = duckdb.connect(":memory:")
    hand.execute(f"ATTACH '{path}' AS store (READ_ONLY)")
    hand.execute("USE store")
    print(f"\n{size:,} tickets, {path.stat().st_size / 1e6:,.0f} MB; ms, median of {RUNS} paired runs")
    print(f"{'question':48} {'Vigie':>8} {'by hand':>8} {'ratio':>6}  within 1.10 or +10 ms")
    asked = questions(engine)
    for question in asked:
        vigie, by_hand = _paired(question, engine, hand)
        verdict = "yes" if vigie <= max(by_hand * 1.10, by_hand + 10) else "NO"
        print(f"{question.name:48} {vigie:8.1f} {by_hand:8.1f} {vigie / by_hand:6.2f}  {verdict}", flush=True)
    print(f"peak memory of this process: {_peak_mb():,.0f} MB")
    if size <= IN_MEMORY:
        _in_pandas(asked, hand, engine)


def _in_pandas(asked: Sequence[Question], hand: duckdb.DuckDBPyConnection, engine: DuckDBEngine) -> None:
    """For information: the same groups in pandas, its frames loaded beforehand."""
    frames, at = in_pandas.frames(hand), pd.Timestamp(engine.data_until())
    for question in asked:
        period = question.query.period
        assert period is not None
        times = []
        for _ in range(3):
            start = time.perf_counter()
            question.pandas(frames, period, at)
            times.append((time.perf_counter() - start) * 1000)
        print(f"{question.name:48} {statistics.median(times):8.1f} in pandas", flush=True)
    print(f"peak memory with the frames: {_peak_mb():,.0f} MB")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _paired(question: Question, engine: DuckDBEngine, hand: duckdb.DuckDBPyConnection) -> tuple[float, float]:
    """Medians of alternating runs; compiling is part of Vigie's time, so its cache is emptied each time."""

    def vigie() -> None:
        answers._planned.cache_clear()
        answers.answer(question.query, engine)

    def by_hand() -> None:
        for statement in question.sql:
            hand.execute(statement).fetchall()

    vigie()
    by_hand()
    times: dict[Callable[[], None], list[float]] = {vigie: [], by_hand: []}
    for i in range(RUNS):
        for ask in (vigie, by_hand) if i % 2 else (by_hand, vigie):
            gc.collect()
            start = time.perf_counter()
            ask()
            times[ask].append((time.perf_counter() - start) * 1000)
    return statistics.median(times[vigie]), statistics.median(times[by_hand])
