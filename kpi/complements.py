"""The other side of a figure: what did not happen, what is not over. Pure."""

from __future__ import annotations

from kpi.model import Figure


def complement(figure: Figure) -> Figure:
    """1 - the rate, over the same cases: its interval is mirrored, its status and counts are kept.

    Of a ratio only (numerator / denominator); of a figure without a value it is that figure.
    """
    if figure.value is None:
        return figure
    low, high = figure.ci or (None, None)
    return figure._replace(
        value=1 - figure.value,
        numerator=None
        if figure.numerator is None or figure.denominator is None
        else figure.denominator - figure.numerator,
        ci=None if figure.ci is None else (None if high is None else 1 - high, None if low is None else 1 - low),
    )


def share_open(figure: Figure) -> float | None:
    """The share of its cases that a figure knows to be still open (censored times); None without a case."""
    return None if not figure.n or figure.n_open is None else figure.n_open / figure.n
