"""The shared filters as widgets, kept in step with the address.

They are created in the entrypoint, before the page runs, so that they live through a change of page. The
address is written by us (codes, not words), and read when it differs from what we last wrote: a pasted link,
or the browser's back button.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar, cast

import streamlit as st

from dashboard import cache, words
from dashboard.filters import PARAMETER, Choice, Clock, Domains, from_url, to_url
from dashboard.i18n import LANGUAGES, _, language, preferred
from dashboard.periods import Comparison, Preset
from kpi.definition import Lang
from kpi.model import Filter, Value

E = TypeVar("E")
_WRITTEN = "address_written"
_ASKED = "filters_asked"
"""What clicks have asked since the filters were last drawn, by the widget's key. Not in the widgets' own state: a run
that the browser asks for in the meantime (each page looks for new data every few seconds) gives them back as they were.
"""
_IN_SIGHT = ("channel", "team_id")
_OURS = {"lang", "period", "from", "to", "compare", "clock", *PARAMETER.values()}


def speak() -> Lang:
    """The language of this run: the address, else what was chosen in this session, else the browser's."""
    asked = st.query_params.get("lang")
    if asked in LANGUAGES and _address() != st.session_state.get(_WRITTEN):
        st.session_state["lang"] = asked
    if st.session_state.get("lang") not in LANGUAGES:
        st.session_state["lang"] = preferred([st.context.locale])
    return cast(Lang, st.session_state["lang"])


def choose(domains: Domains, today: date) -> tuple[Choice, tuple[str, ...]]:
    """Draws the filters and gives the choice, with the names of the address parameters that were ignored."""
    _translate_choices()
    ignored = _read_address(domains, today)
    st.session_state.update(st.session_state.pop(_ASKED, {}))
    _forget_what_no_longer_exists(domains)
    with st.sidebar, st.container(key="filters", gap="small"):
        choice = _widgets(domains, today)
    _write_address(choice)
    return choice, ignored


def clear(dimension: str) -> None:
    """Opens one dimension again (a chip's click)."""
    _ask({_key(dimension): []})


def narrow(dimension: str, value: Value) -> None:
    """Keeps one value of a dimension (a click on its bar); from a callback."""
    _ask({_key(dimension): [value]})


def widen(preset: Preset) -> None:
    """Another period, the filters as they are."""
    _ask({"f_period": preset})


def keep(first: date, last: date) -> None:
    """Keeps the days from `first` to `last` (a click on a point); from a callback."""
    _ask({"f_period": Preset.CUSTOM, "f_dates": (first, last)})


def clear_all() -> None:
    _ask({_key(dimension): [] for dimension in PARAMETER})


def _ask(changes: Mapping[str, object]) -> None:
    st.session_state[_ASKED] = {**st.session_state.get(_ASKED, {}), **changes}


def address_of(choice: Choice) -> dict[str, list[str]]:
    """The address parameters of a choice in the language in use."""
    return {"lang": [language()], **to_url(choice)}


def language_only() -> dict[str, list[str]]:
    return {"lang": [language()]}


# The address


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params if name in _OURS}


def _read_address(domains: Domains, today: date) -> tuple[str, ...]:
    address = _address()
    first_run = _WRITTEN not in st.session_state
    if not first_run and (not address or address == st.session_state[_WRITTEN]):
        return ()
    choice, ignored = from_url(address, domains)
    if address.get("lang", ["fr"])[-1] not in LANGUAGES:
        ignored = ("lang", *ignored)
    st.session_state["f_period"] = choice.preset
    st.session_state["f_dates"] = choice.custom or (today - timedelta(days=29), today)
    st.session_state["f_compare"] = choice.comparison
    st.session_state["f_clock"] = choice.clock
    for dimension in PARAMETER:
        st.session_state[_key(dimension)] = list(choice.values(dimension))
    return ignored


def _write_address(choice: Choice) -> None:
    address = address_of(choice)
    st.session_state[_WRITTEN] = address
    if _address() != address:
        others = {name: st.query_params.get_all(name) for name in st.query_params if name not in _OURS}
        st.query_params.from_dict({**others, **address})


