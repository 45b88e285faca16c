"""The targets changed on the page: add one, change one, end one; each is kept with who decided it and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

import streamlit as st

from dashboard import amounts, breakdown, cache, page, words
from dashboard import format as fmt
from dashboard.amounts import Unreadable
from dashboard.codes import codes
from dashboard.filters import NEWEST, OLDEST, Scope
from dashboard.i18n import _, language
from dashboard.sources import source
from data.settings import Decided, TargetRow
from kpi import catalog
from kpi.catalog import CATALOG
from kpi.definition import Kpi
from kpi.model import Better, Unit

ACTIONS = ("add", "change", "end")
ROLES = ("target", "norm", "benchmark", "tolerance")
SCOPES = ("channel", "team_id", "site", "organisation", "request_type", "priority")
_WITHOUT_ONE_VALUE = ("mix", "distribution", "ranking", "stock_distribution", "class_means", "growth")
"""Kinds of KPI that no single bound judges."""
_USUAL = {Better.LOWER: "<=", Better.HIGHER: ">=", Better.CONTEXT: "between"}
IN_HOURS = 172_800
"""Up to two days a promise is said in hours: "24 h"."""
_SAID = "targets-said"
_WHO = "targets-who"


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is typed, before it is read."""

    kpi: Kpi
    role: str
    op: str
    low: str
    high: str
    threshold: str
    scope_dim: str | None
    scope_value: str | None
    since: date
    until: date | None
    source: str
    who: str


@page.fragment
def draw(scope: Scope, decided: tuple[Decided, ...]) -> None:
    """The form. What it has done is said above it once, and the whole page follows."""
    # A fragment: typing redraws the form, not the page.
    action = breakdown.chosen("target-action", ACTIONS)
    note = _("A target of yours comes before the one that Vigie brings, from its first day on. Nothing is erased.")
    with page.panel(_("Set a target"), note, key="target-form"):
        said = st.session_state.pop(_SAID, None)
        if said:
            page.notice(words.html(said))
        if not cache.settings().lasting:
            page.notice(_("This folder cannot be written: what you change here is lost at the next start."), "warning")
        breakdown.choice("target-action", ACTIONS, _("What to do"), _action_name)
        if action == "add":
            _add(scope, decided)
        elif action == "change":
            _change(scope, decided)
        else:
            _end(scope, decided)


def _action_name(action: str) -> str:
    return {"add": _("Add"), "change": _("Change one"), "end": _("End one")}[action]


def said_of(target: TargetRow) -> str:
    """ "Answer rate ≥ 90 %, channel: E-mail": a target in one line."""
    kpi = CATALOG.get(target.kpi_id)
    name = words.short(kpi) if kpi else target.kpi_id
    where = scope_of(target)
    return f"{name} {bounds_of(target)}" + (f" · {where}" if where else "")


def bounds_of(target: TargetRow) -> str:
    """ "≥ 90 %", "≤ 30 s", "75 % – 85 %", with the time promised when there is one."""
    kpi = CATALOG.get(target.kpi_id)
    unit = kpi.unit if kpi else Unit.NUMBER
    low, high = ("" if bound is None else amounts.write(bound, unit) for bound in (target.value_low, target.value_high))
    text = {">=": f"≥ {low}", "<=": f"≤ {high}"}.get(target.op, f"{low} – {high}")
    if target.threshold_s is not None:
        time = fmt.duration(target.threshold_s, language(), days=target.threshold_s > IN_HOURS)
        text += " · " + _("within {time}").format(time=time)
    return text


def scope_of(target: TargetRow) -> str:
    """ "Channel: E-mail"; empty for the whole centre."""
    if target.scope_dim is None:
        return ""
    name = breakdown.name_of(target.scope_dim, target.scope_value)
    return _("{dimension}: {name}").format(dimension=words.dimension(target.scope_dim), name=name)


# Add, change, end


def _add(scope: Scope, decided: tuple[Decided, ...]) -> None:
    kpis = sorted(
        (kpi for kpi in CATALOG.values() if kpi.kind not in _WITHOUT_ONE_VALUE),
        key=lambda kpi: kpi.label(language()).casefold(),
    )
    names = {kpi.id: kpi.label(language()) for kpi in kpis}
    kpi_id = st.selectbox(_("KPI"), list(names), format_func=names.__getitem__, key=_key("kpi", "add"))
    kpi = catalog.get(kpi_id)
    op = _USUAL[kpi.better]
    start = TargetRow("", kpi_id, "target", None, None, op, None, None, None, "", scope.span.reached, None)
    draft = _fields(kpi, start, f"add-{kpi_id}")
    if st.button(_("Add this target"), type="primary", key=_key("save", "add")):
        _save(draft, None, decided)


