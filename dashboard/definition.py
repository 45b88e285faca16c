"""What stands behind a figure: its definition, what was counted and left out, its SQL, its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import cache, clicks, conventions, page, readable, reading, waterfall, why, words
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language
from dashboard.periods import to_local
from dashboard.sources import source
from kpi import catalog
from kpi.definition import Kpi, Minimum
from kpi.display import COMPARE_FROM, judged
from kpi.model import Answer, Figure, Filter, Query, Status, Target
from kpi.row_scans import DURATION

_PARTS = ("definition", "why", "conventions", "sql", "rows")
_MOST = 60
"""No figure needs more cases than this to be compared."""


def show(scope: Scope, kpi_id: str) -> None:
    """Opens the definition of a KPI as a drawer over the page. Call it once a run, from a button's click."""
    kpi = catalog.get(kpi_id)

    @st.dialog(words.plain(kpi.label(language())), width=620, position="right")
    def drawer() -> None:
        clicks.follow()
        _body(scope, kpi)

    drawer()


def show_rows(scope: Scope, kpi_id: str, within: Sequence[Filter], name: str) -> None:
    """Opens the rows behind one cell of a chart, which is `name`. Call it once a run, from a click."""
    drawer(kpi_id, name, lambda: rows_behind(scope, kpi_id, key="cell-", within=within))


def drawer(kpi_id: str, name: str, draw: Callable[[], None]) -> None:
    """A part of a KPI, which is `name`, over the page. Call it once a run, from a click."""

    @st.dialog(words.plain(f"{words.short(catalog.get(kpi_id))} · {name}"), width=620, position="right")
    def opened() -> None:
        page.guarded(draw)

    opened()


def rows_behind(
    scope: Scope,
    kpi_id: str,
    *,
    key: str = "",
    because: str = waterfall.COUNTED,
    within: Sequence[Filter] = (),
    side: str | None = None,
) -> None:
    """The rows that a figure counts, `within` further filters, those left out for one reason, or those of one of its
    sides, newest first; all of them in the downloads."""
    query = scope.query(kpi_id, filters=(*scope.choice.filters, *within))
    asked: dict[str, Any] = {"side": side}
    if because != waterfall.COUNTED:
        asked |= {"which": "left_out", "because": because}
    first = _("The {n} newest rows.").format(n=fmt.number(cache.ROWS_SHOWN, language()))
    rows_table(scope, query, kpi_id, lambda limit: cache.rows(query, kpi_id, limit, **asked), key=key, first=first)


def rows_table(
    scope: Scope,
    asked: Query,
    kpi_id: str,
    rows: Callable[[int | None], pd.DataFrame],
    *,
    key: str = "",
    first: str = "",
) -> None:
    """The rows of a question on a KPI: those that `rows` gives of at most so many, all (None) in the downloads. `first`
    says which they are when there may be more."""
    if cache.ask(asked)[kpi_id].total.status is Status.SUPPRESSED:
        st.caption(_("The rows are hidden: there are too few to stay anonymous."))
        return
    found = rows(cache.ROWS_SHOWN)
    if found.empty:
        st.caption(_("No row is counted in this selection."))
        return
    if first and len(found) >= cache.ROWS_SHOWN:
        st.caption(first)
    table = readable.styled(found, _titles(found), scope.zone)
    page.data_table(table, key=f"rows-{key}{kpi_id}", download=lambda: rows(None), height=420)
    st.caption(_("The CSV holds all the rows and columns as they are stored: their own names and codes, times in UTC."))


def _titles(rows: pd.DataFrame) -> dict[str, str]:
    """The columns that a reader is shown; how long a row took stands beside what names it."""
    titles = dict(readable.titles_of(rows.drop(columns="left_out_because", errors="ignore")))
    if DURATION not in titles:
        return titles
    name = next(iter(titles))
    return {name: titles.pop(name), DURATION: _("Duration")} | {k: v for k, v in titles.items() if k != DURATION}


