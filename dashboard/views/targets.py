"""Targets: which are met, which are in force and who set them, how to change them, and the published surveys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from dashboard import breakdown, cache, cards, events, page, reading, survey_2016, target_form, words
from dashboard import format as fmt
from dashboard.cards import Card
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.periods import to_local
from dashboard.sources import source
from data.settings import Decided, TargetRow
from kpi import catalog
from kpi.attainment import Verdict, verdict
from kpi.catalog import CATALOG
from kpi.display import COMPARE_FROM
from kpi.model import Figure, Status, Target
from kpi.targets import promised, state

ATTAINMENT = "target_attainment_rate"
_WORST_FIRST: tuple[Verdict, ...] = ("missed_clear", "missed_uncertain", "met_uncertain", "met_clear", "insufficient")
_STATES = ("act", "watch", "ok", "no_data")
_NAMED = 3
"""KPIs named in the sentence before they are counted."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A target and the figure it judges."""

    target: Target
    figure: Figure
    verdict: Verdict


def render(scope: Scope) -> None:
    card = _card(scope)
    lines = [] if scope.ahead else _lines(scope, card)
    decided = cache.settings().decided()
    page.header(_("Targets"), _lead(card, lines))
    _attained(scope, card, lines)
    _listed(scope, decided)
    target_form.draw(scope, decided)
    events.draw(scope)
    survey_2016.draw(scope)


# Where we are


def _card(scope: Scope) -> Card:
    """The share of targets met: no line through time, each of whose points would ask every KPI again."""
    kpi = catalog.get(ATTAINMENT)
    missing = scope.missing_dimension(kpi)
    if scope.ahead or missing is not None:
        return Card(kpi, None, missing=missing, ahead=scope.ahead)
    return Card(kpi, cache.ask(scope.query(ATTAINMENT))[ATTAINMENT])


def _lines(scope: Scope, card: Card) -> list[_Line]:
    """Every target in force that can be judged in this selection, the missed first; none of a KPI whose export was
    never imported."""
    by_id, tables = {target.target_id: target for target in scope.targets}, cache.engine().tables()
    rows = ((by_id[row.extra["target_id"]], row) for row in (card.answer.rows if card.answer else ()))
    lines = [_whole(target, row) for target, row in rows if tables.issuperset(CATALOG[target.kpi_id].needs)]
    judged = {line.target.target_id for line in lines}
    for target in promised(scope.targets, scope.span.reached):
        if target.target_id not in judged and target.scope_dim is not None:
            lines += _scoped(scope, target)
    return sorted(
        lines,
        key=lambda line: (_STATES.index(_state(line)), _WORST_FIRST.index(line.verdict), _name(line.target).casefold()),
    )


def _whole(target: Target, row: Figure) -> _Line:
    """A row of the attainment: it is the KPI's own figure with its verdict."""
    found: Verdict = row.extra["value"]
    status = Status.INSUFFICIENT if found == "insufficient" else Status.OK
    return _Line(target, row._replace(value=row.extra["figure"], status=status), found)


def _scoped(scope: Scope, target: Target) -> Iterable[_Line]:
    """The target of a channel, a team...: nothing when the selection does not hold it."""
    kpi = CATALOG.get(target.kpi_id)
    dimension = target.scope_dim
    if kpi is None or dimension not in kpi.dimensions or scope.missing_dimension(kpi) is not None:
        return
    asked = scope.query(kpi.id, by=(dimension,))
    if target.threshold_s is not None and any(param.name == "threshold_s" for param in kpi.params):
        asked = asked.with_(params=(("threshold_s", target.threshold_s),))
    for figure in cache.ask(asked)[kpi.id].rows:
        if str(figure.keys[0]) == target.scope_value and figure.n:
            yield _Line(target, figure, verdict(figure, target, COMPARE_FROM))


def _name(target: Target | TargetRow) -> str:
    kpi = CATALOG.get(target.kpi_id)
    return words.short(kpi) if kpi else target.kpi_id


def _lead(card: Card, lines: Sequence[_Line]) -> str:
    """How many of the targets are met, and which are clearly missed."""
    if not card.shown or not card.figure.n:
        return ""
    met, n = int(card.figure.numerator or 0), card.figure.n
    text = ngettext(
        "<b>{met}</b> target of the centre out of <b>{n}</b> is met",
        "<b>{met}</b> targets of the centre out of <b>{n}</b> are met",
        met,
    ).format(met=fmt.number(met, language()), n=fmt.number(n, language()))
    missed = [line.target for line in lines if line.verdict == "missed_clear"]
    whole = [words.html(_name(target)) for target in missed if target.scope_dim is None]
    if len(whole) > _NAMED:
        text += _("; {n} are clearly missed, {names}…").format(n=len(whole), names=", ".join(whole[:_NAMED]))
    elif whole:
        text += _("; clearly missed: {names}.").format(names=", ".join(whole))
    else:
        text += _("; none is clearly missed.")
    narrow = len(missed) - len(whole)
    if not narrow:
        return text
    return f"{text} " + ngettext(
        "<b>{n}</b> target of a channel or a team is clearly missed.",
        "<b>{n}</b> targets of a channel or a team are clearly missed.",
        narrow,
    ).format(n=narrow)


