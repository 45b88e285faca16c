"""The imports through time: the rows that they brought, refused, and took in with a doubt."""

from __future__ import annotations

from functools import partial

import pandas as pd

from dashboard import cache, charts, page
from dashboard import format as fmt
from dashboard.charts import Line
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from kpi.model import Figure, Grain, Status, Unit


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
                key=key,
                figure=charts.trend(lines, unit=Unit.COUNT, grain=grain, timezone=scope.timezone, **page.look()),
                table=partial(_past_table, rows, grain),
            )


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
