"""A figure in words: its value, its interval and its n, each a dash when the reader may not see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dashboard import format as fmt
from dashboard import page
from dashboard.i18n import _, language
from kpi.model import Figure, Status, Unit


def value(figure: Figure, unit: Unit) -> str:
    """ "+25", or "–" when it is hidden."""
    return fmt.text(page.shown(figure), unit, language())


def goal(bound: float, unit: Unit) -> str:
    """A bound of a target; a round percentage without its decimals: "80 %", not "80,0 %"."""
    if unit is Unit.RATIO and abs(bound * 100 - round(bound * 100)) < 1e-9:
        return fmt.percent(bound, language(), 0)
    return fmt.text(bound, unit, language())


def interval(figure: Figure, unit: Unit) -> str:
    """ "+23 to +28"; "–" when it is unknown or the value hidden."""
    if page.shown(figure) is None or not figure.ci or None in figure.ci:
        return fmt.UNKNOWN
    low, high = (fmt.text(bound, unit, language()) for bound in figure.ci)
    return _("{low} to {high}").format(low=low, high=high)


def count(figure: Figure) -> str:
    """n; "–" when the figure is suppressed: a small n already says too much."""
    return fmt.UNKNOWN if figure.status is Status.SUPPRESSED else fmt.number(figure.n, language())


def side_by_side(parts: Sequence[Callable[[], None]]) -> None:
    """Panels in columns of equal width: those that have something to say."""
    if not parts:
        return
    for column, part in zip(page.split(*(1 for _part in parts)), parts, strict=True):
        with column:
            part()
