"""The imports through time: the rows that they brought, refused, and took in with a doubt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import cache, charts, clicks, page, words
from dashboard import format as fmt
from dashboard.charts import Line
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.readable import Titles, readable, styled
from kpi.buckets import next_of, to_utc
from kpi.model import Figure, Grain, Period, Status, Unit


def panels(scope: Scope) -> None:
    """What came in, and beside it, at its own scale, what was refused or looked odd. Nothing for a single moment."""
    grain, rows = cache.past_imports(scope.timezone)
    if len(rows) < 2:
        return
    drawn = (
        (_past_title(rows), _("Rows new or updated by each import, {step}"), "quality-past", {"went_in": _("Went in")}),
        (
            _doubted_title(rows),
            _("Rows rejected, and rows that went in but look odd, {step}"),
            "quality-past-doubts",
            {"rejected": _("Rejected rows"), "to_check": _("To check")},
        ),
    )
    step = _steps()[grain]
    for column, (title, under, key, named) in zip(page.split(1, 1), drawn, strict=True):
        lines = [Line(label, _points(rows, name)) for name, label in named.items()]
        with column:
            page.panel(
                title,
                under.format(step=step),
                key=clicks.fresh(key),
                on_select=clicks.opens(key),
                figure=charts.trend(
                    lines, unit=Unit.COUNT, grain=grain, timezone=scope.timezone, clicked=True, **page.look()
                ),
                table=partial(_past_table, rows, grain),
            )
        if (at := clicks.place(key)) is not None:
            _opened(scope, grain, rows["bucket"][at])


def _opened(scope: Scope, grain: Grain, first: date) -> None:
    """The files that came in since a day, in one step of the line, as a drawer over the page."""
    within = Period(*(to_utc(day, scope.timezone) for day in (first, next_of(first, grain))))

    @st.dialog(f"{_('Imports')} · {fmt.bucket(first, grain, language())}", width=620, position="right")
    def drawer() -> None:
        page.guarded(lambda: files_table(scope, cache.imported_files(within), key="quality-past-files"))

    drawer()


def files_table(scope: Scope, files: pd.DataFrame, *, key: str) -> None:
    """What became of the rows of each file."""
    titles = {
        "loaded_at": _("Imported"), "file": _("File"), "table_name": _("Export"), "source": _("Source"),
        "rows_read": _("Rows read"), "loaded": _("New rows"), "updated": _("Updated"), "unchanged": _("Already there"),
        "rejected": _("Rejected rows"), "accounted": _("Adds up"),
    }  # fmt: skip
    named = files.assign(table_name=[words.export(name) for name in files["table_name"]])
    titled_table(scope, named, titles, key=key)


def titled_table(
    scope: Scope,
    rows: pd.DataFrame,
    titles: Titles,
    *,
    key: str,
    whole: Callable[[], pd.DataFrame] | None = None,
) -> None:
    """Rows under their titles, and their file: of all that `whole` gives when not all are here."""
    st.dataframe(styled(rows, titles, scope.zone), hide_index=True, key=f"table-{key}")
    page.csv_button(lambda: readable(whole() if whole else rows, titles, scope.zone), key=key)


def _steps() -> dict[Grain, str]:
    return {
        Grain.DAY: _("by day"),
        Grain.WEEK: _("by week"),
        Grain.MONTH: _("by month"),
        Grain.QUARTER: _("by quarter"),
        Grain.YEAR: _("by year"),
    }


def _points(rows: pd.DataFrame, name: str) -> list[Figure]:
    return [
        Figure(keys=(bucket,), value=float(value), n=int(read), status=Status.OK)
        for bucket, value, read in zip(rows["bucket"], rows[name], rows["rows_read"], strict=True)
    ]


def _past_title(rows: pd.DataFrame) -> str:
    count = int(rows["imports"].sum())
    return ngettext("What {n} import brought", "What {n} imports brought", count).format(
        n=fmt.number(count, language())
    )


def _doubted_title(rows: pd.DataFrame) -> str:
    rejected, doubted = int(rows["rejected"].sum()), int(rows["to_check"].sum())
    if not rejected and not doubted:
        return _("No row was rejected, none looks odd")
    share = fmt.percent(rejected / max(int(rows["rows_read"].sum()), 1), language())
    return _("{share} of the rows read were rejected").format(share=share)


def _past_table(rows: pd.DataFrame, grain: Grain) -> pd.DataFrame:
    lang = language()
    heads = {
        "imports": _("Imports"), "rows_read": _("Rows read"), "went_in": _("Went in"),
        "unchanged": _("Already there"), "rejected": _("Rejected rows"), "to_check": _("To check"),
    }  # fmt: skip
    days = [fmt.bucket(when, grain, lang) for when in rows["bucket"]]
    counted = {head: [fmt.number(n, lang) for n in rows[name]] for name, head in heads.items()}
    return pd.DataFrame({_("Date"): days, **counted}).iloc[::-1]
