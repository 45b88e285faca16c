"""`make gallery`: a picture of every page, in both languages, both schemes and three sizes, to be looked at.

python -m tests.gallery FOLDER [VIEW...] [--db FILE]
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import closing
from pathlib import Path

from tests.browser.driving import VIEWS, Tab, chromium, context_of, serving, vigie

SIZES = {"desk": (1440, 900), "phone": (390, 844), "wide": (1920, 1080)}
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130 Mobile Safari/537.36"
"""What a phone says it is: its charts have their names above them."""
LONGEST = 12_000
_HEIGHT = "(document.querySelector('[data-testid=stMain]') ?? document.body).scrollHeight"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("views", nargs="*", choices=[*VIEWS, []], help="default: all")
    parser.add_argument("--db", type=Path, help="a store; default: a demo centre made for it")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        db = options.db or Path(made, "demo.duckdb")
        if options.db is None:
            vigie("demo", "--db", db)
        _draw(db, options.folder, options.views or VIEWS)


def _draw(db: Path, folder: Path, views: list[str] | tuple[str, ...]) -> None:
    with serving(db) as server, chromium() as browser:
        for scheme in ("light", "dark"):
            for size, (width, height) in SIZES.items():
                viewport = {"width": width, "height": height}
                own = {"user_agent": PHONE, "is_mobile": True, "has_touch": True} if size == "phone" else {}
                with closing(context_of(browser, viewport=viewport, color_scheme=scheme, **own)) as context:
                    tab = Tab(context, server.url)
                    for lang in ("fr", "en"):
                        for view in views:
                            path = folder / f"{view}-{lang}-{scheme}-{size}.png"
                            _picture(tab, view, lang, path, (width, height))
                            print(path, flush=True)


def _picture(tab: Tab, view: str, lang: str, path: Path, size: tuple[int, int]) -> None:
    """The whole page, without its own scroll bar: the window grows to its length."""
    width, height = size
    tab.page.set_viewport_size({"width": width, "height": height})
    tab.open(view, lang=lang)
    long = min(max(int(tab.page.evaluate(_HEIGHT)) + 20, height), LONGEST)
    tab.page.set_viewport_size({"width": width, "height": long})
    tab.settled()
    tab.page.screenshot(path=path)


if __name__ == "__main__":
    main()
