"""A team screen: boards in turn, refreshed by themselves, on a television that nobody touches.

All screens share the answers and the HTML of a tick. Whatever goes wrong, the last picture stays; the heartbeat then
stops, and the page itself turns grey (wallboard.js).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urljoin

import streamlit as st

from dashboard import address, board_data, cache, keeping, page, qr
from dashboard.board_address import Asked, read
from dashboard.board_data import KEPT_S, Screen
from dashboard.board_html import board_html, message_html
from dashboard.board_states import turned, worst
from dashboard.board_store import boards, found
from dashboard.boards import Board
from dashboard.filters import Choice, Domains, Scope, to_url
from dashboard.i18n import _, language
from dashboard.theme import State
from kpi.definition import Lang
from kpi.errors import EngineError

log = logging.getLogger("vigie.dashboard")
_LEAST_PATIENCE_S = 40
_LAST = "wall-last"
_TURN = "wall-turn"


@dataclass(frozen=True, slots=True)
class _Turn:
    """Which page of the turn a screen shows, since when, and how many it has shown before."""

    index: int = 0
    since_s: float = 0.0
    count: int = 0


@dataclass(frozen=True, slots=True)
class _Picture:
    """What the last refresh that went well drew."""

    body: str
    line: str
    beat: float


def render(_scope: Scope | None) -> None:
    """Reads the address for its rhythm; the screen then lives in a fragment."""
    page.style()
    here = address.here()
    asked = read(here, {})
    turning = len(asked.pages(found(asked.boards))) > 1
    st.fragment(_live, run_every=asked.every_s(turning))(here)


def _domains() -> Domains:
    try:
        return cache.domains()
    except EngineError:
        return {}


def _live(here: Mapping[str, Sequence[str]]) -> None:
    """One refresh. The elements are always the same three, so that only what has changed is drawn again."""
    keeping.new_run()
    asked = read(here, _domains())  # each time: a team may exist from the first import on
    try:
        last = st.session_state[_LAST] = _drawn(asked)
    except Exception:
        log.exception("A team screen could not be drawn")
        waiting = _Picture(
            message_html(_("This screen comes back by itself."), asked.theme), _line(asked, 0, None), 0.0
        )
        last = st.session_state.get(_LAST, waiting)
    st.html(last.body)
    st.html(last.line)
    limit = max(_LEAST_PATIENCE_S, 3 * asked.refresh_s)
    st.html(f'<i class="w-beat" data-at="{last.beat:.1f}" data-limit="{limit}" hidden></i>')


def _drawn(asked: Asked) -> _Picture:
    pages = tuple(_limited(board, asked) for board in asked.pages(found(asked.boards)))
    if not pages:
        text = _("There is no board of this name. There are: {names}.").format(names=", ".join(boards()))
        return _Picture(message_html(text, asked.theme), _line(asked, 0, None), time.time())
    turn = st.session_state.get(_TURN) or _Turn(since_s=time.monotonic())
    screen = board_data.screen(pages[turn.index % len(pages)])
    index = turned(turn.index, len(pages), time.monotonic() - turn.since_s, asked.rotate_s, _state(screen))
    if index != turn.index:
        turn, screen = _Turn(index, time.monotonic(), turn.count + 1), board_data.screen(pages[index])
    st.session_state[_TURN] = turn
    note = _("ignored: {names}").format(names=", ".join(asked.ignored)) if asked.ignored else ""
    body = _html(screen, language(), asked.text, asked.theme, note, _phone(asked, screen.board))
    return _Picture(body, _line(asked, len(pages), turn, _state(screen)), time.time())


def _limited(board: Board, asked: Asked) -> Board:
    limited = board.limited_to(asked.filters)
    return replace(limited, max_age_s=asked.max_age_s) if asked.max_age_s else limited


def _state(screen: Screen) -> State:
    return worst([reading.state for reading in screen.readings])


def _which(screen: Screen) -> tuple[object, ...]:
    return repr(screen.board), screen.now, screen.version, screen.why


@st.cache_resource(show_spinner=False, max_entries=256, ttl=KEPT_S, hash_funcs={Screen: _which})
def _html(screen: Screen, lang: Lang, text: float, theme: str, note: str, picture: str) -> str:
    return board_html(screen, text=text, theme=theme, note=note, picture=picture)


def _line(asked: Asked, pages: int, turn: _Turn | None, state: State = "ok") -> str:
    """The thin line of the turn: it fills in the time of a page, and stands still while a page calls for action."""
    if pages < 2 or turn is None:
        return '<div class="w-turn" hidden></div>'
    held = " w-held" if state == "act" else ""
    done = f"{100 * (turn.index + 1) / pages:.0f}%"
    return (
        f'<div class="w-turn{held}" data-turn="{turn.count}" style="--done:{done}">'
        f'<i style="animation-duration:{asked.rotate_s}s"></i></div>'
    )


def _phone(asked: Asked, board: Board) -> str:
    """The picture that opens the overview with the same filters on a phone; empty where no phone can reach it."""
    here = st.context.url
    if not asked.qr or not here or not qr.reachable(here):
        return ""
    query: Mapping[str, list[str]] = {"lang": [language()], **to_url(Choice(filters=board.filters))}
    return qr.picture(urljoin(here, "./") + "?" + urlencode(query, doseq=True))
