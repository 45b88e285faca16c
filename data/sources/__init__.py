"""Source systems: each module reads one system's files into rows of the schema's tables.

A source gives `Feed`s: a relation of the rows as read, and for each column of a table the SQL of its value.
The engine (`data.importing`) does the rest for all of them: types, checks, keys, merging, logs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb

from data.checking import Cell
from data.oddities import Oddity
from data.reading import Relation
from data.schema import Table


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a file that the vocabulary of its system does not have."""

    table: str
    column: str
    text: str
    rows: int
    value: str
    """What it is read as all the same; empty when its rows are rejected."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Rows of one file for one table."""

    table: Table
    relation: Relation
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    """What looks odd in the rows as the file writes them, and cannot be seen any more in the store."""
    words: tuple[Word, ...] = ()
    """Those that a person may match, the most frequent first."""


class Source(Protocol):
    """A kind of file that can be imported."""

    @property
    def name(self) -> str:
        """The name written in the log of imports."""

    def feeds(self, con: duckdb.DuckDBPyConnection, path: Path, *, numbered: bool) -> Iterator[Feed]:
        """What `path` holds, one table at a time; a feed is used up before the next is asked for.

        Without `numbered` the rows of a file that fills one table need not know their lines, and SQL may fail
        on a file that is not clean: the engine then asks again with `numbered`. Those of a file that fills
        several always know them. Raises ImportFailed for a file that is not of this source.
        """
