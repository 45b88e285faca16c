"""Contact legs, as parallel arrays that grow by parts and are written once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from data.sample.clock import NEVER, Ints
from data.sample.columns import MISSING
from data.schema import CHANNELS, EXCLUSIONS, OUTCOMES

CHANNEL = {name: code for code, name in enumerate(CHANNELS)}
OUTCOME = {name: code for code, name in enumerate(OUTCOMES)}
EXCLUSION = {name: code for code, name in enumerate(EXCLUSIONS)}
INBOUND, OUTBOUND = 0, 1
NO_SALE, SALE = 0, 1


@dataclass(slots=True)
class Legs:
    """Interactions. Codes are positions in the value lists of the schema and of `world`; MISSING is NULL."""

    offered: Ints
    channel: Ints
    team: Ints
    request: Ints
    answered: Ints
    ended: Ints
    outcome: Ints
    direction: Ints
    agent: Ints
    customer: Ints
    ticket: Ints
    parent: Ints
    """Position of the parent leg in the same arrays."""
    talk: Ints
    hold: Ints
    wrap: Ints
    converted: Ints
    repeat_reason: Ints
    exclusion: Ints

    @classmethod
    def of(cls, offered: Ints, **known: Ints) -> Self:
        """Legs with what is known; the rest is NULL, or has not happened."""
        count = len(offered)
        columns = {field.name: np.full(count, MISSING, dtype=np.int64) for field in fields(cls)}
        columns["answered"] = np.full(count, NEVER)
        columns["ended"] = np.full(count, NEVER)
        columns["direction"] = np.full(count, INBOUND, dtype=np.int64)
        return cls(**{**columns, **known, "offered": offered})

    def __len__(self) -> int:
        return len(self.offered)

    def take(self, which: Ints) -> Legs:
        """Some of the legs; their parents must not be among those left out."""
        return Legs(**{field.name: getattr(self, field.name)[which] for field in fields(self)})


def join(*parts: Legs) -> Legs:
    """All legs one after the other; parents in the first part keep their position."""
    return Legs(**{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Legs)})