def _translate_choices() -> None:
    """The browser keeps a choice as the words it was made in: after a change of language it is given again."""
    if st.session_state.get("filters_in") != language():
        st.session_state["filters_in"] = language()
        for key in ("f_period", "f_compare", "f_clock", *(_key(dimension) for dimension in PARAMETER)):
            if key in st.session_state:
                st.session_state[key] = st.session_state[key]


def _forget_what_no_longer_exists(domains: Domains) -> None:
    """An import can take a value away while it is chosen."""
    for dimension in PARAMETER:
        kept = [v for v in st.session_state.get(_key(dimension), []) if v in domains.get(dimension, ())]
        st.session_state[_key(dimension)] = kept


# The widgets


def _key(dimension: str) -> str:
    return f"f_{dimension}"


def _widgets(domains: Domains, today: date) -> Choice:
    title = words.html(_("Filters"))
    st.html(f'<h2 class="v-side">{title}</h2>')
    preset = st.selectbox(_("Period"), list(Preset), format_func=_written(Preset, words.preset), key="f_period")
    custom = _dates(today) if preset is Preset.CUSTOM else None
    compared = st.selectbox(
        _("Compared with"), list(Comparison), format_func=_written(Comparison, words.comparison), key="f_compare"
    )
    clock = st.segmented_control(
        _("Clock of durations"),
        list(Clock),
        format_func=_written(Clock, words.clock),
        key="f_clock",
        required=True,
        width="stretch",
        help=_("Calendar counts every second. Business hours count only the seconds your centre is open."),
    )
    filters = tuple(_multiselects(domains))
    return Choice(
        Preset(preset or Preset.LAST_30),
        custom,
        Comparison(compared or Comparison.PREVIOUS),
        Clock(clock or Clock.CALENDAR),
        filters,
    )


def _written(options: Iterable[E], name: Callable[[E], str]) -> Callable[[E], str]:
    """The names in the language of this run, whenever they are asked."""
    return {option: name(option) for option in options}.__getitem__


def _dates(today: date) -> tuple[date, date]:
    """Both ends; while only the first is picked, that one day."""
    st.session_state.setdefault("f_dates", (today - timedelta(days=29), today))
    form = "DD/MM/YYYY" if language() == "fr" else "YYYY-MM-DD"
    picked = cast(tuple[date, ...], st.date_input(_("From and to"), key="f_dates", format=form))
    return (picked[0], picked[-1]) if picked else (today, today)


def _multiselects(domains: Domains) -> list[Filter]:
    """Channel and team in sight; the others folded, and drawn once unfolded or when one of them is in use."""
    folded = [dimension for dimension in domains if dimension not in _IN_SIGHT]
    in_use = any(st.session_state.get(_key(dimension)) for dimension in folded)
    chosen = [_multiselect(dimension, domains[dimension]) for dimension in _IN_SIGHT if dimension in domains]
    if folded:
        more = st.expander(_("More filters"), expanded=in_use, key="more-filters", on_change="rerun")
        with more:
            draw = _multiselect if more.open else _kept
            chosen += [draw(dimension, domains[dimension]) for dimension in folded]
    picked = {filter_.dimension: filter_ for filter_ in chosen if filter_.values}
    return [picked[dimension] for dimension in PARAMETER if dimension in picked]


def _kept(dimension: str, values: Sequence[Value]) -> Filter:
    return Filter(dimension, tuple(st.session_state[_key(dimension)]))


def _multiselect(dimension: str, values: Sequence[Value]) -> Filter:
    names = _names(dimension, values)
    picked = st.multiselect(
        words.dimension(dimension), list(values), format_func=names.__getitem__, key=_key(dimension),
        placeholder=_("All"),
    )  # fmt: skip
    return Filter(dimension, tuple(picked))


def _names(dimension: str, values: Sequence[Value]) -> Mapping[Value, str]:
    labels = cache.labels(dimension)
    return {value: words.value(dimension, value, labels) for value in values}
