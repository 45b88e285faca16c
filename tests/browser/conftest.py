"""The server and the browser that the tests of this folder share: one of each in a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from kpi.definition import Lang
from tests.browser.driving import DESK, VIEWS, Server, Tab, chromium, context_of, serving

Opener = Callable[..., Tab]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failure shows what the servers of the test wrote."""
    report = yield
    servers = getattr(item, "funcargs", {}).values()
    if report.failed:
        report.sections += [(f"log of {s.url}", s.log()[-8000:]) for s in servers if isinstance(s, Server)]
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def server(demo_store: Path) -> Iterator[Server]:
    """The demo centre, served. Nobody changes it."""
    with serving(demo_store) as running:
        yield running


@pytest.fixture(scope="session")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """A French reader's profile, whose scripts stay compiled from page to page."""
    with closing(context_of(browser)) as context:
        yield context


@pytest.fixture(scope="session")
def desk(profile: BrowserContext, server: Server) -> Tab:
    """A tab of theirs, kept from test to test: opening one costs more than opening a page in it."""
    return Tab(profile, server.url)


@pytest.fixture
def tab(desk: Tab) -> Iterator[Tab]:
    """A tab on the demo centre. Every `open` is a new session of the dashboard."""
    yield desk
    desk.leave()


@pytest.fixture(scope="session")
def glass(profile: BrowserContext, server: Server) -> Tab:
    """The tab in which pages are only looked at: its scripts stay compiled, a new tab would take twice as long."""
    return Tab(profile, server.url)


@dataclass(frozen=True)
class Seen:
    """A page of the demo centre, opened once by its address and looked at by several tests; each leaves it as it
    was, at 1440 x 900 in the light scheme."""

    tab: Tab
    view: str
    lang: Lang
    server: Server
    log: str
    """What the server wrote while it opened."""

    @contextmanager
    def sized(self, width: int) -> Iterator[None]:
        """In a window of another width."""
        desk: Any = DESK["viewport"]
        page = self.tab.page
        page.set_viewport_size({"width": width, "height": desk["height"]})
        self.tab.settled()
        yield
        page.set_viewport_size(desk)

    @contextmanager
    def dark(self) -> Iterator[None]:
        """On a screen that asks for dark pages."""
        self.tab.page.emulate_media(color_scheme="dark")
        self.tab.settled()
        yield
        self.tab.page.emulate_media(color_scheme="light")


@pytest.fixture(scope="session", params=[(view, lang) for view in VIEWS for lang in ("fr", "en")], ids="-".join)
def seen(request: pytest.FixtureRequest, glass: Tab, server: Server) -> Iterator[Seen]:
    view, lang = request.param
    before = len(server.log())
    glass.open(view, lang=lang)
    yield Seen(glass, view, lang, server, server.log()[before:])
    glass.leave()


@pytest.fixture
def reader(browser: Browser) -> Iterator[Opener]:
    """Another person: `reader(server, locale="en-GB")` is a tab in a profile of their own."""
    contexts: list[BrowserContext] = []

    def new(server: Server, **options: Any) -> Tab:
        contexts.append(context_of(browser, **options))
        return Tab(contexts[-1], server.url)

    yield new
    for context in contexts:
        context.close()
