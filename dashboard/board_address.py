"""The address of a team screen: which boards, for how long each, from how far it is read, in which colours. Pure.

`?board=phone,support&team=LYON&rotate=20&distance=6&screen=55&theme=dark&lang=fr&refresh=15&stale=30`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.boards import Board, pages, text_share
from dashboard.filters import PARAMETER, Domains, code, from_url
from kpi.model import Filter

DISTANCE_M, SCREEN_IN, ROTATE_S, REFRESH_S = 4.0, 55.0, 20, 15
_LEAST_SHARE, _MOST_SHARE = 2.7, 12.0
"""Of the short side: smaller texts do not look better, larger ones leave no room for a figure."""
_FILTERS = {dimension: name for dimension, name in PARAMETER.items() if dimension != "agent_id"}
"""A team screen is never limited to a person (rule P3)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a screen says, each part put right when it is out of bounds."""

    boards: tuple[str, ...] = ()
    rotate_s: int = ROTATE_S
    distance_m: float = DISTANCE_M
    screen_in: float = SCREEN_IN
    theme: str = ""
    refresh_s: int = REFRESH_S
    max_age_s: int | None = None
    filters: tuple[Filter, ...] = ()
    ignored: tuple[str, ...] = ()
    qr: bool = True

    @property
    def text(self) -> float:
        """The least height of a text in hundredths of the short side."""
        return min(max(text_share(self.distance_m, self.screen_in), _LEAST_SHARE), _MOST_SHARE)

    def every_s(self, turning: bool) -> float:
        """Seconds between two refreshes: a page that takes turns is refreshed a whole number of times."""
        if not turning:
            return float(self.refresh_s)
        return self.rotate_s / -(-self.rotate_s // self.refresh_s)

    def pages(self, boards: Sequence[Board]) -> tuple[Board, ...]:
        """What the screen shows in turn."""
        return tuple(page for board in boards for page in pages(board, self.text))


def read(address: Mapping[str, Sequence[str]], domains: Domains) -> Asked:
    """Never raises: what is unknown is left out, and filters that name nothing are in `ignored`."""
    choice, ignored = from_url({name: address[name] for name in _FILTERS.values() if name in address}, domains)
    if "agent" in address:
        ignored = (*ignored, "agent")
    names = [name.strip() for text in address.get("board", ()) for name in text.split(",")]
    theme = _last(address, "theme")
    stale = _number(address, "stale", 0, 0, 100_000)
    return Asked(
        tuple(dict.fromkeys(name for name in names if name)),
        round(_number(address, "rotate", ROTATE_S, 5, 3600)),
        _number(address, "distance", DISTANCE_M, 0.5, 30),
        _number(address, "screen", SCREEN_IN, 5, 200),
        theme if theme in ("light", "dark") else "",
        round(_number(address, "refresh", REFRESH_S, 2, 600)),
        round(stale * 60) or None,
        choice.filters,
        ignored,
        _last(address, "qr") != "0",
    )


def query(board_ids: Sequence[str], lang: str, filters: Sequence[Filter] = (), **options: object) -> str:
    """The query of a screen's address; `options` that are None or as by default are left out."""
    defaults = {"rotate": ROTATE_S, "distance": DISTANCE_M, "screen": SCREEN_IN}
    kept = {name: value for name, value in options.items() if value not in (None, "") and value != defaults.get(name)}
    limits = [(_FILTERS[one.dimension], code(value)) for one in filters for value in one.values]
    pairs = [
        ("board", ",".join(board_ids)),
        *limits,
        *((n, f"{v:g}" if isinstance(v, float) else str(v)) for n, v in kept.items()),
    ]
    return urlencode([*pairs, ("lang", lang)], safe=",")


def _last(address: Mapping[str, Sequence[str]], name: str) -> str:
    values = address.get(name, ())
    return values[-1] if values else ""


def _number(address: Mapping[str, Sequence[str]], name: str, default: float, low: float, high: float) -> float:
    try:
        number = float(_last(address, name))
    except ValueError:
        return default
    return min(max(number, low), high) if number == number else default
