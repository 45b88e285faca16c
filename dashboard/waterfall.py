"""From the rows of a selection to those that a figure counts: how many are left out, by reason."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard import cache, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi.answer import Step
from kpi.definition import Kpi
from kpi.model import Figure, Status

COUNTED = "counted"


def steps(scope: Scope, kpi: Kpi, side: str | None = None) -> tuple[Step, ...]:
    """The reasons that leave out a row at least, then what is counted; none for a figure that has no such rows, or too
    few answers to say. A figure of several tables has those of each `side`."""
    query = scope.query(kpi.id)
    if cache.ask(query)[kpi.id].total.status is Status.SUPPRESSED:
        return ()
    found = cache.waterfall(query, kpi.id, side)
    return tuple(step for step in found if step.n or step.reason == COUNTED)


def html(found: Iterable[Step], figure: Figure | None = None) -> str:
    """The steps as a list that ends at the figure's n (or at the rows counted, without one), each with a bar of its
    share of the rows; "" when there are none."""
    counts = {step.reason: step.n for step in found}
    if not counts:
        return ""
    whole, counted = sum(counts.values()), counts.pop(COUNTED)
    left, lines = whole, [_line("all", _("Rows of the selection"), whole, _bar(0, whole, whole))]
    for name, n in counts.items():
        left -= n
        lines.append(_line("out", reason(name), -n, _bar(left, n, whole)))
    lines.append(_line("in", _("Rows counted"), counted, _bar(0, counted, whole)))
    if figure is not None and figure.n != counted and figure.status is not Status.NO_DATA:
        lines.append(_line("n", _("Cases they make (n)"), figure.n))
    return f'<ol class="v-steps">{"".join(lines)}</ol>'


def reason(name: str) -> str:
    """ "outside" -> "Outside the population"."""
    return words.value("left_out_because", name)


def choice(found: Iterable[Step], name: str) -> str:
    """A step as an option: "Spam (12)"."""
    n = next(step.n for step in found if step.reason == name)
    return f"{reason(name)} ({fmt.number(n, language())})"


def _line(kind: str, name: str, n: int, bar: str = "") -> str:
    count = ("−\u00a0" if n < 0 else "") + fmt.number(abs(n), language())
    return f'<li class="v-step-{kind}"><span>{words.html(name)}</span><s>{bar}</s><b>{words.html(count)}</b></li>'


def _bar(start: int, n: int, whole: int) -> str:
    """What stays stands at the left, so that each reason begins where what is left ends."""
    return f'<i style="margin-left:{100 * start / whole:.1f}%;width:{100 * n / whole:.1f}%"></i>' if whole else ""
