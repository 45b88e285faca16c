"""Durations as people's exports write them: 1h30, 4 min 30 s, 1,5 h, 90 secondes, 04:30, 27:15:03. Pure: SQL from SQL.

1:30 is an hour and a half on a timesheet and a minute and a half on a list of calls: the other values of a column tell
where they can, else what the table holds.
"""

from __future__ import annotations

from data.sources.vocabulary import LASTING_WORDS

_BARE = r"\d+(?:[.,]\d+)?"
_GAP = r"[\s\x{00A0}\x{202F}]*"
_HOURS, _MINUTES, _SECONDS = (LASTING_WORDS[unit] for unit in ("h", "min", "s"))
_PARTS = (
    rf"(?i)^(?:({_BARE}){_GAP}(?:{_HOURS})\.?{_GAP})?(?:({_BARE}){_GAP}(?:{_MINUTES})\.?{_GAP})?"
    rf"(?:({_BARE}){_GAP}(?:{_SECONDS})\.?)?$"
)
_HOURS_AND = rf"(?i)^(\d+){_GAP}(?:{_HOURS}){_GAP}(\d{{1,2}})$"
_MINUTES_AND = rf"(?i)^(\d+){_GAP}(?:{_MINUTES}){_GAP}(\d{{1,2}})$"

TWO_PARTS = r"^\d+:\d\d$"
THREE_PARTS = r"^\d+:\d\d:\d\d$"


def clocked_sql(text: str) -> str:
    """SQL of a duration written with its units as H:MM:SS; any other text stays as it is."""

    def part(pattern: str, rank: int) -> str:
        found = f"replace(regexp_extract({text}, '{pattern}', {rank}), ',', '.')"
        return f"coalesce(TRY_CAST({found} AS DOUBLE), 0)"

    def clock(seconds: str) -> str:
        whole = f"round({seconds})::BIGINT"
        pair = f"lpad(({whole} // 60 % 60)::VARCHAR, 2, '0') || ':' || lpad(({whole} % 60)::VARCHAR, 2, '0')"
        return f"({whole} // 3600) || ':' || {pair}"

    whole = f"{part(_PARTS, 1)} * 3600 + {part(_PARTS, 2)} * 60 + {part(_PARTS, 3)}"
    hours = f"{part(_HOURS_AND, 1)} * 3600 + {part(_HOURS_AND, 2)} * 60"
    minutes = f"{part(_MINUTES_AND, 1)} * 60 + {part(_MINUTES_AND, 2)}"
    return (
        f"CASE WHEN NOT regexp_matches({text}, '^\\d.*\\pL') THEN {text} "
        f"WHEN regexp_matches({text}, '{_HOURS_AND}') THEN {clock(hours)} "
        f"WHEN regexp_matches({text}, '{_MINUTES_AND}') THEN {clock(minutes)} "
        f"WHEN regexp_matches({text}, '{_PARTS}') THEN {clock(whole)} ELSE {text} END"
    )


def seconds_sql(text: str, hours_first: bool) -> str:
    """SQL of the seconds of H:MM:SS, or of two parts: hours and minutes if `hours_first`, else minutes and seconds."""
    parts = f"list_transform(string_split({text}, ':'), lambda part: TRY_CAST(part AS BIGINT))"
    total = f"list_reduce({parts}, lambda total, part: total * 60 + part)"
    return f"{total} * CASE WHEN regexp_matches({text}, '{TWO_PARTS}') THEN 60 ELSE 1 END" if hours_first else total
