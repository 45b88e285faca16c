"""The sparkline of a card: an inline SVG that stretches to its box."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.theme import Theme

_PAD = 2.0


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