def words_of(kpi: Kpi) -> str:
    """The definition in HTML: meaning, formula, population, what places it in time, limits, uncertainty."""
    lang = language()
    lines = (
        (_("Read as"), f"{words.unit(kpi.unit)}, {words.better(kpi.better)}"),
        (_("Formula"), kpi.text("formula", lang)),
        (_("Population"), kpi.text("population", lang)),
        (_("Placed in time by"), kpi.text("placed_by", lang)),
        (_("Limits"), kpi.text("edges", lang)),
        (_("Uncertainty"), kpi.text("uncertainty", lang)),
        (_("Minimum"), minimum(kpi)),
        (_("Breakdowns"), ", ".join(words.dimension(name) for name in kpi.dimensions)),
        (_("Exports it needs"), words.exports(kpi.needs)),
        (_("Sources"), "; ".join(kpi.sources)),
    )
    return f'<p class="v-meaning">{words.html(kpi.text("meaning", lang))}</p>{_pairs(lines)}'


def measured_by(kpi: Kpi, targets: Iterable[Target]) -> str:
    """The lines that the KPI is compared with, in HTML, each by its role and with its source."""
    lines = [(words.value("role", one.role), target_line(one, kpi)) for one in targets if one.kpi_id == kpi.id]
    title = words.html(_("Compared with"))
    return f"<h3>{title}</h3>{_pairs(lines)}" if lines else ""


def minimum(kpi: Kpi) -> str:
    """From how many cases the figure is shown, and compared."""
    if kpi.minimum is not None:
        return _own_minimum(kpi.minimum)
    statuses = [_status_of(kpi, n) for n in range(_MOST)]
    shown = next((n for n, status in enumerate(statuses) if status not in page.HIDDEN), 0)
    if not shown:
        return _("none: it counts everything there is")
    compared = statuses.index(Status.OK)
    text = _("shown from {shown} cases, compared from {compared}").format(shown=shown, compared=compared)
    if Status.SUPPRESSED in statuses:
        text += _("; fewer than {n} answers are not even counted").format(n=statuses.index(Status.INSUFFICIENT))
    return text


def _own_minimum(own: Minimum) -> str:
    shown = f"{own.cases} {own.named(language())}"
    if not own.compared:
        return _("shown and compared from {shown}").format(shown=shown)
    return _("shown from {shown}, compared from {compared} cases").format(shown=shown, compared=COMPARE_FROM)


def _status_of(kpi: Kpi, n: int) -> Status:
    figure = Figure(value=1.0, n=n, denominator=float(n))
    return judged(kpi, Query((kpi.id,)), figure, {})[0].status


def _body(scope: Scope, kpi: Kpi) -> None:
    names = {
        "definition": _("Definition"),
        "why": why.title(),
        "conventions": _("Conventions"),
        "sql": "SQL",
        "rows": _("Rows"),
    }
    available = _available(scope, kpi)
    part = st.segmented_control(
        _("Show"), available, default="definition", required=True, format_func=names.__getitem__,
        key=f"part-{kpi.id}", label_visibility="collapsed",
    )  # fmt: skip
    draw: dict[str, Callable[[], None]] = {
        "definition": lambda: _definition(scope, kpi),
        "why": lambda: why.panel(scope, kpi),
        "conventions": lambda: conventions.panel(scope, kpi),
        "sql": lambda: sql(scope, kpi),
        "rows": lambda: _rows(scope, kpi),
    }
    page.guarded(draw[part or "definition"])


def _available(scope: Scope, kpi: Kpi) -> tuple[str, ...]:
    """The parts that this selection has."""
    if scope.missing_dimension(kpi):
        return _PARTS[:1]
    held = {"why": why.offered(scope, kpi), "conventions": conventions.offered(kpi)}
    return tuple(part for part in _PARTS if held.get(part, True))


def _definition(scope: Scope, kpi: Kpi) -> None:
    st.html(f'<div class="v-definition">{words_of(kpi)}</div>')
    if scope.missing_dimension(kpi):
        return
    answer = cache.ask(scope.query(kpi.id))[kpi.id]
    title, counted = words.html(_("In this selection")), _pairs(_counts(kpi, answer, scope))
    steps = waterfall.html(waterfall.steps(scope, kpi), answer.total)
    if steps:
        steps = f"<h3>{words.html(_('From the rows to n'))}</h3>{steps}"
    for side, name in _sides(kpi).items():
        steps += f"<h3>{words.html(name)}</h3>{waterfall.html(waterfall.steps(scope, kpi, side))}"
    st.html(f'<div class="v-definition"><h3>{title}</h3>{counted}{steps}</div>')


