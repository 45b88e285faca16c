"""What the rows of a table, in French words, make together: the figure of the card above it."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from dashboard import xlsx
from dashboard.format import UNKNOWN
from kpi.model import Unit

ROUNDED = {Unit.RATIO: 0.0006, Unit.NPS: 1.0, Unit.NUMBER: 0.006, Unit.EUROS: 0.006}
"""How far the words of a figure are from it."""


def number(said: object) -> float:
    """A figure in words as a number; seconds of a duration."""
    if not isinstance(said, str) or said.isdigit():
        return float(said)  # type: ignore[arg-type]
    found = xlsx.amount(said, "fr")
    assert found is not None, said
    return found.value.total_seconds() if isinstance(found.value, timedelta) else float(found.value)  # type: ignore[arg-type]


def pooled(table: pd.DataFrame, name: str, kind: str) -> float | None:
    """What the rows of a table make together: the sum of counts, the last of a stock, the mean of rates by their n.
    None for what does not add up, and when some are too few to be shown."""
    if table.columns[0] == "Mesure":  # One KPI beside its neighbours.
        return None
    through_time = table.columns[0] == "Date"
    if kind == "stock" and through_time:
        return number(table[name].iloc[-1])
    if kind in ("count", "stock"):
        return sum(map(number, table[name]))
    n = f"{name}, n" if f"{name}, n" in table.columns else "n"
    if kind not in ("ratio", "mean", "nps") or n not in table.columns or UNKNOWN in set(table[name]):
        return None
    cases = [number(one) for one in table[n]]
    return sum(number(one) * each for one, each in zip(table[name], cases, strict=True)) / sum(cases)
