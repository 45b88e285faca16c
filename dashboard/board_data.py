"""What a board shows at a moment: one answer for all the screens that show it.

Every screen asks `screen(board)` at each refresh. It is computed once for each generation of the data and each tick of
`TICK_S` seconds, whoever asks first; the states remember what the ticks before have said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from threading import Lock
from typing import Literal

import streamlit as st

from dashboard import cache
from dashboard.board_states import Held, Seen, advanced, judged, replayed, stale
from dashboard.boards import Board, Tile, spans
from dashboard.filters import Choice, Scope, scope_of
from dashboard.keeping import kept
from dashboard.page import HIDDEN
from dashboard.periods import Comparison, Preset, to_local
from dashboard.theme import State
from kpi.answer import answer
from kpi.definition import Kpi
from kpi.errors import EngineError, QuestionError
from kpi.model import Answer, Figure, Grain, Query, Target
from kpi.targets import resolve

TICK_S = 15
KEPT_S = 4 * TICK_S
"""What was drawn of a moment is let go soon after it."""
LIVE_S = 900
"""Data younger than this are live: the figures are those of now, not of the data's end."""
LEAST_PRESENT = 5
"""Agents of a team that is shown alone (rule P3)."""
_SLICES = ("team_id", "site", "organisation")
_PRESENCE = ("agent_days_worked", "calls_handled", "tickets_resolved", "orders_processed")
"""What tells that an agent was there that day."""
_GAP = timedelta(minutes=5)
"""A board that nobody looked at for longer begins anew: its states may have changed meanwhile."""
_LOOKS_BACK = 24
_OLDEST = timedelta(hours=26)

