"""How the best sellers move, told for as many products as are looked at. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kpi.model import Figure, Status, Value
from kpi.statistics.case_mix import benjamini_hochberg

LEVEL = 0.05
STOPPED = 5
"""Products told of those that sell no more."""


class Move(NamedTuple):
    """A figure of `product_trend`, and whether it has changed by more than chance gives to one of so many."""

    figure: Figure
    clear: bool


def moves(best: Sequence[Figure], trend: Sequence[Figure]) -> dict[Value, Move]:
    """Product -> its move: those of the `best` (rows of `top_products`), then of what sold most before and stopped.
    The others of the `trend` still sell, below the best. Clear by Benjamini-Hochberg over those told."""
    sold = {figure.keys[0] for figure in best}
    stopped = [one for one in trend if one.keys[0] not in sold and one.extra["status"] == "stopped"]
    told = [one for one in trend if one.keys[0] in sold]
    told += sorted(stopped, key=lambda one: -one.extra["previous"])[:STOPPED]
    tested = [one for one in told if _tested(one)]
    adjusted = benjamini_hochberg([one.extra["p"] for one in tested])
    clear = {one.keys[0] for one, p in zip(tested, adjusted, strict=True) if p < LEVEL}
    return {one.keys[0]: Move(one, one.keys[0] in clear) for one in told}


def _tested(move: Figure) -> bool:
    """Sold in both periods, often enough to be shown."""
    known = move.extra["status"] == "continuing" and move.value is not None
    return known and move.status in (Status.OK, Status.INDICATIVE) and move.extra.get("p") is not None
