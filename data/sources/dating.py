"""Dates as people's exports write them: 02/03/2026, 3/2/26 1:05 PM, 02/mars/26, 2026/03/02 9:05:12 AM GMT+1.

02/03/2026 is the second of March or the third of February. Only the column itself can tell: a first number above 12
is a day, a second one above 12 proves that months come first. Without such a proof a person is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import duckdb

from data.reading import quote
from data.store import ImportFailed

Order = Literal["dmy", "mdy"]
"""Which comes first in 02/03/2026: the day or the month."""


class AmbiguousDates(ImportFailed):
    """Nothing in the file tells days from months: a person has to."""


CLOCK_FORMATS = tuple(
    f"%Y-%m-%d {clock}"
    for clock in (
        "%I:%M:%S %p",
        "%I:%M %p",
        "%I:%M:%S %p %z",
        "%I:%M %p %z",
        "%H:%M:%S %z",
        "%H:%M %z",
        "%H:%M",
        "%Hh%M",
    )
)
"""What `iso_sql` may leave, beside ISO 8601: strptime formats for a fill's `date_formats`."""

_NUMBERS = r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b"
_NAMED = r"^(\d{1,2})[/. -]([^\d\s/.-]{3,9})\.?[/. -](\d{4}|\d{2})\b"
_MONTHS = (
    ("jan", "janv", "january", "janvier"),
    ("feb", "fev", "fevr", "february", "fevrier"),
    ("mar", "mars", "march"),
    ("apr", "avr", "april", "avril"),
    ("may", "mai"),
    ("jun", "juin", "june"),
    ("jul", "juil", "july", "juillet"),
    ("aug", "aou", "aout", "august"),
    ("sep", "sept", "september", "septembre"),
    ("oct", "october", "octobre"),
    ("nov", "november", "novembre"),
    ("dec", "december", "decembre"),
)


def day_first(
    con: duckdb.DuckDBPyConnection, columns: Sequence[str], relation: str, file: str, order: Order | None = None
) -> bool:
    """Whether the dates of these SQL `columns` begin with the day, by what they prove, else by the `order` given; true
    when none begins with a number that could be either. Raises AmbiguousDates when it cannot be told, ImportFailed
    when some prove one and others the other."""

    def parts(rank: int) -> str:
        texts = [f"regexp_extract(trim({column}), '{_NUMBERS}', {rank})" for column in columns]
        return f"[{', '.join(texts)}]"

    row = con.execute(
        "SELECT count(f), count(*) FILTER (f > 12 OR contains(date, '.')), count(*) FILTER (s > 12), "
        "count(*) FILTER (f <> s) FROM (SELECT TRY_CAST(one AS INTEGER) AS f, TRY_CAST(two AS INTEGER) AS s, date "
        f"FROM (SELECT unnest({parts(1)}) AS one, unnest({parts(2)}) AS two, unnest({parts(0)}) AS date "
        f"FROM {relation}))"
    ).fetchone()
    dates, days, months, different = row or (0, 0, 0, 0)
    if days and months:
        raise ImportFailed(
            f"{file}: some dates begin with the day and others with the month; export them as 2026-03-02"
        )
    if not dates or days or not different:
        return True
    if months:
        return False
    if order:
        return order == "dmy"
    raise AmbiguousDates(
        f"{file}: its dates may begin with the day or with the month, and none is after the 12th; export a longer "
        "period or dates as 2026-03-02, or say the order (--date-order)"
    )


def iso_sql(text: str, days_first: bool) -> str:
    """SQL of a date, with or without a time, as 2026-03-02 09:05; what is not one of these stays as it is."""
    year = "if(len({0}) = 2, '20', '') || {0}"
    number = [f"regexp_extract(trim({text}), '{_NUMBERS}', {rank})" for rank in (1, 2, 3)]
    day, month = number[:2] if days_first else (number[1], number[0])
    numbers = f"{year.format(number[2])} || '-' || {_two(month)} || '-' || {_two(day)} || {_rest(text, _NUMBERS)}"
    named = [f"regexp_extract(trim({text}), '{_NAMED}', {rank})" for rank in (1, 2, 3)]
    spelt = f"lower(strip_accents({named[1]}))"
    words = " ".join(
        f"WHEN {spelt} IN ({', '.join(map(quote, names))}) THEN '{rank:02}'"
        for rank, names in enumerate(_MONTHS, start=1)
    )
    month = f"CASE {words} END"
    with_word = f"{year.format(named[2])} || '-' || {month} || '-' || {_two(named[0])} || {_rest(text, _NAMED)}"
    slashed = f"regexp_replace(trim({text}), '^(\\d{{4}})/(\\d\\d?)/(\\d\\d?)', '\\1-\\2-\\3')"
    whole = (
        f"CASE WHEN regexp_matches(trim({text}), '{_NUMBERS}') THEN {numbers} "
        f"WHEN regexp_matches(trim({text}), '{_NAMED}') THEN coalesce({with_word}, {text}) ELSE {slashed} END"
    )
    hours = rf"regexp_replace({whole}, '(?:GMT|UTC)([+-])(\d)$', '\10\2:00')"
    return rf"regexp_replace({hours}, '(?:GMT|UTC)([+-]\d\d)$', '\1:00')"


def _two(number: str) -> str:
    return f"lpad({number}, 2, '0')"


def _rest(text: str, date: str) -> str:
    """SQL of what follows the date, behind one blank."""
    after = rf"regexp_replace(regexp_replace(trim({text}), '{date}', ''), '^[,T]?\s*(?:à\s+|at\s+)?', '')"
    return f"rtrim(' ' || {after})"
