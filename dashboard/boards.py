"""Boards of the team screens as plain data: those that ship, those that people make, and what a board may hold.

A board has three to six tiles. It never names a person: no breakdown and no filter by agent, and a productivity KPI
only beside a quality one. The address shows one or several: `/wallboard?board=phone,support&team=LYON&rotate=20`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any, Literal, get_args

from dashboard import words
from dashboard.filters import PARAMETER
from dashboard.i18n import _
from kpi.catalog import CATALOG
from kpi.definition import Kpi
from kpi.model import Better, Filter, Target

Window = Literal["today", "last_7", "last_30"]
WINDOWS: tuple[Window, ...] = get_args(Window)
FEWEST, MOST = 3, 6
"""Tiles of a board."""
LONGEST_TITLE = 40
LONGEST_TILE_TITLE = 24
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_WITHOUT_ONE_VALUE = ("mix", "distribution", "ranking", "stock_distribution", "class_means", "growth", "attainment")
_STEADY = ("retention_rate", "absenteeism_rate", "cost_per_call", "cost_per_contact", "data_freshness")
"""Known by the month, or shown by the board itself."""
QUALITY = frozenset(
    {
        "nps", "csat_rate", "csat_mean", "ces_mean", "ces_low_effort_rate", "servqual_overall", "fcr_rate",
        "fcr_rate_surveyed", "reopen_rate", "repeat_contact_rate", "otif_rate", "dispute_rate",
    }
)  # fmt: skip
"""What says whether customers were served well: one stands beside any productivity KPI."""


class BoardError(ValueError):
    """A board that may not be shown; its text says what to change."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One KPI of a board: over which days, under which name, against which bounds in the KPI's own unit.

    `target` None is the centre's own target; `act` is the value from which to act, None the usual margin.
    """

    kpi_id: str
    window: Window = "today"
    title: str = ""
    target: float | None = None
    act: float | None = None

    @property
    def kpi(self) -> Kpi:
        return CATALOG[self.kpi_id]

    def own_target(self) -> Target | None:
        """The bound set on this board, as a target that always holds."""
        if self.target is None:
            return None
        higher = self.kpi.better is Better.HIGHER
        low, high = (self.target, None) if higher else (None, self.target)
        op: Literal[">=", "<="] = ">=" if higher else "<="
        return Target(
            "board", self.kpi_id, "target", None, None, op, low, high, None, "board", date.min, None
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Board:
    """Tiles in their order, what they are limited to, and how old their data may be before the screen turns grey.

    `title` empty is the name of a board that ships; `max_age_s` None is the centre's target of data freshness.
    """

    id: str
    tiles: tuple[Tile, ...]
    title: str = ""
    filters: tuple[Filter, ...] = ()
    max_age_s: int | None = None

    def limited_to(self, filters: Sequence[Filter]) -> Board:
        """The same board, each dimension of `filters` in place of its own."""
        asked = {one.dimension for one in filters}
        kept = tuple(one for one in self.filters if one.dimension not in asked)
        return replace(self, filters=(*kept, *filters))


SHIPPED: Mapping[str, Board] = {
    board.id: board
    for board in (
        Board(
            "phone",
            (
                Tile("calls_waiting"), Tile("longest_wait"), Tile("service_level"),
                Tile("answer_rate"), Tile("average_speed_of_answer"), Tile("csat_rate", "last_7"),
            ),
        ),
        Board(
            "support",
            (
                Tile("ticket_backlog"), Tile("tickets_awaiting_first_response"), Tile("sla_at_risk"),
                Tile("sla_first_response_rate"), Tile("sla_resolution_rate"), Tile("csat_rate", "last_7"),
            ),
        ),
        Board(
            "orders",
            (
                Tile("orders_pending"), Tile("priority_orders_to_validate"), Tile("order_sla_rate"),
                Tile("order_processing_time_median"), Tile("disputes_open"), Tile("otif_rate", "last_30"),
            ),
        ),
        Board(
            "mixed",
            (
                Tile("service_level"), Tile("answer_rate"), Tile("frt_median"),
                Tile("ticket_backlog"), Tile("csat_rate", "last_7"), Tile("nps", "last_30"),
            ),
        ),
    )
}  # fmt: skip
"""The boards that Vigie comes with, by the name that the address gives them."""


def title_of(board: Board) -> str:
    """The board's title in the language in use."""
    shipped = {"phone": _("Phone"), "support": _("Tickets"), "orders": _("Order desk"), "mixed": _("Customer service")}
    return board.title or shipped.get(board.id, board.id)


