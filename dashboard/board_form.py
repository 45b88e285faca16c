"""The tiles of a board as a form: which KPIs, in which order, over which days, under which name and bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import amounts, words
from dashboard.amounts import Unreadable
from dashboard.boards import FEWEST, LONGEST_TILE_TITLE, MOST, WINDOWS, Tile, bounded, name_of, offered, spans
from dashboard.i18n import _, language
from kpi.catalog import CATALOG
from kpi.definition import Kpi

_WIDTHS = (4, 2, 3, 2, 2, 1.6)
_FIRST = ("ticket_backlog", "service_level", "csat_rate", "answer_rate", "nps", "frt_median", "sla_resolution_rate")


@dataclass(slots=True)
class Draft:
    """A board being changed: each tile has a mark of its own, so that its fields follow it when it moves."""

    source: str
    tiles: list[tuple[str, Tile]] = field(default_factory=list)

    @classmethod
    def of(cls, source: str, tiles: Sequence[Tile]) -> Draft:
        return cls(source, [(uuid4().hex[:8], tile) for tile in tiles])


def starting_tiles() -> tuple[Tile, ...]:
    """What a new board begins with."""
    return tuple(Tile(kpi_id) for kpi_id in _FIRST[:FEWEST])


def tiles(draft: Draft, wrong: list[str]) -> tuple[Tile, ...]:
    """Draws a row for each tile and gives them as typed; what cannot be read is said in `wrong`."""
    names = {
        kpi.id: kpi.label(language()) for kpi in sorted(offered(), key=lambda kpi: kpi.label(language()).casefold())
    }
    typed = []
    for place, (mark, tile) in enumerate(draft.tiles):
        with st.container(key=f"board-tile-{mark}"):
            typed.append(_row(draft, place, mark, tile, names, wrong))
    st.button(
        _("Add a tile"), key="board-add", icon=":material/add:", disabled=len(draft.tiles) >= MOST,
        on_click=_add, args=(draft,),
    )  # fmt: skip
    return tuple(typed)


def _row(draft: Draft, place: int, mark: str, tile: Tile, names: dict[str, str], wrong: list[str]) -> Tile:
    boxes = st.columns(_WIDTHS, gap="small", vertical_alignment="bottom")
    ids = list(names)
    chosen = boxes[0].selectbox(
        _("KPI"), ids, ids.index(tile.kpi_id), format_func=names.__getitem__, key=_key("kpi", mark)
    )
    kpi = CATALOG[chosen]
    window = tile.window
    if spans(kpi):
        days = {"today": _("Today"), "last_7": _("7 days"), "last_30": _("30 days")}
        window = boxes[1].selectbox(
            _("Over"), WINDOWS, WINDOWS.index(tile.window), format_func=days.__getitem__, key=_key("window", mark)
        )
    else:
        boxes[1].text_input(_("Over"), _("now"), disabled=True, key=_key("now", mark))
    plain = name_of(Tile(chosen))
    title = boxes[2].text_input(
        _("Name on the screen"), tile.title, placeholder=plain, max_chars=LONGEST_TILE_TITLE, key=_key("title", mark)
    )
    before = (tile.target, tile.act) if chosen == tile.kpi_id else (None, None)
    target = _bound(boxes[3], kpi, _("Target"), before[0], f"target-{chosen}", mark, wrong)
    act = _bound(boxes[4], kpi, _("Act if worse than"), before[1], f"act-{chosen}", mark, wrong)
    _moves(boxes[5], draft, place, mark, plain)
    return Tile(chosen, window, " ".join(title.split()), target, act)


def _bound(
    box: DeltaGenerator, kpi: Kpi, label: str, before: float | None, name: str, mark: str,
    wrong: list[str],
) -> float | None:  # fmt: skip
    """An optional amount in the KPI's unit; empty is the centre's own."""
    text = "" if before is None else amounts.write(before, kpi.unit)
    hint = _("the centre’s") if bounded(kpi) else "–"
    typed = box.text_input(label, text, placeholder=hint, disabled=not bounded(kpi), key=_key(name, mark))
    if not typed.strip() or not bounded(kpi):
        return None
    try:
        return amounts.read(typed, kpi.unit)
    except Unreadable as error:
        wrong.append(f"{words.short(kpi)} · {error}")
        return None


def _moves(box: DeltaGenerator, draft: Draft, place: int, mark: str, name: str) -> None:
    with box, st.container(horizontal=True, gap=None, key=f"board-moves-{mark}"):
        said = words.plain(name)
        st.button(
            _("Move {name} up").format(name=said), key=f"board-up-{mark}", icon=":material/arrow_upward:",
            type="tertiary", disabled=place == 0, on_click=_move, args=(draft, place, -1),
        )  # fmt: skip
        st.button(
            _("Move {name} down").format(name=said), key=f"board-down-{mark}", icon=":material/arrow_downward:",
            type="tertiary", disabled=place == len(draft.tiles) - 1, on_click=_move, args=(draft, place, 1),
        )  # fmt: skip
        st.button(
            _("Take {name} away").format(name=said), key=f"board-drop-{mark}", icon=":material/close:", type="tertiary",
            disabled=len(draft.tiles) <= FEWEST, on_click=_drop, args=(draft, place),
        )  # fmt: skip


def _move(draft: Draft, place: int, by: int) -> None:
    draft.tiles.insert(place + by, draft.tiles.pop(place))


def _drop(draft: Draft, place: int) -> None:
    del draft.tiles[place]


def _add(draft: Draft) -> None:
    used = {tile.kpi_id for _mark, tile in draft.tiles}
    draft.tiles.append((uuid4().hex[:8], Tile(next(kpi_id for kpi_id in _FIRST if kpi_id not in used))))


def _key(part: str, mark: str) -> str:
    return f"board-{part}-{mark}-{language()}"