def _change(scope: Scope, decided: tuple[Decided, ...]) -> None:
    one = _picked(scope, decided, "change")
    if one is None:
        return
    target = one.target
    if not one.own:
        page.notice(_("This one came with Vigie or an import: yours replaces it from its first day on."))
        target = replace(target, source="", valid_from=scope.span.reached)
    draft = _fields(catalog.get(target.kpi_id), target, f"change-{target.target_id}")
    if st.button(_("Save the change"), type="primary", key=_key("save", "change")):
        _save(draft, one.target.target_id if one.own else None, decided)


def _end(scope: Scope, decided: tuple[Decided, ...]) -> None:
    one = _picked(scope, decided, "end")
    if one is None:
        return
    left, right = st.columns(2)
    last = left.date_input(
        _("Last day"), scope.span.reached, min_value=one.target.valid_from, max_value=NEWEST,
        key=_key("last", one.target.target_id), format=_form(),
    )  # fmt: skip
    with right:
        who = _who("end")
    if not st.button(_("End this target"), type="primary", key=_key("save", "end")):
        return
    if not who.strip():
        page.notice(_nobody(), "warning")
        return
    assert isinstance(last, date)
    cache.settings().end_target(one.target.target_id, last, who)
    _done(_("Ended: {target}.").format(target=said_of(one.target)))


def _picked(scope: Scope, decided: tuple[Decided, ...], action: str) -> Decided | None:
    """The target to act on, among those that still hold, the centre's own first."""
    today = scope.span.reached
    holding = [
        one
        for one in decided
        if one.target.kpi_id in CATALOG and (one.target.valid_to is None or one.target.valid_to >= today)
    ]
    if not holding:
        page.notice(_("No target holds: add one."))
        return None
    by_id = {one.target.target_id: one for one in sorted(holding, key=lambda one: (not one.own, said_of(one.target)))}
    texts = {target_id: said_of(one.target) for target_id, one in by_id.items()}
    chosen = st.selectbox(
        _("Target"), list(by_id), format_func=lambda target_id: texts.get(target_id, ""), key=_key("which", action)
    )
    return by_id.get(chosen)


# The fields


def _fields(kpi: Kpi, start: TargetRow, name: str) -> _Draft:
    """Every part of a target, filled with those of `start`."""
    first, second, third = st.columns(3)
    ops = list(codes("op"))
    known = first.selectbox(
        _("Must be"), ops, ops.index(start.op), format_func=lambda one: codes("op")[one], key=_key("op", name)
    )
    op = str(known)
    with second:
        low = _bound(kpi, _("At least"), start.value_low, f"low-{name}") if op != "<=" else ""
        high = _bound(kpi, _("At most"), start.value_high, f"high-{name}") if op != ">=" else ""
    with third:
        threshold = ""
        if _promises(kpi):
            before = "" if start.threshold_s is None else amounts.write(start.threshold_s, Unit.SECONDS)
            threshold = st.text_input(_("Within"), before, key=_key("threshold", name), placeholder="30 s, 24 h")
    scope_dim, scope_value = _scope_fields(kpi, start, name)
    first, second, third = st.columns(3)
    since = first.date_input(
        _("First day"), start.valid_from, key=_key("since", name), format=_form(), min_value=OLDEST, max_value=NEWEST
    )
    until = second.date_input(
        _("Last day (optional)"),
        start.valid_to,
        key=_key("until", name),
        format=_form(),
        min_value=OLDEST,
        max_value=NEWEST,
    )
    role = third.selectbox(
        _("It is a"), ROLES, ROLES.index(start.role), format_func=lambda one: words.value("role", one).lower(),
        key=_key("role", name),
    )  # fmt: skip
    first, second = st.columns([2, 1])
    said = first.text_input(
        _("Source"), source(start.source), key=_key("source", name),
        placeholder=_("a decision, a contract, a survey"), max_chars=200,
    )  # fmt: skip
    with second:
        who = _who(name)
    assert isinstance(since, date) and not isinstance(until, tuple)
    return _Draft(kpi, role, op, low, high, threshold, scope_dim, scope_value, since, until, said, who)


