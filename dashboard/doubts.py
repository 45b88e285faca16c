"""What looks odd in the rows of an import, in the reader's words."""

from __future__ import annotations

import re
from datetime import date

from dashboard import columns, words
from dashboard import format as fmt
from dashboard.i18n import _, language, ngettext


def said(kind: str, table: str, column: str, rows: int, example: str, expected: int | None) -> str:
    """How many rows of which export, what is odd in them, and one of them; see `data.oddities` for the kinds."""
    lang = language()
    count, export = fmt.number(rows, lang), words.export(table)
    if kind == "volume_fall":
        text = _("{export}: {n} since {day}, where the same weekdays had {expected} before: is the export whole?")
        since = fmt.day(date.fromisoformat(example), lang, year=True)
        return text.format(export=export, n=count, day=since, expected=fmt.number(expected or 0, lang))
    what = {
        "orphan": _("{column} names something that no import has brought"),
        "future": _("{column} is still to come"),
        "negative": _("{column} comes before the beginning: is the date right?"),
        "clock_skew": _("{column} comes a few minutes before the beginning: two clocks disagree"),
        "clock_change": _("{column} is in an hour that a change of clocks skips or repeats: read as before it"),
        "repeated_key": _("the same {column} comes twice, with different content: the latest one went in"),
    }[kind]
    if kind == "clock_change":
        example = re.sub(r"\(line (\d+)\)", lambda found: _("line {n}").format(n=found[1]), example)
    text = ngettext("{export}, {n} row: {what} ({example})", "{export}, {n} rows: {what} (such as {example})", rows)
    return text.format(export=export, n=count, what=what.format(column=_named(column)), example=example)


def _named(column: str) -> str:
    """A column as people read it, with its own name beside: "Decided (decided_at)"."""
    title = columns.title(column)
    return column if title == column else f"{title} ({column})"
