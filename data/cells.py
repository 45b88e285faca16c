"""Typed cells as the texts that a CSV file would hold. Pure, and quick to import: a process of its own does."""

from __future__ import annotations

import datetime as dt
import json
import re

_EPOCH = dt.datetime(1899, 12, 31)
"""Day 0 of spreadsheets."""
_LASTING = re.compile(r"-?P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?")


def as_text(value: object) -> str | None:
    """A typed cell as the text that a CSV file would hold; None for an empty one."""
    match value:
        case None | "":
            return None
        case str():
            return _lasting(value) if value[:2] in ("PT", "P1", "-P") else value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case dt.timedelta():
            return _clock(value)
        case dt.datetime() if value.year <= _EPOCH.year + 1:  # how a sheet keeps 36:00:00 in a column of times of day
            return _clock(value - _EPOCH)
        case dt.datetime():
            return value.isoformat(sep=" ")
        case dt.date() | dt.time():
            return value.isoformat()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def _clock(lasting: dt.timedelta) -> str:
    """A duration as H:MM:SS, to the second, beyond 24 hours too."""
    seconds = round(abs(lasting.total_seconds()))
    sign = "-" if lasting < dt.timedelta() else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _lasting(text: str) -> str:
    """A duration as OpenDocument keeps it, PT27H15M03S, as 27:15:03."""
    match = _LASTING.fullmatch(text)
    if match is None or text[-1] in "PT":
        return text
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    sign = "-" if text.startswith("-") else ""
    return f"{sign}{24 * days + hours}:{minutes:02}:{seconds:02}"