def _attained(scope: Scope, card: Card, lines: Sequence[_Line]) -> None:
    if scope.ahead:
        page.notice(_("This period is still to come: nothing can be judged yet."))
        return
    if card.missing:
        page.notice(
            _("With this filter by {dimension}, only the targets set by {dimension} are judged.").format(
                dimension=words.html(words.dimension(card.missing).lower())
            )
        )
    if not lines:
        page.notice(_("No target can be judged in this selection."))
        return
    note = _("{days} · clear: the whole interval is on one side of the target").format(days=words.days(scope.span))
    with page.panel(_title(lines), words.html(note), key="targets-attained"):
        st.html(_table(lines))
        page.csv_button(lambda: _frame(lines), key="targets-attained")


def _title(lines: Sequence[_Line]) -> str:
    missed = sum(line.verdict.startswith("missed") for line in lines)
    if not missed:
        return _("Every target that can be judged is met")
    return ngettext("{n} target is missed", "{n} targets are missed", missed).format(n=missed)


def _cells(line: _Line) -> tuple[str, str, str, str, str, str]:
    """KPI, scope, value, target, certainty, n in words."""
    kpi, target = catalog.get(line.target.kpi_id), line.target
    where = breakdown.name_of(target.scope_dim, target.scope_value) if target.scope_dim else _("the whole centre")
    certainty = {"clear": _("clear"), "uncertain": _("within chance")}.get(line.verdict.split("_")[-1])
    return (
        words.short(kpi),
        where,
        reading.value(line.figure, kpi.unit),
        _goal(target),
        certainty or _("too few cases"),
        reading.count(line.figure),
    )


def _goal(target: Target) -> str:
    unit = catalog.get(target.kpi_id).unit
    sign = {">=": "≥ ", "<=": "≤ "}.get(target.op, "")
    text = sign + cards.target_text(target, unit)
    if target.threshold_s is not None:
        time = fmt.duration(target.threshold_s, language(), days=target.threshold_s > target_form.IN_HOURS)
        text += " · " + _("within {time}").format(time=time)
    return text


def _heads() -> tuple[str, ...]:
    return (_("State"), _("KPI"), _("For"), _("Value"), _("Target"), _("Certainty"), "n")


def _state(line: _Line) -> str:
    if line.verdict == "insufficient":
        return "no_data"
    return state(catalog.get(line.target.kpi_id), line.figure, line.target)


def _table(lines: Sequence[_Line]) -> str:
    """The same as `_frame` in HTML, what a target is limited to under its KPI."""
    kept = [head for head in _heads() if head != _("For")]
    heads = "".join(f'<th scope="col">{words.html(head)}</th>' for head in kept)
    rows = "".join(_row(line) for line in lines)
    table = f'<table class="v-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div class="v-scroll" tabindex="0" role="region" aria-label="{words.html(_("Targets"))}">{table}</div>'


def _row(line: _Line) -> str:
    name = _state(line)
    mark = f'<td><span><i class="v-{name}"></i>{words.html(words.state(name))}</span></td>'
    kpi, where, *others = _cells(line)
    under = f"<small>{words.html(where)}</small>" if line.target.scope_dim else ""
    cells = "".join(f"<td>{words.html(text)}</td>" for text in others)
    return f'<tr>{mark}<th scope="row">{words.html(kpi)}{under}</th>{cells}</tr>'


def _frame(lines: Sequence[_Line]) -> pd.DataFrame:
    return pd.DataFrame([(words.state(_state(line)), *_cells(line)) for line in lines], columns=list(_heads()))


# The targets


def _listed(scope: Scope, decided: Sequence[Decided]) -> None:
    """Every line that figures are compared with, as it is written, with who wrote it."""
    in_use = {target.target_id: target for target in scope.targets}
    today = scope.span.reached
    rows = [
        {
            _("KPI"): _name(one.target),
            _("It is a"): words.value("role", one.target.role),
            _("Value"): target_form.bounds_of(one.target),
            _("For"): target_form.scope_of(one.target) or _("the whole centre"),
            _("First day"): _day(one.target.valid_from),
            _("Last day"): _day(one.target.valid_to),
            _("State"): _standing(one.target, in_use.get(one.target.target_id), today),
            _("Source"): source(one.target.source),
            _("Set by"): _author(one.author),
            _("On"): fmt.day(to_local(one.at, scope.zone), language(), year=True),
        }
        for one in sorted(decided, key=lambda one: (not one.own, _name(one.target).casefold(), one.target.role))
    ]
    own = sum(one.own for one in decided)
    note = ngettext("{n} set by this centre", "{n} set by this centre", own).format(n=own)
    page.panel(
        ngettext("{n} line to compare with", "{n} lines to compare with", len(rows)).format(n=len(rows)),
        note + " · " + _("a norm is called so only when one exists"),
        key="targets-listed",
        table=lambda: pd.DataFrame(rows),
    )


def _day(day: date | None) -> str:
    return fmt.day(day, language(), year=True) if day else fmt.UNKNOWN


def _standing(target: TargetRow, used: Target | None, today: date) -> str:
    """Whether it holds on the last day of the page, as it is used."""
    if target.valid_to is not None and target.valid_to < today:
        return _("Over")
    if target.valid_from > today:
        return _("To come")
    return _("In force") if used is not None and used.valid_from <= today else _("Replaced by yours")


def _author(author: str) -> str:
    return {"seed": _("Vigie"), "import": _("an import")}.get(author, author)
