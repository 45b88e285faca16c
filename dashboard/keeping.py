"""How answers are kept: of a run of the page for its time, of the data for all readers until they change."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextvars import ContextVar
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar

import streamlit as st

from kpi.model import Period, Query

P = ParamSpec("P")
T = TypeVar("T")

_found: ContextVar[dict[Hashable, Any] | None] = ContextVar("found", default=None)
"""What this run of the page has looked up already."""


def new_run() -> None:
    """To call first in a run: what people decide is read once a run, not once a name."""
    _found.set({})


def note_drawn(kpi_ids: Sequence[str]) -> None:
    """Cards that this run has drawn."""
    found = _found.get()
    if found is not None:
        found["drawn"] = (*found.get("drawn", ()), *kpi_ids)


def drawn() -> tuple[str, ...]:
    """The KPIs of the cards drawn so far in this run, once each."""
    found = _found.get() or {}
    return tuple(dict.fromkeys(found.get("drawn", ())))


def once_a_run(look_up: Callable[P, T]) -> Callable[P, T]:
    """Looks up at most once a run of the page."""

    @wraps(look_up)
    def found_once(*args: P.args, **kwargs: P.kwargs) -> T:
        found = _found.get()
        if found is None:
            return look_up(*args, **kwargs)
        key = (look_up, args)
        if key not in found:
            found[key] = look_up(*args, **kwargs)
        result: T = found[key]
        return result

    return found_once


_clearing: list[Callable[[], None]] = []
_kept_of = [""]
_letting_go = Lock()


def kept(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keeps the `most` last results of a function whose last argument is the generation of the data, for all sessions.
    They are shared, not copied at each run (`cache_data`): frozen, or only read."""

    def keeping(compute: Callable[P, T]) -> Callable[P, T]:
        # Streamlit hashes a dataclass field by field, slowly; its repr says as much.
        found = st.cache_resource(show_spinner=False, max_entries=most, hash_funcs={Query: repr, Period: repr})(compute)
        _clearing.append(found.clear)
        return found

    return keeping


def let_go_before(version: str) -> None:
    """At a new generation of the data, lets go what was kept of the one before."""
    if version != _kept_of[0]:
        with _letting_go:
            if version != _kept_of[0]:
                for clear in _clearing:
                    clear()
                _kept_of[0] = version
