"""Ordinary lists of agents' days, in French or English: scheduled, absent, paid, logged, available and handling time.

- The unit is in the name of each column (Heures planifiées, Logged (min)) or in the values (7:30, 07:30:00, 7h30); a
  column of bare numbers without a unit is refused: 7 could be hours or minutes.
- 7:30 is seven hours and a half here, not seven minutes and a half.
- All six times are needed: none can be had from the others.
- The person becomes a pseudonym; a reason of absence is not read.
"""

from __future__ import annotations

import re

import duckdb

from data.reading import Relation, identifier
from data.sources.looking import Look, folded
from data.sources.order_desk import named
from data.sources.shapes import Fill, Shape
from data.sources.vocabulary import COLUMNS
from data.store import ImportFailed

TIMES = ("scheduled_s", "absent_s", "paid_s", "logged_s", "available_s", "handling_s")
_UNITS = {
    "h": r"\b(h|hrs?|hours?|heures?)\b",
    "min": r"\b(min|mins|minutes?|mn)\b",
    "s": r"\b(s|sec|secs|seconds?|secondes?)\b",
}
_SUFFIXES = ("", *(f" {unit}" for unit in ("h", "hours", "heures", "min", "minutes", "mn", "s", "sec", "secondes")))
_MORE = {
    "scheduled_s": "heures prevues|planned|planned time|planned hours|scheduled hours|presence prevue",
    "absent_s": "absence|absences|heures absence|absence hours|unplanned absence|absence non planifiee",
    "paid_s": "heures payees|paid hours|paid",
    "logged_s": "heures connectees|logged hours|temps de connexion|heures de connexion|logged time",
    "available_s": "heures disponibles|available hours|temps d'attente",
    "handling_s": "heures de traitement|handling hours|temps de traitement|temps de production",
}


def _names(time: str) -> tuple[str, ...]:
    spelt = (time.removesuffix("_s"), *COLUMNS["agent_time"][time].split("|"), *_MORE[time].split("|"))
    return tuple(f"{name}{suffix}" for name in dict.fromkeys(spelt) for suffix in _SUFFIXES)


def _plan(con: duckdb.DuckDBPyConnection, relation: Relation) -> tuple[tuple[Fill, ...], tuple[str, ...]]:
    """The fill, with the unit of each column."""
    units = {time: _unit(con, relation, time) for time in TIMES}
    clocks = ", ".join(
        rf"regexp_replace(trim({identifier(time)}), '^(\d+)\s*[h:]\s*(\d\d)$', '\1:\2:00') AS {identifier(time)}"
        for time in TIMES
    )
    fill = Fill(
        "agent_time",
        {
            "agent_id": "agent", "work_date": "day", "team_id": "team",
            **{time: {"column": time, "unit": unit} for time, unit in units.items()},
        },
        sql=f"SELECT _line, agent, team, left(date, 10) AS day, {clocks} FROM records",
        options={"decimal_comma": True},
    )  # fmt: skip
    return (fill,), ()


def _unit(con: duckdb.DuckDBPyConnection, relation: Relation, time: str) -> str:
    place = _DAYS.index(time, relation.header) or 0
    name = relation.header[place]
    words = folded(name).replace("(", " ").replace(")", " ")
    found = [unit for unit, pattern in _UNITS.items() if re.search(pattern, words)]
    if len(found) == 1:
        return found[0]
    row = con.execute(
        rf"SELECT count(*) FROM raw_cells WHERE trim(c{place}) <> '' "
        rf"AND NOT regexp_matches(trim(c{place}), '^(\d+:)?\d+\s*[h:]\s*\d\d$|^0+$')"
    ).fetchone()
    if row and row[0]:
        raise ImportFailed(
            f"the column {name!r} does not say its unit: call it {name + ' (h)'!r} or {name + ' (min)'!r}, "
            "or write times as 7:30"
        )
    return "s"


def _not_ours(look: Look) -> bool:
    return not any("work_date" in {folded(cell) for cell in cells} for _, cells in look.rows[:1])


_DAYS = Shape(
    system="team_time", title="List of agents' days", signature=("agent", "date", *TIMES),
    names={
        "agent": tuple(COLUMNS["agent_time"]["agent_id"].split("|")),
        "date": tuple(COLUMNS["agent_time"]["work_date"].split("|")),
        "team": named("agent_time", "team_id")["team_id"],
        **{time: _names(time) for time in TIMES},
    },
    optional=("team",), dates=("date",), zoned=False, also=_not_ours, plan=_plan,
)  # fmt: skip
SHAPES = (_DAYS,)
