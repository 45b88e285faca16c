"""What stands at the end of the bars of a flow: what comes in, what goes out, the net."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.charts._frame import Label, Line, end_label, shown
from dashboard.theme import Theme


def heights_of(line: Line) -> list[float]:
    return [shown(point) or 0.0 for point in line.points]


def flow_labels(
    up: Sequence[Line],
    colors: Sequence[str],
    resolved: Line,
    net: Sequence[float],
    net_label: str,
    theme: Theme,
) -> list[Label]:
    labels: list[Label] = []
    floor = 0.0
    for line, color in zip(up, colors, strict=False):
        height = heights_of(line)[-1] if line.points else 0.0
        labels.append(end_label(floor + height * 0.7, line.label, "", theme.ink, color))
        floor += height
    down = heights_of(resolved)[-1] if resolved.points else 0.0
    labels.append(end_label(-down * 0.7, resolved.label, "", theme.ink, theme.series))
    labels.append(end_label(net[-1] if net else 0.0, net_label, "", theme.ink, theme.ink_strong))
    return labels