def _rows(scope: Scope, kpi: Kpi) -> None:
    """The rows counted, or those left out for the reason chosen; of a figure of several tables, those of each."""
    steps = waterfall.steps(scope, kpi)
    sides = dict(list(_sides(kpi).items())[1:])
    names = {waterfall.COUNTED: _("Rows counted")} | sides
    names |= {step.reason: waterfall.choice(steps, step.reason) for step in steps}
    chosen = waterfall.COUNTED
    if len(names) > 1:
        chosen = st.selectbox(
            _("Rows"), list(names), format_func=names.__getitem__, key=f"reason-{kpi.id}", label_visibility="collapsed"
        )
    key = "drawer-" if chosen == waterfall.COUNTED else f"{chosen}-"
    if chosen in sides:
        rows_behind(scope, kpi.id, key=key, side=chosen)
    else:
        rows_behind(scope, kpi.id, key=key, because=chosen)


def _sides(kpi: Kpi) -> dict[str, str]:
    """What a figure of several tables reads, the rows that it counts first: name of the side -> in words."""
    own = {"backlog": catalog.get("ticket_backlog").label(language()), "resolved": _("Resolved")}
    own |= {name: _("Handling") for name, dataset in cache.sides(kpi.id).items() if dataset == "handled_contacts"}
    return {name: own.get(name) or _capital(words.export(dataset)) for name, dataset in cache.sides(kpi.id).items()}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _counts(kpi: Kpi, answer: Answer, scope: Scope) -> Iterable[tuple[str, str]]:
    lang, figure = language(), answer.total
    hidden = figure.status in page.HIDDEN
    yield _("Value"), fmt.text(page.shown(figure), kpi.unit, lang)
    if figure.ci and not hidden and any(bound is not None for bound in figure.ci):
        low, high = (fmt.text(bound, kpi.unit, lang) for bound in figure.ci)
        yield _("95% interval"), _("{low} to {high}").format(low=low, high=high)
    for name, count in _counted_items(figure, hidden):
        yield name, fmt.number(count, lang)
    targets = [target for target in scope.targets if target.kpi_id == kpi.id]
    for target in targets:
        yield words.value("role", target.role), target_line(target, kpi)
    if not targets:
        yield words.value("role", "target"), _("none set")
    yield _("Data as of"), words.moment(to_local(answer.as_of, scope.zone))


def _counted_items(figure: Figure, hidden: bool) -> Iterable[tuple[str, float]]:
    yield _("Counted"), figure.n
    if figure.numerator is not None and figure.denominator is not None and not hidden:
        yield _("Numerator"), figure.numerator
        yield _("Denominator"), figure.denominator
    yield _("Without the value"), figure.n_missing
    yield _("Invalid"), figure.n_invalid
    if figure.n_open is not None:
        yield _("Still open"), figure.n_open


def target_line(target: Target, kpi: Kpi) -> str:
    """ "≤ 4 h · E-mail · house default": what it asks, of whom, says who."""
    lang = language()
    bounds = (target.value_low, target.value_high)
    low, high = ("" if bound is None else reading.goal(bound, kpi.unit) for bound in bounds)
    span = {">=": f"≥ {low}", "<=": f"≤ {high}"}.get(target.op, f"{low} – {high}")
    if target.threshold_s is not None:
        span += " · " + _("within {time}").format(time=fmt.duration(target.threshold_s, lang))
    scope = ""
    if target.scope_dim:
        scope = f" · {words.dimension(target.scope_dim)} : {words.value(target.scope_dim, target.scope_value)}"
    return f"{span}{scope} · {source(target.source)}"


def sql(scope: Scope, kpi: Kpi) -> None:
    """The statement behind a figure."""
    st.caption(_("The question as the engine runs it, filters and period included."))
    st.code(cache.sql(scope.query(kpi.id), kpi.id), language="sql", wrap_lines=True)


def _pairs(lines: Iterable[tuple[str, str]]) -> str:
    kept = (f"<dt>{words.html(name)}</dt><dd>{words.html(text)}</dd>" for name, text in lines if text)
    return f"<dl>{''.join(kept)}</dl>"