def name_of(tile: Tile) -> str:
    """The tile's name in the language in use, with its days when they are not today's."""
    name = tile.title or _names().get(tile.kpi_id) or words.short(tile.kpi)
    if not spans(tile.kpi):
        return name
    return {
        "today": name,
        "last_7": _("{kpi}, 7 days").format(kpi=name),
        "last_30": _("{kpi}, 30 days").format(kpi=name),
    }[tile.window]


def _names() -> Mapping[str, str]:
    """The names that must be shorter from afar than on a card."""
    return {
        "longest_wait": _("Longest wait"),
        "average_speed_of_answer": _("Speed of answer"),
        "average_handle_time": _("Handle time"),
        "csat_rate": _("Satisfaction"),
        "tickets_awaiting_first_response": _("Unanswered"),
        "sla_first_response_rate": _("SLA, response"),
        "frt_median": _("First response"),
        "order_sla_rate": _("Orders within SLA"),
        "order_processing_time_median": _("Order processing"),
        "priority_orders_to_validate": _("Priority orders"),
        "otif_rate": _("On time in full"),
    }


def spans(kpi: Kpi) -> bool:
    """Whether a KPI is of a period: a stock is of an instant."""
    return kpi.needs_period


def offered() -> tuple[Kpi, ...]:
    """The KPIs that a tile may show: one value, known within the day, of nobody in particular."""
    return tuple(kpi for kpi in CATALOG.values() if kpi.kind not in _WITHOUT_ONE_VALUE and kpi.id not in _STEADY)


def bounded(kpi: Kpi) -> bool:
    """Whether a bound of the board's own can judge a KPI: it has a good direction."""
    return kpi.better is not Better.CONTEXT


def check(board: Board) -> Board:
    """The board itself. Raises `BoardError` when it may not be shown on a team screen."""
    if not _ID.fullmatch(board.id):
        raise BoardError(_("Its name in the address has letters a to z, digits, - and _ only."))
    if not FEWEST <= len(board.tiles) <= MOST:
        raise BoardError(_("A board has {fewest} to {most} tiles.").format(fewest=FEWEST, most=MOST))
    if len(board.title) > LONGEST_TITLE or any(len(tile.title) > LONGEST_TILE_TITLE for tile in board.tiles):
        raise BoardError(_("A title is too long to be read from afar: shorten it."))
    for one in board.filters:
        if one.dimension not in PARAMETER or one.dimension == "agent_id":
            raise BoardError(_("A team screen is never limited to a person."))
    if board.max_age_s is not None and board.max_age_s <= 0:
        raise BoardError(_("The data's greatest age is above zero."))
    known = {kpi.id for kpi in offered()}
    for tile in board.tiles:
        _check_tile(tile, known)
    if len({(tile.kpi_id, tile.window) for tile in board.tiles}) < len(board.tiles):
        raise BoardError(_("A KPI stands twice over the same days: take one away."))
    lonely = [tile.kpi for tile in board.tiles if tile.kpi.family == "productivity"]
    if lonely and not any(tile.kpi_id in QUALITY for tile in board.tiles):
        raise BoardError(
            _("“{kpi}” speaks of productivity: put a quality KPI beside it, such as {example}.").format(
                kpi=words.short(lonely[0]), example=words.short(CATALOG["csat_rate"])
            )
        )
    return board


