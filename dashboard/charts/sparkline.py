"""The sparkline of a card: an inline SVG that stretches to its box."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.theme import Theme

_PAD = 2.0
_FINE = "vector-effect:non-scaling-stroke;stroke-width:max(1px,min(4vh,.4vw))"
_BOLD = "vector-effect:non-scaling-stroke;stroke-width:max(2px,min(9vh,.95vw))"
"""Hundredths of the picture itself: its box may be of any size."""
_DASHES = "8 6"


def sparkline_svg(
    values: Sequence[float | None],
    theme: Theme,
    *,
    color: str | None = None,
    width: int = 120,
    height: int = 32,
    stroke: float = 1.75,
) -> str:
    """`<svg>` of one polyline per unbroken run of values, None being a gap; hidden from screen readers, whose
    text is the card's. `color` None is the KPI's colour. Empty string when nothing can be drawn.

    The picture stretches with its box (set width and height in CSS); the stroke does not.
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    step = width / max(len(values) - 1, 1)

    def place(i: int, value: float) -> str:
        middle = 0.5 if high == low else (high - value) / span
        return f"{i * step:.1f},{_PAD + middle * (height - 2 * _PAD):.1f}"

    runs = _runs(values)
    lines = "".join(
        f'<polyline points="{" ".join(place(i, v) for i, v in _at_least_two(run, len(values)))}"/>' for run in runs
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true" focusable="false" '
        f'fill="none" stroke="{color or theme.series}" stroke-width="{stroke:g}" stroke-linejoin="round" '
        f'stroke-linecap="round">{lines}</svg>'
    ).replace("<polyline ", '<polyline vector-effect="non-scaling-stroke" ')


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for i, value in enumerate(values):
        if value is not None:
            runs[-1].append((i, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _at_least_two(run: list[tuple[int, float]], count: int) -> list[tuple[int, float]]:
    """A lone point is drawn twice: a round-capped dot."""
    return run if len(run) > 1 else [run[0], run[0]]


def mask_svg(values: Sequence[float], width: int, height: int, goal: float | None = None) -> str:
    """A line in black: the mask of a box that gives it its colour and its size; the stroke follows the box too.

    `goal` is a dashed line, where it lies within the values or near them.
    """
    low, high = min(values), max(values)
    span = (high - low) or abs(high) or 1.0
    line_at = goal if goal is not None and low - span <= goal <= high + span else None
    if line_at is not None:
        low, high = min(low, line_at), max(high, line_at)

    def y(value: float) -> str:
        return f"{_PAD + (high - value) / (high - low) * (height - 2 * _PAD) if high > low else height / 2:.1f}"

    step = width / max(len(values) - 1, 1)
    line = " ".join(f"{i * step:.1f},{y(value)}" for i, value in enumerate(values))
    dashes = ""
    if line_at is not None:
        dashes = f'<path d="M0 {y(line_at)}H{width}" style="{_FINE}" stroke-opacity=".6" stroke-dasharray="{_DASHES}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" preserveAspectRatio="none" '
        f'fill="none" stroke="#000" stroke-linejoin="round">{dashes}<polyline points="{line}" style="{_BOLD}"/></svg>'
    )
