"""Team screens: the boards there are, one changed with its live preview, and the address that a television opens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin

import streamlit as st

import dashboard
from dashboard import board_data, board_form, cache, page, qr, words
from dashboard import format as fmt
from dashboard.board_address import DISTANCE_M, ROTATE_S, SCREEN_IN, Asked, query
from dashboard.board_form import Draft
from dashboard.board_html import board_html
from dashboard.board_store import boards, forget, keep
from dashboard.boards import LONGEST_TITLE, SHIPPED, Board, BoardError, check, title_of
from dashboard.filters import PARAMETER, Scope
from dashboard.i18n import _, language, ngettext
from dashboard.periods import to_local
from data.settings import KeptBoard
from kpi.model import Filter

_NEW = ""
_AGES = (None, 900, 3_600, 14_400, 86_400)
_DRAFT, _SAID, _WHO, _NEXT = "boards-draft", "boards-said", "boards-who", "boards-next"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a screen hangs: what the address says beside the board."""

    distance_m: float
    screen_in: float
    theme: str
    others: tuple[str, ...]
    rotate_s: int


def render(scope: Scope) -> None:
    known = boards()
    lead = ngettext(
        "<b>{n}</b> board is ready for a television: open its address, it keeps itself up to date.",
        "<b>{n}</b> boards are ready for a television: open an address, the screen keeps itself up to date.",
        len(known),
    )
    page.header(_("Team screens"), lead.format(n=len(known)))
    st.html(f"<style>{(Path(dashboard.__file__).parent / 'wallboard.css').read_text('utf-8')}</style>")
    _editor(scope)


@page.fragment
def _editor(scope: Scope) -> None:
    # A fragment: typing redraws the form and its preview, not the page.
    known, kept = boards(), cache.settings().boards()
    chosen = _chosen(known)
    board = known.get(chosen) or Board("", board_form.starting_tiles())
    said = st.session_state.pop(_SAID, None)
    if said:
        page.notice(words.html(said))
    if not cache.settings().lasting:
        page.notice(_("This folder cannot be written: what you change here is lost at the next start."), "warning")
    picture, beside = st.columns([5, 3], gap="medium")
    with page.panel(_("What the board shows"), _about(kept.get(chosen), scope), key="board-form"):
        typed, wrong = _form(board, chosen)
    with beside, page.panel(_("Where it hangs"), key="board-place"):
        place = _placed(known, chosen)
        asked = Asked(distance_m=place.distance_m, screen_in=place.screen_in)
        address = _address(chosen, place) if chosen else ""
        _read_from(typed, place, asked, address)
    with picture:
        _preview(typed, asked, place.theme, wrong)
        _opened_by(address)
    with st.container(key="board-save"):
        _save(typed, chosen, kept.get(chosen), wrong)


def _chosen(known: dict[str, Board]) -> str:
    names = {**{board_id: title_of(board) for board_id, board in known.items()}, _NEW: _("A new board")}
    key = f"boards-chosen-{language()}"
    if _NEXT in st.session_state:
        st.session_state[key] = st.session_state.pop(_NEXT)
    if st.session_state.get(key, next(iter(names))) not in names:
        del st.session_state[key]
    return str(st.selectbox(_("Board"), list(names), format_func=lambda one: names.get(one, one), key=key, width=360))


def _about(kept: KeptBoard | None, scope: Scope) -> str:
    if kept is None:
        return words.html(_("from three to six tiles; no agent is ever named"))
    day = fmt.day(to_local(kept.at, scope.zone), language(), year=True)
    return words.html(_("changed by {name} on {day}").format(name=kept.author, day=day))


# The board


def _form(board: Board, chosen: str) -> tuple[Board, list[str]]:
    """The board as typed, under the name it has or would have, and what cannot be read."""
    wrong: list[str] = []
    draft = st.session_state.get(_DRAFT)
    if not isinstance(draft, Draft) or draft.source != chosen:
        draft = st.session_state[_DRAFT] = Draft.of(chosen, board.tiles)
    first, second = st.columns([3, 2])
    title = first.text_input(
        _("Title"), board.title, placeholder=title_of(board) or _("Customer service"), max_chars=LONGEST_TITLE,
        key=_key("title", chosen),
    )  # fmt: skip
    age = second.selectbox(
        _("The screen turns grey when the data are older than"), _AGES,
        _AGES.index(board.max_age_s) if board.max_age_s in _AGES else 0, format_func=_age, key=_key("age", chosen),
    )  # fmt: skip
    tiles = board_form.tiles(draft, wrong)
    filters = _filters(board, chosen)
    board_id = chosen or _slug(title) or "board"
    return Board(board_id, tiles, " ".join(title.split()), filters, age), wrong


def _age(seconds: int | None) -> str:
    return _("the centre’s limit") if seconds is None else fmt.duration(seconds, language(), days=seconds > 86_400)


def _filters(board: Board, chosen: str) -> tuple[Filter, ...]:
    """What the board is limited to; never a person."""
    domains = {name: values for name, values in cache.domains().items() if name in PARAMETER and name != "agent_id"}
    if not domains:
        return ()
    kept = {one.dimension: one.values for one in board.filters}
    found = []
    boxes = st.columns(min(3, len(domains)))
    for place, (dimension, values) in enumerate(domains.items()):
        labels = cache.labels(dimension)
        names = {value: words.value(dimension, value, labels) for value in values}
        picked = boxes[place % len(boxes)].multiselect(
            words.dimension(dimension), list(values), [v for v in kept.get(dimension, ()) if v in values],
            format_func=names.__getitem__, placeholder=_("All"), key=_key(dimension, chosen),
        )  # fmt: skip
        if picked:
            found.append(Filter(dimension, tuple(picked)))
    return tuple(found)


