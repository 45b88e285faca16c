"""One KPI by a dimension that the reader chooses: the choice, the groups, the target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, TypeVar

import pandas as pd
import streamlit as st

from dashboard import cache, cards, charts, clicks, opened_rows, page, reading, words
from dashboard import format as fmt
from dashboard.cards import Card
from dashboard.filters import Scope
from dashboard.i18n import _, language
from dashboard.sources import source
from dashboard.theme import FIXED, color_of
from kpi import catalog
from kpi.definition import Kpi
from kpi.model import Figure, Status, Unit, Value

T = TypeVar("T", bound=str)


def chosen(name: str, options: Sequence[T]) -> T:
    """The option in use of a choice, known before it is drawn so that a title can say it."""
    kept = st.session_state.get(_key(name), st.session_state.get(name))
    return kept if kept in options else options[0]


def choice(name: str, options: Sequence[T], label: str, write: Callable[[T], str] = words.dimension) -> None:
    """The segmented control of a choice. It is kept when the language changes, its words are not."""
    st.session_state[_key(name)] = st.session_state[name] = chosen(name, options)
    texts = {option: write(option) for option in options}
    st.segmented_control(
        label, options, format_func=texts.__getitem__, key=_key(name), required=True, label_visibility="collapsed"
    )


def choose(name: str, option: str) -> None:
    """Takes an option of a choice that is not drawn yet in this run."""
    st.session_state[_key(name)] = st.session_state[name] = option


def _key(name: str) -> str:
    return f"{name}-{language()}"


def open_dimensions(scope: Scope, dimensions: Sequence[str]) -> Sequence[str]:
    """The dimensions that are not narrowed to one value: a single bar compares nothing."""
    return tuple(name for name in dimensions if len(scope.choice.values(name)) != 1) or dimensions


# Groups


def name_of(dimension: str, value: Value) -> str:
    """A value as people read it: the team's name, the channel's word."""
    return words.value(dimension, value, cache.labels(dimension))


def color(dimension: str, value: Value) -> str:
    """The colour of a value, the same on every page."""
    known, theme = cache.domains().get(dimension, ()), page.theme()
    if dimension in FIXED or len(known) <= len(theme.categories):
        return color_of(dimension, value, theme, known)
    ranks = dict(zip(cache.by_volume(dimension), theme.categories, strict=False))  # The colours go to the busiest.
    return ranks.get(value, theme.others)


def panel(
    scope: Scope,
    title: str,
    subtitle: str,
    *,
    kpi_id: str,
    dimension: str,
    figures: Sequence[Figure],
    key: str,
    labels: Sequence[str] = (),
    targets: Sequence[charts.Reference] = (),
    colored: bool = False,
    order: Literal["value", "given"] = "value",
    above: Callable[[], object] | None = None,
) -> None:
    """Bars of one KPI by a dimension, in a panel with its table; a click on a bar filters the page, or opens its rows
    when no filter of the page is of that dimension.

    `labels` replaces the values' names; `colored` gives each value the colour it has in the charts beside.
    """
    kpi = catalog.get(kpi_id)
    names = labels or [name_of(dimension, figure.keys[0]) for figure in figures]
    inks = [color(dimension, figure.keys[0]) if colored else None for figure in figures]
    bars = [charts.Group(*group) for group in zip(names, figures, inks, strict=True)]
    if any(figure.status is Status.INDICATIVE for figure in figures):
        subtitle += " · " + _("faint: fewer than 30 cases")
    key = f"{key}-{len(scope.choice.values(dimension))}" if scope.choice.values(dimension) else key
    filters = clicks.filters(key, dimension, figures)
    page.panel(
        title,
        subtitle,
        key=key if filters else clicks.fresh(key),
        figure=charts.bars(bars, unit=kpi.unit, order=order, targets=targets, **page.look()),
        table=partial(_table, kpi, dimension, names, figures),
        on_select=filters or clicks.opens(key),
        above=above,
    )
    at = None if filters else clicks.position(key)
    if at is not None:
        opened_rows.of_value(scope, kpi_id, dimension, figures[at].keys[0])


def _table(kpi: Kpi, dimension: str, names: Sequence[str], figures: Sequence[Figure]) -> pd.DataFrame:
    lang = language()
    table = {words.dimension(dimension): list(names)}
    table[words.short(kpi)] = [fmt.text(page.shown(figure), kpi.unit, lang) for figure in figures]
    if kpi.unit is not Unit.COUNT:
        table["n"] = [fmt.number(figure.n, lang) for figure in figures]
    return pd.DataFrame(table)


def extreme(dimension: str, figures: Sequence[Figure], pick: Callable[..., Figure]) -> tuple[str, Figure] | None:
    """The group that stands out among those drawn (`pick` is min or max), with its name; None when it has too few
    cases to be compared."""
    known = page.busy(figures)
    if len(known) < 2:
        return None
    figure = pick(known, key=lambda one: one.value or 0.0)
    if figure.status is not Status.OK:
        return None
    return name_of(dimension, figure.keys[0]), figure


def target_lines(card: Card) -> list[charts.Reference]:
    """The target of a card as the dashed line of a chart."""
    if card.target is None:
        return []
    text = _("target {value}").format(value=cards.target_text(card.target, card.kpi.unit))
    said, unit = source(card.target.source), card.kpi.unit
    low, high = card.target.value_low, card.target.value_high
    if low is not None and high is not None:
        least, most = (reading.goal(bound, unit) for bound in (low, high))
        return [
            charts.Reference(low, _("target ≥ {value}").format(value=least), said),
            charts.Reference(high, _("target ≤ {value}").format(value=most), said),
        ]
    return [charts.Reference(bound, text, said) for bound in (low, high) if bound is not None]
