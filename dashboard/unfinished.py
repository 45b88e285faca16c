"""What has not ended counts too: the times of what is over beside those of all that was received, in one sentence."""

from __future__ import annotations

import streamlit as st

from dashboard import cache, page
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language
from kpi.complements import share_open
from kpi.model import Figure, Unit


def sentence(scope: Scope, median: str, p90: str, open_: str) -> None:
    """The median and the 90th percentile of the requests received in the period, by the KPIs of these names, with and
    without those that are not over. `open_` says how many are not ("{share} are still open"). Nothing when all are."""
    both = [cache.unfinished(scope.query(kpi_id), kpi_id) for kpi_id in (median, p90)]
    if None in both:
        return
    (half_over, half), (most_over, most) = (one for one in both if one is not None)
    still = share_open(half)
    if not still or page.shown(half) is None or page.shown(half_over) is None:
        return
    counted = _(
        "Counting them, half take up to <b>{half}</b> and nine in ten up to <b>{most}</b> (Kaplan-Meier, calendar "
        "time); without them, <b>{half_over}</b> and <b>{most_over}</b>."
    ).format(half=_time(half), most=_time(most), half_over=_time(half_over), most_over=_time(most_over))
    share = f"<b>{fmt.percent(still, language())}</b>"
    st.html(f'<p class="v-check"><span>{open_.format(share=share)} {counted}</span></p>')


def _time(figure: Figure) -> str:
    known = page.shown(figure)
    return _("more than is known yet") if known is None else fmt.text(known, Unit.SECONDS, language())