def _preview(board: Board, asked: Asked, theme: str, wrong: Sequence[str]) -> None:
    """The first page of the board as a television would show it now, or why it may not be shown."""
    try:
        if wrong:
            raise BoardError(" ".join(wrong))
        # Under another name: a screen that shows this board keeps its own memory of states.
        shown = replace(check(board), id=f"preview-{board.id}"[:40], title=title_of(board))
    except BoardError as error:
        page.notice(words.html(error), "warning")
        return
    pages = asked.pages((shown,))
    screen = replace(board_data.screen(pages[0]), stale=False)  # its colours are what one comes to see
    clock = fmt.clock(screen.now) if screen.now else ""
    body = board_html(screen, text=asked.text, theme=theme, clock=clock)
    st.html(f'<div class="v-preview">{body}</div>')


# The television


def _placed(known: dict[str, Board], chosen: str) -> _Place:
    first, second = st.columns(2)
    distance = first.number_input(
        _("Distance of the readers, m"), 1.0, 30.0, DISTANCE_M, 0.5, format="%.1f", key=_key("distance", "")
    )
    screen = second.number_input(_("Diagonal, inches"), 10, 200, int(SCREEN_IN), 1, key=_key("screen", ""))
    names = {"": _("as the television asks"), "light": _("light"), "dark": _("dark")}
    theme = first.selectbox(_("Colours"), list(names), format_func=names.__getitem__, key=_key("theme", ""))
    rotate = second.number_input(_("Seconds a board"), 5, 3600, ROTATE_S, 5, key=_key("rotate", ""))
    titles = {board_id: title_of(board) for board_id, board in known.items() if board_id != chosen}
    others = st.multiselect(
        _("In turn with"), list(titles), format_func=lambda one: titles.get(one, one), placeholder=_("no other board"),
        key=_key("others", chosen),
    )  # fmt: skip
    return _Place(float(distance), float(screen), theme, tuple(others), int(rotate))


def _address(chosen: str, place: _Place) -> str:
    """What a television opens."""
    asks = query(
        (chosen, *place.others), language(),
        rotate=place.rotate_s, distance=place.distance_m, screen=place.screen_in, theme=place.theme,
    )  # fmt: skip
    return urljoin(st.context.url or "http://localhost:8501/", "./wallboard") + "?" + asks


def _read_from(board: Board, place: _Place, asked: Asked, address: str) -> None:
    """How high the texts are, and the address for a phone."""
    text = _("Texts are at least {height} mm high.").format(
        height=fmt.number(place.distance_m * 1000 / 150, language())
    )
    turns = len(asked.pages((board,)))
    if turns > 1:
        text += " " + _("At this size the board takes {n} pages in turn.").format(n=turns)
    st.caption(text)
    if address:
        alt = words.html(_("The same address as a QR code"))
        st.html(f'<img class="v-qr" src="{qr.picture(address)}" alt="{alt}">')


def _opened_by(address: str) -> None:
    if not address:
        st.caption(_("Save the board: its address then appears here."))
        return
    st.code(address, language=None, wrap_lines=True)
    label = words.html(_("Open this screen"))
    st.html(f'<p class="v-open"><a href="{words.html(address)}" target="_blank" rel="noopener">{label}</a></p>')
    if not qr.reachable(address):
        st.caption(_("This address opens on this machine only: see “Team screens” in the README to let others in."))


# Keeping it


def _save(board: Board, chosen: str, kept: KeptBoard | None, wrong: Sequence[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        who = st.text_input(
            _("Your name"), st.session_state.get(_WHO, ""), max_chars=80, key=_key("who", ""), width=260
        )
        save = st.button(_("Save this board"), type="primary", key="board-keep", disabled=bool(wrong))
        undo = kept is not None and st.button(
            _("Back to the board that Vigie brings") if chosen in SHIPPED else _("Delete this board"), key="board-undo"
        )
    if undo:
        forget(chosen)
        _done(_("Done: {board}.").format(board=title_of(board)), chosen if chosen in SHIPPED else next(iter(SHIPPED)))
    if not save:
        return
    if not chosen and not board.title:
        page.notice(_("Give the board a title."), "warning")
        return
    try:
        saved = board if chosen else replace(board, id=_free(board.id))
        keep(saved, who)
    except BoardError as error:
        page.notice(words.html(error), "warning")
        return
    except ValueError:
        page.notice(_("Write your name: it is kept beside the board."), "warning")
        return
    st.session_state[_WHO] = who
    _done(_("Saved: {board}. Screens that show it follow within seconds.").format(board=title_of(saved)), saved.id)


def _done(text: str, following: str) -> None:
    st.session_state[_SAID], st.session_state[_NEXT] = text, following
    st.session_state.pop(_DRAFT, None)
    st.rerun()


def _free(board_id: str) -> str:
    taken = boards()
    return next(name for n in range(1, 1000) if (name := board_id if n == 1 else f"{board_id}-{n}") not in taken)


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:36]


def _key(part: str, chosen: str) -> str:
    return f"boards-{part}-{chosen}-{language()}"
