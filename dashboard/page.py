"""The parts every page is made of. A view is one function that calls them from top to bottom:

    def render(scope: Scope) -> None:
        board = cards.load(scope, ["frt_median", "frt_p90"])
        page.header(_("First response"), lead=_("Half of the customers wait less than <b>{x}</b>.").format(x=...))
        page.section(_("Performance"))
        cards.row(board, ["frt_median", "frt_p90"])
        left, right = page.split(2, 1)
        with left:
            page.panel(
                _("Evenings are slow"),
                _("Median by hour, {clock}").format(clock=...),
                figure=charts.line(...),
                table=lambda: frame,
                key="frt_by_hour",
            )

Texts are HTML: pass everything that comes from data or the address through `words.html`.
"""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache as once
from functools import partial, wraps
from itertools import count
from pathlib import Path
from typing import Any, Literal, ParamSpec

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler
from plotly.graph_objects import Figure as Chart
from streamlit.delta_generator import DeltaGenerator

from dashboard import charts, words, xlsx
from dashboard import format as fmt
from dashboard.filters import Scope
from dashboard.i18n import _, language, spoken
from dashboard.periods import to_local
from dashboard.shell import WIDTH
from dashboard.theme import DARK, LIGHT, THEMES, Theme
from kpi import catalog
from kpi.definition import Lang
from kpi.model import Figure, Status

P = ParamSpec("P")
log = logging.getLogger("vigie.dashboard")
Table = Callable[[], pd.DataFrame]
"""A table to come: made when it is opened or downloaded."""
_TOKENS = (
    "page", "surface", "tint", "hairline", "ink_strong", "ink", "ink_soft", "ink_faint",
    "series", "partner", "previous", "ok", "watch", "act", "no_data",
)  # fmt: skip
_failures = count()
"""Two parts that fail must not share a key."""
HIDDEN = (Status.NO_DATA, Status.SUPPRESSED, Status.INSUFFICIENT)
"""Statuses whose value is not shown (rule G16)."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_SIGNED = re.compile(r"[+-]\d+")


# What a view calls


def header(title: str, lead: str = "") -> None:
    """The page's title and the one sentence that answers its question; `<b>` marks the figures."""
    sentence = f'<p class="v-lead">{lead}</p>' if lead else ""
    st.html(f'<header class="v-header"><h1>{words.html(title)}</h1>{sentence}</header>')


def section(title: str) -> None:
    """A quiet title above a row of cards."""
    st.html(f'<h2 class="v-section">{words.html(title)}</h2>')


def split(*weights: int) -> list[DeltaGenerator]:
    """Columns side by side, one under the other on a phone."""
    return st.columns(list(weights), gap="small")


def tiles(key: str, across: Literal[3, 4]) -> DeltaGenerator:
    """A box whose parts stand side by side, at most `across` in a row; the stylesheet says how wide at least."""
    # Streamlit's own grid measures its cells in JavaScript.
    return st.container(key=f"tiles{across}-{key}")


def panel(
    title: str,
    subtitle: str = "",
    *,
    key: str,
    figure: Chart | None = None,
    table: Table | None = None,
    columns: Mapping[str, Any] | None = None,
    on_select: Callable[[], None] | None = None,
    alt: str = "",
    above: Callable[[], object] | None = None,
    config: Mapping[str, Any] = charts.CONFIG,
) -> DeltaGenerator:
    """A white panel: a title that says what it shows, a subtitle (KPI, unit, clock), then a chart.

    With a chart, `table` waits behind a "Data" button and is made when it is asked; without one it is the panel's
    content. `columns` is Streamlit's `column_config`. `above` draws what stands between the head and the chart (a
    choice of dimension), `config` is Plotly's. Returns the panel, to add to it.
    """
    box = st.container(key=f"panel-{key}", height="stretch", gap="xsmall")
    with box:
        under = f"<p>{subtitle}</p>" if subtitle else ""
        st.html(f'<div class="v-panel-head"><h3>{words.html(title)}</h3>{under}</div>')
        if above is not None:
            above()
        if figure is not None:
            chart(figure, key=key, alt=alt or title, on_select=on_select, config=config)
            if table is not None:
                tools(key, table, table, columns, chart=True)
        elif table is not None:
            data_table(table(), key=key, columns=columns, download=table)
    return box


def chart(
    figure: Chart,
    *,
    key: str,
    alt: str,
    on_select: Callable[[], None] | None = None,
    config: Mapping[str, Any] = charts.CONFIG,
) -> None:
    """A chart without a panel of its own."""
    if on_select:  # What Streamlit would set after a first drawing.
        figure.layout.update(clickmode="event+select", dragmode="pan")
    st.plotly_chart(
        figure, key=f"chart-{key}", theme=None, config=dict(config), on_select=on_select or "ignore", alt=alt
    )


