"""The systems whose files are recognised by themselves: one module each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.sources import Source
from data.sources.canonical import Canonical
from data.sources.looking import Look, look
from data.sources.shapes import Shape, Shaped

SHAPES: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file was recognised as, and why."""

    source: Source
    title: str
    why: str


def shape_of(seen: Look) -> Shape | None:
    """The shape of a file: of those that it fits, the one that asks for the most columns."""
    fitting = [shape for shape in SHAPES if shape.fits(seen)]
    return max(fitting, key=lambda shape: len(shape.signature), default=None)


def recognised(path: Path, db: Path, zone: str) -> Claim:
    """The source that reads a file; `zone` is that of times written without one. A file of no known shape is taken
    for a canonical one, which says what it lacks. Raises Unreadable."""
    seen = look(path)
    shape = shape_of(seen)
    if shape is None:
        return Claim(Canonical(), "Vigie", "its name or its columns are those of a table")
    why = f"it begins as {shape.first_line}" if shape.first_line else f"it has {', '.join(shape.signature)}"
    return Claim(Shaped(shape, seen, db, zone), shape.title, why)
