"""Where a derivation keeps what stands between its steps: a database in memory, `room`, gone when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import duckdb

from data.reading import identifier, quote

_AT_ONCE = 2
Step = Callable[[duckdb.DuckDBPyConnection], object]


@contextmanager
def room(con: duckdb.DuckDBPyConnection, *, part: bool) -> Iterator[str]:
    """Attaches `room`, and gives the database that `con` is on. With `part` the tables of the room hide those of the
    same name there; without, those of the same name there hide the room's."""
    home = identifier(str(con.execute("SELECT current_database()").fetchall()[0][0]))
    con.execute("ATTACH ':memory:' AS room")
    con.execute(_found_in("room", home) if part else _found_in(home, "room"))
    try:
        yield home
    finally:
        con.execute(f"USE {home}")
        con.execute("DETACH room")


def side_by_side(con: duckdb.DuckDBPyConnection, home: str, steps: Sequence[Step]) -> None:
    """Runs steps that do not need each other, over the tables of the room before those of `home`. Raises the error of
    the first that has one, when all are over.

    A thread reads 122,880 rows of a table at a time: what an import touches is the work of one for each statement.
    Temporary tables are not seen.
    """

    def run(step: Step) -> None:
        with con.cursor() as own:
            own.execute("SET TimeZone = 'UTC'")
            own.execute(_found_in("room", home))
            step(own)

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="vigie-derive") as pool:
        for done in [pool.submit(run, step) for step in steps]:
            done.result()


def _found_in(first: str, second: str) -> str:
    return f"SET search_path = {quote(f'{first}.main,{second}.main')}"