Reason = Literal["", "no_store", "few", "unknown"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One tile at a moment: its figure, what it is judged by, what the screen says of it, and its line."""

    tile: Tile
    figure: Figure = field(default_factory=Figure)
    target: Target | None = None
    held: Held | None = None
    points: tuple[float | None, ...] = ()
    needs: tuple[str, ...] = ()
    missing: str | None = None
    """A dimension that is filtered and that the KPI does not have."""
    since: datetime | None = None
    """Local time since when the screen says so."""

    @property
    def state(self) -> State:
        return self.held.state if self.held else "no_data"

    @property
    def value(self) -> float | None:
        """The value that may be shown (rule G16)."""
        return None if self.figure.status in HIDDEN or self.needs or self.missing else self.figure.value


@dataclass(frozen=True, slots=True)
class Screen:
    """A board at a moment. Instants are local; `why` says why it shows no tile at all."""

    board: Board
    asked_at: datetime | None = None
    """The instant that the figures are of."""
    data_until: datetime | None = None
    now: datetime | None = None
    stale: bool = False
    readings: tuple[Reading, ...] = ()
    why: Reason = ""
    timezone: str = "Europe/Paris"
    version: str = ""


@dataclass(slots=True)
class _Memory:
    """What the last tick of each board said, by tile."""

    held: dict[str, dict[Tile, Held]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


def now() -> datetime:
    """The wall clock, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def tick() -> datetime:
    """The wall clock cut to the last tick: what all screens of a moment share."""
    moment = now()
    return moment - timedelta(seconds=moment.timestamp() % TICK_S)


def screen(board: Board) -> Screen:
    """The board now. A store that is missing or empty is said on the screen, never raised."""
    try:
        engine = cache.engine()
        if not engine.tables():
            return Screen(board, why="no_store")
        return _screen(board, tick(), cache.generation())
    except EngineError:
        return Screen(board, why="no_store")


@st.cache_resource(show_spinner=False)
def _memory(path: str) -> _Memory:
    return _Memory()


@st.cache_resource(show_spinner=False, max_entries=128, ttl=KEPT_S, hash_funcs={Board: repr})
def _screen(board: Board, at: datetime, version: str) -> Screen:
    engine = cache.engine()
    until = engine.data_until()
    age = at - until
    live = timedelta(0) <= age <= timedelta(seconds=LIVE_S)
    asked_at = at if live else until
    ask = _Asker(board, asked_at)
    zone = ask.scope().zone
    base = Screen(
        board,
        to_local(asked_at, zone),
        to_local(until, zone),
        to_local(at, zone),
        stale=stale(until, at, _limit(board, ask)),
        timezone=engine.timezone(),
        version=version,
    )
    why = _too_few(ask)
    if why:
        return replace(base, why=why)
    return replace(base, readings=_remembered(board, ask, at, _readings(ask)))


class _Asker:
    """The questions of one board at one instant."""

    def __init__(self, board: Board, asked_at: datetime) -> None:
        self.board, self.asked_at = board, asked_at
        self._engine = cache.engine()
        self._targets = cache.targets()

    def scope(self, window: str = "today", at: datetime | None = None) -> Scope:
        choice = Choice(Preset(window), comparison=Comparison.NONE, filters=self.board.filters)
        return scope_of(
            choice,
            data_until=at or self.asked_at,
            first_instant=self._engine.first_instant(),
            timezone=self._engine.timezone(),
            targets=self._targets,
        )

    def at(self, moment: datetime) -> _Asker:
        return _Asker(self.board, moment)

    def answers(self, tiles: Iterable[Tile], grain: Grain | None = None) -> dict[Tile, Answer]:
        """Tile -> its answer, one question for each window; tiles that cannot be asked so are left out."""
        found: dict[Tile, Answer] = {}
        for window, group in groupby(sorted(tiles, key=lambda tile: tile.window), key=lambda tile: tile.window):
            scope, asked = self.scope(window), list(group)
            applicable = [tile for tile in asked if scope.missing_dimension(tile.kpi) is None]
            if applicable:
                query = scope.query(*(tile.kpi_id for tile in applicable), grain=grain, as_of=self.asked_at)
                answers = _ask(query, self._engine.version())
                found |= {tile: answers[tile.kpi_id] for tile in applicable}
        return found

    def lines(self, tiles: Sequence[Tile]) -> dict[Tile, tuple[float | None, ...]]:
        """Tile -> the values of its line: today by the hour, wider windows by the week; none where the KPI has none."""
        today = [tile for tile in tiles if tile.window == "today" or not spans(tile.kpi)]
        rows = self._rows(today, lambda some: self.answers(some, Grain.HOUR))
        rows |= self._rows([tile for tile in tiles if tile not in today], self._weeks)
        return {tile: tuple(_trimmed(found, tile.kpi)) for tile, found in rows.items()}

    def _rows(
        self, tiles: Sequence[Tile], ask: Callable[[Sequence[Tile]], dict[Tile, Answer]]
    ) -> dict[Tile, tuple[Figure, ...]]:
        """The series of several tiles, asked together; one by one when a KPI has no such series."""
        try:
            return {tile: answer.rows for tile, answer in ask(tiles).items()}
        except QuestionError:
            if len(tiles) == 1:
                return {}
        return {tile: rows for one in tiles for tile, rows in self._rows([one], ask).items()}

    def _weeks(self, tiles: Sequence[Tile]) -> dict[Tile, Answer]:
        # As of the last full hour: weeks need no answer of their own at each tick.
        moment = self.asked_at.replace(minute=0, second=0, microsecond=0)
        scope = self.scope(Preset.LAST_90, moment)
        asked = [tile for tile in tiles if scope.missing_dimension(tile.kpi) is None]
        if not asked:
            return {}
        kpis = dict.fromkeys(tile.kpi_id for tile in asked)
        answers = _ask(scope.query(*kpis, grain=Grain.WEEK, as_of=moment, intervals=False), self._engine.version())
        return {tile: answers[tile.kpi_id] for tile in asked}

    def target(self, tile: Tile) -> Target | None:
        own = tile.own_target()
        if own is not None:
            return own
        only = {one.dimension: str(one.values[0]) for one in self.board.filters if len(one.values) == 1}
        return resolve(self._targets, tile.kpi_id, self.scope(tile.window).span.reached, only)


@kept(256)
def _ask(query: Query, version: str) -> dict[str, Answer]:
    # Not `cache.ask`: a question a tick would drive out the answers of the pages.
    return answer(query, cache.engine())


def _trimmed(rows: Sequence[Figure], kpi: Kpi) -> list[float | None]:
    """The values that may be shown, without the hours before the first case of the day."""
    values = [None if row.status in HIDDEN else row.value for row in rows if len(row.keys) == 1]
    first = next((i for i, value in enumerate(values) if value is not None and (value or kpi.kind != "count")), None)
    return [] if first is None else values[first:]


def _readings(ask: _Asker) -> tuple[Reading, ...]:
    tiles = ask.board.tiles
    answers, lines = ask.answers(tiles), ask.lines(tiles)
    return tuple(_reading(ask, tile, answers.get(tile), lines.get(tile, ())) for tile in tiles)


def _reading(ask: _Asker, tile: Tile, found: Answer | None, points: tuple[float | None, ...]) -> Reading:
    if found is None:
        return Reading(tile, missing=ask.scope().missing_dimension(tile.kpi))
    return Reading(tile, found.total, ask.target(tile), points=points, needs=found.needs)


# Since when


def _remembered(board: Board, ask: _Asker, at: datetime, readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """The readings with what the screen says, one tick after the last."""
    memory, name = _memory(str(cache.database())), repr((board.id, board.filters))
    seen = {
        reading.tile: judged(reading.tile.kpi, reading.figure, reading.target, reading.tile.act, at)
        for reading in readings
    }
    with memory.lock:
        before = dict(memory.held.get(name, {}))
    fresh = {tile: held for tile, held in before.items() if at - held.last.at <= _GAP}
    new = [reading for reading in readings if reading.tile not in fresh]
    fresh |= _looked_back(ask, new)
    said = {tile: advanced(fresh.get(tile), one) for tile, one in seen.items()}
    with memory.lock:
        memory.held[name] = said
    zone = ask.scope().zone
    return tuple(
        replace(reading, held=said[reading.tile], since=to_local(said[reading.tile].since, zone))
        for reading in readings
    )


def _looked_back(ask: _Asker, readings: Sequence[Reading]) -> dict[Tile, Held]:
    """What a screen would say now that had looked once an hour since midnight: a restart forgets nothing.

    Looking stops, hour by hour backwards, when no tile is still as it is now.
    """
    now_seen = {r.tile: judged(r.tile.kpi, r.figure, r.target, r.tile.act, ask.asked_at) for r in readings}
    past: dict[Tile, list[Seen]] = {tile: [seen] for tile, seen in now_seen.items()}
    same = {tile for tile, seen in now_seen.items() if seen.state != "no_data"}
    moment, midnight = ask.asked_at.replace(minute=0, second=0, microsecond=0), ask.scope().period.start
    for _hour in range(_LOOKS_BACK):
        if not same or moment <= midnight:
            break
        earlier = ask.at(moment)
        answers = earlier.answers(same)
        for tile in tuple(same):
            look = judged(tile.kpi, answers[tile].total, earlier.target(tile), tile.act, moment)
            past[tile].append(look)
            if look.state != now_seen[tile].state:
                same.discard(tile)
        moment -= timedelta(hours=1)
    found = {tile: replayed(reversed(looks)) for tile, looks in past.items()}
    return {tile: held for tile, held in found.items() if held is not None}


# Who is there


def _too_few(ask: _Asker) -> Reason:
    """A part of the centre is shown alone only with at least five agents present that day (rule P3)."""
    if not any(one.dimension in _SLICES for one in ask.board.filters):
        return ""
    present = _present(ask)
    if present is None:
        return "unknown"
    return "few" if present < LEAST_PRESENT else ""


def _present(ask: _Asker) -> int | None:
    """Agents of the selection who worked, answered or decided something that day; None when no table tells."""
    filters = tuple(one for one in ask.board.filters if one.dimension in _SLICES)
    scope = replace(ask.scope(), choice=replace(ask.scope().choice, filters=filters))
    query = scope.query(*_PRESENCE, by=("agent_id",), as_of=ask.asked_at, intervals=False, totals=False)
    answers = _ask(query, cache.engine().version())
    told = [one for one in answers.values() if not one.needs]
    if not told:
        return None
    return len({row.keys[0] for one in told for row in one.rows if row.n and row.keys[0] is not None})


def _limit(board: Board, ask: _Asker) -> timedelta:
    """How old the data may be: the board's own limit, else the centre's target of freshness."""
    if board.max_age_s is not None:
        return timedelta(seconds=board.max_age_s)
    target = resolve(cache.targets(), "data_freshness", ask.scope().span.reached)
    return timedelta(seconds=target.value_high) if target and target.value_high else _OLDEST