def _bound(kpi: Kpi, label: str, before: float | None, name: str) -> str:
    text = "" if before is None else amounts.write(before, kpi.unit)
    return str(st.text_input(label, text, key=_key("bound", name), placeholder=amounts.example(kpi.unit)))


def _promises(kpi: Kpi) -> bool:
    """Whether its targets say within how long customers are served."""
    return kpi.id == "response_within_target_rate" or any(param.name == "threshold_s" for param in kpi.params)


def _scope_fields(kpi: Kpi, start: TargetRow, name: str) -> tuple[str | None, str | None]:
    dimensions = [dim for dim in SCOPES if dim in kpi.dimensions and cache.values(dim)]
    if not dimensions:
        return None, None
    first, second = st.columns([1, 2])
    offered = ["", *dimensions]
    before = offered.index(start.scope_dim) if start.scope_dim in offered else 0
    dimension = first.selectbox(
        _("Holds for"), offered, before, key=_key("dimension", name),
        format_func=lambda one: words.dimension(one) if one else _("The whole centre"),
    )  # fmt: skip
    if not dimension:
        return None, None
    values = [str(value) for value in cache.values(dimension)]
    known = values.index(start.scope_value) if start.scope_dim == dimension and start.scope_value in values else 0
    value = second.selectbox(
        words.dimension(dimension), values, known, key=_key(f"value-{dimension}", name),
        format_func=lambda one: breakdown.name_of(dimension, one),
    )  # fmt: skip
    return dimension, value


def _who(name: str) -> str:
    who = st.text_input(_("Your name"), st.session_state.get(_WHO, ""), key=_key("who", name), max_chars=80)
    return str(who)


def _form() -> str:
    return "DD/MM/YYYY" if language() == "fr" else "YYYY-MM-DD"


def _key(part: str, name: str) -> str:
    return f"target-{part}-{name}-{language()}"


# Reading it


def _save(draft: _Draft, target_id: str | None, decided: tuple[Decided, ...]) -> None:
    """Stores what is typed, or says what to correct."""
    wrong: list[str] = []
    low = _read(draft.low, draft.kpi.unit, draft.op != "<=", wrong)
    high = _read(draft.high, draft.kpi.unit, draft.op != ">=", wrong)
    threshold = _read(draft.threshold, Unit.SECONDS, _promises(draft.kpi), wrong)
    if low is not None and high is not None and low > high:
        wrong.append(_("The lower bound is above the upper one: exchange them."))
    if draft.until is not None and draft.until < draft.since:
        wrong.append(_("The last day is before the first: choose a later one, or leave it empty."))
    if not draft.source.strip():
        wrong.append(_("Say where it comes from: a decision, a contract, a survey."))
    if not draft.who.strip():
        wrong.append(_nobody())
    target = TargetRow(
        target_id or f"P-{uuid4().hex[:8]}", draft.kpi.id, draft.role, draft.scope_dim, draft.scope_value, draft.op,
        low, high, None if threshold is None else round(threshold), draft.source.strip(), draft.since, draft.until,
    )  # fmt: skip
    if not wrong and any(_collides(one, target) for one in decided):
        wrong.append(_("You already have a target for this KPI and scope in these dates: change it, or end it first."))
    if wrong:
        page.notice("<br>".join(words.html(text) for text in wrong), "warning")
        return
    cache.settings().put_target(target, draft.who)
    st.session_state[_WHO] = draft.who
    _done(_("Saved: {target}.").format(target=said_of(target)))


def _read(text: str, unit: Unit, needed: bool, wrong: list[str]) -> float | None:
    if not needed:
        return None
    try:
        return amounts.read(text, unit)
    except Unreadable as error:
        wrong.append(str(error))
        return None


def _nobody() -> str:
    return _("Write your name: it is kept beside the target.")


def _collides(one: Decided, target: TargetRow) -> bool:
    """Whether a person's other target of the same KPI, role and scope holds on a day of this one."""
    other = one.target
    same = (other.kpi_id, other.role, other.scope_dim, other.scope_value)
    if not one.own or other.target_id == target.target_id:
        return False
    if same != (target.kpi_id, target.role, target.scope_dim, target.scope_value):
        return False
    ends, other_ends = target.valid_to or date.max, other.valid_to or date.max
    return target.valid_from <= other_ends and other.valid_from <= ends


def _done(text: str) -> None:
    st.session_state[_SAID] = text
    st.rerun()
