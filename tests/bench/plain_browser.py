"""A Chromium that nobody inspects, for what a debugger would slow down.

With an inspector attached, as Playwright does, V8 reads a script again for each error that is thrown in it: Plotly's
module takes twice as long to start. Here an extension watches the page and reports to a small server of ours.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from urllib.parse import parse_qs, quote, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from tests.browser.driving import OPTIONS, PATIENCE_S, find

_MANIFEST = {
    "manifest_version": 3,
    "name": "watch",
    "version": "1",
    "content_scripts": [
        {"matches": ["http://localhost/*"], "js": ["watch.js"], "run_at": "document_start", "world": "MAIN"}
    ],
}


class PlainBrowser:
    """Opens addresses in tabs of their own and hears what the script in them reports."""

    def __init__(self, profile: Path, heard: queue.Queue[dict[str, str]]) -> None:
        self._profile, self._heard = profile, heard
        self._ask = build_opener(ProxyHandler({}))

    def report(self, url: str) -> dict[str, str]:
        """What the script reports of a page, opened in a new tab and closed again."""
        tab = json.loads(self._send(f"json/new?{quote(url, safe=':/?&=')}", "PUT"))
        try:
            return self._heard.get(timeout=PATIENCE_S)
        finally:
            self._send(f"json/close/{tab['id']}", "GET")
            sleep(0.5)  # The old tab's end is not part of the next one's start.

    def _send(self, path: str, method: str) -> bytes:
        port = (self._profile / "DevToolsActivePort").read_text().split()[0]
        with self._ask.open(Request(f"http://127.0.0.1:{port}/{path}", method=method), timeout=PATIENCE_S) as answer:
            found: bytes = answer.read()
            return found


@contextmanager
def plain_browser(script: str) -> Iterator[PlainBrowser]:
    """A fresh Chromium with `script` in every page; the script calls `report({...})` once."""
    heard: queue.Queue[dict[str, str]] = queue.Queue()
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, _listening(heard) as port:
        extension, profile = Path(folder, "extension"), Path(folder, "profile")
        extension.mkdir()
        (extension / "manifest.json").write_text(json.dumps(_MANIFEST))
        tell = f"fetch('http://localhost:{port}/?' + new URLSearchParams(found), {{mode: 'no-cors'}})"
        (extension / "watch.js").write_text(f"(() => {{ const report = found => {tell};\n{script}\n}})();")
        command = [
            str(find()),
            *OPTIONS,
            f"--user-data-dir={profile}",
            f"--load-extension={extension}",
            "--disable-features=DisableLoadExtensionCommandLineSwitch",
            "--remote-debugging-port=0",
            "--no-proxy-server",
            "--window-size=1440,900",
            "about:blank",
        ]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        browser = subprocess.Popen(command, env={**os.environ, "LANG": "en_US.UTF-8"}, **quiet)
        try:
            _wait_for(profile / "DevToolsActivePort")
            yield PlainBrowser(profile, heard)
        finally:
            browser.terminate()
            browser.wait(10)


@contextmanager
def _listening(heard: queue.Queue[dict[str, str]]) -> Iterator[int]:
    class Ear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            heard.put(said)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def _wait_for(path: Path) -> None:
    limit = monotonic() + PATIENCE_S
    while not (path.exists() and path.read_text().strip()):
        if monotonic() > limit:
            raise TimeoutError(f"Chromium did not start: {path.name} is missing")
        sleep(0.05)
