"""A real server and a real Chromium, driven as a person does. Shared by the browser tests and the screen bench."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import duckdb
import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.install import find

TITLES = {
    "overview": {"fr": "Vue d’ensemble", "en": "Overview"},
    "first_response": {"fr": "Première réponse", "en": "First response"},
    "resolution": {"fr": "Résolution", "en": "Resolution"},
    "backlog": {"fr": "Arriéré", "en": "Backlog"},
    "sla": {"fr": "SLA", "en": "SLA"},
    "calls": {"fr": "Téléphonie", "en": "Calls"},
    "self_service": {"fr": "Libre-service", "en": "Self-service"},
    "orders": {"fr": "Commandes et litiges", "en": "Orders and disputes"},
    "satisfaction": {"fr": "Satisfaction", "en": "Satisfaction"},
    "verbatims": {"fr": "Verbatims", "en": "Verbatims"},
    "agents": {"fr": "Agents", "en": "Agents"},
    "team_time": {"fr": "Temps et coûts", "en": "Team time and costs"},
    "imports": {"fr": "Import", "en": "Import"},
    "explore": {"fr": "Explorer", "en": "Explore"},
    "targets": {"fr": "Objectifs", "en": "Targets"},
    "definitions": {"fr": "Définitions", "en": "Definitions"},
    "boards": {"fr": "Écrans d’équipe", "en": "Team screens"},
    "data_quality": {"fr": "Qualité des données", "en": "Data quality"},
}
VIEWS = tuple(TITLES)
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
DESK: Mapping[str, Any] = {"locale": "fr-FR", "viewport": {"width": 1440, "height": 900}}
PATIENCE_S = 30

# What goes over the websocket, so that `settled` knows that nothing is under way in either direction.
WATCH_TRAFFIC = """
const traffic = window.vigieTraffic = {sentAt: -1, receivedAt: -1, bytes: 0};
window.WebSocket = class extends WebSocket {
  constructor(...options) {
    super(...options);
    this.addEventListener("message", ({data}) => {
      traffic.receivedAt = performance.now();
      traffic.bytes += data.size ?? data.byteLength ?? data.length;
    });
  }
  send(data) { traffic.sentAt = performance.now(); super.send(data); }
};
"""
SETTLED = """quiet => {
  const app = document.querySelector("[data-testid=stApp]"), {sentAt, receivedAt} = window.vigieTraffic;
  return app?.dataset.testScriptState === "notRunning"
    && app.dataset.testConnectionState === "CONNECTED"
    && receivedAt >= sentAt && performance.now() - receivedAt > quiet
    && !document.querySelector("[data-testid=stSkeleton]")
    && [...document.querySelectorAll("[data-testid=stPlotlyChart]")].every(chart => chart.querySelector(".main-svg"));
}"""
VISIBLE_TEXTS = """() => {
  const hidden = "script, style, noscript, code, pre, [data-testid=stIconMaterial], [data-testid=stSkipToContent]";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
  for (let node; node = walker.nextNode();) {
    const box = node.parentElement, text = node.data.trim();
    if (text && !box.closest(hidden) && (box.closest("canvas") || box.checkVisibility())) texts.push(text);
  }
  for (const box of document.querySelectorAll(":placeholder-shown, .v-card [title]"))
    texts.push(box.getAttribute("placeholder") ?? box.title);
  return texts;
}"""


# The server


class Server:
    """A running dashboard: its address, its database and its log so far."""

    def __init__(self, url: str, db: Path, log: Path) -> None:
        self.url, self.db, self._log = url, db, log
        self.pid = 0

    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")


@contextmanager
def serving(db: Path, *, create: bool = True, port: int | None = None) -> Iterator[Server]:
    """`vigie run --db DB` on a free port or on `port`, until the end of the block. Without `create` a missing database
    stays so."""
    port = port or free_port()
    command = [str(Path(sys.executable).with_name("vigie")), "run", "--db", str(db), "--port", str(port)]
    if not create:
        start = "import sys, pathlib, dashboard.server as s; s.serve(pathlib.Path(sys.argv[1]), int(sys.argv[2]))"
        command = [sys.executable, "-c", start, str(db), str(port)]
    environment = {name: value for name, value in os.environ.items() if name != "VIGIE_DB"}
    with tempfile.TemporaryDirectory(prefix="vigie-") as folder:
        server = Server(f"http://localhost:{port}", db, Path(folder, "log"))
        with open(folder + "/log", "wb") as log:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
            server.pid = process.pid
        try:
            _wait_for_health(server, process)
            yield server
        except BaseException:
            print(server.log())  # pytest shows it beside the failure
            raise
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_health(server: Server, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + 120
    while time.monotonic() < limit and process.poll() is None:
        try:
            with urlopen(f"{server.url}/_stcore/health", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise AssertionError(f"The server did not start. Its log:\n{server.log()}")


def vigie(*arguments: object) -> str:
    """What the command `vigie` prints, run as a process of its own."""
    command = [str(Path(sys.executable).with_name("vigie")), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


# The browser


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium; a clear failure when there is none."""
    path = find()
    if path is None:
        pytest.fail("No Chromium for the browser tests: `make test` installs one, or name one in VIGIE_CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(OPTIONS))
        yield browser
        browser.close()


def context_of(browser: Browser, **options: Any) -> BrowserContext:
    """A fresh profile: a French reader at a desk, unless `options` say otherwise."""
    context = browser.new_context(**{**DESK, **options})
    context.set_default_timeout(PATIENCE_S * 1000)
    context.add_init_script(WATCH_TRAFFIC)
    return context


class Tab:
    """One page of the dashboard in a browser, with what it asked of the network and its uncaught errors."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.page: Page = context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        """Uncaught errors of the page, and dialogs that a script opened."""
        self.page.on("dialog", self._refuse)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _refuse(self, dialog: Dialog) -> None:
        self.errors.append(dialog.message)
        dialog.dismiss()

    def open(self, view: str = "overview", **address: str | Sequence[str]) -> Tab:
        """Opens a view by its address, as a pasted link does."""
        path = "" if view == "overview" else view
        query = urlencode(address, doseq=True)
        return self.follow(f"{self.url}/{path}" + (f"?{query}" if query else ""))

    def follow(self, url: str) -> Tab:
        self.page.goto(url, wait_until="commit")
        expect(self.page.locator(".v-header, .v-empty").first).to_be_visible(timeout=PATIENCE_S * 1000)
        return self.settled()

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Waits until what is done in the block has reached the server and its answer is drawn."""
        before = self.page.evaluate("window.vigieTraffic.sentAt")
        yield
        self.page.wait_for_function("before => window.vigieTraffic.sentAt > before", arg=before, polling=25)
        self.settled()

    def settled(self, quiet_ms: int = 250) -> Tab:
        """Waits until Streamlit is idle, nothing is on its way, and every chart is drawn."""
        self.page.wait_for_function(SETTLED, arg=quiet_ms, polling=25, timeout=PATIENCE_S * 1000)
        return self

    def outside(self) -> list[str]:
        """Requests to anything but this machine."""
        near = ("localhost", "127.0.0.1", "")
        own = ("data:", "blob:")
        return [url for url in self.requests if urlsplit(url).hostname not in near and not url.startswith(own)]

    # What the reader sees

    @property
    def view(self) -> str:
        return urlsplit(self.page.url).path.strip("/") or "overview"

    @property
    def address(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.url).query)

    def title(self) -> str:
        return plain(self.page.locator(".v-header h1").inner_text())

    def lead(self) -> str:
        return plain(self.page.locator(".v-lead").inner_text())

    def texts(self) -> list[str]:
        """Every visible text, code and icons left out."""
        return [plain(text) for text in self.page.evaluate(VISIBLE_TEXTS)]

    def card(self, kpi_id: str) -> Locator:
        return self.page.locator(f".st-key-card-{kpi_id}")

    def value(self, kpi_id: str) -> str:
        """The figure on a card, spaces left out: "2h13", "76,4%"."""
        return squeezed(self.card(kpi_id).locator(".v-value").inner_text())

    def values(self) -> dict[str, str]:
        """KPI id -> the figure on its card, for the cards of the page."""
        return {kpi_id: self.value(kpi_id) for kpi_id in self.cards()}

    def cards(self) -> dict[str, str]:
        """KPI id -> everything its card says, in the order of the page."""
        found = self.page.locator("[class*='st-key-card-']").evaluate_all(
            "cards => cards.map(card => [card.className.match(/st-key-card-(\\w+)/)[1],"
            " card.querySelector('article').innerText])"
        )
        return {kpi_id: plain(text) for kpi_id, text in found}

    def chips(self) -> list[str]:
        """The selection in words, the period first."""
        found = self.page.locator(".st-key-chips").locator(".v-chip, [class*='st-key-chip-'] button p")
        return [plain(chip.inner_text()) for chip in found.filter(visible=True).all()]

    def chart(self, key: str) -> Locator:
        return self.page.locator(f".st-key-chart-{key} .js-plotly-plot")

    # What the reader does

    def choose(self, key: str, option: str) -> Tab:
        """Picks an option of a list in the sidebar (its key: `f_period`, `f_channel`...)."""
        found = self.list_open(key, option)
        with self.heard():
            found.click()
        self.page.keyboard.press("Escape")
        return self

    def list_open(self, key: str, option: str) -> Locator:
        """Opens a list, types the option's name, and gives the option to click."""
        box = self._list(key)
        box.click()
        box.fill(option)
        found = self.page.get_by_role("option", name=option, exact=True)
        expect(found).to_be_visible()
        return found

    def options(self, key: str) -> list[str]:
        """The first choices of a list, as far as they are drawn without scrolling."""
        box = self._list(key)
        drawn = self.page.get_by_role("option").first
        for _ in range(20):  # a list closes when the sidebar scrolls to it
            box.press("ArrowDown")
            with suppress(PlaywrightTimeout):
                drawn.wait_for(timeout=1_500)
                break
        found = [plain(text) for text in self.page.get_by_role("option").all_inner_texts()]
        assert found, f"the list {key} did not open"
        self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("option")).to_have_count(0)
        return found

    def _list(self, key: str) -> Locator:
        """The box of a list, unfolded first when it is among the others."""
        box = self.page.locator(f".st-key-{key} input").first
        if not box.is_visible():
            with self.heard():
                self.page.locator(".st-key-more-filters summary").click()
                expect(box).to_be_visible()
        return box

    def clear(self, chip: str) -> Tab:
        """Clicks the chip of a dimension, or "all"."""
        with self.heard():
            self.page.locator(f".st-key-chip-{chip} button").filter(visible=True).click()
            expect(self.page.locator(f".st-key-chip-{chip}")).to_have_count(0)
        return self

    def language(self, code: str) -> Tab:
        with self.heard():
            self.page.locator(".st-key-lang").get_by_text(code.upper(), exact=True).click()
        return self

    def menu(self, view: str) -> Tab:
        """Clicks the view in the menu, which is in French."""
        title = TITLES[view]["fr"]
        self.page.locator(".st-key-menu").get_by_role("link", name=title, exact=True).click()
        self.page.wait_for_url(lambda url: urlsplit(url).path.strip("/") == ("" if view == "overview" else view))
        return self.settled()

    def press(self, place: Locator) -> None:
        """Points at the middle of a place of a chart, then clicks: Plotly selects what it hovers."""
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.wait_for_timeout(300)
        self.page.mouse.click(x, y)

    def definition(self, kpi_id: str, part: str = "") -> Locator:
        """Opens what stands behind a card, at a part ("SQL", "Lignes")."""
        drawer = self.page.get_by_role("dialog")
        with self.heard():
            self.page.locator(f".st-key-about-{kpi_id} button").click()
            expect(drawer).to_be_visible()
        if part:
            self.part(part)
        return drawer

    def part(self, name: str) -> Tab:
        """Turns to a part of the definition that is open."""
        with self.heard():
            self.page.get_by_role("dialog").get_by_text(name, exact=True).click()
        return self

    def close_definition(self) -> Tab:
        self.page.get_by_role("dialog").get_by_role("button", name=re.compile("^(Close|Fermer)$")).click()
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        return self

    def download(self, key: str, folder: Path) -> Path:
        """The CSV of a table, as the reader gets it; that of a chart's stands under it."""
        table = self.page.locator(f".st-key-open-{key} button")
        if table.count():
            table.click()
        with self.page.expect_download() as started:
            self.page.locator(f".st-key-csv-{key} button").click()
        path = folder / started.value.suggested_filename
        started.value.save_as(path)
        return path

    def leave(self) -> None:
        """Back to an empty page: what is opened next is a new session."""
        self.page.goto("about:blank")
        self.requests.clear()
        self.errors.clear()

    def close(self) -> None:
        self.page.close()


def plain(text: str) -> str:
    """One kind of space, one between words."""
    return re.sub(r"\s+", " ", text).strip()


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def names_in(db: Path) -> set[str]:
    """The names of the agents of a store."""
    with duckdb.connect(str(db), read_only=True) as con:
        found = {name for (name,) in con.execute("SELECT display_name FROM agents").fetchall()}
    assert len(found) > 20
    return found


def named(said: str, names: set[str]) -> set[str]:
    """Those of the names that a text holds."""
    return {name for name in names if name in said}
