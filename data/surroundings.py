"""What stands around a table in a file: titles above its header, totals below its rows. Pure: no file, no connection.

Both are found from the shape of the table. A title is left out and said; a total is a rejected row like any other.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, deque
from collections.abc import Iterator, Sequence

from data.records import Malformed, Record

LINES = 25
"""How far the header may stand from the top."""
LAST_ROWS = 10
"""How many rows below a table may be no rows of it."""
TOTAL = "a total or a note below the table, not one of its rows: nothing to correct"

_NUMBER = re.compile(r"[-+]?[\d\s\u00a0\u202f]*\d(?:[.,]\d+)*\s*[%€]?")
_DATED = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\b(?:19|20)\d\d\b|\d{1,2}[:h]\d\d")
_TOTAL = re.compile(
    r"(grand |sous[ -]?|sub[ -]?)?tota(l|ls|ux)( (general|generaux|global|globaux|overall|du mois|de la periode|"
    r"for the period|row|rows|records|lignes?))?\s*[:=]?[\d\s.,%/()-]*"
    r"|(moyenne|average|mean|somme|sum|ensemble)( (general|generale|globale|overall))?\s*[:=]?"
)
_NOTE = re.compile(
    r"[\d\s.,]+(lignes?|rows?|records?|enregistrements?|resultats?|results?|elements?|items?)\b.*"
    r"|(nombre (de |d')|number of |row count|record count|count of ).*"
    r"|(exporte|edite|genere|extrait|imprime|exported|generated|printed|created)e?s? (le|on|at|by|par|du)\b.*"
    r"|(fin du|fin de l'|end of( the)?) ?(fichier|rapport|export|file|report)\b.*"
    r"|(copyright|©|confidenti(el|al)).*"
)


def lines_above(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """How many lines stand above the header, from the first rows as (lines above, cells): the header is the first row
    that is as wide as the table and says names. A table always has one: without any sign of titles, 0."""
    if not rows:
        return 0
    counts = Counter(len(cells) for _, cells in rows if len(cells) > 1)
    if not counts:
        return rows[0][0]
    width = max(counts, key=lambda count: counts[count])  # the first of equals
    filled = max(_filled(cells) for _, cells in rows if len(cells) == width)
    return next((above for above, cells in rows if not _is_title(cells, filled)), rows[0][0])


def _is_title(cells: Sequence[str], filled: int) -> bool:
    """Whether a row is no header: nearly empty beside the table, or less full and with a date or a number in it."""
    own = _filled(cells)
    if own >= filled:
        return False
    return 2 * own <= filled or any(_NUMBER.fullmatch(cell.strip()) or _DATED.search(cell) for cell in cells)


def is_total(cells: Sequence[str], width: int) -> bool:
    """Whether a row below a table of `width` named columns is a total or a note."""
    own = [cell for cell in cells if cell.strip()]
    if not own or len(own) >= width:
        return False
    said = _folded(own[0])
    return bool(_TOTAL.fullmatch(said)) or (2 * len(own) <= width and bool(_NOTE.fullmatch(said)))


def without_totals(records: Iterator[Record | Malformed], width: int, delimiter: str) -> Iterator[Record | Malformed]:
    """The rows of a table of `width` named columns; those totals and notes below them are malformed."""
    held: deque[Record | Malformed] = deque()
    for record in records:
        held.append(record)
        if len(held) > LAST_ROWS:
            yield held.popleft()
    last = list(held)
    rows = len(last)
    while rows and is_total(_cells(last[rows - 1], delimiter), width):
        rows -= 1
    yield from last[:rows]
    for each in last[rows:]:
        yield Malformed(each.line, delimiter.join(_cells(each, delimiter)), TOTAL)


def _cells(record: Record | Malformed, delimiter: str) -> list[str]:
    if isinstance(record, Malformed):
        return record.text.split(delimiter)
    return [value or "" for value in record.values]


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
