"""Dates as people's exports write them: 02/03/2026, 3/2/26 1:05 PM, mar. 3 nov. 2026 à 14h05, Nov 3, 2026,
2026/03/02 9:05:12 AM GMT+1.

02/03/2026 is the second of March or the third of February. Only the column itself can tell: a first number above 12
is a day, a second one above 12 proves that months come first. Without such a proof a person is asked.
"""

from __future__ import annotations

import re
import unicodedata
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
_LETTERS = "A-Za-zÀ-ÖØ-öø-ÿ"
_WEEKDAY = rf"^(?:[{_LETTERS}]{{2,9}}\.?,? +)?(?:le +)?"
_NAMED = (
    rf"{_WEEKDAY}(\d{{1,2}})(?:er|st|nd|rd|th|\.)?[/. -] *(?:of +)?([^\d\s/.,-]{{3,9}})[.,]?,?[/. -] *"
    r"(\d{4}|\d{2})\b"
)
_MONTH_FIRST = rf"{_WEEKDAY}([{_LETTERS}]{{3,9}})\.? +(\d{{1,2}})(?:st|nd|rd|th)?,? +(\d{{4}})\b"
_MONTHS = (
    ("jan", "janv", "january", "janvier"),
    ("feb", "fev", "fevr", "february", "fevrier"),
    ("mar", "mars", "march"),
    ("apr", "avr", "april", "avril"),
    ("may", "mai"),
    ("jun", "juin", "june"),
    ("jul", "juil", "juill", "july", "juillet"),
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
    number = [f"regexp_extract(trim({text}), '{_NUMBERS}', {rank})" for rank in (1, 2, 3)]
    day, month = number[:2] if days_first else (number[1], number[0])
    numbers = f"{_year(number[2])} || '-' || {_two(month)} || '-' || {_two(day)} || {_rest(text, _NUMBERS)}"
    slashed = f"regexp_replace(trim({text}), '^(\\d{{4}})/(\\d\\d?)/(\\d\\d?)', '\\1-\\2-\\3')"
    whole = (
        f"CASE WHEN regexp_matches(trim({text}), '{_NUMBERS}') THEN {numbers} "
        f"WHEN {_has_words(text)} THEN {_worded(text)} ELSE {slashed} END"
    )
    hours = rf"regexp_replace({whole}, '(?:GMT|UTC)([+-])(\d)$', '\10\2:00')"
    return rf"regexp_replace({hours}, '(?:GMT|UTC)([+-]\d\d)$', '\1:00')"


def worded_sql(text: str) -> str:
    """SQL of a date whose month is a word, French or English, as 2026-03-02 09:05; any other text stays as it is."""
    return f"CASE WHEN {_has_words(text)} THEN {_worded(text)} ELSE {text} END"


def is_worded(text: str) -> bool:
    """Whether a text is a date whose month is a word."""
    match, month = re.match(_NAMED, text), 2
    if match is None or _month_of(match[month]) is None:
        match, month = re.match(_MONTH_FIRST, text), 1
    return match is not None and _month_of(match[month]) is not None


def _month_of(word: str) -> int | None:
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", word.lower()) if letter.isascii())
    return next((rank for rank, names in enumerate(_MONTHS, start=1) if plain in names), None)


def _has_words(text: str) -> str:
    """SQL: the text is no ISO date and has a word in it; quickly told for those that have none."""
    return f"(substr({text}, 5, 1) NOT IN ('-', '/') AND regexp_matches({text}, '[{_LETTERS}]{{3}}'))"


def _worded(text: str) -> str:
    """SQL of a date with a word for its month; the text itself when the word is none."""
    day, named, year = (f"regexp_extract(trim({text}), '{_NAMED}', {rank})" for rank in (1, 2, 3))
    first, second, last = (f"regexp_extract(trim({text}), '{_MONTH_FIRST}', {rank})" for rank in (1, 2, 3))
    one = f"{_year(year)} || '-' || {_month(named)} || '-' || {_two(day)} || {_rest(text, _NAMED)}"
    other = f"{last} || '-' || {_month(first)} || '-' || {_two(second)} || {_rest(text, _MONTH_FIRST)}"
    return f"coalesce({one}, {other}, {text})"


def _month(word: str) -> str:
    spelt = f"lower(strip_accents({word}))"
    words = " ".join(
        f"WHEN {spelt} IN ({', '.join(map(quote, names))}) THEN '{rank:02}'"
        for rank, names in enumerate(_MONTHS, start=1)
    )
    return f"CASE {words} END"


def _year(number: str) -> str:
    return f"if(len({number}) = 2, '20', '') || {number}"


def _two(number: str) -> str:
    return f"lpad({number}, 2, '0')"


def _rest(text: str, date: str) -> str:
    """SQL of what follows the date, behind one blank."""
    gap = r"[\s\x{00A0}\x{202F}]*"
    after = rf"regexp_replace(regexp_replace(trim({text}), '{date}', ''), '^[,T]?{gap}(?:(?:à|at|-|–|@){gap})?', '')"
    tight = rf"regexp_replace({after}, '^(\d{{1,2}}) ?[hH] ?(\d\d)', '\1h\2')"
    return f"rtrim(' ' || {tight})"
