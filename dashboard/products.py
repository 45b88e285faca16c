"""What sells: products by approved sales, and how each moves beside the period before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import cache, page, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language
from dashboard.periods import Comparison
from kpi import catalog, selling
from kpi.model import Figure, Value
from kpi.selling import Move

TOP, MOVES = "top_products", "product_trend"


def draw(scope: Scope) -> None:
    """Sales by product and how their units move; nothing when no line of order is known."""
    if scope.missing_dimension(catalog.get(TOP)) is not None:
        return
    top = cache.ask(scope.query(TOP))[TOP]
    if not top.rows:
        return
    page.section(_("Products"))
    moves = selling.moves(top.rows, _trend(scope))
    note = _("Approved sales by product · {total} in all").format(total=fmt.euros(top.total.value, language(), 0))
    note += " · " + _("the {n} best sellers").format(n=fmt.number(len(top.rows), language()))
    if moves:
        last_year = scope.choice.comparison is Comparison.LAST_YEAR
        against = _("units against a year earlier") if last_year else _("units against the period just before")
        note += f" · {against}"
    table = partial(_table, top.rows, moves)
    with page.panel(_title(top.rows, moves), note, key="products"):
        st.html(_html(top.rows, table()))
        page.tools("products", table, table)


def _trend(scope: Scope) -> Sequence[Figure]:
    """How the units of each product move; nothing when there is no period to compare with."""
    if scope.missing_dimension(catalog.get(MOVES)) is not None or not scope.compared:
        return ()
    against = "last_year" if scope.choice.comparison is Comparison.LAST_YEAR else "previous"
    return cache.ask(scope.query(MOVES, params=(("against", against),)))[MOVES].rows


def _name(figure: Figure) -> str:
    return words.value("product_id", figure.keys[0], cache.labels("product_id"))


def _title(rows: Sequence[Figure], moves: Mapping[Value, Move]) -> str:
    """What sells most, and what moves most among what clearly moves."""
    best = _("Best seller: {name}").format(name=_name(rows[0]))
    clear = [move.figure for move in moves.values() if move.clear]
    if not clear:
        return best
    first = max(clear, key=lambda figure: (abs(figure.value or 0.0), str(figure.keys[0])))
    share = fmt.percent(abs(first.value or 0.0), language(), 0)
    moved = _("{name}: {share} more units") if (first.value or 0.0) > 0 else _("{name}: {share} fewer units")
    return f"{best} · {moved.format(name=_name(first), share=share)}"


def _table(rows: Sequence[Figure], moves: Mapping[Value, Move]) -> pd.DataFrame:
    """A row a product, by sales; what stopped selling last."""
    lang, sold = language(), {figure.keys[0]: figure for figure in rows}
    stopped = [move.figure for key, move in moves.items() if key not in sold]
    ordered = [*rows, *stopped]
    table = {
        words.dimension("product_id"): [_name(figure) for figure in ordered],
        _("Sales"): [fmt.euros(sold[one.keys[0]].value if one.keys[0] in sold else 0.0, lang) for one in ordered],
        _("Proportion"): [fmt.percent(one.extra.get("share", 0.0), lang) for one in ordered],
        _("Orders"): [fmt.number(one.n if one.keys[0] in sold else 0, lang) for one in ordered],
        _("Units"): [fmt.number(one.extra.get("quantity", one.extra.get("current")), lang) for one in ordered],
    }
    if moves:
        known = [moves.get(one.keys[0]) for one in ordered]
        table |= {
            _("Before"): [fmt.number(one.figure.extra["previous"], lang) if one else fmt.UNKNOWN for one in known],
            _("Change"): [_change(one.figure) if one else fmt.UNKNOWN for one in known],
            _("Verdict"): [_verdict(one) if one else fmt.UNKNOWN for one in known],
        }
    return pd.DataFrame(table)


def _html(rows: Sequence[Figure], table: pd.DataFrame) -> str:
    """The table with the sales as bars from 0."""
    largest = max((figure.value or 0.0 for figure in rows), default=0.0) or 1.0
    widths = [100 * (figure.value or 0.0) / largest for figure in rows] + [0.0] * (len(table) - len(rows))
    texts = range(1, 7)  # All but the product and the verdict are numbers.
    sides = [' class="v-right"' if i in texts else "" for i in range(len(table.columns))]
    head = "".join(
        f'<th scope="col"{side}>{words.html(str(name))}</th>{"<td></td>" if i == 0 else ""}'
        for i, (name, side) in enumerate(zip(table.columns, sides, strict=True))
    )
    lines = ""
    for width, line in zip(widths, table.itertuples(index=False, name=None), strict=True):
        cells = [f"<td{side}>{words.html(str(text))}</td>" for text, side in zip(line, sides, strict=True)]
        bar = f'<td class="v-bar"><i style="width:{width:.1f}%"></i></td>'
        lines += f"<tr>{cells[0]}{bar}{''.join(cells[1:])}</tr>"
    return (
        '<div class="v-rows v-bars" tabindex="0" role="group">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _change(figure: Figure) -> str:
    if page.shown(figure) is None or figure.value is None:
        return fmt.UNKNOWN
    sign = "+" if figure.value > 0 else ""
    return sign + fmt.percent(figure.value, language())


def _verdict(move: Move) -> str:
    """New, stopped, or whether the change of its units is more than chance."""
    figure = move.figure
    if figure.extra["status"] != "continuing":
        return words.value("trend", figure.extra["status"])
    if page.shown(figure) is None or figure.extra.get("p") is None:
        return fmt.UNKNOWN
    if not move.clear:
        return _("no clear change")
    return _("clear rise") if (figure.value or 0.0) > 0 else _("clear fall")
