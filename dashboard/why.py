"""Why a KPI moved since the period before: a part of the drawer that a card opens, computed when it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import fsum

import pandas as pd
import streamlit as st

from dashboard import cache, charts, clicks, page, why_words, words
from dashboard import format as fmt
from dashboard.charts import BridgeStep
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi import catalog
from kpi.definition import Kpi
from kpi.explaining import Explanation, explained_by
from kpi.model import Unit
from kpi.statistics.comparison import compare
from kpi.statistics.movement import Part, Side

_DRAWN = 7
"""Groups with a bar of their own."""


def title() -> str:
    """The name of this part of a definition."""
    return _("Why did it move?")


def offered(scope: Scope, kpi: Kpi) -> bool:
    """Whether the change of a KPI can be explained on this page."""
    if scope.compared is None or scope.ahead or scope.missing_dimension(kpi):
        return False
    kpi_id = explained_by(kpi.id)
    return kpi_id is not None and not scope.missing_dimension(catalog.get(kpi_id))


def panel(scope: Scope, kpi: Kpi) -> None:
    """The sentences, then the bridge by the dimension that the reader picks, and its table."""
    kpi_id = explained_by(kpi.id) or kpi.id
    found = cache.why(scope, kpi_id)
    if not found:
        st.caption(_("There are too few cases in one of the two periods, or no breakdown with two groups of 30 cases."))
        return
    if kpi_id != kpi.id:
        st.caption(
            _("A median or a percentile is not the sum of its groups: this is the mean, {kpi}.").format(
                kpi=words.short(catalog.get(kpi_id))
            )
        )
    change = compare(catalog.get(kpi_id), found[0].after, found[0].before, open_days=cache.open_days(scope))
    with st.container(key=f"why-said-{kpi.id}"):
        st.code("\n".join(why_words.said(found, change, scope)), language=None, wrap_lines=True)
    one = _chosen(scope, kpi_id, found)
    if one is None:
        st.caption(_("These two together leave no two groups of 30 cases."))
        return
    _bridge(scope, one, f"why-{kpi.id}")
    st.caption(_how_to_read(one))
    page.data_table(_table(one), key=f"why-{kpi.id}", download=partial(_table, one), chart=True)


def _chosen(scope: Scope, kpi_id: str, found: Sequence[Explanation]) -> Explanation | None:
    """By the dimension picked, alone or with a second one."""
    by_name = {one.dimensions[0]: one for one in found}
    first, second = st.columns(2, gap="small")
    name = first.selectbox(
        _("By"), list(by_name), format_func=lambda name: _option(by_name[name]), key=f"why-by-{kpi_id}-{language()}"
    )
    chosen = name if name in by_name else found[0].dimensions[0]
    others = [None, *(other for other in by_name if other != chosen)]
    also = second.selectbox(
        _("And by"), others, format_func=lambda name: words.dimension(name) if name else _("nothing else"),
        key=f"why-and-{kpi_id}-{chosen}-{language()}",
    )  # fmt: skip
    if also is None:
        return by_name[chosen]
    return next(iter(cache.why(scope, kpi_id, (chosen, also))), None)


def _option(one: Explanation) -> str:
    """ "Channel · 85% of the change"."""
    name, explained = words.dimension(one.dimensions[0]), one.movement.explained
    if not explained:
        return _("{dimension} · nothing stands out").format(dimension=name)
    return _("{dimension} · {share} of the change").format(dimension=name, share=fmt.percent(explained, language(), 0))


def _bridge(scope: Scope, one: Explanation, key: str) -> None:
    assert scope.compared is not None
    kpi, lang = catalog.get(one.kpi_id), language()
    before, steps = (one.before.value or 0.0) * one.days, _steps(one)
    figure = charts.bridge(
        (words.days(scope.compared), before, fmt.text(before, kpi.unit, lang)),
        [step for _group, step in steps],
        (words.days(scope.span), one.after.value or 0.0, fmt.text(one.after.value, kpi.unit, lang)),
        better=kpi.better,
        **page.look(narrow=True),
    )
    alt = _("{kpi}, what moved it by {dimension}").format(
        kpi=words.short(kpi), dimension=why_words.by_words(one.dimensions)
    )
    groups = [part.key if part else None for part, _step in steps]
    page.chart(figure, key=key, alt=alt, on_select=clicks.keeps(key, one.dimensions, groups))


def _steps(one: Explanation) -> list[tuple[Part | None, BridgeStep]]:
    """The mix, the groups that weigh most, then all the others together, each with the group that it is of."""
    movement = one.movement
    order = sorted(movement.parts, key=lambda part: (not part.key, -abs(part.rate)))
    drawn, rest = order[:_DRAWN], order[_DRAWN:]
    if len(rest) == 1:
        drawn, rest = order, []
    steps: list[tuple[Part | None, BridgeStep]] = []
    if not one.counted:
        steps.append((None, _step(one, _("Mix"), movement.mix, movement.mix_telling, _("shares of the groups"))))
    for part in drawn:
        step = _step(one, why_words.names(one, part), part.rate, part.telling, _both(one, part))
        steps.append((part if part.key else None, step))
    if rest:
        together = fsum(part.rate for part in rest)
        steps.append((None, _step(one, _("All the others"), together, any(part.telling for part in rest), "")))
    return steps


def _step(one: Explanation, label: str, effect: float, clear: bool, hover: str) -> BridgeStep:
    return BridgeStep(label, effect, _effect(one, effect), hover, clear)


def _both(one: Explanation, part: Part) -> str:
    return f"{_value(one, part.before)} → {_value(one, part.after)}"


def _effect(one: Explanation, effect: float) -> str:
    """What a group does to the whole; an NPS with a decimal, for its parts are small."""
    unit, lang = catalog.get(one.kpi_id).unit, language()
    if unit is Unit.NPS:
        return fmt.points(effect, lang)
    return fmt.signed(effect, lang) if one.counted else fmt.delta(effect, unit, lang)


def _value(one: Explanation, side: Side) -> str:
    unit = Unit.COUNT if one.counted else catalog.get(one.kpi_id).unit
    return fmt.text(side.n if one.counted else side.value, unit, language())


def _how_to_read(one: Explanation) -> str:
    clear = _("Pale: no more than chance gives. Groups of fewer than 30 cases in both periods are put together.")
    if one.counted:
        days = _("The period before is weighed by its open days. ") if one.days != 1 else ""
        return days + clear
    mix = _("Mix: the groups’ shares of the cases moved. Then each group’s own figure, by its weight. ")
    return mix + clear


def _table(one: Explanation) -> pd.DataFrame:
    lang, parts = language(), one.movement.parts
    n0, n1 = (fsum(side.n for side in sides) or 1.0 for sides in why_words.cases(one))
    table = {_("Group"): [why_words.names(one, part) for part in parts]}
    if not one.counted:
        table[_("Share before")] = [fmt.percent(part.before.n / n0, lang) for part in parts]
        table[_("Share now")] = [fmt.percent(part.after.n / n1, lang) for part in parts]
    table[_("Before")] = [_value(one, part.before) for part in parts]
    table[_("Now")] = [_value(one, part.after) for part in parts]
    if not one.counted:
        table[_("Effect of its share")] = [_effect(one, part.mix) for part in parts]
    table[_("Effect of its own figure")] = [_effect(one, part.rate) for part in parts]
    table[_("Beyond chance")] = [words.value("beyond_chance", part.telling) for part in parts]
    return pd.DataFrame(table)
