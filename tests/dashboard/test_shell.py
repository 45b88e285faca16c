"""The page around the dashboard: Streamlit's own, completed; and what happens to addresses that name no page."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote

import pytest
from plotly.graph_objects import Figure
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import Message
from streamlit.file_util import get_static_dir

from dashboard import charts
from dashboard.chart_library import KINDS, lightened
from dashboard.i18n import spoken
from dashboard.shell import Shell, completed, library_name, streamlit_words

TRACES = {name.removeprefix("add_") for name in dir(Figure) if name.startswith("add_")}
INDEX = Path(get_static_dir(), "index.html")
CHARTS = re.compile(r"static/js/PlotlyChart\.[\w-]+\.js")


def get(address: str) -> tuple[int, str, str]:
    """Status, text and location of what the shell answers around something that answers as Streamlit does: its page to
    whatever it does not know."""
    routes = [
        Route("/_stcore/health", lambda _: PlainTextResponse("ok")),
        Mount("/app/static", routes=[Route("/own.html", lambda _: HTMLResponse("<p>own</p>"))]),
        Route("/{rest:path}", lambda _: FileResponse(INDEX)),
    ]
    app = Shell(Starlette(routes=routes), views=("overview", "sla", "definitions", "wallboard"))
    path, _, query = address.partition("?")
    scope = {
        "type": "http", "method": "GET", "path": unquote(path), "query_string": query.encode(), "headers": [],
        "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()  # The reader stays.
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as apart:  # Playwright keeps a loop running in this thread.
        apart.submit(asyncio.run, app(scope, receive, send)).result()
    starts = [message for message in sent if message["type"] == "http.response.start"]
    assert len(starts) == 1
    body = b"".join(message.get("body", b"") for message in sent)
    return starts[0]["status"], body.decode(), Headers(raw=starts[0]["headers"]).get("location", "")


@pytest.mark.parametrize("path", ["/", "/sla", "/sla?lang=fr"])
def test_every_page_knows_its_server_and_has_the_charts_in_advance(path: str) -> None:
    _status, text, _location = get(path)
    assert "BACKEND_BASE_URL" in text
    assert text.index("BACKEND_BASE_URL") < text.index('<script type="module"')
    assert len(set(CHARTS.findall(text))) == 1
    assert "SourceSans" not in text


def test_a_page_without_charts_does_not_fetch_them() -> None:
    _status, text, _location = get("/definitions")
    assert "BACKEND_BASE_URL" in text
    assert not CHARTS.search(text)


def test_the_chart_library_is_streamlits_without_the_traces_that_no_page_draws() -> None:
    name = library_name()
    whole = Path(get_static_dir(), "static", "js", name).read_text("utf-8")
    status, served, _location = get(f"/static/js/{name}")
    assert (status, served) == (200, lightened(whole))
    assert 0 < len(whole) - len(served) < 1000, "the list of traces is shorter, and little else changes"


def test_each_kind_of_trace_that_a_chart_draws_is_in_the_library() -> None:
    folder = Path(charts.__file__).parent
    drawn = {
        kind
        for path in folder.rglob("*.py")
        for kind in re.findall(r'"type": "(\w+)"', path.read_text("utf-8"))
        if kind in TRACES
    }
    assert {"bar", "heatmap", "scatter"} <= drawn <= {*KINDS, "scatter"}


def test_another_chart_library_than_the_one_we_know_is_not_served_in_silence() -> None:
    with pytest.raises(ValueError, match="has changed"):
        lightened("export const Plotly = {}")


def test_a_team_screen_alone_carries_its_look_and_its_heartbeat() -> None:
    screen, page = get("/wallboard")[1], get("/sla")[1]
    assert ".w-tile" in screen and "w-beat" in screen
    assert ".w-tile" not in page and "w-beat" not in page
    assert not CHARTS.search(screen)


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/nonsense", "./?lost=nonsense"),
        ("/nonsense?lang=fr&channel=a&channel=b", "./?lang=fr&channel=a&channel=b&lost=nonsense"),
        ("/a/b", ".././?lost=a%2Fb"),
        ("/%22%3E%3Cscript%3E", "./?lost=%22%3E%3Cscript%3E"),
        ("/overview", "./"),
        ("/overview?lang=en", "./?lang=en"),
    ],
)
def test_an_address_that_names_no_page_leads_to_the_first(asked: str, led_to: str) -> None:
    status, _text, location = get(asked)
    assert (status, location) == (302, led_to)


def test_files_and_services_are_left_alone() -> None:
    assert get("/_stcore/health")[:2] == (200, "ok")
    assert get("/app/static/own.html")[:2] == (200, "<p>own</p>")


def test_another_streamlit_is_noticed() -> None:
    with pytest.raises(ValueError, match=r"look at dashboard/shell\.py"):
        completed("<html></html>", charts=True)


def test_every_word_that_is_translated_is_still_streamlits() -> None:
    """An upgrade that says it otherwise would leave it in English."""
    scripts = "".join(path.read_text("utf-8") for path in Path(get_static_dir(), "static", "js").glob("*.js"))
    fixed = [word for word in streamlit_words() if "{x}" not in word]
    assert [word for word in fixed if not _said(word, scripts)] == []


def _said(word: str, scripts: str) -> bool:
    return word in scripts or word == "Press Enter to apply"  # made of two


def test_the_words_of_streamlit_differ_in_french_and_keep_their_place() -> None:
    english, french = spoken("en", streamlit_words), spoken("fr", streamlit_words)
    assert english.keys() == french.keys()
    same = {"Contact", "Format", "Dollar", "Euro", "Yen"}
    assert {word for word, text in french.items() if text == word} <= same
    assert [word for word, text in french.items() if ("{x}" in word) != ("{x}" in text)] == []
