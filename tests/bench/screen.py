"""What a reader waits for, measured inside a real Chromium on a real server.

**A change**: from the press on a filter's choice (`pointerdown`) to the page redrawn, driven by Playwright. **A page**:
from the start of the navigation to the page drawn, in a new tab of a browser that has been there before and that
nothing inspects (see `plain_browser`).

The end of both is the same mark: the last animation frame after which nothing in the page's main block changed any
more, neither in its charts' SVG nor in its cards, tables and texts, before Streamlit is idle with no answer on its
way and 400 ms of quiet. It is the frame that follows the last mutation seen by a MutationObserver, so it holds the
drawing of the last chart but not the quiet. `charts` is the same for the charts alone; 0 where there are none.

Each change is measured *new* (filters that nobody has asked yet: every figure is computed) and the *same* again (every
figure is in the server's cache). The kilobytes are those of the websocket, before compression.

Sizes below 100,000 serve the demo centre; larger ones the store of that size, when it has been made.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import BrowserContext

from tests.bench.plain_browser import PlainBrowser, plain_browser
from tests.bench.stores import FOLDER
from tests.browser.driving import (
    SETTLED,
    VIEWS,
    WATCH_TRAFFIC,
    Server,
    Tab,
    chromium,
    context_of,
    serving,
    vigie,
)

CHANGES = 9
PAGES = 5
QUIET_MS = 400

_WATCH = """
const marks = window.vigieMarks = {pressed: 0, page: 0, charts: 0};
document.addEventListener("pointerdown", () => { marks.pressed = performance.now(); }, true);
const note = changes => {
  const inside = changes.map(change => change.target).filter(node => node.isConnected)
    .map(node => node.closest ? node : node.parentElement)
    .filter(box => box?.closest("[data-testid=stMain]") && !box.closest("canvas")); // a canvas shows no element
  if (!inside.length) return;
  const chart = inside.some(box => box.closest("[data-testid=stPlotlyChart]"));
  requestAnimationFrame(() => {
    marks.page = performance.now();
    if (chart) marks.charts = marks.page;
  });
};
new MutationObserver(note).observe(document, {
  subtree: true, childList: true, characterData: true, attributes: true,
  attributeFilter: ["d", "transform", "x", "y", "style", "href", "points", "width", "height"],
});
"""
_WATCH_ALONE = f"""{WATCH_TRAFFIC}{_WATCH}
const settled = {SETTLED};
const ask = setInterval(() => {{
  if (!marks.page || !settled({QUIET_MS}) || performance.now() - marks.page < {QUIET_MS}) return;
  clearInterval(ask);
  report({{page: marks.page, charts: marks.charts, bytes: traffic.bytes}});
}}, 100);
"""


class Times(NamedTuple):
    """Milliseconds to the whole page and to its charts, and kilobytes received."""

    page: float
    charts: float
    kilobytes: float


def run(sizes: Sequence[int]) -> None:
    for size in sizes:
        with _store(size) as path:
            if path is not None:
                _measure(size, path)


@contextmanager
def _store(size: int) -> Iterator[Path | None]:
    made = FOLDER / f"{size}.duckdb"
    if made.exists():
        yield made
    elif size < 100_000:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "demo.duckdb")
            vigie("demo", "--db", path, "--tickets", size, "--until", "2026-06-30")
            yield path
    else:
        print(f"\nNo store of {size:,} tickets: `python -m tests.bench queries --tickets {size}` makes one.")
        yield None


def _measure(size: int, path: Path) -> None:
    print(f"\n{size:,} tickets; load {os.getloadavg()[0]:.1f}; ms, medians of {CHANGES} changes and {PAGES} pages")
    print(f"{'':16}{'change, new':>16}{'change, same':>16}{'page':>16}{'kB':>14}")
    print(f"{'view':16}" + f"{'page':>8}{'charts':>8}" * 3 + f"{'change':>7}{'page':>7}")
    with serving(path) as server, chromium() as browser, plain_browser(_WATCH_ALONE) as plain:
        context = context_of(browser)
        context.add_init_script(_WATCH)
        for view in VIEWS:
            new, same = _changes(context, server, view)
            page = _pages(plain, server, view)
            cells = "".join(f"{times.page:8.0f}{times.charts:8.0f}" for times in (new, same, page))
            print(f"{view:16}{cells}{new.kilobytes:7.0f}{page.kilobytes:7.0f}", flush=True)
    print(f"load {os.getloadavg()[0]:.1f}")


def _changes(context: BrowserContext, server: Server, view: str) -> tuple[Times, Times]:
    """One channel after the other is added to the filters, then the teams; then the same again in a second tab."""
    return _one_pass(context, server, view), _one_pass(context, server, view)


def _one_pass(context: BrowserContext, server: Server, view: str) -> Times:
    tab = Tab(context, server.url).open(view, lang="en")
    found = []
    for key in ("f_channel", "f_team_id"):
        for option in [name for name in tab.options(key) if name != "Select all"]:
            if len(found) == CHANGES:
                break
            found.append(_change(tab, key, option))
    tab.close()
    return _median(found)


def _change(tab: Tab, key: str, option: str) -> Times:
    choice = tab.list_open(key, option)
    tab.settled(QUIET_MS)
    before = tab.page.evaluate("vigieTraffic.bytes")
    choice.click()
    return _read(tab, "vigieMarks.pressed", before)


def _pages(browser: PlainBrowser, server: Server, view: str) -> Times:
    """The first two openings are the visit before: Chromium keeps the compiled scripts from the second one on."""
    path = "" if view == "overview" else view
    found: list[Times] = []
    for _ in range(2 + PAGES):
        said = browser.report(f"{server.url}/{path}?lang=en")
        found.append(Times(float(said["page"]), float(said["charts"]), float(said["bytes"]) / 1024))
    return _median(found[2:])


def _read(tab: Tab, start: str, bytes_before: int) -> Times:
    """What passed since `start`, once nothing moves any more."""
    tab.settled(QUIET_MS)
    page, charts, sent = tab.page.evaluate(
        f"[vigieMarks.page - {start}, Math.max(vigieMarks.charts - {start}, 0), vigieTraffic.bytes]"
    )
    return Times(page, charts, (sent - bytes_before) / 1024)


def _median(found: Sequence[Times]) -> Times:
    return Times(*(statistics.median(values) for values in zip(*found, strict=True)))