def data_table(
    table: pd.DataFrame | Styler,
    *,
    key: str,
    download: Table,
    columns: Mapping[str, Any] | None = None,
    height: int | None = None,
    chart: bool = False,
) -> None:
    """A table with its CSV and XLSX, which `download` makes, and with the image of the `chart` of the same key.
    Imported text is shown literally."""
    options: dict[str, Any] = {"height": height} if height else {}
    st.dataframe(table, hide_index=True, column_config=columns, key=f"table-{key}", placeholder=fmt.UNKNOWN, **options)
    csv_button(download, key=key, chart=chart)


def csv_button(source: Table, *, key: str, chart: bool = False) -> None:
    """The downloads of a table, as CSV and as XLSX; each is made only when asked, in the language in use now. With a
    `chart` of the same key, its image too: the browser makes it, in the colours of the screen."""
    lang = language()
    kinds = {
        "csv": ("text/csv", csv_bytes),
        "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx_bytes),
    }
    with st.container(horizontal=True, key=f"files-{key}", gap="small", width="content"):
        for kind, (mime, write) in kinds.items():
            st.download_button(
                kind.upper(),
                partial(_file, source, write, lang),
                file_name=f"vigie-{key}.{kind}",
                mime=mime,
                key=f"{kind}-{key}",
                type="tertiary",
                icon=":material/download:",
                on_click="ignore",
            )
        if chart:
            image_button(key)


def image_button(key: str) -> None:
    """Keeps the chart of this key as an image, which the browser makes in the colours of the screen."""
    image = words.html(_("The chart as an image"))
    st.html(f'<button type="button" class="v-png" data-png="{key}" title="{image}"><i></i>PNG</button>')


def notice(text: str, kind: str = "info") -> None:
    """One calm line of HTML: `kind` is info or warning."""
    st.html(f'<div class="v-notice v-{kind}" role="status">{text}</div>')


def ignored(names: Sequence[str]) -> None:
    """Which parameters of the address were set aside; nothing when none was."""
    if names:
        text = _("Part of this address is out of date and was ignored: {names}.")
        notice(text.format(names=words.html(", ".join(names))), "warning")


def empty(title: str, text: str = "", *, key: str = "nothing") -> DeltaGenerator:
    """What is empty, why, and what to do, in the middle of the page. Returns the box, to add a button to it."""
    box = st.container(key=f"empty-{key}", horizontal_alignment="center")
    box.html(f'<div class="v-empty"><i></i><h3>{words.html(title)}</h3><p>{text}</p></div>')
    return box


def link(view: str, label: str, icon: str = ":material/arrow_forward:") -> None:
    """A link to another page that keeps the filters."""
    pages, address = st.session_state.get("pages", ({}, {}))
    if view in pages:
        st.page_link(pages[view], label=label, query_params=address, icon=icon)


def series_table(series: Mapping[str, Sequence[Figure]]) -> pd.DataFrame:
    """KPI -> its series, as the table under their chart: a row a bucket, value and n of each KPI."""
    lang, table = language(), dict[str, list[Any]]()
    for kpi_id, figures in series.items():
        kpi = catalog.get(kpi_id)
        name = words.short(kpi)
        table.setdefault(_("Date"), [str(figure.keys[-1]) for figure in figures])
        table[name] = [fmt.text(shown(figure), kpi.unit, lang) for figure in figures]
        table[f"{name}, n"] = [figure.n for figure in figures]
    return pd.DataFrame(table)


def shown(figure: Figure) -> float | None:
    """The value that may be shown: None when there is none, too few cases, or too few to stay anonymous."""
    return None if figure.status in HIDDEN else figure.value


def busy(points: Sequence[Figure]) -> list[Figure]:
    """The buckets with enough cases to show: closed days need no place on an axis of durations."""
    return [point for point in points if point.status not in HIDDEN]


def look(narrow: bool = False) -> dict[str, Any]:
    """What every chart builder asks of the reader's screen: `charts.trend(..., **page.look())`; `narrow` in a column
    of a third."""
    return {"theme": theme(), "lang": language(), "compact": narrow or _narrow_window()}


def _narrow_window() -> bool:
    return st.context.cookies.get(WIDTH) == "narrow"


def theme() -> Theme:
    """The theme in use, for charts."""
    return THEMES[st.context.theme.type or "light"]


