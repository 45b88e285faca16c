"""Comments beside scores: the latest of them, as they were written, never with who served the customer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import breakdown, cache, page, words
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.filters import Scope
from dashboard.i18n import _, language
from dashboard.periods import to_local
from dashboard.theme import NPS_CLASSES, color_of
from kpi.model import Status

FIRST = 8
_ALL = "all"


@page.fragment
def listed(board: Board) -> None:
    """The latest comments in a panel, with a choice among promoters, passives and detractors."""
    scope = board.scope
    kpi_id = "nps" if board["nps"].figure.n else "csat_rate"
    if any(chosen.dimension == "agent_id" for chosen in scope.choice.filters):
        page.notice(_("Comments are never read by agent: remove the agent filter to see them."))
        return
    if not board[kpi_id].figure.n or board[kpi_id].figure.status is Status.SUPPRESSED:
        return
    options = [_ALL, *reversed(NPS_CLASSES)] if kpi_id == "nps" else [_ALL]
    kind = breakdown.chosen("comments_of", options)
    only, query = None if kind == _ALL else kind, scope.query(kpi_id)
    found = cache.comments(query, kpi_id, nps_class=only)
    with page.panel(
        _("What customers wrote"),
        _("The latest comments beside their score, as they were written; who served them is not shown"),
        key="comments",
        above=partial(breakdown.choice, "comments_of", options, _("Show"), _class_name) if len(options) > 1 else None,
    ):
        if found.empty:
            st.caption(_("No comment in this selection."))
            return
        more = st.session_state.get("comments_more", False)
        st.html(_list(found if more else found.head(FIRST), scope))
        with st.container(horizontal=True, key="tools-comments", gap="small"):
            if not more and len(found) > FIRST:
                st.button(
                    _("Show more"), key="comments-more", type="tertiary", icon=":material/expand_more:",
                    on_click=lambda: st.session_state.update(comments_more=True),
                )  # fmt: skip
            page.csv_button(lambda: _file(cache.comments(query, kpi_id, None, only), scope), key="comments")


def _class_name(kind: str) -> str:
    return _("All") if kind == _ALL else words.value("nps_class", kind)


def _list(found: pd.DataFrame, scope: Scope) -> str:
    rows = (dict(zip(found.columns, row, strict=True)) for row in found.itertuples(index=False))
    return f'<ul class="v-comments">{"".join(_comment(row, scope) for row in rows)}</ul>'


def _comment(row: Mapping[str, Any], scope: Scope) -> str:
    """One comment, literally."""
    kind = row["nps_class"]
    mark = color_of("nps_class", kind, page.theme()) if isinstance(kind, str) else "transparent"
    when = to_local(row["responded_at"].to_pydatetime(), scope.zone)
    day = fmt.day(when, language(), year=when.year != scope.span.reached.year)
    meta = [day, words.value("channel", row["channel"])] if isinstance(row["channel"], str) else [day]
    return (
        f'<li><b style="border-color:{mark}">{_score(row)}</b><p>{words.html(row["comment"])}</p>'
        f"<small>{words.html(' · '.join(meta))}</small></li>"
    )


def _score(row: Mapping[str, Any]) -> str:
    score, top = (fmt.number(row[name], language()) for name in ("score", "scale_max"))
    return f"{words.html(score)}<i>/{words.html(top)}</i>"


def _file(found: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    local = found["responded_at"].dt.tz_localize("UTC").dt.tz_convert(scope.timezone).dt.tz_localize(None)
    return pd.DataFrame(
        {
            _("Date"): local.dt.strftime("%Y-%m-%d %H:%M"),
            _("Score"): found["score"],
            _("Scale"): found["scale_min"].map("{:g}".format) + "–" + found["scale_max"].map("{:g}".format),
            _("Channel"): [
                words.value("channel", code if isinstance(code, str) else None) for code in found["channel"]
            ],
            _("Comment"): found["comment"],
        }
    )
