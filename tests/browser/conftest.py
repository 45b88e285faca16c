"""The server and the browser that the tests of this folder share: one of each in a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.driving import Server, Tab, chromium, context_of, serving

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
def desk(browser: Browser, server: Server) -> Iterator[Tab]:
    """A French reader's tab, kept from test to test: opening one costs more than opening a page in it."""
    with closing(context_of(browser)) as context:
        yield Tab(context, server.url)


@pytest.fixture
def tab(desk: Tab) -> Iterator[Tab]:
    """A tab on the demo centre. Every `open` is a new session of the dashboard."""
    yield desk
    desk.leave()


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
