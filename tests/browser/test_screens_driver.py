"""The load script of the team screens still speaks the protocol of this Streamlit."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.screens import Found, Load, drive
from tests.bench.tab_client import Run, Tab
from tests.browser.driving import Server


def refreshes(tab: Tab) -> list[Run]:
    return [run for run in tab.runs if run.fragment]


def pages(tab: Tab) -> list[Run]:
    return [run for run in tab.runs if not run.fragment]


def enough(found: Found) -> bool:
    return all(len(refreshes(screen)) >= 3 for screen in found.screens) and len(pages(found.managers[0])) >= 2


def test_the_load_script_opens_screens_refreshes_them_and_turns_pages(server: Server, tmp_path: Path) -> None:
    load = Load(screens=2, managers=1, refresh_s=0.5, think_s=0.5, seconds=60, opening_s=0, imports=False)
    with ThreadPoolExecutor(1) as apart:  # Playwright keeps a loop running in this thread.
        found = apart.submit(asyncio.run, drive(server, load, tmp_path, enough)).result()

    assert enough(found)
    assert (found.failures(), found.unanswered) == ([], 0)
    for screen in found.screens:
        assert len(screen.shown) == 1, "what tells an import is read, and nothing was imported"
        assert any(run.changed == {"beat": 1} for run in refreshes(screen)), "what has not changed is not drawn again"
        assert all(run.seconds > 0 and run.bytes > 1000 for run in refreshes(screen))
        assert set(screen.announced_s.values()) == {5}, "the pace of the server, which a test may outrun"
    assert max(run.deltas for run in pages(found.managers[0])) > 30
    assert max(sample.rss_mb for sample in found.samples) > 100