# What the frame calls


def style() -> None:
    """The stylesheet and the colour tokens, once a run."""
    st.html(f"<style>{_stylesheet()}:root{{color-scheme:{theme().name}}}</style>")


@once
def _stylesheet() -> str:
    tokens = "".join(
        f"--{name.replace('_', '-')}:light-dark({getattr(LIGHT, name)},{getattr(DARK, name)});" for name in _TOKENS
    )
    return f":root{{{tokens}}}" + Path(__file__).with_name("style.css").read_text("utf-8")


def remember(pages: Mapping[str, st.Page], address: Mapping[str, list[str]]) -> None:
    """The pages by view and the address parameters, for `link`."""
    st.session_state["pages"] = (pages, address)


def guarded(render: Callable[[], None], part: str = "") -> None:
    """Runs a view, or a `part` of one; whatever goes wrong is logged, and the page says so calmly."""
    try:
        render()
    except Exception:
        log.exception("%s could not be drawn", part or "A page")
        empty(
            _("This part of the page could not be drawn") if part else _("This page could not be drawn"),
            _("The cause is in the server's log. The other pages are not affected; a narrower period may help."),
            key=f"error-{next(_failures)}" if part else "error",
        )


def fragment(draw: Callable[P, None]) -> Callable[P, None]:
    """A part of a page that reruns alone, as `st.fragment`; what goes wrong in it is said in its place."""

    @st.fragment
    @wraps(draw)
    def part(*args: P.args, **kwargs: P.kwargs) -> None:
        guarded(lambda: draw(*args, **kwargs), part=f"{draw.__module__}.{draw.__name__}")

    return part


def footer(scope: Scope, now: datetime | None = None) -> None:
    """How far the data reach, in which time zone, and how old they are. `now` is naive UTC."""
    lang = language()
    local = to_local(scope.data_until, scope.zone)
    clock_now = now or datetime.now(UTC).replace(tzinfo=None)
    parts = (
        _("Data until {moment}").format(moment=words.moment(local)),
        _("Time zone {zone}").format(zone=scope.timezone),
        _("Updated {age}").format(age=fmt.age((clock_now - scope.data_until).total_seconds(), lang)),
    )
    st.html('<footer class="v-footer">' + "".join(f"<span>{words.html(p)}</span>" for p in parts) + "</footer>")


# Files


def csv_bytes(table: pd.DataFrame, lang: Lang) -> bytes:
    """A CSV that opens in the reader's spreadsheet: separator and decimal mark of the language, UTF-8 with BOM.

    A cell or a title that a spreadsheet would run as a formula is preceded by an apostrophe; "+31" is a number, not a
    formula.
    """
    french = lang == "fr"
    safe = table.map(lambda cell: _cell(cell, french)).set_axis([_cell(name, french) for name in table.columns], axis=1)
    out = io.StringIO()
    safe.to_csv(out, index=False, sep=";" if french else ",", quoting=csv.QUOTE_MINIMAL, na_rep="")
    return ("\ufeff" + out.getvalue()).encode()


def _file(source: Table, write: Callable[[pd.DataFrame, Lang], bytes], lang: Lang) -> bytes:
    return spoken(lang, lambda: write(source(), lang))


def _xlsx_bytes(table: pd.DataFrame, lang: Lang) -> bytes:
    def left_out(rows: int) -> str:
        return _("{n} more rows are in the CSV.").format(n=fmt.number(rows, lang))

    return xlsx.workbook(table, lang, _("Data"), left_out)


def _cell(cell: object, french: bool) -> object:
    if isinstance(cell, str):
        risky = cell.startswith(_FORMULA_STARTS) and not _SIGNED.fullmatch(cell)
        return f"'{cell}" if risky else cell
    if french and isinstance(cell, float) and cell == cell:
        return str(cell).replace(".", ",")
    return cell


@fragment
def tools(
    key: str,
    table: Callable[[], pd.DataFrame | Styler],
    files: Table,
    columns: Mapping[str, Any] | None = None,
    chart: bool = False,
) -> None:
    """The table behind a chart or a list, made when it is opened, and the downloads of `files`, or of a `chart`."""
    # A fragment: opening the table draws nothing else again.
    with st.container(horizontal=True, key=f"tools-{key}", gap="small"):
        box = st.popover(_("Data"), type="tertiary", icon=":material/table_rows:", key=f"open-{key}", on_change="rerun")
        if box.open:
            with box:
                csv_button(files, key=key, chart=chart)
                st.dataframe(table(), hide_index=True, column_config=columns, key=f"table-{key}")