def _check_tile(tile: Tile, known: set[str]) -> None:
    if tile.kpi_id not in known or tile.window not in WINDOWS:
        raise BoardError(_("“{kpi}” cannot be shown on a team screen.").format(kpi=tile.kpi_id))
    kpi = tile.kpi
    if tile.target is None and tile.act is None:
        return
    if not bounded(kpi):
        raise BoardError(_("“{kpi}” has no good direction: it takes no bound.").format(kpi=words.short(kpi)))
    if tile.target is None:
        raise BoardError(_("“{kpi}”: give the target before the value to act from.").format(kpi=words.short(kpi)))
    if tile.act is not None:
        wrong = tile.act >= tile.target if kpi.better is Better.HIGHER else tile.act <= tile.target
        if wrong:
            raise BoardError(
                _("“{kpi}”: the value to act from is worse than the target, not better.").format(kpi=words.short(kpi))
            )


# Pages of a board: how much can be read from where people stand


def text_share(distance_m: float, screen_in: float) -> float:
    """The least height of a text in hundredths of the screen's short side, so that it is distance / 150.

    `screen_in` is the diagonal of a 16:9 screen in inches: its short side is 12.45 mm an inch.
    """
    short_side_mm = screen_in * 25.4 * 9 / math.hypot(16, 9)
    return distance_m * 1000 / 150 / short_side_mm * 100


def capacity(text: float) -> int:
    """How many tiles a screen holds when its texts take `text` hundredths of its short side."""
    return next((tiles for limit, tiles in ((4.7, 6), (6.5, 3), (8.0, 2)) if text <= limit), 1)


def pages(board: Board, text: float) -> tuple[Board, ...]:
    """The board in as many pages as its texts need, evenly. A quality tile stays beside the productivity ones; where
    only one tile has room, these are left out."""
    tiles, most = board.tiles, capacity(text)
    if len(tiles) <= most:
        return (board,)
    quality = next((tile for tile in tiles if tile.kpi_id in QUALITY), None)
    if quality is None or all(tile.kpi.family != "productivity" for tile in tiles):
        parts = _even(tiles, most)
    elif most == 1:
        parts = _even(tuple(tile for tile in tiles if tile.kpi.family != "productivity"), 1)
    else:
        others = tuple(tile for tile in tiles if tile is not quality)
        parts = [(*part, quality) for part in _even(others, most - 1)]
    return tuple(replace(board, tiles=part) for part in parts)


def _even(tiles: tuple[Tile, ...], most: int) -> list[tuple[Tile, ...]]:
    count = -(-len(tiles) // most)
    cuts = [round(i * len(tiles) / count) for i in range(count + 1)]
    return [tiles[start:end] for start, end in pairwise(cuts)]


# As it is kept


def as_json(board: Board) -> dict[str, Any]:
    """The board without its name, as plain values."""
    return {
        "title": board.title,
        "max_age_s": board.max_age_s,
        "filters": {one.dimension: list(one.values) for one in board.filters},
        "tiles": [
            {"kpi": t.kpi_id, "window": t.window, "title": t.title, "target": t.target, "act": t.act}
            for t in board.tiles
        ],
    }


def from_json(board_id: str, kept: Mapping[str, Any]) -> Board:
    """The board kept under a name. Raises `BoardError` when it can no longer be shown: a KPI is gone, say."""
    try:
        tiles = tuple(
            Tile(one["kpi"], one["window"], one.get("title", ""), one.get("target"), one.get("act"))
            for one in kept["tiles"]
        )
        filters = tuple(Filter(dimension, tuple(values)) for dimension, values in kept["filters"].items())
        return check(Board(board_id, tiles, kept.get("title", ""), filters, kept.get("max_age_s")))
    except (KeyError, TypeError, AttributeError) as error:
        raise BoardError(_("The board “{name}” could not be read.").format(name=board_id)) from error
