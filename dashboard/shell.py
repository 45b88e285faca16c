"""The HTML page around the dashboard, before anything is drawn: Streamlit's own, completed.

It tells Streamlit's scripts where their server is (they would ask, and guess wrong on all pages but the first) and the
server how wide the window is, fetches the chart library (see `chart_library`) and the font ahead, says Streamlit's own
English words in the reader's language, and sends an address that names no page to the first one, where the dashboard
says so.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from babel.dates import get_month_names
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.file_util import get_static_dir

from dashboard.chart_library import lightened
from dashboard.i18n import _, language, spoken

LOST = "lost"
"""Parameter of the address that names the page that was asked and does not exist."""
_FIRST = "overview"
_WITHOUT_CHARTS = ("definitions", "boards")
_SCREEN = "wallboard"
_KEPT = {"Cache-Control": "public, immutable, max-age=31536000"}
"""As Streamlit says of its files, whose names change with their content."""
_FONT = "./app/static/inter-latin-wght-normal.woff2"
WIDTH = "vigie_width"
"""Cookie of the page: "narrow" in a window as wide as a phone, else "wide"."""
_MODULE = '<script type="module"'
_WIDTHS = '<style>html { font-size: 14px !important; } [data-testid="stMain"] { scrollbar-gutter: stable; }</style>'
"""What the widths of the charts hang on: a chart whose width changes is drawn again. The theme sets the same size of
text (baseFontSize), but after the first elements."""


class Shell:
    """ASGI middleware: wherever Streamlit answers with its page, answers with ours, or leads to a view that exists."""

    def __init__(self, app: ASGIApp, views: Collection[str]) -> None:
        self._app = app
        self._views = frozenset(views) - {_FIRST}
        page = (Path(get_static_dir()) / "index.html").read_text("utf-8")
        self._page = completed(page, charts=True)
        self._plain_page = completed(page, charts=False)
        self._screen = completed(page, charts=False, screen=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _path(scope) == f"static/js/{library_name()}":
            await _library(scope)(scope, receive, send)
            return
        replaced = False

        async def answer(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and _is_page(scope, message):
                replaced = True
                await self._response(scope)(scope, receive, send)
            elif not replaced:
                await send(message)

        await self._app(scope, receive, answer if scope["type"] == "http" else send)

    def _response(self, scope: Scope) -> Response:
        view = _path(scope)
        if not view or view in self._views:
            page = self._screen if view == _SCREEN else self._plain_page if view in _WITHOUT_CHARTS else self._page
            return HTMLResponse(page, headers={"Cache-Control": "no-cache"})
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        lost = [] if view == _FIRST else [(LOST, view)]
        address = urlencode([*query, *lost])
        return RedirectResponse("../" * view.count("/") + "./" + (f"?{address}" if address else ""), 302)


def _is_page(scope: Scope, message: Message) -> bool:
    """Whether this answer is Streamlit's page, and not a file of ours or an error."""
    html = Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")
    return html and message["status"] == 200 and "." not in _path(scope)


def _path(scope: Scope) -> str:
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path.strip("/")


def completed(page: str, *, charts: bool, screen: bool = False) -> str:
    """Streamlit's index.html with our head: `charts` with the chart library in advance, `screen` with the look and the
    heartbeat of the team screens. `ValueError` when this Streamlit's page is not the one we know."""
    if page.count(_MODULE) != 1:
        raise ValueError("Streamlit's index.html has changed: look at dashboard/shell.py again.")
    library = f"./static/js/{library_name()}"
    icons = "./static/media/" + _file("media", "MaterialSymbols-Rounded.*.woff2")
    told = json.dumps(
        {"charts": library if charts else None, "words": spoken("fr", streamlit_words)}, ensure_ascii=False
    )
    script = _beside("shell.js").replace("$TOLD", told.replace("</", "<\\/")).replace("$WIDTH", WIDTH)
    head = "".join(
        f'<link rel="preload" href="{font}" as="font" type="font/woff2" crossorigin>' for font in (_FONT, icons)
    )
    if charts:
        head += f'<link rel="modulepreload" crossorigin href="{library}">'
    if screen:
        head += f"<style>{_beside('wallboard.css')}</style><script>{_beside('wallboard.js')}</script>"
    return _without_its_font(page).replace(_MODULE, f"{_WIDTHS}{head}<script>{script}</script>{_MODULE}")


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


def _file(folder: str, pattern: str) -> str:
    """The name of a file of Streamlit's, which ends with its fingerprint."""
    return next(_static(folder).glob(pattern)).name


def _static(folder: str) -> Path:
    return Path(get_static_dir(), "static", folder)


