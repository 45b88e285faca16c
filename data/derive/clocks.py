"""Every clock of the centre behind one number: 0 is calendar time, the others are opening hours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import duckdb
import numpy as np
from numpy.typing import NDArray

from data.business_hours import (
    ALWAYS_OPEN,
    NEVER,
    Calendar,
    Durations,
    Instants,
    OpeningRanges,
    expand,
    open_days,
    read_calendars,
)

CALENDAR_TIME = 0
ClockIds = NDArray[np.int64]

_EARLIEST, _LATEST = date(1970, 1, 1), date(2150, 1, 1)
"""Opening hours are not expanded beyond these dates, whatever the data say."""
_BEYOND = timedelta(days=2 * 366)


class Clocks:
    """The calendars of a store, expanded over its data and further as due dates ask for it.

    Arrays of clock numbers go in beside arrays of instants: each instant is read on its own clock.
    """

    def __init__(self, calendars: dict[str, Calendar], default: str | None, first: date, last: date) -> None:
        self._calendars = [None, *calendars.values()]
        self._first = first
        self._reach = [last] * len(self._calendars)
        self._ranges = [ALWAYS_OPEN, *(expand(calendar, first, last) for calendar in calendars.values())]
        self._number = {calendar_id: number for number, calendar_id in enumerate(calendars, start=1)}
        self.default = self._number.get(default, CALENDAR_TIME) if default is not None else CALENDAR_TIME

    def number(self, calendar_id: str | None) -> int | None:
        """The clock of a calendar; None if there is no such calendar."""
        return None if calendar_id is None else self._number.get(calendar_id)

    def ranges(self) -> dict[str, OpeningRanges]:
        """The expanded opening hours, by calendar."""
        return {calendar_id: self._ranges[number] for calendar_id, number in self._number.items()}

    def open_days(self) -> dict[str, list[date]]:
        """The days on which each calendar opens, as far as it is expanded."""
        own = zip(self._calendars[1:], self._reach[1:], strict=True)
        return {calendar.calendar_id: open_days(calendar, self._first, last) for calendar, last in own if calendar}

    def business_us(self, clock: ClockIds, start: Instants, end: Instants) -> Durations:
        """Microseconds from start to end on each clock."""
        return self._each(clock, lambda number, rows: self._ranges[number].business_us(start[rows], end[rows]))

    def add_us(self, clock: ClockIds, start: Instants, duration: Durations) -> Instants:
        """Instants at which `duration` microseconds have elapsed on each clock; NEVER if it never does."""

        def add(number: int, rows: NDArray[np.intp] | slice) -> Instants:
            return self._far(number, lambda ranges: ranges.add_business_us(start[rows], duration[rows]))

        return self._each(clock, add)

    def next_open(self, clock: ClockIds, at: Instants) -> Instants:
        """Each instant if its clock runs then, else the instant at which it starts again."""

        def next_open(number: int, rows: NDArray[np.intp] | slice) -> Instants:
            reached = at[rows] < NEVER
            found = self._far(number, lambda ranges: ranges.next_open(np.where(reached, at[rows], 0)))
            return np.where(reached, found, NEVER)

        return self._each(clock, next_open)

    def _each(
        self, clock: ClockIds, of_one: Callable[[int, NDArray[np.intp] | slice], NDArray[np.int64]]
    ) -> NDArray[np.int64]:
        numbers = np.flatnonzero(np.bincount(clock)).tolist()
        if len(numbers) == 1:
            return of_one(numbers[0], slice(None))
        result = np.zeros(len(clock), np.int64)
        for number in numbers:
            rows = np.flatnonzero(clock == number)
            result[rows] = of_one(number, rows)
        return result

    def _far(self, number: int, of_ranges: Callable[[OpeningRanges], Instants]) -> Instants:
        """Expand the calendar, twice as far each time, until every instant is reached."""
        found = of_ranges(self._ranges[number])
        while (found == NEVER).any() and self._extend(number):
            found = of_ranges(self._ranges[number])
        return found

    def _extend(self, number: int) -> bool:
        calendar, reach = self._calendars[number], self._reach[number]
        if calendar is None or reach >= _LATEST:
            return False
        self._reach[number] = min(_LATEST, reach + max(_BEYOND, reach - self._first))
        self._ranges[number] = expand(calendar, self._first, self._reach[number])
        return True


def read_clocks(con: duckdb.DuckDBPyConnection, *, grown: bool = False) -> Clocks:
    """The clocks of a store, from two years before its oldest instant to two years after its newest: a question may
    compare with a time before the data. Those `grown` reach as far as the `open_days` of the store too.

    Without any opening hours everything is open at every instant.
    """
    first, last = _data_days(con)
    first, last = first - _BEYOND, last + _BEYOND
    if grown:
        ((opened, closed),) = con.execute("SELECT min(open_on), max(open_on) FROM open_days").fetchall()
        first, last = min(first, opened or first), max(last, closed or last)
    calendars = read_calendars(con) if has_hours(con) else {}
    return Clocks(calendars, default_calendar(con), first, last)


def has_hours(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether any opening hours were imported."""
    return con.execute("SELECT 1 FROM calendar_hours LIMIT 1").fetchone() is not None


def default_calendar(con: duckdb.DuckDBPyConnection) -> str | None:
    """The calendar of what has no team: the one that most teams use, then the lowest id; None without hours."""
    row = con.execute(
        "SELECT calendar_id FROM calendars LEFT JOIN teams USING (calendar_id) "
        "WHERE EXISTS (FROM calendar_hours) GROUP BY calendar_id ORDER BY count(team_id) DESC, calendar_id LIMIT 1"
    ).fetchone()
    return None if row is None else str(row[0])


def team_clocks(
    con: duckdb.DuckDBPyConnection, clocks: Clocks, teams: Sequence[str | None]
) -> tuple[ClockIds, ClockIds]:
    """The clock of the durations, and that of the promises, of each of `teams`.

    A team without opening hours lasts in calendar time, but promises in those of the default calendar.
    """
    calendars = dict(con.execute("SELECT team_id, calendar_id FROM teams").fetchall())
    own = [clocks.default if team is None else clocks.number(calendars.get(team)) for team in teams]
    duration = [CALENDAR_TIME if number is None else number for number in own]
    promise = [clocks.default if number is None else number for number in own]
    return np.array(duration, np.int64), np.array(promise, np.int64)


_INSTANTS = {
    "tickets": ("created_at", "first_response_at", "resolved_at"),
    "ticket_events": ("event_at",),
    "interactions": ("offered_at", "ended_at"),
    "orders": ("received_at", "decided_at"),
    "imports": ("data_until",),
}


def _data_days(con: duckdb.DuckDBPyConnection) -> tuple[date, date]:
    columns = [(table, column) for table, columns in _INSTANTS.items() for column in columns]
    spans = " UNION ALL ".join(f"SELECT min({column}), max({column}) FROM {table}" for table, column in columns)
    row = con.execute(f"SELECT min(a), max(b) FROM ({spans}) AS spans(a, b)").fetchone()
    if row is None or row[0] is None:
        return date(2000, 1, 1), date(2000, 1, 1)
    return _expandable(row[0]), _expandable(row[1])


def _expandable(at: datetime) -> date:
    return min(max(at.date(), _EARLIEST), _LATEST - _BEYOND)
