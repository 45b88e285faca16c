"""What sells: products by approved sales, and how each moves beside the period before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from dashboard import cache, charts, page, panels, words
from dashboard import format as fmt
from dashboard.charts import Group
from dashboard.filters import Scope
from dashboard.i18n import _, language
from dashboard.periods import Comparison
from kpi import catalog
from kpi.model import Answer, Figure

TOP, MOVES = "top_products", "product_trend"
_ALPHA = 0.05
"""Below this p-value a change is called clear, as everywhere on the screen (95 % intervals)."""


def draw(scope: Scope) -> None:
    """Sales by product beside how units move; nothing when no line of order is known."""
    if scope.missing_dimension(catalog.get(TOP)) is not None:
        return
    top = cache.ask(scope.query(TOP))[TOP]
    if not top.rows:
        return
    page.section(_("Products"))
    if scope.missing_dimension(catalog.get(MOVES)) is not None or not scope.compared:
        _ranking(top)
        return
    against = "last_year" if scope.choice.comparison is Comparison.LAST_YEAR else "previous"
    moves = cache.ask(scope.query(MOVES, params=(("against", against),)))[MOVES]
    panels.side_by_side((1, 1), partial(_ranking, top), partial(_moves, moves, scope.choice.comparison))


def _name(figure: Figure) -> str:
    return words.value("product_id", figure.keys[0], cache.labels("product_id"))


def _ranking(answer: Answer) -> None:
    lang, names = language(), [_name(figure) for figure in answer.rows]
    total = fmt.euros(answer.total.value, lang, 0)
    page.panel(
        _("Best seller: {name}").format(name=names[0]),
        _("Approved sales by product · {total} in all").format(total=total),
        key="products-top",
        figure=charts.bars(
            [Group(*pair) for pair in zip(names, answer.rows, strict=True)],
            unit=catalog.get(TOP).unit,
            order="given",
            whiskers=False,
            **page.look(),
        ),
        table=lambda: _ranking_table(names, answer.rows),
    )


def _ranking_table(names: Sequence[str], rows: Sequence[Figure]) -> pd.DataFrame:
    lang = language()
    return pd.DataFrame(
        {
            words.dimension("product_id"): list(names),
            _("Sales"): [fmt.euros(figure.value, lang) for figure in rows],
            _("Proportion"): [fmt.percent(figure.extra["share"], lang) for figure in rows],
            _("Units"): [fmt.number(figure.extra["quantity"], lang) for figure in rows],
        }
    )


def _moves(answer: Answer, comparison: Comparison) -> None:
    clear = [figure for figure in answer.rows if _verdict(figure) in (_("clear rise"), _("clear fall"))]
    title = _("No product clearly moves")
    if clear:
        first = max(clear, key=lambda figure: abs(figure.value or 0.0))
        title = _moved(first)
    page.panel(
        title,
        _("Units in approved orders, against a year earlier")
        if comparison is Comparison.LAST_YEAR
        else _("Units in approved orders, against the period just before"),
        key="products-moves",
        table=lambda: _moves_table(answer.rows),
    )


def _moved(figure: Figure) -> str:
    change = figure.value or 0.0
    share = fmt.percent(abs(change), language(), 0)
    if change > 0:
        return _("{name}: {share} more units").format(name=_name(figure), share=share)
    return _("{name}: {share} fewer units").format(name=_name(figure), share=share)


def _moves_table(rows: Sequence[Figure]) -> pd.DataFrame:
    lang = language()
    ordered = sorted(rows, key=lambda figure: -(figure.extra["current"] or 0))
    return pd.DataFrame(
        {
            words.dimension("product_id"): [_name(figure) for figure in ordered],
            _("Units"): [fmt.number(figure.extra["current"], lang) for figure in ordered],
            _("Before"): [fmt.number(figure.extra["previous"], lang) for figure in ordered],
            _("Change"): [_change(figure) for figure in ordered],
            _("Verdict"): [_verdict(figure) for figure in ordered],
        }
    )


def _change(figure: Figure) -> str:
    if page.shown(figure) is None or figure.value is None:
        return fmt.UNKNOWN
    sign = "+" if figure.value > 0 else ""
    return sign + fmt.percent(figure.value, language())


def _verdict(figure: Figure) -> str:
    """New, stopped, or whether the change of its units is more than chance."""
    if figure.extra["status"] != "continuing":
        return words.value("trend", figure.extra["status"])
    if figure.value is None or figure.extra.get("p") is None or page.shown(figure) is None:
        return fmt.UNKNOWN
    if figure.extra["p"] >= _ALPHA:
        return _("no clear change")
    return _("clear rise") if figure.value > 0 else _("clear fall")
