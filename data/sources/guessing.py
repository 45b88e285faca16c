"""A first mapping for an export that nobody described: what its columns probably are, for a person to correct.

Names are compared with those that exports use (`data.sources.vocabulary`), and what the values look like must agree.
What cannot be known is left open and asked: whether 03/04/2026 is in March or in April as long as no day is past 12,
of which zone times without one are, what a word means that no list holds.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from scipy.optimize import linear_sum_assignment

from data.checking import NO, YES
from data.schema import CANONICAL, Column, Table
from data.sources.dating import Order, is_worded
from data.sources.looking import folded
from data.sources.vocabulary import COLUMNS, MISSING, VALUES

LEAST = 0.5
"""Confidence under which a guess is not made."""
MOST_WORDS = 60
"""A column with more different values is no list of words."""
GENERATED = "row"

_BY_NAME = {table.name: table for table in CANONICAL}
_DAY_MONTH = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)(.*)", re.S)
_YEAR_FIRST = re.compile(r"(\d{4})([/.])(\d{1,2})\2(\d{1,2})(?!\d)(.*)", re.S)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{1,2}:\d{2}.*)?")
_CLOCK = re.compile(
    r"(?P<gap>[ T,]*(?:à |a )? *)\d{1,2}(?P<colon>[:hH])\d{2}(?P<seconds>:\d{2})?(?P<part>\.\d+)?"
    r" ?(?P<half>[AaPp][Mm])?(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
_ZONED = re.compile(r".*\d:\d\d.*(Z|[+-]\d\d(:?\d\d)?)")
_TIMED = re.compile(r".*\d[:hH]\d\d.*")
_NUMBER = re.compile(r"[-+]?[\d\s\u00a0\u202f]*\d([.,]\d+)?\s*[%€]?")
_SPAN = re.compile(r"(\d+:)?\d+:\d\d|\d+([.,]\d+)?\s*(h|min?|mn|s|sec)\b[\d\s]*.*|\d+\s*h\s*\d{1,2}", re.IGNORECASE)
_UNITS = {"ms": "ms|msec|milliseconds|millisecondes", "min": "min|mn|minutes|minute", "h": "h|hours|heures|hrs|heure"}
_USUAL = {("interactions", "channel"): "phone", ("surveys", "higher_is_better"): "true"}
_INSTEAD = {("surveys", "sent_at"): "responded_at"}
"""A form that anyone may fill knows no invitation: it was sent when it was answered."""
_SCALES = {"nps": ("0", "10"), "csat": ("1", "5"), "ces": ("1", "7")}


@dataclass(frozen=True, slots=True)
class Profile:
    """A column of a file: its first different values as text, how many there are, and how many cells are filled.

    `late_first` and `late_second`: a date of the column has a first or a second number above 12.
    """

    name: str
    values: tuple[str, ...]
    distinct: int
    filled: int
    late_first: bool = False
    late_second: bool = False

    @property
    def known(self) -> tuple[str, ...]:
        """The values that are no sign for an empty cell."""
        return tuple(value for value in self.values if folded(value) not in MISSING)


@dataclass(frozen=True, slots=True)
class Guess:
    """A column of the schema and the file's column that probably fills it; confidence 0 to 1."""

    column: str
    source: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping to correct. `order` is None when the dates do not prove it, and `asks_zone` when a time has none."""

    table: str
    guesses: tuple[Guess, ...]
    constants: Mapping[str, str] = field(default_factory=dict)
    """Required column without a column of the file -> the value of every row; "" is to be asked."""
    generate: tuple[str, ...] = ()
    """Keys that the file lacks."""

    def source_of(self, column: str) -> str | None:
        return next((guess.source for guess in self.guesses if guess.column == column), None)


# The table and its columns


def propose(profiles: Sequence[Profile], table: str | None = None) -> Proposal:
    """The most likely mapping of a file, into `table` if it is given."""
    guessed = {name: _guess(name, profiles) for name in ([table] if table else COLUMNS)}
    name = max(guessed, key=lambda name: _worth(_BY_NAME[name], guessed[name]))
    guesses = guessed[name]
    taken = {guess.column: guess.source for guess in guesses if guess.source}
    lacking = [column for column in needed(_BY_NAME[name]) if column.name not in taken]
    generate = tuple(c.name for c in lacking if _BY_NAME[name].key[:1] == (c.name,) and c.type == "TEXT")
    constants = _constants(name, [c.name for c in lacking if c.name not in generate], taken, profiles)
    return Proposal(name, guesses, constants, generate)


def needed(table: Table) -> list[Column]:
    """The columns without which a row of the table cannot be."""
    return [column for column in table.columns if column.required and column.default is None]


def _guess(name: str, profiles: Sequence[Profile]) -> tuple[Guess, ...]:
    table = _BY_NAME[name]
    columns = [column for column in table.columns if not column.name.startswith("_")]
    scores = np.array([[_score(table, column, profile) for profile in profiles] for column in columns])
    best: dict[str, tuple[str, float]] = {}
    if scores.size:
        rows, indexes = linear_sum_assignment(np.where(scores >= LEAST, -scores, 0.0))
        for row, index in zip(map(int, rows), map(int, indexes), strict=True):
            if scores[row, index] >= LEAST:
                best[columns[row].name] = profiles[index].name, float(scores[row, index])
        for row, column in enumerate(columns):  # one column of the file may say two things
            again = int(scores[row].argmax())
            if column in needed(table) and column.name not in best and scores[row, again] >= LEAST:
                best[column.name] = profiles[again].name, float(scores[row, again]) * 0.8
    for (of, column_name), other in _INSTEAD.items():
        if of == name and column_name not in best and other in best:
            best[column_name] = best[other][0], LEAST
    return tuple(Guess(column.name, *best.get(column.name, (None, 0.0))) for column in columns)


def _worth(table: Table, guesses: Sequence[Guess]) -> float:
    """How well a table explains a file: what it takes, less what it must have and misses."""
    worth = 0.0
    must = {column.name: column for column in needed(table)}
    for guess in guesses:
        if guess.source:
            worth += guess.confidence * (1.5 if guess.column in must else 1.0)
        elif guess.column in must:  # what is the same for every row can be asked
            askable = must[guess.column].type in ("TEXT", "BOOLEAN", "DOUBLE")
            worth -= 0.1 if askable else 0.8
    return worth


def _score(table: Table, column: Column, profile: Profile) -> float:
    fit = _fit(table, column, profile)
    if not fit:
        return 0.0
    named = _closeness(profile.name, _names(table.name, column.name))
    if column.values and profile.distinct <= 20:  # the words say it, whatever the title
        share = _share_known(table.name, column, profile)
        return max(named * fit, 0.65 * share if share >= 0.7 and len(profile.known) > 1 else 0.0)
    return named * fit


@cache
def _names(table: str, column: str) -> tuple[str, ...]:
    plain = column.replace("_", " ")
    return (plain, *COLUMNS.get(table, {}).get(column, "").split("|"))


def _closeness(name: str, known: Sequence[str]) -> float:
    """1 for a title that is one of the words, less for a word within it or nearly the same."""
    title = worded(re.sub(r"[(\[].*?[)\]]", "", name)) or worded(name)
    parts, best = set(title.split()), 0.0
    for rank, word in enumerate(filter(None, known)):
        other = set(word.split())
        if title == word:
            closeness = 1.0 - 0.015 * min(rank, 12)
        elif len(other) > 1 and other <= parts:
            closeness = 0.85
        elif parts & other and (other <= parts or parts <= other):
            closeness = 0.35 + 0.5 * len(parts & other) / len(parts | other)
        else:
            ratio = difflib.SequenceMatcher(None, title, word).ratio()
            closeness = 0.8 * ratio if ratio > 0.82 else 0.0
        best = max(best, closeness)
    return best


def worded(text: str) -> str:
    """Words of letters and figures, without case nor accents."""
    return " ".join(re.findall(r"[a-z0-9]+", folded(text)))


def _fit(table: Table, column: Column, profile: Profile) -> float:
    """How much the values look like those of a column: 0 when they cannot be."""
    values = profile.known
    if not values:
        return 0.6
    match column.type:
        case "TIMESTAMP" | "DATE":
            return _enough(_share(values, _is_date))
        case "INTEGER" | "BIGINT" | "DOUBLE":
            spans = column.name.endswith("_s")
            return _enough(_share(values, lambda v: bool(_NUMBER.fullmatch(v) or (spans and _SPAN.fullmatch(v)))))
        case "BOOLEAN":
            return _enough(_share(values, lambda value: folded(value) in (*YES, *NO)))
        case "TIME":
            return _enough(_share(values, lambda value: bool(re.fullmatch(r"\d{1,2}[:hH]\d{2}(:\d{2})?", value))))
    if column.values:
        return 0.5 + 0.5 * _share_known(table.name, column, profile) if profile.distinct <= MOST_WORDS else 0.3
    if _share(values, _is_date) > 0.5:
        return 0.0
    if table.key == (column.name,):
        return 0.4 + 0.6 * profile.distinct / max(profile.filled, 1)
    return 1.0


def _enough(share: float) -> float:
    return share if share >= 0.6 else 0.0


def _share(values: Sequence[str], holds: object) -> float:
    assert callable(holds)
    return sum(bool(holds(value)) for value in values) / len(values)


def _share_known(table: str, column: Column, profile: Profile) -> float:
    known = [word_for(table, column, value) for value in profile.known[:MOST_WORDS]]
    return sum(word is not None for word in known) / len(known) if known else 0.0


def _constants(
    table: str, lacking: Sequence[str], taken: Mapping[str, str], profiles: Sequence[Profile]
) -> dict[str, str]:
    """What a person will be asked of every row, with what is usual."""
    found = {name: _USUAL.get((table, name), "") for name in lacking}
    if table == "surveys" and "score" in taken:
        profile = next(profile for profile in profiles if profile.name == taken["score"])
        kinds = [kind for kind in _SCALES if {kind, *VALUES["survey_type"][kind].split("|")} & _grams(profile.name)]
        scores = [float(value.replace(",", ".")) for value in profile.known if re.fullmatch(r"\d+([.,]\d+)?", value)]
        kind = kinds[0] if len(kinds) == 1 else "nps" if scores and 7 < max(scores) <= 10 and min(scores) == 0 else ""
        low, high = _SCALES.get(kind, ("", ""))
        if scores and high and not float(low) <= min(scores) <= max(scores) <= float(high):
            low, high = "", ""
        given = {"survey_type": kind, "scale_min": low, "scale_max": high}
        found |= {name: given[name] for name in given if name in found}
    return found


def _grams(name: str) -> set[str]:
    words = worded(name).split()
    return {" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}


# Words


def word_for(table: str, column: Column, word: str) -> str | None:
    """The value of a closed list that a word of an export most likely means."""
    lists = VALUES.get(f"{table}.{column.name}") or VALUES.get(column.name, {})
    said = worded(word)
    for value in column.values:
        if said == worded(value) or said in lists.get(value, "").split("|"):
            return value
    near = {name: value for value in column.values for name in (worded(value), *lists.get(value, "").split("|"))}
    close = difflib.get_close_matches(said, [name for name in near if len(name) > 3], 1, 0.86)
    if close:
        return near[close[0]]
    within = {near[name] for name in near if len(name) > 3 and f" {name} " in f" {said} "}
    return within.pop() if len(within) == 1 else None


# Dates, zones, numbers


def _is_date(value: str) -> bool:
    forms = (_ISO, _DAY_MONTH, _YEAR_FIRST)
    return any(form.fullmatch(value) for form in forms) or is_worded(value)


def order_of(profiles: Sequence[Profile]) -> Order | None:
    """Which of the first two numbers of the dates is the day; None when nothing proves it, or both are proven."""
    first = any(profile.late_first for profile in profiles)
    second = any(profile.late_second for profile in profiles)
    return None if first == second else "dmy" if first else "mdy"


def has_orders(profiles: Sequence[Profile]) -> bool:
    """Whether there are dates whose order has to be known."""
    return any(_DAY_MONTH.fullmatch(value) for profile in profiles for value in profile.known)


def asks_zone(profiles: Sequence[Profile]) -> bool:
    """Whether a time of day is written without its zone."""
    return any(
        _is_date(value) and _TIMED.fullmatch(value) and not _ZONED.fullmatch(value)
        for profile in profiles
        for value in profile.known
    )


def formats(profiles: Sequence[Profile], order: Order) -> tuple[str, ...]:
    """The strptime formats of the dates that are not ISO 8601."""
    found = (_format(value, order) for profile in profiles for value in profile.known)
    return tuple(dict.fromkeys(form for form in found if form))


def _format(value: str, order: Order) -> str | None:
    if match := _YEAR_FIRST.fullmatch(value):
        _, mark, _, _, rest = match.groups()
        day = f"%Y{mark}%m{mark}%d"
    elif match := _DAY_MONTH.fullmatch(value):
        _, mark, _, year, rest = match.groups()
        names = ("%d", "%m") if order == "dmy" else ("%m", "%d")
        day = mark.join((*names, "%Y" if len(year) == 4 else "%y"))
    else:
        return None
    if not rest.strip():
        return day
    clock = _CLOCK.fullmatch(rest)
    return day + _clock(clock) if clock else None


def _clock(clock: re.Match[str]) -> str:
    parts = [clock["gap"], "%I" if clock["half"] else "%H", clock["colon"], "%M", ":%S" if clock["seconds"] else ""]
    parts += [".%f" if clock["part"] else "", " %p" if clock["half"] else "", "%z" if clock["zone"] else ""]
    return "".join(parts)


def has_decimal_comma(profiles: Sequence[Profile]) -> bool:
    """Whether a number has a comma that is not one of thousands."""
    return any(
        re.fullmatch(r"[-+]?[\d\s\u00a0\u202f.]+,(\d{1,2}|\d{4,})\s*[%€]?", value)
        for profile in profiles
        for value in profile.known
    )


def unit_of(name: str) -> str:
    """The unit of a duration that a title gives: "Talk (min)" -> "min"; seconds are ""."""
    words = worded(name).split()
    return next((unit for unit, known in _UNITS.items() if any(word in known.split("|") for word in words[1:])), "")


def nulls_in(profiles: Sequence[Profile]) -> tuple[str, ...]:
    """The words that stand for an empty cell."""
    found = (value for profile in profiles for value in profile.values if folded(value) in MISSING)
    return tuple(dict.fromkeys(found))
