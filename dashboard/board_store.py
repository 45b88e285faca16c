"""The boards there are: those that ship, and over them those that people keep in the settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard import board_data, cache
from dashboard.boards import SHIPPED, Board, BoardError, as_json, check, from_json

DEFAULT = "mixed"


def boards() -> dict[str, Board]:
    """Name in the address -> board, the shipped ones first. One that can no longer be shown is left out."""
    found = dict(SHIPPED)
    for board_id, kept in cache.settings().boards().items():
        try:
            found[board_id] = from_json(board_id, kept.definition)
        except BoardError:
            found.pop(board_id, None)
    return found


def found(board_ids: Sequence[str]) -> tuple[Board, ...]:
    """The boards of an address that exist, as all screens of this tick know them."""
    known = _boards(str(cache.database()), board_data.tick())
    return tuple(known[board_id] for board_id in board_ids or (DEFAULT,) if board_id in known)


def keep(board: Board, author: str) -> None:
    """Keeps a board for every screen that shows it. `BoardError` when it may not be shown, `ValueError` for nobody."""
    cache.settings().save_board(board.id, as_json(check(board)), author)


def forget(board_id: str) -> None:
    """A shipped board is again as it came; another one is gone."""
    cache.settings().delete_board(board_id)


@st.cache_resource(show_spinner=False, max_entries=4)
def _boards(path: str, at: datetime) -> dict[str, Board]:
    return boards()
