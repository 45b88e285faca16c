"""What comes next: volumes by channel and the backlog, computed when the reader opens the panel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from math import fsum

import pandas as pd
import streamlit as st

from dashboard import breakdown, cache, charts, clicks, noise, page, words
from dashboard import format as fmt
from dashboard.charts import Line
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi import catalog
from kpi.ahead import Outlook, Volume
from kpi.model import Figure, Grain, Status, Unit
from kpi.statistics.forecast import DRIFT, NAIVE
from kpi.statistics.intervals import Interval

BACKLOG = "ticket_backlog"
VOLUMES = ("tickets_created", "calls_offered")
_PAST_DAYS = 42
_WEEK = 7


@page.fragment
def panel(scope: Scope) -> None:
    """The next two weeks: closed, and nothing computed, until it is opened."""
    # A fragment: another choice redraws this panel, not the page.
    clicks.follow()
    box = st.expander(_("The next two weeks"), key="ahead", on_change="rerun", icon=":material/update:")
    if not box.open:
        return
    with box:
        offered = [kpi_id for kpi_id in (*VOLUMES, BACKLOG) if _possible(scope, kpi_id)]
        if not offered:
            st.caption(_("The filters in use leave nothing that can be forecast."))
            return
        breakdown.choice("ahead-what", offered, _("What"), lambda kpi_id: words.short(catalog.get(kpi_id)))
        what = breakdown.chosen("ahead-what", offered)
        if what == BACKLOG:
            _backlog(scope)
        else:
            _volumes(scope, what)


def _possible(scope: Scope, kpi_id: str) -> bool:
    kpi = catalog.get(kpi_id)
    return set(kpi.needs) <= cache.engine().tables() and scope.missing_dimension(kpi) is None


def _too_short() -> None:
    st.caption(_("A forecast asks eight whole weeks of data."))


# Volumes


def _volumes(scope: Scope, kpi_id: str) -> None:
    found = cache.volumes(scope, kpi_id)
    if not found:
        _too_short()
        return
    names = [_channel(one) for one in found]
    picked = st.selectbox(_("Channel"), names, key=f"ahead-channel-{kpi_id}-{language()}", width=260)
    one = found[names.index(picked)] if picked in names else found[0]
    st.html(f'<p class="v-fair">{words.html(_said_volume(one))}</p>')
    _chart(f"ahead-{kpi_id}", words.short(catalog.get(kpi_id)), one.days, one.counts, one.ahead_days, one.ahead,
           one.intervals)  # fmt: skip
    st.caption(accuracy(one))
    key = clicks.fresh(f"ahead-{kpi_id}")
    page.data_table(_volume_table(found), key=key, download=partial(_volume_table, found), chart=True)


def _channel(one: Volume) -> str:
    return _("All channels") if one.whole else words.value("channel", one.channel)


def _said_volume(one: Volume) -> str:
    """ "All channels: 676 expected from 22 to 28 Nov, against 694 over the last seven days." """
    lang = language()
    return _("{channel}: {n} expected, {days}, against {before} over the last seven days.").format(
        channel=_channel(one),
        n=fmt.number(round(fsum(one.ahead[:_WEEK])), lang),
        days=fmt.date_range(one.ahead_days[0], one.ahead_days[_WEEK - 1], lang),
        before=fmt.number(fsum(one.counts[-_WEEK:]), lang),
    )


def accuracy(one: Volume) -> str:
    """The method chosen, and how it did on the past beside the plain rule."""
    lang = language()
    method = {
        NAIVE: _("the same day of the week before"),
        DRIFT: _("the same day of the week before, with the trend"),
    }.get(one.chosen, _("smoothing with the shape of the week"))
    if one.mase is None or one.naive_mase is None:
        return _("Method: {method}. Band: 8 days in 10.").format(method=method)
    return _(
        "Method, chosen on what it would have said of the past: {method}. Its error (MASE) is {mase}, that of the same "
        "day of the week before {naive}. Band: 8 days in 10."
    ).format(method=method, mase=fmt.number(one.mase, lang, 2), naive=fmt.number(one.naive_mase, lang, 2))


def _volume_table(found: Sequence[Volume]) -> pd.DataFrame:
    lang = language()
    return pd.DataFrame(
        {
            _("Channel"): [_channel(one) for one in found],
            _("Last 7 days"): [fmt.number(fsum(one.counts[-_WEEK:]), lang) for one in found],
            _("Next 7 days"): [fmt.number(round(fsum(one.ahead[:_WEEK])), lang) for one in found],
            _("The 7 days after"): [fmt.number(round(fsum(one.ahead[_WEEK:])), lang) for one in found],
            _("Error (MASE)"): [fmt.number(one.mase, lang, 2) for one in found],
            _("Error of last week’s day"): [fmt.number(one.naive_mase, lang, 2) for one in found],
        }
    )


# The backlog


def _backlog(scope: Scope) -> None:
    percent = st.slider(
        _("Requests solved a day, beside the last four weeks"), -30, 50, 0, 5, format="%+d %%", key="ahead-capacity"
    )
    one = cache.outlook(scope, 1 + percent / 100)
    if one is None:
        _too_short()
        return
    st.html(f'<p class="v-fair">{words.html(said_backlog(one, percent))}</p>')
    _chart(f"ahead-{BACKLOG}", words.short(catalog.get(BACKLOG)), one.days, one.levels, one.ahead_days, one.ahead,
           one.intervals)  # fmt: skip
    st.caption(
        _("Arrivals are forecast, work goes on at the pace of each weekday. Band: 8 times in 10, from what would have "
          "been said each week of the last half-year.")
    )  # fmt: skip
    page.image_button(clicks.fresh(f"ahead-{BACKLOG}"))


def said_backlog(one: Outlook, percent: int) -> str:
    """ "At the present pace, the backlog goes from 200 to 320 by 5 Dec (8 in 10: 240 to 400)." """
    lang = language()
    low, high = one.intervals[-1]
    start = _("At the pace of the last four weeks")
    if percent:
        start = _("At {percent} of requests solved a day").format(percent=f"{fmt.signed(percent, lang)}{fmt.NBSP}%")
    return _("{start}, the backlog goes from {now} to {then} by {day} (8 times in 10, {low} to {high}).").format(
        start=start,
        now=fmt.number(one.levels[-1], lang),
        then=fmt.number(round(one.ahead[-1]), lang),
        day=fmt.day(one.ahead_days[-1], lang),
        low=fmt.number(round(low or 0), lang),
        high=fmt.number(round(high or 0), lang),
    )


# The chart


def _chart(
    key: str,
    name: str,
    days: Sequence[date],
    past: Sequence[float],
    ahead_days: Sequence[date],
    ahead: Sequence[float],
    intervals: Sequence[Interval],
) -> None:
    days, past = days[-_PAST_DAYS:], past[-_PAST_DAYS:]
    buckets = [*days, *ahead_days]
    told = [_figure(day, past[i] if i < len(past) else None) for i, day in enumerate(buckets)]
    coming = [_figure(day, None) for day in days] + [
        _figure(day, value, ci) for day, value, ci in zip(ahead_days, ahead, intervals, strict=True)
    ]
    figure = charts.trend(
        [Line(_("so far"), told), Line(_("expected"), coming, band=True)],
        unit=Unit.COUNT,
        grain=Grain.DAY,
        notes=noise.notes(buckets, Grain.DAY),
        clicked=True,
        **page.look(),
    )
    on_select = clicks.narrows_to(key, Grain.DAY, days)
    page.chart(figure, key=clicks.fresh(key), alt=name, on_select=on_select)


def _figure(day: date, value: float | None, ci: Interval | None = None) -> Figure:
    status = Status.NO_DATA if value is None else Status.OK
    return Figure((day,), value, round(value or 0), ci=ci, status=status)
