"""Figures that have a row for each class: mixes, rankings, scores by dimension."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from tests.kpi.oracle.figures import Fields, Keys, Question, groups, in_period, selected
from tests.kpi.oracle.known import World

Classes = Callable[[pd.DataFrame], dict[Any, Fields]]
"""Rows of a group -> class -> fields, in the order of the answer."""


def by_class(
    rows: pd.DataFrame, question: Question, world: World, total: Callable[[pd.DataFrame], Fields], classes: Classes
) -> dict[Keys, Fields]:
    """The total under (), then the classes of each group under (*values of `by`, bucket, class)."""
    rows = in_period(selected(rows, question, world), question)
    answers: dict[Keys, Fields] = {(): total(rows)}
    split = bool(question.by or question.grain)
    for keys, group in groups(rows, question, world):
        if bool(keys) == split:
            answers |= {(*keys, name): fields for name, fields in classes(group).items()}
    return answers


def mix(rows: pd.DataFrame, question: Question, world: World, column: str) -> dict[Keys, Fields]:
    """Shares of the classes of a column, the biggest first; rows without a class are missing."""

    def total(rows: pd.DataFrame) -> Fields:
        sizes = _sizes(rows[column])
        n = sum(sizes.values())
        fields: Fields = {"value": 1.0 if n else None, "n": n, "n_missing": len(rows) - n}
        return fields | sizes if question.by or question.grain else fields

    def classes(rows: pd.DataFrame) -> dict[Any, Fields]:
        sizes = _sizes(rows[column])
        n, until = sum(sizes.values()), 0
        found: dict[Any, Fields] = {}
        for name, size in sizes.items():
            until += size
            found[name] = {"value": size / n, "n": size, "numerator": size, "denominator": n, "cumulative": until / n}
        return found

    return by_class(rows, question, world, total, classes)


def _sizes(column: pd.Series) -> dict[Any, int]:
    sizes = column.dropna().value_counts()
    return {name: int(sizes[name]) for name in sorted(sizes.index, key=lambda name: (-sizes[name], name))}
