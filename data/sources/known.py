"""The systems whose files are recognised by themselves: one module each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.sources import (
    Source,
    acd,
    aircall,
    amazon_connect,
    asterisk,
    event_log,
    freshdesk,
    genesys,
    intercom,
    jira,
    order_desk,
    salesforce,
    servicenow,
    surveys,
    team_time,
    zendesk,
)
from data.sources.canonical import Canonical, ours
from data.sources.dating import Order
from data.sources.looking import Look, look
from data.sources.mapped import Mapped
from data.sources.own_words import Words
from data.sources.saved import mapping_for, matching
from data.sources.shapes import Shape, Shaped

SHAPES: tuple[Shape, ...] = (
    *intercom.SHAPES,
    *freshdesk.SHAPES,
    *zendesk.SHAPES,
    *genesys.SHAPES,
    *amazon_connect.SHAPES,
    *aircall.SHAPES,
    *asterisk.SHAPES,
    *acd.SHAPES,
    *jira.SHAPES,
    *salesforce.SHAPES,
    *servicenow.SHAPES,
    *event_log.SHAPES,
    *surveys.SHAPES,
    *order_desk.SHAPES,
    *team_time.SHAPES,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file was recognised as, and why: a known system's shape, a saved mapping, or a canonical table."""

    source: Source
    title: str
    why: str
    shape: Shape | None = None
    mapping: Path | None = None


def shape_of(seen: Look) -> Shape | None:
    """The shape of a file: of those that it fits, the one that asks for the most columns."""
    fitting = [shape for shape in SHAPES if shape.fits(seen)]
    return max(fitting, key=lambda shape: len(shape.signature), default=None)


def recognised(path: Path, db: Path, zone: str, order: Order | None = None, words: Words | None = None) -> Claim:
    """The source that reads a file; `zone` is that of times written without one, `words` are the centre's when they are
    not those kept for its system, and `order` says how dates such as
    02/03/2026 begin where they do not prove it themselves. A file of no known shape is read with the mapping that was
    saved for its columns, else taken for a canonical one, which says what it lacks. Raises Unreadable."""
    seen = look(path)
    own = Claim(Canonical(), "Vigie", "its name or its columns are those of a table")
    if any(ours(cells) for _, cells in seen.rows[:1]):
        return own
    shape = shape_of(seen)
    if shape is not None:
        why = "its first line is written like one" if shape.first_line else f"it has {', '.join(shape.signature)}"
        return Claim(Shaped(shape, seen, db, zone, order, words), shape.title, why, shape)
    if saved := matching(db, seen):
        why = f"it has the columns for which the mapping {saved.stem} was made"
        return Claim(Mapped(mapping_for(saved, seen), db), saved.stem, why, mapping=saved)
    return own
