"""Finds a Chromium for the browser tests, or gets one: the system's, Debian's by apt, or Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find() -> str | None:
    """Path of a Chromium: `VIGIE_CHROMIUM`, one on the PATH, else Playwright's own; None when there is none."""
    named = os.environ.get("VIGIE_CHROMIUM")
    if named:
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None


def _try(*command: str) -> bool:
    print("Running", " ".join(command), flush=True)
    try:
        return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def install() -> str | None:
    """Installs a Chromium if there is none; its path, or None when nothing worked."""
    if found := find():
        return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        _try("apt-get", "update", "-qq")
        _try("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
        if found := find():
            return found
    _try(sys.executable, "-m", "playwright", "install", "chromium")
    return find()


if __name__ == "__main__":
    path = install()
    if path is None:
        sys.exit(
            "No Chromium for the browser tests. Install one (`apt-get install chromium`) or name one in VIGIE_CHROMIUM."
        )
    print("Browser tests use", path)
