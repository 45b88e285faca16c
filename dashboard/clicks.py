"""What a click on a chart does: a bar filters the page, a point narrows its period, anything else opens its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import streamlit as st

from dashboard import cache, sidebar
from dashboard.filters import PARAMETER
from kpi.buckets import next_of
from kpi.model import Figure, Grain, Value

_FOLLOWED = "followed_a_click"
_OPENED = "opened_by_a_click"
_CLICKED = "clicks-{}"


def begin() -> None:
    """To call before a page is drawn: it follows by itself what was clicked outside a fragment."""
    st.session_state.pop(_FOLLOWED, None)


def follow() -> None:
    """To call at the start of a fragment that holds such a chart: the whole page follows."""
    if st.session_state.pop(_FOLLOWED, False):
        st.rerun()


def filters(key: str, dimension: str, figures: Sequence[Figure]) -> Callable[[], None] | None:
    """What a click on a bar of panel `key` does; None when the page cannot be filtered by the dimension."""
    return keeps(key, (dimension,), [figure.keys[:1] for figure in figures])


def keeps(key: str, dimensions: Sequence[str], groups: Sequence[Sequence[Value] | None]) -> Callable[[], None] | None:
    """What a click on a bar of panel `key` does: the page keeps the group in its place among `groups` (one value for
    each dimension); nothing for a bar of None. None when the page cannot be filtered by one of the dimensions."""
    if not set(dimensions) <= set(PARAMETER):
        return None
    return partial(_keep, key, tuple(dimensions), tuple(groups))


def _keep(key: str, dimensions: Sequence[str], groups: Sequence[Sequence[Value] | None]) -> None:
    point = _point(key)
    at = None if point is None else point["customdata"][1]
    group = None if at is None else groups[at]
    if group and all(value in cache.domains().get(name, ()) for name, value in zip(dimensions, group, strict=True)):
        for name, value in zip(dimensions, group, strict=True):
            sidebar.narrow(name, value)
        st.session_state[_FOLLOWED] = True


def fresh(name: str) -> str:
    """The key of panel `name`: another after each click on it, or what was clicked would stay marked."""
    clicked = st.session_state.get(_CLICKED.format(name), 0)
    return f"{name}-{clicked}" if clicked else name


def narrows(name: str, grain: Grain, points: Sequence[Figure]) -> Callable[[], None] | None:
    """What a click on a point of panel `name` (its key is `fresh(name)`) does: the page keeps its day, week or month.
    None when the points are hours, or only one."""
    return narrows_to(name, grain, [figure.keys[-1] for figure in points])


def narrows_to(name: str, grain: Grain, days: Sequence[Any]) -> Callable[[], None] | None:
    """As `narrows`, from the first days of the buckets; a point after the last of them does nothing."""
    if grain not in (Grain.DAY, Grain.WEEK, Grain.MONTH) or len(days) < 2:
        return None
    return partial(_narrow, name, grain, tuple(days))


def _narrow(name: str, grain: Grain, days: Sequence[Any]) -> None:
    point = _fresh_point(name)
    if point is None or point["point_index"] >= len(days):
        return
    first: date = days[point["point_index"]]
    sidebar.keep(first, next_of(first, grain) - timedelta(days=1))
    st.session_state[_FOLLOWED] = True


def opens(name: str) -> Callable[[], None]:
    """What a click on a cell or a bar of panel `name` (its key is `fresh(name)`) does: `opened` then gives its keys,
    or `position` the place of its group, once."""
    return partial(_open, name)


def _open(name: str) -> None:
    point = _fresh_point(name)
    if point is not None:
        st.session_state[_OPENED] = (name, point)


def runs(name: str, act: Callable[[int], None]) -> Callable[[], None]:
    """What a click on a bar of panel `name` (its key is `fresh(name)`) does: `act` with the place of its group among
    those given to the chart; the page follows."""
    return partial(_run, name, act)


def _run(name: str, act: Callable[[int], None]) -> None:
    point = _fresh_point(name)
    if point is not None:
        act(int(point["customdata"][1]))
        st.session_state[_FOLLOWED] = True


def sets(name: str, act: Callable[[int], None]) -> Callable[[], None]:
    """What a click on a point of a line of panel `name` (its key is `fresh(name)`) does: `act` with its place; only the
    fragment that holds the chart is drawn again."""
    return partial(_set, name, act)


def _set(name: str, act: Callable[[int], None]) -> None:
    point = _fresh_point(name)
    if point is not None:
        act(int(point["point_index"]))


def opened(name: str) -> tuple[Any, ...] | None:
    """The keys of the cell of panel `name` that was clicked, once."""
    point = _taken(name)
    return None if point is None else tuple(point["customdata"])


def position(name: str) -> int | None:
    """The place, among those given to the chart, of the bar of panel `name` that was clicked, once."""
    point = _taken(name)
    return None if point is None else int(point["customdata"][1])


def place(name: str) -> int | None:
    """The place of the point of a line of panel `name` that was clicked, once."""
    point = _taken(name)
    return None if point is None else int(point["point_index"])


def _taken(name: str) -> dict[str, Any] | None:
    found: tuple[str, dict[str, Any]] | None = st.session_state.get(_OPENED)
    if found is None or found[0] != name:
        return None
    del st.session_state[_OPENED]
    return found[1]


def _fresh_point(name: str) -> dict[str, Any] | None:
    point = _point(fresh(name))
    if point is not None:
        st.session_state[_CLICKED.format(name)] = st.session_state.get(_CLICKED.format(name), 0) + 1
    return point


def _point(key: str) -> dict[str, Any] | None:
    points = st.session_state[f"chart-{key}"]["selection"]["points"]
    return points[0] if points else None
