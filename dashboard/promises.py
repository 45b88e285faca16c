"""The promise of each channel: within how long it answers, and how often it keeps its word."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import breakdown, cache, cards, page
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.charts import Reference
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi import catalog
from kpi.model import Answer, Figure, Target
from kpi.targets import meets, resolve

PROMISE = "response_within_target_rate"
_IN_HOURS = 172_800
"""Up to two days a promise is said in hours: "24 h"."""
_NAMED = 2
"""Channels named in the title before they are counted."""


def panel(board: Board) -> None:
    """The share of requests answered in time by channel, against its target."""
    scope = board.scope
    answer = cache.ask(scope.query(PROMISE, by=("channel",)))[PROMISE]
    promised = [(figure, target) for figure in answer.rows if figure.n and (target := _promise_of(scope, figure))]
    if not promised:
        _without_promise(answer)
        return
    breakdown.panel(
        scope,
        _promise_title([figure for figure, target in promised if _broken(figure, target)]),
        _("Requests answered within the time promised for their channel, calendar time"),
        kpi_id=PROMISE,
        dimension="channel",
        figures=[figure for figure, _target in promised],
        labels=[_promise_name(figure, target) for figure, target in promised],
        targets=_goals([target for _figure, target in promised]),
        key="first-response-promise",
    )


def _promise_of(scope: Scope, figure: Figure) -> Target | None:
    return resolve(scope.targets, PROMISE, scope.span.reached, {"channel": str(figure.keys[0])})


def _promise_name(figure: Figure, target: Target) -> str:
    """ "E-mail, within 24 h"."""
    channel = breakdown.name_of("channel", figure.keys[0])
    if target.threshold_s is None:
        return channel
    time = fmt.duration(target.threshold_s, language(), days=target.threshold_s > _IN_HOURS)
    return _("{channel}, within {time}").format(channel=channel, time=time)


def _goals(targets: Sequence[Target]) -> list[Reference]:
    """The lines of the targets: one when the channels share it."""
    by_goal = {target.value_low: target for target in targets if target.value_low is not None}
    unit = catalog.get(PROMISE).unit
    return [
        Reference(goal, _("target {value}").format(value=cards.target_text(target, unit)))
        for goal, target in by_goal.items()
    ]


def _broken(figure: Figure, target: Target) -> bool:
    value = page.shown(figure)
    return value is not None and not meets(value, target)


def _promise_title(broken: Sequence[Figure]) -> str:
    if not broken:
        return _("Every channel keeps its promise")
    if len(broken) > _NAMED:
        return _("{n} channels miss their promise").format(n=len(broken))
    names = ", ".join(breakdown.name_of("channel", figure.keys[0]) for figure in broken)
    return _("Promise missed: {names}").format(names=names)


def _without_promise(answer: Answer) -> None:
    text = _("No request of this selection came by a channel that has a promise.")
    if answer.needs:
        text = _("Targets by channel say within how long a response is promised: none is known yet.")
    page.panel(_("Within the promised time"), text, key="first-response-promise")
