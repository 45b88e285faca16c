"""Choices of one page in the address, beside the shared filters: a team, a breakdown. They go when the page is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

T = TypeVar("T")
_IGNORED = "address_ignored"


def asked(name: str, options: Sequence[T], code: Callable[[T], str]) -> T | None:
    """The option that the address newly asks (a pasted link, the back button); None when it asks nothing new.

    A value that is no option is set aside (`ignored`): the page then writes the one in use over it.
    """
    text = st.query_params.get(name)
    if text is None or text == st.session_state.get(_written(name)):
        return None
    found = next((option for option in options if code(option) == text), None)
    if found is None:
        st.session_state[_IGNORED] = {*st.session_state.get(_IGNORED, ()), name}
    return found


def fresh(*names: str) -> dict[str, str] | None:
    """These parameters as the address newly asks them, together; None when it asks nothing new of any of them."""
    texts = {name: st.query_params[name] for name in names if name in st.query_params}
    if all(texts.get(name) == st.session_state.get(_written(name)) for name in names) or not texts:
        return None
    return texts


def set_aside(names: Sequence[str]) -> None:
    """Parameters that name nothing: `ignored` says them."""
    st.session_state[_IGNORED] = {*st.session_state.get(_IGNORED, ()), *names}


def ignored() -> tuple[str, ...]:
    """The names of the parameters set aside since the last time."""
    return tuple(sorted(st.session_state.pop(_IGNORED, ())))


def write(name: str, text: str | None) -> None:
    """Puts a choice in the address; None takes it out."""
    st.session_state[_written(name)] = text
    if text is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != text:
        st.query_params[name] = text


def here() -> dict[str, list[str]]:
    """Every parameter of the address as it is now."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _written(name: str) -> str:
    return f"address_{name}"
