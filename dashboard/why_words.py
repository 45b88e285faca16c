"""Why a figure moved, in one or two sentences that can be pasted into a mail. Plain text, never HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import fsum

from dashboard import cache, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi import catalog
from kpi.explaining import Explanation
from kpi.model import Unit
from kpi.statistics.comparison import Change
from kpi.statistics.movement import OTHERS, Part, Side

_WORTH = 0.1
"""Share of the change from which a cause is worth a sentence."""
_ENOUGH = 0.25
"""Share of the change from which a dimension is called its reason."""
_MOST_CAUSES = 2
_NEAR = 0.04
_WHOLE = 1.04


def said(found: Sequence[Explanation], change: Change, scope: Scope) -> list[str]:
    """What moved, then what moved it; at least one explanation."""
    best = found[0]
    if change.clear is False:
        return [moved(best, change, scope), _("This change is within what chance gives: it asks for no reason.")]
    causes = list(_causes(best)) if best.movement.explained >= _ENOUGH else []
    if not causes:
        spread = _("No group stands out in any of the breakdowns: the change is spread over all of them.")
        return [moved(best, change, scope), spread]
    return [moved(best, change, scope), *causes]


def moved(one: Explanation, change: Change, scope: Scope) -> str:
    """ "Service level: 74.1% against 78.4%, −4.3 pts (22 Oct – 20 Nov against 22 Sep – 21 Oct)." """
    assert scope.compared is not None
    kpi, lang = catalog.get(one.kpi_id), language()
    return _("{kpi}: {now} against {then}, {delta} ({period} against {before}).").format(
        kpi=words.short(kpi),
        now=fmt.text(one.after.value, kpi.unit, lang),
        then=fmt.text(one.before.value, kpi.unit, lang),
        delta=fmt.delta(change.delta, kpi.unit, lang, change.relative),
        period=words.days(scope.span),
        before=words.days(scope.compared),
    )


def names(one: Explanation, part: Part) -> str:
    """The group in words, its values joined when there are several."""
    if part.key == OTHERS:
        return _("Smaller groups")
    pairs = zip(one.dimensions, part.key, strict=True)
    values = (words.value(name, value, cache.labels(name)) for name, value in pairs)
    return " · ".join(values)


def cases(one: Explanation) -> tuple[list[Side], list[Side]]:
    """The groups before, then after."""
    parts = one.movement.parts
    return [part.before for part in parts], [part.after for part in parts]


def by_words(dimensions: Sequence[str]) -> str:
    """ "channel and team", inside a sentence."""
    return _(" and ").join(words.dimension(name).lower() for name in dimensions)


def share(fraction: float) -> str:
    """A share of the change as people say it: "three quarters", "62%"."""
    if fraction > _WHOLE:
        return _("more than the whole")
    if fraction > 1 - 2 * _NEAR:
        return _("nearly the whole")
    known = (
        (3 / 4, _("three quarters")),
        (2 / 3, _("two thirds")),
        (1 / 2, _("half")),
        (1 / 3, _("a third")),
        (1 / 4, _("a quarter")),
    )
    return next((text for value, text in known if abs(fraction - value) <= _NEAR), fmt.percent(fraction, language(), 0))


def _causes(one: Explanation) -> Iterator[str]:
    change = one.movement.change
    if one.movement.mix_telling and one.movement.mix / change >= _WORTH:
        yield _mix(one)
    for part in one.movement.told[:_MOST_CAUSES]:
        if part.rate / change >= _WORTH:
            yield _rate(one, part)


def _of_the_change(one: Explanation, effect: float) -> str:
    """ "three quarters of this fall"."""
    text = _("{part} of this rise") if one.movement.change > 0 else _("{part} of this fall")
    return text.format(part=share(effect / one.movement.change))


def _mix(one: Explanation) -> str:
    """The two groups whose share weighs most."""
    n0, n1 = (fsum(side.n for side in sides) for sides in cases(one))
    named = [part for part in one.movement.parts if part.key != OTHERS] or list(one.movement.parts)
    first = sorted(named, key=lambda part: -abs(part.mix))[:2]
    shares = [
        _("{name} {now} of the cases against {then}").format(
            name=names(one, part),
            now=fmt.percent(part.after.n / n1, language(), 0),
            then=fmt.percent(part.before.n / n0, language(), 0),
        )
        for part in first
    ]
    return _("The mix by {dimension} makes {part}: {shares}.").format(
        dimension=by_words(one.dimensions), part=_of_the_change(one, one.movement.mix), shares=", ".join(shares)
    )


def _rate(one: Explanation, part: Part) -> str:
    kpi, lang = catalog.get(one.kpi_id), language()
    unit = Unit.COUNT if one.counted else kpi.unit
    now, then = ((side.n if one.counted else side.value) for side in (part.after, part.before))
    return _("{name} ({dimension}): {now} against {then}, which makes {part}.").format(
        name=names(one, part),
        dimension=by_words(one.dimensions),
        now=fmt.text(now, unit, lang),
        then=fmt.text(then, unit, lang),
        part=_of_the_change(one, part.rate),
    )