def _library(scope: Scope) -> Response:
    plain, compressed = _libraries()
    if "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
        return Response(plain, headers=_KEPT, media_type="application/javascript")
    headers = _KEPT | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(compressed, headers=headers, media_type="application/javascript")


@cache
def _libraries() -> tuple[bytes, bytes]:
    """The chart library as it is served, plain and compressed: its 4.7 MB are compressed once, not for each reader."""
    plain = lightened((_static("js") / library_name()).read_text("utf-8")).encode()
    return plain, gzip.compress(plain, 6)


@cache
def library_name() -> str:
    """Streamlit's chart library: Plotly and what draws it."""
    return _file("js", "PlotlyChart.*.js")


def _without_its_font(page: str) -> str:
    """The font that Streamlit fetches ahead is not ours."""
    start = page.index('<link\n      rel="preload"')
    return page[:start] + page[page.index(">", start) + 1 :]


def _months(lang: str | None = None) -> list[str]:
    return list(get_month_names(locale=lang or language()).values())


def streamlit_words() -> dict[str, str]:
    """Streamlit's own words that a reader can meet -> the same in the language in use; {x} stands for any text."""
    return {
        "Skip to main content": _("Skip to main content"),
        "Main menu": _("Main menu"),
        "Sidebar": _("Sidebar"),
        "Expand sidebar": _("Expand sidebar"),
        "Collapse sidebar": _("Collapse sidebar"),
        "Close": _("Close"),
        "Open": _("Open"),
        "Clear all": _("Clear all"),
        "Clear value": _("Clear value"),
        "Clear entry": _("Clear entry"),
        "Clear selection": _("Clear selection"),
        "Select all": _("Select all"),
        "Select {x} matches": _("Select {x} matches"),
        "Remove {x}": _("Remove {x}"),
        "Selected values": _("Selected values"),
        "Multiselect options": _("Choices"),
        "Selectbox options": _("Choices"),
        "No results": _("No results"),
        "Select...": _("Select..."),
        "Choose date": _("Choose date"),
        "Choose date range": _("Choose date range"),
        "Date range": _("Date range"),
        "dd": _("dd"),
        "yyyy": _("yyyy"),
        "Empty": _("Empty"),
        "day, {x}": _("day, {x}"),
        "month, {x}": _("month, {x}"),
        "year, {x}": _("year, {x}"),
        **{f"{{x}} – {month}": f"{{x}} – {ours}" for month, ours in zip(_months("en"), _months(), strict=True)},
        "Clear date": _("Clear date"),
        "Clear dates": _("Clear dates"),
        "Use arrow keys to navigate dates. Enter to select. Escape to close.": _(
            "Use arrow keys to navigate dates. Enter to select. Escape to close."
        ),
        "Copy to clipboard": _("Copy to clipboard"),
        "Copied": _("Copied"),
        "Copy": _("Copy"),
        "Fullscreen": _("Fullscreen"),
        "Close fullscreen": _("Close fullscreen"),
        "Show/hide columns": _("Show/hide columns"),
        "Download as CSV": _("Download as CSV"),
        "Search": _("Search"),
        "Close Search": _("Close search"),
        "Next Result": _("Next result"),
        "Previous Result": _("Previous result"),
        "Sort ascending": _("Sort ascending"),
        "Sort descending": _("Sort descending"),
        "Autosize": _("Autosize"),
        "Pin column": _("Pin column"),
        "Unpin column": _("Unpin column"),
        "Hide column": _("Hide column"),
        "Copy column name": _("Copy column name"),
        "Format": _("Format"),
        "Automatic": _("Automatic"),
        "Localized": _("Localized"),
        "Plain": _("Plain"),
        "Compact": _("Compact"),
        "Dollar": _("Dollar"),
        "Euro": _("Euro"),
        "Yen": _("Yen"),
        "Percent": _("Percent"),
        "Scientific": _("Scientific"),
        "Accounting": _("Accounting"),
        "Calendar": _("Calendar dates"),
        "Distance": _("Time since"),
        "Statistics": _("Statistics"),
        "Dataframe column menu": _("Column menu"),
        "No data": _("No data"),
        "Press Enter to apply": _("Press Enter to apply"),
        "Upload": _("Choose files"),
        "Drag and drop a file here": _("Drag and drop a file here"),
        "Drag and drop files here": _("Drag and drop files here"),
        "{x}GB per file": _("{x}GB per file"),
        "Connection error": _("Connection error"),
        "Connection timed out.": _("The connection timed out."),
        "Streamlit server is not responding. Are you connected to the internet?": _(
            "Vigie’s server does not answer. The page comes back by itself when it does."
        ),
        "Is Streamlit still running? If you accidentally stopped Streamlit, just restart it in your terminal:": _(
            "Vigie’s server does not answer. If it was stopped, start it again:"
        ),
    }
