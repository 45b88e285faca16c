"""Data quality: what was imported and what became of each row, how far the data reach, what KPIs leave out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import pandas as pd

from dashboard import cache, charts, clicks, definition, importing_trend, page, words
from dashboard import format as fmt
from dashboard.charts import Group
from dashboard.doubts import said
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.periods import to_local
from dashboard.readable import Titles
from dashboard.reasons import reason
from kpi import catalog
from kpi.model import Figure, Status, Unit
from kpi.provenance import most_left_out, share_left_out

MAIN = (
    "tickets_created", "tickets_resolved", "frt_median", "resolution_time_median", "fcr_rate", "reopen_rate",
    "sla_first_response_rate", "sla_resolution_rate", "response_within_target_rate", "answer_rate", "service_level",
    "average_speed_of_answer", "average_handle_time", "transfer_rate", "repeat_contact_rate", "nps", "csat_rate",
    "ces_mean", "survey_response_rate", "verbatim_rate", "self_service_success_rate", "order_processing_time_median",
    "order_sla_rate", "otif_rate", "dispute_resolution_time_median", "dispute_causes", "customer_identification_rate",
    "handling_time_per_request", "call_conversion_rate",
)  # fmt: skip
_SHOWN_REJECTS = 200
_DRAWN = 12
"""Bars of the KPIs that leave out most."""
_NUMBERS = ("rows_read", "loaded", "updated", "unchanged", "rejected")


def render(scope: Scope) -> None:
    read, reach = cache.imported_files(), cache.reach()
    page.header(_("Data quality"), _lead(scope, read))
    _reach(scope, reach)
    page.section(_("Imports"))
    importing_trend.panels(scope)
    _files(scope, read)
    _rejects(scope, read)
    _doubts(scope)
    page.section(_("What KPIs leave out"))
    _left_out(scope)
    _waiting()


def _lead(scope: Scope, read: pd.DataFrame) -> str:
    """How far the data reach, and what became of the rows read."""
    lang = language()
    until = words.html(words.moment(to_local(scope.data_until, scope.zone)))
    text = _("The data reach <b>{moment}</b>.").format(moment=until)
    if read.empty:
        return text
    total = {name: int(read[name].sum()) for name in _NUMBERS}
    rows = _("<b>{read}</b> rows were read: {loaded} new, {updated} updated, {unchanged} already there").format(
        **{name: fmt.number(total[name], lang) for name in ("loaded", "updated", "unchanged")},
        read=fmt.number(total["rows_read"], lang),
    )
    refused = ngettext(", <b>{n}</b> rejected.", ", <b>{n}</b> rejected.", total["rejected"]).format(
        n=fmt.number(total["rejected"], lang)
    )
    return f"{text} {rows}{refused}"


# How far


def _reach(scope: Scope, reach: pd.DataFrame) -> None:
    """Each table, the one that reaches least far first, with the age of what is known."""
    if reach.empty:
        return
    now = datetime.now(UTC).replace(tzinfo=None)
    lang = language()
    table = pd.DataFrame(
        {
            _("Export"): [words.export(name) for name in reach["table_name"]],
            _("Rows"): [fmt.number(rows, lang) for rows in reach["rows"]],
            _("Data until"): [_moment(scope, when) for when in reach["data_until"]],
            _("Age"): [_age(now, when) for when in reach["data_until"]],
            _("Last import"): [_moment(scope, when) for when in reach["loaded_at"]],
        }
    )
    page.panel(
        _reach_title(reach),
        _("What each export says that it covers, local time · the one that reaches least far first"),
        key="quality-reach",
        table=lambda: table,
    )


def _reach_title(reach: pd.DataFrame) -> str:
    known = reach.dropna(subset="data_until")
    if len(known) < 2 or known["data_until"].nunique() == 1:
        return _("How far each export reaches")
    first, last = known["data_until"].iloc[0], known["data_until"].iloc[-1]
    name = words.export(known["table_name"].iloc[0])
    time = fmt.duration((last - first).total_seconds(), language())
    return _("The export that reaches least far: {name}, {time} behind").format(name=name, time=time)


def _moment(scope: Scope, when: pd.Timestamp) -> str:
    return fmt.UNKNOWN if pd.isna(when) else words.moment(to_local(when.to_pydatetime(), scope.zone))


def _age(now: datetime, when: pd.Timestamp) -> str:
    return fmt.age(None if pd.isna(when) else (now - when.to_pydatetime()).total_seconds(), language())


# Files and their rows


def _files(scope: Scope, read: pd.DataFrame) -> None:
    if read.empty:
        page.notice(_("No file was imported here: these data were made by the demo, or written by another tool."))
        return
    lost = int((~read["accounted"].astype(bool)).sum())
    title = ngettext("{n} file read, every row accounted for", "{n} files read, every row accounted for", len(read))
    if lost:
        title = ngettext("{n} file does not add up", "{n} files do not add up", lost)
    note = _("Rows read = new + updated + already there + rejected · the latest import first")
    with page.panel(title.format(n=fmt.number(lost or len(read), language())), note, key="quality-files"):
        importing_trend.files_table(scope, read, key="quality-files")


def _rejects(scope: Scope, read: pd.DataFrame) -> None:
    """The rows that were refused, with where they are and why; all of them in the file."""
    count = int(read["rejected"].sum()) if not read.empty else 0
    found = _in_words(cache.rejects(_SHOWN_REJECTS))
    if found.empty:
        if not read.empty:
            page.notice(_("No row was rejected."))
        return
    titles = {
        "file": _("File"), "line": _("Line in the file"), "column_name": _("Column"), "value": _("Value read"),
        "reason": _("Why, and what to write"), "loaded_at": _("Imported"),
    }  # fmt: skip
    note = _("Correct these lines in the file and import it again: only they will be new")
    if count > len(found):
        note += " · " + _("{shown} of {n} here, all in the file").format(
            shown=fmt.number(len(found), language()), n=fmt.number(count, language())
        )
    _table(
        scope,
        ngettext("{n} row rejected", "{n} rows rejected", count).format(n=fmt.number(count, language())),
        note,
        found,
        titles,
        key="quality-rejects",
        whole=lambda: _in_words(cache.rejects(None)),
    )


def _doubts(scope: Scope) -> None:
    """What looked odd in the rows that went in, the latest import first."""
    found = cache.import_warnings()
    if not found:
        return
    rows = pd.DataFrame(
        {
            "loaded_at": [one.loaded_at for one in found],
            "doubt": [said(one.kind, one.table, one.column, one.rows, one.example, one.expected) for one in found],
        }
    )
    titles = {"loaded_at": _("Imported"), "doubt": _("To check")}
    note = _("These rows went in; a KPI leaves out the values that contradict themselves")
    _table(scope, _("What looks odd"), note, rows, titles, key="quality-doubts")


def _in_words(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(reason=[reason(text) for text in rows["reason"]])


def _table(
    scope: Scope,
    title: str,
    note: str,
    rows: pd.DataFrame,
    titles: Titles,
    *,
    key: str,
    whole: Callable[[], pd.DataFrame] | None = None,
) -> None:
    with page.panel(title, note, key=key):
        importing_trend.titled_table(scope, rows, titles, key=key, whole=whole)


# What KPIs leave out


def _left_out(scope: Scope) -> None:
    """Of each main KPI, the values that are missing, invalid or still open in this selection."""
    if scope.ahead:
        page.notice(_("This period is still to come: nothing is known of it yet."))
        return
    asked = [kpi_id for kpi_id in MAIN if scope.missing_dimension(catalog.get(kpi_id)) is None]
    answers = cache.ask(scope.query(*asked)) if asked else {}
    figures = {kpi_id: answer.total for kpi_id, answer in answers.items() if not answer.needs}
    order = most_left_out(figures)
    if not order:
        page.notice(_("Nothing is counted in this selection: widen the period or remove a filter."))
        return
    worst = [kpi_id for kpi_id in order if share_left_out(figures[kpi_id])][:_DRAWN]
    bars = [Group(words.short(catalog.get(kpi_id)), _as_share(figures[kpi_id])) for kpi_id in worst]
    page.panel(
        _left_out_title(worst, figures),
        _("Share of the values that are missing or invalid, {days}").format(days=words.html(words.days(scope.span))),
        key=clicks.fresh("quality-left-out"),
        on_select=clicks.opens("quality-left-out"),
        figure=charts.bars(bars, unit=Unit.RATIO, whiskers=False, order="given", **page.look()) if bars else None,
        table=partial(_left_out_table, order, figures),
    )
    if (at := clicks.position("quality-left-out")) is not None:
        definition.show(scope, worst[at])


def _as_share(figure: Figure) -> Figure:
    return Figure(value=share_left_out(figure), n=figure.n_missing + figure.n_invalid, status=Status.OK)


def _left_out_title(worst: Sequence[str], figures: Mapping[str, Figure]) -> str:
    if not worst:
        return _("No value is missing or invalid")
    share = fmt.percent(share_left_out(figures[worst[0]]), language())
    return _("{kpi} leaves out {share} of its values").format(kpi=words.short(catalog.get(worst[0])), share=share)


def _left_out_table(order: Sequence[str], figures: Mapping[str, Figure]) -> pd.DataFrame:
    lang, found = language(), [figures[kpi_id] for kpi_id in order]
    return pd.DataFrame(
        {
            _("KPI"): [words.short(catalog.get(kpi_id)) for kpi_id in order],
            _("Counted"): [fmt.number(figure.n, lang) for figure in found],
            _("Without the value"): [fmt.number(figure.n_missing, lang) for figure in found],
            _("Invalid"): [fmt.number(figure.n_invalid, lang) for figure in found],
            _("Still open"): [fmt.number(figure.n_open, lang) for figure in found],
            _("Share left out"): [fmt.percent(share_left_out(figure), lang) for figure in found],
        }
    )


def _waiting() -> None:
    """The exports that were never imported, and the KPIs that each would bring."""
    waiting = cache.waiting()
    if not waiting:
        page.notice(_("Every KPI of the catalogue has the exports it needs."))
        return
    count = sum(map(len, waiting.values()))
    rows = [
        {
            _("Export to import"): words.exports(tables),
            _("KPIs"): len(kpis),
            _("What it brings"): ", ".join(words.short(catalog.get(kpi_id)) for kpi_id in kpis),
        }
        for tables, kpis in waiting.items()
    ]
    page.panel(
        ngettext("{n} KPI waits for an export", "{n} KPIs wait for an export", count).format(n=count),
        _("Import the export, and they fill by themselves"),
        key="quality-waiting",
        table=lambda: pd.DataFrame(rows),
    )
